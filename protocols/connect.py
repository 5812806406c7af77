"""From a URL to a chip: `emulator:tile64?seed=7`, `rtl:tile64`, `bench:station.toml`, `tcp://host:port`.

The part before the colon is looked up among the entry points of group `spinloop.substrates`; anyone can add one. An
entry point is a function `open(rest, parameters) -> Substrate`: for `scheme:REST?a=1&b=2` it is called with `"REST"`
and `{"a": "1", "b": "2"}`. Substrates in this process are put behind the guard; a remote one has it on its own side.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from urllib.parse import parse_qsl

from spinloop.protocols.chip import Chip
from spinloop.protocols.errors import BadUrl, UnknownScheme
from spinloop.protocols.substrate import Substrate
from spinloop.protocols.wrappers.guard import Guard

GROUP = "spinloop.substrates"
VARIABLE = "SPINLOOP_CHIP"
REMOTE_SCHEMES = frozenset({"tcp", "ipc"})

Opener = Callable[[str, dict[str, str]], Substrate]


def connect(url: str | None = None) -> Chip:
    """Open the chip at a URL.

    Args:
        url: where the chip lives; None means the environment variable `SPINLOOP_CHIP`.

    Raises:
        UnknownScheme: nothing is installed for the part before the colon.
        BadUrl: the URL cannot be read, or neither it nor `SPINLOOP_CHIP` is given.
        UnknownChip, BadFile, WrongInstrument, Unreachable: as the substrate finds.

    Example:
        >>> import numpy as np
        >>> with connect("emulator:tile16?seed=7") as chip:
        ...     chip["weights"].multiply(np.full((1, 16), 0.1)).shape
        (1, 16)
    """
    return Chip(open_substrate(url))


def open_substrate(url: str | None = None) -> Substrate:
    """Open the substrate at a URL, behind the guard unless it is remote. Arguments and errors as in `connect`."""
    url = os.environ.get(VARIABLE) if url is None else url
    if not url:
        raise BadUrl("no chip", f"a URL, or the environment variable {VARIABLE}", "try emulator:tile64")
    scheme, rest, parameters = split_url(url)
    opener: Opener = _entry_point(scheme, url).load()
    substrate = opener(rest, parameters)
    return substrate if scheme in REMOTE_SCHEMES else Guard(substrate)


def split_url(url: str) -> tuple[str, str, dict[str, str]]:
    """Take a chip's URL apart into scheme, rest and parameters.

    Raises:
        BadUrl: there is no scheme, nothing after it, or a parameter is malformed or given twice.
    """
    scheme, colon, tail = url.partition(":")
    rest, _, query = tail.partition("?")
    if not colon or not scheme or not rest:
        raise BadUrl(
            f"the chip URL {url!r}", "SCHEME:NAME or SCHEME:NAME?key=value&key=value", "try emulator:tile64?seed=7"
        )
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError as error:
        raise BadUrl(f"the parameters {query!r} of {url!r}", "key=value, joined by &", str(error)) from error
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise BadUrl(f"a parameter given twice in {url!r}", "each at most once", "remove one")
    return scheme, rest, parameters


def schemes() -> list[str]:
    """Every scheme that is installed, sorted."""
    return sorted(entry.name for entry in entry_points(group=GROUP))


def _entry_point(scheme: str, url: str) -> EntryPoint:
    for entry in entry_points(group=GROUP):
        if entry.name == scheme:
            return entry
    raise UnknownScheme(
        f"the scheme {scheme!r} of {url!r}", f"installed are {', '.join(schemes())}", "use one of these", scheme=scheme
    )
