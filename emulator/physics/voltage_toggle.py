"""Toggle switching by voltage: a pulse takes the anisotropy away and the magnetisation turns about the in-plane field.

Y. Shiota et al., Nat. Mater. 11, 39 (2012), show the effect. The law below is that of a macrospin whose anisotropy the
pulse cancels exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.physics.checks import positive, within
from spinloop.emulator.physics.diode import GAMMA0_METRES_PER_AMP_SECOND

Floats = NDArray[np.float64]


def barrier_at_volts(barrier_kt: ArrayLike, volts: ArrayLike, critical_volts: ArrayLike) -> Floats:
    """Delta (1 - V / Vc): the interface anisotropy is linear in the field across the insulator.

    Args:
        barrier_kt: Delta at zero bias, more than 0.
        volts: V; negative raises the barrier.
        critical_volts: Vc at which it vanishes, more than 0.

    Raises:
        BadParameter: V > Vc, where there is no barrier; see `toggle_probability`.
    """
    ratio = within(
        "volts / critical_volts", np.asarray(volts) / positive("critical_volts", critical_volts), -np.inf, 1.0
    )
    return np.asarray(positive("barrier_kt", barrier_kt) * (1.0 - ratio))


def phase_variance(
    seconds: ArrayLike, turn: ArrayLike, damping: ArrayLike, barrier_kt: ArrayLike, stiffness: ArrayLike
) -> Floats:
    """Variance of the angle that a turning magnetisation has reached, radians^2.

    1/(2 Delta) from the thermal spread at the start, plus rotational diffusion D = alpha gamma0 Hk / [2 Delta (1 +
    alpha^2)] while the turning part shrinks as sech(alpha w t): D [t + sinh(2 alpha w t) / (2 alpha w)] (derived here
    from the stochastic Landau-Lifshitz-Gilbert equation; holds while the result is below about 1).

    Args:
        seconds: t.
        turn: w, rad/s.
        damping: alpha.
        barrier_kt: Delta before the pulse.
        stiffness: gamma0 Hk of the layer before the pulse, 1/s.
    """
    alpha, w = positive("damping", damping), positive("turn", turn)
    delta, time = positive("barrier_kt", barrier_kt), within("seconds", seconds, 0.0)
    diffusion = alpha * positive("stiffness", stiffness) / (2.0 * delta * (1.0 + alpha * alpha))
    # Beyond 2 alpha w t = 700 nothing is left of the turn, and exp has no number for it.
    growth = np.minimum(2.0 * alpha * w * time, 700.0)
    return np.asarray(0.5 / delta + diffusion * (time + np.sinh(growth) / (2.0 * alpha * w)))


def toggle_probability(
    seconds: ArrayLike,
    field_amps_per_metre: ArrayLike,
    anisotropy_amps_per_metre: ArrayLike,
    damping: ArrayLike,
    barrier_kt: ArrayLike,
) -> Floats:
    """Probability that a pulse which cancels the anisotropy for a time leaves the junction in its other state.

    The sign of cos(w t + d) decides, w = gamma0 Hx / (1 + alpha^2), with d normal of the variance s2 of
    `phase_variance`: P = 1/2 - (2/pi) sum over odd k of (-1)^((k-1)/2) exp(-k^2 s2 / 2) cos(k w t) / k (derived here).
    It oscillates with the width and tends to 1/2; a half turn, t = pi / w, writes best.

    Args:
        seconds: width of the pulse, at least 0.
        field_amps_per_metre: Hx in the plane, more than 0.
        anisotropy_amps_per_metre: Hk without voltage, more than 0.
        damping: alpha, more than 0.
        barrier_kt: Delta without voltage, more than 0.

    Example:
        >>> half_turn = np.pi / (2.213e5 * 2e4)
        >>> bool(toggle_probability(half_turn, 2e4, 2e5, 0.01, 60.0) > 0.99)
        True
    """
    alpha = positive("damping", damping)
    turn = GAMMA0_METRES_PER_AMP_SECOND * positive("field_amps_per_metre", field_amps_per_metre) / (1.0 + alpha * alpha)
    stiffness = GAMMA0_METRES_PER_AMP_SECOND * positive("anisotropy_amps_per_metre", anisotropy_amps_per_metre)
    variance = phase_variance(seconds, turn, alpha, barrier_kt, stiffness)
    angle = turn * np.asarray(seconds, dtype=np.float64)
    # exp(-k^2 s2 / 2) falls below 1e-17 by k = 9 / sqrt(s2); s2 is at least 1 / (2 Delta).
    last = int(np.ceil(9.0 * np.sqrt(2.0 * float(np.max(barrier_kt, initial=1.0))))) + 1
    total = np.zeros(np.broadcast_shapes(angle.shape, variance.shape))
    for order in range(1, last + 1, 2):
        sign = 1.0 if order % 4 == 1 else -1.0
        total = total + sign * np.exp(-0.5 * order**2 * variance) * np.cos(order * angle) / order
    return np.asarray(np.clip(0.5 - 2.0 / np.pi * total, 0.0, 1.0))  # rounding may leave 1e-16 outside
