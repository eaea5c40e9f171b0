"""Parquet, Feather and Arrow through pyarrow: in batches, only the columns that are needed; the file says the types."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from kldiv_cli.core.model import Note
from kldiv_cli.errors import InputError, MissingExtra
from kldiv_cli.sources.batch import Batch, Labels, Numbers, Table
from kldiv_cli.sources.table import HEAD_ROWS, Kind, Misfit, as_asked, cell_rule, kind_asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa

    from kldiv_cli.sources.batch import Cells
    from kldiv_cli.sources.spec import SourceSpec
    from kldiv_cli.sources.streams import Opened
    from kldiv_cli.sources.table import CellRule

_ROWS = 1 << 17
"""Rows of a batch."""
_BUFFER = 1 << 20
"""Bytes of a column that are read at a time."""
_MOST_NAMED = 12
_DAY = 86_400.0
_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_STREAM_START = b"\xff\xff\xff\xff"


def read_parquet(place: Opened, spec: SourceSpec) -> Table:
    """Open a Parquet file; a pipe is first written to a temporary file, for its contents stand at its end.

    Raises
    ------
    KldivError
        If it is damaged, encrypted or empty, or pyarrow is not installed.
    """
    _require_pyarrow(spec)
    import pyarrow as pa
    import pyarrow.parquet as pq

    with explained(spec, "Parquet"):
        source = place.at_any_place()
        # to hold whole column chunks ready is for slow places: a local file takes twice the memory by it
        how = {"pre_buffer": spec.place == "url", "buffer_size": _BUFFER}
        schema = pq.ParquetFile(source, **how).schema_arrow
        texts = [
            field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
        file = pq.ParquetFile(source, read_dictionary=texts, **how)

    def batches(names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        yield from file.iter_batches(batch_size=rows, columns=list(names))

    return _table(schema, batches, spec, "Parquet")


def read_arrow(place: Opened, spec: SourceSpec) -> Table:
    """Open an Arrow file (Feather, version 2) or an Arrow stream.

    Raises
    ------
    KldivError
        If it is damaged or empty, or pyarrow is not installed.
    """
    _require_pyarrow(spec)
    import pyarrow as pa

    with explained(spec, "Arrow"):
        if place.head.startswith(_STREAM_START):
            return _table_of_stream(pa.ipc.open_stream(place.stream), spec)
        file = pa.ipc.open_file(place.at_any_place())

    def batches(names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        for number in range(file.num_record_batches):
            yield from _sliced(file.get_batch(number).select(list(names)), rows)

    return _table(file.schema, batches, spec, "Arrow")


def _table_of_stream(reader: Any, spec: SourceSpec) -> Table:
    """A stream is read once, so its first rows are kept; all of its columns are read anyhow."""
    first: list[pa.RecordBatch] = []
    while sum(batch.num_rows for batch in first) < HEAD_ROWS:
        try:
            first.append(reader.read_next_batch())
        except StopIteration:
            break

    def batches(names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        for batch in first:
            yield from _sliced(batch.select(list(names)), rows)
        for batch in reader if rows == _ROWS else ():
            yield from _sliced(batch.select(list(names)), rows)

    return _table(reader.schema, batches, spec, "Arrow")


def _sliced(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _table(
    schema: pa.Schema,
    batches: Callable[[Sequence[str], int], Iterator[pa.RecordBatch]],
    spec: SourceSpec,
    kind: str,
) -> Table:
    """Table of the flat columns: its first rows now, the others when it is known which columns are needed."""
    names, notes = _flat_columns(schema, spec)
    rule = cell_rule(spec.options.na_values, spec.options.decimal)
    asked = {name: kind_asked(name, place, spec.options) for place, name in enumerate(names)}

    def typed(batch: pa.RecordBatch, wanted: Sequence[str]) -> Batch:
        columns = {name: _typed(batch.column(name), name, asked[name], rule, spec) for name in wanted}
        return Batch(columns, batch.num_rows)

    with explained(spec, kind):
        first = next(batches(names, HEAD_ROWS), None)
        if first is None or not first.num_rows:
            raise InputError(f"{spec.label} has no rows", remedy="check what made it")
        head = typed(first, names)

    def rest(wanted: Sequence[str]) -> Iterator[Batch]:
        skipped = head.rows
        with explained(spec, kind):
            for batch in batches([name for name in names if name in wanted], _ROWS):
                taken = batch.slice(skipped)
                skipped -= min(skipped, batch.num_rows)
                if taken.num_rows:
                    yield typed(taken, wanted)

    return Table(names, True, head, rest, notes)


def _flat_columns(schema: pa.Schema, spec: SourceSpec) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    import pyarrow as pa

    nested = [field.name for field in schema if pa.types.is_nested(field.type)]
    flat = tuple(field.name for field in schema if not pa.types.is_nested(field.type))
    if len(set(flat)) != len(flat):
        repeated = next(name for name in flat if flat.count(name) > 1)
        raise InputError(f"{spec.label} has two columns {repeated!r}", remedy="rename one of them")
    if not flat:
        what = "only nested columns" if nested else "no columns"
        raise InputError(f"{spec.label} has {what}", remedy="write the fields that matter as columns of their own")
    if not nested:
        return flat, ()
    shown = ", ".join(nested[:_MOST_NAMED]) + (", ..." if len(nested) > _MOST_NAMED else "")
    return flat, (Note("nested", f"{spec.label}: nested columns are skipped: {shown}."),)


def _typed(column: pa.Array, name: str, asked: Kind | None, rule: CellRule, spec: SourceSpec) -> Cells:
    try:
        return as_asked(_cells(column), asked, rule)
    except Misfit as fault:
        raise InputError(
            f"{spec.label}: column {name}: {fault.cell!r} is no number, as --numeric promised",
            remedy=f"--na-values {fault.cell!r} if it means missing",
        ) from None


def _cells(column: pa.Array) -> Cells:
    """Cells of a column of any flat type."""
    import pyarrow as pa

    kind = column.type
    if isinstance(column, pa.ExtensionArray):
        return _cells(column.storage)
    if pa.types.is_dictionary(kind):
        return _labels(column) if _is_text(kind.value_type) else _cells(column.dictionary_decode())
    if pa.types.is_null(kind):
        return Numbers(np.full(len(column), np.nan))
    if pa.types.is_date(kind):
        return Numbers(_floats(column.cast(pa.date32()).cast(pa.int32())) * _DAY, instants=True)
    if pa.types.is_timestamp(kind):
        return Numbers(_floats(column.cast(pa.int64())) / _PER_SECOND[kind.unit], instants=True)
    if pa.types.is_time(kind) or pa.types.is_duration(kind):
        whole = pa.int32() if pa.types.is_time32(kind) else pa.int64()
        return Numbers(_floats(column.cast(whole)) / _PER_SECOND[kind.unit])
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return Numbers(_floats(column))
    return _labels((column if _is_text(kind) else column.cast(pa.string())).dictionary_encode())


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _floats(column: pa.Array) -> np.typing.NDArray[np.float64]:
    """Numbers as float64, NaN where missing."""
    import pyarrow as pa

    floats: np.typing.NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return floats


def _labels(column: pa.DictionaryArray) -> Labels:
    """Labels counted by their codes; a label that stands twice in the dictionary is one."""
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
    spelled = column.dictionary.to_pylist()
    names: dict[str, int] = {}
    places = [-1 if name is None else names.setdefault(name, len(names)) for name in spelled]
    if len(names) < len(spelled):
        codes = np.array([*places, -1], dtype=np.intp)[codes]
    return Labels(codes, tuple(names))


def _require_pyarrow(spec: SourceSpec) -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise MissingExtra(
            f"{spec.label} holds Parquet or Arrow data, which need a package that is not installed",
            remedy="pip install 'kldiv[parquet]'",
        ) from None


@contextmanager
def explained(spec: SourceSpec, kind: str) -> Iterator[None]:
    """Turn what pyarrow raises into an InputError."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, UnicodeDecodeError) as fault:
        reason = str(fault).splitlines()[0].rstrip(".") if str(fault) else type(fault).__name__
        raise InputError(
            f"{spec.label} is no {kind} data that can be read: {reason}",
            remedy="check that the file is whole: fetch or write it again",
        ) from None
