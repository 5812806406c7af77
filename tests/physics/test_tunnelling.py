"""P1 to P3 beyond the basic forms: their published numbers, temperature, and a resistance in series."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spinloop.emulator.physics import tunnelling as tu
from spinloop.protocols.errors import BadParameter, NotFinite


def test_p1_numbers():
    assert tu.tmr_from_polarisation(1.0, 0.65) == pytest.approx(1.3 / 0.35, rel=1e-12)
    assert np.sqrt(tu.polarisation_product([1.5, 2.4])) == pytest.approx([0.655, 0.739], abs=5e-4)


def test_p2_number():
    assert 1 / tu.conductance_siemens(np.pi / 2, 1 / 5e3, 1.5) == pytest.approx(7142.857142857, rel=1e-12)


@given(st.floats(10.0, 1e6), st.floats(0.0, 6.0), st.floats(0.0, 1e6))
def test_p3_series_resistance_lowers_the_measured_ratio(parallel, tmr, series):
    high, low = parallel * (1 + tmr) + series, parallel + series
    assert tu.tmr_with_series(tmr, parallel, series) == pytest.approx((high - low) / low, rel=1e-9, abs=1e-9)


def test_p3_number():
    assert tu.tmr_with_series(1.5, 5e3, 1e3) == pytest.approx(1.25, rel=1e-12)


@given(st.floats(-3.0, 3.0), st.floats(0.0, 5.0), st.floats(0.05, 2.0), st.floats(0.0, 5e4))
def test_p3_behind_a_resistance_kirchhoff_holds(volts, tmr, half, series):
    v = tu.junction_volts(volts, 5e3, tmr, half, series)
    amps = v / (5e3 * (1 + tu.tmr_at_bias(tmr, v, half)))
    assert v + series * amps == pytest.approx(volts, rel=1e-12, abs=1e-14)


def test_tmr_falls_with_temperature_by_blochs_law():
    warm = tu.tmr_at_temperature(2.0, [0.0, 100.0, 300.0], 2e-5)
    assert warm[0] == pytest.approx(2.0, rel=1e-12)
    polarisation = np.sqrt(warm / (2 + warm))
    lost = 1 - polarisation / polarisation[0]
    assert lost[1:] == pytest.approx(2e-5 * np.array([100.0, 300.0]) ** 1.5, rel=1e-9)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: tu.tmr_from_polarisation(1.0, 1.0), BadParameter),
        (lambda: tu.tmr_from_polarisation(1.1, 0.5), BadParameter),
        (lambda: tu.tmr_from_polarisation(np.nan, 0.5), NotFinite),
        (lambda: tu.tmr_at_temperature(2.0, -1.0, 1e-5), BadParameter),
        (lambda: tu.tmr_at_temperature(2.0, 1e4, 1e-5), BadParameter),
        (lambda: tu.tmr_with_series(1.0, 1e3, -1.0), BadParameter),
        (lambda: tu.junction_volts(np.inf, 1e3, 1.0, 0.5, 0.0), NotFinite),
    ],
)
def test_bad_input_is_refused(act, error):
    with pytest.raises(error):
        act()


def test_none():
    assert tu.junction_volts([], 1e3, 1.0, 0.5, 1.0).shape == (0,)
