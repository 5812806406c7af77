"""The only door to a chip, wherever it lives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from spinloop.protocols.chip_info import ChipInfo
from spinloop.protocols.operations import Operation
from spinloop.protocols.results import Result


@runtime_checkable
class Substrate(Protocol):
    """Anything that can stand for a chip."""

    def describe(self) -> ChipInfo:
        """Identity, blocks, limits, clock. Touches no hardware state."""
        ...

    def execute(self, operations: Sequence[Operation]) -> list[Result]:
        """Carry out the operations in order, one result each.

        Raises:
            SpinloopError: at the first operation that fails. Its `operation_index` says which, its `results` hold
                what the operations before it returned; those ran and stay ran.
        """
        ...

    def make_safe(self) -> None:
        """Bring every output to zero. Never raises, never blocks for long, may be called at any time."""
        ...


@runtime_checkable
class Closeable(Protocol):
    """A substrate that holds something to be given back: a socket, an instrument, a simulator."""

    def close(self) -> None:
        """Make safe and release. Calling it again does nothing."""
        ...


def close(substrate: Substrate) -> None:
    """Make the substrate safe and release what it holds, if it holds anything.

    A substrate with a `close` of its own decides there what safe means: a client that only looked at a shared chip
    must not
    zero another client's outputs.
    """
    if isinstance(substrate, Closeable):
        substrate.close()
    else:
        substrate.make_safe()
