"""GitHub's Markdown: fit for a comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from kldiv_cli.renderers.brevity import briefly
from kldiv_cli.renderers.escape import markdown, visible
from kldiv_cli.renderers.gate import (
    NOT_HELD,
    candidates_grid,
    other_notes,
    rules_grid,
    tests_in_words,
    verdict_note,
)
from kldiv_cli.renderers.grid import Grid, Heading, columns_grid, fits_one_row_each, measures_grid, terms_grid, title_of
from kldiv_cli.renderers.matrix_grid import shortened, text_of
from kldiv_cli.renderers.matrix_grid import title_of as title_of_matrix
from kldiv_cli.renderers.pictures import bars
from kldiv_cli.renderers.rows_grid import statistics_grid
from kldiv_cli.renderers.trend_grid import of_one, trend_grid
from kldiv_cli.renderers.words import (
    Footnotes,
    columns_in_words,
    quantiles_in_words,
    settings_in_words,
    side_in_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kldiv_cli.core.model import Comparison
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Matrix, Report


def render(report: Report, _name: str, style: Style, stream: TextIO) -> None:
    """Write headings, pipe tables and paragraphs."""
    footnotes = Footnotes()
    if report.command == "check":
        _gate(report, style, stream)
    elif report.rows is not None:
        stream.write(f"{_sides(report._replace(candidates=1), 'P', 'Q')} · {report.rows.rows:,} rows\n\n")
        write_table(statistics_grid(report.rows, style), stream)
    elif report.matrices:
        for one in report.matrices:
            stream.write(f"**{markdown(title_of_matrix(one))}**\n\n")
            write_table(_square(one, style), stream)
    elif report.series:
        stream.write(f"{_sides(report, 'P', 'Q')}\n\n")
        write_table(trend_grid(report, style), stream)
        for against in dict.fromkeys(series.against for series in report.series):
            stream.write(f"Against {against}:\n\n")
            write_table(columns_grid(briefly(of_one(report, against)), style, footnotes), stream)
    elif fits_one_row_each(report):
        words = settings_in_words(report, None)
        stream.write(f"{_sides(report, 'P', 'Q')}{f' · {markdown(words)}' if words else ''}\n\n")
        write_table(columns_grid(briefly(report), style, footnotes), stream)
        write_paragraphs(columns_in_words(report, style), stream)
        for comparison in report.comparisons:
            _details(comparison, style, stream)
    else:
        for comparison in report.comparisons:
            _pair(report, comparison, style, footnotes, stream)
    write_paragraphs(
        [*(visible(note.text) for note in other_notes(report) if not style.quiet), *footnotes.lines()], stream
    )


def _square(one: Matrix, style: Style) -> Grid:
    names = shortened(one.labels)
    headings = (Heading(""), *(Heading(name, is_number=True) for name in names))
    rows = [
        (name, *(text_of(value, style.precision) for value in row))
        for name, row in zip(names, one.values.tolist(), strict=True)
    ]
    return Grid(headings, tuple(rows))


def _sides(report: Report, p: str, q: str) -> str:
    """What is compared with what; of several candidates the reference alone."""
    first = report.comparisons[0]
    if report.heads is not None:
        return f"**{p}** {markdown(report.heads[0])} · **{q}** {markdown(report.heads[1])}"
    candidate = "" if report.candidates > 1 else f" · **{q}** {markdown(first.q.label)}"
    return f"**{p}** {markdown(first.p.label)}{candidate}"


def _gate(report: Report, style: Style, stream: TextIO) -> None:
    """The verdict first, then what did not pass, then all rules behind a fold: fit for a comment."""
    if report.verdict is None:
        stream.write("### kldiv: cannot tell\n\n")
        write_paragraphs((f"{failure.text}. Try: {failure.remedy}" for failure in report.failed), stream)
        return
    note = verdict_note(report)
    stream.write(f"### kldiv: {report.verdict}\n\n")
    if note is not None:
        stream.write(f"{markdown(note.text)}\n\n")
    stream.write(f"{_sides(report, 'REF', 'NEW')}\n\n")
    if report.candidates > 1:
        write_table(candidates_grid(report), stream)
    grid = rules_grid(report, style)
    verdict = len(grid.headings) - 1
    failed = Grid(grid.headings, tuple(row for row in grid.rows if row[verdict] not in ("pass", NOT_HELD)))
    passed = Grid(grid.headings, tuple(row for row in grid.rows if row[verdict] in ("pass", NOT_HELD)))
    if failed.rows:
        write_table(failed.without_empty(), stream)
    if passed.rows:
        stream.write(f"<details><summary>{len(passed.rows):,} more</summary>\n\n")
        write_table(passed.without_empty(), stream)
        stream.write("</details>\n\n")
    for comparison in report.comparisons:
        _details(comparison, style, stream)
    write_paragraphs(filter(None, [tests_in_words(report)]), stream)


def _pair(report: Report, comparison: Comparison, style: Style, footnotes: Footnotes, stream: TextIO) -> None:
    instants = comparison.support is not None and comparison.support.instants
    if comparison.column is not None:
        stream.write(f"### {markdown(comparison.column)}\n\n")
    for name, side in (("P", comparison.p), ("Q", comparison.q)):
        told = quantiles_in_words(side, style, instants=instants) if style.verbose else None
        stream.write(f"**{name}** {markdown(side.label)}: {side_in_words(side)}{f'; {told}' if told else ''}  \n")
    stream.write(f"{markdown(settings_in_words(report, comparison))}\n\n")
    write_table(measures_grid(comparison, style, footnotes), stream)
    _details(comparison, style, stream)
    write_paragraphs((visible(note.text) for note in comparison.notes if not style.quiet), stream)


def _details(comparison: Comparison, style: Style, stream: TextIO) -> None:
    if comparison.contributions is None:
        return
    if style.terms or style.top is not None:
        stream.write(f"#### Terms: {markdown(title_of(comparison))}\n\n")
        write_table(terms_grid(comparison, style), stream)
    if style.plot:
        lines = [line.text.replace("```", "'''") for line in bars(comparison, 72)]
        stream.write("```text\n" + "\n".join(lines) + "\n```\n\n")


def write_table(grid: Grid, stream: TextIO) -> None:
    """Write a grid as a pipe table."""
    stream.write(_row(heading.title for heading in grid.headings))
    stream.write(_row("---:" if heading.is_number else "---" for heading in grid.headings).replace("\\", ""))
    for row in grid.rows:
        stream.write(_row(row))
    stream.write("\n")


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell if set(cell) <= set("-:") else markdown(cell) for cell in cells) + " |\n"


def write_paragraphs(texts: Iterable[str], stream: TextIO) -> None:
    """Write texts, an empty line after each."""
    for text in texts:
        stream.write(markdown(text) + "\n\n")
