"""The table people look at: rich draws it."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kldiv_cli.renderers.brevity import briefly
from kldiv_cli.renderers.escape import visible
from kldiv_cli.renderers.gate import (
    NOT_HELD,
    candidates_grid,
    other_notes,
    rules_grid,
    tests_in_words,
    verdict_note,
)
from kldiv_cli.renderers.grid import GAPS, columns_grid, fits_one_row_each, measures_grid, terms_grid, title_of
from kldiv_cli.renderers.matrix_grid import SHADES, column_widths, picture
from kldiv_cli.renderers.matrix_grid import title_of as title_of_matrix
from kldiv_cli.renderers.pictures import bars
from kldiv_cli.renderers.rows_grid import statistics_grid
from kldiv_cli.renderers.trend_grid import of_one, trend_grid
from kldiv_cli.renderers.words import (
    Footnotes,
    columns_in_words,
    quantiles_in_words,
    rows_in_words,
    settings_in_words,
    side_in_words,
)

if TYPE_CHECKING:
    from kldiv_cli.core.model import Comparison
    from kldiv_cli.renderers.grid import Grid
    from kldiv_cli.renderers.matrix_grid import Cell
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report, RowsSummary

_P, _Q = "cyan", "magenta"
_INDENT = 2
_SHADES = (255, 223, 222, 216, 209, 203, 160, 124)
"""Backgrounds of a matrix from near to far, of the 256 colours: white to dark red."""
_DARK = 6
"""The first of them on which white reads better than black."""
_VERDICTS = {"drift": "bold red", "warn": "yellow", "undecided": "yellow", "pass": "green", NOT_HELD: "dim"}
_UNBOUNDED = 10_000
"""Width that rich is told: it would cut figures to fit a narrower one."""


def render(report: Report, _name: str, style: Style, stream: TextIO) -> None:
    """Write a report as tables fit for a terminal of ``style.width`` columns."""
    screen = Screen(style)
    if report.verdict is not None:
        _gate(report, screen)
    elif report.rows is not None:
        _rows(report, report.rows, screen)
    elif report.matrices:
        _matrices(report, screen)
    elif report.series:
        _trend(report, screen)
    elif fits_one_row_each(report):
        _table_of_columns(report, screen)
        for comparison in report.comparisons:
            _details(comparison, screen, named=True)
    else:
        for number, comparison in enumerate(report.comparisons):
            if number:
                screen.blank()
            _pair(report, comparison, screen)
    screen.footnotes_and(report)
    stream.writelines(f"{line}\n" for line in screen.lines())


class Screen:
    """A console that draws into memory, with the footnotes of the page."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.footnotes = Footnotes()
        self._drawn = StringIO()
        self._console = Console(
            file=self._drawn,
            width=_UNBOUNDED,
            force_terminal=style.color,
            color_system="256" if style.color else None,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )

    def blank(self) -> None:
        """An empty line."""
        self._console.print()

    def line(self, *parts: tuple[str, str]) -> None:
        """One line of parts with their styles; it is never cut."""
        self._console.print(Text.assemble(*parts), soft_wrap=True)

    def paragraph(self, text: str, style: str = "") -> None:
        """An indented paragraph, wrapped to the width."""
        indented = Padding(Text(text, style=style), (0, 0, 0, _INDENT), expand=False)
        self._console.print(indented, width=max(self.style.width, 20))

    def grid(self, grid: Grid) -> None:
        """A grid; optional columns go first where there is no room, and no figure is ever cut."""
        steps = sorted({heading.optional for heading in grid.headings} - {0})
        grid = grid.aligned()
        shown = grid
        while shown.width() > self.style.width and steps:
            shown = grid.without_optional(steps.pop(0))
        gap = next((gap for gap in GAPS if shown.width(gap) <= self.style.width), GAPS[-1])
        self._console.print(_table(shown, gap))

    def footnotes_and(self, report: Report) -> None:
        """What stands at the foot: the notes on the whole run, and the footnotes."""
        for note in () if self.style.quiet else other_notes(report):
            self.paragraph(visible(note.text))
        for text in self.footnotes.lines():
            self.paragraph(text, "dim")

    def lines(self) -> list[str]:
        """All that was drawn, without blanks at the ends of lines."""
        return [line.rstrip() for line in self._drawn.getvalue().splitlines()]


def _gate(report: Report, screen: Screen) -> None:
    """What was held to rules: a row a rule, the worst first, and the verdict at the end."""
    _labels(report, screen)
    screen.blank()
    if report.candidates > 1:
        screen.grid(candidates_grid(report))
        screen.blank()
    grid = rules_grid(report, screen.style)
    if grid.rows:
        screen.grid(grid)
        screen.blank()
    for comparison in report.comparisons:
        _details(comparison, screen, named=True)
    note = verdict_note(report)
    if note is not None:
        assert report.verdict is not None, "a gate has a verdict"
        screen.paragraph(visible(note.text), _VERDICTS[report.verdict])
    told = tests_in_words(report)
    if told and not screen.style.quiet:
        screen.paragraph(told, "dim")


def _rows(report: Report, summary: RowsSummary, screen: Screen) -> None:
    """What rows come to, against the same rows."""
    first = report.comparisons[0]
    told = f"   {summary.rows:,} rows of {summary.outcomes:,} outcomes"
    for name, color, side, more in (("P", _P, first.p, told), ("Q", _Q, first.q, "")):
        screen.line((f"{name} ", f"bold {color}"), (visible(side.label), "bold"), (more, "dim"))
    screen.blank()
    screen.grid(statistics_grid(summary, screen.style))
    screen.blank()


def _matrices(report: Report, screen: Screen) -> None:
    """A square a column and a measure; dark is far apart."""
    for one in report.matrices:
        drawn = picture(one, screen.style.width, screen.style.precision)
        if drawn is None:
            screen.paragraph(f"{title_of_matrix(one)}: {len(one.labels):,} labels, too many to draw here.")
            continue
        screen.line((drawn.title, "bold"))
        label = max(cell_len(name) for name, _ in drawn.rows)
        widths, gap = column_widths(drawn), " " * drawn.gap
        if drawn.head:
            heads = "".join(
                f"{gap}{' ' * (size - cell_len(name))}{name}" for size, name in zip(widths, drawn.head, strict=True)
            )
            screen.line((f"{'':{label}}{heads}", "dim"))
        for name, row in drawn.rows:
            parts = [(f"{name}{' ' * (label - cell_len(name))}{'' if gap else '  '}", "")]
            for size, cell in zip(widths, row, strict=True):
                parts += [(gap, ""), (_in_cell(cell, size, screen.style), _shading(cell.shade, screen.style))]
            screen.line(*parts)
        for line in drawn.legend:
            screen.paragraph(line, "dim")
        screen.blank()


def _in_cell(cell: Cell, size: int, style: Style) -> str:
    """The text to the right; a block only where no colour tells what it does."""
    is_block = cell.text[:1] in SHADES
    return " " * size if is_block and style.color else f"{' ' * (size - cell_len(cell.text))}{cell.text}"


def _shading(shade: float | None, style: Style) -> str:
    """Colours of a cell: both of them are set, so it reads on a dark screen as on a light one."""
    if not style.color or shade is None:
        return "dim" if shade is None else ""
    step = min(int(shade * len(_SHADES)), len(_SHADES) - 1)
    return f"{'black' if step < _DARK else 'bright_white'} on color({_SHADES[step]})"


def _trend(report: Report, screen: Screen) -> None:
    """The curves; every period below them where there is one column, or with ``-v``."""
    _labels(report, screen)
    screen.blank()
    screen.grid(trend_grid(report, screen.style))
    screen.blank()
    alone = len({series.column for series in report.series}) == 1
    for against in dict.fromkeys(series.against for series in report.series) if alone or screen.style.verbose else ():
        screen.line((f"against {against if not against.isdigit() else f'the {against} before'}", "bold"))
        screen.grid(columns_grid(briefly(of_one(report, against)), screen.style, screen.footnotes))
        screen.blank()
    for comparison in report.comparisons:
        _details(comparison, screen, named=True)


def _pair(report: Report, comparison: Comparison, screen: Screen) -> None:
    _sides(report, comparison, screen)
    screen.blank()
    screen.grid(measures_grid(comparison, screen.style, screen.footnotes))
    _details(comparison, screen, named=False)
    if not screen.style.quiet:
        screen.blank()
    for note in () if screen.style.quiet else comparison.notes:
        screen.paragraph(visible(note.text))


def _sides(report: Report, comparison: Comparison, screen: Screen) -> None:
    column = f" · {visible(comparison.column)}" if report.is_table and comparison.column else ""
    instants = comparison.support is not None and comparison.support.instants
    labels = [visible(side.label) + column for side in (comparison.p, comparison.q)]
    width = max(map(cell_len, labels))
    pairs = zip("PQ", (_P, _Q), (comparison.p, comparison.q), labels, strict=True)
    for name, color, side, label in pairs:
        words = settings_in_words(report, comparison) if name == "Q" else ""
        padding = " " * (width - cell_len(label))
        told = f"{padding}   {side_in_words(side)}"
        fits = cell_len(f"Q {label}{told}   {words}") <= screen.style.width
        screen.line((f"{name} ", f"bold {color}"), (label, "bold"), (f"{told}   {words}" if fits else told, "dim"))
        if words and not fits:
            screen.paragraph(words, "dim")
        quantiles = quantiles_in_words(side, screen.style, instants=instants) if screen.style.verbose else None
        if quantiles:
            screen.paragraph(quantiles, "dim")


def _table_of_columns(report: Report, screen: Screen) -> None:
    _labels(report, screen)
    words = settings_in_words(report, None)
    if words:
        screen.line((f"  {words}", "dim"))
    screen.blank()
    screen.grid(columns_grid(briefly(report), screen.style, screen.footnotes))
    screen.blank()
    for line in columns_in_words(report, screen.style):
        screen.paragraph(line, "dim")


def _labels(report: Report, screen: Screen) -> None:
    """P, and Q where it is one alone, with how much there is of them."""
    if report.heads is not None:
        for name, color, words in zip("PQ", (_P, _Q), report.heads, strict=True):
            screen.line((f"{name} ", f"bold {color}"), (visible(words), "bold"))
        return
    several = report.candidates > 1
    sides = [("P", _P, [comparison.p for comparison in report.comparisons])]
    if not several:
        sides.append(("Q", _Q, [comparison.q for comparison in report.comparisons]))
    width = max(cell_len(visible(found[0].label)) for _, _, found in sides)
    for name, color, found in sides:
        label = visible(found[0].label)
        told = f"{' ' * (width - cell_len(label))}   {rows_in_words(found)}"
        screen.line((f"{name} ", f"bold {color}"), (label, "bold"), (told, "dim"))


def _details(comparison: Comparison, screen: Screen, *, named: bool) -> None:
    """Terms and plot, where they were asked for."""
    style = screen.style
    terms = style.terms or style.top is not None
    if comparison.contributions is None or not (terms or style.plot):
        return
    if named:
        screen.line((title_of(comparison), "bold"))
    if terms:
        if not named:
            screen.blank()
        screen.grid(terms_grid(comparison, style))
    if style.plot:
        if terms or not named:
            screen.blank()
        for bar in bars(comparison, style.width - _INDENT):
            screen.line((f"{' ' * _INDENT}{bar.text}", {"p": _P, "q": _Q, "note": "dim"}[bar.side]))
    if named:
        screen.blank()


def _table(grid: Grid, gap: int) -> Table:
    """A table of fixed columns; rich does not align cells that it may not cut, so they come padded."""
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), show_edge=False)
    columns = list(zip([heading.title for heading in grid.headings], *grid.rows, strict=True))
    padded = []
    for heading, cells in zip(grid.headings, columns, strict=True):
        width = max(map(cell_len, cells))
        title, *rest = (" " * (width - cell_len(cell)) + cell if heading.is_number else cell for cell in cells)
        table.add_column(Text(title, style="dim"), width=width, no_wrap=True, overflow="ignore", header_style="")
        padded.append(rest)
    for row in zip(*padded, strict=True):
        table.add_row(*(Text(cell, style=_style_of(cell)) for cell in row))
    return table


def _style_of(cell: str) -> str:
    if cell.lstrip().startswith("∞"):
        return "yellow"
    return _VERDICTS.get(cell.strip(), "")
