"""Switching by a current above the critical one: how long it takes, and how often it fails."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.physics.checks import positive, within
from spinloop.emulator.physics.macrospin import GYROMAGNETIC

Array = NDArray[np.float64]


def damping_seconds(
    damping: ArrayLike, anisotropy_amps_per_metre: ArrayLike, gyromagnetic: ArrayLike = GYROMAGNETIC
) -> Array:
    """Time tauD = (1 + a^2) / (a g0 Hk), in which a perpendicular moment relaxes by a factor e without current.

    Example:
        >>> round(float(damping_seconds(0.01, 2e5)) * 1e9, 2)
        2.26
    """
    alpha = positive("damping", damping)
    rate = alpha * np.asarray(gyromagnetic) * positive("anisotropy_amps_per_metre", anisotropy_amps_per_metre)
    seconds: Array = (1.0 + alpha**2) / rate
    return seconds


def switching_seconds(overdrive: ArrayLike, barrier_kt: ArrayLike, damping_seconds: ArrayLike) -> Array:
    """Typical time to switch, tauD ln(pi / 2 th0) / (i - 1), from the thermal angle th0 = Delta^(-1/2).

    Sun, Phys. Rev. B 62, 570 (2000): the linear growth of a small angle, carried on to the equator. It is a scale, not
    an average: the exact orbit from th0 has `linear_angle` in the place of pi / 2, 0.22 tauD less at i = 2.

    Args:
        overdrive: i = I / Ic0 > 1.
        barrier_kt: Delta.
        damping_seconds: tauD, from `damping_seconds`.

    Example:
        >>> round(float(switching_seconds(2.0, 36.4, damping_seconds(0.01, 2e5))) * 1e9, 2)
        5.08
    """
    growth = _above_critical(overdrive) - 1.0
    angle = positive("barrier_kt", barrier_kt) ** -0.5
    seconds: Array = positive("damping_seconds", damping_seconds) * np.log(0.5 * np.pi / angle) / growth
    return seconds


def linear_angle(overdrive: ArrayLike) -> Array:
    """Angle th that carries the linear growth of a small angle over the whole exact orbit at zero temperature.

    A perpendicular moment that starts at a small angle th1 crosses the equator after tauD ln(th / th1) / (i - 1) with
    th = [2^i (i - 1) / i]^(1 / (i + 1)), for small th1 (derived here from dz/dx = -(1 - z^2)(i - z)). The usual
    th = pi / 2 is Sun's carried-on linear growth.
    """
    i = _above_critical(overdrive)
    angle: Array = (2.0**i * (i - 1.0) / i) ** (1.0 / (i + 1.0))
    return angle


def write_error_rate(overdrive: ArrayLike, barrier_kt: ArrayLike, damping_times: ArrayLike) -> Array:
    """Probability that a pulse above the critical current leaves a perpendicular junction unswitched.

    1 - exp{-th^2 Delta (i - 1) / [i e^(2x(i-1)) - 1]}: Butler et al., arXiv:1202.2621 (2012), with `linear_angle` for
    th. With the usual th = pi / 2 it is 1.56 times too high at i = 2. Monte Carlo of the equation of motion agrees
    within 10 % for i = 2 and 3, and within 20 % at i = 1.5, where the law is too high at small error rates.

    Args:
        overdrive: i = I / Ic0 > 1.
        barrier_kt: Delta.
        damping_times: x = t / tauD, pulse width over `damping_seconds`.

    Example:
        >>> [round(float(write_error_rate(2.0, 40.0, x)), 4) for x in (3, 4)]
        [0.0758, 0.0106]
    """
    i = _above_critical(overdrive)
    x = within("damping_times", damping_times, 0.0)
    # Beyond exp(700) there is no number and no error either.
    growth = i * np.exp(np.minimum(2.0 * x * (i - 1.0), 700.0)) - 1.0
    rate: Array = -np.expm1(-(linear_angle(i) ** 2) * positive("barrier_kt", barrier_kt) * (i - 1.0) / growth)
    return rate


def damping_times_for_error(overdrive: ArrayLike, barrier_kt: ArrayLike, error_rate: ArrayLike) -> Array:
    """Pulse width over `damping_seconds` that brings the error rate down to a value; the inverse of the law above.

    Where the rate is below the value without any pulse, the answer is 0.

    Args:
        overdrive: i > 1.
        barrier_kt: Delta.
        error_rate: wanted, in (0, 1).
    """
    i = _above_critical(overdrive)
    wanted = within("error_rate", error_rate, 0.0, 1.0, open_low=True, open_high=True)
    growth = linear_angle(i) ** 2 * positive("barrier_kt", barrier_kt) * (i - 1.0) / -np.log1p(-wanted)
    times: Array = np.maximum(np.log((1.0 + growth) / i) / (2.0 * (i - 1.0)), 0.0)
    return times


def _above_critical(overdrive: ArrayLike) -> Array:
    return within("overdrive", overdrive, 1.0, open_low=True)
