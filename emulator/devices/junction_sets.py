"""Catalog laws of the binary and of the superparamagnetic junction, whose populations are older than the catalog."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from spinloop.emulator.devices._law import Law, quantity, size, spread
from spinloop.emulator.devices.junctions import JunctionLaw
from spinloop.emulator.devices.telegraph_neurons import NeuronLaw


@dataclass(frozen=True, kw_only=True)
class BinaryJunctionLaw(Law):
    """Parameters of `junctions.Junctions`; names and meaning are those of `JunctionLaw`."""

    parallel_ohms: float = size("ohm")
    tmr: float = quantity("1", 0.0)
    tmr_half_volts: float = size("V")
    barrier_kt: float = size("k_B T")
    critical_volts: float = size("V")
    attempt_seconds: float = size("s")
    conductance_spread: float = spread()
    tmr_spread: float = spread()
    barrier_spread: float = spread()
    critical_spread: float = spread()
    stuck_fraction: float = quantity("1", 0.0, 1.0)

    @property
    def law(self) -> JunctionLaw:
        """What the population takes."""
        return JunctionLaw(**asdict(self))


@dataclass(frozen=True, kw_only=True)
class TelegraphJunctionLaw(Law):
    """Parameters of `telegraph_neurons.TelegraphNeurons`; names and meaning are those of `NeuronLaw`."""

    barrier_kt: float = size("k_B T")
    critical_volts: float = size("V")
    attempt_hertz: float = size("Hz")
    exponent: float = size("1")
    barrier_spread: float = spread()
    offset_spread_volts: float = quantity("V", 0.0)

    @property
    def law(self) -> NeuronLaw:
        """What the population takes."""
        return NeuronLaw(**asdict(self))
