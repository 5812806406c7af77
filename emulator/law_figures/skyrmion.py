"""Skyrmions: potentiation and depression by counting them, and the angle at which they drift (P28)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from spinloop.emulator.devices.skyrmion_devices import SkyrmionSynapseLaw, SkyrmionSynapses
from spinloop.emulator.law_figures.agreement import Check, Drawn, in_percent, in_sigmas
from spinloop.emulator.physics.skyrmion import (
    SkyrmionLaw,
    dissipation_number,
    expected_count,
    hall_angle_radians,
    hall_resistance_ohms,
    largest_step_seconds,
    move_skyrmions,
    sheet,
    spin_orbit_force_newtons,
)

from spinloop import figures

SYNAPSE = SkyrmionSynapseLaw(
    capacity=20, nucleate_chance=0.05, delete_chance=0.05, ohms_per_skyrmion=0.02, base_ohms=0.0, ohms_spread=0.0
)
SYNAPSES, PULSES = 400, 50

WALL_METRES, MS, THICKNESS_METRES = 5e-9, 5.8e5, 1e-9
DAMPINGS = (0.05, 0.1, 0.3)


def draw(seed: int) -> Drawn:
    """Mean resistance of many synapses pulse by pulse; direction of drift against size."""
    figure = figures.new_figure(8.4, 3.6)
    left, right = (figures.quiet(axes) for axes in figure.subplots(1, 2))
    return Drawn(figure, (_accumulation(left, seed), _drift_angle(right)))


def _accumulation(axes: Axes, seed: int) -> Check:
    synapses = SkyrmionSynapses(SYNAPSES, SYNAPSE, seed, "synapses")
    signs = np.repeat([1.0, -1.0], PULSES)
    ohms = np.empty((signs.size, SYNAPSES))
    for pulse, sign in enumerate(signs):
        synapses.step(sign)
        ohms[pulse] = synapses.resistance_ohms()
    up = expected_count(0.0, np.arange(1, PULSES + 1), SYNAPSE.capacity, SYNAPSE.nucleate_chance, adds=True)
    down = expected_count(up[-1], np.arange(1, PULSES + 1), SYNAPSE.capacity, SYNAPSE.delete_chance, adds=False)
    law = 1e3 * hall_resistance_ohms(np.r_[up, down], SYNAPSE.ohms_per_skyrmion)
    pulses, mean = np.arange(1, 2 * PULSES + 1), 1e3 * ohms.mean(axis=1)
    # Sites are independent, so a site is filled with chance law / full, and the count's variance is binomial.
    full = 1e3 * SYNAPSE.ohms_per_skyrmion * SYNAPSE.capacity
    error = np.sqrt(law * (full - law) / (SYNAPSE.capacity * SYNAPSES))
    axes.step(pulses, 1e3 * ohms[:, 0], where="mid", color=figures.GREY, linewidth=1, label="one synapse")
    axes.plot(np.r_[0, pulses], np.r_[0.0, law], color=figures.ORANGE, linewidth=2, label="law of independent sites")
    axes.errorbar(
        pulses[1::4], mean[1::4], yerr=error[1::4], fmt="o", color=figures.BLUE, markersize=4,
        label=f"mean of {SYNAPSES} synapses",
    )  # fmt: skip
    axes.plot([PULSES + 0.5] * 2, [0.0, 400.0], color=figures.GREY, linestyle=":", linewidth=1)
    axes.set(
        xlabel=f"pulse ({PULSES} that add, then {PULSES} that delete)", ylabel="Hall resistance (mΩ)", ylim=(0, 560)
    )
    axes.set_title("Potentiation and depression")
    axes.legend(loc="upper left", handlelength=1.2)
    return in_sigmas("resistance against pulses", (mean - law) / error)


def _drift_angle(axes: Axes) -> Check:
    radius, fine = np.linspace(5e-9, 60e-9, 12), np.linspace(5e-9, 62e-9, 100)
    off = []
    for damping, colour in zip(DAMPINGS, (figures.RED, figures.ORANGE, figures.BLUE), strict=True):
        law = SkyrmionLaw(
            damping, dissipation_number(radius, WALL_METRES), sheet(MS, THICKNESS_METRES), 0.0, 1e-9, 1e-3
        )
        force = spin_orbit_force_newtons(1e11, 0.1, radius)
        step = min(1e-11, largest_step_seconds(law, force))
        x, y, lost = move_skyrmions(np.zeros(radius.size), np.zeros(radius.size), law, force, step, 500)
        if lost.any():
            raise RuntimeError("a skyrmion left a plane without edges")
        angle = np.arctan2(y, x)
        exact = hall_angle_radians(damping, law.dissipation)
        curve = hall_angle_radians(damping, dissipation_number(fine, WALL_METRES))
        axes.plot(1e9 * fine, np.degrees(curve), color=colour, linewidth=1.5)
        axes.plot(1e9 * radius, np.degrees(angle), "o", color=colour, markersize=4, label=f"damping {damping:g}")
        off.append(angle / exact - 1.0)
    axes.set(xlabel="radius of the skyrmion (nm)", ylabel="Hall angle (degrees)", ylim=(0, 92))
    axes.set_title("Hall angle; lines: tan = $G/αD$")
    axes.legend(loc="lower left")
    return in_percent("Hall angle", np.concatenate(off), 1.0)
