"""The p-bits against their golden model: every state of every clock, with biases, draws and seeds in between."""

# ruff: noqa: S311 - chance here is test stimulus

from __future__ import annotations

import random
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge
from cocotb_bench import bits, clocks, stall, start, strobe, words
from spinloop.fpga import codes
from spinloop.fpga.golden.pbit_array import PbitArray

INPUTS = ("run_i", "draw_i", "seed_en_i", "table_we_i", "bias_we_i")


async def reset_with_table(dut: Any) -> PbitArray:
    await start(dut, *INPUTS)
    model = PbitArray(len(dut.state_o))
    model.table[:] = codes.sigmoid_table()
    for address, word in enumerate(model.table.tolist()):
        await strobe(dut, "table_we_i", table_addr_i=address, table_data_i=word)
    return model


async def run(dut: Any, model: PbitArray, count: int) -> None:
    """Start a run and compare each sampled clock; clocks that are not sampled must change nothing."""
    trace = iter(model.trace(count))
    await strobe(dut, "run_i", run_clocks_i=count)
    before = bits(dut.state_o.value, len(dut.state_o))
    seen = 0
    for _ in range(count + 8):
        sampled = int(dut.sampling_o.value)
        await FallingEdge(dut.clk_i)
        now = bits(dut.state_o.value, len(dut.state_o))
        before = next(trace) if sampled else before
        seen += sampled
        assert np.array_equal(now, before)
    assert seen == count
    assert not int(dut.busy_o.value)


@cocotb.test()
async def reset_state_matches(dut: Any) -> None:
    await start(dut, *INPUTS)
    model = PbitArray(len(dut.state_o))
    assert int(dut.state_o.value) == 0
    assert np.array_equal(words(dut.rnd_o.value, len(dut.state_o)), model.generators.peek())
    await run(dut, model, 50)


@cocotb.test()
async def random_requests_match(dut: Any) -> None:
    model = await reset_with_table(dut)
    neurons = len(dut.state_o)
    for _ in range(60):
        for neuron in random.sample(range(neurons), random.randint(0, neurons)):
            code = random.getrandbits(16)
            model.set_bias(neuron, code)
            await strobe(dut, "bias_we_i", bias_index_i=neuron, bias_code_i=code)
            await stall(dut, 2)
        for _ in range(random.randint(0, 3)):
            await strobe(dut, "draw_i")
            model.generators.draw()
            await stall(dut)
        for _ in range(random.randint(0, 6)):
            word = random.getrandbits(32)
            assert int(dut.seed_o.value) == int(model.generators.state[0, -1])
            await strobe(dut, "seed_en_i", seed_i=word)
            model.generators.shift_seed(word)
        await run(dut, model, random.choice([0, 1, 2, random.randint(3, 60)]))
        assert np.array_equal(words(dut.rnd_o.value, neurons), model.generators.peek())


@cocotb.test()
async def a_run_waits_for_the_bias_before_it(dut: Any) -> None:
    model = await reset_with_table(dut)
    for code in (0, 65280, 32768, 65280):
        model.set_bias(3, code)
        await strobe(dut, "bias_we_i", bias_index_i=3, bias_code_i=code)
        await run(dut, model, 20)


@cocotb.test()
async def the_extreme_thresholds_are_exact(dut: Any) -> None:
    model = await reset_with_table(dut)
    neurons = len(dut.state_o)
    for address, word in ((0, 0), (1, 1 << 16)):
        model.table[address] = word
        await strobe(dut, "table_we_i", table_addr_i=address, table_data_i=word)
    for neuron in range(neurons):
        await strobe(dut, "bias_we_i", bias_index_i=neuron, bias_code_i=(neuron % 2) << 8)
    await strobe(dut, "run_i", run_clocks_i=2000)
    await clocks(dut, 3)
    always = np.arange(neurons) % 2 == 1
    for _ in range(1900):
        await FallingEdge(dut.clk_i)
        assert np.array_equal(bits(dut.state_o.value, neurons), always)


@cocotb.test()
async def a_word_equal_to_the_threshold_is_not_below_it(dut: Any) -> None:
    """Chance meets this edge once in 65536 samples; seeds whose first word lies on it meet it at once."""
    model = await reset_with_table(dut)
    neurons = len(dut.state_o)
    edges = [random.randint(1, (1 << 16) - 1) for _ in range(neurons)]
    for neuron, edge in enumerate(edges):
        model.table[neuron] = edge
        await strobe(dut, "table_we_i", table_addr_i=neuron, table_data_i=edge)
        model.set_bias(neuron, neuron << 8)
        await strobe(dut, "bias_we_i", bias_index_i=neuron, bias_code_i=neuron << 8)
    for below in (0, 1):
        for edge in reversed(edges):
            for word in ((edge << 16) - below, random.getrandbits(32), random.getrandbits(32), 0):
                await strobe(dut, "seed_en_i", seed_i=word)
                model.generators.shift_seed(word)
        await run(dut, model, 1)
        assert bits(dut.state_o.value, neurons).tolist() == [bool(below)] * neurons


@cocotb.test()
async def a_request_during_a_run_is_ignored(dut: Any) -> None:
    model = await reset_with_table(dut)
    neurons = len(dut.state_o)
    await strobe(dut, "run_i", run_clocks_i=40)
    await clocks(dut, random.randint(0, 30))
    await strobe(dut, "run_i", run_clocks_i=random.randint(0, 100))
    for _ in range(60):
        await FallingEdge(dut.clk_i)
    assert np.array_equal(bits(dut.state_o.value, neurons), model.trace(40)[-1])
    assert np.array_equal(words(dut.rnd_o.value, neurons), model.generators.peek())
