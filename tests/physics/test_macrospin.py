"""What a single macrospin does without temperature: P6, P10, P13 and P21, voltage, waveforms, sense of the torques."""

import numpy as np
import pytest
from scipy import constants
from spinloop.emulator.devices.macrospin_drive import Drive
from spinloop.emulator.devices.macrospin_parameters import MacrospinParameters
from spinloop.emulator.devices.macrospins import Macrospins
from spinloop.emulator.physics import critical_currents, macrospin, write_error

MS, HK, VOLUME, ALPHA, ETA = 1.2 / constants.mu_0, 2e5, np.pi * (20e-9) ** 2 * 1e-9, 0.01, 0.6
TAU = 1.0 / (macrospin.GYROMAGNETIC * HK)  # seconds per radian in the anisotropy field
DAMPED = write_error.damping_seconds(ALPHA, HK)


def cold(devices=1, step=0.02 * TAU, alpha=ALPHA, precision="float64", **parameters):
    law = {
        "saturation_amps_per_metre": MS, "volume_cubic_metres": VOLUME, "damping": alpha,
        "anisotropy_amps_per_metre": HK, "temperature_kelvins": 0.0, "spin_transfer_efficiency": ETA,
    }  # fmt: skip
    return Macrospins(devices, MacrospinParameters(**(law | parameters)), step_seconds=step, precision=precision)


def ringing(spins, drive, plane=(0, 1), steps=40_000, every=20):
    """Angular frequency and decay rate of a small precession, from its phase and size."""
    kept = spins.step(steps, drive, keep_every=every).astype(float)
    turning = kept[:, :, plane[0]] + 1j * kept[:, :, plane[1]]
    seconds = np.arange(1, len(kept) + 1) * every * spins.step_seconds
    phase = np.unwrap(np.angle(turning), axis=0)
    return np.polyfit(seconds, phase, 1)[0], -np.polyfit(seconds, np.log(np.abs(turning)), 1)[0]


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_p13_perpendicular_precession_and_damping(precision):
    """Frequency to 0.1 % and damping to 0.5 %, against field."""
    fields = np.array([0.0, 0.25, 0.5]) * HK
    spins = cold(3, precision=precision)
    spins.set_directions([0.02, 0.0, 1.0])
    vectors = np.stack([0 * fields, 0 * fields, fields], axis=-1)
    omega, decay = ringing(spins, spins.prepare(Drive(field_amps_per_metre=vectors)), steps=10_000)
    expected = macrospin.GYROMAGNETIC * (HK + fields) / (1 + ALPHA**2)
    assert omega == pytest.approx(expected, rel=1e-3)
    assert decay == pytest.approx(ALPHA * expected, rel=5e-3)
    assert macrospin.GYROMAGNETIC * HK / (2 * np.pi) == pytest.approx(7.04e9, rel=1e-3)


def test_p13_in_plane_precession():
    """f = (gamma / 2 pi) sqrt[B (B + mu0 Ms)] of a film in a field of 50 mT: 6.42 GHz to 0.1 %."""
    ms, alpha, teslas = 1.0 / constants.mu_0, 1e-3, 0.05
    film = {"saturation_amps_per_metre": ms, "anisotropy_amps_per_metre": 0.0, "demagnetising": (0.0, 0.0, 1.0)}
    spins = cold(1, 2e-13, alpha, **film)
    spins.set_directions([1.0, 1e-3, 0.0])
    m = spins.step(100_000, Drive(field_amps_per_metre=(teslas / constants.mu_0, 0, 0)), keep_every=5)[:, 0, 1]
    seconds = np.arange(m.size) * 5 * 2e-13
    rising = np.flatnonzero((m[:-1] < 0) & (m[1:] >= 0))
    crossings = seconds[rising] - m[rising] * 1e-12 / (m[rising + 1] - m[rising])
    hertz = (crossings.size - 1) / (crossings[-1] - crossings[0])
    gamma = macrospin.GYROMAGNETIC / constants.mu_0
    assert hertz == pytest.approx(gamma / (2 * np.pi) * np.sqrt(teslas * (teslas + 1.0)), rel=1e-3)
    assert hertz == pytest.approx(6.42e9, rel=2e-3)


def test_voltage_shifts_the_precession():
    slope = macrospin.vcma_field_per_volt(30e-15, MS, 1e-9, 1e-9)
    volts = np.array([-0.5, 0.0, 0.5])
    spins = cold(3, vcma_amps_per_metre_per_volt=slope)
    spins.set_directions([0.02, 0.0, 1.0])
    omega, _ = ringing(spins, Drive(volts=volts), steps=10_000)
    assert omega == pytest.approx(macrospin.GYROMAGNETIC * (HK + slope * volts) / (1 + ALPHA**2), rel=1e-3)
    critical = critical_currents.voltage_critical_volts(HK, slope)
    assert HK + slope * critical == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("alpha", [0.005, 0.02])
def test_p6_threshold_of_spin_transfer(alpha):
    """A small angle neither grows nor shrinks at Ic0, to 0.5 %; towards and away from the polariser alike."""
    critical = critical_currents.spin_transfer_critical_amps(alpha, ETA, MS, VOLUME, HK)
    reduced = np.linspace(0.8, 1.2, 9)
    for side in (1.0, -1.0):
        spins = cold(9, alpha=alpha)
        spins.set_directions([1e-3, 0.0, side])
        _, decay = ringing(spins, Drive(spin_transfer_amps=-side * reduced * critical), steps=20_000)
        slope, offset = np.polyfit(reduced, -decay, 1)
        assert -offset / slope == pytest.approx(1.0, rel=5e-3)
        assert slope == pytest.approx(1 / write_error.damping_seconds(alpha, HK), rel=1e-2)


@pytest.mark.parametrize("i", [1.5, 2.0, 4.0])
def test_p10_time_to_the_equator(i):
    """tauD ln(th / th0) / (i - 1) with the angle of the exact orbit, to 1 %."""
    start = 40.0**-0.5
    spins = cold(step=0.05 * TAU)
    spins.set_directions([np.sin(start), 0.0, np.cos(start)])
    critical = critical_currents.spin_transfer_critical_amps(ALPHA, ETA, MS, VOLUME, HK)
    z = spins.step(20_000, Drive(spin_transfer_amps=-i * critical), keep_every=1)[:, 0, 2]
    seconds = (np.flatnonzero(z < 0)[0] + 0.5) * spins.step_seconds
    assert seconds == pytest.approx(DAMPED * np.log(write_error.linear_angle(i) / start) / (i - 1), rel=1e-2)


@pytest.mark.parametrize("tilt", [0.02, 0.1])
def test_p21_threshold_of_spin_orbit_torque(tilt):
    """Currents are ramped slowly, held, taken away; the least that switches agrees to 3 %."""
    hall, thickness, alpha, count = 0.3, 1e-9, 0.1, 64
    critical = critical_currents.spin_orbit_critical_amps_per_square_metre(hall, MS, thickness, HK, tilt * HK)
    densities = critical * np.linspace(0.93, 1.07, count)
    ramp = np.concatenate([np.linspace(0, 1, 60), np.ones(40), np.zeros(40)])
    switched = {}
    for sign in (1, -1):
        spins = cold(count, 0.07 * TAU, alpha, spin_hall=hall, thickness_metres=thickness)
        waveform = sign * ramp[:, None] * densities
        drive = Drive((tilt * HK, 0, 0), spin_orbit_amps_per_square_metre=waveform, steps_per_sample=170)
        spins.step(170 * ramp.size, drive)
        switched[sign] = densities[spins.m[:, 2] < 0]
    assert min(len(some) for some in switched.values()) == 0  # the sign decides between up and down
    (least,) = (some.min() for some in switched.values() if len(some))
    assert least == pytest.approx(critical, rel=0.03)


def test_field_like_torque_is_a_field():
    """A current whose torque is all field-like, against the field that it is equal to; both torques' own axis."""
    ratio, amps = 1e6, 1e-9
    strength = ratio * amps * macrospin.spin_transfer_field_per_ampere(ETA, MS, VOLUME)
    driven = cold(polariser=(1, 2, 2), spin_transfer_field_like=ratio)
    in_field = cold()
    for spins, drive in (
        (driven, Drive(spin_transfer_amps=amps)),
        (in_field, Drive(field_amps_per_metre=strength * np.array([1, 2, 2]) / 3)),
    ):
        spins.set_directions([0.3, 0.1, 1.0])
        spins.step(2000, drive)
    assert driven.m == pytest.approx(in_field.m, abs=1e-4)


def test_resonance_in_an_oscillating_field():
    """A transverse field at the resonance turns the moment by h / (2 a Hk): a sampled waveform, to 1 %."""
    spins = cold(alpha=0.05, step=0.02 * TAU)
    steps = 15_000
    middle = (np.arange(steps) + 0.5) * spins.step_seconds
    field = np.zeros((steps, 1, 3))
    field[:, 0, 0] = 1e-3 * HK * np.cos(macrospin.GYROMAGNETIC * HK * middle)
    m = spins.step(steps, Drive(field_amps_per_metre=field), keep_every=1)[-1000:, 0]
    assert np.hypot(m[:, 0], m[:, 1]).mean() == pytest.approx(1e-3 / (2 * 0.05), rel=1e-2)


def test_kernel_is_the_equation_that_is_written_down():
    """One tiny step of every torque at once, against `rate_of_change`; random parameters, seed 5."""
    rng = np.random.default_rng(5)
    n, step = 40, 1e-18
    axis, polariser, spin, start, field = rng.normal(size=(5, n, 3))
    law = MacrospinParameters(
        MS * rng.uniform(0.5, 2, n), VOLUME, rng.uniform(0.01, 0.5, n), HK * rng.uniform(-1, 2, n), axis,
        rng.uniform(0, 1, (n, 3)), 0.0, rng.uniform(1e-9, 3e-9, n), 0.6, polariser, rng.normal(size=n), 0.3, spin,
        rng.normal(size=n), 1e5, macrospin.GYROMAGNETIC * rng.uniform(0.9, 1.1, n),
    )  # fmt: skip
    amps, density, volts = 1e-4 * rng.normal(size=n), 1e12 * rng.normal(size=n), rng.normal(size=n)
    spins = Macrospins(n, law, step_seconds=step, precision="float64")
    spins.set_directions(start)
    m = spins.m
    spins.step(1, Drive(1e5 * field, amps, density, volts))
    e, p, s = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (axis, polariser, spin))
    transfer = macrospin.spin_transfer_field_per_ampere(0.6, law.saturation_amps_per_metre, VOLUME) * amps
    orbit = macrospin.spin_orbit_field_per_density(0.3, law.saturation_amps_per_metre, law.thickness_metres) * density
    pull = transfer[:, None] * p + orbit[:, None] * s
    total = (
        1e5 * field
        + ((law.anisotropy_amps_per_metre + 1e5 * volts) * np.sum(m * e, axis=1))[:, None] * e
        - law.saturation_amps_per_metre[:, None] * law.demagnetising * m
        + (transfer * law.spin_transfer_field_like)[:, None] * p
        + (orbit * law.spin_orbit_field_like)[:, None] * s
    )
    rate = macrospin.rate_of_change(m, total, pull, law.damping, law.gyromagnetic)
    assert (spins.m - m) / step == pytest.approx(rate, rel=1e-4, abs=1e-4 * np.abs(rate).max())
