"""Pieces of work on several threads."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

from kldiv_cli.core.threads import do_all


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_every_piece_is_done_once(jobs: int) -> None:
    done: list[int] = []
    do_all((partial(done.append, number) for number in range(200)), jobs)
    assert sorted(done) == list(range(200))


def test_pieces_are_done_at_the_same_time() -> None:
    meeting = threading.Barrier(3)
    do_all([meeting.wait] * 3, 3)  # three that wait for each other: a thread less, and they would wait for ever
    assert not meeting.broken


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_the_first_fault_ends_all_and_is_raised(jobs: int) -> None:
    done: list[int] = []
    before = threading.active_count()

    def piece(number: int) -> None:
        if number == 3:
            raise ValueError("the fourth")
        time.sleep(0.01)
        done.append(number)

    with pytest.raises(ValueError, match="the fourth"):
        do_all((partial(piece, number) for number in range(500)), jobs)
    assert len(done) < 250
    assert threading.active_count() <= before, "no thread is left"


def test_a_fault_in_what_makes_the_pieces_is_raised() -> None:
    def pieces():
        yield lambda: None
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        do_all(pieces(), 3)
