"""N xoshiro128+ generators in step, bit for bit those of `rtl/xoshiro128p.sv`, and the seeds they start from.

Reference: D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators" (2018), xoshiro128+.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

_LANE_CLOCKS = 256  # words that one lane of a bulk draw produces


def _mix32(word: int) -> int:
    word = ((word ^ (word >> 16)) * 0x21F0AAAD) & 0xFFFFFFFF
    word = ((word ^ (word >> 15)) * 0x735A2D97) & 0xFFFFFFFF
    return word ^ (word >> 15)


def reset_state(neurons: int) -> Words:
    """The generators' state after a hardware reset, shape (4, neurons): row k is register s_k."""
    words = [[_mix32((0x9E3779B9 * (4 * i + k + 1)) & 0xFFFFFFFF) for i in range(neurons)] for k in range(4)]
    return np.array(words, dtype=np.uint32)


def _mix64(word: int) -> int:
    mask = (1 << 64) - 1
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & mask
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & mask
    return word ^ (word >> 31)


def seeded_state(seed: int, neurons: int) -> Words:
    """The state that the host loads for a chip seed, shape (4, neurons).

    splitmix64 (Steele, Lea, Flood 2014) started at the mixed seed: two 32-bit words from each output, low one first,
    generator 0's s0..s3, then generator 1's. Neighbouring seeds and neighbouring neurons share no structure.

    Args:
        seed: 0 .. 2^63 - 1.
        neurons: number of generators.
    """
    start = _mix64((seed + 0x9E3779B97F4A7C15) & ((1 << 64) - 1))
    long_words = [_mix64((start + (k + 1) * 0x9E3779B97F4A7C15) & ((1 << 64) - 1)) for k in range(2 * neurons)]
    words = [half for word in long_words for half in (word & 0xFFFFFFFF, word >> 32)]
    return np.array(words, dtype=np.uint32).reshape(neurons, 4).T.copy()


def advance(state: Words) -> Words:
    """The state one draw later; leading axis s0..s3, any further axes."""
    s0, s1, s2, s3 = state
    s3_xor_s1 = s3 ^ s1
    s2_xor_s0 = s2 ^ s0
    rotated = (s3_xor_s1 << np.uint32(11)) | (s3_xor_s1 >> np.uint32(21))
    return np.stack([s0 ^ s3_xor_s1, s1 ^ s2_xor_s0, s2_xor_s0 ^ (s1 << np.uint32(9)), rotated])


class Xoshiro128p:
    """N generators that draw together.

    Args:
        neurons: how many.

    Attributes:
        state: shape (4, neurons), uint32.
    """

    def __init__(self, neurons: int) -> None:
        self.state = reset_state(neurons)

    def peek(self) -> Words:
        """The word that each generator shows now, shape (neurons,)."""
        word: Words = self.state[0] + self.state[3]
        return word

    def draw(self) -> Words:
        """Return the present words, shape (neurons,), and move on by one."""
        word = self.peek()
        self.state = advance(self.state)
        return word

    def shift_seed(self, word: int) -> int:
        """One shift of the seed chain through all generators, as in RTL; returns the word that falls out."""
        chain = self.state.T.reshape(-1).copy()  # chain[0] is s0 of generator 0
        neurons = chain.reshape(-1, 4)
        fallen = int(neurons[-1, 0])
        incoming = np.concatenate([[np.uint32(word)], neurons[:-1, 0]])
        self.state = np.column_stack([neurons[:, 1:], incoming]).T.copy()
        return fallen

    def draw_many(self, clocks: int) -> Words:
        """The words of the next `clocks` draws, shape (clocks, neurons).

        The step is linear over GF(2), so the state 256 draws ahead is one matrix away: lanes that start 256 draws
        apart run side by side, which is some thirty times faster than one draw at a time.
        """
        neurons = self.state.shape[1]
        full_lanes, rest = divmod(clocks, _LANE_CLOCKS)
        out = np.empty((clocks, neurons), dtype=np.uint32)
        if full_lanes:
            lanes = np.empty((4, full_lanes, neurons), dtype=np.uint32)
            for lane in range(full_lanes):
                lanes[:, lane] = self.state
                self.state = _jump(self.state)
            bulk = out[: full_lanes * _LANE_CLOCKS].reshape(full_lanes, _LANE_CLOCKS, neurons)
            for clock in range(_LANE_CLOCKS):
                bulk[:, clock] = lanes[0] + lanes[3]
                lanes = advance(lanes)
        for clock in range(clocks - rest, clocks):
            out[clock] = self.draw()
        return out


@functools.cache
def _jump_matrix() -> NDArray[np.float32]:
    """Row b: the 128 state bits that the unit state b has become after `_LANE_CLOCKS` draws."""
    units = _from_bits(np.eye(128, dtype=np.uint8))
    for _ in range(_LANE_CLOCKS):
        units = advance(units)
    return _to_bits(units).astype(np.float32)


def _jump(state: Words) -> Words:
    counts = _to_bits(state).astype(np.float32) @ _jump_matrix()  # at most 128: exact in float32
    return _from_bits((counts.astype(np.int64) & 1).astype(np.uint8))


def _to_bits(state: Words) -> NDArray[np.uint8]:
    by_generator = np.ascontiguousarray(state.T).astype("<u4")
    return np.unpackbits(by_generator.view(np.uint8), axis=1, bitorder="little")


def _from_bits(bits: NDArray[np.uint8]) -> Words:
    by_generator = np.packbits(bits, axis=1, bitorder="little").view("<u4")
    return np.ascontiguousarray(by_generator.T.astype(np.uint32))
