"""Measures that are sums over outcomes, of many columns in one pass: a small array costs what a hundred numbers do."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compensated import total
from kldiv_cli.core.measures.row import View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kldiv_cli.core.arrays import Grid
    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.views import Views

_SMALL = 1 << 12
"""Outcomes up to which a column is put together with others; a larger one would only take memory."""


def fill_totals(columns: Iterable[Views], measures: Iterable[Measure]) -> None:
    """Compute every measure that has terms, for every column, and keep its totals with the column's views.

    Parameters
    ----------
    columns : iterable of Views
        Each with some mass on both sides.
    measures : iterable of Measure
    """
    joined = [(views, pair) for views in columns if (pair := views.pair(View.SMOOTHED)).support.size <= _SMALL]
    if not joined:
        return
    p, q, difference = (
        np.concatenate([getattr(pair, side) for _, pair in joined]) for side in ("p", "q", "difference")
    )
    limits = np.cumsum([0, *(pair.support.size for _, pair in joined)]).tolist()
    for row in measures:
        if row.terms is None:
            continue
        if len(row.directions) == 1:
            by_direction: Grid = row.terms(p, q, difference)[None, :]
        else:
            sides = np.concatenate([p, q]), np.concatenate([q, p]), np.concatenate([difference, -difference])
            by_direction = row.terms(*sides).reshape(2, -1)
        for turned, terms in enumerate(by_direction):
            for (views, _), (start, stop) in zip(joined, pairwise(limits), strict=True):
                views.totals[row.key, bool(turned)] = total(terms[start:stop])
