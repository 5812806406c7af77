# mypy: allow-untyped-decorators, allow-untyped-defs, allow-untyped-calls
"""Single-precision functions and random words that compile to vector instructions without a vector maths library.

Everything here is branch-free and strictly IEEE: no fastmath, and multiply-add is fused only where `fma` says so. So a
lane gives the same bits in a vector body, in a scalar tail, and on another processor. Numba's cache looks at the date
of the file that holds the outer kernel only: after a change here, touch the kernels that use it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import extending, njit, types

intrinsic: Any = extending.intrinsic  # what it returns is called with one argument fewer than it is written with

U = np.uint32
F = np.float32

SIGN = U(0x80000000)
_LOG2_E = F(1.4426950408889634)
_LN2_HIGH, _LN2_LOW = F(0.693359375), F(-2.1219444e-4)  # Cody and Waite's split: the first times n is exact
_ROUND = F(12582912.0)  # 1.5 * 2^23: adding it leaves the nearest integer in the lowest bits
_SMALLEST = F(-87.0)  # exp(-87) is a normal number
_TWO_24 = F(2.0**24)


@intrinsic
def f32_from_bits(typing, bits):
    """The float with these bits."""

    def build(context, builder, signature, arguments):
        word = arguments[0]
        word = builder.trunc(word, ir.IntType(32)) if word.type.width > 32 else word
        return builder.bitcast(word, ir.FloatType())

    return types.float32(types.uint32), build


@intrinsic
def bits_from_f32(typing, value):
    """The bits of this float."""

    def build(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(32))

    return types.uint32(types.float32), build


@intrinsic
def f32_from_i32(typing, value):
    """A word read as a signed integer, as a float; unsigned conversion has no instruction before AVX-512."""

    def build(context, builder, signature, arguments):
        return builder.sitofp(arguments[0], ir.FloatType())

    return types.float32(types.uint32), build


@intrinsic
def fma(typing, a, b, c):
    """The float a * b + c, rounded once."""

    def build(context, builder, signature, arguments):
        return builder.fma(*arguments)

    return types.float32(types.float32, types.float32, types.float32), build


@intrinsic
def wide(typing):
    """Let the function that calls this use the widest vectors of the processor, where LLVM prefers narrower ones."""

    def build(context, builder, signature, arguments):
        # Past llvmlite's list of attributes, which knows only those without a value.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.none(), build


@intrinsic
def prefetch(typing, array, index):
    """Ask for the cache line that holds array[index], if the array is contiguous; harmless beyond its end."""
    if not (isinstance(array, types.Array) and array.ndim == 1 and array.layout == "C"):
        return None

    def build(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte = ir.IntType(8).as_pointer()
        address = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        flag = ir.IntType(32)
        function = builder.module.declare_intrinsic(
            "llvm.prefetch", [byte], fnty=ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        )
        builder.call(function, [address, flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.none(array, types.int64), build


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
    return f32_from_bits(U(bits_from_f32(p) + U(bits_from_f32(z) << U(23))))


@njit(inline="always")
def exp32_pair(x):
    """exp(x) and exp(-x) to 3e-7 relative for |x| <= 87: even and odd parts of one polynomial."""
    z = fma(x, _LOG2_E, _ROUND)
    n = z - _ROUND
    f = fma(-n, _LN2_LOW, fma(-n, _LN2_HIGH, x))
    s = f * f
    even = fma(s, fma(s, fma(s, F(0.0013888889), F(0.041666668)), F(0.5)), F(1.0))
    odd = f * fma(s, fma(s, F(0.008333334), F(0.16666667)), F(1.0))
    shift = U(bits_from_f32(z) << U(23))
    up = f32_from_bits(U(bits_from_f32(even + odd) + shift))
    return up, f32_from_bits(U(bits_from_f32(even - odd) - shift))


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
    shifted = U(bits_from_f32(x) + U(0x004AFB0D))  # so that the mantissa lies in [sqrt 1/2, sqrt 2)
    e = f32_from_i32(U(shifted >> U(23))) - F(127.0)
    m = f32_from_bits(U(U(shifted & U(0x007FFFFF)) + U(0x3F3504F3)))
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
    return fma(f32_from_i32(U(low >> U(8))), F(2.0**-24), f32_from_i32(U(word >> U(8))))
