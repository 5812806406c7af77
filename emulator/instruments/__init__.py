"""Front panels: one file per model, on `protocols/scpi`, the clock and the wiring; they know no chip and no other.

To add a model, add one file named as the model, with a subclass of `Front` (or `ScpiFront`) called `FRONT`.

- `_port`: the device port that every route talks to, and what a front may ask of the bench
- `_front`: the base classes; `_elements`: what a front is to the circuit; `_locks`: who may talk to it
- `_ranges`, `_reading_buffer`: meters and sources; `_tsp`: Keithley's Lua, in part
- `keithley2450`, `keysight81160a`, `keithley3706a`: the models
"""

from spinloop.emulator.instruments._elements import (
    CurrentSource,
    Element,
    Observation,
    Resistor,
    Segment,
    VoltageSource,
)
from spinloop.emulator.instruments._front import Front, ScpiFront
from spinloop.emulator.instruments._models import front_class, model_names
from spinloop.emulator.instruments._port import DevicePort, Surroundings

__all__ = [
    "CurrentSource",
    "DevicePort",
    "Element",
    "Front",
    "Observation",
    "Resistor",
    "ScpiFront",
    "Segment",
    "Surroundings",
    "VoltageSource",
    "front_class",
    "model_names",
]
