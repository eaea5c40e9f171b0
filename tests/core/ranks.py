"""What a summary of many rows is held against: the rows themselves, counted without any of the product's code."""

from __future__ import annotations

from itertools import pairwise

import numpy as np


def counted(rows, weights=None):
    """Distinct values, increasing, and the number or the weight of each."""
    if weights is None:
        values, counts = np.unique(rows, return_counts=True)
        return values, counts.astype(np.float64)
    values, inverse = np.unique(rows, return_inverse=True)
    return values, np.bincount(inverse, weights=weights)


def greatest_rank_error(summary, rows, weights=None):
    """Largest gap between the cumulated shares of a summary and of its rows, from the left and the right of every row.

    Between two neighbouring rows both are flat: a summary has no value that no row has, which is looked at too.
    """
    values, counts = counted(rows, weights)
    places = np.searchsorted(values, summary.values)
    assert (values[np.minimum(places, values.size - 1)] == summary.values).all(), "a value that no row has"
    assert (np.diff(summary.values) > 0).all()
    true, kept = (np.concatenate([[0.0], np.cumsum(masses)]) for masses in (counts, summary.counts))
    above = kept[np.searchsorted(summary.values, values, side="right")] - true[1:]
    below = kept[np.searchsorted(summary.values, values, side="left")] - true[:-1]
    return float(max(np.abs(above).max(), np.abs(below).max())) / float(true[-1])


def mean_and_deviation(rows, weights=None):
    """Mean, as a float and what it leaves, and population standard deviation: extended precision, two passes."""
    rows = np.asarray(rows, dtype=np.float64)
    weights = np.ones(rows.size, dtype=np.longdouble) if weights is None else np.asarray(weights, dtype=np.longdouble)
    origin = float(np.median(rows))
    apart = rows.astype(np.longdouble) - origin
    moved = (apart * weights).sum() / weights.sum()
    return origin, moved, np.sqrt((weights * (apart - moved) ** 2).sum() / weights.sum())


def split(rows, places):
    """Rows cut at these places, each taken modulo their number; some parts may be empty."""
    edges = [0, *sorted(place % (len(rows) + 1) for place in places), len(rows)]
    return [rows[low:high] for low, high in pairwise(edges)]
