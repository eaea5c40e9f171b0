"""A process that works for another one: tasks come in on stdin, answers go out on stdout, pickled.

It reads parts of operands, or calls a function that it was given once with every argument that comes.

A process of its own shares no interpreter lock with the others. It is started anew, not forked: nothing of the caller's
threads, locks or modules is in it.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
from typing import TYPE_CHECKING, Any

from kldiv_cli.engines.part_tally import PartTally, tally_of_part
from kldiv_cli.errors import InputError, KldivError
from kldiv_cli.sources.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from kldiv_cli.sources.spec import SourceSpec

_BEGIN = "import sys; sys.path[:] = sys.argv[1:]; from kldiv_cli.engines.worker import main; main()"

_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
"""Settings of the C library (glibc): memory of a block is used for the next one, not given back and cleared again."""


class Worker:
    """A running process, as its owner sees it."""

    def __init__(self) -> None:
        import subprocess  # most commands start no process

        command = [sys.executable, "-P", "-c", _BEGIN, *sys.path]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_KEEP_MEMORY},
            start_new_session=True,  # Ctrl-C on the terminal is for the owner, who ends it
        )

    def tally(self, spec: SourceSpec, meter: Meter, *, alone: bool) -> PartTally:
        """Let the process read a part, and summarise it if it is alone.

        Raises
        ------
        Exception
            What was raised there, or an InputError if the process was killed.
        """
        found = self._answer(("tally", (spec, alone)), spec.label, meter)
        assert isinstance(found, PartTally), "what was asked for"
        return found

    def prepare(self, function: Callable[[Any, Any], object], context: object) -> None:
        """Let the process keep a function of a module, and the first of its two arguments, for the calls to come."""
        self._answer(("prepare", (function, context)), "what is compared with", Meter())

    def call(self, argument: object, label: str) -> object:
        """Let the process call the function that it keeps; ``label`` names the argument where the process dies.

        Raises
        ------
        Exception
            What was raised there, or an InputError if the process was killed.
        """
        return self._answer(("call", argument), label, Meter())

    def _answer(self, task: tuple[str, object], label: str, meter: Meter) -> object:
        try:
            kind, content = self._last_message(task, meter)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            self._process.kill()
            raise InputError(
                f"{label}: the process that read it ended with status {self._process.wait()}",
                remedy="--jobs 1 reads in one process and needs less memory",
            ) from None
        if kind == "fault":
            raise content
        if kind == "odd fault":
            raise RuntimeError(content)
        return content

    def _last_message(self, task: tuple[str, object], meter: Meter) -> tuple[str, Any]:
        """The last message on a task; those before it tell the meter."""
        assert self._process.stdin is not None and self._process.stdout is not None, "opened as pipes"
        _send(self._process.stdin, task)
        while True:
            kind, content = pickle.load(self._process.stdout)
            if kind == "bytes":
                meter.add_bytes(content)
            elif kind == "rows":
                meter.add_rows(content)
            else:
                return kind, content

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.communicate()


class ToldMeter(Meter):
    """A meter that tells the owner of the process."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream

    def add_bytes(self, number: int) -> None:
        """Tell of bytes."""
        _send(self._stream, ("bytes", number))

    def add_rows(self, number: int) -> None:
        """Tell of rows."""
        _send(self._stream, ("rows", number))


def main() -> None:
    """Do what is asked for, until the owner closes the pipe; there is next to no garbage that has to be looked for."""
    gc.set_threshold(1_000_000)
    tasks = sys.stdin.buffer
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints is not to be taken for an answer
    desk = Desk(ToldMeter(results))
    try:
        while True:
            _send(results, desk.answered(*pickle.load(tasks)))
    except (EOFError, KeyboardInterrupt, BrokenPipeError):
        os._exit(0)  # nobody takes what is left


class Desk:
    """Where tasks are done, one after the other."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._kept: tuple[Callable[[Any, Any], object], object] | None = None

    def answered(self, kind: str, content: Any) -> tuple[str, object]:
        """What came of a task, or why nothing did; a fault that is not ours may not travel, so its text does."""
        try:
            return "answer", getattr(self, f"_{kind}")(content)
        except KldivError as fault:
            return "fault", fault
        except (BrokenPipeError, EOFError):
            raise  # the owner has gone
        except Exception as fault:
            return "odd fault", f"{type(fault).__name__}: {fault}"

    def _tally(self, task: tuple[SourceSpec, bool]) -> PartTally:
        """The tally of a part, summarised if it is alone."""
        spec, alone = task
        tally = tally_of_part(spec, self._meter)
        if alone:
            tally.settle()
        return tally

    def _prepare(self, kept: tuple[Callable[[Any, Any], object], object]) -> None:
        self._kept = kept

    def _call(self, argument: object) -> object:
        assert self._kept is not None, "a function was given before"
        function, context = self._kept
        return function(context, argument)


def _send(stream: IO[bytes], message: object) -> None:
    pickle.dump(message, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()
