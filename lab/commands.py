"""The commands of the lab: train, measure, compare. Only click is imported at the top; see `spinloop.cli`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    pass

CHIP_OPTION = click.option(
    "--chip", "url", required=True, envvar="SPINLOOP_CHIP", metavar="URL", help="The chip, e.g. emulator:tile64?seed=7."
)
RUNS_OPTION = click.option(
    "--runs", default="runs", show_default=True, metavar="FOLDER", help="Where run folders are made."
)
JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end, nothing else.")


@click.command()
@click.argument("task", type=click.Choice(["digits", "letters", "mnist"]))
@CHIP_OPTION
@click.option(
    "--epochs", type=click.IntRange(0), default=None, help="Passes over the training set.  [default: the task's]"
)
@click.option("--batch", type=click.IntRange(1), default=None, help="Examples per write.  [default: the task's]")
@click.option(
    "--rate", type=click.FloatRange(0, min_open=True), default=None, help="First step of Adam.  [default: the task's]"
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the start, the order and the test set."
)
@click.option("--block", default=None, help="Crossbar to train.  [default: the only one]")
@click.option("--start", type=click.Path(exists=True, file_okay=False), default=None, help="Run folder to start from.")
@RUNS_OPTION
@JSON_OPTION
def train(url: str, as_json: bool, **options: Any) -> None:
    """Train TASK on a chip, forward passes and writes on the chip itself.

    \b
    Examples:
      spinloop train digits --chip emulator:tile64?seed=7
      spinloop train digits --chip rtl:tile64
      spinloop train letters --chip bench:tile16
    Other chip, same weights, not adapted and after one epoch in the loop:
      spinloop train digits --chip emulator:tile64?seed=8 --start runs/0001-train-digits --epochs 0
      spinloop train digits --chip emulator:tile64?seed=8 --start runs/0001-train-digits --epochs 1
    """
    from spinloop.lab.learning.train_command import run_train

    run_train(url, as_json=as_json, **options)


@click.group()
def measure() -> None:
    """Measure a property of a chip's devices, fit it and draw it."""


@measure.command()
@CHIP_OPTION
@click.option("--block", default=None, help="Crossbar to measure.  [default: the only one]")
@click.option(
    "--cell", nargs=2, type=int, default=(0, 0), show_default=True, metavar="ROW COL", help="Junction to measure."
)
@click.option("--shots", type=click.IntRange(20), default=200, show_default=True, help="Pulses at each voltage.")
@click.option("--points", type=click.IntRange(4), default=16, show_default=True, help="Voltages on the curve.")
@click.option(
    "--width", "width_seconds", type=float, default=None, help="Pulse width in seconds.  [default: the block's]"
)
@click.option(
    "--attempt", "attempt_seconds", type=float, default=1e-9, show_default=True, help="Attempt time in seconds."
)
@RUNS_OPTION
@JSON_OPTION
def switching(url: str, as_json: bool, **options: Any) -> None:
    """Switching probability against pulse voltage, with barrier and critical voltage fitted to it.

    \b
    Examples:
      spinloop measure switching --chip emulator:probe?seed=7
      spinloop measure switching --chip bench:tile16 --cell 3 4 --shots 100
    """
    from spinloop.lab.procedures.switching_command import run_switching

    run_switching(url, as_json=as_json, **options)


@click.command()
@click.argument("first", metavar="URL")
@click.argument("second", metavar="URL")
@click.option(
    "--false-alarm",
    type=click.FloatRange(0, 0.5, min_open=True),
    default=1e-3,
    show_default=True,
    help="Chance that two equal chips are called different.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    help="Difference that is called close.",
)
@click.option(
    "--samples", type=click.IntRange(100), default=2000, show_default=True, help="Repetitions per observable."
)
@JSON_OPTION
def compare(first: str, second: str, false_alarm: float, tolerance: float, samples: int, as_json: bool) -> None:
    """Do two chips behave alike? The same operations on both, a statistical test per observable.

    \b
    Example:
      spinloop compare "emulator:tile64?spread=0" rtl:tile64
    """
    from spinloop.lab.procedures.compare_command import run_compare

    run_compare(first, second, false_alarm, tolerance, samples, as_json)
