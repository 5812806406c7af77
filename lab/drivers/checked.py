"""pymeasure's source meter and pulse generator, with error queues that are read to a bound and never only logged.

pymeasure's own `check_errors` reads until the instrument says 0, which an instrument that repeats an error never says,
and then logs what it found. Here it reads `MAX_ERROR_READS` entries at most and raises.
"""

from __future__ import annotations

from typing import Any

from pymeasure.instruments.keithley.keithley2450 import Keithley2450
from pymeasure.instruments.keysight.keysight81160A import Keysight81160A
from spinloop.protocols.errors import InstrumentError

MAX_ERROR_READS = 32


class _CheckedErrors:
    name: str
    next_error: list[Any]

    def check_errors(self) -> list[tuple[int, str]]:
        """Read the error queue to its end, or `MAX_ERROR_READS` entries of it.

        Returns:
            An empty list: nothing was wrong.

        Raises:
            InstrumentError: the queue held something; the message quotes it.
        """
        errors: list[tuple[int, str]] = []
        for _ in range(MAX_ERROR_READS):
            code, message = (*self.next_error, "")[:2]
            if int(code) == 0:
                break
            errors.append((int(code), str(message).strip().strip('"')))
        if errors:
            raise reported_errors(self.name, errors)
        return []


def reported_errors(name: str, errors: list[tuple[int, str]]) -> InstrumentError:
    """The error that quotes what an instrument's queue held."""
    quoted = ", ".join(f"{code} {message}" for code, message in errors)
    return InstrumentError(
        f"{name} reports {quoted}",
        "an empty error queue after each operation",
        "look up the code in the instrument's manual; the outputs were switched off",
        instrument=name,
        errors=quoted,
    )


class SourceMeter(_CheckedErrors, Keithley2450):  # type: ignore[misc]  # pymeasure has no types
    """pymeasure's Keithley 2450, with bounded error reads."""


class PulseGenerator(_CheckedErrors, Keysight81160A):  # type: ignore[misc]  # pymeasure has no types
    """pymeasure's Keysight 81160A, with bounded error reads."""

    def set_inverted(self, channel: int, inverted: bool) -> None:
        """Choose on which level a channel rests between pulses: the low one, or (inverted) the high one.

        pymeasure's driver has no property for `:OUTPut:POLarity`.
        """
        self.write(f":OUTP{channel}:POL {'INV' if inverted else 'NORM'}")
