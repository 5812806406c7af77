"""A rectangular population of binary magnetic tunnel junctions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.chance import Chance
from spinloop.emulator.physics.switching import expected_switches, retention_flip_probability
from spinloop.emulator.physics.tunnelling import tmr_at_bias

# The smallest number that `Chance.uniform` returns: a device less likely to flip than this cannot flip.
LEAST_CHANCE = 2.0**-54


@dataclass(frozen=True)
class JunctionLaw:
    """Nominal parameters of the junctions, and how far devices differ from them.

    Each spread is the standard deviation of the logarithm: a device has nominal * exp(spread * z) with z normal, so
    no draw
    gives a negative resistance or barrier, and for small spreads it is the relative standard deviation.

    Attributes:
        parallel_ohms: resistance of the parallel state.
        tmr: tunnel magnetoresistance ratio at zero bias.
        tmr_half_volts: bias at which half of it is left.
        barrier_kt: energy barrier Delta.
        critical_volts: critical switching voltage Vc.
        attempt_seconds: attempt time tau0.
        conductance_spread: of the parallel conductance.
        tmr_spread: of the TMR ratio.
        barrier_spread: of the barrier.
        critical_spread: of the critical voltage.
        stuck_fraction: share of devices that never switch, half of them in each state.
    """

    parallel_ohms: float
    tmr: float
    tmr_half_volts: float
    barrier_kt: float
    critical_volts: float
    attempt_seconds: float
    conductance_spread: float
    tmr_spread: float
    barrier_spread: float
    critical_spread: float
    stuck_fraction: float


class Junctions:
    """Parameters and state of rows x cols junctions; starts antiparallel, but for those that are stuck.

    Args:
        rows: word lines.
        cols: bit lines.
        law: nominal parameters and spreads.
        seed: root seed of this chip.
        name: of the block, so that two blocks of a chip differ.

    Attributes:
        parallel: the state, shape (rows, cols).
        generation: changes whenever a junction switched; for caches.
    """

    def __init__(self, rows: int, cols: int, law: JunctionLaw, seed: int, name: str) -> None:
        self.law = law
        self.shape = (rows, cols)
        self._row, self._col = np.mgrid[0:rows, 0:cols]
        self.parallel_siemens = self._spread(seed, name, "conductance", 1.0 / law.parallel_ohms, law.conductance_spread)
        self.tmr = self._spread(seed, name, "tmr", law.tmr, law.tmr_spread)
        self.barrier_kt = self._spread(seed, name, "barrier", law.barrier_kt, law.barrier_spread)
        self.critical_volts = self._spread(seed, name, "critical", law.critical_volts, law.critical_spread)
        lottery = Chance(seed, name, "stuck").uniform(self._row, self._col, 0)
        self.stuck = lottery < law.stuck_fraction
        self._initial = lottery < 0.5 * law.stuck_fraction
        self._switching = Chance(seed, name, "switching")
        self.generation = 0
        self.reset()

    def _spread(self, seed: int, name: str, what: str, nominal: float, spread: float) -> NDArray[np.float64]:
        deviates = Chance(seed, name, what).normal(self._row, self._col, 0)
        return nominal * np.exp(spread * deviates)

    def reset(self) -> None:
        """Back to the state right after construction."""
        self.parallel = self._initial.copy()
        self.draws = np.zeros(self.shape, dtype=np.int64)
        self.generation += 1

    def conductance_siemens(self, volts: Any = 0.0) -> NDArray[np.float64]:
        """Conductance of every junction at a bias across it; the parallel state does not depend on bias.

        Args:
            volts: broadcasts with (rows, cols) from the left, so (batch, rows, cols) works too.
        """
        return self.conductance_of(slice(None), volts)

    def conductance_of(self, cells: Any, volts: Any) -> NDArray[np.float64]:
        """The same for some junctions, selected by any numpy index."""
        tmr = tmr_at_bias(self.tmr[cells], volts, self.law.tmr_half_volts)
        siemens: NDArray[np.float64] = self.parallel_siemens[cells] / np.where(self.parallel[cells], 1.0, 1.0 + tmr)
        return siemens

    def conductance_one(self, row: int, col: int, volts: float) -> float:
        """The same for one junction, without the overhead of arrays."""
        siemens = self.parallel_siemens.item((row, col))
        if self.parallel.item((row, col)):
            return siemens
        return siemens / (1.0 + float(tmr_at_bias(self.tmr.item((row, col)), volts, self.law.tmr_half_volts)))

    def excess_amps(self, volts: NDArray[Any]) -> NDArray[np.float64]:
        """Current beyond that of the zero-bias conductance, I(V) - G(0) V, of every junction.

        With u = (V / V_h)^2 the bias law TMR0 / (1 + u) gives G(V) - G(0) = G_P u TMR0 / [(1 + TMR0) (1 + TMR0 + u)]
        in the
        antiparallel state, and nothing in the parallel one.

        Args:
            volts: shape (..., rows, cols).
        """
        gain = np.where(self.parallel, 0.0, self.parallel_siemens * self.tmr / (1.0 + self.tmr))
        reduced = (volts / self.law.tmr_half_volts) ** 2
        excess: NDArray[np.float64] = gain * volts
        excess *= reduced
        reduced += 1.0 + self.tmr
        excess /= reduced
        return excess

    def fire(
        self,
        row: NDArray[Any],
        col: NDArray[Any],
        volts: NDArray[Any],
        width_seconds: NDArray[Any],
        count: int | NDArray[Any],
    ) -> None:
        """Fire one train of pulses at each of some junctions, no junction twice.

        Positive volts drive towards parallel. A train of identical pulses switches with 1 - (1 - P)^count, so it
        takes one
        draw; the way back, against the pulse, is slower by exp(-2 Delta V / Vc) and left out.

        Args:
            row: word line of each junction, shape (n,).
            col: bit line of each.
            volts: across each, broadcasts.
            width_seconds: of each pulse, broadcasts.
            count: pulses in a train, broadcasts.
        """
        expected = count * expected_switches(
            volts, width_seconds, self.barrier_kt[row, col], self.critical_volts[row, col], self.law.attempt_seconds
        )
        lucky = self._switching.uniform(row, col, self.draws[row, col]) < -np.expm1(-expected)
        self.draws[row, col] += 1
        wanted = np.asarray(volts) > 0.0
        flips = lucky & (self.parallel[row, col] != wanted) & (np.asarray(volts) != 0.0) & ~self.stuck[row, col]
        if flips.any():
            self.parallel[row[flips], col[flips]] ^= True
            self.generation += 1

    def fire_one(self, row: int, col: int, volts: float, width_seconds: float, count: int) -> None:
        """The same for one junction, without the overhead of arrays."""
        cell = row, col
        barrier, critical = self.barrier_kt.item(cell), self.critical_volts.item(cell)
        expected = count * expected_switches(volts, width_seconds, barrier, critical, self.law.attempt_seconds)
        draw = self.draws.item(cell)
        self.draws[cell] = draw + 1
        lucky = self._switching.uniform_one(row, col, draw) < -np.expm1(-expected)
        if lucky and volts != 0.0 and self.parallel.item(cell) != (volts > 0.0) and not self.stuck.item(cell):
            self.parallel[row, col] ^= True
            self.generation += 1

    def rest(self, seconds: float) -> None:
        """Let time pass at zero bias; weak junctions may lose their state."""
        weakest = self.barrier_kt.min()
        if retention_flip_probability(seconds, weakest, self.law.attempt_seconds) <= LEAST_CHANCE:
            return
        chance = retention_flip_probability(seconds, self.barrier_kt, self.law.attempt_seconds)
        row, col = np.nonzero((chance > LEAST_CHANCE) & ~self.stuck)
        if row.size == 0:
            return
        flips = self._switching.uniform(row, col, self.draws[row, col]) < chance[row, col]
        self.draws[row, col] += 1
        if flips.any():
            self.parallel[row[flips], col[flips]] ^= True
            self.generation += 1

    def state(self) -> dict[str, NDArray[Any]]:
        """The arrays that define what happens next."""
        return {"parallel": self.parallel.copy(), "switching_draws": self.draws.copy()}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Put back what `state` returned."""
        self.parallel = state["parallel"].copy()
        self.draws = state["switching_draws"].copy()
        self.generation += 1
