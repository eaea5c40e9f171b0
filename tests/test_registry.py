"""The literal tables: every row is complete, no name is used twice, and the README knows every row."""

from __future__ import annotations

import inspect
import math
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from kldiv_cli.core import measures as measure_table
from kldiv_cli.core import smoothing as smoothing_table
from kldiv_cli.core.measures import DEFAULT_FOR_PAIR, DEFAULT_FOR_TABLE, MEASURES, Unit, View, chosen, measure_named
from kldiv_cli.core.measures.row import DIRECTED, EACH, SINGLE
from kldiv_cli.core.smoothing import SMOOTHINGS, smoothing_from
from kldiv_cli.errors import UsageError
from kldiv_cli.renderers import FORMATS, OF_GATES, SELF_CONTAINED

if TYPE_CHECKING:
    from collections.abc import Callable

    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.smoothing import Smoothing

Row = TypeVar("Row", "Measure", "Smoothing")
README = Path(__file__).parent.parent / "README.md"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
PROMISED = (
    "kl js js-distance jeffreys psi cross-entropy entropy tv overlap hellinger bhattacharyya chi2 renyi tsallis "
    "skew-kl w1 w1-scaled w2 ks kuiper cvm energy missing"
)
SMOOTHING_KEYS = {"none", "add", "laplace", "jeffreys", "perks", "mix", "shrink", "eps"}
every_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
every_smoothing = pytest.mark.parametrize("smoothing", SMOOTHINGS, ids=lambda smoothing: smoothing.key)


def renamed(row: Row, key: str) -> Row:
    """The same row under another key, whatever kind of tuple or class a row is."""
    fields = {name: getattr(row, name) for name in inspect.signature(type(row)).parameters}
    return type(row)(**{**fields, "key": key})


class TestMeasures:
    @every_measure
    @pytest.mark.parametrize(
        "field", ["title", "formula", "range", "zeros", "use", "reading", "elsewhere", "reference"]
    )
    def test_every_field_for_people_is_filled(self, measure: Measure, field: str) -> None:
        text = getattr(measure, field)
        assert text
        assert text == text.strip()
        assert text.isprintable()

    @every_measure
    def test_names_are_lower_case_words_and_each_is_found(self, measure: Measure) -> None:
        for name in (measure.key, *measure.aliases):
            assert NAME.fullmatch(name), name
            assert measure_named(name) is measure
            assert measure_named(name.upper().replace("-", "_")) is measure

    def test_no_name_is_used_twice(self) -> None:
        names = [name for measure in MEASURES for name in (measure.key, *measure.aliases)]
        assert sorted(names) == sorted(set(names))
        assert {"all", "choosing", "zeros", "noise", "input"}.isdisjoint(names)

    def test_no_title_is_used_twice(self) -> None:
        assert len({measure.title for measure in MEASURES}) == len(MEASURES)

    def test_a_table_that_uses_a_name_twice_is_refused(self) -> None:
        with pytest.raises(ValueError, match="two measures are called 'kl'"):
            measure_table.by_name((*MEASURES, renamed(MEASURES[1], "kl")))

    def test_every_promised_key_is_there(self) -> None:
        assert {measure.key for measure in MEASURES} >= set(PROMISED.split())

    @every_measure
    def test_a_reference_names_a_year_or_the_row_that_has_one(self, measure: Measure) -> None:
        titles = [other.title for other in MEASURES if other is not measure]
        assert re.search(r"\b(18|19|20)\d\d\b", measure.reference) or any(
            title in measure.reference for title in titles
        )

    @every_measure
    def test_the_function_has_a_docstring_that_tells_its_range(self, measure: Measure) -> None:
        text = inspect.getdoc(measure.compute) or ""
        assert text.splitlines()[0].rstrip(".")
        assert "Returns\n-------" in text

    @every_measure
    def test_declared_properties_agree(self, measure: Measure) -> None:
        assert isinstance(measure.view, View)
        assert isinstance(measure.unit, Unit)
        assert measure.directions in (DIRECTED, EACH, SINGLE)
        assert measure.maximum > 0.0
        if measure.is_metric:
            assert measure.symmetric
        if measure.directions == DIRECTED:
            assert not measure.symmetric
        if measure.unit in (Unit.POSITION, Unit.ROOT_POSITION):
            assert measure.needs_positions
            assert math.isinf(measure.maximum)
        if measure.needs_positions:
            assert measure.view is View.EMPIRICAL
        if measure.unit in (Unit.INFORMATION, Unit.ROOT_INFORMATION):
            assert measure.view in (View.SMOOTHED, View.DECILES)

    def test_the_default_measures_are_those_of_the_contract(self) -> None:
        assert DEFAULT_FOR_PAIR == ("kl", "js", "js-distance", "tv", "w1", "ks")
        assert DEFAULT_FOR_TABLE == ("kl", "js", "w1-scaled", "missing")

    def test_all_is_every_row_in_order_each_once(self) -> None:
        assert chosen(("all",), DEFAULT_FOR_PAIR) == MEASURES
        assert chosen(("js", "all"), ()) == (measure_named("js"), *(m for m in MEASURES if m.key != "js"))
        assert chosen((), DEFAULT_FOR_PAIR) == tuple(map(measure_named, DEFAULT_FOR_PAIR))

    def test_an_unknown_measure_is_refused_with_the_nearest(self) -> None:
        with pytest.raises(UsageError, match="there is no measure 'hellingr'\n  try: 'hellinger'\\?"):
            measure_named("hellingr")

    @every_measure
    def test_readme_has_a_row_for_it(self, measure: Measure) -> None:
        rows = [line for line in README.read_text(encoding="utf-8").splitlines() if line.lstrip().startswith("|")]
        assert any(re.match(rf"\s*\|\s*`{re.escape(measure.key)}`\s*\|", row) for row in rows)


class TestSmoothings:
    @every_smoothing
    def test_every_row_is_complete(self, smoothing: Smoothing) -> None:
        assert NAME.fullmatch(smoothing.key)
        assert smoothing.title.strip() == smoothing.title != ""
        assert (smoothing.weight is None) == (smoothing.key in ("none", "eps"))

    @every_smoothing
    def test_every_name_is_read_with_its_amount(self, smoothing: Smoothing) -> None:
        for name in (smoothing.key, *smoothing.aliases):
            text = f"{name}:0.25" if smoothing.takes_amount else name
            chosen_smoothing = smoothing_from(text)
            assert chosen_smoothing.row is smoothing
            assert chosen_smoothing.text == text
            if smoothing.takes_amount:
                assert chosen_smoothing.amount == 0.25

    @every_smoothing
    def test_an_amount_too_many_or_too_few_is_refused(self, smoothing: Smoothing) -> None:
        with pytest.raises(UsageError, match=r"takes (an|no) amount"):
            smoothing_from(smoothing.key if smoothing.takes_amount else f"{smoothing.key}:0.5")

    @pytest.mark.parametrize("text", ["add:0", "add:-1", "add:nan", "add:inf", "mix:0", "mix:1", "eps:1", "eps:-0.1"])
    def test_an_amount_out_of_range_is_refused(self, text: str) -> None:
        with pytest.raises(UsageError, match="the amount must be above 0"):
            smoothing_from(text)

    def test_an_amount_that_is_no_number_is_refused(self) -> None:
        with pytest.raises(UsageError, match="'x' is not a number"):
            smoothing_from("add:x")

    def test_no_name_is_used_twice(self) -> None:
        with pytest.raises(ValueError, match="two smoothings are called 'none'"):
            smoothing_table.by_name((*SMOOTHINGS, renamed(SMOOTHINGS[1], "none")))

    def test_the_smoothings_of_the_contract_are_there(self) -> None:
        assert {row.key for row in SMOOTHINGS} >= SMOOTHING_KEYS

    @every_smoothing
    def test_help_names_it(self, run: Callable, smoothing: Smoothing) -> None:
        assert smoothing.key in run("-h").stdout.partition("--smooth")[2].partition("--base")[0]


class TestFormats:
    def test_the_formats_of_the_contract_are_there(self) -> None:
        assert set(FORMATS) >= {"table", "plain", "csv", "tsv", "json", "jsonl", "markdown"}
        assert set(OF_GATES) == {"github", "junit"}
        assert {*FORMATS, *OF_GATES} >= SELF_CONTAINED

    @pytest.mark.parametrize("name", FORMATS)
    def test_every_format_has_a_module_that_renders(self, name: str) -> None:
        module = import_module(f"kldiv_cli.renderers.{FORMATS[name]}")
        assert len(inspect.signature(module.render).parameters) == 4
        assert inspect.getdoc(module.render)

    @pytest.mark.parametrize("name", FORMATS)
    def test_help_names_it(self, run: Callable, name: str) -> None:
        assert name in run("-h").stdout.partition("--output-format")[2].partition("-o, --output")[0]

    @pytest.mark.parametrize("name", FORMATS)
    def test_the_error_on_a_wrong_format_names_it(self, run: Callable, name: str) -> None:
        assert name in run("0.5,0.5", "0.4,0.6", "-f", "pdf").stderr.split()
