"""Measures of two densities that read cdfs and quantile functions: W1, W2, KS and their kin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

from kldiv_cli.core.densities.quadrature import LEVELS, panel_rule, refined
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.densities.density import Density
    from kldiv_cli.core.densities.quadrature import Quadrature

_HALVINGS = 200
_MOST_CROSSINGS = 2_000
_ROOTS = (1.0, 1.0 / 3.0, 0.1)
"""Of the smallest level: where integrals over the levels are cut."""


_NONE = np.empty(0)


class Settled(NamedTuple):
    """An integral over all levels, and over those that are not in the outermost tails."""

    whole: float
    cut: float
    shorter: float
    """Over still fewer of the tails."""
    error: float
    """Of the whole."""


class Quantiles(Protocol):
    """What has quantiles: a density, or the empirical distribution of a sample."""

    def ppf(self, u: Vector) -> Vector:
        """Least value up to which there is the probability u."""

    def isf(self, u: Vector) -> Vector:
        """Value beyond which there is the probability u."""


def wasserstein_power(p: Quantiles, q: Quantiles, power: int, lower: Vector = _NONE, upper: Vector = _NONE) -> Settled:
    """The integral of |F^-1 - G^-1|^power over (0, 1): from both tails to the median, level by level.

    ``lower`` and ``upper`` are probabilities, from below and from above, at which a quantile function steps.
    """
    found, error = [0.0, 0.0, 0.0], 0.0
    for name, more in (("ppf", lower), ("isf", upper)):
        levels = np.unique(np.concatenate([LEVELS, more[(more > 0.0) & (more < 0.5)]]))
        ends = [getattr(side, name)(levels) for side in (p, q)]
        levels = levels[np.isfinite(ends[0]) & np.isfinite(ends[1])]

        def distance(u: Vector, name: str = name) -> Vector:
            with np.errstate(invalid="ignore", over="ignore"):
                apart = np.abs(getattr(p, name)(u) - getattr(q, name)(u))
                found: Vector = apart if power == 1 else np.square(apart)
            return found

        parts = refined(distance, levels)
        error += parts.error
        for place, root in enumerate(_ROOTS):
            found[place] += math.fsum(parts.integrals[parts.starts >= float(levels[0]) ** root])
    return Settled(found[0], found[1], found[2], error)


def gap_of_cdfs(p: Density, q: Density, x: Vector) -> Vector:
    """F - G, from the tail in which both are small, shape (k,)."""
    f, g = p.cdf(x), q.cdf(x)
    upper = (f > 0.5) & (g > 0.5)
    gap = f - g
    if upper.any():
        gap[upper] = q.sf(x[upper]) - p.sf(x[upper])
    return gap


def extremes(found: Quadrature, p: Density, q: Density) -> tuple[float, float]:
    """Largest F - G and largest G - F: where the densities cross, or at a jump of theirs.

    F - G is summed up from differences that were taken before rounding, so near distributions keep their digits.
    """
    up_to, at_crossings, _ = _gaps(found, p, q)
    gaps = [up_to - up_to[-1] * np.linspace(0.0, 1.0, up_to.size), at_crossings]
    every = np.concatenate(gaps)
    return max(float(every.max()), 0.0), max(float(-every.min()), 0.0)


def total_variation(found: Quadrature, p: Density, q: Density) -> float:
    """Half of the ups and downs of F - G, which turns where the densities cross, and where one of them jumps."""
    up_to, at_crossings, crossings = _gaps(found, p, q)
    places = np.concatenate([found.edges, crossings])
    gaps = np.concatenate([up_to, at_crossings])[np.argsort(places, kind="stable")]
    return 0.5 * math.fsum(np.abs(np.diff(gaps)).tolist())


def _gaps(found: Quadrature, p: Density, q: Density) -> tuple[Vector, Vector, Vector]:
    """F - G at the edges of the panels, at the crossings of the densities, and the crossings."""
    nodes = found.nodes
    by_panel = np.nan_to_num(nodes.masses()[2]).sum(axis=1)
    up_to = np.concatenate([[0.0], np.cumsum(by_panel)])
    crossings = np.unique(_crossings(found, p, q))
    if not crossings.size:
        return up_to, _NONE, _NONE
    panel = np.clip(np.searchsorted(found.edges, crossings, side="right") - 1, 0, by_panel.size - 1)
    x, weights = panel_rule(found.edges[panel], crossings)
    flat = x.ravel()
    inner = nodes._replace(
        x=x,
        weights=weights,
        log_p=p.log_density(flat).reshape(x.shape),
        log_q=q.log_density(flat).reshape(x.shape),
    )
    return up_to, up_to[panel] + np.nan_to_num(inner.masses()[2]).sum(axis=1), crossings


def squared_gaps(found: Quadrature, p: Density, q: Density) -> tuple[Settled, float]:
    """Integrals of (F - G)^2 over the line, and over d(F + G) / 2."""

    def squared(x: Vector) -> Vector:
        return np.square(gap_of_cdfs(p, q, x))

    parts = refined(squared, found.edges)
    cut, shorter = (
        math.fsum(parts.integrals[(parts.starts >= low) & (parts.starts <= high)]) for low, high in found.cuts
    )
    nodes = found.nodes
    of_p, of_q, _ = nodes.masses()
    gap = gap_of_cdfs(p, q, nodes.x.ravel()).reshape(nodes.x.shape)
    cvm = float(np.nansum(np.square(gap) * 0.5 * (of_p + of_q)))
    return Settled(math.fsum(parts.integrals), cut, shorter, parts.error), cvm


def _crossings(found: Quadrature, p: Density, q: Density) -> Vector:
    """Where one density overtakes the other, by bisection between the nodes that surround it."""
    nodes = found.nodes
    order = np.argsort(nodes.x.ravel(), kind="stable")
    x, t = nodes.x.ravel()[order], nodes.ratio.ravel()[order]
    known = np.isfinite(t) & (t != 0.0)
    x, t = x[known], t[known]
    turns = np.flatnonzero(np.sign(t[1:]) != np.sign(t[:-1]))[:_MOST_CROSSINGS]
    low, high, rises = x[turns].copy(), x[turns + 1].copy(), t[turns + 1] > 0.0
    for _ in range(_HALVINGS):
        middle = 0.5 * low + 0.5 * high
        is_open = (middle > low) & (middle < high)
        if not is_open.any():
            break
        with np.errstate(invalid="ignore"):
            above = (p.log_density(middle) - q.log_density(middle)) > 0.0
        beyond = above == rises
        high = np.where(is_open & beyond, middle, high)
        low = np.where(is_open & ~beyond, middle, low)
    crossings: Vector = high
    return crossings
