"""Python objects as operands: arrays and Series are samples, dicts are masses, DataFrames are tables."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import math

import numpy as np
import pandas as pd
import pytest

from kldiv_cli import compare
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, Profile
from kldiv_cli.errors import InputError, KldivError
from kldiv_cli.pipeline.compare import profile_of_object
from kldiv_cli.sources.spec import ReadOptions, SourceSpec


def profile(data: object, **options: object) -> Profile:
    return profile_of_object(data, SourceSpec("P", "inline", "", options=ReadOptions(**options)))


def only(data: object, **options: object) -> NumericSummary | CategoricalSummary:
    (summary,) = profile(data, **options).columns.values()
    return summary


NUMBERS = {
    "a list": [3, 1, 1],
    "a tuple": (3, 1, 1),
    "a list of floats": [3.0, 1.0, 1.0],
    "an array of int8": np.array([3, 1, 1], dtype=np.int8),
    "an array of uint64": np.array([3, 1, 1], dtype=np.uint64),
    "an array of float32": np.array([3, 1, 1], dtype=np.float32),
    "an array in the other byte order": np.array([3, 1, 1], dtype=">f8"),
    "a view with steps": np.array([3, 0, 1, 0, 1, 0])[::2],
    "an array of objects": np.array([3, 1, 1], dtype=object),
    "a Series": pd.Series([3, 1, 1]),
    "a Series with an odd index": pd.Series([3, 1, 1], index=[7, 7, 7]),
    "a Series of Int64": pd.Series([3, 1, 1], dtype="Int64"),
    "a Series of Float64": pd.Series([3, 1, 1], dtype="Float64"),
    "a Series of UInt8": pd.Series([3, 1, 1], dtype="UInt8"),
    "a Series of objects": pd.Series([3, 1, 1], dtype=object),
    "an Index": pd.Index([3, 1, 1]),
    "a range": range(1, 4),
}


@pytest.mark.parametrize("what", NUMBERS)
def test_a_vector_of_numbers_is_a_sample(what: str) -> None:
    read = profile(NUMBERS[what])
    (summary,) = read.columns.values()
    assert read.kind == "samples"
    assert isinstance(summary, NumericSummary)
    assert summary.values.tolist() == ([1, 2, 3] if what == "a range" else [1, 3])
    assert summary.mass == 3


MISSING_NUMBERS = {
    "NaN in a list": [1.0, math.nan, 2.0],
    "None in a list": [1, None, 2],
    "pd.NA in a list": [1, pd.NA, 2],
    "NaN in an array": np.array([1, np.nan, 2]),
    "NA in a Series of Int64": pd.Series([1, pd.NA, 2], dtype="Int64"),
    "NA in a Series of Float64": pd.Series([1, pd.NA, 2], dtype="Float64"),
    "None in a Series of objects": pd.Series([1, None, 2], dtype=object),
    "NaT-like None in objects": np.array([1, None, 2], dtype=object),
}


@pytest.mark.parametrize("what", MISSING_NUMBERS)
def test_a_missing_number_is_counted(what: str) -> None:
    summary = only(MISSING_NUMBERS[what])
    assert isinstance(summary, NumericSummary)
    assert (summary.values.tolist(), summary.missing) == ([1, 2], 1)


LABELS = {
    "a list of words": ["b", "a", "b"],
    "an array of words": np.array(["b", "a", "b"]),
    "an array of bytes": np.array([b"b", b"a", b"b"]),
    "a Series of words": pd.Series(["b", "a", "b"]),
    "a Series of objects": pd.Series(["b", "a", "b"], dtype=object),
    "a Series of categories": pd.Series(["b", "a", "b"], dtype="category"),
    "a Series of categories with one unused": pd.Series(
        pd.Categorical(["b", "a", "b"], categories=["z", "b", "a"], ordered=True)
    ),
    "a Categorical": pd.Categorical(["b", "a", "b"]),
}


@pytest.mark.parametrize("what", LABELS)
def test_a_vector_of_words_is_a_sample_of_labels(what: str) -> None:
    summary = only(LABELS[what])
    assert isinstance(summary, CategoricalSummary)
    assert summary.labels == ("a", "b")
    assert summary.counts.tolist() == [1, 2]


MISSING_LABELS = {
    "None in a list": ["a", None, "b"],
    "NaN in a list of words": ["a", math.nan, "b"],
    "None in a Series": pd.Series(["a", None, "b"]),
    "NaN in a Series of categories": pd.Series(["a", None, "b"], dtype="category"),
    "NA in a Series of strings": pd.Series(["a", pd.NA, "b"], dtype="string"),
}


@pytest.mark.parametrize("what", MISSING_LABELS)
def test_a_missing_label_is_counted(what: str) -> None:
    summary = only(MISSING_LABELS[what])
    assert isinstance(summary, CategoricalSummary)
    assert (summary.labels, summary.missing) == (("a", "b"), 1)


BOOLEANS = {
    "a list": [True, False, True],
    "an array": np.array([True, False, True]),
    "a Series": pd.Series([True, False, True]),
    "a Series of boolean": pd.Series([True, False, True], dtype="boolean"),
    "a Series of objects": pd.Series([True, False, True], dtype=object),
}


@pytest.mark.parametrize("what", BOOLEANS)
def test_booleans_are_labels(what: str) -> None:
    summary = only(BOOLEANS[what])
    assert isinstance(summary, CategoricalSummary)
    assert (summary.labels, summary.counts.tolist()) == (("false", "true"), [1, 2])


def test_a_missing_boolean_is_counted() -> None:
    summary = only(pd.Series([True, pd.NA, False], dtype="boolean"))
    assert (summary.labels, summary.missing) == (("false", "true"), 1)


DAY = 86_400.0
INSTANTS = {
    "datetime64[D]": np.array(["1970-01-02", "1970-01-03"], dtype="M8[D]"),
    "datetime64[s]": np.array(["1970-01-02", "1970-01-03"], dtype="M8[s]"),
    "datetime64[ns]": np.array(["1970-01-02", "1970-01-03"], dtype="M8[ns]"),
    "a Series": pd.Series(pd.to_datetime(["1970-01-02", "1970-01-03"])),
    "a Series with a zone": pd.Series(pd.to_datetime(["1970-01-02", "1970-01-03"])).dt.tz_localize("UTC"),
    "a Series in another zone": pd.Series(pd.to_datetime(["1970-01-01T19:00", "1970-01-02T19:00"])).dt.tz_localize(
        "Etc/GMT+5"
    ),
    "a DatetimeIndex": pd.to_datetime(["1970-01-02", "1970-01-03"]),
}


@pytest.mark.parametrize("what", INSTANTS)
def test_datetimes_are_instants(what: str) -> None:
    summary = only(INSTANTS[what])
    assert isinstance(summary, NumericSummary)
    assert summary.instants
    assert summary.values.tolist() == [DAY, 2 * DAY]


@pytest.mark.parametrize(
    "values",
    [
        [dt.datetime(1970, 1, 2), dt.datetime(1970, 1, 3)],
        [dt.date(1970, 1, 2), dt.date(1970, 1, 3)],
        [pd.Timestamp("1970-01-02"), pd.Timestamp("1970-01-03")],
        [np.datetime64("1970-01-02"), np.datetime64("1970-01-03")],
    ],
)
def test_dates_in_a_list_are_instants_as_they_are_in_an_array(values: list[object]) -> None:
    summary = only(values)
    assert isinstance(summary, NumericSummary)
    assert summary.instants
    assert summary.values.tolist() == [DAY, 2 * DAY]


def test_not_a_time_is_missing() -> None:
    for data in (np.array(["1970-01-02", "NaT"], dtype="M8[D]"), pd.Series(pd.to_datetime(["1970-01-02", None]))):
        summary = only(data)
        assert (summary.values.tolist(), summary.missing) == ([DAY], 1)


def test_microseconds_of_an_instant_are_kept() -> None:
    summary = only(np.array(["2024-01-01T00:00:00.123456"], dtype="M8[us]"))
    assert summary.values[0] == 1_704_067_200.123456


def test_words_in_a_series_are_not_read_again_as_numbers() -> None:
    """The typing rule is for text files; in Python a string is a string."""
    summary = only(pd.Series(["1", "2", "01"], dtype=object))
    assert isinstance(summary, CategoricalSummary)
    assert summary.labels == ("01", "1", "2")


def test_numpy_scalars_in_a_list_are_numbers() -> None:
    summary = only([np.float32(1), np.int8(2), 3])
    assert isinstance(summary, NumericSummary)
    assert summary.values.tolist() == [1, 2, 3]


@pytest.mark.parametrize("number", [decimal.Decimal("1.5"), fractions.Fraction(3, 2), np.float32(1.5), np.int64(7)])
def test_a_column_of_objects_that_are_numbers_is_numeric(number: object) -> None:
    summary = only(pd.Series([number, number], dtype=object))
    assert isinstance(summary, NumericSummary)
    assert summary.values.tolist() == [float(number)]


def test_numbers_and_words_together_are_labels() -> None:
    summary = only(pd.Series([1, "a", 1.0], dtype=object))
    assert isinstance(summary, CategoricalSummary)
    assert summary.mass == 3


def test_infinite_numbers_are_counted_apart() -> None:
    summary = only([1.0, math.inf, -math.inf, 2.0])
    assert (summary.values.tolist(), summary.non_finite) == ([1, 2], 2)


def test_a_dict_is_masses() -> None:
    read = profile({"a": 3, "b": 5})
    (summary,) = read.columns.values()
    assert read.kind == "counts"
    assert dict(zip(summary.labels, summary.counts.tolist(), strict=True)) == {"a": 3, "b": 5}


def test_a_dict_with_numbers_for_keys_has_positions() -> None:
    summary = only({10: 0.25, 2.5: 0.75})
    assert isinstance(summary, NumericSummary)
    assert (summary.values.tolist(), summary.counts.tolist()) == ([2.5, 10], [0.75, 0.25])


def test_a_dict_with_booleans_for_keys_has_labels() -> None:
    assert only({True: 3, False: 5}).labels == ("true", "false")


def test_a_dict_of_numpy_scalars_is_masses() -> None:
    assert only({"a": np.int64(3), "b": np.float32(5)}).counts.tolist() == [3, 5]


@pytest.mark.parametrize(
    ("masses", "message"),
    [
        ({}, "empty"),
        ({"a": "x"}, "labels to numbers"),
        ({"a": [1, 2]}, "labels to numbers"),
        ({"a": -1, "b": 2}, "negative"),
        ({"a": math.nan, "b": 2}, "NaN"),
        ({"a": math.inf, "b": 2}, "infinite"),
        ({"a": 0, "b": 0}, "every mass is 0"),
        ({"a": 10**400}, "P"),
    ],
)
def test_a_dict_that_is_no_masses_is_an_error(masses: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        profile(masses)


def test_a_frame_is_a_table() -> None:
    frame = pd.DataFrame(
        {
            "n": [1, 2, 2],
            "g": pd.Categorical(["x", "y", "y"]),
            "d": pd.to_datetime(["1970-01-02", "1970-01-02", None]),
            "i": pd.array([1, None, 3], dtype="Int64"),
            "b": [True, False, True],
            3: ["u", "u", None],
        }
    )
    columns = profile(frame).columns
    assert list(columns) == ["n", "g", "d", "i", "b", "3"]
    kinds = [isinstance(summary, NumericSummary) for summary in columns.values()]
    assert kinds == [True, False, True, True, False, False]
    assert [summary.missing for summary in columns.values()] == [0, 0, 1, 1, 0, 1]


def test_a_frame_of_masses_is_read_as_masses() -> None:
    read = profile(pd.DataFrame({"label": ["a", "b"], "count": [3, 5]}))
    assert read.kind == "counts"


def test_a_column_of_a_frame_may_be_chosen() -> None:
    frame = pd.DataFrame({"x": [1, 2], "y": [3, 4]})
    assert list(profile(frame, columns=("y",)).columns) == ["y"]
    assert list(profile(frame, exclude=("y",)).columns) == ["x"]


def test_two_columns_of_one_name_are_not_mixed_up() -> None:
    frame = pd.DataFrame([[1, 2], [3, 4]], columns=["x", "x"])
    with pytest.raises(KldivError, match="x"):
        profile(frame)


def test_a_matrix_has_numbered_columns() -> None:
    columns = profile(np.array([[1.0, 4.0], [2.0, 5.0]])).columns
    assert {name: summary.values.tolist() for name, summary in columns.items()} == {"1": [1, 2], "2": [4, 5]}


@pytest.mark.parametrize(
    "data",
    [
        [],
        np.empty(0),
        pd.Series([], dtype=float),
        pd.DataFrame(),
        pd.DataFrame({"x": []}),
        np.empty((0, 3)),
        np.empty((3, 0)),
        {},
    ],
)
def test_nothing_is_an_error(data: object) -> None:
    with pytest.raises(InputError, match="empty"):
        profile(data)


@pytest.mark.parametrize(
    "data",
    [3, None, 3.5, np.ones((2, 2, 2)), np.ones(3, dtype=complex), object(), {1, 2}, b"1,2", [[1], [2, 3]], [{"a": 1}]],
)
def test_what_is_no_operand_is_an_error(data: object) -> None:
    with pytest.raises(KldivError, match="P"):
        profile(data)


def test_durations_are_an_error() -> None:
    for data in (np.array([1, 2], dtype="m8[s]"), pd.Series(pd.to_timedelta([1, 2], unit="s"))):
        with pytest.raises(InputError, match="timedelta"):
            profile(data)


def test_complex_numbers_in_a_series_are_an_error() -> None:
    with pytest.raises(InputError, match="complex"):
        profile(pd.Series([1 + 2j, 3]))


def test_an_array_may_be_read_as_counts() -> None:
    read = profile(np.array([3, 5]), as_="counts")
    assert (read.kind, read.unlabelled) == ("counts", True)


def test_an_array_may_be_read_as_probabilities() -> None:
    read = profile([0.25, 0.75], as_="probs")
    assert read.kind == "probabilities"


def test_a_vector_that_sums_to_1_is_still_a_sample() -> None:
    assert profile(np.array([0.25, 0.75])).kind == "samples"


def test_a_series_and_an_array_give_the_same_numbers() -> None:
    generator = np.random.default_rng(0)
    p, q = generator.normal(size=300), generator.normal(0.3, size=200)
    numbers = [
        [(e.measure, e.direction, e.value) for e in compare(a, b).comparisons[0].estimates]
        for a, b in ((p, q), (pd.Series(p), pd.Series(q)), (p.tolist(), q.tolist()), (pd.Series(p, name="x"), q))
    ]
    assert numbers[1] == numbers[0]
    assert numbers[2] == numbers[0]
    assert numbers[3] == numbers[0]


def test_data_are_not_changed() -> None:
    p = np.array([3.0, 1.0, np.nan, 2.0])
    frame = pd.DataFrame({"x": p.copy(), "g": ["a", "b", None, "a"]})
    before = frame.copy(deep=True)
    compare(frame, frame.copy())
    compare(p, p[::-1])
    pd.testing.assert_frame_equal(frame, before)
    assert p.tolist()[:2] == [3, 1]


def test_the_report_uses_the_names_that_were_given() -> None:
    (comparison,) = compare([1, 2, 3], [2, 3, 4], labels=("old", "new")).comparisons
    assert (comparison.p.label, comparison.q.label) == ("old", "new")


def test_a_string_is_an_operand_as_typed() -> None:
    (comparison,) = compare("a:3,b:5", {"a": 3, "b": 5}).comparisons
    assert comparison.estimate("js").value == 0
