"""The Verilated chip as a substrate: `rtl:tile64`, `rtl:tile16`, with `?seed=7`."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.fpga import codes, row_writes, snapshots
from spinloop.fpga import tile_info as tile
from spinloop.fpga.cosim.library import VerilatedChip
from spinloop.fpga.driver import Driver
from spinloop.fpga.machine import Machine
from spinloop.protocols.chip_info import ChipInfo
from spinloop.protocols.errors import BadUrl, LimitExceeded, SpinloopError, UnknownChip, Unsupported
from spinloop.protocols.operations import (
    Multiply,
    Operation,
    Program,
    Pulse,
    Read,
    Reset,
    Restore,
    Sample,
    Snapshot,
    Wait,
)
from spinloop.protocols.results import Conductances, Currents, Done, Programmed, Result, Samples, SnapshotTaken
from spinloop.protocols.write_verify import program

_MAX_SEED = (1 << 63) - 1
_MAX_OPERATION_CLOCKS = 2_000_000_000  # a quarter of an hour of simulation
_LOW_HIGH_SIEMENS = np.array([tile.LOW_SIEMENS, tile.HIGH_SIEMENS])


def open_rtl(rest: str, parameters: dict[str, str]) -> RtlChip:
    """Open a Verilated catalog chip.

    Args:
        rest: `tile64` or `tile16`.
        parameters: `seed`, a whole number from 0 to 2^63 - 1; 0 unless given.

    Raises:
        UnknownChip: no such chip.
        BadUrl: another parameter, or a seed that is none.
        MissingTool: the chip is not compiled yet and a tool to compile it is missing.
    """
    if rest not in tile.CATALOG:
        raise UnknownChip(f"the RTL chip {rest!r}", f"there are {', '.join(tile.CATALOG)}", "use one of these names")
    unknown = sorted(set(parameters) - {"seed"})
    if unknown:
        raise BadUrl(f"the parameter {unknown[0]!r} of rtl:{rest}", "allowed is: seed", "leave it out")
    text = parameters.get("seed", "0")
    if not text.isascii() or not text.isdigit() or int(text) > _MAX_SEED:
        raise BadUrl(f"the seed {text!r} of rtl:{rest}", "a whole number from 0 to 2^63 - 1", "give such a number")
    return RtlChip(rest, int(text), VerilatedChip(tile.CATALOG[rest]))


class RtlChip:
    """A chip behind a register bus, as a substrate.

    Args:
        name: a catalog name.
        seed: of the generators.
        machine: what carries out register operations; owned from now on.
    """

    def __init__(self, name: str, seed: int, machine: Machine) -> None:
        self._size = tile.CATALOG[name]
        self._info = tile.chip_info(name, seed, uuid.uuid4().hex)
        self._driver = Driver(machine, self._size, seed)
        self._row_siemens: NDArray[np.float64] | None = None  # sum over each row, for the energy; None when unknown
        self._lock = threading.Lock()
        self._carry_out: dict[type[Operation], Callable[[Any], Result]] = {
            Read: self._read,
            Multiply: self._multiply,
            Pulse: self._pulse,
            Program: self._program,
            Sample: self._sample,
            Wait: self._wait,
            Reset: self._reset,
            Snapshot: self._snapshot,
            Restore: self._restore,
        }

    def describe(self) -> ChipInfo:
        """Identity, blocks, limits, clock."""
        return self._info

    def execute(self, operations: Sequence[Operation]) -> list[Result]:
        """Carry out the operations in order, one result each.

        Raises:
            SpinloopError: at the first operation that fails, with its index and the results before it.
        """
        results: list[Result] = []
        with self._lock:
            self._driver.ready()
            for index, operation in enumerate(operations):
                try:
                    results.append(self._carry_out[type(operation)](operation))
                except SpinloopError as error:
                    raise error.at(index, results) from error.__cause__
        return results

    def make_safe(self) -> None:
        """End whatever runs. Nothing in a simulation stays energised."""
        self._driver.stop()

    def close(self) -> None:
        """End whatever runs and release the simulation; calling it again does nothing."""
        self.make_safe()
        with self._lock:
            self._driver.close()

    def _read(self, operation: Read) -> Conductances:
        rows = np.arange(self._size) if operation.rows is None else np.array(operation.rows, dtype=np.intp)
        cols = np.arange(self._size) if operation.cols is None else np.array(operation.cols, dtype=np.intp)
        siemens = _LOW_HIGH_SIEMENS[self._driver.read_rows(rows)[:, cols].astype(np.intp)]
        volts = tile.READ_VOLTS if operation.read_volts is None else operation.read_volts
        return Conductances(
            siemens=siemens,
            chip_seconds=self._spent_seconds(),
            energy_joules=float(volts**2 * siemens.sum() / tile.CLOCK_HERTZ),
            energy_kind="modelled",
        )

    def _multiply(self, operation: Multiply) -> Currents:
        if operation.transpose:
            raise Unsupported("Multiply(transpose=True)", "the RTL tile drives its word lines only", "read it instead")
        row_siemens = self._known_row_siemens()
        x_codes = codes.input_codes(np.asarray(operation.volts, dtype=np.float64))
        amps = self._driver.multiply(x_codes) * tile.AMPS_PER_CODE
        squares = (x_codes.astype(np.float64) ** 2).sum(axis=0) * tile.INPUT_VOLTS_PER_CODE**2
        return Currents(
            amps=amps,
            chip_seconds=self._spent_seconds(),
            energy_joules=float(squares @ row_siemens / tile.CLOCK_HERTZ),
            energy_kind="modelled",
        )

    def _pulse(self, operation: Pulse) -> Done:
        writes = row_writes.plan(operation, (self._size, self._size))
        held = np.maximum(np.ceil(writes.width_seconds * tile.CLOCK_HERTZ - 1e-6) - 1, 0).sum() * operation.count
        _bounded(len(writes.row) * operation.count * 16, operation)
        self._row_siemens = None
        driven = self._driver.fire(writes, operation.count)
        siemens = driven @ _LOW_HIGH_SIEMENS
        return Done(
            pulses=int(writes.mask.sum()) * operation.count,
            # The word line stays driven for the pulse's width; clocks beyond the write's own are idle ones.
            chip_seconds=self._spent_seconds() + float(held) / tile.CLOCK_HERTZ,
            energy_joules=float((writes.volts**2 * writes.width_seconds * siemens).sum()),
            energy_kind="modelled",
        )

    def _program(self, operation: Program) -> Programmed:
        return program(operation, self._info.blocks[operation.block], self._read_masked, self._pulse)

    def _read_masked(self, mask: NDArray[np.bool_]) -> Conductances:
        rows = np.flatnonzero(mask.any(axis=1))
        siemens = np.zeros(mask.shape)
        if len(rows):
            siemens[rows] = _LOW_HIGH_SIEMENS[self._driver.read_rows(rows).astype(np.intp)]
        return Conductances(
            siemens=siemens,
            chip_seconds=self._spent_seconds(),
            energy_joules=float(tile.READ_VOLTS**2 * siemens[mask].sum() / tile.CLOCK_HERTZ),
            energy_kind="modelled",
        )

    def _sample(self, operation: Sample) -> Samples:
        bias = codes.bias_codes(np.atleast_2d(np.asarray(operation.bias_volts, dtype=np.float64)))
        clocks = max(1, codes.clocks_of(operation.interval_seconds))
        _bounded(len(bias) * operation.samples * clocks, operation)
        packed = self._driver.sample(bias, operation.samples, clocks)
        return Samples(packed=packed, neurons=self._size, chip_seconds=self._spent_seconds())

    def _wait(self, operation: Wait) -> Done:
        # Nothing on the chip changes while it idles, so the clocks are counted and not simulated.
        return Done(chip_seconds=codes.clocks_of(operation.seconds) / tile.CLOCK_HERTZ)

    def _reset(self, operation: Reset) -> Done:
        self._row_siemens = None
        self._driver.reset()
        return Done(chip_seconds=self._size / tile.CLOCK_HERTZ)

    def _snapshot(self, operation: Snapshot) -> SnapshotTaken:
        cells = self._driver.read_rows(np.arange(self._size))
        state = snapshots.pack(self._info.identity, cells, self._driver.unload_generators())
        return SnapshotTaken(state=state, chip_seconds=self._spent_seconds())

    def _restore(self, operation: Restore) -> Done:
        cells, generators = snapshots.unpack(operation.state, self._info.identity, self._size)
        self._row_siemens = None
        self._driver.load_cells(cells)
        self._driver.load_generators(generators)
        return Done(chip_seconds=self._spent_seconds())

    def _spent_seconds(self) -> float:
        return self._driver.spent_clocks() / tile.CLOCK_HERTZ

    def _known_row_siemens(self) -> NDArray[np.float64]:
        """Sum of conductances of each row. Looked up for the energy model, outside the chip's own account of time."""
        if self._row_siemens is None:
            cells = self._driver.read_rows(np.arange(self._size))
            self._row_siemens = _LOW_HIGH_SIEMENS[cells.astype(np.intp)].sum(axis=1)
            self._driver.spent_clocks()
        return self._row_siemens


def _bounded(clocks: int, operation: Operation) -> None:
    if clocks > _MAX_OPERATION_CLOCKS:
        raise LimitExceeded(
            f"a {type(operation).__name__} of about {clocks:.2g} clocks",
            f"at most {_MAX_OPERATION_CLOCKS:.2g} clocks in one operation on the simulated chip",
            "split the work into several operations",
        )
