"""The pads of an emulated crossbar, as the circuit around it sees them (`emulator.ports.CrossbarPads`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.arrays.crossbar import Crossbar
from spinloop.emulator.arrays.network import CrossbarNetwork, factorise_symmetric, one_thread
from spinloop.emulator.clock import VirtualClock

# Pads of ideal wires still need a resistance to be nodes of their own; it is far below any contact's.
LEAST_WIRE_OHMS = 1e-3


class Pads:
    """Word-line pads, then bit-line pads, of a crossbar with one access transistor per cell.

    A word line whose pad is not connected has its transistors off. The cells are taken linear at the bias of the
    block's
    own `read_volts` when measured, and each at zero bias for the voltages of a pulse.

    Args:
        crossbar: the array.
        clock: the bench's clock; time that passes on it passes for the junctions.
    """

    def __init__(self, crossbar: Crossbar, clock: VirtualClock) -> None:
        self.crossbar = crossbar
        self.rows, self.cols = crossbar.junctions.shape
        self._network = CrossbarNetwork(self.rows, self.cols, max(crossbar.wire_ohms, LEAST_WIRE_OHMS))
        self._clock = clock
        self._last_seconds = clock.seconds
        self._pad_nodes = np.concatenate([self._network.word[:, 0], self._network.bit[-1]])

    def admittance_siemens(self, connected: NDArray[np.bool_]) -> NDArray[np.float64]:
        """One noisy look at the array, reduced to the connected pads; see `ports.CrossbarPads`."""
        self._catch_up()
        cells = np.zeros((self.rows, self.cols))
        row, col = np.nonzero(np.broadcast_to(connected[: self.rows, None], cells.shape))
        volts = self.crossbar.info.read_volts
        assert volts is not None  # noqa: S101 - the catalog's schema requires it
        cells[row, col] = self.crossbar.noisy_siemens(row, col, volts)
        held = self._pad_nodes[connected]
        sources = np.zeros((2 * cells.size, held.size))
        sources[held, np.arange(held.size)] = self._network.wire_siemens
        node_volts = self._solve(cells, connected, sources)
        admittance = -self._network.wire_siemens * node_volts[held]
        admittance[np.diag_indices(held.size)] += self._network.wire_siemens
        return 0.5 * (admittance + admittance.T)

    def fire_pulse(
        self, connected: NDArray[np.bool_], pad_volts: NDArray[np.float64], width_seconds: float, count: int
    ) -> None:
        """Apply pulses to the pads; see `ports.CrossbarPads`."""
        self._catch_up()
        junctions = self.crossbar.junctions
        selected = np.broadcast_to(connected[: self.rows, None], junctions.shape)
        cells = np.where(selected, junctions.conductance_siemens(0.0), 0.0)
        sources = np.zeros((2 * cells.size, 1))
        sources[self._pad_nodes[connected], 0] = self._network.wire_siemens * pad_volts
        across = self._network.cell_volts(self._solve(cells, connected, sources))[0]
        row, col = np.nonzero(selected)
        junctions.fire(row, col, across[row, col], np.full(row.shape, width_seconds), count)

    def _catch_up(self) -> None:
        elapsed = self._clock.seconds - self._last_seconds
        self._last_seconds = self._clock.seconds
        if elapsed > 0.0:
            self.crossbar.rest(elapsed)

    def _solve(
        self, cells: NDArray[Any], connected: NDArray[np.bool_], sources: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        # Lines that no conducting cell touches have no defined voltage; holding their ends at 0 V changes nothing else.
        idle = not connected[: self.rows].any()
        bit_ends = np.ones(self.cols, dtype=np.bool_) if idle else connected[self.rows :]
        with one_thread():
            factors = factorise_symmetric(self._network.matrix(cells, np.ones(self.rows, dtype=np.bool_), bit_ends))
            return factors.solve(sources)
