"""Populations of superparamagnetic junctions: one device or ten million, each with a stream of chance of its own.

Sixteen bytes of state a device (its random generator; the state itself is the sign bit of a positive parameter) beside
sixteen of parameters. Each sample takes one random word of each device and compares it to the exact probability of an
odd number of switches in the interval, so any interval and any bias are exact. Three methods do this:

- "exact" computes the probabilities anew for each sample, for a bias that never rests;
- "cached" computes them once, for a bias that is held;
- "clock" also draws the instant of every switch.

They give the same states, bit for bit, so the choice between them is one of speed and is made by itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.chance import Chance, philox4x32
from spinloop.emulator.physics.checks import same_shape, within
from spinloop.emulator.physics.telegraph import telegraph_rates
from spinloop.protocols.errors import BadParameter, NotFinite, WrongShape

Method = Literal["auto", "exact", "cached", "clock"]

ONE_THREAD_BELOW = 100_000
"""Devices below which one thread is the default: waiting for a second one can cost more than the whole call."""

LARGEST_BARRIER_KT = 80.0
"""Single precision ends at exp(88); such a junction stays put for longer than the universe has existed."""

SHORTEST_SECONDS, LONGEST_SECONDS = 1e-18, 1e12

_EXPONENTS = (1.0, 1.5, 2.0)


@dataclass(frozen=True)
class Switches:
    """Every switch of a population in a stretch of time, device by device, each in order of time.

    Attributes:
        devices: which device, shape (switches,).
        seconds: when, counted from the start of the stretch.
        states: what it switched to, 0 or 1.
    """

    devices: NDArray[np.int64]
    seconds: NDArray[np.float64]
    states: NDArray[np.uint8]


class TelegraphPopulation:
    """Parameters and state of n superparamagnetic junctions; they start in state 0.

    The rates are those of `physics.telegraph.telegraph_rates` at i = (bias - fair_bias) / critical_bias. Bias is in
    whatever unit the critical bias is in (volts, amperes, or none). Arithmetic is in single precision: probabilities
    are right to 1e-5 of themselves, and those below 2^-48 are lost. It is IEEE arithmetic throughout, so a history does
    not depend on the number of devices, on how samples are split into calls, on threads, or on the processor.

    Args:
        barrier_kt: Delta, more than 0 and at most 80 (at n = 1).
        attempt_hertz: f0 > 0.
        critical_bias: > 0, the bias at which the barrier vanishes.
        fair_bias: the bias at which both states are as likely.
        devices: how many; without it, as many as the parameters have. Parameters broadcast to shape (devices,).
        exponent: n of the barrier law: 1, 1.5 or 2.
        seed: root seed.
        name: tells this population's chance from that of others with the same seed.
        threads: how many to use; without it, one below 100 000 devices, else one for each processor.

    Raises:
        BadParameter: a parameter is out of range.
        NotFinite: a parameter is NaN or infinite.
        WrongShape: the parameters do not broadcast to one axis.

    Example:
        >>> coins = TelegraphPopulation(barrier_kt=5.0, devices=4, seed=1)
        >>> bits = coins.sample(np.zeros(4, dtype=np.float32), samples=1000, interval_seconds=1e-6)
        >>> bits.shape, bool(0.4 < bits.mean() < 0.6)
        ((1000, 4), True)
    """

    def __init__(
        self,
        barrier_kt: ArrayLike,
        attempt_hertz: ArrayLike = 1e9,
        critical_bias: ArrayLike = 1.0,
        fair_bias: ArrayLike = 0.0,
        *,
        devices: int | None = None,
        exponent: float = 1.0,
        seed: int = 0,
        name: str = "telegraph",
        threads: int | None = None,
    ) -> None:
        if exponent not in _EXPONENTS:
            raise BadParameter(f"exponent = {exponent:g}", "1, 1.5 or 2", "use physics.telegraph for others")
        given = {
            "barrier_kt": within("barrier_kt", barrier_kt, 0.0, LARGEST_BARRIER_KT, open_low=True),
            "attempt_hertz": within("attempt_hertz", attempt_hertz, 1.0, 1e15),
            "critical_bias": within("critical_bias", critical_bias, 1e-15, 1e15),
            "fair_bias": within("fair_bias", fair_bias, -1e15, 1e15),
        }
        shape = (devices,) if devices is not None else (same_shape(**given) or (1,))
        if len(shape) != 1 or (devices is not None and same_shape(devices=np.empty(shape), **given) != shape):
            raise WrongShape(f"parameters of shape {same_shape(**given)}", "one axis of devices", "ravel them first")
        self.barrier_kt, self.attempt_hertz, self.critical_bias, self.fair_bias = (
            np.broadcast_to(value.copy(), shape) for value in given.values()
        )
        self.devices = shape[0]
        self.exponent = exponent
        self.threads = threads if threads is not None else default_threads(self.devices)
        if self.threads < 1:
            raise BadParameter(f"threads = {threads}", "1 or more", "leave it out for the default")
        self._key = Chance(seed, name, "telegraph population").key
        self._widest = float((self.critical_bias - np.abs(self.fair_bias)).min()) if self.devices else np.inf
        self._pool: ThreadPoolExecutor | None = None
        self.reset()

    # --- state -----------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Back to the state right after construction."""
        from spinloop.emulator.physics import _kernels_telegraph as kernels

        self._kernels = kernels
        lanes = kernels.LANES
        count, length = -(-self.devices // lanes), kernels.ROWS * lanes
        self._flat = _aligned(count * length).reshape(count, length)
        self._blocks = self._flat.reshape(count, kernels.ROWS, lanes)
        self._scratch = [_aligned(kernels.SCRATCH * lanes).view(np.float32) for _ in range(self.threads)]
        index = np.arange(self.devices, dtype=np.uint64)
        nothing = np.zeros_like(index)
        for row, words in enumerate(philox4x32(index, nothing, nothing, nothing, self._key)):
            self._fill(row, words.astype(np.uint32))
        linear = self.exponent == 1.0
        slope = self.barrier_kt / self.critical_bias if linear else self.barrier_kt
        rate = self.attempt_hertz * np.exp(-self.barrier_kt) if linear else self.attempt_hertz
        for row, values in enumerate((slope, self.fair_bias, rate, 1.0 / self.critical_bias), start=4):
            self._fill(row, values.astype(np.float32).view(np.uint32))

    def _fill(self, row: int, words: NDArray[np.uint32]) -> None:
        blocks, _, lanes = self._blocks.shape
        padded = np.zeros(blocks * lanes, dtype=np.uint32)
        padded[: self.devices] = words
        self._blocks[:, row, :] = padded.reshape(blocks, lanes)

    @property
    def state_bits(self) -> NDArray[np.uint8]:
        """The states now, 0 or 1, shape (devices,)."""
        return (self._blocks[:, 4, :].reshape(-1)[: self.devices] >> np.uint32(31)).astype(np.uint8)

    def state(self) -> dict[str, NDArray[Any]]:
        """The arrays that define what happens next: generators (devices, 4) and states (devices,)."""
        words = self._blocks[:, :4, :].transpose(0, 2, 1).reshape(-1, 4)[: self.devices]
        return {"generators": words.copy(), "bits": self.state_bits}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Put back what `state` returned.

        Raises:
            WrongShape: it is that of a population of another size.
        """
        generators, bits = np.asarray(state["generators"], dtype=np.uint32), np.asarray(state["bits"])
        if generators.shape != (self.devices, 4) or bits.shape != (self.devices,):
            raise WrongShape(f"a state of {bits.shape} devices", f"({self.devices},)", "restore it where it was saved")
        for row in range(4):
            self._fill(row, np.ascontiguousarray(generators[:, row]))
        signless = self._blocks[:, 4, :].reshape(-1)[: self.devices] & np.uint32(0x7FFFFFFF)
        self._fill(4, signless | (bits.astype(np.uint32) << np.uint32(31)))

    @property
    def state_bytes(self) -> int:
        """Memory held beyond the parameters, in bytes: the generators, whole blocks of them."""
        return int(self._blocks[:, :4, :].nbytes)

    # --- what it does ----------------------------------------------------------------------------------------------

    def step(self, bias: ArrayLike, seconds: float) -> NDArray[np.uint8]:
        """Let time pass under a bias; returns the states at its end, shape (devices,). Errors as in `sample`."""
        return self.sample(bias, 1, seconds)[0]

    def sample(
        self,
        bias: ArrayLike,
        samples: int,
        interval_seconds: float,
        method: Method = "auto",
        out: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        """Evolve, and look after each interval; exact for any interval.

        Args:
            bias: held, shape () or (devices,); or fresh for each sample, shape (samples, devices). Fastest as
                contiguous float32.
            samples: how often to look, >= 0.
            interval_seconds: time between looks, > 0.
            method: "exact", "cached", "clock", or "auto" to choose; the states are the same.
            out: where to put the states, to save the making of a large array: contiguous uint8 (samples, devices).

        Returns:
            States, 0 or 1, shape (samples, devices).

        Raises:
            BadParameter: |bias - fair_bias| > critical_bias somewhere, or another argument is out of range.
            NotFinite: a bias is NaN or infinite.
            WrongShape: the bias or `out` has another shape. Nothing has moved then.
        """
        kernels = self._kernels
        rows, seconds = self._prepare(bias, samples, interval_seconds)
        held = np.ndim(bias) < 2
        shape = (samples, self.devices)
        if out is not None and (out.shape != shape or out.dtype != np.uint8 or not out.flags.c_contiguous):
            raise WrongShape(f"out {out.shape} of {out.dtype}", f"contiguous uint8 {shape}", "leave it out")
        out = np.empty(shape, dtype=np.uint8) if out is None else out
        if method == "clock":
            self._clock(rows, seconds, 0, out)
            return out
        if method not in ("auto", "exact", "cached") or (method == "cached" and not held):
            allowed = '"auto", "exact", "clock", and "cached" for a held bias'
            raise BadParameter(f"method = {method!r}", allowed, "leave it at auto")
        if held and method != "exact":
            self._spread(kernels.sample_held, rows[0], seconds, out)
        else:
            full = rows if rows.shape[0] == samples else np.ascontiguousarray(np.broadcast_to(rows, out.shape))
            self._spread(kernels.sample_fresh, full, seconds, out)
        return out

    def switches(self, bias: ArrayLike, seconds: float, at_most: int = 10_000_000) -> Switches:
        """Let time pass under a held bias, and tell when each device switched; the states are those of `step`.

        Args:
            bias: shape () or (devices,).
            seconds: how long, > 0.
            at_most: bound on the number of switches that are expected or found.

        Raises:
            BadParameter: more switches than that, or as in `sample`. Nothing has moved then.
        """
        rows, duration = self._prepare(bias, 1, seconds)
        reduced = (rows[0] - self.fair_bias) / self.critical_bias
        up, down = telegraph_rates(np.clip(reduced, -1, 1), self.barrier_kt, 1.0, self.exponent)
        expected = float((2.0 * up * down / (up + down) * self.attempt_hertz).sum()) * seconds
        before = self._blocks.copy()
        capacity = min(at_most, int(1.5 * expected) + self.devices + 1000)
        if expected <= at_most:
            ends = np.empty((1, self.devices), dtype=np.uint8)
            fractions, devices, count = self._clock(rows, duration, capacity, ends)
            if capacity < count <= at_most:
                self._blocks[:] = before
                fractions, devices, count = self._clock(rows, duration, count, ends)
            if count <= at_most:
                first = np.r_[True, devices[1:] != devices[:-1]] if count else np.zeros(0, dtype=bool)
                start = np.flatnonzero(first)
                order = np.arange(count) - np.repeat(start, np.diff(np.r_[start, count]))
                was = (before[:, 4, :].reshape(-1)[devices] >> np.uint32(31)).astype(np.int64)
                return Switches(devices, fractions * seconds, ((was + order + 1) % 2).astype(np.uint8))
            self._blocks[:] = before
        raise BadParameter(f"about {expected:.3g} switches", f"at most {at_most}", "ask for a shorter time")

    # --- how it does it --------------------------------------------------------------------------------------------

    def _prepare(self, bias: ArrayLike, samples: int, seconds: float) -> tuple[NDArray[np.float32], np.float32]:
        """The bias as rows of floats and the interval, both checked."""
        if samples < 0:
            raise BadParameter(f"samples = {samples}", "0 or more", "correct this parameter")
        # The hazards of the fastest device must stay numbers. In a closed loop the full check would cost a tenth.
        interval = seconds
        if type(seconds) is not float or not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
            interval = float(within("interval_seconds", seconds, SHORTEST_SECONDS, LONGEST_SECONDS))
        rows = np.ascontiguousarray(bias, dtype=np.float32)
        if rows.ndim < 2:
            if rows.shape not in ((), (1,), (self.devices,)):
                raise WrongShape(f"bias {rows.shape}", f"({self.devices},)", "give one bias for each device")
            rows = rows.reshape(1, -1) if rows.size == self.devices else np.full((1, self.devices), rows.reshape(-1)[0])
        elif rows.shape != (samples, self.devices):
            raise WrongShape(f"bias {rows.shape}", f"({samples}, {self.devices})", "give a row for each sample")
        self._check(rows)
        return rows, np.float32(interval)

    def _check(self, rows: NDArray[np.float32]) -> None:
        """Refuse a bias beyond the critical one, and NaN, before anything moves."""
        if not rows.size:
            return
        # Most biases lie within what every device allows, which one look at each number shows.
        worst = float(np.uint32(self._kernels.largest(rows.reshape(-1))).view(np.float32))
        if worst <= self._widest:
            return
        reduced = float(np.uint32(self._kernels.worst_bias(self._flat, rows)).view(np.float32))
        if not np.isfinite(reduced):
            raise NotFinite("bias holds NaN or infinity", "finite numbers", "find where it comes from")
        if reduced > 1.0 + 1e-6:
            asked = f"|bias - fair_bias| = {reduced:g} times critical_bias"
            raise BadParameter(asked, "at most 1", "there is no barrier beyond", value=reduced)

    def _spread(
        self, kernel: Callable[..., Any], bias: NDArray[np.float32], seconds: np.float32, out: NDArray[np.uint8]
    ) -> None:
        """Run a kernel over the blocks, a stretch of them in each thread."""
        fixed = (self._flat, bias, seconds, int(2 * self.exponent), out)
        if self.threads == 1 or len(self._flat) < 2:
            kernel(*fixed, self._scratch[0], 0, len(self._flat))
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="telegraph")
        ends = np.linspace(0, len(self._flat), self.threads + 1).astype(int).tolist()
        work = [
            self._pool.submit(kernel, *fixed, scratch, first, last)
            for scratch, first, last in zip(self._scratch, ends[:-1], ends[1:], strict=True)
        ]
        for each in work:
            each.result()

    def _clock(
        self, rows: NDArray[np.float32], seconds: np.float32, capacity: int, out: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], int]:
        """Fractions of the interval and devices of the switches that were kept, and how many there were."""
        from spinloop.emulator.physics._kernels_telegraph_events import sample_clock

        fractions, devices = np.empty(capacity), np.empty(capacity, dtype=np.int64)
        blocks = self._flat
        count = cast(
            int,
            sample_clock(
                blocks, rows, seconds, int(2 * self.exponent), out, self._scratch[0], fractions, devices, len(blocks)
            ),
        )
        kept = min(count, capacity)
        return fractions[:kept], devices[:kept], count


def default_threads(devices: int) -> int:
    """One for a small population, else one for each processor this process may use."""
    if devices < ONE_THREAD_BELOW:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _aligned(words: int) -> NDArray[np.uint32]:
    """Zeros that start on a cache line."""
    room = np.zeros(words + 16, dtype=np.uint32)
    start = (-room.ctypes.data % 64) // 4
    return room[start : start + words]
