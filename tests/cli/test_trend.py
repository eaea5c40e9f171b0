"""Drift over time: the same numbers as of the periods compared one by one, and what is said of them together."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import SAMPLE_DATA

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FLIGHTS = SAMPLE_DATA / "flights"
LINE = ("-c", "dep_delay", "-m", "js,w1", "-f", "csv")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def values(text: str) -> list[str]:
    return [row["value"] for row in rows(text)]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flights of six months in one file, the months out of order."""
    path = tmp_path_factory.mktemp("trend") / "flights.csv"
    months = (3, 1, 10, 7, 2, 12)
    texts = [(month, (FLIGHTS / f"2013-{month:02}.csv").read_text().splitlines()) for month in months]
    lines = [f"month,day,{texts[0][1][0]}"]
    lines += [
        f"{month},2013-{month:02}-{1 + i % 28:02},{line}" for month, text in texts for i, line in enumerate(text[1:])
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def file_of(month: int) -> str:
    return str(FLIGHTS / f"2013-{month:02}.csv")


@pytest.mark.parametrize(
    ("against", "earlier"),
    [("first", (1, 1, 1, 1, 1)), ("previous", (1, 2, 3, 7, 10)), ("1", (1, 2, 3, 7, 10))],
)
def test_periods_are_compared_as_their_files_are(
    run: Callable, year: Path, against: str, earlier: Sequence[int]
) -> None:
    ran = run("trend", str(year), "--by", "month", "--against", against, *LINE)
    assert ran.status == 0
    assert list(dict.fromkeys(row["period"] for row in rows(ran.stdout))) == ["2", "3", "7", "10", "12"]
    pairs = zip(earlier, (2, 3, 7, 10, 12), strict=True)
    assert values(ran.stdout) == [
        value for p, q in pairs for value in values(run(file_of(p), file_of(q), *LINE).stdout)
    ]


def test_a_window_is_the_periods_before_together(run: Callable, year: Path, tmp_path: Path) -> None:
    ran = run("trend", str(year), "--by", "month", "--against", "3", *LINE)
    assert [row["p"].removeprefix(str(year)) for row in rows(ran.stdout)[::2]] == [
        "[month=1]",
        "[month=1]..2",
        "[month=1]..3",
        "[month=2]..7",
        "[month=3]..10",
    ]
    for month in (3, 7, 10):
        (tmp_path / f"{month}.csv").write_text((FLIGHTS / f"2013-{month:02}.csv").read_text())
    assert values(ran.stdout)[-2:] == values(run(str(tmp_path), file_of(12), *LINE).stdout)


def test_dates_make_periods(run: Callable, year: Path) -> None:
    by_month = run("trend", str(year), "--by", "month", *LINE)
    by_day = run("trend", str(year), "--by", "day", "--every", "month", *LINE)
    assert values(by_month.stdout) == values(by_day.stdout)
    assert rows(by_day.stdout)[0]["period"] == "2013-02"


def test_files_are_periods_in_the_order_of_their_names(run: Callable) -> None:
    files = [file_of(month) for month in (2, 1, 3)]
    given = run("trend", *files, *LINE)
    assert given == run("trend", *reversed(files), *LINE)
    assert [row["period"] for row in rows(given.stdout)[::2]] == ["2013-02", "2013-03"] * 2
    assert values(given.stdout)[:2] == values(run(file_of(1), file_of(2), *LINE).stdout)


def test_a_folder_is_periods_and_no_data_set(run: Callable) -> None:
    ran = run("trend", str(FLIGHTS), *LINE)
    assert len(rows(ran.stdout)) == 11 * 2 * 2


def test_default_is_against_the_first_and_the_one_before(run: Callable, year: Path) -> None:
    both = run("trend", str(year), "--by", "month", *LINE)
    apart = [run("trend", str(year), "--by", "month", "--against", one, *LINE) for one in ("first", "previous")]
    assert rows(both.stdout) == [row for ran in apart for row in rows(ran.stdout)]
    assert "6 periods. Furthest from the first period: 7" in both.stderr


def test_json_has_the_curve_and_what_is_beyond_noise(run: Callable, year: Path) -> None:
    ran = run("trend", str(year), "--by", "month", "-c", "dep_delay", "-m", "js", "-f", "json")
    document = json.loads(ran.stdout)
    assert document["command"] == "trend"
    first, previous = document["trend"]
    assert (first["against"], previous["against"]) == ("first", "previous")
    assert first["periods"] == ["2", "3", "7", "10", "12"]
    found = document["comparisons"][:5]
    assert [one["period"] for one in found] == first["periods"]
    assert first["values"] == [one["estimates"][0]["value"] for one in found]
    beyond = [one["period"] for one in found if one["estimates"][0]["null"]["p_value"] <= 0.01]
    assert first["beyond_noise"] == beyond
    assert beyond


def test_equal_periods_are_within_noise(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("week,x\n" + "".join(f"{week},{i % 5}\n" for week in range(1, 6) for i in range(50)))
    ran = run("trend", str(path), "--by", "week", "-f", "table")
    assert ran.status == 0
    assert ran.stdout.count("none") == 2


def test_a_gate_holds_periods(run: Callable, year: Path) -> None:
    line = ("check", str(year), "--by", "month", "--against", "first", "-c", "dep_delay", "--isolated", "-f", "csv")
    ran = run(*line)
    assert ran.status == 1
    verdicts = {row["period"]: row["verdict"] for row in rows(ran.stdout) if row["measure"] == "js-distance"}
    assert verdicts == {"2": "pass", "3": "pass", "7": "drift", "10": "drift", "12": "drift"}
    files = run("check", *map(file_of, (1, 2)), "--against", "previous", "-c", "dep_delay", "--isolated", "-q")
    assert files.status == 0


@pytest.mark.parametrize(
    ("args", "told", "remedy"),
    [
        ((), "FILE is missing", "kldiv trend flights.csv --by month"),
        (("YEAR",), "there is one period", "--by COLUMN, --every, or more files"),
        (("YEAR", "--by", "mnth"), "has no column 'mnth'", "'month'?"),
        (("YEAR", "--by", "month", "--against", "last"), "cannot be compared with 'last'", "--against first"),
        (("YEAR", "--by", "month", "--against", "0"), "cannot be compared with '0'", "3: the 3 before"),
        (("YEAR", "YEAR", "--by", "month"), "--by makes periods of one operand", "a folder or a quoted pattern"),
        (("YEAR", "YEAR"), "is there twice", "NAME=FILE gives a period a name"),
        (("YEAR", "uniform"), "uniform is no period", "--by COLUMN"),
        (("a:1,b:2", "a:2,b:2", "a:2,b:3", "--against", "2"), "only samples add up", "--against first,previous"),
    ],
)
def test_what_makes_no_periods_is_told(run: Callable, year: Path, args: Sequence[str], told: str, remedy: str) -> None:
    ran = run("trend", *(str(year) if arg == "YEAR" else arg for arg in args), "-f", "csv")
    assert (ran.status, ran.stdout) == (2, "")
    assert told in ran.stderr
    assert remedy in ran.stderr


def test_one_comparison_asked_for_in_three_ways_is_made_once(run: Callable, year: Path) -> None:
    once = run("trend", str(year), "--by", "month", "--against", "previous", "-m", "js", "-f", "csv")
    thrice = run("trend", str(year), "--by", "month", "--against", "1,previous,01", "-m", "js", "-f", "csv")
    assert thrice.stdout == once.stdout


def test_the_furthest_is_so_by_the_measure_that_was_asked_for(run: Callable) -> None:
    for measure, pick in (("w1", max), ("overlap", min)):
        line = ("trend", str(FLIGHTS), "-c", "hour", "-m", measure, "--against", "first")
        found = rows(run(*line, "-f", "csv").stdout)
        furthest = pick(found, key=lambda row: float(row["value"]))
        told = run(*line, "-f", "table").stdout
        assert f"Furthest from the first period: {furthest['period']} (" in told
        (row,) = (line for line in told.splitlines() if line.startswith("hour "))
        assert f" {furthest['period']} " in row


def test_labels_are_said_to_be_no_times(run: Callable, tmp_path: Path) -> None:
    for names, said in ((("Jan", "Feb", "Mar"), True), (("2024-01", "2024-02", "2024-03"), False)):
        path = tmp_path / f"{names[0]}.csv"
        path.write_text("m,x\n" + "".join(f"{name},{number}\n" for name in names for number in range(20)))
        done = run("trend", str(path), "--by", "m", "-f", "csv")
        assert ("Periods are labels of m, in the order of their names: Feb, Jan and Mar." in done.stderr) is said


def test_a_gate_holds_no_pair_twice(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("m,x\n" + "".join(f"{month},{number}\n" for month in (1, 2, 3) for number in range(20)))
    done = run("check", str(path), "--by", "m", "--against", "first,previous", "--isolated", "-f", "json")
    assert len(json.loads(done.stdout)["comparisons"]) == 3


def test_a_bad_file_is_no_period_and_stops_no_other(run: Callable, tmp_path: Path) -> None:
    first, bad, last = (str(tmp_path / f"2013-0{month}.csv") for month in (1, 2, 3))
    for month, path in ((1, first), (3, last)):
        Path(path).write_bytes(Path(file_of(month)).read_bytes())
    Path(bad).write_bytes(b"dep_delay\n\xff\xfe\n")
    ran = run("trend", first, bad, last, *LINE)
    assert ran.status == 2
    assert ran.stdout == run("trend", first, last, *LINE).stdout
    assert "2013-02.csv is not UTF-8" in ran.stderr
    gate = run("check", first, bad, last, "-c", "dep_delay", "--against", "previous")
    assert gate.status == 2
    assert "undecided" in gate.stdout + gate.stderr
    assert "2013-02.csv is not UTF-8" in gate.stderr


def test_no_other_file_passes_for_a_first_period_that_is_bad(run: Callable, tmp_path: Path) -> None:
    bad, *good = (tmp_path / f"2013-0{month}.csv" for month in (1, 2, 3))
    bad.write_bytes(b"dep_delay\n\xff\xfe\n")
    for path in good:
        path.write_bytes(Path(file_of(2)).read_bytes())
    ran = run("trend", str(bad), *map(str, good), *LINE)
    assert (ran.status, ran.stdout) == (2, "")
    assert "2013-01.csv is not UTF-8" in ran.stderr


def test_a_column_of_periods_without_a_value_is_told(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("at,x\n,1\n,2\n")
    ran = run("trend", str(path), "--by", "at", "--every", "day", "--categorical", "at")
    assert ran.status == 2
    assert "holds labels, which have no periods" in ran.stderr


def test_a_label_that_is_no_date_is_named(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("at,x\n2024-01-01,1\n2024-01-02,2\nsoon,3\n")
    ran = run("trend", str(path), "--by", "at", "--every", "day")
    assert ran.status == 2
    assert "labels such as 'soon'" in ran.stderr
