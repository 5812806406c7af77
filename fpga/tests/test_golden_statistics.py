"""The golden model's chance is fair: means, correlations, neurons and switching against their laws.

Every test has a false-alarm rate of at most 1e-6, Bonferroni over all its figures. The RTL equals the golden model bit
for bit, so it inherits these results.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from spinloop.fpga import codes
from spinloop.fpga import tile_info as tile
from spinloop.fpga.golden.spin_top import SpinTop
from spinloop.fpga.golden.xoshiro128p import Xoshiro128p, advance, reset_state, seeded_state
from spinloop.fpga.substrate import RtlChip
from spinloop.protocols.operations import Pulse, Read, Reset, Sample

ALPHA = 1e-6
CLOCKS = 1 << 17
LAGS = 40


def two_sided_limit(figures: int) -> float:
    """The |z| that `figures` standard normal figures exceed with probability ALPHA at most."""
    return float(stats.norm.isf(ALPHA / 2 / figures))


def assert_binomial(hits: np.ndarray, trials: int, probability: np.ndarray | float) -> None:
    """Exact two-sided binomial test of each figure."""
    hits, probability = np.broadcast_arrays(hits, probability)
    low = stats.binom.cdf(hits, trials, probability)
    high = stats.binom.sf(hits - 1, trials, probability)
    worst = float(np.minimum(1.0, 2 * np.minimum(low, high)).min())
    print(f"smallest p-value {worst:.3g} of {hits.size}")
    assert worst > ALPHA / hits.size


def seeded(*seeds: int, neurons: int) -> Xoshiro128p:
    """Generators of several chips side by side."""
    generators = Xoshiro128p(len(seeds) * neurons)
    generators.state = np.concatenate([seeded_state(seed, neurons) for seed in seeds], axis=1)
    return generators


@pytest.mark.parametrize("origin", ["reset", "one chip", "neighbouring seeds"])
@pytest.mark.parametrize("probability", [0.5, 0.25])
def test_words_have_the_right_mean_and_no_correlation(seed: int, origin: str, probability: float) -> None:
    """Mean of each neuron, all pairs of neurons, all lags from 0 to 40 in both directions."""
    generators = {
        "reset": lambda: Xoshiro128p(64),
        "one chip": lambda: seeded(seed, neurons=64),
        "neighbouring seeds": lambda: seeded(seed, seed + 1, neurons=32),
    }[origin]()
    ones = (generators.draw_many(CLOCKS) >> np.uint32(16)) < np.uint32(probability * 65536)
    assert_binomial(ones.sum(axis=0), CLOCKS, probability)
    centred = (ones - probability).astype(np.float32)
    variance = probability * (1 - probability)
    z = []
    for lag in range(LAGS + 1):
        products = centred[: CLOCKS - lag].T.astype(np.float64) @ centred[lag:].astype(np.float64)
        products /= variance * np.sqrt(CLOCKS - lag)
        z.append(products[np.triu_indices(64, 1)] if lag == 0 else products.ravel())
    worst = np.abs(np.concatenate(z)).max()
    limit = two_sided_limit(sum(part.size for part in z))
    print(f"worst |z| {worst:.2f}, limit {limit:.2f}")
    assert worst < limit


def test_bulk_draws_equal_single_draws(seed: int) -> None:
    bulk, single = seeded(seed, neurons=7), seeded(seed, neurons=7)
    for clocks in (0, 1, 255, 256, 257, 1000):
        words = bulk.draw_many(clocks)
        assert np.array_equal(words, np.array([single.draw() for _ in range(clocks)]).reshape(clocks, 7))
    assert np.array_equal(bulk.state, single.state)


def test_the_step_is_xoshiro128_plus_as_published() -> None:
    """One generator in plain integers, written from the paper's C code."""

    def step(s: list[int]) -> int:
        mask = 0xFFFFFFFF
        result, t = (s[0] + s[3]) & mask, (s[1] << 9) & mask
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = ((s[3] << 11) | (s[3] >> 21)) & mask
        return result

    generators = seeded(1, neurons=1)
    plain = [int(word) for word in generators.state[:, 0]]
    assert [int(word) for word in generators.draw_many(1000)[:, 0]] == [step(plain) for _ in range(1000)]


def test_no_two_generators_share_a_state() -> None:
    states = np.concatenate([reset_state(64), *(seeded_state(seed, 64) for seed in range(200))], axis=1)
    assert len(np.unique(states, axis=1).T) == states.shape[1]
    assert advance(states).any(axis=0).all()


def test_thresholds_are_within_the_stated_error_of_the_law() -> None:
    """Every bias voltage that has a code of its own, and the points half-way between."""
    volts = np.linspace(-tile.MAX_BIAS_VOLTS, tile.MAX_BIAS_VOLTS, 4 * 127 * 256 + 1)
    model = SpinTop(64).pbits
    model.table[:] = codes.sigmoid_table()
    code = codes.bias_codes(volts)
    reached = np.empty(len(volts))
    for start in range(0, len(volts), 64):
        part = code[start : start + 64]
        for neuron, value in enumerate(part.tolist()):
            model.set_bias(neuron, value)
        reached[start : start + 64] = model.thresholds[: len(part)] / 65536
    worst = np.abs(reached - codes.neuron_probability(volts)).max()
    print(f"worst error {worst:.3g}")
    assert worst <= 1.2e-4


def test_neurons_follow_their_thresholds(seed: int) -> None:
    chip = RtlChip("tile64", seed, SpinTop(64))
    bias = np.linspace(-0.3, 0.3, 64)
    samples = 20_000
    result = chip.execute([Sample("neurons", bias, samples=samples, interval_seconds=10e-9)])[0]
    thresholds = chip._driver._machine.pbits.thresholds  # type: ignore[attr-defined]
    assert_binomial(result.bits()[0].sum(axis=0), samples, thresholds / 65536)


PULSES = [(0.48, 10e-9), (0.40, 10e-9), (0.44, 10e-9), (0.46, 10e-9), (0.50, 1e-9), (0.42, 100e-9), (0.36, 1e-6)]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_switching_follows_thermal_activation(seed: int, sign: float) -> None:
    """P = 1 - exp(-(t / tau0) exp(-Delta (1 - |V| / Vc))), towards both states."""
    chip = RtlChip("tile64", seed, SpinTop(64))
    trials = 4096
    hits, expected = [], []
    for volts, width_seconds in PULSES:
        chip.execute([Reset()])
        if sign < 0:
            chip.execute([Pulse("weights", volts=0.8, width_seconds=1e-6)])
        before, _, after = chip.execute(
            [Read("weights"), Pulse("weights", volts=sign * volts, width_seconds=width_seconds), Read("weights")]
        )
        assert len(np.unique(before.siemens)) == 1
        hits.append(int((before.siemens != after.siemens).sum()))
        rate = np.exp(-40.0 * (1 - volts / 0.5)) / 1e-9
        expected.append(1 - np.exp(-width_seconds * rate))
    print(list(zip(PULSES, hits, expected, strict=True)))
    assert 0.001 < min(expected) < max(expected) < 0.999  # the points say something
    assert_binomial(np.array(hits), trials, np.array(expected))


def test_a_pulse_never_moves_a_cell_away_from_its_direction(seed: int) -> None:
    chip = RtlChip("tile16", seed, SpinTop(16))
    rng = np.random.default_rng(seed)
    for _ in range(20):
        volts = rng.uniform(-0.5, 0.5, (16, 16))
        before, _, after = chip.execute(
            [Read("weights"), Pulse("weights", volts=volts, width_seconds=1e-8), Read("weights")]
        )
        change = after.siemens - before.siemens
        assert np.all(change * volts >= 0)
