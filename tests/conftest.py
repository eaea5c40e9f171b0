"""What every test may use: the command run in-process or as a process, and golden files."""

from __future__ import annotations

import difflib
import io
import math
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TESTS = Path(__file__).parent
GOLDEN = TESTS / "golden"
SAMPLE_DATA = TESTS.parent / "sample_data"
KLDIV = Path(sys.executable).with_name("kldiv")
COLOR_VARIABLES = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONIOENCODING", "_KLDIV_COMPLETE")

settings.register_profile("kldiv", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("kldiv")


class Ran(NamedTuple):
    """What a command line left behind."""

    status: int
    stdout: str
    stderr: str


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden instead of comparing with it")


def pytest_configure() -> None:
    """A job in the background ignores Ctrl-C, and whatever it starts would too; tests press it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before slow tests are left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    seen: Counter[str] = Counter()
    for item in items:
        thinned = item.get_closest_marker("one_in")
        if thinned is not None:
            name = item.nodeid.partition("[")[0]
            if seen[name] % thinned.args[0]:
                item.add_marker(pytest.mark.slow)
            seen[name] += 1


@pytest.fixture
def sample_data() -> Path:
    return SAMPLE_DATA


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that says nothing about colour, width or encoding."""
    for name in COLOR_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, plain_environment: None) -> Callable[..., Ran]:
    """Run one command line in this process; neither stream is a terminal."""
    from kldiv_cli.cli import run as run_command_line

    def run_once(*args: str, stdin: bytes = b"") -> Ran:
        streams = {name: io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for name in ("stdout", "stderr")}
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            for name, stream in streams.items():
                patch.setattr(sys, name, stream)
            status = run_command_line(list(args))
        for stream in streams.values():
            stream.flush()
        texts = [stream.buffer.getvalue().decode("utf-8") for stream in streams.values()]
        return Ran(status, *texts)

    return run_once


@pytest.fixture
def kldiv(plain_environment: None) -> Callable[..., Ran]:
    """Run one command line as a process of its own."""

    def run_process(
        *args: str | bytes, stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> Ran:
        done = subprocess.run(
            [KLDIV, *args],
            input=stdin,
            capture_output=True,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            timeout=30,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))

    return run_process


@pytest.fixture
def shell(plain_environment: None) -> Callable[..., Ran]:
    """Run a line of bash, with `kldiv` on its path; the status is that of the first command of a pipe."""

    def run_shell(line: str, env: Mapping[str, str] | None = None) -> Ran:
        path = f"{KLDIV.parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["/bin/bash", "-c", f'{line}\nexit "${{PIPESTATUS[0]}}"'],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, "PATH": path, **(env or {})},
            timeout=30,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))

    return run_shell


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare what was printed with tests/golden/NAME.stdout and NAME.stderr; no file means nothing was printed."""
    update = request.config.getoption("--update-golden")

    def compare(name: str, ran: Ran) -> None:
        differences: list[str] = []
        for suffix in ("stdout", "stderr"):
            path = GOLDEN / f"{name}.{suffix}"
            printed = masked(getattr(ran, suffix))
            if update:
                if printed:
                    path.write_text(printed, encoding="utf-8", newline="")
                else:
                    path.unlink(missing_ok=True)
            expected = path.read_bytes().decode("utf-8") if path.exists() else ""
            if not alike(expected, printed):
                differences += unified(expected, printed, path.name)
        if differences:
            pytest.fail("what is printed has changed (--update-golden accepts it):\n" + "\n".join(differences))

    return compare


NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")


def alike(expected: str, printed: str) -> bool:
    """Whether two texts are equal but for the last digits of numbers, which depend on the processor."""
    if NUMBER.split(expected) != NUMBER.split(printed):
        return False
    pairs = zip(NUMBER.findall(expected), NUMBER.findall(printed), strict=True)
    return all(
        one == other or math.isclose(float(one), float(other), rel_tol=1e-12, abs_tol=1e-18) for one, other in pairs
    )


def masked(text: str) -> str:
    """The text with the one thing that changes from release to release hidden: the version in JSON."""
    return re.sub(r'("kldiv_version": )"[^"]*"', r'\1"VERSION"', text)


def unified(expected: str, printed: str, name: str) -> Sequence[str]:
    lines = (expected.splitlines(), printed.splitlines())
    found = list(difflib.unified_diff(*lines, f"golden/{name}", "printed", lineterm=""))
    if not found and expected != printed:
        return [f"golden/{name} differs in its line ends"]
    return found
