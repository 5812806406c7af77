"""What the tests of the emulated bench share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from spinloop.emulator.bench import Bench, bench_path, read_bench_file, reset_benches
from spinloop.emulator.clock import VirtualClock
from spinloop.emulator.instruments import Front, front_class

# A noisy machine must never decide a test: laws are checked without a deadline for an example.
settings.register_profile("bench", deadline=None)
settings.load_profile("bench")

SMU = "USB0::0x05E6::0x2450::04400001::INSTR"
PULSER = "USB0::0x0957::0x4108::MY50000001::INSTR"
MATRIX = "TCPIP0::192.168.0.2::inst0::INSTR"


@pytest.fixture(autouse=True)
def fresh_benches() -> Iterator[None]:
    """No test meets the bench of another."""
    reset_benches()
    yield
    reset_benches()


@pytest.fixture
def front() -> Callable[..., Front]:
    """Makes an instrument on a shelf, connected to nothing."""

    def make(model: str, **options: Any) -> Front:
        kind = front_class(model)
        checked = {key: kind.OPTIONS[key](value) for key, value in options.items()}
        return kind(model, VirtualClock(), np.random.default_rng(20261120), checked)

    return make


@pytest.fixture
def ask() -> Callable[[Front, str], str | None]:
    """Writes one message and reads the answer, if there is one."""

    def exchange(device: Front, message: str) -> str | None:
        device.write(message.encode("latin-1") + b"\n")
        if not device.exchange.waiting:
            return None
        got = device.read(10_000_000)
        assert got is not None
        assert got[1], "an answer ends with END"
        return got[0].decode("latin-1").rstrip("\n")

    return exchange


@pytest.fixture
def bench_file(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a bench file and returns its path."""

    def write(content: str) -> Path:
        path = tmp_path / "bench.toml"
        path.write_text(content, encoding="utf-8")
        return path

    return write


class ResistorPads:
    """A crossbar of known, constant conductances with ideal wires; remembers the pulses that reach it."""

    def __init__(self, siemens: np.ndarray) -> None:
        self.siemens = siemens
        self.rows, self.cols = siemens.shape
        self.pulses: list[tuple[dict[str, float], float, int]] = []

    def admittance_siemens(self, connected: np.ndarray, noisy: bool = True) -> np.ndarray:
        on = np.where(connected[: self.rows, None], self.siemens, 0.0)
        full = np.block([[np.diag(on.sum(axis=1)), -on], [-on.T, np.diag(on.sum(axis=0))]])
        keep, drop = np.flatnonzero(connected), np.flatnonzero(~connected)
        inner = full[np.ix_(drop, drop)] + 1e-18 * np.eye(len(drop))
        return full[np.ix_(keep, keep)] - full[np.ix_(keep, drop)] @ np.linalg.solve(inner, full[np.ix_(drop, keep)])

    def fire_pulse(self, connected: np.ndarray, pad_volts: np.ndarray, width_seconds: float, count: int) -> None:
        names = [f"word{row}" for row in range(self.rows)] + [f"bit{col}" for col in range(self.cols)]
        wired = [name for name, on in zip(names, connected, strict=True) if on]
        volts = {name: float(value) for name, value in zip(wired, pad_volts, strict=True)}
        self.pulses.append((volts, width_seconds, count))


@pytest.fixture
def resistor_bench() -> Callable[[np.ndarray], tuple[Bench, ResistorPads]]:
    """The shipped tile16 bench with known resistors in the socket instead of a chip."""

    def build(siemens: np.ndarray) -> tuple[Bench, ResistorPads]:
        pads = ResistorPads(siemens)
        return Bench(read_bench_file(bench_path("tile16")), pads=pads), pads

    return build
