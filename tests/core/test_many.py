"""Matrices of all pairs: each cell is what the pair kernel gives, near pairs to the last digits, whatever the form."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from kldiv_cli.core.distribution import MassPair, Support, normalised
from kldiv_cli.core.many import Rows, all_pairs
from kldiv_cli.core.measures import MEASURES, measure_named
from kldiv_cli.core.measures.row import EACH
from tests.core.reference import hardly_numbers

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Grid
    from kldiv_cli.core.measures import Measure

PAIRWISE = [measure for measure in MEASURES if not measure.sample_only and measure.directions != EACH]
every_measure = pytest.mark.parametrize("measure", PAIRWISE, ids=lambda measure: measure.key)


def on_line(masses: Grid) -> Rows:
    size = masses.shape[1]
    return Rows(Support("values", size, positions=np.arange(size, dtype=np.float64)), masses)


def mixed(n: int = 60, k: int = 40) -> Grid:
    """Rows far apart, rows that nearly agree, equal rows, rows with zeros, counts."""
    rng = np.random.default_rng(11)
    masses = rng.dirichlet(np.full(k, 0.5), n)
    half = n // 2
    masses[half:] = masses[:half] * (1.0 + 10.0 ** -rng.integers(1, 13, (half, 1)) * rng.normal(size=(half, k)))
    masses[3] = masses[4]
    masses[5, : k // 2] = 0.0
    masses[6] = rng.integers(0, 50, k)
    masses[7] = 3.0 * masses[6]
    return masses


def alone(rows: Rows, measure: Measure, i: int, j: int) -> float:
    pair = normalised(MassPair(rows.support, rows.masses[i], rows.masses[j]))
    return measure.compute(pair, 2.0) if measure.takes_order else measure.compute(pair)


@every_measure
@pytest.mark.parametrize("density", [1.0, 0.1])
def test_every_cell_is_what_the_pair_gives(measure: Measure, density: float) -> None:
    rows = on_line(thinned(mixed(), density))
    found = all_pairs(rows, measure, 2.0)
    assert not np.isnan(found).any()
    for i in range(0, 60, 11):
        for j in range(60):
            expected = alone(rows, measure, i, j)
            if math.isinf(expected):
                assert found[i, j] == expected
            else:
                assert found[i, j] == pytest.approx(expected, rel=2e-11, abs=1e-300), (i, j)


@every_measure
def test_masses_that_are_hardly_numbers_are_those_of_the_pair(measure: Measure) -> None:
    masses = np.concatenate([hardly_numbers(4), hardly_numbers(5)])
    rows = on_line(masses)
    found = all_pairs(rows, measure, 2.0)
    for i in range(0, 60, 7):
        for j in range(60):
            expected = alone(rows, measure, i, j)
            assert found[i, j] == pytest.approx(expected, rel=1e-10, abs=1e-15), (i, j)  # JS of rows apart is a sum


@pytest.mark.parametrize("overlap", [1e-12, 1e-20, 1e-150])
@pytest.mark.parametrize(
    ("key", "order"), [("bhattacharyya", 2.0), ("renyi", 0.0), ("renyi", 0.5), ("renyi", 2.0), ("renyi", 10.0)]
)
def test_rows_that_share_next_to_nothing_keep_their_digits(key: str, order: float, overlap: float) -> None:
    rows = on_line(np.array([[1.0, 0.0, 0.0], [overlap, 1.0, 0.0], [overlap, 0.5, 0.5]]))
    measure = measure_named(key)
    pair = normalised(MassPair(rows.support, rows.masses[0], rows.masses[1]))
    expected = measure.compute(pair, order) if measure.takes_order else measure.compute(pair)
    assert math.isfinite(expected)
    assert all_pairs(rows, measure, order)[0, 1] == pytest.approx(expected, rel=1e-12)


def thinned(masses: Grid, density: float) -> Grid:
    if density == 1.0:
        return masses
    seen = np.random.default_rng(2).random(masses.shape) < density
    half = len(masses) // 2
    seen[half:], seen[4] = seen[:half], seen[3]  # rows that nearly agree have the same outcomes
    masses = np.where(seen, masses, 0.0)
    masses[:, 0] += 1e-3
    return masses


@every_measure
@pytest.mark.parametrize("density", [1.0, 0.1])
def test_the_diagonal_is_exact_and_symmetry_too(measure: Measure, density: float) -> None:
    found = all_pairs(on_line(thinned(mixed(), density)), measure, 2.0)
    if measure.least_is_zero:
        assert not found.diagonal().any()
        assert found[3, 4] == found[4, 3] == 0.0
    if measure.symmetric:
        assert np.array_equal(found, found.T)


@every_measure
def test_threads_change_no_digit(measure: Measure) -> None:
    rows = on_line(mixed())
    assert np.array_equal(all_pairs(rows, measure, 2.0, jobs=1), all_pairs(rows, measure, 2.0, jobs=3))


@pytest.mark.parametrize("density", [1.0, 0.05])
def test_js_distance_agrees_with_scipy_where_scipy_is_finite(density: float) -> None:
    rng = np.random.default_rng(4)
    masses = rng.dirichlet(np.full(200, 0.3), 120)
    masses = np.where(rng.random(masses.shape) < density, masses, 0.0)
    masses[:, 0] += 1e-6
    theirs = squareform(pdist(masses, "jensenshannon"))
    ours = all_pairs(on_line(masses), measure_named("js-distance"), 2.0)
    known = np.isfinite(theirs)
    assert known.mean() > 0.9
    # scipy's square root turns a rounding of 1e-17 in near pairs into 3e-9: the squares are compared
    assert np.abs(ours**2 - theirs**2)[known].max() < 1e-12
    assert np.isfinite(ours).all()


@pytest.mark.parametrize("n", [60, 600])
def test_near_sparse_rows_keep_their_digits_on_both_sides_of_the_diagonal(n: int) -> None:
    rows = on_line(thinned(mixed(n), 0.1))
    found = all_pairs(rows, measure_named("js"), 2.0)
    for i in range(0, n // 2, 7):
        j = i + n // 2
        expected = alone(rows, measure_named("js"), i, j)
        assert found[i, j] == found[j, i] == pytest.approx(expected, rel=1e-14, abs=0.0)


def test_near_rows_keep_their_digits() -> None:
    p = np.array([0.1, 0.2, 0.3, 0.4])
    shift = np.array([1.0, -1.0, 2.0, -2.0]) * 2.0**-40
    found = all_pairs(on_line(np.stack([p, p + shift])), measure_named("js"), 2.0)
    assert found[0, 1] == pytest.approx(float((shift**2 / p).sum()) / 8.0, rel=1e-9)


def test_disjoint_rows_are_at_the_maximum() -> None:
    found = all_pairs(on_line(np.eye(3)), measure_named("js"), 2.0)
    assert np.array_equal(found, math.log(2.0) * (1.0 - np.eye(3)))
    assert np.isinf(all_pairs(on_line(np.eye(3)), measure_named("kl"), 2.0)[0, 1])


def test_labels_have_no_distance() -> None:
    rows = Rows(Support("nominal", 2, ("a", "b")), np.array([[1.0, 1.0], [1.0, 3.0]]))
    assert all_pairs(rows, measure_named("tv"), 2.0)[0, 1] == 0.25
