"""The chip at the level of cells and codes: turns whole requests into register operation lists and back.

Lists are cut into pieces of bounded size, so that memory stays bounded and `stop` takes effect within about a second.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray
from spinloop.fpga import codes, row_writes
from spinloop.fpga import registers as reg
from spinloop.fpga import tile_info as tile
from spinloop.fpga.golden.xoshiro128p import seeded_state
from spinloop.fpga.machine import Machine
from spinloop.fpga.operation_list import MAX_WAIT_CLOCKS, READ, WAIT, WRITE, OperationList
from spinloop.fpga.row_writes import RowWrites, bits_of, words_of
from spinloop.protocols.errors import ChipError

_PIECE_OPERATIONS = 200_000
_PIECE_CLOCKS = 1_000_000


class Driver:
    """One chip behind a machine.

    Args:
        machine: what carries out register operations; owned from now on.
        size: N.
        seed: from which the generators are seeded.
    """

    def __init__(self, machine: Machine, size: int, seed: int) -> None:
        self._machine = machine
        self._size = size
        self._words = -(-size // 32)
        self._seed = seed
        self._stop = threading.Event()
        self.reset()

    def reset(self) -> None:
        """Hardware reset, then what the host loads: conductance codes, sigmoid table, seeds."""
        self._machine.reset()
        todo = OperationList()
        todo.write_many(reg.TABLE, codes.sigmoid_table())
        todo.write_many(reg.G_P, [tile.G_P_CODE, tile.G_AP_CODE])
        self._run(todo)
        self.load_generators(seeded_state(self._seed, self._size))
        self._clocks = self._read_clocks()

    def stop(self) -> None:
        """Make the request that is running, if any, end at its next piece."""
        self._stop.set()

    def ready(self) -> None:
        """Forget an earlier `stop`."""
        self._stop.clear()

    def close(self) -> None:
        """Release the machine."""
        self._machine.close()

    def spent_clocks(self) -> int:
        """Clocks that the chip worked since this was last asked."""
        now = self._read_clocks()
        spent, self._clocks = now - self._clocks, now
        return spent

    def read_rows(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """The cells of some rows, shape (len(rows), N)."""
        block = np.zeros((len(rows), 2 + self._words, 2), dtype=np.uint32)
        block[:, 0, 0] = WRITE << 28 | reg.FETCH
        block[:, 0, 1] = rows
        block[:, 1] = (WAIT << 28, MAX_WAIT_CLOCKS)
        block[:, 2:, 0] = READ << 28 | (reg.ROW + np.arange(self._words))
        return bits_of(self._run(_list(block)).reshape(len(rows), self._words), self._size)

    def multiply(self, x_codes: NDArray[np.int8]) -> NDArray[np.int32]:
        """Products of input codes with conductance codes, shape (batch, N); exact.

        Args:
            x_codes: shape (batch, N).
        """
        loads = self._size // 4
        each = loads + 2 + self._size
        template = np.zeros((each, 2), dtype=np.uint32)
        template[:loads, 0] = WRITE << 28 | (reg.X + np.arange(loads))
        template[loads, 0] = WRITE << 28 | reg.MULTIPLY
        template[loads + 1] = (WAIT << 28, MAX_WAIT_CLOCKS)
        template[loads + 2 :, 0] = READ << 28 | (reg.RESULT + np.arange(self._size))
        words = np.ascontiguousarray(x_codes).view("<u4")
        results = np.empty((len(x_codes), self._size), dtype=np.int32)
        step = _PIECE_OPERATIONS // each
        for start in range(0, len(x_codes), step):
            part = words[start : start + step]
            block = np.tile(template, (len(part), 1, 1))
            block[:, :loads, 1] = part
            results[start : start + step] = self._run(_list(block)).view(np.int32).reshape(len(part), self._size)
        return results

    def fire(self, writes: RowWrites, count: int) -> NDArray[np.int64]:
        """Fire row writes.

        Args:
            writes: k of them.
            count: how often each is fired before the next one.

        Returns:
            Shape (k, 2): over all firings, how many addressed cells were antiparallel and parallel when fired at.
        """
        driven = np.zeros((len(writes.row), 2), dtype=np.int64)
        room = _PIECE_OPERATIONS // (8 + 2 + self._words)
        for left in range(0, count, room):
            firings = min(room, count - left)
            step = room // firings
            for start in range(0, len(writes.row), step):
                part = writes.part(start, start + step)
                answers = self._run(_list(row_writes.operations(part, firings)))
                before = bits_of(answers.reshape(len(part.row), firings, self._words), self._size)
                parallel = (before & part.mask[:, None, :]).sum(axis=(1, 2))
                driven[start : start + step, 1] += parallel
                driven[start : start + step, 0] += firings * part.mask.sum(axis=1) - parallel
        return driven

    def sample(self, bias_codes: NDArray[np.uint32], samples: int, clocks: int) -> NDArray[np.uint8]:
        """Sample the neurons under one bias after another.

        Args:
            bias_codes: shape (batch, N).
            samples: for each bias vector.
            clocks: sampled clocks before each sample; the last one is the sample.

        Returns:
            Packed bits, shape (batch, samples, ceil(N / 8)), little bit order.
        """
        template = np.zeros((2 + self._words, 2), dtype=np.uint32)
        template[0] = (WRITE << 28 | reg.RUN, clocks)
        template[1] = (WAIT << 28, MAX_WAIT_CLOCKS)
        template[2:, 0] = READ << 28 | (reg.STATE + np.arange(self._words))
        step = max(1, min(_PIECE_OPERATIONS // len(template), _PIECE_CLOCKS // clocks))
        packed = np.empty((len(bias_codes), samples, -(-self._size // 8)), dtype=np.uint8)
        for k, bias in enumerate(bias_codes):
            for start in range(0, samples, step):
                todo = OperationList()
                if start == 0:
                    todo.write_many(reg.BIAS, bias)
                part = min(step, samples - start)
                todo.append(np.tile(template, (part, 1)))
                words = self._run(todo).astype("<u4").reshape(part, self._words)
                packed[k, start : start + part] = words.view(np.uint8)[:, : packed.shape[2]]
        return packed

    def unload_generators(self) -> NDArray[np.uint32]:
        """State of all generators, shape (4, N). Rotates the seed chain once round, so nothing changes."""
        chain = np.zeros((4 * self._size, 2, 2), dtype=np.uint32)
        chain[:, 0, 0] = READ << 28 | reg.SEED
        chain[:, 1, 0] = WRITE << 28 | reg.SEED
        words = self._run(_list(chain))
        state = words.reshape(self._size, 4)[::-1].T.copy()
        self.load_generators(state)
        return state

    def load_generators(self, state: NDArray[np.uint32]) -> None:
        """Load the state of all generators, shape (4, N): through the seed chain, the last generator's s0 first."""
        chain = np.zeros((4 * self._size, 2), dtype=np.uint32)
        chain[:, 0] = WRITE << 28 | reg.SEED
        chain[:, 1] = state.T[::-1].reshape(-1)
        self._run(_list(chain))

    def load_cells(self, cells: NDArray[np.bool_]) -> None:
        """Set all cells, shape (N, N), by row writes of probability one; the generators draw once per row."""
        todo = OperationList()
        todo.write_many(reg.MASK, words_of(np.ones(self._size, dtype=np.bool_)))
        todo.write_many(reg.P_SET, [0, 1, 0, 1])
        for row, data in enumerate(words_of(cells)):
            todo.write_many(reg.DATA, data)
            todo.command(reg.WRITE, row)
        self._run(todo)

    def _read_clocks(self) -> int:
        todo = OperationList()
        todo.read(reg.CLOCKS, 2)
        low, high = self._machine.batch(todo).tolist()
        return int(low) | int(high) << 32

    def _run(self, todo: OperationList) -> NDArray[np.uint32]:
        if self._stop.is_set():
            raise ChipError(
                "an operation on the RTL chip was ended by make_safe",
                "it was carried out in part",
                "read the chip before going on",
            )
        return self._machine.batch(todo)


def _list(rows: NDArray[np.uint32]) -> OperationList:
    todo = OperationList()
    todo.append(rows.reshape(-1, 2))
    return todo
