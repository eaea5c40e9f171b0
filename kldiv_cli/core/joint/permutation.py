"""What chance alone does to the distances of joint samples: rows of both sides are dealt anew.

Of large samples a part of the rows is dealt, and what comes of it is scaled to all of them: under no change squared
distances shrink as 1/n + 1/m, distances as its root.

References
----------
Good (2005), Permutation, Parametric and Bootstrap Tests of Hypotheses, chapter 3
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.estimators.in_space import drawn_kl
from kldiv_cli.core.joint.moments import drawn_frechet
from kldiv_cli.core.joint.pairs import drawn_from_pairs, median_distance
from kldiv_cli.core.joint.projections import drawn_on_lines

if TYPE_CHECKING:
    from numpy.random import Generator

    from kldiv_cli.core.arrays import Grid, Mask, Vector
    from kldiv_cli.core.estimators import Estimator
    from kldiv_cli.core.model import Direction

MOST_DEALT = 4096
"""Rows that are dealt at most."""
_LINES = 50
"""Directions of the draws of sliced distances."""
_MOST_DIMENSIONS = 64
"""Up to where the Frechet distance of every draw is computed."""


class Splits:
    """Rows of both sides dealt anew, and the distances of what comes of it; each is computed when it is asked for.

    Parameters
    ----------
    rows : array of shape (N, d)
        Rows that are dealt.
    labels : array of bool, shape (draws, N)
        Which of them are P's.
    along : array of shape (d, directions)
    neighbours : int
    shrinks : float
        1/n + 1/m of all rows, over that of those that are dealt.
    """

    def __init__(self, rows: Grid, labels: Mask, along: Grid, neighbours: int, shrinks: float) -> None:
        self._rows, self._labels, self._neighbours, self._shrinks = rows, labels, neighbours, shrinks
        self.along = along
        scaled = "" if shrinks == 1.0 else f" of {len(rows):,} rows, scaled"
        self.method = f"permutation{scaled}"

    @cached_property
    def sigma(self) -> float:
        """Median distance between two rows, the width of the kernel of MMD."""
        return median_distance(self._rows)

    def drawn(self, row: Estimator, direction: Direction | None) -> Vector | None:
        """Values of a measure, shape (draws,); None where none can be had."""
        found = self._drawn(row.key, direction)
        if found is None:
            return None
        middle = float(found.mean()) if row.key.startswith("kl-") else 0.0  # its bias does not shrink as its spread
        shrinks = self._shrinks if row.is_quadratic else math.sqrt(self._shrinks)
        scaled: Vector = middle + (found - middle) * shrinks
        return scaled

    def _drawn(self, key: str, direction: Direction | None) -> Vector | None:
        if key == "sliced-w1":
            return self._on_lines[0]
        if key == "sliced-w2":
            return np.sqrt(self._on_lines[1])
        if key == "energy":
            return np.sqrt(self._of_pairs[0])
        if key == "mmd":
            return self._of_pairs[1]
        if key == "frechet":
            return drawn_frechet(self._rows, self._labels) if self._rows.shape[1] <= _MOST_DIMENSIONS else None
        if key == "kl-knn" and self._of_neighbours is not None:
            return self._of_neighbours[1 if direction == "q:p" else 0]
        return None

    @cached_property
    def _on_lines(self) -> tuple[Vector, Vector]:
        return drawn_on_lines(self._rows, self._labels, self.along)

    @cached_property
    def _of_pairs(self) -> tuple[Vector, Vector]:
        return drawn_from_pairs(self._rows, self._labels, self.sigma)

    @cached_property
    def _of_neighbours(self) -> tuple[Vector, Vector] | None:
        return drawn_kl(self._rows, self._labels, self._neighbours)


def splits_of(x: Grid, y: Grid, along: Grid, draws: int, neighbours: int, rng: Generator) -> Splits:
    """Deal the rows of x, shape (n, d), and y, shape (m, d); at most `MOST_DEALT` of them."""
    n, m = len(x), len(y)
    rows = np.concatenate([x, y])
    ours, total = n, n + m
    if total > MOST_DEALT:
        smaller = min(n, m, MOST_DEALT // 2)
        other = min(max(n, m), MOST_DEALT - smaller)
        ours, total = (smaller, smaller + other) if n <= m else (other, smaller + other)
        rows = rows[rng.choice(n + m, total, replace=False)]
    labels = np.zeros((draws, total), dtype=np.bool_)
    for draw in range(draws):
        labels[draw, rng.permutation(total)[:ours]] = True
    shrinks = (1.0 / n + 1.0 / m) / (1.0 / ours + 1.0 / (total - ours))
    return Splits(rows, labels, along[:, :_LINES], neighbours, 1.0 if len(rows) == n + m else shrinks)
