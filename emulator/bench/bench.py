"""A bench: instruments, wires and a chip on one virtual clock.

The circuit is solved whenever an instrument looks at it, fires a pulse into it, or lets time pass: while the clock
runs nothing is rewired, so whatever stands at the chip's pads then acts on the chip for that long.
"""

from __future__ import annotations

import threading
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
from spinloop.emulator.bench.addresses import by_address, canonical_address
from spinloop.emulator.bench.bench_file import BenchFile, InstrumentEntry
from spinloop.emulator.bench.circuit import Circuit, Placed, Solution, solve
from spinloop.emulator.bench.wiring import GROUND, Wiring, live_nodes
from spinloop.emulator.clock import VirtualClock
from spinloop.emulator.instruments import (
    CurrentSource,
    Front,
    Observation,
    Resistor,
    VoltageSource,
    front_class,
    model_names,
)
from spinloop.emulator.ports import CrossbarPads
from spinloop.protocols.errors import BadFile

SourceKey = tuple[str, str]


class Bench:
    """Everything on the table.

    Args:
        file: what the bench file says.
        chip: the chip in the socket, for whoever wants to see the truth; None without one.
        pads: its pads.
        clock: shared with the chip.

    Attributes:
        chip: as given.
        clock: the one clock.
        instruments: fronts by name.
        addresses: VISA addresses by the name of the instrument, as written in the file.
        lock: held while an instrument works; one bench may be used from several threads.

    Raises:
        BadFile: an unknown model, a wrong option, or a wire that fits nothing.
    """

    def __init__(
        self, file: BenchFile, chip: Any = None, pads: CrossbarPads | None = None, clock: VirtualClock | None = None
    ) -> None:
        self.file = file
        self.chip = chip
        self.clock = VirtualClock() if clock is None else clock
        self.lock = threading.RLock()
        self.instruments = {entry.name: _front(file, entry, self.clock) for entry in file.instruments}
        self.addresses = {entry.name: entry.addresses for entry in file.instruments}
        self._by_address = by_address(file.path, self.addresses)
        self._pads = pads
        rows, cols = (pads.rows, pads.cols) if pads is not None else (0, 0)
        terminals = {name: front.terminals for name, front in self.instruments.items()}
        self._wiring = Wiring(file, terminals, rows, cols)
        for front in self.instruments.values():
            front.surroundings = _Place(self, front.name)
        self.clock.listen(self._stress)

    def at_address(self, address: str) -> Front | None:
        """The instrument at a VISA address in any spelling, or None.

        Raises:
            ValueError: that is not a VISA address.
        """
        name = self._by_address.get(canonical_address(address))
        return None if name is None else self.instruments[name]

    def outputs_on(self) -> dict[str, bool]:
        """Which instruments have an energised output."""
        return {name: front.output_on() for name, front in self.instruments.items()}

    def observe(self, instrument: str, source: str) -> Observation:
        """What one source sees in the circuit as it stands; nothing if it is not connected at all."""
        snapshot = self._snapshot()
        if (instrument, source) not in snapshot.keys:
            return Observation(0.0, 0.0, False)
        return snapshot.solve(noisy=True).observations[snapshot.keys.index((instrument, source))]

    def fire(self, instrument: str, source: str, volts: float, width_seconds: float, count: int) -> None:
        """Rectangular pulses from one source on top of everything else that is connected."""
        snapshot = self._snapshot()
        if (instrument, source) in snapshot.keys:
            self._apply(snapshot.at_level((instrument, source), volts), width_seconds, count)

    def _stress(self, elapsed_seconds: float) -> None:
        """What stands at the pads while the clock runs acts on the junctions."""
        snapshot = self._snapshot()
        if self._pads is None or not snapshot.energised:
            return
        waves = [
            (key, source)
            for key, source in snapshot.sources.items()
            if isinstance(source, VoltageSource) and source.wave
        ]
        if not waves:
            self._apply(snapshot, elapsed_seconds, 1)
        for key, source in waves:
            # Several waveforms at once have no fixed phase: each acts for its share of the time, the others standing
            # at their mean, which their sources carry as volts.
            assert isinstance(source, VoltageSource)  # noqa: S101 - selected above
            seconds = elapsed_seconds / len(waves)
            periods = int(seconds / source.period_seconds)
            length = seconds / max(periods, 1)
            for part in source.wave:
                if part.fraction > 0.0:
                    self._apply(snapshot.at_level(key, part.volts), part.fraction * length, max(periods, 1))

    def _apply(self, snapshot: _Snapshot, width_seconds: float, count: int) -> None:
        if self._pads is None or not snapshot.connected.any():
            return
        volts = snapshot.solve(noisy=False).volts[snapshot.pad_positions]
        if np.ptp(volts) > 0.0:
            self._pads.fire_pulse(snapshot.connected, volts, width_seconds, count)

    def _snapshot(self) -> _Snapshot:
        return _Snapshot(self.instruments, self._wiring, self._pads)


class _Place:
    """What one instrument may ask of the bench."""

    def __init__(self, bench: Bench, instrument: str) -> None:
        self._bench = bench
        self._instrument = instrument

    def observe(self, source: str) -> Observation:
        return self._bench.observe(self._instrument, source)

    def fire(self, source: str, volts: float, width_seconds: float, count: int) -> None:
        self._bench.fire(self._instrument, source, volts, width_seconds, count)


class _Snapshot:
    """The circuit at one moment, reduced to what is connected to a source or to ground."""

    def __init__(self, fronts: dict[str, Front], wiring: Wiring, pads: CrossbarPads | None) -> None:
        self._pads = pads
        self.sources: dict[SourceKey, VoltageSource | CurrentSource] = {}
        ends: dict[SourceKey, tuple[int, int]] = {}
        resistors = list(wiring.leads)
        for name, front in fronts.items():
            for element in front.elements():
                if isinstance(element, Resistor):
                    a, b = wiring.node(name, element.a), wiring.node(name, element.b)
                    resistors.append((a, b, 1.0 / element.ohms))
                else:
                    self.sources[(name, element.name)] = element
                    ends[(name, element.name)] = (
                        wiring.node(name, element.plus),
                        wiring.node(name, element.minus),
                    )
        self.keys = list(self.sources)
        links = [(a, b) for a, b, _ in resistors] + list(ends.values())
        alive = live_nodes(wiring.nodes, links, [GROUND, *(node for pair in ends.values() for node in pair)])
        self._position = {node: index for index, node in enumerate(sorted(alive))}
        self._resistors = [(self._position[a], self._position[b], s) for a, b, s in resistors if a in alive]
        self._ends = {key: (self._position[a], self._position[b]) for key, (a, b) in ends.items()}
        self.connected = np.array([node in alive for node in wiring.pad_nodes], dtype=np.bool_)
        self.pad_positions = [self._position[node] for node in wiring.pad_nodes if node in alive]

    @property
    def energised(self) -> bool:
        """Whether any source has a voltage or current to give."""
        return any(
            source.amps != 0.0 if isinstance(source, CurrentSource) else bool(source.volts or source.wave)
            for source in self.sources.values()
        )

    def at_level(self, key: SourceKey, volts: float) -> _Snapshot:
        """The same circuit with one voltage source at another level."""
        source = self.sources[key]
        assert isinstance(source, VoltageSource)  # noqa: S101 - only these can be fired
        other = object.__new__(_Snapshot)
        other.__dict__.update(self.__dict__)
        other.sources = {**self.sources, key: replace(source, volts=volts)}
        return other

    def solve(self, noisy: bool) -> Solution:
        """The solution as one reading sees it, or in the mean; node volts are in the order of `pad_positions`."""
        placed = [Placed(self.sources[key], *self._ends[key]) for key in self.keys]
        siemens = None
        if self._pads is not None and self.connected.any():
            siemens = self._pads.admittance_siemens(self.connected, noisy)
        return solve(Circuit(len(self._position), self._resistors, placed, self.pad_positions, siemens))


def _front(file: BenchFile, entry: InstrumentEntry, clock: VirtualClock) -> Front:
    where = f"{file.path}: instruments.{entry.name}"
    try:
        kind = front_class(entry.model)
    except KeyError:
        raise BadFile(
            f"{where}.model = {entry.model!r}", f"models are {', '.join(model_names())}", "correct the bench file"
        ) from None
    options = {}
    for key, value in entry.options.items():
        if key not in kind.OPTIONS:
            allowed = ("model", "address", "seed", *kind.OPTIONS)
            raise BadFile(
                f"unknown key instruments.{entry.name}.{key} in {file.path}",
                f"allowed keys are {', '.join(allowed)}",
                "correct the bench file",
                key=key,
            )
        try:
            options[key] = kind.OPTIONS[key](value)
        except ValueError as error:
            raise BadFile(f"{where}.{key} = {value!r}", str(error), "correct the bench file", key=key) from None
    seed = [file.seed, zlib.crc32(entry.name.encode())] if entry.seed is None else [entry.seed]
    return kind(entry.name, clock, np.random.default_rng(seed), options)
