"""P28: Thiele's angle, motion in a channel, diffusion, and the count."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from spinloop.emulator.physics import skyrmion as sk
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape

SHEET = float(sk.sheet(6e5, 1e-9))
LAW = sk.SkyrmionLaw(0.3, 30.0, SHEET, 5e-12, 5e-9, 50e-9)


@given(st.floats(0.01, 1.0), st.floats(5.0, 200.0))
def test_p28_hall_angle_is_that_of_thieles_equation(alpha, dissipation):
    """Solve the 2 x 2 balance of forces directly."""
    g, d = 4 * np.pi, alpha * dissipation
    vx, vy = np.linalg.solve([[d, g], [-g, d]], [1.0, 0.0])
    assert np.tan(sk.hall_angle_radians(alpha, dissipation)) == pytest.approx(vy / vx, rel=1e-9)


@pytest.mark.parametrize(("radius", "rel"), [(8.0, 0.005), (20.0, 1e-3)])
def test_dissipation_is_the_integral_over_the_profile(radius, rel):
    def density(r):
        return (1 / np.cosh(r - radius)) ** 2 * (1 + 1 / r**2) * r

    integral = np.pi * quad(density, 1e-9, radius + 40, points=[radius], limit=200)[0]
    assert sk.dissipation_number(radius, 1.0) == pytest.approx(integral, rel=rel)
    assert sk.dissipation_number(1.0, 1.0) == pytest.approx(4 * np.pi)


def test_p28_free_motion_follows_the_angle():
    law = replace(LAW, edge_newtons=0.0, half_width_metres=1.0)
    x, y, lost = sk.move_skyrmions(np.zeros(1), np.zeros(1), law, 1e-13, 1e-11, 500)
    assert y[0] / x[0] == pytest.approx(np.tan(sk.hall_angle_radians(0.3, 30.0)), rel=1e-9)
    assert not lost.any()


def test_p28_in_the_channel_the_edge_takes_the_magnus_force():
    force = 1e-12
    x, y, lost = sk.move_skyrmions(np.zeros(1), np.zeros(1), LAW, force, 1e-11, 20000)
    further, _, _ = sk.move_skyrmions(x, y, LAW, force, 1e-11, 1000)
    speed = float(further[0] - x[0]) / 1e-8
    assert speed == pytest.approx(sk.channel_velocity_metres_per_second(force, LAW), rel=1e-6)
    # At rest across: edge force = G v, a closed form for the place.
    ratio = 4 * np.pi * force / (0.3 * 30.0) / 5e-12
    assert np.sinh(y[0] / 5e-9) == pytest.approx(ratio / 2 * np.exp(10.0), rel=1e-6)
    assert not lost.any()


def test_a_current_too_large_drives_the_skyrmion_out():
    limit = 5e-12 * 0.3 * 30.0 / (4 * np.pi)
    for part, out in ((0.9, False), (1.15, True)):
        _, _, lost = sk.move_skyrmions(np.zeros(1), np.zeros(1), LAW, part * limit, 4e-12, 15000)
        assert lost[0] == out
    with pytest.raises(BadParameter):
        sk.channel_velocity_metres_per_second(1.05 * limit, LAW)


def test_diffusion():
    """Mean square displacement 2 D t each way: 8000 walks, 1.6 % s.d., 8.5 % is over 5 s.d., false alarm 6e-7."""
    print("seed 28")
    n, steps = 8000, 50
    law = replace(LAW, edge_newtons=0.0, half_width_metres=1.0)
    normals = np.random.default_rng(28).normal(size=(steps, 2, n))
    x, y, _ = sk.move_skyrmions(np.zeros(n), np.zeros(n), law, 0.0, 1e-10, steps, normals, 300.0)
    expected = 2 * sk.diffusion_square_metres_per_second(300.0, law) * steps * 1e-10
    assert np.mean(x * x) == pytest.approx(expected, rel=0.085)
    assert np.mean(y * y) == pytest.approx(expected, rel=0.085)


def test_across_the_channel_the_density_is_boltzmanns():
    """Heat does not know the Magnus force: P(y) ~ exp(-U/kT); 8000 skyrmions, 12 % is over 5 s.d. of <y^2>."""
    print("seed 29")
    n, law = 8000, sk.SkyrmionLaw(0.3, 30.0, SHEET, 2e-12, 1e-8, 1.5e-8)
    rng = np.random.default_rng(29)
    x, y = np.zeros(n), np.zeros(n)
    for _ in range(60):
        x, y, lost = sk.move_skyrmions(x, y, law, 0.0, 1e-11, 50, rng.normal(size=(50, 2, n)), 30.0)
    assert not lost.any()
    grid = np.linspace(-1.5e-8, 1.5e-8, 2001)
    weight = np.exp(-2e-12 * 1e-8 * 2 * np.exp(-1.5) * np.cosh(grid / 1e-8) / (1.380649e-23 * 30.0))
    assert np.mean(y * y) == pytest.approx(np.sum(grid**2 * weight) / np.sum(weight), rel=0.12)


def test_p28_count_up_and_down_and_resistance():
    up = sk.expected_count(0, np.arange(5), 20, 0.1, adds=True)
    n = 0.0
    for value in up:
        assert value == pytest.approx(n, rel=1e-12)
        n += 0.1 * (20 - n)
    down = sk.expected_count(20, np.arange(5), 20, 0.1, adds=False)
    assert up + down == pytest.approx(np.full(5, 20.0), rel=1e-12)
    ohms = sk.hall_resistance_ohms([0, 1, 7], 0.02, 3.0)
    assert (ohms - 3.0).tolist() == pytest.approx([0.0, 0.02, 0.14], rel=1e-9)


def test_force_of_the_torque_is_its_work():
    """Shift the profile theta(r), psi = 0 under m x (m x y): F = tau * int (dm/dx . (m x y)) over the plane."""
    radius, w = 30.0, 1.0
    r = np.linspace(1e-3, 60.0, 60001)
    theta = 2 * np.arctan(np.exp(r - radius))
    slope = np.gradient(theta, r)
    integral = np.pi * np.sum(slope * r + np.sin(theta) * np.cos(theta)) * (r[1] - r[0])
    torque = 1.054571817e-34 * 0.1 * 1e11 / (2 * 1.602176634e-19)
    assert w == 1.0
    assert sk.spin_orbit_force_newtons(1e11, 0.1, radius * 1e-9) == pytest.approx(torque * integral * 1e-9, rel=2e-3)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: sk.SkyrmionLaw(0.0, 1, 1, 1, 1, 1), BadParameter),
        (lambda: sk.SkyrmionLaw(np.nan, 1, 1, 1, 1, 1), NotFinite),
        (lambda: sk.move_skyrmions([0.0], [0.0], LAW, 1e-12, 1e-6, 5), BadParameter),
        (lambda: sk.move_skyrmions([0.0], [0.0], LAW, 1e-12, 1e-12, 5, np.zeros((5, 2, 2)), 300.0), WrongShape),
        (lambda: sk.move_skyrmions([0.0], [0.0], LAW, 1e-12, 1e-12, 5, None, 300.0), NotFinite),
        (lambda: sk.expected_count(3, 1, 2, 0.1, adds=True), BadParameter),
        (lambda: sk.expected_count(1, 1, 2, 1.1, adds=True), BadParameter),
    ],
)
def test_bad_input_is_refused(act, error):
    with pytest.raises(error):
        act()


def test_none():
    x, y, lost = sk.move_skyrmions([], [], LAW, 0.0, 1e-12, 3)
    assert x.shape == y.shape == lost.shape == (0,)
