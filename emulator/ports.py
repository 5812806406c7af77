"""What a chip's pads offer to the circuit around them.

A circuit (the emulated bench) joins instruments and chips through ports alone; neither side knows the other.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class CrossbarPads(Protocol):
    """The pads of a crossbar: one per word line, then one per bit line.

    A word line whose pad is not connected has its access transistors off: the cells of that row conduct nothing.
    """

    rows: int
    cols: int

    def admittance_siemens(self, connected: NDArray[np.bool_], noisy: bool = True) -> NDArray[np.float64]:
        """The array reduced to the connected pads (the floating ones eliminated).

        Args:
            connected: shape (rows + cols,), which pads are wired to something outside; word lines first.
            noisy: one look, with the noise of this reading; otherwise the mean of many, which changes no state.

        Returns:
            Symmetric admittance matrix Y with zero row sums, shape (k, k) for the k connected pads in order:
            currents into the pads are Y @ pad_volts.
        """
        ...

    def fire_pulse(
        self, connected: NDArray[np.bool_], pad_volts: NDArray[np.float64], width_seconds: float, count: int
    ) -> None:
        """Apply `count` rectangular pulses to the pads; each junction sees the voltage that the array's wires give it.

        Args:
            connected: shape (rows + cols,).
            pad_volts: voltage of each connected pad during the pulse, shape (k,).
            width_seconds: length of one pulse.
            count: number of pulses.
        """
        ...
