"""Every pair of the rows of a wide table: each row is a distribution over the same outcomes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.distribution import MassPair
from kldiv_cli.core.many import Rows, all_pairs
from kldiv_cli.core.model import Comparison, Note, Side, SupportFacts
from kldiv_cli.core.smoothing import smoothed, smoothing_from
from kldiv_cli.core.units import unit_of
from kldiv_cli.engines import Running, processors
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.pipeline.lazy_comparisons import LazyComparisons, estimate_of
from kldiv_cli.pipeline.pairs import closing, left_out_of_pairs, measures_of_pairs
from kldiv_cli.report import Matrix, Report
from kldiv_cli.sources.rows_as_masses import read_rows, told_of_uneven

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.arrays import Grid
    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Settings
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec


def matrix_of_rows(spec: SourceSpec, settings: Settings, running: Running, meter: Meter) -> Report:
    """Compare every row with every other one.

    Raises
    ------
    KldivError
        If the table cannot be read, a row is no distribution, or no measure applies.
    """
    measures = measures_of_pairs(settings)
    if settings.preset is not None or settings.bins != "auto":
        raise UsageError("rows of masses are not binned", remedy="leave out --bins and --preset")
    names, rows, uneven = read_rows(spec, meter)
    rows = _smoothed(rows, settings)
    jobs = running.jobs or processors()
    matrices, passed_over = [], []
    for row in measures:
        if row.sample_only or (row.needs_positions and rows.support.positions is None):
            passed_over.append(row)
            continue
        values = all_pairs(rows, row, settings.alpha_order, jobs)
        matrices.append(_matrix(row, settings, names, values))
    if not matrices:
        told = f"{spec.label}: outcomes have no order, so no distance lies between them"
        raise InputError(told, remedy="-m js, or numbers for names")
    pairs = len(names) * (len(names) - 1) // 2
    facts = SupportFacts(rows.support.kind, rows.support.size, f"{rows.support.size:,} outcomes", None, 0.0, 0.0)
    comparisons = RowPairs(tuple(matrices), measures, facts)
    notes = [
        Note("rows", f"{len(names):,} rows of {rows.support.size:,} outcomes, {pairs:,} pair{'s' * (pairs != 1)}.")
    ]
    notes += told_of_uneven(uneven, len(names))
    notes += left_out_of_pairs(settings, [row for row in measures if row not in passed_over])
    return Report(
        "matrix",
        settings,
        comparisons,
        (*closing(matrices, pairs, jobs), *notes),
        candidates=pairs,
        matrices=tuple(matrices),
    )


class RowPairs(LazyComparisons):
    """The comparisons of all pairs, made when they are asked for: there are half as many as cells of the matrices."""

    def __init__(self, matrices: tuple[Matrix, ...], measures: Sequence[Measure], facts: SupportFacts) -> None:
        self._matrices, self._facts = matrices, facts
        self._rows = {row.key: row for row in measures}
        self._size = len(matrices[0].labels)
        self._one_way = tuple(one for one in matrices if self._rows[one.measure].is_one_way)
        self._each = 2 if self._one_way else 1

    def __len__(self) -> int:
        return self._each * self._size * (self._size - 1) // 2

    def comparison_at(self, place: int) -> Comparison:
        """The comparison of a pair; pairs are in the order (0, 1), (0, 2), ..., (1, 2), ...

        Where a measure is told one way only, and is not the same both ways, each is followed by itself turned.
        """
        place, is_turned = divmod(place, self._each)
        i = 0
        while place >= self._size - 1 - i:
            place -= self._size - 1 - i
            i += 1
        return self._pair(i + 1 + place, i, self._one_way) if is_turned else self._pair(i, i + 1 + place)

    def __iter__(self) -> Iterator[Comparison]:
        for i in range(self._size):
            for j in range(i + 1, self._size):
                yield self._pair(i, j)
                if self._one_way:
                    yield self._pair(j, i, self._one_way)

    def _pair(self, i: int, j: int, matrices: tuple[Matrix, ...] | None = None) -> Comparison:
        estimates = []
        for one in matrices or self._matrices:
            row = self._rows[one.measure]
            for direction, value in zip(row.directions, (one.values[i, j], one.values[j, i]), strict=False):
                estimates.append(estimate_of(one, direction, float(value)))
        labels = self._matrices[0].labels
        p, q = (Side(labels[place], "probabilities", None, 0.0) for place in (i, j))
        return Comparison(p, q, None, self._facts, tuple(estimates), None, None, ())


def _matrix(row: Measure, settings: Settings, names: tuple[str, ...], values: Grid) -> Matrix:
    scale, unit = unit_of(row, settings.base, instants=False)
    if scale != 1.0:
        values /= scale
    maximum = row.maximum / scale if math.isfinite(row.maximum) else None
    return Matrix(None, row.key, row.title, unit, maximum, names, values, row.symmetric, row.is_similarity)


def _smoothed(rows: Rows, settings: Settings) -> Rows:
    """Every row smoothed by itself; how many observations it stands for is the sum of its counts."""
    chosen = smoothing_from(settings.smoothing)
    if chosen.row.key == "none":
        return rows
    if chosen.pooled:
        raise UsageError("a pooled smoothing is of a pair", remedy="-s mix:0.01, the same for every row")
    masses = rows.masses
    found = np.empty_like(masses)
    for place, row in enumerate(masses):
        total = float(row.sum())
        counts = total > 1.0 and bool((row == np.floor(row)).all())
        size = total if counts else None
        pair, _ = smoothed(MassPair(rows.support, row, row), chosen, (size, size))
        found[place] = pair.p
    return rows._replace(masses=found)
