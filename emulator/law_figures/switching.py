"""Switching probability against pulse voltage, and switching voltage against pulse width (P11, P12)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.devices.junctions import JunctionLaw, Junctions
from spinloop.emulator.law_figures.agreement import Drawn, Floats, binomial_bars, binomial_deviations, in_sigmas
from spinloop.emulator.physics.switching import switching_probability, voltage_for_width

from spinloop import figures

BARRIER_KT, CRITICAL_VOLTS = 40.0, 0.5
LAW = JunctionLaw(5e3, 1.5, 0.5, BARRIER_KT, CRITICAL_VOLTS, 1e-9, 0.0, 0.0, 0.0, 0.0, 0.0)
SIDE = 32
SHOTS = SIDE * SIDE
WIDTHS = {1e-8: "10 ns", 1e-6: "1 µs", 1e-4: "100 µs"}
MORE_WIDTHS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)


def fire(volts: Floats, width_seconds: float, seed: int, name: str) -> NDArray[np.int64]:
    """How many of `SHOTS` equal junctions one pulse switched, at each voltage."""
    array = Junctions(SIDE, SIDE, LAW, seed, name)
    rows, cols = (index.ravel() for index in np.mgrid[0:SIDE, 0:SIDE])
    counts = []
    for each in volts:
        draws = array.draws  # chance goes on, states start anew
        array.reset()
        array.draws = draws
        array.fire(rows, cols, np.full(SHOTS, each), np.full(SHOTS, width_seconds), 1)
        counts.append(int(array.parallel.sum()))
    return np.array(counts)


def median_volts(volts: Floats, counts: NDArray[np.int64]) -> tuple[float, float]:
    """Voltage of P = 1/2 and its standard error, by a weighted line through ln[-ln(1 - P)].

    The line knows neither barrier nor critical voltage; only that the barrier falls linearly with the voltage.
    """
    some = (counts > 0.05 * SHOTS) & (counts < 0.95 * SHOTS)
    share, x = counts[some] / SHOTS, volts[some]
    lots = -np.log1p(-share)
    error = np.sqrt(share / ((1.0 - share) * SHOTS)) / lots
    (slope, base), covariance = np.polyfit(x, np.log(lots), 1, w=1.0 / error, cov="unscaled")
    level = np.log(np.log(2.0))
    found = (level - base) / slope
    gradient = np.array([-found / slope, -1.0 / slope])
    return float(found), float(np.sqrt(gradient @ covariance @ gradient))


def draw(seed: int) -> Drawn:
    """Counts of simulated pulses on the law, for widths from 10 ns to 1 ms."""
    figure = figures.new_figure(8.4, 3.6)
    left, right = (figures.quiet(axes) for axes in figure.subplots(1, 2, width_ratios=(1.25, 1)))
    deviations, medians = [], []
    colours = dict(zip(WIDTHS, (figures.BLUE, figures.ORANGE, figures.RED), strict=True))
    for width in MORE_WIDTHS:
        middle = float(voltage_for_width(width, BARRIER_KT, CRITICAL_VOLTS))
        volts = middle + np.linspace(-0.045, 0.03, 16)
        counts = fire(volts, width, seed, f"{width:g} s")
        law = switching_probability(volts, width, BARRIER_KT, CRITICAL_VOLTS)
        deviations.append(binomial_deviations(counts, SHOTS, law))
        medians.append((*median_volts(volts, counts), middle))
        if width in WIDTHS:
            fine = np.linspace(volts[0] - 0.01, volts[-1] + 0.01, 200)
            curve = switching_probability(fine, width, BARRIER_KT, CRITICAL_VOLTS)
            left.plot(1e3 * fine, curve, color=colours[width], linewidth=1.5)
            left.errorbar(
                1e3 * volts, counts / SHOTS, yerr=binomial_bars(counts, SHOTS), fmt="o", color=colours[width],
                markersize=3,
            )  # fmt: skip
            left.text(1e3 * middle + 6, 0.4, WIDTHS[width], color=colours[width], fontweight="bold")
    left.set(xlabel="pulse voltage (mV)", ylabel="switching probability", ylim=(-0.03, 1.03))
    left.set_title(f"{SHOTS} pulses a point; lines: thermal activation")
    found, error, exact = np.array(medians).T
    fine = np.geomspace(5e-9, 2e-3, 50)
    right.semilogx(
        fine, 1e3 * voltage_for_width(fine, BARRIER_KT, CRITICAL_VOLTS), color=figures.ORANGE, linewidth=2,
        label=f"law: $-V_c$/Δ per factor e\nΔ = {BARRIER_KT:g} $k_BT$, $V_c$ = {1e3 * CRITICAL_VOLTS:g} mV",
    )  # fmt: skip
    right.errorbar(MORE_WIDTHS, 1e3 * found, yerr=1e3 * error, fmt="o", color=figures.BLUE, label="simulated pulses")
    right.set(xlabel="pulse width (s)", ylabel="voltage of even odds (mV)", title="Shorter pulses need more voltage")
    right.legend(loc="upper right")
    return Drawn(
        figure,
        (
            in_sigmas("switching probability", np.concatenate(deviations)),
            in_sigmas("switching voltage against width", (found - exact) / error),
        ),
    )
