"""The universal oscillator model of Slavin and Tiberkevich: power, frequency, linewidth and exact free motion.

A spin-torque or spin-Hall nano-oscillator is one complex amplitude c with power p = |c|^2,

    dc/dt = -i (w0 + N p) c - Gamma_G (1 + Q p) c + sigma I (1 - p) c + drive + noise,

A. Slavin and V. Tiberkevich, "Nonlinear auto-oscillator theory of microwave generation by spin-polarized current",
IEEE Trans. Magn. 45, 1875 (2009). Supercriticality zeta = I / I_th stands for sigma I = zeta Gamma_G. The noise is
complex and white, <f(t) f*(t')> = 2 D delta(t - t'), so each quadrature gains the variance D dt in dt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import Boltzmann
from spinloop.emulator.physics.checks import finite, positive, same_shape, within

Complexes = NDArray[np.complex128]
Floats = NDArray[np.float64]
Numbers = float | Floats


@dataclass(frozen=True)
class OscillatorLaw:
    """Parameters of oscillators; each a number, or an array with one entry per oscillator.

    Attributes:
        frequency_radians_per_second: w0, angular frequency at vanishing power, minus that of the frame in use.
        nonlinear_radians_per_second: N, shift per unit of power; negative is a red shift.
        damping_per_second: Gamma_G, natural rate of positive damping, more than 0.
        nonlinear_damping: Q, at least 0.
        noise_per_second: D, diffusion of each quadrature, at least 0; `thermal_noise_per_second` gives it.
    """

    frequency_radians_per_second: Numbers
    nonlinear_radians_per_second: Numbers
    damping_per_second: Numbers
    nonlinear_damping: Numbers
    noise_per_second: Numbers = 0.0

    def __post_init__(self) -> None:
        finite("frequency_radians_per_second", self.frequency_radians_per_second)
        finite("nonlinear_radians_per_second", self.nonlinear_radians_per_second)
        positive("damping_per_second", self.damping_per_second)
        within("nonlinear_damping", self.nonlinear_damping, 0.0)
        within("noise_per_second", self.noise_per_second, 0.0)
        same_shape(**{name: np.asarray(value) for name, value in vars(self).items()})

    def arrays(self, supercriticality: ArrayLike, *also: Any) -> tuple[Floats, ...]:
        """(w0, N, Gamma_G, Q, D, zeta) broadcast to one shape, that of `also` included, contiguous."""
        values = [np.asarray(value, dtype=np.float64) for value in vars(self).values()]
        values.append(within("supercriticality", supercriticality, 0.0))
        shapes = {f"argument_{place}": np.asarray(each) for place, each in enumerate((*values, *also))}
        shape = same_shape(**shapes)
        return tuple(np.ascontiguousarray(np.broadcast_to(value, shape)) for value in values)


def complexes(name: str, value: ArrayLike) -> Complexes:
    """The value as an array of complex numbers.

    Raises:
        NotFinite: it holds NaN or infinity.
    """
    array = np.asarray(value, dtype=np.complex128)
    finite(name, array.real)
    finite(name, array.imag)
    return array


def supercriticality(amps: ArrayLike, threshold_amps: ArrayLike) -> Floats:
    """Supercriticality zeta = I / I_th; oscillation sets in at 1, where sigma I = Gamma_G (P17)."""
    return finite("amps", amps) / positive("threshold_amps", threshold_amps)


def stationary_power(supercriticality: ArrayLike, nonlinear_damping: ArrayLike) -> Floats:
    """Power p0 of the free-running oscillator without noise, (zeta - 1) / (zeta + Q), and 0 below threshold (P17).

    Args:
        supercriticality: zeta, at least 0.
        nonlinear_damping: Q, at least 0.

    Raises:
        BadParameter, NotFinite: an argument is out of range.

    Example:
        >>> round(float(stationary_power(2.0, 1.5)), 4)
        0.2857
    """
    zeta, q = within("supercriticality", supercriticality, 0.0), within("nonlinear_damping", nonlinear_damping, 0.0)
    above = np.maximum(zeta - 1.0, 0.0)
    # Where the drive and Q both vanish the quotient is 0/0, and nothing oscillates.
    return np.divide(above, zeta + q, out=np.zeros(np.broadcast(zeta, q).shape), where=zeta + q > 0.0)


def generation_radians_per_second(law: OscillatorLaw, supercriticality: ArrayLike) -> Floats:
    """Angular frequency w0 + N p0 of the free-running oscillator (P17)."""
    power = stationary_power(supercriticality, law.nonlinear_damping)
    return np.asarray(law.frequency_radians_per_second + np.asarray(law.nonlinear_radians_per_second) * power)


def nonlinearity(law: OscillatorLaw, supercriticality: ArrayLike) -> Floats:
    """Dimensionless nu = N / (Gamma_G Q + sigma I): how much a fluctuation of power shifts the phase (P18).

    J.-V. Kim, V. Tiberkevich, A. Slavin, Phys. Rev. Lett. 100, 017207 (2008).
    """
    zeta = positive("supercriticality", supercriticality)
    return np.asarray(
        law.nonlinear_radians_per_second / (np.asarray(law.damping_per_second) * (law.nonlinear_damping + zeta))
    )


def power_relaxation_per_second(law: OscillatorLaw, supercriticality: ArrayLike) -> Floats:
    """Gamma_p = (Gamma_G Q + sigma I) p0; a power fluctuation decays as exp(-2 Gamma_p t)."""
    zeta = within("supercriticality", supercriticality, 0.0)
    slope = np.asarray(law.damping_per_second) * (law.nonlinear_damping + zeta)
    return np.asarray(slope * stationary_power(zeta, law.nonlinear_damping))


def linewidth_radians_per_second(law: OscillatorLaw, supercriticality: ArrayLike) -> Floats:
    """Full width at half maximum (D / p0) (1 + nu^2) above threshold (P18).

    Kim, Tiberkevich, Slavin 2008 (as above). Holds well above threshold, where D is small against Gamma_p p0, and for
    lines narrower than Gamma_p, so that power follows before the phase is lost.

    Raises:
        BadParameter: zeta <= 1, where there is no line to speak of.
    """
    zeta = within("supercriticality", supercriticality, 1.0, open_low=True)
    power = stationary_power(zeta, law.nonlinear_damping)
    return np.asarray(law.noise_per_second / power * (1.0 + nonlinearity(law, zeta) ** 2))


def thermal_noise_per_second(
    temperature_kelvins: ArrayLike, energy_joules: ArrayLike, law: OscillatorLaw, power: ArrayLike
) -> Floats:
    """D = Gamma_+(p) k_B T / (lambda w): diffusion of each quadrature at temperature T (Slavin, Tiberkevich 2009).

    Args:
        temperature_kelvins: T, at least 0.
        energy_joules: lambda w, energy per unit of power at the frequency of generation, more than 0.
        law: gives Gamma_+(p) = Gamma_G (1 + Q p).
        power: p at which the oscillator runs, at least 0.
    """
    heat = Boltzmann * within("temperature_kelvins", temperature_kelvins, 0.0)
    gain = np.asarray(law.damping_per_second) * (1.0 + law.nonlinear_damping * within("power", power, 0.0))
    return np.asarray(gain * heat / positive("energy_joules", energy_joules))


def injection_half_range_radians_per_second(
    law: OscillatorLaw, supercriticality: ArrayLike, drive_per_second: ArrayLike
) -> Floats:
    """Largest detuning at which a weak tone F locks the oscillator, (F / sqrt p0) sqrt(1 + nu^2) (P19).

    Slavin, Tiberkevich 2009. First order in F: at F / Gamma_G = 0.02 the exact range is already a tenth smaller;
    `exact_injection_range_radians_per_second` has no such limit.

    Args:
        law: of the oscillator.
        supercriticality: zeta > 1.
        drive_per_second: F, the amplitude of the drive term, at least 0.
    """
    zeta = within("supercriticality", supercriticality, 1.0, open_low=True)
    drive = within("drive_per_second", drive_per_second, 0.0)
    power = stationary_power(zeta, law.nonlinear_damping)
    return np.asarray(drive / np.sqrt(power) * np.sqrt(1.0 + nonlinearity(law, zeta) ** 2))


def free_flow(amplitude: ArrayLike, law: OscillatorLaw, supercriticality: ArrayLike, seconds: ArrayLike) -> Complexes:
    """Exact motion without drive and noise over any time.

    The power obeys the logistic law dp/dt = 2 p (a - b p), a = Gamma_G (zeta - 1), b = Gamma_G (zeta + Q), hence
    p(t) = p e^{2at} / s and integral of p = ln(s) / 2b with s = 1 + b p (e^{2at} - 1) / a (derived here).

    Args:
        amplitude: c, complex; broadcasts with the parameters.
        law: of the oscillators.
        supercriticality: zeta, at least 0.
        seconds: time to pass, at least 0.
    """
    start = complexes("amplitude", amplitude)
    return FreeFlow(law, supercriticality, within("seconds", seconds, 0.0), start)(start)


class FreeFlow:
    """The same motion over one fixed time, with all that does not depend on the amplitude worked out once.

    Args:
        law: of the oscillators.
        supercriticality: zeta, at least 0.
        seconds: time to pass, at least 0; not checked again.
        like: an array whose shape takes part in the broadcast.
    """

    def __init__(self, law: OscillatorLaw, supercriticality: ArrayLike, seconds: ArrayLike, like: Any = 0.0) -> None:
        time = np.asarray(seconds, dtype=np.float64)
        w0, self._shift, damping, q, _, zeta = law.arrays(supercriticality, like, time)
        a, self._b = damping * (zeta - 1.0), damping * (zeta + q)
        growth = 2.0 * a * time
        # For large growth e^{2at} would overflow, so s is scaled by e^{-2at} when a > 0.
        self._up, self._gain = np.maximum(growth, 0.0), np.exp(np.minimum(growth, 0.0))
        self._scale = np.exp(-self._up)
        safe = np.where(a == 0.0, 1.0, np.abs(a))
        self._ratio = np.where(np.abs(growth) > 1e-12, -np.expm1(-np.abs(growth)) / safe, 2.0 * time)
        self._half = np.where(self._b > 0.0, 0.5 / np.where(self._b > 0.0, self._b, 1.0), 0.0)
        # Without any saturation (Q = zeta = 0) the integral of p is elementary.
        self._linear = np.where(self._b > 0.0, 0.0, 0.5 * self._ratio)
        self._turn = w0 * time

    def __call__(self, amplitude: Complexes) -> Complexes:
        """Amplitudes after the time."""
        power = amplitude.real**2 + amplitude.imag**2
        scaled = self._scale + self._b * power * self._ratio
        turned = self._half * (np.log(scaled) + self._up) + self._linear * power
        gain = np.sqrt(self._gain / scaled)
        return np.asarray(amplitude * gain * np.exp(-1j * (self._turn + self._shift * turned)))


def exact_injection_range_radians_per_second(
    law: OscillatorLaw, supercriticality: float, drive_per_second: float, points: int = 20001
) -> tuple[float, float]:
    """Detunings of the tone between which a stationary locked state exists, for one oscillator and any drive.

    A locked state has (a - b p)^2 + (w - w0 - N p)^2 = F^2 / p; the range of w over all p is read from this curve
    (derived here). States on it may be unstable at strong drive, so this is an outer bound that is sharp at weak drive.

    Returns:
        (lowest, highest) w - w_generation, rad/s.
    """
    zeta = float(within("supercriticality", supercriticality, 1.0, open_low=True))
    drive = float(positive("drive_per_second", drive_per_second))
    _, shift, damping, q, _, _ = (value.item() for value in law.arrays(zeta))
    a, b = damping * (zeta - 1.0), damping * (zeta + q)
    p0 = a / b
    # F^2/p >= (a - b p)^2 bounds p; both bounds are found from the cubic p (a - b p)^2 = F^2.
    roots = np.roots([b * b, -2.0 * a * b, a * a, -drive * drive])
    real = np.sort(roots[np.abs(roots.imag) < 1e-9 * np.abs(roots).max()].real)
    low = real[-2] if real.size == 3 else 1e-9 * p0
    # Chebyshev points crowd where the curve's ends are steep.
    power = 0.5 * (low + real[-1]) - 0.5 * (real[-1] - low) * np.cos(np.linspace(0.0, np.pi, points))
    reach = np.sqrt(np.maximum(drive * drive / power - (a - b * power) ** 2, 0.0))
    return float((shift * (power - p0) - reach).min()), float((shift * (power - p0) + reach).max())
