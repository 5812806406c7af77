"""The benches that are open in this process: one for each bench file, shared by all who open it.

Every VISA session of a process that names the same file meets the same instruments, whichever driver opened it. A
bench lives from its first use until `reset_benches`; closing sessions does not switch a real bench off either.
"""

from __future__ import annotations

import threading
from pathlib import Path

from spinloop.emulator.bench.bench import Bench
from spinloop.emulator.bench.bench_file import BenchFile, read_bench_file
from spinloop.emulator.chips import build_chip
from spinloop.emulator.clock import VirtualClock
from spinloop.protocols.errors import BadFile, RequestError

CATALOG = Path(__file__).parent / "catalog"
_lock = threading.Lock()
_benches: dict[Path, Bench] = {}


def bench_names() -> list[str]:
    """Names of the benches that come with spinloop."""
    return sorted(path.stem for path in CATALOG.glob("*.toml"))


def bench_path(where: str | Path) -> Path:
    """The bench file that a path, or the bare name of a shipped bench, stands for.

    Raises:
        BadFile: there is neither such a file nor such a bench.
    """
    path = Path(where).expanduser()
    if path.is_file():
        return path.resolve()
    shipped = CATALOG / f"{where}.toml"
    if str(where) in bench_names():
        return shipped.resolve()
    raise BadFile(
        f"the bench {str(where)!r}",
        f"a bench file, or one of the benches {', '.join(bench_names())}",
        "check the path; it is relative to the working directory",
        bench=str(where),
    )


def open_bench(where: str | Path) -> Bench:
    """The live bench of a file; it is built at the first call and then shared.

    Raises:
        BadFile: the file, its wiring or its chip cannot be used.
    """
    path = bench_path(where)
    with _lock:
        if path not in _benches:
            _benches[path] = build_bench(read_bench_file(path))
        return _benches[path]


def current_bench(where: str | Path) -> Bench:
    """The live bench of a file, to see the truth (`.chip`, `.clock`, `.instruments`); the same as `open_bench`."""
    return open_bench(where)


def reset_benches() -> None:
    """Forget all benches: the next session finds instruments as after the mains switch, and a chip as new."""
    with _lock:
        _benches.clear()


def build_bench(file: BenchFile) -> Bench:
    """A fresh bench, in nobody's registry.

    Raises:
        BadFile: the chip is unknown or its parameters are wrong, or the wiring fits nothing.
    """
    clock = VirtualClock()
    if file.chip is None:
        return Bench(file, clock=clock)
    try:
        chip = build_chip(file.chip.name, file.chip.parameters, clock)
        pads = chip.pads(file.chip.block)
    except RequestError as error:
        raise BadFile(f"{file.path}: chip: {error.asked}", error.allowed, "correct the bench file") from None
    return Bench(file, chip, pads, clock)
