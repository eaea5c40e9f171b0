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
    categorical_summary,
    effective_size,
    merged,
    numeric_summary,
    put_in_order,
)
from tests.strategies import samples

quick = settings(deadline=None, max_examples=80, derandomize=True)
LABELS = ("b", "a", "c", "unused")


def state(summary):
    """Everything a summary holds, comparable bit by bit."""
    if isinstance(summary, CategoricalSummary):
        whole = (summary.labels, summary.counts.tolist(), summary.missing, summary.pooled, summary.ordered)
    else:
        whole = (summary.values.tolist(), summary.counts.tolist(), summary.missing, summary.non_finite)
        whole += (summary.instants, summary.rank_error)
    return (*whole, summary.mass, summary.n)


def cut(rows, places):
    edges = sorted({0, len(rows), *(place % (len(rows) + 1) for place in places)})
    return [rows[low:high] for low, high in pairwise(edges)] or [rows]


def folded(parts, *, from_the_right):
    if from_the_right:
        return functools.reduce(lambda tail, part: merged(part, tail), reversed(parts))
    return functools.reduce(merged, parts)


@quick
@given(rows=samples(), places=st.lists(st.integers(0, 40), max_size=5), right=st.booleans(), data=st.data())
def test_any_split_order_and_nesting_gives_the_same_summary(rows, places, right, data):
    parts = data.draw(st.permutations([numeric_summary(part) for part in cut(rows, places)]))
    assert state(folded(parts, from_the_right=right)) == state(numeric_summary(rows))


@quick
@given(rows=samples(), places=st.lists(st.integers(0, 40), max_size=5), right=st.booleans(), data=st.data())
def test_weighted_rows_merge_alike(rows, places, right, data):
    """Whole weights add without rounding, so any split, order and nesting gives the same bits."""
    weights = np.array(data.draw(st.lists(st.integers(0, 9), min_size=rows.size, max_size=rows.size)), np.float64)
    pieces = zip(cut(rows, places), cut(weights, places), strict=True)
    parts = data.draw(st.permutations([numeric_summary(part, weight) for part, weight in pieces]))
    assert state(folded(parts, from_the_right=right)) == state(numeric_summary(rows, weights))


@quick
@given(codes=st.lists(st.integers(-1, 2), min_size=1, max_size=30), places=st.lists(st.integers(0, 30), max_size=4),
       right=st.booleans(), data=st.data())  # fmt: skip
def test_labels_merge_alike(codes, places, right, data):
    codes = np.array(codes, dtype=np.intp)
    parts = data.draw(st.permutations([categorical_summary(part, LABELS) for part in cut(codes, places)]))
    assert state(folded(parts, from_the_right=right)) == state(categorical_summary(codes, LABELS))


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
    assert state(merged(empty, rows)) == state(merged(rows, empty))
    assert merged(empty, rows).missing == 2.0
    assert merged(empty, rows).values.tolist() == [1.0, 3.0]


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
    assert summary.moments() == pytest.approx((float(mean), math.sqrt(variance)), rel=1e-11, abs=1e-13)


def test_the_standard_deviation_keeps_its_digits_far_from_zero():
    """Times in milliseconds since 1970 that differ by one."""
    rows = 1.7e12 + np.array([0.0, 1.0, 1.0])
    assert numeric_summary(rows).moments()[1] == pytest.approx(math.sqrt(2) / 3, rel=1e-12)


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
    summary = categorical_summary(np.array([0, 2, 0, -1]), LABELS)
    assert summary.labels == ("b", "c")
    assert summary.counts.tolist() == [2.0, 1.0]
    assert (summary.missing, summary.mass, summary.n) == (1.0, 3.0, 3.0)


def test_labels_keep_their_order_when_told():
    summary = categorical_summary(np.array([0, 2, 0]), LABELS, keep_order=True)
    assert summary.labels == LABELS
    assert summary.counts.tolist() == [2.0, 0.0, 1.0, 0.0]


def test_weighted_labels_sum_their_weights():
    summary = categorical_summary(np.array([0, 1, 0, -1]), LABELS, np.array([1.0, 2.0, 3.0, 5.0]))
    assert summary.counts.tolist() == [2.0, 4.0]
    assert summary.labels == ("a", "b")
    assert summary.missing == 5.0
    assert summary.n == pytest.approx(36 / 14, rel=1e-15)


def test_an_order_holds_every_label_and_gives_zeros_to_others():
    ordered = put_in_order(categorical_summary(np.array([0, 1]), ("low", "high")), ("low", "middle", "high"))
    assert ordered.labels == ("low", "middle", "high")
    assert ordered.counts.tolist() == [1.0, 0.0, 1.0]
    assert ordered.ordered


def test_numbers_and_labels_do_not_merge():
    with pytest.raises(ValueError, match="do not merge"):
        merged(numeric_summary(np.array([1.0])), categorical_summary(np.array([0]), LABELS))


@pytest.mark.parametrize(("rows", "distinct", "identifier"), [(51, 51, True), (50, 50, False), (100, 90, False)])
def test_a_label_for_nearly_every_row_is_an_identifier(rows, distinct, identifier):
    codes = np.arange(rows) % distinct
    summary = categorical_summary(codes, [f"id{i}" for i in range(distinct)])
    assert summary.is_identifier(rows) == identifier
