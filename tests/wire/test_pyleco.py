"""The real pyleco talks to our server: no adapter, no Coordinator between."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pyleco.directors.director import Director
from pyleco.json_utils.errors import JSONRPCError
from pyleco.utils.communicator import Communicator
from spinloop.protocols.wire.serve import Served


@pytest.fixture
def communicator(served: Served) -> Iterator[Communicator]:
    port = int(served.address.rpartition(":")[2])
    with Communicator(name="CA", host="127.0.0.1", port=port, timeout=10) as opened:
        yield opened
    opened.socket.context.destroy(linger=0)


def test_a_communicator_signs_in_and_learns_the_namespace(communicator: Communicator) -> None:
    assert communicator.namespace == "N1"
    assert communicator.full_name == "N1.CA"


@pytest.mark.parametrize("receiver", ["COORDINATOR", "N1.COORDINATOR", "chip", "N1.chip"])
def test_pong_and_discover(communicator: Communicator, receiver: str) -> None:
    assert communicator.ask_rpc(receiver, "pong") is None
    document = communicator.get_capabilities(receiver)
    assert document["openrpc"] == "1.2.6"
    assert {"execute", "describe", "make_safe", "lock", "pong"} <= {method["name"] for method in document["methods"]}


def test_the_coordinators_directory(communicator: Communicator) -> None:
    assert communicator.ask_rpc("COORDINATOR", "send_local_components") == ["chip", "CA"]
    assert communicator.ask_rpc("COORDINATOR", "send_global_components") == {"N1": ["chip", "CA"]}


def test_a_director_drives_the_chip(communicator: Communicator, counter) -> None:
    director = Director(actor="N1.chip", communicator=communicator)
    assert director.ask_rpc("describe")["chip"]["name"] == "counter"
    pulse = {"op": "pulse", "block": "weights", "volts": 0.5, "width_seconds": 1e-8, "count": 3}
    results = director.ask_rpc("execute", operations=[pulse, {"op": "read", "block": "weights"}])["results"]
    assert results[0]["pulses"] == counter.pulses == 3
    assert results[1]["siemens"] == [[3.0] * 4] * 4


def test_a_director_sends_and_gets_arrays_as_frames(communicator: Communicator) -> None:
    director = Director(actor="chip", communicator=communicator)
    volts = np.arange(60.0).reshape(3, 20)
    reference = {"frame": 0, "offset": 0, "dtype": "<f8", "shape": [3, 20]}
    result, frames = director.ask_rpc(
        "execute",
        operations=[{"op": "multiply", "block": "weights", "volts": reference}],
        additional_payload=[volts.tobytes()],
        extract_additional_payload=True,
    )
    amps = result["results"][0]["amps"]
    came = np.frombuffer(frames[amps["frame"]], amps["dtype"], 60, amps["offset"]).reshape(amps["shape"])
    assert np.array_equal(came, volts)


def test_errors_reach_pyleco_with_their_code(communicator: Communicator) -> None:
    pulse = {"op": "pulse", "block": "weights", "volts": 2.0, "width_seconds": 1e-8}
    with pytest.raises(JSONRPCError) as caught:
        communicator.ask_rpc("chip", "execute", operations=[pulse])
    assert caught.value.rpc_error.code == -32010
    assert caught.value.rpc_error.data["operation_index"] == 0
    with pytest.raises(JSONRPCError) as caught:
        communicator.ask_rpc("chip", "no_such_method")
    assert caught.value.rpc_error.code == -32601
    with pytest.raises(JSONRPCError) as caught:
        communicator.ask_rpc("nobody", "pong")
    assert caught.value.rpc_error.code == -32093
    with pytest.raises(JSONRPCError) as caught:
        communicator.ask_rpc("N2.chip", "pong")
    assert caught.value.rpc_error.code == -32092


def test_a_name_is_taken_once(communicator: Communicator, served: Served) -> None:
    port = int(served.address.rpartition(":")[2])
    other = Communicator(name="CA", host="127.0.0.1", port=port, timeout=2)
    with pytest.raises(ConnectionRefusedError):
        other.sign_in()
    other.socket.close(0)


def test_a_communicator_that_was_forgotten_signs_in_again_by_itself(communicator: Communicator) -> None:
    communicator.ask_rpc("COORDINATOR", "sign_out")
    assert communicator.ask_rpc("chip", "pong") is None
