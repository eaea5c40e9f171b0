"""What two fresh readers found wrong in numbers and words: each once, so that it stays mended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from kldiv_cli import compare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def document(run: Callable, *args: str) -> dict:
    ran = run(*args, "-f", "json")
    assert ran.status == 0, ran.stderr
    return json.loads(ran.stdout)


def value(found: dict, measure: str, direction: str | None = None) -> float | None:
    estimates = found["comparisons"][0]["estimates"]
    return next(e["value"] for e in estimates if (e["measure"], e["direction"]) == (measure, direction))


def codes(found: dict) -> list[str]:
    return [note["code"] for note in (*found["comparisons"][0]["notes"], *found["notes"])]


def test_a_repeated_label_of_uniq_is_summed(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "u1").write_text("      3 a\n      2 b\n      4 a\n")
    (tmp_path / "u2").write_text("      3 a\n      6 b\n")
    found = document(run, str(tmp_path / "u1"), str(tmp_path / "u2"), "-m", "tv")
    assert value(found, "tv") == pytest.approx(7 / 9 - 3 / 9, rel=1e-15)
    assert "repeated-labels" in codes(found)


def test_empty_lines_that_uniq_counted_are_missing(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "u").write_text("     21 \n      3 a\n      6 b\n")
    found = document(run, str(tmp_path / "u"), "a:3,b:6", "-m", "tv")
    assert found["comparisons"][0]["p"]["missing"] == 21
    assert value(found, "tv") == 0.0


@pytest.mark.parametrize(
    ("p", "q", "tv"),
    [
        ("1.0:3,2.0:5", "1.0:3,2.0:4,x:1", 0.125),
        ("2013-01-01:5,2013-01-02:7", "2013-01-01:5,unknown:7", 7 / 12),
        ("1:1,2:1,XL:1", "1.0:1,2.0:1,XL:1", 2 / 3),
    ],
)
def test_labels_that_spell_numbers_or_dates_meet_them(run: Callable, p: str, q: str, tv: float) -> None:
    assert value(document(run, p, q, "-m", "tv"), "tv") == pytest.approx(tv, rel=1e-15)


def test_equal_on_bins_is_not_called_equal(run: Callable) -> None:
    found = document(run, "1:3,2:5,3:7", "1:4,2:4,3:7", "-b", "10,20")
    closing = found["comparisons"][0]["notes"][0]["text"]
    assert value(found, "tv") == 0.0
    assert value(found, "ks") > 0.0
    assert "not value by value" in closing


def test_psi_sees_a_column_that_is_nearly_all_its_maximum() -> None:
    p, q = np.r_[np.zeros(5), np.ones(95)], np.r_[np.zeros(50), np.ones(50)]
    report = compare(p, q, measures="kl,psi")
    assert report.comparisons[0].estimate("psi").value > 0.5


def test_an_infinite_psi_does_not_call_kl_infinite() -> None:
    p = np.arange(100.0)
    report = compare(p, p[p >= 10], measures="kl,psi")
    psi = report.comparisons[0].estimate("psi")
    assert psi.status == "infinite"
    assert "PSI is infinite" in psi.notes[0].text
    assert "so KL" not in psi.notes[0].text


def test_samples_outside_a_histogram_are_told(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "h.json").write_text('{"edges": [-3, -1, 0, 1, 3], "counts": [1, 2, 2, 1]}')
    (tmp_path / "s.csv").write_text("x\n1000\n0.5\n-1000\n0\n")
    found = document(run, str(tmp_path / "h.json"), str(tmp_path / "s.csv"))
    text = next(note["text"] for note in found["comparisons"][0]["notes"] if note["code"] == "outside")
    assert "50 % of Q lies outside -3 to 3" in text


def test_weights_do_not_touch_the_missing_rate_that_is_shown(run: Callable, tmp_path: Path) -> None:
    for name, empty in (("p", 20), ("q", 40)):
        rows = ["x,w"] + [f"{'' if i < empty else i % 7},10" for i in range(200)]
        (tmp_path / f"{name}.csv").write_text("\n".join(rows) + "\n")
    args = (str(tmp_path / "p.csv"), str(tmp_path / "q.csv"), "--weights", "w", "-m", "missing")
    assert value(document(run, *args), "missing") == pytest.approx(0.1, rel=1e-12)


def test_counts_in_a_series_keep_their_index() -> None:
    p, q = pd.Series({"a": 2, "b": 1}), pd.Series({"b": 3, "a": 1})
    report = compare(p, q, as_="counts", measures="tv")
    assert report.comparisons[0].estimates[0].value == pytest.approx(2 / 3 - 1 / 4, rel=1e-15)


def test_masked_values_are_missing() -> None:
    masked = np.ma.masked_array([1.0, 2.0, 3.0, 999.0], mask=[False, False, False, True])
    report = compare(masked, [1.0, 2.0, 3.0], measures="w1,missing")
    assert [estimate.value for estimate in report.comparisons[0].estimates] == [0.0, 0.25]


def test_reading_options_hold_from_python() -> None:
    frame = pd.DataFrame({"x": [1, 2, 2], "y": ["a", "?", "b"]})
    report = compare(frame, frame, categorical=("x",), na_values=("?",), measures="w1,missing")
    by_column = {comparison.column: comparison for comparison in report.comparisons}
    assert by_column["x"].support.kind == "nominal"
    assert by_column["y"].p.missing == 1


def test_tiny_shares_are_not_called_nothing(run: Callable) -> None:
    text = document(run, "1e-20,1", "1,1e-20")["comparisons"][0]["notes"][0]["text"]
    assert "share nothing" not in text


def test_nearly_all_is_not_called_all(run: Callable) -> None:
    assert "99.7 % of the two overlap" in run("1000,1000", "1006,994", "-f", "table").stdout


def test_counts_of_any_size_are_compared(run: Callable) -> None:
    found = document(run, "1e200,2e200", "2e200,1e200", "-m", "kl")
    assert value(found, "kl", "p:q") == pytest.approx(np.log(2) / 3, rel=1e-14)


def test_a_quote_inside_a_cell_is_a_character(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text('a,b\n5" pipe,1\n"x\ny",2\nz,3\n')
    assert run(str(path), str(path), "-c", "a", "-qm", "tv").stdout == "0.0\n"


def test_the_same_candidate_twice_is_two_numbers(run: Callable) -> None:
    ran = run("-qm", "tv", "1,3", "2,2", "2,2")
    assert (ran.status, ran.stdout) == (0, "0.25\n0.25\n")


def test_nothing_to_compare_is_2(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("x\n\n\n")
    (tmp_path / "q.csv").write_text("x\n1\n2\n")
    ran = run(str(tmp_path / "p.csv"), str(tmp_path / "q.csv"))
    assert ran.status == 2
    assert "nothing could be compared" in ran.stderr


def test_a_column_that_one_side_lost_comes_first(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("x,y\n1,1\n2,2\n1,1\n")
    (tmp_path / "q.csv").write_text("x,y\n2,\n2,\n1,\n")
    found = document(run, str(tmp_path / "p.csv"), str(tmp_path / "q.csv"))
    assert [comparison["column"] for comparison in found["comparisons"]] == ["y", "x"]


def test_every_digit_of_a_numeric_outcome_is_printed(run: Callable) -> None:
    ran = run("1234567:1,1234568:2", "1234567:2,1234568:1", "--terms", "-f", "csv")
    assert [line.split(",")[-9] for line in ran.stdout.splitlines()[1:]] == ["1234567.0", "1234568.0"]


def test_all_candidates_show_the_same_measures(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "two.csv").write_text("x,y\n1,1\n2,2\n1,1\n")
    (tmp_path / "one.csv").write_text("x\n1\n2\n")
    two, one = str(tmp_path / "two.csv"), str(tmp_path / "one.csv")
    found = document(run, two, one, two)
    assert len({tuple(e["measure"] for e in comparison["estimates"]) for comparison in found["comparisons"]}) == 1


def test_numbers_with_a_few_other_words_are_told(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("v\n" + "1.5\n2.5\n" * 10 + "n/a\n")
    ran = run(str(path), str(path), "-m", "tv", "-f", "table")
    assert "v holds labels, for 'n/a' is no number; --na-values 'n/a'" in " ".join(ran.stdout.split())


def test_decimal_commas_are_told(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a;v\n" + "x;561,07\ny;33,5\n" * 5)
    ran = run(str(path), str(path), "-m", "tv", "-f", "table")
    assert "numbers with a decimal comma need --decimal ," in " ".join(ran.stdout.split())


def test_quiet_leaves_out_the_notes_of_a_table(run: Callable) -> None:
    assert "overlap" in run("1,3", "2,2", "-f", "table").stdout
    assert "overlap" not in run("1,3", "2,2", "-q", "-f", "table").stdout


@pytest.mark.parametrize("name", ["table", "markdown"])
def test_the_tails_of_every_numeric_column_are_told_when_asked(run: Callable, name: str) -> None:
    args = ("flights/2013-01.csv", "flights/2013-07.csv", "-f", name, "-c", "hour,carrier,dep_delay")
    said = run(*args, "-v").stdout.replace("\\", "")
    assert "dep_delay P mean 9.728, median -2, p90 42" in said
    assert "hour Q mean" in said
    assert "median" not in run(*args).stdout
