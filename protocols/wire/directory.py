"""Who is signed in, who holds the chip, and what each has asked: the memory of a session.

A client is a stranger, quiet, or holding; `session` has the table.
"""

from __future__ import annotations

from collections import OrderedDict

from spinloop.protocols.errors import DuplicateName, LimitExceeded, Locked
from spinloop.protocols.wire.bounds import Bounds
from spinloop.protocols.wire.events import Run
from spinloop.protocols.wire.ledger import Ledger


class Client:
    """One signed-in name.

    Attributes:
        identity: where the transport finds it.
        ledger: what it asked and was answered.
        heard: when it was last heard, in seconds.
        beats: it has sent a heartbeat, so that its silence means something while it waits for a reply.
        holding: it used the chip since it last made it safe.
        waiting: its requests that wait for the chip or run, by conversation id.
    """

    __slots__ = ("beats", "heard", "holding", "identity", "ledger", "waiting")

    def __init__(self, identity: bytes, ledger: Ledger, now_seconds: float) -> None:
        self.identity = identity
        self.ledger = ledger
        self.heard = now_seconds
        self.beats = False
        self.holding = False
        self.waiting: dict[bytes, Run] = {}


class Directory:
    """The clients of one server, and the lock of its chip.

    Attributes:
        clients: who is signed in, by component name.
        locked_by: who holds the lock, or None.
    """

    def __init__(self, bounds: Bounds, reserved: frozenset[str]) -> None:
        self._bounds = bounds
        self._reserved = reserved
        self._memories: OrderedDict[str, Ledger] = OrderedDict()
        self.clients: dict[str, Client] = {}
        self.locked_by: str | None = None

    def sign_in(self, name: str, identity: bytes, now_seconds: float) -> bool:
        """Enter a name; False when it was there already.

        Raises:
            DuplicateName: the name belongs to the server.
            LimitExceeded: too many clients.
        """
        if name in self._reserved:
            raise DuplicateName(f"name {name!r}", "a name that is free", "choose another")
        if name in self.clients:
            return False
        if len(self.clients) >= self._bounds.max_clients:
            raise LimitExceeded("one more client", f"{self._bounds.max_clients} clients", "sign another one out")
        ledger = self._memories.pop(name) if name in self._memories else Ledger(self._bounds)
        self.clients[name] = Client(identity, ledger, now_seconds)
        return True

    def forget(self, name: str) -> None:
        """Take a client out and free its lock. Its ledger is kept for a while: a stopped process may come back."""
        self._memories[name] = self.clients.pop(name).ledger
        if self.locked_by == name:
            self.locked_by = None
        while len(self._memories) > self._bounds.max_memories:
            self._memories.popitem(last=False)

    def ledger_of(self, name: str) -> Ledger | None:
        """The ledger of a client, or of one that has left."""
        client = self.clients.get(name)
        return client.ledger if client is not None else self._memories.get(name)

    def holds(self, name: str) -> bool:
        """Whether the chip must be made safe when this client goes."""
        return self.clients[name].holding or self.locked_by == name

    def barred(self, name: str) -> Locked | None:
        """The error for a client that another one's lock keeps out."""
        if self.locked_by is None or self.locked_by == name:
            return None
        return Locked(
            "the locked chip", f"{self.locked_by} holds the lock", "wait, or force_unlock", holder=self.locked_by
        )
