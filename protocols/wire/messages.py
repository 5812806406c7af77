"""The JSON-RPC 2.0 objects of the protocol, as a closed list of types: what is not here is never looked up."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from spinloop.protocols.chip_info import ChipInfo
from spinloop.protocols.operations import AnyOperation
from spinloop.protocols.results import AnyResult

Id = int | str | None
NoParams = dict[str, Any] | list[Any] | None


class Request(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="method", kw_only=True):
    """Root of all requests.

    Attributes:
        jsonrpc: always "2.0".
        id: repeated in the reply; without one the request is a notification and gets no reply.
    """

    jsonrpc: Literal["2.0"]
    id: Id = None


class SignIn(Request, frozen=True, tag="sign_in"):
    """Take a name in this server's directory (LECO Coordinator)."""

    params: NoParams = None


class SignOut(Request, frozen=True, tag="sign_out"):
    """Give the name back; the chip is made safe if this client had used it (LECO Coordinator)."""

    params: NoParams = None


class Pong(Request, frozen=True, tag="pong"):
    """Answer, to show that the connection works (LECO Component)."""

    params: NoParams = None


class Discover(Request, frozen=True, tag="rpc.discover"):
    """List the methods as an OpenRPC document (LECO Component)."""

    params: NoParams = None


class SendLocalComponents(Request, frozen=True, tag="send_local_components"):
    """List the names that are signed in (LECO Coordinator)."""

    params: NoParams = None


class SendGlobalComponents(Request, frozen=True, tag="send_global_components"):
    """List the names that are signed in, by namespace (LECO Coordinator)."""

    params: NoParams = None


class SendNodes(Request, frozen=True, tag="send_nodes"):
    """List the connected Coordinators by namespace; here only this one (LECO Coordinator)."""

    params: NoParams = None


class Describe(Request, frozen=True, tag="describe"):
    """Say what the chip is, and which bounds the server keeps."""

    params: NoParams = None


class MakeSafe(Request, frozen=True, tag="make_safe"):
    """Bring every output of the chip to zero, at once, whoever holds the lock."""

    params: NoParams = None


class LockParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Parameters of the locking methods.

    Attributes:
        resource: LECO's name of a part; only the whole chip (null) can be locked.
    """

    resource: str | None = None


class Lock(Request, frozen=True, tag="lock"):
    """Keep all others from executing on the chip; true, or false when another client holds the lock (LECO)."""

    params: LockParams | list[Any] | None = None


class Unlock(Request, frozen=True, tag="unlock"):
    """Give the lock back; error -32050 when another client holds it (LECO)."""

    params: LockParams | list[Any] | None = None


class ForceUnlock(Request, frozen=True, tag="force_unlock"):
    """Take the lock from whoever holds it, and make the chip safe (LECO)."""

    params: LockParams | list[Any] | None = None


class ExecuteParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Parameters of `execute`.

    Attributes:
        operations: carried out in order; the batch stops at its first error.
        boot: the server's boot id from `describe`; refused as stale when the server restarted since. May be left out.
        deadline_seconds: when execution has not begun this long after the request came in, it is dropped.
    """

    operations: list[AnyOperation]
    boot: str = ""
    deadline_seconds: float | None = None


class Execute(Request, frozen=True, tag="execute"):
    """Carry out a batch of operations on the chip."""

    params: ExecuteParams


AnyRequest = (
    Execute | Describe | MakeSafe | Lock | Unlock | ForceUnlock | SignIn | SignOut | Pong | Discover
    | SendLocalComponents | SendGlobalComponents | SendNodes
)  # fmt: skip
"""The closed list of methods, as a type."""


class ServerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a client has to know of the server.

    Attributes:
        boot: changes whenever the server starts anew; stored replies live as long as it.
        protocol: version of this protocol.
        lease_seconds: a client that used the chip and stays silent this long loses its lease.
        heartbeat_seconds: how often a client should be heard.
        max_message_bytes: largest message, all frames together.
    """

    boot: str
    protocol: int
    lease_seconds: float
    heartbeat_seconds: float
    max_message_bytes: int


class Description(msgspec.Struct, frozen=True):
    """Result of `describe`."""

    chip: ChipInfo
    server: ServerFacts


class ExecuteResult(msgspec.Struct, frozen=True):
    """Result of `execute`: one result for each operation."""

    results: list[AnyResult]


class ErrorData(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an error of ours carries beside its code and its message; see `errors.SpinloopError`."""

    asked: str = ""
    allowed: str = ""
    advice: str = ""
    details: dict[str, Any] = {}
    operation_index: int | None = None
    results: list[AnyResult] = []


class ErrorObject(msgspec.Struct, frozen=True, omit_defaults=True):
    """JSON-RPC's error object."""

    code: int
    message: str
    data: Any = None


class ErrorReply(msgspec.Struct, frozen=True):
    """Reply to a request that failed."""

    jsonrpc: Literal["2.0"]
    id: Id
    error: ErrorObject
