"""What the rows of an operand, or of a part of it, are reduced to: a tally a column. Parts absorb each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.model import Note
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, Profile, put_in_order
from kldiv_cli.core.tally import LabelTally, NumericTally
from kldiv_cli.errors import InputError, TypeBreak, UsageError
from kldiv_cli.sources.batch import Labels
from kldiv_cli.sources.interpret import is_column_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.model import DataKind
    from kldiv_cli.core.summary import Summary
    from kldiv_cli.core.tally import Tally
    from kldiv_cli.sources.batch import Batch, Cells, Reading
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import ReadOptions


class TableTally:
    """Tallies of the columns of an operand, with what is known of the whole."""

    def __init__(self, label: str, kind: DataKind, *, exact: bool) -> None:
        self.label, self.kind = label, kind
        self.exact = exact or kind != "samples"  # masses keep every outcome
        self.columns: dict[str, Tally] = {}
        self.names: tuple[str, ...] = ()
        self.rows = 0
        self.mass = 0.0
        """Rows, or the sum of their weights."""
        self.unlabelled = self.weighted = False
        self.notes: tuple[Note, ...] = ()
        self.bin_edges: Vector | None = None

    def add(self, batch: Batch, weights: Vector | None, *, keep_order: bool) -> None:
        """Take a block of rows."""
        self.rows += batch.rows
        self.mass += batch.rows if weights is None else float(weights.sum())
        for name, cells in batch.columns.items():
            tally = self.columns.get(name)
            if tally is None:
                tally = self.columns[name] = self._tally_for(cells, keep_order=keep_order)
            self._count(tally, cells, weights)

    def add_profile(self, profile: Profile) -> None:
        """Take a table that was summarised elsewhere."""
        self.rows += profile.rows
        self.mass += max(_seen(summary) for summary in profile.columns.values())
        self.names = tuple(dict.fromkeys((*self.names, *profile.names)))
        self.weighted = self.weighted or profile.weighted
        self.unlabelled = profile.unlabelled
        self.notes += profile.notes
        for name, summary in profile.columns.items():
            if isinstance(summary, NumericSummary):
                numbers = NumericTally(exact=self.exact, instants=summary.instants)
                numbers.add_summary(summary)
                self.columns[name] = numbers
                self.bin_edges = summary.edges
            else:
                labels = LabelTally(exact=self.exact, keep_order=summary.ordered or self.kind != "samples")
                labels.add_summary(summary)
                self.columns[name] = labels

    def absorb(self, other: TableTally) -> None:
        """Take all rows of another part of the same operand, as if they came after.

        Raises
        ------
        TypeBreak
            If a column holds numbers in one part and labels in the other.
        InputError
            If one part holds samples and the other masses.
        """
        if self.kind != other.kind:
            raise InputError(
                f"{self.label} holds {self.kind}, {other.label} {other.kind}: they are no parts of one data set",
                remedy="--as samples or --as counts reads all of them alike",
            )
        if self.kind != "samples":
            self._require_same_outcomes(other)
        if not set(self.columns) & set(other.columns):
            raise InputError(
                f"{self.label} and {other.label} have no column in common: they are no parts of one data set",
                remedy="leave one out, or compare them",
            )
        self._require_same_types(other)
        self._fill_gaps(other)
        for name, tally in other.columns.items():
            mine = self.columns.get(name)
            if mine is None or (mine.is_empty and type(mine) is not type(tally)):
                missing = mine.missing if mine is not None else 0.0
                self.columns[name] = tally
                tally.add_missing(missing)
            elif type(mine) is not type(tally):
                mine.add_missing(tally.missing)
            else:
                mine.absorb(tally)  # type: ignore[arg-type]  # both are of one type
        self.names = tuple(dict.fromkeys((*self.names, *other.names)))
        self.rows += other.rows if not self.unlabelled else 0  # the same outcomes, counted again
        self.mass += other.mass
        self.weighted = self.weighted or other.weighted
        self.notes = tuple(dict.fromkeys((*self.notes, *other.notes)))

    def settle(self) -> None:
        """Keep the summaries alone: for a part that is the whole of its operand."""
        for tally in self.columns.values():
            if isinstance(tally, NumericTally):
                tally.settle()

    def profile(self, options: ReadOptions, label: str) -> Profile:
        """Summaries of all columns.

        Raises
        ------
        KldivError
            If there are no rows, or an order that was asked for does not fit.
        """
        if not self.rows:
            raise InputError(f"{label} has no rows", remedy="check the command or the path that made it")
        columns = {name: self._summary(name, options, label) for name in self.columns}
        return Profile(
            label=label,
            kind=self.kind,
            columns=columns,
            rows=self.rows,
            unlabelled=self.unlabelled,
            weighted=self.weighted,
            names=self.names,
            categorical=frozenset(columns_named(options.categorical, self.names)),
            notes=self.notes,
        )

    def _tally_for(self, cells: Cells, *, keep_order: bool) -> Tally:
        if isinstance(cells, Labels):
            return LabelTally(exact=self.exact, keep_order=keep_order)
        return NumericTally(exact=self.exact, instants=cells.instants)

    def _count(self, tally: Tally, cells: Cells, weights: Vector | None) -> None:
        if isinstance(cells, Labels):
            assert isinstance(tally, LabelTally), "a column keeps its type"
            tally.add(cells.codes, cells.names, weights)
            return
        assert isinstance(tally, NumericTally), "a column keeps its type"
        values = cells.values
        if weights is not None and self.kind == "samples":
            values, weights = values[weights > 0.0], weights[weights > 0.0]  # a row of no weight was not seen
        tally.add(values, weights)

    def _summary(self, name: str, options: ReadOptions, label: str) -> Summary:
        summary: Summary = self.columns[name].summary()
        if isinstance(summary, NumericSummary) and self.bin_edges is not None:
            summary = summary._replace(edges=self.bin_edges)
        if self.kind != "samples":  # masses are counts of observations that weigh 1 each: n is their sum, not Kish's
            summary = summary._replace(weight_squares=summary.mass)
        return _ordered(name, summary, options, self.names, label)

    def _require_same_outcomes(self, other: TableTally) -> None:
        """Counts add up where they are of the same outcomes; probabilities do not."""
        both = f"{self.label} and {other.label}"
        if self.kind == "probabilities":
            raise InputError(f"{both} are probabilities, which do not add up", remedy="profile counts")
        if self.unlabelled != other.unlabelled or (self.unlabelled and self.rows != other.rows):
            raise InputError(f"{both} are counts without common labels", remedy="label them: a:3,b:5")
        edges = [table.bin_edges for table in (self, other)]
        if not _equal_edges(*edges):
            raise InputError(f"{both} are counted on different bins", remedy="count them on the same bins")

    def _require_same_types(self, other: TableTally) -> None:
        differing = [
            name
            for name, tally in other.columns.items()
            if name in self.columns and not _agree(self.columns[name], tally)
        ]
        if differing:
            first = differing[0]
            here, there = (_content(table.columns[first]) for table in (self, other))
            raise TypeBreak(
                f"column {first} holds {here} in {self.label} and {there} in {other.label}",
                remedy=f"--categorical {first}",
                columns=tuple(differing),
            )

    def _fill_gaps(self, other: TableTally) -> None:
        """Rows of a part without a column are rows where it is missing."""
        here = [name for name in self.columns if name not in other.columns]
        there = [name for name in other.columns if name not in self.columns]
        for name in here:
            self.columns[name].add_missing(other.mass)
        for name in there:
            other.columns[name].add_missing(self.mass)
        texts = []
        if here:
            shown = ", ".join(here[:12])
            texts.append(f"{other.label} has no {shown}: its {other.rows:,} rows count as missing there.")
        if there:
            shown = ", ".join(there[:12])
            texts.append(
                f"{other.label} is the first with {shown}: the {self.rows:,} rows before count as missing there."
            )
        self.notes += tuple(Note("lacks-columns", text) for text in texts)


def tally_of(reading: Reading, options: ReadOptions, meter: Meter | None = None) -> TableTally:
    """Tally of all batches of a reading."""
    table = TableTally(reading.label, reading.kind, exact=options.exact)
    for batch, weights in reading.batches:
        table.add(batch, weights, keep_order=reading.keep_order)
        if meter is not None:
            meter.add_rows(batch.rows)
    table.names, table.bin_edges = reading.names, reading.bin_edges
    table.unlabelled, table.weighted = reading.unlabelled, reading.weighted
    table.notes = (*reading.notes, *(reading.late or ()))
    return table


def columns_named(names: Sequence[str], columns: Sequence[str]) -> Iterator[str]:
    """Names of columns that were given by name or number."""
    for name in names:
        yield columns[int(name) - 1] if name not in columns and is_column_number(name, len(columns)) else name


def _equal_edges(one: Vector | None, other: Vector | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.array_equal(one, other))


def _agree(one: Tally, other: Tally) -> bool:
    """Whether two parts of a column hold the same: a part without any value agrees with all."""
    return one.is_empty or other.is_empty or _content(one) == _content(other)


def _content(tally: Tally) -> str:
    if isinstance(tally, NumericTally):
        return "dates" if tally.instants else "numbers"
    return "labels"


def _seen(summary: Summary) -> float:
    infinite = summary.non_finite if isinstance(summary, NumericSummary) else 0.0
    return summary.mass + summary.missing + infinite


def _ordered(name: str, summary: Summary, options: ReadOptions, names: Sequence[str], label: str) -> Summary:
    orders = {
        next(columns_named([key], names), key) if key is not None else None: order for key, order in options.order
    }
    order = orders.get(name, orders.get(None))
    if order is None or (name not in orders and isinstance(summary, NumericSummary)):
        return summary
    if isinstance(summary, NumericSummary):
        remedy = f"--categorical {name}" if name else "leave out --order"
        raise UsageError(f"{label}: column {name or 1} holds numbers, which have their order", remedy=remedy)
    assert isinstance(summary, CategoricalSummary), "a summary is of numbers or of labels"
    unknown = [found for found in summary.labels if found not in order]
    if unknown:
        from kldiv_cli.sources.names import joined_names, quoted_name

        raise UsageError(
            f"{label}: {unknown[0]!r} is not in the order that was given",
            remedy=f"--order {quoted_name(name, also='=') + '=' if name else ''}{joined_names((*order, unknown[0]))}",
        )
    return put_in_order(summary, order)
