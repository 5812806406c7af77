"""Every bound of the wire in one place: nothing grows without one, nothing waits without one."""

from __future__ import annotations

import msgspec

PROTOCOL = 1
"""Version of this protocol, on top of LECO version 0; changes when an old client could misunderstand a new server."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a server keeps to, and tells its clients in `describe`.

    Attributes:
        lease_seconds: silence after which a client that used the chip, or holds the lock, is taken for dead.
        idle_seconds: silence after which a client that did neither is forgotten.
        heartbeat_seconds: how often a client should be heard; three missed ones end a lease.
        max_message_bytes: largest message, all frames together.
        max_clients: names signed in at a time.
        max_waiting: requests of one client that wait for the chip.
        max_replies: stored replies of one client.
        max_reply_bytes: their bytes together, requests included; the newest is kept whatever its size.
        max_fired: ids of chip-changing requests remembered after their replies had to go.
        max_repeatable_bytes: a request that changes nothing is stored up to this size; running it again is
            harmless.
        max_memories: clients whose stored replies are kept after they left or died.
    """

    lease_seconds: float = 1.0
    idle_seconds: float = 45.0
    heartbeat_seconds: float = 0.3
    max_message_bytes: int = 64 << 20
    max_clients: int = 64
    max_waiting: int = 64
    max_replies: int = 256
    max_reply_bytes: int = 16 << 20
    max_fired: int = 65_536
    max_repeatable_bytes: int = 1 << 16
    max_memories: int = 64
