"""Arbitrary block data of IEEE 488.2 (sections 7.7.6 and 8.7.9): `#` digits length bytes, or `#0` bytes to the end."""

from __future__ import annotations

from spinloop.protocols.scpi.codes import ScpiError

MAX_BLOCK_BYTES = 64 * 1024 * 1024


def definite_block(data: bytes) -> bytes:
    r"""Wrap bytes as definite-length block data.

    Example:
        >>> definite_block(b"abc")
        b'#13abc'
    """
    length = str(len(data))
    if len(length) > 9:
        raise ScpiError(-223, f"a block of {len(data)} bytes; at most 999999999")
    return b"#" + str(len(length)).encode() + length.encode() + data


def block_extent(text: bytes, start: int) -> tuple[int, int] | None:
    r"""Where the payload of the block that begins at `start` (a `#` and a digit) lies.

    Returns:
        First and one-past-last index of the payload; the last may lie beyond the text when bytes are still to come;
        None when even the length has not arrived yet. For an indefinite block (`#0`) the end is -1: it lasts until
        the message ends.

    Raises:
        ScpiError: -161, the length is not digits or the block is larger than we accept.

    Example:
        >>> block_extent(b"DATA #13abc", 5)
        (8, 11)
    """
    if len(text) < start + 2:
        return None
    digits = text[start + 1] - ord("0")
    if digits == 0:
        return start + 2, -1
    header_end = start + 2 + digits
    length = text[start + 2 : header_end]
    if length and not length.isdigit():
        raise ScpiError(-161, "the length of a block must be digits")
    if len(length) < digits:
        return None
    if int(length) > MAX_BLOCK_BYTES:
        raise ScpiError(-161, f"a block of {int(length)} bytes; at most {MAX_BLOCK_BYTES}")
    return header_end, header_end + int(length)
