"""Chance and arithmetic for kernels whose lanes are devices: one xoshiro128+ a lane, normals, fused multiply-add.

Nothing here branches, so LLVM turns a loop over lanes into vector instructions. Nothing is compiled with fast-math
either: every operation is an IEEE one, and where a product is added, the fusing is spelled out with `fma`. So a lane
gives the same bits in a wide vector, in a narrow one and alone: a device's history cannot depend on its neighbours.

Imported inside functions only, because numba takes its time to load. Numba's cache looks at the date of the file with
the outer kernel only: after a change here, touch the kernels that use it.
"""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import extending, njit, types

intrinsic: Any = extending.intrinsic  # its declared type is that of the generator, not of what a kernel calls
U = np.uint32
F = np.float32


@intrinsic
def fma(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """Product of a and b, plus c, rounded once; all three of one floating type."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.fma(*values)

    return a(a, a, a), generate


@intrinsic
def float_from_bits(typing_context: Any, x: Any) -> Any:
    """The float32 that has these 32 bits."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.FloatType())

    return types.float32(types.uint32), generate


@intrinsic
def bits_from_float(typing_context: Any, x: Any) -> Any:
    """The 32 bits of a float32."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.IntType(32))

    return types.uint32(types.float32), generate


@intrinsic
def float_from_signed(typing_context: Any, x: Any) -> Any:
    """The 32 bits read as a signed integer, as float32; for unsigned ones not all vector units have an instruction."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.sitofp(values[0], ir.FloatType())

    return types.float32(types.uint32), generate


@intrinsic
def ones(typing_context: Any, x: Any) -> Any:
    """How many of the 32 bits are set."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.ctpop(values[0])

    return types.uint32(types.uint32), generate


@intrinsic
def widest_vectors(typing_context: Any) -> Any:
    """Let the function that calls this use 512-bit vectors where the processor has them.

    LLVM prefers 256 bits on several processors for the clock's sake; in loops that do nothing but arithmetic the wide
    ones win.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        # llvmlite knows no attributes with values; it prints what its set holds.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.none(), generate


@njit(forceinline=True)
def advance(a0: Any, a1: Any, a2: Any, a3: Any) -> Any:
    """One step of xoshiro128+ (Blackman and Vigna, ACM TOMS 47, 36, 2021): the random word and the new state."""
    word = U(a0 + a3)
    shifted = U(a1 << U(9))
    a2 = U(a2 ^ a0)
    a3 = U(a3 ^ a1)
    a1 = U(a1 ^ a2)
    a0 = U(a0 ^ a3)
    a2 = U(a2 ^ shifted)
    a3 = U(U(a3 << U(11)) | U(a3 >> U(21)))
    return word, a0, a1, a2, a3


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
