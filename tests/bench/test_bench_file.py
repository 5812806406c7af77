"""A bench file that cannot be used is refused before anything is built, and the message names the key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from spinloop.emulator.bench import (
    bench_names,
    bench_path,
    build_bench,
    current_bench,
    open_bench,
    read_bench_file,
    reset_benches,
)
from spinloop.emulator.bench.addresses import canonical_address
from spinloop.protocols.errors import BadFile

SMU = '[instruments.smu]\nmodel = "keithley2450"\naddress = "GPIB0::1::INSTR"\n'
OTHER = '[instruments.other]\nmodel = "keysight81160a"\naddress = "{}"\n'
LOAD = "[resistors]\nload = 1e3\n"
WIRE = '[[wires]]\nends = ["smu.hi", "load.a"]\n'


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "missing key instruments"),
        ("[instruments]\n", "at least one instrument"),
        (SMU + "[surprise]\n", "unknown key surprise; allowed keys are bench, instruments, chip, resistors, wires"),
        ("[bench]\nspeed = 3\n" + SMU, "unknown key bench.speed; allowed keys are seed, about"),
        ("[bench]\nseed = -1\n" + SMU, "bench.seed = -1"),
        (SMU + "nplc = 3\n", "unknown key instruments.smu.nplc"),
        (SMU + 'language = "BASIC"\n', "instruments.smu.language = 'BASIC'"),
        (SMU + "serial = 7\n", "instruments.smu.serial = 7"),
        (SMU.replace("keithley2450", "keithley9"), "models are keithley2450, keithley3706a, keysight81160a"),
        (SMU.replace("keithley2450", "_front"), "models are"),
        (SMU.replace("GPIB0::1::INSTR", "COM3 please"), "instruments.smu.address"),
        (SMU.replace("GPIB0::1::INSTR", "VXI0::1::INSTR"), "not among the routes"),
        (SMU + OTHER.format("GPIB::1"), "have the same address"),
        (SMU.replace("[instruments.smu]", "[instruments.Smu]"), "the name 'Smu'"),
        (SMU.replace("[instruments.smu]", "[instruments.chip]"), "the name 'chip'"),
        (SMU + "[resistors]\nload = 0\n", "resistors.load = 0"),
        (SMU + '[resistors]\nload = "1k"\n', "resistors.load = '1k'"),
        (SMU + "[resistors]\nsmu = 5\n", "the name 'smu'"),
        (SMU + LOAD + WIRE.replace("load.a", "load.c"), "'load.c', which does not exist; terminals such as load.a"),
        (SMU + LOAD + WIRE.replace("load.a", "box.a"), "'box.a', which does not exist; terminals of"),
        (SMU + LOAD + WIRE + WIRE.replace("load.a", "load.b"), "two wires end at 'smu.hi'"),
        (SMU + LOAD + WIRE + "colour = 3\n", "unknown key wires[0].colour; allowed keys are ends, ohms"),
        (SMU + LOAD + WIRE + "ohms = -2\n", "wires[0].ohms = -2"),
        (SMU + LOAD + '[[wires]]\nends = ["smu.hi", "smu.lo", "load.a"]\nohms = 1\n', "only on a wire with two ends"),
        (SMU + '[[wires]]\nends = ["smu.hi"]\n', "wires[0].ends"),
        (SMU + '[[wires]]\nends = ["smu.hi[1-3]", "smu.lo"]\n', "3 terminals"),
        (SMU + '[chip]\nname = "tile16"\n', "missing key chip.block"),
        (SMU + '[chip]\nname = "nosuch"\nblock = "weights"\n', "chip"),
        (SMU + '[chip]\nname = "tile16"\nblock = "nosuch"\n', "pads of block 'nosuch'"),
        (SMU + '[chip]\nname = "tile16"\nblock = "weights"\nparameters = {colour = 3}\n', "colour"),
        (SMU + '[chip]\nname = "tile16"\nblock = "weights"\nwire = 3\n', "unknown key chip.wire"),
        (SMU + "[[[\n", "TOML"),
    ],
)
def test_what_is_wrong_is_named(bench_file: Callable[[str], Path], content: str, named: str) -> None:
    path = bench_file(content)
    with pytest.raises(BadFile) as caught:
        build_bench(read_bench_file(path))
    assert named in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_bench_that_is_not_there_lists_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="tile16"):
        open_bench(tmp_path / "none.toml")
    with pytest.raises(BadFile, match="tile16"):
        open_bench("tile17")


@pytest.mark.parametrize("name", bench_names())
def test_every_shipped_bench_can_be_built(name: str) -> None:
    bench = open_bench(name)
    assert not any(bench.outputs_on().values())
    assert bench.chip is not None


def test_one_file_is_one_bench_until_the_benches_are_reset(
    bench_file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bench_file(SMU)
    first = open_bench(path)
    monkeypatch.chdir(path.parent)
    assert current_bench("bench.toml") is first
    reset_benches()
    assert open_bench(path) is not first


def test_a_range_of_wires_joins_one_to_one() -> None:
    file = read_bench_file(bench_path("tile16"))
    joined = {wire.ends: wire.ohms for wire in file.wires}
    for line in range(16):
        assert joined[(f"matrix.slot1.column{line + 1}", f"chip.word{line}")] == 0.5
        assert joined[(f"matrix.slot2.column{line + 1}", f"chip.bit{line}")] == 0.5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GPIB::5", "gpib0::5::instr"),
        ("USB::1510::9296::X1::INSTR", "USB0::0x05e6::0x2450::X1::0::INSTR"),
        ("TCPIP::host.lab", "TCPIP0::HOST.LAB::inst0::INSTR"),
        ("ASRL3", "ASRL3::INSTR"),
    ],
)
def test_spellings_of_one_address(one: str, other: str) -> None:
    assert canonical_address(one) == canonical_address(other)


def test_the_chips_own_truth_is_what_the_bench_reads() -> None:
    """The whole path on the real chip: what a read through relays finds is the chip's own conductance."""
    bench = open_bench("tile16")
    smu, matrix = bench.instruments["smu"], bench.instruments["matrix"]
    truth = bench.chip.blocks["weights"].junctions.conductance_siemens(0.0)
    smu.write(b":SOUR:VOLT:ILIM 1e-3;:SOUR:VOLT 0.1;:OUTP ON")
    rng = np.random.default_rng(5)
    for _ in range(10):
        row, col = rng.integers(16, size=2)
        matrix.write(f'channel.exclusiveclose("11{row + 1:02d},22{col + 1:02d}")'.encode())
        smu.write(b":READ?")
        got = smu.read(100)
        assert got is not None
        # Source and meter within 0.3 %, read noise of the chip of the order of a percent.
        assert float(got[0]) / 0.1 == pytest.approx(truth[row, col], rel=0.08)
