"""Spin-orbit-torque synapses: a film of grains that switch one by one, so that its Hall resistance is graded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.devices._law import Law, quantity, size, spread
from spinloop.emulator.devices._population import Floats, Population
from spinloop.emulator.physics.checks import within
from spinloop.emulator.physics.switching import expected_switches


@dataclass(frozen=True, kw_only=True)
class GrainSynapseLaw(Law):
    """Nominal parameters of the grains, and how far they differ.

    Attributes:
        grains: how many a device has, of equal area.
        critical_amps_per_square_metre: current density at which a grain's barrier vanishes.
        barrier_kt: its energy barrier without current.
        attempt_seconds: attempt time.
        hall_ohms: anomalous Hall resistance of the saturated device; the read-out goes from minus this to this.
        critical_spread: standard deviation of the logarithm of a grain's critical density; grades the device.
        device_spread: standard deviation of the logarithm of a device's common factor on it.
    """

    grains: int = quantity("1", 1, 100_000, whole=True)
    critical_amps_per_square_metre: float = size("A/m^2")
    barrier_kt: float = size("k_B T")
    attempt_seconds: float = size("s")
    hall_ohms: float = size("ohm")
    critical_spread: float = spread()
    device_spread: float = spread()


class GrainSynapses(Population):
    """n devices of independent grains; they start with every grain down.

    W. Borders et al., Appl. Phys. Express 10, 013007 (2017), show such an analogue memory; that grains switch one by
    one, each by the law of thermal activation in its own critical density, is the model chosen here.

    Attributes:
        up: state, shape (devices, grains).
    """

    _arrays = ("up",)

    def __init__(self, devices: int, law: GrainSynapseLaw, seed: int, name: str) -> None:
        super().__init__(devices, seed, name)
        self.law = law
        own = self._vary("critical", law.critical_amps_per_square_metre, law.critical_spread, law.grains)
        self.critical_amps_per_square_metre = own * self._vary("device", 1.0, law.device_spread)[:, None]
        self.reset()

    def reset(self) -> None:
        """Every grain down again."""
        self.up: NDArray[np.bool_] = np.zeros((self.devices, self.law.grains), dtype=np.bool_)
        self.draws = 0

    def step(self, current_amps_per_square_metre: ArrayLike, seconds: float) -> None:
        """One current pulse along the heavy metal; positive current turns grains up, 0 leaves them.

        Args:
            current_amps_per_square_metre: number or shape (devices,).
            seconds: width of the pulse.
        """
        pulse = self._input("current_amps_per_square_metre", current_amps_per_square_metre)[:, None]
        width = float(within("seconds", seconds, 0.0))
        critical, attempt = self.critical_amps_per_square_metre, self.law.attempt_seconds
        chance = -np.expm1(-expected_switches(pulse, width, self.law.barrier_kt, critical, attempt))
        lucky = self._uniform(self.law.grains) < chance
        self.up ^= lucky & (self.up != (pulse > 0.0)) & (pulse != 0.0)

    def resistance_ohms(self) -> Floats:
        """Hall resistance, proportional to the mean magnetisation, shape (devices,)."""
        return np.asarray(self.law.hall_ohms * (2.0 * self.up.mean(axis=1) - 1.0))
