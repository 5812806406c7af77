"""Keithley 3706A system switch with matrix cards: relays that join rows to columns, spoken to in TSP.

A Model 3730 card is a matrix of 6 rows and 16 columns; its channels are written SRCC: slot, row, two digits of column.
The language is the part of TSP in `_tsp`; the common commands of IEEE 488.2 work too. The digital multimeter and the
analog backplane are not there.

Sources: Series 3700A reference manual 3700AS-901-01, Model 3730 card specifications.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from spinloop.emulator.clock import VirtualClock
from spinloop.emulator.instruments._elements import Element, Resistor
from spinloop.emulator.instruments._front import Front, OptionCheck, text
from spinloop.emulator.instruments._tsp import Property, Table, Tsp, Value, lua_text, runtime_error
from spinloop.protocols.scpi import Interpreter, MessageExchange, ScpiError, Tree, common_commands

ROWS, COLUMNS, SLOTS = 6, 16, 6
SETTLING_SECONDS = 4e-3  # 3730: latching electromechanical relays, actuation time < 4 ms
# 3730: contact resistance < 1 Ohm through the card at the end of life; relays of one card differ.
LEAST_OHMS, MOST_OHMS = 0.2, 0.8
MAX_DELAY_SECONDS = 60.0
MAX_DELAY_CALL_SECONDS = 1e5
FIRMWARE = "01.56c"
_CHANNEL = re.compile(r"([1-6])([1-9])([0-9]{2})")


def _cards(value: Any) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= SLOTS or any(card not in ("3730", "") for card in value):
        raise ValueError(f'a list of 1 to {SLOTS} cards, "3730" or "" for an empty slot')
    return [str(card) for card in value]


class Keithley3706A(Front):
    """A switch matrix with the terminals `slot1.row1` to `slot6.row6` and `slot1.column1` to `slot6.column16`."""

    MODEL = "keithley3706a"
    OPTIONS: ClassVar[Mapping[str, OptionCheck]] = {"serial": text, "cards": _cards}
    TREE = Tree(command for command in common_commands() if command.pattern.startswith("*"))

    def __init__(
        self, name: str, clock: VirtualClock, rng: np.random.Generator, options: Mapping[str, Any] | None = None
    ) -> None:
        cards = (options or {}).get("cards", ["3730"])
        self.slots = tuple(slot for slot, card in enumerate(cards, start=1) if card)
        self.ohms = {channel: float(rng.uniform(LEAST_OHMS, MOST_OHMS)) for channel in self._channels(self.slots)}
        self.closed: set[int] = set()
        self.counts: dict[int, int] = {}
        self.delays: dict[int, float] = {}
        self.connect_rule = 1
        self.prompts = False
        super().__init__(name, clock, rng, options)

    # --- the bench's side ---

    @property
    def terminals(self) -> tuple[str, ...]:
        """Rows, then columns, of each card."""
        rows = [f"slot{slot}.row{row}" for slot in self.slots for row in range(1, ROWS + 1)]
        return (*rows, *(f"slot{slot}.column{column}" for slot in self.slots for column in range(1, COLUMNS + 1)))

    def elements(self) -> list[Element]:
        """A resistance for each closed relay; an open one is nothing."""
        return [
            Resistor(
                f"slot{channel // 1000}.row{channel // 100 % 10}",
                f"slot{channel // 1000}.column{channel % 100}",
                self.ohms[channel],
            )
            for channel in sorted(self.closed)
        ]

    def output_on(self) -> bool:
        """Never: a matrix drives nothing."""
        return False

    # --- language ---

    def _new_exchange(self) -> MessageExchange:
        self._tsp = Tsp(self._globals())
        self._interpreter = Interpreter(self, self.TREE)
        return MessageExchange(self._execute, self.status, find_end=_newline)

    def _execute(self, message: bytes) -> bytes | None:
        """A line that starts with an asterisk is a common command, anything else is TSP."""
        stripped = message.strip()
        if stripped.startswith(b"*"):
            return self._interpreter.execute(stripped)
        try:
            self._tsp.run(stripped.decode("latin-1"))
        except ScpiError as error:
            self.status.report(error)
        lines = self._tsp.printed
        return "\n".join(lines).encode("latin-1") if lines else None

    def identity(self) -> str:
        """As the instrument answers `*IDN?`."""
        return f"KEITHLEY INSTRUMENTS INC.,MODEL 3706A,{self.serial},{FIRMWARE}"

    def reset(self) -> None:
        """All channels open, delays and rules at their defaults; closure counts stay."""
        self._switch(set())
        self.delays.clear()
        self.connect_rule = 1

    def _globals(self) -> dict[str, Any]:
        node = {
            "model": "3706A",
            "serialno": self.serial,
            "revision": FIRMWARE,
            "description": "Keithley 3706A",
            "prompts": Property(lambda: float(self.prompts), self._set_prompts),
            "reset": self.reset,
        }
        queue: dict[str, Any] = {
            "count": Property(lambda: float(len(self.status.errors))),
            "next": self._next_error,
            "clear": self._clear_errors,
        }
        return {
            "channel": Table(self._channel_commands()),
            "localnode": Table(node),
            "errorqueue": Table(queue),
            "slot": Table(indexed={slot: self._card(slot) for slot in range(1, SLOTS + 1)}),
            "status": Table({"reset": self.status.preset}),
            "reset": self.reset,
            "waitcomplete": self.wait_complete,
            "opc": self.status.operation_complete,
            "delay": self._delay,
            "tostring": _to_string,
            "tonumber": _to_number,
        }

    def _channel_commands(self) -> dict[str, Any]:
        return {
            "open": self._open,
            "close": self._close,
            "exclusiveclose": self._exclusive_close,
            "exclusiveslotclose": self._exclusive_slot_close,
            "getclose": self._get_close,
            "getstate": self._get_state,
            "getcount": self._get_count,
            "setdelay": self._set_delay,
            "getdelay": self._get_delay,
            "reset": self._reset_channels,
            "connectrule": Property(lambda: float(self.connect_rule), self._set_rule),
            "OFF": 0.0,
            "BREAK_BEFORE_MAKE": 1.0,
            "MAKE_BEFORE_BREAK": 2.0,
        }

    def _card(self, slot: int) -> Table:
        if slot not in self.slots:
            return Table({"idn": "Empty Slot"})
        matrix = {"matrix": float(ROWS)}, {"matrix": float(COLUMNS)}
        idn = f"3730,6x16 High Density Matrix,01.40e,{slot:02d}{self.serial[:6]}"
        return Table({"idn": idn, "rows": Table(dict(matrix[0])), "columns": Table(dict(matrix[1]))})

    # --- relays ---

    def _open(self, items: Value = "") -> None:
        self._switch(self.closed - set(self._listed(items)))

    def _close(self, items: Value = "") -> None:
        self._switch(self.closed | set(self._listed(items, slots=False)))

    def _exclusive_close(self, items: Value = "") -> None:
        self._switch(set(self._listed(items, slots=False, empty=True)))

    def _exclusive_slot_close(self, items: Value = "") -> None:
        wanted = set(self._listed(items, slots=False))
        touched = {channel // 1000 for channel in wanted}
        self._switch({channel for channel in self.closed if channel // 1000 not in touched} | wanted)

    def _get_close(self, items: Value = "") -> str | None:
        found = [str(channel) for channel in self._listed(items) if channel in self.closed]
        return ";".join(found) or None

    def _get_state(self, items: Value = "") -> str:
        return ";".join("1" if channel in self.closed else "0" for channel in self._listed(items))

    def _get_count(self, items: Value = "") -> str:
        return ",".join(str(self.counts.get(channel, 0)) for channel in self._listed(items))

    def _set_delay(self, items: Value, seconds: Value) -> None:
        delay = _number(seconds, 0.0, MAX_DELAY_SECONDS)
        for channel in self._listed(items):
            self.delays[channel] = delay

    def _get_delay(self, items: Value = "") -> str:
        return ",".join(f"{self.delays.get(channel, 0.0):.5e}" for channel in self._listed(items))

    def _reset_channels(self, items: Value = "") -> None:
        listed = set(self._listed(items))
        self._switch(self.closed - listed)
        for channel in listed:
            self.delays.pop(channel, None)

    def _switch(self, wanted: set[int]) -> None:
        """Move the relays as the connection rule says; each step takes the settling time."""
        opening, closing = self.closed - wanted, wanted - self.closed
        # Rules of the manual: 1 opens before it closes, 2 closes before it opens, 0 promises no order (here: as 1).
        for step in ("close", "open") if self.connect_rule == 2 else ("open", "close"):
            moving = opening if step == "open" else closing
            if moving:
                self.closed = self.closed - opening if step == "open" else self.closed | closing
                self.clock.advance(SETTLING_SECONDS)
        if closing:
            self.clock.advance(max(self.delays.get(channel, 0.0) for channel in closing))
        for channel in closing:
            self.counts[channel] = self.counts.get(channel, 0) + 1

    def _listed(self, items: Value, slots: bool = True, empty: bool = False) -> list[int]:
        """The channels of a channel list such as "1101,1103:1105,slot2"; nothing moves unless all of it is right."""
        if not isinstance(items, str):
            raise runtime_error("a channel list is a string")
        if not items.strip():
            if empty:
                return []
            raise ScpiError(1114, text="Channel list is empty")
        found: list[int] = []
        for item in re.split(r"[,;]", items):
            found += self._item(item.strip(), slots)
        return list(dict.fromkeys(found))

    def _item(self, item: str, slots: bool) -> list[int]:
        if item == "allslots" or re.fullmatch(r"slot[1-6]", item):
            if not slots:
                raise ScpiError(1115, text=f"Parameter error {item} is not allowed here")
            chosen = self.slots if item == "allslots" else (int(item[4]),)
            return self._channels(tuple(slot for slot in chosen if slot in self.slots))
        first, colon, last = item.partition(":")
        start = self._channel(first)
        if not colon:
            return [start]
        end = self._channel(last)
        if end < start or start // 100 != end // 100:
            raise ScpiError(1115, text=f"Parameter error invalid range {item[:20]}; one row, lowest column first")
        return list(range(start, end + 1))

    def _channel(self, name: str) -> int:
        found = _CHANNEL.fullmatch(name.strip())
        if found is None:
            raise ScpiError(1115, text=f"Parameter error no such channel or pattern {name[:20]}")
        if int(name) not in self.ohms:
            raise ScpiError(1115, text=f"Parameter error channel {name.strip()} does not exist in this slot")
        return int(name)

    @staticmethod
    def _channels(slots: tuple[int, ...]) -> list[int]:
        return [
            1000 * slot + 100 * row + column
            for slot in slots
            for row in range(1, ROWS + 1)
            for column in range(1, COLUMNS + 1)
        ]

    # --- the rest ---

    def _set_rule(self, value: Value) -> None:
        self.connect_rule = int(_number(value, 0, 2))

    def _set_prompts(self, value: Value) -> None:
        self.prompts = bool(_number(value, 0, 1))

    def _delay(self, seconds: Value) -> None:
        self.clock.advance(_number(seconds, 0.0, MAX_DELAY_CALL_SECONDS))

    def _next_error(self) -> tuple[Value, ...]:
        error = self.status.errors.pop()
        self.status.refresh()
        if error.code == 0:
            return (0.0, "Queue Is Empty", 0.0, 0.0)
        return (float(error.code), error.message, 20.0, 1.0)

    def _clear_errors(self) -> None:
        self.status.errors.clear()
        self.status.refresh()


def _newline(buffer: bytes) -> int | None:
    found = buffer.find(b"\n")
    return found if found >= 0 else None


def _number(value: Value, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise runtime_error("a number was expected")
    if not low <= value <= high:
        raise ScpiError(-222, f"{value:g} is outside {low:g} to {high:g}")
    return float(value)


def _to_string(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else lua_text(value)


def _to_number(value: Value) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


FRONT = Keithley3706A
