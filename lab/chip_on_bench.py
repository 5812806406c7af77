"""A chip made of instruments: `bench:station.toml`.

Opening looks before it touches. The three instruments are identified; outputs that a dead script left on are ramped
from their present value to zero; then the relays open, and only then is anything set. From there on every output is on
only inside an operation, behind a compliance or limit that was read back, and off again whatever happens.
"""

from __future__ import annotations

import atexit
import secrets
import weakref
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
from spinloop.lab.on_bench.crossbar import BenchCrossbar
from spinloop.lab.on_bench.interlock import Interlock
from spinloop.lab.on_bench.link import Instruments, open_instruments
from spinloop.lab.on_bench.shutdown import ramp_to_rest, switch_off
from spinloop.lab.station import ChipEntry, Station, load_station
from spinloop.protocols.chip_info import BlockInfo, ChipInfo
from spinloop.protocols.errors import BadFile, BadUrl, SpinloopError, UnknownChip, Unsupported
from spinloop.protocols.operations import Multiply, Operation, Program, Pulse, Read, Wait, name_of
from spinloop.protocols.results import Result

SHIPPED = Path(__file__).parent / "stations"
BLOCK = "weights"
PARAMETERS = ("visa_library",)
NOTES = (
    "Multiply is a sum of measurements, one for each distinct voltage and bit line; word lines at 0 V are left open.",
    "chip_seconds counts integration time and pulse widths, not the time the instruments take.",
    "The energy of readings is measured over their integration time; that of pulses is V^2 G t with the conductance "
    "last read, and unknown for a cell that was not read since its last pulse.",
    "Pulse volts are open-circuit volts of a 50 Ohm source: a junction of R ohms sees 1 / (1 + 50 / R) of them.",
)


def open_bench(rest: str, parameters: dict[str, str]) -> BenchChip:
    """Open `bench:REST`.

    Args:
        rest: path of a station file, or the name of a shipped one (`tile16`, an emulated bench).
        parameters: `visa_library` replaces that of the station file, so that one file serves the bench and its
            emulation; a relative path in it is relative to the working directory.

    Raises:
        BadUrl: a parameter is unknown.
        UnknownChip: neither a file nor a shipped station.
        BadFile: the station file is wrong.
        InstrumentError, WrongInstrument: an instrument is not there, does not answer, or is another one.
    """
    unknown = sorted(set(parameters) - set(PARAMETERS))
    if unknown:
        raise BadUrl(
            f"the parameter {unknown[0]!r} of bench:{rest}", f"allowed are {', '.join(PARAMETERS)}", "remove it"
        )
    station = load_station(_find(rest))
    if "visa_library" in parameters:
        station = msgspec.structs.replace(station, visa_library=parameters["visa_library"])
    return BenchChip(station)


class BenchChip:
    """A crossbar on a bench, as a substrate.

    Args:
        station: the checked station file.
        instruments: already open ones, for tests; None opens those of the station.

    Raises:
        InstrumentError, WrongInstrument: as in `open_bench`; whatever was opened is closed again.
    """

    def __init__(self, station: Station, instruments: Instruments | None = None) -> None:
        self._instruments = open_instruments(station) if instruments is None else instruments
        self._interlock = Interlock()
        self._closed = False
        self._info = _describe(station.chip)
        block = self._info.blocks[BLOCK]
        self._crossbar = BenchCrossbar(self._instruments, station, block, self._interlock)
        # Registered after PyVISA registered its own clean-up, hence run before it.
        self._at_exit = atexit.register(_closer(self))
        try:
            with self._interlock.batch():
                ramp_to_rest(self._instruments)
                self._crossbar.configure()
        except BaseException:
            self.close()
            raise

    def describe(self) -> ChipInfo:
        """Identity, limits and what the bench can do with the chip."""
        return self._info

    def execute(self, operations: Sequence[Operation]) -> list[Result]:
        """Carry out the operations in order; on any failure every output is off before the error leaves.

        Raises:
            SpinloopError: at the first operation that fails.
        """
        results: list[Result] = []
        with self._interlock.batch():
            for index, operation in enumerate(operations):
                try:
                    results.append(self._carry_out(operation))
                except SpinloopError as error:
                    self.make_safe()
                    raise error.at(index, results) from error.__cause__
                except BaseException:  # Ctrl-C above all
                    self.make_safe()
                    raise
        return results

    def make_safe(self) -> None:
        """Zero and switch off every output, open every relay. Never raises; callable from any thread or handler."""
        if self._closed:
            return
        with self._interlock.stop():
            switch_off(self._instruments)
            self._crossbar.forget()

    def close(self) -> None:
        """Make safe and give the instruments back. Calling it again does nothing."""
        if self._closed:
            return
        self.make_safe()
        self._closed = True
        atexit.unregister(self._at_exit)
        self._instruments.close()

    def _carry_out(self, operation: Operation) -> Result:
        match operation:
            case Read():
                return self._crossbar.read(operation)
            case Multiply(transpose=False):
                return self._crossbar.multiply(operation)
            case Pulse():
                return self._crossbar.pulse(operation)
            case Program():
                return self._crossbar.program(operation)
            case Wait():
                return self._crossbar.wait(operation.seconds)
        raise Unsupported(
            f"{name_of(operation)} on a bench", f"{', '.join(self._info.blocks[BLOCK].operations)}", "use one of these"
        )


def shipped_stations() -> list[str]:
    """Names of the stations that come with spinloop."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def _find(rest: str) -> Path:
    path = Path(rest)
    if rest in shipped_stations():
        return SHIPPED / f"{rest}.toml"
    if path.is_file():
        return path
    if path.suffix or len(path.parts) > 1:
        raise BadFile(f"the station file {rest}: no such file", "a station file", "check the path", file=rest)
    raise UnknownChip(
        f"bench:{rest}",
        f"the path of a station file, or one of the shipped stations {', '.join(shipped_stations())}",
        "start from examples/station.toml",
    )


def _describe(chip: ChipEntry) -> ChipInfo:
    block = BlockInfo(
        kind="crossbar",
        shape=(chip.rows, chip.cols),
        operations=("read", "multiply", "pulse", "program"),
        limits=chip.limits,
        low_siemens=chip.low_siemens,
        high_siemens=chip.high_siemens,
        read_volts=chip.read_volts,
        write_volts=chip.write_volts,
        write_seconds=chip.write_seconds,
        barrier_kt=chip.barrier_kt,
        critical_volts=chip.critical_volts,
    )
    return ChipInfo(
        name=chip.name,
        identity=chip.identity,
        substrate="bench",
        version=version("spinloop"),
        boot=secrets.token_hex(8),
        blocks={BLOCK: block},
        operations=("wait",),
        notes=NOTES,
    )


def _closer(chip: BenchChip) -> Callable[[], None]:
    """What closes the chip at exit, without keeping it alive until then."""
    reference = weakref.ref(chip)

    def close() -> None:
        alive = reference()
        if alive is not None:
            alive.close()

    return close
