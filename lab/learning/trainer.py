"""Training in the loop: each batch goes forward on the chip, back in numpy, and onto the chip as a delta."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spinloop.lab.datasets import Dataset
from spinloop.lab.learning.backward import Adam, cross_entropy
from spinloop.lab.learning.layer import CrossbarLayer


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        epochs: passes over the training set; 0 only writes the starting weights and tests them.
        batch: examples per write.
        rate: first step size of Adam on the shadow weights.
        sharpness: logits per unit of weighted sum.
        seed: of the starting weights and the order of the examples.
        max_pulses: write pulses that one cell may receive in one write.
        hysteresis: see `PairLayout.levels`.
    """

    epochs: int
    batch: int
    rate: float
    sharpness: float
    seed: int
    max_pulses: int = 10
    hysteresis: float = 0.1


@dataclass(frozen=True)
class Epoch:
    """Figures of one epoch; all but `wall_seconds` are the same on every run of a deterministic chip.

    Attributes:
        epoch: counted from 1; 0 is the state before training.
        loss: mean over the epoch's batches, as the chip computed them; None before training.
        train_accuracy: share of the epoch's examples that the chip classified rightly on its way; None before training.
        test_accuracy: on the test set, after the epoch.
        pulses: fired since the start.
        failed_cells: that missed their target when last written.
        energy_joules: since the start.
        energy_kind: measured, modelled or unknown.
        chip_seconds: since the start.
        wall_seconds: since the start.
    """

    epoch: int
    loss: float | None
    train_accuracy: float | None
    test_accuracy: float
    pulses: int
    failed_cells: int
    energy_joules: float
    energy_kind: str
    chip_seconds: float
    wall_seconds: float


class Trainer:
    """Trains one layer on one data set; iterate over `run()` to go from epoch to epoch.

    Args:
        layer: on the chip.
        data: the task.
        recipe: how.
        start: shadow weights to start from, shape (inputs, outputs); None draws them from the recipe's seed.

    Attributes:
        weights: the shadow weights.
        given: the class that the chip gave each test example when it was last tested.
    """

    def __init__(
        self, layer: CrossbarLayer, data: Dataset, recipe: Recipe, start: NDArray[np.float64] | None = None
    ) -> None:
        self.layer = layer
        self.data = data
        self.recipe = recipe
        self._rng = np.random.default_rng(recipe.seed)
        shape = layer.levels.shape
        drawn = np.clip(0.3 * self._rng.standard_normal(shape), -1.0, 1.0)
        self.weights = drawn if start is None else start.copy()
        self.batches = -(-len(data.train_labels) // recipe.batch)
        self._optimiser = Adam(shape, recipe.rate, max(1, recipe.epochs * self.batches))
        self.given = np.zeros_like(data.test_labels)
        self._began = time.monotonic()

    def run(self, tick: Callable[[], None] = lambda: None) -> Iterator[Epoch]:
        """Write the starting weights, then train; yields the figures of each epoch, beginning with epoch 0.

        Args:
            tick: called after each batch, for a progress bar.
        """
        self.layer.write(self.weights)
        yield self._figures(0, None, None)
        for epoch in range(1, self.recipe.epochs + 1):
            loss, accuracy = self._epoch(tick)
            yield self._figures(epoch, loss, accuracy)

    def _epoch(self, tick: Callable[[], None]) -> tuple[float, float]:
        order = self._rng.permutation(len(self.data.train_labels))
        losses, right = [], 0
        for start in range(0, len(order), self.recipe.batch):
            chosen = order[start : start + self.recipe.batch]
            loss, hits = self._step(self.data.train_inputs[chosen], self.data.train_labels[chosen])
            losses.append(loss * len(chosen))
            right += hits
            tick()
        return sum(losses) / len(order), right / len(order)

    def _step(self, inputs: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[float, int]:
        sharpness = self.recipe.sharpness * self.layer.layout.pairs
        loss, gradient, right = cross_entropy(sharpness * self.layer.forward(inputs), labels)
        # Straight through: the gradient of the shadow weight is that of the level it is rounded to.
        self.weights = self._optimiser.step(self.weights, sharpness * inputs.T @ gradient)
        self.layer.write(self.weights)
        return loss, int(right.sum())

    def classify(self, inputs: NDArray[np.float64]) -> NDArray[np.int64]:
        """The class that the chip gives each input."""
        return self.layer.forward(inputs).argmax(axis=1)

    def train_accuracy(self) -> float:
        """Share of the training set that the chip classifies rightly now."""
        return float((self.classify(self.data.train_inputs) == self.data.train_labels).mean())

    def _figures(self, epoch: int, loss: float | None, accuracy: float | None) -> Epoch:
        self.given = self.classify(self.data.test_inputs)
        test = float((self.given == self.data.test_labels).mean())
        tally = self.layer.tally
        return Epoch(
            epoch,
            loss,
            accuracy,
            test,
            tally.pulses,
            int(self.layer.failed.sum()),
            tally.energy_joules,
            tally.energy_kind,
            tally.chip_seconds,
            time.monotonic() - self._began,
        )
