"""Wide tables: every row is a distribution. Cells of one place a row, or JSON objects of outcome and mass."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from kldiv_cli.errors import InputError
from kldiv_cli.record import NamedTuple
from kldiv_cli.sources.batch import Labels, Numbers
from kldiv_cli.sources.interpret import resolved, wanted_columns
from kldiv_cli.sources.places import reader_of
from kldiv_cli.sources.streams import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

    from kldiv_cli.core.arrays import Grid
    from kldiv_cli.sources.batch import Batch, Cells, Table
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec
    from kldiv_cli.sources.streams import Opened

_CELLS = 1 << 20
"""Numbers of a block: eight megabytes."""
_NPY = b"\x93NUMPY"
_PARQUET = b"PAR1"
_NAMES_A_ROW = frozenset({"id", "name", "row", "key", "label", "index", "prompt", "text"})
"""Keys under which a number in quotes is the name of a row."""
_REMEDY = "a CSV or .npy of numbers, or one JSON array or object a line"


class DenseRows(NamedTuple):
    """A block of rows on the same outcomes."""

    values: Grid
    """Shape (rows, outcomes)."""
    names: tuple[str, ...] | None
    """What the rows are called; None where they have numbers only."""


class SparseRows(NamedTuple):
    """A block of rows of which each names its own outcomes."""

    rows: tuple[dict[str, float], ...]
    names: tuple[str, ...] | None


RowBlock: TypeAlias = DenseRows | SparseRows


class WideTable(NamedTuple):
    """An opened wide table."""

    label: str
    outcomes: tuple[str, ...] | None
    """Names of the columns; None where they have none, or every row names its own."""
    blocks: Iterator[RowBlock]
    left_out: tuple[str, ...] = ()
    """Columns that hold no numbers."""


@contextmanager
def opened_rows(spec: SourceSpec, meter: Meter | None = None, *, joint: bool = False) -> Iterator[WideTable]:
    """Open a place whose rows are distributions; its blocks must be used while it is open.

    With ``joint`` the rows are points: columns that hold no numbers are left out, and name no rows.

    Raises
    ------
    KldivError
        If it cannot be opened, read or understood.
    """
    if spec.place not in ("file", "stdin", "url"):
        raise InputError(f"{spec.label} is no table of rows", remedy="a CSV or .npy of numbers" if joint else _REMEDY)
    with opened(spec, meter) as place:
        if spec.options.format in ("auto", "npy") and place.head.startswith(_NPY):
            yield WideTable(spec.label, None, _of_npy(place, spec))
        elif _is_json_lines(place, spec):
            yield _of_json(place, spec)
        elif place.head.startswith(_PARQUET) and (lists := _list_column(place, spec)) is not None:
            yield WideTable(spec.label, None, lists)
        else:
            table = reader_of(spec, place.head)(place, spec)
            yield _points_of_table(table, spec) if joint else _of_table(table, spec)


def _is_json_lines(place: Opened, spec: SourceSpec) -> bool:
    named = spec.options.format in ("json", "ndjson", "jsonl")
    return named or (spec.options.format == "auto" and place.head.lstrip()[:1] in (b"[", b"{"))


def _of_npy(place: Opened, spec: SourceSpec) -> Iterator[DenseRows]:
    """Blocks of a matrix in a file of NumPy's, which is never read whole."""
    try:
        source = place.at_any_place()
        source.seek(0)
        version = np.lib.format.read_magic(source)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, kind = header(source)
    except ValueError as fault:
        raise InputError(f"{spec.label} is no NumPy file that can be read: {fault}", remedy=_REMEDY) from None
    if len(shape) != 2 or kind.kind not in "fiub" or min(shape) < 1:
        told = f"{' x '.join(map(str, shape)) or 'a scalar'} of {kind}"
        raise InputError(f"{spec.label} holds {told}, not a matrix of numbers", remedy="numpy.save('x.npy', matrix)")
    names = [str(place + 1) for place in range(shape[1])]
    wanted = [int(name) - 1 for name in wanted_columns(names, spec)]
    chosen = wanted if len(wanted) < len(names) or wanted != sorted(wanted) else slice(None)
    if is_fortran:
        turned = np.empty(shape[::-1], dtype=kind)
        if not _filled(turned, source):
            raise InputError(f"{spec.label} ends in the midst of a column", remedy="write it again")
        matrix = turned.T
        yield from (DenseRows(_floats(matrix[part, chosen]), None) for part in _parts(*shape))
        return
    for part in _parts(*shape):
        block = np.empty((part.stop - part.start, shape[1]), dtype=kind)  # NumPy asks for huge pages, bytes do not
        if not _filled(block, source):
            told = f"{spec.label} ends in the midst of row {part.start + 1:,} or later"
            raise InputError(told, remedy="write it again")
        yield DenseRows(_floats(block[:, chosen]), None)


def _filled(block: np.typing.NDArray[Any], source: IO[bytes]) -> bool:
    """Fill an array from a stream; whether there was enough."""
    rest = block.reshape(-1).view(np.uint8).data
    while rest and (taken := source.readinto(rest)):  # type: ignore[attr-defined]
        rest = rest[taken:]
    return not rest


def _parts(rows: int, outcomes: int) -> Iterator[slice]:
    size = max(_CELLS // outcomes, 1)
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))


def _floats(array: np.typing.NDArray[Any]) -> Grid:
    return np.ascontiguousarray(array, dtype=np.float64)


def _list_column(place: Opened, spec: SourceSpec) -> Iterator[DenseRows] | None:
    """Blocks of the one column of lists of a Parquet file; None where it has none."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return None  # the reader of tables says what is missing
    source = place.at_any_place()
    source.seek(0)
    file = pq.ParquetFile(source)
    lists = [
        field.name
        for field in file.schema_arrow
        if pa.types.is_list(field.type) or pa.types.is_large_list(field.type) or pa.types.is_fixed_size_list(field.type)
    ]
    asked = (*filter(None, [spec.column]), *spec.options.columns)
    wanted: str | None = asked[0] if len(asked) == 1 else lists[0] if len(lists) == 1 and not asked else None
    if wanted is None or wanted not in lists:
        source.seek(0)
        return None
    return _of_lists(file, wanted, spec)


def _of_lists(file: Any, name: str, spec: SourceSpec) -> Iterator[DenseRows]:
    first, width = 1, None
    for batch in file.iter_batches(batch_size=4096, columns=[name]):
        column = batch.column(0)
        values = np.asarray(column.flatten().to_numpy(zero_copy_only=False), dtype=np.float64)
        width = width or (values.size // len(column) if len(column) else 0)
        if column.null_count or any(size != width for size in column.value_lengths().to_pylist()):
            raise InputError(
                f"{spec.label}: from row {first:,} on, lists of {name} are missing or differ in length",
                remedy="as many numbers in every row",
            )
        yield DenseRows(values.reshape(len(column), width), None)
        first += len(column)


def _of_table(table: Table, spec: SourceSpec) -> WideTable:
    """Numeric columns are outcomes; one column of labels names the rows."""
    wanted = wanted_columns(table.names, spec)
    texts = [name for name in wanted if isinstance(table.head.columns[name], Labels)]
    if spec.options.labels:
        texts = [resolved(spec.options.labels, table.names, spec.label)]
    if len(texts) > 1:
        raise InputError(
            f"{spec.label}: {', '.join(texts[:4])} hold labels, and one column can name the rows",
            remedy="--labels COLUMN names it, --exclude leaves out the others",
        )
    outcomes = [name for name in wanted if name not in texts]
    if len(outcomes) < 2:
        raise InputError(f"{spec.label} has {len(outcomes)} columns of numbers: no rows of masses", remedy=_REMEDY)
    named = table.has_header or not all(name.isdigit() for name in outcomes)
    return WideTable(spec.label, tuple(outcomes) if named else None, _of_batches(table, outcomes, texts, spec))


def points_of_object(item: object, spec: SourceSpec) -> WideTable:
    """Rows of a Python object: a DataFrame, or an array of shape (rows, columns).

    Raises
    ------
    InputError
        If it is none of these.
    """
    from kldiv_cli.sources.memory import table_from_python

    return _points_of_table(table_from_python(item, spec.label), spec)


def _points_of_table(table: Table, spec: SourceSpec) -> WideTable:
    """Numeric columns are what the points have in common; a column that was asked for has to be one."""
    wanted = wanted_columns(table.names, spec)
    found = [name for name in wanted if _holds_numbers(table.head.columns[name])]
    if spec.options.columns or spec.column:
        found = list(wanted)
    if not found:
        raise InputError(f"{spec.label} has no column of numbers", remedy="a table with numbers in columns")
    left_out = tuple(name for name in wanted if name not in found)
    return WideTable(spec.label, tuple(found), _of_batches(table, found, [], spec), left_out)


def _holds_numbers(cells: Cells) -> bool:
    return isinstance(cells, Numbers) and not cells.instants


def _of_batches(table: Table, outcomes: Sequence[str], texts: Sequence[str], spec: SourceSpec) -> Iterator[DenseRows]:
    first = 1
    for batch in _batches(table, [*texts, *outcomes]):
        columns = []
        for name in outcomes:
            cells = batch.columns[name]
            if not isinstance(cells, Numbers) or cells.instants:
                raise InputError(f"{spec.label}: column {name} holds other things than numbers", remedy="--exclude it")
            columns.append(cells.values)
        yield DenseRows(np.stack(columns, axis=1), _names(batch, texts, first))
        first += batch.rows


def _batches(table: Table, names: Sequence[str]) -> Iterator[Batch]:
    yield table.head
    yield from table.rest(names)


def _names(batch: Batch, texts: Sequence[str], first: int) -> tuple[str, ...] | None:
    if not texts:
        return None
    cells = batch.columns[texts[0]]
    if isinstance(cells, Numbers):
        return tuple(f"{value:.17g}" for value in cells.values.tolist())
    names = (*cells.names, "")
    return tuple(names[code] or str(first + row) for row, code in enumerate(cells.codes.tolist()))


def _of_json(place: Opened, spec: SourceSpec) -> WideTable:
    """One array or object a line, or one document that is an array of them."""
    from kldiv_cli.sources.json_records import document_of, records_of
    from kldiv_cli.sources.row_blocks import line_ends, row_blocks

    blocks = row_blocks(place.stream, spec.label, spec.options.encoding)

    def values() -> Iterator[list[Any]]:
        lines = 0
        for block in blocks:
            if not lines and not _is_one_a_line(block):
                yield _rows_of(document_of(b"".join([block, *blocks]), spec), spec)
                return
            yield records_of(block, spec, lines)
            lines += line_ends(block)

    return WideTable(spec.label, None, _of_values(values(), spec))


def _is_one_a_line(block: bytes) -> bool:
    """Whether the first line is a whole array of numbers or a whole object of them."""
    first = block.lstrip().partition(b"\n")[0].strip()
    return first[-1:] in (b"]", b"}") and not first.startswith((b"[[", b"[{", b"[ [", b"[ {"))


def _rows_of(document: Any, spec: SourceSpec) -> list[Any]:
    if not isinstance(document, list) or not document or not isinstance(document[0], (list, dict)):
        raise InputError(f"{spec.label} holds no rows", remedy=_REMEDY)
    return document


def _of_values(values: Iterator[list[Any]], spec: SourceSpec) -> Iterator[RowBlock]:
    first = 1
    for found in values:
        if found and isinstance(found[0], list):
            yield _of_arrays(found, first, spec)
        elif found:
            yield _of_objects(found, first, spec)
        first += len(found)


def _grid_of(rows: list[Any]) -> Grid:
    values = np.array(rows, dtype=np.float64)
    if values.ndim != 2 or not values.size:
        raise ValueError("no rows of numbers")
    return values


def _of_arrays(rows: list[Any], first: int, spec: SourceSpec) -> DenseRows:
    try:
        return DenseRows(_grid_of(rows), None)
    except (TypeError, ValueError):
        sizes = [len(row) if isinstance(row, list) else -1 for row in rows]
        bad = next((place for place, size in enumerate(sizes) if size != sizes[0]), 0)
        raise InputError(
            f"{spec.label}: row {first + bad:,} is no array of {sizes[0]:,} numbers as row {first:,} is",
            remedy="as many numbers in every row; null is none",
        ) from None


def _of_objects(rows: list[Any], first: int, spec: SourceSpec) -> SparseRows:
    found, names = [], []
    for number, row in enumerate(rows, start=first):
        if not isinstance(row, dict):
            raise InputError(f"{spec.label}: row {number:,} is no object as the first one is", remedy=_REMEDY)
        _require_no_quoted_mass(row, number, spec)
        masses = _of_two_lists(row) or {key: value for key, value in row.items() if not isinstance(value, str)}
        if not masses or not all(
            isinstance(value, (int, float)) and not isinstance(value, bool) for value in masses.values()
        ):
            raise InputError(
                f"{spec.label}: row {number:,} holds something else than outcomes with numbers", remedy=_REMEDY
            )
        found.append({key: float(value) for key, value in masses.items()})
        names.append(next((value for value in row.values() if isinstance(value, str)), str(number)))
    return SparseRows(tuple(found), tuple(names) if any(isinstance(v, str) for v in rows[0].values()) else None)


def _require_no_quoted_mass(row: dict[str, Any], number: int, spec: SourceSpec) -> None:
    """Refuse a number in quotes: it would be taken for the name of the row, and its outcome for none.

    Raises
    ------
    InputError
        If there is one, and its key does not say that it is a name.
    """
    for key, value in row.items():
        if isinstance(value, str) and key.lower() not in _NAMES_A_ROW and key != spec.options.labels:
            try:
                float(value)
            except ValueError:
                continue
            raise InputError(
                f"{spec.label}: row {number:,} holds {value!r} in quotes under {key!r}, which is no number",
                remedy=f"without quotes, or --labels {key} if it is the name of the row",
            )


def _of_two_lists(row: dict[str, Any]) -> dict[str, Any] | None:
    """``{"ids": [5, 7], "logprobs": [-0.1, -2.4]}`` as outcomes with their numbers; None where it is no such row."""
    keys = next((row[name] for name in ("tokens", "ids", "outcomes") if isinstance(row.get(name), list)), None)
    values = next((row[name] for name in ("logprobs", "masses", "probs") if isinstance(row.get(name), list)), None)
    if keys is None or values is None or len(keys) != len(values):
        return None
    found = {str(key): value for key, value in zip(keys, values, strict=True)}
    return found if len(found) == len(keys) else None
