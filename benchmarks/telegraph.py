"""What a telegraph device costs: a million of them under a fresh bias each sample, and one closed-loop update.

Run `python -m benchmarks.telegraph` (add `--json` for one object on each line). Both sides run on one thread, in turns,
and are timed by the CPU; medians are taken. Both are held to the exact probabilities of the same devices.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.devices.telegraph_population import TelegraphPopulation
from spinloop.emulator.physics.telegraph import probability_of_one, telegraph_rates

from benchmarks._report import figure

DEVICES = 1_000_000
SAMPLES = 8
ROUNDS = 7
ATTEMPT_HERTZ = 1e9
SIGMAS = 5.3  # a false alarm of the check once in 1e7 runs

Floats = NDArray[np.float32]


class Numpy:
    """The same law in vectorised numpy, single precision and the fastest of its generators."""

    def __init__(self, barrier_kt: Floats) -> None:
        self.barrier_kt = barrier_kt
        self.base_hertz = np.float32(ATTEMPT_HERTZ) * np.exp(-barrier_kt)
        self.state = np.zeros(barrier_kt.size, dtype=np.float32)
        self.random = np.random.Generator(np.random.SFC64(1))

    def sample(self, bias: Floats, seconds: float, out: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """One look after each row of bias."""
        bits = np.empty(bias.shape, dtype=np.bool_) if out is None else out
        for row, now in zip(bias, bits, strict=True):
            tilt = np.exp(self.barrier_kt * row)
            up = self.base_hertz * tilt
            total = up + self.base_hertz / tilt
            share = up / total
            chance = share + (self.state - share) * np.exp(-total * np.float32(seconds))
            np.less(self.random.random(row.size, dtype=np.float32), chance, out=now)
            self.state = now.astype(np.float32)
        return bits


def parts(devices: int, rows: int) -> tuple[Floats, Floats]:
    """Barriers of 5 +- 0.3 kT and a bias within +- 0.3."""
    random = np.random.default_rng(1)
    barrier = np.clip(random.normal(5.0, 0.3, devices), 2.0, 12.0).astype(np.float32)
    return barrier, random.uniform(-0.3, 0.3, (rows, devices)).astype(np.float32)


def check(bits: NDArray[Any], barrier: Floats, bias: Floats, seconds: float) -> None:
    """Ones after the first sample, from state 0, and after the second, from where they were, in the exact number."""
    was = np.zeros(barrier.size)
    for row, now in zip(bias[:2].astype(float), bits[:2], strict=True):
        from_zero, from_one = probability_of_one(*telegraph_rates(row, barrier, ATTEMPT_HERTZ), seconds)
        chance = np.where(was > 0, from_one, from_zero)
        spread = math.sqrt(float((chance * (1 - chance)).sum()))
        assert abs(float(now.sum(dtype=float) - chance.sum())) < SIGMAS * spread, "another law"
        was = now.astype(float)


def cpu_seconds(call: Callable[[], object], times: int = 1) -> float:
    """CPU time of one call."""
    start = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - start) / times


def fresh_bias(relaxations: float, floor: float = 4.0, goal: float = 6.0) -> list[dict[str, Any]]:
    """T3: as many samples a second as one core gives, and how many times numpy's."""
    barrier, bias = parts(DEVICES, SAMPLES)
    seconds = relaxations / (2.0 * ATTEMPT_HERTZ * math.exp(-5.0))
    ours, theirs = TelegraphPopulation(barrier, ATTEMPT_HERTZ, seed=1, threads=1), Numpy(barrier)
    check(ours.sample(bias, SAMPLES, seconds), barrier, bias, seconds)
    check(theirs.sample(bias, seconds), barrier, bias, seconds)
    out, bools = np.empty(bias.shape, dtype=np.uint8), np.empty(bias.shape, dtype=np.bool_)
    pairs = [
        (
            cpu_seconds(lambda: ours.sample(bias, SAMPLES, seconds, out=out)),
            cpu_seconds(lambda: theirs.sample(bias, seconds, bools)),
        )
        for _ in range(ROUNDS)
    ]
    rate, base = (DEVICES * SAMPLES / statistics.median(side) / 1e9 for side in zip(*pairs, strict=True))
    ratio = statistics.median(other / one for one, other in pairs)
    name = f"T3 telegraph, 1e6 devices, fresh bias, relaxation x interval = {relaxations:g}"
    against = f"vectorised numpy {base:.3f} G samples/s"
    return [
        figure(name, rate, "G samples/core-s", against, ratio, floor, goal),
        figure(f"{name}, rate alone", rate, "G samples/core-s", "-", None, 0.4, 0.8),
    ]


def held_bias() -> dict[str, Any]:
    """The same with a bias that is held, against the method that computes the probabilities anew."""
    barrier, bias = parts(DEVICES, 1)
    ours = TelegraphPopulation(barrier, ATTEMPT_HERTZ, seed=1, threads=1)
    start = ours.state()
    cached = ours.sample(bias[0], SAMPLES, 1e-9)
    ours.restore(start)
    assert np.array_equal(ours.sample(bias[0], SAMPLES, 1e-9, "exact"), cached)
    fast = statistics.median(cpu_seconds(lambda: ours.sample(bias[0], SAMPLES, 1e-9)) for _ in range(ROUNDS))
    slow = statistics.median(cpu_seconds(lambda: ours.sample(bias[0], SAMPLES, 1e-9, "exact")) for _ in range(ROUNDS))
    rate = DEVICES * SAMPLES / fast / 1e9
    return figure("telegraph, 1e6 devices, held bias", rate, "G samples/core-s", "exact method", slow / fast, 1.0, 1.5)


def closed_loop(devices: int, floor: float | None, goal: float | None) -> dict[str, Any]:
    """T4: every device advances one sample in a call, under a new bias, on one thread."""
    barrier, bias = parts(devices, 4)
    seconds = 0.02 / (2.0 * ATTEMPT_HERTZ * math.exp(-5.0))
    ours, theirs = TelegraphPopulation(barrier, ATTEMPT_HERTZ, seed=1, threads=1), Numpy(barrier)
    check(np.stack([ours.step(row, seconds) for row in bias]), barrier, bias, seconds)
    times = max(4, 1_000_000 // devices)

    def all_rows() -> None:
        for row in bias:
            ours.step(row, seconds)

    pairs = [
        (cpu_seconds(all_rows, times) / 4, cpu_seconds(lambda: theirs.sample(bias, seconds)) / 4) for _ in range(ROUNDS)
    ]
    mine, base = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(other / one for one, other in pairs)
    name = f"{'T4 ' if floor else ''}closed-loop update of {devices:.0e} telegraph devices"
    return figure(name, mine * 1e3, "ms", f"vectorised numpy {base * 1e3:.3g} ms", ratio, floor, goal)


def main() -> None:
    """Run all, one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on each line")
    as_json = parser.parse_args().json
    lines = [*fresh_bias(0.02), *fresh_bias(0.5), held_bias()]
    lines += [closed_loop(1_000, None, None), closed_loop(100_000, 0.5, 0.2), closed_loop(1_000_000, None, None)]
    for line in lines:
        ratio = "" if line["ratio"] is None else f", {line['ratio']} x {line['against']}"
        bounds = f" (floor {line['floor']}, goal {line['goal']})"
        print(
            json.dumps(line) if as_json else f"{line['name']}: {line['value']} {line['unit']}{ratio}{bounds}",
            flush=True,
        )


if __name__ == "__main__":
    main()
