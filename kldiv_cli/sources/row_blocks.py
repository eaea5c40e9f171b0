"""UTF-8 blocks of whole rows from a stream of bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from kldiv_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST_BLOCK = 1 << 18
LATER_BLOCK = 1 << 23
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
    carried, size = b"", FIRST_BLOCK
    data = read(size)
    while data:
        block = carried + data
        data = read(size)
        if not data:  # all of it is there: no cut is needed, whatever its quotes
            yield block
            return
        cut = _end_of_rows(block)
        if not cut and len(block) > _LONGEST_ROW:
            cut = block.rfind(b"\n") + 1  # a quote that never closes: the reader of rows says where
        carried = block[cut:]
        if cut:
            yield block[:cut]
            size = LATER_BLOCK
        else:
            size = min(2 * size, 1 << 26)  # one row longer than the block


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


def _reader(stream: BinaryIO, label: str, encoding: str | None) -> Callable[[int], bytes]:
    if encoding is not None and encoding.lower().replace("-", "").replace("_", "") not in ("utf8", "utf8sig"):
        return _transcoding(stream, label, encoding)
    start = stream.peek(4)[:4] if isinstance(stream, io.BufferedReader) else b""
    if start.startswith(_UTF16_BOMS):
        raise InputError(f"{label} is UTF-16 text", remedy="--encoding utf-16")
    if start.startswith(_UTF8_BOM):
        stream.read(len(_UTF8_BOM))
    return stream.read


def _transcoding(stream: BinaryIO, label: str, encoding: str) -> Callable[[int], bytes]:
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")

    def read(size: int) -> bytes:
        try:
            return text.read(size).encode("utf-8")
        except UnicodeError as fault:
            raise InputError(f"{label} is not {encoding} text: {fault}", remedy="another --encoding") from None

    return read


def _end_of_rows(block: bytes) -> int:
    """Length of the part that ends with a row: after the last line end outside quotes; 0 if there is none."""
    if b'"' not in block:
        return block.rfind(b"\n") + 1
    content = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(content == ord("\n"))
    quotes_before = np.searchsorted(np.flatnonzero(content == ord('"')), ends)
    outside = ends[quotes_before % 2 == 0]
    return int(outside[-1]) + 1 if outside.size else 0
