"""From bytes to program message units: headers and typed, still unread arguments (IEEE 488.2 chapter 7, SCPI-99 5, 6).

Knows the grammar and nothing of any instrument: which headers exist is the business of `tree`, what an argument may
be is that of `values`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from spinloop.protocols.scpi.block import block_extent
from spinloop.protocols.scpi.codes import ScpiError

MAX_MNEMONIC_LETTERS = 12  # IEEE 488.2, section 7.6.1.4.1
MAX_WORD_LETTERS = 64  # the standard says 12; names of stored waveforms and buffers are longer
MAX_NUMBER_DIGITS = 255  # IEEE 488.2, section 7.7.2.4.1
MAX_EXPONENT = 32000
NEWLINE = 10


class Kind(Enum):
    """What an argument looks like; what it means depends on the command."""

    NUMBER = "number"
    CHARACTER = "character data"
    STRING = "string"
    BLOCK = "block"
    EXPRESSION = "expression"


@dataclass(frozen=True, slots=True)
class Token:
    """One argument as it was typed.

    Attributes:
        kind: what it looks like.
        text: a number without its unit, a word in capitals, the inside of a string, or of an expression's brackets.
        unit: a number's suffix in capitals, "" if none.
        data: the payload of a block.
    """

    kind: Kind
    text: str = ""
    unit: str = ""
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Unit:
    """One command or query of a message.

    Attributes:
        path: each mnemonic in capitals with its numeric suffix (None where none was typed).
        common: it began with `*`; such commands leave the header path alone.
        absolute: it began with a colon.
        query: it ended with `?`.
        arguments: in the order typed.
    """

    path: tuple[tuple[str, int | None], ...]
    common: bool
    absolute: bool
    query: bool
    arguments: tuple[Token, ...]

    @property
    def header(self) -> str:
        """The header as one would type it, for error messages."""
        typed = ":".join(f"{name}{'' if suffix is None else suffix}" for name, suffix in self.path)
        return f"{'*' if self.common else ':' if self.absolute else ''}{typed}{'?' if self.query else ''}"


_SPACE = re.compile(r"[\x00-\x20]*")
_HEADER = re.compile(r"(:?\*|:?)([A-Za-z][A-Za-z0-9_]*(?::[A-Za-z][A-Za-z0-9_]*)*)(\?)?")
_MNEMONIC = re.compile(r"([A-Za-z_](?:[A-Za-z0-9_]*[A-Za-z_])?)([0-9]{1,9})?")
_NUMBER = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:[\x00-\x20]*[Ee][\x00-\x20]*([+-]?[0-9]+))?")
_UNIT = re.compile(r"[\x00-\x20]*([/A-Za-z][/A-Za-z0-9.-]*)")
_NON_DECIMAL = re.compile(r"#([HQBhqb])([0-9A-Fa-f]+)")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_BASES = {"H": 16, "Q": 8, "B": 2}


def message_end(buffer: bytes) -> int | None:
    r"""Index of the newline that ends the first message, or None while it is still coming in.

    A newline inside block data is data. One inside a quoted string ends the message all the same: a forgotten quote
    must not swallow everything that follows.

    Example:
        >>> message_end(b"DATA #12\n\n\nNEXT")
        10
    """
    position = 0
    quote = 0
    while position < len(buffer):
        byte = buffer[position]
        if byte == NEWLINE:
            return position
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == ord("#") and position + 1 < len(buffer) and chr(buffer[position + 1]).isdigit():
            try:
                extent = block_extent(buffer, position)
            except ScpiError:
                position += 1  # the parser will say what is wrong with it
                continue
            if extent is None:
                return None
            if extent[1] < 0:  # lasts until a newline with END, which is the last byte that came
                return len(buffer) - 1 if buffer.endswith(b"\n") else None
            position = extent[1]
            continue
        position += 1
    return None


def parse(message: bytes) -> tuple[list[Unit], ScpiError | None]:
    """Take one program message apart, up to its end or its first fault.

    Args:
        message: without the terminating newline.

    Returns:
        The units before the fault, which are to be carried out, and the fault or None.

    Example:
        >>> units, fault = parse(b":SOUR:VOLT 20 mV;*OPC?")
        >>> units[0].path, units[0].arguments[0].text, units[0].arguments[0].unit
        ((('SOUR', None), ('VOLT', None)), '20', 'MV')
    """
    text = message.decode("latin-1")
    units: list[Unit] = []
    position = 0
    try:
        while True:
            position = _skip_space(text, position)
            if position == len(text):
                return units, None
            if text[position] == ";":
                position += 1
                continue
            unit, position = _unit(text, message, position)
            units.append(unit)
    except ScpiError as error:
        return units, error


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _unit(text: str, message: bytes, position: int) -> tuple[Unit, int]:
    found = _HEADER.match(text, position)
    if found is None:
        code = -101 if not text[position].isascii() else -102
        raise ScpiError(code, repr(text[position : position + 12]))
    lead, typed, question = found.groups()
    position = found.end()
    if position < len(text) and text[position] not in ";" and text[position] > " ":
        raise ScpiError(-111, text[found.start() : position + 1])
    arguments, position = _arguments(text, message, _skip_space(text, position))
    # A colon before a common command is not in the standard; instruments take it, and drivers send it (":*CLS").
    common = lead.endswith("*")
    path = tuple(_mnemonic(part) for part in typed.split(":"))
    if common and len(path) > 1:
        raise ScpiError(-113, typed)
    return Unit(path, common, lead == ":", question is not None, arguments), position


def _mnemonic(typed: str) -> tuple[str, int | None]:
    found = _MNEMONIC.fullmatch(typed)
    if found is None:
        raise ScpiError(-114, typed[:20])
    name, suffix = found.groups()
    if len(name) > MAX_MNEMONIC_LETTERS:
        raise ScpiError(-112, name[:20])
    return name.upper(), None if suffix is None else int(suffix)


def _arguments(text: str, message: bytes, position: int) -> tuple[tuple[Token, ...], int]:
    arguments: list[Token] = []
    if position == len(text) or text[position] == ";":
        return (), position
    while True:
        if position == len(text) or text[position] in ",;":
            raise ScpiError(-109)
        token, position = _token(text, message, position)
        arguments.append(token)
        position = _skip_space(text, position)
        if position == len(text) or text[position] == ";":
            return tuple(arguments), position
        if text[position] != ",":
            raise ScpiError(-103, repr(text[position : position + 8]))
        position = _skip_space(text, position + 1)


def _token(text: str, message: bytes, position: int) -> tuple[Token, int]:
    first = text[position]
    if first in "\"'":
        return _string(text, position)
    if first == "(":
        return _expression(text, position)
    if first == "#":
        return _hash(text, message, position)
    if first.isascii() and first.isalpha():
        found = _WORD.match(text, position)
        assert found is not None  # noqa: S101 - the letter above is a word already
        if found.end() - position > MAX_WORD_LETTERS:
            raise ScpiError(-144, found.group()[:20])
        return Token(Kind.CHARACTER, found.group().upper()), found.end()
    return _number(text, position)


def _number(text: str, position: int) -> tuple[Token, int]:
    found = _NUMBER.match(text, position)
    if found is None:
        raise ScpiError(-121 if text[position] in "+-." else -101, repr(text[position : position + 8]))
    mantissa, exponent = found.groups()
    if sum(c.isdigit() for c in mantissa) > MAX_NUMBER_DIGITS:
        raise ScpiError(-124)
    if exponent is not None and (len(exponent) > 6 or abs(int(exponent)) > MAX_EXPONENT):
        raise ScpiError(-123, exponent[:8])
    end = found.end()
    unit = _UNIT.match(text, end)
    if unit is None:
        return Token(Kind.NUMBER, mantissa + (f"e{exponent}" if exponent is not None else "")), end
    if len(unit.group(1)) > MAX_MNEMONIC_LETTERS:
        raise ScpiError(-134, unit.group(1)[:20])
    number = mantissa + (f"e{exponent}" if exponent is not None else "")
    return Token(Kind.NUMBER, number, unit.group(1).upper()), unit.end()


def _string(text: str, position: int) -> tuple[Token, int]:
    quote = text[position]
    inside: list[str] = []
    position += 1
    while True:
        end = text.find(quote, position)
        if end < 0:
            raise ScpiError(-151, "the closing quote is missing")
        inside.append(text[position:end])
        if text[end + 1 : end + 2] != quote:
            return Token(Kind.STRING, quote.join(inside)), end + 1
        position = end + 2


def _expression(text: str, position: int) -> tuple[Token, int]:
    depth = 0
    for index in range(position, len(text)):
        if text[index] == "(":
            depth += 1
        elif text[index] == ")":
            depth -= 1
            if depth == 0:
                return Token(Kind.EXPRESSION, text[position + 1 : index].strip()), index + 1
    raise ScpiError(-171, "the closing bracket is missing")


def _hash(text: str, message: bytes, position: int) -> tuple[Token, int]:
    found = _NON_DECIMAL.match(text, position)
    if found is not None:
        letter, digits = found.groups()
        try:
            return Token(Kind.NUMBER, str(int(digits, _BASES[letter.upper()]))), found.end()
        except ValueError:
            raise ScpiError(-121, found.group()[:20]) from None
    if not text[position + 1 : position + 2].isdigit():
        raise ScpiError(-161, repr(text[position : position + 8]))
    extent = block_extent(message, position)
    if extent is None:
        raise ScpiError(-161, "the block ends before its length")
    start, end = extent
    if end < 0:
        end = len(message)
    if end > len(message):
        raise ScpiError(-161, f"{len(message) - start} of {end - start} bytes came")
    return Token(Kind.BLOCK, data=message[start:end]), end
