"""What a block may be asked for, stated by the block and enforced by the guard."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Bounds of one block; the guard refuses what lies outside and never clips.

    Attributes:
        max_read_volts: largest |voltage| of a read or of a multiply's input.
        max_write_volts: largest |voltage| of a write pulse; 0 when the block takes none.
        min_pulse_seconds: shortest write pulse.
        max_pulse_seconds: longest write pulse.
        max_count: pulses per cell in one operation, and `max_pulses` of one `Program`.
        max_bias_volts: largest |bias| of stochastic neurons; 0 when the block has none.
        min_interval_seconds: shortest sampling interval.
        max_interval_seconds: longest sampling interval.
        max_samples: samples per bias vector in one operation.
        max_batch: vectors in one `Multiply` or bias vectors in one `Sample`.
        max_reads: readings that may be averaged in one operation.
    """

    max_read_volts: float = 0.0
    max_write_volts: float = 0.0
    min_pulse_seconds: float = 0.0
    max_pulse_seconds: float = 0.0
    max_count: int = 100_000
    max_bias_volts: float = 0.0
    min_interval_seconds: float = 0.0
    max_interval_seconds: float = 0.0
    max_samples: int = 1_000_000
    max_batch: int = 65_536
    max_reads: int = 1_024
