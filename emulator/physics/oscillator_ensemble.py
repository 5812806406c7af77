"""Many independent noisy oscillators, compiled: the same motion as `oscillator_motion.move`, without coupling."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.chance import Chance, philox4x32
from spinloop.emulator.physics.checks import finite, positive, within
from spinloop.emulator.physics.oscillator import Complexes, OscillatorLaw, complexes
from spinloop.emulator.physics.oscillator_motion import check_step
from spinloop.protocols.errors import WrongShape


def seed_words(seed: int, purpose: str, devices: NDArray[Any]) -> NDArray[np.uint32]:
    """Start of one xoshiro128+ stream per device, from Philox of (seed, purpose, device).

    Args:
        seed: root seed.
        purpose: tells this use of chance from others.
        devices: index of each device, shape (n,).

    Returns:
        Shape (n, 4).
    """
    index = np.asarray(devices, dtype=np.uint64)
    none = np.zeros_like(index)
    words = np.stack(philox4x32(index, none, none, none, Chance(seed, purpose).key), axis=-1).astype(np.uint32)
    # xoshiro128+ stays at zero if it starts there; Philox gives that once in 2^128, and then any other word will do.
    words[(words == 0).all(axis=-1), 0] = 1
    return np.ascontiguousarray(words)


def advance_ensemble(
    amplitude: Complexes,
    words: NDArray[np.uint32],
    law: OscillatorLaw,
    supercriticality: ArrayLike,
    step_seconds: float,
    steps: int,
    drive_per_second: ArrayLike = 0.0,
    drive_radians_per_second: float = 0.0,
    start_seconds: float = 0.0,
) -> Complexes:
    """Amplitudes after some steps of noise and an injected tone.

    Args:
        amplitude: c, shape (n,).
        words: state of each oscillator's random numbers, shape (n, 4), from `seed_words`; moved on in place.
        law: of the oscillators, numbers or shape (n,).
        supercriticality: zeta, number or shape (n,).
        step_seconds: length of a step, refused when too long (see `check_step`).
        steps: how many, at least 0.
        drive_per_second: F of the tone F exp(-i w t), complex, number or shape (n,).
        drive_radians_per_second: w, minus the angular frequency of the frame.
        start_seconds: time at the start, for the phase of the tone.

    Raises:
        BadParameter, NotFinite, WrongShape: an argument cannot be used.
    """
    start = complexes("amplitude", amplitude)
    if start.ndim != 1 or words.shape != (start.size, 4) or words.dtype != np.uint32:
        raise WrongShape(f"amplitude {start.shape} and words {words.shape}", "(n,) and (n, 4) of uint32", "see above")
    count = int(within("steps", steps, 0))
    w = float(finite("drive_radians_per_second", drive_radians_per_second))
    time = float(finite("start_seconds", start_seconds))
    step = float(positive("step_seconds", step_seconds))
    tone = np.broadcast_to(complexes("drive_per_second", drive_per_second), start.shape)
    tone = np.asarray(tone * step * np.sinc(0.5 * w * step / np.pi))
    parameters = law.arrays(supercriticality, start)
    if parameters[0].shape != start.shape:
        raise WrongShape(f"parameters {parameters[0].shape}", f"numbers or {start.shape}", "one entry per oscillator")
    if np.any(parameters[4] > 0.0) or np.any(tone != 0.0):
        check_step(law, supercriticality, step, np.abs(start).max(initial=0.0) ** 2)
    if count == 0:
        return start.copy()
    from spinloop.emulator.physics._kernels_oscillator import advance

    re, im = start.real.copy(), start.imag.copy()
    tones = np.ascontiguousarray(tone.real), np.ascontiguousarray(tone.imag)
    advance(re, im, words, np.stack(parameters), *tones, w, time, step, count)
    return re + 1j * im
