"""Random telegraph switching of a superparamagnetic junction between two states."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.physics.checks import positive, same_shape, within

LARGEST_LOW_BARRIER_KT = 20.0
"""Where `low_barrier_rate` ends: the rate is then 1e-8 of the largest eigenvalue, still right to 1e-5."""


def telegraph_rates(
    bias: ArrayLike, barrier_kt: ArrayLike, attempt_hertz: float, exponent: float = 1.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Switching rates up (0 to 1) and down (1 to 0) of a junction under a reduced bias.

    k = f0 exp[-Delta (1 -+ i)^n]. The exponent n is declared, because the literature differs: n = 1 is the usual fit
    (Yang et al.
    2026, eq. 4), n = 2 an axial macrospin under spin torque (Brown, Phys. Rev. 130, 1677, 1963, with the tilt field
    i Hk).

    Args:
        bias: i, bias over critical bias, |i| <= 1; positive favours the state 1 (parallel).
        barrier_kt: Delta.
        attempt_hertz: f0.
        exponent: n.

    Returns:
        Rates per second (up, down). The stationary mean of 2 s - 1 is tanh(Delta i) for n = 1, tanh(2 Delta i) for n
        = 2.
    """
    reduced = np.asarray(bias, dtype=float)
    delta = np.asarray(barrier_kt, dtype=float)
    up = attempt_hertz * np.exp(-delta * (1.0 - reduced) ** exponent)
    down = attempt_hertz * np.exp(-delta * (1.0 + reduced) ** exponent)
    return up, down


def probability_of_one(
    up_hertz: NDArray[np.float64], down_hertz: NDArray[np.float64], seconds: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Exact probabilities to be found in state 1 after a time, having started in 0 and in 1.

    Solution of the two-state master equation: p(t) = p_inf + (p(0) - p_inf) exp(-(k_up + k_down) t). Any time step
    is exact.

    Returns:
        (from state 0, from state 1).
    """
    total = up_hertz + down_hertz
    stationary = up_hertz / total
    memory = np.exp(-total * seconds)
    return stationary * (1.0 - memory), stationary + (1.0 - stationary) * memory


def stationary_mean(bias: ArrayLike, barrier_kt: ArrayLike, exponent: float = 1.0) -> NDArray[np.float64]:
    """Mean of 2 s - 1 after a long time under a constant bias, s being the state 0 or 1.

    (k_up - k_down) / (k_up + k_down) of `telegraph_rates`: tanh(Delta [(1 + i)^n - (1 - i)^n] / 2), hence tanh(Delta i)
    for n = 1 and tanh(2 Delta i) for n = 2.

    Args:
        bias: i, |i| <= 1.
        barrier_kt: Delta > 0.
        exponent: n > 0.

    Raises:
        BadParameter: one of them is out of range.

    Example:
        >>> round(float(stationary_mean(0.15, 5.0)), 4)
        0.6351
    """
    reduced, delta = within("bias", bias, -1.0, 1.0), positive("barrier_kt", barrier_kt)
    power = float(positive("exponent", exponent))
    tilt: NDArray[np.float64] = np.tanh(0.5 * delta * ((1.0 + reduced) ** power - (1.0 - reduced) ** power))
    return tilt


def dwell_seconds(up_hertz: ArrayLike, down_hertz: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean time spent in state 0 and in state 1 before leaving it; the times themselves are exponential.

    Args:
        up_hertz: rate out of 0, > 0.
        down_hertz: rate out of 1, > 0.

    Raises:
        BadParameter: a rate is not positive.
    """
    return 1.0 / positive("up_hertz", up_hertz), 1.0 / positive("down_hertz", down_hertz)


def high_barrier_rate(barrier_kt: ArrayLike, damping: ArrayLike) -> NDArray[np.float64]:
    """Brown's asymptote of the relaxation rate of an axial macrospin, in units of 1 / tau; see `low_barrier_rate`.

    lambda_1 = (2 / sqrt pi) alpha sqrt(Delta) exp(-Delta): Brown, Phys. Rev. 130, 1677 (1963), for high barriers. It is
    22 to 27 % too high at Delta 4 to 6, where superparamagnetic junctions work, and still 15 % at Delta 8.

    Args:
        barrier_kt: Delta > 0.
        damping: alpha > 0.

    Raises:
        BadParameter: one of them is not positive.
    """
    delta, alpha = positive("barrier_kt", barrier_kt), positive("damping", damping)
    rate: NDArray[np.float64] = 2.0 / np.sqrt(np.pi) * alpha * np.sqrt(delta) * np.exp(-delta)
    return rate


def low_barrier_rate(barrier_kt: ArrayLike, damping: ArrayLike, bias: ArrayLike = 0.0) -> NDArray[np.float64]:
    """Exact relaxation rate k_up + k_down of an axial macrospin, for any low barrier, in units of 1 / tau.

    tau = (1 + alpha^2) / (gamma_0 H_k), so the rate per second is the value times gamma_0 H_k / (1 + alpha^2). It is
    the lowest decay rate of the Fokker-Planck equation of Brown, Phys. Rev. 130, 1677 (1963), with spin torque along
    the axis as a tilt field i H_k: dp/dt = d/dz (1 - z^2) [(alpha / 2 Delta) dp/dz - alpha (z + i) p]. His asymptote,
    `high_barrier_rate`, is 22 to 27 % too high at Delta 4 to 6; use this one there. Without bias, the mean dwell time
    in each well is 2 / rate.

    Solved by writing p = q exp[Delta (z^2 + 2 i z) / 2] and expanding q in normalised Legendre polynomials, which turns
    the equation into a symmetric matrix of nine diagonals (derived here); a fraction of a millisecond a device.

    Args:
        barrier_kt: Delta, more than 0 and at most 20; beyond, the rate drowns in the rounding of the matrix.
        damping: alpha > 0.
        bias: i, current over critical current, |i| < 1; broadcasts with the others.

    Raises:
        BadParameter: one of them is out of range.
        WrongShape: they do not broadcast together.

    Example:
        >>> round(float(low_barrier_rate(5.0, 1.0)), 5)
        0.01354
    """
    delta = within("barrier_kt", barrier_kt, 0.0, LARGEST_LOW_BARRIER_KT, open_low=True)
    alpha = positive("damping", damping)
    tilt = within("bias", bias, -1.0, 1.0, open_low=True, open_high=True)
    shape = same_shape(barrier_kt=delta, damping=alpha, bias=tilt)
    places = zip(np.broadcast_to(delta, shape).flat, np.broadcast_to(tilt, shape).flat, strict=True)
    rates = np.array([_lowest_rate(float(d), float(i)) for d, i in places], dtype=np.float64)
    return np.asarray(alpha * rates.reshape(shape))


def _lowest_rate(delta: float, bias: float) -> float:
    """The second eigenvalue (the first is zero) of the operator of `low_barrier_rate`, for alpha = 1.

    H = (1 / 2 Delta) l (l + 1) + (Delta / 2) (1 - z^2) (z + i)^2 + (1 - 3 z^2 - 2 i z) / 2, z a tridiagonal matrix.
    """
    from scipy.linalg import eig_banded  # takes longer to import than all else here

    kept, margin = 40 + 4 * int(delta), 4  # the product of four z reaches four rows further
    order = np.arange(1, kept + margin)
    beside = order / np.sqrt(4.0 * order**2 - 1.0)  # <l| z |l - 1>
    z = np.diag(beside, 1) + np.diag(beside, -1)
    one = np.eye(kept + margin)
    square, moved = z @ z, z + bias * one
    potential = 0.5 * delta * (one - square) @ moved @ moved + 0.5 * (one - 3.0 * square - 2.0 * bias * z)
    degree = np.arange(kept)
    matrix = potential[:kept, :kept] + np.diag(degree * (degree + 1.0) / (2.0 * delta))
    bands = np.zeros((5, kept))
    for below in range(5):
        bands[below, : kept - below] = np.diag(matrix, -below)
    return float(eig_banded(bands, lower=True, eigvals_only=True, select="i", select_range=(1, 1))[0])


def resonance_amplitude(
    signal_bias: ArrayLike, signal_hertz: ArrayLike, barrier_kt: ArrayLike, attempt_hertz: ArrayLike
) -> NDArray[np.float64]:
    """Amplitude of the mean of 2 s - 1 that follows a weak sinusoidal bias: stochastic resonance of a two-state device.

    amplitude = Delta v 2 r / sqrt(4 r^2 + W^2), r = f0 exp(-Delta), W = 2 pi f: McNamara and Wiesenfeld, Phys. Rev. A
    39, 4854 (1989), linear response of two states with the rates of `telegraph_rates`, n = 1, without a mean bias.

    Args:
        signal_bias: amplitude v of the reduced bias, >= 0; Delta v << 1 is assumed.
        signal_hertz: f > 0.
        barrier_kt: Delta > 0.
        attempt_hertz: f0 > 0.

    Raises:
        BadParameter: one of them is out of range.

    Example:
        >>> round(float(resonance_amplitude(0.04, 1e6, 5.0, 1e9)), 3)
        0.181
    """
    delta, drive = positive("barrier_kt", barrier_kt), within("signal_bias", signal_bias, 0.0)
    relaxation = 2.0 * positive("attempt_hertz", attempt_hertz) * np.exp(-delta)
    angular = 2.0 * np.pi * positive("signal_hertz", signal_hertz)
    amplitude: NDArray[np.float64] = delta * drive * relaxation / np.hypot(relaxation, angular)
    return amplitude


def resonance_barrier(signal_hertz: ArrayLike, attempt_hertz: ArrayLike) -> NDArray[np.float64]:
    """The barrier at which a given modulation of the energy is followed best: the optimum of stochastic resonance.

    Temperature enters barrier and signal alike: Delta = E / kT, and the signal is Delta v with v fixed. Over Delta, the
    amplitude of `resonance_amplitude` is then largest where 4 r^2 = W^2 (Delta - 1) (derived here): near 2 r = W, the
    matching of time scales that McNamara and Wiesenfeld (1989) found. Solved by Newton's method on the logarithms.

    Args:
        signal_hertz: f > 0; the relaxation rate 2 f0 must be faster than the signal by e or more.
        attempt_hertz: f0 > 0.

    Raises:
        BadParameter: one of them is out of range, or the signal is too fast for any barrier.
    """
    slowness = positive("attempt_hertz", attempt_hertz) / (np.pi * positive("signal_hertz", signal_hertz))
    log_slowness = np.log(within("2 attempt_hertz / (2 pi signal_hertz)", slowness, np.e))
    delta = 1.0 + log_slowness
    for _ in range(60):
        value = 2.0 * (log_slowness - delta) - np.log(delta - 1.0)
        delta = np.maximum(delta + value / (2.0 + 1.0 / (delta - 1.0)), 1.0 + 0.5 * (delta - 1.0))
    return np.asarray(delta)
