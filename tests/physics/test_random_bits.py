"""P25: bias and correlation of random bits, and the NIST tests on good and on bad sequences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from spinloop.emulator.devices.telegraph_population import TelegraphPopulation
from spinloop.emulator.physics.random_bits import (
    block_frequency_test,
    fold,
    monobit_bound,
    monobit_test,
    runs_test,
    sample_correlation,
    sampling_seconds,
    unbiased,
    xor_bias,
    xor_streams,
)
from spinloop.emulator.physics.telegraph import telegraph_rates
from spinloop.protocols.errors import BadParameter, WrongShape

SEED = 25


@given(st.floats(-0.5, 0.5), st.integers(1, 8))
def test_p25_xor_bias_from_the_parity_of_a_binomial(bias, streams):
    """P(parity odd) - 1/2 summed term by term; XOR of an even number leans to 0, hence the magnitude."""
    odd = binom.pmf(np.arange(1, streams + 1, 2), streams, 0.5 + bias).sum()
    assert xor_bias(bias, streams) == pytest.approx(abs(odd - 0.5), abs=1e-12)
    assert xor_bias(bias, streams) == pytest.approx(2 ** (streams - 1) * abs(bias) ** streams, abs=1e-15)


def test_p25_monobit_bound_number():
    assert monobit_bound(10**6) == pytest.approx(1.29e-3, abs=5e-6)


@given(st.integers(1000, 10**6), st.floats(1e-4, 0.3))
def test_p25_monobit_bound_is_where_the_test_ends(bits, significance):
    bound = monobit_bound(bits, significance)
    for ones, passes in ((int((0.5 + bound) * bits) - 1, True), (int((0.5 + bound) * bits) + 2, False)):
        sequence = np.zeros(bits, dtype=np.uint8)
        sequence[: min(ones, bits)] = 1
        assert (monobit_test(sequence) >= significance) is passes


def test_p25_correlation_numbers():
    assert sampling_seconds(1.0, 1e-3) == pytest.approx(6.9, abs=0.01)
    assert sample_correlation(2e6, sampling_seconds(2e6, 0.3)) == pytest.approx(0.3, rel=1e-12)


def test_p25_correlation_of_a_sampled_junction():
    """5.3 standard deviations: a false alarm in 1e7."""
    up, down = telegraph_rates(0.1, 4.0, 1e9)
    interval = 0.5 / (up + down)
    population = TelegraphPopulation(4.0, devices=2000, seed=SEED)
    population.step(0.1, 1.0)
    bits = population.sample(0.1, 2, float(interval)).astype(float)
    for _ in range(30):
        bits = np.hstack([bits, population.sample(0.1, 2, float(interval)).astype(float)])
    mean = float(up / (up + down))
    found = np.mean((bits[0] - mean) * (bits[1] - mean)) / (mean * (1 - mean))
    noise = 1.3 * np.sqrt(3 / bits.shape[1])  # pairs that follow on each other are correlated by e^-0.5 at most
    print(f"seed {SEED}: {found:.4f}, exact {np.exp(-0.5):.4f} +- {noise:.4f}")
    assert found == pytest.approx(float(sample_correlation(up + down, interval)), abs=5.3 * noise)


def test_p25_biased_junctions_pass_after_three_xors_of_four_streams():
    """Bias 0.1: raw bits fail, XOR of four has bias 8e-4 and passes at 1e-7 (monobit bound 8.4e-3 there)."""
    population = TelegraphPopulation(4.0, devices=4, seed=SEED)
    streams = population.sample(0.05, 100_000, 1e-5).T
    print(f"seed {SEED}: raw share {streams.mean():.4f}")
    assert monobit_test(streams[0]) < 1e-7
    mended = xor_streams(streams)
    assert monobit_test(mended) > 1e-7
    assert runs_test(mended) > 1e-7
    assert block_frequency_test(mended) > 1e-7
    assert abs(streams[0].mean() - 0.5) == pytest.approx(np.tanh(0.2) / 2, abs=5.3 * 0.5 / np.sqrt(1e5))


def test_p25_too_fast_sampling_fails_the_runs_test():
    population = TelegraphPopulation(6.0, devices=1, seed=SEED)
    bits = population.sample(0.0, 100_000, 5e-9)[:, 0]
    assert runs_test(bits) < 1e-7


def test_von_neumann_makes_fair_bits_of_biased_ones():
    """5.3 standard deviations on both counts: 1e-7."""
    biased = (np.random.default_rng(SEED).random(200_000) < 0.7).astype(np.uint8)
    fair = unbiased(biased)
    assert abs(fair.mean() - 0.5) < 5.3 * 0.5 / np.sqrt(fair.size)
    assert abs(fair.size - 100_000 * 0.42) < 5.3 * np.sqrt(100_000 * 0.42 * 0.58)


def test_fold_is_the_parity_of_neighbours():
    assert fold([1, 0, 1, 1, 0, 0, 1], 3).tolist() == [0, 1]
    assert fold([1, 0, 1], 1).tolist() == [1, 0, 1]


# Sections 2.1.8, 2.2.8 and 2.3.8 of SP 800-22 rev. 1a: the first hundred binary digits of pi.
PI = "1100100100001111110110101010001000100001011010001100001000110100110001001100011001100010100010111000"


def test_nist_examples():
    bits = [int(bit) for bit in PI]
    assert len(bits) == 100
    assert monobit_test(bits) == pytest.approx(0.109599, abs=1e-6)
    assert block_frequency_test(bits, 10) == pytest.approx(0.706438, abs=1e-6)
    assert runs_test(bits) == pytest.approx(0.500798, abs=1e-6)


def test_nist_p_values_are_uniform_on_good_bits():
    """400 sequences; the share above 1 % within 5.3 standard deviations (1e-7), for each test."""
    sequences = np.random.default_rng(SEED).integers(0, 2, (400, 5000), dtype=np.uint8)
    for test in (monobit_test, runs_test, block_frequency_test):
        passed = sum(test(sequence) >= 0.01 for sequence in sequences)
        print(f"seed {SEED}: {test.__name__} {passed} of 400")
        assert passed >= 396 - 5.3 * np.sqrt(400 * 0.01 * 0.99) - 1


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: monobit_test([0, 1, 2]), BadParameter),
        (lambda: monobit_test([]), BadParameter),
        (lambda: runs_test([[0, 1]]), WrongShape),
        (lambda: block_frequency_test([0, 1], 5), BadParameter),
        (lambda: xor_bias(0.6, 2), BadParameter),
        (lambda: xor_bias(0.1, 0), BadParameter),
        (lambda: sampling_seconds(1.0, 0.0), BadParameter),
        (lambda: monobit_bound(0), BadParameter),
        (lambda: xor_streams([0, 1]), WrongShape),
        (lambda: fold([0, 1], 0), BadParameter),
    ],
)
def test_bad_input_is_refused_by_name(call, error):
    with pytest.raises(error):
        call()
