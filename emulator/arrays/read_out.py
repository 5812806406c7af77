"""Currents of a crossbar of junctions whose conductance depends on bias, through resistive wires."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import SuperLU
from spinloop.emulator.arrays.network import CrossbarNetwork, one_thread
from spinloop.emulator.devices.junctions import Junctions

RELATIVE_TOLERANCE = 1e-8  # of the largest current; the noise of a reading is a million times larger
MAX_ITERATIONS = 50


class ReadOut:
    """Solves Kirchhoff's laws for the lines of a crossbar; the factors are kept until a junction switches.

    Args:
        junctions: the cells.
        wire_ohms: resistance of one wire segment; 0 means ideal wires.
    """

    def __init__(self, junctions: Junctions, wire_ohms: float) -> None:
        self.junctions = junctions
        rows, cols = junctions.shape
        self.network = CrossbarNetwork(rows, cols, wire_ohms) if wire_ohms > 0.0 else None
        self._factors: SuperLU | None = None
        self._generation = -1

    def solve(self, volts: NDArray[Any], transpose: bool = False) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Line currents and cell currents for word-line voltages (bit-line voltages when transposed).

        The cells' dependence on bias, I = G(V) V, is met by chord iteration (Newton with the Jacobian kept at zero
        bias):
        the difference to the linear cell is fed in as a current source until the outputs stand still.

        Args:
            volts: shape (batch, lines driven); the other lines are held at 0 V.
            transpose: drive bit lines, sense word lines.

        Returns:
            amps, shape (batch, lines sensed), and cell_amps, shape (batch, rows, cols), from word to bit line.

        Raises:
            ArithmeticError: the iteration does not converge, which needs wires as resistive as the cells.
        """
        if self.network is None:
            return self._ideal(volts, transpose)
        with one_thread():
            return self._iterate(self.network, volts, transpose)

    def _iterate(
        self, network: CrossbarNetwork, volts: NDArray[Any], transpose: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        factors = self._current_factors(network)
        sources = network.right_side(volts, transpose)
        node_volts = factors.solve(sources)
        amps = network.output_amps(node_volts, transpose)
        half = network.bit[0, 0]
        change = np.inf
        for _ in range(MAX_ITERATIONS):
            across = network.cell_volts(node_volts)
            excess = self.junctions.excess_amps(across)
            injected = excess.reshape(len(volts), -1).T
            corrected = sources.copy()
            corrected[:half] -= injected
            corrected[half:] += injected
            node_volts = factors.solve(corrected)
            before, amps = amps, network.output_amps(node_volts, transpose)
            previous, change = change, float(np.abs(amps - before).max(initial=0.0))
            # The iteration is linear: what is still missing is a geometric series of the last change.
            ratio = min(0.9, change / previous) if np.isfinite(previous) and previous > 0.0 else 0.9
            if change * ratio / (1.0 - ratio) <= RELATIVE_TOLERANCE * np.abs(amps).max(initial=0.0):
                return amps, self.junctions.conductance_siemens(0.0) * across + excess
        raise ArithmeticError(f"the line currents did not settle in {MAX_ITERATIONS} iterations")

    def _ideal(self, volts: NDArray[Any], transpose: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        across = -volts[:, None, :] if transpose else volts[:, :, None]
        across = np.broadcast_to(across, (len(volts), *self.junctions.shape))
        cell_amps = self.junctions.conductance_siemens(across) * across
        return (-cell_amps.sum(axis=2) if transpose else cell_amps.sum(axis=1)), cell_amps

    def _current_factors(self, network: CrossbarNetwork) -> SuperLU:
        if self._factors is None or self._generation != self.junctions.generation:
            self._factors = network.factorise(self.junctions.conductance_siemens(0.0))
            self._generation = self.junctions.generation
        return self._factors
