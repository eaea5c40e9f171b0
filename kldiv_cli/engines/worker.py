"""A process that reads parts of operands for another one: tasks come in on stdin, tallies go out on stdout, pickled.

A process of its own shares no interpreter lock with the others. It is started anew, not forked: nothing of the caller's
threads, locks or modules is in it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from kldiv_cli.engines.table_tally import TableTally, tally_of_part
from kldiv_cli.errors import InputError, KldivError
from kldiv_cli.sources.meter import Meter

if TYPE_CHECKING:
    from typing import IO

    from kldiv_cli.sources.spec import SourceSpec

_BEGIN = "import sys; sys.path[:] = sys.argv[1:]; from kldiv_cli.engines.worker import main; main()"

_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
"""Settings of the C library (glibc): memory of a block is used for the next one, not given back and cleared again."""


class Worker:
    """A running process, as its owner sees it."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-c", _BEGIN, *sys.path]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_KEEP_MEMORY},
            start_new_session=True,  # Ctrl-C on the terminal is for the owner, who ends it
        )

    def tally(self, spec: SourceSpec, meter: Meter, *, alone: bool) -> TableTally:
        """Let the process read a part, and summarise it if it is alone.

        Raises
        ------
        Exception
            What was raised there, or an InputError if the process was killed.
        """
        try:
            kind, content = self._answer(spec, meter, alone=alone)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            self._process.kill()
            raise InputError(
                f"{spec.label}: the process that read it ended with status {self._process.wait()}",
                remedy="--jobs 1 reads in one process and needs less memory",
            ) from None
        if kind == "fault":
            raise content
        if kind == "odd fault":
            raise RuntimeError(content)
        assert isinstance(content, TableTally), "a tally is the last that is sent"
        return content

    def _answer(self, spec: SourceSpec, meter: Meter, *, alone: bool) -> tuple[str, Any]:
        """The last message on a part; those before it tell the meter."""
        assert self._process.stdin is not None and self._process.stdout is not None, "opened as pipes"
        _send(self._process.stdin, (spec, alone))
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
    """Read what is asked for, until the owner closes the pipe."""
    tasks = sys.stdin.buffer
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints is not to be taken for an answer
    meter = ToldMeter(results)
    try:
        while True:
            spec, alone = pickle.load(tasks)
            _send(results, _answered(spec, meter, alone=alone))
    except (EOFError, KeyboardInterrupt, BrokenPipeError):
        os._exit(0)  # nobody takes what is left


def _answered(spec: SourceSpec, meter: Meter, *, alone: bool) -> tuple[str, Any]:
    """The tally of a part, or why there is none; a fault that is not ours may not travel, so its text does."""
    try:
        tally = tally_of_part(spec, meter)
        if alone:
            tally.settle()
    except KldivError as fault:
        return "fault", fault
    except (BrokenPipeError, EOFError):
        raise  # the owner has gone
    except Exception as fault:
        return "odd fault", f"{type(fault).__name__}: {fault}"
    return "tally", tally


def _send(stream: IO[bytes], message: object) -> None:
    pickle.dump(message, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()
