"""The acceptance: the Verilated library and the golden model agree in every bit, over long random runs."""

from __future__ import annotations

import numpy as np
import pytest
from spinloop.fpga import codes
from spinloop.fpga import registers as reg
from spinloop.fpga.cosim.library import VerilatedChip
from spinloop.fpga.golden.spin_top import SpinTop
from spinloop.fpga.golden.xoshiro128p import seeded_state
from spinloop.fpga.operation_list import OperationList
from spinloop.fpga.row_writes import words_of

SIZE = 64
ROUNDS = 20
CLOCKS_A_ROUND = 50_000
ROW_WRITES = 10_000


def loaded(todo: OperationList, seed: int, size: int) -> None:
    """What the host loads after reset: the sigmoid table and seeds."""
    todo.write_many(reg.TABLE, codes.sigmoid_table())
    for word in seeded_state(seed, size).T[::-1].reshape(-1):
        todo.write(reg.SEED, int(word))


def both(rtl: VerilatedChip, golden: SpinTop, todo: OperationList) -> np.ndarray:
    """Carry out one list on both, compare all answers, return them."""
    answers = rtl.batch(todo)
    expected = golden.batch(todo)
    assert np.array_equal(answers, expected), f"first mismatch at answer {np.flatnonzero(answers != expected)[0]}"
    return answers


@pytest.mark.rtl
def test_a_million_clocks_of_64_neurons(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rtl, golden = VerilatedChip(SIZE), SpinTop(SIZE)
    todo = OperationList()
    loaded(todo, seed, SIZE)
    both(rtl, golden, todo)
    ones = clocks = 0
    for _ in range(ROUNDS):
        todo = OperationList()
        todo.write_many(reg.BIAS, rng.integers(0, 1 << 16, SIZE, dtype=np.uint32))
        both(rtl, golden, todo)
        states, expected = rtl.trace(CLOCKS_A_ROUND), golden.trace(CLOCKS_A_ROUND)
        assert np.count_nonzero(states != expected) == 0
        ones += int(np.unpackbits(states.view(np.uint8)).sum())
        clocks += len(states)
    print(f"0 mismatches over {clocks} clocks x {SIZE} neurons, {ones} ones")
    assert clocks >= 1_000_000
    assert 0.1 * clocks * SIZE < ones < 0.9 * clocks * SIZE  # a comparison of constants would prove nothing
    rtl.close()


@pytest.mark.rtl
def test_ten_thousand_stochastic_row_writes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rtl, golden = VerilatedChip(SIZE), SpinTop(SIZE)
    todo = OperationList()
    loaded(todo, seed, SIZE)
    for _ in range(ROW_WRITES):
        p_set, p_reset = (random_probability(rng) for _ in range(2))
        todo.write_many(reg.P_SET, [p_set & 0xFFFFFFFF, p_set >> 32, p_reset & 0xFFFFFFFF, p_reset >> 32])
        todo.write_many(reg.MASK, words_of(rng.random(SIZE) < rng.choice([0.1, 0.5, 1.0])))
        todo.write_many(reg.DATA, words_of(rng.random(SIZE) < 0.5))
        if rng.random() < 0.2:  # neurons draw from the same generators
            todo.command(reg.RUN, int(rng.integers(0, 20)))
        todo.command(reg.WRITE, int(rng.integers(0, SIZE)))
        todo.read(reg.ROW, 2)
        todo.read(reg.FLIP, 2)
        todo.read(reg.STATE, 2)
    answers = both(rtl, golden, todo).reshape(ROW_WRITES, 6)
    todo = OperationList()
    for row in range(SIZE):
        todo.command(reg.FETCH, row)
        todo.read(reg.ROW, 2)
    todo.read(reg.CLOCKS, 2)
    both(rtl, golden, todo)
    flips = int(np.unpackbits(np.ascontiguousarray(answers[:, 2:4]).view(np.uint8)).sum())
    print(f"0 mismatches over {ROW_WRITES} row writes with {flips} flips")
    assert flips > ROW_WRITES
    rtl.close()


def random_probability(rng: np.random.Generator) -> int:
    """Often an edge, otherwise uniform or uniform in the exponent."""
    kind = rng.integers(0, 4)
    if kind == 0:
        return int(rng.choice([0, 1, codes.CERTAIN - 1, codes.CERTAIN]))
    if kind == 1:
        return int(codes.CERTAIN >> int(rng.integers(0, 33)))
    return int(rng.integers(0, codes.CERTAIN + 1))


@pytest.mark.rtl
@pytest.mark.parametrize("size", [8, 16, 64])
def test_products_are_the_exact_integers(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    rtl, golden = VerilatedChip(size), SpinTop(size)
    cells = rng.random((size, size)) < 0.5
    todo = OperationList()
    todo.write_many(reg.P_SET, [0, 1, 0, 1])
    todo.write_many(reg.MASK, [0xFFFFFFFF, 0xFFFFFFFF])
    for row in range(size):
        todo.write_many(reg.DATA, words_of(cells[row]))
        todo.command(reg.WRITE, row)
    expected = []
    for _ in range(50):
        x_codes = (
            rng.choice(np.array([-128, 127, 0, 1, -1]), size) if rng.random() < 0.3 else rng.integers(-128, 128, size)
        )
        g_p, g_ap = (int(g) for g in rng.integers(0, 256, 2))
        todo.write_many(reg.X, x_codes.astype(np.int8).view("<u4"))
        todo.write_many(reg.G_P, [g_p, g_ap])
        todo.command(reg.MULTIPLY)
        todo.read(reg.RESULT, size)
        expected.append(
            [sum(int(x) * (g_p if on else g_ap) for x, on in zip(x_codes, col, strict=True)) for col in cells.T]
        )
    answers = both(rtl, golden, todo)
    assert answers.view(np.int32).reshape(50, size).tolist() == expected
    rtl.close()
