"""Hysteresis of a thermal macrospin: its loop, and its coercive field against the time of the sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.polynomial import legendre
from scipy import constants
from scipy.linalg import expm
from spinloop.emulator.devices.macrospin_drive import Drive
from spinloop.emulator.devices.macrospin_parameters import MacrospinParameters
from spinloop.emulator.devices.macrospins import Macrospins
from spinloop.emulator.law_figures.agreement import Check, Drawn, Floats, in_sigmas
from spinloop.emulator.physics.macrospin import GYROMAGNETIC
from spinloop.emulator.physics.tunnelling import conductance_siemens
from threadpoolctl import threadpool_limits

from spinloop import figures

MS, HK, DAMPING, KELVINS = 9.5e5, 2e5, 0.1, 300.0
RATE = GYROMAGNETIC * HK / (1.0 + DAMPING**2)
"""1 / tau, per second."""

SETTLE = 10.0 / DAMPING
"""Time to come to equilibrium in the first field, in tau."""

PARALLEL_OHMS, TMR = 5e3, 1.5
LARGEST_FIELD = 0.9
"""Ends of the sweep over the anisotropy field."""

SAMPLES = 180
BARRIERS = (4.0, 12.0)
LOOP_SECONDS = 200e-9
SWEEPS = (20e-9, 50e-9, 150e-9, 400e-9)
SPINS, FEWER_SPINS = 1024, 512
MODES = 32


def swept_field() -> Floats:
    """Field over the anisotropy field, from + to -, in SAMPLES equal stairs."""
    edges = np.linspace(LARGEST_FIELD, -LARGEST_FIELD, SAMPLES + 1)
    return 0.5 * (edges[1:] + edges[:-1])


def simulated(barrier_kt: float, seconds: float, devices: int, seed: int) -> Floats:
    """m_z of all moments, which start up, at the end of each stair, shape (SAMPLES, devices)."""
    volume = 2.0 * barrier_kt * constants.k * KELVINS / (constants.mu_0 * MS * HK)
    law = MacrospinParameters(MS, volume, DAMPING, HK, temperature_kelvins=KELVINS)
    # Twice the anisotropy field acts at the end of the sweep, so the step is chosen for that.
    hold = int(np.ceil(seconds / SAMPLES / (0.05 / RATE)))
    spins = Macrospins(
        devices, law, step_seconds=seconds / SAMPLES / hold, seed=seed, name=f"loop {barrier_kt} {seconds}"
    )
    field = np.zeros((SAMPLES, 1, 3))
    field[:, 0, 2] = HK * swept_field()
    spins.run(SETTLE / RATE, Drive(field_amps_per_metre=(0.0, 0.0, HK * LARGEST_FIELD)))
    return np.asarray(spins.step(SAMPLES * hold, Drive(field, steps_per_sample=hold), keep_every=hold))[:, :, 2].astype(
        float
    )


def _itself(z: Floats) -> Floats:
    return z


def exact(barrier_kt: float, seconds: float, observables: Sequence[Callable[[Floats], Floats]] = (_itself,)) -> Floats:
    """Means of functions of m_z at the same times, from Brown's equation, shape (functions, SAMPLES).

    dp/dt = a d/dz (1 - z^2) [p' / 2 Delta - (z + h) p] / tau (W. Brown, Phys. Rev. 130, 1677, 1963), expanded in
    normalised Legendre polynomials, whose first 32 hold it to 1e-11 here (derived here). On a stair of the field it is
    linear with constant coefficients.
    """
    count = MODES
    z, weight = legendre.leggauss(2 * count)
    norm = np.sqrt(np.arange(count) + 0.5)
    values = legendre.legvander(z, count - 1) * norm
    slopes = np.stack([legendre.legval(z, legendre.legder(row)) for row in np.eye(count)], axis=1) * norm
    across = ((1.0 - z * z) * weight)[:, None] * slopes
    still = across.T @ (z[:, None] * values) - (across.T @ slopes) / (2.0 * barrier_kt)
    tilt = across.T @ values
    start = np.exp(barrier_kt * ((z + LARGEST_FIELD) ** 2 - (1.0 + LARGEST_FIELD) ** 2))
    project = (values * weight[:, None]).T
    state = project @ (start / (start @ weight))
    moments = np.stack([project @ observable(z) for observable in observables])
    means = []
    with threadpool_limits(1, "blas"):  # on matrices this small, threads only wait for each other
        for field in swept_field():
            state = expm((DAMPING * RATE * seconds / SAMPLES) * (still + field * tilt)) @ state
            means.append(moments @ state)
    return np.stack(means, axis=1)


def coercive(mean: Floats) -> float:
    """Field, over the anisotropy field, at which the mean crosses zero."""
    place = int(np.argmax(mean < 0.0))
    ends = np.linspace(LARGEST_FIELD, -LARGEST_FIELD, SAMPLES + 1)[1:]
    share = mean[place - 1] / (mean[place - 1] - mean[place])
    return -float(ends[place - 1] + share * (ends[place] - ends[place - 1]))


def draw(seed: int) -> Drawn:
    """Resistance loops of two barriers, and coercive field against the time of the sweep."""
    figure = figures.new_figure(8.4, 3.6)
    left, right = (figures.quiet(axes) for axes in figure.subplots(1, 2, width_ratios=(1.25, 1)))
    return Drawn(figure, (_loops(left, seed), _coercive_fields(right, seed)))


def _ohms(z: Floats) -> Floats:
    """Resistance of a junction with its reference layer up; Slonczewski's conductance is linear in m_z."""
    return 1.0 / conductance_siemens(np.arccos(np.clip(z, -1.0, 1.0)), 1.0 / PARALLEL_OHMS, TMR)


def _mean(values: Floats) -> tuple[Floats, Floats]:
    """Mean over the devices, and its standard error."""
    return values.mean(axis=1), values.std(axis=1) / np.sqrt(values.shape[1])


def _loops(axes: Axes, seed: int) -> Check:
    ends = np.linspace(LARGEST_FIELD, -LARGEST_FIELD, SAMPLES + 1)[1:]
    deviations = []
    for barrier, colour in zip(BARRIERS, (figures.RED, figures.BLUE), strict=True):
        z = simulated(barrier, LOOP_SECONDS, SPINS, seed)
        # The way back is the way there with all signs changed.
        both = exact(barrier, LOOP_SECONDS, (_ohms, lambda m: _ohms(-m)))
        for sign, law in zip((1.0, -1.0), both, strict=True):
            found, error = _mean(_ohms(sign * z[2::5]))
            label = f"barrier {barrier:g} $k_BT$" if sign > 0.0 else None
            axes.plot(sign * ends, 1e-3 * law, color=colour, linewidth=1.5)
            axes.plot(sign * ends[2::5], 1e-3 * found, "o", color=colour, markersize=3, label=label)
            deviations.append((found - law[2::5]) / error)
    axes.plot([-1, -1, 1, 1, -1], [12.5, 12.5, 12.5, 5.0, 5.0], color=figures.GREY, linestyle="--", linewidth=1)
    axes.plot([-1, -1], [5.0, 12.5], color=figures.GREY, linestyle="--", linewidth=1, label="without heat")
    axes.set(xlabel="field / anisotropy field", ylabel="resistance (kΩ)", xlim=(-1.08, 1.08), ylim=(4.5, 14))
    axes.set_yticks(range(5, 13))
    axes.set_title(f"Loops of {2e9 * LOOP_SECONDS:g} ns; lines: Fokker-Planck")
    axes.legend(loc="upper center", ncols=3, columnspacing=1.0, handletextpad=0.4)
    return in_sigmas("resistance along the loop", np.concatenate(deviations))


def _coercive_fields(axes: Axes, seed: int) -> Check:
    barrier = BARRIERS[-1]
    fine = np.geomspace(12e-9, 9e-7, 9)
    law = np.array([coercive(exact(barrier, seconds)[0]) for seconds in SWEEPS])
    found, errors = [], []
    for seconds in SWEEPS:
        mean, error = _mean(simulated(barrier, seconds, FEWER_SPINS, seed + 1))
        found.append(coercive(mean))
        place = int(np.argmax(mean < 0.0))
        slope = (mean[place - 2] - mean[place + 1]) / (3 * 2 * LARGEST_FIELD / SAMPLES)
        errors.append(error[place] / slope)
    axes.semilogx(
        1e9 * fine, [coercive(exact(barrier, seconds)[0]) for seconds in fine], color=figures.ORANGE, linewidth=2,
        label="Fokker-Planck equation",
    )  # fmt: skip
    axes.errorbar(
        1e9 * np.array(SWEEPS), found, yerr=errors, fmt="o", color=figures.BLUE, markersize=5,
        label=f"{FEWER_SPINS} macrospins",
    )  # fmt: skip
    axes.set(xlabel="time of one sweep (ns)", ylabel="coercive field / anisotropy field", ylim=(0, 0.8), xlim=(10, 1e3))
    axes.set_title(f"Slower sweeps, smaller field ({barrier:g} $k_BT$)")
    axes.legend(loc="lower left")
    return in_sigmas("coercive field against time", (np.array(found) - law) / np.array(errors))
