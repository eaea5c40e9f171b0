"""What is in a column, for a person who looks: centre, tails, the labels most seen, a small histogram."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.bins import binned
from kldiv_cli.core.summary import NumericSummary, filled_rows
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from kldiv_cli.core.summary import CategoricalSummary, Profile, Summary

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
_CELLS = 8
_TOP = 5
_INNER = (0.01, 0.99)
"""Quantiles between which the cells of the histogram lie; the outer cells are open."""


class ColumnFacts(NamedTuple):
    """A column as it is described."""

    name: str
    kind: str
    """``numbers``, ``dates``, ``labels`` or ``identifier``."""
    n: float
    """Observations with a value; effective number where rows are weighted."""
    missing: float
    non_finite: float
    distinct: float
    """Distinct values or labels; of a column that is not exact, those that are kept or the most there can be."""
    rank_error: float
    mean: float | None
    standard_deviation: float | None
    quantiles: tuple[tuple[float, float], ...] | None
    """Pairs (probability, value)."""
    shape: tuple[float, ...]
    """Shares over at most eight cells or labels."""
    top: tuple[tuple[str, float], ...]
    """The labels most seen, with their share."""
    pooled: float
    """Share of the labels that were pooled."""

    @property
    def instants(self) -> bool:
        """Whether values are dates."""
        return self.kind == "dates"


def described(profile: Profile) -> tuple[ColumnFacts, ...]:
    """Facts on every column of a profile, in their order."""
    return tuple(_facts(name, summary, profile) for name, summary in profile.columns.items())


def _facts(name: str, summary: Summary, profile: Profile) -> ColumnFacts:
    if isinstance(summary, NumericSummary):
        return _of_numbers(name, summary)
    identifier = (
        name not in profile.categorical
        and profile.kind == "samples"
        and summary.is_identifier(filled_rows(profile, summary))
    )
    return _of_labels(name, summary, "identifier" if identifier else "labels")


def _of_numbers(name: str, summary: NumericSummary) -> ColumnFacts:
    filled = summary.values.size > 0
    mean, deviation = summary.mean_and_deviation() if filled else (math.nan, math.nan)
    finite = math.isfinite(mean) and math.isfinite(deviation)
    return ColumnFacts(
        name=name,
        kind="dates" if summary.instants else "numbers",
        n=summary.n,
        missing=summary.missing,
        non_finite=summary.non_finite,
        distinct=float(summary.values.size),
        rank_error=summary.rank_error,
        mean=mean if finite else None,
        standard_deviation=deviation if finite else None,
        quantiles=tuple(zip(QUANTILES, summary.quantiles(QUANTILES), strict=True)) if filled else None,
        shape=_shape(summary) if filled else (),
        top=(),
        pooled=0.0,
    )


def _of_labels(name: str, summary: CategoricalSummary, kind: str) -> ColumnFacts:
    mass = summary.mass or 1.0
    largest = np.argsort(-summary.counts, kind="stable").tolist()
    order = range(len(summary.labels)) if summary.ordered else largest
    shares = (summary.counts / mass).tolist()
    shown = kind == "labels"
    return ColumnFacts(
        name=name,
        kind=kind,
        n=summary.n,
        missing=summary.missing,
        non_finite=0.0,
        distinct=summary.distinct,
        rank_error=0.0,
        mean=None,
        standard_deviation=None,
        quantiles=None,
        shape=tuple(shares[place] for place in list(order)[:_CELLS]) if shown else (),
        top=tuple((summary.labels[place], shares[place]) for place in largest[:_TOP]) if shown else (),
        pooled=summary.pooled / mass if shown else 0.0,
    )


def _shape(summary: NumericSummary) -> tuple[float, ...]:
    low, high = summary.quantiles(_INNER)
    inner = low + (high / _CELLS - low / _CELLS) * np.arange(1, _CELLS)
    masses = binned(summary, np.concatenate([[-math.inf], inner, [math.inf]]))
    return tuple((masses / masses.max()).tolist())
