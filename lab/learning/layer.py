"""A layer of weights that lives on a crossbar: forward on the chip, writes by delta."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from spinloop.lab.learning.pairs import PairLayout
from spinloop.protocols.chip import Chip
from spinloop.protocols.errors import Unsupported
from spinloop.protocols.operations import Multiply, Program
from spinloop.protocols.results import Currents, Programmed
from spinloop.protocols.tally import Tally

# Between the two states of a junction of 150 % TMR lies a factor 2.5; a cell is right when it is nearer to its
# target than
# to the other state, whatever its spread.
STATE_TOLERANCE = 0.4
MAX_BATCH = 256


class CrossbarLayer:
    """Weights as differential pairs on one crossbar block of a chip.

    Args:
        chip: where the block lives.
        block: its name; None takes the only crossbar of the chip.
        inputs: of the layer, at most the block's word lines.
        outputs: of the layer.
        max_pulses: write pulses that one cell may receive in one write.
        hysteresis: see `PairLayout.levels`.

    Attributes:
        layout: where the weights stand.
        levels: the level of each weight on the chip, shape (inputs, outputs).
        failed: cells that missed their target when last written, shape (rows, cols).
        tally: what all operations of this layer cost.
    """

    def __init__(
        self, chip: Chip, block: str | None, inputs: int, outputs: int, max_pulses: int, hysteresis: float
    ) -> None:
        self.chip = chip
        self.block = chip[_only_crossbar(chip) if block is None else block]
        info = self.block.info
        if info.low_siemens is None or info.high_siemens is None or info.read_volts is None:
            raise Unsupported(
                f"training on block {self.block.name!r}",
                "a crossbar that states its two conductances and its read voltage",
                "complete the station or chip file",
            )
        self.layout = PairLayout.fit(info.shape, inputs, outputs)
        self.low_siemens, self.high_siemens, self.read_volts = info.low_siemens, info.high_siemens, info.read_volts
        self.max_pulses = max_pulses
        self.hysteresis = hysteresis
        self.levels = np.zeros((inputs, outputs), dtype=np.int64)
        self.failed = np.zeros(info.shape, dtype=np.bool_)
        self.tally = Tally()
        self._written: NDArray[np.bool_] | None = None
        # The current of one unit of weight at full input: all pairs parallel on one side, antiparallel on the other.
        self.unit_amps = self.layout.pairs * (self.high_siemens - self.low_siemens) * self.read_volts

    def write(self, weights: NDArray[np.float64]) -> int:
        """Bring the chip to these weights; only cells whose target changed are touched, all of them the first time.

        Args:
            weights: shape (inputs, outputs), between -1 and 1.

        Returns:
            How many cells were addressed.
        """
        self.levels = self.layout.levels(weights, self.levels, self.hysteresis)
        wanted = self.layout.cells(self.levels)
        changed = self.layout.used() if self._written is None else wanted != self._written
        if not changed.any():
            return 0
        target = np.where(wanted, self.high_siemens, self.low_siemens)
        where = None if changed.all() else changed
        operation = Program(self.block.name, target, STATE_TOLERANCE, self.max_pulses, where)
        report = self.tally.add(self.chip.ask(operation, Programmed))
        self._written = wanted
        self.failed = np.where(changed, np.asarray(report.failed), self.failed)
        return int(changed.sum())

    def forward(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weighted sums as the chip computes them, in units of weight times input.

        Args:
            inputs: shape (batch, inputs), between 0 and 1.

        Returns:
            Shape (batch, outputs).
        """
        sums = []
        for start in range(0, len(inputs), MAX_BATCH):
            volts = self.layout.word_volts(inputs[start : start + MAX_BATCH], self.read_volts)
            answer = self.tally.add(self.chip.ask(Multiply(self.block.name, volts), Currents))
            sums.append(self.layout.difference(np.asarray(answer.amps)) / self.unit_amps)
        return np.concatenate(sums)

    def read_siemens(self) -> NDArray[np.float64]:
        """All conductances of the block, shape (rows, cols)."""
        return self.block.read()


def _only_crossbar(chip: Chip) -> str:
    crossbars = [name for name, block in chip.info.blocks.items() if block.kind == "crossbar"]
    if len(crossbars) != 1:
        raise Unsupported(
            f"training on chip {chip.info.name!r} without naming a block",
            f"a chip with one crossbar; this one has {', '.join(crossbars) or 'none'}",
            "name one with --block",
        )
    return crossbars[0]
