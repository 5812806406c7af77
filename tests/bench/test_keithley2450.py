"""The 2450's front under pymeasure's own driver: what is set is read back, readings are within the data sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymeasure.instruments.keithley import Keithley2450
from spinloop.emulator.bench import current_bench
from spinloop.emulator.instruments import Front
from spinloop.emulator.instruments._keithley2450_ranges import AMP_METER, VOLT_METER
from spinloop.emulator.instruments._ranges import Range, range_for

ADDRESS = "GPIB0::18::INSTR"
LEAD_OHMS = 0.05
BENCH = """
[instruments.smu]
model = "keithley2450"
address = "GPIB0::18::INSTR"
{options}
[resistors]
load = {ohms}
[[wires]]
ends = ["smu.hi", "load.a"]
[[wires]]
ends = ["smu.lo", "load.b", "ground"]
"""


@pytest.fixture
def smu(bench_file: Callable[[str], Path]) -> Iterator[Callable[..., Any]]:
    """Opens pymeasure's driver on a 2450 with a resistor between HI and LO."""
    opened: list[Any] = []

    def connect(ohms: float, options: str = "") -> Any:
        path = bench_file(BENCH.format(ohms=ohms, options=options))
        driver = Keithley2450(ADDRESS, visa_library=f"{path}@spinloop")
        driver.bench = current_bench(path)
        opened.append(driver)
        return driver

    yield connect
    for driver in opened:
        driver.adapter.manager.close()


def _tolerance(ranges: tuple[Range, ...], value: float) -> float:
    """Data sheet accuracy, and eight standard deviations of noise and a digit."""
    used = ranges[range_for(ranges, value)]
    return used.relative * abs(value) + used.absolute + 8 * used.noise + used.resolution


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source_mode", "current"), ("source_voltage", -1.25), ("source_current", 2e-3), ("source_voltage_range", 2.0),
        ("source_current_range", 1e-3), ("compliance_current", 1e-4), ("compliance_voltage", 3.5),
        ("current_nplc", 0.1), ("voltage_nplc", 5.0), ("resistance_nplc", 10.0), ("current_range", 1e-5),
        ("voltage_range", 0.2), ("resistance_range", 2e5), ("source_voltage_delay", 0.25),
        ("source_current_delay", 0.5), ("source_voltage_delay_auto", True), ("source_current_delay_auto", False),
        ("wires", 4), ("wires", 2), ("buffer_points", 500), ("current_filter_count", 7), ("voltage_filter_count", 9),
        ("current_filter_type", "MOV"), ("voltage_filter_type", "REP"), ("current_output_off_state", "HIMP"),
        ("voltage_output_off_state", "ZERO"),
    ],
)  # fmt: skip
def test_what_is_set_is_read_back(smu: Callable[..., Any], name: str, value: Any) -> None:
    driver = smu(1e4)
    driver.reset()
    setattr(driver, name, value)
    found = getattr(driver, name)
    assert found == (pytest.approx(value) if isinstance(value, float) else value)
    assert driver.check_errors() == []


@pytest.mark.parametrize("ohms", [120.0, 1e4, 5e4, 2e6])
@pytest.mark.parametrize("volts", [0.1, -0.55, 5.0])
def test_a_sourced_voltage_drives_the_current_of_the_resistor(
    smu: Callable[..., Any], ohms: float, volts: float
) -> None:
    driver = smu(ohms)
    driver.reset()
    driver.apply_voltage(compliance_current=0.1)
    driver.source_voltage = volts
    driver.measure_current(nplc=1)
    driver.enable_source()
    amps = driver.current
    driver.measure_voltage()
    read_volts = driver.voltage
    driver.measure_resistance()
    read_ohms = driver.resistance
    expected = read_volts / ohms
    volt_error = _tolerance(VOLT_METER, read_volts)
    assert abs(read_volts * ohms / (ohms + LEAD_OHMS) - volts) < 0.02 * abs(volts) + 3e-3
    assert abs(amps - expected) < _tolerance(AMP_METER, expected) + volt_error / ohms
    assert read_ohms == pytest.approx(ohms, rel=volt_error / abs(volts) + _tolerance(AMP_METER, amps) / abs(amps))
    assert driver.check_errors() == []


def test_a_sourced_current_drives_the_voltage_of_the_resistor(smu: Callable[..., Any]) -> None:
    driver = smu(4700.0)
    driver.apply_current(compliance_voltage=10)
    driver.measure_voltage()
    driver.source_current = 1e-3
    driver.enable_source()
    assert driver.voltage == pytest.approx(4.7, rel=2e-3)
    driver.source_current = -1e-3
    assert driver.voltage == pytest.approx(-4.7, rel=2e-3)


def test_the_compliance_limits_and_says_so(smu: Callable[..., Any]) -> None:
    driver = smu(100.0)
    driver.apply_voltage(compliance_current=1e-3)
    driver.source_voltage = 1.0
    driver.measure_current()
    driver.enable_source()
    assert driver.current == pytest.approx(1e-3, rel=1e-3)
    assert driver.values(":SOUR:VOLT:ILIM:TRIP?") == [1.0]
    driver.measure_voltage()
    assert driver.voltage == pytest.approx(0.1, rel=5e-3)
    driver.source_voltage = 0.05
    assert driver.values(":SOUR:VOLT:ILIM:TRIP?") == [0.0]
    driver.source_voltage = -1.0
    driver.measure_current()
    assert driver.current == pytest.approx(-1e-3, rel=1e-3)


def test_a_voltage_limit_limits_a_current_source(smu: Callable[..., Any]) -> None:
    driver = smu(1e6)
    driver.apply_current(compliance_voltage=2.0)
    driver.source_current = 1e-3
    driver.measure_voltage()
    driver.enable_source()
    assert driver.voltage == pytest.approx(2.0, rel=1e-3)
    assert driver.values(":SOUR:CURR:VLIM:TRIP?") == [1.0]


def test_an_output_that_is_off_drives_nothing(smu: Callable[..., Any]) -> None:
    driver = smu(1e3)
    driver.apply_voltage(compliance_current=0.01)
    driver.source_voltage = 1.0
    driver.measure_current()
    assert abs(driver.current) < 2e-10
    assert driver.bench.outputs_on() == {"smu": False}
    driver.enable_source()
    assert driver.source_enabled == 1
    assert driver.bench.outputs_on() == {"smu": True}
    assert driver.current == pytest.approx(1e-3, rel=5e-3)
    driver.shutdown()
    assert driver.bench.outputs_on() == {"smu": False}


def test_the_other_terminals_are_not_wired(smu: Callable[..., Any]) -> None:
    driver = smu(1e3, 'terminals = "rear"')
    driver.apply_voltage(compliance_current=0.01)
    driver.source_voltage = 1.0
    driver.measure_current()
    driver.enable_source()
    assert abs(driver.current) < 2e-10
    driver.use_rear_terminals()
    assert driver.current == pytest.approx(1e-3, rel=5e-3)


def test_a_reading_that_does_not_fit_its_range_overflows(smu: Callable[..., Any]) -> None:
    driver = smu(1e3)
    driver.apply_voltage(compliance_current=0.01)
    driver.source_voltage = 1.0
    driver.measure_current(current=1e-4, auto_range=False)
    driver.enable_source()
    assert driver.current == 9.9e37
    driver.current_range = 1e-3
    assert driver.current == pytest.approx(1e-3, rel=5e-3)


def test_integration_takes_its_time_on_the_virtual_clock_alone(smu: Callable[..., Any]) -> None:
    driver = smu(1e3)
    driver.measure_current(nplc=1)
    driver.enable_source()
    driver.current  # noqa: B018 - the first reading after a change waits for the source, too
    for cycles in (0.01, 1.0, 10.0):
        driver.current_nplc = cycles
        before = driver.bench.clock.seconds
        driver.current  # noqa: B018 - only its duration matters
        assert driver.bench.clock.seconds - before == pytest.approx(cycles / 50 + 0.4e-3)


def test_longer_integration_is_less_noisy(smu: Callable[..., Any]) -> None:
    """White noise: 100 times the time, a tenth of the deviation. 400 readings each; bounds at about 12 sigma."""
    driver = smu(1e6)
    driver.apply_voltage(compliance_current=1e-3)
    driver.source_voltage = 1.0
    driver.enable_source()
    deviation = {}
    for cycles in (0.1, 10.0):
        driver.measure_current(nplc=cycles, current=1e-6, auto_range=False)
        deviation[cycles] = np.std([driver.current for _ in range(400)])
    assert 10 / 1.6 < deviation[0.1] / deviation[10.0] < 10 * 1.9


def test_a_level_outside_a_fixed_range_is_refused_and_the_old_one_stays(smu: Callable[..., Any]) -> None:
    driver = smu(1e3)
    driver.source_voltage_range = 2.0
    driver.source_voltage = 1.5
    driver.source_voltage = 20.0
    assert driver.source_voltage == 1.5
    assert [error[0] for error in driver.check_errors()] == [-222]
    driver.auto_range_source()
    driver.source_voltage = 20.0
    assert driver.source_voltage == 20.0


def test_the_drivers_buffer_works_in_the_command_set_that_it_names(smu: Callable[..., Any]) -> None:
    """pymeasure: "The instrument works if made to emulate a 2400 model"."""
    driver = smu(2e3, 'language = "SCPI2400"')
    driver.reset()
    driver.apply_voltage(compliance_current=0.01)
    driver.source_voltage = 2.0
    driver.enable_source()
    driver.config_buffer(points=20)
    driver.write(":TRIG:COUN 20")
    assert not driver.is_buffer_full()
    driver.start_buffer()
    driver.wait_for_buffer(timeout=1, interval=0)
    rows = driver.buffer_data.reshape(20, 5)
    assert rows[:, 0] == pytest.approx(2.0, rel=5e-3)
    assert rows[:, 1] == pytest.approx(1e-3, rel=5e-3)
    assert (np.diff(rows[:, 3]) > 0.019).all(), "each reading integrates for a power line cycle"
    assert driver.mean_voltage == pytest.approx(rows[:, 0].mean(), rel=1e-5)
    assert driver.mean_current == pytest.approx(rows[:, 1].mean(), rel=1e-5)
    assert driver.std_current == pytest.approx(rows[:, 1].std(ddof=1), rel=1e-3, abs=1e-12)
    assert driver.max_resistance == pytest.approx(2e3, rel=5e-3)
    driver.reset_buffer()
    assert not driver.is_buffer_full()
    assert driver.check_errors() == []


def test_its_own_command_set_has_its_own_buffer(front: Callable[..., Front], ask: Callable[..., str | None]) -> None:
    device = front("keithley2450")
    assert ask(device, ":TRAC:FEED SENSE;:SYST:ERR?") is None
    assert str(ask(device, ":SYST:ERR?")).startswith("-113")
    ask(device, ':TRAC:MAKE "mine", 100')
    ask(device, ':TRIG:LOAD "SimpleLoop", 5, 10 MS')
    ask(device, ":INIT;*WAI")
    assert ask(device, ":TRAC:ACT?") == "5"
    for _ in range(3):
        ask(device, ':READ? "mine", SOUR, READ, REL')
    assert ask(device, ':TRAC:ACT? "mine"') == "3"
    values = [float(v) for v in str(ask(device, ':TRAC:DATA? 1, 3, "mine", READ, REL')).split(",")]
    assert len(values) == 6
    assert values[1] < values[3] < values[5]
    assert float(str(ask(device, ':TRAC:STAT:AVER? "mine"'))) == pytest.approx(
        np.mean(values[::2]), rel=1e-5, abs=1e-16
    )
    ask(device, ':TRAC:DEL "mine"')
    assert ask(device, ':TRAC:ACT? "mine"') is None
    assert str(ask(device, ":SYST:ERR?")).startswith("-224")


def test_a_seed_is_a_specimen(bench_file: Callable[[str], Path]) -> None:
    def reading(seed: int) -> str:
        from spinloop.emulator.bench import build_bench, read_bench_file

        bench = build_bench(read_bench_file(bench_file(BENCH.format(ohms=1e3, options=f"seed = {seed}"))))
        device = bench.instruments["smu"]
        device.write(b":SOUR:VOLT 1;:SOUR:VOLT:ILIM 0.1;:OUTP ON;:READ?")
        got = device.read(1000)
        assert got is not None
        return got[0].decode()

    assert reading(1) == reading(1)
    assert reading(1) != reading(2)


def test_another_command_set_begins_with_the_mains_switch(
    front: Callable[..., Front], ask: Callable[..., str | None]
) -> None:
    device = front("keithley2450")
    ask(device, "*LANG SCPI2400")
    assert ask(device, "*LANG?") == "SCPI"
    device.power_on()
    assert ask(device, "*LANG?") == "SCPI2400"
    assert "MODEL 2400" in str(ask(device, "*IDN?"))
    ask(device, ":OUTP ON")
    assert len(str(ask(device, ":READ?")).split(",")) == 5
