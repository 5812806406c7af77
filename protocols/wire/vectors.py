"""The golden messages of `vectors/`, built by the code that speaks the protocol.

`python -m spinloop.protocols.wire.vectors` writes them anew; a test fails when that would change a byte. A change here
is a change of the protocol: it needs a new protocol version, unless it only adds a vector.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from spinloop.protocols.errors import LimitExceeded, NotSignedIn
from spinloop.protocols.operations import Multiply, Operation, Program, Pulse, Read, Restore, Sample
from spinloop.protocols.results import Conductances, Currents, Done, Samples
from spinloop.protocols.wire.codec import ClientCodec, ServerCodec
from spinloop.protocols.wire.frames import JSON, Buffer, Message, decode_message, encode_message

FOLDER = Path(__file__).parent.parent / "vectors"
CONVERSATION = bytes.fromhex("0197f3a1c2007000800000010000002a")
BOOT = "00112233445566778899aabbccddeeff"

RAMP = np.arange(-3, 45, dtype=np.float64).reshape(3, 16) / 64
MASK = np.arange(64).reshape(8, 8) % 3 == 0
LARGE = np.arange(600, dtype="<i8").reshape(20, 30)


def messages() -> dict[str, tuple[str, list[Buffer]]]:
    """Every vector: what it means, and its frames, by name."""
    client, server = ClientCodec(), ServerCodec()

    def execute(*operations: Operation) -> list[Buffer]:
        return client.execute_request(7, operations, BOOT)

    def call(method: str) -> list[Buffer]:
        return [msgspec.json.encode({"jsonrpc": "2.0", "method": method, "id": 1})]

    ran = [Done(1e-8, 2.5e-15, "modelled", pulses=1)]
    refused = LimitExceeded("1.4 V on 'weights'", "0.8 V at most", "ask for less", block="weights", volts=1.4)
    refused.at(1, [*ran])
    state = {"g": LARGE, "key": np.array([2**63], "<u8"), "none": np.zeros((0, 3)), "t": np.array(np.inf)}
    results = [*ran, Conductances(siemens=np.array([[8e-6, 2e-5]])), Currents(amps=RAMP)]
    stranger = NotSignedIn("a message from 'CA'", "clients that are signed in", "sign in first")
    samples = Samples(packed=np.arange(48, dtype=np.uint8).reshape(2, 3, 8), neurons=64)
    return {
        "sign-in": ("CA takes a name; it knows no namespace yet", _asked(call("sign_in"), sender="CA")),
        "heartbeat": ("CA shows that it lives; no payload, no reply", _asked([])),
        "pong": ("CA asks whether the chip's server lives", _asked(call("pong"), receiver="N1.chip")),
        "execute-inline": (
            "one pulse with plain numbers, and a read of two rows",
            _asked(execute(Pulse("weights", 0.55, 1e-8), Read("weights", rows=(0, 2), read_volts=0.1))),
        ),
        "execute-pooled": (
            "a ramp and a mask share frame 0; the inline bias stands in the JSON",
            _asked(
                execute(Multiply("weights", RAMP), Pulse("weights", -0.5, 1e-8, 3, MASK), Sample("neurons", RAMP[0], 4))
            ),
        ),
        "execute-large": (
            "a state of four arrays: one in a frame of its own, two pooled (one of them empty), one with an infinity",
            _asked(execute(Restore(state))),
        ),
        "execute-program": ("a scalar target", _asked(execute(Program("weights", 2e-5, tolerance=0.1)))),
        "reply-null": ("success of a method without a result", _answered(server.success(1, None))),
        "reply-results": (
            "results of four operations, arrays inline and pooled",
            _answered(server.results(7, [*results, samples])),
        ),
        "reply-error": ("the second operation was refused; the first ran", _answered(server.error(7, refused))),
        "reply-stranger": ("CA has not signed in", _answered(server.error(None, stranger), receiver="CA")),
    }  # fmt: skip


def _asked(payload: Sequence[Buffer], receiver: str = "COORDINATOR", sender: str = "N1.CA") -> list[Buffer]:
    return encode_message(Message(receiver, sender, CONVERSATION, 0, JSON if payload else 0, payload))


def _answered(payload: Sequence[Buffer], receiver: str = "N1.CA") -> list[Buffer]:
    return encode_message(Message(receiver, "N1.COORDINATOR", CONVERSATION, 0, JSON, payload))


def document(meaning: str, frames: Sequence[Buffer]) -> dict[str, Any]:
    """A vector as it stands in its file."""
    message = decode_message(frames)
    return {
        "meaning": meaning,
        "receiver": message.receiver,
        "sender": message.sender,
        "conversation_id": message.conversation_id.hex(),
        "message_id": message.message_id,
        "message_type": message.message_type,
        "json": msgspec.json.decode(message.payload[0]) if message.payload else None,
        "frames": [bytes(frame).hex() for frame in frames],
    }


def files() -> dict[str, str]:
    """The files of `vectors/` by name."""
    return {
        f"{name}.json": json.dumps(document(meaning, frames), indent=2) + "\n"
        for name, (meaning, frames) in messages().items()
    }


def main() -> None:
    """Write them anew."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
