"""Carries out program messages on a device that declares a table; collects the responses (IEEE 488.2 chapter 6).

No clock, no sockets, no threads: bytes in, bytes out, errors into the queue. Nothing but a `ScpiError` is caught, so a
bug in a device shows itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from spinloop.protocols.scpi.codes import ScpiError
from spinloop.protocols.scpi.parser import Token, Unit, parse
from spinloop.protocols.scpi.status import StatusModel
from spinloop.protocols.scpi.tree import Command, Path, Tree

_CACHED_MESSAGES = 1024
_CACHED_BYTES = 200


class HasStatus(Protocol):
    """What the interpreter needs of a device."""

    status: StatusModel


@dataclass(frozen=True, slots=True)
class _Step:
    command: Command
    suffixes: tuple[int, ...]
    query: bool
    arguments: tuple[Token, ...]


_Plan = tuple[tuple[_Step, ...], ScpiError | None]


class Interpreter:
    """Runs messages on one device.

    Args:
        device: handed to the table's functions as their first argument.
        tree: the device's headers.
    """

    def __init__(self, device: HasStatus, tree: Tree) -> None:
        self._device = device
        self._tree = tree
        # What a message means never changes, so short messages are taken apart once. Bounded; cleared when full.
        self._plans: dict[bytes, _Plan] = {}

    def execute(self, message: bytes) -> bytes | None:
        """Carry out one program message.

        A command error ends the message; an execution error skips only its own unit (IEEE 488.2, 6.1.7 and 11.5).

        Args:
            message: without its terminator.

        Returns:
            The response without terminator, several joined by semicolons; None if nothing was asked.
        """
        plan = self._plans.get(message)
        if plan is None:
            plan = self._plan(message)
        steps, fault = plan
        responses: list[bytes] = []
        indefinite = False
        for step in steps:
            try:
                if step.query:
                    if indefinite:
                        raise ScpiError(-440)
                    response = self._ask(step)
                    responses.append(response if isinstance(response, bytes) else response.encode("latin-1"))
                    indefinite = step.command.indefinite
                else:
                    self._tell(step)
            except ScpiError as error:
                self._device.status.report(error)
                if -199 <= error.code <= -100:
                    return b";".join(responses) if responses else None
        if fault is not None:
            self._device.status.report(fault)
        return b";".join(responses) if responses else None

    def _plan(self, message: bytes) -> _Plan:
        units, fault = parse(message)
        steps: list[_Step] = []
        path: Path = ()
        for unit in units:
            try:
                command, suffixes, path = self._tree.find(unit, path)
                steps.append(self._step(unit, command, suffixes))
            except ScpiError as error:
                fault = error
                break
        plan = (tuple(steps), fault)
        if len(message) <= _CACHED_BYTES:
            if len(self._plans) >= _CACHED_MESSAGES:
                self._plans.clear()
            self._plans[message] = plan
        return plan

    @staticmethod
    def _step(unit: Unit, command: Command, suffixes: tuple[int, ...]) -> _Step:
        if unit.query:
            if command.query is None:
                raise ScpiError(-113, unit.header)
            most, least = len(command.asks), 0
        else:
            if command.write is None:
                raise ScpiError(-113, unit.header)
            most, least = len(command.takes), len(command.takes) - command.optional
        if len(unit.arguments) < least:
            raise ScpiError(-109, unit.header)
        if len(unit.arguments) > most and (unit.query or not command.more):
            raise ScpiError(-108, unit.header)
        return _Step(command, suffixes, unit.query, unit.arguments)

    def _ask(self, step: _Step) -> str | bytes:
        assert step.command.query is not None  # noqa: S101 - _step saw to it
        if not step.arguments:
            return step.command.query(self._device, *step.suffixes)
        target = (self._device, *step.suffixes)
        values = [kind.read(token, target) for kind, token in zip(step.command.asks, step.arguments, strict=False)]
        return step.command.query(*target, *values)

    def _tell(self, step: _Step) -> None:
        assert step.command.write is not None  # noqa: S101 - _step saw to it
        target = (self._device, *step.suffixes)
        takes = step.command.takes
        values: list[Any] = []
        for index, token in enumerate(step.arguments):
            values.append(takes[min(index, len(takes) - 1)].read(token, target))
        step.command.write(*target, *values)
