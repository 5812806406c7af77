"""Stochastic resonance of a telegraph device: how well it follows a weak signal against the noise (P23)."""

from __future__ import annotations

import numpy as np
from spinloop.emulator.devices.telegraph_population import TelegraphPopulation
from spinloop.emulator.law_figures.agreement import Drawn, in_sigmas
from spinloop.emulator.physics.telegraph import resonance_amplitude, resonance_barrier

from spinloop import figures

ATTEMPT_HERTZ, SIGNAL_BIAS = 1e9, 0.015
SIGNALS = {1e5: "100 kHz", 1e6: "1 MHz", 1e7: "10 MHz"}
BARRIERS = (2.5, 3.2, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0)
DEVICES, PERIODS, LOOKS = 100_000, 4, 32
SETTLE_RELAXATIONS = 12.0


def followed(barrier_kt: float, signal_hertz: float, seed: int) -> tuple[float, float]:
    """Amplitude of the mean of 2 s - 1 at the signal's frequency, and its standard error.

    The devices differ only in their chance, so the scatter of their own Fourier sums gives the error. The signal is
    held between looks, which takes sinc(1 / LOOKS) off its amplitude; that is put back.
    """
    population = TelegraphPopulation(
        barrier_kt, ATTEMPT_HERTZ, devices=DEVICES, seed=seed, name=f"{barrier_kt} {signal_hertz}", threads=1
    )
    step = 1.0 / (signal_hertz * LOOKS)
    relaxation = 2.0 * ATTEMPT_HERTZ * np.exp(-barrier_kt)
    population.step(0.0, SETTLE_RELAXATIONS / relaxation)  # from all in state 0 to half of them
    # Then whole periods under the signal, until its beginning is forgotten: what is left counts as noise.
    quiet = int(np.ceil(SETTLE_RELAXATIONS * signal_hertz / relaxation))
    wave = (SIGNAL_BIAS * np.sin(2.0 * np.pi * (np.arange(LOOKS) + 0.5) / LOOKS)).tolist()
    for look in range(quiet * LOOKS):
        population.step(wave[look % LOOKS], step)
    sums = np.zeros((2, DEVICES), dtype=np.float32)
    for look in range(PERIODS * LOOKS):
        bits = population.step(wave[look % LOOKS], step).astype(np.float32)
        angle = 2.0 * np.pi * (look + 1) / LOOKS
        sums[0] += np.float32(np.cos(angle)) * bits
        sums[1] += np.float32(np.sin(angle)) * bits
    parts = 4.0 / (PERIODS * LOOKS) * sums.astype(float) / np.sinc(1.0 / LOOKS)
    mean, error = parts.mean(axis=1), parts.std(axis=1) / np.sqrt(DEVICES)
    amplitude = float(np.hypot(*mean))
    along = mean / amplitude
    return amplitude, float(np.hypot(*(along * error)))


def draw(seed: int) -> Drawn:
    """Amplitude against noise for three frequencies."""
    figure = figures.new_figure(6.4, 4.0)
    axes = figures.quiet(figure.subplots())
    fine = np.linspace(2.0, 14.0, 300)
    deviations = []
    for (hertz, name), colour in zip(SIGNALS.items(), (figures.BLUE, figures.ORANGE, figures.RED), strict=True):
        # Where the device needs many periods to settle it hardly follows: those points would be all noise.
        chosen = [each for each in BARRIERS if 2.0 * ATTEMPT_HERTZ * np.exp(-each) > 0.15 * 2.0 * np.pi * hertz]
        found, error = np.array([followed(barrier, hertz, seed) for barrier in chosen]).T
        law = resonance_amplitude(SIGNAL_BIAS, hertz, chosen, ATTEMPT_HERTZ)
        axes.plot(1 / fine, resonance_amplitude(SIGNAL_BIAS, hertz, fine, ATTEMPT_HERTZ), color=colour, linewidth=1.5)
        axes.errorbar(1 / np.array(chosen), found, yerr=error, fmt="o", color=colour, markersize=4, label=name)
        best = float(resonance_barrier(hertz, ATTEMPT_HERTZ))
        top = float(resonance_amplitude(SIGNAL_BIAS, hertz, best, ATTEMPT_HERTZ))
        axes.plot([1 / best] * 2, [0.0, top], color=colour, linewidth=1, linestyle=":")
        deviations.append((found - law) / error)
    axes.set(xlabel="noise: thermal energy / barrier", ylabel="amplitude of the mean state", ylim=(0, None))
    axes.set_title("Stochastic resonance: the best noise (dotted) rises with frequency")
    axes.legend(loc="upper right", title="signal")
    return Drawn(figure, (in_sigmas("amplitude against noise", np.concatenate(deviations)),))
