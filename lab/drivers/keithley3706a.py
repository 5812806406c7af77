"""Keithley 3706A system switch with matrix cards (3730 and alike), in the instrument's own language, TSP.

Commands are those of the Series 3700A reference manual (3700AS-901-01): `channel.open`, `channel.close`,
`channel.exclusiveclose`, `channel.getclose`, `channel.connectrule`, `errorqueue`. A matrix channel is written SRCC:
slot, row, two digits of column. Statements run one after the other and a close returns when its relays have settled,
so the answer to any later `print` means that the relays have moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pymeasure.instruments import Instrument
from pymeasure.instruments.validators import strict_discrete_set

ALL_SLOTS = "allslots"
MAX_ERROR_READS = 32
BREAK_BEFORE_MAKE = {"off": 0, "break_before_make": 1, "make_before_break": 2}

_CHANNEL = re.compile(r"[1-6][1-9]\d{2}\Z")


def channel_list(channels: Iterable[str]) -> str:
    """Join channels as TSP wants them.

    Raises:
        ValueError: one of them is not of the form SRCC. Nothing else ever enters a TSP string.

    Example:
        >>> channel_list(["1101", "2203"])
        '1101,2203'
    """
    names = list(channels)
    for name in names:
        if not _CHANNEL.match(name):
            raise ValueError(f"{name!r} is not a matrix channel; expected SRCC (slot, row, column), for example 1101")
    return ",".join(names)


def _closed(reply: str | list[str]) -> tuple[str, ...]:
    names = [reply] if isinstance(reply, str) else reply
    return tuple(name.strip() for name in names if name.strip() not in ("nil", ""))


def _error(reply: str | list[str]) -> tuple[int, str]:
    parts = [reply] if isinstance(reply, str) else reply
    return int(float(parts[0])), parts[1].strip() if len(parts) > 1 else ""


class Keithley3706A(Instrument):  # type: ignore[misc]  # pymeasure has no types
    """A Keithley 3706A whose slots hold matrix cards.

    Args:
        adapter: VISA address or pymeasure adapter.
        name: what the instrument is called in messages.
        kwargs: handed to pymeasure's adapter.
    """

    def __init__(self, adapter: object, name: str = "Keithley 3706A", **kwargs: object) -> None:
        super().__init__(adapter, name, includeSCPI=False, **kwargs)

    id = Instrument.measurement("*IDN?", """Get the identification (str).""", cast=str, maxsplit=0)

    complete = Instrument.measurement("*OPC?", """Get 1 when all that was sent has been carried out (int).""", cast=int)

    closed_channels = Instrument.measurement(
        f'print(channel.getclose("{ALL_SLOTS}"))',
        """Get the closed channels of all slots (tuple of str).""",
        separator=";",
        cast=str,
        get_process=_closed,
        get_process_list=_closed,
    )

    connect_rule = Instrument.control(
        "print(channel.connectrule)",
        "channel.connectrule = %d",
        """Control the order in which relays move (str, 'off', 'break_before_make' or 'make_before_break').""",
        validator=strict_discrete_set,
        values=BREAK_BEFORE_MAKE,
        map_values=True,
        get_process=int,
    )

    error_count = Instrument.measurement(
        "print(errorqueue.count)", """Get the number of errors that wait in the queue (int).""", get_process=int
    )

    next_error = Instrument.measurement(
        "print(errorqueue.next())",
        """Get the oldest error and remove it (tuple of code and message; code 0 when there is none).""",
        separator="\t",
        cast=str,
        get_process=_error,
        get_process_list=_error,
    )

    def close_channels(self, channels: Iterable[str]) -> None:
        """Close these channels and leave the others as they are."""
        self.write(f'channel.close("{channel_list(channels)}")')

    def open_channels(self, channels: Iterable[str]) -> None:
        """Open these channels and leave the others as they are."""
        self.write(f'channel.open("{channel_list(channels)}")')

    def open_all(self) -> None:
        """Open every channel of every slot."""
        self.write(f'channel.open("{ALL_SLOTS}")')

    def route(self, channels: Iterable[str]) -> tuple[str, ...]:
        """Close these channels, open all others, wait for the relays, and say what is closed now.

        One line, one answer: two TSP statements, of which the second runs when the relays of the first have settled.
        """
        wanted = channel_list(channels)
        statement = f'channel.exclusiveclose("{wanted}") print(channel.getclose("{ALL_SLOTS}"))'
        return _closed(self.values(statement, separator=";", cast=str))

    def delay(self, seconds: float) -> None:
        """Let the switch wait, and wait for it; it must answer before the link's own deadline."""
        self.ask(f"delay({seconds:.6e}) print(0)")

    def clear_errors(self) -> None:
        """Empty the error queue."""
        self.write("errorqueue.clear()")

    def check_errors(self) -> list[tuple[int, str]]:
        """Read the waiting errors, at most `MAX_ERROR_READS` of them."""
        errors: list[tuple[int, str]] = []
        for _ in range(MAX_ERROR_READS):
            error = self.next_error
            if error[0] == 0:
                break
            errors.append(error)
        return errors

    def shutdown(self) -> None:
        """Open every channel."""
        self.open_all()
        super().shutdown()
