"""Voltage-controlled junctions: a pulse lowers the barrier, or takes it away and toggles the state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.devices._law import Law, quantity, size, spread
from spinloop.emulator.devices._population import Floats, Population
from spinloop.emulator.physics.checks import within
from spinloop.emulator.physics.energy import capacitance_farads, magneto_electric_joules
from spinloop.emulator.physics.switching import retention_flip_probability
from spinloop.emulator.physics.tunnelling import tmr_at_bias
from spinloop.emulator.physics.voltage_toggle import barrier_at_volts, toggle_probability


@dataclass(frozen=True, kw_only=True)
class VcmaJunctionLaw(Law):
    """Nominal parameters of the junctions, and how far they differ.

    Attributes:
        critical_volts: voltage at which the barrier vanishes.
        barrier_kt: energy barrier at zero bias.
        attempt_seconds: attempt time.
        anisotropy_amps_per_metre: effective perpendicular anisotropy field Hk at zero bias.
        field_amps_per_metre: in-plane field about which the magnetisation turns.
        damping: alpha.
        area_square_metres: of the junction.
        barrier_metres: thickness of the insulator.
        permittivity: its relative permittivity.
        parallel_ohms: resistance of the parallel state.
        tmr: TMR ratio at zero bias.
        tmr_half_volts: bias that halves it.
        critical_spread: standard deviation of ln V_c.
        conductance_spread: standard deviation of ln G_P.
    """

    critical_volts: float = size("V")
    barrier_kt: float = size("k_B T")
    attempt_seconds: float = size("s")
    anisotropy_amps_per_metre: float = size("A/m")
    field_amps_per_metre: float = size("A/m")
    damping: float = quantity("1", 0.0, 1.0, open_low=True)
    area_square_metres: float = size("m^2")
    barrier_metres: float = size("m")
    permittivity: float = quantity("1", 1.0)
    parallel_ohms: float = size("ohm")
    tmr: float = quantity("1", 0.0)
    tmr_half_volts: float = size("V")
    critical_spread: float = spread()
    conductance_spread: float = spread()


class VcmaJunctions(Population):
    """n junctions; they start antiparallel.

    Attributes:
        parallel: state, shape (devices,).
    """

    _arrays = ("parallel",)

    def __init__(self, devices: int, law: VcmaJunctionLaw, seed: int, name: str) -> None:
        super().__init__(devices, seed, name)
        self.law = law
        self.critical_volts = self._vary("critical", law.critical_volts, law.critical_spread)
        self.parallel_siemens = self._vary("conductance", 1.0 / law.parallel_ohms, law.conductance_spread)
        self.reset()

    def reset(self) -> None:
        """Every junction antiparallel again."""
        self.parallel: NDArray[np.bool_] = np.zeros(self.devices, dtype=np.bool_)
        self.draws = 0

    def step(self, volts: ArrayLike, seconds: float) -> Floats:
        """One gate pulse at each junction.

        Below V_c both states are left at the rate of the lowered barrier (Neel-Arrhenius); from V_c on the state
        toggles with the width of the pulse. The effect is even in the state: a voltage chooses no direction.

        Args:
            volts: number or shape (devices,); positive lowers the barrier, negative raises it.
            seconds: width of the pulse.

        Returns:
            Energy of charging each gate in joules, shape (devices,).
        """
        pulse, law = self._input("volts", volts), self.law
        width = float(within("seconds", seconds, 0.0))
        free = pulse >= self.critical_volts
        barrier = barrier_at_volts(law.barrier_kt, np.where(free, 0.0, pulse), self.critical_volts)
        slow = retention_flip_probability(width, barrier, law.attempt_seconds)
        layer = law.anisotropy_amps_per_metre, law.damping, law.barrier_kt
        fast = toggle_probability(width, law.field_amps_per_metre, *layer)
        self.parallel ^= self._uniform() < np.where(free, fast, slow)
        gate = capacitance_farads(law.area_square_metres, law.barrier_metres, law.permittivity)
        return magneto_electric_joules(gate, pulse)

    def conductance_siemens(self, volts: ArrayLike = 0.0) -> Floats:
        """Conductance at a read voltage, number or shape (devices,); shape (devices,)."""
        tmr = tmr_at_bias(self.law.tmr, self._input("volts", volts), self.law.tmr_half_volts)
        return np.asarray(self.parallel_siemens / np.where(self.parallel, 1.0, 1.0 + tmr))
