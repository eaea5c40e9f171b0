"""Bytes from a file or a pipe, decompressed, with the first of them at hand to judge by."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, BinaryIO

from kldiv_cli.errors import InputError, MissingExtra, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec

HEAD_BYTES = 1 << 16
_GZIP, _BZIP2, _XZ, _ZSTD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"


class Rewound(io.RawIOBase):
    """A stream whose first bytes were read to judge by, and are given out again."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill ``buffer`` from the head, then from the rest."""
        if self._head:
            taken = min(len(buffer), len(self._head))
            buffer[:taken] = self._head[:taken]
            self._head = self._head[taken:]
            return taken
        return self._rest.readinto(buffer) or 0  # type: ignore[attr-defined]


class Opened:
    """A place that is open: its first bytes, and all of it from the first byte on, decompressed."""

    def __init__(self, head: bytes, stream: BinaryIO, seekable: BinaryIO | None) -> None:
        self.head, self.stream = head, stream
        self._seekable = seekable
        self._spooled: IO[bytes] | None = None

    def at_any_place(self) -> IO[bytes]:
        """A file of it that can be read at any place: itself, or a temporary one of what comes through a pipe."""
        if self._seekable is not None:
            return self._seekable
        import shutil
        import tempfile

        self._spooled = tempfile.TemporaryFile()  # noqa: SIM115  closed with the place
        shutil.copyfileobj(self.stream, self._spooled, 1 << 20)
        self._spooled.seek(0)
        return self._spooled

    def close(self) -> None:
        """Let the temporary file go."""
        if self._spooled is not None:
            self._spooled.close()


class Metered(io.RawIOBase):
    """A stream that tells a meter how many bytes were taken from it."""

    def __init__(self, stream: BinaryIO, meter: Meter) -> None:
        self._stream, self._meter = stream, meter

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill ``buffer``, and tell."""
        size = self._stream.readinto(buffer)  # type: ignore[attr-defined]
        self._meter.add_bytes(size or 0)
        return size or 0

    def read(self, size: int | None = -1) -> bytes:
        """Read, and tell."""
        data = self._stream.read(-1 if size is None else size)
        self._meter.add_bytes(len(data))
        return data

    def seekable(self) -> bool:
        """Whether the stream can be read at any place."""
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._stream.tell()


@contextmanager
def opened(spec: SourceSpec, meter: Meter | None = None) -> Iterator[Opened]:
    """First bytes and whole stream of a place, decompressed.

    Raises
    ------
    InputError
        If the place cannot be opened or decompressed.
    """
    if spec.place == "density":
        told = f"{spec.label} is a density, which stands against one density or one column"
        raise UsageError(told, remedy=f"kldiv '{spec.location}' FILE:COLUMN, or a file ./{spec.location}")
    raw = _opened_raw(spec)
    try:
        with _explained(spec):
            plain: BinaryIO = raw if meter is None else Metered(raw, meter)  # type: ignore[assignment]
            place = _decompressed(plain, spec, seekable=spec.place != "stdin" and raw.seekable())
            try:
                yield place
            finally:
                place.close()
    finally:
        if spec.place != "stdin":
            raw.close()


def _explained(spec: SourceSpec) -> AbstractContextManager[None]:
    if spec.place != "url":
        return faults_explained(spec)
    from kldiv_cli.sources.urls import explained

    return explained(spec.label, spec.location)


@contextmanager
def faults_explained(spec: SourceSpec) -> Iterator[None]:
    """Turn what the operating system and the decompressors raise into an InputError."""
    try:
        yield
    except EOFError:
        raise InputError(
            f"{spec.label}: the compressed data end too early",
            remedy="the file is truncated: fetch or write it again",
        ) from None
    except Exception as fault:
        if not isinstance(fault, (OSError, *_decompression_errors())):
            raise
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        raise InputError(f"{spec.label}: {reason}", remedy="check that the file is whole and readable") from None


def _decompression_errors() -> tuple[type[Exception], ...]:
    """Errors of the decompressors that are loaded; those that are not cannot have raised."""
    zlib, lzma = sys.modules.get("zlib"), sys.modules.get("lzma")
    errors: list[type[Exception]] = []
    if zlib is not None:
        errors.append(zlib.error)
    if lzma is not None:
        errors.append(lzma.LZMAError)
    zstandard = sys.modules.get("zstandard")
    if zstandard is not None:
        errors.append(zstandard.ZstdError)
    return tuple(errors)


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise InputError("stdin is closed", remedy="name a file, or pipe data in")
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except (AttributeError, OSError, ValueError):  # not a file: what stands for stdin in a program
        return sys.stdin.buffer


def _opened_raw(spec: SourceSpec) -> BinaryIO:
    if spec.place == "stdin":
        return _stdin()
    if spec.place == "url":
        from kldiv_cli.sources.urls import opened_url

        return opened_url(spec)
    return _file(spec)


def _file(spec: SourceSpec) -> BinaryIO:
    try:
        return open(spec.location, "rb")
    except OSError as fault:
        raise InputError(f"{spec.label}: {fault.strerror}", remedy="check the path and its permissions") from None


def _decompressed(raw: BinaryIO, spec: SourceSpec, *, seekable: bool) -> Opened:
    head = _first_bytes(raw)
    named = spec.location.lower() if spec.place in ("file", "url") else ""
    reader = _decompressor(head, spec)
    if reader is None:
        for suffix, program in ((".gz", "gzip"), (".bz2", "bzip2"), (".xz", "xz"), (".zst", "zstd")):
            if named.endswith(suffix) and head:
                raise InputError(
                    f"{spec.label} is not {program} data, whatever its name says",
                    remedy=f"rename it without {suffix}, or compress it",
                )
        return Opened(head, _buffered(head, raw), raw if seekable else None)
    plain = reader(_buffered(head, raw))
    inner = _first_bytes(plain)
    return Opened(inner, _buffered(inner, plain), None)


def _decompressor(head: bytes, spec: SourceSpec) -> Callable[[BinaryIO], BinaryIO] | None:
    if head.startswith(_GZIP):
        import gzip

        return lambda stream: gzip.GzipFile(fileobj=stream)  # type: ignore[return-value]
    if head.startswith(_BZIP2):
        import bz2

        return bz2.BZ2File  # type: ignore[return-value]
    if head.startswith(_XZ):
        import lzma

        return lzma.LZMAFile  # type: ignore[return-value]
    return _zstd_reader(spec) if head.startswith(_ZSTD) else None


def _zstd_reader(spec: SourceSpec) -> Callable[[BinaryIO], BinaryIO]:
    try:
        import zstandard
    except ImportError:
        raise MissingExtra(
            f"{spec.label} holds zstd data, which need a package that is not installed",
            remedy="pip install 'kldiv[zstd]', or zstdcat FILE | kldiv ... -",
        ) from None
    return lambda stream: zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)


def _buffered(head: bytes, rest: BinaryIO) -> BinaryIO:
    return io.BufferedReader(Rewound(head, rest), HEAD_BYTES)


def _first_bytes(stream: BinaryIO) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size < HEAD_BYTES:
        data = stream.read(HEAD_BYTES - size)
        if not data:
            break
        parts.append(data)
        size += len(data)
    return b"".join(parts)
