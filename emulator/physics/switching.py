"""Thermally activated switching under a voltage pulse."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

ATTEMPT_SECONDS = 1e-9
"""Attempt time tau0 of a nanomagnet; 1 ns is the value that the field quotes (Koch et al., PRL 92, 088302, 2004)."""


def switching_probability(
    volts: ArrayLike,
    width_seconds: ArrayLike,
    barrier_kt: ArrayLike,
    critical_volts: ArrayLike,
    attempt_seconds: float = ATTEMPT_SECONDS,
) -> NDArray[np.float64]:
    """Probability that one rectangular pulse switches a junction in the direction that the pulse drives.

    P = 1 - exp[-(t / tau0) exp(-Delta (1 - |V| / Vc))]: Koch, Katine, Sun, PRL 92, 088302 (2004), with the linear
    barrier of
    Yang et al. (2026), eq. 5. Holds for thermal activation, |V| <= Vc; above Vc it goes on as the same smooth curve,
    where
    precessional switching (Sun, PRB 62, 570, 2000) would be the better law.

    Args:
        volts: pulse voltage; only its magnitude enters.
        width_seconds: pulse width t.
        barrier_kt: Delta = E_b / k_B T.
        critical_volts: Vc, at which the barrier vanishes.
        attempt_seconds: tau0.

    Example:
        >>> round(float(switching_probability(0.9, 10e-9, 40.0, 1.0)), 3)
        0.167
    """
    pulse = np.asarray(volts, dtype=float), np.asarray(width_seconds, dtype=float)
    device = np.asarray(barrier_kt, dtype=float), np.asarray(critical_volts, dtype=float)
    return -np.expm1(-expected_switches(*pulse, *device, attempt_seconds))


def expected_switches(
    volts: Any,
    width_seconds: Any,
    barrier_kt: Any,
    critical_volts: Any,
    attempt_seconds: float = ATTEMPT_SECONDS,
) -> Any:
    """Rate times pulse width, the exponent of the switching law; trains of n pulses have n times as much.

    Arguments as in `switching_probability`, each a float or an array of floats; they are not converted, because this is
    called for every pulse.
    """
    height = barrier_kt * (1.0 - abs(volts) / critical_volts)
    # Beyond exp(700) there is no number and no doubt either.
    return width_seconds / attempt_seconds * np.exp(np.minimum(-height, 700.0))


def retention_flip_probability(
    seconds: ArrayLike, barrier_kt: ArrayLike, attempt_seconds: float = ATTEMPT_SECONDS
) -> NDArray[np.float64]:
    """Probability that a junction left alone is found in the other state after a time.

    Two symmetric wells with escape rate exp(-Delta) / tau0 each (Neel-Arrhenius): p = (1 - exp(-2 t exp(-Delta) /
    tau0)) / 2.
    """
    escapes = np.asarray(seconds, dtype=float) / attempt_seconds * np.exp(-np.asarray(barrier_kt, dtype=float))
    return -0.5 * np.expm1(-2.0 * escapes)
