"""Parameters of a kind of device: one number each, with its unit and the range in which its law means anything."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from spinloop.emulator.physics.checks import within


def quantity(
    unit: str, low: float, high: float = np.inf, *, open_low: bool = False, open_high: bool = False, whole: bool = False
) -> Any:
    """A field of a `Law`.

    Args:
        unit: SI unit, "1" for a ratio.
        low: smallest value allowed; itself refused when `open_low`.
        high: largest value allowed; itself refused when `open_high`.
        open_low: whether `low` itself is out of range.
        open_high: whether `high` itself is out of range.
        whole: whether only whole numbers are allowed.
    """
    bounds = {"low": low, "high": high, "open_low": open_low, "open_high": open_high}
    return field(metadata={"unit": unit, "whole": whole, "bounds": bounds})


def size(unit: str) -> Any:
    """A field that must be more than zero."""
    return quantity(unit, 0.0, open_low=True)


def spread() -> Any:
    """The standard deviation of a parameter's logarithm between devices, at most 1."""
    return quantity("1", 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Law:
    """Base of the parameter sets: refuses what lies outside the declared ranges.

    Raises:
        BadParameter, NotFinite: at construction, with name, value and range.
    """

    def __post_init__(self) -> None:
        for each in fields(self):
            value = within(each.name, getattr(self, each.name), **each.metadata["bounds"])
            if each.metadata["whole"]:
                within(f"{each.name} - round({each.name})", value - np.round(value), 0.0, 0.0)


def units(law: type[Law]) -> dict[str, str]:
    """Unit of each parameter of a kind of device."""
    return {each.name: each.metadata["unit"] for each in fields(law)}
