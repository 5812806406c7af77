"""Compiled motion of many noisy oscillators; imported only when used, because numba takes a while to load.

One device after the other, all its steps in the inner loop, in plain IEEE arithmetic: nothing crosses from one device
to another, so a device's history cannot depend on how many there are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, inline="always")
def _rotl(x: Any, k: int) -> Any:
    return ((x << np.uint32(k)) | (x >> np.uint32(32 - k))) & np.uint32(0xFFFFFFFF)


@njit(cache=True)
def _next(words: Any) -> Any:
    """xoshiro128+ (Blackman, Vigna, ACM Trans. Math. Softw. 47, 36, 2021): the next 32 bits of one device."""
    result = np.uint32(words[0] + words[3])
    t = np.uint32(words[1] << np.uint32(9))
    words[2] ^= words[0]
    words[3] ^= words[1]
    words[1] ^= words[2]
    words[0] ^= words[3]
    words[2] ^= t
    words[3] = _rotl(words[3], 11)
    return result


@njit(cache=True)
def _uniform(words: Any) -> float:
    """On the grid (k + 1/2) / 2^53, so never 0 and the tails reach 8.6 standard deviations."""
    high, low = np.uint64(_next(words)), np.uint64(_next(words))
    return (float(((high << np.uint64(32)) | low) >> np.uint64(11)) + 0.5) * 2.0**-53


@njit(cache=True)
def _flow(re: float, im: float, w0: float, shift: float, a: float, b: float, t: float) -> tuple[float, float]:
    """Free motion over t; the same formula as `oscillator.free_flow`."""
    growth = 2.0 * a * t
    ratio = 2.0 * t if abs(growth) <= 1e-12 else -math.expm1(-abs(growth)) / abs(a)
    power = re * re + im * im
    scaled = math.exp(-max(growth, 0.0)) + b * power * ratio
    turned = 0.5 * (math.log(scaled) + max(growth, 0.0)) / b if b > 0.0 else 0.5 * power * ratio
    gain = math.sqrt(math.exp(min(growth, 0.0)) / scaled)
    angle = -(w0 * t + shift * turned)
    c, s = gain * math.cos(angle), gain * math.sin(angle)
    return re * c - im * s, re * s + im * c


@njit(cache=True)
def advance(
    re: Any, im: Any, words: Any, parameters: Any, tone_re: Any, tone_im: Any, w: float, start: float, step: float,
    steps: int,
) -> None:  # fmt: skip
    """Move every oscillator by some steps, in place.

    Shapes: re, im, tone_re, tone_im (n,), the tone already integrated over a step; words (n, 4) uint32; parameters
    (6, n), the rows (w0, N, Gamma_G, Q, D, zeta); w and start as in `oscillator_motion.Kick`.
    """
    for i in range(re.size):
        w0, shift = parameters[0, i], parameters[1, i]
        a = parameters[2, i] * (parameters[5, i] - 1.0)
        b = parameters[2, i] * (parameters[5, i] + parameters[3, i])
        sigma = math.sqrt(parameters[4, i] * step)
        driven = tone_re[i] != 0.0 or tone_im[i] != 0.0
        x, y = _flow(re[i], im[i], w0, shift, a, b, 0.5 * step)
        for k in range(steps):
            if sigma > 0.0:
                radius = sigma * math.sqrt(-2.0 * math.log(_uniform(words[i])))
                angle = 2.0 * math.pi * _uniform(words[i])
                x += radius * math.cos(angle)
                y += radius * math.sin(angle)
            if driven:
                phase = -w * (start + (k + 0.5) * step)
                c, s = math.cos(phase), math.sin(phase)
                x += tone_re[i] * c - tone_im[i] * s
                y += tone_re[i] * s + tone_im[i] * c
            # Two half steps of free motion meet here, and free motion is exact over any time.
            x, y = _flow(x, y, w0, shift, a, b, step if k + 1 < steps else 0.5 * step)
        re[i], im[i] = x, y
