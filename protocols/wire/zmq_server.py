"""A chip behind a ZMQ ROUTER socket: reads messages, lets the session judge them, runs what the session lets run.

One thread, the runner, does everything on the fast path: it receives, executes and replies, with no hand-over. While
it is inside a batch for longer than `DOOR_SECONDS`, a second thread, the doorkeeper, receives in its place: it answers
heartbeats and requests that need no chip, renews leases, and makes the chip safe when one lapses. `_door` is held by
whichever of the two touches socket and session; the runner lets go of it only while the substrate runs.

Signals are left to `serve`. Binds loopback addresses only: there is no authentication yet.
"""

from __future__ import annotations

import logging
import re
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from socket import gethostname
from typing import Any

import zmq
from spinloop.protocols.errors import ConnectionFault, RemoteFault, SpinloopError
from spinloop.protocols.results import Result
from spinloop.protocols.substrate import Substrate
from spinloop.protocols.wire.bounds import Bounds
from spinloop.protocols.wire.events import Event, Note, Reply, Run, Safe
from spinloop.protocols.wire.frames import MAX_PAYLOAD_FRAMES, Buffer
from spinloop.protocols.wire.session import Session
from spinloop.protocols.wire.urls import check_bind

log = logging.getLogger(__name__)

DOOR_SECONDS = 0.05
"""How long a batch may take before the doorkeeper minds the socket, and how long the socket is waited on at a time."""
_SNDMORE, _RCVMORE, _EVENTS, _POLLIN = int(zmq.SNDMORE), int(zmq.RCVMORE), int(zmq.EVENTS), int(zmq.POLLIN)
# Plain numbers: arithmetic on pyzmq's enumerations costs more than sending a frame.
LOOK_SECONDS = 0.01
"""How often everything that has arrived is read, and silence looked for, while one request follows the other."""
MAX_AT_ONCE = 256
"""Messages received before one waiting batch is run."""
FAREWELL_MILLISECONDS = 200
"""How long closing may wait for the last replies to leave."""


def compiled_send(socket: zmq.Socket[bytes]) -> Callable[..., Any]:
    """`socket.send` without what pyzmq does in Python on every frame for socket types that are not used here."""
    found: Callable[..., Any] = super(zmq.Socket, socket).send
    return found


def default_namespace() -> str:
    """LECO's default: the machine's name, up to its first dot."""
    name = re.sub(r"[^\x21-\x7e]", "", gethostname().split(".")[0])
    return name or "spinloop"


class ZmqServer:
    """One substrate at one address.

    Args:
        substrate: opened and guarded; the caller closes it.
        bind: where to listen; see `urls.check_bind`.
        namespace: LECO namespace; the machine's name unless told otherwise.
        bounds: leases and sizes.
        watch: called with a line of text for everything a person may want to see; must not raise.

    Attributes:
        address: where it listens, with the port that was taken.
    """

    def __init__(
        self,
        substrate: Substrate,
        bind: str = "tcp://127.0.0.1:0",
        *,
        namespace: str | None = None,
        bounds: Bounds | None = None,
        watch: Callable[[str], None] | None = None,
    ) -> None:
        address = check_bind(bind)
        self.bounds = bounds or Bounds()
        self._substrate = substrate
        self._watch = watch
        self._session = Session(namespace or default_namespace(), substrate.describe(), uuid.uuid4().hex, self.bounds)
        self._waiting: deque[Run] = deque()
        self._door = threading.Lock()
        self._stopping = threading.Event()
        self._busy_since: float | None = None
        self._look_at = 0.0
        self._safe_again = False
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.MAXMSGSIZE, self.bounds.max_message_bytes)
        self._socket.setsockopt(zmq.RCVTIMEO, int(DOOR_SECONDS * 1000))
        self._socket.setsockopt(zmq.RCVHWM, self.bounds.max_waiting)
        # A client that reconnects after a broken connection keeps its identity and takes the new connection.
        self._socket.setsockopt(zmq.ROUTER_HANDOVER, 1)
        try:
            self._socket.bind(address)
        except zmq.ZMQError as error:
            self._socket.close()
            self._context.term()
            raise ConnectionFault(
                f"bind address {bind!r}", "an address that is free", f"choose another: {error}"
            ) from None
        self._recv = self._socket.recv
        self._send_frame = compiled_send(self._socket)
        self.address = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    # --- the runner ---------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until `stop` is called, then make the chip safe and close the socket."""
        keeper = threading.Thread(target=self._keep_door, name="spinloop-doorkeeper", daemon=True)
        keeper.start()
        try:
            with self._door:
                while not self._stopping.is_set():
                    self._receive(wait=not self._waiting)
                    if self._waiting:
                        self._run_one(self._waiting.popleft())
        finally:
            self._stopping.set()
            self._make_safe("the server is being stopped")
            keeper.join()
            with self._door:
                self._handle(self._session.stop(time.monotonic()))
                self._socket.close(linger=FAREWELL_MILLISECONDS)
            self._context.term()

    def stop(self) -> None:
        """Ask the server to stop: at once when idle, after the batch that runs otherwise. For any thread or signal."""
        self._stopping.set()
        if self._busy_since is not None:
            self._safe_again = True
            self._make_safe("the server is being stopped")

    def _run_one(self, run: Run) -> None:
        refusal = self._session.begin(run, time.monotonic())
        if refusal is not None:
            self._handle(refusal)
            return
        self._busy_since = time.monotonic()
        self._door.release()
        try:
            outcome = self._execute(run)
        finally:
            self._door.acquire()
            self._busy_since = None
        if self._safe_again:
            self._safe_again = False
            self._make_safe("a batch ended after the chip was to be safe")
        self._handle(self._session.finish(run, outcome, time.monotonic()))

    def _execute(self, run: Run) -> Sequence[Result] | SpinloopError:
        try:
            results = self._substrate.execute(run.operations)
        except SpinloopError as error:
            return error
        except Exception as error:
            log.exception("the substrate failed in a batch of %s", run.name)
            self._tell(f"a batch of {run.name} failed: {type(error).__name__}")
            return RemoteFault(f"{type(error).__name__} in the substrate", "", "see the server's log")
        if len(results) != len(run.operations):
            return RemoteFault(
                f"{len(results)} results for {len(run.operations)} operations", "one each", "report this substrate"
            )
        return results

    # --- the doorkeeper -----------------------------------------------------------------------------------------

    def _keep_door(self) -> None:
        while not self._stopping.wait(DOOR_SECONDS):
            since = self._busy_since
            if since is None or time.monotonic() - since < DOOR_SECONDS:
                continue
            with self._door:
                if self._busy_since is not None and not self._socket.closed:
                    self._receive(wait=False)

    # --- socket and session; the caller holds the door ------------------------------------------------------------

    def _receive(self, wait: bool) -> None:
        """Take in what has arrived, and look for clients that fell silent."""
        for count in range(MAX_AT_ONCE):
            if not (wait and count == 0) and not int(self._socket.get(_EVENTS)) & _POLLIN:
                break
            try:
                first = self._recv(copy=False)
            except zmq.Again:
                break
            now_seconds = time.monotonic()
            frames = self._rest(first)
            if frames is not None:
                self._handle(self._session.receive(first.bytes, frames, now_seconds))
            if self._waiting and now_seconds < self._look_at:
                return  # heartbeats can wait for some milliseconds; a lone small operation cannot
        else:
            return  # more is waiting: nobody may be taken for dead before it has been read
        now_seconds = time.monotonic()
        self._look_at = now_seconds + LOOK_SECONDS
        self._handle(self._session.tick(now_seconds))

    def _rest(self, frame: zmq.Frame) -> list[Buffer] | None:
        """The message behind its identity; None when it has more frames than a message may have."""
        recv = self._recv
        frames: list[Buffer] = []
        while frame.more:
            frame = recv(copy=False)
            if len(frames) < 5:
                frames.append(frame.bytes)
            elif len(frames) <= 4 + MAX_PAYLOAD_FRAMES:
                frames.append(frame.buffer)
        return frames if len(frames) <= 4 + MAX_PAYLOAD_FRAMES else None

    def _handle(self, events: Sequence[Event]) -> None:
        for event in events:
            kind = type(event)
            if kind is Run:
                self._waiting.append(event)  # type: ignore[arg-type]
            elif kind is Reply:
                self._send(event)  # type: ignore[arg-type]
            elif isinstance(event, Safe):
                if self._busy_since is not None:
                    self._safe_again = True
                self._make_safe(event.reason)
            elif isinstance(event, Note):
                self._tell(event.text)

    def _send(self, reply: Reply) -> None:
        send = self._send_frame
        *leading, last = reply.frames
        try:
            send(reply.identity, _SNDMORE)
            for frame in leading:
                # Arrays leave without being copied: results are values, and no substrate writes into one it gave away.
                if type(frame) is memoryview:
                    send(frame, _SNDMORE, copy=False)
                else:
                    send(frame, _SNDMORE)
            send(last, 0, copy=type(last) is not memoryview)
        except BaseException:
            # A signal between two frames: end the message, or the next one would be glued to it.
            send(b"", zmq.DONTWAIT)
            raise

    def _make_safe(self, reason: str) -> None:
        self._tell(f"making the chip safe: {reason}")
        try:
            self._substrate.make_safe()
        except Exception:
            log.exception("make_safe failed, though it must never raise")
            self._tell("MAKE_SAFE FAILED; see the log and switch the outputs off by hand")

    def _tell(self, text: str) -> None:
        log.info("%s", text)
        if self._watch is not None:
            self._watch(text)
