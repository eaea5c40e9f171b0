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

    from kldiv_cli.core.arrays import Grid, Indices, Vector

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


def sparse_blocks(shares: Grid, found: Grid) -> list[Callable[[], None]]:
    """Pieces of work that write the divergence of every row and every later one into ``found``; below it is not told.

    Parameters
    ----------
    shares : array of shape (n, k)
        Probabilities, each row with some.
    found : array of shape (n, n)
    """
    n, k = shares.shape
    outcomes, rows = np.divmod(np.flatnonzero(shares.T != 0.0), n)
    crowded = np.bincount(outcomes, minlength=k) > _CROWDED * n
    is_alone = crowded[outcomes]
    alone = [_held(shares, rows[outcomes == place], place) for place in np.flatnonzero(crowded).tolist()]
    rows, outcomes = rows[~is_alone], outcomes[~is_alone]
    others = _held(shares, rows, outcomes)
    later = np.cumsum(np.bincount(outcomes, minlength=k))[outcomes] - np.arange(1, rows.size + 1)
    in_row = np.argsort(rows, kind="stable")  # places of the masses of the first row, then of the second
    first_of_row = np.searchsorted(rows[in_row], np.arange(n + 1))
    reached = np.concatenate([[0], np.cumsum(later[in_row])])[first_of_row]

    def block(start: int, end: int) -> None:
        here = in_row[first_of_row[start] : first_of_row[end]]
        own = found[start:end, start:]
        np.subtract(math.log(2.0), _of_pairs(others, here, later[here], start, own.shape), out=own)
        for outcome in alone:
            _take_off_block(outcome, start, own)
        np.clip(own, 0.0, math.log(2.0), out=own)

    return [partial(block, start, end) for start, end in pairwise(_limits(reached, n))]


def _held(shares: Grid, rows: Indices, outcomes: Indices | int) -> Held:
    halves = 0.5 * shares[rows, outcomes]
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
    met = np.arange(int(later.sum())) + np.repeat(part + 1 - (np.cumsum(later) - later), later)
    terms = _taken_off(
        (np.repeat(held.halves[part], later), np.repeat(held.logs[part], later)), (held.halves[met], held.logs[met])
    )
    cells = np.repeat((held.rows[part] - start) * shape[1] - start, later)
    cells += held.rows[met]
    taken: Grid = np.bincount(cells, weights=terms, minlength=shape[0] * shape[1]).astype(np.float64, copy=False)
    return taken.reshape(shape)


def _take_off_block(outcome: Held, start: int, block: Grid) -> None:
    """Take off what one outcome does, of which many rows have some."""
    rows = outcome.rows
    first, last = np.searchsorted(rows, (start, start + block.shape[0])).tolist()
    here, later = slice(first, last), slice(first, None)
    terms = _taken_off(
        (outcome.halves[here, None], outcome.logs[here, None]), (outcome.halves[later], outcome.logs[later])
    )
    if terms.shape == block.shape:
        block -= terms
    else:
        block[np.ix_(rows[here] - start, rows[later] - start)] -= terms


def _taken_off(here: tuple[Vector, Vector], later: tuple[Vector, Vector]) -> Vector:
    """What (a + b) log(a + b) is more than a log a + b log b, of halves and their a log a on two sides, broadcast."""
    (a, a_log), (b, b_log) = here, later
    sums = a + b
    terms: Vector = np.log(sums)
    terms *= sums
    terms -= a_log
    terms -= b_log
    return terms
