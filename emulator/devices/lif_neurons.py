"""Leaky integrate-and-fire neurons, solved exactly between spikes: perfect or leaky, with several ways to reset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.chance import Chance
from spinloop.emulator.devices._law import Law, quantity, size, spread
from spinloop.emulator.devices._population import Floats, Population
from spinloop.emulator.physics.checks import within
from spinloop.protocols.errors import BadParameter

MOST_SPIKES = 10_000
"""Spikes of one neuron in one call; more is refused, because such a neuron is a clock, not a neuron."""


@dataclass(frozen=True, kw_only=True)
class LifLaw(Law):
    """Nominal parameters of the neurons, and how far they differ. The potential is in units of the threshold's.

    Attributes:
        leak_seconds: time constant of the leak.
        threshold: potential at which a neuron fires.
        gain_per_second: rate at which unit input raises the potential.
        refractory_seconds: time after a spike in which the neuron rests at its reset value.
        threshold_spread: standard deviation of the logarithm of the threshold between devices.
        threshold_noise: standard deviation of the logarithm of the threshold from spike to spike.
    """

    leak_seconds: float = size("s")
    threshold: float = size("1")
    gain_per_second: float = size("1/s")
    refractory_seconds: float = quantity("s", 0.0)
    threshold_spread: float = spread()
    threshold_noise: float = spread()


class LifNeurons(Population):
    """n neurons, dv/dt = -v / tau + g x, which fire at v = threshold; they start at 0.

    L. Lapicque, J. Physiol. Pathol. Gen. 9, 620 (1907). The input is constant over a step, so both the potential and
    the time of the next spike are closed forms, and the spikes do not depend on how time is cut into steps.

    Args:
        devices: n.
        law: nominal parameters.
        seed: root seed.
        name: of the population.
        leaky: whether the potential leaks; a perfect integrator otherwise.
        reset_to: "zero", or "subtract" the threshold, which keeps what a discrete input adds beyond it.

    Attributes:
        potential: state, shape (devices,).
        resting_seconds: what is left of the refractory time.
        next_threshold: at which the next spike comes.
        spikes: how many each neuron fired so far.
    """

    _arrays = ("potential", "resting_seconds", "next_threshold", "spikes")

    def __init__(
        self,
        devices: int,
        law: LifLaw,
        seed: int,
        name: str,
        *,
        leaky: bool = True,
        reset_to: Literal["zero", "subtract"] = "zero",
    ) -> None:
        super().__init__(devices, seed, name)
        self.law, self.leaky, self.subtract = law, leaky, reset_to == "subtract"
        self.threshold = self._vary("threshold", law.threshold, law.threshold_spread)
        self._noise = Chance(seed, name, "threshold noise")
        self.reset()

    def reset(self) -> None:
        """Every potential 0 again."""
        self.potential: Floats = np.zeros(self.devices)
        self.resting_seconds: Floats = np.zeros(self.devices)
        self.spikes: NDArray[np.int64] = np.zeros(self.devices, dtype=np.int64)
        self.next_threshold: Floats = self._drawn(self._index)
        self.draws = 0

    def _drawn(self, which: NDArray[np.int64]) -> Floats:
        if self.law.threshold_noise == 0.0:
            return np.asarray(self.threshold[which])
        deviates = self._noise.normal(which, 0, self.spikes[which])
        return np.asarray(self.threshold[which] * np.exp(self.law.threshold_noise * deviates))

    def kick(self, amount: ArrayLike) -> None:
        """Add to the potentials at once, as a synapse's pulse does; the neuron fires at the start of the next step.

        Args:
            amount: number or shape (devices,); neurons at rest do not take it.
        """
        self.potential = np.where(
            self.resting_seconds > 0.0, self.potential, self.potential + self._input("amount", amount)
        )

    def step(self, inputs: ArrayLike, seconds: float) -> NDArray[np.int64]:
        """Let time pass under a constant input.

        Args:
            inputs: x, number or shape (devices,).
            seconds: time.

        Returns:
            How many spikes each neuron fired, shape (devices,).

        Raises:
            BadParameter: some neuron would fire more than `MOST_SPIKES` times.
        """
        push = self._input("inputs", inputs) * self.law.gain_per_second
        left = np.full(self.devices, float(within("seconds", seconds, 0.0)))
        before, active = self.spikes.copy(), self._index
        for _ in range(MOST_SPIKES + 1):
            if active.size == 0:
                return np.asarray(self.spikes - before)
            active = self._until_spike(active, push, left)
        raise BadParameter(
            f"seconds = {seconds:g} with more than {MOST_SPIKES} spikes of a neuron", "fewer", "shorten the step"
        )

    def _until_spike(self, who: NDArray[np.int64], push: Floats, left: Floats) -> NDArray[np.int64]:
        """Move these neurons to their next spike or the end of the time; returns those that spiked."""
        rest = np.minimum(self.resting_seconds[who], left[who])
        self.resting_seconds[who] -= rest
        left[who] -= rest
        v, drive, level = self.potential[who], push[who], self.next_threshold[who]
        wait = self._wait(v, drive, level)
        # A neuron whose time is used up by its rest is not asked for a spike it may owe.
        fires = (wait <= left[who]) & (self.resting_seconds[who] == 0.0)
        go = np.where(fires, wait, left[who])
        after = self._drift(v, drive, go)
        left[who] -= go
        kept = np.maximum(after, level) - level if self.subtract else np.zeros(who.size)
        self.potential[who] = np.where(fires, kept, after)
        fired = who[fires]
        self.spikes[fired] += 1
        self.resting_seconds[fired] = self.law.refractory_seconds
        self.next_threshold[fired] = self._drawn(fired)
        return fired

    def _drift(self, v: Floats, drive: Floats, seconds: Floats) -> Floats:
        if not self.leaky:
            return np.asarray(v + drive * seconds)
        tau = self.law.leak_seconds
        return np.asarray(v - (drive * tau - v) * np.expm1(-seconds / tau))

    def _wait(self, v: Floats, drive: Floats, level: Floats) -> Floats:
        """Time until the threshold; infinite where the input does not carry the potential so far."""
        if not self.leaky:
            rises = drive > 0.0
            way = np.where(rises, (level - v) / np.where(rises, drive, 1.0), np.inf)
        else:
            tau = self.law.leak_seconds
            top = drive * tau
            rises = top > level
            ratio = (level - v) / np.where(rises, top - level, 1.0)
            way = np.where(rises, tau * np.log1p(np.maximum(ratio, 0.0)), np.inf)
        return np.asarray(np.where(v >= level, 0.0, way))
