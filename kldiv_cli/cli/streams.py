"""Streams: colour, width, and files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from kldiv_cli.errors import InputError
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


@contextmanager
def written_whole(path: str) -> Iterator[TextIO]:
    """Open a file that appears whole or not at all: written beside its place, then renamed.

    FIFOs, devices and ``/dev/stdout`` are written straight.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    try:
        if _is_special(path):
            with open(_descriptor(path) or path, "w", encoding="utf-8", newline="\n", closefd=True) as stream:
                yield stream
            return
        target = os.path.realpath(path)
        draft = os.path.join(os.path.dirname(target), f".{os.path.basename(target)}.{os.getpid()}.part")
        try:
            with open(draft, "w", encoding="utf-8", newline="\n") as stream:
                yield stream
            if os.path.exists(target):
                os.chmod(draft, stat.S_IMODE(os.stat(target).st_mode))
            os.replace(draft, target)
        except BaseException:
            if os.path.exists(draft):
                os.unlink(draft)
            raise
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise InputError(
            f"cannot write {path}: {fault.strerror}", remedy="another -o, or check folder and permissions"
        ) from None


def _descriptor(path: str) -> int | None:
    """A copy of the descriptor that ``/dev/stdout`` or ``/dev/fd/N`` stands for: to open it anew would cut its file."""
    name = {"/dev/stdout": "1", "/dev/stderr": "2"}.get(path) or path.removeprefix("/dev/fd/")
    return os.dup(int(name)) if name.isascii() and name.isdigit() and path.startswith("/dev/") else None


def _is_special(path: str) -> bool:
    if path.startswith("/dev/"):
        return True
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode)
