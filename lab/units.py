"""Numbers with units, and progress, as people read them."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}


def console_beside(as_json: bool) -> Console:
    """Where people read: standard output; when that is for a program, standard error if it is a terminal."""
    from rich.console import Console

    return Console(stderr=as_json, quiet=as_json and not sys.stderr.isatty())


def with_prefix(value: float, unit: str, digits: int = 3) -> str:
    """A value with an SI prefix.

    Example:
        >>> with_prefix(1.234e-8, "J")
        '12.3 nJ'
        >>> with_prefix(999.9, "V")
        '1 kV'
        >>> with_prefix(0.0, "s")
        '0 s'
    """
    if value == 0.0 or not math.isfinite(value):
        return f"{value:g} {unit}"
    rounded = float(f"{value:.{digits - 1}e}")  # first, so that 999.9 becomes 1 k and not 1e+03
    exponent = min(9, max(-15, 3 * math.floor(math.log10(abs(rounded)) / 3)))
    return f"{rounded / 10.0**exponent:.{digits}g} {_PREFIXES[exponent]}{unit}"
