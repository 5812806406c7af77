"""What an in-plane spin-torque device ends as, field against current: parallel, antiparallel, or oscillating."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from spinloop.emulator.devices.macrospin_drive import Drive
from spinloop.emulator.devices.macrospin_parameters import MacrospinParameters
from spinloop.emulator.devices.macrospins import Macrospins
from spinloop.emulator.law_figures.agreement import Check, Drawn, Floats
from spinloop.emulator.physics.macrospin import spin_transfer_field_per_ampere

from spinloop import figures

MS, HK, DAMPING = 8e5, 1.6e4, 0.02
VOLUME = 0.25 * np.pi * 100e-9 * 50e-9 * 2e-9
EFFICIENCY = 0.4
FIELDS, CURRENTS = 34, 30
LARGEST_FIELD, LARGEST_AMPS = 4.0e4, 1.0e-3
SECONDS, WATCHED_SECONDS, STEP_SECONDS = 40e-9, 4e-9, 5.5e-13
KINDS = {
    "P": ("#7fa8d1", (29, 0.2)),
    "AP": ("#e8b27c", (-29, -0.2)),
    "P or AP": ("#c3cad2", (0, 0.0)),
    "oscillation": ("#cf7f79", (29, -0.8)),
}
"""Colour of each outcome, and where its name stands."""

MARGIN = 0.1
"""Share of the rates within which a state near its edge of stability has not made up its mind in `SECONDS`."""


def stability(sign: float, field: Floats, torque: Floats) -> tuple[Floats, Floats]:
    """Trace and determinant of the linearised equation of motion about +x or -x; the state is stable if < 0 and > 0.

    With k1 = Hk + s H and k2 = k1 + Ms, the stiffness in and out of the plane, and A the damping-like field along x:
    trace -[a (k1 + k2) + 2 s A] and determinant k1 k2 + A^2, per g0 and to first order in a (derived here; the
    currents are those of J. Sun, Phys. Rev. B 62, 570, 2000, for this geometry).
    """
    inside = HK + sign * field
    outside = inside + MS
    return -(DAMPING * (inside + outside) + 2.0 * sign * torque), inside * outside + torque**2


def outcomes(field: Floats, amps: Floats, start: float) -> NDArray[np.bool_]:
    """Whether a macrospin that starts near start * x ends at +x, at -x, or swinging; shape (3, points)."""
    law = MacrospinParameters(
        MS, VOLUME, DAMPING, HK, easy_axis=(1.0, 0.0, 0.0), demagnetising=(0.0, 0.0, 1.0), temperature_kelvins=0.0,
        spin_transfer_efficiency=EFFICIENCY, polariser=(1.0, 0.0, 0.0),
    )  # fmt: skip
    spins = Macrospins(field.size, law, step_seconds=STEP_SECONDS, name="phase diagram")
    spins.set_directions((start, 0.01, 0.005))
    fields = np.stack([field, np.zeros(field.size), np.zeros(field.size)], axis=-1)
    ready = spins.prepare(Drive(field_amps_per_metre=fields, spin_transfer_amps=amps))
    spins.run(SECONDS, ready)
    along = np.asarray(spins.run(WATCHED_SECONDS, ready, keep_every=10))[..., 0]
    return np.stack([along.min(axis=0) > 0.97, along.max(axis=0) < -0.97, np.ptp(along, axis=0) > 0.1])


def draw(seed: int) -> Drawn:
    """Outcomes of a grid of fields and currents, under the lines where each state loses its stability."""
    del seed  # the simulation is at absolute zero
    along = np.linspace(-LARGEST_FIELD, LARGEST_FIELD, FIELDS)
    upward = np.linspace(-LARGEST_AMPS, LARGEST_AMPS, CURRENTS)
    field, amps = (table.ravel() for table in np.meshgrid(along, upward))
    torque = spin_transfer_field_per_ampere(EFFICIENCY, MS, VOLUME) * amps
    from_up, from_down = outcomes(field, amps, 1.0), outcomes(field, amps, -1.0)
    up, down, swings = from_up | from_down
    kinds = up & ~down, down & ~up, up & down, swings & ~up & ~down
    figure = figures.new_figure(6.4, 4.8)
    axes = figures.quiet(figure.subplots())
    for (name, (colour, place)), chosen in zip(KINDS.items(), kinds, strict=True):
        axes.plot(1e-3 * field[chosen], 1e3 * amps[chosen], "o", color=colour, markersize=4)
        _name(axes, name, place)
    _name(axes, "oscillation", (-29, 0.8))
    _edges(axes)
    axes.set(xlabel="field along the easy axis (kA/m)", ylabel="current (mA)", xlim=(-42, 42), ylim=(-1.08, 1.3))
    axes.set_title("In-plane device: lines from stability, points from macrospins")
    axes.legend(loc="upper center", ncols=2)
    return Drawn(figure, (_check(field, torque, from_up, from_down),))


def _name(axes: Axes, name: str, place: tuple[float, float]) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2.0}
    axes.text(*place, name, ha="center", va="center", fontweight="bold", bbox=box)


def _edges(axes: Axes) -> None:
    """Lines where P and AP lose their stability."""
    along, upward = np.linspace(-LARGEST_FIELD, LARGEST_FIELD, 600), np.linspace(-LARGEST_AMPS, LARGEST_AMPS, 600)
    field, amps = np.meshgrid(along, upward)
    torque = spin_transfer_field_per_ampere(EFFICIENCY, MS, VOLUME) * amps
    for sign, name, colour in ((1.0, "edge of P", figures.BLUE), (-1.0, "edge of AP", figures.ORANGE)):
        trace, determinant = stability(sign, field, torque)
        room = np.minimum(-trace / (DAMPING * MS), determinant / (HK * MS))
        axes.contour(1e-3 * field, 1e3 * amps, room, levels=[0.0], colors=colour, linewidths=2)
        axes.plot([], [], color=colour, linewidth=2, label=name)


def _check(field: Floats, torque: Floats, from_up: NDArray[np.bool_], from_down: NDArray[np.bool_]) -> Check:
    """A macrospin must stay in the state it starts in where that is stable, and swing where neither is."""
    clear, stable = np.ones(field.size, dtype=bool), []
    for sign in (1.0, -1.0):
        trace, determinant = stability(sign, field, torque)
        clear &= (np.abs(trace) > MARGIN * DAMPING * MS) & (np.abs(determinant) > MARGIN * HK * MS)
        stable.append((trace < 0.0) & (determinant > 0.0))
    wrong = (from_up[0] != stable[0]) | (from_down[1] != stable[1])
    wrong |= ~stable[0] & ~stable[1] & ~(from_up[2] & from_down[2])
    counted = int(clear.sum())
    return Check("outcomes, wrong points", 100.0 * int(wrong[clear].sum()) / counted, "percent", 0.0, counted)
