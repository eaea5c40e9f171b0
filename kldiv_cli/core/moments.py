"""Mean and squared deviations of a column, kept so that parts of it merge without losing digits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compensated import total
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.arrays import Vector


class Moments(NamedTuple):
    """First and second moment of weighted values.

    The mean is a double-double: where it is large beside the spread, the difference of two means keeps its digits.
    """

    mass: float
    mean: float
    rest: float
    """What rounding left of the mean."""
    squares: float
    """Sum of the weighted squared deviations from the mean."""

    @property
    def standard_deviation(self) -> float:
        """Population standard deviation (ddof 0), in the unit of the values."""
        return math.sqrt(self.squares / self.mass)


def moments_of(values: Vector, counts: Vector | None = None) -> Moments:
    """Moments of values of shape (k,), each counted once or as ``counts`` say; k is at least 1."""
    with np.errstate(over="ignore", invalid="ignore"):  # values up to 1.8e308: the report leaves out what overflows
        mass = float(values.size) if counts is None else total(counts)
        mean = float(values.mean()) if counts is None else float((values * (counts / mass)).sum())
        deviations = values - mean
        rest = _sum(deviations, counts) / mass
        deviations *= deviations
        return Moments(mass, mean, rest, _sum(deviations, counts) - mass * rest * rest)


def joined_moments(parts: Sequence[Moments]) -> Moments:
    """Moments of all parts together (Chan, Golub & LeVeque 1983, https://doi.org/10.1080/00031305.1983.10483115)."""
    if not all(math.isfinite(part.mean + part.squares) for part in parts):
        return Moments(math.fsum(part.mass for part in parts), math.nan, 0.0, math.nan)
    origin = parts[0].mean
    mass = math.fsum(part.mass for part in parts)
    apart = [math.fsum((part.mean, part.rest, -origin)) for part in parts]
    moved = math.fsum(part.mass * step for part, step in zip(parts, apart, strict=True)) / mass
    between = (part.mass * (step - moved) ** 2 for part, step in zip(parts, apart, strict=True))
    squares = math.fsum((*(part.squares for part in parts), *between))
    mean = origin + moved
    return Moments(mass, mean, math.fsum((origin, moved, -mean)), squares)


def _sum(terms: Vector, counts: Vector | None) -> float:
    return float(terms.sum()) if counts is None else float((terms * counts).sum())
