"""Pieces of work on several threads: numpy lets go of the interpreter while it computes."""

from __future__ import annotations

from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def do_all(work: Iterable[Callable[[], object]], jobs: int) -> None:
    """Do every piece of work, some at once; the first one that fails ends all, and its fault is raised.

    The calling thread works too. ``concurrent.futures`` would bring logging with it, whose farewell keeps a process
    from leaving at once: together a tenth of the time of a small matrix.

    Parameters
    ----------
    work : iterable of callable
        Taken as threads come free; what a piece returns is dropped.
    jobs : int
        Threads.
    """
    waiting, lock = iter(work), Lock()
    faults: list[BaseException] = []

    def take_turns() -> None:
        try:
            while not faults:
                with lock:
                    piece = next(waiting, None)
                if piece is None:
                    return
                piece()
        except BaseException as fault:  # raised below, where the caller is
            faults.append(fault)

    others = [Thread(target=take_turns) for _ in range(jobs - 1)]
    for thread in others:
        thread.start()
    take_turns()
    for thread in others:
        thread.join()
    if faults:
        raise faults[0]
