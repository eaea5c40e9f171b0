"""Energy distance and MMD from the distances between all pairs of rows, in blocks; of large samples by frequencies.

References
----------
Szekely & Rizzo (2013), https://doi.org/10.1016/j.jspi.2013.03.018; Gretton et al. (2012),
https://jmlr.org/papers/v13/gretton12a.html; Rahimi & Recht (2007), Random features for large-scale kernel machines
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kldiv_cli.core.arrays import Grid, Mask, Vector

_CELLS = 1 << 22
"""Distances that are held at a time: 32 megabytes."""
_MANY_DIMENSIONS = 64
"""From where distances are taken from products of matrices, which lose the digits of rows that nearly agree."""


class OfPairs(NamedTuple):
    """What all pairs of rows come to."""

    energy_squared: float
    mmd: float


def from_all_pairs(x: Grid, y: Grid, sigma: float) -> OfPairs:
    """Squared energy distance and unbiased MMD² of x, shape (n, d), and y, shape (m, d)."""
    n, m = len(x), len(y)
    own_x, kernel_x = _sums_within(x, sigma)
    own_y, kernel_y = _sums_within(y, sigma)
    between, kernel = _sums(_blocks(x, y), sigma)
    energy = 2.0 * between / n / m - own_x / n / n - own_y / m / m
    mmd = kernel_x / n / (n - 1) + kernel_y / m / (m - 1) - 2.0 * kernel / n / m
    return OfPairs(max(energy, 0.0), mmd)


def mmd_by_frequencies(x: Grid, y: Grid, at: Grid) -> tuple[float, float]:
    """Unbiased MMD² and its standard error, from characteristic functions at frequencies of the kernel's law.

    Parameters
    ----------
    x, y : array of shape (n, d) and (m, d)
    at : array of shape (d, frequencies)
        Normal, of standard deviation 1 / sigma.
    """
    found = np.empty(at.shape[1])
    for place, frequency in enumerate(at.T):
        powers, (one, other) = zip(*(_characteristic(sample @ frequency) for sample in (x, y)), strict=True)
        found[place] = sum(powers) - 2.0 * (one * other.conjugate()).real
    return float(found.mean()), float(found.std(ddof=1) / math.sqrt(found.size)) if found.size > 1 else math.inf


def drawn_by_frequencies(rows: Grid, labels: Mask, at: Grid) -> Vector:
    """Unbiased MMD² of every deal of the rows by the same frequencies, shape (draws,)."""
    ours = labels.astype(np.float64)
    n = int(np.count_nonzero(labels[0]))
    m = len(rows) - n
    found = np.zeros(len(labels))
    size = max(_CELLS // len(rows), 1)
    for start in range(0, at.shape[1], size):
        angles = rows @ at[:, start : start + size]
        for waves in (np.cos(angles), np.sin(angles)):
            in_p = ours @ waves
            in_q = (waves.sum(axis=0) - in_p) / m
            in_p /= n
            found += (np.square(in_p) * n / (n - 1) + np.square(in_q) * m / (m - 1) - 2.0 * in_p * in_q).sum(axis=1)
    unbiased: Vector = found / at.shape[1] - 1.0 / (n - 1) - 1.0 / (m - 1)
    return unbiased


def median_distance(rows: Grid) -> float:
    """Median of the distances between all pairs of different rows; 1 where most of them are equal."""
    found = np.concatenate([block[_above(block, start)] for start, block in _blocks_within(rows)])
    return float(np.median(found)) or float(found.mean()) or 1.0


def drawn_from_pairs(rows: Grid, labels: Mask, sigma: float) -> tuple[Vector, Vector]:
    """Squared energy distance and unbiased MMD² of every split of the rows, shape (draws,) each.

    Parameters
    ----------
    rows : array of shape (n + m, d)
    labels : array of bool, shape (draws, n + m)
        Which rows are P's; n of them in every draw.
    sigma : float
    """
    ours = labels.astype(np.float64)
    n = int(np.count_nonzero(labels[0]))
    m = len(rows) - n
    within, crossing, whole = (np.zeros((2, len(labels))), np.zeros((2, len(labels))), np.zeros(2))
    for start, block in _blocks_within(rows, whole=True):
        columns = slice(start, start + len(block))
        for kind, matrix in enumerate((block, _kernel(block, sigma))):
            product = ours @ matrix.T
            within[kind] += (product * ours[:, columns]).sum(axis=1)
            crossing[kind] += product.sum(axis=1)
            whole[kind] += matrix.sum()
    between = crossing - within
    rest = whole[:, None] - 2.0 * crossing + within
    energy = 2.0 * between[0] / n / m - within[0] / n / n - rest[0] / m / m
    mmd = (within[1] - n) / n / (n - 1) + (rest[1] - m) / m / (m - 1) - 2.0 * between[1] / n / m
    return np.maximum(energy, 0.0), mmd


def _characteristic(projected: Vector) -> tuple[float, complex]:
    """Unbiased |φ|^2 at one frequency, and φ itself."""
    n = projected.size
    value = complex(np.cos(projected).mean(), np.sin(projected).mean())
    return (n * abs(value) ** 2 - 1.0) / (n - 1.0), value


def _kernel(distances: Grid, sigma: float) -> Grid:
    found: Grid = np.exp(np.square(distances) * (-0.5 / sigma**2))
    return found


def _sums(blocks: Iterator[Grid], sigma: float) -> tuple[float, float]:
    sums = [(float(block.sum()), float(_kernel(block, sigma).sum())) for block in blocks]
    return math.fsum(one for one, _ in sums), math.fsum(other for _, other in sums)


def _sums_within(x: Grid, sigma: float) -> tuple[float, float]:
    """Sums over all pairs of different rows, each counted twice."""
    found = []
    for start, block in _blocks_within(x):
        above = _above(block, start)
        found.append((float(block[above].sum()), float(_kernel(block, sigma)[above].sum())))
    return 2.0 * math.fsum(one for one, _ in found), 2.0 * math.fsum(other for _, other in found)


def _above(block: Grid, start: int) -> Mask:
    """Which distances of rows from ``start`` on to all from there are to a later row."""
    rows, columns = block.shape
    found: Mask = np.arange(columns) > np.arange(rows)[:, None]
    return found


def _blocks(x: Grid, y: Grid) -> Iterator[Grid]:
    size = max(_CELLS // len(y), 1)
    for start in range(0, len(x), size):
        yield _distances(x[start : start + size], y)


def _blocks_within(x: Grid, *, whole: bool = False) -> Iterator[tuple[int, Grid]]:
    """Distances of blocks of rows to all rows from the first of them on, or to all."""
    size = max(_CELLS // len(x), 1)
    for start in range(0, len(x), size):
        block = _distances(x[start : start + size], x if whole else x[start:])
        own = np.arange(len(block))
        block[own, own + (start if whole else 0)] = 0.0
        yield start, block


def _distances(x: Grid, y: Grid) -> Grid:
    if x.shape[1] < _MANY_DIMENSIONS:
        from scipy.spatial.distance import cdist

        found: Grid = cdist(x, y)
        return found
    center = y.mean(axis=0)
    one, other = x - center, y - center
    squared = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1) - 2.0 * (one @ other.T)
    distances: Grid = np.sqrt(np.maximum(squared, 0.0, out=squared), out=squared)
    return distances
