"""The PyVISA backend: addresses, termination, timeouts, status codes, locks, service requests; scripts unmodified."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvisa
from pyvisa import constants
from pyvisa.constants import EventMechanism, EventType, StatusCode
from spinloop.emulator.bench import Bench, current_bench

ROUTES = {
    "gpib": "GPIB0::5::INSTR",
    "usb": "USB0::0x05E6::0x2450::X1::INSTR",
    "lan": "TCPIP0::192.168.0.9::inst0::INSTR",
    "socket": "TCPIP0::192.168.0.9::5025::SOCKET",
    "serial": "ASRL3::INSTR",
}
BUS, STREAM = ["gpib", "usb", "lan"], ["socket", "serial"]
CONTENT = f"""
[instruments.smu]
model = "keithley2450"
address = {list(ROUTES.values())}
[instruments.pulser]
model = "keysight81160a"
address = "GPIB0::6::INSTR"
"""


@pytest.fixture
def path(bench_file: Callable[[str], Path]) -> Path:
    return bench_file(CONTENT.replace("'", '"'))


@pytest.fixture
def manager(path: Path) -> Iterator[pyvisa.ResourceManager]:
    opened = pyvisa.ResourceManager(f"{path}@spinloop")
    yield opened
    opened.close()


@pytest.fixture
def bench(path: Path) -> Bench:
    return current_bench(path)


def _open(manager: pyvisa.ResourceManager, route: str, **settings: Any) -> Any:
    if route in STREAM:
        settings = {"read_termination": "\n", "write_termination": "\n"} | settings
    return manager.open_resource(ROUTES[route], **settings)


def _status(call: Callable[[], Any]) -> StatusCode:
    with pytest.raises(pyvisa.VisaIOError) as caught:
        call()
    return StatusCode(caught.value.error_code)


def test_all_addresses_are_listed_and_others_are_not_found(manager: pyvisa.ResourceManager) -> None:
    assert set(manager.list_resources("?*")) == {*ROUTES.values(), "GPIB0::6::INSTR"}
    assert manager.list_resources("GPIB?*INSTR") == ("GPIB0::5::INSTR", "GPIB0::6::INSTR")
    assert _status(lambda: manager.open_resource("GPIB0::7::INSTR")) == StatusCode.error_resource_not_found


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_meets_the_same_instrument(manager: pyvisa.ResourceManager, route: str) -> None:
    first, second = _open(manager, "gpib"), _open(manager, route)
    first.write(":SOUR:VOLT 0.375")
    assert float(second.query(":SOUR:VOLT?")) == 0.375
    assert second.query("*IDN?").startswith("KEITHLEY INSTRUMENTS,MODEL 2450")


@pytest.mark.parametrize("route", BUS)
def test_without_a_termination_the_answer_keeps_its_newline(manager: pyvisa.ResourceManager, route: str) -> None:
    device = _open(manager, route)
    assert device.query(":SOUR:FUNC?") == "VOLT\n"
    device.read_termination = "\n"
    assert device.query(":SOUR:FUNC?") == "VOLT"


def test_a_raw_socket_has_no_end_so_a_read_without_termination_times_out(manager: pyvisa.ResourceManager) -> None:
    device = _open(manager, "socket", read_termination=None)
    device.write(":SOUR:FUNC?")
    assert _status(device.read) == StatusCode.error_timeout


def test_a_serial_line_ends_at_its_termination_character(manager: pyvisa.ResourceManager) -> None:
    device = manager.open_resource(ROUTES["serial"])
    assert device.query(":SOUR:FUNC?") == "VOLT\n"
    device.write(":SOUR:FUNC?")
    device.write(":SENS:FUNC?")
    assert [device.read(), device.read()] == ["VOLT\n", '"CURR:DC"\n']


@pytest.mark.parametrize("route", STREAM)
def test_on_a_stream_a_message_lasts_until_its_newline(manager: pyvisa.ResourceManager, route: str) -> None:
    device = _open(manager, route)
    device.write_raw(b":SOUR:VO")
    device.write_raw(b"LT 0.5\n:SOUR:VOLT?\n")
    assert float(device.read()) == 0.5


def test_a_message_may_come_in_parts_when_end_is_withheld(manager: pyvisa.ResourceManager) -> None:
    device = _open(manager, "gpib")
    device.send_end = False
    device.write_raw(b":SOUR:VOLT 0.")
    device.send_end = True
    device.write_raw(b"25")
    assert float(device.query(":SOUR:VOLT?")) == 0.25


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_an_answer_may_be_read_in_pieces(manager: pyvisa.ResourceManager, count: int) -> None:
    device = _open(manager, "usb")
    device.write("*IDN?")
    assert device.read_raw(count).startswith(b"KEITHLEY INSTRUMENTS")


@pytest.mark.parametrize("route", ROUTES)
def test_silence_is_a_timeout_in_virtual_time(manager: pyvisa.ResourceManager, bench: Bench, route: str) -> None:
    device = _open(manager, route, timeout=3_600_000)
    before = bench.clock.seconds
    assert _status(device.read) == StatusCode.error_timeout
    assert bench.clock.seconds - before == 3600.0
    errors = bench.instruments["smu"].status.errors
    assert errors.pop().code == (-420 if route in BUS else 0)


def test_an_infinite_timeout_does_not_hang(manager: pyvisa.ResourceManager, bench: Bench) -> None:
    device = _open(manager, "gpib", timeout=None)
    assert _status(device.read) == StatusCode.error_timeout
    assert bench.clock.seconds == 0.0


@pytest.mark.parametrize("route", BUS)
def test_the_bus_has_status_byte_clear_and_trigger(manager: pyvisa.ResourceManager, bench: Bench, route: str) -> None:
    device = _open(manager, route)
    device.write("*CLS")
    device.write("*IDN?")
    assert device.read_stb() & 16
    device.clear()
    assert not device.read_stb() & 16
    device.assert_trigger()
    assert bench.instruments["smu"].status.errors.pop().code == -211, "a 2450 without a trigger model ignores it"


@pytest.mark.parametrize("route", STREAM)
def test_a_stream_has_none_of_these(manager: pyvisa.ResourceManager, route: str) -> None:
    device = _open(manager, route)
    assert _status(device.read_stb) == StatusCode.error_nonsupported_operation
    assert _status(device.assert_trigger) == StatusCode.error_nonsupported_operation
    device.write("*IDN?")
    device.clear()
    assert _status(device.read) == StatusCode.error_timeout


def test_what_visa_has_and_a_bench_has_not_says_so(manager: pyvisa.ResourceManager) -> None:
    device = _open(manager, "gpib")
    library = manager.visalib
    unsupported = StatusCode.error_nonsupported_operation
    assert _status(lambda: library.gpib_send_ifc(device.session)) == unsupported
    assert _status(lambda: library.read_asynchronously(device.session, 10)) == unsupported
    assert _status(lambda: library.peek_8(device.session, 0)) == unsupported
    assert _status(lambda: library.write(987654, b"x")) == StatusCode.error_invalid_object
    queue = EventMechanism.queue
    assert _status(lambda: device.enable_event(EventType.trig, queue)) == StatusCode.error_invalid_event
    handler = EventMechanism.handler
    found = _status(lambda: device.enable_event(EventType.service_request, handler))
    assert found == StatusCode.error_nonsupported_mechanism


def test_a_service_request_can_be_waited_for(manager: pyvisa.ResourceManager, bench: Bench) -> None:
    device = _open(manager, "gpib")
    device.enable_event(EventType.service_request, EventMechanism.queue)
    device.write("*CLS;*SRE 16")
    assert device.wait_on_event(EventType.service_request, 2500, capture_timeout=True).timed_out
    assert bench.clock.seconds == 2.5
    device.write("*IDN?")
    assert not device.wait_on_event(EventType.service_request, 1000).timed_out
    assert device.read_stb() & 64
    assert not device.read_stb() & 64
    device.read()
    device.write("*OPC?")
    device.wait_for_srq(1000)
    assert device.read() == "1\n"


def test_an_exclusive_lock_keeps_others_out_and_nests(manager: pyvisa.ResourceManager) -> None:
    first, second = _open(manager, "gpib"), _open(manager, "usb", timeout=1)
    first.lock_excl()
    first.lock_excl()
    assert first.lock_state == constants.AccessModes.exclusive_lock
    first.unlock()
    assert _status(lambda: second.write("*CLS")) == StatusCode.error_resource_locked
    assert _status(lambda: second.lock_excl(timeout=5)) == StatusCode.error_resource_locked
    first.unlock()
    second.write("*CLS")
    assert _status(first.unlock) == StatusCode.error_session_not_locked
    first.lock_excl()
    first.close()
    second.write("*CLS")


def test_a_shared_lock_is_shared_by_its_key(manager: pyvisa.ResourceManager) -> None:
    first, second, third = _open(manager, "gpib"), _open(manager, "usb"), _open(manager, "lan")
    key = first.lock()
    assert second.lock(requested_key=key) == key
    second.write("*CLS")
    assert _status(lambda: third.write("*CLS")) == StatusCode.error_resource_locked


def test_attributes_have_defaults_limits_and_kinds(manager: pyvisa.ResourceManager) -> None:
    device = _open(manager, "serial")
    assert (device.baud_rate, device.data_bits, device.timeout) == (9600, 8, 2000)
    device.baud_rate = 115200
    assert device.baud_rate == 115200
    bus = _open(manager, "gpib")
    name = constants.ResourceAttribute
    assert bus.primary_address == 5
    assert _status(lambda: bus.get_visa_attribute(name.asrl_baud_rate)) == StatusCode.error_nonsupported_attribute
    read_only = _status(lambda: bus.set_visa_attribute(name.resource_class, "X"))
    assert read_only == StatusCode.error_attribute_read_only
    bad = _status(lambda: bus.set_visa_attribute(name.termchar, 999))
    assert bad == StatusCode.error_nonsupported_attribute_state


def test_binary_data_goes_both_ways(manager: pyvisa.ResourceManager, bench: Bench) -> None:
    device = _open(manager, "gpib")
    device.write(':TRIG:LOAD "SimpleLoop", 300')
    device.write(":INIT")
    texts = device.query_ascii_values(":TRAC:DATA? 1, 300")
    for form, letter in (("REAL", "d"), ("SRE", "f")):
        device.write(f":FORM {form}")
        numbers = device.query_binary_values(":TRAC:DATA? 1, 300", datatype=letter, container=np.array)
        np.testing.assert_allclose(numbers, texts, rtol=1e-6, atol=1e-16)
    pulser = manager.open_resource("GPIB0::6::INSTR")
    # 10 is a newline and 13 a carriage return: bytes of a block are data, whatever they are.
    points = [10, 13, 2570, 3338, -1, 8191, 10]
    for termination in ("\r\n", "\n", ""):
        pulser.write_termination = termination
        pulser.write_binary_values(":DATA1:DAC VOLATILE,", points, datatype="h", is_big_endian=True)
        stored = bench.instruments["pulser"].channel(1).volatile
        assert [round(value * 8191) for value in stored] == points
    assert bench.instruments["pulser"].status.errors.pop().code == 0


def test_two_managers_on_one_file_share_the_bench(path: Path, manager: pyvisa.ResourceManager) -> None:
    other = pyvisa.ResourceManager(f"{path.parent}/../{path.parent.name}/{path.name}@spinloop")
    try:
        _open(manager, "gpib").write(":SOUR:VOLT 1.5")
        assert float(_open(other, "usb").query(":SOUR:VOLT?")) == 1.5
    finally:
        other.close()


def test_a_manager_without_a_bench_says_what_to_write() -> None:
    with pytest.raises(OSError, match=r"bench\.toml@spinloop"):
        pyvisa.ResourceManager("@spinloop")


SCRIPT = """
import pyvisa
from pymeasure.instruments.keithley import Keithley2450

smu = Keithley2450("USB0::0x05E6::0x2450::04400001::INSTR")
matrix = pyvisa.ResourceManager().open_resource("TCPIP0::192.168.0.2::inst0::INSTR")
smu.reset()
smu.apply_voltage(compliance_current=1e-3)
smu.source_voltage = 0.1
smu.measure_current(nplc=1)
smu.enable_source()
matrix.write('channel.exclusiveclose("1105,2203")')
print(matrix.query('print(channel.getclose("allslots"))').strip(), smu.current / 0.1)
smu.shutdown()
"""


def test_an_unmodified_script_meets_the_bench_that_its_environment_names(tmp_path: Path) -> None:
    script = tmp_path / "lab_script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        env={**os.environ, "PYVISA_LIBRARY": "tile16@spinloop"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    closed, siemens = ran.stdout.split()
    assert closed == "1105;2203"
    assert 4e-6 < float(siemens) < 4e-5, "a junction of 25 to 250 kOhm"
