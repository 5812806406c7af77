"""A crossbar of junctions as a block of a chip: reads, multiplies, is pulsed and programmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.arrays.read_out import ReadOut
from spinloop.emulator.chance import Chance
from spinloop.emulator.devices.junctions import Junctions
from spinloop.protocols.chip_info import BlockInfo
from spinloop.protocols.operations import BlockOperation, Multiply, Operation, Program, Pulse, Read
from spinloop.protocols.results import Conductances, Currents, Done, Result
from spinloop.protocols.selection import selected_cells, selected_values
from spinloop.protocols.write_verify import program


class Crossbar:
    """Junctions, the wires between them, and their noise.

    Reading one cell selects it alone, so its wires stand in series with it; a multiply drives all lines at once. The
    noise
    of a reading is a relative fluctuation of each cell's conductance, drawn anew for each reading. In a multiply
    the fluctuations of a line's cells are drawn as one number with their exact variance; that the noise current is
    itself
    weakened by the wires is left out (noise times wire loss).

    Args:
        info: shape, limits and default voltages.
        junctions: the cells.
        wire_ohms: resistance of one wire segment.
        read_noise: relative standard deviation of a cell's conductance between readings.
        read_seconds: duration of one reading.
        seed: root seed of this chip.
        name: of the block.
    """

    def __init__(
        self,
        info: BlockInfo,
        junctions: Junctions,
        wire_ohms: float,
        read_noise: float,
        read_seconds: float,
        seed: int,
        name: str,
    ) -> None:
        self.info = info
        self.name = name
        self.junctions = junctions
        self.wire_ohms = wire_ohms
        self.read_noise = read_noise
        self.read_seconds = read_seconds
        self._read_out = ReadOut(junctions, wire_ohms)
        self._cell_noise = Chance(seed, name, "read")
        self._line_noise = Chance(seed, name, "line")
        rows, cols = junctions.shape
        row, col = np.mgrid[0:rows, 0:cols]
        # The path to one cell: in at the left end of its word line, out at the bottom end of its bit line.
        self.path_ohms = wire_ohms * (col + 1 + rows - row)
        self.reset()

    def reset(self) -> None:
        """Back to the state right after construction."""
        self.junctions.reset()
        self.read_draws = np.zeros(self.junctions.shape, dtype=np.int64)
        self.line_draws = np.zeros(2, dtype=np.int64)  # forward and transposed multiplies

    def execute(self, operation: BlockOperation) -> Result:
        """Carry out one operation that the guard let through."""
        if isinstance(operation, Read):
            return self._read(operation)
        if isinstance(operation, Multiply):
            return self._multiply(operation)
        if isinstance(operation, Pulse):
            return self._pulse(operation)
        assert isinstance(operation, Program)  # noqa: S101 - the guard admits declared operations only
        return program(operation, self.info, self._read_mask, self._pulse)

    def rest(self, seconds: float) -> None:
        """Let time pass at zero bias."""
        self.junctions.rest(seconds)

    def noisy_siemens(self, row: NDArray[Any], col: NDArray[Any], volts: float, reads: int = 1) -> NDArray[np.float64]:
        """One look at some junctions, none twice: their conductance at a bias, with the noise of this reading."""
        siemens = self.junctions.conductance_of((row, col), volts)
        if self.read_noise == 0.0:
            return siemens
        deviate = self._cell_noise.normal(row, col, self.read_draws[row, col])
        self.read_draws[row, col] += 1
        return siemens * (1.0 + self.read_noise / np.sqrt(reads) * deviate)

    def _read(self, operation: Read) -> Conductances:
        volts = self._read_volts(operation.read_volts)
        rows, cols = operation.rows, operation.cols
        if rows is not None and cols is not None and len(rows) == len(cols) == 1:
            siemens = np.array([[self._read_one(rows[0], cols[0], volts, operation.reads)]])
        else:
            siemens = self._read_lines(rows, cols, volts, operation.reads)
        seconds = siemens.size * self.read_seconds * operation.reads
        energy = volts * volts * float(siemens.sum()) * self.read_seconds * operation.reads
        return Conductances(siemens=siemens, chip_seconds=seconds, energy_joules=energy, energy_kind="modelled")

    def _read_lines(
        self, rows: tuple[int, ...] | None, cols: tuple[int, ...] | None, volts: float, reads: int
    ) -> NDArray[np.float64]:
        all_rows, all_cols = self.junctions.shape
        row = np.arange(all_rows) if rows is None else np.asarray(rows)
        col = np.arange(all_cols) if cols is None else np.asarray(cols)
        # A line that is named twice is read twice, one after the other, so each occurrence is a look of its own.
        siemens = np.empty((row.size, col.size))
        for row_turn in _turns(row):
            for col_turn in _turns(col):
                grid = np.ix_(row_turn, col_turn)
                cell_row, cell_col = np.broadcast_arrays(row[grid[0]], col[grid[1]])
                siemens[grid] = self._with_wires(
                    self.noisy_siemens(cell_row, cell_col, volts, reads), cell_row, cell_col
                )
        return siemens

    def _with_wires(self, siemens: Any, row: Any, col: Any) -> Any:
        return siemens / (1.0 + siemens * self.path_ohms[row, col])

    def _read_one(self, row: int, col: int, volts: float, reads: int) -> float:
        """The same for one cell, without the overhead of arrays."""
        siemens = self.junctions.conductance_one(row, col, volts)
        if self.read_noise:
            deviate = self._cell_noise.normal_one(row, col, int(self.read_draws[row, col]))
            self.read_draws[row, col] += 1
            siemens = siemens * (1.0 + self.read_noise / np.sqrt(reads) * deviate)
        return float(self._with_wires(siemens, row, col))

    def _read_mask(self, mask: NDArray[np.bool_]) -> Conductances:
        volts = self._read_volts(None)
        row, col = np.nonzero(mask)
        siemens = np.zeros(mask.shape)
        siemens[row, col] = self._with_wires(self.noisy_siemens(row, col, volts), row, col)
        energy = volts * volts * float(siemens.sum()) * self.read_seconds
        return Conductances(
            siemens=siemens, chip_seconds=row.size * self.read_seconds, energy_joules=energy, energy_kind="modelled"
        )

    def _read_volts(self, asked: float | None) -> float:
        volts = self.info.read_volts if asked is None else asked
        assert volts is not None  # noqa: S101 - the catalog's schema requires it
        return volts

    def _multiply(self, operation: Multiply) -> Currents:
        volts = np.asarray(operation.volts, dtype=np.float64)
        amps, cell_amps = self._read_out.solve(volts, operation.transpose)
        driven = -cell_amps.sum(axis=1) if operation.transpose else cell_amps.sum(axis=2)
        energy = float((volts * driven).sum()) * self.read_seconds * operation.reads
        if self.read_noise:
            amps = amps + self._line_noise_amps(cell_amps, operation)
        seconds = len(volts) * self.read_seconds * operation.reads
        return Currents(amps=amps, chip_seconds=seconds, energy_joules=energy, energy_kind="modelled")

    def _line_noise_amps(self, cell_amps: NDArray[Any], operation: Multiply) -> NDArray[np.float64]:
        axis = 2 if operation.transpose else 1
        power = np.einsum("brc,brc->br" if axis == 2 else "brc,brc->bc", cell_amps, cell_amps)
        which = int(operation.transpose)
        draws = self.line_draws[which] + np.arange(len(cell_amps))
        self.line_draws[which] += len(cell_amps)
        deviates = self._line_noise.normal(which, np.arange(power.shape[1]), draws[:, None])
        return self.read_noise / np.sqrt(operation.reads) * np.sqrt(power) * deviates

    def _pulse(self, operation: Pulse) -> Done:
        where = operation.where
        if where is not None and is_one_cell(operation):
            cell: tuple[int, int] = tuple(where[0].tolist())
            return self._pulse_one(*cell, float(operation.volts), float(operation.width_seconds), operation.count)
        cells = selected_cells(where, *self.junctions.shape)
        row, col = cells[:, 0], cells[:, 1]
        volts = np.broadcast_to(selected_values(operation.volts, where, self.junctions.shape), row.shape)
        width = np.broadcast_to(selected_values(operation.width_seconds, where, self.junctions.shape), row.shape)
        energy = 0.0
        for turn in _turns(row * self.junctions.shape[1] + col):
            siemens = self.junctions.conductance_of((row[turn], col[turn]), volts[turn])
            energy += float((volts[turn] ** 2 * siemens * width[turn]).sum()) * operation.count
            self.junctions.fire(row[turn], col[turn], volts[turn], width[turn], operation.count)
        pulses = row.size * operation.count
        seconds = float(width.sum()) * operation.count
        return Done(pulses=pulses, chip_seconds=seconds, energy_joules=energy, energy_kind="modelled")

    def pulse_cells(self, operations: Sequence[Pulse]) -> list[Result]:
        """Carry out pulses at one cell each, one after the other, with the work of one: the same answers, to the bit.

        Args:
            operations: all of them such that `is_one_cell` holds.
        """
        cells = np.concatenate([each.where for each in operations])
        volts = np.array([float(each.volts) for each in operations])
        seconds = np.array([float(each.width_seconds) for each in operations])
        counts = np.array([each.count for each in operations])
        joules = np.empty(len(operations))
        row, col = cells[:, 0], cells[:, 1]
        for turn in _turns(row * self.junctions.shape[1] + col):
            siemens = self.junctions.conductance_of((row[turn], col[turn]), volts[turn])
            joules[turn] = volts[turn] * volts[turn] * siemens * (seconds[turn] * counts[turn])
            self.junctions.fire(row[turn], col[turn], volts[turn], seconds[turn], counts[turn])
        spent = zip((seconds * counts).tolist(), joules.tolist(), counts.tolist(), strict=True)
        return [Done(time, energy, "modelled", pulses=count) for time, energy, count in spent]

    def _pulse_one(self, row: int, col: int, volts: float, width_seconds: float, count: int) -> Done:
        seconds = width_seconds * count
        energy = volts * volts * self.junctions.conductance_one(row, col, volts) * seconds
        self.junctions.fire_one(row, col, volts, width_seconds, count)
        return Done(pulses=count, chip_seconds=seconds, energy_joules=energy, energy_kind="modelled")

    def state(self) -> dict[str, NDArray[Any]]:
        """The arrays that define what happens next."""
        return {**self.junctions.state(), "read_draws": self.read_draws.copy(), "line_draws": self.line_draws.copy()}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Put back what `state` returned."""
        self.junctions.restore(state)
        self.read_draws = state["read_draws"].copy()
        self.line_draws = state["line_draws"].copy()


def is_one_cell(operation: Operation) -> bool:
    """Whether it is a pulse at one cell, with plain numbers for voltage and width."""
    if type(operation) is not Pulse or operation.where is None or operation.where.shape != (1, 2):
        return False
    return all(type(value) is float or np.ndim(value) == 0 for value in (operation.volts, operation.width_seconds))


def _turns(labels: NDArray[Any]) -> list[NDArray[np.intp]]:
    """Split positions so that no label occurs twice in a turn: first occurrences, second occurrences, and so on."""
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    fresh = np.ones(len(ordered), dtype=bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    if fresh.all():
        return [np.arange(len(labels))]
    start = np.maximum.accumulate(np.where(fresh, np.arange(len(ordered)), 0))
    occurrence = np.empty(len(labels), dtype=np.intp)
    occurrence[order] = np.arange(len(ordered)) - start
    return [np.flatnonzero(occurrence == turn) for turn in range(occurrence.max() + 1)]
