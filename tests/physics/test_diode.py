"""P13 to P16: resonance, width, line shape and its fit, and rectification against the equation of motion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from spinloop.emulator.physics import diode, st_fmr
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape

GAMMA0 = 2.213e5


def test_p13_numbers():
    assert diode.kittel_perpendicular_hertz(0.0, 2e5) == pytest.approx(GAMMA0 * 2e5 / 2 / np.pi, rel=1e-3)
    assert diode.kittel_perpendicular_hertz(0.0, 2e5) == pytest.approx(7.04e9, rel=1e-3)
    assert diode.kittel_in_plane_hertz(0.05, 1.0) == pytest.approx(6.42e9, rel=1e-3)


def test_p13_in_plane_frequency_is_that_of_the_linearised_equation_of_motion():
    """m along x, shape field -Meff mz z: the 2 x 2 matrix of small motion has the eigenvalues +- i w."""
    b, m = 0.08, 0.7
    gamma = diode.GAMMA_RADIANS_PER_SECOND_TESLA
    matrix = gamma * np.array([[0.0, -(b + m)], [b, 0.0]])
    w = np.abs(np.linalg.eigvals(matrix).imag).max()
    assert diode.kittel_in_plane_hertz(b, m) == pytest.approx(w / 2 / np.pi, rel=1e-12)


@given(st.floats(1e-6, 10.0), st.floats(0.0, 3.0))
def test_p13_the_resonance_field_is_the_inverse(field, effective):
    there = diode.kittel_in_plane_hertz(field, effective)
    assert diode.resonance_field_teslas(there, effective) == pytest.approx(field, rel=1e-9)


def test_p14_number():
    assert diode.half_width_teslas(6.42e9, 0.01) == pytest.approx(2.29e-3, rel=2e-3)
    assert diode.half_width_teslas(0.0, 0.01, 1e-3) == 1e-3


def test_p14_half_width_is_that_of_the_susceptibility():
    """Absorption of the linearised, damped in-plane layer against field, at fixed frequency."""
    f, m, alpha = 6.42e9, 1.0, 0.01
    gamma, w = diode.GAMMA_RADIANS_PER_SECOND_TESLA, 2 * np.pi * 6.42e9
    b = np.linspace(0.03, 0.07, 40001)
    x, y = gamma * (b + m) - 1j * w * alpha, gamma * b - 1j * w * alpha
    absorbed = (x / (x * y - w * w)).imag
    inside = b[absorbed > absorbed.max() / 2]
    assert np.ptp(inside) / 2 == pytest.approx(diode.half_width_teslas(f, alpha), rel=0.02)


@pytest.mark.parametrize("truth", [(3e-6, -2e-6, 0.05, 3e-3), (-1e-6, 4e-6, 0.07, 6e-3), (5e-6, 0.0, 0.04, 1e-3)])
def test_p15_the_fit_returns_what_made_the_sweep(truth):
    """Noise of 0.2 % of the line over 801 points: 1 % of each input is more than 10 s.d., false alarm below 1e-20."""
    print("seed 15")
    field = np.linspace(0.02, 0.1, 801)
    noise = np.random.default_rng(15).normal(size=801) * 0.002 * max(abs(truth[0]), abs(truth[1]))
    fit = st_fmr.fit_line(field, st_fmr.line_volts(field, *truth) + 1e-6 + noise)
    size = max(abs(truth[0]), abs(truth[1]))
    assert fit.symmetric_volts == pytest.approx(truth[0], rel=0.01, abs=0.01 * size)
    assert fit.antisymmetric_volts == pytest.approx(truth[1], rel=0.01, abs=0.01 * size)
    assert fit.centre == pytest.approx(truth[2], rel=0.01)
    assert fit.half_width == pytest.approx(truth[3], rel=0.01)
    assert fit.offset_volts == pytest.approx(1e-6, rel=0.02)


def test_p15_the_stated_uncertainties_are_those_of_the_estimates():
    """200 sweeps: the mean square pull is 1 +- 0.1 (1 s.d.) each of five; 0.65 has odds of 1e-7 (chi-squared)."""
    print("seed 16")
    rng, truth = np.random.default_rng(16), (3.0, -2.0, 1.0, 20.0)
    field = np.linspace(-150.0, 150.0, 201)
    clean = st_fmr.line_volts(field, *truth)
    pulls = []
    for _ in range(200):
        fit = st_fmr.fit_line(field, clean + 0.05 * rng.normal(size=201))
        found = (fit.symmetric_volts, fit.antisymmetric_volts, fit.centre, fit.half_width, fit.offset_volts)
        pulls.append((np.array(found) - (*truth, 0.0)) / fit.uncertainty)
    assert np.mean(np.square(pulls), axis=0) == pytest.approx(np.ones(5), abs=0.65)


def test_p15_spin_hall_angle_is_the_ratio_of_spin_torque_to_oersted_torque():
    """S/A = [hbar Js / (2 e mu0 Ms t)] / [(Jc d / 2) sqrt(1 + Meff/H0)], inverted by hand (Liu et al. 2011)."""
    theta, ms, t, d, ratio = 0.07, 0.8, 4e-9, 6e-9, 9.0
    jc, mu0, qe, hb = 1e11, 4e-7 * np.pi, 1.602176634e-19, 1.054571817e-34
    damping_like = hb * theta * jc / (2 * qe * ms * t)  # A/m
    oersted = jc * d / 2 * np.sqrt(1 + ratio)
    assert mu0 > 0
    assert st_fmr.spin_hall_angle(damping_like, oersted, ms, t, d, ratio) == pytest.approx(theta, rel=1e-6)


def averaged_volts(rf_amps, frequency, k_field, alpha, torque, product, ohms):
    """The Landau-Lifshitz-Gilbert equation of the junction, and the mean of V over a steady period."""
    w = 2 * np.pi * frequency

    def slope(t, m):
        h = np.array([0.0, 0.0, k_field * m[2]])
        x = np.array([1.0, 0.0, 0.0])
        drive = torque * rf_amps * np.cos(w * t)
        f = -GAMMA0 * np.cross(m, h) - drive * np.cross(m, np.cross(m, x))
        return (f + alpha * np.cross(m, f)) / (1 + alpha**2)

    periods = int(8 / (2 * np.pi * alpha)) + 1
    end, n = periods / frequency, 400
    times = end + np.arange(n) / n / frequency
    run = solve_ivp(slope, (0, times[-1]), [1e-3, 0, 1.0], "DOP853", times, rtol=1e-8, atol=1e-10)
    return np.mean(rf_amps * np.cos(w * times) * ohms / (1 + product * run.y[0]))


@pytest.mark.parametrize("off", [0.98, 1.0, 1.03])
def test_p16_rectification_is_that_of_the_equation_of_motion(off):
    alpha, k_field, torque, product, ohms, amps = 0.03, 5e4, 2.9e13, 0.43, 1e3, 1e-6
    resonance = GAMMA0 * k_field / 2 / np.pi
    amplitude = diode.precession_amplitude(amps, off * resonance, resonance, alpha, torque)
    law = diode.diode_volts(amps, amplitude, ohms, product)
    assert law == pytest.approx(averaged_volts(amps, off * resonance, k_field, alpha, torque, product, ohms), rel=0.05)


def test_p16_sensitivity_has_the_order_of_the_field():
    """1 V/W is 1 mV/mW. Junctions of 70 nm x 160 nm give hundreds; more than 10 000 is predicted of small soft ones."""
    large = diode.torque_per_second_amp(0.5, 1.2, np.pi / 4 * 70e-9 * 160e-9 * 1.6e-9)
    assert 50 < diode.sensitivity_volts_per_watt(2.5e9, 0.02, large, 0.3 / 2.3) < 5000
    small = diode.torque_per_second_amp(0.6, 1.2, np.pi * (20e-9) ** 2 * 1e-9)
    assert 1e4 < diode.sensitivity_volts_per_watt(1e9, 0.01, small, 1.5 / 3.5) < 1e6


def test_p16_voltage_is_linear_in_power_below_saturation_and_grows_faster_near_it():
    torque, product, power = 2.9e13, 1.5 / 3.5, np.array([1e-14, 1e-12, 1e-9])
    amps = np.sqrt(2 * power / 1e3)
    volts = diode.diode_volts(amps, diode.precession_amplitude(amps, 0.6e9, 0.6e9, 0.01, torque), 1e3, product)
    sensitivity = diode.sensitivity_volts_per_watt(0.6e9, 0.01, torque, product)
    assert -volts[:2] / power[:2] == pytest.approx(np.full(2, sensitivity), rel=1e-4)
    assert -volts[2] / power[2] > 1.01 * sensitivity


@given(st.floats(0.0, 0.99), st.floats(-3.1, 3.1))
def test_p16_large_swings_average_exactly(size, angle):
    amplitude = size * np.exp(1j * angle)
    t = 2 * np.pi * np.arange(4096) / 4096
    swing = amplitude.real * np.cos(t) + amplitude.imag * np.sin(t)
    by_sum = np.mean(2.0 * np.cos(t) * 50.0 / (1 + 0.9 * swing))
    assert diode.diode_volts(2.0, np.array(amplitude), 50.0, 0.9) == pytest.approx(by_sum, abs=1e-9)


def test_rectified_volts():
    t = 2 * np.pi * np.arange(64) / 64
    mean = np.mean(1e-3 * np.cos(t) * 10 * np.cos(t + 0.7))
    assert diode.rectified_volts(1e-3, 10.0, 0.7) == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: diode.kittel_in_plane_hertz(-0.1, 1.0), BadParameter),
        (lambda: diode.kittel_perpendicular_hertz(-3e5, 2e5), BadParameter),
        (lambda: diode.half_width_teslas(1e9, 0.0), BadParameter),
        (lambda: diode.precession_amplitude(1.0, 1e9, 1e9, 0.01, 2.9e13), BadParameter),
        (lambda: diode.torque_per_second_amp(0.5, 1.0, -1e-24), BadParameter),
        (lambda: st_fmr.line_volts(np.nan, 1, 1, 0, 1), NotFinite),
        (lambda: st_fmr.fit_line(np.arange(5.0), np.arange(5.0)), WrongShape),
        (lambda: st_fmr.fit_line(np.arange(9.0), np.ones(9)), BadParameter),
        (lambda: st_fmr.spin_hall_angle(1.0, 0.0, 1.0, 1e-9, 1e-9, 1.0), BadParameter),
    ],
)
def test_bad_input_is_refused(act, error):
    with pytest.raises(error):
        act()


def test_no_points_are_no_points():
    assert diode.kittel_in_plane_hertz([], 1.0).shape == (0,)
    assert st_fmr.line_volts([], 1.0, 1.0, 0.0, 1.0).shape == (0,)
