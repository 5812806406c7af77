"""A station file is wrong in its own way, and says so before any instrument is spoken to."""

from __future__ import annotations

from pathlib import Path

import pytest
from spinloop.lab.chip_on_bench import SHIPPED, open_bench, shipped_stations
from spinloop.lab.station import load_station, wiring_of
from spinloop.protocols.errors import BadFile, BadUrl, UnknownChip

EXAMPLE = Path(__file__).parents[2] / "examples" / "station.toml"
GOOD = EXAMPLE.read_text(encoding="utf-8")


def written(tmp_path: Path, old: str, new: str) -> Path:
    assert GOOD.count(old) >= 1
    path = tmp_path / "station.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize("path", [EXAMPLE, *sorted(SHIPPED.glob("*.toml"))], ids=lambda path: path.name)
def test_shipped_and_example_stations_are_good(path: Path) -> None:
    station = load_station(path)
    wiring = wiring_of(station.chip)
    assert len(wiring.word_high) == len(wiring.word_pulse) == station.chip.rows
    assert len(wiring.bit_low) == station.chip.cols


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("deadline_seconds = 5.0", "deadline_second = 5.0", ["deadline_second", "deadline_seconds", "instruments"]),
        ("nplc = 1.0", "ncpl = 1.0", ["chip.measurement.ncpl", "nplc", "line_hertz"]),
        ("max_read_volts = 0.2", "max_volts = 0.2", ["chip.limits.max_volts", "max_read_volts"]),
        ("rows = 16", "", ["missing key chip.rows", "cols"]),
        ('address = "USB0::0x05E6', '# "USB0::0x05E6', ["missing key instruments.smu.address", "idn"]),
        ("rows = 16", "rows = 16.5", ["rows"]),
        ("rows = 16", "rows = 0", ["rows"]),
        ("rows = 16", "rows = 15", ["word_lines_to_smu_high", "16", "15"]),
        ("read_volts = 0.1", "read_volts = nan", ["chip.read_volts", "finite"]),
        ("max_amps = 1e-3", "max_amps = inf", ["chip.measurement.max_amps", "finite"]),
        ("read_volts = 0.1", "read_volts = 0.3", ["max_read_volts"]),
        ("write_volts = 0.55", "write_volts = 1.55", ["max_write_volts"]),
        ("write_seconds = 10e-9", "write_seconds = 10.0", ["max_pulse_seconds"]),
        ("min_pulse_seconds = 2e-9", "min_pulse_seconds = 1e-10", ["1.5e-09"]),
        ("low_siemens = 8e-6", "low_siemens = 30e-6", ["high_siemens"]),
        ('model = "keithley2450"', 'model = "keithley2400"', ["instruments.smu.model", "keithley2450"]),
        ('idn = "KEITHLEY INSTRUMENTS,MODEL 2450"', 'idn = "("', ["instruments.smu.idn", "regular expression"]),
        ('"TCPIP0::192.168.0.2::inst0::INSTR"', '"USB0::0x05E6::0x2450::04400001::INSTR"', ["address"]),
        ('"1301:1316"', '"1101:1116"', ["1101", "twice"]),
        ('"1301:1316"', '"1301:1416"', ["word_lines_to_pulser", "SRCC"]),
        ('"1301:1316"', '"1316:1301"', ["word_lines_to_pulser"]),
        ('"1301:1316"', "'1301\")'", ["word_lines_to_pulser"]),
        ('terminals = "front"', 'terminals = "back"', ["terminals", "front", "rear"]),
        ("[instruments.matrix]", "[instruments.martix]", ["martix", "matrix"]),
        ("[chip.limits]", "[chip.limits", ["TOML"]),
    ],
)
def test_a_wrong_file_names_its_error(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    path = written(tmp_path, old, new)
    with pytest.raises(BadFile) as caught:
        load_station(path)
    assert all(word in str(caught.value) for word in [*words, str(path)]), str(caught.value)


@pytest.mark.parametrize(
    ("library", "expected"),
    [
        ("", ""),
        ("@py", "@py"),
        ("tile16@spinloop", "tile16@spinloop"),
        ("bench.toml@spinloop", "{folder}/bench.toml@spinloop"),
        ("benches/one@spinloop", "{folder}/benches/one@spinloop"),
        ("/usr/lib/libvisa.so@ivi", "/usr/lib/libvisa.so@ivi"),
    ],
)
def test_relative_paths_are_relative_to_the_station(tmp_path: Path, library: str, expected: str) -> None:
    path = written(tmp_path, 'visa_library = ""', f'visa_library = "{library}"')
    assert load_station(path).visa_library == expected.format(folder=tmp_path)


def test_a_name_that_is_no_station_lists_the_shipped_ones() -> None:
    with pytest.raises(UnknownChip, match="tile16"):
        open_bench("nowhere", {})
    assert "tile16" in shipped_stations()


def test_a_path_that_is_no_file_is_a_bad_file() -> None:
    with pytest.raises(BadFile, match="no such file"):
        open_bench("no/such/station.toml", {})


def test_an_unknown_parameter_lists_the_allowed_ones() -> None:
    with pytest.raises(BadUrl, match="visa_library"):
        open_bench("tile16", {"sead": "7"})
