"""P17, P18, P19: the auto-oscillator against closed forms, an ordinary differential equation solver, and statistics."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from spinloop.emulator.physics.oscillator import (
    OscillatorLaw,
    exact_injection_range_radians_per_second,
    free_flow,
    generation_radians_per_second,
    injection_half_range_radians_per_second,
    linewidth_radians_per_second,
    nonlinearity,
    power_relaxation_per_second,
    stationary_power,
    supercriticality,
    thermal_noise_per_second,
)
from spinloop.emulator.physics.oscillator_ensemble import advance_ensemble, seed_words
from spinloop.emulator.physics.oscillator_motion import Kick, move
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape

G = 1e8
LAW = OscillatorLaw(2e8, -6e8, G, 1.5)


def solved(law, zeta, start, times, drive=lambda t: 0.0):
    """The defining equation, integrated by an eighth-order method to 1e-12."""

    def slope(t, y):
        c = y[0] + 1j * y[1]
        p = abs(c) ** 2
        gain = law.damping_per_second * (zeta * (1 - p) - 1 - law.nonlinear_damping * p)
        d = (gain - 1j * (law.frequency_radians_per_second + law.nonlinear_radians_per_second * p)) * c + drive(t)
        return [d.real, d.imag]

    run = solve_ivp(slope, (0, times[-1]), [start.real, start.imag], "DOP853", times, rtol=1e-12, atol=1e-14)
    return run.y[0] + 1j * run.y[1]


def test_p17_threshold_power_and_frequency():
    assert supercriticality(2e-3, 1e-3) == 2.0
    assert stationary_power([0.0, 0.5, 1.0], 1.5).tolist() == [0.0, 0.0, 0.0]
    assert stationary_power(2.0, 1.5) == pytest.approx(1 / 3.5, rel=1e-12)
    end = free_flow(0.01, LAW, 2.0, np.array([2e-6, 2e-6 + 1e-10]))
    assert np.abs(end) ** 2 == pytest.approx(1 / 3.5, rel=1e-10)
    turned = -np.angle(end[1] / end[0]) / 1e-10
    assert turned == pytest.approx(generation_radians_per_second(LAW, 2.0), rel=1e-5)
    assert abs(free_flow(0.5, LAW, 0.9, 1e-5)) < 1e-20


@pytest.mark.parametrize("zeta", [0.0, 0.5, 1.0, 1.0 + 1e-9, 2.0, 8.0])
@pytest.mark.parametrize("q", [0.0, 1.5])
def test_p17_free_motion_is_the_solution_of_the_equation(zeta, q):
    law = OscillatorLaw(2e8, -6e8, G, q)
    times = np.array([0.0, 3e-9, 2e-8, 6e-8])
    start = 0.3 - 0.4j
    assert free_flow(start, law, zeta, times) == pytest.approx(solved(law, zeta, start, times), abs=1e-9)


def test_p17_free_motion_does_not_depend_on_the_step():
    whole = move(0.2 + 0.1j, LAW, 2.0, 5e-8, 1)[-1]
    parts = move(0.2 + 0.1j, LAW, 2.0, 1e-9, 50)[-1]
    assert parts == pytest.approx(whole, abs=1e-12)


def test_power_fluctuations_relax_with_twice_gamma_p():
    p0 = stationary_power(2.0, 1.5)
    rate = power_relaxation_per_second(LAW, 2.0)
    flow = free_flow(np.sqrt(p0 + 1e-6), LAW, 2.0, np.array([1e-9, 3e-9]))
    left = np.abs(flow) ** 2 - p0
    assert np.log(left[0] / left[1]) / 2e-9 == pytest.approx(2 * rate, rel=1e-4)


def test_driven_motion_converges_with_second_order():
    drive, w, end = 2e7, 1.3e8, 1e-7
    exact = solved(LAW, 2.0, 0.5 + 0j, np.array([0.0, end]), lambda t: drive * np.exp(-1j * w * t))[-1]
    kick = Kick(drive_per_second=drive, drive_radians_per_second=w)
    errors = [abs(move(0.5, LAW, 2.0, end / n, n, kick)[-1, 0] - exact) for n in (1000, 2000, 4000)]
    assert errors[2] < 1e-4
    for coarse, fine in pairwise(errors):
        assert coarse / fine == pytest.approx(4.0, rel=0.1)


def test_below_threshold_the_answer_to_a_tone_is_the_linear_resonance():
    law = OscillatorLaw(0.0, 0.0, G, 0.0)
    drive, w = 1e3, 3e7  # so weak that the power stays below 1e-9
    run = move(0.0, law, 0.5, 2e-10, 4000, Kick(drive_per_second=drive, drive_radians_per_second=w))
    expected = drive / (0.5 * G - 1j * w) * np.exp(-1j * w * 8e-7)
    assert run[-1, 0] == pytest.approx(expected, rel=1e-4)


def test_coupled_motion_converges_to_the_solution_of_the_equation():
    coupling = np.array([[0.0, 3e7 * np.exp(0.4j)], [2e7, 0.0]])
    law = OscillatorLaw(np.array([1e8, 1.2e8]), -3e8, G, 1.5)
    start = np.array([0.5, 0.3j])

    def slope(_, y):
        c = y[:2] + 1j * y[2:]
        p = np.abs(c) ** 2
        d = (G * (2 * (1 - p) - 1 - 1.5 * p) - 1j * (law.frequency_radians_per_second - 3e8 * p)) * c + coupling @ c
        return np.concatenate([d.real, d.imag])

    y = solve_ivp(slope, (0, 5e-8), [0.5, 0, 0, 0.3], "DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
    kick = Kick(coupling_per_second=coupling)
    errors = [np.abs(move(start, law, 2.0, 5e-8 / n, n, kick)[-1] - (y[:2] + 1j * y[2:])).max() for n in (200, 400)]
    assert errors[1] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.15)


def test_delayed_feedback_settles_where_gain_and_loss_balance():
    """A stationary state c = sqrt(p) exp(-i w t) has a - b p + Re(k e^{i w T}) = 0, w = w0 + N p - Im(k e^{i w T})."""
    law = OscillatorLaw(0.0, -1e8, G, 1.5)
    k, delay = 1e7 * np.exp(0.3j), 4e-9
    run = move(0.5, law, 2.0, 1e-10, 8000, Kick(feedback_per_second=k, feedback_delay_seconds=delay))[:, 0]
    p = np.abs(run[-1]) ** 2
    w = -np.angle(run[-1] / run[-2]) / 1e-10
    pull = k * np.exp(1j * w * delay)
    assert G * 1.0 - G * 3.5 * p + pull.real == pytest.approx(0.0, abs=1e-4 * G)
    assert w == pytest.approx(-1e8 * p - pull.imag, abs=1e-4 * G)


def test_p18_linewidth_of_an_ensemble():
    """Phase diffusion: 16384 oscillators give the width within sqrt(6/n) = 1.9 % (1 s.d.); 10 % is 5.2 s.d., 2e-7."""
    seed, n, zeta = 20261, 16384, 2.0
    print(f"seed {seed}")
    law = OscillatorLaw(0.0, -6e8, G, 1.5, noise_per_second=2e4)
    assert nonlinearity(law, zeta) == pytest.approx(-6 / 3.5, rel=1e-12)
    w = float(generation_radians_per_second(law, zeta))
    words = seed_words(seed, "linewidth", np.arange(n))
    law = OscillatorLaw(-w, -6e8, G, 1.5, noise_per_second=2e4)
    step, rate = 2e-10, float(power_relaxation_per_second(law, zeta))
    look = int(10 / rate / step)  # power is forgotten after ten of its relaxation times
    c0 = advance_ensemble(np.full(n, np.sqrt(2 / 7), complex), words, law, zeta, step, look)
    c1 = advance_ensemble(c0, words, law, zeta, step, look)
    c2 = advance_ensemble(c1, words, law, zeta, step, look)
    first, second = np.angle(c1 / c0), np.angle(c2 / c0)
    assert np.abs(second).max() < 3.0  # no phase wrapped
    width = (second.var() - first.var()) / (look * step)
    assert width == pytest.approx(linewidth_radians_per_second(law, zeta), rel=0.10)
    assert np.mean(np.abs(c2) ** 2) == pytest.approx(2 / 7, rel=0.01)


def test_equilibrium_power_below_threshold():
    """Without current and N the amplitude is Gaussian with <p> = D / Gamma_G; s.e. 0.8 %, 5 % has odds below 1e-9."""
    seed, n = 7, 16384
    print(f"seed {seed}")
    law = OscillatorLaw(0.0, 0.0, G, 0.0, noise_per_second=1e-4 * G)
    end = advance_ensemble(np.zeros(n, complex), seed_words(seed, "heat", np.arange(n)), law, 0.0, 1e-9, 60)
    assert np.mean(np.abs(end) ** 2) == pytest.approx(1e-4, rel=0.05)
    assert thermal_noise_per_second(300.0, 1.380649e-23 * 300.0, law, 0.0) == pytest.approx(G, rel=1e-12)


@pytest.mark.parametrize("shift", [0.0, -2e8, 6e8])
def test_p19_exact_range_tends_to_the_weak_drive_law(shift):
    law = OscillatorLaw(0.0, shift, G, 1.5)
    gaps = []
    for strength in (2e-2, 2e-3, 2e-4):
        low, high = exact_injection_range_radians_per_second(law, 2.0, strength * G)
        gaps.append(abs((high - low) / 2 / injection_half_range_radians_per_second(law, 2.0, strength * G) - 1.0))
    assert gaps[2] < 1e-3
    assert gaps[0] < 0.1


def test_p19_the_integrator_locks_inside_the_exact_range_and_not_outside():
    drive = 0.02 * G
    low, high = exact_injection_range_radians_per_second(LAW, 2.0, drive)
    detuning = np.array([0.93 * low, 1.07 * low, 0.93 * high, 1.07 * high])
    shift = -6e8
    law = OscillatorLaw(-shift / 3.5 - detuning, shift, G, 1.5)  # in the frame of the tone
    words, now = seed_words(0, "none", np.arange(4)), np.full(4, np.sqrt(2 / 7), complex)
    angles = []
    for _ in range(400):
        now = advance_ensemble(now, words, law, 2.0, 2.5e-10, 80, drive)
        angles.append(np.angle(now))
    turned = np.abs(np.ptp(np.unwrap(angles[100:], axis=0), axis=0))
    print("phase turned against the tone:", turned)
    assert (turned[[0, 2]] < 0.1).all()
    assert (turned[[1, 3]] > 2 * np.pi).all()


def test_compiled_and_plain_motion_agree():
    law = OscillatorLaw(np.array([1e8, -1e8]), -6e8, G, 1.5)
    kick = Kick(drive_per_second=1e7 + 2e6j, drive_radians_per_second=5e7)
    start = np.array([0.1 + 0.2j, 0.5])
    plain = move(start, law, [0.7, 3.0], 1e-10, 300, kick, start_seconds=3e-9)[-1]
    words = seed_words(1, "x", np.arange(2))
    compiled = advance_ensemble(start, words, law, [0.7, 3.0], 1e-10, 300, 1e7 + 2e6j, 5e7, 3e-9)
    assert compiled == pytest.approx(plain, abs=1e-10)


def test_noise_of_plain_motion_is_that_of_the_law():
    """One step from rest: variance D dt a quadrature; 20000 samples, 1 % s.d., 6 % is 6 s.d., false alarm 2e-9."""
    print("seed 3")
    law = OscillatorLaw(0.0, 0.0, G, 0.0, noise_per_second=1e6)
    normals = np.random.default_rng(3).standard_normal((1, 2, 20000))
    end = move(np.zeros(20000), law, 1.0, 1e-12, 1, normals=normals)[-1]
    assert end.real.var() == pytest.approx(1e-6, rel=0.06)
    assert end.imag.var() == pytest.approx(1e-6, rel=0.06)


def test_a_history_does_not_depend_on_the_neighbours_or_on_how_often_one_looks():
    law = OscillatorLaw(0.0, -6e8, G, 1.5, noise_per_second=1e5)
    many = advance_ensemble(np.full(37, 0.5 + 0j), seed_words(5, "a", np.arange(37)), law, 2.0, 1e-10, 50)
    alone = advance_ensemble(np.full(1, 0.5 + 0j), seed_words(5, "a", np.array([36])), law, 2.0, 1e-10, 50)
    assert many[36] == alone[0]
    assert np.unique(many).size == 37


def test_no_oscillators_and_no_steps():
    assert move(np.zeros(0), LAW, 2.0, 1e-10, 3).shape == (4, 0)
    assert move(np.zeros(2), LAW, 2.0, 1e-10, 0).shape == (1, 2)
    none = advance_ensemble(np.zeros(0, complex), seed_words(0, "n", np.arange(0)), LAW, 2.0, 1e-10, 5)
    assert none.shape == (0,)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: OscillatorLaw(0.0, 0.0, 0.0, 1.0), BadParameter),
        (lambda: OscillatorLaw(0.0, np.nan, G, 1.0), NotFinite),
        (lambda: OscillatorLaw(np.zeros(2), np.zeros(3), G, 1.0), WrongShape),
        (lambda: stationary_power(-1.0, 1.0), BadParameter),
        (lambda: linewidth_radians_per_second(LAW, 0.9), BadParameter),
        (lambda: free_flow(np.nan, LAW, 2.0, 1e-9), NotFinite),
        (lambda: move(0.5, LAW, 2.0, 1e-8, 5, Kick(drive_per_second=1e6)), BadParameter),
        (
            lambda: move(0.5, LAW, 2.0, 1e-10, 5, Kick(feedback_per_second=1e6, feedback_delay_seconds=1.5e-10)),
            BadParameter,
        ),
        (lambda: move(0.5, LAW, 2.0, 1e-10, 5, Kick(coupling_per_second=np.zeros((2, 2)))), WrongShape),
        (lambda: move(0.5, OscillatorLaw(0.0, 0.0, G, 0.0, 1.0), 2.0, 1e-10, 5), WrongShape),
    ],
)
def test_bad_input_is_refused(act, error):
    with pytest.raises(error):
        act()
