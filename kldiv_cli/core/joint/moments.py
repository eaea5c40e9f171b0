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


def frechet_of_samples(x: Grid, y: Grid) -> float:
    """|m - n|^2 + tr(S + T - 2 (S^1/2 T S^1/2)^1/2) of x, shape (n, d), and y, shape (m, d); covariances by n - 1."""
    (mean_x, factor_x, trace_x), (mean_y, factor_y, trace_y) = _moments(x), _moments(y)
    # the singular values of A'B are the roots of the eigenvalues of (S^1/2 T S^1/2), S = AA' and T = BB'
    cross = np.linalg.svd(factor_x.T @ factor_y, compute_uv=False)
    delta = mean_x - mean_y
    spread = math.fsum([trace_x, trace_y, *(-2.0 * cross).tolist()])
    return max(float(delta @ delta) + spread, 0.0)


def drawn_frechet(rows: Grid, labels: Mask) -> Vector:
    """Frechet distances of splits of the rows, shape (draws,)."""
    return np.array([frechet_of_samples(rows[mine], rows[~mine]) for mine in labels])


def _moments(x: Grid) -> tuple[Vector, Grid, float]:
    """Mean, a factor A of the covariance AA', and its trace; of few rows the rows themselves are the factor."""
    mean = x.mean(axis=0)
    centred = (x - mean) / math.sqrt(len(x) - 1)
    trace = float(np.square(centred).sum())
    if len(x) <= x.shape[1]:
        return mean, centred.T, trace
    triangle: Grid = np.asarray(np.linalg.qr(centred, mode="r"))
    return mean, triangle.T, trace
