"""Row i against row i: every digit of near rows, every convention at zero, the same as pairs one by one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mpmath
import numpy as np
import pytest

from kldiv_cli.core.distribution import MassPair, Support, normalised
from kldiv_cli.core.measures import MEASURES, measure_named
from kldiv_cli.core.measures.row import EACH
from kldiv_cli.core.row_pairs import agreement, row_values, rows_of_logs, rows_of_masses
from tests.core.reference import hardly_numbers

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Grid
    from kldiv_cli.core.measures import Measure

PAIRWISE = [measure for measure in MEASURES if not measure.sample_only and measure.directions != EACH]
INFORMATION = [measure_named(key) for key in ("kl", "js")]


def on_line(size: int) -> Support:
    return Support("values", size, positions=np.arange(size, dtype=np.float64))


def near_masses(seed: int = 1, n: int = 24, k: int = 50) -> tuple[Grid, Grid]:
    """Rows from 1e-12 to 1 apart, some of them counts, some with zeros on both sides or on one."""
    rng = np.random.default_rng(seed)
    c = rng.dirichlet(np.full(k, 0.6), n)
    d = c * np.exp(10.0 ** -np.linspace(12, 0, n)[:, None] * rng.normal(size=(n, k)))
    c[3, :10] = d[3, :10] = 0.0
    c[n - 2, 5] = 0.0
    d[n - 3, 7] = 0.0
    c[5], d[5] = rng.integers(1, 90, k), rng.integers(1, 90, k)
    d[6] = 3.0 * c[6]
    d[7] = c[7]
    return c, d


def exactly(c: list[float], d: list[float]) -> tuple[float, float, float]:
    """KL both ways and JS of two rows of masses, by mpmath."""
    with mpmath.workdps(60):
        p = [mpmath.mpf(x) / mpmath.fsum(map(mpmath.mpf, c)) for x in c]
        q = [mpmath.mpf(x) / mpmath.fsum(map(mpmath.mpf, d)) for x in d]
        return tuple(float(value) for value in (kl_exactly(p, q), kl_exactly(q, p), js_exactly(p, q)))  # type: ignore[return-value]


def exactly_of_logs(a: list[float], b: list[float]) -> tuple[float, float, float]:
    with mpmath.workdps(60):
        p, q = ([mpmath.exp(mpmath.mpf(x)) if x > -math.inf else mpmath.mpf(0) for x in side] for side in (a, b))
        p, q = ([x / mpmath.fsum(side) for x in side] for side in (p, q))
        return tuple(float(value) for value in (kl_exactly(p, q), kl_exactly(q, p), js_exactly(p, q)))  # type: ignore[return-value]


def kl_exactly(p: list[mpmath.mpf], q: list[mpmath.mpf]) -> mpmath.mpf:
    if any(x > 0 and y == 0 for x, y in zip(p, q, strict=True)):
        return mpmath.inf
    return mpmath.fsum(x * mpmath.log(x / y) for x, y in zip(p, q, strict=True) if x > 0)


def js_exactly(p: list[mpmath.mpf], q: list[mpmath.mpf]) -> mpmath.mpf:
    m = [(x + y) / 2 for x, y in zip(p, q, strict=True)]
    return (kl_exactly(p, m) + kl_exactly(q, m)) / 2


def assert_close(found: float, expected: float) -> None:
    if math.isinf(expected):
        assert found == expected
    else:
        assert found == pytest.approx(expected, rel=1e-11, abs=1e-25)


def test_masses_are_right_to_the_last_digits() -> None:
    c, d = near_masses()
    found = row_values(rows_of_masses(c, d), on_line(c.shape[1]), INFORMATION, 2.0)
    for place in range(len(c)):
        for values, expected in zip(found, exactly(c[place].tolist(), d[place].tolist()), strict=True):
            assert_close(values[place], expected)


@pytest.mark.parametrize("offset", [0.0, 3.0, 700.0, -500.0])
def test_logarithms_are_right_to_the_last_digits(offset: float) -> None:
    c, d = near_masses()
    with np.errstate(divide="ignore"):
        a, b = np.log(c), np.log(d) + offset
    found = row_values(rows_of_logs(a, b), on_line(c.shape[1]), INFORMATION, 2.0)
    for place in range(len(c)):
        for values, expected in zip(found, exactly_of_logs(a[place].tolist(), b[place].tolist()), strict=True):
            lost = (
                4e-16 * abs(offset) * math.sqrt(max(expected, 0.0))
            )  # the digits that an offset takes from a logarithm
            assert values[place] == pytest.approx(expected, rel=1e-11, abs=lost + 1e-24)


def test_two_quantisations_agree_with_mpmath() -> None:
    logits = np.random.default_rng(9).normal(0.0, 3.0, (10, 400))
    halves = logits.astype(np.float16).astype(np.float64)
    found = row_values(rows_of_logs(logits, halves), on_line(400), INFORMATION, 2.0)
    for place in range(10):
        expected = exactly_of_logs(logits[place].tolist(), halves[place].tolist())
        for values, exact in zip(found, expected, strict=True):
            assert exact < 1e-5
            assert values[place] == pytest.approx(exact, rel=1e-12)


def test_nothing_is_negative_and_equal_rows_are_zero() -> None:
    c = np.random.default_rng(3).dirichlet(np.ones(30), 200)
    for rows in (rows_of_masses(c, c.copy()), rows_of_logs(np.log(c), np.log(c))):
        for values in row_values(rows, on_line(30), INFORMATION, 2.0):
            assert not values.any()
    noisy = c * (1.0 + 1e-15 * np.random.default_rng(4).normal(size=c.shape))
    for values in row_values(rows_of_masses(c, noisy), on_line(30), INFORMATION, 2.0):
        assert (values >= 0.0).all()


def test_minus_infinity_on_both_sides_is_a_zero_on_both_sides() -> None:
    a = np.array([[0.0, -1.0, -math.inf], [-math.inf, 0.0, 0.0], [0.0, 0.0, -1.0]])
    b = np.array([[0.1, -1.2, -math.inf], [0.0, -math.inf, 0.0], [0.0, 0.0, -math.inf]])
    kl, back, js = row_values(rows_of_logs(a, b), on_line(3), INFORMATION, 2.0)
    assert kl[0] == pytest.approx(exactly_of_logs(a[0].tolist(), b[0].tolist())[0], rel=1e-13)
    assert (kl[1], back[1], kl[2]) == (math.inf, math.inf, math.inf)
    assert math.isfinite(back[2])
    assert np.isfinite(js).all()


def test_what_underflows_is_not_impossible() -> None:
    a, b = np.array([[0.0, -760.0]]), np.array([[0.0, -740.0]])
    kl, back, _ = row_values(rows_of_logs(a, b), on_line(2), INFORMATION, 2.0)
    assert np.isfinite([kl[0], back[0]]).all()
    assert back[0] >= 0.0


def test_logarithms_beyond_floats_count_as_they_are() -> None:
    """A token of -800 has a probability of 5e-324 at least, whose logarithm is -744."""
    rng = np.random.default_rng(3)
    a = np.log(rng.dirichlet(np.full(6, 0.7), 40))
    b = np.log(rng.dirichlet(np.full(6, 0.7), 40))
    a[::3, 1], b[::2, 0], b[1, 4] = -760.0, -3_000.0, -math.inf
    a[:8, 2], b[:8, 2] = -2_000.0, -1_000.0
    b[5] = a[5]
    b[5, 1] = -900.0
    a[6, 0] = math.log(1e-6)  # what is lost is a part in a thousand
    rows = rows_of_logs(a, b)
    found = row_values(rows, on_line(6), INFORMATION, 2.0)
    turned = row_values(rows.swapped, on_line(6), INFORMATION, 2.0)
    for place in range(40):
        there, back, js = exactly_of_logs(a[place].tolist(), b[place].tolist())
        assert [one[place] for one in found] == pytest.approx([there, back, js], rel=1e-12, abs=1e-300), place
        assert [one[place] for one in turned] == pytest.approx([back, there, js], rel=1e-12, abs=1e-300), place


LEAST_FLOAT = float(np.finfo(np.float64).min)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([0, 1, 2, LEAST_FLOAT], [0, 1, 2, -60]),  # a mask
        ([0, 1, 2, -1e300], [0, 1, 2, -50]),
        ([0, 1, 2, LEAST_FLOAT], [0, 1 + 1e-7, 2, -30]),
        ([0, 1, 2, -1_000], [0, 1 + 1e-7, 2, -30]),
        ([0, -3_000, -2], [1e-7, -1_000, -2 - 1e-7]),
        ([0, -740], [0, -math.inf]),
        ([0, -800], [0, -math.inf]),
        ([0, -700], [0, -math.inf]),
        ([-2_000.3, -2_001], [-7.5, -8]),
    ],
)
def test_one_deep_outcome_costs_the_others_no_digit(a: list[float], b: list[float]) -> None:
    rows = rows_of_logs(np.array([a], dtype=float), np.array([b], dtype=float))
    found = [float(one[0]) for one in row_values(rows, on_line(len(a)), INFORMATION, 2.0)]
    assert found == pytest.approx(exactly_of_logs(a, b), rel=1e-12, abs=1e-300)


def test_near_rows_with_deep_tails_are_right_to_the_last_digits() -> None:
    rng = np.random.default_rng(12)
    a = rng.normal(0.0, 3.0, (60, 30))
    b = a + 10.0 ** -np.linspace(0, 9, 60)[:, None] * rng.normal(size=(60, 30))
    for side in (a, b):
        side[rng.random(side.shape) < 0.2] -= rng.uniform(300.0, 4_000.0)
        deep = rng.random(side.shape) < 0.2
        side[deep] = -rng.uniform(300.0, 4_000.0, np.count_nonzero(deep))
    found = np.array(row_values(rows_of_logs(a, b), on_line(30), INFORMATION, 2.0))
    for place in range(60):
        expected = exactly_of_logs(a[place].tolist(), b[place].tolist())
        assert found[:, place] == pytest.approx(expected, rel=1e-12), place


@pytest.mark.parametrize("least", [1e-310, 5e-324, 1e-301])
def test_what_only_one_side_has_is_infinite_however_little(least: float) -> None:
    rows = rows_of_masses(np.array([[0.5, 0.5, least]]), np.array([[0.5, 0.5, 0.0]]))
    kl, back, js = row_values(rows, on_line(3), INFORMATION, 2.0)
    assert kl[0] == math.inf
    assert back[0] == pytest.approx(least, rel=1e-9)
    assert 0.0 <= js[0] <= least


@pytest.mark.parametrize("measure", PAIRWISE, ids=lambda measure: measure.key)
def test_of_masses_that_are_hardly_numbers_it_is_too(measure: Measure) -> None:
    c, d = hardly_numbers(4), hardly_numbers(5)
    (found, *_) = row_values(rows_of_masses(c, d), on_line(c.shape[1]), [measure], 2.0)
    for place in range(len(c)):
        pair = normalised(MassPair(on_line(c.shape[1]), c[place], d[place]))
        expected = measure.compute(pair, 2.0) if measure.takes_order else measure.compute(pair)
        assert found[place] == pytest.approx(expected, rel=1e-10, abs=1e-300), place


@pytest.mark.parametrize("measure", PAIRWISE, ids=lambda measure: measure.key)
def test_every_measure_is_that_of_the_pair(measure: Measure) -> None:
    c, d = near_masses(seed=8)
    support = on_line(c.shape[1])
    found = row_values(rows_of_masses(c, d), support, [measure], 2.0)
    assert len(found) == len(measure.directions)
    for place in range(len(c)):
        pair = normalised(MassPair(support, c[place], d[place]))
        for values, side in zip(found, (pair, pair.swapped()), strict=False):
            expected = measure.compute(side, 2.0) if measure.takes_order else measure.compute(side)
            if math.isinf(expected):
                assert values[place] == expected
            else:
                assert values[place] == pytest.approx(expected, rel=2e-10, abs=1e-22), place


def test_the_most_probable_outcome_of_both_sides() -> None:
    rows = rows_of_masses(
        np.array([[1.0, 2.0], [1.0, 1.0], [3.0, 1.0]]), np.array([[1.0, 3.0], [2.0, 1.0], [1.0, 3.0]])
    )
    assert agreement(rows).tolist() == [True, True, False]
