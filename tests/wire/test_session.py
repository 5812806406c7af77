"""The session, driven frame by frame with a clock in hand: no sockets, no threads, no waiting."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from spinloop.protocols.errors import (
    DeadlineExpired,
    DuplicateName,
    Indeterminate,
    LimitExceeded,
    Locked,
    NodeUnknown,
    NotSignedIn,
    ProtocolFault,
    ReceiverUnknown,
    SpinloopError,
    StaleBoot,
    TooLarge,
    Unsupported,
    WrongType,
)
from spinloop.protocols.operations import Operation, Pulse, Read, Restore, Wait
from spinloop.protocols.results import Conductances, Done
from spinloop.protocols.wire.bounds import Bounds
from spinloop.protocols.wire.codec import ClientCodec
from spinloop.protocols.wire.events import Note, Reply, Run, Safe
from spinloop.protocols.wire.frames import JSON, Message, decode_message, encode_message
from spinloop.protocols.wire.session import Session

DEEP = b'{"id": 1, "jsonrpc": "2.0", "method": "pong", "params": ' + b"[" * 100_000
PULSE, READ = Pulse("weights", 0.5, 1e-8), Read("weights")


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
def bench(counter) -> Bench:
    made = Bench(counter)
    for name in ("CA", "CB"):
        assert made.result(made.call(name, "sign_in")) is None
    return made


# --- signing in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["pong", "describe", "execute", "make_safe", "lock", "rpc.discover"])
def test_a_stranger_is_told_to_sign_in(bench: Bench, method: str) -> None:
    assert isinstance(bench.error(bench.call("CX", method)), NotSignedIn)


def test_a_strangers_heartbeat_and_nonsense_are_refused_likewise(bench: Bench) -> None:
    assert isinstance(bench.error(bench.heartbeat("CX")), NotSignedIn)
    assert isinstance(bench.error(bench.send("CX", [b"{"])), NotSignedIn)
    assert isinstance(bench.error(bench.call("N2.CA", "pong")), NotSignedIn)


def test_routing_errors_come_from_the_coordinator(bench: Bench) -> None:
    (reply,) = bench.call("CX", "pong", receiver="chip")
    assert decode_message(reply.frames).sender == "N1.COORDINATOR"


def test_a_name_belongs_to_one_connection(bench: Bench) -> None:
    assert isinstance(bench.error(bench.call("CA", "sign_in", identity=b"other")), DuplicateName)
    assert isinstance(bench.error(bench.call("CA", "pong", identity=b"other")), DuplicateName)
    assert isinstance(bench.error(bench.call("chip", "sign_in")), DuplicateName)
    assert bench.result(bench.call("CA", "sign_in")) is None


def test_signing_out_frees_the_name(bench: Bench) -> None:
    assert bench.result(bench.call("CA", "sign_out")) is None
    assert isinstance(bench.error(bench.call("CA", "pong")), NotSignedIn)
    assert bench.result(bench.call("CA", "sign_out")) is None
    assert bench.result(bench.call("CA", "sign_in", identity=b"new")) is None


def test_other_receivers_are_unknown(bench: Bench) -> None:
    assert isinstance(bench.error(bench.call("CA", "pong", receiver="CB")), ReceiverUnknown)
    assert isinstance(bench.error(bench.call("CA", "pong", receiver="N2.chip")), NodeUnknown)
    assert isinstance(bench.error(bench.call("N2.CX", "sign_in")), NodeUnknown)


def test_no_more_clients_than_the_bound(counter) -> None:
    bench = Bench(counter, max_clients=2)
    bench.call("CA", "sign_in")
    bench.call("CB", "sign_in")
    assert isinstance(bench.error(bench.call("CC", "sign_in")), LimitExceeded)


# --- requests ----------------------------------------------------------------------------------------------------


def test_methods_answer(bench: Bench) -> None:
    assert bench.result(bench.call("CA", "pong")) is None
    assert bench.result(bench.call("CA", "describe"))["server"]["boot"] == "boot1"
    assert bench.result(bench.call("CA", "rpc.discover", receiver="chip"))["info"]["title"] == "N1.chip"
    assert bench.result(bench.call("CA", "send_nodes")) == {"N1": ""}


def test_a_notification_gets_no_reply(bench: Bench) -> None:
    request = {"jsonrpc": "2.0", "method": "make_safe"}
    (event,) = bench.send("CA", [msgspec.json.encode(request)])
    assert isinstance(event, Safe)
    request = {"jsonrpc": "2.0", "method": "execute", "params": {"operations": []}}
    (event,) = bench.send("CA", [msgspec.json.encode(request)])
    assert isinstance(event, Note)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (DEEP, -32700),
        (b'{"id": 1, "jsonrpc": "2.0", "method": "lock", "params": {"resource": "\xff"}}', -32700),
        (b"[]", -32600),
        (b"1", -32600),
        (b'{"id": 1, "method": "pong"}', -32600),
        (b'{"id": 1, "method": "pong", "jsonrpc": "1.0"}', -32600),
        (b'{"id": 1.5, "method": "pong", "jsonrpc": "2.0"}', -32600),
        (b'{"id": 1, "method": "__class__", "jsonrpc": "2.0"}', -32601),
        (b'{"id": 1, "method": 1, "jsonrpc": "2.0"}', -32601),
        (b'{"id": 1, "jsonrpc": "2.0"}', -32600),
        (b'{"id": 1, "method": "execute", "jsonrpc": "2.0"}', -32602),
        (b'{"id": 1, "method": "execute", "jsonrpc": "2.0", "params": {"operation": []}}', -32602),
        (b'{"id": 1, "method": "execute", "jsonrpc": "2.0", "params": {"operations": [], "speed": 1}}', -32602),
    ],
)
def test_malformed_requests_have_json_rpcs_codes(bench: Bench, text: bytes, code: int) -> None:
    (reply,) = bench.send("CA", [text])
    error = msgspec.json.decode(decode_message(reply.frames).payload[0])["error"]
    assert error["code"] == code
    assert error["message"]


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ({"op": "explode"}, Unsupported),
        ({}, WrongType),
        (1, WrongType),
        ({"op": "pulse", "block": "w", "volts": "1", "width_seconds": 1e-8}, WrongType),
        ({"op": "pulse", "block": "w", "volts": None, "width_seconds": 1e-8}, WrongType),
        ({"op": "pulse", "block": "w", "volts": [[1.0], [2.0, 3.0]], "width_seconds": 1e-8}, WrongType),
        ({"op": "pulse", "block": "w", "volts": []}, WrongType),
        ({"op": "read", "block": "w", "rows": [0.5]}, WrongType),
        ({"op": "read", "block": "w", "reads": 2.5}, WrongType),
        ({"op": "multiply", "block": "w", "volts": {"frame": 3}}, ProtocolFault),
    ],
)
def test_a_wrong_operation_says_which_it_is(bench: Bench, operation: Any, kind: type[SpinloopError]) -> None:
    good = {"op": "read", "block": "weights"}
    error = bench.error(bench.call("CA", "execute", params={"operations": [good, operation]}))
    assert type(error) is kind
    assert error.operation_index in (1, None)
    assert (error.operation_index is None) == (kind is ProtocolFault)


# --- at most once ------------------------------------------------------------------------------------------------


def test_a_repeat_gets_the_stored_reply_and_is_not_run(bench: Bench) -> None:
    first = bench.run(bench.execute("CA", [PULSE]))
    again = bench.execute("CA", [PULSE])
    assert [bytes(f) for f in again[0].frames] == [bytes(f) for f in first[0].frames]
    assert bench.chip.pulses == 1


def test_a_repeat_of_a_failed_request_gets_the_stored_error(bench: Bench) -> None:
    wrong = [PULSE, Pulse("weights", 2.0, 1e-8)]
    first = bench.error(bench.run(bench.execute("CA", wrong)))
    again = bench.error(bench.execute("CA", wrong))
    assert type(first) is type(again) is LimitExceeded
    assert (again.operation_index, again.results[0].pulses) == (1, 1)
    assert bench.chip.pulses == 1


def test_a_repeat_while_it_waits_or_runs_is_silent(bench: Bench) -> None:
    (run,) = bench.execute("CA", [PULSE])
    assert bench.execute("CA", [PULSE]) == []
    assert bench.session.begin(run, bench.now) is None
    assert bench.execute("CA", [PULSE]) == []
    (reply,) = bench.session.finish(run, bench.chip.execute(run.operations), bench.now)
    assert isinstance(reply, Reply)
    assert bench.chip.pulses == 1


def test_other_content_under_the_same_id_is_refused(bench: Bench) -> None:
    (run,) = bench.execute("CA", [PULSE])
    assert isinstance(bench.error(bench.execute("CA", [READ])), ProtocolFault)
    bench.run([run])
    assert isinstance(bench.error(bench.execute("CA", [READ])), ProtocolFault)


def test_the_same_id_of_another_client_is_another_request(bench: Bench) -> None:
    bench.run(bench.execute("CA", [PULSE]))
    bench.run(bench.execute("CB", [PULSE]))
    assert bench.chip.pulses == 2


def test_a_repeat_after_the_lease_lapsed_still_fires_once(bench: Bench) -> None:
    bench.run(bench.execute("CA", [PULSE]))
    bench.wait(5.0)
    assert isinstance(bench.error(bench.execute("CA", [PULSE])), NotSignedIn)
    bench.call("CA", "sign_in")
    assert bench.result(bench.execute("CA", [PULSE]))["results"][0]["pulses"] == 1
    assert bench.chip.pulses == 1


def test_a_repeat_whose_reply_is_gone_is_indeterminate(counter) -> None:
    bench = Bench(counter, max_replies=4)
    bench.call("CA", "sign_in")
    for conversation in range(1, 9):
        bench.run(bench.execute("CA", [PULSE], conversation))
    assert isinstance(bench.error(bench.execute("CA", [PULSE], 1)), Indeterminate)
    assert bench.result(bench.execute("CA", [PULSE], 8))
    assert counter.pulses == 8


def test_replies_that_changed_nothing_go_first(counter) -> None:
    bench = Bench(counter, max_replies=4)
    bench.call("CA", "sign_in")
    bench.run(bench.execute("CA", [PULSE], 1))
    for conversation in range(2, 50):
        bench.run(bench.execute("CA", [READ], conversation))
    assert bench.result(bench.execute("CA", [PULSE], 1))
    assert counter.pulses == 1
    assert isinstance(bench.execute("CA", [READ], 2)[0], Run)


def test_stored_bytes_are_bounded_and_the_newest_stays(counter) -> None:
    bench = Bench(counter, max_reply_bytes=100_000)
    bench.call("CA", "sign_in")
    for conversation in range(1, 6):
        state = {"x": np.full(200_000, conversation, np.uint8)}
        bench.run(bench.execute("CA", [Restore(state)], conversation))
    assert bench.session._clients["CA"].ledger._bytes < 300_000
    calls = counter.calls
    assert bench.result(bench.execute("CA", [Restore({"x": np.full(200_000, 5, np.uint8)})], 5))
    assert isinstance(
        bench.error(bench.execute("CA", [Restore({"x": np.full(200_000, 4, np.uint8)})], 4)), Indeterminate
    )
    assert counter.calls == calls


def test_a_request_of_an_older_boot_is_stale(bench: Bench) -> None:
    assert isinstance(bench.error(bench.execute("CA", [PULSE], boot="boot0")), StaleBoot)
    bench.run(bench.execute("CA", [PULSE], boot="boot1"))
    assert bench.chip.pulses == 1


def test_late_work_is_dropped(bench: Bench) -> None:
    (run,) = bench.execute("CA", [PULSE], deadline=0.5)
    bench.now += 0.6
    (reply,) = bench.session.begin(run, bench.now)
    assert isinstance(bench.error([reply]), DeadlineExpired)
    # It never ran, so a repeat is a new request.
    bench.run(bench.execute("CA", [PULSE], deadline=0.5))
    assert bench.chip.pulses == 1


def test_no_more_waiting_requests_than_the_bound(counter) -> None:
    bench = Bench(counter, max_waiting=3)
    bench.call("CA", "sign_in")
    for conversation in range(1, 4):
        assert isinstance(bench.execute("CA", [PULSE], conversation)[0], Run)
    assert isinstance(bench.error(bench.execute("CA", [PULSE], 4)), LimitExceeded)


def test_a_reply_over_the_bound_is_refused_and_small(counter) -> None:
    bench = Bench(counter, max_message_bytes=4000)
    bench.call("CA", "sign_in")
    (run,) = bench.execute("CA", [READ])
    assert bench.session.begin(run, bench.now) is None
    events = bench.session.finish(run, [Conductances(siemens=np.zeros((40, 40)))], bench.now)
    assert isinstance(bench.error(events), TooLarge)


def test_a_message_over_the_bound_is_refused(counter) -> None:
    bench = Bench(counter, max_message_bytes=4000)
    bench.call("CA", "sign_in")
    assert isinstance(bench.error(bench.execute("CA", [Restore({"x": np.zeros(1000)})])), TooLarge)


# --- leases, locks, make_safe --------------------------------------------------------------------------------------


def test_a_silent_client_that_used_the_chip_loses_it(bench: Bench) -> None:
    bench.heartbeat("CA")
    bench.run(bench.execute("CA", [PULSE]))
    assert bench.wait(1.0) == []
    (event,) = bench.wait(0.2)
    assert isinstance(event, Safe)
    assert "CA" in event.reason
    assert isinstance(bench.error(bench.call("CA", "pong")), NotSignedIn)


def test_heartbeats_keep_the_lease(bench: Bench) -> None:
    bench.run(bench.execute("CA", [PULSE]))
    for _ in range(50):
        bench.heartbeat("CA")
        assert bench.wait(0.3) == []


def test_a_silent_client_that_did_nothing_is_only_forgotten(bench: Bench) -> None:
    assert bench.wait(44.0) == []
    assert all(isinstance(event, Note) for event in bench.wait(2.0))


def test_a_client_that_made_the_chip_safe_holds_nothing(bench: Bench) -> None:
    bench.run(bench.execute("CA", [PULSE]))
    assert isinstance(bench.call("CA", "make_safe")[0], Safe)
    assert bench.wait(5.0) == []


def test_signing_out_makes_the_chip_safe_when_it_was_used(bench: Bench) -> None:
    assert not any(isinstance(event, Safe) for event in bench.call("CB", "sign_out"))
    bench.run(bench.execute("CA", [PULSE]))
    assert any(isinstance(event, Safe) for event in bench.call("CA", "sign_out"))


def test_a_stall_of_the_server_is_nobodys_silence(bench: Bench) -> None:
    bench.run(bench.execute("CA", [PULSE]))
    bench.now += 60.0  # nobody called tick: the server was stopped
    assert bench.session.tick(bench.now) == []
    assert isinstance(bench.wait(1.2)[0], Safe)


def test_a_lease_may_lapse_while_the_batch_runs(bench: Bench) -> None:
    bench.heartbeat("CA")
    (run,) = bench.execute("CA", [PULSE, Wait(0.0)])
    assert bench.session.begin(run, bench.now) is None
    (event,) = bench.wait(1.2)
    assert isinstance(event, Safe)
    assert bench.session.finish(run, [Done(), Done()], bench.now) == []


def test_a_plain_leco_client_waits_in_silence(bench: Bench) -> None:
    (run,) = bench.execute("CA", [PULSE])
    assert bench.session.begin(run, bench.now) is None
    assert bench.wait(60.0)[:1] != [Safe]
    assert len(bench.session.finish(run, [Done()], bench.now)) == 1
    assert isinstance(bench.wait(1.2)[0], Safe)


def test_what_waits_for_a_dead_client_is_dropped(bench: Bench) -> None:
    bench.heartbeat("CA")
    (run,) = bench.execute("CA", [PULSE])
    bench.wait(1.2)
    assert bench.session.begin(run, bench.now) == []
    bench.call("CA", "sign_in")
    bench.run(bench.execute("CA", [PULSE]))
    assert bench.chip.pulses == 1


def test_make_safe_drops_what_its_client_has_waiting(bench: Bench) -> None:
    (mine,) = bench.execute("CA", [PULSE], 1)
    (others,) = bench.execute("CB", [PULSE], 2)
    events = bench.call("CA", "make_safe", conversation=3)
    assert [type(event) for event in events] == [Reply, Safe, Reply]
    assert bench.session.begin(mine, bench.now) == []
    assert bench.session.begin(others, bench.now) is None


def test_the_lock_keeps_others_out(bench: Bench) -> None:
    assert bench.result(bench.call("CA", "lock")) is True
    assert bench.result(bench.call("CA", "lock")) is True
    assert bench.result(bench.call("CB", "lock")) is False
    error = bench.error(bench.execute("CB", [READ]))
    assert isinstance(error, Locked)
    assert error.details == {"holder": "CA"}
    assert isinstance(bench.error(bench.call("CB", "unlock")), Locked)
    assert bench.result(bench.call("CB", "describe"))
    assert isinstance(bench.call("CB", "make_safe")[0], Safe)
    assert bench.result(bench.call("CA", "unlock")) is True
    bench.run(bench.execute("CB", [READ]))


def test_a_refusal_by_the_lock_is_not_remembered(bench: Bench) -> None:
    bench.call("CA", "lock")
    bench.error(bench.execute("CB", [PULSE]))
    bench.call("CA", "unlock")
    bench.run(bench.execute("CB", [PULSE]))
    assert bench.chip.pulses == 1


def test_a_lock_taken_while_a_request_waits_keeps_it_out(bench: Bench) -> None:
    (run,) = bench.execute("CB", [PULSE])
    bench.call("CA", "lock")
    assert isinstance(bench.error(bench.session.begin(run, bench.now)), Locked)


def test_a_lock_is_a_lease(bench: Bench) -> None:
    bench.call("CA", "lock")
    (event,) = bench.wait(1.2)
    assert isinstance(event, Safe)
    assert bench.result(bench.call("CB", "lock")) is True


def test_force_unlock_makes_the_chip_safe(bench: Bench) -> None:
    bench.call("CA", "lock")
    events = bench.call("CB", "force_unlock")
    assert isinstance(events[0], Safe)
    assert bench.result(bench.call("CB", "lock")) is True


def test_only_the_whole_chip_can_be_locked(bench: Bench) -> None:
    assert bench.result(bench.call("CA", "lock", params={"resource": None})) is True
    assert isinstance(bench.error(bench.call("CA", "lock", params={"resource": "weights"})), Unsupported)
    assert isinstance(bench.error(bench.call("CA", "lock", params=["weights"])), Unsupported)


def test_stopping_answers_all_that_wait(bench: Bench) -> None:
    (running,) = bench.execute("CA", [PULSE], 1)
    (waiting,) = bench.execute("CB", [PULSE], 2)
    assert bench.session.begin(running, bench.now) is None
    replies = bench.session.stop(bench.now)
    assert isinstance(bench.error(replies[:1]), Indeterminate)
    assert "nothing was carried out" in str(bench.error(replies[1:]))
    assert bench.session.begin(waiting, bench.now) == []
