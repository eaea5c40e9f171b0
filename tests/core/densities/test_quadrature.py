"""Panels of integrals, and the range of sums: how many, how far, and what of it is seen of densities below floats."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from kldiv_cli.core.densities.density import LEAST_LOG, density_from
from kldiv_cli.core.densities.integrals import driving
from kldiv_cli.core.densities.quadrature import nodes_between, quadrature
from kldiv_cli.core.densities.whole_numbers import at_whole_numbers


@pytest.mark.parametrize("p", ["t(1.5)", "pareto(1.5)", "levy()", "invgamma(0.5)", "cauchy(0,1)"])
def test_heavy_tails_below_all_floats_are_no_noise_to_refine_for(p: str) -> None:
    """Densities below 2e-308 have few digits: panels that chased them were 40,000, and took four seconds."""
    assert quadrature(density_from(p), density_from("norm(0,1)"), driving).edges.size < 4_000


def test_masses_keep_their_digits_where_the_density_is_below_2e_308() -> None:
    density = density_from("t(1.5)")
    left, right = np.array([1e126]), np.array([1.5e126])
    nodes = nodes_between(density, density_from("norm(0,1)"), left, right)
    assert nodes.log_p.max() < LEAST_LOG
    expected = float(stats.t(1.5).sf(1e126) - stats.t(1.5).sf(1.5e126))
    for found in (nodes, nodes.on_unit_panels()):
        p, _, difference = found.masses()
        assert np.array_equal(p, difference)
        scale = nodes.weights / found.weights
        assert float((p * scale).sum()) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("norm(0,1)", -math.inf),
        ("poisson(4)", -math.inf),
        ("pareto(2)", LEAST_LOG),
        ("pareto(2,0,1e10)", LEAST_LOG - math.log(1e10)),
        ("0.5*norm(0,1)+0.5*levy()", LEAST_LOG),
    ],
)
def test_logarithms_are_noise_where_scipy_takes_them_of_floats(text: str, least: float) -> None:
    assert density_from(text).least_log == least


@pytest.mark.parametrize(
    ("p", "q"), [("poisson(4)", "poisson(5)"), ("poisson(1e5)", "poisson(100100)"), ("geom(0.3)", "geom(0.4)")]
)
def test_sums_are_cut_where_both_tails_are_below_a_probability(p: str, q: str) -> None:
    sides = density_from(p), density_from(q)
    found = at_whole_numbers(*sides)
    numbers = found.nodes.x[found.nodes.weights > 0.0]
    for level, (low, high) in zip((1e-15, 1e-10), found.cuts, strict=True):
        below = np.maximum(*(side.cdf(numbers) for side in sides)) > level
        above = np.maximum(*(side.sf(numbers) for side in sides)) > level
        inside = numbers[below & above]
        assert (low, high) == (inside[0] - 15.0, inside[-1] + 15.0)
