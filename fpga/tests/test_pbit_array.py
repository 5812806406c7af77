"""The p-bits against the golden model, bit for bit; the cocotb tests are in cocotb_pbit_array.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.rtl
@pytest.mark.parametrize("size", [8, 64])
def test_pbit_array_matches_its_golden_model(run_cocotb: Callable[..., None], size: int) -> None:
    run_cocotb("pbit_array", N=size)
