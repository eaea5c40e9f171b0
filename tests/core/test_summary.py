"""Summaries: what a column is reduced to, and the laws of merging."""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kldiv_cli.core.summary import (
    CategoricalSummary,
    NumericSummary,
    effective_size,
    heaviest,
    numeric_summary,
    put_in_order,
    united,
)
from tests.strategies import labels_counted, samples

quick = settings(deadline=None, max_examples=80, derandomize=True)
LABELS = ("b", "a", "c", "unused")


def state(summary):
    """Everything a summary holds, comparable bit by bit."""
    if isinstance(summary, CategoricalSummary):
        whole = (summary.labels, summary.counts.tolist(), summary.missing, summary.pooled, summary.ordered)
        whole += (summary.pooled_labels, summary.lacking, summary.weight_squares)
    else:
        whole = (summary.values.tolist(), summary.counts.tolist(), summary.missing, summary.non_finite)
        whole += (summary.instants, summary.rank_error, summary.moments, summary.weight_squares)
    return (*whole, summary.mass, summary.n)


def split(rows, places):
    edges = sorted({0, len(rows), *(place % (len(rows) + 1) for place in places)})
    return [rows[low:high] for low, high in pairwise(edges)] or [rows]


def folded(parts, nesting):
    """All parts united: at once, or two by two from either end."""
    if nesting == "at once":
        return united(parts)
    if nesting == "from the right":
        return functools.reduce(lambda tail, part: united([part, tail]), reversed(parts))
    return functools.reduce(lambda head, part: united([head, part]), parts)


nestings = st.sampled_from(["at once", "from the left", "from the right"])


@quick
@given(rows=samples(), places=st.lists(st.integers(0, 40), max_size=5), nesting=nestings, data=st.data())
def test_any_split_order_and_nesting_gives_the_same_summary(rows, places, nesting, data):
    parts = data.draw(st.permutations([numeric_summary(part) for part in split(rows, places)]))
    assert state(folded(parts, nesting)) == state(numeric_summary(rows))


@quick
@given(rows=samples(), places=st.lists(st.integers(0, 40), max_size=5), nesting=nestings, data=st.data())
def test_weighted_rows_merge_alike(rows, places, nesting, data):
    """Whole weights add without rounding, so any split, order and nesting gives the same bits."""
    weights = np.array(data.draw(st.lists(st.integers(0, 9), min_size=rows.size, max_size=rows.size)), np.float64)
    pieces = zip(split(rows, places), split(weights, places), strict=True)
    parts = data.draw(st.permutations([numeric_summary(part, weight) for part, weight in pieces]))
    assert state(folded(parts, nesting)) == state(numeric_summary(rows, weights))


@quick
@given(rows=samples())
def test_every_row_is_counted_once(rows):
    summary = numeric_summary(rows)
    assert summary.mass + summary.missing + summary.non_finite == rows.size
    assert summary.missing == np.isnan(rows).sum()
    assert summary.non_finite == np.isinf(rows).sum()
    assert (np.diff(summary.values) > 0).all()
    assert np.isfinite(summary.values).all()
    assert (summary.counts > 0).all()
    assert np.repeat(summary.values, summary.counts.astype(int)).tolist() == sorted(rows[np.isfinite(rows)])


def test_minus_zero_and_zero_are_one_value():
    summary = numeric_summary(np.array([0.0, -0.0, 1.0]))
    assert summary.values.tolist() == [0.0, 1.0]
    assert math.copysign(1.0, numeric_summary(np.array([-0.0])).values[0]) == 1.0
    assert math.copysign(1.0, numeric_summary(np.array([-0.0, -1.0, -1.0])).values[1]) == 1.0


def test_missing_and_infinite_rows_count_by_their_weight():
    rows = np.array([1.0, np.nan, np.inf, -np.inf, 1.0])
    summary = numeric_summary(rows, np.array([0.5, 2.0, 3.0, 4.0, 0.25]))
    assert (summary.mass, summary.missing, summary.non_finite) == (0.75, 2.0, 7.0)
    assert summary.values.tolist() == [1.0]


def test_an_empty_column_has_no_mass_and_merges_as_nothing():
    empty = numeric_summary(np.array([np.nan, np.nan]))
    assert (empty.mass, empty.n, empty.missing, empty.values.size) == (0.0, 0.0, 2.0, 0)
    rows = numeric_summary(np.array([3.0, 1.0]))
    assert state(united([empty, rows])) == state(united([rows, empty]))
    assert united([empty, rows]).missing == 2.0
    assert united([empty, rows]).values.tolist() == [1.0, 3.0]
    assert united([empty, empty]).missing == 4.0
    assert united([empty, empty]).rank_error == 0.0


def test_dates_stay_dates_beside_a_part_without_any():
    dates, empty = numeric_summary(np.array([5.0]), instants=True), numeric_summary(np.array([np.nan]))
    assert united([dates, empty]).instants
    assert united([empty, dates]).instants
    assert not united([numeric_summary(np.array([5.0])), numeric_summary(np.array([np.nan]), instants=True)]).instants


def test_the_rank_error_of_a_union_is_that_of_its_parts_by_their_mass():
    """Each part is off by so many observations; no more of the whole can be."""
    one, other = (NumericSummary(np.array([0.0, 1.0]), np.array([1.0, n]), n + 1.0, rank_error=e) for n, e in (
        (2.0, 0.25), (5.0, 0.5)))  # fmt: skip
    assert united([one, other]).rank_error == pytest.approx((3 * 0.25 + 6 * 0.5) / 9, rel=1e-15)
    assert united([one, numeric_summary(np.zeros(9))]).rank_error == pytest.approx(3 * 0.25 / 12, rel=1e-15)


def test_the_effective_size_of_weighted_rows_is_kishs():
    """(sum w)^2 / sum w^2: Kish (1965)."""
    weights = np.array([1.0, 2.0, 3.0])
    assert numeric_summary(np.array([5.0, 6.0, 6.0]), weights).n == pytest.approx(36 / 14, rel=1e-15)
    assert numeric_summary(np.array([5.0, 6.0, 6.0]), 7 * np.ones(3)).n == 3.0
    assert numeric_summary(np.array([5.0, 6.0, 6.0])).n == 3.0
    assert effective_size(0.0, 0.0) == 0.0


@quick
@given(rows=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_mean_and_standard_deviation_are_those_of_the_rows(rows):
    summary = numeric_summary(np.array(rows))
    exact = [Fraction(row) for row in rows]
    mean = sum(exact) / len(exact)
    variance = sum((row - mean) ** 2 for row in exact) / len(exact)
    assert summary.mean_and_deviation() == pytest.approx((float(mean), math.sqrt(variance)), rel=1e-11, abs=1e-13)


def test_the_standard_deviation_keeps_its_digits_far_from_zero():
    """Times in milliseconds since 1970 that differ by one."""
    rows = 1.7e12 + np.array([0.0, 1.0, 1.0])
    assert numeric_summary(rows).mean_and_deviation()[1] == pytest.approx(math.sqrt(2) / 3, rel=1e-12)


@pytest.mark.parametrize(("probability", "wanted"), [(0.0, 1.0), (0.25, 1.0), (0.26, 2.0), (0.5, 2.0), (1.0, 9.0)])
def test_a_quantile_is_the_smallest_value_that_reaches_the_share(probability, wanted):
    assert numeric_summary(np.array([9.0, 1.0, 2.0, 4.0])).quantiles([probability]) == [wanted]


@quick
@given(rows=st.lists(st.integers(-9, 9), min_size=1, max_size=60), per_mille=st.integers(1, 1000))
def test_quantiles_are_numpys_inverted_cdf(rows, per_mille):
    rows = np.array(rows, dtype=np.float64)
    rank = -(-per_mille * rows.size // 1000)  # in integers: numpy rounds q n
    assert numeric_summary(rows).quantiles([per_mille / 1000]) == [np.sort(rows)[rank - 1]]


def test_labels_are_sorted_and_those_not_seen_left_out():
    summary = labels_counted([0, 2, 0, -1], LABELS)
    assert summary.labels == ("b", "c")
    assert summary.counts.tolist() == [2.0, 1.0]
    assert (summary.missing, summary.mass, summary.n) == (1.0, 3.0, 3.0)


def test_labels_keep_their_order_when_told():
    summary = labels_counted([0, 2, 0], LABELS, keep_order=True)
    assert summary.labels == LABELS
    assert summary.counts.tolist() == [2.0, 0.0, 1.0, 0.0]


def test_weighted_labels_sum_their_weights():
    summary = labels_counted([0, 1, 0, -1], LABELS, np.array([1.0, 2.0, 3.0, 5.0]))
    assert summary.counts.tolist() == [2.0, 4.0]
    assert summary.labels == ("a", "b")
    assert summary.missing == 5.0
    assert summary.n == pytest.approx(36 / 14, rel=1e-15)


def test_an_order_holds_every_label_and_gives_zeros_to_others():
    ordered = put_in_order(labels_counted([0, 1], ("low", "high")), ("low", "middle", "high"))
    assert ordered.labels == ("low", "middle", "high")
    assert ordered.counts.tolist() == [1.0, 0.0, 1.0]
    assert ordered.ordered


@pytest.mark.parametrize(("rows", "distinct", "identifier"), [(51, 51, True), (50, 50, False), (100, 90, False)])
def test_a_label_for_nearly_every_row_is_an_identifier(rows, distinct, identifier):
    codes = np.arange(rows) % distinct
    summary = labels_counted(codes, [f"id{i}" for i in range(distinct)])
    assert summary.is_identifier(rows) == identifier


def test_labels_that_were_pooled_count_among_the_distinct_ones():
    summary = CategoricalSummary(("a", "b"), np.array([3.0, 2.0]), 105.0, pooled=100.0, pooled_labels=98.0)
    assert (summary.mass, summary.distinct) == (105.0, 100.0)
    assert summary.is_identifier(105)
    assert not summary._replace(pooled_labels=10.0).is_identifier(105)


@quick
@given(counts=st.lists(st.integers(0, 5), min_size=1, max_size=20), most=st.integers(0, 25), data=st.data())
def test_the_heaviest_labels_are_the_same_in_whatever_order_they_stand(counts, most, data):
    """Among equals the alphabet decides."""
    labels = [f"l{place:02}" for place in range(len(counts))]
    order = data.draw(st.permutations(range(len(counts))))
    kept = heaviest([labels[place] for place in order], np.array([float(counts[place]) for place in order]), most)
    wanted = sorted(range(len(counts)), key=lambda place: (-counts[place], labels[place]))[:most]
    assert kept.tolist() == [place in wanted for place in order]
