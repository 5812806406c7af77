"""The figure of a training run: how it learned, what it wrote, what it confuses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from spinloop.lab.learning.trainer import Epoch

from spinloop import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_training(
    path: Path,
    title: str,
    epochs: Sequence[Epoch],
    before_siemens: NDArray[np.float64],
    after_siemens: NDArray[np.float64] | None,
    confusion: NDArray[np.int64],
    classes: Sequence[str],
) -> Path:
    """Draw and save the figure.

    Args:
        path: where to, `.png`.
        title: one line above everything.
        epochs: figures of each epoch, beginning with epoch 0.
        before_siemens: conductances when the chip was opened, shape (rows, cols).
        after_siemens: conductances at the end; None when the run was stopped before they were read.
        confusion: test examples, shape (true classes, classes given).
        classes: their names.
    """
    figure = figures.new_figure(12.0, 7.6)
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=12)
    panels = figure.subplot_mosaic(
        [["curve", "curve", "confusion"], ["before", "after", "change"]], height_ratios=[1.0, 1.05]
    )
    _curve(panels["curve"], epochs)
    _confusion(figure, panels["confusion"], confusion, classes)
    if after_siemens is None:
        figure.text(0.5, 0.25, "The run was stopped before the conductances were read again.", color=figures.RED)
        after_siemens = before_siemens
    _maps(figure, panels, 1e6 * before_siemens, 1e6 * after_siemens)
    return figures.save(figure, path)


def _curve(axes: Axes, epochs: Sequence[Epoch]) -> None:
    figures.quiet(axes)
    numbers = [each.epoch for each in epochs]
    trained = [each for each in epochs if each.train_accuracy is not None]
    axes.plot(
        [each.epoch for each in trained],
        [100.0 * (each.train_accuracy or 0.0) for each in trained],
        color=figures.GREY,
        marker="o",
        markersize=3.5,
        label="training set, while training",
    )
    axes.plot(
        numbers,
        [100.0 * each.test_accuracy for each in epochs],
        color=figures.BLUE,
        marker="o",
        markersize=4.5,
        linewidth=2,
        label="test set, after the epoch",
    )
    last = epochs[-1]
    axes.annotate(
        f"{100 * last.test_accuracy:.1f} %",
        (last.epoch, 100 * last.test_accuracy),
        xytext=(0, -14),
        textcoords="offset points",
        ha="center",
        color=figures.BLUE,
        fontweight="bold",
    )
    axes.set(ylim=(0, 103), xlabel="epoch", ylabel="accuracy (%)", title="Accuracy on the chip, and pulses fired")
    figures.whole_numbers(axes.xaxis)
    pulses = np.diff([0, *(each.pulses for each in epochs)])
    right = axes.twinx()
    right.bar(
        numbers, pulses, width=0.5, color=figures.ORANGE, alpha=0.35, label="pulses in this epoch (right)", zorder=0
    )
    right.set_ylabel("write pulses per epoch")
    right.spines[["top"]].set_visible(False)
    right.set_ylim(0, max(1, int(pulses.max())) * 2.2)
    axes.set_zorder(right.get_zorder() + 1)
    axes.patch.set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    more_handles, more_labels = right.get_legend_handles_labels()
    axes.legend(handles + more_handles, labels + more_labels, loc="center right", bbox_to_anchor=(1.0, 0.45))


def _confusion(figure: Figure, axes: Axes, confusion: NDArray[np.int64], classes: Sequence[str]) -> None:
    shares = confusion / np.maximum(1, confusion.sum(axis=1, keepdims=True))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, col), count in np.ndenumerate(confusion):
        if count:
            colour = "white" if shares[row, col] > 0.5 else figures.INK
            axes.text(col, row, str(count), ha="center", va="center", fontsize=7.5, color=colour)
    ticks = range(len(classes))
    axes.set_xticks(ticks, classes)
    axes.set_yticks(ticks, classes)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set(xlabel="class given by the chip", ylabel="true class", title="Confusion, test set")


def _maps(figure: Figure, panels: dict[str, Axes], before: NDArray[np.float64], after: NDArray[np.float64]) -> None:
    low, high = min(before.min(), after.min()), max(before.max(), after.max())
    for name, microsiemens, heading in (
        ("before", before, "Conductances before"),
        ("after", after, "Conductances after"),
    ):
        image = panels[name].imshow(microsiemens, cmap="viridis", vmin=low, vmax=high, interpolation="nearest")
        _map(panels[name], heading)
    figures.colour_bar(figure, image, panels["after"], "conductance (µS)")
    change = after - before
    span = max(float(np.abs(change).max()), 1e-9)
    image = panels["change"].imshow(change, cmap="RdBu_r", vmin=-span, vmax=span, interpolation="nearest")
    _map(panels["change"], "What training changed")
    figures.colour_bar(figure, image, panels["change"], "change (µS)")


def _map(axes: Axes, heading: str) -> None:
    axes.set(title=heading, xlabel="bit line", ylabel="word line")
    for axis in (axes.xaxis, axes.yaxis):
        figures.whole_numbers(axis)
    axes.tick_params(length=2)
