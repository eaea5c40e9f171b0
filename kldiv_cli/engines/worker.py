"""What a process does that works for another one: tasks come in on stdin, answers go out on stdout, pickled.

It reads parts of operands, or calls a function that it was given once with every argument that comes.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
from typing import TYPE_CHECKING, Any

from kldiv_cli.engines.part_tally import PartTally, tally_of_part
from kldiv_cli.engines.process import send
from kldiv_cli.errors import KldivError
from kldiv_cli.sources.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from kldiv_cli.sources.spec import SourceSpec


class ToldMeter(Meter):
    """A meter that tells the owner of the process."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream

    def add_bytes(self, number: int) -> None:
        """Tell of bytes."""
        send(self._stream, ("bytes", number))

    def add_rows(self, number: int) -> None:
        """Tell of rows."""
        send(self._stream, ("rows", number))


def main() -> None:
    """Do what is asked for, until the owner closes the pipe; there is next to no garbage that has to be looked for."""
    gc.set_threshold(1_000_000)
    tasks = sys.stdin.buffer
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints is not to be taken for an answer
    desk = Desk(ToldMeter(results))
    try:
        while True:
            send(results, desk.answered(*pickle.load(tasks)))
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
