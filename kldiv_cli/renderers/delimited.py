"""CSV and TSV: one row an estimate, or with ``--terms`` or ``--top`` one row an outcome."""

from __future__ import annotations

import csv
from itertools import islice
from operator import itemgetter
from types import SimpleNamespace
from typing import TYPE_CHECKING, TextIO

from kldiv_cli.renderers.escape import spreadsheet
from kldiv_cli.renderers.flat import FOREIGN, Figure, rows_of, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report

_TOGETHER = 1024
"""Rows that are written at once: to write each by itself takes longer than to make it."""


def render(report: Report, name: str, style: Style, stream: TextIO) -> None:
    """Write the rows under one header; ``-`` stands for none."""
    terms = style.terms or style.top is not None
    columns, rows = terms_of(report, style) if terms else rows_of(report)
    lines: list[str] = []
    writer = csv.writer(
        SimpleNamespace(write=lines.append), delimiter="," if name == "csv" else "\t", lineterminator="\n"
    )
    if style.header:
        writer.writerow(columns)
    cells = _cells(columns, rows)
    while some := list(islice(cells, _TOGETHER)):
        writer.writerows(some)
        stream.write("".join(lines))
        lines.clear()
    stream.write("".join(lines))


def _cells(columns: tuple[str, ...], rows: Iterator[dict[str, str | None]]) -> Iterator[list[str]]:
    """The cells of every row, in the order of the columns."""
    in_order = itemgetter(*columns)
    foreign = [column for column in columns if column in FOREIGN]
    for row in rows:
        for column in foreign:
            cell = row[column]
            if cell is not None and not isinstance(cell, Figure):
                row[column] = spreadsheet(cell)
        yield ["-" if cell is None else cell for cell in in_order(row)]
