"""Spin-torque diodes: each rectifies the tones near its own resonance, so a row of them weighs a spectrum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from spinloop.emulator.chance import Chance
from spinloop.emulator.devices._law import Law, quantity, size, spread
from spinloop.emulator.devices._population import Floats, Population
from spinloop.emulator.physics.checks import finite, positive
from spinloop.emulator.physics.diode import diode_volts, precession_amplitude, torque_per_second_amp
from spinloop.protocols.errors import WrongShape


@dataclass(frozen=True, kw_only=True)
class SpinDiodeLaw(Law):
    """Nominal parameters of the diodes, and how far they differ.

    Attributes:
        resonance_hertz: of the free layer.
        damping: alpha.
        polarisation: efficiency eta of the spin torque.
        saturation_teslas: mu0 Ms of the free layer.
        volume_cubic_metres: of the free layer.
        mean_ohms: resistance with the layers at right angles, 1 / G0.
        tmr: TMR ratio.
        resonance_spread: standard deviation of the logarithm of the resonance between devices.
        resistance_spread: standard deviation of the logarithm of the resistance.
    """

    resonance_hertz: float = size("Hz")
    damping: float = quantity("1", 0.0, 1.0, open_low=True)
    polarisation: float = quantity("1", 0.0, 1.0, open_low=True)
    saturation_teslas: float = size("T")
    volume_cubic_metres: float = size("m^3")
    mean_ohms: float = size("ohm")
    tmr: float = quantity("1", 0.0)
    resonance_spread: float = spread()
    resistance_spread: float = spread()


class SpinDiodes(Population):
    """n diodes; their resonances are the state and can be tuned, which is how such a diode holds a weight.

    N. Leroux et al., Phys. Rev. Appl. 15, 034067 (2021), compute weighted sums this way.

    Attributes:
        resonance_hertz: state, shape (devices,).
    """

    _arrays = ("resonance_hertz",)

    def __init__(self, devices: int, law: SpinDiodeLaw, seed: int, name: str) -> None:
        super().__init__(devices, seed, name)
        self.law = law
        self.mean_ohms = self._vary("resistance", law.mean_ohms, law.resistance_spread)
        self._torque = torque_per_second_amp(law.polarisation, law.saturation_teslas, law.volume_cubic_metres)
        self.reset()

    def reset(self) -> None:
        """The resonances as made."""
        deviates = Chance(self._seed, self._name, "resonance").normal(self._index, 0, 0)
        self.resonance_hertz: Floats = self.law.resonance_hertz * np.exp(self.law.resonance_spread * deviates)
        self.draws = 0

    def tune(self, resonance_hertz: ArrayLike) -> None:
        """Set the resonances, by field, current or a programmed magnet.

        Args:
            resonance_hertz: number or shape (devices,), more than 0.
        """
        self.resonance_hertz = self._input("resonance_hertz", positive("resonance_hertz", resonance_hertz)).copy()

    def step(self, rf_amps: ArrayLike, frequency_hertz: ArrayLike) -> Floats:
        """Direct voltage of each diode under tones; each tone is rectified by itself, since they do not mix at dc.

        Args:
            rf_amps: amplitude of each tone, shape (tones,) for the same in all diodes or (devices, tones).
            frequency_hertz: of each tone, shape (tones,), all different.

        Returns:
            Shape (devices,).

        Raises:
            BadParameter: a tone drives a diode beyond the linear range.
            WrongShape: the shapes do not fit, or two tones have one frequency (then their phase would matter).
        """
        tones = np.atleast_1d(positive("frequency_hertz", frequency_hertz))
        amps = np.atleast_1d(finite("rf_amps", rf_amps))
        if amps.shape not in (tones.shape, (self.devices, *tones.shape)) or tones.ndim != 1:
            shapes = f"rf_amps {amps.shape} and frequency_hertz {tones.shape}"
            raise WrongShape(shapes, "(tones,) or (devices, tones), and (tones,)", "one amplitude per tone")
        if np.unique(tones).size != tones.size:
            raise WrongShape("two tones of one frequency", "different frequencies", "add their amplitudes with phase")
        total = np.zeros(self.devices)
        product = self.law.tmr / (2.0 + self.law.tmr)
        for tone, frequency in enumerate(tones):
            own = np.broadcast_to(amps[..., tone], (self.devices,))
            swing = precession_amplitude(own, frequency, self.resonance_hertz, self.law.damping, self._torque)
            total = total + diode_volts(own, swing, self.mean_ohms, product)
        return np.asarray(total)
