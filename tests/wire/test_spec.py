"""SPEC.md is in step with the code, and names every error."""

from __future__ import annotations

from spinloop.protocols.errors import ERRORS
from spinloop.protocols.operations import OPERATIONS
from spinloop.protocols.wire.methods import methods, openrpc
from spinloop.protocols.wire.spec import SPEC, updated


def test_the_tables_are_what_the_code_says() -> None:
    text = SPEC.read_text(encoding="utf-8")
    assert updated(text) == text, "run python -m spinloop.protocols.wire.spec"


def test_everything_of_the_closed_lists_is_in_it() -> None:
    text = SPEC.read_text(encoding="utf-8")
    for kind in ERRORS.values():
        assert f"| {kind.code} | {kind.__name__} |" in text
    for name in (*OPERATIONS, *methods()):
        assert f"`{name}`" in text


def test_the_openrpc_document_lists_every_method_but_itself() -> None:
    listed = {method["name"] for method in openrpc("N1.chip", "1")["methods"]}
    assert listed == set(methods()) - {"rpc.discover"}
