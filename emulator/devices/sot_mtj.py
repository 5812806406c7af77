"""Three-terminal junctions: written by spin-orbit torque from a heavy-metal line, read through the barrier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import mu_0
from spinloop.emulator.devices._law import Law, quantity, size, spread
from spinloop.emulator.devices._population import Floats, Population
from spinloop.emulator.physics.checks import within
from spinloop.emulator.physics.critical_currents import spin_orbit_critical_amps_per_square_metre
from spinloop.emulator.physics.energy import spin_orbit_joules
from spinloop.emulator.physics.switching import expected_switches
from spinloop.emulator.physics.transport import effective_spin_hall_angle
from spinloop.emulator.physics.tunnelling import tmr_at_bias


@dataclass(frozen=True, kw_only=True)
class SotJunctionLaw(Law):
    """Nominal parameters of the junctions and their lines, and how far they differ.

    Attributes:
        saturation_teslas: mu0 Ms of the free layer.
        free_metres: its thickness.
        anisotropy_amps_per_metre: its effective perpendicular anisotropy field Hk.
        spin_hall_angle: bulk spin Hall angle of the line.
        line_metres: thickness of the line.
        diffusion_metres: spin diffusion length in the line.
        line_width_metres: width of the line.
        line_length_metres: its length.
        resistivity_ohm_metres: its resistivity.
        field_amps_per_metre: in-plane field along the current; its sign is that of the current that turns parallel.
        barrier_kt: energy barrier.
        attempt_seconds: attempt time.
        parallel_ohms: resistance of the parallel state.
        tmr: TMR ratio at zero bias.
        tmr_half_volts: bias that halves it.
        critical_spread: standard deviation of the logarithm of the critical density.
        conductance_spread: standard deviation of ln G_P.
    """

    saturation_teslas: float = size("T")
    free_metres: float = size("m")
    anisotropy_amps_per_metre: float = size("A/m")
    spin_hall_angle: float = quantity("1", 0.0, 1.0, open_low=True)
    line_metres: float = size("m")
    diffusion_metres: float = size("m")
    line_width_metres: float = size("m")
    line_length_metres: float = size("m")
    resistivity_ohm_metres: float = size("ohm m")
    field_amps_per_metre: float = size("A/m")
    barrier_kt: float = size("k_B T")
    attempt_seconds: float = size("s")
    parallel_ohms: float = size("ohm")
    tmr: float = quantity("1", 0.0)
    tmr_half_volts: float = size("V")
    critical_spread: float = spread()
    conductance_spread: float = spread()

    @property
    def critical_amps_per_square_metre(self) -> float:
        """Critical density of the nominal device, law P21 with the thickness factor of the line."""
        angle = effective_spin_hall_angle(self.spin_hall_angle, self.line_metres, self.diffusion_metres)
        layer = self.saturation_teslas / mu_0, self.free_metres
        fields = self.anisotropy_amps_per_metre, self.field_amps_per_metre
        return float(spin_orbit_critical_amps_per_square_metre(angle, *layer, *fields))


class SotJunctions(Population):
    """n junctions; they start antiparallel.

    Attributes:
        parallel: state, shape (devices,).
    """

    _arrays = ("parallel",)

    def __init__(self, devices: int, law: SotJunctionLaw, seed: int, name: str) -> None:
        super().__init__(devices, seed, name)
        self.law = law
        critical = law.critical_amps_per_square_metre
        self.critical_amps_per_square_metre = self._vary("critical", critical, law.critical_spread)
        self.parallel_siemens = self._vary("conductance", 1.0 / law.parallel_ohms, law.conductance_spread)
        self.reset()

    def reset(self) -> None:
        """Every junction antiparallel again."""
        self.parallel: NDArray[np.bool_] = np.zeros(self.devices, dtype=np.bool_)
        self.draws = 0

    def step(self, current_amps_per_square_metre: ArrayLike, seconds: float) -> Floats:
        """One current pulse in each line; positive turns parallel, negative antiparallel, 0 leaves the state.

        Thermal activation over a barrier that falls linearly with the current (P11, with the density of P21).

        Args:
            current_amps_per_square_metre: number or shape (devices,).
            seconds: width of the pulse.

        Returns:
            Heat in each line in joules, shape (devices,).
        """
        pulse = self._input("current_amps_per_square_metre", current_amps_per_square_metre)
        width, law = float(within("seconds", seconds, 0.0)), self.law
        critical = self.critical_amps_per_square_metre
        chance = -np.expm1(-expected_switches(pulse, width, law.barrier_kt, critical, law.attempt_seconds))
        lucky = self._uniform() < chance
        self.parallel ^= lucky & (self.parallel != (pulse > 0.0)) & (pulse != 0.0)
        volume = law.line_metres * law.line_width_metres * law.line_length_metres
        return spin_orbit_joules(pulse, law.resistivity_ohm_metres, volume, width)

    def conductance_siemens(self, volts: ArrayLike = 0.0) -> Floats:
        """Conductance through the barrier at a read voltage, number or shape (devices,); shape (devices,)."""
        tmr = tmr_at_bias(self.law.tmr, self._input("volts", volts), self.law.tmr_half_volts)
        return np.asarray(self.parallel_siemens / np.where(self.parallel, 1.0, 1.0 + tmr))
