"""UTF-8 blocks of whole rows from a stream of bytes."""

from __future__ import annotations

import io
from itertools import count
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from kldiv_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST_BLOCK = 1 << 18
LATER_BLOCK = 1 << 21
_LONGEST_ROW = 1 << 25
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


def row_blocks(stream: BinaryIO, label: str, encoding: str | None) -> Iterator[bytes]:
    """Blocks that end where a row ends; a quoted cell may hold line ends.

    Raises
    ------
    InputError
        If the bytes are not in the encoding, or look like another one.
    """
    read = _reader(stream, label, encoding)
    buffer, filled = bytearray(FIRST_BLOCK), 0
    for number in count():
        filled, ended = _filled(buffer, filled, read)
        cut = filled if ended else _end_of_rows(buffer, filled)  # at the end no cut is needed, whatever the quotes
        if cut:
            yield bytes(memoryview(buffer)[:cut])
        if ended:
            return
        rest = bytes(memoryview(buffer)[cut:filled])
        if cut and number and len(buffer) < LATER_BLOCK:  # two small ones: the types are judged from them as text
            buffer = bytearray(LATER_BLOCK)
        elif not cut:
            buffer = bytearray(2 * len(buffer))  # one row longer than the block
        filled = len(rest)
        buffer[:filled] = rest


def _filled(buffer: bytearray, filled: int, read: Callable[[memoryview], int]) -> tuple[int, bool]:
    """How far the buffer is filled after reading on, and whether the stream ended."""
    view = memoryview(buffer)
    while filled < len(buffer):
        taken = read(view[filled:])
        if not taken:
            return filled, True
        filled += taken
    return filled, False


def line_ends(block: bytes) -> int:
    """How many there are; to count them in bytes or in text takes ten times as long."""
    return int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n")))


def decoded(block: bytes, label: str, lines_before: int) -> str:
    """Text of a block.

    Raises
    ------
    InputError
        If it is not UTF-8; the error tells the byte and the row.
    """
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = lines_before + block.count(b"\n", 0, fault.start) + 1
        raise InputError(
            f"{label} is not UTF-8 (byte 0x{block[fault.start]:02X}, line {line})",
            remedy="--encoding NAME; Excel files are often cp1252 or gb18030",
        ) from None


def _reader(stream: BinaryIO, label: str, encoding: str | None) -> Callable[[memoryview], int]:
    """What fills a buffer with UTF-8, from its start, and tells how much; 0 at the end."""
    if encoding is not None and encoding.lower().replace("-", "").replace("_", "") not in ("utf8", "utf8sig"):
        return _transcoding(stream, label, encoding)
    start = stream.peek(4)[:4] if isinstance(stream, io.BufferedReader) else b""
    if start.startswith(_UTF16_BOMS):
        raise InputError(f"{label} is UTF-16 text", remedy="--encoding utf-16")
    if start.startswith(_UTF8_BOM):
        stream.read(len(_UTF8_BOM))
    return stream.readinto  # type: ignore[attr-defined, no-any-return]


def _transcoding(stream: BinaryIO, label: str, encoding: str) -> Callable[[memoryview], int]:
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    rest = b""

    def read(view: memoryview) -> int:
        nonlocal rest
        try:
            data = rest or text.read(len(view)).encode("utf-8")
        except UnicodeError as fault:
            raise InputError(f"{label} is not {encoding} text: {fault}", remedy="another --encoding") from None
        taken = data[: len(view)]
        view[: len(taken)] = taken
        rest = data[len(view) :]
        return len(taken)

    return read


def _end_of_rows(buffer: bytearray, filled: int) -> int:
    """Length of the part that ends with a row: after the last line end outside quotes; 0 if there is none."""
    if buffer.find(b'"', 0, filled) < 0:
        return buffer.rfind(b"\n", 0, filled) + 1
    content = np.frombuffer(buffer, dtype=np.uint8, count=filled)
    ends = np.flatnonzero(content == ord("\n"))
    quotes_before = np.searchsorted(np.flatnonzero(content == ord('"')), ends)
    outside = ends[quotes_before % 2 == 0]
    if not outside.size and filled > _LONGEST_ROW:
        return buffer.rfind(b"\n", 0, filled) + 1  # a quote that never closes: the reader of rows says where
    return int(outside[-1]) + 1 if outside.size else 0
