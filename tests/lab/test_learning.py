"""Laws of the learning loop: pairs hold what they say, gradients are gradients, writes touch only what changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spinloop.emulator.chips import build_chip
from spinloop.lab.datasets import LETTERS, TASKS, load_task
from spinloop.lab.learning.backward import Adam, cross_entropy
from spinloop.lab.learning.layer import CrossbarLayer
from spinloop.lab.learning.pairs import PairLayout
from spinloop.lab.learning.trainer import Recipe, Trainer
from spinloop.protocols.chip import Chip
from spinloop.protocols.errors import MissingTool, WrongShape
from spinloop.protocols.wrappers.guard import Guard

layouts = st.builds(
    lambda inputs, outputs, pairs, spare: PairLayout(
        inputs + spare, 2 * outputs * pairs + spare, inputs, outputs, pairs
    ),
    st.integers(1, 6),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(0, 2),
)


@given(layouts, st.integers(0, 2**31))
def test_ideal_cells_give_back_the_levels(layout, seed):
    """A noiseless crossbar with these cells multiplies by the levels, whatever the two conductances are."""
    rng = np.random.default_rng(seed)
    levels = rng.integers(-layout.pairs, layout.pairs + 1, (layout.inputs, layout.outputs))
    cells = layout.cells(levels)
    low, high = 3.0, 7.0
    inputs = rng.random((3, layout.inputs))
    amps = layout.word_volts(inputs, 0.5) @ np.where(cells, high, low)
    assert np.allclose(layout.difference(amps), 0.5 * (high - low) * inputs @ levels)
    assert not cells[~layout.used()].any()


@given(layouts, st.integers(0, 2**31))
def test_neighbouring_levels_differ_in_one_cell(layout, seed):
    levels = np.random.default_rng(seed).integers(-layout.pairs, layout.pairs, (layout.inputs, layout.outputs))
    assert (layout.cells(levels) != layout.cells(levels + 1)).sum() == levels.size


@given(layouts, st.integers(0, 2**31), st.floats(0, 0.4))
def test_levels_are_near_the_weights_and_held_within_the_hysteresis(layout, seed, hysteresis):
    rng = np.random.default_rng(seed)
    weights = rng.uniform(-1, 1, (layout.inputs, layout.outputs))
    held = rng.integers(-layout.pairs, layout.pairs + 1, weights.shape)
    levels = layout.levels(weights, held, hysteresis)
    assert (np.abs(layout.pairs * weights - levels) <= 0.5 + hysteresis + 1e-12).all()
    assert (layout.levels(weights, levels, hysteresis) == levels).all()
    assert (np.abs(levels) <= layout.pairs).all()


def test_a_layer_that_does_not_fit_says_what_fits():
    with pytest.raises(WrongShape, match="at most 16 inputs and 8 outputs"):
        PairLayout.fit((16, 16), 64, 10)


@given(st.integers(0, 2**31), st.integers(1, 5), st.integers(2, 6))
def test_cross_entropy_has_the_gradient_of_its_loss(seed, batch, classes):
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(size=(batch, classes)), rng.integers(0, classes, batch)
    _, gradient, _ = cross_entropy(logits, labels)
    for index in np.ndindex(*logits.shape):
        nudge = np.zeros_like(logits)
        nudge[index] = 1e-6
        slope = (cross_entropy(logits + nudge, labels)[0] - cross_entropy(logits - nudge, labels)[0]) / 2e-6
        assert slope == pytest.approx(gradient[index], abs=1e-7)


def test_adam_moves_against_the_gradient_and_stays_in_range():
    adam = Adam((3,), rate=0.1, steps=10)
    weights = np.array([0.0, 0.99, -0.5])
    moved = adam.step(weights, np.array([1.0, -1.0, 0.0]))
    assert moved[0] < 0.0
    assert moved[1] == 1.0
    assert moved[2] == -0.5


def test_the_letters_are_the_published_four():
    data = load_task("letters", 0)
    drawn = ["".join("#."[int(pixel == 0)] for pixel in image) for image in data.train_inputs]
    assert drawn == ["###.#.###", "#.#.#..#.", "#.#####.#", "#..#..###"]
    assert data.classes == tuple(LETTERS)


def test_the_digits_test_set_is_never_trained_on():
    data = load_task("digits", 3)
    share = len(data.test_labels) / (len(data.test_labels) + len(data.train_labels))
    assert share == pytest.approx(0.3, abs=0.001)
    trained = {image.tobytes() for image in data.train_inputs}
    assert not any(image.tobytes() in trained for image in data.test_inputs)
    assert 0.0 <= data.train_inputs.min() <= data.train_inputs.max() <= 1.0


def test_missing_mnist_says_how_to_get_it(monkeypatch):
    monkeypatch.delenv("SPINLOOP_DATA", raising=False)
    with pytest.raises(MissingTool, match="SPINLOOP_DATA"):
        load_task("mnist", 0)


class Spy:
    """A substrate that remembers what passed."""

    def __init__(self, inner):
        self.inner = inner
        self.seen = []

    def describe(self):
        return self.inner.describe()

    def execute(self, operations):
        self.seen += operations
        return self.inner.execute(operations)

    def make_safe(self):
        self.inner.make_safe()


def test_a_write_touches_only_cells_whose_target_changed():
    spy = Spy(Guard(build_chip("tile16", {"seed": "1"})))
    layer = CrossbarLayer(Chip(spy), None, 4, 2, max_pulses=10, hysteresis=0.0)
    weights = np.zeros((4, 2))
    layer.write(weights)
    spy.seen.clear()
    assert layer.write(weights) == 0
    assert spy.seen == []
    weights[2, 1] = 1.0 / layer.layout.pairs
    assert layer.write(weights) == 1
    (program,) = spy.seen
    assert program.where.sum() == 1


def train_letters(chip_seed, seed):
    data = load_task("letters", seed)
    layer = CrossbarLayer(Chip(Guard(build_chip("tile16", {"seed": str(chip_seed)}))), None, 9, 4, 10, 0.1)
    trainer = Trainer(layer, data, Recipe(epochs=40, batch=4, rate=0.1, sharpness=1.0, seed=seed))
    return trainer, list(trainer.run())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_letters_are_learned(seed):
    _, epochs = train_letters(seed, seed)
    assert epochs[0].test_accuracy < 1.0 or epochs[0].pulses > 0
    assert epochs[-1].test_accuracy == 1.0
    assert [each.pulses for each in epochs] == sorted(each.pulses for each in epochs)


def test_the_same_seeds_train_bit_for_bit_alike():
    (one, first), (two, second) = train_letters(5, 6), train_letters(5, 6)
    assert (one.weights == two.weights).all()
    for a, b in zip(first, second, strict=True):
        assert (a.loss, a.test_accuracy, a.pulses, a.energy_joules) == (
            b.loss,
            b.test_accuracy,
            b.pulses,
            b.energy_joules,
        )


def test_every_task_is_a_choice_of_the_command():
    from spinloop.lab.commands import train

    (argument,) = [each for each in train.params if each.name == "task"]
    assert sorted(argument.type.choices) == sorted(TASKS)
