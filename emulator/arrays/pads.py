"""The pads of an emulated crossbar, as the circuit around it sees them (`emulator.ports.CrossbarPads`)."""

from __future__ import annotations

import functools
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
        self._clock = clock
        self._last_seconds = clock.seconds

    def admittance_siemens(self, connected: NDArray[np.bool_]) -> NDArray[np.float64]:
        """One noisy look at the array, reduced to the connected pads; see `ports.CrossbarPads`."""
        self._catch_up()
        circuit = self._circuit(connected)
        pads = int(connected.sum())
        if circuit is None:
            return np.zeros((pads, pads))
        volts = self.crossbar.info.read_volts
        assert volts is not None  # noqa: S101 - the catalog's schema requires it
        cells = np.zeros((self.rows, self.cols))
        row, col = np.nonzero(np.broadcast_to(connected[: self.rows, None], cells.shape))
        cells[row, col] = self.crossbar.noisy_siemens(row, col, volts)
        node_volts = circuit.solve(cells, np.diag(circuit.end_siemens))
        admittance = np.diag(circuit.end_siemens) - circuit.end_siemens[:, None] * node_volts[circuit.ends]
        return 0.5 * (admittance + admittance.T)

    def fire_pulse(
        self, connected: NDArray[np.bool_], pad_volts: NDArray[np.float64], width_seconds: float, count: int
    ) -> None:
        """Apply pulses to the pads; see `ports.CrossbarPads`."""
        self._catch_up()
        circuit = self._circuit(connected)
        if circuit is None:
            return
        junctions = self.crossbar.junctions
        node_volts = circuit.solve(junctions.conductance_siemens(0.0), (circuit.end_siemens * pad_volts)[:, None])
        across = circuit.network.cell_volts(node_volts)[0]
        row, col = (each.ravel() for each in np.meshgrid(circuit.rows, circuit.cols, indexing="ij"))
        junctions.fire(row, col, across.ravel(), np.full(row.shape, width_seconds), count)

    def _catch_up(self) -> None:
        elapsed = self._clock.seconds - self._last_seconds
        self._last_seconds = self._clock.seconds
        if elapsed > 0.0:
            self.crossbar.rest(elapsed)

    def _circuit(self, connected: NDArray[np.bool_]) -> _Circuit | None:
        """What of the array takes part; None when no word line is connected, so that no cell conducts."""
        rows = tuple(np.flatnonzero(connected[: self.rows]).tolist())
        if not rows:
            return None
        held = connected[self.rows :]
        # A floating bit line joins word lines to each other. With one word line it carries nothing and is left out.
        cols = tuple(np.flatnonzero(held).tolist()) if len(rows) == 1 and held.any() else tuple(range(self.cols))
        wire_ohms = max(self.crossbar.wire_ohms, LEAST_WIRE_OHMS)
        return _circuit(rows, cols, tuple(held[list(cols)].tolist()), self.rows, wire_ohms)


class _Circuit:
    """The rows and columns of an array that take part when some pads are connected."""

    def __init__(
        self, rows: tuple[int, ...], cols: tuple[int, ...], held: tuple[bool, ...], all_rows: int, wire_ohms: float
    ) -> None:
        self.rows, self.cols = np.array(rows), np.array(cols)
        self.held = np.array(held)
        row_steps = np.diff([*rows, all_rows])
        col_steps = np.diff([-1, *cols])
        self.network = CrossbarNetwork(len(rows), len(cols), wire_ohms, row_steps, col_steps)
        self.ends = np.concatenate([self.network.word[:, 0], self.network.bit[-1, self.held]])
        self.end_siemens = np.concatenate(
            [
                np.full(len(rows), self.network.word_end_siemens),
                np.full(int(self.held.sum()), self.network.bit_end_siemens),
            ]
        )

    def solve(self, cells: NDArray[Any], fed_amps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Node voltages when currents are fed in at the ends of the connected lines, shape (ends, batch)."""
        sources = np.zeros((2 * self.rows.size * self.cols.size, fed_amps.shape[1]))
        sources[self.ends] = fed_amps
        with one_thread():
            matrix = self.network.matrix(cells[np.ix_(self.rows, self.cols)], self.held)
            return factorise_symmetric(matrix).solve(sources)


@functools.lru_cache(maxsize=4096)
def _circuit(
    rows: tuple[int, ...], cols: tuple[int, ...], held: tuple[bool, ...], all_rows: int, wire_ohms: float
) -> _Circuit:
    return _Circuit(rows, cols, held, all_rows, wire_ohms)
