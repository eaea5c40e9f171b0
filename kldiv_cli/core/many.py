"""Divergences of all pairs of many distributions, within a memory bound.

Most pairs are apart: there one logarithm an outcome, or a product of matrices, has digits to spare. Pairs that nearly
agree would lose theirs to cancellation; they are computed anew from exact differences, as single pairs are.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, cast

import numpy as np

from kldiv_cli.core.compensated import exact_total
from kldiv_cli.core.distribution import MassPair, Support, normalised
from kldiv_cli.core.measures.row import Gaps
from kldiv_cli.core.measures.terms import js_terms, kl_terms
from kldiv_cli.core.row_pairs import exact_difference
from kldiv_cli.core.sparse_pairs import sparse_blocks
from kldiv_cli.core.threads import do_all
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kldiv_cli.core.arrays import Grid, Indices, Vector
    from kldiv_cli.core.measures import Measure

NEAR = 1e-3
"""Value in nats below which the two forms that cancel are not trusted."""
_NEAR_VARIATION = 0.02
"""Total variation below which all others are not."""
_CELLS = 1 << 17
"""Numbers of one block: a megabyte, so that threads seldom wait for each other's interpreter lock."""
_BAND = 256
"""Rows of the matrix that are looked at together."""
_SPARSE = 0.25
"""Share of outcomes that occur below which work is done only where rows have an outcome in common."""
_TINY = 1e-300
"""Added to masses before a logarithm is taken: too small to matter, and 0 log 0 is 0."""


class Rows(NamedTuple):
    """Many distributions on one support."""

    support: Support
    masses: Grid
    """As they were given: non-negative, some mass in every row, shape (n, k)."""

    @property
    def shares(self) -> Grid:
        """Probabilities, shape (n, k)."""
        shares: Grid = self.masses / self.masses.sum(axis=1, keepdims=True)
        return shares


def all_pairs(rows: Rows, measure: Measure, order: float, jobs: int = 1) -> Grid:
    """Value of every pair, D(row i, row j) at [i, j], shape (n, n).

    Parameters
    ----------
    rows : Rows
    measure : Measure
    order : float
        Of the Rényi and Tsallis divergences.
    jobs : int
        Threads; they change no digit.

    Returns
    -------
    array of shape (n, n)
        In nats, or the unit of the positions; 0 on the diagonal of what is 0 where P = Q; inf, never NaN, where a
        divergence is infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from kldiv_cli.core.measures import measure_named
    >>> rows = Rows(Support("nominal", 2, ("a", "b")), np.array([[1.0, 1.0], [1.0, 0.0], [2.0, 2.0]]))
    >>> all_pairs(rows, measure_named("tv"), order=2.0)
    array([[0. , 0.5, 0. ],
           [0.5, 0. , 0.5],
           [0. , 0.5, 0. ]])
    """
    if measure.key in ("js", "js-distance"):
        found = _js(rows, jobs)
        return np.sqrt(found, out=found) if measure.key == "js-distance" else found
    if measure.key == "kl":
        return _kl(rows)
    return _by_rows(rows, measure, order, jobs)


def _js(rows: Rows, jobs: int) -> Grid:
    """H((P + Q) / 2) - (H(P) + H(Q)) / 2 of all pairs; half of them is computed, the other half mirrored."""
    masses = rows.masses
    found = np.zeros((len(masses),) * 2)
    if np.count_nonzero(masses) < _SPARSE * masses.size:
        work = sparse_blocks(masses, found)
    else:
        work = _dense_blocks(rows.shares, found)
    do_all(work, jobs)
    del work  # the memory that it takes is wanted
    np.fill_diagonal(found, 0.0)
    near = _near(found, jobs)
    for pairs in _portions(near, rows.support.size):
        found[pairs] = _exact_sums(rows, pairs, js_terms)
    _mirror(found, jobs)
    return found


def _dense_blocks(shares: Grid, found: Grid) -> list[Callable[[], None]]:
    """One piece of work a block of rows: with every row before them."""
    n, k = shares.shape
    raised = shares + _TINY
    entropies, size = (shares * np.log(raised)).sum(axis=1), max(_CELLS // k, 1)

    def block(start: int, end: int) -> None:
        sums, terms = np.empty((2, end - start, k))
        for i in range(end - 1):
            low = max(i + 1 - start, 0)
            here = slice(start + low, end)
            s, log = sums[low:], terms[low:]
            np.add(raised[here], shares[i], out=s)
            np.log(s, out=log)
            mixed = np.einsum("ij,ij->i", s, log)
            found[i, here] = _from_entropies(entropies[i] + entropies[here], mixed)

    starts = reversed(range(0, n, size))  # the longest first
    return [partial(block, start, min(start + size, n)) for start in starts]


def _from_entropies(alone: Vector, mixed: Vector) -> Vector:
    """JS from the sums of p log p + q log q and of (p + q) log(p + q)."""
    divergence: Vector = 0.5 * (alone - mixed) + math.log(2.0)
    return np.clip(divergence, 0.0, math.log(2.0), out=divergence)


def _kl(rows: Rows) -> Grid:
    """Sum of p log p - p log q by products of matrices; infinite where P has mass and Q has none."""
    shares = rows.shares
    logs = np.log(np.where(shares > 0.0, shares, 1.0))
    found: Grid = np.einsum("ij,ij->i", shares, logs)[:, None] - shares @ logs.T
    if not shares.all():
        absent = (shares == 0.0).astype(np.float32)
        for part in _bands(found):
            found[part][(shares[part] > 0.0).astype(np.float32) @ absent.T > 0.0] = math.inf
    np.fill_diagonal(found, math.inf)
    near = np.nonzero(found < NEAR)
    for pairs in _portions(near, rows.support.size):
        found[pairs] = _exact_sums(rows, pairs, kl_terms)
    np.fill_diagonal(found, 0.0)
    return found


def _by_rows(rows: Rows, measure: Measure, order: float, jobs: int) -> Grid:
    """Any measure, a row against blocks of others; pairs that nearly agree one by one."""
    shares = rows.shares
    n, k = shares.shape
    found = np.zeros((n, n))
    size = max(_CELLS // k, 1)

    def row(i: int) -> None:
        first = i if measure.symmetric else 0
        yardstick = _deviation(rows.support.positions, shares[i]) if measure.key == "w1-scaled" else 1.0
        for start in range(first, n, size):
            here = slice(start, min(start + size, n))
            difference = shares[i] - shares[here]
            values = _values(rows.support, measure, shares[i], shares[here], difference, order)
            if values is not None and measure.key == "w1-scaled":
                values = values / yardstick if yardstick else np.full(values.shape, math.nan)
            close = 0.5 * np.abs(difference).sum(axis=1) < _NEAR_VARIATION
            for j in range(here.start, here.stop):
                if values is None or close[j - here.start]:
                    found[i, j] = _alone(rows, i, j, measure, order)
                else:
                    found[i, j] = values[j - here.start]

    do_all((partial(row, i) for i in range(n)), jobs)
    if measure.symmetric:
        _mirror(found, jobs)
    return found


def _values(support: Support, measure: Measure, p: Vector, q: Grid, difference: Grid, order: float) -> Vector | None:
    """Values of one row with many; None where the measure has no form for that."""
    if measure.of_many is not None:
        more = (order,) if measure.takes_order else ()
        compute = cast("Callable[..., Vector]", measure.of_many)
        return compute(np.broadcast_to(p, q.shape), q, difference, *more)
    if measure.of_gaps is not None and support.positions is not None:
        widths = np.append(np.diff(support.positions), 0.0)
        return measure.of_gaps(Gaps(np.cumsum(difference, axis=1), widths, 0.5 * (p + q)))
    return None


def _deviation(positions: Vector | None, p: Vector) -> float:
    """Standard deviation of one row: what W1 is told in."""
    assert positions is not None, "distances lie between positions"
    mean = float(p @ positions)
    return math.sqrt(float(p @ (positions - mean) ** 2))


def _alone(rows: Rows, i: int, j: int, measure: Measure, order: float) -> float:
    pair = normalised(MassPair(rows.support, rows.masses[i], rows.masses[j]))
    compute = cast("Callable[..., float]", measure.compute)
    return compute(pair, order) if measure.takes_order else compute(pair)


def _exact_sums(
    rows: Rows, pairs: tuple[Indices, Indices], terms: Callable[[Vector, Vector, Vector], Vector]
) -> Vector:
    """Sums of terms of some pairs from exact differences, shape (pairs,): see `distribution.normalised`."""
    (c, d), totals = [rows.masses[side] for side in pairs], []
    for side in pairs:
        exact = {i: exact_total(rows.masses[i]) for i in set(side.tolist())}
        high, low = np.array([exact[i] for i in side.tolist()]).T[:, :, None]
        totals.append((high, low))
    difference = exact_difference(c, d, *totals)
    (n, _), (m, _) = totals
    values = terms((c / n).ravel(), (d / m).ravel(), difference.ravel())
    sums: Vector = values.reshape(c.shape).sum(axis=1)
    return sums


def _portions(pairs: tuple[Indices, ...], k: int) -> Iterator[tuple[Indices, Indices]]:
    size = max(2 * _CELLS // k, 1)
    for start in range(0, pairs[0].size, size):
        yield pairs[0][start : start + size], pairs[1][start : start + size]


def _near(found: Grid, jobs: int) -> tuple[Indices, Indices]:
    """Places above the diagonal whose value is not trusted, in their order."""
    above = np.tri(_BAND, k=-1, dtype=np.bool_).T
    places: dict[int, Indices] = {}

    def look(part: slice) -> None:
        is_near = found[part, part.start :] < NEAR
        size = len(is_near)
        is_near[:, :size] &= above[:size, :size]
        i, j = np.divmod(np.flatnonzero(is_near), is_near.shape[1])
        places[part.start] = np.stack([i, j]) + part.start

    do_all((partial(look, part) for part in _bands(found)), jobs)
    rows, columns = np.concatenate([places[start] for start in sorted(places)], axis=1)
    return rows, columns


def _mirror(found: Grid, jobs: int) -> None:
    """Copy what is above the diagonal below it."""
    below = np.tri(_BAND, k=-1, dtype=np.bool_)

    def copy(part: slice) -> None:
        found[part.stop :, part] = found[part, part.stop :].T
        own = found[part, part]
        np.copyto(own, own.T.copy(), where=below[: len(own), : len(own)])

    do_all((partial(copy, part) for part in _bands(found)), jobs)


def _bands(found: Grid) -> Iterator[slice]:
    for start in range(0, found.shape[0], _BAND):
        yield slice(start, min(start + _BAND, found.shape[0]))
