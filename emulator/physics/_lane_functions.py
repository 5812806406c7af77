# mypy: allow-untyped-decorators, allow-untyped-defs, allow-untyped-calls
"""Exponential, logarithm and uniform numbers for kernels whose lanes are devices, without a vector maths library.

Everything here is branch-free and strictly IEEE: no fastmath, and multiply-add is fused only where `fma` says so. So a
lane gives the same bits in a vector body, in a scalar tail, and on another processor. Numba's cache looks at the date
of the file that holds the outer kernel only: after a change here, touch the kernels that use it.
"""

from __future__ import annotations

from numba import njit
from spinloop.emulator.physics._lanes import F, U, bits_from_float, float_from_bits, float_from_signed, fma

SIGN = U(0x80000000)
_LOG2_E = F(1.4426950408889634)
_LN2_HIGH, _LN2_LOW = F(0.693359375), F(-2.1219444e-4)  # Cody and Waite's split: the first times n is exact
_ROUND = F(12582912.0)  # 1.5 * 2^23: adding it leaves the nearest integer in the lowest bits
_SMALLEST = F(-87.0)  # exp(-87) is a normal number
_TWO_24 = F(2.0**24)


@njit(inline="always")
def exp32(x):
    """Exponential to 2e-7 relative, for x <= 87; exp(-87) where x is less."""
    x = max(x, _SMALLEST)
    z = fma(x, _LOG2_E, _ROUND)
    n = z - _ROUND
    f = fma(-n, _LN2_LOW, fma(-n, _LN2_HIGH, x))
    p = fma(f, F(0.0013888889), F(0.008333334))
    p = fma(f, p, F(0.041666668))
    p = fma(f, p, F(0.16666667))
    p = fma(f, p, F(0.5))
    p = fma(f, p, F(1.0))
    p = fma(f, p, F(1.0))
    return float_from_bits(U(bits_from_float(p) + U(bits_from_float(z) << U(23))))


@njit(inline="always")
def exp32_pair(x):
    """exp(x) and exp(-x) to 3e-7 relative for |x| <= 87: even and odd parts of one polynomial."""
    z = fma(x, _LOG2_E, _ROUND)
    n = z - _ROUND
    f = fma(-n, _LN2_LOW, fma(-n, _LN2_HIGH, x))
    s = f * f
    even = fma(s, fma(s, fma(s, F(0.0013888889), F(0.041666668)), F(0.5)), F(1.0))
    odd = f * fma(s, fma(s, F(0.008333334), F(0.16666667)), F(1.0))
    shift = U(bits_from_float(z) << U(23))
    up = float_from_bits(U(bits_from_float(even + odd) + shift))
    return up, float_from_bits(U(bits_from_float(even - odd) - shift))


@njit(inline="always")
def phi24_short(y):
    """2^24 (1 - exp(-y)) / y by its series, for 0 <= y <= 1/4."""
    p = fma(y, F(-(2.0**24) / 720.0), F(2.0**24 / 120.0))
    p = fma(y, p, F(-(2.0**24) / 24.0))
    p = fma(y, p, F(2.0**24 / 6.0))
    p = fma(y, p, F(-(2.0**23)))
    return fma(y, p, _TWO_24)


@njit(inline="always")
def one_less_exp24(y):
    """2^24 (1 - exp(-y)), for y not small."""
    return fma(exp32(-y), -_TWO_24, _TWO_24)


@njit(inline="always")
def log32(x):
    """Natural logarithm of a normal x > 0, to 2e-7 absolute or relative, whichever is larger."""
    shifted = U(bits_from_float(x) + U(0x004AFB0D))  # so that the mantissa lies in [sqrt 1/2, sqrt 2)
    e = float_from_signed(U(shifted >> U(23))) - F(127.0)
    m = float_from_bits(U(U(shifted & U(0x007FFFFF)) + U(0x3F3504F3)))
    t = (m - F(1.0)) / (m + F(1.0))
    s = t * t
    p = fma(s, F(2.0 / 9.0), F(2.0 / 7.0))
    p = fma(s, p, F(2.0 / 5.0))
    p = fma(s, p, F(2.0 / 3.0))
    p = fma(s, p, F(2.0))
    return fma(e, _LN2_HIGH, fma(e, _LN2_LOW, t * p))


@njit(inline="always")
def uniform24(word, low):
    """2^24 times a uniform number in [0, 1) on a grid of 2^-48, from the top 24 bits of two words."""
    return fma(float_from_signed(U(low >> U(8))), F(2.0**-24), float_from_signed(U(word >> U(8))))
