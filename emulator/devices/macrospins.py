"""A population of macrospins: one moment a device, thermal, driven by field, current and voltage."""

from __future__ import annotations

import itertools
import operator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.chance import Chance, philox4x32
from spinloop.emulator.devices.macrospin_drive import Drive, PreparedDrive
from spinloop.emulator.devices.macrospin_parameters import Device, MacrospinParameters, get_vectors, put_vectors
from spinloop.emulator.physics import _macrospin_rows as rows
from spinloop.emulator.physics.checks import positive
from spinloop.emulator.physics.macrospin import check_step, longest_step_seconds
from spinloop.protocols.errors import BadParameter

DEFAULT_HEATING = 1e-3
"""Error of the temperature that the default step causes: a tenth of what is allowed, which leaves a drive room."""

KEPT_NUMBERS = 2**28
"""Largest trajectory that one call keeps, in numbers: 1 GiB of float32."""

_NO_TRACE: dict[Any, NDArray[Any]] = {
    np.float32: np.zeros((0, 3, 0), np.float32),
    np.float64: np.zeros((0, 3, 0), np.float64),
}


class Macrospins:
    """Parameters and state of some macrospins; all start along +z.

    A device's history follows from the seed, the name, its number and what was done to it: it is the same to the last
    bit whatever the number of other devices, how steps are divided among calls, and the number of threads.

    Args:
        devices: how many, from 0 on.
        parameters: what they are made of.
        step_seconds: the time step; by default a tenth of the heating that is allowed (see
            `physics.macrospin.longest_step_seconds`) in the devices' own field.
        noise: "gaussian" is Box and Muller's; "low_moment" is faster and only shares the normal's first moments, which
            is enough for averages over trajectories (weak order 1) and not for tails of the thermal field itself.
        precision: "float32" or "float64" of the state; thermal fields have 24 bits in both.
        seed: root seed of this chip.
        name: of the block.
        first_device: number of the first device, so that a part of a population can be simulated alone.
        threads: how many run blocks of devices at the same time; worth it from about 1e5 devices and steps a call.

    Raises:
        BadParameter: a parameter is out of range, or the step too long; with the longest step that is allowed.
        NotFinite: something holds NaN or infinity.
        WrongShape: something has neither one entry nor one a device.

    Example:
        >>> law = MacrospinParameters(9.5e5, 1.3e-24, 0.01, 2e5, temperature_kelvins=0.0, spin_transfer_efficiency=0.6)
        >>> spins = Macrospins(1, law)
        >>> spins.set_directions([0.1, 0.0, 1.0])
        >>> spins.run(2e-8, Drive(spin_transfer_amps=-6e-5))
        >>> bool(spins.m[0, 2] < -0.99)
        True
    """

    def __init__(
        self,
        devices: int,
        parameters: MacrospinParameters,
        *,
        step_seconds: float | None = None,
        noise: Literal["gaussian", "low_moment"] = "gaussian",
        precision: Literal["float32", "float64"] = "float32",
        seed: int = 0,
        name: str = "macrospins",
        first_device: int = 0,
        threads: int = 1,
    ) -> None:
        from spinloop.emulator.physics import _kernels_macrospin as kernels

        self.devices = _count("devices", devices)
        self._first, self._key = _count("first_device", first_device), Chance(seed, name, "thermal field").key
        kinds = {"gaussian": kernels.GAUSSIAN, "low_moment": kernels.LOW_MOMENT}
        self._noisy, self._silent = _choice("noise", noise, kinds), kernels.SILENT
        self._real = _choice("precision", precision, {"float32": np.float32, "float64": np.float64})
        narrow = devices <= rows.NARROW
        self._lanes = rows.NARROW if narrow else rows.WIDE
        self._advance = kernels.advance_narrow if narrow else kernels.advance_wide
        self._blocks = -(-devices // self._lanes)
        self.threads = _count("threads", threads, 1)
        self._pool: ThreadPoolExecutor | None = None
        self._state = np.zeros((self._blocks, rows.ROWS, self._lanes), self._real)
        self._rows = self._state.reshape(-1)
        self.set_parameters(parameters, step_seconds)
        self.reset()

    def reset(self) -> None:
        """Back to the state right after construction: along +z, streams of chance at their beginning."""
        width = self._blocks * self._lanes
        index = np.uint64(self._first) + np.arange(width, dtype=np.uint64)
        zero = np.zeros_like(index)
        words = philox4x32(index & np.uint64(0xFFFFFFFF), index >> np.uint64(32), zero, zero, self._key)
        streams = np.stack(words).astype(np.uint32)
        streams[0, ~streams.any(axis=0)] = 1  # a generator whose state is all zeros stays there
        self._chance = np.ascontiguousarray(streams.reshape(4, self._blocks, self._lanes).transpose(1, 0, 2)).reshape(
            -1
        )
        self._noise = np.zeros(self._blocks * rows.NOISE_ROWS * self._lanes, np.float32)
        self._thermal_steps = 0
        self.steps_done = 0
        self.set_directions((0.0, 0.0, 1.0))

    def set_parameters(self, parameters: MacrospinParameters, step_seconds: float | None = None) -> None:
        """Change what the devices are made of, or the step; directions and chance stay.

        Drives that were prepared before are refused from now on.
        """
        device = Device(self.devices, parameters)
        own, spread = device.own_field(), device.thermal_spread()
        if step_seconds is None:
            limits = longest_step_seconds(own, device.damping, device.gyromagnetic, spread, DEFAULT_HEATING)
            step_seconds = float(np.min(limits, initial=np.inf))
            if not np.isfinite(step_seconds):
                raise BadParameter("no step_seconds", "a time step", "give it: nothing here sets a scale of time")
        check_step(float(positive("step_seconds", step_seconds)), own, device.damping, device.gyromagnetic, spread)
        self.step_seconds = step_seconds
        self._device = device
        device.fill(self._state, step_seconds)
        self._kind = self._noisy if (device.temperature > 0.0).any() else self._silent
        self._at_rest = self.prepare(Drive())

    @property
    def m(self) -> NDArray[Any]:
        """Directions of the moments, shape (devices, 3); a copy."""
        return get_vectors(self._state, rows.M, self.devices)

    def set_directions(self, directions: ArrayLike) -> None:
        """Turn the moments, shape (3,) or (devices, 3), of any length but zero."""
        put_vectors(self._state, rows.M, self._device.directions("directions", directions))

    def prepare(self, drive: Drive) -> PreparedDrive:
        """Check a drive for these devices and this step once, to use it in many calls."""
        return PreparedDrive(drive, self._device, self.step_seconds, self._blocks * self._lanes, self._real)

    def step(self, steps: int, drive: Drive | PreparedDrive | None = None, keep_every: int = 0) -> NDArray[Any] | None:
        """Take time steps.

        Args:
            steps: how many; with a waveform of several samples, as many as it lasts.
            drive: what acts meanwhile; nothing if None.
            keep_every: keep the directions after each so many steps; 0 keeps none.

        Returns:
            The directions kept, shape (steps // keep_every, devices, 3), or None.

        Raises:
            BadParameter: the step is too long for this drive, or the steps do not match its length.
        """
        ready = self._at_rest if drive is None else drive
        if type(ready) is not PreparedDrive:
            ready = self.prepare(ready)  # type: ignore[arg-type]
        if ready.device is not self._device:
            raise BadParameter("a drive prepared for other parameters", "one of this population", "prepare it again")
        hold = ready.hold
        if ready.samples == 1:
            hold = steps if steps > 0 else 1
        elif steps != ready.samples * hold:
            length = f"{ready.samples} samples of {hold} steps"
            raise BadParameter(f"steps = {steps}", length, "take as many steps as the waveform lasts")
        if steps < 0 or keep_every < 0:
            raise BadParameter(f"steps = {steps}, keep_every = {keep_every}", "at least 0", "correct this parameter")
        if keep_every == 0 and self.threads == 1 and ready.whole is not None:
            self._advance(
                self._rows, self._chance, self._noise, ready.whole, hold, steps, self._thermal_steps, 0,
                _NO_TRACE[self._real], 0, self._kind, 0, self._blocks,
            )  # fmt: skip
            self._count_steps(steps)
            return None
        return self._step_in_pieces(steps, ready, hold, keep_every)

    def run(
        self, seconds: float, drive: Drive | PreparedDrive | None = None, keep_every: int = 0
    ) -> NDArray[Any] | None:
        """Let time pass: `step` with the number of steps that is nearest to it."""
        wanted = float(seconds) / self.step_seconds
        if not 0.0 <= wanted < 2**62:
            raise BadParameter(f"seconds = {seconds}", "a time from 0 on", "correct this parameter")
        return self.step(round(wanted), drive, keep_every)

    def state(self) -> dict[str, NDArray[Any]]:
        """The arrays that define what happens next."""
        counts = np.array([self._thermal_steps, self.steps_done])
        m = self._state[:, rows.M : rows.M + 3].copy()
        return {"m": m, "chance": self._chance.copy(), "noise": self._noise.copy(), "steps": counts}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Put back what `state` returned."""
        self._state[:, rows.M : rows.M + 3] = state["m"]
        self._chance, self._noise = state["chance"].copy(), state["noise"].copy()
        self._thermal_steps, self.steps_done = (int(count) for count in state["steps"])

    def _count_steps(self, steps: int) -> None:
        self.steps_done += steps
        if self._kind != self._silent:
            self._thermal_steps += steps

    def _step_in_pieces(self, steps: int, ready: PreparedDrive, hold: int, keep_every: int) -> NDArray[Any] | None:
        """The same with trajectories, threads, or waveforms too long to be laid out at once."""
        kept = steps // keep_every if keep_every else 0
        if kept * 3 * self._blocks * self._lanes > KEPT_NUMBERS:
            asked = f"{kept} x {self.devices} directions in one call"
            raise BadParameter(
                asked, f"at most {KEPT_NUMBERS} numbers", "take fewer steps a call or a larger keep_every"
            )
        trace: NDArray[Any] = _NO_TRACE[self._real]
        if kept:
            trace = np.zeros((kept, 3, self._blocks * self._lanes), self._real)
        for first, table in ready.pieces():
            start = first * hold
            count = min(len(table) * hold, steps - start) if ready.samples > 1 else steps
            self._in_threads(table, hold, count, start, trace, keep_every if kept else 0)
            self._count_steps(count)
        return trace[:, :, : self.devices].transpose(0, 2, 1) if keep_every else None

    def _in_threads(self, table: Any, hold: int, count: int, start: int, trace: Any, every: int) -> None:
        """Blocks are shared out; each is computed by one thread from beginning to end."""
        shares = min(self.threads, max(self._blocks, 1))
        edges = [self._blocks * share // shares for share in range(shares + 1)]

        def some(first: int, last: int) -> None:
            self._advance(
                self._rows, self._chance, self._noise, table, hold, count, self._thermal_steps, start, trace, every,
                self._kind, first, last,
            )  # fmt: skip

        if len(edges) == 2:
            some(*edges)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="macrospins")
        for share in [self._pool.submit(some, *pair) for pair in itertools.pairwise(edges)]:
            share.result()


def _count(name: str, value: int, least: int = 0) -> int:
    number = operator.index(value)
    if number < least:
        raise BadParameter(f"{name} = {number}", f"at least {least}", "correct this parameter", value=number)
    return number


def _choice(name: str, value: str, choices: dict[str, Any]) -> Any:
    if value not in choices:
        raise BadParameter(f"{name} = {value!r}", " or ".join(choices), "name one of them")
    return choices[value]
