"""Supports, masses on them, and pairs of distributions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compensated import EXACT_INTEGER, exact_total, running_balance, slices, two_product, whole_total
from kldiv_cli.core.moments import moments_of
from kldiv_cli.record import NamedTuple, cached_property

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.model import Outcome, SupportKind

_LEFT_ALONE = 8 * np.finfo(np.float64).eps
_SUM_TOLERANCE = 1e-9
MISSING = "(missing)"
"""Name of the outcome that a value is missing."""


class Support(NamedTuple):
    """The outcomes that both distributions are over.

    Parameters
    ----------
    kind : {"nominal", "values", "bins"}
    size : int
        Number of outcomes, k.
    labels : tuple of str, optional
        The outcomes of a nominal support.
    positions : array of shape (k,), optional
        Strictly increasing points that carry the mass; None when the outcomes have no order.
    edges : array of shape (k + 1,), optional
        Limits of bins (lo, hi]; an open end is infinite.
    instants : bool
        Whether positions and edges are seconds since 1970-01-01 UTC.
    has_missing : bool
        Whether the last outcome is that a value is missing; it has neither label, position nor edges.
    """

    kind: SupportKind
    size: int
    labels: tuple[str, ...] | None = None
    positions: Vector | None = None
    edges: Vector | None = None
    instants: bool = False
    has_missing: bool = False

    def outcome(self, index: int) -> Outcome:
        """Outcome number ``index``: a label, a value, or (lo, hi) with None for an open end."""
        if self.has_missing and index == self.size - 1:
            return MISSING
        if self.labels is not None:
            return self.labels[index]
        if self.edges is not None:
            low, high = float(self.edges[index]), float(self.edges[index + 1])
            return (low if math.isfinite(low) else None, high if math.isfinite(high) else None)
        assert self.positions is not None, "a support has labels, edges or positions"
        return float(self.positions[index])


class MassPair:
    """Masses of P and Q on one support: not normalised, true zeros kept.

    ``p`` and ``q`` have shape (k,), are non-negative and finite, and each holds some mass. ``whole`` are their totals
    where it is known that all masses are whole.
    """

    def __init__(self, support: Support, p: Vector, q: Vector, whole: tuple[float, float] | None = None) -> None:
        self.support, self.p, self.q, self.whole = support, p, q, whole
        for name, masses in (("p", p), ("q", q)):
            if masses.shape != (support.size,):
                raise ValueError(f"`{name}` must have shape ({support.size},), not {masses.shape}")
            if whole is None and masses.size and not (masses.min() >= 0 and masses.max() < math.inf):
                raise ValueError(f"`{name}` must be non-negative and finite")


class DistributionPair:
    """Two distributions P and Q on one support, with their exact difference.

    Parameters
    ----------
    support : Support
    p, q : array of shape (k,)
        Probabilities; each sums to 1.
    difference : array of shape (k,)
        p - q, taken before p and q were rounded: the kernels work from it.
    """

    support: Support
    p: Vector
    q: Vector
    difference: Vector

    def __init__(self, support: Support, p: Vector, q: Vector, difference: Vector) -> None:
        for name, values in (("p", p), ("q", q), ("difference", difference)):
            if values.shape != (support.size,):
                raise ValueError(f"`{name}` must have shape ({support.size},), not {values.shape}")
        _require_distribution("p", p)
        _require_distribution("q", q)
        self.support = support
        # Made by the core alone: read-only views are enough, copies of 1e7 values are not.
        self.p, self.q, self.difference = _frozen(p.view()), _frozen(q.view()), _frozen(difference.view())

    def swapped(self) -> DistributionPair:
        """Q and P: the pair for the other direction."""
        return DistributionPair(self.support, self.q, self.p, -self.difference)

    @cached_property
    def cdf_difference(self) -> Vector:
        """F - G at every position, right-continuous, shape (k,); it ends in 0."""
        return _frozen(running_balance(self.difference))

    @cached_property
    def deviation(self) -> float:
        """Standard deviation of P (ddof 0), in the unit of the positions, which there must be.

        Whoever knows it of all observations sets it: positions may be what is left of them. It may be inf or NaN.
        """
        assert self.support.positions is not None, "distances lie between positions"
        return moments_of(self.support.positions, self.p).standard_deviation


class WholePair(DistributionPair):
    """Two distributions from whole counts c of N and d of M, where N M < 2^53.

    Every step c_i M - d_i N of F - G is a whole number below 2^53 and so is their running total: exact as they
    stand. The arrays are made when first asked for: of ten million numbers a side, transport reads F - G alone.
    """

    def __init__(self, support: Support, counts: tuple[Vector, Vector], totals: tuple[float, float]) -> None:
        self.support, self._counts, self._totals = support, counts, totals

    @cached_property
    def p(self) -> Vector:  # type: ignore[override]
        """Probabilities of P, shape (k,)."""
        return _frozen(self._counts[0] / self._totals[0])

    @cached_property
    def q(self) -> Vector:  # type: ignore[override]
        """Probabilities of Q, shape (k,)."""
        return _frozen(self._counts[1] / self._totals[1])

    @cached_property
    def difference(self) -> Vector:  # type: ignore[override]
        """Exact p - q, shape (k,)."""
        n, m = self._totals
        return _frozen(self._steps() / (n * m))

    @cached_property
    def cdf_difference(self) -> Vector:
        """F - G at every position, right-continuous, shape (k,); it ends in 0."""
        n, m = self._totals
        gap = self._steps()
        np.cumsum(gap, out=gap)
        gap /= n * m
        return _frozen(gap)

    def swapped(self) -> DistributionPair:
        """Q and P: the pair for the other direction."""
        return WholePair(self.support, self._counts[::-1], self._totals[::-1])

    def _steps(self) -> Vector:
        (c, d), (n, m) = self._counts, self._totals
        steps = np.empty(c.size)
        for part in slices(c.size):
            np.multiply(c[part], m, out=steps[part])
            steps[part] -= d[part] * n
        return steps


def _frozen(values: Vector) -> Vector:
    values.setflags(write=False)
    return values


def normalised(masses: MassPair) -> DistributionPair:
    """Divide masses by their totals; keep the difference exact.

    The difference of outcome i is ``(c_i M - d_i N) / (N M)`` with the totals N and M as double-doubles and
    the products compensated, so two distributions that nearly agree keep every digit of how they differ
    (NUMERICS: total variation, KS and W1 are of first order in it).

    Raises
    ------
    ValueError
        If a side holds no mass, or a mass so small beside the others that its share underflows to 0.
    """
    if masses.whole is not None and 0.0 < masses.whole[0] * masses.whole[1] <= EXACT_INTEGER:
        return WholePair(masses.support, (masses.p, masses.q), masses.whole)
    c, d = _scaled("p", masses.p), _scaled("q", masses.q)
    whole_n, whole_m = whole_total(c), whole_total(d)
    if whole_n is not None and whole_m is not None and whole_n * whole_m <= EXACT_INTEGER:
        return WholePair(masses.support, (c, d), (whole_n, whole_m))
    (n, n_low), (m, m_low) = exact_total(c), exact_total(d)
    left, left_error = two_product(c, m)
    right, right_error = two_product(d, n)
    numerator = (left - right) + ((left_error + c * m_low) - (right_error + d * n_low))
    return DistributionPair(masses.support, _shares("p", c, n), _shares("q", d, m), numerator / (n * m))


def _scaled(name: str, masses: Vector) -> Vector:
    """Masses times a power of two, so that sums and products of any finite masses stay finite."""
    largest = float(masses.max(initial=0.0))
    if largest == 0.0:
        raise ValueError(f"`{name}` holds no mass")
    if 1e-100 < largest < 1e100:
        return masses
    scaled: Vector = np.ldexp(masses, -math.frexp(largest)[1])
    _require_no_underflow(name, masses, scaled)
    return scaled


def _shares(name: str, masses: Vector, mass: float) -> Vector:
    if abs(mass - 1.0) <= _LEFT_ALONE:
        return masses  # dividing again would cost the digits it is meant to keep
    shares = masses / mass
    _require_no_underflow(name, masses, shares)
    return shares


def _require_no_underflow(name: str, masses: Vector, shares: Vector) -> None:
    if bool(np.any((shares == 0.0) & (masses > 0.0))):
        raise ValueError(f"`{name}` holds a mass whose share of the total is below 5e-324")


def _require_distribution(name: str, pmf: Vector) -> None:
    if not pmf.min() >= 0:
        raise ValueError(f"`{name}` must not hold negative or missing probabilities")
    if not abs(float(pmf.sum()) - 1.0) <= _SUM_TOLERANCE:
        raise ValueError(f"`{name}` must sum to 1, not {float(pmf.sum())!r}")
