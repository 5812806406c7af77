"""`Read`, `Multiply`, `Pulse` and `Program` out of a source meter, a pulse generator and a switch matrix.

A word line that is connected to no bus has its access transistors off, so its cells add nothing. The array is linear
at each voltage, so the current of a bit line under many word-line voltages is the sum, over the distinct voltages, of
the currents with only the word lines of that voltage connected.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from spinloop.lab.on_bench.interlock import Interlock
from spinloop.lab.on_bench.link import Instruments
from spinloop.lab.on_bench.pulser import WritePulser
from spinloop.lab.on_bench.routes import Routes
from spinloop.lab.on_bench.source import Readings, WordLineSource
from spinloop.lab.station import Station, wiring_of
from spinloop.protocols.chip_info import BlockInfo
from spinloop.protocols.operations import Multiply, Program, Pulse, Read
from spinloop.protocols.results import Conductances, Currents, Done, EnergyKind, Programmed
from spinloop.protocols.selection import selected_cells, selected_values
from spinloop.protocols.write_verify import program

Jobs = dict[tuple[int, ...], list[tuple[int, float]]]


class BenchCrossbar:
    """One crossbar in a socket.

    Args:
        instruments: open and identified; their outputs are off.
        station: the station file.
        info: what the block declares.
        interlock: asked before each step that energises the chip.
    """

    def __init__(self, instruments: Instruments, station: Station, info: BlockInfo, interlock: Interlock) -> None:
        chip = station.chip
        self._instruments = instruments
        self._info = info
        self._interlock = interlock
        self._source = WordLineSource(instruments.smu, station.instruments.smu.terminals, chip, interlock)
        self._pulser = WritePulser(instruments.pulser, instruments.pulse_channel_number, chip)
        self._routes = Routes(instruments.matrix, wiring_of(chip), self._source.set_zero)
        self._shape = (chip.rows, chip.cols)
        self._read_volts = chip.read_volts
        self._step_seconds = min(1.0, station.deadline_seconds / 2)
        self._last_siemens = np.full(self._shape, np.nan)

    def configure(self) -> None:
        """Open all relays and set the instruments up; outputs stay off.

        Raises:
            InstrumentError: an instrument does not do as it is told.
        """
        self.forget()
        self._instruments.clear_errors()
        self._routes.open_all()
        self._routes.confirm_open()
        self._source.configure()
        self._pulser.configure()
        self._instruments.check_errors()

    def forget(self) -> None:
        """Assume nothing about what is set and which relays are closed."""
        self._source.forget()
        self._pulser.forget()
        self._routes.forget()

    def read(self, operation: Read) -> Conductances:
        """Cell by cell, one word line and one bit line connected at a time."""
        rows = range(self._shape[0]) if operation.rows is None else operation.rows
        cols = range(self._shape[1]) if operation.cols is None else operation.cols
        volts = self._read_volts if operation.read_volts is None else operation.read_volts
        cells = [(row, col) for row in rows for col in cols]
        siemens, readings = self._read_cells(cells, volts, operation.reads)
        return Conductances(siemens=siemens.reshape(len(rows), len(cols)), **readings.facts())

    def multiply(self, operation: Multiply) -> Currents:
        """Bit line by bit line, word lines of equal voltage together."""
        volts = np.asarray(operation.volts, dtype=np.float64)
        jobs = group_by_voltage(volts)
        amps = np.zeros((len(volts), self._shape[1]))
        if not jobs:
            return Currents(amps=amps, energy_kind="measured")
        most = max(len(rows) for rows in jobs)
        with self._source.energised(float(np.abs(volts).max()), most) as readings:
            for rows, drives in jobs.items():
                for col in range(self._shape[1]):
                    self._routes.measure(rows, col)
                    for vector, level in drives:
                        amps[vector, col] += self._source.read_amps(level, operation.reads, readings)
            self._routes.open_all()
        self._instruments.check_errors()
        return Currents(amps=amps, **readings.facts())

    def pulse(self, operation: Pulse) -> Done:
        """Cell by cell, one train of `count` pulses each."""
        cells = selected_cells(operation.where, *self._shape)
        volts = np.broadcast_to(selected_values(operation.volts, operation.where, self._shape), len(cells))
        widths = np.broadcast_to(selected_values(operation.width_seconds, operation.where, self._shape), len(cells))
        for level in np.unique(volts):
            self._pulser.check(float(level))
        joules = 0.0
        for (row, col), level, width in zip(cells.tolist(), volts.tolist(), widths.tolist(), strict=True):
            if level == 0.0:
                continue  # the output rests at 0 V as it is
            joules += level**2 * width * operation.count * self._last_siemens[row, col]
            self._last_siemens[row, col] = np.nan  # it may switch, and nobody has looked yet
            self._pulse_cell(row, col, level, width, operation.count)
        self._routes.open_all()
        self._instruments.check_errors()
        kind: EnergyKind = "modelled" if np.isfinite(joules) else "unknown"
        return Done(
            pulses=len(cells) * operation.count,
            chip_seconds=float(widths.sum()) * operation.count,
            energy_joules=joules if kind == "modelled" else 0.0,
            energy_kind=kind,
        )

    def program(self, operation: Program) -> Programmed:
        """The write-verify loop that every substrate uses, over the cells it still has to correct."""
        return program(operation, self._info, self._read_masked, self.pulse)

    def wait(self, seconds: float) -> Done:
        """All lines float; the switch itself waits, in steps that are shorter than its deadline."""
        left_seconds = seconds
        while left_seconds > 0.0:
            self._interlock.check()
            step_seconds = min(left_seconds, self._step_seconds)
            self._instruments.matrix.delay(step_seconds)
            left_seconds -= step_seconds
        self._instruments.check_errors()
        return Done(chip_seconds=seconds, energy_kind="modelled")

    def _pulse_cell(self, row: int, col: int, volts: float, width_seconds: float, count: int) -> None:
        self._interlock.check()
        self._routes.pulse(row, col)
        self._pulser.prepare(volts, width_seconds, count)
        self._pulser.fire(count)

    def _read_masked(self, mask: NDArray[np.bool_]) -> Conductances:
        cells = [(int(row), int(col)) for row, col in np.argwhere(mask)]
        found, readings = self._read_cells(cells, self._read_volts, 1)
        siemens = np.zeros(self._shape)
        siemens[mask] = found
        return Conductances(siemens=siemens, **readings.facts())

    def _read_cells(
        self, cells: list[tuple[int, int]], volts: float, reads: int
    ) -> tuple[NDArray[np.float64], Readings]:
        siemens = np.zeros(len(cells))
        with self._source.energised(abs(volts), 1) as readings:
            for index, (row, col) in enumerate(cells):
                self._routes.measure((row,), col)
                siemens[index] = self._source.read_amps(volts, reads, readings) / volts
                self._last_siemens[row, col] = siemens[index]
            self._routes.open_all()
        self._instruments.check_errors()
        return siemens, readings


def group_by_voltage(volts: NDArray[np.float64]) -> Jobs:
    """Which word lines to connect together, and at which voltages, for each vector of a batch.

    Word lines at 0 V are left out: they carry no current into a bit line that is held at 0 V.

    Args:
        volts: shape (batch, rows).

    Returns:
        For each set of word lines, the vectors that need it with the voltage of each, sorted by voltage so that the
        source moves as little as possible.

    Example:
        >>> group_by_voltage(np.array([[0.1, 0.0, 0.1], [0.2, 0.1, 0.2]]))
        {(0, 2): [(0, 0.1), (1, 0.2)], (1,): [(1, 0.1)]}
    """
    jobs: Jobs = defaultdict(list)
    for vector, levels in enumerate(volts):
        for level in np.unique(levels[levels != 0.0]):
            rows = tuple(int(row) for row in np.flatnonzero(levels == level))
            jobs[rows].append((vector, float(level)))
    return {rows: sorted(jobs[rows], key=lambda job: job[1]) for rows in sorted(jobs)}
