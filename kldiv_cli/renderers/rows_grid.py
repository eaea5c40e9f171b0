"""Rows against rows as a grid: a row a measure and direction, a column a statistic."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kldiv_cli.core.row_statistics import STATISTICS
from kldiv_cli.renderers.grid import Grid, Heading, heading_of
from kldiv_cli.renderers.numbers import INFINITY, significant, unit

if TYPE_CHECKING:
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import RowsSummary

_OPTIONAL = {"p95": 1, "p90": 2, "p99.9": 3}


def statistics_grid(summary: RowsSummary, style: Style) -> Grid:
    """Mean with its standard error, quantiles and largest value of every measure over the rows."""
    headings = [Heading("measure"), Heading("unit", optional=4)]
    for name in STATISTICS:
        headings.append(Heading(_spoken(name), is_number=True, optional=_OPTIONAL.get(name, 0)))
        if name == "mean":
            headings.append(Heading("± s.e.", is_number=True, optional=3))
    rows = []
    for one in summary.statistics:
        cells = [heading_of(one.measure, one.direction), unit(one.unit)]
        for name in STATISTICS:
            cells.append(_figure(one.values[name], style.precision, bounded=summary.partial > 0))
            if name == "mean":
                cells.append("" if one.standard_error is None else significant(one.standard_error, 2))
        rows.append(tuple(cells))
    return Grid(tuple(headings), tuple(rows)).without_empty()


def _spoken(name: str) -> str:
    return f"{name[1:]} %" if name[0] == "p" else name


def _figure(value: float, precision: int, *, bounded: bool) -> str:
    if math.isnan(value):
        return "?"
    shown = INFINITY if math.isinf(value) else significant(value, precision)
    return f"≥{shown}" if bounded and value > 0.0 else shown
