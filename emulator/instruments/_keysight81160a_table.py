"""SCPI headers of the Keysight 81160A (user's guide 81150-91020, remote interface operation)."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

from spinloop.protocols.scpi import (
    Block,
    Boolean,
    Choice,
    Command,
    Number,
    ScpiError,
    String,
    common_commands,
    setting,
)
from spinloop.protocols.scpi.values import number_text

if TYPE_CHECKING:
    from spinloop.emulator.instruments.keysight81160a import Channel, Keysight81160A

_SHAPES = Choice("SINusoid", "SQUare", "RAMP", "PULSe", "NOISe", "DC", "USER", aliases={"SIN": "SIN"})
_ARM = Choice("IMMediate", "INTernal2", "EXTernal", "MANual", aliases={"INT": "INT2", "INTERNAL": "INT2", "BUS": "MAN"})
_LEGACY_TRIGGER = Choice("IMMediate", "EXTernal", "BUS")
_UNITS = Choice("VPP", "VRMS", "DBM")
_ON = Boolean()
_FORM = ".12E"  # more digits would show that a frequency is kept as a period
_SWINGS = {"SIN": 2 * math.sqrt(2), "RAMP": 2 * math.sqrt(3)}
MAX_SECONDS = 1e6
MIN_PERIOD_SECONDS, MIN_WIDTH_SECONDS, MIN_EDGE_SECONDS = 3.03e-9, 1.5e-9, 1e-9
EDGE_SHARE = 1.6  # period >= width + 1.6 edges (user's guide, pulse period); edges are 10 % to 90 %
MAX_CYCLES = 2_147_483_647
MAX_WAVEFORM_POINTS = 262_144
_BUILT_IN = ("EXP_RISE", "EXP_FALL", "SINC", "CARDIAC", "HAVERSINE")


def commands() -> list[Command]:
    """The whole table."""
    return [*common_commands(), *_levels(), *_timing(), *_output(), *_trigger(), *_waveforms(), *_apply()]


def _channel(device: Keysight81160A, number: int = 1) -> Channel:
    return device.channel(number)


def _seconds(low: float = 0.0, high: float = MAX_SECONDS, default: float | None = None) -> Number:
    return Number(low, high, default, unit="S", form=_FORM)


def _volts(low: float, high: float) -> Number:
    """Limits given for an open circuit; into a load they shrink with it."""
    return Number(
        lambda d, n=1: low * d.channel(n).shown, lambda d, n=1: high * d.channel(n).shown, unit="V", form=_FORM
    )


def _swing_of(channel: Channel) -> float:
    """Peak-to-peak volts for each volt rms of the present waveform."""
    return _SWINGS.get(channel.function, 2.0)


def _amplitude(device: Keysight81160A, number: int) -> str:
    channel = device.channel(number)
    swing = (channel.high - channel.low) * channel.shown
    if channel.unit == "VPP":
        return number_text(swing, _FORM)
    rms = swing / _swing_of(channel)
    if channel.unit == "VRMS":
        return number_text(rms, _FORM)
    milliwatts = rms**2 / _load(channel) / 1e-3
    return number_text(10 * math.log10(milliwatts) if milliwatts else -math.inf, _FORM)


def _set_amplitude(device: Keysight81160A, number: int, value: float) -> None:
    channel = device.channel(number)
    if channel.unit == "VRMS":
        value *= _swing_of(channel)
    elif channel.unit == "DBM":
        value = math.sqrt(10 ** (value / 10) * 1e-3 * _load(channel)) * _swing_of(channel)
    most, least = 20 * channel.shown, 0.1 * channel.shown
    if not least * (1 - 1e-9) <= value <= most * (1 + 1e-9):
        raise ScpiError(-222, f"{value:g} V peak to peak; {least:g} to {most:g} into this load")
    device.set_swing(number, swing=value)


def _load(channel: Channel) -> float:
    if math.isinf(channel.load_ohms):
        raise ScpiError(-221, "dBm has no meaning without a load")
    return channel.load_ohms


def _levels() -> list[Command]:
    volt = "[:SOURce]:VOLTage[1|2]"
    limits = Number(-10, 10, unit="V", form=_FORM)
    return [
        Command(
            f"{volt}[:LEVel][:IMMediate][:AMPLitude]", _set_amplitude, (Number(-1e3, 1e3, unit="V"),), query=_amplitude
        ),
        setting(f"{volt}:UNIT", _UNITS, "unit", _channel),
        _level(f"{volt}[:LEVel][:IMMediate]:OFFSet", "offset", _volts(-9.99, 9.99)),
        _level(f"{volt}[:LEVel][:IMMediate]:HIGH", "high", _volts(-9.9, 10)),
        _level(f"{volt}[:LEVel][:IMMediate]:LOW", "low", _volts(-10, 9.9)),
        setting(f"{volt}:LIMit:STATe", _ON, "limit_on", _channel, lambda d, n: d.check_limits(n)),
        setting(f"{volt}:LIMit[:LEVel]:HIGH", limits, "limit_high", _channel),
        setting(f"{volt}:LIMit[:LEVel]:LOW", limits, "limit_low", _channel),
    ]


def _level(pattern: str, name: str, number: Number) -> Command:
    def write(device: Keysight81160A, channel: int, volts: float) -> None:
        if name == "offset":
            device.set_swing(channel, offset=volts)
        else:
            device.set_levels(channel, **{name: volts})

    def query(device: Keysight81160A, number_: int) -> str:
        channel = device.channel(number_)
        values = {"high": channel.high, "low": channel.low, "offset": (channel.high + channel.low) / 2}
        return number_text(values[name] * channel.shown, _FORM)

    return Command(pattern, write, (number,), query=query)


def _check(device: Keysight81160A, number: int) -> None:
    device.check_timing(number)


def _set_frequency(device: Keysight81160A, number: int, hertz: float) -> None:
    if device.channel(number).function != "SIN" and hertz > 330e6:
        raise ScpiError(-222, f"{hertz:g} Hz; only a sine reaches beyond 330 MHz")
    device.set_period(number, 1.0 / hertz)


def _set_duty(device: Keysight81160A, number: int, percent: float) -> None:
    channel = device.channel(number)
    channel.width = channel.period * percent / 100
    device.check_timing(number)


def _set_edges(device: Keysight81160A, number: int, seconds: float) -> None:
    channel = device.channel(number)
    channel.leading = channel.trailing = seconds
    device.check_timing(number)


def _timing() -> list[Command]:
    found = [setting("[:SOURce]:PHASe[1|2][:ADJust]", Number(-360, 360, 0, form=_FORM), "phase", _channel)]
    for pattern in ("[:SOURce]:FREQuency[1|2][:CW]", "[:SOURce]:PULSe:FREQuency[1|2]"):
        frequency = Number(1e-6, 500e6, 1e6, unit="HZ", form=_FORM)
        found.append(
            Command(
                pattern, _set_frequency, (frequency,), query=lambda d, n: number_text(1 / d.channel(n).period, _FORM)
            )
        )
    # The same settings also stand under FUNCtion:PULSe, as the 33250A's scripts write them.
    found += _pulse("[:SOURce]:PULSe:{}[1|2]", "[:SOURce]:PULSe:TRANsition[1|2]")
    found += _pulse("[:SOURce]:FUNCtion[1|2]:PULSe:{}", "[:SOURce]:FUNCtion[1|2]:PULSe:TRANsition")
    return found


def _pulse(header: str, edges: str) -> list[Command]:
    width, edge = _seconds(MIN_WIDTH_SECONDS, default=100e-9), _seconds(MIN_EDGE_SECONDS, 1000, 1e-9)
    return [
        Command(
            header.format("PERiod"),
            lambda d, n, seconds: d.set_period(n, seconds),
            (_seconds(MIN_PERIOD_SECONDS, default=1e-6),),
            query=lambda d, n: number_text(d.channel(n).period, _FORM),
        ),
        Command(
            header.format("DCYCle"),
            _set_duty,
            (Number(0.15, 99.99, 10, form=_FORM),),
            query=lambda d, n: number_text(100 * d.channel(n).width / d.channel(n).period, _FORM),
        ),
        setting(header.format("WIDTh"), width, "width", _channel, _check),
        setting(header.format("HOLD"), Choice("WIDTh", "DCYCle"), "hold", _channel),
        Command(f"{edges}[:BOTH]", _set_edges, (edge,), query=lambda d, n: number_text(d.channel(n).leading, _FORM)),
        setting(f"{edges}:TRAiling", edge, "trailing", _channel, _check),
    ]


def _output() -> list[Command]:
    load = Number(0.3, 1e6, 50, unit="OHM", words={"INFinity": math.inf}, form=_FORM)
    polarity = Choice("NORMal", "INVerted")
    return [
        Command(
            "[:SOURce]:FUNCtion[1|2][:SHAPe]",
            _set_shape,
            (_SHAPES,),
            query=lambda d, n: d.channel(n).function,
        ),
        setting(
            "[:SOURce]:FUNCtion[1|2]:SQUare:DCYCle", Number(1e-4, 99.9999, 50, form=_FORM), "square_duty", _channel
        ),
        setting("[:SOURce]:FUNCtion[1|2]:RAMP:SYMMetry", Number(0, 100, 100, form=_FORM), "ramp_symmetry", _channel),
        setting(":OUTPut[1|2][:STATe]", _ON, "output", _channel),
        setting(":OUTPut[1|2]:LOAD", load, "load_ohms", _channel),
        Command(
            ":OUTPut[1|2]:POLarity",
            lambda d, n, word: setattr(d.channel(n), "inverted", word == "INV"),
            (polarity,),
            query=lambda d, n: "INV" if d.channel(n).inverted else "NORM",
        ),
        Command(":OUTPut[1|2]:IMPedance", query=lambda *_: number_text(50.0, _FORM)),
    ]


def _set_shape(device: Keysight81160A, number: int, shape: str) -> None:
    device.set_shape(number, shape)


def _trigger() -> list[Command]:
    def set_count(device: Keysight81160A, number: int, count: int) -> None:
        channel = device.channel(number)
        channel.cycles, channel.burst_on = count, count > 1

    count = Number(1, MAX_CYCLES, 1, whole=True)
    return [
        setting(":ARM[:SEQuence][:STARt]:SOURce[1|2]", _ARM, "arm_source", _channel),
        Command(
            ":TRIGger[1|2]:SOURce",
            lambda d, n, word: setattr(d.channel(n), "arm_source", "MAN" if word == "BUS" else word),
            (_LEGACY_TRIGGER,),
            query=lambda d, n: "BUS" if d.channel(n).arm_source == "MAN" else d.channel(n).arm_source,
        ),
        Command(":TRIGger[1|2]:COUNt", set_count, (count,), query=lambda d, n: str(d.channel(n).cycles)),
        setting("[:SOURce]:BURSt[1|2]:STATe", _ON, "burst_on", _channel),
        setting("[:SOURce]:BURSt[1|2]:MODE", Choice("TRIGgered", "GATed"), "burst_mode", _channel),
        setting("[:SOURce]:BURSt[1|2]:NCYCles", Number(1, MAX_CYCLES, 1, whole=True), "cycles", _channel),
        setting("[:SOURce]:BURSt[1|2]:INTernal:PERiod", _seconds(MIN_PERIOD_SECONDS), "burst_period", _channel),
        setting(":TRACk:CHANnel[1|2]", _ON, "coupled", _channel, _couple),
        Command(":SYSTem:BEEPer[:IMMediate]", lambda _: None),
        Command(":ABORt", lambda _: None),
    ]


def _couple(device: Keysight81160A, number: int) -> None:
    """Coupling copies this channel's settings to the other one."""
    if device.channel(number).coupled:
        from dataclasses import replace

        other = 3 - number
        device.channels[other] = replace(device.channel(number), output=device.channel(other).output)


def _waveforms() -> list[Command]:
    name = String(12, word=True)
    return [
        Command(":DATA[1|2]:DAC", _store_dac, (Choice("VOLATILE"), _DacPoints()), more=True),
        Command(":DATA[1|2]:COPY", _copy, (name, Choice("VOLATILE")), optional=1),
        Command(":DATA[1|2]:DELete[:NAME]", _delete, (name,)),
        Command(":DATA[1|2]:NVOLatile:CATalog", query=_catalog),
        Command(":DATA[1|2]:NVOLatile:FREE", query=lambda d, _: str(_max_waveforms() - len(d.waveforms))),
        setting("[:SOURce]:FUNCtion[1|2]:USER", name, "waveform", _channel),
    ]


class _DacPoints(Block):
    """A block of big-endian 16-bit numbers, or one number of a list of them."""

    def read(self, token: Any, target: Any) -> Any:
        if token.data or token.kind.name == "BLOCK":
            return super().read(token, target)
        return Number(-8191, 8191, whole=True).read(token, target)


def _max_waveforms() -> int:
    from spinloop.emulator.instruments.keysight81160a import MAX_WAVEFORMS

    return MAX_WAVEFORMS


def _store_dac(device: Keysight81160A, number: int, _: str, *points: Any) -> None:
    if len(points) == 1 and isinstance(points[0], bytes):
        data = points[0]
        if len(data) % 2:
            raise ScpiError(-161, "an odd number of bytes; each point takes two")
        numbers = list(struct.unpack(f">{len(data) // 2}h", data))
    elif any(isinstance(point, bytes) for point in points):
        raise ScpiError(-104, "a block among numbers")
    else:
        numbers = list(points)
    if not 1 <= len(numbers) <= MAX_WAVEFORM_POINTS:
        raise ScpiError(-223, f"{len(numbers)} points; 1 to {MAX_WAVEFORM_POINTS}")
    if max(map(abs, numbers)) > 8191:
        raise ScpiError(-222, "points must lie between -8191 and 8191")
    device.channel(number).volatile = tuple(point / 8191 for point in numbers)


def _copy(device: Keysight81160A, number: int, name: str, _: str = "VOLATILE") -> None:
    name = name.upper()
    if name in _BUILT_IN or name == "VOLATILE":
        raise ScpiError(-224, f"{name} is a built-in waveform")
    if name not in device.waveforms and len(device.waveforms) >= _max_waveforms():
        raise ScpiError(-225, f"{_max_waveforms()} waveforms are stored already")
    device.waveforms[name] = device.channel(number).volatile


def _delete(device: Keysight81160A, _: int, name: str) -> None:
    if device.waveforms.pop(name.upper(), None) is None:
        raise ScpiError(-224, f"no stored waveform is named {name}")


def _catalog(device: Keysight81160A, _: int) -> str:
    return ",".join(f'"{name}"' for name in device.waveforms) or '""'


def _apply() -> list[Command]:
    def apply(shape: str) -> Any:
        def write(device: Keysight81160A, number: int, *values: float | None) -> None:
            hertz, swing, offset = (*values, None, None, None)[:3]
            channel = device.channel(number)
            device.set_shape(number, shape, check=False)
            if hertz is not None and shape not in ("DC", "NOIS"):
                channel.period = 1.0 / hertz
                room = max(MIN_WIDTH_SECONDS, channel.period - EDGE_SHARE * channel.leading)
                channel.width = min(channel.width, room)  # a whole setting at once: the width gives way
            if shape == "DC":
                device.set_swing(number, 0.0, 0.0 if offset is None else offset)
            elif swing is not None or offset is not None:
                device.set_swing(number, swing, offset)
            channel.output = True

        return write

    values = (_OrDefault(1e-6, 500e6, "HZ"), _OrDefault(0.05, 20, "V"), _OrDefault(-10, 10, "V"))
    words = {"SIN": "SINusoid", "SQU": "SQUare", "RAMP": "RAMP", "PULS": "PULSe", "NOIS": "NOISe", "DC": "DC"}
    words["USER"] = "USER"
    return [Command(f"[:SOURce]:APPLy[1|2]:{word}", apply(name), values, optional=3) for name, word in words.items()]


class _OrDefault(Number):
    """A number, or DEFault for what the instrument has now (None)."""

    def __init__(self, low: float, high: float, unit: str) -> None:
        super().__init__(low, high, unit=unit)

    def limit(self, word: str, target: Any) -> Any:
        return None if word in ("DEF", "DEFAULT") else super().limit(word, target)
