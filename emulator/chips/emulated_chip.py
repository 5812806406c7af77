"""An emulated chip: blocks of arrays behind the three methods of a substrate."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.arrays.crossbar import Crossbar, is_one_cell
from spinloop.emulator.arrays.neuron_array import NeuronArray
from spinloop.emulator.arrays.pads import Pads
from spinloop.emulator.clock import VirtualClock
from spinloop.protocols.chip_info import ChipInfo
from spinloop.protocols.errors import SpinloopError, UnknownBlock, WrongState
from spinloop.protocols.operations import BlockOperation, Operation, Reset, Restore, Snapshot, Wait
from spinloop.protocols.results import Done, Result, SnapshotTaken

VERSION = "1"
SHORT_RUN = 8  # fewer one-cell pulses in a row are quicker one by one
CHIP_OPERATIONS = ("wait", "reset", "snapshot", "restore")

EmulatedBlock = Crossbar | NeuronArray


class EmulatedChip:
    """Executes operations on physics.

    Args:
        name: of the chip in the catalog.
        identity: which one it is: name, seed and everything that was changed.
        seed: root seed.
        blocks: by name.
        notes: facts a user should know.
        clock: the clock that the chip shares with a bench; None gives it one of its own.
    """

    def __init__(
        self,
        name: str,
        identity: str,
        seed: int,
        blocks: dict[str, EmulatedBlock],
        notes: tuple[str, ...] = (),
        clock: VirtualClock | None = None,
    ) -> None:
        self.blocks = blocks
        self.clock = VirtualClock() if clock is None else clock
        self._info = ChipInfo(
            name=name,
            identity=identity,
            substrate="emulator",
            version=VERSION,
            boot=secrets.token_hex(8),
            blocks={block: array.info for block, array in blocks.items()},
            operations=CHIP_OPERATIONS,
            seed=seed,
            notes=notes,
        )

    def describe(self) -> ChipInfo:
        """Identity, blocks and limits."""
        return self._info

    def execute(self, operations: Sequence[Operation]) -> list[Result]:
        """Carry out the operations in order; they are expected to have passed the guard."""
        results: list[Result] = []
        while len(results) < len(operations):
            index = len(results)
            try:
                done = self._execute_some(operations, index)
            except SpinloopError as error:
                raise error.at(index, results) from None
            for result in done:
                self.clock.advance(result.chip_seconds)
            results += done
        return results

    def _execute_some(self, operations: Sequence[Operation], index: int) -> list[Result]:
        """Carry out the next operation, or the run of one-cell pulses on one block that starts with it."""
        operation = operations[index]
        if not is_one_cell(operation):
            return [self._execute_one(operation)]
        block = operation.block  # type: ignore[attr-defined]  # a pulse has one
        end = index + 1
        while end < len(operations) and is_one_cell(operations[end]) and operations[end].block == block:  # type: ignore[attr-defined]
            end += 1
        array = self.blocks[block]
        if end - index < SHORT_RUN or not isinstance(array, Crossbar):
            return [self._execute_one(operation)]
        return array.pulse_cells(operations[index:end])  # type: ignore[arg-type]

    def make_safe(self) -> None:
        """Nothing to do: an emulated chip on its own has no sources that stay on between operations."""

    def pads(self, block: str) -> Pads:
        """The pads of a crossbar block, for the circuit of a bench.

        Raises:
            UnknownBlock: there is no crossbar of this name.
        """
        array = self.blocks.get(block)
        if not isinstance(array, Crossbar):
            crossbars = [name for name, each in self.blocks.items() if isinstance(each, Crossbar)]
            raise UnknownBlock(f"pads of block {block!r}", f"crossbars are {', '.join(crossbars)}", "use one of these")
        return Pads(array, self.clock)

    def _execute_one(self, operation: Operation) -> Result:
        if isinstance(operation, BlockOperation):
            return self.blocks[operation.block].execute(operation)
        if isinstance(operation, Wait):
            for block in self.blocks.values():
                block.rest(operation.seconds)
            return Done(chip_seconds=operation.seconds, energy_kind="modelled")
        if isinstance(operation, Reset):
            for block in self.blocks.values():
                block.reset()
            return Done(energy_kind="modelled")
        if isinstance(operation, Snapshot):
            return SnapshotTaken(state=self._state(), energy_kind="modelled")
        assert isinstance(operation, Restore)  # noqa: S101 - the guard admits declared operations only
        self._restore(operation.state)
        return Done(energy_kind="modelled")

    def _state(self) -> dict[str, NDArray[Any]]:
        state = {f"{name}.{key}": array for name, block in self.blocks.items() for key, array in block.state().items()}
        state["identity"] = np.frombuffer(self._info.identity.encode(), dtype=np.uint8)
        return state

    def _restore(self, state: dict[str, NDArray[Any]]) -> None:
        expected = self._state()
        if set(state) != set(expected):
            odd = ", ".join(sorted(set(state) ^ set(expected)))
            raise WrongState(
                f"a snapshot with other arrays ({odd})", "one of this chip", "take it from a chip of this name"
            )
        for name, array in expected.items():
            given = state[name]
            if name == "identity":
                if given.tobytes() != array.tobytes():
                    raise WrongState(
                        f"a snapshot of {given.tobytes().decode(errors='replace')!r}",
                        f"one of {self._info.identity!r}",
                        "restore it on the chip that it was taken from",
                    )
            elif given.shape != array.shape or given.dtype != array.dtype:
                raise WrongState(
                    f"snapshot array {name!r} of shape {given.shape}, {given.dtype}",
                    f"{array.shape}, {array.dtype}",
                    "do not edit it",
                )
        for name, block in self.blocks.items():
            prefix = f"{name}."
            block.restore({key.removeprefix(prefix): array for key, array in state.items() if key.startswith(prefix)})
