"""The server's half of the protocol without sockets, clocks or threads: frames and a time in, events out.

A client, as this file knows it:

| state | enters by | heartbeat or request | silence for | sign_out |
|---|---|---|---|---|
| stranger | - | error -32090, nothing else | - | answered, nothing happens |
| quiet | sign_in | stays | `idle_seconds`: stranger | stranger |
| holding | execute, or lock | stays, lease renewed | `lease_seconds`: Safe, stranger | Safe, stranger |

A holding client becomes quiet again by its own `make_safe`, unless it holds the lock; a stranger's lock is free. What
waits for the chip on behalf of a client is dropped when it becomes a stranger or asks for `make_safe`; what runs, runs
to its end, and the server makes the chip safe once more after it. A client that never sent a heartbeat (a plain LECO
Communicator) cannot be told from a dead one while it waits for a reply; its lease begins when it has been answered.
Stored replies outlive the client (`ledger`), because a stopped process that comes back repeats its request under the
same id.

`begin`, `finish` and `stop`, and what a client is answered to `execute`, are in `work`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from spinloop.protocols.chip_info import ChipInfo
from spinloop.protocols.errors import (
    DuplicateName,
    NodeUnknown,
    NotSignedIn,
    ProtocolFault,
    ReceiverUnknown,
    SpinloopError,
    TooLarge,
    Unsupported,
)
from spinloop.protocols.wire import messages as m
from spinloop.protocols.wire.bounds import PROTOCOL, Bounds
from spinloop.protocols.wire.codec import BadRequest, ServerCodec
from spinloop.protocols.wire.directory import Client, Directory
from spinloop.protocols.wire.events import Event, Note, Reply, Safe
from spinloop.protocols.wire.frames import (
    COORDINATOR,
    HEADER_BYTES,
    JSON,
    JSON_TAIL,
    MAX_PAYLOAD_FRAMES,
    VERSION,
    Buffer,
    Message,
    decode_message,
    reply_head,
    split_name,
)
from spinloop.protocols.wire.methods import openrpc
from spinloop.protocols.wire.work import Work

CHIP = "chip"
"""Component name of the chip behind the server; COORDINATOR answers to the same methods."""
MAX_ROUTES = 1024


class _Call(NamedTuple):
    """One request of any method but `execute`, for the function that answers it."""

    identity: bytes
    name: str
    sender: str
    own_name: str
    request: Any
    now_seconds: float
    events: list[Event]


class _Route:
    """What a signed-in client's two names come to, so that they are looked at once and not in each message."""

    __slots__ = ("client", "head", "name", "own_name", "sender")

    def __init__(self, client: Client, name: str, own_name: str, sender: str) -> None:
        self.client = client
        self.name = name
        self.own_name = own_name
        self.sender = sender
        self.head: tuple[Buffer, ...] = (VERSION, sender.encode(), own_name.encode())


class Session:
    """One server and all its clients.

    Args:
        namespace: LECO namespace of this server: printable ASCII without a dot.
        info: what the chip says of itself.
        boot: id of this start of the server.
        bounds: what the server keeps to.
    """

    def __init__(self, namespace: str, info: ChipInfo, boot: str, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._namespace = namespace
        coordinator, chip = f"{namespace}.{COORDINATOR}", f"{namespace}.{CHIP}"
        self._own_names = {COORDINATOR: coordinator, coordinator: coordinator, CHIP: chip, chip: chip}
        self._info = info
        self._boot = boot
        self._codec = ServerCodec()
        self._directory = Directory(self.bounds, frozenset((COORDINATOR, CHIP)))
        self._clients = self._directory.clients
        self._routes: dict[tuple[Buffer, Buffer], _Route] = {}
        self._ticked = 0.0
        self._work = Work(self._directory, self._codec, boot, self.bounds)
        self.begin, self.finish, self.stop = self._work.begin, self._work.finish, self._work.stop
        self._handlers: dict[type[m.Request], Callable[[_Call], Any]] = {
            m.Pong: self._nothing,
            m.SignIn: self._sign_in,
            m.SignOut: self._sign_out,
            m.Discover: self._discover,
            m.Describe: self._describe,
            m.MakeSafe: self._make_safe,
            m.Lock: self._lock,
            m.Unlock: self._unlock,
            m.ForceUnlock: self._force_unlock,
            m.SendLocalComponents: self._local_components,
            m.SendGlobalComponents: self._global_components,
            m.SendNodes: self._nodes,
        }

    # --- what comes in ------------------------------------------------------------------------------------------

    def receive(self, identity: bytes, frames: Sequence[Buffer], now_seconds: float) -> list[Event]:
        """Take one message. Nonsense is answered by a typed error where it names a sender, else by silence.

        Args:
            identity: what the transport calls the sender; replies go there.
            frames: the message without it.
            now_seconds: on any clock that never goes back.
        """
        if 5 <= len(frames) <= 4 + MAX_PAYLOAD_FRAMES:
            # The common case: a request between names that were checked before.
            route = self._routes.get((frames[1], frames[2]))
            header = bytes(frames[3])
            if (
                route is not None
                and route.client.identity == identity
                and len(header) == HEADER_BYTES
                and header[19] == JSON
                and frames[0] == VERSION
            ):
                route.client.heard = now_seconds
                return self._request(identity, route, header[:16], frames[4:], now_seconds)
        return self._examine(identity, frames, now_seconds)

    def _examine(self, identity: bytes, frames: Sequence[Buffer], now_seconds: float) -> list[Event]:
        """Take a message whose names have not been checked before, or a heartbeat."""
        try:
            message = decode_message(frames)
        except ProtocolFault as fault:
            return [Note(f"dropped a message: {fault}")]
        namespace, name = split_name(message.sender)
        client = self._clients.get(name)
        if namespace and namespace != self._namespace:
            client = None
        elif client is not None:
            if client.identity != identity:
                taken = DuplicateName(f"name {name!r}", "a name that is free", "choose another")
                return self._refuse(identity, message, taken)
            client.heard = now_seconds
        if not message.payload:
            if client is None:
                return self._stranger(identity, message)
            client.beats = True
            return []
        own_name = self._own_names.get(message.receiver)
        if own_name is None:
            return self._refuse(identity, message, self._elsewhere(message.receiver))
        if message.message_type != JSON:
            wrong = ProtocolFault(f"message type {message.message_type}", f"type {JSON}: JSON", "send JSON-RPC 2.0")
            return self._refuse(identity, message, wrong)
        if client is None:
            return self._first_request(identity, message, name, own_name, now_seconds)
        route = _Route(client, name, own_name, message.sender)
        if len(self._routes) < MAX_ROUTES:
            self._routes[bytes(frames[1]), bytes(frames[2])] = route
        return self._request(identity, route, message.conversation_id, message.payload, now_seconds)

    def _first_request(
        self, identity: bytes, message: Message, name: str, own_name: str, now_seconds: float
    ) -> list[Event]:
        """A stranger may sign in, and nothing else."""
        try:
            request = self._codec.request(message.payload)
        except BadRequest:
            return self._stranger(identity, message)
        if not isinstance(request, (m.SignIn, m.SignOut)):
            return self._stranger(identity, message)
        head = reply_head(message.sender, own_name, message.conversation_id)
        return self._call(_Call(identity, name, message.sender, own_name, request, now_seconds, []), head)

    def _request(
        self, identity: bytes, route: _Route, conversation_id: bytes, payload: Sequence[Buffer], now_seconds: float
    ) -> list[Event]:
        head = [*route.head, conversation_id + JSON_TAIL]
        if len(payload) > 1:
            size = sum(memoryview(frame).nbytes for frame in payload)
            if size > self.bounds.max_message_bytes:
                most = f"{self.bounds.max_message_bytes} bytes"
                large = TooLarge(f"a message of {size} bytes", most, "send less at a time")
                return [Reply(identity, [*head, *self._codec.error(None, large)])]
        try:
            request = self._codec.request(payload)
        except BadRequest as bad:
            return [Reply(identity, [*head, *self._codec.error(bad.id, bad.error, bad.code)])]
        name = route.name
        if type(request) is m.Execute:
            return self._work.ask(route.client, name, conversation_id, head, payload, request, now_seconds)
        return self._call(_Call(identity, name, route.sender, route.own_name, request, now_seconds, []), head)

    def _call(self, call: _Call, head: list[Buffer]) -> list[Event]:
        identity, request, events = call.identity, call.request, call.events
        try:
            payload = self._codec.success(request.id, self._handlers[type(request)](call))
        except SpinloopError as error:
            payload = self._codec.error(request.id, error)
        if request.id is not None:
            events.append(Reply(identity, [*head, *payload]))
        return events

    # --- time ---------------------------------------------------------------------------------------------------

    def tick(self, now_seconds: float) -> list[Event]:
        """Find the clients that fell silent. Call it often, and only when everything that has arrived was received.

        Time in which nobody called it is not held against the clients: the server itself was stalled, and perhaps
        the whole machine.
        """
        events: list[Event] = []
        stalled = now_seconds - self._ticked
        if stalled > self.bounds.lease_seconds / 3:
            for client in self._clients.values():
                client.heard = min(now_seconds, client.heard + stalled)
        self._ticked = now_seconds
        for name, client in list(self._clients.items()):
            silence = now_seconds - client.heard
            if client.waiting and not client.beats:
                continue  # it never sent heartbeats, so its silence while it waits for a reply says nothing
            if self._directory.holds(name):
                if silence > self.bounds.lease_seconds:
                    events.append(Safe(f"{name} was silent for {silence:.2f} s; its lease has lapsed"))
                    self._forget(name)
            elif silence > self.bounds.idle_seconds:
                events.append(Note(f"{name} was silent for {silence:.0f} s and is signed out"))
                self._forget(name)
        return events

    # --- the other methods: each takes a call, adds to its events, and returns the result -------------------------

    def _nothing(self, call: _Call) -> None:
        return None

    def _sign_in(self, call: _Call) -> None:
        namespace, _ = split_name(call.sender)
        if namespace not in ("", self._namespace):
            raise NodeUnknown(f"namespace {namespace!r}", f"namespace {self._namespace!r}", "sign in by name alone")
        if self._directory.sign_in(call.name, call.identity, call.now_seconds):
            call.events.append(Note(f"{call.name} signed in"))

    def _sign_out(self, call: _Call) -> None:
        if call.name not in self._clients:
            return
        if self._directory.holds(call.name):
            call.events.append(Safe(f"{call.name} signed out"))
        self._forget(call.name)
        call.events.append(Note(f"{call.name} signed out"))

    def _forget(self, name: str) -> None:
        self._work.drop_waiting(self._clients[name], "its client left")
        self._directory.forget(name)
        self._routes = {names: route for names, route in self._routes.items() if route.name != name}

    def _discover(self, call: _Call) -> dict[str, Any]:
        return openrpc(call.own_name, self._info.version)

    def _describe(self, call: _Call) -> m.Description:
        facts = m.ServerFacts(
            boot=self._boot,
            protocol=PROTOCOL,
            lease_seconds=self.bounds.lease_seconds,
            heartbeat_seconds=self.bounds.heartbeat_seconds,
            max_message_bytes=self.bounds.max_message_bytes,
        )
        return m.Description(self._info, facts)

    def _make_safe(self, call: _Call) -> None:
        client = self._clients[call.name]
        call.events.extend(self._work.drop_waiting(client, "its client made the chip safe; nothing was carried out"))
        client.holding = self._work.running is not None and self._work.running.name == call.name
        call.events.append(Safe(f"{call.name} asked for it"))

    def _lock(self, call: _Call) -> bool:
        _whole_chip(call.request)
        if self._directory.barred(call.name):
            return False
        self._directory.locked_by = call.name
        return True

    def _unlock(self, call: _Call) -> bool:
        _whole_chip(call.request)
        barred = self._directory.barred(call.name)
        if barred:
            raise barred
        self._directory.locked_by = None
        return True

    def _force_unlock(self, call: _Call) -> bool:
        _whole_chip(call.request)
        if self._directory.barred(call.name):
            call.events.append(Safe(f"{call.name} took the lock from {self._directory.locked_by}"))
        self._directory.locked_by = None
        return True

    def _local_components(self, call: _Call) -> list[str]:
        return [CHIP, *self._clients]

    def _global_components(self, call: _Call) -> dict[str, list[str]]:
        return {self._namespace: self._local_components(call)}

    def _nodes(self, call: _Call) -> dict[str, str]:
        return {self._namespace: ""}

    # --- replies ------------------------------------------------------------------------------------------------

    def _elsewhere(self, receiver: str) -> SpinloopError:
        namespace, name = split_name(receiver)
        if namespace not in ("", self._namespace):
            return NodeUnknown(f"namespace {namespace!r}", f"namespace {self._namespace!r}", "correct the receiver")
        return ReceiverUnknown(f"receiver {name!r}", f"{CHIP!r} or {COORDINATOR!r}", "correct the receiver")

    def _stranger(self, identity: bytes, message: Message) -> list[Event]:
        error = NotSignedIn(f"a message from {message.sender!r}", "clients that are signed in", "sign in first")
        return self._refuse(identity, message, error)

    def _refuse(self, identity: bytes, message: Message, error: SpinloopError) -> list[Event]:
        """A routing error: always from the Coordinator, which is how LECO clients know it."""
        head = reply_head(message.sender, self._own_names[COORDINATOR], message.conversation_id)
        return [Reply(identity, [*head, *self._codec.error(None, error)])]


def _whole_chip(request: m.Lock | m.Unlock | m.ForceUnlock) -> None:
    params = request.params
    resource = params.resource if isinstance(params, m.LockParams) else (params or [None])[0]
    if resource is not None:
        raise Unsupported(f"a lock on {resource!r}", "the lock of the whole chip", "leave the resource out")
