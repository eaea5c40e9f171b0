"""Two summaries on one support: nothing is lost, nothing is invented, P comes first."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings

from kldiv_cli.core.distribution import MassPair, Support
from kldiv_cli.core.summary import NumericSummary, numeric_summary, put_in_order
from kldiv_cli.core.support import as_labels, by_label, by_value, on_bins
from kldiv_cli.errors import InputError
from tests.core.reference import pair_of
from tests.strategies import labels_counted, samples

quick = settings(deadline=None, max_examples=100, derandomize=True)
INF = math.inf


def labels_of(text):
    names = sorted(set(text))
    return labels_counted([names.index(letter) for letter in text], names)


def masses_on(edges, counts):
    edges, counts = np.array(edges), np.array(counts, dtype=np.float64)
    return NumericSummary((edges[:-1] + edges[1:]) / 2, counts, float(counts.sum()), edges=edges)


def test_labels_are_joined_from_both_sides_those_of_p_first():
    masses = by_label(labels_of("bbd"), labels_of("abcc"))
    assert masses.support.labels == ("b", "d", "a", "c")
    assert masses.p.tolist() == [2.0, 1.0, 0.0, 0.0]
    assert masses.q.tolist() == [1.0, 0.0, 1.0, 2.0]
    assert masses.support.kind == "nominal"
    assert masses.support.positions is None


def test_ordered_labels_carry_positions():
    order = ("low", "middle", "high")
    p, q = (put_in_order(labels_counted(codes, order), order) for codes in ([0, 0], [2]))
    masses = by_label(p, q)
    assert masses.support.positions.tolist() == [0.0, 1.0, 2.0]
    assert masses.p.tolist() == [2.0, 0.0, 0.0]
    assert masses.q.tolist() == [0.0, 0.0, 1.0]
    assert by_label(p, labels_counted([0], order)).support.positions is None


@quick
@given(x=samples(), y=samples())
def test_values_are_the_union_of_both_and_no_mass_is_lost(x, y):
    p, q = numeric_summary(x), numeric_summary(y)
    masses = by_value(p, q)
    counted_p, counted_q = (dict(zip(s.values.tolist(), s.counts.tolist(), strict=True)) for s in (p, q))
    union = sorted({*counted_p, *counted_q})
    assert masses.support.positions.tolist() == union
    assert masses.p.tolist() == [counted_p.get(value, 0.0) for value in union]
    assert masses.q.tolist() == [counted_q.get(value, 0.0) for value in union]


@quick
@given(x=samples(), y=samples())
def test_swapped_sides_give_the_same_values_swapped(x, y):
    one, other = (by_value(*sides) for sides in (
        (numeric_summary(x), numeric_summary(y)), (numeric_summary(y), numeric_summary(x))))  # fmt: skip
    assert one.support.positions.tolist() == other.support.positions.tolist()
    assert (one.p.tolist(), one.q.tolist()) == (other.q.tolist(), other.p.tolist())


@quick
@given(x=samples(), y=samples())
def test_bins_hold_every_row_of_both_also_those_beyond_the_edges(x, y):
    p, q = numeric_summary(x), numeric_summary(y)
    masses = on_bins(p, q, np.array([-INF, -1.0, 0.0, 2.0, INF]))
    assert (masses.p.sum(), masses.q.sum()) == (p.mass, q.mass)
    assert masses.support.kind == "bins"
    assert masses.support.size == 4


def test_the_same_bins_on_both_sides_stay_bins():
    masses = by_value(masses_on([0.0, 1.0, 4.0], [1, 2]), masses_on([0.0, 1.0, 4.0], [3, 4]))
    assert masses.support.kind == "bins"
    assert masses.support.edges.tolist() == [0.0, 1.0, 4.0]
    assert masses.support.positions.tolist() == [0.5, 2.5]
    assert (masses.p.tolist(), masses.q.tolist()) == ([1.0, 2.0], [3.0, 4.0])


@pytest.mark.parametrize("edges", [[0.0, 2.0, 4.0], [0.0, 1.0, 2.0, 4.0]])
def test_other_bins_on_either_side_are_refused(edges):
    with pytest.raises(InputError, match="P has 2 bins from 0 to 4") as refusal:
        by_value(masses_on([0.0, 1.0, 4.0], [1, 2]), masses_on(edges, [1] * (len(edges) - 1)))
    assert "count both sides on the same bins" in refusal.value.remedy


def test_instants_on_either_side_make_instants():
    p, q = numeric_summary(np.array([1.0]), instants=True), numeric_summary(np.array([1.0]))
    assert by_value(p, q).support.instants
    assert on_bins(q, p, np.array([-INF, INF])).support.instants
    assert not by_value(q, q).support.instants


def test_numbers_become_labels_as_people_write_them():
    labels, _ = as_labels(numeric_summary(np.array([1.0, 2.5, -3.0, 1e20, 1.0])), labels_of("a"))
    assert labels.labels == ("-3", "1", "2.5", "1e+20")
    assert labels.counts.tolist() == [1.0, 2.0, 1.0, 1.0]


def test_labels_stay_labels_and_missing_rows_are_kept():
    summary = labels_of("aab")
    assert as_labels(summary, summary) == (summary, summary)
    assert as_labels(numeric_summary(np.array([1.0, np.nan])), summary)[0].missing == 1.0


def test_labels_meet_numbers_and_dates_however_they_are_spelled():
    spelled = labels_counted([0, 1, 2, 3], ["1.0", "1", "2013-01-01", "x"])
    numbers = numeric_summary(np.array([1.0]))
    assert as_labels(numbers, spelled)[1].labels == ("1", "2013-01-01", "x")
    assert as_labels(numbers, spelled)[1].counts.tolist() == [2.0, 1.0, 1.0]
    days = numeric_summary(np.array([1356998400.0]), instants=True)
    assert as_labels(days, spelled)[0].labels == ("2013-01-01",)


def test_an_outcome_is_a_label_a_value_or_an_interval_with_open_ends():
    assert Support("nominal", 1, labels=("a",)).outcome(0) == "a"
    assert Support("values", 1, positions=np.array([2.5])).outcome(0) == 2.5
    bins = Support("bins", 3, edges=np.array([-INF, 0.0, 1.0, INF]))
    assert [bins.outcome(i) for i in range(3)] == [(None, 0.0), (0.0, 1.0), (1.0, None)]


@pytest.mark.parametrize("side", ["p", "q"])
@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (np.array([1.0]), r"must have shape \(2,\)"),
        (np.array([1.0, -1e-9]), "must be non-negative and finite"),
        (np.array([1.0, math.nan]), "must be non-negative and finite"),
        (np.array([1.0, math.inf]), "must be non-negative and finite"),
    ],
)
def test_masses_that_cannot_be_are_refused(side, wrong, fault):
    masses = {"p": np.ones(2), "q": np.ones(2), side: wrong}
    with pytest.raises(ValueError, match=f"`{side}` {fault}"):
        MassPair(Support("values", 2, positions=np.arange(2.0)), **masses)


def test_distributions_are_read_only_and_sum_to_one():
    pair = pair_of([1, 2, 3], [3, 2, 1])
    for array in (pair.p, pair.q, pair.difference):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.5
    assert math.fsum(pair.p) == pytest.approx(1.0, abs=1e-15)
    assert math.fsum(pair.difference) == pytest.approx(0.0, abs=1e-16)


def test_probabilities_that_sum_to_one_are_left_alone():
    p = np.array([0.1, 0.2, 0.7])
    assert math.fsum(p) == pytest.approx(1.0, abs=1e-15)
    assert pair_of(p, [1, 1, 2]).p.tolist() == p.tolist()


def test_a_pair_swapped_twice_is_the_pair():
    pair = pair_of([1, 2, 3], [3, 2, 2])
    twice = pair.swapped().swapped()
    assert (twice.p.tolist(), twice.q.tolist()) == (pair.p.tolist(), pair.q.tolist())
    assert twice.difference.tolist() == pair.difference.tolist()
    assert pair.swapped().cdf_difference.tolist() == (-pair.cdf_difference).tolist()
