"""Multivariate normals against each other: closed forms by Cholesky factors.

References
----------
Duchi (2007), Derivations for Linear Algebra and Optimization (KL); Dowson & Landau (1982),
https://doi.org/10.1016/0047-259X(82)90077-X (W2); Pardo (2006), Statistical Inference Based on Divergence Measures
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.densities.closed_forms import lack
from kldiv_cli.core.model import Comparison, Estimate, Note, Side, SupportFacts
from kldiv_cli.core.units import unit_of
from kldiv_cli.errors import InputError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kldiv_cli.core.arrays import Grid, Vector
    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Settings

_SYMMETRIC = 1e-9


class MultivariateNormal(NamedTuple):
    """A normal distribution in d dimensions."""

    label: str
    mean: Vector
    """Shape (d,)."""
    covariance: Grid
    """Shape (d, d), symmetric and positive definite."""
    factor: Grid
    """Lower Cholesky factor of the covariance, shape (d, d)."""


def multivariate_normal(label: str, mean: object, covariance: object) -> MultivariateNormal:
    """Check a mean and a covariance: a number, a diagonal, or a full matrix.

    Raises
    ------
    InputError
        If they are no numbers, do not fit, or the covariance is not symmetric and positive definite.
    """
    try:
        center = np.atleast_1d(np.asarray(mean, dtype=np.float64))
        spread = np.asarray(covariance, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            f"{label}: mean and cov are not numbers", remedy='"mean": [0, 0], "cov": [[1, 0], [0, 1]]'
        ) from None
    d = center.size
    if spread.ndim < 2:
        spread = np.diag(np.broadcast_to(spread, (d,)).copy()) if spread.size in (1, d) else spread
    if not d:
        raise InputError(f"{label}: the mean is empty", remedy='"mean": [0, 0], "cov": [[1, 0], [0, 1]]')
    if center.ndim != 1 or spread.shape != (d, d):
        told = f"{label}: a mean of {d} numbers does not fit a covariance of shape {spread.shape}"
        raise InputError(told, remedy="a number, as many numbers as the mean has, or a square matrix")
    if not (np.isfinite(center).all() and np.isfinite(spread).all()):
        raise InputError(f"{label}: mean or covariance is not finite", remedy="mend the numbers")
    if np.abs(spread - spread.T).max() > _SYMMETRIC * np.abs(spread).max():
        raise InputError(f"{label}: the covariance is not symmetric", remedy="(C + C.T) / 2, if it was rounded")
    try:
        factor: Grid = np.asarray(np.linalg.cholesky(spread), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise InputError(
            f"{label}: the covariance is not positive definite", remedy="drop dimensions that depend on others"
        ) from None
    return MultivariateNormal(label, center, spread, factor)


def compare_normals(
    p: MultivariateNormal, q: MultivariateNormal, settings: Settings, measures: Iterable[Measure]
) -> Comparison:
    """Compare by every measure asked for that has a closed form; the others are not applicable.

    Raises
    ------
    InputError
        If they have not as many dimensions.
    """
    if p.mean.size != q.mean.size:
        raise InputError(f"{p.label} has {p.mean.size:,} dimensions, {q.label} {q.mean.size:,}", remedy="both alike")
    estimates = []
    for row in measures:
        scale, unit = unit_of(row, settings.base, instants=False)
        for direction in row.directions:
            one, other = (q, p) if direction in ("q:p", "q") else (p, q)
            value = _value(row.key, one, other)
            if value is None:
                note = Note("no-closed-form", f"{row.title} of multivariate normals has no closed form.")
                estimates.append(
                    Estimate(row.key, row.title, direction, None, "not_applicable", None, None, notes=(note,))
                )
                continue
            maximum = row.maximum / scale if math.isfinite(row.maximum) else None
            error = _error(row.key, value, one, other) / scale
            told = Estimate(row.key, row.title, direction, value / scale, "ok", unit, maximum, method="closed form")
            estimates.append(told._replace(error=error))
    d = p.mean.size
    facts = SupportFacts("line", 0, f"{d:,} dimensions, closed forms", None, 0.0, 0.0)
    sides = Side(p.label, "density", None, 0.0), Side(q.label, "density", None, 0.0)
    return Comparison(*sides, None, facts, tuple(estimates), None, None, ())


def kl_of_normals(p: MultivariateNormal, q: MultivariateNormal) -> float:
    """D(P || Q): a sum of terms that are 0 or more, so near normals keep their digits."""
    ratio = np.linalg.solve(q.factor, p.factor)
    moved = np.linalg.solve(q.factor, p.mean - q.mean)
    diagonal = np.abs(np.diag(ratio)).tolist()
    scales = [lack(a, 1.0) + 0.5 * (a - 1.0) ** 2 for a in diagonal]
    return math.fsum([*scales, 0.5 * float(np.square(np.tril(ratio, -1)).sum()), 0.5 * float(moved @ moved)])


def apart_of_normals(p: MultivariateNormal, q: MultivariateNormal) -> float:
    """Bhattacharyya distance."""
    mixed = np.linalg.cholesky(0.5 * (p.covariance + q.covariance))
    moved = np.linalg.solve(mixed, p.mean - q.mean)
    logs = np.log(np.diag(mixed)) - 0.5 * (np.log(np.diag(p.factor)) + np.log(np.diag(q.factor)))
    return 0.125 * float(moved @ moved) + math.fsum(logs.tolist())


def frechet_of_normals(p: MultivariateNormal, q: MultivariateNormal) -> float:
    """Squared W2: |m - n|^2 + tr(S + T - 2 (S^1/2 T S^1/2)^1/2), the trace from singular values of the factors."""
    delta = p.mean - q.mean
    if (p.covariance == q.covariance).all():
        return float(delta @ delta)
    cross = np.linalg.svd(p.factor.T @ q.factor, compute_uv=False)
    spread = math.fsum([*np.diag(p.covariance).tolist(), *np.diag(q.covariance).tolist(), *(-2.0 * cross).tolist()])
    return max(float(delta @ delta) + spread, 0.0)


def _error(key: str, value: float, p: MultivariateNormal, q: MultivariateNormal) -> float:
    """How far rounding may put a value off: W2 is the root of what is left of the traces."""
    size = 8.0 * p.mean.size * 2.0**-52
    if key != "w2":
        return size * abs(value)
    off = size * float(np.trace(p.covariance) + np.trace(q.covariance))
    return 0.5 * off / value if value * value > off else math.sqrt(off) if value else 0.0


def _value(key: str, p: MultivariateNormal, q: MultivariateNormal) -> float | None:
    if key == "kl":
        return kl_of_normals(p, q)
    if key == "jeffreys":
        return kl_of_normals(p, q) + kl_of_normals(q, p)
    if key in ("entropy", "cross-entropy"):
        entropy = 0.5 * p.mean.size * math.log(2.0 * math.pi * math.e) + float(np.log(np.diag(p.factor)).sum())
        return entropy if key == "entropy" else entropy + kl_of_normals(p, q)
    if key == "bhattacharyya":
        return apart_of_normals(p, q)
    if key == "hellinger":
        return math.sqrt(-math.expm1(-apart_of_normals(p, q)))
    return math.sqrt(frechet_of_normals(p, q)) if key == "w2" else None
