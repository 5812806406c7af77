"""Switching off: gently when the bench is found energised, at once when something went wrong.

Found energised (a script died, a kernel was killed): outputs are ramped from the value they have to zero, and only
then do relays move; a step, or a relay that opens under current, can break an MgO barrier.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from spinloop.lab.on_bench.link import Instruments
from spinloop.lab.on_bench.pulser import MIN_AMPLITUDE_VOLTS

log = logging.getLogger(__name__)

RAMP_STEPS = 30
RAMP_PAUSE_SECONDS = 0.01


def ramp_to_rest(instruments: Instruments, sleep: Callable[[float], None] = time.sleep) -> None:
    """Bring outputs that are on from their present value to zero in small steps, and switch them off.

    Does nothing but look when the outputs are off.

    Raises:
        InstrumentError: an instrument does not answer.
    """
    smu = instruments.smu
    if smu.source_enabled:
        quantity = f"source_{smu.source_mode}"
        log.warning("%s was found on at %s = %g; ramping to zero", smu.name, quantity, getattr(smu, quantity))
        for level in np.linspace(getattr(smu, quantity), 0.0, RAMP_STEPS)[1:]:
            setattr(smu, quantity, float(level))
            sleep(RAMP_PAUSE_SECONDS)
        smu.disable_source()
    channel = instruments.pulse_channel
    if channel.output:
        high, low = channel.voltage_high, channel.voltage_low
        log.warning("%s was found on at %g V, %g V; ramping to zero", instruments.pulser.name, high, low)
        for part in np.linspace(1.0, 0.0, RAMP_STEPS)[1:]:
            if (high - low) * part < MIN_AMPLITUDE_VOLTS:
                break
            # The level that moves towards the other comes second, so that HIGH stays above LOW.
            levels = [("voltage_high", high * part), ("voltage_low", low * part)]
            for name, level in levels if high <= 0 else reversed(levels):
                setattr(channel, name, float(level))
            sleep(RAMP_PAUSE_SECONDS)
        channel.output = False


def switch_off(instruments: Instruments) -> list[str]:
    """Zero and switch off every output and open every relay, now; each step is tried whatever became of the others.

    The source meter goes to 0 V first. The pulse generator is disconnected first, because changing its levels
    while it is connected would move the level it rests on.

    Returns:
        What failed, one line each; the same lines are logged.
    """
    smu, channel = instruments.smu, instruments.pulse_channel
    steps: list[tuple[str, Callable[[], Any]]] = [
        *((f"clear {name}", adapter.clear_device) for name, adapter in instruments.adapters.items()),
        ("set the source meter to 0 V", lambda: setattr(smu, "source_voltage", 0.0)),
        ("switch the source meter off", smu.disable_source),
        ("switch the pulse generator off", lambda: setattr(channel, "output", False)),
        ("open all relays", instruments.matrix.open_all),
        ("bring the pulse generator's levels to rest", instruments.rest_pulser),
        # An exchange that was cut in two leaves an error (-410), which must not be blamed on the next operation.
        ("clear the source meter's errors", smu.clear),
        ("clear the pulse generator's errors", instruments.pulser.clear),
        ("clear the switch's errors", instruments.matrix.clear_errors),
    ]
    failed: list[str] = []
    for what, step in steps:
        try:
            step()
        except (Exception, KeyboardInterrupt) as error:  # a second Ctrl-C must not leave the rest switched on
            failed.append(f"{what}: {error!r}")
            log.error("could not %s: %r", what, error)
    return failed
