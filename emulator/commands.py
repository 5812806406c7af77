"""The command of the emulator: physics. Only click is imported at the top; see `spinloop.cli`."""

from __future__ import annotations

from typing import Any

import click
from spinloop.emulator.law_figures import FIGURES

EVERYTHING = "all"


def _table_of_names() -> str:
    width = max(map(len, FIGURES))
    return "\b\nNames:\n" + "\n".join(f"  {name:<{width}}  {short}" for name, (short, _) in FIGURES.items())


@click.command(epilog=_table_of_names())
@click.argument("name", metavar="NAME", type=click.Choice([*FIGURES, EVERYTHING]))
@click.option("--out", default=".", show_default=True, metavar="FOLDER", help="Where NAME.png goes; made if missing.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of all chance in the simulation.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end, nothing else.")
def physics(name: str, **options: Any) -> None:
    """Draw a law of device physics beside the simulation that confirms it.

    Prints how far they are apart, and ends with exit status 1 if that is more than chance allows.

    \b
    Examples:
      spinloop physics switching
      spinloop physics all --out docs/physics
    """
    from spinloop.emulator.law_figures.command import run_physics

    agrees = run_physics([*FIGURES] if name == EVERYTHING else [name], many=name == EVERYTHING, **options)
    if not agrees:
        raise click.exceptions.Exit(1)
