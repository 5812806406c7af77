"""A crossbar does what its operations say, within what it declares."""

from __future__ import annotations

import numpy as np
from spinloop.protocols.chip import Block, Chip
from spinloop.protocols.operations import Multiply, Program, Pulse, Read
from spinloop.protocols.results import ENERGY_KINDS, Conductances, Currents, Done, Programmed

TOLERANCE = 0.4  # nearer to the target than to the other state of a junction of 150 % TMR


def strong_pulse(crossbar: Block, sign: float, where: np.ndarray) -> Pulse:
    info = crossbar.info
    width = min(info.limits.max_pulse_seconds, 10 * (info.write_seconds or info.limits.max_pulse_seconds))
    return Pulse(crossbar.name, sign * info.limits.max_write_volts, width, 5, where)


def test_answers_have_their_kind_shape_and_accounts(chip: Chip, crossbar: Block, corner: np.ndarray) -> None:
    rows, _ = crossbar.shape
    name = crossbar.name
    operations = [
        Read(name, rows=(0,), cols=(0,)),
        strong_pulse(crossbar, +1, corner[:2]),
        Program(name, crossbar.info.low_siemens or 0.0, TOLERANCE, 10, corner[:2]),
        Multiply(name, np.full((2, rows), crossbar.info.read_volts)),
    ]
    read, pulse, program, multiply = chip.execute(operations)
    assert isinstance(read, Conductances)
    assert isinstance(pulse, Done)
    assert isinstance(program, Programmed)
    assert isinstance(multiply, Currents)
    assert np.asarray(read.siemens).shape == (1, 1)
    assert np.asarray(multiply.amps).shape == (2, crossbar.shape[1])
    assert np.asarray(multiply.amps).dtype == np.float64
    assert pulse.pulses == 5 * len(corner[:2])
    for array in (program.siemens, program.residual, program.pulses_per_cell, program.failed):
        assert np.asarray(array).shape == crossbar.shape
    for answer in (read, pulse, program, multiply):
        assert answer.chip_seconds > 0
        assert answer.energy_kind in ENERGY_KINDS
        assert answer.energy_joules >= 0


def test_strong_pulses_write_both_states(chip: Chip, crossbar: Block, corner: np.ndarray) -> None:
    low, high = crossbar.info.low_siemens or 0.0, crossbar.info.high_siemens or 0.0
    border = np.sqrt(low * high)
    rows, cols = sorted(set(corner[:, 0].tolist())), sorted(set(corner[:, 1].tolist()))
    for sign in (+1, -1, +1, -1):
        chip.execute([strong_pulse(crossbar, sign, corner)])
        siemens = crossbar.read(rows, cols)
        assert siemens.shape == (len(rows), len(cols))
        right = (siemens > border) if sign > 0 else (siemens < border)
        # A stuck cell or two is a property of the chip, not a fault of the substrate.
        assert right.mean() >= 0.8, (sign, siemens)


def test_a_pulse_leaves_the_other_cells_alone(chip: Chip, crossbar: Block, corner: np.ndarray) -> None:
    border = np.sqrt((crossbar.info.low_siemens or 0.0) * (crossbar.info.high_siemens or 0.0))
    chip.execute([strong_pulse(crossbar, -1, corner)])
    rows, cols = sorted(set(corner[:, 0].tolist())), sorted(set(corner[:, 1].tolist()))
    before = crossbar.read(rows, cols) > border
    chip.execute([strong_pulse(crossbar, +1, corner[:1])])
    after = crossbar.read(rows, cols) > border
    changed = before != after
    changed[0, 0] = False
    assert not changed.any()


def test_program_reaches_a_pattern_and_reports_it(chip: Chip, crossbar: Block, corner: np.ndarray) -> None:
    low, high = crossbar.info.low_siemens or 0.0, crossbar.info.high_siemens or 0.0
    mask = np.zeros(crossbar.shape, dtype=bool)
    mask[corner[:, 0], corner[:, 1]] = True
    parity = np.indices(crossbar.shape).sum(axis=0) % 2
    for flip in (0, 1):
        target = np.where(parity == flip, high, low)
        report = crossbar.program(target, TOLERANCE, 20, where=mask)
        failed = np.asarray(report.failed)
        assert failed.sum() <= 0.2 * len(corner)
        assert not failed[~mask].any()
        assert (np.asarray(report.residual)[mask & ~failed] <= TOLERANCE).all()
        assert report.pulses == np.asarray(report.pulses_per_cell).sum()
        assert (np.asarray(report.pulses_per_cell)[~mask] == 0).all()
        for row, col in corner.tolist():
            if not failed[row, col]:
                assert abs(crossbar.read([row], [col])[0, 0] / target[row, col] - 1) <= 1.5 * TOLERANCE


def test_a_mask_and_a_list_select_the_same_cells(chip: Chip, crossbar: Block, corner: np.ndarray) -> None:
    low = crossbar.info.low_siemens or 0.0
    mask = np.zeros(crossbar.shape, dtype=bool)
    mask[corner[:, 0], corner[:, 1]] = True
    by_mask = crossbar.program(low, TOLERANCE, 10, where=mask)
    by_list = crossbar.program(low, TOLERANCE, 10, where=corner)
    assert ((np.asarray(by_mask.siemens) > 0) == (np.asarray(by_list.siemens) > 0)).all()


def test_currents_are_the_product_of_voltages_and_conductances(chip: Chip, crossbar: Block) -> None:
    """Within 12 %, which leaves room for wires, bias dependence, converters and noise, but not for a wrong line."""
    rows, cols = crossbar.shape
    rng = np.random.default_rng(20261120)
    siemens = crossbar.read(reads=2)
    volts = crossbar.info.read_volts or 0.0
    active = rng.integers(0, 2, (3, rows)).astype(float)
    active[0] = 0.0
    active[1] = 1.0
    amps = crossbar.multiply(volts * active, reads=2)
    expected = volts * active @ siemens
    assert np.allclose(amps[1:], expected[1:], rtol=0.12)
    assert np.abs(amps[0]).max() <= 0.02 * np.abs(amps[1]).max()
    assert cols == amps.shape[1]


def test_transposed_currents(chip: Chip, crossbar: Block) -> None:
    if not crossbar.info.transposable:
        return  # that it is refused is tested among the refusals
    cols = crossbar.shape[1]
    volts = np.full((1, cols), crossbar.info.read_volts)
    amps = crossbar.multiply(volts, transpose=True)
    assert np.allclose(np.abs(amps), volts @ crossbar.read().T, rtol=0.12)
