"""A folder, a pattern and the partitions of a table are one operand, equal to the file of all their rows."""

from __future__ import annotations

import functools
import http.server
import io
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kldiv_cli.core.summary import CategoricalSummary, NumericSummary
from kldiv_cli.errors import InputError, TypeBreak, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kldiv_cli.core.summary import Profile, Summary

    Read = Callable[..., Profile]
    Run = Callable[..., Any]


def told(summary: Summary) -> tuple[object, ...]:
    found = (value.tobytes() if isinstance(value, np.ndarray) else value for value in summary)
    return (type(summary).__name__, *found)


def facts(summary: Summary) -> dict[Any, float]:
    names = summary.values.tolist() if isinstance(summary, NumericSummary) else summary.labels
    found = dict(zip(names, summary.counts.tolist(), strict=True))
    return {**found, None: summary.missing} if summary.missing else found


def columns(profile: Profile) -> dict[str, tuple[object, ...]]:
    return {name: told(summary) for name, summary in profile.columns.items()}


def rows(start: int, stop: int) -> str:
    return "".join(
        f"{i % 13},{'' if i % 7 == 2 else 'abc'[i % 3]},2024-01-{1 + i % 28:02}\n" for i in range(start, stop)
    )


HEADER = "x,g,d\n"
PARTS = {"s/a.csv": (0, 40), "s/b.csv": (40, 90), "s/sub/c.csv": (90, 100), "s/sub/deep/d.csv": (100, 170)}


def place(name: str, content: str | bytes) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return name


def place_parquet(name: str, **cells: Any) -> str:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table(cells), sink)
    return place(name, sink.getvalue())


@pytest.fixture
def parts() -> None:
    """A folder with folders, and one file of all rows."""
    for name, (start, stop) in PARTS.items():
        place(name, HEADER + rows(start, stop))
    place("whole.csv", HEADER + rows(0, 170))


# Which files


def test_a_folder_is_all_of_its_files(parts: None, read_typed: Read) -> None:
    found = read_typed("s")
    assert (found.rows, found.label) == (170, "s")
    assert columns(found) == columns(read_typed("whole.csv"))
    assert columns(read_typed("s/")) == columns(found)
    assert columns(read_typed("./s")) == columns(found)


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("s/*.csv", 90),
        ("s/[ab].csv", 90),
        ("s/?.csv", 90),
        ("s/b*", 50),
        ("*/a.csv", 40),
        ("s/*/*.csv", 10),
        ("s/**/*.csv", 170),
        ("**/c.csv", 10),
        ("s/sub/**/*.csv", 80),
        ("./s/*.csv", 90),
    ],
)
def test_a_pattern_is_the_files_that_it_matches(pattern: str, number: int, parts: None, read_typed: Read) -> None:
    assert read_typed(pattern).rows == number
    assert read_typed(pattern).label == pattern


def test_a_pattern_with_a_whole_path_is_read(parts: None, read_typed: Read, tmp_path: Path) -> None:
    assert read_typed(f"{tmp_path}/s/*.csv").rows == 90


MARKERS = ("_SUCCESS", "_metadata", "_committed_1.json", ".hidden.csv", ".a.csv.crc", "README.md", "notes", "x.csv~")


@pytest.mark.parametrize("operand", ["s", "s/*", "s/**", "s/*.csv"])
def test_markers_and_hidden_files_are_passed_over(operand: str, parts: None, read_typed: Read) -> None:
    """What Spark, Hadoop and editors leave in a folder."""
    expected = {"s": 170, "s/*": 90, "s/**": 170, "s/*.csv": 90}[operand]
    for name in MARKERS[:5]:
        place(f"s/{name}", "" if name != ".hidden.csv" else HEADER + rows(0, 5))
    place("s/_temporary/0/a.csv", HEADER + rows(0, 5))
    place("s/.ipynb_checkpoints/a.csv", HEADER + rows(0, 5))
    assert read_typed(operand).rows == expected


def test_files_without_the_name_of_a_format_are_passed_over_in_a_folder(parts: None, read_typed: Read) -> None:
    for name in MARKERS:
        place(f"s/{name}", "no table")
    assert read_typed("s").rows == 170


def test_compressed_files_and_capitals_are_read_too(parts: None, read_typed: Read) -> None:
    import gzip

    place("s/e.csv.gz", gzip.compress((HEADER + rows(0, 7)).encode()))
    place("s/F.CSV", HEADER + rows(0, 5))
    assert read_typed("s").rows == 182


def test_an_existing_name_with_brackets_is_a_file(read_typed: Read) -> None:
    place("a[1].csv", HEADER + rows(0, 3))
    place("a1.csv", HEADER + rows(0, 5))
    assert read_typed("a[1].csv").rows == 3
    place("d[x]/a.csv", HEADER + rows(0, 4))
    assert read_typed("d[x]").rows == 4


def test_a_column_of_a_set_is_named_after_a_colon(parts: None, read_typed: Read) -> None:
    for operand in ("s:x", "s/*.csv:x", "s/**/*.csv:1"):
        assert list(read_typed(operand).columns) == ["x"]
    with pytest.raises(UsageError, match="has no column 'nosuch'"):
        read_typed("s/*.csv:nosuch")


def test_a_label_before_a_set_is_its_label(parts: None, read_typed: Read) -> None:
    for operand in ("new=s", "new=s/*.csv", "new=s/*.csv:x"):
        assert read_typed(operand).label == "new"
    assert read_typed("new=s/*.csv").rows == 90


@pytest.mark.parametrize("operand", ["nothing/*.csv", "s/*.parquet", "s/*.csv/x"])
def test_a_pattern_that_matches_nothing_is_told(operand: str, parts: None, read_typed: Read) -> None:
    with pytest.raises((InputError, UsageError), match="no file") as caught:
        read_typed(operand)
    assert operand in caught.value.message


def test_a_folder_of_nothing_is_told(read_typed: Read) -> None:
    Path("empty").mkdir()
    place("markers/_SUCCESS", "")
    for name in ("empty", "markers"):
        with pytest.raises(InputError, match=f"there is no data file in '{name}'"):
            read_typed(name)


# What is in them


def test_a_set_prints_what_its_rows_in_one_file_print(parts: None, run: Run) -> None:
    place("q.csv", HEADER + rows(30, 120))
    one = run("p=whole.csv", "q.csv", "-m", "all", "-f", "json")
    for operand in ("s", "s/**/*.csv"):
        assert run(f"p={operand}", "q.csv", "-m", "all", "-f", "json") == one
    assert one.status == 0


@pytest.mark.parametrize("operand", ["./s", "s/**/*.csv"])
def test_the_order_of_parts_does_not_depend_on_jobs(
    operand: str, parts: None, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kldiv_cli.engines import local

    lines = [("profile", operand, "-f", "json"), ("profile", operand, "-f", "plain"), (operand, "whole.csv", "-v")]
    straight = [run(*line, "--jobs", "1") for line in lines]
    assert all(ran.status == 0 for ran in straight)
    assert [run(*line, "--jobs", "4") for line in lines] == straight
    monkeypatch.setattr(local, "_WORTH_A_PROCESS", 0)
    assert [run(*line, "--jobs", "3") for line in lines] == straight


def test_notes_and_names_come_in_the_order_of_the_parts_whatever_the_jobs(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kldiv_cli.engines import local

    monkeypatch.setattr(local, "_WORTH_A_PROCESS", 0)
    for number, name in enumerate("abcdef"):
        place(f"s/{name}.csv", f"x,{name}\n" + "1,2\n" * (1 + 3000 * (number == 0)))
    assert run("profile", "s", "-f", "plain", "--jobs", "1") == run("profile", "s", "-f", "plain", "--jobs", "4")


def test_mixed_formats_are_one_set(parts: None, read_typed: Read) -> None:
    place_parquet("m/a.parquet", x=[1, 2], g=["a", "b"])
    place("m/b.csv", "x,g\n2,b\n3,\n")
    place("m/c.ndjson", '{"x": 3, "g": "a"}\n{"x": null, "g": "c"}\n')
    place("m/d.json", '[{"x": 4, "g": "a"}]')
    found = read_typed("m")
    assert facts(found.columns["x"]) == {1.0: 1, 2.0: 2, 3.0: 2, 4.0: 1, None: 1}
    assert facts(found.columns["g"]) == {"a": 3, "b": 2, "c": 1, None: 1}
    assert not found.notes


def test_profiles_are_parts_too(parts: None, run: Run, read_typed: Read) -> None:
    run("profile", "s/a.csv", "s/b.csv", "-o", "m.json")
    place("m/ab.json", Path("m.json").read_bytes())
    place("m/rest.csv", HEADER + rows(90, 170))
    assert columns(read_typed("m")) == columns(read_typed("whole.csv"))


def test_parts_with_other_columns_count_as_missing_there_with_a_note(read_typed: Read) -> None:
    place("s/a.csv", "x,y\n1,a\n2,b\n")
    place("s/b.csv", "x\n3\n")
    place("s/c.csv", "x,z\n4,0.5\n5,\n")
    found = read_typed("s")
    assert found.names == ("x", "y", "z")
    assert facts(found.columns["x"]) == {1.0: 1, 2.0: 1, 3.0: 1, 4.0: 1, 5.0: 1}
    assert facts(found.columns["y"]) == {"a": 1, "b": 1, None: 3}
    assert facts(found.columns["z"]) == {0.5: 1, None: 4}
    notes = [note.text for note in found.notes if note.code == "lacks-columns"]
    assert any("b.csv has no y" in text for text in notes)
    assert any("c.csv has no y" in text for text in notes)


def test_the_rows_that_lack_a_column_are_told_of_the_parts_that_lack_it(read_typed: Read) -> None:
    """Two parts of 2 and 3 rows come before the first that has the column."""
    place("s/a.csv", "x,w\n1,1\n2,1\n")
    place("s/b.csv", "x,w\n1,1\n2,1\n3,1\n")
    place("s/c.csv", "x,w,y\n1,1,5\n")
    texts = [note.text for note in read_typed("s").notes]
    assert not any("a.csv has no y: its 5 rows" in text for text in texts), "a.csv has 2 rows"


def test_missing_weight_of_parts_that_lack_a_column_is_weight(read_typed: Read) -> None:
    place("s/a.csv", "x,w,y\n1,2,a\n2,0.5,b\n")
    place("s/b.csv", "x,w\n3,4\n5,1\n")
    found = read_typed("s", weights="w")
    assert facts(found.columns["y"]) == {"a": 2, "b": 0.5, None: 5}


def test_a_part_without_values_agrees_with_every_type(read_typed: Read) -> None:
    place("s/a.csv", "x,g,d\n,,\nNA,NA,NA\n")
    place("s/b.csv", "x,g,d\n1,a,2024-01-01\n")
    place("s/c.csv", "x,g,d\n,,\n")
    place("s/d.csv", "x,g,d\n2,b,2024-01-02\n")
    found = read_typed("s")
    assert facts(found.columns["x"]) == {1.0: 1, 2.0: 1, None: 3}
    assert facts(found.columns["g"]) == {"a": 1, "b": 1, None: 3}
    assert found.columns["d"].instants
    assert found.columns["d"].missing == 3
    assert not found.notes


@pytest.mark.parametrize("first", ["numbers", "labels"])
def test_a_column_that_changes_its_type_is_read_again_as_labels(first: str, read_typed: Read) -> None:
    contents = ["x,y\n1,1\n2,1\n", "x,y\na,1\n2,1\n"]
    for name, content in zip(("a", "b"), contents if first == "numbers" else contents[::-1], strict=True):
        place(f"s/{name}.csv", content)
    found = read_typed("s")
    assert facts(found.columns["x"]) == {"1": 1, "2": 2, "a": 1}
    assert isinstance(found.columns["y"], NumericSummary)
    (note,) = found.notes
    assert note.code == "read-as-labels"
    for word in ("column x", "numbers", "labels", "s/a.csv", "s/b.csv"):
        assert word in note.text


def test_dates_against_numbers_are_read_again_as_labels(read_typed: Read) -> None:
    place("s/a.csv", "x\n2024-01-01\n2024-01-02\n")
    place("s/b.csv", "x\n7\n8\n")
    found = read_typed("s")
    assert facts(found.columns["x"]) == {"2024-01-01": 1, "2024-01-02": 1, "7": 1, "8": 1}
    assert [note.code for note in found.notes] == ["read-as-labels"]


def test_dates_of_parquet_against_labels_of_csv_keep_their_spelling(read_typed: Read) -> None:
    import datetime as dt

    place_parquet("s/a.parquet", d=[dt.date(2024, 1, 1), dt.date(2024, 1, 2)])
    place("s/b.csv", "d,k\n2024-01-01,1\nunknown,2\n")
    found = read_typed("s", columns=("d",))
    assert facts(found.columns["d"]) == {"2024-01-01": 2, "2024-01-02": 1, "unknown": 1}


def test_several_columns_that_change_are_all_told(read_typed: Read) -> None:
    place("s/a.csv", "x,y,z\n1,1,1\n")
    place("s/b.csv", "x,y,z\na,b,2\n")
    found = read_typed("s")
    assert all(isinstance(found.columns[name], CategoricalSummary) for name in "xy")
    assert facts(found.columns["z"]) == {1.0: 1, 2.0: 1}
    assert len(found.notes) == 2


def test_a_type_that_breaks_late_in_a_part_is_read_again_in_all(read_typed: Read) -> None:
    place("s/a.csv", "x,y\n" + "1,2\n" * 30_000 + "late,2\n")
    place("s/b.csv", "x,y\n3,4\n")
    found = read_typed("s")
    assert facts(found.columns["x"]) == {"1": 30_000, "3": 1, "late": 1}
    assert [note.code for note in found.notes] == ["read-as-labels"]
    assert "s/a.csv" in found.notes[0].text


def test_a_type_that_breaks_late_in_a_file_is_a_note_and_in_a_pipe_an_error(
    read_typed: Read, read_pipe: Read, run: Run
) -> None:
    text = "x,y\n" + "1,2\n" * 30_000 + "late,2\n"
    place("a.csv", text)
    found = read_typed("a.csv")
    assert facts(found.columns["x"]) == {"1": 30_000, "late": 1}
    assert [note.code for note in found.notes] == ["read-as-labels"]
    with pytest.raises(TypeBreak, match=r"stdin.*30002") as caught:
        read_pipe(text)
    assert "--categorical x" in caught.value.remedy
    said = run("a.csv", "a.csv", "-f", "plain")
    assert said.status == 0
    assert "read as labels" in said.stderr


def test_a_column_promised_as_labels_needs_no_second_reading(read_typed: Read) -> None:
    place("s/a.csv", "x\n1\n2\n")
    place("s/b.csv", "x\na\n2\n")
    found = read_typed("s", categorical=("x",))
    assert facts(found.columns["x"]) == {"1": 1, "2": 2, "a": 1}
    assert not found.notes


def test_a_damaged_part_is_named(parts: None, read_typed: Read) -> None:
    place("s/c.csv", HEADER + "1,a\n")
    with pytest.raises(InputError, match=r"s/c\.csv"):
        read_typed("s")
    place("s/b.csv", "")
    with pytest.raises(InputError, match=r"s/b\.csv is empty"):
        read_typed("s/*.csv")


def test_the_first_damaged_part_is_named_whatever_the_jobs(parts: None, run: Run) -> None:
    for name in ("b", "c", "e"):
        place(f"s/{name}.csv", HEADER + "1\n")
    one = run("profile", "s", "--jobs", "1")
    assert one.status == 2
    assert "s/b.csv" in one.stderr
    assert run("profile", "s", "--jobs", "4") == one


def test_samples_and_masses_are_no_one_set(read_typed: Read) -> None:
    place("s/a.csv", "label,count\na,3\nb,5\n")
    place("s/b.csv", "x,y\n1,2\n3,4\n")
    with pytest.raises(InputError, match=r"s/a\.csv holds counts, s/b\.csv samples") as caught:
        read_typed("s")
    assert "--as" in caught.value.remedy


def test_counts_of_parts_add_up(read_typed: Read) -> None:
    place("s/a.csv", "label,count\na,3\nb,5\n")
    place("s/b.csv", "label,count\nb,1\nc,2\n")
    found = read_typed("s")
    assert found.kind == "counts"
    assert facts(next(iter(found.columns.values()))) == {"a": 3, "b": 6, "c": 2}


# Hive partitions


@pytest.fixture
def hive() -> None:
    place("h/year=2023/month=12/a.csv", "x\n1\n2\n")
    place("h/year=2024/month=1/a.csv", "x\n3\n")
    place("h/year=2024/month=2/a.csv", "x\n4\n5\n6\n")


@pytest.mark.parametrize("operand", ["h", "h/*/*/*.csv", "h/**/*.csv", "h/year=*/month=*/*.csv"])
def test_folders_that_give_values_are_columns(operand: str, hive: None, read_typed: Read) -> None:
    found = read_typed(operand)
    assert found.names == ("x", "year", "month")
    assert facts(found.columns["year"]) == {2023.0: 2, 2024.0: 4}
    assert facts(found.columns["month"]) == {1.0: 1, 2.0: 3, 12.0: 2}


@pytest.mark.parametrize(
    ("operand", "number"),
    [
        ("year=*/month=*/a.csv", 6),
        ("year=2024/*/*.csv", 4),
        ("year=2024/month=2/a.csv", 3),
        ("year=20*/month=1*/a.csv", 3),
    ],
)
def test_a_pattern_that_begins_with_a_partition_is_no_label(
    operand: str, number: int, hive: None, read_typed: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    place("h/other/month=9/a.csv", "x\n7\n7\n7\n7\n7\n7\n7\n")
    monkeypatch.chdir("h")
    found = read_typed(operand)
    assert found.rows == number
    assert found.label == operand
    if "*" in operand:
        assert "year" in found.columns or operand.startswith("year=2024/")


def test_types_of_partitions_are_judged_over_all_parts(read_typed: Read) -> None:
    for value in ("1", "2", "unknown"):
        place(f"h/k={value}/day=2024-01-0{len(value)}/a.csv", "x\n1\n")
    found = read_typed("h")
    assert facts(found.columns["k"]) == {"1": 1, "2": 1, "unknown": 1}
    assert found.columns["day"].instants
    assert not found.notes


def test_the_default_partition_is_missing(read_typed: Read) -> None:
    place("h/k=__HIVE_DEFAULT_PARTITION__/a.csv", "x\n1\n2\n")
    place("h/k=5/a.csv", "x\n3\n")
    assert facts(read_typed("h").columns["k"]) == {5.0: 1, None: 2}


def test_values_of_partitions_are_percent_decoded(read_typed: Read) -> None:
    place("h/a%20b=x%2Fy/a.csv", "x\n1\n")
    place("h/a%20b=Z%C3%BCrich/a.csv", "x\n1\n2\n")
    place("h/a%20b=p%3Dq/a.csv", "x\n1\n2\n3\n")
    assert facts(read_typed("h").columns["a b"]) == {"x/y": 1, "Zürich": 2, "p=q": 3}


def test_a_column_that_the_file_has_itself_is_left_alone(read_typed: Read) -> None:
    place("h/k=1/a.csv", "x,k\n1,7\n")
    place("h/k=2/a.csv", "x,k\n2,8\n")
    found = read_typed("h")
    assert facts(found.columns["k"]) == {7.0: 1, 8.0: 1}
    assert found.names == ("x", "k")


def test_parquet_partitions_are_columns(read_typed: Read) -> None:
    place_parquet("h/k=1/a.parquet", x=[1, 2], g=["a", "b"])
    place_parquet("h/k=2/a.parquet", x=[3], g=["a"])
    found = read_typed("h")
    assert found.names == ("x", "g", "k")
    assert facts(found.columns["k"]) == {1.0: 2, 2.0: 1}


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("options", [{"columns": ("k",)}, {"column": ":k"}, {"exclude": ("x", "g")}], ids=str)
def test_a_partition_alone_is_counted_with_all_rows(form: str, options: dict[str, Any], read_typed: Read) -> None:
    sizes = {1: 25_000, 2: 30_001}
    for value, size in sizes.items():
        if form == "csv":
            place(f"h/k={value}/a.csv", "x,g\n" + "1,a\n" * size)
        else:
            place_parquet(f"h/k={value}/a.parquet", x=[1] * size, g=["a"] * size)
    column = options.get("column", "")
    found = read_typed(f"h{column}", **{} if column else options)
    assert facts(found.columns["k"]) == {1.0: 25_000, 2.0: 30_001}
    assert found.rows == 55_001


def test_partitions_are_told_apart_by_options(hive: None, read_typed: Read) -> None:
    assert facts(read_typed("h", categorical=("year",)).columns["year"]) == {"2023": 2, "2024": 4}
    assert facts(read_typed("h", categorical=("3",)).columns["month"]) == {"1": 1, "12": 2, "2": 3}
    assert facts(read_typed("h", na_values=("2023",)).columns["year"]) == {2024.0: 4, None: 2}
    assert list(read_typed("h", exclude=("month",)).columns) == ["x", "year"]


def test_a_partition_that_is_no_number_as_promised_is_told(read_typed: Read) -> None:
    place("h/k=a/p.csv", "x\n1\n2\n")
    place("h/k=2/p.csv", "x\n1\n2\n")
    with pytest.raises(InputError, match=r"k.*'a' is no number"):
        read_typed("h", numeric=("k",))


def test_a_lone_column_beside_partitions_is_no_pmf(read_typed: Read) -> None:
    place("h/k=1/a.csv", "0.5\n0.5\n")
    place("h/k=2/a.csv", "0.25\n0.75\n")
    assert read_typed("h").kind == "samples"


def test_a_key_that_some_folders_lack_is_missing_there(read_typed: Read) -> None:
    place("h/k=1/j=1/a.csv", "x\n1\n")
    place("h/k=2/a.csv", "x\n2\n")
    found = read_typed("h")
    assert found.names == ("x", "k", "j")
    assert (found.columns["j"].values.tolist(), found.columns["j"].missing) == ([1.0], 1.0)


def test_partitions_meet_those_of_another_set(hive: None, run: Run) -> None:
    place("g/year=2024/month=3/a.csv", "x\n4\n5\n")
    ran = run("./h", "./g", "-f", "plain")
    assert ran.status == 0
    assert [line.split()[2] for line in ran.stdout.splitlines()[1:] if " js " in line][:1]


# URLs

fsspec = pytest.mark.skipif(find_spec("fsspec") is None, reason="fsspec is not installed")


@pytest.fixture
def in_memory() -> Iterator[str]:
    """The same parts in a file system that is not the local one."""
    module = pytest.importorskip("fsspec")
    system = module.filesystem("memory")
    for name, (start, stop) in PARTS.items():
        system.pipe(f"/{name}", (HEADER + rows(start, stop)).encode())
    system.pipe("/s/_SUCCESS", b"")
    system.pipe("/s/.hidden.csv", b"x\n1\n")
    system.pipe("/h/k=1/a.csv", b"x\n1\n2\n")
    system.pipe("/h/k=2/a.csv", b"x\n3\n")
    yield "memory://"
    system.rm("/s", recursive=True)
    system.rm("/h", recursive=True)


@pytest.mark.parametrize(
    ("path", "number"),
    [("s", 170), ("s/", 170), ("s/*.csv", 90), ("s/**/*.csv", 170), ("s/a.csv", 40), ("s/sub", 80), ("s/*", 90)],
)
@fsspec
def test_urls_of_files_folders_and_patterns_are_read(
    path: str, number: int, in_memory: str, parts: None, read_typed: Read, tmp_path: Path
) -> None:
    place("s/_SUCCESS", "")
    for url in (f"memory://{path}", f"memory:///{path}", f"file://{tmp_path}/{path}", f"local://{tmp_path}/{path}"):
        found = read_typed(url)
        assert found.rows == number, url
        assert found.label == url


@fsspec
def test_columns_and_labels_of_urls_are_those_of_files(in_memory: str, parts: None, read_typed: Read) -> None:
    assert list(read_typed("memory://s/*.csv:x").columns) == ["x"]
    assert list(read_typed("memory://s/a.csv:2").columns) == ["g"]
    assert read_typed("new=memory://s/*.csv").label == "new"
    assert columns(read_typed("memory://s")) == columns(read_typed("whole.csv"))


@fsspec
def test_partitions_of_urls_are_columns(in_memory: str, read_typed: Read) -> None:
    for url in ("memory://h", "memory:///h", "memory://h/*/*.csv", "memory:///h/k=*/a.csv"):
        found = read_typed(url)
        assert found.names == ("x", "k"), url
        assert facts(found.columns["k"]) == {1.0: 2, 2.0: 1}


@fsspec
@pytest.mark.parametrize("name", ["_data", ".data", "k=5"])
def test_the_name_of_the_folder_itself_does_not_count(name: str, read_typed: Read, tmp_path: Path) -> None:
    place(f"{name}/a.csv", "x,y\n1,2\n3,4\n")
    for operand in (name, f"{tmp_path}/{name}", f"file://{tmp_path}/{name}", f"file://{tmp_path}/{name}/"):
        found = read_typed(operand)
        assert found.rows == 2
        assert found.names == ("x", "y")


@fsspec
@pytest.mark.parametrize("name", ["_hidden", ".hidden"])
def test_hidden_folders_of_urls_are_passed_over(name: str, read_typed: Read, tmp_path: Path) -> None:
    place(f"s/{name}/a.csv", "x\n1\n2\n")
    place("s/a.csv", "x\n1\n2\n3\n")
    for scheme in ("file", "local"):
        assert read_typed(f"{scheme}://{tmp_path}/s/").rows == 3
        assert read_typed(f"{scheme}://{tmp_path}/s").rows == 3
        assert read_typed(f"{scheme}://{tmp_path}/s/**/*.csv").rows == 3


@fsspec
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("memory://nowhere/a.csv", "there is nothing at that address"),
        ("file:///nowhere/a.csv", "there is nothing at that address"),
        ("memory://nowhere/*.csv", "no file matches"),
        ("nosuch://a/b.csv", "nosuch"),
        ("s3://bucket/a.csv", "s3fs"),
        ("gs://bucket/*.parquet", "gcsfs"),
        ("memory://", "memory://"),
    ],
)
def test_urls_that_cannot_be_read_are_told(url: str, words: str, run: Run) -> None:
    if words in ("s3fs", "gcsfs") and find_spec(words):
        pytest.skip("it is installed")
    ran = run("profile", url)
    assert (ran.status, ran.stdout) == (2, "")
    assert words in ran.stderr
    assert "internal error" not in ran.stderr
    assert "\n  try: " in ran.stderr


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.skipif(find_spec("aiohttp") is None, reason="aiohttp is not installed")
def test_a_file_of_a_web_server_is_read(parts: None, read_typed: Read, tmp_path: Path) -> None:
    handler = functools.partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}"
            assert columns(read_typed(f"{address}/whole.csv")) == columns(read_typed("whole.csv"))
            assert list(read_typed(f"{address}/whole.csv:x").columns) == ["x"]
            with pytest.raises(InputError, match="there is nothing at that address"):
                read_typed(f"{address}/nothing.csv")
        finally:
            server.shutdown()
            thread.join()


def test_without_fsspec_a_url_is_one_message_with_a_pipe_beside_it() -> None:
    import subprocess

    code = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'fsspec': raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "from kldiv_cli.cli import run\n"
        "sys.exit(run(['profile', 'https://example.org/a.csv']))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=30)
    err = ended.stderr.decode()
    assert ended.returncode == 2
    assert err.startswith("kldiv: https://example.org/a.csv: https:// needs packages that are not installed")
    assert "pip install fsspec aiohttp, or curl -s https://example.org/a.csv | kldiv ... -" in err
