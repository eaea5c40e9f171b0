"""Every pair: the same numbers as of pairs on one support, in every format, from files, groups and rows."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kldiv_cli.pipeline.pairs import extremes
from kldiv_cli.report import Matrix
from tests.conftest import SAMPLE_DATA

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

FLIGHTS = [str(SAMPLE_DATA / "flights" / f"2013-{month:02}.csv") for month in (1, 4, 7)]
PENGUINS = str(SAMPLE_DATA / "penguins.csv")
TOPICS = "topic,0,1,2\nsport,0.5,0.3,0.2\npolitics,0.1,0.4,0.5\nweather,0.5,0.5,0\n"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def topics(tmp_path: Path) -> str:
    path = tmp_path / "topics.csv"
    path.write_text(TOPICS)
    return str(path)


def test_all_pairs_have_the_bins_of_all_operands_together(run: Callable) -> None:
    ran = run("matrix", *FLIGHTS, "-c", "dep_delay", "-m", "js", "-f", "json")
    assert ran.status == 0
    found = json.loads(ran.stdout)["comparisons"]
    edges = [one["support"]["edges"] for one in found]
    assert edges[0] == edges[1] == edges[2]
    assert found[0]["support"]["rule"] == "20 bins, equal-frequency on all together"
    inner = ",".join(repr(edge) for edge in edges[0][1:-1])
    given = f"-1000000,{inner},1000000"
    for one, (p, q) in zip(found, ((0, 1), (0, 2), (1, 2)), strict=True):
        pair = run(FLIGHTS[p], FLIGHTS[q], "-c", "dep_delay", "-m", "js", "-b", given, "-f", "json", "--no-floor")
        assert one["estimates"][0]["value"] == json.loads(pair.stdout)["comparisons"][0]["estimates"][0]["value"]


def test_a_reference_gives_the_bins_and_is_no_operand(run: Callable) -> None:
    ran = run("matrix", *FLIGHTS[1:], "--ref", FLIGHTS[0], "-c", "dep_delay", "-m", "kl", "-f", "json")
    (one,) = json.loads(ran.stdout)["comparisons"]
    bins = json.loads(run(*FLIGHTS[:2], "-c", "dep_delay", "-m", "kl", "-f", "json").stdout)["comparisons"][0]
    assert one["support"]["edges"] == bins["support"]["edges"]
    assert (one["p"]["label"], one["q"]["label"]) == tuple(FLIGHTS[1:])


def test_labels_are_smoothed_on_those_of_all_operands(run: Callable) -> None:
    ran = run("matrix", "a:1,b:1", "a:1,b:3", "a:1,c:1", "-m", "js", "-s", "laplace", "-f", "json")
    found = json.loads(ran.stdout)["comparisons"]
    assert [one["support"]["size"] for one in found] == [3, 3, 3]
    pair = run("a:1,b:1,c:0", "a:1,b:3,c:0", "-m", "js", "-s", "laplace", "-f", "json")
    expected = json.loads(pair.stdout)["comparisons"][0]["estimates"][0]["value"]
    assert found[0]["estimates"][0]["value"] == pytest.approx(expected, rel=1e-14)


def test_jobs_change_no_byte(kldiv: Callable) -> None:
    options = ("--by", "hour", "-c", "carrier,dep_delay,air_time", "-m", "js,kl,w1")
    line = ("matrix", str(SAMPLE_DATA / "flights"), *options, "-f", "csv")
    one, two = (kldiv(*line, "--jobs", jobs) for jobs in ("1", "2"))
    assert one == two
    assert one.status == 0
    assert len(rows(one.stdout)) > 1_500


def test_kl_is_a_full_square_and_js_its_own_mirror(run: Callable) -> None:
    ran = run("matrix", PENGUINS, "--by", "species", "-c", "year", "-m", "kl,js", "-f", "json")
    kl, js = json.loads(ran.stdout)["matrices"]
    assert kl["labels"] == ["Adelie", "Chinstrap", "Gentoo"]
    first = json.loads(ran.stdout)["comparisons"][0]
    found = {(one["measure"], one["direction"]): one["value"] for one in first["estimates"]}
    assert (kl["values"][0][1], kl["values"][1][0]) == (found["kl", "p:q"], found["kl", "q:p"])
    assert js["values"][0][1] == found["js", None]
    assert kl["values"][0][2] != kl["values"][2][0]
    assert np.array_equal(np.array(js["values"]), np.array(js["values"]).T)
    assert not np.diagonal(np.array(kl["values"])).any()


@pytest.mark.parametrize("of_rows", [False, True], ids=["files", "rows"])
def test_what_is_told_one_way_only_is_told_of_both_turns(run: Callable, tmp_path: Path, of_rows: bool) -> None:
    """W1 in standard deviations of P: each pair has two."""
    values = {"a": (1, 2, 3, 4), "b": (0, 0, 2, 30), "c": (5, 5, 6, 6)}
    for name, column in values.items():
        (tmp_path / f"{name}.csv").write_text("x\n" + "".join(f"{value}\n" for value in column))
    table = tmp_path / "table.csv"
    counts = (f"{name}," + ",".join(str(column.count(k)) for k in range(31)) for name, column in values.items())
    table.write_text("name," + ",".join(map(str, range(31))) + "\n" + "\n".join(counts) + "\n")
    files = [str(tmp_path / f"{name}.csv") for name in values]
    args = ("matrix", *([str(table), "--rows"] if of_rows else files), "-m", "w1-scaled,w1")
    target = tmp_path / "found.npy"
    assert run(*args[:-1], "w1-scaled", "-o", str(target)).status == 0
    lines = rows(run(*args, "-f", "csv").stdout)
    met = [(PurePath(line["p"]).stem, PurePath(line["q"]).stem, line["measure"]) for line in lines]
    assert met[:3] == [("a", "b", "w1-scaled"), ("a", "b", "w1"), ("b", "a", "w1-scaled")]
    told = {(p, q): float(line["value"]) for (p, q, key), line in zip(met, lines, strict=True) if key == "w1-scaled"}
    assert len(told) == 6
    for i, p in enumerate(values):
        for j, q in enumerate(values):
            if p != q:
                alone = float(run(files[i], files[j], "-qm", "w1-scaled").stdout)
                assert told[p, q] == pytest.approx(alone, rel=1e-12)
                assert np.load(target)[i, j] == told[p, q]


def test_npy_is_the_matrix_and_its_labels_stand_beside_it(run: Callable, tmp_path: Path, topics: str) -> None:
    target = tmp_path / "js.npy"
    assert run("matrix", topics, "--rows", "-m", "js", "--base", "2", "-o", str(target)).status == 0
    values = np.load(target, allow_pickle=False)
    assert (tmp_path / "js.labels.txt").read_text() == "sport\npolitics\nweather\n"
    pair = run("0.5,0.3,0.2", "0.1,0.4,0.5", "-qm", "js", "--base", "2")
    assert values[0, 1] == values[1, 0] == pytest.approx(float(pair.stdout), rel=1e-13)
    assert not values.diagonal().any()
    files = run("matrix", *FLIGHTS, "-c", "dep_delay", "-m", "w1", "-o", str(target))
    assert files.status == 0
    assert np.load(target)[0, 2] == float(run(FLIGHTS[0], FLIGHTS[2], "-c", "dep_delay", "-qm", "w1").stdout)


@pytest.mark.parametrize("name", ["csv", "npy", "json", "ndjson", "objects", "parquet", "lists", "tsv"])
def test_rows_are_the_same_from_every_format(run: Callable, tmp_path: Path, topics: str, name: str) -> None:
    masses = [[0.5, 0.3, 0.2], [0.1, 0.4, 0.5], [0.5, 0.5, 0.0]]
    path = tmp_path / f"rows.{name}"
    if name == "csv":
        path.write_text("\n".join(",".join(map(str, row)) for row in masses) + "\n")
    elif name == "tsv":
        path.write_text(TOPICS.replace(",", "\t"))
    elif name == "npy":
        with path.open("wb") as file:
            np.save(file, np.array(masses))
    elif name == "json":
        path.write_text(json.dumps(masses, indent=1))
    elif name == "ndjson":
        path.write_text("".join(f"{row}\n" for row in masses))
    elif name == "objects":
        path.write_text("".join(f"{json.dumps({str(k): x for k, x in enumerate(row) if x})}\n" for row in masses))
    else:
        pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        columns = {"row": masses} if name == "lists" else {str(k): [row[k] for row in masses] for k in range(3)}
        pq.write_table(pa.table(columns), path)
    line = ("--rows", "-m", "js,kl,w1", "-f", "csv")
    found, expected = rows(run("matrix", str(path), *line).stdout), rows(run("matrix", topics, *line).stdout)
    assert [row["value"] for row in found] == [row["value"] for row in expected]
    assert len(found) == 3 * 4


def test_logarithms_are_rows_too(run: Callable, tmp_path: Path, topics: str) -> None:
    path = tmp_path / "logits.npy"
    masses = np.array([[0.5, 0.3, 0.2], [0.1, 0.4, 0.5], [0.5, 0.5, 0.0]])
    with np.errstate(divide="ignore"):
        np.save(path, np.log(masses))
    line = ("--rows", "-m", "js", "-f", "csv")
    plain = rows(run("matrix", topics, *line).stdout)
    for how, shift in (("logprobs", 0.0), ("logits", 700.0)):
        with np.errstate(divide="ignore"):
            np.save(path, np.log(masses) + shift)
        found = rows(run("matrix", str(path), *line, "--as", how).stdout)
        expected = [float(row["value"]) for row in plain]
        assert [float(row["value"]) for row in found] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("how", ["laplace", "jeffreys", "mix:0.1", "eps:1e-3"])
def test_rows_are_smoothed_as_pairs_are(run: Callable, tmp_path: Path, how: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("5,3,2\n1,4,5\n7,0,3\n")
    found = rows(run("matrix", str(path), "--rows", "-m", "js", "-s", how, "-f", "csv").stdout)
    pair = float(run("1:5,2:3,3:2", "1:7,2:0,3:3", "-qm", "js", "-s", how).stdout)
    assert float(found[1]["value"]) == pytest.approx(pair, rel=1e-12)


def test_a_row_without_an_outcome_is_infinitely_far(run: Callable, topics: str) -> None:
    found = rows(run("matrix", topics, "--rows", "-m", "kl", "-f", "csv").stdout)
    infinite = [(row["p"], row["q"], row["direction"]) for row in found if row["status"] == "infinite"]
    assert infinite == [("sport", "weather", "p:q"), ("politics", "weather", "p:q")]
    document = json.loads(run("matrix", topics, "--rows", "-m", "kl", "-f", "json").stdout)
    assert document["matrices"][0]["values"][0][2] is None
    assert math.isfinite(document["matrices"][0]["values"][2][0])


def test_the_nearest_and_the_furthest_are_named(run: Callable, topics: str) -> None:
    ran = run("matrix", topics, "--rows", "-f", "csv")
    assert "Nearest: sport and weather (Jensen-Shannon 0.0" in ran.stderr
    assert "furthest: politics and weather (Jensen-Shannon 0.2" in ran.stderr
    alike = run("matrix", topics, "--rows", "-m", "overlap", "-f", "csv")
    assert "Nearest: sport and weather" in alike.stderr


def test_labels_are_shown_without_what_all_of_them_share(run: Callable) -> None:
    ran = run("matrix", *FLIGHTS, "-c", "dep_delay", "-f", "table")
    assert ran.stdout.splitlines()[1].split() == ["2013-01", "2013-04", "2013-07"]
    typed = run("matrix", "0.5,0.5", "0.2,0.8", "0.1,0.9", "-m", "overlap", "-f", "table")
    assert typed.stdout.splitlines()[:2] == ["overlap", "         0.5,0.5  0.2,0.8  0.1,0.9"]
    assert "Nearest: 0.2,0.8 and 0.1,0.9 (overlap 0.9); furthest: 0.5,0.5 and 0.1,0.9" in typed.stdout


def test_a_pair_alone_is_told_once(run: Callable) -> None:
    ran = run("matrix", "0.5,0.5", "0.2,0.8", "-m", "tv", "-f", "table")
    assert "Nearest: 0.5,0.5 and 0.2,0.8 (total variation 0.3).\n" in ran.stdout


@pytest.mark.parametrize("width", [40, 60, 100, 200])
@pytest.mark.parametrize("size", [3, 12, 40])
def test_a_grid_fits_its_screen(
    run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, size: int
) -> None:
    path = tmp_path / "rows.npy"
    np.save(path, np.random.default_rng(1).dirichlet(np.ones(9), size))
    monkeypatch.setenv("COLUMNS", str(width))
    ran = run("matrix", str(path), "--rows", "-f", "table")
    lines = ran.stdout.splitlines()
    assert max(map(len, lines)) <= width
    if size + 4 <= width:
        assert sum(line.count("·") for line in lines[1 : size + 2]) in (size, 2 * size)


def test_what_is_too_large_to_draw_is_said(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "rows.npy"
    np.save(path, np.random.default_rng(1).dirichlet(np.ones(3), 150))
    ran = run("matrix", str(path), "--rows", "-f", "table")
    assert "150 labels, too many to draw here" in ran.stdout
    assert "Nearest: " in ran.stdout


@pytest.mark.parametrize(
    ("args", "told", "remedy"),
    [
        ((), "FILE is missing", "kldiv matrix runs/*.csv"),
        ((FLIGHTS[0],), "alone makes no pair", "--by COLUMN"),
        ((FLIGHTS[0], "uniform"), "uniform has no outcomes of its own", "write it out"),
        ((*FLIGHTS, "-m", "entropy"), "entropy is of one distribution", "-m js"),
        ((*FLIGHTS, "-m", "js", "-o", "x.npy"), "npy holds one matrix, and there are 8", "one column (-c)"),
        ((*FLIGHTS, "-f", "npy"), "npy is bytes, and not for a terminal", "-o js.npy"),
        ((*FLIGHTS, "-f", "junit"), "junit tells of rules", "kldiv check"),
        (("TOPICS", "TOPICS", "--rows"), "--rows makes pairs of the rows of one operand", "topics.csv --rows"),
        (("TOPICS", "--rows", "-b", "5"), "rows of masses are not binned", "leave out --bins"),
        (("TOPICS", "--rows", "-s", "mix:0.1:pooled"), "a pooled smoothing is of a pair", "-s mix:0.01"),
        (("TOPICS", "--rows", "--as", "samples"), "the cells of a row are masses", "leave out --as samples"),
        (("TOPICS", "--as", "logits"), "--as logits is for rows", "--rows"),
        (("0.5,0.5", "--rows"), "is no table of rows", "a CSV or .npy"),
        ((PENGUINS, "--rows"), "can name the rows", "--labels COLUMN"),
    ],
)
def test_what_makes_no_pairs_is_told(run: Callable, topics: str, args: Sequence[str], told: str, remedy: str) -> None:
    ran = run("matrix", *(topics if arg == "TOPICS" else arg for arg in args))
    assert (ran.status, ran.stdout) == (2, "")
    assert told in ran.stderr
    assert remedy in ran.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a,b\n1,2\n-1,2\n", "row 2 holds a negative mass"),
        ("a,b\n1,2\n0,0\n", "row 2 holds no mass"),
        ("a,b\n1,2\n,2\n", "row 2 holds NaN or an empty cell"),
        ("a,b\n1,2\ninf,2\n", "row 2 holds an infinite mass"),
        ("n,a,b\nx,1,2\nodd,-1,2\n", "row 2 (odd) holds a negative mass"),
        ("a,b\n1,2\n", "has one row"),
        ("a\n1\n2\n", "has 1 columns of numbers"),
        ("[1, 2]\n[1]\n", "row 2 is no array of 2 numbers"),
        ('{"a": 1}\n{"a": "x"}\n', "row 2 holds something else"),
        ('{"a": 1}\n[1]\n', "row 2 is no object"),
        ("[1, null]\n[1, 2]\n", "row 1 holds NaN"),
        ("", "is empty"),
    ],
)
def test_rows_that_are_no_distributions_are_named(run: Callable, tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "rows"
    path.write_text(content)
    ran = run("matrix", str(path), "--rows", "-f", "csv")
    assert (ran.status, ran.stdout) == (2, "")
    assert told in ran.stderr


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.ones(3), "holds 3 of float64, not a matrix"),
        (np.ones((0, 3)), "holds 0 x 3 of float64"),
        (np.array([["a", "b"]]), "holds 1 x 2 of <U1"),
        (np.ones((2, 2)) * 1j, "complex128"),
    ],
)
def test_arrays_that_are_no_matrix_are_told(run: Callable, tmp_path: Path, array: np.ndarray, told: str) -> None:
    path = tmp_path / "rows.npy"
    np.save(path, array)
    ran = run("matrix", str(path), "--rows", "-f", "csv")
    assert (ran.status, ran.stdout) == (2, "")
    assert told in ran.stderr


def test_a_matrix_in_fortran_order_is_read_as_it_is(run: Callable, tmp_path: Path) -> None:
    masses = np.random.default_rng(3).dirichlet(np.ones(4), 5)
    for name, array in (("c", masses), ("f", np.asfortranarray(masses)), ("big", masses.astype(">f8"))):
        np.save(tmp_path / f"{name}.npy", array)
    found = [run("matrix", str(tmp_path / f"{name}.npy"), "--rows", "-f", "csv").stdout for name in ("c", "f", "big")]
    assert found[0] == found[1] == found[2]
    for name, told in (("c", "row"), ("f", "a column")):
        place = tmp_path / f"{name}.npy"
        place.write_bytes(place.read_bytes()[:-8])
        ran = run("matrix", str(place), "--rows", "-f", "csv")
        assert ran.status == 2
        assert f"ends in the midst of {told}" in ran.stderr


def test_rows_of_logarithms_lack_what_they_do_not_name(run: Callable, tmp_path: Path) -> None:
    rows_of = ({"a": math.log(0.5), "b": math.log(0.5)}, {"a": math.log(0.5), "c": math.log(0.5)})
    (tmp_path / "logs").write_text("".join(f"{json.dumps(row)}\n" for row in rows_of))
    ran = run("matrix", str(tmp_path / "logs"), "--rows", "--as", "logprobs", "-qm", "tv")
    assert float(ran.stdout) == pytest.approx(0.5, rel=1e-13)
    (tmp_path / "part").write_text('{"a": -1.0}\n{"a": -2.0}\n')
    part = run("matrix", str(tmp_path / "part"), "--rows", "--as", "logprobs", "-f", "csv")
    assert (part.status, part.stdout) == (2, "")
    assert "names a part of its outcomes only" in part.stderr


def test_a_pair_that_cannot_be_compared_ends_the_processes_too(kldiv: Callable, tmp_path: Path) -> None:
    for number in range(30):
        names = "y,z" if number == 20 else "x,k"
        (tmp_path / f"{number:02}.csv").write_text(f"{names}\n" + "".join(f"{i % 7},{i % 3}\n" for i in range(20)))
    files = sorted(map(str, tmp_path.glob("*.csv")))
    ran = kldiv("matrix", *files, "-m", "js", "-f", "csv", "--jobs", "2")
    assert (ran.status, ran.stdout) == (2, "")
    assert "have no column in common" in ran.stderr


def test_a_reference_without_the_columns_is_refused_or_told(run: Callable, tmp_path: Path) -> None:
    for name, text in (
        ("a", "x,y\n1,1\n2,5\n"),
        ("b", "x,y\n2,1\n3,7\n"),
        ("z", "z,w\n1,1\n"),
        ("half", "x,z\n1,1\n2,2\n"),
    ):
        (tmp_path / f"{name}.csv").write_text(text)
    a, b, z, half = (str(tmp_path / f"{name}.csv") for name in ("a", "b", "z", "half"))
    done = run("matrix", a, b, "--ref", z)
    assert done.status == 2
    assert "z.csv has no column in common" in done.stderr
    told = run("matrix", a, b, "--ref", half, "-m", "js")
    assert told.status == 0
    assert "half.csv has no y: bins of all together" in told.stderr


def test_what_is_left_out_is_told(run: Callable, tmp_path: Path, topics: str) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("x\n" + "1\n2\n3\n" * 20 + ("inf\n" if name == "b" else ""))
    done = run("matrix", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "-m", "w1,entropy", "-f", "csv")
    assert "1 infinite, left out." in done.stderr
    assert "Left out, for pairs have none: entropy." in done.stderr
    rows_of_masses = run("matrix", topics, "--rows", "-m", "js,entropy,missing", "-f", "csv")
    assert "Left out, for pairs have none: entropy and missing." in rows_of_masses.stderr


def test_a_folder_is_all_of_its_files(run: Callable, tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.csv").write_text("x\n" + "1\n2\n3\n" * 20)
    assert len(rows(run("matrix", str(tmp_path), "-m", "js", "-f", "csv").stdout)) == 3


def test_a_bad_file_stops_no_other(run: Callable, tmp_path: Path) -> None:
    good = [tmp_path / f"{name}.csv" for name in "ac"]
    for place, path in enumerate(good):
        path.write_text("x\n" + "1\n2\n3\n" * (20 + place))
    (tmp_path / "b.csv").write_bytes(b"x\n\xff\xfe\n")
    line = ("-m", "js", "-f", "csv")
    ran = run("matrix", str(tmp_path), *line)
    assert ran.status == 2
    assert ran.stdout == run("matrix", *map(str, good), *line).stdout
    assert "b.csv is not UTF-8" in ran.stderr
    assert f"1 could not be compared: {tmp_path / 'b.csv'}." in ran.stderr
    document = json.loads(run("matrix", str(tmp_path), "-m", "js", "-f", "json").stdout)
    assert [failure["q"] for failure in document["failed"]] == [str(tmp_path / "b.csv")]
    assert len(document["comparisons"]) == 1
    good[1].unlink()
    alone = run("matrix", str(tmp_path), *line)
    assert (alone.status, alone.stdout) == (2, "")
    assert "b.csv is not UTF-8" in alone.stderr


def test_chosen_outcomes_go_with_names_of_the_rows_that_are_asked_for(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("id,a,b,c\nx,1,2,3\ny,3,2,1\n")
    found = rows(run("matrix", str(path), "--rows", "-c", "a,b", "--labels", "id", "-f", "csv").stdout)
    assert [(row["p"], row["q"]) for row in found] == [("x", "y")]


class TestExtremes:
    """The nearest and the furthest pair of a matrix, whatever stands on its diagonal."""

    def of(
        self, values: list[list[float]], *, is_symmetric: bool = True, is_similarity: bool = False
    ) -> tuple[tuple[str, float], tuple[str, float]]:
        labels = tuple(f"r{i}" for i in range(len(values))) if len(values) > 3 else ("a", "b", "c")
        return extremes(Matrix(None, "m", "M", None, None, labels, np.array(values), is_symmetric, is_similarity))

    def test_the_diagonal_is_no_pair(self) -> None:
        found = self.of([[0.0, 2.0, 5.0], [2.0, 9.0, 3.0], [5.0, 3.0, 0.0]])
        assert found == (("a and b", 2.0), ("a and c", 5.0))

    def test_directions_and_infinite_values(self) -> None:
        found = self.of([[0.0, math.inf, 5.0], [2.0, 0.0, 3.0], [1.0, 3.0, 0.0]], is_symmetric=False)
        assert found == (("c to a", 1.0), ("a to b", math.inf))

    def test_undefined_pairs_are_passed_over(self) -> None:
        found = self.of([[0.0, math.nan, 5.0], [math.nan, 0.0, 3.0], [5.0, 3.0, 0.0]])
        assert found == (("b and c", 3.0), ("a and c", 5.0))

    @pytest.mark.parametrize("value", [math.inf, -math.inf])
    def test_undefined_pairs_are_passed_over_where_all_others_are_infinite(self, value: float) -> None:
        nan = math.nan
        found = self.of([[0.0, nan, nan], [nan, 0.0, value], [nan, value, 0.0]])
        assert found == (("b and c", value), ("b and c", value))

    def test_the_nearest_of_similarities_is_the_largest(self) -> None:
        found = self.of([[1.0, 0.2, 0.5], [0.2, 1.0, 0.3], [0.5, 0.3, 1.0]], is_similarity=True)
        assert found == (("a and c", 0.5), ("a and b", 0.2))

    def test_more_rows_than_are_looked_at_together(self) -> None:
        values = np.full((300, 300), 0.5)
        np.fill_diagonal(values, 0.0)
        values[299, 10] = values[10, 299] = 0.25
        values[200, 201] = values[201, 200] = 0.75
        assert self.of(values.tolist()) == (("r10 and r299", 0.25), ("r200 and r201", 0.75))
        values[299, 11] = 0.125
        values[200, 203] = 0.875
        assert self.of(values.tolist(), is_symmetric=False) == (("r299 to r11", 0.125), ("r200 to r203", 0.875))

    def test_the_first_among_equals(self) -> None:
        values = np.full((300, 300), 0.5)
        np.fill_diagonal(values, 0.0)
        assert self.of(values.tolist()) == (("r0 and r1", 0.5), ("r0 and r1", 0.5))

    @pytest.mark.parametrize("is_symmetric", [True, False])
    @pytest.mark.parametrize("n", [2, 3, 127, 128, 129, 300])
    def test_they_are_those_of_a_search_pair_by_pair(self, n: int, is_symmetric: bool) -> None:
        rng = np.random.default_rng(n)
        values = rng.integers(1, 4 if n < 9 else 5_000, (n, n)).astype(float)  # some are equal
        values[rng.random((n, n)) < 0.1] = math.nan
        values[rng.random((n, n)) < 0.01] = math.inf
        values[0, 1] = 2_500.0
        if is_symmetric:
            values = np.triu(values) + np.triu(values, 1).T
        np.fill_diagonal(values, 0.0)
        labels = ("a", "b", "c") if n <= 3 else [f"r{i}" for i in range(n)]
        pairs = [(i, j) for i in range(n) for j in range(n) if i != j and not math.isnan(values[i, j])]
        low, high = min(pairs, key=lambda pair: values[pair]), max(pairs, key=lambda pair: values[pair])
        joint = "and" if is_symmetric else "to"
        expected = tuple((f"{labels[i]} {joint} {labels[j]}", values[i, j]) for i, j in (low, high))
        assert self.of(values.tolist(), is_symmetric=is_symmetric) == expected

    def test_nothing_but_undefined_pairs(self) -> None:
        (nearest, one), (furthest, other) = self.of(np.full((3, 3), math.nan).tolist())
        assert nearest == furthest == "a and b"
        assert math.isnan(one)
        assert math.isnan(other)
