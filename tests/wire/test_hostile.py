"""Thousands of malformed messages: a typed error or silence, never another exception, and the chip is not touched."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import numpy as np
import pytest
from spinloop.protocols.errors import ERRORS, SpinloopError
from spinloop.protocols.operations import Multiply, Program, Pulse, Read, Restore, Sample
from spinloop.protocols.wire.bounds import Bounds
from spinloop.protocols.wire.codec import ClientCodec, ServerCodec
from spinloop.protocols.wire.events import Reply, Run
from spinloop.protocols.wire.frames import JSON, Message, decode_message, encode_message
from spinloop.protocols.wire.session import Session

MUTATIONS = 6_000
SEED = 20_240
INSERTIONS = (b"null", b"1e999", b"[[[[", b'"\xff"', b"-1", b"{}", b"\x00", b"9" * 40, b"NaN")
STANDARD_CODES = {-32700, -32600, -32601, -32602}


def good_messages() -> list[list[bytes]]:
    batches: list[list[Any]] = [
        [Pulse("weights", 0.5, 1e-8, where=np.ones((4, 4), bool))],
        [Read("weights", rows=(0, 1)), Multiply("weights", np.linspace(0, 0.1, 40).reshape(10, 4))],
        [Program("weights", np.full((4, 4), 1e-5)), Sample("neurons", np.zeros((2, 64)), 10)],
        [Restore({"a": np.arange(5000.0), "b": np.zeros(0, np.int32), "c": np.array([True, False])})],
    ]
    payloads = [ClientCodec().execute_request(1, batch, "boot1", 1.0) for batch in batches]
    payloads += [[msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": name})] for name in ("lock", "describe")]
    return [
        [bytes(frame) for frame in encode_message(Message("COORDINATOR", "N1.CA", bytes(15) + bytes([k]), 0, JSON, p))]
        for k, p in enumerate(payloads)
    ]


def mutate(frames: list[bytes], chance: random.Random) -> list[bytes]:
    frames = list(frames)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        place = chance.randrange(len(frames)) if frames else 0
        kind = chance.randrange(7)
        data = bytearray(frames[place]) if frames else bytearray()
        if kind <= 1 and data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        elif kind == 2:
            data = data[: chance.randrange(len(data) + 1)]
        elif kind == 3:
            at = chance.randrange(len(data) + 1)
            data[at:at] = chance.choice(
                (b"null", b"1e999", b"[[[[", b'"\xff"', b"-1", b"{}", b"\x00", b"9" * 40, b"NaN")
            )
        elif kind == 4:
            data = bytearray(chance.randbytes(chance.randrange(64)))
        elif kind == 5 and frames:
            del frames[place]
            continue
        else:
            frames.insert(place, bytes(data))
            continue
        if frames:
            frames[place] = bytes(data)
    return frames


def check(reply: Reply) -> None:
    message = decode_message(reply.frames)
    body = msgspec.json.decode(message.payload[0])
    assert "result" in body or body["error"]["code"] in ERRORS or body["error"]["code"] in STANDARD_CODES


def test_mutated_messages_meet_a_typed_error_or_silence(counter) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)  # noqa: S311
    session = Session("N1", counter.describe(), "boot1", Bounds())
    sign_in = [b"\x00", b"COORDINATOR", b"CA", bytes(19) + b"\x01", b'{"jsonrpc":"2.0","id":1,"method":"sign_in"}']
    originals = good_messages()
    refused = 0
    for turn in range(MUTATIONS):
        session.receive(b"ca", sign_in, float(turn))
        frames = mutate(chance.choice(originals), chance)
        for event in session.receive(b"ca", frames, float(turn)):
            if isinstance(event, Reply):
                check(event)
                refused += 1
            elif isinstance(event, Run):
                # Some mutations leave a valid request. It must still be one that a chip can look at.
                assert all(type(operation).__name__ for operation in event.operations)
                session.stop(float(turn))
        session.tick(float(turn))
    assert refused > MUTATIONS / 10


def test_mutated_replies_never_reach_the_caller_as_anything_else(counter) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED + 1)  # noqa: S311
    batch = [
        Read("weights"),
        Multiply("weights", np.arange(2000.0).reshape(500, 4)),
        Program("weights", np.zeros((4, 4))),
    ]
    server, client = ServerCodec(), ClientCodec()
    good = [[bytes(f) for f in server.results(1, counter.execute(batch))]]
    good.append([bytes(f) for f in server.error(1, SpinloopError("a", "b", "c", d=1).at(1, counter.execute(batch)))])
    for _ in range(MUTATIONS):
        payload = mutate(chance.choice(good), chance)
        try:
            client.execute_results(payload)
        except SpinloopError:
            continue


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 300, 5000])
def test_raw_garbage_on_the_socket_does_not_stop_the_server(counter, served, remote, size: int) -> None:
    import zmq

    chance = random.Random(size)  # noqa: S311
    context = zmq.Context()
    socket = context.socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(served.address)
    for _ in range(40):
        socket.send_multipart([chance.randbytes(chance.randrange(40)) for _ in range(size)] or [b""])
    assert remote.execute([Pulse("weights", 0.5, 1e-8)])[0].pulses == 1
    socket.close()
    context.term()
