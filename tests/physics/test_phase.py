"""P20: locking of one, two and many phases, against solutions of their equations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from spinloop.emulator.physics import phase
from spinloop.emulator.physics.oscillator import OscillatorLaw, generation_radians_per_second, nonlinearity
from spinloop.emulator.physics.oscillator_motion import Kick, move
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape


@given(st.floats(-5, 5), st.floats(0.01, 4))
def test_adler_slip_is_the_inverse_of_the_time_for_one_turn(detuning, reach):
    """A turn takes the integral of dphi / (d - L sin phi), summed here over the circle."""
    beat = phase.beat_radians_per_second(detuning, reach)
    if abs(detuning) <= reach:
        assert beat == 0.0
    elif abs(detuning) > 1.1 * reach:
        turn = np.mean(1 / (detuning - reach * np.sin(2 * np.pi * np.arange(512) / 512)))
        assert beat == pytest.approx(1 / turn, rel=1e-9)


def test_adler_locked_phase_and_time_are_those_of_the_equation():
    d, reach = 0.6, 1.0
    at = phase.locked_phase_radians(d, reach)
    run = solve_ivp(lambda _, p: d - reach * np.sin(p), (0, 9), [at + 1e-4], rtol=1e-10, atol=1e-14, t_eval=[2, 4])
    left = run.y[0] - at
    assert 2 / np.log(left[0] / left[1]) == pytest.approx(phase.locking_seconds(d, reach), rel=1e-3)


@pytest.mark.parametrize(("shift", "aimed"), [(0.0, 0.0), (-4e8, 1.0), (-4e8, 0.0)])
def test_p20_two_auto_oscillators_lock_within_the_law(shift, aimed):
    """The full equations of both oscillators slip 5 % outside the range and do not 5 % inside."""
    damping, q, zeta, k = 1e8, 1.5, 2.0, 2e6
    middle = OscillatorLaw(0.0, shift, damping, q)
    nu = float(nonlinearity(middle, zeta))
    b = aimed * np.arctan(nu)
    edge = float(phase.mutual_locking_radians_per_second(k, nu, b))
    w = float(generation_radians_per_second(middle, zeta))
    matrix = k * np.exp(1j * b) * np.array([[0, 1], [1, 0]])
    for part, locks in ((0.95, True), (1.05, False)):
        law = OscillatorLaw(np.array([-w - part * edge / 2, -w + part * edge / 2]), shift, damping, q)
        run = move(np.full(2, np.sqrt(2 / 7)), law, zeta, 5e-10, 20000, Kick(coupling_per_second=matrix))
        slip = np.unwrap(np.angle(run[:, 0] / run[:, 1]))[4000:]
        assert (np.ptp(slip) < 1.0) == locks, part
        assert locks or np.ptp(slip) > 2 * np.pi


def test_p20_onset():
    assert phase.critical_coupling_radians_per_second(1 / (np.pi * 3.0)) == pytest.approx(6.0, rel=1e-12)


@given(st.floats(0.2, 5.0), st.floats(0.1, 10.0))
def test_p20_order_of_a_lorentzian_population(gamma, ratio):
    """Kuramoto's closed form r = sqrt(1 - Kc/K), Kc = 2 gamma."""
    k = 2 * gamma * ratio
    r = phase.stationary_order(k, lambda w: gamma / np.pi / (w * w + gamma * gamma))
    assert r == pytest.approx(np.sqrt(max(1 - 1 / ratio, 0.0)), abs=1e-6)


@pytest.mark.parametrize("ratio", [0.6, 1.5, 3.0])
def test_p20_a_population_orders_above_the_onset_only(ratio):
    """2000 phases with the quantiles of a Lorentzian; below the onset r is of order N^-1/2, far under 0.15."""
    n, gamma = 2000, 1.0
    w = gamma * np.tan(np.pi * ((np.arange(n) + 0.5) / n - 0.5))
    kept = np.clip(w, -20.0, 20.0)  # the farthest 3 % only set the step, and drift either way
    start = np.random.default_rng(20).uniform(0, 2 * np.pi, n)
    k, r = 2 * gamma * ratio, []
    phases = phase.kuramoto_steps(start, kept, k, 0.007, 2000)
    for _ in range(20):
        phases = phase.kuramoto_steps(phases, kept, k, 0.007, 25)
        r.append(abs(phase.order_parameter(phases)))
    if ratio < 1:
        assert np.mean(r) < 0.15
    else:
        assert np.mean(r) == pytest.approx(np.sqrt(1 - 1 / ratio), rel=0.05)


def test_kuramoto_steps_solve_the_equation_with_fourth_order():
    w, start = np.array([-1.0, 0.2, 0.9, 2.0]), np.array([0.0, 1.0, 2.5, 4.0])

    def slope(_, p):
        return w + 1.3 / 4 * np.sin(p[None, :] - p[:, None]).sum(axis=1)

    exact = solve_ivp(slope, (0, 4), start, "DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
    errors = [np.abs(phase.kuramoto_steps(start, w, 1.3, 4 / n, n) - exact).max() for n in (80, 160)]
    assert errors[0] < 1e-5
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.2)


def test_kuramoto_conserves_the_mean_frequency():
    w, start = np.array([-1.0, 0.2, 0.9]), np.array([0.0, 1.0, 2.5])
    end = phase.kuramoto_steps(start, w, 0.7, 0.05, 40)
    assert (end - start).mean() == pytest.approx(2.0 * w.mean(), abs=1e-12)


def test_nobody_and_one():
    assert phase.kuramoto_steps([], [], 1.0, 0.1, 3).shape == (0,)
    assert phase.order_parameter([]) == 0.0
    assert phase.kuramoto_steps([0.5], [1.0], 1.0, 0.1, 10) == pytest.approx([1.5])


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: phase.locked_phase_radians(2.0, 1.0), BadParameter),
        (lambda: phase.locking_seconds(1.0, 1.0), BadParameter),
        (lambda: phase.beat_radians_per_second(np.nan, 1.0), NotFinite),
        (lambda: phase.kuramoto_steps([0.0], [1.0], 1.0, 1.0, 1), BadParameter),
        (lambda: phase.kuramoto_steps(np.zeros(2), np.zeros(3), 1.0, 0.1, 1), WrongShape),
    ],
)
def test_bad_input_is_refused(act, error):
    with pytest.raises(error):
        act()
