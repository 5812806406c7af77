"""Driving a block from cocotb: clock, reset, and stalls of random length. Inputs change on the falling edge."""

# ruff: noqa: S311 - chance here is test stimulus

from __future__ import annotations

import random
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge


async def start(dut: Any, *idle_inputs: str) -> None:
    """Start the clock with the named inputs at zero, reset for four clocks, leave just after a falling edge."""
    for name in idle_inputs:
        getattr(dut, name).value = 0
    dut.rst_ni.value = 0
    cocotb.start_soon(Clock(dut.clk_i, 10, unit="ns").start())
    await clocks(dut, 4)
    dut.rst_ni.value = 1


async def clocks(dut: Any, count: int) -> None:
    """Let some clocks pass."""
    for _ in range(count):
        await FallingEdge(dut.clk_i)


async def stall(dut: Any, most: int = 5) -> None:
    """Let a random number of clocks pass, often none."""
    await clocks(dut, random.choice([0, 0, random.randint(0, most)]))


async def strobe(dut: Any, enable: str, **inputs: int) -> None:
    """Hold an enable and its inputs for one clock."""
    for name, value in inputs.items():
        getattr(dut, name).value = value
    getattr(dut, enable).value = 1
    await FallingEdge(dut.clk_i)
    getattr(dut, enable).value = 0


async def until_idle(dut: Any, most: int) -> int:
    """Wait until busy_o is low; returns how many clocks that took, at most `most`."""
    for waited in range(most + 1):
        if not int(dut.busy_o.value):
            return waited
        await FallingEdge(dut.clk_i)
    raise AssertionError(f"busy for more than {most} clocks")


def bits(value: Any, count: int) -> np.ndarray:
    """A signal's bits as booleans, bit 0 first."""
    word = int(value)
    return np.array([word >> k & 1 for k in range(count)], dtype=np.bool_)


def word(values: np.ndarray) -> int:
    """Booleans as a word, first one in bit 0."""
    return int(sum(int(bit) << k for k, bit in enumerate(values)))


def words(value: Any, count: int) -> np.ndarray:
    """A packed signal as 32-bit words, lowest first."""
    packed = int(value)
    return np.array([packed >> 32 * k & 0xFFFFFFFF for k in range(count)], dtype=np.uint32)
