"""``--joint`` in the shell: what is read, what is told, what is held, what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from kldiv_cli import check, compare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = ["x1", "x2", "x3"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, shift, rows in (("p", 0.0, 200), ("same", 0.0, 150), ("far", 1.0, 180)):
        table = pd.DataFrame(rng.normal(shift, 1.0, (rows, 3)), columns=NAMES)
        np.save(f"{name}.npy", table.to_numpy())
        pd.DataFrame({"embedding": table.to_numpy().tolist(), "id": range(rows)}).to_parquet(f"{name}-lists.parquet")
        table.to_parquet(f"{name}.parquet")
        table.assign(label=rng.choice(["a", "b"], rows)).to_csv(f"{name}.csv", index=False)
        table.to_json(f"{name}.jsonl", orient="values")


def document(run: Callable, *arguments: str) -> dict:
    done = run(*arguments, "-f", "json")
    assert done.status == 0, done.stderr
    found: dict = json.loads(done.stdout)
    return found


def values(found: dict) -> list[tuple[str, str | None, float]]:
    (comparison,) = found["comparisons"]
    return [(one["measure"], one["direction"], one["value"]) for one in comparison["estimates"]]


class TestReading:
    @pytest.mark.parametrize(
        "files",
        [
            ("p.npy", "far.npy"),
            ("p.parquet", "far.parquet"),
            ("p-lists.parquet", "far-lists.parquet"),
            ("p-lists.parquet:embedding", "far-lists.parquet:embedding"),
            ("p.csv", "far.csv"),
            ("p.csv", "far.parquet"),
        ],
        ids=str,
    )
    @pytest.mark.one_in(2)
    def test_the_same_rows_have_the_same_values_however_they_are_kept(self, run: Callable, files: tuple) -> None:
        expected = compare(np.load("p.npy"), np.load("far.npy"), joint=True).comparisons[0].estimates
        found = values(document(run, *files, "--joint"))
        assert found == [(one.measure, one.direction, pytest.approx(one.value, rel=1e-12)) for one in expected]

    def test_lists_of_a_named_column(self, run: Callable) -> None:
        whole = values(document(run, "p.npy", "far.npy", "--joint"))
        named = values(document(run, "p-lists.parquet", "far-lists.parquet", "--joint", "-c", "embedding"))
        assert named == whole

    def test_columns_can_be_chosen_by_name_and_of_an_array_by_number(self, run: Callable) -> None:
        one = values(document(run, "p.csv", "far.csv", "--joint", "-c", "x1,x3"))
        other = values(document(run, "p.npy", "far.npy", "--joint", "-c", "1,3"))
        assert one == [(measure, direction, pytest.approx(value, rel=1e-12)) for measure, direction, value in other]

    def test_columns_meet_by_name_and_those_of_one_side_are_told(self, run: Callable) -> None:
        table = pd.read_csv("far.csv")
        table[["x3", "x1", "x2", "label"]].assign(more=1.5).to_csv("turned.csv", index=False)
        found = document(run, "p.csv", "turned.csv", "--joint")
        assert values(found) == values(document(run, "p.csv", "far.csv", "--joint"))
        assert "Only in Q, left out: more." in [note["text"] for note in found["notes"]]

    def test_what_is_left_out_is_told(self, run: Callable) -> None:
        table = pd.read_csv("far.csv")
        table.loc[3, "x2"] = np.nan
        table.to_csv("gaps.csv", index=False)
        found = document(run, "p.csv", "gaps.csv", "--joint")
        texts = [note["text"] for note in found["notes"]]
        assert "Left out, for they hold no numbers: label." in texts
        assert "gaps.csv: 1 of 180 rows left out: a value is missing or infinite." in texts
        (comparison,) = found["comparisons"]
        assert (comparison["q"]["n"], comparison["q"]["missing"]) == (179, 1)

    def test_the_files_of_a_folder_are_one_sample(self, run: Callable, tmp_path: Path) -> None:
        (tmp_path / "parts").mkdir()
        table = pd.read_csv("far.csv")
        table[:100].to_csv("parts/a.csv", index=False)
        table[100:].to_csv("parts/b.csv", index=False)
        assert values(document(run, "p.csv", "parts", "--joint")) == values(
            document(run, "p.csv", "far.csv", "--joint")
        )


class TestTold:
    def test_settings_and_what_stands_beside_a_number(self, run: Callable) -> None:
        found = document(run, "p.csv", "far.csv", "--joint", "--directions", "50", "--seed", "5")
        assert found["settings"]["joint"] is True
        assert (found["settings"]["directions"], found["settings"]["seed"]) == (50, 5)
        estimates = {(one["measure"], one["direction"]): one for one in found["comparisons"][0]["estimates"]}
        assert estimates["sliced-w1", None]["method"] == "50 directions"
        assert estimates["mmd", None]["method"].startswith("all pairs, σ ")
        assert estimates["kl-knn", "p:q"]["method"] == "k 5"
        assert estimates["energy", None]["null"]["method"] == "permutation"
        assert estimates["frechet", None]["unit"] == "data^2"

    @pytest.mark.parametrize("form", ["table", "plain", "csv", "json", "jsonl", "markdown"])
    def test_every_format_tells_the_value(self, run: Callable, form: str) -> None:
        value = compare(np.load("p.npy"), np.load("far.npy"), joint=True, measures="energy").comparisons[0]
        done = run("p.npy", "far.npy", "--joint", "-m", "energy", "-f", form)
        assert done.status == 0
        shown = f"{value.estimates[0].value:.4g}" if form in ("table", "markdown") else repr(value.estimates[0].value)
        assert shown in done.stdout

    def test_a_bare_number(self, run: Callable) -> None:
        done = run("p.npy", "far.npy", "--joint", "-q", "-m", "energy")
        assert (
            float(done.stdout)
            == compare(np.load("p.npy"), np.load("far.npy"), joint=True, measures="energy")
            .comparisons[0]
            .estimates[0]
            .value
        )

    def test_several_candidates_have_lines_each_and_a_bad_one_stops_no_other(self, run: Callable) -> None:
        done = run("p.csv", "same.csv", "absent.csv", "far.csv", "--joint", "-m", "energy", "-f", "plain")
        assert done.status == 2
        assert [line.split()[1] for line in done.stdout.splitlines()[1:]] == ["same.csv", "far.csv"]
        assert "absent.csv" in done.stderr
        stopped = run("p.csv", "absent.csv", "far.csv", "--joint", "-m", "energy", "-f", "plain", "--fail-fast")
        assert (stopped.status, "far.csv" in stopped.stdout) == (2, False)


class TestGate:
    def test_limits_hold_and_fail(self, run: Callable) -> None:
        held = run("check", "p.csv", "same.csv", "--joint", "--max", "energy=3floor", "--max", "sliced-w1=0.3")
        assert (held.status, held.stderr.count("pass: 2 limits held over 3 columns at once: x1, x2, x3.")) == (0, 1)
        failed = run("check", "p.csv", "far.csv", "--joint", "--max", "energy=3floor")
        assert failed.status == 1
        assert "drift: Energy distance" in failed.stderr

    def test_what_may_be_noise_is_undecided(self, run: Callable) -> None:
        done = run("check", "p.csv", "same.csv", "--joint", "--max", "energy=0", "--max", "mmd=0", "--alpha", "0.001")
        assert done.status == 0
        assert "undecided: " in done.stderr
        fails = ("--max", "energy=0", "--alpha", "0.001", "--on-undecided", "fail")
        assert run("check", "p.csv", "same.csv", "--joint", *fails).status == 1

    def test_one_number_among_many_limits_can_still_be_significant(self, run: Callable) -> None:
        """A p value of 500 draws is 0.002 at least, and ten tests would make that 0.02."""
        pd.read_csv("far.csv").assign(x1=lambda t: t.x1 - 1, x2=lambda t: t.x2 - 1).to_csv("one.csv", index=False)
        done = run("check", "p.csv", *["same.csv"] * 9, "one.csv", "--joint", "--max", "energy=0.2", "-f", "json")
        assert done.status == 1
        assert json.loads(done.stdout)["tests"] == 10

    @pytest.mark.parametrize("form", ["table", "plain", "csv", "json", "jsonl", "markdown", "github", "junit"])
    def test_every_format_tells_the_verdict(self, run: Callable, form: str) -> None:
        done = run("check", "p.csv", "far.csv", "same.csv", "--joint", "--max", "energy=0.3", "-f", form)
        assert done.status == 1
        assert "drift" in done.stdout + done.stderr
        assert "Energy distance" in done.stdout + done.stderr

    def test_a_bad_candidate_stops_no_other(self, run: Callable) -> None:
        done = run("check", "p.csv", "same.csv", "absent.csv", "--joint", "--max", "energy=3floor", "-f", "json")
        found = json.loads(done.stdout)
        assert (done.status, found["verdict"]) == (2, "undecided")
        assert [one["q"] for one in found["failed"]] == ["absent.csv"]

    def test_from_python(self) -> None:
        p, far = np.load("p.npy"), np.load("far.npy")
        assert check(p, far, joint=True, max="energy=3floor").verdict == "drift"
        frames = pd.read_csv("same.csv"), pd.read_csv("p.csv")
        assert check(frames[1], frames, joint=True, max="energy=3floor").verdict == "pass"


class TestRefusals:
    @pytest.mark.parametrize(
        ("line", "said"),
        [
            (("p.csv", "far.csv", "--joint", "-m", "js"), "no measure of joint samples"),
            (("p.csv", "far.csv", "-m", "sliced-w1"), "several columns at once"),
            (("p.csv", "far.csv", "--joint", "-c", "label"), "column label holds other things than numbers"),
            (("p.csv", "far.csv", "--joint", "-c", "x9"), "'x9'"),
            (("p.csv", "far.npy", "--joint"), "no column in common"),
            (("p.csv", "far.csv", "--joint", "--by", "label"), "--by does not go with --joint"),
            (("p.csv", "far.csv", "--joint", "--weights", "x1"), "--weights does not go with --joint"),
            (("p.csv", "far.csv", "--joint", "--bins", "9"), "--bins does not go with --joint"),
            (("p.csv", "norm(0,1)", "--joint"), "no table of rows"),
            (("p.csv", "1,2,3", "--joint"), "no table of rows"),
            (("p.csv", "uniform", "--joint"), "no table of rows"),
            (("check", "p.csv", "far.csv", "--joint"), "limits that are asked for"),
            (("check", "p.csv", "far.csv", "--joint", "--max", "x1:energy=1"), "names a column"),
            (("check", "p.csv", "far.csv", "--joint", "--max", "js=0.1"), "no measure of joint samples"),
            (("check", "p.csv", "far.csv", "--joint", "--max", "energy=10%"), "has no maximum"),
            (("check", "p.csv", "far.csv", "--joint", "--max", "mmd=3floor"), "floor is about 0"),
            (("check", "p.csv", "far.csv", "--joint", "--min", "energy=1"), "the further apart"),
            (("check", "p.csv", "far.csv", "--max", "mmd=0.1"), "mmd"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_what_cannot_be_is_told(self, run: Callable, line: tuple[str, ...], said: str) -> None:
        done = run(*line)
        assert (done.status, done.stdout) == (2, "")
        assert said in done.stderr
        assert "  try: " in done.stderr
        assert "Traceback" not in done.stderr
