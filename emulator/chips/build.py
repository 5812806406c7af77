"""From a catalog entry and the parameters of a URL to an emulated chip."""

from __future__ import annotations

import math
from dataclasses import fields

import msgspec
from spinloop.emulator.arrays.crossbar import Crossbar
from spinloop.emulator.arrays.neuron_array import NeuronArray
from spinloop.emulator.chips.catalog_file import ChipEntry, CrossbarEntry, NeuronEntry, load_entry
from spinloop.emulator.chips.emulated_chip import EmulatedBlock, EmulatedChip
from spinloop.emulator.clock import VirtualClock
from spinloop.emulator.devices.junctions import JunctionLaw, Junctions
from spinloop.emulator.devices.telegraph_neurons import NeuronLaw, TelegraphNeurons
from spinloop.protocols.chip_info import BlockInfo
from spinloop.protocols.errors import BadUrl
from spinloop.protocols.limits import Limits

SPREADS = (
    "conductance_spread",
    "tmr_spread",
    "barrier_spread",
    "critical_spread",
    "offset_spread_volts",
)
OVERRIDES = (*SPREADS, "stuck_fraction", "wire_ohms", "read_noise")
PARAMETERS = ("seed", "spread", *OVERRIDES)


def open_emulator(rest: str, parameters: dict[str, str]) -> EmulatedChip:
    """Open `emulator:NAME?seed=7&conductance_spread=0.1`; the entry point of the scheme `emulator`.

    Raises:
        UnknownChip: the catalog has no chip of this name.
        BadUrl: a parameter is unknown or out of range.
    """
    return build_chip(rest, parameters)


def build_chip(name: str, parameters: dict[str, str], clock: VirtualClock | None = None) -> EmulatedChip:
    """Build a chip of the catalog.

    Args:
        name: in the catalog.
        parameters: `seed` (default 0), `spread` (multiplies every spread; 0 makes all devices nominal), and any of
            `OVERRIDES`, which replace the value in every block that has it.
        clock: the clock to share with a bench.

    Raises:
        UnknownChip: the catalog has no chip of this name.
        BadUrl: a parameter is unknown or out of range.
    """
    unknown = sorted(set(parameters) - set(PARAMETERS))
    if unknown:
        raise BadUrl(
            f"the parameter {unknown[0]!r} of an emulated chip", f"one of {', '.join(PARAMETERS)}", "correct the URL"
        )
    entry = _overridden(load_entry(name), parameters)
    seed = _seed(parameters.get("seed", "0"))
    changes = "&".join(f"{key}={parameters[key]}" for key in sorted(parameters) if key != "seed")
    identity = f"{name}?seed={seed}" + (f"&{changes}" if changes else "")
    blocks = {block: _build_block(block, values, seed) for block, values in entry.blocks.items()}
    return EmulatedChip(entry.name, identity, seed, blocks, (entry.about, *entry.notes), clock)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise BadUrl(f"seed={text}", "a whole number >= 0", "correct the URL")
    return int(text)


def _overridden(entry: ChipEntry, parameters: dict[str, str]) -> ChipEntry:
    scale = _number("spread", parameters["spread"]) if "spread" in parameters else 1.0
    values = {key: _number(key, text) for key, text in parameters.items() if key in OVERRIDES}
    for key, value in values.items():
        if key == "stuck_fraction" and value > 1.0:
            raise BadUrl(f"stuck_fraction={value:g}", "0 to 1", "correct the URL")
        if not any(hasattr(block, key) for block in entry.blocks.values()):
            raise BadUrl(
                f"the parameter {key!r} of {entry.name!r}", "one that a block of this chip has", "leave it out"
            )
    blocks = {}
    for name, block in entry.blocks.items():
        new = {key: scale * getattr(block, key) for key in SPREADS if hasattr(block, key)}
        new.update({key: value for key, value in values.items() if hasattr(block, key)})
        blocks[name] = msgspec.structs.replace(block, **new)
    return msgspec.structs.replace(entry, blocks=blocks)


def _number(key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0.0):
        raise BadUrl(f"{key}={text}", "a finite number >= 0", "correct the URL")
    return value


def _build_block(name: str, entry: CrossbarEntry | NeuronEntry, seed: int) -> EmulatedBlock:
    return _build_crossbar(name, entry, seed) if isinstance(entry, CrossbarEntry) else _build_neurons(name, entry, seed)


def _build_crossbar(name: str, entry: CrossbarEntry, seed: int) -> Crossbar:
    info = BlockInfo(
        kind="crossbar",
        shape=(entry.rows, entry.cols),
        operations=("read", "multiply", "pulse", "program"),
        limits=Limits(
            max_read_volts=entry.max_read_volts,
            max_write_volts=entry.max_write_volts,
            min_pulse_seconds=entry.min_pulse_seconds,
            max_pulse_seconds=entry.max_pulse_seconds,
        ),
        low_siemens=1.0 / entry.parallel_ohms / (1.0 + entry.tmr),
        high_siemens=1.0 / entry.parallel_ohms,
        read_volts=entry.read_volts,
        write_volts=entry.write_volts,
        write_seconds=entry.write_seconds,
        transposable=True,
        barrier_kt=entry.barrier_kt,
        critical_volts=entry.critical_volts,
    )
    law = JunctionLaw(**{field.name: getattr(entry, field.name) for field in fields(JunctionLaw)})
    junctions = Junctions(entry.rows, entry.cols, law, seed, name)
    return Crossbar(info, junctions, entry.wire_ohms, entry.read_noise, entry.read_seconds, seed, name)


def _build_neurons(name: str, entry: NeuronEntry, seed: int) -> NeuronArray:
    info = BlockInfo(
        kind="stochastic_neurons",
        shape=(entry.neurons,),
        operations=("sample",),
        limits=Limits(
            max_bias_volts=entry.max_bias_volts,
            min_interval_seconds=entry.min_interval_seconds,
            max_interval_seconds=entry.max_interval_seconds,
        ),
        barrier_kt=entry.barrier_kt,
        critical_volts=entry.critical_volts,
    )
    law = NeuronLaw(**{field.name: getattr(entry, field.name) for field in fields(NeuronLaw)})
    return NeuronArray(info, TelegraphNeurons(entry.neurons, law, seed, name), name, entry.junction_ohms)
