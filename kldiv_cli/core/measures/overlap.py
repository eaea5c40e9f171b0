"""Measures of overlap: how much of the mass the two share. They read the binned, smoothed pair, but for `missing`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compensated import total
from kldiv_cli.core.measures.row import DIRECTED, Measure, Unit, View

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Grid, Vector
    from kldiv_cli.core.distribution import DistributionPair


def total_variation(pair: DistributionPair) -> float:
    """Total variation distance, half the sum of |p - q|: the largest difference in probability of any event.

    Returns
    -------
    float
        In [0, 1], a pure number; 0 if and only if P = Q, 1 if and only if they share no outcome.

    References
    ----------
    Gibbs & Su (2002), https://doi.org/10.1111/j.1751-5823.2002.tb00178.x
    """
    return 0.5 * total(np.abs(pair.difference))


def overlap_coefficient(pair: DistributionPair) -> float:
    """Overlapping coefficient, the sum of min(p, q): the mass both share, 1 - total variation.

    Returns
    -------
    float
        In [0, 1], a pure number; 1 if and only if P = Q, 0 if and only if they share no outcome.

    References
    ----------
    Inman & Bradley (1989), https://doi.org/10.1080/03610928908830127
    """
    return total(np.minimum(pair.p, pair.q))


def hellinger_distance(pair: DistributionPair) -> float:
    """Hellinger distance sqrt(1/2 sum (sqrt p - sqrt q)^2): a metric with maximum 1.

    Returns
    -------
    float
        In [0, 1], a pure number.

    References
    ----------
    Gibbs & Su (2002), https://doi.org/10.1111/j.1751-5823.2002.tb00178.x
    """
    return math.sqrt(_squared_hellinger(pair))


def bhattacharyya_distance(pair: DistributionPair) -> float:
    """Bhattacharyya distance -log(sum sqrt(p q)), in nats; infinite when the two share no outcome.

    Returns
    -------
    float
        In [0, inf]; 0 if and only if P = Q. Not a metric.

    References
    ----------
    Bhattacharyya (1946), https://www.jstor.org/stable/25047882
    """
    squared = _squared_hellinger(pair)
    if squared < 0.5:
        return -math.log1p(-squared) + 0.0
    coefficient = total(np.sqrt(pair.p) * np.sqrt(pair.q))
    return -math.log(coefficient) if coefficient > 0.0 else math.inf


def chi_square_divergence(pair: DistributionPair) -> float:
    """Chi-square divergence sum (p - q)^2 / q (Pearson's, from P to Q), a pure number.

    An outcome with p > 0 = q makes it infinite.

    Returns
    -------
    float
        In [0, inf]; 0 if and only if P = Q.

    References
    ----------
    Pearson (1900), https://doi.org/10.1080/14786440009463897
    """
    differing = pair.difference != 0.0
    difference, q = pair.difference[differing], pair.q[differing]
    with np.errstate(divide="ignore", over="ignore"):
        return total(difference * (difference / q))


def _squared_hellinger(pair: DistributionPair) -> float:
    """Half the sum of ((p - q) / (sqrt p + sqrt q))^2: 1 - sum sqrt(p q) without its cancellation."""
    differing = pair.difference != 0.0
    roots = np.sqrt(pair.p[differing]) + np.sqrt(pair.q[differing])
    return 0.5 * total((pair.difference[differing] / roots) ** 2)


def _total_variation_of_many(_p: Grid, _q: Grid, difference: Grid) -> Vector:
    distances: Vector = 0.5 * np.abs(difference).sum(axis=-1)
    return distances


def _overlap_of_many(p: Grid, q: Grid, _difference: Grid) -> Vector:
    shared: Vector = np.minimum(p, q).sum(axis=-1)
    return shared


def _squared_hellinger_of_many(p: Grid, q: Grid, difference: Grid) -> Vector:
    roots = np.sqrt(p) + np.sqrt(q)
    roots[roots == 0.0] = 1.0
    squares: Vector = 0.5 * ((difference / roots) ** 2).sum(axis=-1)
    return squares


def _hellinger_of_many(p: Grid, q: Grid, difference: Grid) -> Vector:
    return np.sqrt(_squared_hellinger_of_many(p, q, difference))


def _bhattacharyya_of_many(p: Grid, q: Grid, difference: Grid) -> Vector:
    squared = _squared_hellinger_of_many(p, q, difference)
    distances = np.empty(squared.shape)
    apart = squared >= 0.5  # there 1 - h^2 loses the digits of what the two share
    distances[~apart] = -np.log1p(-squared[~apart]) + 0.0
    with np.errstate(divide="ignore"):
        distances[apart] = -np.log((np.sqrt(p[apart]) * np.sqrt(q[apart])).sum(axis=-1))
    return distances


def _chi_square_of_many(_p: Grid, q: Grid, difference: Grid) -> Vector:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        terms = difference * (difference / q)
    terms[difference == 0.0] = 0.0
    divergences: Vector = terms.sum(axis=-1)
    return divergences


_FINITE = "Finite whatever the zeros."
_NO_BASE = "A pure number: the base does not touch it."

MEASURES: tuple[Measure, ...] = (
    Measure(
        key="tv",
        title="total variation",
        compute=total_variation,
        of_many=_total_variation_of_many,
        view=View.SMOOTHED,
        unit=Unit.NONE,
        maximum=1.0,
        is_metric=True,
        formula="½ Σ |p - q|",
        range="[0, 1]",
        zeros=_FINITE,
        use="The plainest: the share of rows that would have to change to turn one into the other. For labels it is "
        "the Wasserstein distance in which every change costs 1.",
        reading="0.1: one row in ten has moved.",
        elsewhere="scipy.spatial.distance.cityblock(p, q) / 2; torch: 0.5 * (p - q).abs().sum().",
        reference="Gibbs & Su (2002), https://doi.org/10.1111/j.1751-5823.2002.tb00178.x",
        aliases=("total-variation", "variational"),
    ),
    Measure(
        key="overlap",
        title="overlap",
        compute=overlap_coefficient,
        of_many=_overlap_of_many,
        is_similarity=True,
        view=View.SMOOTHED,
        unit=Unit.NONE,
        maximum=1.0,
        least_is_zero=False,
        formula="Σ min(p, q) = 1 - TV",
        range="[0, 1], 1 where P = Q",
        zeros=_FINITE,
        use="To say in words how much two distributions have in common.",
        reading="0.1: they share a tenth of their mass; KL is then ruled by few outcomes.",
        elsewhere="numpy.minimum(p, q).sum().",
        reference="Inman & Bradley (1989), https://doi.org/10.1080/03610928908830127",
        aliases=("ovl", "overlap-coefficient"),
    ),
    Measure(
        key="hellinger",
        title="Hellinger distance",
        compute=hellinger_distance,
        of_many=_hellinger_of_many,
        chi_square=8.0,
        is_root=True,
        view=View.SMOOTHED,
        unit=Unit.NONE,
        maximum=1.0,
        is_metric=True,
        formula="√(½ Σ (√p - √q)²)",
        range="[0, 1]",
        zeros=_FINITE,
        use="A bounded metric that weighs rare outcomes more than total variation does.",
        reading="0.1: about as JS 0.01 nats. Some tools print twice this, or its square.",
        elsewhere="scipy.spatial.distance.euclidean(sqrt(p), sqrt(q)) / sqrt(2); "
        "torch: (p.sqrt() - q.sqrt()).norm() / 2**0.5.",
        reference="Gibbs & Su (2002), https://doi.org/10.1111/j.1751-5823.2002.tb00178.x",
        aliases=("hellinger-distance",),
    ),
    Measure(
        key="bhattacharyya",
        title="Bhattacharyya distance",
        compute=bhattacharyya_distance,
        of_many=_bhattacharyya_of_many,
        chi_square=8.0,
        view=View.SMOOTHED,
        unit=Unit.INFORMATION,
        formula="-ln Σ √(p q)",
        range="[0, ∞]",
        zeros="Infinite only where the two share no outcome.",
        use="Bounds on the error of telling the two apart from many draws; half the Rényi divergence of order ½.",
        reading="0.1: the overlap Σ √(p q) is 90 %.",
        elsewhere="-numpy.log(numpy.sqrt(p * q).sum()).",
        reference="Bhattacharyya (1946), https://www.jstor.org/stable/25047882",
        aliases=("bhattacharyya-distance",),
    ),
    Measure(
        key="chi2",
        title="chi-square divergence",
        compute=chi_square_divergence,
        of_many=_chi_square_of_many,
        chi_square=1.0,
        view=View.SMOOTHED,
        unit=Unit.NONE,
        directions=DIRECTED,
        symmetric=False,
        formula="Σ (p - q)² / q; the second side is the denominator",
        range="[0, ∞]",
        zeros="Infinite where the denominator never has an outcome that the other side has.",
        use="Small changes: n times it is the classic test statistic. Large ones are ruled by single rare outcomes.",
        reading="0.1: KL about 0.05 nats. " + _NO_BASE,
        elsewhere="scipy.stats.chisquare(n*p, n*q).statistic / n; torch: ((p - q)**2 / q).sum().",
        reference="Pearson (1900), https://doi.org/10.1080/14786440009463897",
        aliases=("chi-square", "chisquare", "pearson", "neyman"),
    ),
    Measure(
        key="missing",
        title="missing rate",
        compute=total_variation,
        view=View.MISSING,
        unit=Unit.NONE,
        maximum=1.0,
        is_metric=True,
        sample_only=True,
        formula="|missing rate of Q - missing rate of P|",
        range="[0, 1]",
        zeros=_FINITE,
        use="Always, beside the others, which see only the rows that have a value.",
        reading="0.1: one row in ten more, or fewer, has no value. " + _NO_BASE,
        elsewhere="abs(p.isna().mean() - q.isna().mean()).",
        reference="the total variation over {present, missing}",
        aliases=("missing-rate", "nulls"),
    ),
)
