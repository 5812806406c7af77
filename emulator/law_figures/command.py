"""What `spinloop physics` draws, says and counts as agreement."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from spinloop.emulator.law_figures import FIGURES, draw
from spinloop.emulator.law_figures.agreement import Check

from spinloop import figures


def run_physics(names: list[str], out: str, seed: int, as_json: bool, many: bool) -> bool:
    """Draw figures into a folder, and report.

    Args:
        names: of `FIGURES`.
        out: folder.
        seed: of all chance.
        as_json: whether to print one object instead of a line for each figure.
        many: whether that object is a list of reports, or the only one.

    Returns:
        Whether every simulation agrees with its law.
    """
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    reports = []
    for name in names:
        began = time.monotonic()
        drawn = draw(name, seed)
        figure = figures.save(drawn.figure, folder / f"{name}.png")
        reports.append(_report(name, figure, drawn.checks, time.monotonic() - began))
        if not as_json:
            print(_line(reports[-1]))
    agrees = all(report["agrees"] for report in reports)
    if as_json:
        print(json.dumps({"agrees": agrees, "figures": reports} if many else reports[0]))
    return agrees


def _report(name: str, figure: Path, checks: tuple[Check, ...], seconds: float) -> dict[str, Any]:
    numbers = {
        check.what: {
            f"worst_{check.unit}": check.worst,
            f"allowed_{check.unit}": check.allowed,
            "points": check.points,
            "agrees": check.agrees,
        }
        for check in checks
    }
    return {
        "name": name,
        "shows": FIGURES[name][1],
        "figure": str(figure),
        "agrees": all(check.agrees for check in checks),
        "agreement": numbers,
        "seconds": seconds,
    }


def _line(report: dict[str, Any]) -> str:
    parts = []
    for what, numbers in report["agreement"].items():
        unit = "sigma" if "worst_sigma" in numbers else "percent"
        worst, allowed = numbers[f"worst_{unit}"], numbers[f"allowed_{unit}"]
        shown = f"{worst:.1f} of {allowed:.1f} sigma" if unit == "sigma" else f"{worst:.2g} of {allowed:.2g} %"
        parts.append(f"{what} {shown}" + ("" if numbers["agrees"] else " DISAGREES"))
    return f"{report['figure']}: " + "; ".join(parts)
