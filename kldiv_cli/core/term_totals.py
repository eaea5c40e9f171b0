"""Measures that are sums over outcomes, of many columns in one pass: of a small array, the call is most of the cost."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compensated import total
from kldiv_cli.core.measures.row import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kldiv_cli.core.arrays import Grid
    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.views import Views

_TOGETHER = 1 << 13
"""Outcomes of the columns of one portion, at most: more would take memory and save nothing."""


def portions(columns: Iterable[Views]) -> Iterator[deque[Views]]:
    """Columns that are computed together, in their order: a few thousand outcomes, or one column that has more."""
    portion: deque[Views] = deque()
    size = 0
    for views in columns:
        own = views.pair(View.SMOOTHED).support.size if views.have_mass else 0
        if portion and size + own > _TOGETHER:
            yield portion
            portion, size = deque(), 0
        portion.append(views)
        size += own
    if portion:
        yield portion


def fill_totals(columns: Sequence[Views], measures: Iterable[Measure]) -> None:
    """Compute every measure that has terms, for every column, and keep its totals with the column's views.

    Parameters
    ----------
    columns : sequence of Views
        A portion; one that is alone with very many outcomes is left as it is.
    measures : iterable of Measure
    """
    joined = [views for views in columns if views.have_mass]
    pairs = [views.pair(View.SMOOTHED) for views in joined]
    limits = np.cumsum([0, *(pair.support.size for pair in pairs)]).tolist()
    if not 0 < limits[-1] <= _TOGETHER:
        return
    p, q, difference = (np.concatenate([getattr(pair, side) for pair in pairs]) for side in ("p", "q", "difference"))
    for row in measures:
        if row.terms is None:
            continue
        if len(row.directions) == 1:
            by_direction: Grid = row.terms(p, q, difference)[None, :]
        else:
            sides = np.concatenate([p, q]), np.concatenate([q, p]), np.concatenate([difference, -difference])
            by_direction = row.terms(*sides).reshape(2, -1)
        for turned, terms in enumerate(by_direction):
            for views, (start, stop) in zip(joined, pairwise(limits), strict=True):
                views.totals[row.key, bool(turned)] = total(terms[start:stop])
