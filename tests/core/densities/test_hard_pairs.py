"""Pairs that were once wrong: values against integrals by scipy or a formula, and no value where there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from kldiv_cli import compare
from kldiv_cli.core.densities.comparison import compare_densities
from kldiv_cli.core.densities.density import density_from
from kldiv_cli.core.measures import measure_named
from kldiv_cli.core.model import Estimate, Settings
from kldiv_cli.errors import KldivError, UsageError


def estimate(p: str, q: str, key: str, order: float = 2.0, *, turned: bool = False) -> Estimate:
    found = compare_densities(density_from(p), density_from(q), Settings(alpha_order=order), [measure_named(key)])
    return found.estimates[1 if turned else 0]


def by_quad(p: object, q: object, low: float, high: float) -> float:
    def term(x: float) -> float:
        return p.pdf(x) * (p.logpdf(x) - q.logpdf(x))  # type: ignore[attr-defined]

    return scipy.integrate.quad(term, low, high, limit=200, epsabs=1e-13)[0]


@pytest.mark.parametrize(
    ("p", "q", "key", "order", "expected"),
    [
        ("uniform(0,1)", "triang(0.5)", "kl", 2.0, 1.0 - math.log(2.0)),
        ("uniform(0,1)", "triang(0.2)", "kl", 2.0, 1.0 - math.log(2.0)),
        ("norm(0,1)", "norm(0,0.70714)", "chi2", 2.0, None),
        ("laplace(0,1)", "laplace(80,1)", "bhattacharyya", 2.0, 40.0 - math.log(41.0)),
        ("laplace(0,1)", "laplace(80,1)", "renyi", 0.5, 80.0 - 2.0 * math.log(41.0)),
        ("0.3*norm(0,1)+0.7*norm(5,2)", "norm(3,3)", "tv", 2.0, 0.1853521),
        ("norm(0,1)", "norm(1,2)", "tv", 2.0, None),
        ("cauchy(0,1)", "cauchy(1e200,1)", "kl", 2.0, 2.0 * 200.0 * math.log(10.0) - math.log(4.0)),
        ("poisson(0)", "poisson(1)", "kl", 2.0, 1.0),
        ("poisson(0)", "poisson(0)", "hellinger", 2.0, 0.0),
        ("0.5*bernoulli(0.5)+0.5*bernoulli(0.5,2)", "0.5*bernoulli(0.5)+0.5*bernoulli(0.5,2)", "kl", 2.0, 0.0),
    ],
)
def test_values(p: str, q: str, key: str, order: float, expected: float | None) -> None:
    found = estimate(p, q, key, order)
    assert found.status in ("ok", "undefined")
    if expected is not None:
        assert found.value == pytest.approx(expected, rel=2e-7)
        assert found.error is not None
        assert found.error <= 1e-9 * max(abs(expected), 1.0)


def test_of_the_circle() -> None:
    """The location turns the circle, whose support stays."""
    p, q = scipy.stats.vonmises(2.0, loc=1.0), scipy.stats.norm(0.0, 1.0)
    expected = by_quad(p, q, -math.pi, math.pi)
    assert estimate("vonmises(2,1)", "norm(0,1)", "kl").value == pytest.approx(expected, rel=1e-9)
    grid = np.linspace(-math.pi, math.pi, 400_001)
    one, other = scipy.stats.vonmises(2.0), scipy.stats.vonmises(2.0, loc=1.0)
    gap = np.abs((one.cdf(grid) - one.cdf(-math.pi)) - (other.cdf(grid) - other.cdf(-math.pi)))
    w1 = scipy.integrate.trapezoid(gap, grid)
    assert estimate("vonmises(2,0)", "vonmises(2,1)", "w1").value == pytest.approx(w1, rel=1e-6)
    assert density_from("vonmises(1e6)").standard_deviation == pytest.approx(1e-3, rel=1e-5)


@pytest.mark.parametrize(
    ("p", "q", "key"),
    [
        ("t(2.005)", "norm(0,1)", "kl"),
        ("t(3)", "hypsecant()", "kl"),
        ("norm(0,1e300)", "norm(0,1e-300)", "kl"),
        ("norm(0,1)", "norm(1e200,1)", "kl"),
        ("0.99*norm(0,100)+0.01*gamma(1e12,0,3e-11)", "norm(0,100)", "ks"),
        ("invgauss(0.14546264555347513)", "t(3,0,2)", "w1"),
        ("poisson(1e10)", "poisson(10000000001)", "ks"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_cannot_be_told_is_neither_a_number_nor_infinite(p: str, q: str, key: str) -> None:
    found = estimate(p, q, key)
    if found.value is not None and math.isfinite(found.value):
        assert key in ("w1", "ks")
        assert found.value == pytest.approx(2.16 if key == "w1" else 0.00618, rel=1e-2)
    else:
        assert found.status == "undefined"
        assert found.notes


@pytest.mark.filterwarnings("ignore")
def test_what_is_beyond_floats_is_refused() -> None:
    with pytest.raises(KldivError, match="beyond what floats hold"):
        estimate("gamma(1e306)", "gamma(2)", "kl")


@pytest.mark.parametrize(("p", "q"), [("t(2)", "norm(0,1)"), ("t(1.999)", "norm(0,1)"), ("pareto(1)", "expon(0,1)")])
def test_what_grows_as_a_logarithm_or_faster_is_infinite(p: str, q: str) -> None:
    assert estimate(p, q, "kl").status in ("infinite", "undefined")
    assert estimate("cauchy(0,1)", "norm(0,1)", "kl").status == "infinite"


def test_poisson_of_nothing_against_something_is_infinite() -> None:
    assert estimate("poisson(4)", "poisson(0)", "kl").status == "infinite"


def test_masses_are_moved_by_whole_numbers_alone() -> None:
    with pytest.raises(UsageError, match="cannot be moved"):
        density_from("poisson(4, 0.5)")


def test_ks_of_many_masses_against_a_density() -> None:
    found = estimate("poisson(4)", "norm(4,2)", "ks")
    at = np.arange(0, 60)
    p, q = scipy.stats.poisson(4), scipy.stats.norm(4, 2)
    expected = max(np.abs(p.cdf(at) - q.cdf(at)).max(), np.abs(p.cdf(at - 1) - q.cdf(at)).max())
    assert found.value == pytest.approx(expected, rel=1e-12)


class TestAgainstSamples:
    SAMPLE = np.random.default_rng(0).normal(size=200)

    @pytest.mark.parametrize(
        ("density", "measure", "status"),
        [
            ("t(2.1)", "w2", "undefined"),
            ("t(1.05)", "w1", "undefined"),
            ("t(1)", "w1", "infinite"),
            ("t(1.9)", "w2", "infinite"),
            ("pareto(0.4)", "energy", "undefined"),
            ("norm(0,1)", "w2", "ok"),
        ],
    )
    def test_heavy_tails(self, density: str, measure: str, status: str) -> None:
        found = compare(density, self.SAMPLE, measures=measure).comparisons[0].estimates[0]
        assert found.status == status

    def test_masses_have_no_kolmogorov_law(self) -> None:
        whole = np.random.default_rng(0).poisson(4, 200).astype(float)
        for bins in ("auto", "5"):
            found = compare("poisson(4)", whole, measures="ks", bins=bins).comparisons[0].estimates[0]
            assert found.null is None
