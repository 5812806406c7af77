"""A chip's description of itself, as a person reads it in a terminal of 80 columns."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from spinloop.protocols.chip_info import BlockInfo, ChipInfo

_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}


def quantity(value: float, unit: str) -> str:
    """A number a person can read: three digits, an SI prefix, a unit.

    >>> quantity(2e-5, "S"), quantity(1e-08, "s"), quantity(0, "V"), quantity(0.55, "V")
    ('20 uS', '10 ns', '0 V', '550 mV')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {unit}"
    power = min(9, max(-15, 3 * math.floor(math.log10(abs(value)) / 3 + 1e-12)))
    return f"{value / 10.0**power:.3g} {_PREFIXES[power]}{unit}"


def info_view(url: str, chip: ChipInfo) -> Iterator[RenderableType]:
    """What to print for a chip: who it is, its blocks, their limits, its notes."""
    yield Panel(_identity(chip), title=Text(url, style="bold"), title_align="left", border_style="cyan")
    for name, block in chip.blocks.items():
        yield _block(name, block)
    if chip.notes:
        yield Text("Notes", style="bold")
        for note in chip.notes:
            row = Table.grid(padding=(0, 1))
            row.add_row("-", Text(note))
            yield Padding(row, (0, 0, 0, 1))


def _identity(chip: ChipInfo) -> Table:
    grid = _grid()
    grid.add_row("chip", f"{chip.name} ({chip.substrate}, version {chip.version})")
    grid.add_row("identity", chip.identity)
    if chip.operations:
        grid.add_row("takes", ", ".join(chip.operations))
    if chip.clock_hertz is not None:
        grid.add_row("clock", quantity(chip.clock_hertz, "Hz"))
    if chip.seed is not None:
        grid.add_row("seed", str(chip.seed))
    return grid


def _block(name: str, block: BlockInfo) -> Table:
    rows, unit = " x ".join(map(str, block.shape)), "cells" if block.kind == "crossbar" else "neurons"
    table = Table(
        title=Text.assemble((name, "bold"), f"  {block.kind.replace('_', ' ')}, {rows} {unit}"),
        title_justify="left", show_header=False, width=80, border_style="dim", title_style="",
    )  # fmt: skip
    table.add_column(style="cyan", width=10)
    table.add_column(overflow="fold", ratio=1)
    table.add_row("operations", ", ".join(block.operations))
    for label, text in _facts(block):
        table.add_row(label, text)
    return table


def _facts(block: BlockInfo) -> Iterator[tuple[str, str]]:
    limits = block.limits
    if block.low_siemens is not None and block.high_siemens is not None:
        yield "states", f"{quantity(block.low_siemens, 'S')} (low), {quantity(block.high_siemens, 'S')} (high)"
    if block.barrier_kt is not None:
        critical = "" if block.critical_volts is None else f", critical at {quantity(block.critical_volts, 'V')}"
        yield "junctions", f"barrier {block.barrier_kt:g} kT{critical}"
    if limits.max_read_volts:
        default = "" if block.read_volts is None else f"{quantity(block.read_volts, 'V')} unless told otherwise, "
        yield "read", f"{default}{quantity(limits.max_read_volts, 'V')} at most, averaged over up to {limits.max_reads}"
    if block.input_levels is not None:
        yield "inputs", f"{block.input_levels} levels over +-{quantity(limits.max_read_volts, 'V')}"
    if block.amps_per_code is not None:
        yield "outputs", f"{quantity(block.amps_per_code, 'A')} per code"
    if limits.max_write_volts:
        usual = ""
        if block.write_volts is not None and block.write_seconds is not None:
            usual = f"{quantity(block.write_volts, 'V')} for {quantity(block.write_seconds, 's')}, "
        span = f"{quantity(limits.min_pulse_seconds, 's')} to {quantity(limits.max_pulse_seconds, 's')}"
        yield (
            "write",
            f"{usual}{quantity(limits.max_write_volts, 'V')} at most, {span}, {limits.max_count} pulses at most",
        )
    if limits.max_bias_volts:
        span = f"{quantity(limits.min_interval_seconds, 's')} to {quantity(limits.max_interval_seconds, 's')}"
        yield (
            "bias",
            f"{quantity(limits.max_bias_volts, 'V')} at most; a sample every {span}, {limits.max_samples} at most",
        )
    yield "batch", f"{limits.max_batch} vectors in one operation at most"


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan")
    grid.add_column(overflow="fold")
    return grid
