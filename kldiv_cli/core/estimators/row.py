"""The table of estimators from samples, one row each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kldiv_cli.core.measures.row import DIRECTED, Unit
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from kldiv_cli.core.model import Direction


class Estimator(NamedTuple):
    """A way to estimate a divergence from two samples."""

    key: str
    title: str
    unit: Unit
    directions: tuple[Direction | None, ...]
    formula: str
    use: str
    reference: str
    maximum: float = math.inf
    """Largest value."""
    is_quadratic: bool = False
    """Whether noise shrinks with the rows and not with their root."""


ESTIMATORS: tuple[Estimator, ...] = (
    Estimator(
        "kl-knn",
        "KL by neighbours",
        Unit.INFORMATION,
        DIRECTED,
        "d/n Σ ln(ν_k / ρ_k) + ln(m / (n - 1)), ρ_k and ν_k the distances to the k-th neighbour in P and in Q",
        "The KL of continuous samples itself: no bins. It may be below 0; values must not repeat.",
        "Wang, Kulkarni & Verdu (2009), https://doi.org/10.1109/TIT.2009.2016060, equation 5",
    ),
    Estimator(
        "kl-knn-br",
        "KL by neighbours, bias-reduced",
        Unit.INFORMATION,
        DIRECTED,
        "d/n Σ ln(ν / ρ) + mean(psi(l) - psi(k)) + ln(m / (n - 1)), l and k the neighbours within one common distance",
        "Where kl-knn is biased for few rows; it spreads more.",
        "Wang, Kulkarni & Verdu (2009), https://doi.org/10.1109/TIT.2009.2016060, equation 29",
    ),
)
ONLY_JOINT = frozenset({"sliced-w1", "sliced-w2", "mmd"})
"""Keys of what is of several columns at once alone; of one column `frechet` is another name of W2."""
_BY_KEY = {row.key: row for row in ESTIMATORS}


def estimator_named(name: str) -> Estimator | None:
    """Row of that key; None if there is none."""
    return _BY_KEY.get(name.lower().replace("_", "-"))
