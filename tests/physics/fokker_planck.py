"""An independent answer for a thermal axial macrospin: its Fokker-Planck equation on a grid of cells in z = m_z.

Brown (Phys. Rev. 130, 1677, 1963) for an axial energy, with a spin torque along the axis, which acts as a tilt field:

    dP/dx = -d/dz { (1 - z^2) [(z + i) P - (1 / 2D) dP/dz] },      x = a tau,  tau = g0 Hk t / (1 + a^2)

P is the density of m_z, D the barrier Delta, a the damping, and i the bias over the critical bias; i > 0 pushes towards
z = +1. Nothing here is shared with the package: cells of equal width, fluxes through their faces, a symmetric
tridiagonal matrix. The scheme keeps the stationary density exp(D z^2 + 2 D i z) exactly and converges as 1/cells^2;
`relaxation_rate` extrapolates.
"""

from __future__ import annotations

from functools import cache, cached_property

import numpy as np
from scipy.linalg import eigh_tridiagonal, solve_banded


@cache
def _quadrature():
    return np.polynomial.legendre.leggauss(400)


def stationary_density(z, barrier_kt, bias=0.0):
    """Boltzmann's density of m_z, normalised over [-1, 1], at any points."""
    nodes, weights = _quadrature()
    peak = max(barrier_kt * (1 + 2 * bias), barrier_kt * (1 - 2 * bias))

    def unnormalised(where):
        return np.exp(barrier_kt * where * (where + 2 * bias) - peak)

    return unnormalised(np.asarray(z, dtype=float)) / np.sum(weights * unnormalised(nodes))


def stationary_mean(function, barrier_kt, bias=0.0):
    """Mean of a function of m_z in equilibrium."""
    nodes, weights = _quadrature()
    return float(np.sum(weights * function(nodes) * stationary_density(nodes, barrier_kt, bias)))


class FokkerPlanck:
    """The equation on a grid, diagonalised: any initial density at any later time.

    Attributes:
        z: centres of the cells.
        rates: eigenvalues per unit of x = a tau, from zero up.
    """

    def __init__(self, barrier_kt, bias=0.0, cells=800):
        self.z, self._diagonal, self._beside, self._root = _matrix(barrier_kt, bias, cells)

    @cached_property
    def _spectrum(self):
        return eigh_tridiagonal(self._diagonal, self._beside)

    @property
    def rates(self):
        return -self._spectrum[0][::-1]

    def evolve(self, probabilities, x):
        """Probability in each cell after a time x = a tau; they sum to what they summed to.

        By the eigenvectors, at once for any x; rounding limits it to D (1 + 2 |i|) < 25 or so, beyond which `march`.
        """
        eigenvalues, modes = self._spectrum
        amplitudes = modes.T @ (np.asarray(probabilities) / self._root)
        return self._root * (modes @ (np.exp(np.minimum(eigenvalues, 0.0) * x) * amplitudes))

    def march(self, probabilities, x, steps=4000):
        """The same for any barrier and bias, in implicit steps of second order (TR-BDF2), for short times x."""
        ratio = self._root[1:] / self._root[:-1]  # undoes the symmetry: from a cell to the next above
        up, down = self._beside * ratio, self._beside / ratio
        gamma, h = 2.0 - np.sqrt(2.0), x / steps
        banded = np.zeros((3, self.z.size))
        banded[0, 1:], banded[1], banded[2, :-1] = down, self._diagonal, up
        implicit = -0.5 * gamma * h * banded
        implicit[1] += 1.0
        now = np.asarray(probabilities, dtype=float)
        for _ in range(steps):
            change = self._diagonal * now
            change[1:] += up * now[:-1]
            change[:-1] += down * now[1:]
            middle = solve_banded((1, 1), implicit, now + 0.5 * gamma * h * change)
            mixed = (middle - (1.0 - gamma) ** 2 * now) / (gamma * (2.0 - gamma))
            now = solve_banded((1, 1), implicit, mixed)
        return now

    def at(self, z):
        """All probability in the cell that holds z: where an ensemble starts that was put at one m_z."""
        probabilities = np.zeros(self.z.size)
        probabilities[min(int((z + 1) / 2 * self.z.size), self.z.size - 1)] = 1.0
        return probabilities

    def stationary(self):
        """Probability in each cell in equilibrium."""
        return self._root**2 / np.sum(self._root**2)


def relaxation_rate(barrier_kt, bias=0.0, cells=800):
    """Slowest decay per unit of x = a tau; times a g0 Hk / (1 + a^2) it is per second. The sum of the rates both ways.

    In a symmetric device each well is left at half of it. Richardson-extrapolated; relative error below 1e-5 for
    D <= 16.
    """
    coarse, fine = (_slowest(barrier_kt, bias, count) for count in (cells, 2 * cells))
    return (4.0 * fine - coarse) / 3.0


def _slowest(barrier_kt, bias, cells):
    _, diagonal, beside, _ = _matrix(barrier_kt, bias, cells)
    values = eigh_tridiagonal(diagonal, beside, eigvals_only=True, select="i", select_range=(cells - 2, cells - 2))
    return -float(values[0])


def _matrix(barrier_kt, bias, cells):
    """Centres, diagonal, off-diagonal, and the square root of the stationary weight that makes the matrix symmetric.

    The flux through a face is -(1 - z^2) / (2D) w d(P/w)/dz with w the stationary weight; logarithms of w are
    subtracted before they are exponentiated, so that no barrier overflows.
    """
    faces = np.linspace(-1.0, 1.0, cells + 1)
    z = 0.5 * (faces[1:] + faces[:-1])
    log_centre, log_face = (barrier_kt * where * (where + 2.0 * bias) for where in (z, faces[1:-1]))
    strength = (1.0 - faces[1:-1] ** 2) / (2.0 * barrier_kt) / (z[1] - z[0]) ** 2
    beside = strength * np.exp(log_face - 0.5 * (log_centre[1:] + log_centre[:-1]))
    diagonal = np.zeros(cells)
    diagonal[:-1] -= strength * np.exp(log_face - log_centre[:-1])
    diagonal[1:] -= strength * np.exp(log_face - log_centre[1:])
    return z, diagonal, beside, np.exp(0.5 * (log_centre - log_centre.max()))
