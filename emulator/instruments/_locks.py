"""Who may use an instrument: exclusive locks that nest, and shared locks with a key (VISA, VPP-4.3, section 3.6)."""

from __future__ import annotations

import secrets


class Locks:
    """The locks on one instrument. Owners are the routes' session numbers."""

    def __init__(self) -> None:
        self._exclusive: int | None = None
        self._depth = 0
        self._key = ""
        self._sharers: dict[int, int] = {}

    def admits(self, owner: int) -> bool:
        """Whether this session may talk to the instrument now."""
        if self._exclusive is not None:
            return owner == self._exclusive
        return not self._sharers or owner in self._sharers

    def lock(self, owner: int) -> bool:
        """Take the instrument for this session alone; False if another session stands in the way."""
        if self._exclusive not in (None, owner):
            return False
        if self._exclusive is None and self._sharers and owner not in self._sharers:
            return False
        self._exclusive = owner
        self._depth += 1
        return True

    def share(self, owner: int, key: str | None) -> str | None:
        """Share the instrument among those who know the key; the key, or None if another lock stands in the way."""
        if self._exclusive not in (None, owner):
            return None
        if self._sharers and key is not None and key != self._key:
            return None
        if self._sharers and key is None and owner not in self._sharers:
            return None
        if not self._sharers:
            self._key = key or secrets.token_hex(8)
        self._sharers[owner] = self._sharers.get(owner, 0) + 1
        return self._key

    def unlock(self, owner: int) -> bool:
        """Give back the session's latest lock; False if it holds none."""
        if self._exclusive == owner:
            self._depth -= 1
            if self._depth == 0:
                self._exclusive = None
            return True
        if owner in self._sharers:
            self._sharers[owner] -= 1
            if self._sharers[owner] == 0:
                del self._sharers[owner]
            return True
        return False

    def state_of(self, owner: int) -> str:
        """`none`, `exclusive` or `shared`: what this session holds."""
        if self._exclusive == owner:
            return "exclusive"
        return "shared" if owner in self._sharers else "none"

    def forget(self, owner: int) -> None:
        """Give back all locks of a session that closes."""
        if self._exclusive == owner:
            self._exclusive, self._depth = None, 0
        self._sharers.pop(owner, None)
