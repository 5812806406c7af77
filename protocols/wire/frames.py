"""LECO messages as frames of bytes: `version | receiver | sender | header | payload...`, checked strictly.

The header holds 16 bytes of conversation id, 3 bytes of message id (big endian) and 1 byte of message type.
Source: LECO control protocol, transport layer, https://leco-laboratory-experiment-control-protocol.readthedocs.io.
Nothing here knows sockets: frames go in, values come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec
from spinloop.protocols.errors import ProtocolFault

Buffer = bytes | bytearray | memoryview
"""What a frame may be made of."""

VERSION = b"\x00"
JSON = 1
"""Message type of every message that carries a payload; its first payload frame is JSON-RPC 2.0."""
COORDINATOR = "COORDINATOR"
HEADER_BYTES = 20
MAX_NAME_BYTES = 255
JSON_TAIL = bytes((0, 0, 0, JSON))
"""End of the header of a message with id 0 and type JSON."""
MAX_PAYLOAD_FRAMES = 256
"""JSON and arrays together. An encoder pools arrays in one frame rather than send more."""


class Message(msgspec.Struct, frozen=True):
    """One LECO message.

    Attributes:
        receiver: full name `Namespace.Component`, or a component's name alone.
        sender: the same.
        conversation_id: 16 bytes that name the request; the reply carries the same.
        message_id: 0 to 2**24 - 1; free for the sender's use.
        message_type: `JSON`, or anything when there is no payload.
        payload: JSON first, then frames of arrays. Empty in a heartbeat.
    """

    receiver: str
    sender: str
    conversation_id: bytes
    message_id: int = 0
    message_type: int = JSON
    payload: Sequence[Buffer] = ()


@lru_cache(maxsize=4096)
def _name(frame: bytes, role: str) -> str:
    """Check one name frame; cached, because a conversation repeats its two names in each message."""
    namespace, dot, component = frame.rpartition(b".")
    printable = all(0x20 <= byte <= 0x7E for byte in frame)
    if len(frame) > MAX_NAME_BYTES or not printable or not component or (dot and not namespace) or b"." in namespace:
        raise ProtocolFault(
            f"{role} frame {frame[:40]!r}",
            "a name is 'Component' or 'Namespace.Component' in printable ASCII, 255 bytes at most, one dot at most",
            "send a LECO name",
        )
    return frame.decode("ascii")


@lru_cache(maxsize=4096)
def split_name(name: str) -> tuple[str, str]:
    """Split a checked name into (namespace, component); the namespace is empty when it was left out."""
    namespace, _, component = name.rpartition(".")
    return namespace, component


def decode_message(frames: Sequence[Buffer]) -> Message:
    """Check frames as they came from the transport, without its routing identity.

    Args:
        frames: the four leading frames as `bytes`, then the payload.

    Raises:
        ProtocolFault: the frames are not a LECO message of version 0.
    """
    if not 4 <= len(frames) <= 4 + MAX_PAYLOAD_FRAMES:
        raise ProtocolFault(
            f"a message of {len(frames)} frames",
            f"4 to {4 + MAX_PAYLOAD_FRAMES} frames: version, receiver, sender, header, payload",
            "send a LECO message",
        )
    version, header = bytes(frames[0]), bytes(frames[3])
    if version != VERSION:
        raise ProtocolFault(f"LECO version {version[:8].hex() or 'empty'}", "version 00", "use LECO version 0")
    if len(header) != HEADER_BYTES:
        raise ProtocolFault(f"a header of {len(header)} bytes", f"{HEADER_BYTES} bytes", "send a LECO header")
    return Message(
        _name(bytes(frames[1]), "receiver"),
        _name(bytes(frames[2]), "sender"),
        header[:16],
        int.from_bytes(header[16:19], "big"),
        header[19],
        frames[4:],
    )


def encode_message(message: Message) -> list[Buffer]:
    """The frames of a message, ready for the transport.

    Raises:
        ProtocolFault: a name, id or frame count is outside what LECO can carry.
    """
    if (
        len(message.conversation_id) != 16
        or not 0 <= message.message_id < 1 << 24
        or not 0 <= message.message_type < 256
    ):
        raise ProtocolFault(
            f"ids of {len(message.conversation_id)} bytes, {message.message_id}, {message.message_type}",
            "16 bytes of conversation id, message id below 2**24, message type below 256",
            "make the header anew",
        )
    if len(message.payload) > MAX_PAYLOAD_FRAMES:
        raise ProtocolFault(
            f"{len(message.payload)} payload frames", f"{MAX_PAYLOAD_FRAMES} at most", "pool small arrays in one frame"
        )
    receiver, sender = message.receiver.encode(), message.sender.encode()
    _name(receiver, "receiver")
    _name(sender, "sender")
    header = b"%b%b%c" % (message.conversation_id, message.message_id.to_bytes(3, "big"), message.message_type)
    return [VERSION, receiver, sender, header, *message.payload]


def reply_head(receiver: str, sender: str, conversation_id: bytes) -> list[Buffer]:
    """The four leading frames of a reply to a message whose names were checked before."""
    return [VERSION, receiver.encode(), sender.encode(), conversation_id + JSON_TAIL]
