"""A client without sockets or clocks: its name, its conversation ids, and how it addresses the server."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence

from spinloop.protocols.wire.frames import COORDINATOR, JSON, VERSION, Buffer

_UUID7 = 0x7 << 12
_VARIANT = 0b10 << 62


def new_name() -> str:
    """A name that no other client has: process id and eight random hexadecimal digits."""
    return f"spinloop-{os.getpid()}-{os.urandom(4).hex()}"


class Address:
    """Makes the frames of one client's messages.

    Args:
        name: of the client.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.sender = name.encode("ascii")
        self._random = int.from_bytes(os.urandom(4), "big") & 0x3FFFFFFF
        self._count = 0

    def signed_in(self, namespace: str) -> None:
        """Use the full name from now on."""
        self.sender = f"{namespace}.{self.name}".encode("ascii")

    def new_conversation(self, wall_milliseconds: int) -> bytes:
        """A conversation id: a UUIDv7 (RFC 9562) of the wall clock, 30 random bits of this client and a counter."""
        self._count += 1
        high = ((wall_milliseconds & 0xFFFFFFFFFFFF) << 16) | _UUID7 | (self._count >> 32 & 0xFFF)
        return struct.pack(">QQ", high, _VARIANT | self._random << 32 | self._count & 0xFFFFFFFF)

    def message(
        self, conversation_id: bytes, payload: Sequence[Buffer], receiver: bytes = COORDINATOR.encode()
    ) -> list[Buffer]:
        """The frames of one message to the server."""
        return [VERSION, receiver, self.sender, b"%b\x00\x00\x00%c" % (conversation_id, JSON), *payload]

    def heartbeat(self, wall_milliseconds: int) -> list[Buffer]:
        """A message without payload, which only shows that this client lives; it gets no reply."""
        header = self.new_conversation(wall_milliseconds) + b"\x00\x00\x00\x00"
        return [VERSION, COORDINATOR.encode(), self.sender, header]
