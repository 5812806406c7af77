"""P27 and the laws of each population, at the parameters of the catalog or simpler ones."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom
from spinloop.emulator.devices.catalog_file import load_device
from spinloop.emulator.devices.compound_synapse import CompoundSynapses
from spinloop.emulator.devices.domain_wall_devices import WallMemristors, WallNeurons
from spinloop.emulator.devices.lif_neurons import LifNeurons
from spinloop.emulator.devices.oscillators import OscillatorGrid, Oscillators
from spinloop.emulator.devices.series_chain import SeriesChains
from spinloop.emulator.devices.skyrmion_devices import SkyrmionNeurons, SkyrmionSynapses, binomial
from spinloop.emulator.devices.sot_mtj import SotJunctions
from spinloop.emulator.devices.sot_synapse import GrainSynapses
from spinloop.emulator.devices.spin_diodes import SpinDiodes
from spinloop.emulator.devices.vcma_mtj import VcmaJunctions
from spinloop.emulator.physics.diode import GAMMA0_METRES_PER_AMP_SECOND
from spinloop.emulator.physics.skyrmion import (
    channel_velocity_metres_per_second,
    expected_count,
    spin_orbit_force_newtons,
)
from spinloop.emulator.physics.voltage_toggle import barrier_at_volts, toggle_probability
from spinloop.protocols.errors import BadParameter, WrongShape

SEED = 2027


def law(name, **changes):
    plain = load_device(name).law
    spreads = {each: 0.0 for each in vars(plain) if each.endswith("_spread") or each.endswith("_spread_hertz")}
    return replace(plain, **{**spreads, **changes})


@pytest.mark.parametrize("volts", [0.42, 0.45, 0.47])
def test_p27_compound_synapse_mean_is_linear_and_variance_binomial(volts):
    """20000 synapses: mean within 5 s.e.; variance within 5.5 of its own s.e.: false alarm below 1e-6 each."""
    print("seed", SEED)
    n, m, device = 20000, 9, law("compound_synapse")
    synapses = CompoundSynapses(n, device, SEED, "p27")
    synapses.step(volts, 10e-9)
    p = 1 - np.exp(-10 * np.exp(-40 * (1 - volts / 0.5)))
    step = 1 / 5e3 - 1 / 12.5e3
    g = synapses.conductance_siemens()
    variance = m * p * (1 - p) * step**2
    assert g.mean() == pytest.approx(m / 12.5e3 + m * p * step, abs=5 * np.sqrt(variance / n))
    kurtosis = 3 + (1 - 6 * p * (1 - p)) / (m * p * (1 - p))
    assert g.var() == pytest.approx(variance, rel=5.5 * np.sqrt((kurtosis - 1) / n))


def test_compound_synapse_goes_back_and_rests_at_zero_volts():
    synapses = CompoundSynapses(50, law("compound_synapse"), 1, "x")
    synapses.step(0.6, 1e-6)
    assert synapses.parallel.all()
    synapses.step(0.0, 1.0)
    assert synapses.parallel.all()
    synapses.step(-0.6, 1e-6)
    assert not synapses.parallel.any()


def test_series_chain_has_all_levels_and_divides_the_voltage():
    """Two junctions: the second flip is slower, for its share of the voltage fell. Exact master equation, 5.5 s.e."""
    print("seed", SEED)
    n, device = 20000, law("series_chain", junctions=2)
    chains = SeriesChains(n, device, SEED, "chain")
    volts, width = 0.92, 20e-9

    def rate(own):
        return 1e9 * np.exp(-40 * (1 - own / 0.5))

    first = 2 * rate(volts / 2)
    second = rate(volts * 12.5 / 17.5)
    chains.step(volts, width)
    p0 = np.exp(-first * width)
    p1 = first * (np.exp(-first * width) - np.exp(-second * width)) / (second - first)
    ohms = np.round(chains.resistance_ohms())
    for level, p in ((25000, p0), (17500, p1), (10000, 1 - p0 - p1)):
        assert np.mean(ohms == level) == pytest.approx(p, abs=5.5 * np.sqrt(p * (1 - p) / n) + 1e-12)


def test_grain_synapse_is_graded_by_amplitude_and_remembers_it():
    device = replace(law("grain_synapse", grains=2000), critical_spread=0.2)
    synapses = GrainSynapses(3, device, 5, "grains")
    seen = []
    for amps in (1.5e11, 2e11, 2.5e11, 3e11, 4e11, 2e11, -1e12):
        synapses.step(amps, 10e-9)
        seen.append(synapses.resistance_ohms().mean())
    assert np.all(np.diff(seen[:5]) > 0)
    assert seen[5] == pytest.approx(seen[4], abs=0.02)
    assert seen[6] == -1.0


def test_sot_junction_switches_at_its_critical_density():
    device = law("sot_mtj")
    critical = device.critical_amps_per_square_metre
    assert critical == pytest.approx(1.04e12 / 0.862, rel=0.01)  # P21 with its thickness factor
    junctions = SotJunctions(1000, device, 1, "sot")
    assert junctions.step(0.6 * critical, 10e-9).shape == (1000,)
    assert not junctions.parallel.any()
    heat = junctions.step(1.1 * critical, 10e-9)
    assert junctions.parallel.all()
    assert heat[0] == pytest.approx((1.1 * critical) ** 2 * 2e-6 * 4e-9 * 80e-9 * 200e-9 * 10e-9, rel=1e-9)
    junctions.step(-1.1 * critical, 10e-9)
    assert not junctions.parallel.any()
    assert junctions.conductance_siemens(0.5)[0] == pytest.approx(1 / 50e3 / 1.75, rel=1e-9)


def test_vcma_toggles_on_a_half_turn_and_not_on_a_whole_one():
    device = law("vcma_mtj")
    half = np.pi / (2.2128e5 * 2e4)
    for turns, share in ((1, 1.0), (2, 0.0)):
        junctions = VcmaJunctions(4000, device, 3, "vcma")
        energy = junctions.step(1.05, turns * half)
        p = toggle_probability(turns * half, 2e4, 2e5, 0.01, 36.4)
        assert abs(p - share) < 0.1
        assert junctions.parallel.mean() == pytest.approx(p, abs=5.5 * np.sqrt(p * (1 - p) / 4000) + 1e-9)
    assert energy[0] == pytest.approx(0.5 * 8.854e-12 * 10 * 1.257e-15 / 1.5e-9 * 1.05**2, rel=1e-3)


def test_toggle_probability_is_that_of_a_wrapped_normal_angle():
    """The series against a plain integral of the density of the angle, and its limits."""
    from scipy.stats import norm
    from spinloop.emulator.physics.voltage_toggle import phase_variance

    for seconds in (0.0, 0.3e-9, 0.7e-9, 3e-9):
        w = GAMMA0_METRES_PER_AMP_SECOND * 2e4 / (1 + 1e-4)
        sigma = np.sqrt(phase_variance(seconds, w, 0.01, 40.0, GAMMA0_METRES_PER_AMP_SECOND * 2e5))
        k = np.arange(-20, 21)
        direct = np.sum(
            norm.cdf((1.5 + 2 * k) * np.pi, w * seconds, sigma) - norm.cdf((0.5 + 2 * k) * np.pi, w * seconds, sigma)
        )
        assert toggle_probability(seconds, 2e4, 2e5, 0.01, 40.0) == pytest.approx(direct, abs=1e-6)
    assert toggle_probability(1e-6, 2e4, 2e5, 0.01, 40.0) == pytest.approx(0.5, abs=1e-9)
    assert barrier_at_volts(40.0, [-0.5, 0.0, 1.0], 1.0).tolist() == [60.0, 40.0, 0.0]
    with pytest.raises(BadParameter):
        barrier_at_volts(40.0, 1.1, 1.0)


def test_wall_memristor_rests_on_its_ladder():
    device = law("wall_memristor")
    memristors = WallMemristors(4, device, 1, "wall")
    levels = []
    for current in (2e11, 2e11, -2e11):
        memristors.step(np.array([0.0, 0.2, 1.0, 2.0]) * current, 2e-9, 20e-9)
        place = memristors.position_metres / (1e-6 / 16)
        assert place == pytest.approx(np.round(place), abs=0.02)
        levels.append(np.round(place))
    assert levels[1][:2].tolist() == [0, 0]  # too weak to leave the site
    assert levels[1][2] > levels[0][2] > 0
    assert levels[1][3] > levels[0][3] > 0
    assert levels[2][3] < levels[1][3]
    g = memristors.conductance_siemens()
    part = memristors.position_metres / 1e-6
    inside = (part >= 0) & (part <= 1)
    assert g[inside] == pytest.approx((1 / 12.5e3 + part * (1 / 5e3 - 1 / 12.5e3))[inside], rel=1e-9)


def test_wall_neuron_integrates_leaks_fires_and_resets_itself():
    neurons = WallNeurons(2, law("wall_neuron"), 1, "neuron")
    inputs, fired, place = np.array([3e11, 5e10]), [], []
    for _ in range(90):
        fired.append(neurons.step(inputs, 1e-9))
        place.append(neurons.position_metres[0])
    spikes = np.nonzero(np.array(fired)[:, 0])[0]
    assert len(spikes) >= 2
    assert min(place[spikes[0] : spikes[1]]) <= 0.1 * 0.5e-6
    assert np.ptp(np.diff(spikes)) <= 0.1 * np.diff(spikes).mean()  # the wall's angle differs from time to time
    assert not np.array(fired)[:, 1].any()  # the leak is stronger than the small input


def test_p28_skyrmion_synapse_follows_the_mean_curve():
    """10000 synapses: every mean within 5.5 s.e. of the curve up and down."""
    print("seed", SEED)
    synapses = SkyrmionSynapses(10000, law("skyrmion_synapse"), SEED, "sky")
    for pulse in range(1, 31):
        synapses.step(1.0)
        p = 1 - 0.95**pulse
        expected = expected_count(0, pulse, 20, 0.05, adds=True)
        assert synapses.count.mean() == pytest.approx(expected, abs=5.5 * np.sqrt(20 * p * (1 - p) / 10000))
    assert synapses.resistance_ohms() == pytest.approx(0.02 * synapses.count, abs=1e-12)
    start = synapses.count.mean()
    synapses.step(-1.0)
    assert synapses.count.mean() == pytest.approx(0.95 * start, abs=5.5 * np.sqrt(20 * 0.05 / 10000))
    now = synapses.count.copy()
    synapses.step(0.0)
    assert (synapses.count == now).all()


@pytest.mark.parametrize(
    ("trials", "chance"), [(0, 0.5), (1, 0.3), (20, 0.05), (20, 0.95), (7, 0.0), (7, 1.0), (5000, 0.4)]
)
def test_binomial_is_the_inverse_of_the_distribution(trials, chance):
    lots = (np.arange(999) + 0.5) / 999
    found = binomial(lots, np.full(999, trials), np.full(999, chance))
    low = chance > 0.5
    expected = trials - binom.ppf(1 - lots, trials, 1 - chance) if low else binom.ppf(lots, trials, chance)
    assert found.tolist() == expected.tolist()


def test_skyrmion_neuron_fires_after_the_time_of_flight():
    device = law("skyrmion_neuron", temperature_kelvins=0.0)
    neurons = SkyrmionNeurons(2, device, 1, "race")
    current = 2e10
    speed = float(channel_velocity_metres_per_second(spin_orbit_force_newtons(current, 0.1, 20e-9), neurons.track))
    count, fired = 0, np.zeros(2, bool)
    while not fired[0] and count < 200:
        fired = neurons.step([current, 0.0], 1e-9)
        count += 1
    # The start, before the edge takes over, is slower; it is short against the flight.
    assert count * 1e-9 == pytest.approx(500e-9 / speed, rel=0.25)
    assert neurons.along_metres.tolist() == [0.0, 0.0]
    assert not fired[1]


def test_skyrmion_driven_over_the_edge_never_fires():
    neurons = SkyrmionNeurons(1, law("skyrmion_neuron", temperature_kelvins=0.0), 1, "edge")
    for _ in range(30):
        assert not neurons.step(3e12, 1e-10).any()
    assert neurons.lost.all()


def test_p17_oscillators_settle_on_the_law_and_stay_silent_below_threshold():
    device = law("stno", noise_per_second=0.0)
    stnos = Oscillators(3, device, 1, "stno")
    stnos.amplitude[:] = 0.01
    stnos.step([1e-3, 6e-3, 9e-3], 2e-6)
    assert np.abs(stnos.amplitude) ** 2 == pytest.approx(stnos.stationary_power([1e-3, 6e-3, 9e-3]), abs=1e-5)
    assert stnos.envelope_volts()[1] == pytest.approx(10e-3 * np.sqrt(1 / 3.5), rel=1e-5)
    assert stnos.generation_hertz(6e-3)[0] == pytest.approx(300e6 + 50e6 / 3.5, rel=1e-12)
    with pytest.raises(BadParameter):
        stnos.step(1.0, 1e-9)
    with pytest.raises(BadParameter):
        stnos.step(-1e-3, 1e-9)


def test_a_grid_of_spin_hall_oscillators_locks_when_coupled_and_not_without():
    order = {}
    for coupling in (0.0, 2e8):
        device = replace(
            load_device("shno").law, coupling_per_second=coupling, noise_per_second=0.0, threshold_spread=0.0
        )
        grid = OscillatorGrid(4, 4, device, 8, "shno")
        grid.amplitude = np.exp(2j * np.pi * np.arange(16) / 7) * 0.5
        grid.step(1e-3, 60e-9)
        before = np.angle(grid.amplitude)
        grid.step(1e-3, 2e-9)
        turned = np.angle(np.exp(1j * (np.angle(grid.amplitude) - before)))
        order[coupling] = np.ptp(turned)
    assert order[2e8] < 0.01 < 0.05 < order[0.0]


def test_a_grid_without_coupling_is_the_plain_population():
    device = replace(load_device("shno").law, coupling_per_second=0.0, noise_per_second=0.0)
    grid, plain = OscillatorGrid(1, 3, device, 2, "same"), Oscillators(3, device, 2, "same")
    grid.amplitude = np.array([0.1, 0.2j, 0.3])
    plain.amplitude = grid.amplitude.copy()
    for population in (grid, plain):
        population.step(1e-3, 3e-9, 1e7, 8.1e9)
    assert grid.amplitude == pytest.approx(plain.amplitude, abs=1e-9)


def test_spin_diodes_weigh_the_tone_at_their_resonance():
    diodes = SpinDiodes(3, law("spin_diode"), 1, "diode")
    diodes.tune([2.4e9, 2.5e9, 2.6e9])
    one, other = diodes.step([1e-6], [2.5e9]), diodes.step([0.5e-6], [2.6e9])
    assert diodes.step([1e-6, 0.5e-6], [2.5e9, 2.6e9]) == pytest.approx(one + other, rel=1e-12)
    assert np.abs(one).argmax() == 1
    # symmetric Lorentzian of half width alpha f0 at each diode's own resonance
    diodes.tune([2.5e9, 2.5e9 / 1.02, 2.5e9 / 0.98])
    v = diodes.step([1e-6], [2.5e9])
    assert v[1:] / v[0] == pytest.approx([0.5 * 1.02, 0.5 * 0.98], rel=0.01)
    with pytest.raises(WrongShape):
        diodes.step([1e-6, 1e-6], [2.5e9, 2.5e9])


@pytest.mark.parametrize("leaky", [True, False])
def test_lif_rate_is_the_closed_form(leaky):
    device = law("lif_neuron")
    neurons = LifNeurons(3, device, 1, "lif", leaky=leaky)
    x = np.array([0.05, 0.2, 1.0])
    spikes = neurons.step(x, 10e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        charge = -100e-9 * np.log1p(-1 / (x * 10.0)) if leaky else 1 / (x * 1e8)
        period = np.where(x * 10.0 > 1, charge, np.inf) if leaky else charge
    assert spikes == pytest.approx(np.floor((10e-6 + 10e-9) / (period + 10e-9)), abs=1)
    assert (spikes[0] == 0) == leaky


def test_lif_spikes_do_not_depend_on_how_time_is_cut():
    device = replace(law("lif_neuron"), threshold_noise=0.2)
    whole, parts = LifNeurons(20, device, 4, "n"), LifNeurons(20, device, 4, "n")
    x = np.linspace(0.0, 2.0, 20)
    total = whole.step(x, 1e-6)
    assert np.array_equal(sum(parts.step(x, 1e-8) for _ in range(100)), total)
    assert parts.potential == pytest.approx(whole.potential, abs=1e-6)


def test_lif_resets_by_subtraction_keep_the_rest_of_a_kick():
    device = law("lif_neuron", refractory_seconds=0.0)
    neurons = LifNeurons(1, device, 1, "kick", leaky=False, reset_to="subtract")
    neurons.kick(3.25)
    assert neurons.step(0.0, 1e-9).tolist() == [3]
    assert neurons.potential.tolist() == [0.25]
    zero = LifNeurons(1, device, 1, "kick", leaky=False)
    zero.kick(3.25)
    assert zero.step(0.0, 1e-9).tolist() == [1]
    assert zero.potential.tolist() == [0.0]
