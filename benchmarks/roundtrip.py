"""What the wire costs: round trips, operations per second and arrays, against bare ZMQ on the same machine.

Run `python -m benchmarks.roundtrip` (add `--json` for one object on each line). Both sides of every comparison have
their server in a process of its own; their turns alternate over several rounds and medians are taken, because the
speed of a shared machine drifts. Each side checks that it got back what it should.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import zmq
from spinloop.protocols.chip_info import BlockInfo, ChipInfo
from spinloop.protocols.limits import Limits
from spinloop.protocols.operations import Multiply, Operation, Pulse
from spinloop.protocols.results import Currents, Done, Result
from spinloop.protocols.wire.codec import ClientCodec
from spinloop.protocols.wire.link import Address, new_name
from spinloop.protocols.wire.zmq_client import ZmqClient

from benchmarks._report import figure

ROUNDS = 9
BATCH = 256
ECHOES = ("echo", "echo without copying")
EMULATED = "emulator:tile64?seed=7"
MEGABYTE_SHAPE = (128, 1024)
PULSE = Pulse("weights", 0.55, 1e-8)
DONE = Done(1e-8, 1e-15, "modelled", pulses=1)


class Answerer:
    """A substrate that only answers, so that the wire is all that costs: `Done` to a pulse, the volts to a multiply."""

    def describe(self) -> ChipInfo:
        """One block that takes what is sent here."""
        block = BlockInfo(kind="crossbar", shape=(64, 64), operations=("pulse", "multiply"), limits=Limits())
        return ChipInfo(
            name="answerer",
            identity="answerer",
            substrate="benchmark",
            version="0",
            boot="0",
            blocks={"weights": block},
        )

    def execute(self, operations: Sequence[Operation]) -> list[Result]:
        """One result each, as cheaply as can be."""
        return [Currents(amps=operation.volts) if type(operation) is Multiply else DONE for operation in operations]

    def make_safe(self) -> None:
        """Nothing is ever on."""


# --- servers, each in its own process ------------------------------------------------------------------------------


def echo_server(copy: bool) -> None:
    """A bare REP socket that sends back what it got, frame for frame; small frames are quicker when copied."""
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.REP)
    socket.bind("tcp://127.0.0.1:0")
    print(socket.getsockopt_string(zmq.LAST_ENDPOINT), flush=True)
    while True:
        frames: list[Any] = socket.recv_multipart() if copy else socket.recv_multipart(copy=False)
        socket.send_multipart(frames, copy=copy)


def chip_server(chip: str) -> None:
    """A chip's server: the answerer, or a chip's URL."""
    from spinloop.protocols.wire.serve import serve_forever

    serve_forever(
        Answerer() if chip == "answerer" else chip,
        "tcp://127.0.0.1:0",
        ready=lambda address: print(address, flush=True),
    )


@contextmanager
def server(kind: str) -> Iterator[str]:
    """Start a server process; gives its address."""
    command = [sys.executable, "-m", "benchmarks.roundtrip", "--server", kind]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, f"the {kind} server did not start"
        yield address
    finally:
        process.send_signal(signal.SIGKILL if kind in ECHOES else signal.SIGTERM)
        process.wait(20)


@contextmanager
def bare(address: str) -> Iterator[Any]:
    """A bare REQ socket."""
    context = zmq.Context()
    socket: zmq.Socket[bytes] = context.socket(zmq.REQ)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RCVTIMEO, 10_000)
    socket.connect(address)
    try:
        yield socket
    finally:
        socket.close()
        context.term()


# --- measurements --------------------------------------------------------------------------------------------------


def median_seconds(call: Callable[[], object], times: int) -> float:
    """Median duration of one call."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        durations.append(time.perf_counter() - start)
    return statistics.median(durations)


def alternate(one: Callable[[], object], other: Callable[[], object], times: int) -> tuple[float, float, float]:
    """Medians of both in seconds, and the median over the rounds of their ratio."""
    for call in (one, other):
        median_seconds(call, times)  # warm-up
    pairs = [(median_seconds(one, times), median_seconds(other, times)) for _ in range(ROUNDS)]
    ones, others = zip(*pairs, strict=True)
    return statistics.median(ones), statistics.median(others), statistics.median(a / b for a, b in pairs)


def small_operation(joined: bool) -> dict[str, Any]:
    """One small operation against a bare echo of the same bytes: in the same frames, or joined in one.

    The difference between the two is what LECO's five frames cost any program that sends them.
    """
    me = Address(new_name(), 0)
    frames = [bytes(each) for each in me.message(me.new_header(), ClientCodec().execute_request(1, [PULSE], "0" * 32))]
    message = [b"".join(frames)] if joined else frames
    with server("answerer") as chip, server("echo") as echo, ZmqClient(chip) as client, bare(echo) as socket:

        def ours() -> None:
            assert client.execute([PULSE])[0].pulses == 1  # type: ignore[attr-defined]

        def theirs() -> None:
            socket.send_multipart(message)
            assert socket.recv_multipart() == message

        seconds, base, ratio = alternate(ours, theirs, 400)
    how = "joined in one frame" if joined else "in the same frames"
    against = f"bare REQ/REP echo of the same bytes {how}, {base * 1e6:.1f} us"
    name = "one small operation, tcp, median" + (", and its framing" if joined else "")
    return figure(name, seconds * 1e6, "us", against, ratio, *((None, None) if joined else (2.5, 1.5)))


def batch(name: str, chip: str, operations: list[Operation], floor: float, goal: float) -> dict[str, Any]:
    """Many small operations in one message, operations per second."""
    with server(chip) as address, ZmqClient(address) as client:

        def ours() -> None:
            results = client.execute(operations)
            assert len(results) == len(operations)

        median_seconds(ours, 20)
        seconds = statistics.median(median_seconds(ours, 60) for _ in range(ROUNDS))
    return figure(name, len(operations) / seconds, "operations/s", "-", None, floor, goal)


def megabyte() -> dict[str, Any]:
    """1 MiB of float64 to the chip and back, against a bare `copy=False` echo of the same bytes."""
    array = np.random.default_rng(1).random(MEGABYTE_SHAPE)
    with (
        server("answerer") as chip,
        server("echo without copying") as echo,
        ZmqClient(chip) as client,
        bare(echo) as socket,
    ):
        assert np.array_equal(client.execute([Multiply("weights", array)])[0].amps, array)  # type: ignore[attr-defined]
        socket.send(array.data, copy=False)
        assert bytes(socket.recv(copy=False).buffer) == array.tobytes()

        def ours() -> None:
            amps = client.execute([Multiply("weights", array)])[0].amps  # type: ignore[attr-defined]
            assert amps[-1, -1] == array[-1, -1]

        def theirs() -> None:
            socket.send(array.data, copy=False)
            frame = socket.recv(copy=False)
            assert np.frombuffer(frame.buffer)[-1] == array[-1, -1]

        seconds, base, ratio = alternate(ours, theirs, 60)
    against = f"bare copy=False REQ/REP echo {base * 1e6:.0f} us"
    return figure("1 MiB array round trip, tcp, median", seconds * 1e6, "us", against, ratio, 1.5, 1.5)


def main() -> None:
    """Run all, one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on each line")
    parser.add_argument("--server", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.server:
        if arguments.server in ECHOES:
            echo_server(copy=arguments.server == "echo")
        chip_server(arguments.server)
        return
    cell = [Pulse("weights", 0.55, 1e-8, 1, np.array([[k // 64, k % 64]])) for k in range(BATCH)]
    measurements: list[Callable[[], dict[str, Any]]] = [
        lambda: small_operation(joined=False),
        lambda: small_operation(joined=True),
        lambda: batch("256 pulses in one message, answered only", "answerer", [PULSE] * BATCH, 500_000, 1_000_000),
        lambda: batch(
            "256 one-cell pulses in one message, emulator:tile64", "emulator:tile64?seed=7", list(cell), 50_000, 50_000
        ),
        megabyte,
    ]
    for measure in measurements:
        line = measure()
        if arguments.json:
            print(json.dumps(line), flush=True)
        else:
            ratio = "" if line["ratio"] is None else f", {line['ratio']} x {line['against']}"
            print(
                f"{line['name']}: {line['value']} {line['unit']}{ratio} (floor {line['floor']}, goal {line['goal']})",
                flush=True,
            )


if __name__ == "__main__":
    main()
