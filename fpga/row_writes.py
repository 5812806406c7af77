"""Turn one `Pulse` into stochastic row writes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from spinloop.fpga import codes
from spinloop.fpga import registers as reg
from spinloop.fpga.operation_list import MAX_WAIT_CLOCKS, READ, WAIT, WRITE
from spinloop.protocols.operations import Pulse
from spinloop.protocols.selection import selected_cells, selected_values


class RowWrites(NamedTuple):
    """Row writes in the order in which they are fired; k of them.

    Attributes:
        row: shape (k,).
        mask: addressed cells, shape (k, cols).
        towards_parallel: direction, shape (k, cols).
        volts: magnitude, shape (k,).
        width_seconds: shape (k,).
    """

    row: NDArray[np.intp]
    mask: NDArray[np.bool_]
    towards_parallel: NDArray[np.bool_]
    volts: NDArray[np.float64]
    width_seconds: NDArray[np.float64]

    def part(self, start: int, stop: int) -> RowWrites:
        """Some of them."""
        return RowWrites(
            self.row[start:stop],
            self.mask[start:stop],
            self.towards_parallel[start:stop],
            self.volts[start:stop],
            self.width_seconds[start:stop],
        )


def plan(pulse: Pulse, shape: tuple[int, ...]) -> RowWrites:
    """Group the cells of a pulse into row writes.

    One row write takes all cells of a row with equal |volts| and width; its direction is set cell by cell. Writes are
    ordered by row, then |volts|, then width. A cell that a list names twice is written in a second pass over the rows.

    Args:
        pulse: accepted by the guard.
        shape: (rows, cols) of the block.
    """
    rows, cols = shape
    cells = selected_cells(pulse.where, rows, cols)
    count = len(cells)
    volts = np.broadcast_to(selected_values(pulse.volts, pulse.where, shape), (count,))
    width = np.broadcast_to(selected_values(pulse.width_seconds, pulse.where, shape), (count,))
    keys = np.column_stack([_occurrence(cells[:, 0] * cols + cells[:, 1]), cells[:, 0], np.abs(volts), width])
    groups, group_of = np.unique(keys, axis=0, return_inverse=True)
    mask = np.zeros((len(groups), cols), dtype=np.bool_)
    towards_parallel = np.zeros_like(mask)
    group_of = group_of.reshape(-1)  # numpy 2.0 returned another shape here
    mask[group_of, cells[:, 1]] = True
    towards_parallel[group_of, cells[:, 1]] = volts > 0.0
    return RowWrites(groups[:, 1].astype(np.intp), mask, towards_parallel, groups[:, 2], groups[:, 3])


def _occurrence(cell: NDArray[np.intp]) -> NDArray[np.intp]:
    """How often each entry occurred before."""
    order = np.argsort(cell, kind="stable")
    ranks = np.arange(len(cell))
    fresh = np.ones(len(cell), dtype=np.bool_)
    fresh[1:] = np.diff(cell[order]) != 0
    since = ranks - np.maximum.accumulate(np.where(fresh, ranks, 0))
    occurrence = np.empty(len(cell), dtype=np.intp)
    occurrence[order] = since
    return occurrence


def words_of(bits: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Pack bits along the last axis into 32-bit words, bit k in bit k % 32 of word k // 32."""
    packed = np.packbits(bits, axis=-1, bitorder="little")
    words = -(-packed.shape[-1] // 4)
    padded = np.zeros((*packed.shape[:-1], 4 * words), dtype=np.uint8)
    padded[..., : packed.shape[-1]] = packed
    return padded.view("<u4").astype(np.uint32)


def bits_of(words: NDArray[np.uint32], count: int) -> NDArray[np.bool_]:
    """The inverse of `words_of`."""
    octets = np.ascontiguousarray(words.astype("<u4")).view(np.uint8)
    return np.unpackbits(octets, axis=-1, count=count, bitorder="little").astype(np.bool_)


def operations(writes: RowWrites, count: int) -> NDArray[np.uint32]:
    """Register operations that fire each row write `count` times and read the row as it was before each.

    Returns:
        Shape (operations, 2); they read `len(writes) * count * words` words.
    """
    masks, directions = words_of(writes.mask), words_of(writes.towards_parallel)
    writes_count, words = masks.shape
    p = codes.probability_codes(writes.volts, writes.width_seconds)
    low, high = (p & np.uint64(0xFFFFFFFF)).astype(np.uint32), (p >> np.uint64(32)).astype(np.uint32)
    settings = [(reg.MASK + k, masks[:, k]) for k in range(words)]
    settings += [(reg.DATA + k, directions[:, k]) for k in range(words)]
    settings += [(reg.P_SET, low), (reg.P_SET + 1, high), (reg.P_RESET, low), (reg.P_RESET + 1, high)]
    head = np.zeros((writes_count, len(settings), 2), dtype=np.uint32)
    for k, (address, values) in enumerate(settings):
        head[:, k, 0] = WRITE << 28 | address
        head[:, k, 1] = values
    body = np.zeros((writes_count, 2 + words, 2), dtype=np.uint32)
    body[:, 0, 0] = WRITE << 28 | reg.WRITE
    body[:, 0, 1] = writes.row
    body[:, 1] = (WAIT << 28, MAX_WAIT_CLOCKS)
    body[:, 2:, 0] = READ << 28 | (reg.ROW + np.arange(words))
    return np.concatenate([head, np.tile(body, (1, count, 1))], axis=1).reshape(-1, 2)
