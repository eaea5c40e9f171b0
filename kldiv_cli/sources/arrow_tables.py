"""Parquet, Feather and Arrow through pyarrow: in batches, only the columns that are needed; the file says the types."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from kldiv_cli.core.model import Note
from kldiv_cli.errors import InputError, MissingExtra
from kldiv_cli.sources.batch import Batch, Labels, Numbers, Table, joined_cells
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
        yield from map(_valid, file.iter_batches(batch_size=rows, columns=list(names)))

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
            yield from _sliced(_valid(file.get_batch(number).select(list(names))), rows)

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
            yield from _sliced(_valid(batch.select(list(names))), rows)
        for batch in reader if rows == _ROWS else ():
            yield from _sliced(_valid(batch.select(list(names))), rows)

    return _table(reader.schema, batches, spec, "Arrow")


def _valid(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch, if its offsets and codes point where they may: pyarrow trusts them, and a damaged file crashes it."""
    import pyarrow as pa

    for column in batch.columns:
        if not pa.types.is_date64(column.type):  # a time of day in one is against the rules, and harmless
            column.validate(full=True)
    return batch


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
        rows = next((batch.num_rows for batch in batches(names[:1], HEAD_ROWS)), 0)
        if not rows:
            raise InputError(f"{spec.label} has no rows", remedy="check what made it")

    def first_rows(name: str) -> Cells:
        parts: list[Cells] = []
        missing = rows  # batches of one column may end elsewhere than those of another
        with explained(spec, kind):
            for batch in batches([name], HEAD_ROWS):
                parts.append(typed(batch.slice(0, missing), [name]).columns[name])
                missing -= min(missing, batch.num_rows)
                if not missing:
                    break
        return joined_cells(parts)

    head = Batch(FirstRows(names, first_rows), rows)

    def rest(wanted: Sequence[str]) -> Iterator[Batch]:
        skipped = head.rows
        with explained(spec, kind):
            for batch in batches([name for name in names if name in wanted], _ROWS):
                taken = batch.slice(skipped)
                skipped -= min(skipped, batch.num_rows)
                if taken.num_rows:
                    yield typed(taken, wanted)

    return Table(names, True, head, rest, notes)


class FirstRows(Mapping[str, "Cells"]):
    """The first rows of every column, each read when it is asked for."""

    def __init__(self, names: Sequence[str], read: Callable[[str], Cells]) -> None:
        self._names, self._read = names, read
        self._found: dict[str, Cells] = {}

    def __getitem__(self, name: str) -> Cells:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._found:
            self._found[name] = self._read(name)
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _flat_columns(schema: pa.Schema, spec: SourceSpec) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    nested = [field.name for field in schema if _is_nested(field.type)]
    flat = tuple(field.name for field in schema if not _is_nested(field.type))
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


def _is_nested(kind: pa.DataType) -> bool:
    import pyarrow as pa

    stored = getattr(kind, "storage_type", kind)
    return bool(pa.types.is_nested(getattr(stored, "value_type", stored)) or pa.types.is_nested(stored))


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
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        return _times(column)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return Numbers(_floats(column))
    if pa.types.is_boolean(kind):
        column = column.cast(pa.string())
    return _labels(column.dictionary_encode()) if _is_text(column.type) else labelled_objects(column.to_pylist())


def _times(column: pa.Array) -> Numbers:
    """Dates and times as instants; times of day and durations as seconds."""
    import pyarrow as pa

    kind = column.type
    instants = bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))
    whole = pa.int32() if pa.types.is_date32(kind) or pa.types.is_time32(kind) else pa.int64()
    numbers = _floats(column.cast(whole))
    if pa.types.is_date32(kind):
        return Numbers(numbers * _DAY, instants)
    if pa.types.is_date64(kind):
        return Numbers(numbers // (1e3 * _DAY) * _DAY, instants)
    return Numbers(numbers / _PER_SECOND[kind.unit], instants)


def labelled_objects(items: Sequence[object]) -> Labels:
    """Whatever else there is, as labels by how it is spelled."""
    names: dict[str, int] = {}
    codes = [-1 if item is None else names.setdefault(_spelled(item), len(names)) for item in items]
    return Labels(np.array(codes, dtype=np.intp), tuple(names))


def _spelled(item: object) -> str:
    return item.decode("utf-8", "backslashreplace") if isinstance(item, bytes) else str(item)


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def _floats(column: pa.Array) -> np.typing.NDArray[np.float64]:
    """Numbers as float64, NaN where missing."""
    import pyarrow as pa

    floats: np.typing.NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return floats


def _labels(column: pa.DictionaryArray) -> Labels:
    """Labels counted by their codes; a label that stands twice in the dictionary is one."""
    import pyarrow as pa

    codes = column.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
    entries = labelled_objects(column.dictionary.to_pylist())
    if len(entries.names) < entries.codes.size:
        codes = np.append(entries.codes, -1)[codes]
    return Labels(codes, entries.names)


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
    except (pa.ArrowException, UnicodeDecodeError, OSError) as fault:
        if isinstance(fault, OSError) and fault.errno is not None:
            raise  # of the file, not of what is in it
        reason = str(fault).splitlines()[0].rstrip(".") if str(fault) else type(fault).__name__
        raise InputError(
            f"{spec.label} is no {kind} data that can be read: {reason}",
            remedy="check that the file is whole: fetch or write it again",
        ) from None
