"""One batch at a time, and a stop that always gets through."""

from __future__ import annotations

import threading

import pytest
from spinloop.lab.on_bench.interlock import Interlock
from spinloop.protocols.errors import ChipError, InstrumentError


def test_a_stop_goes_ahead_beside_a_batch_that_does_not_listen() -> None:
    interlock = Interlock(stop_seconds=0.05)
    inside, leave = threading.Event(), threading.Event()
    met: list[type[BaseException]] = []

    def deaf_batch() -> None:
        with interlock.batch():
            inside.set()
            leave.wait(30)
            try:
                interlock.check()
            except ChipError as error:
                met.append(type(error))

    thread = threading.Thread(target=deaf_batch)
    thread.start()
    assert inside.wait(30)
    with interlock.stop():
        reached = True
    assert reached
    leave.set()
    thread.join(30)
    assert met == [ChipError]  # and the batch met the flag at its next step
    with interlock.batch():
        interlock.check()  # the next batch does not


def test_a_stop_without_a_batch_leaves_no_trace() -> None:
    interlock = Interlock()
    with interlock.stop():
        pass
    with interlock.batch():
        interlock.check()


def test_a_second_batch_waits_to_a_bound() -> None:
    interlock = Interlock(queue_seconds=0.05)
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with interlock.batch():
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(30)
    with pytest.raises(InstrumentError, match=r"0\.05 s"), interlock.batch():
        pass
    leave.set()
    thread.join(30)
