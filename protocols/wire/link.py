"""A client without sockets or clocks: its name, its conversation ids, and how it addresses the server."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence

import msgspec
from spinloop.protocols.errors import Indeterminate, SpinloopError, TooLarge, Unreachable
from spinloop.protocols.operations import Operation
from spinloop.protocols.wire.frames import COORDINATOR, JSON, VERSION, Buffer

_HEADER = struct.Struct(">QQI")
_UUID7 = 0x7 << 12
_VARIANT = 0b10 << 62
_COORDINATOR = COORDINATOR.encode()


def new_name() -> str:
    """A name that no other client has: process id and eight random hexadecimal digits."""
    return f"spinloop-{os.getpid()}-{os.urandom(4).hex()}"


class Address:
    """Makes the headers and frames of one client's messages.

    A conversation id is a UUIDv7 (RFC 9562): the time at which this client began, 30 random bits and a counter.

    Args:
        name: of the client.
        wall_milliseconds: Unix time at which it began.
    """

    def __init__(self, name: str, wall_milliseconds: int) -> None:
        self.name = name
        self._wall = (wall_milliseconds & 0xFFFFFFFFFFFF) << 16 | _UUID7
        self._low = _VARIANT | (int.from_bytes(os.urandom(4), "big") & 0x3FFFFFFF) << 32
        self._count = 0
        self._start: list[Buffer] = []
        self.signed_out()

    def signed_out(self) -> None:
        """Use the name alone, as a client does that is not signed in."""
        self._start = [VERSION, _COORDINATOR, self.name.encode("ascii")]

    def signed_in(self, namespace: str) -> None:
        """Use the full name from now on."""
        self._start = [VERSION, _COORDINATOR, f"{namespace}.{self.name}".encode("ascii")]

    def new_header(self) -> bytes:
        """The header of a new conversation; its first 16 bytes are the conversation id."""
        self._count += 1
        return _HEADER.pack(self._wall | self._count >> 32, self._low | self._count & 0xFFFFFFFF, JSON)

    def message(self, header: bytes, payload: Sequence[Buffer]) -> list[Buffer]:
        """The frames of one message to the server; without payload it is a heartbeat."""
        return [*self._start, header, *payload]


def bare_request(method: str, request_id: int) -> bytes:
    """The JSON of a request without parameters."""
    return msgspec.json.encode({"jsonrpc": "2.0", "method": method, "id": request_id})


def check_size(payload: Sequence[Buffer], most: int) -> None:
    """Refuse what the server would not take.

    Raises:
        TooLarge: the payload has more than `most` bytes.
    """
    size = sum(memoryview(frame).nbytes for frame in payload)
    if size > most:
        raise TooLarge(
            f"a batch of {size} bytes", f"{most} bytes in one message", "send fewer operations, or smaller arrays"
        )


def silence(address: str, operations: Sequence[Operation], seconds: float) -> SpinloopError:
    """The error for a server that fell silent during a batch: what the caller may still believe of the chip."""
    asked = f"a reply from {address}, which has been silent for {seconds:.1f} s"
    if any(operation.CHANGES_CHIP for operation in operations):
        return Indeterminate(asked, "the batch may have been carried out in part", "read the chip before going on")
    return Unreachable(asked, "a sign of life every few seconds", "check the server", address=address)
