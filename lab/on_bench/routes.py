"""The switch matrix as wires: which lines are connected to which bus."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from spinloop.lab.station import Wiring
from spinloop.protocols.errors import InstrumentError

Channels = frozenset[str]


class Routes:
    """Connects lines to buses, and moves no relay that is where it should be.

    Args:
        matrix: driver of the switch.
        wiring: which channel connects which line to which bus.
        before_moving: called before relays move; it brings every output to zero.
    """

    def __init__(self, matrix: Any, wiring: Wiring, before_moving: Callable[[], None]) -> None:
        self._matrix = matrix
        self._wiring = wiring
        self._before_moving = before_moving
        self._closed: Channels | None = None

    def forget(self) -> None:
        """Assume nothing about the relays."""
        self._closed = None

    def measure(self, rows: Iterable[int], col: int) -> None:
        """Put word lines on the source meter's HI and one bit line on its LO; all other lines float."""
        self._connect(frozenset([*(self._wiring.word_high[row] for row in rows), self._wiring.bit_low[col]]))

    def pulse(self, row: int, col: int) -> None:
        """Put one word line on the pulse generator and one bit line on common ground; all other lines float."""
        self._connect(frozenset([self._wiring.word_pulse[row], self._wiring.bit_low[col]]))

    def open_all(self) -> None:
        """Let every line float."""
        if self._closed == frozenset():
            return
        self._before_moving()
        self._closed = None
        self._matrix.open_all()
        self._closed = frozenset()

    def confirm_open(self) -> None:
        """Ask the switch itself.

        Raises:
            InstrumentError: a relay is still closed.
        """
        self._check(frozenset(), frozenset(self._matrix.closed_channels))

    def _connect(self, wanted: Channels) -> None:
        if self._closed == wanted:
            return
        self._before_moving()
        self._closed = None
        self._check(wanted, frozenset(self._matrix.route(sorted(wanted))))
        self._closed = wanted

    def _check(self, wanted: Channels, found: Channels) -> None:
        if found != wanted:
            raise InstrumentError(
                f"{self._matrix.name} has closed {sorted(found)}",
                f"{sorted(wanted)}, as it was told",
                "check its cards, its interlock and its error queue; nothing was energised",
            )
