"""The front door of spinloop: `connect` to a chip wherever it lives, `serve` one to others.

Both names are loaded on first use, so that `spinloop --help` does not pay for numpy and ZMQ.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "connect", "serve"]

if TYPE_CHECKING:
    from spinloop.protocols.connect import connect
    from spinloop.protocols.wire.serve import serve


def __getattr__(name: str) -> Any:
    if name == "connect":
        from spinloop.protocols.connect import connect

        return connect
    if name == "serve":
        from spinloop.protocols.wire.serve import serve

        return serve
    raise AttributeError(f"module 'spinloop' has no attribute {name!r}")
