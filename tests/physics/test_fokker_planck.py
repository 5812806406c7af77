"""The oracle itself, where the answer is known: free diffusion, published numbers, conservation, two grids."""

import numpy as np
import pytest
from fokker_planck import FokkerPlanck, relaxation_rate, stationary_density, stationary_mean


def test_without_a_barrier_it_is_diffusion_on_a_sphere():
    """Legendre polynomials decay with l (l + 1) / 2D as D -> 0."""
    barrier = 1e-4
    orders = np.arange(6)
    assert 2 * barrier * FokkerPlanck(barrier).rates[:6] == pytest.approx(orders * (orders + 1), abs=1e-3)
    assert 2 * barrier * relaxation_rate(barrier) == pytest.approx(2.0, rel=1e-4)


@pytest.mark.parametrize(
    ("barrier", "rate"),
    [(2, 0.2019), (3, 0.07857), (4, 0.03246), (5, 0.01354), (6, 0.005602), (8, 0.000920), (10, 0.000144)],
)
def test_p8_numbers(barrier, rate):
    assert relaxation_rate(barrier) == pytest.approx(rate, rel=4e-3)


@pytest.mark.parametrize("bias", [0.0, 0.3, 0.5])
def test_two_grids_agree(bias):
    assert relaxation_rate(6.0, bias, 400) == pytest.approx(relaxation_rate(6.0, bias, 1100), rel=1e-5)


@pytest.mark.parametrize("barrier", [12.0, 16.0])
def test_high_barriers_approach_browns_asymptote(barrier):
    """Brown 1963: both rates together are 2 sqrt(D / pi) e^-D per unit of x, up to a factor that goes as 1 - 1/D."""
    brown = 2.0 * np.sqrt(barrier / np.pi) * np.exp(-barrier)
    assert relaxation_rate(barrier) / brown == pytest.approx(1 - 1 / barrier, abs=3 / barrier**2)


def test_density_is_conserved_positive_and_relaxes():
    system = FokkerPlanck(4.0, 0.2)
    start = system.at(1.0)
    for x in (0.5, 5.0, 50.0):
        later = system.evolve(start, x)
        assert later.sum() == pytest.approx(1.0, abs=1e-9)
        assert later.min() > -1e-9
    assert system.evolve(start, 1e4) == pytest.approx(system.stationary(), abs=1e-9)
    assert system.march(start, 0.5, 500) == pytest.approx(system.evolve(start, 0.5), abs=1e-6)
    mean = np.sum(system.z * system.stationary())
    assert mean == pytest.approx(stationary_mean(lambda z: z, 4.0, 0.2), abs=1e-5)
    assert stationary_density(1.0, 4.0, 0.2) / stationary_density(-1.0, 4.0, 0.2) == pytest.approx(
        np.exp(4 * 4.0 * 0.2)
    )
