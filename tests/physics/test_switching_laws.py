"""Laws P4, P5, P6, P9, P10, P12 and P21 by their numbers, their limits and each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants
from scipy.integrate import quad
from spinloop.emulator.physics import critical_currents, stability, switching, write_error
from spinloop.protocols.errors import BadParameter, NotFinite

MS, HK = 1.2 / constants.mu_0, 2e5
VOLUME = np.pi * (20e-9) ** 2 * 1e-9
YEAR = 365.25 * 86400.0


def test_p4_barrier():
    barrier = stability.barrier_kt(MS, HK, VOLUME)
    assert barrier * constants.k * 300 == pytest.approx(0.5 * 1.2 * HK * VOLUME, rel=1e-9)
    assert barrier * constants.k * 300 == pytest.approx(1.508e-19, rel=1e-3)
    assert barrier == pytest.approx(36.4, abs=0.05)


@given(st.floats(0.1, 10.0), st.floats(4.0, 400.0))
def test_p4_scales_as_volume_and_inverse_temperature(factor, kelvins):
    barrier = stability.barrier_kt(MS, HK, VOLUME)
    assert stability.barrier_kt(MS, HK, factor * VOLUME, kelvins) == pytest.approx(
        barrier * factor * 300 / kelvins, 1e-9
    )
    density = stability.density_for_barrier_joules_per_cubic_metre(barrier, VOLUME)
    assert density == pytest.approx(stability.anisotropy_joules_per_cubic_metre(MS, HK), rel=1e-9)
    small = stability.cylinder_volume_cubic_metres(10e-9, 1e-9)
    assert stability.density_for_barrier_joules_per_cubic_metre(60.0, small) == pytest.approx(3.16e6, rel=2e-3)


def test_p5_retention():
    assert stability.retention_seconds(40.0) / YEAR == pytest.approx(7.46, abs=0.005)
    assert stability.barrier_for_retention_kt(10 * YEAR) == pytest.approx(40.3, abs=0.05)
    barriers = np.linspace(0.5, 80, 9)
    times = stability.retention_seconds(barriers, 2e-10)
    assert stability.barrier_for_retention_kt(times, 2e-10) == pytest.approx(barriers, rel=1e-9)


def test_p6_both_forms_of_the_critical_current():
    current = critical_currents.spin_transfer_critical_amps(0.01, 0.6, MS, VOLUME, HK)
    assert current == pytest.approx(15.3e-6, rel=5e-3)
    barrier = stability.barrier_kt(MS, HK, VOLUME, 350.0)
    same = critical_currents.spin_transfer_critical_amps_of_barrier(0.01, 0.6, barrier, 350.0)
    assert same == pytest.approx(current, rel=1e-9)


def test_p21_number():
    density = critical_currents.spin_orbit_critical_amps_per_square_metre(0.3, MS, 1e-9, HK, 2e4)
    assert density == pytest.approx(1.04e12, rel=5e-3)


def test_voltage_that_cancels_the_anisotropy():
    assert critical_currents.voltage_critical_volts(HK, -1e5) == pytest.approx(2.0)


@pytest.mark.parametrize("i", [1.1, 1.5, 2.0, 5.0])
def test_p9_angle_is_that_of_the_exact_orbit(i):
    """Time along dz/dx = -(1 - z^2)(i - z) from a small angle to the equator, by quadrature in u = atanh z."""
    start = 1e-5
    time, _ = quad(lambda u: 1 / (i - np.tanh(u)), 0.0, np.arctanh(np.cos(start)), epsabs=1e-10)
    assert write_error.linear_angle(i) / start == pytest.approx(np.exp((i - 1) * time), rel=1e-3)


def test_p9_numbers():
    x = np.array([2.0, 3.0, 4.0, 5.0, 6.0])
    rates = write_error.write_error_rate(2.0, 40.0, x)
    assert rates == pytest.approx([0.444, 0.0758, 0.0106, 0.00144, 0.00020], rel=0.03)
    usual = -np.expm1(-(np.pi**2 / 4) * 40.0 / (2 * np.exp(2 * x) - 1))
    assert usual[-1] / rates[-1] == pytest.approx(1.56, abs=0.01)


@given(st.floats(1.05, 5.0), st.floats(10.0, 80.0), st.floats(1e-12, 0.5))
def test_p9_inverse(i, barrier, rate):
    x = write_error.damping_times_for_error(i, barrier, rate)
    assert write_error.write_error_rate(i, barrier, x) == pytest.approx(rate, rel=1e-6)


def test_p10_numbers():
    tau = write_error.damping_seconds(0.01, HK)
    assert tau == pytest.approx(2.26e-9, rel=0.005)
    barrier = stability.barrier_kt(MS, HK, VOLUME)
    assert write_error.switching_seconds(2.0, barrier, tau) == pytest.approx(5.08e-9, rel=0.005)
    assert write_error.switching_seconds(3.0, barrier, tau) == pytest.approx(2.54e-9, rel=0.005)


@given(st.floats(20.0, 80.0), st.floats(0.2, 2.0), st.floats(0.01, 0.99))
def test_p12_is_the_inverse_of_p11(barrier, critical, probability):
    widths = -np.log1p(-probability) * 1e-9 * np.exp(np.linspace(0.1, 0.9, 5) * barrier)
    volts = switching.voltage_for_width(widths, barrier, critical, probability)
    assert switching.switching_probability(volts, widths, barrier, critical) == pytest.approx(probability, rel=1e-6)
    assert switching.barrier_from_voltages(widths, volts, probability) == pytest.approx((barrier, critical), rel=1e-6)


def test_p12_fit_recovers_the_barrier_from_counted_switches():
    """400 pulses at each voltage, the median voltage by interpolation: Delta to 3 %. Seed 12.

    The error of a median is about 0.6 of the curve's width over sqrt(400), here 0.4 % of Delta: seven deviations.
    """
    rng = np.random.default_rng(12)
    barrier, critical, widths = 40.0, 0.8, np.logspace(-8, -3, 11)
    medians = []
    for width in widths:
        volts = np.linspace(0.4, 0.85, 91)
        chance = switching.switching_probability(volts, width, barrier, critical)
        counted = np.maximum.accumulate(rng.binomial(400, chance) / 400)
        medians.append(np.interp(0.5, counted, volts))
    assert switching.barrier_from_voltages(widths, medians) == pytest.approx((barrier, critical), rel=0.03)


@pytest.mark.parametrize(
    "call",
    [
        lambda: stability.barrier_kt(MS, HK, -1e-24),
        lambda: stability.barrier_kt(MS, -HK, VOLUME),
        lambda: stability.retention_seconds(0.0),
        lambda: stability.barrier_for_retention_kt(1e-12),
        lambda: critical_currents.spin_transfer_critical_amps(0.0, 0.6, MS, VOLUME, HK),
        lambda: critical_currents.spin_transfer_critical_amps(0.01, 1.1, MS, VOLUME, HK),
        lambda: critical_currents.spin_orbit_critical_amps_per_square_metre(0.3, MS, 1e-9, HK, 0.6 * HK),
        lambda: critical_currents.voltage_critical_volts(HK, 0.0),
        lambda: write_error.write_error_rate(1.0, 40.0, 1.0),
        lambda: write_error.damping_times_for_error(2.0, 40.0, 0.0),
        lambda: switching.switching_probability(0.5, 1e-8, -40.0, 1.0),
        lambda: switching.voltage_for_width(1e-12, 40.0, 1.0),
        lambda: switching.barrier_from_voltages([1e-8, 1e-8], [0.5, 0.5]),
        lambda: switching.barrier_from_voltages([1e-8, 1e-7], [0.5, 0.6]),
    ],
)
def test_what_has_no_meaning_is_refused(call):
    with pytest.raises(BadParameter):
        call()


def test_not_a_number_is_refused():
    with pytest.raises(NotFinite):
        stability.barrier_kt(MS, [HK, np.nan], VOLUME)
    with pytest.raises(NotFinite):
        switching.switching_probability(np.nan, 1e-8, 40.0, 1.0)
