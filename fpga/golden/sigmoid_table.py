"""From a bias code to a threshold, bit for bit `rtl/sigmoid_table.sv`."""

from __future__ import annotations

SEGMENTS = 256


def threshold(word: int, code: int) -> int:
    """The threshold on one line segment: base + floor((slope * fraction + 128) / 256).

    Args:
        word: table word of the segment: bits 16..0 the base, bits 31..17 the slope in two's complement.
        code: bias code; its low byte is the fraction of the segment in units of 1/256.
    """
    base = word & 0x1FFFF
    slope = word >> 17
    if slope >= 1 << 14:
        slope -= 1 << 15
    return (base + ((slope * (code & 0xFF) + 128) >> 8)) & 0x1FFFF
