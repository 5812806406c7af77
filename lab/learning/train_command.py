"""What `spinloop train` shows while it works."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from spinloop.lab.learning.train import Outcome, train
from spinloop.lab.learning.trainer import Epoch, Recipe, Trainer
from spinloop.lab.units import console_beside, with_prefix
from spinloop.protocols.connect import connect

# Chosen on a part of the training sets, with other seeds than any that the tests use.
RECIPES: dict[str, dict[str, Any]] = {
    "digits": {"epochs": 12, "batch": 32, "rate": 0.02, "sharpness": 0.5},
    "letters": {"epochs": 40, "batch": 4, "rate": 0.1, "sharpness": 1.0},
    "mnist": {"epochs": 3, "batch": 64, "rate": 0.02, "sharpness": 0.5},
}


def run_train(
    url: str,
    task: str,
    epochs: int | None,
    batch: int | None,
    rate: float | None,
    seed: int,
    block: str | None,
    start: str | None,
    runs: str,
    as_json: bool,
) -> None:
    """Train and report: a live table, or one JSON object on standard output. The exit status on Ctrl-C is 130."""
    chosen = {"epochs": epochs, "batch": batch, "rate": rate}
    recipe = Recipe(
        **{**RECIPES[task], **{key: value for key, value in chosen.items() if value is not None}, "seed": seed}
    )
    console = console_beside(as_json)
    with connect(url) as chip, _Display(console, recipe).live() as display:
        outcome = train(
            chip,
            url,
            task,
            recipe,
            Path(runs),
            block=block,
            start=Path(start) if start else None,
            on_start=display.start,
            on_batch=display.batch,
            on_epoch=display.epoch,
        )
    if as_json:
        print(json.dumps(asdict(outcome)))
    _summary(console, outcome)
    if outcome.interrupted:
        sys.exit(130)


class _Display:
    """A line per epoch and a progress bar below."""

    def __init__(self, console: Console, recipe: Recipe) -> None:
        self.console = console
        self.recipe = recipe
        self.progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TextColumn("batches"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=console.quiet,
        )
        self._job = self.progress.add_task("training", total=None)

    @contextmanager
    def live(self) -> Iterator[_Display]:
        with self.progress:
            yield self

    def start(self, trainer: Trainer, run: Path) -> None:
        layer = trainer.layer
        self.progress.update(self._job, total=self.recipe.epochs * trainer.batches)
        self.console.print(
            f"[bold]{trainer.data.name}[/] on chip [bold]{layer.chip.info.identity}[/], block {layer.block.name}: "
            f"{layer.layout.inputs} inputs, {layer.layout.outputs} classes, {layer.layout.pairs} pairs per weight"
        )
        self.console.print(f"run folder {run}\n", highlight=False)
        self.console.print(
            f"{'epoch':>5} {'loss':>8} {'train':>8} {'test':>8} {'pulses':>8} {'failed':>7} "
            f"{'energy':>10} {'chip time':>10}"
        )

    def batch(self) -> None:
        self.progress.advance(self._job)

    def epoch(self, figures: Epoch) -> None:
        loss = "" if figures.loss is None else f"{figures.loss:.3f}"
        train_share = "" if figures.train_accuracy is None else f"{100 * figures.train_accuracy:.1f} %"
        energy = "unknown" if figures.energy_kind == "unknown" else with_prefix(figures.energy_joules, "J")
        self.console.print(
            f"{figures.epoch:>5} {loss:>8} {train_share:>8} {100 * figures.test_accuracy:>6.1f} % {figures.pulses:>8} "
            f"{figures.failed_cells:>7} {energy:>10} {with_prefix(figures.chip_seconds, 's'):>10}",
            highlight=False,
        )


def _summary(console: Console, outcome: Outcome) -> None:
    state = "[red]stopped before the last epoch; the chip is safe[/]" if outcome.interrupted else "done"
    console.print(
        f"\n{state}: [bold]{100 * outcome.test_accuracy:.1f} %[/] of the test set, {outcome.pulses} pulses, "
        f"{outcome.failed_cells} failed cells, {with_prefix(outcome.energy_joules, 'J')} ({outcome.energy_kind}), "
        f"{with_prefix(outcome.chip_seconds, 's')} of chip time, {outcome.wall_seconds:.1f} s"
    )
    console.print(f"figure {outcome.figure}", highlight=False)
