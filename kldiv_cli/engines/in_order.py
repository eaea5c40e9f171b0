"""One function over many arguments, several at once in processes of their own; results come in the order asked."""

from __future__ import annotations

from threading import Condition, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from kldiv_cli.engines.worker import Worker
from kldiv_cli.errors import KldivError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_Context = TypeVar("_Context")
_Argument = TypeVar("_Argument")
_Result = TypeVar("_Result")

_AHEAD = 64
"""Results that wait at most for one that is still missing, a process."""


def in_order(
    function: Callable[[_Context, _Argument], _Result],
    context: _Context,
    arguments: Sequence[_Argument],
    jobs: int,
    portable: Sequence[int],
    failed: Callable[[_Argument, KldivError], _Result],
) -> Iterator[_Result]:
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

    Raises
    ------
    Exception
        What the function raised.
    """
    if jobs < 2:
        for argument in arguments:
            yield function(context, argument)
        return
    errands = Errands(portable, jobs)
    clerks: list[Clerk] = []
    try:
        for worker in [Worker() for _ in range(jobs)]:
            clerk = Clerk(errands, worker, (function, context), failed)
            clerks.append(clerk)
            Thread(target=clerk.run, args=(arguments,), daemon=True).start()
        for place, argument in enumerate(arguments):
            yield errands.result(place) if errands.is_sent(place) else function(context, argument)
    finally:
        for clerk in clerks:
            clerk.close()


class Errands:
    """Which argument is next, and what came of those before."""

    def __init__(self, portable: Sequence[int], jobs: int) -> None:
        self._changed = Condition()
        self._sent = frozenset(portable)
        self._waiting = iter(portable)
        self._window = _AHEAD * jobs
        self._results: dict[int, Any] = {}
        self._taken = 0

    def is_sent(self, place: int) -> bool:
        """Whether another process sees to it."""
        return place in self._sent

    def next(self) -> int | None:
        """Place of the next argument; waits while too many results are not taken."""
        with self._changed:
            place = next(self._waiting, None)
            while place is not None and place > self._taken + self._window:
                self._changed.wait()
            return place

    def done(self, place: int, result: Any) -> None:
        """Take what came of an argument."""
        with self._changed:
            self._results[place] = result
            self._changed.notify_all()

    def result(self, place: int) -> Any:
        """What came of an argument, as soon as it is there."""
        with self._changed:
            self._taken = place
            self._changed.notify_all()
            while place not in self._results:
                self._changed.wait()
            result = self._results.pop(place)
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
        self._prepared = self._closed = False

    def run(self, arguments: Sequence[Any]) -> None:
        """Do errands."""
        while not self._closed and (place := self._errands.next()) is not None:
            argument = arguments[place]
            try:
                self._errands.done(place, self._call(argument))
            except KldivError as fault:
                self._errands.done(place, self._instead(argument, fault))
                self._replace()
            except Exception as fault:  # raised by whoever asks for the result
                self._errands.done(place, fault)

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

    def _call(self, argument: Any) -> Any:
        if not self._prepared:
            self._worker.prepare(*self._work)
            self._prepared = True
        return self._worker.call(argument, getattr(argument, "label", ""))

    def _replace(self) -> None:
        if not self._closed and not self._worker.is_alive:
            self._worker, self._prepared = Worker(), False
