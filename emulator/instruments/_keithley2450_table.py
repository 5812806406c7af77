"""The Keithley 2450's own SCPI headers (reference manual 2450-901-01, section 6)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from spinloop.emulator.instruments._keithley2450_ranges import MAX_AMPS, MAX_VOLTS
from spinloop.emulator.instruments._reading_buffer import MAX_BUFFER_POINTS, Reading
from spinloop.protocols.scpi import (
    Boolean,
    Choice,
    Command,
    Number,
    ScpiError,
    String,
    common_commands,
    definite_block,
    setting,
)
from spinloop.protocols.scpi.values import number_text

if TYPE_CHECKING:
    from spinloop.emulator.instruments.keithley2450 import Keithley2450

MAX_LOOP_COUNT = 100_000  # the instrument takes 268 435 455; a script has no use for hours of one command
_LONG = {"VOLT": "VOLTage", "CURR": "CURRent", "RES": "RESistance"}
_MAX = {"VOLT": MAX_VOLTS, "CURR": MAX_AMPS}
_UNIT = {"VOLT": "V", "CURR": "A", "RES": "OHM"}
_ELEMENT = Choice("READing", "SOURce", "RELative", "UNIT", "SOURUNIT", "STATus")
_BUFFER = String(31)
_ON = Boolean()
_SENSED = Choice(
    "VOLTage",
    "CURRent",
    "RESistance",
    aliases={"VOLT:DC": "VOLT", "VOLTAGE:DC": "VOLT", "CURR:DC": "CURR", "CURRENT:DC": "CURR"},
    quoted=True,
)


def commands(with_readings: bool = True) -> list[Command]:
    """The table; without readings and buffers where another dialect defines those."""
    found = [
        *common_commands(),
        *_system(),
        Command(
            ":SOURce[1]:FUNCtion[:MODE]",
            _set_function,
            (Choice("VOLTage", "CURRent"),),
            query=lambda d: d.settings.function,
        ),
        *_limits(),
        Command("[:SENSe[1]]:FUNCtion[:ON]", _set_measured, (_SENSED,), query=_measured),
    ]
    for name in ("VOLT", "CURR"):
        found += _source(name)
    for name in ("VOLT", "CURR", "RES"):
        found += _sense(name)
    if with_readings:
        found += _readings()
    return found


def _set_function(device: Keithley2450, name: str) -> None:
    device.settings.function = name
    device.source_changed()


def _set_measured(device: Keithley2450, name: str) -> None:
    device.settings.measured = name


def _measured(device: Keithley2450) -> str:
    name = device.settings.measured
    return f'"{name}"' if name == "RES" else f'"{name}:DC"'


def _system() -> list[Command]:
    return [
        Command(
            ":OUTPut[1][:STATe]",
            lambda d, on: d.set_output(on),
            (_ON,),
            query=lambda d: _ON.text(d.settings.output),
        ),
        Command(":OUTPut[1]:INTerlock[:STATe]", query=lambda _: "1"),
        setting(":ROUTe:TERMinals", Choice("FRONt", "REAR"), "terminals", _settings),
        Command(":SYSTem:BEEPer[:IMMediate]", _beep, (Number(20, 8000, unit="HZ"), Number(0.001, 100, unit="S"))),
        Command(":SYSTem:LFRequency", query=lambda d: str(int(d.line_hertz))),
        Command(":DISPlay:SCReen", lambda *_: None, (Choice("HOME", "SOURce_swipe", "PROCessing"),)),
        setting(":FORMat[:DATA]", Choice("ASCii", "REAL", "SREal"), "data_format", _settings),
        setting(":FORMat:BORDer", Choice("NORMal", "SWAPped"), "byte_order", _settings),
        Command("*LANG", _set_language, (Choice("SCPI", "SCPI2400"),), query=lambda d: d.language),
        Command(":ABORt", lambda _: None),
    ]


def _settings(device: Keithley2450) -> Any:
    return device.settings


def _beep(device: Keithley2450, hertz: float, seconds: float) -> None:
    device.clock.advance(seconds)


def _set_language(device: Keithley2450, language: str) -> None:
    device.next_language = language  # in force after the mains switch, as the manual says


def _source(name: str) -> list[Command]:
    header = f":SOURce[1]:{_LONG[name]}"
    most, unit = _MAX[name], _UNIT[name]

    def side(device: Keithley2450) -> Any:
        return device.source(name)

    def set_level(device: Keithley2450, level: float) -> None:
        device.set_level(name, level)

    def set_range(device: Keithley2450, value: float) -> None:
        device.set_source_range(name, value)

    def set_delay(device: Keithley2450) -> None:
        device.source(name).delay_auto = False

    return [
        _with_query(f"{header}[:LEVel][:IMMediate][:AMPLitude]", set_level, Number(-most, most, 0.0, unit=unit), side),
        Command(
            f"{header}:RANGe",
            set_range,
            (Number(-most, most, most, unit=unit),),
            query=lambda d: number_text(d.source_range_value(name)),
        ),
        setting(f"{header}:RANGe:AUTO", _ON, "auto", side),
        setting(f"{header}:DELay", Number(0, 9999.999, 0.0, unit="S"), "delay", side, set_delay),
        setting(f"{header}:DELay:AUTO", _ON, "delay_auto", side),
        setting(f"{header}:READ:BACK", _ON, "readback", side),
        setting(f"{header}:HIGH:CAPacitance", _ON, "high_capacitance", side),
        setting(
            f":OUTPut[1]:{_LONG[name]}:SMODe",
            Choice("NORMal", "HIMPedance", "ZERO", "GUARd"),
            "off_state",
            side,
            lambda d: d.clock.advance(0.0),
        ),
    ]


def _with_query(pattern: str, write: Any, number: Number, side: Any) -> Command:
    """A level: set by a function that may refuse, read back as an attribute, with MIN, MAX and DEF."""
    plain = setting(pattern, number, "level", side)
    return Command(pattern, write, (number,), query=plain.query, asks=plain.asks)


def _limits() -> list[Command]:
    def volts(device: Keithley2450) -> Any:
        return device.source("VOLT")

    def amps(device: Keithley2450) -> Any:
        return device.source("CURR")

    def changed(device: Keithley2450) -> None:
        device.source_changed()

    ilimit, vlimit = ":SOURce[1]:VOLTage:ILIMit", ":SOURce[1]:CURRent:VLIMit"
    return [
        setting(f"{ilimit}[:LEVel]", Number(1e-9, MAX_AMPS, 1.05e-4, unit="A"), "limit", volts, changed),
        setting(f"{vlimit}[:LEVel]", Number(0.02, MAX_VOLTS, 21.0, unit="V"), "limit", amps, changed),
        Command(f"{ilimit}[:LEVel]:TRIPped", query=lambda d: _ON.text(d.tripped("VOLT"))),
        Command(f"{vlimit}[:LEVel]:TRIPped", query=lambda d: _ON.text(d.tripped("CURR"))),
    ]


def _sense(name: str) -> list[Command]:
    header = f"[:SENSe[1]]:{_LONG[name]}" + ("" if name == "RES" else "[:DC]")
    most, unit = _MAX.get(name, 210e6), _UNIT[name]

    def side(device: Keithley2450) -> Any:
        return device.sense(name)

    def set_range(device: Keithley2450, value: float) -> None:
        device.set_sense_range(name, value)

    return [
        Command(
            f"{header}:RANGe[:UPPer]",
            set_range,
            (Number(-most, most, most, unit=unit),),
            query=lambda d: number_text(d.sense_range_value(name)),
        ),
        setting(f"{header}:RANGe:AUTO", _ON, "auto", side),
        setting(f"{header}:NPLCycles", Number(0.01, 10, 1.0), "cycles", side),
        setting(f"{header}:AVERage[:STATe]", _ON, "average", side),
        setting(f"{header}:AVERage:COUNt", Number(1, 100, 10, whole=True), "average_count", side),
        setting(f"{header}:AVERage:TCONtrol", Choice("REPeat", "MOVing"), "average_kind", side),
        setting(f"{header}:RSENse", _ON, "four_wire", side),
        setting(f"{header}:AZERo[:STATe]", _ON, "auto_zero", side),
        setting(f"{header}:RELative", Number(-most, most, 0.0, unit=unit), "relative", side),
        setting(f"{header}:RELative:STATe", _ON, "relative_on", side),
    ]


def _readings() -> list[Command]:
    buffered = (_BUFFER, *[_ELEMENT] * 5)
    found = [
        Command(":READ", query=_read, asks=buffered),
        Command(":FETCh", query=_fetch, asks=buffered),
        Command(":INITiate[:IMMediate]", _initiate),
        Command(
            ":TRIGger:LOAD",
            _load_loop,
            (String(31), Number(1, MAX_LOOP_COUNT, whole=True), Number(0, 10_000, unit="S")),
            optional=1,
        ),
        Command(":TRACe:MAKE", _make, (_BUFFER, Number(10, MAX_BUFFER_POINTS, whole=True))),
        Command(":TRACe:DELete", _delete, (_BUFFER,)),
        Command(":TRACe:CLEar", lambda d, *name: d.buffer(*name).readings.clear(), (_BUFFER,), optional=1),
        Command(
            ":TRACe:POINts",
            lambda d, points, *name: d.buffer(*name).resize(points),
            (Number(1, MAX_BUFFER_POINTS, whole=True), _BUFFER),
            optional=1,
            query=lambda d, *name: str(d.buffer(*name).points),
            asks=(_BUFFER,),
        ),
        Command(":TRACe:ACTual", query=lambda d, *name: str(len(d.buffer(*name).readings)), asks=(_BUFFER,)),
        Command(
            ":TRACe:DATA",
            query=_data,
            asks=(Number(1, MAX_BUFFER_POINTS, whole=True), Number(1, MAX_BUFFER_POINTS, whole=True), *buffered),
        ),
    ]
    for name in ("VOLT", "CURR", "RES"):
        found.append(Command(f":MEASure:{_LONG[name]}", query=_measure_query(name), asks=buffered))
    for kind in ("AVERage", "MAXimum", "MINimum", "STDDev", "PK2Pk"):
        found.append(Command(f":TRACe:STATistics:{kind}", query=_statistics(kind), asks=(_BUFFER,)))
    return found


def _initiate(device: Keithley2450) -> None:
    device.initiate(device.buffer())


def _read(device: Keithley2450, buffer: str = "defbuffer1", *elements: str) -> str | bytes:
    return _answer(device, [device.measure_into(device.buffer(buffer))], elements)


def _fetch(device: Keithley2450, buffer: str = "defbuffer1", *elements: str) -> str | bytes:
    readings = device.buffer(buffer).readings
    if not readings:
        raise ScpiError(-230, "the buffer is empty")
    return _answer(device, [readings[-1]], elements)


def _measure_query(name: str) -> Any:
    def query(device: Keithley2450, buffer: str = "defbuffer1", *elements: str) -> str | bytes:
        device.settings.measured = name
        return _read(device, buffer, *elements)

    return query


def _data(device: Keithley2450, *arguments: Any) -> str | bytes:
    if len(arguments) < 2:
        raise ScpiError(-109, "first and last index of the readings")
    first, last, *rest = arguments
    readings = list(device.buffer(*rest[:1]).readings)
    if not 1 <= first <= last <= len(readings):
        raise ScpiError(-222, f"readings {first} to {last} of {len(readings)}")
    return _answer(device, readings[first - 1 : last], tuple(rest[1:]))


def _answer(device: Keithley2450, readings: list[Reading], elements: tuple[str, ...]) -> str | bytes:
    wanted = elements or ("READ",)
    columns = [[_element(device, reading, name) for name in wanted] for reading in readings]
    if device.settings.data_format == "ASC":
        return ",".join(v if isinstance(v, str) else number_text(v) for row in columns for v in row)
    numbers = [v for row in columns for v in row if not isinstance(v, str)]
    order = "<" if device.settings.byte_order == "SWAP" else ">"
    letter = "d" if device.settings.data_format == "REAL" else "f"
    return definite_block(struct.pack(f"{order}{len(numbers)}{letter}", *numbers))


def _element(device: Keithley2450, reading: Reading, name: str) -> float | str:
    if name == "UNIT":
        return {"VOLT": "Volt DC", "CURR": "Amp DC", "RES": "Ohm"}[device.settings.measured]
    if name == "SOURUNIT":
        return {"VOLT": "Volt DC", "CURR": "Amp DC"}[device.settings.function]
    if name == "STAT":
        return float(reading.limited)
    return {"READ": reading.value, "SOUR": reading.source, "REL": reading.seconds}[name]


def _statistics(kind: str) -> Any:
    short = {"AVERage": "AVER", "MAXimum": "MAX", "MINimum": "MIN", "STDDev": "STDD", "PK2Pk": "PKPK"}[kind]

    def query(device: Keithley2450, *name: str) -> str:
        buffer = device.buffer(*name)
        return number_text(buffer.statistics(short, [r.value for r in buffer.readings]))

    return query


def _load_loop(device: Keithley2450, template: str, count: int, delay: float = 0.0) -> None:
    if template.upper() != "SIMPLELOOP":
        raise ScpiError(-224, f"the trigger-model template {template[:31]}; there is SimpleLoop")
    device.settings.trigger_count = count
    device.settings.trigger_delay = delay


def _make(device: Keithley2450, name: str, points: int) -> None:
    device.make_buffer(name, points)


def _delete(device: Keithley2450, name: str) -> None:
    if name in ("defbuffer1", "defbuffer2"):
        raise ScpiError(-221, "the default buffers cannot be deleted")
    device.buffer(name)
    del device.buffers[name]
