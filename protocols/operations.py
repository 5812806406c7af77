"""What can be asked of a chip: frozen values, SI units, `[row, col]` with rows = word lines and cols = bit lines.

An operation is data, never a call: a batch is a list of them, the wire is their encoding, the guard reads them
before anything moves. `CHANGES_CHIP` marks those that alter the chip and are therefore executed at most once.

Wherever a field is `Values`, a plain number or an array may stand; a number broadcasts. Integer and float arrays are
taken as they are; NaN and infinity are refused by the guard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    Values = float | NDArray[Any]
    Where = NDArray[Any] | None
    State = dict[str, NDArray[Any]]
else:
    # msgspec admits one custom type a field and asks the wire's hooks about it; they accept plain numbers too.
    Values = np.ndarray
    Where = np.ndarray | None
    State = dict[str, np.ndarray]


class Operation(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    eq=False,
    tag_field="op",
    tag=lambda name: name.lower(),
):
    """One thing asked of a chip. Concrete operations are the classes below, a closed list."""

    CHANGES_CHIP: ClassVar[bool] = False


class BlockOperation(Operation, frozen=True, omit_defaults=True, eq=False):
    """An operation on one named block.

    Attributes:
        block: name of the block, a key of `ChipInfo.blocks`.
    """

    block: str


class Read(BlockOperation, frozen=True, omit_defaults=True, eq=False):
    """Read conductances at a small voltage, cell by cell; answered by `Conductances`.

    Attributes:
        rows: word lines to read, in the order wanted; None means all.
        cols: bit lines to read; None means all.
        read_volts: voltage across each cell; None means the block's own `read_volts`.
        reads: how many readings to average.
    """

    rows: tuple[int, ...] | None = None
    cols: tuple[int, ...] | None = None
    read_volts: float | None = None
    reads: int = 1


class Multiply(BlockOperation, frozen=True, omit_defaults=True, eq=False):
    """Drive all word lines at once and read all bit-line currents; answered by `Currents`.

    Attributes:
        volts: shape (batch, rows), or (batch, cols) when transposed; one vector after the other.
        reads: how many readings to average for each vector.
        transpose: drive the bit lines and sense the word lines.
    """

    volts: Values
    reads: int = 1
    transpose: bool = False


class Pulse(BlockOperation, frozen=True, omit_defaults=True, eq=False):
    """Fire write pulses at the selected cells; answered by `Done`. Never fired twice.

    A positive voltage drives a junction towards the parallel state (high conductance), a negative one towards
    antiparallel (low conductance). Cells are pulsed one after the other in row-major order (of `where`, when that
    is a list of cells, in its order).

    Attributes:
        volts: voltage across each selected cell; broadcasts over the selection.
        width_seconds: length of each pulse; broadcasts over the selection.
        count: pulses per cell.
        where: None for all cells, a boolean mask of shape (rows, cols), or an integer array of shape (cells, 2)
            that holds `[row, col]` of each cell.
    """

    CHANGES_CHIP: ClassVar[bool] = True

    volts: Values
    width_seconds: Values
    count: int = 1
    where: Where = None


class Program(BlockOperation, frozen=True, omit_defaults=True, eq=False):
    """Write-verify next to the chip: pulse until each selected cell reads its target; answered by `Programmed`.

    Attributes:
        target_siemens: shape (rows, cols), or a number for all selected cells.
        tolerance: accepted relative deviation |G / G_target - 1| of the read conductance.
        max_pulses: pulses that one cell may receive at most; a cell that still misses its target is reported failed.
        where: which cells, as in `Pulse`.
        volts: magnitude of the write pulses; None means the block's own `write_volts`.
        width_seconds: their width; None means the block's own `write_seconds`.
    """

    CHANGES_CHIP: ClassVar[bool] = True

    target_siemens: Values
    tolerance: float = 0.2
    max_pulses: int = 20
    where: Where = None
    volts: float | None = None
    width_seconds: float | None = None


class Sample(BlockOperation, frozen=True, omit_defaults=True, eq=False):
    """Watch stochastic neurons fluctuate under a bias; answered by `Samples`.

    Attributes:
        bias_volts: shape (batch, neurons), or (neurons,) for a batch of one; one bias vector after the other.
        samples: how many samples to take for each bias vector.
        interval_seconds: time before each sample, in which the neurons evolve under the bias.
    """

    CHANGES_CHIP: ClassVar[bool] = True

    bias_volts: Values
    samples: int = 1
    interval_seconds: float = 1e-6


class Wait(Operation, frozen=True, omit_defaults=True, eq=False):
    """Let chip time pass at zero bias; answered by `Done`."""

    CHANGES_CHIP: ClassVar[bool] = True

    seconds: float


class Reset(Operation, frozen=True, omit_defaults=True, eq=False):
    """Bring the chip back to the state it had right after it was opened; answered by `Done`."""

    CHANGES_CHIP: ClassVar[bool] = True


class Snapshot(Operation, frozen=True, omit_defaults=True, eq=False):
    """Take a copy of the whole state, chance included; answered by `SnapshotTaken`."""


class Restore(Operation, frozen=True, omit_defaults=True, eq=False):
    """Put back a state that `Snapshot` returned; what follows is then bit-identical. Answered by `Done`.

    Attributes:
        state: the arrays of `SnapshotTaken.state`, of a chip of the same identity.
    """

    CHANGES_CHIP: ClassVar[bool] = True

    state: State


AnyOperation = Read | Multiply | Pulse | Program | Sample | Wait | Reset | Snapshot | Restore
"""The closed list, as a type. The wire decodes these and nothing else."""

OPERATIONS: dict[str, type[Operation]] = {
    kind.__name__.lower(): kind for kind in (Read, Multiply, Pulse, Program, Sample, Wait, Reset, Snapshot, Restore)
}
"""The closed list, by the name that `BlockInfo.operations` and the wire use."""


def name_of(operation: Operation) -> str:
    """The name by which blocks declare this operation, for example `pulse`."""
    return type(operation).__name__.lower()
