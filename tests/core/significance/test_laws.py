"""The laws against scipy, which imports half a second longer."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from kldiv_cli.core.significance.laws import (
    chi_square_quantile,
    chi_square_tail,
    kolmogorov_tail,
    kuiper_tail,
    median_of,
    normal_rates,
    two_by_two,
)

DEGREES = (1, 2, 3, 4, 9, 10, 63, 64, 499, 5000, 20_001)


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("share", [0.01, 0.5, 0.99, 1.0, 1.2, 2.0, 5.0])
def test_the_chi_square_tail_is_that_of_scipy(degrees: int, share: float) -> None:
    expected = stats.chi2.sf(share * degrees, degrees)
    assert chi_square_tail(share * degrees, degrees) == pytest.approx(expected, rel=1e-10, abs=1e-300)


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("tail", [0.5, 0.01, 1e-9])
def test_a_chi_square_quantile_is_reached_with_its_probability(degrees: int, tail: float) -> None:
    assert chi_square_quantile(tail, degrees) == pytest.approx(stats.chi2.isf(tail, degrees), rel=1e-11)


@pytest.mark.parametrize(("value", "tail"), [(0.0, 1.0), (-1.0, 1.0), (math.inf, 0.0)])
def test_the_ends_of_the_chi_square_law(value: float, tail: float) -> None:
    assert chi_square_tail(value, 3) == tail


@pytest.mark.parametrize("n", [30, 100, 1000, 100_000])
@pytest.mark.parametrize("scaled", [0.5, 0.8, 1.0, 1.4, 2.0])
def test_the_kolmogorov_tail_is_within_a_percent_and_a_bit_of_the_exact_one(n: int, scaled: float) -> None:
    statistic = scaled / math.sqrt(n)
    assert kolmogorov_tail(statistic, n) == pytest.approx(stats.kstwo.sf(statistic, n), rel=0.06, abs=0.006)


def test_tails_fall_from_one_to_nought() -> None:
    for tail in (kolmogorov_tail, kuiper_tail):
        values = [tail(statistic, 50.0) for statistic in np.linspace(0.001, 1.0, 200)]
        assert values[0] == 1.0
        assert values[-1] < 1e-20
        assert all(before >= after - 1e-9 for before, after in pairwise(values))


def test_the_kuiper_tail_at_the_points_of_stephens() -> None:
    """Table 1 of Stephens (1970): V* of 1.620, 1.747 and 2.001 are reached by 10, 5 and 1 percent."""
    n = 1e12
    for scaled, tail in ((1.620, 0.10), (1.747, 0.05), (2.001, 0.01)):
        assert kuiper_tail(scaled / math.sqrt(n), n) == pytest.approx(tail, rel=0.01)


def test_a_median_halves_the_law() -> None:
    assert kolmogorov_tail(median_of(kolmogorov_tail, 200.0), 200.0) == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize(
    ("in_p", "in_q"), [((90, 10), (90, 10)), ((90, 10), (70, 30)), ((7, 0), (3, 4)), ((1000, 3), (50, 50))]
)
def test_two_by_two_is_summed_over_every_table(in_p: tuple[int, int], in_q: tuple[int, int]) -> None:
    n, m, absent = sum(in_p), sum(in_q), in_p[1] + in_q[1]
    law = stats.hypergeom(n + m, absent, n)
    tables = np.arange(max(0, absent - m), min(n, absent) + 1)
    gaps = np.abs(tables / n - (absent - tables) / m)
    observed = abs(in_p[1] / n - in_q[1] / m)
    _, p_value = two_by_two(in_p, in_q)
    assert p_value == pytest.approx(law.pmf(tables)[gaps >= observed - 1e-12].sum(), rel=1e-9)


def test_two_by_two_without_anything_missing_is_certain() -> None:
    assert two_by_two((100, 0), (50, 0)) == (0.0, 1.0)


def test_the_median_of_two_by_two_is_the_least_gap_that_half_of_the_tables_stay_below() -> None:
    floor, _ = two_by_two((900, 100), (900, 100))
    law = stats.hypergeom(2000, 200, 1000)
    gaps = np.abs(law.rvs(20_000, random_state=1) - 100) / 500
    assert np.mean(gaps <= floor + 1e-9) >= 0.49
    assert np.mean(gaps < floor - 1e-9) <= 0.51


def test_the_normal_law_of_rates_is_near_the_exact_one_for_many_rows() -> None:
    exact = two_by_two((90_000, 10_000), (89_700, 10_300))
    normal = normal_rates((90_000, 10_000), (89_700, 10_300), 50_000.0)
    assert normal[1] == pytest.approx(exact[1], rel=0.03)
    assert normal[0] == pytest.approx(exact[0], rel=0.03)


def test_rates_that_are_all_nought_are_certain() -> None:
    assert normal_rates((10, 0), (10, 0), 5.0) == (0.0, 1.0)
