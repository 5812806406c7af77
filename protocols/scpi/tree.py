"""The table of an instrument's commands, and the tree of headers it makes (SCPI-99 volume 1, chapter 6).

An instrument writes its headers as manuals do: `[:SENSe[1]]:VOLTage[:DC]:RANGe[:UPPer]`. Capitals are the short form,
brackets around a node mean that it may be left out, brackets with digits are the numeric suffixes it may carry. The
instrument never parses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from spinloop.protocols.scpi.codes import ScpiError
from spinloop.protocols.scpi.parser import Unit
from spinloop.protocols.scpi.values import Choice, Parameter, shortened

Response = str | bytes


@dataclass(frozen=True)
class Command:
    """One line of the table.

    Attributes:
        pattern: the header as the manual writes it.
        write: called `write(device, *suffixes, *values)` for the command; None if there is only a query.
        takes: the command's arguments.
        optional: how many of the last arguments may be left out.
        more: the last argument may be repeated (lists of points).
        query: called `query(device, *suffixes, *values)` for the query; returns the response.
        asks: the query's arguments, all of which may be left out.
        indefinite: the response is arbitrary text without an end mark (`*IDN?`), so no query may follow it.
    """

    pattern: str
    write: Callable[..., None] | None = None
    takes: tuple[Parameter, ...] = ()
    optional: int = 0
    more: bool = False
    query: Callable[..., Response] | None = None
    asks: tuple[Parameter, ...] = ()
    indefinite: bool = False


_LIMIT_WORD = Choice("MINimum", "MAXimum", "DEFault")
_FULL_WORD = {"MIN": "MINIMUM", "MAX": "MAXIMUM", "DEF": "DEFAULT"}


def setting(
    pattern: str,
    parameter: Parameter,
    name: str,
    of: Callable[..., Any] | None = None,
    after: Callable[..., None] | None = None,
) -> Command:
    """A command that sets an attribute and a query that reads it back; `? MIN` answers the limit.

    Args:
        pattern: the header.
        parameter: what it may be.
        name: attribute to set.
        of: whose attribute: called `of(device, *suffixes)`; None means the device's own.
        after: called `after(device, *suffixes)` once the attribute is set.
    """

    def write(*arguments: Any) -> None:
        *target, value = arguments
        setattr(of(*target) if of else target[0], name, value)
        if after:
            after(*target)

    def query(*arguments: Any) -> str:
        if arguments and isinstance(arguments[-1], _LimitAsked):
            return parameter.text(parameter.limit(_FULL_WORD[arguments[-1].word], arguments[:-1]))
        return parameter.text(getattr(of(*arguments) if of else arguments[0], name))

    return Command(pattern, write, (parameter,), query=query, asks=(_LimitWord(),))


@dataclass(frozen=True)
class _LimitAsked:
    word: str


class _LimitWord(Parameter):
    def read(self, token: Any, target: Any) -> _LimitAsked:
        return _LimitAsked(_LIMIT_WORD.read(token, target))


@dataclass
class Node:
    """One mnemonic of the tree.

    Attributes:
        keyword: as the manual writes it.
        suffixes: numeric suffixes it may carry; empty if none.
        children: next mnemonics by every form they may be typed in.
        command: what stands here, with one entry per suffix that the command wants: which node of the typed path
            carries it, or None where its node was left out and 1 is meant.
    """

    keyword: str = ""
    suffixes: tuple[int, ...] = ()
    children: dict[str, Node] = field(default_factory=dict)
    command: Command | None = None
    wanted: tuple[int | None, ...] = ()


Path = tuple[tuple[Node, int], ...]
"""Typed nodes from the root with the numeric suffix of each."""

_PIECE = re.compile(r":?([A-Za-z](?:[A-Za-z0-9]*[A-Za-z])?)(?:\[([0-9]+(?:\|[0-9]+)*)\])?")


def _paths(pattern: str) -> list[list[tuple[str, tuple[int, ...], bool]]]:
    """All typed forms of a pattern: lists of (keyword, suffixes, typed); nodes left out stand with typed = False."""
    found: list[list[tuple[str, tuple[int, ...], bool]]] = [[]]
    position = 0
    while position < len(pattern):
        optional = pattern[position] == "["
        piece = _PIECE.match(pattern, position + optional)
        if piece is None or (optional and pattern[piece.end() : piece.end() + 1] != "]"):
            raise ValueError(f"header pattern {pattern!r} cannot be read from position {position}")
        keyword, digits = piece.groups()
        suffixes = tuple(int(d) for d in digits.split("|")) if digits else ()
        with_it = [[*path, (keyword, suffixes, True)] for path in found]
        found = with_it + [[*path, (keyword, suffixes, False)] for path in found] if optional else with_it
        position = piece.end() + optional
    return found


class Tree:
    """All headers of one instrument.

    Args:
        commands: the table; a header that two lines share with different meanings is a ValueError.
    """

    def __init__(self, commands: Iterable[Command]) -> None:
        self.root = Node()
        self._common: dict[str, Command] = {}
        for command in commands:
            if command.pattern.startswith("*"):
                self._common[command.pattern[1:].upper()] = command
                continue
            for path in _paths(command.pattern):
                if any(typed for _, _, typed in path):
                    self._insert(command, path)

    def _insert(self, command: Command, path: list[tuple[str, tuple[int, ...], bool]]) -> None:
        node = self.root
        depth = 0
        wanted: list[int | None] = []
        for keyword, suffixes, typed in path:
            if typed:
                node = self._child(node, keyword, suffixes, command.pattern)
                depth += 1
            if len(suffixes) > 1:
                wanted.append(depth - 1 if typed else None)
        if node.command is not None and node.command is not command:
            raise ValueError(f"{command.pattern} and {node.command.pattern} are the same header")
        node.command = command
        node.wanted = tuple(wanted)

    @staticmethod
    def _child(node: Node, keyword: str, suffixes: tuple[int, ...], pattern: str) -> Node:
        forms = (keyword.upper(), shortened(keyword))
        known = [node.children[form] for form in forms if form in node.children]
        if not known:
            child = Node(keyword, suffixes)
            for form in forms:
                node.children[form] = child
            return child
        if any(child.keyword != keyword or child.suffixes != suffixes for child in known):
            raise ValueError(f"{pattern}: {keyword} and {known[0].keyword} are the same mnemonic, declared differently")
        return known[0]

    def find(self, unit: Unit, path: Path) -> tuple[Command, tuple[int, ...], Path]:
        """The command that a header names.

        Args:
            unit: the header as parsed.
            path: the current header path as the previous call returned it; () is the root.

        Returns:
            The command, its numeric suffixes, and the header path for what follows after a semicolon.

        Raises:
            ScpiError: -113 or -114.
        """
        if unit.common:
            command = self._common.get(unit.path[0][0]) if unit.path[0][1] is None else None
            if command is None:
                raise ScpiError(-113, unit.header)
            return command, (), path
        steps = [] if unit.absolute else list(path)
        for name, suffix in unit.path:
            node = (steps[-1][0] if steps else self.root).children.get(name)
            if node is None:
                raise ScpiError(-113, unit.header)
            if suffix is not None and suffix not in node.suffixes:
                raise ScpiError(-114 if node.suffixes else -113, unit.header)
            steps.append((node, 1 if suffix is None else suffix))
        leaf = steps[-1][0]
        if leaf.command is None:
            raise ScpiError(-113, unit.header)
        suffixes = tuple(1 if index is None else steps[index][1] for index in leaf.wanted)
        return leaf.command, suffixes, tuple(steps[:-1])
