"""What it takes to destabilise a magnetic bit at zero temperature: spin transfer, spin-orbit torque, voltage."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import constants
from spinloop.emulator.physics.checks import finite, positive, within
from spinloop.emulator.physics.macrospin import spin_orbit_field_per_density, spin_transfer_field_per_ampere
from spinloop.protocols.errors import BadParameter

Array = NDArray[np.float64]


def spin_transfer_critical_amps(
    damping: ArrayLike,
    efficiency: ArrayLike,
    saturation_amps_per_metre: ArrayLike,
    volume_cubic_metres: ArrayLike,
    anisotropy_amps_per_metre: ArrayLike,
) -> Array:
    """Ic0 = 2 e a mu0 Ms V Hk / (hbar eta): above it, spin transfer overcomes damping in a perpendicular junction.

    Sun, Phys. Rev. B 62, 570 (2000), for a polariser along the easy axis; it is the current whose damping-like field is
    a Hk. In an in-plane layer the demagnetising field adds Ms/2 to Hk.

    Example:
        >>> from scipy.constants import mu_0
        >>> volume = 0.25 * np.pi * 40e-9**2 * 1e-9
        >>> round(float(spin_transfer_critical_amps(0.01, 0.6, 1.2 / mu_0, volume, 2e5)) * 1e6, 1)
        15.3
    """
    field = positive("damping", damping) * positive("anisotropy_amps_per_metre", anisotropy_amps_per_metre)
    within("efficiency", efficiency, 0.0, 1.0, open_low=True)
    amps: Array = field / spin_transfer_field_per_ampere(efficiency, saturation_amps_per_metre, volume_cubic_metres)
    return amps


def spin_transfer_critical_amps_of_barrier(
    damping: ArrayLike, efficiency: ArrayLike, barrier_kt: ArrayLike, temperature_kelvins: ArrayLike = 300.0
) -> Array:
    """The same from the barrier: Ic0 = 4 e a Delta k T / (hbar eta)."""
    energy = positive("barrier_kt", barrier_kt) * constants.k * positive("temperature_kelvins", temperature_kelvins)
    efficiency = within("efficiency", efficiency, 0.0, 1.0, open_low=True)
    amps: Array = 4.0 * constants.e * positive("damping", damping) * energy / (constants.hbar * efficiency)
    return amps


def spin_orbit_critical_amps_per_square_metre(
    spin_hall: ArrayLike,
    saturation_amps_per_metre: ArrayLike,
    thickness_metres: ArrayLike,
    anisotropy_amps_per_metre: ArrayLike,
    field_amps_per_metre: ArrayLike = 0.0,
) -> Array:
    """Jc = (2 e / hbar) (mu0 Ms t / theta) (Hk / 2 - Hx / sqrt 2) for a perpendicular layer, current along x.

    Lee, Lee, Min, Lee, Appl. Phys. Lett. 102, 112410 (2013), to first order in Hx << Hk. The equation of motion agrees
    within 2 % for Hx up to Hk / 5; without any Hx the layer is destabilised all the same but switches either way.

    Args:
        spin_hall: effective spin-Hall angle theta > 0.
        saturation_amps_per_metre: Ms.
        thickness_metres: t of the magnetic layer.
        anisotropy_amps_per_metre: Hk.
        field_amps_per_metre: Hx along the current, in [0, Hk / 2].

    Raises:
        BadParameter: the field is too large for the expansion.

    Example:
        >>> from scipy.constants import mu_0
        >>> f"{float(spin_orbit_critical_amps_per_square_metre(0.3, 1.2 / mu_0, 1e-9, 2e5, 2e4)):.3g}"
        '1.04e+12'
    """
    anisotropy = positive("anisotropy_amps_per_metre", anisotropy_amps_per_metre)
    field = within("field_amps_per_metre", field_amps_per_metre, 0.0)
    if not (field <= 0.5 * anisotropy).all():
        asked = f"field_amps_per_metre = {float(field.max()):g}"
        raise BadParameter(asked, "at most half the anisotropy field", "integrate the macrospin instead")
    per_density = spin_orbit_field_per_density(
        positive("spin_hall", spin_hall), saturation_amps_per_metre, thickness_metres
    )
    density: Array = (0.5 * anisotropy - field / np.sqrt(2.0)) / per_density
    return density


def voltage_critical_volts(anisotropy_amps_per_metre: ArrayLike, vcma_amps_per_metre_per_volt: ArrayLike) -> Array:
    """Voltage at which the anisotropy field vanishes, -Hk / (dHk/dV), so that any transverse field turns the moment.

    Amiri and Wang, SPIN 2, 1240002 (2012). Positive if positive voltage lowers the barrier.

    Args:
        anisotropy_amps_per_metre: Hk > 0 without voltage.
        vcma_amps_per_metre_per_volt: its change with voltage, not zero; see `macrospin.vcma_field_per_volt`.
    """
    slope = finite("vcma_amps_per_metre_per_volt", vcma_amps_per_metre_per_volt)
    if (slope == 0.0).any():
        raise BadParameter("vcma_amps_per_metre_per_volt = 0", "a slope", "no voltage changes this anisotropy")
    volts: Array = -positive("anisotropy_amps_per_metre", anisotropy_amps_per_metre) / slope
    return volts
