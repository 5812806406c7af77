"""The whole chip at its bus against the golden model, bit for bit; the cocotb tests are in cocotb_spin_top.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.rtl
@pytest.mark.parametrize("size", [16, 64])
def test_spin_top_matches_its_golden_model(run_cocotb: Callable[..., None], size: int) -> None:
    run_cocotb("spin_top", N=size)
