"""An array of stochastic neurons as a block of a chip."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.devices.telegraph_neurons import TelegraphNeurons
from spinloop.protocols.chip_info import BlockInfo
from spinloop.protocols.operations import BlockOperation, Sample
from spinloop.protocols.results import Result, Samples, pack_bits


class NeuronArray:
    """Superparamagnetic junctions, each biased on its own and looked at together.

    Args:
        info: shape and limits.
        neurons: the devices.
        name: of the block.
        junction_ohms: mean resistance of a neuron's junction, for the energy model.
    """

    def __init__(self, info: BlockInfo, neurons: TelegraphNeurons, name: str, junction_ohms: float) -> None:
        self.info = info
        self.neurons = neurons
        self.name = name
        self.junction_ohms = junction_ohms

    def execute(self, operation: BlockOperation) -> Result:
        """Carry out one operation that the guard let through."""
        assert isinstance(operation, Sample)  # noqa: S101 - the guard admits declared operations only
        bias = np.atleast_2d(np.asarray(operation.bias_volts, dtype=np.float64))
        bits = np.stack([self.neurons.sample(each, operation.samples, operation.interval_seconds) for each in bias])
        seconds = len(bias) * operation.samples * operation.interval_seconds
        power_watts = float((bias**2).sum()) / self.junction_ohms
        return Samples(
            packed=pack_bits(bits),
            neurons=self.neurons.neurons,
            chip_seconds=seconds,
            energy_joules=power_watts * operation.samples * operation.interval_seconds,
            energy_kind="modelled",
        )

    def rest(self, seconds: float) -> None:
        """Let time pass at zero bias."""
        self.neurons.rest(seconds)

    def reset(self) -> None:
        """Back to the state right after construction."""
        self.neurons.reset()

    def state(self) -> dict[str, NDArray[Any]]:
        """The arrays that define what happens next."""
        return self.neurons.state()

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Put back what `state` returned."""
        self.neurons.restore(state)
