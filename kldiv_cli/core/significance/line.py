"""Noise of the measures on the line: W1, KS and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.measures.row import View
from kldiv_cli.core.model import Null
from kldiv_cli.core.significance import gaps, laws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.measures.row import Gaps, Measure
    from kldiv_cli.core.significance.randomness import Randomness
    from kldiv_cli.core.significance.sizes import Size
    from kldiv_cli.core.views import Views

MOST_ROWS_OF_W2 = 10_000
"""Rows of both sides together up to which W2, which has no form of gaps, is drawn."""
_TAILS = {"ks": laws.kolmogorov_tail, "kuiper": laws.kuiper_tail}
_BLOCK = 500
_MOST_CELLS = 1 << 22


class LineNoise:
    """Draws of the gap between two cdfs, shared by all measures on the line."""

    def __init__(self, views: Views, sizes: tuple[Size, Size], randomness: Randomness, scale: float) -> None:
        self._masses = views.masses(View.EMPIRICAL)
        self._randomness, self._scale, self._draws = randomness, scale, views.settings.draws
        n, m = sizes[0].n, sizes[1].n
        assert n is not None, "both sides were counted"
        assert m is not None, "both sides were counted"
        self._n = n * (m / (n + m))
        self._sizes = n, m
        self.is_permuted = sizes[0].is_counted and sizes[1].is_counted
        scales = n / float(self._masses.p.sum()), m / float(self._masses.q.sum())
        self._pool = gaps.pool_of(self._masses, scales)
        self._has_few_ranks = self.is_permuted and min(n, m) <= gaps.MOST_RANKS
        self._has_heavy_tails = not self._has_few_ranks and gaps.has_heavy_tails(self._pool, min(n, m))
        self._floor_gaps: dict[bool, Gaps] = {}

    def applies(self, row: Measure) -> bool:
        """Whether draws of the measure can be had."""
        return row.of_gaps is not None or (self.is_permuted and sum(self._sizes) <= MOST_ROWS_OF_W2)

    def method(self, row: Measure) -> str:
        """How a p value that is drawn was got."""
        return "permutation" if row.of_gaps is None or self._has_few_ranks else "brownian-bridge"

    def known(self, row: Measure, value: float) -> Null | None:
        """The law of Kolmogorov or Kuiper, where ranks are too many to be drawn and values to be all looked at."""
        tail = _TAILS.get(row.key)
        if tail is None or self._has_few_ranks or self._pool.is_whole:
            return None
        return Null(laws.median_of(tail, self._n), tail(value, self._n), "kolmogorov" if row.key == "ks" else "kuiper")

    def is_final(self, _known: Null) -> bool:
        """Whether the p value of the law can be trusted."""
        return True

    def floor_draws(self, row: Measure, *, turned: bool = False) -> Vector:
        """Values of the draws that floors are taken from, shape (draws,); no measure on the line has a direction."""
        assert not turned, "no measure on the line has a direction"
        if row.of_gaps is None:
            return self._w2(self._randomness.generator("EMPIRICAL", "w2"), self._draws)
        extreme = self._reads_extremes(row)
        if extreme not in self._floor_gaps:
            rng = self._randomness.generator("EMPIRICAL", "floor")
            self._floor_gaps[extreme] = self._gaps(rng, self._draws, 0, extreme=extreme)
        return self._scaled(row, row.of_gaps(self._floor_gaps[extreme]))

    def rule_draws(self, row: Measure, most: int) -> Iterator[Vector]:
        """Fresh draws, block by block."""
        rng = self._randomness.generator("EMPIRICAL", "rule")
        for block, start in enumerate(range(0, most, _BLOCK), start=1):
            number = min(_BLOCK, most - start)
            if row.of_gaps is None:
                yield self._w2(rng, number)
            else:
                extreme = self._reads_extremes(row)
                yield self._scaled(row, row.of_gaps(self._gaps(rng, number, block, extreme=extreme)))

    def size_needed(self, row: Measure, value: float, level: float) -> float:
        """The n m / (n + m) at which the value is reached with probability ``level``."""
        return self._n * laws.excess(self.floor_draws(row), value, level) ** (1 if row.is_quadratic else 2)

    def _reads_extremes(self, row: Measure) -> bool:
        """Whether the measure reads the largest gap alone, which may lie between two levels."""
        return row.key in _TAILS and self._has_few_ranks and not self._pool.is_whole

    def _gaps(self, rng: np.random.Generator, number: int, block: int, *, extreme: bool) -> Gaps:
        if not self._has_few_ranks:
            numbers = gaps.normals(self._randomness.seed, block, max(number, _BLOCK))[:number]
            if self._has_heavy_tails:
                return gaps.gaps_of_tails(self._pool, self._sizes, rng, numbers, permuted=self.is_permuted)
            return gaps.gaps_of_bridges(self._pool, self._n, numbers)
        ranks = gaps.drawn_ranks(self._pool, round(min(self._sizes)), rng, number)
        return gaps.extremes_of_ranks(self._pool, ranks) if extreme else gaps.gaps_of_ranks(self._pool, ranks)

    def _scaled(self, row: Measure, values: Vector) -> Vector:
        return values / self._scale if row.key == "w1-scaled" else values

    def _w2(self, rng: np.random.Generator, number: int) -> Vector:
        """Wasserstein-2 of permutations, in blocks that fit the memory of one."""
        assert self._masses.support.positions is not None, "curves need positions"
        block = max(_MOST_CELLS // round(self._pool.mass), 1)
        sizes = [min(block, number - start) for start in range(0, number, block)]
        drawn = (gaps.drawn_ranks(self._pool, round(min(self._sizes)), rng, size) for size in sizes)
        return np.concatenate([gaps.w2_of_ranks(self._pool, self._masses.support.positions, ranks) for ranks in drawn])
