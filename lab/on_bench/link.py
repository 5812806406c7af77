"""The links to the three instruments: open them, check who answers, close them.

Nothing is set here, only asked. Every exchange has the station's deadline, and whatever VISA raises becomes one of
our errors, with the name and the address of the instrument.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyvisa
from pymeasure.adapters import VISAAdapter
from pyvisa.constants import StatusCode
from spinloop.lab.drivers import Keithley3706A, PulseGenerator, SourceMeter
from spinloop.lab.drivers.checked import reported_errors
from spinloop.lab.on_bench.pulser import rest
from spinloop.lab.station import Instrument, Station
from spinloop.protocols.errors import InstrumentError, WrongInstrument

log = logging.getLogger(__name__)

_DRIVERS: dict[str, Any] = {"smu": SourceMeter, "pulser": PulseGenerator, "matrix": Keithley3706A}
# Links without an END message need a character that ends a reply; on the others the instrument says when it is done.
_NEEDS_TERMINATION = ("::SOCKET", "ASRL")


class Link(VISAAdapter):  # type: ignore[misc]  # pymeasure has no types
    """A pymeasure adapter that names the instrument in its errors.

    Args:
        name: what the instrument is called in messages.
        entry: its entry in the station file.
        station: for the VISA library and the deadline.

    Raises:
        InstrumentError: nothing can be opened at the address.
    """

    def __init__(self, name: str, entry: Instrument, station: Station) -> None:
        self.instrument_name = f"{name} ({entry.model} at {entry.address})"
        self.deadline_seconds = station.deadline_seconds
        milliseconds = max(1, round(1000 * station.deadline_seconds))
        options: dict[str, Any] = {}
        if any(mark in entry.address.upper() for mark in _NEEDS_TERMINATION):
            options = {"read_termination": "\n", "write_termination": "\n"}
        try:
            super().__init__(
                entry.address, station.visa_library, timeout=milliseconds, open_timeout=milliseconds, **options
            )
        except (pyvisa.Error, OSError, ValueError) as error:
            raise InstrumentError(
                f"{self.instrument_name} cannot be opened: {error}",
                f"an address that the VISA library {station.visa_library!r} can reach",
                "check the address, the cable, the power switch, and visa_library",
                instrument=name,
                address=entry.address,
            ) from error

    def _write(self, command: str, **kwargs: Any) -> None:
        with self._named(command):
            super()._write(command, **kwargs)

    def _read(self, **kwargs: Any) -> str:
        with self._named("the reply"):
            return str(super()._read(**kwargs))

    def clear_device(self) -> None:
        """Drop what the instrument still has to say or to do; links that know no such thing have nothing to drop."""
        try:
            self.connection.clear()
        except pyvisa.errors.VisaIOError as error:
            if error.error_code != StatusCode.error_nonsupported_operation:
                raise
        except NotImplementedError:
            return

    @contextmanager
    def _named(self, what: str) -> Iterator[None]:
        try:
            yield
        except (pyvisa.Error, OSError) as error:
            timed_out = getattr(error, "error_code", None) == StatusCode.error_timeout
            raise InstrumentError(
                f"{self.instrument_name} did not answer" if timed_out else f"{self.instrument_name}: {error}",
                f"an answer within {self.deadline_seconds:g} s ({what})" if timed_out else what,
                "check that it is on, connected, and not in local mode",
                instrument=self.instrument_name,
                deadline_seconds=self.deadline_seconds,
            ) from error


@dataclass(frozen=True)
class Instruments:
    """The three drivers, and their links by role.

    Attributes:
        smu: source meter, pymeasure's `Keithley2450`.
        pulser: pulse generator, pymeasure's `Keysight81160A`.
        matrix: our `Keithley3706A`.
        adapters: the links, by role; each has `close` and `clear_device`.
        pulse_channel_number: which output of the pulse generator is wired.
    """

    smu: Any
    pulser: Any
    matrix: Any
    adapters: dict[str, Any]
    pulse_channel_number: int = 1

    @property
    def pulse_channel(self) -> Any:
        """The wired output of the pulse generator."""
        return self.pulser.channels[self.pulse_channel_number]

    def rest_pulser(self) -> None:
        """Bring the wired output's levels to rest; it must be off."""
        rest(self.pulser, self.pulse_channel_number)

    def check_errors(self) -> None:
        """Read all three error queues.

        Raises:
            InstrumentError: one of them held something.
        """
        self.smu.check_errors()
        self.pulser.check_errors()
        errors = self.matrix.check_errors()
        if errors:
            raise reported_errors(self.matrix.name, errors)

    def clear_errors(self) -> None:
        """Forget the errors that an earlier script left in the queues."""
        self.smu.clear()
        self.pulser.clear()
        self.matrix.clear_errors()

    def close(self) -> None:
        """Give the links back; one that cannot be closed does not keep the others."""
        _close_all(self.adapters)


def open_instruments(station: Station) -> Instruments:
    """Open all three instruments and check their identities; nothing is set and nothing moves.

    Raises:
        InstrumentError: one cannot be opened, or does not answer before the deadline.
        WrongInstrument: one answers `*IDN?` with another identity.
    """
    drivers: dict[str, Any] = {}
    links: dict[str, Link] = {}
    try:
        for role, driver in _DRIVERS.items():
            entry: Instrument = getattr(station.instruments, role)
            links[role] = Link(role, entry, station)
            drivers[role] = driver(links[role], name=links[role].instrument_name)
        for role, driver in drivers.items():
            check_identity(driver, getattr(station.instruments, role))
    except BaseException:
        _close_all(links)
        raise
    return Instruments(**drivers, adapters=links, pulse_channel_number=station.instruments.pulser.channel)


def _close_all(links: Mapping[str, Any]) -> None:
    for link in links.values():
        try:
            link.close()
        except (pyvisa.Error, OSError) as error:
            log.error("could not close a link: %r", error)


def check_identity(driver: Any, entry: Instrument) -> None:
    """Ask an instrument who it is.

    Raises:
        WrongInstrument: it is not the one that the station file expects.
    """
    answer = str(driver.id)
    if not re.match(entry.idn, answer):
        raise WrongInstrument(
            f"the instrument at {entry.address} answers *IDN? with {answer!r}",
            f"an answer that begins with {entry.idn!r}",
            "check the address and the cabling, or correct `idn` in the station file",
            address=entry.address,
            expected=entry.idn,
            got=answer,
        )
