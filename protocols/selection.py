"""The cells that `where` selects, in the order in which they are addressed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def selected_cells(where: NDArray[Any] | None, rows: int, cols: int) -> NDArray[np.intp]:
    """Row and column of each selected cell, shape (cells, 2), in the order in which pulses are fired.

    Args:
        where: None for all cells, a boolean mask of shape (rows, cols), or an integer array of shape (cells, 2).
        rows: word lines of the block.
        cols: bit lines of the block.
    """
    if where is None:
        return np.stack(np.divmod(np.arange(rows * cols), cols), axis=1)
    if where.dtype == np.bool_:
        return np.argwhere(where)
    return where.astype(np.intp, copy=False)


def selected_mask(where: NDArray[Any] | None, rows: int, cols: int) -> NDArray[np.bool_]:
    """The same selection as a boolean mask of shape (rows, cols)."""
    if where is None:
        return np.ones((rows, cols), dtype=np.bool_)
    if where.dtype == np.bool_:
        return where
    mask = np.zeros((rows, cols), dtype=np.bool_)
    mask[where[:, 0], where[:, 1]] = True
    return mask


def selected_values(
    value: float | NDArray[Any], where: NDArray[Any] | None, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Spread a `Values` field over the selected cells, in their order.

    Args:
        value: a number, shape (cells,), or, with a mask or no selection, shape (rows, cols).
        where: the selection that goes with it.
        shape: (rows, cols) of the block.

    Returns:
        Shape (cells,) when the value is an array, () when it is a number: numpy broadcasts both.
    """
    array = np.asarray(value, dtype=np.float64)
    if array.ndim < 2:
        return array
    if where is None:
        return array.reshape(-1)
    return array[selected_mask(where, *shape)]
