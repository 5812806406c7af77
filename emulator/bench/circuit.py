"""Solves the small linear circuit that instruments, wires and a chip's pads make together.

Nodal analysis: `G v = i` for the nodes other than ground, with every source in Norton's form (it has a series
resistance). A source at its limit is replaced by a source of the other kind and the circuit is solved again. A tiny
conductance from every node to ground keeps a floating part of the circuit solvable; at 1e-15 S it carries less than any
instrument here resolves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.instruments._elements import CurrentSource, Observation, Source

FLOATING_SIEMENS = 1e-15
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
    limited: dict[int, float] = {}
    while True:
        volts = _solve_once(circuit, passive, limited)
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
    matrix[np.diag_indices(circuit.nodes)] += FLOATING_SIEMENS
    return matrix


def _stamp(matrix: Matrix, a: int, b: int, siemens: float) -> None:
    matrix[a, a] += siemens
    matrix[b, b] += siemens
    matrix[a, b] -= siemens
    matrix[b, a] -= siemens


def _solve_once(circuit: Circuit, passive: Matrix, limited: dict[int, float]) -> Matrix:
    matrix = passive.copy()
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
