"""Who may speak to the instruments: one batch at a time, which `make_safe` interrupts from anywhere.

A VISA session is no place for two threads. `make_safe` may come from any thread and from a signal handler. It raises a
flag that the running batch looks at before each step, waits a bounded time for the batch to leave, and then goes ahead
in any case.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from spinloop.protocols.errors import ChipError, InstrumentError

log = logging.getLogger(__name__)


class Interlock:
    """A lock that one batch holds and that a stop can break.

    Args:
        stop_seconds: how long a stop waits for the running batch to leave.
        queue_seconds: how long a batch waits for the one before it.
    """

    def __init__(self, stop_seconds: float = 2.0, queue_seconds: float = 600.0) -> None:
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._stop_seconds = stop_seconds
        self._queue_seconds = queue_seconds
        self._running = False

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Hold the instruments for one batch.

        Raises:
            InstrumentError: another batch still holds them after `queue_seconds`.
        """
        if not self._lock.acquire(timeout=self._queue_seconds):
            raise InstrumentError(
                "the bench is held by another batch", f"free within {self._queue_seconds:g} s", "wait or make it safe"
            )
        try:
            self._running = True
            yield
        finally:
            self._running = False
            self._stop.clear()
            self._lock.release()

    @contextmanager
    def stop(self) -> Iterator[None]:
        """Interrupt the running batch and hold the instruments, or go ahead without them after `stop_seconds`.

        In the thread of the batch itself (a signal handler) there is nothing to wait for; the batch then meets the
        flag at its next step.
        """
        self._stop.set()
        held = self._lock.acquire(timeout=self._stop_seconds)
        if not held:
            log.error("the running batch did not stop within %g s; switching off beside it", self._stop_seconds)
        try:
            yield
        finally:
            if held:
                if not self._running:
                    self._stop.clear()
                self._lock.release()

    def check(self) -> None:
        """To be called before each step that energises the chip.

        Raises:
            ChipError: `make_safe` was called while this batch ran.
        """
        if self._stop.is_set():
            raise ChipError(
                "the batch was interrupted because the bench was made safe",
                "a batch runs until it is done or the bench is made safe",
                "read the chip before going on: part of the operation was carried out",
            )
