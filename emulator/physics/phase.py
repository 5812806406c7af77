"""Phase locking: one oscillator to a tone (Adler), two to each other, many together (Kuramoto) (P20)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.physics.checks import finite, positive, same_shape, within
from spinloop.protocols.errors import BadParameter

Floats = NDArray[np.float64]

MOST_TURN = 0.2
"""Largest turn of a phase in one step of `kuramoto_steps`, radians; the error of a step goes as its fifth power."""


def beat_radians_per_second(detuning_radians_per_second: ArrayLike, half_range_radians_per_second: ArrayLike) -> Floats:
    """Mean rate at which the phase slips against a tone: sign(d) sqrt(d^2 - L^2), and 0 when locked.

    R. Adler, Proc. IRE 34, 351 (1946): dphi/dt = d - L sin(phi).

    Args:
        detuning_radians_per_second: d.
        half_range_radians_per_second: L, at least 0.
    """
    d = finite("detuning_radians_per_second", detuning_radians_per_second)
    reach = within("half_range_radians_per_second", half_range_radians_per_second, 0.0)
    return np.asarray(np.sign(d) * np.sqrt(np.maximum(d * d - reach * reach, 0.0)))


def locked_phase_radians(detuning_radians_per_second: ArrayLike, half_range_radians_per_second: ArrayLike) -> Floats:
    """Stable phase asin(d / L) of a locked oscillator (Adler 1946).

    Raises:
        BadParameter: |d| > L, where nothing is locked.
    """
    ratio = finite("detuning_radians_per_second", detuning_radians_per_second) / positive(
        "half_range_radians_per_second", half_range_radians_per_second
    )
    return np.asarray(np.arcsin(within("detuning / half range", ratio, -1.0, 1.0)))


def locking_seconds(detuning_radians_per_second: ArrayLike, half_range_radians_per_second: ArrayLike) -> Floats:
    """Time constant 1 / sqrt(L^2 - d^2) with which a small phase error dies out (P19; Adler's equation, linearised)."""
    d = np.abs(finite("detuning_radians_per_second", detuning_radians_per_second))
    reach = positive("half_range_radians_per_second", half_range_radians_per_second)
    return np.asarray(1.0 / np.sqrt(positive("half range^2 - detuning^2", reach * reach - d * d)))


def mutual_locking_radians_per_second(
    coupling_per_second: ArrayLike, nonlinearity: ArrayLike = 0.0, coupling_phase_radians: ArrayLike = 0.0
) -> Floats:
    """Largest difference of frequencies at which two auto-oscillators lock, 2 K sqrt(1 + nu^2) |cos(b - atan nu)|.

    For c_1' = ... + K exp(i b) c_2 and the same for 2 (derived here to first order in K from the equations of Slavin
    and Tiberkevich 2009). The usual 2 K sqrt(1 + nu^2) is its best case, at b = atan(nu); a purely real coupling,
    b = 0, gives 2 K whatever nu.

    Args:
        coupling_per_second: K, at least 0.
        nonlinearity: nu, see `oscillator.nonlinearity`.
        coupling_phase_radians: b.
    """
    nu = finite("nonlinearity", nonlinearity)
    aim = np.abs(np.cos(finite("coupling_phase_radians", coupling_phase_radians) - np.arctan(nu)))
    return np.asarray(2.0 * within("coupling_per_second", coupling_per_second, 0.0) * np.hypot(1.0, nu) * aim)


def critical_coupling_radians_per_second(density_at_centre_seconds: ArrayLike) -> Floats:
    """Onset of order in a large population, K_c = 2 / (pi g(0)); Y. Kuramoto, 1975 and 1984.

    Args:
        density_at_centre_seconds: g(0), density of natural angular frequencies at the centre of a symmetric,
            single-peaked distribution, s/rad.

    Example:
        A Lorentzian of half width 3 rad/s has g(0) = 1 / (3 pi), so K_c = 6 rad/s.

        >>> round(float(critical_coupling_radians_per_second(1 / (3 * np.pi))), 12)
        6.0
    """
    return np.asarray(2.0 / (np.pi * positive("density_at_centre_seconds", density_at_centre_seconds)))


def stationary_order(coupling_radians_per_second: float, density_seconds: Callable[[float], float]) -> float:
    """Order parameter r of an infinite population: r = K r int cos^2(x) g(K r sin x) dx over -pi/2..pi/2, or 0.

    Kuramoto's self-consistency equation. For a Lorentzian it is sqrt(1 - K_c / K).

    Args:
        coupling_radians_per_second: K, more than 0.
        density_seconds: g, symmetric about 0 and falling from there.
    """
    from scipy.integrate import quad  # here, because loading it takes longer than all the rest of this module
    from scipy.optimize import brentq

    k = float(positive("coupling_radians_per_second", coupling_radians_per_second))
    if k <= critical_coupling_radians_per_second(density_seconds(0.0)):
        return 0.0

    def excess(r: float) -> float:
        inside = quad(lambda x: np.cos(x) ** 2 * density_seconds(k * r * np.sin(x)), 0.0, np.pi / 2, epsabs=1e-12)[0]
        return float(2.0 * k * inside - 1.0)

    # Above the onset the left side exceeds 1 at r = 0 and falls; just above, the root may be closer to 0 than 1e-9.
    return float(brentq(excess, 1e-9, 1.0, xtol=1e-12)) if excess(1e-9) > 0.0 else 0.0


def order_parameter(phases_radians: ArrayLike) -> NDArray[np.complex128]:
    """Mean of exp(i phase) over the last axis: its size is the order, its angle the mean phase; 0 of no oscillators."""
    phases = finite("phases_radians", phases_radians)
    return np.asarray(np.exp(1j * phases).sum(axis=-1) / max(phases.shape[-1], 1))


def kuramoto_steps(
    phases_radians: ArrayLike,
    frequencies_radians_per_second: ArrayLike,
    coupling_radians_per_second: float,
    step_seconds: float,
    steps: int,
) -> Floats:
    """Phases after some steps of dphi_i/dt = w_i + (K / N) sum_j sin(phi_j - phi_i), by classical Runge-Kutta.

    The sum is taken through the order parameter, so a step costs O(N).

    Args:
        phases_radians: shape (n,).
        frequencies_radians_per_second: w, shape (n,), relative to any common frequency.
        coupling_radians_per_second: K.
        step_seconds: refused when a phase could turn by more than `MOST_TURN` in it.
        steps: how many, at least 0.

    Raises:
        BadParameter: the step is too long; the message proposes one that is not.
    """
    phases = finite("phases_radians", phases_radians)
    w = finite("frequencies_radians_per_second", frequencies_radians_per_second)
    same_shape(phases_radians=phases, frequencies_radians_per_second=w)
    k = float(finite("coupling_radians_per_second", coupling_radians_per_second))
    h = float(positive("step_seconds", step_seconds))
    fastest = float(np.abs(w).max(initial=0.0)) + abs(k)
    if h * fastest > MOST_TURN:
        largest = MOST_TURN / fastest
        raise BadParameter(f"step_seconds = {h:g}", f"at most {largest:.3g} s here", "shorten the step", value=h)

    def slope(phi: Floats) -> Floats:
        z = order_parameter(phi)
        return np.asarray(w + k * np.abs(z) * np.sin(np.angle(z) - phi))

    for _ in range(int(within("steps", steps, 0))):
        k1 = slope(phases)
        k2 = slope(phases + 0.5 * h * k1)
        k3 = slope(phases + 0.5 * h * k2)
        phases = phases + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + slope(phases + h * k3))
    return np.asarray(phases)
