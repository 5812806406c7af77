"""Solves the small linear circuit that instruments, wires and a chip's pads make together.

Nodal analysis: `G v = i` for the nodes other than ground, with every source in Norton's form (it has a series
resistance). A source at its limit is replaced by a source of the other kind and the circuit is solved again. A part of
the circuit that floats has no potential of its own: one of its nodes is held at 0 V, which changes nothing, as no
current flows there. A current source whose ends nothing joins is at its limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.instruments._elements import CurrentSource, Observation, Source

HOLDING_SIEMENS = 1.0
# Entries of an admittance matrix below this share of its largest are rounding, and join nothing.
JOINS_SHARE = 1e-13
# Limits are compared with this slack, so that a source that was replaced is not found at its limit again.
LIMIT_SLACK = 1e-9
GROUND = 0

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placed:
    """A source and the nodes of its terminals."""

    source: Source
    plus: int
    minus: int


@dataclass(frozen=True, slots=True)
class Circuit:
    """A linear circuit.

    Attributes:
        nodes: how many there are, ground (node 0) included.
        resistors: (node, node, siemens).
        block_nodes: nodes that a many-terminal admittance joins; may hold a node twice.
        block_siemens: its matrix Y: the currents into it are Y @ volts.
        sources: in the order of the answers.
    """

    nodes: int
    resistors: Sequence[tuple[int, int, float]]
    sources: Sequence[Placed]
    block_nodes: Sequence[int] = ()
    block_siemens: Matrix | None = None


@dataclass(frozen=True, slots=True)
class Solution:
    """Volts of every node, ground first, and what each source sees."""

    volts: Matrix
    observations: tuple[Observation, ...]


def solve(circuit: Circuit) -> Solution:
    """Node volts, with every source within its limit.

    Sources only ever go from free to limited, so this ends after at most one round for each source.
    """
    passive = _passive(circuit)
    joined = _joined(circuit)
    limited: dict[int, float] = {}
    while True:
        parts = _parts(circuit, joined, limited)
        volts = _solve_once(circuit, passive, parts, limited)
        seen = tuple(_observe(placed, volts, limited.get(index)) for index, placed in enumerate(circuit.sources))
        worst = {
            index: excess
            for index, (placed, each) in enumerate(zip(circuit.sources, seen, strict=True))
            if index not in limited and (excess := _excess(placed.source, each)) is not None
        }
        if not worst:
            return Solution(volts, seen)
        limited |= worst


def _passive(circuit: Circuit) -> Matrix:
    matrix = np.zeros((circuit.nodes, circuit.nodes))
    for a, b, siemens in circuit.resistors:
        _stamp(matrix, a, b, siemens)
    if circuit.block_siemens is not None and len(circuit.block_nodes):
        nodes = np.asarray(circuit.block_nodes)
        np.add.at(matrix, (nodes[:, None], nodes[None, :]), circuit.block_siemens)
    return matrix


def _joined(circuit: Circuit) -> list[tuple[int, int]]:
    """Pairs of nodes between which current can flow, sources aside."""
    pairs = [(a, b) for a, b, _ in circuit.resistors]
    if circuit.block_siemens is not None and len(circuit.block_nodes):
        size = np.abs(circuit.block_siemens)
        rows, columns = np.nonzero(np.triu(size > JOINS_SHARE * size.max(), 1))
        nodes = circuit.block_nodes
        pairs += [(nodes[a], nodes[b]) for a, b in zip(rows.tolist(), columns.tolist(), strict=True)]
    return pairs


def _parts(circuit: Circuit, joined: Sequence[tuple[int, int]], limited: dict[int, float]) -> list[int]:
    """For each node, a node that stands for the part of the circuit it belongs to; ground stands for its own.

    A current source that would have to push its current from one part into another is put at its limit here.
    """
    parent = list(range(circuit.nodes))

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def join(a: int, b: int) -> None:
        low, high = sorted((find(a), find(b)))
        parent[high] = low

    for a, b in joined:
        join(a, b)
    for index, placed in enumerate(circuit.sources):
        if isinstance(placed.source, CurrentSource) == (index in limited):
            join(placed.plus, placed.minus)
    for index, placed in enumerate(circuit.sources):
        source = placed.source
        if not isinstance(source, CurrentSource) or index in limited or not source.amps:
            continue
        if find(placed.plus) != find(placed.minus):
            limited[index] = float(np.copysign(source.limit_volts, source.amps))
            join(placed.plus, placed.minus)
    return [find(node) for node in range(circuit.nodes)]


def _stamp(matrix: Matrix, a: int, b: int, siemens: float) -> None:
    matrix[a, a] += siemens
    matrix[b, b] += siemens
    matrix[a, b] -= siemens
    matrix[b, a] -= siemens


def _solve_once(circuit: Circuit, passive: Matrix, parts: Sequence[int], limited: dict[int, float]) -> Matrix:
    matrix = passive.copy()
    for node in set(parts) - {GROUND}:
        matrix[node, node] += HOLDING_SIEMENS
    amps = np.zeros(circuit.nodes)
    for index, placed in enumerate(circuit.sources):
        siemens, current = _norton(placed.source, limited.get(index))
        if siemens:
            _stamp(matrix, placed.plus, placed.minus, siemens)
        amps[placed.plus] += current
        amps[placed.minus] -= current
    volts = np.zeros(circuit.nodes)
    volts[1:] = np.linalg.solve(matrix[1:, 1:], amps[1:])
    return volts


def _norton(source: Source, limit: float | None) -> tuple[float, float]:
    """Conductance and short-circuit current of a source; at its limit it is a source of the other kind."""
    if isinstance(source, CurrentSource):
        return (0.0, source.amps) if limit is None else (1.0 / source.ohms, limit / source.ohms)
    return (1.0 / source.ohms, source.volts / source.ohms) if limit is None else (0.0, limit)


def _observe(placed: Placed, volts: Matrix, limit: float | None) -> Observation:
    across = float(volts[placed.plus] - volts[placed.minus])
    siemens, current = _norton(placed.source, limit)
    return Observation(across, current - siemens * across, limit is not None)


def _excess(source: Source, seen: Observation) -> float | None:
    """The limit, with the sign of what exceeds it; None while within."""
    value, limit = (
        (seen.volts, source.limit_volts) if isinstance(source, CurrentSource) else (seen.amps, source.limit_amps)
    )
    return float(np.copysign(limit, value)) if abs(value) > limit * (1.0 + LIMIT_SLACK) else None
