"""Skyrmions as particles: Thiele's equation in a channel, and how they add up to a resistance (P28).

With the gyrovector G along z and the dissipation D, force and velocity are related by

    F_x = alpha D v_x + G v_y,    F_y = alpha D v_y - G v_x        (each number times mu0 Ms t / gamma0),

A. Thiele, Phys. Rev. Lett. 30, 230 (1973), with G = 4 pi Q.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import Boltzmann, e, hbar, mu_0
from spinloop.emulator.physics.checks import finite, positive, same_shape, within
from spinloop.emulator.physics.diode import GAMMA0_METRES_PER_AMP_SECOND
from spinloop.protocols.errors import BadParameter, WrongShape

Floats = NDArray[np.float64]
Numbers = float | Floats
GYROVECTOR = 4.0 * np.pi
"""G of one skyrmion, |Q| = 1."""


def dissipation_number(radius_metres: ArrayLike, wall_metres: ArrayLike) -> Floats:
    """D = 2 pi (R / w + w / R) of a skyrmion of radius R with a wall of width parameter w.

    Integral of |dm/dx|^2 over the plane for a narrow circular wall theta = 2 atan exp[(r - R) / w] (derived here;
    exact for R >> w, and equal to the exact 4 pi of the Belavin-Polyakov skyrmion at R = w).
    """
    ratio = positive("radius_metres", radius_metres) / positive("wall_metres", wall_metres)
    return np.asarray(2.0 * np.pi * (ratio + 1.0 / ratio))


def hall_angle_radians(damping: ArrayLike, dissipation: ArrayLike) -> Floats:
    """Skyrmion Hall angle, tan = G / (alpha D) (P28; Thiele 1973)."""
    return np.asarray(np.arctan2(GYROVECTOR, positive("damping", damping) * positive("dissipation", dissipation)))


def spin_orbit_force_newtons(
    current_amps_per_square_metre: ArrayLike, spin_hall_angle: ArrayLike, radius_metres: ArrayLike
) -> Floats:
    """Force of the damping-like torque on a Neel skyrmion along the current, pi^2 R hbar theta J / (2 e).

    From the virtual work of the torque, hbar theta J / (2 e) times pi int (theta' r + sin theta cos theta) dr, which
    is pi R for a wall narrow against R, times pi (derived here; compare Thiaville et al. 2012 for the wall).
    """
    torque = hbar * within("spin_hall_angle", spin_hall_angle, -1.0, 1.0) / (2.0 * e)
    current = finite("current_amps_per_square_metre", current_amps_per_square_metre)
    return np.asarray(np.pi**2 * positive("radius_metres", radius_metres) * torque * current)


@dataclass(frozen=True)
class SkyrmionLaw:
    """Parameters of skyrmions in a straight channel along x; each a number, or an array with one entry per skyrmion.

    Attributes:
        damping: alpha, more than 0.
        dissipation: D, more than 0; see `dissipation_number`.
        sheet_joule_seconds_per_square_metre: mu0 Ms t / gamma0, more than 0; see `sheet`.
        edge_newtons: force of an edge on a skyrmion that touches it, at least 0.
        edge_metres: distance in which that force falls by e, more than 0.
        half_width_metres: the centre moves between minus this and this, more than 0.
    """

    damping: Numbers
    dissipation: Numbers
    sheet_joule_seconds_per_square_metre: Numbers
    edge_newtons: Numbers
    edge_metres: Numbers
    half_width_metres: Numbers

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            within(name, value, 0.0) if name == "edge_newtons" else positive(name, value)
        same_shape(**{name: np.asarray(value) for name, value in vars(self).items()})


def sheet(saturation_amps_per_metre: ArrayLike, thickness_metres: ArrayLike) -> Floats:
    """The scale mu0 Ms t / gamma0 of both coefficients, J s/m^2: spin angular momentum per area."""
    moment = mu_0 * positive("saturation_amps_per_metre", saturation_amps_per_metre)
    return np.asarray(moment * positive("thickness_metres", thickness_metres) / GAMMA0_METRES_PER_AMP_SECOND)


def edge_force_newtons(offset_metres: Floats, law: SkyrmionLaw) -> Floats:
    """Force of both edges across the channel: -F0 {exp[(y - h) / l] - exp[(-y - h) / l]}.

    Exponential repulsion, the usual fit to micromagnetics; the two parameters belong to the material.
    """
    near = np.exp((np.abs(offset_metres) - law.half_width_metres) / law.edge_metres)
    far = np.exp((-np.abs(offset_metres) - law.half_width_metres) / law.edge_metres)
    return np.asarray(-law.edge_newtons * np.sign(offset_metres) * (near - far))


def free_velocity(force_x: Floats, force_y: Floats, law: SkyrmionLaw) -> tuple[Floats, Floats]:
    """(v_x, v_y) of Thiele's equation under a force in newtons."""
    drag = law.damping * np.asarray(law.dissipation)
    norm = law.sheet_joule_seconds_per_square_metre * (drag * drag + GYROVECTOR**2)
    return np.asarray((drag * force_x - GYROVECTOR * force_y) / norm), np.asarray(
        (GYROVECTOR * force_x + drag * force_y) / norm
    )


def channel_velocity_metres_per_second(force_newtons: ArrayLike, law: SkyrmionLaw) -> Floats:
    """Steady velocity along the channel, F / (alpha D): the edge takes up the Magnus force (derived here).

    It is 1 + (G / alpha D)^2 times that without edges.

    Raises:
        BadParameter: the edge cannot hold this force, F G / (alpha D) > F0; the skyrmion would leave the channel.
    """
    force = finite("force_newtons", force_newtons)
    drag = law.damping * np.asarray(law.dissipation)
    across = np.abs(force) * GYROVECTOR / drag
    limit = law.edge_newtons * (1.0 - np.exp(-2.0 * np.asarray(law.half_width_metres) / law.edge_metres))
    if np.any(across > limit):
        raise BadParameter(
            f"a Magnus force of {float(np.max(across)):g} N", f"at most {float(np.min(limit)):g} N from the edge",
            "lower the current",
        )  # fmt: skip
    return np.asarray(force / (drag * law.sheet_joule_seconds_per_square_metre))


def diffusion_square_metres_per_second(temperature_kelvins: ArrayLike, law: SkyrmionLaw) -> Floats:
    """k_B T alpha D / [(alpha D)^2 + G^2] per sheet scale; derived here, slowed by the Magnus force."""
    drag = law.damping * np.asarray(law.dissipation)
    norm = law.sheet_joule_seconds_per_square_metre * (drag * drag + GYROVECTOR**2)
    return np.asarray(Boltzmann * within("temperature_kelvins", temperature_kelvins, 0.0) * drag / norm)


def move_skyrmions(
    along_metres: ArrayLike,
    offset_metres: ArrayLike,
    law: SkyrmionLaw,
    force_newtons: ArrayLike,
    step_seconds: float,
    steps: int,
    normals: NDArray[np.float64] | None = None,
    temperature_kelvins: float = 0.0,
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Positions after some steps of Heun's method; a skyrmion whose centre crosses an edge is lost and stays there.

    Args:
        along_metres: x, shape (n,).
        offset_metres: y, shape (n,).
        law: of the skyrmions.
        force_newtons: along x, number or shape (n,).
        step_seconds: refused when the edge's force could change by more than a fifth in it.
        steps: how many, at least 0.
        normals: shape (steps, 2, n), standard normal numbers; needed for a temperature above 0.
        temperature_kelvins: T, at least 0.

    Returns:
        (x, y, lost), each of shape (n,).
    """
    x, y = finite("along_metres", along_metres), finite("offset_metres", offset_metres)
    force = finite("force_newtons", force_newtons)
    shape = same_shape(along_metres=x, offset_metres=y)
    dt, count = float(positive("step_seconds", step_seconds)), int(within("steps", steps, 0))
    largest = largest_step_seconds(law, force)
    if dt > largest:
        raise BadParameter(f"step_seconds = {dt:g}", f"at most {largest:.3g} s here", "shorten the step", value=dt)
    kicks = np.zeros((count, 2, *shape))
    if temperature_kelvins > 0.0:
        kicks = finite("normals", np.nan if normals is None else normals)
        if kicks.shape != (count, 2, *shape):
            raise WrongShape(f"normals {kicks.shape}", f"({count}, 2, *{shape})", "two numbers a step and skyrmion")
        kicks = kicks * np.sqrt(2.0 * diffusion_square_metres_per_second(temperature_kelvins, law) * dt)
    lost = np.abs(y) > law.half_width_metres
    for kick in kicks:
        vx, vy = free_velocity(force, edge_force_newtons(y, law), law)
        # Bounded by the wall's own range: a predictor outside would see an edge force without meaning.
        guess = np.clip(y + dt * vy + kick[1], -np.abs(law.half_width_metres), law.half_width_metres)
        wx, wy = free_velocity(force, edge_force_newtons(guess, law), law)
        x = np.where(lost, x, x + 0.5 * dt * (vx + wx) + kick[0])
        y = np.where(lost, y, y + 0.5 * dt * (vy + wy) + kick[1])
        lost = lost | (np.abs(y) > law.half_width_metres)
    return x, y, lost


def largest_step_seconds(law: SkyrmionLaw, force_newtons: ArrayLike) -> float:
    """Longest step in which the force of an edge changes by no more than a fifth."""
    stiff = np.asarray(law.edge_newtons) / law.edge_metres
    drag = law.damping * np.asarray(law.dissipation)
    norm = law.sheet_joule_seconds_per_square_metre * (drag * drag + GYROVECTOR**2)
    drift = GYROVECTOR * np.abs(finite("force_newtons", force_newtons)) / norm / law.edge_metres
    fastest = float(np.max(stiff * drag / norm + drift, initial=0.0))
    return 0.2 / fastest if fastest > 0.0 else np.inf


def expected_count(
    start: ArrayLike, pulses: ArrayLike, capacity: ArrayLike, chance: ArrayLike, *, adds: bool
) -> Floats:
    """Mean number of skyrmions after identical pulses, the curve of potentiation or depression (P28).

    Each pulse fills each free site (or clears each filled one) with one chance, hence C - (C - N0)(1 - p)^n upwards and
    N0 (1 - p)^n downwards: nearly linear while p n << 1, as measured by K. Song et al., Nat. Electron. 3, 148 (2020),
    and saturating. The model of independent sites is chosen here.

    Args:
        start: N0, 0 to capacity.
        pulses: n, at least 0.
        capacity: C, at least 0.
        chance: p, 0 to 1.
        adds: whether the pulses nucleate (True) or delete.
    """
    n0, n = within("start", start, 0.0), within("pulses", pulses, 0.0)
    room = within("capacity", capacity, 0.0)
    within("capacity - start", room - n0, 0.0)
    left = (1.0 - within("chance", chance, 0.0, 1.0)) ** n
    return np.asarray(room - (room - n0) * left if adds else n0 * left)


def hall_resistance_ohms(count: ArrayLike, ohms_per_skyrmion: ArrayLike, base_ohms: ArrayLike = 0.0) -> Floats:
    """R0 + N dR: each skyrmion reverses the same area under the probe, so adds the same resistance (P28)."""
    added = within("count", count, 0.0) * finite("ohms_per_skyrmion", ohms_per_skyrmion)
    return np.asarray(finite("base_ohms", base_ohms) + added)
