"""Gaussian latents of a table against N(0, I): which dimensions carry information, which have collapsed."""

from __future__ import annotations

import math
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.densities.gaussian import kl_to_standard_normal
from kldiv_cli.core.measures import measure_named
from kldiv_cli.core.model import Comparison, Estimate, Note, Part, Side, SupportFacts
from kldiv_cli.core.phrases import listed
from kldiv_cli.core.row_statistics import RowStatistics, statistics_of
from kldiv_cli.core.settings import OPTIONS, require_unset
from kldiv_cli.core.units import unit_of
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.pipeline.lazy_comparisons import LazyComparisons, estimate_of
from kldiv_cli.report import Report, RowsSummary
from kldiv_cli.sources.wide_rows import DenseRows, opened_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.model import Settings
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec

COLLAPSED = 0.01
"""Mean KL in nats below which a dimension is called collapsed: it tells next to nothing about the row."""
_NAMED, _WORST = 8, 3


def gaussian(spec: SourceSpec, patterns: tuple[str, str], settings: Settings, meter: Meter, *, by_row: bool) -> Report:
    """Compare the Gaussians of a table with N(0, I).

    Parameters
    ----------
    spec : SourceSpec
        A wide table: a row has a mean and a log-variance for every dimension.
    patterns : pair of str
        Names of the columns of means and of log-variances.
    settings : Settings
        Of them the base.
    meter : Meter
    by_row : bool
        Whether every row is reported, not every dimension.

    Raises
    ------
    KldivError
        If the table cannot be read, or columns do not pair up.
    """
    require_unset(settings, OPTIONS, "gaussian")
    totals: list[Vector] = []
    sums: list[Vector] = []
    with opened_rows(spec, meter) as table:
        if table.outcomes is None:
            raise InputError(f"{spec.label} has no names of columns", remedy="a table with a header")
        means, variances = _paired(table.outcomes, patterns, spec.label)
        for block in table.blocks:
            assert isinstance(block, DenseRows), "a table with named columns is dense"
            bad = ~np.isfinite(block.values[:, [*means, *variances]]).all(axis=1)
            if bad.any():
                row = sum(one.size for one in totals) + int(np.argmax(bad)) + 1
                raise InputError(
                    f"{spec.label}: row {row:,} holds a mean or a log-variance that is no number",
                    remedy="mend or drop that row",
                )
            found = kl_to_standard_normal(block.values[:, means], block.values[:, variances])
            totals.append(found.sum(axis=1))
            sums.append(found.sum(axis=0))
        names = tuple(table.outcomes[place] for place in means)
    if not totals:
        raise InputError(f"{spec.label} has no rows", remedy="check the command that made it")
    scale, unit = unit_of(measure_named("kl"), settings.base, instants=False)
    by_total = np.concatenate(totals) / scale
    rows = by_total.size
    by_dimension = np.array([math.fsum(column) for column in np.stack(sums).T]) / rows / scale
    notes = _notes(names, by_dimension, by_total, unit or "", COLLAPSED / scale)
    if by_row:
        return _of_rows(spec, settings, by_total, notes, len(names))
    sides = Side(spec.label, "density", None, 0.0, rows=rows), Side("N(0, I)", "density", None, 0.0)
    facts = SupportFacts("line", 0, "closed form", None, 0.0, 0.0)
    order = np.argsort(-by_dimension, kind="stable").tolist()
    comparisons = tuple(
        Comparison(*sides, names[place], facts, (_estimate(float(by_dimension[place]), unit),), None, None, ())
        for place in order
    )
    return Report("gaussian", settings, comparisons, notes, is_table=True)


def _estimate(value: float, unit: str | None) -> Estimate:
    status = "infinite" if math.isinf(value) else "ok"
    return Estimate("kl", "KL divergence", "p:q", value, status, unit, None, method="closed form")  # type: ignore[arg-type]


def _paired(names: Sequence[str], patterns: tuple[str, str], label: str) -> tuple[list[int], list[int]]:
    """Places of the means and of the log-variances, dimension by dimension."""
    found = [[place for place, name in enumerate(names) if fnmatchcase(name, pattern)] for pattern in patterns]
    for places, pattern, option in zip(found, patterns, ("--mean", "--log-var"), strict=True):
        if not places:
            known = ", ".join(names[:_NAMED])
            raise UsageError(
                f"no column of {label} is called {pattern!r}", remedy=f"{option} PATTERN; there are {known}"
            )
    if len(found[0]) != len(found[1]) or set(found[0]) & set(found[1]):
        told = f"{len(found[0])} means and {len(found[1])} log-variances do not pair up"
        raise UsageError(f"{label}: {told}", remedy="patterns that match as many columns each")
    return found[0], _in_order([names[place] for place in found[0]], found[1], names, label)


def _in_order(means: Sequence[str], places: list[int], names: Sequence[str], label: str) -> list[int]:
    """Places of the log-variances in the order of the means: by the numbers in their names, where all have some."""
    numbers = [_numbers_in(name) for name in means]
    others = {_numbers_in(names[place]): place for place in places}
    if not all(numbers) or len(set(numbers)) < len(numbers) or len(others) < len(places) or not all(others):
        return places  # they meet in the order of the file
    lacking = [name for name, number in zip(means, numbers, strict=True) if number not in others]
    if lacking:
        raise UsageError(f"{label}: no log-variance has the number of {lacking[0]}", remedy="patterns that pair up")
    return [others[number] for number in numbers]


def _numbers_in(name: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"[0-9]+", name)))


def _notes(
    names: tuple[str, ...], by_dimension: Vector, by_total: Vector, unit: str, collapsed: float
) -> tuple[Note, ...]:
    mean = math.fsum(by_total) / by_total.size if np.isfinite(by_total).all() else math.inf
    told = f"{by_total.size:,} rows of {len(names):,} dimensions: KL to N(0, I) is {mean:.4g} {unit} a row in the mean"
    notes = [Note("closing", f"{told}, {float(by_total.min()):.4g} to {float(by_total.max()):.4g}.")]
    flat = [name for name, value in zip(names, by_dimension.tolist(), strict=True) if value < collapsed]
    if flat:
        more = [f"{len(flat) - _NAMED:,} more"] if len(flat) > _NAMED else []
        told = listed(flat[:_NAMED] + more)
        text = f"Collapsed, below {collapsed:.2g} {unit}: {told} ({len(flat):,} of {len(names):,})."
        notes.append(Note("collapsed", text))
    return tuple(notes)


def _of_rows(spec: SourceSpec, settings: Settings, values: Vector, notes: tuple[Note, ...], dimensions: int) -> Report:
    row = measure_named("kl")
    _, unit = unit_of(row, settings.base, instants=False)
    found, error, infinite = statistics_of(values)
    statistics = (RowStatistics(row.key, row.title, "p:q", unit, None, found, error, infinite),)
    worst = np.argsort(-values, kind="stable")[:_WORST].tolist()
    summary = RowsSummary(
        statistics, values.size, dimensions, 0.0, tuple((f"{place + 1:,}", float(values[place])) for place in worst), 0
    )
    comparisons = _Rows(spec.label, statistics[0], values, dimensions)
    return Report("gaussian", settings, comparisons, notes, candidates=values.size, rows=summary)


class _Rows(LazyComparisons):
    """A comparison a row, made when it is asked for."""

    def __init__(self, label: str, statistics: RowStatistics, values: Vector, dimensions: int) -> None:
        self._statistics, self._values = statistics, values
        self._sides = Side(label, "density", None, 0.0), Side("N(0, I)", "density", None, 0.0)
        self._facts = SupportFacts("line", 0, f"{dimensions:,} dimensions", None, 0.0, 0.0)

    def __len__(self) -> int:
        return int(self._values.size)

    def comparison_at(self, place: int) -> Comparison:
        """The comparison of a row."""
        estimate = estimate_of(self._statistics, "p:q", float(self._values[place]))
        return Comparison(*self._sides, None, self._facts, (estimate,), None, None, (), part=Part("row", place + 1))
