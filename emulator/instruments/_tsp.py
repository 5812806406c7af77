"""A small, strict part of TSP, Keithley's Lua: calls, attributes, local and global variables, `print`.

Statements: `a.b.c(...)`, `print(...)`, `[local] name = expression`, `a.b = expression`; several may stand on a line.
Expressions: numbers, strings, true, false, nil, names, attributes, indexes, calls, `-number`, `..`, `==` and `~=`.
Everything else of Lua (loops, functions, tables) is refused with error -285, never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from spinloop.protocols.scpi import ScpiError

MAX_STATEMENTS = 1000
MAX_VARIABLES = 256
MAX_DEPTH = 32
MAX_STRING = 1_000_000
_SKIPPED = re.compile(r"(?:\s+|--[^\n]*)*")
_TOKEN = re.compile(
    r"""(?:(?P<number>0[xX][0-9a-fA-F]{1,16}|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"""
    r"""|(?P<name>[A-Za-z_]\w*)|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<mark>\.\.|==|~=|[.,;=()\[\]-]))""",
    re.ASCII,
)
# Lua's other reserved words.
_REFUSED = re.compile("and|break|do|else|elseif|end|for|function|goto|if|in|not|or|repeat|return|then|until|while")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}

Value = Any
"""A Lua value: None (nil), bool, float, str, `Table`, or a function."""


class Table:
    """A part of the instrument's object tree: attributes that may be read, written or called.

    Args:
        fields: values, functions, or inner tables; a `Property` is read and written through its functions.
        indexed: values by number (`slot[1]`).
    """

    def __init__(self, fields: dict[str, Any] | None = None, indexed: dict[int, Any] | None = None) -> None:
        self.fields = fields or {}
        self.indexed = indexed or {}


class Property:
    """An attribute that is worked out when read and checked when written.

    Args:
        read: returns the value.
        write: takes the new one; None if it cannot be written.
    """

    def __init__(self, read: Callable[[], Value], write: Callable[[Value], None] | None = None) -> None:
        self.read = read
        self.write = write


def syntax_error(what: str) -> ScpiError:
    """-285, as a TSP instrument reports what it cannot parse."""
    return ScpiError(-285, text=f"TSP Syntax error at line 1: {what}")


def runtime_error(what: str) -> ScpiError:
    """-286, as a TSP instrument reports what it cannot carry out."""
    return ScpiError(-286, text=f"TSP Runtime error at line 1: {what}")


def lua_text(value: Value) -> str:
    """How `print` shows a value: numbers as the instrument's default format does, nil as nil."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{float(value):.5e}"
    if isinstance(value, str):
        return value
    return "table" if isinstance(value, Table) else "function"


class Tsp:
    """Runs chunks of TSP against an instrument's object tree.

    Args:
        root: global names of the instrument; never changed.
    """

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = {**root, "print": PRINT}
        self._variables: dict[str, Value] = {}
        self._lines: list[str] = []
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        self._depth = 0
        self._dry = False

    def run(self, source: str) -> list[str]:
        """Carry out a chunk; returns what it printed.

        Raises:
            ScpiError: -285 if anything in the chunk cannot be parsed: then nothing of it ran. Otherwise -286 or what a
                command of the instrument raised: what stood before it ran, and `printed` holds what that printed.
        """
        self._lines = []
        self._tokens = _tokens(source)
        for self._dry in (True, False):
            self._at = 0
            self._depth = 0
            self._chunk()
        return self._lines

    def _chunk(self) -> None:
        statements = 0
        while self._peek() != ("end", ""):
            if self._peek() == ("mark", ";"):
                self._at += 1
                continue
            statements += 1
            if statements > MAX_STATEMENTS:
                raise syntax_error(f"more than {MAX_STATEMENTS} statements")
            self._statement()

    @property
    def printed(self) -> list[str]:
        """What the latest chunk printed so far."""
        return self._lines

    # --- statements ---

    def _statement(self) -> None:
        kind, text = self._peek()
        if kind != "name":
            raise syntax_error(f"unexpected symbol near `{text}'")
        if text == "local":
            self._at += 1
        base, key, _ = self._reach()
        if self._peek() == ("mark", "="):
            self._at += 1
            if key is _CALLED:
                raise syntax_error("unexpected symbol near `='")
            value = self._expression()
            if not self._dry:
                self._assign(base, key, value[0] if isinstance(value, _Several) else value)
        elif key is not _CALLED:
            raise syntax_error(f"`=' expected near `{self._peek()[1] or '<eof>'}'")

    def _assign(self, base: Table | None, key: Any, value: Value) -> None:
        if base is None:
            if key in self._root:
                raise runtime_error(f"{key} belongs to the instrument and cannot be assigned")
            if key not in self._variables and len(self._variables) >= MAX_VARIABLES:
                raise runtime_error("not enough memory")
            self._variables[key] = value
            return
        target = base.fields.get(key) if isinstance(key, str) else None
        if not isinstance(target, Property) or target.write is None:
            raise runtime_error(f"cannot assign to {key}")
        target.write(value)

    # --- expressions ---

    def _expression(self, minus: bool = False) -> Value:
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise syntax_error("chunk has too many syntax levels")
            value = self._operand()
            while not minus and self._peek() in (("mark", ".."), ("mark", "=="), ("mark", "~=")):
                _, mark = self._next()
                right = self._operand()
                if self._dry:
                    continue
                if mark == "..":
                    if not isinstance(value, str | int | float) or not isinstance(right, str | int | float):
                        raise runtime_error("attempt to concatenate a value that is neither string nor number")
                    value = _joined(value) + _joined(right)
                    if len(value) > MAX_STRING:
                        raise runtime_error("not enough memory")
                else:
                    value = (value == right) == (mark == "==")
            return value
        finally:
            self._depth -= 1

    def _operand(self) -> Value:
        kind, text = self._peek()
        if kind == "number":
            self._at += 1
            return float.fromhex(text) if text[:2].lower() == "0x" else float(text)
        if kind == "string":
            self._at += 1
            return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(1)), text[1:-1])
        if (kind, text) == ("mark", "-"):
            self._at += 1
            value = self._expression(minus=True)
            if self._dry:
                return None
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise runtime_error("attempt to perform arithmetic on a value that is no number")
            return -value
        if (kind, text) == ("mark", "("):
            self._at += 1
            value = self._expression()
            self._expect(")")
            return value
        if kind == "name":
            if text in ("true", "false", "nil"):
                self._at += 1
                return {"true": True, "false": False, "nil": None}[text]
            return self._reach()[2]
        raise syntax_error(f"unexpected symbol near `{text or '<eof>'}'")

    def _reach(self) -> tuple[Table | None, Any, Value]:
        """Follow a name through dots, indexes and calls: the last table, the last key, and the value there."""
        _, name = self._next()
        if _REFUSED.fullmatch(name):
            raise syntax_error(f"`{name}' is not supported by this emulated instrument")
        base: Table | None = None
        key: Any = name
        path = name
        value = self._variables.get(name) if name in self._variables else self._root.get(name)
        while True:
            mark = self._peek()
            if mark == ("mark", "."):
                self._at += 1
                kind, key = self._next()
                if kind != "name":
                    raise syntax_error(f"<name> expected near `{key}'")
                base, value = (None, None) if self._dry else _field(value, key, path)
                path += f".{key}"
            elif mark == ("mark", "["):
                self._at += 1
                key = self._expression()
                self._expect("]")
                base, value = (None, None) if self._dry else _index(value, key, path)
            elif mark == ("mark", "("):
                arguments = self._call_arguments()
                value, key = None if self._dry else self._call(value, path, arguments), _CALLED
            else:
                break
        return base, key, value

    def _call_arguments(self) -> list[Value]:
        self._expect("(")
        arguments: list[Value] = []
        if self._peek() == ("mark", ")"):
            self._at += 1
            return arguments
        while True:
            value = self._expression()
            arguments += value if isinstance(value, _Several) else [value]
            if self._peek() == ("mark", ","):
                self._at += 1
                continue
            self._expect(")")
            return arguments

    def _call(self, function: Value, path: str, arguments: list[Value]) -> Value:
        if function is PRINT:
            self._lines.append("\t".join(lua_text(value) for value in arguments))
            return None
        if not callable(function):
            raise runtime_error(f"attempt to call `{path}' (a {_kind(function)} value)")
        result = function(*arguments) if _accepts(function, len(arguments)) else None
        return _Several(result) if isinstance(result, tuple) else result

    # --- tokens ---

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at]

    def _next(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        if token[0] != "end":
            self._at += 1
        return token

    def _expect(self, mark: str) -> None:
        token = self._next()
        if token != ("mark", mark):
            raise syntax_error(f"`{mark}' expected near `{token[1] or '<eof>'}'")


class _Several(list[Value]):
    """The values of a call that returns more than one."""


_CALLED = object()
PRINT = object()
"""What the name `print` stands for: output goes into the response."""


def _tokens(source: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = _skip(source, 0)
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise syntax_error(f"unexpected symbol near `{source[position : position + 12]}'")
        kind = str(match.lastgroup)
        found.append((kind, match.group(kind)))
        position = _skip(source, match.end())
    found.append(("end", ""))
    return found


def _skip(source: str, position: int) -> int:
    match = _SKIPPED.match(source, position)
    return match.end() if match else position


def _joined(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _kind(value: Value) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "table"


def _field(value: Value, key: str, path: str) -> tuple[Table, Value]:
    if not isinstance(value, Table):
        raise runtime_error(f"attempt to index `{path}' (a {_kind(value)} value)")
    found = value.fields.get(key)
    return value, found.read() if isinstance(found, Property) else found


def _index(value: Value, key: Value, path: str) -> tuple[Table, Value]:
    if isinstance(value, Table) and isinstance(key, str):
        return _field(value, key, path)
    if not isinstance(value, Table):
        raise runtime_error(f"attempt to index `{path}' (a {_kind(value)} value)")
    whole = isinstance(key, float) and key.is_integer()
    return value, value.indexed.get(int(key)) if whole else None


def _accepts(function: Callable[..., Value], count: int) -> bool:
    """Refuse a call with the wrong number of arguments in the instrument's own words."""
    code = getattr(function, "__func__", function).__code__
    bound = 1 if hasattr(function, "__self__") else 0
    most = code.co_argcount - bound
    least = most - len(getattr(function, "__defaults__", None) or ())
    if not least <= count <= most and not code.co_flags & 0x04:
        raise ScpiError(
            1108 if count < least else 1109, text="Parameter " + ("missing" if count < least else "too big")
        )
    return True
