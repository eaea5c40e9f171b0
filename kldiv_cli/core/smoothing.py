"""Smoothing: what is added to outcomes before the information measures read them.

Additive, mixing and shrinking smoothings all are mixtures ``(1 - w) p + w b`` of a distribution with a base b;
they differ in the weight w of either side. The difference of two mixtures follows from the exact difference of
P and Q, so smoothing loses no digits either.

References
----------
Chen & Goodman (1999), https://doi.org/10.1006/csla.1999.0128 (additive, Jelinek-Mercer);
Krichevsky & Trofimov (1981), https://doi.org/10.1109/TIT.1981.1056331 (1/2);
Perks (1947) (1/k); Hausser & Strimmer (2009), https://jmlr.org/papers/v10/hausser09a.html (shrinkage).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compensated import total
from kldiv_cli.core.distribution import DistributionPair, MassPair, normalised
from kldiv_cli.core.model import Note
from kldiv_cli.errors import UsageError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from kldiv_cli.core.arrays import Grid, Vector

_REMEDY = "-s none, add:A, laplace, jeffreys, perks, mix:L, shrink or eps:E"


class Sizes(NamedTuple):
    """What a weight may depend on, for one side."""

    mass: float
    """Sum of the counts."""
    outcomes: int
    amount: float


class Smoothing(NamedTuple):
    """One row of the table of smoothings."""

    key: str
    title: str
    weight: Callable[[Vector, Sizes], float] | None
    """Weight of the base, from (probabilities, sizes); None where the rule is no mixture."""
    needs_counts: bool
    takes_amount: bool = False
    aliases: tuple[str, ...] = ()


class ChosenSmoothing(NamedTuple):
    """A row with its amount, as asked for."""

    row: Smoothing
    amount: float
    pooled: bool
    text: str


def _additive(_pmf: Vector, sizes: Sizes) -> float:
    """Weight of (c + A) / (n + k A): k A / (n + k A)."""
    added = sizes.outcomes * sizes.amount
    return added / (sizes.mass + added)


def _perks(_pmf: Vector, sizes: Sizes) -> float:
    return 1.0 / (sizes.mass + 1.0)


def _mixing(_pmf: Vector, sizes: Sizes) -> float:
    return sizes.amount


def _james_stein(pmf: Vector, sizes: Sizes) -> float:
    """Weight (1 - sum p^2) / ((n - 1) sum (1/k - p)^2), at most 1: Hausser & Strimmer (2009), equation 8."""
    spread = (sizes.mass - 1.0) * total((1.0 / sizes.outcomes - pmf) ** 2)
    if spread <= 0.0:
        return 1.0
    return min(max((1.0 - total(pmf**2)) / spread, 0.0), 1.0)


SMOOTHINGS: tuple[Smoothing, ...] = (
    Smoothing("none", "no smoothing", None, needs_counts=False),
    Smoothing("add", "additive smoothing", _additive, needs_counts=True, takes_amount=True, aliases=("lidstone",)),
    Smoothing("laplace", "Laplace smoothing", _additive, needs_counts=True),
    Smoothing("jeffreys", "Jeffreys smoothing", _additive, needs_counts=True, aliases=("kt",)),
    Smoothing("perks", "Perks smoothing", _perks, needs_counts=True),
    Smoothing("mix", "Jelinek-Mercer mixing", _mixing, needs_counts=False, takes_amount=True),
    Smoothing("shrink", "James-Stein shrinkage", _james_stein, needs_counts=True),
    Smoothing("eps", "probabilities raised to at least", None, needs_counts=False, takes_amount=True),
)
_FIXED_AMOUNT = {"laplace": 1.0, "jeffreys": 0.5}


def by_name(rows: tuple[Smoothing, ...]) -> dict[str, Smoothing]:
    """Lookup by key and alias; refuses a name used twice."""
    index: dict[str, Smoothing] = {}
    for row in rows:
        for name in (row.key, *row.aliases):
            if index.setdefault(name, row) is not row:
                raise ValueError(f"two smoothings are called {name!r}")
    return index


_BY_NAME = by_name(SMOOTHINGS)


def smoothing_from(text: str) -> ChosenSmoothing:
    """Read ``none``, ``add:0.5``, ``mix:0.1:pooled``, ...

    Raises
    ------
    UsageError
        If the name is unknown, or the amount is missing, unexpected or out of range.
    """
    name, *rest = text.split(":")
    row = _BY_NAME.get(name)
    if row is None:
        import difflib

        nearest = difflib.get_close_matches(name.lower(), _BY_NAME, n=1)
        hint = f"{nearest[0]!r}? " if nearest else ""
        raise UsageError(f"there is no smoothing {name!r}", remedy=hint + _REMEDY)
    pooled = row.key == "mix" and rest[1:] == ["pooled"]
    if pooled:
        rest = rest[:1]
    if len(rest) != int(row.takes_amount):
        wanted = f"an amount, as in {row.key}:0.5" if row.takes_amount else "no amount"
        raise UsageError(f"smoothing {text!r}: {row.key} takes {wanted}", remedy=_REMEDY)
    amount = _amount(row, rest[0], text) if rest else _FIXED_AMOUNT.get(row.key, 0.0)
    return ChosenSmoothing(row, amount, pooled, text)


def smoothed(
    masses: MassPair, chosen: ChosenSmoothing, sizes: tuple[float | None, float | None]
) -> tuple[DistributionPair, tuple[Note, ...]]:
    """Both sides smoothed alike on their joined support.

    Parameters
    ----------
    masses : MassPair
    chosen : ChosenSmoothing
    sizes : pair of float or None
        Number of observations of P and of Q; None for bare probabilities.

    Raises
    ------
    UsageError
        If the smoothing needs counts and a side has none.
    """
    pair = normalised(masses)
    row = chosen.row
    if row.key == "none":
        return pair, ()
    if row.key == "eps":
        return _raised(pair, chosen.amount), (_note(masses, f"{row.title} {chosen.amount:g}, then renormalised"),)
    if row.needs_counts and None in sizes:
        sides = " and ".join(name for name, size in zip("PQ", sizes, strict=True) if size is None)
        raise UsageError(
            f"{row.title} needs counts, and {sides} {'hold' if len(sides) > 1 else 'holds'} bare probabilities",
            remedy="--n-p N and --n-q N, the numbers of observations behind them; or -s mix:0.01, which needs none",
        )
    assert row.weight is not None, "only `none` and `eps` are no mixtures"
    n, m = (size or 1.0 for size in sizes)
    k = masses.support.size
    w = row.weight(pair.p, Sizes(n, k, chosen.amount))
    v = row.weight(pair.q, Sizes(m, k, chosen.amount))
    base = _pooled(pair, sizes) if chosen.pooled else np.full(k, 1.0 / k)
    mixed = DistributionPair(
        masses.support,
        (1.0 - w) * pair.p + w * base,
        (1.0 - v) * pair.q + v * base,
        (1.0 - w) * pair.difference + (w - v) * (base - pair.q),
    )
    return mixed, (_note(masses, _what_was_done(chosen, w, v)),)


def smoothed_draws(
    draws: tuple[Grid, Grid, Grid], chosen: ChosenSmoothing, sizes: tuple[float | None, float | None]
) -> tuple[Grid, Grid, Grid]:
    """Many pairs smoothed as `smoothed` does one: p, q and p - q, each of shape (draws, k)."""
    p, q, difference = draws
    row = chosen.row
    if row.key == "none":
        return draws
    if row.key == "eps":
        raised = [np.maximum(side, chosen.amount) for side in (p, q)]
        p, q = (side / side.sum(axis=-1, keepdims=True) for side in raised)
        return p, q, p - q
    assert row.weight is not None, "only `none` and `eps` are no mixtures"
    n, m = (size or 1.0 for size in sizes)
    k = p.shape[-1]
    w, v = (
        np.array([[row.weight(pmf, Sizes(size, k, chosen.amount))] for pmf in side]) for side, size in ((p, n), (q, m))
    )
    base = (n * p + m * q) / (n + m) if chosen.pooled else np.full(k, 1.0 / k)
    mixed = (1.0 - w) * p + w * base, (1.0 - v) * q + v * base
    return *mixed, (1.0 - w) * difference + (w - v) * (base - q)


def _raised(pair: DistributionPair, least: float) -> DistributionPair:
    """Probabilities raised to ``least`` and renormalised, their difference from the exact one.

    With a = b + d and totals A = B + D, a / A - b / B is (d - b D / B) / A.
    """
    a, b = np.maximum(pair.p, least), np.maximum(pair.q, least)
    d = np.where((pair.p >= least) & (pair.q >= least), pair.difference, a - b)
    in_p, in_q = total(a), total(b)
    return DistributionPair(pair.support, a / in_p, b / in_q, (d - b * (total(d) / in_q)) / in_p)


def _pooled(pair: DistributionPair, sizes: tuple[float | None, float | None]) -> Vector:
    n, m = sizes if None not in sizes else (1.0, 1.0)
    assert n is not None
    assert m is not None
    return (n * pair.p + m * pair.q) / (n + m)


def _what_was_done(chosen: ChosenSmoothing, w: float, v: float) -> str:
    row = chosen.row
    if row.key == "mix":
        base = "pooled distribution" if chosen.pooled else "uniform distribution"
        return f"{row.title}: {chosen.amount:g} of the {base} in both sides"
    if row.key == "shrink":
        return f"{row.title}: {w:.4g} of the uniform distribution in P, {v:.4g} in Q"
    added = "1/k" if row.key == "perks" else f"{chosen.amount:g}"
    return f"{row.title}: pseudo-count {added} added to every outcome of both sides"


def _note(masses: MassPair, text: str) -> Note:
    one_sided = int(np.count_nonzero((masses.p == 0) != (masses.q == 0)))
    return Note("smoothed", f"{text}; {one_sided} of {masses.support.size} outcomes were empty on one side.")


def _amount(row: Smoothing, text: str, whole: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        raise UsageError(f"smoothing {whole!r}: {text!r} is not a number", remedy=_REMEDY) from None
    top = math.inf if row.key == "add" else 1.0
    if not 0.0 < amount < top:
        limit = "above 0" if top == math.inf else "above 0 and below 1"
        raise UsageError(f"smoothing {whole!r}: the amount must be {limit}", remedy=_REMEDY)
    return amount
