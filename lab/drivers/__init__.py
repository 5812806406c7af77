"""Instrument drivers in pymeasure's style: ours for the Keithley 3706A, pymeasure's own with bounded error reads."""

from spinloop.lab.drivers.checked import PulseGenerator, SourceMeter
from spinloop.lab.drivers.keithley3706a import Keithley3706A

__all__ = ["Keithley3706A", "PulseGenerator", "SourceMeter"]
