"""Adds up what operations cost: time, energy, pulses, flags."""

from __future__ import annotations

from typing import TypeVar

from spinloop.protocols.results import ENERGY_KINDS, Done, EnergyKind, Programmed, Result

AnyAnswer = TypeVar("AnyAnswer", bound=Result)


class Tally:
    """Running sums over results; the energy is only as good as its worst part.

    Attributes:
        pulses: write pulses fired.
        chip_seconds: time that passed for the chip.
        energy_joules: energy spent.
        energy_kind: the worst kind that was added: measured, then modelled, then unknown.
        saturated: whether any result was.
        limited: whether any result was.

    Example:
        >>> tally = Tally()
        >>> _ = tally.add(Done(pulses=3, energy_joules=1e-12, energy_kind="modelled"))
        >>> tally.pulses, tally.energy_kind
        (3, 'modelled')
    """

    def __init__(self) -> None:
        self.pulses = 0
        self.chip_seconds = 0.0
        self.energy_joules = 0.0
        self.energy_kind: EnergyKind = "measured"
        self.saturated = False
        self.limited = False

    def add(self, answer: AnyAnswer) -> AnyAnswer:
        """Add one result and hand it back."""
        if isinstance(answer, (Done, Programmed)):
            self.pulses += answer.pulses
        self.chip_seconds += answer.chip_seconds
        self.energy_joules += answer.energy_joules
        self.energy_kind = max(self.energy_kind, answer.energy_kind, key=ENERGY_KINDS.index)
        self.saturated |= answer.saturated
        self.limited |= answer.limited
        return answer
