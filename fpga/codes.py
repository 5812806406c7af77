"""From volts and seconds to the integers that the RTL works with: the only place where anything is rounded.

All rounding is to the nearest, ties to even (`numpy.rint`), and happens on the host.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.fpga import tile_info as tile

CERTAIN = 1 << 32
"""The code of probability 1; a switching probability p has the code rint(p 2^32)."""

_THRESHOLD_ONE = 1 << 16
_SEGMENTS_PER_SIDE = 127  # of the sigmoid table, from zero bias to the largest
_SEGMENT = 256  # bias codes in one segment
_BIAS_ZERO = 1 << 15


def clocks_of(seconds: float) -> int:
    """Whole clocks nearest to a time.

    Example:
        >>> clocks_of(1e-6)
        100
    """
    return int(np.rint(seconds * tile.CLOCK_HERTZ))


def switching_probability(volts: NDArray[Any], width_seconds: NDArray[Any]) -> NDArray[np.float64]:
    """Thermal activation at constant barrier and critical voltage, for a cell that is not in its final state yet.

    P = 1 - exp(-(t / tau0) exp(-Delta (1 - |V| / Vc))): Koch, Katine, Sun, Phys. Rev. Lett. 92, 088302 (2004), with
    tau0 = 1 ns. It is used up to the write limit, where it means "certain".

    Args:
        volts: any shape; the sign does not matter.
        width_seconds: broadcasts against `volts`.
    """
    exponent = -tile.BARRIER_KT * (1.0 - np.abs(volts) / tile.CRITICAL_VOLTS)
    switched: NDArray[np.float64] = -np.expm1(-(width_seconds / tile.ATTEMPT_SECONDS) * np.exp(exponent))
    return switched


def probability_codes(volts: NDArray[Any], width_seconds: NDArray[Any]) -> NDArray[np.uint64]:
    """Switching probability in units of 2^-32, 0 .. 2^32."""
    return np.rint(switching_probability(volts, width_seconds) * CERTAIN).astype(np.uint64)


def input_codes(volts: NDArray[Any]) -> NDArray[np.int8]:
    """Codes of the 8-bit input converter, -127 .. 127, one step being `tile_info.INPUT_VOLTS_PER_CODE`."""
    return np.rint(volts / tile.INPUT_VOLTS_PER_CODE).astype(np.int8)


def bias_codes(volts: NDArray[Any]) -> NDArray[np.uint32]:
    """Bias codes: 32768 is zero, `MAX_BIAS_VOLTS` is 127 segments of 256 codes away."""
    steps = np.rint(np.asarray(volts, dtype=np.float64) / tile.MAX_BIAS_VOLTS * (_SEGMENTS_PER_SIDE * _SEGMENT))
    return (steps + _BIAS_ZERO).astype(np.uint32)


def neuron_probability(bias_volts: NDArray[Any]) -> NDArray[np.float64]:
    """Stationary probability of a 1, 1 / (1 + exp(-2 Delta V / Vc)): two wells tilted by the bias."""
    tilt = 2.0 * tile.NEURON_BARRIER_KT * np.asarray(bias_volts, dtype=np.float64) / tile.NEURON_CRITICAL_VOLTS
    return 1.0 / (1.0 + np.exp(-tilt))


def sigmoid_table() -> NDArray[np.uint32]:
    """The 256 table words: threshold at the start of each segment, and its rise over the segment.

    Between the starts the RTL interpolates. Worst error against the law: 7.4e-5 from the lines, 4e-5 from the bias
    code, 1.5e-5 from rounding thresholds.
    """
    starts = (np.arange(257) - _BIAS_ZERO // _SEGMENT) * (tile.MAX_BIAS_VOLTS / _SEGMENTS_PER_SIDE)
    thresholds = np.rint(neuron_probability(starts) * _THRESHOLD_ONE).astype(np.int64)
    rises = np.diff(thresholds)
    return (thresholds[:-1] | rises << 17).astype(np.uint32)
