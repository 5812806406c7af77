"""What a write costs: spin-transfer, spin-orbit and magneto-electric writing, and the thermodynamic floor (P26)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import Boltzmann, epsilon_0
from spinloop.emulator.physics.checks import finite, positive, within

Floats = NDArray[np.float64]


def spin_transfer_joules(amps: ArrayLike, ohms: ArrayLike, seconds: ArrayLike) -> Floats:
    """Joule heat I^2 R t of a pulse through a junction (P26).

    Example:
        >>> round(float(spin_transfer_joules(50e-6, 5e3, 10e-9)) * 1e15)
        125
    """
    current = finite("amps", amps)
    return np.asarray(current * current * within("ohms", ohms, 0.0) * within("seconds", seconds, 0.0))


def spin_orbit_joules(
    current_amps_per_square_metre: ArrayLike,
    resistivity_ohm_metres: ArrayLike,
    volume_cubic_metres: ArrayLike,
    seconds: ArrayLike,
) -> Floats:
    """Joule heat J^2 rho V t in the heavy-metal line beneath a junction; Ohm's law."""
    density = finite("current_amps_per_square_metre", current_amps_per_square_metre)
    heat = density * density * positive("resistivity_ohm_metres", resistivity_ohm_metres)
    return np.asarray(heat * positive("volume_cubic_metres", volume_cubic_metres) * within("seconds", seconds, 0.0))


def capacitance_farads(area_square_metres: ArrayLike, thickness_metres: ArrayLike, permittivity: ArrayLike) -> Floats:
    """Parallel plates, eps0 eps A / d; `permittivity` is relative, at least 1."""
    ratio = positive("area_square_metres", area_square_metres) / positive("thickness_metres", thickness_metres)
    return np.asarray(epsilon_0 * within("permittivity", permittivity, 1.0) * ratio)


def magneto_electric_joules(farads: ArrayLike, volts: ArrayLike) -> Floats:
    """Energy C V^2 / 2 of charging the gate of a voltage-controlled write (P26); the driver loses as much again.

    Example:
        The insulator of a square of 10 nm with 1 nm of relative permittivity 10 at 1 V takes about 4 aJ.

        >>> round(float(magneto_electric_joules(capacitance_farads(1e-16, 1e-9, 10.0), 1.0)) * 1e18, 2)
        4.43
    """
    bias = finite("volts", volts)
    return np.asarray(0.5 * positive("farads", farads) * bias * bias)


def landauer_joules(temperature_kelvins: ArrayLike) -> Floats:
    """Least heat of erasing a bit, k_B T ln 2; R. Landauer, IBM J. Res. Dev. 5, 183 (1961) (P26)."""
    return np.asarray(Boltzmann * np.log(2.0) * within("temperature_kelvins", temperature_kelvins, 0.0))
