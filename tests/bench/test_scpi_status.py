"""Laws of the status model and of the message exchange (IEEE 488.2, chapters 6 and 11; SCPI-99, chapters 9 and 21)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spinloop.protocols.scpi import MessageExchange, ScpiError, StatusModel
from spinloop.protocols.scpi.codes import event_bit
from spinloop.protocols.scpi.status import (
    ERROR_AVAILABLE,
    ERROR_QUEUE_DEPTH,
    EVENT_SUMMARY,
    MESSAGE_AVAILABLE,
    SERVICE_REQUEST,
    ErrorQueue,
)

CODES = st.sampled_from([-100, -113, -200, -222, -310, -410, -420, 803])


@given(st.lists(st.one_of(CODES, st.none()), max_size=200), st.integers(1, 8))
def test_the_error_queue_is_a_bounded_queue(actions: list[int | None], depth: int) -> None:
    queue, model = ErrorQueue(depth), []
    for code in actions:
        if code is None:
            expected = model.pop(0) if model else 0
            assert queue.pop().code == expected
        else:
            queue.push(ScpiError(code))
            model = [*model, code] if len(model) < depth else [*model[:-1], -350]
        assert len(queue) == len(model) <= depth


@pytest.mark.parametrize(
    ("code", "bit"), [(-113, 32), (-222, 16), (-310, 8), (-350, 8), (803, 8), (-410, 4), (-420, 4), (0, 0)]
)
def test_the_class_of_an_error_sets_its_event_bit(code: int, bit: int) -> None:
    assert event_bit(code) == bit
    status = StatusModel()
    status.take_event()
    if code:
        status.report(ScpiError(code))
        assert status.take_event() == bit
        assert status.take_event() == 0, "reading the events clears them"


@given(st.integers(0, 255).map(lambda mask: mask & ~SERVICE_REQUEST), st.lists(CODES, max_size=3), st.booleans())
def test_the_master_summary_is_what_is_enabled(mask: int, codes: list[int], waiting: bool) -> None:
    status = StatusModel()
    status.clear()
    status.service_enable = mask
    status.event_enable = 32
    for code in codes:
        status.report(ScpiError(code))
    status.set_message_available(waiting)
    summary = (ERROR_AVAILABLE if codes else 0) | (MESSAGE_AVAILABLE if waiting else 0)
    summary |= EVENT_SUMMARY if any(-199 <= code <= -100 for code in codes) else 0
    assert status.byte == summary | (SERVICE_REQUEST if summary & mask else 0)
    assert status.requesting == bool(summary & mask)


def test_a_serial_poll_ends_the_request_and_a_new_reason_makes_a_new_one() -> None:
    status = StatusModel()
    status.service_enable = MESSAGE_AVAILABLE | ERROR_AVAILABLE
    status.refresh()
    assert not status.requesting
    status.set_message_available(True)
    assert status.serial_poll() & SERVICE_REQUEST
    assert not status.serial_poll() & SERVICE_REQUEST, "the same reason asks once"
    assert status.byte & SERVICE_REQUEST, "the master summary stays while the reason does"
    status.report(ScpiError(-222))
    assert status.serial_poll() & SERVICE_REQUEST
    status.set_message_available(False)
    status.set_message_available(True)
    assert status.serial_poll() & SERVICE_REQUEST, "the reason went and came again"


def test_transition_filters_choose_the_edges() -> None:
    status = StatusModel()
    register = status.registers["operation"]
    register.enable, register.positive, register.negative = 6, 2, 4
    for bit in (2, 4, 8):
        register.set_condition(bit, True)
    assert register.take_event() == 2
    for bit in (2, 4, 8):
        register.set_condition(bit, False)
    assert register.summary
    assert register.take_event() == 4
    status.preset()
    assert (register.enable, register.negative) == (0, 0)


def _echo(status: StatusModel) -> tuple[MessageExchange, list[bytes]]:
    seen: list[bytes] = []

    def execute(message: bytes) -> bytes | None:
        seen.append(message.strip())
        return message.strip()[:-1] if message.strip().endswith(b"?") else None

    return MessageExchange(execute, status), seen


def _errors(status: StatusModel) -> list[int]:
    return [status.errors.pop().code for _ in range(len(status.errors))]


@given(st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"").replace(b"#", b"")), max_size=6), st.data())
def test_messages_do_not_depend_on_how_their_bytes_are_cut(messages: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(message + b"\n" for message in messages)
    exchange, seen = _echo(StatusModel())
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        exchange.receive(stream[:cut], end=False, stream=True)
        stream = stream[cut:]
    assert seen == [message.strip() for message in messages]


@given(st.lists(st.integers(1, 7), min_size=1, max_size=30))
def test_a_response_comes_in_any_pieces_and_ends_once(sizes: list[int]) -> None:
    status = StatusModel()
    exchange, _ = _echo(status)
    exchange.receive(b"abcdefghij?")
    assert status.byte & MESSAGE_AVAILABLE
    got, ended = b"", False
    for size in [*sizes, 100]:
        if ended:
            break
        piece = exchange.read(size)
        assert piece is not None
        got, ended = got + piece[0], piece[1]
    assert (got, ended) == (b"abcdefghij\n", True)
    assert not status.byte & MESSAGE_AVAILABLE
    assert _errors(status) == []


def test_an_unread_answer_is_interrupted_and_a_read_without_query_unterminated() -> None:
    status = StatusModel()
    exchange, _ = _echo(status)
    exchange.receive(b"first?")
    exchange.receive(b"second?")
    assert exchange.read(100) == (b"second\n", True)
    assert exchange.read(100) is None
    assert _errors(status) == [-410, -420]
    exchange.receive(b"first?")
    exchange.clear()
    assert exchange.read(100) is None
    assert _errors(status) == [-420]


def test_on_a_stream_answers_queue_up_and_silence_is_no_error() -> None:
    status = StatusModel()
    exchange, _ = _echo(status)
    exchange.receive(b"first?\nsecond?\n", end=False, stream=True)
    assert exchange.read_until(100, 10, stream=True) == (b"first\n", False)
    assert exchange.read_until(100, 10, stream=True) == (b"second\n", True)
    assert exchange.read(100, stream=True) is None
    assert _errors(status) == []


def test_a_full_error_queue_reports_overflow() -> None:
    status = StatusModel()
    for _ in range(ERROR_QUEUE_DEPTH + 5):
        status.report(ScpiError(-113))
    assert _errors(status) == [-113] * (ERROR_QUEUE_DEPTH - 1) + [-350]
