"""Keysight 81160A pulse function arbitrary noise generator: the front panel of a two-channel 50 Ohm source.

Its headers are in `_keysight81160a_table`. Levels are kept as open-circuit voltages: what a script sets and reads is
what would stand across the load it announced with `:OUTPut:LOAD`, so announcing another load changes the numbers and
not the output, and a junction of 50 kOhm sees twice what was set for 50 Ohm.

Sources: Keysight 81150A/81160A user's guide 81150-91020, data sheet 5989-7718.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from spinloop.emulator.clock import VirtualClock
from spinloop.emulator.instruments import _keysight81160a_table as table
from spinloop.emulator.instruments._elements import Element, Segment, VoltageSource
from spinloop.emulator.instruments._front import OptionCheck, ScpiFront, text
from spinloop.protocols.scpi import ScpiError, Tree

SOURCE_OHMS = 50.0
MAX_OPEN_VOLTS = 10.0  # +-5 V into 50 Ohm
MIN_OPEN_SWING_VOLTS = 0.1  # 50 mV peak to peak into 50 Ohm
MOST_MIDDLE_VOLTS = MAX_OPEN_VOLTS - MIN_OPEN_SWING_VOLTS / 2
# The data sheet allows 1.5 % and 5 mV; one specimen is taken to lie well within, and stays as it is.
LEVEL_GAIN_ERROR, LEVEL_OFFSET_VOLTS = 2.5e-3, 1e-3
WAVE_PARTS = 32
MAX_WAVEFORMS = 16
MAX_DAC = 8191


@dataclass
class Channel:
    """Settings of one output. Levels are open-circuit volts before `inverted` swaps their roles."""

    high: float = 1.0
    low: float = -1.0
    load_ohms: float = 50.0
    function: str = "SIN"
    unit: str = "VPP"
    period: float = 1e-6
    phase: float = 0.0
    output: bool = False
    inverted: bool = False
    width: float = 100e-9
    hold: str = "WIDT"
    leading: float = 1e-9
    trailing: float = 1e-9
    square_duty: float = 50.0
    ramp_symmetry: float = 100.0
    arm_source: str = "IMM"
    burst_on: bool = False
    burst_mode: str = "TRIG"
    cycles: int = 1
    burst_period: float = 10e-3
    limit_on: bool = False
    limit_high: float = 10.0
    limit_low: float = -10.0
    coupled: bool = False
    waveform: str = "EXP_RISE"
    volatile: tuple[float, ...] = field(default=(0.0, 1.0))

    @property
    def shown(self) -> float:
        """Volts across the announced load for each open-circuit volt."""
        return 1.0 if math.isinf(self.load_ohms) else self.load_ohms / (self.load_ohms + SOURCE_OHMS)

    @property
    def triggered(self) -> bool:
        """Whether it rests until something triggers it."""
        return self.arm_source != "IMM"


class Keysight81160A(ScpiFront):
    """A pulse generator with the terminals `out1`, `out2`, and `com`, the outer conductor of both."""

    MODEL = "keysight81160a"
    SERIAL = "MY50000001"
    OPTIONS: ClassVar[Mapping[str, OptionCheck]] = {"serial": text}
    TREE = Tree(table.commands())

    def __init__(
        self, name: str, clock: VirtualClock, rng: np.random.Generator, options: Mapping[str, Any] | None = None
    ) -> None:
        self.channels = {1: Channel(), 2: Channel()}
        self.waveforms: dict[str, tuple[float, ...]] = {}
        self.trigger_out = False
        super().__init__(name, clock, rng, options)
        self._gain = rng.uniform(-LEVEL_GAIN_ERROR, LEVEL_GAIN_ERROR, 2)
        self._offset = rng.uniform(-LEVEL_OFFSET_VOLTS, LEVEL_OFFSET_VOLTS, 2)

    # --- the bench's side ---

    @property
    def terminals(self) -> tuple[str, ...]:
        """Inner conductors and the common outer one."""
        return ("out1", "out2", "com")

    def elements(self) -> list[Element]:
        """One 50 Ohm source for each output that is on; an output that is off is disconnected by its relay."""
        found: list[Element] = []
        for number, channel in self.channels.items():
            if not channel.output:
                continue
            wave = () if channel.triggered and channel.arm_source != "INT2" else self._wave(channel)
            parts = tuple(Segment(self._real(number, part.volts), part.fraction) for part in wave)
            volts = math.fsum(p.volts * p.fraction for p in parts) if parts else self._real(number, self._rest(channel))
            period = channel.burst_period if channel.arm_source == "INT2" else channel.period
            found.append(
                VoltageSource(
                    f"out{number}", f"out{number}", "com", volts, SOURCE_OHMS, wave=parts, period_seconds=period
                )
            )
        return found

    def output_on(self) -> bool:
        """Whether either output is on."""
        return any(channel.output for channel in self.channels.values())

    # --- what the table calls ---

    def identity(self) -> str:
        """As the instrument answers `*IDN?`."""
        return f"Agilent Technologies,81160A,{self.serial},1.0.3.0-2.6"

    def reset(self) -> None:
        """Outputs off, settings to their defaults; stored waveforms stay."""
        self.channels = {1: Channel(), 2: Channel()}

    def channel(self, number: int) -> Channel:
        """Settings of one output."""
        return self.channels[number]

    def bus_trigger(self) -> None:
        """`*TRG` starts every output that waits for it; without any it is ignored (-211)."""
        waiting = [n for n, channel in self.channels.items() if channel.output and channel.arm_source == "MAN"]
        if not waiting:
            raise ScpiError(-211)
        longest = 0.0
        for number in waiting:
            channel = self.channels[number]
            for part in self._wave(channel, once=True):
                width = part.fraction * channel.period
                self.surroundings.fire(f"out{number}", self._real(number, part.volts), width, channel.cycles)
            longest = max(longest, channel.cycles * channel.period)
        self.clock.advance(longest)

    def set_levels(self, number: int, high: float | None = None, low: float | None = None) -> None:
        """Set the high level, the low level or both, in volts across the announced load.

        A level that would come closer to the other than the smallest amplitude pushes it away; that is a settings
        conflict (-221). A level beyond the user's own limit is refused (-222).
        """
        channel = self.channels[number]
        new_high = channel.high if high is None else high / channel.shown
        new_low = channel.low if low is None else low / channel.shown
        least = 0.0 if channel.function == "DC" else MIN_OPEN_SWING_VOLTS
        pushed = new_high - new_low < least * (1 - 1e-9)
        if pushed and high is None:
            new_high = new_low + least
        elif pushed:
            new_low = max(new_high - least, -MAX_OPEN_VOLTS)
            new_high = max(new_high, new_low + least)
        if max(abs(new_high), abs(new_low)) > MAX_OPEN_VOLTS * (1 + 1e-9):
            raise ScpiError(-222, f"the output reaches +-{MAX_OPEN_VOLTS * channel.shown:g} V into this load")
        self._check_limits(channel, new_high, new_low)
        channel.high, channel.low = new_high, new_low
        if pushed and (high is None or low is None):
            raise ScpiError(-221, "the high level must stay above the low level; the other level was moved")

    def set_swing(self, number: int, swing: float | None = None, offset: float | None = None) -> None:
        """Set the peak-to-peak amplitude or the offset, in volts across the announced load; the other gives way."""
        channel = self.channels[number]
        most = MAX_OPEN_VOLTS * channel.shown
        middle = (channel.high + channel.low) / 2 * channel.shown if offset is None else offset
        peak = (channel.high - channel.low) / 2 * channel.shown if swing is None else swing / 2
        pushed = abs(middle) + peak > most * (1 + 1e-9)
        if pushed and offset is None:
            middle = math.copysign(max(most - peak, 0.0), middle)
        elif pushed:
            peak = most - abs(middle)
        self.set_levels(number, middle + peak, middle - peak)
        if pushed and (swing is None or offset is None) and channel.function != "DC":
            raise ScpiError(-221, "amplitude and offset exceed the output range; the other one was changed")

    def set_shape(self, number: int, shape: str, check: bool = True) -> None:
        """Another waveform; leaving DC, the levels part as far as the smallest amplitude."""
        channel = self.channels[number]
        channel.function = shape
        if shape != "DC" and channel.high - channel.low < MIN_OPEN_SWING_VOLTS * (1 - 1e-9):
            middle = max(min((channel.high + channel.low) / 2, MOST_MIDDLE_VOLTS), -MOST_MIDDLE_VOLTS)
            self.set_levels(
                number,
                (middle + MIN_OPEN_SWING_VOLTS / 2) * channel.shown,
                (middle - MIN_OPEN_SWING_VOLTS / 2) * channel.shown,
            )
        if check:
            self.check_timing(number)

    def check_limits(self, number: int) -> None:
        """Switching the user's limits on is refused while the levels lie outside."""
        channel = self.channels[number]
        try:
            self._check_limits(channel, channel.high, channel.low)
        except ScpiError:
            channel.limit_on = False
            raise

    def check_timing(self, number: int) -> None:
        """Report pulse parameters that do not fit together (-221); they stay as set, as on the instrument."""
        channel = self.channels[number]
        if channel.function != "PULS":
            return
        if channel.width + table.EDGE_SHARE * channel.leading > channel.period * (1 + 1e-9):
            raise ScpiError(-221, "the period is shorter than the width and 1.6 edges")
        if channel.width < (channel.leading + channel.trailing) / 2 / 0.8 * (1 - 1e-9):
            raise ScpiError(-221, "the edges are too slow for the width")

    def set_period(self, number: int, seconds: float) -> None:
        """Another period; width or duty cycle is kept, whichever is held."""
        channel = self.channels[number]
        if channel.hold == "DCYC":
            channel.width *= seconds / channel.period
        channel.period = seconds
        self.check_timing(number)

    # --- the waveform ---

    @staticmethod
    def _check_limits(channel: Channel, high: float, low: float) -> None:
        if not channel.limit_on:
            return
        if high * channel.shown > channel.limit_high + 1e-9 or low * channel.shown < channel.limit_low - 1e-9:
            raise ScpiError(-222, f"outside the limits of {channel.limit_low:g} V to {channel.limit_high:g} V")

    def _real(self, number: int, volts: float) -> float:
        return float(volts * (1.0 + self._gain[number - 1]) + self._offset[number - 1])

    @staticmethod
    def _rest(channel: Channel) -> float:
        """Level at which a triggered output waits."""
        if channel.function in ("PULS", "SQU"):
            return channel.high if channel.inverted else channel.low
        return (channel.high + channel.low) / 2

    def _wave(self, channel: Channel, once: bool = False) -> tuple[Segment, ...]:
        """One period in parts of constant voltage.

        Args:
            channel: which output.
            once: only what differs from the resting level.
        """
        high, low = (channel.low, channel.high) if channel.inverted else (channel.high, channel.low)
        if channel.function == "DC":
            return () if once else (Segment((channel.high + channel.low) / 2, 1.0),)
        if channel.function in ("PULS", "SQU"):
            share = channel.width / channel.period if channel.function == "PULS" else channel.square_duty / 100
            if channel.arm_source == "INT2" and not once:
                # Only the time at the high level counts for slow circuits: the burst's pulses are taken together.
                share = min(1.0, channel.cycles * share * channel.period / channel.burst_period)
            active = Segment(high, share)
            return (active,) if once else (active, Segment(low, max(0.0, 1.0 - share)))
        middle, peak = (high + low) / 2, (high - low) / 2
        return tuple(Segment(middle + peak * value, 1.0 / WAVE_PARTS) for value in self._shape(channel))

    def _shape(self, channel: Channel) -> list[float]:
        turns = (np.arange(WAVE_PARTS) + 0.5) / WAVE_PARTS
        if channel.function == "SIN":
            shape = np.sin(2 * np.pi * turns + math.radians(channel.phase))
        elif channel.function == "RAMP":
            rise = channel.ramp_symmetry / 100
            up = 2 * turns / rise - 1 if rise else turns
            down = 1 - 2 * (turns - rise) / (1 - rise) if rise < 1 else turns
            shape = np.where(turns < rise, up, down)
        elif channel.function == "NOIS":
            # Gaussian, 4.8 crest factor (data sheet): the peak is 4.8 standard deviations.
            shape = np.clip(self.rng.normal(0.0, 1 / 4.8, WAVE_PARTS), -1.0, 1.0)
        else:
            points = self.waveforms.get(channel.waveform, channel.volatile)
            shape = np.interp(turns * len(points), np.arange(len(points)) + 0.5, points)
        return [float(value) for value in shape]


FRONT = Keysight81160A
