"""Gaps between two cdfs as they open if nothing has changed.

Where the smaller side has few rows, its ranks among all are drawn: the exact law of a permutation, ties included.
Beyond, F - G is a Brownian bridge at the pooled cdf, times the root of 1/n + 1/m (Donsker). Curves are read at all
pooled values, or where there are many at about 128 levels that lie closer in the tails, down to the last row: heavy
tails hold most of what Wasserstein distances see of noise. Where the few outermost rows hold much of it, which no
bridge describes, the rows of the tails are dealt to the two sides one by one.

References
----------
Donsker (1952), https://doi.org/10.1214/aoms/1177729445; del Barrio, Gine & Matran (1999),
https://doi.org/10.1214/aop/1022677394 (the law of W1)
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.measures.row import Gaps
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from numpy.random import Generator

    from kldiv_cli.core.arrays import Grid, Indices, Vector
    from kldiv_cli.core.distribution import MassPair

MOST_RANKS = 500
"""Rows of the smaller side up to which ranks are drawn."""
MOST_WHOLE = 256
"""Pooled values up to which every one is a level."""
_LEVELS = 128
_MOST_HALVINGS = 23.0
_ROOTS = np.array([1.0, 0.7937005259840998, 0.6299605249474366])
"""Powers 0, 1/3, 2/3 of a half: the share beyond a level halves every three levels.

Not computed here: powers differ in the last digit from processor to processor, a level more or less would be another
draw.
"""
_MOST_LEVELS = 288
_CLOSE = 64
"""Values between two levels up to which each is looked at."""
_FEW_ROWS = 12.0
"""Rows of the smaller side beyond a level up to which their number is not about normal."""
_HANDFUL, _HEAVY = 5.0, 0.15
"""Tails are heavy where so much of the noise of W1 lies beyond the outermost rows, so many on the smaller side."""


class Pool(NamedTuple):
    """The values of both sides together, at the levels where curves are read."""

    cumulated: Vector
    """Mass up to each level, shape (levels,); it ends in the total."""
    gaps_at: Vector
    """Width of an integral over the positions that stands at each level, shape (levels,)."""
    is_whole: bool
    """Whether every pooled value is a level."""
    all_cumulated: Vector
    """Mass up to each pooled value, shape (k,)."""

    @property
    def mass(self) -> float:
        """Observations of both sides."""
        return float(self.cumulated[-1])


def pool_of(masses: MassPair, scale: tuple[float, float] = (1.0, 1.0)) -> Pool:
    """Pool two sides at their merged values; ``scale`` are the weights that a mass of P, and of Q, has."""
    assert masses.support.positions is not None, "curves need positions"
    x = masses.support.positions
    plain = scale == (1.0, 1.0)
    cumulated = np.cumsum(masses.p + masses.q if plain else masses.p * scale[0] + masses.q * scale[1])
    if x.size <= MOST_WHOLE:
        return Pool(cumulated, np.append(np.diff(x), 0.0), is_whole=True, all_cumulated=cumulated)
    at = _levels(cumulated)
    return Pool(cumulated[at], _widths(x, cumulated, at), is_whole=False, all_cumulated=cumulated)


def _widths(x: Vector, cumulated: Vector, at: Indices) -> Vector:
    """Weights of an integral of a gap that is known at some of the values.

    Between two levels the gap runs from one to the other in step with the mass: seen value by value where levels are
    close, as in the tails, where one step may be most of the integral; by trapezoids where many values lie between.
    """
    before = 0.5 * np.diff(x[at])
    after = before.copy()
    is_close = np.diff(at) <= _CLOSE
    first, last = int(np.argmin(is_close)), is_close.size - int(np.argmin(is_close[::-1]))
    for start, end in [(0, is_close.size)] if is_close.all() else [(0, first), (last, is_close.size)]:
        if start == end:
            continue
        levels, numbers = at[start : end + 1], np.diff(at[start : end + 1])
        values = slice(levels[0], levels[-1])
        steps = np.diff(x[levels[0] : levels[-1] + 1])
        passed = cumulated[values] - np.repeat(cumulated[levels[:-1]], numbers)
        passed /= np.repeat(np.diff(cumulated[levels]), numbers)
        after[start:end] = np.add.reduceat(steps * passed, levels[:-1] - levels[0])
        before[start:end] = np.add.reduceat(steps * (1.0 - passed), levels[:-1] - levels[0])
    widths = np.append(before, 0.0)
    widths[1:] += after
    return widths


def drawn_ranks(pool: Pool, size: int, rng: Generator, number: int) -> Grid:
    """Ranks of ``size`` rows drawn without replacement from all, shape (number, size)."""
    whole = round(pool.mass)
    return np.stack([rng.choice(whole, size, replace=False, shuffle=False) for _ in range(number)]).astype(np.float64)


def gaps_of_ranks(pool: Pool, ranks: Grid) -> Gaps:
    """F - G at the levels when the rows of these ranks are one side and all others the other."""
    number, size = ranks.shape
    levels = pool.cumulated.size
    cells = np.searchsorted(pool.cumulated, ranks, side="right") + levels * np.arange(number)[:, None]
    counts = np.bincount(cells.ravel(), minlength=number * levels).reshape(number, levels)
    curve = np.cumsum(counts, axis=1) / size
    gap = (curve - pool.cumulated / pool.mass) * (pool.mass / (pool.mass - size))
    rest = (np.diff(pool.cumulated, prepend=0.0) - counts) / (pool.mass - size)
    return Gaps(gap, pool.gaps_at, 0.5 * (counts / size + rest))


def has_heavy_tails(pool: Pool, smaller: float) -> bool:
    """Whether much of the noise of W1 lies where the smaller side has a handful of rows beyond."""
    shares = pool.cumulated / pool.mass
    noise = np.sqrt(np.maximum(shares * (1.0 - shares), 0.0)) * pool.gaps_at
    beyond = np.minimum(shares, 1.0 - shares) * smaller < _HANDFUL
    return float(noise[beyond].sum()) > _HEAVY * float(noise.sum())


def gaps_of_tails(pool: Pool, sizes: tuple[float, float], rng: Generator, normals: Grid, *, permuted: bool) -> Gaps:
    """Brownian bridges between the tails, and in the tails rows that fall to the two sides one by one.

    Permuted: the rows of both sides, whole numbers, are dealt anew. Else both sides are drawn from the pooled shares.
    """
    n, m = sizes
    shares = pool.cumulated / pool.mass
    few = np.minimum(shares, 1.0 - shares) * min(n, m) < _FEW_ROWS
    first, last = int(np.argmin(few)), shares.size - 1 - int(np.argmin(few[::-1]))
    steps = np.diff(shares, prepend=0.0)
    starts = np.concatenate([np.arange(first + 1), np.arange(last + 1, shares.size)])
    ends = np.append(starts[1:], shares.size) - 1  # the levels between the tails are one cell
    gap = np.empty((normals.shape[0], shares.size))
    gap[:, ends] = _dealt(np.add.reduceat(steps, starts), pool.mass, sizes, rng, len(normals), permuted=permuted)
    left = gap[:, first - 1, None] if first else 0.0
    within = (np.cumsum(steps[first : last + 1])) / steps[first : last + 1].sum()
    walk = np.cumsum(normals[:, : within.size] * np.sqrt(np.diff(within, prepend=0.0)), axis=1)
    walk -= np.multiply.outer(walk[:, -1], within)
    walk *= math.sqrt(steps[first : last + 1].sum() * (1.0 / n + 1.0 / m))
    gap[:, first : last + 1] = left + (gap[:, last, None] - left) * within + walk
    return Gaps(gap, pool.gaps_at, steps)


def _dealt(
    steps: Vector, mass: float, sizes: tuple[float, float], rng: Generator, number: int, *, permuted: bool
) -> Grid:
    """F - G at the ends of cells that hold these shares of all rows, shape (number, cells)."""
    n, m = sizes
    if permuted:
        cells = np.rint(steps * mass).astype(np.int64)
        of_p = rng.multivariate_hypergeometric(cells, round(n), size=number, method="marginals")
        return np.cumsum(of_p / n - (cells - of_p) / m, axis=1)
    p, q = (rng.multinomial(max(round(size), 1), steps / steps.sum(), size=number) for size in sizes)
    return np.cumsum(p / p[0].sum() - q / q[0].sum(), axis=1)


def extremes_of_ranks(pool: Pool, ranks: Grid) -> Gaps:
    """F - G at and just before each row of the smaller side: where it is largest and smallest."""
    size = ranks.shape[1]
    cumulated = pool.all_cumulated
    places = np.sort(np.searchsorted(cumulated, ranks, side="right"), axis=1)
    below = np.concatenate([[0.0], cumulated])
    after = np.arange(1, size + 1) / size - cumulated[places] / pool.mass
    before = np.arange(size) / size - below[places] / pool.mass
    tied = places[:, 1:] == places[:, :-1]
    after[:, :-1][tied] = before[:, 1:][tied] = 0.0  # the curve steps once where several rows have one value
    gap = np.concatenate([after, before], axis=1) * (pool.mass / (pool.mass - size))
    return Gaps(gap, np.zeros(2 * size), np.zeros(2 * size))


def gaps_of_bridges(pool: Pool, n: float, normals: Grid) -> Gaps:
    """Brownian bridges at the levels, scaled to n = n1 n2 / (n1 + n2) rows."""
    shares = pool.cumulated / pool.mass
    steps = np.diff(shares, prepend=0.0)
    walk = np.cumsum(normals[:, : shares.size] * np.sqrt(steps), axis=1)
    walk -= np.multiply.outer(walk[:, -1], shares)
    walk /= math.sqrt(n)
    return Gaps(walk, pool.gaps_at, steps)


def w2_of_ranks(pool: Pool, positions: Vector, ranks: Grid) -> Vector:
    """Wasserstein-2 of many permutations, shape (draws,): both quantile functions between all their levels, exactly.

    The value that is asked about is exact too: among few distinct values a draw often equals it, and counts.
    """
    number, size = ranks.shape
    whole = round(pool.mass)
    order = np.sort(ranks.astype(np.intp), axis=1)
    other = np.ones((number, whole), dtype=np.bool_)
    np.put_along_axis(other, order, values=False, axis=1)
    rest = np.nonzero(other)[1].reshape(number, whole - size)
    places = np.searchsorted(pool.all_cumulated, np.arange(whole), side="right")
    # a quantile function steps at i / size, the other at j / (whole - size): in whole numbers, so that equals are one
    starts = np.union1d(np.arange(size) * (whole - size), np.arange(whole - size) * size)
    widths = np.diff(starts, append=size * (whole - size)) / (size * (whole - size))
    values = positions[places]
    gap = values[order][:, starts // (whole - size)] - values[rest][:, starts // size]
    distances: Vector = np.sqrt(np.einsum("ij,j->i", np.square(gap, out=gap), widths))
    return distances


@lru_cache(maxsize=16)
def normals(seed: int, block: int, number: int) -> Grid:
    """Standard normal numbers that the bridges of every column are made of, shape (number, most levels)."""
    drawn = np.random.default_rng([seed, 0, block]).standard_normal((number, _MOST_LEVELS))
    drawn.setflags(write=False)
    return drawn


def _levels(cumulated: Vector) -> Indices:
    """Places of about 128 values at equal steps of the pooled cdf, and of ever closer ones in both tails."""
    mass = float(cumulated[-1])
    inner = np.arange(1, _LEVELS) / _LEVELS
    halvings = min(max(math.log2(mass / _LEVELS), 0.0), _MOST_HALVINGS)
    number = int(_ROOTS.size * halvings)
    tail = np.ldexp(np.resize(_ROOTS, number + 1), -(np.arange(number + 1) // _ROOTS.size))[1:] / _LEVELS
    shares = np.concatenate([tail, inner, 1.0 - tail])
    places = np.searchsorted(cumulated, shares * mass)
    ends = np.array([0, cumulated.size - 1])
    return np.array(sorted({*ends.tolist(), *places.tolist()}), dtype=np.intp)
