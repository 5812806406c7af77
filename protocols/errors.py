"""The closed table of errors: one class and one stable code each, the same on every substrate and across the wire.

Each message says what was asked, what is allowed, and what to do. Codes from -32001 to -32049 are ours, in the
range that JSON-RPC 2.0 leaves to servers; LECO's own codes (-32050 and -32090 to -32099) keep their LECO meaning.
A code is never reused and never changes its meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from spinloop.protocols.results import Result


class SpinloopError(Exception):
    """Root of every error that spinloop raises on purpose.

    Args:
        asked: what the caller asked for, with the offending name and value.
        allowed: what would have been accepted, with its unit.
        advice: what to do now.
        details: the same facts by name, JSON values only; they cross the wire.

    Attributes:
        operation_index: which operation of the batch it was, or None.
        results: what the operations before it returned; they ran and stay ran.
    """

    code: ClassVar[int] = -32000
    exit_status: ClassVar[int] = 1

    def __init__(self, asked: str, allowed: str = "", advice: str = "", **details: Any) -> None:
        super().__init__("; ".join(part for part in (asked, allowed, advice) if part))
        self.asked = asked
        self.allowed = allowed
        self.advice = advice
        self.details = details
        self.operation_index: int | None = None
        self.results: list[Result] = []

    def at(self, operation_index: int, results: list[Result] | None = None) -> SpinloopError:
        """Note which operation of a batch failed and what ran before it; returns self."""
        self.operation_index = operation_index
        self.results = list(results or [])
        return self


# --- the request is wrong: refused before anything moves -------------------------------------------------------


class RequestError(SpinloopError):
    """The request cannot be carried out as asked; nothing moved."""

    code = -32001
    exit_status = 2


class UnknownScheme(RequestError):
    """The part of a chip's URL before the colon names no substrate."""

    code = -32002


class UnknownChip(RequestError):
    """The catalog holds no chip of this name."""

    code = -32003


class BadUrl(RequestError):
    """The URL's name or one of its parameters cannot be used."""

    code = -32004


class UnknownBlock(RequestError):
    """The chip has no block of this name."""

    code = -32005


class Unsupported(RequestError):
    """The block, or the chip, does not declare this operation (or this form of it)."""

    code = -32006


class WrongShape(RequestError):
    """An array's shape or index does not fit the block."""

    code = -32007


class WrongType(RequestError):
    """A value has the wrong dtype or type."""

    code = -32008


class NotFinite(RequestError):
    """NaN or infinity was asked for. Neither is ever clipped, replaced or passed on."""

    code = -32009


class LimitExceeded(RequestError):
    """A voltage, width, count or size is past the block's declared limit. Refused, never clipped."""

    code = -32010


class BadFile(RequestError):
    """A station, bench or chip file has an unknown key, a missing key, or a value out of range."""

    code = -32011


class WrongState(RequestError):
    """A snapshot belongs to another chip, or its arrays do not fit this one."""

    code = -32012


class MissingTool(RequestError):
    """A program or a data set that this command needs is not on this machine."""

    code = -32013


class BadParameter(RequestError):
    """A physical parameter lies outside the range in which its law means anything."""

    code = -32014


# --- the chip or its instruments failed -------------------------------------------------------------------------


class ChipError(SpinloopError):
    """The substrate accepted the request and could not finish it."""

    code = -32020
    exit_status = 3


class WrongInstrument(ChipError):
    """An instrument does not answer `*IDN?` as the station file says it should."""

    code = -32021


class InstrumentError(ChipError):
    """An instrument reported an error, or did not answer in time."""

    code = -32022


class Limited(ChipError):
    """An instrument reached its compliance, so the operation did not have the effect that was asked."""

    code = -32023


class Indeterminate(ChipError):
    """Nobody can know whether the request was executed. Read the chip before going on."""

    code = -32024


# --- the connection failed --------------------------------------------------------------------------------------


class ConnectionFault(SpinloopError):
    """The chip could not be reached, or the conversation with it broke."""

    code = -32030
    exit_status = 4


class Unreachable(ConnectionFault):
    """Nobody answered at this address before the deadline."""

    code = -32031


class DeadlineExpired(ConnectionFault):
    """The reply did not come before the deadline. A repeat with the same request id never fires twice."""

    code = -32032


class ProtocolFault(ConnectionFault):
    """The peer sent something that is not this protocol."""

    code = -32033


class TooLarge(ConnectionFault):
    """A message is larger than the bound that the server announces."""

    code = -32034


class StaleBoot(ConnectionFault):
    """The server restarted since this client signed in; the chip's state may differ from what the client believes."""

    code = -32035


class RemoteFault(SpinloopError):
    """The server met an error that is not in this table: a fault on its side, not in the request."""

    code = -32040
    exit_status = 5


# LECO's own codes, https://leco-laboratory-experiment-control-protocol.readthedocs.io (message layer, error codes).


class Locked(SpinloopError):
    """Another client holds the lock of this chip or block (LECO: resource locked)."""

    code = -32050
    exit_status = 6


class NotSignedIn(SpinloopError):
    """The server does not know this client; it has to sign in first (LECO)."""

    code = -32090
    exit_status = 4


class DuplicateName(SpinloopError):
    """Another client is signed in under this name (LECO)."""

    code = -32091
    exit_status = 4


class NodeUnknown(SpinloopError):
    """The message names a LECO namespace that this server is not connected to (LECO)."""

    code = -32092
    exit_status = 4


class ReceiverUnknown(SpinloopError):
    """The message names a LECO component that is not signed in here (LECO)."""

    code = -32093
    exit_status = 4


def _table() -> dict[int, type[SpinloopError]]:
    found: dict[int, type[SpinloopError]] = {}
    waiting: list[type[SpinloopError]] = [SpinloopError]
    while waiting:
        kind = waiting.pop()
        if kind.code in found:
            raise RuntimeError(
                f"error code {kind.code} stands for both {found[kind.code].__name__} and {kind.__name__}"
            )
        found[kind.code] = kind
        waiting += kind.__subclasses__()
    return dict(sorted(found.items(), reverse=True))


ERRORS: dict[int, type[SpinloopError]] = _table()
"""Every error by its code. The wire looks errors up here and nowhere else."""


def error_from_wire(code: int, asked: str, allowed: str = "", advice: str = "", **details: Any) -> SpinloopError:
    """Rebuild an error that a peer reported; an unknown code becomes a `RemoteFault` that quotes it."""
    kind = ERRORS.get(code)
    if kind is None:
        return RemoteFault(
            f"the server answered with the unknown error code {code}: {asked}", allowed, advice, **details
        )
    return kind(asked, allowed, advice, **details)
