"""Batches, results and errors cross the wire whole; what JSON cannot carry is refused, never changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from spinloop.protocols.errors import (
    ERRORS,
    NotFinite,
    ProtocolFault,
    RemoteFault,
    SpinloopError,
    WrongType,
)
from spinloop.protocols.operations import Multiply, Program, Pulse, Read, Wait
from spinloop.protocols.results import Conductances, Done, Samples
from spinloop.protocols.wire.codec import ClientCodec, ServerCodec, plain


def request(operations: list[Any]) -> Any:
    return ServerCodec().request([bytes(f) for f in ClientCodec().execute_request(7, operations, "b", 2.5)])


def reply(payload: list[Any]) -> list[Any]:
    return ClientCodec().execute_results([bytes(frame) for frame in payload])


def test_a_batch_arrives_whole() -> None:
    came = request([Read("w", rows=(1, 2), read_volts=0.1), Wait(0.5), Pulse("null", 0.5, 1e-8, 3)])
    assert (came.id, came.params.boot, came.params.deadline_seconds) == (7, "b", 2.5)
    read, wait, pulse = came.params.operations
    assert (read.rows, read.cols, read.read_volts, read.reads) == ((1, 2), None, 0.1, 1)
    assert wait.seconds == 0.5
    assert (pulse.block, float(pulse.volts), pulse.count, pulse.where) == ("null", 0.5, 3, None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), np.float64("nan")])
@pytest.mark.parametrize(
    "make",
    [
        lambda x: Read("w", read_volts=x),
        lambda x: Wait(x),
        lambda x: Program("w", 1e-5, tolerance=x),
        lambda x: Pulse("w", x, 1e-8),
        lambda x: Read("w", rows=(0, x)),
    ],
)
def test_nan_in_a_plain_number_is_refused_and_never_read_as_left_out(make: Any, value: float) -> None:
    with pytest.raises(NotFinite) as caught:
        ClientCodec().execute_request(1, [Wait(1.0), make(value)])
    assert caught.value.operation_index == 1


def test_nan_in_an_array_arrives_for_the_guard_to_refuse() -> None:
    volts = request([Multiply("w", np.array([[0.1, np.nan]]))]).params.operations[0].volts
    assert np.array_equal(volts, [[0.1, np.nan]], equal_nan=True)


def test_nan_in_results_arrives_in_arrays_and_is_a_fault_in_plain_numbers() -> None:
    (result,) = reply(ServerCodec().results(1, [Conductances(siemens=np.array([[np.nan, np.inf]]))]))
    assert np.array_equal(result.siemens, [[np.nan, np.inf]], equal_nan=True)
    with pytest.raises(RemoteFault):
        reply(ServerCodec().results(1, [Done(chip_seconds=float("nan"))]))


def test_results_arrive_whole() -> None:
    packed = np.arange(48, dtype=np.uint8).reshape(2, 3, 8)
    done, samples = reply(
        ServerCodec().results(
            1, [Done(1e-8, 1e-15, "modelled", saturated=True, pulses=5), Samples(packed=packed, neurons=64)]
        )
    )
    assert (done.chip_seconds, done.energy_joules, done.energy_kind, done.saturated) == (1e-8, 1e-15, "modelled", True)
    assert samples.packed.dtype == np.uint8
    assert np.array_equal(samples.packed, packed)


@pytest.mark.parametrize("kind", list(ERRORS.values()), ids=lambda kind: kind.__name__)
def test_every_error_of_the_table_crosses_whole(kind: type[SpinloopError]) -> None:
    ran = [Done(pulses=2), Conductances(siemens=np.arange(100.0).reshape(10, 10))]
    error = kind("asked 1.4 V", "0.8 V", "ask for less", volts=np.float64(1.4), where=np.array([1, 2])).at(2, ran)
    with pytest.raises(SpinloopError) as caught:
        reply(ServerCodec().error(3, error))
    came = caught.value
    assert type(came) is kind
    assert (came.asked, came.allowed, came.advice) == (error.asked, error.allowed, error.advice)
    assert str(came) == str(error)
    assert came.details == {"volts": 1.4, "where": [1, 2]}
    assert came.operation_index == 2
    assert came.results[0].pulses == 2
    assert np.array_equal(came.results[1].siemens, ran[1].siemens)


def test_an_unknown_code_is_a_remote_fault_that_quotes_it() -> None:
    text = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32049,"message":"what?"}}'
    with pytest.raises(RemoteFault, match="-32049"):
        reply([text])


@pytest.mark.parametrize("data", [b"5", b"[1]", b'"text"', b"null", b'{"strange": 1}'])
def test_foreign_error_data_does_not_hide_the_error(data: bytes) -> None:
    text = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32090,"message":"You did not sign in!","data":' + data + b"}}"
    with pytest.raises(SpinloopError, match="sign in") as caught:
        reply([text])
    assert caught.value.code == -32090


@pytest.mark.parametrize("payload", [[], [b""], [b"{"], [b"{}"], [b"[]"], [b'{"jsonrpc":"2.0","id":1}'], [b"\xff"]])
def test_unreadable_replies_are_protocol_faults(payload: list[bytes]) -> None:
    with pytest.raises(ProtocolFault):
        reply(payload)


@pytest.mark.parametrize("wrong", [Pulse("w\ud800", 1.0, 1.0), Wait({1: 2j}), object()])  # type: ignore[arg-type]
def test_what_cannot_be_written_is_refused_at_its_place(wrong: Any) -> None:
    with pytest.raises(WrongType) as caught:
        ClientCodec().execute_request(1, [Wait(1.0), wrong])
    assert caught.value.operation_index == 1


def test_details_are_json_values() -> None:
    found = plain({"a": np.float32(0.5), "b": float("nan"), "c": (1, [2]), "d": object, "e": None, 5: "\ud800"})
    assert found == {"a": 0.5, "b": "nan", "c": [1, [2]], "d": "<class 'object'>", "e": None, "5": "?"}


def test_codecs_let_go_of_the_arrays_of_the_last_message() -> None:
    import gc
    import weakref

    class Traced(np.ndarray):
        """An array that can be watched."""

    array = np.zeros(10_000).view(Traced)
    watched = weakref.ref(array)
    codec = ClientCodec()
    codec.execute_request(1, [Multiply("w", array)])
    del array
    gc.collect()
    assert watched() is None
