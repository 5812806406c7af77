"""Kirchhoff's laws for crossbars, against a dense nodal solve written down independently."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spinloop.emulator.arrays.network import CrossbarNetwork
from spinloop.emulator.arrays.pads import Pads
from spinloop.emulator.arrays.read_out import ReadOut
from spinloop.emulator.chips import build_chip
from spinloop.emulator.devices.junctions import JunctionLaw, Junctions


def make_junctions(rows, cols, seed, tmr=1.5, half_volts=0.5, ohms=5e3):
    law = JunctionLaw(ohms, tmr, half_volts, 40.0, 0.5, 1e-9, 0.1, 0.1, 0.03, 0.03, 0.0)
    junctions = Junctions(rows, cols, law, seed, "w")
    junctions.parallel = np.random.default_rng(seed).random((rows, cols)) < 0.5
    return junctions


def dense_currents(cells, wire_ohms, volts):
    """Column currents by stamping every resistor into a dense matrix: a second, slow way to the same circuit."""
    rows, cols = cells.shape
    g = 1 / wire_ohms
    size = 2 * rows * cols
    matrix, source = np.zeros((size, size)), np.zeros(size)

    def stamp(a, b, siemens):
        matrix[a, a] += siemens
        matrix[b, b] += siemens
        matrix[a, b] -= siemens
        matrix[b, a] -= siemens

    def word(i, j):
        return 2 * (i * cols + j)

    def bit(i, j):
        return 2 * (i * cols + j) + 1

    for i in range(rows):
        for j in range(cols):
            stamp(word(i, j), bit(i, j), cells[i, j])
            if j:
                stamp(word(i, j - 1), word(i, j), g)
            if i:
                stamp(bit(i - 1, j), bit(i, j), g)
        matrix[word(i, 0), word(i, 0)] += g
        source[word(i, 0)] += g * volts[i]
    for j in range(cols):
        matrix[bit(rows - 1, j), bit(rows - 1, j)] += g
    nodes = np.linalg.solve(matrix, source)
    return np.array([g * nodes[bit(rows - 1, j)] for j in range(cols)])


sizes = st.integers(1, 6)
seeds = st.integers(0, 2**31)


@settings(deadline=None)
@given(sizes, sizes, seeds, st.floats(0.01, 1e4))
def test_linear_currents_equal_a_dense_solve(rows, cols, seed, wire_ohms):
    junctions = make_junctions(rows, cols, seed, half_volts=1e9)
    volts = np.random.default_rng(seed).uniform(-0.2, 0.2, (3, rows))
    amps, cell_amps = ReadOut(junctions, wire_ohms).solve(volts)
    cells = junctions.conductance_siemens(0.0)
    expected = np.array([dense_currents(cells, wire_ohms, each) for each in volts])
    assert np.allclose(amps, expected, rtol=1e-9, atol=1e-18)
    assert np.allclose(cell_amps.sum(axis=1), amps, rtol=1e-8, atol=1e-15)


@settings(deadline=None)
@given(sizes, sizes, seeds)
def test_bias_dependent_cells_obey_kirchhoff(rows, cols, seed):
    """The solution's own cell currents, put back as resistors I / V, give the same currents in a dense linear solve."""
    junctions = make_junctions(rows, cols, seed, half_volts=0.3)
    volts = np.random.default_rng(seed).uniform(0.05, 0.2, (1, rows))
    amps, cell_amps = ReadOut(junctions, 10.0).solve(volts)
    network = CrossbarNetwork(rows, cols, 10.0)
    # Fixed point by hand: conductances at the voltages that they themselves cause.
    across = np.repeat(volts.T, cols, axis=1)
    for _ in range(60):
        cells = junctions.conductance_siemens(across)
        nodes = network.factorise(cells).solve(network.right_side(volts, False))
        across = network.cell_volts(nodes)[0]
    assert np.allclose(amps[0], dense_currents(junctions.conductance_siemens(across), 10.0, volts[0]), rtol=1e-7)
    assert np.allclose(cell_amps.sum(axis=1), amps, rtol=1e-6)


@settings(deadline=None)
@given(sizes, sizes, seeds)
def test_reciprocity_a_transposed_array_is_the_transposed_matrix(rows, cols, seed):
    read_out = ReadOut(make_junctions(rows, cols, seed, half_volts=1e9), 50.0)
    forward = read_out.solve(np.eye(rows))[0]
    backward = read_out.solve(np.eye(cols), transpose=True)[0]
    # Driving a bit line pushes current out of the word lines' ends just as driving a word line does the other way.
    assert np.allclose(forward, backward.T, rtol=1e-9)


@settings(deadline=None)
@given(sizes, sizes, seeds)
def test_vanishing_wires_give_the_ideal_product(rows, cols, seed):
    junctions = make_junctions(rows, cols, seed)
    volts = np.random.default_rng(seed).uniform(-0.2, 0.2, (2, rows))
    ideal = ReadOut(junctions, 0.0)
    # 1e-4 Ohm against 5 kOhm a cell; thinner wires would only add rounding error (condition number about 1e8 here).
    near = ReadOut(junctions, 1e-4)
    scale = 0.2 * rows / 5e3
    assert np.allclose(near.solve(volts)[0], ideal.solve(volts)[0], rtol=0, atol=1e-5 * scale)
    by_hand = (junctions.conductance_siemens(volts[0][:, None]) * volts[0][:, None]).sum(axis=0)
    assert np.allclose(ideal.solve(volts)[0][0], by_hand, rtol=1e-12)
    back = np.random.default_rng(seed).uniform(-0.2, 0.2, (1, cols))
    wired = near.solve(back, transpose=True)[0]
    assert np.allclose(wired, ideal.solve(back, transpose=True)[0], rtol=0, atol=1e-5 * scale)


def test_five_kilo_ohm_junctions_lose_a_quarter_of_their_current():
    """Reference figure: 64 x 64, 5 kOhm, 1 Ohm a cell loses about 27 % of the ideal current."""
    junctions = make_junctions(64, 64, 1, half_volts=1e9)
    junctions.parallel[:] = np.random.default_rng(5).random((64, 64)) < 0.5
    volts = np.full((1, 64), 0.1)
    loss = 1 - ReadOut(junctions, 1.0).solve(volts)[0].sum() / ReadOut(junctions, 0.0).solve(volts)[0].sum()
    assert 0.22 < loss < 0.32


@pytest.fixture
def tile():
    return build_chip("tile16", {"seed": "3", "read_noise": "0"})


@settings(deadline=None, max_examples=25)
@given(seed=seeds)
def test_pads_conserve_current_and_are_reciprocal(seed):
    chip = build_chip("tile16", {"seed": "3", "read_noise": "0"})
    connected = np.random.default_rng(seed).random(32) < 0.4
    admittance = Pads(chip.blocks["weights"], chip.clock).admittance_siemens(connected)
    assert admittance.shape == (connected.sum(),) * 2
    assert np.allclose(admittance, admittance.T)
    assert np.allclose(admittance.sum(axis=0), 0.0, atol=1e-12)
    assert (np.linalg.eigvalsh(admittance) > -1e-12).all() if connected.any() else True


def test_two_pads_see_the_one_cell_between_them(tile):
    crossbar = tile.blocks["weights"]
    connected = np.zeros(32, dtype=bool)
    connected[[5, 16 + 9]] = True
    seen = tile.pads("weights").admittance_siemens(connected)
    cell = crossbar._read_lines((5,), (9,), crossbar.info.read_volts, 1)[0, 0]
    assert seen[0, 0] == pytest.approx(cell, rel=1e-6)
    assert seen[0, 1] == pytest.approx(-cell, rel=1e-6)


def test_a_word_line_that_is_not_connected_carries_nothing(tile):
    connected = np.zeros(32, dtype=bool)
    connected[16:] = True
    assert np.allclose(tile.pads("weights").admittance_siemens(connected), 0.0, atol=1e-15)


def test_a_pulse_on_two_pads_switches_only_their_cell(tile):
    junctions = tile.blocks["weights"].junctions
    connected = np.zeros(32, dtype=bool)
    connected[[5, 16 + 9]] = True
    tile.pads("weights").fire_pulse(connected, np.array([0.7, 0.0]), 100e-9, 5)
    expected = np.zeros((16, 16), dtype=bool)
    expected[5, 9] = True
    assert (junctions.parallel == expected).all()
