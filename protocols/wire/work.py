"""What becomes of `execute`: refused, repeated, waiting, running, answered. Half of the session; no sockets, no clock.

Order of the refusals: repeat (`ledger`), stale boot, locked by another, too many waiting.
"""

from __future__ import annotations

from collections.abc import Sequence

from spinloop.protocols.errors import (
    ConnectionFault,
    DeadlineExpired,
    Indeterminate,
    LimitExceeded,
    ProtocolFault,
    SpinloopError,
    StaleBoot,
    TooLarge,
)
from spinloop.protocols.results import Result
from spinloop.protocols.wire.bounds import Bounds
from spinloop.protocols.wire.codec import ServerCodec
from spinloop.protocols.wire.directory import Client, Directory
from spinloop.protocols.wire.events import Event, Note, Reply, Run
from spinloop.protocols.wire.frames import Buffer
from spinloop.protocols.wire.ledger import Standing
from spinloop.protocols.wire.messages import Execute


class Work:
    """The requests of all clients that want the chip.

    Attributes:
        running: what the chip is busy with, or None.
    """

    def __init__(self, directory: Directory, codec: ServerCodec, boot: str, bounds: Bounds) -> None:
        self._directory = directory
        self._codec = codec
        self._boot = boot
        self._bounds = bounds
        self.running: Run | None = None

    def ask(
        self, client: Client, name: str, conversation_id: bytes, head: list[Buffer], payload: Sequence[Buffer],
        request: Execute, now_seconds: float,
    ) -> list[Event]:  # fmt: skip
        """Take one request.

        Args:
            client: who asks.
            name: its name.
            conversation_id: which names the request.
            head: leading frames of the reply.
            payload: the request as it came, to be compared with a repeat.
            request: the same, decoded.
            now_seconds: when it came.
        """
        if request.id is None:
            return [Note(f"{name} sent execute as a notification, which is never carried out")]
        standing = client.ledger.standing(conversation_id, payload)
        if standing is not Standing.NEW:
            return self._repeat(client, conversation_id, head, request, standing)
        refusal = self._refusal(client, name, request)
        if refusal is not None:
            return [Reply(client.identity, [*head, *self._codec.error(request.id, refusal)])]
        operations = request.params.operations
        changes = False
        for operation in operations:
            if operation.CHANGES_CHIP:
                changes = True
                break
        if operations:
            client.holding = True
        client.ledger.begin(conversation_id, payload, changes)
        run = Run(name, conversation_id, request.id, operations, now_seconds, request.params.deadline_seconds, head)
        client.waiting[conversation_id] = run
        return [run]

    def _refusal(self, client: Client, name: str, request: Execute) -> SpinloopError | None:
        boot = request.params.boot
        if boot and boot != self._boot:
            return StaleBoot(f"boot {boot}", f"this server's boot {self._boot}", "connect again and read the chip")
        if self._directory.locked_by is not None and (barred := self._directory.barred(name)):
            return barred
        most = self._bounds.max_waiting
        if len(client.waiting) >= most:
            return LimitExceeded("one more request", f"{most} waiting requests of one client", "wait for their replies")
        return None

    def _repeat(
        self, client: Client, conversation_id: bytes, head: list[Buffer], request: Execute, standing: Standing
    ) -> list[Event]:
        if standing is Standing.UNDER_WAY:
            return []
        if standing is Standing.ANSWERED:
            return [Reply(client.identity, [*head, *client.ledger.reply(conversation_id)])]
        error: SpinloopError = Indeterminate(
            "a request that was carried out before", "its reply is no longer kept", "read the chip before going on"
        )
        if standing is Standing.DIFFERENT:
            error = ProtocolFault(
                "another request under a conversation id in use", "a new id for each request", "make a new id"
            )
        return [Reply(client.identity, [*head, *self._codec.error(request.id, error)])]

    def begin(self, run: Run, now_seconds: float) -> list[Event] | None:
        """Ask, when the chip is free, whether the request may still run.

        Returns:
            None when it may, else what to send instead.
        """
        client = self._directory.clients.get(run.name)
        if client is None or run.conversation_id not in client.waiting:
            return []
        error: SpinloopError | None = None
        if run.deadline_seconds is not None and now_seconds - run.arrived_seconds > run.deadline_seconds:
            error = DeadlineExpired(
                f"a deadline of {run.deadline_seconds} seconds",
                f"the chip became free after {now_seconds - run.arrived_seconds:.3f} seconds; nothing was carried out",
                "ask again",
            )
        elif self._directory.locked_by is not None:
            error = self._directory.barred(run.name)
        if error is None:
            self.running = run
            return None
        return [self._refuse(client, run, error)]

    def finish(self, run: Run, outcome: Sequence[Result] | SpinloopError, now_seconds: float) -> list[Event]:
        """Take what came of a request that `begin` let run: store the reply and send it."""
        self.running = None
        if isinstance(outcome, SpinloopError):
            payload = self._codec.error(run.request_id, outcome)
        else:
            payload = self._codec.results(run.request_id, outcome)
        if len(payload) > 1 or len(payload[0]) > 1 << 16:
            payload = self._within_bounds(run, payload)
        client = self._directory.clients.get(run.name)
        if client is None:
            ledger = self._directory.ledger_of(run.name)
            if ledger is not None:
                ledger.finish(run.conversation_id, payload)
            return []
        client.ledger.finish(run.conversation_id, payload)
        client.waiting.pop(run.conversation_id, None)
        if not client.beats:
            client.heard = now_seconds
        return [Reply(client.identity, [*run.head, *payload])]

    def _within_bounds(self, run: Run, payload: list[Buffer]) -> list[Buffer]:
        size = sum(memoryview(frame).nbytes for frame in payload)
        most = self._bounds.max_message_bytes
        if size <= most:
            return payload
        error = TooLarge(f"a reply of {size} bytes", f"{most} bytes", "ask for less at a time; the batch was run")
        return self._codec.error(run.request_id, error)

    def stop(self, now_seconds: float) -> list[Event]:
        """Tell every client that waits that the server is going down."""
        events: list[Event] = []
        if self.running is not None:
            lost = Indeterminate(
                "a request that was under way when the server was stopped",
                "part of it may have been carried out",
                "read the chip before going on",
            )
            events += self.finish(self.running, lost, now_seconds)
        for client in self._directory.clients.values():
            events += self.drop_waiting(client, "the server is being stopped; nothing was carried out")
        return events

    def drop_waiting(self, client: Client, reason: str) -> list[Event]:
        """Refuse what waits for the chip, but not what runs."""
        runs = [run for run in client.waiting.values() if run is not self.running]
        return [self._refuse(client, run, ConnectionFault("a waiting request", reason, "ask again")) for run in runs]

    def _refuse(self, client: Client, run: Run, error: SpinloopError) -> Reply:
        del client.waiting[run.conversation_id]
        client.ledger.drop(run.conversation_id)
        return Reply(client.identity, [*run.head, *self._codec.error(run.request_id, error)])
