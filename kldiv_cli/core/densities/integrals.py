"""Measures of two densities as integrals: terms from logarithms, each >= 0 where a sum has to keep its digits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.densities.quadrature import within
from kldiv_cli.core.measures.terms import js_terms, kl_terms, power_terms
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from kldiv_cli.core.arrays import Grid
    from kldiv_cli.core.densities.quadrature import Nodes

_NEAR = math.log(3.0)
_SKEW = 0.99
_LARGEST = 700.0


class Integral(NamedTuple):
    """A measure that is a function of one integral."""

    terms: Callable[[Nodes, float], Grid]
    """Terms at the nodes, with their weights, shape (panels, 15); the order is that of Renyi and Tsallis."""
    finish: Callable[[float, float], float]
    """The measure from the integral and the order."""
    is_infinite_outside: bool = False
    """Whether it is infinite where P has mass outside of the support of Q."""


def swapped(nodes: Nodes) -> Nodes:
    """The nodes of Q and P."""
    return nodes._replace(log_p=nodes.log_q, log_q=nodes.log_p)


def driving(nodes: Nodes) -> Grid:
    """What panels are refined for: both densities, their difference, and the terms of KL both ways, on unit panels."""
    unit = nodes.on_unit_panels()
    p, q, difference = unit.masses()
    return np.stack([p, q, np.abs(difference), _kl(unit, 1.0), _kl(swapped(unit), 1.0)])


def _kl(nodes: Nodes, _order: float) -> Grid:
    """Bregman terms q phi((p - q) / q); far from each other in logarithms, for a density may be below 1e-308."""
    p, q, difference = nodes.masses()
    t = nodes.ratio
    with np.errstate(all="ignore"):
        far = np.where(p > 0.0, p * t - difference, q)
        near = np.abs(t) < _NEAR
    found: Grid = np.where(np.isnan(far), 0.0, far)
    if near.any():
        found[near] = kl_terms(p[near], q[near], difference[near])
    return found


def _js(nodes: Nodes, _order: float) -> Grid:
    p, q, difference = nodes.masses()
    found: Grid = js_terms(p.ravel(), q.ravel(), difference.ravel()).reshape(p.shape)
    return found


def _jeffreys(nodes: Nodes, order: float) -> Grid:
    return _kl(nodes, order) + _kl(swapped(nodes), order)


def _tv(nodes: Nodes, _order: float) -> Grid:
    found: Grid = 0.5 * np.abs(nodes.masses()[2])
    return found


def _squared_hellinger(nodes: Nodes, _order: float) -> Grid:
    p, q, difference = nodes.masses()
    with np.errstate(invalid="ignore", divide="ignore"):
        terms = 0.5 * np.square(difference / (np.sqrt(p) + np.sqrt(q)))
    return np.where(np.isnan(terms), 0.0, terms)


def _chi_square(nodes: Nodes, _order: float) -> Grid:
    _, q, _ = nodes.masses()
    t = nodes.ratio
    with np.errstate(all="ignore"):
        near = q * np.square(np.expm1(np.minimum(t, _LARGEST)))
        far = nodes.weights * np.exp(2.0 * nodes.log_p - nodes.log_q)
        terms = np.where(t > 1.0, far * np.square(np.expm1(-t)), near)
    return np.where(np.isnan(terms), 0.0, terms)


def _power(nodes: Nodes, order: float) -> Grid:
    """p^a q^(1-a) - q - a (p - q): the sum is that of p^a q^(1-a), less 1."""
    p, q, difference = nodes.masses()
    t = nodes.ratio
    with np.errstate(all="ignore"):
        powers = nodes.weights * np.exp(order * nodes.log_p + (1.0 - order) * nodes.log_q)
        if order < 1.0:
            powers = np.where(np.isneginf(nodes.log_p) | np.isneginf(nodes.log_q), 0.0, powers)
        else:
            powers = np.where(np.isneginf(nodes.log_p), 0.0, powers)
        terms = powers - q - order * difference
        near = np.abs(t) < _NEAR
    found: Grid = np.where(np.isnan(terms), 0.0, terms)
    if near.any():
        found[near] = power_terms(p[near], q[near], difference[near], order)
    return found


def _skew_kl(nodes: Nodes, order: float) -> Grid:
    with np.errstate(invalid="ignore"):
        mixed = np.logaddexp(math.log(_SKEW) + nodes.log_q, math.log1p(-_SKEW) + nodes.log_p)
    return _kl(nodes._replace(log_q=mixed), order)


def _entropy(nodes: Nodes, _order: float) -> Grid:
    return _cross(nodes._replace(log_q=nodes.log_p), 1.0)


def _cross(nodes: Nodes, _order: float) -> Grid:
    p, _, _ = nodes.masses()
    with np.errstate(invalid="ignore"):
        terms = -p * nodes.log_q
    return np.where(p > 0.0, terms, 0.0)


def _same(value: float, _order: float) -> float:
    return value


def _root(value: float, _order: float) -> float:
    return math.sqrt(max(value, 0.0))


def _renyi(power: float, order: float) -> float:
    return math.log1p(power) / (order - 1.0) if power > -1.0 else math.inf


INTEGRALS: dict[str, Integral] = {
    "kl": Integral(_kl, _same, is_infinite_outside=True),
    "js": Integral(_js, _same),
    "js-distance": Integral(_js, _root),
    "jeffreys": Integral(_jeffreys, _same, is_infinite_outside=True),
    "tv": Integral(_tv, _same),
    "overlap": Integral(_tv, lambda value, _: 1.0 - value),
    "hellinger": Integral(_squared_hellinger, _root),
    "bhattacharyya": Integral(_squared_hellinger, lambda value, _: -math.log1p(-value) if value < 1.0 else math.inf),
    "chi2": Integral(_chi_square, _same, is_infinite_outside=True),
    "renyi": Integral(_power, _renyi),
    "tsallis": Integral(_power, lambda power, order: power / (order - 1.0)),
    "skew-kl": Integral(_skew_kl, _same),
    "entropy": Integral(_entropy, _same),
    "cross-entropy": Integral(_cross, _same, is_infinite_outside=True),
}
"""By the key of the measure; what is not here is read off cdfs and quantiles."""


def log_of_powers(nodes: Nodes, order: float, cut: tuple[float, float] | None) -> float:
    """Log of the integral of p^a q^(1-a) for a > 1, over a range."""
    with np.errstate(all="ignore"):
        logs = np.log(nodes.weights) + order * nodes.log_p + (1.0 - order) * nodes.log_q
        logs = np.where(np.isneginf(nodes.log_p), -math.inf, logs)
    if cut is not None:
        logs = logs[within(nodes, cut)]
    return float(np.logaddexp.reduce(logs, axis=None)) if logs.size else -math.inf
