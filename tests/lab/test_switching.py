"""The switching measurement finds the parameters that the chip was made with, as often as it says it does."""

import numpy as np
import pytest
from scipy.stats import binom
from spinloop.emulator.physics.switching import switching_probability
from spinloop.lab.analysis.switching_fit import fit_switching
from spinloop.lab.procedures.switching import measure_switching
from spinloop.protocols.errors import ChipError

import spinloop

REPEATS = 100


def test_a_fit_of_exact_shares_returns_the_parameters():
    volts = np.linspace(0.40, 0.50, 21)
    shots = np.full(21, 10**9)
    switched = np.rint(shots * switching_probability(volts, 10e-9, 37.0, 0.49)).astype(np.int64)
    fit = fit_switching(volts, shots, switched, 10e-9, 1e-9)
    assert fit.barrier_kt == pytest.approx(37.0, rel=1e-4)
    assert fit.critical_volts == pytest.approx(0.49, rel=1e-5)


def test_the_intervals_of_the_fit_cover_the_truth_as_often_as_stated():
    """2000 synthetic curves; the number covered is binomial with p = 0.95, false alarm 1e-6 per parameter."""
    seed = 20261120
    rng = np.random.default_rng(seed)
    volts = np.linspace(0.43, 0.50, 16)
    shots = np.full(16, 200)
    covered = np.zeros(2)
    for _ in range(2000):
        switched = rng.binomial(shots, switching_probability(volts, 10e-9, 40.0, 0.5))
        fit = fit_switching(volts, shots, switched, 10e-9, 1e-9)
        covered += [fit.barrier_low <= 40.0 <= fit.barrier_high, fit.critical_low <= 0.5 <= fit.critical_high]
    low, high = binom.ppf([5e-7, 1 - 5e-7], 2000, 0.95)
    print(f"seed {seed}: coverage {covered / 2000}")
    assert ((low <= covered) & (covered <= high)).all()


def test_one_hundred_probes_are_measured_within_their_intervals():
    inside = np.zeros(2, dtype=int)
    for seed in range(REPEATS):
        with spinloop.connect(f"emulator:probe?seed={seed}") as chip:
            truth = chip.info.blocks["junction"]
            fit = measure_switching(chip, "junction", (0, 0), 100, 12, None, 1e-9).fit
        inside += [
            fit.barrier_low <= truth.barrier_kt <= fit.barrier_high,
            fit.critical_low <= truth.critical_volts <= fit.critical_high,
        ]
    print(f"inside their 95 % intervals: barrier {inside[0]}, critical voltage {inside[1]} of {REPEATS}")
    assert (inside >= 90).all()


def test_a_stuck_junction_is_reported_not_fitted():
    with (
        spinloop.connect("emulator:tile16?stuck_fraction=1") as chip,
        pytest.raises(ChipError, match=r"does not switch|did not return"),
    ):
        measure_switching(chip, "weights", (0, 0), 40, 8, None, 1e-9)


def test_too_little_data_is_an_error_not_a_number():
    with pytest.raises(ValueError, match="fewer than two voltages"):
        fit_switching(np.array([0.3, 0.6]), np.array([50, 50]), np.array([0, 50]), 10e-9, 1e-9)
