"""P26: what a write costs, against the numbers of the literature and each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spinloop.emulator.physics import energy
from spinloop.protocols.errors import BadParameter, NotFinite


def test_p26_numbers():
    assert energy.spin_transfer_joules(50e-6, 5e3, 10e-9) == pytest.approx(125e-15, rel=1e-9)
    disc = energy.capacitance_farads(np.pi / 4 * 1e-16, 1e-9, 10.0)
    by_hand = 0.5 * 8.8541878128e-12 * 10 * np.pi / 4 * 1e-16 / 1e-9
    assert energy.magneto_electric_joules(disc, 1.0) == pytest.approx(by_hand, rel=1e-9)
    assert by_hand == pytest.approx(3.5e-18, rel=0.01)
    assert energy.landauer_joules(300.0) == pytest.approx(1.380649e-23 * 300 * np.log(2), rel=1e-12)
    assert energy.landauer_joules(300.0) == pytest.approx(2.87e-21, rel=1e-3)


@given(st.floats(1e9, 1e13), st.floats(1e-8, 1e-5), st.floats(1e-9, 1e-6), st.floats(1e-10, 1e-7))
def test_p26_a_line_is_a_resistor(density, rho, side, seconds):
    """J^2 rho V t of a bar of length 3 side and cross-section side^2 is I^2 R t of the same bar."""
    bar = energy.spin_transfer_joules(density * side**2, rho * 3 * side / side**2, seconds)
    assert energy.spin_orbit_joules(density, rho, 3 * side**3, seconds) == pytest.approx(bar, rel=1e-9)


def test_bad_input_and_none():
    with pytest.raises(BadParameter):
        energy.landauer_joules(-1.0)
    with pytest.raises(NotFinite):
        energy.spin_transfer_joules(np.nan, 1.0, 1.0)
    with pytest.raises(BadParameter):
        energy.spin_orbit_joules(1.0, 1.0, -1.0, 1.0)
    assert energy.spin_transfer_joules([], 1.0, 1.0).shape == (0,)
