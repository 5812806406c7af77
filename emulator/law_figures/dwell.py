"""Dwell times: of a thermal macrospin against its barrier (P8), of a telegraph device against its bias (P7)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from scipy import constants
from spinloop.emulator.devices.macrospin_parameters import MacrospinParameters
from spinloop.emulator.devices.macrospins import Macrospins
from spinloop.emulator.devices.telegraph_population import TelegraphPopulation
from spinloop.emulator.law_figures.agreement import Check, Drawn, in_sigmas
from spinloop.emulator.physics.macrospin import GYROMAGNETIC
from spinloop.emulator.physics.telegraph import dwell_seconds, high_barrier_rate, low_barrier_rate, telegraph_rates

from spinloop import figures

MS, HK, DAMPING, KELVINS = 9.5e5, 2e5, 0.1, 300.0
TAU = (1.0 + DAMPING**2) / (GYROMAGNETIC * HK)
BARRIERS = (2.0, 3.0, 4.0, 5.0, 6.0)
SPINS = 8192

TELEGRAPHS, BARRIER_KT, ATTEMPT_HERTZ = 2000, 5.0, 1e9
BIASES = (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3)


def macrospin_dwell_seconds(barrier_kt: float, seed: int) -> tuple[float, float]:
    """Mean dwell time in a well, and its standard error, from how moments that all started up forget it.

    Once the wells are in equilibrium within, <m_z> decays at the sum of both switching rates, so that a dwell takes
    two decay times. The moments are independent, which gives the error of the logarithm of the two means' ratio.
    """
    volume = 2.0 * barrier_kt * constants.k * KELVINS / (constants.mu_0 * MS * HK)
    law = MacrospinParameters(MS, volume, DAMPING, HK, temperature_kelvins=KELVINS)
    spins = Macrospins(SPINS, law, seed=seed, name=f"dwell {barrier_kt}")
    decay = TAU / float(low_barrier_rate(barrier_kt, DAMPING))
    # Faster modes have left by then: the next eigenvalue is five and more times the lowest.
    spins.run(max(0.3 * decay, 2.0 * TAU / DAMPING))
    early, begun = spins.m[:, 2].astype(float), spins.steps_done
    spins.run(1.0 * decay)
    late, seconds = spins.m[:, 2].astype(float), (spins.steps_done - begun) * spins.step_seconds
    rate = np.log(early.mean() / late.mean()) / seconds
    error = np.std(early / early.mean() - late / late.mean()) / np.sqrt(SPINS) / seconds
    return 2.0 / rate, 2.0 * error / rate**2


def telegraph_dwells(bias: float, seed: int) -> tuple[list[float], list[float]]:
    """Mean dwell times in the states 0 and 1, and their standard errors, from the instants of all switches."""
    up, down = telegraph_rates(bias, BARRIER_KT, ATTEMPT_HERTZ)
    population = TelegraphPopulation(
        BARRIER_KT, ATTEMPT_HERTZ, devices=TELEGRAPHS, seed=seed, name=f"dwell {bias}", threads=1
    )
    seconds = float(60.0 * (1.0 / up + 1.0 / down))
    switches = population.switches(bias, seconds)
    # Time spent in a state over departures from it: right whatever the window cuts off at its end.
    first = np.r_[True, switches.devices[1:] != switches.devices[:-1]]
    since = np.where(first, 0.0, np.r_[0.0, switches.seconds[:-1]])
    left_zero = switches.states == 1
    spent = switches.seconds - since
    last = np.r_[first[1:], True]
    tail, tail_state = seconds - switches.seconds[last], switches.states[last]
    silent = TELEGRAPHS - np.unique(switches.devices).size
    means, errors = [], []
    for state, departures in ((0, left_zero), (1, ~left_zero)):
        total = spent[departures].sum() + tail[tail_state == state].sum() + (silent * seconds if state == 0 else 0.0)
        count = int(departures.sum())
        means.append(float(total / count))
        errors.append(float(total / count**1.5))
    return means, errors


def draw(seed: int) -> Drawn:
    """Dwell time against barrier, and against bias."""
    figure = figures.new_figure(8.4, 3.6)
    left, right = (figures.quiet(axes) for axes in figure.subplots(1, 2))
    return Drawn(figure, (_against_barrier(left, seed), _against_bias(right, seed)))


def _against_barrier(axes: Axes, seed: int) -> Check:
    found, error = np.array([macrospin_dwell_seconds(barrier, seed) for barrier in BARRIERS]).T
    exact = 2.0 * TAU / low_barrier_rate(BARRIERS, DAMPING)
    fine = np.linspace(1.6, 6.5, 60)
    axes.semilogy(
        fine, 2e9 * TAU / high_barrier_rate(fine, DAMPING), color=figures.GREY, linestyle="--",
        label="Brown's high-barrier formula",
    )  # fmt: skip
    axes.semilogy(
        fine, 2e9 * TAU / low_barrier_rate(fine, DAMPING), color=figures.ORANGE, linewidth=2, label="exact rate"
    )
    axes.errorbar(
        BARRIERS, 1e9 * found, yerr=1e9 * error, fmt="o", color=figures.BLUE, markersize=5,
        label=f"{SPINS} thermal macrospins",
    )  # fmt: skip
    axes.set(xlabel="barrier ($k_BT$)", ylabel="mean dwell time (ns)", title="Dwell time and barrier")
    axes.legend(loc="upper left")
    return in_sigmas("macrospin's dwell time against barrier", (found - exact) / error)


def _against_bias(axes: Axes, seed: int) -> Check:
    simulated = [telegraph_dwells(bias, seed) for bias in BIASES]
    found, error = (np.array([each[part] for each in simulated]).T for part in (0, 1))
    exact = np.array(dwell_seconds(*telegraph_rates(BIASES, BARRIER_KT, ATTEMPT_HERTZ)))
    fine = np.linspace(-0.34, 0.34, 50)
    laws = dwell_seconds(*telegraph_rates(fine, BARRIER_KT, ATTEMPT_HERTZ))
    for state, colour in ((0, figures.BLUE), (1, figures.RED)):
        name = ("antiparallel", "parallel")[state]
        axes.semilogy(fine, 1e9 * laws[state], color=colour, linewidth=1.5)
        axes.errorbar(
            BIASES, 1e9 * found[state], yerr=1e9 * error[state], fmt="o", color=colour, markersize=4, label=name
        )
    axes.set(xlabel="bias / critical bias", ylabel="mean dwell time (ns)", ylim=(20, 1500))
    axes.text(0.0, 25, f"barrier {BARRIER_KT:g} $k_BT$", ha="center")
    axes.set_title("Dwell times and bias; lines: Arrhenius")
    axes.legend(loc="upper center", ncols=2, columnspacing=1.0, handletextpad=0.5)
    return in_sigmas("telegraph's dwell times against bias", (found - exact) / error)
