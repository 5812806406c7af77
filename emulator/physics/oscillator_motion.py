"""Motion of driven, noisy, delayed and coupled oscillators: Strang splitting around the exact free motion.

A step is half a step of free motion (exact, `oscillator.FreeFlow`), a kick by drive, noise, feedback and coupling,
and half a step of free motion. Without a kick it is exact for any step; with one it is of second order (G. Strang,
SIAM J. Numer. Anal. 5, 506, 1968), weakly so under noise, which is additive and enters the kick exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm
from spinloop.emulator.physics.checks import finite, positive, within
from spinloop.emulator.physics.oscillator import Complexes, FreeFlow, OscillatorLaw, complexes, stationary_power
from spinloop.protocols.errors import BadParameter, WrongShape

MOST_TURN = 0.3
"""Largest turn or growth, radians or e-folds, in a step that is also kicked; a step's error goes as its cube."""


@dataclass(frozen=True)
class Kick:
    """What acts on n oscillators besides their free motion.

    Attributes:
        drive_per_second: F of an injected tone, complex, number or shape (n,).
        drive_radians_per_second: angular frequency of the tone, minus that of the frame: F exp(-i w t).
        feedback_per_second: strength and phase of the delayed feedback, complex; acts as feedback c(t - delay).
        feedback_delay_seconds: delay, a whole number of steps, at least one.
        coupling_per_second: complex matrix (n, n): oscillator j acts on i as coupling[i, j] c_j.
    """

    drive_per_second: complex | NDArray[np.complex128] = 0.0
    drive_radians_per_second: float = 0.0
    feedback_per_second: complex = 0.0
    feedback_delay_seconds: float = 0.0
    coupling_per_second: NDArray[np.complex128] | None = None


def fastest_turn_per_second(law: OscillatorLaw, supercriticality: ArrayLike, power: ArrayLike = 0.0) -> float:
    """Fastest rate of free motion, which limits a kicked step; at `power` where that is more than p0."""
    w0, shift, damping, q, _, zeta = law.arrays(supercriticality, np.asarray(power))
    p = np.maximum(stationary_power(zeta, q), power)
    rate = np.abs(w0 + shift * p) + np.abs(shift) * p + damping * (np.abs(zeta - 1.0) + (zeta + q) * p)
    return float(rate.max(initial=0.0))


def check_step(law: OscillatorLaw, supercriticality: ArrayLike, step_seconds: float, power: ArrayLike = 0.0) -> float:
    """The step, if free motion turns by no more than `MOST_TURN` in it.

    Raises:
        BadParameter: it is longer; the message proposes one that is not.
    """
    step = float(positive("step_seconds", step_seconds))
    fastest = fastest_turn_per_second(law, supercriticality, power)
    if step * fastest > MOST_TURN:
        raise BadParameter(
            f"step_seconds = {step:g}",
            f"at most {MOST_TURN / fastest:.3g} s for these oscillators",
            "shorten the step, or put the frame's frequency nearer to the oscillators'",
            value=step,
            largest=MOST_TURN / fastest,
        )
    return step


def move(
    amplitude: ArrayLike,
    law: OscillatorLaw,
    supercriticality: ArrayLike,
    step_seconds: float,
    steps: int,
    kick: Kick | None = None,
    normals: NDArray[np.float64] | None = None,
    start_seconds: float = 0.0,
) -> Complexes:
    """Amplitudes of n oscillators after each step.

    Args:
        amplitude: c at the start, shape (n,); before the start it is taken as constant, where feedback needs it.
        law: of the oscillators.
        supercriticality: zeta, number or shape (n,); held over all steps.
        step_seconds: length of a step; refused when too long for a kick (see `check_step`).
        steps: how many, at least 0.
        kick: drive, feedback and coupling; none by default.
        normals: shape (steps, 2, n): standard normal numbers for the noise; needed when the law has noise.
        start_seconds: time at the start, for the phase of the drive.

    Returns:
        Shape (steps + 1, n), the start first.

    Raises:
        BadParameter: the step is too long, or the delay no whole number of steps.
        WrongShape: an array does not fit.
    """
    start = np.atleast_1d(complexes("amplitude", amplitude))
    n = start.size
    within("steps", steps, 0)
    noise = _noise(law, n, steps, step_seconds, normals)
    kicks = _Kicks(kick or Kick(), n, float(positive("step_seconds", step_seconds)), start_seconds)
    if kicks.acts or noise is not None:
        check_step(law, supercriticality, step_seconds, np.abs(start).max(initial=0.0) ** 2)
    record = np.empty((steps + 1, n), dtype=np.complex128)
    record[0] = start
    flow = FreeFlow(law, supercriticality, 0.5 * step_seconds, start)
    for step in range(steps):
        middle = flow(record[step])
        middle = kicks.apply(middle, record, step)
        if noise is not None:
            middle = middle + noise[step]
        record[step + 1] = flow(middle)
    return record


def _noise(
    law: OscillatorLaw, n: int, steps: int, seconds: float, normals: NDArray[np.float64] | None
) -> Complexes | None:
    strength = np.asarray(law.noise_per_second, dtype=np.float64)
    if normals is None:
        if np.any(strength > 0.0):
            raise WrongShape("a law with noise and no normals", f"normals of shape ({steps}, 2, {n})", "hand them in")
        return None
    drawn = finite("normals", normals)
    if drawn.shape != (steps, 2, n):
        raise WrongShape(f"normals {drawn.shape}", f"({steps}, 2, {n})", "two numbers a step and oscillator")
    return np.asarray(np.sqrt(strength * seconds) * (drawn[:, 0] + 1j * drawn[:, 1]))


class _Kicks:
    """The kick of a whole step; each part is exact, or of second order by the trapezoid (feedback)."""

    def __init__(self, kick: Kick, n: int, step: float, start: float) -> None:
        drive = complexes("drive_per_second", kick.drive_per_second)
        w = float(finite("drive_radians_per_second", kick.drive_radians_per_second))
        # The integral of F exp(-i w t) over a step, centred at the step's middle.
        self._tone = drive * step * np.sinc(0.5 * w * step / np.pi)
        self._w, self._step, self._start = w, step, start
        self._feedback = complex(complexes("feedback_per_second", kick.feedback_per_second))
        self._delay = _whole_steps(kick.feedback_delay_seconds, step) if self._feedback else 0
        self._matrix = _propagator(kick.coupling_per_second, n, step)
        self.acts = bool(np.any(drive != 0.0)) or self._feedback != 0.0 or self._matrix is not None

    def apply(self, amplitude: Complexes, record: Complexes, step: int) -> Complexes:
        if self._matrix is not None:
            amplitude = self._matrix @ amplitude
        if self._feedback:
            past = record[max(step - self._delay, 0)] + record[max(step + 1 - self._delay, 0)]
            amplitude = amplitude + 0.5 * self._step * self._feedback * past
        middle = self._start + (step + 0.5) * self._step
        return np.asarray(amplitude + self._tone * np.exp(-1j * self._w * middle))


def _whole_steps(delay_seconds: float, step_seconds: float) -> int:
    ratio = float(positive("feedback_delay_seconds", delay_seconds)) / step_seconds
    whole = round(ratio)
    if whole < 1 or abs(ratio - whole) > 1e-6 * whole:
        raise BadParameter(
            f"feedback_delay_seconds = {delay_seconds:g}",
            f"a whole number of steps of {step_seconds:g} s",
            f"take a step of {delay_seconds / max(whole, 1):.6g} s",
        )
    return whole


def _propagator(coupling: NDArray[np.complex128] | None, n: int, step: float) -> Complexes | None:
    if coupling is None:
        return None
    matrix = complexes("coupling_per_second", coupling)
    if matrix.shape != (n, n):
        raise WrongShape(f"coupling_per_second {matrix.shape}", f"({n}, {n})", "one row per oscillator acted upon")
    return np.asarray(expm(matrix * step)) if n else matrix
