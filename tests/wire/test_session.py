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
from spinloop.protocols.operations import Pulse, Read, Restore
from spinloop.protocols.results import Conductances
from spinloop.protocols.wire.events import Note, Reply, Run, Safe
from spinloop.protocols.wire.frames import decode_message

DEEP = b'{"id": 1, "jsonrpc": "2.0", "method": "pong", "params": ' + b"[" * 100_000
PULSE, READ = Pulse("weights", 0.5, 1e-8), Read("weights")


# --- signing in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["pong", "describe", "execute", "make_safe", "lock", "rpc.discover"])
def test_a_stranger_is_told_to_sign_in(bench, method: str) -> None:
    assert isinstance(bench.error(bench.call("CX", method)), NotSignedIn)


def test_a_strangers_heartbeat_and_nonsense_are_refused_likewise(bench) -> None:
    assert isinstance(bench.error(bench.heartbeat("CX")), NotSignedIn)
    assert isinstance(bench.error(bench.send("CX", [b"{"])), NotSignedIn)
    assert isinstance(bench.error(bench.call("N2.CA", "pong")), NotSignedIn)


def test_routing_errors_come_from_the_coordinator(bench) -> None:
    (reply,) = bench.call("CX", "pong", receiver="chip")
    assert decode_message(reply.frames).sender == "N1.COORDINATOR"


def test_a_name_belongs_to_one_connection(bench) -> None:
    assert isinstance(bench.error(bench.call("CA", "sign_in", identity=b"other")), DuplicateName)
    assert isinstance(bench.error(bench.call("CA", "pong", identity=b"other")), DuplicateName)
    assert isinstance(bench.error(bench.call("chip", "sign_in")), DuplicateName)
    assert bench.result(bench.call("CA", "sign_in")) is None


def test_signing_out_frees_the_name(bench) -> None:
    assert bench.result(bench.call("CA", "sign_out")) is None
    assert isinstance(bench.error(bench.call("CA", "pong")), NotSignedIn)
    assert bench.result(bench.call("CA", "sign_out")) is None
    assert bench.result(bench.call("CA", "sign_in", identity=b"new")) is None


def test_other_receivers_are_unknown(bench) -> None:
    assert isinstance(bench.error(bench.call("CA", "pong", receiver="CB")), ReceiverUnknown)
    assert isinstance(bench.error(bench.call("CA", "pong", receiver="N2.chip")), NodeUnknown)
    assert isinstance(bench.error(bench.call("N2.CX", "sign_in")), NodeUnknown)


def test_no_more_clients_than_the_bound(counter, make_bench) -> None:
    bench = make_bench(max_clients=2)
    bench.call("CA", "sign_in")
    bench.call("CB", "sign_in")
    assert isinstance(bench.error(bench.call("CC", "sign_in")), LimitExceeded)


# --- requests ----------------------------------------------------------------------------------------------------


def test_methods_answer(bench) -> None:
    assert bench.result(bench.call("CA", "pong")) is None
    assert bench.result(bench.call("CA", "describe"))["server"]["boot"] == "boot1"
    assert bench.result(bench.call("CA", "rpc.discover", receiver="chip"))["info"]["title"] == "N1.chip"
    assert bench.result(bench.call("CA", "send_nodes")) == {"N1": ""}


def test_a_notification_gets_no_reply(bench) -> None:
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
def test_malformed_requests_have_json_rpcs_codes(bench, text: bytes, code: int) -> None:
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
def test_a_wrong_operation_says_which_it_is(bench, operation: Any, kind: type[SpinloopError]) -> None:
    good = {"op": "read", "block": "weights"}
    error = bench.error(bench.call("CA", "execute", params={"operations": [good, operation]}))
    assert type(error) is kind
    assert error.operation_index in (1, None)
    assert (error.operation_index is None) == (kind is ProtocolFault)


# --- at most once ------------------------------------------------------------------------------------------------


def test_a_repeat_gets_the_stored_reply_and_is_not_run(bench) -> None:
    first = bench.run(bench.execute("CA", [PULSE]))
    again = bench.execute("CA", [PULSE])
    assert [bytes(f) for f in again[0].frames] == [bytes(f) for f in first[0].frames]
    assert bench.chip.pulses == 1


def test_a_repeat_of_a_failed_request_gets_the_stored_error(bench) -> None:
    wrong = [PULSE, Pulse("weights", 2.0, 1e-8)]
    first = bench.error(bench.run(bench.execute("CA", wrong)))
    again = bench.error(bench.execute("CA", wrong))
    assert type(first) is type(again) is LimitExceeded
    assert (again.operation_index, again.results[0].pulses) == (1, 1)
    assert bench.chip.pulses == 1


def test_a_repeat_while_it_waits_or_runs_is_silent(bench) -> None:
    (run,) = bench.execute("CA", [PULSE])
    assert bench.execute("CA", [PULSE]) == []
    assert bench.session.begin(run, bench.now) is None
    assert bench.execute("CA", [PULSE]) == []
    (reply,) = bench.session.finish(run, bench.chip.execute(run.operations), bench.now)
    assert isinstance(reply, Reply)
    assert bench.chip.pulses == 1


def test_other_content_under_the_same_id_is_refused(bench) -> None:
    (run,) = bench.execute("CA", [PULSE])
    assert isinstance(bench.error(bench.execute("CA", [READ])), ProtocolFault)
    bench.run([run])
    assert isinstance(bench.error(bench.execute("CA", [READ])), ProtocolFault)


def test_the_same_id_of_another_client_is_another_request(bench) -> None:
    bench.run(bench.execute("CA", [PULSE]))
    bench.run(bench.execute("CB", [PULSE]))
    assert bench.chip.pulses == 2


def test_a_repeat_after_the_lease_lapsed_still_fires_once(bench) -> None:
    bench.run(bench.execute("CA", [PULSE]))
    bench.wait(5.0)
    assert isinstance(bench.error(bench.execute("CA", [PULSE])), NotSignedIn)
    bench.call("CA", "sign_in")
    assert bench.result(bench.execute("CA", [PULSE]))["results"][0]["pulses"] == 1
    assert bench.chip.pulses == 1


def test_a_repeat_whose_reply_is_gone_is_indeterminate(counter, make_bench) -> None:
    bench = make_bench(max_replies=4)
    bench.call("CA", "sign_in")
    for conversation in range(1, 9):
        bench.run(bench.execute("CA", [PULSE], conversation))
    assert isinstance(bench.error(bench.execute("CA", [PULSE], 1)), Indeterminate)
    assert bench.result(bench.execute("CA", [PULSE], 8))
    assert counter.pulses == 8


def test_replies_that_changed_nothing_go_first(counter, make_bench) -> None:
    bench = make_bench(max_replies=4)
    bench.call("CA", "sign_in")
    bench.run(bench.execute("CA", [PULSE], 1))
    for conversation in range(2, 50):
        bench.run(bench.execute("CA", [READ], conversation))
    assert bench.result(bench.execute("CA", [PULSE], 1))
    assert counter.pulses == 1
    assert isinstance(bench.execute("CA", [READ], 2)[0], Run)


def test_stored_bytes_are_bounded_and_the_newest_stays(counter, make_bench) -> None:
    bench = make_bench(max_reply_bytes=100_000)
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


def test_a_request_of_an_older_boot_is_stale(bench) -> None:
    assert isinstance(bench.error(bench.execute("CA", [PULSE], boot="boot0")), StaleBoot)
    bench.run(bench.execute("CA", [PULSE], boot="boot1"))
    assert bench.chip.pulses == 1


def test_late_work_is_dropped(bench) -> None:
    (run,) = bench.execute("CA", [PULSE], deadline=0.5)
    bench.now += 0.6
    (reply,) = bench.session.begin(run, bench.now)
    assert isinstance(bench.error([reply]), DeadlineExpired)
    # It never ran, so a repeat is a new request.
    bench.run(bench.execute("CA", [PULSE], deadline=0.5))
    assert bench.chip.pulses == 1


def test_no_more_waiting_requests_than_the_bound(counter, make_bench) -> None:
    bench = make_bench(max_waiting=3)
    bench.call("CA", "sign_in")
    for conversation in range(1, 4):
        assert isinstance(bench.execute("CA", [PULSE], conversation)[0], Run)
    assert isinstance(bench.error(bench.execute("CA", [PULSE], 4)), LimitExceeded)


def test_a_reply_over_the_bound_is_refused_and_small(counter, make_bench) -> None:
    bench = make_bench(max_message_bytes=4000)
    bench.call("CA", "sign_in")
    (run,) = bench.execute("CA", [READ])
    assert bench.session.begin(run, bench.now) is None
    events = bench.session.finish(run, [Conductances(siemens=np.zeros((40, 40)))], bench.now)
    assert isinstance(bench.error(events), TooLarge)


def test_a_message_over_the_bound_is_refused(counter, make_bench) -> None:
    bench = make_bench(max_message_bytes=4000)
    bench.call("CA", "sign_in")
    assert isinstance(bench.error(bench.execute("CA", [Restore({"x": np.zeros(1000)})])), TooLarge)
