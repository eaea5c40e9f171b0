"""Every format shows the same report: nulls, intervals, infinity, and values that are not there."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kldiv_cli.core.distribution import Support
from kldiv_cli.core.model import Note, SupportFacts
from kldiv_cli.errors import UsageError
from kldiv_cli.renderers import FORMATS, render
from kldiv_cli.renderers.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable

    from kldiv_cli.core.model import Comparison

FLAT = ("plain", "csv", "tsv")
READ = ("table", "markdown")
every_format = pytest.mark.parametrize("name", FORMATS)


def estimates_in_json(text: str) -> dict[tuple[str, str | None], dict[str, Any]]:
    found = json.loads(text, parse_constant=pytest.fail)["comparisons"][0]["estimates"]
    return {(estimate["measure"], estimate["direction"]): estimate for estimate in found}


def rows(text: str, delimiter: str = ",") -> dict[tuple[str, str], dict[str, str]]:
    return {(row["measure"], row["direction"]): row for row in csv.DictReader(io.StringIO(text), delimiter=delimiter)}


class TestNulls:
    def test_in_json_a_floor_has_its_p_value_and_method(self, report: Callable, rendered: Callable) -> None:
        found = estimates_in_json(rendered(report(), "json"))
        assert found["kl", "p:q"]["null"] == {"floor": 0.0625, "p_value": 0.0005, "method": "permutation"}
        assert found["kl", "q:p"]["null"] == {"floor": 0.03125, "p_value": 0.002, "method": "permutation"}
        assert found["w1", None]["null"] is None

    def test_in_json_an_infinite_floor_is_null_with_its_status(self, report: Callable, rendered: Callable) -> None:
        null = estimates_in_json(rendered(report(), "json"))["js", None]["null"]
        assert null == {"floor": None, "floor_status": "infinite", "p_value": 0.04, "method": "analytic"}

    def test_in_json_an_unknown_floor_is_null_alone(self, report: Callable, rendered: Callable) -> None:
        null = estimates_in_json(rendered(report(), "json"))["tv", None]["null"]
        assert null == {"floor": None, "p_value": None, "method": "none"}

    @pytest.mark.parametrize(("name", "delimiter"), [("csv", ","), ("tsv", "\t"), ("plain", " ")])
    def test_in_lines_floor_and_p_value_are_words_of_their_own(
        self, report: Callable, rendered: Callable, name: str, delimiter: str
    ) -> None:
        found = rows(rendered(report(), name), delimiter)
        cells = {key: (row["floor"], row["p_value"]) for key, row in found.items()}
        assert cells["kl", "p:q"] == ("0.0625", "0.0005")
        assert cells["kl", "q:p"] == ("0.03125", "0.002")
        assert cells["w1", "-"] == ("-", "-")
        assert cells["tv", "-"] == ("-", "-")
        assert cells["js", "-"] == ("inf", "0.04")

    @pytest.mark.parametrize("name", READ)
    def test_for_people_the_floor_stands_beside_the_value(
        self, report: Callable, rendered: Callable, comparison: Comparison, name: str
    ) -> None:
        shown = comparison._replace(estimates=comparison.estimates[:3])
        text = rendered(report(shown), name)
        kl, js = (next(line for line in text.splitlines() if title in line) for title in ("KL div", "Jensen"))
        assert kl.split()[-1 if name == "table" else -2] == "0.0625"
        assert "∞" in js, "the floor is infinite and said to be"
        assert "floor" in text

    @pytest.mark.parametrize("name", READ)
    def test_without_any_floor_there_is_no_column_for_it(
        self, report: Callable, rendered: Callable, comparison: Comparison, name: str
    ) -> None:
        bare = tuple(estimate._replace(null=None) for estimate in comparison.estimates)
        assert "floor" not in rendered(report(comparison._replace(estimates=bare)), name)


class TestValues:
    def test_an_interval_is_a_pair_in_json(self, report: Callable, rendered: Callable) -> None:
        found = estimates_in_json(rendered(report(), "json"))
        assert found["js", None]["interval"] == [0.125, 0.5]
        assert found["tv", None]["interval"] is None

    @pytest.mark.parametrize(("name", "delimiter"), [("csv", ","), ("tsv", "\t"), ("plain", " ")])
    def test_in_lines_every_status_is_told(
        self, report: Callable, rendered: Callable, name: str, delimiter: str
    ) -> None:
        found = rows(rendered(report(), name), delimiter)
        assert {key: (row["value"], row["status"]) for key, row in found.items()} == {
            ("kl", "p:q"): ("inf", "infinite"),
            ("kl", "q:p"): ("0.125", "ok"),
            ("js", "-"): ("0.25", "ok"),
            ("tv", "-"): ("0.5", "ok"),
            ("w1-scaled", "-"): ("-", "undefined"),
            ("w1", "-"): ("-", "not_applicable"),
        }

    def test_in_json_every_status_is_told(self, report: Callable, rendered: Callable) -> None:
        found = estimates_in_json(rendered(report(), "json"))
        assert {key: (e["value"], e["status"]) for key, e in found.items()} == {
            ("kl", "p:q"): (None, "infinite"),
            ("kl", "q:p"): (0.125, "ok"),
            ("js", None): (0.25, "ok"),
            ("tv", None): (0.5, "ok"),
            ("w1-scaled", None): (None, "undefined"),
            ("w1", None): (None, "not_applicable"),
        }

    @pytest.mark.parametrize("name", READ)
    def test_for_people_what_is_no_number_has_a_sign_and_a_footnote(
        self, report: Callable, rendered: Callable, name: str
    ) -> None:
        text = rendered(report(), name)
        line_of = {
            title: line for line in text.splitlines() for title in ("KL div", "w1-scaled", "w1 ") if title in line
        }
        assert "∞ ¹" in line_of["KL div"]
        assert "? ²" in line_of["w1-scaled"]
        assert "– ³" in line_of["w1 "]
        for footnote in ("¹ Q never has c", "² P is constant.", "³ Labels have no order."):
            assert footnote in text

    @pytest.mark.parametrize("name", READ)
    def test_both_directions_stand_in_one_row(self, report: Callable, rendered: Callable, name: str) -> None:
        lines = [line for line in rendered(report(), name).splitlines() if "KL divergence" in line]
        assert len(lines) == 1
        assert "0.1250" in lines[0]

    @pytest.mark.parametrize("name", READ)
    def test_a_share_of_the_maximum_stands_beside_a_bounded_measure(
        self, report: Callable, rendered: Callable, name: str
    ) -> None:
        text = rendered(report(), name)
        assert "36.1 %" in next(line for line in text.splitlines() if "Jensen" in line)
        assert "50 %" in next(line for line in text.splitlines() if "total variation" in line)

    @pytest.mark.parametrize("name", READ)
    def test_precision_sets_the_digits_people_see(self, report: Callable, rendered: Callable, name: str) -> None:
        assert " 0.13 " in rendered(report(), name, precision=2) or " 0.12 " in rendered(report(), name, precision=2)
        assert "0.12500000" in rendered(report(), name, precision=8)

    @pytest.mark.parametrize("name", FLAT)
    def test_precision_changes_nothing_for_machines(self, report: Callable, rendered: Callable, name: str) -> None:
        assert rendered(report(), name, precision=1) == rendered(report(), name)


class TestWithoutValues:
    @every_format
    def test_a_comparison_without_values_is_shown_alone(
        self, report: Callable, rendered: Callable, without_values: Comparison, name: str
    ) -> None:
        text = rendered(report(without_values), name, terms=name in READ, plot=True, verbose=True)
        assert "before.csv" in text
        assert "every row is missing" in text or name in FLAT

    @every_format
    def test_a_comparison_without_values_is_a_row_of_a_table(
        self, report: Callable, rendered: Callable, comparison: Comparison, without_values: Comparison, name: str
    ) -> None:
        full = comparison._replace(column="full", estimates=comparison.estimates[:3])
        text = rendered(report(full, without_values, is_table=True), name, terms=name in READ, plot=True)
        assert "empty" in text
        if name in READ:
            row = next(line for line in text.splitlines() if re.match(r"\|? ?empty ", line))
            assert row.count("?") == 3
            assert "no values" in row
            assert "every row is missing" in text

    def test_in_json_its_support_is_null_and_nothing_contributes(
        self, report: Callable, rendered: Callable, without_values: Comparison
    ) -> None:
        (found,) = json.loads(rendered(report(without_values), "json"))["comparisons"]
        assert found["support"] is None
        assert found["contributions"] == []
        assert [estimate["status"] for estimate in found["estimates"]] == ["undefined"] * 3
        assert found["p"]["n"] == 0

    @every_format
    def test_a_comparison_without_estimates_is_shown(
        self, report: Callable, rendered: Callable, comparison: Comparison, without_values: Comparison, name: str
    ) -> None:
        fault = without_values._replace(estimates=(), column="schema")
        shown = comparison._replace(column="full", estimates=comparison.estimates[:3])
        text = rendered(report(fault, shown, is_table=True), name)
        assert "before.csv" in text
        if name in (*READ, "json", "jsonl"):
            assert "schema" in text


class TestSupports:
    @pytest.fixture
    def binned(self, comparison: Comparison) -> Comparison:
        edges = np.array([-np.inf, 0.0, 86400.0, np.inf])
        facts = SupportFacts("bins", 3, "3 bins", (None, 0.0, 86400.0, None), 0.25, 0.0)
        found = comparison.contributions
        assert found is not None
        support = Support("bins", 3, edges=edges)
        contributions = type(found)(support, found.p, found.q, found.js, found.kl, found.kl_reversed)
        return comparison._replace(support=facts, contributions=contributions)

    def test_an_open_end_is_null_in_json(self, report: Callable, rendered: Callable, binned: Comparison) -> None:
        (found,) = json.loads(rendered(report(binned), "json", terms=True))["comparisons"]
        assert found["support"]["edges"] == [None, 0.0, 86400.0, None]
        assert [item["outcome"] for item in found["contributions"]] == [[None, 0.0], [0.0, 86400.0], [86400.0, None]]

    def test_instants_are_iso_strings_in_json(self, report: Callable, rendered: Callable, binned: Comparison) -> None:
        assert binned.support is not None
        assert binned.contributions is not None
        found = binned.contributions
        support = Support("bins", 3, edges=found.support.edges, instants=True)
        dated = binned._replace(
            support=binned.support._replace(instants=True),
            contributions=type(found)(support, found.p, found.q, found.js, found.kl, found.kl_reversed),
        )
        (shown,) = json.loads(rendered(report(dated), "json", terms=True))["comparisons"]
        assert shown["support"]["edges"] == [None, "1970-01-01", "1970-01-02", None]
        assert shown["contributions"][1]["outcome"] == ["1970-01-01", "1970-01-02"]
        assert "1970-01-01 to 1970-01-02" in rendered(report(dated), "table", terms=True)

    def test_terms_and_their_running_sums_are_shown(self, report: Callable, rendered: Callable) -> None:
        lines = rendered(report(), "table", terms=True).splitlines()
        start = next(number for number, line in enumerate(lines) if line.startswith("outcome"))
        assert lines[start + 1].split() == ["a", "0.5000", "0.5000", "1.000", "0", "0", "0", "0", "0"]
        assert lines[start + 3].split()[:6] == ["c", "0.2500", "0", "∞", "∞", "∞"]

    def test_top_shows_the_largest_first(self, report: Callable, rendered: Callable) -> None:
        text = rendered(report(), "csv", top=2)
        assert [row["outcome"] for row in csv.DictReader(io.StringIO(text))] == ["c", "b"]
        (found,) = json.loads(rendered(report(), "json", top=1))["comparisons"]
        assert [item["outcome"] for item in found["contributions"]] == ["c"]

    def test_json_lists_ten_outcomes_unless_told_otherwise(
        self, report: Callable, rendered: Callable, comparison: Comparison
    ) -> None:
        found = comparison.contributions
        assert found is not None
        k = 12
        equal = np.full(k, 1 / k)
        support = Support("nominal", k, labels=tuple(map(str, range(k))))
        many = comparison._replace(contributions=type(found)(support, equal, equal, equal, equal, equal))
        sizes = [
            len(json.loads(rendered(report(many), "json", **style))["comparisons"][0]["contributions"])
            for style in ({}, {"terms": True}, {"top": 11}, {"terms": True, "top": 3})
        ]
        assert sizes == [10, 12, 11, 3]


class TestWords:
    @every_format
    def test_the_notes_of_a_run_are_in_every_format_that_holds_them(
        self, report: Callable, rendered: Callable, name: str
    ) -> None:
        text = rendered(report(notes=(Note("only-in-p", "Only in P: x."),)), name)
        assert ("Only in P: x." in text) == (name in ("table", "json", "markdown"))

    @pytest.mark.parametrize("name", READ)
    def test_sides_are_told_with_their_sizes(self, report: Callable, rendered: Callable, name: str) -> None:
        text = rendered(report(), name)
        assert re.search(r"before\.csv:?\s+counts, n 10", text)
        assert re.search(r"after\.csv:?\s+counts, n 20, 2 missing", text)

    @pytest.mark.parametrize("name", READ)
    def test_weighted_rows_and_infinite_values_are_told(
        self, report: Callable, rendered: Callable, comparison: Comparison, name: str
    ) -> None:
        weighted = comparison.p._replace(kind="samples", weighted=True, n=7.25, non_finite=2.0)
        text = rendered(report(comparison._replace(p=weighted)), name)
        assert "effective n 7.2" in text
        assert "2 infinite, left out" in text

    @pytest.mark.parametrize("name", READ)
    def test_the_tails_are_told_when_asked(
        self, report: Callable, rendered: Callable, comparison: Comparison, name: str
    ) -> None:
        quantiles = tuple((u, 100 * u) for u in (0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0))
        numeric = comparison._replace(p=comparison.p._replace(mean=12.5, standard_deviation=1.0, quantiles=quantiles))
        told = "mean 12.5, median 50, p90 90, p99 99, from 0 to 100"
        assert told in rendered(report(numeric), name, verbose=True)
        assert told not in rendered(report(numeric), name)

    def test_colour_is_only_added(self, report: Callable, rendered: Callable) -> None:
        colored = rendered(report(), "table", color=True, terms=True, plot=True)
        assert "\x1b[" in colored
        bare = re.sub(r"\x1b\[[\d;]*m", "", colored)
        without = rendered(report(), "table", terms=True, plot=True)
        assert [line.rstrip() for line in bare.splitlines()] == without.splitlines()

    def test_markup_in_a_label_is_text(self, report: Callable, rendered: Callable, comparison: Comparison) -> None:
        shown = comparison._replace(p=comparison.p._replace(label="[bold red]x[/]:smile:"))
        assert "P [bold red]x[/]:smile: " in rendered(report(shown), "table")

    @pytest.mark.parametrize("width", [20, 40, 80, 200])
    def test_no_figure_is_cut_at_any_width(self, report: Callable, rendered: Callable, width: int) -> None:
        words = rendered(report(), "table", width=width, terms=True).split()
        for figure in ("0.1250", "0.2500", "0.5000", "0.0625", "-0.1733"):
            assert figure in words

    @pytest.mark.parametrize("width", [40, 60, 80])
    def test_headings_are_not_cut_either(
        self, report: Callable, rendered: Callable, comparison: Comparison, width: int
    ) -> None:
        columns = [comparison._replace(column=name, estimates=comparison.estimates[:4]) for name in ("first", "second")]
        text = rendered(report(*columns, is_table=True), "table", width=width)
        for heading in ("column", "KL P‖Q", "KL Q‖P", "JS", "TV", "second"):
            assert re.search(rf"(^| ){re.escape(heading)}( |$)", text, re.MULTILINE), heading


def test_a_format_that_does_not_exist_is_refused(report: Callable) -> None:
    with pytest.raises(UsageError, match="there is no output format 'pdf'"):
        render(report(), "pdf", Style(), io.StringIO())
