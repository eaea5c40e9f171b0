"""Bins are a function of the reference P alone: the rule of DESIGN.md, exactly."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kldiv_cli.core.bins import bin_rule, binned, edges_from, rule_in_words
from kldiv_cli.core.summary import numeric_summary
from kldiv_cli.errors import UsageError

quick = settings(deadline=None, max_examples=100, derandomize=True)
INF = math.inf


def edges_of(rows, rule="auto", weights=None):
    return edges_from(numeric_summary(np.asarray(rows, dtype=np.float64), weights), bin_rule(rule))


def order_statistics(rows, number):
    """Inner edges by the definition of ``inverted_cdf``, in integers: the ceil(i n / k)-th smallest row."""
    ordered = sorted(rows)
    chosen = {ordered[-(-i * len(ordered) // number) - 1] for i in range(1, number)}
    return sorted(chosen - {ordered[-1]})


@pytest.mark.parametrize(
    ("n", "number"),
    [(33, 5), (55, 5), (56, 6), (100, 7), (977, 16), (1024, 16), (1025, 17), (32_000, 64), (200_000, 64)],
)
def test_the_number_of_bins_is_n_to_two_fifths_between_5_and_64(n, number):
    assert edges_of(np.arange(n)).size - 1 == number


def test_two_fifths_of_an_exact_power_are_not_one_bin_too_many():
    """7^5 = 16807 rows: 16807^(2/5) = 49, whatever pow rounds to."""
    assert edges_of(np.arange(7**5)).size - 1 == 49
    assert edges_of(np.arange(3**5)).size - 1 == 9


@quick
@given(rows=st.lists(st.integers(-30, 30).map(float), min_size=1, max_size=120), number=st.integers(1, 20))
def test_edges_are_order_statistics_exactly(rows, number):
    """Coinciding edges are merged, and one at the maximum of P is dropped."""
    assert edges_of(rows, f"quantile:{number}").tolist() == [-INF, *order_statistics(rows, number), INF]


@quick
@given(rows=st.lists(st.floats(-1e6, 1e6), min_size=40, max_size=150, unique=True))
def test_automatic_edges_are_order_statistics_exactly(rows):
    number = min(max(math.ceil(len(rows) ** 0.4), 5), 64)
    assert edges_of(rows).tolist() == [-INF, *order_statistics(rows, number), INF]


@quick
@given(rows=st.lists(st.integers(-30, 30).map(float), min_size=1, max_size=50), scale=st.sampled_from([3.0, 0.1, 1e9]))
def test_weights_all_alike_leave_the_edges_where_they_are(rows, scale):
    weighted = edges_of(rows, "quantile:7", np.full(len(rows), scale))
    assert weighted.tolist() == edges_of(rows, "quantile:7").tolist()


def test_ranks_that_are_whole_are_not_pushed_up_by_rounding():
    """i n / k is an integer for every i: the edges are rows 100, 200, ..., whatever the quotient rounds to."""
    for n, number in ((1000, 10), (4900, 49), (930, 31), (2_970, 33)):
        step = n // number
        inner = [float(step * i - 1) for i in range(1, number)]
        assert edges_of(np.arange(n), f"quantile:{number}").tolist() == [-INF, *inner, INF]


def test_few_values_that_repeat_are_outcomes_of_their_own():
    assert edges_of(np.repeat(np.arange(32), 2)) is None
    assert edges_of([5.0, 5.0]) is None


def test_thirty_three_values_or_values_that_hardly_repeat_are_binned():
    assert edges_of(np.repeat(np.arange(33), 2)).size - 1 == 6
    assert edges_of(np.arange(32)).size - 1 == 5
    assert edges_of([*range(32), *range(31)]).size - 1 == 6


def test_never_more_bins_than_distinct_values():
    assert edges_of([1.0, 2.0, 3.0]).size - 1 == 3


def test_a_lone_value_is_an_outcome_and_nothing_is_equal_to_all():
    assert edges_of([1.0]) is None


def test_a_reference_that_is_nearly_all_its_maximum_keeps_an_edge_below_it():
    assert edges_of([0.0] * 5 + [1.0] * 95, "quantile:10").tolist() == [-INF, 0.0, INF]


def test_coinciding_edges_are_merged_and_the_true_number_told():
    rows = [0.0] * 90 + [*range(1, 11)]
    edges = edges_of(rows, "quantile:10")
    assert edges.tolist() == [-INF, 0.0, INF]
    assert rule_in_words(bin_rule("quantile:10"), 2) == "2 bins, equal-frequency on P (of 10 asked: edges coincide)"
    assert rule_in_words(bin_rule("10"), 10) == "10 bins, equal-frequency on P"
    assert rule_in_words(bin_rule("width:1"), 1) == "1 bin, equal-width on P"
    assert rule_in_words(bin_rule("0,1"), 3) == "3 bins, edges as given"


def test_an_edge_at_the_maximum_of_p_is_dropped():
    """It would leave a bin that P can never reach."""
    assert edges_of([1.0, 2.0, 9.0, 9.0, 9.0, 9.0], "quantile:3").tolist() == [-INF, 2.0, INF]
    assert edges_of([9.0, 9.0], "quantile:4").tolist() == [-INF, INF]


@quick
@given(rows=st.lists(st.integers(-30, 30).map(float), min_size=1, max_size=80), number=st.integers(1, 20))
def test_every_bin_of_quantiles_holds_some_of_p(rows, number):
    summary = numeric_summary(np.array(rows))
    masses = binned(summary, edges_from(summary, bin_rule(f"{number}")))
    assert (masses > 0).all()
    assert masses.sum() == len(rows)


def test_intervals_are_open_below_closed_above_and_the_outer_ends_open():
    edges = np.array([-INF, 0.0, 10.0, INF])
    rows = numeric_summary(np.array([-1e300, 0.0, 5e-324, 10.0, 10.000001, 1e300]))
    assert binned(rows, edges).tolist() == [2.0, 2.0, 2.0]


@quick
@given(rows=st.lists(st.floats(-100, 100), min_size=1, max_size=50), inner=st.sets(st.integers(-90, 90), min_size=1))
def test_masses_in_bins_are_counted_one_by_one(rows, inner):
    edges = [-INF, *sorted(map(float, inner)), INF]
    wanted = [sum(low < row <= high for row in rows) for low, high in pairwise(edges)]
    assert binned(numeric_summary(np.array(rows)), np.array(edges)).tolist() == wanted


def test_equal_width_bins_go_from_the_minimum_to_the_maximum_of_p():
    assert edges_of([0.0, 1.0, 10.0], "width:5").tolist() == [-INF, 2.0, 4.0, 6.0, 8.0, INF]
    assert edges_of([-4.0, 4.0], "width:2").tolist() == [-INF, 0.0, INF]
    assert edges_of([-4.0, 4.0], "width:1").tolist() == [-INF, INF]


def test_equal_width_bins_of_the_whole_range_of_floats_are_finite():
    inner = edges_of([-1.7e308, 1.7e308], "width:4")[1:-1]
    assert inner == pytest.approx([-0.85e308, 0.0, 0.85e308], abs=1e293)


def test_equal_width_bins_of_a_constant_are_one_bin_that_holds_it():
    summary = numeric_summary(np.array([3.0, 3.0]))
    edges = edges_from(summary, bin_rule("width:4"))
    assert binned(summary, edges).sum() == 2.0
    assert (np.diff(edges) > 0).all()


def test_given_edges_stay_and_their_outer_ends_are_open():
    assert edges_of([100.0], "0,10,60").tolist() == [-INF, 0.0, 10.0, 60.0, INF]


def test_a_bare_number_is_the_number_of_quantile_bins():
    rows = np.arange(50)
    assert edges_of(rows, "4").tolist() == edges_of(rows, "quantile:4").tolist()


@quick
@given(shift=st.floats(-1e3, 1e3), rows=st.lists(st.floats(-1e3, 1e3), min_size=40, max_size=60, unique=True))
def test_what_arrives_does_not_move_the_bins(shift, rows):
    """The same P gives the same edges; only P is ever asked for."""
    p = numeric_summary(np.array(rows))
    before = edges_from(p, bin_rule("auto"))
    masses = binned(numeric_summary(np.array(rows) + shift), before)
    assert masses.size == before.size - 1
    assert edges_from(p, bin_rule("auto")).tolist() == before.tolist()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sturgis", "neither a number, a rule nor edges"),
        ("quantile:", "neither a number, a rule nor edges"),
        ("width:2.5", "neither a number, a rule nor edges"),
        ("-3", "neither a number, a rule nor edges"),
        ("", "neither a number, a rule nor edges"),
        ("٣", "neither a number, a rule nor edges"),
        ("0", "number must be from 1"),
        ("quantile:2000000", "number must be from 1 to 1,048,576"),
        ("0,ten", "are not all numbers"),
        ("0,inf", "must be finite"),
        ("0,nan", "must be finite"),
        ("0,10,10", "must increase"),
        ("5,1", "must increase"),
    ],
)
def test_bins_that_cannot_be_are_refused(text, fault):
    with pytest.raises(UsageError, match=fault):
        bin_rule(text)


class TestNamedRules:
    @pytest.mark.parametrize("name", ["fd", "doane", "sturges"])
    @pytest.mark.parametrize("n", [5, 100, 5_000])
    def test_they_have_as_many_bins_as_those_of_numpy(self, name: str, n: int) -> None:
        values = np.random.default_rng(n).exponential(size=n)
        edges = edges_from(numeric_summary(values), bin_rule(name))
        expected = np.histogram_bin_edges(values, bins=name).size - 1
        assert edges is not None
        assert abs(edges.size - 1 - expected) <= (1 if name == "fd" else 0)  # whose quartiles numpy interpolates
        assert np.diff(edges[1:-1]) == pytest.approx(np.full(edges.size - 3, np.ptp(values) / (edges.size - 1)))

    def test_mann_and_wald_have_twice_as_many_as_the_default(self) -> None:
        edges = edges_from(numeric_summary(np.random.default_rng(0).normal(size=1_024)), bin_rule("mann-wald"))
        assert edges is not None
        assert edges.size - 1 == 32

    def test_they_are_capped_and_stand_constant_values(self) -> None:
        far = np.append(np.random.default_rng(0).normal(size=1_000), 1e12)
        edges = edges_from(numeric_summary(far), bin_rule("fd"))
        assert edges is not None
        assert edges.size - 1 == 1_024
        for name in ("fd", "doane", "sturges", "mann-wald"):
            assert edges_from(numeric_summary(np.ones(10)), bin_rule(name)) is not None


def test_freedman_and_diaconis_of_values_whose_range_is_beyond_float64():
    rows = np.array([1e300, 1.7e308, -1.7e308, 0.0])
    assert edges_of(rows, "fd").size == edges_of(rows * 2.0**-8, "fd").size
