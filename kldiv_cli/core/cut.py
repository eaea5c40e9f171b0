"""A summary of many values cut to fewer: a step function that stays within half a step of the true one.

The cumulated counts are rounded to whole steps; a value is kept where the rounded ones rise. Whatever the data, no
rank is then off by more than half a step, and the total is exact. Ranks at *anchors* - the least and the largest value,
and wherever the caller needs it - are exact: bins whose edges are anchors keep their masses to the digit.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.moments import moments_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.summary import NumericSummary


def cut(summary: NumericSummary, points: int, anchors: Iterable[int] = ()) -> NumericSummary:
    """The same column with about ``points`` values, its moments kept, and the error of its ranks.

    Parameters
    ----------
    summary : NumericSummary
        One with more values than ``points``; any other is returned as it is.
    points : int
        The values to keep; the two ends and the anchors, each with the value before it, come on top.
    anchors : iterable of int
        Indices of values at which the rank stays exact.

    Returns
    -------
    NumericSummary
        Its ``rank_error`` is half a step on top of what the summary had.
    """
    if summary.values.size <= points:
        return summary
    cumulated = np.cumsum(summary.counts)
    mass = float(cumulated[-1])
    step = step_of(mass, points)
    rounded = np.floor(cumulated / step + 0.5)
    rounded *= step
    _hold_anchors(rounded, cumulated, anchors)
    counts = np.diff(rounded, prepend=0.0)
    counts[-1] = (
        counts[-1] or summary.counts[-1]
    )  # one that vanishes beside the others is the largest value all the same
    kept = counts > 0.0
    return summary._replace(
        values=summary.values[kept],
        counts=counts[kept],
        rank_error=summary.rank_error + 0.5 * step / mass,
        moments=summary.moments or moments_of(summary.values, summary.counts),
    )


def cut_sorted(ordered: Vector, points: int) -> tuple[Vector, Vector, float]:
    """Values, counts and half a step for observations that are sorted and weigh 1 each: what `cut` gives, sooner."""
    size = ordered.size
    step = int(step_of(float(size), points))
    least = int(np.searchsorted(ordered, ordered[0], side="right"))
    below = int(np.searchsorted(ordered, ordered[-1], side="left"))
    if least > below:  # one value alone
        return ordered[:1], np.array([float(size)]), 0.5 * step
    kept = ordered[math.ceil(0.5 * step) - 1 :: step]
    start = int(np.searchsorted(kept, ordered[0], side="right"))
    stop = int(np.searchsorted(kept, ordered[-1], side="left"))
    second = ordered[least : least + 1]  # it has what the exact rank of the least value leaves of a step
    rank = np.searchsorted(ordered, second, side="right")
    values = np.concatenate([ordered[:1], second, kept[start:stop], ordered[-1:]])
    rounded = np.concatenate([[0.0], np.floor(rank / step + 0.5) * step, step * np.arange(start + 1.0, stop + 2.0)])
    np.clip(rounded, least, below, out=rounded)
    rounded[0] = least
    rounded[values == values[-1]] = size
    ends = np.flatnonzero(np.concatenate([values[1:] != values[:-1], [True]]))
    counts = np.diff(rounded[ends], prepend=0.0)
    risen = counts > 0.0
    return values[ends][risen], counts[risen], 0.5 * step


def step_of(mass: float, points: int) -> float:
    """Mass of a step: whole where the masses are, so that counts stay whole."""
    step = mass / points
    return float(math.ceil(step)) if mass == math.floor(mass) and step >= 1.0 else step


def _hold_anchors(rounded: Vector, cumulated: Vector, anchors: Iterable[int]) -> None:
    """Give anchors their exact rank, and keep values before one below its step, those after it above."""
    places = sorted({0, *anchors, cumulated.size - 1})
    rounded[0] = cumulated[0]
    for before, anchor in pairwise(places):
        between = slice(before + 1, anchor)
        np.clip(rounded[between], cumulated[before], cumulated[anchor - 1], out=rounded[between])
        rounded[anchor] = cumulated[anchor]
