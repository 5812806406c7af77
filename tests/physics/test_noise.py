"""P30: spectra of Johnson, shot, 1/f and telegraph noise, and dwell times from a telegraph spectrum.

One-sided spectra per hertz. Statistical bounds have a false-alarm rate of 1e-6 or less each.
"""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.signal import welch
from scipy.stats import chi2
from spinloop.emulator.devices.telegraph_population import TelegraphPopulation
from spinloop.emulator.physics.noise import (
    fit_telegraph_spectrum,
    flicker_samples,
    flicker_spectrum,
    johnson_spectrum,
    shot_spectrum,
    telegraph_spectrum,
    tunnel_spectrum,
    white_samples,
)
from spinloop.emulator.physics.telegraph import telegraph_rates
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape

SEED = 30
TAIL = 1e-7


def periodogram(samples, interval):
    """One-sided, by the definition."""
    power = 2 * interval / samples.size * np.abs(np.fft.rfft(samples)) ** 2
    return np.fft.rfftfreq(samples.size, interval)[1:-1], power[1:-1]


def assert_mean_is_one(ratios):
    """A sum of n exponentials, twice over, is chi-squared with 2 n degrees."""
    twice = 2 * float(ratios.sum())
    print(f"seed {SEED}: mean {ratios.mean():.4f} over {ratios.size} bins")
    assert TAIL < chi2.cdf(twice, 2 * ratios.size) < 1 - TAIL


def test_p30_johnson_and_shot_numbers():
    assert johnson_spectrum(5e3, 300.0) == pytest.approx(4 * 1.380649e-23 * 300 * 5e3, rel=1e-12)
    assert shot_spectrum(-1e-6) == pytest.approx(2 * 1.602176634e-19 * 1e-6, rel=1e-12)


def test_p30_tunnel_noise_joins_johnson_and_shot():
    ohms = 10e3
    assert tunnel_spectrum(1e-7 / ohms, 1e-7, 300.0) == pytest.approx(
        float(johnson_spectrum(ohms, 300.0)) / ohms**2, rel=1e-6
    )
    assert tunnel_spectrum(1.0 / ohms, 1.0, 300.0) == pytest.approx(float(shot_spectrum(1.0 / ohms)), rel=1e-12)


def test_p30_white_samples_have_their_spectrum():
    spectrum, interval = float(johnson_spectrum(5e3, 300.0)), 1e-6
    samples = white_samples(spectrum, 1 << 16, interval, np.random.default_rng(SEED))
    hertz, power = periodogram(samples, interval)
    for band in np.array_split(power / spectrum, 8):
        assert_mean_is_one(band)
    assert np.sum(power) * hertz[0] == pytest.approx(samples.var(), rel=1e-3)


@pytest.mark.parametrize("exponent", [0.0, 0.8, 1.0, 2.0])
def test_p30_flicker_samples_have_their_spectrum(exponent):
    strength = float(flicker_spectrum(1.0, 0.1, 1e-19, 1e-14))
    samples = flicker_samples(strength, 1 << 16, 1e-4, np.random.default_rng(SEED), exponent)
    hertz, power = periodogram(samples, 1e-4)
    edges = np.searchsorted(hertz, np.geomspace(hertz[0], hertz[-1], 9))
    for first, last in pairwise(edges):
        if last > first + 3:
            assert_mean_is_one(power[first:last] * hertz[first:last] ** exponent / strength)
    assert abs(samples.mean()) < 1e-12


def test_p30_flicker_samples_of_odd_and_tiny_length():
    random = np.random.default_rng(SEED)
    assert flicker_samples(1.0, 0, 1.0, random).shape == (0,)
    assert flicker_samples(1.0, 1, 1.0, random).tolist() == [0.0]
    assert flicker_samples(1.0, 7, 1.0, random).shape == (7,)


@given(st.floats(1e-7, 1e-3), st.floats(0.05, 20), st.floats(1e-3, 1))
def test_p30_lorentzian_holds_the_variance_of_two_levels(first, ratio, step):
    second = first * ratio
    corner = (1 / first + 1 / second) / (2 * np.pi)
    inside, _ = quad(lambda x: float(telegraph_spectrum(corner * x, step, first, second)) * corner, 0, np.inf)
    share = first / (first + second)
    assert inside == pytest.approx(step**2 * share * (1 - share), rel=1e-6)


def test_p30_sampled_spectrum_is_the_lorentzian_with_its_aliases():
    first, second, dt = 3e-6, 1e-6, 0.4e-6
    hertz = np.linspace(0.0, 0.5 / dt, 7)
    shifts = np.arange(-20_000, 20_001)[:, None] / dt
    folded = telegraph_spectrum(np.abs(hertz + shifts), 0.1, first, second).sum(axis=0)
    assert telegraph_spectrum(hertz, 0.1, first, second, dt) == pytest.approx(folded, rel=1e-4)


@pytest.mark.parametrize(("bias", "share_known"), [(0.0, True), (0.1, True), (0.25, True), (0.25, False)])
def test_p30_fit_of_a_simulated_telegraph_record_returns_its_dwell_times(bias, share_known):
    """Both dwell times within 3 %, from the noise of one junction in a divider with white noise on top.

    With 2^21 samples at Lambda dt = 0.3 the spectrum fixes them to 0.4 % (one sigma), so 3 % is 7 sigma.
    """
    step, samples = 0.05, 1 << 21
    up, down = (float(rate) for rate in telegraph_rates(bias, 5.0, 1e9))
    interval = 0.3 / (up + down)
    population = TelegraphPopulation(5.0, devices=1, seed=SEED)
    bits = population.sample(bias, samples, interval)[:, 0]
    floor = 0.01 * float(telegraph_spectrum(0.0, step, 1 / down, 1 / up))
    volts = step * bits + white_samples(floor, samples, interval, np.random.default_rng(SEED))
    hertz, power = welch(volts, 1 / interval, window="boxcar", nperseg=4096, noverlap=0)
    share = float(bits.mean()) if share_known else None
    found = fit_telegraph_spectrum(hertz[3:-1], power[3:-1], step, upper_share=share, interval_seconds=interval)
    print(f"seed {SEED}: {found.first_seconds * down:.4f} {found.second_seconds * up:.4f} {found.floor / floor:.3f}")
    assert found.first_seconds == pytest.approx(1 / down, rel=0.03)
    assert found.second_seconds == pytest.approx(1 / up, rel=0.03)
    assert found.corner_hertz == pytest.approx((up + down) / (2 * np.pi), rel=0.03)


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-7, 1e-4), st.floats(1.2, 20), st.floats(1e-3, 1))
def test_p30_fit_of_an_exact_spectrum_is_exact(first, ratio, step):
    second = first / ratio
    corner = (1 / first + 1 / second) / (2 * np.pi)
    hertz = np.geomspace(corner / 30, corner * 30, 40)
    clean = telegraph_spectrum(hertz, step, first, second)
    found = fit_telegraph_spectrum(hertz, clean + 1e-4 * clean[0], step)
    assert (found.first_seconds, found.second_seconds) == pytest.approx((first, second), rel=1e-3)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: johnson_spectrum(-1.0, 300.0), BadParameter),
        (lambda: shot_spectrum(np.nan), NotFinite),
        (lambda: tunnel_spectrum(1e-6, 0.0, 300.0), BadParameter),
        (lambda: tunnel_spectrum(-1e-6, 0.1, 300.0), BadParameter),
        (lambda: flicker_spectrum(0.0, 0.1, 1e-20, 1e-14), BadParameter),
        (lambda: telegraph_spectrum([1.0, 2.0], 0.1, [1.0, 2.0, 3.0], 1.0), WrongShape),
        (lambda: telegraph_spectrum(1.0, 0.1, 0.0, 1.0), BadParameter),
        (lambda: fit_telegraph_spectrum([1.0, 2.0], [1.0, 2.0], 0.1), WrongShape),
        (lambda: fit_telegraph_spectrum(np.arange(1, 9), np.ones(8), 0.0), BadParameter),
        (lambda: flicker_samples(1.0, 8, 1.0, np.random.default_rng(0), exponent=4.0), BadParameter),
        (lambda: white_samples(-1.0, 8, 1.0, np.random.default_rng(0)), BadParameter),
    ],
)
def test_bad_input_is_refused_by_name(call, error):
    with pytest.raises(error):
        call()
