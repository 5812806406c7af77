"""Spin-torque ferromagnetic resonance: the shape of a line, its fit, and the spin Hall angle from it (P15)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import e, hbar
from spinloop.emulator.physics.checks import finite, positive, within
from spinloop.protocols.errors import BadParameter, WrongShape

Floats = NDArray[np.float64]


def line_volts(
    field: ArrayLike,
    symmetric_volts: ArrayLike,
    antisymmetric_volts: ArrayLike,
    centre: ArrayLike,
    half_width: ArrayLike,
) -> Floats:
    """Rectified voltage against field, S L + A (H - H0) / dH L with L = dH^2 / [(H - H0)^2 + dH^2].

    L. Liu, T. Moriyama, D. Ralph, R. Buhrman, Phys. Rev. Lett. 106, 036601 (2011).

    Args:
        field: H, in the unit of centre and half_width (A/m or T).
        symmetric_volts: S, from the damping-like torque.
        antisymmetric_volts: A, from the Oersted field.
        centre: H0.
        half_width: dH, half width at half maximum, more than 0.
    """
    reduced = (finite("field", field) - finite("centre", centre)) / positive("half_width", half_width)
    shape = finite("symmetric_volts", symmetric_volts) + finite("antisymmetric_volts", antisymmetric_volts) * reduced
    return np.asarray(shape / (1.0 + reduced * reduced))


@dataclass(frozen=True)
class LineFit:
    """What a fit found; each uncertainty is one standard deviation, from the scatter about the fit.

    Attributes:
        symmetric_volts: S.
        antisymmetric_volts: A.
        centre: H0, in the unit of the field.
        half_width: dH, in the unit of the field.
        offset_volts: constant background.
        uncertainty: standard deviations of the same five, in this order.
        residual_volts: root mean square of what the fit left.
    """

    symmetric_volts: float
    antisymmetric_volts: float
    centre: float
    half_width: float
    offset_volts: float
    uncertainty: tuple[float, float, float, float, float]
    residual_volts: float


def fit_line(field: ArrayLike, volts: ArrayLike) -> LineFit:
    """Least-squares fit of S, A, H0, dH and a constant background to one sweep.

    Args:
        field: H, shape (n,), n >= 6, in any order and unit.
        volts: shape (n,).

    Raises:
        WrongShape: fewer than six points, or shapes that differ.
        BadParameter: the sweep holds no line whose centre lies inside it.
    """
    from scipy.optimize import OptimizeWarning, curve_fit  # here, because loading it takes a third of a second

    h, v = finite("field", field), finite("volts", volts)
    if h.ndim != 1 or h.shape != v.shape or h.size < 6:
        raise WrongShape(f"field {h.shape} and volts {v.shape}", "two arrays of one shape (n,), n >= 6", "take a sweep")
    span, size = float(np.ptp(h)), float(np.ptp(v))
    if span == 0.0 or size == 0.0:
        raise BadParameter(
            "a sweep without a range in field or volts", "a resonance line", "sweep across the resonance"
        )
    middle = 0.5 * float(h.max() + h.min())
    x, y = (h - middle) / span, v / size  # of order one, whatever the units
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", OptimizeWarning)
            found, covariance = curve_fit(_model, x, y, p0=_start(x, y), jac=_slopes, method="lm", maxfev=2000)
    except (RuntimeError, OptimizeWarning) as error:
        raise BadParameter("a sweep to which no line fits", "a resonance line", "sweep across the resonance") from error
    if not abs(found[2]) <= 0.5:
        raise BadParameter("a line centred outside the sweep", "a centre inside it", "sweep across the resonance")
    # The model does not change when dH and A change their signs together.
    found[[1, 3]] *= np.sign(found[3])
    scale = np.array([size, size, span, span, size])
    s, a, centre, width, offset = (found * scale).tolist()
    sigma = np.sqrt(np.diag(covariance)) * scale
    left = float(np.sqrt(np.mean((_model(x, *found) - y) ** 2))) * size
    return LineFit(s, a, centre + middle, width, offset, tuple(sigma.tolist()), left)


def _model(x: Floats, s: float, a: float, centre: float, width: float, offset: float) -> Floats:
    d = x - centre
    return offset + width * (s * width + a * d) / (d * d + width * width)


def _slopes(x: Floats, s: float, a: float, centre: float, width: float, offset: float) -> Floats:
    d = x - centre
    q = 1.0 / (d * d + width * width)
    top = width * (s * width + a * d)
    columns = (width**2 * q, width * d * q, -width * a * q + 2 * d * top * q**2)
    return np.stack((*columns, (2 * s * width + a * d) * q - 2 * width * top * q**2, np.ones_like(x)), axis=1)


def _start(x: Floats, y: Floats) -> Floats:
    """Best of a grid of centres and widths; S, A and the background are linear, so each is solved exactly."""
    thin = max(1, x.size // 512)  # enough to tell the finest line of the grid
    x, y = x[::thin], y[::thin]
    best, start = np.inf, np.zeros(5)
    for width in 0.5 ** np.arange(2, 8):
        centres = np.linspace(-0.5, 0.5, int(1.5 / width) + 1)
        d = (x - centres[:, None]) / width
        basis = np.stack((1 / (1 + d * d), d / (1 + d * d), np.ones_like(d)), axis=1)
        right = basis @ y
        linear = np.einsum("cij,cj->ci", np.linalg.pinv(basis @ basis.swapaxes(1, 2), hermitian=True), right)
        left = y @ y - np.einsum("ci,ci->c", right, linear)
        place = int(left.argmin())
        if left[place] < best:
            s, a, offset = linear[place]
            best, start = float(left[place]), np.array([s, a, centres[place], width, offset])
    return start


def spin_hall_angle(
    symmetric_volts: ArrayLike,
    antisymmetric_volts: ArrayLike,
    saturation_teslas: ArrayLike,
    magnet_metres: ArrayLike,
    metal_metres: ArrayLike,
    effective_over_centre: ArrayLike,
) -> Floats:
    """Spin Hall angle (S / A) (e mu0 Ms t d / hbar) sqrt(1 + Meff / H0); Liu et al. 2011, as above.

    Holds when A comes from the Oersted field of the current in the metal alone.

    Args:
        symmetric_volts: S.
        antisymmetric_volts: A, not 0.
        saturation_teslas: mu0 Ms of the magnet.
        magnet_metres: t, its thickness.
        metal_metres: d, thickness of the heavy metal.
        effective_over_centre: Meff / H0, more than -1.
    """
    other = finite("antisymmetric_volts", antisymmetric_volts)
    positive("abs(antisymmetric_volts)", np.abs(other))
    area = positive("magnet_metres", magnet_metres) * positive("metal_metres", metal_metres)
    factor = e * positive("saturation_teslas", saturation_teslas) * area / hbar
    root = np.sqrt(1.0 + within("effective_over_centre", effective_over_centre, -1.0, open_low=True))
    return np.asarray(finite("symmetric_volts", symmetric_volts) / other * factor * root)
