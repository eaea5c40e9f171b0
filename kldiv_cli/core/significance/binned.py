"""Noise of the measures that read outcomes: labels, values, bins."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np

from kldiv_cli.core.bins import bins_of_auto
from kldiv_cli.core.measures.row import View
from kldiv_cli.core.model import Null
from kldiv_cli.core.significance import counts, laws
from kldiv_cli.core.smoothing import smoothed_draws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kldiv_cli.core.arrays import Grid, Vector
    from kldiv_cli.core.measures.row import Measure
    from kldiv_cli.core.significance.randomness import Randomness
    from kldiv_cli.core.significance.sizes import Size
    from kldiv_cli.core.views import Views

_TRUSTED = (1e-8, 0.1)
"""Chi-square p values beyond these are taken as they are; between, its tail is off and draws decide."""
_MOST_CELLS = 1 << 22
"""Numbers of one block of draws."""


class BinnedNoise:
    """Draws of the counts of outcomes, shared by all measures that read one view."""

    def __init__(self, views: Views, view: View, sizes: tuple[Size, Size], randomness: Randomness) -> None:
        self._views, self._view, self._sizes, self._randomness = views, view, sizes, randomness
        self._law = _law(views, view, sizes)
        self._kept: tuple[Grid, Grid, Grid] | None = None

    def method(self, _row: Measure) -> str:
        """How a p value that is drawn was got."""
        return self._law.method

    def known(self, row: Measure, value: float) -> Null | None:
        """What the chi-square law says; None where it does not hold."""
        factor = self._factor(row)
        fits = self._law.is_about_chi_square and self._views.smoothing.row.key == "none"
        if not (factor > 0.0 and fits):
            return None
        degrees, scale = self._law.degrees, factor * self._law.n
        if degrees == 0:
            return Null(0.0, 1.0, "chi-square")
        floor = laws.chi_square_quantile(0.5, degrees) / scale
        p_value = laws.chi_square_tail(scale * (value * value if row.is_root else value), degrees)
        return Null(math.sqrt(floor) if row.is_root else floor, p_value, "chi-square")

    def is_final(self, known: Null) -> bool:
        """Whether the p value of the law can be trusted."""
        return not _TRUSTED[0] <= (known.p_value or 0.0) <= _TRUSTED[1]

    def floor_draws(self, row: Measure, *, turned: bool) -> Vector:
        """Values of the draws that floors are taken from, shape (draws,)."""
        if self._kept is None:
            rng = self._randomness.generator(self._view.name, "floor")
            number = self._views.settings.draws
            blocks = self._blocks(number, first=number)
            drawn = [self._smoothed(self._law.draw(rng, size)) for size in blocks]
            self._kept = cast(
                "tuple[Grid, Grid, Grid]", tuple(np.concatenate(side) for side in zip(*drawn, strict=True))
            )
        return self._values(row, self._kept, turned=turned)

    def rule_draws(self, row: Measure, most: int) -> Iterator[Vector]:
        """Fresh draws, block by block; of a directed measure its worse direction."""
        rng = self._randomness.generator(self._view.name, "rule")
        for size in self._blocks(most, first=100):
            drawn = self._smoothed(self._law.draw(rng, size))
            values = self._values(row, drawn, turned=False)
            if len(row.directions) > 1:
                worse = np.minimum if row.is_similarity else np.maximum
                values = worse(values, self._values(row, drawn, turned=True))
            yield values

    def size_needed(self, row: Measure, value: float, level: float) -> float:
        """The n m / (n + m) at which the value is reached with probability ``level``."""
        factor = self._factor(row)
        if factor > 0.0:
            squared = factor * (value * value if row.is_root else value)
            needed = laws.chi_square_quantile(level, max(self._law.degrees, 1)) / squared
            if self._views.built(self._view).by_reference and self._views.settings.bins == "auto":
                for _ in range(5):  # more rows have more bins
                    bins = bins_of_auto(2.0 * needed) if self._view is View.SMOOTHED else self._law.degrees + 1
                    needed = laws.chi_square_quantile(level, bins - 1) / squared
            return needed
        away = 1.0 - value if row.is_similarity else value
        drawn = self.floor_draws(row, turned=False)
        ratio = laws.excess(1.0 - drawn if row.is_similarity else drawn, away, level)
        return self._law.n * ratio ** (1 if row.is_quadratic else 2)

    def _factor(self, row: Measure) -> float:
        """What n m / (n + m) times the value is multiplied by to be about chi-square; 0 where it is not."""
        order = self._views.settings.alpha_order if row.takes_order else 1.0
        return row.chi_square / order if 0.0 < order < math.inf else 0.0

    def _values(self, row: Measure, drawn: tuple[Grid, Grid, Grid], *, turned: bool) -> Vector:
        assert row.of_many is not None, "only measures with a form for many draws have this noise"
        compute = cast("Callable[..., Vector]", row.of_many)
        p, q, difference = drawn
        order = (self._views.settings.alpha_order,) if row.takes_order else ()
        return compute(q, p, -difference, *order) if turned else compute(p, q, difference, *order)

    def _smoothed(self, drawn: tuple[Grid, Grid, Grid]) -> tuple[Grid, Grid, Grid]:
        sizes = self._views.observations(self._views.masses(self._view))
        return smoothed_draws(drawn, self._views.smoothing, sizes)

    def _blocks(self, number: int, *, first: int) -> Iterator[int]:
        """Sizes of blocks that together are ``number`` draws: each twice the one before, within the memory of one."""
        most = max(_MOST_CELLS // self._law.pooled.size, 1)
        size = min(first, most)
        while number > 0:
            yield min(size, number)
            number -= size
            size = min(2 * size, most)


def _law(views: Views, view: View, sizes: tuple[Size, Size]) -> counts.CountsLaw:
    built = views.built(view)
    c, d = built.masses.p, built.masses.q
    n, m = sizes[0].n, sizes[1].n
    if n is None or m is None:
        known, size = (c, m) if n is None else (d, n)
        assert size is not None, "one side was counted"
        return counts.known_side(known / known.sum(), size, is_p=n is None)
    if built.masses.support.has_missing:
        n *= float(c.sum()) / views.p.summary.mass
        m *= float(d.sum()) / views.q.summary.mass
    if built.by_reference:
        return counts.reference_bins(c, c / c.sum(), n, m)
    if sizes[0].is_counted and sizes[1].is_counted:
        return counts.permutation(c, d)
    pooled = c * (n / c.sum()) + d * (m / d.sum())
    return counts.resampling(pooled / pooled.sum(), n, m)
