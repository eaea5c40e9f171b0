"""``kldiv profile``: a baseline gives the numbers of its data, and its file is whole at every moment."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kldiv_cli.sources.profile_file import is_profile, read_profile
from kldiv_cli.sources.spec import SourceSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., Any]

KLDIV = Path(sys.executable).with_name("kldiv")
HEADER = "delay,day,carrier,tail,price\n"


def rows(start: int, stop: int, shift: int = 0) -> str:
    """Rows of numbers, dates, labels and an identifier, some of them missing, some infinite."""
    text = []
    for i in range(start, stop):
        delay = "" if i % 11 == 3 else "inf" if i % 29 == 5 else str((i * 37 + shift) % 23 - 4)
        carrier = "NA" if i % 17 == 2 else ("AA", "UA", "Zürich", "UA", "a|b")[(i * 7 + shift) % 5]
        text.append(f"{delay},2024-01-{1 + (i * 5 + shift) % 28:02},{carrier},N{i:05},{(i % 40) * 0.25 + 1.1:.2f}\n")
    return "".join(text)


@pytest.fixture(autouse=True)
def _in_a_folder_with_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_sample_data: None) -> None:
    monkeypatch.chdir(tmp_path)
    for name, start, stop, shift in (("a", 0, 80, 0), ("b", 80, 200, 1), ("c", 200, 270, 5), ("q", 300, 420, 9)):
        Path(f"{name}.csv").write_text(HEADER + rows(start, stop, shift))
    Path("abc.csv").write_text(HEADER + rows(0, 80) + rows(80, 200, 1) + rows(200, 270, 5))


@pytest.fixture
def many() -> None:
    """Two files with more values than a profile keeps."""
    generator = np.random.default_rng(5)
    for name, centre in (("p-many", 10.0), ("q-many", 10.4)):
        values = np.round(generator.lognormal(np.log(centre), 0.5, 12_000), 4)
        carriers = generator.choice(["AA", "UA", "DL"], 12_000)
        Path(f"{name}.csv").write_text(
            "x,g\n" + "".join(f"{x!r},{g}\n" for x, g in zip(values.tolist(), carriers, strict=True))
        )


def saved(run: Run, *args: str, name: str = "b.json", stdin: bytes = b"") -> bytes:
    ran = run("profile", *args, "-o", name, stdin=stdin)
    assert (ran.status, ran.stdout) == (0, ""), ran.stderr
    return Path(name).read_bytes()


# Merging


def test_the_profile_of_several_files_is_that_of_the_whole(run: Run) -> None:
    assert saved(run, "a.csv", "b.csv", "c.csv") == saved(run, "abc.csv", name="whole.json")


def test_merged_profiles_are_the_profile_of_all_files(run: Run) -> None:
    whole = saved(run, "abc.csv")
    for name in "abc":
        saved(run, f"{name}.csv", name=f"{name}.json")
    assert saved(run, "a.json", "b.json", "c.json", name="merged.json") == whole


def test_profiles_merge_in_any_order_and_any_grouping(run: Run) -> None:
    whole = saved(run, "abc.csv")
    for name in "abc":
        saved(run, f"{name}.csv", name=f"{name}.json")
    for order in itertools.permutations(("a.json", "b.json", "c.json")):
        assert saved(run, *order, name="merged.json") == whole
    saved(run, "b.json", "c.json", name="bc.json")
    assert saved(run, "a.json", "bc.json", name="merged.json") == whole
    saved(run, "c.json", "a.json", name="ca.json")
    assert saved(run, "b.csv", "ca.json", name="merged.json") == whole, "profiles and data are mixed"


def test_a_profile_of_a_profile_is_the_same(run: Run) -> None:
    text = saved(run, "abc.csv")
    assert saved(run, "b.json", name="again.json") == text
    assert saved(run, "b.json") == text, "a profile may be written over itself"


def test_the_profile_of_weighted_rows_merges_too(run: Run) -> None:
    Path("w1.csv").write_text("x,w\n1,2\n2,0.5\n3,1\n")
    Path("w2.csv").write_text("x,w\n2,4\n5,0.25\n")
    Path("w.csv").write_text("x,w\n1,2\n2,0.5\n3,1\n2,4\n5,0.25\n")
    whole = saved(run, "w.csv", "--weights", "w")
    saved(run, "w1.csv", "--weights", "w", name="w1.json")
    saved(run, "w2.csv", "--weights", "w", name="w2.json")
    assert saved(run, "w1.json", "w2.json", name="merged.json") == whole
    assert saved(run, "w1.csv", "w2.csv", "--weights", "w", name="merged.json") == whole


def test_merging_columns_of_many_values_bounds_the_error(run: Run, many: None) -> None:
    for name in ("p-many", "q-many"):
        saved(run, f"{name}.csv", name=f"{name}.json")
    merged = json.loads(saved(run, "p-many.json", "q-many.json"))["kldiv_profile"]["columns"]["x"]
    whole = json.loads(saved(run, "p-many.csv", "q-many.csv"))["kldiv_profile"]["columns"]["x"]
    values = np.sort(
        np.concatenate([np.loadtxt(f"{n}.csv", delimiter=",", skiprows=1, usecols=0) for n in ("p-many", "q-many")])
    )
    for found in (merged, whole):
        assert (found["n"], found["minimum"], found["maximum"]) == (24_000, values[0], values[-1])
        assert found["mean"] == pytest.approx(values.mean(), rel=1e-14)
        assert found["standard_deviation"] == pytest.approx(values.std(), rel=1e-12)
        ranks = np.cumsum(found["counts"])
        true = np.searchsorted(values, found["values"], side="right")
        assert np.abs(ranks - true).max() <= found["rank_error"] * 24_000 + 1e-6
        assert found["rank_error"] < 1e-3


@pytest.mark.parametrize(
    ("one", "other"),
    [("0.5,0.5", "0.2,0.3,0.5"), ("0.5,0.5", "0.25,0.75"), ("1,2", "1,2,3"), ("h1.csv", "h2.csv")],
)
def test_masses_that_do_not_belong_together_are_refused(one: str, other: str, run: Run) -> None:
    Path("h1.csv").write_text("lo,hi,count\n0,1,3\n1,2,4\n")
    Path("h2.csv").write_text("lo,hi,count\n0,5,3\n5,9,4\n")
    ran = run("profile", one, other, "-o", "b.json")
    assert ran.status == 2
    assert ran.stderr.startswith("kldiv: ")
    assert "internal error" not in ran.stderr
    assert not Path("b.json").exists()


@pytest.mark.parametrize(("one", "other", "whole"), [("1,2", "3,5", "4,7"), ("a:3,b:5", "b:1,c:2", "a:3,b:6,c:2")])
def test_counts_on_the_same_outcomes_add_up(one: str, other: str, whole: str, run: Run) -> None:
    merged = saved(run, one, other, name="merged.json")
    assert json.loads(merged)["kldiv_profile"]["columns"] == json.loads(saved(run, whole))["kldiv_profile"]["columns"]
    assert run("merged.json", whole, "-qm", "js").stdout == "0.0\n"


# A profile as an operand


def document(ran: Any) -> dict[str, Any]:
    assert ran.status == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize(
    "options", [(), ("-m", "all"), ("-c", "delay", "-m", "all", "-v", "-b", "5"), ("-m", "missing,ks")]
)
def test_an_exact_baseline_prints_the_numbers_of_its_data(options: tuple[str, ...], run: Run) -> None:
    saved(run, "abc.csv")
    saved(run, "q.csv", name="q.json")
    straight = document(run("p=abc.csv", "q=q.csv", "-f", "json", *options))
    for p, q in (("b.json", "q.csv"), ("abc.csv", "q.json"), ("b.json", "q.json")):
        found = document(run(f"p={p}", f"q={q}", "-f", "json", *options))
        assert found["comparisons"] == straight["comparisons"]
        assert found["notes"] == straight["notes"], "also on identifiers, whose labels are not kept"


@pytest.mark.parametrize("typed", ["a:3,b:5,c:2", "c:2,a:3,b:5", "3,5,2", "0.3,0.5,0.2", "h.csv", "v.json"])
def test_masses_saved_and_read_print_the_same(typed: str, run: Run) -> None:
    Path("h.csv").write_text("lo,hi,count\n0,1,3\n1,2,4\n2,5,1\n")
    Path("v.json").write_text('{"1": 3, "2": 4, "10": 1}')
    other = {"h.csv": "h.csv", "v.json": "v.json"}.get(typed, "c:1,b:2,a:3" if ":" in typed else "1,2,3")
    saved(run, typed)
    for args in (("-m", "all", "-f", "json"), ("--terms", "-f", "plain"), ("-f", "table", "--plot")):
        straight, kept = run(f"p={typed}", f"q={other}", *args), run("p=b.json", f"q={other}", *args)
        assert kept == straight


def estimates(comparison: dict[str, Any]) -> dict[str, float]:
    return {f"{one['measure']} {one['direction']}": one["value"] for one in comparison["estimates"]}


def test_a_cut_baseline_gives_its_bins_exactly_and_distances_within_its_error(run: Run, many: None) -> None:
    saved(run, "p-many.csv")
    options = ("-c", "x", "-f", "json", "-m", "kl,js,psi,tv,w1,ks")
    straight = document(run("p=p-many.csv", "q-many.csv", *options))["comparisons"][0]
    ran = run("p=b.json", "q-many.csv", *options)
    kept = document(ran)["comparisons"][0]
    error = kept["p"]["rank_error"]
    assert 0 < error < 1e-3
    assert straight["p"]["rank_error"] == 0
    assert kept["support"]["edges"] == straight["support"]["edges"]
    one, other = estimates(straight), estimates(kept)
    for name in ("kl p:q", "kl q:p", "js None", "psi None", "tv None"):
        assert other[name] == one[name]
    values = np.loadtxt("p-many.csv", delimiter=",", skiprows=1, usecols=0)
    assert abs(other["ks None"] - one["ks None"]) <= error
    assert abs(other["w1 None"] - one["w1 None"]) <= error * np.ptp(values)
    assert kept["p"]["mean"] == pytest.approx(straight["p"]["mean"], rel=1e-14)
    assert kept["p"]["standard_deviation"] == pytest.approx(straight["p"]["standard_deviation"], rel=1e-12)
    assert "summarised" in json.dumps(document(ran))
    said = run("b.json", "q-many.csv", "-c", "x").stderr
    assert "P b.json: not every value of x was kept" in said


def test_a_cut_baseline_is_as_good_as_q(run: Run, many: None) -> None:
    saved(run, "q-many.csv", name="q.json")
    options = ("-c", "x", "-f", "json", "-m", "js,ks", "-b", "5,10,20")
    straight = document(run("p-many.csv", "q=q-many.csv", *options))["comparisons"][0]
    kept = document(run("p-many.csv", "q=q.json", *options))["comparisons"][0]
    error = kept["q"]["rank_error"]
    assert estimates(kept)["js None"] == pytest.approx(estimates(straight)["js None"], abs=20 * error)
    assert abs(estimates(kept)["ks None"] - estimates(straight)["ks None"]) <= error


def test_a_weighted_baseline_prints_the_numbers_of_its_data(run: Run) -> None:
    Path("w.csv").write_text("x,g,w\n1,a,2\n2,b,0.5\n3,a,1\n,b,4\n2,,0.25\n1,a,0\n")
    Path("v.csv").write_text("x,g,w\n1,a,1\n4,b,0.5\n3,c,3\n")
    saved(run, "w.csv", "--weights", "w", name="w.json")
    saved(run, "v.csv", "--weights", "w", name="v.json")
    straight = document(run("p=w.csv", "q=v.csv", "--weights", "w", "-m", "all", "-f", "json"))
    assert document(run("p=w.json", "q=v.json", "-m", "all", "-f", "json")) == straight


def test_options_may_stand_before_the_command(run: Run, many: None) -> None:
    expected = saved(run, "p-many.csv", "--points", "100", "--min-count", "5")
    ran = run("--points", "100", "--min-count", "5", "profile", "p-many.csv", "-f", "json")
    assert ran.stdout == expected.decode()


def test_a_profile_comes_through_a_pipe(run: Run, kldiv: Run, shell: Run) -> None:
    text = saved(run, "abc.csv")
    assert run("-", "q.csv", stdin=text).stdout == run("b.json", "q.csv").stdout.replace("b.json", "stdin")
    assert run("q.csv", "-:delay", stdin=text).status == 0
    assert saved(run, "-", name="again.json", stdin=text) == text
    assert saved(run, "b.csv", "-", name="more.json", stdin=Path("a.csv").read_bytes())
    piped = shell("kldiv profile abc.csv -f json | kldiv - q.csv -qm js -c delay")
    assert piped.stdout == run("b.json", "q.csv", "-qm", "js", "-c", "delay").stdout


def test_columns_are_left_out_of_a_profile_as_they_are_of_a_comparison(run: Run) -> None:
    text = json.loads(saved(run, "abc.csv", "-c", "delay,carrier"))["kldiv_profile"]
    assert list(text["columns"]) == ["carrier", "delay"]
    text = json.loads(saved(run, "abc.csv", "--exclude", "tail"))["kldiv_profile"]
    assert "tail" not in text["columns"]
    assert saved(run, "abc.csv:delay") == saved(run, "abc.csv", "-c", "delay", name="d.json")


# What is kept


def test_rare_labels_are_pooled_and_told_and_not_in_the_file(run: Run) -> None:
    Path("r.csv").write_text("g\n" + "common\n" * 50 + "seldom\n" * 9 + "secret-1\nsecret-2\n")
    ran = run("profile", "r.csv", "--min-count", "10", "-o", "r.json")
    text = Path("r.json").read_text()
    assert "secret" not in text
    assert "seldom" not in text
    assert json.loads(text)["kldiv_profile"]["columns"]["g"]["pooled"] == 11
    assert "g: 3 labels seen less than 10 times are pooled" in ran.stderr
    assert "secret" not in ran.stderr
    ran = run("r.json", "r.csv")
    assert "pooled" in ran.stderr
    assert float(run("r.json", "r.csv", "-qm", "js").stdout) == 0.0
    shown = run("profile", "r.json", "-f", "table").stdout
    assert "pooled 18" in shown


def test_labels_seen_as_often_as_asked_are_kept(run: Run) -> None:
    text = saved(run, "abc.csv")
    assert saved(run, "abc.csv", "--min-count", "1", name="kept.json") == text
    assert saved(run, "abc.csv", "--min-count", "0", name="kept.json") == text


def test_rare_labels_of_a_profile_are_pooled_as_those_of_its_data(run: Run) -> None:
    saved(run, "abc.csv")
    straight = saved(run, "abc.csv", "--min-count", "60", name="one.json")
    assert b"a|b" not in straight
    assert saved(run, "b.json", "--min-count", "60", name="two.json") == straight


@pytest.mark.parametrize("typed", ["common:50,secret:2", "m.csv"])
def test_rare_labels_of_counts_are_not_in_the_file_either(typed: str, run: Run) -> None:
    Path("m.csv").write_text("label,count\ncommon,50\nsecret,2\n")
    ran = run("profile", typed, "--min-count", "10", "-o", "r.json")
    assert ran.status == 2 or "secret" not in Path("r.json").read_text()


def test_all_labels_may_be_rare(run: Run) -> None:
    ran = run("profile", "abc.csv", "-c", "carrier", "--min-count", "1000", "-o", "r.json")
    assert ran.status == 0
    assert "UA" not in Path("r.json").read_text()
    assert run("profile", "r.json", "-f", "table").status == 0
    assert run("r.json", "abc.csv", "-c", "carrier").status == 0


@pytest.mark.parametrize("least", ["nan", "inf"])
def test_a_least_count_that_is_no_number_is_refused_or_pools_all(least: str, run: Run) -> None:
    ran = run("profile", "abc.csv", "-c", "carrier", "--min-count", least, "-f", "json")
    assert ran.status == 2 or "UA" not in ran.stdout


@pytest.mark.parametrize("points", ["16", "100", "2048", "20000"])
def test_so_many_values_are_kept_as_were_asked_for(points: str, run: Run, many: None) -> None:
    kept = json.loads(saved(run, "p-many.csv", "--points", points))["kldiv_profile"]["columns"]["x"]
    if points == "20000":
        assert kept["rank_error"] == 0
        assert "moments" not in kept
    else:
        assert int(points) * 0.9 <= len(kept["values"]) <= int(points) + 200
        assert 0 < kept["rank_error"] <= 1 / int(points)
    assert sum(kept["counts"]) == 12_000


def test_what_was_left_out_is_said_unless_quiet(run: Run, many: None) -> None:
    ran = run("profile", "p-many.csv", "-o", "b.json")
    assert ran.stderr.startswith("kldiv: x: kept as about 2,048 values, ranks within ")
    assert run("profile", "p-many.csv", "-o", "b.json", "-q").stderr == ""
    assert (
        run("profile", "abc.csv", "-o", "b.json").stderr == "kldiv: tail is an identifier: its labels are not kept.\n"
    )


def test_json_on_stdout_is_the_file(run: Run) -> None:
    text = saved(run, "abc.csv").decode()
    assert run("profile", "abc.csv", "-f", "json").stdout == text
    assert run("profile", "abc.csv", "-f", "json", "-o", "-").stdout == text
    assert is_profile(text.encode())


def test_the_name_of_the_output_does_not_choose_its_format(run: Run) -> None:
    text = saved(run, "abc.csv")
    assert saved(run, "abc.csv", name="b.csv") == text
    assert run("profile", "abc.csv", "-f", "csv", "-o", "t.csv").status == 0
    assert Path("t.csv").read_text() == run("profile", "abc.csv", "-f", "csv").stdout


def test_a_profile_into_a_missing_folder_is_refused_before_anything_is_read(run: Run) -> None:
    ran = run("profile", "no-such-file.json", "-o", "nowhere/b.json")
    assert ran.status == 2
    assert "nowhere/b.json" in run("profile", "abc.csv", "-o", "nowhere/b.json").stderr
    assert not Path("nowhere").exists()


def test_a_link_to_a_profile_stays_a_link_and_its_mode_stays(run: Run) -> None:
    Path("real.json").write_text("old")
    Path("real.json").chmod(0o600)
    Path("link.json").symlink_to("real.json")
    text = saved(run, "abc.csv", name="link.json")
    assert Path("link.json").is_symlink()
    assert Path("real.json").read_bytes() == text
    assert Path("real.json").stat().st_mode & 0o777 == 0o600


def test_the_order_of_hashes_and_the_number_of_jobs_change_nothing(kldiv: Run) -> None:
    line = ("profile", "a.csv", "b.csv", "c.csv", "-f", "json")
    first = kldiv(*line, env={"PYTHONHASHSEED": "1"})
    assert first.status == 0
    assert kldiv(*line, "--jobs", "1", env={"PYTHONHASHSEED": "2"}) == first
    assert kldiv(*line, "--jobs", "4", env={"PYTHONHASHSEED": "3"}) == first


# What people see

WATCHED = {
    "samples": ("profile", "abc.csv"),
    "weighted": ("profile", "w.csv", "--weights", "w"),
    "masses": ("profile", "a:3,b:5,c:2"),
    "baseline": ("profile", "cut.json"),
}
WAYS = {
    **{f"table-{width}": ("-f", "table", "--color", "never") for width in (60, 80, 100, 140)},
    **{name: ("-f", name) for name in ("plain", "csv", "tsv", "markdown")},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("shape", WATCHED)
def test_a_profile_is_shown_as_it_always_was(
    shape: str, way: str, run: Run, golden: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("w.csv").write_text("x,g,w\n1,a,2\n2,b,0.5\n,a,1\n2,,4\n5,c,0.25\n")
    Path("m.csv").write_text(
        "x,g\n"
        + "".join(f"{(i * 7919) % 9973 / 8},{'pr' if i % 3 else 'a label that is rather long'}\n" for i in range(5000))
    )
    if shape == "baseline":
        saved(run, "m.csv", "--points", "256", name="cut.json")
    if way.startswith("table-"):
        monkeypatch.setenv("COLUMNS", way.removeprefix("table-"))
    ran = run(*WATCHED[shape], *WAYS[way])
    assert ran.status == 0
    golden(f"profile-{shape}.{way}", ran)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_line_of_the_table_is_wider_than_the_terminal(width: int, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for line in run("profile", "abc.csv", "-f", "table").stdout.splitlines():
        assert len(line) <= width
        assert not line.endswith(" ")


def test_a_profile_on_a_terminal_is_a_table(terminal: Callable) -> None:
    seen = terminal("profile", "abc.csv", width=100)
    assert seen.status == 0
    assert "abc.csv" in seen.seen
    assert "most seen" in seen.seen


FOREIGN = (
    "\x1b[31mred",
    "a\u202eb",
    "::error::x",
    "##vso[x]",
    "=cmd()",
    "a|b",
    "<b>",
    "line\nend",
    "tab\there",
    "\x9b1m",
)


@pytest.mark.parametrize("way", ["table", "plain", "csv", "tsv", "markdown"])
@pytest.mark.parametrize("label", FOREIGN, ids=repr)
def test_foreign_text_is_harmless_in_every_format(label: str, way: str, run: Run) -> None:
    document = [{label: 1 + i % 2, "g": label if i % 3 else "z"} for i in range(9)]
    Path("f.json").write_text(json.dumps(document))
    ran = run("profile", "f.json", "-f", way, "--color", "never")
    assert ran.status == 0, ran.stderr
    for char in ("\x1b", "\u202e", "\x9b", "\r", *("\t" if way != "tsv" else "")):
        assert char not in ran.stdout
    lines = ran.stdout.splitlines()
    assert not any(line.lstrip(" |").startswith(("::", "##")) for line in lines)
    assert "<b>" not in ran.stdout or way != "markdown"
    if way in ("csv", "tsv"):
        import csv

        for row in csv.reader(lines, delimiter="," if way == "csv" else "\t"):
            assert len(row) == 17
            assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in row)
    if way == "plain":
        assert all(line.count(" ") == 16 for line in lines)
    if way == "markdown" and label == "a|b":
        assert "a\\|b" in ran.stdout


def test_foreign_text_in_notes_is_harmless(run: Run) -> None:
    rows = [{"\x1b[31mid\u202e": f"p{i}"} for i in range(99)]
    Path("f.json").write_text(json.dumps(rows))
    ran = run("profile", "f.json", "-o", "b.json")
    assert "is an identifier" in ran.stderr
    assert "\x1b" not in ran.stderr
    assert "\u202e" not in ran.stderr


def test_the_help_names_every_option(run: Run) -> None:
    text = run("profile", "-h").stdout
    for option in ("-o", "--points", "--min-count", "-f", "--exact", "--jobs", "--engine", "--scheduler", "-q"):
        assert option in text


# kill -9

WRITER = """
import sys
from kldiv_cli.sources.whole_file import written_whole
texts = [open(name).read() for name in ("old.json", "new.json")]
print("ready", flush=True)
while True:
    for text in texts:
        with written_whole("b.json") as stream:
            stream.write(text)
"""


@pytest.fixture
def two_profiles(run: Run, many: None) -> tuple[bytes, bytes]:
    saved(run, "abc.csv", name="old.json")
    saved(run, "p-many.csv", "--points", "12000", name="new.json")
    old, new = Path("old.json").read_bytes(), Path("new.json").read_bytes()
    assert len(new) > 100_000
    Path("b.json").write_bytes(old)
    return old, new


def test_a_writer_that_is_killed_leaves_a_whole_profile(two_profiles: tuple[bytes, bytes]) -> None:
    dice = random.Random(11)
    seen = set()
    for _ in range(10):
        with subprocess.Popen([sys.executable, "-c", WRITER], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            end = time.monotonic() + dice.uniform(0.0, 0.03)
            while time.monotonic() < end:
                assert Path("b.json").read_bytes() in two_profiles, "a reader sees a whole file at every moment"
            process.send_signal(signal.SIGKILL)
            process.wait()
        left = Path("b.json").read_bytes()
        assert left in two_profiles
        seen.add(left)
        with open("b.json", "rb") as stream:
            assert read_profile(stream, SourceSpec("b.json", "file", "b.json")).rows > 0
    for name in os.listdir():
        assert name.startswith(".b.json.") or not name.endswith(".part"), "a draft is hidden"


def test_kldiv_that_is_killed_leaves_the_old_profile_or_the_new_one(
    two_profiles: tuple[bytes, bytes], run: Run
) -> None:
    dice = random.Random(12)
    old, new = two_profiles
    for _ in range(8):
        Path("b.json").write_bytes(old)
        with subprocess.Popen([KLDIV, "profile", "p-many.csv", "--points", "12000", "-qo", "b.json"]) as process:
            time.sleep(dice.uniform(0.05, 0.4))
            process.kill()
            process.wait()
        assert Path("b.json").read_bytes() in (old, new)
    assert saved(run, "p-many.csv", "--points", "12000") == new, "drafts that were left do not disturb"
    assert all(name.startswith(".") for name in os.listdir() if name.endswith(".part")), "drafts are hidden"


def test_a_fault_while_a_profile_is_made_leaves_the_old_one(run: Run) -> None:
    Path("b.json").write_text("old")
    Path("bad.csv").write_text("x,y\n" + "1,2\n" * 20_000 + "1,2,3\n")
    assert run("profile", "bad.csv", "-o", "b.json").status == 2
    assert Path("b.json").read_text() == "old"
    assert not [name for name in os.listdir() if name.endswith(".part")]
