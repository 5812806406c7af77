"""Addresses: what a server may bind, and what the rest of a `tcp:` or `ipc:` URL must be."""

from __future__ import annotations

import ipaddress
import re

from spinloop.protocols.errors import BadUrl


def check_bind(bind: str) -> str:
    """Admit an address to bind: `tcp://` on loopback, or `ipc://`.

    Raises:
        BadUrl: anything else.
    """
    allowed = "tcp://127.0.0.1:PORT, tcp://[::1]:PORT, tcp://localhost:PORT or ipc://PATH; port 0 takes a free one"
    if bind.startswith("ipc://") and len(bind) > 6:
        return bind
    found = re.fullmatch(r"tcp://(\[[0-9a-fA-F:]+\]|[^:\[\]/]+):(\d{1,5}|\*)", bind)
    if found is None or (found[2] != "*" and int(found[2]) > 65535):
        raise BadUrl(f"bind address {bind!r}", allowed, "correct the address", bind=bind)
    host = found[1].strip("[]")
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise BadUrl(
            f"bind address {bind!r}, which other machines can reach",
            allowed,
            "bind loopback and forward the port through ssh; there is no authentication yet",
            bind=bind,
        )
    return bind.replace("localhost", "127.0.0.1", 1)


def tcp_address(rest: str) -> str:
    """The ZMQ address in `//HOST:PORT`.

    Raises:
        BadUrl: no host or port.
    """
    host, colon, port = rest.removeprefix("//").rpartition(":")
    if not rest.startswith("//") or not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise BadUrl(f"tcp:{rest}", "tcp://HOST:PORT", "give host and port, for example tcp://127.0.0.1:12300")
    return f"tcp://{host}:{port}"


def ipc_address(rest: str) -> str:
    """The ZMQ address in `//PATH`.

    Raises:
        BadUrl: no path.
    """
    if not rest.startswith("//") or len(rest) < 3:
        raise BadUrl(f"ipc:{rest}", "ipc://PATH", "give the path of the server's socket")
    return f"ipc:{rest}"


def deadlines(parameters: dict[str, str], connect_seconds: float, execute_seconds: float) -> tuple[float, float]:
    """The parameters `deadline` and `execute_deadline` of a URL, in seconds, or the values given here.

    Raises:
        BadUrl: another parameter, or a value that is no number of seconds above 0.
    """
    unknown = sorted(set(parameters) - {"deadline", "execute_deadline"})
    if unknown:
        raise BadUrl(
            f"parameter {unknown[0]!r}",
            "deadline=SECONDS (to connect) and execute_deadline=SECONDS (for one batch)",
            "correct the URL",
            parameter=unknown[0],
        )
    return _seconds(parameters, "deadline", connect_seconds), _seconds(parameters, "execute_deadline", execute_seconds)


def _seconds(parameters: dict[str, str], name: str, default: float) -> float:
    text = parameters.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value <= 1e6:
        raise BadUrl(f"{name}={text!r}", "a number of seconds, above 0", "correct the URL", parameter=name)
    return value
