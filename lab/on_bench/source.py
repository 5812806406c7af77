"""The source meter as a source of word-line volts and a meter of bit-line currents."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray
from spinloop.lab.on_bench.interlock import Interlock
from spinloop.lab.station import ChipEntry
from spinloop.protocols.errors import InstrumentError, Limited
from spinloop.protocols.results import EnergyKind

# A 2450 in current limit reads the limit within 0.1 %; a reading this close to it is taken for one.
NEAR_COMPLIANCE = 0.99
OVERFLOW_AMPS = 1e30  # Keithleys answer 9.9e37 when the reading does not fit the range


class Facts(TypedDict):
    """Fields of a `Result` that a measurement fills."""

    chip_seconds: float
    energy_joules: float
    energy_kind: EnergyKind
    limited: bool


@dataclass
class Readings:
    """What the measurements of one operation took.

    Attributes:
        seconds: integration time.
        joules: measured voltage times measured current times integration time.
        limited: whether any reading was at the compliance.
        compliance_amps: which compliance that was.
    """

    seconds: float = 0.0
    joules: float = 0.0
    limited: bool = False
    compliance_amps: float = math.inf

    def facts(self) -> Facts:
        """The same as fields of a `Result`."""
        return {
            "chip_seconds": self.seconds,
            "energy_joules": self.joules,
            "energy_kind": "measured",
            "limited": self.limited,
        }


class WordLineSource:
    """Sources volts, measures amperes, and never sets what is already set.

    Args:
        smu: driver of the source meter.
        terminals: `front` or `rear`.
        chip: nominal conductances, limits, and how to measure.
        interlock: asked before each step.
    """

    def __init__(self, smu: Any, terminals: str, chip: ChipEntry, interlock: Interlock) -> None:
        self._smu = smu
        self._terminals = terminals
        self._chip = chip
        self._interlock = interlock
        self._volts: float | None = None
        self._compliance_amps: float | None = None
        self._integration_seconds = chip.measurement.nplc / chip.measurement.line_hertz

    def configure(self) -> None:
        """Set what never changes, with the output off and the relays open.

        The instrument is its own, so it is reset first: a filter, a relative offset or a delay that an earlier script
        left would spoil every reading without a word.
        """
        smu = self._smu
        self.forget()
        smu.disable_source()
        smu.write("*RST")  # pymeasure's `reset` adds `:*CLS`, which is not SCPI
        smu.use_rear_terminals() if self._terminals == "rear" else smu.use_front_terminals()
        smu.source_mode = "voltage"
        smu.source_voltage_range = self._chip.limits.max_read_volts
        smu.source_voltage = 0.0
        smu.measure_current(self._chip.measurement.nplc, self._chip.measurement.max_amps, auto_range=False)
        smu.check_errors()

    def forget(self) -> None:
        """Assume nothing about what is set."""
        self._volts = None
        self._compliance_amps = None

    @contextmanager
    def energised(self, max_volts: float, lines: int) -> Iterator[Readings]:
        """Switch the output on at 0 V behind a compliance, and off again whatever happens.

        Args:
            max_volts: largest |voltage| that will be asked for.
            lines: most word lines that will be connected at once.

        Raises:
            InstrumentError: the source meter does not hold the compliance that it was given.
        """
        self._interlock.check()
        self.set_zero()
        readings = Readings(compliance_amps=self._limit_current(max_volts, lines))
        try:
            self._smu.enable_source()
            yield readings
        finally:
            try:
                self.set_zero()
            finally:
                self._smu.disable_source()

    def set_zero(self) -> None:
        """Bring the level to 0 V."""
        self._set_volts(0.0)

    def read_amps(self, volts: float, reads: int, readings: Readings) -> float:
        """Source a voltage and average the current over several readings.

        Raises:
            Limited: a reading does not fit the meter's range.
        """
        self._interlock.check()
        self._set_volts(volts)
        amps = np.array([self._read_once() for _ in range(reads)], dtype=np.float64)
        self._check_readings(amps, volts, readings)
        readings.seconds += reads * self._integration_seconds
        readings.joules += abs(volts) * float(np.abs(amps).sum()) * self._integration_seconds
        readings.limited |= bool((np.abs(amps) >= NEAR_COMPLIANCE * readings.compliance_amps).any())
        return float(amps.mean())

    def _read_once(self) -> float:
        self._interlock.check()
        return float(self._smu.current)

    def _set_volts(self, volts: float) -> None:
        if self._volts != volts:
            self._volts = None
            self._smu.source_voltage = volts
            self._volts = volts

    def _limit_current(self, max_volts: float, lines: int) -> float:
        measurement = self._chip.measurement
        expected = lines * self._chip.high_siemens * max_volts
        amps = min(measurement.max_amps, measurement.current_headroom * expected)
        if self._compliance_amps == amps:
            return amps
        self._compliance_amps = None
        # The range first: a 2450 refuses a compliance far below its measuring range.
        self._smu.current_range = amps
        self._smu.compliance_current = amps
        held = float(self._smu.compliance_current)
        if not abs(held - amps) <= 1e-3 * amps:
            raise InstrumentError(
                f"{self._smu.name} holds a compliance of {held:g} A", f"{amps:g} A, as it was set", "check its ranges"
            )
        self._compliance_amps = amps
        return amps

    def _check_readings(self, amps: NDArray[np.float64], volts: float, readings: Readings) -> None:
        if not (np.abs(amps) < OVERFLOW_AMPS).all():
            raise Limited(
                f"the current at {volts:g} V does not fit the source meter's range",
                f"below the compliance of {readings.compliance_amps:g} A",
                "look for a short; a broken barrier reads like one",
            )
