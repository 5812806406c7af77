"""The RTL is clean under Verilator's strictest lint, in every size of the catalog, and keeps to the house's shape."""

from __future__ import annotations

import re
import subprocess

import pytest
from spinloop.fpga.cosim import build, tools
from spinloop.fpga.tile_info import CATALOG


@pytest.mark.rtl
@pytest.mark.parametrize("size", CATALOG.values())
def test_verilator_has_no_warnings(size: int) -> None:
    sources = [str(path) for path in build.rtl_sources()]
    command = ["verilator", "--lint-only", "-Wall", "--top-module", "spin_top", f"-GN={size}", f"-I{build.RTL}"]
    done = subprocess.run(
        [*command, *sources], env=tools.environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert "%Warning" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", build.rtl_sources(), ids=lambda path: path.name)
def test_one_module_a_file_named_as_the_file(path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^module (\w+)", text, re.MULTILINE) == [path.stem]
    assert "`default_nettype none" in text
    assert len(text.splitlines()) <= 200


@pytest.mark.parametrize("path", build.rtl_sources(), ids=lambda path: path.name)
def test_the_subset_that_all_tools_read(path) -> None:
    """Icarus 11 and yosys stumble over these; Verilator would not."""
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for word in ("return", "unsigned", "struct", "enum", "interface", "package", "import", "class", "automatic"):
        assert not re.search(rf"\b{word}\b", code), word
