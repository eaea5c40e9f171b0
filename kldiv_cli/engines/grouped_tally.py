"""Tallies of the groups of a table, a `TableTally` each, made in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.groups import GroupedProfile, natural
from kldiv_cli.core.model import Note
from kldiv_cli.engines.table_tally import TableTally
from kldiv_cli.errors import InputError
from kldiv_cli.sources.batch import Batch, Labels, Numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kldiv_cli.core.arrays import Indices, Vector
    from kldiv_cli.sources.batch import Cells, Reading
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import ReadOptions

MOST_GROUPS = 10_000
"""Groups beyond which it is likelier that a column was mistaken than that anybody would read the result."""


class GroupedTally:
    """Tallies of groups by their name."""

    def __init__(self, label: str, by: tuple[str, ...], *, exact: bool) -> None:
        self.label, self.by, self.exact = label, by, exact
        self.groups: dict[str, TableTally] = {}
        self.names: tuple[str, ...] = ()
        self.rows = self.ungrouped = 0
        self.weighted = False
        self.notes: tuple[Note, ...] = ()

    def add(self, batch: Batch, weights: Vector | None) -> None:
        """Take a block of rows.

        Raises
        ------
        InputError
            If there are too many groups.
        """
        assert batch.groups is not None, "the rows are grouped"
        self.rows += batch.rows
        self.ungrouped += int(np.count_nonzero(batch.groups.codes < 0))
        for name, rows in _rows_by_group(batch.groups):
            tally = self.groups.get(name)
            if tally is None:
                tally = self.groups[name] = TableTally(self.label, "samples", exact=self.exact)
                self._require_few()
            columns = {column: _picked(cells, rows) for column, cells in batch.columns.items()}
            tally.add(Batch(columns, rows.size), None if weights is None else weights[rows], keep_order=False)

    def absorb(self, other: GroupedTally) -> None:
        """Take all rows of another part of the same operand, as if they came after.

        Raises
        ------
        KldivError
            If a column changed its type, or there are too many groups.
        """
        for name, tally in other.groups.items():
            if name in self.groups:
                self.groups[name].absorb(tally)
            else:
                self.groups[name] = tally
        self._require_few()
        self.names = tuple(dict.fromkeys((*self.names, *other.names)))
        self.rows += other.rows
        self.ungrouped += other.ungrouped
        self.weighted = self.weighted or other.weighted
        self.notes = tuple(dict.fromkeys((*self.notes, *other.notes)))

    def settle(self) -> None:
        """Keep the summaries alone: for a part that is the whole of its operand."""
        for tally in self.groups.values():
            tally.settle()

    def profile(self, options: ReadOptions, label: str) -> GroupedProfile:
        """Summaries of all groups, in natural order.

        Raises
        ------
        KldivError
            If no row has a group.
        """
        by = ", ".join(self.by)
        if not self.groups:
            raise InputError(f"{label}: no row has a value of {by} to be grouped by", remedy="another --by")
        notes = self.notes
        if self.ungrouped:
            notes += (Note("ungrouped", f"{label}: {self.ungrouped:,} rows without {by} are in no group."),)
        found = {}
        for name in sorted(self.groups, key=natural):
            tally = self.groups[name]
            tally.names, tally.weighted = self.names, self.weighted
            found[name] = tally.profile(options, f"{label}[{by.replace(', ', ',')}={name}]")
        return GroupedProfile(label, self.by, found, self.rows, self.names, notes)

    def _require_few(self) -> None:
        if len(self.groups) > MOST_GROUPS:
            by = ", ".join(self.by)
            raise InputError(
                f"{self.label}: {by} makes more than {MOST_GROUPS:,} groups",
                remedy="another --by, or --every day, week, month or a width",
            )


def grouped_tally_of(reading: Reading, options: ReadOptions, meter: Meter | None = None) -> GroupedTally:
    """Tally of all batches of a reading whose rows are grouped."""
    found = GroupedTally(reading.label, reading.by, exact=options.exact)
    for batch, weights in reading.batches:
        found.add(batch, weights)
        if meter is not None:
            meter.add_rows(batch.rows)
    found.names, found.weighted = reading.names, reading.weighted
    found.notes = (*reading.notes, *(reading.late or ()))
    return found


def _rows_by_group(groups: Labels) -> Iterator[tuple[str, Indices]]:
    """Rows of every group that has any, in their order."""
    order = np.argsort(groups.codes, kind="stable")
    codes = groups.codes[order]
    starts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1])) if codes.size else codes
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), codes.size], strict=True):
        if codes[start] >= 0:
            yield groups.names[int(codes[start])], order[start:end]


def _picked(cells: Cells, rows: Indices) -> Cells:
    if isinstance(cells, Labels):
        return Labels(cells.codes[rows], cells.names)
    return Numbers(cells.values[rows], cells.instants)
