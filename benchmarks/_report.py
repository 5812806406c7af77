"""What every benchmark prints: one object a line."""

from __future__ import annotations

from typing import Any


def figure(
    name: str,
    value: float,
    unit: str,
    against: str,
    ratio: float | None,
    floor: float | None,
    goal: float | None,
) -> dict[str, Any]:
    """One line of output.

    Args:
        name: what was measured.
        value: how much, rounded here to four digits.
        unit: of the value.
        against: what it was compared with, and that one's value.
        ratio: of the two, where there is one.
        floor: bound that must hold, on the ratio where there is one unless the name says otherwise, else on the value.
        goal: bound that was hoped for.
    """
    return {
        "name": name,
        "value": float(f"{value:.4g}"),
        "unit": unit,
        "against": against,
        "ratio": None if ratio is None else round(ratio, 3),
        "floor": floor,
        "goal": goal,
    }
