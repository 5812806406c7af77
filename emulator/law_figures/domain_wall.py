"""Velocity of a domain wall: Walker's breakdown in a field, spin transfer without a field (P22)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from scipy.constants import mu_0
from spinloop.emulator.law_figures.agreement import Check, Drawn, Floats, in_percent
from spinloop.emulator.physics.diode import GAMMA0_METRES_PER_AMP_SECOND
from spinloop.emulator.physics.domain_wall import mean_velocity_metres_per_second, walker_field_amps_per_metre
from spinloop.emulator.physics.domain_wall_motion import WallDrive, WallLaw, largest_step_seconds, move_walls

from spinloop import figures

WIDTH_METRES, DAMPING, SHAPE = 10e-9, 0.02, 2e5
SETTLE_SECONDS = 40e-9


def simulated_velocity(field: Floats, drift: Floats, beta: float) -> Floats:
    """Mean velocity of walls that the two equations move, one wall for each field and drift.

    Where the angle turns, it is timed over one turn by pi, the period of the equations, which gives the mean exactly;
    elsewhere at the end of `SETTLE_SECONDS`, when it rests.
    """
    law = WallLaw(WIDTH_METRES, DAMPING, beta, SHAPE)
    drive = WallDrive(field_amps_per_metre=field, drift_metres_per_second=drift)
    step = 0.9 * largest_step_seconds(law, drive)
    start, angle = move_walls(np.zeros(field.size), np.zeros(field.size), law, drive, step, int(SETTLE_SECONDS / step))
    free = GAMMA0_METRES_PER_AMP_SECOND * field + (beta - DAMPING) * drift / WIDTH_METRES
    held = GAMMA0_METRES_PER_AMP_SECOND * float(walker_field_amps_per_metre(SHAPE, DAMPING))
    rate = np.sqrt(np.maximum(free**2 - held**2, 0.0)) / (1.0 + DAMPING**2)
    spans = np.where(rate > 0.0, np.pi / np.where(rate > 0.0, rate, 1.0), 10.0 * step)
    velocities = []
    for each in range(field.size):
        alone = WallDrive(field_amps_per_metre=field[each], drift_metres_per_second=drift[each])
        steps = int(np.ceil(spans[each] / (0.9 * largest_step_seconds(law, alone))))
        place, turned = move_walls(start[[each]], angle[[each]], law, alone, spans[each] / steps, steps)
        whole = np.pi * np.sign(free[each]) if rate[each] > 0.0 else 0.0
        if abs(turned[0] - angle[each] - whole) > 1e-3:
            raise RuntimeError(f"the angle of wall {each} turned by {turned[0] - angle[each]:g}, not {whole:g}")
        velocities.append(float(place[0] - start[each]) / spans[each])
    return np.array(velocities)


def draw(seed: int) -> Drawn:
    """Velocity against field, with breakdown, and against the spin current, for three nonadiabaticities."""
    del seed  # nothing here is left to chance
    figure = figures.new_figure(8.4, 3.6)
    left, right = (figures.quiet(axes) for axes in figure.subplots(1, 2))
    return Drawn(figure, (_against_field(left), _against_drift(right)))


def _against_field(axes: Axes) -> Check:
    walker = float(walker_field_amps_per_metre(SHAPE, DAMPING))
    field = walker * np.r_[np.linspace(0.15, 0.95, 7), np.linspace(1.05, 1.5, 6), np.linspace(1.8, 6.0, 9)]
    found = simulated_velocity(field, np.zeros(field.size), 0.0)
    fine = walker * np.linspace(0.0, 6.2, 800)

    def law(h: Floats) -> Floats:
        return mean_velocity_metres_per_second(h, 0.0, WIDTH_METRES, DAMPING, 0.0, SHAPE)

    teslas = 1e3 * mu_0
    axes.plot(teslas * fine, law(fine), color=figures.ORANGE, linewidth=2, label="Schryer and Walker")
    axes.plot(teslas * field, found, "o", color=figures.BLUE, markersize=4, label="equations of motion")
    axes.axvline(teslas * walker, color=figures.GREY, linestyle="--", linewidth=1)
    axes.text(teslas * walker * 1.1, 238, "beyond, the angle turns", va="center")
    axes.set(xlabel="field (mT)", ylabel="mean velocity (m/s)", title="Field: Walker breakdown", ylim=(0, 250))
    axes.legend(loc="center right")
    return in_percent("velocity against field", found / law(field) - 1.0, 0.1)


def _against_drift(axes: Axes) -> Check:
    ratios = {0.0: ("β = 0", figures.RED), 1.0: ("β = α", figures.GREY), 2.0: ("β = 2α", figures.BLUE)}
    drift, fine = np.linspace(30.0, 600.0, 12), np.linspace(0.0, 620.0, 600)
    off = []
    for ratio, (name, colour) in ratios.items():
        beta = ratio * DAMPING
        found = simulated_velocity(np.zeros(drift.size), drift, beta)
        law = mean_velocity_metres_per_second(0.0, np.r_[drift, fine], WIDTH_METRES, DAMPING, beta, SHAPE)
        axes.plot(fine, law[drift.size :], color=colour, linewidth=1.5)
        axes.plot(drift, found, "o", color=colour, markersize=4, label=name)
        off.append((found - law[: drift.size]) / drift)
    axes.set(xlabel="spin drift velocity $u$ (m/s)", ylabel="mean velocity (m/s)", title="Current: spin transfer")
    axes.legend(loc="upper left")
    return in_percent("velocity against current", np.concatenate(off), 0.1)
