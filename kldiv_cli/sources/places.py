"""Any operand, opened: which reader it takes, and what its rows are."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from kldiv_cli.errors import InputError
from kldiv_cli.sources.inline import table_from_inline
from kldiv_cli.sources.interpret import interpreted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kldiv_cli.core.summary import Profile
    from kldiv_cli.sources.batch import Reading, Table
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec
    from kldiv_cli.sources.streams import Opened

    Reader: TypeAlias = Callable[[Opened, SourceSpec], Table]

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
_ZIP = b"PK\x03\x04"
_MAGIC = (
    (b"PAR1", "parquet"),
    (b"PARE", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),
    (b"\x93NUMPY", "npy"),
    (_ZIP, "npy"),
)
"""First bytes of formats; ``PARE`` is encrypted Parquet, ones stand before an Arrow stream, a zip is an ``.npz``."""
COMPRESSED = (".gz", ".bz2", ".xz", ".zst")
_ORC = b"ORC"


@contextmanager
def opened_reading(spec: SourceSpec, meter: Meter | None = None) -> Iterator[Reading | Profile]:
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

    with opened(spec, meter) as place:
        if b"kldiv_profile" in place.head[:256]:  # else its reader need not be imported
            from kldiv_cli.sources.profile_file import is_profile, read_profile

            if is_profile(place.head):
                yield read_profile(place.stream, spec)
                return
        table = reader_of(spec, place.head)(place, spec)
        if spec.constants:
            from kldiv_cli.sources.data_sets import with_constants

            table = with_constants(table, spec)
        yield interpreted(table, spec)


def _inline(spec: SourceSpec) -> Table:
    if spec.location.startswith(("[", "{")):
        from kldiv_cli.sources.json_records import table_from_json

        return table_from_json(spec.location, spec)
    return table_from_inline(spec.location, spec.label)


def _delimited(style: str) -> Reader:
    def read(place: Opened, spec: SourceSpec) -> Table:
        from kldiv_cli.sources.delimited import read_delimited

        return read_delimited(place.stream, place.head, spec, style)

    return read


def _json(place: Opened, spec: SourceSpec) -> Table:
    from kldiv_cli.sources.json_records import read_json

    return read_json(place.stream, spec)


def _ndjson(place: Opened, spec: SourceSpec) -> Table:
    from kldiv_cli.sources.json_records import read_ndjson

    return read_ndjson(place.stream, spec)


def _npy(place: Opened, spec: SourceSpec) -> Table:
    from kldiv_cli.sources.npy import read_npy

    return read_npy(place.stream, spec)


def _parquet(place: Opened, spec: SourceSpec) -> Table:
    from kldiv_cli.sources.arrow_tables import read_parquet

    return read_parquet(place, spec)


def _arrow(place: Opened, spec: SourceSpec) -> Table:
    from kldiv_cli.sources.arrow_tables import read_arrow

    return read_arrow(place, spec)


READERS: dict[str, Reader] = {
    "csv": _delimited("csv"),
    "tsv": _delimited("tsv"),
    "blank": _delimited("blank"),
    "uniq": _delimited("uniq"),
    "json": _json,
    "ndjson": _ndjson,
    "jsonl": _ndjson,
    "npy": _npy,
    "parquet": _parquet,
    "arrow": _arrow,
    "feather": _arrow,
}
"""Input formats by the name that ``-i`` takes; without it the content decides."""
_TEXT = _delimited("auto")


def reader_of(spec: SourceSpec, head: bytes) -> Reader:
    """The reader that a place takes: by ``-i``, by its name, or by its first bytes.

    Raises
    ------
    InputError
        If it is empty, or of a format that is not read.
    """
    asked = spec.options.format
    if asked != "auto":
        return READERS[asked]
    if not head.strip():
        raise InputError(f"{spec.label} is empty", remedy="check the command or the path that made it")
    by_name = _by_suffix(spec)
    if by_name in ("json", "ndjson") or (by_name is None and head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")):
        return READERS[by_name or _json_style(head)]
    return _by_content(spec, head) or (READERS[by_name] if by_name in ("tsv", "npy") else _TEXT)


def _by_content(spec: SourceSpec, head: bytes) -> Reader | None:
    if head.startswith(_ZIP) and b"[Content_Types].xml" in head[:4096]:
        raise InputError(f"{spec.label} is an Excel workbook", remedy="save the sheet as CSV")
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return READERS[name]
    if head.startswith(_ORC):
        raise InputError(
            f"{spec.label} holds ORC data, which kldiv does not read",
            remedy="write Parquet or CSV from it: duckdb -csv -c \"from 'FILE'\" | kldiv ... -",
        )
    return None


def _by_suffix(spec: SourceSpec) -> str | None:
    if spec.place not in ("file", "url"):
        return None
    name = spec.location.lower()
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    dot = name.rfind(".")
    return _SUFFIXES.get(name[dot:]) if dot >= 0 else None


def _json_style(head: bytes) -> str:
    """NDJSON when the first line is a whole object and another follows."""
    first, _, more = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    return "ndjson" if first.rstrip().endswith(b"}") and more.lstrip()[:1] == b"{" else "json"
