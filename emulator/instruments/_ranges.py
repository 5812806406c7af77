"""Ranges of a meter or source: full scale, resolution, accuracy, noise; and the calibration of one specimen.

A specification is a bound. One specimen's gain and offset errors are drawn once, uniformly within `CALIBRATION_SHARE`
of that bound, and stay; what differs from reading to reading is the noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

CALIBRATION_SHARE = 0.5
OVERRANGE = 1.05  # ranges reach 105 % of their name (Keithley 2450 data sheet)


@dataclass(frozen=True, slots=True)
class Range:
    """One line of a data sheet's accuracy table.

    Attributes:
        full_scale: its name, in volts or amperes.
        resolution: smallest step.
        relative: accuracy, share of the reading.
        absolute: accuracy, added to it.
        noise: rms noise of one reading at one power line cycle (meter) or of the output (source).
    """

    full_scale: float
    resolution: float
    relative: float
    absolute: float
    noise: float


def range_for(ranges: tuple[Range, ...], value: float) -> int:
    """Index of the smallest range that holds a value; the largest if none does."""
    for index, each in enumerate(ranges):
        if abs(value) <= each.full_scale * OVERRANGE:
            return index
    return len(ranges) - 1


def range_named(ranges: tuple[Range, ...], value: float) -> int:
    """Index of the range that a user asks for by a value: the smallest whose full scale is not below it."""
    for index, each in enumerate(ranges):
        if abs(value) <= each.full_scale * (1 + 1e-9):
            return index
    return len(ranges) - 1


class Calibration:
    """How one specimen's ranges deviate from the truth, for good.

    Args:
        ranges: from the data sheet.
        rng: the specimen's stream.
    """

    def __init__(self, ranges: tuple[Range, ...], rng: np.random.Generator) -> None:
        self._ranges = ranges
        self._gain = rng.uniform(-CALIBRATION_SHARE, CALIBRATION_SHARE, len(ranges)) * [r.relative for r in ranges]
        self._offset = rng.uniform(-CALIBRATION_SHARE, CALIBRATION_SHARE, len(ranges)) * [r.absolute for r in ranges]

    def reading(self, index: int, truth: float, cycles: float, rng: np.random.Generator) -> float:
        """What the meter shows on a range.

        Args:
            index: of the range.
            truth: what is there.
            cycles: integration time in power line cycles; white noise averages down with its root, and below one
                cycle a digit is lost for each factor of ten (data sheet, 6.5 digits at 1, 4.5 at 0.01 cycles).
            rng: for the noise.
        """
        each = self._ranges[index]
        noisy = truth * (1.0 + self._gain[index]) + self._offset[index] + each.noise / math.sqrt(cycles) * rng.normal()
        step = each.resolution * max(1.0, 10.0 ** math.ceil(-math.log10(cycles) - 1e-9))
        return float(round(noisy / step) * step)

    def output(self, index: int, setting: float) -> float:
        """What the source puts out on a range for a setting: rounded to its step, then its own errors."""
        each = self._ranges[index]
        stepped = round(setting / each.resolution) * each.resolution
        return float(stepped * (1.0 + self._gain[index]) + (self._offset[index] if setting else 0.0))
