"""LECO frames: what is encoded is decoded, and everything else is refused with a typed error."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyleco.core.message import Message as PylecoMessage
from spinloop.protocols.errors import ProtocolFault
from spinloop.protocols.wire.frames import MAX_PAYLOAD_FRAMES, VERSION, Message, decode_message, encode_message

PARTS = st.text(alphabet=string.ascii_letters + string.digits + " -_+/", min_size=1, max_size=40)
NAMES = st.one_of(PARTS, st.tuples(PARTS, PARTS).map(".".join))
MESSAGES = st.builds(
    Message,
    receiver=NAMES,
    sender=NAMES,
    conversation_id=st.binary(min_size=16, max_size=16),
    message_id=st.integers(0, (1 << 24) - 1),
    message_type=st.integers(0, 255),
    payload=st.lists(st.binary(max_size=64), max_size=5),
)


@given(MESSAGES)
def test_a_message_survives_its_frames(message: Message) -> None:
    assert decode_message(encode_message(message)) == message


@given(MESSAGES)
def test_pyleco_reads_the_same_message(message: Message) -> None:
    theirs = PylecoMessage.from_frames(*encode_message(message))
    header = theirs.header_elements
    assert (theirs.receiver.decode(), theirs.sender.decode()) == (message.receiver, message.sender)
    assert header.conversation_id == message.conversation_id
    assert int.from_bytes(header.message_id, "big") == message.message_id
    assert header.message_type == message.message_type
    assert theirs.payload == message.payload
    assert theirs.to_frames() == encode_message(message)


GOOD = [VERSION, b"COORDINATOR", b"N1.CA", bytes(20), b"{}"]


@pytest.mark.parametrize(
    ("place", "frame"),
    [
        (0, b""),
        (0, b"\x01"),
        (0, b"\x00\x00"),
        (1, b""),
        (1, b"."),
        (1, b"a."),
        (1, b".a"),
        (1, b"a.b.c"),
        (1, b"\xff"),
        (2, b"a\n"),
        (2, b"a" * 256),
        (3, b""),
        (3, bytes(19)),
        (3, bytes(21)),
    ],
)
def test_each_malformed_frame_is_refused(place: int, frame: bytes) -> None:
    frames = [*GOOD]
    frames[place] = frame
    with pytest.raises(ProtocolFault):
        decode_message(frames)


@pytest.mark.parametrize("count", [0, 1, 3, 5 + MAX_PAYLOAD_FRAMES])
def test_a_wrong_number_of_frames_is_refused(count: int) -> None:
    with pytest.raises(ProtocolFault):
        decode_message((GOOD * 60)[:count] if count < 5 else [*GOOD, *[b""] * MAX_PAYLOAD_FRAMES])


@pytest.mark.parametrize(
    "message",
    [
        Message("a", "b", b"short"),
        Message("a", "b", bytes(16), message_id=1 << 24),
        Message("a", "b", bytes(16), message_id=-1),
        Message("a", "b", bytes(16), message_type=256),
        Message("a.b.c", "b", bytes(16)),
        Message("a", "", bytes(16)),
        Message("a", "b", bytes(16), payload=[b""] * (MAX_PAYLOAD_FRAMES + 1)),
    ],
)
def test_what_leco_cannot_carry_is_not_encoded(message: Message) -> None:
    with pytest.raises(ProtocolFault):
        encode_message(message)
