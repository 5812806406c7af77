"""Every substrate, in this process and served, passes the same suite."""

import subprocess
import sys
from pathlib import Path

import pytest

import spinloop

SUITE = Path(__file__).resolve().parents[2] / "protocols" / "conformance"
CHIPS = [
    "emulator:tile64",
    pytest.param("rtl:tile64", marks=pytest.mark.rtl),
    pytest.param("rtl:tile16", marks=pytest.mark.rtl),
    "bench:tile16",
]


def run_suite(url):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(SUITE), "--chip", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout[-6000:]
    assert " passed" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("url", CHIPS)
def test_in_process(url):
    run_suite(url)


@pytest.mark.parametrize("url", CHIPS)
def test_served(url):
    with spinloop.serve(url) as served:
        run_suite(served.address)


def test_the_suite_asks_for_a_chip():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(SUITE)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "add --chip URL" in done.stdout + done.stderr
