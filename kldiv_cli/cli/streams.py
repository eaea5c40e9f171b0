"""Streams: colour, width, what is said on stderr."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from kldiv_cli.renderers.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

PIPE_WIDTH = 100


def wants_color(choice: str, stream: TextIO) -> bool:
    """--color > NO_COLOR > FORCE_COLOR > TERM=dumb > a terminal; empty variables do not count."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("TERM") != "dumb" and is_terminal(stream)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person watches the stream."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # a closed stream
        return False


def width_of(stream: TextIO) -> int:
    """Columns of the terminal; ``COLUMNS`` or 100 in a pipe."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or PIPE_WIDTH
    except (OSError, ValueError):
        return PIPE_WIDTH


def stdout() -> TextIO:
    """Stdout, writing what its encoding cannot as escapes."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    return sys.stdout


class WholeLines:
    """Lets Ctrl-C wait until what is written is written, within every ``with``; the second one does not wait."""

    def __init__(self) -> None:
        self._busy = self._came = False

    def __enter__(self) -> None:
        self._busy = True

    def __exit__(self, *_: object) -> None:
        self._busy = False
        if self._came:
            raise KeyboardInterrupt

    def note(self, _number: int, _frame: object) -> None:
        """Take an interruption."""
        if self._came or not self._busy:
            raise KeyboardInterrupt
        self._came = True


@contextmanager
def whole_lines() -> Iterator[WholeLines]:
    """See to interruptions, unless somebody else does or nobody is to: a job in the background ignores them."""
    lines = WholeLines()
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield lines
        return
    signal.signal(signal.SIGINT, lines.note)
    try:
        yield lines
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def say(text: str) -> None:
    """One line on stderr, if anybody listens; the result does not depend on it."""
    if sys.stderr is None:
        return
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    with suppress(OSError):
        sys.stderr.write(f"{text}\n".encode(encoding, "backslashreplace").decode(encoding))
        sys.stderr.flush()


def say_error(message: str, remedy: str, color: str) -> None:
    """``kldiv: what is wrong`` and ``  try: what to do``, on stderr."""
    name = "kldiv:"
    if sys.stderr is not None and wants_color(color, sys.stderr):
        name = f"\x1b[1;31m{name}\x1b[0m"
    say(f"{name} {visible(message)}\n  try: {visible(remedy)}")
