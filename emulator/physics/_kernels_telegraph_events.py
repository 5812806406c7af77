# mypy: allow-untyped-decorators, allow-untyped-defs, allow-untyped-calls
"""When telegraph devices switch, to the instant: the exponential clock, conditioned on the sampled states.

`draw` (see `_kernels_telegraph`) fixes whether a device switches an odd or an even number of times in an interval, from
one word u. The hazard clock of the same word says whether it switches at all: u < 1 - exp(-k t). Where it does, the
instants are drawn from their exact law given the state at both ends (derived here from the two-state master
equation). Their random numbers come from a side stream that starts at the device's own generator, so that asking for
the instants changes nothing in what happens.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from spinloop.emulator.physics._kernels_telegraph import _G, LANES, _hazards_curved, _hazards_linear, _whole, draw
from spinloop.emulator.physics._lane_functions import SIGN, one_less_exp24, phi24_short
from spinloop.emulator.physics._lanes import F, U, widest_vectors

_Q = np.uint64


@njit(cache=True, nogil=True, error_model="numpy")
def _side(key):
    """One uniform number in (0, 1) from a SplitMix64 stream (Steele, Lea, Flood, OOPSLA 2014); returns key, number."""
    key = _Q(key + _Q(0x9E3779B97F4A7C15))
    z = _Q(_Q(key ^ _Q(key >> _Q(30))) * _Q(0xBF58476D1CE4E5B9))
    z = _Q(_Q(z ^ _Q(z >> _Q(27))) * _Q(0x94D049BB133111EB))
    return key, (float(_Q(z ^ _Q(z >> _Q(31))) >> _Q(12)) + 0.5) * 2.0**-52


@njit(cache=True, nogil=True, error_model="numpy")
def _first(u, rate, span):
    """The instant of the first switch, given that there is one within the span: inverse of the truncated law."""
    return -math.log1p(u * math.expm1(-rate * span)) / rate


@njit(cache=True, nogil=True, error_model="numpy")
def _first_to_other(u, pick, here, there, span):
    """The first switch, given that the span ends in the other state.

    Its density is here exp(-here t) times the probability to be there after span - t, which is
    (here + there exp(-L (span - t))) / L with L = here + there: a mixture of two exponentials, one falling, one rising.
    """
    falling = -math.expm1(-here * span)
    rising = math.exp(-here * span) * -math.expm1(-there * span)
    if pick * (falling + rising) < falling:
        return _first(u, here, span)
    return span + math.log1p(u * math.expm1(-there * span)) / there


@njit(cache=True, nogil=True, error_model="numpy")
def _first_of_more(key, here, whole, span):
    """The first switch, given that there is one and that the span ends in the same state; and the key after it.

    Each proposal is taken with the probability to find the way back in what is left, relative to the whole span: at
    least every second one is.
    """
    limit = math.expm1(-whole * span)
    while True:
        key, u = _side(key)
        key, v = _side(key)
        wait = _first(u, here, span)
        if v * limit >= math.expm1(-whole * (span - wait)):
            return wait, key


@njit(cache=True, nogil=True, error_model="numpy")
def _path(key, up, down, state, ends, span, some, times, count):
    """Instants of the switches of one device within a span whose end state is known; returns how many there are.

    `some`: there is at least one. Beyond the end of `times` they are counted but not kept.
    """
    at = 0.0
    while True:
        here, there = (down, up) if state else (up, down)
        whole, left = here + there, span - at
        key, u = _side(key)
        key, v = _side(key)
        if state != ends:
            wait = _first_to_other(u, v, here, there, left)
        else:
            stay = (there + here * math.exp(-whole * left)) / whole
            if not some and v * stay < math.exp(-here * left):
                return count
            wait, key = _first_of_more(key, here, whole, left)
        at = min(at + wait, span)
        state = not state
        some = False
        if count < times.size:
            times[count] = at
        count += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _marks(B, W, H):
    """Row 0 of H: threshold for any switch; rows 1, 2: the hazards. Turns W into what `thresholds` would have left."""
    widest_vectors()
    for i in range(LANES):
        y, up, down = W[i], W[LANES + i], W[2 * LANES + i]
        hazard = up if B[_G + i] < SIGN else down
        H[i] = phi24_short(hazard) * hazard if hazard <= F(0.25) else one_less_exp24(hazard)
        H[LANES + i] = up
        H[2 * LANES + i] = down
        short = y <= F(0.25)
        part = phi24_short(y) if short else one_less_exp24(y)
        W[i] = F(1.0) if short else y
        W[LANES + i] = up * part
        W[2 * LANES + i] = down * part


@njit(cache=True, nogil=True, error_model="numpy")
def sample_clock(blocks, bias, seconds, twice_exponent, out, W, times, devices, last):
    """Method "clock": the states of `sample_fresh`, and every switch within the intervals.

    Returns how many switches there were; those beyond the end of `times` (fractions of the interval), and `devices`,
    are counted, not kept. A bias of one row serves all samples.
    """
    count, n = 0, bias.shape[1]
    H = np.empty(3 * LANES, dtype=np.float32)
    words, before = np.empty(LANES, dtype=np.uint32), np.empty(LANES, dtype=np.bool_)
    for b in range(last):
        B, start, stop = blocks[b], b * LANES, min(n, (b + 1) * LANES)
        for t in range(out.shape[0]):
            share = _whole(W, bias[min(t, bias.shape[0] - 1), start:stop])
            if twice_exponent == 2:
                _hazards_linear(B, W, share, seconds)
            else:
                _hazards_curved(B, W, share, seconds, twice_exponent == 4)
            _marks(B, W, H)
            for i in range(LANES):
                words[i] = U(B[i] + B[3 * LANES + i])
                before[i] = B[_G + i] >= SIGN
            draw(B, W)
            for i in range(stop - start):
                now = B[_G + i] >= SIGN
                out[t, start + i] = now
                u = F(U(words[i] >> U(8))) + F(U(B[LANES + i] >> U(8))) * F(2.0**-24)
                odd = now != before[i]
                if odd or u < H[i]:
                    key = _Q(_Q(_Q(B[i]) << _Q(32)) | _Q(B[2 * LANES + i])) ^ _Q(_Q(B[3 * LANES + i]) << _Q(16))
                    up, down = float(H[LANES + i]), float(H[2 * LANES + i])
                    found = _path(key, up, down, before[i], now, 1.0, True, times, count)
                    for k in range(count, min(found, times.size)):
                        devices[k] = start + i
                    count = found
    return count
