"""What a user sees when something is wrong: one message that names it, and an exit status of its own; no traceback."""

import os
import signal
import subprocess
import sys
import time

import pytest

CASES = [
    (("train", "digits", "--chip", "emu:tile64"), 2, "UnknownScheme", "emulator"),
    (("train", "digits", "--chip", "emulator:tile65"), 2, "UnknownChip", "tile64"),
    (("train", "digits", "--chip", "emulator:tile64?sede=1"), 2, "BadUrl", "sede"),
    (("train", "digits", "--chip", "tile64"), 2, "BadUrl", "SCHEME:NAME"),
    (("train", "digits", "--chip", "emulator:tile16"), 2, "WrongShape", "at most 16 inputs"),
    (("train", "digits", "--chip", "bench:no-such-station.toml"), 2, "BadFile", "no-such-station"),
    (("measure", "switching", "--chip", "emulator:probe", "--cell", "5", "5"), 2, "WrongShape", "0 to 0"),
    (("measure", "switching", "--chip", "emulator:probe", "--width", "nan"), 2, "NotFinite", "width_seconds"),
    (("measure", "switching", "--chip", "emulator:probe", "--width", "1"), 2, "LimitExceeded", "1e-06"),
    (("info", "tcp://127.0.0.1:9?deadline=1"), 4, "Unreachable", "127.0.0.1:9"),
    (("serve", "emulator:tile16", "--bind", "tcp://0.0.0.0:5555"), 4, "", "loopback"),
]


@pytest.mark.parametrize(("arguments", "status", "kind", "naming"), CASES)
def test_errors_name_what_was_asked_and_what_is_allowed(arguments, status, kind, naming, tmp_path):
    command = [sys.executable, "-m", "spinloop", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert kind in done.stderr, done.stderr
    assert naming in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == status or (status == 4 and done.returncode in (2, 4)), done.returncode


def test_mnist_without_data_says_how_to_get_it(tmp_path):
    environment = {key: value for key, value in os.environ.items() if key != "SPINLOOP_DATA"}
    command = [sys.executable, "-m", "spinloop", "train", "mnist", "--chip", "emulator:tile64"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60, env=environment)
    assert done.returncode == 2
    assert "export SPINLOOP_DATA=" in done.stderr


def test_ctrl_c_keeps_what_was_done_and_leaves_the_chip_safe(tmp_path):
    command = [sys.executable, "-m", "spinloop", "train", "letters", "--chip", "bench:tile16", "--epochs", "100000"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path
    ) as process:
        epochs = tmp_path / "runs" / "0001-train-letters" / "epochs.jsonl"
        deadline = time.monotonic() + 120
        while not (epochs.exists() and len(epochs.read_text().splitlines()) > 2):
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "the chip is safe" in output.replace("\n", " ")
    assert (tmp_path / "runs" / "0001-train-letters" / "result.json").exists()
    assert (tmp_path / "runs" / "0001-train-letters" / "training.png").exists()
