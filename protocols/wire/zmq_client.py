"""A chip across ZMQ, as a substrate: a DEALER socket that speaks to `zmq_server`.

The caller's thread sends, waits and receives by itself. A second thread sends heartbeats while the caller does
something else, so that outputs that are on stay on as long as this process lives, and no longer. A request is repeated
under its own conversation id when the reply takes long; the server never runs it twice.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

import zmq
from spinloop.protocols.chip_info import ChipInfo
from spinloop.protocols.errors import (
    BadUrl,
    ConnectionFault,
    DeadlineExpired,
    NotSignedIn,
    ProtocolFault,
    SpinloopError,
    Unreachable,
)
from spinloop.protocols.operations import Operation
from spinloop.protocols.results import Result
from spinloop.protocols.wire.bounds import PROTOCOL, Bounds
from spinloop.protocols.wire.codec import ClientCodec
from spinloop.protocols.wire.frames import HEADER_BYTES, Buffer
from spinloop.protocols.wire.link import Address, bare_request, check_size, new_name, silence
from spinloop.protocols.wire.messages import Description
from spinloop.protocols.wire.urls import deadlines, ipc_address, tcp_address
from spinloop.protocols.wire.zmq_server import compiled_send

log = logging.getLogger(__name__)

CONNECT_DEADLINE_SECONDS = 5.0
EXECUTE_DEADLINE_SECONDS = 24 * 3600.0
SILENCE_SECONDS = 3.0
"""A server that answers nothing for this long is taken for dead. It answers heartbeats even while the chip is busy."""
POLL_SECONDS = 0.3
REPEAT_SECONDS = (1.0, 10.0)
"""When a request is repeated for the first time, and how long the doubled pauses become at most."""
FAREWELL_SECONDS = 1.0
"""How long `make_safe` and `close` wait for the server."""
_SNDMORE = int(zmq.SNDMORE)  # a plain number: pyzmq's enumerations cost time on every frame
_NOT_SIGNED_IN = str(NotSignedIn.code).encode()


class ZmqClient:
    """A served chip.

    Args:
        address: ZMQ address of the server.
        connect_deadline_seconds: how long to wait for the server at first.
        execute_deadline_seconds: how long one batch may take, however alive the server is.

    Raises:
        Unreachable: nobody answered in time.
        ProtocolFault: what answered is no server of this protocol.
    """

    def __init__(
        self,
        address: str,
        connect_deadline_seconds: float = CONNECT_DEADLINE_SECONDS,
        execute_deadline_seconds: float = EXECUTE_DEADLINE_SECONDS,
    ) -> None:
        self.address = address
        self._execute_deadline = execute_deadline_seconds
        self._me = Address(new_name(), time.time_ns() // 1_000_000)
        self._codec = ClientCodec()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._closing = False
        self._request_id = 0
        self._locked = False
        self._used = False
        self._heard = time.monotonic()
        self._context = zmq.Context()
        self._socket = self._open_socket(self._me.name.encode())
        self._recv_frame = self._socket.recv
        self._send_frame = compiled_send(self._socket)
        try:
            self._greet(connect_deadline_seconds)
        except BaseException:
            self._socket.close()
            self._context.term()
            raise
        atexit.register(self.close)
        self._heart = threading.Thread(target=self._beat, name="spinloop-heartbeat", daemon=True)
        self._heart.start()

    def _open_socket(self, identity: bytes) -> zmq.Socket[bytes]:
        socket = self._context.socket(zmq.DEALER)
        socket.setsockopt(zmq.LINGER, 0)
        # The same identity after a broken connection: the server knows the client again.
        socket.setsockopt(zmq.ROUTING_ID, identity)
        socket.setsockopt(zmq.RCVTIMEO, int(POLL_SECONDS * 1000))
        socket.setsockopt(zmq.SNDTIMEO, int(SILENCE_SECONDS * 1000))
        socket.setsockopt(zmq.MAXMSGSIZE, Bounds().max_message_bytes)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, 1000)
        try:
            socket.connect(self.address)
        except zmq.ZMQError as error:
            socket.close()
            self._context.term()
            raise BadUrl(f"address {self.address!r}", "tcp://HOST:PORT or ipc://PATH", f"correct it: {error}") from None
        return socket

    def _greet(self, deadline_seconds: float) -> None:
        until = time.monotonic() + deadline_seconds
        try:
            self._sign_in(until)
            payload = self._ask("describe", until)
        except DeadlineExpired:
            raise Unreachable(
                f"a chip at {self.address}",
                f"an answer within {deadline_seconds} s",
                "check the address and that `spinloop serve` runs there",
                address=self.address,
            ) from None
        description: Description = self._codec.result(payload, Description)
        if description.server.protocol != PROTOCOL:
            raise ProtocolFault(
                f"a server of protocol {description.server.protocol} at {self.address}",
                f"protocol {PROTOCOL}",
                "install the same version of spinloop on both sides",
            )
        self._info, self._facts = description.chip, description.server
        self._send(
            self._me.message(self._me.new_header(), ())
        )  # tells the server that silence of this client means its death
        self._socket.setsockopt(zmq.RCVTIMEO, int(min(POLL_SECONDS, self._facts.heartbeat_seconds) * 1000))

    # --- the substrate ------------------------------------------------------------------------------------------

    def describe(self) -> ChipInfo:
        """What the chip says of itself, as it said when this client connected."""
        return self._info

    def execute(self, operations: Sequence[Operation]) -> list[Result]:
        """Carry out a batch on the served chip; see `substrate.Substrate`.

        Raises:
            SpinloopError: as the served chip raises, and
            Unreachable: the server fell silent, and the batch would not have changed the chip.
            Indeterminate: it fell silent, and nobody knows whether the chip was changed.
            StaleBoot: it restarted since this client connected.
            DeadlineExpired: the batch took longer than this client's deadline.
            TooLarge: the batch is larger than the server takes.
        """
        with self._lock:
            self._check_open()
            self._used = True
            self._request_id += 1
            payload = self._codec.execute_request(self._request_id, operations, self._facts.boot)
            if len(payload) > 1 or len(payload[0]) > 1 << 16:
                check_size(payload, self._facts.max_message_bytes)
            reply = self._converse(payload, time.monotonic() + self._execute_deadline, operations)
            results: list[Any] = self._codec.execute_results(reply)
        if len(results) != len(operations):
            raise ProtocolFault(f"{len(results)} results", f"{len(operations)}, one for each operation", "report this")
        return results

    def make_safe(self) -> None:
        """Ask the server to bring every output to zero; never raises, waits `FAREWELL_SECONDS` at most for each step.

        When another thread waits for a batch meanwhile, the request takes a connection of its own.
        """
        self._try_make_safe()

    def _try_make_safe(self) -> bool:
        try:
            if not self._lock.acquire(timeout=0.05):
                with ZmqClient(self.address, FAREWELL_SECONDS, FAREWELL_SECONDS) as side:
                    return side._try_make_safe()
            try:
                self._check_open()
                self._codec.result(self._ask("make_safe", time.monotonic() + FAREWELL_SECONDS))
            finally:
                self._lock.release()
        except (SpinloopError, zmq.ZMQError) as error:
            # The server makes the chip safe by itself once this client's lease lapses.
            log.warning("make_safe could not reach %s: %s", self.address, error)
            return False
        return True

    def close(self) -> None:
        """Make the chip safe if this client used it, sign out, and give everything back. Again does nothing."""
        if self._closed.is_set():
            return
        reached = self._try_make_safe() if self._used else True
        self._closing = True  # a thread that still waits for a batch gives up
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            self._closing = False
            try:
                if reached:
                    self._ask("sign_out", time.monotonic() + FAREWELL_SECONDS)
            except (SpinloopError, zmq.ZMQError) as error:
                log.warning("signing out at %s: %s", self.address, error)
            self._socket.close()
            self._context.term()
        self._heart.join()
        atexit.unregister(self.close)

    def lock(self) -> bool:
        """Keep all other clients from the chip as long as this one lives; False when another one holds the lock."""
        self._locked = self._used = bool(self._call("lock"))
        return self._locked

    def unlock(self) -> None:
        """Give the lock back.

        Raises:
            Locked: another client holds it.
        """
        self._call("unlock")
        self._locked = False

    def discover(self) -> dict[str, Any]:
        """The server's OpenRPC document."""
        found: dict[str, Any] = self._call("rpc.discover")
        return found

    def __enter__(self) -> ZmqClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- conversation; the caller holds the lock -------------------------------------------------------------------

    def _call(self, method: str) -> Any:
        with self._lock:
            self._check_open()
            return self._codec.result(self._ask(method, time.monotonic() + SILENCE_SECONDS))

    def _ask(self, method: str, until: float) -> list[Buffer]:
        self._request_id += 1
        return self._converse([bare_request(method, self._request_id)], until, ())

    def _converse(self, payload: Sequence[Buffer], until: float, operations: Sequence[Operation]) -> list[Buffer]:
        """Send one request, and wait for its reply for as long as the server shows that it lives."""
        header = self._me.new_header()
        self._send(self._me.message(header, payload))
        conversation_id = header[:16]
        frames = self._receive()
        if frames is not None and frames[3][:16] == conversation_id and _NOT_SIGNED_IN not in frames[-1][:200]:
            return frames[4:]
        return self._insist(frames, header, payload, until, operations)

    def _insist(
        self,
        frames: list[Buffer] | None,
        header: bytes,
        payload: Sequence[Buffer],
        until: float,
        operations: Sequence[Operation],
    ) -> list[Buffer]:
        """The long way to a reply: repeat the request under the same id, ask for signs of life, sign in again."""
        self._heard = sent = time.monotonic()
        pause = REPEAT_SECONDS[0]
        while True:
            if frames is None:
                now = time.monotonic()
                if self._closing:
                    raise ConnectionFault(f"a reply from {self.address}", "an open connection", "it is being closed")
                if now > until:
                    raise DeadlineExpired(
                        f"a reply from {self.address}", "an answer before the deadline", "ask again, or allow more time"
                    )
                if now - self._heard > SILENCE_SECONDS:
                    raise silence(self.address, operations, now - self._heard)
                if now - sent > pause:
                    self._send(self._me.message(header, payload))
                    sent, pause = now, min(2 * pause, REPEAT_SECONDS[1])
                self._send(self._me.message(self._me.new_header(), [bare_request("pong", 0)]))
                frames = self._receive()
                continue
            self._heard = time.monotonic()
            if frames[3][:16] == header[:16]:
                if len(frames) < 5:
                    raise ProtocolFault("a reply without payload", "a JSON-RPC 2.0 reply", "report this server")
                if not (bytes(frames[2]).endswith(b".COORDINATOR") and _NOT_SIGNED_IN in bytes(frames[4][:200])):
                    return frames[4:]
                self._sign_in_again(until)
                self._send(self._me.message(header, payload))
            frames = self._receive()

    def _sign_in(self, until: float) -> None:
        self._me.signed_out()
        header = self._me.new_header()
        message = self._me.message(header, [bare_request("sign_in", 0)])
        self._send(message)
        sent = time.monotonic()
        while True:
            frames = self._receive()
            now = time.monotonic()
            if frames is not None and frames[3][:16] == header[:16] and len(frames) > 4:
                self._codec.result(frames[4:])
                self._me.signed_in(bytes(frames[2]).decode("ascii").partition(".")[0])
                return
            if now > until:
                raise DeadlineExpired(f"signing in at {self.address}", "an answer in time", "check the server")
            if now - sent > REPEAT_SECONDS[0]:
                self._send(message)
                sent = now

    def _sign_in_again(self, until: float) -> None:
        self._sign_in(min(until, time.monotonic() + SILENCE_SECONDS))
        if self._locked:
            self._locked = False
            raise ConnectionFault(
                "the lock of this chip",
                "a client that was heard in time",
                "the lease lapsed and the lock with it; lock again",
            )

    def _send(self, frames: Sequence[Buffer]) -> None:
        send = self._send_frame
        *leading, last = frames
        try:
            for frame in leading:
                if type(frame) is memoryview:
                    send(frame, _SNDMORE, copy=False)
                else:
                    send(frame, _SNDMORE)
            send(last, 0, copy=type(last) is not memoryview)
        except zmq.Again:
            raise Unreachable(f"sending to {self.address}", "a server that reads", "check the server") from None
        except BaseException:
            # Interrupted between two frames: end the message, or the next one would be glued to it.
            send(b"", zmq.DONTWAIT)
            raise

    def _receive(self) -> list[Buffer] | None:
        recv = self._recv_frame
        try:
            frame = recv(copy=False)
        except zmq.Again:
            return None
        frames: list[Buffer] = [frame.bytes]
        while frame.more:
            frame = recv(copy=False)
            frames.append(frame.bytes if len(frames) < 5 else frame.buffer)
        if len(frames) < 4 or len(frames[3]) != HEADER_BYTES:
            log.debug("dropped %d frames from %s that are no LECO message", len(frames), self.address)
            return None
        return frames

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise ConnectionFault(
                f"the connection to {self.address}", "an open connection", "it was closed; connect again"
            )

    # --- heartbeats ----------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        """While the caller is elsewhere: show that this process lives, and notice when the server forgot it."""
        while not self._closed.wait(self._facts.heartbeat_seconds):
            if not self._lock.acquire(blocking=False):
                continue  # the caller is in a conversation, which shows the same
            try:
                if not self._closed.is_set():
                    self._send(self._me.message(self._me.new_header(), ()))
                    self._drain()
            except (SpinloopError, zmq.ZMQError) as error:
                # The next call of the caller meets the same trouble and reports it.
                log.debug("heartbeat to %s: %s", self.address, error)
            finally:
                self._lock.release()

    def _drain(self) -> None:
        while int(self._socket.get(zmq.EVENTS)) & int(zmq.POLLIN):
            self._receive()


def open_tcp(rest: str, parameters: dict[str, str]) -> ZmqClient:
    """Connect to a chip served at `tcp://HOST:PORT`; `rest` is `//HOST:PORT`.

    Raises:
        BadUrl: no host or port, or an unknown parameter.
        Unreachable: nobody answered before the deadline.
    """
    return ZmqClient(tcp_address(rest), *deadlines(parameters, CONNECT_DEADLINE_SECONDS, EXECUTE_DEADLINE_SECONDS))


def open_ipc(rest: str, parameters: dict[str, str]) -> ZmqClient:
    """Connect to a chip served at `ipc://PATH`; `rest` is `//PATH`.

    Raises:
        BadUrl: no path, or an unknown parameter.
        Unreachable: nobody answered before the deadline.
    """
    return ZmqClient(ipc_address(rest), *deadlines(parameters, CONNECT_DEADLINE_SECONDS, EXECUTE_DEADLINE_SECONDS))
