"""Integrals over two densities at once: Gauss-Kronrod on panels that both sets of quantiles lay, refined where needed.

Panels begin at the quantiles of both sides, from 1e-300 to 1 - 1e-300, so no peak is missed however narrow or far; they
close in on ends of the support and on kinks geometrically, where densities may be infinite. Integrals of a heavy tail
are compared with the same ones cut earlier: what still grows is infinite, what has not settled is not told.

References
----------
Laurie (1997), https://doi.org/10.1090/S0025-5718-97-00861-2 (the nodes); Piessens et al. (1983), QUADPACK (the error)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.densities.density import LEAST_LOG
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kldiv_cli.core.arrays import Grid, Mask, Vector
    from kldiv_cli.core.densities.density import Density

    Integrands = Callable[["Nodes"], Grid]

_HALF_NODES = (
    0.991455371120812639206854697526329,
    0.949107912342758524526189684047851,
    0.864864423359769072789712788640926,
    0.741531185599394439863864773280788,
    0.586087235467691130294144691258728,
    0.405845151377397166906606412076961,
    0.207784955007898467600689403773245,
)
_HALF_KRONROD = (
    0.022935322010529224963732008058970,
    0.063092092629978553290700663189204,
    0.104790010322250183839876322541518,
    0.140653259715525918745189590510238,
    0.169004726639267902826583426598550,
    0.190350578064785409913256402421014,
    0.204432940075298892414161999234649,
)
_HALF_GAUSS = (
    0.129484966168869693270611432679082,
    0.279705391489276667901467771423780,
    0.381830050505118944950369775488975,
)
_NODES = np.array([*(-x for x in _HALF_NODES), 0.0, *reversed(_HALF_NODES)])
_KRONROD = np.array([*_HALF_KRONROD, 0.209482141084727828012999174891714, *reversed(_HALF_KRONROD)])
_GAUSS = np.zeros(15)
_GAUSS[1::2] = [*_HALF_GAUSS, 0.417959183673469387755102040816327, *reversed(_HALF_GAUSS)]
_EXPONENTS = (*range(1, 21), 25, 30, 40, 50, 65, 80, 100, 125, 150, 200, 250, 300)
LEVELS = np.array([0.25, 0.5, *(10.0**-exponent for exponent in _EXPONENTS)])
"""Probabilities of the quantiles, in both tails, where panels begin."""
_EPSILON = 2.0**-52
_ROUNDS = 60
_MOST_PANELS = 40_000
_WANTED = 1e-14
"""Error of an integral, as a share of it, at which no panel is halved any more."""
_STEP = 10.0
"""By how much panels widen away from an end of the support, from a kink and from the middle."""


class Nodes(NamedTuple):
    """Points at which both densities are known, with the weights of an integral; shapes (panels, 15)."""

    x: Grid
    weights: Grid
    log_p: Grid
    log_q: Grid

    @property
    def ratio(self) -> Grid:
        """log(p / q); NaN where neither has a density."""
        with np.errstate(invalid="ignore"):
            return self.log_p - self.log_q

    def masses(self) -> tuple[Grid, Grid, Grid]:
        """P and q times the weights, and their difference before rounding."""
        with np.errstate(all="ignore"):
            p, q = _weighted(self.log_p, self.weights), _weighted(self.log_q, self.weights)
            t = self.ratio
            difference = np.where(np.abs(t) < 1.0, q * np.expm1(np.where(np.abs(t) < 1.0, t, 0.0)), p - q)
        return p, q, difference

    def on_unit_panels(self) -> Nodes:
        """The same, each panel with half its width for the weight of every node: as if all went from -1 to 1."""
        return self._replace(weights=np.broadcast_to(self.weights[:, :1] / _KRONROD[0], self.x.shape))


def _weighted(log_density: Grid, weights: Grid) -> Grid:
    """A density times weights; far out a density below 2e-308, of few digits, meets weights that make up for it."""
    found: Grid = np.exp(log_density) * weights
    is_small = (log_density < LEAST_LOG) & (log_density > -math.inf)
    if is_small.any():
        found[is_small] = np.exp(log_density[is_small] + np.log(weights[is_small]))
    return found


class Quadrature(NamedTuple):
    """Panels that are fine enough for all integrals over a pair, in their order."""

    edges: Vector
    """Shape (panels + 1,)."""
    nodes: Nodes
    cuts: tuple[tuple[float, float], ...]
    """Ranges of ever shorter tails: an integral that they change has not settled."""


def quadrature(p: Density, q: Density, integrands: Integrands) -> Quadrature:
    """Lay panels for a pair.

    Parameters
    ----------
    p, q : Density
    integrands : callable
        Non-negative integrands at the nodes times half the width of their panel, of shape (integrals, panels, 15):
        what panels are refined for. What is not finite there is passed over.
    """
    edges = _first_edges(p, q)
    left, right = edges[:-1], edges[1:]
    done: list[tuple[Vector, Vector]] = []
    totals: Vector | None = None
    for _ in range(_ROUNDS):
        nodes = nodes_between(p, q, left, right)
        for logs, side in ((nodes.log_p, p), (nodes.log_q, q)):
            logs[logs < side.least_log] = -math.inf  # no panel is fine enough for noise
        values = integrands(nodes)
        whole = np.nansum(np.where(np.isfinite(values), values, 0.0) * _KRONROD, axis=2)
        errors = _errors(values, np.broadcast_to(_KRONROD, nodes.x.shape))
        settled = whole.sum(axis=1) if totals is None else np.maximum(totals, whole.sum(axis=1))
        totals = settled
        middle = 0.5 * left + 0.5 * right
        bad = (errors > _WANTED * totals[:, None] / 16.0).any(axis=0) & (middle > left) & (middle < right)
        done.append((left[~bad], right[~bad]))
        if not bad.any() or sum(one.size for one, _ in done) + 2 * int(bad.sum()) > _MOST_PANELS:
            done.append((left[bad], right[bad]))
            break
        left, right = np.concatenate([left[bad], middle[bad]]), np.concatenate([middle[bad], right[bad]])
    else:
        done.append((left, right))
    left = np.sort(np.concatenate([one for one, _ in done]))
    right = np.sort(np.concatenate([one for _, one in done]))
    return Quadrature(np.append(left, right[-1]), nodes_between(p, q, left, right), _cuts(p, q))


def halved(found: Quadrature, p: Density, q: Density) -> Quadrature:
    """The same with every panel in two halves: what an integral changes by is its error."""
    middle = 0.5 * found.edges[:-1] + 0.5 * found.edges[1:]
    edges = np.unique(np.concatenate([found.edges, middle]))
    return Quadrature(edges, nodes_between(p, q, edges[:-1], edges[1:]), found.cuts)


def nodes_between(p: Density, q: Density, left: Vector, right: Vector) -> Nodes:
    """Nodes of panels, shapes (panels, 15)."""
    half = 0.5 * right - 0.5 * left
    x = (0.5 * left + 0.5 * right)[:, None] + half[:, None] * _NODES
    weights = half[:, None] * _KRONROD
    flat = x.ravel()
    log_p, log_q = (side.log_density(flat).reshape(x.shape) for side in (p, q))
    at_pole = (log_p == math.inf) | (log_q == math.inf)  # a node that floats put on the end of a support
    log_p[at_pole] = log_q[at_pole] = -math.inf
    return Nodes(x, weights, log_p, log_q)


def panel_rule(left: Vector, right: Vector) -> tuple[Grid, Grid]:
    """Nodes and weights of panels by themselves, shapes (panels, 15)."""
    half = 0.5 * right - 0.5 * left
    return (0.5 * left + 0.5 * right)[:, None] + half[:, None] * _NODES, half[:, None] * _KRONROD


class Refined(NamedTuple):
    """Integrals of one function over panels, in their order."""

    starts: Vector
    """Left ends of the panels, shape (panels,)."""
    integrals: Vector
    error: float
    """Of their sum, as QUADPACK estimates it."""


def refined(function: Callable[[Vector], Vector], edges: Vector) -> Refined:
    """Integrals of a non-negative function over panels, refined where needed."""
    left, right = edges[:-1], edges[1:]
    found: list[tuple[Vector, Vector]] = []
    total = error = 0.0
    for _ in range(_ROUNDS):
        x, weights = panel_rule(left, right)
        values = function(x.ravel()).reshape(x.shape)
        errors = _errors(values[None], weights)[0]
        whole = (np.where(np.isfinite(values), values, 0.0) * weights).sum(axis=1)
        total = max(total, float(whole.sum()))
        middle = 0.5 * left + 0.5 * right
        bad = (errors > _WANTED * total / 16.0) & (middle > left) & (middle < right)
        if not bad.any() or sum(one.size for one, _ in found) > _MOST_PANELS:
            bad[:] = False
        found.append((left[~bad], whole[~bad]))
        error += float(errors[~bad].sum())
        if not bad.any():
            break
        left, right = np.concatenate([left[bad], middle[bad]]), np.concatenate([middle[bad], right[bad]])
    else:
        x, weights = panel_rule(left, right)
        values = function(x.ravel()).reshape(x.shape)
        found.append((left, (values * weights).sum(axis=1)))
        error += float(_errors(values[None], weights)[0].sum())
    starts, integrals = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(starts, kind="stable")
    return Refined(starts[order], integrals[order], error + _EPSILON * math.fsum(integrals))


def _errors(values: Grid, weights: Grid) -> Grid:
    """Errors of integrals over panels as QUADPACK has them, shape (integrals, panels); 0 where one is not finite."""
    finite = np.asarray(np.isfinite(values).all(axis=2))
    values = np.where(finite[:, :, None], values, 0.0)
    kronrod = (values * weights).sum(axis=2)
    half = weights / _KRONROD
    gauss = (values * half * _GAUSS).sum(axis=2)
    mean = kronrod / (2.0 * half[:, 0])
    spread = (np.abs(values - mean[:, :, None]) * weights).sum(axis=2)
    apart = np.abs(kronrod - gauss)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scaled = spread * np.minimum(1.0, (200.0 * apart / spread) ** 1.5)
    found: Grid = np.where(spread > 0.0, scaled, apart)
    return found


def _first_edges(p: Density, q: Density) -> Vector:
    low, high = min(p.support[0], q.support[0]), max(p.support[1], q.support[1])
    points = [side.ppf(LEVELS) for side in (p, q)] + [side.isf(LEVELS) for side in (p, q)]
    found = np.concatenate([*points, np.array([*p.kinks, *q.kinks, low, high])])
    found = np.unique(found[np.isfinite(found)])
    singular = np.array([*p.kinks, *q.kinks, float(p.ppf(np.array([0.5]))[0]), float(q.ppf(np.array([0.5]))[0])])
    parts = [found]
    for at in np.unique(singular[np.isfinite(singular)]).tolist():
        parts += [at + side * _widening(at, side * (end - at)) for side, end in ((1.0, found[-1]), (-1.0, found[0]))]
    edges = np.unique(np.concatenate(parts))
    inside: Vector = edges[(edges >= max(low, found[0])) & (edges <= min(high, found[-1])) & np.isfinite(edges)]
    return inside


def _widening(at: float, reach: float) -> Vector:
    """Distances from a point, ten times as far each time, from the closest that floats tell apart to ``reach``."""
    if reach <= 0.0:
        return np.empty(0)
    closest = max(abs(at) * 1e-15, 1e-305)
    steps = np.arange(math.floor(math.log10(closest)) + 1, math.ceil(math.log10(reach)) + 1)
    distances: Vector = _STEP ** steps.astype(np.float64)
    return distances[distances < reach]


def _cuts(p: Density, q: Density) -> tuple[tuple[float, float], ...]:
    """Ranges between quantiles of both, at roots of the last level that is finite in each tail."""
    found = []
    for root in (3.0, 10.0):
        ends = []
        for name, pick in (("ppf", min), ("isf", max)):
            own = []
            for side in (p, q):
                quantiles = getattr(side, name)(LEVELS)
                finite = LEVELS[np.isfinite(quantiles)]
                level = float(finite.min()) ** (1.0 / root) if finite.size else 0.5
                own.append(float(getattr(side, name)(np.array([level]))[0]))
            ends.append(pick(own))
        found.append((ends[0], ends[1]))
    return tuple(found)


def within(nodes: Nodes, cut: tuple[float, float]) -> Mask:
    """Panels that begin and end within a range, shape (panels,)."""
    inside: Mask = (nodes.x[:, 0] >= cut[0]) & (nodes.x[:, -1] <= cut[1])
    return inside


def integrals(values: Grid, nodes: Nodes, cuts: Iterable[tuple[float, float]]) -> list[float]:
    """The integral over all panels, then over ever shorter ranges; ``values`` hold their weights."""
    by_panel = values.sum(axis=1)
    return [math.fsum(by_panel), *(math.fsum(by_panel[within(nodes, cut)]) for cut in cuts)]
