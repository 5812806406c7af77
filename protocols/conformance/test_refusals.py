"""What is not allowed is refused with the same error everywhere, before anything moves."""

from __future__ import annotations

import numpy as np
import pytest
from spinloop.protocols.chip import Block, Chip
from spinloop.protocols.errors import (
    LimitExceeded,
    NotFinite,
    RequestError,
    UnknownBlock,
    Unsupported,
    WrongShape,
    WrongState,
    WrongType,
)
from spinloop.protocols.operations import (
    Multiply,
    Operation,
    Program,
    Pulse,
    Read,
    Restore,
    Sample,
    Wait,
)

NAN, INF = float("nan"), float("inf")


def refuse(chip: Chip, operation: Operation, kind: type[RequestError], naming: str | None = None) -> None:
    with pytest.raises(kind, match=naming) as caught:
        chip.execute([operation])
    assert type(caught.value) is kind
    assert caught.value.operation_index == 0
    assert caught.value.asked
    assert caught.value.allowed


def test_pulses_past_the_limits(chip: Chip, crossbar: Block) -> None:
    name, limits = crossbar.name, crossbar.info.limits
    width, volts = limits.min_pulse_seconds, 0.5 * limits.max_write_volts
    for bad in (1.01 * limits.max_write_volts, -1.01 * limits.max_write_volts, 1e300):
        refuse(chip, Pulse(name, bad, width), LimitExceeded, "volts")
    for bad in (NAN, INF, -INF):
        refuse(chip, Pulse(name, bad, width), NotFinite, "volts")
        refuse(chip, Pulse(name, volts, bad), NotFinite, "width_seconds")
    for bad in (0.0, -width, 0.9 * limits.min_pulse_seconds, 1.1 * limits.max_pulse_seconds):
        refuse(chip, Pulse(name, volts, bad), LimitExceeded, "width_seconds")
    for bad in (0, -1, limits.max_count + 1):
        refuse(chip, Pulse(name, volts, width, count=bad), LimitExceeded, "count")
    spiky = np.full(crossbar.shape, volts)
    spiky[-1, -1] = NAN
    refuse(chip, Pulse(name, spiky, width), NotFinite, "volts")


def test_selections_outside_the_block(chip: Chip, crossbar: Block) -> None:
    rows, cols = crossbar.shape
    width = crossbar.info.limits.min_pulse_seconds

    def pulse(where: np.ndarray) -> Pulse:
        return Pulse(crossbar.name, 0.1, width, where=where)

    refuse(chip, pulse(np.array([[rows, 0]])), WrongShape, "where")
    refuse(chip, pulse(np.array([[0, cols]])), WrongShape, "where")
    refuse(chip, pulse(np.array([[-1, 0]])), WrongShape, "where")
    refuse(chip, pulse(np.array([0, 0, 0])), WrongShape, "where")
    refuse(chip, pulse(np.ones((rows + 1, cols), dtype=bool)), WrongShape, "where")
    refuse(chip, pulse(np.array([[0.0, 0.0]])), WrongType, "where")
    refuse(chip, Pulse(crossbar.name, np.zeros(3), width, where=np.array([[0, 0], [0, 0]])), WrongShape, "volts")


def test_reads_outside_the_block(chip: Chip, crossbar: Block) -> None:
    rows, cols = crossbar.shape
    name, limit = crossbar.name, crossbar.info.limits.max_read_volts
    refuse(chip, Read(name, rows=(rows,)), WrongShape, "rows")
    refuse(chip, Read(name, cols=(-1,)), WrongShape, "cols")
    refuse(chip, Read(name, cols=(cols,)), WrongShape, "cols")
    refuse(chip, Read(name, rows=()), WrongShape, "rows")
    refuse(chip, Read(name, read_volts=1.01 * limit), LimitExceeded, "read_volts")
    refuse(chip, Read(name, read_volts=0.0), LimitExceeded, "read_volts")
    refuse(chip, Read(name, read_volts=NAN), NotFinite, "read_volts")
    refuse(chip, Read(name, reads=0), LimitExceeded, "reads")


def test_multiplies_of_the_wrong_form(chip: Chip, crossbar: Block) -> None:
    rows, cols = crossbar.shape
    name, limit = crossbar.name, crossbar.info.limits.max_read_volts
    refuse(chip, Multiply(name, np.zeros((2, rows + 1))), WrongShape, "volts")
    refuse(chip, Multiply(name, np.zeros(rows)), WrongShape, "volts")
    refuse(chip, Multiply(name, np.zeros((0, rows))), LimitExceeded, "batch")
    refuse(chip, Multiply(name, np.full((1, rows), 1.01 * limit)), LimitExceeded, "volts")
    refuse(chip, Multiply(name, np.full((1, rows), NAN)), NotFinite, "volts")
    refuse(chip, Multiply(name, np.zeros((1, rows), dtype=bool)), WrongType, "volts")
    if not crossbar.info.transposable:
        refuse(chip, Multiply(name, np.zeros((1, cols)), transpose=True), Unsupported, "transpose")


def test_programs_of_the_wrong_form(chip: Chip, crossbar: Block) -> None:
    rows, cols = crossbar.shape
    name, high, limits = crossbar.name, crossbar.info.high_siemens, crossbar.info.limits
    refuse(chip, Program(name, np.full((rows, cols + 1), high)), WrongShape, "target_siemens")
    refuse(chip, Program(name, 0.0), LimitExceeded, "target_siemens")
    refuse(chip, Program(name, -1e-6), LimitExceeded, "target_siemens")
    refuse(chip, Program(name, NAN), NotFinite, "target_siemens")
    refuse(chip, Program(name, high or 1.0, tolerance=NAN), NotFinite, "tolerance")
    refuse(chip, Program(name, high or 1.0, volts=1.01 * limits.max_write_volts), LimitExceeded, "volts")
    refuse(chip, Program(name, high or 1.0, width_seconds=2 * limits.max_pulse_seconds), LimitExceeded, "width_seconds")
    refuse(chip, Program(name, high or 1.0, max_pulses=-1), LimitExceeded, "max_pulses")


def test_samples_of_the_wrong_form(chip: Chip, neurons: Block) -> None:
    (size,) = neurons.shape
    name, limits = neurons.name, neurons.info.limits
    refuse(chip, Sample(name, np.zeros(size + 1)), WrongShape, "bias_volts")
    refuse(chip, Sample(name, np.full(size, 1.01 * limits.max_bias_volts)), LimitExceeded, "bias_volts")
    refuse(chip, Sample(name, np.full(size, NAN)), NotFinite, "bias_volts")
    refuse(chip, Sample(name, np.zeros(size), samples=0), LimitExceeded, "samples")
    refuse(chip, Sample(name, np.zeros(size), interval_seconds=0.0), LimitExceeded, "interval_seconds")
    refuse(chip, Sample(name, np.zeros(size), interval_seconds=INF), NotFinite, "interval_seconds")


def test_what_a_block_does_not_declare(chip: Chip) -> None:
    width = 1e-8
    attempts = {"sample": lambda n: Sample(n, np.zeros(1)), "pulse": lambda n: Pulse(n, 0.1, width), "read": Read}
    for name, block in chip.info.blocks.items():
        for operation, make in attempts.items():
            if operation not in block.operations:
                refuse(chip, make(name), Unsupported, name)
    refuse(chip, Read("no such block"), UnknownBlock, "no such block")


def test_waits_that_make_no_sense(chip: Chip) -> None:
    if "wait" not in chip.info.operations:
        refuse(chip, Wait(0.0), Unsupported)
        return
    refuse(chip, Wait(-1.0), LimitExceeded, "seconds")
    refuse(chip, Wait(NAN), NotFinite, "seconds")
    refuse(chip, Wait(1e9), LimitExceeded, "seconds")


def test_a_snapshot_that_is_not_one(chip: Chip) -> None:
    bad = Restore({"nonsense": np.zeros(3)})
    refuse(chip, bad, WrongState if "restore" in chip.info.operations else Unsupported)


def test_one_bad_operation_refuses_the_whole_batch_before_anything_moves(chip: Chip, crossbar: Block) -> None:
    name, info = crossbar.name, crossbar.info
    cell = np.array([[0, 0]])
    target = info.low_siemens or 0.0
    crossbar.program(target, tolerance=0.4, where=cell)
    write = Pulse(name, info.limits.max_write_volts, info.limits.max_pulse_seconds, 5, cell)
    with pytest.raises(LimitExceeded) as caught:
        chip.execute([write, Pulse(name, 2 * info.limits.max_write_volts, info.limits.max_pulse_seconds)])
    assert caught.value.operation_index == 1
    assert caught.value.results == []
    assert abs(crossbar.read([0], [0])[0, 0] / target - 1) < 0.4
