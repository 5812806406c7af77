"""Signed weights from binary junctions: differential pairs of cells.

A weight is `pairs` cells on its positive bit lines and as many on its negative ones. Only the difference of the two
currents
counts, so a weight takes one of 2 * pairs + 1 levels: how many positive cells are parallel minus how many negative
ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spinloop.protocols.errors import WrongShape


@dataclass(frozen=True)
class PairLayout:
    """Where the weights of one layer stand on a crossbar.

    Word line i carries input i. Class c has its positive cells on bit lines 2 * pairs * c + (0 .. pairs - 1) and its
    negative
    cells on the next `pairs` bit lines.

    Attributes:
        rows: word lines of the crossbar.
        cols: its bit lines.
        inputs: inputs of the layer.
        outputs: outputs of the layer.
        pairs: differential pairs per weight.
    """

    rows: int
    cols: int
    inputs: int
    outputs: int
    pairs: int

    @classmethod
    def fit(cls, shape: tuple[int, ...], inputs: int, outputs: int) -> PairLayout:
        """Use as many pairs per weight as the crossbar has bit lines for.

        Raises:
            WrongShape: the layer does not fit the crossbar.
        """
        rows, cols = shape
        pairs = cols // (2 * outputs)
        if inputs > rows or pairs < 1:
            raise WrongShape(
                f"a layer of {inputs} inputs and {outputs} outputs on a {rows} x {cols} crossbar",
                f"at most {rows} inputs and {cols // 2} outputs (two bit lines each)",
                "use a larger chip or a smaller task",
            )
        return cls(rows, cols, inputs, outputs, pairs)

    def levels(self, weights: NDArray[np.float64], held: NDArray[np.int64], hysteresis: float) -> NDArray[np.int64]:
        """Round weights in [-1, 1] to levels, keeping the level held until the weight is well past the boundary.

        Args:
            weights: shape (inputs, outputs).
            held: levels now, same shape.
            hysteresis: how far past the midpoint, in levels, a weight has to be before its cells are rewritten.
        """
        scaled = self.pairs * weights
        moved = np.abs(scaled - held) > 0.5 + hysteresis
        return np.where(moved, np.rint(scaled), held).astype(np.int64)

    def cells(self, levels: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which cells have to be parallel for these levels, shape (rows, cols).

        Level +2 of 3 pairs sets two positive cells and no negative one, so neighbouring levels differ in one cell
        and small
        weights draw little current.
        """
        rank = np.arange(self.pairs)
        positive = levels[:, :, None] > rank
        negative = -levels[:, :, None] > rank
        used = np.concatenate([positive, negative], axis=2).reshape(self.inputs, -1)
        cells = np.zeros((self.rows, self.cols), dtype=np.bool_)
        cells[: self.inputs, : used.shape[1]] = used
        return cells

    def used(self) -> NDArray[np.bool_]:
        """Which cells belong to the layer, shape (rows, cols)."""
        mask = np.zeros((self.rows, self.cols), dtype=np.bool_)
        mask[: self.inputs, : 2 * self.pairs * self.outputs] = True
        return mask

    def difference(self, amps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Positive minus negative current of each output: (batch, cols) to (batch, outputs)."""
        used = amps[:, : 2 * self.pairs * self.outputs].reshape(len(amps), self.outputs, 2, self.pairs)
        return used[:, :, 0].sum(axis=2) - used[:, :, 1].sum(axis=2)

    def word_volts(self, inputs: NDArray[np.float64], volts: float) -> NDArray[np.float64]:
        """Word-line voltages, shape (batch, rows): an input of 1 is `volts`, lines without an input stay at 0."""
        lines = np.zeros((len(inputs), self.rows))
        lines[:, : self.inputs] = volts * inputs
        return lines
