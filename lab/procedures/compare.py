"""Do two chips behave alike? The same operations on both, and a statistical test for each observable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import fisher_exact, ttest_ind_from_stats
from spinloop.protocols.chip import Block, Chip
from spinloop.protocols.errors import Unsupported

PULSE_SHARES = (0.88, 0.90, 0.92, 0.94)  # of the critical voltage, where the switching curve rises
BIAS_SHARES = (-0.2, -0.08, 0.0, 0.08, 0.2)  # of the critical voltage, where the neurons' curve rises
PROGRAM_TOLERANCE = 0.4
MAX_PULSES = 20
INTERVAL_SECONDS = 2e-6  # many dwell times of a superparamagnetic neuron, so that samples are independent
SEED = 20261120
FEW_DEVICES = 8

Verdict = Literal["equal", "close", "different"]


@dataclass(frozen=True)
class Comparison:
    """One observable on two chips.

    Attributes:
        block: on which block.
        observable: what was compared.
        unit: of the values.
        first: value on the first chip.
        second: value on the second.
        p_value: chance to see a difference this large between equal chips.
        verdict: `equal` when the difference is not significant; `close` when it is, but smaller than the tolerance;
            `different` otherwise.
    """

    block: str
    observable: str
    unit: str
    first: float
    second: float
    p_value: float
    verdict: Verdict


@dataclass(frozen=True)
class _Observation:
    """One number per device or line, or, of yes-or-no events, how many of how many per device.

    Devices differ, so the device is the unit of the test, not the event: Welch's t-test over devices. With a few
    devices only
    there is no spread to estimate, and Fisher's exact test compares the events.
    """

    unit: str
    values: NDArray[np.float64]
    trials: NDArray[np.int64] | None = None

    @property
    def share(self) -> NDArray[np.float64]:
        if self.trials is None:
            return self.values
        tried = self.trials > 0
        return self.values[tried] / self.trials[tried]


def compare_chips(
    first: Chip,
    second: Chip,
    false_alarm: float,
    tolerance: float,
    samples: int,
    tick: Callable[[str], None] = lambda observable: None,
) -> list[Comparison]:
    """Compare every block that both chips have under one name, kind and shape. Writes to both chips.

    Args:
        first: one chip.
        second: the other.
        false_alarm: chance that two equal chips are called anything but equal, shared by all tests (Bonferroni).
        tolerance: relative difference (of probabilities: absolute) up to which a significant difference is `close`.
        samples: repetitions of each counted observable, at least.
        tick: called with the name of each observable, on each chip.

    Raises:
        Unsupported: the chips have no block in common, or a block does not state what the comparison needs.
    """
    pairs = [
        name
        for name, block in first.info.blocks.items()
        if name in second.info.blocks
        and (block.kind, block.shape) == (second.info.blocks[name].kind, second.info.blocks[name].shape)
    ]
    if not pairs:
        raise Unsupported(
            f"comparing {first.info.identity!r} with {second.info.identity!r}",
            "two chips that share a block of one name, kind and shape",
            "see `spinloop info` of both",
        )
    seen = [(name, _observe(first[name], samples, tick), _observe(second[name], samples, tick)) for name in pairs]
    tests = sum(len(one) for _, one, _ in seen)
    return [
        _judge(name, what, one[what], two[what], false_alarm / tests, tolerance)
        for name, one, two in seen
        for what in one
        if what in two
    ]


def _observe(block: Block, samples: int, tick: Callable[[str], None]) -> dict[str, _Observation]:
    watch = _observe_crossbar if block.info.kind == "crossbar" else _observe_neurons
    return watch(block, samples, tick)


def _observe_crossbar(block: Block, samples: int, tick: Callable[[str], None]) -> dict[str, _Observation]:
    info = block.info
    low, high, read = info.low_siemens, info.high_siemens, info.read_volts
    if low is None or high is None or read is None or info.critical_volts is None or info.write_seconds is None:
        raise Unsupported(
            f"comparing block {block.name!r}", "a crossbar that states its conductances and critical voltage", ""
        )
    seen: dict[str, _Observation] = {}
    for what, siemens in (("antiparallel conductance", low), ("parallel conductance", high)):
        tick(what)
        block.program(siemens, PROGRAM_TOLERANCE, MAX_PULSES)
        seen[what] = _Observation("S", block.read(reads=4).ravel())
    seen.update(_observe_switching(block, samples, tick))
    tick("multiply")
    rng = np.random.default_rng(SEED)
    pattern = rng.random(info.shape) < 0.5
    block.program(np.where(pattern, high, low), PROGRAM_TOLERANCE, MAX_PULSES)
    volts = read * rng.integers(0, 2, (16, info.shape[0]))
    ideal = volts @ np.where(pattern, high, low)
    gain = block.multiply(volts, reads=4).sum(axis=0) / ideal.sum(axis=0)
    seen["multiply / ideal product"] = _Observation("", gain)
    return seen


def _observe_switching(block: Block, samples: int, tick: Callable[[str], None]) -> dict[str, _Observation]:
    info = block.info
    low, high, critical, width = info.low_siemens, info.high_siemens, info.critical_volts, info.write_seconds
    if not (low and high and critical and width):
        return {}  # the caller refused such a block
    seen = {}
    for share in PULSE_SHARES:
        what = f"switching, {1e3 * share * critical:.0f} mV, {1e9 * width:.3g} ns"
        tick(what)
        hits, trials = np.zeros(info.shape), np.zeros(info.shape, dtype=np.int64)
        for _ in range(-(-samples // trials.size)):
            ready = ~np.asarray(block.program(low, PROGRAM_TOLERANCE, MAX_PULSES).failed)
            block.pulse(share * critical, width, where=ready)
            hits += ready & (block.read() > np.sqrt(low * high))
            trials += ready
        seen[what] = _Observation("", hits, trials)
    return seen


def _observe_neurons(block: Block, samples: int, tick: Callable[[str], None]) -> dict[str, _Observation]:
    neurons, critical = block.shape[0], block.info.critical_volts
    if critical is None:
        raise Unsupported(f"comparing block {block.name!r}", "neurons that state their critical voltage", "")
    seen = {}
    for share in BIAS_SHARES:
        what = f"ones, {1e3 * share * critical:.0f} mV"
        tick(what)
        bits = block.sample(np.full((1, neurons), share * critical), -(-samples // neurons) * 8, INTERVAL_SECONDS)
        seen[what] = _Observation("", bits[0].sum(axis=0).astype(float), np.full(neurons, bits.shape[1]))
    return seen


def _judge(block: str, what: str, one: _Observation, two: _Observation, level: float, tolerance: float) -> Comparison:
    first, second = float(one.share.mean()), float(two.share.mean())
    difference = abs(first - second)
    if one.trials is None:
        difference /= max(abs(first), abs(second), 1e-300)
    few = min(one.share.size, two.share.size) < FEW_DEVICES
    if few and one.trials is not None and two.trials is not None:
        hits = [int(each.values.sum()) for each in (one, two)]
        misses = [int(one.trials.sum()) - hits[0], int(two.trials.sum()) - hits[1]]
        p_value = float(fisher_exact([hits, misses]).pvalue)
    else:
        p_value = _t_test(one.share, two.share)
    verdict: Verdict = "equal" if p_value >= level else "close" if difference <= tolerance else "different"
    return Comparison(block, what, one.unit, first, second, p_value, verdict)


def _t_test(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    """Welch's t-test; two constants (noiseless chips, or single readings) are equal or they are not."""
    # Equal numbers leave a rounding error of their own as "variance", which would make a t-test of nothing.
    if all(np.ptp(each) <= 1e-12 * np.abs(each).max() for each in (one, two)):
        return 1.0 if np.isclose(one[0], two[0], rtol=1e-9, atol=0.0) else 0.0
    moments = [(float(each.mean()), float(each.std(ddof=1)), each.size) for each in (one, two)]
    return float(ttest_ind_from_stats(*moments[0], *moments[1], equal_var=False).pvalue)
