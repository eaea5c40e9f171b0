"""The typing rule: what a cell is, what a column is, and what is kept as it stands."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kldiv_cli import profile
from kldiv_cli.core.summary import NumericSummary
from kldiv_cli.sources.batch import Labels, Numbers
from kldiv_cli.sources.spec import ReadOptions
from kldiv_cli.sources.table import (
    MISSING,
    CellRule,
    Kind,
    Misfit,
    cell_rule,
    judged,
    kind_asked,
    labelled,
    numbers_alone,
    numbers_with_gaps,
    typed,
)

RULE = CellRule()
GERMAN = CellRule(decimal=",")

NUMBERS = {
    "0": 0.0,
    "-0": -0.0,
    "+0": 0.0,
    "7": 7.0,
    "-7": -7.0,
    "+7": 7.0,
    "10": 10.0,
    "0.5": 0.5,
    ".5": 0.5,
    "-.5": -0.5,
    "5.": 5.0,
    "0.": 0.0,
    "1e5": 1e5,
    "1E5": 1e5,
    "1e+5": 1e5,
    "1e-5": 1e-5,
    "1e05": 1e5,
    "1e-05": 1e-5,
    "0e0": 0.0,
    ".5e3": 500.0,
    "1.e3": 1000.0,
    "0.1": 0.1,
    "9007199254740993": 9007199254740992.0,
    "123456789012345678901234567890": 1.2345678901234568e29,
    "1e308": 1e308,
    "1e309": math.inf,
    "-1e309": -math.inf,
    "5e-324": 5e-324,
    "1e-400": 0.0,
    "inf": math.inf,
    "-inf": -math.inf,
    "+inf": math.inf,
    "INF": math.inf,
    "Inf": math.inf,
    "Infinity": math.inf,
    "-infinity": -math.inf,
    "2.2250738585072014e-308": 2.2250738585072014e-308,
}
NO_NUMBERS = [
    "01234",
    "007",
    "-01",
    "+00.5",
    "00",
    "1_000",
    "1,5",
    "1 000",
    "0x10",
    "0b1",
    "1e",
    "1e+",
    "e5",
    ".",
    "+",
    "-",
    "--1",
    "1-",
    "1.2.3",
    "١٢",
    "１２",
    "²",
    "½",
    "1f",
    "1L",
    "1d5",
    "$1",
    "1%",
    "infin",
    "infi",
    "nano",
    "true",
    "NAN",
    "+nan",
    "-nan",
    "nan(1)",
    "1\n",
    "\u20081",
    "(1)",
    "∞",
    "N/A",
    "1e5.0",
]


@pytest.mark.parametrize("cell", NUMBERS)
def test_a_number_is_read_to_the_last_bit(cell: str) -> None:
    assert RULE.is_number(cell)
    value = RULE.number(cell)
    assert value == NUMBERS[cell]
    assert math.copysign(1, value) == math.copysign(1, NUMBERS[cell])


@pytest.mark.parametrize("cell", NO_NUMBERS)
def test_what_only_looks_like_a_number_is_none(cell: str) -> None:
    assert not RULE.is_number(cell)


@pytest.mark.parametrize("cell", sorted(MISSING))
def test_a_missing_cell_is_no_number_and_no_label(cell: str) -> None:
    assert not RULE.is_number(cell)
    assert labelled(["a", cell], RULE).codes.tolist() == [0, -1]


def test_missing_is_what_the_contract_lists_and_nothing_else() -> None:
    assert {"", "NA", "NaN", "nan", "null", "None"} == MISSING


@pytest.mark.parametrize("cell", ["na", "N/A", "NULL", "none", "n/a", "-", ".", "NAN", "#N/A"])
def test_other_words_for_missing_are_labels(cell: str) -> None:
    found = labelled(["a", cell], RULE)
    assert found.names == ("a", cell)


@pytest.mark.parametrize("cell", sorted(MISSING - {""}))
def test_blanks_around_a_missing_cell_do_not_count(cell: str) -> None:
    numbers = typed(["1", f" {cell} "], Kind.NUMERIC, RULE)
    assert isinstance(numbers, Numbers)
    assert np.isnan(numbers.values).tolist() == [False, True]


def test_further_words_may_mean_missing() -> None:
    rule = cell_rule((" - ", "n/a"), ".")
    assert judged(["1", "-", "n/a", "NA"], rule) is Kind.NUMERIC
    numbers = typed(["1", "-", "n/a", "NA"], Kind.NUMERIC, rule)
    assert isinstance(numbers, Numbers)
    assert np.isnan(numbers.values).tolist() == [False, True, True, True]


def test_a_number_may_be_made_to_mean_missing() -> None:
    rule = cell_rule(("-999",), ".")
    numbers = typed(["1", "-999", "-999.0"], Kind.NUMERIC, rule)
    assert isinstance(numbers, Numbers)
    assert numbers.values[[0, 2]].tolist() == [1.0, -999.0]
    assert np.isnan(numbers.values[1])


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2.5", "-3e7"], Kind.NUMERIC),
        (["1", "NA", ""], Kind.NUMERIC),
        (["", "NA"], Kind.NUMERIC),
        ([], Kind.NUMERIC),
        (["1", "x"], Kind.LABEL),
        (["01234", "56789"], Kind.LABEL),
        (["1", "01"], Kind.LABEL),
        (["true", "false"], Kind.LABEL),
        (["TRUE", "FALSE", "NA"], Kind.LABEL),
        (["2024-01-31", "1969-12-31"], Kind.INSTANT),
        (["2024-01-31", "NA"], Kind.INSTANT),
        (["2024-01-31T12:30", "2024-01-31 12:30:59"], Kind.INSTANT),
        (["2024-01-31T12:30:59.123456Z", "2024-01-31T12:30:59+02:00"], Kind.INSTANT),
        (["2024-02-30", "2024-01-01"], Kind.LABEL),
        (["2024-13-01"], Kind.LABEL),
        (["2024-1-1"], Kind.LABEL),
        (["20240131"], Kind.NUMERIC),
        (["2024-01-31", "7"], Kind.LABEL),
        (["2024-W05-1"], Kind.LABEL),
        (["12:30"], Kind.LABEL),
        (["31.01.2024"], Kind.LABEL),
        (["2024-01-31T25:00"], Kind.LABEL),
        (["inf", "1"], Kind.NUMERIC),
        ([" 1 ", "\t2"], Kind.NUMERIC),
    ],
)
def test_a_column_is_what_all_its_cells_are(cells: list[str], kind: Kind) -> None:
    assert judged(cells, RULE) is kind


def test_a_leading_zero_stays_in_the_label() -> None:
    assert labelled(["01234", "1234"], RULE).names == ("01234", "1234")


def test_blanks_around_a_label_do_not_count() -> None:
    found = labelled([" a ", "a", "a\t", "b"], RULE)
    assert found.names == ("a", "b")
    assert found.codes.tolist() == [0, 0, 0, 1]


def test_labels_keep_their_case_and_their_inner_blanks() -> None:
    assert labelled(["New York", "new york", "New  York"], RULE).names == ("New York", "new york", "New  York")


def test_a_date_without_an_offset_is_utc() -> None:
    numbers = typed(["1970-01-02", "1970-01-02T00:00:00Z", "1970-01-02T01:00:00+01:00"], Kind.INSTANT, RULE)
    assert isinstance(numbers, Numbers)
    assert numbers.instants
    assert numbers.values.tolist() == [86_400.0] * 3


def test_a_date_before_1970_is_negative() -> None:
    numbers = typed(["1969-12-31", "0001-01-01", "9999-12-31"], Kind.INSTANT, RULE)
    assert isinstance(numbers, Numbers)
    assert numbers.values.tolist() == [-86_400.0, -62_135_596_800.0, 253_402_214_400.0]


def test_the_first_cell_that_breaks_the_type_is_told_with_its_row() -> None:
    with pytest.raises(Misfit, match=r"^x$") as caught:
        typed(["1", "2", " x ", "y"], Kind.NUMERIC, RULE)
    assert (caught.value.row, caught.value.cell) == (2, "x")


def test_a_number_among_dates_breaks_the_type() -> None:
    with pytest.raises(Misfit, match=r"^7$"):
        typed(["2024-01-01", "7"], Kind.INSTANT, RULE)


@pytest.mark.parametrize(
    ("cell", "value"), [("1,5", 1.5), ("-0,25", -0.25), ("1", 1.0), (",5", 0.5), ("1,5e3", 1500.0)]
)
def test_a_decimal_comma_is_read_as_a_point(cell: str, value: float) -> None:
    assert GERMAN.is_number(cell)
    assert GERMAN.number(cell) == value


@pytest.mark.parametrize("cell", ["1.5", "1.000,5", "1,000,5", "1.000"])
def test_a_point_beside_a_decimal_comma_is_no_number(cell: str) -> None:
    assert not GERMAN.is_number(cell)


def test_categorical_outranks_numeric() -> None:
    assert kind_asked("x", 0, ReadOptions(numeric=("x",), categorical=("x",))) is Kind.LABEL
    assert kind_asked("x", 0, ReadOptions(numeric=("x",))) is Kind.NUMERIC
    assert kind_asked("x", 0, ReadOptions()) is None


def test_columns_are_asked_for_by_number_too() -> None:
    assert kind_asked("x", 1, ReadOptions(categorical=("2",))) is Kind.LABEL
    assert kind_asked("x", 0, ReadOptions(categorical=("2",))) is None


@settings(deadline=None, derandomize=True)
@given(st.floats(allow_nan=False))
def test_every_float_comes_back_to_the_bit(value: float) -> None:
    for text in (repr(value), f"{value:.17g}", f"{value:.17E}"):
        assert RULE.is_number(text)
        assert RULE.number(text).hex() == value.hex()


@settings(deadline=None, derandomize=True)
@given(st.text(alphabet="0123456789+-.eEinfINFty", max_size=12))
def test_a_number_is_what_the_contract_says_and_python_reads_it(cell: str) -> None:
    """An independent reading of the contract: sign, digits without a leading zero, point, exponent; or inf."""
    body = cell[1:] if cell[:1] in ("+", "-") else cell
    mantissa, exponent, power = body.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = all(part.isascii() and (part.isdigit() or not part) for part in (whole, fraction))
    by_hand = (
        digits
        and bool(whole or fraction)
        and not (len(whole) > 1 and whole[0] == "0")
        and (not exponent or bool(re.fullmatch(r"[+-]?[0-9]+", power)))
    ) or body.lower() in ("inf", "infinity")
    assert RULE.is_number(cell) == by_hand
    if by_hand:
        assert RULE.number(cell) == float(cell)


def numbers_of(cells: list[str], rule: CellRule) -> Numbers | None:
    """Both ways, of which the first one sees numbers alone and the second one whatever stands for numbers and gaps."""
    at_once, one_by_one = numbers_alone(cells, rule), numbers_with_gaps(cells, dict.fromkeys(cells), rule)
    if at_once is not None:
        assert one_by_one is not None
        assert at_once.values.tobytes() == one_by_one.values.tobytes()
    return one_by_one


@pytest.mark.parametrize("rule", [RULE, cell_rule(["5", "-1"], ".")], ids=["usual", "numbers that mean missing"])
@settings(deadline=None, derandomize=True, max_examples=400)
@given(st.lists(st.text(alphabet="00123456789+-.eE \n_in", max_size=6), min_size=1, max_size=4))
@example(["1", "5\n", "\n5", "2", "\n-1\n"])
def test_cells_are_numbers_at_once_where_they_are_one_by_one(rule: CellRule, cells: list[str]) -> None:
    found = numbers_of(cells, rule)
    present = [cell for cell in cells if cell.strip("\n") not in rule.missing]
    if present and all(rule.is_number(cell) for cell in present) and not {"\n", "\n\n"} & set(cells):
        assert found is not None
    if found is not None:
        assert present
        assert all(rule.is_number(cell.strip("\n")) for cell in present)
        slowly = typed(cells, Kind.NUMERIC, rule)
        assert isinstance(slowly, Numbers)
        assert found.values.tobytes() == slowly.values.tobytes()


def test_cells_that_repeat_are_the_numbers_they_are_alone() -> None:
    cells = ["3", "-0", "2.50", "3", "1e3", "-0", "2.5", "3", "3", "inf", "-0", "1e3"]
    found = numbers_of(cells, RULE)
    assert found is not None
    assert found.values.tobytes() == np.array([float(cell) for cell in cells]).tobytes()
    assert numbers_of([*cells, *cells, "x"], RULE) is None


def test_a_word_that_means_missing_is_no_number_though_it_looks_like_one() -> None:
    found = numbers_of(["1", "-999", "", "2.5"], cell_rule(["-999"], "."))
    assert found is not None
    np.testing.assert_array_equal(found.values, [1.0, math.nan, math.nan, 2.5])
    assert numbers_of(["", "NA"], RULE) is None


@settings(deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=4), max_size=20))
def test_labels_decode_to_their_cells(cells: list[str]) -> None:
    found = labelled(cells, RULE)
    assert isinstance(found, Labels)
    assert len(set(found.names)) == len(found.names)
    for cell, code in zip(cells, found.codes.tolist(), strict=True):
        assert (None if code < 0 else found.names[code]) == (None if cell.strip() in MISSING else cell.strip())


def test_a_number_that_means_missing_does_so_in_every_format(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.0, -999.0, 2.0]})
    (tmp_path / "x.csv").write_text("x\n1\n-999\n2\n")  # of text the very word is missing, not its value
    frame.to_json(tmp_path / "x.jsonl", orient="records", lines=True)
    frame.to_parquet(tmp_path / "x.parquet")
    (tmp_path / "x.json").write_text('{"x": [1, -999, 2]}')
    np.save(tmp_path / "x.npy", frame["x"].to_numpy())
    for operand in (*sorted(tmp_path.glob("x.*")), frame):
        (column,) = profile(operand, na_values=("-999",)).columns.values()
        assert isinstance(column, NumericSummary)
        assert (column.values.tolist(), column.missing) == ([1.0, 2.0], 1.0)
