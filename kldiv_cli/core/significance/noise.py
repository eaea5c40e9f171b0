"""The noise of one pair of columns: for every measure the floor, a p value, and how it was got.

The floor is the median of the null: a mean would be infinite for KL and PSI as soon as one draw leaves an outcome
empty. A p value counts the draws that reach the observed value, which is one of them: (1 + reached) / (draws + 1).

References
----------
Davison & Hinkley (1997), Bootstrap Methods and their Application, 4.2.5 (the p value of drawn data);
Besag & Clifford (1991), https://doi.org/10.1093/biomet/78.2.301 (sequential draws)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.arrays import median
from kldiv_cli.core.measures.row import View
from kldiv_cli.core.model import Note, Null
from kldiv_cli.core.significance import laws
from kldiv_cli.core.significance.binned import BinnedNoise
from kldiv_cli.core.significance.line import LineNoise
from kldiv_cli.core.significance.randomness import Randomness
from kldiv_cli.core.significance.sizes import size_of, sizes_asked
from kldiv_cli.core.summary import NumericSummary

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Mask, Vector
    from kldiv_cli.core.measures.row import Measure
    from kldiv_cli.core.views import Views

REACHED = 10
"""Draws that reach the value after which sequential drawing stops."""
_TO_SPARE = 0.4, 1.4
"""Share of the level, and multiple of the rows, that a value is said to need: the next draws and the next value differ.
"""
_TOLERATED = 0.1
"""Error of ranks and counts, as a share of the root of 1/n + 1/m, beyond which noise cannot be told from it."""


class Noise:
    """What chance alone does to the measures of one pair of columns.

    Parameters
    ----------
    views : Views
    column : str or None
        Its name; draws depend on the seed and on it, and on nothing else.
    deviation : float or None
        Standard deviation of P, by which scaled measures are divided.
    """

    def __init__(self, views: Views, column: str | None, deviation: float | None) -> None:
        self._views = views
        asked = sizes_asked(views.settings.n_eff)
        self._sizes = size_of(views.p, asked[0]), size_of(views.q, asked[1])
        self._randomness = Randomness(views.settings.seed, column or "")
        self._deviation = deviation or math.nan
        self._sources: dict[View, BinnedNoise | LineNoise | None] = {}
        self.notes: list[Note] = []

    def null(self, row: Measure, value: float | None, *, turned: bool = False) -> Null | None:
        """Null of a measure whose observed value, in the unit of the core, is given.

        Parameters
        ----------
        row : Measure
        value : float or None
            May be infinite.
        turned : bool
            Whether it is that of Q and P.

        Returns
        -------
        Null or None
            None where there is no value, no law, or nothing known of the number of observations.
        """
        if value is None:
            return None
        if row.view is View.MISSING:
            return self._of_rates()
        source = self._source(row)
        if source is None:
            return None
        known = source.known(row, value)
        if known is not None and source.is_final(known):
            return known
        values = source.floor_draws(row, turned=turned)
        p_value = (1 + int(np.count_nonzero(_reaches(row, values, value)))) / (values.size + 1)
        if known is not None:
            return known._replace(p_value=p_value, method=source.method(row))
        floor = median(values)
        finite = math.isfinite(floor)
        return Null(floor if finite else None, p_value, source.method(row), floor_infinite=floor == math.inf)

    def p_value(self, row: Measure, value: float, most: int) -> Null | None:
        """The p value of the worse direction of a measure, for a rule: a `Null` without a floor.

        Draws go on until ten have reached the value, at the most ``most`` of them: a p value can become as small as a
        correction for many tests asks, and costs little where it need not.
        """
        if row.view is View.MISSING:
            return self._of_rates()
        source = self._source(row)
        if source is None:
            return None
        known = source.known(row, value)
        if known is not None and source.is_final(known):
            return known
        reached = drawn = 0
        for values in source.rule_draws(row, most):
            hits = np.flatnonzero(_reaches(row, values, value))
            if reached + hits.size >= REACHED:
                last = drawn + int(hits[REACHED - reached - 1]) + 1
                return Null(None, REACHED / last, source.method(row))
            reached, drawn = reached + hits.size, drawn + values.size
        return Null(None, (1 + reached) / (drawn + 1), source.method(row))

    def rows_needed(self, row: Measure, value: float, level: float) -> float | None:
        """Rows of each side at which a value as large as this one would be reached with probability ``level`` alone.

        An estimate: noise is taken to shrink with the rows as it does for many of them, with some to spare. None where
        it comes to no more than the rows there are, which have not decided it.
        """
        if not 0.0 < value < math.inf:
            return None
        level *= _TO_SPARE[0]
        if row.view is View.MISSING:
            (present_p, absent_p), (present_q, absent_q) = (
                side.tolist() for side in (self._views.masses(row.view).p, self._views.masses(row.view).q)
            )
            pooled = (absent_p + absent_q) / (present_p + absent_p + present_q + absent_q)
            needed = pooled * (1.0 - pooled) * laws.chi_square_quantile(level, 1) / value**2
        else:
            source = self._source(row)
            if source is None:
                return None
            needed = source.size_needed(row, value, level)
        rows = 2.0 * _TO_SPARE[1] * needed
        there = 2.0 / sum(1.0 / size.n for size in self._sizes if size.n)
        return float(math.ceil(rows)) if there < rows < math.inf else None

    def _source(self, row: Measure) -> BinnedNoise | LineNoise | None:
        """Where draws of a measure come from; None where chance has no law that is known."""
        if row.view is View.EMPIRICAL:
            if None in (self._sizes[0].n, self._sizes[1].n) or not self._is_exact_enough(ranks=True):
                return None
            if row.view not in self._sources:
                self._sources[row.view] = LineNoise(self._views, self._sizes, self._randomness, self._deviation)
            line = self._sources[row.view]
            assert isinstance(line, LineNoise), "made above"
            return line if line.applies(row) else None
        counted = not self._sizes[0].n is self._sizes[1].n is None
        if row.of_many is None or not counted or not self._is_exact_enough(ranks=False):
            return None
        if row.view not in self._sources:
            self._sources[row.view] = BinnedNoise(self._views, row.view, self._sizes, self._randomness)
        return self._sources[row.view]

    def _of_rates(self) -> Null:
        masses = self._views.masses(View.MISSING)
        (present_p, absent_p), (present_q, absent_q) = masses.p.tolist(), masses.q.tolist()
        in_p, in_q = (present_p, absent_p), (present_q, absent_q)
        if self._sizes[0].is_counted and self._sizes[1].is_counted:
            return Null(*laws.two_by_two(in_p, in_q), "exact")
        rows = [
            sum(counted) * (size.n / side.summary.mass if size.n and side.summary.mass else 1.0)
            for counted, size, side in zip((in_p, in_q), self._sizes, (self._views.p, self._views.q), strict=True)
        ]
        return Null(*laws.normal_rates(in_p, in_q, rows[0] * (rows[1] / sum(rows))), "normal")

    def _is_exact_enough(self, *, ranks: bool) -> bool:
        """Whether what was cut or pooled is small beside the noise."""
        wrong = 0.0
        for name, column in (("P", self._views.p), ("Q", self._views.q)):
            summary = column.summary
            if not isinstance(summary, NumericSummary):
                wrong += summary.lacking / (summary.mass or 1.0)
            elif ranks or name == "Q" or self._views.settings.bins != "auto":
                wrong += summary.rank_error  # P on its own bins is exact
        noise = math.sqrt(sum(1.0 / size.n for size in self._sizes if size.n))
        if wrong <= _TOLERATED * noise:
            return True
        text = "The values that were not kept weigh as much as noise does: no floor and no p value."
        if not self.notes:
            self.notes.append(Note("no-floor", text))
        return False


def _reaches(row: Measure, values: Vector, value: float) -> Mask:
    """Which draws are as extreme as the value, or more."""
    if row.is_similarity:
        return values <= value * (2.0 - laws.SAME)
    return values >= value * laws.SAME
