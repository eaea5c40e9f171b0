"""KL divergence from the distances between neighbours, on the line.

References
----------
Wang, Kulkarni & Verdu (2009), https://doi.org/10.1109/TIT.2009.2016060; Politis & Romano (1994),
https://doi.org/10.1214/aos/1176325770 (subsampling)
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator

    from kldiv_cli.core.arrays import Vector

SUBSAMPLES = 300
_REACH = 1.0 + 1e-12


def kl_on_the_line(x: Vector, y: Vector, k: int) -> float:
    """D(P || Q) of two ordered samples; NaN where a value repeats so often that a distance is 0.

    Examples
    --------
    >>> kl_on_the_line(np.array([1.0, 2.0, 4.0]), np.array([1.5, 3.0]), 1)
    -0.6931471805599453
    """
    own, other = distances_within(x, k), distances_between(x, y, k)
    if not (own.all() and other.all()):
        return math.nan
    mean = math.fsum(np.log(other) - np.log(own)) / x.size
    return mean + math.log(y.size / (x.size - 1.0))


def bias_reduced_on_the_line(x: Vector, y: Vector) -> float:
    """D(P || Q) from all neighbours within the larger of both nearest distances."""
    from scipy.special import digamma

    reach = np.maximum(distances_within(x, 1), distances_between(x, y, 1))
    if not reach.all():
        return math.nan
    low, high = x - reach * _REACH, x + reach * _REACH  # the neighbour at the edge is within, however it was rounded
    low_x, high_x = np.searchsorted(x, low), np.searchsorted(x, high, side="right")
    low_y, high_y = np.searchsorted(y, low), np.searchsorted(y, high, side="right")
    within, between = high_x - low_x - 1, high_y - low_y
    rho = np.maximum(x - x[low_x], x[high_x - 1] - x)
    nu = np.maximum(x - y[low_y], y[high_y - 1] - x)
    terms = np.log(nu) - np.log(rho) + digamma(within) - digamma(between)
    return math.fsum(terms) / x.size + math.log(y.size / (x.size - 1.0))


def distances_within(x: Vector, k: int) -> Vector:
    """Distance of every value of an ordered sample to its k-th neighbour in it, shape (n,)."""
    n = x.size
    best = np.full(n, math.inf)
    for below in range(k + 1):  # the k nearest are some below and the rest above
        above = k - below
        left = np.full(n, math.inf) if below else np.zeros(n)
        right = np.full(n, math.inf) if above else np.zeros(n)
        if below:
            left[below:] = x[below:] - x[:-below]
        if above:
            right[:-above] = x[above:] - x[:-above]
        best = np.minimum(best, np.maximum(left, right))
    return best


def distances_between(x: Vector, y: Vector, k: int) -> Vector:
    """Distance of every value of x to its k-th neighbour in the ordered sample y, shape (n,)."""
    places = np.searchsorted(y, x)
    padded = np.concatenate([np.full(k, -math.inf), y, np.full(k, math.inf)])
    best = np.full(x.size, math.inf)
    for below in range(k + 1):
        above = k - below
        left = x - padded[places + k - below] if below else np.zeros(x.size)
        right = padded[places + k + above - 1] - x if above else np.zeros(x.size)
        best = np.minimum(best, np.maximum(left, right))
    return best


def subsampled_interval(
    x: Vector, y: Vector, k: int, estimate: float, level: float, rng: Generator
) -> tuple[float, float] | None:
    """Interval of the estimate, by subsamples of n^(4/5) rows, for a bootstrap repeats rows; None where one fails."""
    b, c = (max(round(sample.size**0.8), k + 2) for sample in (x, y))
    if b >= x.size or c >= y.size:
        return None
    drawn = np.empty(SUBSAMPLES)
    for place in range(SUBSAMPLES):
        one = np.sort(rng.choice(x, b, replace=False))
        other = np.sort(rng.choice(y, c, replace=False))
        drawn[place] = kl_on_the_line(one, other, k)
    if not np.isfinite(drawn).all():
        return None
    shares = b / x.size, c / y.size
    # the variance of the whole is that of the parts by their size; parts drawn without replacement are too alike
    deviation = float(drawn.std(ddof=1)) * math.sqrt(max(shares) / (1.0 - max(shares)))
    spread = NormalDist().inv_cdf(0.5 + 0.5 * level) * deviation
    return estimate - spread, estimate + spread


def jittered(values: Vector, rng: Generator) -> Vector:
    """The same as `moved_at_random`, in order."""
    return np.sort(moved_at_random(values, rng))


def moved_at_random(values: Vector, rng: Generator) -> Vector:
    """Values moved by up to half of what they were rounded to, which is the least step between two of them."""
    steps = np.diff(np.unique(values))
    step = float(steps.min()) if steps.size else 0.0
    moved: Vector = values + rng.uniform(-0.5 * step, 0.5 * step, values.size)
    return moved
