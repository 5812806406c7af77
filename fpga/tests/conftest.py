"""What the RTL tests share: a printed random seed, and cocotb runs in cached build folders."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from spinloop.fpga.cosim import build, tools

TESTS = Path(__file__).resolve().parent
BUILD = TESTS.parents[1] / "build" / "rtl"
SEED_VARIABLE = "SPINLOOP_TEST_SEED"

# Unknown values become random ones, new with each run's seed: a register that lacks a reset it needs shows up.
_BUILD_FLAGS = ["-O1", "--x-assign", "unique", "--x-initial", "unique", "-Wall", "-Wno-fatal", f"-I{build.RTL}"]


@pytest.fixture
def seed() -> int:
    """A new seed for each test, printed; set SPINLOOP_TEST_SEED to repeat a run."""
    value = int(os.environ.get(SEED_VARIABLE) or secrets.randbits(31))
    print(f"{SEED_VARIABLE}={value}")
    return value


@pytest.fixture
def run_cocotb(seed: int, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run `cocotb_<block>.py` on the Verilated block of that name; missing tools fail here, by name."""
    for name, value in tools.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYGPI_USERS_QUIET", "1")
    from cocotb_tools.runner import get_results, get_runner

    def run(block: str, **parameters: int) -> None:
        digest = hashlib.sha256(repr((_BUILD_FLAGS, parameters)).encode())
        digest.update(tools.versions(dict(os.environ)).encode())
        digest.update(importlib.metadata.version("cocotb").encode())
        for source in sorted(build.RTL.glob("*.sv*")):
            digest.update(source.name.encode() + source.read_bytes())
        folder = BUILD / f"{block}-{digest.hexdigest()[:16]}"
        runner = get_runner("verilator")
        runner.build(
            sources=build.rtl_sources(),
            hdl_toplevel=block,
            parameters=parameters,
            build_args=_BUILD_FLAGS,
            build_dir=folder,
            timescale=("1ns", "1ps"),
            log_file=folder / "build.log",
        )
        log = folder / "test.log"
        log.unlink(missing_ok=True)
        try:
            results = runner.test(
                hdl_toplevel=block,
                test_module=f"cocotb_{block}",
                test_dir=TESTS,
                build_dir=folder,
                results_xml=str(folder / "results.xml"),
                seed=seed,
                plusargs=["+verilator+rand+reset+2", f"+verilator+seed+{seed % 0x7FFFFFFF or 1}"],
                log_file=log,
            )
        except SystemExit:  # how the runner reports that a cocotb test failed
            pytest.fail(f"cocotb tests of {block} failed:\n{log.read_text()}", pytrace=False)
        ran, failed = get_results(results)
        assert ran > 0
        assert failed == 0

    return run
