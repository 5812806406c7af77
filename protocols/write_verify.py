"""The one write-verify loop: every substrate programs its cells with it, next to the chip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.protocols.chip_info import BlockInfo
from spinloop.protocols.errors import Unsupported
from spinloop.protocols.operations import Program, Pulse
from spinloop.protocols.results import Conductances, Done, Programmed
from spinloop.protocols.selection import selected_mask
from spinloop.protocols.tally import Tally

ReadCells = Callable[[NDArray[np.bool_]], Conductances]
FirePulse = Callable[[Pulse], Done]


def program(operation: Program, info: BlockInfo, read: ReadCells, pulse: FirePulse) -> Programmed:
    """Read, pulse the cells that miss their target towards it, and repeat.

    Each round gives every cell that is still wrong one pulse: positive volts where the conductance is too low,
    negative where it is too high. Cells that are right are left alone, so a round never undoes another. The loop
    ends when all cells are within the tolerance or when `max_pulses` rounds have been fired.

    Args:
        operation: what to write; already accepted by the guard.
        info: the block, for its shape and its own write pulse.
        read: reads the cells of a boolean mask, shape (rows, cols); returns all cells, unread ones may hold anything.
        pulse: fires one `Pulse`, with `where` as an integer array of shape (cells, 2).

    Returns:
        What was reached, with the time and energy of all reads and pulses; failed cells are in `failed`, never
        silent.
    """
    rows, cols = info.shape
    todo = selected_mask(operation.where, rows, cols)
    target = np.broadcast_to(np.asarray(operation.target_siemens, dtype=float), (rows, cols))
    siemens = np.zeros((rows, cols))
    residual = np.zeros((rows, cols))
    pulses_per_cell = np.zeros((rows, cols), dtype=np.int64)
    tally = Tally()
    wrong = todo
    for round_number in range(operation.max_pulses + 1):
        answer = tally.add(read(wrong))
        siemens[wrong] = np.asarray(answer.siemens)[wrong]
        residual[wrong] = np.abs(siemens[wrong] / target[wrong] - 1.0)
        wrong = todo & (residual > operation.tolerance)
        if not wrong.any() or round_number == operation.max_pulses:
            break
        tally.add(pulse(_corrections(operation, info, wrong, siemens, target)))
        pulses_per_cell += wrong
    return Programmed(
        siemens=siemens,
        residual=residual,
        pulses_per_cell=pulses_per_cell,
        failed=wrong,
        pulses=tally.pulses,
        chip_seconds=tally.chip_seconds,
        energy_joules=tally.energy_joules,
        energy_kind=tally.energy_kind,
        saturated=tally.saturated,
        limited=tally.limited,
    )


def _corrections(
    operation: Program, info: BlockInfo, wrong: NDArray[np.bool_], siemens: NDArray[Any], target: NDArray[Any]
) -> Pulse:
    volts = info.write_volts if operation.volts is None else operation.volts
    width_seconds = info.write_seconds if operation.width_seconds is None else operation.width_seconds
    if volts is None or width_seconds is None:
        raise Unsupported(
            f"Program on block {operation.block!r} without `volts` and `width_seconds`",
            "this block declares no write pulse of its own",
            "name both in the operation",
        )
    too_low = siemens[wrong] < target[wrong]
    return Pulse(
        operation.block,
        volts=np.where(too_low, volts, -volts),
        width_seconds=width_seconds,
        where=np.argwhere(wrong),
    )
