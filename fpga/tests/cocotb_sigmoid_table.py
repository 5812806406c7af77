"""The sigmoid table against its golden model: random words, one code per clock and with gaps."""

# ruff: noqa: S311 - chance here is test stimulus

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb_bench import clocks, start, strobe
from spinloop.fpga.golden.sigmoid_table import threshold

INPUTS = ("table_we_i", "table_addr_i", "table_data_i", "code_we_i", "index_i", "code_i")
LATENCY = 3  # clocks from the code's own clock to its threshold


def random_word() -> int:
    """A table word whose segment stays inside 0 .. 2^16."""
    low, high = random.randint(0, 1 << 16), random.randint(0, 1 << 16)
    rise = max(-(1 << 14), min((1 << 14) - 1, high - low))
    return low | (rise & 0x7FFF) << 17


@cocotb.test()
async def thresholds_match(dut: Any) -> None:
    await start(dut, *INPUTS)
    table = [random_word() for _ in range(256)]
    for address, word in enumerate(table):
        await strobe(dut, "table_we_i", table_addr_i=address, table_data_i=word)
    expected: dict[int, tuple[int, int]] = {}
    for now in range(4000):
        due = expected.pop(now, None)
        assert bool(int(dut.thr_we_o.value)) == (due is not None)
        if due is not None:
            assert (int(dut.thr_index_o.value), int(dut.thr_o.value)) == due
        if random.random() < 0.7:
            code, index = random.getrandbits(16), random.randrange(64)
            expected[now + LATENCY] = (index, threshold(table[code >> 8], code))
            await strobe(dut, "code_we_i", code_i=code, index_i=index)
        else:
            await clocks(dut, 1)
        assert bool(int(dut.busy_o.value)) == bool(expected)
