"""The base of all front panels: message exchange, locks, options from the bench file, and the wiring around it.

A front declares its terminals, its elements and what a message does. It knows nothing of chips, of other instruments
or of the route that a message came by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from spinloop.emulator.clock import VirtualClock
from spinloop.emulator.instruments._elements import Element
from spinloop.emulator.instruments._locks import Locks
from spinloop.emulator.instruments._port import Surroundings, Unwired
from spinloop.protocols.scpi import Interpreter, MessageExchange, StatusModel, Tree

OptionCheck = Callable[[Any], Any]
"""Turns the value of an option in the bench file into the one that the front wants; raises ValueError if it cannot."""


class Front:
    """One instrument as its user meets it.

    Args:
        name: what the bench calls it.
        clock: the bench's.
        rng: this instrument's own random stream: its calibration, then its noise.
        options: the model's own keys of the bench file, checked.
    """

    MODEL: ClassVar[str]
    SERIAL: ClassVar[str] = "04400001"
    OPTIONS: ClassVar[Mapping[str, OptionCheck]] = {}

    def __init__(
        self, name: str, clock: VirtualClock, rng: np.random.Generator, options: Mapping[str, Any] | None = None
    ) -> None:
        self.name = name
        self.clock = clock
        self.rng = rng
        self.options = dict(options or {})
        self.serial = str(self.options.get("serial", self.SERIAL))
        self.locks = Locks()
        self.surroundings: Surroundings = Unwired()
        self.status = self._new_status()
        self.exchange = self._new_exchange()

    # --- the bench's side ---

    @property
    def terminals(self) -> tuple[str, ...]:
        """The connectors that can be wired."""
        raise NotImplementedError

    def elements(self) -> list[Element]:
        """What the instrument puts between its terminals now."""
        raise NotImplementedError

    def output_on(self) -> bool:
        """Whether any of its outputs is energised."""
        raise NotImplementedError

    def power_on(self) -> None:
        """The state after the mains switch: settings at their defaults, status and queues empty."""
        self.status = self._new_status()
        self.exchange = self._new_exchange()
        self.reset()

    # --- the device port ---

    def write(self, data: bytes, end: bool = True, stream: bool = False) -> None:
        """See `DevicePort.write`."""
        self.exchange.receive(data, end, stream)

    def read(self, count: int, stop_at: int | None = None, stream: bool = False) -> tuple[bytes, bool] | None:
        """See `DevicePort.read`."""
        if stop_at is None:
            return self.exchange.read(count, stream)
        return self.exchange.read_until(count, stop_at, stream)

    def serial_poll(self) -> int:
        """See `DevicePort.serial_poll`."""
        return self.status.serial_poll()

    @property
    def requests_service(self) -> bool:
        """See `DevicePort.requests_service`."""
        return self.status.requesting

    def trigger(self) -> None:
        """See `DevicePort.trigger`."""
        self.exchange.receive(b"*TRG")

    def clear(self) -> None:
        """See `DevicePort.clear`."""
        self.exchange.clear()

    # --- what the common commands need ---

    def identity(self) -> str:
        """The answer to `*IDN?`."""
        raise NotImplementedError

    def reset(self) -> None:
        """The state of `*RST`."""
        raise NotImplementedError

    def self_test(self) -> int:
        """0: an emulated instrument has no hardware to fail."""
        return 0

    def bus_trigger(self) -> None:
        """What `*TRG` does; nothing unless a model says so."""

    def wait_complete(self) -> None:
        """Nothing is ever pending: what takes time lets the clock run while it is carried out."""

    def _new_status(self) -> StatusModel:
        return StatusModel()

    def _new_exchange(self) -> MessageExchange:
        raise NotImplementedError


class ScpiFront(Front):
    """A front whose language is SCPI: it declares `TREE` and nothing else of the language."""

    TREE: ClassVar[Tree]

    def _new_exchange(self) -> MessageExchange:
        self._interpreter = Interpreter(self, self.tree())
        return MessageExchange(self._interpreter.execute, self.status)

    def tree(self) -> Tree:
        """The headers that it understands now (some instruments speak several dialects)."""
        return self.TREE


def one_of(*allowed: str) -> OptionCheck:
    """A check for an option that is one of several words."""

    def check(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return str(value)

    return check


def text(value: Any) -> str:
    """A check for an option that is a short text of printable characters without commas."""
    if not isinstance(value, str) or not value.isprintable() or "," in value or not 0 < len(value) <= 40:
        raise ValueError("1 to 40 printable characters without commas")
    return value
