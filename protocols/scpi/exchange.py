"""The message exchange of IEEE 488.2 (chapter 6): input buffer, output queue, and what happens when they are misused.

A query that is not read before the next message is interrupted (-410); a read without a query is unterminated (-420).
"""

from __future__ import annotations

from collections.abc import Callable

from spinloop.protocols.scpi.codes import ScpiError
from spinloop.protocols.scpi.parser import message_end
from spinloop.protocols.scpi.status import StatusModel

MAX_INPUT_BYTES = 64 * 1024 * 1024 + 4096
MAX_OUTPUT_BYTES = 256 * 1024 * 1024


class MessageExchange:
    """Cuts the bytes that arrive into messages, has them carried out, and holds the response until it is read.

    Args:
        execute: carries out one message, given without terminator; returns the response without terminator, or None.
        status: told about query errors and about a response that waits.
        find_end: where the first message of a buffer ends (index of its newline), None while it is incomplete.
    """

    def __init__(
        self,
        execute: Callable[[bytes], bytes | None],
        status: StatusModel,
        find_end: Callable[[bytes], int | None] = message_end,
    ) -> None:
        self._execute = execute
        self._status = status
        self._find_end = find_end
        self._input = bytearray()
        self._output = b""
        self._sent = 0

    @property
    def waiting(self) -> int:
        """Bytes of the response that are still to be read."""
        return len(self._output) - self._sent

    def receive(self, data: bytes, end: bool = True, stream: bool = False) -> None:
        """Take bytes in; carry out each message that is complete.

        Args:
            data: as they came.
            end: whether END came with the last byte; it ends a message like a newline does.
            stream: the route has no END and no message exchange (serial line, raw socket): answers queue up.
        """
        if len(self._input) + len(data) > MAX_INPUT_BYTES:
            self._input.clear()
            self._status.report(ScpiError(-363, f"more than {MAX_INPUT_BYTES} bytes without an end"))
            return
        # Nearly always: one whole message at once, with nothing waiting before it and no block whose bytes could be
        # taken for its end.
        if end and not self._input and data.find(b"\n", 0, -1) < 0 and b"#" not in data:
            self._message(data, stream)
            return
        self._input += data
        while self._input:
            newline = self._find_end(bytes(self._input))
            if newline is None:
                break
            message = bytes(self._input[:newline])
            del self._input[: newline + 1]
            self._message(message, stream)
        if end and self._input:
            message = bytes(self._input)
            self._input.clear()
            self._message(message, stream)

    def read(self, count: int, stream: bool = False) -> tuple[bytes, bool] | None:
        """Hand out the next bytes of the response.

        Returns:
            The bytes and whether they end the response (END comes with the last); None if there is nothing to read.
        """
        if self.waiting == 0:
            if not stream:
                self._status.report(ScpiError(-420))
            return None
        chunk = self._output[self._sent : self._sent + count]
        self._sent += len(chunk)
        ended = self._sent == len(self._output)
        if ended:
            self.discard_output()
        return chunk, ended

    def read_until(self, count: int, character: int, stream: bool = False) -> tuple[bytes, bool] | None:
        """Like `read`, but stops after the first byte that is `character`."""
        found = self._output.find(bytes([character]), self._sent)
        return self.read(count if found < 0 else min(count, found + 1 - self._sent), stream)

    def clear(self) -> None:
        """Device clear: forget what came in and what waits to go out; status and settings stay."""
        self._input.clear()
        self.discard_output()

    def _message(self, message: bytes, stream: bool) -> None:
        if self.waiting and not stream:
            self.discard_output()
            self._status.report(ScpiError(-410))
        response = self._execute(message)
        if response is None:
            return
        pending = self._output[self._sent :] if self.waiting else b""
        if len(pending) + len(response) > MAX_OUTPUT_BYTES:
            self.discard_output()
            self._status.report(ScpiError(-430))
            return
        self._output, self._sent = pending + response + b"\n", 0
        self._status.set_message_available(True)

    def discard_output(self) -> None:
        """Forget what waits to be read."""
        if self._output:
            self._output, self._sent = b"", 0
            self._status.set_message_available(False)
