"""Conductance of a magnetic tunnel junction: spin polarisation, angle of the layers, bias."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.physics.checks import finite, positive, within


def tmr_from_polarisation(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Tunnel magnetoresistance ratio (R_AP - R_P) / R_P of two electrodes.

    Julliere, Phys. Lett. A 54, 225 (1975): TMR = 2 P1 P2 / (1 - P1 P2).

    Args:
        first: spin polarisation of one electrode, -1 <= P <= 1.
        second: that of the other; P1 P2 is less than 1.

    Raises:
        BadParameter, NotFinite: a polarisation is out of range.

    Example:
        >>> round(float(tmr_from_polarisation(0.65, 0.65)), 4)
        1.4632
    """
    product = within("first", first, -1.0, 1.0) * within("second", second, -1.0, 1.0)
    within("first * second", product, -1.0, 1.0, open_high=True)
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


def tmr_at_temperature(
    tmr: ArrayLike, temperature_kelvins: ArrayLike, bloch_per_kelvin_to_three_halves: ArrayLike
) -> NDArray[np.float64]:
    """TMR ratio at a temperature, from that at absolute zero.

    The polarisation of each electrode falls with the surface magnetisation by Bloch's law, P = P0 (1 - a T^(3/2)):
    C. Shang, J. Nowak, R. Jansen, J. Moodera, Phys. Rev. B 58, R2917 (1998). Julliere's law then gives the ratio; both
    electrodes are taken as equal. Spin-independent conduction, which lowers it further, is left out.

    Args:
        tmr: TMR ratio at T = 0, at least 0.
        temperature_kelvins: T, at least 0.
        bloch_per_kelvin_to_three_halves: a, K^(-3/2), at least 0; some 1e-5 to 5e-5 for thin electrodes.

    Raises:
        BadParameter: an argument is out of range, or T lies beyond a^(-2/3), where the electrode is no magnet.

    Example:
        >>> round(float(tmr_at_temperature(2.0, 300.0, 2e-5)), 2)
        1.34
    """
    heat = within("temperature_kelvins", temperature_kelvins, 0.0)
    loss = within("bloch_per_kelvin_to_three_halves", bloch_per_kelvin_to_three_halves, 0.0) * heat**1.5
    kept = within("bloch_per_kelvin_to_three_halves * T^1.5", 1.0 - loss, 0.0)
    product = polarisation_product(within("tmr", tmr, 0.0)) * kept * kept
    return np.asarray(2.0 * product / (1.0 - product))


def tmr_with_series(tmr: ArrayLike, parallel_ohms: ArrayLike, series_ohms: ArrayLike) -> NDArray[np.float64]:
    """TMR ratio that is measured across a junction and a series resistance, TMR Rp / (Rp + Rs) (P3; Kirchhoff).

    Args:
        tmr: ratio of the junction itself, at least 0.
        parallel_ohms: Rp, more than 0.
        series_ohms: Rs, at least 0.

    Example:
        >>> float(tmr_with_series(1.5, 5e3, 1e3))
        1.25
    """
    own = positive("parallel_ohms", parallel_ohms)
    return np.asarray(within("tmr", tmr, 0.0) * own / (own + within("series_ohms", series_ohms, 0.0)))


def junction_volts(
    volts: ArrayLike, parallel_ohms: ArrayLike, tmr: ArrayLike, half_volts: ArrayLike, series_ohms: ArrayLike
) -> NDArray[np.float64]:
    """Voltage that is left across an antiparallel junction whose TMR falls with its own bias, behind a resistance.

    Kirchhoff's law V = v + Rs I(v), I = v / [Rp (1 + TMR0 / (1 + (v / Vh)^2))]. I rises with v whatever the TMR, so
    there is one solution; it is found by bisection, to the last digit.

    Args:
        volts: V across both.
        parallel_ohms: Rp, more than 0.
        tmr: TMR0 at zero bias, at least 0.
        half_volts: Vh, more than 0.
        series_ohms: Rs, at least 0.

    Raises:
        BadParameter: an argument is out of range.
    """
    own, zero = positive("parallel_ohms", parallel_ohms), within("tmr", tmr, 0.0)
    scale, series = positive("half_volts", half_volts), within("series_ohms", series_ohms, 0.0)
    total = finite("volts", volts)
    low = np.zeros(np.broadcast_shapes(total.shape, own.shape, zero.shape, scale.shape, series.shape))
    size = np.abs(total) + low
    high = size.copy()
    for _ in range(64):  # bisection: the current rises with v for every TMR, so the root is single
        middle = 0.5 * (low + high)
        ohms = own * (1.0 + tmr_at_bias(zero, middle, scale))
        over = middle * (1.0 + series / ohms) > size
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return np.asarray(np.sign(total) * 0.5 * (low + high))
