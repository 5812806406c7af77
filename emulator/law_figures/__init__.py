"""Figures that draw a law of physics beside the simulation that confirms it: names, sentences, and where each lives.

Nothing heavy is imported here, because the command line lists the names.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spinloop.emulator.law_figures.agreement import Drawn

FIGURES = {
    "tmr": (
        "TMR against angle, bias and series resistance",
        "Conductance follows the cosine of the angle; magnetoresistance falls with bias and behind a resistance.",
    ),
    "switching": (
        "switching probability of pulses, and voltage against width",
        "A pulse switches with the probability of thermal activation; shorter pulses need more voltage.",
    ),
    "dwell": (
        "dwell times against barrier and bias",
        "A superparamagnet dwells as its exact rate says; bias makes one dwell time longer, the other shorter.",
    ),
    "hysteresis": (
        "R(H) loops with thermal rounding, and coercive field",
        "Heat rounds and narrows the hysteresis loop, the more so the slower the sweep.",
    ),
    "phase-diagram": (
        "P, AP and oscillation of an STT device, field against current",
        "Field and current decide between parallel, antiparallel, both, and steady oscillation.",
    ),
    "oscillator": (
        "STNO power, frequency and linewidth against current",
        "Beyond its threshold a spin-torque oscillator gains power, shifts its frequency, narrows its line.",
    ),
    "st-fmr": (
        "ST-FMR line with its fit",
        "A resonance line is a symmetric and an antisymmetric part; their ratio tells the spin Hall angle.",
    ),
    "domain-wall": (
        "wall velocity against field (Walker breakdown) and current",
        "A wall speeds up with field until its angle turns, then slows; current drives it too.",
    ),
    "skyrmion": (
        "skyrmion LTP/LTD curve, and Hall angle",
        "Skyrmions add up pulse by pulse to a conductance curve, and drift at their Hall angle.",
    ),
    "resonance": (
        "stochastic resonance of a telegraph device",
        "A telegraph device follows a weak signal best at a certain amount of noise.",
    ),
}
"""For each figure its subject, in a few words, and what it shows, in one sentence."""


def draw(name: str, seed: int = 1) -> Drawn:
    """Simulate, and draw law and simulation.

    Args:
        name: one of `FIGURES`.
        seed: of all chance in the simulation.

    Raises:
        KeyError: there is no such figure.
    """
    if name not in FIGURES:
        raise KeyError(name)
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    drawn: Drawn = module.draw(seed)
    return drawn
