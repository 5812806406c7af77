"""A population of macrospins: the same bits whatever is beside it, bounds, waveforms, what is refused."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats
from spinloop.emulator.devices import macrospin_drive
from spinloop.emulator.devices.macrospin_drive import Drive
from spinloop.emulator.devices.macrospin_parameters import MacrospinParameters
from spinloop.emulator.devices.macrospins import Macrospins
from spinloop.emulator.physics import macrospin
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape

LAW = MacrospinParameters(
    9.5e5, 1e-25, 0.05, 1e6, (0.1, 0, 1), (0.02, 0.03, 0.7), spin_transfer_efficiency=0.6, spin_hall=0.2,
    spin_transfer_field_like=0.1, spin_orbit_field_like=-0.2, vcma_amps_per_metre_per_volt=-5e4,
)  # fmt: skip
EVERYTHING = Drive((1e4, 2e4, -1e4), 2e-6, 1e11, 0.3)
OPTIONS = [(noise, precision) for noise in ("gaussian", "low_moment") for precision in ("float32", "float64")]


def history(devices, noise="gaussian", precision="float32", calls=(30,), **options):
    spins = Macrospins(devices, LAW, seed=8, noise=noise, precision=precision, **options)
    return np.concatenate([spins.step(count, EVERYTHING, keep_every=1) for count in calls])


@pytest.mark.parametrize(("noise", "precision"), OPTIONS)
def test_history_does_not_depend_on_the_others(noise, precision):
    """Narrow and wide blocks, several of them, threads, calls of any length, a part of a population: same bits."""
    whole = history(700, noise, precision)
    assert np.ptp(whole[-1], axis=0).min() > 0.01
    for devices in (1, 5, 16, 17, 256, 257):
        assert np.array_equal(history(devices, noise, precision), whole[:, :devices])
    assert np.array_equal(history(700, noise, precision, threads=3), whole)
    assert np.array_equal(history(700, noise, precision, calls=(1, 2, 3, 11, 13)), whole)
    assert np.array_equal(history(40, noise, precision, first_device=611), whole[:, 611:651])


def test_seed_name_and_device_matter():
    start = history(2)
    assert not np.array_equal(start[:, 0], start[:, 1])
    assert not np.array_equal(Macrospins(2, LAW, seed=9).m, start[-1])
    assert not np.array_equal(history(2, name="other"), start)


def test_state_restores():
    spins = Macrospins(20, LAW, seed=3)
    spins.step(7)
    state = spins.state()
    spins.step(9)
    after = spins.m
    spins.restore(state)
    spins.step(9)
    assert np.array_equal(spins.m, after)
    spins.reset()
    fresh = Macrospins(20, LAW, seed=3)
    assert np.array_equal(spins.step(4, keep_every=2), fresh.step(4, keep_every=2))


def test_thermal_kicks_are_normal():
    """One step from rest turns m by the thermal field: Kolmogorov and Smirnov's test at 1e-6 in total, seed 8.

    At alpha << 1 a step turns m_x and m_y by the field's components; their correlation vanishes too (5 errors).
    """
    law = MacrospinParameters(9.5e5, 1e-24, 1e-3, 1e3, temperature_kelvins=300.0)
    spins = Macrospins(30_000, law, seed=8, precision="float64", step_seconds=1e-13)
    spins.step(1)
    sigma = macrospin.thermal_field_amps_per_metre(1e-3, 300.0, 9.5e5, 1e-24, 1e-13) * macrospin.GYROMAGNETIC * 1e-13
    for component in (0, 1):
        assert stats.kstest(spins.m[:, component] / sigma, "norm").pvalue > 2e-7
    assert abs(stats.pearsonr(spins.m[:, 0], spins.m[:, 1]).statistic) < 5 / np.sqrt(30_000)


def test_a_waveform_is_its_samples_one_after_another(monkeypatch):
    rng = np.random.default_rng(4)
    amps = 2e-6 * rng.normal(size=(9, 20))
    field = 2e4 * rng.normal(size=(9, 1, 3))
    at_once = Macrospins(20, LAW, seed=5)
    kept = at_once.step(27, Drive(field, amps, steps_per_sample=3), keep_every=2)
    one_by_one = Macrospins(20, LAW, seed=5)
    singles = [one_by_one.step(3, Drive(field[k], amps[k]), keep_every=1) for k in range(9)]
    assert np.array_equal(np.concatenate(singles)[1::2], kept)
    monkeypatch.setattr(macrospin_drive, "PIECE_NUMBERS", 4000)
    in_pieces = Macrospins(20, LAW, seed=5)
    assert np.array_equal(in_pieces.step(27, Drive(field, amps, steps_per_sample=3), keep_every=2), kept)


@pytest.mark.parametrize("devices", [0, 1])
def test_none_and_one(devices):
    spins = Macrospins(devices, LAW, step_seconds=1e-13)
    assert spins.step(0) is None
    assert spins.step(4, EVERYTHING, keep_every=2).shape == (2, devices, 3)
    spins.run(1e-12, Drive(spin_transfer_amps=np.full((10, devices), 1e-6)))
    assert spins.m.shape == (devices, 3)
    assert np.linalg.norm(spins.m, axis=1) == pytest.approx(np.ones(devices), rel=1e-6)
    assert spins.steps_done == 14


def test_a_step_that_would_heat_is_refused_and_the_proposal_fits():
    """Equation of the rule: (w dt)^3 = 0.08 a at small damping."""
    law = MacrospinParameters(9.5e5, 1e-22, 0.01, 2e5)
    omega = macrospin.GYROMAGNETIC * 2e5 / (1 + 0.01**2)
    with pytest.raises(BadParameter) as refused:
        Macrospins(1, law, step_seconds=1e-11)
    proposed = refused.value.details["longest_seconds"]
    assert 0.75 * 0.08 * 0.01 < (omega * proposed) ** 3 <= 0.08 * 0.01
    spins = Macrospins(1, law, step_seconds=proposed)
    with pytest.raises(BadParameter, match="take step_seconds") as refused:
        spins.step(5, Drive(field_amps_per_metre=(0, 2e5, 0)))
    assert refused.value.details["longest_seconds"] == pytest.approx(proposed / 2, rel=0.1)
    strongly_damped = MacrospinParameters(9.5e5, 1e-22, 0.5, 2e5)  # its (w dt)^3 is small beside 0.08 a
    with pytest.raises(BadParameter):
        Macrospins(1, strongly_damped, step_seconds=0.2 * (1 + 0.5**2) / (macrospin.GYROMAGNETIC * 2e5))
    hot = MacrospinParameters(9.5e5, 1e-27, 0.5, 2e5)  # a barrier of 0.03 kT: the thermal kicks bind
    with pytest.raises(BadParameter):
        Macrospins(1, hot, step_seconds=1e-12)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("volume_cubic_metres", -1e-25, BadParameter), ("volume_cubic_metres", 0.0, BadParameter),
        ("damping", 0.0, BadParameter), ("damping", [0.01, -0.01], BadParameter),
        ("saturation_amps_per_metre", np.nan, NotFinite), ("temperature_kelvins", -1.0, BadParameter),
        ("demagnetising", (0, 0, 1.5), BadParameter), ("easy_axis", (0, 0, 0), BadParameter),
        ("easy_axis", (0, 1), WrongShape), ("anisotropy_amps_per_metre", [1e5, 1e5, 1e5], WrongShape),
        ("spin_transfer_efficiency", 1.2, BadParameter), ("polariser", (0, np.inf, 0), NotFinite),
        ("thickness_metres", 0.0, BadParameter), ("vcma_amps_per_metre_per_volt", np.nan, NotFinite),
    ],
)  # fmt: skip
def test_bad_parameters_are_refused_by_name(name, value, error):
    good = {
        "saturation_amps_per_metre": 9.5e5, "volume_cubic_metres": 1e-25, "damping": 0.01,
        "anisotropy_amps_per_metre": 2e5,
    }  # fmt: skip
    with pytest.raises(error, match=name.split("_")[0]):
        Macrospins(2, MacrospinParameters(**(good | {name: value})))


@pytest.mark.parametrize(
    ("drive", "steps", "error"),
    [
        (Drive(field_amps_per_metre=1e4), 1, WrongShape), (Drive(field_amps_per_metre=(0, np.nan, 0)), 1, NotFinite),
        (Drive(spin_transfer_amps=np.zeros((4, 3))), 4, WrongShape), (Drive(volts=np.zeros((4, 1))), 3, BadParameter),
        (Drive(volts=np.zeros((4, 1)), spin_transfer_amps=np.zeros((3, 2))), 4, WrongShape),
        (Drive(volts=[np.inf, 0]), 1, NotFinite), (Drive(steps_per_sample=0), 1, BadParameter),
        (Drive(spin_transfer_amps=1.0), 1, BadParameter), (Drive(), -1, BadParameter),
    ],
)  # fmt: skip
def test_bad_drives_are_refused_and_nothing_moves(drive, steps, error):
    spins = Macrospins(2, LAW, step_seconds=1e-13)
    with pytest.raises(error):
        spins.step(steps, drive)
    assert np.array_equal(spins.m, [[0, 0, 1]] * 2)
    assert spins.steps_done == 0


def test_other_bad_arguments_are_refused():
    for options in ({"noise": "pink"}, {"precision": "float16"}, {"threads": 0}, {"step_seconds": -1e-13}):
        with pytest.raises(BadParameter):
            Macrospins(1, LAW, **options)
    with pytest.raises(NotFinite):
        Macrospins(1, LAW, step_seconds=np.nan)
    with pytest.raises(BadParameter):
        Macrospins(-1, LAW)
    spins = Macrospins(1, LAW)
    ready = spins.prepare(EVERYTHING)
    spins.set_parameters(LAW, spins.step_seconds / 2)
    with pytest.raises(BadParameter, match="prepared"):
        spins.step(1, ready)
    with pytest.raises(BadParameter):
        spins.run(np.nan)
    with pytest.raises(BadParameter):
        spins.step(10**9, keep_every=1)


def test_import_does_not_load_the_compiler():
    code = "import sys; import spinloop.emulator.devices.macrospins; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
