"""The table people look at: rich draws it."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kldiv_cli.renderers.escape import visible
from kldiv_cli.renderers.grid import MOST_VALUE_COLUMNS, Grid, columns_grid, measures_grid, terms_grid
from kldiv_cli.renderers.pictures import bars
from kldiv_cli.renderers.words import (
    Footnotes,
    quantiles_in_words,
    remarks,
    report_notes,
    settings_in_words,
    side_in_words,
)

if TYPE_CHECKING:
    from kldiv_cli.core.model import Comparison
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report

_P, _Q = "cyan", "magenta"
_INDENT = (0, 0, 0, 2)


def render(report: Report, _name: str, style: Style, stream: TextIO) -> None:
    """Write a report as tables fit for a terminal of ``style.width`` columns."""
    drawn = StringIO()
    console = Console(
        file=drawn,
        width=style.width,
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    footnotes = Footnotes()
    if _fits_one_row_each(report):
        _table_of_columns(report, style, footnotes, console)
        for comparison in report.comparisons:
            _details(comparison, style, console, named=True)
    else:
        for number, comparison in enumerate(report.comparisons):
            if number:
                console.print()
            _pair(report, comparison, style, footnotes, console)
    for line in footnotes.lines():
        console.print(Padding(Text(line, style="dim"), _INDENT))
    for line in report_notes(report):
        console.print(Padding(Text(line), _INDENT))
    stream.writelines(f"{line.rstrip()}\n" for line in drawn.getvalue().splitlines())


def _fits_one_row_each(report: Report) -> bool:
    values = len(report.comparisons[0].estimates)
    return (report.is_table or len(report.comparisons) > 1) and values <= MOST_VALUE_COLUMNS


def _pair(report: Report, comparison: Comparison, style: Style, footnotes: Footnotes, console: Console) -> None:
    _sides(report, comparison, style, console)
    console.print()
    grid = measures_grid(comparison, style, footnotes)
    _draw(grid, console)
    _details(comparison, style, console, named=False)
    console.print()
    for line in remarks(comparison, style):
        console.print(Padding(Text(line), _INDENT))


def _table_of_columns(report: Report, style: Style, footnotes: Footnotes, console: Console) -> None:
    first = report.comparisons[0]
    several = len({comparison.q.label for comparison in report.comparisons}) > 1
    rows = [comparison for comparison in report.comparisons if comparison.q.label == first.q.label]
    most = {
        name: max((side.n or 0) + side.missing for side in sides)
        for name, sides in (("p", [c.p for c in rows]), ("q", [c.q for c in rows]))
    }
    for name, color, side in (("P", _P, first.p), ("Q", _Q, first.q)):
        if name == "Q" and several:
            continue
        line = Text(f"{name} ", style=f"bold {color}")
        line.append(visible(side.label), style="bold")
        line.append(f"   {side.kind}, {most[name.lower()]:,.0f} rows", style="dim")
        console.print(line)
    words = settings_in_words(report, None)
    if words:
        console.print(Text(words, style="dim"))
    console.print()
    _draw(columns_grid(report.comparisons, style, footnotes), console)
    console.print()


def _sides(report: Report, comparison: Comparison, style: Style, console: Console) -> None:
    column = f" · {visible(comparison.column)}" if report.is_table and comparison.column else ""
    instants = comparison.support is not None and comparison.support.instants
    width = max(len(visible(side.label) + column) for side in (comparison.p, comparison.q))
    for name, color, side in (("P", _P, comparison.p), ("Q", _Q, comparison.q)):
        line = Text(f"{name} ", style=f"bold {color}")
        line.append(f"{visible(side.label) + column:<{width}}", style="bold")
        line.append(f"   {side_in_words(side)}", style="dim")
        words = settings_in_words(report, comparison) if name == "Q" else ""
        if words:
            line.append(f"   {words}", style="dim")
        console.print(line)
        told = quantiles_in_words(side, style, instants=instants) if style.verbose else None
        if told:
            console.print(Padding(Text(told, style="dim"), _INDENT))


def _details(comparison: Comparison, style: Style, console: Console, *, named: bool) -> None:
    """Terms and plot, where they were asked for."""
    wanted = comparison.contributions is not None and (style.terms or style.top is not None or style.plot)
    if wanted and named:
        console.print(Text(visible(comparison.column or comparison.q.label), style="bold"))
    if wanted and (style.terms or style.top is not None):
        if not named:
            console.print()
        _draw(terms_grid(comparison, style), console)
    if wanted and style.plot:
        console.print()
        for line in bars(comparison, style.width - 2):
            console.print(
                Padding(Text(line.text, style={"p": _P, "q": _Q, "note": "dim"}[line.side], no_wrap=True), _INDENT)
            )
    if wanted and named:
        console.print()


def _draw(grid: Grid, console: Console) -> None:
    """Draw a grid; optional columns go first where there is no room, and no figure is ever cut."""
    table = _drawn(grid)
    if console.measure(table).minimum > console.width or console.measure(table).maximum > console.width:
        table = _drawn(grid.without_optional())
    needed = console.measure(table).minimum
    console.print(table, width=None if needed <= console.width else needed, crop=False, no_wrap=needed > console.width)


def _drawn(grid: Grid) -> Table:
    """A table of cells that rich neither wraps nor cuts; it does not align such cells, so they come padded."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 2), show_edge=False)
    columns = list(zip([heading.title for heading in grid.headings], *grid.rows, strict=True))
    padded = []
    for heading, cells in zip(grid.headings, columns, strict=True):
        width = max(map(cell_len, cells))
        title, *rest = (" " * (width - cell_len(cell)) + cell if heading.is_number else cell for cell in cells)
        table.add_column(Text(title, style="dim"), no_wrap=True, overflow="ignore", header_style="")
        padded.append(rest)
    for row in zip(*padded, strict=True):
        table.add_row(*(Text(cell, style=_cell_style(cell)) for cell in row))
    return table


def _cell_style(cell: str) -> str:
    return "yellow" if cell.lstrip().startswith("∞") else ""
