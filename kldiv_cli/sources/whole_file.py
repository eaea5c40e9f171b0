"""Files that appear whole or not at all."""

from __future__ import annotations

import io
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, TextIO

from kldiv_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def written_whole(path: str) -> Iterator[TextIO]:
    """Open a file of text that appears whole or not at all: written beside its place, then renamed.

    FIFOs, devices and ``/dev/stdout`` are written straight.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    with bytes_written_whole(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n", write_through=False)
        yield text
        text.flush()
        text.detach()


@contextmanager
def bytes_written_whole(path: str) -> Iterator[BinaryIO]:
    """Open a file of bytes that appears whole or not at all; see `written_whole`.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    try:
        if _is_special(path):
            with open(_descriptor(path) or path, "wb", closefd=True) as stream:
                yield stream
            return
        target = os.path.realpath(path)
        draft = os.path.join(os.path.dirname(target), f".{os.path.basename(target)}.{os.getpid()}.part")
        try:
            with open(draft, "wb") as stream:
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
