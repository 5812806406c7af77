"""The shipped bench with its chip, under unmodified drivers: what is done to a pad has the consequence it has in a lab.

Where a junction must switch it is driven at 1.5 times its critical voltage for a hundred attempt times, where the
probability not to switch (law P11: thermal activation) is below 1e-9; where it must not, at zero or a read voltage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import pyvisa
from pymeasure.instruments.keithley import Keithley2450
from pymeasure.instruments.keysight import Keysight81160A
from spinloop.emulator.bench import Bench, current_bench

LIBRARY = "tile16@spinloop"


@pytest.fixture
def lab() -> Iterator[dict[str, Any]]:
    """Three drivers and, for the truth, the bench itself."""
    smu = Keithley2450("USB0::0x05E6::0x2450::04400001::INSTR", visa_library=LIBRARY)
    pulser = Keysight81160A("USB0::0x0957::0x4108::MY50000001::INSTR", visa_library=LIBRARY)
    manager = pyvisa.ResourceManager(LIBRARY)
    matrix = manager.open_resource("TCPIP0::192.168.0.2::inst0::INSTR")
    smu.reset()
    smu.apply_voltage(compliance_current=1e-3)
    smu.measure_current(nplc=1)
    pulser.reset()
    channel = pulser.ch_1
    channel.shape, channel.output_load, channel.trigger_mode = "PULS", 1e6, "MAN"
    channel.pulse_period, channel.pulse_width = 1e-6, 100e-9
    yield {"smu": smu, "pulser": pulser, "matrix": matrix, "bench": current_bench("tile16")}
    manager.close()


def _siemens(bench: Bench) -> np.ndarray:
    return np.asarray(bench.chip.blocks["weights"].junctions.conductance_siemens(0.0)).copy()


def _pulse(lab: dict[str, Any], route: str, volts: float) -> None:
    channel = lab["pulser"].ch_1
    if volts > 0:
        channel.voltage_high, channel.voltage_low = volts, 0.0
    else:
        channel.voltage_low, channel.voltage_high = volts, 0.0
    lab["pulser"].write(f":OUTP1:POL {'NORM' if volts > 0 else 'INV'}")
    lab["matrix"].write(f'channel.exclusiveclose("{route}")')
    channel.output = True
    lab["pulser"].trigger()
    channel.output = False
    assert lab["pulser"].check_errors() == []


def _switchable(bench: Bench) -> tuple[int, int]:
    """A cell that a strong pulse can move both ways (the catalog's chip may have stuck ones)."""
    stuck = np.asarray(getattr(bench.chip.blocks["weights"].junctions, "stuck", np.zeros((16, 16), dtype=bool)))
    row, col = np.argwhere(~stuck.reshape(16, 16))[37]
    return int(row), int(col)


def test_a_pulse_switches_the_cell_it_is_routed_to_and_no_other(lab: dict[str, Any]) -> None:
    bench = lab["bench"]
    row, col = _switchable(bench)
    route = f"13{row + 1:02d},22{col + 1:02d}"
    _pulse(lab, route, -0.75)
    low = _siemens(bench)
    _pulse(lab, route, 0.75)
    high = _siemens(bench)
    assert high[row, col] > 1.5 * low[row, col]
    others = np.ones((16, 16), dtype=bool)
    others[row, col] = False
    np.testing.assert_array_equal(high[others], low[others])
    lab["matrix"].write(f'channel.exclusiveclose("11{row + 1:02d},22{col + 1:02d}")')
    lab["smu"].source_voltage = 0.1
    lab["smu"].enable_source()
    assert lab["smu"].current / 0.1 == pytest.approx(high[row, col], rel=0.08)


@pytest.mark.parametrize("spoil", ["13{r:02d}", "22{c:02d}", "12{r:02d},22{c:02d}", "23{c:02d},22{c:02d}", "1401,2401"])
def test_a_pulse_on_a_wrong_route_moves_nothing(lab: dict[str, Any], spoil: str) -> None:
    bench = lab["bench"]
    row, col = _switchable(bench)
    _pulse(lab, f"13{row + 1:02d},22{col + 1:02d}", -0.75)
    before = _siemens(bench)
    _pulse(lab, spoil.format(r=row + 1, c=col + 1), 0.75)
    np.testing.assert_array_equal(_siemens(bench), before)


def test_a_pulse_announced_for_fifty_ohm_arrives_at_twice_its_level(lab: dict[str, Any]) -> None:
    """0.4 V would leave the junction alone most of the time; announced for 50 Ohm it is 0.8 V on the junction."""
    bench = lab["bench"]
    row, col = _switchable(bench)
    route = f"13{row + 1:02d},22{col + 1:02d}"
    _pulse(lab, route, -0.75)
    low = _siemens(bench)[row, col]
    lab["pulser"].ch_1.output_load = 50
    _pulse(lab, route, 0.4)
    assert _siemens(bench)[row, col] > 1.5 * low


def test_a_source_meter_that_stays_on_writes_what_it_reads(lab: dict[str, Any]) -> None:
    bench = lab["bench"]
    row, col = _switchable(bench)
    _pulse(lab, f"13{row + 1:02d},22{col + 1:02d}", -0.75)
    low = _siemens(bench)[row, col]
    lab["matrix"].write(f'channel.exclusiveclose("11{row + 1:02d},22{col + 1:02d}")')
    lab["smu"].source_voltage = 0.75
    lab["smu"].enable_source()
    assert lab["smu"].current > 0.0
    assert _siemens(bench)[row, col] > 1.5 * low, "20 ms at 0.75 V is a very long pulse"


def test_compliance_protects_the_junction(lab: dict[str, Any]) -> None:
    """Limited to 1 uA, 0.75 V cannot stand across 50 to 125 kOhm, and the junction keeps its state."""
    bench = lab["bench"]
    row, col = _switchable(bench)
    _pulse(lab, f"13{row + 1:02d},22{col + 1:02d}", -0.75)
    before = _siemens(bench)
    lab["smu"].compliance_current = 1e-6
    lab["matrix"].write(f'channel.exclusiveclose("11{row + 1:02d},22{col + 1:02d}")')
    lab["smu"].source_voltage = 0.75
    lab["smu"].enable_source()
    assert lab["smu"].current == pytest.approx(1e-6, rel=2e-3)
    assert lab["smu"].values(":SOUR:VOLT:ILIM:TRIP?") == [1.0]
    np.testing.assert_array_equal(_siemens(bench), before)


def test_everything_off_is_visible_from_outside(lab: dict[str, Any]) -> None:
    bench = lab["bench"]
    lab["smu"].enable_source()
    lab["pulser"].ch_2.output = True
    assert bench.outputs_on() == {"smu": True, "pulser": True, "matrix": False}
    lab["smu"].disable_source()
    lab["pulser"].ch_2.output = False
    assert bench.outputs_on() == {"smu": False, "pulser": False, "matrix": False}


def test_the_same_seeds_give_the_same_night_in_the_lab(ask: Callable[..., Any]) -> None:
    from spinloop.emulator.bench import bench_path, build_bench, read_bench_file

    def night() -> list[str]:
        bench = build_bench(read_bench_file(bench_path("tile16")))
        smu, matrix, pulser = (bench.instruments[name] for name in ("smu", "matrix", "pulser"))
        ask(smu, ":SOUR:VOLT 0.1;:SOUR:VOLT:ILIM 1e-3")
        ask(pulser, ":FUNC PULS;:OUTP:LOAD INF;:VOLT:HIGH 0.5;LOW 0;:PULS:WIDT 10 NS;:ARM:SOUR MAN")
        found = []
        for line in range(1, 9):
            ask(matrix, f'channel.exclusiveclose("13{line:02d},2201")')
            ask(pulser, ":OUTP ON;*TRG;:OUTP OFF")
            ask(matrix, f'channel.exclusiveclose("11{line:02d},2201")')
            found.append(ask(smu, ":OUTP ON;:READ?;:OUTP OFF"))
        return found

    assert night() == night()
