"""What a macrospin is made of, checked, and laid out in rows for the kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.physics import _macrospin_rows as rows
from spinloop.emulator.physics import macrospin as law
from spinloop.emulator.physics.checks import finite, positive, within
from spinloop.protocols.errors import BadParameter, WrongShape

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MacrospinParameters:
    """Parameters of macrospins: each a number for all of them or an array with one entry a device.

    Attributes:
        saturation_amps_per_metre: Ms, > 0.
        volume_cubic_metres: V of the free layer, > 0.
        damping: Gilbert's a, > 0.
        anisotropy_amps_per_metre: uniaxial anisotropy field Hk; negative for an easy plane.
        easy_axis: direction, shape (3,) or (devices, 3), of any length.
        demagnetising: diagonal of the demagnetising tensor, shape (3,) or (devices, 3), each in [0, 1]; leave it at
            zero if `anisotropy_amps_per_metre` is the net field.
        temperature_kelvins: >= 0.
        thickness_metres: of the free layer, > 0; only the spin-orbit torque uses it.
        spin_transfer_efficiency: eta in [-1, 1].
        polariser: direction of the fixed layer, shape (3,) or (devices, 3).
        spin_transfer_field_like: field-like over damping-like torque.
        spin_hall: effective spin-Hall angle.
        spin_polarisation: direction of the spins that arrive from the heavy metal, shape (3,) or (devices, 3).
        spin_orbit_field_like: field-like over damping-like torque.
        vcma_amps_per_metre_per_volt: change of Hk with voltage; see `physics.macrospin.vcma_field_per_volt`.
        gyromagnetic: g0 = mu0 gamma, m / (A s), > 0.
    """

    saturation_amps_per_metre: ArrayLike
    volume_cubic_metres: ArrayLike
    damping: ArrayLike
    anisotropy_amps_per_metre: ArrayLike
    easy_axis: ArrayLike = (0.0, 0.0, 1.0)
    demagnetising: ArrayLike = (0.0, 0.0, 0.0)
    temperature_kelvins: ArrayLike = 300.0
    thickness_metres: ArrayLike = 1e-9
    spin_transfer_efficiency: ArrayLike = 0.0
    polariser: ArrayLike = (0.0, 0.0, 1.0)
    spin_transfer_field_like: ArrayLike = 0.0
    spin_hall: ArrayLike = 0.0
    spin_polarisation: ArrayLike = (0.0, 1.0, 0.0)
    spin_orbit_field_like: ArrayLike = 0.0
    vcma_amps_per_metre_per_volt: ArrayLike = 0.0
    gyromagnetic: ArrayLike = law.GYROMAGNETIC


class Device:
    """The same for a given number of devices: checked, in SI units, one entry a device; what steps and drives need.

    Raises:
        NotFinite: a parameter holds NaN or infinity.
        BadParameter: one is out of range, or a direction has no length.
        WrongShape: one has neither one entry nor one a device.
    """

    def __init__(self, devices: int, given: MacrospinParameters) -> None:
        self.devices = devices
        number = self._numbers
        self.saturation = number("saturation_amps_per_metre", positive, given.saturation_amps_per_metre)
        self.volume = number("volume_cubic_metres", positive, given.volume_cubic_metres)
        self.damping = number("damping", positive, given.damping)
        self.temperature = number("temperature_kelvins", _not_negative, given.temperature_kelvins)
        self.gyromagnetic = number("gyromagnetic", positive, given.gyromagnetic)
        self.anisotropy = number("anisotropy_amps_per_metre", finite, given.anisotropy_amps_per_metre)
        self.vcma = number("vcma_amps_per_metre_per_volt", finite, given.vcma_amps_per_metre_per_volt)
        self.easy_axis = self.directions("easy_axis", given.easy_axis)
        self.demagnetising = self._vectors("demagnetising", given.demagnetising) * self.saturation[:, None]
        within("demagnetising", given.demagnetising, 0.0, 1.0)
        efficiency = number("spin_transfer_efficiency", _share, given.spin_transfer_efficiency)
        transfer = law.spin_transfer_field_per_ampere(efficiency, self.saturation, self.volume)
        self.transfer = transfer[:, None] * self.directions("polariser", given.polariser)
        self.transfer_ratio = number("spin_transfer_field_like", finite, given.spin_transfer_field_like)
        thickness = number("thickness_metres", positive, given.thickness_metres)
        hall = number("spin_hall", finite, given.spin_hall)
        orbit = law.spin_orbit_field_per_density(hall, self.saturation, thickness)
        self.orbit = orbit[:, None] * self.directions("spin_polarisation", given.spin_polarisation)
        self.orbit_ratio = number("spin_orbit_field_like", finite, given.spin_orbit_field_like)

    def _numbers(self, name: str, check: Any, value: ArrayLike) -> Array:
        array = check(name, value)
        if array.shape not in ((), (1,), (self.devices,)):
            raise WrongShape(f"{name} {array.shape}", f"() or ({self.devices},)", "give one value a device")
        return np.broadcast_to(array, (self.devices,))

    def _vectors(self, name: str, value: ArrayLike) -> Array:
        array = finite(name, value)
        if array.shape not in ((3,), (1, 3), (self.devices, 3)):
            raise WrongShape(f"{name} {array.shape}", f"(3,) or ({self.devices}, 3)", "give three components a device")
        return np.broadcast_to(array, (self.devices, 3))

    def directions(self, name: str, value: ArrayLike) -> Array:
        """Unit vectors along what is given, shape (devices, 3)."""
        vectors = self._vectors(name, value)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (lengths > 0.0).all():
            raise BadParameter(f"{name} of length 0", "a direction", "give a vector with a length")
        return vectors / lengths

    def own_field(self, extra_anisotropy: Array | float = 0.0) -> Array:
        """Largest field of shape and anisotropy, shape (devices,), A/m."""
        anisotropy = self.anisotropy + extra_anisotropy
        return law.own_field_amps_per_metre(anisotropy, self.easy_axis, self.demagnetising)

    def thermal_spread(self) -> Array:
        """Mean square turn by the thermal field in a second, shape (devices,)."""
        return law.thermal_spread_per_second(
            self.damping, self.temperature, self.saturation, self.volume, self.gyromagnetic
        )

    def thermal_field(self, step_seconds: float) -> Array:
        """Standard deviation of a component of the thermal field held for a step, shape (devices,), A/m."""
        return law.thermal_field_amps_per_metre(
            self.damping, self.temperature, self.saturation, self.volume, step_seconds, self.gyromagnetic
        )

    def fill(self, state: NDArray[Any], step_seconds: float) -> None:
        """Write the rows that do not change, for a step.

        Args:
            state: shape (blocks, ROWS, lanes), of the kernels' type.
            step_seconds: dt.
        """
        scale = self.gyromagnetic * step_seconds / (1.0 + self.damping**2)
        columns = {
            rows.SIGMA: scale * self.thermal_field(step_seconds),
            rows.ALPHA: self.damping,
            rows.SCALE: scale,
            rows.STT_RATIO: self.transfer_ratio,
            rows.SOT_RATIO: self.orbit_ratio,
            rows.K_REST: scale * self.anisotropy,
            rows.K_VOLT: scale * self.vcma,
        }
        for row, values in columns.items():
            put(state, row, values)
        vectors = {
            rows.EASY: self.easy_axis,
            rows.DEMAG: scale[:, None] * self.demagnetising,
            rows.STT: scale[:, None] * self.transfer,
            rows.SOT: scale[:, None] * self.orbit,
        }
        for row, table in vectors.items():
            put_vectors(state, row, table)


def put(state: NDArray[Any], row: int, values: Array) -> None:
    """Write one number a device into a row of all blocks; lanes beyond the last device stay zero."""
    blocks, _, lanes = state.shape
    padded = np.zeros(blocks * lanes, state.dtype)
    padded[: values.shape[0]] = values
    state[:, row] = padded.reshape(blocks, lanes)


def put_vectors(state: NDArray[Any], row: int, vectors: Array) -> None:
    """Write three components a device into three rows."""
    for axis in range(3):
        put(state, row + axis, vectors[:, axis])


def get_vectors(state: NDArray[Any], row: int, devices: int) -> NDArray[Any]:
    """Read three components a device, shape (devices, 3)."""
    table: NDArray[Any] = np.stack([state[:, row + axis].ravel()[:devices] for axis in range(3)], axis=-1)
    return table


def _share(name: str, value: ArrayLike) -> Array:
    return within(name, value, -1.0, 1.0)


def _not_negative(name: str, value: ArrayLike) -> Array:
    return within(name, value, 0.0)
