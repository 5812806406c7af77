"""The methods of a server as an OpenRPC document: what `rpc.discover` answers, and what SPEC.md lists."""

from __future__ import annotations

from typing import Any, get_args

from spinloop.protocols.wire.messages import AnyRequest, Execute, Lock, Request

_OPERATIONS = {"type": "array", "items": {"type": "object"}}
_RESULTS: dict[str, dict[str, Any]] = {
    "execute": {"type": "object", "properties": {"results": {"type": "array", "items": {"type": "object"}}}},
    "describe": {"type": "object"},
    "lock": {"type": "boolean"},
    "unlock": {"type": "boolean"},
    "force_unlock": {"type": "boolean"},
    "send_local_components": {"type": "array", "items": {"type": "string"}},
    "send_global_components": {"type": "object"},
    "send_nodes": {"type": "object"},
}


def method_name(kind: type[Request]) -> str:
    """The name of a method on the wire."""
    return str(kind.__struct_config__.tag)


def methods() -> dict[str, type[Request]]:
    """The closed list of methods, by name."""
    return {method_name(kind): kind for kind in get_args(AnyRequest)}


def summary(kind: type[Request]) -> str:
    """One sentence on what a method does."""
    return (kind.__doc__ or "").strip().splitlines()[0]


def _parameters(kind: type[Request]) -> list[dict[str, Any]]:
    if kind is Execute:
        return [
            {"name": "operations", "schema": _OPERATIONS, "required": True},
            {"name": "boot", "schema": {"type": "string"}, "required": False},
            {"name": "deadline_seconds", "schema": {"type": "number"}, "required": False},
        ]
    if method_name(kind) in (method_name(Lock), "unlock", "force_unlock"):
        return [{"name": "resource", "schema": {"type": ["string", "null"]}, "required": False}]
    return []


def openrpc(title: str, version: str) -> dict[str, Any]:
    """The OpenRPC 1.2.6 document of a server.

    Args:
        title: full name of the component that answers.
        version: of the chip's software.
    """
    listed = [
        {
            "name": name,
            "summary": summary(kind),
            "params": _parameters(kind),
            "result": {"name": "result", "schema": _RESULTS.get(name, {"type": "null"}), "required": True},
        }
        for name, kind in methods().items()
        if name != "rpc.discover"
    ]
    return {"openrpc": "1.2.6", "info": {"title": title, "version": version}, "methods": listed}
