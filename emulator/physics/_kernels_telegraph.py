# mypy: allow-untyped-decorators, allow-untyped-defs, allow-untyped-calls
"""Compiled loops over telegraph devices: transition probabilities, draws, and the check of a bias.

Devices live in blocks of `LANES`. A block is one flat array of words, `ROWS` rows of `LANES`: four of the generator
xoshiro128+ (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM Trans. Math. Softw. 47, 2021),
then the parameters as the bits of floats. The barrier is positive, so its sign bit is free: it holds the state. A block
is always worked on whole, spare lanes included, and nothing is summed across lanes, so no device feels its neighbours.

Every sample takes one word of the device's stream, u, and flips the state if u is below the probability of an odd
number of switches. All methods compare the same u to the same probability; they differ in what they compute beside it.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from spinloop.emulator.physics._lane_functions import SIGN, exp32, exp32_pair, one_less_exp24, phi24_short, uniform24
from spinloop.emulator.physics._lanes import F, U, bits_from_float, float_from_bits, prefetch, widest_vectors

LANES = 512
ROWS = 8
SCRATCH = 4  # rows of floats beside each block: three of `thresholds`, and the last block's bias
ALIGNMENT = 64  # bytes; blocks and scratch that straddle cache lines cost a fifth more
_G = 4 * LANES  # barrier / critical bias for n = 1, else the barrier; its sign is the state
_O = 5 * LANES  # bias at which the device is fair
_K = 6 * LANES  # attempt rate, for n = 1 times exp(-barrier)
_C = 7 * LANES  # 1 / critical bias
_SHORT_BITS = U(0x3E800000)  # of 1/4: positive floats are ordered as their bits are


@njit(cache=True, nogil=True, error_model="numpy")
def _hazards_linear(B, W, bias, seconds):
    """Expected switches per interval, up and down, for n = 1; returns the bits of the largest sum."""
    widest_vectors()
    worst = U(0)
    for i in range(LANES):
        slope = float_from_bits(U(B[_G + i] & U(0x7FFFFFFF)))
        grow, shrink = exp32_pair(slope * (bias[i] - float_from_bits(B[_O + i])))
        centre = float_from_bits(B[_K + i]) * seconds
        up, down = centre * grow, centre * shrink
        total = up + down
        W[i] = total
        W[LANES + i] = up
        W[2 * LANES + i] = down
        worst = max(worst, bits_from_float(total))
    return worst


@njit(cache=True, nogil=True, error_model="numpy")
def _hazards_curved(B, W, bias, seconds, squared):
    """The same for n = 2 (`squared`) and n = 3/2."""
    widest_vectors()
    worst = U(0)
    for i in range(LANES):
        barrier = float_from_bits(U(B[_G + i] & U(0x7FFFFFFF)))
        reduced = (bias[i] - float_from_bits(B[_O + i])) * float_from_bits(B[_C + i])
        # Never below zero but by rounding: the bias was checked.
        low, high = max(F(1.0) - reduced, F(0.0)), max(F(1.0) + reduced, F(0.0))
        low_power = low * (low if squared else np.sqrt(low))
        high_power = high * (high if squared else np.sqrt(high))
        attempts = float_from_bits(B[_K + i]) * seconds
        up, down = attempts * exp32(-barrier * low_power), attempts * exp32(-barrier * high_power)
        total = up + down
        W[i] = total
        W[LANES + i] = up
        W[2 * LANES + i] = down
        worst = max(worst, bits_from_float(total))
    return worst


@njit(cache=True, nogil=True, error_model="numpy")
def thresholds(B, W, bias, seconds, twice_exponent):
    """Thresholds on 2^24 u for an odd number of switches in one interval; returns whether all intervals are short.

    With hazards h_up, h_down and y = h_up + h_down the probability out of 0 is h_up (1 - exp(-y)) / y. Row 0 becomes
    what u is multiplied with, rows 1 and 2 what it is then compared to, out of 0 and out of 1. Long intervals keep y
    in row 0 to save a division; short ones have 1 there and a series instead of an exponential. A block of short
    intervals only, takes a shorter way to the same bits.
    """
    widest_vectors()
    if twice_exponent == 2:
        worst = _hazards_linear(B, W, bias, seconds)
    else:
        worst = _hazards_curved(B, W, bias, seconds, twice_exponent == 4)
    if worst <= _SHORT_BITS:
        for i in range(LANES):
            part = phi24_short(W[i])
            W[i] = F(1.0)
            W[LANES + i] *= part
            W[2 * LANES + i] *= part
    else:
        for i in range(LANES):
            y = W[i]
            short = y <= F(0.25)
            part = phi24_short(y) if short else one_less_exp24(y)
            W[i] = F(1.0) if short else y
            W[LANES + i] *= part
            W[2 * LANES + i] *= part


@njit(cache=True, nogil=True, error_model="numpy")
def draw(B, W):
    """One word from each stream; flip where it says so."""
    widest_vectors()
    for i in range(LANES):
        a, b, c, d = B[i], B[LANES + i], B[2 * LANES + i], B[3 * LANES + i]
        word = U(a + d)
        t = U(b << U(9))
        c = U(c ^ a)
        d = U(d ^ b)
        b = U(b ^ c)
        a = U(a ^ d)
        B[i] = a
        B[LANES + i] = b
        B[2 * LANES + i] = U(c ^ t)
        B[3 * LANES + i] = U(U(d << U(11)) | U(d >> U(21)))
        bits = B[_G + i]
        # Blended bit by bit, because a choice between two loads is compiled to a gather.
        out_of_0, out_of_1 = bits_from_float(W[LANES + i]), bits_from_float(W[2 * LANES + i])
        p = float_from_bits(U(out_of_0 ^ U(U(out_of_0 ^ out_of_1) & U(U(0) - U(bits >> U(31))))))
        B[_G + i] = U(bits ^ (SIGN if uniform24(word, b) * W[i] < p else U(0)))


@njit(cache=True, nogil=True, error_model="numpy")
def _whole(W, bias):
    """A block's share of a bias; the last block's is filled up with zeros."""
    widest_vectors()
    if bias.size == LANES:
        return bias
    spare = W[3 * LANES :]
    for i in range(bias.size):
        spare[i] = bias[i]
    return spare


@njit(cache=True, nogil=True, error_model="numpy")
def _store(B, out):
    widest_vectors()
    for i in range(out.size):
        out[i] = np.uint8(B[_G + i] >> U(31))


@njit(cache=True, nogil=True, error_model="numpy")
def _fetch(bias, out):
    """The next sample's share lies a whole population further on, where no processor looks by itself."""
    widest_vectors()
    for i in range(0, bias.size, 16):
        prefetch(bias, i)
    for i in range(0, out.size, 64):
        prefetch(out, i)


@njit(cache=True, nogil=True, error_model="numpy")
def sample_fresh(blocks, bias, seconds, twice_exponent, out, W, first, last):
    """Method "exact": a bias for each sample; blocks first to last, all samples of one block before the next."""
    widest_vectors()
    n = bias.shape[1]
    for b in range(first, last):
        B, start, stop = blocks[b], b * LANES, min(n, (b + 1) * LANES)
        for t in range(bias.shape[0]):
            if t + 1 < bias.shape[0]:
                _fetch(bias[t + 1, start:stop], out[t + 1, start:stop])
            thresholds(B, W, _whole(W, bias[t, start:stop]), seconds, twice_exponent)
            draw(B, W)
            _store(B, out[t, start:stop])


@njit(cache=True, nogil=True, error_model="numpy")
def sample_held(blocks, bias, seconds, twice_exponent, out, W, first, last):
    """Method "cached": one bias for all samples, so the probabilities are computed once."""
    widest_vectors()
    n = bias.shape[0]
    for b in range(first, last):
        B, start, stop = blocks[b], b * LANES, min(n, (b + 1) * LANES)
        thresholds(B, W, _whole(W, bias[start:stop]), seconds, twice_exponent)
        for t in range(out.shape[0]):
            draw(B, W)
            _store(B, out[t, start:stop])


@njit(cache=True, nogil=True, error_model="numpy")
def largest(bias):
    """Bits of the largest magnitude; infinity and NaN have larger bits than any number."""
    widest_vectors()
    worst = U(0)
    for i in range(bias.size):
        worst = max(worst, U(bits_from_float(bias[i]) & U(0x7FFFFFFF)))
    return worst


@njit(cache=True, nogil=True, error_model="numpy")
def worst_bias(blocks, bias):
    """Bits of the largest reduced bias |bias - fair| / critical."""
    n = bias.shape[1]
    worst = U(0)
    for b in range(blocks.shape[0]):
        B, start, stop = blocks[b], b * LANES, min(n, (b + 1) * LANES)
        for t in range(bias.shape[0]):
            for i in range(stop - start):
                reduced = (bias[t, start + i] - float_from_bits(B[_O + i])) * float_from_bits(B[_C + i])
                worst = max(worst, U(bits_from_float(reduced) & U(0x7FFFFFFF)))
    return worst
