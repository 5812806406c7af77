"""Three fake instruments around a resistor array: enough SCPI and TSP for the bench, and an eye for what must never be.

They answer at the level of the message, so that pymeasure's drivers run as they are. `violations` collects relays that
moved while an output was not at zero, and an output that rests on a level other than zero.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from pymeasure.adapters import Adapter
from spinloop.lab.drivers import Keithley3706A, PulseGenerator, SourceMeter
from spinloop.lab.on_bench.link import Instruments

NO_ERROR = '0,"No error"'


@dataclass
class Fired:
    row: int
    col: int
    volts: float
    width_seconds: float
    count: int


class FakeLink(Adapter):
    """One instrument's end of the wire: writes go to `obey`, replies come out in order."""

    def __init__(self, role: str, bench: FakeBench, obey: Callable[[str], str | None]) -> None:
        super().__init__()
        self.role, self.bench, self.obey = role, bench, obey
        self.replies: deque[str] = deque(maxlen=16)
        self.connection = self

    def _write(self, command: str, **kwargs: object) -> None:
        self.bench.log.append((self.role, command))
        self.bench.fault(self.role, command)
        for part in [command] if self.role == "matrix" else command.split(";"):
            reply = self.obey(part.strip())
            if reply is not None:
                self.replies.append(reply)
        self.bench.fault_after(self.role, command)

    def _read(self, **kwargs: object) -> str:
        return self.replies.popleft()

    def clear_device(self) -> None:
        self.replies.clear()

    def close(self) -> None:
        self.bench.closed_links.add(self.role)


@dataclass
class FakeBench:
    siemens: np.ndarray
    low: float = 8e-6
    high: float = 20e-6
    fault: Callable[[str, str], None] = lambda role, command: None
    fault_after: Callable[[str, str], None] = lambda role, command: None
    log: list[tuple[str, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)
    relays: set[str] = field(default_factory=set)
    errors: dict[str, deque[str]] = field(
        default_factory=lambda: {k: deque(maxlen=9) for k in ("smu", "pulser", "matrix")}
    )
    waited: list[float] = field(default_factory=list)
    closed_links: set[str] = field(default_factory=set)
    smu_on: bool = False
    smu_volts: float = 0.0
    smu_limit: float = 1e-4
    smu_history: list[float] = field(default_factory=list)
    pulser: dict[str, str] = field(
        default_factory=lambda: {"OUTP1": "0", "OUTP1:POL": "NORM", "VOLT1:HIGH": "0.5", "VOLT1:LOW": "-0.5"}
    )

    def instruments(self) -> Instruments:
        links = {
            "smu": FakeLink("smu", self, self.obey_smu),
            "pulser": FakeLink("pulser", self, self.obey_pulser),
            "matrix": FakeLink("matrix", self, self.obey_matrix),
        }
        return Instruments(
            smu=SourceMeter(links["smu"], name="smu"),
            pulser=PulseGenerator(links["pulser"], name="pulser"),
            matrix=Keithley3706A(links["matrix"], name="matrix"),
            adapters=links,
        )

    @property
    def dead(self) -> bool:
        """Every output off and at zero, every relay open."""
        return not self.smu_on and self.smu_volts == 0.0 and self.pulser["OUTP1"] == "0" and not self.relays

    # --- source meter ---

    def obey_smu(self, text: str) -> str | None:
        if text == ":READ?":
            return f"{self._amps():.9e}"
        if text == "SYST:ERR?":
            return self.errors["smu"].popleft() if self.errors["smu"] else NO_ERROR
        if text in ("OUTPUT ON", "OUTPUT OFF"):
            self.smu_on = text.endswith("ON")
        elif text == "OUTPUT?":
            return str(int(self.smu_on))
        elif text == ":SOUR:FUNC?":
            return "VOLT"
        elif text == ":SOUR:VOLT?":
            return repr(self.smu_volts)
        elif match := re.fullmatch(r":SOUR:VOLT:LEV (\S+)", text):
            self.smu_volts = float(match[1])
            self.smu_history.append(self.smu_volts)
        elif match := re.fullmatch(r":SOUR:VOLT:ILIM (\S+)", text):
            self.smu_limit = float(match[1])
        elif text == ":SOUR:VOLT:ILIM?":
            return f"{self.smu_limit:g}"
        elif text.endswith("?"):
            raise AssertionError(f"the fake source meter does not know {text}")
        return None

    def _amps(self) -> float:
        if not self.smu_on:
            self.violations.append("a reading with the output off")
        rows = [int(name[2:]) - 1 for name in self.relays if name.startswith("11")]
        cols = [int(name[2:]) - 1 for name in self.relays if name.startswith("22")]
        amps = self.smu_volts * float(self.siemens[np.ix_(rows, cols)].sum())
        return float(np.clip(amps, -self.smu_limit, self.smu_limit))

    # --- pulse generator ---

    def obey_pulser(self, text: str) -> str | None:
        text = text.removeprefix(":")
        if text == "SYST:ERR?":
            return self.errors["pulser"].popleft() if self.errors["pulser"] else NO_ERROR
        if text == "*OPC?":
            return "1"
        if text == "*TRG":
            self._fire()
        elif text.endswith("?"):
            return self.pulser[text[:-1]]
        elif " " in text:
            header, value = text.split(" ", 1)
            self.pulser[header] = value
            self._look_at_pulser()
        return None

    def _look_at_pulser(self) -> None:
        high, low = float(self.pulser["VOLT1:HIGH"]), float(self.pulser["VOLT1:LOW"])
        if high - low < 0.0999:
            self.violations.append(f"levels {high}, {low}")
        rest = high if self.pulser["OUTP1:POL"] == "INV" else low
        if self.pulser["OUTP1"] == "1" and rest != 0.0:
            self.violations.append(f"rests at {rest} V")

    def _fire(self) -> None:
        rows = [int(name[2:]) - 1 for name in self.relays if name.startswith("13")]
        cols = [int(name[2:]) - 1 for name in self.relays if name.startswith("22")]
        if self.pulser["OUTP1"] != "1" or len(rows) != 1 or len(cols) != 1:
            self.violations.append(f"a trigger with output {self.pulser[':OUTP1']} into {sorted(self.relays)}")
            return
        inverted = self.pulser["OUTP1:POL"] == "INV"
        volts = float(self.pulser["VOLT1:LOW" if inverted else "VOLT1:HIGH"])
        width, count = float(self.pulser["PULS:WIDT1"]), int(self.pulser["TRIG1:COUN"])
        self.fired.append(Fired(rows[0], cols[0], volts, width, count))
        self.siemens[rows[0], cols[0]] = self.high if volts > 0 else self.low

    # --- switch matrix ---

    def obey_matrix(self, text: str) -> str | None:
        if text == "print(errorqueue.next())":
            return self.errors["matrix"].popleft() if self.errors["matrix"] else "0.00000e+00\tQueue Is Empty\t0.0\t0.0"
        if match := re.match(r'channel\.exclusiveclose\("([\d,]+)"\)', text):
            self._move(set(match[1].split(",")))
        elif text == 'channel.open("allslots")':
            self._move(set())
        if 'print(channel.getclose("allslots"))' in text:
            return ";".join(sorted(self.relays)) or "nil"
        if match := re.fullmatch(r"delay\((\S+)\) print\(0\)", text):
            self.waited.append(float(match[1]))
            return "0.00000e+00"
        return None

    def _move(self, wanted: set[str]) -> None:
        if wanted != self.relays:
            if self.smu_on and self.smu_volts != 0.0:
                self.violations.append(f"relays moved with {self.smu_volts} V on the source meter")
            if self.pulser["OUTP1"] != "0":
                self.violations.append("relays moved with the pulse generator on")
        self.relays = wanted
