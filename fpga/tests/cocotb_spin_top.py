"""The whole chip at its bus against the golden model: random requests, pipelined reads, writes while busy."""

# ruff: noqa: S311 - chance here is test stimulus

from __future__ import annotations

import random
from collections import deque
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge
from cocotb_bench import clocks, stall, start, until_idle
from spinloop.fpga import registers as reg
from spinloop.fpga.golden.spin_top import SpinTop

COMMANDS = ("RUN", "WRITE", "FETCH", "MULTIPLY")


class Bus:
    """Bus driver and scoreboard: every read is checked when it answers, four clocks after its request."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.expected: deque[tuple[int, int] | None] = deque([None] * (reg.READ_CLOCKS - 1))

    async def tick(self, due: tuple[int, int] | None = None) -> None:
        """One clock; `due` is (address, value) of a read that this clock requests."""
        self.expected.append(due)
        await FallingEdge(self.dut.clk_i)
        answer = self.expected.popleft()
        assert bool(int(self.dut.rvalid_o.value)) == (answer is not None)
        if answer is not None:
            address, value = answer
            assert int(self.dut.rdata_o.value) == value, f"register {address:#05x}"

    async def write(self, address: int, value: int) -> None:
        self.dut.we_i.value, self.dut.addr_i.value, self.dut.wdata_i.value = 1, address, value
        await self.tick()
        self.dut.we_i.value = 0

    async def read(self, address: int, value: int) -> None:
        self.dut.re_i.value, self.dut.addr_i.value = 1, address
        await self.tick((address, value))
        self.dut.re_i.value = 0

    async def idle(self, most: int = 3) -> None:
        for _ in range(random.choice([0, 0, random.randint(0, most)])):
            self.dut.addr_i.value = random.getrandbits(12)
            await self.tick()


async def opened(dut: Any) -> tuple[Bus, SpinTop]:
    await start(dut, "we_i", "re_i", "addr_i", "wdata_i")
    model = SpinTop(len(dut.state_o))
    assert await until_idle(dut, 100) == model.size
    return Bus(dut), model


READABLE = [*range(0x40), *range(reg.RESULT, reg.RESULT + 64), *range(0x40, 1 << 12, 61)]


@cocotb.test()
async def every_register_resets_and_reads_back(dut: Any) -> None:
    bus, model = await opened(dut)
    for address in range(1 << 12):
        in_result = reg.RESULT <= address < reg.RESULT + 64
        if not in_result:  # results are undefined before the first multiply
            await bus.read(address, model.read(address))
    for _name, (address, count, access, _bits, _reset) in reg.MAP.items():
        for k in range(count):
            if access == "rw":
                value = random.getrandbits(32)
                model.write(address + k, value)
                await bus.write(address + k, value)
                await bus.read(address + k, model.read(address + k))
            elif access == "ro":
                await bus.write(address + k, random.getrandbits(32))
    for address in range(0x40):
        await bus.read(address, model.read(address))
    await clocks(dut, 1)


@cocotb.test()
async def random_requests_match(dut: Any) -> None:
    bus, model = await opened(dut)
    # The table, the inputs and hence the results have no reset: load them before anything depends on them.
    loads = [(reg.TABLE + k, random.randint(0, 1 << 16)) for k in range(256)]
    loads += [(reg.X + k, random.getrandbits(32)) for k in range(16)]
    for address, value in [*loads, (reg.MULTIPLY, 0)]:
        model.write(address, value)
        await bus.write(address, value)
    while int(dut.busy_o.value):
        await bus.tick()
    for _ in range(500):
        name = random.choice(
            [*COMMANDS * 3, "G_P", "G_AP", *["P_SET", "P_RESET", "MASK", "DATA", "X", "BIAS", "SEED"] * 4]
        )
        address, count, _access, _bits, _reset = reg.MAP[name]
        address += random.randrange(count)
        value = random.randint(0, 40) if name == "RUN" else random.getrandbits(32)
        model.write(address, value)
        await bus.write(address, value)
        if name in COMMANDS:
            while int(dut.busy_o.value):
                await bus.tick()
        await bus.idle()
        for target in random.sample(READABLE, random.randint(0, 6)):
            await bus.read(target, model.read(target))


@cocotb.test()
async def a_write_while_busy_is_dropped_and_remembered(dut: Any) -> None:
    bus, model = await opened(dut)
    for name in COMMANDS:
        value = 30 if name == "RUN" else 1
        model.write(reg.MAP[name][0], value)
        await bus.write(reg.MAP[name][0], value)
        victims = [reg.SEED, reg.G_P, reg.MASK, reg.P_SET, reg.RUN, reg.WRITE, reg.X, reg.BIAS]
        while int(dut.busy_o.value):
            await bus.write(random.choice(victims), random.getrandbits(32))
        for address in range(0x40):
            expected = model.read(address) | (2 if address == reg.STATUS else 0)
            await bus.read(address, expected)
        await bus.write(reg.STATUS, 0)
        await bus.read(reg.STATUS, 0)
    await stall(dut)


@cocotb.test()
async def reset_in_the_middle_of_a_job_starts_clean(dut: Any) -> None:
    bus, model = await opened(dut)
    for name in COMMANDS:
        await bus.write(reg.MAP[name][0], 25)
        for _ in range(random.randint(0, 8)):
            await bus.tick()
        dut.rst_ni.value = 0
        await clocks(dut, 4)
        dut.rst_ni.value = 1
        assert await until_idle(dut, 100) == model.size
        bus = Bus(dut)
        for address in range(0x40):
            await bus.read(address, model.read(address))


@cocotb.test()
async def words_beyond_a_smaller_tile_do_nothing(dut: Any) -> None:
    bus, model = await opened(dut)
    loads = [(reg.TABLE + k, (k % 2) << 16) for k in range(256)]  # segments that never and always give a 1
    loads += [(reg.X + k, random.getrandbits(32)) for k in range(16)]
    loads += [(reg.BIAS + k, (k % 2) << 8) for k in range(64)]
    loads += [(reg.BIAS + k, (1 - k % 2) << 8) for k in range(model.size, 64)]
    # The run follows a bias at once: its clocks of waiting are not chip time.
    for address, value in [*loads, (reg.RUN, 5), (reg.MULTIPLY, 0)]:
        model.write(address, value)
        await bus.write(address, value)
        while int(dut.busy_o.value):
            await bus.tick()
    for address in [*range(0x40), *range(reg.RESULT, reg.RESULT + 64)]:
        await bus.read(address, model.read(address))
    for _ in range(reg.READ_CLOCKS):
        await bus.tick()
