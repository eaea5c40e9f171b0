"""Any operand, opened: which reader it takes, and what its rows are."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from kldiv_cli.errors import InputError, MissingExtra
from kldiv_cli.sources.inline import table_from_inline
from kldiv_cli.sources.interpret import interpreted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kldiv_cli.sources.batch import Reading, Table
    from kldiv_cli.sources.spec import SourceSpec

_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".npy": "npy",
    ".npz": "npy",
}
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst")
_PARQUET, _ARROW, _ORC = b"PAR1", b"ARROW1", b"ORC"


@contextmanager
def opened_reading(spec: SourceSpec) -> Iterator[Reading]:
    """Open an operand for reading; its batches must be used while it is open.

    Raises
    ------
    KldivError
        If it cannot be opened, read or understood.
    """
    if spec.place == "inline":
        yield interpreted(_inline(spec), spec)
        return
    from kldiv_cli.sources.streams import opened

    with opened(spec) as (head, stream):
        yield interpreted(_reader(spec, head)(stream, head, spec), spec)


def _inline(spec: SourceSpec) -> Table:
    if spec.location.startswith(("[", "{")):
        from kldiv_cli.sources.json_records import table_from_json

        return table_from_json(spec.location, spec)
    return table_from_inline(spec.location, spec.label)


def _csv(stream: BinaryIO, head: bytes, spec: SourceSpec, style: str = "csv") -> Table:
    from kldiv_cli.sources.delimited import read_delimited

    return read_delimited(stream, head, spec, style)


def _tsv(stream: BinaryIO, head: bytes, spec: SourceSpec) -> Table:
    return _csv(stream, head, spec, "tsv")


def _blank(stream: BinaryIO, head: bytes, spec: SourceSpec) -> Table:
    return _csv(stream, head, spec, "blank")


def _uniq(stream: BinaryIO, head: bytes, spec: SourceSpec) -> Table:
    return _csv(stream, head, spec, "uniq")


def _text(stream: BinaryIO, head: bytes, spec: SourceSpec) -> Table:
    return _csv(stream, head, spec, "auto")


def _json(stream: BinaryIO, _head: bytes, spec: SourceSpec) -> Table:
    from kldiv_cli.sources.json_records import read_json

    return read_json(stream, spec)


def _ndjson(stream: BinaryIO, _head: bytes, spec: SourceSpec) -> Table:
    from kldiv_cli.sources.json_records import read_ndjson

    return read_ndjson(stream, spec)


def _npy(stream: BinaryIO, _head: bytes, spec: SourceSpec) -> Table:
    from kldiv_cli.sources.npy import read_npy

    return read_npy(stream, spec)


READERS: dict[str, Callable[[BinaryIO, bytes, SourceSpec], Table]] = {
    "csv": _csv,
    "tsv": _tsv,
    "blank": _blank,
    "uniq": _uniq,
    "json": _json,
    "ndjson": _ndjson,
    "jsonl": _ndjson,
    "npy": _npy,
}
"""Input formats by the name that ``-i`` takes; without it the content decides."""


def _reader(spec: SourceSpec, head: bytes) -> Callable[[BinaryIO, bytes, SourceSpec], Table]:
    asked = spec.options.format
    if asked != "auto":
        return READERS[asked]
    if not head.strip():
        raise InputError(f"{spec.label} is empty", remedy="check the command or the path that made it")
    by_name = _by_suffix(spec)
    if by_name in ("json", "ndjson") or (by_name is None and head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")):
        return READERS[by_name or _json_style(head)]
    return _by_content(spec, head) or (READERS[by_name] if by_name in ("tsv", "npy") else _text)


def _by_content(spec: SourceSpec, head: bytes) -> Callable[[BinaryIO, bytes, SourceSpec], Table] | None:
    from kldiv_cli.sources.npy import NPY_MAGIC, ZIP_MAGIC

    if head.startswith((NPY_MAGIC, ZIP_MAGIC)):
        if head.startswith(ZIP_MAGIC) and b"[Content_Types].xml" in head[:4096]:
            raise InputError(f"{spec.label} is an Excel workbook", remedy="save the sheet as CSV")
        return _npy
    for magic, name in ((_PARQUET, "Parquet"), (_ARROW, "Arrow"), (_ORC, "ORC")):
        if head.startswith(magic):
            raise MissingExtra(
                f"{spec.label} holds {name} data, which this version does not read",
                remedy="write CSV or NDJSON from it: duckdb -csv -c \"from 'FILE'\" | kldiv ... -",
            )
    return None


def _by_suffix(spec: SourceSpec) -> str | None:
    if spec.place != "file":
        return None
    name = spec.location.lower()
    for suffix in _COMPRESSED:
        name = name.removesuffix(suffix)
    dot = name.rfind(".")
    return _SUFFIXES.get(name[dot:]) if dot >= 0 else None


def _json_style(head: bytes) -> str:
    """NDJSON when the first line is a whole object and another follows."""
    first, _, more = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    return "ndjson" if first.rstrip().endswith(b"}") and more.lstrip()[:1] == b"{" else "json"
