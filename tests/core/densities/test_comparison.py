"""Density against density: sixty pairs within 1e-9 or honestly undefined, infinite ones never a number."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import integrate, stats

from kldiv_cli.core.densities import closed_forms
from kldiv_cli.core.densities.comparison import _moved, compare_densities
from kldiv_cli.core.densities.density import density_from
from kldiv_cli.core.densities.pair import DensityPair, Found
from kldiv_cli.core.measures import MEASURES, measure_named
from kldiv_cli.core.model import Settings
from tests.core.densities import oracle
from tests.core.densities.oracle import Family

if TYPE_CHECKING:
    from kldiv_cli.core.model import Estimate

BY_CLOSED_FORM = [
    ("norm(0,1)", "norm(1,2)"),
    ("norm(0,1)", "norm(1e-6,1)"),
    ("norm(0,1)", "norm(0,1.00001)"),
    ("norm(1e6,1e-3)", "norm(1e6,2e-3)"),
    ("norm(0,1e-6)", "norm(0,1)"),
    ("norm(0,1)", "norm(0,1e6)"),
    ("norm(1e6,1)", "norm(1e6,1e6)"),
    ("norm(30,1)", "norm(0,1)"),
    ("norm(1e-3,1e-6)", "norm(0,1e-3)"),
    ("gamma(2,0,3)", "gamma(2.5,0,1)"),
    ("gamma(0.3)", "expon()"),
    ("gamma(0.01)", "gamma(0.02)"),
    ("gamma(500)", "gamma(510)"),
    ("gamma(0.3,0,1e-6)", "gamma(5,0,1)"),
    ("chi2(3)", "gamma(2,0,2)"),
    ("chi(3)", "rayleigh(0,1.3)"),
    ("maxwell()", "halfnorm(0,2)"),
    ("invgamma(3,0,2)", "invgamma(2)"),
    ("expon(0,2)", "expon(0,1e6)"),
    ("beta(2,3)", "beta(4,1.5)"),
    ("beta(0.5,2)", "uniform(0,1)"),
    ("beta(200,300)", "beta(210,290)"),
    ("laplace(0,1)", "laplace(1,2)"),
    ("laplace(0,1)", "laplace(1e-4,1)"),
    ("uniform(0,1)", "uniform(-1,3)"),
    ("uniform(0,1e-6)", "uniform(-1,3)"),
    ("uniform(0,1)", "norm(2,3)"),
    ("pareto(3,0,2)", "pareto(2)"),
    ("cauchy(0,1)", "cauchy(3,2)"),
    ("cauchy(0,1e-3)", "cauchy(10,1e3)"),
    ("weibull_min(1.5,0,2)", "weibull_min(2.5)"),
    ("gumbel_r(0,1)", "gumbel_r(1,2)"),
    ("gumbel_l(0,1)", "gumbel_l(1,2)"),
    ("lognorm(1)", "lognorm(0.5,0,3)"),
    ("lognorm(3)", "lognorm(2,0,1e3)"),
    ("norm(0,1)", "laplace(1,2)"),
    ("gumbel_r(0,1)", "norm(1,2)"),
    ("vonmises(2)", "vonmises(4,1)"),
]
BY_MPMATH = [
    (Family("t", (3,), 0, 1), Family("norm", (), 0, 1)),
    (Family("t", (30,), 0, 1), Family("norm", (), 0, 1)),
    (Family("norm", (), 0, 1), Family("t", (3,), 1, 2)),
    (Family("norm", (), 0, 1), Family("cauchy", (), 0, 1)),
    (Family("logistic", (), 0, 1), Family("norm", (), 0, 2)),
    (Family("norm", (), 0, 1), Family("logistic", (), 1, 0.01)),
    (Family("lognorm", (1,), 0, 1), Family("gamma", (2,), 0, 1)),
    (Family("gamma", (2,), 0, 1), Family("lognorm", (1,), 0, 1)),
    (Family("norm", (), 0, 1e-3), Family("t", (5,), 0, 1)),
]
INFINITE = [
    ("cauchy(0,1)", "norm(0,1)"),
    ("t(2)", "norm(0,1)"),
    ("t(1.5)", "norm(0,1)"),
    ("pareto(1.5)", "norm(0,1)"),
    ("levy()", "gumbel_r(0,1)"),
    ("expon(0,1)", "uniform(0,5)"),
    ("uniform(0,2)", "uniform(0,1)"),
    ("norm(0,1)", "expon(0,1)"),
    ("norm(100,1)", "expon(0,1)"),
    ("norm(0,1)", "beta(2,2)"),
    ("uniform(0,1)", "uniform(5,1)"),
    ("uniform(0,4)", "0.5*uniform(0,1)+0.5*uniform(3,1)"),
    ("invgamma(0.5)", "gamma(2)"),
]


@cache
def integrated(p: str, q: str, key: str = "kl", *, turned: bool = False, order: float = 2.0) -> Found:
    """By quadrature, also where there is a closed form."""
    pair = DensityPair(*_moved(density_from(p), density_from(q)), order)
    return pair._integrated(measure_named(key), turned=turned)


def estimates(p: str, q: str, *keys: str, order: float = 2.0) -> dict[tuple[str, str | None], Estimate]:
    settings = Settings(alpha_order=order)
    found = compare_densities(density_from(p), density_from(q), settings, [measure_named(key) for key in keys])
    return {(one.measure, one.direction): one for one in found.estimates}


def test_there_are_sixty_pairs() -> None:
    assert len(BY_CLOSED_FORM) + len(BY_MPMATH) + len(INFINITE) >= 60


@pytest.mark.filterwarnings("ignore:Error in function boost")
class TestKl:
    @pytest.mark.parametrize(("p", "q"), BY_CLOSED_FORM)
    def test_quadrature_is_the_closed_form_or_undefined(self, p: str, q: str) -> None:
        expected = math.fsum(closed_forms.kl(density_from(p).family, density_from(q).family))
        found = integrated(p, q)
        if found.value is None:
            assert found.notes
        else:
            assert found.value == pytest.approx(expected, rel=1e-9)
            assert abs(found.value - expected) <= found.error + 1e-11 * expected

    def test_errors_of_distances_are_those_of_the_integral(self) -> None:
        for p, q, key in [
            ("norm(0,1)", "norm(4,6)", "w2"),
            ("expon(0,1)", "expon(0,2)", "w1"),
            ("t(3)", "norm(0,1)", "energy"),
        ]:
            found = integrated(p, q, key)
            assert 0.0 < found.error < 1e-9 * found.value
        exact = closed_forms.wasserstein_2(density_from("norm(0,1)").family, density_from("norm(4,6)").family)
        found = integrated("norm(0,1)", "norm(4,6)", "w2")
        assert abs(found.value - exact) <= found.error + 1e-13

    def test_few_of_them_are_undefined(self) -> None:
        assert sum(integrated(p, q).value is None for p, q in BY_CLOSED_FORM) <= 3

    @pytest.mark.parametrize(("p", "q"), BY_MPMATH, ids=lambda side: side.text)
    @pytest.mark.one_in(3)
    def test_quadrature_is_that_of_mpmath(self, p: Family, q: Family) -> None:
        found = integrated(p.text, q.text)
        assert found.value == pytest.approx(float(oracle.kl(p, q)), rel=1e-9)

    @pytest.mark.parametrize(("p", "q"), INFINITE)
    def test_what_is_infinite_is_never_a_number(self, p: str, q: str) -> None:
        one = estimates(p, q, "kl")["kl", "p:q"]
        assert one.status in ("infinite", "undefined")
        assert one.notes

    def test_infinite_says_why(self) -> None:
        one = estimates("norm(0,1)", "expon(0,1)", "kl")["kl", "p:q"]
        assert one.notes[0].text == "expon(0,1) is never below 0, where norm(0,1) has 50 % of its mass: infinite."
        gap = estimates("uniform(0,4)", "0.5*uniform(0,1)+0.5*uniform(3,1)", "kl")["kl", "p:q"]
        assert "never between 1 and 3" in gap.notes[0].text
        tails = estimates("cauchy(0,1)", "norm(0,1)", "kl")["kl", "p:q"]
        assert "grows without end" in tails.notes[0].text

    def test_no_peak_is_missed(self) -> None:
        """A mixture whose second part is a millionth as wide, and a thousand away."""
        found = integrated("0.5*norm(0,1)+0.5*norm(1000,1e-6)", "norm(500,500)")
        parts = (
            0.5 * math.fsum(closed_forms.kl(density_from(p).family, density_from("norm(500,500)").family))
            for p in ("norm(0,1)", "norm(1000,1e-6)")
        )
        assert found.value == pytest.approx(math.fsum(parts) - math.log(2.0), rel=1e-9)

    def test_of_a_mixture_with_itself_is_nought(self) -> None:
        text = "0.3*norm(0,1)+0.7*gamma(2)"
        assert integrated(text, text).value == 0.0

    @pytest.mark.parametrize(
        ("p", "q"), [("norm(0,1)", "t(3)"), ("gamma(2)", "lognorm(1)"), ("0.3*norm(0,1)+0.7*norm(5,2)", "norm(3,3)")]
    )
    @pytest.mark.one_in(3)
    def test_monte_carlo_agrees(self, p: str, q: str) -> None:
        one, other = density_from(p), density_from(q)
        x = one.ppf((np.random.default_rng(1).permutation(200_000) + 0.5) / 200_000)
        expected = float(np.mean(one.log_density(x) - other.log_density(x)))
        assert integrated(p, q).value == pytest.approx(expected, rel=2e-3)


class TestOtherMeasures:
    pairs = pytest.mark.parametrize(
        ("p", "q"),
        [("norm(0,1)", "norm(1,2)"), ("gamma(2)", "lognorm(1)"), ("logistic()", "0.5*norm(-1,1)+0.5*norm(1,1)")],
    )

    @pairs
    @pytest.mark.parametrize(
        ("key", "function"),
        [
            ("tv", lambda a, b: 0.5 * abs(a - b)),
            ("js", lambda a, b: 0.5 * (a * np.log(2 * a / (a + b)) + b * np.log(2 * b / (a + b)))),
            ("entropy", lambda a, _: -a * np.log(a)),
            ("cross-entropy", lambda a, b: -a * np.log(b)),
            ("skew-kl", lambda a, b: a * np.log(a / (0.99 * b + 0.01 * a))),
        ],
    )
    @pytest.mark.one_in(4)
    def test_is_the_integral_that_defines_it(self, p: str, q: str, key: str, function: object) -> None:
        one, other = density_from(p), density_from(q)
        ends = [
            *one.ppf(np.array([1e-13])),
            *one.isf(np.array([1e-13])),
            *other.ppf(np.array([1e-13])),
            *other.isf(np.array([1e-13])),
        ]

        def at(x: float) -> float:
            a, b = (float(np.exp(side.log_density(np.array([x])))[0]) for side in (one, other))
            return function(a, b) if a > 0 and b > 0 else 0.0

        expected = integrate.quad(at, min(ends), max(ends), limit=2000, points=[0.0, 1.0, 3.0])[0]
        assert integrated(p, q, key).value == pytest.approx(expected, rel=1e-6)

    @pairs
    def test_what_is_a_function_of_another_one(self, p: str, q: str) -> None:
        found = {
            key: integrated(p, q, key) for key in ("js", "js-distance", "tv", "overlap", "hellinger", "bhattacharyya")
        }
        value = {key: one.value for key, one in found.items()}
        assert value["js-distance"] ** 2 == pytest.approx(value["js"], rel=1e-12)
        assert value["overlap"] == pytest.approx(1 - value["tv"], rel=1e-12)
        assert value["bhattacharyya"] == pytest.approx(-math.log1p(-(value["hellinger"] ** 2)), rel=1e-12)
        assert value["hellinger"] ** 2 <= value["tv"] <= value["hellinger"] * math.sqrt(2)

    @pytest.mark.parametrize("order", [0.3, 0.999999, 1.0, 1.000001, 3.0])
    def test_renyi_is_that_of_normals_at_any_order(self, order: float) -> None:
        p, q = "norm(0,1)", "norm(1,2)"
        near = 1.0 if abs(order - 1) < 1e-3 else order
        one, other = density_from(p).family, density_from(q).family
        expected = closed_forms.kl(one, other) if near == 1.0 else closed_forms.renyi(one, other, order)
        found = integrated(p, q, "renyi", order=order)
        assert found.value == pytest.approx(math.fsum(expected), rel=1e-5 if near == 1.0 else 1e-10)

    def test_hellinger_and_its_distance_by_closed_form(self) -> None:
        for p, q in [
            ("norm(0,1)", "norm(1,2)"),
            ("gamma(2)", "gamma(3,0,2)"),
            ("beta(2,3)", "beta(4,1)"),
            ("expon(0,1)", "expon(0,2)"),
        ]:
            closed = estimates(p, q, "hellinger")["hellinger", None]
            assert closed.method == "closed form"
            assert closed.value == pytest.approx(integrated(p, q, "hellinger").value, rel=1e-10)

    @pytest.mark.parametrize(
        ("p", "q", "expected"),
        [
            ("norm(0,1)", "norm(3,1)", 3.0),
            ("expon(0,1)", "expon(0,2)", 1.0),
            ("uniform(0,1)", "uniform(2,1)", 2.0),
            ("cauchy(0,1)", "cauchy(2,1)", 2.0),
        ],
    )
    def test_w1(self, p: str, q: str, expected: float) -> None:
        assert estimates(p, q, "w1")["w1", None].value == pytest.approx(expected, rel=1e-12)
        assert integrated(p, q, "w1").value == pytest.approx(expected, rel=1e-9)

    def test_w2_by_quantiles_is_the_closed_form(self) -> None:
        for p, q in [("norm(0,1)", "norm(4,6)"), ("expon(0,1)", "expon(1,3)"), ("gumbel_r(0,1)", "gumbel_r(1,2)")]:
            expected = closed_forms.wasserstein_2(density_from(p).family, density_from(q).family)
            assert integrated(p, q, "w2").value == pytest.approx(expected, rel=1e-9)

    def test_w1_is_infinite_without_means(self) -> None:
        assert estimates("cauchy(0,1)", "norm(0,1)", "w1")["w1", None].status == "infinite"
        assert estimates("t(2)", "norm(0,1)", "w2")["w2", None].status == "infinite"

    def test_ks_of_two_normals_is_at_the_middle(self) -> None:
        expected = math.erf(1 / (2 * math.sqrt(2)))
        found = estimates("norm(0,1)", "norm(1,1)", "ks", "kuiper", "tv")
        for key in ("ks", "kuiper", "tv"):
            assert found[key, None].value == pytest.approx(expected, rel=1e-12)

    def test_ks_of_near_normals_keeps_its_digits(self) -> None:
        delta = 1e-9
        expected = delta / math.sqrt(2 * math.pi)
        assert integrated("norm(0,1)", f"norm({delta},1)", "ks").value == pytest.approx(expected, rel=1e-7)

    def test_energy_and_cvm(self) -> None:
        p, q = stats.norm(0, 1), stats.norm(1, 2)
        x = np.linspace(-40, 40, 800_001)
        gap = p.cdf(x) - q.cdf(x)
        found = estimates("norm(0,1)", "norm(1,2)", "energy", "cvm")
        energy = math.sqrt(2 * np.trapezoid(gap**2, x))
        assert found["energy", None].value == pytest.approx(energy, rel=1e-8)
        cvm = np.trapezoid(gap**2 * 0.5 * (p.pdf(x) + q.pdf(x)), x)
        assert found["cvm", None].value == pytest.approx(cvm, rel=1e-8)

    def test_psi_is_over_deciles_of_p(self) -> None:
        p, q = stats.norm(0, 1), stats.norm(1, 2)
        masses = np.diff(q.cdf(np.concatenate([[-np.inf], p.ppf(np.arange(1, 10) / 10), [np.inf]])))
        expected = float(((0.1 - masses) * np.log(0.1 / masses)).sum())
        assert estimates("norm(0,1)", "norm(1,2)", "psi")["psi", None].value == pytest.approx(expected, rel=1e-12)

    def test_every_measure_of_the_table_has_an_answer(self) -> None:
        found = estimates("gamma(2)", "gamma(2.2)", *(row.key for row in MEASURES))
        for (key, _), one in found.items():
            assert one.status == ("not_applicable" if key == "missing" else "ok"), key

    def test_is_where_the_two_are_moved_to(self) -> None:
        near = estimates("norm(0,1)", "t(3,1,2)", *(row.key for row in MEASURES if row.key != "missing"))
        far = estimates("norm(1e9,1)", "t(3,1000000001,2)", *(row.key for row in MEASURES if row.key != "missing"))
        for key, one in near.items():
            assert far[key].value == pytest.approx(one.value, rel=1e-9), key


class TestMassesAtNumbers:
    def test_are_summed(self) -> None:
        k = np.arange(0, 200)
        p, q = stats.poisson(4).pmf(k), stats.poisson(5).pmf(k)
        found = estimates("poisson(4)", "poisson(5)", "js", "tv", "w1", "ks", "chi2", "energy")
        assert found["js", None].value == pytest.approx(
            float(0.5 * sum(stats.entropy(side, 0.5 * (p + q)) for side in (p, q))), rel=1e-9
        )
        assert found["tv", None].value == pytest.approx(0.5 * np.abs(p - q).sum(), rel=1e-12)
        assert found["w1", None].value == pytest.approx(1.0, rel=1e-12)
        assert found["ks", None].value == pytest.approx(np.abs(np.cumsum(p - q)).max(), rel=1e-12)
        assert found["chi2", "p:q"].value == pytest.approx(math.expm1(1 / 5), rel=1e-10)
        assert found["energy", None].value == pytest.approx(stats.energy_distance(k, k, p, q), rel=1e-9)

    def test_what_is_beyond_floats_is_not_called_infinite(self) -> None:
        found = estimates("poisson(1)", "poisson(1000)", "kl", "renyi", "chi2")
        assert found["kl", "p:q"].value == pytest.approx(math.log(1 / 1000) - 1 + 1000, rel=1e-14)
        assert found["renyi", "p:q"].value == pytest.approx(999**2 / 1000, rel=1e-9)
        assert found["chi2", "p:q"].status == "undefined"

    def test_outside_of_the_other(self) -> None:
        found = estimates("poisson(4)", "binom(10,0.3)", "kl")
        assert found["kl", "p:q"].status == "infinite"
        assert found["kl", "q:p"].status == "ok"

    def test_against_a_density_have_a_largest_gap_and_no_kl(self) -> None:
        found = estimates("poisson(4)", "norm(4,2)", "kl", "ks")
        assert found["kl", "p:q"].status == "not_applicable"
        k = np.arange(0, 40)
        p, q = stats.poisson(4), stats.norm(4, 2)
        gaps = np.concatenate([p.cdf(k) - q.cdf(k), p.cdf(k - 1) - q.cdf(k)])
        assert found["ks", None].value == pytest.approx(np.abs(gaps).max(), rel=1e-12)
