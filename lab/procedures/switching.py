"""Switching probability of one junction against pulse voltage, by counting."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spinloop.lab.analysis.switching_fit import SwitchingFit, fit_switching
from spinloop.protocols.chip import Block, Chip
from spinloop.protocols.errors import ChipError, Unsupported
from spinloop.protocols.operations import Operation, Pulse, Read
from spinloop.protocols.results import Conductances
from spinloop.protocols.tally import Tally

SCOUT_SHOTS = 24
SCOUT_POINTS = 17
CURVE_EDGES = (0.02, 0.98)  # where the curve still tells something about its two parameters
BATCH_SHOTS = 100
PREPARE_PULSES = 5


@dataclass(frozen=True)
class SwitchingCurve:
    """Counts, and the law fitted to them.

    Attributes:
        volts: pulse voltages, from antiparallel to parallel.
        shots: pulses that found the junction antiparallel.
        switched: how many of them left it parallel.
        spoilt: shots that were dropped because the junction could not be brought back first.
        fit: barrier and critical voltage.
        tally: what the measurement cost.
    """

    volts: NDArray[np.float64]
    shots: NDArray[np.int64]
    switched: NDArray[np.int64]
    spoilt: int
    fit: SwitchingFit
    tally: Tally


def measure_switching(
    chip: Chip,
    block: str,
    cell: tuple[int, int],
    shots: int,
    points: int,
    width_seconds: float | None,
    attempt_seconds: float,
    tick: Callable[[int], None] = lambda shots: None,
) -> SwitchingCurve:
    """Measure and fit the switching curve of one junction.

    Each shot brings the junction back to antiparallel with strong negative pulses, looks whether that worked, fires
    one positive pulse, and looks again. A coarse scan finds where the curve rises; the shots go there.

    Args:
        chip: any chip whose block takes `Read` and `Pulse`.
        block: name of a crossbar.
        cell: (row, col) of the junction.
        shots: pulses at each voltage.
        points: voltages on the curve.
        width_seconds: pulse width; None means the block's own.
        attempt_seconds: attempt time, for the fit.
        tick: called with the number of shots done, for a progress bar.

    Raises:
        ChipError: no voltage within the limits switches the junction, or it never comes back.
        Unsupported: the block does not state its conductances and write pulse.
    """
    bench = _Shooter(chip, chip[block], cell, width_seconds)
    low, high = _find_rise(bench, tick)
    volts = np.linspace(low, high, points)
    counts = [bench.shoot(float(each), shots, tick) for each in volts]
    done = np.array([each[0] for each in counts], dtype=np.int64)
    switched = np.array([each[1] for each in counts], dtype=np.int64)
    if (done == 0).any():
        raise ChipError(
            f"junction {cell} of block {block!r} did not return to antiparallel",
            f"negative pulses of {bench.back_volts:g} V",
            "it may be stuck or broken; measure another cell",
        )
    try:
        fit = fit_switching(volts, done, switched, bench.width_seconds, attempt_seconds)
    except ValueError as error:
        raise ChipError(f"the curve of junction {cell}: {error}", "", "use more shots") from error
    return SwitchingCurve(volts, done, switched, int(points * shots - done.sum()), fit, bench.tally)


class _Shooter:
    """Fires counted shots at one junction."""

    def __init__(self, chip: Chip, block: Block, cell: tuple[int, int], width_seconds: float | None) -> None:
        info = block.info
        if (
            info.low_siemens is None
            or info.high_siemens is None
            or info.write_volts is None
            or info.write_seconds is None
        ):
            raise Unsupported(
                f"measuring switching on block {block.name!r}",
                "a crossbar that states its two conductances and its write pulse",
                "complete the station or chip file",
            )
        self.chip, self.block, self.cell = chip, block, cell
        self.limit_volts = info.limits.max_write_volts
        self.width_seconds = info.write_seconds if width_seconds is None else width_seconds
        self.back_volts = info.write_volts
        self.back_seconds = info.write_seconds
        self.threshold_siemens = math.sqrt(info.low_siemens * info.high_siemens)
        self.tally = Tally()

    def shoot(self, volts: float, shots: int, tick: Callable[[int], None]) -> tuple[int, int]:
        """Shots that counted, and how many switched."""
        counted = switched = 0
        for start in range(0, shots, BATCH_SHOTS):
            number = min(BATCH_SHOTS, shots - start)
            before, after = self._run(volts, number)
            counted += int((~before).sum())
            switched += int((~before & after).sum())
            tick(number)
        return counted, switched

    def _run(self, volts: float, shots: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        name, where = self.block.name, np.array([self.cell])
        look = Read(name, (self.cell[0],), (self.cell[1],))
        back = Pulse(name, -self.back_volts, self.back_seconds, PREPARE_PULSES, where)
        one_shot: list[Operation] = [back, look, Pulse(name, volts, self.width_seconds, 1, where), look]
        results = [self.tally.add(each) for each in self.chip.execute(one_shot * shots)]
        reads = [float(np.asarray(each.siemens).item()) for each in results if isinstance(each, Conductances)]
        parallel = np.array(reads).reshape(shots, 2) > self.threshold_siemens
        return parallel[:, 0], parallel[:, 1]


def _find_rise(bench: _Shooter, tick: Callable[[int], None]) -> tuple[float, float]:
    """Voltages between which the probability rises, from a coarse scan refined once."""
    low, high = 0.2 * bench.limit_volts, bench.limit_volts
    for _ in range(2):
        scan = np.linspace(low, high, SCOUT_POINTS)
        counts = [bench.shoot(float(volts), SCOUT_SHOTS, tick) for volts in scan]
        share = np.array([switched / max(1, done) for done, switched in counts])
        if share.max() < 0.5:
            raise ChipError(
                f"junction {bench.cell} of block {bench.block.name!r} does not switch",
                f"pulses up to {bench.limit_volts:g} V",
                "it may be stuck; measure another cell, or use a longer pulse",
            )
        step = float(scan[1] - scan[0])
        rising = np.flatnonzero(share >= 0.5)[0]
        below = np.flatnonzero(share[: rising + 1] <= CURVE_EDGES[0])
        above = np.flatnonzero(share >= CURVE_EDGES[1])
        low = float(scan[below[-1]]) if below.size else low
        high = min(bench.limit_volts, float(scan[above[0]]) if above.size else high)
        high = max(high, low + step)
    return low, high
