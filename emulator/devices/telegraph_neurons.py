"""A population of superparamagnetic junctions that fluctuate between two states: stochastic neurons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.chance import Chance
from spinloop.emulator.physics.telegraph import probability_of_one, telegraph_rates


@dataclass(frozen=True)
class NeuronLaw:
    """Nominal parameters of the neurons, and how far devices differ from them.

    Attributes:
        barrier_kt: energy barrier Delta.
        critical_volts: bias at which the barrier vanishes.
        attempt_hertz: attempt rate f0.
        exponent: n of the barrier law (see `physics.telegraph`).
        barrier_spread: standard deviation of ln Delta.
        offset_spread_volts: standard deviation of the bias at which a neuron is fair.
    """

    barrier_kt: float
    critical_volts: float
    attempt_hertz: float
    exponent: float
    barrier_spread: float
    offset_spread_volts: float


class TelegraphNeurons:
    """Parameters and state of n stochastic neurons; they start in state 0.

    Args:
        neurons: how many.
        law: nominal parameters and spreads.
        seed: root seed of this chip.
        name: of the block.
    """

    def __init__(self, neurons: int, law: NeuronLaw, seed: int, name: str) -> None:
        self.law = law
        self.neurons = neurons
        self._index = np.arange(neurons)
        deviates = Chance(seed, name, "barrier").normal(self._index, 0, 0)
        self.barrier_kt = law.barrier_kt * np.exp(law.barrier_spread * deviates)
        self.offset_volts = law.offset_spread_volts * Chance(seed, name, "offset").normal(self._index, 0, 0)
        self._chance = Chance(seed, name, "telegraph")
        self.reset()

    def reset(self) -> None:
        """Back to the state right after construction."""
        self.state_bits = np.zeros(self.neurons, dtype=np.bool_)
        self.draws = np.zeros(self.neurons, dtype=np.int64)

    def sample(self, bias_volts: NDArray[Any], samples: int, interval_seconds: float) -> NDArray[np.bool_]:
        """Evolve under a constant bias and look after each interval; exact for any interval.

        Args:
            bias_volts: shape (neurons,).
            samples: how often to look.
            interval_seconds: time between looks.

        Returns:
            Shape (samples, neurons).
        """
        from_zero, from_one = self._transition(bias_volts, interval_seconds)
        draws = self.draws + np.arange(samples)[:, None]
        lots = self._chance.uniform(self._index, 0, draws)
        self.draws += samples
        # Where the lot lies outside the two thresholds, the new state does not depend on the old one.
        high, low = lots < from_zero, lots < from_one
        bits = np.empty((samples, self.neurons), dtype=np.bool_)
        now = self.state_bits
        for step in range(samples):
            now = np.where(now, low[step], high[step])
            bits[step] = now
        self.state_bits = now
        return bits

    def rest(self, seconds: float) -> None:
        """Let time pass at zero bias."""
        if seconds > 0.0:
            self.sample(np.zeros(self.neurons), 1, seconds)

    def _transition(self, bias_volts: NDArray[Any], seconds: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        reduced = (bias_volts - self.offset_volts) / self.law.critical_volts
        up, down = telegraph_rates(reduced, self.barrier_kt, self.law.attempt_hertz, self.law.exponent)
        return probability_of_one(up, down, seconds)

    def state(self) -> dict[str, NDArray[Any]]:
        """The arrays that define what happens next."""
        return {"bits": self.state_bits.copy(), "draws": self.draws.copy()}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Put back what `state` returned."""
        self.state_bits = state["bits"].copy()
        self.draws = state["draws"].copy()
