"""The tile against its golden model: random jobs with random stalls, and the laws of a stochastic write."""

# ruff: noqa: S311 - chance here is test stimulus

from __future__ import annotations

import random
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge
from cocotb_bench import bits, clocks, stall, start, strobe, until_idle, word
from spinloop.fpga.golden.mtj_tile import FETCH_CLOCKS, WRITE_CLOCKS, MtjTile

INPUTS = ("fetch_i", "write_i", "multiply_i", "x_we_i", "mask_i", "data_i", "p_set_i", "p_reset_i", "rnd_i")
CERTAIN = 1 << 32


async def cleared(dut: Any) -> MtjTile:
    await start(dut, *INPUTS)
    dut.g_p_i.value, dut.g_ap_i.value = 200, 80
    model = MtjTile(len(dut.mask_i))
    assert await until_idle(dut, 100) == model.clear_clocks
    return model


def random_probability() -> int:
    return random.choice([0, 1, CERTAIN - 1, CERTAIN, random.randint(0, CERTAIN), CERTAIN >> random.randint(0, 32)])


async def write(dut: Any, model: MtjTile, row: int, mask: int, data: int, p_set: int, p_reset: int) -> None:
    """One row write; the random words change every clock, and only those of the draw may matter."""
    size = model.size
    dut.mask_i.value, dut.data_i.value, dut.p_set_i.value, dut.p_reset_i.value = mask, data, p_set, p_reset
    await strobe(dut, "write_i", row_i=row)
    draws = 0
    for _ in range(WRITE_CLOCKS):
        assert int(dut.busy_o.value)
        random_words = np.array([random.choice([0, 0xFFFFFFFF, random.getrandbits(32)]) for _ in range(size)])
        dut.rnd_i.value = sum(int(w) << 32 * k for k, w in enumerate(random_words))
        dut.row_i.value = random.randrange(size)
        if int(dut.draw_o.value):
            draws += 1
            model.write(row, bits(mask, size), bits(data, size), p_set, p_reset, random_words.astype(np.uint32))
        await FallingEdge(dut.clk_i)
    assert draws == 1
    assert not int(dut.busy_o.value)
    assert np.array_equal(bits(dut.flip_o.value, size), model.flip)
    assert np.array_equal(bits(dut.row_o.value, size), model.row)


async def fetch(dut: Any, model: MtjTile, row: int) -> None:
    await strobe(dut, "fetch_i", row_i=row)
    dut.row_i.value = random.randrange(model.size)
    assert await until_idle(dut, 20) == FETCH_CLOCKS
    model.fetch(row)
    assert np.array_equal(bits(dut.row_o.value, model.size), model.row)


async def load_x(dut: Any, model: MtjTile, x_codes: np.ndarray) -> None:
    model.x_codes = x_codes.astype(np.int64)
    for address, packed in enumerate(x_codes.astype(np.int8).view("<u4")):
        await strobe(dut, "x_we_i", x_addr_i=address, x_data_i=int(packed))
        await stall(dut, 2)


async def multiply(dut: Any, model: MtjTile, g_p: int, g_ap: int) -> None:
    dut.g_p_i.value, dut.g_ap_i.value = g_p, g_ap
    await strobe(dut, "multiply_i")
    await clocks(dut, 1)
    dut.g_p_i.value, dut.g_ap_i.value = random.getrandbits(8), random.getrandbits(8)
    assert 1 + await until_idle(dut, 200) == model.multiply_clocks
    model.multiply(g_p, g_ap)
    await stall(dut)
    for col in random.sample(range(model.size), model.size):
        dut.result_col_i.value = col
        await clocks(dut, 3)
        assert dut.result_o.value.to_signed() == int(model.result[col])


@cocotb.test()
async def cleared_after_reset(dut: Any) -> None:
    model = await cleared(dut)
    for row in range(model.size):
        await fetch(dut, model, row)
        assert int(dut.row_o.value) == 0


@cocotb.test()
async def random_jobs_match(dut: Any) -> None:
    model = await cleared(dut)
    size = model.size
    await load_x(dut, model, np.zeros(size))  # the input memory has no reset
    for _ in range(400):
        job = random.random()
        await stall(dut)
        if job < 0.6:
            row, mask, data = random.randrange(size), random.getrandbits(size), random.getrandbits(size)
            await write(dut, model, row, mask, data, random_probability(), random_probability())
        elif job < 0.9:
            await fetch(dut, model, random.randrange(size))
        else:
            if random.random() < 0.8:
                await load_x(dut, model, np.array([random.randint(-128, 127) for _ in range(size)]))
            await multiply(dut, model, random.getrandbits(8), random.getrandbits(8))
    for row in range(size):
        await fetch(dut, model, row)


@cocotb.test()
async def the_largest_sums_do_not_overflow(dut: Any) -> None:
    model = await cleared(dut)
    everything = (1 << model.size) - 1
    for row in range(model.size):
        await write(dut, model, row, everything, random.choice([everything, 0]), CERTAIN, CERTAIN)
    for extreme in (-128, 127):
        await load_x(dut, model, np.full(model.size, extreme))
        for g_p, g_ap in ((255, 0), (0, 255), (255, 255)):
            await multiply(dut, model, g_p, g_ap)


@cocotb.test()
async def probability_zero_never_and_one_always(dut: Any) -> None:
    model = await cleared(dut)
    everything = (1 << model.size) - 1
    for _ in range(30):
        row, data = random.randrange(model.size), random.getrandbits(model.size)
        await write(dut, model, row, everything, data, CERTAIN, CERTAIN)
        assert word(model.cells[row]) == data
        await write(dut, model, row, everything, data ^ everything, 0, 0)
        await fetch(dut, model, row)
        assert int(dut.row_o.value) == data


@cocotb.test()
async def a_start_during_a_job_is_ignored(dut: Any) -> None:
    model = await cleared(dut)
    everything = (1 << model.size) - 1
    dut.mask_i.value, dut.data_i.value = everything, everything
    dut.p_set_i.value, dut.p_reset_i.value = CERTAIN, CERTAIN
    for job, length in (("multiply_i", model.multiply_clocks), ("fetch_i", FETCH_CLOCKS)):
        for intruder in ("write_i", "multiply_i", "fetch_i"):
            await strobe(dut, job, row_i=1)
            await clocks(dut, random.randrange(length - 1))
            assert int(dut.busy_o.value)
            await strobe(dut, intruder, row_i=2)
            await until_idle(dut, length)
            await clocks(dut, 3)
            assert not int(dut.busy_o.value)
    for row in range(model.size):
        await fetch(dut, model, row)
        assert int(dut.row_o.value) == 0
