"""How a text is cut into rows of cells."""

from __future__ import annotations

import csv
import io
import re
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from kldiv_cli.errors import InputError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTED = re.compile(r"\s*([0-9]+)[ \t](.*)")
_LARGEST_CELL = 1 << 24
_OF_THE_PROCESS = Lock()
"""Held while the csv module has our limit of the size of a cell: threads share that limit."""
CutRows: TypeAlias = "list[tuple[list[str], int]]"
"""Cells of each row, which may be any number, with the line it ends on; the first line of a file is 1."""


class Rows(NamedTuple):
    """Rows of as many cells each, column by column."""

    columns: Sequence[Sequence[str]]
    lines: Sequence[int]
    """The line each row ends on; the first line of a file is 1."""

    @property
    def number(self) -> int:
        """How many rows there are."""
        return len(self.lines)

    def part(self, start: int, end: int | None = None) -> Rows:
        """Some of the rows."""
        if start == 0 and (end is None or end >= len(self.lines)):
            return self
        return Rows([column[start:end] for column in self.columns], self.lines[start:end])

    def and_then(self, others: Sequence[Rows]) -> Rows:
        """These rows, then those."""
        if not others:
            return self
        parts = [self, *others]
        columns = [list(chain.from_iterable(column)) for column in zip(*(part.columns for part in parts), strict=True)]
        return Rows(columns, list(chain.from_iterable(part.lines for part in parts)))


def rows_of(text: str, style: str, delimiter: str, label: str, before: int, width: int | None = None) -> Rows:
    """Rows of a text; ``before`` lines stand before it.

    Parameters
    ----------
    text : str
    style : {"delimited", "blank", "uniq"}
    delimiter : str
    label : str
        Of the operand, for errors.
    before : int
    width : int, optional
        Cells that a row must have: as many as the first that is not empty, if not given.

    Raises
    ------
    InputError
        If a row has another number of cells, or its quotes are wrong.
    """
    even = _even_rows(text, delimiter, before, width) if style == "delimited" else None
    if even is not None:
        return even
    cut = _cut_rows(text, style, delimiter, label, before)
    if width is None:
        width = len(next((row for row, _ in cut if any(cell.strip() for cell in row)), cut[0][0]))
    return _full_rows(cut, width, label)


def _even_rows(text: str, delimiter: str, before: int, wanted: int | None = None) -> Rows | None:
    """Rows of a text without quotes or empty lines, if all have as many cells as the first, and as wanted; else None.

    Any other text is cut row by row, which takes longer.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    text = text.removesuffix("\n")
    if '"' in text or "\r" in text or len(text) > _LARGEST_CELL:
        return None
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
        return None
    content = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
    ends_row = content == ord("\n")
    separators = np.flatnonzero(ends_row | (content == ord(delimiter)))
    ends_row = ends_row[separators]
    width = 1 + (int(ends_row.argmax()) if ends_row.any() else separators.size)
    rows = 1 + int(np.count_nonzero(ends_row))
    if width == 1 or wanted not in (None, width):
        return None
    if separators.size + 1 != rows * width or not ends_row[width - 1 :: width].all():
        return None
    cells = text.replace("\n", delimiter).split(delimiter)
    return Rows([cells[place::width] for place in range(width)], range(before + 1, before + rows + 1))


def _full_rows(found: CutRows, width: int, label: str) -> Rows:
    """Rows that are none of the empty lines.

    Raises
    ------
    InputError
        If one has not as many cells as there are columns.
    """
    if width == 1:
        kept = [(row or [""], line) for row, line in found]  # an empty line is an empty cell
    else:
        kept = [(row, line) for row, line in found if row and (len(row) > 1 or row[0].strip())]
    for row, line in kept:
        if len(row) != width:
            raise _ragged(label, line, len(row), width)
    columns: Sequence[Sequence[str]] = list(zip(*(row for row, _ in kept), strict=True)) if kept else [()] * width
    return Rows(columns, [line for _, line in kept])


def _cut_rows(text: str, style: str, delimiter: str, label: str, before: int) -> CutRows:
    """Rows of a text with the lines they end on; ``before`` lines stand before it."""
    if style != "delimited":
        lines = [(line, before + number) for number, line in enumerate(lines_of(text), start=1) if line.strip()]
        return [(_counted_row(line, label, at) if style == "uniq" else line.split(), at) for line, at in lines]
    rows: CutRows = []
    with _OF_THE_PROCESS:
        usual = csv.field_size_limit(_LARGEST_CELL)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            for row in reader:
                rows.append((row, before + reader.line_num))
        except csv.Error as fault:
            at = rows[-1][1] + 1 if rows else before + 1
            raise InputError(
                f"{label}: row {at}: {fault}", remedy='check the quotes; a quote in a cell is written ""'
            ) from None
        finally:
            csv.field_size_limit(usual)
    return rows


def lines_of(text: str) -> list[str]:
    """Lines of a text; ``str.splitlines`` would cut labels at form feeds and other separators too."""
    return text.replace("\r\n", "\n").split("\n")


def _counted_row(line: str, label: str, at: int) -> list[str]:
    found = COUNTED.fullmatch(line)
    if not found:
        raise InputError(f"{label}: row {at} is no count with a label, as uniq -c writes them", remedy="-i csv")
    return [found[2], found[1]]


def _ragged(label: str, row: int, found: int, wanted: int) -> InputError:
    cells = "1 cell" if found == 1 else f"{found:,} cells"
    return InputError(
        f"{label}: row {row} has {cells}, the first has {wanted:,}",
        remedy="-d names the delimiter; a cell that holds it must be quoted",
    )
