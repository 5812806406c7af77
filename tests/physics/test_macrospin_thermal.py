"""Thermal macrospins against the Fokker-Planck oracle: equilibrium, relaxation, switching; and the write-error law P9.

Every comparison allows SIGMAS standard errors, a false-alarm rate below 1e-6 for each test as a whole, besides the
tolerance that is named. Seeds are fixed and printed.
"""

import numpy as np
import pytest
from fokker_planck import FokkerPlanck, stationary_mean
from scipy import constants
from spinloop.emulator.devices.macrospin_drive import Drive
from spinloop.emulator.devices.macrospin_parameters import MacrospinParameters
from spinloop.emulator.devices.macrospins import Macrospins
from spinloop.emulator.physics import critical_currents, macrospin, write_error

MS, HK, ETA, KELVINS = 9.5e5, 2e5, 0.6, 300.0
SIGMAS = 6.0  # 2e-9 a comparison, and fewer than 200 comparisons in a test


def warm(barrier, alpha, bias=0.0, seed=1, **options):
    """A population with a barrier and a bias for each device, and the drive that biases it, for i > 0 towards +z."""
    barrier, bias = np.broadcast_arrays(np.asarray(barrier, float), np.asarray(bias, float))
    volume = 2 * barrier * constants.k * KELVINS / (constants.mu_0 * MS * HK)
    law = MacrospinParameters(MS, volume, alpha, HK, temperature_kelvins=KELVINS, spin_transfer_efficiency=ETA)
    spins = Macrospins(barrier.size, law, seed=seed, **options)
    critical = critical_currents.spin_transfer_critical_amps(alpha, ETA, MS, volume, HK)
    print(f"seed {seed}, step {spins.step_seconds:.3g} s")
    return spins, spins.prepare(Drive(spin_transfer_amps=bias * critical))


def steps_for(spins, x, alpha):
    """Steps that make x = a tau."""
    return round(x * (1 + alpha**2) / (alpha * macrospin.GYROMAGNETIC * HK * spins.step_seconds))


def place(spins, z, seed):
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, z.size)
    across = np.sqrt(1 - z**2)
    spins.set_directions(np.stack([across * np.cos(angle), across * np.sin(angle), z], axis=-1))


@pytest.mark.parametrize(
    ("alpha", "noise"), [(0.01, "gaussian"), (0.03, "gaussian"), (0.1, "gaussian"), (0.03, "low_moment")]
)
def test_equilibrium(alpha, noise):
    """Mean of m_z^2 and of m_z to 0.3 % plus statistics, D from 3 to 10 and I/Ic from 0 to 0.5.

    Devices start as the oracle says that they are distributed, and must stay so while the wells forget: in each well a
    wrong temperature would show after x = 1.
    """
    grid = [(barrier, bias) for barrier in (3.0, 4.5, 6.0, 8.0, 10.0) for bias in (0.0, 0.25, 0.5)]
    each = 1024
    barriers, biases = (np.repeat(column, each) for column in zip(*grid, strict=True))
    spins, drive = warm(barriers, alpha, biases, seed=21, noise=noise)
    rng = np.random.default_rng(22)
    start = []
    for barrier, bias in grid:
        oracle = FokkerPlanck(barrier, bias)
        start.append(rng.choice(oracle.z, each, p=oracle.stationary()))
    place(spins, np.concatenate(start), 23)
    spins.step(steps_for(spins, 4.0, alpha), drive)
    z = spins.m[:, 2].astype(float).reshape(len(grid), each)
    deviations = []
    for (barrier, bias), values in zip(grid, z, strict=True):
        for function in (np.square, np.asarray):
            exact = stationary_mean(function, barrier, bias)
            error = function(values).std() / np.sqrt(each)
            assert function(values).mean() == pytest.approx(exact, abs=3e-3 * abs(exact) + SIGMAS * error)
        deviations.append(
            (np.square(values).mean() - stationary_mean(np.square, barrier, bias)) / np.square(values).std()
        )
    # All together: a common error of 1 % of a well's width in m_z^2 would be ten standard errors here.
    assert abs(np.mean(deviations)) < 0.02 + SIGMAS / np.sqrt(each * len(grid))


@pytest.mark.parametrize("alpha", [0.01, 0.03, 0.1])
def test_relaxation_and_switching(alpha):
    """Everything starts in the upper well: mean m_z and the share below the equator, at four times, to 0.005."""
    cases = [(3.0, 0.0), (4.5, 0.0), (6.0, -0.25), (8.0, -0.4), (10.0, -0.5), (3.0, 0.5)]
    each = 1500
    barriers, biases = (np.repeat(column, each) for column in zip(*cases, strict=True))
    spins, drive = warm(barriers, alpha, biases, seed=31)
    oracles = [FokkerPlanck(*case) for case in cases]
    place(spins, np.full(spins.devices, oracles[0].z[-1]), 32)
    moved, before = 0.0, 0.0
    for x in (0.5, 2.0, 8.0, 30.0):
        spins.step(steps_for(spins, x - before, alpha), drive)
        before = x
        for oracle, z in zip(oracles, spins.m[:, 2].astype(float).reshape(len(cases), each), strict=True):
            exact = oracle.evolve(oracle.at(1.0), x)
            mean, below = exact @ oracle.z, exact[oracle.z < 0].sum()
            assert z.mean() == pytest.approx(mean, abs=0.005 + SIGMAS * z.std() / np.sqrt(each))
            spread = np.sqrt(max(below * (1 - below), 10 / each) / each)
            assert np.mean(z < 0) == pytest.approx(below, abs=0.005 + SIGMAS * spread)
            moved = max(moved, below)
    assert moved > 0.6


@pytest.mark.parametrize("barrier", [3.0, 4.0, 5.0])
def test_p8_relaxation_rate(barrier):
    """Decay of mean m_z from half a lifetime on, against the oracle's lowest eigenvalue, to 3 % and SIGMAS errors."""
    alpha, devices = 0.1, 12_000
    spins, drive = warm(np.full(devices, barrier), alpha, seed=41)
    oracle = FokkerPlanck(barrier)
    lifetime = 1 / oracle.rates[1]
    first = steps_for(spins, 0.5 * lifetime, alpha)
    spins.step(first, drive)
    early = spins.m[:, 2].astype(float).mean()
    spins.step(2 * first, drive)
    late = spins.m[:, 2].astype(float).mean()
    rate = np.log(early / late) / lifetime
    error = np.sqrt((1 - late**2) / devices) / late / lifetime
    assert rate == pytest.approx(oracle.rates[1], abs=0.03 * oracle.rates[1] + SIGMAS * error)


@pytest.mark.parametrize(("i", "x"), [(2.0, 2.0), (2.0, 3.0), (3.0, 1.5), (1.5, 4.0)])
def test_p9_write_errors(i, x):
    """Counted failures of 16384 pulses against the law, to 20 % and 5 standard errors (false alarm 6e-7)."""
    alpha, barrier, devices = 0.02, 40.0, 16_384
    spins, drive = warm(np.full(devices, barrier), alpha, -i, seed=51)
    spins.step(steps_for(spins, 3.0, alpha))
    spins.step(steps_for(spins, x, alpha), drive)
    failed, law = np.mean(spins.m[:, 2] > 0), write_error.write_error_rate(i, barrier, x)
    oracle = FokkerPlanck(barrier, -i, cells=2400)
    resting = FokkerPlanck(barrier, cells=2400).stationary() * (oracle.z > 0)
    exact = oracle.march(resting / resting.sum(), x, 400)[oracle.z > 0].sum()
    error = np.sqrt(exact / devices)
    print(f"i = {i}, x = {x}: counted {failed:.5f}, law {law:.5f}, oracle {exact:.5f}")
    assert failed == pytest.approx(law, abs=0.2 * law + 5 * error)
    assert failed == pytest.approx(exact, abs=0.03 * exact + 5 * error)
