"""At most once: what each client asked and what it was answered, so that a repeat never runs a second time.

The conversation id names the request. What a repeat of an id meets:

| state of the id | the same content | other content |
|---|---|---|
| unknown | runs | runs |
| waiting or running | silence; the one reply comes when it is done | refused, `ProtocolFault` |
| answered, reply stored | the stored reply | refused, `ProtocolFault` |
| answered, changed the chip, reply gone | `Indeterminate`: it ran, its reply is no longer kept | `Indeterminate` |
| answered, changed nothing, reply gone | runs again, which is harmless | runs |

The store is bounded for each client (`Bounds`): when it is full, replies to requests that changed nothing go first,
oldest first, then the oldest others; of those the id stays, up to `max_fired` ids. The newest reply always stays. The
request is kept with its reply and compared byte for byte. The ledger lives as long as the server: a restart changes
the boot id, and a request that names the old one is refused as `StaleBoot`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from spinloop.protocols.wire.bounds import Bounds
from spinloop.protocols.wire.frames import Buffer


class Standing(Enum):
    """What the ledger knows of a conversation id."""

    NEW = "new"
    UNDER_WAY = "under way"
    ANSWERED = "answered"
    FORGOTTEN = "changed the chip, reply gone"
    DIFFERENT = "other content under the same id"


class _Entry(NamedTuple):
    """One request that was answered."""

    request: Sequence[Buffer]
    reply: Sequence[Buffer]
    size: int


class Ledger:
    """The requests of one client, by conversation id."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._under_way: dict[bytes, tuple[Sequence[Buffer], bool]] = {}
        self._harmless: OrderedDict[bytes, _Entry] = OrderedDict()
        self._changing: OrderedDict[bytes, _Entry] = OrderedDict()
        self._fired: OrderedDict[bytes, None] = OrderedDict()
        self._bytes = 0

    def standing(self, conversation_id: bytes, request: Sequence[Buffer]) -> Standing:
        """What is known of this id, given what is asked under it now."""
        entry = self._changing.get(conversation_id) or self._harmless.get(conversation_id)
        if entry is not None:
            return Standing.ANSWERED if _same(entry.request, request) else Standing.DIFFERENT
        waiting = self._under_way.get(conversation_id)
        if waiting is not None:
            return Standing.UNDER_WAY if _same(waiting[0], request) else Standing.DIFFERENT
        return Standing.FORGOTTEN if conversation_id in self._fired else Standing.NEW

    def reply(self, conversation_id: bytes) -> Sequence[Buffer]:
        """The stored reply of an id whose standing is `ANSWERED`."""
        return (self._changing.get(conversation_id) or self._harmless[conversation_id]).reply

    def begin(self, conversation_id: bytes, request: Sequence[Buffer], changes_chip: bool) -> None:
        """Note a request that is about to wait or run."""
        self._under_way[conversation_id] = request, changes_chip

    def drop(self, conversation_id: bytes) -> None:
        """Forget a request that was refused before it ran."""
        self._under_way.pop(conversation_id, None)

    def finish(self, conversation_id: bytes, reply: Sequence[Buffer]) -> None:
        """Store the reply, and make room for it."""
        request, changes_chip = self._under_way.pop(conversation_id)
        size = _size(request) + _size(reply)
        entry = _Entry(request, reply, size)
        if changes_chip:
            self._changing[conversation_id] = entry
        elif size <= self._bounds.max_repeatable_bytes:
            self._harmless[conversation_id] = entry
        else:
            return
        self._bytes += size
        bounds = self._bounds
        while True:
            count = len(self._changing) + len(self._harmless)
            if count < 2 or (count <= bounds.max_replies and self._bytes <= bounds.max_reply_bytes):
                return
            self._let_go(conversation_id)

    def _let_go(self, newest: bytes) -> None:
        """Give up the oldest reply, of a request that changed nothing if there is one."""
        oldest = next(iter(self._harmless), newest)
        if oldest != newest:
            self._bytes -= self._harmless.pop(oldest).size
            return
        oldest, entry = self._changing.popitem(last=False)
        self._bytes -= entry.size
        self._fired[oldest] = None
        if len(self._fired) > self._bounds.max_fired:
            self._fired.popitem(last=False)


def _size(frames: Sequence[Buffer]) -> int:
    size = len(frames[0])  # JSON, in bytes
    for frame in frames[1:]:
        size += memoryview(frame).nbytes
    return size


def _same(one: Sequence[Buffer], other: Sequence[Buffer]) -> bool:
    if len(one) != len(other):
        return False
    return all(memoryview(a) == memoryview(b) for a, b in zip(one, other, strict=True))
