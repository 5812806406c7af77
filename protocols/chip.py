"""The friendly view of a chip: blocks by name, arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.protocols import substrate as substrates
from spinloop.protocols.chip_info import BlockInfo, ChipInfo
from spinloop.protocols.errors import ProtocolFault, UnknownBlock, WrongType
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
from spinloop.protocols.substrate import Substrate

Answer = TypeVar("Answer", bound=Result)


class Chip:
    """A chip, wherever it lives. Leaving its `with` block makes it safe, whatever happened.

    Args:
        substrate: what executes the operations.
    """

    def __init__(self, substrate: Substrate) -> None:
        self.substrate = substrate
        self.info: ChipInfo = substrate.describe()

    def __enter__(self) -> Chip:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getitem__(self, name: str) -> Block:
        if name not in self.info.blocks:
            raise UnknownBlock(
                f"block {name!r} of chip {self.info.name!r}",
                f"its blocks are {', '.join(map(repr, self.info.blocks))}",
                "use one of these names",
                block=name,
            )
        return Block(self, name)

    def close(self) -> None:
        """Make the chip safe and release what its substrate holds."""
        substrates.close(self.substrate)

    def make_safe(self) -> None:
        """Bring every output to zero. Never raises."""
        self.substrate.make_safe()

    def execute(self, operations: Sequence[Operation]) -> list[Result]:
        """Carry out a batch in one go; see `Substrate.execute`."""
        return self.substrate.execute(operations)

    def ask(self, operation: Operation, kind: type[Answer]) -> Answer:
        """Carry out one operation and return its answer.

        Raises:
            ProtocolFault: the substrate answered with something of another kind.
        """
        answer = self.substrate.execute([operation])[0]
        if not isinstance(answer, kind):
            raise ProtocolFault(f"{type(operation).__name__} was answered by {type(answer).__name__}", kind.__name__)
        return answer

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Collect operations and send them as one message when the block is left without an error.

        Example:
            >>> import spinloop
            >>> with spinloop.connect("emulator:tile16?seed=7") as chip, chip.batch() as later:
            ...     later.add(Wait(1e-6))
            ...     later.add(Read("weights", rows=(0,), cols=(0, 1)))
            >>> later.results[1].siemens.shape
            (1, 2)
        """
        later = Batch()
        yield later
        later.results = self.execute(later.operations)

    def wait(self, seconds: float) -> Done:
        """Let chip time pass at zero bias."""
        return self.ask(Wait(seconds), Done)

    def reset(self) -> Done:
        """Bring the chip back to the state it had right after it was opened."""
        return self.ask(Reset(), Done)

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """A copy of the whole state, chance included."""
        return self.ask(Snapshot(), SnapshotTaken).state

    def restore(self, state: dict[str, NDArray[Any]]) -> Done:
        """Put back a state that `snapshot` returned."""
        return self.ask(Restore(state), Done)


class Batch:
    """Operations to be sent together.

    Attributes:
        operations: what was added.
        results: one result each, filled when the batch has been executed.
    """

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.results: list[Result] = []

    def add(self, operation: Operation) -> None:
        """Append one operation."""
        self.operations.append(operation)


class Block:
    """A view of one block. Its methods are one operation each; see `spinloop.protocols.operations` for their fields.

    Args:
        chip: the chip it belongs to.
        name: its name.
    """

    def __init__(self, chip: Chip, name: str) -> None:
        self.chip = chip
        self.name = name
        self.info: BlockInfo = chip.info.blocks[name]

    @property
    def shape(self) -> tuple[int, ...]:
        """(word lines, bit lines) of a crossbar, (neurons,) of stochastic neurons."""
        return self.info.shape

    def read(
        self,
        rows: Sequence[int] | None = None,
        cols: Sequence[int] | None = None,
        read_volts: float | None = None,
        reads: int = 1,
    ) -> NDArray[np.float64]:
        """Conductances in siemens, shape (rows, cols)."""
        operation = Read(self.name, _lines("rows", rows), _lines("cols", cols), read_volts, reads)
        return np.asarray(self.chip.ask(operation, Conductances).siemens)

    def multiply(self, volts: ArrayLike, reads: int = 1, transpose: bool = False) -> NDArray[np.float64]:
        """Bit-line currents in amperes, shape (batch, cols), for word-line voltages of shape (batch, rows)."""
        return np.asarray(self.chip.ask(Multiply(self.name, _array(volts), reads, transpose), Currents).amps)

    def pulse(self, volts: ArrayLike, width_seconds: ArrayLike, count: int = 1, where: ArrayLike | None = None) -> Done:
        """Fire write pulses at the selected cells."""
        selection = None if where is None else _array(where)
        return self.chip.ask(Pulse(self.name, _array(volts), _array(width_seconds), count, selection), Done)

    def program(
        self,
        target_siemens: ArrayLike,
        tolerance: float = 0.2,
        max_pulses: int = 20,
        where: ArrayLike | None = None,
        volts: float | None = None,
        width_seconds: float | None = None,
    ) -> Programmed:
        """Write-verify the selected cells; the answer says which cells failed."""
        selection = None if where is None else _array(where)
        target = _array(target_siemens)
        operation = Program(self.name, target, tolerance, max_pulses, selection, volts, width_seconds)
        return self.chip.ask(operation, Programmed)

    def sample(self, bias_volts: ArrayLike, samples: int = 1, interval_seconds: float = 1e-6) -> NDArray[np.bool_]:
        """Bits of stochastic neurons, shape (batch, samples, neurons)."""
        return self.chip.ask(Sample(self.name, _array(bias_volts), samples, interval_seconds), Samples).bits()


def _array(value: ArrayLike) -> NDArray[Any]:
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise WrongType(
            f"a value of dtype {array.dtype}", "real numbers or booleans", "pass a numpy array of one of these"
        )
    return array


def _lines(name: str, lines: Sequence[int] | None) -> tuple[int, ...] | None:
    if lines is None:
        return None
    array = np.asarray(lines)
    if array.size and array.dtype.kind not in "iu":
        raise WrongType(f"{name} of dtype {array.dtype}", "whole numbers", "pass line numbers")
    return tuple(array.tolist())
