"""JSON and NDJSON: lists, objects of masses, records, columns, histograms; faults with their place."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, Profile
from kldiv_cli.errors import InputError, TypeBreak

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[..., Profile]

DAY = 86_400.0


def only(profile: Profile) -> NumericSummary | CategoricalSummary:
    (summary,) = profile.columns.values()
    return summary


def test_an_object_of_numbers_is_masses_by_label(read: Read) -> None:
    profile = read('{"a": 3, "b": 5}', name="t.json")
    assert profile.kind == "counts"
    assert (only(profile).labels, only(profile).counts.tolist()) == (("a", "b"), [3, 5])


def test_an_object_with_numbers_for_labels_has_positions(read: Read) -> None:
    summary = only(read('{"10": 3, "2": 5}', name="t.json"))
    assert isinstance(summary, NumericSummary)
    assert (summary.values.tolist(), summary.counts.tolist()) == ([2, 10], [5, 3])


def test_labels_of_an_object_with_leading_zeros_stay_labels(read: Read) -> None:
    assert only(read('{"01": 3, "2": 5}', name="t.json")).labels == ("01", "2")


def test_a_list_that_sums_to_1_is_probabilities(read: Read) -> None:
    profile = read("[0.2, 0.3, 0.5]", name="t.json")
    assert (profile.kind, profile.unlabelled) == ("probabilities", True)
    assert only(profile).counts.tolist() == [0.2, 0.3, 0.5]


def test_a_list_within_a_millionth_of_1_is_probabilities(read: Read) -> None:
    assert read("[0.2, 0.8000009]", name="t.json").kind == "probabilities"


@pytest.mark.parametrize("text", ["[3, 4, 5]", "[0.2, 0.9]", "[1, 0]", "[0.2, 0.80001]", "[-0.5, 1.5]", "[0.5, null]"])
def test_a_list_that_is_no_probabilities_is_an_error_with_two_remedies(text: str, read: Read) -> None:
    with pytest.raises(InputError, match=r"numbers that sum to .*\n.*--as samples.*--as counts"):
        read(text, name="t.json")


def test_the_error_on_measurements_has_the_words_of_the_contract(read: Read) -> None:
    with pytest.raises(InputError, match=r"1,000 numbers that sum to 33,412") as caught:
        read(json.dumps([33] * 999 + [445]), name="t.json")
    assert caught.value.remedy == "measurements? --as samples. Weights? --as counts"


def test_a_list_may_be_read_as_samples(read: Read) -> None:
    profile = read("[3, 4, 4, null, -1]", name="t.json", as_="samples")
    assert profile.kind == "samples"
    assert (only(profile).values.tolist(), only(profile).missing) == ([-1, 3, 4], 1)


def test_a_list_may_be_read_as_counts(read: Read) -> None:
    profile = read("[3, 4, 4]", name="t.json", as_="counts")
    assert (profile.kind, only(profile).counts.tolist()) == ("counts", [3, 4, 4])


def test_records_are_rows(read: Read) -> None:
    profile = read('[{"x": 1, "g": "a"}, {"x": 2.5}, {"x": null, "g": "b"}]', name="t.json")
    assert profile.kind == "samples"
    assert profile.columns["x"].values.tolist() == [1, 2.5]
    assert [summary.missing for summary in profile.columns.values()] == [1, 1]


def test_records_of_labels_and_counts_are_masses(read: Read) -> None:
    profile = read('[{"carrier": "AA", "n": 3}, {"carrier": "UA", "n": 5}]', name="t.json")
    assert (profile.kind, only(profile).labels) == ("counts", ("AA", "UA"))


def test_columns_are_columns(read: Read) -> None:
    profile = read('{"x": [1, 2], "g": ["a", "a"]}', name="t.json")
    assert profile.rows == 2
    assert profile.columns["g"].counts.tolist() == [2]


def test_edges_with_counts_are_masses_on_bins(read: Read) -> None:
    profile = read('{"edges": [0, 1, 3], "counts": [4, 6]}', name="t.json")
    assert profile.kind == "counts"
    assert only(profile).edges.tolist() == [0, 1, 3]
    assert only(profile).counts.tolist() == [4, 6]
    assert only(profile).values.tolist() == [0.5, 2]


def test_a_bin_may_be_empty(read: Read) -> None:
    assert only(read('{"edges": [0, 1, 3], "counts": [0, 6]}', name="t.json")).counts.tolist() == [0, 6]


def test_bins_of_huge_edges_have_finite_midpoints(read: Read) -> None:
    summary = only(read('{"edges": [-1.7e308, 0, 1.7e308], "counts": [1, 2]}', name="t.json"))
    assert all(math.isfinite(value) for value in summary.values.tolist())


def test_ndjson_is_recognised_by_its_content(read: Read) -> None:
    profile = read('{"x": 1, "g": "a"}\n{"x": 2, "g": "b"}\n', name="t.txt")
    assert list(profile.columns) == ["x", "g"]
    assert profile.rows == 2


def test_ndjson_is_recognised_in_a_pipe(read_pipe: Read) -> None:
    assert read_pipe('{"x": 1}\n{"x": 2}\n', chunk=3).rows == 2


def test_json_is_recognised_in_a_pipe(read_pipe: Read) -> None:
    assert read_pipe('\n {"a": 3,\n "b": 5}').kind == "counts"


def test_one_record_of_ndjson_is_a_row(read: Read) -> None:
    profile = read('{"x": 1, "g": "a"}\n', name="t.ndjson")
    assert profile.rows == 1
    assert profile.kind == "samples"


def test_one_record_of_numbers_in_ndjson_is_a_row_and_no_masses(read: Read) -> None:
    profile = read('{"x": 1, "y": 2}\n', name="t.ndjson")
    assert profile.kind == "samples"
    assert list(profile.columns) == ["x", "y"]


def test_numbers_one_a_line_are_observations(read: Read) -> None:
    profile = read("3\n4\n4\n", name="t.ndjson")
    assert profile.kind == "samples"
    assert only(profile).counts.tolist() == [1, 2]


def test_ndjson_named_json_is_read_by_its_content(read: Read) -> None:
    assert read('{"x": 1, "g": "a"}\n{"x": 2, "g": "b"}\n', name="t.json").rows == 2


def test_empty_lines_of_ndjson_are_no_rows(read: Read) -> None:
    assert read('{"x": 1}\n\n{"x": 2}\r\n\n', name="t.ndjson").rows == 2


def test_a_field_that_is_not_in_every_record_is_missing_there(read: Read) -> None:
    profile = read('{"x": 1}\n{"y": 2}\n{"x": 3, "y": 4}\n', name="t.ndjson")
    assert {name: summary.missing for name, summary in profile.columns.items()} == {"x": 1, "y": 1}


def test_nested_fields_are_skipped_with_a_note(read: Read) -> None:
    profile = read('[{"x": 1, "deep": {"y": 2}}, {"x": 2, "deep": [3]}]', name="t.json")
    assert list(profile.columns) == ["x"]
    (note,) = profile.notes
    assert note.code == "nested"
    assert "deep" in note.text


def test_booleans_are_labels(read: Read) -> None:
    summary = read('[{"b": true}, {"b": false}, {"b": true}]', name="t.json").columns["b"]
    assert (summary.labels, summary.counts.tolist()) == (("false", "true"), [1, 2])


def test_dates_are_instants(read: Read) -> None:
    summary = read('[{"d": "1970-01-02"}, {"d": null}]', name="t.json").columns["d"]
    assert isinstance(summary, NumericSummary)
    assert summary.instants
    assert (summary.values.tolist(), summary.missing) == ([DAY], 1)


def test_strings_that_look_like_numbers_are_labels(read: Read) -> None:
    """JSON tells numbers from strings, so a string of digits is a label."""
    summary = read('[{"zip": "10115"}, {"zip": "99999"}]', name="t.json").columns["zip"]
    assert isinstance(summary, CategoricalSummary)


def test_a_promise_of_numbers_makes_numbers_of_strings(read: Read) -> None:
    summary = read('[{"x": "10115"}, {"x": "99999"}]', name="t.json", numeric=("x",)).columns["x"]
    assert isinstance(summary, NumericSummary)


def test_a_promise_of_numbers_that_a_field_breaks_is_an_error(read: Read) -> None:
    with pytest.raises(InputError, match=r"record 2, field x: 'a'"):
        read('[{"x": 1}, {"x": "a"}]', name="t.json", numeric=("x",))


def test_numbers_may_be_forced_to_be_labels(read: Read) -> None:
    summary = read('[{"x": 1}, {"x": 2.5}, {"x": 1}]', name="t.json", categorical=("x",)).columns["x"]
    assert (summary.labels, summary.counts.tolist()) == (("1", "2.5"), [2, 1])


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_pythons_words_for_what_is_no_number_are_counted(word: str, read: Read) -> None:
    summary = read(f'[{{"x": 1}}, {{"x": {word}}}]', name="t.json").columns["x"]
    assert isinstance(summary, NumericSummary)
    assert summary.missing + summary.non_finite == 1


def test_a_float_comes_back_to_the_bit(read: Read) -> None:
    summary = read('[{"x": 0.1}, {"x": 5e-324}, {"x": 1.7976931348623157e308}]', name="t.json").columns["x"]
    assert summary.values.tolist() == [5e-324, 0.1, 1.7976931348623157e308]


def test_a_byte_order_mark_is_no_part_of_the_document(read: Read) -> None:
    assert read(b'\xef\xbb\xbf{"a": 3, "b": 5}', name="t.json").kind == "counts"
    assert read(b'\xef\xbb\xbf{"a": 3, "b": 5}', name="nosuffix").kind == "counts"


def test_another_encoding_may_be_named(read: Read) -> None:
    profile = read('{"ä": 3, "b": 5}'.encode("utf-16"), name="t.json", encoding="utf-16")
    assert only(profile).labels == ("ä", "b")


def test_a_lone_surrogate_in_a_label_is_no_trouble(read: Read) -> None:
    assert len(only(read(r'{"\ud800": 3, "b": 5}', name="t.json")).labels) == 2


def test_a_repeated_key_is_an_error_that_names_it(read: Read) -> None:
    with pytest.raises(InputError, match="'a' stands twice"):
        read('{"a": 3, "b": 5, "a": 4}', name="t.json")


def test_a_repeated_key_in_ndjson_is_an_error_with_its_line(read: Read) -> None:
    """Errors with the place."""
    with pytest.raises(InputError, match=r"line 3.*'x' stands twice|'x' stands twice.*line 3"):
        read('{"x": 1}\n{"x": 2}\n{"x": 3, "x": 4}\n', name="t.ndjson")


@pytest.mark.parametrize(
    ("text", "place"),
    [('{"a": 3,\n "b" 5}', "line 2, column 6"), ("[1, 2", "line 1, column 6"), ('{"a": 3}}', "line 1, column 9")],
)
def test_broken_json_is_an_error_with_its_place(text: str, place: str, read: Read) -> None:
    with pytest.raises(InputError, match=rf"t\.json is not JSON \({place}"):
        read(text, name="t.json")


def test_a_broken_line_is_an_error_with_its_number(read: Read) -> None:
    with pytest.raises(InputError, match="line 4"):
        read('{"x": 1}\n\n{"x": 2}\n{"x": }\n', name="t.ndjson")


def test_a_broken_line_far_down_has_its_number(read: Read) -> None:
    with pytest.raises(InputError, match="line 60001"):
        read('{"x": 1}\n' * 60_000 + '{"x": }\n', name="t.ndjson")


def test_a_broken_line_far_down_counts_empty_lines(read: Read) -> None:
    with pytest.raises(InputError, match="line 60005"):
        read("\n\n\n\n" + '{"x": 1}\n' * 60_000 + '{"x": }\n', name="t.ndjson")


def test_records_of_several_blocks_add_up(read: Read) -> None:
    profile = read("".join(f'{{"x": {i % 10}, "g": "l{i % 3}"}}\n' for i in range(60_000)), name="t.ndjson")
    assert profile.rows == 60_000
    assert profile.columns["x"].counts.tolist() == [6_000] * 10
    assert profile.columns["g"].counts.tolist() == [20_000] * 3


def breaking(cell: str) -> str:
    return '{"x": 1}\n' * 60_000 + f'{{"x": {cell}}}\n'


def test_a_type_that_breaks_far_down_makes_a_file_be_read_again(read: Read) -> None:
    profile = read(breaking('"oops"'), name="t.ndjson")
    assert isinstance(profile.columns["x"], CategoricalSummary)
    assert [note.code for note in profile.notes] == ["read-as-labels"]


def test_a_type_that_breaks_far_down_in_a_pipe_is_an_error(read_pipe: Read) -> None:
    with pytest.raises(TypeBreak, match=r"60001.*'oops'") as caught:
        read_pipe(breaking('"oops"'))
    assert "--categorical x" in caught.value.remedy


def test_a_missing_field_far_down_is_missing(read: Read) -> None:
    assert read('{"x": 1}\n' * 60_000 + "{}\n", name="t.ndjson").columns["x"].missing == 1


@pytest.mark.parametrize("cell", ['{"y": 1}', "[1]"])
def test_a_nested_value_far_down_is_not_taken_for_a_label(cell: str, read: Read) -> None:
    profile = read('{"x": "a"}\n' * 60_000 + f'{{"x": {cell}}}\n', name="t.ndjson")
    assert not any("{" in label or "[" in label for label in profile.columns["x"].labels)


def test_a_field_that_first_comes_far_down_is_told(read: Read) -> None:
    """Nothing is dropped in silence."""
    profile = read('{"x": 1}\n' * 60_000 + '{"x": 1, "late": 2}\n', name="t.ndjson")
    assert "late" in profile.columns or any("late" in note.text for note in profile.notes)


@pytest.mark.parametrize("text", ["3", '"a"', "null", "true", "[[1]]", '[1, {"a": 2}]', '{"a": {"b": 1}}', "[{}]"])
def test_other_shapes_are_an_error(text: str, read: Read) -> None:
    with pytest.raises(InputError, match=r"t\.json"):
        read(text, name="t.json")


@pytest.mark.parametrize(
    "text",
    [
        '{"edges": [0, 1], "counts": [1, 2]}',
        '{"edges": [0, 0, 1], "counts": [1, 2]}',
        '{"edges": [0, NaN], "counts": [1]}',
        '{"edges": ["a", "b"], "counts": [1]}',
        '{"edges": [0, 1], "counts": [-1]}',
        '{"edges": [0, 1], "counts": [NaN]}',
    ],
)
def test_a_histogram_that_cannot_be_is_an_error(text: str, read: Read) -> None:
    with pytest.raises(InputError, match=r"t\.json"):
        read(text, name="t.json")
