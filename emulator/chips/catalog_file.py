"""The schema of a catalog chip: what a `catalog/*.toml` must and may say."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import msgspec
from spinloop.protocols.errors import BadFile, UnknownChip

CATALOG = Path(__file__).parent / "catalog"

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
Size = Annotated[int, msgspec.Meta(ge=1, le=4096)]


class CrossbarEntry(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="crossbar"
):
    """A crossbar of binary junctions; the names are those of `JunctionLaw`, `Crossbar` and `Limits`."""

    rows: Size
    cols: Size
    parallel_ohms: Positive
    tmr: Positive
    tmr_half_volts: Positive
    barrier_kt: Positive
    critical_volts: Positive
    attempt_seconds: Positive
    conductance_spread: NotNegative
    tmr_spread: NotNegative
    barrier_spread: NotNegative
    critical_spread: NotNegative
    stuck_fraction: Fraction
    wire_ohms: NotNegative
    read_noise: NotNegative
    read_seconds: Positive
    read_volts: Positive
    max_read_volts: Positive
    write_volts: Positive
    write_seconds: Positive
    max_write_volts: Positive
    min_pulse_seconds: Positive
    max_pulse_seconds: Positive


class NeuronEntry(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="stochastic_neurons"
):
    """An array of stochastic neurons; the names are those of `NeuronLaw` and `Limits`."""

    neurons: Size
    barrier_kt: Positive
    critical_volts: Positive
    attempt_hertz: Positive
    exponent: Positive
    barrier_spread: NotNegative
    offset_spread_volts: NotNegative
    junction_ohms: Positive
    max_bias_volts: Positive
    min_interval_seconds: Positive
    max_interval_seconds: Positive


class ChipEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A chip: a name, a sentence about it, and its blocks."""

    name: str
    about: str
    blocks: dict[str, CrossbarEntry | NeuronEntry]
    notes: tuple[str, ...] = ()


def catalog_names() -> list[str]:
    """Every chip of the catalog, sorted."""
    return sorted(path.stem for path in CATALOG.glob("*.toml"))


def load_entry(name: str) -> ChipEntry:
    """Read one chip of the catalog.

    Raises:
        UnknownChip: there is none of this name.
        BadFile: its file has an unknown key, lacks one, or holds a value out of range.
    """
    if name not in catalog_names():
        raise UnknownChip(
            f"the emulated chip {name!r}",
            f"the catalog holds {', '.join(catalog_names())}",
            "use one of these",
            name=name,
        )
    return parse_entry((CATALOG / f"{name}.toml").read_bytes(), f"{name}.toml")


def parse_entry(text: bytes, where: str) -> ChipEntry:
    """Check the text of a chip's file against the schema; `where` names it in errors."""
    try:
        entry = msgspec.toml.decode(text, type=ChipEntry)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadFile(
            f"the chip file {where}: {error}", "the keys of the catalog's other chips", "correct this entry"
        ) from error
    for block, values in entry.blocks.items():
        for field in values.__struct_fields__:
            value = getattr(values, field)
            if isinstance(value, float) and not math.isfinite(value):
                raise BadFile(
                    f"the chip file {where}: blocks.{block}.{field} = {value}", "a finite number", "correct it"
                )
    return entry
