"""How the rows of a text are cut into cells and typed."""

from __future__ import annotations

import csv
import io
import re
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from kldiv_cli.errors import InputError, TypeBreak
from kldiv_cli.record import NamedTuple
from kldiv_cli.sources.table import CellRule, Kind, Misfit, typed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kldiv_cli.sources.batch import Cells

COUNTED = re.compile(r"\s*([0-9]+)[ \t](.*)")
_LARGEST_CELL = 1 << 24
_OF_THE_PROCESS = Lock()
"""Held while the csv module has our limit of the size of a cell: threads share that limit."""
Rows: TypeAlias = "list[tuple[list[str], int]]"
"""Cells of each row, with the line it ends on; the first line of a file is 1."""


class Layout(NamedTuple):
    """How the rows of a text are cut and typed."""

    label: str
    style: str
    """``delimited``, ``blank`` or ``uniq``."""
    delimiter: str
    names: tuple[str, ...]
    kinds: dict[str, Kind]
    rule: CellRule
    promised: frozenset[str]
    """Columns that ``--numeric`` promises to be numbers."""
    has_header: bool
    categorical: frozenset[str]
    """Columns that were asked to be labels."""
    gaps: set[str]
    """Columns of numbers in which cells were missing so far: while there are none, pandas need not look for them."""

    def rows(self, text: str, before: int) -> Rows:
        """Rows of a block of text, each of as many cells as there are columns."""
        return self.kept(cut_rows(text, self.style, self.delimiter, self.label, before))

    def kept(self, found: Rows) -> Rows:
        """Rows that are none of the empty lines, each of as many cells as there are columns."""
        width = len(self.names)
        if width == 1:
            kept = [(row or [""], line) for row, line in found]  # an empty line is an empty cell
        else:
            kept = [(row, line) for row, line in found if row and (len(row) > 1 or row[0].strip())]
        for row, line in kept:
            if len(row) != width:
                raise _ragged(self.label, line, len(row), width)
        return kept

    def typed_columns(
        self, rows: Rows, wanted: Sequence[str], known: Mapping[str, Cells] | None = None
    ) -> dict[str, Cells]:
        """Cells of the wanted columns; a cell that breaks its column's type is an error that names it.

        Cells of columns in ``known`` are typed already.
        """
        chosen = frozenset(wanted)
        if known is not None and chosen <= known.keys():
            return {name: known[name] for name in self.names if name in chosen}
        cells = list(zip(*(row for row, _ in rows), strict=True)) if rows else [()] * len(self.names)
        columns: dict[str, Cells] = {}
        faults: list[InputError] = []
        for name, column in zip(self.names, cells, strict=True):
            if known is not None and name in known:
                columns[name] = known[name]
            elif name in chosen:
                try:
                    columns[name] = typed(column, self.kinds[name], self.rule)
                except Misfit as fault:
                    faults.append(self._broken(name, rows[fault.row][1], fault.cell))
        if faults:
            raise _worst(faults)
        return columns

    def _broken(self, name: str, row: int, cell: str) -> InputError:
        kind = self.kinds[name].value
        shown = cell if len(cell) <= 40 else cell[:37] + "..."
        message = f"{self.label}: row {row}, column {name}: {shown!r} is not among the {kind} that came before"
        if name in self.promised:
            return InputError(
                f"{self.label}: row {row}, column {name}: {shown!r} is no number, as --numeric promised",
                remedy=f"--na-values {shown!r} if it means missing",
            )
        remedy = f"--categorical {name}, or --na-values {shown!r} if it means missing"
        return TypeBreak(message, remedy=remedy, columns=(name,))


def cut_rows(text: str, style: str, delimiter: str, label: str, before: int) -> Rows:
    """Rows of a text with the lines they end on; ``before`` lines stand before it."""
    if style != "delimited":
        lines = [(line, before + number) for number, line in enumerate(lines_of(text), start=1) if line.strip()]
        return [(_counted_row(line, label, at) if style == "uniq" else line.split(), at) for line, at in lines]
    rows: Rows = []
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


def _worst(faults: list[InputError]) -> InputError:
    """The fault to raise: a broken promise, or the first break with all columns that break in these rows."""
    breaks = [fault for fault in faults if isinstance(fault, TypeBreak)]
    if len(breaks) < len(faults):
        return next(fault for fault in faults if not isinstance(fault, TypeBreak))
    breaks[0].columns = tuple(column for fault in breaks for column in fault.columns)
    return breaks[0]


def _ragged(label: str, row: int, found: int, wanted: int) -> InputError:
    cells = "1 cell" if found == 1 else f"{found:,} cells"
    return InputError(
        f"{label}: row {row} has {cells}, the first has {wanted:,}",
        remedy="-d names the delimiter; a cell that holds it must be quoted",
    )
