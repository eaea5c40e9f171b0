"""CSV and TSV: one row an estimate, or with ``--terms`` or ``--top`` one row an outcome."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, TextIO

from kldiv_cli.renderers.escape import spreadsheet
from kldiv_cli.renderers.flat import FOREIGN, Figure, rows_of, terms_of

if TYPE_CHECKING:
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report


def render(report: Report, name: str, style: Style, stream: TextIO) -> None:
    """Write the rows under one header; ``-`` stands for none."""
    terms = style.terms or style.top is not None
    columns, rows = terms_of(report, style) if terms else rows_of(report)
    writer = csv.writer(stream, delimiter="," if name == "csv" else "\t", lineterminator="\n")
    if style.header:
        writer.writerow(columns)
    foreign = [column for column in columns if column in FOREIGN]
    for row in rows:
        for column in foreign:
            cell = row[column]
            if cell is not None and not isinstance(cell, Figure):
                row[column] = spreadsheet(cell)
        writer.writerow(["-" if row[column] is None else row[column] for column in columns])
