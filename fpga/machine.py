"""What the substrate needs of the thing that carries out register operations."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from spinloop.fpga.operation_list import OperationList


class Machine(Protocol):
    """A chip at its register bus: the Verilated library, the golden model, later a board."""

    def batch(self, operations: OperationList) -> NDArray[np.uint32]:
        """Carry out an operation list and return the words that its reads gave, in order."""
        ...

    def reset(self) -> None:
        """Hardware reset, up to the end of the clearing."""
        ...

    def close(self) -> None:
        """Release what it holds; calling it again does nothing."""
        ...
