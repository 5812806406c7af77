"""A pulse becomes exactly the row writes it stands for: each cell once for each time it is named, nothing else."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from spinloop.fpga import codes, row_writes
from spinloop.fpga import registers as reg
from spinloop.fpga.golden.spin_top import SpinTop
from spinloop.fpga.operation_list import OperationList
from spinloop.protocols.operations import Pulse

SHAPE = (8, 8)
volts_of = st.sampled_from([-0.8, -0.4, -0.0, 0.0, 0.4, 0.45])
widths_of = st.sampled_from([1e-9, 2e-9])
cell_lists = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12)


@settings(deadline=None)  # a busy machine is no failure
@given(cell_lists, st.data())
def test_each_cell_is_written_as_often_as_it_is_named(cells: list[tuple[int, int]], data: st.DataObject) -> None:
    volts = [data.draw(volts_of) for _ in cells]
    widths = [data.draw(widths_of) for _ in cells]
    where = np.array(cells, dtype=np.int64).reshape(-1, 2)
    writes = row_writes.plan(Pulse("b", np.array(volts), np.array(widths), where=where), SHAPE)
    fired = [
        (int(writes.row[k]), int(col), float(writes.volts[k]), float(writes.width_seconds[k]), up)
        for k in range(len(writes.row))
        for col, up in zip(np.flatnonzero(writes.mask[k]), writes.towards_parallel[k][writes.mask[k]], strict=True)
    ]
    asked = [(*cell, abs(v), w, v > 0) for cell, v, w in zip(cells, volts, widths, strict=True)]
    assert Counter(fired) == Counter(asked)
    for cell in set(cells):  # a cell's own pulses keep their order
        assert [f[2:] for f in fired if f[:2] == cell] == [a[2:] for a in asked if a[:2] == cell]
    assert not (writes.towards_parallel & ~writes.mask).any()


@settings(deadline=None)
@given(arrays.arrays(np.float64, SHAPE, elements=volts_of), st.none() | arrays.arrays(np.bool_, SHAPE))
def test_a_row_is_written_once_for_each_magnitude_in_it(volts: np.ndarray, where: np.ndarray | None) -> None:
    writes = row_writes.plan(Pulse("b", volts, 1e-9, where=where), SHAPE)
    mask = np.ones(SHAPE, dtype=bool) if where is None else where
    expected = [(row, v) for row in range(8) for v in sorted(set(np.abs(volts[row][mask[row]])))]
    assert list(zip(writes.row.tolist(), writes.volts.tolist(), strict=True)) == expected
    assert writes.mask.sum() == mask.sum()


@settings(deadline=None)
@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 3), st.sampled_from([8, 16, 33, 64]))))
def test_words_and_bits_are_inverse(bits: np.ndarray) -> None:
    words = row_writes.words_of(bits)
    assert np.array_equal(row_writes.bits_of(words, bits.shape[1]), bits)
    for k in range(bits.shape[1]):
        assert np.array_equal(words[:, k // 32] >> np.uint32(k % 32) & 1, bits[:, k])


def test_a_certain_pulse_sets_exactly_its_cells() -> None:
    chip = SpinTop(8)
    mask = np.eye(8, dtype=bool)
    todo = OperationList()
    todo.append(row_writes.operations(row_writes.plan(Pulse("b", 0.8, 1e-6, where=mask), SHAPE), 1))
    assert not chip.batch(todo).any()  # every row was antiparallel before
    assert np.array_equal(chip.tile.cells, mask)
    assert chip.read(reg.P_SET + 1) == 1


@settings(deadline=None)
@given(st.floats(-0.2, 0.2))
def test_input_codes_are_the_nearest(volts: float) -> None:
    code = int(codes.input_codes(np.array([volts]))[0])
    assert abs(code) <= 127
    assert abs(code * 0.2 / 127 - volts) <= 0.5 * 0.2 / 127 * (1 + 1e-9)


def test_probability_codes_reach_both_ends_and_never_fall() -> None:
    volts = np.linspace(0, 0.8, 2001)
    for width_seconds in (1e-9, 1e-8, 1e-6):
        p = codes.probability_codes(volts, np.array(width_seconds)).astype(np.int64)
        assert p[0] == 0
        assert p[-1] == codes.CERTAIN
        assert np.all(np.diff(p) >= 0)
        assert np.array_equal(p, codes.probability_codes(-volts, np.array(width_seconds)).astype(np.int64))
