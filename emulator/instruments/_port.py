"""The two sides of an instrument: the device port that every route talks to, and the bench it is wired into."""

from __future__ import annotations

from typing import Protocol

from spinloop.emulator.instruments._elements import Observation


class DevicePort(Protocol):
    """What a route (VISA session, socket, serial line) may do with an instrument; the same for all routes."""

    def write(self, data: bytes, end: bool = True, stream: bool = False) -> None:
        """Hand bytes to the instrument.

        Args:
            data: as they came.
            end: END came with the last byte (GPIB's EOI and its likes).
            stream: the route has no message exchange (raw socket, serial line): answers queue up.
        """
        ...

    def read(self, count: int, stop_at: int | None = None, stream: bool = False) -> tuple[bytes, bool] | None:
        """Take at most `count` bytes of the response.

        Args:
            count: most bytes.
            stop_at: stop after this byte.
            stream: as in `write`.

        Returns:
            The bytes and whether they end the response; None if there is nothing to say, which is a timeout.
        """
        ...

    def serial_poll(self) -> int:
        """The status byte with the request for service as bit 6; ends the request."""
        ...

    @property
    def requests_service(self) -> bool:
        """Whether the instrument asks for service now."""
        ...

    def trigger(self) -> None:
        """A group execute trigger."""
        ...

    def clear(self) -> None:
        """A device clear: forget half a message and unread answers, keep settings and status."""
        ...


class Surroundings(Protocol):
    """What an instrument may ask of the bench it is wired into."""

    def observe(self, source: str) -> Observation:
        """Solve the circuit as it stands and say what one of the instrument's sources sees."""
        ...

    def fire(self, source: str, volts: float, width_seconds: float, count: int) -> None:
        """Raise one voltage source to another open-circuit voltage, `count` times for `width_seconds` each."""
        ...


class Unwired:
    """The surroundings of an instrument on a shelf: nothing is connected to anything."""

    def observe(self, source: str) -> Observation:
        """An open circuit carries no current."""
        return Observation(0.0, 0.0, False)

    def fire(self, source: str, volts: float, width_seconds: float, count: int) -> None:
        """A pulse into an open connector does nothing."""
