"""What an update of a p-bit costs in a dense network, one after the other, against numpy doing the same.

Run `python -m benchmarks.pbits` (add `--json` for one object on each line). Both sides run on one thread, in turns, and
are timed by the CPU; medians are taken. Both sample the same law: their mean energies are held to each other.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.physics.pbits import PBits, energies
from threadpoolctl import threadpool_limits

from benchmarks._report import figure

SIZE = 1024
ROUNDS = 7
SWEEPS = 100
NUMPY_SWEEPS = 2
SETTLING = 200


class Numpy:
    """Sequential updates, each a vectorised product of one row with all states; random numbers a sweep at a time."""

    def __init__(self, couplings: NDArray[Any], own: NDArray[Any]) -> None:
        self.couplings = np.ascontiguousarray(couplings, dtype=np.float32)
        self.own = np.asarray(own, dtype=np.float32)
        self.states = np.full(len(own), -1.0, dtype=np.float32)
        self.random = np.random.Generator(np.random.SFC64(1))

    def sweep(self, sweeps: int, beta: float) -> None:
        """The law m = sgn(tanh(I) - r), with both sides put through the inverse of tanh."""
        for _ in range(sweeps):
            thresholds = np.arctanh(2.0 * self.random.random(self.own.size) - 1.0) / beta - self.own
            for i, (row, threshold) in enumerate(zip(self.couplings, thresholds.tolist(), strict=True)):
                self.states[i] = 1.0 if row @ self.states > threshold else -1.0


class PlainNumpy(Numpy):
    """The same as a textbook has it: a hyperbolic tangent and a random number for each update."""

    def sweep(self, sweeps: int, beta: float) -> None:
        """The law m = sgn(tanh(I) - r), literally."""
        for _ in range(sweeps):
            for i in range(self.own.size):
                field = np.tanh(beta * (self.own[i] + self.couplings[i] @ self.states))
                self.states[i] = np.sign(field - self.random.uniform(-1.0, 1.0))


def network() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gaussian couplings to all, of variance 1 / n (Sherrington and Kirkpatrick), and no fields of its own."""
    couplings = np.triu(np.random.default_rng(1).normal(0.0, 1.0 / np.sqrt(SIZE), (SIZE, SIZE)), 1)
    return couplings + couplings.T, np.zeros(SIZE)


def mean_energy(side: Any, sweeps: int, beta: float, settling: int) -> float:
    """Mean energy for each p-bit over some sweeps, after settling; also warms up."""
    couplings, own = network()
    side.sweep(settling, beta)
    total = 0.0
    for _ in range(sweeps):
        side.sweep(1, beta)
        total += float(energies(np.asarray(side.states, dtype=float), couplings, own))
    return total / sweeps / SIZE


def measure(beta: float, bounded: bool) -> list[dict[str, Any]]:
    """T7: updates per CPU-second at one inverse temperature."""
    couplings, own = network()
    ours = PBits(couplings, own, seed=1)
    others = {
        "numpy, a row product each": Numpy(couplings, own),
        "numpy, tanh and random number each": PlainNumpy(couplings, own),
    }
    mine = mean_energy(ours, 400, beta, SETTLING)
    # Below the glass temperature (beta 1) chains of this length agree to some 2 %; a wrong law is 10 % and more off.
    for each in others.values():
        found = mean_energy(each, 20, beta, 60)
        assert abs(found / mine - 1.0) < 0.06, f"another law: {found} against {mine}"
    rates: dict[str, list[float]] = {name: [] for name in ("ours", *others)}
    for _ in range(ROUNDS):
        start = time.process_time()
        ours.sweep(SWEEPS, beta)
        rates["ours"].append(SWEEPS * SIZE / (time.process_time() - start) / 1e6)
        for name, each in others.items():
            start = time.process_time()
            each.sweep(NUMPY_SWEEPS, beta)
            rates[name].append(NUMPY_SWEEPS * SIZE / (time.process_time() - start) / 1e6)
    value = statistics.median(rates["ours"])
    lines = []
    for name in others:
        ratio = statistics.median(one / other for one, other in zip(rates["ours"], rates[name], strict=True))
        title = f"{'T7 ' if bounded else ''}1024 p-bits, all to all, sequential, beta = {beta:g}"
        against = f"{name}, {statistics.median(rates[name]):.3g} M/core-s"
        lines.append(
            figure(title, value, "M updates/core-s", against, ratio, *((20.0, 100.0) if bounded else (None, None)))
        )
    return lines


def main() -> None:
    """Run all, one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on each line")
    as_json = parser.parse_args().json
    with threadpool_limits(1):
        for beta, bounded in ((1.0, True), (2.0, False)):
            for line in measure(beta, bounded):
                text = f"{line['name']}: {line['value']} {line['unit']}, {line['ratio']} x {line['against']}"
                bounds = f" (floor {line['floor']}, goal {line['goal']})"
                print(json.dumps(line) if as_json else text + bounds, flush=True)


if __name__ == "__main__":
    main()
