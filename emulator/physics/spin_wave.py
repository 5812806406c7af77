"""Spin waves of small amplitude in a film with a map of its field: propagation, steady state, phase logic.

The envelope equation used is that of a damped wave with a cutoff,

    d2u/dt2 + 2 Gamma du/dt = c^2 laplacian(u) - w0(x, y)^2 u + s(x, y, t),

whose dispersion is w^2 = w0^2 + c^2 k^2: the cutoff w0 = gamma0 H is the resonance of the film in its local internal
field H, and c^2 stands for the stiffness by exchange (c^2 k^2 = 2 w0 (D k^2) near the bottom of the band, D k^2 the
exchange term of C. Herring, C. Kittel, Phys. Rev. 81, 869, 1951). Linear, scalar and isotropic: no dipolar
anisotropy of the dispersion, no change of frequency with amplitude.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_matrix, diags, identity, kron
from scipy.sparse.linalg import splu
from spinloop.emulator.physics.checks import finite, positive, within
from spinloop.emulator.physics.diode import GAMMA0_METRES_PER_AMP_SECOND
from spinloop.protocols.errors import BadParameter, WrongShape

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

MOST_CELLS = 1 << 20
"""Largest grid; a steady state of that size takes some gigabytes."""


@dataclass(frozen=True)
class Film:
    """A film on a square grid; beyond its outermost cells u = 0.

    Attributes:
        field_amps_per_metre: internal field H of each cell, shape (rows, cols), at least 0.
        pitch_metres: side of a cell, more than 0.
        speed_metres_per_second: c, more than 0.
        damping_per_second: Gamma = alpha w0, at least 0.
        absorber_cells: width of the rim in which the damping rises, so that waves leave without an echo.
        absorber_per_second: damping that is added at its outer end, at least 0; of the order of w / 2 is right.
    """

    field_amps_per_metre: Floats
    pitch_metres: float
    speed_metres_per_second: float
    damping_per_second: float
    absorber_cells: int = 0
    absorber_per_second: float = 0.0

    def __post_init__(self) -> None:
        field = within("field_amps_per_metre", self.field_amps_per_metre, 0.0)
        if field.ndim != 2 or field.size > MOST_CELLS:
            raise WrongShape(f"field_amps_per_metre {field.shape}", f"(rows, cols), {MOST_CELLS} cells", "a grid")
        positive("pitch_metres", self.pitch_metres)
        positive("speed_metres_per_second", self.speed_metres_per_second)
        within("damping_per_second", self.damping_per_second, 0.0)
        within("absorber_cells", self.absorber_cells, 0)
        within("absorber_per_second", self.absorber_per_second, 0.0)

    @property
    def cutoff_radians_per_second(self) -> Floats:
        """w0 of each cell, shape (rows, cols)."""
        return np.asarray(GAMMA0_METRES_PER_AMP_SECOND * np.asarray(self.field_amps_per_metre, dtype=np.float64))

    @property
    def damping_map_per_second(self) -> Floats:
        """Gamma of each cell with that of the rim, which rises as the square of the depth."""
        rows, cols = np.asarray(self.field_amps_per_metre).shape
        depth = np.maximum.outer(_depth(rows, self.absorber_cells), _depth(cols, self.absorber_cells))
        return np.asarray(self.damping_per_second + self.absorber_per_second * depth**2)

    @property
    def largest_step_seconds(self) -> float:
        """Bound of the explicit scheme, dt < 2 / sqrt(8 c^2 / pitch^2 + w0^2), R. Courant et al., 1928; 0.7 of it."""
        cutoff = float(self.cutoff_radians_per_second.max(initial=0.0))
        stiffness = 8.0 * (self.speed_metres_per_second / self.pitch_metres) ** 2
        return float(1.4 / np.sqrt(stiffness + cutoff**2))


def _depth(cells: int, rim: int) -> Floats:
    place = np.arange(cells)
    inside = np.minimum(place, cells - 1 - place)
    return np.asarray(np.maximum(rim - inside, 0.0) / max(rim, 1))


def wave_number_per_metre(frequency_hertz: ArrayLike, cutoff_hertz: ArrayLike, speed: ArrayLike) -> Floats:
    """Wave number k = sqrt(w^2 - w0^2) / c of a wave above the cutoff.

    Raises:
        BadParameter: the frequency lies below the cutoff, where nothing propagates.
    """
    w, w0 = (
        2 * np.pi * finite("frequency_hertz", frequency_hertz),
        2 * np.pi * within("cutoff_hertz", cutoff_hertz, 0.0),
    )
    return np.asarray(np.sqrt(within("frequency^2 - cutoff^2", w * w - w0 * w0, 0.0)) / positive("speed", speed))


def attenuation_metres(
    frequency_hertz: ArrayLike, cutoff_hertz: ArrayLike, speed: ArrayLike, damping_per_second: ArrayLike
) -> Floats:
    """Distance in which the amplitude falls by e: group velocity over damping, c^2 k / (w Gamma)."""
    k = wave_number_per_metre(frequency_hertz, cutoff_hertz, speed)
    group = np.asarray(speed, dtype=np.float64) ** 2 * k / (2 * np.pi * positive("frequency_hertz", frequency_hertz))
    return np.asarray(group / positive("damping_per_second", damping_per_second))


def propagate(
    film: Film,
    source: Complexes,
    frequency_hertz: float,
    step_seconds: float,
    steps: int,
    start: tuple[Floats, Floats] | None = None,
) -> tuple[Floats, Floats]:
    """The film after some steps of the explicit scheme of second order, driven by Re[source exp(-i w t)].

    Args:
        film: what carries the waves.
        source: complex drive of each cell, shape (rows, cols), 1/s^2 times the unit of u.
        frequency_hertz: w / 2 pi of the drive.
        step_seconds: dt, refused when the scheme would not be stable.
        steps: how many, at least 0.
        start: (u one step before, u) at t = 0; at rest by default.

    Returns:
        (u one step before the end, u at the end), each of shape (rows, cols).
    """
    shape = film.cutoff_radians_per_second.shape
    drive = _map("source", source, shape)
    dt = float(positive("step_seconds", step_seconds))
    if dt > film.largest_step_seconds:
        raise BadParameter(
            f"step_seconds = {dt:g}", f"at most {film.largest_step_seconds:.3g} s for this film", "shorten the step"
        )
    w = 2.0 * np.pi * float(finite("frequency_hertz", frequency_hertz))
    before, now = (np.zeros(shape), np.zeros(shape)) if start is None else start
    before, now = finite("start", before).copy(), finite("start", now).copy()
    loss = film.damping_map_per_second * dt
    swing = 2.0 - (film.cutoff_radians_per_second * dt) ** 2
    stiff = (film.speed_metres_per_second * dt / film.pitch_metres) ** 2
    padded = np.zeros((shape[0] + 2, shape[1] + 2))
    for step in range(int(within("steps", steps, 0))):
        padded[1:-1, 1:-1] = now
        around = padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2] - 4.0 * now
        after = swing * now - (1.0 - loss) * before + stiff * around
        after += dt * dt * (drive * np.exp(-1j * w * step * dt)).real
        before, now = now, after / (1.0 + loss)
    return before, now


def steady_amplitude(film: Film, source: Complexes, frequency_hertz: float) -> Complexes:
    """Complex amplitude U of the steady state, u = Re[U exp(-i w t)]: one sparse solution instead of many steps.

    Args:
        film: what carries the waves; damped somewhere.
        source: complex drive of each cell, shape (rows, cols) or (count, rows, cols).
        frequency_hertz: w / 2 pi, more than 0.

    Returns:
        The shape of the source.
    """
    rows, cols = shape = film.cutoff_radians_per_second.shape
    drive = np.asarray(source, dtype=np.complex128)
    if drive.shape[-2:] != shape:
        raise WrongShape(f"source {drive.shape}", f"(..., {rows}, {cols})", "one value per cell")
    _map("source", drive, drive.shape)
    if drive.size == 0:
        return drive.copy()
    w = 2.0 * np.pi * float(positive("frequency_hertz", frequency_hertz))
    line = [diags([1.0, -2.0, 1.0], [-1, 0, 1], shape=(n, n)) for n in shape]
    laplacian = kron(line[0], identity(cols)) + kron(identity(rows), line[1])
    local = film.cutoff_radians_per_second**2 - w * w - 2j * w * film.damping_map_per_second
    matrix = diags(local.ravel()) - (film.speed_metres_per_second / film.pitch_metres) ** 2 * laplacian
    solution = splu(csc_matrix(matrix)).solve(drive.reshape(-1, rows * cols).T)
    return np.asarray(solution.T.reshape(drive.shape))


def transfer(film: Film, inputs: list[tuple[int, int]], output: tuple[int, int], frequency_hertz: float) -> Complexes:
    """Complex amplitude at the output cell per unit drive at each input cell, shape (inputs,).

    By reciprocity one solution, driven at the output, gives all of them.
    """
    rows, cols = film.cutoff_radians_per_second.shape
    drive = np.zeros((rows, cols), dtype=np.complex128)
    for cell in (output, *inputs):
        if not (0 <= cell[0] < rows and 0 <= cell[1] < cols):
            raise WrongShape(f"the cell {cell}", f"a cell of the grid {drive.shape}", "choose a cell of the film")
    drive[output] = 1.0
    field = steady_amplitude(film, drive, frequency_hertz)
    return np.array([field[cell] for cell in inputs], dtype=np.complex128)


def gate_bit(bits: ArrayLike, transfers: Complexes) -> NDArray[np.bool_]:
    """Phase logic: each input sends phase 0 or pi, the output is 1 where the sum is in antiphase to that of all 0.

    With an odd number of inputs of equal transfer it is their majority (T. Schneider et al., Appl. Phys. Lett. 92,
    022505, 2008, for the principle; A. Khitun, M. Bao, K. Wang, J. Phys. D 43, 264005, 2010, for the majority gate).

    Args:
        bits: 0 or 1, shape (..., inputs).
        transfers: complex, shape (inputs,).

    Raises:
        BadParameter: the waves cancel so far that the phase says nothing (below 1e-6 of the sum of all).
    """
    sent = np.asarray(bits, dtype=np.bool_)
    if sent.shape[-1:] != np.shape(transfers):
        raise WrongShape(f"bits {sent.shape}", f"(..., {np.size(transfers)})", "one bit per input")
    reference = np.asarray(transfers).sum()
    wave = np.where(sent, -1.0, 1.0) @ np.asarray(transfers)
    along = np.asarray((wave * np.conj(reference)).real)
    if np.any(np.abs(along) <= 1e-6 * np.abs(transfers).sum() * np.abs(reference)):
        raise BadParameter("waves that cancel at the output", "a sum with a phase", "an odd number of equal inputs")
    return np.asarray(along < 0.0)


def _map(name: str, value: ArrayLike, shape: tuple[int, ...]) -> Complexes:
    array = np.asarray(value, dtype=np.complex128)
    if array.shape != shape:
        raise WrongShape(f"{name} {array.shape}", f"{shape}", "one value per cell")
    finite(name, array.real)
    finite(name, array.imag)
    return array
