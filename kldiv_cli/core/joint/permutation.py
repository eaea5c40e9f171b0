"""What chance alone does to the distances of joint samples: the rows of both sides are dealt anew.

All rows are dealt, however many: of a part of them heavy tails are another law. What is looked at of each deal gets
simpler with their number: all pairs, then so many directions and frequencies; the observed value is tested in the same
form.

References
----------
Good (2005), Permutation, Parametric and Bootstrap Tests of Hypotheses, chapter 3
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.estimators.in_space import drawn_kl
from kldiv_cli.core.joint import pairs, projections
from kldiv_cli.core.joint.moments import drawn_frechet
from kldiv_cli.record import NamedTuple, cached_property

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kldiv_cli.core.arrays import Grid, Mask, Vector
    from kldiv_cli.core.model import Direction
    from kldiv_cli.core.significance.randomness import Randomness

MOST_PAIRED = 4096
"""Rows of both sides up to which all pairs are looked at in every deal."""
_MOST_OF_NEIGHBOURS = 20_000
"""Rows up to which neighbours are looked up once for all deals."""
_MOST_DIMENSIONS = 32
"""Up to where the covariances of every deal are computed."""
_CELLS = 1 << 23
"""Rows times deals that are held at a time."""
_WORK = 4e8
"""Rows times deals times directions, at most; directions are as many as that allows, then deals."""
_LINES = 5, 50
_FEWEST = 199
"""Deals of very many rows."""


class Tested(NamedTuple):
    """A measure in the form in which deals are looked at."""

    value: float
    """Of the two samples as they are."""
    drawn: Vector
    """Of every deal, shape (draws,)."""


class Deals:
    """Rows of both sides dealt anew, and what comes of it; each is computed when it is asked for.

    Parameters
    ----------
    x, y : array of shape (n, d) and (m, d)
    draws : int
    neighbours : int
        The k of KL by neighbours.
    along : array of shape (d, directions)
        Directions of sliced distances.
    at : array of shape (d, frequencies)
        Frequencies of the kernel of MMD, in units of 1 / sigma.
    randomness : Randomness
    """

    def __init__(
        self, x: Grid, y: Grid, draws: int, neighbours: int, along: Grid, at: Grid, randomness: Randomness
    ) -> None:
        self._rows, self._n, self._neighbours = np.concatenate([x, y]), len(x), neighbours
        self._randomness, self._at = randomness, at
        few, many = _LINES
        most = _WORK / len(self._rows)
        self._draws = min(draws, max(int(most / few), _FEWEST))
        self._along = along[:, : max(min(int(most / self._draws), many), few)]

    @cached_property
    def sigma(self) -> float:
        """Median distance between two rows, the width of the kernel of MMD; of many rows between some of them."""
        rows = self._rows
        if len(rows) > MOST_PAIRED:
            rows = rows[self._randomness.generator("median").choice(len(rows), MOST_PAIRED, replace=False)]
        return pairs.median_distance(rows)

    def tested(self, key: str, direction: Direction | None) -> Tested | None:
        """A measure of the samples and of every deal; None where too much would have to be computed."""
        if key == "sliced-w1":
            return self._on_lines[0]
        if key == "sliced-w2":
            return self._on_lines_squared
        if key == "energy":
            return self._of_pairs[0] if self._looks_at_pairs else self._on_lines[1]
        if key == "mmd":
            return self._of_pairs[1] if self._looks_at_pairs else self._of_frequencies
        if key == "frechet":
            return self._of_moments if self._rows.shape[1] <= _MOST_DIMENSIONS else None
        if key == "kl-knn" and self._of_neighbours is not None:
            return self._of_neighbours[1 if direction == "q:p" else 0]
        return None

    @property
    def _looks_at_pairs(self) -> bool:
        return len(self._rows) <= MOST_PAIRED

    @cached_property
    def _on_lines(self) -> tuple[Tested, ...]:
        factor = projections.energy_factor(self._rows.shape[1])
        w1, energy = self._found(lambda labels: projections.drawn_on_lines(self._rows, labels, self._along))
        return _tested(w1), _tested(np.sqrt(factor * energy))

    @cached_property
    def _on_lines_squared(self) -> Tested:
        (w2,) = self._found(lambda labels: (projections.drawn_w2(self._rows, labels, self._along),))
        return _tested(np.sqrt(w2))

    @cached_property
    def _of_pairs(self) -> tuple[Tested, ...]:
        energy, mmd = self._found(lambda labels: pairs.drawn_from_pairs(self._rows, labels, self.sigma))
        return _tested(np.sqrt(energy)), _tested(mmd)

    @cached_property
    def _of_frequencies(self) -> Tested:
        at = self._at / self.sigma
        return _tested(self._found(lambda labels: (pairs.drawn_by_frequencies(self._rows, labels, at),))[0])

    @cached_property
    def _of_moments(self) -> Tested:
        return _tested(self._found(lambda labels: (drawn_frechet(self._rows, labels),))[0])

    @cached_property
    def _of_neighbours(self) -> tuple[Tested, ...] | None:
        if len(self._rows) > _MOST_OF_NEIGHBOURS or min(self._n, len(self._rows) - self._n) <= self._neighbours:
            return None
        labels = np.concatenate(list(self._labels()))
        found = drawn_kl(self._rows, labels, self._neighbours)
        return None if found is None else tuple(_tested(values) for values in found)

    def _found(self, of_labels: Callable[[Mask], tuple[Vector, ...]]) -> list[Vector]:
        """What a function of deals finds: of the samples as they are first, then of every deal."""
        return [np.concatenate(parts) for parts in zip(*map(of_labels, self._labels()), strict=True)]

    def _labels(self) -> Iterator[Mask]:
        """Which rows are P's, shape (1 + draws, rows) in blocks: as they are, then dealt; the same at every call."""
        rng = self._randomness.generator("deals")
        total = len(self._rows)
        size = max(_CELLS // total, 1)
        for start in range(0, self._draws + 1, size):
            labels = np.zeros((min(size, self._draws + 1 - start), total), dtype=np.bool_)
            for place, row in enumerate(labels, start=start):
                row[rng.permutation(total)[: self._n] if place else slice(0, self._n)] = True
            yield labels


def chance_of(tested: Tested) -> float:
    """Share of the deals, and of the samples as they are, that are as far apart."""
    reached = int(np.count_nonzero(tested.drawn >= tested.value * (1.0 - math.copysign(1e-9, tested.value))))
    return (1 + reached) / (tested.drawn.size + 1)


def _tested(found: Vector) -> Tested:
    return Tested(float(found[0]), found[1:])
