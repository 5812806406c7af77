"""How spinloop's figures look: one palette, quiet axes, units on every label."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

INK = "#22313f"
BLUE = "#2f6fb0"
ORANGE = "#d9822b"
GREY = "#9aa5b1"
RED = "#b3372f"


def new_figure(width_inches: float, height_inches: float) -> Figure:
    """An empty figure in the house style, independent of any display."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(
        {
            "font.size": 9,
            "axes.titlesize": 10,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "legend.frameon": False,
        }
    )
    return Figure(figsize=(width_inches, height_inches), layout="constrained")


def quiet(axes: Axes) -> Axes:
    """Remove the lines that carry no information."""
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def whole_numbers(axis: Axis) -> None:
    """Put ticks on whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True))


def colour_bar(figure: Figure, image: Any, axes: Axes, label: str) -> None:
    """A slim colour bar with a label."""
    bar = figure.colorbar(image, ax=axes, shrink=0.85, pad=0.02)
    bar.set_label(label)
    bar.outline.set_visible(False)


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG."""
    figure.savefig(path, dpi=130)
    return path
