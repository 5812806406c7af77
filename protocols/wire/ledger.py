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

from spinloop.protocols.wire.bounds import Bounds
from spinloop.protocols.wire.frames import Buffer


class Standing(Enum):
    """What the ledger knows of a conversation id."""

    NEW = "new"
    UNDER_WAY = "under way"
    ANSWERED = "answered"
    FORGOTTEN = "changed the chip, reply gone"
    DIFFERENT = "other content under the same id"


class _Entry:
    """One request and, once it is there, its reply."""

    __slots__ = ("changes_chip", "reply", "request", "size")

    def __init__(self, request: Sequence[Buffer], changes_chip: bool) -> None:
        self.request = request
        self.changes_chip = changes_chip
        self.reply: Sequence[Buffer] | None = None
        self.size = 0


class Ledger:
    """The requests of one client, by conversation id."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._fired: OrderedDict[bytes, None] = OrderedDict()
        self._bytes = 0

    def standing(self, conversation_id: bytes, request: Sequence[Buffer]) -> Standing:
        """What is known of this id, given what is asked under it now."""
        entry = self._entries.get(conversation_id)
        if entry is None:
            return Standing.FORGOTTEN if conversation_id in self._fired else Standing.NEW
        if not _same(entry.request, request):
            return Standing.DIFFERENT
        return Standing.UNDER_WAY if entry.reply is None else Standing.ANSWERED

    def reply(self, conversation_id: bytes) -> Sequence[Buffer]:
        """The stored reply of an id whose standing is `ANSWERED`."""
        reply = self._entries[conversation_id].reply
        if reply is None:
            raise LookupError("this request has not been answered yet")
        return reply

    def begin(self, conversation_id: bytes, request: Sequence[Buffer], changes_chip: bool) -> None:
        """Note a request that is about to wait or run."""
        self._entries[conversation_id] = _Entry(request, changes_chip)

    def finish(self, conversation_id: bytes, reply: Sequence[Buffer]) -> None:
        """Store the reply, and make room for it."""
        entry = self._entries.get(conversation_id)
        if entry is None:
            return
        size = _size(entry.request) + _size(reply)
        if not entry.changes_chip and size > self._bounds.max_repeatable_bytes:
            del self._entries[conversation_id]
            return
        entry.reply, entry.size = reply, size
        self._bytes += size
        self._entries.move_to_end(conversation_id)
        if len(self._entries) > self._bounds.max_replies or self._bytes > self._bounds.max_reply_bytes:
            self._make_room(conversation_id)

    def drop(self, conversation_id: bytes) -> None:
        """Forget a request that was refused before it ran."""
        self._entries.pop(conversation_id, None)

    def _make_room(self, newest: bytes) -> None:
        """Let go of an eighth of the store at a time, so that a full store costs nothing on most requests."""
        replies = self._bounds.max_replies * 7 // 8
        room = self._bounds.max_reply_bytes * 7 // 8
        for harmless in (True, False):
            for conversation_id, entry in list(self._entries.items()):
                if len(self._entries) <= replies and self._bytes <= room:
                    return
                if entry.reply is None or conversation_id == newest or (harmless and entry.changes_chip):
                    continue
                del self._entries[conversation_id]
                self._bytes -= entry.size
                if entry.changes_chip:
                    self._fired[conversation_id] = None
        while len(self._fired) > self._bounds.max_fired:
            self._fired.popitem(last=False)


def _size(frames: Sequence[Buffer]) -> int:
    return sum(frame.nbytes if isinstance(frame, memoryview) else len(frame) for frame in frames)


def _same(one: Sequence[Buffer], other: Sequence[Buffer]) -> bool:
    if len(one) != len(other):
        return False
    return all(memoryview(a) == memoryview(b) for a, b in zip(one, other, strict=True))
