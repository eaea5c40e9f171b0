"""Groups of rows: the same numbers as of files that were split before, whatever the format, the order or the part."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from tests.conftest import SAMPLE_DATA

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PENGUINS = SAMPLE_DATA / "penguins.csv"
MEASURES = ("-m", "kl,js,w1,missing", "-f", "csv")
NAMED = ("p", "q", "column", "group")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def numbers(text: str) -> list[dict[str, str]]:
    """Rows without the names of the operands, in an order of their own."""
    found = [{key: cell for key, cell in row.items() if key not in ("p", "q", "group")} for row in rows(text)]
    return sorted(found, key=lambda row: (row["column"], row["measure"], row["direction"]))


def split(source: Path, target: Path, *, keep: Callable[[dict[str, str]], bool]) -> str:
    with source.open(newline="") as file:
        found = list(csv.DictReader(file))
    with target.open("w", newline="") as file:
        writer = csv.DictWriter(file, found[0])
        writer.writeheader()
        writer.writerows(row for row in found if keep(row))
    return str(target)


def of_group(text: str, name: str) -> str:
    lines = text.splitlines(keepends=True)
    return lines[0] + "".join(line for line in lines[1:] if line.rstrip("\n").endswith(f",{name}"))


@pytest.mark.parametrize("species", ["Adelie", "Chinstrap", "Gentoo"])
def test_a_group_against_the_rest_is_two_files_compared(run: Callable, tmp_path: Path, species: str) -> None:
    rest = split(PENGUINS, tmp_path / "rest.csv", keep=lambda row: row["species"] != species)
    group = split(PENGUINS, tmp_path / "group.csv", keep=lambda row: row["species"] == species)
    together = run(str(PENGUINS), "--by", "species", *MEASURES)
    assert together.status == 0
    apart = run(rest, group, "--exclude", "species", *MEASURES)
    assert numbers(of_group(together.stdout, species)) == numbers(apart.stdout)
    assert len(numbers(apart.stdout)) == 7 * 5


def test_a_base_group_is_p_for_all_others(run: Callable, tmp_path: Path) -> None:
    base = split(PENGUINS, tmp_path / "base.csv", keep=lambda row: row["species"] == "Gentoo")
    group = split(PENGUINS, tmp_path / "group.csv", keep=lambda row: row["species"] == "Adelie")
    together = run(str(PENGUINS), "--by", "species", "--base-group", "Gentoo", *MEASURES)
    assert {row["group"] for row in rows(together.stdout)} == {"Adelie", "Chinstrap"}
    apart = run(base, group, "--exclude", "species", *MEASURES)
    assert numbers(of_group(together.stdout, "Adelie")) == numbers(apart.stdout)


def test_of_two_operands_group_meets_group_and_the_others_are_listed(run: Callable, tmp_path: Path) -> None:
    here = split(PENGUINS, tmp_path / "here.csv", keep=lambda row: row["species"] != "Gentoo")
    there = split(PENGUINS, tmp_path / "there.csv", keep=lambda row: row["species"] != "Adelie")
    ran = run(here, there, "--by", "species", "-c", "body_mass_g", "-m", "js", "-f", "csv")
    (row,) = rows(ran.stdout)
    assert (row["group"], row["value"]) == ("Chinstrap", "0.0")
    assert row["p"] == f"{here}[species=Chinstrap]"
    assert "Groups only in P: Adelie." in ran.stderr
    assert "Groups only in Q: Gentoo." in ran.stderr


def test_several_columns_make_groups_of_their_combinations(run: Callable) -> None:
    ran = run(str(PENGUINS), "--by", "species,sex", "-c", "body_mass_g", "-m", "js", "-f", "csv")
    assert [row["group"] for row in rows(ran.stdout)] == [
        f"{species},{sex}" for species in ("Adelie", "Chinstrap", "Gentoo") for sex in ("female", "male")
    ]
    assert "11 rows without species, sex are in no group" in ran.stderr


def test_groups_of_numbers_are_in_the_order_of_numbers(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("month,x\n" + "".join(f"{month},{month + i}\n" for month in (10, 2, 1, 12) for i in range(20)))
    ran = run(str(path), "--by", "month", "-m", "js", "-f", "csv")
    assert [row["group"] for row in rows(ran.stdout)] == ["1", "2", "10", "12"]


@pytest.mark.parametrize(
    ("every", "names"),
    [
        ("month", ["2023-12", "2024-01", "2024-02"]),
        ("week", ["2023-W52", "2024-W01", "2024-W05"]),
        ("quarter", ["2023-Q4", "2024-Q1"]),
        ("year", ["2023", "2024"]),
        ("day", ["2023-12-31", "2024-01-01", "2024-02-01"]),
        ("hour", ["2023-12-31T23", "2024-01-01T00", "2024-02-01T05"]),
    ],
)
def test_dates_fall_into_periods(run: Callable, tmp_path: Path, every: str, names: Sequence[str]) -> None:
    path = tmp_path / "t.csv"
    moments = ("2023-12-31T23:59:59", "2024-01-01T00:00:00", "2024-02-01T05:30:00")
    path.write_text("at,x\n" + "".join(f"{moment},{i}\n" for moment in moments for i in range(20)))
    ran = run(str(path), "--by", "at", "--every", every, "-m", "js", "-f", "csv")
    assert [row["group"] for row in rows(ran.stdout)] == names


def test_numbers_fall_into_widths(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("age,x\n" + "".join(f"{age},{i}\n" for age in (-1, 0, 9.99, 10, 25) for i in range(20)))
    ran = run(str(path), "--by", "age", "--every", "10", "-m", "js", "-f", "csv")
    assert [row["group"] for row in rows(ran.stdout)] == ["[-10,0)", "[0,10)", "[10,20)", "[20,30)"]


def test_parts_of_a_data_set_make_the_same_groups_as_one_file(run: Callable, tmp_path: Path) -> None:
    flights = sorted((SAMPLE_DATA / "flights").glob("2013-0[1-3].csv"))
    texts = [path.read_text() for path in flights]
    (tmp_path / "one.csv").write_text(texts[0] + "".join(text.partition("\n")[2] for text in texts[1:]))
    (tmp_path / "parts").mkdir()
    for number, text in enumerate(texts):
        (tmp_path / "parts" / f"{number}.csv").write_text(text)
    options = ("--by", "origin", "-c", "dep_delay,carrier", *MEASURES)
    whole, parts = (run(str(tmp_path / name), *options) for name in ("one.csv", "parts"))
    assert numbers(whole.stdout) == numbers(parts.stdout)
    assert len(numbers(whole.stdout)) == 3 * 2 * 5


def test_groups_of_weighted_rows_keep_their_weights(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("g,x,w\n" + "".join(f"{g},{i % 3},{1 + (i % 2)}\n" for g in "ab" for i in range(30)))
    ran = run(str(path), "--by", "g", "--weights", "w", "-c", "x", "-m", "w1", "-f", "json")
    sides = [comparison["q"] for comparison in json.loads(ran.stdout)["comparisons"]]
    assert [side["n"] for side in sides] == [45**2 / (15 * 1 + 15 * 4)] * 2
    assert all(side["weighted"] for side in sides)


def test_json_names_the_group_of_every_comparison(run: Callable) -> None:
    ran = run(str(PENGUINS), "--by", "species", "-c", "sex", "-m", "js", "-f", "json")
    found = json.loads(ran.stdout)["comparisons"]
    assert [one["group"] for one in found] == ["Adelie", "Chinstrap", "Gentoo"]
    assert found[0]["p"]["label"] == f"{PENGUINS}[species!=Adelie]"


def test_a_gate_holds_every_group(run: Callable) -> None:
    ran = run("check", str(PENGUINS), "--by", "species", "-c", "sex,bill_depth_mm", "-f", "csv", "--isolated")
    assert ran.status == 1
    verdicts = {
        (row["group"], row["column"]): row["verdict"] for row in rows(ran.stdout) if row["measure"] != "missing"
    }
    assert verdicts == {
        (species, column): verdict
        for species in ("Adelie", "Chinstrap", "Gentoo")
        for column, verdict in (("bill_depth_mm", "drift"), ("sex", "pass"))
    }
    assert run("check", str(PENGUINS), "--by", "species", "-c", "sex", "-q", "--isolated").status == 0


@pytest.mark.parametrize(
    ("args", "told", "remedy"),
    [
        (("--by", "specis"), "has no column 'specis'", "'species'?"),
        (("--by", "species", "--base-group", "adelie"), "has no group 'adelie' of species", "'Adelie'?"),
        (("--base-group", "Adelie", "x.csv"), "--base-group is one of the groups of --by", "--by species"),
        (
            ("--by", "species", "--every", "month"),
            "holds labels such as 'Adelie', which have no periods",
            "--by without --every",
        ),
        (("--by", "year", "--every", "month"), "holds numbers, and --every month is none of theirs", "--every 10"),
        (("--by", "species", "--every", "fortnight"), "there is no period 'fortnight'", "hour, day, week"),
        (("--by", "species,sex", "--every", "10"), "--every makes periods of one column", "--by COLUMN"),
        (("--every", "10", "x.csv"), "--every makes periods of one column", "--by COLUMN"),
        (("--by", "species", "-c", "species"), "no column is left to compare beside species", "another -c"),
        (("--by", "species", "x.csv", "y.csv"), "there is no file 'x.csv'", "try:"),
        (("--by", "species", str(PENGUINS), str(PENGUINS)), "groups are of one operand, or of two", "--by COLUMN"),
    ],
)
def test_what_cannot_be_grouped_is_told(run: Callable, args: Sequence[str], told: str, remedy: str) -> None:
    ran = run(str(PENGUINS), *args, "-f", "csv")
    assert (ran.status, ran.stdout) == (2, "")
    assert told in ran.stderr
    assert remedy in ran.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("g,x\na,1\na,2\n", "one group is nothing to compare"),
        ("g,x\n,1\n,2\n", "no row has a value of g"),
        ("label,count\na,1\nb,2\n", "no column is left to compare"),
        ('{"a": 3, "b": 4}', "has no rows of several columns"),
    ],
)
def test_content_without_groups_is_told(run: Callable, tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "t"
    path.write_text(content)
    ran = run(str(path), "--by", "label,count" if "label" in content else "g", "-f", "csv")
    assert (ran.status, ran.stdout) == (2, "")
    assert told in ran.stderr


def test_a_column_that_names_rows_is_no_group(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,x\n" + "".join(f"{i},{i % 7}\n" for i in range(10_001)))
    ran = run(str(path), "--by", "id", "-f", "csv")
    assert (ran.status, ran.stdout) == (2, "")
    assert "id makes more than 10,000 groups" in ran.stderr


def test_a_profile_has_no_rows_to_group(run: Callable, tmp_path: Path) -> None:
    saved = str(tmp_path / "b.json")
    assert run("profile", str(PENGUINS), "-o", saved).status == 0
    ran = run(saved, "--by", "species")
    assert (ran.status, ran.stdout) == (2, "")
    assert "is a profile" in ran.stderr


def test_names_with_commas_make_groups_of_their_own(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("g,h,x\n" + "".join(f'"a,b",c,{i}\na,"b,c",{i}\n' for i in range(20)))
    ran = run(str(path), "--by", "g,h", "-m", "js", "-f", "csv")
    assert {row["group"] for row in rows(ran.stdout)} == {'"a,b",c', 'a,"b,c"'}


@pytest.mark.parametrize(
    ("width", "values", "names"),
    [
        ("0.1", [0.1, 0.2, 0.3, 0.35, 0.6, 0.7], ["[0.1,0.2)", "[0.2,0.3)", "[0.3,0.4)", "[0.6,0.7)", "[0.7,0.8)"]),
        ("0.3", [-0.3, -0.1, 0.9], ["[-0.3,0)", "[0.9,1.2)"]),
        ("10", [0, 9.999, 10, 25], ["[0,10)", "[10,20)", "[20,30)"]),
    ],
)
def test_widths_are_spelled_as_they_are_asked_for(
    run: Callable, tmp_path: Path, width: str, values: Sequence[float], names: Sequence[str]
) -> None:
    file = tmp_path / "t.csv"
    file.write_text("x,y\n" + "".join(f"{value},{n}\n" for value in values for n in (1, 2)))
    found = rows(run(str(file), "--by", "x", "--every", width, "-c", "y", "-m", "js", "-f", "csv").stdout)
    assert [row["group"] for row in found] == names
