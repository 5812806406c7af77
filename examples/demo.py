"""The tour: one junction measured on an emulated bench, then one classifier trained on three kinds of chip.

Every step is a command that you could have typed; each is printed before it runs.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from typing import Any

from rich.console import Console
from rich.table import Table

import spinloop

SEED = 7
console = Console()


def run(*arguments: str) -> dict[str, Any]:
    """Run one spinloop command and return the object that it prints."""
    console.print(f"[bold]$[/] spinloop {shlex.join(arguments)}", highlight=False)
    command = [sys.executable, "-m", "spinloop", *arguments, "--json"]
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own command
    if process.returncode:
        sys.exit(process.returncode)
    result: dict[str, Any] = json.loads(process.stdout)
    return result


def train(url: str) -> dict[str, Any]:
    """Train digits on the chip at a URL."""
    result = run("train", "digits", "--chip", url, "--seed", str(SEED))
    console.print(f"digits: {100 * result['test_accuracy']:.1f} % in {result['wall_seconds']:.0f} s\n")
    return result


def main() -> None:
    """Run the tour and print one table."""
    began = time.monotonic()
    measured = run(
        "measure", "switching", "--chip", "bench:tile16", "--cell", "3", "4", "--shots", "60", "--points", "10"
    )
    console.print(
        f"  barrier {measured['barrier_kt']:.1f} kT, critical voltage {measured['critical_volts']:.3f} V "
        f"in {measured['wall_seconds']:.0f} s\n"
    )
    local = train(f"emulator:tile64?seed={SEED}")
    with spinloop.serve(f"emulator:tile64?seed={SEED}") as served:
        remote = train(served.address)
    rtl = train("rtl:tile64")

    table = Table(title="What was measured and trained", title_justify="left", box=None, pad_edge=False)
    for heading in ("chip", "result", "pulses", "run folder"):
        table.add_column(heading, justify="right" if heading == "pulses" else "left", overflow="fold")
    table.add_row(
        "junction on a bench",
        f"{measured['barrier_kt']:.1f} kT, {measured['critical_volts']:.3f} V",
        str(measured["pulses"]),
        measured["run"],
    )
    for name, result in (("emulator", local), ("the same over ZMQ", remote), ("Verilated RTL", rtl)):
        table.add_row(name, f"digits {100 * result['test_accuracy']:.1f} %", str(result["pulses"]), result["run"])
    console.print(table)
    alike = all(local[key] == remote[key] for key in ("test_accuracy", "train_accuracy", "pulses", "energy_joules"))
    console.print(f"\nin-process and served runs are {'identical' if alike else 'DIFFERENT, which is a fault'}")
    console.print(f"figures: {measured['figure']}, {local['figure']}, {rtl['figure']}", highlight=False)
    console.print(f"{time.monotonic() - began:.0f} s in all")
    if not alike:
        sys.exit(1)


if __name__ == "__main__":
    main()
