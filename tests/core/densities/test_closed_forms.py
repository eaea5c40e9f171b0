"""Closed forms against mpmath, at ordinary and at extreme parameters, and against sums where masses are at numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from kldiv_cli.core.densities import closed_forms
from kldiv_cli.core.densities.density import density_from
from tests.core.densities import oracle
from tests.core.densities.oracle import Family

PAIRS = [
    (Family("norm", (), 0, 1), Family("norm", (), 1, 2)),
    (Family("norm", (), 0, 1e-6), Family("norm", (), 0, 1e6)),
    (Family("norm", (), 1e6, 1), Family("norm", (), 0, 1)),
    (Family("norm", (), 0, 1), Family("norm", (), 1e-7, 1.0000001)),
    (Family("gamma", (2,), 0, 3), Family("gamma", (2.5,), 0, 1)),
    (Family("gamma", (0.3,), 0, 1e-6), Family("gamma", (5,), 0, 1e6)),
    (Family("gamma", (2,), 0, 3), Family("gamma", (2.0001,), 0, 3.0001)),
    (Family("expon", (), 0, 2), Family("gamma", (3,), 0, 1.5)),
    (Family("chi2", (3,), 0, 1), Family("gamma", (2,), 0, 2)),
    (Family("expon", (), 1, 2), Family("expon", (), 0, 1e6)),
    (Family("beta", (2, 3), 0, 1), Family("beta", (4, 1.5), 0, 1)),
    (Family("uniform", (), 0, 1), Family("beta", (0.5, 0.5), 0, 1)),
    (Family("laplace", (), 0, 1), Family("laplace", (), 1, 2)),
    (Family("laplace", (), 0, 1), Family("laplace", (), 1e-4, 1)),
    (Family("laplace", (), 1e6, 1e-3), Family("laplace", (), 0, 1e6)),
    (Family("cauchy", (), 0, 1), Family("cauchy", (), 3, 2)),
    (Family("weibull_min", (1.5,), 0, 2), Family("weibull_min", (2.5,), 0, 1)),
    (Family("weibull_min", (1.5,), 0, 1e-6), Family("weibull_min", (1.5,), 0, 1)),
    (Family("gumbel_r", (), 0, 1), Family("gumbel_r", (), 1, 2)),
    (Family("gumbel_l", (), 0, 1), Family("gumbel_l", (), 1, 2)),
    (Family("lognorm", (1,), 0, 1), Family("lognorm", (0.5,), 0, 3)),
    (Family("pareto", (3,), 0, 2), Family("pareto", (2,), 0, 1)),
    (Family("halfnorm", (), 0, 1), Family("rayleigh", (), 0, 1.2)),
    (Family("maxwell", (), 0, 1), Family("halfnorm", (), 0, 2)),
    (Family("invgamma", (3,), 0, 2), Family("invgamma", (2,), 0, 1)),
    (Family("vonmises", (2,), 0, 1), Family("vonmises", (4,), 1, 1)),
    (Family("norm", (), 0, 1), Family("laplace", (), 1, 2)),
    (Family("gumbel_r", (), 0, 1), Family("norm", (), 1, 2)),
    (Family("uniform", (), 0, 1), Family("norm", (), 2, 3)),
]
by_pair = pytest.mark.parametrize(("p", "q"), PAIRS, ids=lambda side: side.text)


@by_pair
@pytest.mark.one_in(3)
def test_kl_is_that_of_mpmath(p: Family, q: Family) -> None:
    found = closed_forms.kl(density_from(p.text).family, density_from(q.text).family)
    assert found is not None
    assert math.fsum(found) == pytest.approx(float(oracle.kl(p, q)), rel=1e-13)


WITH_APART = [
    pair
    for pair in PAIRS
    if closed_forms.apart(*(density_from(side.text).family for side in pair)) is not None
    and abs(pair[0].loc - pair[1].loc) < 100 * max(side.scale for side in pair)  # further the oracle does not reach
]


def test_most_families_have_a_bhattacharyya_distance() -> None:
    assert {pair[0].name for pair in WITH_APART} >= {
        "norm",
        "gamma",
        "expon",
        "beta",
        "lognorm",
        "invgamma",
        "weibull_min",
    }


@pytest.mark.parametrize(("p", "q"), WITH_APART, ids=lambda side: side.text)
@pytest.mark.one_in(3)
def test_bhattacharyya_is_that_of_mpmath(p: Family, q: Family) -> None:
    found = closed_forms.apart(density_from(p.text).family, density_from(q.text).family)
    assert math.fsum(found) == pytest.approx(float(oracle.apart(p, q)), rel=1e-13)


@pytest.mark.parametrize("p", sorted({side for pair in PAIRS for side in pair}), ids=lambda side: side.text)
def test_a_family_is_at_no_distance_from_itself(p: Family) -> None:
    family = density_from(p.text).family
    assert math.fsum(closed_forms.kl(family, family)) == 0.0


@pytest.mark.parametrize(
    ("p", "q"),
    [
        ("poisson(4)", "poisson(5)"),
        ("poisson(1000)", "poisson(1010)"),
        ("bernoulli(0.3)", "bernoulli(0.6)"),
        ("binom(10,0.3)", "binom(10,0.4)"),
        ("geom(0.3)", "geom(0.4)"),
        ("nbinom(3,0.3)", "nbinom(3,0.5)"),
    ],
)
def test_of_masses_at_numbers_is_the_sum(p: str, q: str) -> None:
    one, other = density_from(p), density_from(q)
    k = np.arange(0.0, 5_000.0)
    a, b = one.log_density(k), other.log_density(k)
    with np.errstate(invalid="ignore"):
        expected = math.fsum(np.where(np.isneginf(a), 0.0, np.exp(a) * (a - b)).tolist())
    assert math.fsum(closed_forms.kl(one.family, other.family)) == pytest.approx(expected, rel=1e-8, abs=1e-13)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        ("uniform(0,2)", "uniform(0,1)"),
        ("expon(0,1)", "expon(1,1)"),
        ("pareto(2,0,1)", "pareto(2,0,2)"),
        ("bernoulli(0.5)", "bernoulli(1)"),
    ],
)
def test_is_infinite_where_p_can_be_what_q_cannot(p: str, q: str) -> None:
    assert math.inf in closed_forms.kl(density_from(p).family, density_from(q).family)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        ("norm(0,1)", "t(3)"),
        ("binom(10,0.3)", "binom(11,0.3)"),
        ("gamma(2,1,3)", "gamma(2,0,3)"),
        ("chi(3)", "chi2(3)"),
    ],
)
def test_pairs_of_different_frames_have_none(p: str, q: str) -> None:
    assert closed_forms.kl(density_from(p).family, density_from(q).family) is None


@pytest.mark.parametrize("order", [0.3, 0.5, 2.0, 5.0])
def test_renyi_of_normals_is_that_of_numbers(order: float) -> None:
    p, q = stats.norm(0, 1), stats.norm(1, 2)
    x = np.linspace(-60.0, 60.0, 400_001)
    power = np.trapezoid(np.exp(order * p.logpdf(x) + (1 - order) * q.logpdf(x)), x)
    found = closed_forms.renyi(density_from("norm(0,1)").family, density_from("norm(1,2)").family, order)
    assert math.fsum(found) == pytest.approx(math.log(power) / (order - 1), rel=1e-9)
    infinite = closed_forms.renyi(density_from("norm(0,2)").family, density_from("norm(0,1)").family, 2.0)
    assert infinite == (math.inf,)


def test_w2_of_a_location_and_a_scale() -> None:
    of = {name: density_from(f"{name}(1,2)").family for name in ("norm", "expon", "uniform", "cauchy")}
    assert closed_forms.wasserstein_2(of["norm"], density_from("norm(4,6)").family) == pytest.approx(5.0, rel=1e-15)
    assert closed_forms.wasserstein_2(of["uniform"], density_from("uniform(2,2)").family) == 1.0
    assert closed_forms.wasserstein_2(of["expon"], density_from("expon(1,3)").family) == pytest.approx(math.sqrt(2))
    assert closed_forms.wasserstein_2(of["cauchy"], of["cauchy"]) is None
    assert closed_forms.wasserstein_2(of["norm"], of["expon"]) is None
