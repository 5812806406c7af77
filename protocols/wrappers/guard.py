"""The one gate in front of every chip: what is not allowed is refused, whole batch first, before anything moves.

It refuses and never clips. NaN and infinity are refused. The same object stands in front of the emulator, the RTL and
the bench, so the same request is refused with the same error everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.protocols import substrate as substrates
from spinloop.protocols.chip_info import BlockInfo, ChipInfo
from spinloop.protocols.errors import (
    LimitExceeded,
    NotFinite,
    SpinloopError,
    UnknownBlock,
    Unsupported,
    WrongShape,
    WrongType,
)
from spinloop.protocols.operations import (
    BlockOperation,
    Multiply,
    Operation,
    Program,
    Pulse,
    Read,
    Restore,
    Sample,
    Wait,
    name_of,
)
from spinloop.protocols.results import Result
from spinloop.protocols.substrate import Substrate

MAX_WAIT_SECONDS = 86_400.0  # one day: a longer wait is a slip of a unit, and it would block the chip


class Guard:
    """A substrate that checks each batch against what the chip declares, then passes it on.

    Args:
        inner: the substrate to guard.
    """

    def __init__(self, inner: Substrate) -> None:
        self.inner = inner
        self._info = inner.describe()

    def describe(self) -> ChipInfo:
        """The inner substrate's own description."""
        return self.inner.describe()

    def execute(self, operations: Sequence[Operation]) -> list[Result]:
        """Check all operations, then carry them out.

        Raises:
            RequestError: one operation is not allowed; nothing moved, and `operation_index` says which.
        """
        for index, operation in enumerate(operations):
            try:
                check(operation, self._info)
            except SpinloopError as error:
                raise error.at(index) from None
        return self.inner.execute(operations)

    def make_safe(self) -> None:
        """Bring every output to zero."""
        self.inner.make_safe()

    def close(self) -> None:
        """Make safe and release what the inner substrate holds."""
        substrates.close(self.inner)


def check(operation: Operation, info: ChipInfo) -> None:
    """Refuse an operation that this chip does not allow.

    Raises:
        UnknownBlock, Unsupported, WrongShape, WrongType, NotFinite, LimitExceeded: what is wrong, what is allowed,
            what to do.
    """
    if isinstance(operation, BlockOperation):
        block = info.blocks.get(operation.block)
        if block is None:
            raise UnknownBlock(
                f"block {operation.block!r} of chip {info.name!r}",
                f"its blocks are {', '.join(map(repr, info.blocks))}",
                "use one of these names",
                block=operation.block,
            )
        _declared(operation, block.operations, f"block {operation.block!r}")
        _CHECKS[type(operation)](operation, block)
        return
    _declared(operation, info.operations, f"chip {info.name!r}")
    if isinstance(operation, Wait):
        _within("Wait.seconds", operation.seconds, 0.0, MAX_WAIT_SECONDS, "s")
    elif isinstance(operation, Restore):
        for name, array in operation.state.items():
            if not isinstance(name, str) or not isinstance(array, np.ndarray) or array.dtype.hasobject:
                raise WrongType(
                    "a Restore.state entry that is not an array of numbers", "pass a snapshot's state unchanged"
                )


def _declared(operation: Operation, allowed: tuple[str, ...], owner: str) -> None:
    name = name_of(operation)
    if name not in allowed:
        raise Unsupported(
            f"{type(operation).__name__} on {owner}",
            f"it takes {', '.join(allowed) or 'no operations'}",
            "ask a block that declares it, or another chip",
            operation=name,
        )


def _read(operation: Read, block: BlockInfo) -> None:
    for label, lines, size in (("rows", operation.rows, block.shape[0]), ("cols", operation.cols, block.shape[1])):
        if lines is None:
            continue
        if not lines:
            raise WrongShape(f"Read.{label} is empty", "at least one line", "leave it out to read all of them")
        for line in lines:
            _index(f"Read.{label}", line, size)
    if operation.read_volts is not None:
        _magnitude("Read.read_volts", operation.read_volts, block.limits.max_read_volts, "V")
        if operation.read_volts == 0.0:
            raise LimitExceeded(
                "Read.read_volts = 0 V", "any other voltage within the limit", "a current of zero says nothing"
            )
    _count("Read.reads", operation.reads, block.limits.max_reads)


def _multiply(operation: Multiply, block: BlockInfo) -> None:
    if operation.transpose and not block.transposable:
        raise Unsupported(
            "Multiply(transpose=True)", "this block drives its word lines only", "read it and multiply in numpy"
        )
    lines = block.shape[1] if operation.transpose else block.shape[0]
    volts = _numbers("Multiply.volts", operation.volts)
    if volts.ndim != 2 or volts.shape[1] != lines:
        raise WrongShape(
            f"Multiply.volts of shape {volts.shape}", f"(batch, {lines})", "pass one row of voltages per input vector"
        )
    _count("the batch of Multiply.volts", volts.shape[0], block.limits.max_batch)
    _magnitude("Multiply.volts", volts, block.limits.max_read_volts, "V")
    _count("Multiply.reads", operation.reads, block.limits.max_reads)


def _pulse(operation: Pulse, block: BlockInfo) -> None:
    cells = _where("Pulse.where", operation.where, block)
    limits = block.limits
    _spreads("Pulse.volts", operation.volts, operation.where, cells, block)
    _spreads("Pulse.width_seconds", operation.width_seconds, operation.where, cells, block)
    _magnitude("Pulse.volts", operation.volts, limits.max_write_volts, "V")
    _within("Pulse.width_seconds", operation.width_seconds, limits.min_pulse_seconds, limits.max_pulse_seconds, "s")
    _count("Pulse.count", operation.count, block.limits.max_count)


def _program(operation: Program, block: BlockInfo) -> None:
    _where("Program.where", operation.where, block)
    target = _numbers("Program.target_siemens", operation.target_siemens)
    if target.ndim and target.shape != block.shape:
        raise WrongShape(
            f"Program.target_siemens of shape {target.shape}", f"a number or {block.shape}", "pass one target per cell"
        )
    if not np.all(target > 0.0):
        raise LimitExceeded(
            f"Program.target_siemens = {float(target.min())} S", "more than 0 S", "pass conductances in siemens"
        )
    _within("Program.tolerance", operation.tolerance, 0.0, 10.0, "")
    _count("Program.max_pulses", operation.max_pulses, block.limits.max_count, least=0)
    if operation.volts is not None:
        _magnitude("Program.volts", operation.volts, block.limits.max_write_volts, "V")
        _within("Program.volts", operation.volts, 0.0, block.limits.max_write_volts, "V")
    if operation.width_seconds is not None:
        limits = block.limits
        _within(
            "Program.width_seconds", operation.width_seconds, limits.min_pulse_seconds, limits.max_pulse_seconds, "s"
        )


def _sample(operation: Sample, block: BlockInfo) -> None:
    bias = _numbers("Sample.bias_volts", operation.bias_volts)
    neurons = block.shape[0]
    if bias.ndim not in (1, 2) or bias.shape[-1] != neurons:
        raise WrongShape(
            f"Sample.bias_volts of shape {bias.shape}",
            f"({neurons},) or (batch, {neurons})",
            "pass one bias per neuron",
        )
    _count("the batch of Sample.bias_volts", bias.shape[0] if bias.ndim == 2 else 1, block.limits.max_batch)
    _magnitude("Sample.bias_volts", bias, block.limits.max_bias_volts, "V")
    _count("Sample.samples", operation.samples, block.limits.max_samples)
    low, high = block.limits.min_interval_seconds, block.limits.max_interval_seconds
    _within("Sample.interval_seconds", operation.interval_seconds, low, high, "s")


_CHECKS: dict[type[Operation], Callable[[Any, BlockInfo], None]] = {
    Read: _read,
    Multiply: _multiply,
    Pulse: _pulse,
    Program: _program,
    Sample: _sample,
}


def _numbers(name: str, value: float | NDArray[Any]) -> NDArray[Any]:
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise WrongType(f"{name} of dtype {array.dtype}", "real numbers", "convert it to float first")
    # A sum is finite only if every term is (or if huge terms overflow, which no limit allows either).
    if not math.isfinite(array.sum()) and not np.isfinite(array).all():
        raise NotFinite(
            f"{name} holds NaN or infinity", "finite numbers only", "find where it comes from; nothing was sent"
        )
    return array


def _extremes(name: str, value: float | NDArray[Any]) -> tuple[float, float] | None:
    """Smallest and largest of some finite numbers; None when there are none."""
    if type(value) is float and math.isfinite(value):  # most operations carry plain numbers; arrays cost ten times more
        return value, value
    if isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind == "f":
        number = float(value)
        if math.isfinite(number):
            return number, number
    array = _numbers(name, value)
    if array.ndim == 0:
        return float(array), float(array)
    return (float(array.min()), float(array.max())) if array.size else None


def _magnitude(name: str, value: float | NDArray[Any], limit: float, unit: str) -> None:
    extremes = _extremes(name, value)
    worst = 0.0 if extremes is None else max(-extremes[0], extremes[1])
    if not worst <= limit:
        raise LimitExceeded(
            f"{name} of {worst:g} {unit}",
            f"at most {limit:g} {unit} in magnitude",
            "lower it; nothing is clipped",
            limit=limit,
        )


def _within(name: str, value: float | NDArray[Any], low: float, high: float, unit: str) -> None:
    extremes = _extremes(name, value)
    if extremes is None:
        return
    smallest, largest = extremes
    if not (smallest >= low and largest <= high):
        worst = smallest if smallest < low else largest
        raise LimitExceeded(
            f"{name} of {worst:g} {unit}".rstrip(),
            f"{low:g} to {high:g} {unit}".rstrip(),
            "choose a value inside; nothing is clipped",
        )


def _count(name: str, value: int, most: int, least: int = 1) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise WrongType(f"{name} = {value!r}", "a whole number", "pass an int")
    if not least <= value <= most:
        raise LimitExceeded(f"{name} of {value}", f"{least} to {most}", "split the work into several operations")


def _index(name: str, line: int, size: int) -> None:
    if isinstance(line, bool) or not isinstance(line, (int, np.integer)):
        raise WrongType(f"{name} holds {line!r}", "whole numbers", "pass ints")
    if not 0 <= line < size:
        raise WrongShape(f"{name} holds {line}", f"0 to {size - 1}", "count lines from zero", index=int(line))


def _where(name: str, where: NDArray[Any] | None, block: BlockInfo) -> int:
    """Check a selection and return how many cells it names."""
    rows, cols = block.shape
    if where is None:
        return rows * cols
    if not isinstance(where, np.ndarray):
        raise WrongType(f"{name} of type {type(where).__name__}", "None or a numpy array", "use numpy.asarray")
    if where.dtype == np.bool_:
        if where.shape != (rows, cols):
            raise WrongShape(
                f"{name}, a mask of shape {where.shape}", f"({rows}, {cols})", "make the mask as large as the block"
            )
        return int(np.count_nonzero(where))
    if where.dtype.kind not in "iu":
        raise WrongType(f"{name} of dtype {where.dtype}", "booleans (a mask) or integers (cells)", "convert it first")
    if where.ndim != 2 or where.shape[1] != 2:
        raise WrongShape(f"{name}, cells of shape {where.shape}", "(cells, 2)", "pass one [row, col] per cell")
    if len(where) == 1:
        row, col = where[0].tolist()
        inside = 0 <= row < rows and 0 <= col < cols
    else:
        inside = not where.size or (where.min() >= 0 and where[:, 0].max() < rows and where[:, 1].max() < cols)
    if not inside:
        raise WrongShape(
            f"{name} names a cell outside the block", f"rows 0 to {rows - 1}, cols 0 to {cols - 1}", "check the indices"
        )
    return len(where)


def _spreads(name: str, value: float | NDArray[Any], where: NDArray[Any] | None, cells: int, block: BlockInfo) -> None:
    """Refuse a value that does not broadcast over the selected cells."""
    shape = () if type(value) is float else np.shape(value)
    if not (shape in ((), (cells,)) or (shape == block.shape and (where is None or where.dtype == np.bool_))):
        raise WrongShape(
            f"{name} of shape {shape}",
            f"a number, ({cells},) for the selected cells, or {block.shape} with a mask",
            "make it fit the selection",
        )
