"""Delimited text: delimiter, header, comments, quotes, encodings, compression, types, and faults with their place."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
from typing import TYPE_CHECKING

import pytest

from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, Profile
from kldiv_cli.errors import InputError, TypeBreak
from kldiv_cli.sources.delimited import delimiter_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[..., Profile]

DAY = 86_400.0


def content(profile: Profile) -> dict[str, object]:
    """Values or labels of every column with their counts."""
    return {
        name: dict(
            zip(
                summary.values.tolist() if isinstance(summary, NumericSummary) else summary.labels,
                summary.counts.tolist(),
                strict=True,
            )
        )
        for name, summary in profile.columns.items()
    }


def codes(profile: Profile) -> list[str]:
    return [note.code for note in profile.notes]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found_in_the_first_line(delimiter: str, read: Read) -> None:
    profile = read(f"x{delimiter}y\n1{delimiter}4\n2{delimiter}5\n")
    assert content(profile) == {"x": {1: 1, 2: 1}, "y": {4: 1, 5: 1}}


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("a,b;c;d", ";"),
        ("a|b|c,d", "|"),
        ("a\tb,c\td", "\t"),
        ("a,b;c", ","),
        ("age", ","),
        ("a b c", ","),
        ("1.5:2", ","),
    ],
)
def test_the_candidate_seen_most_often_is_the_delimiter(line: str, delimiter: str) -> None:
    assert delimiter_of(line) == delimiter


def test_a_decimal_comma_is_no_delimiter() -> None:
    assert delimiter_of("1,5;2,5", ",") == ";"


def test_no_delimiter_means_one_column(read: Read) -> None:
    assert content(read("age\n30\n31\n30\n")) == {"age": {30: 2, 31: 1}}


def test_the_delimiter_may_be_told(read: Read) -> None:
    assert content(read("x:y\n1:4\n", delimiter=":")) == {"x": {1: 1}, "y": {4: 1}}


def test_a_delimiter_beyond_ascii_may_be_told(read: Read) -> None:
    assert content(read("x§y\n1§4\n", delimiter="§")) == {"x": {1: 1}, "y": {4: 1}}


def test_tab_separated_text_keeps_its_commas(read: Read) -> None:
    assert content(read("a,b,c\n1,2,3\n", name="t.tsv")) == {"a,b,c": {"1,2,3": 1}}


def test_runs_of_blanks_are_cut_on_demand(read: Read) -> None:
    profile = read("  x   y\n  1   a\n 20 \t b\n", format="blank")
    assert content(profile) == {"x": {1: 1, 20: 1}, "y": {"a": 1, "b": 1}}


def test_counts_of_uniq_are_recognised(read: Read) -> None:
    profile = read("      3 a\n     12 b c\n")
    assert profile.kind == "counts"
    (column,) = profile.columns.values()
    assert dict(zip(column.labels, column.counts.tolist(), strict=True)) == {"a": 3, "b c": 12}


def test_counts_of_uniq_of_a_file_with_empty_lines_are_never_taken_for_observations(read: Read) -> None:
    """`sort FILE | uniq -c` counts the empty lines too: they are missing, or an error that says so."""
    try:
        profile = read("      2 \n      3 a\n     12 b\n")
    except InputError as fault:
        assert "label" in fault.message
        return
    assert profile.kind == "counts"
    assert [summary.missing for summary in profile.columns.values()] == [2]


def test_counts_of_uniq_label_numbers_by_their_value(read: Read) -> None:
    (column,) = read("      3 10\n     12 2\n").columns.values()
    assert isinstance(column, NumericSummary)
    assert (column.values.tolist(), column.counts.tolist()) == ([2, 10], [12, 3])


def test_counts_of_uniq_may_have_commas_in_their_labels(read: Read) -> None:
    (column,) = read("      3 a,b\n     12 c,d\n").columns.values()
    assert dict(zip(column.labels, column.counts.tolist(), strict=True)) == {"a,b": 3, "c,d": 12}


def test_counts_of_uniq_keep_what_looks_like_a_header(read: Read) -> None:
    (column,) = read("      1 name\n      3 a\n").columns.values()
    assert set(column.labels) == {"name", "a"}


def test_wide_counts_of_uniq_are_recognised(read: Read) -> None:
    """`uniq -c` pads to seven columns: a count of seven digits has no blank before it."""
    profile = read("      3 a\n1234567 b\n")
    assert profile.kind == "counts"


def test_comments_before_the_header_are_left_out(read: Read) -> None:
    assert content(read("# from a,b\n#\n\n# more\nx,y\n1,4\n")) == {"x": {1: 1}, "y": {4: 1}}


def test_a_hash_after_the_header_is_data(read: Read) -> None:
    assert content(read("g\n#a\n#b\n")) == {"g": {"#a": 1, "#b": 1}}


def test_a_first_row_of_numbers_alone_is_no_header(read: Read) -> None:
    assert content(read("1,4\n2,5\n")) == {"1": {1: 1, 2: 1}, "2": {4: 1, 5: 1}}


def test_a_first_row_of_numbers_and_gaps_is_no_header(read: Read) -> None:
    profile = read("1,NA\n2,5\n")
    assert content(profile) == {"1": {1: 1, 2: 1}, "2": {5: 1}}
    assert profile.columns["2"].missing == 1


def test_a_first_row_with_one_word_is_a_header_and_says_so_where_numbers_stand_in_it(read: Read) -> None:
    profile = read("1,x\n2,5\n")
    assert list(profile.columns) == ["1", "x"]
    assert codes(profile) == ["header"]
    assert "`1,x`, was read as the header; if it is data, add --no-header" in profile.notes[0].text


def test_a_header_that_comes_again_in_the_data_is_told(read: Read) -> None:
    profile = read("GET\nPOST\nGET\nGET\n")
    assert codes(profile) == ["header"]
    assert "the first row, `GET`, was read as the header; if it is data, add --no-header" in profile.notes[0].text


def test_a_first_line_may_be_said_to_be_data(read: Read) -> None:
    profile = read("GET\nPOST\nGET\n", header=False)
    assert content(profile) == {"1": {"GET": 2, "POST": 1}}
    assert codes(profile) == []


def test_an_honest_header_needs_no_note(read: Read) -> None:
    assert codes(read("method\nPOST\nGET\n")) == []


def test_a_column_without_a_name_goes_by_its_number(read: Read) -> None:
    assert list(read(",x\n1,4\n").columns) == ["1", "x"]


def test_a_name_that_repeats_gets_its_number_and_a_note(read: Read) -> None:
    profile = read("x,x,x\n1,4,7\n")
    assert list(profile.columns) == ["x", "x.2", "x.3"]
    assert codes(profile) == ["repeated-name", "repeated-name"]


def test_a_made_up_name_does_not_take_one_that_is_there(read: Read) -> None:
    profile = read("x,x,x.2\n1,4,7\n")
    assert content(profile) == {name: {value: 1} for name, value in zip(profile.columns, (1, 4, 7), strict=True)}


def test_a_made_up_number_does_not_take_a_name_that_is_there(read: Read) -> None:
    profile = read("2,,a\n1,4,7\n")
    assert len(profile.columns) == 3


def test_blanks_around_names_and_cells_do_not_count(read: Read) -> None:
    assert content(read(" x , g \n 1 , a \n2,a\n")) == {"x": {1: 1, 2: 1}, "g": {"a": 2}}


def test_a_quoted_cell_may_hold_delimiters_quotes_and_line_ends(read: Read) -> None:
    profile = read('x,g\n1,"a,b"\n2,"say ""hi"""\n3,"two\nlines"\n4,"two\r\nlines"\n')
    assert content(profile)["g"] == {"a,b": 1, 'say "hi"': 1, "two\nlines": 1, "two\r\nlines": 1}


def test_a_quoted_number_is_a_number(read: Read) -> None:
    assert content(read('x\n"1"\n2\n')) == {"x": {1: 1, 2: 1}}


def test_a_quoted_header_is_a_header(read: Read) -> None:
    assert content(read('"x,y"\n1\n')) == {"x,y": {1: 1}}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_do_not_matter(end: str, last: bool, read: Read) -> None:
    text = end.join(["x,g", "1,a", "2,b"]) + (end if last else "")
    assert content(read(text)) == {"x": {1: 1, 2: 1}, "g": {"a": 1, "b": 1}}


def test_old_macintosh_line_ends_are_read_or_refused_not_swallowed(read: Read) -> None:
    try:
        profile = read("x,g\r1,a\r2,b\r")
    except InputError:
        return
    assert content(profile) == {"x": {1: 1, 2: 1}, "g": {"a": 1, "b": 1}}


def test_empty_lines_in_a_table_are_no_rows(read: Read) -> None:
    assert read("x,y\n1,4\n\n2,5\n\r\n \n").rows == 2


def test_an_empty_line_in_a_lone_column_is_a_missing_cell(read: Read) -> None:
    profile = read("x\n1\n\n2\n")
    assert profile.rows == 3
    assert profile.columns["x"].missing == 1


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("encoding", [None, "utf-8", "utf-8-sig", "UTF8"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(mark: bytes, encoding: str | None, read: Read) -> None:
    assert list(read(mark + b"x,y\n1,4\n", encoding=encoding).columns) == ["x", "y"]


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "gb18030", "utf-8"]
)
def test_any_encoding_may_be_named(encoding: str, read: Read) -> None:
    city = "北京" if encoding == "gb18030" else "Zürich"
    profile = read(f"g,x\n{city},1\nb,2\n".encode(encoding), encoding=encoding)
    assert content(profile) == {"g": {city: 1, "b": 1}, "x": {1: 1, 2: 1}}


def test_a_long_file_in_another_encoding_is_read_to_its_end(read: Read) -> None:
    rows = "".join(f"{i},Zürich\n" for i in range(40_000))
    profile = read(f"x,g\n{rows}".encode("utf-16"), encoding="utf-16")
    assert (profile.rows, profile.columns["g"].labels) == (40_000, ("Zürich",))


@pytest.mark.parametrize(
    ("suffix", "compress"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_compressed_text_is_opened_by_its_content(suffix: str, compress: Callable[[bytes], bytes], read: Read) -> None:
    data = compress(b"x\ty\n1\t4\n")
    for name in (f"t.tsv{suffix}", "t.csv", "nosuffix"):
        assert content(read(data, name=name)) == {"x": {1: 1}, "y": {4: 1}}


def test_gzip_of_several_members_is_read_whole(read: Read) -> None:
    assert read(gzip.compress(b"x\n1\n") + gzip.compress(b"2\n3\n"), name="t.csv.gz").rows == 3


@pytest.mark.parametrize("word", ["", "NA", "NaN", "nan", "null", "None"])
def test_a_missing_cell_is_counted_in_numbers_and_in_labels(word: str, read: Read) -> None:
    profile = read(f"x,g\n1,a\n{word},{word}\n3,b\n")
    assert [summary.missing for summary in profile.columns.values()] == [1, 1]
    assert content(profile) == {"x": {1: 1, 3: 1}, "g": {"a": 1, "b": 1}}


def test_a_country_called_na_stays_missing_in_a_column_of_labels(read: Read) -> None:
    assert read("country\nNA\nDE\n").columns["country"].missing == 1


def test_further_words_may_mean_missing(read: Read) -> None:
    profile = read("x\n1\n-\n?\n", na_values=("-", "?"))
    assert content(profile) == {"x": {1: 1}}
    assert profile.columns["x"].missing == 2


def test_a_number_may_mean_missing(read: Read) -> None:
    profile = read("x,y\n1,-999\n-999,3\n2,4\n", na_values=("-999",))
    assert content(profile) == {"x": {1: 1, 2: 1}, "y": {3: 1, 4: 1}}
    assert [summary.missing for summary in profile.columns.values()] == [1, 1]


def test_a_leading_zero_makes_a_label(read: Read) -> None:
    assert content(read("zip\n01234\n99999\n01234\n")) == {"zip": {"01234": 2, "99999": 1}}


def test_a_decimal_comma_is_read_on_demand(read: Read) -> None:
    assert content(read("x;g\n1,5;a\n-2,25;b\n", decimal=",")) == {"x": {1.5: 1, -2.25: 1}, "g": {"a": 1, "b": 1}}


def test_a_decimal_comma_in_one_column_without_a_delimiter(read: Read) -> None:
    assert content(read("x\n1,5\n2,5\n", decimal=",")) == {"x": {1.5: 1, 2.5: 1}}


def test_a_quoted_decimal_comma_may_stand_between_commas(read: Read) -> None:
    assert content(read("x\ty\n1,5\t2\n", decimal=",")) == {"x": {1.5: 1}, "y": {2: 1}}


def test_dates_are_instants(read: Read) -> None:
    summary = read("d\n1970-01-02\n1970-01-03T12:00\n").columns["d"]
    assert isinstance(summary, NumericSummary)
    assert summary.instants
    assert summary.values.tolist() == [DAY, 2.5 * DAY]


def test_booleans_are_labels(read: Read) -> None:
    assert content(read("b\ntrue\nFalse\ntrue\n")) == {"b": {"False": 1, "true": 2}}


def test_infinite_cells_are_counted_apart(read: Read) -> None:
    summary = read("x\n1\ninf\n-Infinity\n").columns["x"]
    assert (summary.values.tolist(), summary.non_finite) == ([1], 2)


def test_a_column_may_be_forced_to_be_labels(read: Read) -> None:
    assert content(read("x\n1\n2\n1\n", categorical=("x",))) == {"x": {"1": 2, "2": 1}}


def test_a_promise_of_numbers_that_a_cell_breaks_is_an_error_with_its_place(read: Read) -> None:
    with pytest.raises(InputError, match=r"t\.csv: row 4, column x: 'oops'.*--numeric"):
        read("x,g\n1,a\n2,b\noops,c\n", numeric=("x",))


def test_a_promise_of_numbers_may_be_by_number_of_the_column(read: Read) -> None:
    """Columns by name or number (1 is the first)."""
    with pytest.raises(InputError, match="oops"):
        read("x,g\n1,a\noops,c\n", numeric=("1",))


def test_labels_may_be_forced_by_number_of_the_column(read: Read) -> None:
    assert isinstance(read("x,g\n1,a\n2,c\n", categorical=("1",)).columns["x"], CategoricalSummary)


def test_columns_go_by_name_or_number(read: Read) -> None:
    text = "x,y,7\n1,4,a\n"
    assert list(read(text, columns=("y",)).columns) == ["y"]
    assert list(read(text, columns=("2",)).columns) == ["y"]
    assert list(read(text, columns=("7",)).columns) == ["7"]
    assert list(read(text, columns=("3", "1")).columns) == ["7", "x"]
    assert list(read(text, column="3").columns) == ["7"]
    assert list(read(text, exclude=("1",)).columns) == ["y", "7"]


def test_a_ragged_row_is_an_error_with_its_place(read: Read) -> None:
    with pytest.raises(InputError, match=r"t\.csv: row 3 has 3 cells, the first has 2"):
        read("x,y\n1,2\n3,4,5\n")


FAULTS = {
    "a ragged row": (b"5\n", {}),
    "a broken promise": (b"oops,5\n", {"numeric": ("x",)}),
    "an open quote": (b'"5,6\n', {}),
}


def row_of_fault(read: Read, before: bytes, fault: str) -> int:
    last, options = FAULTS[fault]
    with pytest.raises(InputError, match=r"row [0-9,]+\b") as caught:
        read(before + last, **options)
    found = re.search(r"row ([0-9,]+)", caught.value.message)
    assert found
    return int(found[1].replace(",", ""))


@pytest.mark.parametrize("before", [b"x,y\n1,2\n3,4\n", b"# one\n# two\nx,y\n1,2\n"])
def test_every_fault_numbers_rows_alike(before: bytes, read: Read) -> None:
    """A person looks the row up: whichever the fault, the same row has the same number."""
    rows = {fault: row_of_fault(read, before, fault) for fault in FAULTS}
    assert len(set(rows.values())) == 1, rows


@pytest.mark.parametrize("fault", FAULTS)
def test_a_row_far_down_is_numbered_like_a_row_near_the_top(fault: str, read: Read) -> None:
    header, many = b"x,y\n", b"".join(b"%d,%d\n" % (i, i) for i in range(60_000))
    near, far = row_of_fault(read, header + b"1,2\n", fault), row_of_fault(read, header + many, fault)
    assert far - near == 59_999


@pytest.mark.parametrize("rows", [2, 60_000])
def test_a_byte_that_is_no_utf8_is_told_with_its_line(rows: int, read: Read) -> None:
    with pytest.raises(InputError, match=rf"byte 0xFF, (row|line) {rows + 2}\b"):
        read(b"x,y\n" + b"1,2\n" * rows + b"\xff,6\n")


def long_column(cells: int, *, broken_at: int, cell: str = "oops") -> str:
    """Two columns of numbers, of which x breaks in data row ``broken_at`` (from 1)."""
    return "x,y\n" + "".join(f"{cell if i + 1 == broken_at else i},{i % 7}\n" for i in range(cells))


def test_a_type_that_breaks_in_a_file_makes_it_be_read_again_as_labels(read: Read) -> None:
    profile = read(long_column(30_000, broken_at=25_000))
    assert isinstance(profile.columns["x"], CategoricalSummary)
    assert profile.columns["x"].mass == 30_000
    assert isinstance(profile.columns["y"], NumericSummary)
    assert codes(profile) == ["read-as-labels"]
    assert re.search(r"row 25,?00[01]\b", profile.notes[0].text)
    assert "'oops'" in profile.notes[0].text


def test_a_type_that_breaks_in_a_pipe_is_an_error_with_a_remedy(read_pipe: Read) -> None:
    with pytest.raises(TypeBreak, match=r"row 25,?00[01], column x: 'oops'") as caught:
        read_pipe(long_column(30_000, broken_at=25_000))
    assert "--categorical x" in caught.value.remedy


def test_the_remedy_for_a_broken_type_works(read_pipe: Read) -> None:
    profile = read_pipe(long_column(30_000, broken_at=25_000), categorical=("x",))
    assert isinstance(profile.columns["x"], CategoricalSummary)
    assert profile.rows == 30_000


def test_the_other_remedy_for_a_broken_type_works_too(read_pipe: Read) -> None:
    profile = read_pipe(long_column(30_000, broken_at=25_000), na_values=("oops",))
    assert isinstance(profile.columns["x"], NumericSummary)
    assert profile.columns["x"].missing == 1


def test_a_type_that_breaks_in_a_column_not_asked_for_does_not_matter(read_pipe: Read) -> None:
    assert read_pipe(long_column(30_000, broken_at=25_000), column="y").rows == 30_000


def test_two_types_that_break_in_a_file_are_both_told(read: Read) -> None:
    text = "x,y\n" + "".join(f"{'a' if i == 26_000 else i},{'b' if i == 27_000 else i}\n" for i in range(30_000))
    profile = read(text)
    assert codes(profile) == ["read-as-labels", "read-as-labels"]
    assert all(isinstance(summary, CategoricalSummary) for summary in profile.columns.values())


def test_a_promise_that_breaks_far_down_is_an_error_in_a_file_too(read: Read) -> None:
    with pytest.raises(InputError, match=r"row 25,?00[01], column x: 'oops'.*--numeric"):
        read(long_column(30_000, broken_at=25_000), numeric=("x",))


def test_a_leading_zero_far_down_breaks_the_type(read: Read) -> None:
    profile = read(long_column(30_000, broken_at=25_000, cell="007"))
    assert isinstance(profile.columns["x"], CategoricalSummary)
    assert "007" in profile.columns["x"].labels


def test_a_date_far_down_in_a_column_of_dates_is_read(read: Read) -> None:
    rows = "".join(f"2024-01-{i % 28 + 1:02d}\n" for i in range(60_000))
    summary = read("d\n" + rows).columns["d"]
    assert isinstance(summary, NumericSummary)
    assert (summary.values.size, summary.mass) == (28, 60_000)


def test_rows_of_several_blocks_add_up(read: Read) -> None:
    profile = read("x,g\n" + "".join(f"{i % 100},l{i % 3}\n" for i in range(99_999)))
    assert profile.rows == 99_999
    assert content(profile)["g"] == {"l0": 33_333, "l1": 33_333, "l2": 33_333}
    assert profile.columns["x"].counts.tolist() == [1000] * 99 + [999]


def test_a_quoted_line_end_across_blocks_is_one_cell(read: Read) -> None:
    line = '"' + "a\n" * 50 + '",1\n'
    profile = read("g,x\n" + line * 5_000)
    assert profile.rows == 5_000
    assert len(profile.columns["g"].labels) == 1


def test_one_row_longer_than_a_block_is_read(read: Read) -> None:
    cell = "a" * 100_000
    profile = read("g,h,i,j\n" + ",".join([cell] * 4) + "\nb,b,b,b\n")
    assert profile.rows == 2


def test_a_long_header_is_read(read: Read) -> None:
    names = ",".join(f"column_number_{i}" for i in range(5_000))
    profile = read(f"{names}\n" + ",".join(["1"] * 5_000) + "\n", columns=("column_number_4999",))
    assert list(profile.columns) == ["column_number_4999"]
