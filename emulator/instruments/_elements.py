"""What an instrument is to the circuit around it: sources and resistors between its own terminals.

All elements are linear; a source-measure unit that reaches its limit is replaced by the circuit with a source of the
other kind. Every source has a series resistance, so two sources on one node are an ordinary circuit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resistor:
    """A resistance between two terminals: a closed relay, a shunt, an input impedance."""

    a: str
    b: str
    ohms: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a repeating waveform in which the voltage stands still."""

    volts: float
    fraction: float


@dataclass(frozen=True, slots=True)
class VoltageSource:
    """An open-circuit voltage behind a resistance.

    Attributes:
        name: which source of the instrument it is.
        plus: terminal that is `volts` above `minus` when nothing is connected.
        minus: the other terminal.
        volts: open-circuit voltage; of a waveform, its mean.
        ohms: series resistance, > 0.
        limit_amps: magnitude of the current at which the source becomes a current source.
        wave: the parts of one period, if the voltage changes in time.
        period_seconds: length of one period of `wave`.
    """

    name: str
    plus: str
    minus: str
    volts: float
    ohms: float
    limit_amps: float = math.inf
    wave: tuple[Segment, ...] = ()
    period_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CurrentSource:
    """A current that is driven out of `plus` and back into `minus`, with a compliance voltage.

    Attributes:
        name: which source of the instrument it is.
        plus: terminal the current comes out of.
        minus: the other terminal.
        amps: the current.
        limit_volts: magnitude of the voltage at which the source becomes a voltage source.
        ohms: series resistance that it has then.
    """

    name: str
    plus: str
    minus: str
    amps: float
    limit_volts: float
    ohms: float


Source = VoltageSource | CurrentSource
Element = Resistor | VoltageSource | CurrentSource


@dataclass(frozen=True, slots=True)
class Observation:
    """What a source sees at its terminals.

    Attributes:
        volts: of plus against minus.
        amps: out of plus.
        limited: the limit was reached.
    """

    volts: float
    amps: float
    limited: bool
