"""Laws of SCPI data: numbers with units, limits by name, booleans, blocks and channel lists."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spinloop.protocols.scpi import Block, Boolean, Channels, Choice, Number, ScpiError, String, definite_block, parse
from spinloop.protocols.scpi.parser import Token, message_end

MULTIPLIERS = {"G": 1e9, "MA": 1e6, "K": 1e3, "": 1.0, "M": 1e-3, "U": 1e-6, "N": 1e-9, "P": 1e-12, "F": 1e-15}


def _token(text: str | bytes) -> Token:
    raw = text if isinstance(text, bytes) else text.encode("latin-1")
    units, fault = parse(b"X " + raw)
    if fault:
        raise fault
    return units[0].arguments[0]


def _code(parameter: object, text: str) -> int:
    with pytest.raises(ScpiError) as caught:
        parameter.read(_token(text), (None,))  # type: ignore[attr-defined]
    return caught.value.code


@given(
    st.floats(-1e6, 1e6, allow_nan=False),
    st.sampled_from(sorted(MULTIPLIERS)),
    st.sampled_from(["{:.17g}", "{:+.17e}", "{:.17E}"]),
    st.sampled_from(["", " "]),
    st.booleans(),
)
def test_a_multiplier_scales_the_unit(value: float, multiplier: str, form: str, gap: str, lower: bool) -> None:
    suffix = multiplier + "V"
    text = form.format(value) + gap + (suffix.lower() if lower else suffix)
    read = Number(unit="V").read(_token(text), (None,))
    assert math.isclose(read, value * MULTIPLIERS[multiplier], rel_tol=1e-15, abs_tol=0.0)


def test_m_is_mega_before_hertz_and_ohm_and_milli_elsewhere() -> None:
    assert Number(unit="HZ").read(_token("5 MHz"), (None,)) == 5e6
    assert Number(unit="OHM").read(_token("2 MOHM"), (None,)) == 2e6
    assert Number(unit="S").read(_token("2 MS"), (None,)) == 2e-3
    assert _code(Number(unit="V"), "2 HZ") == -131
    assert _code(Number(), "2 V") == -138


@given(st.floats(-100, 100), st.floats(0, 100), st.floats(-300, 300))
def test_a_number_is_refused_exactly_outside_its_limits(low: float, span: float, value: float) -> None:
    number = Number(low, low + span)
    text = repr(value)
    if low <= value <= low + span:
        assert number.read(_token(text), (None,)) == value
    elif abs(value - low) > 1e-9 and abs(value - low - span) > 1e-9:
        assert _code(number, text) == -222


def test_limits_by_name_may_depend_on_the_target() -> None:
    number = Number(lambda scale: -scale, lambda scale: 2 * scale, 0.5)
    assert number.read(_token("MIN"), (3.0,)) == -3.0
    assert number.read(_token("maximum"), (3.0,)) == 6.0
    assert number.read(_token("DEF"), (3.0,)) == 0.5
    assert _code(Number(0, 1), "DEF") == -224
    assert _code(Number(0, 1), "NAN") == -141


def test_infinity_only_where_it_has_a_meaning() -> None:
    load = Number(0.3, 1e6, words={"INFinity": math.inf})
    assert load.read(_token("INF"), (None,)) == math.inf
    assert load.read(_token("9.9E37"), (None,)) == math.inf
    assert load.text(math.inf) == "9.900000E+37"
    assert _code(Number(0, 1), "9.9E37") == -222
    assert _code(Number(), "1e400") == -222


@given(st.integers(-(2**40), 2**40))
def test_non_decimal_numbers_are_numbers(value: int) -> None:
    number = Number(whole=True)
    positive = abs(value)
    for text in (f"#H{positive:X}", f"#Q{positive:o}", f"#B{positive:b}", f"#h{positive:x}"):
        assert number.read(_token(text), (None,)) == positive
    assert number.read(_token(f"{value}.4"), (None,)) == value


def test_booleans_round_and_words_are_exact() -> None:
    for text, value in {"ON": True, "off": False, "0.4": False, "0.6": True, "-3": True, "0": False}.items():
        assert Boolean().read(_token(text), (None,)) is value
    assert _code(Boolean(), "TRUE") == -141
    choice = Choice("IMMediate", "BUS")
    assert [choice.read(_token(t), (None,)) for t in ("imm", "IMMEDIATE", "Bus")] == ["IMM", "IMM", "BUS"]
    assert _code(choice, "IMMED") == -224
    assert _code(choice, "3") == -128


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60), st.sampled_from(["'", '"']))
def test_a_quoted_string_comes_through_whole(text: str, quote: str) -> None:
    typed = quote + text.replace(quote, quote * 2) + quote
    assert String().read(_token(typed), (None,)) == text
    assert String().read(_token(String().text(text)), (None,)) == text


@given(st.binary(max_size=2000), st.binary(max_size=20))
def test_a_block_carries_any_bytes_and_its_newlines_end_nothing(data: bytes, before: bytes) -> None:
    message = b"DATA:DAC VOLATILE," + definite_block(data)
    assert message_end(message + b"\nNEXT\n") == len(message)
    assert message_end(message) is None
    units, fault = parse(message + b";*OPC?")
    assert fault is None
    assert Block().read(units[0].arguments[1], (None,)) == data
    assert units[1].query


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 9)), min_size=1, max_size=8))
def test_a_channel_list_is_its_channels_in_order(ranges: list[tuple[int, int]]) -> None:
    expected = [channel for first, more in ranges for channel in range(first, first + more + 1)]
    text = "(@" + ",".join(f"{first}:{first + more}" if more else str(first) for first, more in ranges) + ")"
    assert Channels().read(_token(text), (None,)) == expected
    assert Channels().read(_token(Channels().text(expected)), (None,)) == expected


def test_a_channel_list_is_bounded() -> None:
    assert _code(Channels(), "(@1:999999999)") == -223
    assert _code(Channels(), "(1,2)") == -171
    assert _code(Channels(), "(@1:)") == -171
    assert Channels().read(_token("(@3:1)"), (None,)) == [3, 2, 1]
