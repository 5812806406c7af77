"""The pads of an emulated crossbar, as the circuit around it sees them (`emulator.ports.CrossbarPads`)."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.arrays.crossbar import Crossbar
from spinloop.emulator.arrays.network import CrossbarNetwork, factorise_symmetric, one_thread
from spinloop.emulator.clock import VirtualClock

# Pads of ideal wires still need a resistance to be nodes of their own; it is far below any contact's.
LEAST_WIRE_OHMS = 1e-3
MAX_SOLVED = 512


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
        self._solved: dict[bytes, _Solved] = {}
        self._generation = -1

    def admittance_siemens(self, connected: NDArray[np.bool_], noisy: bool = True) -> NDArray[np.float64]:
        """The array reduced to the connected pads; see `ports.CrossbarPads`."""
        self._catch_up()
        circuit = self._circuit(connected)
        if circuit is None:
            pads = int(connected.sum())
            return np.zeros((pads, pads))
        if not noisy:
            return self._quiet(circuit, connected).admittance
        cells = np.zeros((self.rows, self.cols))
        row, col = np.nonzero(np.broadcast_to(connected[: self.rows, None], cells.shape))
        cells[row, col] = self.crossbar.noisy_siemens(row, col, self._read_volts)
        return _Solved(circuit, cells).admittance

    def fire_pulse(
        self, connected: NDArray[np.bool_], pad_volts: NDArray[np.float64], width_seconds: float, count: int
    ) -> None:
        """Apply pulses to the pads; see `ports.CrossbarPads`."""
        self._catch_up()
        circuit = self._circuit(connected)
        if circuit is None:
            return
        across = self._quiet(circuit, connected).cell_volts(pad_volts)
        row, col = (each.ravel() for each in np.meshgrid(circuit.rows, circuit.cols, indexing="ij"))
        width = np.full(row.shape, width_seconds)
        self.crossbar.junctions.fire(row, col, across.ravel(), width, count)

    @property
    def _read_volts(self) -> float:
        volts = self.crossbar.info.read_volts
        assert volts is not None  # noqa: S101 - the catalog's schema requires it
        return volts

    def _quiet(self, circuit: _Circuit, connected: NDArray[np.bool_]) -> _Solved:
        """The noiseless circuit, kept until a junction switches: time steps ask for it again and again."""
        junctions = self.crossbar.junctions
        if junctions.generation != self._generation or len(self._solved) >= MAX_SOLVED:
            self._solved.clear()
            self._generation = junctions.generation
        key = connected.tobytes()
        if key not in self._solved:
            self._solved[key] = _Solved(circuit, junctions.conductance_siemens(self._read_volts))
        return self._solved[key]

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


class _Solved:
    """A circuit with given cells: its admittance between the ends, and the voltages that the ends cause."""

    def __init__(self, circuit: _Circuit, cells: NDArray[np.float64]) -> None:
        self._circuit = circuit
        sources = np.zeros((2 * circuit.rows.size * circuit.cols.size, circuit.ends.size))
        sources[circuit.ends, np.arange(circuit.ends.size)] = circuit.end_siemens
        with one_thread():
            matrix = circuit.network.matrix(cells[np.ix_(circuit.rows, circuit.cols)], circuit.held)
            self._node_volts = factorise_symmetric(matrix).solve(sources)
        siemens = circuit.end_siemens
        admittance = np.diag(siemens) - siemens[:, None] * self._node_volts[circuit.ends]
        self.admittance: NDArray[np.float64] = 0.5 * (admittance + admittance.T)

    def cell_volts(self, end_volts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Voltage across each cell that takes part, shape (rows, cols)."""
        return self._circuit.network.cell_volts((self._node_volts @ end_volts)[:, None])[0]


@functools.lru_cache(maxsize=4096)
def _circuit(
    rows: tuple[int, ...], cols: tuple[int, ...], held: tuple[bool, ...], all_rows: int, wire_ohms: float
) -> _Circuit:
    return _Circuit(rows, cols, held, all_rows, wire_ohms)
