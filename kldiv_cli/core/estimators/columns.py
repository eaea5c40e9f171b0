"""Estimators from samples for one pair of columns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.estimators.neighbours import (
    bias_reduced_on_the_line,
    jittered,
    kl_on_the_line,
    subsampled_interval,
)
from kldiv_cli.core.estimators.row import estimator_named
from kldiv_cli.core.model import Estimate, Note
from kldiv_cli.core.significance.randomness import Randomness
from kldiv_cli.core.summary import NumericSummary
from kldiv_cli.core.units import name_of_base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.estimators.row import Estimator
    from kldiv_cli.core.model import Direction, Settings
    from kldiv_cli.core.views import Column


def estimates_of_columns(p: Column, q: Column, settings: Settings, column: str | None) -> Iterator[Estimate]:
    """Every estimator that was asked for, in both directions."""
    scale, unit = math.log(settings.base), name_of_base(settings.base)
    for key in settings.estimators:
        row = estimator_named(key)
        assert row is not None, "checked with the settings"
        reason = _why_not(p, q, settings.neighbours if row.key == "kl-knn" else 1)
        rng = Randomness(settings.seed, f"{column or ''} {key}").generator("EMPIRICAL", "neighbours")
        samples = None if reason is not None else [_sample(side, settings, rng) for side in (p, q)]
        for turned, direction in enumerate(row.directions):
            if samples is None:
                status = "not_applicable"
                yield Estimate(row.key, row.title, direction, None, status, None, None, notes=(reason,))  # type: ignore[arg-type]
                continue
            x, y = samples[::-1] if turned else samples
            yield _estimate(row, direction, x, y, settings, rng, (scale, unit))


def _estimate(
    row: Estimator,
    direction: Direction | None,
    x: Vector,
    y: Vector,
    settings: Settings,
    rng: np.random.Generator,
    base: tuple[float, str],
) -> Estimate:
    scale, unit = base
    k = settings.neighbours
    is_plain = row.key == "kl-knn"
    value = kl_on_the_line(x, y, k) if is_plain else bias_reduced_on_the_line(x, y)
    method = (f"k {k}" if is_plain else "neighbours within a distance") + (", jittered" if settings.jitter else "")
    if math.isnan(value):
        repeated = 1.0 - min(np.unique(side).size / side.size for side in (x, y))
        text = f"{100 * repeated:.2g} % of the values repeat, so neighbours are at distance 0: --jitter spreads them."
        return Estimate(row.key, row.title, direction, None, "undefined", unit, None, notes=(Note("ties", text),))
    interval = None
    if settings.interval is not None and is_plain:
        found = subsampled_interval(x, y, k, value, settings.interval, rng)
        interval = None if found is None else (found[0] / scale, found[1] / scale)
    return Estimate(row.key, row.title, direction, value / scale, "ok", unit, None, interval=interval, method=method)


def _sample(side: Column, settings: Settings, rng: np.random.Generator) -> Vector:
    summary = side.summary
    assert isinstance(summary, NumericSummary), "asked before"
    x = np.repeat(summary.values, summary.counts.astype(np.intp))
    return jittered(x, rng) if settings.jitter else x


def _why_not(p: Column, q: Column, k: int) -> Note | None:
    for side in (p, q):
        summary = side.summary
        if side.kind != "samples" or not isinstance(summary, NumericSummary):
            return Note("no-samples", "Distances between neighbours are between rows of numbers.")
        if side.weighted or summary.rank_error:
            return Note("not-all-rows", "Rows are weighted, or not all of them were kept (--exact keeps them).")
        if summary.n <= k + 1:
            return Note("few-rows", f"There are no {k} neighbours of every row.")
    return None
