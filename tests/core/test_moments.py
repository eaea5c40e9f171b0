"""Mean and spread of parts, joined: to the digits of extended precision, also far from zero."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kldiv_cli.core.moments import Moments, joined_moments, moments_of
from tests.core.ranks import mean_and_deviation, split

quick = settings(deadline=None, max_examples=100, derandomize=True)


def joined(parts):
    """Moments of parts (rows, weights), those without rows left out."""
    return joined_moments([moments_of(*part) for part in parts if part[0].size])


def assert_moments_of(found, rows, weights=None, rel=1e-13):
    """Mean and deviation within so many deviations of what extended precision gives."""
    origin, moved, deviation = mean_and_deviation(rows, weights)
    assert abs(np.longdouble(found.mean - origin) + found.rest - moved) <= rel * deviation
    assert abs(found.standard_deviation - deviation) <= rel * deviation
    assert found.mass == pytest.approx(rows.size if weights is None else math.fsum(weights), rel=1e-15)


@quick
@given(rows=st.lists(st.integers(-100, 100), min_size=1, max_size=40), places=st.lists(st.integers(0, 40), max_size=5),
       counted=st.booleans())  # fmt: skip
def test_joined_parts_have_the_moments_of_the_whole(rows, places, counted):
    exact = [Fraction(row) for row in rows]
    mean = sum(exact) / len(exact)
    squares = sum((row - mean) ** 2 for row in exact)
    parts = split(np.array(rows, dtype=np.float64), places)
    found = joined([(part, np.ones(part.size) if counted else None) for part in parts])
    assert found.mass == len(rows)
    assert found.mean + found.rest == pytest.approx(float(mean), abs=1e-13)
    assert found.squares == pytest.approx(float(squares), rel=1e-12, abs=1e-22)


SCALES = {
    "at zero": (0.0, 1.0),
    "a mean far above the spread": (1e9, 1.0),
    "a mean at the last digits of the spread": (1e15, 1.0),
    "milliseconds since 1970": (1.7e12, 1e3),
    "small": (1e-30, 1e-36),
    "large": (-1e30, 1e28),
}


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("parts", [1, 2, 7, 100])
@pytest.mark.parametrize("weighted", [False, True])
def test_parts_of_any_scale_keep_their_digits(name, parts, weighted):
    generator = np.random.default_rng(parts)
    centre, spread = SCALES[name]
    rows = generator.normal(centre, spread, 20_000)
    weights = generator.lognormal(size=rows.size) if weighted else None
    places = generator.integers(0, rows.size, parts - 1).tolist()
    pieces = split(weights, places) if weighted else [None] * parts
    found = joined(zip(split(rows, places), pieces, strict=True))
    assert_moments_of(found, rows, weights, rel=1e-12 if centre < 1e15 else 1e-11)


def test_parts_whose_means_lie_far_apart_keep_their_digits():
    generator = np.random.default_rng(5)
    pieces = [generator.normal(centre, 1.0, 1_000) for centre in (-1e8, 0.0, 3.0, 1e8 + 1)]
    assert_moments_of(joined([(piece, None) for piece in pieces]), np.concatenate(pieces))


def test_the_order_of_parts_changes_no_more_than_the_last_digits():
    generator = np.random.default_rng(6)
    pieces = [moments_of(generator.normal(1e9 + place, 1.0, 500)) for place in range(20)]
    one, other = joined_moments(pieces), joined_moments(pieces[::-1])
    assert one.mean + one.rest == other.mean + other.rest
    assert one.squares == pytest.approx(other.squares, rel=1e-14)


def test_a_heap_of_joins_keeps_its_digits():
    """Joined one after the other, a thousand times: rounding must not pile up."""
    generator = np.random.default_rng(7)
    pieces = [generator.normal(1e9, 1.0, 100) for _ in range(1_000)]
    found = moments_of(pieces[0])
    for piece in pieces[1:]:
        found = joined_moments([found, moments_of(piece)])
    assert_moments_of(found, np.concatenate(pieces), rel=1e-12)


def test_equal_rows_have_no_spread_wherever_they_are():
    for value in (0.0, 0.1, -1e100, 1.7e12 + 0.3):
        parts = [moments_of(np.full(size, value)) for size in (1, 3, 1_000)]
        assert joined_moments(parts).mean + joined_moments(parts).rest == value
        assert joined_moments(parts).standard_deviation <= 1e-16 * abs(value)


def test_rows_too_large_for_their_squares_have_no_moments_and_raise_nothing():
    huge = moments_of(np.array([1e300, -1e300, 1e308]))
    assert not math.isfinite(huge.squares)
    found = joined_moments([moments_of(np.arange(3.0)), huge])
    assert found.mass == 6.0
    assert math.isnan(found.mean)
    assert math.isnan(found.squares)


def test_one_part_is_itself():
    part = moments_of(np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 0.5]))
    found = joined_moments([part])
    assert (found.mass, found.mean + found.rest) == (part.mass, part.mean + part.rest)
    assert found.squares == pytest.approx(part.squares, rel=1e-15)


def test_the_deviation_is_that_of_the_population():
    assert Moments(4.0, 7.0, 0.0, 16.0).standard_deviation == 2.0
