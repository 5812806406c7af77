"""Chance as an argument: one counter-based stream per device, from one root seed.

Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) maps a 64-bit key
and a
128-bit counter to 128 random bits. The key comes from the root seed and the purpose, the counter holds the device's
row and column and the number of the draw. So a device's history depends on nothing but the seed, its place, and how
often it
drew: not on its neighbours, the batch size, or the number of threads.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

_M0, _M1 = 0xD2511F53, 0xCD9E8D57  # multipliers and Weyl increments of Philox4x32, Salmon et al. 2011, table 2
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_MASK = 0xFFFFFFFF
_ROUNDS = 10
_FEW = 4  # below this many devices, Python's integers are faster than numpy's call overhead; the bits are the same

Index = int | NDArray[Any]


class Chance:
    """Independent streams of random numbers, addressed by device and draw.

    Args:
        seed: root seed, any integer >= 0.
        purpose: names that tell this use of chance from all others, for example the block and "read".
    """

    def __init__(self, seed: int, *purpose: str) -> None:
        text = "/".join((str(seed), *purpose)).encode()
        self.key = int.from_bytes(hashlib.sha256(text).digest()[:8], "little")

    def uniform(self, row: Index, col: Index, draw: Index) -> NDArray[np.float64]:
        """Uniform numbers in the open interval (0, 1), on the grid (k + 1/2) / 2^53.

        Args:
            row: word line of each device, below 2^32; broadcasts with the others.
            col: bit line of each device, below 2^32.
            draw: how many numbers this device took from this stream before, below 2^64.
        """
        rows, cols, draws = np.broadcast_arrays(
            np.asarray(row, dtype=np.uint64), np.asarray(col, dtype=np.uint64), np.asarray(draw, dtype=np.uint64)
        )
        if rows.size <= _FEW:
            places = zip(rows.ravel().tolist(), cols.ravel().tolist(), draws.ravel().tolist(), strict=True)
            return np.array([self.uniform_one(*place) for place in places], dtype=np.float64).reshape(rows.shape)
        low, high, _, _ = philox4x32(rows, cols, draws & np.uint64(_MASK), draws >> np.uint64(32), self.key)
        bits = (low | (high << np.uint64(32))) >> np.uint64(11)
        return (bits.astype(np.float64) + 0.5) * 2.0**-53

    def uniform_one(self, row: int, col: int, draw: int) -> float:
        """The same number for one device, without the overhead of arrays."""
        low, high, _, _ = _philox(row, col, draw & _MASK, draw >> 32, self.key)
        return (((low | (high << 32)) >> 11) + 0.5) * 2.0**-53

    def normal_one(self, row: int, col: int, draw: int) -> float:
        """The same as `normal` for one device."""
        return float(ndtri(self.uniform_one(row, col, draw)))

    def normal(self, row: Index, col: Index, draw: Index) -> NDArray[np.float64]:
        """Standard normal numbers, by inversion of the cumulative distribution; arguments as in `uniform`."""
        values: NDArray[np.float64] = np.asarray(ndtri(self.uniform(row, col, draw)))
        return values


def philox4x32(
    c0: NDArray[np.uint64], c1: NDArray[np.uint64], c2: NDArray[np.uint64], c3: NDArray[np.uint64], key: int
) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]:
    """Philox4x32-10 on arrays: a 128-bit counter and a 64-bit key to four 32-bit random words, all as uint64."""
    k0, k1 = key & _MASK, key >> 32
    mask, half = np.uint64(_MASK), np.uint64(32)
    m0, m1 = np.uint64(_M0), np.uint64(_M1)
    for _ in range(_ROUNDS):
        p0, p1 = c0 * m0, c2 * m1
        c0, c2 = (p1 >> half) ^ c1 ^ np.uint64(k0), (p0 >> half) ^ c3 ^ np.uint64(k1)
        c1, c3 = p1 & mask, p0 & mask
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
    return c0, c1, c2, c3


def _philox(c0: int, c1: int, c2: int, c3: int, key: int) -> tuple[int, int, int, int]:
    """The same for one counter, in Python's integers."""
    k0, k1 = key & _MASK, key >> 32
    for _ in range(_ROUNDS):
        p0, p1 = c0 * _M0, c2 * _M1
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & _MASK, (p0 >> 32) ^ c3 ^ k1, p0 & _MASK
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
    return c0, c1, c2, c3
