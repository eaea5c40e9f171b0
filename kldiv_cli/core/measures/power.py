"""Divergences of order alpha: Renyi and Tsallis. KL is their limit at order 1. They read the binned, smoothed pair."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compensated import total
from kldiv_cli.core.measures.information import kl_divergence
from kldiv_cli.core.measures.row import DIRECTED, Measure, Unit, View
from kldiv_cli.core.measures.terms import kl_terms, log_ratio, near_outcomes, power_terms

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Grid, Vector
    from kldiv_cli.core.distribution import DistributionPair

DEFAULT_ORDER = 2.0


def renyi_divergence(pair: DistributionPair, order: float = DEFAULT_ORDER) -> float:
    """Renyi divergence log(sum p^a q^(1-a)) / (a - 1) of order a, in nats.

    Orders 0, 1 (KL) and infinity are the limits. From order 1 on an outcome with p > 0 = q makes it infinite;
    below, only distributions that share no outcome do.

    Parameters
    ----------
    pair : DistributionPair
    order : float
        In [0, inf].

    Returns
    -------
    float
        In [0, inf], not decreasing in the order.

    References
    ----------
    van Erven & Harremoes (2014), https://doi.org/10.1109/TIT.2014.2320500
    """
    if order == 1.0:
        return kl_divergence(pair)
    if order == 0.0:
        return _negative_log_of_one_minus(total(pair.q[pair.p == 0.0]), total(pair.q[pair.p > 0.0]))
    if order == math.inf:
        return _largest_log_ratio(pair)
    excess = total(power_terms(pair.p, pair.q, pair.difference, order))
    if order > 1.0 and bool(np.any((pair.q == 0.0) & (pair.p > 0.0))):
        return math.inf
    if -0.5 < excess < 1e300:
        return math.log1p(excess) / (order - 1.0) + 0.0
    return _log_power_sum(pair, order) / (order - 1.0)


def tsallis_divergence(pair: DistributionPair, order: float = DEFAULT_ORDER) -> float:
    """Tsallis divergence (sum p^a q^(1-a) - 1) / (a - 1) of order a, a pure number; KL in nats at a = 1.

    Zeros as for the Renyi divergence, but for orders below 1 it stays below 1 / (1 - a).

    Parameters
    ----------
    pair : DistributionPair
    order : float
        In [0, inf].

    Returns
    -------
    float
        In [0, inf].

    References
    ----------
    Tsallis (1998), https://doi.org/10.1103/PhysRevE.58.1442
    """
    if order == 1.0:
        return kl_divergence(pair)
    if order == 0.0:
        return total(pair.q[pair.p == 0.0])
    if order == math.inf:
        return 0.0 if not np.any(pair.difference) else math.inf
    return total(power_terms(pair.p, pair.q, pair.difference, order)) / (order - 1.0) + 0.0


def _log_power_sum(pair: DistributionPair, order: float) -> float:
    """Log of sum p^a q^(1-a) without overflow; -inf when the two share no outcome."""
    both = (pair.p > 0.0) & (pair.q > 0.0)
    if not both.any():
        return -math.inf
    exponents = order * np.log(pair.p[both]) + (1.0 - order) * np.log(pair.q[both])
    largest = float(exponents.max())
    return largest + math.log(total(np.exp(exponents - largest)))


def _log_power_sums(p: Grid, q: Grid, order: float) -> Vector:
    """The same of many pairs of shape (n, k); from order 1 on inf where P has what Q never has."""
    exponents = order * np.log(p) + (1.0 - order) * np.log(q)
    exponents[(p == 0.0) | ((q == 0.0) & (order < 1.0))] = -math.inf
    largest = exponents.max(axis=-1, keepdims=True)
    known = np.isfinite(largest[:, 0])
    sums: Vector = largest[:, 0].copy()
    sums[known] += np.log(np.exp(exponents[known] - largest[known]).sum(axis=-1))
    return sums


def _largest_log_ratio(pair: DistributionPair) -> float:
    seen = pair.p > 0.0
    near = near_outcomes(pair) & seen
    far = seen & ~near
    close = np.log1p(pair.difference[near] / pair.q[near])
    return float(np.concatenate([close, log_ratio(pair.p[far], pair.q[far])]).max())


def _negative_log_of_one_minus(part: float, rest: float) -> float:
    """-log(1 - part) where part + rest = 1, from whichever is smaller."""
    if rest == 0.0:
        return math.inf
    return -math.log1p(-part) + 0.0 if part < 0.5 else -math.log(rest)


def _renyi_of_many(p: Grid, q: Grid, difference: Grid, order: float) -> Vector:
    with np.errstate(divide="ignore", invalid="ignore"):
        if order == math.inf:
            ratios: Vector = np.where(p > 0.0, log_ratio(p, q), -math.inf).max(axis=-1)
            return ratios
        if order == 0.0:
            alone, shared = _alone_of_many(q, p), np.where(p > 0.0, q, 0.0).sum(axis=-1)
            return np.where(alone < 0.5, -np.log1p(-np.minimum(alone, 0.5)), -np.log(shared)) + 0.0
        if order == 1.0:
            return _tsallis_of_many(p, q, difference, order)
        excess = (order - 1.0) * _tsallis_of_many(p, q, difference, order)
        found: Vector = np.log1p(np.maximum(excess, -1.0)) / (order - 1.0)
        far = ~((excess > -0.5) & (excess < 1e300))
        if far.any():
            found[far] = _log_power_sums(p[far], q[far], order) / (order - 1.0)
        return found


def _tsallis_of_many(p: Grid, q: Grid, difference: Grid, order: float) -> Vector:
    if order == 1.0:
        divergences: Vector = kl_terms(p, q, difference).sum(axis=-1)
        return divergences
    if order == 0.0:
        return _alone_of_many(q, p)
    if order == math.inf:
        return np.where(difference.any(axis=-1), math.inf, 0.0)
    found: Vector = power_terms(p, q, difference, order).sum(axis=-1) / (order - 1.0)
    if order > 1.0:
        found[((q == 0.0) & (p > 0.0)).any(axis=-1)] = math.inf
    return found


def _alone_of_many(masses: Grid, other: Grid) -> Vector:
    """Mass on outcomes that the other side never has, shape (draws,)."""
    alone: Vector = np.where(other == 0.0, masses, 0.0).sum(axis=-1)
    return alone


MEASURES: tuple[Measure, ...] = (
    Measure(
        key="renyi",
        title="Rényi divergence",
        compute=renyi_divergence,
        of_many=_renyi_of_many,
        chi_square=2.0,
        view=View.SMOOTHED,
        unit=Unit.INFORMATION,
        directions=DIRECTED,
        symmetric=False,
        takes_order=True,
        formula="ln(Σ p^α q^(1-α)) / (α - 1), α by --alpha-order, 2 by default",
        range="[0, ∞]",
        zeros="From order 1 on as KL; below order 1 infinite only where the two share no outcome.",
        use="Differential privacy, hypothesis testing; orders above 1 look at the largest ratios p / q, "
        "orders below 1 at the overlap.",
        reading="Order 2, 0.1: Σ p²/q is e^0.1, the chi-square divergence 0.105.",
        elsewhere="log((p**a * q**(1-a)).sum()) / (a - 1), in numpy and torch alike.",
        reference="van Erven & Harremoës (2014), https://doi.org/10.1109/TIT.2014.2320500",
        aliases=("renyi-divergence", "alpha-divergence"),
    ),
    Measure(
        key="tsallis",
        title="Tsallis divergence",
        compute=tsallis_divergence,
        of_many=_tsallis_of_many,
        chi_square=2.0,
        view=View.SMOOTHED,
        unit=Unit.NONE,
        directions=DIRECTED,
        symmetric=False,
        takes_order=True,
        formula="(Σ p^α q^(1-α) - 1) / (α - 1), α by --alpha-order, 2 by default",
        range="[0, ∞]; below 1 / (1 - α) for α < 1",
        zeros="From order 1 on as KL; below order 1 finite.",
        use="Where a text asks for the Tsallis or Hellinger-order form; at order 2 it is chi-square.",
        reading="Order 2, 0.1: chi-square 0.1, KL about 0.05.",
        elsewhere="((p**a * q**(1-a)).sum() - 1) / (a - 1).",
        reference="Tsallis (1998), https://doi.org/10.1103/PhysRevE.58.1442",
        aliases=("tsallis-divergence",),
    ),
)
