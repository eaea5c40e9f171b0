"""The pairs that measures read: two columns as summaries, and the views of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.arrays import distinct
from kldiv_cli.core.bins import DECILES, bin_rule, edges_from, rule_in_words
from kldiv_cli.core.compensated import EXACT_INTEGER, total
from kldiv_cli.core.distribution import DistributionPair, MassPair, Support
from kldiv_cli.core.measures.row import View
from kldiv_cli.core.model import Note, Settings, Side, SupportFacts
from kldiv_cli.core.smoothing import ChosenSmoothing, smoothed, smoothing_from
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary
from kldiv_cli.core.support import as_labels, by_label, by_value, on_bins
from kldiv_cli.errors import InputError
from kldiv_cli.record import NamedTuple, cached_property

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.model import DataKind
    from kldiv_cli.core.summary import Summary

_QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
_MERGED_AT_ONCE = 1 << 16
"""Values of both sides up to which a measure may take them as they are."""
_NO_SMOOTHING = smoothing_from("none")


class Column(NamedTuple):
    """A summary with what the report says of where it came from."""

    label: str
    kind: DataKind
    summary: Summary
    weighted: bool = False
    unlabelled: bool = False

    def side(self, *, brief: bool = False) -> Side:
        """What the report says of it; ``brief`` without moments and quantiles."""
        summary = self.summary
        filled = not brief and isinstance(summary, NumericSummary) and summary.values.size > 0
        numeric = summary if filled and isinstance(summary, NumericSummary) else None
        mean, deviation = numeric.mean_and_deviation() if numeric else (None, None)
        if mean is not None and deviation is not None and not math.isfinite(mean + deviation):
            mean = deviation = None  # values up to 1.8e308: their squares are beyond
        return Side(
            label=self.label,
            kind=self.kind,
            n=None if self.kind == "probabilities" else summary.n,
            missing=summary.missing,
            non_finite=summary.non_finite if isinstance(summary, NumericSummary) else 0,
            rank_error=summary.rank_error if isinstance(summary, NumericSummary) else 0,
            pooled=summary.pooled if isinstance(summary, CategoricalSummary) else 0,
            lacking=summary.lacking if isinstance(summary, CategoricalSummary) else 0,
            weighted=self.weighted,
            rows=summary.mass + summary.missing + infinite_mass(summary),
            mean=mean,
            standard_deviation=deviation,
            quantiles=tuple(zip(_QUANTILES, numeric.quantiles(_QUANTILES), strict=True)) if numeric else None,
        )

    def observations(self) -> float | None:
        """Number of observations behind the masses; None for bare probabilities."""
        return None if self.kind == "probabilities" else self.summary.n


def has_instants(p: Column, q: Column) -> bool:
    """Whether values are dates."""
    return any(isinstance(side.summary, NumericSummary) and side.summary.instants for side in (p, q))


class ColumnPair(NamedTuple):
    """Two columns that meet."""

    name: str | None
    p: Column
    q: Column


class Built(NamedTuple):
    """One view of two columns."""

    pair: DistributionPair
    rule: str
    """How the support came about, in words."""
    masses: MassPair
    """Before smoothing."""
    by_reference: bool = False
    """Whether the bins lie between order statistics of P."""


class Views:
    """The pairs that measures read, each built when first asked for."""

    def __init__(
        self, p: Column, q: Column, settings: Settings, smoothing: ChosenSmoothing, shared: Summary | None = None
    ) -> None:
        self.p, self.q, self.settings, self.smoothing = p, q, settings, smoothing
        self.shared = shared
        """What decides the support in place of P, and has all of its outcomes: that of many columns together."""
        self.notes: list[Note] = []
        self.totals: dict[tuple[str, bool], float] = {}
        """Values of measures that were computed together with those of other columns; True is the direction q:p."""
        self._built: dict[View, Built] = {}

    @cached_property
    def have_instants(self) -> bool:
        """Whether values are dates."""
        return has_instants(self.p, self.q)

    @cached_property
    def samples(self) -> tuple[NumericSummary, NumericSummary] | None:
        """Both sides where they are numbers that were counted, and few enough to be merged at once; else None."""
        p, q = self.p.summary, self.q.summary
        if not (isinstance(p, NumericSummary) and isinstance(q, NumericSummary)) or self._came_on_bins():
            return None
        product = (p.whole or 0.0) * (q.whole or 0.0)
        are_few = p.values.size + q.values.size <= _MERGED_AT_ONCE
        return (p, q) if are_few and 0.0 < product <= EXACT_INTEGER else None

    @property
    def have_labels(self) -> bool:
        """Whether a side holds labels: then the outcomes of all views are labels."""
        return isinstance(self.p.summary, CategoricalSummary) or isinstance(self.q.summary, CategoricalSummary)

    @property
    def have_mass(self) -> bool:
        """Whether both sides have a value."""
        return bool(self.p.summary.mass and self.q.summary.mass)

    def pair(self, view: View) -> DistributionPair:
        """Distributions of that view."""
        return self.built(view).pair

    def facts(self, view: View) -> SupportFacts:
        """What the report says of that view's support."""
        built = self.built(view)
        return _facts(built.masses, built.rule)

    def masses(self, view: View) -> MassPair:
        """Masses of that view, before smoothing."""
        return self.built(view).masses

    def built(self, view: View) -> Built:
        """That view, with how it came about."""
        found = self._built.get(view)
        if found is None:
            twin = view is View.DECILES and not self._has_deciles()
            found = self._built[view] = self.built(View.SMOOTHED) if twin else self._build(view)
        return found

    def has_own_support(self, view: View) -> bool:
        """Whether a view stands on other bins than the comparison."""
        return view is View.DECILES and self._has_deciles()

    def _has_deciles(self) -> bool:
        """Only numeric samples are binned, and only where no bins were asked for."""
        sampled = self.p.kind == "samples" and isinstance(self.p.summary, NumericSummary)
        given = isinstance(self.q.summary, NumericSummary) and self.q.summary.edges is not None
        return sampled and not given and self.settings.bins == "auto"

    def _build(self, view: View) -> Built:
        masses, rule, by_reference = self._masses(view)
        if self.settings.counts_missing and view in (View.SMOOTHED, View.DECILES):
            masses, rule, by_reference = self._with_missing(masses, rule, by_reference=by_reference)
        smoothing = self.smoothing if view in (View.SMOOTHED, View.DECILES) else _NO_SMOOTHING
        try:
            pair, notes = smoothed(masses, smoothing, self.observations(masses))
        except ValueError as fault:
            raise InputError(
                f"{self.p.label} against {self.q.label}: {fault}",
                remedy="leave out outcomes without mass, or merge the smallest ones",
            ) from None
        if view is View.SMOOTHED:
            self.notes.extend(notes)
        if view is View.EMPIRICAL and not self._came_on_bins() and isinstance(self.p.summary, NumericSummary):
            pair.deviation = self.p.summary.standard_deviation
        return Built(pair, rule, masses, by_reference)

    def _came_on_bins(self) -> bool:
        """Whether a side holds masses on bins: then midpoints stand for the values of both."""
        summaries = (self.p.summary, self.q.summary)
        return any(isinstance(summary, NumericSummary) and summary.edges is not None for summary in summaries)

    def observations(self, masses: MassPair) -> tuple[float | None, float | None]:
        """Observations behind the masses of a view: with those that are missing, where missing is an outcome."""
        sizes = (self.p.observations(), self.q.observations())
        if not masses.support.has_missing:
            return sizes
        shares = (side.summary.missing / side.summary.mass for side in (self.p, self.q))
        n, m = (None if n is None else n * (1.0 + share) for n, share in zip(sizes, shares, strict=True))
        return n, m

    def _with_missing(self, masses: MassPair, rule: str, *, by_reference: bool) -> tuple[MassPair, str, bool]:
        """The same with an outcome for missing values, where there are any."""
        absent = [side.summary.missing if side.kind == "samples" else 0.0 for side in (self.p, self.q)]
        if not any(absent):
            return masses, rule, by_reference
        support = masses.support._replace(size=masses.support.size + 1, has_missing=True)
        found = MassPair(support, np.append(masses.p, absent[0]), np.append(masses.q, absent[1]))
        return found, f"{rule} and missing", False

    def _masses(self, view: View) -> tuple[MassPair, str, bool]:
        """Masses on the support of a view, how it came about, and whether P's order statistics are its edges."""
        if view is View.MISSING:
            return self._missing(), "present or missing", False
        p, q = self.p.summary, self.q.summary
        if isinstance(p, CategoricalSummary) or isinstance(q, CategoricalSummary):
            labels = [self._with_all_labels(side) for side in as_labels(p, q)]
            return *_counted(by_label(*labels), "label"), False
        if view is View.EMPIRICAL:
            return *self._empirical(p, q), False
        return self._binned(p, q, DECILES if view is View.DECILES else self.settings.bins)

    def _empirical(self, p: NumericSummary, q: NumericSummary) -> tuple[MassPair, str]:
        """The exact values; where a side came on bins, the midpoints of those bins for both."""
        if p.edges is None and q.edges is None:
            return _counted(by_value(p, q))
        masses = _on_given_bins(p, q)
        self.notes.append(Note("midpoints", "Masses on bins: W1, KS and their kin are taken between the midpoints."))
        self.notes.extend(_outside(p, q))
        return masses, f"{masses.support.size} bins, as given"

    def _binned(self, p: NumericSummary, q: NumericSummary, bins: str) -> tuple[MassPair, str, bool]:
        if bins == "auto" and (p.edges is not None or q.edges is not None):
            masses = _on_given_bins(p, q)
            return masses, f"{masses.support.size} bins, as given", False
        if bins == "auto" and self.p.kind != "samples":
            return *_counted(by_value(p, q), "outcome" if self.p.unlabelled else "value"), False
        rule = bin_rule(bins)
        together = self.shared if isinstance(self.shared, NumericSummary) else None
        reference = together or p
        edges = reference.kept(("edges", bins), lambda: edges_from(reference, rule))
        if edges is None and together is not None:
            return *_counted(by_value(_on_values(p, together), _on_values(q, together))), False
        if edges is None:
            return *_counted(by_value(p, q)), False
        by_reference = rule.kind in ("auto", "quantile") and self.p.kind == "samples" and together is None
        whose = "P" if together is None else "all together"
        return on_bins(p, q, edges), rule_in_words(rule, edges.size - 1, whose), by_reference

    def _with_all_labels(self, side: CategoricalSummary) -> CategoricalSummary:
        """The same with the labels of all columns together, in their order."""
        if not isinstance(self.shared, CategoricalSummary) or self.shared.pooled or side.pooled:
            return side
        known = dict.fromkeys(self.shared.labels, 0.0)
        known.update(zip(side.labels, side.counts.tolist(), strict=True))
        return side._replace(labels=tuple(known), counts=np.array(list(known.values())))

    def _missing(self) -> MassPair:
        rows = [
            np.array([column.summary.mass + infinite_mass(column.summary), column.summary.missing])
            for column in (self.p, self.q)
        ]
        return MassPair(Support("nominal", 2, labels=("present", "missing")), rows[0], rows[1])


def _on_values(summary: NumericSummary, together: NumericSummary) -> NumericSummary:
    """The same with the values of all columns together, of which it may have some only."""
    values = distinct(np.concatenate([summary.values, together.values]))
    counts = np.zeros(values.size)
    counts[np.searchsorted(values, summary.values)] = summary.counts
    return summary._replace(values=values, counts=counts)


def _facts(masses: MassPair, rule: str) -> SupportFacts:
    support = masses.support
    return SupportFacts(
        kind=support.kind,
        size=support.size,
        rule=rule,
        edges=None if support.edges is None else _told_edges(support.edges),
        only_p=share_where(masses.p, masses.q),
        only_q=share_where(masses.q, masses.p),
        instants=support.instants,
    )


def _told_edges(edges: Vector) -> tuple[float | None, ...]:
    """Limits of bins, None for an open end."""
    low, *inner, high = edges.tolist()
    return (low if math.isfinite(low) else None, *inner, high if math.isfinite(high) else None)


def share_where(masses: Vector, other: Vector) -> float:
    """Share of the masses on outcomes where the other side has none."""
    if np.count_nonzero(other) == other.size:
        return 0.0
    alone = other == 0.0
    largest = float(masses.max())
    return float((masses[alone] / largest).sum() / (masses / largest).sum())


def _on_given_bins(p: NumericSummary, q: NumericSummary) -> MassPair:
    """Masses on the bins that P, or else Q, came on; samples beyond the outer ends are in the outer bins."""
    if p.edges is not None and q.edges is not None:
        return by_value(p, q)
    edges = p.edges if p.edges is not None else q.edges
    assert edges is not None, "one side came on bins"
    found = on_bins(p, q, np.concatenate([[-math.inf], edges[1:-1], [math.inf]]))
    midpoints = 0.5 * edges[:-1] + 0.5 * edges[1:]
    return MassPair(found.support._replace(positions=midpoints), found.p, found.q, found.whole)


def _counted(masses: MassPair, noun: str = "value") -> tuple[MassPair, str]:
    size = masses.support.size
    return masses, f"{size:,} {noun}s" if size != 1 else f"1 {noun}"


def infinite_mass(summary: Summary) -> float:
    """Observations that are infinite: they have a value, and none that can be compared."""
    return summary.non_finite if isinstance(summary, NumericSummary) else 0.0


def _outside(p: NumericSummary, q: NumericSummary) -> list[Note]:
    """What of a sample lies beyond the bins that the other side came on."""
    notes = []
    for name, sample, given in (("P", p, q.edges), ("Q", q, p.edges)):
        if sample.edges is None and given is not None:
            beyond = (sample.values < given[0]) | (sample.values > given[-1])
            share = total(sample.counts[beyond]) / sample.mass
            if share > 0.0:
                where = f"{given[0]:g} to {given[-1]:g}"
                text = f"{100 * share:.3g} % of {name} lies outside {where} and is counted in the outer bins."
                notes.append(Note("outside", text))
    return notes
