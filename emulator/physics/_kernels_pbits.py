# mypy: allow-untyped-decorators, allow-untyped-defs, allow-untyped-calls
"""Compiled sweeps of a network of p-bits: one after the other, each on the newest states of all others.

A p-bit turns to +1 when tanh(I) exceeds a uniform number in (-1, 1), that is when I > logit(u) / 2. So the random
numbers of a whole sweep become thresholds first, in vectors; then the serial part is a comparison for each p-bit and,
only where one flips, an addition of its column to the fields of all.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from spinloop.emulator.physics._lane_functions import log32
from spinloop.emulator.physics._lanes import F, U, float_from_signed, widest_vectors


@njit(cache=True, nogil=True, error_model="numpy")
def _thresholds(X, half):
    """logit(u) / 2 for each p-bit, u on the grid (k + 1/2) / 2^24; X is the state of xoshiro128+, shape (4, n)."""
    widest_vectors()
    A, B, C, D = X[0], X[1], X[2], X[3]
    for i in range(half.size):
        a, b, c, d = A[i], B[i], C[i], D[i]
        word = U(a + d)
        t = U(b << U(9))
        c = U(c ^ a)
        d = U(d ^ b)
        b = U(b ^ c)
        a = U(a ^ d)
        A[i] = a
        B[i] = b
        C[i] = U(c ^ t)
        D[i] = U(U(d << U(11)) | U(d >> U(21)))
        k = float_from_signed(U(word >> U(8))) + F(0.5)
        # The difference is exact but for the lowest numbers, whose complement is 2^24 to single precision anyway.
        half[i] = F(0.5) * log32(k / max(F(2.0**24) - k, F(0.5)))


@njit(cache=True, nogil=True, error_model="numpy")
def _raise(fields, column):
    """Add twice a p-bit's column to all fields: it went from -1 to +1."""
    for i in range(fields.size):
        fields[i] += np.int32(np.int32(column[i]) << np.int32(1))


@njit(cache=True, nogil=True, error_model="numpy")
def _lower(fields, column):
    """The same for a p-bit that went from +1 to -1."""
    for i in range(fields.size):
        fields[i] -= np.int32(np.int32(column[i]) << np.int32(1))


@njit(cache=True, nogil=True, error_model="numpy")
def sweep(couplings, unit, own, X, states, half, fields, betas, history):
    """One sweep for each entry of `betas`; row s of `history`, if it has rows, keeps the states after sweep s.

    Couplings are whole numbers of `unit`, so `fields`, their sums over the states, are exact however often they are
    updated. Returns how many p-bits flipped.
    """
    widest_vectors()
    flips = 0
    for s in range(betas.size):
        _thresholds(X, half)
        beta, scale = betas[s], betas[s] * unit
        for i in range(states.size):
            up = scale * F(fields[i]) + beta * own[i] > half[i]
            if up != (states[i] > 0):
                flips += 1
                if up:
                    states[i] = 1
                    _raise(fields, couplings[i])
                else:
                    states[i] = -1
                    _lower(fields, couplings[i])
        if history.shape[0] > 0:
            history[s] = states
    return flips
