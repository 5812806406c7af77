"""Conductance of a magnetic tunnel junction: spin polarisation, angle of the layers, bias."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def tmr_from_polarisation(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Tunnel magnetoresistance ratio (R_AP - R_P) / R_P of two electrodes.

    Julliere, Phys. Lett. A 54, 225 (1975): TMR = 2 P1 P2 / (1 - P1 P2).

    Args:
        first: spin polarisation of one electrode, 0 <= P < 1.
        second: that of the other.

    Example:
        >>> round(float(tmr_from_polarisation(0.65, 0.65)), 4)
        1.4632
    """
    product = np.asarray(first, dtype=float) * np.asarray(second, dtype=float)
    return 2.0 * product / (1.0 - product)


def polarisation_product(tmr: ArrayLike) -> NDArray[np.float64]:
    """P1 P2 that gives this TMR ratio: the inverse of Julliere's law, TMR / (2 + TMR)."""
    ratio = np.asarray(tmr, dtype=float)
    return ratio / (2.0 + ratio)


def conductance_siemens(angle_radians: ArrayLike, parallel_siemens: ArrayLike, tmr: ArrayLike) -> NDArray[np.float64]:
    """Conductance against the angle between the two magnetisations.

    Slonczewski, Phys. Rev. B 39, 6995 (1989): G = G0 (1 + P1 P2 cos theta). The conductance, not the resistance, is
    linear in
    cos theta. G0 is the mean of the parallel and antiparallel conductances.

    Args:
        angle_radians: 0 is parallel, pi antiparallel.
        parallel_siemens: conductance at angle 0.
        tmr: (R_AP - R_P) / R_P, >= 0.

    Example:
        >>> round(1 / float(conductance_siemens(np.pi / 2, 1 / 5e3, 1.5)), 1)
        7142.9
    """
    product = polarisation_product(tmr)
    mean = np.asarray(parallel_siemens, dtype=float) / (1.0 + product)
    return mean * (1.0 + product * np.cos(angle_radians))


def tmr_at_bias(tmr: ArrayLike, volts: ArrayLike, half_volts: ArrayLike) -> NDArray[np.float64]:
    """TMR ratio under a bias voltage: TMR0 / (1 + (V / V_h)^2), with half of TMR0 left at V_h (about 0.5 V for MgO).

    The usual one-parameter description of measured curves; symmetric in V, which real junctions are only nearly.
    """
    reduced = np.asarray(volts, dtype=float) / half_volts
    return np.asarray(tmr, dtype=float) / (1.0 + reduced * reduced)
