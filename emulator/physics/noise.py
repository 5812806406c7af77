"""Electrical noise of a junction: Johnson, shot, 1/f and telegraph noise, as spectra and as samples.

All spectra are one-sided, per hertz: the variance is their integral over positive frequencies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import Boltzmann, elementary_charge
from spinloop.emulator.physics.checks import finite, positive, same_shape, within
from spinloop.protocols.errors import BadParameter, WrongShape


def johnson_spectrum(ohms: ArrayLike, temperature_kelvins: ArrayLike) -> NDArray[np.float64]:
    """Voltage noise of a resistor at rest, 4 k T R, volts squared per hertz (Johnson; Nyquist, Phys. Rev. 32, 1928).

    Args:
        ohms: >= 0.
        temperature_kelvins: >= 0.

    Raises:
        BadParameter: one of them is negative.

    Example:
        >>> round(float(johnson_spectrum(1e3, 300.0)) ** 0.5 * 1e9, 2)
        4.07
    """
    resistance, temperature = within("ohms", ohms, 0.0), within("temperature_kelvins", temperature_kelvins, 0.0)
    return np.asarray(4.0 * Boltzmann * temperature * resistance)


def shot_spectrum(amps: ArrayLike) -> NDArray[np.float64]:
    """Current noise of independent charges that cross a barrier, 2 e |I|, amperes squared per hertz (Schottky, 1918).

    Holds for e V well above 2 k T; `tunnel_spectrum` joins it to Johnson noise.
    """
    return np.asarray(2.0 * elementary_charge * np.abs(finite("amps", amps)))


def tunnel_spectrum(amps: ArrayLike, volts: ArrayLike, temperature_kelvins: ArrayLike) -> NDArray[np.float64]:
    """Current noise of a tunnel junction at any bias: 2 e I coth(e V / 2 k T), amperes squared per hertz.

    The fluctuation-dissipation relation of Rogovin and Scalapino, Ann. Phys. 86, 1 (1974); 4 k T / R for V to 0.

    Args:
        amps: current, of the sign of the voltage.
        volts: not zero.
        temperature_kelvins: > 0.

    Raises:
        BadParameter: the voltage is zero, where the current says nothing, or the signs differ.
    """
    current, bias = finite("amps", amps), finite("volts", volts)
    thermal = 2.0 * Boltzmann * positive("temperature_kelvins", temperature_kelvins)
    if np.any(bias == 0.0) or np.any(current * bias < 0.0):
        raise BadParameter("volts", "not zero, and of the sign of amps", "use johnson_spectrum at rest")
    return np.asarray(2.0 * elementary_charge * current / np.tanh(elementary_charge * bias / thermal))


def flicker_spectrum(
    hertz: ArrayLike, volts: ArrayLike, hooge_square_metres: ArrayLike, area_square_metres: ArrayLike
) -> NDArray[np.float64]:
    """1/f voltage noise of a tunnel junction, alpha V^2 / (A f), volts squared per hertz.

    Hooge's law with the junction's area in the place of the number of carriers, as is usual for tunnel junctions; alpha
    is 1e-21 to 1e-18 m^2, larger where the magnetisation fluctuates.

    Args:
        hertz: > 0.
        volts: bias.
        hooge_square_metres: alpha >= 0.
        area_square_metres: A > 0.

    Raises:
        BadParameter: one of them is out of range.
    """
    strength = within("hooge_square_metres", hooge_square_metres, 0.0) * finite("volts", volts) ** 2
    return np.asarray(strength / (positive("area_square_metres", area_square_metres) * positive("hertz", hertz)))


def white_samples(
    spectrum: float, samples: int, interval_seconds: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Gaussian noise of a flat one-sided spectrum S up to half the sampling rate: variance S / (2 dt).

    Args:
        spectrum: S >= 0, units squared per hertz.
        samples: how many.
        interval_seconds: dt > 0.
        random: where chance comes from.
    """
    variance = within("spectrum", spectrum, 0.0) / (2.0 * positive("interval_seconds", interval_seconds))
    return np.asarray(np.sqrt(variance) * random.standard_normal(int(within("samples", samples, 0.0))))


def flicker_samples(
    spectrum_at_one_hertz: float,
    samples: int,
    interval_seconds: float,
    random: np.random.Generator,
    exponent: float = 1.0,
) -> NDArray[np.float64]:
    """Gaussian noise of one-sided spectrum S1 / f^exponent, periodic over its length, of mean zero.

    Independent Fourier amplitudes of the stated variance (Timmer and Koenig, Astron. Astrophys. 300, 707, 1995). The
    expected periodogram is exactly the spectrum at each multiple of 1 / (samples dt) up to half the sampling rate.

    Args:
        spectrum_at_one_hertz: S1 >= 0, units squared per hertz at 1 Hz.
        samples: how many; 0 and 1 give zeros.
        interval_seconds: dt > 0.
        random: where chance comes from.
        exponent: 1 for 1/f noise, 0 to 3.

    Raises:
        BadParameter: one of them is out of range.
    """
    count, dt = int(within("samples", samples, 0.0)), float(positive("interval_seconds", interval_seconds))
    strength = float(within("spectrum_at_one_hertz", spectrum_at_one_hertz, 0.0))
    power = float(within("exponent", exponent, 0.0, 3.0))
    if count < 2:
        return np.zeros(count)
    hertz = np.fft.rfftfreq(count, dt)
    # A one-sided periodogram is 2 dt |X|^2 / n, and half of that at the end of an even spectrum.
    spectrum = np.zeros(hertz.size)
    spectrum[1:] = strength / hertz[1:] ** power * count / (2.0 * dt)
    real, imaginary = random.standard_normal((2, hertz.size))
    amplitudes = np.sqrt(spectrum / 2.0) * (real + 1j * imaginary)
    if count % 2 == 0:
        amplitudes[-1] = math.sqrt(2.0 * spectrum[-1]) * real[-1]
    return np.asarray(np.fft.irfft(amplitudes, count))


# --- random telegraph noise ------------------------------------------------------------------------------------------


def telegraph_spectrum(
    hertz: ArrayLike,
    step_volts: ArrayLike,
    first_seconds: ArrayLike,
    second_seconds: ArrayLike,
    interval_seconds: float | None = None,
) -> NDArray[np.float64]:
    """Lorentzian of random telegraph noise, volts squared per hertz.

    S = 4 dV^2 / {(t1 + t2) [(1/t1 + 1/t2)^2 + w^2]}: Machlup, J. Appl. Phys. 25, 341 (1954). With an interval, the
    spectrum of samples taken that far apart, which holds what lies beyond half the sampling rate as well (derived here
    from the correlation exp(-L |t|)): 2 sigma^2 dt (1 - r^2) / (1 - 2 r cos w dt + r^2), r = exp(-L dt).

    Args:
        hertz: >= 0.
        step_volts: dV between the two levels.
        first_seconds: mean dwell time t1 in one, > 0.
        second_seconds: t2 in the other, > 0.
        interval_seconds: between samples.

    Raises:
        BadParameter: one of them is out of range.
    """
    frequency, step = within("hertz", hertz, 0.0), finite("step_volts", step_volts)
    first, second = positive("first_seconds", first_seconds), positive("second_seconds", second_seconds)
    same_shape(hertz=frequency, step_volts=step, first_seconds=first, second_seconds=second)
    corner, angular = 1.0 / first + 1.0 / second, 2.0 * np.pi * frequency
    if interval_seconds is None:
        return np.asarray(4.0 * step**2 / ((first + second) * (corner**2 + angular**2)))
    dt = float(positive("interval_seconds", interval_seconds))
    variance = step**2 * first * second / (first + second) ** 2
    kept = np.exp(-corner * dt)
    # (1 - r)^2 + 4 r sin^2 is 1 - 2 r cos + r^2 without its loss of digits.
    below = np.expm1(-corner * dt) ** 2 + 4.0 * kept * np.sin(0.5 * angular * dt) ** 2
    return np.asarray(2.0 * variance * dt * -np.expm1(-2.0 * corner * dt) / below)


@dataclass(frozen=True)
class TelegraphFit:
    """What a telegraph spectrum says of the device.

    Attributes:
        first_seconds: mean dwell time in the upper level; the longer of the two where the spectrum alone was given.
        second_seconds: the other.
        corner_hertz: (1/t1 + 1/t2) / 2 pi.
        floor: white noise beside it, volts squared per hertz.
    """

    first_seconds: float
    second_seconds: float
    corner_hertz: float
    floor: float


def fit_telegraph_spectrum(
    hertz: ArrayLike,
    spectrum: ArrayLike,
    step_volts: float,
    *,
    upper_share: float | None = None,
    interval_seconds: float | None = None,
) -> TelegraphFit:
    """Dwell times from a measured spectrum of random telegraph noise, with white noise beside it.

    Most likely parameters for averaged periodograms (Whittle, Ark. Mat. 2, 423, 1953: the sum of ln S + P / S is
    least). A Lorentzian has two numbers, plateau and corner, and both dwell times follow from them and dV but for their
    order; close to t1 = t2 the plateau hardly depends on their ratio. Where the share of time in the upper level is
    known, from the mean voltage, give it: the corner alone is then enough and the fit is good everywhere.

    Args:
        hertz: more than 0; leave out bins that the removal of a mean or trend has touched.
        spectrum: one-sided, volts squared per hertz, > 0, one for each frequency.
        step_volts: dV, not zero.
        upper_share: t1 / (t1 + t2), between 0 and 1, if known.
        interval_seconds: between samples; without it the record is taken as free from aliasing.

    Raises:
        WrongShape: not one spectrum value for each of four or more frequencies.
        BadParameter: something is out of range.
    """
    frequency, power = positive("hertz", np.ravel(hertz)), positive("spectrum", np.ravel(spectrum))
    if frequency.size != power.size or frequency.size < 4:
        raise WrongShape(f"spectrum {power.size} at {frequency.size} frequencies", "as many, 4 or more", "check both")
    step = float(finite("step_volts", step_volts))
    if step == 0.0:
        raise BadParameter("step_volts = 0", "another number", "measure the two levels")
    share = None
    if upper_share is not None:
        share = float(within("upper_share", upper_share, 0.0, 1.0, open_low=True, open_high=True))

    model = _LogModel(frequency, step, share, interval_seconds)
    best = _most_likely(model, np.log(power))
    first, second = model.dwell_seconds(best)
    return TelegraphFit(first, second, math.exp(float(best[0])) / (2.0 * math.pi), math.exp(float(best[1])))


@dataclass(frozen=True)
class _LogModel:
    """Logarithm of the spectrum against ln corner, ln floor and, where the share is free, logit of 2 |share - 1/2|."""

    hertz: NDArray[np.float64]
    step_volts: float
    share: float | None
    interval_seconds: float | None

    def dwell_seconds(self, logs: NDArray[np.float64]) -> tuple[float, float]:
        upper = self.share if self.share is not None else 0.5 + 0.5 / (1.0 + math.exp(-float(logs[2])))
        corner = math.exp(float(logs[0]))
        return 1.0 / (corner * (1.0 - upper)), 1.0 / (corner * upper)

    def __call__(self, logs: NDArray[np.float64]) -> NDArray[np.float64]:
        lorentzian = telegraph_spectrum(self.hertz, self.step_volts, *self.dwell_seconds(logs), self.interval_seconds)
        return np.asarray(np.log(lorentzian + math.exp(float(logs[1]))))


def _most_likely(model: _LogModel, log_power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Parameters of the least Whittle misfit, from the best of four starts."""
    from scipy.optimize import least_squares, minimize  # a fifth of a second, which only a fit should cost

    def misfit(logs: NDArray[np.float64]) -> float:
        log_ratio = log_power - model(logs)
        return float(np.sum(np.exp(log_ratio) - log_ratio))

    log_hertz, floor = np.log(model.hertz), float(log_power.min()) - 1.0
    corners = math.log(2.0 * math.pi) + np.linspace(log_hertz.min(), log_hertz.max(), 4)
    free = [] if model.share is not None else [1.0]
    box = np.array(
        [(corners[0] - 7.0, corners[-1] + 7.0), (floor - 30.0, float(log_power.max())), *[(-30.0, 30.0) for _ in free]]
    )
    # Logarithms of both, squared, are less exact but have one minimum in practice; the likelihood starts from there.
    fits = [
        least_squares(lambda logs: log_power - model(logs), [corner, floor, *free], bounds=box.T)
        for corner in corners.tolist()
    ]
    start = min(fits, key=lambda fit: float(fit.cost)).x
    best = minimize(misfit, start, method="L-BFGS-B", bounds=box, options={"ftol": 1e-14, "gtol": 1e-9})
    return np.asarray(best.x)
