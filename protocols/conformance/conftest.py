"""Options and fixtures of the conformance suite."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from spinloop.protocols.chip import Block, Chip
from spinloop.protocols.connect import connect


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chip", required=False, help="URL of the chip to test, e.g. emulator:tile16")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if items and not config.getoption("--chip"):
        raise pytest.UsageError("the conformance suite needs a chip: add --chip URL, e.g. --chip emulator:tile16")


@pytest.fixture(scope="session")
def chip(request: pytest.FixtureRequest) -> Iterator[Chip]:
    with connect(request.config.getoption("--chip")) as opened:
        yield opened


def only(chip: Chip, kind: str) -> Block:
    """The first block of a kind; a chip without one has nothing to conform to there."""
    for name, info in chip.info.blocks.items():
        if info.kind == kind:
            return chip[name]
    pytest.skip(f"chip {chip.info.name} declares no block of kind {kind}")


@pytest.fixture
def crossbar(chip: Chip) -> Block:
    return only(chip, "crossbar")


@pytest.fixture
def neurons(chip: Chip) -> Block:
    return only(chip, "stochastic_neurons")


@pytest.fixture
def corner(crossbar: Block) -> np.ndarray:
    """A few cells, few enough for a bench that reads them one by one, shape (cells, 2)."""
    rows, cols = crossbar.shape
    return np.stack(np.meshgrid(np.arange(min(3, rows)), np.arange(min(4, cols)), indexing="ij"), -1).reshape(-1, 2)
