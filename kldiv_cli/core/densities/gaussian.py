"""Diagonal Gaussians against N(0, I), as the posterior of a variational autoencoder is held to its prior.

References
----------
Kingma & Welling (2014), https://arxiv.org/abs/1312.6114, appendix B
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Grid

_SERIES_BELOW = 0.1
_TERMS = 14


def kl_to_standard_normal(mean: Grid, log_variance: Grid) -> Grid:
    """D(N(mean, variance) || N(0, 1)) of every row and dimension, in nats: (mean^2 + e^l - 1 - l) / 2, never below 0.

    Parameters
    ----------
    mean, log_variance : array of shape (rows, dimensions)

    Returns
    -------
    array of shape (rows, dimensions)
        0 only where the mean is 0 and the variance is 1; infinite where e^l is beyond floats.

    Examples
    --------
    >>> kl_to_standard_normal(np.array([[1.0, 0.0]]), np.array([[0.0, 1e-8]])).tolist()
    [[0.5, 2.500000008333333e-17]]
    """
    with np.errstate(over="ignore"):
        far = np.expm1(log_variance) - log_variance
    near = np.abs(log_variance) < _SERIES_BELOW
    small = np.where(near, log_variance, 0.0)
    series = np.zeros_like(small)
    for order in range(_TERMS, 1, -1):  # l^2/2! + l^3/3! + ...
        series = (series + 1.0) * small / order if order > 2 else (series + 1.0) * small * small / 2.0
    found: Grid = 0.5 * np.square(mean) + 0.5 * np.where(near, series, far)
    return found
