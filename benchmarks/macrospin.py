"""What thermal macrospins cost, against cmtj's `Heun` integrator on the same machine, and how true they are to kT.

Run `python -m benchmarks.macrospin` (add `--json` for one object on each line). Both sides of T1 and T2 take turns over
several rounds, in CPU seconds of one thread, and medians are taken. Before that each shows that it does the same: the
same trajectory without temperature, the same thermal spread with it. The population has all its features on (both spin
torques, voltage, demagnetisation, field, temperature); cmtj's devices have anisotropy, demagnetisation, field, spin
transfer and temperature.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import cmtj
import numpy as np
from numpy.typing import NDArray
from scipy import constants
from spinloop.emulator.devices.macrospin_drive import Drive
from spinloop.emulator.devices.macrospin_parameters import MacrospinParameters
from spinloop.emulator.devices.macrospins import Macrospins
from spinloop.emulator.physics.macrospin import GYROMAGNETIC

from benchmarks._report import figure

ROUNDS = 7
DEVICES, STEPS, STEP = 4096, 300, 1e-13
MS_TESLAS, THICKNESS, AREA, ALPHA, ETA, HK = 1.2, 1e-9, 0.25 * np.pi * 40e-9**2, 0.02, 0.6, 1.1e6
DEMAG, FIELD, AMPS, START = (0.02, 0.03, 0.95), (1e4, 0.0, -1e4), -3e-5, (0.1, 0.0, 1.0)
VOLUME = AREA * THICKNESS


def population(devices: int, kelvins: float, precision: Any) -> Macrospins:
    """Ours; without spin-orbit torque and voltage in the drive it is the device that `junction` makes."""
    law = MacrospinParameters(
        MS_TESLAS / constants.mu_0, VOLUME, ALPHA, HK, demagnetising=DEMAG, temperature_kelvins=kelvins,
        spin_transfer_efficiency=ETA / (1 + ALPHA**2), spin_transfer_field_like=ALPHA, spin_hall=0.2,
        spin_orbit_field_like=0.1, vcma_amps_per_metre_per_volt=-1e5,
    )  # fmt: skip
    spins = Macrospins(devices, law, step_seconds=STEP, precision=precision, seed=1)
    spins.set_directions(START)
    return spins


def junction(kelvins: float) -> Any:
    """One of cmtj's."""
    tensor = [cmtj.CVector(*row) for row in np.diag(DEMAG).tolist()]
    start, axis = cmtj.CVector(*START), cmtj.CVector(0, 0, 1)
    start.normalize()
    layer = cmtj.Layer.createSTTLayer("free", start, axis, MS_TESLAS, THICKNESS, AREA, tensor, ALPHA, 1.0, 0.0, ETA)
    layer.setReferenceLayer(axis)
    made = cmtj.Junction([layer])
    constant = cmtj.ScalarDriver.getConstantDriver
    made.setLayerAnisotropyDriver("free", constant(0.5 * MS_TESLAS * HK))
    made.setLayerExternalFieldDriver("free", cmtj.AxialDriver(*(constant(component) for component in FIELD)))
    made.setLayerCurrentDriver("free", constant(AMPS / AREA))
    if kelvins:
        made.setLayerTemperatureDriver("free", constant(kelvins))
    return made


def same_constants() -> None:
    """Give cmtj our values of the constants of nature, so that trajectories can be compared."""
    theirs = cmtj.constants.PhysicalConstants  # type: ignore[attr-defined]
    theirs.set_gyromagnetic_ratio(GYROMAGNETIC)
    theirs.set_magnetic_permeability(constants.mu_0)
    theirs.set_TtoAm(1.0 / constants.mu_0)
    theirs.set_hbar(constants.hbar)
    theirs.set_elementary_charge(constants.e)
    theirs.set_boltzmann_constant(constants.k)


def run(made: Any, steps: int) -> NDArray[np.float64]:
    """Let one of theirs run with one write at the end; its direction."""
    made.runSimulation(steps * STEP, STEP, steps * STEP, False, False, cmtj.SolverMode.Heun)
    m = made.getLayerMagnetisation("free")
    return np.array([m.x, m.y, m.z])


def cpu_seconds(call: Callable[[], object]) -> float:
    """CPU time of this thread in a call."""
    start = time.thread_time()
    call()
    return time.thread_time() - start


def check_same(precision: Any, tolerance: float) -> None:
    """The same trajectory without temperature, and the same spread with it, to 6 standard errors."""
    shared = Drive(FIELD, AMPS)
    cold = population(1, 0.0, precision)
    cold.step(2000, shared)
    theirs = run(junction(0.0), 2000)
    assert np.abs(cold.m[0] - theirs).max() < tolerance, (cold.m[0], theirs)
    warm = population(2000, 300.0, precision)
    warm.step(2000, shared)
    others = np.array([run(junction(300.0), 2000) for _ in range(200)])
    spread, reference = warm.m[:, 0].var(), others[:, 0].var()
    assert abs(np.log(spread / reference)) < 6 * np.sqrt(2 / 200 + 2 / 2000), (spread, reference)


def ensemble(name: str, precision: Any, floor: float, goal: float) -> dict[str, Any]:
    """T1 and T2: device steps a CPU second."""
    check_same(precision, 1e-4 if precision == "float32" else 1e-10)
    spins = population(DEVICES, 300.0, precision)
    drive = spins.prepare(Drive(FIELD, AMPS, 1e10, 0.1))
    junctions = [junction(300.0) for _ in range(DEVICES)]
    spins.step(10, drive)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(cpu_seconds(lambda: [run(made, STEPS) for made in junctions]) / STEPS)
        ours.append(cpu_seconds(lambda: spins.step(10 * STEPS, drive)) / (10 * STEPS))
    rate, other = DEVICES / statistics.median(ours), DEVICES / statistics.median(theirs)
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    against = f"cmtj {version('cmtj')} Heun, {other / 1e6:.2f} M/s"
    return figure(name, rate / 1e6, "M device steps/CPU s", against, ratio, floor, goal)


def changing_drive() -> dict[str, Any]:
    """The same with a drive that changes at every step, as cmtj's are evaluated at every step."""
    spins = population(DEVICES, 300.0, "float32")
    wave = np.sin(np.linspace(0, 60, STEPS))[:, None]
    drive = spins.prepare(Drive(FIELD, AMPS * wave, 1e10 * wave, 0.1 * wave))
    junctions = [junction(300.0) for _ in range(256)]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(cpu_seconds(lambda: [run(made, STEPS) for made in junctions]) / (256 * STEPS))
        ours.append(cpu_seconds(lambda: [spins.step(STEPS, drive) for _ in range(5)]) / (5 * STEPS * DEVICES))
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    name = "float32, 4096 devices, drive changes at every step (cmtj: 256 devices, constant drive)"
    return figure(name, 1e-6 / statistics.median(ours), "M device steps/CPU s", "cmtj Heun", ratio, None, None)


def single() -> dict[str, Any]:
    """T5: ten steps of one device in one call."""
    spins = population(1, 300.0, "float32")
    drive = spins.prepare(Drive(FIELD, AMPS, 1e10, 0.1))
    micros = []
    for _ in range(20_000):
        start = time.perf_counter()
        spins.step(10, drive)
        micros.append((time.perf_counter() - start) * 1e6)
    made = junction(300.0)
    theirs = []
    for _ in range(2000):
        start = time.perf_counter()
        made.runSimulation(10 * STEP, STEP, 10 * STEP, False, False, cmtj.SolverMode.Heun)
        theirs.append((time.perf_counter() - start) * 1e6)
    assert spins.steps_done == 200_000
    value, other = statistics.median(micros), statistics.median(theirs)
    return figure("T5 one device, 10 steps, one call", value, "us", f"cmtj {other:.2f} us", value / other, 5.0, 2.4)


def equilibrium(alpha: float, devices: int = 2**17, samples: int = 8) -> dict[str, Any]:
    """T6: mean of 1 - m_z^2 at the default step, over Boltzmann's; barrier 40, one well; with its standard error."""
    ms, hk, barrier = 9.5e5, 2e5, 40.0
    law = MacrospinParameters(ms, 2 * barrier * constants.k * 300 / (constants.mu_0 * ms * hk), alpha, hk)
    spins = Macrospins(devices, law, seed=6)
    lifetime = round((1 + alpha**2) / (alpha * GYROMAGNETIC * hk * spins.step_seconds))
    z = np.linspace(0, 1, 200_001)
    weight = np.exp(barrier * (z * z - 1))
    rng = np.random.default_rng(7)
    start = np.interp(rng.random(devices), np.cumsum(weight) / weight.sum(), z)
    across, angle = np.sqrt(1 - start**2), rng.uniform(0, 2 * np.pi, devices)
    spins.set_directions(np.stack([across * np.cos(angle), across * np.sin(angle), start], axis=-1))
    means = []
    spins.step(2 * lifetime)  # what they started from decays as exp(-2) in each lifetime
    for _ in range(samples):
        spins.step(lifetime)
        m = spins.m.astype(np.float64)
        means.append(np.mean(m[:, 0] ** 2 + m[:, 1] ** 2))
    exact = np.trapezoid((1 - z * z) * weight, z) / np.trapezoid(weight, z)
    error = np.mean(means) / exact - 1
    deviation = 1.15 / np.sqrt(devices * samples)  # of an exponential variable, samples correlated by exp(-2)
    name = f"T6 error of <1 - mz^2> at the default step, damping {alpha:g} (standard error {deviation:.2%})"
    return figure(name, 100 * abs(error), "%", "Boltzmann", None, 1.0, 0.2)


def main() -> None:
    """Run all, one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on each line")
    parser.add_argument("--quick", action="store_true", help="without T6, which takes most of the time")
    arguments = parser.parse_args()
    same_constants()
    measurements: list[Callable[[], dict[str, Any]]] = [
        lambda: ensemble("T1 float32, 4096 devices, all features", "float32", 50, 100),
        lambda: ensemble("T2 float64, 4096 devices, all features", "float64", 25, 45),
        changing_drive,
        single,
    ]
    if not arguments.quick:
        measurements += [lambda a=alpha: equilibrium(a) for alpha in (0.005, 0.02, 0.1, 0.5)]  # type: ignore[misc]
    for measure in measurements:
        line = measure()
        if arguments.json:
            print(json.dumps(line), flush=True)
        else:
            ratio = "" if line["ratio"] is None else f", {line['ratio']} x {line['against']}"
            bounds = "" if line["floor"] is None else f" (floor {line['floor']}, goal {line['goal']})"
            print(f"{line['name']}: {line['value']} {line['unit']}{ratio}{bounds}", flush=True)


if __name__ == "__main__":
    main()
