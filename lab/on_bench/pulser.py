"""The pulse generator as a source of write pulses: rectangular, one train per trigger, resting at 0 V.

Levels are set for a high-impedance load, so that a level is the open-circuit voltage. The junction (tens of kOhm)
then sees that level divided by 1 + 50 Ohm / R, less than 0.3 % below it; no correction is made, because R is what the
pulse changes. A positive pulse goes from LOW = 0 to HIGH; a negative one from HIGH = 0 to LOW with inverted polarity,
so that the output rests at 0 V between pulses in both cases.
"""

from __future__ import annotations

import time
from typing import Any

from spinloop.lab.station import ChipEntry
from spinloop.protocols.errors import Indeterminate, InstrumentError, LimitExceeded

HIGH_IMPEDANCE_OHMS = 1e6  # the largest load that the 81160A takes
MIN_AMPLITUDE_VOLTS = 0.1  # HIGH - LOW into an open circuit; 50 mV into 50 Ohm (81160A data sheet)
EDGE_SECONDS = 1e-9  # fastest edge of the 81160A; the width is measured at half height
PERIOD_OVER_WIDTH = 2.5
# The generator rounds levels and limits to millivolts; a limit equal to a level must not refuse it.
LIMIT_MARGIN_VOLTS = 2e-3


def rest(pulser: Any, channel_number: int) -> None:
    """Bring the levels of an output that is off to those of the smallest positive pulse, resting at 0 V."""
    channel = pulser.channels[channel_number]
    pulser.set_inverted(channel_number, False)
    levels = [("voltage_high", MIN_AMPLITUDE_VOLTS), ("voltage_low", 0.0)]
    # HIGH has to stay above LOW on the way.
    for name, volts in levels if channel.voltage_low < MIN_AMPLITUDE_VOLTS else reversed(levels):
        setattr(channel, name, volts)


class WritePulser:
    """Write pulses from one output of the generator.

    Args:
        pulser: driver of the generator.
        channel_number: which output.
        chip: limits and widths.
        deadline_seconds: how long the generator may take beyond the train itself.
    """

    def __init__(self, pulser: Any, channel_number: int, chip: ChipEntry) -> None:
        self._pulser = pulser
        self._channel = pulser.channels[channel_number]
        self._number = channel_number
        self._chip = chip
        self._period_seconds = PERIOD_OVER_WIDTH * chip.limits.max_pulse_seconds
        self._set: dict[str, float] = {}

    def configure(self) -> None:
        """Set what never changes: shape, load, edges, period, trigger, and the generator's own voltage limits.

        Raises:
            InstrumentError: the generator does not hold the limits that it was given.
        """
        channel, limit_volts = self._channel, self._chip.limits.max_write_volts + LIMIT_MARGIN_VOLTS
        self.forget()
        channel.output = False
        channel.limit_state_enabled = False
        channel.output_load = HIGH_IMPEDANCE_OHMS
        rest(self._pulser, self._number)
        channel.limit_high, channel.limit_low = limit_volts, -limit_volts
        channel.limit_state_enabled = True
        # In this order each setting is valid whatever an earlier script left: edges fit any width, with the duty
        # cycle held a width fits any period, and the shape comes last because only pulses are checked.
        channel.pulse_transition = EDGE_SECONDS
        channel.pulse_hold = "DCYC"
        channel.pulse_period = self._period_seconds
        channel.pulse_width = self._chip.write_seconds
        channel.pulse_hold = "WIDT"
        channel.shape = "PULS"
        channel.trigger_mode = "MAN"
        self._pulser.check_errors()
        held = (channel.limit_high, channel.limit_low)
        if not channel.limit_state_enabled or max(abs(held[0] - limit_volts), abs(held[1] + limit_volts)) > 1e-3:
            raise InstrumentError(
                f"{self._pulser.name} holds the voltage limits {held[1]} V to {held[0]} V",
                f"{-limit_volts} V to {limit_volts} V, as they were set",
                "check the instrument; no pulse was fired",
            )

    def forget(self) -> None:
        """Assume nothing about what is set."""
        self._set = {}

    def check(self, volts: float) -> None:
        """Refuse what the generator cannot make.

        Raises:
            LimitExceeded: the amplitude is below the generator's smallest.
        """
        if 0.0 < abs(volts) < MIN_AMPLITUDE_VOLTS:
            raise LimitExceeded(
                f"a pulse of {volts} V",
                f"0 V, or at least {MIN_AMPLITUDE_VOLTS} V, the smallest amplitude of the pulse generator",
                "ask for a larger pulse",
            )

    def prepare(self, volts: float, width_seconds: float, count: int) -> None:
        """Set up a train; the output is off."""
        if self._set.get("volts") != volts:
            self._set.pop("volts", None)
            self._set_levels(volts)
            self._set["volts"] = volts
        if self._set.get("width_seconds") != width_seconds:
            self._channel.pulse_width = width_seconds
            self._set["width_seconds"] = width_seconds
        if self._set.get("count") != count:
            self._channel.trigger_count = count
            self._set["count"] = count

    def fire(self, count: int) -> None:
        """Switch on, trigger the train once, wait for its end, switch off. Never repeated.

        Raises:
            Indeterminate: the generator fell silent after the trigger was sent.
        """
        channel = self._channel
        channel.output = True
        try:
            self._trigger(count)
        finally:
            channel.output = False

    def _trigger(self, count: int) -> None:
        try:
            self._pulser.trigger()
            done = self._pulser.complete
        except InstrumentError as error:
            raise Indeterminate(
                f"a train of {count} pulses was triggered and the generator did not confirm its end",
                "a confirmed end",
                "read the cell before going on; the train may or may not have been fired",
            ) from error
        if str(done).strip() not in ("1", "+1"):
            raise InstrumentError(f"{self._pulser.name} answers *OPC? with {done!r}", "1", "read the cell")
        # Not every firmware counts a burst as a pending operation, so the train's own length is waited for as well.
        train_seconds = count * self._period_seconds
        if count > 1:
            time.sleep(train_seconds)

    def _set_levels(self, volts: float) -> None:
        """Set HIGH and LOW so that HIGH stays above LOW on the way: the level that moves outwards goes first."""
        channel = self._channel
        channel.output = False
        self._pulser.set_inverted(self._number, volts < 0)
        if volts > 0:
            channel.voltage_high = volts
            channel.voltage_low = 0.0
        else:
            channel.voltage_low = volts
            channel.voltage_high = 0.0
