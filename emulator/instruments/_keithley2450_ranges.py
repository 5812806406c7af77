"""Accuracy tables of the Keithley 2450 (data sheet 1KW-60904-2, one year, 23 C +-5 C, 1 power line cycle).

Columns: full scale, resolution, share of reading or setting, absolute part, rms noise. The data sheet gives the
source's noise (0.1 Hz to 10 Hz); the meter's noise is not in it and is taken as two steps of the 6.5-digit display.
"""

from __future__ import annotations

from spinloop.emulator.instruments._ranges import Range

VOLT_METER = (
    Range(20e-3, 10e-9, 0.100e-2, 150e-6, 20e-9),
    Range(200e-3, 100e-9, 0.012e-2, 200e-6, 200e-9),
    Range(2.0, 1e-6, 0.012e-2, 300e-6, 2e-6),
    Range(20.0, 10e-6, 0.015e-2, 1e-3, 20e-6),
    Range(200.0, 100e-6, 0.015e-2, 10e-3, 200e-6),
)
VOLT_SOURCE = (
    Range(20e-3, 500e-9, 0.100e-2, 200e-6, 1e-6),
    Range(200e-3, 5e-6, 0.015e-2, 200e-6, 1e-6),
    Range(2.0, 50e-6, 0.020e-2, 300e-6, 10e-6),
    Range(20.0, 500e-6, 0.015e-2, 2.4e-3, 100e-6),
    Range(200.0, 5e-3, 0.015e-2, 24e-3, 1e-3),
)
AMP_METER = (
    Range(10e-9, 10e-15, 0.100e-2, 50e-12, 20e-15),
    Range(100e-9, 100e-15, 0.060e-2, 100e-12, 200e-15),
    Range(1e-6, 1e-12, 0.025e-2, 300e-12, 2e-12),
    Range(10e-6, 10e-12, 0.025e-2, 700e-12, 20e-12),
    Range(100e-6, 100e-12, 0.020e-2, 6e-9, 200e-12),
    Range(1e-3, 1e-9, 0.020e-2, 60e-9, 2e-9),
    Range(10e-3, 10e-9, 0.020e-2, 600e-9, 20e-9),
    Range(100e-3, 100e-9, 0.025e-2, 6e-6, 200e-9),
    Range(1.0, 1e-6, 0.030e-2, 500e-6, 2e-6),
)
AMP_SOURCE = (
    Range(10e-9, 500e-15, 0.100e-2, 100e-12, 500e-15),
    Range(100e-9, 5e-12, 0.060e-2, 150e-12, 500e-15),
    Range(1e-6, 50e-12, 0.025e-2, 400e-12, 5e-12),
    Range(10e-6, 500e-12, 0.025e-2, 1.5e-9, 40e-12),
    Range(100e-6, 5e-9, 0.020e-2, 15e-9, 400e-12),
    Range(1e-3, 50e-9, 0.020e-2, 150e-9, 5e-9),
    Range(10e-3, 500e-9, 0.020e-2, 1.5e-6, 40e-9),
    Range(100e-3, 5e-6, 0.025e-2, 15e-6, 100e-9),
    Range(1.0, 50e-6, 0.067e-2, 900e-6, 3e-6),
)

MAX_VOLTS = 210.0
MAX_AMPS = 1.05
OHM_RANGES = (20.0, 200.0, 2e3, 20e3, 200e3, 2e6, 20e6, 200e6)
