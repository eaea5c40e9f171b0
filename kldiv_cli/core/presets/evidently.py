"""The convention of Evidently 0.7.23: its five distances, as ``evidently.legacy.calculations.stattests`` has them.

Bins of numbers come from both samples pooled, by Sturges' rule, unless the reference has at most 20 distinct values;
empty outcomes are filled with 0.0001, or with a millionth of the least share of their side where that is as small;
logarithms are natural; JS is the distance; W1 is divided by the reference's standard deviation, at least 0.001.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.arrays import distinct
from kldiv_cli.core.distribution import normalised
from kldiv_cli.core.measures.transport import wasserstein_1
from kldiv_cli.core.presets.row import Figure, Preset
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary
from kldiv_cli.core.support import as_labels, by_label, by_value

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.summary import Summary

_FEW = 20
_FILL = 1e-4
_NARROWEST = 1e-3
_FEW_POOLED = 5
"""Pooled distinct values up to which numbers are treated as labels when the method is chosen."""


def _shares(p: Summary, q: Summary) -> tuple[Vector, Vector]:
    """Shares of both sides on the outcomes that psi, kl and js read; not filled."""
    if isinstance(p, NumericSummary) and isinstance(q, NumericSummary) and p.values.size > _FEW:
        edges = _sturges(p, q, p.mass + q.mass)
        return _histogram(p, edges), _histogram(q, edges)
    if isinstance(p, NumericSummary) and isinstance(q, NumericSummary):
        masses = by_value(p, q)
    else:
        masses = by_label(*as_labels(p, q))
    return masses.p / p.mass, masses.q / q.mass


def _sturges(p: NumericSummary, q: NumericSummary, size: float) -> Vector:
    """Equal-width edges over both; whole numbers get bins no narrower than 1."""
    low = min(float(p.values[0]), float(q.values[0]))
    high = max(float(p.values[-1]), float(q.values[-1]))
    if low == high:
        return np.array([low - 0.5, high + 0.5])
    width = (high - low) / (math.log2(size) + 1.0)
    if width < 1.0 and _is_whole(p) and _is_whole(q):
        width = 1.0
    return np.linspace(low, high, math.ceil((high - low) / width) + 1)


def _is_whole(side: NumericSummary) -> bool:
    """Whether pandas would hold the column as integers: whole numbers, none missing."""
    return side.missing == 0 and side.non_finite == 0 and bool((side.values == np.floor(side.values)).all())


def _histogram(side: NumericSummary, edges: Vector) -> Vector:
    """Shares in [lo, hi), the last bin closed."""
    counts: Vector = np.histogram(side.values, edges, weights=side.counts)[0] / side.mass
    return counts


def _filled(shares: Vector) -> Vector:
    least = float(shares[shares > 0.0].min())
    return np.where(shares == 0.0, least / 1e6 if least <= _FILL else _FILL, shares)


def _psi(p: Summary, q: Summary) -> float:
    a, b = map(_filled, _shares(p, q))
    return float(((a - b) * np.log(a / b)).sum())


def _kl(p: Summary, q: Summary) -> float:
    a, b = map(_filled, _shares(p, q))
    a, b = a / a.sum(), b / b.sum()
    return float((a * np.log(a / b)).sum())


def _js_distance(p: Summary, q: Summary) -> float:
    a, b = _shares(p, q)
    a, b = a / a.sum(), b / b.sum()
    middle = 0.5 * (a + b)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.where(side > 0.0, side * np.log(side / middle), 0.0).sum() for side in (a, b)]
    return math.sqrt(max(0.5 * float(terms[0] + terms[1]), 0.0))


def _scaled_w1(p: Summary, q: Summary) -> float | None:
    if not (isinstance(p, NumericSummary) and isinstance(q, NumericSummary)):
        return None
    _, deviation = p.mean_and_deviation()
    return wasserstein_1(normalised(by_value(p, q))) / max(deviation, _NARROWEST)


def _hellinger(p: Summary, q: Summary) -> float:
    if isinstance(p, NumericSummary) and isinstance(q, NumericSummary):
        edges = _sturges(p, q, float(distinct(np.concatenate([p.values, q.values])).size))
        a, b = _histogram(p, edges), _histogram(q, edges)
    else:
        masses = by_label(*as_labels(p, q))
        a, b = masses.p / p.mass, masses.q / q.mass
    return math.sqrt(1.0 - min(max(float(np.sqrt(a * b).sum()), 0.0), 1.0))


def _limits(p: Summary, q: Summary) -> tuple[tuple[str, str], ...]:
    """What it chooses for more than 1,000 rows of reference: W1 for numbers, JS for labels and few values."""
    if isinstance(p, CategoricalSummary) or isinstance(q, CategoricalSummary):
        return (("max", "js-distance=0.1"),)
    few = distinct(np.concatenate([p.values, q.values])).size <= _FEW_POOLED
    return (("max", "js-distance=0.1" if few else "w1-scaled=0.1"),)


EVIDENTLY = Preset(
    name="evidently",
    figures={
        "psi": Figure(_psi, unit="nats"),
        "kl": Figure(_kl, direction="p:q", unit="nats"),
        "js-distance": Figure(_js_distance, unit="sqrt(nats)", maximum=math.sqrt(math.log(2.0))),
        "w1-scaled": Figure(_scaled_w1),
        "hellinger": Figure(_hellinger, maximum=1.0),
    },
    limits=_limits,
    convention="pooled Sturges bins (a value each up to 20 distinct in P), empty outcomes filled with 0.0001, natural "
    "logarithms, KL(P‖Q) alone, JS as distance, W1 over P's standard deviation, limit 0.1",
    reference="Evidently 0.7.23",
)
