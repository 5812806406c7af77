"""Thermally activated switching under a voltage pulse."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.physics.checks import finite, positive, within
from spinloop.protocols.errors import BadParameter

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

    Raises:
        NotFinite: something holds NaN or infinity.
        BadParameter: a negative width, or a barrier, a critical voltage or an attempt time that is not positive.

    Example:
        >>> round(float(switching_probability(0.9, 10e-9, 40.0, 1.0)), 3)
        0.167
    """
    pulse = finite("volts", volts), within("width_seconds", width_seconds, 0.0)
    device = positive("barrier_kt", barrier_kt), positive("critical_volts", critical_volts)
    return -np.expm1(-expected_switches(*pulse, *device, float(positive("attempt_seconds", attempt_seconds))))


def voltage_for_width(
    width_seconds: ArrayLike,
    barrier_kt: ArrayLike,
    critical_volts: ArrayLike,
    probability: ArrayLike = 0.5,
    attempt_seconds: float = ATTEMPT_SECONDS,
) -> NDArray[np.float64]:
    """Voltage that switches with a given probability, against the pulse width; the inverse of the law above.

    V / Vc = 1 - ln[t / (-tau0 ln(1 - P))] / Delta: Koch, Katine, Sun, PRL 92, 088302 (2004). Its slope is -1 / Delta
    for each factor e in the width. Holds for thermal activation, 0 <= V <= Vc, which is t >> tau0; for shorter pulses
    the voltage goes as 1 + const / t (`write_error.switching_seconds` turned round), and this law is too low.

    Args:
        width_seconds: t, longer than -tau0 ln(1 - P).
        barrier_kt: Delta.
        critical_volts: Vc.
        probability: P in (0, 1).
        attempt_seconds: tau0.

    Raises:
        BadParameter: a width for which the law would give a voltage below 0 or above Vc; or another parameter out of
            range.

    Example:
        >>> round(float(voltage_for_width(1e-6, 40.0, 1.0)), 3)
        0.818
    """
    lots = -np.log1p(-within("probability", probability, 0.0, 1.0, open_low=True, open_high=True))
    spared = np.log(positive("width_seconds", width_seconds) / (positive("attempt_seconds", attempt_seconds) * lots))
    part = 1.0 - spared / positive("barrier_kt", barrier_kt)
    if ((part < 0.0) | (part > 1.0)).any():
        worst = float(part[(part < 0.0) | (part > 1.0)].flat[0])
        raise BadParameter(
            f"a width that takes {worst:.3g} Vc", "between 0 and Vc", "use a law for this range of widths", value=worst
        )
    return part * positive("critical_volts", critical_volts)


def barrier_from_voltages(
    width_seconds: ArrayLike,
    volts: ArrayLike,
    probability: float = 0.5,
    attempt_seconds: float = ATTEMPT_SECONDS,
) -> tuple[float, float]:
    """Barrier and critical voltage from measured switching voltages against pulse widths, by a straight line.

    Args:
        width_seconds: shape (n,), at least two different ones, all in the thermally activated range.
        volts: those that switched with `probability`, shape (n,).
        probability: in (0, 1).
        attempt_seconds: tau0, which the line cannot tell from Vc.

    Returns:
        (Delta, Vc).

    Raises:
        BadParameter: fewer than two different widths, or voltages that do not fall with the width.
    """
    lots = -np.log1p(-within("probability", probability, 0.0, 1.0, open_low=True, open_high=True))
    spared = np.log(positive("width_seconds", width_seconds) / (positive("attempt_seconds", attempt_seconds) * lots))
    if np.unique(spared).size < 2:
        raise BadParameter("one pulse width", "at least two different ones", "measure at another width")
    slope, critical = np.polyfit(spared, finite("volts", volts), 1)
    if not slope < 0.0 < critical:
        raise BadParameter(f"a slope of {slope:.3g} V a factor e", "voltages that fall with width", "measure longer")
    return float(-critical / slope), float(critical)


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
