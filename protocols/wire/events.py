"""What a session wants done by the world outside: send this, run that, make the chip safe, tell the log."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from spinloop.protocols.operations import Operation
from spinloop.protocols.wire.frames import Buffer


class Reply(msgspec.Struct, frozen=True):
    """Send these frames to this transport identity."""

    identity: bytes
    frames: Sequence[Buffer]


class Run(msgspec.Struct, frozen=True, eq=False):
    """A request waits for the chip: call `begin` when it is free, run it, then call `finish`.

    Attributes:
        name: of the client that asked.
        conversation_id: of the request.
        request_id: JSON-RPC id to answer under.
        operations: the batch.
        arrived_seconds: when it came in, on the session's clock.
        deadline_seconds: how long it may wait, or None.
        head: leading frames of the reply.
    """

    name: str
    conversation_id: bytes
    request_id: int | str | None
    operations: Sequence[Operation]
    arrived_seconds: float
    deadline_seconds: float | None
    head: Sequence[Buffer]


class Safe(msgspec.Struct, frozen=True):
    """Make the chip safe now; never wait for a batch that runs."""

    reason: str


class Note(msgspec.Struct, frozen=True):
    """Something a person who watches the server wants to read."""

    text: str


Event = Reply | Run | Safe | Note
