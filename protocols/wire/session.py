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

Order of the refusals of `execute`: not signed in, repeat (`ledger`), stale boot, locked by another, too many waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from spinloop.protocols.chip_info import ChipInfo
from spinloop.protocols.errors import (
    ConnectionFault,
    DeadlineExpired,
    DuplicateName,
    Indeterminate,
    LimitExceeded,
    NodeUnknown,
    NotSignedIn,
    ProtocolFault,
    ReceiverUnknown,
    SpinloopError,
    StaleBoot,
    TooLarge,
    Unsupported,
)
from spinloop.protocols.results import Result
from spinloop.protocols.wire import messages as m
from spinloop.protocols.wire.bounds import PROTOCOL, Bounds
from spinloop.protocols.wire.codec import BadRequest, ServerCodec
from spinloop.protocols.wire.directory import Client, Directory
from spinloop.protocols.wire.events import Event, Note, Reply, Run, Safe
from spinloop.protocols.wire.frames import (
    COORDINATOR,
    JSON,
    Buffer,
    Message,
    decode_message,
    encode_message,
    split_name,
)
from spinloop.protocols.wire.ledger import Standing
from spinloop.protocols.wire.methods import openrpc

CHIP = "chip"
"""Component name of the chip behind the server; COORDINATOR answers to the same methods."""


class _Call(NamedTuple):
    """One request of any method but `execute`, for the function that answers it."""

    identity: bytes
    name: str
    message: Message
    request: Any
    now_seconds: float
    events: list[Event]


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
        self._coordinator = f"{namespace}.{COORDINATOR}"
        self._own_names = {COORDINATOR, CHIP, self._coordinator, f"{namespace}.{CHIP}"}
        self._info = info
        self._boot = boot
        self._codec = ServerCodec()
        self._directory = Directory(self.bounds, frozenset((COORDINATOR, CHIP)))
        self._clients = self._directory.clients
        self._running: Run | None = None
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
        try:
            message = decode_message(frames)
        except ProtocolFault as fault:
            return [Note(f"dropped a message: {fault}")]
        namespace, name = split_name(message.sender)
        client = self._clients.get(name)
        if namespace and namespace != self._namespace:
            client = None
        elif client is not None and client.identity != identity:
            return self._refuse(
                identity, message, DuplicateName(f"name {name!r}", "a name that is free", "choose another")
            )
        if client is not None:
            client.heard = now_seconds
        if not message.payload:
            if client is None:
                return self._stranger(identity, message)
            client.beats = True
            return []
        if message.receiver not in self._own_names:
            return self._refuse(identity, message, self._elsewhere(message.receiver))
        if message.message_type != JSON:
            wrong = ProtocolFault(f"message type {message.message_type}", f"type {JSON}: JSON", "send JSON-RPC 2.0")
            return self._refuse(identity, message, wrong)
        return self._request(identity, message, name, client, now_seconds)

    def _request(
        self, identity: bytes, message: Message, name: str, client: Client | None, now_seconds: float
    ) -> list[Event]:
        try:
            request = self._codec.request(message.payload)
        except BadRequest as bad:
            if client is None:
                return self._stranger(identity, message)
            return [self._answer(identity, message, self._codec.error(bad.id, bad.error, bad.code))]
        if client is None:
            if not isinstance(request, (m.SignIn, m.SignOut)):
                return self._stranger(identity, message)
        elif isinstance(request, m.Execute):
            return self._execute(client, name, message, request, now_seconds)
        events: list[Event] = []
        try:
            result = self._handlers[type(request)](_Call(identity, name, message, request, now_seconds, events))
            payload = self._codec.success(request.id, result)
        except SpinloopError as error:
            payload = self._codec.error(request.id, error)
        if request.id is not None:
            events.append(self._answer(identity, message, payload))
        return events

    # --- execute ------------------------------------------------------------------------------------------------

    def _execute(
        self, client: Client, name: str, message: Message, request: m.Execute, now_seconds: float
    ) -> list[Event]:
        if request.id is None:
            return [Note(f"{name} sent execute as a notification, which is never carried out")]
        conversation_id, payload = message.conversation_id, message.payload
        standing = client.ledger.standing(conversation_id, payload)
        if standing is not Standing.NEW:
            return self._repeat(client, message, request, standing)
        params = request.params
        refusal = self._refusal(client, name, params)
        if refusal is not None:
            return [self._answer(client.identity, message, self._codec.error(request.id, refusal))]
        changes = False
        for operation in params.operations:
            if operation.CHANGES_CHIP:
                changes = True
                break
        if params.operations:
            client.holding = True
        client.ledger.begin(conversation_id, payload, changes)
        run = Run(
            name,
            conversation_id,
            request.id,
            params.operations,
            now_seconds,
            params.deadline_seconds,
            message.receiver,
        )
        client.waiting[conversation_id] = run
        return [run]

    def _refusal(self, client: Client, name: str, params: m.ExecuteParams) -> SpinloopError | None:
        if params.boot and params.boot != self._boot:
            return StaleBoot(
                f"boot {params.boot}", f"this server's boot {self._boot}", "connect again and read the chip"
            )
        barred = self._directory.barred(name)
        if barred:
            return barred
        if len(client.waiting) >= self.bounds.max_waiting:
            return LimitExceeded(
                "one more request",
                f"{self.bounds.max_waiting} waiting requests of one client",
                "wait for their replies",
            )
        return None

    def _repeat(self, client: Client, message: Message, request: m.Execute, standing: Standing) -> list[Event]:
        if standing is Standing.UNDER_WAY:
            return []
        if standing is Standing.ANSWERED:
            return [self._answer(client.identity, message, client.ledger.reply(message.conversation_id))]
        error: SpinloopError = Indeterminate(
            "a request that was carried out before", "its reply is no longer kept", "read the chip before going on"
        )
        if standing is Standing.DIFFERENT:
            error = ProtocolFault(
                "another request under a conversation id in use", "a new id for each request", "make a new id"
            )
        return [self._answer(client.identity, message, self._codec.error(request.id, error))]

    def begin(self, run: Run, now_seconds: float) -> list[Event] | None:
        """Ask, when the chip is free, whether the request may still run.

        Returns:
            None when it may, else what to send instead.
        """
        client = self._clients.get(run.name)
        if client is None or run.conversation_id not in client.waiting:
            return []
        error: SpinloopError | None = None
        if run.deadline_seconds is not None and now_seconds - run.arrived_seconds > run.deadline_seconds:
            error = DeadlineExpired(
                f"a deadline of {run.deadline_seconds} seconds",
                f"the chip became free after {now_seconds - run.arrived_seconds:.3f} seconds; nothing was carried out",
                "ask again",
            )
        else:
            error = self._directory.barred(run.name)
        if error is None:
            self._running = run
            return None
        return [self._refuse_run(client, run, error)]

    def finish(self, run: Run, outcome: Sequence[Result] | SpinloopError, now_seconds: float) -> list[Event]:
        """Take what came of a request that `begin` let run: store the reply and send it."""
        self._running = None
        if isinstance(outcome, SpinloopError):
            payload = self._codec.error(run.request_id, outcome)
        else:
            payload = self._codec.results(run.request_id, outcome)
        if len(payload) > 1 or len(payload[0]) > 1 << 16:
            payload = self._within_bounds(run, payload)
        ledger = self._directory.ledger_of(run.name)
        if ledger is not None:
            ledger.finish(run.conversation_id, payload)
        client = self._clients.get(run.name)
        if client is None:
            return []
        client.waiting.pop(run.conversation_id, None)
        if not client.beats:
            client.heard = now_seconds
        return [self._answer_run(client, run, payload)]

    def _within_bounds(self, run: Run, payload: list[Buffer]) -> list[Buffer]:
        size = sum(memoryview(frame).nbytes for frame in payload)
        if size <= self.bounds.max_message_bytes:
            return payload
        error = TooLarge(
            f"a reply of {size} bytes",
            f"{self.bounds.max_message_bytes} bytes",
            "ask for less at a time; the batch was run",
        )
        return self._codec.error(run.request_id, error)

    # --- time ---------------------------------------------------------------------------------------------------

    def tick(self, now_seconds: float) -> list[Event]:
        """Find the clients that fell silent. Call it only when everything that has arrived has been received."""
        events: list[Event] = []
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

    def stop(self, now_seconds: float) -> list[Event]:
        """Tell every client that waits that the server is going down. Make the chip safe after it."""
        events: list[Event] = []
        run = self._running
        if run is not None:
            lost = Indeterminate(
                "a request that was under way when the server was stopped",
                "part of it may have been carried out",
                "read the chip before going on",
            )
            events += self.finish(run, lost, now_seconds)
        for client in self._clients.values():
            events += self._drop_waiting(client, "the server is being stopped; nothing was carried out")
        return events

    def _drop_waiting(self, client: Client, reason: str) -> list[Event]:
        """Refuse what waits for the chip, but not what runs."""
        runs = [run for run in client.waiting.values() if run is not self._running]
        return [
            self._refuse_run(client, run, ConnectionFault("a waiting request", reason, "ask again")) for run in runs
        ]

    def _refuse_run(self, client: Client, run: Run, error: SpinloopError) -> Reply:
        del client.waiting[run.conversation_id]
        client.ledger.drop(run.conversation_id)
        return self._answer_run(client, run, self._codec.error(run.request_id, error))

    # --- the other methods: each takes a call, adds to its events, and returns the result -------------------------

    def _nothing(self, call: _Call) -> None:
        return None

    def _sign_in(self, call: _Call) -> None:
        namespace, _ = split_name(call.message.sender)
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
        self._drop_waiting(self._clients[name], "its client left")
        self._directory.forget(name)

    def _discover(self, call: _Call) -> dict[str, Any]:
        return openrpc(self._full(call.message.receiver), self._info.version)

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
        call.events.extend(self._drop_waiting(client, "its client made the chip safe; nothing was carried out"))
        client.holding = self._running is not None and self._running.name == call.name
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
        reply = Message(
            message.sender, self._coordinator, message.conversation_id, 0, JSON, self._codec.error(None, error)
        )
        return [Reply(identity, encode_message(reply))]

    def _full(self, name: str) -> str:
        return name if "." in name else f"{self._namespace}.{name}"

    def _answer(self, identity: bytes, message: Message, payload: Sequence[Buffer]) -> Reply:
        reply = Message(message.sender, self._full(message.receiver), message.conversation_id, 0, JSON, payload)
        return Reply(identity, encode_message(reply))

    def _answer_run(self, client: Client, run: Run, payload: Sequence[Buffer]) -> Reply:
        receiver = f"{self._namespace}.{run.name}"
        reply = Message(receiver, self._full(run.answer_as), run.conversation_id, 0, JSON, payload)
        return Reply(client.identity, encode_message(reply))


def _whole_chip(request: m.Lock | m.Unlock | m.ForceUnlock) -> None:
    params = request.params
    resource = params.resource if isinstance(params, m.LockParams) else (params or [None])[0]
    if resource is not None:
        raise Unsupported(f"a lock on {resource!r}", "the lock of the whole chip", "leave the resource out")
