"""N p-bits with their sigmoid table, bit for bit those of `rtl/pbit_array.sv`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from spinloop.fpga.golden.sigmoid_table import SEGMENTS, threshold
from spinloop.fpga.golden.xoshiro128p import Xoshiro128p

THRESHOLD_BITS = 16
_CHUNK_CLOCKS = 1 << 14  # bounds the memory of a long run


class PbitArray:
    """N p-bits.

    Args:
        neurons: how many.

    Attributes:
        generators: one per neuron; row writes of the tile draw from them too.
        thresholds: shape (neurons,), 0 .. 2^16.
        state: shape (neurons,), bool: the outcome of the last sampled clock.
        table: the 256 table words.
    """

    def __init__(self, neurons: int) -> None:
        self.generators = Xoshiro128p(neurons)
        self.thresholds = np.full(neurons, 1 << (THRESHOLD_BITS - 1), dtype=np.uint32)
        self.state = np.zeros(neurons, dtype=np.bool_)
        self.table = np.zeros(SEGMENTS, dtype=np.uint32)

    def set_bias(self, neuron: int, code: int) -> None:
        """Look a 16-bit bias code up and keep the threshold it gives."""
        self.thresholds[neuron] = threshold(int(self.table[code >> 8]), code)

    def run(self, clocks: int) -> None:
        """Sample for some clocks; only the last state is kept."""
        while clocks > 0:
            part = min(clocks, _CHUNK_CLOCKS)
            self.trace(part)
            clocks -= part

    def trace(self, clocks: int) -> NDArray[np.bool_]:
        """Sample for some clocks and return the state after each, shape (clocks, neurons)."""
        words = self.generators.draw_many(clocks)
        states: NDArray[np.bool_] = (words >> np.uint32(32 - THRESHOLD_BITS)) < self.thresholds
        if clocks:
            self.state = states[-1].copy()
        return states
