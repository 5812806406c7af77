"""Commands as a user types them."""

import json
import subprocess
import sys

import pytest


@pytest.fixture
def spinloop_json(tmp_path):
    """Run `spinloop ... --json` in an empty folder and return what it prints."""

    def run(*arguments):
        command = [sys.executable, "-m", "spinloop", *arguments, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=280)
        assert done.returncode == 0, done.stderr
        (line,) = done.stdout.splitlines()
        return json.loads(line)

    return run
