"""This machine: however many read at once, the numbers are the same, and so are the faults; nobody is left behind."""

from __future__ import annotations

import gzip
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kldiv_cli.engines import local
from kldiv_cli.engines.process import Worker
from kldiv_cli.errors import InputError, KldivError, MissingExtra, TypeBreak, UsageError
from kldiv_cli.sources.meter import Meter
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import ReadOptions, SourceSpec, checked_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kldiv_cli.core.summary import Profile

JOBS = [1, 3]
PATIENCE = 60
"""Seconds after which something is said to hang."""
INTERRUPTED = (130, -signal.SIGINT)
"""To a shell both are 130. CPython ends by the signal itself where Ctrl-C falls into an `eval`, as of a named tuple."""
linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


@pytest.fixture(autouse=True)
def _stand_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files are worth a process too."""
    monkeypatch.setattr(local, "_WORTH_A_PROCESS", 0)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the processes that read parts, in the order they were asked to."""
    asked: list[int] = []
    tally = Worker.tally

    def noted(self: Worker, *args: Any, **kwargs: Any) -> object:
        asked.append(self._process.pid)
        return tally(self, *args, **kwargs)

    monkeypatch.setattr(Worker, "tally", noted)
    return asked


@contextmanager
def no_hang() -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise AssertionError("the engine hangs")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def specs_of(*texts: str, **options: Any) -> list[SourceSpec]:
    return [operand(text, checked_options(ReadOptions(**options))) for text in texts]


def read(*texts: str, jobs: int = 1, meter: Meter | None = None, **options: Any) -> list[Profile]:
    with no_hang():
        return [one.profile() for one in local.read_all(specs_of(*texts, **options), jobs, meter)]


def fault_of(*texts: str, jobs: int, **options: Any) -> KldivError:
    with pytest.raises(KldivError, match=r".") as refusal:
        read(*texts, jobs=jobs, **options)
    return refusal.value


def told(fault: KldivError) -> tuple[object, ...]:
    """All that a fault says."""
    return type(fault), fault.message, fault.remedy, str(fault), getattr(fault, "columns", None)


def state(profile: Profile) -> tuple[object, ...]:
    """Everything a profile holds, comparable bit by bit."""
    columns = {
        name: (type(summary), *(value.tobytes() if isinstance(value, np.ndarray) else value for value in summary))
        for name, summary in profile.columns.items()
    }
    return (*profile._replace(columns={}), tuple(profile.columns), columns)


def assert_same_for_any_jobs(*texts: str, numbers: Sequence[int] = JOBS[1:], **options: Any) -> list[Profile]:
    profiles = read(*texts, **options)
    for jobs in numbers:
        assert list(map(state, read(*texts, jobs=jobs, **options))) == list(map(state, profiles))
    return profiles


def put(name: str, content: str | bytes) -> str:
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    return name


def rows_of(seed: int, number: int) -> str:
    """Rows with numbers, labels, dates, missing and infinite cells."""
    generator = np.random.default_rng(seed)
    cells = zip(
        generator.normal(size=number).tolist(),
        generator.integers(0, 50, number).tolist(),
        generator.choice(["", "NA", "inf", "1.5", "2"], number).tolist(),
        generator.choice(["a", "b", " b ", "caf\u00e9"], number).tolist(),
        generator.choice(["2024-01-31", "1969-12-31", ""], number).tolist(),
        strict=True,
    )
    return "".join(f"{one!r},{two},{three},{four},{five}\n" for one, two, three, four, five in cells)


HEADER = "x,k,gaps,label,day\n"


class TestAnyNumberOfJobs:
    def test_files_that_are_worth_a_process_give_the_same_profiles_to_the_bit(self, workers: list[int]) -> None:
        """Both larger than 32 MB, with more values than are kept."""
        for name, seed in (("p.csv", 1), ("q.csv", 2)):
            put(name, HEADER + 6 * rows_of(seed, 160_000))
            assert os.path.getsize(name) > local._WORTH_A_PROCESS
        p, _ = assert_same_for_any_jobs("p.csv", "q.csv")
        assert p.rows == 960_000
        assert p.columns["x"].mass == 960_000
        assert len(set(workers)) == len(workers) == 2, "a file each"

    def test_a_column_that_is_cut_is_cut_alike(self, worth_it: None, workers: list[int]) -> None:
        rows = np.random.default_rng(3).normal(size=1_200_000)
        put("p.csv", "x\n" + "\n".join(map(repr, rows.tolist())) + "\n")
        p, q = assert_same_for_any_jobs("p.csv", "p.csv")
        assert p.columns["x"].rank_error > 0.0
        assert state(p)[-1] == state(q)[-1]
        assert workers

    @pytest.mark.parametrize(
        ("content", "options"),
        [
            (HEADER + rows_of(5, 3_000), {}),
            (HEADER + rows_of(6, 3_000), {"weights": "k"}),
            (HEADER + rows_of(7, 3_000), {"columns": ("label", "x"), "categorical": ("k",)}),
            (HEADER + rows_of(8, 3_000), {"exact": True}),
            ("label,count\nb,3\na,0\nc,2.5\n", {}),
            ("label,count\nb,3\na,1\nc,2\n", {"order": ((None, ("a", "b", "c", "d")),)}),
            ("lo,hi,count\n0,1,5\n1,2,7\n", {}),
            ("0.5\n0.25\n0.25\n", {"as_": "probs"}),
            ("1\n2\n2\n", {"as_": "samples"}),
            ("      3 a\n     12 b\n", {}),
            ('{"x": 1}\n{"x": null, "y": "a"}\n', {}),
            (HEADER + rows_of(9, 60_000).replace("\n", "\r\n"), {}),
        ],
    )
    def test_small_files_of_every_kind_are_read_alike(
        self, content: str, options: dict[str, Any], worth_it: None, workers: list[int]
    ) -> None:
        put("p", content)
        put("q.gz", gzip.compress(content.encode(), mtime=0))
        assert_same_for_any_jobs("p", "q.gz", numbers=[2], **options)
        assert workers

    @pytest.mark.parametrize("parts", [1, 2, 7])
    def test_the_files_of_a_set_are_put_together_in_their_order(
        self, parts: int, worth_it: None, workers: list[int]
    ) -> None:
        Path("set").mkdir()
        for number in range(parts):
            put(f"set/{number}.csv", HEADER + rows_of(number, 500 * number + 3))
        put("all.csv", HEADER + "".join(rows_of(number, 500 * number + 3) for number in range(parts)))
        together, alone = assert_same_for_any_jobs("set/", "all.csv")
        assert state(together)[-1] == state(alone)[-1]
        assert together.rows == alone.rows
        assert workers

    def test_columns_that_only_some_files_of_a_set_have_are_told_alike(self, worth_it: None) -> None:
        Path("set").mkdir()
        for number, header in enumerate(("x,y", "y,x", "x,z", "x")):
            put(f"set/{number}.csv", header + "\n" + (",".join("1" * (1 + header.count(","))) + "\n") * (number + 1))
        profile, _ = assert_same_for_any_jobs("set/", "set/")
        assert profile.rows == profile.columns["x"].mass == 10
        assert profile.columns["z"].missing == 7
        assert profile.notes

    def test_more_jobs_than_files_and_fewer_are_both_right(self, worth_it: None, workers: list[int]) -> None:
        names = [put(f"{number}.csv", HEADER + rows_of(number, 50)) for number in range(5)]
        alone = [state(read(name)[0]) for name in names]
        for jobs in (2, 3, 5, 20):
            workers.clear()
            assert list(map(state, read(*names, jobs=jobs))) == alone
            assert len(workers) == 5
            assert len(set(workers)) <= min(jobs, 5)

    def test_what_was_typed_is_read_here_beside_files(self, worth_it: None, workers: list[int]) -> None:
        put("q.csv", "1\n2\n")
        put("r.csv", "1\n2\n3\n")
        profiles = assert_same_for_any_jobs("a:1,b:2", "q.csv", "r.csv", "0.5,0.5")
        assert [profile.rows for profile in profiles] == [2, 2, 3, 2]
        assert len(workers) == 2

    def test_one_job_and_small_files_need_no_process(self, workers: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
        put("p.csv", HEADER + rows_of(1, 50))
        read("p.csv", "p.csv", jobs=4)
        monkeypatch.setattr(local, "_WORTH_A_PROCESS", 0)
        read("p.csv", "p.csv", jobs=1)
        assert not workers

    @pytest.mark.parametrize("jobs", JOBS)
    def test_a_meter_is_told_of_all_bytes_and_rows(self, jobs: int, worth_it: None) -> None:
        names = [put(f"{number}.csv", HEADER + rows_of(number, 20_000)) for number in range(3)]
        meter = Meter()
        read(*names, jobs=jobs, meter=meter)
        assert meter.bytes == meter.bytes_known == sum(map(os.path.getsize, names))
        assert meter.rows == 60_000

    def test_the_interpreter_is_left_as_it_was(self, worth_it: None) -> None:
        put("p.csv", HEADER + rows_of(1, 50))
        before = sys.getswitchinterval()
        read("p.csv", "p.csv", jobs=2)
        assert sys.getswitchinterval() == before

    @linux
    def test_no_process_is_left_behind(self, worth_it: None) -> None:
        put("p.csv", HEADER + rows_of(1, 50))
        put("bad.csv", "x,y\n1\n")
        before = children_of(os.getpid())
        read("p.csv", "p.csv", jobs=2)
        assert children_of(os.getpid()) == before
        fault_of("p.csv", "bad.csv", jobs=2)
        assert children_of(os.getpid()) == before


LONG = "x,g\n" + "1.5,a\n" * 100_000
BAD = {
    "a ragged row": (LONG + "1\n", {}, InputError),
    "a ragged row at the top": ("x,g\n1\n" + LONG, {}, InputError),
    "a broken promise": (LONG + "oops,a\n", {"numeric": ("x",)}, InputError),
    "an open quote": (LONG + '2,"a\n', {}, InputError),
    "no UTF-8": (LONG.encode() + b"1,\xff\n", {}, InputError),
    "nothing": ("", {}, InputError),
    "a column that is not there": (LONG, {"columns": ("nowhere",)}, KldivError),
    "a gzip that is cut": (gzip.compress(LONG.encode(), mtime=0)[:-20], {}, InputError),
    "an order that does not fit": ("g\na\nb\n", {"order": (("g", ("a",)),)}, UsageError),
}


class TestFaults:
    @pytest.mark.parametrize(("name", "place"), [(name, number % 2) for number, name in enumerate(BAD)])
    def test_a_fault_of_a_process_is_the_same_as_a_fault_here(
        self, name: str, place: int, worth_it: None, workers: list[int]
    ) -> None:
        content, options, kind = BAD[name]
        put("bad", content)
        put("good", LONG if "order" not in options else "g\na\na\n")
        names = ["good", "good"]
        names[place] = "bad"
        here = fault_of(*names, jobs=1, **options)
        assert isinstance(here, kind)
        assert here.remedy.strip()
        assert not workers
        assert told(fault_of(*names, jobs=2, **options)) == told(here)
        assert workers

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read_is_told_alike(self, worth_it: None) -> None:
        put("good", LONG)
        os.chmod(put("bad", LONG), 0)
        here = fault_of("good", "bad", jobs=1)
        assert here.message == "bad: Permission denied"
        assert told(fault_of("good", "bad", jobs=2)) == told(here)

    def test_a_file_that_went_away_is_told_alike(self, worth_it: None) -> None:
        put("good", LONG)
        put("bad", LONG)
        specs = specs_of("good", "good", "bad")
        Path("bad").unlink()
        for jobs in JOBS:
            with pytest.raises(InputError, match="bad: No such file or directory") as refusal:
                local.read_all(specs, jobs)
            assert refusal.value.remedy == "check the path and its permissions"

    @pytest.mark.parametrize("jobs", JOBS)
    def test_the_first_operands_fault_is_told_whichever_is_found_first(self, jobs: int, worth_it: None) -> None:
        put("late", LONG + "1\n")
        put("early", "x,g\n1\n")
        assert fault_of("late", "early", jobs=jobs).message == "late: row 100002 has 1 cell, the first has 2"
        assert fault_of("early", "late", jobs=jobs).message == "early: row 2 has 1 cell, the first has 2"

    @pytest.mark.parametrize("jobs", JOBS)
    def test_the_first_files_fault_is_told_whichever_is_found_first(self, jobs: int, worth_it: None) -> None:
        Path("set").mkdir()
        put("set/1.csv", LONG)
        put("set/2.csv", LONG + "1\n")
        put("set/3.csv", "x,g\n1\n")
        put("set/4.csv", "")
        assert "set/2.csv: row 100002 has 1 cell" in fault_of("set/", "set/1.csv", jobs=jobs).message

    @pytest.mark.parametrize("jobs", JOBS)
    def test_a_fault_outside_weighs_more_than_a_fault_later_here(self, jobs: int, worth_it: None) -> None:
        put("late", LONG + "1\n")
        assert fault_of("late", "1,x", jobs=jobs).message.startswith("late: row 100002")

    @linux
    @pytest.mark.parametrize("later", ["-", "./pipe"])
    def test_a_fault_does_not_wait_for_a_later_pipe_that_never_ends(
        self, later: str, started: Callable[..., subprocess.Popen[bytes]]
    ) -> None:
        put("bad.csv", "x,g\n1\n")
        os.mkfifo("pipe")
        held = os.open("pipe", os.O_RDWR)
        try:
            running = started("bad.csv", later, stdin=subprocess.PIPE)
            assert running.wait(PATIENCE) == 2
            _, stderr = running.communicate()
            assert b"bad.csv: row 2 has 1 cell" in stderr
        finally:
            os.close(held)

    def test_a_type_that_breaks_makes_the_file_be_read_again_as_labels(
        self, worth_it: None, workers: list[int]
    ) -> None:
        put("p", LONG + "oops,a\n")
        put("q", LONG)
        p, q = assert_same_for_any_jobs("p", "q")
        assert p.columns["x"].labels == ("1.5", "oops")
        assert [note.code for note in p.notes] == ["read-as-labels"]
        assert "row 100002, column x: 'oops'" in p.notes[0].text
        assert q.notes == ()
        assert len(workers) == 2, "the second reading is of one file, which is read here"

    def test_types_that_break_in_both_files_are_told_of_both(self, worth_it: None) -> None:
        put("p", LONG + "oops,a\n")
        put("q", "x,g\n" + "1.5,2\n" * 30_000 + "dear,me\n")
        p, q = assert_same_for_any_jobs("p", "q")
        assert [len(profile.notes) for profile in (p, q)] == [1, 2]
        assert q.columns["g"].labels == ("2", "me")

    def test_a_type_that_breaks_and_a_fault_beside_it_end_with_the_fault(self, worth_it: None) -> None:
        put("p", LONG + "oops,a\n")
        put("q", LONG + "1\n")
        for jobs in JOBS:
            assert fault_of("p", "q", jobs=jobs).message == "q: row 100002 has 1 cell, the first has 2"

    def test_types_that_break_between_the_files_of_a_set_are_told_alike(self, worth_it: None) -> None:
        Path("set").mkdir()
        for number, cell in enumerate(("1", "2.5", "a", "1", "", "b")):
            put(f"set/{number}.csv", f"x,g\n{cell},a\n{cell},1\n")
        profile, _ = assert_same_for_any_jobs("set/", "set/0.csv")
        assert profile.columns["x"].labels == ("1", "2.5", "a", "b")
        assert profile.columns["x"].missing == 2
        assert len(profile.notes) == 1

    def test_types_that_break_in_some_files_of_a_set_are_told_alike(self, worth_it: None) -> None:
        Path("set").mkdir()
        for number, last in enumerate(("1,1", "1,two", "one,1")):
            put(f"set/{number}.csv", "x,y\n" + "1,1\n" * 20_000 + last + "\n")
        (profile,) = assert_same_for_any_jobs("set/")
        assert profile.columns["x"].labels == ("1", "one")
        assert profile.columns["y"].labels == ("1", "two")
        assert profile.rows == 60_003


class TestProcesses:
    @linux
    def test_a_process_that_was_killed_is_an_error_that_names_a_way_out(self, worth_it: None) -> None:
        put("p.csv", HEADER + 4 * rows_of(1, 150_000))

        class Killer(Meter):
            """Kills whoever reads as soon as it has read something."""

            def add_rows(self, number: int) -> None:
                super().add_rows(number)
                for child in children_of(os.getpid()):
                    os.kill(child, signal.SIGKILL)

        with pytest.raises(InputError, match=r"p\.csv: the process that read it ended with status -9") as refusal:
            read("p.csv", "p.csv", jobs=2, meter=Killer())
        assert "--jobs 1" in refusal.value.remedy
        assert not children_of(os.getpid())

    def test_a_process_that_was_killed_before_it_began_is_one_too(
        self, worth_it: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put("p.csv", "x\n1\n")
        tally = Worker.tally

        def killed(self: Worker, *args: Any, **kwargs: Any) -> object:
            self._process.kill()
            self._process.wait()
            return tally(self, *args, **kwargs)

        monkeypatch.setattr(Worker, "tally", killed)
        with pytest.raises(InputError, match=r"p\.csv: the process that read it ended with status -9") as refusal:
            read("p.csv", "p.csv", "p.csv", jobs=2)
        assert "--jobs 1" in refusal.value.remedy

    def test_a_process_finds_the_modules_that_its_owner_finds(self, worth_it: None) -> None:
        """Also where a folder on the way holds a module by the name of one that is needed."""
        put("pickle.py", "raise ImportError('the wrong pickle')\n")
        put("p.csv", "x\n1\n2\n")
        assert [profile.rows for profile in read("p.csv", "p.csv", jobs=2)] == [2, 2]

    def test_a_process_says_nothing_itself(self, worth_it: None, capfd: pytest.CaptureFixture[str]) -> None:
        put("p.csv", LONG)
        put("bad.csv", LONG + "1\n")
        fault_of("p.csv", "bad.csv", jobs=2)
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("jobs", JOBS[1:])
    def test_two_pipes_are_read_side_by_side(self, jobs: int) -> None:
        """One writer fills both in turn, more than a pipe holds: to read one after the other would never end."""
        block = b"1.5,a\n" * 50_000
        for name in ("p", "q"):
            os.mkfifo(name)

        def fill() -> None:
            with open("p", "wb", buffering=0) as p, open("q", "wb", buffering=0) as q:
                for sink in (p, q):
                    sink.write(b"x,g\n")
                for _ in range(10):
                    for sink in (p, q):
                        sink.write(block)

        writer = threading.Thread(target=fill, daemon=True)
        writer.start()
        p, q = read("p", "q", jobs=jobs)
        writer.join(PATIENCE)
        assert p.rows == q.rows == 500_000
        assert state(p)[-1] == state(q)[-1]

    def test_a_pipe_is_read_here_and_a_file_in_a_process(self, worth_it: None, workers: list[int]) -> None:
        os.mkfifo("p")
        put("q", LONG)
        for jobs in JOBS:
            writer = threading.Thread(target=lambda: Path("p").write_text(LONG), daemon=True)
            writer.start()
            p, q = read("p", "q", jobs=jobs)
            writer.join(PATIENCE)
            assert state(p)[-1] == state(q)[-1]
        assert len(workers) == 1

    def test_a_type_that_breaks_in_a_pipe_is_an_error(self) -> None:
        os.mkfifo("p")
        put("q", LONG)
        writer = threading.Thread(target=lambda: Path("p").write_text(LONG + "oops,a\n"), daemon=True)
        writer.start()
        with pytest.raises(TypeBreak, match="row 100002, column x: 'oops'") as refusal:
            read("p", "q", jobs=2)
        writer.join(PATIENCE)
        assert refusal.value.columns == ("x",)


def children_of(parent: int) -> set[int]:
    """Running processes that a process has started, and those that they have started; not the dead ones."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state_of, owner = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended
            if state_of != "Z":
                parents[int(entry.name)] = int(owner)
    found: set[int] = set()
    fresh = {parent}
    while fresh:
        fresh = {child for child, owner in parents.items() if owner in fresh}
        found |= fresh
    return found


def is_alive(process: int) -> bool:
    """Whether a process runs, or could; one that ended and that nobody has asked for is dead."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def has_open(process: int, path: Path) -> bool:
    """Whether a process has opened a file."""
    try:
        return any(os.path.realpath(link) == str(path) for link in Path(f"/proc/{process}/fd").iterdir())
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return False


def has_loaded(process: int, library: str) -> bool:
    """Whether a library is in the memory of a process."""
    try:
        return library in Path(f"/proc/{process}/maps").read_text()
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return False


def reads_from_a_pipe(process: int) -> bool:
    """Whether any of the threads of a process is waiting for a pipe."""
    try:
        waiting = [(task / "wchan").read_text() for task in Path(f"/proc/{process}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return any("pipe" in where for where in waiting)


def wait_for(condition: Callable[[], bool], running: subprocess.Popen[bytes]) -> None:
    for _ in range(100 * PATIENCE):
        if condition():
            return
        assert running.poll() is None, "it ended before it was interrupted"
        time.sleep(0.01)
    pytest.fail("it never came so far")


@pytest.fixture
def started(plain_environment: None) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a command line in a group of its own, as a shell does; nothing of it outlives the test."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*args: str, **options: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "kldiv_cli", *args]
        running.append(
            subprocess.Popen(
                command,
                stdin=options.pop("stdin", subprocess.DEVNULL),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                **options,
            )
        )
        return running[-1]

    yield start
    for process in running:
        for child in children_of(process.pid):
            os.kill(child, signal.SIGKILL)
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file that takes seconds to read."""
    path = tmp_path_factory.mktemp("large") / "large.csv"
    block = rows_of(1, 50_000).encode()
    with path.open("wb") as file:
        file.write(HEADER.encode())
        for _ in range(100):
            file.write(block)
    yield path
    path.unlink()


def assert_gone(processes: set[int]) -> None:
    """Nobody is left: what is still on its way to its end may end."""
    for _ in range(100 * PATIENCE):
        if not any(map(is_alive, processes)):
            return
        time.sleep(0.01)
    pytest.fail("a process is left behind")


def assert_interrupted(running: subprocess.Popen[bytes], children: set[int]) -> None:
    stdout, stderr = running.communicate(timeout=PATIENCE)
    assert running.returncode in INTERRUPTED, stderr.decode()
    assert stdout == b""
    assert b"Traceback" not in stderr, stderr.decode()
    assert b"Fatal" not in stderr, stderr.decode()
    assert_gone(children)


@linux
class TestCtrlC:
    @pytest.mark.parametrize("whole_group", [True, False], ids=["from the terminal", "by kill"])
    def test_it_ends_the_reading_and_leaves_nobody_behind(
        self, whole_group: bool, large: Path, started: Callable[..., subprocess.Popen[bytes]]
    ) -> None:
        running = started(str(large), str(large), "--jobs", "2")
        wait_for(lambda: sum(has_open(child, large) for child in children_of(running.pid)) == 2, running)
        children = children_of(running.pid)
        assert len(children) == 2
        os.killpg(running.pid, signal.SIGINT) if whole_group else running.send_signal(signal.SIGINT)
        assert_interrupted(running, children)

    @pytest.mark.parametrize("library", ["libc", "math", "_multiarray_umath", "_umath_linalg", "pandas"])
    def test_it_may_come_while_the_processes_are_starting(
        self, library: str, large: Path, started: Callable[..., subprocess.Popen[bytes]]
    ) -> None:
        running = started(str(large), str(large), "--jobs", "2")
        wait_for(lambda: len(children_of(running.pid)) == 2, running)
        children = children_of(running.pid)
        wait_for(lambda: any(has_loaded(child, library) for child in children), running)
        os.killpg(running.pid, signal.SIGINT)
        assert_interrupted(running, children)

    @pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
    def test_who_reads_ends_when_the_owner_is_killed(
        self, end: signal.Signals, large: Path, started: Callable[..., subprocess.Popen[bytes]]
    ) -> None:
        running = started(str(large), str(large), "--jobs", "2")
        wait_for(lambda: sum(has_open(child, large) for child in children_of(running.pid)) == 2, running)
        children = children_of(running.pid)
        running.send_signal(end)
        _, stderr = running.communicate(timeout=PATIENCE)
        assert running.returncode == -end
        assert stderr == b""
        assert_gone(children)

    def test_it_ends_the_reading_in_one_process(
        self, large: Path, started: Callable[..., subprocess.Popen[bytes]]
    ) -> None:
        running = started(str(large), str(large), "--jobs", "1")
        wait_for(lambda: has_open(running.pid, large), running)
        os.killpg(running.pid, signal.SIGINT)
        assert_interrupted(running, set())

    @pytest.mark.parametrize("operands", [("./pipe", "-"), ("-", "./pipe")], ids=["stdin is Q", "stdin is P"])
    @pytest.mark.parametrize("jobs", ["1", "2"])
    def test_it_ends_the_wait_for_two_pipes(
        self, operands: tuple[str, str], jobs: str, started: Callable[..., subprocess.Popen[bytes]]
    ) -> None:
        """Nobody writes to either, and both stay open: whoever waits for one must not keep the command from its end."""
        os.mkfifo("pipe")
        held = os.open("pipe", os.O_RDWR)  # to open it waits for nobody
        try:
            running = started(*operands, "--jobs", jobs, stdin=subprocess.PIPE)
            wait_for(lambda: reads_from_a_pipe(running.pid), running)
            os.killpg(running.pid, signal.SIGINT)
            assert running.wait(PATIENCE) in INTERRUPTED
            assert_interrupted(running, set())
        finally:
            os.close(held)


@pytest.mark.parametrize(
    "fault",
    [
        KldivError("a", remedy="b"),
        UsageError("what was typed", remedy="-b 20"),
        InputError("row 7: caf\u00e9 \udcff", remedy="two\nlines"),
        TypeBreak("column x", remedy="--categorical x", columns=("x", "y")),
        MissingExtra("no pyarrow", remedy="pip install 'kldiv[parquet]'"),
    ],
    ids=lambda fault: type(fault).__name__,
)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_fault_that_travels_says_the_same(fault: KldivError, protocol: int) -> None:
    travelled = pickle.loads(pickle.dumps(fault, protocol))
    assert told(travelled) == told(fault)
    assert travelled.args == fault.args
    assert told(pickle.loads(pickle.dumps(travelled, protocol))) == told(fault)
