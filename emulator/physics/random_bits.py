"""Random bits from fluctuating junctions: bias, correlation, what exclusive-or mends, tests of NIST SP 800-22."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc, gammaincc, ndtri
from spinloop.emulator.physics.checks import positive, within
from spinloop.protocols.errors import BadParameter, WrongShape

RUNS_NEEDED = 100
"""Bits that SP 800-22 asks for in the frequency and runs tests, sections 2.1.7 and 2.3.7."""


def xor_bias(bias: ArrayLike, streams: int) -> NDArray[np.float64]:
    """Bias p(1) - 1/2 of the exclusive-or of k independent streams of the same bias, in magnitude: 2^(k-1) eps^k.

    The piling-up lemma: Matsui, EUROCRYPT 1993, lemma 3.

    Args:
        bias: eps = p(1) - 1/2, at most 1/2 in magnitude.
        streams: k >= 1.

    Raises:
        BadParameter: one of them is out of range.

    Example:
        >>> round(float(xor_bias(0.1, 2)), 12)
        0.02
    """
    count = int(within("streams", streams, 1.0))
    magnitude = np.abs(within("bias", bias, -0.5, 0.5))
    return np.asarray(0.5 * (2.0 * magnitude) ** count)


def sample_correlation(relaxation_hertz: ArrayLike, seconds: ArrayLike) -> NDArray[np.float64]:
    """Correlation of two looks at a telegraph device: exp(-Lambda t), Lambda = k_up + k_down (Machlup, 1954).

    Args:
        relaxation_hertz: Lambda > 0.
        seconds: time between the looks, >= 0.

    Raises:
        BadParameter: one of them is out of range.
    """
    rate, time = positive("relaxation_hertz", relaxation_hertz), within("seconds", seconds, 0.0)
    return np.asarray(np.exp(-rate * time))


def sampling_seconds(relaxation_hertz: ArrayLike, correlation: ArrayLike) -> NDArray[np.float64]:
    """Time between looks that leaves a correlation: the inverse of `sample_correlation`; 6.9 / Lambda for 0.001.

    Args:
        relaxation_hertz: Lambda > 0.
        correlation: more than 0 and at most 1.

    Raises:
        BadParameter: one of them is out of range.
    """
    left = within("correlation", correlation, 0.0, 1.0, open_low=True)
    return np.asarray(-np.log(left) / positive("relaxation_hertz", relaxation_hertz))


def monobit_bound(bits: int, significance: float = 0.01) -> float:
    """Largest |share of ones - 1/2| that passes the monobit test of SP 800-22, section 2.1.

    Args:
        bits: length of the sequence, >= 1.
        significance: chance to refuse a perfect sequence, between 0 and 1.

    Raises:
        BadParameter: one of them is out of range.

    Example:
        >>> round(monobit_bound(1_000_000), 5)
        0.00129
    """
    count = float(within("bits", bits, 1.0))
    level = float(within("significance", significance, 0.0, 1.0, open_low=True, open_high=True))
    return float(-ndtri(level / 2.0)) / (2.0 * math.sqrt(count))


# --- post-processing -----------------------------------------------------------------------------------------------


def xor_streams(streams: ArrayLike) -> NDArray[np.uint8]:
    """Exclusive-or of several streams, bit by bit.

    Args:
        streams: shape (k, n) of 0 and 1.

    Returns:
        Shape (n,).

    Raises:
        WrongShape: not two axes, or no stream.
        BadParameter: something else than 0 and 1.
    """
    array = _bits(streams, axes=2)
    if not len(array):
        raise WrongShape(f"streams {array.shape}", "at least one stream", "give (streams, bits)")
    return np.bitwise_xor.reduce(array, axis=0)


def fold(bits: ArrayLike, times: int) -> NDArray[np.uint8]:
    """Exclusive-or of `times` neighbours in one stream; a remainder is dropped, n becomes n // times.

    Raises:
        BadParameter: `times` is less than 1, or something else than 0 and 1.
    """
    count = int(within("times", times, 1.0))
    array = _bits(bits, axes=1)
    return np.bitwise_xor.reduce(array[: array.size // count * count].reshape(-1, count), axis=1)


def unbiased(bits: ArrayLike) -> NDArray[np.uint8]:
    """Von Neumann's extractor: of each pair, 01 gives 0 and 10 gives 1; equal ones are dropped.

    Exactly fair for independent bits of any bias eps; a share 1/4 - eps^2 of them is left (von Neumann, 1951). It does
    not mend correlation.

    Raises:
        BadParameter: something else than 0 and 1.
    """
    array = _bits(bits, axes=1)
    pairs = array[: array.size // 2 * 2].reshape(-1, 2)
    return np.ascontiguousarray(pairs[pairs[:, 0] != pairs[:, 1], 0])


# --- NIST SP 800-22 --------------------------------------------------------------------------------------------------


def monobit_test(bits: ArrayLike) -> float:
    """P-value of the frequency test: as many ones as zeros? SP 800-22 rev. 1a, section 2.1.

    Args:
        bits: shape (n,) of 0 and 1; NIST asks for 100 or more.

    Raises:
        BadParameter: no bits, or something else than 0 and 1.

    Example:
        >>> round(monobit_test([1, 0, 1, 1, 0, 1, 0, 1, 0, 1]), 6)
        0.527089
    """
    array = _some(bits)
    excess = abs(2 * int(array.sum(dtype=np.int64)) - array.size)
    return float(erfc(excess / math.sqrt(2.0 * array.size)))


def block_frequency_test(bits: ArrayLike, block: int = 128) -> float:
    """P-value of the frequency test within blocks, SP 800-22 rev. 1a, section 2.2; a remainder is not looked at.

    Args:
        bits: shape (n,) of 0 and 1.
        block: bits in each block; NIST asks for 20 or more, and for more than n / 100.

    Raises:
        BadParameter: fewer bits than one block, or something else than 0 and 1.

    Example:
        >>> round(block_frequency_test([0, 1, 1, 0, 0, 1, 1, 0, 1, 0], 3), 6)
        0.801252
    """
    array, length = _some(bits), int(within("block", block, 1.0))
    count = array.size // length
    if not count:
        raise BadParameter(f"{array.size} bits", f"at least one block of {length}", "give more bits")
    shares = array[: count * length].reshape(count, length).mean(axis=1)
    chi_squared = 4.0 * length * float(((shares - 0.5) ** 2).sum())
    return float(gammaincc(count / 2.0, chi_squared / 2.0))


def runs_test(bits: ArrayLike) -> float:
    """P-value of the runs test: does it oscillate too fast or too slowly? SP 800-22 rev. 1a, section 2.3.

    It is 0 where the share of ones is so far off, by 2 / sqrt n, that the monobit test has failed before.

    Args:
        bits: shape (n,) of 0 and 1; NIST asks for 100 or more.

    Raises:
        BadParameter: no bits, or something else than 0 and 1.

    Example:
        >>> round(runs_test([1, 0, 0, 1, 1, 0, 1, 0, 1, 1]), 6)
        0.147232
    """
    array = _some(bits)
    share = float(array.mean())
    if abs(share - 0.5) >= 2.0 / math.sqrt(array.size) or share in (0.0, 1.0):
        return 0.0
    runs = 1 + int(np.count_nonzero(array[1:] != array[:-1]))
    even = share * (1.0 - share)
    return float(erfc(abs(runs - 2.0 * array.size * even) / (2.0 * math.sqrt(2.0 * array.size) * even)))


def _bits(bits: Any, axes: int) -> NDArray[np.uint8]:
    array = np.asarray(bits)
    if array.ndim != axes:
        raise WrongShape(f"bits of {array.ndim} axes", f"{axes}", "give (bits,), or (streams, bits) where streams meet")
    if array.dtype != np.bool_ and not np.isin(array, (0, 1)).all():
        raise BadParameter("bits", "0 and 1", "compare to a threshold first")
    return array.astype(np.uint8)


def _some(bits: Any) -> NDArray[np.uint8]:
    array = _bits(bits, axes=1)
    if not array.size:
        raise BadParameter("no bits", f"at least 1, better {RUNS_NEEDED}", "sample some")
    return array
