"""A spin-torque oscillator: power, frequency and linewidth against current, with noise (P17, P18)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from spinloop.emulator.devices.oscillators import Oscillators, OscillatorSetLaw
from spinloop.emulator.law_figures.agreement import Check, Drawn, Floats, in_sigmas
from spinloop.emulator.physics.oscillator import (
    linewidth_radians_per_second,
    power_relaxation_per_second,
    stationary_power,
)

from spinloop import figures

LAW = OscillatorSetLaw(
    frequency_hertz=3e8,
    nonlinear_hertz=2e7,
    damping_per_second=2e7,
    nonlinear_damping=1.5,
    threshold_amps=3e-3,
    noise_per_second=1e5,
    volts_per_amplitude=0.01,
    coupling_per_second=0.0,
    coupling_phase_radians=0.0,
    frequency_spread_hertz=0.0,
    threshold_spread=0.0,
)
DEVICES, LINE_DEVICES = 500, 2000
POWERS = np.r_[0.5, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2]
"""Currents over threshold at which the power is simulated."""
LINES = np.r_[1.4, 1.6, 1.8, 2.0, 2.2]
"""And those far enough beyond the threshold for a line whose width the law gives."""
TOLERANCE = 0.1
"""The law for the width is the leading order in the noise."""

SETTLE_SECONDS, SPAN_SECONDS, SLICES = 1e-6, 0.6e-6, 60
"""The frame turns with the frequency at threshold, so that the phase gains less than half a turn in a slice."""


def mean_power(zeta: Floats) -> Floats:
    """Mean power under noise: the stationary Fokker-Planck density exp[(a p - b p^2 / 2) / D], integrated.

    a = Gamma_G (zeta - 1), b = Gamma_G (zeta + Q), D the noise: detailed balance of the amplitude's equation, whose
    turning does not matter (derived here). Without noise it is the law p0 = a / b.
    """
    p = np.linspace(0.0, 1.5, 30_001)
    a = LAW.damping_per_second * (zeta[:, None] - 1.0)
    b = LAW.damping_per_second * (zeta[:, None] + LAW.nonlinear_damping)
    height = (a * p - 0.5 * b * p * p) / LAW.noise_per_second
    weight = np.exp(height - height.max(axis=1, keepdims=True))
    return np.asarray((weight * p).sum(axis=1) / weight.sum(axis=1))


def powers(seed: int) -> Floats:
    """Powers at the currents `POWERS` after settling, shape (currents, devices)."""
    oscillators = Oscillators(DEVICES * POWERS.size, LAW, seed, "power")
    amplitude = oscillators.step(np.repeat(POWERS, DEVICES) * LAW.threshold_amps, SETTLE_SECONDS)
    return np.asarray(np.abs(amplitude.reshape(POWERS.size, DEVICES)) ** 2)


def phases(seed: int) -> Floats:
    """Phases gained at the currents `LINES` in one and in two spans of time, shape (2, currents, devices).

    In each span the power forgets its fluctuations, so that the phase diffuses evenly in the second.
    """
    oscillators = Oscillators(LINE_DEVICES * LINES.size, LAW, seed, "line")
    amps = np.repeat(LINES, LINE_DEVICES) * LAW.threshold_amps
    before = oscillators.step(amps, SPAN_SECONDS)
    gained, kept = np.zeros(before.size), []
    for _ in range(2):
        for _ in range(SLICES):
            after = oscillators.step(amps, SPAN_SECONDS / SLICES)
            gained = gained + np.angle(after * before.conj())
            before = after
        kept.append(gained)
    return np.stack(kept).reshape(2, LINES.size, LINE_DEVICES)


def draw(seed: int) -> Drawn:
    """Power, frequency and linewidth against current."""
    figure = figures.new_figure(9.6, 3.3)
    left, middle, right = (figures.quiet(axes) for axes in figure.subplots(1, 3))
    gained = phases(seed)
    checks = _power(left, powers(seed)), _frequency(middle, gained[1]), _line(right, gained)
    for axes, low in ((left, 0.4), (middle, 1.0), (right, 1.0)):
        axes.set(xlabel="current / threshold", xlim=(low, 2.3))
    return Drawn(figure, checks)


def _power(axes: Axes, power: Floats) -> Check:
    found, error = power.mean(axis=1), power.std(axis=1) / np.sqrt(DEVICES)
    fine = np.linspace(0.4, 2.3, 96)
    axes.plot(
        fine, stationary_power(fine, LAW.nonlinear_damping), color=figures.GREY, linestyle="--", label="without noise"
    )
    axes.plot(fine, mean_power(fine), color=figures.ORANGE, linewidth=2, label="with noise, exact")
    axes.errorbar(POWERS, found, yerr=error, fmt="o", color=figures.BLUE, markersize=4, label="simulated")
    axes.set(ylabel="power", title="Power")
    axes.legend(loc="upper left")
    return in_sigmas("power", (found - mean_power(POWERS)) / error)


def _frequency(axes: Axes, phase: Floats) -> Check:
    turns = -phase / (2.0 * np.pi * 2.0 * SPAN_SECONDS)
    found, error = turns.mean(axis=1), turns.std(axis=1) / np.sqrt(LINE_DEVICES)
    fine = np.linspace(1.0, 2.3, 66)
    law = 1e-6 * (LAW.frequency_hertz + LAW.nonlinear_hertz * mean_power(fine))
    axes.plot(fine, law, color=figures.ORANGE, linewidth=2, label="$f_0 + Np$")
    axes.errorbar(
        LINES, 1e-6 * (LAW.frequency_hertz + found), yerr=1e-6 * error, fmt="o", color=figures.BLUE, markersize=4,
        label="simulated",
    )  # fmt: skip
    axes.set(ylabel="frequency (MHz)", title="Frequency")
    axes.legend(loc="upper left")
    return in_sigmas("frequency", (found - LAW.nonlinear_hertz * mean_power(LINES)) / error)


def _line(axes: Axes, gained: Floats) -> Check:
    """The phase diffuses: its variance grows by the full width, in radians per second, each second."""
    variance = gained.var(axis=2)
    found = (variance[1] - variance[0]) / SPAN_SECONDS / (2.0 * np.pi)
    error = np.sqrt(2.0 / LINE_DEVICES) * np.hypot(variance[0], variance[1]) / SPAN_SECONDS / (2.0 * np.pi)
    oscillators = Oscillators(1, LAW, 0, "law").physics
    fine = np.linspace(1.22, 2.3, 60)
    law = linewidth_radians_per_second(oscillators, fine) / (2.0 * np.pi)
    exact = linewidth_radians_per_second(oscillators, LINES) / (2.0 * np.pi)
    axes.plot(fine, 1e-3 * law, color=figures.ORANGE, linewidth=2, label="$(D/p)(1+ν^2)$")
    axes.errorbar(LINES, 1e-3 * found, yerr=1e-3 * error, fmt="o", color=figures.BLUE, markersize=4, label="simulated")
    axes.set(ylabel="full width of the line (kHz)", title="Linewidth", ylim=(0, None))
    axes.legend(loc="upper right")
    if float(power_relaxation_per_second(oscillators, LINES).min()) * SPAN_SECONDS < 3.0:
        raise RuntimeError("a span in which the power does not forget its fluctuations")
    beyond = np.maximum(np.abs(found - exact) - TOLERANCE * exact, 0.0)
    return in_sigmas(f"linewidth beyond {100 * TOLERANCE:g} % of the law", beyond / error)
