"""Barrier and critical voltage from counted switching events, by maximum likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

CONFIDENCE = 0.95
MAX_STEPS = 100


@dataclass(frozen=True)
class SwitchingFit:
    """Parameters of the thermal-activation law with their 95 % intervals.

    Attributes:
        barrier_kt: energy barrier Delta.
        barrier_low: lower end of its 95 % interval.
        barrier_high: upper end.
        critical_volts: critical voltage Vc.
        critical_low: lower end of its 95 % interval.
        critical_high: upper end.
        width_seconds: pulse width of the data.
        attempt_seconds: attempt time that was assumed; Delta depends on its logarithm.
        goodness: probability that data from this law fit as badly as these or worse (likelihood-ratio test).
    """

    barrier_kt: float
    barrier_low: float
    barrier_high: float
    critical_volts: float
    critical_low: float
    critical_high: float
    width_seconds: float
    attempt_seconds: float
    goodness: float

    def probability(self, volts: NDArray[np.float64]) -> NDArray[np.float64]:
        """The fitted law, P = 1 - exp[-(t / tau0) exp(-Delta (1 - V / Vc))]."""
        height = self.barrier_kt * (1.0 - volts / self.critical_volts)
        return -np.expm1(-self.width_seconds / self.attempt_seconds * np.exp(-height))


def fit_switching(
    volts: NDArray[np.float64],
    shots: NDArray[np.int64],
    switched: NDArray[np.int64],
    width_seconds: float,
    attempt_seconds: float,
) -> SwitchingFit:
    """Fit the thermal-activation law to counts.

    ln(-ln(1 - P)) = ln(t / tau0) - Delta + (Delta / Vc) V is linear in V, so this is a binomial regression with the
    complementary log-log link (McCullagh and Nelder, Generalized Linear Models, 1989, section 4.3), solved by Fisher
    scoring; the intervals are those of the asymptotic normal distribution, carried over by the delta method.

    Args:
        volts: pulse voltages.
        shots: pulses fired at each.
        switched: how many switched.
        width_seconds: pulse width t.
        attempt_seconds: attempt time tau0, which such data cannot tell from the barrier.

    Raises:
        ValueError: the data do not determine two parameters (all or none switched, or too few voltages between).
    """
    share = switched / shots
    if np.count_nonzero((share > 0.0) & (share < 1.0)) < 2:
        raise ValueError("fewer than two voltages switched some but not all shots; the curve is not determined")
    offset, slope, covariance = _regress(volts, shots, switched)
    barrier = math.log(width_seconds / attempt_seconds) - offset
    critical = barrier / slope
    gradient = np.array([-1.0 / slope, -barrier / slope**2])
    half = float(norm.ppf(0.5 + CONFIDENCE / 2))
    barrier_half = half * math.sqrt(covariance[0, 0])
    critical_half = half * math.sqrt(gradient @ covariance @ gradient)
    return SwitchingFit(
        barrier_kt=barrier,
        barrier_low=barrier - barrier_half,
        barrier_high=barrier + barrier_half,
        critical_volts=critical,
        critical_low=critical - critical_half,
        critical_high=critical + critical_half,
        width_seconds=width_seconds,
        attempt_seconds=attempt_seconds,
        goodness=_goodness(shots, switched, -np.expm1(-np.exp(offset + slope * volts))),
    )


def _regress(
    volts: NDArray[np.float64], shots: NDArray[np.int64], switched: NDArray[np.int64]
) -> tuple[float, float, NDArray[np.float64]]:
    """Offset and slope of the linear predictor, and their covariance."""
    # Centring and scaling the voltage keeps the information matrix well conditioned.
    centre, scale = float(volts.mean()), float(np.ptp(volts))
    design = np.stack([np.ones_like(volts), (volts - centre) / scale], axis=1)
    share = (switched + 0.5) / (shots + 1.0)
    predictor = np.log(-np.log1p(-share))
    parameters = np.linalg.lstsq(design, predictor, rcond=None)[0]
    for _ in range(MAX_STEPS):
        rate = np.exp(np.clip(design @ parameters, -40.0, 6.0))
        probability = np.clip(-np.expm1(-rate), 1e-15, 1.0 - 1e-15)
        slope = rate * np.exp(-rate)  # dP / d(predictor)
        weight = shots * slope**2 / (probability * (1.0 - probability))
        score = design.T @ (slope * (switched - shots * probability) / (probability * (1.0 - probability)))
        information = design.T @ (weight[:, None] * design)
        step = np.linalg.solve(information, score)
        parameters = parameters + step * min(1.0, 2.0 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-10:
            break
    else:
        raise ValueError(f"the fit did not settle in {MAX_STEPS} steps; the data do not follow the law")
    back = np.array([[1.0, -centre / scale], [0.0, 1.0 / scale]])
    offset, slope_per_volt = back @ parameters
    covariance = back @ np.linalg.inv(information) @ back.T
    return float(offset), float(slope_per_volt), covariance


def _goodness(shots: NDArray[np.int64], switched: NDArray[np.int64], probability: NDArray[np.float64]) -> float:
    """Likelihood-ratio test against a free probability at each voltage that says anything."""
    expected = shots * probability
    telling = (expected > 1.0) & (shots - expected > 1.0)
    n, k, p = shots[telling], switched[telling], probability[telling]
    with np.errstate(divide="ignore", invalid="ignore"):
        hits = np.where(k > 0, k * np.log(k / (n * p)), 0.0)
        misses = np.where(n > k, (n - k) * np.log((n - k) / (n * (1.0 - p))), 0.0)
    freedom = int(telling.sum()) - 2
    return float(chi2.sf(2.0 * (hits + misses).sum(), freedom)) if freedom > 0 else 1.0
