"""What must hold of every row of the measure table, and between the rows.

Every test is parametrised over MEASURES, or over the rows that declare the property: a new row brings its tests.
"""

from __future__ import annotations

import math
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from kldiv_cli.core.distribution import MassPair, Support, normalised
from kldiv_cli.core.measures import MEASURES, measure_named
from kldiv_cli.core.measures.information import (
    cross_entropy,
    entropy,
    jeffreys_divergence,
    js_distance,
    js_divergence,
    kl_divergence,
)
from kldiv_cli.core.measures.overlap import (
    bhattacharyya_distance,
    chi_square_divergence,
    hellinger_distance,
    overlap_coefficient,
    total_variation,
)
from kldiv_cli.core.measures.power import renyi_divergence, tsallis_divergence
from kldiv_cli.core.measures.transport import kolmogorov_smirnov, kuiper, wasserstein_1, wasserstein_2
from kldiv_cli.core.summary import numeric_summary
from kldiv_cli.core.support import by_value
from tests.core.reference import pair_of
from tests.strategies import any_counts, mass_pairs, pairs

CLOSE = 1e-12
"""Relative: inequalities between values that are themselves right to a few 1e-16."""
TINY = 1e-300
ORDERS = (0.0, 0.1, 0.5, 1 - 1e-12, 1.0, 1 + 1e-8, 2.0, 10.0, math.inf)
ASYMMETRIC = pair_of([5, 3, 2], [1, 4, 5], [0.0, 1.0, 5.0])

quick = settings(
    deadline=None, max_examples=10, derandomize=True, phases=(Phase.explicit, Phase.generate, Phase.shrink)
)


def rows(condition):
    """Parametrise over the rows of which the condition holds."""
    return pytest.mark.parametrize(
        "measure", [measure for measure in MEASURES if condition(measure)], ids=lambda measure: measure.key
    )


every_measure = rows(lambda measure: True)
every_zero_measure = rows(lambda measure: measure.least_is_zero)
every_metric = rows(lambda measure: measure.is_metric)
every_order_measure = rows(lambda measure: measure.takes_order)
every_label_measure = rows(lambda measure: not measure.needs_positions)
every_divergence_of_labels = rows(lambda measure: measure.least_is_zero and not measure.needs_positions)


def at_most(small, large, tolerance=CLOSE):
    """Whether small <= large, but for rounding."""
    return small <= large * (1 + tolerance) + TINY


def same(one, other, tolerance=CLOSE):
    """Whether both are equal but for rounding; inf equals inf, NaN NaN."""
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return one == other or abs(one - other) <= tolerance * max(abs(one), abs(other)) + TINY


def is_constant(pmf):
    return np.count_nonzero(pmf) == 1


@every_measure
@quick
@given(pair=pairs())
def test_stays_within_its_declared_range(measure, pair):
    value = measure.compute(pair)
    if math.isnan(value):
        assert measure.key == "w1-scaled"
        assert is_constant(pair.p)
    else:
        assert 0.0 <= value <= measure.maximum * (1 + 1e-15)
        assert math.copysign(1.0, value) == 1.0, "minus zero"


@every_measure
@quick
@given(pair=pairs())
def test_is_symmetric_where_declared(measure, pair):
    there, back = measure.compute(pair), measure.compute(pair.swapped())
    assert not measure.symmetric or same(there, back, 1e-13)


@every_measure
def test_is_symmetric_exactly_when_declared(measure):
    there, back = measure.compute(ASYMMETRIC), measure.compute(ASYMMETRIC.swapped())
    assert same(there, back, 1e-13) == measure.symmetric


@every_measure
@quick
@given(drawn=mass_pairs())
def test_swapping_the_pair_is_swapping_the_masses(measure, drawn):
    positions, p, q = drawn
    assert same(measure.compute(pair_of(p, q, positions).swapped()), measure.compute(pair_of(q, p, positions)), 1e-14)


@every_zero_measure
@quick
@given(drawn=mass_pairs(), scale=st.integers(1, 1000))
def test_is_zero_on_equality_to_the_last_bit(measure, drawn, scale):
    positions, p, _ = drawn
    value = measure.compute(pair_of(p, p * scale, positions))
    assert value == 0.0 or (math.isnan(value) and is_constant(p) and measure.key == "w1-scaled")


@every_zero_measure
@quick
@given(drawn=mass_pairs())
def test_is_above_zero_unless_equal(measure, drawn):
    positions, p, q = drawn
    pair = pair_of(p, q, positions)
    assume(pair.difference.any())
    value = measure.compute(pair)
    assert value > 0.0 or (math.isnan(value) and is_constant(p) and measure.key == "w1-scaled")


@every_order_measure
@pytest.mark.parametrize("order", ORDERS)
@settings(quick, max_examples=6)
@given(drawn=mass_pairs())
def test_every_order_is_zero_on_equality_and_never_below(measure, order, drawn):
    positions, p, q = drawn
    assert measure.compute(pair_of(p, p * 7, positions), order=order) == 0.0
    with np.errstate(over="ignore"):
        value = measure.compute(pair_of(p, q, positions), order=order)
    assert value >= 0.0
    assert math.copysign(1.0, value) == 1.0, "minus zero"


@every_label_measure
@quick
@given(drawn=mass_pairs(), data=st.data())
def test_the_order_of_outcomes_does_not_change_a_bit(measure, drawn, data):
    _, p, q = drawn
    order = data.draw(st.permutations(range(p.size)))
    assert measure.compute(pair_of(p, q)) == measure.compute(pair_of(p[order], q[order]))


@every_label_measure
def test_the_order_of_four_outcomes_does_not_change_a_bit(measure):
    """One of the four holds more than half: a form of its own in the entropies."""
    p, q = np.array([1.0, 21.0, 6.0, 34.0]), np.array([50.0, 7.0, 3.0, 11.0])
    orders = [list(order) for order in permutations(range(4))]
    assert len({measure.compute(pair_of(p[order], q[order])) for order in orders}) == 1
    assert len({measure.compute(pair_of(q[order], p[order])) for order in orders}) == 1


@every_label_measure
def test_the_order_of_many_outcomes_does_not_change_a_bit(measure):
    rng = np.random.default_rng(5)
    p, q = rng.dirichlet([1.0] * 20_000, size=2)
    order = rng.permutation(p.size)
    assert measure.compute(pair_of(p, q)) == measure.compute(pair_of(p[order], q[order]))


@every_measure
@quick
@given(data=st.data())
def test_the_order_of_rows_does_not_change_a_bit(measure, data):
    numbers = st.lists(st.integers(-3, 3).map(float) | st.floats(-1e3, 1e3), min_size=1, max_size=20)
    p, q = data.draw(numbers), data.draw(numbers)
    shuffled_p, shuffled_q = data.draw(st.permutations(p)), data.draw(st.permutations(q))

    def of(one, other):
        return measure.compute(
            pair_of_masses(by_value(numeric_summary(np.array(one)), numeric_summary(np.array(other))))
        )

    assert same(of(p, q), of(shuffled_p, shuffled_q), 0.0)


def pair_of_masses(masses):
    return pair_of(masses.p, masses.q, masses.support.positions)


@every_measure
@quick
@given(drawn=mass_pairs(), scales=st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)))
def test_the_scale_of_counts_does_not_matter(measure, drawn, scales):
    positions, p, q = drawn
    with np.errstate(over="ignore"):
        once = measure.compute(pair_of(p, q, positions))
        scaled = measure.compute(pair_of(p * scales[0], q * scales[1], positions))
    assert same(once, scaled, 1e-13)


@every_metric
@quick
@given(drawn=mass_pairs(sides=3))
def test_a_metric_keeps_the_triangle_inequality(measure, drawn):
    positions, p, q, r = drawn
    pq, qr, pr = (measure.compute(pair_of(one, other, positions)) for one, other in ((p, q), (q, r), (p, r)))
    assert at_most(pr, pq + qr)


@every_divergence_of_labels
@quick
@given(drawn=mass_pairs(least=2), data=st.data())
def test_merging_outcomes_never_increases_a_divergence(measure, drawn, data):
    """The data processing inequality."""
    _, p, q = drawn
    cells = np.array(data.draw(st.lists(st.integers(0, p.size - 2), min_size=p.size, max_size=p.size)))
    merged_p, merged_q = np.bincount(cells, p), np.bincount(cells, q)
    fine, coarse = measure.compute(pair_of(p, q)), measure.compute(pair_of(merged_p, merged_q))
    assert at_most(coarse, fine)


@every_order_measure
@pytest.mark.parametrize("order", ORDERS)
@settings(quick, max_examples=6)
@given(drawn=mass_pairs(least=2), data=st.data())
def test_merging_outcomes_never_increases_any_order(measure, order, drawn, data):
    _, p, q = drawn
    cells = np.array(data.draw(st.lists(st.integers(0, p.size - 2), min_size=p.size, max_size=p.size)))
    with np.errstate(over="ignore"):
        fine = measure.compute(pair_of(p, q), order=order)
        coarse = measure.compute(pair_of(np.bincount(cells, p), np.bincount(cells, q)), order=order)
    assert at_most(coarse, fine)


@rows(lambda measure: measure.needs_positions and measure.key not in ("ks", "kuiper", "cvm"))
def test_a_measure_on_the_line_refuses_outcomes_without_positions(measure):
    """KS, Kuiper and Cramer-von Mises read the order alone; compare refuses labels before they see them."""
    masses = np.array([1.0, 2.0])
    pair = normalised(MassPair(Support("nominal", 2, labels=("a", "b")), masses, masses))
    with pytest.raises(ValueError, match="has no positions"):
        measure.compute(pair)


@quick
@given(drawn=mass_pairs(least=2), factor=st.sampled_from([0.5, 3.0, 1e6]), shift=st.sampled_from([0.0, -7.0, 1024.0]))
@pytest.mark.parametrize(("key", "power"), [("w1", 1.0), ("w2", 1.0), ("energy", 0.5), ("w1-scaled", 0.0), ("ks", 0.0)])
def test_the_unit_of_positions_scales_transport_distances(key, power, drawn, factor, shift):
    positions, p, q = drawn
    assume(not is_constant(p))
    grid = np.round(positions * 8) / 8 + 1000.0 * np.arange(p.size)  # exact in float64 after shift and factor
    measure = measure_named(key)
    once, moved = (measure.compute(pair_of(p, q, x)) for x in (grid, (grid + shift) * factor))
    assert same(once * factor**power, moved)


@quick
@given(pair=pairs())
def test_pinsker(pair):
    """KL(P || Q) >= 2 TV(P, Q)^2, in nats."""
    assert at_most(2 * total_variation(pair) ** 2, kl_divergence(pair))


@quick
@given(pair=pairs())
def test_hellinger_and_total_variation_bound_each_other(pair):
    """H^2 <= TV <= H sqrt(2)."""
    hellinger, variation = hellinger_distance(pair), total_variation(pair)
    assert at_most(hellinger**2, variation)
    assert at_most(variation, hellinger * math.sqrt(2))


@quick
@given(pair=pairs())
def test_js_is_at_most_log_2_times_total_variation(pair):
    assert at_most(js_divergence(pair), math.log(2) * total_variation(pair))


@quick
@given(pair=pairs())
def test_js_distance_is_the_root_of_js(pair):
    assert same(js_distance(pair) ** 2, js_divergence(pair))


@quick
@given(pair=pairs())
def test_kl_is_at_most_the_logarithm_of_one_plus_chi_square(pair):
    """KL <= ln(1 + chi2) <= chi2."""
    chi2 = chi_square_divergence(pair)
    assert at_most(kl_divergence(pair), math.log1p(chi2))
    assert at_most(math.log1p(chi2), chi2)


@quick
@given(pair=pairs())
def test_renyi_does_not_decrease_in_its_order(pair):
    with np.errstate(over="ignore"):
        values = [renyi_divergence(pair, order) for order in ORDERS]
    assert all(at_most(low, high, 1e-11) for low, high in pairwise(values)), values


@pytest.mark.parametrize("order", [1e-3, 0.1, 0.25, 0.5, 0.75, 0.999])
@quick
@given(pair=pairs())
def test_renyi_is_skew_symmetric(order, pair):
    """(1 - a) D_a(P || Q) = a D_{1-a}(Q || P)."""
    here, there = renyi_divergence(pair, order), renyi_divergence(pair.swapped(), 1 - order)
    assert same((1 - order) * here, (1 - (1 - order) if order < 0.5 else order) * there, 1e-11)


@pytest.mark.parametrize("order", [0.5, 0.9, 2.0, 3.0])
@quick
@given(pair=pairs())
def test_tsallis_follows_from_renyi(order, pair):
    with np.errstate(over="ignore"):
        tsallis, renyi = tsallis_divergence(pair, order), renyi_divergence(pair, order)
    assume(renyi * (order - 1) < 700)
    assert same(tsallis, math.expm1((order - 1) * renyi) / (order - 1), 1e-11)


@quick
@given(pair=pairs())
def test_renyi_of_order_one_half_is_twice_bhattacharyya(pair):
    assert same(renyi_divergence(pair, 0.5), 2 * bhattacharyya_distance(pair))


@quick
@given(pair=pairs())
def test_renyi_and_tsallis_of_order_two_are_chi_square(pair):
    chi2 = chi_square_divergence(pair)
    with np.errstate(over="ignore"):
        assert same(tsallis_divergence(pair, 2.0), chi2)
        assert same(renyi_divergence(pair, 2.0), math.log1p(chi2))


@quick
@given(pair=pairs())
def test_cross_entropy_is_entropy_plus_kl(pair):
    """H(P, Q) = H(P) + D(P || Q)."""
    assert same(cross_entropy(pair), entropy(pair) + kl_divergence(pair))


@quick
@given(pair=pairs())
def test_jeffreys_is_kl_in_both_directions(pair):
    assert same(jeffreys_divergence(pair), kl_divergence(pair) + kl_divergence(pair.swapped()))


@quick
@given(pair=pairs())
def test_overlap_is_one_minus_total_variation(pair):
    assert abs(overlap_coefficient(pair) - (1 - total_variation(pair))) <= 4e-16


@quick
@given(pair=pairs())
def test_entropy_is_at_most_the_logarithm_of_the_number_of_outcomes(pair):
    assert at_most(entropy(pair), math.log(np.count_nonzero(pair.p)) if not is_constant(pair.p) else 0.0, 1e-15)


@quick
@given(pair=pairs())
def test_transport_and_rank_distances_bound_each_other(pair):
    """KS <= Kuiper <= 2 KS, KS <= TV, W1 <= W2, W1 <= TV * range."""
    assert at_most(kolmogorov_smirnov(pair), kuiper(pair))
    assert at_most(kuiper(pair), 2 * kolmogorov_smirnov(pair))
    assert at_most(kuiper(pair), total_variation(pair))
    assert at_most(wasserstein_1(pair), wasserstein_2(pair))
    assert at_most(wasserstein_1(pair), total_variation(pair) * float(np.ptp(pair.support.positions)))


@quick
@given(drawn=mass_pairs(any_counts, least=2))
def test_disjoint_distributions_reach_every_declared_maximum_of_labels(drawn):
    """JS, total variation, Hellinger and skew KL are at their maximum where nothing is shared; others infinite."""
    _, p, q = drawn
    apart = pair_of(np.concatenate([p, 0 * p]), np.concatenate([0 * q, q]))
    for measure in MEASURES:
        if measure.least_is_zero and not measure.needs_positions and measure.key != "tsallis":
            assert same(measure.compute(apart), measure.maximum, 4e-16), measure.key


@every_measure
def test_its_row_tells_people_everything(measure):
    for told in (measure.title, measure.formula, measure.range, measure.zeros, measure.use, measure.reading):
        assert told.strip()
    assert measure.reference
    assert measure.elsewhere
    assert measure.compute.__doc__
    for name in (measure.key, *measure.aliases):
        assert measure_named(name) is measure


@every_metric
def test_a_metric_is_symmetric_and_zero_on_equality(measure):
    assert measure.symmetric
    assert measure.least_is_zero


@every_measure
def test_a_directed_measure_is_the_one_that_is_not_symmetric(measure):
    """Two directions are shown where the order matters; w1-scaled alone has one yardstick, P's."""
    assert (len(measure.directions) == 2) == (not measure.symmetric and measure.key != "w1-scaled")
