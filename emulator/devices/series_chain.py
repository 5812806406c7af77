"""Chains of junctions in series: several resistance levels, and a voltage that divides anew at every switch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.devices._law import Law, quantity, size, spread
from spinloop.emulator.devices._population import Floats, Population
from spinloop.emulator.physics.checks import within
from spinloop.emulator.physics.switching import expected_switches


@dataclass(frozen=True, kw_only=True)
class SeriesChainLaw(Law):
    """Nominal parameters of the junctions of a chain, and how far they differ.

    Attributes:
        junctions: how many are in series.
        parallel_ohms: resistance of one in its parallel state.
        tmr: its TMR ratio, taken as independent of bias, since each junction carries a part of it only.
        barrier_kt: its energy barrier.
        critical_volts: its own critical voltage.
        attempt_seconds: attempt time.
        resistance_spread: standard deviation of ln R_P between junctions.
        critical_spread: standard deviation of ln V_c.
    """

    junctions: int = quantity("1", 1, 1024, whole=True)
    parallel_ohms: float = size("ohm")
    tmr: float = quantity("1", 0.0)
    barrier_kt: float = size("k_B T")
    critical_volts: float = size("V")
    attempt_seconds: float = size("s")
    resistance_spread: float = spread()
    critical_spread: float = spread()


class SeriesChains(Population):
    """n chains; they start with every junction antiparallel.

    Attributes:
        parallel: state, shape (devices, junctions).
    """

    _arrays = ("parallel",)

    def __init__(self, devices: int, law: SeriesChainLaw, seed: int, name: str) -> None:
        super().__init__(devices, seed, name)
        self.law = law
        self.parallel_ohms = self._vary("resistance", law.parallel_ohms, law.resistance_spread, law.junctions)
        self.critical_volts = self._vary("critical", law.critical_volts, law.critical_spread, law.junctions)
        self.reset()

    def reset(self) -> None:
        """Every junction antiparallel again."""
        self.parallel: NDArray[np.bool_] = np.zeros((self.devices, self.law.junctions), dtype=np.bool_)
        self.draws = 0

    def junction_ohms(self) -> Floats:
        """Resistance of every junction, shape (devices, junctions)."""
        return np.asarray(self.parallel_ohms * np.where(self.parallel, 1.0, 1.0 + self.law.tmr))

    def resistance_ohms(self) -> Floats:
        """Resistance of every chain, shape (devices,)."""
        return np.asarray(self.junction_ohms().sum(axis=1))

    def step(self, volts: ArrayLike, seconds: float) -> None:
        """One pulse across each chain; positive volts drive towards parallel, 0 leaves it.

        Within a pulse a junction that switches changes the voltage across all others. Each flip is drawn from the
        rates at that moment (D. Gillespie, J. Phys. Chem. 81, 2340, 1977), so any width is exact. The way back,
        against the pulse, is slower by exp(-2 Delta V / Vc) and left out.

        Args:
            volts: across the whole chain, number or shape (devices,).
            seconds: width of the pulse.
        """
        pulse = self._input("volts", volts)[:, None]
        left = np.full(self.devices, float(within("seconds", seconds, 0.0)))
        for _ in range(self.law.junctions):
            ohms = self.junction_ohms()
            own = pulse * ohms / ohms.sum(axis=1, keepdims=True)
            barrier = self.law.barrier_kt
            rates = expected_switches(own, 1.0, barrier, self.critical_volts, self.law.attempt_seconds)
            rates = np.where((self.parallel != (pulse > 0.0)) & (pulse != 0.0), rates, 0.0)
            total = rates.sum(axis=1)
            wait = -np.log(self._uniform())
            which = self._uniform() * total
            # Compared as a product, so a chain with nothing left to flip (total = 0) waits for ever.
            flips = wait <= total * left
            left = np.where(flips, left - wait / np.where(total > 0.0, total, 1.0), 0.0)
            chosen = (np.cumsum(rates, axis=1) > which[:, None]).argmax(axis=1)
            self.parallel[self._index[flips], chosen[flips]] ^= True
