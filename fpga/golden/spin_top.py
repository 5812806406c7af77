"""The whole chip at its register bus, bit for bit `rtl/spin_top.sv` seen by a host that waits until it is not busy.

It answers the same operation lists as the Verilated library, so either can stand behind the substrate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from spinloop.fpga import registers as reg
from spinloop.fpga.golden.mtj_tile import FETCH_CLOCKS, WRITE_CLOCKS, MtjTile
from spinloop.fpga.golden.pbit_array import PbitArray
from spinloop.fpga.operation_list import CLOCKS, READ, WAIT, WRITE, OperationList


class SpinTop:
    """N p-bits and an N x N tile behind a register bus.

    Args:
        size: N, a power of two from 8 to 64.

    Attributes:
        pbits: the neurons and all generators.
        tile: the junctions.
        clocks: clocks spent working since reset.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.reset()

    def reset(self) -> None:
        """Hardware reset, up to the end of the clearing."""
        self.pbits = PbitArray(self.size)
        self.tile = MtjTile(self.size)
        self.clocks = self.tile.clear_clocks
        self._held = {name: [reset] * words for name, (_, words, access, _, reset) in reg.MAP.items() if access == "rw"}

    def close(self) -> None:
        """Nothing to release."""

    def batch(self, operations: OperationList) -> NDArray[np.uint32]:
        """Carry out an operation list and return the words that its reads gave, in order."""
        answers: list[int] = []
        for head, value in operations.rows():
            kind, address = head >> 28, head & 0xFFF
            if kind == WRITE:
                self.write(address, value)
            elif kind == READ:
                answers.append(self.read(address))
            elif kind not in (CLOCKS, WAIT):
                raise ValueError(f"operation kind {kind} is not known")
        return np.array(answers, dtype=np.uint32)

    def trace(self, clocks: int) -> NDArray[np.uint64]:
        """Sample for some clocks and return the state after each as one word, shape (clocks,)."""
        states = self.pbits.trace(clocks)
        self.clocks += clocks
        packed = np.zeros((clocks, 8), dtype=np.uint8)
        packed[:, : self.size // 8] = np.packbits(states, axis=1, bitorder="little")
        return packed.view("<u8")[:, 0]

    def write(self, address: int, value: int) -> None:
        """Write one register."""
        name, index = _locate(address)
        access, bits = reg.MAP[name][2], reg.MAP[name][3]
        value &= (1 << bits) - 1
        if name == "SEED":
            self.pbits.generators.shift_seed(value)
        elif name == "TABLE":
            self.pbits.table[index] = value
        elif name == "BIAS" and index < self.size:
            self.pbits.set_bias(index, value)
        elif name == "X" and index < self.size // 4:
            self.tile.x_codes[4 * index : 4 * index + 4] = np.array([value], "<u4").view(np.int8)
        elif name in ("RUN", "WRITE", "FETCH", "MULTIPLY"):
            self._command(name, value)
        elif access == "rw" and name != "STATUS":
            self._held[name][index] = value & 1 if name.startswith("P_") and index == 1 else value

    def _command(self, name: str, value: int) -> None:
        if name == "RUN":
            self.pbits.run(value)
            self.clocks += value
        elif name == "FETCH":
            self.tile.fetch(value % self.size)
            self.clocks += FETCH_CLOCKS
        elif name == "MULTIPLY":
            self.tile.multiply(self._held["G_P"][0], self._held["G_AP"][0])
            self.clocks += self.tile.multiply_clocks
        else:
            p_set, p_reset = (_join(self._held[register]) for register in ("P_SET", "P_RESET"))
            mask, data = (self._bits(self._held[register]) for register in ("MASK", "DATA"))
            self.tile.write(value % self.size, mask, data, p_set, p_reset, self.pbits.generators.draw())
            self.clocks += WRITE_CLOCKS

    def read(self, address: int) -> int:
        """Read one register; write-only and unmapped ones give 0."""
        try:
            name, index = _locate(address)
        except KeyError:
            return 0
        if name == "RESULT":
            return int(self.tile.result[index]) & 0xFFFFFFFF if index < self.size else 0
        views = {"STATE": self.pbits.state, "ROW": self.tile.row, "FLIP": self.tile.flip}
        if name in views:
            return int(sum(int(bit) << k for k, bit in enumerate(views[name][32 * index : 32 * index + 32])))
        plain = {
            "ID": reg.ID_VALUE,
            "SIZE": self.size,
            "CLOCKS": (self.clocks >> (32 * index)) & 0xFFFFFFFF,
            "SEED": int(self.pbits.generators.state[0, -1]),
        }
        if name in plain:
            return plain[name]
        return self._held[name][index] if name in self._held else 0

    def _bits(self, words: list[int]) -> NDArray[np.bool_]:
        joined = np.array(words, dtype="<u4").view(np.uint8)
        return np.unpackbits(joined, bitorder="little")[: self.size].astype(np.bool_)


def _join(words: list[int]) -> int:
    return words[0] | words[1] << 32


def _locate(address: int) -> tuple[str, int]:
    """Name of the register at an address and which of its words that is."""
    return _BY_ADDRESS[address]


_BY_ADDRESS = {row[0] + k: (name, k) for name, row in reg.MAP.items() for k in range(row[1])}
