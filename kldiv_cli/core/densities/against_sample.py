"""A density against a sample: exact masses on bins, and the exact cdf and quantiles where measures read those.

The noise is that of a sample that was drawn from the density: multinomial counts on the bins, Kolmogorov's law, and for
the other distances on the line draws of the empirical cdf at quantiles of the density.

References
----------
Marsaglia, Tsang & Wang (2003), https://doi.org/10.18637/jss.v008.i18 (Kolmogorov's law); Stephens (1965),
https://doi.org/10.1093/biomet/52.3-4.309 (Kuiper's)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from kldiv_cli.core.bins import bin_rule, bins_of_auto, edges_from
from kldiv_cli.core.compare import compare_all, compare_columns
from kldiv_cli.core.densities import line
from kldiv_cli.core.densities.comparison import side_of
from kldiv_cli.core.densities.masses import masses_between
from kldiv_cli.core.densities.quadrature import LEVELS, refined
from kldiv_cli.core.densities.whole_numbers import pmf_of
from kldiv_cli.core.distribution import MassPair, Support
from kldiv_cli.core.measures import View, measure_named
from kldiv_cli.core.measures.row import Gaps
from kldiv_cli.core.model import Comparison, Estimate, Note, Null
from kldiv_cli.core.significance import gaps, laws
from kldiv_cli.core.significance.randomness import Randomness
from kldiv_cli.core.significance.sizes import effective, sizes_asked
from kldiv_cli.core.summary import NumericSummary
from kldiv_cli.core.units import unit_of
from kldiv_cli.core.views import Column, ColumnPair
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.densities.density import Density
    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Settings, Status

_DEEP = np.array([1e-30])
"""Tail at which integrals are cut to see whether they have settled."""
_GRID = 2_048
"""Quantiles of the density that stand for it where noise is drawn."""
_MOST_DRAWN = 2_000
"""Rows up to which the empirical cdf is drawn row by row; beyond it is a Brownian bridge."""
_DECILES = "quantile:10"


class Sample:
    """The empirical distribution of a column, with the cdf and the quantiles that a density has."""

    def __init__(self, summary: NumericSummary) -> None:
        self.values, self.mass = summary.values, summary.mass
        self.up_to = np.cumsum(summary.counts) / self.mass
        self.beyond = np.append(np.cumsum(summary.counts[::-1])[::-1][1:], 0.0) / self.mass

    def ppf(self, u: Vector) -> Vector:
        """Least value up to which there is the share u, shape (k,)."""
        places = np.searchsorted(self.up_to, u * (1 - 1e-15))
        found: Vector = self.values[np.minimum(places, self.values.size - 1)]
        return found

    def isf(self, u: Vector) -> Vector:
        """Value beyond which there is the share u, shape (k,)."""
        places = self.values.size - np.searchsorted(self.beyond[::-1], u * (1 + 1e-15), side="right")
        found: Vector = self.values[np.clip(places, 0, self.values.size - 1)]
        return found


def compare_with_sample(
    density: Density, sample: Column, settings: Settings, measures: Sequence[Measure], *, density_is: Literal["p", "q"]
) -> Comparison:
    """Compare a density and a sample by every measure asked for.

    Parameters
    ----------
    density : Density
    sample : Column
        A column of numbers.
    settings : Settings
    measures : sequence of Measure
    density_is : {"p", "q"}
        Which side it is.

    Raises
    ------
    UsageError
        If the column holds no numbers.
    """
    summary = sample.summary
    if not isinstance(summary, NumericSummary) or summary.instants or not summary.mass:
        raise UsageError(f"{sample.label} holds no numbers, which a density is of", remedy="-c a column of numbers")
    is_exact = density.is_discrete and settings.bins == "auto"  # masses on values: every measure is a sum
    on_bins = [row for row in measures if row.key != "psi" and (is_exact or row.view is not View.EMPIRICAL)]
    known, rule = _as_masses(density, summary, settings.bins, density_is)
    plain = settings._replace(bins="auto")
    sides = (known, sample) if density_is == "p" else (sample, known)
    found = compare_columns(*sides, plain, on_bins)
    by_key: dict[str, list[Estimate]] = {}
    for estimate in found.estimates:
        by_key.setdefault(estimate.measure, []).append(estimate)
    line_of = _Line(density, summary, sample, settings, density_is)
    for row in measures:
        if row.key == "psi":
            by_key["psi"] = [_psi(density, sample, summary, plain, density_is)]
        elif row not in on_bins:
            by_key[row.key] = [line_of.estimate(row)]
    support = found.support
    assert support is not None, "both sides have values"
    own = side_of(density)
    notes = tuple(note for note in found.notes if note.code not in ("midpoints", "outside"))
    return found._replace(
        p=own if density_is == "p" else found.p,
        q=own if density_is == "q" else found.q,
        support=support._replace(rule=rule),
        estimates=tuple(one for row in measures for one in by_key[row.key]),
        notes=notes,
    )


def _as_masses(density: Density, summary: NumericSummary, bins: str, density_is: str) -> tuple[Column, str]:
    """The density as exact masses: at whole numbers, or on bins; and what bins they are."""
    if density.is_discrete and bins == "auto":
        values, masses = pmf_of(density, summary.values)
        return Column(density.text, "probabilities", NumericSummary(values, masses, 1.0)), f"{values.size:,} values"
    edges, rule = _edges(density, summary, bins, density_is)
    return _on(density, edges), rule


def _on(density: Density, edges: Vector) -> Column:
    inner = edges[1:-1]
    width = float(inner[-1] - inner[0]) / max(inner.size - 1, 1) or 1.0
    closed = np.concatenate([[inner[0] - width], inner, [inner[-1] + width]])
    summary = NumericSummary(0.5 * closed[:-1] + 0.5 * closed[1:], masses_between(density, edges), 1.0, edges=closed)
    return Column(density.text, "probabilities", summary)


def _edges(density: Density, summary: NumericSummary, bins: str, density_is: str) -> tuple[Vector, str]:
    rule = bin_rule(bins)
    number = bins_of_auto(summary.n) if rule.kind == "auto" else rule.number
    if rule.kind == "edges" or (density_is == "q" and rule.kind == "width"):
        edges = edges_from(summary, rule)
    elif density_is == "q":
        edges = edges_from(summary, bin_rule(f"quantile:{number}"))
    elif rule.kind == "width":
        low, high = density.ppf(np.array([0.001, 0.999])).tolist()
        edges = _open(low + (high - low) / number * np.arange(1, number))
    else:
        edges = _open(density.ppf(np.arange(1, number) / number))
    assert edges is not None, "only auto keeps every value"
    if edges.size < 3:
        edges = _open(density.ppf(np.array([0.5])))
    noun = "as given" if rule.kind == "edges" else "equal-width" if rule.kind == "width" else "equal-frequency"
    whose = "" if rule.kind == "edges" else " on P"
    return edges, f"{edges.size - 1} bins, {noun}{whose}"


def _open(inner: Vector) -> Vector:
    return np.concatenate([[-math.inf], np.unique(inner), [math.inf]])


def _psi(density: Density, sample: Column, summary: NumericSummary, settings: Settings, density_is: str) -> Estimate:
    edges, _ = _edges(density, summary, _DECILES if settings.bins == "auto" else settings.bins, density_is)
    known = _on(density, edges)
    sides = (known, sample) if density_is == "p" else (sample, known)
    same_sum = [measure_named("jeffreys")]  # on other bins
    (found,) = compare_all([ColumnPair(None, *sides)], settings, same_sum, brief=True)
    row = measure_named("psi")
    facts = found.support
    own = None if facts is None else facts._replace(rule=f"{facts.size} bins, deciles of P")
    return found.estimates[0]._replace(measure=row.key, title=row.title, support=own)


class _Line:
    """Measures that read the cdf and the quantiles of both."""

    def __init__(
        self, density: Density, summary: NumericSummary, sample: Column, settings: Settings, density_is: str
    ) -> None:
        self._density, self._summary, self._settings = density, summary, settings
        self._is_p = density_is == "p"
        self._sample = Sample(summary)
        self._n = Column("", sample.kind, summary, sample.weighted).summary.n
        if settings.n_eff is not None:
            asked = sizes_asked(settings.n_eff)[1 if self._is_p else 0]
            self._n = min(self._n, effective(str(asked), self._n))
        self._draws: Gaps | None = None

    def estimate(self, row: Measure) -> Estimate:
        """The measure with its noise."""
        value, note = self._value(row)
        scale, unit = unit_of(row, self._settings.base, instants=False)
        status: Status = "undefined" if value is None else "infinite" if math.isinf(value) else "ok"
        return Estimate(
            measure=row.key,
            title=row.title,
            direction=None,
            value=None if value is None else value / scale,
            status=status,
            unit=unit,
            maximum=row.maximum / scale if math.isfinite(row.maximum) else None,
            null=None if value is None or not self._settings.floors else self._null(row, value),
            notes=() if note is None else (note,),
            method="exact",
        )

    def _value(self, row: Measure) -> tuple[float | None, Note | None]:
        if row.key in ("ks", "kuiper"):
            up, down = self._extremes()
            return (max(up, down) if row.key == "ks" else up + down), None
        if row.key == "cvm":
            return self._cvm(), None
        if row.key == "energy":
            return self._energy()
        return self._wasserstein(row)

    def _cdf_at_values(self) -> tuple[Vector, Vector]:
        """The density's cdf at, and just before, every value of the sample."""
        x = self._sample.values
        at = self._density.cdf(x)
        before = self._density.cdf(np.ceil(x) - 1.0) if self._density.is_discrete else at
        return at, before

    def _extremes(self) -> tuple[float, float]:
        """Largest excess of P's cdf over Q's, and the other way."""
        at, before = self._cdf_at_values()
        above = self._sample.up_to - at
        below = before - np.concatenate([[0.0], self._sample.up_to[:-1]])
        up, down = max(float(above.max()), 0.0), max(float(below.max()), 0.0)
        return (down, up) if self._is_p else (up, down)

    def _cvm(self) -> float:
        at, _ = self._cdf_at_values()
        shares = np.diff(self._sample.up_to, prepend=0.0)
        of_sample = float((shares * np.square(self._sample.up_to - at)).sum())
        ends = np.concatenate([[0.0], at, [1.0]])
        level = np.concatenate([[0.0], self._sample.up_to])
        of_density = float((((ends[1:] - level) ** 3 - (ends[:-1] - level) ** 3) / 3.0).sum())
        return 0.5 * (of_sample + of_density)

    def _energy(self) -> tuple[float | None, Note | None]:
        density, x = self._density, self._sample.values

        def squared(points: Vector) -> Vector:
            places = np.searchsorted(x, points, side="right")
            share = np.concatenate([[0.0], self._sample.up_to])[places]
            beyond = np.append(1.0, self._sample.beyond)[places]
            upper = share > 0.5
            gap = np.where(upper, density.sf(points) - beyond, share - density.cdf(points))
            found: Vector = np.square(gap)
            return found

        outer = np.concatenate([density.ppf(LEVELS), density.isf(LEVELS)])
        edges = np.unique(np.concatenate([x, outer[np.isfinite(outer)]]))
        parts = refined(squared, edges)
        whole = math.fsum(parts.integrals)
        low, high = min(float(density.ppf(_DEEP)[0]), x[0]), max(float(density.isf(_DEEP)[0]), x[-1])
        cut = math.fsum(parts.integrals[(parts.starts >= low) & (parts.starts <= high)])
        if not whole - cut <= 1e-9 * whole:
            return None, Note("not-settled", f"The tails of {density.text} are as far as floats reach: no value.")
        return math.sqrt(2.0 * whole), None

    def _wasserstein(self, row: Measure) -> tuple[float | None, Note | None]:
        power = 2 if row.key == "w2" else 1
        found = line.wasserstein_power(self._density, self._sample, power, self._sample.up_to, self._sample.beyond)
        if not found.whole - found.cut <= 1e-9 * found.whole:
            moment = self._density.mean if power == 1 else self._density.standard_deviation
            if math.isfinite(moment):
                return None, Note("not-settled", f"The tails of {self._density.text} are as far as floats reach.")
            return math.inf, Note("diverges", f"{self._density.text} has tails too heavy for {row.title}.")
        value = found.whole if power == 1 else math.sqrt(found.whole)
        if row.key != "w1-scaled":
            return value, None
        deviation = self._density.standard_deviation if self._is_p else self._summary.mean_and_deviation()[1]
        if not 0.0 < deviation < math.inf:
            return None, Note("no-deviation", "P has no standard deviation that could be a yardstick.")
        return value / deviation, None

    def _null(self, row: Measure, value: float) -> Null | None:
        if self._density.is_discrete:
            return None  # the laws of Kolmogorov and Kuiper are those of densities
        if row.key == "ks":
            return _kolmogorov(max(round(self._n), 1), value)
        if row.key == "kuiper" and self._n > _MOST_DRAWN:
            return Null(laws.median_of(laws.kuiper_tail, self._n), laws.kuiper_tail(value, self._n), "kuiper")
        if row.of_gaps is None:
            return None
        drawn = row.of_gaps(self._gaps())
        if row.key == "w1-scaled":
            deviation = self._density.standard_deviation if self._is_p else self._summary.mean_and_deviation()[1]
            drawn = drawn / deviation
        p_value = (1 + int(np.count_nonzero(drawn >= value * laws.SAME))) / (drawn.size + 1)
        method = "simulation" if self._n <= _MOST_DRAWN else "brownian-bridge"
        return Null(float(np.sort(drawn)[drawn.size // 2]), p_value, method)

    def _gaps(self) -> Gaps:
        """Gaps between the cdf of samples that are drawn from the density, and its own."""
        if self._draws is None:
            shares = (np.arange(_GRID) + 0.5) / _GRID
            positions, first = np.unique(self._density.ppf(shares), return_index=True)
            masses = np.diff(np.append(first, _GRID)) / _GRID
            support = Support("values", positions.size, positions=positions)
            pool = gaps.pool_of(MassPair(support, masses, np.zeros(positions.size)))
            rng = Randomness(self._settings.seed, self._density.text).generator("EMPIRICAL", "density")
            if self._n <= _MOST_DRAWN:
                self._draws = _drawn(pool, max(round(self._n), 1), self._settings.draws, rng)
            else:
                normals = gaps.normals(self._settings.seed, 0, max(self._settings.draws, 500))[: self._settings.draws]
                self._draws = gaps.gaps_of_bridges(pool, self._n, normals)
        return self._draws


def _kolmogorov(n: int, value: float) -> Null:
    """The exact law of the largest gap of n rows, for a density."""
    from scipy.stats import kstwo

    return Null(float(kstwo.ppf(0.5, n)), float(kstwo.sf(value, n)), "kolmogorov")


def _drawn(pool: gaps.Pool, n: int, number: int, rng: np.random.Generator) -> Gaps:
    """Samples of n rows from the pool: their cdf less its own, at its levels."""
    shares = pool.cumulated / pool.mass
    steps = np.diff(shares, prepend=0.0)
    counts = rng.multinomial(n, steps / steps.sum(), size=number)
    return Gaps(np.cumsum(counts, axis=1) / n - shares, pool.gaps_at, 0.5 * (counts / n + steps))
