"""A bar on stderr while much is read: only for a person who watches, only after a second."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from kldiv_cli.cli.streams import is_terminal, wants_color
from kldiv_cli.sources.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 1.0


@contextmanager
def progress(color: str, *, quiet: bool) -> Iterator[Meter]:
    """A meter, and while it is used, a bar of what it says: bytes and time left of files, rows of pipes."""
    meter = Meter()
    if quiet or not is_terminal(sys.stderr) or os.environ.get("TERM") == "dumb":
        yield meter
        return
    ended = Event()
    thread = Thread(target=_draw, args=(meter, ended), kwargs={"color": wants_color(color, sys.stderr)}, daemon=True)
    thread.start()
    try:
        yield meter
    finally:
        ended.set()
        thread.join()


def _draw(meter: Meter, ended: Event, *, color: bool) -> None:
    if ended.wait(_PATIENCE) or not meter.is_reading:
        return
    from kldiv_cli.cli.progress_bar import draw

    draw(meter, ended, color=color)
