"""Masses typed on the command line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from kldiv_cli import compare
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary
from kldiv_cli.errors import InputError
from kldiv_cli.sources.inline import is_inline, table_from_inline

if TYPE_CHECKING:
    from collections.abc import Callable

    from kldiv_cli.core.summary import Profile


@pytest.mark.parametrize(
    ("text", "masses"),
    [
        ("0.2,0.4,0.4", [0.2, 0.4, 0.4]),
        ("3,5", [3, 5]),
        ("1/3,2/3", [1 / 3, 2 / 3]),
        ("1e-3,2E3", [1e-3, 2e3]),
        (" 1 , 2 ", [1, 2]),
        ("1,2,", [1, 2]),
        ("+1,2", [1, 2]),
        (".5,.5", [0.5, 0.5]),
        ("1.5/4,1", [0.375, 1]),
        ("0,1", [0, 1]),
        ("5,", [5]),
    ],
)
def test_masses_are_numbers_or_fractions_with_commas(text: str, masses: list[float]) -> None:
    table = table_from_inline(text, text)
    assert table.names == ("mass",)
    assert table.head.columns["mass"].values.tolist() == masses


def test_masses_may_have_labels(read_typed: Callable[..., Profile]) -> None:
    summary = read_typed("a:3,b:5")
    assert summary.kind == "counts"
    (column,) = summary.columns.values()
    assert isinstance(column, CategoricalSummary)
    assert column.labels == ("a", "b")
    assert column.counts.tolist() == [3, 5]


def test_a_label_may_hold_colons_and_blanks(read_typed: Callable[..., Profile]) -> None:
    (column,) = read_typed("a:b:3,New York : 5").columns.values()
    assert column.labels == ("a:b", "New York")


def test_labels_that_are_all_numbers_are_positions(read_typed: Callable[..., Profile]) -> None:
    (column,) = read_typed("10:3,-2.5:5").columns.values()
    assert isinstance(column, NumericSummary)
    assert column.values.tolist() == [-2.5, 10]
    assert column.counts.tolist() == [5, 3]


def test_one_label_that_is_no_number_makes_all_of_them_labels(read_typed: Callable[..., Profile]) -> None:
    (column,) = read_typed("10:3,x:5").columns.values()
    assert column.labels == ("10", "x")


@pytest.mark.parametrize("label", ["01", "inf", "nan", "1_0", "0x1"])
def test_labels_that_only_look_like_numbers_stay_labels(label: str, read_typed: Callable[..., Profile]) -> None:
    (column,) = read_typed(f"7:3,{label}:5").columns.values()
    assert isinstance(column, CategoricalSummary)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("3,5", "counts"),
        ("1,0", "probabilities"),
        ("0.2,0.8", "probabilities"),
        ("1.5,2.5", "probabilities"),
        ("1,1", "counts"),
        ("2,0", "counts"),
        ("1/2,1/2", "probabilities"),
        ("a:1,b:0", "probabilities"),
    ],
)
def test_whole_numbers_whose_sum_is_above_1_are_counts(
    text: str, kind: str, read_typed: Callable[..., Profile]
) -> None:
    assert read_typed(text).kind == kind


def test_whole_numbers_may_be_called_probabilities(read_typed: Callable[..., Profile]) -> None:
    assert read_typed("3,5", as_="probs").kind == "probabilities"


def test_fractions_may_be_called_counts(read_typed: Callable[..., Profile]) -> None:
    assert read_typed("0.5,1.5", as_="counts").kind == "counts"


def test_probabilities_that_miss_1_are_normalised_with_a_note(read_typed: Callable[..., Profile]) -> None:
    (note,) = read_typed("0.5,0.4").notes
    assert note.code == "normalised"
    assert "0.9" in note.text


@pytest.mark.parametrize("text", ["0.5,0.5", "0.5,0.5000009", "0.3333333,0.6666667", "1/3,2/3"])
def test_probabilities_within_a_millionth_of_1_need_no_note(text: str, read_typed: Callable[..., Profile]) -> None:
    assert read_typed(text).notes == ()


def test_unlabelled_masses_use_their_places_and_say_so() -> None:
    report = compare("0.5,0.5", "0.2,0.8")
    assert [note.code for note in report.notes] == ["positions"]
    assert report.comparisons[0].estimate("w1").value == pytest.approx(0.3, rel=1e-15)


def test_repeated_labels_are_summed_with_a_note(read_typed: Callable[..., Profile]) -> None:
    profile = read_typed("a:3,b:5,a:4")
    (column,) = profile.columns.values()
    assert dict(zip(column.labels, column.counts.tolist(), strict=True)) == {"a": 7, "b": 5}
    assert [note.code for note in profile.notes] == ["repeated-labels"]


def test_observations_behind_probabilities_make_counts_of_them(read_typed: Callable[..., Profile]) -> None:
    profile = read_typed("0.25,0.75", n=40)
    (column,) = profile.columns.values()
    assert profile.kind == "counts"
    assert column.counts.tolist() == [10, 30]
    assert [note.code for note in profile.notes] == ["counts-given"]


def test_the_whole_operand_is_its_label(read_typed: Callable[..., Profile]) -> None:
    assert read_typed("a:3,b:5").label == "a:3,b:5"


def test_a_json_list_may_be_typed(read_typed: Callable[..., Profile]) -> None:
    profile = read_typed("[0.2, 0.4, 0.4]")
    assert profile.kind == "probabilities"
    assert profile.unlabelled


def test_a_json_object_may_be_typed(read_typed: Callable[..., Profile]) -> None:
    (column,) = read_typed('{"a": 3, "b": 5}').columns.values()
    assert column.labels == ("a", "b")


def test_masses_may_be_read_as_samples(read_typed: Callable[..., Profile]) -> None:
    profile = read_typed("3,5,5", as_="samples")
    (column,) = profile.columns.values()
    assert profile.kind == "samples"
    assert column.values.tolist() == [3, 5]
    assert column.counts.tolist() == [1, 2]


def test_samples_may_be_negative(read_typed: Callable[..., Profile]) -> None:
    (column,) = read_typed("-3,5", as_="samples").columns.values()
    assert column.values.tolist() == [-3, 5]


@pytest.mark.parametrize(("text", "is_it"), [("1,2", True), ("[1]", True), ("{", True), ("12", False), ("a:3", False)])
def test_a_comma_or_a_bracket_makes_an_operand_inline(text: str, is_it: bool) -> None:
    assert is_inline(text) is is_it


@pytest.mark.parametrize("text", ["nan,1", "inf,1", "-1,2", "0,0", "a:nan,b:1"])
def test_a_mass_that_cannot_be_is_an_error(text: str, read_typed: Callable[..., Profile]) -> None:
    with pytest.raises(InputError, match=r"the mass of|every mass is 0"):
        read_typed(text)


def test_uniform_takes_the_outcomes_of_the_other_side() -> None:
    (comparison,) = compare("a:3,b:5,c:0", "uniform").comparisons
    assert comparison.q.label == "uniform"
    assert comparison.support.size == 3
    assert comparison.estimate("kl", "p:q").value == pytest.approx(
        math.log(3) + 3 / 8 * math.log(3 / 8) + 5 / 8 * math.log(5 / 8), rel=1e-14
    )
