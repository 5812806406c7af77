"""What acts on macrospins from outside, as waveforms, checked against the step and laid out for the kernels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.devices.macrospin_parameters import Device
from spinloop.emulator.physics import _macrospin_rows as rows
from spinloop.emulator.physics.checks import finite
from spinloop.emulator.physics.macrospin import check_step
from spinloop.protocols.errors import BadParameter, WrongShape

# Numbers of a waveform laid out at once; a longer one is laid out piece by piece while it runs.
PIECE_NUMBERS = 2**22


@dataclass(frozen=True)
class Drive:
    """Field, currents and voltage on macrospins; zero where not given.

    Every one broadcasts to (samples, devices), the field to (samples, devices, 3): so (devices,) differs from device to
    device, (samples, 1) is one waveform for all. Each sample is held for some steps. To represent a smooth waveform to
    second order in the step, sample it at the middle of each step.

    Attributes:
        field_amps_per_metre: external field.
        spin_transfer_amps: current through the junction; a positive one pulls towards the polariser.
        spin_orbit_amps_per_square_metre: current density in the heavy metal.
        volts: voltage that changes the anisotropy.
        steps_per_sample: steps for which each sample is held; a drive with one sample is held as long as asked.
    """

    field_amps_per_metre: ArrayLike = (0.0, 0.0, 0.0)
    spin_transfer_amps: ArrayLike = 0.0
    spin_orbit_amps_per_square_metre: ArrayLike = 0.0
    volts: ArrayLike = 0.0
    steps_per_sample: int = 1


class PreparedDrive:
    """A drive that was checked for one population and one step; the form to use when the same drive runs often.

    Attributes:
        samples: how many the waveform has.
        hold: steps per sample.
        whole: the kernels' array if it is small enough to be laid out once, else None.

    Raises:
        NotFinite: it holds NaN or infinity.
        WrongShape: something does not broadcast to samples and devices.
        BadParameter: the step is too long for the precession that it causes.
    """

    def __init__(self, drive: Drive, device: Device, step_seconds: float, lanes: int, real: Any) -> None:
        if not drive.steps_per_sample >= 1:
            raise BadParameter(f"steps_per_sample = {drive.steps_per_sample}", "at least 1", "correct this parameter")
        self.device = device
        self.hold = int(drive.steps_per_sample)
        self._lanes, self._real = lanes, real
        field = _as_table("field_amps_per_metre", drive.field_amps_per_metre, 3)
        channels = [field[..., axis] for axis in range(3)]
        for name in ("spin_transfer_amps", "spin_orbit_amps_per_square_metre", "volts"):
            channels.append(_as_table(name, getattr(drive, name), 0))
        shape = _common_shape(channels, device.devices)
        self.samples, width = shape
        self._shared = width == 1
        self._channels = [np.broadcast_to(channel, shape) for channel in channels]
        self._check(step_seconds)
        fits = self.samples * rows.CHANNELS * (1 if self._shared else lanes) <= PIECE_NUMBERS
        self.whole = self._lay_out(0, self.samples) if fits else None

    def pieces(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """The waveform in pieces of bounded size, each with the sample that it starts at."""
        if self.whole is not None:
            yield 0, self.whole
            return
        width = 1 if self._shared else self._lanes
        length = max(1, PIECE_NUMBERS // (rows.CHANNELS * width))
        for first in range(0, self.samples, length):
            yield first, self._lay_out(first, min(first + length, self.samples))

    def _lay_out(self, first: int, last: int) -> NDArray[Any]:
        width = 1 if self._shared else self._lanes
        table = np.zeros((last - first, rows.CHANNELS, width), self._real)
        for index, channel in enumerate(self._channels):
            table[:, index, : channel.shape[1]] = channel[first:last]
        return table

    def _check(self, step_seconds: float) -> None:
        """Bound the field of every device over all samples; its own is convex in the voltage, so the ends suffice."""
        device = self.device
        if device.devices == 0 or self.samples == 0:
            return
        hx, hy, hz, transfer, orbit, volts = self._channels
        largest = np.zeros(device.devices)
        applied = np.sqrt(_largest(hx) ** 2 + _largest(hy) ** 2 + _largest(hz) ** 2)
        for current, per_unit, ratio in (
            (transfer, device.transfer, device.transfer_ratio),
            (orbit, device.orbit, device.orbit_ratio),
        ):
            strength = np.linalg.norm(per_unit, axis=1) * (1.0 + np.abs(ratio))
            applied = applied + _largest(current) * strength
        for end in (volts.min(axis=0), volts.max(axis=0)):
            largest = np.maximum(largest, device.own_field(device.vcma * end))
        check_step(step_seconds, largest + applied, device.damping, device.gyromagnetic, device.thermal_spread())


def _as_table(name: str, value: ArrayLike, components: int) -> NDArray[np.float64]:
    """Checked, with samples and devices as the first two axes."""
    array = finite(name, value)
    vector = 1 if components else 0
    if array.ndim > 2 + vector or (vector and (array.ndim == 0 or array.shape[-1] != components)):
        wanted = "(samples, devices, 3)" if vector else "(samples, devices)"
        raise WrongShape(f"{name} {array.shape}", f"what broadcasts to {wanted}", "check which axis means what")
    return array.reshape((1,) * (2 + vector - array.ndim) + array.shape)


def _common_shape(channels: list[NDArray[np.float64]], devices: int) -> tuple[int, int]:
    """(samples, 1 or devices) of all channels together."""
    try:
        samples, width = np.broadcast_shapes(*(channel.shape for channel in channels))
    except ValueError:
        shapes = ", ".join(str(channel.shape) for channel in channels)
        raise WrongShape(f"waveforms {shapes}", "one number of samples and devices", "check the waveforms") from None
    if width not in (1, devices):
        raise WrongShape(
            f"waveforms for {width} devices", f"1 or {devices}", "give one waveform a device, or one for all"
        )
    return samples, width


def _largest(channel: NDArray[np.float64]) -> NDArray[np.float64]:
    largest: NDArray[np.float64] = np.abs(channel).max(axis=0)
    return largest
