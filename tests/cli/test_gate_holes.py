"""What a gate could pass over without a word: each is held, listed, or refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 400
FORMATS = ("table", "plain", "csv", "json", "jsonl", "markdown", "github", "junit")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, seed: int, **columns: object) -> None:
    rng = np.random.default_rng(seed)
    table = {"x": rng.normal(size=ROWS), "label": rng.choice(["a", "b", "c"], ROWS), **columns}
    pd.DataFrame(table).to_csv(name, index=False)


def document(run: Callable, *arguments: str) -> dict:
    found: dict = json.loads(run("check", *arguments, "-f", "json").stdout)
    return found


def rules(found: dict, column: str | None) -> dict[str, str]:
    return {
        rule["measure"]: rule["verdict"]
        for comparison in found["comparisons"]
        if comparison["column"] == column
        for rule in comparison["rules"]
    }


class TestGroups:
    def tables(self, gone: int = 100) -> None:
        rng = np.random.default_rng(0)
        p, q = (pd.DataFrame({"g": rng.choice(["a", "b"], ROWS), "x": rng.normal(size=ROWS)}) for _ in range(2))
        lost = pd.DataFrame({"g": ["c"] * gone, "x": rng.normal(size=gone)})
        pd.concat([p, lost]).to_csv("p.csv", index=False)
        q.to_csv("q.csv", index=False)

    @pytest.mark.parametrize("form", FORMATS)
    def test_a_group_that_is_gone_is_drift_in_every_format(self, run: Callable, form: str) -> None:
        self.tables()
        done = run("check", "p.csv", "q.csv", "--by", "g", "-f", form)
        assert done.status == 1
        assert "group c is gone" in done.stdout + done.stderr

    def test_a_new_group_warns(self, run: Callable) -> None:
        self.tables()
        done = run("check", "q.csv", "p.csv", "--by", "g", "-f", "table")
        assert done.status == 0
        assert "group c is new in p.csv: 100 of 500 rows" in done.stdout

    def test_a_small_group_that_chance_leaves_out_is_undecided(self, run: Callable) -> None:
        self.tables(gone=2)
        found = document(run, "p.csv", "q.csv", "--by", "g")
        assert rules(found, None) == {"missing-group": "undecided"}
        assert run("check", "p.csv", "q.csv", "--by", "g").status == 0
        assert run("check", "p.csv", "q.csv", "--by", "g", "--on-undecided", "fail").status == 1

    def test_fewer_effective_rows_decide_less(self, run: Callable) -> None:
        self.tables(gone=30)
        assert run("check", "p.csv", "q.csv", "--by", "g").status == 1
        assert run("check", "p.csv", "q.csv", "--by", "g", "--n-eff", "10%").status == 0

    def test_the_configuration_decides_what_it_means(self, run: Callable, tmp_path: Path) -> None:
        self.tables()
        (tmp_path / "kldiv.toml").write_text('[schema]\nmissing-group = "pass"\n')
        assert run("check", "p.csv", "q.csv", "--by", "g").status == 0

    def test_every_candidate_is_counted(self, run: Callable) -> None:
        self.tables()
        found = document(run, "p.csv", "q.csv", "--by", "g")
        assert {one["q"]: one["verdict"] for one in found["verdicts"]}["c"] == "drift"


class TestInfiniteValues:
    def test_from_some_to_most_is_drift_like_missing_ones(self, run: Callable) -> None:
        x = np.random.default_rng(3).normal(size=ROWS)
        few, many = x.copy(), x.copy()
        few[:2], many[: ROWS * 9 // 10] = np.inf, np.inf
        write("p.csv", 1, x=few)
        write("q.csv", 2, x=many)
        found = document(run, "p.csv", "q.csv")
        assert found["verdict"] == "drift"
        assert rules(found, "x")["infinite-values"] == "drift"
        assert "x: 0.5 % of the values are infinite in p.csv, 90 % in q.csv" in run("check", "p.csv", "q.csv").stderr

    def test_from_none_to_most_is_drift_and_to_few_a_warning(self, run: Callable) -> None:
        x = np.random.default_rng(3).normal(size=ROWS)
        write("p.csv", 1, x=x)
        for infinite, verdict in ((3, "warn"), (300, "drift")):
            write("q.csv", 2, x=np.where(np.arange(ROWS) < infinite, -np.inf, x))
            assert rules(document(run, "p.csv", "q.csv"), "x")["infinite-values"] == verdict

    def test_few_rows_of_them_are_undecided(self, run: Callable) -> None:
        for name, infinite in (("p.csv", 1), ("q.csv", 3)):
            pd.DataFrame({"x": [np.inf] * infinite + [0.0, 1.0] * 10}).to_csv(name, index=False)
        assert rules(document(run, "p.csv", "q.csv"), "x")["infinite-values"] == "undecided"

    def test_weighted_and_dependent_rows_decide_less(self, run: Callable) -> None:
        x = np.random.default_rng(3).normal(size=ROWS)
        write("p.csv", 1, x=x, w=np.ones(ROWS))
        write("q.csv", 2, x=np.where(np.arange(ROWS) < 40, np.inf, x), w=np.ones(ROWS))
        assert rules(document(run, "p.csv", "q.csv"), "x")["infinite-values"] == "drift"
        assert rules(document(run, "p.csv", "q.csv", "--weights", "w"), "x")["infinite-values"] == "drift"
        assert rules(document(run, "p.csv", "q.csv", "--n-eff", "20"), "x")["infinite-values"] == "undecided"

    def test_as_many_as_before_are_none(self, run: Callable) -> None:
        x = np.random.default_rng(3).normal(size=ROWS)
        x[:40] = np.inf
        write("p.csv", 1, x=x)
        write("q.csv", 2, x=x)
        assert rules(document(run, "p.csv", "q.csv"), "x") == {"js-distance": "pass", "missing": "pass"}


class TestColumnsThatNoLimitHolds:
    @pytest.mark.parametrize("form", FORMATS)
    @pytest.mark.parametrize("several", [False, True])
    def test_labels_under_a_limit_on_numbers_are_listed(self, run: Callable, form: str, several: bool) -> None:
        write("p.csv", 1)
        write("q.csv", 2)
        done = run("check", "p.csv", "q.csv", *["q.csv"] * several, "--max", "w1-scaled=1", "-f", form)
        assert done.status == 0
        told = done.stdout + done.stderr
        if form in ("table", "markdown") and not several:
            assert "not held" in told
            assert "no limit applies" in told
        else:
            assert "Not held to a rule: label (no limit applies)" in told

    def test_a_named_limit_on_an_empty_column_is_refused(self, run: Callable) -> None:
        write("p.csv", 1, empty=[None] * ROWS)
        write("q.csv", 2, empty=[None] * ROWS)
        done = run("check", "p.csv", "q.csv", "--max", "empty:js=0.1", "--max", "js=1")
        assert done.status == 2
        assert "empty has no value" in done.stderr

    def test_a_named_limit_on_a_column_that_lost_its_values_is_told_as_a_fault(self, run: Callable) -> None:
        write("p.csv", 1)
        write("q.csv", 2, x=[None] * ROWS)
        done = run("check", "p.csv", "q.csv", "--max", "x:js=0.1", "--max", "js=1", "-f", "table")
        assert done.status == 1
        assert "x has no value left" in done.stdout


class TestMissingRatesOfWhatIsNotCompared:
    def columns(self, missing: int, start: int = 0) -> dict[str, object]:
        ids: list[object] = [f"id{number}" for number in range(start, start + ROWS)]
        days: list[object] = [str(day.date()) for day in pd.date_range("2024-01-01", periods=ROWS)]
        ids[:missing] = days[:missing] = [None] * missing
        return {"id": ids, "day": days}

    @pytest.mark.parametrize("form", FORMATS)
    def test_of_identifiers_and_dates_are_held(self, run: Callable, form: str) -> None:
        write("p.csv", 1, **self.columns(0))
        write("q.csv", 2, **self.columns(160, start=ROWS))
        done = run("check", "p.csv", "q.csv", "-f", form)
        assert done.status == 1
        assert "id" in done.stdout
        assert "day" in done.stdout

    def test_their_values_are_listed_as_not_held_all_the_same(self, run: Callable) -> None:
        write("p.csv", 1, **self.columns(0))
        write("q.csv", 2, **self.columns(160, start=ROWS))
        found = document(run, "p.csv", "q.csv")
        for column in ("id", "day"):
            assert rules(found, column) == {"missing": "drift"}
        assert any(
            "day (dates), id (identifier)" in note["text"] or "id (identifier), day (dates)" in note["text"]
            for note in found["notes"]
        )
        table = run("check", "p.csv", "q.csv", "-f", "table").stdout
        assert table.count("not held") == 2

    def test_where_no_row_lacks_a_value_nothing_is_held(self, run: Callable) -> None:
        write("p.csv", 1, **self.columns(0))
        write("q.csv", 2, **self.columns(0, start=ROWS))
        found = document(run, "p.csv", "q.csv")
        assert {rule for column in ("id", "day") for rule in rules(found, column)} == set()

    def test_a_limit_on_the_missing_rate_of_an_identifier_can_be_asked_for(self, run: Callable) -> None:
        write("p.csv", 1, **self.columns(0))
        write("q.csv", 2, **self.columns(0, start=ROWS))
        assert rules(document(run, "p.csv", "q.csv", "--max", "id:missing=0.01"), "id") == {"missing": "pass"}


class TestLimitsThatCanNeverFail:
    def test_floors_of_a_preset(self, run: Callable) -> None:
        write("p.csv", 1)
        write("q.csv", 2)
        done = run("check", "p.csv", "q.csv", "--preset", "evidently", "--max", "psi=3floor")
        assert done.status == 2
        assert "preset evidently have no floor" in done.stderr

    def test_floors_of_probabilities(self, run: Callable) -> None:
        done = run("check", "a:0.5,b:0.5", "a:0.9,b:0.1", "--max", "js=0.1floor")
        assert done.status == 2
        assert "probabilities have no floor" in done.stderr

    def test_floors_of_counts_are_limits(self, run: Callable) -> None:
        assert run("check", "a:500,b:500", "a:900,b:100", "--max", "js=3floor").status == 1


def test_a_constant_reference_can_be_decided_with_a_preset(run: Callable) -> None:
    write("p.csv", 1, x=[5.0] * ROWS)
    write("q.csv", 2)
    found = document(run, "p.csv", "q.csv", "--preset", "evidently", "--max", "w1-scaled=0.1")
    assert rules(found, "x") == {"w1-scaled": "drift"}


@pytest.mark.parametrize(
    "typed",
    [
        ["--by", "g"],
        ["--against", "first"],
        ["--alpha", "0.5"],
        ["--on-undecided", "fail"],
        ["--max-drifted", "9%"],
        ["--correction", "holm"],
        ["--draws", "100"],
        ["--n-eff", "10"],
    ],
    ids=lambda typed: typed[0],
)
def test_what_rows_cannot_heed_is_refused(run: Callable, typed: list[str]) -> None:
    for name in ("p.npy", "q.npy"):
        np.save(name, np.full((3, 4), 0.25))
    done = run("check", "p.npy", "q.npy", "--rows", "--max", "kl=0.1", *typed)
    assert done.status == 2
    assert typed[0] in done.stderr
    assert run("check", "p.npy", "q.npy", "--rows", "--max", "kl=0.1").status == 0


def test_a_drift_that_is_let_through_is_in_the_headline(run: Callable) -> None:
    write("p.csv", 1, y=np.random.default_rng(1).normal(size=ROWS))
    write("q.csv", 2, y=np.random.default_rng(2).normal(9, size=ROWS), a_new=[1.0] * ROWS)
    done = run("check", "p.csv", "q.csv", "--max-drifted", "50%", "-f", "table")
    assert done.status == 0
    (said,) = [line for line in done.stdout.splitlines() if line.startswith("  warn: ")]
    assert said.strip().startswith("warn: y drifted, as --max-drifted 50 % allows")


class TestConfigurationThatInitWrites:
    def test_changes_no_verdict(self, run: Callable, tmp_path: Path) -> None:
        x = np.random.default_rng(3).normal(size=ROWS)
        write("p.csv", 1, x=x)
        write("q.csv", 2, x=np.where(np.arange(ROWS) < 60, np.inf, x))
        assert run("check", "p.csv", "q.csv", "--isolated").status == 1
        assert run("check", "--init", "p.csv", "-o", "kldiv.toml").status == 0
        assert (tmp_path / "kldiv.toml").read_text().startswith("# Limits for kldiv check")
        assert run("check", "p.csv", "q.csv").status == 1

    def test_a_share_of_infinite_values_can_be_let_pass(self, run: Callable, tmp_path: Path) -> None:
        x = np.random.default_rng(3).normal(size=ROWS)
        write("p.csv", 1, x=x)
        write("q.csv", 2, x=np.where(np.arange(ROWS) < 60, np.inf, x))
        (tmp_path / "kldiv.toml").write_text('[schema]\ninfinite-values = "pass"\n')
        assert run("check", "p.csv", "q.csv", "--max", "label:js=1").status == 0


def test_columns_that_no_rule_names_are_listed(run: Callable) -> None:
    write("p.csv", 1)
    write("q.csv", 2)
    found = document(run, "p.csv", "q.csv", "--max", "label:js-distance=50%")
    assert any(note["text"] == "Not held to a rule: x (no rule names it)." for note in found["notes"])
    assert "not held" in run("check", "p.csv", "q.csv", "--max", "label:js-distance=50%", "-f", "table").stdout


@pytest.mark.parametrize(
    ("limit", "hint"), [("js-distance=10", "js-distance=10% is a share of it"), ("ks=1.5", "ks=1.5%")]
)
def test_a_limit_above_the_maximum_is_told_to_be_none(run: Callable, limit: str, hint: str) -> None:
    write("p.csv", 1)
    write("q.csv", 2)
    done = run("check", "p.csv", "q.csv", "--max", limit)
    assert f"The limit {limit} can never fail" in done.stderr
    assert hint in done.stderr
    assert "can never fail" not in run("check", "p.csv", "q.csv", "--max", "ks=1").stderr


class TestWhatWasTyped:
    def test_limits_of_the_configuration_that_typed_ones_replace_are_told(self, run: Callable, tmp_path: Path) -> None:
        write("p.csv", 0)
        (tmp_path / "kldiv.toml").write_text('max = ["js-distance=50%"]\n[columns.x]\nmax = ["tv=0.9"]\n')
        done = run("check", "p.csv", "p.csv", "--max", "psi=2")
        assert done.status == 0
        assert "--max as typed replaces the limits of kldiv.toml:1: js-distance=50%, x:tv=0.9." in done.stderr
        assert "replaces" not in run("check", "p.csv", "p.csv", "--alpha", "0.05").stderr

    def test_two_limits_that_contradict_each_other_are_refused(self, run: Callable) -> None:
        write("p.csv", 0)
        done = run("check", "p.csv", "p.csv", "--max", "psi=1", "--max", "psi=2")
        assert done.status == 2
        assert "--max says both psi=1 and psi=2" in done.stderr
        assert run("check", "p.csv", "p.csv", "--max", "psi=1", "--max", "psi=1", "--max", "x:psi=2").status == 0

    def test_a_configuration_that_would_not_be_read_is_refused(self, run: Callable, tmp_path: Path) -> None:
        write("p.csv", 0)
        (tmp_path / "other.toml").write_text("alpha = 0.05\n")
        done = run("check", "p.csv", "p.csv", "--isolated", "--config", "other.toml")
        assert done.status == 2
        assert "--isolated reads no configuration" in done.stderr
