"""Waves in a film against standing waves, energy, Green's function, and the truth table of a majority gate."""

from itertools import product

import numpy as np
import pytest
from scipy.special import hankel1
from spinloop.emulator.physics import spin_wave as sw
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape

C, PITCH, FIELD = 1000.0, 10e-9, 2e4
W0 = 2.2128e5 * FIELD


def film(rows=30, cols=40, damping=0.0, **more):
    return sw.Film(np.full((rows, cols), FIELD), PITCH, C, damping, **more)


def mode(rows, cols, m, n):
    return np.outer(np.sin(np.pi * m * np.arange(1, rows + 1) / (rows + 1)),
                    np.sin(np.pi * n * np.arange(1, cols + 1) / (cols + 1)))  # fmt: skip


def test_a_standing_wave_has_the_frequency_of_the_dispersion():
    """w^2 = w0^2 + c^2 k^2, k of the mode; grid and step error below 1 %."""
    shape, (m, n) = mode(30, 40, 2, 3), (2, 3)
    k = np.pi * np.hypot(m / (31 * PITCH), n / (41 * PITCH))
    w = np.sqrt(W0**2 + (C * k) ** 2)
    dt = film().largest_step_seconds / 2
    steps = int(20 * 2 * np.pi / w / dt)
    begin = (shape * np.cos(w * dt), shape)
    _, end = sw.propagate(film(), np.zeros_like(shape), 0.0, dt, steps, begin)
    part = np.sum(end * shape) / np.sum(shape**2)
    assert end == pytest.approx(part * shape, abs=1e-9)
    assert part == pytest.approx(np.cos(w * steps * dt), abs=0.1)
    assert sw.wave_number_per_metre(w / 2 / np.pi, W0 / 2 / np.pi, C) == pytest.approx(k, rel=1e-4)


def test_amplitude_decays_with_gamma():
    shape, gamma = mode(20, 20, 1, 1), 2e8
    lossy = film(20, 20, gamma)
    dt = lossy.largest_step_seconds / 2
    u, top = (shape, shape), []
    for _ in range(300):
        u = sw.propagate(lossy, np.zeros_like(shape), 0.0, dt, 10, u)
        top.append(np.hypot(np.sum(u[1] * shape), 0.0) / np.sum(shape**2))
    top, time = np.array(top), 10 * dt * np.arange(1, 301)
    peak = np.nonzero((top[1:-1] > top[:-2]) & (top[1:-1] > top[2:]))[0] + 1
    assert np.polyfit(time[peak], np.log(top[peak]), 1)[0] == pytest.approx(-gamma, rel=0.02)


def test_without_damping_the_energy_stays():
    """The scheme conserves <v, v> + <u_n, K u_(n-1)> exactly, whatever the map."""
    rng = np.random.default_rng(1)
    rough = sw.Film(rng.uniform(0, 4e4, (16, 16)), PITCH, C, 0.0)
    dt = rough.largest_step_seconds

    def energy(pair):
        a, b = pair
        grid = np.pad(a, 1)
        lap = grid[2:, 1:-1] + grid[:-2, 1:-1] + grid[1:-1, 2:] + grid[1:-1, :-2] - 4 * a
        force = (rough.cutoff_radians_per_second**2) * a - (C / PITCH) ** 2 * lap
        return np.sum(((b - a) / dt) ** 2) + np.sum(b * force)

    pair = (rng.normal(size=(16, 16)),) * 2
    first = energy(pair)
    pair = sw.propagate(rough, np.zeros((16, 16)), 0.0, dt, 500, pair)
    assert energy(pair) == pytest.approx(first, rel=1e-9)


def test_time_steps_and_steady_state_agree():
    """Two solvers of one equation, on a film with a random map and an absorbing rim."""
    rng, f = np.random.default_rng(2), 4e9
    rough = sw.Film(rng.uniform(1e4, 3e4, (30, 24)), PITCH, C, 1e9, 6, 1e10)
    source = np.zeros((30, 24), complex)
    source[10, 8], source[20, 15] = 1e18, 5e17j
    dt = rough.largest_step_seconds / 4
    steps = int(12e-9 / dt)
    before, now = sw.propagate(rough, source, f, dt, steps)
    steady = sw.steady_amplitude(rough, source, f)
    for u, t in ((now, steps * dt), (before, (steps - 1) * dt)):
        expected = (steady * np.exp(-2j * np.pi * f * t)).real
        assert u == pytest.approx(expected, abs=0.01 * np.abs(steady).max())


def test_a_point_source_sends_hankels_wave_and_the_rim_does_not_echo():
    """U = i/4 H0(kr) pitch^2 S / c^2 in an unbounded film; 2 % with the rim, many wavelengths across."""
    f, n = 3e9, 161
    open_film = film(n, n, 2e7, absorber_cells=40, absorber_per_second=2e10)
    source = np.zeros((n, n), complex)
    source[80, 80] = 1.0
    u = sw.steady_amplitude(open_film, source, f)
    k = np.sqrt((2 * np.pi * f) ** 2 + 2j * 2 * np.pi * f * 2e7 - W0**2) / C
    r = np.arange(10, 36) * PITCH
    exact = 0.25j * hankel1(0, k * r) * PITCH**2 / C**2
    got = u[80, 90:116]
    assert np.abs(got - exact).max() < 0.03 * np.abs(exact).max()
    along = sw.attenuation_metres(f, W0 / 2 / np.pi, C, 2e7)
    assert 1 / k.imag == pytest.approx(along, rel=1e-2)


def test_a_barrier_of_field_above_the_cutoff_stops_the_wave():
    """There k is imaginary, 4e7 / m, so 20 cells of barrier leave less than 1 %."""
    field = np.full((81, 100), 1e4)
    wall = field.copy()
    wall[:, 50:70] = 2e5
    source = np.zeros((81, 100), complex)
    source[30:51, 30] = 1.0
    plain, shut = (sw.steady_amplitude(sw.Film(m, PITCH, C, 1e7, 20, 2e10), source, 3e9) for m in (field, wall))
    assert np.abs(shut[40, 75]) < 1e-2 * np.abs(plain[40, 75])


def test_transfer_is_what_the_drive_gives():
    small = sw.Film(np.random.default_rng(3).uniform(1e4, 3e4, (12, 15)), PITCH, C, 5e8)
    drive = np.zeros((2, 12, 15), complex)
    drive[0, 2, 3] = drive[1, 9, 11] = 1.0
    direct = sw.steady_amplitude(small, drive, 4e9)[:, 6, 7]
    assert sw.transfer(small, [(2, 3), (9, 11)], (6, 7), 4e9) == pytest.approx(direct, rel=1e-9)


def test_majority_gate_has_its_truth_table():
    gate = film(61, 61, 1e8, absorber_cells=15, absorber_per_second=2e10)
    t = sw.transfer(gate, [(30, 18), (30, 42), (18, 30)], (30, 30), 3e9)
    assert np.abs(t) == pytest.approx(np.full(3, np.abs(t[0])), rel=1e-9)
    table = np.array(list(product((0, 1), repeat=3)))
    assert sw.gate_bit(table, t).tolist() == (table.sum(axis=1) >= 2).tolist()


def test_majority_gate_in_time():
    """The same by waves that travel: the phase at the output flips when two of three inputs flip."""
    gate, f = film(41, 41, 3e8, absorber_cells=10, absorber_per_second=2e10), 3e9
    cells, dt = [(20, 12), (20, 28), (12, 20)], gate.largest_step_seconds
    steps, seen = int(6e-9 / dt), {}
    for bits in ((0, 0, 0), (1, 0, 0), (0, 1, 1), (1, 1, 1)):
        source = np.zeros((41, 41), complex)
        for cell, bit in zip(cells, bits, strict=True):
            source[cell] = -1e18 if bit else 1e18
        pair = sw.propagate(gate, source, f, dt, steps)
        seen[bits] = (pair[0][20, 20], pair[1][20, 20])
    rest = np.array(seen[0, 0, 0])
    assert [bool(np.dot(rest, seen[bits]) < 0) for bits in seen] == [False, False, True, True]


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: sw.Film(np.zeros(3), PITCH, C, 0.0), WrongShape),
        (lambda: sw.Film(np.full((3, 3), np.nan), PITCH, C, 0.0), NotFinite),
        (lambda: sw.Film(np.zeros((3, 3)), 0.0, C, 0.0), BadParameter),
        (lambda: sw.propagate(film(), np.zeros((30, 40)), 1e9, 1e-10, 1), BadParameter),
        (lambda: sw.propagate(film(), np.zeros((3, 3)), 1e9, 1e-12, 1), WrongShape),
        (lambda: sw.wave_number_per_metre(1e8, 1e9, C), BadParameter),
        (lambda: sw.gate_bit([0, 1], np.array([1.0, 1.0])), BadParameter),
        (lambda: sw.transfer(film(), [(0, 0)], (30, 0), 1e9), WrongShape),
    ],
)
def test_bad_input_is_refused(act, error):
    with pytest.raises(error):
        act()


def test_no_film():
    nothing = sw.Film(np.zeros((0, 5)), PITCH, C, 0.0)
    assert sw.propagate(nothing, np.zeros((0, 5)), 1e9, 1e-12, 3)[1].shape == (0, 5)
    assert sw.steady_amplitude(nothing, np.zeros((0, 5)), 1e9).shape == (0, 5)
