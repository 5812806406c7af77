"""Exact nodal analysis of a resistive crossbar: every wire segment and every cell is a resistor.

Circuit: each word line is fed at its left end and each bit line leaves at its bottom end, through one wire segment
each; one
segment lies between neighbouring cells on both layers; the far ends float. (The same circuit as badcrossbar's.)
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import SuperLU, splu
from threadpoolctl import ThreadpoolController


class CrossbarNetwork:
    """The nodal equations of a crossbar, factorised for one set of cell conductances.

    Args:
        rows: word lines.
        cols: bit lines.
        wire_ohms: resistance of one wire segment, > 0 (an ideal crossbar needs no network).
    """

    def __init__(self, rows: int, cols: int, wire_ohms: float) -> None:
        if not wire_ohms > 0.0:
            raise ValueError(f"wire_ohms = {wire_ohms}: must be > 0; without wire resistance there is nothing to solve")
        self.rows, self.cols = rows, cols
        self.wire_siemens = 1.0 / wire_ohms
        self.word = np.arange(rows * cols).reshape(rows, cols)
        self.bit = self.word + rows * cols
        self._pattern()

    def _pattern(self) -> None:
        """Lay out the sparse matrix once: which entry of its data belongs to which cell."""
        size = 2 * self.rows * self.cols
        pairs = np.concatenate(
            [
                np.stack([self.word[:, :-1].ravel(), self.word[:, 1:].ravel()]),
                np.stack([self.bit[:-1, :].ravel(), self.bit[1:, :].ravel()]),
                np.stack([self.word.ravel(), self.bit.ravel()]),
            ],
            axis=1,
        )
        cells = self.rows * self.cols
        first, second = pairs
        row = np.concatenate([np.arange(size), first, second])
        col = np.concatenate([np.arange(size), second, first])
        order = np.lexsort((row, col))
        place = np.empty_like(order)
        place[order] = np.arange(order.size)
        self._diagonal = place[:size]
        forward, backward = place[size : size + first.size], place[size + first.size :]
        self._cell_entries = np.concatenate([forward[-cells:], backward[-cells:]])
        wires = first.size - cells
        base = np.zeros(order.size)
        base[forward[:wires]] = base[backward[:wires]] = -self.wire_siemens
        for ends in (first[:wires], second[:wires]):
            base[self._diagonal] += self.wire_siemens * np.bincount(ends, minlength=size)
        self._base = base
        self._indices = row[order]
        self._indptr = np.concatenate([[0], np.cumsum(np.bincount(col, minlength=size))])
        self._shape = (size, size)

    def matrix(self, cell_siemens: NDArray[Any], word_ends: NDArray[Any], bit_ends: NDArray[Any]) -> csc_matrix:
        """The nodal matrix.

        Args:
            cell_siemens: shape (rows, cols).
            word_ends: boolean, shape (rows,): word lines held by a source at the left end.
            bit_ends: boolean, shape (cols,): bit lines held at the bottom end.
        """
        data = self._base.copy()
        flat = cell_siemens.ravel()
        data[self._cell_entries] = -np.concatenate([flat, flat])
        data[self._diagonal] += np.concatenate([flat, flat])
        data[self._diagonal[self.word[word_ends, 0]]] += self.wire_siemens
        data[self._diagonal[self.bit[-1, bit_ends]]] += self.wire_siemens
        return csc_matrix((data, self._indices, self._indptr), shape=self._shape)

    def factorise(self, cell_siemens: NDArray[Any]) -> SuperLU:
        """LU factors with every line held at its end."""
        matrix = self.matrix(cell_siemens, np.ones(self.rows, dtype=bool), np.ones(self.cols, dtype=bool))
        return factorise_symmetric(matrix)

    def right_side(self, volts: NDArray[Any], transpose: bool) -> NDArray[np.float64]:
        """What the sources feed in, shape (nodes, batch), for volts of shape (batch, lines)."""
        side = np.zeros((self._shape[0], volts.shape[0]))
        ends = self.bit[-1] if transpose else self.word[:, 0]
        side[ends] = self.wire_siemens * volts.T
        return side

    def output_amps(self, node_volts: NDArray[Any], transpose: bool) -> NDArray[np.float64]:
        """Currents into the sense amplifiers, at 0 V, shape (batch, lines)."""
        ends = self.word[:, 0] if transpose else self.bit[-1]
        return self.wire_siemens * node_volts[ends].T

    def cell_volts(self, node_volts: NDArray[Any]) -> NDArray[np.float64]:
        """Voltage across each cell, word line minus bit line, shape (batch, rows, cols)."""
        batch = node_volts.shape[1]
        across = node_volts[: self.bit[0, 0]] - node_volts[self.bit[0, 0] :]
        return across.T.reshape(batch, self.rows, self.cols)


@functools.cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> Any:
    """Context in which BLAS uses one thread.

    SuperLU hands BLAS many small blocks; a second thread gains nothing on them, and where the cores are busy it costs
    ten times the work, spinning at barriers.
    """
    return _blas().limit(limits=1)


def factorise_symmetric(matrix: csc_matrix) -> SuperLU:
    """LU factors of a symmetric, diagonally dominant matrix: ordering on A + A^T, no pivoting."""
    return splu(
        matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True, "Equil": False}
    )
