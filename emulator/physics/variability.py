"""How spreads of parameters become spreads of results: first-order propagation and Monte Carlo (P29)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spinloop.emulator.chance import Chance
from spinloop.emulator.physics.checks import finite, positive, within
from spinloop.protocols.errors import WrongShape

Floats = NDArray[np.float64]
Law = Callable[..., Floats]


def sensitivities(law: Law, nominal: Mapping[str, float]) -> dict[str, float]:
    """Logarithmic derivatives d ln f / d ln x at the nominal point: by what percentage f moves for one percent of x.

    Central differences of relative step 1e-4, whose error is of order 1e-8 for smooth laws.

    Args:
        law: takes the parameters by name, returns a number other than 0.
        nominal: value of each parameter, none 0.
    """
    step = 1e-4
    centre = float(law(**nominal))
    positive("abs(law(nominal))", abs(centre))
    found = {}
    for name, value in nominal.items():
        positive(f"abs({name})", abs(float(finite(name, value))))
        high = float(law(**{**nominal, name: value * (1.0 + step)}))
        low = float(law(**{**nominal, name: value * (1.0 - step)}))
        found[name] = float(finite("law", (high - low) / (2.0 * step * centre)))
    return found


def first_order_spread(law: Law, nominal: Mapping[str, float], spreads: Mapping[str, float]) -> float:
    """Relative standard deviation of the result for small, independent relative spreads, sqrt(sum (S_x s_x)^2).

    Gauss's law of error propagation.

    Args:
        law: takes the parameters by name.
        nominal: value of each parameter.
        spreads: relative standard deviation of some of them; the others do not vary.
    """
    _known(nominal, spreads)
    slopes = sensitivities(law, nominal)
    return float(np.sqrt(sum((slopes[name] * float(within(name, each, 0.0))) ** 2 for name, each in spreads.items())))


@dataclass(frozen=True)
class Sampled:
    """Results of a Monte Carlo run.

    Attributes:
        values: one result per device, shape (devices,).
    """

    values: Floats

    @property
    def mean(self) -> float:
        """Mean over the devices; NaN of none."""
        return float(self.values.mean()) if self.values.size else float("nan")

    @property
    def relative_spread(self) -> float:
        """Standard deviation over the mean; NaN of fewer than two devices."""
        return float(self.values.std(ddof=1) / self.mean) if self.values.size > 1 else float("nan")


def monte_carlo(
    law: Law, nominal: Mapping[str, float], spreads: Mapping[str, float], devices: int, seed: int
) -> Sampled:
    """Results for many devices whose parameters are independent and log-normal about the nominal ones.

    A device has nominal * exp(spread * z), so no draw changes a sign. Device i gets the same parameters whatever the
    number of devices.

    Args:
        law: takes arrays of shape (devices,) by name.
        nominal: value of each parameter.
        spreads: standard deviation of the logarithm of some of them; for small spreads the relative one.
        devices: how many, at least 0.
        seed: root seed.
    """
    _known(nominal, spreads)
    index = np.arange(int(within("devices", devices, 0)))
    drawn = {name: np.full(index.size, float(finite(name, value))) for name, value in nominal.items()}
    for name, spread in spreads.items():
        deviates = Chance(seed, "variability", name).normal(index, 0, 0)
        drawn[name] = drawn[name] * np.exp(float(within(name, spread, 0.0)) * deviates)
    return Sampled(finite("law", np.broadcast_to(law(**drawn), index.shape)))


def _known(nominal: Mapping[str, float], spreads: Mapping[str, float]) -> None:
    strange = set(spreads) - set(nominal)
    if strange:
        raise WrongShape(f"a spread of {', '.join(sorted(strange))}", f"spreads of {', '.join(nominal)}", "name these")
