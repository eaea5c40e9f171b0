"""Two summaries on one support: by label, by value, or on bins."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.bins import binned
from kldiv_cli.core.compensated import slices, total
from kldiv_cli.core.distribution import MassPair, Support
from kldiv_cli.core.instants import iso, seconds
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary
from kldiv_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kldiv_cli.core.arrays import Indices, Vector
    from kldiv_cli.core.model import SupportKind
    from kldiv_cli.core.summary import Summary


_TRUTH = {"true", "false"}


def by_label(p: CategoricalSummary, q: CategoricalSummary) -> MassPair:
    """Outer join on the labels: P's in their order, then those that only Q has.

    Ordered labels (``--order``) carry the positions 0, 1, 2, ... Where a side pooled its rarest labels, a label that it
    does not have may be among them: then it is no outcome, and belongs to "other" on both sides.
    """
    known = {label: number for number, label in enumerate(p.labels)}
    for label in q.labels:
        known.setdefault(label, len(known))
    if p.pooled or q.pooled:
        for side in (p, q):
            if side.pooled:
                kept = set(side.labels)
                known = {label: number for label, number in known.items() if label in kept}
        known = {label: number for number, label in enumerate(known)}
        other = next(name for name in _names_of_other() if name not in known)
        support = Support("nominal", len(known) + 1, labels=(*known, other))
        in_p, in_q = (np.append(_spread(side, known), _beside(side, known)) for side in (p, q))
        return MassPair(support, in_p, in_q)
    labels = tuple(known)
    positions = np.arange(len(labels), dtype=np.float64) if p.ordered and q.ordered else None
    support = Support("nominal", len(labels), labels=labels, positions=positions)
    return MassPair(support, _spread(p, known), _spread(q, known), _whole(p, q))


def _names_of_other() -> Iterator[str]:
    """What the pooled labels are called; a label may have that very name."""
    return (f"{'(' * depth}other labels{')' * depth}" for depth in itertools.count(1))


def _beside(side: CategoricalSummary, index: dict[str, int]) -> float:
    """Mass of all labels that are no outcomes of their own."""
    alone = np.array([label not in index for label in side.labels], dtype=np.bool_)
    return total(side.counts[alone]) + side.pooled


def by_value(p: NumericSummary, q: NumericSummary) -> MassPair:
    """Union of the values of both; masses on bins need the same bins on both sides.

    Raises
    ------
    InputError
        If both sides are masses on bins, and the bins differ.
    """
    if p.edges is not None and q.edges is not None and not np.array_equal(p.edges, q.edges):
        raise InputError(
            f"P has {p.edges.size - 1} bins from {p.edges[0]:g} to {p.edges[-1]:g}, "
            f"Q {q.edges.size - 1} from {q.edges[0]:g} to {q.edges[-1]:g}",
            remedy="count both sides on the same bins, or compare the raw samples",
        )
    edges = p.edges if q.edges is not None else None
    if np.array_equal(p.values, q.values):
        positions, masses_p, masses_q = p.values, p.counts, q.counts
    else:
        positions, masses_p, masses_q = _merged_values(p, q)
    kind: SupportKind = "values" if edges is None else "bins"
    instants = p.instants or q.instants
    support = Support(kind, positions.size, None, positions, edges, instants)
    return MassPair(support, masses_p, masses_q, _whole(p, q))


def on_bins(p: NumericSummary, q: NumericSummary, edges: Vector) -> MassPair:
    """Masses of both in the bins (lo, hi] between ``edges``, shape (k + 1,), outer ends open."""
    support = Support("bins", edges.size - 1, edges=edges, instants=p.instants or q.instants)
    of_p = p.kept(("binned", edges.tobytes()), lambda: binned(p, edges))
    assert of_p is not None, "there is a bin at least"
    return MassPair(support, of_p, binned(q, edges), _whole(p, q))


def _whole(p: Summary, q: Summary) -> tuple[float, float] | None:
    """Totals of both where all counts are whole: wherever these are put, the masses are whole too."""
    return None if p.whole is None or q.whole is None else (p.whole, q.whole)


def as_labels(p: Summary, q: Summary) -> tuple[CategoricalSummary, CategoricalSummary]:
    """Both columns as labels; where one of them holds numbers or dates, equal values get equal labels."""
    if isinstance(p, CategoricalSummary) and isinstance(q, CategoricalSummary):
        truth = p.labels != q.labels and {label.lower() for label in (*p.labels, *q.labels)} == _TRUTH
        return (_lower(p), _lower(q)) if truth else (p, q)
    return spelled_alike(p), spelled_alike(q)


def _lower(summary: CategoricalSummary) -> CategoricalSummary:
    """True, TRUE and true as one label: programs write truth as they please."""
    counted: dict[str, float] = {}
    for label, count in zip(summary.labels, summary.counts.tolist(), strict=True):
        counted[label.lower()] = counted.get(label.lower(), 0.0) + count
    return summary._replace(labels=tuple(counted), counts=np.array(list(counted.values())))


def spelled_alike(summary: Summary) -> CategoricalSummary:
    """A column as labels; numbers, dates and labels that mean the same are spelled the same."""
    if isinstance(summary, NumericSummary):
        spell = iso if summary.instants else shortest
        labels = tuple(spell(value) for value in summary.values.tolist())
        return CategoricalSummary(labels, summary.counts, summary.weight_squares, summary.missing)
    counted: dict[str, float] = {}
    for label, count in zip(summary.labels, summary.counts.tolist(), strict=True):
        name = _canonical(label)
        counted[name] = counted.get(name, 0.0) + count
    return summary._replace(labels=tuple(counted), counts=np.array(list(counted.values())))


def _canonical(label: str) -> str:
    """A label that is a number or a date as numbers and dates are spelled: 1.0 is 1."""
    for read, spell in ((float, shortest), (seconds, iso)):
        try:
            value = read(label)
        except ValueError:
            continue
        return spell(value) if math.isfinite(value) else label
    return label


def shortest(value: float) -> str:
    """A number as a label: without a point where it is whole."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _spread(side: CategoricalSummary, index: dict[str, int]) -> Vector:
    masses = np.zeros(len(index))
    here = [label in index for label in side.labels]
    places = [index[label] for label in side.labels if label in index]
    masses[places] = side.counts if all(here) else side.counts[here]
    return masses


def _merged_values(p: NumericSummary, q: NumericSummary) -> tuple[Vector, Vector, Vector]:
    """Merge two increasing runs with one search instead of a sort of both.

    Value i of P goes to place i + (values of Q below it), less the ties among P's values before it.
    """
    if p.values.size == 0 or q.values.size == 0:
        zeros = np.zeros(max(p.values.size, q.values.size))
        return (p.values, p.counts, zeros) if q.values.size == 0 else (q.values, zeros, q.counts)
    places: Indices = np.searchsorted(q.values, p.values)
    within = int(places.searchsorted(q.values.size))  # the values of P beyond Q's largest tie with nothing
    tied = np.zeros(p.values.size, dtype=np.bool_)
    for part in slices(within):
        np.equal(q.values[places[part]], p.values[part], out=tied[part])
    for part in slices(places.size):
        places[part] += np.arange(part.start, part.stop)
    ties = int(np.count_nonzero(tied))
    if ties:
        places -= np.cumsum(tied) - tied
    size = p.values.size + q.values.size - ties
    of_q = np.ones(size, dtype=np.bool_)
    of_q[places[~tied] if ties else places] = False
    positions, masses_p, masses_q = np.empty(size), np.zeros(size), np.zeros(size)
    positions[of_q] = q.values
    positions[places] = p.values
    masses_p[places] = p.counts
    if ties == 0 and _all_ones(p.counts) and _all_ones(q.counts):
        np.subtract(1.0, masses_p, out=masses_q)  # each place has one observation of one side: ten times faster
    else:
        masses_q[of_q] = q.counts
    return positions, masses_p, masses_q


def _all_ones(counts: Vector) -> bool:
    return counts.size > 0 and float(counts.min()) == float(counts.max()) == 1.0
