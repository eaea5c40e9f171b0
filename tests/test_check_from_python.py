"""The gate from Python: what it takes, and that it says what the command says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from kldiv_cli import KldivError, check, profile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RNG = np.random.default_rng(7)
REFERENCE = pd.DataFrame({"x": RNG.normal(size=2_000), "g": RNG.choice(["a", "b", "c"], 2_000)})
SAME = pd.DataFrame({"x": RNG.normal(size=1_500), "g": RNG.choice(["a", "b", "c"], 1_500)})
FAR = pd.DataFrame({"x": RNG.normal(1.0, size=1_500), "g": RNG.choice(["a", "b", "c"], 1_500)})


def rules_of(report: Any) -> dict[tuple[str | None, str, str], tuple[float | None, float | None, str]]:
    return {
        (one.column, rule.measure, rule.kind): (rule.value, rule.p_adjusted, rule.verdict)
        for one in report.comparisons
        for rule in one.rules
    }


def verdicts_of(report: Any) -> dict[str | None, str | None]:
    return {comparison.column: comparison.verdict for comparison in report.comparisons}


@pytest.mark.parametrize(("new", "verdict"), [(SAME, "pass"), (FAR, "drift")], ids=["same", "far"])
@pytest.mark.parametrize(
    ("asked", "typed"),
    [
        ({}, []),
        ({"max": "x:w1-scaled=0.2"}, ["--max", "x:w1-scaled=0.2"]),
        (
            {"max": ["js=5%", "ks=0.3"], "correction": "holm"},
            ["--max", "js=5%", "--max", "ks=0.3", "--correction", "holm"],
        ),
        ({"warn_max": "psi=0.1", "alpha": 0.05}, ["--warn-max", "psi=0.1", "--alpha", "0.05"]),
        ({"max": "renyi=0.3", "alpha_order": 0.5}, ["--max", "renyi=0.3", "--alpha-order", "0.5"]),
        ({"preset": "evidently", "seed": 3}, ["--preset", "evidently", "--seed", "3"]),
        ({"n_eff": "100", "bins": 5}, ["--n-eff", "100", "-b", "5"]),
    ],
    ids=str,
)
def test_says_what_the_command_says(
    run: Callable, tmp_path: Path, new: pd.DataFrame, verdict: str, asked: dict[str, Any], typed: list[str]
) -> None:
    for name, table in (("ref.csv", REFERENCE), ("new.csv", new)):
        table.to_csv(tmp_path / name, index=False)
    ran = run("check", str(tmp_path / "ref.csv"), str(tmp_path / "new.csv"), "-f", "json", *typed)
    document = json.loads(ran.stdout)
    told = {
        (one["column"], rule["measure"], rule["kind"]): (rule["value"], rule["p_adjusted"], rule["verdict"])
        for one in document["comparisons"]
        for rule in one["rules"]
    }
    report = check(REFERENCE, new, **asked)
    assert rules_of(report) == told
    assert report.verdict == document["verdict"]
    if not asked:
        assert report.verdict == verdict


def test_several_candidates_are_one_run_with_one_verdict() -> None:
    report = check(REFERENCE, (SAME, FAR))
    assert [(one.label, one.verdict) for one in report.verdicts] == [("Q1", "pass"), ("Q2", "drift")]
    assert report.verdict == "drift"
    assert report.tests == 2 * check(REFERENCE, SAME).tests


def test_a_profile_may_be_the_reference() -> None:
    assert rules_of(check(profile(REFERENCE), FAR)) == rules_of(check(REFERENCE, FAR))


def test_takes_arrays_and_counts() -> None:
    x = RNG.normal(size=500)
    assert check(x, x + 1.0).verdict == "drift"
    assert check(x, RNG.normal(size=500)).verdict == "pass"
    assert check({"a": 500, "b": 500}, {"a": 300, "b": 700}).verdict == "drift"


def test_a_fault_of_the_schema_is_a_row_of_its_own() -> None:
    new = SAME.rename(columns={"g": "h"})
    assert verdicts_of(check(REFERENCE, new)) == {"g": "drift", "h": "warn", "x": "pass"}
    report = check(REFERENCE, new, schema={"missing-column": "warn", "new-column": "pass"})
    assert verdicts_of(report) == {"g": "warn", "h": "pass", "x": "pass"}
    assert report.verdict == "warn"


def test_what_may_be_noise_is_undecided() -> None:
    x, y = REFERENCE["x"][:30], SAME["x"][:12]
    assert check(x, y).verdict == "undecided"
    assert check(x, y, on_undecided="fail").verdict == "drift"
    assert check(x, y, on_undecided="warn").verdict == "warn"


@pytest.mark.parametrize(
    "asked",
    [
        {"max": "jss=1"},
        {"max": "js"},
        {"max": "y:js=1"},
        {"min": "js=1"},
        {"alpha": 0.0},
        {"alpha": 1.5},
        {"correction": "bonferroni"},
        {"on_undecided": "drift"},
        {"max_drifted": "120%"},
        {"schema": {"missing-colum": "warn"}},
        {"schema": {"missing-column": "fail"}},
        {"preset": "evidentaly"},
        {"n_eff": "none"},
        {"draws": 0},
        {"columns": "nowhere"},
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_an_error_with_a_remedy(asked: dict[str, Any]) -> None:
    with pytest.raises(KldivError) as caught:
        check(REFERENCE, SAME, **asked)
    assert caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("new", [pd.DataFrame({"z": [1.0, 2.0], "y": [1.0, 2.0]}), pd.DataFrame(), [], "uniform"])
def test_nothing_that_could_be_held_is_an_error(new: object) -> None:
    with pytest.raises(KldivError):
        check(REFERENCE, new)
