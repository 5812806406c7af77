"""Trajectories without temperature against an independent simulator, cmtj 1.15 with its `Heun` integrator.

cmtj's spin torque leaves out the small terms that the Gilbert form has when it is multiplied out (a m x A); it equals
ours with A / (1 + a^2) along the polariser and a field-like torque of a times that. Its constants are set to ours.
"""

import cmtj
import numpy as np
import pytest
from scipy import constants
from spinloop.emulator.devices.macrospin_drive import Drive
from spinloop.emulator.devices.macrospin_parameters import MacrospinParameters
from spinloop.emulator.devices.macrospins import Macrospins
from spinloop.emulator.physics.macrospin import GYROMAGNETIC

MS_TESLAS, THICKNESS, AREA, ETA = 1.2, 1e-9, np.pi * (40e-9) ** 2 / 4, 0.6
MS = MS_TESLAS / constants.mu_0
SECONDS, KEPT = 10e-9, 10e-12

# field (A/m), anisotropy field (A/m), easy axis, demagnetising factors, polariser, current (A), damping, start
DEVICES = {
    "precessing": ((2e4, 0.0, 1e5), 2e5, (0, 0, 1), (0, 0, 0), (0, 0, 1), 0.0, 0.01, (0.6, 0.0, 0.8)),
    "switching": ((0.0, 0.0, 0.0), 1.1e6, (0, 0, 1), (0.02, 0.03, 0.95), (0, 0, 1), -6e-5, 0.02, (0.1, 0.0, 1.0)),
    "oscillating": ((0.0, 0.0, 0.0), 2e4, (1, 0, 0), (0.03, 0.05, 0.92), (0, 0, 1), 1e-4, 0.02, (1.0, 0.0, 0.1)),
}


@pytest.fixture(autouse=True)
def same_constants():
    theirs = cmtj.constants.PhysicalConstants
    theirs.set_gyromagnetic_ratio(GYROMAGNETIC)
    theirs.set_magnetic_permeability(constants.mu_0)
    theirs.set_hbar(constants.hbar)
    theirs.set_elementary_charge(constants.e)
    theirs.set_TtoAm(1.0 / constants.mu_0)
    yield
    theirs.resetToDefaults()


def ours(device, step, seconds=SECONDS):
    field, anisotropy, axis, demag, polariser, amps, damping, start = DEVICES[device]
    law = MacrospinParameters(
        MS, AREA * THICKNESS, damping, anisotropy, axis, demag, 0.0, THICKNESS,
        ETA / (1 + damping**2), polariser, damping,
    )  # fmt: skip
    spins = Macrospins(1, law, step_seconds=step, precision="float64")
    spins.set_directions(start)
    drive = Drive(field_amps_per_metre=field, spin_transfer_amps=amps)
    return spins.step(round(seconds / step), drive, keep_every=round(KEPT / step))[:, 0]


def theirs(device, step, seconds=SECONDS):
    field, anisotropy, axis, demag, polariser, amps, damping, start = DEVICES[device]
    tensor = [cmtj.CVector(*row) for row in np.diag(demag).tolist()]
    start = cmtj.CVector(*start)
    start.normalize()
    layer = cmtj.Layer.createSTTLayer(
        "free", start, cmtj.CVector(*axis), MS_TESLAS, THICKNESS, AREA, tensor, damping, 1.0, 0.0, ETA
    )
    layer.setReferenceLayer(cmtj.CVector(*polariser))
    junction = cmtj.Junction([layer])
    constant = cmtj.ScalarDriver.getConstantDriver
    junction.setLayerAnisotropyDriver("free", constant(0.5 * MS_TESLAS * anisotropy))
    junction.setLayerExternalFieldDriver("free", cmtj.AxialDriver(*(constant(component) for component in field)))
    junction.setLayerCurrentDriver("free", constant(amps / AREA))
    junction.runSimulation(seconds + 2 * step, step, step, False, False, cmtj.SolverMode.Heun)
    log = junction.getLog()
    m = np.stack([log[f"free_m{axis}"] for axis in "xyz"], axis=-1)
    every = round(KEPT / step)
    return m[every - 1 : round(seconds / step) : every]  # its first entry is the state after one step


@pytest.mark.parametrize("device", DEVICES)
def test_trajectories_agree_with_the_same_integrator(device):
    """To 1e-4 over 10 ns at 0.1 ps, and the devices do what they are called."""
    m = ours(device, 1e-13)
    if device == "switching":
        assert m[0, 2] > 0.9
        assert m[-1, 2] < -0.99
    elif device == "oscillating":
        assert np.ptp(m[-100:, 0]) > 0.5
    else:
        assert np.ptp(m[:, 0]) > 0.5
    assert np.abs(m - theirs(device, 1e-13)).max() < 1e-4


@pytest.mark.parametrize("device", DEVICES)
def test_difference_falls_with_the_square_of_the_step(device):
    """Against its trajectories at shorter steps, extrapolated to none; Heun's method is of second order."""
    exact = (4 * theirs(device, 1.25e-14, 3e-9) - theirs(device, 2.5e-14, 3e-9)) / 3
    coarse, fine = (np.abs(ours(device, step, 3e-9) - exact).max() for step in (5e-14, 2.5e-14))
    assert fine < 1e-3
    assert coarse / fine == pytest.approx(4.0, abs=0.4)
