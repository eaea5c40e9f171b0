"""One pair of columns: supports, measures, estimates."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core import remarks
from kldiv_cli.core.distribution import DistributionPair
from kldiv_cli.core.measures import View, measure_named
from kldiv_cli.core.measures.terms import js_terms, log_ratio
from kldiv_cli.core.model import Comparison, Contributions, Estimate, Note, Null, Settings, Side
from kldiv_cli.core.smoothing import smoothing_from
from kldiv_cli.core.summary import NumericSummary
from kldiv_cli.core.support import on_bins
from kldiv_cli.core.term_totals import fill_totals, portions
from kldiv_cli.core.units import unit_of
from kldiv_cli.core.views import Column, ColumnPair, Views, infinite_mass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Direction, Status
    from kldiv_cli.core.significance import Noise
    from kldiv_cli.core.summary import Summary

_CELLS = 8
_JS = measure_named("js")


def compare_columns(
    p: Column,
    q: Column,
    settings: Settings,
    measures: Iterable[Measure],
    column: str | None = None,
) -> Comparison:
    """Compare two columns by every measure asked for; see `compare_all`."""
    return compare_all([ColumnPair(column, p, q)], settings, measures)[0]


def compare_all(
    pairs: Iterable[ColumnPair],
    settings: Settings,
    measures: Iterable[Measure],
    shared: Mapping[str | None, Summary] | None = None,
    *,
    brief: bool = False,
) -> list[Comparison]:
    """Compare pairs of columns, reference and candidate, by every measure asked for.

    Parameters
    ----------
    pairs : iterable of ColumnPair
    settings : Settings
    measures : iterable of Measure
    shared : mapping, optional
        By the name of the pair, what decides the support in place of P: that of many columns together.
    brief : bool
        Whether only the estimates are wanted: no contributions, shapes, quantiles or remarks.

    Returns
    -------
    list of Comparison
        In the order of the pairs.

    Raises
    ------
    InputError
        If two columns cannot be put on one support.
    UsageError
        If a setting does not fit the data.
    """
    asked, smoothing, known = tuple(measures), smoothing_from(settings.smoothing), shared or {}
    pairs = list(pairs)
    columns = (Views(pair.p, pair.q, settings, smoothing, known.get(pair.name)) for pair in pairs)
    names = iter([pair.name for pair in pairs])
    summed = [_JS, *(row for row in asked if row is not _JS)] if settings.preset is None else [_JS]
    found = []
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is undefined, and its note says so
        for portion in portions(columns):
            fill_totals(portion, summed)
            while portion:  # each is let go when it is compared: its pairs may be as large as the column
                found.append(_compared(portion.popleft(), asked, next(names), brief=brief))
    return found


def compare_rates(p: Column, q: Column, settings: Settings, column: str | None) -> Comparison:
    """Compare the rates of missing rows alone: of columns whose values are not compared."""
    views = Views(p, q, settings, smoothing_from(settings.smoothing))
    row = measure_named("missing")
    estimates = tuple(_estimates(row, views, _noise(views, column, None), lambda _row, _direction: ()))
    return Comparison(p.side(brief=True), q.side(brief=True), column, None, estimates, None, None, ())


def noise_of(p: Column, q: Column, settings: Settings, column: str | None) -> Noise | None:
    """The noise of two columns that were compared: for p values that are worth more draws."""
    return _noise(Views(p, q, settings, smoothing_from(settings.smoothing)), column, p.side().standard_deviation)


def _noise(views: Views, column: str | None, deviation: float | None) -> Noise | None:
    """What chance does to the measures; None for probabilities, which nobody counted."""
    if views.p.kind == views.q.kind == "probabilities" or not views.settings.floors:
        return None
    from kldiv_cli.core.significance import Noise

    return Noise(views, column, deviation)


def _compared(views: Views, asked: tuple[Measure, ...], column: str | None, *, brief: bool) -> Comparison:
    p, q, settings = views.p, views.q, views.settings
    if not views.have_mass:
        return _without_values(views, asked, column)
    pair = views.pair(View.SMOOTHED)
    sides = p.side(brief=brief), q.side(brief=brief)
    explain = partial(remarks.infinite, views=views)
    noise = _noise(views, column, sides[0].standard_deviation)
    estimates = tuple(estimate for row in asked for estimate in _estimates(row, views, noise, explain))
    if settings.estimators:
        from kldiv_cli.core.estimators.columns import estimates_of_columns

        estimates = (*estimates, *estimates_of_columns(p, q, settings, column))
    if settings.interval is not None:
        from kldiv_cli.core.estimators.intervals import with_intervals

        estimates = tuple(with_intervals(estimates, views, column))
    facts = views.facts(View.SMOOTHED)
    if settings.preset is not None:
        facts = facts._replace(rule=f"preset {settings.preset}")
    js = _value(_JS, views, turned=False)
    if brief:
        return Comparison(*sides, column, facts, estimates, None, None, tuple(views.notes), js=js)
    contributions = contributions_of(pair, math.log(settings.base))
    closing, *said = remarks.on_comparison(views, sides, estimates, contributions, column)
    return Comparison(
        p=sides[0],
        q=sides[1],
        column=column,
        support=facts,
        estimates=estimates,
        contributions=contributions,
        shapes=_shapes(views, sides),
        notes=(closing, *views.notes, *(noise.notes if noise else ()), *said),
        js=js,
    )


def _without_values(views: Views, asked: tuple[Measure, ...], column: str | None) -> Comparison:
    empty = [name for name, side in (("P", views.p), ("Q", views.q)) if side.summary.mass == 0]
    names = " and ".join(empty)
    verb = "has" if len(empty) == 1 else "have"
    finite = "" if not any(infinite_mass(side.summary) for side in (views.p, views.q)) else "finite "
    note = Note("no-values", f"{names} {verb} no {finite}value here.")
    rows = views.p.kind == views.q.kind == "samples"
    estimates: list[Estimate] = []
    noise = _noise(views, column, None)
    for row in asked:
        if row.view is View.MISSING and rows:
            estimates.extend(_estimates(row, views, noise, lambda _row, _direction: (note,)))
        else:
            estimates.extend(
                _estimate(row, views, direction, None, "undefined", (note,)) for direction in row.directions
            )
    return Comparison(views.p.side(), views.q.side(), column, None, tuple(estimates), None, None, (note,))


def _estimates(
    row: Measure, views: Views, noise: Noise | None, explain: Callable[[Measure, Direction | None], tuple[Note, ...]]
) -> Iterator[Estimate]:
    """Every direction of one measure."""
    if views.settings.preset is not None and row.view is not View.MISSING:
        from kldiv_cli.core.presets import preset_named
        from kldiv_cli.core.presets.estimates import preset_estimate

        yield from preset_estimate(row, preset_named(views.settings.preset), views, noise)
        return
    reason = _why_not(row, views)
    if reason is not None:
        for direction in row.directions:
            yield _estimate(row, views, direction, None, "not_applicable", (reason,))
        return
    if row.view is View.MISSING and not (views.p.summary.missing or views.q.summary.missing):
        null = noise.null(row, 0.0, turned=False) if noise else None
        yield _estimate(row, views, None, 0.0, "ok", (), null)
        return
    for turned, direction in enumerate(row.directions):
        value = _value(row, views, turned=bool(turned))
        if math.isnan(value):
            reason = _why_undefined(row, views.pair(row.view))
            yield _estimate(row, views, direction, None, "undefined", (reason,))
        elif value == math.inf and _finite_by_zeros(row, views.pair(row.view)):
            yield _estimate(row, views, direction, None, "undefined", (_overflow(row),))
        else:
            status: Status = "infinite" if value == math.inf else "ok"
            notes = explain(row, direction) if value == math.inf else ()
            null = noise.null(row, value, turned=bool(turned)) if noise else None
            yield _estimate(row, views, direction, value, status, notes, null)


def _value(row: Measure, views: Views, *, turned: bool) -> float:
    """One direction of a measure, in nats or the unit of the positions; NaN where it is undefined."""
    known = views.totals.get((row.key, turned))
    if known is not None:
        return known
    if row.of_samples is not None and views.samples is not None:
        return row.of_samples(*views.samples)
    compute: Callable[[DistributionPair], float] = row.compute  # type: ignore[assignment]
    if row.takes_order:
        compute = partial(row.compute, order=views.settings.alpha_order)  # type: ignore[call-arg]
    pair = views.pair(row.view)
    return compute(pair.swapped() if turned else pair)


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
    if row.needs_positions and views.have_labels and views.pair(View.SMOOTHED).support.positions is None:
        return Note("nominal", "Labels have no order, so no distance lies between them; --order gives one.")
    return None


def _estimate(
    row: Measure,
    views: Views,
    direction: Direction | None,
    value: float | None,
    status: Status,
    notes: tuple[Note, ...],
    null: Null | None = None,
) -> Estimate:
    scale, unit = unit_of(row, views.settings.base, instants=views.have_instants)
    if null is not None and null.floor is not None:
        null = null._replace(floor=null.floor / scale)
    own = views.facts(row.view) if value is not None and views.has_own_support(row.view) else None
    return Estimate(
        measure=row.key,
        title=row.title,
        direction=direction,
        value=None if value is None else value / scale,
        status=status,
        unit=unit,
        maximum=row.maximum / scale if math.isfinite(row.maximum) else None,
        null=null,
        support=own,
        notes=notes,
    )


def contributions_of(pair: DistributionPair, scale: float) -> Contributions:
    """What every outcome adds to JS and KL; ``scale`` is the nats in the unit of the terms."""
    js = js_terms(pair.p, pair.q, pair.difference) / scale
    ratio = log_ratio(pair.p, pair.q)
    with np.errstate(divide="ignore", invalid="ignore"):
        close = np.abs(pair.difference) <= 0.5 * pair.q
        ratio[close] = np.log1p(pair.difference[close] / pair.q[close])
        kl, kl_reversed = pair.p * ratio / scale, -pair.q * ratio / scale
    kl[pair.p == 0.0] = 0.0
    kl_reversed[pair.q == 0.0] = 0.0
    return Contributions(pair.support, pair.p, pair.q, js, kl + 0.0, kl_reversed + 0.0, scale)


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
