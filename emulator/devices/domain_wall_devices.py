"""Devices made of a domain wall in a strip beneath a tunnel junction: a memristor, and a neuron that resets itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import mu_0
from spinloop.emulator.devices._law import Law, quantity, size, spread
from spinloop.emulator.devices._population import Floats, Population, whole_steps
from spinloop.emulator.physics.domain_wall import (
    chirality_field_amps_per_metre,
    drift_velocity_metres_per_second,
    torque_field_amps_per_metre,
)
from spinloop.emulator.physics.domain_wall_motion import WallDrive, WallLaw, largest_step_seconds, move_walls


@dataclass(frozen=True, kw_only=True)
class WallStripLaw(Law):
    """Nominal parameters of the strips, and how far they differ.

    Attributes:
        length_metres: of the strip.
        width_metres: width parameter of the wall.
        thickness_metres: of the magnet.
        damping: alpha.
        nonadiabaticity: beta of the spin-transfer torque.
        saturation_teslas: mu0 Ms.
        shape_amps_per_metre: field that favours the Bloch wall.
        interaction_joules_per_square_metre: Dzyaloshinskii-Moriya interaction D.
        polarisation: P of the current in the magnet, for spin transfer.
        spin_hall_angle: effective angle of the heavy metal, for spin-orbit torque.
        pinning_amps_per_metre: field that frees a wall from a site.
        sites: how many pinning sites the length holds; the states of a memristor.
        edge_amps_per_metre: restoring field of the ends, per wall width of penetration.
        least_siemens: conductance with the wall at 0.
        most_siemens: conductance with the wall at the far end.
        pinning_spread: standard deviation of the logarithm of the pinning field between devices.
        leak_amps_per_metre: field that drives the wall back to 0, the neuron's leak; 0 for a memristor.
        threshold: part of the length at which a neuron fires.
    """

    length_metres: float = size("m")
    width_metres: float = size("m")
    thickness_metres: float = size("m")
    damping: float = quantity("1", 0.0, 1.0, open_low=True)
    nonadiabaticity: float = quantity("1", 0.0)
    saturation_teslas: float = size("T")
    shape_amps_per_metre: float = quantity("A/m", 0.0)
    interaction_joules_per_square_metre: float = quantity("J/m^2", -0.1, 0.1)
    polarisation: float = quantity("1", 0.0, 1.0)
    spin_hall_angle: float = quantity("1", -1.0, 1.0)
    pinning_amps_per_metre: float = quantity("A/m", 0.0)
    sites: int = quantity("1", 1, 100_000, whole=True)
    edge_amps_per_metre: float = size("A/m")
    least_siemens: float = size("S")
    most_siemens: float = size("S")
    pinning_spread: float = spread()
    leak_amps_per_metre: float = quantity("A/m", 0.0)
    threshold: float = quantity("1", 0.0, 1.0, open_low=True, open_high=True)


class _WallStrips(Population):
    """Walls, their state, and their motion under a current density."""

    _arrays: ClassVar[tuple[str, ...]] = ("position_metres", "angle_radians")

    def __init__(self, devices: int, law: WallStripLaw, seed: int, name: str) -> None:
        super().__init__(devices, seed, name)
        self.law = law
        moment = law.saturation_teslas / mu_0
        self.walls = WallLaw(
            law.width_metres,
            law.damping,
            law.nonadiabaticity,
            law.shape_amps_per_metre,
            float(chirality_field_amps_per_metre(law.interaction_joules_per_square_metre, moment, law.width_metres)),
            self._vary("pinning", law.pinning_amps_per_metre, law.pinning_spread),
            law.length_metres / law.sites,
            law.edge_amps_per_metre,
            law.length_metres,
        )
        self.reset()

    def reset(self) -> None:
        """Every wall at the start of its strip, at rest in the angle that the interactions favour."""
        self.position_metres: Floats = np.zeros(self.devices)
        rest = 0.0 if self.law.interaction_joules_per_square_metre >= 0.0 else np.pi
        # Half a degree off, so that a wall is not balanced on the top of the shape anisotropy.
        favoured = rest if self.law.interaction_joules_per_square_metre != 0.0 else 0.5 * np.pi
        self.angle_radians: Floats = np.full(self.devices, favoured + 0.01)
        self.draws = 0

    def _drive(self, current: Floats) -> WallDrive:
        law, moment = self.law, self.law.saturation_teslas / mu_0
        drift = drift_velocity_metres_per_second(current, law.polarisation, moment)
        torque = torque_field_amps_per_metre(current, law.spin_hall_angle, moment, law.thickness_metres)
        return WallDrive(-law.leak_amps_per_metre, 0.0, drift, torque)

    def _move(self, current: Floats, seconds: float) -> None:
        if self.devices == 0 or seconds == 0.0:
            return
        # The step is that of the strongest pulse one may meet, not of this call's neighbours.
        ceiling = 10.0 ** np.ceil(np.log10(np.maximum(np.abs(current), 1.0)))
        for level in np.unique(ceiling):
            chosen = ceiling == level
            walls = self._chosen(chosen)
            limit = replace(
                walls, pinning_amps_per_metre=self.law.pinning_amps_per_metre * np.exp(6.0 * self.law.pinning_spread)
            )
            largest = largest_step_seconds(limit, self._drive(np.asarray(level)))
            count, step = whole_steps("seconds", seconds, largest)
            start = self.position_metres[chosen], self.angle_radians[chosen]
            end = move_walls(*start, walls, self._drive(current[chosen]), step, count)
            self.position_metres[chosen], self.angle_radians[chosen] = end

    def _chosen(self, chosen: NDArray[np.bool_]) -> WallLaw:
        return replace(self.walls, pinning_amps_per_metre=np.asarray(self.walls.pinning_amps_per_metre)[chosen])


class WallMemristors(_WallStrips):
    """n memristors: the wall rests at one of a ladder of sites, and the conductance is linear in its position."""

    def step(self, current_amps_per_square_metre: ArrayLike, seconds: float, rest_seconds: float = 0.0) -> None:
        """One current pulse in each strip, and time without current in which the wall settles.

        Args:
            current_amps_per_square_metre: number or shape (devices,); with spin transfer positive is the flow of
                electrons towards the far end.
            seconds: width of the pulse.
            rest_seconds: time after it.

        Raises:
            BadParameter: the time would take more internal steps than one call may.
        """
        self._move(self._input("current_amps_per_square_metre", current_amps_per_square_metre), seconds)
        self._move(np.zeros(self.devices), rest_seconds)

    def conductance_siemens(self) -> Floats:
        """Linear in the position; a wall beyond an end counts as at the end, where the junction ends."""
        part = np.clip(self.position_metres / self.law.length_metres, 0.0, 1.0)
        return np.asarray(self.law.least_siemens + part * (self.law.most_siemens - self.law.least_siemens))


class WallNeurons(_WallStrips):
    """n integrate-and-fire neurons: current moves the wall on, a field leaks it back, and at the threshold it fires.

    After a spike the neuron takes no current until the leak has brought its wall back to within a tenth of the
    threshold: it resets itself. The behaviour is that of N. Hassan et al., J. Appl. Phys. 124, 152127 (2018); that the
    input is cut off during the way back is the model chosen here.

    Attributes:
        resetting: which neurons are on the way back, shape (devices,).
    """

    _arrays = ("position_metres", "angle_radians", "resetting")

    def reset(self) -> None:
        """Every wall at the start of its strip again."""
        super().reset()
        self.resetting: NDArray[np.bool_] = np.zeros(self.devices, dtype=np.bool_)

    def step(self, current_amps_per_square_metre: ArrayLike, seconds: float) -> NDArray[np.bool_]:
        """Drive for a time and see which neurons fired in it; spikes are counted at the end of the time.

        Args:
            current_amps_per_square_metre: number or shape (devices,).
            seconds: time; a neuron fires at most once in it.

        Returns:
            Shape (devices,).
        """
        current = self._input("current_amps_per_square_metre", current_amps_per_square_metre)
        self._move(np.where(self.resetting, 0.0, current), seconds)
        level = self.law.threshold * self.law.length_metres
        self.resetting &= self.position_metres > 0.1 * level
        fired = ~self.resetting & (self.position_metres >= level)
        self.resetting |= fired
        return fired
