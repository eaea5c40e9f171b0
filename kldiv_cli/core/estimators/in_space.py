"""KL divergence from the distances between neighbours, in d dimensions.

References
----------
Wang, Kulkarni & Verdu (2009), https://doi.org/10.1109/TIT.2009.2016060
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Grid, Indices, Mask, Vector

_REACH = 1.0 + 1e-12


def kl_in_space(x: Grid, y: Grid, k: int) -> float:
    """D(P || Q) of x, shape (n, d), and y, shape (m, d); NaN where rows repeat so often that a distance is 0.

    Examples
    --------
    >>> kl_in_space(np.array([[1.0], [2.0], [4.0]]), np.array([[1.5], [3.0]]), 1)
    -0.6931471805599453
    """
    own, other = _tree(x).query(x, [k + 1], workers=-1)[0], _tree(y).query(x, [k], workers=-1)[0]
    if not (own.all() and other.all()):
        return math.nan
    mean = math.fsum((np.log(other) - np.log(own))[:, 0]) / len(x)
    return float(x.shape[1] * mean + math.log(len(y) / (len(x) - 1.0)))


def bias_reduced_in_space(x: Grid, y: Grid) -> float:
    """D(P || Q) from all neighbours within the larger of both nearest distances."""
    from scipy.special import digamma

    own, other = _tree(x), _tree(y)
    reach = np.maximum(own.query(x, [2], workers=-1)[0], other.query(x, [1], workers=-1)[0])[:, 0]
    if not reach.all():
        return math.nan
    reach = reach * _REACH  # the neighbour at the edge is within, however it was rounded
    within = own.query_ball_point(x, reach, return_length=True, workers=-1) - 1
    between = other.query_ball_point(x, reach, return_length=True, workers=-1)
    rho, nu = _furthest(own, x, within + 1), _furthest(other, x, between)
    terms = x.shape[1] * (np.log(nu) - np.log(rho)) + digamma(within) - digamma(between)
    return math.fsum(terms) / len(x) + math.log(len(y) / (len(x) - 1.0))


def drawn_kl(rows: Grid, labels: Mask, k: int) -> tuple[Vector, Vector] | None:
    """D(P || Q) and D(Q || P) of every split of the rows, shape (draws,) each; None where rows repeat.

    Neighbours are looked up once for all splits: as many as almost surely hold k of either side.
    """
    n = int(np.count_nonzero(labels[0]))
    m = len(rows) - n
    share = min(n, m) / (n + m)
    number = min(math.ceil((k + 6.0 * math.sqrt(k) + 12.0) / share), len(rows) - 1)
    distances, places = _tree(rows).query(rows, number + 1, workers=-1)
    distances, places = distances[:, 1:], places[:, 1:]
    if not distances[:, 0].all():
        return None
    logs = np.log(distances)
    found = np.empty((2, len(labels)))
    for draw, mine in enumerate(labels):
        like = mine[places] == mine[:, None]
        counted = np.cumsum(like, axis=1)
        own = _kth(counted, k)
        other = _kth(np.arange(1, number + 1) - counted, k)
        terms = np.take_along_axis(logs, other, 1)[:, 0] - np.take_along_axis(logs, own, 1)[:, 0]
        for turned, (side, size, against) in enumerate(((mine, n, m), (~mine, m, n))):
            found[turned, draw] = rows.shape[1] * terms[side].mean() + math.log(against / (size - 1.0))
    return found[0], found[1]


def _kth(counted: Indices, k: int) -> Indices:
    """Place of the k-th, shape (n, 1); the last place where there are fewer."""
    place: Indices = np.minimum((counted < k).sum(axis=1), counted.shape[1] - 1)[:, None]
    return place


def _furthest(tree: Any, x: Grid, numbers: Indices) -> Vector:
    """Distance of every row of x to its so-manieth neighbour in a tree."""
    found = np.empty(len(x))
    for number in np.unique(numbers).tolist():
        mine = numbers == number
        found[mine] = tree.query(x[mine], [number], workers=-1)[0][:, 0]
    return found


def _tree(rows: Grid) -> Any:
    from scipy.spatial import cKDTree

    return cKDTree(rows)
