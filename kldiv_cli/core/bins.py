"""Bins: a function of the reference P alone, so a baseline keeps its bins whatever arrives."""

from __future__ import annotations

import itertools
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from kldiv_cli.core.arrays import distinct
from kldiv_cli.core.compensated import total
from kldiv_cli.errors import UsageError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.summary import NumericSummary

FEW_VALUES = 32
"""Up to this many distinct values that repeat, each value is an outcome of its own."""
FEWEST_BINS, MOST_BINS = 5, 64
MOST_ASKED = 1 << 20
DECILES = "quantile:10"
_REMEDY = "-b 20 (equal-frequency on P), -b width:20, -b fd, or edges such as -b 0,10,60"


class BinRule(NamedTuple):
    """How edges come from the reference."""

    kind: Literal["auto", "quantile", "width", "edges"]
    number: int = 0
    edges: tuple[float, ...] = ()
    name: str = ""
    """Of a rule that takes the number from the reference: ``fd``, ``doane``, ``sturges``, ``mann-wald``."""


def bin_rule(text: str) -> BinRule:
    """Read ``auto``, ``N``, ``quantile:N``, ``width:N``, the name of a rule, or edges with commas.

    Raises
    ------
    UsageError
        If the text is none of these.
    """
    name, colon, amount = text.partition(":")
    if text == "auto":
        return BinRule("auto")
    if text in NAMED:
        return BinRule("quantile" if text == "mann-wald" else "width", name=text)
    if "," in text:
        return BinRule("edges", edges=_edges(text))
    if not colon:
        name, amount = "quantile", text
    if name not in ("quantile", "width") or not (amount.isascii() and amount.isdigit() and len(amount) < 19):
        raise UsageError(f"bins {text!r} are neither a number, a rule nor edges", remedy=_REMEDY)
    number = int(amount)
    if not 1 <= number <= MOST_ASKED:
        raise UsageError(f"bins {text!r}: their number must be from 1 to {MOST_ASKED:,}", remedy=_REMEDY)
    return BinRule("quantile" if name == "quantile" else "width", number)


def edges_from(reference: NumericSummary, rule: BinRule) -> Vector | None:
    """Edges of shape (k + 1,) with infinite outer ends, or None when each value is an outcome."""
    if rule.kind == "edges":
        return _open(np.array(rule.edges))
    if reference.values.size == 0:
        return _open(np.empty(0))
    if rule.name:
        rule = rule._replace(number=min(NAMED[rule.name](reference), MOST_NAMED))
    if rule.kind == "width":
        return _open(_equal_width(reference, rule.number))
    if rule.kind == "quantile":
        return _open(_order_statistics(reference, rule.number))
    distinct, n = reference.values.size, reference.n
    if distinct == 1 or (distinct <= FEW_VALUES and n >= 2 * distinct):
        return None
    return _open(_order_statistics(reference, min(bins_of_auto(n), distinct)))


def anchors_of(reference: NumericSummary) -> list[int]:
    """Places of the values that bins of this reference may have as edges: those of ``auto``, deciles, and the ends.

    Where the ranks of these are exact, what is left of a reference has the bins of the whole, with the same masses.
    """
    size = reference.values.size
    found = {0, max(size - 2, 0), size - 1}
    for rule in (BinRule("auto"), bin_rule(DECILES)):
        edges = edges_from(reference, rule)
        if edges is not None:
            found.update(np.searchsorted(reference.values, edges[1:-1]).tolist())
    return sorted(found)


def rule_in_words(rule: BinRule, size: int, whose: str = "P") -> str:
    """What the report says of the bins, and of whose values they are."""
    number = "1 bin" if size == 1 else f"{size} bins"
    if rule.kind == "edges":
        return f"{number}, edges as given"
    if rule.name:
        frequency = "frequency" if rule.kind == "quantile" else "width"
        return f"{number}, equal-{frequency} on {whose} ({rule.name})"
    if rule.kind == "width":
        return f"{number}, equal-width on {whose}"
    asked = f" (of {rule.number} asked: edges coincide)" if rule.kind == "quantile" and size != rule.number else ""
    return f"{number}, equal-frequency on {whose}{asked}"


def binned(summary: NumericSummary, edges: Vector) -> Vector:
    """Mass of the summary in every bin (lo, hi], shape (k,)."""
    size = summary.values.size
    limits = np.zeros(edges.size, dtype=np.intp)
    limits[1:-1] = np.searchsorted(summary.values, edges[1:-1], side="right")
    limits[-1] = size
    if summary.whole is not None:  # sums of whole numbers are exact in any order
        reached = np.zeros(size + 1)
        np.cumsum(summary.counts, out=reached[1:])
        at_limits = reached[limits]
        masses: Vector = at_limits[1:] - at_limits[:-1]
        return masses
    return np.array([total(summary.counts[start:stop]) for start, stop in itertools.pairwise(limits.tolist())])


def bins_of_auto(n: float) -> int:
    """How many bins a reference of n rows has: half of Mann and Wald's number, n^(2/5), from 5 to 64."""
    return min(max(_two_fifths(n), FEWEST_BINS), MOST_BINS)


def _two_fifths(n: float) -> int:
    """The least whole k with k^5 >= n^2; the power alone would give 17 for 1,024."""
    if n >= MOST_BINS**2.5:
        return MOST_BINS
    k = int(n**0.4)
    while k**5 < n * n:
        k += 1
    return k


def _order_statistics(reference: NumericSummary, number: int) -> Vector:
    """Inner edges at the order statistics of P (``inverted_cdf``), coinciding ones merged."""
    cumulated = np.cumsum(reference.counts)
    mass = float(cumulated[-1])
    steps = np.arange(1, number)
    if mass == math.floor(mass) and mass * number < 2**53:
        ranks = np.ceil(steps * mass / number)
        ranks -= (ranks - 1) * number >= steps * mass  # the quotient may have been rounded up to an integer
    else:
        ranks = steps * (mass / number) * (1 - 1e-15)
    indices = np.searchsorted(cumulated, ranks, side="left")
    edges = distinct(reference.values[np.minimum(indices, reference.values.size - 1)])
    inner: Vector = edges[edges < reference.values[-1]]
    if inner.size == 0 and number > 1:
        return reference.values[-2:-1]  # nearly all of P is its maximum: one bin would see nothing
    return inner


def _equal_width(reference: NumericSummary, number: int) -> Vector:
    low, high = float(reference.values[0]), float(reference.values[-1])
    parts = np.arange(1.0, number) / number
    inner: Vector = low * (1.0 - parts) + high * parts  # high - low could overflow
    return distinct(inner)


def _of_sturges(reference: NumericSummary) -> int:
    """Sturges (1926), https://doi.org/10.1080/01621459.1926.10502161: log2 n + 1."""
    return math.ceil(math.log2(max(reference.n, 1.0)) + 1.0)


def _of_doane(reference: NumericSummary) -> int:
    """Doane (1976), https://doi.org/10.1080/00031305.1976.10479172: more of them the more skewed the values are."""
    n = reference.n
    shares = reference.counts / reference.counts.sum()
    off = reference.values - float(shares @ reference.values)
    variance = float(shares @ np.square(off))
    if n < 3.0 or not 0.0 < variance < math.inf:
        return _of_sturges(reference)
    skewness = abs(float(shares @ (off / math.sqrt(variance)) ** 3))
    error = math.sqrt(6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0)))
    return math.ceil(1.0 + math.log2(n) + math.log2(1.0 + skewness / error))


def _of_freedman_and_diaconis(reference: NumericSummary) -> int:
    """Freedman & Diaconis (1981), https://doi.org/10.1007/BF01025868: of width 2 IQR n^(-1/3); Sturges' if IQR is 0."""
    cumulated = np.cumsum(reference.counts)
    places = np.searchsorted(cumulated, np.array([0.25, 0.75]) * (float(cumulated[-1]) * (1 - 1e-15)))
    values = reference.values[[0, *places.tolist(), -1]]
    if np.abs(values).max() > 1e307:
        values = values * 0.125  # distances of theirs would be beyond float64
    first, low, high, last = values.tolist()
    width = float(2.0 * (high - low) * reference.n ** (-1.0 / 3.0))
    if not width > 0.0:
        return _of_sturges(reference)
    number = float(last - first) / width
    return max(math.ceil(min(number, float(MOST_NAMED))), 1)


def _of_mann_and_wald(reference: NumericSummary) -> int:
    """Mann & Wald (1942), https://doi.org/10.1214/aoms/1177731569: 2 n^(2/5), of equal frequency."""
    return math.ceil(2.0 * math.pow(reference.n, 0.4) * (1 - 1e-15))


MOST_NAMED = 1024
"""Bins at most, however far out the largest value of the reference is."""
NAMED = {
    "fd": _of_freedman_and_diaconis,
    "doane": _of_doane,
    "sturges": _of_sturges,
    "mann-wald": _of_mann_and_wald,
}
"""Rules that take the number of bins from the reference."""


def _open(inner: Vector) -> Vector:
    return np.concatenate([[-math.inf], inner, [math.inf]])


def _edges(text: str) -> tuple[float, ...]:
    try:
        edges = tuple(float(edge) for edge in text.split(","))
    except ValueError:
        raise UsageError(f"the edges {text!r} are not all numbers", remedy=_REMEDY) from None
    if not all(math.isfinite(edge) for edge in edges):
        raise UsageError(f"the edges {text!r} must be finite; the outer bins are open", remedy=_REMEDY)
    if any(high <= low for low, high in pairwise(edges)):
        raise UsageError(f"the edges {text!r} must increase", remedy=_REMEDY)
    return edges
