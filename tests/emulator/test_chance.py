"""Laws of the random streams: the published vectors, and independence of everything but seed, place and draw."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from spinloop.emulator.chance import Chance, philox4x32

# Known-answer tests of the Random123 distribution (kat_vectors, philox4x32 10).
VECTORS = [
    ((0, 0, 0, 0), 0, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((2**32 - 1,) * 4, 2**64 - 1, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        0xA4093822 | 0x299F31D0 << 32,
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def test_philox_gives_the_published_vectors():
    for counter, key, words in VECTORS:
        out = philox4x32(*(np.array([c], dtype=np.uint64) for c in counter), key)
        assert tuple(int(word[0]) for word in out) == words


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**32))
def test_a_device_draws_the_same_alone_and_in_a_crowd(row, col, draw, seed):
    chance = Chance(seed, "block", "purpose")
    crowd = np.arange(17, dtype=np.uint64)
    rows, cols, draws = crowd.copy(), crowd.copy(), crowd.copy()
    rows[5], cols[5], draws[5] = row, col, draw
    alone = chance.uniform_one(row, col, draw)
    assert chance.uniform(rows, cols, draws)[5] == alone
    assert (
        chance.uniform(np.array([row], np.uint64), np.array([col], np.uint64), np.array([draw], np.uint64))[0] == alone
    )
    assert chance.normal(rows, cols, draws)[5] == chance.normal_one(row, col, draw)
    assert 0.0 < alone < 1.0


def test_seeds_and_purposes_give_different_streams():
    keys = {Chance(seed, block, purpose).key for seed in range(50) for block in "ab" for purpose in ("read", "line")}
    assert len(keys) == 200


def test_uniform_numbers_are_uniform_and_uncorrelated():
    """Chi-square over 64 bins, and correlation between neighbours and successive draws; false alarm 1e-6 together."""
    numbers = Chance(20261120, "test").uniform(np.arange(256)[:, None], 3, np.arange(1024))
    counts = np.histogram(numbers, bins=64, range=(0, 1))[0]
    expected = numbers.size / 64
    chi2 = ((counts - expected) ** 2 / expected).sum()
    assert chi2 < 63 + 5.5 * np.sqrt(2 * 63)  # Wilson-Hilferty: about 4e-7 at 5.5 sigma for 63 degrees
    centred = (numbers - 0.5) * np.sqrt(12.0)
    for product in (centred[:, 1:] * centred[:, :-1], centred[1:] * centred[:-1]):
        assert abs(product.mean()) * np.sqrt(product.size) < 5.2
