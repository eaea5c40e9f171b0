"""The table of estimators from samples, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kldiv_cli.core.measures.row import DIRECTED, SINGLE, Unit

if TYPE_CHECKING:
    from kldiv_cli.core.model import Direction


class Estimator(NamedTuple):
    """A way to estimate a divergence from two samples."""

    key: str
    title: str
    unit: Unit
    directions: tuple[Direction | None, ...]
    of_columns: bool
    """Whether it is for single columns too, not for joint samples only."""
    formula: str
    use: str
    reference: str


ESTIMATORS: tuple[Estimator, ...] = (
    Estimator(
        "kl-knn",
        "KL by neighbours",
        Unit.INFORMATION,
        DIRECTED,
        True,
        "d/n Σ ln(ν_k / ρ_k) + ln(m / (n - 1)), ρ_k and ν_k the distances to the k-th neighbour in P and in Q",
        "The KL of continuous samples itself: no bins. It may be below 0; values must not repeat.",
        "Wang, Kulkarni & Verdu (2009), https://doi.org/10.1109/TIT.2009.2016060, equation 5",
    ),
    Estimator(
        "kl-knn-br",
        "KL by neighbours, bias-reduced",
        Unit.INFORMATION,
        DIRECTED,
        True,
        "d/n Σ ln(ν / ρ) + mean(psi(l) - psi(k)) + ln(m / (n - 1)), l and k the neighbours within one common distance",
        "Where kl-knn is biased for few rows; it spreads more.",
        "Wang, Kulkarni & Verdu (2009), https://doi.org/10.1109/TIT.2009.2016060, equation 29",
    ),
    Estimator(
        "sliced-w1",
        "sliced Wasserstein-1",
        Unit.POSITION,
        SINGLE,
        False,
        "mean over directions of W1 of the projections",
        "Joint samples of many dimensions, in the unit of the data.",
        "Bonneel, Rabin, Peyre & Pfister (2015), https://doi.org/10.1007/s10851-014-0506-3",
    ),
    Estimator(
        "sliced-w2",
        "sliced Wasserstein-2",
        Unit.POSITION,
        SINGLE,
        False,
        "root of the mean over directions of W2² of the projections",
        "As sliced-w1, with more weight on what moved far.",
        "Bonneel, Rabin, Peyre & Pfister (2015), https://doi.org/10.1007/s10851-014-0506-3",
    ),
    Estimator(
        "energy-joint",
        "energy distance",
        Unit.ROOT_POSITION,
        SINGLE,
        False,
        "√(2 E|X - Y| - E|X - X'| - E|Y - Y'|)",
        "Any difference of joint samples, without anything to choose.",
        "Szekely & Rizzo (2013), https://doi.org/10.1016/j.jspi.2013.03.018",
    ),
    Estimator(
        "mmd",
        "MMD²",
        Unit.NONE,
        SINGLE,
        False,
        "E k(X, X') + E k(Y, Y') - 2 E k(X, Y), unbiased, k Gaussian with the median distance as its width",
        "Differences at the scale of the median distance; it may be below 0.",
        "Gretton et al. (2012), Journal of Machine Learning Research 13, 723-773",
    ),
    Estimator(
        "frechet",
        "Frechet distance",
        Unit.NONE,
        SINGLE,
        False,
        "|μ - ν|² + tr(Σ + T - 2 (Σ T)^½), squared as FID is",
        "Means and covariances alone, as FID does of features.",
        "Dowson & Landau (1982), https://doi.org/10.1016/0047-259X(82)90077-X; Heusel et al. (2017), https://arxiv.org/abs/1706.08500",
    ),
)
_BY_KEY = {row.key: row for row in ESTIMATORS}


def estimator_named(name: str) -> Estimator | None:
    """Row of that key; None if there is none."""
    return _BY_KEY.get(name.lower().replace("_", "-"))
