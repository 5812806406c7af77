"""Laws of SCPI headers: every legal spelling of a header is the same command, and nothing else is."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spinloop.protocols.scpi import Command, Interpreter, Number, StatusModel, Tree, common_commands, setting
from spinloop.protocols.scpi.values import shortened

# A header as a list of (keyword, may be left out); suffixes are tried apart.
HEADERS = [
    [("SENSe", True), ("VOLTage", False), ("DC", True), ("RANGe", False), ("UPPer", True)],
    [("SOURce", False), ("CURRent", False), ("LEVel", True), ("IMMediate", True), ("AMPLitude", True)],
    [("TRACe", False), ("STATistics", False), ("AVERage", False)],
]


class Device:
    """Remembers the last command; enough of a device for the common commands."""

    def __init__(self) -> None:
        self.status = StatusModel()
        self.called: list[object] = []
        self.level = 0.0

    def identity(self) -> str:
        return "MAKER,MODEL,1,1"

    def reset(self) -> None:
        self.level = 0.0

    def self_test(self) -> int:
        return 0

    def bus_trigger(self) -> None:
        self.called.append("trigger")

    def wait_complete(self) -> None:
        self.called.append("wait")


def _pattern(header: list[tuple[str, bool]]) -> str:
    return "".join(f"[:{word}]" if optional else f":{word}" for word, optional in header)


def _device(*commands: Command) -> tuple[Device, Interpreter]:
    device = Device()
    return device, Interpreter(device, Tree([*common_commands(), *commands]))


def _error(device: Device) -> int:
    return device.status.errors.pop().code


@st.composite
def spellings(draw: st.DrawFn) -> tuple[int, str]:
    """A header's number, and one legal way to type it."""
    index = draw(st.integers(0, len(HEADERS) - 1))
    words = [
        draw(st.sampled_from([word, shortened(word)]))
        for word, optional in HEADERS[index]
        if not (optional and draw(st.booleans()))
    ]
    typed = "".join(draw(st.sampled_from([c.upper(), c.lower()])) for c in ":".join(words))
    return index, draw(st.sampled_from(["", ":"])) + typed


@given(spellings())
def test_every_legal_spelling_reaches_its_command_and_no_other(spelling: tuple[int, str]) -> None:
    index, typed = spelling
    commands = [
        Command(_pattern(header), query=lambda d, n=number: d.called.append(n) or "ok")
        for number, header in enumerate(HEADERS)
    ]
    device, interpreter = _device(*commands)
    assert interpreter.execute(f"{typed}?".encode()) == b"ok"
    assert device.called == [index]
    assert _error(device) == 0


@given(spellings(), st.data())
def test_a_mnemonic_that_is_neither_short_nor_long_is_undefined(spelling: tuple[int, str], data: st.DataObject) -> None:
    _, typed = spelling
    words = typed.strip(":").split(":")
    place = data.draw(st.integers(0, len(words) - 1))
    known = {form.upper() for header in HEADERS for word, _ in header for form in (word, shortened(word))}
    wrong = words[place] + data.draw(st.sampled_from(["X", "E", "GE"]))
    if wrong.upper() in known:
        return
    words[place] = wrong
    device, interpreter = _device(*[Command(_pattern(header), query=lambda _: "ok") for header in HEADERS])
    assert interpreter.execute(f"{':'.join(words)}?".encode()) is None
    assert _error(device) in (-113, -112)


def test_numeric_suffixes_select_and_default_to_one() -> None:
    device, interpreter = _device(
        Command(":OUTPut[1|2][:STATe]", lambda d, n, value: d.called.append((n, value)), (Number(0, 9),))
    )
    interpreter.execute(b":OUTP 5;:OUTP1 6;:OUTPUT2:STAT 7")
    assert device.called == [(1, 5.0), (1, 6.0), (2, 7.0)]
    interpreter.execute(b":OUTP3 1")
    assert _error(device) == -114
    interpreter.execute(b":OUTP:STAT1 1")
    assert _error(device) == -113
    assert len(device.called) == 3


def test_a_path_continues_after_a_semicolon_until_a_colon() -> None:
    device, interpreter = _device(
        setting(":SOURce:VOLTage:LEVel", Number(0, 9), "level"),
        Command(":SOURce:VOLTage:RANGe", lambda d, value: d.called.append(("range", value)), (Number(0, 9),)),
        Command(":RANGe", lambda d, value: d.called.append(("root", value)), (Number(0, 9),)),
    )
    # A common command between two headers leaves the path where it is (IEEE 488.2, A.1.1).
    interpreter.execute(b":SOUR:VOLT:LEV 2;*CLS;RANG 3;:RANG 4")
    assert device.level == 2.0
    assert device.called == [("range", 3.0), ("root", 4.0)]
    interpreter.execute(b":SOUR:VOLT:LEV 1;SOUR:VOLT:RANG 3")
    assert _error(device) == -113


def test_the_suffix_of_a_path_holds_for_what_follows_it() -> None:
    device, interpreter = _device(
        Command(":SOURce[1|2]:VOLTage", lambda d, n, value: d.called.append((n, value)), (Number(0, 9),)),
    )
    interpreter.execute(b":SOUR2:VOLT 1;VOLT 2")
    assert device.called == [(2, 1.0), (2, 2.0)]


def test_a_command_error_ends_the_message_and_an_execution_error_does_not() -> None:
    device, interpreter = _device(setting(":LEVel", Number(0, 1), "level"))
    assert interpreter.execute(b":LEV 5;:LEV 0.5;:LEV?") == b"5.000000E-01"
    assert _error(device) == -222
    interpreter.execute(b":LEV 0.25;:NOPE;:LEV 1")
    assert device.level == 0.25
    assert _error(device) == -113


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (":LEV", -109), (":LEV 1,2", -108), (":LEV? 1", -128), (":LEV 1 2", -103), (":LEV,1", -111), (":LEV 1,", -109),
        (":LEV abc", -141), (":LEV 'a'", -158), (":LEV \"a", -151), (":LEV #13ab", -161), (":LEV (1", -171),
        (":LEV 1 V", -138), (":LEV 1e99999", -123), (":LEV +", -121), (":LEV ON", -141), ("ABCDEFGHIJKLM 1", -112),
        ("$", -102), ("*FOO", -113), (":LEV #H", -161), (":LEV (@1)", -178), (":LEV #11a", -168), ("*RST 1", -108),
    ],
)  # fmt: skip
def test_each_fault_has_its_own_number_and_changes_nothing(message: str, code: int) -> None:
    device, interpreter = _device(setting(":LEVel", Number(0, 9), "level"))
    device.level = 4.0
    assert interpreter.execute(message.encode()) is None
    assert _error(device) == code
    assert device.level == 4.0


def test_nothing_may_be_asked_after_an_answer_without_an_end() -> None:
    device, interpreter = _device(setting(":LEVel", Number(0, 9), "level"))
    assert interpreter.execute(b":LEV?;*IDN?") == b"0.000000E+00;MAKER,MODEL,1,1"
    assert _error(device) == 0
    assert interpreter.execute(b"*IDN?;:LEV 3;:LEV?") == b"MAKER,MODEL,1,1"
    assert _error(device) == -440
    assert device.level == 3.0


def test_two_lines_of_a_table_may_not_claim_one_header() -> None:
    with pytest.raises(ValueError, match="same header"):
        Tree([Command(":A[:B]", lambda _: None), Command(":A", lambda _: None)])
    with pytest.raises(ValueError, match="same mnemonic"):
        Tree([Command(":VOLTage:A", lambda _: None), Command(":VOLT:B", lambda _: None)])


def test_the_cache_of_parsed_messages_is_bounded() -> None:
    device, interpreter = _device(setting(":LEVel", Number(0, 9), "level"))
    rng = random.Random(20261120)  # noqa: S311 - any numbers will do
    for _ in range(5000):
        interpreter.execute(f":LEV {rng.random():.12f}".encode())
    assert len(interpreter._plans) <= 1024
    assert _error(device) == 0
