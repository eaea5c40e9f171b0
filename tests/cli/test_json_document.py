"""The JSON document is the one that DESIGN.md describes: programs depend on its keys, types, nulls and statuses."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from kldiv_cli import __version__
from kldiv_cli.core.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

NUMBER = (int, float)
DOCUMENT = {
    "format_version": str,
    "kldiv_version": str,
    "command": str,
    "settings": dict,
    "comparisons": list,
    "verdict": (str, type(None)),
    "notes": list,
}
COMPARISON = {
    "p": dict,
    "q": dict,
    "column": (str, type(None)),
    "support": (dict, type(None)),
    "estimates": list,
    "contributions": list,
    "rules": list,
    "verdict": (str, type(None)),
    "notes": list,
}
SIDE = {
    "label": str,
    "kind": str,
    "n": (*NUMBER, type(None)),
    "missing": NUMBER,
    "rank_error": NUMBER,
    "quantiles": (dict, type(None)),
}
SUPPORT = {"kind": str, "size": int, "edges": (list, type(None)), "only_p": NUMBER, "only_q": NUMBER}
ESTIMATE = {
    "measure": str,
    "direction": (str, type(None)),
    "value": (float, type(None)),
    "status": str,
    "unit": (str, type(None)),
    "maximum": (float, type(None)),
    "null": (dict, type(None)),
    "interval": (list, type(None)),
    "notes": list,
}
CONTRIBUTION = {
    "outcome": (str, float, list),
    "p": float,
    "q": float,
    "js": float,
    "kl": (float, type(None)),
}
DIRECTED = {"kl", "cross-entropy", "chi2", "renyi", "tsallis", "skew-kl"}


def has_shape(found: Mapping[str, Any], shape: Mapping[str, Any]) -> bool:
    """Every key of the shape is there, with a value of its type; further keys may stand beside."""
    for key, kind in shape.items():
        assert key in found, f"{key} is missing"
        assert isinstance(found[key], kind), f"{key} is {found[key]!r}"
        assert kind is bool or not isinstance(found[key], bool), f"{key} is a boolean"
    return True


@pytest.fixture
def document(run: Callable) -> Callable[..., dict[str, Any]]:
    """The document of a command line, checked key by key."""

    def read(*args: str, stdin: bytes = b"") -> dict[str, Any]:
        ran = run(*args, "-f", "json", stdin=stdin)
        assert (ran.status, ran.stderr) == (0, "")
        found = json.loads(ran.stdout, parse_constant=pytest.fail)
        assert has_shape(found, DOCUMENT)
        for comparison in found["comparisons"]:
            require_comparison(comparison)
        return found

    return read


def require_comparison(comparison: dict[str, Any]) -> None:
    assert has_shape(comparison, COMPARISON)
    for side in (comparison["p"], comparison["q"]):
        assert has_shape(side, SIDE)
        assert side["kind"] in ("samples", "counts", "probabilities")
        assert (side["n"] is None) == (side["kind"] == "probabilities")
    if comparison["support"] is not None:
        require_support(comparison["support"])
    for estimate in comparison["estimates"]:
        assert has_shape(estimate, ESTIMATE)
        require_estimate(estimate)
    for item in comparison["contributions"]:
        assert has_shape(item, CONTRIBUTION)
        require_outcome(item["outcome"], comparison["support"])
    for note in comparison["notes"]:
        assert set(note) == {"code", "text"}


def require_support(support: dict[str, Any]) -> None:
    assert has_shape(support, SUPPORT)
    assert support["kind"] in ("nominal", "values", "bins")
    assert (support["edges"] is None) == (support["kind"] != "bins")
    assert 0.0 <= support["only_p"] <= 1.0
    assert 0.0 <= support["only_q"] <= 1.0
    if support["edges"] is not None:
        assert len(support["edges"]) == support["size"] + 1
        assert None not in support["edges"][1:-1], "only an outer end is open"


def require_estimate(estimate: dict[str, Any]) -> None:
    key, direction = estimate["measure"], estimate["direction"]
    assert key in {measure.key for measure in MEASURES}
    if key in DIRECTED:
        assert direction in ("p:q", "q:p")
    elif key == "entropy":
        assert direction in ("p", "q")
    else:
        assert direction is None
    assert estimate["status"] in ("ok", "infinite", "undefined", "not_applicable")
    assert (estimate["value"] is None) == (estimate["status"] != "ok")
    assert all(isinstance(code, str) for code in estimate["notes"])
    assert estimate["status"] == "ok" or estimate["notes"], "a value that is not there says why"


def require_outcome(outcome: Any, support: dict[str, Any]) -> None:
    kinds = {"nominal": str, "values": (float, int, str), "bins": list}
    assert isinstance(outcome, kinds[support["kind"]])
    if support["kind"] == "bins":
        low, high = outcome
        assert low is None or high is None or low < high


def estimate_of(document: dict[str, Any], measure: str, direction: str | None = None) -> dict[str, Any]:
    (found,) = [
        estimate
        for estimate in document["comparisons"][0]["estimates"]
        if (estimate["measure"], estimate["direction"]) == (measure, direction)
    ]
    return found


def test_the_document_names_its_versions_its_command_and_every_setting(document: Callable) -> None:
    found = document("0.5,0.5", "0.4,0.6")
    assert (found["format_version"], found["kldiv_version"], found["command"]) == ("1.0", __version__, "compare")
    assert found["settings"]["base"] == "e"
    assert found["settings"]["smoothing"] == "none"
    assert found["settings"]["bins"] == "auto"
    assert found["settings"]["seed"] == 0


def test_settings_are_those_that_were_typed(document: Callable) -> None:
    options = ("-m", "kl,wasserstein", "-s", "mix:0.01", "--base", "2", "-b", "width:4", "--alpha-order", "0.5")
    settings = document("0.5,0.5", "0.4,0.6", *options)["settings"]
    assert settings["measures"] == ["kl", "w1"]
    assert (settings["smoothing"], settings["base"], settings["bins"]) == ("mix:0.01", 2, "width:4")
    assert settings["alpha_order"] == 0.5


def test_infinity_is_null_with_the_status_infinite(document: Callable) -> None:
    found = document("a:1,b:1", "a:1,c:1")
    estimate = estimate_of(found, "kl", "p:q")
    assert (estimate["value"], estimate["status"]) == (None, "infinite")
    contributions = {item["outcome"]: item for item in found["comparisons"][0]["contributions"]}
    assert contributions["b"]["kl"] is None
    assert contributions["a"]["kl"] == pytest.approx(0.0)


def test_wasserstein_of_labels_is_null_and_not_applicable(document: Callable) -> None:
    estimate = estimate_of(document("a:1,b:1", "a:1,b:3"), "w1")
    assert (estimate["value"], estimate["status"], estimate["notes"]) == (None, "not_applicable", ["nominal"])


def test_a_constant_reference_leaves_w1_scaled_undefined(document: Callable) -> None:
    found = document("-", "[1.0, 2.0, 3.5]", "-m", "w1-scaled", "--as", "samples", stdin=b"[2.0, 2.0, 2.0]")
    estimate = estimate_of(found, "w1-scaled")
    assert (estimate["value"], estimate["status"]) == (None, "undefined")


def test_labels_are_strings_values_are_numbers_and_bins_are_pairs(document: Callable) -> None:
    labels = document("a:1,b:1", "a:1,b:3")["comparisons"][0]
    values = document("1:1,2.5:1", "1:1,2.5:3")["comparisons"][0]
    bins = document("flights/2013-01.csv:dep_delay", "flights/2013-07.csv:dep_delay", "-b", "0,15")["comparisons"][0]
    assert {item["outcome"] for item in labels["contributions"]} == {"a", "b"}
    assert {item["outcome"] for item in values["contributions"]} == {1.0, 2.5}
    assert [None, 0.0] in [item["outcome"] for item in bins["contributions"]]
    assert bins["support"]["edges"] == [None, 0.0, 15.0, None]
    assert [labels["support"]["kind"], values["support"]["kind"], bins["support"]["kind"]] == [
        "nominal",
        "values",
        "bins",
    ]


def test_instants_are_iso_8601_strings_and_their_w1_is_in_days(document: Callable, tmp_path: Path) -> None:
    for name, first in (("p", 1), ("q", 3)):
        days = "".join(f"2024-01-{day:02}\n" for day in range(first, first + 20))
        (tmp_path / f"{name}.csv").write_text(f"day\n{days}", encoding="utf-8")
    found = document(str(tmp_path / "p.csv"), str(tmp_path / "q.csv"), "-b", "2")
    comparison = found["comparisons"][0]
    w1 = estimate_of(found, "w1")
    assert (w1["unit"], w1["value"]) == ("days", pytest.approx(2.0))
    edges = comparison["support"]["edges"]
    assert edges[0] is None
    assert all(edge.startswith("2024-01-") for edge in edges[1:-1])
    assert comparison["p"]["quantiles"]["0.5"].startswith("2024-01-")


def test_every_measure_is_in_the_document_of_all(document: Callable) -> None:
    found = document("penguins.csv:body_mass_g", "penguins.csv:flipper_length_mm", "-m", "all")
    asked = {(measure.key, direction) for measure in MEASURES for direction in measure.directions}
    listed = [(e["measure"], e["direction"]) for e in found["comparisons"][0]["estimates"]]
    assert set(listed) == asked
    assert len(listed) == len(asked)


def test_units_are_of_the_declared_ones(document: Callable) -> None:
    delays = ("flights/2013-01.csv:dep_delay", "flights/2013-07.csv:dep_delay", "-m", "all", "--base")
    units = {base: {e["unit"] for e in document(*delays, base)["comparisons"][0]["estimates"]} for base in "e2"}
    units["10"] = {e["unit"] for e in document(*delays, "10")["comparisons"][0]["estimates"]}
    assert units == {
        "e": {None, "nats", "sqrt(nats)", "data", "sqrt(data)"},
        "2": {None, "bits", "sqrt(bits)", "data", "sqrt(data)"},
        "10": {None, "base-10", "sqrt(base-10)", "data", "sqrt(data)"},
    }


def test_the_maximum_is_in_the_unit_of_the_value(document: Callable) -> None:
    found = document("0.5,0.5", "0.4,0.6", "--base", "2")
    assert estimate_of(found, "js")["maximum"] == pytest.approx(1.0)
    assert estimate_of(found, "js-distance")["maximum"] == pytest.approx(1.0)
    assert estimate_of(found, "tv")["maximum"] == 1.0
    assert estimate_of(found, "kl", "p:q")["maximum"] is None


def test_missing_is_the_size_of_the_change_of_the_rate_and_its_maximum_is_1(document: Callable) -> None:
    rows = b"x,y\n1,1\n,2\n,3\n3,4\n"
    found = document("-", '{"x": [1, 2, null, 4], "y": [1, 2, 3, 4]}', "-m", "missing", "-c", "x", stdin=rows)
    estimate = estimate_of(found, "missing")
    assert (estimate["value"], estimate["maximum"], estimate["direction"]) == (pytest.approx(0.25), 1.0, None)
    assert (found["comparisons"][0]["p"]["missing"], found["comparisons"][0]["q"]["missing"]) == (2, 1)


def test_n_is_null_for_probabilities_and_the_number_that_was_given_otherwise(document: Callable) -> None:
    bare = document("0.5,0.5", "0.4,0.6")["comparisons"][0]
    told = document("0.5,0.5", "0.4,0.6", "--n-p", "100", "--n-q", "50")["comparisons"][0]
    assert (bare["p"]["n"], bare["q"]["n"]) == (None, None)
    assert (told["p"]["n"], told["q"]["n"]) == (100, 50)


def test_shares_on_one_side_only_are_told(document: Callable) -> None:
    support = document("a:3,b:1", "a:1,c:3")["comparisons"][0]["support"]
    assert (support["only_p"], support["only_q"]) == (0.25, 0.75)


def test_numbers_carry_every_digit(document: Callable) -> None:
    value = estimate_of(document("0.5,0.3,0.2", "0.1,0.4,0.5", "--precision", "2"), "kl", "p:q")["value"]
    expected = math.fsum(p * math.log(p / q) for p, q in ((0.5, 0.1), (0.3, 0.4), (0.2, 0.5)))
    assert value == pytest.approx(expected, rel=1e-15)


def test_contributions_sum_to_the_divergences(document: Callable) -> None:
    found = document("0.5,0.3,0.2", "0.1,0.4,0.5", "--terms", "--base", "2")
    items = found["comparisons"][0]["contributions"]
    assert [item["outcome"] for item in items] == [0.0, 1.0, 2.0]
    assert math.fsum(item["js"] for item in items) == pytest.approx(estimate_of(found, "js")["value"])
    assert math.fsum(item["kl"] for item in items) == pytest.approx(estimate_of(found, "kl", "p:q")["value"])


def test_a_column_without_values_has_no_support_and_says_so(document: Callable, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("x,y\n1,\n2,\n3,\n", encoding="utf-8")
    (tmp_path / "q.csv").write_text("x,y\n1,1\n2,2\n3,3\n", encoding="utf-8")
    found = document(str(tmp_path / "p.csv"), str(tmp_path / "q.csv"))
    (empty,) = [comparison for comparison in found["comparisons"] if comparison["column"] == "y"]
    assert empty["support"] is None
    assert empty["contributions"] == []
    assert [note["code"] for note in empty["notes"]] == ["no-values"]
    assert {e["measure"]: e["status"] for e in empty["estimates"]}["kl"] == "undefined"
    assert {e["measure"]: e["value"] for e in empty["estimates"]}["missing"] == 1.0


def test_jsonl_is_one_comparison_a_line(run: Callable) -> None:
    ran = run("flights/2013-01.csv", "flights/2013-07.csv", "-f", "jsonl")
    lines = [json.loads(line, parse_constant=pytest.fail) for line in ran.stdout.splitlines()]
    assert len(lines) == 8
    for line in lines:
        require_comparison(line)


def test_columns_come_most_drifted_first(document: Callable) -> None:
    comparisons = document("flights/2013-01.csv", "flights/2013-07.csv")["comparisons"]
    divergences = [e["value"] for c in comparisons for e in c["estimates"] if e["measure"] == "js"]
    assert divergences == sorted(divergences, reverse=True)


def test_two_tables_are_not_called_equal_when_one_has_lost_a_column(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("x,y\n1,\n2,\n", encoding="utf-8")
    (tmp_path / "q.csv").write_text("x,y\n1,1\n2,2\n", encoding="utf-8")
    assert "equal" not in run(str(tmp_path / "p.csv"), str(tmp_path / "q.csv"), "-f", "table").stdout
