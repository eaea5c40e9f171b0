"""Measures on the line: transport and rank distances. They read the exact pair: no bins, no smoothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compensated import integral, running_total, total
from kldiv_cli.core.measures.row import Measure, Unit, View

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.distribution import DistributionPair
    from kldiv_cli.core.measures.row import Gaps
    from kldiv_cli.core.summary import NumericSummary

_REPEATED = 4
"""How often values occur on average, at most, for all observations to be laid out one by one."""


def wasserstein_1(pair: DistributionPair) -> float:
    """Wasserstein-1 distance, the area between the two cdfs, in the unit of the positions.

    Returns
    -------
    float
        In [0, inf); 0 if and only if P = Q.

    References
    ----------
    Vallender (1974), https://doi.org/10.1137/1118101
    """
    return integral(np.abs, pair.cdf_difference, _positions(pair))


def scaled_wasserstein_1(pair: DistributionPair) -> float:
    """Wasserstein-1 distance divided by P's standard deviation (ddof 0).

    Returns
    -------
    float
        In [0, inf), a pure number; NaN when P is constant, so that it has no yardstick.

    References
    ----------
    Cohen (1988), Statistical Power Analysis for the Behavioral Sciences: effect sizes in standard deviations.
    """
    return _in_deviations(wasserstein_1(pair), pair.deviation)


def _in_deviations(distance: float, deviation: float) -> float:
    return distance / deviation if 0.0 < deviation < math.inf else math.nan


def _w1_of_samples(p: NumericSummary, q: NumericSummary) -> float:
    """Wasserstein-1 of samples of N and M: they are merged, and N M (F - G) is a running total of whole numbers.

    Where values are equal F - G stands over no width on the way, so that what it is there does not matter. Samples of
    one size need no merging: it is how far values of the same rank are apart on average.
    """
    assert p.whole is not None, "counts are whole"
    assert q.whole is not None, "counts are whole"
    if p.whole == q.whole and p.whole <= _REPEATED * min(p.values.size, q.values.size):
        ranked_p = p.kept(("ranked", ""), lambda: _ranked(p))
        assert ranked_p is not None, "there is a value at least"
        mean = total(np.abs(ranked_p - _ranked(q))) / p.whole
        if mean < math.inf:  # else their sum was beyond float64, and their mean need not be
            return mean
    both = np.concatenate([p.values, q.values])
    order = both.argsort(kind="stable")  # two runs are merged
    gap = np.concatenate([p.counts * q.whole, q.counts * -p.whole])[order].cumsum()[:-1]
    values = both[order]
    np.abs(gap, out=gap)
    gap /= p.whole * q.whole
    return total(gap * (values[1:] - values[:-1]))


def _ranked(side: NumericSummary) -> Vector:
    """All observations, in order; counts of masses may be 0."""
    each_once = side.values.size == side.whole and bool(side.counts.all())
    return side.values if each_once else side.values.repeat(side.counts.astype(np.intp))


def _scaled_w1_of_samples(p: NumericSummary, q: NumericSummary) -> float:
    return _in_deviations(_w1_of_samples(p, q), p.standard_deviation)


def wasserstein_2(pair: DistributionPair) -> float:
    """Wasserstein-2 distance, root of the integral of the squared gap of the quantile functions.

    In the unit of the positions. Both quantile functions are steps; between two neighbouring levels u of either
    cdf the gap is constant. The width of such a piece is taken from masses and from F - G, not from F and G.

    Returns
    -------
    float
        In [0, inf); 0 if and only if P = Q.

    References
    ----------
    Panaretos & Zemel (2019), https://doi.org/10.1146/annurev-statistics-030718-104938
    """
    x = _positions(pair)
    k = x.size
    high, low = _levels(pair)
    order = np.lexsort((low, high))
    from_p = order < k
    # Between one level and the next, P's quantile stands at the outcome after the last of P's levels, Q's likewise.
    at_p = np.minimum(np.cumsum(from_p), k - 1)[:-1]
    at_q = np.minimum(np.cumsum(~from_p), k - 1)[:-1]
    far = np.flatnonzero(at_p != at_q)
    after, before = order[far + 1], order[far]
    width = (high[after] - high[before]) + (low[after] - low[before])
    scale = float(x[-1] - x[0])  # squares of distances of 1e-300 would be 0
    return scale * math.sqrt(total(width * ((x[at_p[far]] - x[at_q[far]]) / scale) ** 2)) if far.size else 0.0


def _levels(pair: DistributionPair) -> tuple[Vector, Vector]:
    """Values of F, then of G, at every position, as double-doubles of shape (2k,); F is G + (F - G)."""
    g, g_low = running_total(pair.q)
    gap = pair.cdf_difference
    f = g + gap
    taken = f - g
    f_low = (g - (f - taken)) + (gap - taken) + g_low
    high, low = np.concatenate([f, g]), np.concatenate([f_low, g_low])
    sums = high + low
    return sums, low - (sums - high)


def kolmogorov_smirnov(pair: DistributionPair) -> float:
    """Kolmogorov-Smirnov statistic, the largest |F - G|: a pure number that no monotone map changes.

    Returns
    -------
    float
        In [0, 1].

    References
    ----------
    Smirnov (1948), https://doi.org/10.1214/aoms/1177730256
    """
    gap = pair.cdf_difference
    return max(float(gap.max()), -float(gap.min()))


def kuiper(pair: DistributionPair) -> float:
    """Kuiper statistic, the largest F - G plus the largest G - F: as sensitive in the tails as at the centre.

    Returns
    -------
    float
        In [0, 1], a pure number.

    References
    ----------
    Kuiper (1960), https://doi.org/10.1016/S1385-7258(60)50006-0
    """
    gap = pair.cdf_difference
    return max(float(gap.max()), 0.0) + max(-float(gap.min()), 0.0)


def cramer_von_mises(pair: DistributionPair) -> float:
    """Cramer-von Mises distance, the integral of (F - G)^2 over the mean of both distributions.

    Returns
    -------
    float
        In [0, 2/3), a pure number. The test statistic T grows with the sample size; this does not.

    References
    ----------
    Anderson (1962), https://doi.org/10.1214/aoms/1177704477
    """
    return total(pair.cdf_difference**2 * (0.5 * (pair.p + pair.q)))


def energy_distance(pair: DistributionPair) -> float:
    """Energy distance, the square root of 2 times the integral of (F - G)^2: a metric, as scipy has it.

    Returns
    -------
    float
        In [0, inf), in the root of the unit of the positions.

    References
    ----------
    Szekely & Rizzo (2013), https://doi.org/10.1016/j.jspi.2013.03.018
    """
    positions, gap = _positions(pair), pair.cdf_difference
    peak = max(float(gap.max()), -float(gap.min()))  # squares of gaps of 1e-300 would be 0
    if peak == 0.0:
        return 0.0
    return peak * math.sqrt(2.0 * integral(lambda part: np.square(part / peak), gap, positions))


def _positions(pair: DistributionPair) -> Vector:
    if pair.support.positions is None:
        raise ValueError("`pair` has no positions: no distance lies between its outcomes")
    return pair.support.positions


def _w1_of_gaps(gaps: Gaps) -> Vector:
    distances: Vector = np.einsum("ij,j->i", np.abs(gaps.gap), gaps.widths)
    return distances


def _ks_of_gaps(gaps: Gaps) -> Vector:
    statistics: Vector = np.abs(gaps.gap).max(axis=-1)
    return statistics


def _kuiper_of_gaps(gaps: Gaps) -> Vector:
    above, below = gaps.gap.max(axis=-1), -gaps.gap.min(axis=-1)
    statistics: Vector = np.maximum(above, 0.0) + np.maximum(below, 0.0)
    return statistics


def _cvm_of_gaps(gaps: Gaps) -> Vector:
    distances: Vector = (np.square(gaps.gap) * gaps.shares).sum(axis=-1)
    return distances


def _energy_of_gaps(gaps: Gaps) -> Vector:
    distances: Vector = np.sqrt(2.0 * np.einsum("ij,j->i", np.square(gaps.gap), gaps.widths))
    return distances


_NO_MASS_RULE = "Finite whatever the zeros: they read how far the mass has to move, not whether it meets."
_NOT_NOMINAL = " Labels without an order have no distances: give one with --order, or read total variation."

MEASURES: tuple[Measure, ...] = (
    Measure(
        key="w1",
        title="Wasserstein-1",
        compute=wasserstein_1,
        of_gaps=_w1_of_gaps,
        of_samples=_w1_of_samples,
        view=View.EMPIRICAL,
        unit=Unit.POSITION,
        needs_positions=True,
        is_metric=True,
        formula="∫ |F - G| dx",
        range="[0, ∞), in the unit of the data (days for dates)",
        zeros=_NO_MASS_RULE + _NOT_NOMINAL,
        use="How far the mass has moved, in the unit people think in; sees a shift that bins do not.",
        reading="0.1: the average value has to move by 0.1 of its unit.",
        elsewhere="scipy.stats.wasserstein_distance(x, y, weights_x, weights_y); "
        "torch, samples of equal size: (x.sort()[0] - y.sort()[0]).abs().mean().",
        reference="Vallender (1974), https://doi.org/10.1137/1118101",
        aliases=("wasserstein", "emd", "earth-mover", "earth-movers-distance", "wasserstein-1"),
    ),
    Measure(
        key="w1-scaled",
        title="W1 / sd of P",
        compute=scaled_wasserstein_1,
        of_gaps=_w1_of_gaps,
        of_samples=_scaled_w1_of_samples,
        view=View.EMPIRICAL,
        unit=Unit.NONE,
        symmetric=False,
        needs_positions=True,
        formula="W1 / standard deviation of P (ddof 0)",
        range="[0, ∞); undefined where P is constant",
        zeros=_NO_MASS_RULE + _NOT_NOMINAL,
        use="To compare columns of different units; changing P changes the yardstick.",
        reading="0.1: moved by a tenth of P's standard deviation, small by Cohen's custom (0.2).",
        elsewhere="scipy.stats.wasserstein_distance(x, y) / numpy.std(x).",
        reference="the effect size of Cohen (1988) with W1 in place of the difference of means",
        aliases=("wasserstein-scaled", "normed-wasserstein"),
    ),
    Measure(
        key="w2",
        title="Wasserstein-2",
        compute=wasserstein_2,
        view=View.EMPIRICAL,
        unit=Unit.POSITION,
        needs_positions=True,
        is_metric=True,
        formula="√∫ (F⁻¹ - G⁻¹)² du",
        range="[0, ∞), in the unit of the data",
        zeros=_NO_MASS_RULE + _NOT_NOMINAL,
        use="As W1, weighing far moves more; the distance of Fréchet (FID) scores in one dimension.",
        reading="At least W1; much larger than W1 where few rows moved far.",
        elsewhere="numpy.sqrt(numpy.mean((numpy.sort(x) - numpy.sort(y))**2)) for samples of equal size.",
        reference="Panaretos & Zemel (2019), https://doi.org/10.1146/annurev-statistics-030718-104938",
        aliases=("wasserstein-2", "frechet", "fid"),
    ),
    Measure(
        key="ks",
        title="Kolmogorov-Smirnov",
        compute=kolmogorov_smirnov,
        of_gaps=_ks_of_gaps,
        view=View.EMPIRICAL,
        unit=Unit.NONE,
        maximum=1.0,
        needs_positions=True,
        is_metric=True,
        formula="max |F - G|",
        range="[0, 1]",
        zeros=_NO_MASS_RULE + _NOT_NOMINAL,
        use="Shifts of the centre, whatever the scale; weak in the tails.",
        reading="0.1: at some point the share of rows below differs by ten points.",
        elsewhere="scipy.stats.ks_2samp(x, y).statistic.",
        reference="Smirnov (1948), https://doi.org/10.1214/aoms/1177730256",
        aliases=("kolmogorov", "kolmogorov-smirnov", "smirnov"),
    ),
    Measure(
        key="kuiper",
        title="Kuiper",
        compute=kuiper,
        of_gaps=_kuiper_of_gaps,
        view=View.EMPIRICAL,
        unit=Unit.NONE,
        maximum=1.0,
        needs_positions=True,
        is_metric=True,
        formula="max(F - G) + max(G - F)",
        range="[0, 1]",
        zeros=_NO_MASS_RULE + _NOT_NOMINAL,
        use="Changes of spread and of the tails; hours of the day and other circles.",
        reading="0.1: some interval holds ten points more of one side.",
        elsewhere="astropy.stats.kuiper_two(x, y)[0].",
        reference="Kuiper (1960), https://doi.org/10.1016/S1385-7258(60)50006-0",
    ),
    Measure(
        key="cvm",
        title="Cramér-von Mises",
        compute=cramer_von_mises,
        of_gaps=_cvm_of_gaps,
        is_quadratic=True,
        view=View.EMPIRICAL,
        unit=Unit.NONE,
        maximum=2.0 / 3.0,
        needs_positions=True,
        formula="∫ (F - G)² d(F + G)/2",
        range="[0, ⅔)",
        zeros=_NO_MASS_RULE + _NOT_NOMINAL,
        use="As KS, reading the whole curve in place of its widest gap.",
        reading="0.01: the cdfs are ten points apart on average.",
        elsewhere="scipy.stats.cramervonmises_2samp gives T, about n m / (n + m) times this.",
        reference="Anderson (1962), https://doi.org/10.1214/aoms/1177704477",
        aliases=("cramer-von-mises",),
    ),
    Measure(
        key="energy",
        title="energy distance",
        compute=energy_distance,
        of_gaps=_energy_of_gaps,
        view=View.EMPIRICAL,
        unit=Unit.ROOT_POSITION,
        needs_positions=True,
        is_metric=True,
        formula="√(2 ∫ (F - G)² dx)",
        range="[0, ∞), in the root of the unit of the data",
        zeros=_NO_MASS_RULE + _NOT_NOMINAL,
        use="A metric between W1 and Cramér-von Mises; its many-dimensional form tests equality of any kind.",
        reading="Compare it with itself on other pairs of the same unit.",
        elsewhere="scipy.stats.energy_distance(x, y) - the root too; many papers print the square.",
        reference="Székely & Rizzo (2013), https://doi.org/10.1016/j.jspi.2013.03.018",
        aliases=("energy-distance",),
    ),
)
