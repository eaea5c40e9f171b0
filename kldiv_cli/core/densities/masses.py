"""Exact masses of densities between edges, for bins and for pictures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.distribution import MassPair, Support, normalised
from kldiv_cli.errors import InputError

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.densities.density import Density
    from kldiv_cli.core.distribution import DistributionPair


def masses_between(density: Density, edges: Vector) -> Vector:
    """Exact probabilities of the intervals (lo, hi] between edges, shape (k,)."""
    below, above = density.cdf(edges), density.sf(edges)
    below[edges == -math.inf], above[edges == -math.inf] = 0.0, 1.0
    below[edges == math.inf], above[edges == math.inf] = 1.0, 0.0
    return np.where(below[:-1] > 0.5, above[:-1] - above[1:], below[1:] - below[:-1])


def on_edges(p: Density, q: Density, edges: Vector) -> DistributionPair:
    """Masses between edges, from the tail in which they are small."""
    masses = [np.maximum(masses_between(side, edges), 0.0) for side in (p, q)]
    for side, found in zip((p, q), masses, strict=True):
        if not 0.0 < float(found.sum()) < math.inf:
            raise InputError(f"{side.text} is beyond what floats hold", remedy="parameters nearer to 1")
    in_p, in_q = masses
    return normalised(MassPair(Support("bins", edges.size - 1, edges=edges), in_p, in_q))


def cells_of(p: Density, q: Density, number: int) -> DistributionPair:
    """Shares of a few cells of equal width, for a picture; the outer ones are open."""
    ends = [side.ppf(np.array([0.001, 0.999])) for side in (p, q)]
    low, high = min(float(end[0]) for end in ends), max(float(end[1]) for end in ends)
    if p.is_discrete and q.is_discrete and high - low < 2 * number:
        inner = np.arange(low, high)
    else:
        inner = low + (high - low) / number * np.arange(1, number)
    return on_edges(p, q, np.concatenate([[-math.inf], np.unique(inner), [math.inf]]))
