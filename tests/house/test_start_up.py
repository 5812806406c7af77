"""The command line starts light, and the house is wired as the design says."""

import json
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

HEAVY = ("numpy", "scipy", "matplotlib", "torch", "cocotb", "numba", "nicegui", "zmq", "pymeasure", "pyvisa", "sklearn")


def modules_after(code):
    script = f"import sys, json\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    return set(json.loads(output.splitlines()[-1]))


def test_help_imports_nothing_heavy():
    code = """
import contextlib, io
sys.argv = ["spinloop", "--help"]
from spinloop.cli import main
with contextlib.redirect_stdout(io.StringIO()) as shown, contextlib.suppress(SystemExit):
    main()
assert "compare" in shown.getvalue() and "train" in shown.getvalue(), shown.getvalue()
"""
    assert not modules_after(code) & set(HEAVY)


@pytest.mark.parametrize("command", sorted(each.name for each in entry_points(group="spinloop.commands")))
def test_every_command_explains_itself_with_an_example(command):
    done = subprocess.run(
        [sys.executable, "-m", "spinloop", command, "--help"], capture_output=True, text=True, check=True
    )
    text = done.stdout
    if "Commands:" in text:
        inner = text.split("Commands:")[1].split()[0]
        text = subprocess.run(
            [sys.executable, "-m", "spinloop", command, inner, "--help"], capture_output=True, text=True, check=True
        ).stdout
    assert "Example" in text
    assert "--json" in text


def test_an_emulated_chip_does_not_load_the_other_rooms():
    loaded = modules_after('import spinloop; spinloop.connect("emulator:tile16").close()')
    assert not {name for name in loaded if name.startswith(("spinloop.lab", "spinloop.fpga"))}
    assert not loaded & {"torch", "cocotb", "numba", "nicegui", "matplotlib", "zmq", "pymeasure"}


def test_every_folder_with_code_is_a_package():
    """A folder without `__init__.py` would be left out of the wheel."""
    root = Path(__file__).resolve().parents[2]
    for room in ("protocols", "emulator", "fpga", "lab"):
        folders = {path.parent for path in (root / room).rglob("*.py") if "tests" not in path.parts}
        assert folders
        assert not [folder for folder in folders if not (folder / "__init__.py").exists()]
