"""``fit`` ranks families by their likelihood; ``gaussian`` tells which latents carry information."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

from kldiv_cli.core.densities.gaussian import kl_to_standard_normal
from kldiv_cli.core.estimators.neighbours import distances_within

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

X = np.random.default_rng(0).gamma(2.0, 3.0, 400)


@pytest.fixture
def claims(tmp_path: Path) -> str:
    path = tmp_path / "claims.csv"
    path.write_text("amount\n" + "".join(f"{value!r}\n" for value in X.tolist()))
    return str(path)


def document(run: Callable, *arguments: str) -> dict:
    done = run(*arguments, "-f", "json")
    assert done.status == 0, done.stderr
    found: dict = json.loads(done.stdout)
    return found


def values(document: dict) -> dict[str, dict[str, float]]:
    return {
        one["q"]["label"].partition("(")[0]: {each["measure"]: each["value"] for each in one["estimates"]}
        for one in document["comparisons"]
    }


class TestFit:
    def test_ranks_by_likelihood(self, run: Callable, claims: str) -> None:
        found = values(document(run, "fit", claims, "--family", "norm,gamma,lognorm"))
        assert list(found) == ["gamma", "lognorm", "norm"]
        assert [one["kl"] for one in found.values()] == sorted(one["kl"] for one in found.values())
        entropy = stats.gamma(2, scale=3).entropy()
        mean, deviation = X.mean(), X.std()
        expected = -entropy - stats.norm(mean, deviation).logpdf(X).mean()
        assert found["norm"]["kl"] == pytest.approx(expected, abs=0.15)
        assert abs(found["gamma"]["kl"]) < 0.1

    def test_aic_and_ks_are_those_of_scipy(self, run: Callable, claims: str) -> None:
        found = values(document(run, "fit", claims, "--family", "norm,gamma"))
        a, _, scale = stats.gamma.fit(X, floc=0)
        law = stats.gamma(a, 0, scale)
        assert found["gamma"]["aic"] == pytest.approx(2 * 2 - 2 * law.logpdf(X).sum(), rel=1e-6)
        assert found["gamma"]["ks"] == pytest.approx(stats.kstest(X, law.cdf).statistic, rel=1e-6)
        assert found["norm"]["aic"] == pytest.approx(4 - 2 * stats.norm(X.mean(), X.std()).logpdf(X).sum(), rel=1e-9)

    def test_what_was_fitted_can_be_typed(self, run: Callable, claims: str) -> None:
        (one,) = document(run, "fit", claims, "--family", "gamma")["comparisons"]
        again = document(run, claims, one["q"]["label"], "-m", "ks")["comparisons"][0]["estimates"][0]
        assert again["value"] == next(each["value"] for each in one["estimates"] if each["measure"] == "ks")

    def test_whole_numbers_are_fitted_by_masses(self, run: Callable, tmp_path: Path) -> None:
        path = tmp_path / "k.csv"
        path.write_text("k\n" + "".join(f"{k}\n" for k in np.random.default_rng(1).poisson(4.0, 300)))
        found = document(run, "fit", str(path))
        assert found["comparisons"][0]["q"]["label"].startswith("poisson(")
        assert any(note["code"] == "ties" for note in found["notes"])

    @pytest.mark.parametrize("form", ["table", "plain", "csv", "jsonl", "markdown"])
    def test_every_format(self, run: Callable, claims: str, form: str) -> None:
        done = run("fit", claims, "--family", "norm,gamma", "--plot", "-f", form)
        assert done.status == 0
        assert "gamma(" in done.stdout

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("--family", "gama"), "'gamma'?"),
            (("--family", "binom"), "whole numbers"),
            (("--family", "poisson"), "whole numbers"),
            (("-m", "js"), "-m does not go with fit"),
            (("--interval", "0.9"), "--interval does not go with fit"),
        ],
    )
    def test_what_cannot_be_fitted_is_told(
        self, run: Callable, claims: str, arguments: tuple[str, ...], told: str
    ) -> None:
        done = run("fit", claims, *arguments)
        assert done.status == 2
        assert told in done.stderr

    def test_other_operands_are_refused(self, run: Callable, tmp_path: Path) -> None:
        assert "is no sample" in run("fit", "norm(0,1)").stderr
        assert "one sample" in run("fit").stderr
        labels = tmp_path / "l.csv"
        labels.write_text("l\na\nb\na\n")
        assert "no numbers" in run("fit", str(labels)).stderr
        few = tmp_path / "few.csv"
        few.write_text("x\n1.5\n2.5\n")
        assert "five rows" in run("fit", str(few), "--family", "norm").stderr

    def test_distances_to_the_kth_neighbour(self) -> None:
        x = np.sort(np.random.default_rng(2).normal(size=60))
        for k in (1, 3, 5):
            expected = np.sort(np.abs(x[:, None] - x), axis=1)[:, k]
            assert distances_within(x, k) == pytest.approx(expected, rel=1e-14)


class TestGaussian:
    mean = np.random.default_rng(0).normal(size=(150, 3)) * [1.0, 0.5, 1e-4]
    logs = np.random.default_rng(1).normal(size=(150, 3)) * [1.0, 0.1, 1e-4]

    @pytest.fixture
    def latents(self, tmp_path: Path) -> str:
        path = tmp_path / "latents.csv"
        lines = ["mu0,mu1,mu2,logvar0,logvar1,logvar2"]
        lines += [",".join(map(repr, row)) for row in np.hstack([self.mean, self.logs]).tolist()]
        path.write_text("\n".join(lines) + "\n")
        return str(path)

    @property
    def expected(self) -> np.ndarray:
        return 0.5 * (self.mean**2 + np.expm1(self.logs) - self.logs)

    def test_by_dimension(self, run: Callable, latents: str) -> None:
        found = document(run, "gaussian", latents)
        by_name = {one["column"]: one["estimates"][0]["value"] for one in found["comparisons"]}
        assert list(by_name) == ["mu0", "mu1", "mu2"]
        assert list(by_name.values()) == pytest.approx(self.expected.mean(axis=0).tolist(), rel=1e-9, abs=1e-16)
        assert any("Collapsed, below 0.01 nats: mu2 (1 of 3)" in note["text"] for note in found["notes"])

    def test_by_row_and_in_bits(self, run: Callable, latents: str) -> None:
        found = document(run, "gaussian", latents, "--rows", "--base", "2")
        rows = [one["estimates"][0]["value"] for one in found["comparisons"]]
        assert rows == pytest.approx((self.expected.sum(axis=1) / np.log(2)).tolist(), rel=1e-9)
        assert found["summaries"][0]["mean"] == pytest.approx(np.mean(rows), rel=1e-12)

    @pytest.mark.parametrize("log_variance", [0.0, 1e-12, -1e-8, 1e-4, 0.0999, 0.1001, -3.0, 50.0, -700.0])
    @pytest.mark.parametrize("mean", [0.0, 1e-9, 2.0])
    def test_keeps_its_digits(self, mean: float, log_variance: float) -> None:
        with mp.workdps(50):
            one, other = mp.mpf(mean), mp.mpf(log_variance)
            expected = float((one**2 + mp.expm1(other) - other) / 2)
        found = float(kl_to_standard_normal(np.array([[mean]]), np.array([[log_variance]]))[0, 0])
        assert found == pytest.approx(expected, rel=1e-14, abs=0.0)

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("--mean", "z*"), "no column"),
            (("--bins", "9"), "--bins does not go with gaussian"),
            (("--log-var", "mu*"), "do not pair up"),
            (("--log-var", "logvar0"), "3 means and 1 log-variances"),
        ],
    )
    def test_patterns_that_do_not_fit_are_told(
        self, run: Callable, latents: str, arguments: tuple[str, ...], told: str
    ) -> None:
        done = run("gaussian", latents, *arguments)
        assert done.status == 2
        assert told in done.stderr

    def test_what_is_no_number_is_told(self, run: Callable, tmp_path: Path) -> None:
        path = tmp_path / "bad.csv"
        path.write_text("mu0,logvar0\n1,0\n,0\n")
        done = run("gaussian", str(path))
        assert done.status == 2
        assert "no number" in done.stderr


def test_latents_pair_by_the_numbers_in_their_names(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "turned.csv"
    path.write_text("mu2,mu10,mu1,logvar1,logvar2,logvar10\n1,0,0,0,0,2\n")
    found = json.loads(run("gaussian", str(path), "-f", "json").stdout)
    values = {one["column"]: one["estimates"][0]["value"] for one in found["comparisons"]}
    assert values == pytest.approx({"mu2": 0.5, "mu10": 0.5 * (math.exp(2.0) - 3.0), "mu1": 0.0})
    path.write_text("mu1,mu2,logvar1,logvar3\n1,0,0,0\n")
    done = run("gaussian", str(path))
    assert done.status == 2
    assert "no log-variance has the number of mu2" in done.stderr


@pytest.mark.parametrize("command", ["fit", "gaussian"])
def test_help_lists_no_option_that_is_refused(run: Callable, command: str) -> None:
    told = run(command, "-h").stdout
    assert "--base" in told
    for option in ("--smooth", "--preset", "--interval", "--neighbours", "--n-eff", "--measure"):
        assert option not in told, option


def test_a_row_of_latents_that_is_no_number_is_named(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "latents.csv"
    path.write_text("mu1,logvar1\n0,0\n1,0\nnan,1\n")
    ran = run("gaussian", str(path))
    assert ran.status == 2
    assert "row 3 holds a mean or a log-variance that is no number" in ran.stderr
