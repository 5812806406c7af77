"""Every example in a docstring runs, and there are some in every room."""

import doctest
import importlib
import pkgutil

import pytest

ROOMS = ("protocols", "emulator", "fpga", "lab")


def modules(room):
    package = importlib.import_module(f"spinloop.{room}")
    names = [each.name for each in pkgutil.walk_packages(package.__path__, f"spinloop.{room}.")]
    return [name for name in names if not {"conformance", "tests"} & set(name.split("."))]


@pytest.mark.parametrize("room", ROOMS)
def test_examples_run(room):
    found = 0
    for name in modules(room):
        outcome = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
        assert outcome.failed == 0, name
        found += outcome.attempted
    print(f"{room}: {found} examples")
    assert found > 0
