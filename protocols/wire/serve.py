"""Serve a chip to others: in the foreground until a signal, or in a thread beside a test or a notebook."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from spinloop.protocols.errors import ConnectionFault
from spinloop.protocols.substrate import Substrate, close
from spinloop.protocols.wire.bounds import Bounds
from spinloop.protocols.wire.urls import check_bind
from spinloop.protocols.wire.zmq_server import ZmqServer

STOP_SECONDS = 10.0
"""How long `Served.stop` waits for a batch that runs."""


class _Stopped(BaseException):
    """A signal arrived; unwinds whatever the main thread does, as Ctrl-C would in a script."""


class Served:
    """A chip being served by a thread of this process. A context manager; leaving it stops the server.

    Attributes:
        address: what to hand to `connect`, for example `tcp://127.0.0.1:40123`.
    """

    def __init__(self, server: ZmqServer, substrate: Substrate, owned: bool) -> None:
        self.address = server.address
        self._server = server
        self._substrate = substrate
        self._owned = owned
        self._thread = threading.Thread(target=server.run, name="spinloop-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Make the chip safe, stop serving, and close the chip if it was opened here. Calling it again does nothing.

        Raises:
            ConnectionFault: a batch did not end within `STOP_SECONDS`.
        """
        self._server.stop()
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            raise ConnectionFault(
                "stopping the server", f"{STOP_SECONDS} s for the batch that runs", "stop the process"
            )
        if self._owned:
            self._owned = False
            close(self._substrate)

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(
    chip: str | Substrate,
    bind: str = "tcp://127.0.0.1:0",
    *,
    namespace: str | None = None,
    bounds: Bounds | None = None,
    watch: Callable[[str], None] | None = None,
) -> Served:
    """Serve a chip from a thread of this process.

    Args:
        chip: a chip's URL, which is opened, and closed at the end; or a substrate, which stays the caller's.
        bind: `tcp://127.0.0.1:PORT` (0 takes a free port) or `ipc://PATH`.
        namespace: LECO namespace; the machine's name unless told otherwise.
        bounds: leases and sizes.
        watch: called with a line of text for everything a person may want to see.

    Raises:
        SpinloopError: the chip cannot be opened, or the address cannot be bound.
    """
    server, substrate, owned = _open(chip, bind, namespace, bounds, watch)
    return Served(server, substrate, owned)


def serve_forever(
    chip: str | Substrate,
    bind: str,
    *,
    ready: Callable[[str], None],
    namespace: str | None = None,
    bounds: Bounds | None = None,
    watch: Callable[[str], None] | None = None,
) -> None:
    """Serve a chip in the main thread until SIGINT or SIGTERM, then make it safe and close it.

    Args:
        chip: a chip's URL or a substrate.
        bind: as in `serve`.
        ready: called with the address once it listens.
        namespace: as in `serve`.
        bounds: as in `serve`.
        watch: as in `serve`.
    """
    server, substrate, owned = _open(chip, bind, namespace, bounds, watch)

    def stop(number: int, frame: FrameType | None) -> None:
        # Only the first signal unwinds: what follows it makes the chip safe, and must not be interrupted.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise _Stopped

    before: dict[int, Any] = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        ready(server.address)
        server.run()
    except _Stopped:
        pass  # the wanted end; `run` has made the chip safe on its way out
    finally:
        if owned:
            close(substrate)
        for number, handler in before.items():
            signal.signal(number, handler)


def _open(
    chip: str | Substrate,
    bind: str,
    namespace: str | None,
    bounds: Bounds | None,
    watch: Callable[[str], None] | None,
) -> tuple[ZmqServer, Substrate, bool]:
    check_bind(bind)  # before a chip is opened for nothing
    if not isinstance(chip, str):
        return ZmqServer(chip, bind, namespace=namespace, bounds=bounds, watch=watch), chip, False
    from spinloop.protocols.connect import open_substrate

    substrate = open_substrate(chip)
    try:
        return ZmqServer(substrate, bind, namespace=namespace, bounds=bounds, watch=watch), substrate, True
    except BaseException:
        close(substrate)
        raise
