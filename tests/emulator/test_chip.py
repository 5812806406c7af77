"""Laws of emulated chips: switching and fluctuation statistics, snapshots, and errors that name what is allowed."""

import numpy as np
import pytest
from scipy.stats import binom
from spinloop.emulator.chips import build_chip, catalog_names, open_emulator
from spinloop.emulator.chips.catalog_file import CATALOG, parse_entry
from spinloop.emulator.physics.switching import switching_probability
from spinloop.protocols.errors import BadFile, BadUrl, UnknownChip, WrongState
from spinloop.protocols.operations import Multiply, Program, Pulse, Read, Reset, Restore, Sample, Snapshot, Wait

FALSE_ALARM = 1e-6


def within_binomial(hits, trials, probability, comparisons=1):
    """Two-sided exact test at a false-alarm rate of 1e-6 shared by `comparisons`."""
    level = FALSE_ALARM / comparisons / 2
    return binom.ppf(level, trials, probability) <= hits <= binom.ppf(1 - level, trials, probability)


@pytest.mark.parametrize("volts", [0.42, 0.45, 0.47, -0.45])
def test_pulses_switch_with_the_probability_of_law_p11(volts):
    chip = build_chip("tile64", {"seed": "20261120", "spread": "0"})
    start = -0.75 if volts > 0 else 0.75
    chip.execute([Pulse("weights", start, 1e-7), Pulse("weights", volts, 10e-9)])
    switched = chip.blocks["weights"].junctions.parallel == (volts > 0)
    expected = float(switching_probability(volts, 10e-9, 40.0, 0.5))
    assert within_binomial(switched.sum(), 4096, expected, comparisons=4), (switched.mean(), expected)


def test_neurons_follow_their_stationary_law_and_forget_exponentially():
    chip = build_chip("tile64", {"seed": "20261121", "spread": "0"})
    bias = np.linspace(-0.1, 0.1, 64)
    bits = chip.execute([Sample("neurons", bias, samples=4000, interval_seconds=1e-6)])[0].bits()[0]
    expected = 1 / (1 + np.exp(-2 * 5.0 * bias / 0.5))
    # The correlation left after 1 us, exp(-13.5) = 1e-6, does not widen the binomial noticeably.
    for neuron in range(64):
        assert within_binomial(bits[:, neuron].sum(), 4000, expected[neuron], comparisons=64)
    fast = chip.execute([Sample("neurons", np.zeros(64), samples=4000, interval_seconds=20e-9)])[0].bits()[0]
    spins = 2.0 * fast - 1.0
    correlation = (spins[1:] * spins[:-1]).mean()
    memory = np.exp(-2e9 * np.exp(-5.0) * 20e-9)
    sigma = np.sqrt((1 - memory**2) / spins[1:].size)
    assert abs(correlation - memory) < 5.0 * sigma


def test_histories_do_not_depend_on_batching():
    volts = np.random.default_rng(1).uniform(0, 0.2, (6, 16))
    whole, split = (build_chip("tile16", {"seed": "5"}) for _ in range(2))
    together = whole.execute([Multiply("weights", volts)])[0].amps
    apart = np.concatenate([split.execute([Multiply("weights", part)])[0].amps for part in np.split(volts, 3)])
    assert np.allclose(together, apart, rtol=1e-9)
    for chip, width in ((whole, 16), (split, 4)):
        cells = np.stack(np.divmod(np.arange(256), 16), axis=1)
        for part in np.split(cells, 256 // width):
            chip.execute([Pulse("weights", 0.46, 10e-9, where=part)])
    assert (whole.blocks["weights"].junctions.parallel == split.blocks["weights"].junctions.parallel).all()
    read_all = whole.execute([Read("weights")])[0].siemens
    one_by_one = [split.execute([Read("weights", (r,), (c,))])[0].siemens[0, 0] for r in range(16) for c in range(16)]
    assert (read_all.ravel() == one_by_one).all()


def test_a_single_cell_takes_the_same_path_as_a_crowd():
    """The quick way for one cell and the array way give the same bits."""
    one, many = (build_chip("tile16", {"seed": "9"}) for _ in range(2))
    for _ in range(30):
        one.execute([Pulse("weights", 0.45, 10e-9, where=np.array([[3, 4]]))])
        many.execute([Pulse("weights", np.array([0.45]), 10e-9, where=np.array([[3, 4]]))])
    assert (one.blocks["weights"].junctions.parallel == many.blocks["weights"].junctions.parallel).all()
    assert (one.blocks["weights"].junctions.draws == many.blocks["weights"].junctions.draws).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_run_of_one_cell_pulses_answers_as_each_of_them_alone(seed):
    """Runs are carried out together; states, draws, times and energies are those of one after the other, to the bit."""
    rng = np.random.default_rng(seed)
    pulses = [
        Pulse("weights", rng.choice([-0.5, 0.46, 0.47]), rng.choice([5e-9, 1e-8]), int(rng.integers(1, 4)), cell[None])
        for cell in rng.integers(0, 6, (200, 2))
    ]
    together, alone = (build_chip("tile16", {"seed": str(seed)}) for _ in range(2))
    answers = together.execute([*pulses, Read("weights")])
    one_by_one = [alone.execute([each])[0] for each in [*pulses, Read("weights")]]
    for one, other in zip(answers[:-1], one_by_one[:-1], strict=True):
        assert (one.pulses, one.chip_seconds, one.energy_joules) == (
            other.pulses,
            other.chip_seconds,
            other.energy_joules,
        )
    assert (answers[-1].siemens == one_by_one[-1].siemens).all()
    assert (together.blocks["weights"].junctions.draws == alone.blocks["weights"].junctions.draws).all()


def test_a_cell_named_twice_is_pulsed_twice():
    twice, train = (build_chip("tile16", {"seed": "2"}) for _ in range(2))
    twice.execute([Pulse("weights", 0.4, 10e-9, where=np.array([[1, 1], [2, 2], [1, 1]]))])
    assert twice.blocks["weights"].junctions.draws[1, 1] == 2
    train.execute([Pulse("weights", 0.4, 10e-9, where=np.array([[1, 1]]))] * 2)
    assert twice.blocks["weights"].junctions.parallel[1, 1] == train.blocks["weights"].junctions.parallel[1, 1]


def test_program_writes_what_is_asked_and_names_stuck_cells():
    chip = build_chip("tile16", {"seed": "4", "stuck_fraction": "0.1"})
    info = chip.describe().blocks["weights"]
    wanted = np.indices((16, 16)).sum(axis=0) % 2 == 0
    target = np.where(wanted, info.high_siemens, info.low_siemens)
    report = chip.execute([Program("weights", target, tolerance=0.4, max_pulses=10)])[0]
    junctions = chip.blocks["weights"].junctions
    assert (report.failed == (junctions.stuck & (junctions.parallel != wanted))).all()
    assert (junctions.parallel[~report.failed] == wanted[~report.failed]).all()
    assert (report.pulses_per_cell[report.failed] == 10).all()
    assert report.pulses == report.pulses_per_cell.sum()
    assert report.energy_joules > 0


EVERYTHING = [
    Pulse("weights", 0.45, 10e-9),
    Read("weights"),
    Multiply("weights", np.full((2, 16), 0.1)),
    Sample("neurons", np.zeros(16), samples=20, interval_seconds=1e-8),
    Wait(1e-6),
    Program("weights", 2e-5, tolerance=0.4, max_pulses=3),
]


def arrays_of(results):
    return [getattr(r, name) for r in results for name in ("siemens", "amps", "packed", "failed") if hasattr(r, name)]


def test_a_restored_chip_goes_on_bit_for_bit():
    chip = build_chip("tile16", {"seed": "11"})
    chip.execute(EVERYTHING)
    state = chip.execute([Snapshot()])[0].state
    first = arrays_of(chip.execute(EVERYTHING))
    chip.execute([Restore(state)])
    second = arrays_of(chip.execute(EVERYTHING))
    chip.execute([Reset()])
    fresh = arrays_of(chip.execute(EVERYTHING))
    new = arrays_of(build_chip("tile16", {"seed": "11"}).execute(EVERYTHING))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert all((a == b).all() for a, b in zip(fresh, new, strict=True))


def test_a_snapshot_belongs_to_its_chip():
    state = build_chip("tile16", {"seed": "1"}).execute([Snapshot()])[0].state
    other = build_chip("tile16", {"seed": "2"})
    with pytest.raises(WrongState, match="seed=1"):
        other.execute([Restore(state)])
    with pytest.raises(WrongState, match=r"weights\.parallel"):
        other.execute([Restore({key: value for key, value in state.items() if key != "weights.parallel"})])


def test_weak_junctions_lose_their_state_and_strong_ones_keep_it():
    chip = build_chip("tile64", {"seed": "6", "spread": "0"})
    chip.execute([Wait(3600.0)])
    assert not chip.blocks["weights"].junctions.parallel.any()
    junctions = chip.blocks["weights"].junctions
    junctions.barrier_kt[:] = 5.0
    chip.execute([Wait(1e-3)])
    assert within_binomial(junctions.parallel.sum(), 4096, 0.5)


def test_every_catalog_chip_opens_and_its_text_is_the_schema():
    assert catalog_names() == ["probe", "tile16", "tile64"]
    for name in catalog_names():
        assert build_chip(name, {}).describe().name == name


@pytest.mark.parametrize(
    ("parameters", "naming"),
    [
        ({"sed": "1"}, "sed"),
        ({"seed": "-1"}, "seed=-1"),
        ({"conductance_spread": "nan"}, "conductance_spread=nan"),
        ({"stuck_fraction": "1.5"}, "0 to 1"),
        ({"spread": "wide"}, "spread=wide"),
    ],
)
def test_bad_parameters_are_named(parameters, naming):
    with pytest.raises(BadUrl, match=naming):
        open_emulator("tile16", parameters)


def test_unknown_chips_list_the_catalog():
    with pytest.raises(UnknownChip, match="tile64"):
        open_emulator("tile65", {})
    with pytest.raises(BadUrl, match="offset_spread_volts"):
        open_emulator("probe", {"offset_spread_volts": "0.1"})


@pytest.mark.parametrize(
    ("old", "new"),
    [("barrier_kt = 40.0", "barrier = 40.0"), ("tmr = 1.5", "tmr = -1.5"), ("rows = 1\n", ""), ("= 0.1 ", "= nan ")],
)
def test_bad_catalog_files_are_refused(old, new):
    text = (CATALOG / "probe.toml").read_text().replace("read_volts = 0.1\n", "read_volts = 0.1 \n")
    assert old in text
    with pytest.raises(BadFile, match=r"test\.toml"):
        parse_entry(text.replace(old, new, 1).encode(), "test.toml")
