"""A Verilated chip in this process, behind the C ABI of `spin_library.cpp`."""

from __future__ import annotations

import ctypes
import functools

import numpy as np
from numpy.typing import NDArray
from spinloop.fpga import registers as reg
from spinloop.fpga.cosim import build
from spinloop.fpga.operation_list import READ, OperationList
from spinloop.protocols.errors import ChipError


class VerilatedChip:
    """One simulated `spin_top`; several may live in one process and share nothing.

    Args:
        size: N, 16 or 64 (any power of two from 8 to 64).

    Raises:
        MissingTool: the library is not built yet and a tool to build it is missing.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._library = _load(size)
        self._chip: int | None = self._library.spin_new()

    def close(self) -> None:
        """Release the simulation; calling it again does nothing."""
        if self._chip is not None:
            self._library.spin_free(self._chip)
            self._chip = None

    def __del__(self) -> None:
        if getattr(self, "_chip", None) is not None:
            self.close()

    def reset(self) -> None:
        """Hardware reset, up to the end of the clearing."""
        self._library.spin_reset(self._open())

    def batch(self, operations: OperationList) -> NDArray[np.uint32]:
        """Carry out an operation list and return the words that its reads gave, in order.

        Raises:
            ChipError: the chip stayed busy for longer than a wait allowed.
        """
        rows = operations.array()
        answers = np.zeros(int(np.count_nonzero(rows[:, 0] >> 28 == READ)), dtype=np.uint32)
        done = self._library.spin_batch(self._open(), rows.ctypes.data, len(rows), answers.ctypes.data)
        if done != len(rows):
            raise ChipError(
                f"register operation {done} of {len(rows)} did not finish",
                f"a wait of at most {int(rows[done, 1])} clocks",
                "reset the chip",
            )
        return answers

    def trace(self, clocks: int) -> NDArray[np.uint64]:
        """Sample for some clocks and return the state after each as one word, shape (clocks,)."""
        states = np.zeros(clocks, dtype=np.uint64)
        self._library.spin_trace(self._open(), reg.RUN, clocks, states.ctypes.data)
        return states

    def _open(self) -> int:
        if self._chip is None:
            raise ChipError("the RTL chip was closed", "use it before close()", "open it again")
        return self._chip


@functools.cache
def _load(size: int) -> ctypes.CDLL:
    loaded = ctypes.CDLL(str(build.library(size)))
    pointer, word = ctypes.c_void_p, ctypes.c_uint32
    loaded.spin_new.restype = pointer
    loaded.spin_new.argtypes = []
    loaded.spin_free.restype = None
    loaded.spin_free.argtypes = [pointer]
    loaded.spin_reset.restype = None
    loaded.spin_reset.argtypes = [pointer]
    loaded.spin_batch.restype = word
    loaded.spin_batch.argtypes = [pointer, pointer, word, pointer]
    loaded.spin_trace.restype = None
    loaded.spin_trace.argtypes = [pointer, word, word, pointer]
    return loaded
