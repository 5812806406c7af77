"""What an argument may be: numbers with units and limits, booleans, words, strings, blocks, channel lists.

A parameter reads the token that the parser found and formats the value for the answer. Limits may depend on the state
of the instrument: a limit is a number, or a function of the target (the device and the header's numeric suffixes).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from spinloop.protocols.scpi.codes import ScpiError
from spinloop.protocols.scpi.parser import Kind, Token

Limit = float | Callable[..., float]
SCPI_INFINITY = 9.9e37  # SCPI-99 volume 1, 7.2.1.4
SCPI_NAN = 9.91e37

# IEEE 488.2, table 7-1. "M" before HZ and OHM means mega, elsewhere milli; "MA" is mega.
_MULTIPLIERS = {
    "EX": 1e18, "PE": 1e15, "T": 1e12, "G": 1e9, "MA": 1e6, "K": 1e3,
    "M": 1e-3, "U": 1e-6, "N": 1e-9, "P": 1e-12, "F": 1e-15, "A": 1e-18,
}  # fmt: skip
_MEGA_UNITS = ("HZ", "OHM")
_WRONG_KIND = {
    Kind.NUMBER: -128,
    Kind.CHARACTER: -148,
    Kind.STRING: -158,
    Kind.BLOCK: -168,
    Kind.EXPRESSION: -178,
}
MAX_CHANNELS = 10_000


def shortened(keyword: str) -> str:
    """The short form of a keyword written as the manuals do, capitals first: `VOLTage` -> `VOLT`."""
    return "".join(c for c in keyword if not c.islower())


def number_text(value: float, form: str = ".6E") -> str:
    """A number as response data; infinity and not-a-number become SCPI's 9.9E+37 and 9.91E+37."""
    if math.isnan(value):
        value = SCPI_NAN
    elif math.isinf(value):
        value = math.copysign(SCPI_INFINITY, value)
    return format(value, form)


class Parameter:
    """One argument of a command. Subclasses say what it may be."""

    def read(self, token: Token, target: Sequence[Any]) -> Any:
        """The value of a token.

        Args:
            token: what was typed.
            target: the device, then the header's numeric suffixes; limits may depend on them.

        Raises:
            ScpiError: what is wrong with it.
        """
        raise NotImplementedError

    def text(self, value: Any) -> str:
        """The value as response data."""
        return str(value)

    def limit(self, word: str, target: Sequence[Any]) -> Any:
        """The value that MINimum, MAXimum or DEFault stands for."""
        raise ScpiError(-148, word)


class Number(Parameter):
    """A decimal number, its unit and its limits.

    Args:
        low: smallest value, in `unit`.
        high: largest value.
        default: what DEFault means; None where the instrument has none.
        unit: unit without multiplier, in capitals; "" takes no unit at all.
        words: further words with their values, as `{"INFinity": math.inf}`.
        form: format of the answer.
        whole: round to a whole number, as IEEE 488.2 asks for where only integers make sense.
    """

    def __init__(
        self,
        low: Limit = -math.inf,
        high: Limit = math.inf,
        default: Limit | None = None,
        *,
        unit: str = "",
        words: dict[str, float] | None = None,
        form: str = ".6E",
        whole: bool = False,
    ) -> None:
        self._limits: dict[str, Limit | None] = {"MINimum": low, "MAXimum": high, "DEFault": default}
        self._unit = unit
        self._words = {form.upper(): value for word, value in (words or {}).items() for form in (word, shortened(word))}
        self._form = "d" if whole else form
        self._whole = whole

    def read(self, token: Token, target: Sequence[Any]) -> float | int:
        """A number within the limits, in the base unit."""
        if token.kind is Kind.CHARACTER:
            if token.text in self._words:
                return self._words[token.text]
            return self.limit(token.text, target)
        if token.kind is not Kind.NUMBER:
            raise ScpiError(_WRONG_KIND[token.kind])
        value = float(token.text) * self._multiplier(token.unit)
        if not math.isfinite(value):
            raise ScpiError(-222, f"{token.text} is not a finite number")
        if abs(value) >= SCPI_INFINITY and math.inf in self._words.values():
            return math.copysign(math.inf, value)
        low, high = self._value("MINimum", target), self._value("MAXimum", target)
        # One part in 1e12: what multiplying by a unit may lose must not refuse the limit itself ("1.5 NS").
        slack = 1e-12 * abs(value)
        if not low - slack <= value <= high + slack:
            raise ScpiError(-222, f"{value:g} is outside {low:g} to {high:g}{' ' if self._unit else ''}{self._unit}")
        return round(value) if self._whole else value

    def text(self, value: Any) -> str:
        """NR1 for whole numbers, else NR3."""
        return str(int(value)) if self._whole and math.isfinite(value) else number_text(value, self._form)

    def limit(self, word: str, target: Sequence[Any]) -> float | int:
        """MINimum, MAXimum or DEFault in long or short form."""
        for name in self._limits:
            if word in (name.upper(), shortened(name)):
                value = self._value(name, target)
                return round(value) if self._whole and math.isfinite(value) else value
        raise ScpiError(-224 if self._words else -141, word)

    def _value(self, name: str, target: Sequence[Any]) -> float:
        limit = self._limits[name]
        if limit is None:
            raise ScpiError(-224, f"{name} has no meaning here")
        return limit if isinstance(limit, int | float) else limit(*target)

    def _multiplier(self, suffix: str) -> float:
        if not suffix:
            return 1.0
        if not self._unit:
            raise ScpiError(-138, suffix)
        if suffix == self._unit:
            return 1.0
        head = suffix.removesuffix(self._unit)
        if head != suffix and head in _MULTIPLIERS:
            return 1e6 if head == "M" and self._unit in _MEGA_UNITS else _MULTIPLIERS[head]
        raise ScpiError(-131, f"{suffix} is not {self._unit}")


class Boolean(Parameter):
    """ON, OFF or a number, which is rounded: zero is off, everything else is on (SCPI-99, 7.3)."""

    def read(self, token: Token, target: Sequence[Any]) -> bool:
        """True for on."""
        if token.kind is Kind.CHARACTER and token.text in ("ON", "OFF"):
            return token.text == "ON"
        if token.kind is Kind.NUMBER:
            if token.unit:
                raise ScpiError(-138, token.unit)
            value = float(token.text)
            return math.isinf(value) or round(value) != 0
        raise ScpiError(-141 if token.kind is Kind.CHARACTER else _WRONG_KIND[token.kind], token.text)

    def text(self, value: Any) -> str:
        """1 or 0."""
        return "1" if value else "0"


class Choice(Parameter):
    """One of several words in long or short form; the value, and the answer, is the short form.

    Args:
        words: each as the manual writes it, capitals first: `IMMediate`.
        aliases: further spellings and the short form each stands for.
        quoted: a string is taken too (Keithley's `:SENS:FUNC "VOLT"`), and the answer is quoted.
    """

    def __init__(self, *words: str, aliases: dict[str, str] | None = None, quoted: bool = False) -> None:
        self._words = {form.upper(): shortened(word) for word in words for form in (word, shortened(word))}
        self._words |= aliases or {}
        self._listed = ", ".join(words)
        self._quoted = quoted

    def read(self, token: Token, target: Sequence[Any]) -> str:
        """The short form."""
        if token.kind is Kind.CHARACTER or (self._quoted and token.kind is Kind.STRING):
            found = self._words.get(token.text.upper())
            if found is None:
                raise ScpiError(-224, f"{token.text} is none of {self._listed}")
            return found
        raise ScpiError(_WRONG_KIND[token.kind], token.text)

    def text(self, value: Any) -> str:
        """The short form, in quotes where the instrument quotes it."""
        return f'"{value}"' if self._quoted else str(value)


class String(Parameter):
    """A quoted string.

    Args:
        longest: most characters.
        word: character data is taken too (names of stored waveforms).
    """

    def __init__(self, longest: int = 256, *, word: bool = False) -> None:
        self._longest = longest
        self._word = word

    def read(self, token: Token, target: Sequence[Any]) -> str:
        """The text between the quotes."""
        if token.kind is not Kind.STRING and not (self._word and token.kind is Kind.CHARACTER):
            raise ScpiError(_WRONG_KIND[token.kind], token.text)
        if len(token.text) > self._longest:
            raise ScpiError(-151, f"at most {self._longest} characters")
        return token.text

    def text(self, value: Any) -> str:
        """The string in double quotes, inner ones doubled."""
        return '"' + str(value).replace('"', '""') + '"'


class Block(Parameter):
    """Arbitrary block data: bytes."""

    def read(self, token: Token, target: Sequence[Any]) -> bytes:
        """The payload."""
        if token.kind is not Kind.BLOCK:
            raise ScpiError(_WRONG_KIND[token.kind], token.text)
        return token.data


class Channels(Parameter):
    """A channel list, `(@1101,1103:1105)` (SCPI-99 volume 1, 8.3.2): whole numbers and ranges of them."""

    _ITEM = re.compile(r"\s*([0-9]{1,9})\s*(?::\s*([0-9]{1,9})\s*)?")

    def read(self, token: Token, target: Sequence[Any]) -> list[int]:
        """The channels in the order named; a range that runs down counts down."""
        if token.kind is not Kind.EXPRESSION:
            raise ScpiError(_WRONG_KIND[token.kind], token.text)
        if not token.text.startswith("@"):
            raise ScpiError(-171, token.text[:20])
        channels: list[int] = []
        for item in token.text[1:].split(","):
            found = self._ITEM.fullmatch(item)
            if found is None:
                raise ScpiError(-171, item[:20])
            first = int(found.group(1))
            last = first if found.group(2) is None else int(found.group(2))
            if len(channels) + abs(last - first) >= MAX_CHANNELS:
                raise ScpiError(-223, f"more than {MAX_CHANNELS} channels")
            step = 1 if last >= first else -1
            channels += range(first, last + step, step)
        return channels

    def text(self, value: Any) -> str:
        """`(@1101,1102)`."""
        return "(@" + ",".join(str(channel) for channel in value) + ")"
