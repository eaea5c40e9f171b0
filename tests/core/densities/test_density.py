"""Densities as they are written: what is read, what is refused, and their quantiles."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kldiv_cli.core.densities.density import density_from, known_families
from kldiv_cli.core.densities.grammar import looks_like_density
from kldiv_cli.errors import UsageError


@pytest.mark.parametrize(
    ("text", "frozen"),
    [
        ("norm(0,1)", stats.norm(0, 1)),
        (" norm ( -1 , +2 ) ", stats.norm(-1, 2)),
        ("gamma(2,scale=3)", stats.gamma(2, scale=3)),
        ("gamma(a=2,loc=1)", stats.gamma(2, 1)),
        ("t(1/2)", stats.t(0.5)),
        ("beta(0.5,.5)", stats.beta(0.5, 0.5)),
        ("norm()", stats.norm()),
        ("uniform(1e3,2e-3)", stats.uniform(1e3, 2e-3)),
        ("1*norm(0,1)", stats.norm(0, 1)),
    ],
)
def test_is_what_scipy_calls_so(text: str, frozen: object) -> None:
    assert looks_like_density(text)
    found = density_from(text)
    u = np.array([0.01, 0.3, 0.9])
    assert found.ppf(u) == pytest.approx(frozen.ppf(u), rel=1e-15)
    assert found.isf(u) == pytest.approx(frozen.isf(u), rel=1e-15)
    assert found.log_density(found.ppf(u)) == pytest.approx(frozen.logpdf(frozen.ppf(u)), rel=1e-14)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("normal(0,1)", "'norm'"),
        ("gama(2)", "'gamma'"),
        ("gamma()", "needs a"),
        ("gamma(2,scal=3)", "'scale'"),
        ("norm(1,2,3)", "has 2 parameters"),
        ("norm(0,-1)", "not above 0"),
        ("norm(0,0)", "not above 0"),
        ("beta(-1,2)", "not defined for a = -1"),
        ("binom(10,1.3)", "not defined"),
        ("poisson(4,scale=2)", "no parameter 'scale'"),
        ("norm(nan,1)", "'=' after 'nan'"),
        ("norm(inf)", "'=' after 'inf'"),
        ("norm(1e999,1)", "not finite"),
        ("norm(1/0)", "not finite"),
        ("norm(0,1", "ends where"),
        ("norm(0 1)", "has '1' at character 8"),
        ("norm(loc=0,1)", "named parameters come last"),
        ("norm(loc=0,loc=1)", "twice"),
        ("norm(0,loc=1)", "twice"),
        ("0.3*norm(0,1)+0.8*t(3)", "sum to 1.1"),
        ("norm(0,1)+t(3)", "has no weight"),
        ("-0.3*norm(0,1)+1.3*t(3)", "weights"),
        ("0.5*norm(0,1)+0.5*poisson(3)", "mixes"),
        ("__import__('os')", 'has "\'" at character 12'),
        ("__import__(1)", "there is no family '__import__'"),
        ("eval(1)", "no family 'eval'"),
        ("rv_continuous(1)", "no family"),
        ("norm(" + "1" * 20_000 + ")", "longer than"),
    ],
)
def test_what_is_none_is_told(text: str, told: str) -> None:
    with pytest.raises(UsageError) as fault:
        density_from(text)
    assert told in str(fault.value)


@pytest.mark.parametrize("text", ["0.3,0.7", "a:3,b:5", "file.csv", "data(1).csv", "uniform", "x=y", "(1,2)", "norm"])
def test_other_operands_do_not_look_like_one(text: str) -> None:
    assert not looks_like_density(text)


def test_families_of_both_kinds_are_known() -> None:
    known = known_families()
    assert {"norm", "gamma", "t", "skewnorm", "genextreme"} <= known.continuous
    assert {"poisson", "binom", "zipf"} <= known.discrete


class TestMixtures:
    text = "0.3*norm(0,1)+0.7*norm(5,2)"

    def test_has_the_moments_of_its_parts(self) -> None:
        found = density_from(self.text)
        assert found.mean == pytest.approx(3.5)
        assert found.standard_deviation == pytest.approx(np.sqrt(0.3 * (1 + 3.5**2) + 0.7 * (4 + 1.5**2)))

    @pytest.mark.parametrize("u", [1e-300, 1e-20, 1e-5, 0.3, 0.5, 0.9])
    def test_quantiles_are_those_of_its_cdf(self, u: float) -> None:
        found = density_from(self.text)
        assert found.cdf(found.ppf(np.array([u]))) == pytest.approx([u], rel=1e-11)
        assert found.sf(found.isf(np.array([u]))) == pytest.approx([u], rel=1e-11)

    def test_of_masses_at_numbers(self) -> None:
        found = density_from("0.5*poisson(3)+0.5*poisson(30)")
        at = found.ppf(np.array([0.01, 0.4, 0.6, 0.99]))
        assert (at == np.floor(at)).all()
        assert (found.cdf(at) >= [0.01, 0.4, 0.6, 0.99]).all()
        assert (found.cdf(at - 1) < [0.01, 0.4, 0.6, 0.99]).all()

    def test_knows_where_it_is_never(self) -> None:
        found = density_from("0.5*uniform(0,1)+0.5*uniform(3,1)")
        assert found.support == (0.0, 4.0)
        assert found.gaps == ((1.0, 3.0),)


def test_von_mises_is_on_one_turn() -> None:
    found = density_from("vonmises(4,1)")
    assert found.support == pytest.approx((-np.pi, np.pi))
    assert found.cdf(np.array([-4.0, np.pi])) == pytest.approx([0.0, 1.0], abs=1e-12)
    u = np.array([0.01, 0.5, 0.99])
    assert found.cdf(found.ppf(u)) == pytest.approx(u, rel=1e-10)
