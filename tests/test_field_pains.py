"""What hurts the users of drift tools (FIELD.md, section 4), as regressions of ours, and faults of tables.

Never a crash, never a silent pass: a gate that lets something through says so, and one that cannot tell is no pass.
"""

from __future__ import annotations

import csv
import json
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np
import pytest
from scipy import stats

from kldiv_cli.renderers import FORMATS, OF_GATES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PASSED, DRIFTED, CANNOT_TELL = 0, 1, 2
EVERY_FORMAT = (*FORMATS, *OF_GATES)
SEEDS = range(1, 9)  # of which none is unlucky: one table in a hundred is


def refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


class Gated(NamedTuple):
    """What a gate came to."""

    status: int
    document: dict[str, Any]
    stderr: str

    def rules(self, column: str | None = None) -> dict[str, str]:
        """Verdicts by measure or fault, of one column or of the only one."""
        held = [one for one in self.document["comparisons"] if column in (None, one["column"])]
        return {rule["measure"]: rule["verdict"] for one in held for rule in one["rules"]}

    def rule(self, measure: str, column: str | None = None) -> dict[str, Any]:
        held = [one for one in self.document["comparisons"] if column in (None, one["column"])]
        (found,) = (rule for one in held for rule in one["rules"] if rule["measure"] == measure)
        return found

    @property
    def verdicts(self) -> dict[str | None, str | None]:
        return {one["column"]: one["verdict"] for one in self.document["comparisons"]}


def write(name: str, table: Mapping[str, Sequence[object]]) -> str:
    """A CSV file in the folder of the test."""
    with Path(name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
    return name


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def gate(run: Callable) -> Callable[..., Gated]:
    """Hold one table to another; a document is only there where something could be told."""

    def held(reference: Any, candidate: Any, *options: str) -> Gated:
        names = [
            table if isinstance(table, str) else write(name, table)
            for name, table in (("ref.csv", reference), ("new.csv", candidate))
        ]
        ran = run("check", *names, "-f", "json", *options)
        document = json.loads(ran.stdout, parse_constant=refuse) if ran.status != CANNOT_TELL else {}
        return Gated(ran.status, document, ran.stderr)

    return held


def normal(rows: int, seed: int, mean: float = 0.0) -> list[float]:
    return np.random.default_rng(seed).normal(mean, 1.0, rows).round(6).tolist()


def letters(rows: int, seed: int, shares: Sequence[float] = (0.4, 0.3, 0.2, 0.1)) -> list[str]:
    return np.random.default_rng(seed).choice([*"abcd"], rows, p=shares).tolist()


class TestWrongOrIncomparableNumbers:
    def test_pain_06_an_infinite_kl_is_valid_json_that_says_infinite(self, gate: Callable) -> None:
        gated = gate("a:500,b:500", "a:500,b:300,c:200", "--max", "kl=0.1")
        assert gated.status == DRIFTED
        by_direction = {one["direction"]: one for one in gated.document["comparisons"][0]["estimates"]}
        assert (by_direction["q:p"]["status"], by_direction["q:p"]["value"]) == ("infinite", None)
        assert gated.rule("kl")["direction"] == "q:p"

    @pytest.mark.parametrize("name", EVERY_FORMAT)
    def test_pain_06_an_infinite_kl_is_told_in_every_format(self, run: Callable, name: str) -> None:
        ran = run("check", "a:500,b:500", "a:500,b:300,c:200", "--max", "kl=0.1", "-f", name)
        assert ran.status == DRIFTED
        assert any(word in ran.stdout + ran.stderr for word in ("inf", "∞"))
        assert "nan" not in (ran.stdout + ran.stderr).lower()

    def test_pain_06_numbers_written_in_two_ways_are_one_value(self, gate: Callable) -> None:
        gated = gate({"x": ["1.01", "2", "3e0"] * 50}, {"x": ["1.010", "2.0", "3"] * 50}, "--max", "kl=0")
        assert (gated.status, gated.rule("kl")["value"]) == (PASSED, 0.0)

    def test_pain_06_a_weight_of_nothing_is_nothing_and_not_missing(self, gate: Callable) -> None:
        gated = gate("a:500,b:500,c:0", "a:500,b:500,c:0", "--max", "kl=0", "--max", "js=0")
        assert (gated.status, gated.rule("kl")["value"], gated.rule("js")["value"]) == (PASSED, 0.0, 0.0)

    def test_pain_06_values_on_the_lowest_edge_are_counted_once(self, gate: Callable) -> None:
        rows = {"x": [0] * 60 + [10] * 30 + [20] * 10}
        gated = gate(rows, rows, "-b", "0,10,20", "--max", "kl=0")
        (comparison,) = gated.document["comparisons"]
        assert gated.status == PASSED
        assert sum(item["p"] for item in comparison["contributions"]) == pytest.approx(1.0)

    @pytest.mark.parametrize("sizes", [(2000, 200), (200, 2000), (1000, 1000)])
    def test_pain_07_p_values_agree_with_scipy_whatever_the_sizes(self, gate: Callable, sizes: tuple[int, int]) -> None:
        p = np.round(np.array([0.4, 0.3, 0.2, 0.1]) * sizes[0]).astype(int)
        q = np.round(np.array([0.44, 0.3, 0.18, 0.08]) * sizes[1]).astype(int)
        operands = [",".join(f"{name}:{count}" for name, count in zip("abcd", side, strict=True)) for side in (p, q)]
        wanted = stats.chi2_contingency(np.array([p, q]), lambda_="log-likelihood").pvalue
        gated = gate(*operands, "--max", "js=1", "--draws", "4000")
        (estimate,) = gated.document["comparisons"][0]["estimates"]
        assert estimate["null"]["p_value"] == pytest.approx(wanted, abs=0.02)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_pain_07_sizes_that_differ_raise_no_alarm(self, gate: Callable, seed: int) -> None:
        gated = gate({"c": letters(3000, seed)}, {"c": letters(60, seed + 100)})
        assert gated.status == PASSED
        assert "drift" not in gated.verdicts.values()

    def test_pain_08_the_order_of_categories_changes_no_number(self, gate: Callable) -> None:
        before, after = letters(600, 1), letters(400, 2, (0.1, 0.2, 0.3, 0.4))
        options = ("--max", "js-distance=10%", "--max", "psi=0.1", "--max", "chi2=0.1", "--max", "kl=0.1")
        straight = gate({"c": before}, {"c": after}, *options)
        turned = gate({"c": before[::-1]}, {"c": sorted(after)}, *options)
        assert straight.status == DRIFTED
        assert straight.document == turned.document

    def test_pain_08_the_order_of_columns_and_of_masses_changes_no_number(self, gate: Callable) -> None:
        x, c = normal(300, 1), letters(300, 2)
        straight, turned = gate({"x": x, "c": c}, {"x": x[::-1], "c": c}), gate({"c": c, "x": x}, {"c": c, "x": x})
        assert {c: straight.rules(c) for c in "xc"} == {c: turned.rules(c) for c in "xc"}
        masses = gate("a:30,b:50,c:20", "c:50,a:30,b:20"), gate("c:20,b:50,a:30", "b:20,a:30,c:50")
        assert masses[0].rule("js-distance") == masses[1].rule("js-distance")

    @pytest.mark.parametrize("measure", ["js-distance=10%", "kl=0.1", "chi2=0.1", "psi=0.1", "renyi=0.1"])
    def test_pain_09_one_unseen_category_neither_crashes_nor_forces_a_failure(
        self, gate: Callable, measure: str
    ) -> None:
        before, after = letters(1000, 1), [*letters(999, 1), "never seen"]
        gated = gate({"c": before}, {"c": after}, "--max", measure)
        assert gated.status == PASSED
        assert next(iter(gated.verdicts.values())) in ("pass", "undecided")
        assert gated.rule(measure.partition("=")[0])["p_value"] > 0.2

    def test_pain_09_an_unseen_category_that_matters_fails(self, gate: Callable) -> None:
        gated = gate({"c": [*"ab" * 500]}, {"c": [*"abc" * 300]})
        assert (gated.status, gated.verdicts) == (DRIFTED, {"c": "drift"})

    def test_pain_10_a_constant_column_is_no_nan(self, gate: Callable) -> None:
        x = normal(200, 1)
        gated = gate({"k": [7] * 200, "x": x}, {"k": [7] * 200, "x": x}, *every_limit("js", "w1", "ks", "psi", "kl"))
        assert (gated.status, gated.verdicts) == (PASSED, {"k": "pass", "x": "pass"})
        assert gated.rule("w1", "k")["value"] == 0.0

    def test_pain_10_a_constant_that_moved_is_drift(self, gate: Callable) -> None:
        x = normal(200, 1)
        gated = gate({"k": [7] * 200, "x": x}, {"k": [8] * 200, "x": x})
        assert (gated.status, gated.verdicts) == (DRIFTED, {"k": "drift", "x": "pass"})

    def test_pain_10_what_has_no_value_spreads_nowhere(self, gate: Callable) -> None:
        x = normal(200, 1)
        gated = gate({"k": [7] * 200, "x": x}, {"k": [7, 8] * 100, "x": x}, "--max", "w1-scaled=0.2")
        assert gated.verdicts == {"k": "undecided", "x": "pass"}
        assert gated.document["verdict"] == "undecided"


class TestSampleSizesAndThresholds:
    @pytest.mark.parametrize("rows", [1, 8, 50, 500])
    @pytest.mark.parametrize("seed", SEEDS[:4])
    def test_pain_11_how_many_rows_there_are_makes_no_drift(self, gate: Callable, rows: int, seed: int) -> None:
        reference = {"x": normal(2000, seed), "c": letters(2000, seed)}
        candidate = {"x": normal(rows, seed + 50), "c": letters(rows, seed + 50)}
        for pair in ((reference, candidate), (candidate, reference)):
            gated = gate(*pair)
            assert gated.status == PASSED
            assert gated.document["verdict"] != "drift"

    def test_pain_11_a_sample_of_five_percent_and_all_rows_agree(self, gate: Callable) -> None:
        reference, shifted, alike = normal(4000, 1), normal(4000, 2, 1.0), normal(4000, 3)
        for rows in (200, 4000):
            assert gate({"x": reference}, {"x": shifted[:rows]}).status == DRIFTED
            assert gate({"x": reference}, {"x": alike[:rows]}).status == PASSED

    @pytest.mark.parametrize("seed", SEEDS)
    def test_pain_12_ten_draws_against_a_thousand_of_the_same_normal_are_no_drift(
        self, gate: Callable, seed: int
    ) -> None:
        gated = gate({"x": normal(1000, seed)}, {"x": normal(10, seed + 100)})
        rule = gated.rule("js-distance")
        assert gated.status == PASSED
        assert rule["value"] > rule["limit"], "a fixed limit alone would have failed it"
        assert rule["verdict"] == "undecided"
        assert rule["n_needed"] > 10

    @pytest.mark.parametrize("limit", ["psi=0.1", "psi=0.25", "psi=3floor"])
    def test_pain_13_a_psi_that_noise_alone_would_reach_is_no_drift(self, gate: Callable, limit: str) -> None:
        for seed in SEEDS[:4]:
            assert gate({"x": normal(500, seed)}, {"x": normal(40, seed + 100)}, "--max", limit).status == PASSED
        assert gate({"x": normal(500, 1)}, {"x": normal(400, 2, 1.0)}, "--max", limit).status == DRIFTED

    def test_pain_13_a_limit_of_so_many_floors_grows_as_rows_get_fewer(self, gate: Callable) -> None:
        limits = [
            gate({"x": normal(2000, 1)}, {"x": normal(rows, 2)}, "--max", "js=3floor").rule("js")["limit"]
            for rows in (2000, 200, 50)
        ]
        assert limits == sorted(limits)
        assert limits[-1] > 5 * limits[0]

    def test_pain_14_of_many_columns_chance_fails_none_unless_it_is_asked_to(self, gate: Callable) -> None:
        tables = [{f"x{n}": normal(60, 100 * side + n) for n in range(60)} for side in (1, 2)]
        options = ("--max", "tv=0", "--alpha", "0.05")
        corrected, naive = gate(*tables, *options), gate(*tables, *options, "--correction", "none")
        assert (corrected.status, naive.status) == (PASSED, DRIFTED)
        assert corrected.document["tests"] == 60

    def test_pain_14_one_drifted_column_among_forty_nine_is_found(self, gate: Callable) -> None:
        before = {f"x{n}": normal(300, n) for n in range(50)}
        after = {f"x{n}": normal(300, 100 + n, 1.0 if n == 17 else 0.0) for n in range(50)}
        gated = gate(before, after)
        assert [column for column, verdict in gated.verdicts.items() if verdict == "drift"] == ["x17"]

    @pytest.mark.parametrize("name", EVERY_FORMAT)
    def test_pain_15_the_same_input_gives_the_same_bytes(self, run: Callable, name: str) -> None:
        write("ref.csv", {"x": normal(300, 1), "c": letters(300, 1)})
        write("new.csv", {"x": normal(80, 2), "c": letters(80, 2)})
        line = ("check", "ref.csv", "new.csv", "-f", name, "--max", "js-distance=10%", "--max", "w1-scaled=0.1")
        assert run(*line) == run(*line)

    def test_pain_15_other_columns_change_no_value_and_no_p_value(self, gate: Callable) -> None:
        x, y = normal(300, 1), normal(300, 2)
        alone = gate({"x": x}, {"x": y}).rule("js-distance", "x")
        beside = gate({"a": y, "x": x, "z": y}, {"a": x, "x": y, "z": x}).rule("js-distance", "x")
        assert (alone["value"], alone["p_value"]) == (beside["value"], beside["p_value"])

    @pytest.mark.parametrize(
        "rows",
        [
            [5e5, 9e9] * 100,
            [*range(199), 1e300],
            [1e-300 * n for n in range(200)],
            [2.0**53 + 2 * n for n in range(200)],
            [10.0 ** (n - 100) for n in range(200)],
            [-1e308, 1e308] * 100,
        ],
        ids=["two scales", "an outlier", "tiny", "at the end of whole numbers", "all scales", "everything"],
    )
    def test_pain_16_bins_stay_few_and_quick_on_any_scale(self, gate: Callable, rows: list[float]) -> None:
        start = time.perf_counter()
        gated = gate({"x": rows}, {"x": rows[::-1]}, "--max", "js-distance=10%", "--max", "w1=1e308")
        assert time.perf_counter() - start < 5
        assert gated.status == PASSED
        assert gated.document["comparisons"][0]["support"]["size"] <= 512
        assert gate({"x": rows}, {"x": [3.5] * 200}).status == DRIFTED

    def test_pain_16_one_outlier_hides_no_shift(self, gate: Callable) -> None:
        assert gate({"x": [*normal(1000, 1), 1e5]}, {"x": normal(1000, 2, 2.0)}).status == DRIFTED

    @pytest.mark.parametrize(
        "limit", ["js-distance=10%", "psi=0.1", "kl=0.1", "w1=0.1", "ks=0.1", "chi2=0.1", "tv=10%"]
    )
    def test_pain_17_numeric_drift_is_seen_by_every_measure(self, gate: Callable, limit: str) -> None:
        assert gate({"x": normal(400, 1)}, {"x": normal(400, 2, 1.5)}, "--max", limit).status == DRIFTED

    def test_pain_17_a_measure_that_tells_nothing_of_a_column_named_is_an_error(self, gate: Callable) -> None:
        table = {"x": normal(100, 1), "c": letters(100, 1)}
        gated = gate(table, table, "--max", "js=1", "--max", "c:w1=0.1")
        assert gated.status == CANNOT_TELL
        assert "Labels have no order" in gated.stderr

    def test_pain_17_a_measure_that_tells_nothing_of_any_column_is_an_error(self, gate: Callable) -> None:
        table = {"c": letters(100, 1), "d": letters(100, 2)}
        assert gate(table, table, "--max", "w1=0.1").status == CANNOT_TELL


def every_limit(*measures: str) -> list[str]:
    return [word for measure in measures for word in ("--max", f"{measure}=0")]


class TestMissingValuesAndTypes:
    @staticmethod
    def gappy(rows: int, absent: int, seed: int) -> dict[str, list[object]]:
        values: list[object] = [*normal(rows - absent, seed), *[""] * absent]
        return {"x": values, "c": letters(rows, seed)}

    def test_pain_18_a_jump_in_the_missing_rate_fails(self, gate: Callable) -> None:
        gated = gate(self.gappy(1000, 100, 1), self.gappy(1000, 200, 2))
        assert gated.status == DRIFTED
        assert gated.rules("x") == {"js-distance": "pass", "missing": "drift"}

    def test_pain_18_a_missing_rate_that_did_not_jump_passes(self, gate: Callable) -> None:
        assert gate(self.gappy(1000, 100, 1), self.gappy(1000, 110, 2)).status == PASSED

    def test_pain_18_missing_is_an_outcome_where_it_is_asked_to_be(self, gate: Callable) -> None:
        options = ("--max", "js-distance=10%")
        tables = self.gappy(1000, 20, 1), self.gappy(1000, 300, 2)
        assert gate(*tables, *options).status == PASSED, "missing is dropped, and no limit on it was asked for"
        assert gate(*tables, *options, "--na", "category").status == DRIFTED

    def test_pain_18_a_jump_in_infinite_values_is_no_pass(self, gate: Callable) -> None:
        rows = normal(100, 1)
        gated = gate({"x": rows * 3}, {"x": [*rows, *rows, *["inf"] * 100]})
        assert gated.document["verdict"] != "pass"

    @pytest.mark.parametrize("cell", ["", "NA", "NaN", "nan", "null", "None"])
    def test_pain_19_an_all_missing_column_kills_no_report(self, gate: Callable, cell: str) -> None:
        x, c = normal(200, 1), letters(200, 1)
        gated = gate({"x": x, "c": c, "y": x}, {"x": [cell] * 200, "c": c, "y": x})
        assert gated.status == DRIFTED
        assert gated.verdicts == {"x": "drift", "c": "pass", "y": "pass"}
        assert gated.rules("x")["all-missing"] == "drift"

    def test_pain_19_a_column_that_never_had_a_value_kills_no_report(self, gate: Callable) -> None:
        table = {"x": [""] * 200, "c": letters(200, 1)}
        gated = gate(table, table)
        assert (gated.status, gated.document["verdict"]) == (PASSED, "pass")

    @pytest.mark.parametrize("options", [(), ("--max", "js-distance=10%"), ("--na", "category")], ids=" ".join)
    def test_pain_19_a_column_that_had_no_value_before_is_no_silent_pass(
        self, gate: Callable, options: tuple[str, ...]
    ) -> None:
        gated = gate({"x": [""] * 200, "c": letters(200, 1)}, {"x": normal(200, 1), "c": letters(200, 1)}, *options)
        assert gated.status == DRIFTED or gated.verdicts["x"] in ("warn", "undecided")

    def test_pain_20_a_guess_can_be_overruled(self, gate: Callable) -> None:
        codes = {"x": ["1", "2", "3"] * 100}, {"x": ["1", "2", "3"] * 50 + ["n/a"]}
        assert gate(*codes).rules() == {"changed-type": "drift"}
        assert gate(*codes, "--categorical", "x").status == PASSED
        assert gate(*codes, "--na-values", "n/a").status == PASSED
        promised = gate(*codes, "--numeric", "x")
        assert promised.status == CANNOT_TELL
        assert "n/a" in promised.stderr

    def test_pain_20_numbers_and_words_in_one_column_crash_nothing(self, gate: Callable) -> None:
        mixed = {"x": [1, "two", 3.5, ""] * 50}
        assert gate(mixed, mixed).status == PASSED

    @pytest.mark.parametrize("times", [1, 20])
    def test_pain_20_more_rows_of_the_same_change_no_kind(self, gate: Callable, times: int) -> None:
        rows = {"n": [*range(10)] * 10 * times, "c": [*"abcdefghij"] * 10 * times}
        gated = gate(rows, rows, "--max", "n:w1=1", "--max", "c:js=1")
        assert gated.status == PASSED
        assert set(gated.rules("n")) == {"w1"}
        assert set(gated.rules("c")) == {"js"}


class TestFaultsOfTables:
    ROWS = 200
    X: Sequence[object] = range(ROWS)
    LABELS: Sequence[object] = [*"ab" * (ROWS // 2)]
    NAMES: Sequence[object] = [f"person {n}" for n in range(ROWS)]
    DAYS: Sequence[object] = [f"2024-01-{1 + n % 28:02}" for n in range(ROWS)]
    MORE_NAMES: Sequence[object] = [f"somebody {n}" for n in range(2 * ROWS)]

    def held(self, gate: Callable, before: Sequence[object], after: Sequence[object], *options: str) -> Gated:
        """A column of its own, beside one that did not change."""
        tables = ({"x": column, "kept": [*"cd" * (len(column) // 2)]} for column in (before, after))
        gated = gate(*tables, *options)
        assert gated.document["comparisons"]
        assert gated.verdicts["kept"] == "pass"
        return gated

    kinds = pytest.mark.parametrize("before", [X, LABELS, NAMES, DAYS], ids=["numbers", "labels", "names", "dates"])

    @kinds
    def test_a_missing_column_is_drift(self, gate: Callable, before: Sequence[object]) -> None:
        kept = [*"cd" * (self.ROWS // 2)]
        gated = gate({"x": before, "kept": kept}, {"kept": kept, "also": kept})
        assert (gated.status, gated.rules("x")) == (DRIFTED, {"missing-column": "drift"})

    @kinds
    def test_a_missing_column_is_drift_where_one_alone_is_left(self, gate: Callable, before: Sequence[object]) -> None:
        kept = [*"cd" * (self.ROWS // 2)]
        gated = gate({"x": before, "kept": kept}, {"kept": kept})
        assert (gated.status, gated.rules("x")) == (DRIFTED, {"missing-column": "drift"})

    @kinds
    def test_a_new_column_is_a_warning(self, gate: Callable, before: Sequence[object]) -> None:
        kept = [*"cd" * (self.ROWS // 2)]
        gated = gate({"also": kept, "kept": kept}, {"also": kept, "kept": kept, "x": before})
        assert (gated.status, gated.rules("x")) == (PASSED, {"new-column": "warn"})
        assert gated.document["verdict"] == "warn"

    @kinds
    def test_an_all_missing_column_is_drift(self, gate: Callable, before: Sequence[object]) -> None:
        gated = self.held(gate, before, [""] * self.ROWS)
        assert gated.status == DRIFTED
        assert gated.rules("x")["all-missing"] == "drift"

    @kinds
    def test_an_all_missing_column_is_drift_with_limits_on_other_columns(
        self, gate: Callable, before: Sequence[object]
    ) -> None:
        gated = self.held(gate, before, [""] * self.ROWS, "--max", "kept:js-distance=10%")
        assert (gated.status, gated.rules("x")) == (DRIFTED, {"all-missing": "drift"})

    @kinds
    def test_a_newly_constant_column_warns_at_least(self, gate: Callable, before: Sequence[object]) -> None:
        gated = self.held(gate, before, [before[0]] * self.ROWS)
        assert gated.document["verdict"] in ("warn", "drift")
        assert gated.rules("x")["newly-constant"] == "warn"

    def test_a_newly_constant_column_that_was_nearly_constant_warns(self, gate: Callable) -> None:
        gated = self.held(gate, ["yes", *["no"] * (self.ROWS - 1)], ["no"] * self.ROWS)
        assert (gated.status, gated.document["verdict"]) == (PASSED, "warn")

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (X, LABELS),
            (LABELS, X),
            (X, DAYS),
            (DAYS, X),
            (DAYS, LABELS),
            (LABELS, DAYS),
            (X, NAMES),
            (NAMES, X),
            (DAYS, NAMES),
            (NAMES, DAYS),
            (X, MORE_NAMES),
            (DAYS, MORE_NAMES),
        ],
        ids=lambda rows: f"{rows[1]}",
    )
    def test_a_changed_type_is_drift(self, gate: Callable, before: Sequence[object], after: Sequence[object]) -> None:
        gated = self.held(gate, before, after)
        assert (gated.status, gated.rules("x")) == (DRIFTED, {"changed-type": "drift"})

    def test_one_word_among_more_numbers_than_before_is_no_silent_pass(self, gate: Callable) -> None:
        gated = self.held(gate, self.X, [*range(2 * self.ROWS - 1), "oops"])
        assert gated.status == DRIFTED

    @pytest.mark.parametrize("after", [MORE_NAMES, NAMES], ids=["more rows", "as many rows"])
    def test_labels_that_became_an_identifier_are_no_silent_pass(self, gate: Callable, after: Sequence[object]) -> None:
        assert self.held(gate, self.LABELS, after).status == DRIFTED

    def test_an_identifier_that_became_labels_is_no_silent_pass(self, gate: Callable) -> None:
        gated = self.held(gate, self.NAMES, self.LABELS)
        assert gated.status == DRIFTED or gated.document["verdict"] == "warn"

    def test_an_identifier_that_stays_one_is_held_to_nothing_and_says_so(self, gate: Callable) -> None:
        gated = self.held(gate, self.NAMES, self.MORE_NAMES)
        (comparison,) = (one for one in gated.document["comparisons"] if one["column"] == "x")
        assert (gated.status, comparison["verdict"], comparison["rules"]) == (PASSED, None, [])
        assert [note["code"] for note in comparison["notes"]] == ["identifier"]

    def test_dates_are_held_to_nothing_unless_a_rule_names_them(self, gate: Callable) -> None:
        later = [str(day).replace("-01-", "-02-") for day in self.DAYS]
        free = self.held(gate, self.DAYS, later)
        (comparison,) = (one for one in free.document["comparisons"] if one["column"] == "x")
        assert (free.status, comparison["verdict"]) == (PASSED, None)
        assert "instant" in [note["code"] for note in comparison["notes"]]
        named = self.held(gate, self.DAYS, later, "--max", "x:js-distance=10%", "--max", "js-distance=10%")
        assert (named.status, named.verdicts["x"]) == (DRIFTED, "drift")

    @pytest.mark.parametrize(
        ("fault", "after", "key"),
        [
            ("missing-column", None, "missing-column"),
            ("changed-type", LABELS, "changed-type"),
            ("all-missing", [""] * ROWS, "all-missing"),
            ("newly-constant", [5] * ROWS, "newly-constant"),
        ],
    )
    @pytest.mark.parametrize("verdict", ["pass", "warn", "drift"])
    def test_what_a_fault_means_can_be_set(
        self, gate: Callable, fault: str, after: Sequence[object] | None, key: str, verdict: str
    ) -> None:
        Path("kldiv.toml").write_text(f'max = ["kept:js=1"]\n[schema]\n{fault} = "{verdict}"\n', encoding="utf-8")
        kept = [*"cd" * (self.ROWS // 2)]
        candidate = {"kept": kept} | ({} if after is None else {"x": after})
        gated = gate({"kept": kept, "x": self.X}, candidate)
        assert gated.rules("x") == {key: verdict}
        assert gated.status == (DRIFTED if verdict == "drift" else PASSED)
        assert gated.document["verdict"] == verdict

    def test_every_fault_has_a_row_of_its_own(self, run: Callable) -> None:
        kept = [*"cd" * (self.ROWS // 2)]
        write("ref.csv", {"kept": kept, "a": self.X, "b": self.X, "c": self.X, "d": self.X})
        write("new.csv", {"kept": kept, "b": self.LABELS, "c": [""] * self.ROWS, "d": [1] * self.ROWS, "e": self.X})
        text = run("check", "ref.csv", "new.csv", "-f", "table", "--max", "kept:js=1").stdout
        rows = [line.split("  ")[0] + " " + " ".join(line.split()[1:]) for line in text.splitlines()]
        for row in (
            "a column is gone drift",
            "b changed its type drift",
            "c has no value left drift",
            "d became constant",
            "e new column warn",
        ):
            assert any(line.startswith(row) for line in rows), (row, rows)

    @pytest.mark.parametrize("content", [b"", b"\n", b"x,kept\n", b"\n\n\n", b"# a comment\n"], ids=repr)
    @pytest.mark.parametrize("side", ["reference", "candidate"])
    def test_an_empty_file_cannot_be_told(self, run: Callable, content: bytes, side: str) -> None:
        full = write("full.csv", {"x": self.X, "kept": self.LABELS})
        Path("hollow.csv").write_bytes(content)
        operands = ("hollow.csv", full) if side == "reference" else (full, "hollow.csv")
        ran = run("check", *operands)
        assert (ran.status, ran.stdout) == (CANNOT_TELL, "")
        assert "hollow.csv" in ran.stderr

    def test_no_common_column_cannot_be_told(self, gate: Callable) -> None:
        gated = gate({"a": self.X, "b": self.X}, {"c": self.X, "d": self.X})
        assert gated.status == CANNOT_TELL
        assert "have no column in common" in gated.stderr

    @pytest.mark.parametrize("column", [NAMES, DAYS], ids=["identifiers", "dates"])
    def test_nothing_held_to_a_rule_cannot_be_told(self, gate: Callable, column: Sequence[object]) -> None:
        gated = gate({"x": column, "y": column}, {"x": column, "y": column})
        assert gated.status == CANNOT_TELL
        assert "nothing was held to any rule" in gated.stderr

    @pytest.mark.parametrize("na", ["drop", "category"])
    def test_every_fault_is_the_same_whatever_missing_means(self, gate: Callable, na: str) -> None:
        kept = [*"cd" * (self.ROWS // 2)]
        before = {"kept": kept, "a": self.X, "b": self.X, "c": self.X}
        after = {"kept": kept, "b": self.LABELS, "c": [""] * self.ROWS, "e": self.X}
        gated = gate(before, after, "--na", na)
        assert gated.verdicts == {"kept": "pass", "a": "drift", "b": "drift", "c": "drift", "e": "warn"}

    def test_a_column_that_is_left_out_is_no_fault(self, gate: Callable) -> None:
        kept = [*"cd" * (self.ROWS // 2)]
        gated = gate({"kept": kept, "y": kept, "x": self.X}, {"kept": kept, "y": kept}, "--exclude", "x")
        assert (gated.status, gated.document["verdict"]) == (PASSED, "pass")

    def test_a_column_asked_for_that_is_gone_is_not_replaced_by_another(self, gate: Callable) -> None:
        gated = gate({"x": self.X, "y": self.X}, {"y": self.X}, "-c", "x")
        assert gated.status in (DRIFTED, CANNOT_TELL)

    def test_a_column_with_another_name_is_compared_and_named(self, gate: Callable) -> None:
        gated = gate({"x": self.X}, {"y": self.X})
        assert gated.status == PASSED
        assert "other-name" in [note["code"] for note in gated.document["notes"]]

    @pytest.mark.parametrize("rows", [1, 2, 3])
    def test_hardly_any_rows_crash_nothing(self, gate: Callable, rows: int) -> None:
        few = {"x": [*self.X][:rows], "c": [*"abc"][:rows]}
        many = {"x": self.X, "c": self.LABELS}
        for pair in ((few, few), (few, many), (many, few)):
            gated = gate(*pair)
            assert gated.status in (PASSED, DRIFTED)
            values = [rule["p_value"] for one in gated.document["comparisons"] for rule in one["rules"]]
            assert all(value is None or (0.0 < value <= 1.0 and math.isfinite(value)) for value in values)
