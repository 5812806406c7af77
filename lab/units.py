"""Numbers with units as people read them."""

from __future__ import annotations

import math

_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}


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
