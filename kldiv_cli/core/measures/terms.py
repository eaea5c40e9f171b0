"""Terms of the information measures, one an outcome, each >= 0.

Every term is written in one of two forms. A term is *far* when max(p, q) > 3 min(p, q), else *near*; a near term
works from the exact difference p - q, so its digits survive where the distributions nearly agree. As no term is
negative, no sum is, and nothing is ever clamped.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compensated import total

if TYPE_CHECKING:
    from collections.abc import Callable

    from kldiv_cli.core.arrays import Grid, Mask, Vector
    from kldiv_cli.core.distribution import DistributionPair

_FAR = 3.0
_NORMAL = 2.2250738585072014e-308
"""Least float with all its digits."""
_SERIES_BELOW = 0.1
_SERIES_TERMS = 20
_PHI = tuple((-1) ** j / (j * (j - 1)) for j in range(2, _SERIES_TERMS + 2))


def kl_terms(p: Vector, q: Vector, difference: Vector) -> Vector:
    """Terms of D(P || Q) in Bregman form, shape (k,): q phi(difference / q), phi(d) = (1 + d) log(1 + d) - d.

    An outcome with p = 0 adds q; one with q = 0 < p is infinite. The sum equals that of p log(p / q), since
    the differences sum to 0.
    """

    def near(_p: Vector, q: Vector, difference: Vector) -> Vector:
        terms: Vector = q * _phi(difference / q)
        return terms

    def far(p: Vector, q: Vector, difference: Vector) -> Vector:
        terms: Vector = p * log_ratio(p, q) - difference
        terms[p == 0.0] = q[p == 0.0]
        return terms

    return _by_distance(p, q, difference, near, far)


def js_terms(p: Vector, q: Vector, difference: Vector) -> Vector:
    """Terms of the Jensen-Shannon divergence, shape (k,): s (2 d atanh d + log1p(-d^2)) / 4.

    With s = p + q and d = (p - q) / s; an outcome that one side never has adds half its mass times log 2.
    """

    def near(p: Vector, q: Vector, difference: Vector) -> Vector:
        s = p + q
        d = difference / s
        return 0.25 * s * (2.0 * d * np.arctanh(d) + np.log1p(-d * d))

    def far(p: Vector, q: Vector, _difference: Vector) -> Vector:
        s = p + q
        return 0.5 * (_x_log_ratio(p, s) + _x_log_ratio(q, s))

    return _by_distance(p, q, difference, near, far)


def jeffreys_terms(p: Vector, q: Vector, difference: Vector) -> Vector:
    """Terms of the Jeffreys divergence, shape (k,): 2 (p - q) atanh((p - q) / (p + q)); infinite at a zero."""

    def near(p: Vector, q: Vector, difference: Vector) -> Vector:
        terms: Vector = 2.0 * difference * np.arctanh(difference / (p + q))
        return terms

    def far(p: Vector, q: Vector, difference: Vector) -> Vector:
        terms: Vector = difference * log_ratio(p, q)
        terms[np.minimum(p, q) == 0.0] = math.inf
        return terms

    return _by_distance(p, q, difference, near, far)


def power_terms(p: Vector, q: Vector, difference: Vector, order: float) -> Vector:
    """Terms of sum p^a q^(1-a) - 1 for 0 <= a = ``order`` < inf, shape (k,): p^a q^(1-a) - q - a (p - q), 0^0 = 0.

    All are >= 0 for a > 1 and <= 0 for a < 1. With e = a - 1 a near term is
    q ((1 + d) expm1(e log1p(d)) - e d), which keeps its digits as a approaches 1; below 1/2 it is
    q (expm1(a log1p(d)) - a d), which keeps them as a approaches 0.
    """
    e = order - 1.0

    def near(_p: Vector, q: Vector, difference: Vector) -> Vector:
        d = difference / q
        if order < 0.5:
            direct = np.expm1(order * np.log1p(d)) - order * d
        else:
            direct = (1.0 + d) * np.expm1(e * np.log1p(d)) - e * d
        close = np.abs(d) * max(1.0, abs(order), abs(e)) < _SERIES_BELOW
        direct[close] = _power_series(d[close], order)
        return q * direct

    def far(p: Vector, q: Vector, difference: Vector) -> Vector:
        ratio = log_ratio(p, q)
        if order < 0.5:
            terms = q * np.expm1(order * ratio) - order * difference
            terms[q == 0.0] = -order * p[q == 0.0]
        else:
            terms = p * _power_less_one(p, q, e, ratio) - e * difference
        terms[p == 0.0] = e * q[p == 0.0]
        return terms

    return _by_distance(p, q, difference, near, far)


def _power_less_one(p: Vector, q: Vector, e: float, log_of_ratio: Vector) -> Vector:
    """(p / q)^e - 1, shape (k,): by expm1 where it is small; a large power of a logarithm would lose digits."""
    values: Vector = np.expm1(e * log_of_ratio)
    quotient = p / q
    large = (np.abs(values) > 1.0) & (quotient > 1e-307) & (quotient < math.inf)
    values[large] = np.power(quotient[large], e) - 1.0
    return values


def kl_of_draws(p: Grid, q: Grid, difference: Grid) -> Vector:
    """D(P || Q) of many pairs of shape (draws, k): the near form everywhere, without its series.

    Draws differ by noise, which leaves this form nine digits and more; it costs a third of the two forms apart.
    """
    with np.errstate(all="ignore"):
        d = difference / q
        terms = q * ((1.0 + d) * np.log1p(d) - d)
    np.copyto(terms, q, where=p == 0.0)
    np.copyto(terms, np.where(p > 0.0, math.inf, 0.0), where=q == 0.0)
    divergences: Vector = terms.sum(axis=-1)
    if not np.isfinite(divergences).all():
        beyond = ~np.isfinite(terms) & (q > 0.0)  # d overflows, the term does not
        terms[beyond] = p[beyond] * log_ratio(p[beyond], q[beyond]) - difference[beyond]
        divergences = terms.sum(axis=-1)
    return np.maximum(divergences, 0.0)


def js_of_draws(p: Grid, q: Grid) -> Vector:
    """Jensen-Shannon divergence of many pairs of shape (draws, k), by its definition: for draws that is enough."""
    middle = 0.5 * (p + q)
    with np.errstate(all="ignore"):
        terms = [np.where(side > 0.0, side * np.log(side / middle), 0.0) for side in (p, q)]
    divergences: Vector = 0.5 * (terms[0] + terms[1]).sum(axis=-1)
    return np.maximum(divergences, 0.0)


def near_outcomes(pair: DistributionPair) -> Mask:
    """Where neither side has more than three times the probability of the other, and all digits, shape (k,)."""
    least = np.minimum(pair.p, pair.q)
    near: Mask = (np.maximum(pair.p, pair.q) <= _FAR * least) & (least >= _NORMAL)
    return near


def negative_logs(pmf: Vector) -> Vector:
    """-log of every probability, shape (k,); inf at 0.

    Where one outcome holds more than half of the mass, its logarithm is taken from the sum of all others: the
    rounding of a probability near 1 would otherwise be most of its logarithm.
    """
    with np.errstate(divide="ignore"):
        logs = -np.log(pmf)
    largest = int(pmf.argmax())
    if pmf[largest] > 0.5:
        others = pmf.copy()
        others[largest] = 0.0
        logs[largest] = -math.log1p(-total(others))
    return logs + 0.0


def log_ratio(p: Vector, q: Vector) -> Vector:
    """log(p / q), shape (k,); from two logarithms only where the quotient is beyond the range of float64."""
    with np.errstate(all="ignore"):
        quotient = p / q
        logs: Vector = np.log(quotient)
        lost = (quotient < 1e-307) | (quotient == math.inf)
        if lost.any():
            logs[lost] = np.log(p[lost]) - np.log(q[lost])
    return logs


def _by_distance(
    p: Vector,
    q: Vector,
    difference: Vector,
    near: Callable[[Vector, Vector, Vector], Vector],
    far: Callable[[Vector, Vector, Vector], Vector],
) -> Vector:
    """Apply one form to the near outcomes and the other to the far ones; 0 where both sides are 0.

    So are the terms of near outcomes below the least float with all its digits: they are less than that, and beside
    what is left of the probabilities their exact difference is no fraction of them.
    """
    least = np.minimum(p, q)
    most = np.maximum(p, q)
    is_far = most > _FAR * least
    if not is_far.any() and (least >= _NORMAL).all():
        with np.errstate(all="ignore"):
            return near(p, q, difference)
    is_near = ~is_far & (most >= _NORMAL)
    terms = np.zeros(p.shape)
    with np.errstate(all="ignore"):  # zeros and overflow have their conventions: see each form
        terms[is_near] = near(p[is_near], q[is_near], difference[is_near])
        terms[is_far] = far(p[is_far], q[is_far], difference[is_far])
    return terms


def _phi(d: Vector) -> Vector:
    """(1 + d) log(1 + d) - d; by its power series where |d| < 0.1."""
    close = np.abs(d) < _SERIES_BELOW
    if close.all():
        return _horner(d, _PHI)
    values = (1.0 + d) * np.log1p(d) - d
    values[close] = _horner(d[close], _PHI)
    return values


def _power_series(d: Vector, order: float) -> Vector:
    """Sum over j >= 2 of binomial(order, j) d^j, divided by nothing: (1 + d)^order - 1 - order d."""
    coefficients = []
    binomial = order
    for j in range(2, _SERIES_TERMS + 2):
        binomial *= (order - (j - 1)) / j
        coefficients.append(binomial)
    return _horner(d, tuple(coefficients))


def _horner(d: Vector, coefficients: tuple[float, ...]) -> Vector:
    """Sum of coefficients[i] d^(i + 2)."""
    values = np.zeros(d.shape)
    for coefficient in reversed(coefficients):
        values *= d
        values += coefficient
    values *= d * d
    return values


def _x_log_ratio(x: Vector, s: Vector) -> Vector:
    """X log(2 x / s), 0 at x = 0."""
    values: Vector = x * np.log(2.0 * (x / s))
    values[x == 0.0] = 0.0
    return values
