"""What a chip answers: one frozen value for each operation, with the time and energy it took."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np
from spinloop.protocols.operations import State, Values

EnergyKind = Literal["measured", "modelled", "unknown"]
ENERGY_KINDS: tuple[EnergyKind, ...] = ("measured", "modelled", "unknown")


class Result(
    msgspec.Struct, frozen=True, omit_defaults=True, eq=False, tag_field="result", tag=lambda name: name.lower()
):
    """What every answer carries.

    Attributes:
        chip_seconds: time that passed for the chip.
        energy_joules: energy spent in the chip's cells and lines; 0.0 when its kind is `unknown`.
        energy_kind: `measured` by an instrument, `modelled` from the state and the pulse, or `unknown`.
        saturated: a converter or a meter reached the end of its range, so the data is a bound, not a value.
        limited: a source reached its compliance, so the chip saw less than was asked.
    """

    chip_seconds: float = 0.0
    energy_joules: float = 0.0
    energy_kind: EnergyKind = "unknown"
    saturated: bool = False
    limited: bool = False


class Done(Result, frozen=True, omit_defaults=True, eq=False):
    """The operation was carried out and has no data to return.

    Attributes:
        pulses: write pulses that were fired.
    """

    pulses: int = 0


class Conductances(Result, frozen=True, omit_defaults=True, eq=False, kw_only=True):
    """Answer to `Read`.

    Attributes:
        siemens: shape (rows asked for, cols asked for).
    """

    siemens: Values


class Currents(Result, frozen=True, omit_defaults=True, eq=False, kw_only=True):
    """Answer to `Multiply`.

    Attributes:
        amps: shape (batch, cols), or (batch, rows) when transposed. Positive flows out of the array into the sense
            amplifier.
    """

    amps: Values


class Programmed(Result, frozen=True, omit_defaults=True, eq=False, kw_only=True):
    """Answer to `Program`.

    Attributes:
        siemens: conductances as last read, shape (rows, cols); cells that were not selected hold 0.
        residual: |G / G_target - 1| as last read, shape (rows, cols); 0 where not selected.
        pulses_per_cell: integer, shape (rows, cols).
        failed: boolean, shape (rows, cols): cells outside the tolerance after `max_pulses`.
        pulses: all pulses together.
    """

    siemens: Values
    residual: Values
    pulses_per_cell: Values
    failed: Values
    pulses: int


class Samples(Result, frozen=True, omit_defaults=True, eq=False, kw_only=True):
    """Answer to `Sample`.

    Attributes:
        packed: uint8, shape (batch, samples, ceil(neurons / 8)); neuron k is bit k % 8 of byte k // 8.
        neurons: how many neurons the last byte's padding has to be cut to.
    """

    packed: Values
    neurons: int

    def bits(self) -> np.ndarray:
        """The samples as booleans, shape (batch, samples, neurons)."""
        packed = np.asarray(self.packed)
        return np.unpackbits(packed, axis=-1, count=self.neurons, bitorder="little").astype(bool)


class SnapshotTaken(Result, frozen=True, omit_defaults=True, eq=False, kw_only=True):
    """Answer to `Snapshot`.

    Attributes:
        state: named arrays that hold the whole state of the chip; opaque, to be handed back to `Restore`.
    """

    state: State


AnyResult = Done | Conductances | Currents | Programmed | Samples | SnapshotTaken
"""The closed list, as a type. The wire decodes these and nothing else."""


def pack_bits(bits: np.ndarray) -> np.ndarray:
    """Pack booleans of shape (batch, samples, neurons) as `Samples.packed` wants them."""
    return np.packbits(bits, axis=-1, bitorder="little")
