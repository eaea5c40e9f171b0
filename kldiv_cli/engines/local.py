"""This machine: operands and their parts are read side by side, and put together in the order of the parts.

Files are read by processes: threads would wait for each other's interpreter lock half of the time. Pipes can only be
read by this process, several of them in threads.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from threading import Lock, Thread
from typing import TYPE_CHECKING, TypeAlias

from kldiv_cli.engines.gathering import Gathering
from kldiv_cli.engines.table_tally import tally_of, tally_of_part
from kldiv_cli.sources.meter import Meter, Stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.summary import Profile
    from kldiv_cli.engines.worker import Worker
    from kldiv_cli.sources.batch import Reading
    from kldiv_cli.sources.spec import ReadOptions, SourceSpec

_WORTH_A_PROCESS = 1 << 25
"""Bytes of files below which a further process would cost more than it saves."""
_SIZE_OF_URL = 1 << 25
"""Bytes that a place stands for whose size is not known."""
_SWITCH = 5e-4
"""Seconds after which a thread that waits for the interpreter gets it; the usual 0.005 cost a tenth of the time."""


Task: TypeAlias = "tuple[Gathering, int]"
"""A part of an operand: its number."""


def summarised(spec: SourceSpec) -> Profile:
    """Read one operand and summarise every column that is wanted; see `summarised_all`."""
    return summarised_all([spec])[0]


def summarised_all(specs: Sequence[SourceSpec], jobs: int = 1, meter: Meter | None = None) -> list[Profile]:
    """Read operands and summarise every column that is wanted: the same summaries, whatever the number of jobs.

    A cell deep in a file that breaks the type its column was given makes the file be read again with that column as
    labels; in a pipe it is an error.

    Parameters
    ----------
    specs : sequence of SourceSpec
    jobs : int
        How many read at the same time, at most.
    meter : Meter, optional
        Told of what is read.

    Raises
    ------
    KldivError
        If an operand cannot be read: that of the first operand, and of its first part, where several cannot.
    """
    gatherings = [Gathering(spec) for spec in specs]
    waiting = gatherings
    meter = meter or Meter()
    while waiting:
        _read(waiting, jobs, meter)
        waiting = [gathering for gathering in waiting if gathering.begins_again()]
    return [gathering.profile() for gathering in gatherings]


def profile_of(reading: Reading, options: ReadOptions) -> Profile:
    """Summaries of all batches of a reading."""
    return tally_of(reading, options).profile(options, reading.label)


class Tasks:
    """Parts that wait to be read: the first of every operand, then the second of every operand, and so on."""

    def __init__(self, gatherings: Sequence[Gathering]) -> None:
        self._lock = Lock()
        self._anywhere: deque[Task] = deque()
        self._here: deque[Task] = deque()
        self.pipes = 0
        self.bytes = 0
        """Size of all files; a guess where one is far away."""
        self.known = True
        for number in range(max(len(gathering.parts) for gathering in gatherings)):
            for gathering in gatherings:
                if number < len(gathering.parts):
                    self._add(gathering, number)
        self.portable = len(self._anywhere)
        """Parts that any process can read: files and URLs, not pipes and what was typed."""

    def next(self, *, here: bool, anywhere: bool) -> Task | None:
        """The next part of those that only this process can read, or else of those that any can."""
        with self._lock:
            if here and self._here:
                return self._here.popleft()
            return self._anywhere.popleft() if anywhere and self._anywhere else None

    def _add(self, gathering: Gathering, number: int) -> None:
        part = gathering.parts[number]
        regular = part.place == "file" and os.path.isfile(part.location)
        if regular or part.place == "url":
            self._anywhere.append((gathering, number))
            self.bytes += os.path.getsize(part.location) if regular else _SIZE_OF_URL
        else:
            self._here.append((gathering, number))
            self.pipes += part.place != "inline"
        self.known = self.known and (regular or part.place == "inline")


def _read(gatherings: Sequence[Gathering], jobs: int, meter: Meter) -> None:
    """Read all parts: pipes here, in threads where there are several; large files in processes of their own."""
    tasks = Tasks(gatherings)
    meter.bytes_known = tasks.bytes if tasks.known else None
    here = min(jobs, tasks.pipes)
    others = min(jobs - here, tasks.portable) if tasks.bytes > _WORTH_A_PROCESS else 0
    if here + others < 2:
        _read_here(tasks, meter)
        return
    workers = _workers(others)
    threads = [Thread(target=_read_there, args=(tasks, meter, worker), daemon=True) for worker in workers]
    threads += [
        Thread(target=_read_here, args=(tasks, meter), kwargs={"only": bool(others)}, daemon=True)
        for _ in range(here - 1)
    ]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        for thread in threads:
            thread.start()
        _read_here(tasks, meter, only=bool(others))
        for thread in threads:
            thread.join()
    except BaseException:  # Ctrl-C: the threads end after the block at hand
        meter.stop()
        raise
    finally:
        sys.setswitchinterval(usual)
        for worker in workers:
            worker.close()


def _workers(number: int) -> list[Worker]:
    if not number:
        return []
    from kldiv_cli.engines.worker import Worker

    return [Worker() for _ in range(number)]


def _read_here(tasks: Tasks, meter: Meter, *, only: bool = False) -> None:
    """Read in this process: all that no other has taken, or only what no other can read."""
    while (task := tasks.next(here=True, anywhere=not only)) is not None:
        _take(task, meter)


def _read_there(tasks: Tasks, meter: Meter, worker: Worker) -> None:
    while (task := tasks.next(here=False, anywhere=True)) is not None:
        _take(task, meter, worker)


def _take(task: Task, meter: Meter, worker: Worker | None = None) -> None:
    gathering, number = task
    if gathering.fault is not None and gathering.fault[0] < number:
        return
    try:
        part = gathering.parts[number]
        alone = len(gathering.parts) == 1
        gathering.take(number, worker.tally(part, meter, alone=alone) if worker else tally_of_part(part, meter))
    except Stopped:
        return
    except Exception as fault:  # told by whoever waits for all parts
        gathering.failed(number, fault)
