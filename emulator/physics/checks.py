"""Refuse parameters that no law has a meaning for, by name, value and range."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape


def finite(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """The value as an array of floats.

    Raises:
        NotFinite: it holds NaN or infinity.
    """
    array = np.asarray(value, dtype=np.float64)
    if not np.isfinite(array).all():
        raise NotFinite(f"{name} holds NaN or infinity", "finite numbers", "find where it comes from")
    return array


def within(
    name: str,
    value: ArrayLike,
    low: float,
    high: float = np.inf,
    *,
    open_low: bool = False,
    open_high: bool = False,
) -> NDArray[np.float64]:
    """The value as an array of floats, all of them in a range.

    Args:
        name: as the caller spells it.
        value: what to check.
        low: smallest value allowed; itself refused when `open_low`.
        high: largest value allowed; itself refused when `open_high`.
        open_low: whether `low` itself is out of range.
        open_high: whether `high` itself is out of range.

    Raises:
        NotFinite: it holds NaN or infinity.
        BadParameter: part of it lies outside.

    Example:
        >>> within("damping", -0.1, 0.0, open_low=True)
        Traceback (most recent call last):
        spinloop.protocols.errors.BadParameter: damping = -0.1; more than 0; correct this parameter
    """
    array = finite(name, value)
    below = array <= low if open_low else array < low
    above = array >= high if open_high else array > high
    if below.any() or above.any():
        worst = array[below | above].flat[0]
        lower = f"{'more than' if open_low else 'at least'} {low:g}" if np.isfinite(low) else ""
        upper = f"{'less than' if open_high else 'at most'} {high:g}" if np.isfinite(high) else ""
        allowed = " and ".join(part for part in (lower, upper) if part)
        raise BadParameter(f"{name} = {worst:g}", allowed, "correct this parameter", value=float(worst))
    return array


def positive(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """The value as an array of floats, all of them more than zero; errors as in `within`."""
    return within(name, value, 0.0, open_low=True)


def same_shape(**arrays: NDArray[Any]) -> tuple[int, ...]:
    """The common shape that the arrays broadcast to.

    Raises:
        WrongShape: they do not broadcast; the message names each.
    """
    try:
        return np.broadcast_shapes(*(np.shape(array) for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {np.shape(array)}" for name, array in arrays.items())
        raise WrongShape(shapes, "shapes that broadcast together", "check which axis means what") from None
