"""One pair of columns: supports, measures, estimates. The base is applied here, once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kldiv_cli.core import remarks
from kldiv_cli.core.bins import DECILES, bin_rule, edges_from, rule_in_words
from kldiv_cli.core.distribution import DistributionPair, MassPair, Support
from kldiv_cli.core.measures import Unit, View
from kldiv_cli.core.measures.terms import js_terms, log_ratio
from kldiv_cli.core.model import Comparison, Contributions, Estimate, Note, Settings, Side, SupportFacts
from kldiv_cli.core.smoothing import ChosenSmoothing, smoothed, smoothing_from
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary
from kldiv_cli.core.support import as_labels, by_label, by_value, on_bins
from kldiv_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import DataKind, Direction, Status
    from kldiv_cli.core.summary import Summary

_QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
_DAY = 86_400.0
_CELLS = 8
_NO_SMOOTHING = smoothing_from("none")


class Column(NamedTuple):
    """A summary with what the report says of where it came from."""

    label: str
    kind: DataKind
    summary: Summary
    weighted: bool = False
    unlabelled: bool = False

    def side(self) -> Side:
        """What the report says of it."""
        summary = self.summary
        filled = isinstance(summary, NumericSummary) and summary.values.size > 0
        numeric = summary if filled and isinstance(summary, NumericSummary) else None
        mean, deviation = numeric.moments() if numeric else (None, None)
        if mean is not None and deviation is not None and not math.isfinite(mean + deviation):
            mean = deviation = None  # values up to 1.8e308: their squares are beyond
        return Side(
            label=self.label,
            kind=self.kind,
            n=None if self.kind == "probabilities" else summary.n,
            missing=summary.missing,
            non_finite=summary.non_finite if isinstance(summary, NumericSummary) else 0,
            rank_error=summary.rank_error if isinstance(summary, NumericSummary) else 0,
            weighted=self.weighted,
            mean=mean,
            standard_deviation=deviation,
            quantiles=tuple(zip(_QUANTILES, numeric.quantiles(_QUANTILES), strict=True)) if numeric else None,
        )

    def observations(self) -> float | None:
        """Number of observations behind the masses; None for bare probabilities."""
        return None if self.kind == "probabilities" else self.summary.n


@dataclass(eq=False)
class Views:
    """The pairs that measures read, each built when first asked for."""

    p: Column
    q: Column
    settings: Settings
    smoothing: ChosenSmoothing
    notes: list[Note] = field(default_factory=list)
    _built: dict[View, tuple[DistributionPair, str, MassPair]] = field(default_factory=dict)

    def pair(self, view: View) -> DistributionPair:
        """Distributions of that view."""
        return self._of(view)[0]

    def facts(self, view: View) -> SupportFacts:
        """What the report says of that view's support."""
        _, rule, masses = self._of(view)
        return _facts(masses, rule)

    def masses(self, view: View) -> MassPair:
        """Masses of that view, before smoothing."""
        return self._of(view)[2]

    def _of(self, view: View) -> tuple[DistributionPair, str, MassPair]:
        if view not in self._built:
            if view is View.DECILES and not self._has_deciles():
                self._built[view] = self._of(View.SMOOTHED)
            else:
                self._built[view] = self._build(view)
        return self._built[view]

    def has_own_support(self, view: View) -> bool:
        """Whether a view stands on other bins than the comparison."""
        return view is View.DECILES and self._has_deciles()

    def _has_deciles(self) -> bool:
        """Only numeric samples are binned, and only where no bins were asked for."""
        sampled = self.p.kind == "samples" and isinstance(self.p.summary, NumericSummary)
        return sampled and self.settings.bins == "auto"

    def _build(self, view: View) -> tuple[DistributionPair, str, MassPair]:
        masses, rule = self._masses(view)
        smoothing = self.smoothing if view in (View.SMOOTHED, View.DECILES) else _NO_SMOOTHING
        try:
            pair, notes = smoothed(masses, smoothing, (self.p.observations(), self.q.observations()))
        except ValueError as fault:
            raise InputError(
                f"{self.p.label} against {self.q.label}: {fault}",
                remedy="leave out outcomes without mass, or merge the smallest ones",
            ) from None
        if view is View.SMOOTHED:
            self.notes.extend(notes)
        return pair, rule, masses

    def _masses(self, view: View) -> tuple[MassPair, str]:
        if view is View.MISSING:
            return self._missing(), "present or missing"
        p, q = self.p.summary, self.q.summary
        if isinstance(p, CategoricalSummary) or isinstance(q, CategoricalSummary):
            return _counted(by_label(as_labels(p), as_labels(q)), "label")
        if view is View.EMPIRICAL:
            return self._empirical(p, q)
        return self._binned(p, q, DECILES if view is View.DECILES else self.settings.bins)

    def _empirical(self, p: NumericSummary, q: NumericSummary) -> tuple[MassPair, str]:
        """The exact values; where a side came on bins, the midpoints of those bins for both."""
        if p.edges is None and q.edges is None:
            return _counted(by_value(p, q))
        masses = _on_given_bins(p, q)
        self.notes.append(Note("midpoints", "Masses on bins: W1, KS and their kin are taken between the midpoints."))
        return masses, f"{masses.support.size} bins, as given"

    def _binned(self, p: NumericSummary, q: NumericSummary, bins: str) -> tuple[MassPair, str]:
        if bins == "auto" and (p.edges is not None or q.edges is not None):
            masses = _on_given_bins(p, q)
            return masses, f"{masses.support.size} bins, as given"
        if bins == "auto" and self.p.kind != "samples":
            return _counted(by_value(p, q), "outcome" if self.p.unlabelled else "value")
        rule = bin_rule(bins)
        edges = edges_from(p, rule)
        if edges is None:
            return _counted(by_value(p, q))
        return on_bins(p, q, edges), rule_in_words(rule, edges.size - 1)

    def _missing(self) -> MassPair:
        rows = [
            np.array([column.summary.mass + _non_finite(column.summary), column.summary.missing])
            for column in (self.p, self.q)
        ]
        return MassPair(Support("nominal", 2, labels=("present", "missing")), rows[0], rows[1])


def compare_columns(
    p: Column, q: Column, settings: Settings, measures: Iterable[Measure], column: str | None = None
) -> Comparison:
    """Compare two columns by every measure asked for.

    Parameters
    ----------
    p, q : Column
        Reference and candidate.
    settings : Settings
    measures : iterable of Measure
    column : str, optional
        Name of the column, for the report.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If the two cannot be put on one support.
    UsageError
        If a setting does not fit the data.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is undefined, and its note says so
        return _compared(Views(p, q, settings, smoothing_from(settings.smoothing)), tuple(measures), column)


def _compared(views: Views, asked: tuple[Measure, ...], column: str | None) -> Comparison:
    p, q, settings = views.p, views.q, views.settings
    empty = [name for name, side in (("P", p), ("Q", q)) if side.summary.mass == 0]
    if empty:
        return _without_values(views, asked, column, empty)
    pair = views.pair(View.SMOOTHED)
    contributions = _contributions(pair, math.log(settings.base))
    sides = p.side(), q.side()
    explain = partial(remarks.infinite, views=views)
    estimates = tuple(estimate for row in asked for estimate in _estimates(row, views, explain))
    closing, *said = remarks.on_comparison(views, sides, estimates, contributions, column)
    return Comparison(
        p=sides[0],
        q=sides[1],
        column=column,
        support=views.facts(View.SMOOTHED),
        estimates=estimates,
        contributions=contributions,
        shapes=_shapes(views, sides),
        notes=(closing, *views.notes, *said),
    )


def _without_values(views: Views, asked: tuple[Measure, ...], column: str | None, empty: list[str]) -> Comparison:
    note = Note("no-values", f"{' and '.join(empty)} has no value here: every row is missing.")
    rows = views.p.kind == views.q.kind == "samples"
    estimates: list[Estimate] = []
    for row in asked:
        if row.view is View.MISSING and rows:
            estimates.extend(_estimates(row, views, lambda _row, _direction: (note,)))
        else:
            estimates.extend(
                _estimate(row, views, direction, None, "undefined", (note,)) for direction in row.directions
            )
    return Comparison(views.p.side(), views.q.side(), column, None, tuple(estimates), None, None, (note,))


def _estimates(
    row: Measure, views: Views, explain: Callable[[Measure, Direction | None], tuple[Note, ...]]
) -> Iterator[Estimate]:
    """Every direction of one measure."""
    reason = _why_not(row, views)
    if reason is not None:
        for direction in row.directions:
            yield _estimate(row, views, direction, None, "not_applicable", (reason,))
        return
    compute: Callable[[DistributionPair], float] = row.compute  # type: ignore[assignment]
    if row.takes_order:
        compute = partial(row.compute, order=views.settings.alpha_order)  # type: ignore[call-arg]
    pair = views.pair(row.view)
    for turned, direction in enumerate(row.directions):
        value = compute(pair.swapped() if turned else pair)
        if math.isnan(value):
            yield _estimate(row, views, direction, None, "undefined", (_why_undefined(row, pair),))
        elif value == math.inf and _finite_by_zeros(row, pair):
            yield _estimate(row, views, direction, None, "undefined", (_overflow(row),))
        elif value == math.inf:
            yield _estimate(row, views, direction, value, "infinite", explain(row, direction))
        else:
            yield _estimate(row, views, direction, value, "ok", ())


def _why_undefined(row: Measure, pair: DistributionPair) -> Note:
    if np.count_nonzero(pair.p) == 1:
        return Note("constant", "P is constant, so its standard deviation cannot be a yardstick.")
    return _overflow(row)


def _overflow(row: Measure) -> Note:
    return Note("overflow", f"{row.title} is beyond the largest float64, 1.8e308.")


def _finite_by_zeros(row: Measure, pair: DistributionPair) -> bool:
    """Whether no zero makes the measure infinite, so that an infinite value can only be an overflow."""
    return row.needs_positions or not bool(np.any((pair.p == 0.0) != (pair.q == 0.0)))


def _why_not(row: Measure, views: Views) -> Note | None:
    if row.sample_only and not views.p.kind == views.q.kind == "samples":
        return Note("masses", "Masses have no rows that could be missing.")
    if row.needs_positions and views.pair(row.view).support.positions is None:
        return Note("nominal", "Labels have no order, so no distance lies between them; --order gives one.")
    return None


def _estimate(
    row: Measure,
    views: Views,
    direction: Direction | None,
    value: float | None,
    status: Status,
    notes: tuple[Note, ...],
) -> Estimate:
    scale, unit = unit_of(row, views.settings.base, instants=_instants(views))
    own = views.facts(row.view) if value is not None and views.has_own_support(row.view) else None
    return Estimate(
        measure=row.key,
        title=row.title,
        direction=direction,
        value=None if value is None else value / scale,
        status=status,
        unit=unit,
        maximum=row.maximum / scale if math.isfinite(row.maximum) else None,
        support=own,
        notes=notes,
    )


def unit_of(row: Measure, base: float, *, instants: bool) -> tuple[float, str | None]:
    """What a value of the core is divided by, and the name of the unit it then has."""
    if row.unit is Unit.INFORMATION:
        return math.log(base), name_of_base(base)
    if row.unit is Unit.ROOT_INFORMATION:
        return math.sqrt(math.log(base)), f"sqrt({name_of_base(base)})"
    if row.unit is Unit.POSITION:
        return (_DAY, "days") if instants else (1.0, "data")
    if row.unit is Unit.ROOT_POSITION:
        return (math.sqrt(_DAY), "sqrt(days)") if instants else (1.0, "sqrt(data)")
    return 1.0, None


def name_of_base(base: float) -> str:
    """``nats``, ``bits`` or ``base-N``."""
    names = {math.e: "nats", 2.0: "bits"}
    return names.get(base) or f"base-{base:g}"


def _instants(views: Views) -> bool:
    return any(isinstance(side.summary, NumericSummary) and side.summary.instants for side in (views.p, views.q))


def _contributions(pair: DistributionPair, scale: float) -> Contributions:
    js = js_terms(pair.p, pair.q, pair.difference) / scale
    ratio = log_ratio(pair.p, pair.q)
    with np.errstate(divide="ignore", invalid="ignore"):
        close = np.abs(pair.difference) <= 0.5 * pair.q
        ratio[close] = np.log1p(pair.difference[close] / pair.q[close])
        kl, kl_reversed = pair.p * ratio / scale, -pair.q * ratio / scale
    kl[pair.p == 0.0] = 0.0
    kl_reversed[pair.q == 0.0] = 0.0
    return Contributions(pair.support, pair.p, pair.q, js, kl + 0.0, kl_reversed + 0.0, scale)


def _facts(masses: MassPair, rule: str) -> SupportFacts:
    support = masses.support
    edges = None if support.edges is None else tuple(support.edges.tolist())
    return SupportFacts(
        kind=support.kind,
        size=support.size,
        rule=rule,
        edges=None if edges is None else tuple(edge if math.isfinite(edge) else None for edge in edges),
        only_p=_share_where(masses.p, masses.q),
        only_q=_share_where(masses.q, masses.p),
        instants=support.instants,
    )


def _share_where(masses: Vector, other: Vector) -> float:
    """Share of the masses on outcomes where the other side has none."""
    alone = other == 0.0
    if not alone.any():
        return 0.0
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
    return replace(found, support=replace(found.support, positions=midpoints))


def _counted(masses: MassPair, noun: str = "value") -> tuple[MassPair, str]:
    size = masses.support.size
    return masses, f"{size:,} {noun}s" if size != 1 else f"1 {noun}"


def _non_finite(summary: Summary) -> float:
    return summary.non_finite if isinstance(summary, NumericSummary) else 0.0


def _shapes(views: Views, sides: tuple[Side, Side]) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Shares over at most eight cells: equal widths between the 1 % and 99 % quantiles of both, or labels."""
    p, q = views.p.summary, views.q.summary
    if isinstance(p, NumericSummary) and isinstance(q, NumericSummary):
        found = [dict(side.quantiles or ()) for side in sides]
        low, high = min(side[0.01] for side in found), max(side[0.99] for side in found)
        inner = low + (high / _CELLS - low / _CELLS) * np.arange(1, _CELLS)
        cells = on_bins(p, q, np.concatenate([[-math.inf], inner, [math.inf]]))
        shares = (cells.p / cells.p.max(), cells.q / cells.q.max())
        return tuple((shares[0] / shares[0].sum()).tolist()), tuple((shares[1] / shares[1].sum()).tolist())
    pair = views.pair(View.SMOOTHED)
    return (tuple(pair.p.tolist()), tuple(pair.q.tolist())) if pair.support.size <= _CELLS else None
