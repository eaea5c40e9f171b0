"""Densities as operands: against each other, against samples, in every format, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def value_of(run: Callable, *arguments: str) -> list[float]:
    done = run(*arguments, "-q")
    assert done.status == 0, done.stderr
    return [float(word) for word in done.stdout.split()]


def document(run: Callable, *arguments: str) -> dict:
    found: dict = json.loads(run(*arguments, "-f", "json").stdout)
    return found


@pytest.fixture
def sample(tmp_path: Path) -> str:
    path = tmp_path / "claims.csv"
    x = np.random.default_rng(0).gamma(2.0, 3.0, 400)
    path.write_text("amount,who\n" + "".join(f"{value!r},{'ab'[i % 2]}\n" for i, value in enumerate(x.tolist())))
    return f"{path}:amount"


def numbers(sample: str) -> np.ndarray:
    path = sample.rpartition(":")[0]
    return np.loadtxt(path, delimiter=",", skiprows=1, usecols=0)


def test_two_normals_have_the_closed_form(run: Callable) -> None:
    assert value_of(run, "norm(0,1)", "norm(1,2)", "-m", "kl") == pytest.approx(
        [0.4431471805599453, 1.3068528194400547]
    )
    assert value_of(run, "norm(0,1)", "norm(1,2)", "-m", "kl", "--base", "2")[0] == pytest.approx(
        0.4431471805599453 / np.log(2)
    )


@pytest.mark.parametrize("form", ["table", "plain", "csv", "tsv", "json", "jsonl", "markdown"])
def test_every_format_tells_it(run: Callable, form: str) -> None:
    done = run("t(3)", "norm(0,1)", "-f", form, "--plot", "--color", "never")
    assert done.status == 0
    assert "0.645" in done.stdout


def test_json_says_how_and_how_exactly(run: Callable) -> None:
    found = document(run, "t(3)", "norm(0,1)", "-m", "kl,w1")
    (comparison,) = found["comparisons"]
    assert comparison["support"]["kind"] == "line"
    assert comparison["p"]["kind"] == "density"
    assert comparison["p"]["quantiles"]["0.5"] == 0.0
    for estimate in comparison["estimates"]:
        assert estimate["method"] in ("quadrature", "quantiles")
        assert 0.0 <= estimate["error"] < 1e-9
    assert sum(item["p"] for item in comparison["contributions"]) <= 1.0 + 1e-12


def test_a_label_names_a_density(run: Callable) -> None:
    found = document(run, "model=norm(0,1)", "0.5*norm(0,1)+0.5*norm(3,1)")
    assert found["comparisons"][0]["p"]["label"] == "model"


def test_a_file_of_that_name_comes_first(run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "norm(0,1)").write_text("x\n1\n2\n")
    (tmp_path / "q.csv").write_text("x\n1\n3\n")
    assert document(run, "norm(0,1)", "q.csv")["comparisons"][0]["p"]["kind"] == "samples"


@pytest.mark.parametrize(
    ("operands", "told"),
    [
        (("normal(0,1)", "norm(0,1)"), "'norm'?"),
        (("norm(0,1,2)", "norm(0,1)"), "has 2 parameters"),
        (("norm(0,-1)", "norm(0,1)"), "not above 0"),
        (("__import__('os')", "norm(0,1)"), "the density"),
        (("norm(0,1)", "__import__('os').system('touch pwned')"), 'the density "__import__'),
        (("norm(0,1)", "0.2,0.8"), "masses"),
        (("norm(0,1)", "norm(0,1)", "--smooth", "laplace"), "--smooth does not go with a density"),
        (("norm(0,1)", "norm(0,1)", "--preset", "evidently"), "--preset does not go with a density"),
        (("norm(0,1)", "norm(0,1)", "--bins", "5"), "--bins does not go with a density"),
        (("norm(0,1)", "norm(0,1)", "--interval", "0.9"), "--interval does not go with a density"),
        (("norm(0,1)", "norm(0,1)", "--n-eff", "9"), "--n-eff does not go with a density"),
        (("norm(0,1)", "norm(0,1)", "--n-p", "9"), "--n-p and --n-q are for bare probabilities"),
        (("norm(0,1)", "norm(0,1)", "-m", "kl-knn"), "-m kl-knn does not go with a density"),
        (("norm(0,1)", "norm(0,1)", "norm(0,1)"), "is a density, which stands against one density or one column"),
        (("matrix", "norm(0,1)", "norm(0,1)"), "is a density, which stands"),
        (("check", "norm(0,1)", "norm(0,1)"), "is no data that could drift"),
        (("profile", "norm(0,1)"), "is a density, which stands"),
        (("trend", "norm(0,1)", "norm(0,1)"), "is a density, which stands"),
        (("norm(0,1)", "--by", "x"), "is a density, which stands"),
    ],
)
def test_what_cannot_be_is_told(run: Callable, operands: tuple[str, ...], told: str) -> None:
    done = run(*operands)
    assert done.status == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "internal" not in done.stderr


def test_labels_and_tables_are_no_numbers(run: Callable, sample: str) -> None:
    path = sample.rpartition(":")[0]
    assert "which column" in run("norm(0,1)", path).stderr
    assert "holds no numbers" in run("norm(0,1)", f"{path}:who").stderr


class TestAgainstASample:
    def test_masses_on_bins_are_exact(self, run: Callable, sample: str) -> None:
        found = document(run, "gamma(2,scale=3)", sample, "-m", "js", "--bins", "5", "--terms")
        shares = [item["p"] for item in found["comparisons"][0]["contributions"]]
        assert shares == pytest.approx([0.2] * 5, rel=1e-12)
        edges = found["comparisons"][0]["support"]["edges"][1:-1]
        assert edges == pytest.approx(stats.gamma(2, scale=3).ppf([0.2, 0.4, 0.6, 0.8]), rel=1e-12)

    def test_bins_of_a_sample_that_is_p_are_its_own(self, run: Callable, sample: str) -> None:
        found = document(run, sample, "gamma(2,scale=3)", "-m", "js", "--terms")
        support = found["comparisons"][0]["support"]
        assert support["rule"] == "11 bins, equal-frequency on P"
        masses = [item["q"] for item in found["comparisons"][0]["contributions"]]
        edges = [-np.inf, *support["edges"][1:-1], np.inf]
        assert masses == pytest.approx(np.diff(stats.gamma(2, scale=3).cdf(edges)), rel=1e-12)

    def test_ks_is_that_of_scipy_with_its_p_value(self, run: Callable, sample: str) -> None:
        expected = stats.kstest(numbers(sample), "norm", args=(6, 4), method="exact")
        found = document(run, sample, "norm(6,4)", "-m", "ks")["comparisons"][0]["estimates"][0]
        assert found["value"] == pytest.approx(expected.statistic, rel=1e-13)
        assert found["null"]["p_value"] == pytest.approx(expected.pvalue, rel=1e-6)

    @pytest.mark.parametrize("turned", [False, True])
    def test_distances_are_those_of_a_huge_sample(self, run: Callable, sample: str, turned: bool) -> None:
        law = stats.norm(6, 4)
        grid = law.ppf((np.arange(400_000) + 0.5) / 400_000)
        x = numbers(sample)
        operands = ["norm(6,4)", sample] if turned else [sample, "norm(6,4)"]
        assert value_of(run, *operands, "-m", "w1") == pytest.approx([stats.wasserstein_distance(x, grid)], rel=1e-4)
        assert value_of(run, *operands, "-m", "energy") == pytest.approx([stats.energy_distance(x, grid)], rel=1e-4)
        squares = np.square(np.quantile(x, (np.arange(400_000) + 0.5) / 400_000, method="inverted_cdf") - grid)
        assert value_of(run, *operands, "-m", "w2") == pytest.approx([np.sqrt(squares.mean())], rel=1e-3)

    def test_cvm_is_the_integral(self, run: Callable, sample: str) -> None:
        law, x = stats.norm(6, 4), np.sort(numbers(sample))
        u = np.linspace(0, 1, 400_001)
        of_density = np.trapezoid((np.searchsorted(x, law.ppf(u), side="right") / x.size - u) ** 2, u)
        of_sample = np.mean((np.arange(1, x.size + 1) / x.size - law.cdf(x)) ** 2)
        assert value_of(run, sample, "norm(6,4)", "-m", "cvm") == pytest.approx(
            [0.5 * (of_density + of_sample)], rel=1e-4
        )

    def test_the_law_that_it_came_from_is_noise(self, run: Callable, sample: str) -> None:
        found = document(run, "gamma(2,scale=3)", sample, "-m", "all")["comparisons"][0]["estimates"]
        known = [one for one in found if one["null"] is not None]
        assert {"kl", "js", "psi", "w1", "ks", "kuiper", "cvm", "energy"} <= {one["measure"] for one in known}
        assert min(one["null"]["p_value"] for one in known) > 0.01

    def test_another_law_is_more_than_noise(self, run: Callable, sample: str) -> None:
        found = document(run, "gamma(2,scale=5)", sample, "-m", "js,w1,ks,energy")["comparisons"][0]["estimates"]
        assert max(one["null"]["p_value"] for one in found) < 0.01

    def test_whole_numbers_against_masses_at_them(self, run: Callable, tmp_path: Path) -> None:
        path = tmp_path / "k.csv"
        k = np.random.default_rng(1).poisson(4.0, 300)
        path.write_text("k\n" + "".join(f"{one}\n" for one in k))
        grid = np.arange(0, 60)
        pmf = stats.poisson(4).pmf(grid)
        found = value_of(run, str(path), "poisson(4)", "-m", "w1")
        assert found == pytest.approx([stats.wasserstein_distance(k, grid, None, pmf)], rel=1e-9)
        shares = np.bincount(k, minlength=60) / k.size
        assert value_of(run, str(path), "poisson(4)", "-m", "tv") == pytest.approx([0.5 * np.abs(shares - pmf).sum()])

    def test_p_values_keep_their_level(self, run: Callable, tmp_path: Path) -> None:
        path = tmp_path / "x.csv"
        found = []
        for seed in range(60):
            x = np.random.default_rng(seed).normal(size=80)
            path.write_text("x\n" + "".join(f"{value!r}\n" for value in x.tolist()))
            one = document(run, "norm(0,1)", str(path), "-m", "js,w1,ks,energy", "--seed", str(seed))
            found.append([estimate["null"]["p_value"] for estimate in one["comparisons"][0]["estimates"]])
        rates = (np.array(found) <= 0.1).mean(axis=0)
        assert (rates <= 0.1 + 3.3 * np.sqrt(0.1 * 0.9 / 60)).all(), rates


class TestGate:
    """A density as the reference of a gate."""

    @pytest.fixture(autouse=True)
    def here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        rng = np.random.default_rng(0)
        for name, mean in (("near", 0.0), ("far", 1.0)):
            (tmp_path / f"{name}.csv").write_text("x\n" + "".join(f"{v}\n" for v in rng.normal(mean, 1.0, 500)))

    def test_by_default_the_js_distance_is_held(self, run: Callable) -> None:
        held, failed = (run("check", "norm(0,1)", f"{name}.csv", "--isolated") for name in ("near", "far"))
        assert (held.status, failed.status) == (0, 1)
        assert "pass: 1 limit held." in held.stderr
        assert "drift: JS distance" in failed.stderr

    def test_other_limits_and_a_likeness(self, run: Callable) -> None:
        limits = ("--max", "ks=0.1", "--min", "overlap=0.8", "--max", "w1=0.2")
        assert run("check", "norm(0,1)", "near.csv", "--isolated", *limits).status == 0
        done = run("check", "norm(0,1)", "far.csv", "--isolated", *limits, "-f", "json")
        assert done.status == 1
        rules = json.loads(done.stdout)["comparisons"][0]["rules"]
        assert {rule["measure"]: rule["verdict"] for rule in rules} == dict.fromkeys(("ks", "overlap", "w1"), "drift")

    def test_a_bad_candidate_stops_no_other(self, run: Callable) -> None:
        done = run("check", "norm(0,1)", "near.csv", "absent.csv", "--isolated", "-f", "json")
        found = json.loads(done.stdout)
        assert (done.status, found["verdict"]) == (2, "undecided")
        assert found["verdicts"] == [{"q": "near.csv", "verdict": "pass"}]

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            (("norm(0,1)", "norm(1,1)"), "no data that could drift"),
            (("norm(0,1)", "near.csv", "--max", "x:ks=0.1"), "does not fit a density"),
            (("norm(0,1)", "near.csv", "--max", "missing=0.1"), "does not fit a density"),
            (("norn(0,1)", "near.csv"), "no family"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_what_cannot_be_is_told(self, run: Callable, line: tuple[str, ...], said: str) -> None:
        done = run("check", *line, "--isolated")
        assert done.status == 2
        assert said in done.stderr
