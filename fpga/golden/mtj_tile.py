"""An N x N tile of binary junctions, bit for bit that of `rtl/mtj_tile.sv`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FETCH_CLOCKS = 3
WRITE_CLOCKS = 4


class MtjTile:
    """N x N junctions, `cells[row, col]` is True when parallel.

    Args:
        size: N, word lines and bit lines.

    Attributes:
        cells: shape (N, N); all antiparallel after reset.
        x_codes: shape (N,), signed input codes.
        row: the row as it was before the last fetch or write.
        flip: the cells that the last write flipped.
        result: shape (N,), the last product.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.cells = np.zeros((size, size), dtype=np.bool_)
        self.x_codes = np.zeros(size, dtype=np.int64)
        self.row = np.zeros(size, dtype=np.bool_)
        self.flip = np.zeros(size, dtype=np.bool_)
        self.result = np.zeros(size, dtype=np.int64)

    @property
    def clear_clocks(self) -> int:
        """Clocks of the clearing after reset."""
        return self.size

    @property
    def multiply_clocks(self) -> int:
        """Clocks of one product."""
        return self.size + 3

    def fetch(self, row: int) -> None:
        """Copy one row out."""
        self.row = self.cells[row].copy()

    def write(
        self,
        row: int,
        mask: NDArray[np.bool_],
        data: NDArray[np.bool_],
        p_set: int,
        p_reset: int,
        words: NDArray[np.uint32],
    ) -> None:
        """Stochastic write of one row.

        Args:
            row: which.
            mask: addressed cells, shape (N,).
            data: direction, shape (N,): True towards parallel.
            p_set: probability of a flip towards parallel in units of 2^-32, 0 .. 2^32.
            p_reset: the same towards antiparallel.
            words: one random word per column, drawn by the caller.
        """
        self.row = self.cells[row].copy()
        limits = np.where(data, np.uint64(p_set), np.uint64(p_reset))
        self.flip = mask & (self.row != data) & (words.astype(np.uint64) < limits)
        self.cells[row] = self.row ^ self.flip

    def multiply(self, g_p_code: int, g_ap_code: int) -> None:
        """result[col] = sum over rows of x[row] * (g_p where parallel, else g_ap)."""
        codes = np.where(self.cells, g_p_code, g_ap_code)
        self.result = self.x_codes @ codes
