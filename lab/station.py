"""The station file: which instruments stand on the bench, what the chip is, and how it is wired to the matrix.

Everything in it is checked before any instrument is spoken to. Keys that are not known are refused, so that a typing
error never leaves a limit at its default.
"""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
from spinloop.protocols.errors import BadFile
from spinloop.protocols.limits import Limits

SHORTEST_PULSE_SECONDS = 1.5e-9  # narrowest pulse of the 81160A (data sheet; pymeasure's range)
PULSER_MAX_VOLTS = 4.9  # levels that pymeasure's driver takes go from -5 to 4.95 V
TERMINALS = ("front", "rear")
MODELS = {"smu": "keithley2450", "pulser": "keysight81160a", "matrix": "keithley3706a"}

Positive = Annotated[float, msgspec.Meta(gt=0)]
NonEmpty = Annotated[str, msgspec.Meta(min_length=1)]
# pymeasure's range for the 2450's NPLC; values outside reach the instrument only as an error.
PowerLineCycles = Annotated[float, msgspec.Meta(ge=0.01, le=10)]
Lines = Annotated[int, msgspec.Meta(ge=1, le=1024)]


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument.

    Attributes:
        model: the driver: `keithley2450`, `keysight81160a` or `keithley3706a`.
        address: its VISA address.
        idn: regular expression that its answer to `*IDN?` must begin with.
    """

    model: NonEmpty
    address: NonEmpty
    idn: NonEmpty


class SourceMeter(Instrument, frozen=True, kw_only=True):
    """The source meter.

    Attributes:
        terminals: which of its terminals are wired to the matrix, `front` or `rear`.
    """

    terminals: str = "front"


class Pulser(Instrument, frozen=True, kw_only=True):
    """The pulse generator.

    Attributes:
        channel: which of its outputs is wired to the matrix.
    """

    channel: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1


class Instruments(msgspec.Struct, frozen=True, kw_only=True):
    """The three instruments of a station."""

    smu: SourceMeter
    pulser: Pulser
    matrix: Instrument


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """Matrix channels, one for each line in order, as channels and ranges: `"1101:1108,1110"`.

    Attributes:
        word_lines_to_smu_high: connects word line i to the source meter's HI.
        word_lines_to_pulser: connects word line i to the pulse generator's output.
        bit_lines_to_smu_low: connects bit line j to the source meter's LO, the common ground of the station.
    """

    word_lines_to_smu_high: NonEmpty
    word_lines_to_pulser: NonEmpty
    bit_lines_to_smu_low: NonEmpty


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """How currents are measured.

    Attributes:
        nplc: integration time of the source meter in power line cycles.
        line_hertz: the mains where the bench stands.
        current_headroom: compliance, as a multiple of what the connected cells would draw at `high_siemens`.
        max_amps: compliance is never set above this.
    """

    nplc: PowerLineCycles = 1.0
    line_hertz: Annotated[float, msgspec.Meta(ge=45, le=440)] = 50.0
    current_headroom: Annotated[float, msgspec.Meta(ge=1.2, le=100)] = 2.0
    max_amps: Annotated[float, msgspec.Meta(gt=0, le=1.0)] = 1e-3


class ChipEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The chip in the socket; fields as in `BlockInfo`.

    Attributes:
        name: what kind of chip.
        identity: which one.
        rows: word lines that are wired.
        cols: bit lines that are wired.
        low_siemens: nominal conductance of the antiparallel state.
        high_siemens: nominal conductance of the parallel state.
        read_volts: voltage of `Read` unless told otherwise.
        write_volts: magnitude of the pulses of `Program`.
        write_seconds: their width.
        limits: what the guard enforces.
        routing: how it is wired.
        measurement: how currents are measured.
        barrier_kt: nominal barrier, where known.
        critical_volts: nominal critical voltage, where known.
    """

    name: NonEmpty
    identity: NonEmpty
    rows: Lines
    cols: Lines
    low_siemens: Positive
    high_siemens: Positive
    read_volts: Positive
    write_volts: Positive
    write_seconds: Positive
    limits: Limits
    routing: Routing
    measurement: Measurement = Measurement()
    barrier_kt: Positive | None = None
    critical_volts: Positive | None = None


class Station(msgspec.Struct, frozen=True, kw_only=True):
    """A bench.

    Attributes:
        instruments: what stands on it.
        chip: what it measures.
        visa_library: what PyVISA is to load: "" for the system's VISA (or `PYVISA_LIBRARY`), "@py", a path, or
            "NAME@spinloop" for an emulated bench.
        deadline_seconds: how long an instrument may take to answer.
    """

    instruments: Instruments
    chip: ChipEntry
    visa_library: str = ""
    deadline_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 5.0


class Wiring(msgspec.Struct, frozen=True):
    """The routing, spelled out: one channel for each line.

    Attributes:
        word_high: word line to the source meter's HI.
        word_pulse: word line to the pulse generator.
        bit_low: bit line to common ground.
    """

    word_high: tuple[str, ...]
    word_pulse: tuple[str, ...]
    bit_low: tuple[str, ...]


def load_station(path: Path) -> Station:
    """Read and check a station file.

    Raises:
        BadFile: it cannot be read, or has an unknown key, a missing key, or a value out of range.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"the station file {path}: {error.strerror}", "a readable TOML file", "check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"the station file {path}: {error}", "TOML 1.0", "correct this line", file=str(path)) from error
    _check_keys(data, Station, path, "")
    _check_finite(data, path, "")
    try:
        station = msgspec.convert(data, Station)
    except msgspec.ValidationError as error:
        raise BadFile(f"the station file {path}: {error}", "the value's own range", "correct it") from error
    _check_instruments(station.instruments, path)
    _check_chip(station.chip, path)
    wiring_of(station.chip, path)
    return msgspec.structs.replace(station, visa_library=_resolved(station.visa_library, path.parent))


def wiring_of(chip: ChipEntry, path: Path | str = "") -> Wiring:
    """Spell out the routing of a chip.

    Raises:
        BadFile: a list is malformed, has not one channel for each line, or shares a channel with another line.
    """
    routing = chip.routing
    wiring = Wiring(
        _channels(routing.word_lines_to_smu_high, chip.rows, "word_lines_to_smu_high", path),
        _channels(routing.word_lines_to_pulser, chip.rows, "word_lines_to_pulser", path),
        _channels(routing.bit_lines_to_smu_low, chip.cols, "bit_lines_to_smu_low", path),
    )
    every = wiring.word_high + wiring.word_pulse + wiring.bit_low
    twice = sorted({channel for channel in every if every.count(channel) > 1})
    if twice:
        raise BadFile(
            f"the station file {path}: chip.routing uses the channels {', '.join(twice)} twice",
            "each matrix channel for one line and one bus",
            "correct the routing",
        )
    return wiring


def _channels(text: str, count: int, key: str, path: Path | str) -> tuple[str, ...]:
    found: list[str] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([1-6][1-9]\d{2})(?::([1-6][1-9]\d{2}))?\s*", part)
        first, last = (match[1], match[2] or match[1]) if match else ("", "")
        if not match or first[:2] != last[:2] or first > last:
            raise BadFile(
                f"the station file {path}: chip.routing.{key} has {part!r}",
                "channels SRCC and ranges SRCC:SRCC within one slot and row",
                'write for example "1101:1116"',
                key=key,
            )
        found += [str(number) for number in range(int(first), int(last) + 1)]
    if len(found) != count:
        raise BadFile(
            f"the station file {path}: chip.routing.{key} names {len(found)} channels",
            f"one for each of the {count} lines",
            "correct the list, or chip.rows and chip.cols",
            key=key,
        )
    return tuple(found)


def _check_keys(data: Any, kind: type[msgspec.Struct], path: Path, where: str) -> None:
    if not isinstance(data, dict):
        raise BadFile(f"the station file {path}: {where} = {data!r}", "a table", f"write [{where}]", key=where)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    allowed = f"allowed in [{where}] are {', '.join(fields)}" if where else f"allowed are {', '.join(fields)}"
    dot = f"{where}." if where else ""
    for key in data:
        if key not in fields:
            raise BadFile(f"the station file {path}: unknown key {dot}{key}", allowed, "correct or remove it", key=key)
    for key, field in fields.items():
        if key not in data and field.required:
            raise BadFile(f"the station file {path}: missing key {dot}{key}", allowed, "add it", key=key)
        if key in data and isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            _check_keys(data[key], field.type, path, f"{dot}{key}")


def _check_finite(data: dict[str, Any], path: Path, where: str) -> None:
    for key, value in data.items():
        if isinstance(value, dict):
            _check_finite(value, path, f"{where}{key}.")
        elif isinstance(value, float) and not math.isfinite(value):
            raise BadFile(f"the station file {path}: {where}{key} = {value}", "a finite number", "correct it", key=key)


def _check_instruments(instruments: Instruments, path: Path) -> None:
    for role, model in MODELS.items():
        entry: Instrument = getattr(instruments, role)
        if entry.model != model:
            raise _out_of_range(path, f"instruments.{role}.model = {entry.model!r}", repr(model))
        try:
            re.compile(entry.idn)
        except re.error as error:
            raise _out_of_range(path, f"instruments.{role}.idn: {error}", "a regular expression") from error
    terminals = instruments.smu.terminals
    if terminals not in TERMINALS:
        raise _out_of_range(path, f"instruments.smu.terminals = {terminals!r}", " or ".join(TERMINALS))
    if len({getattr(instruments, role).address for role in MODELS}) < len(MODELS):
        raise _out_of_range(path, "two instruments at one address", "an address for each")


def _check_chip(chip: ChipEntry, path: Path) -> None:
    limits = chip.limits
    rules = (
        ("chip.low_siemens < chip.high_siemens", chip.low_siemens < chip.high_siemens),
        ("chip.read_volts <= chip.limits.max_read_volts", chip.read_volts <= limits.max_read_volts),
        ("chip.write_volts <= chip.limits.max_write_volts", chip.write_volts <= limits.max_write_volts),
        ("chip.limits.max_read_volts < chip.limits.max_write_volts", limits.max_read_volts < limits.max_write_volts),
        (f"chip.limits.max_write_volts <= {PULSER_MAX_VOLTS}", limits.max_write_volts <= PULSER_MAX_VOLTS),
        (
            f"{SHORTEST_PULSE_SECONDS} <= chip.limits.min_pulse_seconds <= chip.write_seconds"
            " <= chip.limits.max_pulse_seconds",
            SHORTEST_PULSE_SECONDS <= limits.min_pulse_seconds <= chip.write_seconds <= limits.max_pulse_seconds,
        ),
        (
            "chip.limits.max_count, max_batch and max_reads >= 1",
            min(limits.max_count, limits.max_batch, limits.max_reads) >= 1,
        ),
    )
    for rule, holds in rules:
        if not holds:
            raise _out_of_range(path, f"not {rule}", rule)


def _out_of_range(path: Path, what: str, allowed: str) -> BadFile:
    return BadFile(f"the station file {path}: {what}", allowed, "correct it", file=str(path))


def _resolved(visa_library: str, folder: Path) -> str:
    """Make a relative path before the `@` relative to the station file; names and empty strings stay as they are."""
    front, at, backend = visa_library.rpartition("@") if "@" in visa_library else (visa_library, "", "")
    is_path = bool(front) and ("/" in front or "\\" in front or Path(front).suffix != "")
    return f"{folder / front}{at}{backend}" if is_path else visa_library
