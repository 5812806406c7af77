"""The laws P1, P2, P3, P7 and P11, at points where the answer is known by hand or from the limit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spinloop.emulator.physics.switching import expected_switches, retention_flip_probability, switching_probability
from spinloop.emulator.physics.telegraph import probability_of_one, telegraph_rates
from spinloop.emulator.physics.tunnelling import (
    conductance_siemens,
    polarisation_product,
    tmr_at_bias,
    tmr_from_polarisation,
)

positive = st.floats(1e-3, 1e3)


def test_p1_julliere():
    assert tmr_from_polarisation(0.5, 0.5) == pytest.approx(2 / 3, rel=1e-12)
    assert polarisation_product(tmr_from_polarisation(0.655, 0.655)) == pytest.approx(0.655**2, rel=1e-12)


@given(positive, st.floats(0.0, 10.0))
def test_p2_conductance_not_resistance_is_linear_in_the_cosine(siemens, tmr):
    low, middle, high = conductance_siemens(np.array([np.pi, np.pi / 2, 0.0]), siemens, tmr)
    assert high == pytest.approx(siemens, rel=1e-12)
    assert 1 / low == pytest.approx((1 + tmr) / siemens, rel=1e-12)
    assert middle == pytest.approx((low + high) / 2, rel=1e-12)


def test_p2_number():
    assert 1 / conductance_siemens(np.pi / 2, 1 / 5e3, 1.5) == pytest.approx(1 / (0.5 / 5e3 + 0.5 / 12.5e3), rel=1e-12)


@given(st.floats(0.0, 10.0), st.floats(-2, 2), st.floats(0.1, 2))
def test_p3_tmr_halves_at_half_volts_and_is_even(tmr, volts, half):
    assert tmr_at_bias(tmr, half, half) == pytest.approx(tmr / 2, rel=1e-12)
    assert tmr_at_bias(tmr, volts, half) == tmr_at_bias(tmr, -volts, half) <= tmr


@given(st.floats(-1, 1), st.floats(0.1, 20), st.sampled_from([1.0, 2.0]))
def test_p7_stationary_mean(bias, barrier, exponent):
    up, down = telegraph_rates(bias, barrier, 1e9, exponent)
    mean = (up - down) / (up + down)
    assert mean == pytest.approx(np.tanh(exponent * barrier * bias), abs=1e-12)


@given(st.floats(1e3, 1e9), st.floats(1e3, 1e9), st.floats(1e-10, 1e-5), st.floats(1e-10, 1e-5))
def test_two_steps_are_one_longer_step(up, down, first, second):
    """Chapman-Kolmogorov: the transition probabilities are exact for any interval."""
    rates = np.float64(up), np.float64(down)
    zero_a, one_a = probability_of_one(*rates, first)
    zero_b, one_b = probability_of_one(*rates, second)
    zero, one = probability_of_one(*rates, first + second)
    assert zero_a * one_b + (1 - zero_a) * zero_b == pytest.approx(zero, abs=1e-12)
    assert one_a * one_b + (1 - one_a) * zero_b == pytest.approx(one, abs=1e-12)


def test_p11_number():
    by_hand = 1 - np.exp(-10 * np.exp(-4.0))
    assert switching_probability(0.9, 10e-9, 40.0, 1.0) == pytest.approx(by_hand, rel=1e-12)


@given(st.floats(0, 1), st.floats(1e-9, 1e-6), st.floats(1, 80), st.integers(1, 50))
def test_p11_trains_multiply_and_the_sign_does_not_matter(volts, width, barrier, count):
    one = switching_probability(volts, width, barrier, 0.5)
    train = -np.expm1(-count * expected_switches(volts, width, barrier, 0.5))
    assert train == pytest.approx(1 - (1 - one) ** count, rel=1e-9, abs=1e-12)
    assert one == switching_probability(-volts, width, barrier, 0.5)


def test_retention_ends_at_one_half_and_starts_linear():
    assert retention_flip_probability(1e30, 40.0) == 0.5
    seconds = 1e-3
    assert retention_flip_probability(seconds, 40.0) == pytest.approx(seconds / 1e-9 * np.exp(-40.0), rel=1e-9)
