"""Populations of telegraph devices: exact transitions, dwell times, one history whatever runs beside or around it.

Statistical bounds are 5.3 standard deviations, or a p-value of 1e-7: a false alarm at most once in a million each.
"""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, kstest
from spinloop.emulator.devices.telegraph_population import TelegraphPopulation
from spinloop.emulator.physics.telegraph import (
    probability_of_one,
    resonance_amplitude,
    stationary_mean,
    telegraph_rates,
)
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape

SIGMAS = 5.3
SEED = 20


def assert_share(ones, trials, expected):
    spread = np.sqrt(trials * expected * (1 - expected))
    print(f"seed {SEED}: {ones} of {trials}, expected {trials * expected:.1f} +- {spread:.1f}")
    assert abs(ones - trials * expected) < SIGMAS * spread + 1


@pytest.mark.parametrize("method", ["exact", "cached", "clock"])
@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0])
@pytest.mark.parametrize(("bias", "interval"), [(0.15, 40e-9), (-0.3, 3e-9), (0.5, 400e-9), (0.0, 30e-6)])
def test_p7_transitions_have_their_exact_probability(method, exponent, bias, interval):
    devices, samples = 20_000, 10
    population = TelegraphPopulation(5.0, 1e9, 2.0, 0.1, devices=devices, exponent=exponent, seed=SEED)
    bits = population.sample(np.full(devices, 2 * bias + 0.1, dtype=np.float32), samples, interval, method)
    up, down = telegraph_rates(bias, 5.0, 1e9, exponent)
    from_0, from_1 = probability_of_one(up, down, interval)
    was = np.vstack([np.zeros((1, devices), dtype=np.uint8), bits[:-1]])
    assert_share(int(bits[was == 0].sum()), int((was == 0).sum()), float(from_0))
    assert_share(int(bits[was == 1].sum()), int((was == 1).sum()), float(from_1))


def test_p7_stationary_mean_over_a_spread_of_devices():
    """10 groups, each with its own barrier, scale and offset; a chi-squared of the counts of ones."""
    rng = np.random.default_rng(SEED)
    groups, each = 10, 20_000
    barrier, critical, fair = rng.uniform(3, 7, groups), rng.uniform(0.5, 2, groups), rng.uniform(-0.1, 0.1, groups)
    spread = [np.repeat(value, each) for value in (barrier, critical, fair)]
    population = TelegraphPopulation(spread[0], 1e9, spread[1], spread[2], seed=SEED)
    ones = population.step(np.full(groups * each, 0.2), 1.0).reshape(groups, each).sum(axis=1)
    expected = 0.5 + 0.5 * stationary_mean((0.2 - fair) / critical, barrier)
    excess = float(((ones - each * expected) ** 2 / (each * expected * (1 - expected))).sum())
    print(f"seed {SEED}: chi-squared {excess:.1f} of {groups}")
    assert chi2.sf(excess, groups) > 1e-7


def test_rare_switches_keep_their_rate():
    """A probability of 3e-7 a sample, which 24 bits of a random number could not resolve."""
    devices, samples, interval = 30_000, 3000, 1e-10
    rate, _ = telegraph_rates(0.0, 5.8, 1e6)
    population = TelegraphPopulation(5.8, 1e6, devices=devices, seed=SEED)
    bits = population.sample(np.zeros(devices), samples, interval)
    ups = int(np.count_nonzero(np.diff(bits.astype(np.int8), axis=0) == 1) + bits[0].sum())
    assert_share(ups, devices * samples, float(rate) * interval)


@settings(max_examples=15, deadline=None)
@given(
    devices=st.integers(1, 1300),
    exponent=st.sampled_from([1.0, 1.5, 2.0]),
    interval=st.sampled_from([1e-10, 2e-9, 5e-8, 1e-6, 1e-3]),
    seed=st.integers(0, 2**32),
)
def test_all_methods_walk_the_same_history(devices, exponent, interval, seed):
    rng = np.random.default_rng(seed)
    population = TelegraphPopulation(rng.uniform(2, 8, devices), 1e9, 1.0, 0.02, exponent=exponent, seed=seed)
    bias = rng.uniform(-0.9, 0.9, devices).astype(np.float32)
    start = population.state()
    first = population.sample(bias, 6, interval, "exact")
    for method in ("cached", "clock", "auto"):
        population.restore(start)
        assert np.array_equal(population.sample(bias, 6, interval, method), first)
    population.restore(start)
    assert np.array_equal(population.sample(np.tile(bias, (6, 1)), 6, interval), first)


@settings(max_examples=15, deadline=None)
@given(
    few=st.integers(1, 700),
    more=st.integers(0, 1500),
    cut=st.integers(1, 19),
    threads=st.integers(1, 4),
    exponent=st.sampled_from([1.0, 2.0]),
    seed=st.integers(0, 2**32),
)
def test_neighbours_batches_and_threads_change_no_history(few, more, cut, threads, exponent, seed):
    rng = np.random.default_rng(seed)
    barrier = rng.uniform(2, 8, few + more)
    barrier[few:] = rng.uniform(0.1, 40, more)  # neighbours that need other branches of the block
    bias = rng.uniform(-0.9, 0.9, (20, few + more)).astype(np.float32)
    alone = TelegraphPopulation(barrier[:few], exponent=exponent, seed=seed)
    among = TelegraphPopulation(barrier, exponent=exponent, seed=seed, threads=threads)
    history = alone.sample(bias[:, :few], 20, 2e-8)
    pieces = [among.sample(part, len(part), 2e-8)[:, :few] for part in (bias[:cut], bias[cut:])]
    assert np.array_equal(np.vstack(pieces), history)


def test_streams_of_devices_and_populations_differ():
    one = TelegraphPopulation(5.0, devices=2000, seed=SEED).sample(np.zeros(2000), 64, 1.0)
    assert len(np.unique(one.T, axis=0)) == 2000
    other = TelegraphPopulation(5.0, devices=2000, seed=SEED, name="other").sample(np.zeros(2000), 64, 1.0)
    assert_share(int((one == other).sum()), one.size, 0.5)
    assert_share(int((one[:, :-1] == one[:, 1:]).sum()), one[:, 1:].size, 0.5)


@pytest.mark.parametrize("exponent", [1.0, 2.0])
@pytest.mark.parametrize(("bias", "seconds"), [(0.0, 1e-5), (0.2, 1e-5), (-0.3, 2e-8)])
def test_switches_end_in_the_states_of_step(exponent, bias, seconds):
    population = TelegraphPopulation(5.0, devices=3000, exponent=exponent, seed=SEED)
    population.step(0.1, 1.0)
    start = population.state()
    ends = population.step(bias, seconds)
    population.restore(start)
    switches = population.switches(bias, seconds)
    assert np.array_equal(population.state_bits, ends)
    count = np.bincount(switches.devices, minlength=3000)
    assert np.array_equal((start["bits"] + count) % 2, ends)
    same = np.diff(switches.devices) == 0
    assert (np.diff(switches.devices) >= 0).all()
    assert (np.diff(switches.seconds)[same] >= 0).all()
    assert (np.diff(switches.states.astype(int))[same] != 0).all()
    assert ((switches.seconds >= 0) & (switches.seconds <= seconds)).all()


@pytest.mark.parametrize("exponent", [1.0, 2.0])
def test_dwell_times_are_exponential(exponent):
    """Kolmogorov-Smirnov on the first dwell of each device in each state, p > 1e-7, and their exact means."""
    devices, bias = 20_000, 0.2
    up, down = telegraph_rates(bias, 4.0, 1e9, exponent)
    population = TelegraphPopulation(4.0, devices=devices, exponent=exponent, seed=SEED)
    switches = population.switches(
        bias, float(40 / down)
    )  # the chance that a device does not leave both is below e^-30
    first = np.flatnonzero(np.r_[True, np.diff(switches.devices) > 0])
    assert first.size == devices
    stay_0 = switches.seconds[first]
    stay_1 = switches.seconds[first + 1] - stay_0
    for stay, rate in ((stay_0, up), (stay_1, down)):
        result = kstest(stay * rate, "expon")
        print(f"seed {SEED}: p = {result.pvalue:.3g}, mean {stay.mean() * rate:.4f}")
        assert result.pvalue > 1e-7
        assert abs(stay.mean() * rate - 1) < SIGMAS / np.sqrt(devices)


@pytest.mark.parametrize("bias", [0.0, 0.35, -0.35])
def test_switches_within_intervals_of_any_length_are_a_poisson_process_of_the_rate(bias):
    """Split into intervals of Lambda t near 1, where the ends condition the instants most: the law must not show it."""
    up, down = telegraph_rates(bias, 4.0, 1e9)
    interval, pieces, devices = float(1 / (up + down)), 12, 6000
    population = TelegraphPopulation(4.0, devices=devices, seed=SEED)
    population.step(bias, 1.0)
    parts = []
    for piece in range(pieces):
        found = population.switches(bias, interval)
        parts.append(np.stack([found.devices, found.seconds + piece * interval, found.states]))
    device, seconds, state = np.hstack(parts)
    order = np.lexsort((seconds, device))
    device, seconds, state = device[order], seconds[order], state[order]
    inner = np.diff(device) == 0
    assert (np.diff(state)[inner] != 0).all()
    phase = seconds / interval % 1
    result = kstest(phase[:: 1 + phase.size // 20_000], "uniform")
    expected = devices * pieces * 2 * up * down / (up + down) ** 2
    print(f"seed {SEED}: p = {result.pvalue:.3g}, {seconds.size} switches of {expected:.0f}")
    assert result.pvalue > 1e-7
    # The count of an alternating renewal process varies less than a Poisson count would, but by correlation with the
    # states: at most twice its variance.
    assert abs(seconds.size - expected) < SIGMAS * np.sqrt(2 * expected)


def test_p23_a_population_follows_a_weak_signal_as_theory_says():
    """Amplitude of the mean against P23 within 2 % (1 % is the signal not being weak) and its statistical error."""
    devices, steps, periods, hertz, drive = 100_000, 20, 40, 1e6, 0.04
    phase = 2 * np.pi * (np.arange(steps) + 0.5) / steps
    bias = np.repeat((drive * np.sin(phase))[:, None], devices, axis=1).astype(np.float32)
    population = TelegraphPopulation(5.0, devices=devices, seed=SEED)
    population.sample(bias, steps, 1 / (hertz * steps))
    tone = np.exp(1j * (phase + np.pi / steps))  # each look is at the end of its interval
    means = (2 * population.sample(bias, steps, 1 / (hertz * steps)).mean(axis=1) - 1 for _ in range(periods))
    amplitude = 2 * abs(np.mean([mean * tone for mean in means]))
    expected = float(resonance_amplitude(drive, hertz, 5.0, 1e9))
    relaxation = 2e9 * np.exp(-5.0)
    spectrum = 4 / (devices * relaxation * (1 + (2 * np.pi * hertz / relaxation) ** 2))  # of the mean: a Lorentzian
    noise = np.sqrt(spectrum * hertz / periods)
    print(f"seed {SEED}: {amplitude / expected:.4f} of theory, noise {noise / expected:.4f}")
    assert SIGMAS * noise < 0.01 * expected
    assert abs(amplitude - expected) < 0.02 * expected + SIGMAS * noise


def test_state_takes_sixteen_bytes_a_device():
    population = TelegraphPopulation(5.0, devices=512 * 20, seed=SEED)
    assert population.state_bytes == 16 * 512 * 20


def test_restore_and_reset():
    population = TelegraphPopulation(5.0, devices=600, seed=SEED)
    first = population.sample(np.zeros(600), 20, 1e-7)
    saved = population.state()
    after = population.sample(np.zeros(600), 20, 1e-7)
    population.restore(saved)
    assert np.array_equal(population.sample(np.zeros(600), 20, 1e-7), after)
    population.reset()
    assert np.array_equal(population.sample(np.zeros(600), 20, 1e-7), first)


def test_importing_compiles_nothing():
    names = "physics.telegraph, spinloop.emulator.physics.pbits, spinloop.emulator.devices.telegraph_population"
    code = f"import sys, spinloop.emulator.{names}; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_devices_and_no_samples():
    assert TelegraphPopulation(np.zeros(0)).sample(np.zeros(0), 5, 1e-9).shape == (5, 0)
    assert TelegraphPopulation(5.0).sample(0.0, 0, 1e-9).shape == (0, 1)
    assert TelegraphPopulation(5.0).sample(0.0, 1, 1e-9).shape == (1, 1)
    assert TelegraphPopulation(np.zeros(0)).switches(np.zeros(0), 1e-9).devices.shape == (0,)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda p: p.step(np.full(600, np.nan), 1e-9), NotFinite),
        (lambda p: p.step(np.full(600, np.inf), 1e-9), NotFinite),
        (lambda p: p.step(np.r_[np.zeros(599), 1.2], 1e-9), BadParameter),
        (lambda p: p.step(np.zeros(599), 1e-9), WrongShape),
        (lambda p: p.sample(np.zeros((2, 600)), 3, 1e-9), WrongShape),
        (lambda p: p.sample(np.zeros((3, 600)), 3, 1e-9, "cached"), BadParameter),
        (lambda p: p.sample(np.zeros(600), 3, 1e-9, "fast"), BadParameter),
        (lambda p: p.sample(np.zeros(600), -1, 1e-9), BadParameter),
        (lambda p: p.step(0.0, 0.0), BadParameter),
        (lambda p: p.step(0.0, np.nan), NotFinite),
        (lambda p: p.switches(0.0, 1.0, at_most=1000), BadParameter),
    ],
)
def test_bad_input_is_refused_and_nothing_moves(call, error):
    population = TelegraphPopulation(5.0, devices=600, seed=SEED)
    before = population.state()
    with pytest.raises(error):
        call(population)
    after = population.state()
    assert all(np.array_equal(before[key], after[key]) for key in before)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"barrier_kt": 0.0}, BadParameter),
        ({"barrier_kt": [5.0, np.nan]}, NotFinite),
        ({"barrier_kt": 100.0}, BadParameter),
        ({"barrier_kt": 5.0, "critical_bias": -1.0}, BadParameter),
        ({"barrier_kt": [5.0, 6.0], "critical_bias": [1.0, 1.0, 1.0]}, WrongShape),
        ({"barrier_kt": [5.0, 6.0], "devices": 3}, WrongShape),
        ({"barrier_kt": np.full((2, 2), 5.0)}, WrongShape),
        ({"barrier_kt": 5.0, "exponent": 1.2}, BadParameter),
        ({"barrier_kt": 5.0, "threads": 0}, BadParameter),
    ],
)
def test_bad_parameters_are_refused(arguments, error):
    with pytest.raises(error):
        TelegraphPopulation(**arguments)
