"""Pairs of columns of one distribution, or of two, and what is said of them: the gate, fixed limits, p values.

Summaries are made from drawn numbers without reading a file: what is simulated is chance, not parsing.
"""

from __future__ import annotations

import math
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

from kldiv_cli.core.compare import compare_columns, noise_of
from kldiv_cli.core.measures import measure_named
from kldiv_cli.core.measures.row import View
from kldiv_cli.core.model import Settings
from kldiv_cli.core.rules import Gate
from kldiv_cli.core.smoothing import smoothing_from
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, Profile, numeric_summary
from kldiv_cli.core.views import Column, Views
from kldiv_cli.errors import InputError
from kldiv_cli.pipeline.check import report_on_gate
from kldiv_cli.pipeline.pairing import ProfilePair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.random import Generator

    from kldiv_cli.core.summary import Summary

    Kind = Callable[[Generator, int], Summary]

CERTAIN = 0.001
"""Level of the binomial test that a rate is above its nominal one."""
ON_LABELS = ("kl", "js", "psi", "tv", "hellinger", "chi2", "renyi")
ON_NUMBERS = (*ON_LABELS, "w1", "w2", "energy", "cvm", "ks", "kuiper")


class Cell(NamedTuple):
    """Rows of P and of Q."""

    n: int
    m: int

    def __str__(self) -> str:
        return f"{self.n:,}" if self.n == self.m else f"{self.n:,} / {self.m:,}"


def normal(rng: Generator, n: int, shift: float = 0.0) -> Summary:
    return numeric_summary(rng.normal(shift, 1.0, n))


def with_missing(rng: Generator, n: int, rate: float = 0.3) -> Summary:
    absent = int(rng.binomial(n, rate))
    return numeric_summary(rng.normal(size=n - absent))._replace(missing=float(absent))


def labelled(rng: Generator, n: int, shares: Sequence[float]) -> Summary:
    counts = rng.multinomial(n, shares)
    seen = np.flatnonzero(counts)
    names = _names(len(shares))
    return CategoricalSummary(tuple(names[i] for i in seen.tolist()), counts[seen].astype(float), float(n))


def zipf(rng: Generator, n: int, labels: int) -> Summary:
    return labelled(rng, n, _zipf(labels))


def _of(draw: Callable[[Generator, int], np.ndarray]) -> Kind:
    return lambda rng, n: numeric_summary(np.asarray(draw(rng, n), dtype=float))


KINDS: dict[str, Kind] = {
    "normal": normal,
    "exponential": _of(lambda rng, n: rng.exponential(size=n)),
    "rounded": _of(lambda rng, n: np.round(rng.normal(size=n), 1)),
    "Poisson(4)": _of(lambda rng, n: rng.poisson(4.0, n)),
    "0..99": _of(lambda rng, n: rng.integers(0, 100, n)),
    "30 % missing": with_missing,
    "Zipf 5": partial(zipf, labels=5),
    "Zipf 30": partial(zipf, labels=30),
    "Zipf 500": partial(zipf, labels=500),
    "Zipf 5,000": partial(zipf, labels=5000),
}
"""What the gate is tried on."""
HARD_KINDS: dict[str, Kind] = {
    "log-normal(2)": _of(lambda rng, n: rng.lognormal(0.0, 2.0, n)),
    "t(2)": _of(lambda rng, n: rng.standard_t(2, n)),
    "Cauchy": _of(lambda rng, n: rng.standard_cauchy(n)),
    "half zeros": _of(lambda rng, n: rng.exponential(size=n) * rng.integers(0, 2, n)),
    "0..9,999": _of(lambda rng, n: rng.integers(0, 10_000, n)),
    "0 or 1": _of(lambda rng, n: rng.integers(0, 2, n)),
}
"""What the laws on the line are tried on besides."""
TABLE: tuple[str, ...] = (
    *("normal",) * 9,
    *("exponential",) * 8,
    *("rounded",) * 6,
    *("Poisson(4)",) * 6,
    *("0..99",) * 4,
    *("30 % missing",) * 7,
    *("Zipf 5",) * 5,
    *("Zipf 30",) * 3,
    "Zipf 500",
    "Zipf 5,000",
)
"""The 50 columns of a table."""


def profile_of(columns: dict[str, Summary], rows: int, label: str = "P") -> Profile:
    """A table of these columns."""
    return Profile(label, "samples", columns, rows, names=tuple(columns))


def twins(rng: Generator, kinds: Sequence[str], cell: Cell) -> tuple[Profile, Profile]:
    """Two tables of the same distributions, with names of their own: draws depend on the name of a column."""
    every = KINDS | HARD_KINDS
    name = f"c{int(rng.integers(1 << 30))}"
    p, q = (
        profile_of({f"{name}-{i}": every[kind](rng, size) for i, kind in enumerate(kinds)}, size, label)
        for size, label in zip(cell, "PQ", strict=True)
    )
    return p, q


def verdict(p: Profile, q: Profile, seed: int = 0, draws: int = 500) -> str:
    """What the gate says with its default rules; ``identifier`` where nothing is held to them.

    Draws of the floor play no part in the verdict on a single column: a value that is over its limit is drawn anew.
    """
    try:
        return str(report_on_gate([ProfilePair(p, q)], Settings(seed=seed, draws=draws), Gate(), "").verdict)
    except InputError:
        return "identifier"


FIXED: dict[str, float] = {
    "JS distance > 10 %": 0.1,
    "PSI > 0.1": 0.1,
    "PSI > 0.2": 0.2,
    "KL > 0.1": 0.1,
    "W1 / sd > 0.1": 0.1,
    "KS or χ² p < 0.05": 0.05,
}
"""Limits that other tools and blog posts have, on each column by itself."""


def over_fixed(p: Profile, q: Profile) -> dict[str, bool]:
    """Which of the fixed limits the worst column is over; empty bins count for 0.0001, as other tools fill them."""
    found = dict.fromkeys(FIXED, False)
    for name, of_p in p.columns.items():
        views = Views(
            Column("P", "samples", of_p),
            Column("Q", "samples", q.columns[name]),
            Settings(),
            smoothing_from("none"),
        )
        pair, deciles = views.pair(View.SMOOTHED), views.pair(View.DECILES)
        psi = _psi(deciles.p, deciles.q)
        js = measure_named("js-distance").compute(pair) / math.sqrt(math.log(2.0))
        values = {"JS distance > 10 %": js, "PSI > 0.1": psi, "PSI > 0.2": psi, "KL > 0.1": _kl(pair.p, pair.q)}
        for rule, value in values.items():
            found[rule] |= value > FIXED[rule]
        n, m = of_p.mass, q.columns[name].mass
        if isinstance(of_p, NumericSummary):
            whole = views.pair(View.EMPIRICAL)
            found["W1 / sd > 0.1"] |= measure_named("w1-scaled").compute(whole) > FIXED["W1 / sd > 0.1"]
            p_value = stats.kstwo.sf(measure_named("ks").compute(whole), round(n * m / (n + m)))
        else:
            counts = np.stack([pair.p * n, pair.q * m])
            p_value = stats.chi2_contingency(counts, correction=False)[1] if counts.shape[1] > 1 else 1.0
        found["KS or χ² p < 0.05"] |= bool(p_value < FIXED["KS or χ² p < 0.05"])
    return found


class Change(NamedTuple):
    """A column of which P and Q are not alike."""

    cell: Cell
    of_p: Kind
    of_q: Kind


CHANGES: dict[str, Change] = {
    "normal shifted by 0.5 sd": Change(Cell(500, 500), normal, partial(normal, shift=0.5)),
    "a category from 30 % to 50 %": Change(
        Cell(1_000, 1_000), partial(labelled, shares=(0.3, 0.5, 0.2)), partial(labelled, shares=(0.5, 0.3, 0.2))
    ),
    "one of ten categories from 30 % to 50 %": Change(
        Cell(1_000, 1_000),
        partial(labelled, shares=(0.3, *(0.7 / 9,) * 9)),
        partial(labelled, shares=(0.5, *(0.5 / 9,) * 9)),
    ),
    "missing from 10 % to 20 %": Change(
        Cell(1_000, 1_000), partial(with_missing, rate=0.1), partial(with_missing, rate=0.2)
    ),
}
"""What has to be caught."""


def changed(rng: Generator, change: Change, others: int) -> tuple[Profile, Profile]:
    """Two tables that differ in their first column alone."""
    p, q = twins(rng, TABLE[:others], change.cell)
    of_p, of_q = (draw(rng, size) for draw, size in zip(change[1:], change.cell, strict=True))
    name = f"changed {int(rng.integers(1 << 30))}"
    tables = ({name: of_p, **p.columns}, {name: of_q, **q.columns})
    return profile_of(tables[0], change.cell.n), profile_of(tables[1], change.cell.m, "Q")


def tiny_shift(rng: Generator, size: int = 1_000_000) -> tuple[str, float]:
    """The verdict on a shift by 0.02 sd, and the p value of the JS distance."""
    p, q = (profile_of({"c0": normal(rng, size, shift)}, size, label) for shift, label in ((0.0, "P"), (0.02, "Q")))
    report = report_on_gate([ProfilePair(p, q)], Settings(), Gate(), "")
    found = next(rule.p_value for rule in report.comparisons[0].rules if rule.measure == "js-distance")
    return str(report.verdict), _number(found)


def p_values(p: Profile, q: Profile, keys: Sequence[str], seed: int, most: int = 100) -> dict[tuple[str, str], float]:
    """p values by (measure with its direction, way): ``floor`` draws, and ``rule`` draws as for a value over its limit.

    Of the first column; NaN where there is none.
    """
    columns = tuple(Column(table.label, "samples", next(iter(table.columns.values()))) for table in (p, q))
    settings = Settings(seed=seed)
    rows = tuple(measure_named(key) for key in keys)
    comparison = compare_columns(*columns, settings, rows, "c")
    noise = noise_of(*columns, settings, "c")
    assert noise is not None, "rows were counted"
    found = {}
    for row in rows:
        estimates = [one for one in comparison.estimates if one.measure == row.key]
        for one in estimates:
            name = row.key if one.direction in (None, "p:q") else f"{row.key} {one.direction}"
            found[name, "floor"] = math.nan if one.null is None else _number(one.null.p_value)
        values = [one.value for one in estimates if one.value is not None]
        null = noise.p_value(row, max(values), most) if values else None
        found[row.key, "rule"] = math.nan if null is None else _number(null.p_value)
    return found


def is_above(reached: int, runs: int, nominal: float) -> bool:
    """Whether so many of so many runs are too many for the nominal rate, by a one-sided binomial test."""
    return bool(stats.binom.sf(reached - 1, runs, nominal) < CERTAIN)


def most_allowed(runs: int, nominal: float) -> int:
    """The largest number that `is_above` does not object to."""
    return int(stats.binom.isf(CERTAIN, runs, nominal))


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _filled(shares: np.ndarray) -> np.ndarray:
    return np.where(shares == 0.0, 1e-4, shares)


def _kl(p: np.ndarray, q: np.ndarray) -> float:
    p, q = _filled(p), _filled(q)
    return float((p * np.log(p / q)).sum())


def _psi(p: np.ndarray, q: np.ndarray) -> float:
    return _kl(p, q) + _kl(q, p)


@cache
def _names(size: int) -> tuple[str, ...]:
    return tuple(f"l{i}" for i in range(size))


@cache
def _zipf(size: int) -> np.ndarray:
    weights = 1.0 / np.arange(1.0, size + 1.0)
    return weights / weights.sum()
