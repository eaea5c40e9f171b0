"""Distances along directions: sliced Wasserstein, and the energy distance of samples too large for all pairs.

The energy distance in d dimensions is a mean of those on the line: |v| is the mean of |θ·v| over all directions, times
sqrt(π) Γ((d + 1) / 2) / Γ(d / 2).

References
----------
Bonneel, Rabin, Peyre & Pfister (2015), https://doi.org/10.1007/s10851-014-0506-3; Huang & Huo (2017),
https://arxiv.org/abs/1707.04602 (energy statistics by projections)
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

    from kldiv_cli.core.arrays import Grid, Indices, Mask, Vector

_BLOCK = 16
"""Directions that are projected on at a time."""
_WORTH_THREADS = 1 << 20


class OnLines(NamedTuple):
    """Distances along every direction, shape (directions,)."""

    w1: Vector
    w2_squared: Vector
    energy_squared: Vector


class Levels(NamedTuple):
    """Where the quantile functions of n and of m values step, merged."""

    of_p: Indices
    """Place of the value of P between two steps."""
    of_q: Indices
    shares: Vector


def directions(d: int, number: int, rng: Generator) -> Grid:
    """Directions uniform on the sphere, shape (d, number); on the line there is one."""
    if d == 1:
        return np.ones((1, 1))
    drawn = rng.standard_normal((d, number))
    found: Grid = drawn / np.sqrt(np.square(drawn).sum(axis=0))
    return found


def distances_on_lines(x: Grid, y: Grid, along: Grid) -> OnLines:
    """Distances of the projections of x, shape (n, d), and y, shape (m, d)."""
    levels = None if len(x) == len(y) else merged_levels(len(x), len(y))

    def one(pair: tuple[Vector, Vector]) -> tuple[float, float, float]:
        return _on_a_line(*pair, levels)

    if (len(x) + len(y)) * along.shape[1] <= _WORTH_THREADS:
        found = [one(pair) for pair in _projected(x, y, along)]
    else:
        with ThreadPoolExecutor() as pool:  # sorting lets go of the interpreter
            found = [line for block in _in_blocks(x, y, along) for line in pool.map(one, block)]
    return OnLines(*(np.array(values) for values in zip(*found, strict=True)))


def merged_levels(n: int, m: int) -> Levels:
    """Steps of two quantile functions, exactly: in whole numbers of 1 / (n m)."""
    ends = np.union1d(np.arange(1, n + 1, dtype=np.int64) * m, np.arange(1, m + 1, dtype=np.int64) * n)
    return Levels((ends - 1) // m, (ends - 1) // n, np.diff(ends, prepend=0) / (float(n) * m))


def energy_factor(d: int) -> float:
    """What the mean of squared energy distances over directions is multiplied by in d dimensions."""
    return math.sqrt(math.pi) * math.exp(math.lgamma(0.5 * (d + 1)) - math.lgamma(0.5 * d))


def drawn_on_lines(rows: Grid, labels: Mask, along: Grid) -> tuple[Vector, Vector]:
    """Means over directions of W1 and of squared energy distance of every deal of the rows, shape (draws,) each.

    Parameters
    ----------
    rows : array of shape (n + m, d)
    labels : array of bool, shape (draws, n + m)
        Which rows are P's; n of them in every deal.
    along : array of shape (d, directions)
    """
    n = int(np.count_nonzero(labels[0]))
    m = labels.shape[1] - n
    place = np.arange(1, n + m, dtype=np.float32) / np.float32(m)
    w1, energy = np.zeros(len(labels)), np.zeros(len(labels))
    for theta in along.T:
        values = rows @ theta
        order = np.argsort(values)
        gap = np.cumsum(labels[:, order[:-1]], axis=1, dtype=np.float32)
        gap *= np.float32(1.0 / n + 1.0 / m)
        gap -= place
        np.abs(gap, out=gap)
        widths = np.diff(values[order]).astype(np.float32)
        w1 += gap @ widths
        np.square(gap, out=gap)
        energy += 2.0 * (gap @ widths)
    return w1 / along.shape[1], energy / along.shape[1]


def drawn_w2(rows: Grid, labels: Mask, along: Grid) -> Vector:
    """Means over directions of squared W2 of every deal of the rows, shape (draws,); as `drawn_on_lines`."""
    n = int(np.count_nonzero(labels[0]))
    m = labels.shape[1] - n
    levels = None if n == m else merged_levels(n, m)
    found = np.zeros(len(labels))
    for theta in along.T:
        values = rows @ theta
        order = np.argsort(values)
        sorted_labels = labels[:, order]
        spread = np.broadcast_to(values[order], labels.shape)
        in_p, in_q = spread[sorted_labels].reshape(-1, n), spread[~sorted_labels].reshape(-1, m)
        if levels is None:
            found += np.square(in_p - in_q).mean(axis=1)
        else:
            found += np.square(in_p[:, levels.of_p] - in_q[:, levels.of_q]) @ levels.shares
    found /= along.shape[1]
    return found


def _in_blocks(x: Grid, y: Grid, along: Grid) -> Iterator[list[tuple[Vector, Vector]]]:
    for start in range(0, along.shape[1], _BLOCK):
        block = along[:, start : start + _BLOCK]
        yield list(zip((x @ block).T, (y @ block).T, strict=True))


def _projected(x: Grid, y: Grid, along: Grid) -> Iterator[tuple[Vector, Vector]]:
    for block in _in_blocks(x, y, along):
        yield from block


def _on_a_line(x: Vector, y: Vector, levels: Levels | None) -> tuple[float, float, float]:
    """W1, squared W2 and squared energy distance of two samples on the line."""
    x, y = np.sort(x), np.sort(y)
    pooled = np.concatenate([x, y])
    order = np.argsort(pooled, kind="stable")  # two runs in order are merged
    counted = np.cumsum(order[:-1] < x.size)
    gap = counted / x.size - (np.arange(1, pooled.size) - counted) / y.size
    energy = 2.0 * float(np.square(gap) @ np.diff(pooled[order]))
    if levels is None:
        apart = np.abs(x - y)
        return float(apart.mean()), float(np.square(apart).mean()), energy
    apart = np.abs(x[levels.of_p] - y[levels.of_q])
    return float(apart @ levels.shares), float(np.square(apart) @ levels.shares), energy
