"""What kernels need where lanes are devices: bit casts, fused multiply-add, wide vectors, one xoshiro128+ a lane.

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
from llvmlite import ir
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
        word = values[0]
        word = builder.trunc(word, ir.IntType(32)) if word.type.width > 32 else word
        return builder.bitcast(word, ir.FloatType())

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


@intrinsic
def prefetch(typing_context: Any, array: Any, index: Any) -> Any:
    """Ask for the cache line that holds array[index], if the array is contiguous; harmless beyond its end."""
    if not (isinstance(array, types.Array) and array.ndim == 1 and array.layout == "C"):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte = ir.IntType(8).as_pointer()
        address = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        flag = ir.IntType(32)
        function = builder.module.declare_intrinsic(
            "llvm.prefetch", [byte], fnty=ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        )
        builder.call(function, [address, flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.none(array, types.int64), generate


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
