"""One generator against the golden model, bit for bit; the cocotb tests are in cocotb_xoshiro128p.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.rtl
def test_xoshiro128p_matches_its_golden_model(run_cocotb: Callable[..., None]) -> None:
    run_cocotb("xoshiro128p")
