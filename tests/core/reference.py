"""Every measure again, to 60 digits, straight from its definition: what the fast kernels are held against.

Nothing here is shared with the product: sums of ``p log(p / q)`` as they stand in the textbooks, on masses
normalised in mpmath. Sixty digits outlast the cancellation of forms that the product has to avoid; where one
outcome holds nearly everything, 400 are taken, for 1 - 1e-300 has no fewer.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np

from kldiv_cli.core.distribution import DistributionPair, MassPair, Support, normalised

CONTEXT = mpmath.MPContext()
CONTEXT.dps = 60
SKEW = CONTEXT.mpf(99) / 100
INFINITE = CONTEXT.inf
LARGEST = CONTEXT.mpf(sys.float_info.max)


def exact(value: float) -> Any:
    """The very same number in mpmath; integers keep every digit."""
    return CONTEXT.mpf(int(value)) if float(value).is_integer() else CONTEXT.mpf(float(value))


class Exact:
    """Two distributions in mpmath, normalised there, with their logarithms."""

    def __init__(self, p: Sequence[float], q: Sequence[float], positions: Sequence[float] | None = None) -> None:
        self.digits = max(_digits(p), _digits(q))
        with CONTEXT.workdps(self.digits):
            self.p, self.q = _shares(p), _shares(q)
            self.x = None if positions is None else [exact(x) for x in positions]
            self.log_p, self.log_q = _logarithms(self.p), _logarithms(self.q)

    def value(self, key: str, **order: float) -> Any:
        """Reference value of the measure called ``key``."""
        with CONTEXT.workdps(self.digits):
            return REFERENCES[key](self, **order)

    @functools.cached_property
    def gaps(self) -> list[Any]:
        """F - G at every position."""
        gaps, gap = [], CONTEXT.mpf(0)
        for p, q in zip(self.p, self.q, strict=True):
            gap += p - q
            gaps.append(gap)
        gaps[-1] = CONTEXT.mpf(0)
        return gaps

    @functools.cached_property
    def widths(self) -> list[Any]:
        return [high - low for low, high in pairwise(self.x)]

    def swapped(self) -> Exact:
        """Q and P."""
        turned = object.__new__(Exact)
        turned.p, turned.q, turned.x, turned.digits = self.q, self.p, self.x, self.digits
        turned.log_p, turned.log_q = self.log_q, self.log_p
        return turned


def kl(pair: Exact) -> Any:
    total = CONTEXT.mpf(0)
    for p, q, log_p, log_q in zip(pair.p, pair.q, pair.log_p, pair.log_q, strict=True):
        if p and not q:
            return INFINITE
        if p:
            total += p * (log_p - log_q)
    return total


def js(pair: Exact) -> Any:
    total = CONTEXT.mpf(0)
    for p, q, log_p, log_q in zip(pair.p, pair.q, pair.log_p, pair.log_q, strict=True):
        log_m = CONTEXT.log((p + q) / 2) if p or q else None
        total += p * (log_p - log_m) if p else 0
        total += q * (log_q - log_m) if q else 0
    return total / 2


def jeffreys(pair: Exact) -> Any:
    return kl(pair) + kl(pair.swapped())


def cross_entropy(pair: Exact) -> Any:
    total = CONTEXT.mpf(0)
    for p, q, log_q in zip(pair.p, pair.q, pair.log_q, strict=True):
        if p and not q:
            return INFINITE
        total -= p * log_q if p else 0
    return total


def entropy(pair: Exact) -> Any:
    return -CONTEXT.fsum(p * log_p for p, log_p in zip(pair.p, pair.log_p, strict=True) if p)


def skew_kl(pair: Exact) -> Any:
    mixed = (SKEW * q + (1 - SKEW) * p for p, q in zip(pair.p, pair.q, strict=True))
    return CONTEXT.fsum(
        p * (log_p - CONTEXT.log(m)) for p, m, log_p in zip(pair.p, mixed, pair.log_p, strict=True) if p
    )


def renyi(pair: Exact, order: float = 2.0) -> Any:
    if order == 1:
        return kl(pair)
    if order == 0:
        return -CONTEXT.log1p(-_left_out(pair)) if _meet(pair) else INFINITE
    if order == math.inf:
        ratios = (p / q if q else INFINITE for p, q in zip(pair.p, pair.q, strict=True) if p)
        return CONTEXT.log(max(ratios))
    powers = power_sum(pair, order)
    if not powers:
        return INFINITE
    return CONTEXT.log(powers) / (exact(order) - 1)


def tsallis(pair: Exact, order: float = 2.0) -> Any:
    if order == 1:
        return kl(pair)
    if order == 0:
        return _left_out(pair)
    if order == math.inf:
        return CONTEXT.mpf(0) if pair.p == pair.q else INFINITE
    return (power_sum(pair, order) - 1) / (exact(order) - 1)


def _left_out(pair: Exact) -> Any:
    """Share of Q on outcomes that P never has."""
    return CONTEXT.fsum(q for p, q in zip(pair.p, pair.q, strict=True) if not p)


def _meet(pair: Exact) -> bool:
    return any(p and q for p, q in zip(pair.p, pair.q, strict=True))


def power_sum(pair: Exact, order: float) -> Any:
    """Sum of p^a q^(1-a), 0^0 = 0."""
    a = exact(order)
    total = CONTEXT.mpf(0)
    for p, q, log_p, log_q in zip(pair.p, pair.q, pair.log_p, pair.log_q, strict=True):
        if p and q:
            total += CONTEXT.exp(a * log_p + (1 - a) * log_q)
        elif p and order > 1:
            return INFINITE
    return total


def total_variation(pair: Exact) -> Any:
    return CONTEXT.fsum(abs(p - q) for p, q in zip(pair.p, pair.q, strict=True)) / 2


def overlap(pair: Exact) -> Any:
    return CONTEXT.fsum(min(p, q) for p, q in zip(pair.p, pair.q, strict=True))


def hellinger(pair: Exact) -> Any:
    roots = ((CONTEXT.sqrt(p) - CONTEXT.sqrt(q)) ** 2 for p, q in zip(pair.p, pair.q, strict=True))
    return CONTEXT.sqrt(CONTEXT.fsum(roots) / 2)


def bhattacharyya(pair: Exact) -> Any:
    coefficient = CONTEXT.fsum(CONTEXT.sqrt(p * q) for p, q in zip(pair.p, pair.q, strict=True))
    return -CONTEXT.log(coefficient) if coefficient else INFINITE


def chi_square(pair: Exact) -> Any:
    total = CONTEXT.mpf(0)
    for p, q in zip(pair.p, pair.q, strict=True):
        if p and not q:
            return INFINITE
        total += (p - q) ** 2 / q if q else 0
    return total


def wasserstein_1(pair: Exact) -> Any:
    return CONTEXT.fsum(abs(gap) * width for gap, width in zip(pair.gaps, pair.widths, strict=False))


def scaled_wasserstein_1(pair: Exact) -> Any:
    mean = CONTEXT.fsum(p * x for p, x in zip(pair.p, pair.x, strict=True))
    variance = CONTEXT.fsum(p * (x - mean) ** 2 for p, x in zip(pair.p, pair.x, strict=True))
    return wasserstein_1(pair) / CONTEXT.sqrt(variance) if variance else CONTEXT.nan


def wasserstein_2(pair: Exact) -> Any:
    """Move mass from the left, the smaller of what is left on either side at a time."""
    left_p, left_q = list(pair.p), list(pair.q)
    i = j = 0
    total = CONTEXT.mpf(0)
    while i < len(left_p) and j < len(left_q):
        moved = min(left_p[i], left_q[j])
        total += moved * (pair.x[i] - pair.x[j]) ** 2
        left_p[i] -= moved
        left_q[j] -= moved
        i, j = i + (not left_p[i]), j + (not left_q[j])
    return CONTEXT.sqrt(total)


def kolmogorov_smirnov(pair: Exact) -> Any:
    return max(abs(gap) for gap in pair.gaps)


def kuiper(pair: Exact) -> Any:
    return max(0, *pair.gaps) - min(0, *pair.gaps)


def cramer_von_mises(pair: Exact) -> Any:
    return CONTEXT.fsum(gap**2 * (p + q) / 2 for gap, p, q in zip(pair.gaps, pair.p, pair.q, strict=True))


def energy(pair: Exact) -> Any:
    area = CONTEXT.fsum(gap**2 * width for gap, width in zip(pair.gaps, pair.widths, strict=False))
    return CONTEXT.sqrt(2 * area)


REFERENCES: dict[str, Callable[..., Any]] = {
    "kl": kl,
    "js": js,
    "js-distance": lambda pair: CONTEXT.sqrt(js(pair)),
    "jeffreys": jeffreys,
    "psi": jeffreys,
    "cross-entropy": cross_entropy,
    "entropy": entropy,
    "skew-kl": skew_kl,
    "renyi": renyi,
    "tsallis": tsallis,
    "tv": total_variation,
    "overlap": overlap,
    "hellinger": hellinger,
    "bhattacharyya": bhattacharyya,
    "chi2": chi_square,
    "missing": total_variation,
    "w1": wasserstein_1,
    "w1-scaled": scaled_wasserstein_1,
    "w2": wasserstein_2,
    "ks": kolmogorov_smirnov,
    "kuiper": kuiper,
    "cvm": cramer_von_mises,
    "energy": energy,
}


def pair_of(p: Sequence[float], q: Sequence[float], positions: Sequence[float] | None = None) -> DistributionPair:
    """The product's pair of two mass vectors; positions 0, 1, 2, ... unless told."""
    masses_p, masses_q = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    places = np.arange(masses_p.size, dtype=np.float64) if positions is None else np.asarray(positions, np.float64)
    return normalised(MassPair(Support("values", masses_p.size, positions=places), masses_p, masses_q))


def exact_pair_of(p: Sequence[float], q: Sequence[float], positions: Sequence[float] | None = None) -> Exact:
    """The same pair in mpmath."""
    return Exact(p, q, range(len(p)) if positions is None else positions)


def relative_error(value: float, wanted: Any) -> float:
    """|value / wanted - 1|; 0 where both are 0, infinite or undefined, infinite where only one is."""
    if math.isnan(value) or CONTEXT.isnan(wanted):
        return 0.0 if math.isnan(value) and CONTEXT.isnan(wanted) else math.inf
    if not math.isfinite(value) or not CONTEXT.isfinite(wanted):
        if wanted > LARGEST:
            return 0.0 if value == math.inf else math.inf
        return 0.0 if value == wanted else math.inf
    if wanted == 0:
        return 0.0 if value == 0 else math.inf
    return float(abs(CONTEXT.mpf(value) / wanted - 1))


def _logarithms(shares: Sequence[Any]) -> list[Any]:
    return [CONTEXT.log(share) if share else None for share in shares]


def _digits(masses: Sequence[float]) -> int:
    largest = max(float(mass) for mass in masses)
    return 400 if largest > (1 - 1e-9) * math.fsum(float(mass) / largest for mass in masses) * largest else 60


def _shares(masses: Sequence[float]) -> list[Any]:
    exactly = [exact(mass) for mass in np.asarray(masses).tolist()]
    total = CONTEXT.fsum(exactly)
    return [mass / total for mass in exactly]


def hardly_numbers(seed, n=30, k=12):
    """Rows with masses down to the least float, some of them near those of another seed."""
    rng = np.random.default_rng(seed)
    rows = np.random.default_rng(0).dirichlet(np.full(k, 0.5), n)
    rows[n // 2 :] *= 1.0 + 0.3 * rng.random((n - n // 2, k))
    least = rng.random((n, k)) < 0.3
    rows[least] = rng.choice([0.0, 5e-324, 1e-323, 1e-320, 1e-310, 1e-300, 1e-160], np.count_nonzero(least))
    rows[:, 0] = rng.uniform(0.5, 0.6, n)
    return rows / rows.sum(axis=1, keepdims=True)
