"""The circuit solver against circuits solved by hand and by an independent formulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spinloop.emulator.bench.circuit import Circuit, Placed, solve
from spinloop.emulator.instruments import CurrentSource, VoltageSource

OHMS = st.floats(0.1, 1e7)


def _volts(value: float, ohms: float = 1.0, limit: float = math.inf) -> VoltageSource:
    return VoltageSource("v", "p", "m", value, ohms, limit)


@given(st.floats(-10, 10), OHMS, OHMS)
def test_a_divider(volts: float, series: float, load: float) -> None:
    solved = solve(Circuit(2, [(1, 0, 1 / load)], [Placed(_volts(volts, series), 1, 0)]))
    assert math.isclose(solved.volts[1], volts * load / (series + load), rel_tol=1e-7, abs_tol=1e-12)
    assert math.isclose(solved.observations[0].amps, volts / (series + load), rel_tol=1e-6, abs_tol=1e-14)


@given(st.lists(st.tuples(st.floats(-5, 5), OHMS), min_size=2, max_size=5), OHMS)
def test_sources_on_one_node_superpose(sources: list[tuple[float, float]], load: float) -> None:
    """Millman's theorem: the node stands at the weighted mean of what pulls at it."""
    solved = solve(Circuit(2, [(1, 0, 1 / load)], [Placed(_volts(v, r), 1, 0) for v, r in sources]))
    expected = sum(v / r for v, r in sources) / (sum(1 / r for _, r in sources) + 1 / load)
    assert math.isclose(solved.volts[1], expected, rel_tol=1e-6, abs_tol=1e-9)
    total = sum(seen.amps for seen in solved.observations)
    assert math.isclose(total, solved.volts[1] / load, rel_tol=1e-5, abs_tol=1e-9), "Kirchhoff at the node"


@settings(max_examples=50)
@given(st.integers(2, 8), st.integers(0, 2**32 - 1))
def test_random_networks_agree_with_modified_nodal_analysis(nodes: int, seed: int) -> None:
    """The same network with the source ideal and its resistance as a branch of its own."""
    rng = np.random.default_rng(seed)
    edges = [(a, b, 1 / rng.uniform(1, 1e5)) for a in range(nodes) for b in range(a)]
    volts, ohms = rng.uniform(-1, 1), rng.uniform(0.1, 100)
    solved = solve(Circuit(nodes, edges, [Placed(_volts(volts, ohms), nodes - 1, 0)]))
    # Unknowns: node volts 1..n-1, the source's inner node n, its current.
    size = nodes + 1
    matrix, right = np.zeros((size, size)), np.zeros(size)
    for a, b, siemens in [*edges, (nodes, nodes - 1, 1 / ohms)]:
        for p, q in ((a, b), (b, a)):
            if p:
                matrix[p - 1, p - 1] += siemens
                if q:
                    matrix[p - 1, q - 1] -= siemens
    matrix[nodes - 1, nodes] = -1
    matrix[nodes, nodes - 1] = 1
    right[nodes] = volts
    expected = np.linalg.solve(matrix, right)
    np.testing.assert_allclose(solved.volts[1:], expected[: nodes - 1], rtol=1e-6, atol=1e-9)
    assert math.isclose(solved.observations[0].amps, expected[nodes], rel_tol=1e-6, abs_tol=1e-12)


@given(OHMS, st.floats(0.01, 10), st.floats(1e-9, 1.0))
def test_a_voltage_source_never_gives_more_than_its_limit(load: float, volts: float, limit: float) -> None:
    solved = solve(Circuit(2, [(1, 0, 1 / load)], [Placed(_volts(volts, 0.05, limit), 1, 0)]))
    seen = solved.observations[0]
    free = volts / (load + 0.05)
    assert seen.limited == (free > limit * (1 + 1e-9)) or math.isclose(free, limit, rel_tol=1e-8)
    assert abs(seen.amps) <= limit * (1 + 1e-6)
    assert math.isclose(seen.amps, min(free, limit), rel_tol=1e-6, abs_tol=1e-13)


@given(OHMS, st.floats(1e-6, 1.0), st.floats(0.02, 200))
def test_a_current_source_never_stands_above_its_limit(load: float, amps: float, limit: float) -> None:
    source = CurrentSource("i", "p", "m", amps, limit, 0.05)
    seen = solve(Circuit(2, [(1, 0, 1 / load)], [Placed(source, 1, 0)])).observations[0]
    assert abs(seen.volts) <= limit * (1 + 1e-6)
    # At its limit it is a source of that voltage behind its series resistance.
    expected = amps * load if amps * load <= limit else limit * load / (load + 0.05)
    assert math.isclose(seen.volts, expected, rel_tol=1e-6)


def test_what_floats_carries_nothing() -> None:
    solved = solve(Circuit(4, [(2, 3, 1e-3)], [Placed(_volts(1.0), 1, 0)]))
    assert solved.observations[0].amps == pytest.approx(0.0, abs=1e-14)
    assert solved.volts[2] == pytest.approx(0.0, abs=1e-12)


@given(OHMS, st.floats(-10, 10), st.floats(1e-3, 10))
def test_a_circuit_that_floats_as_a_whole_is_solved_like_one_on_ground(load: float, volts: float, relay: float) -> None:
    """Source and load away from ground: same current, whatever the potential of the whole."""
    floating = solve(Circuit(4, [(1, 2, 1 / relay), (2, 3, 1 / load)], [Placed(_volts(volts, 0.05), 1, 3)]))
    assert floating.observations[0].amps == pytest.approx(volts / (load + relay + 0.05), rel=1e-6, abs=1e-13)


@given(st.floats(-1, 1), st.floats(0.1, 100), st.floats(0.02, 200))
def test_a_current_source_into_an_open_circuit_is_at_its_limit(amps: float, relay: float, limit: float) -> None:
    source = CurrentSource("i", "p", "m", amps, limit, 0.05)
    seen = solve(Circuit(3, [(1, 2, 1 / relay)], [Placed(source, 1, 0)])).observations[0]
    assert seen.volts == pytest.approx(np.copysign(limit, amps) if amps else 0.0)
    assert seen.amps == pytest.approx(0.0, abs=1e-9)
    assert seen.limited == (amps != 0.0)


def test_an_admittance_joins_many_nodes_at_once() -> None:
    star = np.array([[2.0, -1.0, -1.0], [-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]]) * 1e-4
    by_block = solve(Circuit(4, [(3, 0, 1e-3)], [Placed(_volts(1.0), 1, 0)], [1, 2, 3], star))
    by_edges = solve(Circuit(4, [(3, 0, 1e-3), (1, 2, 1e-4), (1, 3, 1e-4)], [Placed(_volts(1.0), 1, 0)]))
    np.testing.assert_allclose(by_block.volts, by_edges.volts, rtol=1e-9)
    shorted = solve(Circuit(3, [(2, 0, 1e-3)], [Placed(_volts(1.0), 1, 0)], [1, 1, 2], star))
    assert shorted.observations[0].amps == pytest.approx(1.0 / (1.0 + 1e4 + 1e3), rel=1e-6)
