"""Networks of probabilistic bits: the tanh law of one, and the Boltzmann law of many updated one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spinloop.emulator.chance import Chance, philox4x32
from spinloop.emulator.physics.checks import finite, within
from spinloop.protocols.errors import BadParameter, WrongShape

LARGEST_NETWORK = 32_768
"""So many couplings of 16 bits have a sum of 32."""


def mean_state(drive: ArrayLike) -> NDArray[np.float64]:
    """Mean of a p-bit m = +1 or -1 under an input: <m> = tanh(I).

    Camsari, Faria, Sutton, Datta, Phys. Rev. X 7, 031014 (2017), m = sgn[tanh(I) - r] with r uniform in (-1, 1). A
    telegraph device with n = 1 looked at after a long time is one with I = Delta i.

    Raises:
        NotFinite: the input holds NaN or infinity.
    """
    mean: NDArray[np.float64] = np.tanh(finite("drive", drive))
    return mean


def energies(states: ArrayLike, couplings: ArrayLike, own: ArrayLike) -> NDArray[np.float64]:
    """Energy of network states: E = -sum over pairs of J_ij m_i m_j - sum of h_i m_i.

    Args:
        states: +1 or -1, shape (..., n).
        couplings: J, shape (n, n), symmetric with a zero diagonal.
        own: h, shape (n,).
    """
    m, J, h = (np.asarray(each, dtype=np.float64) for each in (states, couplings, own))
    total: NDArray[np.float64] = -0.5 * np.einsum("...i,...i->...", m @ J, m) - m @ h
    return total


class PBits:
    """n p-bits with all-to-all couplings, in states +1 or -1; each sweep updates them one after the other (Gibbs).

    P-bit i sees I_i = beta (h_i + sum_j J_ij m_j) and turns to +1 with probability (1 + tanh I_i) / 2. Sequential
    updates have exp(-beta E), E of `energies`, as their stationary law (Geman and Geman, IEEE Trans. PAMI 6, 721,
    1984); updating all at once does not. Couplings are rounded to 16 bits of the power of two above the largest (those
    that fit in 8 are kept exactly, in a byte each); `couplings` holds what is in force. Sums of them are then exact. A
    history depends on the seed, the couplings and the number of sweeps only, not on how these are split into calls.

    Attributes:
        couplings: J as rounded, shape (n, n).
        own: h, shape (n,).
        states: the p-bits now, +1 or -1, shape (n,).
        sweeps: how many were made.
        flips: how many single flips these came to.

    Args:
        couplings: J, shape (n, n), symmetric with a zero diagonal.
        own: h, shape (n,); zero without it.
        seed: root seed.
        name: tells this network's chance from that of others with the same seed.

    Raises:
        WrongShape: the couplings are not square, or h does not match.
        BadParameter: they are not symmetric, or a p-bit is coupled to itself: no energy exists then.
        NotFinite: they hold NaN or infinity.

    Example:
        >>> pair = PBits([[0.0, 0.5], [0.5, 0.0]], seed=1)
        >>> kept = pair.sample(4000)
        >>> abs(float((kept[:, 0] * kept[:, 1]).mean()) - float(mean_state(0.5))) < 0.1
        True
    """

    def __init__(
        self, couplings: ArrayLike, own: ArrayLike | None = None, *, seed: int = 0, name: str = "pbits"
    ) -> None:
        J = within("couplings", couplings, -1e6, 1e6)
        if J.ndim != 2 or J.shape[0] != J.shape[1]:
            raise WrongShape(f"couplings {J.shape}", "(n, n)", "give one row and one column for each p-bit")
        h = np.zeros(len(J)) if own is None else within("own", own, -1e6, 1e6)
        if h.shape != (len(J),):
            raise WrongShape(f"own {h.shape}", f"({len(J)},)", "give one for each p-bit")
        if len(J) > LARGEST_NETWORK:
            raise BadParameter(f"{len(J)} p-bits", f"at most {LARGEST_NETWORK}", "split the network")
        if np.any(J != J.T) or np.any(np.diag(J) != 0.0):
            raise BadParameter("couplings", "symmetric, with a zero diagonal", "average J with its transpose")
        self._levels, self._unit = _whole_numbers(J)
        self.couplings = self._levels * float(self._unit)
        self.own = np.ascontiguousarray(h, dtype=np.float32)
        self.size = len(J)
        self._key = Chance(seed, name, "pbits").key
        self.reset()

    def reset(self) -> None:
        """All p-bits to -1, and their streams of chance to the beginning."""
        index = np.arange(self.size, dtype=np.uint64)
        nothing = np.zeros_like(index)
        self._generators = np.stack(philox4x32(index, nothing, nothing, nothing, self._key)).astype(np.uint32)
        self.states = np.full(self.size, -1, dtype=np.int8)
        self._fields = self._levels.sum(axis=1, dtype=np.int32) * np.int32(-1)
        self._half = np.zeros(self.size, dtype=np.float32)
        self.sweeps = 0
        self.flips = 0

    def sample(self, sweeps: int, beta: float = 1.0) -> NDArray[np.int8]:
        """Sweep at one inverse temperature and keep the states after each sweep, shape (sweeps, n).

        Args:
            sweeps: >= 0.
            beta: inverse temperature, >= 0.

        Raises:
            BadParameter: one of them is out of range.
        """
        count = int(within("sweeps", sweeps, 0.0))
        history = np.empty((count, self.size), dtype=np.int8)
        self._run(np.full(count, float(within("beta", beta, 0.0))), history)
        return history

    def sweep(self, sweeps: int = 1, beta: float = 1.0) -> None:
        """Sweep without keeping anything but the last states; arguments as in `sample`."""
        count = int(within("sweeps", sweeps, 0.0))
        self._run(np.full(count, float(within("beta", beta, 0.0))), np.empty((0, self.size), dtype=np.int8))

    def anneal(self, betas: ArrayLike) -> tuple[NDArray[np.int8], float]:
        """Simulated annealing: one sweep at each inverse temperature, usually rising.

        Kirkpatrick, Gelatt, Vecchi, Science 220, 671 (1983).

        Args:
            betas: shape (sweeps,), each >= 0, for example np.geomspace(0.1, 10, 1000).

        Returns:
            The states after the last sweep, and their energy.

        Raises:
            BadParameter: a beta is negative.
        """
        schedule = np.ravel(within("betas", betas, 0.0))
        self._run(schedule, np.empty((0, self.size), dtype=np.int8))
        return self.states.copy(), float(energies(self.states, self.couplings, self.own))

    def _run(self, betas: NDArray[np.float64], history: NDArray[np.int8]) -> None:
        from spinloop.emulator.physics import _kernels_pbits as kernels

        fixed = self._levels, self._unit, self.own, self._generators
        moving = self.states, self._half, self._fields
        self.flips += kernels.sweep(*fixed, *moving, betas.astype(np.float32), history)
        self.sweeps += betas.size


def _whole_numbers(J: NDArray[np.float64]) -> tuple[NDArray[Any], np.float32]:
    """Couplings as whole numbers of a unit, in bytes where that loses nothing, else in 16 bits."""
    largest = float(np.abs(J).max(initial=0.0))
    power = float(np.ldexp(1.0, np.frexp(largest)[1])) if largest > 0.0 else 1.0
    for bits, kind in ((7, np.int8), (15, np.int16)):
        unit = power / 2.0**bits
        if np.rint(largest / unit) == 2.0**bits:  # the largest would round up out of the range
            unit *= 2.0
        levels = np.rint(J / unit)
        if kind is np.int16 or np.array_equal(levels * unit, J):
            break
    return np.ascontiguousarray(levels, dtype=kind), np.float32(unit)


def graph_colours(couplings: ArrayLike) -> NDArray[np.int64]:
    """A colour for each p-bit such that no two coupled ones share it: those of one colour may be updated together.

    Greedy colouring, most coupled first (Welsh and Powell, Comput. J. 10, 85, 1967); at most one colour more than the
    largest number of neighbours.

    Args:
        couplings: J, shape (n, n), symmetric; zero is no coupling.

    Returns:
        Shape (n,), from 0.

    Example:
        >>> graph_colours([[0, 1, 0], [1, 0, 1], [0, 1, 0]]).tolist()
        [1, 0, 1]
    """
    coupled = finite("couplings", couplings) != 0.0
    colours = np.full(len(coupled), -1, dtype=np.int64)
    for p_bit in np.argsort(-coupled.sum(axis=1), kind="stable"):
        taken = set(colours[coupled[p_bit]].tolist())
        colours[p_bit] = next(colour for colour in range(len(coupled)) if colour not in taken)
    return colours
