"""The half of learning that happens next to the chip: softmax cross-entropy and Adam on shadow weights."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def cross_entropy(
    logits: NDArray[np.float64], labels: NDArray[np.int64]
) -> tuple[float, NDArray[np.float64], NDArray[np.bool_]]:
    """Mean softmax cross-entropy of a batch.

    Args:
        logits: shape (batch, classes).
        labels: shape (batch,).

    Returns:
        The loss, its gradient with respect to the logits, and which examples were classified rightly.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    shares = np.exp(shifted)
    shares /= shares.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = float(-np.log(shares[rows, labels]).mean())
    gradient = shares.copy()
    gradient[rows, labels] -= 1.0
    return loss, gradient / len(labels), logits.argmax(axis=1) == labels


class Adam:
    """Adam (Kingma and Ba, 2015, algorithm 1) with a step that falls to zero along half a cosine.

    Args:
        shape: of the weights.
        rate: first step size.
        steps: after how many steps it reaches zero.
    """

    def __init__(self, shape: tuple[int, ...], rate: float, steps: int) -> None:
        self.rate = rate
        self.steps = steps
        self.taken = 0
        self.mean = np.zeros(shape)
        self.square = np.zeros(shape)

    def step(self, weights: NDArray[np.float64], gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        """The next shadow weights, kept within [-1, 1], which is all that the pairs can hold."""
        self.taken += 1
        self.mean += 0.1 * (gradient - self.mean)
        self.square += 0.001 * (gradient**2 - self.square)
        mean = self.mean / (1.0 - 0.9**self.taken)
        square = self.square / (1.0 - 0.999**self.taken)
        rate = 0.5 * self.rate * (1.0 + math.cos(math.pi * min(1.0, self.taken / self.steps)))
        return np.clip(weights - rate * mean / (np.sqrt(square) + 1e-8), -1.0, 1.0)
