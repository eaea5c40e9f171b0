"""Profiles of groups: what merges, what is left when one is taken away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kldiv_cli.core.groups import merged, natural, rests
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, Profile, numeric_summary
from kldiv_cli.core.tally import LabelTally

ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-5, 5), st.sampled_from("xyz")), min_size=2, max_size=60)


def profile_of(rows: list[tuple[str, int, str]], label: str = "") -> Profile:
    labels = LabelTally()
    names = sorted({row[2] for row in rows})
    labels.add(np.array([names.index(row[2]) for row in rows], dtype=np.intp), names)
    numbers = numeric_summary(np.array([row[1] for row in rows], dtype=np.float64))
    return Profile(label, "samples", {"n": numbers, "l": labels.summary()}, len(rows))


def assert_same(one: Profile, other: Profile) -> None:
    assert one.rows == other.rows
    for name, summary in one.columns.items():
        there = other.columns[name]
        assert np.array_equal(summary.counts, there.counts)
        assert summary.missing == there.missing
        if isinstance(summary, NumericSummary):
            assert isinstance(there, NumericSummary)
            assert np.array_equal(summary.values, there.values)
        else:
            assert isinstance(there, CategoricalSummary)
            assert summary.labels == there.labels


@given(rows=ROWS)
def test_what_is_merged_is_what_was_together(rows: list[tuple[str, int, str]]) -> None:
    groups = [[row for row in rows if row[0] == name] for name in sorted({row[0] for row in rows})]
    assert_same(merged([profile_of(group) for group in groups], ""), profile_of(rows))


@given(rows=ROWS)
def test_the_rest_of_a_group_is_every_other_row(rows: list[tuple[str, int, str]]) -> None:
    names = sorted({row[0] for row in rows})
    if len(names) < 2:
        return
    profiles = [profile_of([row for row in rows if row[0] == name]) for name in names]
    found = list(rests(profiles, [f"not {name}" for name in names]))
    for name, rest in zip(names, found, strict=True):
        assert rest.label == f"not {name}"
        assert_same(rest, profile_of([row for row in rows if row[0] != name]))


@given(rows=ROWS, seed=st.integers(0, 99))
def test_the_rest_of_weighted_rows_is_merged_and_never_subtracted(rows: list[tuple[str, int, str]], seed: int) -> None:
    weights = np.random.default_rng(seed).random(len(rows)) + 0.1
    names = sorted({row[0] for row in rows})
    if len(names) < 2:
        return
    profiles, others = [], []
    for name in names:
        for inside, found in ((True, profiles), (False, others)):
            places = [place for place, row in enumerate(rows) if (row[0] == name) is inside]
            values = np.array([rows[place][1] for place in places], dtype=np.float64)
            found.append(
                Profile("", "samples", {"n": numeric_summary(values, weights[places])}, len(places), weighted=True)
            )
    for rest, expected in zip(rests(profiles, names), others, strict=True):
        here, there = rest.columns["n"], expected.columns["n"]
        assert isinstance(here, NumericSummary) and isinstance(there, NumericSummary)
        assert np.array_equal(here.values, there.values)
        assert here.counts == pytest.approx(there.counts, rel=1e-14)
        assert here.n == pytest.approx(there.n, rel=1e-12)


def test_a_column_that_a_part_lacks_is_missing_in_its_rows() -> None:
    here, there = (profile_of([("a", 1, "x")] * 3), profile_of([("a", 2, "y")] * 4))
    there = there._replace(columns={"l": there.columns["l"]})
    assert merged([here, there], "").columns["n"].missing == 4


@pytest.mark.parametrize(
    "names",
    [
        ["1", "2", "10"],
        ["-10", "-9", "0"],
        ["2013-9", "2013-10"],
        ["week 9", "week 10"],
        ["[-10,0)", "[0,10)", "[10,20)"],
        ["a", "b"],
    ],
)
def test_names_sort_as_people_count(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(backwards, key=natural) == names
