"""Comparisons that are made when they are asked for: of all pairs of rows, or of millions of rows, are too many."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from kldiv_cli.core.model import Comparison, Estimate

if TYPE_CHECKING:
    from kldiv_cli.core.model import Direction, Status
    from kldiv_cli.core.row_statistics import RowStatistics
    from kldiv_cli.report import Matrix


class LazyComparisons(Sequence[Comparison]):
    """A sequence that says how many there are, and makes the one at a place."""

    @abstractmethod
    def comparison_at(self, place: int) -> Comparison:
        """The comparison at a place from 0 to the last."""

    @overload
    def __getitem__(self, place: int) -> Comparison: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Comparison]: ...
    def __getitem__(self, place: int | slice) -> Comparison | Sequence[Comparison]:
        """One comparison, or a list of several."""
        if isinstance(place, slice):
            return [self.comparison_at(one) for one in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        return self.comparison_at(place % len(self))


def estimate_of(one: Matrix | RowStatistics, direction: Direction | None, value: float) -> Estimate:
    """A value as an estimate: ``inf`` is infinite, NaN undefined."""
    status: Status = "undefined" if math.isnan(value) else "infinite" if math.isinf(value) else "ok"
    known = None if status == "undefined" else value
    return Estimate(one.measure, one.title, direction, known, status, one.unit, one.maximum)
