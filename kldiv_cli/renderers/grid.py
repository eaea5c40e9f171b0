"""The numbers of a report as grids of text cells, which the terminal and Markdown draw each in their way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kldiv_cli.core.phrases import spoken
from kldiv_cli.record import NamedTuple
from kldiv_cli.renderers.escape import cells, visible
from kldiv_cli.renderers.flat import ratio, shown_contributions
from kldiv_cli.renderers.numbers import share, significant, unit
from kldiv_cli.renderers.pictures import sparkline
from kldiv_cli.renderers.words import floor_in_words, share_of_maximum, value_in_words

if TYPE_CHECKING:
    from kldiv_cli.core.model import Comparison, Direction, Estimate
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.renderers.words import Footnotes
    from kldiv_cli.report import Report

GAPS = (3, 2)
"""Blanks between columns: as many as there is room for."""
_MARKS = re.compile(r"~?(?: [⁰¹²³⁴⁵⁶⁷⁸⁹]+)*$")
_MOST_VALUE_COLUMNS = 9
_LAST_DIGITS = 1e-12
"""Errors, as a share of the value, that are not worth a column."""
_SHORT = {
    "kl": "KL",
    "js": "JS",
    "js-distance": "JS dist",
    "tv": "TV",
    "w1": "W1",
    "w1-scaled": "W1/sd",
    "ks": "KS",
}
_ARROWS = {"p:q": " P‖Q", "q:p": " Q‖P", "p": " P", "q": " Q"}


class Heading(NamedTuple):
    """A column of a grid."""

    title: str
    is_number: bool = False
    optional: int = 0
    """When it is left out where there is no room: 1 are the first to go, 0 stay."""


class Grid(NamedTuple):
    """Cells by row, under headings. The cells are harmless text."""

    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]

    def width(self, gap: int = GAPS[-1]) -> int:
        """Columns of a screen that it takes, with so many blanks between its columns."""
        titles = tuple(heading.title for heading in self.headings)
        widths = (max(map(cells, column)) for column in zip(titles, *self.rows, strict=True))
        return sum(widths) + gap * (len(titles) - 1)

    def aligned(self) -> Grid:
        """The same with the marks behind numbers below each other, so that the numbers are too."""
        columns = list(zip(*self.rows, strict=True))
        for place, heading in enumerate(self.headings):
            if heading.is_number and columns:
                marks = [len(_MARKS.search(cell)[0]) for cell in columns[place]]  # type: ignore[index]
                columns[place] = tuple(
                    cell + " " * (max(marks) - own) if cell else cell
                    for cell, own in zip(columns[place], marks, strict=True)
                )
        return Grid(self.headings, tuple(zip(*columns, strict=True)))

    def without_empty(self) -> Grid:
        """The same without columns in which every cell is empty."""
        kept = [i for i in range(len(self.headings)) if any(row[i] for row in self.rows)]
        return Grid(tuple(self.headings[i] for i in kept), tuple(tuple(row[i] for i in kept) for row in self.rows))

    def without_optional(self, step: int) -> Grid:
        """The same without the columns that are left out at that step or before."""
        kept = [i for i, heading in enumerate(self.headings) if not 0 < heading.optional <= step]
        return Grid(tuple(self.headings[i] for i in kept), tuple(tuple(row[i] for i in kept) for row in self.rows))


def fits_one_row_each(report: Report) -> bool:
    """Whether a comparison fits one row: tables or several candidates, and not too many numbers each."""
    values = len(report.comparisons[0].estimates)
    return (report.is_table or len(report.comparisons) > 1) and values <= _MOST_VALUE_COLUMNS


def measures_grid(comparison: Comparison, style: Style, footnotes: Footnotes) -> Grid:
    """One row a measure; both directions beside each other."""
    directed = any(estimate.direction is not None for estimate in comparison.estimates)
    headings = (
        Heading("measure"),
        Heading("P‖Q" if directed else "value", is_number=True),
        Heading("Q‖P", is_number=True),
        Heading("unit"),
        Heading("of max", is_number=True, optional=1),
        Heading("interval"),
        Heading("how"),
        Heading("±", is_number=True),
        Heading("floor", is_number=True),
    )
    by_measure: dict[str, list[Estimate]] = {}
    for estimate in comparison.estimates:
        by_measure.setdefault(estimate.measure, []).append(estimate)
    rows = []
    for group in by_measure.values():
        values = [value_in_words(estimate, style) for estimate in group]
        if len(set(values)) == 1 and group[0].status in ("not_applicable", "undefined"):
            values = values[:1]
        marks = [footnotes.noise_mark(estimate) + footnotes.mark(estimate.notes) for estimate in group]
        cells = [value + mark for value, mark in zip(values, marks, strict=False)]
        own = group[0].support
        title = group[0].title + (f" ({own.rule})" if own is not None else "")
        if group[0].direction == "p":
            title += " of P, of Q"
        known = unit(group[0].unit) if group[0].status in ("ok", "infinite") else ""
        rows.append(
            (
                title,
                cells[0],
                cells[1] if len(cells) > 1 else "",
                known,
                share_of_maximum(group[0]),
                " and ".join(filter(None, (_interval(one, style) for one in group))),
                group[0].method or "",
                _errors(group),
                floor_in_words(group[0], style),
            )
        )
    return Grid(headings, tuple(rows)).without_empty()


def _interval(estimate: Estimate, style: Style) -> str:
    if estimate.interval is None:
        return ""
    low, high = (significant(end, min(style.precision, 3)) for end in estimate.interval)
    return f"{low} to {high}"


def _errors(group: list[Estimate]) -> str:
    """How far the values of a measure may be off; empty where they are right to the last digits."""
    largest = max((one.error or 0.0 for one in group), default=0.0)
    values = [abs(one.value) for one in group if one.value is not None]
    if not values or largest <= _LAST_DIGITS * max(values):
        return ""
    return f"{largest:.0e}"


def columns_grid(report: Report, style: Style, footnotes: Footnotes) -> Grid:
    """One row a column of the tables compared, with a small picture of the two shapes."""
    comparisons = report.comparisons
    keys: dict[tuple[str, Direction | None], None] = {}
    for comparison in comparisons:
        keys.update(dict.fromkeys((estimate.measure, estimate.direction) for estimate in comparison.estimates))
    headings = leading(report)
    several = bool(headings)
    headings += [
        Heading("column"),
        Heading("kind", optional=1),
        Heading("P shape", optional=2),
        Heading("Q shape", optional=2),
    ]
    headings += [Heading(heading_of(measure, direction), is_number=True) for measure, direction in keys]
    rows = []
    for comparison in comparisons:
        found = {(estimate.measure, estimate.direction): estimate for estimate in comparison.estimates}
        shapes = comparison.shapes
        top = max(*shapes[0], *shapes[1]) if shapes else 0.0
        pictures = [sparkline(shape, top) for shape in shapes] if shapes else ["", ""]
        row = [which(comparison)] if several else []
        row += [visible(comparison.column or ""), _kind(comparison), *pictures]
        row += [_cell(found[key], comparison, style, footnotes) if key in found else "" for key in keys]
        rows.append(tuple(row))
    _say_why_nothing_applies(rows, len(headings) - len(keys), comparisons[0], footnotes)
    return Grid(tuple(headings), tuple(rows)).without_empty()


def heading_of(measure: str, direction: Direction | None) -> str:
    """``KL P‖Q``."""
    return _SHORT.get(measure, measure) + _ARROWS.get(direction or "", "")


def leading(report: Report) -> list[Heading]:
    """Heading of what tells comparisons of one column apart, where there are several."""
    part = report.comparisons[0].part
    if part is not None:
        return [Heading(part.kind)]
    return [Heading("Q")] if report.candidates > 1 else []


def which(comparison: Comparison) -> str:
    """The group, the period, or the candidate that a comparison is of."""
    return visible(comparison.called)


def title_of(comparison: Comparison) -> str:
    """What stands above the terms of a comparison: its column, and the group or the period."""
    names = [which(comparison)] if comparison.part is not None or comparison.column is None else []
    return " ".join([*names, *([visible(comparison.column)] if comparison.column is not None else [])])


def _say_why_nothing_applies(rows: list[tuple[str, ...]], start: int, first: Comparison, footnotes: Footnotes) -> None:
    """A column of numbers that applies to no row keeps a dash and the reason, in place of vanishing."""
    for place, estimate in enumerate(first.estimates, start=start):
        if estimate.status == "not_applicable" and not any(row[place] for row in rows):
            for number, row in enumerate(rows):
                mark = footnotes.mark(estimate.notes) if number == 0 else ""
                rows[number] = (*row[:place], f"–{mark}", *row[place + 1 :])


def terms_grid(comparison: Comparison, style: Style) -> Grid:
    """One row an outcome: p, q, their ratio, the signed terms of KL and their running sums, the term of JS."""
    headings = (
        Heading("outcome"),
        *(
            Heading(title, is_number=True)
            for title in ("p", "q", "p/q", "p·log(p/q)", "sum", "q·log(q/p)", "sum", "JS term")
        ),
    )
    instants = comparison.support is not None and comparison.support.instants
    rows = []
    kl = kl_reversed = 0.0
    for item in shown_contributions(comparison, style):
        kl += item.kl
        kl_reversed += item.kl_reversed
        over = ratio(item)
        numbers = (item.p, item.q, over, item.kl, kl, item.kl_reversed, kl_reversed, item.js)
        cells = ["–" if number is None else significant(number, style.precision) for number in numbers]
        rows.append((visible(spoken(item.outcome, instants=instants)), *cells))
    return Grid(headings, tuple(rows))


def _cell(estimate: Estimate, comparison: Comparison, style: Style, footnotes: Footnotes) -> str:
    if estimate.measure == "missing" and estimate.status == "ok":
        rate_p, rate_q = (side.missing / side.rows if side.rows else 0.0 for side in (comparison.p, comparison.q))
        change = rate_q - rate_p
        signed = f"{'+' if change > 0 else '-' if change < 0 else ''}{share(abs(change))}"
        return signed + footnotes.noise_mark(estimate)
    if estimate.status == "not_applicable":
        return ""
    return value_in_words(estimate, style) + footnotes.noise_mark(estimate) + footnotes.mark(estimate.notes)


def _kind(comparison: Comparison) -> str:
    support = comparison.support
    if support is None:
        return "no values"
    if support.kind == "nominal":
        return "1 label" if support.size == 1 else f"{support.size:,} labels"
    return "dates" if support.instants else "numeric"
