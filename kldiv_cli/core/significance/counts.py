"""Counts of outcomes as they fall if nothing has changed.

Where the outcomes are given - labels, values, fixed edges - every assignment of the pooled rows to P and Q is as likely
as any other: the counts of P are multivariate hypergeometric. Where the edges lie between order statistics of P, the
counts of P are what they are, and those of Q are Dirichlet-multinomial, whatever the distribution: between two order
statistics of n observations lies a share that is Beta, and bin i covers as many spacings as it holds observations of P,
the last, open one one more. Permuting would waste the power of a small reference.

References
----------
Fisher (1935), The Design of Experiments, section 21 (permutation);
Wilks (1962), Mathematical Statistics, 8.7.7 (coverages are Dirichlet)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from kldiv_cli.core.arrays import Grid, Vector

LEAST_EXPECTED = 20.0
"""Rows that every outcome must expect on both sides for the chi-square law to be trusted."""
_MOST_PERMUTED = 1e9
"""Pooled rows that numpy can draw from without replacement."""


class CountsLaw(NamedTuple):
    """How the distributions of P and Q on one support fall if nothing has changed."""

    method: str
    n: float
    """n m / (n + m): the one size that divergences of P and Q scale with."""
    pooled: Vector
    """Shares of the outcomes, shape (k,)."""
    least_expected: float
    """Rows that the rarest outcome expects on the smaller side."""
    draw: Callable[[Generator, int], tuple[Grid, Grid, Grid]]
    """So many draws of p, q and p - q, each of shape (draws, k)."""

    @property
    def degrees(self) -> int:
        """Degrees of freedom: outcomes that occur, less one."""
        return int(np.count_nonzero(self.pooled)) - 1

    @property
    def is_about_chi_square(self) -> bool:
        """Whether no outcome is so rare that the chi-square law fails."""
        return self.least_expected >= LEAST_EXPECTED


def permutation(c: Vector, d: Vector) -> CountsLaw:
    """Counts c of P and d of Q, shape (k,), whole numbers, on outcomes that neither side chose."""
    n, m = float(c.sum()), float(d.sum())
    pooled = c + d

    def draw(rng: Generator, number: int) -> tuple[Grid, Grid, Grid]:
        of_p = rng.multivariate_hypergeometric(pooled.astype(np.int64), int(n), size=number, method="marginals")
        return _shares(of_p.astype(np.float64), pooled - of_p, n, m)

    if n + m >= _MOST_PERMUTED:
        return resampling(pooled / (n + m), n, m)
    return CountsLaw("permutation", _harmonic(n, m), pooled / (n + m), _least(pooled / (n + m), min(n, m)), draw)


def resampling(pooled: Vector, n: float, m: float) -> CountsLaw:
    """Both sides drawn from the pooled shares: for weighted or dependent rows, of effective numbers n and m."""
    whole_n, whole_m = max(round(n), 1), max(round(m), 1)

    def draw(rng: Generator, number: int) -> tuple[Grid, Grid, Grid]:
        shares = pooled / pooled.sum()
        of_p, of_q = (rng.multinomial(size, shares, size=number) for size in (whole_n, whole_m))
        return _shares(of_p.astype(np.float64), of_q.astype(np.float64), float(whole_n), float(whole_m))

    return CountsLaw("resampling", _harmonic(n, m), pooled, _least(pooled, min(n, m)), draw)


def reference_bins(c: Vector, p: Vector, n: float, m: float) -> CountsLaw:
    """Bins between order statistics of P, whose counts c of shape (k,) stay; Q has m observations.

    ``p`` are the shares of P. Where n is an effective number, c adds up to more.
    """
    spacings = c * (n / c.sum())
    spacings[-1] += 1.0
    whole_m = max(round(m), 1)

    def draw(rng: Generator, number: int) -> tuple[Grid, Grid, Grid]:
        coverages = rng.standard_gamma(spacings, (number, spacings.size))
        coverages /= coverages.sum(axis=-1, keepdims=True)
        q = rng.multinomial(whole_m, coverages) / whole_m
        held = np.broadcast_to(p, q.shape)
        return held, q, held - q

    return CountsLaw("dirichlet-multinomial", _harmonic(n, m), p, _least(p, min(n, m)), draw)


def known_side(known: Vector, m: float, *, is_p: bool) -> CountsLaw:
    """One side is given as probabilities, shape (k,); the other has m observations."""
    whole_m = max(round(m), 1)

    def draw(rng: Generator, number: int) -> tuple[Grid, Grid, Grid]:
        drawn = rng.multinomial(whole_m, known / known.sum(), size=number) / whole_m
        held = np.broadcast_to(known, drawn.shape)
        return (held, drawn, held - drawn) if is_p else (drawn, held, drawn - held)

    return CountsLaw("multinomial", m, known, _least(known, m), draw)


def _shares(of_p: Grid, of_q: Grid, n: float, m: float) -> tuple[Grid, Grid, Grid]:
    """Distributions from counts; their difference is exact while n m is below 2^53."""
    return of_p / n, of_q / m, (of_p * m - of_q * n) / (n * m)


def _harmonic(n: float, m: float) -> float:
    return n * (m / (n + m))


def _least(shares: Vector, size: float) -> float:
    occurring = shares[shares > 0.0]
    return float(occurring.min()) * size if occurring.size else 0.0
