"""Jensen-Shannon divergence of all pairs of sparse rows: work is done only where two rows have an outcome in common.

Where one side has no mass, the other's is worth p log 2; where both have, (p + q) log(p + q) - p log p - q log q is
taken off twice the divergence. So outcomes that rows share cost a logarithm, all others nothing.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kldiv_cli.core.arrays import Grid, Indices, Vector

_PIECE = 1 << 17
"""Meetings of two rows in an outcome that are computed at once: a megabyte an array."""
_CELLS = 1 << 19
"""Cells of the matrix that are filled at once, at most: four megabytes."""
_CROWDED = 0.2
"""Share of the rows from which an outcome is computed as a block of its own: each of its rows meets many."""


class Meetings(NamedTuple):
    """What mass there is, by outcome and by row within it."""

    rows: Indices
    """The row of each mass, shape (e,); increasing within an outcome."""
    masses: Vector
    logs: Vector
    """p log p of each."""
    ends: Indices
    """Behind the last mass of its outcome, shape (e,)."""


def sparse_blocks(shares: Grid, found: Grid) -> list[Callable[[], None]]:
    """Pieces of work that write the divergence of every row and every later one into ``found``; below it is not told.

    Parameters
    ----------
    shares : array of shape (n, k)
        Probabilities, each row with some.
    found : array of shape (n, n)
    """
    n = shares.shape[0]
    rows, outcomes = np.nonzero(shares)
    crowded = np.bincount(outcomes, minlength=shares.shape[1]) > _CROWDED * n
    alone = [_meetings(shares, np.flatnonzero(shares[:, place]), place) for place in np.flatnonzero(crowded).tolist()]
    kept = ~crowded[outcomes]
    rows, outcomes = rows[kept], outcomes[kept]
    by_outcome = np.argsort(outcomes, kind="stable")
    others = _meetings(shares, rows[by_outcome], outcomes[by_outcome])
    in_row = np.empty_like(by_outcome)
    in_row[by_outcome] = np.arange(by_outcome.size)
    first_of_row = np.searchsorted(rows, np.arange(n + 1))
    followers = (others.ends - np.arange(others.rows.size) - 1)[in_row]
    reached = np.concatenate([[0], np.cumsum(followers)])[first_of_row]

    def block(start: int, end: int) -> None:
        part = in_row[first_of_row[start] : first_of_row[end]]
        own = found[start:end, start:]
        np.subtract(math.log(2.0), _of_pairs(others, part, start, own.shape), out=own)
        for outcome in alone:
            _take_off_block(outcome, start, own)
        np.clip(own, 0.0, math.log(2.0), out=own)

    return [partial(block, start, end) for start, end in pairwise(_limits(reached, n))]


def _meetings(shares: Grid, rows: Indices, outcomes: Indices | int) -> Meetings:
    """Meetings of rows in one outcome, or in many that stand in their order."""
    masses = shares[rows, outcomes]
    ends = np.searchsorted(outcomes, outcomes, side="right") if isinstance(outcomes, np.ndarray) else rows[:0]
    return Meetings(rows, masses, masses * np.log(masses), ends)


def _limits(reached: Indices, n: int) -> Iterator[int]:
    """Rows at which pieces begin and end: each of so many meetings and cells at most, or of one row."""
    start = 0
    while start < n:
        yield start
        enough = int(np.searchsorted(reached, reached[start] + _PIECE, side="right")) - 1
        start = max(min(enough, start + _CELLS // (n - start)), start + 1)
    yield n


def _of_pairs(meetings: Meetings, part: Indices, start: int, shape: tuple[int, ...]) -> Grid:
    """What the outcomes that rows share take off, of some rows from ``start`` with all from ``start``."""
    numbers = meetings.ends[part] - part - 1
    behind = np.arange(int(numbers.sum())) + np.repeat(part + 1 - (np.cumsum(numbers) - numbers), numbers)
    sums = np.repeat(meetings.masses[part], numbers)
    sums += meetings.masses[behind]
    terms = np.log(sums)
    terms *= sums
    terms -= np.repeat(meetings.logs[part], numbers)
    terms -= meetings.logs[behind]
    terms *= 0.5
    cells = np.repeat((meetings.rows[part] - start) * shape[1] - start, numbers)
    cells += meetings.rows[behind]
    taken: Grid = np.bincount(cells, weights=terms, minlength=shape[0] * shape[1]).astype(np.float64, copy=False)
    return taken.reshape(shape)


def _take_off_block(outcome: Meetings, start: int, block: Grid) -> None:
    """Take off what one outcome does, of which many rows have some."""
    rows = outcome.rows
    first, last = np.searchsorted(rows, (start, start + block.shape[0])).tolist()
    here, later = slice(first, last), slice(first, None)
    sums = outcome.masses[here, None] + outcome.masses[later]
    terms = np.log(sums)
    terms *= sums
    terms -= outcome.logs[here, None]
    terms -= outcome.logs[later]
    terms *= 0.5
    if terms.shape == block.shape:
        block -= terms
    else:
        block[np.ix_(rows[here] - start, rows[later] - start)] -= terms
