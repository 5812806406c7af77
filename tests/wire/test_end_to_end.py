"""A served chip is the chip: the same results to the last bit, the same errors, the same state."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from spinloop.protocols.connect import open_substrate
from spinloop.protocols.errors import LimitExceeded, NotFinite, SpinloopError, TooLarge, UnknownBlock, WrongShape
from spinloop.protocols.operations import Multiply, Program, Pulse, Read, Restore, Sample, Snapshot, Wait
from spinloop.protocols.wire.bounds import Bounds
from spinloop.protocols.wire.serve import serve
from spinloop.protocols.wire.zmq_client import ZmqClient

URL = "emulator:tile16?seed=11"


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit, field by field."""
    if isinstance(one, msgspec.Struct):
        return type(one) is type(other) and all(
            same(getattr(one, name), getattr(other, name)) for name in one.__struct_fields__
        )
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    return type(one) is type(other) and one == other


def a_morning_at_the_bench() -> list[list[Any]]:
    chance = np.random.default_rng(5)
    batches: list[list[Any]] = []
    for _ in range(6):
        batches.append(
            [
                Pulse("weights", 0.55, 1e-8, where=chance.random((16, 16)) < 0.3),
                Read("weights"),
                Multiply("weights", chance.uniform(-0.2, 0.2, (40, 16))),
                Sample("neurons", chance.uniform(-0.2, 0.2, (3, 16)), 50, 1e-8),
            ]
        )
        batches.append([Program("weights", np.where(chance.random((16, 16)) < 0.5, 8e-6, 2e-5), max_pulses=3)])
        batches.append([Wait(1e-6), Snapshot(), Read("weights", rows=(3,), cols=(1, 2))])
    return batches


def test_a_served_emulator_is_the_emulator_to_the_last_bit() -> None:
    here = open_substrate(URL)
    with serve(URL) as served, ZmqClient(served.address) as there:
        for batch in a_morning_at_the_bench():
            for one, other in zip(here.execute(batch), there.execute(batch), strict=True):
                assert same(one, other)


def test_a_snapshot_taken_here_is_restored_there() -> None:
    here = open_substrate(URL)
    batches = a_morning_at_the_bench()
    here.execute(batches[0])
    (taken,) = here.execute([Snapshot()])
    with serve(URL) as served, ZmqClient(served.address) as there:
        there.execute([Restore(taken.state)])
        for one, other in zip(here.execute(batches[3]), there.execute(batches[3]), strict=True):
            assert same(one, other)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (Read("nothing"), UnknownBlock),
        (Pulse("weights", 2.0, 1e-8), LimitExceeded),
        (Pulse("weights", np.full((3, 3), 0.1), 1e-8), WrongShape),
        (Pulse("weights", np.nan, 1e-8), NotFinite),
        (Pulse("weights", np.full((16, 16), np.nan), 1e-8), NotFinite),
        (Read("weights", read_volts=float("nan")), NotFinite),
        (Wait(float("inf")), NotFinite),
    ],
)
def test_the_same_error_here_and_there_before_anything_moves(wrong: Any, kind: type[SpinloopError]) -> None:
    here = open_substrate(URL)
    with serve(URL) as served, ZmqClient(served.address) as there:
        before = there.execute([Read("weights")])[0].siemens
        for substrate in (here, there):
            with pytest.raises(kind) as caught:
                substrate.execute([Pulse("weights", 0.5, 1e-8), wrong])
            assert caught.value.operation_index == 1
            assert caught.value.results == []
        (taken,) = there.execute([Snapshot()])
        (fresh,) = open_substrate(URL).execute([Read("weights")])
        assert taken
        assert same(before, fresh.siemens)


def test_a_batch_over_the_bound_is_refused_before_it_is_sent(counter) -> None:
    with serve(counter, bounds=Bounds(max_message_bytes=100_000)) as served, ZmqClient(served.address) as client:
        with pytest.raises(TooLarge):
            client.execute([Multiply("weights", np.zeros((10_000, 4)))])
        assert counter.calls == 0
        assert client.execute([Pulse("weights", 0.5, 1e-8)])


def test_partial_results_come_with_the_error(counter, remote) -> None:
    with pytest.raises(LimitExceeded) as caught:
        remote.execute([Pulse("weights", 0.5, 1e-8, 3), Pulse("weights", 1.5, 1e-8), Pulse("weights", 0.5, 1e-8)])
    assert caught.value.operation_index == 1
    assert [result.pulses for result in caught.value.results] == [3]
    assert counter.pulses == 3


def test_the_lock_over_the_wire(served, remote) -> None:
    with ZmqClient(served.address) as other:
        assert remote.lock()
        assert not other.lock()
        with pytest.raises(SpinloopError, match="lock"):
            other.execute([Read("weights")])
        remote.unlock()
        assert other.execute([Read("weights")])


def test_an_empty_batch(remote) -> None:
    assert remote.execute([]) == []


def test_results_may_be_written_into(remote) -> None:
    for shape in ((1, 2), (10, 20), (400, 400)):
        amps = remote.execute([Multiply("weights", np.ones(shape))])[0].amps
        amps += 1.0
        assert amps[0, 0] == 2.0
