"""Text cut into rows: the quick way and the csv module's agree wherever the quick way is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kldiv_cli import profile
from kldiv_cli.sources import rows

CELL = st.text(alphabet="ab0 1.-é\t'#\x0c\u2028", max_size=3)
TABLES = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1))


@given(table=TABLES, delimiter=st.sampled_from(",;|"), end=st.sampled_from(["\n", "\r\n"]), ended=st.booleans())
def test_even_rows_are_those_of_the_csv_module(table: list[list[str]], delimiter: str, end: str, ended: bool) -> None:
    text = end.join(delimiter.join(row) for row in table) + (end if ended else "")
    even = rows._even_rows(text, delimiter, 3)
    assert even is not None
    cut = rows._cut_rows(text, "delimited", delimiter, "t", 3)
    assert [list(column) for column in even.columns] == [list(column) for column in zip(*table, strict=True)]
    assert [row for row, _ in cut] == table
    assert list(even.lines) == [line for _, line in cut]


@pytest.mark.parametrize(
    "text",
    ['a,b\n"1",2\n', "a,b\n1\n", "a,b\n1,2,3\n4\n", "a,b\n\n1,2\n", "a,b\r1,2\r", "a,b\n1,2\rx\n", "a\n1\n", "", "\n"],
)
def test_what_is_not_even_is_left_to_the_csv_module(text: str) -> None:
    assert rows._even_rows(text, ",", 0) is None


def test_types_are_judged_from_all_blocks_up_to_ten_thousand_rows(tmp_path) -> None:
    wide = "0.25" * 30  # a label; the first block holds 2,000 rows of it
    path = tmp_path / "wide.csv"
    path.write_text("n,x\n" + "".join(f"{number},{wide}\n" for number in range(7_000)) + "oops,b\n")
    columns = profile(path).columns
    assert columns["n"].labels[:2] == ("0", "1")
    assert columns["n"].mass == columns["x"].mass == 7_001
    assert columns["x"].counts.tolist() == [7_000, 1]


@pytest.mark.parametrize("text", ["\nx\n1\n2\n", "x\n1\n2\n", " \nx\n1\n2\n"])
def test_a_header_may_come_after_an_empty_line(tmp_path, text: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    column = profile(path).columns["x"]
    assert column.values.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("text", [",,\na,b,c\n1,2,3\n4,5,6\n", "\n\na,b,c\n1,2,3\n4,5,6\n"])
def test_a_header_may_come_after_a_row_of_empty_cells(tmp_path, text: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    columns = profile(path).columns
    assert {name: summary.values.tolist() for name, summary in columns.items()} == {
        "a": [1.0, 4.0],
        "b": [2.0, 5.0],
        "c": [3.0, 6.0],
    }


def test_a_table_of_empty_cells_alone_has_columns_without_values(tmp_path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(",\n,\n")
    columns = profile(path).columns
    assert [summary.mass for summary in columns.values()] == [0.0, 0.0]
