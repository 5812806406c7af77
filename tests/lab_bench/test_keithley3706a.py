"""The 3706A driver, byte for byte."""

from __future__ import annotations

import pytest
from pymeasure.test import expected_protocol
from spinloop.lab.drivers import Keithley3706A
from spinloop.lab.drivers.keithley3706a import MAX_ERROR_READS

EMPTY = "0.00000e+00\tQueue Is Empty\t0.00000e+00\t0.00000e+00"
CLOSED = 'print(channel.getclose("allslots"))'


def test_identity() -> None:
    idn = "KEITHLEY INSTRUMENTS INC.,MODEL 3706A,1234567,01.56a"
    with expected_protocol(Keithley3706A, [("*IDN?", idn)]) as matrix:
        assert matrix.id == idn


def test_close_and_open() -> None:
    script = [
        ('channel.close("1101,1102")', None),
        ('channel.open("1102")', None),
        (CLOSED, "1101"),
        (CLOSED, "1101;2201"),
        ('channel.open("allslots")', None),
        (CLOSED, "nil"),
        ("*OPC?", "1"),
    ]
    with expected_protocol(Keithley3706A, script) as matrix:
        matrix.close_channels(["1101", "1102"])
        matrix.open_channels(["1102"])
        assert matrix.closed_channels == ("1101",)
        assert matrix.closed_channels == ("1101", "2201")
        matrix.open_all()
        assert matrix.closed_channels == ()
        assert matrix.complete == 1


def test_route_closes_exclusively_and_says_what_is_closed() -> None:
    line = f'channel.exclusiveclose("1101,2203") {CLOSED}'
    with expected_protocol(Keithley3706A, [(line, "1101;2203")]) as matrix:
        assert matrix.route(["1101", "2203"]) == ("1101", "2203")


@pytest.mark.parametrize("name", ["allslots", "110", "11011", '1101")', "7101", "1001", "", "1101,1102"])
def test_nothing_but_channels_enters_a_command(name: str) -> None:
    with expected_protocol(Keithley3706A, []) as matrix, pytest.raises(ValueError, match="SRCC"):
        matrix.close_channels(["1101", name])


def test_connect_rule() -> None:
    script = [("channel.connectrule = 1", None), ("print(channel.connectrule)", "1.00000e+00")]
    with expected_protocol(Keithley3706A, script) as matrix:
        matrix.connect_rule = "break_before_make"
        assert matrix.connect_rule == "break_before_make"


def test_errors_are_read_to_the_end() -> None:
    script = [
        ("print(errorqueue.count)", "1.00000e+00"),
        ("print(errorqueue.next())", "1.11500e+03\tParameter error no channels\t2.00000e+01\t1.00000e+00"),
        ("print(errorqueue.next())", EMPTY),
        ("errorqueue.clear()", None),
    ]
    with expected_protocol(Keithley3706A, script) as matrix:
        assert matrix.error_count == 1
        assert matrix.check_errors() == [(1115, "Parameter error no channels")]
        matrix.clear_errors()


def test_a_queue_that_never_ends_is_read_to_a_bound() -> None:
    endless = [("print(errorqueue.next())", "-2.85000e+02\tTSP Syntax error\t2.0e+01\t1.0e+00")] * MAX_ERROR_READS
    with expected_protocol(Keithley3706A, endless) as matrix:
        assert matrix.check_errors() == [(-285, "TSP Syntax error")] * MAX_ERROR_READS


def test_delay_waits_for_the_answer() -> None:
    with expected_protocol(Keithley3706A, [("delay(2.500000e-01) print(0)", "0.00000e+00")]) as matrix:
        matrix.delay(0.25)


def test_shutdown_opens_every_channel() -> None:
    with expected_protocol(Keithley3706A, [('channel.open("allslots")', None)]) as matrix:
        matrix.shutdown()
