"""What the "SCPI 2400" command set of the Keithley 2450 has in place of its own readings and buffers.

Source: Keithley 2400 user's manual 2400S-900-01, sections 15 and 18. `:READ?` answers volts, amperes, ohms, time and
status; the buffer is fed by `:TRACe:FEED` and reports that it is full in the measurement register.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spinloop.emulator.instruments._reading_buffer import Reading, ReadingBuffer
from spinloop.protocols.scpi import Boolean, Choice, Command, Number, ScpiError, register_commands, setting
from spinloop.protocols.scpi.values import number_text

if TYPE_CHECKING:
    from spinloop.emulator.instruments.keithley2450 import Keithley2450

MAX_POINTS = 2500
BUFFER_FULL = 512
COMPLIANCE_STATUS = 8  # bit 3 of a reading's status word
_ELEMENT = Choice("VOLTage", "CURRent", "RESistance", "TIME", "STATus")


def commands() -> list[Command]:
    """The table of the dialect's own headers."""
    found = [
        *register_commands(":STATus:MEASurement", "measurement"),
        Command(":READ", query=_read),
        Command(":FETCh", query=_fetch),
        Command(":INITiate[:IMMediate]", _initiate),
        setting(":TRIGger:COUNt", Number(1, MAX_POINTS, 1, whole=True), "trigger_count", _settings),
        setting(":TRIGger:DELay", Number(0, 999.9999, 0.0, unit="S"), "trigger_delay", _settings),
        Command(
            ":FORMat:ELEMents", _set_elements, (_ELEMENT,), more=True, query=lambda d: ",".join(d.settings.elements)
        ),
        setting(
            ":TRACe:FEED", Choice("SENSe", "CALCulate", aliases={"SENS1": "SENS", "SENSE1": "SENS"}), "feed", _settings
        ),
        setting(":TRACe:FEED:CONTrol", Choice("NEXT", "NEVer"), "feed_control", _settings),
        Command(":TRACe:CLEar", _clear),
        Command(
            ":TRACe:POINts",
            lambda d, points: d.buffer().resize(points),
            (Number(1, MAX_POINTS, 100, whole=True),),
            query=lambda d: str(d.buffer().points),
        ),
        Command(":TRACe:POINts:ACTual", query=lambda d: str(len(d.buffer().readings))),
        Command(":TRACe:DATA", query=_data),
        Command("[:SENSe[1]]:FUNCtion:CONCurrent", lambda *_: None, (Boolean(),), query=lambda _: "1"),
    ]
    for kind in ("AVERage", "MAXimum", "MINimum", "STDDev"):
        found.append(Command(f":TRACe:STATistics:{kind}", query=_statistics(kind)))
    for name, long, unit in (("VOLT", "CURRent", "A"), ("CURR", "VOLTage", "V")):
        found += _protection(name, long, unit)
    return found


def _settings(device: Keithley2450) -> Any:
    return device.settings


def _protection(name: str, long: str, unit: str) -> list[Command]:
    def side(device: Keithley2450) -> Any:
        return device.source(name)

    def changed(device: Keithley2450) -> None:
        device.source_changed()

    header = f"[:SENSe[1]]:{long}:PROTection"
    number = Number(1e-9, 1.05, 1.05e-4, unit=unit) if unit == "A" else Number(0.02, 210, 21.0, unit=unit)
    return [
        setting(f"{header}[:LEVel]", number, "limit", side, changed),
        Command(f"{header}:TRIPped", query=lambda d: "1" if d.tripped(name) else "0"),
    ]


def _run(device: Keithley2450) -> list[Reading]:
    """One pass through the trigger model; the readings enter the buffer if it is being fed."""
    keep = ReadingBuffer(device.settings.trigger_count)
    readings = device.initiate(keep)
    if device.settings.feed_control == "NEXT":
        buffer = device.buffer()
        free = buffer.points - len(buffer.readings)
        buffer.readings.extend(readings[:free])
        if buffer.full:
            device.settings.feed_control = "NEV"
            device.status.registers["measurement"].report(BUFFER_FULL)
            device.status.refresh()
    return readings


def _initiate(device: Keithley2450) -> None:
    _run(device)


def _text(device: Keithley2450, readings: list[Reading]) -> str:
    fields: dict[str, Callable[[Reading], float]] = {
        "VOLT": lambda r: r.volts,
        "CURR": lambda r: r.amps,
        "RES": lambda r: r.ohms,
        "TIME": lambda r: r.seconds,
        "STAT": lambda r: float(COMPLIANCE_STATUS if r.limited else 0),
    }
    return ",".join(number_text(fields[name](r), "+.6E") for r in readings for name in device.settings.elements)


def _read(device: Keithley2450) -> str:
    if not device.settings.output:
        raise ScpiError(803, text="Not permitted with OUTPUT off")
    return _text(device, _run(device))


def _fetch(device: Keithley2450) -> str:
    readings = device.buffer().readings
    if not readings:
        raise ScpiError(-230, "no reading was taken")
    return _text(device, [readings[-1]])


def _data(device: Keithley2450) -> str:
    readings = list(device.buffer().readings)
    if not readings:
        raise ScpiError(-230, "the buffer is empty")
    return _text(device, readings)


def _clear(device: Keithley2450) -> None:
    device.buffer().readings.clear()


def _set_elements(device: Keithley2450, *names: str) -> None:
    device.settings.elements = tuple(name for name in ("VOLT", "CURR", "RES", "TIME", "STAT") if name in names)


def _statistics(kind: str) -> Any:
    short = {"AVERage": "AVER", "MAXimum": "MAX", "MINimum": "MIN", "STDDev": "STDD"}[kind]

    def query(device: Keithley2450) -> str:
        buffer = device.buffer()
        rows = [(r.volts, r.amps, r.ohms) for r in buffer.readings]
        columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
        return ",".join(number_text(buffer.statistics(short, column), "+.6E") for column in columns)

    return query
