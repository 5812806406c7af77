"""The protocol never sees a socket: which modules of the wire may import what."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import spinloop.protocols.wire as wire

FOLDER = Path(wire.__file__).parent
WITH_ZMQ = {"zmq_server.py", "zmq_client.py"}
WITH_WORLD = {*WITH_ZMQ, "serve.py"}
WORLD = {"zmq", "time", "threading", "sqlite3", "socket", "asyncio", "select", "multiprocessing", "subprocess"}
NEVER = {"pickle", "cloudpickle", "dill", "marshal", "shelve", "pyleco"}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_imports_of_each_module(path: Path) -> None:
    names = imported(path)
    assert not names & NEVER
    if path.name not in WITH_ZMQ:
        assert "zmq" not in names
    if path.name not in WITH_WORLD:
        assert not names & WORLD
