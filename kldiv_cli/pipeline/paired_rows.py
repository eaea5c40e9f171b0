"""Row i of one wide table against row i of another: what a model changed in, row by row and in all."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.distribution import Support
from kldiv_cli.core.measures import chosen
from kldiv_cli.core.measures.row import EACH
from kldiv_cli.core.model import Comparison, Note, Part, Side, SupportFacts
from kldiv_cli.core.row_pairs import row_values
from kldiv_cli.core.row_statistics import RowStatistics, statistics_of
from kldiv_cli.core.settings import require_unset
from kldiv_cli.core.units import unit_of
from kldiv_cli.engines import Running, processors
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.pipeline.compare import require_one_stdin
from kldiv_cli.pipeline.lazy_comparisons import LazyComparisons, estimate_of
from kldiv_cli.record import NamedTuple
from kldiv_cli.report import Report, RowsSummary
from kldiv_cli.sources.row_steps import in_step, prepared
from kldiv_cli.sources.rows_as_masses import support_of, told_of_uneven
from kldiv_cli.sources.wide_rows import SparseRows, opened_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Settings
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.row_steps import Step
    from kldiv_cli.sources.spec import SourceSpec

DEFAULT = ("kl", "js")
_WORST = 3


class Done(NamedTuple):
    """Values of the rows of a step."""

    values: list[Vector]
    agree: int
    partial: int
    apart: int
    outcomes: int
    names: tuple[str, ...] | None
    renamed: tuple[tuple[str, str, str], ...]
    """Row, and its names in P and in Q, where both have names that differ."""
    uneven: tuple[int, int] = (0, 0)
    """Rows of P and of Q that do not sum to 1."""


def compare_rows(p: SourceSpec, q: SourceSpec, settings: Settings, running: Running, meter: Meter) -> Report:
    """Compare every row of P with the same row of Q.

    Raises
    ------
    KldivError
        If a table cannot be read, rows or outcomes do not match, or a row is no distribution.
    """
    require_one_stdin([p, q])
    measures = _measures(settings)
    done: list[Done] = []
    with opened_rows(p, meter) as here, opened_rows(q, meter) as there:
        outcomes = here.outcomes if here.outcomes is not None else there.outcomes

        def work(step: Step) -> Done:
            return _compared(step, (p, q), outcomes, measures, settings)

        done.extend(_several(work, in_step(here, there), running.jobs or processors()))
    if not done:
        raise InputError(f"{p.label} and {q.label} have no rows", remedy="check the commands that made them")
    return _report((p, q), done, measures, settings)


def _measures(settings: Settings) -> tuple[Measure, ...]:
    if settings.preset is not None or settings.bins != "auto" or settings.smoothing != "none":
        raise UsageError(
            "rows of masses are neither binned nor smoothed", remedy="leave out --bins, --smooth, --preset"
        )
    require_unset(settings, ("estimators", "interval"), "rows of masses")
    rows = tuple(chosen(settings.measures, DEFAULT))
    fit = tuple(row for row in rows if row.directions != EACH and not row.sample_only)
    if fit != rows and settings.measures != ("all",):
        wrong = next(row for row in rows if row not in fit)
        raise UsageError(f"{wrong.title} is none of two rows of masses", remedy="-m kl, js, tv, ...")
    return fit


def _several(work: Callable[[Step], Done], steps: Iterator[Step], jobs: int) -> Iterator[Done]:
    """Do steps side by side, in their order, a few at a time: numpy works outside the interpreter's lock."""
    from concurrent.futures import Future, ThreadPoolExecutor

    with ThreadPoolExecutor(jobs) as pool:
        waiting: deque[Future[Done]] = deque()
        for step in steps:
            waiting.append(pool.submit(work, step))
            if len(waiting) > jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _compared(
    step: Step,
    specs: tuple[SourceSpec, SourceSpec],
    outcomes: tuple[str, ...] | None,
    measures: Sequence[Measure],
    settings: Settings,
) -> Done:
    rows, partial, agree, apart, uneven = prepared(step, specs)
    size = rows.p.shape[1]
    named = isinstance(step.p, SparseRows)
    support = Support("nominal", size, labels=tuple(map(str, range(size)))) if named else support_of(outcomes, size)
    for row in measures:
        if row.needs_positions and support.positions is None:
            raise UsageError(
                f"{row.title}: outcomes have no order, so no distance lies between them", remedy="-m kl,js"
            )
    with np.errstate(over="ignore", invalid="ignore"):
        values = row_values(rows, support, measures, settings.alpha_order)
    names = step.p.names if step.p.names is not None else step.q.names
    return Done(values, agree, partial, apart, size, names, _renamed(step), uneven)


def _renamed(step: Step) -> tuple[tuple[str, str, str], ...]:
    if step.p.names is None or step.q.names is None:
        return ()
    pairs = enumerate(zip(step.p.names, step.q.names, strict=True), start=step.first)
    return tuple((f"{number:,}", one, other) for number, (one, other) in pairs if one != other)


def _report(
    specs: tuple[SourceSpec, SourceSpec], done: Sequence[Done], measures: Sequence[Measure], settings: Settings
) -> Report:
    count = sum(one.values[0].size for one in done)
    keys = [(row, direction) for row in measures for direction in row.directions]
    statistics, columns = [], []
    for place, (row, direction) in enumerate(keys):
        scale, unit = unit_of(row, settings.base, instants=False)
        values = np.concatenate([one.values[place] for one in done]) / scale
        maximum = row.maximum / scale if math.isfinite(row.maximum) else None
        found, error, infinite = statistics_of(values)
        statistics.append(RowStatistics(row.key, row.title, direction, unit, maximum, found, error, infinite))
        columns.append(values)
    names = _names(done, count)
    summary = RowsSummary(
        tuple(statistics),
        count,
        max(one.outcomes for one in done),
        sum(one.agree for one in done) / count,
        tuple(
            (_name(names, place), float(columns[0][place]))
            for place in _worst(columns[0], is_similarity=measures[0].is_similarity)
        ),
        sum(one.partial for one in done),
        sum(one.apart for one in done),
    )
    comparisons = RowComparisons(specs, tuple(statistics), columns, summary.outcomes)
    renamed = [row for one in done for row in one.renamed]
    notes = [*_notes(summary, renamed)]
    for spec, uneven in zip(specs, zip(*(one.uneven for one in done), strict=True), strict=True):
        notes += [
            note._replace(text=f"{spec.label}: {note.text}") for note in told_of_uneven(sum(uneven), summary.rows)
        ]
    return Report("compare", settings, comparisons, tuple(notes), candidates=count, rows=summary)


def _worst(values: Vector, *, is_similarity: bool) -> list[int]:
    if is_similarity:
        nearest: list[int] = np.argsort(values, kind="stable")[:_WORST].tolist()
        return [place for place in nearest if values[place] < 1.0]
    ranked: list[int] = np.argsort(-np.nan_to_num(values, nan=-1.0), kind="stable")[:_WORST].tolist()
    return [place for place in ranked if values[place] > 0.0]


def _names(done: Sequence[Done], count: int) -> list[str] | None:
    if all(one.names is None for one in done):
        return None
    found = [name for one in done for name in (one.names or ())]
    return found if len(found) == count else None


def _name(names: list[str] | None, place: int) -> str:
    number = f"{place + 1:,}"
    return number if names is None or names[place] == str(place + 1) else f"{number} ({names[place]})"


def _notes(summary: RowsSummary, renamed: Sequence[tuple[str, str, str]]) -> Iterator[Note]:
    first = summary.statistics[0]
    share = f"{100 * summary.agreement:.4g} %"
    yield Note("agreement", f"The most probable outcome is the same in {share} of {summary.rows:,} rows.")
    if summary.worst:
        told = ", ".join(f"{name} with {value:.4g}" for name, value in summary.worst)
        yield Note("worst", f"Furthest apart by {first.title}: row {told}.")
    elif summary.apart:
        yield Note("worst", "The bounds are 0 in all rows.")
    else:
        yield Note("worst", "All rows are equal.")
    if renamed:
        number, here, there = renamed[0]
        told = f"{len(renamed):,} of {summary.rows:,} rows have other names in Q than in P, first row {number}"
        yield Note("row-names", f"{told} ({here} and {there}): rows meet by their place, not by name.")
    if summary.partial:
        text = f"{summary.partial:,} rows name a part of their outcomes: the rest is one outcome more, so figures are"
        yield Note("lower-bound", f"{text} lower bounds (≥).")
    if summary.apart:
        text = f"{summary.apart:,} rows name no outcome in common: all that is known of them is that they differ there."
        yield Note("no-common-outcome", text)


class RowComparisons(LazyComparisons):
    """A comparison a row, made when it is asked for: there may be millions."""

    def __init__(
        self,
        specs: tuple[SourceSpec, SourceSpec],
        statistics: tuple[RowStatistics, ...],
        columns: Sequence[Vector],
        outcomes: int,
    ) -> None:
        self._statistics, self._columns = statistics, columns
        self._sides = tuple(Side(spec.label, "probabilities", None, 0.0) for spec in specs)
        self._facts = SupportFacts("nominal", outcomes, f"{outcomes:,} outcomes", None, 0.0, 0.0)

    def __len__(self) -> int:
        return int(self._columns[0].size)

    def comparison_at(self, place: int) -> Comparison:
        """The comparison of a row."""
        estimates = tuple(
            estimate_of(one, one.direction, float(values[place]))
            for one, values in zip(self._statistics, self._columns, strict=True)
        )
        p, q = self._sides
        return Comparison(p, q, None, self._facts, estimates, None, None, (), part=Part("row", place + 1))
