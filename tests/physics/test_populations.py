"""What holds for every population: size, neighbours, state, the catalog, and refusals."""

from dataclasses import fields, replace

import numpy as np
import pytest
from spinloop.emulator.devices import catalog_file as cf
from spinloop.emulator.devices.compound_synapse import CompoundSynapses
from spinloop.emulator.devices.domain_wall_devices import WallMemristors, WallNeurons
from spinloop.emulator.devices.junctions import Junctions
from spinloop.emulator.devices.lif_neurons import LifNeurons
from spinloop.emulator.devices.oscillators import Oscillators
from spinloop.emulator.devices.series_chain import SeriesChains
from spinloop.emulator.devices.skyrmion_devices import SkyrmionNeurons, SkyrmionSynapses
from spinloop.emulator.devices.sot_mtj import SotJunctions
from spinloop.emulator.devices.sot_synapse import GrainSynapses
from spinloop.emulator.devices.spin_diodes import SpinDiodes
from spinloop.emulator.devices.telegraph_neurons import TelegraphNeurons
from spinloop.emulator.devices.vcma_mtj import VcmaJunctions
from spinloop.protocols.errors import BadFile, BadParameter, NotFinite, WrongShape

# name in the catalog, class, one step, what to read
CASES = {
    "compound_synapse": (CompoundSynapses, lambda d, x: d.step(0.46 * x, 10e-9), lambda d: d.conductance_siemens()),
    "series_chain": (SeriesChains, lambda d, x: d.step(1.85 * x, 10e-9), lambda d: d.resistance_ohms()),
    "grain_synapse": (GrainSynapses, lambda d, x: d.step(3e11 * x, 10e-9), lambda d: d.resistance_ohms()),
    "sot_mtj": (SotJunctions, lambda d, x: d.step(1e12 * x, 10e-9), lambda d: d.conductance_siemens(0.1)),
    "vcma_mtj": (VcmaJunctions, lambda d, x: d.step(1.0 * x, 0.35e-9), lambda d: d.conductance_siemens(0.1)),
    "wall_memristor": (WallMemristors, lambda d, x: d.step(3e11 * x, 1e-9), lambda d: d.conductance_siemens()),
    "wall_neuron": (WallNeurons, lambda d, x: d.step(3e11 * x, 1e-9), lambda d: d.position_metres),
    "skyrmion_synapse": (SkyrmionSynapses, lambda d, x: d.step(x), lambda d: d.resistance_ohms()),
    "skyrmion_neuron": (SkyrmionNeurons, lambda d, x: d.step(2e10 * x, 0.3e-9), lambda d: d.along_metres),
    "stno": (Oscillators, lambda d, x: d.step(5e-3 * np.abs(x), 5e-9, 1e6, 301e6), lambda d: d.envelope_volts()),
    "spin_diode": (SpinDiodes, lambda d, x: d.step(1e-6 * x[:, None], [2.4e9]), lambda d: d.step([1e-6], [2.5e9])),
    "lif_neuron": (LifNeurons, lambda d, x: d.step(np.abs(x), 20e-9), lambda d: d.potential),
}
KEYS = pytest.mark.parametrize("key", sorted(CASES))


def make(key, devices, seed=11):
    return CASES[key][0](devices, cf.load_device(key).law, seed, "block")


def drive(key, population, index, steps=4):
    """Every device gets an input of its own, which depends on its index only."""
    for step in range(steps):
        CASES[key][1](population, 1.0 + 0.3 * np.sin(index * 7.0 + step))
    return CASES[key][2](population)


@KEYS
def test_a_history_does_not_depend_on_how_many_devices_there_are(key):
    many = drive(key, make(key, 37), np.arange(37))
    few = drive(key, make(key, 5), np.arange(5))
    assert few.tolist() == many[:5].tolist()


@KEYS
def test_populations_of_none_and_one(key):
    assert drive(key, make(key, 0), np.arange(0)).shape == (0,)
    one = drive(key, make(key, 1), np.arange(1))
    assert one.shape == (1,)
    assert np.isfinite(one).all()


@KEYS
def test_state_and_restore_repeat_the_history(key):
    population = make(key, 9)
    drive(key, population, np.arange(9), 2)
    kept = population.state()
    first = drive(key, population, np.arange(9), 3).tolist()
    population.restore(kept)
    assert drive(key, population, np.arange(9), 3).tolist() == first
    population.reset()
    assert drive(key, population, np.arange(9)).tolist() == drive(key, make(key, 9), np.arange(9)).tolist()
    with pytest.raises(WrongShape):
        make(key, 3).restore(kept)


@KEYS
def test_seeds_and_names_make_other_devices(key):
    law, kind = cf.load_device(key).law, CASES[key][0]
    results = {tuple(drive(key, kind(25, law, seed, name), np.arange(25))) for seed in (1, 2) for name in ("a", "b")}
    if key in ("wall_neuron",):  # without heat and spread, all are alike
        assert len(results) == 1
    else:
        assert len(results) == 4


@KEYS
def test_bad_input_is_refused(key):
    population = make(key, 3)
    before = population.state()
    for bad, error in ((np.full(3, np.nan), NotFinite), (np.ones(4), (WrongShape, BadParameter))):
        with pytest.raises(error):
            CASES[key][1](population, bad)
    with pytest.raises(BadParameter):
        make(key, -1)
    for name, array in population.state().items():
        assert np.array_equal(array, before[name])


@pytest.mark.parametrize("key", cf.device_names())
def test_every_parameter_refuses_what_lies_outside_its_range(key):
    law = cf.load_device(key).law
    for each in fields(law):
        with pytest.raises(NotFinite):
            replace(law, **{each.name: np.nan})
        with pytest.raises(BadParameter):
            replace(law, **{each.name: each.metadata["bounds"]["low"] - 1})


def text_of(name):
    return (cf.CATALOG / f"{name}.toml").read_text()


def test_the_catalog_serves_every_kind_and_says_what_is_assumed():
    entries = [cf.load_device(name) for name in cf.device_names()]
    assert {entry.kind for entry in entries} == set(cf.KINDS)
    for entry in entries:
        assert set(entry.sources) == {each.name for each in fields(entry.law)}
        assert set(entry.assumptions) <= set(entry.sources)
        assert all(entry.sources[name].removeprefix("assumption: ").strip() for name in entry.assumptions)
        assert all(entry.sources[name].startswith("assumption: ") for name in entry.assumptions)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t + "\n[parameters.colour]\nvalue = 1.0\nunit = '1'\nsource = 'x'\n",
        lambda t: "author = 'x'\n" + t,
        lambda t: t.replace("leak_seconds", "leak_second"),
        lambda t: t.replace('unit = "s"', 'unit = "ns"', 1),
        lambda t: t.replace("value = 1e-07", "value = -1e-07", 1),
        lambda t: t.replace("value = 1e-07", "value = nan", 1),
        lambda t: t.replace("value = 1e-07", "value = '1e-7'", 1),
        lambda t: t.replace("value = 1e-07", "value = true", 1),
        lambda t: t.replace('source = "assumption: 100 ns"', 'source = ""', 1),
        lambda t: t.replace("kind = ", "kind = 1 #"),
        lambda t: t.replace('kind = "lif_neuron"', 'kind = "neuron"'),
        lambda t: t[:60],
    ],
)
def test_a_file_that_is_not_exact_is_refused(spoil):
    good = text_of("lif_neuron")
    cf.parse_device(good, "good")
    bad = spoil(good)
    assert bad != good
    with pytest.raises(BadFile):
        cf.parse_device(bad, "bad")


def test_a_count_must_be_whole_and_a_name_known():
    with pytest.raises(BadFile):
        cf.parse_device(text_of("compound_synapse").replace("value = 9,", "value = 9.5,"), "bad")
    with pytest.raises(BadFile):
        cf.load_device("nothing")


def test_the_catalog_serves_the_older_populations_too():
    """The mean of the telegraph neurons is tanh(Delta V / Vc); 4000 junctions, 6 s.e., false alarm below 1e-8."""
    binary = Junctions(2, 3, cf.load_device("mtj").law.law, 1, "binary")
    assert (1 / binary.conductance_siemens()).mean() == pytest.approx(12.5e3, rel=0.2)
    plain = replace(cf.load_device("superparamagnetic_mtj").law, barrier_spread=0.0, offset_spread_volts=0.0)
    bits = TelegraphNeurons(4000, plain.law, 2, "neurons").sample(np.full(4000, 0.01), 1, 1e-5)
    mean = np.tanh(5.0 * 0.01 / 0.2)
    assert 2 * bits.mean() - 1 == pytest.approx(mean, abs=6 * np.sqrt((1 - mean**2) / 4000))
