"""This machine: operands and their parts are read side by side, and put together in the order of the parts.

Files are read by processes: threads would wait for each other's interpreter lock half of the time. Pipes can only be
read by this process, several of them in threads.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from functools import partial
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from kldiv_cli.core.summary import Profile
from kldiv_cli.engines.gathering import Gathering
from kldiv_cli.engines.part_tally import tally_of_part
from kldiv_cli.engines.process import processes
from kldiv_cli.engines.table_tally import tally_of
from kldiv_cli.record import NamedTuple
from kldiv_cli.sources.meter import Meter, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kldiv_cli.engines.process import Worker
    from kldiv_cli.sources.batch import Reading
    from kldiv_cli.sources.spec import ReadOptions, SourceSpec

_WORTH_A_PROCESS = 1 << 25
"""Bytes of files below which a further process would cost more than it saves."""
_SIZE_OF_URL = 1 << 25
"""Bytes that a place stands for whose size is not known."""
_SWITCH = 5e-4
"""Seconds after which a thread that waits for the interpreter gets it; the usual 0.005 cost a tenth of the time."""


class Task(NamedTuple):
    """A part of an operand that is to be read."""

    place: int
    """Its number in the order of the tasks."""
    gathering: Gathering
    number: int
    earlier: tuple[Gathering, ...]
    """Operands that the outcome depends on, and that come before it: where one cannot be read, nobody asks for it."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing depends on it any more."""
        fault = self.gathering.fault
        return (fault is not None and fault[0] < self.number) or any(one.is_lost for one in self.earlier)


def summarised(spec: SourceSpec) -> Profile:
    """Read one operand here, part after part, and summarise every column that is wanted: as `read_all` does of many.

    There is nothing to plan, so no part is looked at before it is read.

    Raises
    ------
    KldivError
        If it cannot be read.
    """
    gathering = Gathering(spec)
    meter = Meter()
    while True:
        for number in range(len(gathering.parts)):
            _take(Task(number, gathering, number, ()), meter)
        if not gathering.begins_again():
            break
    found = gathering.profile()
    assert isinstance(found, Profile), "no groups were asked for"
    return found


def read_all(
    specs: Sequence[SourceSpec], jobs: int = 1, meter: Meter | None = None, required: int | None = None
) -> list[Gathering]:
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
    required : int, optional
        How many of the first operands have to be read; one of the others that cannot stops none. All by default.

    Raises
    ------
    KldivError
        If an operand cannot be read: that of the first operand, and of its first part, where several cannot.
    """
    least = len(specs) if required is None else required
    gatherings = [Gathering(spec, required=number < least) for number, spec in enumerate(specs)]
    waiting = gatherings
    meter = meter or Meter()
    while waiting:
        _read(waiting, jobs, meter)
        waiting = [gathering for gathering in waiting if gathering.begins_again()]
    return gatherings


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
        self.changed = Event()
        """Set when a reader has ended or a part could not be read."""
        for number in range(max(len(gathering.parts) for gathering in gatherings)):
            for place, gathering in enumerate(gatherings):
                if number < len(gathering.parts):
                    earlier = tuple(one for one in gatherings[:place] if one.required)
                    self._add(Task(number * len(gatherings) + place, gathering, number, earlier))
        self.portable = len(self._anywhere)
        """Parts that any process can read: files and URLs, not pipes and what was typed."""

    def next(self, *, here: bool, anywhere: bool) -> Task | None:
        """The next part of those that only this process can read, or of those that any can, or of both."""
        with self._lock:
            queues = [queue for queue, asked in ((self._here, here), (self._anywhere, anywhere)) if asked and queue]
            return min(queues, key=lambda queue: queue[0].place).popleft() if queues else None

    def _add(self, task: Task) -> None:
        part = task.gathering.parts[task.number]
        if is_portable(part):
            self._anywhere.append(task)
            self.bytes += size_of(part)
        else:
            self._here.append(task)
            self.pipes += part.place != "inline"
        self.known = self.known and (part.place == "inline" or (part.place == "file" and is_portable(part)))


class PartMeter(Meter):
    """A meter of one part: it tells the meter of all, and ends the reading when nothing depends on it any more."""

    def __init__(self, whole: Meter, task: Task) -> None:
        super().__init__()
        self._whole, self._task = whole, task

    def add_bytes(self, number: int) -> None:
        """Tell of bytes."""
        self._whole.add_bytes(number)

    def add_rows(self, number: int) -> None:
        """Tell of rows.

        Raises
        ------
        Stopped
            If reading is to end.
        """
        self._whole.add_rows(number)
        if self._task.is_idle:
            raise Stopped


def is_portable(spec: SourceSpec) -> bool:
    """Whether another process can read it as well as this one."""
    return all(
        part.place == "url" or (part.place == "file" and os.path.isfile(part.location) and not _is_own(part.location))
        for part in (spec.parts or (spec,))
    )


def size_of(spec: SourceSpec) -> int:
    """Bytes of all its files; a guess where one is far away."""
    parts = spec.parts or (spec,)
    return sum(os.path.getsize(part.location) if part.place == "file" else _SIZE_OF_URL for part in parts)


def _is_own(path: str) -> bool:
    """Whether a path means something in this process alone: its descriptors, /dev/stdin."""
    return any(place.startswith(("/dev/", "/proc/")) for place in (os.path.abspath(path), os.path.realpath(path)))


def _read(gatherings: Sequence[Gathering], jobs: int, meter: Meter) -> None:
    """Read all parts: pipes here, in threads where there are several; large files in processes of their own."""
    tasks = Tasks(gatherings)
    meter.bytes_known = tasks.bytes if tasks.known else None
    here = min(jobs, tasks.pipes)
    worth = max(2, tasks.bytes // max(_WORTH_A_PROCESS, 1)) if tasks.bytes > _WORTH_A_PROCESS else 0
    others = min(jobs - here, tasks.portable, worth)
    workers = processes(others) if here + others > 1 else []
    if here + len(workers) < 2:
        for worker in workers:
            worker.close()
        _read_here(tasks, meter, anywhere=True)
        return
    if not here:
        _read_here(tasks, meter, anywhere=False)  # what was typed
    readers = [partial(_read_there, tasks, meter, worker) for worker in workers]
    readers += [partial(_read_here, tasks, meter, anywhere=not workers) for _ in range(here)]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        _run(readers, tasks, lambda: _is_decided(gatherings))
    except BaseException:  # Ctrl-C: the threads end after the block at hand
        meter.stop()
        raise
    finally:
        sys.setswitchinterval(usual)
        for worker in workers:
            worker.close()


def _run(readers: Sequence[Callable[[], None]], tasks: Tasks, decided: Callable[[], bool]) -> None:
    """Run readers in threads until all of them ended, or nothing depends on the others any more.

    A thread may wait for a pipe that never ends: then it is left behind.
    """
    ended: list[None] = []

    def run(reader: Callable[[], None]) -> None:
        try:
            reader()
        finally:
            ended.append(None)
            tasks.changed.set()

    for reader in readers:
        Thread(target=run, args=(reader,), daemon=True).start()
    while True:
        tasks.changed.clear()
        if len(ended) == len(readers) or decided():
            return
        tasks.changed.wait()


def _is_decided(gatherings: Sequence[Gathering]) -> bool:
    """Whether the outcome stands: an operand cannot be read, and all before it could."""
    for gathering in gatherings:
        if gathering.is_lost and gathering.required:
            return True
        if not (gathering.is_lost or gathering.is_complete):
            return False
    return True


def _read_here(tasks: Tasks, meter: Meter, *, anywhere: bool) -> None:
    """Read in this process: what no other can read, or all that no other has taken."""
    while (task := tasks.next(here=True, anywhere=anywhere)) is not None:
        _take(task, meter, tasks.changed)


def _read_there(tasks: Tasks, meter: Meter, worker: Worker) -> None:
    while worker.is_alive and (task := tasks.next(here=False, anywhere=True)) is not None:
        if not _take(task, meter, tasks.changed, worker):
            return  # it is in the midst of a part


def _take(task: Task, meter: Meter, changed: Event | None = None, worker: Worker | None = None) -> bool:
    """Read one part, unless nothing depends on it; whether it was read to its end. A fault sets ``changed``."""
    gathering, number = task.gathering, task.number
    if task.is_idle:
        return True
    gathering.await_turn(number)
    watch = PartMeter(meter, task)
    part, alone = gathering.parts[number], len(gathering.parts) == 1
    try:
        gathering.take(number, worker.tally(part, watch, alone=alone) if worker else tally_of_part(part, watch))
    except Stopped:
        return False
    except Exception as fault:  # told by whoever waits for all parts
        gathering.failed(number, fault)
        if changed is not None:
            changed.set()
    return True
