"""Distances between joint samples against the formulas themselves, scipy, and what is known of normals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.linalg
import scipy.stats
from scipy.spatial.distance import cdist

from kldiv_cli.core.estimators.in_space import bias_reduced_in_space, drawn_kl, kl_in_space
from kldiv_cli.core.estimators.neighbours import bias_reduced_on_the_line, kl_on_the_line
from kldiv_cli.core.joint import moments, pairs, projections
from kldiv_cli.core.joint.moments import drawn_frechet, frechet_of_samples
from kldiv_cli.core.joint.projections import directions, distances_on_lines, drawn_on_lines, energy_factor

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = [(40, 40), (30, 50), (7, 3)]


def two(n: int, m: int, d: int, seed: int = 0, shift: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(shift, 1.5, size=(m, d))


def splits(n: int, m: int, draws: int = 6) -> np.ndarray:
    rng = np.random.default_rng(1)
    labels = np.zeros((draws, n + m), dtype=bool)
    for row in labels:
        row[rng.permutation(n + m)[:n]] = True
    return labels


@pytest.fixture
def in_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "_CELLS", 100)
    monkeypatch.setattr(projections, "_BLOCK", 3)


class TestOnLines:
    @pytest.mark.parametrize(("n", "m"), SIZES)
    def test_every_line_is_what_scipy_has(self, n: int, m: int) -> None:
        x, y = two(n, m, 4)
        along = directions(4, 5, np.random.default_rng(2))
        found = distances_on_lines(x, y, along)
        for place, theta in enumerate(along.T):
            one, other = x @ theta, y @ theta
            assert found.w1[place] == pytest.approx(scipy.stats.wasserstein_distance(one, other), rel=1e-12)
            assert found.energy_squared[place] == pytest.approx(scipy.stats.energy_distance(one, other) ** 2, rel=1e-11)
            levels = (np.arange(n * m) + 0.5) / (n * m)
            apart = np.quantile(one, levels, method="inverted_cdf") - np.quantile(other, levels, method="inverted_cdf")
            assert found.w2_squared[place] == pytest.approx(np.square(apart).mean(), rel=1e-12)

    def test_threads_change_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        x, y = two(200, 150, 3)
        along = directions(3, 40, np.random.default_rng(0))
        expected = distances_on_lines(x, y, along)
        monkeypatch.setattr(projections, "_WORTH_THREADS", 1)
        for one, other in zip(distances_on_lines(x, y, along), expected, strict=True):
            assert (one == other).all()

    def test_directions_are_of_length_one_and_on_the_line_there_is_one(self) -> None:
        along = directions(6, 30, np.random.default_rng(0))
        assert np.square(along).sum(axis=0) == pytest.approx(np.ones(30), rel=1e-14)
        assert directions(1, 30, np.random.default_rng(0)).tolist() == [[1.0]]

    @pytest.mark.parametrize(("n", "m"), SIZES)
    def test_draws_are_distances_of_the_splits(self, n: int, m: int) -> None:
        rows = np.concatenate(two(n, m, 3))
        labels, along = splits(n, m), directions(3, 7, np.random.default_rng(0))
        (w1, energy), w2 = drawn_on_lines(rows, labels, along), projections.drawn_w2(rows, labels, along)
        for draw, mine in enumerate(labels):
            found = distances_on_lines(rows[mine], rows[~mine], along)
            assert w1[draw] == pytest.approx(found.w1.mean(), rel=1e-5)  # draws are in single precision
            assert w2[draw] == pytest.approx(found.w2_squared.mean(), rel=1e-12)
            assert energy[draw] == pytest.approx(found.energy_squared.mean(), rel=1e-4)

    @pytest.mark.parametrize("d", [2, 3, 8])
    def test_energy_by_directions_is_that_of_all_pairs(self, d: int) -> None:
        x, y = two(150, 100, d)
        found = distances_on_lines(x, y, directions(d, 5_000, np.random.default_rng(0))).energy_squared
        error = found.std() / math.sqrt(5_000) * energy_factor(d)
        exact = pairs.from_all_pairs(x, y, 1.0).energy_squared
        assert abs(energy_factor(d) * found.mean() - exact) < 4.0 * error
        assert error < 0.01 * exact


@pytest.mark.usefixtures("in_small_blocks")
class TestPairs:
    @pytest.mark.parametrize(("n", "m"), SIZES)
    @pytest.mark.parametrize("d", [1, 3, 80])
    def test_they_are_their_formulas(self, n: int, m: int, d: int) -> None:
        x, y = two(n, m, d)
        sigma = 1.3 * math.sqrt(d)
        found = pairs.from_all_pairs(x, y, sigma)
        between, in_x, in_y = cdist(x, y), cdist(x, x), cdist(y, y)
        energy = 2.0 * between.mean() - in_x.mean() - in_y.mean()
        assert found.energy_squared == pytest.approx(energy, rel=1e-11)

        def kernel(distances: np.ndarray) -> np.ndarray:
            return np.exp(-(distances**2) / (2.0 * sigma**2))

        own = [(kernel(one).sum() - len(one)) / (len(one) * (len(one) - 1.0)) for one in (in_x, in_y)]
        assert found.mmd == pytest.approx(sum(own) - 2.0 * kernel(between).mean(), rel=1e-10, abs=1e-14)

    @pytest.mark.parametrize(("n", "m"), SIZES)
    def test_draws_are_values_of_the_splits(self, n: int, m: int) -> None:
        rows, labels = np.concatenate(two(n, m, 3)), splits(n, m)
        energy, mmd = pairs.drawn_from_pairs(rows, labels, 1.7)
        for draw, mine in enumerate(labels):
            found = pairs.from_all_pairs(rows[mine], rows[~mine], 1.7)
            assert energy[draw] == pytest.approx(found.energy_squared, rel=1e-10, abs=1e-13)
            assert mmd[draw] == pytest.approx(found.mmd, rel=1e-10, abs=1e-13)

    def test_energy_on_the_line_is_that_of_scipy(self) -> None:
        x, y = two(50, 60, 1)
        expected = scipy.stats.energy_distance(x[:, 0], y[:, 0])
        assert math.sqrt(pairs.from_all_pairs(x, y, 1.0).energy_squared) == pytest.approx(expected, rel=1e-12)

    def test_the_median_is_of_all_pairs(self) -> None:
        x, _ = two(40, 3, 2)
        distances = cdist(x, x)[np.triu_indices(40, 1)]
        assert pairs.median_distance(x) == pytest.approx(np.median(distances), rel=1e-14)
        assert pairs.median_distance(np.zeros((5, 2))) == 1.0

    def test_mmd_by_frequencies_is_near_that_of_all_pairs(self) -> None:
        x, y = two(300, 200, 3)
        value, error = pairs.mmd_by_frequencies(x, y, np.random.default_rng(0).normal(0.0, 0.5, (3, 20_000)))
        exact = pairs.from_all_pairs(x, y, 2.0).mmd
        assert abs(value - exact) < 4.0 * error
        assert error < 0.02 * exact

    @pytest.mark.parametrize(("n", "m"), SIZES)
    def test_draws_by_frequencies_are_values_of_the_splits(self, n: int, m: int) -> None:
        rows, labels = np.concatenate(two(n, m, 3)), splits(n, m)
        at = np.random.default_rng(0).normal(size=(3, 40))
        found = pairs.drawn_by_frequencies(rows, labels, at)
        expected = [pairs.mmd_by_frequencies(rows[mine], rows[~mine], at)[0] for mine in labels]
        assert found == pytest.approx(np.array(expected), rel=1e-10, abs=1e-13)

    def test_mmd_is_unbiased(self) -> None:
        rng = np.random.default_rng(0)
        found = [pairs.from_all_pairs(rng.normal(size=(20, 2)), rng.normal(size=(15, 2)), 1.0).mmd for _ in range(2000)]
        assert abs(np.mean(found)) < 4.0 * np.std(found) / math.sqrt(2000)


class TestFrechet:
    def reference(self, x: np.ndarray, y: np.ndarray) -> float:
        """As FID is written down, by the eigenvalues of a symmetric product."""
        one, other = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
        values, vectors = np.linalg.eigh(one)
        root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
        cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ other @ root), 0.0)).sum()
        return float(np.square(x.mean(axis=0) - y.mean(axis=0)).sum() + np.trace(one) + np.trace(other) - 2.0 * cross)

    @pytest.mark.parametrize("d", [2, 10, 512])
    def test_it_is_the_formula_by_eigenvalues(self, d: int) -> None:
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(2 * d + 50, d)), rng.normal(0.1, 1.3, size=(2 * d + 20, d))
        assert frechet_of_samples(x, y) == pytest.approx(self.reference(x, y), rel=1e-10)

    def test_fewer_rows_than_columns_have_a_covariance_too(self) -> None:
        x, y = two(20, 30, 60)
        assert frechet_of_samples(x, y) == pytest.approx(self.reference(x, y), rel=1e-6)  # eigh halves the digits here

    def test_scipy_agrees_where_its_root_is_real(self) -> None:
        x, y = two(100, 120, 4)
        one, other = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
        root = scipy.linalg.sqrtm(one @ other).real
        expected = np.square(x.mean(axis=0) - y.mean(axis=0)).sum() + np.trace(one + other - 2.0 * root)
        assert frechet_of_samples(x, y) == pytest.approx(expected, rel=1e-10)

    def test_a_sample_is_at_distance_zero_from_itself(self) -> None:
        x, _ = two(100, 3, 5)
        assert frechet_of_samples(x, x) == pytest.approx(0.0, abs=1e-12)

    @pytest.mark.parametrize("cells", [10, 1 << 22])
    def test_draws_are_distances_of_the_splits(self, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(moments, "_CELLS", cells)
        rows, labels = np.concatenate(two(30, 20, 2)) + 5.0, splits(30, 20)
        expected = [frechet_of_samples(rows[mine], rows[~mine]) for mine in labels]
        assert drawn_frechet(rows, labels) == pytest.approx(np.array(expected), rel=1e-9)


class TestNeighbours:
    @pytest.mark.parametrize("k", [1, 3, 5])
    def test_in_one_dimension_they_are_those_on_the_line(self, k: int) -> None:
        x, y = (np.sort(side[:, 0]) for side in two(60, 45, 1))
        assert kl_in_space(x[:, None], y[:, None], k) == pytest.approx(kl_on_the_line(x, y, k), rel=1e-12)
        found = bias_reduced_in_space(x[:, None], y[:, None])
        assert found == pytest.approx(bias_reduced_on_the_line(x, y), rel=1e-10)

    @pytest.mark.parametrize("d", [2, 5])
    def test_plain_is_its_formula(self, d: int) -> None:
        x, y = two(50, 70, d)
        own, other = np.sort(cdist(x, x), axis=1)[:, 3], np.sort(cdist(x, y), axis=1)[:, 2]
        expected = d * np.log(other / own).mean() + math.log(70 / 49)
        assert kl_in_space(x, y, 3) == pytest.approx(expected, rel=1e-12)

    def test_bias_reduced_is_its_formula(self) -> None:
        x, y = two(50, 70, 3)
        own, other = np.sort(cdist(x, x), axis=1)[:, 1:], np.sort(cdist(x, y), axis=1)
        total = 0.0
        for near, far in zip(own, other, strict=True):
            reach = max(near[0], far[0]) * (1.0 + 1e-12)
            within, between = int((near <= reach).sum()), int((far <= reach).sum())
            total += 3.0 * math.log(far[between - 1] / near[within - 1])
            total += scipy.special.digamma(within) - scipy.special.digamma(between)
        assert bias_reduced_in_space(x, y) == pytest.approx(total / 50 + math.log(70 / 49), rel=1e-10)

    @pytest.mark.parametrize("of", [lambda x, y: kl_in_space(x, y, 1), bias_reduced_in_space])
    def test_rows_that_repeat_have_no_value(self, of: Callable[[np.ndarray, np.ndarray], float]) -> None:
        x = np.ones((10, 2))
        assert math.isnan(of(x, x))

    @pytest.mark.parametrize(("n", "m"), [(60, 60), (30, 90)])
    def test_draws_are_values_of_the_splits(self, n: int, m: int) -> None:
        rows, labels = np.concatenate(two(n, m, 2)), splits(n, m)
        found = drawn_kl(rows, labels, 2)
        assert found is not None
        for draw, mine in enumerate(labels):
            assert found[0][draw] == pytest.approx(kl_in_space(rows[mine], rows[~mine], 2), rel=1e-10, abs=1e-12)
            assert found[1][draw] == pytest.approx(kl_in_space(rows[~mine], rows[mine], 2), rel=1e-10, abs=1e-12)

    def test_rows_that_repeat_have_no_draws(self) -> None:
        assert drawn_kl(np.ones((20, 2)), splits(10, 10), 2) is None
