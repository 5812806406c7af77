"""Reading buffers of a source meter: bounded stores of readings, and their statistics."""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass

MAX_BUFFER_POINTS = 6_875_000  # Keithley 2450 reference manual, :TRACe:POINts
DEFAULT_BUFFER_POINTS = 100_000


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement.

    Attributes:
        value: of the measured function, in its unit.
        source: what was being sourced (read back).
        volts: across the terminals.
        amps: out of HI.
        seconds: when, on the bench's clock.
        limited: the source was at its limit.
    """

    value: float
    source: float
    volts: float
    amps: float
    seconds: float
    limited: bool

    @property
    def ohms(self) -> float:
        """Volts per ampere; infinite without a current."""
        return self.volts / self.amps if self.amps else float("inf")


class ReadingBuffer:
    """Holds the latest readings, up to its size.

    Args:
        points: its size.
    """

    def __init__(self, points: int = DEFAULT_BUFFER_POINTS) -> None:
        self.readings: deque[Reading] = deque(maxlen=points)

    @property
    def points(self) -> int:
        """How many readings it can hold."""
        return self.readings.maxlen or 0

    @property
    def full(self) -> bool:
        """Whether the next reading pushes the oldest out."""
        return len(self.readings) == self.readings.maxlen

    def resize(self, points: int) -> None:
        """Another size; what was stored is lost, as on the instrument."""
        self.readings = deque(maxlen=points)

    def statistics(self, kind: str, values: list[float]) -> float:
        """AVER, MAX, MIN, STDD or PKPK of some values; 0 where there are none."""
        if not values:
            return 0.0
        if kind == "AVER":
            return statistics.fmean(values)
        if kind == "STDD":
            return statistics.stdev(values) if len(values) > 1 else 0.0
        if kind == "PKPK":
            return max(values) - min(values)
        return max(values) if kind == "MAX" else min(values)
