"""Devices that count or move skyrmions: a synapse by accumulation, and a neuron by a race along a track (P28)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import mu_0
from spinloop.emulator.chance import Chance
from spinloop.emulator.devices._law import Law, quantity, size, spread
from spinloop.emulator.devices._population import Floats, Population, whole_steps
from spinloop.emulator.physics.checks import within
from spinloop.emulator.physics.skyrmion import (
    SkyrmionLaw,
    dissipation_number,
    hall_resistance_ohms,
    largest_step_seconds,
    move_skyrmions,
    sheet,
    spin_orbit_force_newtons,
)


@dataclass(frozen=True, kw_only=True)
class SkyrmionSynapseLaw(Law):
    """Nominal parameters of the synapses, and how far they differ.

    Attributes:
        capacity: how many skyrmions the probed area holds.
        nucleate_chance: that a pulse fills a free site.
        delete_chance: that a pulse of the other sign clears a filled one.
        ohms_per_skyrmion: Hall resistance that each adds; negative if it lowers it.
        base_ohms: Hall resistance without skyrmions.
        ohms_spread: standard deviation of the logarithm of the resistance per skyrmion between devices.
    """

    capacity: int = quantity("1", 1, 100_000, whole=True)
    nucleate_chance: float = quantity("1", 0.0, 1.0)
    delete_chance: float = quantity("1", 0.0, 1.0)
    ohms_per_skyrmion: float = quantity("ohm", -1e3, 1e3)
    base_ohms: float = quantity("ohm", -1e6, 1e6)
    ohms_spread: float = spread()


class SkyrmionSynapses(Population):
    """n synapses; they start without skyrmions. The mean count follows `physics.skyrmion.expected_count`.

    Attributes:
        count: state, shape (devices,).
    """

    _arrays = ("count",)

    def __init__(self, devices: int, law: SkyrmionSynapseLaw, seed: int, name: str) -> None:
        super().__init__(devices, seed, name)
        self.law = law
        self.ohms_per_skyrmion = self._vary("ohms", law.ohms_per_skyrmion, law.ohms_spread)
        self.reset()

    def reset(self) -> None:
        """No skyrmions again."""
        self.count: NDArray[np.int64] = np.zeros(self.devices, dtype=np.int64)
        self.draws = 0

    def step(self, pulse: ArrayLike) -> None:
        """One pulse at each synapse: positive nucleates, negative deletes, 0 does nothing.

        Args:
            pulse: only its sign counts; number or shape (devices,).
        """
        sign = np.sign(self._input("pulse", pulse))
        free = self.law.capacity - self.count
        trials = np.where(sign > 0.0, free, np.where(sign < 0.0, self.count, 0))
        chance = np.where(sign > 0.0, self.law.nucleate_chance, self.law.delete_chance)
        self.count = self.count + sign.astype(np.int64) * binomial(self._uniform(), trials, chance)

    def resistance_ohms(self) -> Floats:
        """Hall resistance, linear in the count, shape (devices,)."""
        return hall_resistance_ohms(self.count, self.ohms_per_skyrmion, self.law.base_ohms)


def binomial(uniform: Floats, trials: NDArray[np.int64], chance: Floats) -> NDArray[np.int64]:
    """Binomial numbers by inversion of the cumulative distribution, one uniform number each.

    Args:
        uniform: in (0, 1), shape (n,).
        trials: at least 0, shape (n,).
        chance: 0 to 1, shape (n,).
    """
    # Counting the rarer outcome keeps the loop short; logarithms keep (1 - p)^n from vanishing.
    rare = np.minimum(chance, 1.0 - chance)
    mass = trials * np.log1p(-rare)
    odds, total = np.log(np.maximum(rare, 1e-300)) - np.log1p(-rare), np.exp(mass)
    found = np.zeros(trials.shape, dtype=np.int64)
    for k in range(1, int(trials.max(initial=0)) + 1):
        more = (np.where(chance > 0.5, 1.0 - uniform, uniform) > total) & (found < trials)
        if not more.any():
            break
        mass = mass + odds + np.log(np.maximum(trials - k + 1, 1e-300) / k)
        found += more
        total = total + np.exp(mass)
    return np.where(chance > 0.5, trials - found, found)


@dataclass(frozen=True, kw_only=True)
class SkyrmionNeuronLaw(Law):
    """Nominal parameters of the tracks, and how far they differ.

    Attributes:
        length_metres: of the track, from where the skyrmion starts to the reader.
        half_width_metres: half the width in which the centre moves.
        radius_metres: of the skyrmion.
        wall_metres: width parameter of its wall.
        thickness_metres: of the magnet.
        saturation_teslas: mu0 Ms.
        damping: alpha.
        spin_hall_angle: effective angle of the heavy metal.
        edge_newtons: force of an edge on a skyrmion that touches it.
        edge_metres: distance in which it falls by e.
        temperature_kelvins: of the film; 0 leaves out diffusion.
        angle_spread: standard deviation of the logarithm of the spin Hall angle between devices.
    """

    length_metres: float = size("m")
    half_width_metres: float = size("m")
    radius_metres: float = size("m")
    wall_metres: float = size("m")
    thickness_metres: float = size("m")
    saturation_teslas: float = size("T")
    damping: float = quantity("1", 0.0, 1.0, open_low=True)
    spin_hall_angle: float = quantity("1", 0.0, 1.0, open_low=True)
    edge_newtons: float = size("N")
    edge_metres: float = size("m")
    temperature_kelvins: float = quantity("K", 0.0)
    angle_spread: float = spread()


class SkyrmionNeurons(Population):
    """n neurons of one skyrmion each, which integrates current by its way along the track and fires at the reader.

    Attributes:
        along_metres: way along the track, shape (devices,).
        offset_metres: place across it.
        lost: whether the skyrmion was driven over the edge; such a neuron stays silent until `reset`.
    """

    _arrays = ("along_metres", "offset_metres", "lost")

    def __init__(self, devices: int, law: SkyrmionNeuronLaw, seed: int, name: str) -> None:
        super().__init__(devices, seed, name)
        self.law = law
        self.track = SkyrmionLaw(
            law.damping,
            float(dissipation_number(law.radius_metres, law.wall_metres)),
            float(sheet(law.saturation_teslas / mu_0, law.thickness_metres)),
            law.edge_newtons,
            law.edge_metres,
            law.half_width_metres,
        )
        self.angle_factor = self._vary("angle", 1.0, law.angle_spread)
        self._heat = Chance(seed, name, "heat")
        self.reset()

    def reset(self) -> None:
        """A fresh skyrmion at the start of every track."""
        self.along_metres: Floats = np.zeros(self.devices)
        self.offset_metres: Floats = np.zeros(self.devices)
        self.lost: NDArray[np.bool_] = np.zeros(self.devices, dtype=np.bool_)
        self.draws = 0

    def step(self, current_amps_per_square_metre: ArrayLike, seconds: float) -> NDArray[np.bool_]:
        """Drive for a time and see which skyrmions reached the reader; those are put back to the start.

        Args:
            current_amps_per_square_metre: number or shape (devices,).
            seconds: time; a neuron fires at most once in it.

        Returns:
            Shape (devices,).
        """
        current = self._input("current_amps_per_square_metre", current_amps_per_square_metre)
        time = float(within("seconds", seconds, 0.0))
        if self.devices and time:
            self._race(current, time)
        fired = ~self.lost & (self.along_metres >= self.law.length_metres)
        self.along_metres[fired] = 0.0
        self.offset_metres[fired] = 0.0
        return fired

    def _race(self, current: Floats, seconds: float) -> None:
        angle, radius = self.law.spin_hall_angle, self.law.radius_metres
        force = self.angle_factor * spin_orbit_force_newtons(current, angle, radius)
        # One step length for all currents of a decade: neighbours with other currents do not change it.
        ceiling = 10.0 ** np.ceil(np.log10(np.maximum(np.abs(current), 1.0)))
        for level in np.unique(ceiling):
            chosen = np.nonzero(ceiling == level)[0]
            most = spin_orbit_force_newtons(level, angle, radius) * np.exp(6.0 * self.law.angle_spread)
            count, step = whole_steps("seconds", seconds, largest_step_seconds(self.track, most))
            for first in range(0, count, 64):
                self._some(chosen, force, step, first, min(64, count - first))
        self.draws += 1

    def _some(self, chosen: NDArray[np.int64], force: Floats, step: float, first: int, count: int) -> None:
        normals, kelvins = None, self.law.temperature_kelvins
        if kelvins > 0.0:
            # Each call of `step` has draws of its own, numbered by internal step and direction.
            draw = (self.draws << 32) + 2 * (first + np.arange(count))[:, None, None] + np.arange(2)[:, None]
            normals = self._heat.normal(chosen, 0, draw)
        start = self.along_metres[chosen], self.offset_metres[chosen]
        x, y, lost = move_skyrmions(*start, self.track, force[chosen], step, count, normals, kelvins)
        self.along_metres[chosen] = np.where(self.lost[chosen], start[0], x)
        self.offset_metres[chosen] = np.where(self.lost[chosen], start[1], y)
        self.lost[chosen] |= lost
