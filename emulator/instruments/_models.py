"""Which models there are: every module here whose name does not begin with an underscore is one."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from spinloop.emulator.instruments._front import Front


def model_names() -> list[str]:
    """Names that a bench file may use as `model`."""
    return sorted(each.name for each in pkgutil.iter_modules([str(Path(__file__).parent)]) if each.name[0] != "_")


def front_class(model: str) -> type[Front]:
    """The front of a model.

    Raises:
        KeyError: there is no such model.
    """
    if model not in model_names():
        raise KeyError(model)
    found: type[Front] = importlib.import_module(f"spinloop.emulator.instruments.{model}").FRONT
    return found
