"""What `spinloop compare` shows."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from rich.table import Table
from spinloop.lab.procedures.compare import Comparison, compare_chips
from spinloop.lab.units import console_beside, with_prefix
from spinloop.protocols.connect import connect

COLOURS = {"equal": "green", "close": "yellow", "different": "bold red"}


def run_compare(first: str, second: str, false_alarm: float, tolerance: float, samples: int, as_json: bool) -> None:
    """Compare and report; exit status 1 when an observable differs by more than the tolerance."""
    console = console_beside(as_json)
    with connect(first) as one, connect(second) as two, console.status("comparing") as status:
        found = compare_chips(
            one, two, false_alarm, tolerance, samples, lambda what: status.update(f"comparing: {what}")
        )
        names = (one.info.identity, two.info.identity)
    if as_json:
        report = {"first": first, "second": second, "false_alarm": false_alarm, "tolerance": tolerance}
        print(json.dumps({**report, "observables": [asdict(each) for each in found]}))
    else:
        console.print(_table(found, (f"{first} ({names[0]})", f"{second} ({names[1]})")))
        console.print(
            f"{len(found)} tests; equal chips are called equal throughout with probability {1 - false_alarm:g}. "
            f"[yellow]close[/]: a real difference of at most {100 * tolerance:g} %."
        )
    if any(each.verdict == "different" for each in found):
        sys.exit(1)


def _table(found: list[Comparison], names: tuple[str, str]) -> Table:
    table = Table(box=None, title=f"A = {names[0]}\nB = {names[1]}", title_justify="left", title_style="bold")
    table.add_column("observable")
    for heading in ("A", "B", "difference", "p"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    block = ""
    for each in found:
        if each.block != block:
            block = each.block
            table.add_row(f"[bold]{block}[/]")
        probability = "switching" in each.observable or "ones" in each.observable
        change = each.second - each.first
        shown = f"{100 * change:+.2f} pp" if probability else f"{100 * change / (each.first or 1.0):+.2f} %"
        one, two = (
            with_prefix(value, each.unit, 4) if each.unit else f"{value:.4f}" for value in (each.first, each.second)
        )
        table.add_row(
            f"  {each.observable}",
            one,
            two,
            shown,
            f"{each.p_value:.2g}",
            f"[{COLOURS[each.verdict]}]{each.verdict}[/]",
        )
    return table
