"""ST-FMR: the line of a simulated film, its fit, and the spin Hall angle and damping found by it (P13-P15)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from scipy.constants import mu_0
from spinloop.emulator.devices.macrospin_drive import Drive
from spinloop.emulator.devices.macrospin_parameters import MacrospinParameters
from spinloop.emulator.devices.macrospins import Macrospins
from spinloop.emulator.law_figures.agreement import Drawn, Floats, in_percent
from spinloop.emulator.physics.diode import half_width_teslas, resonance_field_teslas
from spinloop.emulator.physics.st_fmr import LineFit, fit_line, line_volts, spin_hall_angle

from spinloop import figures

SATURATION_TESLAS, DAMPING, SPIN_HALL = 1.0, 0.01, 0.15
MAGNET_METRES, METAL_METRES = 4e-9, 6e-9
FREQUENCIES, SHOWN = (3e9, 4.5e9, 6e9, 7.5e9, 9e9), 2
DENSITY = 2e9
"""Amplitude of the current density, A/m^2; so small that the precession stays linear to 1e-4."""

CURRENT_AMPS, SWING_OHMS = 1e-3, 1.0
"""Amplitude of the current, and change of the resistance from m along x to m across it."""

ANGLE = np.pi / 4
POINTS, HALF_WIDTHS = 61, 9.0
STEP_SECONDS, SETTLE_SECONDS = 4.2e-13, 20e-9
"""Damping rate times the latter is 19, so that nothing of the start is left."""


def rectified_volts(field_teslas: Floats, hertz: float) -> Floats:
    """Mean of current times resistance of a film at each field, from the equation of motion.

    The current flows along x, in the heavy metal under the magnet; its spins point along y, and its Oersted field too,
    J d / 2 strong. The field lies at 45 degrees to it, and the resistance follows m_x^2.
    """
    saturation = SATURATION_TESLAS / mu_0
    film = MacrospinParameters(
        saturation, 1e-21, DAMPING, 0.0, demagnetising=(0.0, 0.0, 1.0), temperature_kelvins=0.0,
        thickness_metres=MAGNET_METRES, spin_hall=SPIN_HALL,
    )  # fmt: skip
    steps = int(np.ceil(1.0 / (hertz * STEP_SECONDS)))
    spins = Macrospins(field_teslas.size, film, step_seconds=1.0 / (hertz * steps), precision="float64", name="ST-FMR")
    direction = np.array([np.cos(ANGLE), np.sin(ANGLE), 0.0])
    spins.set_directions(direction)
    turn = 2.0 * np.pi * (np.arange(steps) + 0.5) / steps
    density = DENSITY * np.cos(turn)[:, None]
    field = field_teslas[None, :, None] / mu_0 * direction + np.zeros((steps, 1, 1))
    field[..., 1] += 0.5 * METAL_METRES * density
    ready = spins.prepare(Drive(field_amps_per_metre=field, spin_orbit_amps_per_square_metre=density))
    for _ in range(int(SETTLE_SECONDS * hertz)):
        spins.step(steps, ready)
    along = np.asarray(spins.step(steps, ready, keep_every=1))[..., 0]
    current = CURRENT_AMPS * np.cos(2.0 * np.pi * np.arange(1, steps + 1) / steps)
    return np.asarray((current[:, None] * SWING_OHMS * along**2).mean(axis=0))


def fitted(hertz: float) -> tuple[Floats, Floats, LineFit]:
    """Fields about the resonance, simulated voltages, and their fit."""
    centre = float(resonance_field_teslas(hertz, SATURATION_TESLAS))
    field = centre + float(half_width_teslas(hertz, DAMPING)) * np.linspace(-HALF_WIDTHS, HALF_WIDTHS, POINTS)
    volts = rectified_volts(field, hertz)
    return field, volts, fit_line(field, volts)


def hall_angle(fit: LineFit) -> float:
    """Spin Hall angle from the two parts of a line."""
    ratio = SATURATION_TESLAS / fit.centre
    both = fit.symmetric_volts, fit.antisymmetric_volts
    return float(spin_hall_angle(*both, SATURATION_TESLAS, MAGNET_METRES, METAL_METRES, ratio))


def draw(seed: int) -> Drawn:
    """A simulated line with its fit and the two parts of it; widths of the lines against frequency."""
    del seed  # the simulation is at absolute zero
    figure = figures.new_figure(8.4, 3.6)
    left, right = (figures.quiet(axes) for axes in figure.subplots(1, 2, width_ratios=(1.4, 1)))
    lines = [fitted(hertz) for hertz in FREQUENCIES]
    _line(left, *lines[SHOWN], FREQUENCIES[SHOWN])
    fits = [fit for _, _, fit in lines]
    widths, centres = np.array([(fit.half_width, fit.centre) for fit in fits]).T
    law = half_width_teslas(FREQUENCIES, DAMPING)
    fine = np.linspace(0.0, 1.05 * FREQUENCIES[-1], 50)
    right.plot(
        1e-9 * fine, 1e3 * half_width_teslas(fine, DAMPING), color=figures.ORANGE, linewidth=2,
        label=f"law, damping {DAMPING:g}",
    )  # fmt: skip
    right.plot(1e-9 * np.array(FREQUENCIES), 1e3 * widths, "o", color=figures.BLUE, markersize=5, label="fitted")
    right.set(xlabel="frequency (GHz)", ylabel="half width of the line (mT)", title="Width tells the damping")
    right.set(xlim=(0, None), ylim=(0, None))
    right.legend(loc="upper left")
    return Drawn(
        figure,
        (
            in_percent("line against fit", [fit.residual_volts / np.ptp(volts) for _, volts, fit in lines], 1.0),
            in_percent("spin Hall angle from fit", np.array([hall_angle(fit) for fit in fits]) / SPIN_HALL - 1.0, 1.0),
            in_percent("field of resonance", centres / resonance_field_teslas(FREQUENCIES, SATURATION_TESLAS) - 1, 0.1),
            in_percent("half width", widths / law - 1.0, 1.0),
        ),
    )


def _line(axes: Axes, field: Floats, volts: Floats, fit: LineFit, hertz: float) -> None:
    fine = np.linspace(field[0], field[-1], 400)
    parts = {
        "symmetric part": (fit.symmetric_volts, 0.0, figures.RED, "--"),
        "antisymmetric part": (0.0, fit.antisymmetric_volts, figures.GREY, "--"),
        "fit": (fit.symmetric_volts, fit.antisymmetric_volts, figures.ORANGE, "-"),
    }
    for name, (symmetric, antisymmetric, colour, style) in parts.items():
        curve = fit.offset_volts + line_volts(fine, symmetric, antisymmetric, fit.centre, fit.half_width)
        axes.plot(
            1e3 * fine, 1e6 * curve, color=colour, linestyle=style, linewidth=2 if name == "fit" else 1, label=name
        )
    axes.plot(1e3 * field, 1e6 * volts, "o", color=figures.BLUE, markersize=3.5, label="macrospins")
    axes.set(xlabel="field (mT)", ylabel="rectified voltage (µV)", ylim=(-1.5, 1.0))
    axes.set_title(f"{1e-9 * hertz:g} GHz; spin Hall angle {SPIN_HALL:g} put in, {hall_angle(fit):.4f} fitted")
    axes.legend(loc="upper left", handlelength=1.6)
