"""The whole path: operations, pymeasure, PyVISA, SCPI, front panels, junctions, and back."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import pyvisa
from spinloop.emulator.bench import Bench, current_bench, reset_benches
from spinloop.lab.chip_on_bench import SHIPPED, BenchChip, open_bench
from spinloop.lab.drivers import PulseGenerator
from spinloop.lab.on_bench.link import Link
from spinloop.lab.station import Station, load_station
from spinloop.protocols.chip import Chip
from spinloop.protocols.errors import InstrumentError, LimitExceeded, WrongInstrument
from spinloop.protocols.operations import Multiply, Operation, Program, Pulse, Read

import spinloop

STATION = load_station(SHIPPED / "tile16.toml")
EXAMPLE = Path(__file__).parents[2] / "examples" / "station.toml"
READ_NOISE = 0.005  # of tile16's cells, relative, each reading
# 2450 at 0.1 V and 1 uA: source 0.015 % + 200 uV, meter 0.025 % + 0.7 nA; wires and relays, tens of ohms on 50 kOhm.
ACCURACY = 0.005
# Of up to 640 Gaussian comparisons the largest stays below this many standard deviations but once in 10^7.
SIGMAS = 6.5


@pytest.fixture
def bench() -> Iterator[Bench]:
    reset_benches()
    yield current_bench("tile16")
    reset_benches()


@pytest.fixture
def chip(bench: Bench) -> Iterator[Chip]:
    with spinloop.connect("bench:tile16") as opened:
        yield opened


@pytest.fixture
def substrate(bench: Bench) -> Iterator[BenchChip]:
    opened = open_bench("tile16", {})
    yield opened
    opened.close()


def truth(bench: Bench) -> np.ndarray:
    return bench.chip.blocks["weights"].junctions.conductance_siemens(0.1)


def everything_off(bench: Bench) -> bool:
    return not any(bench.outputs_on().values()) and not bench.instruments["matrix"].closed


def station(**changes: Any) -> Station:
    return msgspec.structs.replace(STATION, **changes)


def with_smu(**changes: Any) -> Station:
    smu = msgspec.structs.replace(STATION.instruments.smu, **changes)
    return station(instruments=msgspec.structs.replace(STATION.instruments, smu=smu))


# --- what it answers ---


def test_read_agrees_with_the_junctions(chip: Chip, bench: Bench) -> None:
    siemens = chip["weights"].read()
    assert np.abs(siemens / truth(bench) - 1.0).max() < ACCURACY + SIGMAS * READ_NOISE
    assert everything_off(bench)


def test_averaged_readings_are_closer(chip: Chip, bench: Bench) -> None:
    siemens = chip["weights"].read(rows=[3], cols=[5, 6], reads=100)
    assert np.abs(siemens / truth(bench)[3, 5:7] - 1.0).max() < ACCURACY + SIGMAS * READ_NOISE / 10


def test_multiply_agrees_with_what_was_read(chip: Chip, bench: Bench) -> None:
    rng = np.random.default_rng(5)
    volts = rng.choice([0.0, 0.1, -0.1], size=(4, 16))
    amps = chip["weights"].multiply(volts)
    siemens = truth(bench)
    noise = READ_NOISE * np.sqrt(volts**2 @ siemens**2)
    # Systematic: each group of word lines is measured to 0.5 %, and drops another 0.5 % in wires, relays and leads.
    systematic = 2 * ACCURACY * np.abs(volts) @ siemens + 20e-9
    assert (np.abs(amps - volts @ siemens) < SIGMAS * noise + systematic).all()
    assert everything_off(bench)


def test_program_writes_a_checkerboard(chip: Chip, bench: Bench) -> None:
    high = np.indices((16, 16)).sum(axis=0) % 2 == 0
    where = np.zeros((16, 16), dtype=bool)
    where[:6, :6] = True
    before = truth(bench)
    report = chip["weights"].program(np.where(high, 20e-6, 8e-6), tolerance=0.35, max_pulses=50, where=where)
    after = truth(bench)
    assert not report.failed.any()
    assert after[where & high].min() > after[where & ~high].max()
    assert np.array_equal(after[~where], before[~where])  # nothing else was touched
    assert report.energy_kind == "modelled"
    assert everything_off(bench)


@pytest.mark.parametrize(("volts", "width_seconds", "count"), [(0.6, 1e-8, 1), (-0.7, 2e-7, 5), (0.2, 1e-6, 2)])
def test_a_junction_sees_the_pulse_that_was_asked_for(
    chip: Chip, bench: Bench, monkeypatch: pytest.MonkeyPatch, volts: float, width_seconds: float, count: int
) -> None:
    seen: list[tuple[list[int], float, float, int]] = []

    def watch(connected: np.ndarray, pad_volts: np.ndarray, width: float, times: int) -> None:
        if np.ptp(pad_volts) > 0.05:  # the generator's rest level is off by a millivolt at most
            seen.append((np.flatnonzero(connected).tolist(), float(pad_volts[0] - pad_volts[1]), width, times))

    assert bench._pads is not None
    monkeypatch.setattr(bench._pads, "fire_pulse", watch)
    done = chip["weights"].pulse(volts, width_seconds, count=count, where=np.array([[2, 9]]))
    assert done.pulses == count
    assert len(seen) == 1
    pads, across, width, times = seen[0]
    assert pads == [2, 16 + 9]
    assert across == pytest.approx(volts, rel=0.01, abs=2e-3)  # level accuracy of the emulated 81160A, 50 ohm divider
    assert width == pytest.approx(width_seconds)
    assert times == count
    assert everything_off(bench)


def test_wait_passes_for_the_chip(chip: Chip, bench: Bench) -> None:
    before = bench.clock.seconds
    chip.wait(3.0)
    assert bench.clock.seconds - before == pytest.approx(3.0, rel=1e-6)


def test_a_compliance_that_is_reached_is_flagged(bench: Bench) -> None:
    measurement = msgspec.structs.replace(STATION.chip.measurement, max_amps=1e-7)
    chip = BenchChip(station(chip=msgspec.structs.replace(STATION.chip, measurement=measurement)))
    result = chip.execute([Read("weights", rows=(0,), cols=(0,))])[0]
    assert result.limited
    chip.close()


def test_the_example_station_runs_on_the_emulated_bench(bench: Bench) -> None:
    with spinloop.connect(f"bench:{EXAMPLE}?visa_library=tile16@spinloop") as chip:
        assert chip["weights"].read(rows=[0], cols=[0]).shape == (1, 1)
        assert chip.info.identity == "wafer-3-die-17"


def test_past_a_limit_nothing_moves(chip: Chip, bench: Bench) -> None:
    before = bench.clock.seconds
    with pytest.raises(LimitExceeded):
        chip["weights"].pulse(0.9, 1e-8)
    with pytest.raises(LimitExceeded):
        chip["weights"].read(read_volts=0.3)
    assert bench.clock.seconds == before


def test_what_an_earlier_script_left_does_not_spoil_readings(bench: Bench) -> None:
    manager = pyvisa.ResourceManager("tile16@spinloop")
    with manager.open_resource(STATION.instruments.smu.address) as smu:
        for command in (":SENS:CURR:AVER ON", ":SOUR:FUNC CURR", ":SENS:CURR:RANG 1", ":ROUT:TERM REAR", ":NOSUCH"):
            smu.write(command)  # type: ignore[attr-defined]
    with manager.open_resource(STATION.instruments.pulser.address) as pulser:
        for command in (":FUNC1 PULS", ":PULS:PER1 1", ":PULS:WIDT1 0.5", ":VOLT1:HIGH 2.5", ":VOLT1:LOW 1", ":NOSUCH"):
            pulser.write(command)  # type: ignore[attr-defined]
        pulser.write(":VOLT1:LIM:HIGH 3;:VOLT1:LIM:LOW 0.5;:VOLT1:LIM:STAT ON")  # type: ignore[attr-defined]
    with spinloop.connect("bench:tile16") as chip:
        siemens = chip["weights"].read(rows=[0], cols=[0, 1])
        assert np.abs(siemens / truth(bench)[:1, :2] - 1.0).max() < ACCURACY + SIGMAS * READ_NOISE
        chip["weights"].pulse(-0.6, 1e-8, where=np.array([[0, 0]]))


def test_the_wrong_terminals_read_next_to_nothing(bench: Bench) -> None:
    chip = BenchChip(with_smu(terminals="rear"))
    siemens = chip.execute([Read("weights", rows=(0,), cols=(0,))])[0].siemens
    assert abs(siemens[0, 0]) < 1e-7
    chip.close()


# --- who is there ---


def test_a_wrong_identity_stops_before_anything_moves(bench: Bench) -> None:
    with pytest.raises(WrongInstrument) as caught:
        BenchChip(with_smu(idn="KEITHLEY INSTRUMENTS,MODEL 2450,99"))
    message = str(caught.value)
    assert STATION.instruments.smu.address in message
    assert "MODEL 2450,99" in message
    assert "MODEL 2450,04400001" in message
    assert bench.clock.seconds == 0.0
    assert not bench.instruments["matrix"].counts


def test_an_empty_address_names_itself(bench: Bench) -> None:
    with pytest.raises(InstrumentError, match="GPIB0::24::INSTR"):
        BenchChip(with_smu(address="GPIB0::24::INSTR"))
    assert bench.clock.seconds == 0.0


def test_an_instrument_that_does_not_answer_is_named_with_the_deadline() -> None:
    with ExitStack() as stack:
        addresses = []
        for _ in range(3):
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            addresses.append(f"TCPIP0::127.0.0.1::{server.getsockname()[1]}::SOCKET")
        parts = {
            role: msgspec.structs.replace(getattr(STATION.instruments, role), address=address)
            for role, address in zip(("smu", "pulser", "matrix"), addresses, strict=True)
        }
        instruments = msgspec.structs.replace(STATION.instruments, **parts)
        with pytest.raises(InstrumentError, match=r"did not answer.*0\.3 s") as caught:
            BenchChip(station(instruments=instruments, visa_library="@py", deadline_seconds=0.3))
        assert addresses[0] in str(caught.value)


def test_a_library_that_is_not_there_is_an_instrument_error() -> None:
    with pytest.raises(InstrumentError, match="no_such_backend"):
        BenchChip(station(visa_library="@no_such_backend"))


def test_a_closed_station_opens_again(bench: Bench) -> None:
    for _ in range(3):
        chip = open_bench("tile16", {})
        chip.execute([Read("weights", rows=(0,), cols=(0,))])
        chip.close()
        chip.close()


# --- safety ---


def test_found_energised_it_is_ramped_down_and_no_junction_moves(bench: Bench) -> None:
    before = truth(bench)
    manager = pyvisa.ResourceManager("tile16@spinloop")
    with manager.open_resource(STATION.instruments.smu.address) as smu:
        for command in (":SOUR:FUNC VOLT", ":SOUR:VOLT:RANG 0.2", ":SOUR:VOLT:LEV 0.2", "OUTPUT ON"):
            smu.write(command)  # type: ignore[attr-defined]
    with manager.open_resource(STATION.instruments.matrix.address) as matrix:
        matrix.write('channel.close("1101,2201")')  # type: ignore[attr-defined]
    assert bench.outputs_on()["smu"]
    levels: list[float] = []
    front = bench.instruments["smu"]
    set_level = front.set_level
    front.set_level = lambda name, level: (levels.append(level), set_level(name, level))
    with spinloop.connect("bench:tile16"):
        assert everything_off(bench)
    assert np.abs(np.diff([0.2, *levels])).max() < 0.01
    assert np.array_equal(truth(bench), before)


BUSY: list[Operation] = [
    Read("weights", rows=(0, 1), cols=(0, 1)),
    Multiply("weights", volts=np.full((1, 16), 0.1)),
    Pulse("weights", volts=0.6, width_seconds=1e-8, where=np.array([[0, 0], [5, 5]])),
    Program("weights", target_siemens=8e-6, tolerance=0.35, where=np.array([[0, 0], [1, 1]])),
]


@pytest.mark.parametrize("replies", [1, 3, 8, 14, 21, 30])
def test_ctrl_c_leaves_everything_off(
    substrate: BenchChip, bench: Bench, monkeypatch: pytest.MonkeyPatch, replies: int
) -> None:
    read, seen = Link._read, 0

    def interrupted(self: Link, **kwargs: Any) -> str:
        nonlocal seen
        seen += 1
        if seen == replies:
            signal.raise_signal(signal.SIGINT)  # the query is out and its reply is still in the instrument
        return read(self, **kwargs)

    monkeypatch.setattr(Link, "_read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        substrate.execute(BUSY)
    assert everything_off(bench)
    assert len(substrate.execute(BUSY)) == len(BUSY)  # the unread reply was dropped, and it works again


def test_an_exception_in_the_middle_of_a_pulse_leaves_everything_off(
    substrate: BenchChip, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(self: PulseGenerator) -> None:
        assert bench.outputs_on()["pulser"]
        raise RuntimeError("the script died")

    monkeypatch.setattr(PulseGenerator, "trigger", burst)
    with pytest.raises(RuntimeError, match="died"):
        substrate.execute(BUSY)
    assert everything_off(bench)


def test_make_safe_switches_off_what_others_switched_on(substrate: BenchChip, bench: Bench) -> None:
    manager = pyvisa.ResourceManager("tile16@spinloop")
    with manager.open_resource(STATION.instruments.pulser.address) as pulser:
        pulser.write(":OUTP1 ON")  # type: ignore[attr-defined]
    with manager.open_resource(STATION.instruments.smu.address) as smu:
        smu.write("OUTPUT ON")  # type: ignore[attr-defined]
    assert bench.outputs_on()["smu"]
    assert bench.outputs_on()["pulser"]
    substrate.make_safe()
    assert everything_off(bench)
    assert len(substrate.execute(BUSY)) == len(BUSY)


LEAVES = """
import atexit
from spinloop.emulator.bench import current_bench

bench = current_bench("tile16")
atexit.register(lambda: print(bench.outputs_on(), bench.instruments["matrix"].closed))  # runs after the chip's own
from spinloop.lab.chip_on_bench import open_bench

chip = open_bench("tile16", {})
chip._crossbar._routes.measure((0,), 0)
chip._instruments.smu.enable_source()
chip._instruments.smu.source_voltage = 0.1
print(bench.outputs_on())
"""


def test_a_process_that_ends_leaves_everything_off() -> None:
    ended = subprocess.run([sys.executable, "-c", LEAVES], capture_output=True, text=True, timeout=60)
    during, after = ended.stdout.splitlines()
    assert ended.stderr == ""
    assert "'smu': True" in during
    assert "True" not in after
    assert after.endswith("set()")
