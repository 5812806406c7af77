"""How well a magnetic bit keeps: its barrier, what it scales with, and the time it lasts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import constants
from spinloop.emulator.physics.checks import positive
from spinloop.emulator.physics.switching import ATTEMPT_SECONDS

Array = NDArray[np.float64]

MU0 = constants.mu_0


def cylinder_volume_cubic_metres(diameter_metres: ArrayLike, thickness_metres: ArrayLike) -> Array:
    """Volume of a round free layer, pi d^2 t / 4."""
    diameter = positive("diameter_metres", diameter_metres)
    volume: Array = 0.25 * np.pi * diameter**2 * positive("thickness_metres", thickness_metres)
    return volume


def anisotropy_joules_per_cubic_metre(
    saturation_amps_per_metre: ArrayLike, anisotropy_amps_per_metre: ArrayLike
) -> Array:
    """Energy density K = mu0 Ms Hk / 2 of a uniaxial anisotropy field Hk."""
    moment = MU0 * positive("saturation_amps_per_metre", saturation_amps_per_metre)
    density: Array = 0.5 * moment * positive("anisotropy_amps_per_metre", anisotropy_amps_per_metre)
    return density


def barrier_kt(
    saturation_amps_per_metre: ArrayLike,
    anisotropy_amps_per_metre: ArrayLike,
    volume_cubic_metres: ArrayLike,
    temperature_kelvins: ArrayLike = 300.0,
) -> Array:
    """Energy barrier over k T, Delta = mu0 Ms Hk V / 2kT, of a moment that turns as one (Stoner and Wohlfarth 1948).

    At fixed K it goes as the volume. Larger devices switch by a domain wall, with a lower barrier: it holds below some
    tens of nanometres.

    Args:
        saturation_amps_per_metre: Ms > 0.
        anisotropy_amps_per_metre: Hk > 0, the net one, after demagnetisation.
        volume_cubic_metres: V > 0.
        temperature_kelvins: T > 0.

    Example:
        >>> volume = cylinder_volume_cubic_metres(40e-9, 1e-9)
        >>> round(float(barrier_kt(1.2 / MU0, 2e5, volume)), 1)
        36.4
    """
    density = anisotropy_joules_per_cubic_metre(saturation_amps_per_metre, anisotropy_amps_per_metre)
    return barrier_of_density_kt(density, volume_cubic_metres, temperature_kelvins)


def barrier_of_density_kt(
    anisotropy_joules_per_cubic_metre: ArrayLike, volume_cubic_metres: ArrayLike, temperature_kelvins: ArrayLike = 300.0
) -> Array:
    """The same from the energy density: Delta = K V / kT."""
    energy = positive("anisotropy_joules_per_cubic_metre", anisotropy_joules_per_cubic_metre)
    energy = energy * positive("volume_cubic_metres", volume_cubic_metres)
    barrier: Array = energy / (constants.k * positive("temperature_kelvins", temperature_kelvins))
    return barrier


def density_for_barrier_joules_per_cubic_metre(
    barrier_kt: ArrayLike, volume_cubic_metres: ArrayLike, temperature_kelvins: ArrayLike = 300.0
) -> Array:
    """Energy density K that a volume needs for a barrier: Delta k T / V.

    Example:
        >>> volume = cylinder_volume_cubic_metres(10e-9, 1e-9)
        >>> round(float(density_for_barrier_joules_per_cubic_metre(60.0, volume)) / 1e6, 2)
        3.16
    """
    energy = positive("barrier_kt", barrier_kt) * constants.k * positive("temperature_kelvins", temperature_kelvins)
    density: Array = energy / positive("volume_cubic_metres", volume_cubic_metres)
    return density


def retention_seconds(barrier_kt: ArrayLike, attempt_seconds: ArrayLike = ATTEMPT_SECONDS) -> Array:
    """Mean time until a bit is lost by itself, tau0 e^Delta (Neel-Arrhenius).

    tau0 = 1 ns is a convention. The exact rate of an axial macrospin has a prefactor that grows as Delta^(1/2), and the
    textbook's high-barrier form of it is still 22-27 % off at Delta = 4-6: what fluctuates needs the exact rate.

    Example:
        >>> round(float(retention_seconds(40.0)) / 3.156e7, 2)
        7.46
    """
    lasting: Array = positive("attempt_seconds", attempt_seconds) * np.exp(positive("barrier_kt", barrier_kt))
    return lasting


def barrier_for_retention_kt(retention_seconds: ArrayLike, attempt_seconds: ArrayLike = ATTEMPT_SECONDS) -> Array:
    """Barrier that a mean retention time needs: ln(t / tau0), for times longer than tau0.

    Example:
        >>> round(float(barrier_for_retention_kt(10 * 3.156e7)), 1)
        40.3
    """
    ratio = positive("retention_seconds", retention_seconds) / positive("attempt_seconds", attempt_seconds)
    return positive("barrier for this retention", np.log(ratio))
