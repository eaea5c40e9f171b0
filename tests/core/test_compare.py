"""One pair of columns: which pair each measure reads, statuses, units, and what is said."""

from __future__ import annotations

import math
import weakref
from fractions import Fraction

import numpy as np
import pytest

from kldiv_cli.core import compare, term_totals
from kldiv_cli.core.compare import Column, compare_all, compare_columns
from kldiv_cli.core.compensated import total
from kldiv_cli.core.distribution import MassPair, Support, normalised
from kldiv_cli.core.measures import MEASURES, View, chosen, measure_named
from kldiv_cli.core.model import Settings
from kldiv_cli.core.moments import moments_of
from kldiv_cli.core.summary import NumericSummary, numeric_summary, put_in_order
from kldiv_cli.core.views import ColumnPair, Views
from kldiv_cli.errors import InputError, UsageError
from tests.core.reference import pair_of
from tests.strategies import labels_counted

E = math.e
every_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)


def numbers(rows, **of_column):
    rows = np.asarray(rows, dtype=np.float64)
    return Column("numbers", "samples", numeric_summary(rows, of_column.pop("weights", None)), **of_column)


def instants(rows):
    return Column("instants", "samples", numeric_summary(np.asarray(rows, dtype=np.float64), instants=True))


def letters(text, order=None):
    names = sorted(set(text) - {"?"})
    summary = labels_counted([names.index(letter) if letter != "?" else -1 for letter in text], names)
    return Column("letters", "samples", put_in_order(summary, order) if order else summary)


def masses(values, kind="counts"):
    values = np.asarray(values, dtype=np.float64)
    return Column(kind, kind, NumericSummary(np.arange(values.size, dtype=np.float64), values, float(values.sum())))


def compared(p, q, *measures, **settings):
    return compare_columns(p, q, Settings(**settings), chosen(measures, ("all",)))


def value_of(comparison, key, direction=None):
    return comparison.estimate(key, direction).value


CARD = masses([0.5, 0.3, 0.2], "probabilities"), masses([0.1, 0.4, 0.5], "probabilities")
RNG = np.random.default_rng(11)
NORMAL, SHIFTED = RNG.normal(0, 1, 977), RNG.normal(0.4, 1.2, 700)


@every_measure
def test_every_measure_is_told_in_each_of_its_directions(measure):
    comparison = compared(*CARD, measure.key)
    assert [e.direction for e in comparison.estimates] == list(measure.directions)
    assert {e.measure for e in comparison.estimates} == {measure.key}
    assert {e.title for e in comparison.estimates} == {measure.title}


@every_measure
def test_every_value_is_the_measure_of_the_pair_in_that_direction(measure):
    comparison = compared(*CARD, measure.key)
    pair = pair_of([0.5, 0.3, 0.2], [0.1, 0.4, 0.5])
    if measure.sample_only:
        assert [e.status for e in comparison.estimates] == ["not_applicable"]
        return
    wanted = [measure.compute(turned) for turned in (pair, pair.swapped())][: len(measure.directions)]
    assert [e.value for e in comparison.estimates] == wanted
    assert {e.status for e in comparison.estimates} == {"ok"}


@pytest.mark.parametrize("base", [E, 2.0, 10.0, 3.0])
@every_measure
def test_the_base_is_applied_once_and_only_to_information(measure, base):
    nats, other = compared(*CARD, measure.key), compared(*CARD, measure.key, base=base)
    scale = {"information": math.log(base), "root of information": math.sqrt(math.log(base))}.get(
        measure.unit.value, 1.0
    )
    name = {E: "nats", 2.0: "bits"}.get(base, f"base-{base:g}")
    unit = {"information": name, "root of information": f"sqrt({name})", "position": "data",
            "root of position": "sqrt(data)", "none": None}[measure.unit.value]  # fmt: skip
    for one, two in zip(nats.estimates, other.estimates, strict=True):
        assert two.unit == unit
        if one.value is not None:
            assert two.value == pytest.approx(one.value / scale, rel=1e-15)
        assert (two.maximum is None) == math.isinf(measure.maximum)
        if two.maximum is not None:
            assert two.maximum == pytest.approx(measure.maximum / scale, rel=1e-15)


def test_js_of_disjoint_sides_is_one_bit_and_its_distance_one_root_bit():
    comparison = compared(masses([1, 0]), masses([0, 1]), "js", "js-distance", base=2.0)
    assert [e.value for e in comparison.estimates] == [1.0, 1.0]
    assert [e.maximum for e in comparison.estimates] == [1.0, 1.0]


def test_instants_are_told_in_days():
    day = 86_400.0
    comparison = compared(instants([0, day]), instants([3 * day, 4 * day]), "w1", "w2", "energy", "w1-scaled")
    assert [(e.measure, e.unit) for e in comparison.estimates] == [
        ("w1", "days"), ("w2", "days"), ("energy", "sqrt(days)"), ("w1-scaled", None)]  # fmt: skip
    assert value_of(comparison, "w1") == value_of(comparison, "w2") == 3.0
    assert value_of(comparison, "w1-scaled") == 6.0


@every_measure
def test_an_outcome_only_p_has_makes_infinite_what_the_table_says(measure):
    comparison = compared(masses([5, 3, 2]), masses([5, 5, 0]), measure.key)
    infinite = {"kl": ["p:q"], "cross-entropy": ["p:q"], "chi2": ["p:q"], "renyi": ["p:q"], "tsallis": ["p:q"],
                "jeffreys": [None], "psi": [None]}.get(measure.key, [])  # fmt: skip
    told = [e.direction for e in comparison.estimates if e.status == "infinite"]
    assert told == infinite
    for estimate in comparison.estimates:
        if estimate.status == "infinite":
            assert estimate.value == math.inf
            (note,) = estimate.notes
            assert note.code == "infinite"
            assert "Q never has 2 (20 % of P)" in note.text
            assert "-s jeffreys" in note.text


def test_an_infinite_value_of_bare_probabilities_is_offered_a_mixing():
    (note,) = (
        compared(masses([0.5, 0.5], "probabilities"), masses([1, 0], "probabilities"), "kl").estimate("kl", "p:q").notes
    )
    assert "mix:0.01" in note.text


@pytest.mark.parametrize("order", [0.5, 1.0, 2.0, math.inf])
def test_the_order_decides_whether_renyi_is_infinite(order):
    comparison = compared(masses([5, 3, 2]), masses([5, 5, 0]), "renyi", "tsallis", alpha_order=order)
    wanted = "infinite" if order >= 1 else "ok"
    assert comparison.estimate("renyi", "p:q").status == wanted
    assert comparison.estimate("tsallis", "p:q").status == wanted


def test_the_order_is_handed_to_the_measure():
    comparison = compared(*CARD, "renyi", alpha_order=1.0)
    assert value_of(comparison, "renyi", "p:q") == pytest.approx(0.535156, abs=5e-7)


def test_a_value_beyond_float64_is_undefined_not_infinite():
    estimate = compared(masses([0.5, 0.5], "probabilities"), masses([5e-324, 1], "probabilities"), "chi2").estimate(
        "chi2", "p:q"
    )
    assert (estimate.status, estimate.value) == ("undefined", None)
    assert estimate.notes[0].code == "overflow"


def test_w1_scaled_is_undefined_where_p_is_constant():
    comparison = compared(numbers([3.0, 3.0]), numbers([1.0, 2.0]), "w1-scaled", "w1")
    estimate = comparison.estimate("w1-scaled")
    assert (estimate.status, estimate.value, estimate.notes[0].code) == ("undefined", None, "constant")
    assert value_of(comparison, "w1") == 1.5


@pytest.mark.parametrize("measure", [m for m in MEASURES if m.needs_positions], ids=lambda m: m.key)
def test_distances_do_not_apply_to_labels_without_an_order(measure):
    estimate = compared(letters("aab"), letters("abb"), measure.key).estimate(measure.key)
    assert (estimate.status, estimate.value) == ("not_applicable", None)
    assert estimate.notes[0].code == "nominal"
    assert "--order" in estimate.notes[0].text


@pytest.mark.parametrize("measure", [m for m in MEASURES if m.needs_positions], ids=lambda m: m.key)
def test_distances_apply_to_labels_in_order(measure):
    order = ("a", "b", "c")
    estimate = compared(letters("aab", order), letters("abc", order), measure.key).estimate(measure.key)
    assert estimate.status == "ok"
    assert estimate.value == measure.compute(pair_of([2, 1, 0], [1, 1, 1]))


def test_transport_reads_the_exact_sample_and_information_the_bins():
    comparison = compared(numbers(NORMAL), numbers(SHIFTED), "kl", "w1", smoothing="jeffreys")
    from scipy.stats import wasserstein_distance

    assert comparison.support.kind == "bins"
    assert comparison.support.size == 16
    assert comparison.support.rule == "16 bins, equal-frequency on P"
    assert (comparison.support.edges[0], comparison.support.edges[-1]) == (None, None)
    assert value_of(comparison, "w1") == pytest.approx(wasserstein_distance(NORMAL, SHIFTED), rel=1e-12)


def test_psi_has_deciles_of_p_and_says_so():
    estimate = compared(numbers(NORMAL), numbers(SHIFTED), "psi").estimate("psi")
    ordered = np.sort(NORMAL)
    inner = [ordered[-(-i * 977 // 10) - 1] for i in range(1, 10)]
    assert estimate.support.edges == (None, *inner, None)
    assert estimate.support.size == 10
    p, q = (np.histogram(np.searchsorted(inner, rows), np.arange(11))[0] / rows.size for rows in (NORMAL, SHIFTED))
    assert estimate.value == pytest.approx(float((p - q) @ np.log(p / q)), rel=1e-12)


@pytest.mark.parametrize("bins", ["quantile:4", "width:4", "-1,0,1"])
def test_psi_takes_the_bins_that_were_asked_for(bins):
    comparison = compared(numbers(NORMAL), numbers(SHIFTED), "psi", "jeffreys", bins=bins)
    psi, jeffreys = comparison.estimates
    assert psi.support is None
    assert psi.value == jeffreys.value
    assert comparison.support.size == 4


def test_psi_of_labels_and_of_masses_is_jeffreys():
    for sides in (CARD, (letters("aabbc"), letters("abbcc"))):
        psi, jeffreys = compared(*sides, "psi", "jeffreys").estimates
        assert psi.value == jeffreys.value
        assert psi.support is None


def test_bins_do_not_depend_on_q():
    one, other = (compared(numbers(NORMAL), numbers(rows), "js") for rows in (SHIFTED, SHIFTED * 100 + 7))
    assert one.support.edges == other.support.edges


def test_values_of_q_that_p_never_had_are_outcomes_of_their_own():
    comparison = compared(numbers([1, 1, 2, 2]), numbers([2, 7, 7, 7]), "js", "kl")
    assert (comparison.support.kind, comparison.support.size) == ("values", 3)
    assert (comparison.support.only_p, comparison.support.only_q) == (0.5, 0.75)
    assert [c.outcome for c in comparison.contributions] == [1.0, 2.0, 7.0]


def test_missing_is_the_difference_of_missing_rates_where_there_are_rows():
    comparison = compared(numbers([1, 2, np.nan, np.nan]), numbers([1, 2, 3, np.nan, np.inf]), "missing")
    assert value_of(comparison, "missing") == pytest.approx(0.5 - 0.2, rel=1e-15)
    assert (comparison.p.missing, comparison.q.missing, comparison.q.non_finite) == (2, 1, 1)
    assert value_of(compared(letters("a??"), letters("ab"), "missing"), "missing") == pytest.approx(2 / 3, rel=1e-15)


def test_missing_is_not_smoothed():
    sides = numbers([1, 2, np.nan]), numbers([1, 2, 3])
    assert value_of(compared(*sides, "missing", smoothing="laplace"), "missing") == pytest.approx(1 / 3, rel=1e-15)


def test_missing_does_not_apply_to_masses():
    estimate = compared(*CARD, "missing").estimate("missing")
    assert (estimate.status, estimate.notes[0].code) == ("not_applicable", "masses")


def test_a_side_without_values_leaves_only_the_missing_rate():
    comparison = compared(numbers([np.nan, np.nan]), numbers([1.0, 2.0, np.nan]))
    assert comparison.support is None
    assert comparison.contributions is None
    assert comparison.notes[0].code == "no-values"
    assert "P has no value" in comparison.notes[0].text
    for estimate in comparison.estimates:
        if estimate.measure == "missing":
            assert estimate.value == pytest.approx(2 / 3, rel=1e-15)
        else:
            assert (estimate.status, estimate.value) == ("undefined", None)


@pytest.mark.parametrize("base", [E, 2.0])
@pytest.mark.parametrize("smoothing", ["none", "jeffreys"])
def test_contributions_sum_to_the_measures(base, smoothing):
    comparison = compared(masses([50, 30, 20, 1]), masses([10, 40, 50, 3]), "js", "kl", base=base, smoothing=smoothing)
    parts = comparison.contributions
    assert math.fsum(parts.js) == pytest.approx(value_of(comparison, "js"), rel=1e-14)
    assert math.fsum(parts.kl) == pytest.approx(value_of(comparison, "kl", "p:q"), rel=1e-13)
    assert math.fsum(parts.kl_reversed) == pytest.approx(value_of(comparison, "kl", "q:p"), rel=1e-13)
    assert (parts.js >= 0).all()
    assert len(parts) == 4
    assert parts.largest(2) == sorted(range(4), key=lambda i: -parts.js[i])[:2]


def test_contributions_of_zeros_are_finite_or_infinite_as_the_measure():
    comparison = compared(masses([1, 1, 0, 0]), masses([0, 1, 1, 0]), "js", "kl")
    parts = comparison.contributions
    assert parts.kl.tolist() == [math.inf, 0.0, 0.0, 0.0]
    assert parts.kl_reversed.tolist() == [0.0, 0.0, math.inf, 0.0]
    assert math.fsum(parts.js) == pytest.approx(value_of(comparison, "js"), rel=1e-15)


def test_equal_sides_contribute_plain_zeros():
    parts = compared(masses([1, 2, 0]), masses([10, 20, 0]), "js").contributions
    for array in (parts.js, parts.kl, parts.kl_reversed):
        assert [math.copysign(1.0, value) for value in array] == [1.0, 1.0, 1.0]
        assert not array.any()


def test_smoothing_touches_information_not_transport():
    plain = compared(masses([5, 5, 0]), masses([1, 4, 5]))
    smooth = compared(masses([5, 5, 0]), masses([1, 4, 5]), smoothing="laplace")
    for before, after in zip(plain.estimates, smooth.estimates, strict=True):
        row = measure_named(before.measure)
        reads_smoothed = row.view in (View.SMOOTHED, View.DECILES)
        assert (before.value != after.value) == (reads_smoothed and before.value is not None), row.key
    assert [note.code for note in smooth.notes].count("smoothed") == 1
    assert "smoothed" not in [note.code for note in plain.notes]


def test_smoothing_that_needs_counts_refuses_probabilities():
    with pytest.raises(UsageError, match=r"Laplace smoothing needs counts, and P and Q holds? bare probabilities"):
        compared(*CARD, "kl", smoothing="laplace")


def test_masses_that_vanish_are_refused_with_the_labels_of_the_operands():
    with pytest.raises(InputError, match="counts against counts: `p` holds a mass"):
        compared(masses([1e308, 1e-300]), masses([1, 1]), "kl")


def test_sides_are_described():
    comparison = compared(numbers([1, 2, 2, np.nan]), masses([0.5, 0.5], "probabilities"), "js")
    assert (comparison.p.n, comparison.q.n) == (3.0, None)
    assert comparison.p.mean == pytest.approx(5 / 3, rel=1e-15)
    assert comparison.p.standard_deviation == pytest.approx(math.sqrt(2) / 3, rel=1e-14)
    quantiles = dict(comparison.p.quantiles)
    assert (quantiles[0.0], quantiles[0.5], quantiles[1.0]) == (1.0, 2.0, 2.0)


def test_a_number_that_was_not_asked_for_is_not_there():
    with pytest.raises(KeyError, match="hellinger"):
        compared(*CARD, "kl").estimate("hellinger")


def test_equal_distributions_are_said_to_be_equal():
    comparison = compared(numbers(NORMAL), numbers(NORMAL[::-1]))
    assert comparison.notes[0].text == "P and Q are equal."
    for estimate in comparison.estimates:
        row = measure_named(estimate.measure)
        assert estimate.value == 0.0 or not row.least_is_zero, row.key


@pytest.mark.parametrize("kind", ["samples", "counts", "probabilities"])
def test_the_same_masses_give_the_same_bits_whatever_they_came_as(kind):
    p, q = np.repeat([0.0, 1.0, 2.0], [5, 3, 2]), np.repeat([0.0, 1.0, 2.0], [1, 4, 5])
    sides = {
        "samples": (numbers(p), numbers(q)),
        "counts": (masses([5, 3, 2]), masses([1, 4, 5])),
        "probabilities": CARD,
    }[kind]
    comparison = compared(*sides, "kl", "js", "w1", "ks")
    wanted = compared(masses([5, 3, 2]), masses([1, 4, 5]), "kl", "js", "w1", "ks")
    for one, other in zip(comparison.estimates, wanted.estimates, strict=True):
        assert one.value == pytest.approx(other.value, rel=0 if kind != "probabilities" else 4e-16, abs=0)


class TestColumnsTogether:
    """Columns of a table are computed in one array; that changes no digit."""

    @pytest.mark.parametrize("smoothing", ["none", "jeffreys", "mix:0.1", "eps:1e-6"])
    def test_each_has_the_values_it_has_alone(self, smoothing):
        rng = np.random.default_rng(7)
        settings = Settings(smoothing=smoothing, floors=False)
        columns = [
            ColumnPair(f"c{number}", *(numbers(rng.normal(0.1 * side, 1.0, size).round(digits)) for side in range(2)))
            for number, (size, digits) in enumerate([(50, 0), (1_000, 3), (1_001, 8), (7, 1), (40_000, 0)])
        ]
        measures = chosen(("all",), ("all",))
        together = compare_all(columns, settings, measures)
        alone = [compare_all([column], settings, measures)[0] for column in columns]
        assert [one.estimates for one in together] == [one.estimates for one in alone]
        assert [one.js for one in together] == [one.js for one in alone]

    def test_each_is_let_go_when_it_is_compared(self, monkeypatch):
        alive: list[int] = []
        made = weakref.WeakSet()

        class Watched(Views):
            def __init__(self, *parts):
                super().__init__(*parts)
                made.add(self)

        def compared_and_counted(*parts, **how):
            found = own(*parts, **how)
            alive.append(len(made))
            return found

        own = compare._compared
        monkeypatch.setattr(compare, "Views", Watched)
        monkeypatch.setattr(compare, "_compared", compared_and_counted)
        columns = [ColumnPair(f"c{i}", numbers(NORMAL + i), numbers(SHIFTED)) for i in range(5)]
        compare_all(columns, Settings(floors=False), chosen(("js", "w1"), ("js",)))
        assert alive == [5, 4, 3, 2, 1]

    @pytest.mark.parametrize("most", [1, 40, 1 << 13])
    def test_portions_change_nothing(self, most, monkeypatch):
        columns = [ColumnPair(f"c{i}", numbers(NORMAL[: 50 * i] + i), numbers(SHIFTED)) for i in range(6)]
        measures = chosen(("js", "kl", "jeffreys", "w1"), ("js",))
        expected = compare_all(columns, Settings(), measures)
        monkeypatch.setattr(term_totals, "_TOGETHER", most)
        assert [one.estimates for one in compare_all(columns, Settings(), measures)] == [
            one.estimates for one in expected
        ]
        assert [one.column for one in expected] == [column.name for column in columns]

    def test_terms_are_of_the_smoothed_view(self):
        assert {row.view for row in MEASURES if row.terms is not None} == {View.SMOOTHED}

    def test_one_without_values_stands_beside_the_others(self):
        columns = [
            ColumnPair("full", numbers(np.arange(9.0)), numbers(np.arange(1.0, 10.0))),
            ColumnPair("empty", numbers(np.arange(9.0)), numbers(np.full(9, math.nan))),
        ]
        full, empty = compare_all(columns, Settings(), chosen(("kl",), ("kl",)))
        assert full.js is not None
        assert empty.js is None
        assert {estimate.status for estimate in empty.estimates} == {"undefined"}

    @pytest.mark.parametrize("row", [row for row in MEASURES if row.terms is not None], ids=lambda row: row.key)
    def test_terms_sum_to_the_measure(self, row):
        pair = normalised(
            MassPair(Support("nominal", 4, ("a", "b", "c", "d")), np.array([3.0, 1, 4, 1]), np.array([2.0, 7, 1, 8]))
        )
        assert total(row.terms(pair.p, pair.q, pair.difference)) == row.compute(pair) > 0.0


class TestYardstick:
    """W1 / sd is told in the standard deviation of all observations of P."""

    def test_of_a_column_that_was_cut_it_is_that_of_the_whole(self):
        values = np.arange(100.0)
        whole = numeric_summary(np.random.default_rng(3).normal(50.0, 20.0, 5_000))
        kept = whole._replace(
            values=values, counts=np.full(100, 50.0), rank_error=0.01, moments=moments_of(whole.values, whole.counts)
        )
        p, q = Column("p", "samples", kept), numbers(NORMAL)
        found = compared(p, q, "w1", "w1-scaled")
        assert value_of(found, "w1-scaled") == value_of(found, "w1") / whole.mean_and_deviation()[1]

    def test_against_bins_it_is_that_of_the_midpoints(self):
        edges = np.array([-3.0, -1.0, 1.0, 3.0])
        q = Column("q", "counts", NumericSummary(np.array([-2.0, 0.0, 2.0]), np.array([2.0, 5, 3]), 10.0, edges=edges))
        found = compared(numbers(NORMAL), q, "w1", "w1-scaled")
        below, above = np.count_nonzero(NORMAL <= -1.0), np.count_nonzero(NORMAL > 1.0)
        midpoints = np.repeat([-2.0, 0.0, 2.0], [below, NORMAL.size - below - above, above])
        assert value_of(found, "w1-scaled") == pytest.approx(value_of(found, "w1") / midpoints.std(), rel=1e-13)

    def test_it_is_undefined_where_it_is_beyond_float64(self):
        p, q = numbers([1e160, 2e160, 4e160]), numbers([1e160, 2e160, 9e160, 8e160])
        (estimate,) = compared(p, q, "w1-scaled").estimates
        assert (estimate.value, estimate.status) == (None, "undefined")

    def test_it_is_none_of_qs(self):
        p, q = numbers([1.0, 2.0, 4.0]), numbers([1e160, 2e160])
        assert value_of(compared(p, q, "w1-scaled"), "w1-scaled") > 1e159


SAMPLES = {
    "apart": (NORMAL, SHIFTED),
    "equal": (NORMAL, NORMAL.copy()),
    "ties": (NORMAL.round(1), SHIFTED.round(1)),
    "a few values": (RNG.integers(0, 3, 200), RNG.integers(0, 5, 1_000)),
    "one value": (np.full(7, 2.0), SHIFTED),
    "one row each": ([1.0], [3.0]),
    "one inside the other": ([0.0, 1.0], [0.25, 0.5, 0.75]),
    "near each other": (NORMAL, np.append(NORMAL, 0.0) * (1 + 1e-15)),
    "beyond the squares of floats": (NORMAL * 1e200, SHIFTED * 1e200),
    "beyond floats": ([-1.7e308, 1.7e308], [0.0, 1.7e308, 1.7e308]),
    "below floats": ([5e-324, 0.0], [0.0, 1e-323, 5e-324]),
    "many rows": (RNG.normal(size=40_000).round(3), RNG.normal(size=50_000).round(3)),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("measure", [row for row in MEASURES if row.of_samples is not None], ids=lambda row: row.key)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_samples_of_two_sizes_without_a_common_support_have_the_same_value_to_the_bit(measure, name, turned):
    sides = [numbers(rows) for rows in (SAMPLES[name][::-1] if turned else SAMPLES[name])]
    views = Views(*sides, Settings(), compare.smoothing_from("none"))
    assert views.samples is not None
    found, expected = measure.of_samples(*views.samples), measure.compute(views.pair(measure.view))
    assert found == expected or (math.isnan(found) and math.isnan(expected))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("p", "q"),
    [
        (RNG.normal(0, 1, 500), RNG.normal(0.1, 2, 500)),
        (RNG.normal(0, 1, 500).round(1), RNG.exponential(1, 500).round(1)),  # values occur again, less than four times
        (NORMAL, NORMAL * (1 + 1e-12)),
        ([3.0], [-5e-324]),
        (NORMAL * 1e300, NORMAL[::-1] * -1e300),
        (abs(NORMAL) * 1e306, abs(NORMAL) * -1e306),  # the sum of all distances is beyond float64
    ],
    ids=["spread", "ties", "near", "one", "far", "too far"],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_w1_of_samples_of_one_size_is_the_mean_distance_of_equal_ranks(p, q, turned):
    p, q = (q, p) if turned else (p, q)
    exact = sum(abs(Fraction(x) - Fraction(y)) for x, y in zip(sorted(p), sorted(q), strict=True)) / len(p)
    views = Views(numbers(p), numbers(q), Settings(), compare.smoothing_from("none"))
    w1 = measure_named("w1")
    rel = 2.3e-16 if exact < 1e305 else 1e-13
    assert w1.of_samples(*views.samples) == pytest.approx(float(exact), rel=rel)
    assert w1.compute(views.pair(w1.view)) == pytest.approx(float(exact), rel=1e-13)
    from_p_twice = Views(numbers([*p, *p]), numbers(q), Settings(), compare.smoothing_from("none")).samples
    assert w1.of_samples(*from_p_twice) == pytest.approx(float(exact), rel=1e-13)  # merged, for sizes differ


def test_w1_of_masses_with_a_zero_among_them_is_that_of_their_observations():
    columns = [
        Column("x", "counts", NumericSummary(np.arange(3.0), np.array(counts), 3.0))
        for counts in ([2.0, 0.0, 1.0], [1.0, 1.0, 1.0])
    ]
    w1 = measure_named("w1")
    for sides in (columns, columns[::-1]):
        views = Views(*sides, Settings(), compare.smoothing_from("none"))
        assert w1.of_samples(*views.samples) == w1.compute(views.pair(w1.view)) == 1 / 3


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (numbers([1.0, 2.0], weights=np.array([0.5, 1.0])), numbers([1.0, 3.0])),  # no whole counts
        (numbers([1.0, 2.0]), letters("abc")),
        (numbers(np.arange(70_000)), numbers([1.0])),  # too many to be merged at once
        (numbers([1.0]), masses([0.5, 0.5], "probabilities")),
        (
            numbers([1.0]),
            Column("bins", "counts", NumericSummary(np.ones(1), np.ones(1), 1.0, edges=np.array([0, 2.0]))),
        ),
        (masses([2.0**30, 1.0]), masses([2.0**30, 1.0])),  # the product of the totals is beyond 2^53
    ],
    ids=["weighted", "labels", "many", "probabilities", "bins", "large counts"],
)
def test_other_sides_are_put_on_a_support(p, q):
    assert Views(p, q, Settings(), compare.smoothing_from("none")).samples is None
