"""What is in a profile: a grid of numbers and one of labels for people, one row a column for programs."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, TextIO

from kldiv_cli.core.instants import iso
from kldiv_cli.renderers.escape import plain, spreadsheet, visible
from kldiv_cli.renderers.grid import Grid, Heading
from kldiv_cli.renderers.numbers import exact, share, significant, whole
from kldiv_cli.renderers.pictures import sparkline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kldiv_cli.core.describe import ColumnFacts
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import ProfileReport

FORMATS = ("table", "plain", "csv", "tsv", "markdown")
COLUMNS = (
    "column",
    "kind",
    "n",
    "missing",
    "non_finite",
    "distinct",
    "rank_error",
    "mean",
    "standard_deviation",
    "q0",
    "q5",
    "q25",
    "q50",
    "q75",
    "q95",
    "q100",
    "top",
)
_MONTH = 31 * 86_400.0
_LONGEST_LABEL = 16
_MOST_SEEN = 5
_STEPS = {"25 %": 1, "75 %": 1, "5 %": 6, "95 %": 6, "0 %": 7, "100 %": 7}
"""When quantiles are left out where there is no room."""


def render(report: ProfileReport, name: str, style: Style, stream: TextIO) -> None:
    """Write a profile in one of the formats above."""
    if name == "table":
        _as_table(report, style, stream)
    elif name == "markdown":
        _as_markdown(report, style, stream)
    elif name == "plain":
        stream.write(" ".join(COLUMNS) + "\n")
        for column in report.columns:
            stream.write(" ".join("-" if cell is None else plain(cell) for cell in _row(column)) + "\n")
    else:
        writer = csv.writer(stream, delimiter="," if name == "csv" else "\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for column in report.columns:
            first, *cells, last = _row(column)
            writer.writerow(["-" if cell is None else cell for cell in (_guarded(first), *cells, _guarded(last))])


def _as_table(report: ProfileReport, style: Style, stream: TextIO) -> None:
    from kldiv_cli.renderers.terminal import Screen

    screen = Screen(style)
    screen.line((visible(report.label), "bold"), (f"   {_size(report)}", "dim"))
    for grid in _grids(report, style):
        screen.blank()
        screen.grid(grid)
    notes = () if style.quiet else report.notes
    if notes:
        screen.blank()
    for note in notes:
        screen.paragraph(visible(note.text))
    stream.writelines(f"{line}\n" for line in screen.lines())


def _as_markdown(report: ProfileReport, style: Style, stream: TextIO) -> None:
    from kldiv_cli.renderers.escape import markdown
    from kldiv_cli.renderers.markdown import write_paragraphs, write_table

    stream.write(f"**{markdown(report.label)}** {_size(report)}\n\n")
    for grid in _grids(report, style):
        write_table(grid, stream)
    write_paragraphs((visible(note.text) for note in report.notes if not style.quiet), stream)


def _size(report: ProfileReport) -> str:
    columns = "1 column" if len(report.columns) == 1 else f"{len(report.columns):,} columns"
    weighted = "weighted " if report.weighted else ""
    return f"{weighted}{report.kind}, {whole(report.rows)} rows, {columns}"


def _grids(report: ProfileReport, style: Style) -> Iterable[Grid]:
    numeric = [column for column in report.columns if column.kind in ("numbers", "dates")]
    others = [column for column in report.columns if column.kind not in ("numbers", "dates")]
    if numeric:
        yield _grid_of_numbers(numeric, report, style)
    if others:
        grids = (_grid_of_labels(others, report, top) for top in range(_MOST_SEEN, 0, -1))
        yield next((grid for grid in grids if grid.width() <= style.width), _grid_of_labels(others, report, 1))


def _grid_of_numbers(columns: Iterable[ColumnFacts], report: ProfileReport, style: Style) -> Grid:
    quantiles = ("0 %", "5 %", "25 %", "50 %", "75 %", "95 %", "100 %")
    headings = (
        Heading("column"),
        Heading("missing", is_number=True),
        Heading("infinite", is_number=True),
        Heading("distinct", is_number=True, optional=2),
        Heading("shape", optional=5),
        *(Heading(title, is_number=True, optional=_STEPS.get(title, 0)) for title in quantiles),
        Heading("mean", is_number=True, optional=4),
        Heading("sd", is_number=True, optional=3),
    )
    rows = []
    for column in columns:
        found = [value for _, value in column.quantiles or ()]
        points = [_value(value, column, style) for value in found] or [""] * len(quantiles)
        centre = "" if column.mean is None else _value(column.mean, column, style)
        spread = "" if column.standard_deviation is None else _spread(column, style)
        infinite = whole(column.non_finite) if column.non_finite else ""
        distinct = whole(column.distinct) if not column.rank_error else ""
        picture = sparkline(column.shape, max(column.shape, default=0.0))
        head = (visible(column.name or "1"), _missing(column, report), infinite, distinct, picture)
        rows.append((*head, *points, centre, spread))
    return Grid(headings, tuple(rows)).without_empty()


def _grid_of_labels(columns: Iterable[ColumnFacts], report: ProfileReport, top: int) -> Grid:
    """Columns of labels, with so many of those that were seen most."""
    headings = (
        Heading("column"),
        Heading("missing", is_number=True),
        Heading("labels", is_number=True),
        Heading("shape", optional=1),
        Heading("most seen"),
    )
    rows = []
    for column in columns:
        told = [f"{_shortened(visible(label))} {share(part)}" for label, part in column.top[:top]]
        if column.pooled:
            told.append(f"pooled {share(column.pooled)}")
        if column.kind == "identifier":
            told = ["identifier: counted, not kept"]
        picture = sparkline(column.shape, max(column.shape, default=0.0))
        labels = whole(column.distinct)
        rows.append((visible(column.name or "1"), _missing(column, report), labels, picture, ", ".join(told)))
    return Grid(headings, tuple(rows)).without_empty()


def _missing(column: ColumnFacts, report: ProfileReport) -> str:
    if report.kind != "samples" or not column.missing:
        return ""
    return share(column.missing / report.rows) if not report.weighted else whole(column.missing)


def _value(value: float, column: ColumnFacts, style: Style) -> str:
    if column.instants:
        return _date(value, column)
    if value == 0.0 or 1e-4 <= abs(value) < 10 ** max(style.precision, 6):
        return f"{value:.0f}" if value == int(value) else f"{float(significant(value, style.precision)):g}"
    return significant(value, style.precision)


def _date(value: float, column: ColumnFacts) -> str:
    """A date; with the time to the minute where all lie within a month."""
    points = [point for _, point in column.quantiles or ()]
    text = iso(60.0 * (value // 60.0)).removesuffix("Z").removesuffix(":00").replace("T", " ")
    return text if points[-1] - points[0] < _MONTH else text[:10]


def _spread(column: ColumnFacts, style: Style) -> str:
    assert column.standard_deviation is not None, "there are values"
    if column.instants:
        return f"{significant(column.standard_deviation / 86_400.0, style.precision)} days"
    return significant(column.standard_deviation, style.precision)


def _guarded(cell: str | None) -> str | None:
    return None if cell is None else spreadsheet(cell)


def _row(column: ColumnFacts) -> list[str | None]:
    """Cells in the order of `COLUMNS`, with every digit."""
    quantiles = [value for _, value in column.quantiles or ()]
    found: list[str | None] = [iso(value) if column.instants else exact(value) for value in quantiles]
    points = found or [None] * 7
    mean = None if column.mean is None else iso(column.mean) if column.instants else exact(column.mean)
    spread = None if column.standard_deviation is None else exact(column.standard_deviation)
    counts: list[str | None] = [_count(number) for number in (column.n, column.missing, column.non_finite)]
    counts.append(_count(column.distinct) if not column.rank_error else None)
    top = column.top[0][0] if column.top else None
    return [column.name or "1", column.kind, *counts, exact(column.rank_error), mean, spread, *points, top]


def _count(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


def _shortened(label: str) -> str:
    shown = label or '""'
    return shown if len(shown) <= _LONGEST_LABEL else shown[: _LONGEST_LABEL - 1] + "…"
