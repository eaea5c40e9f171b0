"""KL from neighbours: known values, known truths, ties, and intervals that cover as they say."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial import cKDTree

from kldiv_cli import compare
from kldiv_cli.core.estimators.neighbours import (
    bias_reduced_on_the_line,
    distances_between,
    distances_within,
    jittered,
    kl_on_the_line,
    subsampled_interval,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.random import Generator

TRUTHS: dict[str, tuple[Callable[[Generator, int], np.ndarray], Callable[[Generator, int], np.ndarray], float]] = {
    "normals": (lambda r, n: r.normal(size=n), lambda r, n: r.normal(1, 2, n), 0.4431471805599453),
    "exponentials": (lambda r, n: r.exponential(1, n), lambda r, n: r.exponential(2, n), math.log(2) - 0.5),
    "equal": (lambda r, n: r.normal(size=n), lambda r, n: r.normal(size=n), 0.0),
}


def pair(name: str, seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    of_p, of_q, _ = TRUTHS[name]
    return np.sort(of_p(rng, n)), np.sort(of_q(rng, n))


def test_values_of_the_literature() -> None:
    assert kl_on_the_line(np.array([1.0, 2.0]), np.array([1.5, 2.5]), 1) == pytest.approx(0.0, abs=1e-15)
    assert kl_on_the_line(np.array([1.0, 2.0, 4.0]), np.array([1.5, 3.0]), 1) == pytest.approx(-math.log(2), rel=1e-15)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_distances_are_those_of_all_pairs(k: int) -> None:
    x, y = pair("normals", 0, 40)
    assert distances_within(x, k) == pytest.approx(np.sort(np.abs(x[:, None] - x), axis=1)[:, k])
    assert distances_between(x, y, k) == pytest.approx(np.sort(np.abs(x[:, None] - y), axis=1)[:, k - 1])


@pytest.mark.parametrize("k", [1, 5])
def test_is_what_trees_of_neighbours_give(k: int) -> None:
    x, y = pair("normals", 1, 200)
    own = cKDTree(x[:, None]).query(x[:, None], [k + 1])[0][:, 0]
    other = cKDTree(y[:, None]).query(x[:, None], [k])[0][:, 0]
    expected = np.log(other / own).mean() + math.log(y.size / (x.size - 1))
    assert kl_on_the_line(x, y, k) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.parametrize("n", [200, 2_000])
def test_is_about_the_truth(name: str, n: int) -> None:
    found = np.array(
        [[kl_on_the_line(*pair(name, s, n), 5), bias_reduced_on_the_line(*pair(name, s, n))] for s in range(30)]
    )
    assert np.isfinite(found).all()
    assert found.mean(axis=0) == pytest.approx(TRUTHS[name][2], abs=0.06 if n == 200 else 0.025)


def test_ties_are_refused_and_jitter_spreads_them() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.integers(0, 30, 300).astype(float), rng.integers(0, 30, 300).astype(float)
    one = compare(x, y, measures="kl-knn").comparisons[0].estimates[0]
    assert one.status == "undefined"
    assert "--jitter" in one.notes[0].text
    assert math.isnan(kl_on_the_line(np.sort(x), np.sort(y), 5))
    spread = jittered(np.sort(x), np.random.default_rng(0))
    assert (np.abs(spread - np.sort(x)) <= 0.5).all()
    assert abs(kl_on_the_line(spread, jittered(np.sort(y), rng), 5)) < 0.4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n"), [("normals", 300), ("normals", 1_000), ("exponentials", 300), ("exponentials", 1_000)]
)
def test_intervals_cover_as_they_say(name: str, n: int) -> None:
    rng = np.random.default_rng(7)
    covered = 0
    for seed in range(300):
        x, y = pair(name, seed, n)
        low, high = subsampled_interval(x, y, 5, kl_on_the_line(x, y, 5), 0.95, rng)
        covered += low <= TRUTHS[name][2] <= high
    assert 0.90 <= covered / 300 <= 0.98


@pytest.mark.slow
def test_intervals_of_plug_in_kl_cover_as_they_say() -> None:
    shares = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.25, 0.25, 0.25, 0.25])
    truth = float((shares[0] * np.log(shares[0] / shares[1])).sum())
    covered = known = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        p, q = (list(rng.choice(list("abcd"), 600, p=share)) for share in shares)
        interval = compare(p, q, measures="kl", interval=0.95).comparisons[0].estimates[0].interval
        if interval is not None:
            known += 1
            covered += interval[0] <= truth <= interval[1]
    assert known > 280
    assert 0.90 <= covered / known <= 0.98


class TestCommand:
    @pytest.fixture
    def files(self, tmp_path: Path) -> tuple[str, str]:
        x, y = pair("normals", 5, 500)
        for name, values in (("p", x), ("q", y)):
            (tmp_path / f"{name}.csv").write_text("x\n" + "".join(f"{value!r}\n" for value in values.tolist()))
        return str(tmp_path / "p.csv"), str(tmp_path / "q.csv")

    def test_stands_beside_measures_with_its_interval(self, run: Callable, files: tuple[str, str]) -> None:
        found = json.loads(run(*files, "-m", "kl-knn,kl,w1", "--interval", "0.95", "-f", "json").stdout)
        assert found["settings"]["estimators"] == ["kl-knn"]
        assert found["settings"]["interval"] == 0.95
        by_key = {(one["measure"], one["direction"]): one for one in found["comparisons"][0]["estimates"]}
        for key in (("kl", "p:q"), ("w1", None), ("kl-knn", "p:q"), ("kl-knn", "q:p")):
            low, high = by_key[key]["interval"]
            assert low < high
        assert by_key["kl-knn", "p:q"]["method"] == "k 5"
        x, y = (np.loadtxt(file, skiprows=1) for file in files)
        assert by_key["kl-knn", "p:q"]["value"] == pytest.approx(kl_on_the_line(np.sort(x), np.sort(y), 5), rel=1e-12)

    def test_alone(self, run: Callable, files: tuple[str, str]) -> None:
        found = json.loads(run(*files, "-m", "kl-knn", "--neighbours", "3", "--base", "2", "-f", "json").stdout)
        assert {one["measure"] for one in found["comparisons"][0]["estimates"]} == {"kl-knn"}
        assert found["comparisons"][0]["estimates"][0]["unit"] == "bits"

    def test_near_zero_there_is_no_interval_and_it_says_why(self, run: Callable, files: tuple[str, str]) -> None:
        found = json.loads(run(files[0], files[0], "-m", "kl", "--interval", "95%", "-f", "json").stdout)
        one = found["comparisons"][0]["estimates"][0]
        assert one["interval"] is None
        assert "no-interval" in one["notes"]

    @pytest.mark.parametrize("arguments", [("--interval", "1.5"), ("--interval", "x"), ("--neighbours", "0")])
    def test_what_cannot_be_is_told(self, run: Callable, files: tuple[str, str], arguments: tuple[str, ...]) -> None:
        done = run(*files, *arguments)
        assert done.status == 2
        assert arguments[0] in done.stderr or "interval" in done.stderr

    def test_quiet_is_the_bare_number(self, run: Callable, files: tuple[str, str]) -> None:
        x, y = (np.sort(np.loadtxt(file, skiprows=1)) for file in files)
        found = [float(word) for word in run(*files, "-q", "-m", "kl-knn").stdout.split()]
        assert found == pytest.approx([kl_on_the_line(x, y, 5), kl_on_the_line(y, x, 5)], rel=1e-12)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (("matrix",), ("-m", "kl-knn")),
            (("matrix",), ("--interval", "0.9")),
            ((), ("--preset", "evidently", "--interval", "0.9")),
            ((), ("--preset", "evidently", "-m", "kl-knn")),
            ((), ("--jitter",)),
            ((), ("--neighbours", "7")),
        ],
    )
    def test_what_would_have_no_effect_is_refused(
        self, run: Callable, files: tuple[str, str], before: tuple[str, ...], after: tuple[str, ...]
    ) -> None:
        done = run(*before, *files, *after)
        assert done.status == 2
        assert after[-1] in done.stderr or after[0] in done.stderr or "--interval" in done.stderr

    @pytest.mark.parametrize("name", ["kl-knn", "kl-knn-br"])
    def test_is_explained(self, run: Callable, name: str) -> None:
        assert "Wang, Kulkarni" in run("explain", name).stdout
        assert name in run("explain").stdout

    def test_labels_have_no_neighbours(self, run: Callable) -> None:
        done = run("a:3,b:5", "a:4,b:4", "-m", "kl-knn,kl", "-f", "table")
        assert done.status == 0
        assert "between rows of numbers" in done.stdout


def test_an_interval_that_no_measure_has_is_refused() -> None:
    from kldiv_cli import compare
    from kldiv_cli.errors import UsageError

    with pytest.raises(UsageError, match="none of the measures has one"):
        compare([1.0, 2.0, 3.0], [2.0, 3.0, 4.0], measures="js,tv", interval=0.9)


@pytest.mark.slow
def test_plug_in_intervals_hold_where_p_lacks_most_values_of_q() -> None:
    """P of two labels against fifty of Q: values that P never has add no bias of P's."""
    from kldiv_cli import compare

    rng = np.random.default_rng(0)
    truth, covered = math.log(25.0), 0
    for _ in range(300):
        p = dict(zip("ab", rng.multinomial(200, [0.5, 0.5]).tolist(), strict=True))
        names = ["a", "b", *(f"c{place}" for place in range(48))]
        q = dict(zip(names, rng.multinomial(10_000, [0.02] * 50).tolist(), strict=True))
        low, high = compare(p, q, measures="kl", interval=0.95).comparisons[0].estimate("kl", "p:q").interval
        covered += low <= truth <= high
    assert 0.90 * 300 <= covered <= 0.98 * 300
