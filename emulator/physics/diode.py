"""Spin-torque diodes: ferromagnetic resonance, rectification, and sensitivity (P13, P14, P16)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import e, hbar, mu_0, physical_constants
from spinloop.emulator.physics.checks import finite, positive, within
from spinloop.protocols.errors import BadParameter

GAMMA_RADIANS_PER_SECOND_TESLA = physical_constants["electron gyromag. ratio"][0]
"""Gyromagnetic ratio of the free electron, g = 2.0023."""
GAMMA0_METRES_PER_AMP_SECOND = mu_0 * GAMMA_RADIANS_PER_SECOND_TESLA
"""The same for fields in A/m, about 2.213e5 m/(A s)."""

Floats = NDArray[np.float64]


def kittel_perpendicular_hertz(field_amps_per_metre: ArrayLike, anisotropy_amps_per_metre: ArrayLike) -> Floats:
    """Resonance of a perpendicular layer in a perpendicular field, gamma0 (H + Hk) / 2 pi (P13).

    C. Kittel, Phys. Rev. 73, 155 (1948).

    Args:
        field_amps_per_metre: H along the magnetisation.
        anisotropy_amps_per_metre: effective anisotropy field Hk, demagnetisation taken off.

    Raises:
        BadParameter: H + Hk < 0, where the layer does not stay magnetised along H.

    Example:
        >>> round(float(kittel_perpendicular_hertz(0.0, 2e5)) / 1e9, 2)
        7.04
    """
    stiffness = finite("field_amps_per_metre", field_amps_per_metre) + finite(
        "anisotropy_amps_per_metre", anisotropy_amps_per_metre
    )
    within("field_amps_per_metre + anisotropy_amps_per_metre", stiffness, 0.0)
    return np.asarray(GAMMA0_METRES_PER_AMP_SECOND * stiffness / (2.0 * np.pi))


def kittel_in_plane_hertz(field_teslas: ArrayLike, effective_teslas: ArrayLike) -> Floats:
    """Resonance of a layer magnetised in its plane, (gamma / 2 pi) sqrt(B (B + mu0 Meff)) (P13; Kittel 1948).

    Args:
        field_teslas: B along the magnetisation, at least 0.
        effective_teslas: mu0 Meff, at least 0, which is when the plane is easy.

    Example:
        >>> round(float(kittel_in_plane_hertz(0.05, 1.0)) / 1e9, 2)
        6.42
    """
    field, effective = within("field_teslas", field_teslas, 0.0), within("effective_teslas", effective_teslas, 0.0)
    return np.asarray(GAMMA_RADIANS_PER_SECOND_TESLA / (2.0 * np.pi) * np.sqrt(field * (field + effective)))


def resonance_field_teslas(frequency_hertz: ArrayLike, effective_teslas: ArrayLike) -> Floats:
    """Field at which an in-plane layer resonates: the inverse of `kittel_in_plane_hertz`."""
    half = 0.5 * within("effective_teslas", effective_teslas, 0.0)
    reduced = within("frequency_hertz", frequency_hertz, 0.0) * (2.0 * np.pi / GAMMA_RADIANS_PER_SECOND_TESLA)
    # hypot(h, f) - h, written so that low frequencies keep their digits.
    total = np.hypot(half, reduced) + half
    return np.divide(reduced * reduced, total, out=np.zeros(np.shape(total)), where=total > 0.0)


def half_width_teslas(frequency_hertz: ArrayLike, damping: ArrayLike, inhomogeneous_teslas: ArrayLike = 0.0) -> Floats:
    """Half width at half maximum of a resonance in field, mu0 dH0 + alpha 2 pi f / gamma (P14).

    Exact for an in-plane layer to first order in alpha (derived here from the susceptibility: df/dB cancels).

    Args:
        frequency_hertz: f, at least 0.
        damping: alpha, more than 0.
        inhomogeneous_teslas: mu0 dH0, the width that is left at zero frequency.

    Example:
        >>> round(float(half_width_teslas(6.42e9, 0.01)) * 1e3, 2)
        2.29
    """
    gilbert = positive("damping", damping) * within("frequency_hertz", frequency_hertz, 0.0)
    broad = within("inhomogeneous_teslas", inhomogeneous_teslas, 0.0)
    return np.asarray(broad + gilbert * (2.0 * np.pi / GAMMA_RADIANS_PER_SECOND_TESLA))


def rectified_volts(rf_amps: ArrayLike, resistance_swing_ohms: ArrayLike, phase_radians: ArrayLike = 0.0) -> Floats:
    """Direct voltage of a resistance that swings with the current, I dR cos(phase) / 2.

    The average of I cos(w t) dR cos(w t + phase) over a period; A. Tulapurkar et al., Nature 438, 339 (2005).
    """
    product = finite("rf_amps", rf_amps) * finite("resistance_swing_ohms", resistance_swing_ohms)
    return np.asarray(0.5 * product * np.cos(finite("phase_radians", phase_radians)))


def torque_per_second_amp(
    polarisation: ArrayLike, saturation_teslas: ArrayLike, volume_cubic_metres: ArrayLike
) -> Floats:
    """Rate of the damping-like spin torque per ampere, gamma0 hbar eta / (2 e mu0 Ms V).

    J. Slonczewski, J. Magn. Magn. Mater. 159, L1 (1996), with a constant efficiency eta.

    Args:
        polarisation: eta, 0 to 1.
        saturation_teslas: mu0 Ms, more than 0.
        volume_cubic_metres: V of the free layer, more than 0.
    """
    moment = positive("saturation_teslas", saturation_teslas) * positive("volume_cubic_metres", volume_cubic_metres)
    return np.asarray(
        GAMMA0_METRES_PER_AMP_SECOND * hbar * within("polarisation", polarisation, 0.0, 1.0) / (2.0 * e * moment)
    )


def precession_amplitude(
    rf_amps: ArrayLike,
    frequency_hertz: ArrayLike,
    resonance_hertz: ArrayLike,
    damping: ArrayLike,
    torque_per_second_amp: ArrayLike,
) -> NDArray[np.complex128]:
    """In-plane magnetisation of a perpendicular layer driven by spin torque from an in-plane reference.

    m_x = (a_J / 2) / (Gamma - i (w - w0)) with a_J = torque times current and Gamma = alpha w0, the co-rotating linear
    response to a torque along x (derived here from the linearised Landau-Lifshitz-Gilbert equation; alpha << 1). The
    real part is in phase with the current.

    Raises:
        BadParameter: the amplitude would reach 1, where a linear law has no meaning.
    """
    w0 = 2.0 * np.pi * positive("resonance_hertz", resonance_hertz)
    detuning = 2.0 * np.pi * positive("frequency_hertz", frequency_hertz) - w0
    torque = finite("torque_per_second_amp", torque_per_second_amp) * finite("rf_amps", rf_amps)
    amplitude: NDArray[np.complex128] = np.asarray(
        0.5 * torque / (positive("damping", damping) * w0 - 1j * detuning), dtype=np.complex128
    )
    largest = float(np.abs(amplitude).max(initial=0.0))
    if largest >= 1.0:
        raise BadParameter(
            f"a precession amplitude of {largest:.3g}", "less than 1", "lower the current", value=largest
        )
    return amplitude


def diode_volts(
    rf_amps: ArrayLike, amplitude: NDArray[np.complex128], mean_ohms: ArrayLike, polarisation_product: ArrayLike
) -> Floats:
    """Direct voltage of a junction whose magnetisation precesses at the frequency of the current.

    With G = G0 (1 + P1 P2 m_x) (Slonczewski 1989), V = <I cos(wt) / G>. For motion X cos(wt) + Y sin(wt), of size
    r = P1 P2 sqrt(X^2 + Y^2), the average is -(I / G0) P1 P2 X / [s (1 + s)], s = sqrt(1 - r^2) (derived here); for
    small r it is -I R0 P1 P2 X / 2, so linear in power. A positive torque towards the reference lowers the resistance.

    Args:
        rf_amps: I.
        amplitude: complex m_x as from `precession_amplitude`.
        mean_ohms: 1 / G0, more than 0.
        polarisation_product: P1 P2, 0 to less than 1.
    """
    product = within("polarisation_product", polarisation_product, 0.0, 1.0, open_high=True)
    size = product * within("abs(amplitude)", np.abs(amplitude), 0.0, 1.0, open_high=True)
    s = np.sqrt(1.0 - size * size)
    volts = finite("rf_amps", rf_amps) * positive("mean_ohms", mean_ohms)
    return np.asarray(-volts * product * np.real(amplitude) / (s * (1.0 + s)))


def sensitivity_volts_per_watt(
    resonance_hertz: ArrayLike,
    damping: ArrayLike,
    torque_per_second_amp: ArrayLike,
    polarisation_product: ArrayLike,
) -> Floats:
    """Direct voltage per absorbed power on resonance, P1 P2 a / (2 alpha w0), in the linear range (P16).

    Independent of the resistance, because both the voltage and the power are proportional to it (derived here from
    `precession_amplitude` and `diode_volts`). Measured devices without bias give some 500 mV/mW (Locatelli, Cros,
    Grollier, Nat. Mater. 13, 11, 2014); a Schottky diode is bound to 3800 mV/mW.
    """
    w0 = 2.0 * np.pi * positive("resonance_hertz", resonance_hertz)
    torque = positive("torque_per_second_amp", torque_per_second_amp)
    product = within("polarisation_product", polarisation_product, 0.0, 1.0, open_high=True)
    return np.asarray(product * torque / (2.0 * positive("damping", damping) * w0))
