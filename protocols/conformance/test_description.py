"""What a chip says of itself is complete, stable and true to the vocabulary."""

from __future__ import annotations

import math

import msgspec
import pytest
from spinloop.protocols.chip import Chip
from spinloop.protocols.chip_info import ChipInfo
from spinloop.protocols.operations import OPERATIONS, BlockOperation

BLOCK_OPERATIONS = {name for name, kind in OPERATIONS.items() if issubclass(kind, BlockOperation)}


def test_the_description_does_not_change(chip: Chip) -> None:
    assert chip.substrate.describe() == chip.substrate.describe() == chip.info


def test_the_description_survives_the_wire(chip: Chip) -> None:
    assert msgspec.json.decode(msgspec.json.encode(chip.info), type=ChipInfo) == chip.info


def test_names_are_filled_in(chip: Chip) -> None:
    info = chip.info
    assert all((info.name, info.identity, info.substrate, info.version, info.boot))
    assert info.blocks


def test_operations_are_of_the_vocabulary(chip: Chip) -> None:
    assert set(chip.info.operations) <= set(OPERATIONS) - BLOCK_OPERATIONS
    for block in chip.info.blocks.values():
        assert block.operations
        assert set(block.operations) <= BLOCK_OPERATIONS


def test_limits_are_usable(chip: Chip) -> None:
    for name, block in chip.info.blocks.items():
        limits = block.limits
        assert all(math.isfinite(value) and value >= 0 for value in msgspec.structs.astuple(limits)), name
        if "pulse" in block.operations:
            assert 0 < limits.min_pulse_seconds <= limits.max_pulse_seconds
            assert limits.max_write_volts > 0
        if block.kind == "crossbar":
            assert len(block.shape) == 2
            assert block.low_siemens is not None
            assert block.high_siemens is not None
            assert block.read_volts is not None
            assert 0 < block.low_siemens < block.high_siemens
            assert 0 < block.read_volts <= limits.max_read_volts
        if "sample" in block.operations:
            assert 0 < limits.min_interval_seconds <= limits.max_interval_seconds
            assert limits.max_bias_volts > 0


def test_an_unknown_block_is_refused_by_the_view(chip: Chip) -> None:
    from spinloop.protocols.errors import UnknownBlock

    with pytest.raises(UnknownBlock, match="its blocks are"):
        chip["no such block"]
