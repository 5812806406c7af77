"""Golden messages: byte for byte what this code writes, and read here by nothing but json and numpy."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from pyleco.core.message import Message as PylecoMessage
from spinloop.protocols.wire.codec import ClientCodec, ServerCodec
from spinloop.protocols.wire.frames import decode_message, encode_message
from spinloop.protocols.wire.vectors import FOLDER, LARGE, MASK, RAMP, files

NAMES = sorted(path.name for path in FOLDER.glob("*.json"))


def load(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def array(reference: dict[str, Any], frames: list[bytes]) -> np.ndarray:
    """A reader of the specification's section 5 that shares no code with ours."""
    dtype, shape = np.dtype(reference["dtype"]), reference["shape"]
    size = dtype.itemsize * int(np.prod(shape))
    start = reference["offset"]
    return np.frombuffer(frames[reference["frame"]][start : start + size], dtype).reshape(shape)


def test_the_files_are_what_the_code_writes() -> None:
    written = files()
    assert sorted(written) == NAMES
    for name, text in written.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name} is out of step"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_read_and_written_back_byte_for_byte(name: str) -> None:
    vector = load(name)
    frames = [bytes.fromhex(frame) for frame in vector["frames"]]
    message = decode_message(frames)
    assert [bytes(frame) for frame in encode_message(message)] == frames
    assert (message.receiver, message.sender) == (vector["receiver"], vector["sender"])
    assert message.conversation_id.hex() == vector["conversation_id"]
    assert (message.message_id, message.message_type) == (vector["message_id"], vector["message_type"])


@pytest.mark.parametrize("name", NAMES)
def test_pyleco_reads_each_to_the_same_json(name: str) -> None:
    vector = load(name)
    theirs = PylecoMessage.from_frames(*[bytes.fromhex(frame) for frame in vector["frames"]])
    assert theirs.data == vector["json"]


def test_arrays_read_by_the_specification_alone() -> None:
    vector = load("execute-pooled.json")
    frames = [bytes.fromhex(frame) for frame in vector["frames"]][5:]
    multiply, pulse, sample = vector["json"]["params"]["operations"]
    assert np.array_equal(array(multiply["volts"], frames), RAMP)
    assert np.array_equal(array(pulse["where"], frames), MASK)
    assert sample["bias_volts"] == RAMP[0].tolist()
    vector = load("execute-large.json")
    frames = [bytes.fromhex(frame) for frame in vector["frames"]][5:]
    state = {name: array(value, frames) for name, value in vector["json"]["params"]["operations"][0]["state"].items()}
    assert np.array_equal(state["g"], LARGE)
    assert (state["key"].dtype, state["key"][0]) == (np.dtype("<u8"), 2**63)
    assert state["none"].shape == (0, 3)
    assert np.isinf(state["t"])
    assert state["t"].shape == ()


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("execute")])
def test_our_server_reads_each_request(name: str) -> None:
    frames = [bytes.fromhex(frame) for frame in load(name)["frames"]]
    request = ServerCodec().request(frames[4:])
    again = ClientCodec().execute_request(request.id, request.params.operations, request.params.boot)
    assert [bytes(frame) for frame in again] == frames[4:]


def test_our_client_reads_the_results() -> None:
    frames = [bytes.fromhex(frame) for frame in load("reply-results.json")["frames"]]
    done, conductances, currents, samples = ClientCodec().execute_results(frames[4:])
    assert done.pulses == 1
    assert np.array_equal(conductances.siemens, [[8e-6, 2e-5]])
    assert np.array_equal(currents.amps, RAMP)
    assert samples.bits().shape == (2, 3, 64)
