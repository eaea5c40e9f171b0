"""A process that works for this one, as its owner sees it: tasks go in, answers come out, pickled.

A process of its own shares no interpreter lock with the others. It is started anew, not forked: nothing of the caller's
threads, locks or modules is in it.
"""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from kldiv_cli.engines import Running, processors
from kldiv_cli.errors import InputError
from kldiv_cli.sources.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

    from kldiv_cli.engines.part_tally import PartTally
    from kldiv_cli.sources.spec import SourceSpec

_BEGIN = "import sys; sys.path[:] = sys.argv[1:]; from kldiv_cli.engines.worker import main; main()"

_FITS_A_PIPE = 1 << 12
"""Bytes that any pipe takes though nobody reads it."""
_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
"""Settings of the C library (glibc): memory of a block is used for the next one, not given back and cleared again."""

WORTH_PROCESSES = 60
"""Operands from which further processes save more than they cost."""


class Worker:
    """A running process, as its owner sees it."""

    def __init__(self) -> None:
        import subprocess  # most commands start no process

        self.is_closed = False
        """Whether its owner has ended it."""
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
        return cast("PartTally", self._answer(("tally", (spec, alone)), spec.label, meter))

    def prepare(self, function: Callable[[Any, Any], object], context: object) -> None:
        """Let the process keep a function of a module, and the first of its two arguments, for the calls to come."""
        self._answer(("prepare", (function, context)), "what is compared with", Meter())

    def begin(self, argument: object) -> None:
        """Let the process call the function that it keeps; `result` waits for what comes of it."""
        with suppress(BrokenPipeError):  # whoever waits for the result is told
            send(self._input, ("call", argument))

    def begin_next(self, argument: object) -> bool:
        """Begin one more call where another is not done; False for what would not fit into the pipe meanwhile.

        Both ends would wait for ever: the process until somebody takes its result, its owner until it takes the task.
        """
        task = pickle.dumps(("call", argument), protocol=pickle.HIGHEST_PROTOCOL)
        if len(task) > _FITS_A_PIPE:
            return False
        with suppress(BrokenPipeError):
            self._input.write(task)
            self._input.flush()
        return True

    def result(self, label: str) -> object:
        """What came of the earliest call that was begun; ``label`` names its argument where the process dies.

        Raises
        ------
        Exception
            What was raised there, or an InputError if the process was killed.
        """
        return self._answer(None, label, Meter())

    def _answer(self, task: tuple[str, object] | None, label: str, meter: Meter) -> object:
        """What comes of a task, or of the earliest one that was begun."""
        try:
            if task is not None:
                send(self._input, task)
            kind, content = self._last_message(meter)
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

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None, "opened as a pipe"
        return self._process.stdin

    def _last_message(self, meter: Meter) -> tuple[str, Any]:
        """The last message on a task; those before it tell the meter."""
        assert self._process.stdout is not None, "opened as a pipe"
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
        self.is_closed = True
        self._process.kill()
        self._process.communicate()


def processes(number: int) -> list[Worker]:
    """So many processes, or fewer where no more of them, or of descriptors, are to be had: fewer do it too."""
    found: list[Worker] = []
    for _ in range(number):
        try:
            found.append(Worker())
        except OSError:
            break
    return found


@contextmanager
def started_ahead(operands: int, running: Running) -> Iterator[Running]:
    """The same, with processes for so many operands where they are worth it; ended at the end.

    This module imports nothing that computes: they load what does at the same time as this process.
    """
    jobs = min(running.jobs or processors(), operands)
    is_worth_it = running.engine == "local" and operands >= WORTH_PROCESSES and jobs > 1
    workers = processes(jobs) if is_worth_it else []
    try:
        yield running._replace(started=tuple(workers))
    finally:
        for worker in workers:
            worker.close()


def send(stream: IO[bytes], message: object) -> None:
    """Write a message, whole and at once."""
    pickle.dump(message, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()
