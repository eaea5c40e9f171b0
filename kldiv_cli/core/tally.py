"""Running counts of a column: rows go in block by block, tallies of parts absorb each other, a summary comes out.

A column of numbers is exact up to 2^20 observations or 2^17 distinct values. Beyond, every 2^20 observations in the
order of the rows are a leaf that is cut to 2^17 points; eight leaves make a node cut to 2^18, eight of those one of
2^19, and so on. Steps halve as nodes grow, so all cuts of a path add up to less than 1e-5 of the observations, whatever
their number: 2^-18 + 2^-19 + 2^-20 + ... + 2^-19 for the last cut = 9.6e-6. The leaves are fixed by the rows alone, so
the same rows give the same summary in whatever blocks they were read.

A column of labels is exact up to 2^17 labels; beyond, the heaviest are kept and the others pooled.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from kldiv_cli.core.compensated import total
from kldiv_cli.core.cut import cut, cut_sorted
from kldiv_cli.core.moments import moments_of
from kldiv_cli.core.summary import (
    CategoricalSummary,
    NumericSummary,
    counted_in_order,
    heaviest,
    mass_where,
    names_rows,
    sum_of_squares,
    summary_of_finite,
    united,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.arrays import Indices, Vector

LEAF = 1 << 20
"""Observations up to which a column of numbers is exact."""
POINTS = 1 << 17
"""Distinct values up to which it is exact; the points of a leaf beyond."""
MOST_LABELS = 1 << 17
"""Labels up to which a column of labels is exact."""
_EXACT_LEAF = 1 << 24
"""Observations of a leaf where every value is kept: to sort many at once is faster than to merge."""
_FAN_IN = 8
_FIRST_BUFFER = 1 << 8


class NumericTally:
    """What has been seen of a column of numbers.

    Parameters
    ----------
    exact : bool
        Whether every distinct value is kept, however many.
    instants : bool
        Whether the values are seconds since 1970-01-01 UTC.
    """

    def __init__(self, *, exact: bool = False, instants: bool = False) -> None:
        self.exact, self.instants = exact, instants
        self._missing = self._non_finite = 0.0
        self._values: Vector = np.empty(0)
        self._weights: Vector | None = None
        self._filled = 0
        self._levels: list[list[NumericSummary]] = []

    def add(self, values: Vector, weights: Vector | None = None) -> None:
        """Take a block of observations, shape (n,): NaN is missing, infinities are counted apart."""
        finite = np.isfinite(values)
        if not finite.all():
            self._missing += mass_where(np.isnan(values), weights)
            self._non_finite += mass_where(np.isinf(values), weights)
            values, weights = values[finite], None if weights is None else weights[finite]
        self._take(values, weights)

    def add_missing(self, mass: float) -> None:
        """Take observations without a value."""
        self._missing += mass

    def add_summary(self, summary: NumericSummary) -> None:
        """Take what was summarised elsewhere."""
        self._missing += summary.missing
        self._non_finite += summary.non_finite
        if summary.values.size:
            self._push(summary._replace(missing=0.0, non_finite=0.0), 0)

    def absorb(self, other: NumericTally) -> None:
        """Take all that another tally has seen, as if it came after."""
        if not other.is_empty:
            self.instants = other.instants  # a part without values says nothing
        self._missing += other._missing
        self._non_finite += other._non_finite
        for level in range(len(other._levels) - 1, -1, -1):
            for node in other._levels[level]:
                self._push(node, level)
        self._take(*other._buffered())

    @property
    def _limit(self) -> int:
        return _EXACT_LEAF if self.exact else LEAF

    @property
    def is_empty(self) -> bool:
        """Whether no observation had a value."""
        return not (self._filled or self._levels or self._non_finite)

    @property
    def missing(self) -> float:
        """Observations without a value."""
        return self._missing

    def summary(self) -> NumericSummary:
        """Summary of all that was seen."""
        nodes = [node for level in self._levels for node in level]
        values, weights = self._buffered()
        is_of_ones = weights is None and not nodes
        if self._filled or not nodes:
            nodes.append(self._cut_leaf(values.copy(), weights) if nodes else summary_of_finite(values, weights))
        found = united(nodes)
        if not self.exact and len(nodes) > 1:
            found = cut(found, 2 * POINTS)
        found = found._replace(missing=self._missing, non_finite=self._non_finite, instants=self.instants)
        return found.of_ones() if is_of_ones else found

    def settle(self) -> None:
        """Keep the summary alone: for a tally that takes no more."""
        whole = self.summary()
        self._filled, self._weights = 0, None
        self._levels = [[whole._replace(missing=0.0, non_finite=0.0)]] if whole.values.size else []

    def _take(self, values: Vector, weights: Vector | None) -> None:
        start, limit = 0, self._limit
        while start < values.size:
            taken = min(values.size - start, limit - self._filled)
            part = slice(start, start + taken)
            self._keep(values[part], None if weights is None else weights[part])
            start += taken
            if self._filled == limit and start < values.size:
                self._close_leaf()

    def _keep(self, values: Vector, weights: Vector | None) -> None:
        """Copy observations to the buffer, which doubles until it holds a leaf."""
        end = self._filled + values.size
        if end > self._values.size:
            size = min(max(end, 2 * self._values.size, _FIRST_BUFFER), self._limit)
            self._values = _grown(self._values, self._filled, size)
            if self._weights is not None:
                self._weights = _grown(self._weights, self._filled, size)
        if weights is not None and self._weights is None:
            self._weights = np.ones(self._values.size)
        self._values[self._filled : end] = values
        if self._weights is not None:
            self._weights[self._filled : end] = 1.0 if weights is None else weights
        self._filled = end

    def _buffered(self) -> tuple[Vector, Vector | None]:
        weights = self._weights
        return self._values[: self._filled], None if weights is None else weights[: self._filled]

    def _close_leaf(self) -> None:
        leaf = self._cut_leaf(*self._buffered())
        self._filled, self._weights = 0, None
        self._push(leaf, 0)

    def _cut_leaf(self, values: Vector, weights: Vector | None) -> NumericSummary:
        """Summary of the observations of a leaf; the values may be sorted in place."""
        if self.exact:
            return summary_of_finite(values, weights)
        return _leaf(values) if weights is None else cut(summary_of_finite(values, weights), POINTS)

    def _push(self, node: NumericSummary, level: int) -> None:
        """Put a node to those of its level; together they move up when they are many points."""
        while len(self._levels) <= level:
            self._levels.append([])
        nodes = self._levels[level]
        nodes.append(node)
        points = POINTS << level
        if self.exact or sum(one.values.size for one in nodes) < _FAN_IN * points:
            return
        self._levels[level] = []
        joined = united(nodes)
        if joined.values.size <= points:
            self._levels[level].append(joined)
        else:
            self._push(cut(joined, 2 * points), level + 1)

    def __getstate__(self) -> dict[str, Any]:
        """What travels to another process: the buffer without its empty part."""
        values, weights = self._buffered()
        return {**self.__dict__, "_values": values.copy(), "_weights": None if weights is None else weights.copy()}


class LabelTally:
    """What has been seen of a column of labels.

    Parameters
    ----------
    exact : bool
        Whether every label is kept, however many.
    keep_order : bool
        Whether labels stay in the order they came in, and those that no row has stay too.
    """

    def __init__(self, *, exact: bool = False, keep_order: bool = False) -> None:
        self.exact, self.keep_order = exact, keep_order
        self._ordered = self._identifier = False
        self._counts: dict[str, float] = {}
        self._squares = self._missing = 0.0
        self._pooled = self._pooled_labels = self._lacking = 0.0

    def add(self, codes: Indices, names: Sequence[str], weights: Vector | None = None) -> None:
        """Take a block of observations as codes into ``names``, shape (n,); code -1 is missing."""
        present = codes >= 0
        if not present.all():
            self._missing += mass_where(~present, weights)
            codes, weights = codes[present], None if weights is None else weights[present]
        seen = np.bincount(codes, minlength=len(names))
        counts = seen if weights is None else np.bincount(codes, weights=weights, minlength=len(names))
        self._squares += float(codes.size) if weights is None else sum_of_squares(weights)
        shown = seen > 0
        if self.keep_order or shown.all():
            self._count(names, counts)
        else:
            places = np.flatnonzero(shown)
            self._count([names[place] for place in places.tolist()], counts[places])

    def add_missing(self, mass: float) -> None:
        """Take observations without a label."""
        self._missing += mass

    def add_summary(self, summary: CategoricalSummary) -> None:
        """Take what was summarised elsewhere."""
        self._missing += summary.missing
        self._squares += summary.weight_squares
        self._pooled += summary.pooled
        self._pooled_labels += summary.pooled_labels
        self._lacking += summary.lacking
        self._identifier = summary.identifier
        alike = self._ordered and summary.labels == tuple(self._counts)
        self._ordered = summary.ordered and (alike or not self._counts)
        self._count(summary.labels, summary.counts)

    def absorb(self, other: LabelTally) -> None:
        """Take all that another tally has seen, as if it came after.

        Labels that name the rows of both are an identifier, though each may name a row of either.
        """
        identifier = (self.is_empty or self._names_rows()) and (other.is_empty or other._names_rows())
        self.add_summary(other.summary())
        self._identifier = identifier and not self.is_empty

    @property
    def is_empty(self) -> bool:
        """Whether no observation had a label."""
        return not (self._counts or self._pooled)

    @property
    def missing(self) -> float:
        """Observations without a label."""
        return self._missing

    def summary(self) -> CategoricalSummary:
        """Summary of all that was seen; the labels are sorted unless their order is kept."""
        if len(self._counts) > MOST_LABELS and not self.exact:
            self._pool()
        labels = tuple(self._counts) if self.keep_order else tuple(sorted(self._counts))
        counts = np.array([self._counts[label] for label in labels], dtype=np.float64)
        return CategoricalSummary(
            labels,
            counts,
            self._squares,
            self._missing,
            self._pooled,
            self._pooled_labels,
            self._lacking,
            self._ordered and self.keep_order,
            self._identifier,
        )

    def _names_rows(self) -> bool:
        rows = math.fsum(self._counts.values()) + self._pooled
        return self._identifier or names_rows(len(self._counts) + self._pooled_labels, rows)

    def _count(self, names: Sequence[str], counts: Vector | Indices) -> None:
        known = self._counts
        for name, count in zip(names, counts.tolist(), strict=True):
            known[name] = known.get(name, 0.0) + count
        if len(known) > 2 * MOST_LABELS and not self.exact:
            self._pool()

    def _pool(self) -> None:
        """Keep the heaviest labels, pool the others."""
        names, counts = tuple(self._counts), np.array(list(self._counts.values()))
        kept = heaviest(names, counts, MOST_LABELS)
        dropped = counts[~kept]
        self._pooled += total(dropped)
        self._pooled_labels += float(dropped.size)
        self._lacking += float(dropped.max())
        self._counts = {names[place]: float(counts[place]) for place in np.flatnonzero(kept).tolist()}


Tally: TypeAlias = NumericTally | LabelTally


def _leaf(values: Vector) -> NumericSummary:
    """Summary of finite observations that weigh 1 each, cut where it has many values; the array is sorted in place."""
    values.sort()
    distinct = 1 + int(np.count_nonzero(values[1:] != values[:-1]))
    size = float(values.size)
    if distinct <= POINTS:
        return NumericSummary(*counted_in_order(values), size)
    kept, counts, wrong = cut_sorted(values, POINTS)
    return NumericSummary(kept + 0.0, counts, size, rank_error=wrong / size, moments=moments_of(values))


def _grown(array: Vector, filled: int, size: int) -> Vector:
    larger = np.empty(size)
    larger[:filled] = array[:filled]
    return larger
