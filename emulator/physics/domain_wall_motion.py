"""Motion of domain walls: the two equations of `domain_wall` with pinning and heat, integrated in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import Boltzmann, mu_0
from spinloop.emulator.physics.checks import finite, positive, same_shape, within
from spinloop.emulator.physics.diode import GAMMA0_METRES_PER_AMP_SECOND
from spinloop.protocols.errors import BadParameter, WrongShape

Floats = NDArray[np.float64]
Numbers = float | Floats

MOST_TURN = 0.1
"""Largest turn of the wall's angle in one step, radians."""


@dataclass(frozen=True)
class WallLaw:
    """Parameters of walls; each a number, or an array with one entry per wall.

    Attributes:
        width_metres: Dw, more than 0.
        damping: alpha, more than 0.
        nonadiabaticity: beta.
        shape_amps_per_metre: Hk, favours the Bloch wall, at least 0.
        chirality_amps_per_metre: Hd, favours the Neel wall of its sign.
        pinning_amps_per_metre: field that frees a wall from a site of the ladder, at least 0.
        pinning_period_metres: distance of the sites, which lie at its multiples, more than 0.
        edge_amps_per_metre: restoring field per metre beyond an end of the strip is this over the width; at least 0.
        length_metres: the strip reaches from 0 to here; infinite when edge_amps_per_metre is 0.
    """

    width_metres: Numbers
    damping: Numbers
    nonadiabaticity: Numbers = 0.0
    shape_amps_per_metre: Numbers = 0.0
    chirality_amps_per_metre: Numbers = 0.0
    pinning_amps_per_metre: Numbers = 0.0
    pinning_period_metres: Numbers = 1.0
    edge_amps_per_metre: Numbers = 0.0
    length_metres: Numbers = 1.0

    def __post_init__(self) -> None:
        for name in ("width_metres", "damping", "pinning_period_metres", "length_metres"):
            positive(name, getattr(self, name))
        for name in ("shape_amps_per_metre", "pinning_amps_per_metre", "edge_amps_per_metre"):
            within(name, getattr(self, name), 0.0)
        finite("nonadiabaticity", self.nonadiabaticity)
        finite("chirality_amps_per_metre", self.chirality_amps_per_metre)
        same_shape(**{name: np.asarray(value) for name, value in vars(self).items()})


@dataclass(frozen=True)
class WallDrive:
    """What drives the walls during a run; each a number or an array with one entry per wall.

    Attributes:
        field_amps_per_metre: Hz.
        longitudinal_amps_per_metre: Hx.
        drift_metres_per_second: u of the spin-transfer torque.
        torque_amps_per_metre: Hsl of the spin-orbit torque.
    """

    field_amps_per_metre: Numbers = 0.0
    longitudinal_amps_per_metre: Numbers = 0.0
    drift_metres_per_second: Numbers = 0.0
    torque_amps_per_metre: Numbers = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            finite(name, value)


def pinning_field_amps_per_metre(position_metres: Floats, law: WallLaw) -> Floats:
    """Field of the ladder of pinning sites and of the ends of the strip, positive towards +x.

    Sites: -Hp sin(2 pi q / period), from an energy 2 mu0 Ms Hp (period / 2 pi)(1 - cos) per area. Ends: a restoring
    field that grows linearly beyond them, a model chosen here so that a wall cannot leave the strip.
    """
    ladder = -law.pinning_amps_per_metre * np.sin(2.0 * np.pi * position_metres / law.pinning_period_metres)
    beyond = np.minimum(position_metres, 0.0) + np.maximum(position_metres - law.length_metres, 0.0)
    return np.asarray(ladder - law.edge_amps_per_metre * beyond / law.width_metres)


def wall_rates(position_metres: Floats, angle_radians: Floats, law: WallLaw, drive: WallDrive) -> tuple[Floats, Floats]:
    """(dq/dt in m/s, dphi/dt in rad/s): the equations of `domain_wall` solved for the rates."""
    g, alpha = GAMMA0_METRES_PER_AMP_SECOND, law.damping
    drift = drive.drift_metres_per_second / law.width_metres
    cos, sin = np.cos(angle_radians), np.sin(angle_radians)
    along = drive.field_amps_per_metre + pinning_field_amps_per_metre(position_metres, law)
    push = g * (along + 0.5 * np.pi * drive.torque_amps_per_metre * cos) + law.nonadiabaticity * drift
    inside = 0.5 * np.pi * (law.chirality_amps_per_metre + drive.longitudinal_amps_per_metre) * sin
    turn = g * (inside - law.shape_amps_per_metre * sin * cos) + drift
    scale = 1.0 / (1.0 + alpha * alpha)
    return np.asarray(law.width_metres * (alpha * push + turn) * scale), np.asarray((push - alpha * turn) * scale)


def thermal_field_amps_per_metre(
    temperature_kelvins: ArrayLike,
    law: WallLaw,
    saturation_amps_per_metre: ArrayLike,
    section_square_metres: ArrayLike,
    step_seconds: float,
) -> Floats:
    """Standard deviation of the random field on each of the two equations in one step.

    sqrt[alpha k_B T / (gamma0 mu0 Ms Dw S dt)]: the fluctuation-dissipation theorem for the two equations (derived
    here; equipartition then holds in a well).

    Args:
        temperature_kelvins: T, at least 0.
        law: of the walls.
        saturation_amps_per_metre: Ms.
        section_square_metres: S, cross-section of the strip.
        step_seconds: dt.
    """
    moment = mu_0 * positive("saturation_amps_per_metre", saturation_amps_per_metre)
    volume = positive("section_square_metres", section_square_metres) * np.asarray(law.width_metres)
    scale = GAMMA0_METRES_PER_AMP_SECOND * moment * volume * positive("step_seconds", step_seconds)
    heat = Boltzmann * within("temperature_kelvins", temperature_kelvins, 0.0)
    return np.asarray(np.sqrt(law.damping * heat / scale))


def largest_step_seconds(law: WallLaw, drive: WallDrive) -> float:
    """Longest step in which no angle turns, and no wall in a well swings, by more than `MOST_TURN`.

    A wall pushed beyond an end comes to rest where the end's field equals the drive's, hence no term for its depth.
    """
    inside = np.abs(law.shape_amps_per_metre) + 0.5 * np.pi * (
        np.abs(law.chirality_amps_per_metre) + np.abs(drive.longitudinal_amps_per_metre)
    )
    steep = law.pinning_amps_per_metre * 2.0 * np.pi / np.asarray(law.pinning_period_metres) * law.width_metres
    steep = steep + law.edge_amps_per_metre
    push = np.abs(drive.field_amps_per_metre) + 0.5 * np.pi * np.abs(drive.torque_amps_per_metre)
    field = push + law.pinning_amps_per_metre + law.damping * (inside + steep) + np.sqrt(inside * steep)
    drift = np.abs((law.nonadiabaticity - np.asarray(law.damping)) * drive.drift_metres_per_second / law.width_metres)
    fastest = float(np.max(GAMMA0_METRES_PER_AMP_SECOND * field + drift, initial=0.0))
    return MOST_TURN / fastest if fastest > 0.0 else np.inf


def move_walls(
    position_metres: ArrayLike,
    angle_radians: ArrayLike,
    law: WallLaw,
    drive: WallDrive,
    step_seconds: float,
    steps: int,
    thermal_fields: NDArray[np.float64] | None = None,
) -> tuple[Floats, Floats]:
    """Positions and angles after some steps: fourth-order Runge-Kutta at T = 0, Heun with thermal fields.

    Args:
        position_metres: q, shape (n,).
        angle_radians: phi, shape (n,).
        law: of the walls.
        drive: held during the run.
        step_seconds: refused when an angle could turn by more than `MOST_TURN` in it.
        steps: how many, at least 0.
        thermal_fields: shape (steps, 2, n): standard normal numbers times `thermal_field_amps_per_metre`.

    Raises:
        BadParameter: the step is too long; the message proposes one that is not.
        WrongShape, NotFinite: an array does not fit.
    """
    q, phi = finite("position_metres", position_metres), finite("angle_radians", angle_radians)
    shape = same_shape(position_metres=q, angle_radians=phi)
    dt, count = float(positive("step_seconds", step_seconds)), int(within("steps", steps, 0))
    largest = largest_step_seconds(law, drive)
    if dt > largest:
        raise BadParameter(f"step_seconds = {dt:g}", f"at most {largest:.3g} s here", "shorten the step", value=dt)
    if thermal_fields is not None:
        heat = finite("thermal_fields", thermal_fields)
        if heat.shape != (count, 2, *shape):
            raise WrongShape(f"thermal_fields {heat.shape}", f"({count}, 2, *{shape})", "two a step and wall")
        for step in range(count):
            q, phi = _heun(q, phi, law, drive, dt, heat[step])
        return q, phi
    for _ in range(count):
        q, phi = _runge_kutta(q, phi, law, drive, dt)
    return q, phi


def _runge_kutta(q: Floats, phi: Floats, law: WallLaw, drive: WallDrive, dt: float) -> tuple[Floats, Floats]:
    a, x = wall_rates(q, phi, law, drive)
    b, y = wall_rates(q + 0.5 * dt * a, phi + 0.5 * dt * x, law, drive)
    c, z = wall_rates(q + 0.5 * dt * b, phi + 0.5 * dt * y, law, drive)
    d, w = wall_rates(q + dt * c, phi + dt * z, law, drive)
    return q + dt / 6.0 * (a + 2.0 * b + 2.0 * c + d), phi + dt / 6.0 * (x + 2.0 * y + 2.0 * z + w)


def _heun(q: Floats, phi: Floats, law: WallLaw, drive: WallDrive, dt: float, heat: Floats) -> tuple[Floats, Floats]:
    g, alpha = GAMMA0_METRES_PER_AMP_SECOND, law.damping
    scale = g * dt / (1.0 + alpha * alpha)
    # The noise is additive in q and phi, so one kick serves predictor and corrector.
    kick_q = law.width_metres * scale * (alpha * heat[0] + heat[1])
    kick_phi = scale * (heat[0] - alpha * heat[1])
    a, x = wall_rates(q, phi, law, drive)
    b, y = wall_rates(q + dt * a + kick_q, phi + dt * x + kick_phi, law, drive)
    return np.asarray(q + 0.5 * dt * (a + b) + kick_q), np.asarray(phi + 0.5 * dt * (x + y) + kick_phi)
