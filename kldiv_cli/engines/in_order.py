"""One function over many arguments, several at once in processes of their own; results come in the order asked."""

from __future__ import annotations

from collections import deque
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from kldiv_cli.engines.process import processes
from kldiv_cli.errors import KldivError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from kldiv_cli.engines.process import Worker

_Context = TypeVar("_Context")
_Argument = TypeVar("_Argument")
_Result = TypeVar("_Result")

_AHEAD = 64
"""Results that wait at most for one that is still missing, a process."""
_LEFT = object()
"""What stands for the result of an errand that nobody does."""
_QUICK = 0.05
"""Seconds: where the last errand of a process took no longer, the next one is sent before the one at hand is done."""


def in_order(
    function: Callable[[_Context, _Argument], _Result],
    context: _Context,
    arguments: Sequence[_Argument],
    jobs: int,
    portable: Sequence[int],
    failed: Callable[[_Argument, KldivError], _Result],
    started: Sequence[Worker] = (),
) -> Generator[_Result]:
    """Results of ``function(context, argument)``, in the order of the arguments.

    Parameters
    ----------
    function : callable
        Of a module; it must not raise what its caller can mend.
    context : object
        Sent to every process once.
    arguments : sequence
    jobs : int
        Processes; 1 computes everything here. They change no result.
    portable : sequence of int
        Places of the arguments with which another process can do what this one can.
    failed : callable
        What stands for the result where a process was killed over an argument.
    started : sequence of Worker
        Processes that were started before, to be used first.

    Raises
    ------
    Exception
        What the function raised.
    """
    if jobs < 2:
        for argument in arguments:
            yield function(context, argument)
        return
    workers = [*started[:jobs], *processes(jobs - len(started))]
    errands = Errands(portable, len(workers))
    clerks = [Clerk(errands, worker, (function, context), failed) for worker in workers]
    try:
        for clerk in clerks:
            Thread(target=clerk.run, args=(arguments,), daemon=True).start()
        for place, argument in enumerate(arguments):
            found: Any = errands.result(place) if errands.is_sent(place) else _LEFT
            yield function(context, argument) if found is _LEFT else found
    finally:
        for clerk in clerks:
            clerk.close()


class Errands:
    """Which argument is next, and what came of those before."""

    def __init__(self, portable: Sequence[int], jobs: int) -> None:
        self._changed = Condition()
        self._sent = frozenset(portable)
        self._waiting = deque(portable)
        self._window = _AHEAD * jobs
        self._clerks = jobs
        self._results: dict[int, Any] = {}
        self._taken = 0

    def is_sent(self, place: int) -> bool:
        """Whether another process sees to it."""
        return place in self._sent

    def next(self, *, at_once: bool = False) -> int | None:
        """Place of the next argument; waits while too many results are not taken, or ``at_once`` is None then."""
        with self._changed:
            while self._waiting and self._waiting[0] > self._taken + self._window:
                if at_once:
                    return None
                self._changed.wait()
            return self._waiting.popleft() if self._waiting else None

    def done(self, place: int, result: Any) -> None:
        """Take what came of an argument."""
        with self._changed:
            self._results[place] = result
            self._changed.notify_all()

    def leave(self, place: int | None) -> None:
        """Let a clerk go; others take the errand that it had not begun."""
        with self._changed:
            if place is not None:
                self._waiting.appendleft(place)
            self._clerks -= 1
            self._changed.notify_all()

    def result(self, place: int) -> Any:
        """What came of an argument, as soon as it is there, or that it is left: no clerk could see to it."""
        with self._changed:
            self._taken = place
            self._changed.notify_all()
            while place not in self._results and self._clerks:
                self._changed.wait()
            result = self._results.pop(place, _LEFT)
        if isinstance(result, Exception):
            raise result
        return result


class Clerk:
    """Lets one process do errands until there are none; one that dies is replaced, and its errand has failed."""

    def __init__(
        self,
        errands: Errands,
        worker: Worker,
        work: tuple[Callable[[Any, Any], Any], Any],
        failed: Callable[[Any, KldivError], Any],
    ) -> None:
        self._errands, self._worker, self._work, self._failed = errands, worker, work, failed
        self._prepared = self._closed = self._quick = False
        self._ahead: int | None = None
        """Place of the errand that comes after the one at hand, if that is known already."""
        self._is_sent = False
        """Whether the process has it."""

    def run(self, arguments: Sequence[Any]) -> None:
        """Do errands."""
        try:
            while not self._is_over and (place := self._next()) is not None:
                self._do(place, arguments)
        finally:
            self._errands.leave(self._ahead)

    def _do(self, place: int, arguments: Sequence[Any]) -> None:
        try:
            self._errands.done(place, self._call(place, arguments))
        except KldivError as fault:
            self._errands.done(place, self._instead(arguments[place], fault))
            self._replace()
        except Exception as fault:  # raised by whoever asks for the result
            self._errands.done(place, fault)

    @property
    def _is_over(self) -> bool:
        return self._closed or self._worker.is_closed

    def _next(self) -> int | None:
        place, self._ahead = self._ahead, None
        return self._errands.next() if place is None else place

    def _instead(self, argument: Any, fault: KldivError) -> Any:
        """What stands for the result, or the exception that whoever asks for it raises."""
        try:
            return self._failed(argument, fault)
        except KldivError as refused:
            return refused

    def close(self) -> None:
        """End the process, whatever it does."""
        self._closed = True
        self._worker.close()

    def _call(self, place: int, arguments: Sequence[Any]) -> Any:
        if not self._prepared:
            self._worker.prepare(*self._work)
            self._prepared = True
        if not self._is_sent:
            self._worker.begin(arguments[place])
        begun, self._is_sent = monotonic(), False
        self._ahead = self._errands.next(at_once=True) if self._quick else None
        if self._ahead is not None:
            self._is_sent = self._worker.begin_next(arguments[self._ahead])
        result = self._worker.result(getattr(arguments[place], "label", ""))
        self._quick = monotonic() - begun < _QUICK
        return result

    def _replace(self) -> None:
        if self._is_over or self._worker.is_alive:
            return
        self._prepared = self._is_sent = False
        for worker in processes(1):
            self._worker = worker
            return
        self._closed = True  # no process is to be had: other clerks do the rest, or whoever asks for the results
