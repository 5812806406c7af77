"""A client that dies leaves every output of the bench at zero, read back from the instruments themselves."""

import signal
import subprocess
import sys
import time

import pytest
from spinloop.emulator.bench import current_bench, reset_benches

import spinloop

CLIENT = """
import sys, numpy as np, spinloop
chip = spinloop.connect(sys.argv[1])
weights = chip["weights"]
print("ready", flush=True)
while True:
    weights.multiply(np.full((64, 16), 0.1))
"""


def wait_until(condition, seconds):
    """Poll a condition; the bound is generous, because what is tested is that it comes true at all."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.005)


def silent(bench):
    """Every output off and no time passing on the bench, for half a second."""
    since = bench.clock.seconds
    for _ in range(50):
        if any(bench.outputs_on().values()) or bench.clock.seconds != since:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGSTOP])
def test_killing_the_client_of_an_energised_bench_brings_every_output_to_zero(death):
    reset_benches()
    with spinloop.serve("bench:tile16") as served:
        bench = current_bench("tile16")
        client = subprocess.Popen([sys.executable, "-c", CLIENT, served.address], stdout=subprocess.PIPE, text=True)
        try:
            assert client.stdout.readline() == "ready\n"
            wait_until(lambda: any(bench.outputs_on().values()), 60)
            client.send_signal(death)
            # The lease is one second. Between two readings outputs are off for a moment, too; silence is what counts.
            wait_until(lambda: silent(bench), 30)
        finally:
            client.kill()
            client.wait()
            client.stdout.close()
        # The bench is still there for the next client.
        with spinloop.connect(served.address) as chip:
            assert chip["weights"].read([0], [0])[0, 0] > 0
    reset_benches()
