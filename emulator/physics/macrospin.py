"""One magnetic moment a device: the stochastic Landau-Lifshitz-Gilbert equation with every torque of the field.

    dm/dt = -g0 m x H + a m x dm/dt - g0 m x (m x A)

H is the sum of the external field, the uniaxial anisotropy field K (m.e) e with K = Hk + (change with voltage), the
demagnetising field -Ms N m, the field-like torques and the thermal field. A is the sum of the damping-like fields of
spin transfer, along the polariser, and of the spin-orbit torque, along its spin polarisation: Gilbert (IEEE Trans.
Magn. 40, 3443, 2004), Slonczewski (J. Magn. Magn. Mater. 159, L1, 1996), Brown (Phys. Rev. 130, 1677, 1963). A
positive damping-like field pulls m towards its axis.

It is integrated by Heun's method, which converges to Stratonovich's solution, the physical one. The functions here say
what goes in; `devices.macrospins` holds the population.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import constants
from spinloop.emulator.physics.checks import finite, positive, within
from spinloop.protocols.errors import BadParameter

MU0 = constants.mu_0
GYROMAGNETIC = constants.physical_constants["electron gyromag. ratio"][0] * MU0
"""g0 = mu0 gamma of the free electron, m / (A s): precession in radians per second and ampere per metre."""

HEATING = 0.01
"""Largest relative error of the temperature that a step may cause; see `longest_step_seconds`."""

Array = NDArray[np.float64]


def rate_of_change(
    m: ArrayLike,
    field_amps_per_metre: ArrayLike,
    damping_like_amps_per_metre: ArrayLike,
    damping: ArrayLike,
    gyromagnetic: ArrayLike = GYROMAGNETIC,
) -> Array:
    """Right-hand side dm/dt of the equation above, solved for dm/dt; what the kernels compute, to be read.

    -m x H + a m x A - m x [m x (a H + A)], times g0 / (1 + a^2): the Gilbert form multiplied out.

    Args:
        m: unit vectors, shape (..., 3).
        field_amps_per_metre: H, shape (..., 3).
        damping_like_amps_per_metre: A, shape (..., 3).
        damping: a, shape (...).
        gyromagnetic: g0, m / (A s).

    Returns:
        Per second, shape (..., 3).
    """
    m, h, a = finite("m", m), finite("field_amps_per_metre", field_amps_per_metre), np.asarray(damping)[..., None]
    pull = finite("damping_like_amps_per_metre", damping_like_amps_per_metre)
    inner = h - a * pull + np.cross(m, a * h + pull)
    scale = np.asarray(gyromagnetic)[..., None] / (1.0 + a * a)
    rate: Array = -scale * np.cross(m, inner)
    return rate


def thermal_field_amps_per_metre(
    damping: ArrayLike,
    temperature_kelvins: ArrayLike,
    saturation_amps_per_metre: ArrayLike,
    volume_cubic_metres: ArrayLike,
    step_seconds: float,
    gyromagnetic: ArrayLike = GYROMAGNETIC,
) -> Array:
    """Standard deviation of each component of the thermal field, held for one step.

    sqrt[2 a k T / (mu0 Ms V g0 dt)]: Brown, Phys. Rev. 130, 1677 (1963). In the Gilbert form above, so that no factor
    of 1 + a^2 appears; the field enters precession and damping alike.
    """
    energy = 2.0 * positive("damping", damping) * constants.k * within("temperature_kelvins", temperature_kelvins, 0.0)
    moment = MU0 * positive("saturation_amps_per_metre", saturation_amps_per_metre)
    moment = moment * positive("volume_cubic_metres", volume_cubic_metres)
    sigma: Array = np.sqrt(energy / (moment * np.asarray(gyromagnetic) * positive("step_seconds", step_seconds)))
    return sigma


def spin_transfer_field_per_ampere(
    efficiency: ArrayLike, saturation_amps_per_metre: ArrayLike, volume_cubic_metres: ArrayLike
) -> Array:
    """Damping-like field of one ampere through the junction, (A/m)/A: hbar eta / (2 e mu0 Ms V).

    Slonczewski, J. Magn. Magn. Mater. 159, L1 (1996), with the angular factor of a tunnel junction, which is constant.
    """
    moment = MU0 * positive("saturation_amps_per_metre", saturation_amps_per_metre)
    moment = moment * positive("volume_cubic_metres", volume_cubic_metres)
    field: Array = constants.hbar * within("efficiency", efficiency, -1.0, 1.0) / (2.0 * constants.e * moment)
    return field


def spin_orbit_field_per_density(
    spin_hall: ArrayLike, saturation_amps_per_metre: ArrayLike, thickness_metres: ArrayLike
) -> Array:
    """Damping-like field of one A/m^2 in the heavy metal, (A/m)/(A/m^2): hbar theta / (2 e mu0 Ms t).

    Lee, Lee, Min, Lee, Appl. Phys. Lett. 102, 112410 (2013). An effective spin-Hall angle may exceed 1.
    """
    moment = MU0 * positive("saturation_amps_per_metre", saturation_amps_per_metre)
    moment = moment * positive("thickness_metres", thickness_metres)
    field: Array = constants.hbar * finite("spin_hall", spin_hall) / (2.0 * constants.e * moment)
    return field


def vcma_field_per_volt(
    vcma_joules_per_volt_metre: ArrayLike,
    saturation_amps_per_metre: ArrayLike,
    thickness_metres: ArrayLike,
    oxide_metres: ArrayLike,
) -> Array:
    """Change of the anisotropy field with one volt, (A/m)/V: -2 xi / (mu0 Ms t t_ox).

    Positive volts lower the barrier for xi > 0. From the interface energy Ki(V) = Ki - xi V / t_ox: Amiri and Wang,
    SPIN 2, 1240002 (2012).
    """
    moment = MU0 * positive("saturation_amps_per_metre", saturation_amps_per_metre)
    layers = positive("thickness_metres", thickness_metres) * positive("oxide_metres", oxide_metres)
    field: Array = -2.0 * finite("vcma_joules_per_volt_metre", vcma_joules_per_volt_metre) / (moment * layers)
    return field


def own_field_amps_per_metre(
    anisotropy_amps_per_metre: ArrayLike, easy_axis: ArrayLike, demagnetising_amps_per_metre: ArrayLike
) -> Array:
    """Largest field that shape and anisotropy turn a device with: spread of the eigenvalues of K e e^T - Ms N.

    The part that is the same along all axes turns nothing, so a film whose anisotropy nearly cancels its
    demagnetising field is slow, as it should be. No precession about any equilibrium is faster (derived here).

    Args:
        anisotropy_amps_per_metre: K, shape (n,).
        easy_axis: unit vectors, shape (n, 3).
        demagnetising_amps_per_metre: Ms N, the diagonal, shape (n, 3).
    """
    axis, diagonal = np.asarray(easy_axis), np.asarray(demagnetising_amps_per_metre)
    matrix = np.asarray(anisotropy_amps_per_metre)[:, None, None] * axis[:, :, None] * axis[:, None, :]
    matrix[:, range(3), range(3)] -= diagonal
    eigenvalues = np.linalg.eigvalsh(matrix)
    spread: Array = eigenvalues[:, 2] - eigenvalues[:, 0]
    return spread


def thermal_spread_per_second(
    damping: ArrayLike,
    temperature_kelvins: ArrayLike,
    saturation_amps_per_metre: ArrayLike,
    volume_cubic_metres: ArrayLike,
    gyromagnetic: ArrayLike = GYROMAGNETIC,
) -> Array:
    """Mean square of the angle that the thermal field turns a moment by, about each axis, in a second.

    2 a g0 k T / [(1 + a^2) mu0 Ms V], twice Brown's diffusion coefficient (Phys. Rev. 130, 1677, 1963).
    """
    alpha = positive("damping", damping)
    sigma = thermal_field_amps_per_metre(
        alpha, temperature_kelvins, saturation_amps_per_metre, volume_cubic_metres, 1.0, gyromagnetic
    )
    spread: Array = (np.asarray(gyromagnetic) * sigma) ** 2 / (1.0 + alpha * alpha)
    return spread


def longest_step_seconds(
    largest_field_amps_per_metre: ArrayLike,
    damping: ArrayLike,
    gyromagnetic: ArrayLike = GYROMAGNETIC,
    spread_per_second: ArrayLike = 0.0,
    heating: float = HEATING,
) -> Array:
    """Longest Heun step whose thermal averages, and whose damping, are wrong by no more than about `heating`.

    Three bounds, the least of which holds, with w = g0 H / (1 + a^2):

    - (w dt)^3 <= 8 a heating: Heun's method amplifies a precession by (w dt)^4 / 8 each step, an anti-damping of
      (w dt)^3 / (8 a) of the damping (derived here; it is what binds at small damping);
    - 0.6 (w dt)^2 <= heating: thermal averages at a = 0.1 to 1 showed a cooling of 0.3 (barrier 40) to 0.6 (barrier 5)
      of (w dt)^2 beside the effect above; it binds at large damping;
    - the thermal field's mean square turn in a step <= 2 heating: the method's bias of first order in the noise, which
      binds at low barriers and large damping, where the rules for the precession alone let kicks of a radian pass.

    Args:
        largest_field_amps_per_metre: H, an upper bound; where nothing bounds the step, it is infinite.
        damping: a.
        gyromagnetic: g0.
        spread_per_second: as `thermal_spread_per_second` gives it.
        heating: allowed relative error.
    """
    alpha = positive("damping", damping)
    rate = np.asarray(gyromagnetic) * np.asarray(largest_field_amps_per_metre) / (1.0 + alpha * alpha)
    with np.errstate(divide="ignore"):
        turn = np.minimum(np.cbrt(8.0 * alpha * heating), np.sqrt(heating / 0.6)) / rate
        steps: Array = np.minimum(turn, 2.0 * heating / np.asarray(spread_per_second, dtype=np.float64))
    return steps


def check_step(
    step_seconds: float,
    largest_field_amps_per_metre: ArrayLike,
    damping: ArrayLike,
    gyromagnetic: ArrayLike = GYROMAGNETIC,
    spread_per_second: ArrayLike = 0.0,
) -> None:
    """Refuse a step that would heat or cool any device by more than HEATING.

    Raises:
        BadParameter: with the longest step that is allowed, as `longest_seconds`.
    """
    limits = longest_step_seconds(largest_field_amps_per_metre, damping, gyromagnetic, spread_per_second)
    allowed = float(np.min(limits, initial=np.inf))
    if not step_seconds <= allowed:
        fits = _rounded_down(allowed)
        raise BadParameter(
            f"step_seconds = {step_seconds:g}",
            f"at most {allowed:.3g}, or a device's temperature is wrong by more than {HEATING:.0%}",
            f"take step_seconds={fits:g}",
            value=float(step_seconds),
            longest_seconds=fits,
        )


def _rounded_down(seconds: float) -> float:
    """To two digits, so that what is proposed is surely allowed."""
    unit = 10.0 ** (np.floor(np.log10(seconds)) - 1)
    return float(f"{np.floor(seconds / unit) * unit:.2g}")
