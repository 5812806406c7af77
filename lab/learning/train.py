"""The main job: train a task on a chip and leave a run folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spinloop.lab.datasets import Dataset, load_task
from spinloop.lab.learning.layer import CrossbarLayer
from spinloop.lab.learning.trainer import Epoch, Recipe, Trainer
from spinloop.lab.learning.training_figure import draw_training
from spinloop.lab.store.run_folder import RunFolder, load_arrays
from spinloop.protocols.chip import Chip
from spinloop.protocols.errors import WrongShape

WEIGHTS_FILE = "weights.npz"
FIGURE_FILE = "training.png"


@dataclass(frozen=True)
class Outcome:
    """What `spinloop train --json` prints.

    Attributes:
        task: that was trained.
        chip: its URL.
        seed: of the training, not of the chip.
        test_accuracy: at the end, on the test set.
        train_accuracy: at the end, on the whole training set; when interrupted, that of the last finished epoch.
        pulses: write pulses fired.
        failed_cells: that missed their target when last written.
        energy_joules: spent in the chip.
        energy_kind: measured, modelled or unknown.
        chip_seconds: that passed for the chip.
        wall_seconds: that passed for you.
        run: the run folder.
        figure: the picture in it.
        interrupted: whether it was stopped before the last epoch.
    """

    task: str
    chip: str
    seed: int
    test_accuracy: float
    train_accuracy: float | None
    pulses: int
    failed_cells: int
    energy_joules: float
    energy_kind: str
    chip_seconds: float
    wall_seconds: float
    run: str
    figure: str
    interrupted: bool = False


def train(
    chip: Chip,
    url: str,
    task: str,
    recipe: Recipe,
    runs: Path,
    block: str | None = None,
    start: Path | None = None,
    on_start: Callable[[Trainer, Path], None] = lambda trainer, path: None,
    on_batch: Callable[[], None] = lambda: None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> Outcome:
    """Train, and keep everything that a reader of the result would ask for.

    On Ctrl-C the chip is made safe and not touched again; the epochs that were finished are kept, and the outcome says
    `interrupted`.

    Args:
        chip: an open chip.
        url: what it was opened with, for the record.
        task: a key of `datasets.TASKS`.
        recipe: how to train.
        runs: where to make the run folder.
        block: crossbar to use; None takes the only one.
        start: run folder whose weights to start from; None starts from random ones.
        on_start: called once with the trainer and the run folder.
        on_batch: called after each batch.
        on_epoch: called with the figures of each epoch.

    Raises:
        WrongShape: the task does not fit the chip, or the starting weights do not fit the task.
    """
    data = load_task(task, recipe.seed)
    layer = CrossbarLayer(
        chip, block, data.train_inputs.shape[1], len(data.classes), recipe.max_pulses, recipe.hysteresis
    )
    trainer = Trainer(layer, data, recipe, None if start is None else _starting_weights(start, layer))
    folder = RunFolder(runs, f"train-{task}")
    settings = {"task": task, "chip": url, "block": layer.block.name, "start": str(start) if start else None}
    folder.write_settings({**settings, **asdict(recipe), "pairs": layer.layout.pairs, "note": data.note}, chip.info)
    on_start(trainer, folder.path)
    began = time.monotonic()
    before = layer.read_siemens()
    epochs: list[Epoch] = []
    interrupted = False
    try:
        for epoch in trainer.run(on_batch):
            epochs.append(epoch)
            folder.append("epochs.jsonl", asdict(epoch))
            on_epoch(epoch)
    except KeyboardInterrupt:
        chip.make_safe()
        interrupted = True
        if not epochs:
            raise
    after = None if interrupted else layer.read_siemens()
    train_accuracy = epochs[-1].train_accuracy if interrupted else trainer.train_accuracy()
    return _finish(folder, trainer, url, epochs, before, after, train_accuracy, time.monotonic() - began, interrupted)


def _starting_weights(run: Path, layer: CrossbarLayer) -> NDArray[np.float64]:
    weights = load_arrays(run, WEIGHTS_FILE)["weights"]
    if weights.shape != layer.levels.shape:
        raise WrongShape(
            f"starting weights of shape {weights.shape} from {run}",
            f"{layer.levels.shape} for this task",
            "use another run",
        )
    return weights


def _finish(
    folder: RunFolder,
    trainer: Trainer,
    url: str,
    epochs: list[Epoch],
    before: NDArray[np.float64],
    after: NDArray[np.float64] | None,
    train_accuracy: float | None,
    wall_seconds: float,
    interrupted: bool,
) -> Outcome:
    data, layer = trainer.data, trainer.layer
    last = epochs[-1]
    confusion = _confusion(data, trainer.given)
    folder.write_arrays(
        WEIGHTS_FILE,
        weights=trainer.weights,
        levels=layer.levels,
        siemens_before=before,
        **({} if after is None else {"siemens_after": after}),
        confusion=confusion,
    )
    title = f"{data.name} on {url}: {100 * last.test_accuracy:.1f} % of the test set"
    figure = draw_training(folder.path / FIGURE_FILE, title, epochs, before, after, confusion, data.classes)
    tally = layer.tally
    outcome = Outcome(
        task=data.name,
        chip=url,
        seed=trainer.recipe.seed,
        test_accuracy=last.test_accuracy,
        train_accuracy=train_accuracy,
        pulses=tally.pulses,
        failed_cells=last.failed_cells,
        energy_joules=tally.energy_joules,
        energy_kind=tally.energy_kind,
        chip_seconds=tally.chip_seconds,
        wall_seconds=wall_seconds,
        run=str(folder.path),
        figure=str(figure),
        interrupted=interrupted,
    )
    folder.write_json("result.json", asdict(outcome))
    return outcome


def _confusion(data: Dataset, given: NDArray[np.int64]) -> NDArray[np.int64]:
    size = len(data.classes)
    return np.bincount(data.test_labels * size + given, minlength=size * size).reshape(size, size)
