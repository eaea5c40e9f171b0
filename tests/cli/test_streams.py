"""Exit statuses, broken pipes, colour, terminals and files: what the shell and the person see of a process."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kldiv_cli.renderers import FORMATS
from kldiv_cli.renderers.numbers import significant
from tests.conftest import SAMPLE_DATA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KLDIV = Path(sys.executable).with_name("kldiv")
PAIR = ("0.5,0.3,0.2", "0.1,0.4,0.5")
INFINITE = ("a:3,b:5,c:2", "a:4,b:6,d:1")
JANUARY, JULY = "flights/2013-01.csv", "flights/2013-07.csv"
DELAYS = (f"{JANUARY}:dep_delay", f"{JULY}:dep_delay")
HELP_PAGES = ((), ("--help",), ("--version",), ("compare", "-h"), ("explain", "kl"), ("completion", "bash"))
ESCAPE = "\x1b"

every_help_page = pytest.mark.parametrize("args", HELP_PAGES, ids=" ".join)


@pytest.fixture
def closed_pipe() -> Iterator[int]:
    """The writing end of a pipe whose reader went away."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.fixture
def start(plain_environment: None) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run a command line with streams as they are given."""

    def run_process(*args: str, **streams: int) -> subprocess.CompletedProcess[bytes]:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        return subprocess.run([KLDIV, *args], stdin=subprocess.DEVNULL, timeout=30, check=False, **streams)

    return run_process


class TestStatus:
    def test_done_is_0(self, kldiv: Callable) -> None:
        assert kldiv(*PAIR).status == 0

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (("0.5,0.5",), "Q, the second operand, is missing"),
            (("-m", "js"), "P and Q are missing"),
            ((*PAIR, "--no-such-option"), "--no-such-option"),
            ((*PAIR, "--precision", "many"), "'many' is not a valid integer"),
            ((*PAIR, "--color", "red"), "'red' is not one of"),
            ((*PAIR, "-m", "no-such-measure"), "there is no measure 'no-such-measure'"),
            ((*PAIR, "-f", "pdf"), "there is no output format 'pdf'"),
            ((*PAIR, "-s", "add"), "takes an amount"),
            ((*PAIR, "--base", "1"), "the base '1' is no number above 1"),
            (("no-such.csv", "0.5,0.5"), "there is no file 'no-such.csv'"),
            (("0.5,-0.5", "0.5,0.5"), "negative"),
            (("0.5,0.5", "0.2,0.3,0.5"), "has 2 masses"),
            (("penguins.csv", "penguins.csv", "-c", "no-such-column"), "has no column 'no-such-column'"),
            (("-", "-"), "stdin can be read once"),
            (("-", "0.5,0.5"), "stdin is empty"),
            (("explain", "no-such-word"), "nothing is called 'no-such-word'"),
            (("completion", "no-such-shell"), "no-such-shell"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_what_cannot_be_told_is_2_and_says_what_and_what_to_try(
        self, run: Callable, args: tuple[str, ...], message: str
    ) -> None:
        ran = run(*args)
        assert (ran.status, ran.stdout) == (2, "")
        first, second = ran.stderr.splitlines()
        assert first.startswith("kldiv: ")
        assert message in first
        assert second.startswith("  try: ")
        assert len(second) > len("  try: ")

    def test_nothing_ever_is_1_not_even_an_internal_error(self, run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise ZeroDivisionError("a fault of ours")

        monkeypatch.setattr("kldiv_cli.pipeline.compare.compare_all", fail)
        ran = run(*PAIR)
        assert ran.status == 2
        assert ran.stderr.splitlines()[0] == "kldiv: internal error: ZeroDivisionError: a fault of ours"
        assert "--debug" in ran.stderr
        assert "Traceback" not in ran.stderr
        assert "Traceback" in run(*PAIR, "--debug").stderr

    def test_running_out_of_memory_is_2_and_says_what_to_do(
        self, run: Callable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise MemoryError

        monkeypatch.setattr("kldiv_cli.pipeline.compare.compare_all", fail)
        assert run(*PAIR)[::2] == (
            2,
            "kldiv: out of memory\n  try: fewer columns (-c), fewer bins (-b), or a machine with more\n",
        )

    def test_an_interrupted_read_is_130_and_silent(self, plain_environment: None, tmp_path: Path) -> None:
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a child of `&` would ignore it
        try:
            process = subprocess.Popen([KLDIV, fifo, "0.5,0.5"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        finally:
            signal.signal(signal.SIGINT, before)
        with fifo.open("wb"):  # waits until kldiv has opened the other end
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=30)
        assert (process.returncode, stdout, stderr) == (130, b"", b"")


class TestBrokenStreams:
    @pytest.mark.parametrize("unbuffered", ["", "1"])
    @pytest.mark.parametrize("name", FORMATS)
    def test_a_full_disk_is_told(self, shell: Callable, tmp_path: Path, name: str, unbuffered: str) -> None:
        """A limit of one kilobyte stands for it; without a buffer Python itself drops what does not fit."""
        line = f"cd {SAMPLE_DATA}; ulimit -f 1; kldiv {JANUARY} {JULY} -m all -f {name} > {tmp_path}/cut"
        done = shell(line, {"PYTHONUNBUFFERED": unbuffered})
        assert done.status == 2
        assert done.stderr.splitlines()[-2].startswith("kldiv: cannot write: ")

    @pytest.mark.parametrize("name", FORMATS)
    def test_a_reader_that_went_away_is_141_without_noise(self, start: Callable, closed_pipe: int, name: str) -> None:
        done = start(JANUARY, JULY, "-qf", name, stdout=closed_pipe)
        assert (done.returncode, done.stderr) == (141, b"")

    @every_help_page
    def test_help_for_a_reader_that_went_away_is_141_without_noise(
        self, start: Callable, closed_pipe: int, args: tuple[str, ...]
    ) -> None:
        done = start(*args, stdout=closed_pipe)
        assert (done.returncode, done.stderr) == (141, b"")

    @pytest.mark.parametrize("option", [("-o", "/dev/stdout"), ("--report", "json=/dev/stdout"), ("-qm", "js")])
    def test_other_ways_to_stdout_are_141_as_well(
        self, start: Callable, closed_pipe: int, option: tuple[str, ...]
    ) -> None:
        done = start(*PAIR, "-q", *option, stdout=closed_pipe)
        assert (done.returncode, done.stderr) == (141, b"")

    def test_head_ends_a_long_report_early(self, shell: Callable) -> None:
        terms = " ".join([JANUARY, *[JULY] * 12, "-c dep_delay,arr_delay,air_time -b 500 -f csv --terms -q"])
        ran = shell(f"kldiv {terms} | head -n 1")
        assert ran.status == 141
        assert ran.stdout.startswith("p,q,column,outcome,")
        assert ran.stderr == ""

    def test_an_error_that_nobody_reads_still_is_2(self, start: Callable, closed_pipe: int) -> None:
        assert start("no-such.csv", "0.5,0.5", stderr=closed_pipe).returncode == 2

    def test_results_are_written_before_anybody_fails_to_read_the_notes(
        self, start: Callable, closed_pipe: int
    ) -> None:
        assert start(*PAIR, "-f", "csv", stderr=closed_pipe).stdout == start(*PAIR, "-f", "csv").stdout

    @pytest.mark.parametrize("args", [PAIR, (*PAIR, "-f", "json"), *HELP_PAGES], ids=" ".join)
    def test_a_closed_stdout_is_2_and_said(self, shell: Callable, args: tuple[str, ...]) -> None:
        ran = shell(f"kldiv {' '.join(args)} >&-")
        assert ran.status == 2
        assert "stdout is closed" in ran.stderr

    @pytest.mark.parametrize("args", [PAIR, (*PAIR, "-f", "table"), (*PAIR, "-qm", "js"), *HELP_PAGES], ids=" ".join)
    def test_a_full_disk_is_2_and_said_as_what_it_is(self, shell: Callable, args: tuple[str, ...]) -> None:
        ran = shell(f"kldiv {' '.join(args)} >/dev/full")
        assert ran.status == 2
        assert "cannot write: No space left on device" in ran.stderr
        assert "internal error" not in ran.stderr

    def test_a_closed_stderr_hides_the_notes_alone(self, shell: Callable) -> None:
        ran = shell(f"kldiv {' '.join(PAIR)} 2>&-")
        assert (ran.status, ran.stdout) == (0, shell(f"kldiv {' '.join(PAIR)}").stdout)

    def test_a_closed_stdin_is_2_and_said(self, shell: Callable) -> None:
        ran = shell("kldiv - 0.5,0.5 <&-")
        assert ran.status == 2
        assert "stdin is closed" in ran.stderr

    def test_a_file_is_written_while_stdout_is_closed_and_nobody_reads_stderr(
        self, shell: Callable, tmp_path: Path
    ) -> None:
        target = tmp_path / "out.csv"
        ran = shell(f"(sleep 0.3; kldiv {' '.join(PAIR)} -o {target} >&-; echo $? >{tmp_path}/status) 2>&1 | true")
        status = int((tmp_path / "status").read_text())
        assert status in (0, 141), ran
        assert target.read_text(encoding="utf-8").startswith("p,q,column")


class TestColor:
    """--color > NO_COLOR > FORCE_COLOR > TERM=dumb > a terminal; empty values do not count."""

    @pytest.mark.parametrize(
        ("options", "env", "colored"),
        [
            ((), {}, True),
            ((), {"TERM": "dumb"}, False),
            ((), {"NO_COLOR": "1"}, False),
            ((), {"NO_COLOR": ""}, True),
            ((), {"FORCE_COLOR": "", "TERM": "dumb"}, False),
            ((), {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
            ((), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
            ((), {"NO_COLOR": "", "FORCE_COLOR": "1"}, True),
            (("--color", "always"), {"NO_COLOR": "1", "TERM": "dumb"}, True),
            (("--color", "never"), {"FORCE_COLOR": "1"}, False),
            (("--color=auto",), {"NO_COLOR": "1"}, False),
        ],
    )
    def test_on_a_terminal(
        self, terminal: Callable, options: tuple[str, ...], env: dict[str, str], colored: bool
    ) -> None:
        watched = terminal(*PAIR, *options, env=env)
        assert "KL divergence" in watched.seen
        assert (ESCAPE in watched.seen) == colored

    @pytest.mark.parametrize(
        ("options", "env", "colored"),
        [
            ((), {}, False),
            ((), {"FORCE_COLOR": "1"}, True),
            ((), {"FORCE_COLOR": ""}, False),
            ((), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
            (("--color", "always"), {}, True),
            (("--color", "always"), {"NO_COLOR": "1"}, True),
            (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ],
    )
    def test_of_a_table_in_a_pipe(
        self,
        run: Callable,
        monkeypatch: pytest.MonkeyPatch,
        options: tuple[str, ...],
        env: dict[str, str],
        colored: bool,
    ) -> None:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        ran = run(*PAIR, "-f", "table", *options)
        assert "KL divergence" in ran.stdout
        assert (ESCAPE in ran.stdout) == colored

    @pytest.mark.parametrize("name", [name for name in FORMATS if name != "table"])
    def test_never_enters_a_format_for_machines(self, run: Callable, name: str) -> None:
        assert ESCAPE not in "".join(run(*DELAYS, "-f", name, "--plot", "--color", "always")[1:])

    @pytest.mark.parametrize(
        ("options", "env", "colored"),
        [
            ((), {}, True),
            ((), {"NO_COLOR": "1"}, False),
            ((), {"TERM": "dumb"}, False),
            (("--color", "never"), {}, False),
            (("--color=never",), {"FORCE_COLOR": "1"}, False),
            (("--color", "always"), {"NO_COLOR": "1"}, True),
        ],
    )
    def test_of_an_error_on_a_terminal(
        self, terminal: Callable, options: tuple[str, ...], env: dict[str, str], colored: bool
    ) -> None:
        watched = terminal("no-such.csv", "0.5,0.5", *options, env=env, stream="stderr")
        assert watched.status == 2
        assert "there is no file 'no-such.csv'" in watched.seen
        assert (ESCAPE in watched.seen) == colored

    def test_each_stream_is_judged_by_itself(self, terminal: Callable) -> None:
        error_in_a_pipe = terminal("no-such.csv", "0.5,0.5", stream="stdout")
        assert ESCAPE not in error_in_a_pipe.piped
        report_in_a_pipe = terminal(*PAIR, "-f", "table", stream="stderr")
        assert "KL divergence" in report_in_a_pipe.piped
        assert ESCAPE not in report_in_a_pipe.piped

    def test_stays_out_of_files_unless_asked_for(self, terminal: Callable, tmp_path: Path) -> None:
        target = tmp_path / "report.txt"
        terminal(*PAIR, "-f", "table", "-o", str(target))
        assert ESCAPE not in target.read_text(encoding="utf-8")


class TestTerminal:
    def test_a_person_sees_a_table_and_a_pipe_gets_lines(self, terminal: Callable) -> None:
        assert re.search(r"measure +P‖Q +Q‖P", terminal(*PAIR, "--color", "never").seen)
        assert terminal(*PAIR, stream="stderr").piped.startswith("p q column measure direction value ")

    def test_a_table_holds_its_notes(self, terminal: Callable) -> None:
        watched = terminal(*INFINITE, "--color", "never", width=200)
        assert "Q never has c (20 % of P)" in watched.seen
        assert watched.piped == ""

    def test_bare_numbers_stay_bare_on_a_terminal(self, terminal: Callable) -> None:
        assert float(terminal(*PAIR, "-qm", "js").seen) == pytest.approx(0.10956662525004884)

    @pytest.mark.parametrize("width", [40, 60, 80, 200])
    @pytest.mark.parametrize(
        "args",
        [
            DELAYS,
            (JANUARY, JULY),
            (JANUARY, JULY, "-m", "all"),
            (JANUARY, "flights/2013-02.csv", JULY, "-c", "dep_delay,carrier"),
            ("a:5,b:3,c:2", "a:1,b:4,c:5", "a:2,b:2,c:6"),
            (*DELAYS, "--precision", "12"),
        ],
        ids=["column", "tables", "all-measures", "several-tables", "several-candidates", "precise"],
    )
    def test_no_digit_is_ever_cut(
        self, run: Callable, monkeypatch: pytest.MonkeyPatch, width: int, args: tuple[str, ...]
    ) -> None:
        digits = int(args[-1]) if "--precision" in args else 4
        comparisons = json.loads(run(*args, "-f", "json").stdout)["comparisons"]
        estimates = [estimate for comparison in comparisons for estimate in comparison["estimates"]]
        values = {e["value"] for e in estimates if e["status"] == "ok" and e["measure"] != "missing"}
        monkeypatch.setenv("COLUMNS", str(width))
        seen = set(run(*args, "-f", "table").stdout.replace("~", " ").split())
        assert {significant(value, digits) for value in values} - seen == set()

    @pytest.mark.parametrize("width", [40, 60, 80, 200])
    def test_no_digit_of_a_term_is_ever_cut(self, terminal: Callable, run: Callable, width: int) -> None:
        args = (*DELAYS, "--terms")
        (comparison,) = json.loads(run(*args, "-f", "json").stdout)["comparisons"]
        values = {item[key] for item in comparison["contributions"] for key in ("p", "q", "js", "kl", "kl_q_p")}
        seen = set(terminal(*args, "--color", "never", width=width).seen.split())
        assert {significant(value, 4) for value in values} - seen == set()

    @pytest.mark.parametrize("width", [80, 120])
    @pytest.mark.parametrize(
        "args",
        [PAIR, INFINITE, (*DELAYS, "--plot"), (*DELAYS, "-v"), (JANUARY, JULY)],
        ids=["pair", "infinite", "plot", "verbose", "tables"],
    )
    def test_no_line_is_longer_than_a_terminal_of_80_columns_or_more(
        self, run: Callable, monkeypatch: pytest.MonkeyPatch, width: int, args: tuple[str, ...]
    ) -> None:
        monkeypatch.setenv("COLUMNS", str(width))
        lines = run(*args, "-f", "table").stdout.splitlines()
        assert [line for line in lines if len(line) > width] == []

    def test_a_terminal_in_ascii_is_served(self, terminal: Callable) -> None:
        watched = terminal(*INFINITE, "--plot", env={"PYTHONIOENCODING": "ascii"})
        assert watched.status == 0
        assert watched.seen.isascii()


class TestNotes:
    @pytest.mark.parametrize("name", ["plain", "csv", "tsv"])
    def test_go_to_stderr_for_formats_of_lines(self, run: Callable, name: str) -> None:
        ran = run(*INFINITE, "-f", name)
        assert "kldiv: Q never has c (20 % of P), so KL(P‖Q) is infinite" in ran.stderr
        assert "never has" not in ran.stdout

    @pytest.mark.parametrize("name", ["json", "jsonl", "markdown", "table"])
    def test_stay_in_formats_that_hold_them(self, run: Callable, name: str) -> None:
        ran = run(*INFINITE, "-f", name)
        assert "Q never has c" in ran.stdout
        assert ran.stderr == ""

    def test_are_silenced_by_q(self, run: Callable) -> None:
        assert run(*INFINITE, "-q").stderr == ""
        assert run(*INFINITE, "-q").stdout == run(*INFINITE).stdout


class TestQuiet:
    def test_one_measure_is_a_bare_number_with_every_digit(self, run: Callable) -> None:
        ran = run(*PAIR, "-qm", "js")
        assert (ran.status, ran.stderr) == (0, "")
        assert ran.stdout == f"{float(ran.stdout)!r}\n"

    def test_json_files_too(self, run: Callable, tmp_path: Path) -> None:
        (tmp_path / "p.json").write_text('{"a": 1, "b": 1}', encoding="utf-8")
        (tmp_path / "q.json").write_text('{"a": 1, "b": 3}', encoding="utf-8")
        ran = run("-qm", "tv", str(tmp_path / "p.json"), str(tmp_path / "q.json"))
        assert ran.stdout == "0.25\n"

    def test_a_directed_measure_is_p_to_q_then_q_to_p_on_one_line(self, run: Callable) -> None:
        there, back = map(float, run(*PAIR, "-qm", "kl").stdout.split(" "))
        assert (there, back) == (pytest.approx(0.5351561881066847), pytest.approx(0.4122744036743799))

    def test_infinity_is_inf(self, run: Callable) -> None:
        assert run("a:1,b:1", "a:1,b:0", "-qm", "kl").stdout == "inf 0.6931471805599453\n"
        assert run("a:1,b:1", "a:1,b:0", "-qm", "jeffreys").stdout == "inf\n"

    def test_several_candidates_are_a_line_each(self, run: Callable) -> None:
        assert run("1:1,2:1", "1:1,2:3", "1:3,2:1", "1:1,2:1", "-qm", "tv").stdout == "0.25\n0.25\n0.0\n"

    def test_precision_rounds(self, run: Callable) -> None:
        assert run(*PAIR, "-qm", "js", "--precision", "3").stdout == "0.11\n"

    def test_several_columns_are_an_error_that_names_c(self, run: Callable) -> None:
        ran = run(JANUARY, JULY, "-qm", "js")
        assert (ran.status, ran.stdout) == (2, "")
        assert "8 columns were compared" in ran.stderr
        assert "try: -c " in ran.stderr

    def test_one_column_of_two_tables_is_one_number(self, run: Callable) -> None:
        assert float(run(JANUARY, JULY, "-qm", "js", "-c", "origin").stdout) == pytest.approx(0.0009934415946)

    def test_what_does_not_apply_is_an_error(self, run: Callable) -> None:
        ran = run("a:1,b:1", "a:1,b:2", "-qm", "w1")
        assert (ran.status, ran.stdout) == (2, "")
        assert "Labels have no order" in ran.stderr

    def test_an_asked_for_format_is_kept(self, run: Callable) -> None:
        assert run(*PAIR, "-qm", "js", "-f", "csv").stdout.startswith("p,q,column")


class TestFiles:
    def test_a_file_holds_what_stdout_would(self, run: Callable, tmp_path: Path) -> None:
        target = tmp_path / "out.txt"
        ran = run(*PAIR, "-f", "csv", "-o", str(target))
        assert (ran.status, ran.stdout) == (0, "")
        assert target.read_text(encoding="utf-8") == run(*PAIR, "-f", "csv").stdout

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("a.csv", "csv"),
            ("a.tsv", "tsv"),
            ("a.json", "json"),
            ("a.JSON", "json"),
            ("a.jsonl", "jsonl"),
            ("a.md", "markdown"),
            ("a", "plain"),
            ("a.txt", "plain"),
        ],
    )
    def test_the_name_of_a_file_gives_its_format(self, run: Callable, tmp_path: Path, name: str, expected: str) -> None:
        run(*PAIR, "-o", str(tmp_path / name))
        assert (tmp_path / name).read_text(encoding="utf-8") == run(*PAIR, "-f", expected).stdout

    @pytest.mark.parametrize(
        "args",
        [
            (JANUARY, JULY, "-qm", "js"),
            ("no-such.csv", JULY),
            ("a:1,b:1", "a:1,b:1", "-qm", "w1"),
            (*PAIR, "-f", "no-such-format"),
            (*PAIR, "--report", "no-such-format=x"),
        ],
    )
    def test_a_failing_run_leaves_an_existing_file_as_it_was(
        self, run: Callable, tmp_path: Path, args: tuple[str, ...]
    ) -> None:
        target = tmp_path / "out"
        target.write_text("precious", encoding="utf-8")
        assert run(*args, "-o", str(target)).status == 2
        assert target.read_text(encoding="utf-8") == "precious"
        assert os.listdir(tmp_path) == ["out"]

    def test_a_failing_run_makes_no_file(self, run: Callable, tmp_path: Path) -> None:
        assert run(JANUARY, JULY, "-qm", "js", "-o", str(tmp_path / "out")).status == 2
        assert os.listdir(tmp_path) == []

    def test_a_fault_while_writing_leaves_no_draft(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("kldiv_cli.renderers.delimited.rows_of", fail)
        target = tmp_path / "out.csv"
        target.write_text("precious", encoding="utf-8")
        assert run(*PAIR, "-o", str(target)).status == 2
        assert target.read_text(encoding="utf-8") == "precious"
        assert os.listdir(tmp_path) == ["out.csv"]

    def test_a_replaced_file_keeps_its_mode_and_its_link(self, run: Callable, tmp_path: Path) -> None:
        target, link = tmp_path / "out.csv", tmp_path / "link.csv"
        target.touch(mode=0o600)
        link.symlink_to(target)
        assert run(*PAIR, "-o", str(link)).status == 0
        assert link.is_symlink()
        assert target.read_text(encoding="utf-8").startswith("p,q")
        assert stat.S_IMODE(target.stat().st_mode) == 0o600

    def test_an_input_may_be_replaced_by_the_report_on_it(self, run: Callable, tmp_path: Path) -> None:
        file = tmp_path / "x.csv"
        file.write_text("x,n\na,1\nb,2\n", encoding="utf-8")
        assert run(str(file), "a:1,b:1", "-o", str(file)).status == 0
        assert file.read_text(encoding="utf-8").startswith("p,q,column")

    def test_a_dash_is_stdout(self, run: Callable, sample_data: Path) -> None:
        assert run(*PAIR, "-o", "-") == run(*PAIR)
        assert not (sample_data / "-").exists()

    def test_dev_stdout_is_written_straight_whatever_it_is(self, shell: Callable, tmp_path: Path) -> None:
        line = f"kldiv -qm tv -o /dev/stdout {' '.join(PAIR)}"
        assert shell(line).stdout == "0.4\n"
        shell(f"{{ echo before; {line}; echo after; }} > {tmp_path}/log")
        assert (tmp_path / "log").read_text() == "before\n0.4\nafter\n"

    def test_a_fifo_is_written_straight(self, run: Callable, tmp_path: Path) -> None:
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        received: list[str] = []
        reader = threading.Thread(target=lambda: received.append(fifo.read_text(encoding="utf-8")), daemon=True)
        reader.start()
        assert run(*PAIR, "-f", "csv", "-o", str(fifo)).status == 0
        reader.join(timeout=10)
        assert received == [run(*PAIR, "-f", "csv").stdout]
        assert stat.S_ISFIFO(fifo.stat().st_mode)

    def test_what_cannot_be_written_is_2_and_named(self, run: Callable, tmp_path: Path) -> None:
        ran = run(*PAIR, "-o", str(tmp_path / "no-such-folder" / "out.csv"))
        assert ran.status == 2
        assert "no-such-folder/out.csv" in ran.stderr
        assert "there is no folder" in ran.stderr
        ran = run(*PAIR, "-o", str(tmp_path))
        assert ran.status == 2
        assert f"-o {str(tmp_path)!r} names no file" in ran.stderr

    def test_a_full_device_is_2_and_named(self, run: Callable) -> None:
        ran = run(*PAIR, "-o", "/dev/full")
        assert ran.status == 2
        assert "cannot write /dev/full: No space left on device" in ran.stderr

    def test_reports_repeat(self, run: Callable, tmp_path: Path) -> None:
        names = ("json", "markdown", "csv", "jsonl", "tsv", "plain", "table")
        options = [word for name in names for word in ("--report", f"{name}={tmp_path / name}")]
        ran = run(*DELAYS, *options)
        assert ran == run(*DELAYS)
        for name in names:
            assert (tmp_path / name).read_text(encoding="utf-8") == run(*DELAYS, "-f", name).stdout

    def test_a_report_stays_whole_beside_a_bare_number(self, run: Callable, tmp_path: Path) -> None:
        ran = run(*PAIR, "-qm", "tv", "--report", f"csv={tmp_path / 'a=b.csv'}")
        assert ran.stdout == "0.4\n"
        assert (tmp_path / "a=b.csv").read_text(encoding="utf-8").count("\n") == 2

    @pytest.mark.parametrize("text", ["json", "json=", "=x.json"])
    def test_a_report_without_format_or_file_is_2(self, run: Callable, text: str) -> None:
        ran = run(*PAIR, "--report", text)
        assert (ran.status, ran.stdout) == (2, "")
        assert f"the report {text!r} is not FORMAT=FILE" in ran.stderr

    def test_an_unknown_format_of_a_report_is_2_before_anything_is_written(self, run: Callable, tmp_path: Path) -> None:
        ran = run(*PAIR, "--report", f"csv={tmp_path / 'a'}", "--report", f"pdf={tmp_path / 'b'}")
        assert (ran.status, ran.stdout) == (2, "")
        assert os.listdir(tmp_path) == []


class TestEncoding:
    @pytest.mark.parametrize(
        "args",
        [
            *((*INFINITE, "-f", name, "--plot") for name in ("table", "plain", "json", "markdown")),
            ("ä:1,b:1", "ä:1,😀:1", "-f", "csv", "--terms"),
            ("-h",),
            ("explain", "kl"),
        ],
        ids=" ".join,
    )
    def test_a_narrow_encoding_is_served(self, kldiv: Callable, args: tuple[str, ...]) -> None:
        ran = kldiv(*args, env={"PYTHONIOENCODING": "ascii"})
        assert ran.status == 0
        assert ran.stdout
        assert "Traceback" not in ran.stderr

    @pytest.mark.parametrize("args", [(*INFINITE, "-f", "table"), ("explain", "kl")], ids=" ".join)
    def test_the_c_locale_is_served(self, kldiv: Callable, args: tuple[str, ...]) -> None:
        ran = kldiv(*args, env={"LC_ALL": "C"})
        assert ran.status == 0
        assert ran.stdout
        assert "Traceback" not in ran.stderr

    def test_an_error_in_a_narrow_encoding_is_2(self, kldiv: Callable) -> None:
        ran = kldiv("schön.csv", "0.5,0.5", env={"PYTHONIOENCODING": "ascii"})
        assert ran.status == 2
        assert "sch\\xf6n.csv" in ran.stderr

    def test_json_in_a_narrow_encoding_still_is_json(self, kldiv: Callable) -> None:
        ran = kldiv("ä:1,b:1", "ä:1,😀:1", "-f", "json", env={"PYTHONIOENCODING": "ascii"})
        contributions = json.loads(ran.stdout)["comparisons"][0]["contributions"]
        assert {item["outcome"] for item in contributions} == {"ä", "b", "😀"}

    def test_a_file_is_utf_8_whatever_the_locale(self, kldiv: Callable, tmp_path: Path) -> None:
        target = tmp_path / "a.csv"
        kldiv("ä:1,b:1", "ä:1,😀:1", "-o", str(target), "--terms", env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
        assert "😀" in target.read_text(encoding="utf-8")

    def test_a_file_name_that_is_no_utf_8_is_read_and_shown(self, kldiv: Callable, tmp_path: Path) -> None:
        name = os.fsencode(tmp_path) + b"/\xff.csv"
        Path(os.fsdecode(name)).write_text("x,n\na,1\nb,2\n", encoding="utf-8")
        ran = kldiv(name, b"a:1,b:1", b"-qf", b"plain")
        assert ran.status == 0
        assert "\\xff.csv a:1,b:1 " in ran.stdout
