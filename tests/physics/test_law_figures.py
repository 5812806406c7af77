"""Every figure of a law is drawn, and its simulation agrees with the law within what chance allows.

The bounds are those that the figures state: in standard errors, with a false-alarm rate of 1e-6 for each check, or the
tolerance of the law in percent. Every simulation has the seed that is printed.
"""

import dataclasses
import json

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import norm
from spinloop.emulator.commands import physics
from spinloop.emulator.law_figures import FIGURES, agreement, draw

from spinloop import figures

SEED = 1
LARGEST_FILE_BYTES = 120_000
TOLERANCES_PERCENT = {
    "magnetoresistance against bias": 1e-6,
    "outcomes, wrong points": 0.0,
    "line against fit": 1.0,
    "spin Hall angle from fit": 1.0,
    "field of resonance": 0.1,
    "half width": 1.0,
    "velocity against field": 0.1,
    "velocity against current": 0.1,
    "Hall angle": 1.0,
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_simulation_agrees_with_the_law_and_both_are_drawn(name, tmp_path):
    print(f"seed {SEED}")
    drawn = draw(name, SEED)
    assert drawn.checks
    for check in drawn.checks:
        print(dataclasses.astuple(check))
        assert check.points > 0
        if check.unit == "sigma":
            assert check.allowed == pytest.approx(norm.isf(0.5e-6 / check.points), rel=1e-9)
        else:
            assert check.allowed == TOLERANCES_PERCENT[check.what]
        assert 0.0 <= check.worst <= check.allowed, check
    for axes in drawn.figure.axes:
        assert axes.get_xlabel(), "an axis without a label"
        assert axes.get_ylabel(), "an axis without a label"
        assert axes.get_title(loc="left"), "a panel without a title"
    path = figures.save(drawn.figure, tmp_path / f"{name}.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert 10_000 < path.stat().st_size < LARGEST_FILE_BYTES


def test_the_command_prints_one_object(tmp_path):
    folder = tmp_path / "new" / "folder"
    done = CliRunner().invoke(physics, ["tmr", "--out", str(folder), "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert report["name"] == "tmr"
    assert report["figure"] == str(folder / "tmr.png")
    assert (folder / "tmr.png").exists()
    assert report["agrees"] is True
    angle = report["agreement"]["conductance against angle"]
    assert 0.0 <= angle["worst_sigma"] <= angle["allowed_sigma"]


def test_the_command_prints_a_line(tmp_path):
    done = CliRunner().invoke(physics, ["switching", "--out", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0
    (line,) = done.stdout.splitlines()
    assert line.startswith(str(tmp_path / "switching.png"))
    assert "sigma" in line


def test_a_simulation_that_disagrees_ends_in_failure(tmp_path, monkeypatch):
    """The law is given a barrier that the simulated devices do not have."""
    from spinloop.emulator.law_figures import switching

    monkeypatch.setattr(switching, "BARRIER_KT", 41.0)
    done = CliRunner().invoke(physics, ["switching", "--out", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 1
    assert "DISAGREES" in done.stdout


def test_all_is_one_object_too(tmp_path, monkeypatch):
    from spinloop.emulator import commands

    monkeypatch.setattr(commands, "FIGURES", {name: FIGURES[name] for name in ("tmr", "switching")})
    done = CliRunner().invoke(physics, ["all", "--out", str(tmp_path), "--json"], catch_exceptions=False)
    report = json.loads(done.stdout)
    assert [each["name"] for each in report["figures"]] == ["tmr", "switching"]
    assert report["agrees"] is True


def test_an_unknown_name_is_an_error_that_lists_the_names():
    done = CliRunner().invoke(physics, ["no-such-law"])
    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
    assert all(name in done.stderr for name in (*FIGURES, "all"))


def test_help_lists_every_name():
    text = CliRunner().invoke(physics, ["--help"]).stdout
    assert all(f"\n    {name} " in text for name in FIGURES)


def test_another_seed_is_another_simulation():
    worst = [draw("switching", seed).checks[0].worst for seed in (1, 1, 2)]
    assert worst[0] == worst[1] != worst[2]


def test_no_figure_of_an_unknown_name():
    with pytest.raises(KeyError):
        draw("no-such-law")


def test_deviations_of_binomial_counts_have_the_tails_of_normal_ones():
    """Exact, not sampled: the chance of a deviation beyond z is at most that of a normal number, for any p."""
    from scipy.stats import binom

    shots, counts = 200, np.arange(201)
    for chance in (1e-3, 0.1, 0.5, 0.99):
        deviations = agreement.binomial_deviations(counts, shots, chance)
        for beyond in (2.0, 4.0, 5.0):
            tail = binom.pmf(counts, shots, chance)[deviations > beyond].sum()
            assert tail <= 2.0 * norm.sf(beyond) * (1.0 + 1e-9)


def test_not_a_number_does_not_agree():
    assert not agreement.in_percent("nothing", [np.nan, 0.0], 1.0).agrees
    assert not agreement.in_sigmas("nothing", [0.0, np.nan]).agrees
