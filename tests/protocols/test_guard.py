"""The guard lets nothing past its limits, whatever is thrown at it, and lets through what is allowed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from spinloop.protocols.chip_info import BlockInfo, ChipInfo
from spinloop.protocols.errors import LimitExceeded, NotFinite, RequestError, Unsupported
from spinloop.protocols.limits import Limits
from spinloop.protocols.operations import Multiply, Program, Pulse, Read, Sample, Wait
from spinloop.protocols.results import Done
from spinloop.protocols.wrappers.guard import Guard

LIMITS = Limits(
    max_read_volts=0.2,
    max_write_volts=0.8,
    min_pulse_seconds=1e-9,
    max_pulse_seconds=1e-6,
    max_bias_volts=0.5,
    min_interval_seconds=1e-9,
    max_interval_seconds=1.0,
)
INFO = ChipInfo(
    name="fake",
    identity="fake",
    substrate="test",
    version="1",
    boot="1",
    operations=("wait",),
    blocks={
        "w": BlockInfo(
            kind="crossbar", shape=(3, 4), operations=("read", "multiply", "pulse", "program"), limits=LIMITS
        ),
        "n": BlockInfo(kind="stochastic_neurons", shape=(5,), operations=("sample",), limits=LIMITS),
    },
)


class Moved:
    """A chip that only notes what reached it."""

    def __init__(self):
        self.operations = []

    def describe(self):
        return INFO

    def execute(self, operations):
        self.operations += operations
        return [Done() for _ in operations]

    def make_safe(self):
        pass


any_float = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-2, 2) | st.floats(-1e-6, 1e-6)
any_array = hnp.arrays(
    st.sampled_from([np.float64, np.float32, np.int64, np.bool_, np.complex128, "U3"]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
)
any_values = any_float | any_array
any_where = st.none() | any_array
any_count = st.integers(-5, 10**6) | any_float | st.booleans()
any_lines = st.none() | st.lists(st.integers(-2, 6), max_size=4).map(tuple)
any_operation = st.one_of(
    st.builds(Pulse, st.sampled_from("wnx"), any_values, any_values, any_count, any_where),
    st.builds(Program, st.sampled_from("wn"), any_values, any_float, any_count, any_where, st.none() | any_float),
    st.builds(Multiply, st.sampled_from("wn"), any_values, any_count, st.booleans()),
    st.builds(Read, st.sampled_from("wn"), any_lines, any_lines, st.none() | any_float, any_count),
    st.builds(Sample, st.sampled_from("wn"), any_values, any_count, any_float),
    st.builds(Wait, any_float),
)


def allowed(operation):
    """What may ever reach a chip, stated a second time and as plainly as possible."""
    if isinstance(operation, Pulse):
        volts, widths = np.asarray(operation.volts), np.asarray(operation.width_seconds)
        return bool(
            operation.block == "w"
            and (np.abs(volts) <= 0.8).all()
            and ((widths >= 1e-9) & (widths <= 1e-6)).all()
            and 1 <= operation.count <= LIMITS.max_count
        )
    if isinstance(operation, Program):
        target = np.asarray(operation.target_siemens)
        volts = operation.volts
        return bool((target > 0).all() and np.isfinite(target).all() and (volts is None or 0 <= volts <= 0.8))
    if isinstance(operation, Multiply):
        volts = np.asarray(operation.volts)
        return bool(
            (np.abs(volts) <= 0.2).all() and volts.ndim == 2 and volts.shape[1] == 3 and not operation.transpose
        )
    if isinstance(operation, Read):
        volts = operation.read_volts
        lines = all(0 <= i < 3 for i in operation.rows or ()) and all(0 <= i < 4 for i in operation.cols or ())
        return lines and (volts is None or 0 < abs(volts) <= 0.2)
    if isinstance(operation, Sample):
        bias = np.asarray(operation.bias_volts)
        return bool((np.abs(bias) <= 0.5).all() and bias.shape[-1] == 5 and 1e-9 <= operation.interval_seconds <= 1.0)
    return math.isfinite(operation.seconds) and operation.seconds >= 0


@given(st.lists(any_operation, max_size=4))
def test_nothing_forbidden_reaches_the_chip_and_a_refused_batch_moves_nothing(operations):
    chip, refusal = Moved(), None
    try:
        Guard(chip).execute(operations)
    except RequestError as error:
        refusal = error
    if refusal is None:
        assert all(allowed(each) for each in chip.operations)
        assert chip.operations == operations
    else:
        assert chip.operations == []
        assert 0 <= refusal.operation_index < len(operations)
        assert refusal.asked
        assert refusal.allowed


@given(
    st.floats(-0.8, 0.8),
    st.floats(1e-9, 1e-6),
    st.integers(1, 100),
    st.none()
    | hnp.arrays(np.bool_, (3, 4))
    | st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1).map(np.array),
)
def test_allowed_pulses_pass_unchanged(volts, width, count, where):
    chip = Moved()
    pulse = Pulse("w", volts, width, count, where)
    Guard(chip).execute([pulse])
    assert chip.operations == [pulse]
    assert chip.operations[0] is pulse


@given(st.integers(0, 11), st.sampled_from([math.nan, math.inf, -math.inf]))
def test_one_nan_among_many_is_found(place, bad):
    volts = np.full(12, 0.1)
    volts[place] = bad
    for operation in (Pulse("w", volts.reshape(3, 4), 1e-8), Multiply("w", volts.reshape(4, 3))):
        with pytest.raises(NotFinite):
            Guard(Moved()).execute([operation])


def test_the_limit_itself_is_allowed_and_the_next_number_is_not():
    guard = Guard(Moved())
    guard.execute([Pulse("w", 0.8, 1e-6), Pulse("w", -0.8, 1e-9)])
    for volts, width in ((np.nextafter(0.8, 1), 1e-8), (0.1, np.nextafter(1e-6, 1)), (0.1, np.nextafter(1e-9, 0))):
        with pytest.raises(LimitExceeded):
            guard.execute([Pulse("w", volts, width)])


def test_undeclared_operations_of_the_chip_itself():
    from spinloop.protocols.operations import Reset

    with pytest.raises(Unsupported, match="wait"):
        Guard(Moved()).execute([Reset()])
