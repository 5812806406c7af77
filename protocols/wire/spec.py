"""The tables of SPEC.md, written from the code that they describe.

`python -m spinloop.protocols.wire.spec` brings SPEC.md up to date; a test fails when it is not.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
import numpy as np
from spinloop.protocols.errors import ERRORS
from spinloop.protocols.operations import OPERATIONS
from spinloop.protocols.results import AnyResult
from spinloop.protocols.wire.arrays import DTYPES
from spinloop.protocols.wire.bounds import Bounds
from spinloop.protocols.wire.messages import ServerFacts
from spinloop.protocols.wire.methods import method_name, methods, openrpc, summary

SPEC = Path(__file__).parent.parent / "SPEC.md"

_ANSWERS = {
    "read": "conductances", "multiply": "currents", "program": "programmed", "sample": "samples",
    "snapshot": "snapshottaken",
}  # fmt: skip
_WORDS: dict[Any, str] = {
    str: "text", int: "integer", float: "number", bool: "boolean", np.ndarray: "values", type(None): "null",
}  # fmt: skip


def tables() -> dict[str, str]:
    """Every generated table, by the name that its markers carry."""
    return {
        "errors": "\n".join(_errors()),
        "methods": "\n".join(_methods()),
        "operations": "\n".join(_operations()),
        "results": "\n".join(_results()),
        "bounds": "\n".join(_bounds()),
        "dtypes": ", ".join(f"`{name}`" for name in DTYPES),
    }


def updated(text: str) -> str:
    """The text of SPEC.md with its tables as they are now.

    Raises:
        LookupError: a table's markers are missing.
    """
    for name, table in tables().items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise LookupError(f"SPEC.md has no markers for the table {name!r}")
        text = f"{before}{begin}{table}\n{end}{after}"
    return text


def _word(kind: Any) -> str:
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(_word(part) for part in get_args(kind))
    if get_origin(kind) is Literal:
        return " or ".join(f'"{choice}"' for choice in get_args(kind))
    if get_origin(kind) is tuple:
        return f"list of {_word(get_args(kind)[0])}"
    if get_origin(kind) is dict:
        return f"{_word(get_args(kind)[1])} by name"
    return _WORDS[kind]


def _fields(kind: type[msgspec.Struct], leave_out: frozenset[str] = frozenset()) -> str:
    parts = []
    for field in msgspec.structs.fields(kind):
        if field.name in leave_out:
            continue
        default = "" if field.required else f" = {msgspec.json.encode(field.default).decode()}"
        parts.append(f"`{field.encode_name}`: {_word(field.type)}{default}")
    return "; ".join(parts)


def _errors() -> Iterator[str]:
    yield "| code | name | exit status | meaning |"
    yield "|---|---|---|---|"
    for code, kind in ERRORS.items():
        yield f"| {code} | {kind.__name__} | {kind.exit_status} | {(kind.__doc__ or '').strip().splitlines()[0]} |"


def _methods() -> Iterator[str]:
    described = {entry["name"]: entry for entry in openrpc("", "")["methods"]}
    yield "| method | parameters | does |"
    yield "|---|---|---|"
    for name, kind in methods().items():
        parameters = described.get(name, {"params": []})["params"]
        listed = ", ".join(f"`{p['name']}`" + ("" if p["required"] else " (optional)") for p in parameters)
        yield f"| `{method_name(kind)}` | {listed} | {summary(kind)} |"


def _operations() -> Iterator[str]:
    yield "| op | fields | changes the chip | answered by |"
    yield "|---|---|---|---|"
    for name, kind in OPERATIONS.items():
        changes = "yes" if kind.CHANGES_CHIP else "no"
        yield f"| `{name}` | {_fields(kind)} | {changes} | `{_ANSWERS.get(name, 'done')}` |"


def _results() -> Iterator[str]:
    kinds = get_args(AnyResult)
    common = frozenset(field.name for field in msgspec.structs.fields(kinds[0])) - {"pulses"}
    yield "| result | fields of its own |"
    yield "|---|---|"
    for kind in kinds:
        yield f"| `{kind.__struct_config__.tag}` | {_fields(kind, common)} |"
    yield f"| all of them | {_fields(kinds[0], frozenset({'pulses'}))} |"


def _bounds() -> Iterator[str]:
    meanings = dict(re.findall(r"^ {4,8}(\w+): (.*(?:\n {12,}\S.*)*)", Bounds.__doc__ or "", re.MULTILINE))
    announced = {field.name for field in msgspec.structs.fields(ServerFacts)}
    yield "| bound | default | meaning | in `describe` |"
    yield "|---|---|---|---|"
    for field in msgspec.structs.fields(Bounds):
        meaning = " ".join(meanings[field.name].split())
        yield f"| `{field.name}` | {field.default} | {meaning} | {'yes' if field.name in announced else 'no'} |"


def main() -> None:
    """Bring SPEC.md up to date."""
    SPEC.write_text(updated(SPEC.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
