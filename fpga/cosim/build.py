"""Verilate and compile the chip into a shared library, once per machine, source and tool version.

The library lands in `$XDG_CACHE_HOME/spinloop/rtl` (`~/.cache/spinloop/rtl`), named by the hash of everything it is
made from. It links nothing of Python, so one library serves every interpreter.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from spinloop.fpga import registers as reg
from spinloop.fpga.cosim import tools
from spinloop.protocols.errors import ChipError, DeadlineExpired

FPGA = Path(__file__).resolve().parents[1]
RTL = FPGA / "rtl"
_WRAPPER = FPGA / "cosim" / "spin_library.cpp"
_VERILATOR_FLAGS = ("--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert", "--build-jobs", "1")
# Libraries of several sizes live in one process under the same C++ names; unique symbols would join them.
_COMPILER_FLAGS = ("-fPIC", "-fno-gnu-unique")
_STEP_DEADLINE_SECONDS = 900.0
_LOCK_DEADLINE_SECONDS = 1800.0
_LOCK_POLL_SECONDS = 0.2
_KEPT_LIBRARIES = 8  # of each size: older ones belong to sources and tools that are gone


def rtl_sources() -> list[Path]:
    """All SystemVerilog modules, in a fixed order."""
    return sorted(RTL.glob("*.sv"))


def cache_folder() -> Path:
    """Where built libraries are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "spinloop" / "rtl"


@functools.cache
def library(size: int) -> Path:
    """The shared library of a chip with N = `size`; built first where it does not exist yet.

    Args:
        size: N, a power of two from 8 to 64.

    Raises:
        MissingTool: Verilator, g++, make or perl is missing.
        ChipError: a build step failed (the message quotes its last lines), or the cache cannot be written.
        DeadlineExpired: another process holds the build lock for half an hour.
    """
    settings = tools.environment()
    digest = hashlib.sha256(tools.versions(settings).encode())
    digest.update(repr((size, reg.READ_CLOCKS, _VERILATOR_FLAGS)).encode())
    for source in [*rtl_sources(), *sorted(RTL.glob("*.svh")), _WRAPPER, Path(__file__)]:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    folder = _writable(cache_folder())
    built = folder / f"tile{size}-{digest.hexdigest()[:24]}.so"
    if built.exists():
        return built
    with _lock(folder / f"tile{size}.lock"):
        if not built.exists():  # another process may have built it while this one waited
            _build(size, built, settings)
            _prune(folder, size)
    return built


def _build(size: int, built: Path, settings: dict[str, str]) -> None:
    start = time.monotonic()
    print(f"building the RTL chip tile{size} (first use on this machine, about half a minute) ...", file=sys.stderr)
    work = Path(tempfile.mkdtemp(prefix=f"tile{size}-", dir=built.parent))
    try:
        sources = [str(path) for path in rtl_sources()]
        parameters = ["--top-module", "spin_top", f"-GN={size}", f"-I{RTL}", "--Mdir", str(work)]
        _step(["verilator", *_VERILATOR_FLAGS, "-CFLAGS", " ".join(_COMPILER_FLAGS), *parameters, *sources], settings)
        objects = ["Vspin_top__ALL.a", "verilated.o", "verilated_threads.o"]
        _step(["make", "-s", "-C", str(work), "-f", "Vspin_top.mk", "OPT_FAST=-O3", "OPT_SLOW=-O1", *objects], settings)
        include = Path(_verilator_include(settings))
        _step(
            [
                "g++",
                "-std=gnu++17",
                "-O3",
                *_COMPILER_FLAGS,
                "-shared",
                "-Wl,-Bsymbolic",
                f"-I{work}",
                f"-I{include}",
                f"-I{include / 'vltstd'}",
            ]
            + [f"-DREAD_CLOCKS={reg.READ_CLOCKS}"]
            + [str(_WRAPPER), "-Wl,--whole-archive", str(work / objects[0]), "-Wl,--no-whole-archive"]
            + [str(work / name) for name in objects[1:]]
            + ["-pthread", "-o", str(work / built.name)],
            settings,
        )
        os.replace(work / built.name, built)  # atomic: nobody ever opens half a library
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"built tile{size} in {time.monotonic() - start:.0f} s: {built}", file=sys.stderr)


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise ChipError(
            f"the RTL chip cannot be kept in {folder}: {error}",
            "a folder that this user may write",
            "set XDG_CACHE_HOME to one",
        ) from error


def _prune(folder: Path, size: int) -> None:
    """Remove all but the newest libraries of a size; a process that has one open keeps it."""
    libraries = sorted(folder.glob(f"tile{size}-*.so"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in libraries[_KEPT_LIBRARIES:]:
        old.unlink(missing_ok=True)


def _verilator_include(settings: dict[str, str]) -> str:
    root = settings.get("VERILATOR_ROOT")
    if root is None:
        done = subprocess.run(
            ["verilator", "--getenv", "VERILATOR_ROOT"],  # noqa: S607 - found on PATH by design
            env=settings,
            capture_output=True,
            text=True,
            check=True,
            timeout=_STEP_DEADLINE_SECONDS,
        )
        root = done.stdout.strip()
    return str(Path(root) / "include")


def _step(command: list[str], settings: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - fixed program names, no shell
        command, env=settings, capture_output=True, text=True, check=False, timeout=_STEP_DEADLINE_SECONDS
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
        raise ChipError(
            f"building the RTL chip failed at `{command[0]}` with status {done.returncode}",
            "every step of the build has to succeed",
            f"its last lines were:\n{tail}",
        )


@contextmanager
def _lock(path: Path) -> Iterator[TextIO]:
    """Hold an exclusive lock on `path`; it is released by the system even when the process is killed."""
    deadline = time.monotonic() + _LOCK_DEADLINE_SECONDS
    with path.open("w") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise DeadlineExpired(
                        f"another process has held {path} for {_LOCK_DEADLINE_SECONDS:.0f} s",
                        "one process builds the RTL chip at a time",
                        "end that process, then try again",
                    ) from None
                time.sleep(_LOCK_POLL_SECONDS)
        yield handle
