"""Spin-torque and spin-Hall nano-oscillators: independent ones in any number, and grids of coupled ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.chance import Chance
from spinloop.emulator.devices._law import Law, quantity, size, spread
from spinloop.emulator.devices._population import Floats, Population, whole_steps
from spinloop.emulator.physics.checks import within
from spinloop.emulator.physics.oscillator import (
    Complexes,
    FreeFlow,
    OscillatorLaw,
    complexes,
    generation_radians_per_second,
    stationary_power,
)
from spinloop.emulator.physics.oscillator_ensemble import advance_ensemble, seed_words
from spinloop.emulator.physics.oscillator_motion import MOST_TURN
from spinloop.protocols.errors import WrongShape

MOST_SUPERCRITICALITY = 10.0
"""Currents beyond this multiple of the threshold are refused: the model expands about the threshold."""


@dataclass(frozen=True, kw_only=True)
class OscillatorSetLaw(Law):
    """Nominal parameters of the oscillators, and how far they differ.

    Attributes:
        frequency_hertz: at the threshold.
        nonlinear_hertz: shift of the frequency per unit of power; negative is a red shift.
        damping_per_second: Gamma_G, natural positive damping.
        nonlinear_damping: Q.
        threshold_amps: current at which oscillation sets in.
        noise_per_second: D, diffusion of each quadrature.
        volts_per_amplitude: voltage amplitude of the output at unit amplitude.
        coupling_per_second: of neighbours on a grid; 0 for independent oscillators.
        coupling_phase_radians: its phase.
        frequency_spread_hertz: standard deviation of the frequency between devices.
        threshold_spread: standard deviation of the logarithm of the threshold.
    """

    frequency_hertz: float = size("Hz")
    nonlinear_hertz: float = quantity("Hz", -1e12, 1e12)
    damping_per_second: float = size("1/s")
    nonlinear_damping: float = quantity("1", 0.0)
    threshold_amps: float = size("A")
    noise_per_second: float = quantity("1/s", 0.0)
    volts_per_amplitude: float = size("V")
    coupling_per_second: float = quantity("1/s", 0.0)
    coupling_phase_radians: float = quantity("rad", -np.pi, np.pi)
    frequency_spread_hertz: float = quantity("Hz", 0.0)
    threshold_spread: float = spread()


class Oscillators(Population):
    """n independent oscillators in the frame that turns with the nominal frequency; they start at rest in heat.

    Attributes:
        amplitude: complex state in the frame, shape (devices,).
        words: state of each device's random numbers, shape (devices, 4).
        elapsed_seconds: time since the start, which gives the phase of injected tones.
    """

    _arrays = ("amplitude", "words", "elapsed_seconds")

    def __init__(self, devices: int, law: OscillatorSetLaw, seed: int, name: str) -> None:
        super().__init__(devices, seed, name)
        self.law = law
        deviates = Chance(seed, name, "frequency").normal(self._index, 0, 0)
        self.frequency_hertz = law.frequency_hertz + law.frequency_spread_hertz * deviates
        self.threshold_amps = self._vary("threshold", law.threshold_amps, law.threshold_spread)
        self.physics = OscillatorLaw(
            2.0 * np.pi * (self.frequency_hertz - law.frequency_hertz),
            2.0 * np.pi * law.nonlinear_hertz,
            law.damping_per_second,
            law.nonlinear_damping,
            law.noise_per_second,
        )
        self.reset()

    def reset(self) -> None:
        """At rest, with the amplitude that heat gives it without current."""
        both = Chance(self._seed, self._name, "start").normal(self._index[:, None], 0, np.arange(2))
        size = np.sqrt(self.law.noise_per_second / (2.0 * self.law.damping_per_second))
        self.amplitude: Complexes = size * (both[:, 0] + 1j * both[:, 1])
        self.words = seed_words(self._seed, f"{self._name}/noise", self._index)
        self.elapsed_seconds = np.zeros(())
        self.draws = 0

    def supercriticality(self, amps: ArrayLike) -> Floats:
        """I / I_th of each device.

        Raises:
            BadParameter: negative, or so large that the model does not hold.
        """
        ratio = self._input("amps", amps) / self.threshold_amps
        return within("amps / threshold_amps", ratio, 0.0, MOST_SUPERCRITICALITY)

    def step(
        self, amps: ArrayLike, seconds: float, drive_per_second: ArrayLike = 0.0, drive_hertz: float | None = None
    ) -> Complexes:
        """Let time pass under a current and an injected tone.

        Args:
            amps: direct current, number or shape (devices,).
            seconds: time.
            drive_per_second: F of the tone, complex, number or shape (devices,).
            drive_hertz: its frequency; the nominal frequency by default.

        Returns:
            The amplitude at the end, shape (devices,).
        """
        zeta = self.supercriticality(amps)
        offset = 0.0 if drive_hertz is None else 2.0 * np.pi * (drive_hertz - self.law.frequency_hertz)
        drive = complexes("drive_per_second", drive_per_second)
        count, step = whole_steps("seconds", seconds, self._longest_step())
        if seconds > 0.0:
            now = float(self.elapsed_seconds)
            arguments = zeta, step, count, drive, offset, now
            self.amplitude = advance_ensemble(self.amplitude, self.words, self.physics, *arguments)
            self.elapsed_seconds = np.asarray(now + seconds)
        return self.amplitude

    def _longest_step(self) -> float:
        """For the fastest device that the law allows, at power 1: it must not depend on which devices there are."""
        law = self.law
        turn = 2.0 * np.pi * (6.0 * law.frequency_spread_hertz + 2.0 * abs(law.nonlinear_hertz))
        return MOST_TURN / (turn + law.damping_per_second * (2.0 * MOST_SUPERCRITICALITY + law.nonlinear_damping))

    def generation_hertz(self, amps: ArrayLike) -> Floats:
        """Frequency of each free-running device, f0 + N p0 (P17)."""
        turn = generation_radians_per_second(self.physics, self.supercriticality(amps))
        return np.asarray(self.law.frequency_hertz + turn / (2.0 * np.pi))

    def stationary_power(self, amps: ArrayLike) -> Floats:
        """Power of each free-running device (P17)."""
        return stationary_power(self.supercriticality(amps), self.law.nonlinear_damping)

    def envelope_volts(self) -> Floats:
        """Amplitude of the output voltage, what a rectifier sees, shape (devices,)."""
        return np.asarray(self.law.volts_per_amplitude * np.abs(self.amplitude))


class OscillatorGrid(Oscillators):
    """rows x cols oscillators, each coupled to its nearest neighbours; devices are counted along the rows.

    Mutual synchronisation of such grids of spin-Hall nano-oscillators: M. Zahedinejad et al., Nat. Nanotechnol. 15, 47
    (2020). A single complex coupling for all neighbours is the model chosen here.
    """

    def __init__(self, rows: int, cols: int, law: OscillatorSetLaw, seed: int, name: str) -> None:
        self.shape = int(within("rows", rows, 0)), int(within("cols", cols, 0))
        super().__init__(self.shape[0] * self.shape[1], law, seed, name)
        self._link = law.coupling_per_second * np.exp(1j * law.coupling_phase_radians)
        self._heat = Chance(seed, name, "heat")

    def step(
        self, amps: ArrayLike, seconds: float, drive_per_second: ArrayLike = 0.0, drive_hertz: float | None = None
    ) -> Complexes:
        """As in `Oscillators`, with coupling: half a step of free motion, the kick, half a step of free motion."""
        zeta = self.supercriticality(amps)
        offset = 0.0 if drive_hertz is None else 2.0 * np.pi * (drive_hertz - self.law.frequency_hertz)
        drive = complexes("drive_per_second", drive_per_second)
        if drive.shape not in ((), (self.devices,)):
            raise WrongShape(f"drive_per_second {drive.shape}", f"a number or ({self.devices},)", "one per device")
        longest = min(self._longest_step(), MOST_TURN / (4.0 * self.law.coupling_per_second + 1e-300))
        count, step = whole_steps("seconds", seconds, longest)
        if seconds > 0.0:
            half = FreeFlow(self.physics, zeta, 0.5 * step, self.amplitude)
            size, now = np.sqrt(self.law.noise_per_second * step), float(self.elapsed_seconds)
            for place in range(count):
                kicked = self._coupled(half(self.amplitude), step)
                phase = np.exp(-1j * offset * (now + (place + 0.5) * step))
                kicked = kicked + drive * step * np.sinc(0.5 * offset * step / np.pi) * phase
                if size > 0.0:
                    both = self._heat.normal(self._index, np.arange(2)[:, None], self.draws)
                    kicked = kicked + size * (both[0] + 1j * both[1])
                self.draws += 1
                self.amplitude = half(kicked)
            self.elapsed_seconds = np.asarray(now + seconds)
        return self.amplitude

    def _coupled(self, amplitude: Complexes, step: float) -> Complexes:
        """exp(coupling * step) on the amplitudes, by its series to fourth order; the step keeps the rest below 1e-5."""
        total, term = amplitude, amplitude
        for order in range(1, 5):
            term = (self._link * step / order) * self._neighbours(term)
            total = total + term
        return total

    def _neighbours(self, amplitude: Complexes) -> Complexes:
        grid: NDArray[np.complex128] = np.pad(amplitude.reshape(self.shape), 1)
        around = grid[2:, 1:-1] + grid[:-2, 1:-1] + grid[1:-1, 2:] + grid[1:-1, :-2]
        return np.asarray(around.reshape(-1))
