"""The data of the training tasks: inputs between 0 and 1, one label each, a test set that training never sees."""

from __future__ import annotations

import gzip
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spinloop.protocols.errors import BadFile, MissingTool

DATA_VARIABLE = "SPINLOOP_DATA"
TEST_SHARE = 0.3


@dataclass(frozen=True)
class Dataset:
    """Examples of one task.

    Attributes:
        name: of the task.
        classes: name of each class.
        train_inputs: shape (examples, inputs), between 0 and 1.
        train_labels: class of each, shape (examples,).
        test_inputs: as `train_inputs`.
        test_labels: as `train_labels`.
        note: what a reader of a figure made from it should know.
    """

    name: str
    classes: tuple[str, ...]
    train_inputs: NDArray[np.float64]
    train_labels: NDArray[np.int64]
    test_inputs: NDArray[np.float64]
    test_labels: NDArray[np.int64]
    note: str


def load_task(name: str, seed: int) -> Dataset:
    """Load the data of a task.

    Args:
        name: a key of `TASKS`.
        seed: decides which examples are held out for the test, where the data have no test set of their own.

    Raises:
        MissingTool: the data are not on this machine; the message says how to get them.
    """
    return TASKS[name](seed)


def _digits(seed: int) -> Dataset:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        images / 16.0, labels.astype(np.int64), test_size=TEST_SHARE, random_state=seed, stratify=labels
    )
    note = "scikit-learn's 8 x 8 digits (UCI optical recognition of handwritten digits, test part)"
    return Dataset("digits", tuple("0123456789"), train_x, train_y, test_x, test_y, note)


# The four 3 x 3 letters of Zhao et al. 2022 (system R02), drawn row by row.
LETTERS = {
    "Z": "111 010 111",
    "Y": "101 010 010",
    "H": "101 111 101",
    "L": "100 100 111",
}


def _letters(seed: int) -> Dataset:
    del seed  # there is nothing to choose: the task is these four patterns
    inputs = np.array([[float(pixel) for pixel in drawing.replace(" ", "")] for drawing in LETTERS.values()])
    labels = np.arange(len(LETTERS))
    note = "the published task is these four patterns: the same four are trained and tested"
    return Dataset("letters", tuple(LETTERS), inputs, labels, inputs, labels, note)


def _mnist(seed: int) -> Dataset:
    del seed  # the data come with a test set
    folder = os.environ.get(DATA_VARIABLE)
    files = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    paths = [Path(folder or ".") / "mnist" / f"{name}-ubyte.gz" for name in files]
    if folder is None or not all(path.exists() for path in paths):
        raise MissingTool(
            f"the task 'mnist' needs the MNIST files, and {DATA_VARIABLE} is {folder or 'not set'}",
            f"a folder that holds mnist/{files[0]}-ubyte.gz and its three companions",
            f"download them from a mirror of MNIST, then: export {DATA_VARIABLE}=FOLDER (or train the task 'digits')",
        )
    train_x, train_y, test_x, test_y = (_read_idx(path) for path in paths)
    note = "MNIST, padded to 32 x 32 and averaged over 4 x 4 pixels to fit 64 word lines"
    classes = tuple("0123456789")
    return Dataset(
        "mnist", classes, _shrink(train_x), train_y.astype(np.int64), _shrink(test_x), test_y.astype(np.int64), note
    )


def _read_idx(path: Path) -> NDArray[np.uint8]:
    """Read bytes in LeCun's idx format: two zeros, the type 8, the number of axes, their sizes, the data."""
    with gzip.open(path) as stream:
        raw = stream.read()
    if raw[:3] != b"\x00\x00\x08":
        raise BadFile(f"{path.name} is not an idx file of bytes", "the original MNIST files", "download it again")
    axes = raw[3]
    shape = tuple(int(size) for size in np.frombuffer(raw, ">i4", axes, 4))
    data = np.frombuffer(raw, np.uint8, offset=4 + 4 * axes)
    if data.size != math.prod(shape):
        raise BadFile(
            f"{path.name} holds {data.size} bytes", f"{math.prod(shape)} for its shape {shape}", "download it again"
        )
    return data.reshape(shape)


def _shrink(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    padded = np.pad(images / 255.0, ((0, 0), (2, 2), (2, 2)))
    return padded.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64)


TASKS: dict[str, Callable[[int], Dataset]] = {"digits": _digits, "letters": _letters, "mnist": _mnist}
