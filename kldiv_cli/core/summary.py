"""Summaries of columns: what a column is reduced to, exactly, and how two of them merge.

A probability vector, a table of counts and ten million raw numbers all become one of these two types.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from kldiv_cli.core.compensated import total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.arrays import Indices, Vector
    from kldiv_cli.core.model import DataKind, Note

IDENTIFIER_ROWS = 50
IDENTIFIER_SHARE = 0.9


class NumericSummary(NamedTuple):
    """A column of numbers or instants: its distinct values and how often each was seen.

    Parameters
    ----------
    values : array of shape (k,)
        Strictly increasing, finite.
    counts : array of shape (k,)
        Observations, or the sum of their weights, at each value.
    weight_squares : float
        Sum of the squared weights of the observations; equals their number when none is weighted.
    missing, non_finite : float
        Observations without a value, and infinite ones: counted, not compared.
    instants : bool
        Whether values are seconds since 1970-01-01 UTC.
    edges : array of shape (k + 1,), optional
        Where the column came as masses on bins: their limits; `values` are then the midpoints.
    rank_error : float
        Bound on the error of a rank, as a share of n; 0 is exact.
    """

    values: Vector
    counts: Vector
    weight_squares: float
    missing: float = 0
    non_finite: float = 0
    instants: bool = False
    edges: Vector | None = None
    rank_error: float = 0

    @property
    def mass(self) -> float:
        """Sum of the counts."""
        return total(self.counts)

    @property
    def n(self) -> float:
        """Number of observations; Kish's effective number, (sum w)^2 / sum w^2, when they are weighted."""
        return effective_size(self.mass, self.weight_squares)

    def moments(self) -> tuple[float, float]:
        """Mean and population standard deviation (ddof 0) of the values, in their unit."""
        return moments(self.values, self.counts / self.mass)

    def quantiles(self, probabilities: Sequence[float]) -> list[float]:
        """Smallest values whose cumulated share reaches each probability (``inverted_cdf``)."""
        cumulated = np.cumsum(self.counts)
        wanted = np.array(probabilities) * (float(cumulated[-1]) * (1 - 1e-15))
        indices = np.minimum(np.searchsorted(cumulated, wanted), self.values.size - 1)
        found: list[float] = self.values[indices].tolist()
        return found


class CategoricalSummary(NamedTuple):
    """A column of labels: which there are and how often each was seen.

    Parameters
    ----------
    labels : tuple of str
        Distinct.
    counts : array of shape (k,)
    weight_squares : float
        Sum of the squared weights of the observations.
    missing : float
        Observations without a label.
    pooled : float
        Mass of the labels that were pooled into "other"; 0 is exact.
    ordered : bool
        Whether the labels have the order they stand in.
    """

    labels: tuple[str, ...]
    counts: Vector
    weight_squares: float
    missing: float = 0
    pooled: float = 0
    ordered: bool = False

    @property
    def mass(self) -> float:
        """Sum of the counts."""
        return total(self.counts)

    @property
    def n(self) -> float:
        """Number of observations; Kish's effective number when they are weighted."""
        return effective_size(self.mass, self.weight_squares)

    def is_identifier(self, rows: float) -> bool:
        """Whether the labels name rows: more than 50 rows have one, of which over 90 % are distinct."""
        return rows > IDENTIFIER_ROWS and len(self.labels) > IDENTIFIER_SHARE * rows


Summary: TypeAlias = NumericSummary | CategoricalSummary


class Profile(NamedTuple):
    """The summaries of a whole table, by column."""

    label: str
    kind: DataKind
    columns: dict[str, Summary]
    rows: int
    unlabelled: bool = False
    """Masses without labels: 0, 1, 2, ... stand for them."""
    weighted: bool = False
    names: tuple[str, ...] = ()
    """All columns of the place, also those that were not summarised."""
    categorical: frozenset[str] = frozenset()
    """Columns that were asked to be compared as labels, whatever they look like."""
    notes: tuple[Note, ...] = ()


def effective_size(mass: float, weight_squares: float) -> float:
    """Kish's effective sample size, (sum w)^2 / sum w^2; the number of rows when all weights are 1."""
    return mass * (mass / weight_squares) if weight_squares else 0.0


def moments(values: Vector, shares: Vector) -> tuple[float, float]:
    """Mean and standard deviation (ddof 0), shifted first so that values far from 0 keep their digits."""
    origin = float(values[values.size // 2])
    shifted = values - origin
    mean = total(shifted * shares)
    shifted -= mean
    shifted *= shifted
    shifted *= shares
    return origin + mean, math.sqrt(total(shifted))


def numeric_summary(values: Vector, weights: Vector | None = None, *, instants: bool = False) -> NumericSummary:
    """Summarise numbers: NaN is missing, infinities are counted apart.

    Parameters
    ----------
    values : array of shape (n,)
    weights : array of shape (n,), optional
        Non-negative weights of the observations.
    instants : bool
        Whether the values are seconds since 1970-01-01 UTC.
    """
    finite = np.isfinite(values)
    everything = bool(finite.all())
    absent = 0.0 if everything else _mass_where(np.isnan(values), weights)
    infinite = 0.0 if everything else _mass_where(np.isinf(values), weights)
    kept = values if everything else values[finite]
    kept_weights = weights if everything or weights is None else weights[finite]
    distinct, counts = _distinct(kept, kept_weights)
    squares = float(kept.size) if kept_weights is None else _squares(kept_weights)
    return NumericSummary(distinct, counts, squares, absent, infinite, instants)


def categorical_summary(
    codes: Indices, labels: Sequence[str], weights: Vector | None = None, *, keep_order: bool = False
) -> CategoricalSummary:
    """Summarise labels given as codes into ``labels``; code -1 is missing.

    The labels are sorted unless `keep_order`; those that no row has are left out unless `keep_order`.
    """
    present = codes >= 0
    missing = _mass_where(~present, weights)
    kept = codes[present]
    kept_weights = None if weights is None else weights[present]
    counts = np.bincount(kept, weights=kept_weights, minlength=len(labels)).astype(np.float64)
    squares = float(kept.size) if kept_weights is None else _squares(kept_weights)
    if keep_order:
        return CategoricalSummary(tuple(labels), counts, squares, missing)
    seen = np.bincount(kept, minlength=len(labels))
    order = sorted((index for index in range(len(labels)) if seen[index]), key=labels.__getitem__)
    return CategoricalSummary(tuple(labels[index] for index in order), counts[order], squares, missing)


def put_in_order(summary: CategoricalSummary, order: Sequence[str]) -> CategoricalSummary:
    """The same labels in a given order, which holds all of them; those not seen have no mass."""
    counted = dict(zip(summary.labels, summary.counts.tolist(), strict=True))
    counts = np.array([counted.get(label, 0.0) for label in order], dtype=np.float64)
    return summary._replace(labels=tuple(order), counts=counts, ordered=True)


def merged(one: Summary, other: Summary) -> Summary:
    """Summary of the rows of both; the order does not matter."""
    if isinstance(one, NumericSummary) and isinstance(other, NumericSummary):
        values, counts = _distinct(
            np.concatenate([one.values, other.values]), np.concatenate([one.counts, other.counts])
        )
        return NumericSummary(
            values,
            counts,
            one.weight_squares + other.weight_squares,
            one.missing + other.missing,
            one.non_finite + other.non_finite,
            one.instants,
            one.edges,
            max(one.rank_error, other.rank_error),
        )
    if isinstance(one, CategoricalSummary) and isinstance(other, CategoricalSummary):
        counted = dict(zip(one.labels, one.counts.tolist(), strict=True))
        for label, count in zip(other.labels, other.counts.tolist(), strict=True):
            counted[label] = counted.get(label, 0.0) + count
        labels = tuple(counted) if one.ordered else tuple(sorted(counted))
        return CategoricalSummary(
            labels,
            np.array([counted[label] for label in labels], dtype=np.float64),
            one.weight_squares + other.weight_squares,
            one.missing + other.missing,
            one.pooled + other.pooled,
            one.ordered,
        )
    raise ValueError("a column of numbers and one of labels do not merge")


def _distinct(values: Vector, weights: Vector | None) -> tuple[Vector, Vector]:
    """Distinct values, increasing, and the weight of each."""
    if values.size == 0:
        return np.empty(0), np.empty(0)
    if weights is None:
        ordered = np.sort(values)
    else:
        order = np.argsort(values, kind="stable")
        ordered, weights = values[order], weights[order]
    fresh = ordered[1:] != ordered[:-1]
    if fresh.all():
        counts = np.ones(ordered.size) if weights is None else weights
        ordered += 0.0  # -0.0 becomes 0.0
        return ordered, counts
    starts = np.concatenate([[0], np.flatnonzero(fresh) + 1])
    if weights is None:
        counts = np.diff(starts, append=ordered.size).astype(np.float64)
    else:
        counts = np.add.reduceat(weights, starts)
    return ordered[starts] + 0.0, counts


def _squares(weights: Vector) -> float:
    with np.errstate(over="ignore"):  # masses have no use for it, weights of 1e160 no meaning
        return total(weights**2)


def _mass_where(mask: np.typing.NDArray[np.bool_], weights: Vector | None) -> float:
    return float(np.count_nonzero(mask)) if weights is None else total(weights[mask])
