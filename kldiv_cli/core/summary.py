"""Summaries of columns: what a column is reduced to, exactly, and how two of them merge.

A probability vector, a table of counts and ten million raw numbers all become one of these two types.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from kldiv_cli.core.compensated import total, whole_total
from kldiv_cli.core.moments import Moments, joined_moments, moments_of
from kldiv_cli.record import NamedTuple, cached_property

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kldiv_cli.core.arrays import Mask, Vector
    from kldiv_cli.core.model import DataKind, Note

IDENTIFIER_ROWS = 50
IDENTIFIER_SHARE = 0.9


class _Numbers(NamedTuple):
    values: Vector
    counts: Vector
    weight_squares: float
    missing: float = 0
    non_finite: float = 0
    instants: bool = False
    edges: Vector | None = None
    rank_error: float = 0
    moments: Moments | None = None


class NumericSummary(_Numbers):
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
    moments : Moments, optional
        Those of all observations, where the values are no longer all there.
    """

    @cached_property
    def whole(self) -> float | None:
        """Sum of the counts where all are whole, else None."""
        return whole_total(self.counts)

    @cached_property
    def mass(self) -> float:
        """Sum of the counts."""
        return total(self.counts) if self.whole is None else self.whole

    @cached_property
    def n(self) -> float:
        """Number of observations; Kish's effective number, (sum w)^2 / sum w^2, when they are weighted."""
        return effective_size(self.mass, self.weight_squares)

    def of_ones(self) -> NumericSummary:
        """The same, of observations of which each is known to weigh 1: nobody has to sum their counts up."""
        self.__dict__["whole"] = self.weight_squares
        return self

    def kept(self, key: tuple[str, str | bytes], compute: Callable[[], Vector | None]) -> Vector | None:
        """What was computed of it before: a reference meets many candidates, and nothing of it changes."""
        found: dict[tuple[str, str | bytes], Vector | None] = self.__dict__.setdefault("_found", {})
        if key not in found:
            found[key] = compute()
        return found[key]

    def mean_and_deviation(self) -> tuple[float, float]:
        """Mean and population standard deviation (ddof 0) of the observations, in their unit."""
        found = self.moments or moments_of(self.values, self.counts)
        return found.mean + found.rest, found.standard_deviation

    @cached_property
    def standard_deviation(self) -> float:
        """Population standard deviation (ddof 0), which a reference that meets many candidates keeps.

        In the unit of the values; inf or NaN where their squares are beyond float64.
        """
        return self.mean_and_deviation()[1]

    def quantiles(self, probabilities: Sequence[float]) -> list[float]:
        """Smallest values whose cumulated share reaches each probability (``inverted_cdf``)."""
        cumulated = np.cumsum(self.counts)
        wanted = np.array(probabilities) * (float(cumulated[-1]) * (1 - 1e-15))
        indices = np.minimum(np.searchsorted(cumulated, wanted), self.values.size - 1)
        found: list[float] = self.values[indices].tolist()
        return found


class _Labels(NamedTuple):
    labels: tuple[str, ...]
    counts: Vector
    weight_squares: float
    missing: float = 0
    pooled: float = 0
    pooled_labels: float = 0
    lacking: float = 0
    ordered: bool = False
    identifier: bool = False


class CategoricalSummary(_Labels):
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
    pooled_labels : float
        How many labels that were, at most: one that came back later was pooled twice.
    lacking : float
        Bound on what the count of a label may lack, because it was pooled before it came back.
    ordered : bool
        Whether the labels have the order they stand in.
    identifier : bool
        Whether they named the rows of every part that was put together, though not those of the whole.
    """

    @cached_property
    def whole(self) -> float | None:
        """Sum of the counts, without what was pooled, where all are whole; else None."""
        return whole_total(self.counts)

    @cached_property
    def mass(self) -> float:
        """Sum of the counts, and of what was pooled."""
        return (total(self.counts) if self.whole is None else self.whole) + self.pooled

    @cached_property
    def n(self) -> float:
        """Number of observations; Kish's effective number when they are weighted."""
        return effective_size(self.mass, self.weight_squares)

    @property
    def distinct(self) -> float:
        """Number of labels; of pooled ones the largest it can be."""
        return len(self.labels) + self.pooled_labels

    def is_identifier(self, rows: float) -> bool:
        """Whether the labels name rows: more than 50 rows have one, of which over 90 % are distinct."""
        return self.identifier or names_rows(self.distinct, rows)


def names_rows(distinct: float, rows: float) -> bool:
    """Whether so many distinct labels make an identifier of so many rows."""
    return rows > IDENTIFIER_ROWS and distinct > IDENTIFIER_SHARE * rows


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


def filled_rows(profile: Profile, summary: Summary) -> float:
    """Rows that have a value; of weighted ones, about as many as their share of the weight."""
    if not profile.weighted:
        return summary.mass
    return profile.rows * summary.mass / ((summary.mass + summary.missing) or 1.0)


def effective_size(mass: float, weight_squares: float) -> float:
    """Kish's effective sample size, (sum w)^2 / sum w^2; the number of rows when all weights are 1."""
    return mass * (mass / weight_squares) if weight_squares else 0.0


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
    absent = 0.0 if everything else mass_where(np.isnan(values), weights)
    infinite = 0.0 if everything else mass_where(np.isinf(values), weights)
    kept = values if everything else values[finite]
    kept_weights = weights if everything or weights is None else weights[finite]
    return summary_of_finite(kept, kept_weights)._replace(missing=absent, non_finite=infinite, instants=instants)


def summary_of_finite(values: Vector, weights: Vector | None = None) -> NumericSummary:
    """Summary of finite numbers, shape (n,), and their weights."""
    distinct, counts = counted_values(values, weights)
    return NumericSummary(distinct, counts, float(values.size) if weights is None else sum_of_squares(weights))


def put_in_order(summary: CategoricalSummary, order: Sequence[str]) -> CategoricalSummary:
    """The same labels in a given order, which holds all of them; those not seen have no mass."""
    counted = dict(zip(summary.labels, summary.counts.tolist(), strict=True))
    counts = np.array([counted.get(label, 0.0) for label in order], dtype=np.float64)
    return summary._replace(labels=tuple(order), counts=counts, ordered=True)


def united(parts: Sequence[NumericSummary]) -> NumericSummary:
    """Summary of the rows of all parts; their order does not matter while they are exact."""
    if len(parts) == 1:
        return parts[0]
    values, counts = counted_values(
        np.concatenate([part.values for part in parts]), np.concatenate([part.counts for part in parts])
    )
    wrong = math.fsum(part.rank_error * part.mass for part in parts)
    mass = total(counts)
    filled = [part for part in parts if part.values.size]
    moments = None
    if any(part.moments for part in filled):
        moments = joined_moments([part.moments or moments_of(part.values, part.counts) for part in filled])
    return NumericSummary(
        values,
        counts,
        math.fsum(part.weight_squares for part in parts),
        math.fsum(part.missing for part in parts),
        math.fsum(part.non_finite for part in parts),
        any(part.instants for part in filled),
        parts[0].edges,
        wrong / mass if mass else 0.0,
        moments,
    )


def counted_values(values: Vector, weights: Vector | None = None) -> tuple[Vector, Vector]:
    """Distinct values, increasing, and the number or the weight of each."""
    if values.size == 0:
        return np.empty(0), np.empty(0)
    if weights is None:
        return counted_in_order(np.sort(values))
    order = np.argsort(values, kind="stable")
    return counted_in_order(values[order], weights[order])


def counted_in_order(ordered: Vector, weights: Vector | None = None) -> tuple[Vector, Vector]:
    """The same for one value or more that are sorted; the arrays may be changed."""
    fresh = ordered[1:] != ordered[:-1]
    if fresh.all():
        counts = np.ones(ordered.size) if weights is None else weights
        ordered += 0.0  # -0.0 becomes 0.0
        return ordered, counts
    later = np.flatnonzero(fresh)
    limits = np.empty(later.size + 2, dtype=np.intp)
    limits[0], limits[-1] = 0, ordered.size
    np.add(later, 1, out=limits[1:-1])
    starts = limits[:-1]
    counts = (limits[1:] - starts).astype(np.float64) if weights is None else np.add.reduceat(weights, starts)
    return ordered[starts] + 0.0, counts


def heaviest(labels: Sequence[str], counts: Vector, most: int) -> Mask:
    """Which labels have the largest counts, the first in alphabetical order among equals; mask of shape (k,)."""
    order = sorted(range(len(labels)), key=lambda place: (-counts[place], labels[place]))
    kept = np.zeros(len(labels), dtype=np.bool_)
    kept[order[:most]] = True
    return kept


def sum_of_squares(weights: Vector) -> float:
    """Sum of the squared weights."""
    with np.errstate(over="ignore"):  # masses have no use for it, weights of 1e160 no meaning
        return total(weights**2)


def mass_where(mask: Mask, weights: Vector | None) -> float:
    """Number of the observations that a mask of shape (n,) picks, or the sum of their weights."""
    return float(np.count_nonzero(mask)) if weights is None else total(weights[mask])
