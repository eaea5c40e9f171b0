"""How an operand is read: every row of the contract's table, and the paragraphs below it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from kldiv_cli import compare
from kldiv_cli.core.summary import CategoricalSummary, Profile
from kldiv_cli.errors import InputError, KldivError, UsageError
from kldiv_cli.sources.interpret import MASS_NAMES, resolved

if TYPE_CHECKING:
    from collections.abc import Callable

    Put = Callable[[str, bytes | str], str]
    Read = Callable[..., Profile]


def masses(profile: Profile) -> dict[object, float]:
    """Outcomes of masses with their masses."""
    assert profile.kind != "samples"
    (summary,) = profile.columns.values()
    keys = summary.labels if isinstance(summary, CategoricalSummary) else summary.values.tolist()
    return dict(zip(keys, summary.counts.tolist(), strict=True))


def codes(profile: Profile) -> list[str]:
    return [note.code for note in profile.notes]


# JSON label -> number; a table with one label column, all labels distinct, and a column of masses


@pytest.mark.parametrize("name", ["p", "q", "prob", "probability", "pmf", "mass", "weight", "count", "counts", "n"])
def test_a_label_column_and_a_column_of_masses_are_masses(name: str, read: Read) -> None:
    assert masses(read(f"carrier,{name}\nAA,0.25\nUA,0.75\n")) == {"AA": 0.25, "UA": 0.75}


def test_the_names_of_masses_are_those_of_the_contract() -> None:
    assert " ".join(MASS_NAMES) == "p q prob probability pmf mass weight count counts n freq frequency"


def test_the_name_of_a_column_of_masses_may_be_in_capitals(read: Read) -> None:
    assert masses(read("carrier,Count\nAA,3\nUA,5\n")) == {"AA": 3, "UA": 5}


def test_the_column_of_masses_may_come_first(read: Read) -> None:
    assert masses(read("n,carrier\n3,AA\n5,UA\n")) == {"AA": 3, "UA": 5}


def test_another_name_makes_rows_observations(read: Read) -> None:
    assert read("carrier,delay\nAA,3\nUA,5\n").kind == "samples"


def test_labels_that_repeat_make_rows_observations(read: Read) -> None:
    assert read("carrier,n\nAA,3\nAA,5\n").kind == "samples"


def test_two_columns_of_labels_make_rows_observations(read: Read) -> None:
    assert read("carrier,airport,n\nAA,LAX,3\nUA,BOS,5\n").kind == "samples"


def test_labels_that_are_numbers_are_positions(read: Read) -> None:
    assert masses(read("stars,count\n1,3\n5,4\n3,2\n")) == {1: 3, 3: 2, 5: 4}


def test_labels_that_are_dates_are_instants(read: Read) -> None:
    profile = read("day,count\n1970-01-02,3\n1970-01-03,5\n")
    (summary,) = profile.columns.values()
    assert summary.instants
    assert masses(profile) == {86_400: 3, 172_800: 5}


def test_a_named_weight_makes_masses_of_any_column(read: Read) -> None:
    assert masses(read("carrier,flights\nAA,3\nUA,5\n", weights="flights")) == {"AA": 3, "UA": 5}


def test_repeated_labels_of_asked_masses_are_summed_with_a_note(read: Read) -> None:
    profile = read("carrier,n\nAA,3\nUA,5\nAA,4\n", as_="counts")
    assert masses(profile) == {"AA": 7, "UA": 5}
    assert codes(profile) == ["repeated-labels"]


def test_labels_may_be_named(read: Read) -> None:
    profile = read("carrier,airport,n\nAA,LAX,3\nUA,BOS,5\n", labels="airport")
    assert masses(profile) == {"LAX": 3, "BOS": 5}


@pytest.mark.parametrize("column", ["p", "q"])
def test_one_of_two_columns_of_masses_may_be_chosen(column: str, read: Read) -> None:
    expected = {"a": 0.25, "b": 0.75} if column == "p" else {"a": 0.5, "b": 0.5}
    text = "label,p,q\na,0.25,0.5\nb,0.75,0.5\n"
    assert masses(read(text, column=column)) == expected
    assert masses(read(text, columns=(column,))) == expected


def test_a_wide_table_of_masses_is_compared_with_itself(put: Put) -> None:
    table = put("t.csv", "label,p,q\na,0.5,0.25\nb,0.5,0.75\n")
    (comparison,) = compare(f"{table}:p", f"{table}:q").comparisons
    assert comparison.estimate("tv").value == 0.25
    assert comparison.p.kind == comparison.q.kind == "probabilities"


def test_a_wide_table_goes_by_number_too(put: Put) -> None:
    table = put("t.csv", "label,p,q\na,0.5,0.25\nb,0.5,0.75\n")
    (comparison,) = compare(f"{table}:2", f"{table}:3").comparisons
    assert comparison.estimate("tv").value == 0.25


def test_two_columns_of_masses_and_no_choice_are_an_error_with_the_choices(read: Read) -> None:
    with pytest.raises(InputError, match=r"2 columns of masses\n  try: t\.csv:p or t\.csv:q"):
        read("label,p,q\na,0.5,0.25\nb,0.5,0.75\n")


def test_a_column_of_labels_may_still_be_compared_as_rows(read: Read) -> None:
    profile = read("carrier,n\nAA,3\nUA,5\n", as_="samples")
    assert profile.kind == "samples"
    assert list(profile.columns) == ["carrier", "n"]


@pytest.mark.parametrize("missing", ["", "NA"])
def test_a_missing_label_does_not_turn_masses_into_observations(missing: str, read: Read) -> None:
    """NA is Namibia: an error, or masses with some missing, but never rows as observations."""
    try:
        profile = read(f"country,count\n{missing},3\nDE,5\n")
    except InputError as fault:
        assert "label" in fault.message
        return
    assert profile.kind == "counts"


def test_probabilities_by_name_stay_probabilities_when_they_are_whole(read: Read) -> None:
    profile = read("label,p\na,3\nb,5\n")
    assert profile.kind == "probabilities"
    assert codes(profile) == ["normalised"]


def test_a_table_of_more_masses_than_one_block_is_read_whole(read: Read) -> None:
    rows = "".join(f"label-{i},{i % 9 + 1}\n" for i in range(60_000))
    profile = read("label,count\n" + rows)
    assert len(masses(profile)) == 60_000


def test_a_label_that_repeats_far_down_in_masses_is_summed_with_a_note(read: Read) -> None:
    rows = "".join(f"label-{i},2\n" for i in range(60_000))
    profile = read("label,count\n" + rows + "label-7,5\n")
    assert masses(profile)["label-7"] == 7
    assert codes(profile) == ["repeated-labels"]


# lo, hi and masses; edges and counts


def test_lo_hi_and_masses_are_bins(read: Read) -> None:
    profile = read("lo,hi,count\n0,1,3\n1,3,5\n")
    (summary,) = profile.columns.values()
    assert summary.edges.tolist() == [0, 1, 3]
    assert summary.counts.tolist() == [3, 5]


def test_bins_may_come_in_any_order(read: Read) -> None:
    (summary,) = read("hi,count,lo\n3,5,1\n1,3,0\n").columns.values()
    assert (summary.edges.tolist(), summary.counts.tolist()) == ([0, 1, 3], [3, 5])


def test_a_column_of_masses_on_bins_may_be_chosen(put: Put) -> None:
    table = put("t.csv", "lo,hi,p,q\n0,1,0.5,0.25\n1,3,0.5,0.75\n")
    (comparison,) = compare(f"{table}:p", f"{table}:q").comparisons
    assert comparison.support.kind == "bins"
    assert comparison.estimate("tv").value == 0.25


def test_two_columns_of_masses_on_bins_and_no_choice_are_an_error_with_the_choices(read: Read) -> None:
    with pytest.raises(InputError, match=r"2 columns of masses\n  try: t\.csv:p or t\.csv:q"):
        read("lo,hi,p,q\n0,1,0.5,0.25\n1,3,0.5,0.75\n")


def test_edges_of_json_and_of_a_table_are_the_same_bins(put: Put) -> None:
    table = put("t.csv", "lo,hi,count\n0,1,3\n1,3,5\n")
    document = put("t.json", '{"edges": [0, 1, 3], "counts": [3, 5]}')
    (comparison,) = compare(table, document).comparisons
    assert comparison.support.edges == (0, 1, 3)
    assert comparison.estimate("js").value == 0


def test_samples_meet_masses_on_bins(put: Put) -> None:
    samples = put("s.csv", "x\n0.5\n0.7\n2\n2.5\n")
    document = put("t.json", '{"edges": [0, 1, 3], "counts": [5, 5]}')
    (comparison,) = compare(samples, document).comparisons
    assert comparison.estimate("tv").value == 0


# JSON list of numbers


def test_a_json_list_of_measurements_has_to_be_told_apart(read: Read) -> None:
    with pytest.raises(InputError, match="numbers that sum to"):
        read(json.dumps([1.5, 2.5]), name="t.json")


# a column of numbers


def test_a_column_of_numbers_is_observations(read: Read) -> None:
    profile = read("x\n3\n5\n")
    assert (profile.kind, profile.rows) == ("samples", 2)


def test_a_column_with_a_header_is_observations_even_if_it_sums_to_1(read: Read) -> None:
    assert read("x\n0.25\n0.75\n").kind == "samples"


def test_a_column_without_a_header_that_sums_to_1_is_probabilities(read: Read) -> None:
    profile = read("0.25\n0.75\n")
    assert (profile.kind, profile.unlabelled, profile.rows) == ("probabilities", True, 2)


@pytest.mark.parametrize("text", ["1\n0\n", "0.25\n0.7\n", "-0.5\n1.5\n", "0.25\nNA\n0.75\n", "3\n5\n"])
def test_a_column_without_a_header_that_is_no_probabilities_is_observations(text: str, read: Read) -> None:
    assert read(text).kind == "samples"


def test_a_long_column_is_probabilities_only_if_all_of_it_sums_to_1(read: Read) -> None:
    share = repr(1 / 65_536)
    assert read(f"{share}\n" * 65_536).kind == "probabilities"
    assert read(f"{share}\n" * 65_537).kind == "samples"


def test_a_long_column_whose_head_sums_to_1_is_observations(read: Read) -> None:
    lines = "1e-5\n" * 100_000 + "7\n"
    profile = read(lines)
    assert (profile.kind, profile.rows) == ("samples", 100_001)


def test_a_long_column_of_observations_is_read_once_and_whole(read_pipe: Read) -> None:
    profile = read_pipe("".join(f"{i / 7!r}\n" for i in range(60_000)))
    assert (profile.kind, profile.rows) == ("samples", 60_000)


def test_two_columns_without_a_header_are_observations(read: Read) -> None:
    assert read("0.25,1\n0.75,2\n").kind == "samples"


# anything else tabular


def test_every_column_in_common_is_compared(put: Put) -> None:
    p = put("p.csv", "x,y,only_p\n1,a,1\n2,b,2\n")
    q = put("q.csv", "y,x,only_q\na,1,3\nb,3,3\n")
    report = compare(p, q)
    assert {comparison.column for comparison in report.comparisons} == {"x", "y"}
    assert {note.code for note in report.notes} >= {"only-in-p", "only-in-q"}


def test_a_lone_column_meets_the_other_sides_lone_column_and_says_so(put: Put) -> None:
    report = compare(put("p.csv", "before\n1\n2\n"), put("q.csv", "after\n1\n3\n"))
    assert [note.code for note in report.notes] == ["other-name"]
    assert "before" in report.notes[0].text
    assert "after" in report.notes[0].text


def test_a_lone_column_meets_the_other_sides_named_column_and_says_so(put: Put) -> None:
    p, q = put("p.csv", "before,z\n1,2\n2,3\n"), put("q.csv", "after\n1\n3\n")
    report = compare(f"{p}:before", q)
    assert [note.code for note in report.notes] == ["other-name"]


def test_a_lone_column_against_a_table_is_an_error_that_names_the_choice(put: Put) -> None:
    with pytest.raises(KldivError, match=r"which column of p\.csv"):
        compare(put("p.csv", "a,b\n1,2\n2,3\n"), put("q.csv", "after\n1\n3\n"))


# types and identifiers


def table_of(labels: int, rows: int) -> str:
    return "id,x\n" + "".join(f"u{i % labels},{i % 5}\n" for i in range(rows))


def test_an_identifier_is_counted_and_not_compared(put: Put) -> None:
    report = compare(put("p.csv", table_of(60, 60)), put("q.csv", table_of(60, 60)))
    assert [comparison.column for comparison in report.comparisons] == ["x"]
    assert [note.code for note in report.notes] == ["identifier"]


@pytest.mark.parametrize(
    ("labels", "rows", "is_one"), [(50, 50, False), (51, 51, True), (54, 60, False), (55, 60, True)]
)
def test_an_identifier_has_more_than_50_rows_of_which_over_90_percent_differ(
    labels: int, rows: int, is_one: bool, read: Read
) -> None:
    summary = read(table_of(labels, rows)).columns["id"]
    assert isinstance(summary, CategoricalSummary)
    assert summary.is_identifier(summary.mass) is is_one


def test_an_identifier_may_be_forced(put: Put) -> None:
    report = compare(put("p.csv", table_of(60, 60)), put("q.csv", table_of(60, 60)), categorical=("id",))
    assert {comparison.column for comparison in report.comparisons} == {"id", "x"}


def test_numbers_that_all_differ_are_no_identifier(put: Put) -> None:
    text = "x\n" + "".join(f"{i}\n" for i in range(100))
    assert len(compare(put("p.csv", text), put("q.csv", text)).comparisons) == 1


# alignment


def test_masses_align_by_label(put: Put) -> None:
    (comparison,) = compare("a:1,b:3", "b:3,a:1").comparisons
    assert comparison.estimate("tv").value == 0


def test_masses_of_other_labels_are_joined(put: Put) -> None:
    (comparison,) = compare("a:1,b:3", "b:3,c:1").comparisons
    assert comparison.support.size == 3
    assert comparison.estimate("kl", "p:q").status == "infinite"


def test_unlabelled_masses_align_by_position_and_say_so() -> None:
    report = compare("1,3", "3,1")
    assert [note.code for note in report.notes] == ["positions"]


def test_unlabelled_masses_of_other_lengths_are_an_error_that_says_how_to_label() -> None:
    with pytest.raises(InputError, match=r"neither has labels.*\n.*a:0\.2,b:0\.8"):
        compare("1,3", "3,1,2")


def test_labels_have_no_order_and_wasserstein_says_so() -> None:
    (comparison,) = compare("a:1,b:3", "a:3,b:1").comparisons
    estimate = comparison.estimate("w1")
    assert (estimate.value, estimate.status) == (None, "not_applicable")
    assert "--order" in estimate.notes[0].text


def test_an_order_gives_wasserstein(put: Put) -> None:
    p, q = put("p.csv", "size\nlow\nlow\nhigh\nmid\n"), put("q.csv", "size\nhigh\nhigh\nhigh\nmid\n")
    (comparison,) = compare(p, q, order=(("size", ("low", "mid", "high")),)).comparisons
    assert comparison.estimate("w1").value == 1.0


def test_labels_that_are_numbers_have_distances() -> None:
    (comparison,) = compare("10:1,20:1", "20:1,40:1").comparisons
    assert comparison.estimate("w1").value == 15


def test_samples_meet_labelled_masses(put: Put) -> None:
    (comparison,) = compare(put("p.csv", "g\na\nb\nb\n"), "a:1,b:2").comparisons
    assert comparison.estimate("tv").value == 0


@pytest.mark.parametrize("pair", [("s.csv", "1,2"), ("1,2", "s.csv")])
def test_samples_against_unlabelled_masses_are_an_error(pair: tuple[str, str], put: Put) -> None:
    put("s.csv", "x\n1\n2\n")
    with pytest.raises(InputError, match="1,2 holds masses without labels, the other side samples"):
        compare(*pair)


# weights


def test_weighted_rows_have_kishs_effective_number(read: Read) -> None:
    profile = read("x,w,g\n1,1,a\n2,2,b\n2,3,a\n", weights="w")
    assert profile.kind == "samples"
    assert profile.weighted
    assert list(profile.columns) == ["x", "g"]
    assert profile.columns["x"].counts.tolist() == [1, 5]
    assert profile.columns["x"].n == pytest.approx(36 / 14, rel=1e-15)
    assert profile.columns["g"].n == pytest.approx(36 / 14, rel=1e-15)


def test_weighted_rows_say_so(put: Put) -> None:
    table = put("t.csv", "x,w,g\n1,1,a\n2,2,b\n2,3,a\n")
    report = compare(table, table, weights="w")
    assert "weighted" in [note.code for note in report.notes]


def test_equal_weights_are_as_good_as_none(put: Put) -> None:
    p = put("p.csv", "x,w,g\n1,2,a\n2,2,b\n2,2,a\n")
    q = put("q.csv", "x,w,g\n1,2,a\n1,2,b\n2,2,a\n")
    weighted = compare(p, q, weights="w", columns=("x",)).comparisons[0]
    bare = compare(p, q, columns=("x",)).comparisons[0]
    assert weighted.p.n == bare.p.n == 3
    assert weighted.estimate("js").value == bare.estimate("js").value


def test_a_missing_value_weighs_what_its_row_weighs(read: Read) -> None:
    summary = read("x,w,g\n1,1,a\nNA,2,b\n2,3,a\n", weights="w").columns["x"]
    assert summary.missing == 2
    assert summary.n == pytest.approx(16 / 10, rel=1e-15)


@pytest.mark.parametrize("weight", ["-1", "NA", "inf"])
def test_a_weight_that_cannot_be_is_an_error(weight: str, read: Read) -> None:
    with pytest.raises(InputError, match=r"weights in w must be finite and not negative"):
        read(f"x,w,g\n1,1,a\n2,{weight},b\n", weights="w")


def test_weights_far_down_are_checked_too(read: Read) -> None:
    with pytest.raises(InputError, match=r"weights in w must be finite and not negative"):
        read("x,w,g\n" + "1,1,a\n" * 60_000 + "2,-1,b\n", weights="w")


def test_weights_of_a_file_of_several_blocks_stay_with_their_rows(read: Read) -> None:
    rows = "".join(f"{i % 3},{i % 3 + 1},a\n" for i in range(90_000))
    summary = read("x,w,g\n" + rows, weights="w").columns["x"]
    assert summary.counts.tolist() == [30_000, 60_000, 90_000]


# names of columns


def test_a_column_goes_by_its_name_before_its_number() -> None:
    assert resolved("2", ("x", "y", "2"), "t") == "2"
    assert resolved("2", ("x", "y", "z"), "t") == "y"


@pytest.mark.parametrize("name", ["0", "4", "-1", "1.0", "١", "", "X", " x"])
def test_what_is_no_column_is_an_error(name: str) -> None:
    with pytest.raises(UsageError, match=r"t has no column"):
        resolved(name, ("x", "y", "z"), "t")


def test_a_misspelt_column_tells_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"try: 'dep_delay'\?"):
        resolved("dep_dealy", ("dep_delay", "arr_time"), "t")


# --as


def test_a_table_may_be_read_as_counts(read: Read) -> None:
    assert masses(read("carrier,flights\nAA,3\nUA,5\n", as_="counts")) == {"AA": 3, "UA": 5}


def test_a_table_may_be_read_as_probabilities(read: Read) -> None:
    profile = read("carrier,flights\nAA,3\nUA,5\n", as_="probs")
    assert profile.kind == "probabilities"
    assert codes(profile) == ["normalised"]


def test_a_column_may_be_read_as_counts(read: Read) -> None:
    profile = read("3\n5\n", as_="counts")
    assert (profile.kind, profile.unlabelled) == ("counts", True)


def test_a_column_that_sums_to_1_may_be_read_as_samples(read: Read) -> None:
    assert read("0.25\n0.75\n", as_="samples").kind == "samples"


def test_text_is_no_masses_whatever_is_asked(read: Read) -> None:
    with pytest.raises(InputError, match=r"t\.csv"):
        read("g\na\nb\n", as_="counts")


# normalisation


@pytest.mark.parametrize("text", ["label,p\na,0.5\nb,0.4\n", "label,p\na,3\nb,4\n"])
def test_probabilities_that_miss_1_are_normalised_with_a_note(text: str, put: Put) -> None:
    table = put("t.csv", text)
    report = compare(table, table)
    assert "normalised" in [note.code for note in report.notes]


def test_counts_need_no_note(read: Read) -> None:
    assert codes(read("label,count\na,3\nb,4\n")) == []


def test_huge_masses_are_normalised_without_overflow() -> None:
    (comparison,) = compare("a:1e308,b:1e308", "a:1e-300,b:1e-300").comparisons
    assert comparison.estimate("js").value == 0
    assert math.isfinite(comparison.estimate("kl", "p:q").value)


def test_all_missing_columns_are_told_and_not_compared(put: Put) -> None:
    report = compare(put("p.csv", "x,y\nNA,1\nNA,2\n"), put("q.csv", "x,y\nNA,1\nNA,2\n"))
    (comparison,) = (found for found in report.comparisons if found.column == "x")
    assert comparison.notes
    assert all(estimate.value is None or estimate.measure == "missing" for estimate in comparison.estimates)
