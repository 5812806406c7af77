"""The file that describes a bench: instruments and their addresses, the chip, and which terminal is wired to which.

    [bench]
    seed = 1

    [instruments.smu]
    model = "keithley2450"
    address = "USB0::0x05E6::0x2450::04400001::INSTR"

    [chip]
    name = "tile16"
    block = "weights"

    [[wires]]
    ends = ["smu.hi", "matrix.slot1.row1", "matrix.slot2.row1"]

    [[wires]]
    ends = ["matrix.slot1.column[1-16]", "chip.word[0-15]"]
    ohms = 0.5

An instrument may have several addresses (a list). An end is `instrument.terminal`, `chip.wordN`, `chip.bitN`, `ground`,
or `name.a` and `name.b` of a resistor under `[resistors]` (`name = ohms`). A range in brackets stands for that many
wires, joined one to one. A key that is not listed here is refused.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spinloop.protocols.errors import BadFile

MAX_WIRES = 10_000
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RANGE = re.compile(r"(.*)\[([0-9]{1,4})-([0-9]{1,4})\](.*)")
RESERVED_NAMES = ("chip", "ground")


@dataclass(frozen=True)
class InstrumentEntry:
    """One instrument: model, VISA addresses, and the model's own options, still unchecked."""

    name: str
    model: str
    addresses: tuple[str, ...]
    seed: int | None = None
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ChipEntry:
    """The chip in the socket: its name in the catalog, which block's pads are bonded, and its parameters."""

    name: str
    block: str
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wire:
    """Ends that are one node; with `ohms`, two ends with that resistance between them."""

    ends: tuple[str, ...]
    ohms: float = 0.0


@dataclass(frozen=True)
class BenchFile:
    """A whole bench, checked as far as that is possible without building it."""

    path: str
    seed: int
    instruments: tuple[InstrumentEntry, ...]
    chip: ChipEntry | None
    resistors: dict[str, float]
    wires: tuple[Wire, ...]


def read_bench_file(path: Path) -> BenchFile:
    """Read and check a bench file.

    Raises:
        BadFile: it cannot be read, or a key or value is not allowed; the message names it and what is.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(
            f"the bench file {path} ({error.strerror or error})", "a TOML file that can be read", "check the path"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"the bench file {path}: {error}", "TOML 1.0 in UTF-8", "correct the file") from None
    return parse_bench(content, str(path))


def parse_bench(content: dict[str, Any], path: str) -> BenchFile:
    """Check the content of a bench file.

    Raises:
        BadFile: a key or value is not allowed.
    """
    check = _Checker(path)
    check.keys(content, "", ("bench", "instruments", "chip", "resistors", "wires"))
    bench = check.table(content, "bench", optional=True)
    check.keys(bench, "bench", ("seed", "about"))
    check.text(bench, "bench", "about", default="")
    instruments = tuple(
        _instrument(check, name, check.table(check.table(content, "instruments"), name, "instruments."))
        for name in check.table(content, "instruments")
    )
    check.require(bool(instruments), "instruments", "at least one instrument")
    resistors = check.table(content, "resistors", optional=True)
    ohms = {name: check.positive(resistors, "resistors", name) for name in resistors}
    names = [*(each.name for each in instruments), *resistors]
    for name in names:
        fits = bool(_NAME.fullmatch(name)) and name not in RESERVED_NAMES and names.count(name) == 1
        check.require(fits, f"the name {name!r}", "a lower-case word, used once, and neither chip nor ground")
    wires = content.get("wires", [])
    check.require(isinstance(wires, list), "wires", "a list of tables, each headed [[wires]]")
    expanded = tuple(wire for index, entry in enumerate(wires) for wire in _wires(check, index, entry))
    check.require(len(expanded) <= MAX_WIRES, "wires", f"at most {MAX_WIRES} wires")
    return BenchFile(
        path=path,
        seed=check.whole(bench, "bench", "seed", default=0),
        instruments=instruments,
        chip=_chip(check, check.table(content, "chip")) if "chip" in content else None,
        resistors=ohms,
        wires=expanded,
    )


class _Checker:
    """Refusals that name the file, the key and what is allowed."""

    def __init__(self, path: str) -> None:
        self._path = path

    def require(self, fits: bool, what: str, allowed: str) -> None:
        if not fits:
            raise BadFile(f"{self._path}: {what}", allowed, "correct the bench file", key=what)

    def keys(self, table: dict[str, Any], where: str, allowed: tuple[str, ...]) -> None:
        for key in table:
            name = f"{where}.{key}" if where else key
            self.require(key in allowed, f"unknown key {name}", f"allowed keys are {', '.join(allowed)}")

    def table(self, parent: dict[str, Any], key: str, prefix: str = "", optional: bool = False) -> dict[str, Any]:
        if optional and key not in parent:
            return {}
        self.require(key in parent, f"missing key {prefix}{key}", "a table of that name")
        value = parent[key]
        self.require(isinstance(value, dict), f"{prefix}{key}", "a table")
        return dict(value)

    def text(self, table: dict[str, Any], where: str, key: str, default: str | None = None) -> str:
        if key not in table and default is not None:
            return default
        self.require(key in table, f"missing key {where}.{key}", "a string")
        self.require(isinstance(table[key], str), f"{where}.{key} = {table[key]!r}", "a string")
        return str(table[key])

    def texts(self, table: dict[str, Any], where: str, key: str) -> tuple[str, ...]:
        value = table.get(key)
        listed = value if isinstance(value, list) and value else [value]
        fits = all(isinstance(each, str) for each in listed)
        self.require(fits, f"{where}.{key} = {value!r}", "a string, or a list of strings")
        return tuple(str(each) for each in listed)

    def whole(self, table: dict[str, Any], where: str, key: str, default: int) -> int:
        value = table.get(key, default)
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
        self.require(fits, f"{where}.{key} = {value!r}", "a whole number >= 0")
        return int(value)

    def positive(self, table: dict[str, Any], where: str, key: str) -> float:
        value = table[key]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        self.require(number and 0.0 < value < 1e18, f"{where}.{key} = {value!r}", "a number of ohms > 0")
        return float(value)


def _instrument(check: _Checker, name: str, table: dict[str, Any]) -> InstrumentEntry:
    where = f"instruments.{name}"
    return InstrumentEntry(
        name=name,
        model=check.text(table, where, "model"),
        addresses=check.texts(table, where, "address"),
        seed=check.whole(table, where, "seed", 0) if "seed" in table else None,
        options={key: value for key, value in table.items() if key not in ("model", "address", "seed")},
    )


def _chip(check: _Checker, table: dict[str, Any]) -> ChipEntry:
    check.keys(table, "chip", ("name", "block", "parameters"))
    parameters = check.table(table, "parameters", "chip.", optional=True)
    for key, value in parameters.items():
        fits = isinstance(value, str | int | float) and not isinstance(value, bool)
        check.require(fits, f"chip.parameters.{key} = {value!r}", "a number or a string, as in an emulator: URL")
    return ChipEntry(
        name=check.text(table, "chip", "name"),
        block=check.text(table, "chip", "block"),
        parameters={key: str(value) for key, value in parameters.items()},
    )


def _wires(check: _Checker, index: int, entry: Any) -> list[Wire]:
    where = f"wires[{index}]"
    check.require(isinstance(entry, dict), where, "a table with ends")
    check.keys(entry, where, ("ends", "ohms"))
    ends = entry.get("ends")
    fits = isinstance(ends, list) and len(ends) >= 2 and all(isinstance(end, str) for end in ends)
    check.require(fits, f"{where}.ends = {ends!r}", "a list of two or more terminals")
    ohms = check.positive(entry, where, "ohms") if "ohms" in entry else 0.0
    check.require(not ohms or len(entry["ends"]) == 2, f"{where}.ohms", "only on a wire with two ends")
    columns = [_expand(check, where, end) for end in entry["ends"]]
    longest = max(len(column) for column in columns)
    for end, column in zip(entry["ends"], columns, strict=True):
        check.require(len(column) == longest, f"{where}: {end}", f"{longest} terminals, as many as the other ends")
    return [Wire(tuple(row), ohms) for row in zip(*columns, strict=True)]


def _expand(check: _Checker, where: str, end: str) -> list[str]:
    found = _RANGE.fullmatch(end)
    if found is None:
        return [end]
    head, first, last, tail = found.groups()
    check.require(int(first) <= int(last), f"{where}: {end}", "a range that counts up")
    return [f"{head}{number}{tail}" for number in range(int(first), int(last) + 1)]
