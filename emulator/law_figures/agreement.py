"""How far a simulation is from its law, in standard errors or in percent, and how far it may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom, norm

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

FALSE_ALARM = 1e-6
"""Chance that a right simulation is called wrong, for all points of one check together."""


@dataclass(frozen=True)
class Check:
    """One comparison of simulated points with a law.

    Attributes:
        what: what was compared.
        worst: largest deviation of all points.
        unit: of `worst` and `allowed`: "sigma" is one standard error of a point.
        allowed: largest deviation that a right simulation may have.
        points: how many were compared.
    """

    what: str
    worst: float
    unit: Literal["sigma", "percent"]
    allowed: float
    points: int

    @property
    def agrees(self) -> bool:
        """Whether the worst deviation is allowed; NaN is not."""
        return self.worst <= self.allowed


@dataclass(frozen=True)
class Drawn:
    """A figure and what it says about the law."""

    figure: Figure
    checks: tuple[Check, ...]


def in_sigmas(what: str, deviations: ArrayLike) -> Check:
    """Check of deviations that are standard normal if the law holds; false alarm `FALSE_ALARM` (Bonferroni)."""
    sizes = np.abs(np.asarray(deviations, dtype=float))
    allowed = float(norm.isf(0.5 * FALSE_ALARM / sizes.size))
    return Check(what, float(sizes.max()), "sigma", allowed, sizes.size)


def in_percent(what: str, relative: ArrayLike, allowed: float) -> Check:
    """Check of relative deviations, given as fractions, against a tolerance in percent."""
    sizes = 100.0 * np.abs(np.asarray(relative, dtype=float))
    return Check(what, float(sizes.max()), "percent", allowed, sizes.size)


def binomial_deviations(counts: ArrayLike, shots: int, chance: ArrayLike) -> Floats:
    """Deviations of binomial counts, as normal ones of the same tail; right for the smallest counts too."""
    upper = norm.isf(np.clip(binom.sf(np.asarray(counts) - 1, shots, chance), 1e-300, 1.0))
    lower = norm.isf(np.clip(binom.cdf(counts, shots, chance), 1e-300, 1.0))
    # A tail that holds the count itself is more than half for one of the two sides, where there is nothing to report.
    return np.maximum(np.maximum(upper, lower), 0.0)


def binomial_bars(counts: ArrayLike, shots: int) -> Floats:
    """Lengths of error bars below and above counts / shots, shape (2, n): Wilson's interval at one standard error."""
    share = np.asarray(counts) / shots
    centre = (np.asarray(counts) + 0.5) / (shots + 1)
    half = np.sqrt(share * (1.0 - share) * shots + 0.25) / (shots + 1)
    return np.stack([np.maximum(0.0, share - centre + half), np.maximum(0.0, centre + half - share)])
