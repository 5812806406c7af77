"""Keithley 2450 SourceMeter: the front panel of a source-measure unit.

What it does is here; its headers are in `_keithley2450_table` (its own SCPI) and `_keithley2450_dialect` (what the
"SCPI 2400" command set adds), its accuracy in `_keithley2450_ranges`. Which of the two dialects it speaks is the
option `language` of the bench file, as it is a setting of the real instrument that survives the mains switch.

Sources: Keithley 2450 reference manual 2450-901-01, data sheet 1KW-60904-2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from spinloop.emulator.clock import VirtualClock
from spinloop.emulator.instruments import _keithley2450_dialect as dialect
from spinloop.emulator.instruments import _keithley2450_table as table
from spinloop.emulator.instruments._elements import CurrentSource, Element, VoltageSource
from spinloop.emulator.instruments._front import OptionCheck, ScpiFront, one_of, text
from spinloop.emulator.instruments._keithley2450_ranges import (
    AMP_METER,
    AMP_SOURCE,
    OHM_RANGES,
    VOLT_METER,
    VOLT_SOURCE,
)
from spinloop.emulator.instruments._ranges import OVERRANGE, Calibration, range_for, range_named
from spinloop.emulator.instruments._reading_buffer import Reading, ReadingBuffer
from spinloop.protocols.scpi import ScpiError, StatusModel, Tree
from spinloop.protocols.scpi.status import MEASUREMENT_SUMMARY, OPERATION_SUMMARY, QUESTIONABLE_SUMMARY

LEAD_OHMS = 0.05  # both test leads of a two-wire connection
SETTLING_SECONDS = 200e-6  # data sheet: voltage source settling time, typical
AUTO_DELAY_SECONDS = 1e-3  # reference manual, auto delay of the middle current ranges
READING_OVERHEAD_SECONDS = 0.4e-3
OFF_LIMIT_SHARE = 0.1  # NORMal output-off: 0 V with 10 % of the current range as limit (reference manual, output-off)
SOURCES = {"VOLT": VOLT_SOURCE, "CURR": AMP_SOURCE}
METERS = {"VOLT": VOLT_METER, "CURR": AMP_METER}
BUFFER_FULL = 512  # bit 9 of the measurement event register, SCPI 2400 command set
MAX_BUFFERS = 16


@dataclass
class SourceSide:
    """Settings of one source function (volts or amperes)."""

    limit: float
    level: float = 0.0
    range: int = 0
    auto: bool = True
    delay: float = 0.0
    delay_auto: bool = True
    readback: bool = True
    high_capacitance: bool = False
    off_state: str = "NORM"


@dataclass
class SenseSide:
    """Settings of one measuring function (volts, amperes or ohms)."""

    range: int = 0
    auto: bool = True
    cycles: float = 1.0
    average: bool = False
    average_count: int = 10
    average_kind: str = "REP"
    four_wire: bool = False
    auto_zero: bool = True
    relative: float = 0.0
    relative_on: bool = False


@dataclass
class Settings:
    """Everything that `*RST` brings back to its default."""

    function: str = "VOLT"
    measured: str = "CURR"
    output: bool = False
    terminals: str = "FRON"
    sources: dict[str, SourceSide] = field(
        default_factory=lambda: {"VOLT": SourceSide(limit=1.05e-4), "CURR": SourceSide(limit=21.0)}
    )
    senses: dict[str, SenseSide] = field(
        default_factory=lambda: {"VOLT": SenseSide(), "CURR": SenseSide(), "RES": SenseSide()}
    )
    data_format: str = "ASC"
    byte_order: str = "SWAP"
    trigger_count: int = 1
    trigger_delay: float = 0.0
    feed: str = "SENS"
    feed_control: str = "NEV"
    elements: tuple[str, ...] = ("VOLT", "CURR", "RES", "TIME", "STAT")


def _line_hertz(value: Any) -> float:
    if value not in (50, 60):
        raise ValueError("50 or 60")
    return float(value)


class Keithley2450(ScpiFront):
    """A source meter with the terminals `hi` and `lo` (front or rear, as the bench file says)."""

    MODEL = "keithley2450"
    OPTIONS: ClassVar[Mapping[str, OptionCheck]] = {
        "serial": text,
        "language": one_of("SCPI", "SCPI2400"),
        "terminals": one_of("front", "rear"),
        "line_hertz": _line_hertz,
    }
    _TREES: ClassVar[dict[str, Tree]] = {
        "SCPI": Tree(table.commands()),
        "SCPI2400": Tree([*table.commands(with_readings=False), *dialect.commands()]),
    }

    def __init__(
        self, name: str, clock: VirtualClock, rng: np.random.Generator, options: Mapping[str, Any] | None = None
    ) -> None:
        given = dict(options or {})
        self.language = given.get("language", "SCPI")
        self.next_language = self.language
        self.line_hertz = given.get("line_hertz", 50.0)
        self.wired_terminals = "REAR" if given.get("terminals", "front") == "rear" else "FRON"
        self.settings = Settings()
        self.buffers: dict[str, ReadingBuffer] = {}
        self._delay_due = False
        super().__init__(name, clock, rng, given)
        self._source_calibration = {name: Calibration(ranges, rng) for name, ranges in SOURCES.items()}
        self._meter_calibration = {name: Calibration(ranges, rng) for name, ranges in METERS.items()}
        self.reset()

    # --- the bench's side ---

    @property
    def terminals(self) -> tuple[str, ...]:
        """HI and LO."""
        return ("hi", "lo")

    def elements(self) -> list[Element]:
        """The source as set, or what the output-off state leaves connected."""
        now = self.settings
        if now.terminals != self.wired_terminals:
            return []
        side = now.sources[now.function]
        if now.output:
            level = self._source_calibration[now.function].output(self.source_range, side.level)
            if now.function == "VOLT":
                return [VoltageSource("source", "hi", "lo", level, LEAD_OHMS, abs(side.limit))]
            return [CurrentSource("source", "hi", "lo", level, abs(side.limit), LEAD_OHMS)]
        if side.off_state == "HIMP":
            return []
        if side.off_state == "GUAR":
            return [CurrentSource("source", "hi", "lo", 0.0, OFF_LIMIT_SHARE * 20e-3, LEAD_OHMS)]
        amps = AMP_SOURCE[self._amp_range()].full_scale * OFF_LIMIT_SHARE
        if side.off_state == "ZERO":
            amps = max(amps, abs(side.limit if now.function == "VOLT" else side.level))
        return [VoltageSource("source", "hi", "lo", 0.0, LEAD_OHMS, amps)]

    def output_on(self) -> bool:
        """Whether the source is on."""
        return self.settings.output

    def power_on(self) -> None:
        """As after the mains switch; a command set chosen with `*LANG` begins now."""
        self.language = self.next_language
        super().power_on()

    # --- what the table calls ---

    def tree(self) -> Tree:
        """The headers of the command set in use."""
        return self._TREES[self.language]

    def identity(self) -> str:
        """As the instrument answers `*IDN?`; in the 2400 command set it claims to be one."""
        if self.language == "SCPI2400":
            return f"KEITHLEY INSTRUMENTS INC.,MODEL 2400,{self.serial},C34 1.7.12b"
        return f"KEITHLEY INSTRUMENTS,MODEL 2450,{self.serial},1.7.12b"

    def reset(self) -> None:
        """Output off, settings to their defaults, buffers empty."""
        self.settings = Settings()
        self.buffers = {"defbuffer1": ReadingBuffer(), "defbuffer2": ReadingBuffer()}
        self._delay_due = False

    def bus_trigger(self) -> None:
        """`*TRG`: no trigger model here waits for the bus, so it is ignored, as the standard says."""
        raise ScpiError(-211)

    def source(self, name: str | None = None) -> SourceSide:
        """A source function's settings; None means the one in use."""
        return self.settings.sources[name or self.settings.function]

    def sense(self, name: str) -> SenseSide:
        """A measuring function's settings."""
        return self.settings.senses[name]

    @property
    def source_range(self) -> int:
        """Index of the source range in use: the chosen one, or with auto range the one that fits the level."""
        now = self.settings
        side = now.sources[now.function]
        return range_for(SOURCES[now.function], side.level) if side.auto else side.range

    def set_level(self, name: str, level: float) -> None:
        """Another source level; outside a fixed range it is refused and the old one stays."""
        side = self.source(name)
        full_scale = SOURCES[name][side.range].full_scale
        if not side.auto and abs(level) > full_scale * OVERRANGE:
            raise ScpiError(-222, f"{level:g} does not fit the fixed source range of {full_scale:g}")
        side.level = level
        self.source_changed()

    def set_source_range(self, name: str, value: float) -> None:
        """A fixed source range, by the largest value it must hold; it has to hold the present level."""
        side = self.source(name)
        index = range_named(SOURCES[name], value)
        if abs(side.level) > SOURCES[name][index].full_scale * OVERRANGE:
            raise ScpiError(-221, f"the level {side.level:g} does not fit the range")
        side.range, side.auto = index, False

    def source_range_value(self, name: str) -> float:
        """Full scale of a function's source range."""
        side = self.source(name)
        return SOURCES[name][range_for(SOURCES[name], side.level) if side.auto else side.range].full_scale

    def set_sense_range(self, name: str, value: float) -> None:
        """A fixed measuring range, by the largest value it must hold."""
        side = self.sense(name)
        side.auto = False
        if name == "RES":
            side.range = next((i for i, ohms in enumerate(OHM_RANGES) if abs(value) <= ohms), len(OHM_RANGES) - 1)
        else:
            side.range = range_named(METERS[name], value)

    def sense_range_value(self, name: str) -> float:
        """Full scale of a function's measuring range."""
        index = self.sense(name).range
        return OHM_RANGES[index] if name == "RES" else METERS[name][index].full_scale

    def set_output(self, on: bool) -> None:
        """Switch the source on or off; it takes its time to settle."""
        if on != self.settings.output:
            self.settings.output = on
            self.source_changed()
            self.clock.advance(0.0 if on else SETTLING_SECONDS)

    def source_changed(self) -> None:
        """The output moves to its new value, if it is on."""
        self._delay_due = True
        if self.settings.output:
            self.clock.advance(SETTLING_SECONDS)

    def tripped(self, name: str) -> bool:
        """Whether a source function is at its limit now."""
        if not self.settings.output or self.settings.function != name:
            return False
        return self.surroundings.observe("source").limited

    # --- measuring ---

    def measure(self, name: str | None = None) -> Reading:
        """One reading of the measured function (or another), averaged if its filter is on; time passes."""
        name = name or self.settings.measured
        side = self.sense(name)
        if self._delay_due:
            source = self.source()
            self.clock.advance(AUTO_DELAY_SECONDS if source.delay_auto else source.delay)
            self._delay_due = False
        readings = [self._convert(name, side) for _ in range(side.average_count if side.average else 1)]
        if len(readings) == 1:
            return readings[0]
        return Reading(
            value=math.fsum(r.value for r in readings) / len(readings),
            source=math.fsum(r.source for r in readings) / len(readings),
            volts=math.fsum(r.volts for r in readings) / len(readings),
            amps=math.fsum(r.amps for r in readings) / len(readings),
            seconds=readings[-1].seconds,
            limited=any(r.limited for r in readings),
        )

    def measure_into(self, buffer: ReadingBuffer) -> Reading:
        """One reading, kept in a buffer."""
        reading = self.measure()
        buffer.readings.append(reading)
        return reading

    def initiate(self, buffer: ReadingBuffer) -> list[Reading]:
        """Run the trigger model once: its count of readings, each after its delay."""
        readings = []
        for _ in range(self.settings.trigger_count):
            self.clock.advance(self.settings.trigger_delay)
            readings.append(self.measure())
        buffer.readings.extend(readings)
        return readings

    def buffer(self, name: str = "defbuffer1") -> ReadingBuffer:
        """A buffer by name."""
        found = self.buffers.get(name)
        if found is None:
            raise ScpiError(-224, f"no buffer is named {name[:40]}")
        return found

    def make_buffer(self, name: str, points: int) -> None:
        """Another reading buffer."""
        if name in self.buffers:
            raise ScpiError(-221, f"a buffer is named {name[:40]} already")
        if len(self.buffers) >= MAX_BUFFERS:
            raise ScpiError(-225, f"at most {MAX_BUFFERS} buffers")
        self.buffers[name] = ReadingBuffer(points)

    def _convert(self, name: str, side: SenseSide) -> Reading:
        self.clock.advance(side.cycles / self.line_hertz + READING_OVERHEAD_SECONDS)
        seen = self.surroundings.observe("source")
        volts = self._meter("VOLT", seen.volts, side)
        amps = self._meter("CURR", seen.amps, side)
        if name == "RES":
            value = volts / amps if amps else math.inf
            if not side.auto and abs(value) > OHM_RANGES[side.range] * OVERRANGE:
                value = math.inf
        else:
            value = volts if name == "VOLT" else amps
        if side.relative_on:
            value -= side.relative
        source = volts if self.settings.function == "VOLT" else amps
        if not self.source().readback:
            source = self.source().level
        return Reading(value, source, volts, amps, self.clock.seconds, seen.limited)

    def _meter(self, name: str, truth: float, asked: SenseSide) -> float:
        side = self.sense(name)
        ranges = METERS[name]
        index = range_for(ranges, truth) if side.auto else side.range
        if abs(truth) > ranges[index].full_scale * OVERRANGE:
            return math.copysign(math.inf, truth)
        return self._meter_calibration[name].reading(index, truth, asked.cycles, self.rng)

    def _amp_range(self) -> int:
        now = self.settings
        return range_for(AMP_SOURCE, now.sources["VOLT"].limit) if now.function == "VOLT" else self.source_range

    def _new_status(self) -> StatusModel:
        return StatusModel(
            {
                "operation": OPERATION_SUMMARY,
                "questionable": QUESTIONABLE_SUMMARY,
                "measurement": MEASUREMENT_SUMMARY,
            }
        )


FRONT = Keithley2450
