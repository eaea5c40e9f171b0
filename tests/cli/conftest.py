"""Tests of the command line run in sample_data, where the examples of the README run too."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KLDIV = Path(sys.executable).with_name("kldiv")


class Watched(NamedTuple):
    """What a person saw on a terminal, and what went into a pipe beside it."""

    status: int
    seen: str
    piped: str


@pytest.fixture(autouse=True)
def in_sample_data(monkeypatch: pytest.MonkeyPatch, sample_data: Path) -> None:
    monkeypatch.chdir(sample_data)


@pytest.fixture
def terminal(plain_environment: None) -> Callable[..., Watched]:
    """Run one command line with one of its streams on a terminal of so many columns."""

    def watch(*args: str, width: int = 100, env: Mapping[str, str] | None = None, stream: str = "stdout") -> Watched:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        other = "stderr" if stream == "stdout" else "stdout"
        streams = {stream: theirs, other: subprocess.PIPE}
        with subprocess.Popen(
            [KLDIV, *args], stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}, **streams
        ) as process:
            os.close(theirs)
            seen = read_all(ours)
            piped = getattr(process, other).read()
            status = process.wait(timeout=30)
        os.close(ours)
        return Watched(status, seen.decode("utf-8").replace("\r\n", "\n"), piped.decode("utf-8"))

    return watch


def read_all(descriptor: int) -> bytes:
    """All bytes of a terminal: Linux ends it with an error."""
    found = bytearray()
    with suppress(OSError):
        while block := os.read(descriptor, 1 << 16):
            found += block
    return bytes(found)
