"""What `spinloop measure switching` shows and keeps."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress
from spinloop.lab.procedures.switching import SCOUT_POINTS, SCOUT_SHOTS, SwitchingCurve, measure_switching
from spinloop.lab.store.run_folder import RunFolder
from spinloop.lab.units import console_beside, with_prefix
from spinloop.protocols.chip import Chip
from spinloop.protocols.connect import connect
from spinloop.protocols.errors import Unsupported

from spinloop import figures

FIGURE_FILE = "switching.png"


def run_switching(
    url: str,
    block: str | None,
    cell: tuple[int, int],
    shots: int,
    points: int,
    width_seconds: float | None,
    attempt_seconds: float,
    runs: str,
    as_json: bool,
) -> None:
    """Measure, fit, draw and report."""
    console = console_beside(as_json)
    began = time.monotonic()
    with connect(url) as chip:
        name = first_crossbar(chip) if block is None else block
        with Progress(console=console, transient=True, disable=console.quiet) as progress:
            job = progress.add_task(f"switching of {name}[{cell[0]}, {cell[1]}]", total=points * shots)
            progress.update(job, total=points * shots + 2 * SCOUT_POINTS * SCOUT_SHOTS)
            curve = measure_switching(
                chip, name, cell, shots, points, width_seconds, attempt_seconds, lambda n: progress.advance(job, n)
            )
        info = chip.info
    folder = RunFolder(Path(runs), "measure-switching")
    settings = {"chip": url, "block": name, "cell": list(cell), "shots": shots, "points": points}
    folder.write_settings(settings, info)
    figure = draw_switching(folder.path / FIGURE_FILE, curve, f"{name}[{cell[0]}, {cell[1]}] of {info.identity}")
    truth = info.blocks[name]
    report: dict[str, Any] = {
        "chip": url,
        "block": name,
        "cell": list(cell),
        **asdict(curve.fit),
        "stated_barrier_kt": truth.barrier_kt,
        "stated_critical_volts": truth.critical_volts,
        "volts": curve.volts.tolist(),
        "shots": curve.shots.tolist(),
        "switched": curve.switched.tolist(),
        "spoilt": curve.spoilt,
        "pulses": curve.tally.pulses,
        "energy_joules": curve.tally.energy_joules,
        "energy_kind": curve.tally.energy_kind,
        "chip_seconds": curve.tally.chip_seconds,
        "wall_seconds": time.monotonic() - began,
        "run": str(folder.path),
        "figure": str(figure),
    }
    folder.write_json("result.json", report)
    if as_json:
        print(json.dumps(report))
    else:
        _summary(console, curve, report)


def first_crossbar(chip: Chip) -> str:
    """Name of the chip's first crossbar.

    Raises:
        Unsupported: it has none.
    """
    for name, block in chip.info.blocks.items():
        if block.kind == "crossbar":
            return name
    raise Unsupported(f"chip {chip.info.name!r} has no crossbar", "a chip with junctions to pulse", "use another chip")


def draw_switching(path: Path, curve: SwitchingCurve, title: str) -> Path:
    """Draw counts with their binomial errors and the fitted law, and save the figure."""
    figure = figures.new_figure(7.2, 4.6)
    axes = figures.quiet(figure.subplots())
    share = curve.switched / curve.shots
    # Wilson's interval at one standard deviation; unlike the plain one it has width where nothing or everything
    # switched.
    centre = (curve.switched + 0.5) / (curve.shots + 1)
    half = np.sqrt(share * (1 - share) * curve.shots + 0.25) / (curve.shots + 1)
    errors = np.abs(np.stack([np.maximum(0, share - (centre - half)), np.maximum(0, centre + half - share)]))
    axes.errorbar(1e3 * curve.volts, share, yerr=errors, fmt="o", color=figures.BLUE, markersize=5, label="measured")
    margin = 0.05 * np.ptp(curve.volts)
    grid = np.linspace(curve.volts[0] - margin, curve.volts[-1] + margin, 300)
    axes.plot(
        1e3 * grid, curve.fit.probability(grid), color=figures.ORANGE, linewidth=2, label="thermal activation, fitted"
    )
    fit = curve.fit
    axes.text(
        0.03,
        0.72,
        f"barrier  $\\Delta$ = {fit.barrier_kt:.1f} $k_BT$   [{fit.barrier_low:.1f}, {fit.barrier_high:.1f}]\n"
        f"critical voltage  $V_c$ = {1e3 * fit.critical_volts:.1f} mV   "
        f"[{1e3 * fit.critical_low:.1f}, {1e3 * fit.critical_high:.1f}]\n"
        f"pulses of {with_prefix(fit.width_seconds, 's')}, attempt time {with_prefix(fit.attempt_seconds, 's')}\n"
        f"goodness of fit: p = {fit.goodness:.2f}",
        transform=axes.transAxes,
        va="top",
        linespacing=1.5,
    )
    axes.set(xlabel="pulse voltage (mV)", ylabel="switching probability", ylim=(-0.04, 1.04), title=title)
    axes.legend(loc="upper left")
    return figures.save(figure, path)


def _summary(console: Console, curve: SwitchingCurve, report: dict[str, Any]) -> None:
    fit = curve.fit
    stated = report["stated_barrier_kt"]
    against = "" if stated is None else f"   (chip states {stated:g})"
    console.print(
        f"barrier          {fit.barrier_kt:8.2f} kT   95 %: {fit.barrier_low:.2f} to {fit.barrier_high:.2f}{against}"
    )
    stated = report["stated_critical_volts"]
    against = "" if stated is None else f"   (chip states {stated:g})"
    console.print(
        f"critical voltage {fit.critical_volts:8.4f} V    95 %: {fit.critical_low:.4f} to {fit.critical_high:.4f}"
        f"{against}"
    )
    console.print(
        f"goodness of fit p = {fit.goodness:.2f}; {int(curve.shots.sum())} shots counted, {curve.spoilt} spoilt; "
        f"{report['pulses']} pulses, {with_prefix(report['energy_joules'], 'J')} ({report['energy_kind']}), "
        f"{report['wall_seconds']:.1f} s"
    )
    console.print(f"figure {report['figure']}", highlight=False)
