"""CSV and TSV: one row an estimate, or with ``--terms`` or ``--top`` one row an outcome."""

from __future__ import annotations

import csv
from itertools import islice
from types import SimpleNamespace
from typing import TYPE_CHECKING, TextIO

from kldiv_cli.renderers.escape import spreadsheet
from kldiv_cli.renderers.flat import rows_of, terms_of

if TYPE_CHECKING:
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report

_TOGETHER = 1024
"""Rows that are written at once: to write each by itself takes longer than to make it."""


def render(report: Report, name: str, style: Style, stream: TextIO) -> None:
    """Write the rows under one header; ``-`` stands for none."""
    terms = style.terms or style.top is not None
    columns, rows = terms_of(report, style, spreadsheet) if terms else rows_of(report, spreadsheet)
    lines: list[str] = []
    sink = SimpleNamespace(write=lines.append)
    writer = csv.writer(sink, delimiter="," if name == "csv" else "\t", lineterminator="\n")
    if style.header:
        writer.writerow(columns)
    while some := list(islice(rows, _TOGETHER)):
        writer.writerows(some)
        stream.write("".join(lines))
        lines.clear()
    if lines:  # a header without rows
        stream.write("".join(lines))
