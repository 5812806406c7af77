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
        row_steps: segments from each row down to the next one, and from the last one to the end of the bit lines, shape
            (rows,); None means one each. Rows that conduct nothing can so be left out.
        col_steps: segments from the end of the word lines to the first column, and from each column to the next,
            shape (cols,).
    """

    def __init__(
        self,
        rows: int,
        cols: int,
        wire_ohms: float,
        row_steps: NDArray[np.intp] | None = None,
        col_steps: NDArray[np.intp] | None = None,
    ) -> None:
        if not wire_ohms > 0.0:
            raise ValueError(f"wire_ohms = {wire_ohms}: must be > 0; without wire resistance there is nothing to solve")
        self.rows, self.cols = rows, cols
        down = 1.0 / (wire_ohms * (np.ones(rows) if row_steps is None else row_steps))
        along = 1.0 / (wire_ohms * (np.ones(cols) if col_steps is None else col_steps))
        self._wires = np.concatenate([np.tile(along[1:], rows), np.repeat(down[:-1], cols)])
        self.word_end_siemens, self.bit_end_siemens = float(along[0]), float(down[-1])
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
        base[forward[:wires]] = base[backward[:wires]] = -self._wires
        for ends in (first[:wires], second[:wires]):
            base[self._diagonal] += np.bincount(ends, weights=self._wires, minlength=size)
        base[self._diagonal[self.word[:, 0]]] += self.word_end_siemens
        self._base = base
        self._indices = row[order]
        self._indptr = np.concatenate([[0], np.cumsum(np.bincount(col, minlength=size))])
        self._shape = (size, size)

    def matrix(self, cell_siemens: NDArray[Any], bit_ends: NDArray[Any]) -> csc_matrix:
        """The nodal matrix, with all word lines held by sources at their left ends.

        Args:
            cell_siemens: shape (rows, cols).
            bit_ends: boolean, shape (cols,): bit lines held at the bottom end; the others float.
        """
        data = self._base.copy()
        flat = cell_siemens.ravel()
        data[self._cell_entries] = -np.concatenate([flat, flat])
        data[self._diagonal] += np.concatenate([flat, flat])
        data[self._diagonal[self.bit[-1, bit_ends]]] += self.bit_end_siemens
        return csc_matrix((data, self._indices, self._indptr), shape=self._shape)

    def factorise(self, cell_siemens: NDArray[Any]) -> SuperLU:
        """LU factors with every line held at its end."""
        return factorise_symmetric(self.matrix(cell_siemens, np.ones(self.cols, dtype=bool)))

    def right_side(self, volts: NDArray[Any], transpose: bool) -> NDArray[np.float64]:
        """What the sources feed in, shape (nodes, batch), for volts of shape (batch, lines)."""
        side = np.zeros((self._shape[0], volts.shape[0]))
        if transpose:
            side[self.bit[-1]] = self.bit_end_siemens * volts.T
        else:
            side[self.word[:, 0]] = self.word_end_siemens * volts.T
        return side

    def output_amps(self, node_volts: NDArray[Any], transpose: bool) -> NDArray[np.float64]:
        """Currents into the sense amplifiers, at 0 V, shape (batch, lines)."""
        if transpose:
            return self.word_end_siemens * node_volts[self.word[:, 0]].T
        return self.bit_end_siemens * node_volts[self.bit[-1]].T

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
