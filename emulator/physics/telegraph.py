"""Random telegraph switching of a superparamagnetic junction between two states."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
