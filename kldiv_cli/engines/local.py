"""This machine: batches are summarised one by one and merged in a tree that the number of the block fixes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kldiv_cli.core.model import Note
from kldiv_cli.core.summary import (
    CategoricalSummary,
    NumericSummary,
    Profile,
    categorical_summary,
    merged,
    numeric_summary,
    put_in_order,
)
from kldiv_cli.errors import InputError, TypeBreak, UsageError
from kldiv_cli.sources.batch import Labels
from kldiv_cli.sources.interpret import is_column_number
from kldiv_cli.sources.places import opened_reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.summary import Summary
    from kldiv_cli.sources.batch import Cells, Reading
    from kldiv_cli.sources.spec import ReadOptions, SourceSpec


class MergeTree:
    """Merges summaries two by two, equal heights first, so the result does not depend on who was ready when."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, Summary]] = []

    def add(self, summary: Summary) -> None:
        """Take the summary of the next block."""
        height = 0
        while self._waiting and self._waiting[-1][0] == height:
            summary = merged(self._waiting.pop()[1], summary)
            height += 1
        self._waiting.append((height, summary))

    def result(self) -> Summary:
        """Summary of all blocks."""
        _, summary = self._waiting[-1]
        for _, earlier in reversed(self._waiting[:-1]):
            summary = merged(earlier, summary)
        return summary


def summarised(spec: SourceSpec) -> Profile:
    """Read one operand and summarise every column that is wanted.

    A cell deep in a file that breaks the type its column was given makes the file be read again with that column as
    labels; in a pipe it is an error.

    Raises
    ------
    KldivError
        If the operand cannot be read.
    """
    notes: tuple[Note, ...] = ()
    asked = spec.options.categorical
    while True:
        try:
            with opened_reading(spec) as reading:
                profile = profile_of(reading, spec.options)
                forced = frozenset(_named(asked, profile.names))
                return profile._replace(notes=(*profile.notes, *notes), categorical=forced)
        except TypeBreak as fault:
            if not _can_be_read_again(spec) or set(fault.columns) <= set(spec.options.categorical):
                raise
            first, *others = fault.columns
            notes += (Note("read-as-labels", f"{fault.message}; the column was read as labels."),)
            also = (f"{spec.label}: column {column} was read as labels too, after {first}." for column in others)
            notes += tuple(Note("read-as-labels", text) for text in also)
            spec = spec.reread_as_text(fault.columns)


def _can_be_read_again(spec: SourceSpec) -> bool:
    """Whether the operand is a regular file: a pipe or a process substitution gives its rows once."""
    return spec.place == "file" and os.path.isfile(spec.location)


def profile_of(reading: Reading, options: ReadOptions) -> Profile:
    """Summaries of all batches of a reading."""
    trees: dict[str, MergeTree] = {}
    rows = 0
    for batch, weights in reading.batches:
        rows += batch.rows
        for name, cells in batch.columns.items():
            trees.setdefault(name, MergeTree()).add(_summary(cells, weights, reading))
    if not rows:
        raise InputError(f"{reading.label} has no rows", remedy="check the command or the path that made it")
    columns = {
        name: _ordered(name, tree.result(), options, reading.names, reading.label) for name, tree in trees.items()
    }
    return Profile(
        label=reading.label,
        kind=reading.kind,
        columns=columns,
        rows=rows,
        unlabelled=reading.unlabelled,
        weighted=reading.weighted,
        names=reading.names,
        categorical=frozenset(_named(options.categorical, reading.names)),
        notes=(*reading.notes, *(reading.late or ())),
    )


def _named(names: Sequence[str], columns: Sequence[str]) -> Iterator[str]:
    """Names of columns that were given by name or number."""
    for name in names:
        yield columns[int(name) - 1] if name not in columns and is_column_number(name, len(columns)) else name


def _summary(cells: Cells, weights: Vector | None, reading: Reading) -> Summary:
    if isinstance(cells, Labels):
        summary = categorical_summary(cells.codes, cells.names, weights, keep_order=reading.keep_order)
        return summary if reading.kind == "samples" else _counted(summary)
    values = cells.values
    if weights is not None and reading.kind == "samples":
        values, weights = values[weights > 0.0], weights[weights > 0.0]  # a row of no weight was not seen
    numbers = numeric_summary(values, weights, instants=cells.instants)
    if reading.bin_edges is not None:
        numbers = numbers._replace(edges=reading.bin_edges)
    return numbers if reading.kind == "samples" else _counted(numbers)


def _counted(summary: Summary) -> Summary:
    """Masses are counts of observations that weigh 1 each: n is their sum, not Kish's number."""
    return summary._replace(weight_squares=summary.mass)


def _ordered(name: str, summary: Summary, options: ReadOptions, names: Sequence[str], label: str) -> Summary:
    orders = {next(_named([key], names), key) if key is not None else None: order for key, order in options.order}
    order = orders.get(name, orders.get(None))
    if order is None or (name not in orders and isinstance(summary, NumericSummary)):
        return summary
    if isinstance(summary, NumericSummary):
        remedy = f"--categorical {name}" if name else "leave out --order"
        raise UsageError(f"{label}: column {name or 1} holds numbers, which have their order", remedy=remedy)
    assert isinstance(summary, CategoricalSummary), "a summary is of numbers or of labels"
    unknown = [found for found in summary.labels if found not in order]
    if unknown:
        raise UsageError(
            f"{label}: {unknown[0]!r} is not in the order that was given",
            remedy=f"--order {name or ''}{'=' if name else ''}{','.join((*order, unknown[0]))}",
        )
    return put_in_order(summary, order)
