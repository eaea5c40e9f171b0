"""Many values cut to fewer: no rank is off by more than half a step, none at all at the ends and where it matters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kldiv_cli.core.bins import bin_rule, binned, edges_from
from kldiv_cli.core.cut import cut, cut_sorted, step_of
from kldiv_cli.core.moments import moments_of
from kldiv_cli.core.summary import NumericSummary, numeric_summary
from tests.core.ranks import greatest_rank_error

quick = settings(deadline=None, max_examples=200, derandomize=True)
ROUNDING = 1e-12
"""What sums of floats may add to a rank, as a share."""

whole_rows = st.lists(st.integers(-30, 30).map(float), min_size=1, max_size=120).map(np.array)
any_rows = st.one_of(whole_rows, st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=120).map(np.array))
points_kept = st.integers(1, 20)


@st.composite
def weighted_rows(draw):
    """Rows and their weights, of which none is zero: whole ones, fractions, and both tiny and huge ones."""
    rows = draw(any_rows)
    of_one = draw(st.sampled_from([st.integers(1, 9).map(float), st.floats(0.01, 10.0), st.floats(1e-6, 1e6)]))
    return rows, np.array(draw(st.lists(of_one, min_size=rows.size, max_size=rows.size)))


def of_sorted(ordered, points):
    """Summary that `cut_sorted` makes of rows."""
    values, counts, wrong = cut_sorted(ordered, points)
    return NumericSummary(values, counts, float(ordered.size), rank_error=wrong / ordered.size)


@quick
@given(rows=any_rows, points=points_kept)
def test_no_rank_is_off_by_more_than_half_a_step(rows, points):
    whole = numeric_summary(rows)
    short = cut(whole, points)
    assert greatest_rank_error(short, rows) <= short.rank_error * (1 + ROUNDING)
    assert short.rank_error <= 0.5 * step_of(whole.mass, points) / whole.mass
    assert short.counts.sum() == whole.mass
    assert (short.counts == np.floor(short.counts)).all()
    assert (short.counts > 0).all()
    assert (short.values[0], short.values[-1]) == (whole.values[0], whole.values[-1])
    assert short.values.size <= points + 2


@quick
@given(weighted=weighted_rows(), points=points_kept)
def test_no_rank_of_weighted_rows_is_off_by_more_than_half_a_step(weighted, points):
    rows, weights = weighted
    whole = numeric_summary(rows, weights)
    short = cut(whole, points)
    assert greatest_rank_error(short, rows, weights) <= short.rank_error + ROUNDING
    assert short.mass == pytest.approx(whole.mass, rel=1e-13)
    assert (short.counts > 0).all()
    assert (short.values[0], short.values[-1]) == (whole.values[0], whole.values[-1])
    assert short.weight_squares == whole.weight_squares
    assert short.values.size <= points + 3  # half a step of a fraction may stand on either side


@quick
@given(points=points_kept, more=st.integers(1, 300), most=st.sampled_from([2, 30, 10_000]), seed=st.integers(0, 999))
def test_rows_that_are_sorted_are_cut_by_the_same_law(points, more, most, seed):
    ordered = np.sort(np.random.default_rng(seed).integers(0, most, points + more).astype(np.float64))
    short = of_sorted(ordered, points)
    assert greatest_rank_error(short, ordered) <= short.rank_error * (1 + ROUNDING)
    assert short.rank_error == 0.5 * step_of(float(ordered.size), points) / ordered.size
    assert short.counts.sum() == ordered.size
    assert (short.counts == np.floor(short.counts)).all()
    assert (short.counts > 0).all()
    assert (short.values[0], short.values[-1]) == (ordered[0], ordered[-1])
    assert short.values.size <= points + 2


@pytest.mark.parametrize(("size", "points"), [(64, 7), (1_000, 999), (131_073, 131_072), (1_000_003, 131_072)])
def test_rows_that_do_not_fill_their_last_step_are_cut_by_the_same_law(size, points):
    ordered = np.arange(float(size))
    short = of_sorted(ordered.copy(), points)
    assert greatest_rank_error(short, ordered) <= short.rank_error * (1 + ROUNDING)


@pytest.mark.parametrize(("size", "points"), [(64, 8), (1 << 14, 1 << 11), (1 << 20, 1 << 17)])
def test_rows_that_are_sorted_and_all_different_are_cut_to_the_same_values(size, points):
    ordered = np.sort(np.random.default_rng(3).normal(size=size))
    short, other = of_sorted(ordered.copy(), points), cut(numeric_summary(ordered), points)
    assert np.array_equal(short.values, other.values)
    assert np.array_equal(short.counts, other.counts)
    assert short.rank_error == other.rank_error


@quick
@given(weighted=weighted_rows(), points=points_kept, places=st.lists(st.integers(0, 200), max_size=6))
def test_the_rank_at_an_anchor_is_exact(weighted, points, places):
    rows, weights = weighted
    whole = numeric_summary(rows, weights)
    anchors = [place % whole.values.size for place in places]
    short = cut(whole, points, anchors)
    true, kept = np.cumsum(whole.counts), np.cumsum(short.counts)
    for anchor in {0, *anchors, whole.values.size - 1}:
        place = np.searchsorted(short.values, whole.values[anchor])
        assert short.values[place] == whole.values[anchor]
        assert kept[place] == pytest.approx(true[anchor], rel=1e-13)
    assert greatest_rank_error(short, rows, weights) <= short.rank_error + ROUNDING


@quick
@given(rows=whole_rows, points=points_kept, places=st.lists(st.integers(0, 200), max_size=6))
def test_whole_counts_are_exact_to_the_digit_at_anchors(rows, points, places):
    whole = numeric_summary(rows)
    anchors = [place % whole.values.size for place in places]
    short = cut(whole, points, anchors)
    for anchor in anchors:
        assert short.counts[short.values <= whole.values[anchor]].sum() == whole.counts[: anchor + 1].sum()
    assert short.values.size <= points + 2 + 2 * len(set(anchors))


@quick
@given(rows=any_rows, points=points_kept, bins=st.integers(1, 12))
def test_bins_of_equal_frequency_stay_the_same_when_their_edges_are_anchors(rows, points, bins):
    assert_same_bins(numeric_summary(rows), points, bins)


@pytest.mark.parametrize("bins", [2, 10, 64, 1_000])
@pytest.mark.parametrize("decimals", [1, 2, 12])
def test_bins_of_many_rows_stay_the_same_too(bins, decimals):
    rows = np.random.default_rng(bins).lognormal(size=300_000).round(decimals)
    assert_same_bins(numeric_summary(rows), 1 << 10, bins)


def assert_same_bins(whole, points, bins):
    edges = edges_from(whole, bin_rule(f"quantile:{bins}"))
    short = cut(whole, points, np.searchsorted(whole.values, edges[1:-1]).tolist())
    assert np.array_equal(edges_from(short, bin_rule(f"quantile:{bins}")), edges)
    assert np.array_equal(binned(short, edges), binned(whole, edges))


@pytest.mark.parametrize("bins", [2, 10, 64])
def test_bins_of_weighted_rows_stay_the_same_but_for_rounding(bins):
    generator = np.random.default_rng(bins)
    whole = numeric_summary(generator.normal(size=100_000), generator.lognormal(size=100_000))
    edges = edges_from(whole, bin_rule(f"quantile:{bins}"))
    short = cut(whole, 1 << 10, np.searchsorted(whole.values, edges[1:-1]).tolist())
    assert short.values.size < 1_300
    assert np.array_equal(edges_from(short, bin_rule(f"quantile:{bins}")), edges)
    assert binned(short, edges) == pytest.approx(binned(whole, edges), rel=1e-11)


@quick
@given(rows=any_rows, more=st.integers(0, 5))
def test_few_values_are_left_as_they_are(rows, more):
    whole = numeric_summary(rows)
    assert cut(whole, whole.values.size + more) is whole


@pytest.mark.parametrize("points", [1, 2])
def test_one_point_or_two_are_enough_for_the_ends(points):
    rows = np.arange(100.0)
    short = cut(numeric_summary(rows), points)
    assert short.values.tolist()[:: short.values.size - 1] == [0.0, 99.0]
    assert short.counts.sum() == 100.0
    assert short.rank_error == 0.5 / points
    assert greatest_rank_error(short, rows) <= short.rank_error * (1 + ROUNDING)


def test_a_heavy_value_keeps_its_mass_but_for_a_step():
    rows = np.concatenate([np.zeros(5_000), np.arange(1.0, 5_001.0), -np.arange(1.0, 5_001.0)])
    short = cut(numeric_summary(rows), 100)
    assert abs(float(short.counts[short.values == 0.0][0]) - 5_000) <= 2 * short.rank_error * rows.size


def test_what_was_cut_keeps_the_moments_of_its_rows():
    rows = np.random.default_rng(1).normal(7.0, 2.0, 10_000)
    whole = numeric_summary(rows)
    short = cut(whole, 100)
    assert short.moments == moments_of(whole.values, whole.counts)
    assert short.mean_and_deviation() == whole.mean_and_deviation()
    again = cut(short, 10)
    assert again.moments is short.moments
    assert again.rank_error == short.rank_error + 0.05


def test_what_else_a_column_holds_is_left_alone():
    whole = NumericSummary(np.arange(50.0), np.ones(50), 50.0, 3.0, 2.0, instants=True)
    short = cut(whole, 10)
    assert (short.missing, short.non_finite, short.instants, short.weight_squares) == (3.0, 2.0, True, 50.0)
    assert whole.counts.tolist() == [1.0] * 50


@pytest.mark.parametrize(
    ("mass", "points", "step"), [(1_000.0, 10, 100.0), (1_001.0, 10, 101.0), (1_000.5, 10, 100.05), (5.0, 10, 0.5)]
)
def test_a_step_is_whole_where_masses_are(mass, points, step):
    assert step_of(mass, points) == step
