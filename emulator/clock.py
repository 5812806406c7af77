"""The one virtual clock that every instrument, filter and junction of a bench shares.

Time passes only when something says that it takes time: an integration, a relay that settles, a burst of pulses.
Nothing here sleeps, so a script with minutes of integration finishes in milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Listener = Callable[[float], None]


class VirtualClock:
    """Seconds since the bench was opened; they pass when `advance` is called.

    Example:
        >>> clock = VirtualClock()
        >>> clock.advance(0.02)
        >>> clock.seconds
        0.02
    """

    def __init__(self) -> None:
        self._seconds = 0.0
        self._listeners: list[Listener] = []

    @property
    def seconds(self) -> float:
        """Seconds since the clock was made."""
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Let time pass. Whoever listens is told first: what it was wired to did not change meanwhile.

        Args:
            seconds: how long, finite and >= 0.

        Raises:
            ValueError: time would stand still for ever (NaN), run backwards, or never end.
        """
        if not 0.0 <= seconds < math.inf:  # written so that NaN is refused too
            raise ValueError(f"a clock cannot advance by {seconds} s; allowed: a finite time >= 0")
        if seconds == 0.0:
            return
        for listener in self._listeners:
            listener(seconds)
        self._seconds += seconds

    def listen(self, listener: Listener) -> None:
        """Call `listener(elapsed_seconds)` at every advance, just before `seconds` moves."""
        self._listeners.append(listener)
