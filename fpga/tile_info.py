"""What the RTL tile is made of and what it says of itself: nominal parameters, codes, limits, notes."""

from __future__ import annotations

import importlib.metadata

from spinloop.protocols.chip_info import BlockInfo, ChipInfo
from spinloop.protocols.limits import Limits

CATALOG: dict[str, int] = {"tile16": 16, "tile64": 64}
"""Chip names and their N: word lines, bit lines and neurons."""

CLOCK_HERTZ = 100e6

# Junctions: R_P = 50 kOhm, TMR 150 %, so conductances of 20 uS and 8 uS in codes of 0.1 uS. Dividing by a whole
# number of codes gives exactly the nearest doubles to 20e-6 and 8e-6; multiplying by 1e-7 would not.
CODES_PER_SIEMENS = 1e7
G_P_CODE = 200
G_AP_CODE = 80
HIGH_SIEMENS = G_P_CODE / CODES_PER_SIEMENS
LOW_SIEMENS = G_AP_CODE / CODES_PER_SIEMENS
READ_VOLTS = 0.1
MAX_READ_VOLTS = 0.2
WRITE_VOLTS = 0.55
WRITE_SECONDS = 10e-9
MAX_WRITE_VOLTS = 0.8
BARRIER_KT = 40.0
CRITICAL_VOLTS = 0.5
ATTEMPT_SECONDS = 1e-9

INPUT_CODE_MAX = 127  # codes -127 .. 127: 255 levels, symmetric about zero
INPUT_VOLTS_PER_CODE = MAX_READ_VOLTS / INPUT_CODE_MAX
AMPS_PER_CODE = INPUT_VOLTS_PER_CODE / CODES_PER_SIEMENS

# Neurons.
NEURON_BARRIER_KT = 5.0
NEURON_CRITICAL_VOLTS = 0.5
MAX_BIAS_VOLTS = 0.5

_NOTES = (
    "Every cell is nominal: no spread, no wire resistance, no read noise. One reading is taken whatever `reads` says.",
    "The switching probability of a pulse is rounded to a multiple of 2^-32.",
    "A write goes row by row; cells of a row with equal |volts| and width are pulsed together.",
    f"Multiply inputs pass a converter of 255 levels, {INPUT_VOLTS_PER_CODE * 1e3:.4g} mV a step, rounded to the"
    " nearest; the product that follows is exact.",
    "Neurons are memoryless: samples are independent. Their probability comes from 256 line segments with thresholds"
    " of 16 bits and is within 1.2e-4 of the logistic law.",
    "Intervals and waits are rounded to whole clocks; idle clocks are counted, not simulated.",
    "Energy is V^2 G t of the driven cells: pulse width in a write, one clock in a read or multiply. Logic, drivers,"
    " converters and neurons are left out.",
)


def chip_info(name: str, seed: int, boot: str) -> ChipInfo:
    """The description of a catalog chip.

    Args:
        name: a key of `CATALOG`.
        seed: the chip's seed.
        boot: opaque, new for each opening.
    """
    size = CATALOG[name]
    weights = BlockInfo(
        kind="crossbar",
        shape=(size, size),
        operations=("read", "multiply", "pulse", "program"),
        limits=Limits(
            max_read_volts=MAX_READ_VOLTS,
            max_write_volts=MAX_WRITE_VOLTS,
            min_pulse_seconds=1e-9,
            max_pulse_seconds=1e-6,
        ),
        low_siemens=LOW_SIEMENS,
        high_siemens=HIGH_SIEMENS,
        read_volts=READ_VOLTS,
        write_volts=WRITE_VOLTS,
        write_seconds=WRITE_SECONDS,
        input_levels=2 * INPUT_CODE_MAX + 1,
        amps_per_code=AMPS_PER_CODE,
        barrier_kt=BARRIER_KT,
        critical_volts=CRITICAL_VOLTS,
    )
    neurons = BlockInfo(
        kind="stochastic_neurons",
        shape=(size,),
        operations=("sample",),
        limits=Limits(max_bias_volts=MAX_BIAS_VOLTS, min_interval_seconds=1 / CLOCK_HERTZ, max_interval_seconds=1e-3),
        barrier_kt=NEURON_BARRIER_KT,
        critical_volts=NEURON_CRITICAL_VOLTS,
    )
    return ChipInfo(
        name=name,
        identity=f"rtl:{name}?seed={seed}",
        substrate="rtl",
        version=importlib.metadata.version("spinloop"),
        boot=boot,
        blocks={"weights": weights, "neurons": neurons},
        operations=("wait", "reset", "snapshot", "restore"),
        clock_hertz=CLOCK_HERTZ,
        seed=seed,
        notes=_NOTES,
    )
