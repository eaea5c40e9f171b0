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
    for row in rows:
        writer.writerow([_foreign(row[name]) if name in FOREIGN else _none_as_dash(row[name]) for name in columns])


def _none_as_dash(cell: str | None) -> str:
    return "-" if cell is None else cell


def _foreign(cell: str | None) -> str:
    return _none_as_dash(cell) if cell is None or isinstance(cell, Figure) else spreadsheet(cell)
