"""What all populations share: an index per device, chance that does not depend on the neighbours, state and restore."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.chance import Chance
from spinloop.emulator.physics.checks import finite, positive, within
from spinloop.protocols.errors import BadParameter, WrongShape

Floats = NDArray[np.float64]
MOST_STEPS = 1_000_000
"""Internal steps that one call may take; more is refused, because the call would seem to hang."""


class Population:
    """Base of the populations of n devices of one kind.

    Args:
        devices: n, at least 0.
        seed: root seed.
        name: of this population, so that two with one seed differ.

    Attributes:
        devices: n.
        draws: how often each device drew from its stream of chance so far.
    """

    _arrays: ClassVar[tuple[str, ...]] = ()
    """Names of the attributes that make up the state, beside `draws`."""

    def __init__(self, devices: int, seed: int, name: str) -> None:
        self.devices = int(within("devices", devices, 0))
        self.draws = 0
        self._index = np.arange(self.devices)
        self._seed, self._name = seed, name
        self._chance = Chance(seed, name, "step")

    def reset(self) -> None:
        """Back to the state right after construction."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """The arrays that define what happens next."""
        return {"draws": self.draws, **{name: getattr(self, name).copy() for name in self._arrays}}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned.

        Raises:
            WrongShape: it belongs to a population of another size.
        """
        for name in self._arrays:
            if state[name].shape != getattr(self, name).shape:
                raise WrongShape(
                    f"a state with {name} {state[name].shape}", f"{getattr(self, name).shape}", "see above"
                )
        self.draws = state["draws"]
        for name in self._arrays:
            setattr(self, name, state[name].copy())

    def _vary(self, what: str, nominal: float, spread: float, parts: int | None = None) -> Floats:
        """One nominal * exp(spread * z), per device, or per part of each device."""
        row, col = (self._index, 0) if parts is None else (self._index[:, None], np.arange(parts))
        if spread == 0.0:
            return np.full(self.devices if parts is None else (self.devices, parts), float(nominal))
        return np.asarray(nominal * np.exp(spread * Chance(self._seed, self._name, what).normal(row, col, 0)))

    def _uniform(self, parts: int | None = None) -> Floats:
        """The next uniform number of each device, or of each part of each device."""
        row, col = (self._index, 0) if parts is None else (self._index[:, None], np.arange(parts))
        self.draws += 1
        return self._chance.uniform(row, col, self.draws - 1)

    def _input(self, name: str, value: ArrayLike) -> Floats:
        """An input as one number per device."""
        array = finite(name, value)
        if array.shape not in ((), (self.devices,)):
            raise WrongShape(f"{name} {array.shape}", f"a number or ({self.devices},)", "one value per device")
        return np.ascontiguousarray(np.broadcast_to(array, (self.devices,)))


def whole_steps(name: str, seconds: float, largest: float) -> tuple[int, float]:
    """How many equal steps, none longer than `largest`, make up a time, and how long each is.

    Raises:
        BadParameter: more than `MOST_STEPS` are needed.
    """
    time = float(within(name, seconds, 0.0))
    count = max(int(np.ceil(time / float(positive("largest", largest)) * (1.0 - 1e-12))), 1)
    if count > MOST_STEPS:
        raise BadParameter(f"{name} = {time:g}", f"at most {MOST_STEPS * largest:.3g} s a call", "make several calls")
    return count, time / count
