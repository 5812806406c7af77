"""Normal random numbers for kernels whose lanes are devices; see `_lanes` for why nothing here branches."""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from spinloop.emulator.physics._lanes import F, U, bits_from_float, float_from_bits, float_from_signed, fma, ones


@njit(forceinline=True)
def two_normals(first: Any, second: Any) -> Any:
    """Two independent standard normals from two random words, by Box and Muller (Ann. Math. Stat. 29, 610, 1958).

    The radius has 31 random bits, so the tail reaches 6.6 standard deviations; the angle has 32; logarithm, sine and
    cosine are minimax polynomials with errors below 1e-6 (derived here).
    """
    uniform = F(float_from_signed(U(first >> U(1))) + F(0.5)) * F(2.0**-31)
    # u = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)): subtract the bits of sqrt(1/2), less 64 in the exponent.
    bits = U(bits_from_float(uniform) - U(0x3F3504F3 - 0x20000000))
    exponent = float_from_signed(U(bits >> U(23))) - F(64.0)
    f = float_from_bits(U(U(bits & U(0x007FFFFF)) + U(0x3F3504F3))) - F(1.0)
    q = fma(F(0.2041579931974411), f, F(-0.3281436562538147))
    q = fma(q, f, F(0.34561118483543396))
    q = fma(q, f, F(-0.3974158763885498))
    q = fma(q, f, F(0.49930712580680847))
    q = fma(q, f, F(-0.6667304039001465))
    q = fma(q, f, F(1.000009536743164))
    q = fma(q, f, F(-1.9999996423721313))
    square = fma(exponent, F(-1.3862943611198906), f * q)  # -2 ln u
    # Square root by Newton's iteration for its inverse: division and root units are slower than six multiplications.
    half = F(-0.5) * square
    inverse = float_from_bits(U(U(0x5F3759DF) - U(bits_from_float(square) >> U(1))))
    inverse = inverse * fma(half * inverse, inverse, F(1.5))
    inverse = inverse * fma(half * inverse, inverse, F(1.5))
    inverse = inverse * fma(half * inverse, inverse, F(1.5))
    radius = square * inverse
    angle = float_from_signed(second) * F(np.pi * 2.0**-32)  # in half a turn; the cosine's sign is drawn for the rest
    t = angle * angle
    s = fma(F(-0.00018524355255067348), t, F(0.008313259109854698))
    s = fma(s, t, F(-0.16665682196617126))
    s = fma(s, t, F(0.9999992251396179))
    c = fma(F(2.31524754781276e-05), t, F(-0.0013854041462764144))
    c = fma(c, t, F(0.041663724929094315))
    c = fma(c, t, F(-0.49999916553497314))
    c = fma(c, t, F(0.9999999403953552))
    signed = float_from_bits(U(bits_from_float(radius * c) ^ U(first << U(31))))
    return radius * (angle * s), signed


@njit(forceinline=True)
def low_moment_normal(word: Any) -> Any:
    """The ones of a word, centred and scaled: variance 1, no skewness, excess kurtosis -1/16, 33 values."""
    return (float_from_signed(ones(word)) - F(16.0)) * F(0.35355339059327373)
