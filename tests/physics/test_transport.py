"""P21 (thickness factor) and spin transport, against the equations that they solve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spinloop.emulator.physics import transport
from spinloop.protocols.errors import BadParameter, NotFinite


def test_p21_numbers():
    assert transport.thickness_factor(4e-9, 1.5e-9) == pytest.approx(0.862, abs=5e-4)


@given(st.floats(1e-6, 600.0))
def test_p21_thickness_factor_is_one_minus_sech(ratio):
    assert transport.thickness_factor(ratio, 1.0) == pytest.approx(1 - 1 / np.cosh(ratio), rel=1e-9, abs=1e-15)


def test_p21_thickness_factor_is_the_spin_current_at_the_face():
    """Finite differences of l^2 mu'' = mu with no spin current through either face of a film that carries theta Jc.

    The spin Hall source is cancelled at the far face by diffusion; what an ideal absorber at the near face receives is
    theta Jc (1 - sech(t/l)).
    """
    t, n = 2.6, 4000
    h = t / n
    a = np.zeros((3, n + 1))
    # mu(0) = 0 at the absorber; mu'(t) = -1, the source, at the free face (unit l, unit source)
    main, lower, upper = np.full(n + 1, -2 - h * h), np.ones(n + 1), np.ones(n + 1)
    main[0], upper[0] = 1.0, 0.0
    lower[-1] = 2.0
    a[0, 1:], a[1], a[2, :-1] = upper[:-1], main, lower[1:]
    right = np.zeros(n + 1)
    right[-1] = 2 * h  # ghost point for mu'(t) = -1
    from scipy.linalg import solve_banded

    mu = solve_banded((1, 1), a, right)
    current = 1.0 + (mu[1] - mu[0]) / h - 0.5 * h * mu[0]
    assert current == pytest.approx(transport.thickness_factor(t, 1.0), rel=1e-3)


def test_spin_accumulation_solves_the_diffusion_equation():
    x = np.linspace(0, 3.0, 3001)
    mu = transport.spin_accumulation(x, 3.0, 0.8)
    second = (mu[2:] - 2 * mu[1:-1] + mu[:-2]) / (x[1] - x[0]) ** 2
    assert 0.8**2 * second == pytest.approx(mu[1:-1], rel=1e-4)
    assert mu[0] == 1.0
    assert (mu[-1] - mu[-2]) / (x[1] - x[0]) == pytest.approx(0.0, abs=1e-4)
    assert transport.spin_accumulation(0.5, 1000.0, 1.0) == pytest.approx(np.exp(-0.5), rel=1e-12)


def test_polarisation_and_lengths():
    assert transport.spin_polarisation(3.0, 1.0) == 0.5
    assert transport.spin_diffusion_metres(1e-3, 1e-12) == pytest.approx(np.sqrt(1e-15), rel=1e-12)
    assert transport.intrinsic_spin_hall_angle(4e5, 2e-7) == pytest.approx(0.08, rel=1e-12)
    assert transport.effective_spin_hall_angle(-0.3, 4e-9, 1.5e-9) < 0


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: transport.spin_polarisation(0.0, 0.0), BadParameter),
        (lambda: transport.thickness_factor(-1.0, 1.0), BadParameter),
        (lambda: transport.thickness_factor(1.0, np.nan), NotFinite),
        (lambda: transport.spin_accumulation(2.0, 1.0, 1.0), BadParameter),
    ],
)
def test_bad_input_is_refused(act, error):
    with pytest.raises(error):
        act()


def test_none():
    assert transport.thickness_factor([], 1.0).shape == (0,)
