"""Multivariate normals against mpmath, against one dimension, and what is no covariance."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import mpmath as mp
import numpy as np
import pytest

from kldiv_cli.core.densities.multivariate import (
    apart_of_normals,
    frechet_of_normals,
    kl_of_normals,
    multivariate_normal,
)
from kldiv_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def random_normal(seed: int, d: int, condition: float = 10.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(d, d)))
    covariance = turn @ np.diag(np.geomspace(1.0, condition, d)) @ turn.T
    return rng.normal(size=d), 0.5 * (covariance + covariance.T)


@pytest.mark.parametrize("condition", [1.0, 10.0, 1e6])
def test_kl_is_that_of_mpmath(condition: float) -> None:
    (m, s), (n, t) = random_normal(0, 6, condition), random_normal(1, 6, condition)
    with mp.workdps(50):
        first, second = mp.matrix(s.tolist()), mp.matrix(t.tolist())
        delta = mp.matrix((m - n).tolist())
        inverse = second**-1
        trace = sum((inverse * first)[i, i] for i in range(6))
        expected = (trace + (delta.T * inverse * delta)[0] - 6 + mp.log(mp.det(second)) - mp.log(mp.det(first))) / 2
    found = kl_of_normals(multivariate_normal("p", m, s), multivariate_normal("q", n, t))
    assert found == pytest.approx(float(expected), rel=1e-9)


def test_near_normals_keep_their_digits() -> None:
    p, q = multivariate_normal("p", [0, 0], [1, 1]), multivariate_normal("q", [1e-9, 0], [1 + 2e-9, 1])
    assert kl_of_normals(p, q) == pytest.approx(0.5e-18 + 1e-18, rel=1e-6)
    assert kl_of_normals(p, p) == 0.0


def test_five_hundred_dimensions_of_condition_1e8() -> None:
    m, s = random_normal(2, 500, 1e8)
    p, q = multivariate_normal("p", m, s), multivariate_normal("q", m + 1.0, 2.0 * s)
    moved = np.linalg.solve(p.factor, np.ones(500))
    expected = 0.5 * (500 * (0.5 - 1.0 + math.log(2.0)) + 0.5 * float(moved @ moved))
    assert kl_of_normals(p, q) == pytest.approx(expected, rel=1e-8)


def test_one_dimension_is_the_univariate_form() -> None:
    p, q = multivariate_normal("p", 0, 1), multivariate_normal("q", 1, 4)
    assert kl_of_normals(p, q) == pytest.approx(0.4431471805599453, rel=1e-15)
    assert apart_of_normals(p, q) == pytest.approx(0.05 + 0.5 * math.log(5 / 4), rel=1e-14)
    assert frechet_of_normals(p, q) == pytest.approx(2.0, rel=1e-14)


def test_frechet_is_the_formula_by_eigenvalues() -> None:
    (m, s), (n, t) = random_normal(3, 512, 100.0), random_normal(4, 512, 100.0)
    eigenvalues, vectors = np.linalg.eigh(s)
    root = vectors @ np.diag(np.sqrt(eigenvalues)) @ vectors.T
    inner = np.linalg.eigvalsh(root @ t @ root)
    expected = float((m - n) @ (m - n) + np.trace(s) + np.trace(t) - 2.0 * np.sqrt(np.clip(inner, 0, None)).sum())
    found = frechet_of_normals(multivariate_normal("p", m, s), multivariate_normal("q", n, t))
    assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("mean", "covariance", "told"),
    [
        ([0, 0], [[1, 2], [2, 1]], "positive definite"),
        ([0, 0], [[1, 0.5], [0.1, 1]], "not symmetric"),
        ([0, 0], [[1]], "does not fit"),
        ([0, 0], [1, 2, 3], "does not fit"),
        ([0, float("nan")], 1, "not finite"),
        (["x"], 1, "not numbers"),
        ([0], -1, "positive definite"),
    ],
)
def test_what_is_none_is_told(mean: object, covariance: object, told: str) -> None:
    with pytest.raises(InputError) as fault:
        multivariate_normal("p.json", mean, covariance)
    assert told in str(fault.value)


class TestCommand:
    def files(self, folder: Path, **q: object) -> tuple[str, str]:
        for name, document in (
            ("p", {"family": "multivariate_normal", "mean": [0, 0], "cov": [[1, 0], [0, 1]]}),
            ("q", {"family": "multivariate_normal", "mean": [1, 0], "cov": 4, **q}),
        ):
            (folder / f"{name}.json").write_text(json.dumps(document))
        return str(folder / "p.json"), str(folder / "q.json")

    def test_compares_two_files(self, run: Callable, tmp_path: Path) -> None:
        found = json.loads(run(*self.files(tmp_path), "-m", "kl,w2", "-f", "json").stdout)
        values = {(one["measure"], one["direction"]): one["value"] for one in found["comparisons"][0]["estimates"]}
        assert values["kl", "p:q"] == pytest.approx(0.4431471805599453 + 0.3181471805599453, rel=1e-14)
        assert values["w2", None] == pytest.approx(math.sqrt(3.0), rel=1e-14)

    def test_a_table_says_what_has_no_closed_form(self, run: Callable, tmp_path: Path) -> None:
        done = run(*self.files(tmp_path), "-m", "kl,js", "-f", "table")
        assert done.status == 0
        assert "no closed form" in done.stdout
        assert run(*self.files(tmp_path), "-m", "js").status == 2

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"family": "dirichlet"}, "no family"),
            ({"cov": [[1, 9], [9, 1]]}, "positive"),
            ({"mean": [0]}, "dimensions"),
        ],
    )
    def test_bad_files_are_told(self, run: Callable, tmp_path: Path, change: dict, told: str) -> None:
        done = run(*self.files(tmp_path, **change))
        assert done.status == 2
        assert told in done.stderr

    def test_a_normal_stands_against_a_normal(self, run: Callable, tmp_path: Path) -> None:
        p, _ = self.files(tmp_path)
        other = tmp_path / "m.json"
        other.write_text('{"a": 0.5, "b": 0.5}')
        assert "no multivariate normal" in run(p, str(other)).stderr
