"""Comparing chips: equal ones are called equal, different ones are not."""

import pytest
from spinloop.lab.procedures.compare import compare_chips
from spinloop.protocols.errors import Unsupported

import spinloop


def verdicts(first, second, **options):
    with spinloop.connect(first) as one, spinloop.connect(second) as two:
        found = compare_chips(one, two, **{"false_alarm": 1e-6, "tolerance": 0.02, "samples": 1000, **options})
    return {f"{each.block}: {each.observable}": each.verdict for each in found}


@pytest.mark.parametrize(("one", "two"), [(1, 2), (3, 4), (5, 6)])
def test_two_nominal_chips_are_equal(one, two):
    """False alarm: 1e-6 for each pair."""
    found = verdicts(f"emulator:tile16?spread=0&seed={one}", f"emulator:tile16?spread=0&seed={two}")
    assert len(found) == 12
    assert set(found.values()) == {"equal"}


def test_resistive_wires_are_found():
    found = verdicts("emulator:tile16?spread=0", "emulator:tile16?spread=0&wire_ohms=100")
    assert found["weights: multiply / ideal product"] == "different"
    assert found["neurons: ones, 0 mV"] == "equal"


def test_chips_without_a_common_block_are_refused():
    with pytest.raises(Unsupported, match="tile64"):
        verdicts("emulator:tile16", "emulator:tile64")
