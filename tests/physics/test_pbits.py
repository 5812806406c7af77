"""P24: a p-bit's mean is tanh(I), and a network updated one by one samples exp(-E).

Statistical bounds have a false-alarm rate of 1e-6 or less each.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spinloop.emulator.physics.pbits import PBits, energies, graph_colours, mean_state
from spinloop.emulator.physics.telegraph import stationary_mean
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape

SEED = 24
SWEEPS = 100_000
# Camsari et al., Phys. Rev. X 7, 031014 (2017): inputs A and B, output C, C = A and B in its ground states.
AND_COUPLINGS = np.array([[0, -1, 2], [-1, 0, 2], [2, 2, 0]], dtype=float)
AND_OWN = np.array([1, 1, -2], dtype=float)


def every_state(n):
    return np.array(list(itertools.product((-1, 1), repeat=n)))


def boltzmann(couplings, own, beta):
    """Exact law of all 2^n states by enumeration: an oracle of its own, pair by pair."""
    states = every_state(len(own))
    energy = np.zeros(len(states))
    for i in range(len(own)):
        energy -= own[i] * states[:, i]
        for j in range(i):
            energy -= couplings[i, j] * states[:, i] * states[:, j]
    weight = np.exp(-beta * (energy - energy.min()))
    return energy, weight / weight.sum()


def histogram(history):
    index = ((history > 0) @ (1 << np.arange(history.shape[1])[::-1])).astype(int)
    return np.bincount(index, minlength=1 << history.shape[1]) / len(history)


def divergence(found, exact):
    seen = found > 0
    return float(np.sum(found[seen] * np.log(found[seen] / exact[seen])))


def random_network(n, seed):
    rng = np.random.default_rng(seed)
    couplings = np.triu(rng.normal(0, 1 / np.sqrt(n), (n, n)), 1)
    return couplings + couplings.T, rng.normal(0, 0.3, n)


def test_p24_one_p_bit_is_a_telegraph_device():
    assert mean_state(0.75) == pytest.approx(float(stationary_mean(0.15, 5.0)), rel=1e-12)


@pytest.mark.parametrize("drive", [-2.0, -0.3, 0.0, 0.7, 3.0])
def test_p24_mean_of_free_p_bits(drive):
    """5.3 standard deviations: 1e-7."""
    network = PBits(np.zeros((200, 200)), np.full(200, drive), seed=SEED)
    found, exact = network.sample(1000).mean(), np.tanh(drive)
    noise = np.sqrt((1 - exact**2) / 200_000)
    print(f"seed {SEED}: {found:.5f}, exact {exact:.5f} +- {noise:.5f}")
    assert abs(found - exact) < 5.3 * noise


@pytest.mark.parametrize(("n", "beta"), [(1, 1.0), (2, 1.0), (5, 1.5), (9, 1.0), (12, 0.7)])
def test_p24_network_samples_the_boltzmann_law(n, beta):
    """KL < 0.01 at 1e5 sweeps.

    Of 1e5 independent sweeps, 2 * 1e5 KL is chi-squared with 2^n - 1 degrees of freedom: for n = 9 0.01 is 32 standard
    deviations off. For n = 12, whose expected KL is 0.02 with any sampler, ten times the sweeps are taken.
    """
    couplings, own = random_network(n, SEED + n)
    network = PBits(couplings, own, seed=SEED)
    network.sweep(100, beta)
    _, exact = boltzmann(network.couplings, own, beta)
    found = histogram(network.sample(SWEEPS if n < 12 else 10 * SWEEPS, beta))
    print(f"seed {SEED}: n = {n}, KL {divergence(found, exact):.5f}")
    assert divergence(found, exact) < 0.01


def test_p24_and_gate():
    """The four lines of the truth table are the four lowest states, equally likely, and hold most of the time."""
    energy, exact = boltzmann(AND_COUPLINGS, AND_OWN, 1.0)
    truth = [4 * a + 2 * b + (a & b) for a in (0, 1) for b in (0, 1)]
    assert sorted(np.argsort(energy)[:4].tolist()) == sorted(truth)
    found = histogram(PBits(AND_COUPLINGS, AND_OWN, seed=SEED).sample(SWEEPS))
    print(f"seed {SEED}: {np.round(found, 4)}, exact {np.round(exact, 4)}")
    assert divergence(found, exact) < 0.01
    assert found[truth].min() > 10 * np.delete(found, truth).max()


def test_p24_all_at_once_would_be_wrong():
    """The oracle can fail: the same law, updated synchronously in numpy, is far from exp(-E)."""
    rng, couplings = np.random.default_rng(SEED), np.array([[0.0, 1.0], [1.0, 0.0]])
    states, kept = np.array([1.0, -1.0]), []
    for _ in range(20_000):
        states = np.where(np.tanh(couplings @ states) > rng.uniform(-1, 1, 2), 1.0, -1.0)
        kept.append(states)
    assert divergence(histogram(np.array(kept)), boltzmann(couplings, np.zeros(2), 1.0)[1]) > 0.1


def test_energies_are_the_sum_over_pairs():
    couplings, own = random_network(6, SEED)
    assert energies(every_state(6), couplings, own) == pytest.approx(boltzmann(couplings, own, 1.0)[0], abs=1e-12)


def test_annealing_finds_the_ground_state():
    """Of twelve p-bits; ten runs, all but one must. Found by enumeration."""
    couplings, own = random_network(12, SEED)
    best = 0
    for seed in range(10):
        network = PBits(couplings, own, seed=seed)
        ground = boltzmann(network.couplings, own, 1.0)[0].min()
        states, energy = network.anneal(np.geomspace(0.1, 20, 2000))
        assert energy == pytest.approx(float(energies(states, network.couplings, network.own)), rel=1e-9)
        assert energy >= ground - 1e-5
        best += energy < ground + 1e-5
    assert best >= 9


def test_couplings_of_whole_numbers_are_kept_exactly_and_others_to_sixteen_bits():
    assert np.array_equal(PBits(AND_COUPLINGS).couplings, AND_COUPLINGS)
    couplings, _ = random_network(50, SEED)
    assert np.abs(PBits(couplings).couplings - couplings).max() <= 2.0**-15 * np.abs(couplings).max()
    almost = np.array([[0.0, 1.0 - 1e-9], [1.0 - 1e-9, 0.0]])
    assert PBits(almost).couplings == pytest.approx(almost, abs=2.0**-15)


@settings(max_examples=10, deadline=None)
@given(cut=st.integers(0, 40), n=st.integers(1, 70), seed=st.integers(0, 2**32))
def test_a_history_does_not_depend_on_how_calls_are_split(cut, n, seed):
    couplings, own = random_network(n, seed)
    whole = PBits(couplings, own, seed=seed).sample(40)
    network = PBits(couplings, own, seed=seed)
    assert np.array_equal(np.vstack([network.sample(cut), network.sample(40 - cut)]), whole)
    network.reset()
    network.sweep(40)
    assert np.array_equal(network.states, whole[-1])


@given(st.integers(1, 30), st.floats(0, 1), st.integers(0, 2**32))
def test_no_two_coupled_p_bits_share_a_colour(n, density, seed):
    rng = np.random.default_rng(seed)
    couplings = np.triu(rng.random((n, n)) < density, 1).astype(float)
    couplings += couplings.T
    colours = graph_colours(couplings)
    assert not (couplings[colours[:, None] == colours[None, :]] != 0).any()
    assert colours.max() <= (couplings != 0).sum(axis=1).max()


def test_no_p_bits_and_no_sweeps():
    assert PBits(np.zeros((0, 0))).sample(3).shape == (3, 0)
    assert PBits(np.zeros((2, 2))).sample(0).shape == (0, 2)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: PBits([[0.0, 1.0], [0.5, 0.0]]), BadParameter),
        (lambda: PBits([[1.0, 0.5], [0.5, 0.0]]), BadParameter),
        (lambda: PBits([[0.0, np.nan], [np.nan, 0.0]]), NotFinite),
        (lambda: PBits(np.zeros((2, 3))), WrongShape),
        (lambda: PBits(np.zeros((2, 2)), np.zeros(3)), WrongShape),
        (lambda: PBits(np.zeros((2, 2))).sample(-1), BadParameter),
        (lambda: PBits(np.zeros((2, 2))).sample(1, beta=-1.0), BadParameter),
        (lambda: PBits(np.zeros((2, 2))).anneal([1.0, np.inf]), NotFinite),
    ],
)
def test_bad_input_is_refused_by_name(call, error):
    with pytest.raises(error):
        call()
