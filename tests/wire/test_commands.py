"""`spinloop serve` and `spinloop info`, as a person or a script runs them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import msgspec
import pytest
from click.testing import CliRunner
from rich.console import Console
from spinloop.protocols.commands import info, serve
from spinloop.protocols.info_view import info_view, quantity
from spinloop.protocols.operations import Pulse
from spinloop.protocols.wire.zmq_client import ZmqClient


def test_help_has_an_example() -> None:
    for command in (serve, info):
        assert "Example" in CliRunner().invoke(command, ["--help"]).output


def test_commands_import_click_only() -> None:
    heavy = "[name for name in ('numpy', 'zmq', 'msgspec', 'rich') if name in sys.modules]"
    script = f"import sys, spinloop.protocols.commands; print({heavy})"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"


def test_info_of_a_served_chip(counter, served) -> None:
    result = CliRunner().invoke(info, [served.address, "--json"], catch_exceptions=False)
    assert json.loads(result.output) == json.loads(msgspec.json.encode(counter.describe()))
    assert counter.safe_calls == 0, "looking at a chip that someone may be using changes nothing"


def test_info_fits_eighty_columns(counter) -> None:
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    for part in info_view("tcp://127.0.0.1:1", counter.describe()):
        console.print(part)
    console.file.close()
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    for word in ("counter", "weights", "pulse", "4 x 4 cells", "800 mV", "counts"):
        assert word in text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2e-5, "S", "20 uS"),
        (1e-8, "s", "10 ns"),
        (1e-6, "s", "1 us"),
        (0.0, "V", "0 V"),
        (1.0, "s", "1 s"),
        (1e9, "Hz", "1 GHz"),
    ],
)
def test_quantities(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


@pytest.mark.parametrize("as_json", [False, True])
def test_serve_until_a_signal(as_json: bool) -> None:
    command = [sys.executable, "-m", "spinloop", "serve", "emulator:tile16?seed=3", "--bind", "tcp://127.0.0.1:0"]
    command += ["--json"] if as_json else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = json.loads(line)["address"] if as_json else line.split(" served at ")[1].partition(";")[0]
        with ZmqClient(address) as client:
            assert client.describe().name == "tile16"
            assert client.execute([Pulse("weights", 0.55, 1e-8)])[0].pulses == 256
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(30) == 0
    assert rest == "" if as_json else "the chip is safe" in rest and "signed in" in rest


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["serve", "emulator:tile16", "--bind", "tcp://0.0.0.0:5"], 2),
        (["serve", "nosuch:tile16"], 2),
        (["info", "tcp://127.0.0.1:9?deadline=0.3"], 4),
        (["info", "tcp://127.0.0.1:9?deadlin=0.3"], 2),
    ],
)
def test_exit_codes_come_from_the_table(arguments: list[str], status: int) -> None:
    done = subprocess.run([sys.executable, "-m", "spinloop", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
