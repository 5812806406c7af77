"""Arrays on the wire: dtype, shape and every bit survive; references are checked before bytes are touched."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from spinloop.protocols.errors import ProtocolFault, WrongType
from spinloop.protocols.operations import Multiply, Restore
from spinloop.protocols.wire.arrays import DTYPES, LARGE_BYTES, ArrayReader, ArrayWriter
from spinloop.protocols.wire.codec import ClientCodec, ServerCodec
from spinloop.protocols.wire.frames import MAX_PAYLOAD_FRAMES

ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda name: hnp.arrays(np.dtype(name), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6))
)


def there(*arrays: Any) -> list[np.ndarray]:
    """Send arrays as operations, and return what the server's side sees."""
    frames = ClientCodec().execute_request(1, [Multiply("w", array) for array in arrays])
    frames = [bytes(frame) for frame in frames]
    return [operation.volts for operation in ServerCodec().request(frames).params.operations]


@given(st.lists(ARRAYS, min_size=1, max_size=4))
@example([np.array(np.nan), np.array(-0.0), np.array([np.inf, 5e-324]), np.array([[1e16], [1e22]])])
@example([np.zeros((0, 3)), np.zeros(0, np.int64), np.zeros((2, 0, 2), bool)])
@example([np.array([2**63 - 1, -(2**63)]), np.array(2**64 - 1, np.uint64), np.array([True])])
def test_dtype_shape_and_bits_survive(arrays: list[np.ndarray]) -> None:
    for sent, came in zip(arrays, there(*arrays), strict=True):
        assert (came.dtype, came.shape) == (sent.dtype, sent.shape)
        assert came.tobytes() == sent.tobytes()


@given(hnp.arrays(np.dtype("<f8"), hnp.array_shapes(max_dims=2, max_side=4), elements=st.floats(width=64)))
def test_inline_decimals_are_exact(array: np.ndarray) -> None:
    assert there(array)[0].tobytes() == array.tobytes()


@pytest.mark.parametrize("value", [0.55, -0.0, 5e-324, 1e300, 3, True, np.float64(0.1), np.int64(-7)])
def test_plain_numbers_arrive_as_arrays_without_dimensions(value: float) -> None:
    came = there(value)[0]
    assert came.shape == ()
    assert came.dtype == np.asarray(value).dtype
    assert came.tobytes() == np.asarray(value).tobytes()


def test_views_and_foreign_byte_order_arrive_with_the_same_values() -> None:
    base = np.arange(2000.0).reshape(40, 50)
    for sent in (base.T, base[::3, ::-2], base.astype(">f8"), np.broadcast_to(base[0], (9, 50))):
        assert np.array_equal(there(sent)[0], sent)


def test_more_large_arrays_than_frames_still_fit_one_message() -> None:
    arrays = [np.full(LARGE_BYTES, index % 251, np.uint8) for index in range(MAX_PAYLOAD_FRAMES + 40)]
    frames = ClientCodec().execute_request(1, [Restore({str(i): a for i, a in enumerate(arrays)})])
    assert len(frames) <= MAX_PAYLOAD_FRAMES
    state = ServerCodec().request([bytes(frame) for frame in frames]).params.operations[0].state
    assert all(np.array_equal(state[str(i)], a) for i, a in enumerate(arrays))


@pytest.mark.parametrize(
    "value",
    [
        np.array([object()]),
        np.array(["a"]),
        np.array([b"a"]),
        np.zeros(3, "datetime64[s]"),
        np.zeros(2, [("a", float)]),
        np.ma.masked_array([1.0, 2.0], [True, False]),
        np.zeros((1,) * 20, np.int8),
        object(),
    ],
)
def test_what_is_not_in_the_list_is_not_sent(value: Any) -> None:
    with pytest.raises(WrongType) as caught:
        ClientCodec().execute_request(1, [Multiply("w", 1.0), Multiply("w", value)])
    assert caught.value.operation_index == 1


def reference(**changes: Any) -> dict[str, Any]:
    return {"frame": 0, "offset": 8, "dtype": "<f8", "shape": [2, 3]} | changes


def read(value: Any, *frames: bytes) -> np.ndarray:
    reader = ArrayReader()
    reader.frames = frames
    return msgspec.json.decode(msgspec.json.encode(value), type=np.ndarray, dec_hook=reader.hook)


def test_a_reference_that_fits_is_read() -> None:
    data = np.arange(7.0)
    assert np.array_equal(read(reference(), data.tobytes()), data[1:].reshape(2, 3))


@pytest.mark.parametrize(
    "changes",
    [
        {"frame": 1},
        {"frame": -1},
        {"frame": True},
        {"frame": "0"},
        {"offset": 9},
        {"offset": -8},
        {"offset": 1.0},
        {"offset": 2**70},
        {"dtype": "O"},
        {"dtype": "<f16"},
        {"dtype": "float64"},
        {"dtype": ["<f8"]},
        {"shape": [2, 4]},
        {"shape": [-2, -3]},
        {"shape": [2**31, 2**31, 2**31]},
        {"shape": [0, 2**31 - 1, 2**31 - 1, 2**31 - 1]},
        {"shape": 6},
        {"shape": [[6]]},
        {"shape": [1] * 40},
        {"shape": [2.0, 3.0]},
        {"more": 1},
    ],
)
def test_a_reference_that_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ProtocolFault):
        read(reference(**changes), bytes(56))


@pytest.mark.parametrize("value", [[], [[1.0], [1.0, 2.0]], ["a"], "a", None, [None], [[]], 2**64, [2**63], [{}]])
def test_inline_values_that_are_no_array_are_refused(value: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(value)


def test_booleans_are_zero_or_one() -> None:
    with pytest.raises(ProtocolFault):
        read(reference(dtype="|b1", offset=0, shape=[2]), b"\x01\x02")


def test_unaligned_arrays_are_brought_into_line() -> None:
    data = np.arange(1000.0)
    came = read({"frame": 0, "offset": 3, "dtype": "<f8", "shape": [1000]}, b"abc" + data.tobytes())
    assert came.flags.aligned
    assert np.array_equal(came, data)


def test_a_writer_starts_afresh_for_each_message() -> None:
    writer = ArrayWriter()
    writer.hook(np.zeros(100))
    writer.start()
    writer.hook(np.ones(100))
    assert len(writer.frames) == 1
    assert np.array_equal(np.frombuffer(writer.frames[0]), np.ones(100))


def test_plain_numbers_keep_their_sign_and_kind_when_they_repeat() -> None:
    numbers = [0.5, 0.0, -0.0, 1.0, 1, True, 0.5, -0.0, 0.0, 1, 1.0, -0.5]
    for sent, came in zip(numbers, there(*numbers), strict=True):
        assert came.dtype == np.asarray(sent).dtype
        assert came.tobytes() == np.asarray(sent).tobytes()
