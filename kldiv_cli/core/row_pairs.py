"""Row i against row i of two tables whose rows are distributions: many pairs at once, to the last digits.

Two quantisations of one model nearly agree in every row, so the difference p - q of a row is never taken between
rounded probabilities; the divergences are sums of non-negative terms in it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np

from kldiv_cli.core.compensated import exact_total, two_product
from kldiv_cli.core.distribution import DistributionPair
from kldiv_cli.core.measures.terms import js_terms, kl_terms
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kldiv_cli.core.arrays import Grid, Indices, Mask, Vector
    from kldiv_cli.core.distribution import Support
    from kldiv_cli.core.measures import Measure

_SERIES_BELOW = 0.2
"""Largest |p - q| / (p + q) of a row up to which its terms are series."""
_TERMS = 14
_ODD = tuple(1.0 / (2 * j + 1) for j in range(1, _TERMS))
"""atanh(u) / u - 1 over u^2: 1/3 + u^2 / 5 + ..."""
_EVEN = tuple(1.0 / (n * (2 * n - 1)) for n in range(1, _TERMS))
"""((1 + u) log(1 + u) + (1 - u) log(1 - u)) / u^2: 1 + u^2 / 6 + ..."""
_TRUSTED = 1e-2
"""Divergence in nats from which the plain sum of p log(p / q) has digits to spare."""
_APART = 0.02
"""Total variation from which measures without a series are taken from all rows at once."""
_TINY = 1e-300
LEAST = 5e-324
"""What stands for a probability below it, which is not impossible."""
_EVEN_TOTALS = 1e-3
"""Share by which the totals of two rows may differ for the differences of their masses to be near numbers."""
_ROWS_OF_CELLS = 1 << 15


class PairedRows(NamedTuple):
    """Rows of P and Q, each of shape (rows, k) and summing to 1, and p - q before rounding."""

    p: Grid
    q: Grid
    difference: Grid
    log_ratio: Grid | None = None
    """log(p / q) where both have mass, else 0, of rows that came as logarithms and hold masses below 1e-300."""

    def part(self, rows: slice | Indices | Mask) -> PairedRows:
        """Some of the rows."""
        ratio = None if self.log_ratio is None else self.log_ratio[rows]
        return PairedRows(self.p[rows], self.q[rows], self.difference[rows], ratio)

    @property
    def swapped(self) -> PairedRows:
        """Q against P."""
        return PairedRows(self.q, self.p, -self.difference, None if self.log_ratio is None else -self.log_ratio)


def rows_of_masses(c: Grid, d: Grid) -> PairedRows:
    """Masses of shape (rows, k), some in every row, as distributions.

    c / N - d / M is ((c - d) - (d / M) sum(c - d)) / N, where c - d has no rounding between near numbers. Where the
    totals N and M differ it has, and the difference is taken from compensated products, as that of a single pair.
    """
    n, m = c.sum(axis=1, keepdims=True), d.sum(axis=1, keepdims=True)
    p, q = c / n, d / m
    difference = c - d
    excess = difference.sum(axis=1, keepdims=True)
    uneven = np.flatnonzero(np.abs(excess[:, 0]) > _EVEN_TOTALS * n[:, 0])
    difference -= q * excess
    difference /= n
    if uneven.size:
        difference[uneven] = exact_difference(c[uneven], d[uneven], _totals(c[uneven]), _totals(d[uneven]))
    return PairedRows(p, q, difference)


def exact_difference(c: Grid, d: Grid, n: tuple[Grid, Grid], m: tuple[Grid, Grid]) -> Grid:
    """(c M - d N) / (N M) of shape (rows, k), from totals as double-doubles of shape (rows, 1) each."""
    (n_high, n_low), (m_high, m_low) = n, m
    left, left_error = two_product(c, m_high)
    right, right_error = two_product(d, n_high)
    found: Grid = ((left - right) + ((left_error + c * m_low) - (right_error + d * n_low))) / (n_high * m_high)
    return found


def _totals(masses: Grid) -> tuple[Grid, Grid]:
    """Sums of rows as double-doubles, shape (rows, 1) each; those of counts are exact as they are."""
    if bool((masses == np.floor(masses)).all()):
        return masses.sum(axis=1, keepdims=True), np.zeros((len(masses), 1))
    exact = np.array([exact_total(row) for row in masses])
    return exact[:, :1], exact[:, 1:]


def rows_of_logs(a: Grid, b: Grid) -> PairedRows:
    """Logarithms of masses of shape (rows, k), or logits, as distributions; -inf is no mass.

    With e the difference of two logarithms and z = log sum p exp(e), log(q / p) is e - z: no exponential is taken
    between the two.
    """
    top_a, top_b = a.max(axis=1, keepdims=True), b.max(axis=1, keepdims=True)
    p, q = np.exp(a - top_a), np.exp(b - top_b)
    sum_p, sum_q = p.sum(axis=1, keepdims=True), q.sum(axis=1, keepdims=True)
    p /= sum_p
    q /= sum_q
    shift = top_b - top_a
    away = np.abs(shift[:, 0]) > 1.0  # of all others to take it off would round what is near
    shift[away] = 0.0
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):  # rows that share no outcome
        e = b - a
        if away.any():
            e[away] = (b[away] - top_b[away]) - (a[away] - top_a[away])
        both = (p >= _TINY) & (q >= _TINY)  # what is less has not all its digits
        log_ratio = None
        if not both.all():
            log_ratio = (shift + np.log(sum_q) - np.log(sum_p)) - e
            log_ratio[(a == -math.inf) | (b == -math.inf)] = 0.0
            e[~both] = 0.0
        gained = np.where(both, 0.0, q).sum(axis=1, keepdims=True)
        lost = np.where(both, 0.0, p).sum(axis=1, keepdims=True)
        ratio = np.expm1(e)
        excess = (p * ratio).sum(axis=1, keepdims=True) - lost
        # sum p exp(e) over what both have is (1 - gained) exp(z)
        e -= np.log1p(excess) - np.log1p(-gained)
        difference = -p * np.expm1(e)
    for masses, logs in ((p, a), (q, b)):
        if not masses.all():  # what is below 5e-324 is not impossible
            np.copyto(masses, LEAST, where=(masses == 0.0) & (logs > -math.inf))
    direct = ~both | (np.abs(e) > 1.0)
    np.copyto(difference, p - q, where=direct)
    return PairedRows(p, q, difference, log_ratio)


def row_values(rows: PairedRows, support: Support, measures: Sequence[Measure], order: float) -> list[Vector]:
    """Values of every measure and direction, in the order of the measures, each of shape (rows,).

    Parameters
    ----------
    rows : PairedRows
    support : Support
        The outcomes that all rows share.
    measures : sequence of Measure
    order : float
        Of the Rényi and Tsallis divergences.

    Returns
    -------
    list of array of shape (rows,)
        In nats, or the unit of the positions; never negative where a measure is not, NaN where undefined.
    """
    found: list[Vector] = []
    shared: dict[str, tuple[Vector, ...]] = {}
    for measure in measures:
        if measure.key == "kl":
            found += shared.setdefault("kl", kl_both_ways(rows))
        elif measure.key in ("js", "js-distance"):
            (js,) = shared.setdefault("js", (jensen_shannon(rows),))
            found.append(js if measure.key == "js" else np.sqrt(js))
        elif measure.key in ("jeffreys", "psi"):
            found.append(sum(shared.setdefault("kl", kl_both_ways(rows))))  # type: ignore[arg-type]  # two arrays
        else:
            sides = (rows, rows.swapped)[: len(measure.directions)]
            found += [_any(side, support, measure, order) for side in sides]
    return found


def kl_both_ways(rows: PairedRows) -> tuple[Vector, Vector]:
    """D(P || Q) and D(Q || P) of every row, each of shape (rows,), in nats.

    With s = p + q and u = (p - q) / s, the term p log(p / q) - (p - q) is s ((1 + u) atanh(u) - u), of which the even
    part is the same both ways and the odd part changes its sign.
    """
    there, back = np.empty(len(rows.p)), np.empty(len(rows.p))
    for part in _parts(rows):
        block = rows.part(part)
        s, u, near = _relative(block)
        if near.any():
            v = u * u
            a = _horner(v, _ODD)
            weight = s * v
            even = (weight * (1.0 + v * a)).sum(axis=1)
            odd = (weight * u * a).sum(axis=1)
            there[part], back[part] = even + odd, even - odd
        if not near.all():
            far = np.flatnonzero(~near)
            there[part.start + far], back[part.start + far] = _kl_of_far(block.part(far))
    return there, back


def jensen_shannon(rows: PairedRows) -> Vector:
    """Jensen-Shannon divergence of every row, shape (rows,), in nats."""
    found = np.empty(len(rows.p))
    for part in _parts(rows):
        block = rows.part(part)
        s, u, near = _relative(block)
        if near.any():
            v = u * u
            found[part] = 0.25 * (s * v * _horner(v, _EVEN)).sum(axis=1)
        if not near.all():
            far = np.flatnonzero(~near)
            found[part.start + far] = _js_of_far(block.part(far))
    return found


def agreement(rows: PairedRows) -> Mask:
    """Whether the most probable outcome of both sides is the same, shape (rows,); the first among equals."""
    same: Mask = rows.p.argmax(axis=1) == rows.q.argmax(axis=1)
    return same


def _parts(rows: PairedRows) -> list[slice]:
    """Few rows at a time, which a core keeps in its cache."""
    size = max(_ROWS_OF_CELLS // rows.p.shape[1], 1)
    return [slice(start, min(start + size, len(rows.p))) for start in range(0, len(rows.p), size)]


def _relative(block: PairedRows) -> tuple[Grid, Grid, Mask]:
    """P + q, (p - q) / (p + q), and which rows are near enough for a series."""
    s = block.p + block.q
    u = block.difference / np.maximum(s, LEAST)  # 1 or -1 where one side has none, however little the other has
    near: Mask = np.maximum(u.max(axis=1), -u.min(axis=1)) <= _SERIES_BELOW
    return s, u, near


def _kl_of_far(rows: PairedRows) -> tuple[Vector, Vector]:
    """Both directions by logarithms, and by exact terms where little is left of them."""
    ratio = _logs(rows.p) - _logs(rows.q)
    found = []
    for side, sign in ((rows, 1.0), (rows.swapped, -1.0)):
        values = sign * (side.p * ratio).sum(axis=1)
        small = values < _TRUSTED
        if small.any():
            values[small] = _summed(kl_terms, *side.part(small)[:3])
        if side.log_ratio is not None:
            faint = (side.q < _TINY) & (side.p >= _TINY)  # the logarithm of such a q is not the one that was given
            values += (side.p * np.where(faint, side.log_ratio - sign * ratio, 0.0)).sum(axis=1)
        values[((side.p > 0.0) & (side.q == 0.0)).any(axis=1)] = math.inf
        found.append(values)
    return found[0], found[1]


def _logs(masses: Grid) -> Grid:
    """Logarithms of masses; 0 where there is none."""
    logs: Grid = np.log(np.where(masses > 0.0, masses, 1.0))
    return logs


def _js_of_far(rows: PairedRows) -> Vector:
    s = rows.p + rows.q
    terms = rows.p * np.log(rows.p + _TINY) + rows.q * np.log(rows.q + _TINY) - s * np.log(0.5 * s + _TINY)
    values: Vector = 0.5 * terms.sum(axis=1)
    np.minimum(values, math.log(2.0), out=values)
    small = values < _TRUSTED
    if small.any():
        values[small] = _summed(js_terms, rows.p[small], rows.q[small], rows.difference[small])
    return values


def _summed(terms: Callable[[Vector, Vector, Vector], Vector], p: Grid, q: Grid, difference: Grid) -> Vector:
    sums: Vector = terms(p.ravel(), q.ravel(), difference.ravel()).reshape(p.shape).sum(axis=1)
    return sums


def _any(rows: PairedRows, support: Support, measure: Measure, order: float) -> Vector:
    """One direction of any measure: of all rows at once where they are apart, else one by one."""
    found = np.empty(len(rows.p))
    apart = 0.5 * np.abs(rows.difference).sum(axis=1) >= _APART
    if measure.of_many is not None and apart.any():
        many = cast("Callable[..., Vector]", measure.of_many)
        more = (order,) if measure.takes_order else ()
        found[apart] = many(rows.p[apart], rows.q[apart], rows.difference[apart], *more)
    else:
        apart = np.zeros(len(rows.p), dtype=np.bool_)
    compute = cast("Callable[..., float]", measure.compute)
    for place in np.flatnonzero(~apart).tolist():
        pair = DistributionPair(support, *(np.array(side[place]) for side in rows[:3]))
        found[place] = compute(pair, order) if measure.takes_order else compute(pair)
    return found


def _horner(v: Grid, coefficients: tuple[float, ...]) -> Grid:
    """Sum of coefficients[i] v^i."""
    values = np.full(v.shape, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        values *= v
        values += coefficient
    return values
