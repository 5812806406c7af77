"""A chip made of three fake instruments: what it answers, and what never happens to it."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from fake_bench import FakeBench
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from spinloop.lab.chip_on_bench import BenchChip
from spinloop.lab.drivers.checked import MAX_ERROR_READS
from spinloop.lab.on_bench.link import check_identity
from spinloop.lab.on_bench.shutdown import switch_off
from spinloop.lab.station import Station, load_station
from spinloop.protocols.errors import (
    ChipError,
    Indeterminate,
    InstrumentError,
    LimitExceeded,
    Unsupported,
    WrongInstrument,
)
from spinloop.protocols.operations import Multiply, Program, Pulse, Read, Reset, Wait

EXAMPLE = Path(__file__).parents[2] / "examples" / "station.toml"
ROWS, COLS = 3, 4


def small_station() -> Station:
    station = load_station(EXAMPLE)
    routing = msgspec.structs.replace(
        station.chip.routing,
        word_lines_to_smu_high="1101:1103",
        word_lines_to_pulser="1301:1303",
        bit_lines_to_smu_low="2201:2204",
    )
    return msgspec.structs.replace(
        station, chip=msgspec.structs.replace(station.chip, rows=ROWS, cols=COLS, routing=routing)
    )


STATION = small_station()


def bench(seed: int = 1) -> FakeBench:
    rng = np.random.default_rng(seed)
    return FakeBench(siemens=rng.choice([8e-6, 20e-6], size=(ROWS, COLS)) * rng.uniform(0.9, 1.1, (ROWS, COLS)))


def opened(fake: FakeBench) -> BenchChip:
    return BenchChip(STATION, fake.instruments())


def at_peace(fake: FakeBench) -> None:
    assert fake.dead, (fake.smu_on, fake.smu_volts, fake.pulser, fake.relays)
    assert fake.violations == []


# --- what it answers ---


def test_read_returns_the_cells_that_were_asked_for() -> None:
    fake = bench()
    result = opened(fake).execute([Read("weights", rows=(2, 0), cols=(1, 3), reads=2)])[0]
    assert np.allclose(result.siemens, fake.siemens[np.ix_([2, 0], [1, 3])], rtol=1e-6)
    assert result.energy_kind == "measured"
    integration_seconds = 2 * 1.0 / 50.0
    assert np.isclose(result.chip_seconds, 4 * integration_seconds)
    assert np.isclose(result.energy_joules, 0.1**2 * np.sum(result.siemens) * integration_seconds)
    at_peace(fake)


@settings(max_examples=25, deadline=None)
@given(hnp.arrays(np.float64, (2, ROWS), elements=st.sampled_from([0.0, 0.1, -0.1, 0.05, 0.2, -0.125])))
def test_multiply_is_ohm_and_kirchhoff(volts: np.ndarray) -> None:
    fake = bench()
    result = opened(fake).execute([Multiply("weights", volts=volts)])[0]
    assert np.allclose(result.amps, volts @ fake.siemens, rtol=1e-6, atol=1e-12)
    assert not result.limited
    at_peace(fake)


def test_multiply_shares_routes_between_vectors() -> None:
    fake = bench()
    chip = opened(fake)
    fake.log.clear()
    chip.execute([Multiply("weights", volts=np.full((10, ROWS), 0.1))])
    routes = [text for role, text in fake.log if role == "matrix" and "exclusiveclose" in text]
    readings = [text for role, text in fake.log if text == ":READ?"]
    assert len(routes) == COLS
    assert len(readings) == 10 * COLS
    assert len(fake.log) < len(readings) + 4 * COLS + 16


def test_pulses_have_the_sign_width_and_count_that_were_asked_for() -> None:
    fake = bench()
    where = np.array([[0, 1], [2, 3], [0, 1], [1, 0]])
    volts = np.array([0.55, -0.6, -0.55, 0.0])
    widths = np.array([1e-8, 2e-8, 5e-8, 1e-8])
    result = opened(fake).execute([Pulse("weights", volts=volts, width_seconds=widths, count=3, where=where)])[0]
    seen = [(shot.row, shot.col, shot.volts, shot.width_seconds, shot.count) for shot in fake.fired]
    assert seen == [(0, 1, 0.55, 1e-8, 3), (2, 3, -0.6, 2e-8, 3), (0, 1, -0.55, 5e-8, 3)]
    assert result.pulses == 12
    assert np.isclose(result.chip_seconds, 3 * widths.sum())
    assert (result.energy_kind, result.energy_joules) == ("unknown", 0.0)
    at_peace(fake)


def test_the_energy_of_a_pulse_is_modelled_once_its_cell_was_read() -> None:
    fake = bench()
    before = fake.siemens[1, 2]
    shot = Pulse("weights", volts=0.6, width_seconds=1e-8, where=np.array([[1, 2]]))
    chip = opened(fake)
    read, first, second = chip.execute([Read("weights", rows=(1,), cols=(2,)), shot, shot])
    assert read.energy_kind == "measured"
    assert first.energy_kind == "modelled"
    assert np.isclose(first.energy_joules, 0.6**2 * before * 1e-8)
    assert second.energy_kind == "unknown"  # nobody has looked since the first


def test_program_writes_a_checkerboard_and_leaves_right_cells_alone() -> None:
    fake = bench()
    fake.siemens[:] = 20e-6
    checker = np.indices((ROWS, COLS)).sum(axis=0) % 2 == 0
    target = np.where(checker, 20e-6, 8e-6)
    result = opened(fake).execute([Program("weights", target_siemens=target, tolerance=0.1)])[0]
    assert np.allclose(fake.siemens, target)
    assert not result.failed.any()
    assert result.pulses == (~checker).sum()
    assert {(shot.row, shot.col) for shot in fake.fired} == {tuple(cell) for cell in np.argwhere(~checker)}
    at_peace(fake)


def test_a_short_is_reported_as_limited() -> None:
    fake = bench()
    fake.siemens[1, 1] = 1e-2
    chip = opened(fake)
    short, healthy = chip.execute([Read("weights", rows=(1,), cols=(1,)), Read("weights", rows=(0,), cols=(0,))])
    assert short.limited
    assert not healthy.limited
    assert chip.execute([Multiply("weights", volts=np.full((1, ROWS), 0.1))])[0].limited


def test_wait_takes_its_time_and_undeclared_operations_are_refused() -> None:
    fake = bench()
    chip = opened(fake)
    assert chip.execute([Wait(2.5)])[0].chip_seconds == 2.5
    assert np.isclose(sum(fake.waited), 2.5)
    assert max(fake.waited) < STATION.deadline_seconds
    fake.log.clear()
    with pytest.raises(Unsupported):
        chip.execute([Reset()])
    with pytest.raises(Unsupported):
        chip.execute([Multiply("weights", volts=np.zeros((1, COLS)), transpose=True)])
    assert not any("exclusiveclose" in text or text == "OUTPUT ON" for _, text in fake.log)


def test_a_pulse_below_the_generators_smallest_is_refused_before_anything_moves() -> None:
    fake = bench()
    chip = opened(fake)
    fake.log.clear()
    with pytest.raises(LimitExceeded, match=r"0\.1 V"):
        chip.execute(
            [Pulse("weights", volts=np.array([0.5, 0.05]), width_seconds=1e-8, where=np.array([[0, 0], [1, 1]]))]
        )
    assert fake.fired == []
    assert not any("exclusiveclose" in text for _, text in fake.log)


# --- safety ---


def busy(chip: BenchChip) -> None:
    """One of everything, small."""
    chip.execute(
        [
            Read("weights", rows=(0,), cols=(0, 1)),
            Pulse("weights", volts=-0.6, width_seconds=1e-8, where=np.array([[0, 0], [1, 1]])),
            Multiply("weights", volts=np.array([[0.1, -0.1, 0.0]])),
        ]
    )


def messages_of_busy() -> list[tuple[str, str]]:
    fake = bench()
    chip = opened(fake)
    fake.log.clear()
    busy(chip)
    return list(fake.log)


SCRIPT = messages_of_busy()


@pytest.mark.parametrize("delivered", [False, True], ids=["lost", "delivered"])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, InstrumentError])
@pytest.mark.parametrize("at", range(len(SCRIPT)), ids=lambda at: f"{at}-{SCRIPT[at][0]}")
def test_interrupted_at_any_message_every_output_is_off(at: int, kind: type[BaseException], delivered: bool) -> None:
    fake = bench()
    chip = opened(fake)
    fake.log.clear()

    def fault(role: str, command: str) -> None:
        if len(fake.log) == at + 1:
            raise kind(f"at {command}")

    setattr(fake, "fault_after" if delivered else "fault", fault)
    with pytest.raises((KeyboardInterrupt, ChipError)):
        busy(chip)
    at_peace(fake)
    assert chip.execute([Read("weights", rows=(0,), cols=(0,))])[0].siemens.shape == (1, 1)  # and it works again


@pytest.mark.parametrize("deaf", ["smu", "pulser", "matrix"])
def test_one_deaf_instrument_does_not_keep_the_others_on(deaf: str) -> None:
    fake = bench()
    instruments = fake.instruments()
    fake.smu_on, fake.smu_volts, fake.pulser["OUTP1"], fake.relays = True, 0.1, "1", {"1101"}
    before = (fake.smu_on, fake.pulser["OUTP1"], fake.relays)

    def fault(role: str, command: str) -> None:
        if role == deaf:
            raise InstrumentError("no answer")

    fake.fault = fault
    failed = switch_off(instruments)
    assert failed
    after = {"smu": fake.smu_on, "pulser": fake.pulser["OUTP1"], "matrix": fake.relays}
    for index, role in enumerate(("smu", "pulser", "matrix")):
        assert (after[role] == before[index]) == (role == deaf)


def test_make_safe_from_another_thread_stops_a_running_batch() -> None:
    fake = bench()
    chip = opened(fake)
    reading, saved = threading.Event(), threading.Event()

    def fault(role: str, command: str) -> None:
        if command == ":READ?" and not reading.is_set():
            reading.set()
            # The batch goes on only when the other thread has raised its flag.
            assert chip._interlock._stop.wait(10)

    fake.fault = fault
    thread = threading.Thread(target=lambda: (reading.wait(10), chip.make_safe(), saved.set()))
    thread.start()
    with pytest.raises(ChipError, match="made safe") as caught:
        chip.execute([Read("weights")])
    thread.join(10)
    assert saved.is_set()
    assert caught.value.operation_index == 0
    at_peace(fake)
    assert chip.execute([Read("weights")])[0].siemens.shape == (ROWS, COLS)


def test_make_safe_in_a_handler_of_the_same_thread_ends_the_batch() -> None:
    fake = bench()
    chip = opened(fake)

    def fault(role: str, command: str) -> None:
        if command == ":READ?":
            fake.fault = lambda role, command: None
            chip.make_safe()

    fake.fault = fault
    with pytest.raises(ChipError):
        chip.execute([Read("weights")])
    assert fake.dead


def test_what_is_found_on_is_ramped_and_only_then_do_relays_move() -> None:
    fake = bench()
    fake.smu_on, fake.smu_volts, fake.relays = True, 0.2, {"1101", "2201"}
    opened(fake)
    steps = np.diff([0.2, *fake.smu_history])
    assert np.abs(steps).max() < 0.2 / 20
    at_peace(fake)


def test_a_generator_that_is_found_on_is_ramped_down() -> None:
    fake = bench()
    fake.pulser |= {"OUTP1": "1", "VOLT1:HIGH": "2.0", "VOLT1:LOW": "0.0"}
    opened(fake)
    at_peace(fake)


def test_looking_comes_before_touching() -> None:
    fake = bench()
    opened(fake)
    first_change = next(i for i, (_, text) in enumerate(fake.log) if not text.endswith("?"))
    assert {role for role, _ in fake.log[:first_change]} >= {"smu", "pulser"}


def test_a_found_error_names_instrument_and_message() -> None:
    fake = bench()
    chip = opened(fake)
    fake.errors["pulser"].append('-222,"Data out of range"')
    with pytest.raises(InstrumentError, match=r"pulser reports -222 Data out of range"):
        chip.execute([Read("weights", rows=(0,), cols=(0,))])
    at_peace(fake)


def test_an_endless_error_queue_is_read_to_a_bound() -> None:
    fake = bench()
    chip = opened(fake)

    class Endless(deque[str]):
        def popleft(self) -> str:
            return '-113,"Undefined header"'

    fake.errors["smu"] = Endless(["one"])
    fake.log.clear()
    with pytest.raises(InstrumentError, match="-113"):
        chip.execute([Read("weights", rows=(0,), cols=(0,))])
    assert [text for _, text in fake.log].count("SYST:ERR?") == MAX_ERROR_READS


def test_a_compliance_that_does_not_hold_stops_before_the_output_is_on() -> None:
    fake = bench()
    chip = opened(fake)
    fake.log.clear()

    def fault(role: str, command: str) -> None:
        if command == ":SOUR:VOLT:ILIM?":
            fake.smu_limit = 1.0

    fake.fault = fault
    with pytest.raises(InstrumentError, match="compliance"):
        chip.execute([Read("weights")])
    assert ("smu", "OUTPUT ON") not in fake.log


def test_a_relay_that_sticks_stops_before_anything_is_sourced() -> None:
    fake = bench()
    chip = opened(fake)
    fake.smu_history.clear()
    move = fake._move
    fake._move = lambda wanted: move(wanted | {"1102"} if wanted else wanted)  # type: ignore[method-assign]
    with pytest.raises(InstrumentError, match="1102"):
        chip.execute([Read("weights", rows=(0,), cols=(0,))])
    assert not any(fake.smu_history)


def test_a_silent_generator_after_the_trigger_is_indeterminate() -> None:
    fake = bench()
    chip = opened(fake)

    def fault(role: str, command: str) -> None:
        if command == "*OPC?":
            raise InstrumentError("no answer")

    fake.fault = fault
    with pytest.raises(Indeterminate):
        chip.execute([Pulse("weights", volts=0.6, width_seconds=1e-8, where=np.array([[0, 0]]))])
    at_peace(fake)


def test_a_batch_stops_at_its_first_error_and_says_what_ran() -> None:
    fake = bench()
    chip = opened(fake)
    with pytest.raises(Unsupported) as caught:
        chip.execute([Read("weights"), Reset(), Read("weights")])
    assert caught.value.operation_index == 1
    assert len(caught.value.results) == 1


def test_close_is_final_and_can_be_repeated() -> None:
    fake = bench()
    chip = opened(fake)
    chip.close()
    chip.close()
    chip.make_safe()
    assert fake.closed_links == {"smu", "pulser", "matrix"}
    at_peace(fake)


def test_another_identity_is_refused() -> None:
    class Stranger:
        id = "ACME,Model 7,0,1"

    entry: Any = STATION.instruments.smu
    with pytest.raises(WrongInstrument, match="ACME") as caught:
        check_identity(Stranger(), entry)
    assert entry.address in str(caught.value)
    assert entry.idn in str(caught.value)
