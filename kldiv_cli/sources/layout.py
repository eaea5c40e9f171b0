"""How the columns of a text are cut and typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.errors import InputError, TypeBreak
from kldiv_cli.record import NamedTuple
from kldiv_cli.sources.rows import rows_of
from kldiv_cli.sources.table import CellRule, Kind, Misfit, typed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kldiv_cli.sources.batch import Cells
    from kldiv_cli.sources.rows import Rows


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
        return rows_of(text, self.style, self.delimiter, self.label, before, len(self.names))

    def typed_columns(
        self, rows: Rows, wanted: Sequence[str], known: Mapping[str, Cells] | None = None
    ) -> dict[str, Cells]:
        """Cells of the wanted columns; a cell that breaks its column's type is an error that names it.

        Cells of columns in ``known`` are typed already.
        """
        chosen = frozenset(wanted)
        if known is not None and chosen <= known.keys():
            return {name: known[name] for name in self.names if name in chosen}
        columns: dict[str, Cells] = {}
        faults: list[InputError] = []
        for name, column in zip(self.names, rows.columns, strict=True):
            if known is not None and name in known:
                columns[name] = known[name]
            elif name in chosen:
                try:
                    columns[name] = typed(column, self.kinds[name], self.rule)
                except Misfit as fault:
                    faults.append(self._broken(name, rows.lines[fault.row], fault.cell))
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


def _worst(faults: list[InputError]) -> InputError:
    """The fault to raise: a broken promise, or the first break with all columns that break in these rows."""
    breaks = [fault for fault in faults if isinstance(fault, TypeBreak)]
    if len(breaks) < len(faults):
        return next(fault for fault in faults if not isinstance(fault, TypeBreak))
    breaks[0].columns = tuple(column for fault in breaks for column in fault.columns)
    return breaks[0]
