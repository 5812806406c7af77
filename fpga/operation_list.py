"""Lists of register operations, the one format that the Verilated library, the golden model and a board understand.

Each operation is two 32-bit words: `kind << 28 | address`, then a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

WRITE = 0
"""Write the value to the address."""
READ = 1
"""Read the address; the answer is appended to the answers."""
CLOCKS = 2
"""Let the clock tick `value` times with an idle bus."""
WAIT = 3
"""Tick until the chip is not busy, at most `value` clocks."""

MAX_WAIT_CLOCKS = 0xFFFFFFFF


class OperationList:
    """A list of register operations that grows row by row or array by array."""

    def __init__(self) -> None:
        self._parts: list[NDArray[np.uint32]] = []

    def write(self, address: int, value: int) -> None:
        """Write one register."""
        self._parts.append(np.array([[WRITE << 28 | address, value]], dtype=np.uint32))

    def write_many(self, address: int, values: NDArray[np.uint32] | Sequence[int]) -> None:
        """Write consecutive registers from `address` on."""
        words = np.asarray(values, dtype=np.uint32)
        heads = np.arange(address, address + len(words), dtype=np.uint32)
        self._parts.append(np.column_stack([heads, words]))

    def command(self, address: int, value: int = 0) -> None:
        """Write a command register and wait until the chip has done it."""
        self._parts.append(np.array([[WRITE << 28 | address, value], [WAIT << 28, MAX_WAIT_CLOCKS]], dtype=np.uint32))

    def read(self, address: int, words: int = 1) -> None:
        """Read consecutive registers."""
        heads = np.arange(address, address + words, dtype=np.uint32) | np.uint32(READ << 28)
        self._parts.append(np.column_stack([heads, np.zeros(words, dtype=np.uint32)]))

    def append(self, rows: NDArray[np.uint32]) -> None:
        """Append prepared operations, shape (k, 2)."""
        self._parts.append(rows)

    def array(self) -> NDArray[np.uint32]:
        """All operations, shape (k, 2), C-contiguous."""
        if not self._parts:
            return np.zeros((0, 2), dtype=np.uint32)
        self._parts = [np.ascontiguousarray(np.concatenate(self._parts))]
        return self._parts[0]

    def rows(self) -> Iterator[tuple[int, int]]:
        """The operations as pairs of Python integers."""
        return ((head, value) for head, value in self.array().tolist())

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)
