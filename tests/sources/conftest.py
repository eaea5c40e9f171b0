"""Operands made on the spot: files, pipes that cannot be sought in, and what is read from them."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from kldiv_cli.engines.local import summarised
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import ReadOptions, checked_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from kldiv_cli.core.summary import Profile


@pytest.fixture(autouse=True)
def _stand_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes | str], str]:
    """Write a file and give its name."""

    def written(name: str, content: bytes | str) -> str:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return written


@pytest.fixture
def read_typed() -> Callable[..., Profile]:
    """Profile of an operand as typed."""

    def profile(text: str, *, n: float | None = None, **options: Any) -> Profile:
        return summarised(operand(text, checked_options(ReadOptions(**options)), n=n))

    return profile


@pytest.fixture
def read(put: Callable[[str, bytes | str], str], read_typed: Callable[..., Profile]) -> Callable[..., Profile]:
    """Profile of a file with that content."""

    def profile(content: bytes | str, name: str = "t.csv", column: str | None = None, **options: Any) -> Profile:
        place = put(name, content)
        return read_typed(place if column is None else f"{place}:{column}", **options)

    return profile


class _Stdin:
    """Stdin with nothing but its bytes."""

    def __init__(self, file: Any) -> None:
        self.buffer = file


@pytest.fixture
def read_pipe(monkeypatch: pytest.MonkeyPatch, read_typed: Callable[..., Profile]) -> Iterator[Callable[..., Profile]]:
    """Profile of stdin, a real pipe that is filled while it is read, some bytes at a time."""
    threads: list[threading.Thread] = []
    files: list[Any] = []

    def profile(content: bytes | str, column: str | None = None, chunk: int = 1 << 16, **options: Any) -> Profile:
        data = content.encode() if isinstance(content, str) else content
        reading, writing = os.pipe()

        def fill() -> None:
            with os.fdopen(writing, "wb", buffering=0) as sink:
                try:
                    for start in range(0, len(data), chunk):
                        sink.write(data[start : start + chunk])
                except BrokenPipeError:
                    pass  # the reader refused what it had seen

        file = os.fdopen(reading, "rb")
        threads.append(threading.Thread(target=fill))
        files.append(file)
        threads[-1].start()
        monkeypatch.setattr(sys, "stdin", _Stdin(file))
        return read_typed("-" if column is None else f"-:{column}", **options)

    yield profile
    for file in files:
        file.close()
    for thread in threads:
        thread.join(timeout=10)
