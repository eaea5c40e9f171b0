"""Jensen-Shannon divergence of all pairs of sparse rows: work is done only where two rows have an outcome in common.

Where one side has no mass, the other's is worth p/2 log 2; where both have, of the halves a = p/2 and b = q/2 is taken
off (a + b) log(a + b) - a log a - b log b. So outcomes that rows share cost a logarithm, all others nothing.
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

    from kldiv_cli.core.arrays import Grid, Indices, Mask, Vector

_PIECE = 1 << 16
"""Meetings of two rows in an outcome that are computed at once: half a megabyte an array."""
_CELLS = 1 << 17
"""Cells of the matrix that are filled at once, at most: a megabyte."""
_CROWDED = 0.2
"""Share of the rows from which an outcome is computed as a block of its own: each of its rows meets many."""


class Held(NamedTuple):
    """The masses above 0 of one outcome, or of one outcome after the other, in the order of the rows that hold them."""

    rows: Indices
    """The row of each mass, shape (e,); increasing within an outcome."""
    halves: Vector
    """Half of each mass."""
    logs: Vector
    """a log a of each half a."""


def sparse_blocks(masses: Grid, found: Grid) -> list[Callable[[], None]]:
    """Pieces of work that write the divergence of every row and every later one into ``found``; below it is not told.

    Parameters
    ----------
    masses : array of shape (n, k)
        Non-negative, some in each row, which need not sum to 1.
    found : array of shape (n, n)
    """
    n, k = masses.shape
    rows, outcomes, halves = _above_zero(masses)
    crowded = np.bincount(outcomes, minlength=k) > _CROWDED * n
    alone = [_held(rows, halves, outcomes == place) for place in np.flatnonzero(crowded).tolist()]
    if alone:
        is_other = ~crowded[outcomes]
        rows, outcomes, halves = rows[is_other], outcomes[is_other], halves[is_other]
    by_outcome = np.argsort(outcomes.astype(np.min_scalar_type(k)), kind="stable")  # few bytes sort faster
    others = _held(rows, halves, by_outcome)
    in_row = np.empty_like(by_outcome)  # where the masses of the first row stand there, then of the second
    in_row[by_outcome] = np.arange(rows.size)
    later = np.cumsum(np.bincount(outcomes, minlength=k))[outcomes] - in_row - 1
    first_of_row = np.searchsorted(rows, np.arange(n + 1))
    reached = np.concatenate([[0], np.cumsum(later)])[first_of_row]

    def block(start: int, end: int) -> None:
        here = slice(first_of_row[start], first_of_row[end])
        own = found[start:end, start:]
        np.subtract(math.log(2.0), _of_pairs(others, in_row[here], later[here], start, own.shape), out=own)
        for outcome in alone:
            _take_off_block(outcome, start, own)
        np.clip(own, 0.0, math.log(2.0), out=own)

    return [partial(block, start, end) for start, end in pairwise(_limits(reached, n))]


def _above_zero(masses: Grid) -> tuple[Indices, Indices, Vector]:
    """Rows, outcomes and halves of the shares that are no 0, row after row; half of the least float is 0."""
    rows, outcomes = np.divmod(np.flatnonzero(masses != 0.0), masses.shape[1])
    halves = 0.5 * (masses[rows, outcomes] / masses.sum(axis=1)[rows])
    if halves.all():
        return rows, outcomes, halves
    kept = halves > 0.0
    return rows[kept], outcomes[kept], halves[kept]


def _held(rows: Indices, halves: Vector, places: Indices | Mask) -> Held:
    rows, halves = rows[places], halves[places]
    return Held(rows, halves, halves * np.log(halves))


def _limits(reached: Indices, n: int) -> Iterator[int]:
    """Rows at which pieces begin and end: each of so many meetings and cells at most, or of one row."""
    start = 0
    while start < n:
        yield start
        enough = int(np.searchsorted(reached, reached[start] + _PIECE, side="right")) - 1
        start = max(min(enough, start + _CELLS // (n - start)), start + 1)
    yield n


def _of_pairs(held: Held, part: Indices, later: Indices, start: int, shape: tuple[int, ...]) -> Grid:
    """What the outcomes that rows share take off, of some rows from ``start`` with all from ``start``.

    ``part`` are the places of the masses of those rows; ``later`` is how many each of them meets: those behind it.
    """
    met = np.repeat(part + 1 - (np.cumsum(later) - later), later)
    met += np.arange(met.size)
    sums = np.repeat(held.halves[part], later)
    sums += held.halves.take(met)
    alone = np.repeat(held.logs[part], later)
    alone += held.logs.take(met)
    terms = _taken_off(sums, alone)
    cells = np.repeat((held.rows[part] - start) * shape[1] - start, later)
    cells += held.rows.take(met)
    taken: Grid = np.bincount(cells, weights=terms, minlength=shape[0] * shape[1]).astype(np.float64, copy=False)
    return taken.reshape(shape)


def _take_off_block(outcome: Held, start: int, block: Grid) -> None:
    """Take off what one outcome does, of which many rows have some."""
    rows = outcome.rows
    first, last = np.searchsorted(rows, (start, start + block.shape[0])).tolist()
    here, later = slice(first, last), slice(first, None)
    halves, logs = outcome.halves, outcome.logs
    terms = _taken_off(halves[here, None] + halves[later], logs[here, None] + logs[later])
    if terms.shape == block.shape:
        block -= terms
    else:
        block[np.ix_(rows[here] - start, rows[later] - start)] -= terms


def _taken_off(sums: Grid, alone: Grid) -> Grid:
    """How much s log s of sums s = a + b is more than a log a + b log b, which ``alone`` holds."""
    terms: Grid = np.log(sums)
    terms *= sums
    terms -= alone
    return terms
