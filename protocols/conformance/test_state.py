"""Batches, snapshots, sampling and safety."""

from __future__ import annotations

import numpy as np
import pytest
from spinloop.protocols.chip import Block, Chip
from spinloop.protocols.operations import Multiply, Operation, Pulse, Read, Sample, Wait
from spinloop.protocols.results import Result, Samples


def everything(chip: Chip) -> list[Operation]:
    """A list that draws from every source of chance that the chip has."""
    operations: list[Operation] = []
    for name, block in chip.info.blocks.items():
        if block.kind == "crossbar" and block.critical_volts:
            width = block.write_seconds or block.limits.min_pulse_seconds
            operations += [
                Pulse(name, 0.92 * block.critical_volts, width),
                Read(name),
                Multiply(name, np.full((2, block.shape[0]), block.read_volts)),
                Pulse(name, -0.92 * block.critical_volts, width),
                Read(name, rows=(0,), cols=(0,)),
            ]
        if block.kind == "stochastic_neurons":
            operations.append(Sample(name, np.zeros(block.shape[0]), 50, 1e-6))
    if "wait" in chip.info.operations:
        operations.append(Wait(1e-6))
    return operations


def data(results: list[Result]) -> list[np.ndarray]:
    fields = ("siemens", "amps", "packed")
    return [np.asarray(getattr(each, field)) for each in results for field in fields if hasattr(each, field)]


def same(one: list[Result], two: list[Result]) -> bool:
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(data(one), data(two), strict=True)) and [
        (a.chip_seconds, a.energy_joules) for a in one
    ] == [(b.chip_seconds, b.energy_joules) for b in two]


def test_a_batch_answers_in_order(chip: Chip) -> None:
    name, block = next((name, block) for name, block in chip.info.blocks.items() if block.kind == "crossbar")
    rows, cols = block.shape
    picks = [(0, 0), (rows - 1, cols - 1), (0, cols - 1)]
    shapes = [np.asarray(r.siemens).shape for r in chip.execute([Read(name, (r,), tuple({c, 0})) for r, c in picks])]
    assert shapes == [(1, len({c, 0})) for _, c in picks]
    assert chip.execute([]) == []


def test_a_restored_chip_repeats_itself_bit_for_bit(chip: Chip) -> None:
    if not {"snapshot", "restore"} <= set(chip.info.operations):
        pytest.skip("this chip declares no snapshots")
    state = chip.snapshot()
    first = chip.execute(everything(chip))
    chip.restore(state)
    second = chip.execute(everything(chip))
    chip.restore(state)
    one_by_one = [chip.execute([operation])[0] for operation in everything(chip)]
    assert same(first, second)
    assert same(first, one_by_one)


def test_a_reset_chip_begins_again(chip: Chip) -> None:
    if "reset" not in chip.info.operations:
        pytest.skip("this chip declares no reset")
    chip.reset()
    first = chip.execute(everything(chip))
    chip.reset()
    assert same(first, chip.execute(everything(chip)))


def test_neurons_follow_their_bias(chip: Chip, neurons: Block) -> None:
    (size,) = neurons.shape
    limit = neurons.info.limits.max_bias_volts
    biases = np.stack([np.full(size, -limit), np.zeros(size), np.full(size, limit)])
    answer = chip.execute([Sample(neurons.name, biases, 300, 2e-6)])[0]
    assert isinstance(answer, Samples)
    bits = answer.bits()
    assert bits.shape == (3, 300, size)
    low, middle, high = bits.mean(axis=(1, 2))
    assert low < 0.01
    assert high > 0.99
    assert 0.4 < middle < 0.6
    one = neurons.sample(np.zeros(size), 7)
    assert one.shape == (1, 7, size)


def test_neurons_are_biased_one_by_one(chip: Chip, neurons: Block) -> None:
    (size,) = neurons.shape
    signs = np.where(np.arange(size) % 2 == 0, 1.0, -1.0)
    bits = neurons.sample(signs * neurons.info.limits.max_bias_volts, 200, 2e-6)[0]
    assert (bits.mean(axis=0)[signs > 0] > 0.9).all()
    assert (bits.mean(axis=0)[signs < 0] < 0.1).all()


def test_making_safe_is_always_possible_and_ends_nothing(chip: Chip, crossbar: Block) -> None:
    chip.make_safe()
    chip.make_safe()
    assert crossbar.read([0], [0]).shape == (1, 1)
