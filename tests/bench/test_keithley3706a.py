"""The 3706A's front and what its relays do to the circuit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spinloop.emulator.instruments import Front

CHANNELS = [1000 * slot + 100 * row + col for slot in (1, 2) for row in range(1, 7) for col in range(1, 17)]


@pytest.fixture
def matrix(front: Callable[..., Front]) -> Front:
    return front("keithley3706a", cards=["3730", "3730"])


def _closed(matrix: Front, ask: Callable[..., str | None]) -> set[int]:
    reply = ask(matrix, 'print(channel.getclose("allslots"))')
    return set() if reply == "nil" else {int(name) for name in str(reply).split(";")}


def _error(matrix: Front, ask: Callable[..., str | None]) -> int:
    return int(float(str(ask(matrix, "print(errorqueue.next())")).split("\t")[0]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["open", "close", "exclusiveclose", "exclusiveslotclose"]),
            st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=5),
        ),
        max_size=8,
    )
)
def test_relays_follow_set_algebra(
    matrix: Front, ask: Callable[..., str | None], steps: list[tuple[str, list[int]]]
) -> None:
    ask(matrix, 'channel.open("allslots")')
    model: set[int] = set()
    for verb, channels in steps:
        ask(matrix, f'channel.{verb}("{",".join(map(str, channels))}")')
        wanted = set(channels)
        slots = {channel // 1000 for channel in wanted}
        model = {
            "open": model - wanted,
            "close": model | wanted,
            "exclusiveclose": wanted,
            "exclusiveslotclose": {c for c in model if c // 1000 not in slots} | wanted,
        }[verb]
        assert _closed(matrix, ask) == model
    assert _error(matrix, ask) == 0


def test_ranges_slots_and_states(matrix: Front, ask: Callable[..., str | None]) -> None:
    ask(matrix, 'channel.close("1101:1104, 2201;2203")')
    assert _closed(matrix, ask) == {1101, 1102, 1103, 1104, 2201, 2203}
    assert ask(matrix, 'print(channel.getclose("slot2"))') == "2201;2203"
    assert ask(matrix, 'print(channel.getstate("2201:2203"))') == "1;0;1"
    ask(matrix, 'channel.open("slot1")')
    assert _closed(matrix, ask) == {2201, 2203}
    ask(matrix, 'channel.exclusiveclose("")')
    assert _closed(matrix, ask) == set()
    assert ask(matrix, 'print(channel.getcount("1101,1105"))') == "1,0"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ('channel.close("1101,1717")', 1115), ('channel.close("3101")', 1115), ('channel.close("slot1")', 1115),
        ('channel.close("")', 1114), ("channel.close(1101)", -286), ('channel.close("1104:1101")', 1115),
        ('channel.close("1101:1201")', 1115), ('channel.shut("1101")', -286), ("nosuch()", -286),
        ('channel.close("1101"', -285), ("for i = 1, 2 do end", -285), ('x = "a" + 1', -285), ("channel.close", -285),
        ('channel.close("1101") end', -285), ("channel.connectrule = 7", -222), ("channel.OFF = 1", -286),
        ("channel = 1", -286), ('localnode.model = "x"', -286), ("print(slot[9].idn)", -286), ("delay(-1)", -222),
        ("delay(0/0)", -285), ('channel.close("1101", "1102", 3)', 1109), ("print(", -285), ("((((1))))", -285),
    ],
)  # fmt: skip
def test_a_wrong_statement_is_reported_and_moves_nothing(
    matrix: Front, ask: Callable[..., str | None], statement: str, code: int
) -> None:
    ask(matrix, 'channel.close("2616")')
    ask(matrix, statement)
    assert ask(matrix, "print(errorqueue.count)") == "1.00000e+00"
    assert _error(matrix, ask) == code
    assert _closed(matrix, ask) == {2616}


def test_several_statements_and_variables_on_one_line(matrix: Front, ask: Callable[..., str | None]) -> None:
    reply = ask(matrix, 'local list = "1101," .. "1102" channel.close(list) print(channel.getclose("slot1"), 2, true)')
    assert reply == "1101;1102\t2.00000e+00\ttrue"
    assert ask(matrix, "print(list == '1101,1102', nosuch)") == "true\tnil"
    assert ask(matrix, "print(localnode.model) print(slot[1].rows.matrix) -- a comment") == "3706A\n6.00000e+00"
    assert "3730" in str(ask(matrix, "print(slot[2].idn)"))
    assert ask(matrix, "print(slot[3].idn)") == "Empty Slot"


def test_common_commands_work_beside_tsp(matrix: Front, ask: Callable[..., str | None]) -> None:
    assert "MODEL 3706A" in str(ask(matrix, "*IDN?"))
    ask(matrix, 'channel.close("1101")')
    ask(matrix, "*RST")
    assert _closed(matrix, ask) == set()
    assert ask(matrix, "*OPC?") == "1"
    ask(matrix, "nosuch()")
    assert int(str(ask(matrix, "*ESR?"))) & 16
    assert int(str(ask(matrix, "*STB?"))) & 4
    ask(matrix, "*CLS")
    assert ask(matrix, "print(errorqueue.count)") == "0.00000e+00"


def test_relays_take_their_time_and_the_rule_says_in_which_order(matrix: Front, ask: Callable[..., str | None]) -> None:
    seen: list[set[int]] = []
    matrix.clock.listen(lambda _: seen.append(set(matrix.closed)))  # type: ignore[attr-defined]
    ask(matrix, 'channel.close("1101")')
    assert matrix.clock.seconds == pytest.approx(4e-3)
    ask(matrix, 'channel.exclusiveclose("1102")')
    assert seen[1:] == [set(), {1102}], "break before make"
    seen.clear()
    ask(matrix, 'channel.connectrule = channel.MAKE_BEFORE_BREAK channel.exclusiveclose("1103")')
    assert seen == [{1102, 1103}, {1103}]
    before = matrix.clock.seconds
    ask(matrix, 'channel.setdelay("1104", 0.5) channel.close("1104")')
    assert matrix.clock.seconds - before == pytest.approx(0.504)
    before = matrix.clock.seconds
    ask(matrix, 'channel.close("1104") delay(2)')
    assert matrix.clock.seconds - before == pytest.approx(2.0), "a relay that is closed does not move"


def _read_siemens(bench: object, ask: Callable[..., str | None], channels: str, volts: float = 0.1) -> float:
    smu, matrix = bench.instruments["smu"], bench.instruments["matrix"]  # type: ignore[attr-defined]
    ask(matrix, f'channel.exclusiveclose("{channels}")')
    ask(smu, f":SOUR:VOLT {volts};:SOUR:VOLT:ILIM 0.01;:OUTP ON")
    return float(str(ask(smu, ":READ?"))) / volts


def test_each_route_reads_its_own_cell_and_no_other(
    resistor_bench: Callable[..., tuple], ask: Callable[..., str | None]
) -> None:
    rng = np.random.default_rng(20261120)
    siemens = rng.uniform(5e-6, 5e-5, (16, 16))
    bench, _ = resistor_bench(siemens)
    for _ in range(40):
        row, col = rng.integers(16, size=2)
        read = _read_siemens(bench, ask, f"11{row + 1:02d},22{col + 1:02d}")
        # 2450 on its ranges at 0.1 V: 0.2 % of the source's 200 mV range, and the offset of the meter.
        assert read == pytest.approx(siemens[row, col], rel=6e-3)


def test_active_rows_add_up_in_one_bit_line(
    resistor_bench: Callable[..., tuple], ask: Callable[..., str | None]
) -> None:
    siemens = np.random.default_rng(1).uniform(5e-6, 5e-5, (16, 16))
    bench, _ = resistor_bench(siemens)
    read = _read_siemens(bench, ask, "1101,1104,1116,2203")
    assert read == pytest.approx(siemens[[0, 3, 15], 2].sum(), rel=6e-3)


def test_an_open_relay_carries_only_the_meters_offset(
    resistor_bench: Callable[..., tuple], ask: Callable[..., str | None]
) -> None:
    bench, _ = resistor_bench(np.full((16, 16), 2e-5))
    for channels in ("1101", "2201", "1101,2316", "1201,2201"):
        assert abs(_read_siemens(bench, ask, channels)) < 2e-9, channels


def test_a_short_between_the_buses_runs_into_the_compliance(
    resistor_bench: Callable[..., tuple], ask: Callable[..., str | None]
) -> None:
    bench, _ = resistor_bench(np.full((16, 16), 2e-5))
    smu = bench.instruments["smu"]
    _read_siemens(bench, ask, "1101,1201")
    ask(smu, ":SOUR:VOLT:ILIM 1e-3")
    assert ask(smu, ":SOUR:VOLT:ILIM:TRIP?") == "1"
    assert float(str(ask(smu, ":READ?"))) == pytest.approx(1e-3, rel=1e-3)
