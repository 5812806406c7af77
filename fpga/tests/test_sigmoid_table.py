"""The sigmoid table against the golden model, bit for bit; the cocotb tests are in cocotb_sigmoid_table.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.rtl
def test_sigmoid_table_matches_its_golden_model(run_cocotb: Callable[..., None]) -> None:
    run_cocotb("sigmoid_table")
