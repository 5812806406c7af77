"""Requests and replies to payload frames and back: JSON first, then frames of arrays.

This is the one boundary where bytes of a peer are parsed. Whatever they are, only errors of the closed table come out.
A codec holds the buffers of the message at hand: one codec for each thread or lock.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from spinloop.protocols.errors import (
    NotFinite,
    ProtocolFault,
    RemoteFault,
    SpinloopError,
    Unsupported,
    WrongType,
    error_from_wire,
)
from spinloop.protocols.operations import Operation
from spinloop.protocols.results import AnyResult, Result
from spinloop.protocols.wire.arrays import ArrayReader, ArrayWriter
from spinloop.protocols.wire.frames import Buffer
from spinloop.protocols.wire.messages import (
    AnyRequest,
    ErrorData,
    ErrorObject,
    ErrorReply,
    Execute,
    ExecuteParams,
    ExecuteResult,
    Id,
    Request,
)

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
"""JSON-RPC 2.0's own codes; a client of ours reports them as `ProtocolFault`."""

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_AT_OPERATION = re.compile(r"\$\.params\.operations\[(\d+)\](\.op)?")


class BadRequest(Exception):
    """A request that cannot be carried out because of how it is written.

    Attributes:
        error: what to tell the peer.
        code: the code to tell it with: the error's own, or one of JSON-RPC's.
        id: the request's id, as far as it could be read.
    """

    def __init__(self, error: SpinloopError, code: int | None = None, request_id: Id = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.code = error.code if code is None else code
        self.id = request_id


class _Envelope(msgspec.Struct):
    method: Any = None
    id: Any = None


class _Success(msgspec.Struct, frozen=True):
    jsonrpc: Literal["2.0"]
    id: Id
    result: Any


class _ExecuteReply(msgspec.Struct, frozen=True, kw_only=True):
    """Success or failure of `execute`, decoded in one pass."""

    jsonrpc: Literal["2.0"]
    id: Id = None
    result: ExecuteResult | None = None
    error: ErrorObject | None = None


class _Reply(msgspec.Struct, frozen=True, kw_only=True):
    jsonrpc: Literal["2.0"]
    id: Id = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: ErrorObject | None = None


class _Encoder:
    """JSON with arrays beside it; refuses what JSON would silently turn into null."""

    def __init__(self) -> None:
        self._writer = ArrayWriter()
        self._encoder = msgspec.json.Encoder(enc_hook=self._writer.hook)

    def encode(self, value: Any, values: Sequence[Any]) -> list[Buffer]:
        """Payload frames of `value`; `values` are the structs in it whose numbers have to be finite."""
        writer = self._writer
        writer.start()
        text = self._encoder.encode(value)
        if b"null" in text:
            # NaN and infinity have no JSON; msgspec writes null, which would read as "left out". Find out which it was.
            for index, struct in enumerate(values):
                _refuse_non_finite(index, struct)
            writer.start(careful=True)
            text = self._encoder.encode(value)
        if not writer.frames:
            return [text]
        frames = [text, *writer.frames]
        writer.start()  # lets go of the arrays
        return frames


def _refuse_non_finite(index: int, struct: Any) -> None:
    for field in getattr(struct, "__struct_fields__", ()):
        value = getattr(struct, field)
        numbers = value if isinstance(value, (tuple, list)) else (value,)
        for number in numbers:
            if isinstance(number, (float, np.floating)) and not math.isfinite(number):
                raise NotFinite(
                    f"{type(struct).__name__}.{field} = {number}", "finite numbers", "give a number", field=field
                ).at(index)


class ClientCodec:
    """The client's half: batches out, results or errors in."""

    def __init__(self) -> None:
        self._encoder = _Encoder()
        self._reader = ArrayReader()
        self._execute_reply = msgspec.json.Decoder(_ExecuteReply, dec_hook=self._reader.hook)
        self._reply = msgspec.json.Decoder(_Reply)

    def execute_request(
        self, request_id: int, operations: Sequence[Operation], boot: str = "", deadline_seconds: float | None = None
    ) -> list[Buffer]:
        """Payload frames of `execute`.

        Raises:
            WrongType: a field cannot be put on the wire.
            NotFinite: a plain number is NaN or infinite.
        """
        batch: Any = operations if type(operations) is list else list(operations)
        params = ExecuteParams(batch, boot, deadline_seconds)
        try:
            return self._encoder.encode(Execute(jsonrpc="2.0", id=request_id, params=params), batch)
        except (WrongType, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise self._first_unwritable(batch, error) from None

    def _first_unwritable(self, batch: Sequence[Operation], error: Exception) -> SpinloopError:
        """The error of the first operation that cannot be written, at its place in the batch."""
        for index, operation in enumerate(batch):
            try:
                self._encoder.encode(operation, (operation,))
            except (SpinloopError, TypeError, ValueError, OverflowError, RecursionError) as found:
                if isinstance(found, SpinloopError):
                    return found.at(index)
                wrong = WrongType(f"operation {index}: {found}", "fields of the types that the operation declares")
                return wrong.at(index)
        return WrongType(f"this batch: {error}", "a list of operations", "correct it")

    def execute_results(self, payload: Sequence[Buffer]) -> list[AnyResult]:
        """Results of the batch.

        Raises:
            SpinloopError: what the server answered instead.
            ProtocolFault: the reply is not readable.
        """
        self._reader.frames = payload[1:]
        try:
            reply = self._execute_reply.decode(_json_of(payload))
        except _UNREADABLE as error:
            raise _unreadable_reply(error) from error
        if reply.error is not None:
            raise self._error(reply.error)
        self._reader.frames = ()  # the results keep what they need
        if reply.result is None:
            raise ProtocolFault("a reply with neither result nor error", "one of the two", "report this server")
        return reply.result.results

    def result(self, payload: Sequence[Buffer], kind: Any = Any) -> Any:
        """Result of any other method, as `kind`.

        Raises:
            SpinloopError: what the server answered instead.
            ProtocolFault: the reply is not readable.
        """
        self._reader.frames = payload[1:]
        try:
            reply = self._reply.decode(_json_of(payload))
            if reply.error is None:
                return msgspec.json.decode(reply.result, type=kind)
        except _UNREADABLE as error:
            raise _unreadable_reply(error) from error
        raise self._error(reply.error)

    def _error(self, error: ErrorObject) -> SpinloopError:
        data = ErrorData(asked=error.message)
        if isinstance(error.data, dict):
            try:
                data = msgspec.convert(error.data, ErrorData, dec_hook=self._reader.hook)
            except (msgspec.ValidationError, RecursionError) as problem:
                return _unreadable_reply(problem)
        details = {
            name: value for name, value in data.details.items() if name not in ("code", "asked", "allowed", "advice")
        }
        if -32768 <= error.code <= -32600:
            return ProtocolFault(data.asked or error.message, data.allowed, data.advice, **details)
        rebuilt = error_from_wire(error.code, data.asked or error.message, data.allowed, data.advice, **details)
        rebuilt.operation_index = data.operation_index
        rebuilt.results = list(data.results)
        return rebuilt


class ServerCodec:
    """The server's half: requests in, results or errors out."""

    def __init__(self) -> None:
        self._encoder = _Encoder()
        self._reader = ArrayReader(share_numbers=True)
        self._request: msgspec.json.Decoder[Any] = msgspec.json.Decoder(AnyRequest, dec_hook=self._reader.hook)
        self._envelope = msgspec.json.Decoder(_Envelope)

    def request(self, payload: Sequence[Buffer]) -> Request:
        """Read one request.

        Raises:
            BadRequest: with the error to answer.
        """
        self._reader.frames = payload[1:]
        try:
            found: Request = self._request.decode(payload[0])
            self._reader.frames = ()  # the operations keep what they need
            return found
        except SpinloopError as error:
            raise BadRequest(error, request_id=self._id_of(payload[0])) from error
        except _UNREADABLE as error:
            raise self._explain(payload[0], error) from error

    def _id_of(self, text: Buffer) -> Id:
        try:
            found = self._envelope.decode(text).id
        except _UNREADABLE:
            return None
        return found if type(found) in (int, str) else None

    def _explain(self, text: Buffer, error: Exception) -> BadRequest:
        """Tell apart: not JSON, not JSON-RPC, unknown method, wrong parameters, wrong operation."""
        asked = f"a request that cannot be read: {str(error)[:200]}"
        if not isinstance(error, msgspec.ValidationError):
            return BadRequest(ProtocolFault(asked, "JSON-RPC 2.0 in UTF-8", "correct the request"), PARSE_ERROR)
        request_id, place = self._id_of(text), _AT_OPERATION.search(str(error))
        if place is not None:
            index, is_name = int(place[1]), place[2] is not None
            kind = Unsupported if is_name else WrongType
            wrong = kind(str(error)[:200], "the operations of this protocol, with fields of their types", "correct it")
            return BadRequest(wrong.at(index), request_id=request_id)
        if "$.method" in str(error):
            return BadRequest(
                ProtocolFault(f"an unknown method: {str(error)[:200]}", "the methods of rpc.discover", "choose one"),
                METHOD_NOT_FOUND,
                request_id,
            )
        code = INVALID_PARAMS if "$.params" in str(error) or "`params`" in str(error) else INVALID_REQUEST
        return BadRequest(ProtocolFault(asked, "one JSON-RPC 2.0 request", "correct the request"), code, request_id)

    def results(self, request_id: Id, results: Sequence[Result]) -> list[Buffer]:
        """Payload frames of the reply to `execute`. What the wire cannot carry becomes a `RemoteFault` reply."""
        batch: Any = results
        try:
            return self._encoder.encode(_Success("2.0", request_id, ExecuteResult(batch)), results)
        except (SpinloopError, TypeError, ValueError, OverflowError, RecursionError) as error:
            fault = RemoteFault(f"the chip answered with what cannot be sent: {error}", "", "report this substrate")
            return self.error(request_id, fault)

    def success(self, request_id: Id, result: Any) -> list[Buffer]:
        """Payload frames of the reply to any other method."""
        return self._encoder.encode(_Success("2.0", request_id, result), ())

    def error(self, request_id: Id, error: SpinloopError, code: int | None = None) -> list[Buffer]:
        """Payload frames of a reply that reports an error, with the results of the operations that ran before it."""
        data = ErrorData(
            error.asked,
            error.allowed,
            error.advice,
            plain(error.details),
            error.operation_index,
            list(error.results),  # type: ignore[arg-type]
        )
        reply = ErrorReply("2.0", request_id, ErrorObject(error.code if code is None else code, str(error), data))
        try:
            return self._encoder.encode(reply, error.results)
        except (SpinloopError, TypeError, ValueError, OverflowError, RecursionError):
            bare = ErrorData("the server met an error that cannot be sent", operation_index=error.operation_index)
            reply = ErrorReply("2.0", request_id, ErrorObject(RemoteFault.code, bare.asked, bare))
            return self._encoder.encode(reply, ())


def plain(value: Any, depth: int = 0) -> Any:
    """Details of an error as JSON values: numpy numbers as numbers, NaN and infinity as text, all else as text."""
    if value is None or isinstance(value, (bool, str)):
        return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, (int, float)):
        return value if math.isfinite(value) and abs(value) < 1 << 63 else str(value)
    if isinstance(value, dict) and depth < 4:
        return {str(name): plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, (list, tuple)) and depth < 4:
        return [plain(item, depth + 1) for item in value]
    return str(value)


def _json_of(payload: Sequence[Buffer]) -> Buffer:
    if not payload:
        raise ProtocolFault("a reply without payload", "a JSON-RPC 2.0 reply", "report this server")
    return payload[0]


def _unreadable_reply(error: Exception) -> ProtocolFault:
    return ProtocolFault(
        f"a reply that cannot be read: {str(error)[:200]}", "a JSON-RPC 2.0 reply", "check what listens at this address"
    )
