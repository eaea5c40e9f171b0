"""The table of what tells joint samples apart, one row each."""

from __future__ import annotations

from kldiv_cli.core.estimators.row import ESTIMATORS, Estimator
from kldiv_cli.core.measures.row import SINGLE, Unit
from kldiv_cli.errors import UsageError

JOINT: tuple[Estimator, ...] = (
    Estimator(
        "sliced-w1",
        "Sliced Wasserstein-1",
        Unit.POSITION,
        SINGLE,
        "mean over directions θ of W1(θ·X, θ·Y)",
        "How far rows lie apart, in the unit of the columns. At most W1 itself; 0 only if P = Q.",
        "Bonneel, Rabin, Peyre & Pfister (2015), https://doi.org/10.1007/s10851-014-0506-3",
    ),
    Estimator(
        "sliced-w2",
        "Sliced Wasserstein-2",
        Unit.POSITION,
        SINGLE,
        "root of the mean over directions θ of W2(θ·X, θ·Y)^2",
        "As sliced-w1, with more weight on what lies far out.",
        "Bonneel, Rabin, Peyre & Pfister (2015), https://doi.org/10.1007/s10851-014-0506-3",
    ),
    Estimator(
        "energy",
        "Energy distance",
        Unit.ROOT_POSITION,
        SINGLE,
        "sqrt(2 E|X - Y| - E|X - X'| - E|Y - Y'|)",
        "0 only if P = Q, needs no setting: a good first answer. A root, as scipy has it on the line.",
        "Szekely & Rizzo (2013), https://doi.org/10.1016/j.jspi.2013.03.018",
    ),
    Estimator(
        "mmd",
        "MMD²",
        Unit.NONE,
        SINGLE,
        "E k(X, X') + E k(Y, Y') - 2 E k(X, Y), k(x, y) = exp(-|x - y|^2 / 2 σ^2), unbiased",
        "Sees local differences of the size of σ, which is the median distance. It may be below 0, as noise is.",
        "Gretton et al. (2012), https://jmlr.org/papers/v13/gretton12a.html, lemma 6",
        maximum=2.0,
        is_quadratic=True,
    ),
    Estimator(
        "frechet",
        "Frechet distance",
        Unit.SQUARED_POSITION,
        SINGLE,
        "|m - n|^2 + tr(S + T - 2 (S^1/2 T S^1/2)^1/2), the means and covariances of P and Q",
        "As FID has it: squared W2 of two normals of these moments. It sees nothing but moments.",
        "Dowson & Landau (1982), https://doi.org/10.1016/0047-259X(82)90077-X; Heusel et al. (2017), "
        "https://arxiv.org/abs/1706.08500",
        is_quadratic=True,
    ),
    *ESTIMATORS,
)
"""Rows in the order they are shown."""
DEFAULT_FOR_JOINT = ("sliced-w1", "energy", "mmd", "frechet", "kl-knn")
_BY_KEY = {row.key: row for row in JOINT}


def joint_named(name: str) -> Estimator:
    """Row of that key.

    Raises
    ------
    UsageError
        If there is none.
    """
    found = _BY_KEY.get(name.strip().lower().replace("_", "-"))
    if found is None:
        raise UsageError(f"{name!r} is no measure of joint samples", remedy=f"-m {' | '.join(_BY_KEY)}")
    return found
