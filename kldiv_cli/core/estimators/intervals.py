"""Intervals of estimates away from zero; near zero there is none, for what is 0 or more is not symmetric about 0.

References
----------
Zhang & Grabchak (2014), https://doi.org/10.1162/NECO_a_00646 (the normal law of plug-in KL, by the delta method);
Efron & Tibshirani (1993), An Introduction to the Bootstrap, 13.4 (the basic interval)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.distribution import MassPair, normalised
from kldiv_cli.core.measures import View, measure_named
from kldiv_cli.core.model import Note
from kldiv_cli.core.remarks import LEVEL
from kldiv_cli.core.significance.randomness import Randomness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kldiv_cli.core.model import Estimate
    from kldiv_cli.core.views import Views

_BOOTSTRAPS = 300
_RESAMPLED = ("w1", "w1-scaled", "energy")


def with_intervals(estimates: Iterable[Estimate], views: Views, column: str | None) -> Iterator[Estimate]:
    """The same with intervals at the level of the settings, or with the reason why there is none."""
    level = views.settings.interval
    assert level is not None, "an interval was asked for"
    for one in estimates:
        if one.status != "ok" or one.value is None or one.measure not in ("kl", *_RESAMPLED):
            yield one
            continue
        if "probabilities" in (views.p.kind, views.q.kind):
            text = "No interval: nobody counted what the probabilities rest on."
            yield one._replace(notes=(*one.notes, Note("no-interval", text)))
            continue
        if one.null is None or one.null.p_value is None or one.null.p_value > LEVEL:
            text = f"No interval: {one.title} is not distinguishable from noise, and near 0 none covers as it says."
            yield one._replace(notes=(*one.notes, Note("no-interval", text)))
            continue
        found = _delta(one, views, level) if one.measure == "kl" else _bootstrap(one, views, level, column)
        yield one._replace(interval=found)


def _delta(one: Estimate, views: Views, level: float) -> tuple[float, float] | None:
    """KL less its bias, give or take its standard error."""
    pair = views.pair(View.SMOOTHED)
    n, m = (side.summary.n for side in (views.p, views.q))
    if one.direction == "q:p":
        pair, n, m = pair.swapped(), m, n
    p, q = pair.p, pair.q
    if bool(((q == 0.0) & (p > 0.0)).any()):
        return None
    seen = q > 0.0
    p, q = p[seen], q[seen]
    ratio = p / q
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(p > 0.0, np.log(ratio), 0.0)
    value = float((p * logs).sum())
    masses = views.masses(View.SMOOTHED)
    seen_values = np.count_nonzero(masses.q if one.direction == "q:p" else masses.p)
    bias = (seen_values - 1.0) / (2.0 * n) + (float(ratio.sum()) - 1.0) / (2.0 * m)
    variance = (float((p * logs**2).sum()) - value**2) / n + (float((p * ratio).sum()) - 1.0) / m
    spread = _quantile(level) * math.sqrt(variance)
    scale = math.log(views.settings.base)
    return (value - bias - spread) / scale, (value - bias + spread) / scale


def _bootstrap(one: Estimate, views: Views, level: float, column: str | None) -> tuple[float, float] | None:
    masses = views.masses(View.EMPIRICAL)
    if any(side.weighted for side in (views.p, views.q)):
        return None
    row = measure_named("w1" if one.measure == "w1-scaled" else one.measure)
    rng = Randomness(views.settings.seed, column or "").generator("EMPIRICAL", "bootstrap")
    n, m = float(masses.p.sum()), float(masses.q.sum())
    drawn = np.empty(_BOOTSTRAPS)
    for place in range(_BOOTSTRAPS):
        p, q = rng.multinomial(round(n), masses.p / n), rng.multinomial(round(m), masses.q / m)
        pair = normalised(MassPair(masses.support, p.astype(np.float64), q.astype(np.float64)))
        drawn[place] = row.compute(pair)  # type: ignore[call-arg]
    assert one.value is not None, "it has a value"
    scale = row.compute(views.pair(View.EMPIRICAL)) / one.value  # type: ignore[call-arg]
    drawn = np.sort(drawn) / scale
    low, high = (drawn[int(share * (_BOOTSTRAPS - 1))] for share in (0.5 - 0.5 * level, 0.5 + 0.5 * level))
    return 2.0 * one.value - float(high), 2.0 * one.value - float(low)


def _quantile(level: float) -> float:
    """Of the normal law, two-sided."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + 0.5 * level)
