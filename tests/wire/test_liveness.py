"""Who is alive, who is dead, and what happens to the chip: real processes, real sockets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from spinloop.protocols.errors import (
    BadUrl,
    ConnectionFault,
    DeadlineExpired,
    Indeterminate,
    RemoteFault,
    StaleBoot,
    Unreachable,
)
from spinloop.protocols.operations import Pulse, Read, Wait
from spinloop.protocols.wire.bounds import Bounds
from spinloop.protocols.wire.serve import serve
from spinloop.protocols.wire.urls import check_bind
from spinloop.protocols.wire.zmq_client import ZmqClient, open_ipc, open_tcp

PULSE = Pulse("weights", 0.5, 1e-8)
PATIENCE_SECONDS = 30
"""How long a test waits for what must come; far beyond any lease, so that a loaded machine fails no test."""

CLIENT = """
import sys, time
from spinloop.protocols.operations import Pulse, Wait
from spinloop.protocols.wire.zmq_client import ZmqClient
client = ZmqClient(sys.argv[1])
client.execute([Pulse("weights", 0.5, 1e-8)])
print("energised", flush=True)
if sys.argv[2] == "busy":
    client.execute([Wait(3600.0)])
elif sys.argv[2] == "leave":
    sys.exit()
time.sleep(3600)
"""


@contextmanager
def client_process(address: str, what: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-c", CLIENT, address, what], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "energised\n"
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE_SECONDS)
        process.stdout.close()


def test_a_killed_client_leaves_the_chip_safe(counter, served) -> None:
    with client_process(served.address, "idle") as process:
        counter.safe.clear()
        process.kill()
        assert counter.safe.wait(PATIENCE_SECONDS)


def test_a_stopped_client_leaves_the_chip_safe_and_may_come_back(counter, served) -> None:
    with client_process(served.address, "idle") as process:
        counter.safe.clear()
        os.kill(process.pid, signal.SIGSTOP)
        assert counter.safe.wait(PATIENCE_SECONDS)
        os.kill(process.pid, signal.SIGCONT)


def test_a_client_killed_while_the_chip_is_busy_leaves_it_safe(counter, served) -> None:
    with client_process(served.address, "busy") as process:
        while counter.calls < 2:
            assert counter.entered.wait(PATIENCE_SECONDS)
        counter.safe.clear()
        process.kill()
        assert counter.safe.wait(PATIENCE_SECONDS)  # while the batch still runs
        calls = counter.safe_calls
        counter.safe.clear()
        counter.release.set()
        assert counter.safe.wait(PATIENCE_SECONDS)  # and once more after it
        assert counter.safe_calls > calls


def test_a_process_that_ends_without_closing_leaves_the_chip_safe(counter, served) -> None:
    with client_process(served.address, "leave") as process:
        process.wait(PATIENCE_SECONDS)
        assert counter.safe.wait(PATIENCE_SECONDS)


def test_an_idle_client_keeps_its_outputs(counter) -> None:
    with (
        serve(counter, bounds=Bounds(lease_seconds=1.0, heartbeat_seconds=0.1)) as served,
        ZmqClient(served.address) as client,
    ):
        client.execute([PULSE])
        with ZmqClient(served.address) as other:
            until = time.monotonic() + 1.5  # three leases
            while time.monotonic() < until:
                other.describe()
                other.execute([])
                assert counter.safe_calls == 0
            # The client that only sent heartbeats is still signed in.
            assert other._call("send_local_components") == ["chip", client._me.name, other._me.name]
            other._call("sign_out")


def test_a_long_batch_costs_nobody_a_lease(counter) -> None:
    with (
        serve(counter, bounds=Bounds(lease_seconds=1.0, heartbeat_seconds=0.1)) as served,
        ZmqClient(served.address) as one,
        ZmqClient(served.address) as other,
    ):
        other.execute([PULSE])
        assert one.execute([Wait(2.5)])[0].chip_seconds == 2.5
        assert counter.safe_calls == 0
        assert other.execute([Read("weights")])


def test_describe_is_answered_while_the_chip_is_busy(counter, served, remote) -> None:
    thread = threading.Thread(target=remote.execute, args=([Wait(PATIENCE_SECONDS)],))
    thread.start()
    assert counter.entered.wait(PATIENCE_SECONDS)
    with ZmqClient(served.address) as other:
        assert other.describe().name == "counter"
    counter.release.set()
    thread.join()


def test_make_safe_reaches_the_chip_while_a_batch_runs(counter, remote) -> None:
    thread = threading.Thread(target=remote.execute, args=([Wait(PATIENCE_SECONDS)],))
    thread.start()
    assert counter.entered.wait(PATIENCE_SECONDS)
    counter.safe.clear()
    remote.make_safe()
    assert counter.safe.is_set()
    assert thread.is_alive()
    counter.release.set()
    thread.join()


def test_nobody_at_the_address() -> None:
    start = time.monotonic()
    with pytest.raises(Unreachable, match=r"tcp://127\.0\.0\.1:9"):
        open_tcp("//127.0.0.1:9", {"deadline": "0.4"})
    assert time.monotonic() - start < PATIENCE_SECONDS


def test_a_stranger_at_the_address_is_not_a_chip() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Unreachable):
            open_tcp(f"//127.0.0.1:{port}", {"deadline": "0.4"})


@pytest.mark.parametrize("rest", ["", "//", "//host", "//:1", "//host:0", "//host:65536", "//host:x", "host:1"])
def test_malformed_addresses(rest: str) -> None:
    with pytest.raises(BadUrl):
        open_tcp(rest, {})


@pytest.mark.parametrize("parameters", [{"deadlin": "1"}, {"deadline": "x"}, {"deadline": "0"}, {"deadline": "nan"}])
def test_malformed_parameters(parameters: dict[str, str]) -> None:
    with pytest.raises(BadUrl, match=next(iter(parameters))):
        open_tcp("//127.0.0.1:9", parameters)


def test_ipc(counter, tmp_path: Path) -> None:
    with (
        serve(counter, f"ipc://{tmp_path}/chip") as served,
        open_ipc(served.address.removeprefix("ipc:"), {}) as client,
    ):
        assert client.execute([PULSE])[0].pulses == 1


@pytest.mark.parametrize(
    "bind",
    ["tcp://0.0.0.0:0", "tcp://*:0", "tcp://10.0.0.1:5", "tcp://example.org:5", "tcp://127.0.0.1", "udp://x", "ipc://"],
)
def test_only_loopback_is_bound(counter, bind: str) -> None:
    with pytest.raises(BadUrl):
        serve(counter, bind)


@pytest.mark.parametrize(
    "bind", ["tcp://127.0.0.1:0", "tcp://localhost:80", "tcp://[::1]:0", "ipc:///x", "tcp://127.0.0.1:*"]
)
def test_loopback_is_admitted(bind: str) -> None:
    assert check_bind(bind)


def test_a_port_that_is_taken(counter, served) -> None:
    with pytest.raises(ConnectionFault, match="free"):
        serve(counter, served.address)


def test_a_restarted_server_is_noticed(counter) -> None:
    with serve(counter) as first:
        address = first.address
        client = ZmqClient(address)
        client.execute([PULSE])
    with serve(counter, address):
        with pytest.raises(StaleBoot):
            client.execute([PULSE])
        assert counter.pulses == 1
        client.close()


def test_a_server_that_dies_is_noticed(counter, monkeypatch) -> None:
    monkeypatch.setattr("spinloop.protocols.wire.zmq_client.SILENCE_SECONDS", 0.6)
    served = serve(counter)
    client = ZmqClient(served.address)
    served.stop()
    with pytest.raises(Unreachable):
        client.execute([Read("weights")])
    with pytest.raises(Indeterminate):
        client.execute([PULSE])
    client.make_safe()
    client.close()
    client.close()


def test_a_server_that_is_stopped_answers_what_waits(counter, served, remote) -> None:
    caught: list[Exception] = []

    def wait() -> None:
        try:
            remote.execute([Wait(PATIENCE_SECONDS)])
        except ConnectionFault as error:
            caught.append(error)

    counter.release.set()
    remote.execute([Wait(1.0)])
    counter.release.clear()
    counter.entered.clear()
    thread = threading.Thread(target=wait)
    thread.start()
    assert counter.entered.wait(PATIENCE_SECONDS)
    stopper = threading.Thread(target=served.stop)
    counter.safe.clear()
    stopper.start()
    assert counter.safe.wait(PATIENCE_SECONDS)
    counter.release.set()
    stopper.join()
    thread.join()
    assert not caught, "a batch that ended in time is answered"


def test_a_deadline_for_one_batch(counter, served) -> None:
    with open_tcp(served.address.removeprefix("tcp:"), {"execute_deadline": "0.5"}) as client:
        with pytest.raises(DeadlineExpired):
            client.execute([Wait(PATIENCE_SECONDS)])
        counter.release.set()
        assert client.execute([PULSE])[0].pulses == 1


def test_a_fault_of_the_substrate_is_a_remote_fault(counter, remote) -> None:
    counter.fail_with = ZeroDivisionError("private text")
    with pytest.raises(RemoteFault) as caught:
        remote.execute([PULSE])
    assert "private text" not in str(caught.value)
    assert "Traceback" not in str(caught.value)
    counter.fail_with = None
    assert remote.execute([PULSE])[0].pulses == 1


SERVER = """
import sys, pathlib
sys.path.insert(0, sys.argv[1])
from conftest import Counter
from spinloop.protocols.wire.serve import serve_forever
chip = Counter(pathlib.Path(sys.argv[2]))
serve_forever(chip, "tcp://127.0.0.1:0", ready=lambda address: print(address, flush=True))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("busy", [False, True])
def test_a_signal_makes_the_chip_safe_and_ends_the_server(tmp_path: Path, number: int, busy: bool) -> None:
    safe = tmp_path / "safe"
    command = [sys.executable, "-c", SERVER, str(Path(__file__).parent), str(safe)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        client = ZmqClient(server.stdout.readline().strip())
        caught: list[Exception] = []

        def wait() -> None:
            try:
                client.execute([Wait(3600.0)])
            except Indeterminate as error:
                caught.append(error)

        thread = threading.Thread(target=wait)
        if busy:
            thread.start()
            while not safe.with_suffix(".waiting").exists():
                time.sleep(0.01)
        server.send_signal(number)
        assert server.wait(PATIENCE_SECONDS) == 0
        assert safe.read_text() == "safe"
        if busy:
            thread.join()
            assert len(caught) == 1
        client.close()
