"""The 81160A's front, driven by pymeasure's own driver, and what its pulses put on the pads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from pymeasure.instruments.keysight import Keysight81160A
from spinloop.emulator.instruments import Front

PULSER = "USB0::0x0957::0x4108::MY50000001::INSTR"
# Gain and offset of one specimen (2.5e-3 and 1 mV), relays and contacts.
LEVEL_REL, LEVEL_ABS = 4e-3, 1.1e-3


@pytest.fixture
def pulser() -> Iterator[Any]:
    driver = Keysight81160A(PULSER, visa_library="tile16@spinloop")
    driver.reset()
    yield driver
    driver.adapter.manager.close()


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shape", "PULS"), ("shape", "DC"), ("frequency", 2.5e6), ("amplitude", 2.0), ("offset", -0.5),
        ("voltage_high", 1.75), ("voltage_low", -2.5), ("square_dutycycle", 25.0),
        ("ramp_symmetry", 60.0), ("pulse_period", 5e-6), ("pulse_hold", "DCYC"), ("pulse_width", 20e-9),
        ("pulse_dutycycle", 12.5), ("pulse_transition", 3e-9), ("output_load", 1e6), ("burst_period", 1e-3),
        ("burst_ncycles", 17), ("limit_high", 3.0), ("limit_low", -3.0), ("limit_state_enabled", True),
        ("trigger_mode", "MAN"), ("trigger_count", 5), ("output", True), ("coupling_enabled", True),
        ("amplitude_unit", "VRMS"),
    ],
)  # fmt: skip
def test_what_is_set_is_read_back_on_its_own_channel(pulser: Any, number: int, name: str, value: Any) -> None:
    channel, other = pulser.channels[number], pulser.channels[3 - number]
    before = getattr(other, name)
    setattr(channel, name, value)
    assert getattr(channel, name) == (pytest.approx(value) if isinstance(value, float) else value)
    if name != "coupling_enabled":
        assert getattr(other, name) == before
    assert pulser.check_errors() == []


def test_announcing_another_load_changes_the_numbers_and_not_the_output(pulser: Any) -> None:
    channel = pulser.ch_1
    channel.voltage_high, channel.voltage_low = 1.0, 0.0
    pulser.write(":OUTP1:LOAD INF")
    assert channel.voltage_high == pytest.approx(2.0)
    assert channel.output_load == 9.9e37
    channel.output_load = 50
    assert channel.voltage_high == pytest.approx(1.0)
    assert pulser.check_errors() == []


def test_levels_keep_their_distance_and_say_so(pulser: Any) -> None:
    channel = pulser.ch_1
    channel.voltage_low = -0.3
    channel.voltage_high = 0.4
    assert pulser.check_errors() == []
    channel.voltage_high = -0.3
    assert channel.voltage_high == pytest.approx(-0.3)
    assert channel.voltage_low == pytest.approx(-0.35)
    assert [error[0] for error in pulser.check_errors()] == [-221]


def test_a_level_beyond_the_users_limit_is_refused(pulser: Any) -> None:
    channel = pulser.ch_1
    channel.voltage_high, channel.voltage_low = 0.5, 0.0
    channel.limit_high, channel.limit_low, channel.limit_state_enabled = 0.8, -0.8, True
    channel.voltage_high = 0.9
    assert channel.voltage_high == pytest.approx(0.5)
    assert [error[0] for error in pulser.check_errors()] == [-222]


def test_timing_that_does_not_fit_is_reported(pulser: Any) -> None:
    channel = pulser.ch_1
    channel.shape = "PULS"
    assert pulser.check_errors() == []
    channel.pulse_width = 2e-6
    assert [error[0] for error in pulser.check_errors()] == [-221]
    channel.pulse_period = 10e-6
    assert pulser.check_errors() == []
    channel.pulse_transition = 5e-6
    assert -221 in [error[0] for error in pulser.check_errors()]


def test_a_waveform_goes_in_as_a_block_and_is_stored_by_name(pulser: Any) -> None:
    channel = pulser.ch_1
    free = channel.free_memory_slots[0] if isinstance(channel.free_memory_slots, list) else channel.free_memory_slots
    channel.save_waveform([-2.0, -1.0, 0.0, 1.0, 2.0], "mine")
    assert "MINE" in channel.waveforms
    assert channel.free_memory_slots == free - 1
    pulser.write(":FUNC1:USER MINE")
    channel.delete_waveform("mine")
    assert "MINE" not in channel.waveforms
    assert pulser.check_errors() == []


def test_apply_commands_set_shape_levels_and_output(pulser: Any) -> None:
    channel = pulser.ch_1
    channel.apply_dc(0.75)
    assert (channel.shape, channel.output, channel.offset) == ("DC", True, pytest.approx(0.75))
    channel.apply_pulse(1e5, 1.0, 0.25)
    assert (channel.shape, channel.frequency) == ("PULS", pytest.approx(1e5))
    assert (channel.voltage_high, channel.voltage_low) == (pytest.approx(0.75), pytest.approx(-0.25))
    for shape, apply in (
        ("SIN", channel.apply_sin),
        ("SQU", channel.apply_square),
        ("USER", channel.apply_user_waveform),
    ):
        apply(1e6, 2.0, 0.0)
        assert (channel.shape, channel.amplitude) == (shape, pytest.approx(2.0))
    channel.apply_noise(1.0, 0.0)
    assert channel.shape == "NOIS"
    assert pulser.check_errors() == []


def test_units_of_the_amplitude_agree(pulser: Any) -> None:
    channel = pulser.ch_1
    channel.shape, channel.amplitude = "SIN", 2.0
    channel.amplitude_unit = "VRMS"
    assert channel.amplitude == pytest.approx(2.0 / (2 * np.sqrt(2)))
    channel.amplitude_unit = "DBM"
    assert channel.amplitude == pytest.approx(10.0), "2 V peak to peak into 50 Ohm are 10 mW"


# --- what reaches the chip ---


@pytest.fixture
def pulse_bench(resistor_bench: Callable[..., tuple], ask: Callable[..., str | None]) -> Callable[..., tuple]:
    """A bench of equal resistors with cell (2, 5) between the pulser and ground, and a pulse ready to be triggered."""

    def build(ohms: float, load: str = "INF", more: str = "") -> tuple:
        bench, pads = resistor_bench(np.full((16, 16), 1 / ohms))
        ask(bench.instruments["matrix"], 'channel.exclusiveclose("1303,2206")')
        setup = f"*RST;:FUNC PULS;:OUTP:LOAD {load};:VOLT:HIGH 0.6;LOW 0;:PULS:PER 1 US;:PULS:WIDT 20 NS;:ARM:SOUR MAN"
        ask(bench.instruments["pulser"], f"{setup};{more};:OUTP ON")
        pads.pulses.clear()
        return bench, pads

    return build


def _error_codes(device: Front) -> list[int]:
    return [device.status.errors.pop().code for _ in range(len(device.status.errors))]


def _across(pads: Any) -> float:
    (volts, _, _) = pads.pulses[0]
    assert set(volts) == {"word2", "bit5"}
    return volts["word2"] - volts["bit5"]


@pytest.mark.parametrize("load", ["50", "INF", "1E6"])
@pytest.mark.parametrize("ohms", [50.0, 1e3, 5e4])
def test_the_fifty_ohm_source_divides(
    pulse_bench: Callable[..., tuple], ask: Callable[..., str | None], load: str, ohms: float
) -> None:
    bench, pads = pulse_bench(ohms, load)
    ask(bench.instruments["pulser"], "*TRG")
    announced = 1.0 if load == "INF" else float(load) / (float(load) + 50)
    open_volts = 0.6 / announced
    assert _across(pads) == pytest.approx(
        open_volts * ohms / (ohms + 50), rel=LEVEL_REL + 3 / (ohms + 50), abs=LEVEL_ABS
    )
    assert pads.pulses[0][1:] == (pytest.approx(20e-9), 1)
    assert _error_codes(bench.instruments["pulser"]) == []


def test_inverted_polarity_rests_high_and_pulses_low(
    pulse_bench: Callable[..., tuple], ask: Callable[..., str | None]
) -> None:
    bench, pads = pulse_bench(5e4, "INF", ":VOLT:LOW -0.6;HIGH 0;:OUTP:POL INV")
    ask(bench.instruments["pulser"], "*TRG")
    assert _across(pads) == pytest.approx(-0.6, rel=LEVEL_REL, abs=LEVEL_ABS)
    bench.clock.advance(1e-3)
    rest = [volts["word2"] - volts["bit5"] for volts, _, _ in pads.pulses[1:]]
    assert max(map(abs, rest)) < 2e-3


def test_a_burst_fires_its_count_and_takes_its_time(
    pulse_bench: Callable[..., tuple], ask: Callable[..., str | None]
) -> None:
    bench, pads = pulse_bench(5e4, "INF", ":TRIG:COUN 7")
    before = bench.clock.seconds
    ask(bench.instruments["pulser"], "*TRG;*WAI")
    assert pads.pulses[0][2] == 7
    assert bench.clock.seconds - before == pytest.approx(7e-6)


@pytest.mark.parametrize("spoil", ['channel.open("1303")', 'channel.open("2206")', 'channel.open("allslots")'])
def test_a_pulse_that_is_not_routed_moves_nothing(
    pulse_bench: Callable[..., tuple], ask: Callable[..., str | None], spoil: str
) -> None:
    bench, pads = pulse_bench(5e4)
    ask(bench.instruments["matrix"], spoil)
    pads.pulses.clear()
    ask(bench.instruments["pulser"], "*TRG")
    assert all(np.ptp(list(volts.values())) < 1e-6 for volts, _, _ in pads.pulses)


def test_a_trigger_without_an_armed_output_is_ignored(
    pulse_bench: Callable[..., tuple], ask: Callable[..., str | None]
) -> None:
    bench, pads = pulse_bench(5e4)
    pulser = bench.instruments["pulser"]
    for off in (":OUTP OFF", ":OUTP ON;:ARM:SOUR EXT"):
        ask(pulser, off)
        pads.pulses.clear()
        ask(pulser, "*TRG")
        assert pads.pulses == [] or pads.pulses[0][2] != 1 or _across(pads) < 2e-3
        assert _error_codes(pulser) == [-211]


def test_continuous_pulses_act_for_as_long_as_time_passes(
    pulse_bench: Callable[..., tuple], ask: Callable[..., str | None]
) -> None:
    bench, pads = pulse_bench(5e4, "INF", ":ARM:SOUR IMM")
    bench.clock.advance(1e-3)
    high = [(width, count) for volts, width, count in pads.pulses if volts["word2"] > 0.3]
    assert high == [(pytest.approx(20e-9), 1000)]


def test_a_pulse_rides_on_what_the_source_meter_holds(
    pulse_bench: Callable[..., tuple], ask: Callable[..., str | None]
) -> None:
    """Superposition: both sources on one word line, the source meter being the stiffer by far."""
    bench, pads = pulse_bench(5e4)
    smu = bench.instruments["smu"]
    ask(smu, ":SOUR:VOLT 0.1;:SOUR:VOLT:ILIM 1;:OUTP ON")
    ask(bench.instruments["matrix"], 'channel.exclusiveclose("1103,1303,2206")')
    pads.pulses.clear()
    ask(bench.instruments["pulser"], "*TRG")
    stiff = 0.1 + (0.6 - 0.1) * 2 / 52  # about 1.1 Ohm of relays, contact and leads against 50
    assert 0.1 < _across(pads) < stiff
    ask(smu, ":SOUR:VOLT:ILIM 1e-6")
    pads.pulses.clear()
    ask(bench.instruments["pulser"], "*TRG")
    assert _across(pads) == pytest.approx(0.6, abs=5e-3), "at its limit the source meter gives way"


def test_dc_is_a_level_that_stays(pulse_bench: Callable[..., tuple], ask: Callable[..., str | None]) -> None:
    bench, pads = pulse_bench(5e4, "INF", ":ARM:SOUR IMM;:APPL:DC DEF, DEF, 0.25")
    bench.clock.advance(0.5)
    volts, _, _ = pads.pulses[-1]
    assert volts["word2"] - volts["bit5"] == pytest.approx(0.25, rel=LEVEL_REL, abs=LEVEL_ABS)
    assert sum(width * count for _, width, count in pads.pulses) == pytest.approx(0.5)


def test_the_source_meter_reads_the_mean_of_a_fast_waveform(
    pulse_bench: Callable[..., tuple], ask: Callable[..., str | None]
) -> None:
    bench, _ = pulse_bench(5e4, "INF", ":ARM:SOUR IMM;:FUNC SQU;:FUNC:SQU:DCYC 25")
    smu = bench.instruments["smu"]
    ask(smu, ":SOUR:FUNC CURR;:SOUR:CURR 0;:SENS:FUNC 'VOLT';:OUTP ON")
    ask(bench.instruments["matrix"], 'channel.close("1103")')
    assert float(str(ask(smu, ":READ?"))) == pytest.approx(0.15, rel=2e-2)
