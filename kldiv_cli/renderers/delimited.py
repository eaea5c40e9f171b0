"""CSV and TSV: one row an estimate, or with ``--terms`` or ``--top`` one row an outcome."""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import chain, islice
from typing import TYPE_CHECKING, TextIO

from kldiv_cli.renderers.escape import spreadsheet
from kldiv_cli.renderers.flat import rows_of, terms_of

if TYPE_CHECKING:
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report

_TOGETHER = 1024
"""Rows that are written at once: to write each by itself takes longer than to make it."""


def render(report: Report, name: str, style: Style, stream: TextIO) -> None:
    """Write the rows under one header; ``-`` stands for none. All but foreign text needs no quotes."""
    delimiter = "," if name == "csv" else "\t"
    spelled = partial(_cell, delimiter)
    terms = style.terms or style.top is not None
    columns, rows = terms_of(report, style, spelled) if terms else rows_of(report, spelled)
    cells = chain([columns], rows) if style.header else rows
    lines = (f"{delimiter.join(row)}\n" for row in cells)
    while some := "".join(islice(lines, _TOGETHER)):
        stream.write(some)


@lru_cache(maxsize=1024)  # the same few stand in many rows
def _cell(delimiter: str, text: str) -> str:
    """Foreign text as a cell: in quotes where it needs them (RFC 4180)."""
    shown = spreadsheet(text)
    return '"{}"'.format(shown.replace('"', '""')) if delimiter in shown or '"' in shown else shown
