"""One generator against its golden model: draws, stalls and seed shifts in random order."""

# ruff: noqa: S311 - chance here is test stimulus

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb_bench import clocks, start, strobe
from spinloop.fpga.golden.xoshiro128p import Xoshiro128p

RESET_WORDS = (1, 0, 0, 0)  # the module's default SEED


def golden() -> Xoshiro128p:
    model = Xoshiro128p(1)
    model.state[:, 0] = RESET_WORDS
    return model


@cocotb.test()
async def draws_stalls_and_shifts_match(dut: Any) -> None:
    await start(dut, "en_i", "seed_en_i", "seed_i")
    model = golden()
    for _ in range(3000):
        assert int(dut.rnd_o.value) == int(model.peek()[0])
        assert int(dut.seed_o.value) == int(model.state[0, 0])
        kind = random.random()
        if kind < 0.6:
            await strobe(dut, "en_i")
            model.draw()
        elif kind < 0.8:
            word = random.getrandbits(32)
            dut.en_i.value = random.getrandbits(1)  # a shift is stronger than a draw
            await strobe(dut, "seed_en_i", seed_i=word)
            dut.en_i.value = 0
            model.shift_seed(word)
        else:
            await clocks(dut, random.randint(1, 4))


@cocotb.test()
async def reset_brings_the_seed_back(dut: Any) -> None:
    await start(dut, "en_i", "seed_en_i", "seed_i")
    dut.en_i.value = 1
    await clocks(dut, 17)
    dut.rst_ni.value = 0
    await clocks(dut, 1)
    assert int(dut.rnd_o.value) == int(golden().peek()[0])
