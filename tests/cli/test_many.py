"""One reference against many candidates: order, processes, bad files, interruption, names from a list."""

from __future__ import annotations

import ast
import csv
import fcntl
import io
import json
import os
import random
import signal
import subprocess
import termios
import time
from array import array
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kldiv_cli.engines import Running
from kldiv_cli.engines.process import started_ahead
from tests.conftest import KLDIV

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BROKEN = {
    "ragged": "x,kind\n1,a\n2\n",
    "empty": "",
    "nul": "x,kind\n1,a\n\0\0,b\n",
    "other": "height,colour\n1,red\n2,blue\n",
    "latin": b"x,kind\n1,caf\xe9\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reference and 100 files, five of them broken in five ways."""
    place = tmp_path_factory.mktemp("many")
    draw = random.Random(5)

    def table(shift: float) -> str:
        return "x,kind\n" + "".join(f"{draw.gauss(shift, 1):.4f},{draw.choice('abc')}\n" for _ in range(80))

    (place / "ref.csv").write_text(table(0.0))
    for number in range(100):
        (place / f"day-{number:03}.csv").write_text(table(number / 100))
    for number, content in zip((7, 23, 48, 61, 99), BROKEN.values(), strict=True):
        path = place / f"day-{number:03}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return place


def paths(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.glob("day-*.csv"))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_five_broken_files_of_a_hundred_are_named_and_stop_no_other(run: Callable, folder: Path) -> None:
    ran = run(str(folder / "ref.csv"), *paths(folder), "-m", "js,w1", "-f", "csv")
    assert ran.status == 2
    compared = list(dict.fromkeys(row["q"] for row in rows(ran.stdout)))
    broken = [str(folder / f"day-{number:03}.csv") for number in (7, 23, 48, 61, 99)]
    assert compared == [path for path in paths(folder) if path not in broken]
    assert len(rows(ran.stdout)) == 95 * 2 * 2
    for path in broken:
        assert path in ran.stderr
    assert "95 candidates compared" in ran.stderr
    assert "5 could not be compared" in ran.stderr


@pytest.mark.parametrize("name", ["csv", "jsonl", "plain", "json", "table"])
def test_jobs_change_no_byte(kldiv: Callable, folder: Path, name: str) -> None:
    line = (str(folder / "ref.csv"), *paths(folder), "-m", "js,kl", "-f", name)
    alone, together = (kldiv(*line, "--jobs", jobs) for jobs in ("1", "3"))
    assert alone == together
    assert alone.status == 2
    assert alone.stdout.count("day-") > 100


def test_one_alone_and_among_many_have_the_same_numbers(run: Callable, folder: Path) -> None:
    first, second, *_ = paths(folder)
    options = ("-m", "kl,js,w1,missing", "-f", "csv", "--no-floor")
    together = rows(run(str(folder / "ref.csv"), first, second, *options).stdout)
    apart = [row for path in (first, second) for row in rows(run(str(folder / "ref.csv"), path, *options).stdout)]
    assert together == apart


def test_floors_are_computed_where_they_are_asked_for(run: Callable, folder: Path) -> None:
    line = (str(folder / "ref.csv"), *paths(folder)[:2], "-m", "js", "-f", "csv")
    assert {row["floor"] for row in rows(run(*line).stdout)} == {"-"}
    with_floors = rows(run(*line, "--floor").stdout)
    assert all(float(row["floor"]) > 0.0 for row in with_floors)
    alone = rows(run(*line[:2], "-m", "js", "-f", "csv").stdout)
    assert alone == with_floors[: len(alone)]


def test_fail_fast_stops_at_the_first_bad_file(run: Callable, folder: Path) -> None:
    ran = run(str(folder / "ref.csv"), *paths(folder), "-m", "js", "-f", "csv", "--fail-fast")
    assert ran.status == 2
    assert len({row["q"] for row in rows(ran.stdout)}) == 7
    assert "day-007.csv" in ran.stderr
    assert "day-023.csv" not in ran.stderr


@pytest.mark.parametrize(("end", "options"), [(b"\n", ()), (b"\r\n", ()), (b"\0", ("-0",))])
def test_names_come_from_a_list(run: Callable, folder: Path, end: bytes, options: Sequence[str]) -> None:
    first, second, *_ = paths(folder)
    listed = b"".join(os.fsencode(path) + end for path in (first, second))
    line = ("--ref", str(folder / "ref.csv"), "-m", "js", "-f", "csv")
    assert run(*line, "--files-from", "-", *options, stdin=listed) == run(*line, first, second)


def test_a_name_with_a_newline_comes_whole_from_a_list_of_nul(run: Callable, folder: Path, tmp_path: Path) -> None:
    odd = tmp_path / "two\nlines.csv"
    odd.write_bytes((folder / "day-001.csv").read_bytes())
    listed = os.fsencode(odd) + b"\0" + os.fsencode(folder / "day-000.csv")
    ran = run(str(folder / "ref.csv"), "--files-from", "-", "-0", "-m", "js", "-f", "jsonl", stdin=listed)
    assert ran.status == 0
    assert json.loads(ran.stdout.splitlines()[0])["q"]["label"] == str(odd)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("ref.csv", "day-000.csv", "--files-from", "no-list"), "cannot read no-list"),
        (("ref.csv", "-", "--files-from", "-"), "stdin can be read once"),
        (("ref.csv", "day-000.csv", "-0"), "-0 is how names end in --files-from"),
        (("ref.csv", "a.csv", "b.csv"), "nothing could be compared: there is no file 'a.csv' (and 1 more failed)"),
        (("ref.csv", "day-000.csv", "day-001.csv", "--exclude", "kinds"), "no operand has a column 'kinds'"),
        (("ref.csv", "day-000.csv", "day-001.csv", "-c", "y"), "has no column 'y'"),
        (("no.csv", "day-000.csv", "day-001.csv"), "there is no file 'no.csv'"),
    ],
)
def test_what_cannot_be_is_told_in_one_go(kldiv: Callable, folder: Path, args: Sequence[str], told: str) -> None:
    ran = kldiv(*args, "-f", "csv", cwd=folder)
    assert ran.status == 2
    assert told in ran.stderr
    assert "day-" not in ran.stdout


@pytest.mark.parametrize("last", [6, 200])  # of many, the next is sent before the one at hand is done
@pytest.mark.parametrize("jobs", [2, 3])
def test_a_process_that_is_killed_costs_its_file_alone(last: int, jobs: int) -> None:
    found = in_order_printed("square", f"range(1, {last} + 1)", jobs)
    assert found == [n * n + 10 if n % 50 != 3 else "killed" for n in range(1, last + 1)]


def test_what_does_not_fit_a_pipe_is_not_sent_ahead() -> None:
    sizes = [1, 1, 200, 300, 400, 1, 500, 600]  # KiB, of a task and of what comes of it
    assert in_order_printed("same", f"[bytes(n << 10) for n in {sizes}]", 2, "len(one) >> 10") == sizes


@pytest.mark.parametrize("most", [0, 1, 2, 3])
def test_where_no_process_is_to_be_had_in_place_of_one_that_died_others_do_its_errands(most: int) -> None:
    """Of two processes that were asked for, and one more for each that dies, only so many can be started."""
    found = in_order_printed("square", "range(1, 201)", 2, most=most)
    dead = [n for n in (3, 53, 103, 153) if found[n - 1] == "killed"]
    assert len(dead) <= most
    assert [value for n, value in enumerate(found, start=1) if n not in dead] == [
        n * n + 10 for n in range(1, 201) if n not in dead
    ]


def test_processes_that_were_started_for_nothing_are_ended() -> None:
    with started_ahead(100, Running(jobs=2)) as running:
        processes = [worker._process for worker in running.started]
        assert [process.poll() for process in processes] == [None, None]
    assert all(process.returncode is not None for process in processes)
    for operands, one in ((59, Running(jobs=2)), (100, Running(jobs=1)), (100, Running("dask", 2))):
        with started_ahead(operands, one) as running:
            assert running == one


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")
def test_a_line_that_cannot_be_met_ends_the_processes_it_started(run: Callable, folder: Path) -> None:
    before = children()
    assert run(*["no.csv", *paths(folder)], "-f", "csv").status == 2
    assert run(str(folder / "ref.csv"), *paths(folder), "-m", "nonsense").status == 2
    assert children() == before


def children() -> set[str]:
    """Processes that this one has started and that have not ended."""
    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())


def in_order_printed(function: str, arguments: str, jobs: int, shown: str = "one", most: int = 1_000) -> Any:
    """Results of a function of `tests.cli.many_killed`, from a process of its own: what hangs is ended."""
    script = (
        "from kldiv_cli.engines import process\n"
        "class Few(process.Worker):\n"
        "    made = 0\n"
        "    def __init__(self):\n"
        f"        if Few.made >= {most}: raise OSError('no more')\n"
        "        Few.made += 1\n"
        "        super().__init__()\n"
        "process.Worker = Few\n"
        "from kldiv_cli.engines.in_order import in_order\n"
        f"from tests.cli.many_killed import {function}, failed\n"
        f"arguments = list({arguments})\n"
        f"found = in_order({function}, 10, arguments, {jobs}, range(len(arguments)), failed)\n"
        f"print([{shown} for one in found])\n"
    )
    done = subprocess.run(
        [KLDIV.parent / "python", "-c", script],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return ast.literal_eval(done.stdout)


def test_ctrl_c_leaves_whole_lines(folder: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    line = [KLDIV, folder / "ref.csv", *paths(folder)[:7], pipe, folder / "day-000.csv", "-m", "js", "-f", "csv"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline() for _ in range(1 + 7 * 2)]  # what came before the pipe is there already
        with pipe.open("wb"):  # waits until kldiv has opened the other end
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
        assert process.wait(timeout=20) == 130
    assert rest == ""
    assert all(text.endswith("\n") for text in seen)
    assert [row["q"] for row in rows("".join(seen))] == [path for path in paths(folder)[:7] for _ in range(2)]


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("handler", "status", "files"), [(signal.default_int_handler, 130, 2), (signal.SIG_IGN, 2, 95)]
)
def test_ctrl_c_in_the_midst_of_a_line_lets_it_be_written(
    folder: Path, handler: signal.Handlers, status: int, files: int, unbuffered: str
) -> None:
    """The pipe is full, so a line is being written; in the background (``kldiv ... &``) Ctrl-C is ignored."""
    line = [KLDIV, folder / "ref.csv", *paths(folder), "-m", "all", "-f", "csv"]
    before = signal.signal(signal.SIGINT, handler)
    try:
        environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdout is not None
        wait_until_full(process.stdout.fileno())
        process.send_signal(signal.SIGINT)
        text = process.stdout.read()
        assert process.wait(timeout=30) == status
    lines_of = Counter(row["q"] for row in csv.DictReader(io.StringIO(text), strict=True))
    assert text.endswith("\n")
    assert len(set(lines_of.values())) == 1, "each piece is whole"
    assert len(lines_of) >= files


def wait_until_full(descriptor: int) -> None:
    """Wait until nobody writes to a pipe any more though it is read no further."""
    waiting = array("i", [0])
    for _ in range(600):
        before = waiting[0]
        time.sleep(0.05)
        fcntl.ioctl(descriptor, termios.FIONREAD, waiting)
        if waiting[0] == before > 1 << 14:
            return
    pytest.fail("the pipe never filled")


def test_an_output_file_is_whole_or_not_there(run: Callable, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "drift.csv"
    line = (str(folder / "ref.csv"), *paths(folder)[:12], "-m", "js", "-o", str(target))
    assert run(*line, "--fail-fast").status == 2
    assert not target.exists()
    assert run(*line).status == 2
    assert len({row["q"] for row in rows(target.read_text())}) == 11


def test_json_names_what_failed(run: Callable, folder: Path) -> None:
    ran = run(str(folder / "ref.csv"), *paths(folder)[:10], "-m", "js", "-f", "json")
    document = json.loads(ran.stdout)
    assert [failed["q"] for failed in document["failed"]] == [str(folder / "day-007.csv")]
    assert len(document["comparisons"]) == 18
    assert document["settings"]["floors"] is False


def test_pipes_among_files_keep_their_place(shell: Callable, folder: Path) -> None:
    ran = shell(
        f"cd {folder}; kldiv ref.csv day-00[0-2].csv <(cat day-003.csv) day-00[4-6].csv -c x -qm js | nl -w1 -s' '"
    )
    alone = shell(f"cd {folder}; kldiv -qm js ref.csv day-003.csv -c x")
    assert ran.stdout.splitlines()[3] == f"4 {alone.stdout.strip()}"
    assert len(ran.stdout.splitlines()) == 7


def test_the_first_bad_operand_is_named_once(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "ok.csv").write_text("x\n1\n2\n")
    (tmp_path / "empty.csv").write_text("")
    ok, empty = str(tmp_path / "ok.csv"), str(tmp_path / "empty.csv")
    done = run(ok, empty, ok, "--fail-fast")
    assert done.status == 2
    assert done.stderr.count("empty.csv") == 1


def test_lists_whose_names_end_otherwise_are_told(run: Callable, folder: Path, tmp_path: Path) -> None:
    first, second, *_ = paths(folder)
    of_nul, of_lines, empty = (tmp_path / name for name in ("nul", "lines", "empty"))
    of_nul.write_bytes(f"{first}\0{second}\0".encode())
    of_lines.write_text(f"{first}\n{second}\n")
    empty.write_text("\n")
    for path, options, said in (
        (of_nul, (), "end in NUL"),
        (of_lines, ("-0",), "not in NUL"),
        (empty, (), "names no operand"),
    ):
        done = run(first, "--files-from", str(path), *options)
        assert (done.status, done.stdout) == (2, "")
        assert said in done.stderr


def test_a_gate_takes_a_list(run: Callable, folder: Path, tmp_path: Path) -> None:
    first, second, third, *_ = paths(folder)
    (tmp_path / "list").write_text(f"{second}\n{third}\n")
    done = run("check", first, "--files-from", str(tmp_path / "list"), "--isolated", "-f", "json")
    assert [one["q"] for one in json.loads(done.stdout)["verdicts"]] == [second, third]


@pytest.mark.parametrize("scale", ["1e200", "1e-200"])
def test_weights_whose_squares_are_no_numbers_are_refused(run: Callable, tmp_path: Path, scale: str) -> None:
    path = tmp_path / "weighted.csv"
    path.write_text("w,x\n" + "".join(f"{value * float(scale)!r},{value}\n" for value in (1, 2, 3)))
    ran = run(str(path), str(path), "--weights", "w")
    assert ran.status == 2
    assert "weights in w are beyond 1e-150 to 1e+150" in ran.stderr
    assert "divide them all by the largest" in ran.stderr


@pytest.mark.parametrize("command", [(), ("check",)])
def test_a_reference_alone_is_told_what_comes_after_it(run: Callable, folder: Path, command: Sequence[str]) -> None:
    ran = run(*command, "--ref", str(folder / "ref.csv"))
    assert ran.status == 2
    assert "the second operand, is missing" in ran.stderr
    assert "--ref ref.csv new.csv" in ran.stderr


@pytest.mark.parametrize(
    ("measure", "candidates", "told"),
    [
        ("kl", ["b:1,z:0", "b:2,c:1"], "2 candidates compared. Furthest: b:1,z:0 (KL divergence infinite)."),
        (
            "kl",
            ["a:2,z:0", "b:1,z:0"],
            "b:1,z:0 (KL divergence infinite); closest: a:2,z:0 (KL divergence 0).",
        ),
        ("kl", ["a:2,z:0", "a:3,z:0"], "2 candidates compared: all are equal to P."),
        ("overlap", ["b:1,z:0", "b:2,c:1"], "2 candidates compared. Furthest: b:1,z:0 (overlap 0)."),
        ("overlap", ["a:2,z:0", "b:1,z:0"], "Furthest: b:1,z:0 (overlap 0); closest: a:2,z:0 (overlap 1)."),
    ],
)
def test_the_furthest_and_the_closest_are_named_by_what_was_asked_for(
    run: Callable, measure: str, candidates: list[str], told: str
) -> None:
    assert run("a:1,z:0", *candidates, "-m", measure, "-f", "csv").stderr.endswith(f"{told}\n")
