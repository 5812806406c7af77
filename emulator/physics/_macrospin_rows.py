"""Which row of a block of macrospins holds what; three rows from each vector's name on."""

from __future__ import annotations

M = 0  # direction of the magnetisation
H = 3  # field held during a sample of the drive, in turns per step like all fields below
A = 6  # damping-like field, likewise
K = 9  # anisotropy field, likewise
EASY = 10  # easy axis
DEMAG = 13  # demagnetising factors times the saturation magnetisation
SIGMA = 16  # standard deviation of each component of the thermal field
ALPHA = 17  # damping
SCALE = 18  # turns per step of one ampere per metre
STT = 19  # damping-like field of one ampere, along the polariser
STT_RATIO = 22  # field-like over damping-like
SOT = 23  # damping-like field of one ampere per square metre, along the spin polarisation
SOT_RATIO = 26  # field-like over damping-like
K_REST = 27  # anisotropy field without voltage
K_VOLT = 28  # its change with one volt
ROWS = 29

# What drives a macrospin, in the order of the channels of a waveform.
FIELD = 0  # three components
STT_AMPS = 3
SOT_DENSITY = 4
VOLTS = 5
CHANNELS = 6

CHANCE_ROWS = 4  # of xoshiro128+
NOISE_ROWS = 6  # thermal fields of two steps
NARROW, WIDE = 16, 256  # lanes in a block: few devices answer sooner in a narrow one
