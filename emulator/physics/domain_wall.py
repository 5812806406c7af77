"""Velocity of a magnetic domain wall under field, spin-transfer and spin-orbit torque: closed forms (P22).

The wall of a perpendicular strip is a position q and an in-plane angle phi of its centre (phi = 0 is a Neel wall along
+x, between up on the left and down on the right), with the width Dw fixed: J. Slonczewski, Int. J. Magn. 2, 85 (1972);
N. Schryer, L. Walker, J. Appl. Phys. 45, 5406 (1974); with spin transfer A. Thiaville et al., Europhys. Lett. 69, 990
(2005); with chirality and spin Hall torque A. Thiaville et al., Europhys. Lett. 100, 57002 (2012). In rates,

    dphi/dt + alpha (dq/dt)/Dw = gamma0 [Hz + Hpin(q) + (pi/2) Hsl cos phi] + beta u / Dw
    (dq/dt)/Dw - alpha dphi/dt = gamma0 [-(Hk/2) sin 2 phi + (pi/2) (Hd + Hx) sin phi] + u / Dw

with Hk the field by which the magnetostatic energy favours the Bloch wall, Hd that of the Dzyaloshinskii-Moriya
interaction, Hsl that of the damping-like torque, u the spin drift velocity.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import e, hbar, mu_0, physical_constants
from spinloop.emulator.physics.checks import finite, positive, within
from spinloop.emulator.physics.diode import GAMMA0_METRES_PER_AMP_SECOND

Floats = NDArray[np.float64]
BOHR_MAGNETON = physical_constants["Bohr magneton"][0]


def walker_field_amps_per_metre(shape_amps_per_metre: ArrayLike, damping: ArrayLike) -> Floats:
    """Field alpha Hk / 2 above which the wall's angle turns (Schryer, Walker 1974)."""
    return np.asarray(0.5 * positive("damping", damping) * within("shape_amps_per_metre", shape_amps_per_metre, 0.0))


def mean_velocity_metres_per_second(
    field_amps_per_metre: ArrayLike,
    drift_metres_per_second: ArrayLike,
    width_metres: ArrayLike,
    damping: ArrayLike,
    nonadiabaticity: ArrayLike,
    shape_amps_per_metre: ArrayLike,
) -> Floats:
    """Mean velocity under a field along z and a spin current, below and above breakdown, without pinning.

    With A = gamma0 H + beta u / Dw, the angle turns at the rate w = sqrt[(A - alpha u/Dw)^2 - (gamma0 Hw)^2] /
    (1 + alpha^2) once the root is real, and v = Dw (A - w) / alpha (derived here from the equations above; for u = 0 it
    is Schryer and Walker's law). Below breakdown v = (gamma0 Dw H + beta u) / alpha.

    Args:
        field_amps_per_metre: H; positive drives the wall to +x.
        drift_metres_per_second: u, see `drift_velocity_metres_per_second`.
        width_metres: Dw, more than 0.
        damping: alpha, more than 0.
        nonadiabaticity: beta.
        shape_amps_per_metre: Hk, at least 0.

    Example:
        >>> field = 1e-3 / (4e-7 * np.pi)
        >>> round(float(mean_velocity_metres_per_second(field, 0.0, 10e-9, 0.02, 0.0, 1e6)))
        88
    """
    alpha, width = positive("damping", damping), positive("width_metres", width_metres)
    turn = finite("drift_metres_per_second", drift_metres_per_second) / width
    push = GAMMA0_METRES_PER_AMP_SECOND * finite("field_amps_per_metre", field_amps_per_metre)
    push = push + finite("nonadiabaticity", nonadiabaticity) * turn
    free = push - alpha * turn
    held = GAMMA0_METRES_PER_AMP_SECOND * walker_field_amps_per_metre(shape_amps_per_metre, alpha)
    rate = np.sign(free) * np.sqrt(np.maximum(free * free - held * held, 0.0)) / (1.0 + alpha * alpha)
    return np.asarray(width * (push - rate) / alpha)


def drift_velocity_metres_per_second(
    current_amps_per_square_metre: ArrayLike,
    polarisation: ArrayLike,
    saturation_amps_per_metre: ArrayLike,
    g_factor: float = 2.0,
) -> Floats:
    """Spin drift velocity u = P g muB J / (2 e Ms), positive with the flow of electrons (Thiaville et al. 2005).

    Example:
        >>> round(float(drift_velocity_metres_per_second(1e12, 0.5, 9.5e5)), 1)
        30.5
    """
    spin = g_factor * BOHR_MAGNETON * within("polarisation", polarisation, 0.0, 1.0) / (2.0 * e)
    current = finite("current_amps_per_square_metre", current_amps_per_square_metre)
    return np.asarray(spin * current / positive("saturation_amps_per_metre", saturation_amps_per_metre))


def torque_field_amps_per_metre(
    current_amps_per_square_metre: ArrayLike,
    spin_hall_angle: ArrayLike,
    saturation_amps_per_metre: ArrayLike,
    thickness_metres: ArrayLike,
) -> Floats:
    """Field of the damping-like spin-orbit torque, Hsl = hbar theta J / (2 e mu0 Ms t) (Thiaville et al. 2012)."""
    current = finite("current_amps_per_square_metre", current_amps_per_square_metre)
    moment = positive("saturation_amps_per_metre", saturation_amps_per_metre) * mu_0
    moment = moment * positive("thickness_metres", thickness_metres)
    return np.asarray(hbar * within("spin_hall_angle", spin_hall_angle, -1.0, 1.0) * current / (2.0 * e * moment))


def chirality_field_amps_per_metre(
    interaction_joules_per_square_metre: ArrayLike, saturation_amps_per_metre: ArrayLike, width_metres: ArrayLike
) -> Floats:
    """Field of the Dzyaloshinskii-Moriya interaction inside the wall, Hd = D / (mu0 Ms Dw) (Thiaville et al. 2012)."""
    moment = mu_0 * positive("saturation_amps_per_metre", saturation_amps_per_metre)
    strength = finite("interaction_joules_per_square_metre", interaction_joules_per_square_metre)
    return np.asarray(strength / (moment * positive("width_metres", width_metres)))


def spin_orbit_velocity_metres_per_second(
    torque_amps_per_metre: ArrayLike, chirality_amps_per_metre: ArrayLike, width_metres: ArrayLike, damping: ArrayLike
) -> Floats:
    """Steady velocity of a chiral wall under spin-orbit torque, v = (pi/2) gamma0 Dw Hd / sqrt[1 + (alpha Hd / Hsl)^2].

    Thiaville et al. 2012; for Hk much smaller than Hd. It saturates at (pi/2) gamma0 Dw Hd, so it never breaks down.

    Args:
        torque_amps_per_metre: Hsl; its sign and that of Hd decide the direction.
        chirality_amps_per_metre: Hd.
        width_metres: Dw, more than 0.
        damping: alpha, more than 0.
    """
    torque = finite("torque_amps_per_metre", torque_amps_per_metre)
    chirality = finite("chirality_amps_per_metre", chirality_amps_per_metre)
    width = positive("width_metres", width_metres)
    # v = |Hd| Hsl / sqrt(Hsl^2 + (alpha Hd)^2), which holds at Hsl = 0 too.
    size = np.hypot(torque, positive("damping", damping) * chirality)
    share = np.divide(torque, size, out=np.zeros(size.shape), where=size > 0.0)
    return np.asarray(0.5 * np.pi * GAMMA0_METRES_PER_AMP_SECOND * width * np.abs(chirality) * share)
