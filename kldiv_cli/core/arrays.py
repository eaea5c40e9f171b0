"""The array type of the core, and what numpy does more slowly or with a heavy import."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float64]
    """One-dimensional float64 array, shape (k,)."""
    Grid: TypeAlias = NDArray[np.float64]
    """Two-dimensional float64 array; its shape stands with its name."""
    Indices: TypeAlias = NDArray[np.intp]
    Mask: TypeAlias = NDArray[np.bool_]


def distinct(values: Vector) -> Vector:
    """Distinct values, increasing; ``np.unique`` would import ``numpy.ma``, a tenth of the start-up."""
    ordered: Vector = np.sort(values)
    fresh = np.ones(ordered.size, dtype=np.bool_)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return ordered[fresh]


def median(values: Vector) -> float:
    """Middle value, or the mean of the two; ``np.median`` would import ``numpy.ma``, a tenth of the start-up."""
    ordered = np.sort(values)
    low, high = float(ordered[(ordered.size - 1) // 2]), float(ordered[ordered.size // 2])
    return low if low == high else 0.5 * (low + high)
