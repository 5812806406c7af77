"""P22: walls against closed forms, energy, equipartition, and the order of the integrator."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spinloop.emulator.physics import domain_wall as dw
from spinloop.emulator.physics.domain_wall_motion import (
    WallDrive,
    WallLaw,
    largest_step_seconds,
    move_walls,
    thermal_field_amps_per_metre,
    wall_rates,
)
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape

G0 = 2.2128e5
LAW = WallLaw(10e-9, 0.02, shape_amps_per_metre=4e4)


def mean_velocity(law, drive):
    """Over whole turns of the angle, found by interpolation, or over a steady stretch when it does not turn."""
    dt = 0.5 * largest_step_seconds(law, drive)
    q, phi = move_walls(np.zeros(1), np.full(1, 1.4), law, drive, dt, 2000)
    run = [(q[0], phi[0])]
    for _ in range(4000):
        q, phi = move_walls(q, phi, law, drive, dt, 1)
        run.append((q[0], phi[0]))
    qs, phis = np.array(run).T
    way = np.abs(phis - phis[0])
    if way[-1] < np.pi:
        return (qs[-1] - qs[-101]) / (100 * dt)
    whole = 2 * np.pi * np.floor(way[-1] / 2 / np.pi)
    return (np.interp(whole, way, qs) - qs[0]) / (np.interp(whole, way, np.arange(way.size)) * dt)


def test_p22_numbers():
    field = 1e-3 / (4e-7 * np.pi)
    assert dw.mean_velocity_metres_per_second(field, 0, 10e-9, 0.02, 0, 1e6) == pytest.approx(88.0, rel=1e-3)
    assert dw.drift_velocity_metres_per_second(1e12, 0.5, 9.5e5) == pytest.approx(30.5, rel=2e-3)
    assert dw.walker_field_amps_per_metre(4e4, 0.02) == 400.0


CASES = [(1e3, 0, 0), (1.9e3, 0, 0), (4e3, 0, 0), (2e4, 0, 0), (0, 20.0, 0.04), (0, 300.0, 0.2), (-3e3, 100.0, 0.05)]


@pytest.mark.parametrize(("field", "drift", "beta"), CASES)
def test_p22_the_integrator_moves_with_the_closed_form(field, drift, beta):
    law = replace(LAW, nonadiabaticity=beta, damping=0.1)
    expected = dw.mean_velocity_metres_per_second(field, drift, 10e-9, 0.1, beta, 4e4)
    drive = WallDrive(field_amps_per_metre=float(field), drift_metres_per_second=drift)
    assert mean_velocity(law, drive) == pytest.approx(expected, rel=1e-3)


def test_p22_schryer_and_walker():
    """The law as the table writes it."""
    h, hw, a = 1000.0, 400.0, 0.02
    by_hand = G0 * 10e-9 / a * (h - np.sqrt(h * h - hw * hw) / (1 + a * a))
    assert dw.mean_velocity_metres_per_second(h, 0, 10e-9, a, 0, 4e4) == pytest.approx(by_hand, rel=1e-4)


@given(st.floats(-5e3, 5e3), st.floats(0.005, 0.5), st.floats(0, 1e5))
def test_velocity_is_odd_in_the_field_and_continuous_at_breakdown(field, alpha, shape):
    forward = dw.mean_velocity_metres_per_second(field, 0, 1e-8, alpha, 0, shape)
    assert dw.mean_velocity_metres_per_second(-field, 0, 1e-8, alpha, 0, shape) == -forward
    hw = dw.walker_field_amps_per_metre(shape, alpha)
    at, above = dw.mean_velocity_metres_per_second([hw, hw * (1 + 1e-12)], 0, 1e-8, alpha, 0, shape)
    assert above == pytest.approx(at, rel=1e-3, abs=1e-12)


@pytest.mark.parametrize("torque", [500.0, -2000.0, 2e4])
def test_p22_spin_orbit_torque_on_a_chiral_wall(torque):
    law = WallLaw(8e-9, 0.3, chirality_amps_per_metre=5e4)
    drive = WallDrive(torque_amps_per_metre=torque)
    expected = dw.spin_orbit_velocity_metres_per_second(torque, 5e4, 8e-9, 0.3)
    dt = largest_step_seconds(law, drive)
    q, phi = move_walls(np.zeros(1), np.full(1, 0.1), law, drive, dt, 4000)
    assert wall_rates(q, phi, law, drive)[0][0] == pytest.approx(expected, rel=1e-3)
    assert abs(expected) < np.pi / 2 * G0 * 8e-9 * 5e4


def test_fields_of_torque_and_chirality():
    by_hand = 1.054571817e-34 * 0.1 * 1e12 / (2 * 1.602176634e-19 * 4e-7 * np.pi * 8e5 * 1e-9)
    assert dw.torque_field_amps_per_metre(1e12, 0.1, 8e5, 1e-9) == pytest.approx(by_hand, rel=1e-6)
    assert dw.chirality_field_amps_per_metre(1e-3, 8e5, 5e-9) == pytest.approx(1e-3 / (1.00531 * 5e-9), rel=1e-4)


def energy(q, phi, law):
    """Wall energy per 2 mu0 Ms and per area, metres times A/m (shape, chirality, ladder)."""
    ladder = law.pinning_amps_per_metre * law.pinning_period_metres / 2 / np.pi
    ladder = ladder * (1 - np.cos(2 * np.pi * q / law.pinning_period_metres))
    inside = 0.5 * law.shape_amps_per_metre * np.cos(phi) ** 2 - np.pi / 2 * law.chirality_amps_per_metre * np.cos(phi)
    return ladder + law.width_metres * inside


def test_energy_falls_as_fast_as_damping_takes_it():
    """dE/dt = -(alpha / gamma0) [vq^2 / Dw + Dw w^2], exactly, for any state."""
    law = replace(LAW, pinning_amps_per_metre=900.0, pinning_period_metres=3e-8, chirality_amps_per_metre=2e4)
    q, phi = np.array([3e-9, 1.1e-8]), np.array([0.3, -2.0])
    v, w = wall_rates(q, phi, law, WallDrive())
    rate = (energy(q + 1e-13 * v, phi + 1e-13 * w, law) - energy(q - 1e-13 * v, phi - 1e-13 * w, law)) / 2e-13
    assert rate == pytest.approx(-0.02 / G0 * (v * v / 1e-8 + 1e-8 * w * w), rel=1e-4)


def test_a_wall_leaves_its_site_at_the_pinning_field():
    law = replace(LAW, pinning_amps_per_metre=500.0, pinning_period_metres=4e-8, damping=0.5)
    for part, stays in ((0.98, True), (1.1, False)):
        drive = WallDrive(field_amps_per_metre=part * 500.0)
        q, _ = move_walls(np.zeros(1), np.full(1, np.pi / 2), law, drive, largest_step_seconds(law, drive), 6000)
        assert (q[0] < 2e-8) == stays


def test_the_ends_of_the_strip_hold_the_wall():
    law = replace(LAW, edge_amps_per_metre=1e4, length_metres=1e-7, damping=0.1)
    for sign in (1, -1):
        drive = WallDrive(field_amps_per_metre=sign * 1000.0)
        q, _ = move_walls(np.full(1, 5e-8), np.full(1, 1.0), law, drive, largest_step_seconds(law, drive), 4000)
        # at rest where the end's field equals the drive's: 1 nm beyond
        assert q[0] == pytest.approx(1.01e-7 if sign > 0 else -1e-9, rel=1e-3)


def test_the_integrator_is_of_fourth_order():
    drive = WallDrive(field_amps_per_metre=900.0, torque_amps_per_metre=300.0)
    law = replace(LAW, chirality_amps_per_metre=1e4)
    whole = 16 * largest_step_seconds(law, drive)
    ends = [move_walls(np.zeros(1), np.ones(1), law, drive, whole / n, n)[1][0] for n in (16, 32, 1024)]
    assert (ends[0] - ends[2]) / (ends[1] - ends[2]) == pytest.approx(16, rel=0.15)


def test_equipartition_in_a_well():
    """<q^2> = kT / stiffness and the same for phi. 4000 walls: 2.3 % s.d., 12 % is 5 s.d., false alarm 6e-7."""
    print("seed 22")
    n, ms, section, alpha = 4000, 8e5, 50e-9 * 1e-9, 0.5
    law = WallLaw(10e-9, alpha, shape_amps_per_metre=4e4, pinning_amps_per_metre=8e3, pinning_period_metres=1e-7)
    drive, rng = WallDrive(), np.random.default_rng(22)
    dt = 0.5 * largest_step_seconds(law, drive)
    size = thermal_field_amps_per_metre(20.0, law, ms, section, dt)
    q, phi = np.zeros(n), np.full(n, np.pi / 2)
    for _ in range(40):
        q, phi = move_walls(q, phi, law, drive, dt, 25, size * rng.normal(size=(25, 2, n)))
    heat, scale = 1.380649e-23 * 20.0, 2 * 4e-7 * np.pi * ms * section
    assert np.var(q) == pytest.approx(heat / (scale * 8e3 * 2 * np.pi / 1e-7), rel=0.12)
    assert np.var(phi) == pytest.approx(heat / (scale * 10e-9 * 4e4), rel=0.12)


def test_no_walls_and_bad_walls():
    q, phi = move_walls(np.zeros(0), np.zeros(0), LAW, WallDrive(), 1e-13, 5)
    assert q.shape == phi.shape == (0,)
    for act, error in (
        (lambda: WallLaw(1e-8, 0.0), BadParameter),
        (lambda: WallLaw(-1e-8, 0.1), BadParameter),
        (lambda: WallLaw(1e-8, np.nan), NotFinite),
        (lambda: WallDrive(field_amps_per_metre=np.inf), NotFinite),
        (lambda: move_walls(np.zeros(2), np.zeros(3), LAW, WallDrive(), 1e-13, 5), WrongShape),
        (lambda: move_walls(np.zeros(2), np.zeros(2), LAW, WallDrive(), 1e-9, 5), BadParameter),
        (lambda: move_walls(np.zeros(2), np.zeros(2), LAW, WallDrive(), 1e-13, 5, np.zeros((5, 2, 3))), WrongShape),
    ):
        with pytest.raises(error):
            act()
