"""A substrate for tests of the wire: it counts what it is asked, and answers with what it was given."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from spinloop.protocols.chip_info import BlockInfo, ChipInfo
from spinloop.protocols.errors import LimitExceeded, SpinloopError
from spinloop.protocols.limits import Limits
from spinloop.protocols.operations import Multiply, Operation, Program, Pulse, Read, Restore, Snapshot, Wait
from spinloop.protocols.results import Conductances, Currents, Done, Programmed, Result, SnapshotTaken
from spinloop.protocols.wire.bounds import Bounds
from spinloop.protocols.wire.codec import ClientCodec
from spinloop.protocols.wire.events import Reply
from spinloop.protocols.wire.frames import JSON, Message, decode_message, encode_message
from spinloop.protocols.wire.serve import Served, serve
from spinloop.protocols.wire.session import Session
from spinloop.protocols.wire.zmq_client import ZmqClient, open_tcp


class Counter:
    """Counts pulses and calls; `Wait` really waits; a pulse over 0.8 V is refused at its place in the batch."""

    def __init__(self, safe_file: Path | None = None) -> None:
        self.pulses = 0
        self.calls = 0
        self.safe = threading.Event()
        self.safe_calls = 0
        self.release = threading.Event()
        self.entered = threading.Event()
        self.fail_with: BaseException | None = None
        self.state: dict[str, np.ndarray] = {}
        self._safe_file = safe_file

    def describe(self) -> ChipInfo:
        block = BlockInfo(
            kind="crossbar",
            shape=(4, 4),
            operations=("read", "multiply", "pulse", "program"),
            limits=Limits(max_write_volts=0.8),
        )
        return ChipInfo(
            name="counter", identity="counter-1", substrate="emulator", version="1", boot="b",
            blocks={"weights": block}, operations=("wait", "snapshot", "restore"), notes=("counts",),
        )  # fmt: skip

    def execute(self, operations: Sequence[Operation]) -> list[Result]:
        self.calls += 1
        self.entered.set()
        if self.fail_with is not None:
            raise self.fail_with
        results: list[Result] = []
        for index, operation in enumerate(operations):
            if isinstance(operation, Pulse):
                if float(np.max(operation.volts)) > 0.8:
                    raise LimitExceeded("too much", "0.8 V", "less", volts=float(np.max(operation.volts))).at(
                        index, results
                    )
                self.pulses += operation.count
                results.append(Done(pulses=operation.count, chip_seconds=1e-8))
            elif isinstance(operation, Read):
                results.append(Conductances(siemens=np.full((4, 4), float(self.pulses))))
            elif isinstance(operation, Multiply):
                results.append(Currents(amps=operation.volts))
            elif isinstance(operation, Program):
                target = np.asarray(operation.target_siemens)
                results.append(
                    Programmed(
                        siemens=target, residual=np.zeros_like(target), pulses_per_cell=np.ones(target.shape, np.int32),
                        failed=np.zeros(target.shape, bool), pulses=1,
                    )
                )  # fmt: skip
            elif isinstance(operation, Wait):
                if self._safe_file is not None:
                    self._safe_file.with_suffix(".waiting").touch()
                self.release.wait(operation.seconds)
                results.append(Done(chip_seconds=operation.seconds))
            elif isinstance(operation, Restore):
                self.state = dict(operation.state)
                results.append(Done())
            elif isinstance(operation, Snapshot):
                results.append(SnapshotTaken(state=self.state))
            else:
                raise AssertionError(operation)
        return results

    def make_safe(self) -> None:
        self.safe_calls += 1
        self.safe.set()
        if self._safe_file is not None:
            self._safe_file.write_text("safe")


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def served(counter: Counter) -> Iterator[Served]:
    """The counter behind a server in this process."""
    with serve(counter, namespace="N1") as running:
        yield running


@pytest.fixture
def remote(served: Served) -> Iterator[ZmqClient]:
    """A client of that server."""
    with open_tcp(served.address.removeprefix("tcp:"), {}) as client:
        yield client


class Bench:
    """A session, a clock, and clients that speak to it."""

    def __init__(self, counter: Any, **bounds: Any) -> None:
        self.chip = counter
        self.session = Session("N1", counter.describe(), "boot1", Bounds(**bounds))
        self.now = 100.0
        self.session.tick(self.now)
        self.codec = ClientCodec()

    def send(
        self, name: str, payload: list[Any], conversation: int = 1, receiver: str = "COORDINATOR", **more: Any
    ) -> list[Any]:
        message = Message(receiver, name, conversation.to_bytes(16, "big"), 0, JSON, payload)
        frames = [bytes(frame) for frame in encode_message(message)]
        return self.session.receive(more.get("identity", name.encode()), frames, self.now)

    def call(self, name: str, method: str, **more: Any) -> list[Any]:
        params = more.pop("params", None)
        request = {"jsonrpc": "2.0", "id": 1, "method": method} | ({"params": params} if params is not None else {})
        return self.send(name, [msgspec.json.encode(request)], **more)

    def execute(self, name: str, operations: list[Operation], conversation: int = 1, **more: Any) -> list[Any]:
        payload = self.codec.execute_request(1, operations, more.pop("boot", ""), more.pop("deadline", None))
        return self.send(name, payload, conversation, **more)

    def result(self, events: list[Any]) -> Any:
        replies = [event for event in events if isinstance(event, Reply)]
        assert len(replies) == 1
        return self.codec.result(decode_message(replies[0].frames).payload)

    def error(self, events: list[Any]) -> SpinloopError:
        with pytest.raises(SpinloopError) as caught:
            self.result(events)
        return caught.value

    def run(self, events: list[Any]) -> list[Any]:
        (run,) = events
        assert self.session.begin(run, self.now) is None
        try:
            outcome: Any = self.chip.execute(run.operations)
        except SpinloopError as error:
            outcome = error
        return self.session.finish(run, outcome, self.now)

    def wait(self, seconds: float) -> list[Any]:
        """Let time pass as a server does: with a look every tenth of a second."""
        events = []
        until = self.now + seconds
        while self.now < until:
            self.now = min(until, self.now + 0.1)
            events += self.session.tick(self.now)
        return events

    def heartbeat(self, name: str) -> list[Any]:
        return self.send(name, [])


@pytest.fixture
def make_bench(counter: Counter) -> Callable[..., Bench]:
    """Makes a bench with bounds of its own."""

    def make(**bounds: Any) -> Bench:
        return Bench(counter, **bounds)

    return make


@pytest.fixture
def bench(counter: Counter) -> Bench:
    made = Bench(counter)
    for name in ("CA", "CB"):
        assert made.result(made.call(name, "sign_in")) is None
    return made
