"""Masses at whole numbers: the range that is worth summing, and sums as if they were integrals."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.densities.quadrature import Nodes, Quadrature
from kldiv_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.densities.density import Density

_MOST_OUTCOMES = 4_000_000
_LAST, _CUTS = 1e-18, (1e-15, 1e-10)
"""Tails of masses at whole numbers that are left out, and where sums are cut to see whether they have settled."""


def at_whole_numbers(p: Density, q: Density) -> Quadrature:
    """Whole numbers as nodes of weight 1, in rows of fifteen."""
    low, high = range_of((p, q))
    size = high - low + 1.0
    if not size <= _MOST_OUTCOMES:
        raise _too_many(p)
    rows = math.ceil(size / 15.0)
    x = low + np.arange(15.0 * rows).reshape(rows, 15)
    weights = (x <= high).astype(np.float64)
    logs = [side.log_density(x.ravel()).reshape(x.shape) for side in (p, q)]
    cuts = tuple(_cut((p, q), level, low, int(size)) for level in _CUTS)
    return Quadrature(np.append(x[:, 0], x[-1, -1] + 1.0), Nodes(x, weights, *logs), cuts)


def _cut(sides: tuple[Density, Density], level: float, low: float, size: int) -> tuple[float, float]:
    """The range of ``size`` whole numbers from ``low`` without both tails of a probability, in either side's view."""

    def reaches(name: str, place: int) -> bool:
        at = np.array([low + place])
        return any(float(getattr(side, name)(at)[0]) > level for side in sides)

    first = bisect_left(range(size), x=True, key=lambda place: reaches("cdf", place))
    end = bisect_left(range(size), x=True, key=lambda place: not reaches("sf", place))
    return (low + first - 15.0, low + end + 14.0) if first < end else (low, low + size - 1.0)


def pmf_of(density: Density, more: Vector) -> tuple[Vector, Vector]:
    """Whole numbers that have a mass worth summing, and other values, with their masses: shapes (k,)."""
    low, high = range_of([density])
    if not high - low < _MOST_OUTCOMES:
        raise _too_many(density)
    values = np.unique(np.concatenate([np.arange(low, high + 1.0), more]))
    return values, np.exp(density.log_density(values))


def range_of(sides: Iterable[Density]) -> tuple[float, float]:
    """Least and largest whole number that has a mass worth summing."""
    ends = [(_last_number(side, upwards=False), _last_number(side, upwards=True)) for side in sides]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _last_number(density: Density, *, upwards: bool) -> float:
    """The whole number beyond which there is next to no mass: by steps that double, for quantiles round it off."""
    end = density.support[1 if upwards else 0]
    start = float(density.ppf(np.array([0.5]))[0])
    if abs(end - start) < _MOST_OUTCOMES:
        return end
    step, sign = 1.0, 1.0 if upwards else -1.0
    while step < _MOST_OUTCOMES:
        at = np.array([start + sign * step])
        if float((density.sf(at) if upwards else density.cdf(at))[0]) < _LAST:
            return start + sign * step
        step *= 2.0
    return start + sign * step


def _too_many(density: Density) -> InputError:
    told = f"{density.text} has masses at more than {_MOST_OUTCOMES:,} numbers, or stands beside one that has"
    return InputError(told, remedy="a family with lighter tails")
