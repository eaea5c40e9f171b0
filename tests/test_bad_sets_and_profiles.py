"""Bad profiles, Parquet and Arrow files, data sets, URLs and engines: one message with a remedy, status 2, no file."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from kldiv_cli.cli import run
from tests.test_bad_inputs import GOOD_FILES, Bad, assert_one_message, everything_below, pipe_in

pa = pytest.importorskip("pyarrow")
import pyarrow.parquet as pq  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def parquet(**cells: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(cells), sink)
    return sink.getvalue()


def arrow(**cells: Any) -> bytes:
    table = pa.table(cells)
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def profile(**changes: Any) -> bytes:
    """A profile with further or other keys."""
    columns = {
        "x": {
            "kind": "numbers",
            "n": 3,
            "missing": 0,
            "non_finite": 0,
            "rank_error": 0,
            "values": [1, 2],
            "counts": [1, 2],
        },
        "g": {"kind": "labels", "n": 3, "missing": 0, "labels": {"a": 1, "b": 2}},
    }
    inner = {
        "columns": columns,
        "format_version": "1.0",
        "kind": "samples",
        "kldiv_version": "0.1.0",
        "names": ["x", "g"],
        "rows": 3,
        "unlabelled": False,
        "weighted": False,
    }
    return json.dumps({"kldiv_profile": {**inner, **changes}}).encode()


def of_column(**changes: Any) -> bytes:
    """A profile whose column x is another one."""
    good = json.loads(profile())["kldiv_profile"]["columns"]
    return profile(columns={**good, "x": {**good["x"], **changes}})


CUT = of_column(rank_error=0.001)
GOOD = parquet(x=[1, 2, 3, 4], g=["a", "b", "a", "b"])


def as_q(content: bytes, name: str, *options: str, says: str = "", remedy: str = "") -> Bad:
    return Bad(("good.csv", name, *options), name, {name: content}, says=says, remedy=remedy)


def alone(*args: str, names: str, says: str = "", remedy: str = "", files: Mapping[str, bytes] | None = None) -> Bad:
    """Arguments of ``kldiv profile``."""
    return Bad(("profile", *args), names, files or {}, says=says, remedy=remedy)


PROFILES = {
    "half a profile": as_q(profile()[:200], "b.json", says="damaged profile", remedy="kldiv profile"),
    "a profile of nothing": as_q(b'{"kldiv_profile": {}}', "b.json", says="'format_version' is missing"),
    "a profile that is a list": as_q(b'{"kldiv_profile": []}', "b.json", says="damaged profile"),
    "a profile without rows": as_q(profile(rows=0), "b.json", says="no rows"),
    "a profile of negative rows": as_q(profile(rows=-3), "b.json", says="rows"),
    "a profile of a later format": as_q(
        profile(format_version="2.0"), "b.json", says="format 2.0", remedy="later kldiv"
    ),
    "a profile whose names differ": as_q(profile(names=["x", "y"]), "b.json", says="do not agree"),
    "a profile of an unknown kind": as_q(profile(kind="rows"), "b.json", says="'rows'"),
    "a profile with a count too few": as_q(of_column(counts=[1]), "b.json", says="column x: 2 values have 1 counts"),
    "a profile with a negative count": as_q(of_column(counts=[1, -1]), "b.json", says="column x: a count is negative"),
    "a profile with values that decrease": as_q(of_column(values=[2, 1]), "b.json", says="column x: the values do not"),
    "a profile with a word among values": as_q(of_column(values=[1, "2"]), "b.json", says="column x: values"),
    "a profile with NaN": as_q(profile().replace(b"[1, 2]", b"[NaN, 2]"), "b.json", says="NaN"),
    "a profile with a number of 400 digits": as_q(of_column(missing=10**400), "b.json", says="damaged profile"),
    "a profile of an unknown column kind": as_q(of_column(kind="words"), "b.json", says="column x: kind is 'words'"),
    "a profile with a column of null": as_q(profile(columns={"x": None, "g": None}), "b.json", says="column x"),
    "a profile that is no UTF-8": as_q(profile().replace(b'"a"', b'"\xff"'), "b.json", says="damaged profile"),
    "half a compressed profile": as_q(gzip.compress(profile())[:80], "b.json.gz"),
    "weights of a profile": as_q(profile(), "b.json", "--weights", "x", says="counted already", remedy="--weights"),
    "a profile as counts": Bad(
        ("b.json", "b.json", "--as", "counts"),
        "b.json",
        {"b.json": profile()},
        says="profile of samples",
        remedy="--as",
    ),
    "a column that a profile lacks": Bad(
        ("good.csv:x", "b.json:nosuch"), "b.json", {"b.json": profile()}, says="'nosuch'", remedy="x, g"
    ),
    "column 3 of a profile of two": Bad(("good.csv:x", "b.json:3"), "b.json", {"b.json": profile()}, says="'3'"),
    "numbers of labels of a profile": Bad(
        ("b.json", "b.json", "-c", "g", "--numeric", "g"), "b.json", {"b.json": profile()}, says="kept as labels"
    ),
    "labels of cut numbers of a profile": Bad(
        ("b.json", "b.json", "-c", "x", "--categorical", "x"),
        "b.json",
        {"b.json": CUT},
        says="kept as numbers",
        remedy="--categorical x",
    ),
    "a profile without a column in common": Bad(
        ("b.json", "o.csv"), "b.json", {"b.json": profile(), "o.csv": b"u,v\n1,2\n2,3\n"}, says="no column in common"
    ),
    "a profile of numbers against labels": Bad(
        ("b.json:x", "labels.csv:g"), "b.json", {"b.json": profile()}, remedy="--categorical"
    ),
}

TABLES = {
    "half a Parquet file": as_q(GOOD[: len(GOOD) // 2], "f.parquet", says="Parquet"),
    "Parquet's first bytes": as_q(b"PAR1", "f.parquet", says="Parquet"),
    "encrypted Parquet": as_q(b"PARE" + bytes(60) + b"\x10\0\0\0PARE", "f.parquet", says="encrypted"),
    "half an Arrow file": as_q(arrow(x=[1, 2])[:200], "f.arrow", says="Arrow"),
    "half an Arrow stream": as_q(b"\xff\xff\xff\xff\x80\0\0\0" + bytes(20), "f.arrow", says="Arrow"),
    "Parquet without rows": as_q(parquet(x=pa.array([], pa.int8())), "f.parquet", says="no rows"),
    "Parquet without columns": as_q(parquet(), "f.parquet", says="no"),
    "Parquet of nested columns": as_q(parquet(x=[[1], [2]]), "f.parquet", says="only nested columns", remedy="columns"),
    "half a compressed Parquet file": as_q(gzip.compress(GOOD)[:150], "f.parquet.gz"),
    "CSV called Parquet": Bad(("good.csv", "good.csv", "-i", "parquet"), "good.csv", says="Parquet"),
    "CSV called Arrow": Bad(("good.csv", "good.csv", "-i", "arrow"), "good.csv", says="Arrow"),
    "a column that Parquet lacks": Bad(
        ("good.csv:x", "f.parquet:nosuch"), "f.parquet", {"f.parquet": GOOD}, says="'nosuch'", remedy="x, g"
    ),
    "labels of Parquet as numbers": Bad(
        ("f.parquet", "f.parquet", "--numeric", "g"), "f.parquet", {"f.parquet": GOOD}, says="'a' is no number"
    ),
    "weights of Parquet that are labels": Bad(
        ("f.parquet:x", "f.parquet:x", "--weights", "g"), "f.parquet", {"f.parquet": GOOD}, says="column g"
    ),
}

SETS = {
    "a folder of nothing": Bad(("good.csv", "folder"), "folder", says="no data file"),
    "a folder of markers": Bad(("good.csv", "s"), "s", {"s/_SUCCESS": b"", "s/.a.csv": b"x\n1\n"}, says="no data file"),
    "a pattern that fits no file": Bad(("good.csv", "s/*.csv"), "s/*.csv", says="no file", remedy="quote"),
    "a partition that fits no file": Bad(
        ("good.csv", "k=*/*.csv"), "k=*/*.csv", {"j=1/a.csv": b"x\n1\n"}, says="no file", remedy="quote"
    ),
    "a damaged part": Bad(("good.csv", "s"), "s/b.csv", {"s/a.csv": b"x,y\n1,2\n", "s/b.csv": b"x,y\n1\n"}, says="row"),
    "an empty part": Bad(("good.csv", "s"), "s/b.csv", {"s/a.csv": b"x\n1\n", "s/b.csv": b""}, says="empty"),
    "a damaged Parquet part": Bad(
        ("good.csv", "s/*"), "s/b.parquet", {"s/a.parquet": GOOD, "s/b.parquet": GOOD[:100]}, says="Parquet"
    ),
    "a damaged profile among parts": Bad(
        ("good.csv", "s"), "s/b.json", {"s/a.csv": b"x\n1\n", "s/b.json": profile()[:100]}, says="damaged profile"
    ),
    "samples and masses": Bad(
        ("good.csv", "s"),
        "s/b.csv",
        {"s/a.csv": b"x,g\n1,2\n2,3\n", "s/b.csv": b"label,count\na,3\nb,5\n"},
        says="counts",
        remedy="--as",
    ),
    "an unknown column of a pattern": Bad(
        ("good.csv:x", "s/*.csv:nosuch"), "nosuch", {"s/a.csv": b"x,y\n1,2\n"}, remedy="x, y"
    ),
    "a partition that is no number": Bad(
        ("s/*/a.csv", "s/*/a.csv", "--numeric", "k"), "k", {"s/k=u/a.csv": b"x\n1\n2\n"}, says="no number"
    ),
    "cut numbers among labels": Bad(
        ("good.csv", "s"), "s/a.json", {"s/a.json": CUT, "s/b.csv": b"x,g\nu,a\nv,b\n"}, remedy="--categorical x"
    ),
    "two columns of one name as numbers and labels": Bad(
        ("good.csv", "s", "--numeric", "x"), "s/b.csv", {"s/a.csv": b"x\n1\n", "s/b.csv": b"x\na\n"}, says="'a'"
    ),
    "a URL of nothing": Bad(("good.csv", "memory://nowhere/a.csv"), "memory://nowhere/a.csv", says="nothing"),
    "a URL that fits no file": Bad(("good.csv", "memory://nowhere/*.csv"), "memory://nowhere/*.csv", says="no file"),
    "a URL of no file system": Bad(("good.csv", "nosuch://a/b.csv"), "nosuch://a/b.csv"),
    "a URL of a missing file": Bad(("good.csv", "file:///nowhere/a.csv"), "file:///nowhere/a.csv", says="nothing"),
    "a URL of no path": Bad(("good.csv", "memory://"), "memory://"),
}

RUNNING = {
    "an unknown engine": Bad(("good.csv", "good.csv", "--engine", "nosuch"), "'nosuch'", remedy="local or dask"),
    "an engine of nothing": Bad(("good.csv", "good.csv", "--engine", ""), "''", remedy="local or dask"),
    "a scheduler without its engine": Bad(
        ("good.csv", "good.csv", "--scheduler", "tcp://h:1"), "--scheduler", remedy="--engine dask"
    ),
    "a scheduler of no address": Bad(
        ("good.csv", "good.csv", "--engine", "dask", "--scheduler", "no address"), "no address", remedy="--scheduler"
    ),
    "no jobs": Bad(("good.csv", "good.csv", "--jobs", "0"), "--jobs"),
    "jobs below zero": Bad(("good.csv", "good.csv", "--jobs", "-2"), "--jobs"),
    "jobs that are no number": Bad(("good.csv", "good.csv", "--jobs", "many"), "--jobs"),
    "a value for --exact": Bad(("good.csv", "good.csv", "--exact=yes"), "--exact"),
    "points of a comparison": Bad(("good.csv", "good.csv", "--points", "100"), "--points"),
}

COMMAND = {
    "a profile of nothing": alone(names="FILE", says="missing", remedy="kldiv profile"),
    "a profile of options alone": alone("--exact", names="FILE", says="missing"),
    "a profile of uniform": alone("uniform", names="uniform", says="no data", remedy="kldiv profile FILE"),
    "a profile of uniform and a file": alone("good.csv", "uniform", names="uniform", says="no data"),
    "a profile of a missing file": alone("missing.csv", names="missing.csv"),
    "a profile of a file and a missing one": alone("good.csv", "missing.csv", names="missing.csv"),
    "a profile of stdin twice": alone("-", "-", names="stdin"),
    "a profile of empty stdin": alone("-", names="stdin", says="empty"),
    "a profile of an empty folder": alone("folder", names="folder", says="no data file"),
    "too few points": alone("good.csv", "--points", "3", names="--points"),
    "too many points": alone("good.csv", "--points", "99999999", names="--points"),
    "points that are no number": alone("good.csv", "--points", "x", names="--points"),
    "a least count below zero": alone("good.csv", "--min-count", "-1", names="--min-count"),
    "a least count that is no number": alone("good.csv", "--min-count", "few", names="--min-count"),
    "a least count of NaN": alone("good.csv", "--min-count", "nan", names="--min-count"),
    "a profile in an unknown format": alone("good.csv", "-f", "xml", names="'xml'", remedy="table"),
    "a profile in a format of comparisons": alone("good.csv", "-f", "jsonl", names="'jsonl'", remedy="json"),
    "a profile by an unknown engine": alone("good.csv", "--engine", "nosuch", names="'nosuch'"),
    "a profile by no jobs": alone("good.csv", "--jobs", "0", names="--jobs"),
    "a profile with a measure": alone("good.csv", "-m", "kl", names="-m"),
    "a profile with bins": alone("good.csv", "--bins", "5", names="--bins"),
    "a profile of an unknown column": alone("good.csv", "-c", "nosuch", names="nosuch", remedy="x, y, g"),
    "a profile without a misspelt column": alone("good.csv", "--exclude", "xx", names="'xx'"),
    "a profile without any column": alone("good.csv", "--exclude", "x,y,g", names="good.csv", says="no column"),
    "a profile of unknown weights": alone("good.csv", "--weights", "nosuch", names="nosuch"),
    "an order that a column does not fit": alone("labels.csv", "--order", "g=a,b", names="'c'", remedy="--order"),
    "samples and masses as one profile": alone("good.csv", "mass.csv", names="mass.csv", says="counts", remedy="--as"),
    "masses of different lengths as one profile": alone("1,2", "1,2,3", names="1,2,3"),
    "different bins as one profile": alone(
        "h1.csv",
        "h2.csv",
        names="h2.csv",
        files={"h1.csv": b"lo,hi,count\n0,1,3\n1,2,4\n", "h2.csv": b"lo,hi,count\n0,5,3\n5,9,4\n"},
    ),
    "weights of a saved profile": alone("b.json", "--weights", "x", names="b.json", files={"b.json": profile()}),
    "labels that come late in a pipe": Bad(
        ("profile", "-"), "stdin", stdin=b"x,y\n" + b"1,2\n" * 30_000 + b"a,2\n", says="30002", remedy="--categorical x"
    ),
}

WITH_OUTPUT = {
    "a profile into a missing folder": alone(
        "good.csv", "-o", "nowhere/b.json", names="nowhere/b.json", remedy="folder"
    ),
    "a profile onto a folder": alone("good.csv", "-o", "folder", names="folder"),
    "a profile onto an empty name": alone("good.csv", "-o", "", names="-o"),
    "a profile below a file": alone("good.csv", "-o", "good.csv/b.json", names="good.csv/b.json"),
    "a table of a profile into a missing folder": alone(
        "good.csv", "-f", "table", "-o", "nowhere/t", names="nowhere/t"
    ),
    "a profile of a missing file into a missing folder": alone("no.csv", "-o", "nowhere/b", names="nowhere/b"),
}

GROUPS = {"profiles": PROFILES, "tables": TABLES, "sets": SETS, "running": RUNNING, "command": COMMAND}
CASES = {f"{group}: {name}": bad for group, cases in GROUPS.items() for name, bad in cases.items()}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of good files to stand in."""
    here = tmp_path / "here"
    (here / "folder").mkdir(parents=True)
    monkeypatch.chdir(here)
    for name in ("FORCE_COLOR", "NO_COLOR", "_KLDIV_COMPLETE"):
        monkeypatch.delenv(name, raising=False)
    put(GOOD_FILES, here)
    return here


def put(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("name", [*CASES, *WITH_OUTPUT])
def test_a_bad_input_is_one_message_with_a_remedy_and_status_2(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = {**CASES, **WITH_OUTPUT}[name]
    put(bad.files, folder)
    before = everything_below(folder)
    pipe_in(bad.stdin, monkeypatch)
    status = run(list(bad.args))
    assert_one_message(status, *capsys.readouterr(), bad)
    assert everything_below(folder) == before, "a bad input leaves no file behind"


@pytest.mark.parametrize("name", CASES)
def test_a_bad_input_leaves_no_output_file_behind(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = CASES[name]
    put(bad.files, folder)
    (folder / "old.txt").write_text("old")
    before = everything_below(folder)
    for path in ("new.txt", "old.txt"):
        pipe_in(bad.stdin, monkeypatch)
        assert run([*bad.args, "-o", path]) == 2
        assert capsys.readouterr().out == ""
    assert everything_below(folder) == before


@pytest.mark.parametrize("group", ["profiles", "tables"])
def test_what_cannot_be_compared_cannot_be_summarised(
    group: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Damage is told the same way by ``kldiv profile``."""
    for name, bad in GROUPS[group].items():
        if bad.args[0] != "good.csv" or bad.args[1] not in bad.files:
            continue
        put(bad.files, folder)
        status = run(["profile", *bad.args[1:]])
        out, err = capsys.readouterr()
        assert_one_message(status, out, err, bad)
        assert name


PROCESSES = {
    "half a profile": PROFILES["half a profile"],
    "half a Parquet file": TABLES["half a Parquet file"],
    "a damaged part": SETS["a damaged part"],
    "a profile of nothing": COMMAND["a profile of nothing"],
    "a profile onto a full disk": alone("good.csv", "-o", "/dev/full", names="/dev/full"),
    "a table onto a full disk": alone("good.csv", "-f", "table", "-o", "/dev/full", names="/dev/full"),
}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_bad_input_is_one_message_in_a_process_of_its_own(name: str, folder: Path) -> None:
    bad = PROCESSES[name]
    put(bad.files, folder)
    ended = subprocess.run(
        [sys.executable, "-m", "kldiv_cli", *bad.args], input=bad.stdin, capture_output=True, check=False, timeout=30
    )
    assert_one_message(ended.returncode, ended.stdout.decode(), ended.stderr.decode(), bad)


def test_names_of_parts_cannot_colour_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put({"s/\x1b[31mred\u202e.csv": b""}, folder)
    status = run(["good.csv", "s/*.csv"])
    _, err = capsys.readouterr()
    assert status == 2
    assert "\x1b" not in err
    assert "\u202e" not in err
    assert "red" in err


def test_labels_of_a_damaged_profile_cannot_colour_the_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put({"b.json": profile(kind="\x1b[31m", names=["\x1b[31m"]), "c.json": of_column(kind="\x1b[31m")}, folder)
    for name in ("b.json", "c.json"):
        status = run(["profile", name])
        _, err = capsys.readouterr()
        assert status == 2
        assert "\x1b" not in err


def test_the_table_is_as_long_as_promised() -> None:
    assert len(CASES) + len(WITH_OUTPUT) >= 90
