"""The RTL chip as a substrate: laws of its operations, and the same transcript from library and golden model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spinloop.fpga import tile_info as tile
from spinloop.fpga.cosim.library import VerilatedChip
from spinloop.fpga.golden.spin_top import SpinTop
from spinloop.fpga.operation_list import OperationList
from spinloop.fpga.substrate import RtlChip, open_rtl
from spinloop.protocols import errors
from spinloop.protocols.connect import open_substrate
from spinloop.protocols.operations import (
    Multiply,
    Operation,
    Program,
    Pulse,
    Read,
    Reset,
    Restore,
    Sample,
    Snapshot,
    Wait,
)
from spinloop.protocols.results import Result
from spinloop.protocols.substrate import Substrate
from spinloop.protocols.wrappers.guard import check

pytestmark = pytest.mark.rtl
SIZE = 16


def transcript(results: Sequence[Result]) -> list[tuple[str, dict[str, object]]]:
    """Results as plain values that can be compared."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {name: plain(array) for name, array in value.items()}
        return (value.dtype.str, value.tolist()) if isinstance(value, np.ndarray) else value

    return [
        (type(result).__name__, {field: plain(getattr(result, field)) for field in result.__struct_fields__})
        for result in results
    ]


# --- strategies -------------------------------------------------------------------------------------------------

cells = st.one_of(
    st.none(),
    st.integers(0, 2**32 - 1).map(lambda k: np.random.default_rng(k).random((SIZE, SIZE)) < 0.3),
    st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=8).map(
        lambda pairs: np.array(pairs, dtype=np.int64).reshape(-1, 2)
    ),
)
lines = st.none() | st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=5).map(tuple)
widths = st.sampled_from([1e-9, 5e-9, 10e-9, 33e-9, 1e-6])
seeds = st.integers(0, 2**32 - 1)


def _multiply(seed: int, batch: int) -> Multiply:
    return Multiply("weights", np.random.default_rng(seed).uniform(-0.2, 0.2, (batch, SIZE)))


def _program(seed: int, where: np.ndarray | None, volts: float) -> Program:
    target = np.random.default_rng(seed).choice([8e-6, 20e-6], (SIZE, SIZE))
    return Program("weights", target, max_pulses=3, where=where, volts=volts)


def _sample(seed: int, batch: int, samples: int, clocks: int) -> Sample:
    bias = np.random.default_rng(seed).uniform(-0.5, 0.5, (batch, SIZE))
    return Sample("neurons", bias, samples=samples, interval_seconds=clocks * 1e-8)


def _spread_pulse(seed: int, width: float) -> Pulse:
    volts = np.random.default_rng(seed).choice([-0.6, -0.42, 0.0, 0.42, 0.44, 0.8], (SIZE, SIZE))
    return Pulse("weights", volts, width)


operations: st.SearchStrategy[Operation] = st.one_of(
    st.builds(Read, st.just("weights"), rows=lines, cols=lines),
    st.builds(
        Pulse, st.just("weights"), st.floats(-0.8, 0.8, allow_nan=False), widths, count=st.integers(1, 3), where=cells
    ),
    st.builds(_spread_pulse, seeds, widths),
    st.builds(_multiply, seeds, st.integers(1, 3)),
    st.builds(_program, seeds, cells, st.sampled_from([0.42, 0.55])),
    st.builds(_sample, seeds, st.integers(1, 2), st.integers(1, 4), st.integers(1, 30)),
    st.builds(Wait, st.floats(0, 1)),
    st.builds(Snapshot),
    st.builds(Reset),
)


@pytest.fixture(scope="module")
def chip() -> Substrate:
    return open_substrate("rtl:tile16?seed=3")


# --- the library and the golden model ----------------------------------------------------------------------------


def test_library_and_golden_model_give_the_same_transcript() -> None:
    rtl, golden = (RtlChip("tile16", 3, machine(SIZE)) for machine in (VerilatedChip, SpinTop))

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(operations, min_size=1, max_size=8))
    def compare(todo: list[Operation]) -> None:
        for operation in todo:
            check(operation, rtl.describe())  # only what the guard lets through
        todo = [Reset(), *todo, Snapshot()]
        assert transcript(rtl.execute(todo)) == transcript(golden.execute(todo))

    compare()


def test_what_follows_a_restore_is_bit_identical(chip: Substrate) -> None:
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(operations, max_size=4), st.lists(operations, max_size=4), st.lists(operations, max_size=4))
    def compare(before: list[Operation], after: list[Operation], between: list[Operation]) -> None:
        *_, taken = chip.execute([*before, Snapshot()])
        first = chip.execute([*after, Snapshot()])
        chip.execute(between)
        _, *second = chip.execute([Restore(taken.state), *after, Snapshot()])
        assert transcript(first) == transcript(second)

    compare()


def test_a_snapshot_changes_nothing(chip: Substrate) -> None:
    first, second = chip.execute([Snapshot(), Snapshot()])
    assert transcript([first])[0][1]["state"] == transcript([second])[0][1]["state"]


# --- instances and seeds -----------------------------------------------------------------------------------------

SCRIPT = [
    Pulse("weights", 0.43, 10e-9),
    Sample("neurons", np.zeros(SIZE), samples=50, interval_seconds=1e-8),
    Read("weights"),
]


def test_two_chips_in_one_process_are_independent() -> None:
    alone = transcript(open_rtl("tile16", {"seed": "8"}).execute(SCRIPT * 3))
    one, other = open_rtl("tile16", {"seed": "8"}), open_rtl("tile16", {"seed": "9"})
    together = []
    for operation in SCRIPT * 3:
        together += one.execute([operation])
        other.execute(SCRIPT)
    assert transcript(together) == alone


def test_the_seed_decides() -> None:
    same = [transcript(open_rtl("tile16", {"seed": "8"}).execute(SCRIPT)) for _ in range(2)]
    assert same[0] == same[1]
    assert transcript(open_rtl("tile16", {"seed": "9"}).execute(SCRIPT)) != same[0]
    assert transcript(open_rtl("tile16", {}).execute(SCRIPT)) == transcript(
        open_rtl("tile16", {"seed": "0"}).execute(SCRIPT)
    )


def test_reset_is_as_good_as_new(chip: Substrate) -> None:
    _, *after_reset = chip.execute([*SCRIPT, Reset(), *SCRIPT])[len(SCRIPT) :]
    assert transcript(after_reset) == transcript(open_rtl("tile16", {"seed": "3"}).execute(SCRIPT))


# --- laws of single operations -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", tile.CATALOG)
def test_a_product_is_ohm_and_kirchhoff_within_half_an_input_step(name: str, seed: int) -> None:
    chip, rng, size = open_substrate(f"rtl:{name}?seed={seed}"), np.random.default_rng(seed), tile.CATALOG[name]
    volts = rng.uniform(-0.2, 0.2, (300, size))
    volts[0], volts[1] = 0.2, -0.2
    _, read, product = chip.execute([Pulse("weights", 0.44, 10e-9), Read("weights"), Multiply("weights", volts)])
    step = 0.2 / 127
    exact = np.rint(volts / step) * step @ read.siemens
    np.testing.assert_allclose(product.amps, exact, rtol=1e-12, atol=1e-20)
    half_step = 0.5 * step * read.siemens.sum(axis=0)
    assert np.all(np.abs(product.amps - volts @ read.siemens) <= half_step * (1 + 1e-9))
    codes = product.amps / chip.describe().blocks["weights"].amps_per_code
    np.testing.assert_allclose(codes, np.rint(codes), atol=1e-6)


def test_conductances_are_the_two_nominal_ones(chip: Substrate) -> None:
    _, low, _, high = chip.execute([Reset(), Read("weights"), Pulse("weights", 0.8, 1e-6), Read("weights", reads=7)])
    assert np.all(low.siemens == 8e-6)
    assert np.all(high.siemens == 20e-6)


def test_read_picks_lines_in_the_order_asked(chip: Substrate) -> None:
    _, whole, part = chip.execute(
        [_spread_pulse(1, 1e-6), Read("weights"), Read("weights", rows=(9, 2, 9), cols=(15, 0))]
    )
    assert np.array_equal(part.siemens, whole.siemens[[9, 2, 9]][:, [15, 0]])


def test_only_selected_cells_change(chip: Substrate, seed: int) -> None:
    mask = np.random.default_rng(seed).random((SIZE, SIZE)) < 0.5
    _, _, first, _, _, second = chip.execute(
        [
            Reset(),
            Pulse("weights", 0.8, 1e-6, where=mask),
            Read("weights"),
            Reset(),
            Pulse("weights", 0.8, 1e-6, where=np.argwhere(mask)[::-1]),
            Read("weights"),
        ]
    )
    assert np.array_equal(first.siemens == 20e-6, mask)
    assert np.array_equal(second.siemens == 20e-6, mask)


def test_a_cell_named_twice_is_pulsed_twice_in_the_order_given(chip: Substrate) -> None:
    cell = np.array([[3, 4], [3, 4]])
    for signs, siemens in (((1, -1), 8e-6), ((-1, 1), 20e-6)):
        _, done, read = chip.execute(
            [Reset(), Pulse("weights", 0.8 * np.array(signs), 1e-6, where=cell), Read("weights", rows=(3,), cols=(4,))]
        )
        assert done.pulses == 2
        assert read.siemens[0, 0] == siemens


def test_repeated_pulses_add_up(seed: int) -> None:
    """count pulses of probability p leave (1 - p)^count: 100 pulses of 0.0033 switch 28 % of 4096 cells."""
    chip = open_substrate(f"rtl:tile64?seed={seed}")
    _, done, read = chip.execute([Reset(), Pulse("weights", 0.40, 10e-9, count=100), Read("weights")])
    p = 1 - np.exp(-100 * 10 * np.exp(-8.0))
    switched = int((read.siemens > 14e-6).sum())
    assert done.pulses == 409_600
    assert abs(switched - 4096 * p) < 6 * np.sqrt(4096 * p * (1 - p))  # false alarm 2e-9


def test_energy_is_that_of_the_state_before_each_pulse(chip: Substrate) -> None:
    """A certain pulse meets low cells first and high ones from then on."""
    one = np.array([[5, 5]])
    _, first, rest = chip.execute(
        [Reset(), Pulse("weights", 0.8, 1e-6, where=one), Pulse("weights", 0.8, 1e-6, count=9, where=one)]
    )
    assert first.energy_joules == pytest.approx(0.8**2 * 8e-6 * 1e-6, rel=1e-12)
    assert rest.energy_joules == pytest.approx(9 * 0.8**2 * 20e-6 * 1e-6, rel=1e-12)
    assert first.energy_kind == "modelled"


def test_program_reaches_its_targets(chip: Substrate, seed: int) -> None:
    target = np.random.default_rng(seed).choice([8e-6, 20e-6], (SIZE, SIZE))
    programmed, read = chip.execute([Program("weights", target), Read("weights")])
    assert not programmed.failed.any()
    assert np.array_equal(read.siemens, target)


def test_samples_take_the_time_they_take(chip: Substrate) -> None:
    result = chip.execute([Sample("neurons", np.zeros((2, SIZE)), samples=7, interval_seconds=123e-9)])[0]
    assert result.packed.shape == (2, 7, SIZE // 8)
    assert result.chip_seconds == pytest.approx(2 * 7 * 12 * 1e-8, rel=1e-12)


def test_strong_bias_decides_and_no_bias_does_not(chip: Substrate) -> None:
    bias = np.where(np.arange(SIZE) % 2, 0.5, -0.5)
    strong, weak = chip.execute([Sample("neurons", bias, samples=200), Sample("neurons", np.zeros(SIZE), samples=200)])
    # At +-0.5 V a sample is wrong with probability 4.5e-5: 3200 samples have 10 wrong ones with probability 1e-15.
    assert int((strong.bits()[0] != (bias > 0)).sum()) < 10
    assert 0.4 < weak.bits().mean() < 0.6


def test_waiting_costs_time_and_changes_nothing(chip: Substrate) -> None:
    before, waited, after = chip.execute([Snapshot(), Wait(3.0), Snapshot()])
    assert waited.chip_seconds == pytest.approx(3.0)
    assert transcript([before])[0][1]["state"] == transcript([after])[0][1]["state"]


# --- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rest", "parameters", "kind", "says"),
    [
        ("tile65", {}, errors.UnknownChip, "tile16, tile64"),
        ("tile16", {"sed": "1"}, errors.BadUrl, "'sed'"),
        ("tile16", {"seed": "x"}, errors.BadUrl, "'x'"),
        ("tile16", {"seed": "-1"}, errors.BadUrl, "'-1'"),
        ("tile16", {"seed": ""}, errors.BadUrl, "''"),
        ("tile16", {"seed": str(1 << 63)}, errors.BadUrl, "2\\^63"),
    ],
)
def test_bad_urls_are_refused(rest: str, parameters: dict[str, str], kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        open_rtl(rest, parameters)


def _broken(state: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    changed = {
        "missing": {"cells": state["cells"]},
        "owner": {**state, "identity": np.frombuffer(b"rtl:tile16?seed=4", dtype=np.uint8)},
        "shape": {**state, "cells": state["cells"][:4]},
        "dtype": {**state, "generators": state["generators"].astype(np.int64)},
        "zero": {**state, "generators": state["generators"] * np.uint32(0)},
    }
    return changed[name]


@pytest.mark.parametrize("name", ["missing", "owner", "shape", "dtype", "zero"])
def test_a_wrong_state_is_refused_before_anything_changes(chip: Substrate, name: str) -> None:
    state = chip.execute([Snapshot()])[0].state
    with pytest.raises(errors.WrongState):
        chip.execute([Restore(_broken(state, name))])
    after = chip.execute([Snapshot()])[0].state
    assert all(np.array_equal(after[part], state[part]) for part in state)


def test_an_operation_that_would_simulate_for_hours_is_refused(chip: Substrate) -> None:
    with pytest.raises(errors.LimitExceeded) as caught:
        chip.execute([Read("weights"), Sample("neurons", np.zeros(SIZE), samples=1_000_000, interval_seconds=1e-3)])
    assert caught.value.operation_index == 1
    assert len(caught.value.results) == 1


class StoppingMachine(SpinTop):
    """A golden chip whose every batch may be interrupted by `make_safe`, as another thread would."""

    chip: RtlChip | None = None

    def batch(self, operations: OperationList) -> np.ndarray:
        answers = super().batch(operations)
        if self.chip is not None:
            self.chip.make_safe()
        return answers


def test_make_safe_ends_what_runs_and_the_chip_lives_on() -> None:
    machine = StoppingMachine(SIZE)
    chip = RtlChip("tile16", 0, machine)
    machine.chip = chip
    with pytest.raises(errors.ChipError, match="make_safe") as caught:
        chip.execute([Read("weights"), Sample("neurons", np.zeros((40, SIZE)), samples=1)])
    assert caught.value.operation_index is not None
    machine.chip = None
    assert chip.execute([Read("weights")])[0].siemens.shape == (SIZE, SIZE)


def test_a_closed_chip_says_so() -> None:
    chip = open_rtl("tile16", {})
    chip.close()
    chip.close()
    chip.make_safe()
    with pytest.raises(errors.ChipError, match="closed"):
        chip.execute([Read("weights")])
