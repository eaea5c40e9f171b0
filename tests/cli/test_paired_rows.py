"""Row i against row i: the same numbers as of pairs typed, from every format, at any size, held to limits."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.conftest import SAMPLE_DATA

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

TOKENS = (str(SAMPLE_DATA / "tokens-f32.jsonl"), str(SAMPLE_DATA / "tokens-int8.jsonl"))
P = [[0.5, 0.3, 0.2], [0.1, 0.4, 0.5], [0.5, 0.5, 0.0], [0.2, 0.2, 0.6]]
Q = [[0.4, 0.4, 0.2], [0.1, 0.4, 0.5], [0.4, 0.6, 0.0], [0.6, 0.3, 0.1]]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def saved(folder: Path, name: str, masses: Sequence[Sequence[float]], suffix: str) -> str:
    path = folder / f"{name}.{suffix}"
    if suffix == "npy":
        np.save(path, np.array(masses))
    elif suffix == "csv":
        path.write_text("a,b,c\n" + "".join(",".join(map(str, row)) + "\n" for row in masses))
    elif suffix == "jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in masses))
    else:
        objects = [dict(zip("abc", row, strict=True)) for row in masses]
        path.write_text("".join(f"{json.dumps(row)}\n" for row in objects))
    return str(path)


@pytest.mark.parametrize("suffix", ["npy", "csv", "jsonl", "objects"])
def test_every_row_is_the_pair_of_that_row(run: Callable, tmp_path: Path, suffix: str) -> None:
    files = saved(tmp_path, "p", P, suffix), saved(tmp_path, "q", Q, suffix)
    found = rows(run(*files, "--rows", "-m", "kl,js,tv", "-f", "csv").stdout)
    assert len(found) == 4 * 4
    for number, (p, q) in enumerate(zip(P, Q, strict=True), start=1):
        pair = rows(run(*(",".join(map(str, side)) for side in (p, q)), "-m", "kl,js,tv", "-f", "csv").stdout)
        own = [row for row in found if row["row"] == str(number)]
        assert [row["measure"] for row in own] == [row["measure"] for row in pair]
        assert [float(row["value"]) for row in own] == pytest.approx([float(row["value"]) for row in pair], rel=1e-13)


def test_the_summary_is_that_of_the_rows(run: Callable, tmp_path: Path) -> None:
    draw = np.random.default_rng(5)
    masses = draw.dirichlet(np.ones(6), 2_500)
    files = saved(tmp_path, "p", masses.tolist(), "npy"), saved(tmp_path, "q", masses[::-1].tolist(), "npy")
    values = np.array([float(row["value"]) for row in rows(run(*files, "--rows", "-m", "js", "-f", "csv").stdout)])
    (summary,) = json.loads(run(*files, "--rows", "-m", "js", "-f", "json").stdout)["summaries"]
    assert summary["rows"] == 2_500
    assert summary["mean"] == pytest.approx(values.mean(), rel=1e-13)
    assert summary["standard_error"] == pytest.approx(values.std(ddof=1) / math.sqrt(2_500), rel=1e-12)
    for name, level in (("median", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)):
        expected = np.median(values) if name == "median" else np.quantile(values, level, method="inverted_cdf")
        assert summary[name] == expected, name
    agree = (masses.argmax(axis=1) == masses[::-1].argmax(axis=1)).mean()
    assert summary["agreement"] == agree
    lines = run(*files, "--rows", "-m", "js", "-f", "jsonl").stdout.splitlines()
    assert json.loads(lines[-1]) == {"summary": True, **summary}
    assert [json.loads(line)["row"] for line in lines[:-1]] == list(range(1, 2_501))


def test_jobs_change_no_byte(kldiv: Callable, tmp_path: Path) -> None:
    draw = np.random.default_rng(6)
    files = [saved(tmp_path, name, draw.dirichlet(np.ones(700), 4_000).tolist(), "npy") for name in "pq"]
    one, three = (kldiv(*files, "--rows", "-f", "csv", "--jobs", jobs) for jobs in ("1", "3"))
    assert one == three
    assert len(one.stdout.splitlines()) == 1 + 3 * 4_000


def test_logits_and_logprobs_are_normalised_in_logarithms(run: Callable, tmp_path: Path) -> None:
    logits = np.random.default_rng(7).normal(0, 4, (50, 30))
    other = logits.astype(np.float32).astype(np.float64)
    plain = [saved(tmp_path, name, np.exp(x - x.max()).tolist(), "npy") for name, x in (("p", logits), ("q", other))]
    logs = [saved(tmp_path, f"l{name}", x.tolist(), "npy") for name, x in (("p", logits), ("q", other))]
    found = rows(run(*logs, "--rows", "--as", "logits", "-m", "kl", "-f", "csv").stdout)
    expected = rows(run(*plain, "--rows", "-m", "kl", "-f", "csv").stdout)
    values, rough = ([float(row["value"]) for row in side] for side in (found, expected))
    assert values == pytest.approx(rough, rel=1e-4)  # exp() before rounds what the logarithms keep
    assert min(values) > 0.0
    assert max(values) < 1e-11


def test_parts_of_rows_get_a_rest_and_a_lower_bound(run: Callable, tmp_path: Path) -> None:
    p = {"the": math.log(0.6), "a": math.log(0.2)}
    q = {"the": math.log(0.5), "an": math.log(0.3)}
    for name, row in (("p", p), ("q", q)):
        (tmp_path / name).write_text(json.dumps(row) + "\n")
    files = str(tmp_path / "p"), str(tmp_path / "q")
    found = rows(run(*files, "--rows", "--as", "logprobs", "-m", "kl", "-f", "csv").stdout)
    pair = rows(run("0.6,0.4", "0.5,0.5", "-m", "kl", "-f", "csv").stdout)
    assert [float(row["value"]) for row in found] == pytest.approx([float(row["value"]) for row in pair], rel=1e-13)
    told = run(*files, "--rows", "--as", "logprobs", "-f", "table").stdout
    assert "≥0.02014" in told
    assert "lower bounds" in told
    (summary,) = json.loads(run(*files, "--rows", "--as", "logprobs", "-m", "js", "-f", "json").stdout)["summaries"]
    assert summary["lower_bound"] is True


def test_a_lower_bound_is_one(run: Callable, tmp_path: Path) -> None:
    draw = np.random.default_rng(8)
    logits = draw.normal(0, 2, (1, 20, 200)) + draw.normal(0, 0.5, (2, 20, 200))
    probs = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    whole = [saved(tmp_path, f"w{i}", probs[i].tolist(), "npy") for i in (0, 1)]
    parts = []
    for i in (0, 1):
        top = np.argsort(-probs[i], axis=1)[:, :15]
        lines = [{"ids": row.tolist(), "logprobs": np.log(probs[i][n, row]).tolist()} for n, row in enumerate(top)]
        parts.append(str(tmp_path / f"part{i}.jsonl"))
        (tmp_path / f"part{i}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    exact = [float(row["value"]) for row in rows(run(*whole, "--rows", "-m", "kl,js", "-f", "csv").stdout)]
    bound = [
        float(row["value"])
        for row in rows(run(*parts, "--rows", "--as", "logprobs", "-m", "kl,js", "-f", "csv").stdout)
    ]
    assert len(exact) == len(bound) == 60
    assert all(0.0 < low <= value for low, value in zip(bound, exact, strict=True))


def test_columns_of_another_order_are_put_in_order(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,a,b\nx,1,3\ny,2,2\n")
    (tmp_path / "q.csv").write_text("id,b,a\nx,3,1\ny,1,1\n")
    ran = run(str(tmp_path / "p.csv"), str(tmp_path / "q.csv"), "--rows", "-m", "js", "-f", "csv")
    assert [row["value"] for row in rows(ran.stdout)] == ["0.0", "0.0"]
    assert "All rows are equal." in ran.stderr


def test_the_worst_rows_are_named(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,a,b\ncalm,1,3\nwild,9,1\n")
    (tmp_path / "q.csv").write_text("id,a,b\ncalm,1,2\nwild,1,9\n")
    ran = run(str(tmp_path / "p.csv"), str(tmp_path / "q.csv"), "--rows", "-f", "table")
    assert "Furthest apart by KL divergence: row 2 (wild) with 1.758, 1 (calm) with" in ran.stdout
    assert "same in 50 % of 2 rows" in ran.stdout


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        (("--max", "kl.p99=0.05"), "drift"),
        (("--max", "kl.median=0.05"), "undecided"),
        (("--max", "kl=0.2"), "undecided"),
        (("--warn-max", "js.max=0.001"), "warn"),
        (("--max", "js-distance.max=1%"), "drift"),
        (("--min", "overlap.mean=0.5"), "undecided"),
        (("--min", "overlap.mean=0.999"), "drift"),
    ],
)
def test_a_gate_holds_statistics_of_rows(run: Callable, limits: Sequence[str], verdict: str) -> None:
    """Rows that name a part of their outcomes have lower bounds, and a bound within its limit proves nothing."""
    status = int(verdict == "drift")
    line = ("check", *TOKENS, "--rows", "--as", "logprobs", "--isolated", *limits)
    ran = run(*line, "-f", "json")
    assert ran.status == status, ran.stdout
    document = json.loads(ran.stdout)
    assert document["verdict"] == verdict
    assert run(*line, "-q") == (status, "", "")


@pytest.mark.parametrize(
    ("args", "told", "remedy"),
    [
        ((TOKENS[0], "--rows"), "Q, the second operand, is missing", "kldiv"),
        ((*TOKENS, TOKENS[0], "--rows"), "--rows compares the rows of two operands", "kldiv base.npy quant.npy"),
        ((*TOKENS, "--rows"), "row 1 holds a mass that is negative", "--as logprobs"),
        ((*TOKENS, "--rows", "--as", "logprobs", "-m", "w1"), "outcomes have no order", "-m kl,js"),
        ((*TOKENS, "--rows", "--as", "logprobs", "-m", "entropy"), "entropy is none of two rows", "-m kl"),
        ((*TOKENS, "--rows", "--as", "logprobs", "-s", "jeffreys"), "neither binned nor smoothed", "leave out"),
        (
            ("check", *TOKENS, "--rows", "--as", "logprobs"),
            "rows are held to limits that are asked for",
            "--max kl.p99",
        ),
        (("check", *TOKENS, "--rows", "--max", "kl.p98=1"), "there is no statistic 'p98'", "p99.9"),
        (("check", *TOKENS, "--rows", "--max", "x:kl=1"), "names a column", "--max kl.p99"),
        (("check", *TOKENS, "--rows", "--max", "kl=3floor"), "have no floor", "--max kl.p99"),
        (("check", "a:1,b:2", "a:2,b:2", "--max", "kl.p99=1"), "is on a statistic of rows", "--rows"),
    ],
)
def test_what_cannot_be_compared_is_told(run: Callable, args: Sequence[str], told: str, remedy: str) -> None:
    ran = run(*args)
    assert (ran.status, ran.stdout) == (2, "")
    assert told in ran.stderr
    assert remedy in ran.stderr


@pytest.mark.parametrize(
    ("p", "q", "options", "told"),
    [
        ("1,2\n1,2\n", "1,2\n", (), "has more rows than the 1 of"),
        ("[1, 2]\n", "[1, 2, 3]\n", (), "has 2 outcomes a row"),
        ("a,b\n1,2\n3,4\n", "a,c\n1,2\n3,4\n", (), "have not the same outcomes: b"),
        ('{"a": 1}\n', "[1, 2]\n", (), "on one side only"),
        ('{"a": -0.1}\n', '{"a": 0.5}\n', ("--as", "logprobs"), "row 1 sums to 1.64872, more than 1"),
        ('{"a": 0.2}\n', '{"a": 0.5}\n', (), "row 1 sums to 0.2"),
        ('{"a": NaN}\n', '{"a": 0.5}\n', ("--as", "logprobs"), "row 1 holds no mass, or NaN"),
        ("[-Infinity, -Infinity]\n", "[0, 0]\n", ("--as", "logprobs"), "row 1 has no finite logarithm"),
    ],
)
def test_rows_that_do_not_fit_are_named(
    run: Callable, tmp_path: Path, p: str, q: str, options: Sequence[str], told: str
) -> None:
    (tmp_path / "p").write_text(p)
    (tmp_path / "q").write_text(q)
    ran = run(str(tmp_path / "p"), str(tmp_path / "q"), "--rows", *options, "-f", "csv")
    assert (ran.status, ran.stdout) == (2, "")
    assert told in ran.stderr


def test_the_bare_number_is_the_mean(run: Callable, tmp_path: Path) -> None:
    files = saved(tmp_path, "p", P, "npy"), saved(tmp_path, "q", Q, "npy")
    ran = run(*files, "--rows", "-qm", "js")
    (summary,) = json.loads(run(*files, "--rows", "-m", "js", "-f", "json").stdout)["summaries"]
    assert ran == (0, f"{summary['mean']!r}\n", "")


def test_names_that_differ_are_told_and_rows_meet_by_place(run: Callable, tmp_path: Path) -> None:
    for side, names in (("p", "ab"), ("q", "ac")):
        lines = [json.dumps({"id": name, "x": 0.5, "y": 0.5}) + "\n" for name in names]
        (tmp_path / f"{side}.jsonl").write_text("".join(lines))
    files = str(tmp_path / "p.jsonl"), str(tmp_path / "q.jsonl")
    done = run(*files, "--rows", "-f", "table")
    assert done.status == 0
    assert "1 of 2 rows have other names in Q than in P, first row 2 (b and c)" in done.stdout.replace("\n  ", " ")
    assert "other names" not in run(files[0], files[0], "--rows", "-f", "table").stdout


def test_a_number_in_quotes_is_no_name_of_a_row(run: Callable, tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    file.write_text('{"a": "0.5", "b": 0.5}\n')
    done = run(str(file), str(file), "--rows")
    assert done.status == 2
    assert "row 1 holds '0.5' in quotes under 'a'" in done.stderr
    for line, options in (('{"id": "5", "a": 0.5, "b": 0.5}', []), ('{"z": "5", "a": 1, "b": 0}', ["--labels", "z"])):
        file.write_text(f"{line}\n")
        assert run(str(file), str(file), "--rows", *options).status == 0


@pytest.mark.filterwarnings("error")
def test_masses_of_any_size_are_distributions(run: Callable, tmp_path: Path) -> None:
    scales = np.array([[1e200], [1e300], [1e-300], [1e-310], [1.0]])
    files = [
        saved(tmp_path, name, (np.array([masses]) * scales).tolist(), "npy")
        for name, masses in (("p", [1.0, 2.0, 5.0]), ("q", [2.0, 1.0, 5.0]))
    ]
    values = [float(row["value"]) for row in rows(run(*files, "--rows", "-m", "js", "-f", "csv").stdout)]
    (expected,) = [float(row["value"]) for row in rows(run("1,2,5", "2,1,5", "-m", "js", "-f", "csv").stdout)]
    assert values == pytest.approx([expected] * len(scales), rel=1e-12)


@pytest.mark.filterwarnings("error")
def test_rows_that_share_no_outcome_are_infinitely_far_in_logarithms(run: Callable, tmp_path: Path) -> None:
    p, q = [[0.0, -np.inf], [-1.0, -2.0]], [[-np.inf, 0.0], [-1.0, -2.0]]
    files = saved(tmp_path, "p", p, "npy"), saved(tmp_path, "q", q, "npy")
    found = rows(run(*files, "--rows", "--as", "logits", "-m", "kl,js", "-f", "csv").stdout)
    assert [row["value"] for row in found if row["measure"] == "kl"] == ["inf", "inf", "0.0", "0.0"]
    assert float(found[2]["value"]) == pytest.approx(math.log(2.0), rel=1e-15)


def test_equal_rows_are_equal_by_a_likeness_too(run: Callable, tmp_path: Path) -> None:
    file = saved(tmp_path, "p", P, "csv")
    assert "All rows are equal." in run(file, file, "--rows", "-m", "overlap", "-f", "table").stdout


def test_whole_rows_pass_a_gate(run: Callable, tmp_path: Path) -> None:
    p, q = (
        saved(tmp_path, name, [[0.5, 0.3, 0.2], [0.9 - mass, 0.1, mass]], ".csv")
        for name, mass in (("p", 0.7), ("q", 0.65))
    )
    assert run("check", p, q, "--rows", "--isolated", "--max", "kl=0.1").status == 0
    assert "pass: 1 limit" in run("check", p, q, "--rows", "--isolated", "--max", "kl=0.1").stderr


def lines_of(folder: Path, name: str, *rows: dict[str, float]) -> str:
    path = folder / f"{name}.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return str(path)


def test_the_most_probable_outcome_is_one_that_is_named(run: Callable, tmp_path: Path) -> None:
    """What is not named is no outcome, however probable all of it is together."""
    p = lines_of(tmp_path, "p", {"a": -2.0, "b": -3.0}, {"a": -2.0, "b": -1.0})
    q = lines_of(tmp_path, "q", {"a": -0.5, "b": -3.0}, {"a": -1.5, "b": -2.0})
    assert "same in 50 % of 2 rows" in run(p, q, "--rows", "--as", "logprobs", "-f", "table").stdout


def test_rows_that_name_no_outcome_in_common_are_not_called_equal(run: Callable, tmp_path: Path) -> None:
    p, q = (lines_of(tmp_path, name, {name: -1.6, f"{name}2": -1.7}) for name in "pq")
    told = run(p, q, "--rows", "--as", "logprobs", "-f", "table").stdout
    assert "same in 0 % of 1 rows" in told
    assert "1 rows name no outcome in common" in told
    assert "equal" not in told


def test_logarithms_below_every_float_count_as_they_are(run: Callable, tmp_path: Path) -> None:
    for name, rows in {"p": ("[0, 0]", '{"a": 0, "b": 0}'), "q": ("[-800, 0]", '{"b": 0, "a": -800}')}.items():
        for number, row in enumerate(rows):
            (tmp_path / f"{name}{number}").write_text(row + "\n")
    for number in "01":
        done = run(*(str(tmp_path / f"{name}{number}") for name in "pq"), "--rows", "--as", "logits", "-qm", "kl")
        assert float(done.stdout.split()[0]) == pytest.approx(400.0 - math.log(2.0), rel=1e-13)


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        ({"a": -math.log(2.0)}, {"a": 0, "b": -800}, 400.0 - math.log(2.0)),
        ({"a": -1}, {"a": 0, "x": -746, "y": -745.5}, 470.2883853681277),  # by mpmath
        ({"a": -1}, {"a": 0, "x": -740, "y": -743.5}, 467.0925902517144),
    ],
)
def test_the_rest_of_a_row_may_be_below_every_float(
    run: Callable, tmp_path: Path, p: dict[str, float], q: dict[str, float], expected: float
) -> None:
    for name, row in (("p", p), ("q", q)):
        (tmp_path / name).write_text(json.dumps(row) + "\n")
    done = run(str(tmp_path / "p"), str(tmp_path / "q"), "--rows", "--as", "logprobs", "-f", "csv", "-m", "kl")
    assert float(next(csv.DictReader(io.StringIO(done.stdout)))["value"]) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("deep", [-744.6, -746.0])
def test_a_matrix_of_logarithms_takes_none_for_impossible(run: Callable, tmp_path: Path, deep: float) -> None:
    (tmp_path / "x").write_text(f"[0, 0, 0, 0, {deep}]\n[0, 0.5, 0, 0, -3]\n")
    lines = run("matrix", str(tmp_path / "x"), "--rows", "--as", "logits", "-m", "kl", "-f", "csv").stdout
    values = [float(row["value"]) for row in csv.DictReader(io.StringIO(lines))]
    assert max(values) == pytest.approx(7.85, abs=0.05)


def test_a_mass_whose_share_is_no_float_is_refused(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b,c\n1,1,1\n1,5e-324,2\n")
    for args in ((), ("-m", "w1")):
        done = run("matrix", str(tmp_path / "x.csv"), "--rows", *args)
        assert done.status == 2
        assert "row 2 holds a mass whose share is below 5e-324" in done.stderr


def test_logits_of_a_part_are_refused(run: Callable, tmp_path: Path) -> None:
    p, q = lines_of(tmp_path, "p", {"a": 2.0, "b": 1.0}), lines_of(tmp_path, "q", {"a": 2.0, "c": 1.0})
    done = run(p, q, "--rows", "--as", "logits")
    assert done.status == 2
    assert "row 1 names other outcomes" in done.stderr
    assert run(p, p, "--rows", "--as", "logits").status == 0


def test_rows_that_do_not_sum_to_1_are_told(run: Callable, tmp_path: Path) -> None:
    whole, uneven, counts = (tmp_path / f"{name}.csv" for name in ("whole", "uneven", "counts"))
    whole.write_text("a,b\n0.5,0.5\n0.3,0.7\n")
    uneven.write_text("a,b\n0.5,0.5\n0.3,0.8\n")
    counts.write_text("a,b\n5,5\n3,8\n")
    told = "1 of 2 rows do not sum to 1: each was divided by its sum."
    ran = run(str(whole), str(uneven), "--rows", "-f", "csv")
    assert f"{uneven}: {told}" in ran.stderr
    of_counts = run(str(whole), str(counts), "--rows", "-f", "csv")
    values = [[float(row["value"]) for row in csv.DictReader(io.StringIO(one.stdout))] for one in (ran, of_counts)]
    assert values[0] == pytest.approx(values[1], rel=1e-12, abs=1e-15)
    assert "do not sum" not in of_counts.stderr
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    one.write_text('{"a": 0.7, "b": 0.5}\n{"a": 0.5, "b": 0.5}\n')
    other.write_text('{"a": 0.5, "b": 0.5}\n{"a": 5, "b": 8}\n')
    of_objects = run(str(one), str(other), "--rows", "-f", "csv").stderr
    assert f"{one}: {told}" in of_objects
    assert f"{other}:" not in of_objects
    assert told in run("matrix", str(uneven), "--rows", "-f", "csv").stderr
    assert "do not sum" not in run("matrix", str(counts), "--rows", "-f", "csv").stderr


@pytest.mark.parametrize("asked", [("--terms",), ("--top", "2"), ("--plot",)])
@pytest.mark.parametrize("shape", [("{0}", "{0}", "--rows"), ("matrix", "{0}", "--rows"), ("{0}", "{0}", "--joint")])
def test_outcomes_are_not_asked_for_in_vain(
    run: Callable, tmp_path: Path, shape: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    path = tmp_path / "p.csv"
    path.write_text("a,b\n0.5,0.5\n0.3,0.7\n")
    done = run(*(word.format(path) for word in shape), *asked)
    assert done.status == 2
    assert f"{asked[0]} shows the outcomes of two distributions" in done.stderr
    assert f"try: kldiv P Q {asked[0]}" in done.stderr


def test_rows_of_as_many_outcomes_as_a_language_has_words(kldiv: Callable, tmp_path: Path) -> None:
    """300,000 outcomes without names, and 50,000 in another order: work for each pair of them would take minutes."""
    masses = np.random.default_rng(5).random((2, 300_000))
    np.save(tmp_path / "p.npy", masses)
    found = kldiv("p.npy", "p.npy", "--rows", "-m", "js", "-f", "json", cwd=tmp_path)
    assert json.loads(found.stdout)["comparisons"][0]["estimates"][0]["value"] == 0.0
    named = {f"t{place}": value for place, value in enumerate(masses[0, :50_000].tolist())}
    for name, columns in (("p", named), ("q", dict(reversed(named.items())))):
        lines = [",".join(columns), *[",".join(map(str, columns.values()))] * 2]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    found = kldiv("p.csv", "q.csv", "--rows", "-m", "js", "-f", "json", cwd=tmp_path)
    assert json.loads(found.stdout)["comparisons"][0]["estimates"][0]["value"] == 0.0
