"""Typed blocks of rows, and the opened table they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kldiv_cli.core.arrays import Indices, Vector
    from kldiv_cli.core.model import DataKind, Note


class Numbers(NamedTuple):
    """Cells of a numeric column: float64 of shape (rows,), NaN where missing."""

    values: Vector
    instants: bool = False


class Labels(NamedTuple):
    """Cells of a column of labels: codes of shape (rows,) into ``names``, -1 where missing."""

    codes: Indices
    names: tuple[str, ...]


Cells: TypeAlias = Numbers | Labels
Shape: TypeAlias = Literal["table", "column", "numbers", "array", "counted", "masses", "bins"]
"""``table``: rows with named columns; ``column``: one unnamed column of a file; ``numbers``: a JSON list;
``counted``: labels with counts; ``array``: a Python vector; ``masses``: outcomes (if labelled) and masses; ``bins``:
midpoints and masses, with edges."""


class Batch(NamedTuple):
    """A block of rows of the chosen columns."""

    columns: Mapping[str, Cells]
    rows: int
    groups: Labels | None = None
    """Group of every row, where rows are grouped."""


class Table(NamedTuple):
    """An opened table, before it is decided whether its rows are observations or masses."""

    names: tuple[str, ...]
    has_header: bool
    head: Batch
    """The first rows, all columns."""
    rest: Callable[[Sequence[str]], Iterator[Batch]]
    """The remaining rows, of the columns named."""
    notes: tuple[Note, ...] = ()
    late: list[Note] | None = None
    """What is noticed while the rest is read; complete when all batches are taken."""
    shape: Shape = "table"
    bin_edges: Vector | None = None
    """Limits of the bins, shape (k + 1,), where the shape is ``bins``."""


class Reading(NamedTuple):
    """What an operand turned out to be: batches of columns, with weights where it has any."""

    label: str
    kind: DataKind
    batches: Iterator[tuple[Batch, Vector | None]]
    """Blocks of rows with the weight of each row, or None where all weigh the same."""
    unlabelled: bool = False
    weighted: bool = False
    keep_order: bool = False
    """Whether labels stay in the order they came in."""
    bin_edges: Vector | None = None
    notes: tuple[Note, ...] = ()
    late: list[Note] | None = None
    """Notes that come up while the batches are read; complete when all are taken."""
    names: tuple[str, ...] = ()
    """All columns of the place, also those that are not compared."""
    by: tuple[str, ...] = ()
    """Columns that rows are grouped by."""


def joined_cells(parts: Sequence[Cells]) -> Cells:
    """Cells of a column that came in parts."""
    if len(parts) == 1:
        return parts[0]
    numbers = [part for part in parts if isinstance(part, Numbers)]
    if numbers:
        return Numbers(np.concatenate([part.values for part in numbers]), numbers[0].instants)
    names: dict[str, int] = {}
    codes = []
    for part in parts:
        assert isinstance(part, Labels), "a column keeps its type"
        renumbered = np.array([names.setdefault(name, len(names)) for name in part.names] + [-1], dtype=np.intp)
        codes.append(renumbered[part.codes])
    return Labels(np.concatenate(codes), tuple(names))
