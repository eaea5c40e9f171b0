"""Every measure against 60-digit mpmath, on exactly the same floats."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np
import pytest

from kldiv_cli.core.distribution import DistributionPair
from kldiv_cli.core.measures import MEASURES
from kldiv_cli.core.measures.power import renyi_divergence, tsallis_divergence
from kldiv_cli.errors import KldivError
from tests.core.reference import CONTEXT, Exact, exact_pair_of, pair_of, relative_error

RANDOM, NEAR = 1e-13, 1e-12
SIZES = ((2, 6), (3, 6), (10, 4), (50, 2), (300, 1), (5000, 1))
"""Number of outcomes, and of pairs for each concentration."""
CONCENTRATIONS = (0.01, 0.1, 1.0, 10.0)
ORDERS = (0.0, 0.5, 1 - 1e-12, 1.0, 1 + 1e-8, 2.0, 10.0, math.inf)
SMALL_ORDERS = (1e-9, 1e-6, 1e-3, 0.1)

every_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
every_zero_measure = pytest.mark.parametrize(
    "measure", [measure for measure in MEASURES if measure.least_is_zero], ids=lambda measure: measure.key
)
every_order_measure = pytest.mark.parametrize(
    "measure", [measure for measure in MEASURES if measure.takes_order], ids=lambda measure: measure.key
)


class Case(NamedTuple):
    """One pair, as the product has it and as mpmath has it."""

    name: str
    pair: DistributionPair
    exact: Exact


def both_ways(name, p, q, positions=None):
    pair, exact = pair_of(p, q, positions), exact_pair_of(p, q, positions)
    return [Case(name, pair, exact), Case(f"{name} swapped", pair.swapped(), exact.swapped())]


def uneven_positions(rng, k):
    positions = np.sort(rng.lognormal(0.0, 3.0, k))
    assert (np.diff(positions) > 0).all()
    return positions


@functools.cache
def random_cases():
    rng = np.random.default_rng(20240607)
    cases = []
    for k, repeats in SIZES:
        for concentration in CONCENTRATIONS:
            for number in range(repeats):
                name = f"k={k} concentration={concentration} #{number}"
                x = uneven_positions(rng, k)
                p, q = rng.dirichlet([concentration] * k, size=2)
                cases += both_ways(f"pmf {name}", p, q, x)
                if k < 5000:
                    cases += both_ways(f"no zeros {name}", np.maximum(p, 1e-100), np.maximum(q, 1e-100), x)
                    counts = rng.multinomial(100 * k, p), rng.multinomial(77 * k, q)
                    cases += both_ways(f"counts {name}", *counts, x)
    return cases


@functools.cache
def near_cases():
    rng = np.random.default_rng(20240608)
    cases = []
    for k in (2, 20, 200):
        for exponent in range(2, 10):
            x = uneven_positions(rng, k)
            p = rng.dirichlet([1.0] * k)
            q = p * (1 + 10.0**-exponent * rng.uniform(-1, 1, k))
            cases += both_ways(f"k={k} 1e-{exponent}", p, q / q.sum(), x)
            cases += both_ways(f"k={k} 1e-{exponent}, not normalised", p, q, x)
    return cases


@functools.cache
def near_counts():
    rng = np.random.default_rng(20240609)
    cases = []
    for k in (2, 3, 20, 200):
        for _ in range(4):
            c = rng.integers(10**8 - 1000, 10**8 + 1000, k)
            d = c + rng.integers(-1, 2, k)
            d[0] = c[0] + 1
            d[1] = c[1] - 1
            cases += both_ways(f"k={k} {c[:2]}", c, d, uneven_positions(rng, k))
    return cases


@functools.cache
def order_cases():
    rng = np.random.default_rng(20240610)
    far, near = [], []
    for k in (2, 5, 50):
        for concentration in CONCENTRATIONS:
            name = f"k={k} concentration={concentration}"
            p, q = rng.dirichlet([concentration] * k, size=2)
            far += both_ways(name, p, q)
            far += both_ways(f"{name} no zeros", np.maximum(p, 1e-100), np.maximum(q, 1e-100))
            for size in (1e-2, 1e-5, 1e-8):
                near += both_ways(f"{name} near {size}", p, p * (1 + size * rng.uniform(-1, 1, k)))
    return (far, RANDOM), (near, NEAR)


def the_worst(measure, cases, **order):
    """Largest relative error, and where it is; a negative value counts as one."""
    worst, place = 0.0, "nowhere"
    for case in cases:
        value = measure.compute(case.pair, **order)
        wanted = case.exact.value(measure.key, **order)
        error = math.inf if math.copysign(1.0, value) < 0 else relative_error(value, wanted)
        if error > worst:
            worst, place = error, f"{case.name}: {value!r}, not {wanted}"
    return worst, place


@every_measure
@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.slow), 5])
def test_random_pairs_are_right_to_the_last_digits(measure, every):
    worst, place = the_worst(measure, random_cases()[::every])
    assert worst <= RANDOM, place


@every_zero_measure
def test_nearly_equal_pairs_keep_their_digits(measure):
    worst, place = the_worst(measure, near_cases())
    assert worst <= NEAR, place


@every_zero_measure
def test_counts_near_1e8_that_differ_by_one_keep_their_digits(measure):
    worst, place = the_worst(measure, near_counts())
    assert worst <= NEAR, place


def test_the_nearly_equal_pairs_reach_down_to_a_kl_of_1e_17():
    least = min(case.exact.value("kl") for case in (*near_cases(), *near_counts()))
    assert 0 < least < 1e-17


@every_order_measure
@pytest.mark.parametrize("order", ORDERS)
def test_every_order_is_right_to_the_last_digits(measure, order):
    for cases, tolerance in order_cases():
        worst, place = the_worst(measure, cases, order=order)
        assert worst <= tolerance, place


@every_order_measure
@pytest.mark.parametrize("order", SMALL_ORDERS)
def test_orders_near_0_keep_their_digits(measure, order):
    for cases, tolerance in order_cases():
        worst, place = the_worst(measure, cases, order=order)
        assert worst <= tolerance, place


@every_order_measure
def test_orders_next_to_1_tend_to_kl(measure):
    pair = pair_of([5, 3, 2], [1, 4, 5])
    kl = measure.compute(pair, order=1.0)
    for order in (1 - 1e-12, 1 - 1e-15, 1 + 1e-15, 1 + 1e-12):
        assert measure.compute(pair, order=order) == pytest.approx(kl, rel=1e-11)


@pytest.mark.parametrize("key", ["w1", "w1-scaled", "w2", "energy", "cvm", "ks", "kuiper"])
@pytest.mark.parametrize(
    ("p", "q"),
    [
        pytest.param([1e6, 3, 1e-12, 0, 0], [1e6, 0, 2e-12, 0, 2e-13], id="little-mass-far-right"),
        pytest.param([0, 1e-12, 3, 1e6], [2e-13, 0, 1e-12, 1e6], id="little-mass-far-left"),
        pytest.param([0, 0, 0, 1, 0], [0, 0, 0, 10**9 - 1, 1], id="one-row-in-1e9-moved"),
        pytest.param([1, 10**9 - 1, 0], [0, 10**9, 0], id="one-row-in-1e9-moved-from-the-left"),
        pytest.param([0, 0, 0, 3979071], [0, 2, 1891099, 0], id="counts-of-two-sizes"),
        pytest.param([1, 2, 1e-18, 1e-17], [1, 2, 2e-18, 4e-17], id="tails-below-an-ulp-of-1"),
    ],
)
def test_a_gap_of_cdfs_far_below_an_ulp_keeps_its_digits(key, p, q):
    """The gap F - G behind the centre is the difference of tails: it must not be taken from sums near 1."""
    positions = np.array([0.0, 1.0, 1e3, 1e9, 1e12])[: len(p)]
    for case in both_ways(key, p, q, positions):
        if key == "w1-scaled" and np.count_nonzero(case.pair.p) == 1:
            continue  # no yardstick
        measure = next(row for row in MEASURES if row.key == key)
        assert relative_error(measure.compute(case.pair), case.exact.value(key)) <= RANDOM, case.name


EXTREMES = [
    pytest.param([1e308, 1e308], [1.0, 3.0], id="sum-overflows"),
    pytest.param([1e308, 1e308, 1e308], [1e308, 1e308, 1.7e308], id="both-sums-overflow"),
    pytest.param([0.5, 0.5], [5e-324, 1.0], id="smallest-float"),
    pytest.param([1e-320, 3e-320], [2e-320, 2e-320], id="all-subnormal"),
    pytest.param([2**62, 2**62, 2**62], [2**62 - 512, 2**62, 2**62], id="integers-near-2^62"),
    pytest.param([2**62 - 512, 2**61], [2**61, 2**62], id="integers-near-2^62-far"),
    pytest.param([1.0, 1e-300], [1.0, 4e-300], id="far-terms-of-1e-300"),
    pytest.param([7.0], [3e-310], id="one-outcome"),
]
LEAST_NORMAL = 2.3e-308


@every_measure
@pytest.mark.parametrize(("p", "q"), EXTREMES)
def test_extreme_masses_give_right_answers_or_a_clear_refusal(measure, p, q):
    try:
        cases = both_ways("extreme", p, q)
    except (ValueError, KldivError) as refusal:
        assert "below 5e-324" in str(refusal)
        return
    for case in cases:
        with np.errstate(over="ignore"):
            value = measure.compute(case.pair)
        wanted = case.exact.value(measure.key)
        if wanted < LEAST_NORMAL:
            assert abs(value - float(wanted)) <= 1e-320
        else:
            assert relative_error(value, wanted) <= RANDOM, f"{case.name}: {value!r}, not {wanted}"


@pytest.mark.parametrize("masses", [[0.0, 0.0], [0.0]])
def test_no_mass_is_refused(masses):
    with pytest.raises(ValueError, match="holds no mass"):
        pair_of(masses, [1.0] * len(masses))


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf, -math.inf])
def test_negative_missing_and_infinite_masses_are_refused(wrong):
    with pytest.raises(ValueError, match="`q` must be non-negative and finite"):
        pair_of([1.0, 1.0], [1.0, wrong])


def test_a_mass_that_vanishes_beside_the_others_is_refused():
    with pytest.raises(ValueError, match="share of the total is below 5e-324"):
        pair_of([1e308, 1e-300], [1.0, 1.0])


@every_measure
def test_a_million_outcomes_are_right(measure):
    """Ten different terms, each 100,000 times: mpmath needs only the ten, spread over the line in order."""
    base_p, base_q = np.arange(1.0, 11.0), np.arange(10.0, 0.0, -1.0)
    pair = pair_of(np.repeat(base_p, 100_000), np.repeat(base_q, 100_000))
    value = measure.compute(pair)
    if measure.needs_positions:
        assert relative_error(value, on_a_million_steps(measure.key)) <= RANDOM
        return
    small = exact_pair_of(base_p, base_q)
    shift = math.log(100_000) if measure.key in ("entropy", "cross-entropy") else 0.0
    assert value == pytest.approx(float(small.value(measure.key)) + shift, rel=1e-13)


def on_a_million_steps(key):
    """F - G rises by (2 b - 11) / 55e5 at every step of block b: piecewise linear, so sums are exact in integers."""
    gap, gaps, masses = 0, [], []
    for b in range(1, 11):
        for _ in range(100_000):
            gap += 2 * b - 11
            gaps.append(gap)
            masses.append(b)
    whole = 5_500_000
    area = sum(abs(g) for g in gaps)
    if key == "w1":
        return exact_ratio(area, whole)
    if key in ("ks", "kuiper"):  # F - G keeps its sign
        return exact_ratio(max(abs(g) for g in gaps), whole)
    if key == "cvm":
        return exact_ratio(11 * sum(g * g for g in gaps), 2 * whole**3)
    if key == "energy":
        return exact_root(2 * sum(g * g for g in gaps), whole**2)
    if key == "w1-scaled":
        positions = range(1_000_000)
        first = sum(m * x for m, x in zip(masses, positions, strict=True))
        second = sum(m * x * x for m, x in zip(masses, positions, strict=True))
        return exact_ratio(area, whole) / exact_root(second * whole - first**2, whole**2)
    assert key == "w2", f"{key} needs a reference on a million outcomes"
    return mirrored_wasserstein_2(masses, whole)


def mirrored_wasserstein_2(masses, whole):
    """Integer masses, moved from the left, the smaller of what is left at a time."""
    left_p, left_q = list(masses), list(reversed(masses))
    i = j = cost = 0
    while i < len(left_p) and j < len(left_q):
        moved = min(left_p[i], left_q[j])
        cost += moved * (i - j) ** 2
        left_p[i] -= moved
        left_q[j] -= moved
        i, j = i + (not left_p[i]), j + (not left_q[j])
    return exact_root(cost, whole)


def exact_ratio(numerator, denominator):
    return CONTEXT.mpf(numerator) / denominator


def exact_root(numerator, denominator):
    return CONTEXT.sqrt(CONTEXT.mpf(numerator) / denominator)


@pytest.mark.parametrize("order", [0.0, 0.5, 2.0, math.inf])
def test_zeros_of_either_side_raise_no_warning_at_any_order(order):
    """Warnings are errors in this test run, and a line on stderr for people."""
    pair = pair_of([1, 1, 0], [1, 0, 1])
    renyi, tsallis = renyi_divergence(pair, order), tsallis_divergence(pair, order)
    assert math.isinf(renyi) == math.isinf(tsallis) == (order >= 1)
