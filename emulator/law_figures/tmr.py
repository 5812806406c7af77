"""Conductance against the angle of the layers, and tunnel magnetoresistance against bias (P2, P3)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from spinloop.emulator.devices.junctions import JunctionLaw, Junctions
from spinloop.emulator.law_figures.agreement import Drawn, Floats, binomial_deviations, in_percent, in_sigmas
from spinloop.emulator.physics.tunnelling import (
    conductance_siemens,
    junction_volts,
    polarisation_product,
    tmr_at_bias,
)

from spinloop import figures

PARALLEL_OHMS, TMR, HALF_VOLTS, SERIES_OHMS = 5e3, 1.5, 0.5, 1e3
ELECTRONS = 100_000
LAW = JunctionLaw(PARALLEL_OHMS, TMR, HALF_VOLTS, 40.0, 1.0, 1e-9, 0.0, 0.0, 0.0, 0.0, 0.0)


def tunnelled(angle_radians: float, polarisation: float, rng: np.random.Generator) -> int:
    """How many of `ELECTRONS` that arrive at the barrier find a state of their spin on the other side.

    Each has its spin along its electrode with chance (1 + P) / 2; along the other electrode's axis it keeps that
    direction with chance cos^2(theta / 2), and finds a state there with chance (1 + P) / 2 or (1 - P) / 2.
    """
    up = rng.random(ELECTRONS) < 0.5 * (1.0 + polarisation)
    kept = rng.random(ELECTRONS) < np.cos(0.5 * angle_radians) ** 2
    states = np.where(up == kept, 1.0 + polarisation, 1.0 - polarisation)
    return int((rng.random(ELECTRONS) < 0.5 * states).sum())


def measured_tmr(volts: Floats, series_ohms: float) -> Floats:
    """TMR ratio from the currents of simulated junctions in both states, behind a resistance."""
    pair = Junctions(1, 2, LAW, 0, "pair")
    pair.parallel[0, 1] = True
    at_zero = pair.conductance_siemens()[0]

    def current(across: float, which: int) -> float:
        return float(at_zero[which] * across + pair.excess_amps(np.full((1, 2), across))[0, which])

    def ohms(total: float, which: int) -> float:
        across = brentq(lambda v: v + series_ohms * current(v, which) - total, 0.0, total, xtol=1e-15, rtol=1e-14)
        return total / current(across, which)

    return np.array([ohms(v, 0) / ohms(v, 1) - 1.0 for v in volts])


def behind_series(volts: Floats) -> Floats:
    """The law for the ratio that is measured across junction and resistance."""
    across = junction_volts(volts, PARALLEL_OHMS, TMR, HALF_VOLTS, SERIES_OHMS)
    antiparallel = PARALLEL_OHMS * (1.0 + tmr_at_bias(TMR, across, HALF_VOLTS))
    return (antiparallel + SERIES_OHMS) / (PARALLEL_OHMS + SERIES_OHMS) - 1.0


def draw(seed: int) -> Drawn:
    """Resistance against angle from single electrons; TMR against bias from currents."""
    figure = figures.new_figure(8.4, 3.6)
    left, right = (figures.quiet(axes) for axes in figure.subplots(1, 2))
    rng = np.random.default_rng(seed)
    product = float(polarisation_product(TMR))
    angles = np.radians(np.arange(0.0, 181.0, 10.0))
    counts = np.array([tunnelled(angle, np.sqrt(product), rng) for angle in angles])
    # Without polarisation half of the electrons find a state; that is the mean conductance.
    mean = 1.0 / PARALLEL_OHMS / (1.0 + product)
    siemens = 2.0 * counts / ELECTRONS * mean
    bars = siemens**-1 * np.sqrt((1.0 - counts / ELECTRONS) / counts)
    fine = np.linspace(0.0, np.pi, 200)
    cosine = 0.5 * PARALLEL_OHMS * (2.0 + TMR - TMR * np.cos(fine))
    left.plot(np.degrees(fine), 1e-3 * cosine, color=figures.GREY, linestyle="--", label="if R followed the cosine")
    law = 1e-3 / conductance_siemens(fine, 1.0 / PARALLEL_OHMS, TMR)
    left.plot(np.degrees(fine), law, color=figures.ORANGE, linewidth=2, label="Slonczewski: G follows it")
    left.errorbar(
        np.degrees(angles), 1e-3 / siemens, yerr=1e-3 * bars, fmt="o", color=figures.BLUE, markersize=4,
        label=f"{ELECTRONS:,} electrons a point".replace(",", " "),
    )  # fmt: skip
    left.set(xlabel="angle of the layers (degrees)", ylabel="resistance (kΩ)", title="Resistance against angle")
    left.set_xticks(range(0, 181, 45))
    left.legend(loc="upper left")
    chance = 0.5 * conductance_siemens(angles, 1.0 / PARALLEL_OHMS, TMR) / mean
    volts, grid = np.linspace(0.05, 1.0, 14), np.linspace(0.0, 1.05, 200)
    bare, loaded = measured_tmr(volts, 0.0), measured_tmr(volts, SERIES_OHMS)
    names = "junction alone", f"behind {1e-3 * SERIES_OHMS:g} kΩ"
    laws = tmr_at_bias(TMR, grid, HALF_VOLTS), behind_series(grid)
    for points, line, name, colour in zip((bare, loaded), laws, names, (figures.BLUE, figures.RED), strict=True):
        right.plot(grid, 100 * line, color=colour, linewidth=1.5, label=f"{name}, law")
        right.plot(volts, 100 * points, "o", color=colour, markersize=4, label=f"{name}, from currents")
    right.set(xlabel="bias (V)", ylabel="magnetoresistance (%)", title="Magnetoresistance against bias", ylim=(0, 160))
    right.legend(loc="upper right")
    exact = np.r_[tmr_at_bias(TMR, volts, HALF_VOLTS), behind_series(volts)]
    return Drawn(
        figure,
        (
            in_sigmas("conductance against angle", binomial_deviations(counts, ELECTRONS, chance)),
            in_percent("magnetoresistance against bias", np.r_[bare, loaded] / exact - 1.0, 1e-6),
        ),
    )
