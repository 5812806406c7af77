"""The closed tables: errors, operations, URLs, tallies and the write-verify loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spinloop.protocols.chip_info import BlockInfo
from spinloop.protocols.connect import connect, open_substrate, schemes, split_url
from spinloop.protocols.errors import ERRORS, BadUrl, RemoteFault, SpinloopError, UnknownScheme, error_from_wire
from spinloop.protocols.limits import Limits
from spinloop.protocols.operations import OPERATIONS, Operation, Program, name_of
from spinloop.protocols.results import Conductances, Done
from spinloop.protocols.selection import selected_cells, selected_mask, selected_values
from spinloop.protocols.tally import Tally
from spinloop.protocols.write_verify import program


def every(kind):
    return {kind} | {deeper for each in kind.__subclasses__() for deeper in every(each)}


def test_every_error_has_a_code_of_its_own_in_the_range_for_servers():
    assert set(ERRORS.values()) == every(SpinloopError)
    assert all(-32099 <= code <= -32000 for code in ERRORS)


@given(st.sampled_from(sorted(ERRORS)), st.text(), st.text(), st.text())
def test_errors_come_back_from_the_wire_as_what_they_were(code, asked, allowed, advice):
    error = error_from_wire(code, asked, allowed, advice, extra=3)
    assert type(error) is ERRORS[code]
    assert (error.asked, error.allowed, error.advice, error.details) == (asked, allowed, advice, {"extra": 3})


def test_an_unknown_code_is_quoted_not_guessed():
    error = error_from_wire(-31999, "something")
    assert type(error) is RemoteFault
    assert "-31999" in str(error)


def test_operations_are_named_once():
    concrete = {kind for kind in every(Operation) if kind.__name__ not in ("Operation", "BlockOperation")}
    assert set(OPERATIONS.values()) == concrete
    assert all(name == kind.__struct_config__.tag for name, kind in OPERATIONS.items())
    assert name_of(Program("w", 1.0)) == "program"


@pytest.mark.parametrize(
    "url", ["", "tile64", ":tile64", "emulator:", "emulator:?seed=1", "emulator:a?b", "emulator:a?b=1&b=2"]
)
def test_urls_that_cannot_be_read(url, monkeypatch):
    monkeypatch.delenv("SPINLOOP_CHIP", raising=False)
    with pytest.raises(BadUrl):
        open_substrate(url)


def test_the_environment_names_the_default_chip(monkeypatch):
    monkeypatch.setenv("SPINLOOP_CHIP", "emulator:tile16?seed=3")
    with connect() as chip:
        assert chip.info.identity == "tile16?seed=3"
    monkeypatch.delenv("SPINLOOP_CHIP")
    with pytest.raises(BadUrl, match="SPINLOOP_CHIP"):
        connect()


def test_unknown_schemes_list_the_installed_ones():
    assert schemes() == ["bench", "emulator", "ipc", "rtl", "tcp"]
    with pytest.raises(UnknownScheme, match="bench, emulator"):
        connect("emulater:tile64")


def test_urls_come_apart():
    assert split_url("tcp://127.0.0.1:5?deadline=2&a=b") == ("tcp", "//127.0.0.1:5", {"deadline": "2", "a": "b"})


def test_a_tally_is_as_good_as_its_worst_part():
    tally = Tally()
    for kind in ("measured", "unknown", "modelled"):
        tally.add(Done(pulses=2, energy_joules=1.0, energy_kind=kind, chip_seconds=0.5, limited=kind == "modelled"))
    assert (tally.pulses, tally.energy_joules, tally.energy_kind, tally.limited) == (6, 3.0, "unknown", True)


selections = st.none() | st.integers(0, 2**12 - 1).map(
    lambda bits: np.array([bits >> k & 1 for k in range(12)], dtype=bool).reshape(3, 4)
)


@given(selections)
def test_masks_lists_and_values_agree_on_the_order(where):
    cells = selected_cells(where, 3, 4)
    mask = selected_mask(cells, 3, 4)
    assert (mask == selected_mask(where, 3, 4)).all()
    values = np.arange(12.0).reshape(3, 4)
    assert (selected_values(values, where, (3, 4)) == values[cells[:, 0], cells[:, 1]]).all()


class Ladder:
    """Cells whose conductance moves one step per pulse: a chip on which write-verify can be followed by hand."""

    def __init__(self, start):
        self.steps = np.array(start, dtype=float)
        self.fired = np.zeros(self.steps.shape, dtype=int)

    def read(self, mask):
        return Conductances(siemens=np.where(mask, self.steps, -1.0), chip_seconds=1.0, energy_kind="measured")

    def pulse(self, operation):
        for (row, col), volts in zip(operation.where, operation.volts, strict=True):
            self.steps[row, col] += np.sign(volts)
            self.fired[row, col] += 1
        return Done(pulses=len(operation.where), energy_joules=1.0, energy_kind="modelled")


@given(
    st.lists(st.integers(1, 20), min_size=4, max_size=4),
    st.lists(st.integers(1, 20), min_size=4, max_size=4),
    st.integers(0, 8),
)
def test_write_verify_pulses_each_cell_as_often_as_it_needs_and_no_more(start, target, max_pulses):
    ladder = Ladder(np.reshape(start, (2, 2)))
    info = BlockInfo(
        kind="crossbar", shape=(2, 2), operations=("program",), limits=Limits(), write_volts=0.5, write_seconds=1e-8
    )
    goal = np.reshape(target, (2, 2)).astype(float)
    report = program(Program("w", goal, tolerance=0.01, max_pulses=max_pulses), info, ladder.read, ladder.pulse)
    distance = np.abs(np.reshape(start, (2, 2)) - goal)
    assert (report.pulses_per_cell == np.minimum(distance, max_pulses)).all()
    assert (report.pulses_per_cell == ladder.fired).all()
    assert (report.failed == (distance > max_pulses)).all()
    assert report.pulses == ladder.fired.sum()
    assert (report.siemens == ladder.steps).all()
    assert report.energy_joules == np.clip(distance, 0, max_pulses).max()
    assert report.energy_kind == ("modelled" if report.pulses else "measured")
