"""The hot loops of `physics.macrospin`: Heun steps of many macrospins, a block of lanes at a time.

A block's numbers lie in rows of one flat array, row r of block b at [(b * ROWS + r) * lanes + lane]. The number of
lanes is a constant at compile time: that is what lets LLVM prove that rows do not overlap. The loop over time lies
inside the loop over blocks, so a block stays in the first cache.

All fields are in turns per step: multiplied by g0 dt / (1 + alpha^2), so that a step has no factors left.

Imported inside functions only, because numba takes its time to load.
"""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

from numba import njit
from spinloop.emulator.physics import _macrospin_rows as rows
from spinloop.emulator.physics._lane_chance import low_moment_normal, two_normals
from spinloop.emulator.physics._lanes import advance, fma, widest_vectors

M, H, A, K, EASY, DEMAG = rows.M, rows.H, rows.A, rows.K, rows.EASY, rows.DEMAG
SIGMA, ALPHA, SCALE, STT, STT_RATIO, SOT = rows.SIGMA, rows.ALPHA, rows.SCALE, rows.STT, rows.STT_RATIO, rows.SOT
SOT_RATIO, K_REST, K_VOLT, ROWS = rows.SOT_RATIO, rows.K_REST, rows.K_VOLT, rows.ROWS
FIELD, STT_AMPS, SOT_DENSITY, VOLTS = rows.FIELD, rows.STT_AMPS, rows.SOT_DENSITY, rows.VOLTS
CHANNELS, CHANCE_ROWS, NOISE_ROWS = rows.CHANNELS, rows.CHANCE_ROWS, rows.NOISE_ROWS
NARROW, WIDE = rows.NARROW, rows.WIDE

SILENT, GAUSSIAN, LOW_MOMENT = 0, 1, 2


@njit(inline="always", error_model="numpy")
def _fill_gaussian(chance: Any, noise: Any, lanes: Any) -> None:
    """Six normals a lane, which are the thermal fields of two steps."""
    for i in range(lanes):
        a0, a1, a2, a3 = chance[i], chance[lanes + i], chance[2 * lanes + i], chance[3 * lanes + i]
        r0, a0, a1, a2, a3 = advance(a0, a1, a2, a3)
        r1, a0, a1, a2, a3 = advance(a0, a1, a2, a3)
        noise[i], noise[lanes + i] = two_normals(r0, r1)
        r0, a0, a1, a2, a3 = advance(a0, a1, a2, a3)
        r1, a0, a1, a2, a3 = advance(a0, a1, a2, a3)
        noise[2 * lanes + i], noise[3 * lanes + i] = two_normals(r0, r1)
        r0, a0, a1, a2, a3 = advance(a0, a1, a2, a3)
        r1, a0, a1, a2, a3 = advance(a0, a1, a2, a3)
        noise[4 * lanes + i], noise[5 * lanes + i] = two_normals(r0, r1)
        chance[i], chance[lanes + i], chance[2 * lanes + i], chance[3 * lanes + i] = a0, a1, a2, a3


@njit(inline="always", error_model="numpy")
def _fill_low_moment(chance: Any, noise: Any, lanes: Any) -> None:
    """The same with numbers that only share the normal's first moments."""
    for i in range(lanes):
        a0, a1, a2, a3 = chance[i], chance[lanes + i], chance[2 * lanes + i], chance[3 * lanes + i]
        for row in range(NOISE_ROWS):
            word, a0, a1, a2, a3 = advance(a0, a1, a2, a3)
            noise[row * lanes + i] = low_moment_normal(word)
        chance[i], chance[lanes + i], chance[2 * lanes + i], chance[3 * lanes + i] = a0, a1, a2, a3


@njit(inline="always", error_model="numpy")
def _hold(s: Any, drive: Any, sample: Any, first: Any, lanes: Any) -> None:
    """Fields of one sample of the drive, which stay as they are while it is held."""
    stride = min(drive.shape[2] - 1, 1)  # 0 where all devices share one drive
    for i in range(lanes):
        at = (first + i) * stride
        stt, sot = drive[sample, STT_AMPS, at], drive[sample, SOT_DENSITY, at]
        stt_like, sot_like = stt * s[STT_RATIO * lanes + i], sot * s[SOT_RATIO * lanes + i]
        scale = s[SCALE * lanes + i]
        for axis in range(3):
            polariser, polarisation = s[(STT + axis) * lanes + i], s[(SOT + axis) * lanes + i]
            s[(A + axis) * lanes + i] = fma(stt, polariser, sot * polarisation)
            torque_like = fma(stt_like, polariser, sot_like * polarisation)
            s[(H + axis) * lanes + i] = fma(scale, drive[sample, FIELD + axis, at], torque_like)
        s[K * lanes + i] = fma(drive[sample, VOLTS, at], s[K_VOLT * lanes + i], s[K_REST * lanes + i])


@njit(forceinline=True)
def _turn(x: Any, y: Any, z: Any, hx: Any, hy: Any, hz: Any, k: Any, ex: Any, ey: Any, ez: Any,
          nx: Any, ny: Any, nz: Any, al: Any, ax: Any, ay: Any, az: Any) -> Any:  # fmt: skip
    """Change of m in one step: -m x w with w = u + m x v, u = h - alpha a, v = alpha h + a."""
    along = k * fma(x, ex, fma(y, ey, z * ez))
    fx = fma(along, ex, fma(-nx, x, hx))
    fy = fma(along, ey, fma(-ny, y, hy))
    fz = fma(along, ez, fma(-nz, z, hz))
    vx, vy, vz = fma(al, fx, ax), fma(al, fy, ay), fma(al, fz, az)
    wx = fma(y, vz, fma(-z, vy, fma(-al, ax, fx)))
    wy = fma(z, vx, fma(-x, vz, fma(-al, ay, fy)))
    wz = fma(x, vy, fma(-y, vx, fma(-al, az, fz)))
    return fma(z, wy, -(y * wz)), fma(x, wz, -(z * wx)), fma(y, wx, -(x * wy))


@njit(inline="always", error_model="numpy")
def _step(s: Any, noise: Any, half: Any, silent: Any, lanes: Any) -> None:
    """One Heun step of every lane; `half` tells which of the two steps' noise is its."""
    real = s.dtype.type
    for i in range(lanes):
        x, y, z = s[M * lanes + i], s[(M + 1) * lanes + i], s[(M + 2) * lanes + i]
        hx, hy, hz = s[H * lanes + i], s[(H + 1) * lanes + i], s[(H + 2) * lanes + i]
        if not silent:
            sigma, from_row = s[SIGMA * lanes + i], 3 * half * lanes + i
            hx = fma(sigma, real(noise[from_row]), hx)
            hy = fma(sigma, real(noise[from_row + lanes]), hy)
            hz = fma(sigma, real(noise[from_row + 2 * lanes]), hz)
        k, al = s[K * lanes + i], s[ALPHA * lanes + i]
        ex, ey, ez = s[EASY * lanes + i], s[(EASY + 1) * lanes + i], s[(EASY + 2) * lanes + i]
        nx, ny, nz = s[DEMAG * lanes + i], s[(DEMAG + 1) * lanes + i], s[(DEMAG + 2) * lanes + i]
        ax, ay, az = s[A * lanes + i], s[(A + 1) * lanes + i], s[(A + 2) * lanes + i]
        dx, dy, dz = _turn(x, y, z, hx, hy, hz, k, ex, ey, ez, nx, ny, nz, al, ax, ay, az)
        qx, qy, qz = _turn(x + dx, y + dy, z + dz, hx, hy, hz, k, ex, ey, ez, nx, ny, nz, al, ax, ay, az)
        x = fma(real(0.5), dx + qx, x)
        y = fma(real(0.5), dy + qy, y)
        z = fma(real(0.5), dz + qz, z)
        # 1 / sqrt(1 - short) to third order: what it leaves, below 1e-8 at the steps allowed, the next step mends.
        short = fma(-x, x, fma(-y, y, fma(-z, z, real(1.0))))
        longer = fma(fma(fma(real(0.3125), short, real(0.375)), short, real(0.5)), short, real(1.0))
        s[M * lanes + i], s[(M + 1) * lanes + i], s[(M + 2) * lanes + i] = x * longer, y * longer, z * longer


@njit(inline="always", error_model="numpy")
def _run(state: Any, chance: Any, noise: Any, drive: Any, hold: Any, steps: Any, done: Any, start: Any,
         trace: Any, every: Any, kind: Any, first: Any, last: Any, lanes: Any) -> None:  # fmt: skip
    """Blocks `first` to `last` take `steps` steps; arguments as in `advance_wide`."""
    for block in range(first, last):
        s = state[block * ROWS * lanes : (block + 1) * ROWS * lanes]
        c = chance[block * CHANCE_ROWS * lanes : (block + 1) * CHANCE_ROWS * lanes]
        g = noise[block * NOISE_ROWS * lanes : (block + 1) * NOISE_ROWS * lanes]
        for step in range(steps):
            if step % hold == 0:
                _hold(s, drive, step // hold, block * lanes, lanes)
            half = (done + step) % 2
            if half == 0 and kind == GAUSSIAN:
                _fill_gaussian(c, g, lanes)
            elif half == 0 and kind == LOW_MOMENT:
                _fill_low_moment(c, g, lanes)
            if kind == SILENT:
                _step(s, g, half, True, lanes)
            else:
                _step(s, g, half, False, lanes)
            if every > 0 and (start + step + 1) % every == 0:
                kept = (start + step + 1) // every - 1
                for axis in range(3):
                    for i in range(lanes):
                        trace[kept, axis, block * lanes + i] = s[(M + axis) * lanes + i]


@njit(cache=True, nogil=True, error_model="numpy")
def advance_wide(state: Any, chance: Any, noise: Any, drive: Any, hold: Any, steps: Any, done: Any, start: Any,
                 trace: Any, every: Any, kind: Any, first: Any, last: Any) -> None:  # fmt: skip
    """Take steps, in blocks of WIDE lanes.

    Args:
        state: rows of all blocks, float32 or float64, changed.
        chance: states of the random streams, uint32, changed.
        noise: normals of the two steps under way, float32, changed.
        drive: (samples, CHANNELS, lanes of all blocks or 1).
        hold: steps for which a sample of the drive is held.
        steps: how many to take.
        done: thermal steps taken before, of which the parity matters.
        start: steps taken before in this call, which the trace counts too.
        trace: (kept, 3, lanes of all blocks), written if `every` > 0.
        every: keep each so many steps; 0 keeps none.
        kind: SILENT, GAUSSIAN or LOW_MOMENT.
        first: block to begin with.
        last: block to end before.
    """
    widest_vectors()
    _run(state, chance, noise, drive, hold, steps, done, start, trace, every, kind, first, last, WIDE)


@njit(cache=True, nogil=True, error_model="numpy")
def advance_narrow(state: Any, chance: Any, noise: Any, drive: Any, hold: Any, steps: Any, done: Any, start: Any,
                   trace: Any, every: Any, kind: Any, first: Any, last: Any) -> None:  # fmt: skip
    """The same in blocks of NARROW lanes."""
    widest_vectors()
    _run(state, chance, noise, drive, hold, steps, done, start, trace, every, kind, first, last, NARROW)
