"""Frechet distance of the means and covariances of two samples, as the FID of images is computed.

References
----------
Dowson & Landau (1982), https://doi.org/10.1016/0047-259X(82)90077-X; Heusel et al. (2017),
https://arxiv.org/abs/1706.08500
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Grid, Mask, Vector


_CELLS = 1 << 22
"""Products that are held at a time."""


def frechet_of_samples(x: Grid, y: Grid) -> float:
    """|m - n|^2 + tr(S + T - 2 (S^1/2 T S^1/2)^1/2) of x, shape (n, d), and y, shape (m, d); covariances by n - 1."""
    (mean_x, factor_x, trace_x), (mean_y, factor_y, trace_y) = _moments(x), _moments(y)
    # the singular values of A'B are the roots of the eigenvalues of (S^1/2 T S^1/2), S = AA' and T = BB'
    cross = np.linalg.svd(factor_x.T @ factor_y, compute_uv=False)
    delta = mean_x - mean_y
    spread = math.fsum([trace_x, trace_y, *(-2.0 * cross).tolist()])
    return max(float(delta @ delta) + spread, 0.0)


def drawn_frechet(rows: Grid, labels: Mask) -> Vector:
    """Frechet distances of deals of the rows, shape (draws,); from sums of products, for what is dealt is noise."""
    d = rows.shape[1]
    centred = rows - rows.mean(axis=0)
    n = int(np.count_nonzero(labels[0]))
    sums, products = np.zeros((len(labels), d)), np.zeros((len(labels), d * d))
    size = max(_CELLS // (d * d), 1)
    for start in range(0, len(rows), size):
        block, ours = centred[start : start + size], labels[:, start : start + size].astype(np.float64)
        sums += ours @ block
        products += ours @ (block[:, :, None] * block[:, None, :]).reshape(len(block), d * d)
    whole = centred.T @ centred
    found = np.empty(len(labels))
    for draw, (total, squares) in enumerate(zip(sums, products.reshape(-1, d, d), strict=True)):
        one = _covariance(total, squares, n)
        other = _covariance(-total, whole - squares, len(rows) - n)
        values, vectors = np.linalg.eigh(one)
        root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ other @ root), 0.0)).sum()
        delta = total / n + total / (len(rows) - n)
        found[draw] = delta @ delta + np.trace(one) + np.trace(other) - 2.0 * cross
    return np.maximum(found, 0.0)


def _covariance(total: Vector, products: Grid, n: int) -> Grid:
    """Covariance of n rows from their sum and the sum of their products."""
    found: Grid = (products - np.multiply.outer(total, total) / n) / (n - 1)
    return found


def _moments(x: Grid) -> tuple[Vector, Grid, float]:
    """Mean, a factor A of the covariance AA', and its trace; of few rows the rows themselves are the factor."""
    mean = x.mean(axis=0)
    centred = (x - mean) / math.sqrt(len(x) - 1)
    trace = float(np.square(centred).sum())
    if len(x) <= x.shape[1]:
        return mean, centred.T, trace
    triangle: Grid = np.asarray(np.linalg.qr(centred, mode="r"))
    return mean, triangle.T, trace
