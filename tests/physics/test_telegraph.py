"""P7, P8 and P23: rates of a telegraph device, from the textbook numbers and from the Fokker-Planck equation."""

import numpy as np
import pytest
from fokker_planck import FokkerPlanck, relaxation_rate
from hypothesis import given
from hypothesis import strategies as st
from spinloop.emulator.physics.telegraph import (
    dwell_seconds,
    high_barrier_rate,
    low_barrier_rate,
    probability_of_one,
    resonance_amplitude,
    resonance_barrier,
    stationary_mean,
    telegraph_rates,
)
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape


@given(st.floats(-1, 1), st.floats(0.1, 20), st.sampled_from([1.0, 1.5, 2.0]))
def test_p7_stationary_mean_is_that_of_the_rates(bias, barrier, exponent):
    up, down = telegraph_rates(bias, barrier, 1e9, exponent)
    assert stationary_mean(bias, barrier, exponent) == pytest.approx((up - down) / (up + down), abs=1e-12)


def test_p7_numbers():
    assert stationary_mean(0.15, 5.0, 1.0) == pytest.approx(np.tanh(0.75), rel=1e-12)
    assert stationary_mean(0.15, 5.0, 2.0) == pytest.approx(np.tanh(1.5), rel=1e-12)


@pytest.mark.parametrize(("barrier", "bias"), [(8.0, 0.1), (8.0, 0.2), (12.0, -0.1)])
def test_p7_exponent_two_is_the_axial_macrospin(barrier, bias):
    """Share of a Fokker-Planck equilibrium beyond its own saddle, within 2 % in the odds, curvatures apart.

    A tilted well is steeper or flatter than the level one by 1 + i and 1 - i; Boltzmann's integral over a well, not its
    depth alone, says how much is in it (Brown 1963). With that factor the exponent 2 holds.
    """
    grid = FokkerPlanck(barrier, bias)
    upper = grid.stationary()[grid.z > -bias].sum()
    odds = np.exp(2 * np.arctanh(stationary_mean(bias, barrier, 2.0))) * (1 - bias) / (1 + bias)
    assert np.log(upper / (1 - upper)) / np.log(odds) == pytest.approx(1.0, abs=0.02)


def test_p7_dwell_times_are_the_inverse_rates():
    up, down = telegraph_rates(0.2, 5.0, 1e9)
    first, second = dwell_seconds(up, down)
    assert first == pytest.approx(1e-9 * np.exp(5.0 * 0.8), rel=1e-12)
    assert second / (first + second) == pytest.approx(0.5 + 0.5 * stationary_mean(0.2, 5.0), rel=1e-12)
    start_in_1 = probability_of_one(up, down, 1e-15)[1]
    assert (1 - start_in_1) / 1e-15 * second == pytest.approx(1.0, rel=1e-2)


TABLE = {2: 0.2019, 3: 0.07857, 4: 0.03246, 5: 0.01354, 6: 0.005602, 8: 0.000920, 10: 0.000144}


@pytest.mark.parametrize("barrier", TABLE)
def test_p8_table(barrier):
    digits = {8: 1e-3, 10: 4e-3}.get(barrier, 5e-4)
    assert low_barrier_rate(barrier, 0.01) == pytest.approx(0.01 * TABLE[barrier], rel=digits)


@pytest.mark.parametrize("barrier", [0.3, 3.0, 6.0, 10.0])
@pytest.mark.parametrize("bias", [0.0, 0.25, 0.5])
@pytest.mark.parametrize("damping", [0.005, 0.02, 0.1])
def test_p8_agrees_with_an_independent_fokker_planck_solution(barrier, bias, damping):
    assert low_barrier_rate(barrier, damping, bias) == pytest.approx(damping * relaxation_rate(barrier, bias), rel=1e-5)
    assert low_barrier_rate(barrier, damping, -bias) == pytest.approx(
        damping * relaxation_rate(barrier, bias), rel=1e-5
    )


def test_p8_without_a_barrier_it_is_free_diffusion():
    """Delta to 0: l (l + 1) / (2 Delta) of l = 1."""
    assert low_barrier_rate(1e-4, 1.0) == pytest.approx(1e4, rel=1e-4)


def test_p8_dwell_times_of_the_example_device():
    """alpha 0.01, Hk 2e5 A/m: 139, 334 and 807 ns at Delta 4, 5 and 6."""
    tau = (1 + 0.01**2) / (2.213e5 * 2e5)
    dwell = 2 * tau / low_barrier_rate([4.0, 5.0, 6.0], 0.01)
    assert dwell == pytest.approx([139e-9, 334e-9, 807e-9], rel=5e-3)


def test_p8_browns_asymptote_is_off_where_devices_work_and_right_in_the_end():
    off = high_barrier_rate([4.0, 5.0, 6.0, 20.0], 0.01) / low_barrier_rate([4.0, 5.0, 6.0, 20.0], 0.01)
    assert off == pytest.approx([1.27, 1.26, 1.22, 1.055], abs=6e-3)


def test_p23_number_and_limits():
    assert resonance_amplitude(0.04, 1e6, 5.0, 1e9) == pytest.approx(0.181, abs=5e-4)
    assert resonance_amplitude(0.04, 1e-3, 5.0, 1e9) == pytest.approx(0.2, rel=1e-9)
    relaxation = 2e9 * np.exp(-5.0)
    corner = resonance_amplitude(0.04, relaxation / (2 * np.pi), 5.0, 1e9)
    assert corner == pytest.approx(0.2 / np.sqrt(2), rel=1e-12)


def test_p23_is_the_linear_response_of_the_master_equation():
    """Integrate dp/dt = up (1 - p) - down p under a weak sine, and read the amplitude off the last period."""
    barrier, drive, hertz, attempt = 4.0, 1e-3, 3e6, 1e9
    steps, periods, p = 4000, 12, 0.5
    dt = 1 / (hertz * steps)
    phase = 2 * np.pi * (np.arange(steps) + 0.5) / steps
    up, down = telegraph_rates(drive * np.sin(phase), barrier, attempt)
    kept = np.empty(steps)
    for _ in range(periods):
        for k in range(steps):
            stationary = up[k] / (up[k] + down[k])
            p = stationary + (p - stationary) * np.exp(-(up[k] + down[k]) * dt)
            kept[k] = 2 * p - 1
    amplitude = 2 * abs(np.mean(kept * np.exp(1j * (phase + np.pi / steps))))
    assert resonance_amplitude(drive, hertz, barrier, attempt) == pytest.approx(amplitude, rel=1e-3)


@given(st.floats(1e3, 5e7))
def test_p23_optimum_is_a_maximum_near_matched_times(hertz):
    best = float(resonance_barrier(hertz, 1e9))
    at_best = resonance_amplitude(0.01, hertz, best, 1e9)
    around = resonance_amplitude(0.01, hertz, best * np.linspace(0.7, 1.4, 71), 1e9)
    assert (around <= at_best * (1 + 1e-12)).all()
    matched = 2e9 * np.exp(-best) / (2 * np.pi * hertz)
    assert matched == pytest.approx(np.sqrt(best - 1), rel=1e-6)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: low_barrier_rate(-1.0, 0.01), BadParameter),
        (lambda: low_barrier_rate(25.0, 0.01), BadParameter),
        (lambda: low_barrier_rate(5.0, 0.0), BadParameter),
        (lambda: low_barrier_rate(np.nan, 0.01), NotFinite),
        (lambda: low_barrier_rate([4.0, 5.0], [0.01, 0.02, 0.03]), WrongShape),
        (lambda: stationary_mean(1.1, 5.0), BadParameter),
        (lambda: dwell_seconds(0.0, 1.0), BadParameter),
        (lambda: resonance_amplitude(0.1, -1.0, 5.0, 1e9), BadParameter),
        (lambda: resonance_barrier(1e9, 1e9), BadParameter),
    ],
)
def test_bad_input_is_refused_by_name(call, error):
    with pytest.raises(error):
        call()


def test_no_devices_at_all():
    assert low_barrier_rate(np.zeros(0) + 5.0, 0.01).shape == (0,)
