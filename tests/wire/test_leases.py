"""Leases, locks and make_safe, driven frame by frame with a clock in hand."""

from __future__ import annotations

from spinloop.protocols.errors import (
    Indeterminate,
    Locked,
    NotSignedIn,
    Unsupported,
)
from spinloop.protocols.operations import Pulse, Read, Wait
from spinloop.protocols.results import Done
from spinloop.protocols.wire.events import Note, Reply, Safe

DEEP = b'{"id": 1, "jsonrpc": "2.0", "method": "pong", "params": ' + b"[" * 100_000
PULSE, READ = Pulse("weights", 0.5, 1e-8), Read("weights")


# --- leases, locks, make_safe --------------------------------------------------------------------------------------


def test_a_silent_client_that_used_the_chip_loses_it(bench) -> None:
    bench.heartbeat("CA")
    bench.run(bench.execute("CA", [PULSE]))
    assert bench.wait(1.0) == []
    (event,) = bench.wait(0.2)
    assert isinstance(event, Safe)
    assert "CA" in event.reason
    assert isinstance(bench.error(bench.call("CA", "pong")), NotSignedIn)


def test_heartbeats_keep_the_lease(bench) -> None:
    bench.run(bench.execute("CA", [PULSE]))
    for _ in range(50):
        bench.heartbeat("CA")
        assert bench.wait(0.3) == []


def test_a_silent_client_that_did_nothing_is_only_forgotten(bench) -> None:
    assert bench.wait(44.0) == []
    assert all(isinstance(event, Note) for event in bench.wait(2.0))


def test_a_client_that_made_the_chip_safe_holds_nothing(bench) -> None:
    bench.run(bench.execute("CA", [PULSE]))
    assert isinstance(bench.call("CA", "make_safe")[0], Safe)
    assert bench.wait(5.0) == []


def test_signing_out_makes_the_chip_safe_when_it_was_used(bench) -> None:
    assert not any(isinstance(event, Safe) for event in bench.call("CB", "sign_out"))
    bench.run(bench.execute("CA", [PULSE]))
    assert any(isinstance(event, Safe) for event in bench.call("CA", "sign_out"))


def test_a_stall_of_the_server_is_nobodys_silence(bench) -> None:
    bench.run(bench.execute("CA", [PULSE]))
    bench.now += 60.0  # nobody called tick: the server was stopped
    assert bench.session.tick(bench.now) == []
    assert isinstance(bench.wait(1.2)[0], Safe)


def test_a_lease_may_lapse_while_the_batch_runs(bench) -> None:
    bench.heartbeat("CA")
    (run,) = bench.execute("CA", [PULSE, Wait(0.0)])
    assert bench.session.begin(run, bench.now) is None
    (event,) = bench.wait(1.2)
    assert isinstance(event, Safe)
    assert bench.session.finish(run, [Done(), Done()], bench.now) == []


def test_a_plain_leco_client_waits_in_silence(bench) -> None:
    (run,) = bench.execute("CA", [PULSE])
    assert bench.session.begin(run, bench.now) is None
    assert bench.wait(60.0)[:1] != [Safe]
    assert len(bench.session.finish(run, [Done()], bench.now)) == 1
    assert isinstance(bench.wait(1.2)[0], Safe)


def test_what_waits_for_a_dead_client_is_dropped(bench) -> None:
    bench.heartbeat("CA")
    (run,) = bench.execute("CA", [PULSE])
    bench.wait(1.2)
    assert bench.session.begin(run, bench.now) == []
    bench.call("CA", "sign_in")
    bench.run(bench.execute("CA", [PULSE]))
    assert bench.chip.pulses == 1


def test_make_safe_drops_what_its_client_has_waiting(bench) -> None:
    (mine,) = bench.execute("CA", [PULSE], 1)
    (others,) = bench.execute("CB", [PULSE], 2)
    events = bench.call("CA", "make_safe", conversation=3)
    assert [type(event) for event in events] == [Reply, Safe, Reply]
    assert bench.session.begin(mine, bench.now) == []
    assert bench.session.begin(others, bench.now) is None


def test_the_lock_keeps_others_out(bench) -> None:
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


def test_a_refusal_by_the_lock_is_not_remembered(bench) -> None:
    bench.call("CA", "lock")
    bench.error(bench.execute("CB", [PULSE]))
    bench.call("CA", "unlock")
    bench.run(bench.execute("CB", [PULSE]))
    assert bench.chip.pulses == 1


def test_a_lock_taken_while_a_request_waits_keeps_it_out(bench) -> None:
    (run,) = bench.execute("CB", [PULSE])
    bench.call("CA", "lock")
    assert isinstance(bench.error(bench.session.begin(run, bench.now)), Locked)


def test_a_lock_is_a_lease(bench) -> None:
    bench.call("CA", "lock")
    (event,) = bench.wait(1.2)
    assert isinstance(event, Safe)
    assert bench.result(bench.call("CB", "lock")) is True


def test_force_unlock_makes_the_chip_safe(bench) -> None:
    bench.call("CA", "lock")
    events = bench.call("CB", "force_unlock")
    assert isinstance(events[0], Safe)
    assert bench.result(bench.call("CB", "lock")) is True


def test_only_the_whole_chip_can_be_locked(bench) -> None:
    assert bench.result(bench.call("CA", "lock", params={"resource": None})) is True
    assert isinstance(bench.error(bench.call("CA", "lock", params={"resource": "weights"})), Unsupported)
    assert isinstance(bench.error(bench.call("CA", "lock", params=["weights"])), Unsupported)


def test_stopping_answers_all_that_wait(bench) -> None:
    (running,) = bench.execute("CA", [PULSE], 1)
    (waiting,) = bench.execute("CB", [PULSE], 2)
    assert bench.session.begin(running, bench.now) is None
    replies = bench.session.stop(bench.now)
    assert isinstance(bench.error(replies[:1]), Indeterminate)
    assert "nothing was carried out" in str(bench.error(replies[1:]))
    assert bench.session.begin(waiting, bench.now) == []
