"""What is said with the numbers, as notes: how far apart, where, why infinite, what to read instead."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.measures.information import kl_divergence
from kldiv_cli.core.measures.overlap import overlap_coefficient, total_variation
from kldiv_cli.core.measures.row import View
from kldiv_cli.core.measures.transport import wasserstein_1
from kldiv_cli.core.model import Note
from kldiv_cli.core.moments import moments_of
from kldiv_cli.core.phrases import chance, listed, name_of, percent, spoken
from kldiv_cli.core.smoothing import smoothed, smoothing_from
from kldiv_cli.core.views import share_where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.distribution import DistributionPair, MassPair, Support
    from kldiv_cli.core.measures.row import Measure
    from kldiv_cli.core.model import Comparison, Contributions, Direction, Estimate, Outcome, Side
    from kldiv_cli.core.views import Views

LEVEL = 0.01
"""Level at which a value counts as more than noise, where no other is given."""
LITTLE_OVERLAP = 0.2
_NAMED = 3
_DEGREES = (
    (0.005, "nearly equal"),
    (0.05, "very close"),
    (0.15, "a little apart"),
    (0.35, "clearly apart"),
    (0.65, "far apart"),
    (1.0, "almost disjoint"),
)


def on_comparison(
    views: Views,
    sides: tuple[Side, Side],
    estimates: Sequence[Estimate],
    contributions: Contributions,
    column: str | None,
) -> Iterator[Note]:
    """Notes on a whole comparison; the first is the closing sentence."""
    pair = views.pair(View.SMOOTHED)
    yield Note("closing", closing(views, sides, estimates, contributions, column))
    shared = overlap_coefficient(pair)
    if shared < LITTLE_OVERLAP:
        bounded = "JS, which is bounded" + (", or Wasserstein" if _positions(views) is not None else "")
        yield Note(
            "little-overlap",
            f"P and Q share {percent(shared)} of their mass: KL is ruled by a few outcomes or infinite. "
            f"Read {bounded}.",
        )
    yield from _exchanged(pair)
    yield from _identity(estimates)
    yield from _epsilon(views, estimates)
    yield from _emptiest(views, estimates)


def closing(
    views: Views,
    sides: tuple[Side, Side],
    estimates: Sequence[Estimate],
    contributions: Contributions,
    column: str | None,
) -> str:
    """How far apart, in which direction, and where: in plain words."""
    pair = views.pair(View.SMOOTHED)
    apart = total_variation(pair)
    if apart == 0.0:
        exact = views.pair(View.EMPIRICAL)
        if exact.support.positions is None or not exact.cdf_difference.any():
            return "P and Q are equal."
        kept = sum(side.rank_error for side in sides)
        if kept and float(np.abs(exact.cdf_difference).max()) <= kept * (1 + 1e-9):
            return "P and Q are equal, as far as the values that were kept can tell."
        return f"P and Q are equal on {views.facts(View.SMOOTHED).rule}, yet not value by value: read W1 and KS."
    if not ((pair.p > 0.0) & (pair.q > 0.0)).any():
        return "P and Q share nothing: no outcome of one occurs in the other."
    degree = next(word for limit, word in _DEGREES if apart <= limit)
    overlap = f"{percent(overlap_coefficient(pair))} of the two overlap"
    sentences = [f"P and Q are {degree}: {overlap}.", *_beside_noise(estimates, views.settings.n_eff)]
    direction = _direction(views, sides, estimates)
    if direction:
        sentences.append(f"{direction}.")
    sentences.append(_where(views.pair(View.SMOOTHED), contributions, column))
    return " ".join(sentences)


def _beside_noise(estimates: Sequence[Estimate], n_eff: str | None) -> Iterator[str]:
    """Whether the difference is more than chance makes, by JS where it was asked for."""
    known = [estimate for estimate in estimates if estimate.null is not None and estimate.measure != "missing"]
    known.sort(key=lambda estimate: estimate.measure not in ("js", "js-distance"))
    if known and known[0].null is not None and known[0].null.p_value is not None:
        p_value = known[0].null.p_value
        more = "is more than noise" if p_value <= LEVEL else "may be noise"
        rows = f"with {n_eff} effective rows" if n_eff else "rows taken as independent"
        yield f"That {more} ({chance(p_value)}, {rows})."


def infinite(row: Measure, direction: Direction | None, views: Views) -> tuple[Note, ...]:
    """Why a value is infinite: which outcomes, how much mass, and what to do; a note for each side that lacks some."""
    masses = views.masses(row.view)
    lacking = {"p:q": ("Q",), "q:p": ("P",)}.get(direction or "", ("Q", "P"))
    notes = []
    for side in lacking:
        here, there = (masses.q, masses.p) if side == "Q" else (masses.p, masses.q)
        other = "P" if side == "Q" else "Q"
        alone = np.flatnonzero((here == 0.0) & (there > 0.0))
        if alone.size:
            share = share_where(there, here)
            names = _names(masses.support, alone[np.argsort(-there[alone], kind="stable")])
            what = f"{row.title} is infinite"
            if not views.has_own_support(row.view):
                what = f"KL({other}‖{side}) is infinite, and all that divides by {side}"
            instead = _finite_instead(side, masses, views)
            text = f"{side} never has {names} ({percent(share)} of {other}), so {what}; {instead}. JS is finite."
            notes.append(Note("infinite", text))
    return tuple(notes)


def _finite_instead(lacking: str, masses: MassPair, views: Views) -> str:
    """Finite value that a smoothing would give: pseudo-counts where counts are known, else a mixture."""
    sizes = (views.p.observations(), views.q.observations())
    method = "mix:0.01" if None in sizes else "jeffreys"
    pair, _ = smoothed(masses, smoothing_from(method), sizes)
    value = kl_divergence(pair if lacking == "Q" else pair.swapped()) / math.log(views.settings.base)
    return f"with -s {method} KL({'P‖Q' if lacking == 'Q' else 'Q‖P'}) is {value:.4g}"


def _epsilon(views: Views, estimates: Iterable[Estimate]) -> Iterator[Note]:
    """What a hidden epsilon would have made of an infinite KL."""
    for estimate in estimates:
        if estimate.measure != "kl" or estimate.status != "infinite":
            continue
        values = []
        for amount in ("eps:1e-3", "eps:1e-12"):
            pair, _ = smoothed(views.masses(View.SMOOTHED), smoothing_from(amount), (None, None))
            turned = pair.swapped() if estimate.direction == "q:p" else pair
            values.append(kl_divergence(turned) / math.log(views.settings.base))
        yield Note(
            "epsilon",
            f"With an epsilon in place of the zeros KL would be {values[0]:.2g} at 1e-3 and {values[1]:.2g} at 1e-12: "
            "it would measure the epsilon.",
        )
        return


def _emptiest(views: Views, estimates: Iterable[Estimate]) -> Iterator[Note]:
    """How thin the evidence of a finite KL is, where outcomes were counted."""
    sampled = views.p.kind == views.q.kind == "samples"
    kl = [estimate for estimate in estimates if estimate.measure == "kl"]
    if not (sampled and kl) or any(estimate.status != "ok" for estimate in kl) or views.settings.smoothing != "none":
        return
    if views.settings.preset is not None:
        return
    masses = views.masses(View.SMOOTHED)
    least = np.minimum(masses.p, masses.q)
    least[(masses.p == 0.0) & (masses.q == 0.0)] = math.inf
    index = int(least.argmin())
    what = {"bins": "bin", "values": "value", "nominal": "label"}[masses.support.kind]
    weight, rows = ("a weight of ", "") if views.p.weighted or views.q.weighted else ("", " rows")
    in_p, in_q = (f"{float(side[index]):.10g}" for side in (masses.p, masses.q))
    text = f"KL is finite: the emptiest {what} holds {weight}{in_p}{rows} of P and {in_q} of Q."
    yield Note("emptiest", text)


def _exchanged(pair: DistributionPair) -> Iterator[Note]:
    """The trap of textbook examples: Q is P with two outcomes exchanged, so both directions agree."""
    differing = np.flatnonzero(pair.difference)
    if differing.size != 2:
        return
    i, j = differing.tolist()
    if pair.p[i] == pair.q[j] and pair.p[j] == pair.q[i]:
        names = _names(pair.support, differing, "and")
        yield Note(
            "exchanged",
            f"Q is P with two outcomes exchanged ({names}), so both directions agree; in general they do not.",
        )


def _identity(estimates: Iterable[Estimate]) -> Iterator[Note]:
    found: dict[tuple[str, str | None], float | None] = {
        (e.measure, e.direction): e.value for e in estimates if e.status == "ok"
    }
    for cross, own, (p, q) in (("p:q", "p", "PQ"), ("q:p", "q", "QP")):
        values = [found.get(key) for key in (("cross-entropy", cross), ("entropy", own), ("kl", cross))]
        if None not in values:
            h_cross, h, kl = values
            yield Note("identity", f"H({p}, {q}) - H({p}) = {h_cross:.6g} - {h:.6g} = {kl:.6g} = KL({p}‖{q}).")


def _positions(views: Views) -> Vector | None:
    return views.pair(View.EMPIRICAL).support.positions


def _direction(views: Views, sides: tuple[Side, Side], estimates: Iterable[Estimate]) -> str | None:
    """Whether Q is larger, smaller, wider or narrower, where outcomes have an order that means something."""
    pair = views.pair(View.EMPIRICAL)
    x = pair.support.positions
    if x is None or views.p.unlabelled or x.size < 2:
        return None
    (mean_p, spread_p), (mean_q, spread_q) = (
        _moments(side, pair, name) for side, name in zip(sides, "pq", strict=True)
    )
    area, moved = _area(pair, estimates), mean_q - mean_p
    if not 0.0 < area < math.inf:
        return None
    if abs(moved) > 0.7 * area:
        noun = ("later", "earlier") if pair.support.instants else ("larger", "smaller")
        return f"Q is {noun[0] if moved > 0 else noun[1]}"
    ratio = spread_q / spread_p if spread_p > 0.0 else math.inf
    if ratio > 1.1:
        return "Q is more spread out"
    return "Q is less spread out" if ratio < 1 / 1.1 else None


def _area(pair: DistributionPair, estimates: Iterable[Estimate]) -> float:
    """Wasserstein-1 in the unit of the positions; not computed again where it was asked for."""
    for estimate in estimates:
        if estimate.measure == "w1" and estimate.unit == "data" and estimate.value is not None:
            return estimate.value
    return wasserstein_1(pair)


def _moments(side: Side, pair: DistributionPair, name: str) -> tuple[float, float]:
    """Mean and standard deviation; of ordered labels, those of their places."""
    if side.mean is not None and side.standard_deviation is not None:
        return side.mean, side.standard_deviation
    assert pair.support.positions is not None, "a direction needs an order"
    found = moments_of(pair.support.positions, pair.p if name == "p" else pair.q)
    return found.mean + found.rest, found.standard_deviation


def _where(pair: DistributionPair, contributions: Contributions, column: str | None) -> str:
    """The outcomes that the difference comes from."""
    support = pair.support
    name = column or "values"
    if support.kind == "bins" and support.size > 2 and not support.has_missing:
        low, high, gained = _largest_run(-pair.difference)
        other_low, other_high, lost = _largest_run(pair.difference)
        if lost > gained:
            low, high = other_low, other_high
        p, q = float(pair.p[low:high].sum()), float(pair.q[low:high].sum())
        interval = (support.outcome(low)[0], support.outcome(high - 1)[1])  # type: ignore[index]
        place = name_of(interval, instants=support.instants)  # type: ignore[arg-type]
        between = "" if place.startswith(("up to", "above")) else "from "
        return f"Most of it: {name} {between}{place}, {percent(p)} of P and {percent(q)} of Q."
    largest = contributions.largest(_NAMED)
    whole = float(contributions.js.sum())
    told: list[str] = []
    reached = 0.0
    for index, item in zip(largest, contributions.rows(largest), strict=True):
        outcome = _names(support, [index])
        told.append(f"{outcome} ({percent(item.p)} of P, {percent(item.q)} of Q)")
        reached += float(contributions.js[index])
        if reached >= 0.6 * whole:
            break
    return f"Most of it comes from {listed(told)}."


def moved(comparison: Comparison) -> str:
    """Where a column changed most, in a few words: ``mostly above 42, 10 % -> 17 %``."""
    found = comparison.contributions
    if found is None or not len(found):
        return ""
    support, gains = found.support, found.q - found.p
    if support.kind == "bins" and support.size > 2 and not support.has_missing:
        runs = (_largest_run(gains), _largest_run(-gains))
        low, high, _ = max(runs, key=lambda run: run[2])
        ends = (support.outcome(low)[0], support.outcome(high - 1)[1])  # type: ignore[index]
        place = name_of(ends, instants=support.instants)  # type: ignore[arg-type]
        p, q = float(found.p[low:high].sum()), float(found.q[low:high].sum())
    else:
        largest = found.largest(1)[0]
        place = _names(support, [largest])
        p, q = float(found.p[largest]), float(found.q[largest])
    return f"mostly {place}, {percent(p)} -> {percent(q)}"


def _largest_run(gains: Vector) -> tuple[int, int, float]:
    """Contiguous outcomes with the largest total gain: [start, stop), total (Kadane)."""
    cumulated = np.concatenate([[0.0], np.cumsum(gains)])
    lowest = np.minimum.accumulate(cumulated)
    stop = int((cumulated - lowest).argmax())
    start = int(cumulated[: stop + 1].argmin())
    return start, max(stop, start + 1), float(cumulated[stop] - cumulated[start])


def _names(support: Support, indices: Sequence[int] | np.typing.NDArray[np.intp], word: str = "or") -> str:
    named = [_named(support.outcome(int(i)), instants=support.instants) for i in indices[:_NAMED]]
    more = len(indices) - _NAMED
    if more > 0:
        return f"{', '.join(named)} and {more:,} more"
    return listed(named, word)


def _named(outcome: Outcome, *, instants: bool) -> str:
    return f"{'values ' if isinstance(outcome, tuple) else ''}{spoken(outcome, instants=instants)}"
