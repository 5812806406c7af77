"""What a chip says of itself: identity, blocks, their shapes, operations, ranges and limits."""

from __future__ import annotations

from typing import Literal

import msgspec
from spinloop.protocols.limits import Limits

BlockKind = Literal["crossbar", "stochastic_neurons"]


class BlockInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One block of a chip.

    Attributes:
        kind: what the block is.
        shape: (word lines, bit lines) of a crossbar, (neurons,) of neurons.
        operations: names of the operations it takes, a subset of `operations.OPERATIONS`.
        limits: what the guard enforces.
        low_siemens: nominal conductance of the antiparallel (low) state; None for neurons.
        high_siemens: nominal conductance of the parallel (high) state; None for neurons.
        read_volts: voltage that `Read` uses unless told otherwise.
        write_volts: magnitude of the pulses that `Program` uses unless told otherwise.
        write_seconds: their width.
        input_levels: number of levels of the input converter over +-`limits.max_read_volts`; None when continuous.
        amps_per_code: what one step of the output converter stands for; None when continuous.
        transposable: whether `Multiply(transpose=True)` is taken.
        barrier_kt: nominal energy barrier of the junctions in units of k_B T, where the maker states it.
        critical_volts: nominal critical switching voltage at the attempt time, where the maker states it.
    """

    kind: BlockKind
    shape: tuple[int, ...]
    operations: tuple[str, ...]
    limits: Limits
    low_siemens: float | None = None
    high_siemens: float | None = None
    read_volts: float | None = None
    write_volts: float | None = None
    write_seconds: float | None = None
    input_levels: int | None = None
    amps_per_code: float | None = None
    transposable: bool = False
    barrier_kt: float | None = None
    critical_volts: float | None = None


class ChipInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A chip's description of itself.

    Attributes:
        name: what kind of chip it is, for example `tile64`.
        identity: which one it is; two chips of one identity behave alike and exchange snapshots.
        substrate: where it lives: `emulator`, `rtl`, `bench`, `fpga`, `replay`.
        version: of the software or gateware that stands for the chip.
        boot: changes whenever the substrate starts anew; opaque.
        blocks: by name.
        operations: names of the operations that the chip as a whole takes (`wait`, `reset`, `snapshot`, `restore`).
        clock_hertz: rate of the chip's own clock, where it has one.
        seed: root seed of its chance, where it has one.
        notes: facts a user should know: assumptions, quantisation, what the energy model leaves out.
    """

    name: str
    identity: str
    substrate: str
    version: str
    boot: str
    blocks: dict[str, BlockInfo]
    operations: tuple[str, ...] = ()
    clock_hertz: float | None = None
    seed: int | None = None
    notes: tuple[str, ...] = ()
