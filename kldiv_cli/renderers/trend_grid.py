"""A trend as a grid: a row a column, the values as a small curve, and the periods that are more than noise."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

from kldiv_cli.core.measures import measure_named
from kldiv_cli.renderers.escape import visible
from kldiv_cli.renderers.grid import Grid, Heading, heading_of
from kldiv_cli.renderers.numbers import significant
from kldiv_cli.renderers.pictures import sparkline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report, Series

_MOST_POINTS = 60
_NAMED = 4


def trend_grid(report: Report, style: Style) -> Grid:
    """One row a column, a measure and what it is compared with."""
    headings = (
        Heading("column"),
        Heading("measure"),
        Heading("against"),
        Heading("over time"),
        Heading("least", is_number=True, optional=1),
        Heading("most", is_number=True),
        Heading("at"),
        Heading("beyond noise"),
        Heading("in", optional=2),
    )
    rows = []
    for series in report.series:
        known = [value for value in series.values if value is not None]
        top = max(known)
        rows.append(
            (
                visible(series.column or ""),
                heading_of(series.measure, series.direction),
                series.against if not series.against.isdigit() else f"{series.against} before",
                _curve(series),
                significant(min(known), style.precision),
                significant(top, style.precision),
                visible(series.periods[series.values.index(_furthest(series.measure, known))]),
                _share_beyond(series),
                _beyond(series),
            )
        )
    return Grid(headings, tuple(rows)).without_empty()


def _furthest(measure: str, values: Sequence[float]) -> float:
    """The value of the period that is furthest: of a likeness the least."""
    return min(values) if measure_named(measure).is_similarity else max(values)


def of_one(report: Report, against: str) -> Report:
    """The comparisons with one thing alone."""
    names = list(dict.fromkeys(series.against for series in report.series))
    first = report.comparisons[0]
    starts = [
        place
        for place, one in enumerate(report.comparisons)
        if (one.column, one.part) == (first.column, first.part)  # the first later period is compared with all alike
    ]
    start, end = [*zip(starts, [*starts[1:], len(report.comparisons)], strict=True)][names.index(against)]
    return report._replace(comparisons=report.comparisons[start:end])


def _curve(series: Series) -> str:
    """The values, or where there are many periods the largest of neighbours."""
    values = [math.nan if value is None else value for value in series.values]
    width = -(-len(values) // _MOST_POINTS)
    points = [max(values[start : start + width]) for start in range(0, len(values), width)]
    finite = [point for point in points if math.isfinite(point)]
    top = max(finite, default=0.0)
    shares = tuple(top if point == math.inf else 0.0 if math.isnan(point) else point for point in points)
    return sparkline(shares, top)


def _share_beyond(series: Series) -> str:
    """``5 of 11``; empty where noise is not known."""
    if series.beyond is None:
        return ""
    return f"{len(series.beyond):,} of {len(series.periods):,}" if series.beyond else "none"


def _beyond(series: Series) -> str:
    """``3, 5 to 8``."""
    places = [series.periods.index(name) for name in series.beyond or ()]
    runs = []
    for _, run in groupby(enumerate(places), key=lambda item: item[1] - item[0]):
        names = [series.periods[place] for _, place in run]
        runs.append(f"{names[0]} to {names[-1]}" if len(names) > 2 else ", ".join(names))
    return visible(", ".join(runs[:_NAMED]) + (", ..." if len(runs) > _NAMED else ""))
