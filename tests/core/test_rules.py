"""Rules: limits as they are written, p values corrected for many tests, and what is drift, a warning or undecided."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from kldiv_cli.core.compare import compare_columns
from kldiv_cli.core.correction import CORRECTIONS, benjamini_hochberg, holm, none, require_correction
from kldiv_cli.core.model import Settings
from kldiv_cli.core.rules import (
    Gate,
    Limit,
    checked_gate,
    closest,
    default_limits,
    has_maximum,
    limit_from,
    measures_of,
    share_from,
    with_defaults,
)
from kldiv_cli.core.summary import NumericSummary, numeric_summary
from kldiv_cli.core.verdicts import VERDICTS, Judged, counted_tests, judged, worst_of
from kldiv_cli.core.views import Column
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kldiv_cli.core.model import Comparison, Rule
    from kldiv_cli.core.rules import LimitKind

ROOT_LOG_2 = math.sqrt(math.log(2))
P_VALUES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20)


def samples(rows: Sequence[float], missing: int = 0) -> Column:
    values = np.concatenate([np.asarray(rows, dtype=np.float64), np.full(missing, math.nan)])
    return Column("samples", "samples", numeric_summary(values))


def masses(values: Sequence[float], kind: str = "counts") -> Column:
    counts = np.asarray(values, dtype=np.float64)
    summary = NumericSummary(np.arange(counts.size, dtype=np.float64), counts, float(counts.sum()))
    return Column(kind, kind, summary)


def bell(rows: int, mean: float = 0.0) -> Column:
    """The quantiles of a normal law: a sample without luck."""
    law = NormalDist(mean)
    return samples([law.inv_cdf((number + 0.5) / rows) for number in range(rows)])


def item(
    p: Column, q: Column, *texts: str, kind: LimitKind = "max", column: str = "x", settings: Settings | None = None
) -> Judged:
    limits = tuple(limit_from(text, kind) for text in texts)
    return Judged(compare_columns(p, q, settings or Settings(), measures_of(limits), column), p, q, limits)


def verdict_on(p: Column, q: Column, *texts: str, kind: LimitKind = "max", **gate: object) -> Comparison:
    (comparison,) = judged([item(p, q, *texts, kind=kind)], Gate(**gate), Settings())
    return comparison


def only_rule(p: Column, q: Column, text: str, kind: LimitKind = "max", **gate: object) -> Rule:
    (rule,) = verdict_on(p, q, text, kind=kind, **gate).rules
    return rule


class TestLimitsAsTheyAreWritten:
    @pytest.mark.parametrize(
        ("text", "column", "measure", "amount", "form"),
        [
            ("js=0.1", None, "js", 0.1, "number"),
            ("js=0", None, "js", 0.0, "number"),
            ("w1=1e3", None, "w1", 1000.0, "number"),
            ("ks=.5", None, "ks", 0.5, "number"),
            ("js-distance=10%", None, "js-distance", 0.1, "share"),
            ("tv=2.5%", None, "tv", 0.025, "share"),
            ("psi=3floor", None, "psi", 3.0, "floor"),
            ("psi=1.5xfloor", None, "psi", 1.5, "floor"),
            ("psi=3*floor", None, "psi", 3.0, "floor"),
            ("JS_Distance=10%", None, "js-distance", 0.1, "share"),
            (" js = 0.1 ", None, "js", 0.1, "number"),
            ("dep_delay:w1-scaled=0.2", "dep_delay", "w1-scaled", 0.2, "number"),
            ("dep delay:js=0.2", "dep delay", "js", 0.2, "number"),
            ("*_delay:ks=0.2", "*_delay", "ks", 0.2, "number"),
            ("a:b:js=0.1", "a:b", "js", 0.1, "number"),
            ("::js=0.1", ":", "js", 0.1, "number"),
            ("a=b:js=0.1", "a=b", "js", 0.1, "number"),
            ("a=0.3:js=10%", "a=0.3", "js", 0.1, "share"),
            ("=:js=0.1", "=", "js", 0.1, "number"),
            ("js:js=0.1", "js", "js", 0.1, "number"),
            ("10%:js=10%", "10%", "js", 0.1, "share"),
        ],
    )
    def test_a_limit_is_read(self, text: str, column: str | None, measure: str, amount: float, form: str) -> None:
        limit = limit_from(text, "max")
        assert limit[:2] == ("max", measure)
        assert (limit.column, limit.amount, limit.form) == (column, pytest.approx(amount), form)

    @pytest.mark.parametrize("text", ["js=0.1", "a=b:c:js-distance=10%", "*:psi=3floor"])
    def test_a_limit_is_written_as_it_was_read(self, text: str) -> None:
        assert limit_from(text, "max").text == text

    def test_what_is_near_or_far_has_its_own_kind_of_limit(self) -> None:
        assert limit_from("overlap=0.8", "min").kind == "min"
        assert limit_from("psi=0.1", "warn-max").kind == "warn-max"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "is not MEASURE=X"),
            ("js", "is not MEASURE=X"),
            ("js=", "is not MEASURE=X"),
            ("=0.1", "is not MEASURE=X"),
            ("js>0.1", "is not MEASURE=X"),
            (":js=0.1", "names no column before the colon"),
            ("jss=0.1", "there is no measure 'jss'"),
            ("x:=0.1", "there is no measure ''"),
            ("dep_delay=0.1", "there is no measure 'dep_delay'"),
        ],
    )
    def test_what_is_no_limit_is_told(self, text: str, message: str) -> None:
        with pytest.raises(UsageError, match=message):
            limit_from(text, "max")

    @pytest.mark.parametrize(
        "amount",
        ["a lot", "-1", "-10%", "nan", "inf", "1e999", "%", "10%%", "floor", "-1floor", "xfloor", "1,5", "0x10"],
    )
    def test_an_amount_that_limits_nothing_is_told(self, amount: str) -> None:
        with pytest.raises(UsageError, match="is no limit") as told:
            limit_from(f"js={amount}", "max")
        assert told.value.remedy.startswith("--max js-distance=10%")

    @pytest.mark.parametrize("amount", ["1_0", "٣", "１"])
    def test_a_number_has_ascii_digits_alone_as_in_data(self, amount: str) -> None:
        with pytest.raises(UsageError, match="is no limit"):
            limit_from(f"js={amount}", "max")

    @pytest.mark.parametrize("measure", ["kl", "psi", "jeffreys", "chi2", "w1", "w1-scaled", "energy"])
    def test_no_share_is_taken_of_what_has_no_maximum(self, measure: str) -> None:
        with pytest.raises(UsageError, match="has no maximum that 10% could be a share of") as told:
            limit_from(f"{measure}=10%", "max")
        assert "=10%" in told.value.remedy

    @pytest.mark.parametrize("measure", ["entropy", "cross-entropy"])
    def test_what_tells_nothing_apart_has_no_limit(self, measure: str) -> None:
        with pytest.raises(UsageError, match="does not tell P from Q"):
            limit_from(f"{measure}=1", "max")

    @pytest.mark.parametrize("kind", ["max", "warn-max"])
    def test_a_similarity_has_no_maximum_that_fails(self, kind: LimitKind) -> None:
        with pytest.raises(UsageError, match=f"--{kind} on overlap: the larger, the nearer") as told:
            limit_from("overlap=0.8", kind)
        assert told.value.remedy == "--min overlap=0.8"

    def test_a_distance_has_no_minimum_that_fails(self) -> None:
        with pytest.raises(UsageError, match="--min on js: the larger, the further apart") as told:
            limit_from("js=0.1", "min")
        assert told.value.remedy == "--max js=0.1"

    @pytest.mark.parametrize(
        ("text", "share"), [("20%", 0.2), ("0.2", 0.2), (0.2, 0.2), ("0%", 0.0), ("100%", 1.0), ("2.5%", 0.025)]
    )
    def test_a_share_is_read(self, text: str | float, share: float) -> None:
        assert share_from(text, "--max-drifted") == pytest.approx(share)

    @pytest.mark.parametrize("text", ["", "%", "half", "20 percent", "20%%"])
    def test_what_is_no_share_is_told_with_its_option(self, text: str) -> None:
        with pytest.raises(UsageError, match=r"^--max-drifted .* is no share"):
            share_from(text, "--max-drifted")

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"alpha": 0.0}, "level 0.0 is not between 0 and 1"),
            ({"alpha": 1.0}, "level 1.0 is not between 0 and 1"),
            ({"alpha": math.nan}, "level nan is not between 0 and 1"),
            ({"correction": "bonferroni"}, "there is no correction 'bonferroni'"),
            ({"on_undecided": "ignore"}, "what is undecided cannot 'ignore'"),
            ({"max_drifted": 1.5}, "share 1.5 is not between 0 and 1"),
            ({"max_drifted": -0.1}, "share -0.1 is not between 0 and 1"),
            ({"max_drifted": math.nan}, "share nan is not between 0 and 1"),
        ],
    )
    def test_a_gate_that_cannot_be_held_to_is_told(self, wrong: dict, message: str) -> None:
        with pytest.raises(UsageError, match=message):
            checked_gate(Gate(**wrong))

    def test_the_default_gate_can_be_held_to(self) -> None:
        assert checked_gate(Gate()) == Gate()


class TestWhichLimitHolds:
    @staticmethod
    def held(column: str | None, *texts: str) -> list[str]:
        return [limit.text for limit in closest([limit_from(text, "max") for text in texts], column)]

    @pytest.mark.parametrize("order", [1, -1])
    def test_a_name_comes_before_a_pattern_and_a_pattern_before_all(self, order: int) -> None:
        texts = ["js=1", "dep_*:js=2", "dep_delay:js=3"][::order]
        assert self.held("dep_delay", *texts) == ["dep_delay:js=3"]
        assert self.held("dep_time", *texts) == ["dep_*:js=2"]
        assert self.held("hour", *texts) == ["js=1"]
        assert self.held(None, *texts) == ["js=1"]

    @pytest.mark.parametrize("prefix", ["", "x:", "x*:"])
    def test_of_two_as_close_the_later_holds(self, prefix: str) -> None:
        assert self.held("x", f"{prefix}js=1", f"{prefix}js=2") == [f"{prefix}js=2"]

    def test_measures_do_not_displace_each_other(self) -> None:
        assert self.held("x", "js=1", "x:ks=2", "js-distance=3") == ["js=1", "x:ks=2", "js-distance=3"]

    def test_kinds_do_not_displace_each_other(self) -> None:
        limits = [limit_from("x:psi=0.2", "max"), limit_from("psi=0.1", "warn-max")]
        assert closest(limits, "x") == tuple(limits)

    def test_a_column_called_like_a_pattern_is_named_by_itself(self) -> None:
        assert self.held("a[1]", "a[1]:js=1", "js=2") == ["a[1]:js=1"]
        assert self.held("a1", "a[1]:js=1") == ["a[1]:js=1"]
        assert self.held("*", "*:js=1", "?:js=2") == ["*:js=1"]

    def test_names_are_told_apart_by_case(self) -> None:
        assert self.held("X", "x:js=1") == []

    def test_a_limit_on_another_column_does_not_hold(self) -> None:
        assert self.held("x", "y:js=1") == []

    @pytest.mark.parametrize("kind", ["max", "warn-max"])
    def test_a_maximum_takes_the_place_of_the_default_ones(self, kind: LimitKind) -> None:
        asked = (limit_from("psi=0.1", kind),)
        assert has_maximum(asked)
        assert with_defaults(asked) == asked

    def test_a_minimum_is_held_beside_the_default_ones(self) -> None:
        asked = (limit_from("overlap=0.8", "min"),)
        assert not has_maximum(asked)
        assert with_defaults(asked) == (*default_limits(), *asked)

    def test_every_measure_that_a_limit_is_on_is_computed_once(self) -> None:
        limits = [limit_from(text, "max") for text in ("js=1", "x:js=2", "ks=3")]
        assert [measure.key for measure in measures_of(limits)] == ["js", "ks"]

    def test_a_share_is_one_of_the_maximum_in_the_unit_printed(self) -> None:
        nats, bits = (
            item(masses([5, 3]), masses([2, 6]), "js-distance=10%", settings=Settings(base=base)).comparison
            for base in (math.e, 2.0)
        )
        limit = limit_from("js-distance=10%", "max")
        assert limit.in_unit(nats.estimates[0]) == pytest.approx(0.1 * ROOT_LOG_2)
        assert limit.in_unit(bits.estimates[0]) == pytest.approx(0.1)


class TestCorrections:
    every_correction = pytest.mark.parametrize("correct", CORRECTIONS.values(), ids=CORRECTIONS)

    def test_benjamini_and_hochberg_by_hand(self) -> None:
        assert benjamini_hochberg([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02])

    def test_holm_by_hand(self) -> None:
        assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])

    def test_none_leaves_them_as_they_are(self) -> None:
        assert none([0.01, 0.04, 0.03]) == [0.01, 0.04, 0.03]

    @given(P_VALUES)
    def test_benjamini_and_hochberg_as_scipy_has_it(self, p_values: list[float]) -> None:
        assert benjamini_hochberg(p_values) == pytest.approx(false_discovery_control(p_values).tolist(), rel=1e-12)

    @given(P_VALUES)
    def test_holm_as_it_is_defined(self, p_values: list[float]) -> None:
        number, ordered = len(p_values), sorted(p_values)
        wanted = {p: max(min((number - k) * one, 1.0) for k, one in enumerate(ordered) if one <= p) for p in p_values}
        assert holm(p_values) == pytest.approx([wanted[p] for p in p_values], rel=1e-12)

    @every_correction
    @given(p_values=P_VALUES)
    def test_they_are_probabilities_no_smaller_than_before_in_the_same_order(
        self, correct: Callable, p_values: list[float]
    ) -> None:
        found = correct(p_values)
        assert all(p * (1 - 1e-15) <= adjusted <= 1.0 for p, adjusted in zip(p_values, found, strict=True))
        by_size = [adjusted for _, adjusted in sorted(zip(p_values, found, strict=True))]
        assert by_size == sorted(by_size)

    @every_correction
    @given(p_values=P_VALUES, data=st.data())
    def test_the_order_of_the_tests_changes_nothing(
        self, correct: Callable, p_values: list[float], data: st.DataObject
    ) -> None:
        places = data.draw(st.permutations(range(len(p_values))))
        found = correct(p_values)
        assert correct([p_values[place] for place in places]) == [found[place] for place in places]

    @given(P_VALUES)
    def test_holm_is_stricter_than_benjamini_and_hochberg(self, p_values: list[float]) -> None:
        for strict, lenient in zip(holm(p_values), benjamini_hochberg(p_values), strict=True):
            assert strict >= lenient * (1 - 1e-12)

    @every_correction
    def test_one_test_needs_none_and_none_need_none(self, correct: Callable) -> None:
        assert correct([0.03]) == [0.03]
        assert correct([]) == []

    def test_a_correction_that_does_not_exist_is_told_with_those_that_do(self) -> None:
        with pytest.raises(UsageError, match="there is no correction 'fdr'") as told:
            require_correction("fdr")
        assert told.value.remedy == "--correction bh | holm | none"


class TestVerdicts:
    FAR = masses([500, 300, 200]), masses([200, 300, 500])
    NOISE = masses([5, 3, 2]), masses([2, 3, 5])
    NEAR = masses([500_000, 300_000, 200_000]), masses([504_000, 300_000, 196_000])

    @pytest.mark.parametrize(
        ("kind", "failed"), [("max", "drift"), ("warn-max", "warn")], ids=["a maximum", "a warning"]
    )
    def test_beyond_a_limit_and_beyond_noise_it_fails(self, kind: LimitKind, failed: str) -> None:
        rule = only_rule(*self.FAR, "js-distance=10%", kind)
        assert (rule.verdict, rule.kind, rule.asked) == (failed, kind, "10%")
        assert rule.limit == pytest.approx(0.1 * ROOT_LOG_2)
        assert rule.value > rule.limit
        assert rule.p_adjusted < 0.01
        assert rule.n_needed is None
        assert rule.notes == ()

    @pytest.mark.parametrize("kind", ["max", "warn-max"])
    def test_beyond_a_limit_but_not_beyond_noise_it_is_undecided(self, kind: LimitKind) -> None:
        rule = only_rule(*self.NOISE, "js-distance=10%", kind)
        assert rule.verdict == "undecided"
        assert rule.n_needed > 10
        assert [note.code for note in rule.notes] == ["undecided"]

    def test_beyond_noise_but_not_beyond_a_limit_it_passes(self) -> None:
        comparison = verdict_on(*self.NEAR, "js-distance=10%")
        assert comparison.estimates[0].null.p_value < 1e-6
        assert comparison.verdict == "pass"

    def test_below_a_minimum_and_beyond_noise_it_fails(self) -> None:
        assert only_rule(*self.FAR, "overlap=0.8", "min").verdict == "drift"
        assert only_rule(*self.NOISE, "overlap=0.8", "min").verdict == "undecided"
        assert only_rule(*self.FAR, "overlap=0.6", "min").verdict == "pass"

    def test_a_limit_reached_is_not_exceeded(self) -> None:
        value = only_rule(*self.FAR, "tv=0").value
        assert only_rule(*self.FAR, f"tv={value!r}").verdict == "pass"
        assert only_rule(*self.FAR, f"tv={math.nextafter(value, 0.0)!r}").verdict == "drift"

    def test_a_warning_and_a_maximum_on_one_measure_are_two_rules_of_one_test(self) -> None:
        limits = (limit_from("tv=0.5", "max"), limit_from("tv=0.2", "warn-max"))
        one = item(*self.FAR, "tv=1")._replace(limits=limits)
        (comparison,) = judged([one], Gate(), Settings())
        assert [(rule.kind, rule.verdict) for rule in comparison.rules] == [("max", "pass"), ("warn-max", "warn")]
        assert comparison.verdict == "warn"
        assert counted_tests([one]) == 1

    @pytest.mark.parametrize("measure", ["kl", "renyi", "chi2", "skew-kl"])
    def test_a_directed_measure_means_its_worse_direction(self, measure: str) -> None:
        p, q = masses([900, 100]), masses([500, 500])
        values = {e.direction: e.value for e in item(p, q, f"{measure}=0").comparison.estimates}
        worse = max(values, key=lambda direction: values[direction])
        between = sum(values.values()) / 2
        for one, other, direction in ((p, q, worse), (q, p, {"p:q": "q:p", "q:p": "p:q"}[worse])):
            rule = only_rule(one, other, f"{measure}={between}")
            assert (rule.verdict, rule.direction) == ("drift", direction)
            assert rule.value == pytest.approx(values[worse])

    def test_kl_that_only_q_from_p_exceeds_fails(self) -> None:
        rule = only_rule(masses([900, 100]), masses([500, 500]), "kl=0.45")
        assert (rule.direction, rule.verdict) == ("q:p", "drift")
        assert rule.value == pytest.approx(0.5 * math.log(5 / 9) + 0.5 * math.log(5))

    def test_kl_that_is_infinite_one_way_only_fails(self) -> None:
        rule = only_rule(masses([600, 400, 0]), masses([500, 300, 200]), "kl=1")
        assert (rule.direction, rule.value, rule.verdict) == ("q:p", math.inf, "drift")

    def test_one_new_label_makes_kl_infinite_and_no_drift(self) -> None:
        rule = only_rule(masses([600, 400, 0]), masses([600, 399, 1]), "kl=1")
        assert (rule.value, rule.verdict, rule.n_needed) == (math.inf, "undecided", None)

    @pytest.mark.parametrize(
        ("on_undecided", "kind", "verdict"),
        [
            ("pass", "max", "undecided"),
            ("warn", "max", "warn"),
            ("fail", "max", "drift"),
            ("pass", "warn-max", "undecided"),
            ("warn", "warn-max", "warn"),
            ("fail", "warn-max", "warn"),
        ],
    )
    def test_what_is_undecided_is_what_was_asked_for(self, on_undecided: str, kind: LimitKind, verdict: str) -> None:
        rule = only_rule(*self.NOISE, "js-distance=10%", kind, on_undecided=on_undecided)
        assert rule.verdict == verdict
        assert [note.code for note in rule.notes] == ["undecided"]

    def test_what_is_undecided_passes_no_other_rule(self) -> None:
        assert only_rule(*self.FAR, "js-distance=10%", on_undecided="warn").verdict == "drift"
        assert only_rule(*self.NOISE, "js-distance=90%", on_undecided="fail").verdict == "pass"

    def test_bare_probabilities_are_judged_by_the_limit_alone(self) -> None:
        p, q = masses([0.5, 0.5], "probabilities"), masses([0.9, 0.1], "probabilities")
        over, under = only_rule(p, q, "tv=0.3"), only_rule(p, q, "tv=0.5")
        assert (over.verdict, under.verdict) == ("drift", "pass")
        assert {over.p_value, over.p_adjusted, over.method, under.p_value} == {None}

    def test_probabilities_against_counts_have_noise(self) -> None:
        fair = masses([0.5, 0.5], "probabilities")
        assert only_rule(masses([9, 5]), fair, "tv=0.1").verdict == "undecided"
        assert only_rule(masses([900, 500]), fair, "tv=0.1").verdict == "drift"

    def test_a_value_that_cannot_be_told_is_undecided_and_says_so(self) -> None:
        rule = only_rule(samples([1.0] * 50), samples(range(50)), "w1-scaled=0.2")
        assert (rule.value, rule.verdict) == (None, "undecided")
        assert [note.code for note in rule.notes][-1] == "undecided"
        assert "has no value here" in rule.notes[-1].text

    def test_the_worst_rule_is_the_verdict_of_a_column(self) -> None:
        comparison = verdict_on(*self.FAR, "js=10", "tv=0.1", "ks=0.9")
        assert [rule.verdict for rule in comparison.rules] == ["pass", "drift", "pass"]
        assert comparison.verdict == "drift"

    def test_verdicts_are_ordered_from_best_to_worst(self) -> None:
        assert VERDICTS == ("pass", "undecided", "warn", "drift")
        assert worst_of(["pass", "warn", "undecided"]) == "warn"
        assert worst_of([]) is None


class TestFloors:
    def test_so_many_floors_are_a_limit_in_the_unit(self) -> None:
        p, q = masses([500, 300, 200]), masses([400, 300, 300])
        comparison = verdict_on(p, q, "js=3floor")
        floor = comparison.estimates[0].null.floor
        assert comparison.rules[0].limit == pytest.approx(3 * floor)
        assert comparison.verdict == "drift"
        assert verdict_on(p, q, "js=1000floor").verdict == "pass"

    def test_the_floor_is_one_of_the_base_that_is_printed(self) -> None:
        settings = Settings(base=2.0)
        (bits,) = judged([item(*TestVerdicts.FAR, "js=3floor", settings=settings)], Gate(), settings)
        nats = only_rule(*TestVerdicts.FAR, "js=3floor")
        assert bits.rules[0].limit == pytest.approx(nats.limit / math.log(2))
        assert bits.rules[0].unit == "bits"

    def test_what_did_not_change_is_below_its_floor(self) -> None:
        assert only_rule(masses([500, 300]), masses([500, 300]), "js=1floor").verdict == "pass"

    def test_a_floor_of_nothing_is_a_limit_of_nothing(self) -> None:
        alike = samples([7.0] * 40)
        rule = only_rule(alike, alike, "js=3floor")
        assert (rule.limit, rule.value, rule.verdict) == (0.0, 0.0, "pass")

    @pytest.mark.parametrize(("on_undecided", "verdict"), [("pass", "undecided"), ("fail", "drift")])
    def test_a_multiple_of_an_infinite_floor_is_no_limit(self, on_undecided: str, verdict: str) -> None:
        p = masses([1] * 40)
        comparison = verdict_on(p, p, "kl=3floor", on_undecided=on_undecided)
        assert comparison.estimates[0].null.floor_infinite
        (rule,) = comparison.rules
        assert (rule.limit, rule.verdict, rule.n_needed) == (None, verdict, None)
        assert "floor is infinite" in rule.notes[-1].text

    def test_a_multiple_of_a_floor_that_is_not_known_is_no_limit(self) -> None:
        p, q = masses([0.5, 0.5], "probabilities"), masses([0.9, 0.1], "probabilities")
        rule = only_rule(p, q, "tv=3floor")
        assert (rule.limit, rule.verdict) == (None, "undecided")

    def test_a_finite_limit_needs_no_finite_floor(self) -> None:
        p = masses([1] * 40)
        assert only_rule(p, p, "kl=0.1").verdict == "pass"


class TestRowsThatWouldDecide:
    """The number of rows that an undecided rule asks for does decide, and is no wild exaggeration."""

    SHARES = np.array([10, 6, 4]), np.array([7, 6, 7])
    COUNTED = ("js-distance", "js", "kl", "psi", "tv", "hellinger", "chi2", "overlap")
    SAMPLED = ("js-distance", "psi", "ks", "w1", "w1-scaled", "energy", "cvm", "kuiper")

    def counted(self, rows: float, measure: str) -> Rule:
        """The same shares, of at least so many rows."""
        times = math.ceil(rows / 20)
        kind: LimitKind = "min" if measure == "overlap" else "max"
        p, q = (masses(side * times) for side in self.SHARES)
        return only_rule(p, q, f"{measure}={'1' if kind == 'min' else '0'}", kind)

    @pytest.mark.parametrize("measure", COUNTED)
    def test_of_counts_they_decide(self, measure: str) -> None:
        rule = self.counted(40, measure)
        assert rule.verdict == "undecided"
        assert rule.n_needed > 40
        assert self.counted(rule.n_needed, measure).verdict == "drift"

    @pytest.mark.parametrize("measure", COUNTED)
    def test_of_counts_a_third_of_them_does_not(self, measure: str) -> None:
        needed = self.counted(40, measure).n_needed
        assert self.counted(needed / 3, measure).verdict == "undecided"

    @pytest.mark.parametrize("measure", SAMPLED)
    def test_of_samples_they_decide(self, measure: str) -> None:
        rule = only_rule(bell(60), bell(60, 0.3), f"{measure}=0")
        assert rule.verdict == "undecided"
        rows = math.ceil(rule.n_needed)
        assert only_rule(bell(rows), bell(rows, 0.3), f"{measure}=0").verdict == "drift"

    @pytest.mark.parametrize("measure", SAMPLED)
    def test_of_samples_a_third_of_them_does_not(self, measure: str) -> None:
        rows = math.ceil(only_rule(bell(60), bell(60, 0.3), f"{measure}=0").n_needed / 3)
        assert only_rule(bell(rows), bell(rows, 0.3), f"{measure}=0").verdict == "undecided"

    def test_of_missing_rates_they_decide(self) -> None:
        def rule(rows: int) -> Rule:
            p, q = (samples([1.0] * (rows - absent), absent) for absent in (rows // 20, 3 * rows // 20))
            return only_rule(p, q, "missing=0.0999")

        few = rule(40)
        assert few.verdict == "undecided"
        rows = 20 * math.ceil(few.n_needed / 20)
        assert rule(rows).verdict == "drift"
        assert rule(20 * (rows // 60)).verdict == "undecided"

    @pytest.mark.parametrize("measure", [name for name in COUNTED if name not in ("overlap", "kl", "psi", "chi2")])
    def test_they_decide_of_all_that_is_over_the_limit(self, measure: str) -> None:
        """Rows that would decide a value are too few for one that falls towards the limit, as values of noise do."""
        p, far, near = ([5, 5], [2, 8], [35, 65])

        def rule(q: Sequence[int], rows: float, limit: float) -> Rule:
            times = [math.ceil(rows / sum(side)) for side in (p, q)]
            return only_rule(
                *(masses([n * t for n in side]) for side, t in zip((p, q), times, strict=True)), f"{measure}={limit!r}"
            )

        limit = 0.99 * only_rule(masses(p), masses(near), f"{measure}=0").value
        few = rule(far, 10, limit)
        assert few.verdict == "undecided"
        assert rule(near, few.n_needed, limit).verdict == "drift"
        assert rule(near, few.n_needed / 4, limit).verdict == "undecided"

    @pytest.mark.parametrize("measure", ["js-distance", "tv", "ks", "w1", "psi"])
    def test_they_are_more_than_there_are(self, measure: str) -> None:
        """What is one of many tests may be undecided though its own p value would be enough for few rows."""
        table = [item(bell(60), bell(60, 0.5), f"{measure}=0", column=f"x{number}") for number in range(30)]
        for comparison in judged(table, Gate(alpha=1e-7), Settings()):
            (rule,) = comparison.rules
            assert rule.verdict == "undecided"
            assert rule.n_needed is None or rule.n_needed > 60


class TestManyTests:
    STRONG, LUCKY, EQUAL = (500, 500, 200, 800), (500, 500, 555, 445), (500, 500, 500, 500)

    def table(self, *rows: tuple[int, int, int, int]) -> list[Judged]:
        """A column a row: the counts of two outcomes in P and in Q. LUCKY has a p value of 0.014."""
        pairs = [(masses(row[:2]), masses(row[2:])) for row in rows]
        return [item(*pair, "tv=0.04", column=f"x{number}") for number, pair in enumerate(pairs)]

    @pytest.mark.parametrize(("correction", "verdict"), [("bh", "undecided"), ("holm", "undecided"), ("none", "drift")])
    def test_what_is_significant_alone_is_not_among_fifty(self, correction: str, verdict: str) -> None:
        gate = Gate(alpha=0.05, correction=correction)
        assert judged(self.table(self.LUCKY), gate, Settings())[0].verdict == "drift"
        assert judged(self.table(self.LUCKY, *[self.EQUAL] * 49), gate, Settings())[0].verdict == verdict

    @pytest.mark.parametrize("correction", CORRECTIONS)
    def test_one_drifted_column_is_found_among_forty_nine(self, correction: str) -> None:
        found = judged(self.table(self.STRONG, *[self.EQUAL] * 49), Gate(correction=correction), Settings())
        assert [c.verdict for c in found] == ["drift"] + ["pass"] * 49

    def test_false_alarms_are_a_share_of_all_alarms(self) -> None:
        table = self.table(*[self.STRONG] * 20, self.LUCKY, *[self.EQUAL] * 8)
        lenient, strict = (judged(table, Gate(alpha=0.05, correction=name), Settings()) for name in ("bh", "holm"))
        assert [c.verdict for c in lenient].count("drift") == 21
        assert [c.verdict for c in strict].count("drift") == 20

    def test_values_corrected_are_those_of_the_correction(self) -> None:
        table = self.table(self.STRONG, self.LUCKY, self.STRONG, self.LUCKY, self.EQUAL)
        for name, correct in CORRECTIONS.items():
            rules = [c.rules[0] for c in judged(table, Gate(correction=name), Settings())]
            wanted = correct([rule.p_value for rule in rules])
            assert [rule.p_adjusted for rule in rules] == pytest.approx(wanted)

    def test_a_test_that_could_find_nothing_is_not_counted(self) -> None:
        whole, gappy = samples(range(100)), samples(range(100), 10)
        assert counted_tests([item(whole, whole, "missing=0.05")]) == 0
        assert counted_tests([item(whole, gappy, "missing=0.05"), item(whole, whole, "js=1")]) == 2

    def test_the_level_is_the_one_asked_for(self) -> None:
        p, q = masses(self.LUCKY[:2]), masses(self.LUCKY[2:])
        assert only_rule(p, q, "tv=0.04", alpha=0.05).verdict == "drift"
        assert only_rule(p, q, "tv=0.04", alpha=0.01).verdict == "undecided"

    def test_the_same_seed_gives_the_same_verdicts(self) -> None:
        table = self.table(self.STRONG, *[self.LUCKY] * 5)
        first, second = (judged(table, Gate(), Settings(seed=3)) for _ in range(2))
        assert [c.rules for c in first] == [c.rules for c in second]


def test_a_limit_names_a_column_by_name_or_pattern() -> None:
    limit = Limit("max", "js", "dep_*", 0.1, "number", "0.1")
    assert [limit.names(name) for name in ("dep_delay", "dep_*", "arr_delay", None)] == [True, True, False, False]
    assert Limit("max", "js", None, 0.1, "number", "0.1").names(None)
