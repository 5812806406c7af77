"""Parameter sets of devices: one file each in `catalog/`, every number with its source or marked as an assumption."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from spinloop.emulator.devices._law import Law
from spinloop.emulator.devices.compound_synapse import CompoundSynapseLaw
from spinloop.emulator.devices.domain_wall_devices import WallStripLaw
from spinloop.emulator.devices.junction_sets import BinaryJunctionLaw, TelegraphJunctionLaw
from spinloop.emulator.devices.lif_neurons import LifLaw
from spinloop.emulator.devices.oscillators import OscillatorSetLaw
from spinloop.emulator.devices.series_chain import SeriesChainLaw
from spinloop.emulator.devices.skyrmion_devices import SkyrmionNeuronLaw, SkyrmionSynapseLaw
from spinloop.emulator.devices.sot_mtj import SotJunctionLaw
from spinloop.emulator.devices.sot_synapse import GrainSynapseLaw
from spinloop.emulator.devices.spin_diodes import SpinDiodeLaw
from spinloop.emulator.devices.vcma_mtj import VcmaJunctionLaw
from spinloop.protocols.errors import BadFile, BadParameter, NotFinite

CATALOG = Path(__file__).parent / "catalog"

KINDS: dict[str, type[Law]] = {
    "binary_junction": BinaryJunctionLaw,
    "telegraph_junction": TelegraphJunctionLaw,
    "compound_synapse": CompoundSynapseLaw,
    "series_chain": SeriesChainLaw,
    "wall_strip": WallStripLaw,
    "skyrmion_synapse": SkyrmionSynapseLaw,
    "skyrmion_neuron": SkyrmionNeuronLaw,
    "grain_synapse": GrainSynapseLaw,
    "oscillator": OscillatorSetLaw,
    "spin_diode": SpinDiodeLaw,
    "lif_neuron": LifLaw,
    "sot_junction": SotJunctionLaw,
    "vcma_junction": VcmaJunctionLaw,
}
"""Which law a file of each kind holds."""

ASSUMPTION = "assumption"
"""A source that starts with this word says that the value was chosen, and why."""


@dataclass(frozen=True)
class DeviceEntry:
    """One parameter set.

    Attributes:
        name: of the file.
        kind: a key of `KINDS`.
        about: a sentence about the device.
        law: its parameters.
        sources: where each value comes from.
    """

    name: str
    kind: str
    about: str
    law: Law
    sources: dict[str, str]

    @property
    def assumptions(self) -> list[str]:
        """Parameters that were chosen and not taken from a source."""
        return sorted(name for name, source in self.sources.items() if source.startswith(ASSUMPTION))


def device_names() -> list[str]:
    """Every parameter set of the catalog, sorted."""
    return sorted(path.stem for path in CATALOG.glob("*.toml"))


def load_device(name: str) -> DeviceEntry:
    """Read one parameter set.

    Raises:
        BadFile: there is none of this name, or its file cannot be used.

    Example:
        >>> entry = load_device("compound_synapse")
        >>> entry.kind, entry.law.junctions
        ('compound_synapse', 9)
    """
    if name not in device_names():
        raise BadFile(f"the device {name!r}", f"the catalog holds {', '.join(device_names())}", "use one of these")
    return parse_device((CATALOG / f"{name}.toml").read_text(encoding="utf-8"), name)


def parse_device(text: str, name: str) -> DeviceEntry:
    """Check the text of a device's file: each parameter is a table with `value`, `unit` and `source`, and no other key.

    Raises:
        BadFile: no TOML, a key unknown or missing, another unit, or a value out of range.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"{name}.toml: {error}", "TOML", "correct this line") from error
    _keys(f"{name}.toml", table, {"kind", "about", "parameters"})
    kind, about, parameters = table["kind"], table["about"], table["parameters"]
    if kind not in KINDS or not isinstance(about, str) or not isinstance(parameters, dict):
        raise BadFile(f"{name}.toml: kind = {kind!r}", f"one of {', '.join(KINDS)}", "correct kind, about, parameters")
    law = KINDS[kind]
    _keys(f"{name}.toml: [parameters]", parameters, {each.name for each in fields(law)})
    values, sources = {}, {}
    for each in fields(law):
        place = f"{name}.toml: {each.name}"
        values[each.name], sources[each.name] = _parameter(place, parameters[each.name], each.metadata["unit"])
        if each.metadata["whole"] and isinstance(values[each.name], float):
            raise BadFile(f"{place} = {values[each.name]}", "a whole number", "write it without a point")
    try:
        return DeviceEntry(name, kind, about, law(**values), sources)
    except (BadParameter, NotFinite) as error:
        raise BadFile(f"{name}.toml: {error.asked}", error.allowed, "correct this parameter") from error


def _parameter(place: str, entry: Any, unit: str) -> tuple[float, str]:
    if not isinstance(entry, dict):
        raise BadFile(f"{place} = {entry!r}", "a table with value, unit and source", "write all three")
    _keys(place, entry, {"value", "unit", "source"})
    value, source = entry["value"], entry["source"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadFile(f"{place}: value = {value!r}", "a number", "correct it")
    if entry["unit"] != unit:
        raise BadFile(f"{place}: unit = {entry['unit']!r}", f"{unit!r}", "convert the value")
    if not isinstance(source, str) or not source.strip():
        raise BadFile(
            f"{place}: source = {source!r}", f"a reference, or '{ASSUMPTION}: ...'", "say where it comes from"
        )
    return value, source


def _keys(place: str, table: dict[str, Any], wanted: set[str]) -> None:
    strange, missing = sorted(set(table) - wanted), sorted(wanted - set(table))
    if strange:
        raise BadFile(
            f"{place} has the unknown key {strange[0]!r}", f"the keys {', '.join(sorted(wanted))}", "remove it"
        )
    if missing:
        raise BadFile(f"{place} lacks the key {missing[0]!r}", f"the keys {', '.join(sorted(wanted))}", "add it")
