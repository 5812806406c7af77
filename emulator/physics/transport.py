"""Spin currents in metals: polarisation, diffusion length, spin Hall efficiency (P21)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.physics.checks import finite, positive, within

Floats = NDArray[np.float64]


def spin_polarisation(majority: ArrayLike, minority: ArrayLike) -> Floats:
    """(up - down) / (up + down) of two conductivities, densities of states or currents, each at least 0."""
    up, down = within("majority", majority, 0.0), within("minority", minority, 0.0)
    return np.asarray((up - down) / positive("majority + minority", up + down))


def spin_diffusion_metres(diffusion_square_metres_per_second: ArrayLike, spin_flip_seconds: ArrayLike) -> Floats:
    """Spin diffusion length sqrt(D tau_sf); T. Valet, A. Fert, Phys. Rev. B 48, 7099 (1993)."""
    product = positive("diffusion_square_metres_per_second", diffusion_square_metres_per_second)
    return np.asarray(np.sqrt(product * positive("spin_flip_seconds", spin_flip_seconds)))


def spin_accumulation(depth_metres: ArrayLike, thickness_metres: ArrayLike, diffusion_metres: ArrayLike) -> Floats:
    """Accumulation in a layer that receives spin at depth 0 and reflects it at its far face, relative to that at 0.

    cosh[(t - x) / l] / cosh(t / l): the solution of l^2 mu'' = mu with mu'(t) = 0.

    Args:
        depth_metres: x, between 0 and t.
        thickness_metres: t.
        diffusion_metres: l, the spin diffusion length.
    """
    length = positive("diffusion_metres", diffusion_metres)
    thick, depth = positive("thickness_metres", thickness_metres), within("depth_metres", depth_metres, 0.0)
    left = within("thickness_metres - depth_metres", thick - depth, 0.0)
    # exp(-x/l) (1 + exp(-2(t-x)/l)) / (1 + exp(-2t/l)): no overflow for thick layers.
    return np.asarray(
        np.exp(-depth / length) * (1.0 + np.exp(-2 * left / length)) / (1.0 + np.exp(-2 * thick / length))
    )


def thickness_factor(thickness_metres: ArrayLike, diffusion_metres: ArrayLike) -> Floats:
    """Share 1 - sech(t / l) of the bulk spin Hall current that a film of thickness t delivers at its face (P21).

    L. Liu, T. Moriyama, D. Ralph, R. Buhrman, Phys. Rev. Lett. 106, 036601 (2011).

    Example:
        >>> round(float(thickness_factor(4e-9, 1.5e-9)), 3)
        0.862
    """
    ratio = within("thickness_metres", thickness_metres, 0.0) / positive("diffusion_metres", diffusion_metres)
    # 1 - sech x = 2 sinh^2(x/2) / cosh x, written with exp(-x): exact for thin films, finite for thick ones.
    return np.asarray(np.expm1(-ratio) ** 2 / (1.0 + np.exp(-2.0 * ratio)))


def effective_spin_hall_angle(
    spin_hall_angle: ArrayLike, thickness_metres: ArrayLike, diffusion_metres: ArrayLike
) -> Floats:
    """Spin Hall efficiency of a film, theta [1 - sech(t / l)] (P21; Liu et al. 2011, as above)."""
    bulk = within("spin_hall_angle", spin_hall_angle, -1.0, 1.0)
    return np.asarray(bulk * thickness_factor(thickness_metres, diffusion_metres))


def intrinsic_spin_hall_angle(spin_hall_siemens_per_metre: ArrayLike, resistivity_ohm_metres: ArrayLike) -> Floats:
    """Angle theta = sigma_SH rho, with sigma_SH the intrinsic spin Hall conductivity in units of hbar / 2e."""
    sigma = finite("spin_hall_siemens_per_metre", spin_hall_siemens_per_metre)
    return np.asarray(sigma * positive("resistivity_ohm_metres", resistivity_ohm_metres))
