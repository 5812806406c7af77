"""The whole state of the chip as named arrays, and back.

Cells and generators are all of it: thresholds are loaded anew by every `Sample`, probabilities by every `Pulse`, and
a p-bit's last outcome has no influence on the next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from spinloop.protocols.errors import WrongState
from spinloop.protocols.operations import State


def pack(identity: str, cells: NDArray[np.bool_], generators: NDArray[np.uint32]) -> State:
    """Name the arrays of a state."""
    return {
        "identity": np.frombuffer(identity.encode(), dtype=np.uint8).copy(),
        "cells": cells,
        "generators": generators,
    }


def unpack(state: State, identity: str, size: int) -> tuple[NDArray[np.bool_], NDArray[np.uint32]]:
    """Check a state and take it apart.

    Returns:
        Cells, shape (size, size), and generators, shape (4, size).

    Raises:
        WrongState: it is of another chip, incomplete, or of other shapes or types.
    """
    if set(state) != {"identity", "cells", "generators"}:
        raise _wrong(f"a state with the arrays {sorted(state)}", "identity, cells and generators")
    owner = np.asarray(state["identity"]).tobytes().decode("utf-8", "replace")
    if owner != identity:
        raise _wrong(f"a snapshot of {owner!r}", f"snapshots of {identity!r}")
    cells, generators = np.asarray(state["cells"]), np.asarray(state["generators"])
    if cells.dtype != np.bool_ or cells.shape != (size, size):
        raise _wrong(f"cells of dtype {cells.dtype} and shape {cells.shape}", f"bool, ({size}, {size})")
    if generators.dtype != np.uint32 or generators.shape != (4, size):
        raise _wrong(f"generators of dtype {generators.dtype} and shape {generators.shape}", f"uint32, (4, {size})")
    if not generators.any(axis=0).all():
        raise _wrong("a generator whose state is all zero", "any other state: from zero it would stay zero")
    return cells, generators


def _wrong(asked: str, allowed: str) -> WrongState:
    return WrongState(asked, allowed, "restore what Snapshot of this chip returned, unchanged")
