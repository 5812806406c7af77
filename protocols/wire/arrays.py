"""Arrays inside a message: small finite ones inline in the JSON, all others in frames of raw bytes behind it.

An inline array is a number or nested lists; its shape is that of the nesting and its dtype follows from the numbers:
all integers, all booleans, or floats (`1` is an integer, `1.0` a float). Everything else is a reference::

    {"frame": 0, "offset": 64, "dtype": "<f8", "shape": [3, 4]}

`frame` counts the frames behind the JSON, from 0. Small arrays share one frame, each at a multiple of 8 bytes; a
large one has a frame of its own. Bits and dtype survive exactly (a big-endian array arrives little-endian, with the
same values). The peer checks dtype, shape and offset against the frame's real length before it touches the bytes;
nothing is ever unpickled or evaluated.

Decoded arrays may be read-only views of the received message: copy before writing into one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.protocols.errors import ProtocolFault, WrongType
from spinloop.protocols.wire.frames import MAX_PAYLOAD_FRAMES, Buffer

DTYPES: tuple[str, ...] = (
    "|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16",
)  # fmt: skip
"""The closed list of element types, as numpy spells them: byte order, kind, bytes."""

INLINE_ELEMENTS = 16
"""Arrays of at most this many elements travel inline when their dtype allows it."""
LARGE_BYTES = 4096
"""Arrays of at least this many bytes get a frame of their own, which is sent without being copied."""
MAX_DIMENSIONS = 16
SHARED_NUMBERS = 1024
ALIGNMENT_BYTES = 8

_BY_NAME = {name: np.dtype(name) for name in DTYPES}
_NAMES = {dtype: name for name, dtype in _BY_NAME.items()}
_INLINE = frozenset(np.dtype(name) for name in ("<f8", "<i8", "|b1"))
_KEYS = frozenset(("frame", "offset", "dtype", "shape"))


class ArrayWriter:
    """Collects the arrays of one message while its JSON is being encoded. For one thread, one message at a time.

    Attributes:
        frames: the frames to be sent behind the JSON.
        careful: check inline floats for NaN and infinity, which JSON cannot carry. The codec encodes once without
            the check and repeats with it when the JSON came out with a null.
    """

    def __init__(self) -> None:
        self.frames: list[Buffer] = []
        self.careful = False
        self._pool: bytearray | None = None
        self._pool_index = 0

    def start(self, careful: bool = False) -> None:
        """Forget the previous message."""
        self.frames = []
        self.careful = careful
        self._pool = None

    def hook(self, value: Any) -> Any:
        """Stand in for an array in the JSON: msgspec's `enc_hook`.

        Raises:
            WrongType: the value is no array, or its dtype is not in `DTYPES`.
        """
        if isinstance(value, np.ndarray):
            dtype = value.dtype
            small = 0 < value.size <= INLINE_ELEMENTS and dtype in _INLINE and not self._masked(value)
            if small and not (self.careful and not np.isfinite(value).all()):
                return value.tolist()
            return self._reference(value)
        if isinstance(value, np.generic) and not isinstance(value, (np.void, np.object_)):
            return value.item()
        raise WrongType(
            f"a value of type {type(value).__name__}", "numbers, strings and numpy arrays", "convert it first"
        )

    @staticmethod
    def _masked(array: NDArray[Any]) -> bool:
        return type(array) is not np.ndarray and isinstance(array, np.ma.MaskedArray)

    def _reference(self, array: NDArray[Any]) -> dict[str, Any]:
        dtype = array.dtype
        if dtype.byteorder == ">":
            dtype = dtype.newbyteorder("<")
            array = array.astype(dtype)
        name = _NAMES.get(dtype)
        if name is None or self._masked(array) or array.ndim > MAX_DIMENSIONS:
            raise WrongType(
                f"an array of dtype {dtype}, {array.ndim} dimensions{', masked' if self._masked(array) else ''}",
                f"dtypes {', '.join(DTYPES)}, {MAX_DIMENSIONS} dimensions, no mask",
                "convert it to one of these",
            )
        frame, offset = self._place(array)
        return {"frame": frame, "offset": offset, "dtype": name, "shape": array.shape}

    def _place(self, array: NDArray[Any]) -> tuple[int, int]:
        # The last frame is kept for the pool, so that any number of arrays fits the bound on frames.
        if array.nbytes >= LARGE_BYTES and len(self.frames) < MAX_PAYLOAD_FRAMES - 2:
            contiguous = array if array.flags.c_contiguous else np.ascontiguousarray(array)
            self.frames.append(contiguous.data)
            return len(self.frames) - 1, 0
        if self._pool is None:
            self._pool = bytearray()
            self._pool_index = len(self.frames)
            self.frames.append(self._pool)
        offset = len(self._pool)
        self._pool += array.tobytes()
        self._pool += bytes(-len(self._pool) % ALIGNMENT_BYTES)
        return self._pool_index, offset


class ArrayReader:
    """Gives back the arrays of one message while its JSON is being decoded. For one thread, one message at a time.

    Args:
        share_numbers: give the same read-only array for the same plain number each time. A batch of pulses repeats its
            two numbers hundreds of times, and making an array is half the cost of decoding a small operation.

    Attributes:
        frames: the frames that came behind the JSON.
    """

    def __init__(self, share_numbers: bool = False) -> None:
        self.frames: Sequence[Buffer] = ()
        self._share = share_numbers
        self._numbers: dict[float, NDArray[np.float64]] = {}

    def hook(self, kind: type, value: Any) -> Any:
        """Turn what stands in the JSON into an array: msgspec's `dec_hook`.

        Raises:
            ProtocolFault: a reference does not fit the frames.
            ValueError: an inline value is no array; msgspec adds where it stands.
        """
        if type(value) is float:
            found = self._numbers.get(value)
            return self._number(value) if found is None else found
        if type(value) is dict:
            return self._reference(value)
        # Numbers of mixed kinds, strings, nulls and ragged lists end in other dtypes, or in numpy's own ValueError.
        array = np.array(value)
        if array.dtype not in _INLINE or not array.size:
            raise ValueError(
                f"expected numbers of one kind in lists of one length, or an array reference, got {kind_of(value)}"
            )
        return array

    def _number(self, value: float) -> NDArray[np.float64]:
        array = np.array(value)
        # 0.0 and -0.0 are one key, and must stay two numbers.
        if self._share and value:
            if len(self._numbers) >= SHARED_NUMBERS:
                self._numbers.clear()
            array.flags.writeable = False
            self._numbers[value] = array
        return array

    def _reference(self, value: dict[str, Any]) -> NDArray[Any]:
        if value.keys() != _KEYS:
            raise ProtocolFault(
                f"an array reference with the keys {sorted(value)[:8]}", f"exactly {sorted(_KEYS)}", "send a reference"
            )
        dtype = _BY_NAME.get(value["dtype"]) if type(value["dtype"]) is str else None
        if dtype is None:
            raise ProtocolFault(f"dtype {str(value['dtype'])[:40]!r}", f"one of {', '.join(DTYPES)}", "convert it")
        shape, count = _checked_shape(value["shape"])
        frame = self._frame(value["frame"])
        offset, length = value["offset"], memoryview(frame).nbytes
        if type(offset) is not int or offset < 0 or offset + count * dtype.itemsize > length:
            raise ProtocolFault(
                f"{count} elements of {dtype.itemsize} bytes at offset {str(offset)[:40]}",
                f"the frame has {length} bytes",
                "send offset and shape that fit the frame",
            )
        return _view(frame, dtype, shape, count, offset)

    def _frame(self, index: Any) -> Buffer:
        if type(index) is not int or not 0 <= index < len(self.frames):
            raise ProtocolFault(
                f"array frame {str(index)[:40]}", f"{len(self.frames)} frames came behind the JSON", "send the frame"
            )
        return self.frames[index]


def kind_of(value: object) -> str:
    """A short word for what stands in the JSON, for messages."""
    if isinstance(value, list):
        return "an empty list" if not value else "a list that is not one array"
    return {type(None): "null", str: "text", int: "an integer beyond 64 bits"}.get(type(value), type(value).__name__)


def _checked_shape(shape: Any) -> tuple[tuple[int, ...], int]:
    if type(shape) is not list or len(shape) > MAX_DIMENSIONS:
        raise ProtocolFault(f"shape {str(shape)[:40]}", f"a list of at most {MAX_DIMENSIONS} sizes", "send a shape")
    count = 1
    for size in shape:
        if type(size) is not int or not 0 <= size < 1 << 31:
            raise ProtocolFault(f"shape {str(shape)[:40]}", "sizes of 0 to 2**31 - 1", "send a shape")
        count *= size
    return tuple(shape), count


def _view(frame: Buffer, dtype: np.dtype[Any], shape: tuple[int, ...], count: int, offset: int) -> NDArray[Any]:
    if count == 0:
        try:
            return np.empty(shape, dtype)
        except ValueError as error:  # the non-zero sizes together overflow numpy's address arithmetic
            raise ProtocolFault(
                f"shape {list(shape)}", "a shape that numpy can index", "send a smaller shape"
            ) from error
    flat = np.frombuffer(frame, dtype, count, offset)
    if dtype.kind == "b" and flat.view(np.uint8).max() > 1:
        raise ProtocolFault("a boolean array with bytes other than 0 and 1", "bytes 0 and 1", "send booleans")
    if not flat.flags.aligned or flat.nbytes < LARGE_BYTES:
        # A small array must not keep a whole message alive, and unaligned ones are slow everywhere after.
        flat = flat.copy()
    return flat.reshape(shape)
