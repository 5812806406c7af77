"""Compound synapses: several binary junctions in parallel, so that the mean conductance is graded (P27)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.devices._law import Law, quantity, size, spread
from spinloop.emulator.devices._population import Floats, Population
from spinloop.emulator.physics.checks import within
from spinloop.emulator.physics.switching import expected_switches


@dataclass(frozen=True, kw_only=True)
class CompoundSynapseLaw(Law):
    """Nominal parameters of the junctions of a synapse, and how far they differ.

    Attributes:
        junctions: how many are in parallel.
        parallel_ohms: resistance of one in its parallel state.
        tmr: its TMR ratio.
        barrier_kt: its energy barrier.
        critical_volts: its critical voltage.
        attempt_seconds: attempt time.
        conductance_spread: standard deviation of ln G_P between junctions.
        critical_spread: standard deviation of ln V_c.
    """

    junctions: int = quantity("1", 1, 1024, whole=True)
    parallel_ohms: float = size("ohm")
    tmr: float = quantity("1", 0.0)
    barrier_kt: float = size("k_B T")
    critical_volts: float = size("V")
    attempt_seconds: float = size("s")
    conductance_spread: float = spread()
    critical_spread: float = spread()


class CompoundSynapses(Population):
    """n synapses; they start with every junction antiparallel.

    A pulse switches each junction by itself with probability p, so from the start the mean conductance is linear in p
    and its variance is m p (1 - p) dG^2 for m junctions (binomial; A. F. Vincent et al., IEEE Trans. Biomed. Circuits
    Syst. 9, 166, 2015, use the same junctions as single stochastic synapses).

    Attributes:
        parallel: state, shape (devices, junctions).
    """

    _arrays = ("parallel",)

    def __init__(self, devices: int, law: CompoundSynapseLaw, seed: int, name: str) -> None:
        super().__init__(devices, seed, name)
        self.law = law
        self.parallel_siemens = self._vary("conductance", 1 / law.parallel_ohms, law.conductance_spread, law.junctions)
        self.critical_volts = self._vary("critical", law.critical_volts, law.critical_spread, law.junctions)
        self.reset()

    def reset(self) -> None:
        """Every junction antiparallel again."""
        self.parallel: NDArray[np.bool_] = np.zeros((self.devices, self.law.junctions), dtype=np.bool_)
        self.draws = 0

    def step(self, volts: ArrayLike, seconds: float) -> None:
        """One write pulse at each synapse; positive volts drive its junctions towards parallel, 0 leaves them.

        Args:
            volts: number or shape (devices,).
            seconds: width of the pulse.
        """
        pulse = self._input("volts", volts)[:, None]
        width = float(within("seconds", seconds, 0.0))
        expected = expected_switches(pulse, width, self.law.barrier_kt, self.critical_volts, self.law.attempt_seconds)
        lucky = self._uniform(self.law.junctions) < -np.expm1(-expected)
        self.parallel ^= lucky & (self.parallel != (pulse > 0.0)) & (pulse != 0.0)

    def conductance_siemens(self) -> Floats:
        """Sum over the junctions at small bias, shape (devices,)."""
        siemens = self.parallel_siemens / np.where(self.parallel, 1.0, 1.0 + self.law.tmr)
        return np.asarray(siemens.sum(axis=1))
