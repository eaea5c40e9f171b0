"""Parquet, Feather and Arrow: the types are the file's, only what is asked for is read, and CSV says the same."""

from __future__ import annotations

import datetime as dt
import decimal
import gzip
import io
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kldiv_cli.core.summary import CategoricalSummary, NumericSummary
from kldiv_cli.errors import InputError
from kldiv_cli.sources.table import HEAD_ROWS

pa = pytest.importorskip("pyarrow")
import pyarrow.parquet as pq  # noqa: E402
from pyarrow import feather  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from kldiv_cli.core.summary import Profile, Summary

    Read = Callable[..., Profile]

BATCH = 1 << 17
DAY = 86_400.0
UTC = dt.UTC
NOON = dt.datetime(2024, 1, 31, 12, 30, 15)


def as_parquet(table: pa.Table, **more: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **more)
    return sink.getvalue()


def as_arrow(table: pa.Table, rows: int | None = None) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return sink.getvalue()


def as_stream(table: pa.Table, rows: int | None = None) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return sink.getvalue()


def as_feather(table: pa.Table, **more: Any) -> bytes:
    sink = io.BytesIO()
    feather.write_feather(table, sink, **more)
    return sink.getvalue()


FORMS: dict[str, Callable[[pa.Table], bytes]] = {
    "parquet": as_parquet,
    "arrow": as_arrow,
    "stream": as_stream,
    "feather": as_feather,
}


def told(summary: Summary) -> tuple[object, ...]:
    found = (value.tobytes() if isinstance(value, np.ndarray) else value for value in summary)
    return (type(summary).__name__, *found)


def facts(summary: Summary) -> dict[Any, float]:
    """What a column holds: values or labels with their counts, and None for the missing ones."""
    names = summary.values.tolist() if isinstance(summary, NumericSummary) else summary.labels
    found = dict(zip(names, summary.counts.tolist(), strict=True))
    return {**found, None: summary.missing} if summary.missing else found


# Types

INTEGERS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
NUMBERS: dict[str, tuple[pa.Array, dict[Any, float]]] = {
    **{str(kind): (pa.array([1, 2, None, 2], kind), {1.0: 1, 2.0: 2, None: 1}) for kind in INTEGERS},
    "int64 ends": (pa.array([-(2**63), 2**63 - 1, None]), {-(2.0**63): 1, 2.0**63: 1, None: 1}),
    "uint64 end": (pa.array([2**64 - 1, 0, 0], pa.uint64()), {2.0**64: 1, 0.0: 2}),
    "float16": (pa.array(np.array([0.5, 2.0, 2.0], np.float16)), {0.5: 1, 2.0: 2}),
    "float16 and null": (pa.array([np.float16(0.5), None], pa.float16()), {0.5: 1, None: 1}),
    "float32": (pa.array([0.5, None, 1e30], pa.float32()), {0.5: 1, float(np.float32(1e30)): 1, None: 1}),
    "float64": (pa.array([0.1, None, math.nan, -0.0, 0.0]), {0.1: 1, 0.0: 2, None: 2}),
    "decimal128": (
        pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("-7.50")], pa.decimal128(9, 2)),
        {-7.5: 1, 1.25: 1, None: 1},
    ),
    "decimal256": (pa.array([decimal.Decimal(10**50), None], pa.decimal256(60, 0)), {1e50: 1, None: 1}),
    "null": (pa.nulls(3), {None: 3}),
    "time32 s": (pa.array([dt.time(1, 0, 2), None], pa.time32("s")), {3602.0: 1, None: 1}),
    "time32 ms": (pa.array([dt.time(0, 0, 1, 500_000), None], pa.time32("ms")), {1.5: 1, None: 1}),
    "time64 us": (pa.array([dt.time(0, 0, 1, 250_000), None], pa.time64("us")), {1.25: 1, None: 1}),
    "time64 ns": (pa.array([dt.time(0, 0, 1, 250_000), None], pa.time64("ns")), {1.25: 1, None: 1}),
    **{
        f"duration {unit}": (pa.array([dt.timedelta(seconds=90), None], pa.duration(unit)), {90.0: 1, None: 1})
        for unit in ("s", "ms", "us", "ns")
    },
    "dictionary of ints": (pa.array([5, None, 7, 5]).dictionary_encode(), {5.0: 2, 7.0: 1, None: 1}),
    "dictionary of floats": (pa.array([0.5, None, 0.5]).dictionary_encode(), {0.5: 2, None: 1}),
}
if hasattr(pa, "decimal32"):
    NUMBERS["decimal32"] = (pa.array([decimal.Decimal("1.5"), None], pa.decimal32(5, 1)), {1.5: 1, None: 1})
    NUMBERS["decimal64"] = (pa.array([decimal.Decimal("1.5"), None], pa.decimal64(12, 1)), {1.5: 1, None: 1})
SECONDS = NOON.replace(tzinfo=UTC).timestamp()
INSTANTS: dict[str, tuple[pa.Array, dict[Any, float]]] = {
    "date32": (pa.array([dt.date(1970, 1, 2), dt.date(1969, 12, 31), None]), {-DAY: 1, DAY: 1, None: 1}),
    "date64": (pa.array([dt.date(1970, 1, 2), None], pa.date64()), {DAY: 1, None: 1}),
    "date64 that is not a whole day": (pa.array([86_400_001, None], pa.int64()).view(pa.date64()), {DAY: 1, None: 1}),
    **{
        f"timestamp {unit}": (pa.array([NOON, None], pa.timestamp(unit)), {SECONDS: 1, None: 1})
        for unit in ("s", "ms", "us", "ns")
    },
    **{
        f"timestamp {unit} {zone}": (
            pa.array([NOON.replace(tzinfo=UTC), None], pa.timestamp(unit, tz=zone)),
            {SECONDS: 1, None: 1},
        )
        for unit in ("s", "us", "ns")
        for zone in ("UTC", "Asia/Kathmandu")
    },
    "timestamps finer than a second": (pa.array([1_500, -250], pa.timestamp("ms")), {-0.25: 1, 1.5: 1}),
    "far timestamps": (
        pa.array([-62135596800, 253402300799], pa.timestamp("s")),
        {-62135596800.0: 1, 253402300799.0: 1},
    ),
    "dictionary of dates": (pa.array([dt.date(1970, 1, 2), None]).dictionary_encode(), {DAY: 1, None: 1}),
}


def coded(codes: list[int | None], names: list[Any], index: pa.DataType = pa.int8()) -> pa.Array:  # noqa: B008
    return pa.DictionaryArray.from_arrays(pa.array(codes, index), pa.array(names))


TEXTS: dict[str, tuple[pa.Array, dict[Any, float]]] = {
    "string": (pa.array(["a", "b", None, "a"]), {"a": 2, "b": 1, None: 1}),
    "large_string": (pa.array(["a", None, "a"], pa.large_string()), {"a": 2, None: 1}),
    "empty and odd strings": (pa.array(["", " a ", "é", "\x00", "\n"]), {"": 1, " a ": 1, "é": 1, "\x00": 1, "\n": 1}),
    "words for missing": (pa.array(["NA", "nan", "null", None]), {"NA": 1, "nan": 1, "null": 1, None: 1}),
    "strings like numbers": (pa.array(["1", "1.0", "01"]), {"1": 1, "1.0": 1, "01": 1}),
    "bool": (pa.array([True, False, None, True]), {"true": 2, "false": 1, None: 1}),
    "binary": (pa.array([b"a", None, b"b"]), {"a": 1, "b": 1, None: 1}),
    "large_binary": (pa.array([b"a", None], pa.large_binary()), {"a": 1, None: 1}),
    "dictionary": (coded([0, 1, None, 0], ["a", "b"]), {"a": 2, "b": 1, None: 1}),
    "dictionary with repeated entries": (coded([0, 1, 2, None], ["a", "b", "a"]), {"a": 2, "b": 1, None: 1}),
    "dictionary with a null entry": (coded([0, 1, 2, None], ["a", None, "b"]), {"a": 1, "b": 1, None: 2}),
    "dictionary with repeated entries and a null": (
        coded([0, 1, 2, 3, None], ["a", None, "a", None]),
        {"a": 2, None: 3},
    ),
    "dictionary with entries that no row has": (coded([2, 2], ["a", "b", "c"]), {"c": 2}),
    "dictionary of large strings": (
        pa.array(["a", None, "b"], pa.large_string()).dictionary_encode(),
        {"a": 1, "b": 1, None: 1},
    ),
    "dictionary of bools": (pa.array([True, None, True]).dictionary_encode(), {"true": 2, None: 1}),
    **{
        f"dictionary by {index}": (coded([0, 1, None], ["a", "b"], index), {"a": 1, "b": 1, None: 1})
        for index in INTEGERS
    },
    **{
        f"dictionary by {index} without nulls": (coded([0, 1, 0], ["a", "b"], index), {"a": 2, "b": 1})
        for index in INTEGERS
        if str(index).startswith("u")
    },
    "dictionary of nothing": (coded([None, None], ["a"]), {None: 2}),
}
if hasattr(pa, "string_view"):
    TEXTS["string_view"] = (
        pa.array(["a", None, "a long one, beyond 12"], pa.string_view()),
        {"a": 1, "a long one, beyond 12": 1, None: 1},
    )
    TEXTS["binary_view"] = (pa.array([b"a", None], pa.binary_view()), {"a": 1, None: 1})
COLUMNS = {**NUMBERS, **INSTANTS, **TEXTS}
NOT_IN = {"parquet": ("float16 and null", "decimal256", "dictionary of dates")}


def in_form(array: pa.Array, form: str) -> bytes:
    try:
        return FORMS[form](pa.table({"x": array, "k": np.arange(len(array))}))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as fault:
        pytest.skip(f"{form} cannot hold it: {fault}")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", COLUMNS)
def test_every_flat_type_is_read_as_the_file_says(name: str, form: str, read: Read) -> None:
    array, expected = COLUMNS[name]
    profile = read(in_form(array, form), name="t.bin")
    summary = profile.columns["x"]
    assert isinstance(summary, CategoricalSummary if name in TEXTS else NumericSummary)
    assert facts(summary) == expected
    assert profile.rows == len(array)
    if isinstance(summary, NumericSummary):
        assert summary.instants == (name in INSTANTS)
    assert not profile.notes


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_infinite_numbers_are_counted_apart(form: str, read: Read) -> None:
    summary = read(FORMS[form](pa.table({"x": [1.0, math.inf, -math.inf, None]}))).columns["x"]
    assert (summary.non_finite, summary.missing, summary.counts.tolist()) == (2, 1, [1])


def odd_columns() -> dict[str, pa.Array]:
    """Types that hold no plain values: a table is read without them."""
    found = {
        "interval": pa.array([(1, 2, 3), None], pa.month_day_nano_interval()),
        "fixed_size_binary": pa.array([b"\xff\xfe", None], pa.binary(2)),
        "bytes": pa.array([b"\xff\xfe", None]),
        "uuid": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"\xff" * 16, None], pa.binary(16)))
        if hasattr(pa, "uuid")
        else pa.nulls(2),
        "tensor": pa.ExtensionArray.from_storage(
            pa.fixed_shape_tensor(pa.int8(), [2]), pa.array([[1, 2], None], pa.list_(pa.int8(), 2))
        ),
        "union": pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])]),
        "run_end_encoded": pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array([7])),
    }
    if hasattr(pa, "list_view"):
        found["list_view"] = pa.array([[1], None], pa.list_view(pa.int8()))
    return found


@pytest.mark.parametrize("form", ["parquet", "arrow", "stream"])
@pytest.mark.parametrize("name", odd_columns())
def test_a_column_of_an_odd_type_does_not_hide_the_others(name: str, form: str, read: Read) -> None:
    content = FORMS_OR_SKIP(form, pa.table({"odd": odd_columns()[name], "k": [1, 2]}))
    assert facts(read(content, columns=("k",)).columns["k"]) == {1.0: 1, 2.0: 1}
    assert facts(read(content).columns["k"]) == {1.0: 1, 2.0: 1}


def FORMS_OR_SKIP(form: str, table: pa.Table) -> bytes:  # noqa: N802
    try:
        return FORMS[form](table)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as fault:
        pytest.skip(f"{form} cannot hold it: {fault}")


def extensions() -> dict[str, tuple[pa.Array, dict[Any, float]]]:
    found = {}
    if hasattr(pa, "json_"):
        storage = pa.array(['{"a": 1}', None])
        found["json"] = (pa.ExtensionArray.from_storage(pa.json_(), storage), {'{"a": 1}': 1, None: 1})
    if hasattr(pa, "bool8"):
        found["bool8"] = (pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0, None], pa.int8())), None)
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", extensions())
def test_an_extension_type_is_read_as_what_it_is_stored_as(name: str, form: str, read: Read) -> None:
    array, expected = extensions()[name]
    summary = read(in_form(array, form)).columns["x"]
    assert summary.missing == 1
    if expected is not None:
        assert facts(summary) == expected


NESTED = {
    "list": pa.array([[1, 2], None, []]),
    "large_list": pa.array([[1], None, []], pa.large_list(pa.int8())),
    "fixed_size_list": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int8(), 2)),
    "struct": pa.array([{"n": 1}, None, {"n": 2}]),
    "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int8())),
}


@pytest.mark.parametrize("form", FORMS)
def test_nested_columns_are_named_and_skipped(form: str, read: Read) -> None:
    profile = read(FORMS[form](pa.table({"k": [1, 2, 2], **NESTED, "g": ["a", "b", "b"]})), name="t.bin")
    assert list(profile.columns) == ["k", "g"]
    assert facts(profile.columns["k"]) == {1.0: 1, 2.0: 2}
    (note,) = profile.notes
    assert note.code == "nested"
    assert note.text == f"t.bin: nested columns are skipped: {', '.join(NESTED)}."


@pytest.mark.parametrize("form", FORMS)
def test_a_nested_column_that_was_asked_for_is_told(form: str, read: Read) -> None:
    content = FORMS[form](pa.table({"k": [1, 2, 2], **NESTED}))
    with pytest.raises(Exception, match="has no column 'struct'"):
        read(content, column="struct")


def test_nested_columns_alone_are_told(read: Read) -> None:
    with pytest.raises(InputError, match=r"t\.csv has only nested columns") as caught:
        read(as_parquet(pa.table(NESTED)))
    assert caught.value.remedy


@pytest.mark.parametrize("names", [("a.b", "a"), ("a", "a.b"), ("", "b"), ("x y", "ü"), ("a`b", "a/b"), ("1", "2")])
@pytest.mark.parametrize("form", FORMS)
def test_columns_of_any_name_are_read(form: str, names: tuple[str, ...], read: Read) -> None:
    table = pa.table([pa.array([1, 2, 3]), pa.array(["u", "v", "v"])], names=list(names))
    profile = read(FORMS[form](table))
    assert list(profile.columns) == list(names)
    assert facts(profile.columns[names[0]]) == {1.0: 1, 2.0: 1, 3.0: 1}


def test_a_nested_field_beside_a_column_of_its_path_is_not_taken_for_it(read: Read) -> None:
    table = pa.table([pa.array([{"b": 7}, {"b": 8}]), pa.array([1, 2])], names=["a", "a.b"])
    assert facts(read(as_parquet(table)).columns["a.b"]) == {1.0: 1, 2.0: 1}


@pytest.mark.parametrize("form", ["parquet", "arrow", "stream"])
def test_two_columns_of_one_name_are_told(form: str, read: Read) -> None:
    table = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pytest.raises(InputError, match=r"t\.csv has two columns 'a'"):
        read(FORMS[form](table))


# Places and sizes


def mixed(rows: int) -> pa.Table:
    numbers = np.arange(rows)
    return pa.table(
        {
            "x": pa.array(numbers % 97, mask=numbers % 13 == 5),
            "g": pa.array([None if i % 17 == 3 else f"label {i % 11}" for i in range(rows)]),
            "d": pa.array(numbers % 31 * 86_400, pa.timestamp("s")),
        }
    )


def expected_of(table: pa.Table) -> dict[str, dict[Any, float]]:
    found: dict[str, dict[Any, float]] = {}
    for name in table.column_names:
        counted: dict[Any, float] = {}
        column = table.column(name)
        for value in (column.cast(pa.int64()) if name == "d" else column).value_counts().to_pylist():
            counted[value["values"]] = value["counts"]
        found[name] = counted
    return found


SIZES = [1, HEAD_ROWS - 1, HEAD_ROWS, HEAD_ROWS + 1, BATCH, BATCH + 1]
LARGEST = mixed(max(SIZES))


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("pieces", [None, 4_999, 10_000, 30_000])
def test_every_row_is_counted_once_whatever_the_batches(
    rows: int, pieces: int | None, read: Read, read_pipe: Read
) -> None:
    table = LARGEST.slice(0, rows)
    expected = expected_of(table)
    for content in (
        as_parquet(table, row_group_size=pieces or rows),
        as_arrow(table, pieces),
        as_stream(table, pieces),
    ):
        profile = read(content)
        assert profile.rows == rows
        assert {name: facts(summary) for name, summary in profile.columns.items()} == expected


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rows", [3, HEAD_ROWS + 7])
def test_a_pipe_and_gzip_and_a_file_hold_the_same(rows: int, form: str, read: Read, read_pipe: Read) -> None:
    content = FORMS[form](LARGEST.slice(0, rows))
    straight = read(content)
    for other in (
        read_pipe(content),
        read_pipe(gzip.compress(content, 1)),
        read(gzip.compress(content, 1), name="t.parquet.gz"),
        read(content, name="t.csv"),
        read(content, name="t.parquet"),
    ):
        assert {name: told(summary) for name, summary in other.columns.items()} == {
            name: told(summary) for name, summary in straight.columns.items()
        }


@pytest.mark.parametrize("name", ["parquet", "arrow", "feather"])
def test_the_format_can_be_named(name: str, read: Read) -> None:
    content = FORMS[name](LARGEST.slice(0, 5))
    assert read(content, format=name).rows == 5
    with pytest.raises(InputError, match=r"t\.csv"):
        read(b"x,y\n1,2\n", format=name)


def pieces_of(sizes: list[int], form: str) -> bytes:
    table, start = LARGEST, 0
    sink = io.BytesIO()
    opened = {"arrow": pa.ipc.new_file, "stream": pa.ipc.new_stream}[form]
    with opened(sink, table.schema) as writer:
        for size in sizes:
            writer.write_batch(table.slice(start, size).combine_chunks().to_batches()[0] if size else empty_batch())
            start += size
    return sink.getvalue()


def empty_batch() -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=LARGEST.schema)


@pytest.mark.parametrize("form", ["arrow", "stream"])
@pytest.mark.parametrize("sizes", [[0, 3], [1, 0, 2], [0, 0, 5, 0], [HEAD_ROWS, 0, 1], [1, HEAD_ROWS, 5]])
def test_empty_batches_are_passed_over(sizes: list[int], form: str, read: Read) -> None:
    profile = read(pieces_of(sizes, form))
    table = LARGEST.slice(0, sum(sizes))
    assert profile.rows == sum(sizes)
    assert {name: facts(summary) for name, summary in profile.columns.items()} == expected_of(table)


def test_empty_row_groups_are_passed_over(read: Read) -> None:
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, LARGEST.schema) as writer:
        for start, size in ((0, 0), (0, 3), (3, 0), (3, 2)):
            writer.write_table(LARGEST.slice(start, size), row_group_size=max(size, 1))
    assert read(sink.getvalue()).rows == 5


@pytest.mark.parametrize("form", ["arrow", "stream"])
def test_dictionaries_that_differ_from_batch_to_batch_are_one(form: str, read: Read) -> None:
    schema = pa.schema([("g", pa.dictionary(pa.int8(), pa.string()))])
    batches = [
        pa.record_batch([coded([0, 1, 0], ["a", "b"])], schema),
        pa.record_batch([coded([0, 1, None], ["b", "c"])], schema),
    ]
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(unify_dictionaries=form == "arrow")
    opened = {"arrow": pa.ipc.new_file, "stream": pa.ipc.new_stream}[form]
    with opened(sink, schema, options=options) as writer:
        writer.write_table(pa.Table.from_batches(batches)) if form == "arrow" else [
            writer.write_batch(batch) for batch in batches
        ]
    assert facts(read(sink.getvalue()).columns["g"]) == {"a": 2, "b": 2, "c": 1, None: 1}


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "brotli", "zstd", "lz4"])
def test_every_compression_of_parquet_is_read(compression: str, read: Read) -> None:
    table = LARGEST.slice(0, 500)
    profile = read(as_parquet(table, compression=compression))
    assert {name: facts(summary) for name, summary in profile.columns.items()} == expected_of(table)


# Only what is asked for


def column_damaged(name: str, group: int) -> bytes:
    """Parquet of three row groups, with the pages of a column in one of them overwritten."""
    content = bytearray(as_parquet(LARGEST.slice(0, 3 * HEAD_ROWS), row_group_size=HEAD_ROWS, compression="zstd"))
    metadata = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(group)
    (column,) = [metadata.column(i) for i in range(metadata.num_columns) if metadata.column(i).path_in_schema == name]
    start = column.dictionary_page_offset or column.data_page_offset
    content[start : start + column.total_compressed_size] = b"\xa5" * column.total_compressed_size
    return bytes(content)


@pytest.mark.parametrize("group", [0, 1, 2])
def test_a_column_that_is_not_asked_for_is_not_read(group: int, read: Read) -> None:
    content = column_damaged("g", group)
    with pytest.raises(InputError, match=r"t\.csv"):
        read(content)
    profile = read(content, columns=("x", "d"))
    assert profile.rows == 3 * HEAD_ROWS
    assert list(profile.columns) == ["x", "d"]
    assert list(read(content, exclude=("g",)).columns) == ["x", "d"]
    assert list(read(content, column="x").columns) == ["x"]


def test_a_column_of_many_costs_no_more_than_itself(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    content = as_parquet(pa.table({f"c{i}": np.arange(30_000) + i for i in range(40)}), use_dictionary=False)
    taken = 0
    original = io.BufferedReader.read

    class Counting(io.BufferedReader):
        def read(self, size: int | None = -1) -> bytes:
            nonlocal taken
            data = original(self, size)
            taken += len(data)
            return data

    from kldiv_cli.sources import streams

    monkeypatch.setattr(streams, "_file", lambda spec: Counting(io.FileIO(spec.location)))
    read(content, columns=("c7",))
    assert 0 < taken < 0.25 * len(content)


# Damage

SMALL = pa.table({"x": pa.array(range(200)), "g": pa.array([f"l{i % 7}" for i in range(200)])})


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_ends_too_early_is_told(form: str, read: Read, read_pipe: Read) -> None:
    content = FORMS[form](SMALL)
    ends = [8, 100, len(content) // 2, len(content) - 9, len(content) - 1]
    for end in ends if form != "stream" else ends[:3]:
        with pytest.raises(InputError, match=r"t\.csv") as caught:
            read(content[:end])
        assert caught.value.remedy
        with pytest.raises(InputError, match="stdin"):
            read_pipe(content[:end])


DAMAGE = """
import os, random, sys
from kldiv_cli.engines.local import summarised
from kldiv_cli.errors import InputError
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import ReadOptions
content = open("good.bin", "rb").read()
for number in range(60):
    dice = random.Random(number)
    bad = bytearray(content)
    for _ in range(dice.choice([1, 1, 4, 16])):
        bad[dice.randrange(4, len(bad))] = dice.randrange(256)
    with open("bad.bin", "wb") as file:
        file.write(bad)
    print("seed", number, flush=True)
    try:
        profile = summarised(operand("bad.bin", ReadOptions()))
    except InputError as fault:
        assert "bad.bin" in fault.message, fault.message
        assert "\\n" not in fault.message and len(fault.message) < 500, fault.message
    else:
        assert profile.rows > 0
print("all")
"""


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_file_is_read_or_told(form: str, put: Callable) -> None:
    put("good.bin", FORMS[form](SMALL))
    ended = subprocess.run([sys.executable, "-c", DAMAGE], capture_output=True, check=False, timeout=60)
    assert ended.returncode == 0, f"{ended.stdout.decode()[-20:]} {ended.stderr.decode()[-2000:]}"
    assert ended.stdout.endswith(b"all\n")


BROKEN = {
    "Parquet's first bytes alone": b"PAR1",
    "Parquet's first and last bytes": b"PAR1" + bytes(20) + b"PAR1",
    "a footer longer than the file": b"PAR1" + b"\xff\xff\xff\x7f" + b"PAR1",
    "encrypted Parquet": b"PARE" + bytes(40) + b"\x10\x00\x00\x00PARE",
    "Arrow's first bytes alone": b"ARROW1\x00\x00",
    "Arrow's first and last bytes": b"ARROW1\x00\x00" + bytes(20) + b"ARROW1",
    "a stream's first bytes alone": b"\xff\xff\xff\xff",
    "a stream of nothing": b"\xff\xff\xff\xff\x00\x00\x00\x00",
    "a stream of nonsense": b"\xff\xff\xff\xff\x10\x00\x00\x00" + b"n" * 64,
    "a stream of a very long message": b"\xff\xff\xff\xff\xff\xff\xff\x7f" + b"n" * 64,
}


@pytest.mark.parametrize("name", BROKEN)
def test_bytes_that_only_begin_well_are_told(name: str, read: Read, read_pipe: Read) -> None:
    with pytest.raises(InputError, match=r"t\.parquet") as caught:
        read(BROKEN[name], name="t.parquet")
    assert caught.value.remedy
    with pytest.raises(InputError, match="stdin"):
        read_pipe(BROKEN[name])


@pytest.mark.parametrize("form", FORMS)
def test_a_table_without_rows_or_columns_is_told(form: str, read: Read) -> None:
    with pytest.raises(InputError, match=r"t\.csv has no rows"):
        read(FORMS[form](SMALL.slice(0, 0)))
    with pytest.raises(InputError, match=r"t\.csv has no (columns|rows)"):
        read(FORMS[form](pa.table({})))


# Options


@pytest.mark.parametrize("form", FORMS)
def test_words_for_missing_count_in_labels(form: str, read: Read) -> None:
    content = FORMS[form](pa.table({"g": ["a", "?", "b", None, "-"], "x": [1, 2, 3, 4, 5]}))
    assert facts(read(content, na_values=("?", "-")).columns["g"]) == {"a": 1, "b": 1, None: 3}
    coded_ones = FORMS[form](pa.table({"g": coded([0, 1, 2, None], ["a", "?", "a"])}))
    assert facts(read(coded_ones, na_values=("?",)).columns["g"]) == {"a": 2, None: 2}


@pytest.mark.parametrize("form", FORMS)
def test_numbers_and_dates_are_labels_where_that_is_asked(form: str, read: Read) -> None:
    table = pa.table(
        {"x": [1, 2, None, 2], "f": [0.5, 2.0, None, 2.0], "d": pa.array([dt.date(2024, 1, 31), None, None, None])}
    )
    profile = read(FORMS[form](table), categorical=("x", "f", "3"))
    assert facts(profile.columns["x"]) == {"1": 1, "2": 2, None: 1}
    assert facts(profile.columns["f"]) == {"0.5": 1, "2": 2, None: 1}
    assert facts(profile.columns["d"]) == {"2024-01-31": 1, None: 3}


@pytest.mark.parametrize("form", FORMS)
def test_texts_are_numbers_where_that_is_promised(form: str, read: Read) -> None:
    content = FORMS[form](pa.table({"x": ["1", "2.5", "NA", None, "1"], "g": ["1", "x", "2", "3", "4"]}))
    assert facts(read(content, numeric=("x",)).columns["x"]) == {1.0: 2, 2.5: 1, None: 2}
    with pytest.raises(InputError, match=r"t\.csv: column g: 'x' is no number, as --numeric promised"):
        read(content, numeric=("g",))


def test_weights_and_masses_are_read(read: Read) -> None:
    weighted = read(as_parquet(pa.table({"x": [1.0, 2.0, 2.0], "w": [2.0, 0.5, 1.0]})), weights="w")
    assert weighted.weighted
    assert facts(weighted.columns["x"]) == {1.0: 2.0, 2.0: 1.5}
    masses = read(as_parquet(pa.table({"label": ["a", "b"], "count": [3, 5]})))
    assert masses.kind == "counts"
    assert facts(next(iter(masses.columns.values()))) == {"a": 3, "b": 5}


# The same data in every form


def same_data(rows: int) -> tuple[pa.Table, str, str]:
    """One table as Arrow, CSV and NDJSON."""
    records = []
    for i in range(rows):
        record = {
            "whole": None if i % 19 == 4 else i * 7 % 101 - 50,
            "real": None if i % 23 == 6 else round(i % 89 * 0.37 - 3, 4),
            "label": None if i % 29 == 1 else ("AA", "Zürich", "b c", "x,y", 'q"q')[i % 5],
            "day": (dt.date(2023, 12, 30) + dt.timedelta(days=i % 41)).isoformat(),
            "moment": (NOON + dt.timedelta(seconds=i % 37)).isoformat(),
        }
        records.append(record)
    table = pa.Table.from_pylist(records)
    table = table.set_column(3, "day", table["day"].cast(pa.date32()))
    table = table.set_column(4, "moment", table["moment"].cast(pa.timestamp("us")))
    lines = [",".join(records[0])]
    for record in records:
        cells = ["" if value is None else str(value) for value in record.values()]
        lines.append(",".join('"' + cell.replace('"', '""') + '"' if set(cell) & set(',"') else cell for cell in cells))
    ndjson = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return table, "\n".join(lines) + "\n", ndjson


@pytest.mark.parametrize("rows", [60, 1_000, 2 * HEAD_ROWS])
def test_the_same_data_give_the_same_summaries_in_every_form(
    rows: int, read: Read, read_typed: Read, put: Callable, run: Callable
) -> None:
    table, csv, ndjson = same_data(rows)
    straight = read(csv)
    expected = {name: told(summary) for name, summary in straight.columns.items()}
    put("p.csv", csv)
    assert run("profile", "p.csv", "-o", "p.json").status == 0
    found = {form: read(write(table), name="t.bin") for form, write in FORMS.items()}
    found["ndjson"] = read(ndjson, name="t.ndjson")
    found["profile"] = read_typed("p.json")
    for form, profile in found.items():
        assert profile.rows == rows, form
        assert {name: told(summary) for name, summary in profile.columns.items()} == expected, form


def test_the_same_data_print_the_same_numbers_in_every_form(put: Callable, run: Callable) -> None:
    table, csv, ndjson = same_data(700)
    other = same_data(450)[1]
    put("q.csv", other)
    forms = {"csv": csv, "ndjson": ndjson, "parquet": as_parquet(table), "arrow": as_arrow(table)}
    printed = {}
    for suffix, content in forms.items():
        put(f"p.{suffix}", content)
        printed[suffix] = run(f"p=p.{suffix}", "q.csv", "-m", "all", "-f", "json")
        assert printed[suffix].status == 0
    run("profile", "p.parquet", "-o", "p.json")
    printed["profile"] = run("p=p.json", "q.csv", "-m", "all", "-f", "json")
    assert len({ran.stdout for ran in printed.values()}) == 1


def test_truth_is_spelled_alike_in_parquet_and_json(read: Read) -> None:
    """CSV has no spelling of its own: `true` and `True` are labels as they stand."""
    by_parquet = read(as_parquet(pa.table({"b": [True, False, True], "x": [1, 2, 3]}))).columns["b"]
    by_json = read('[{"b": true, "x": 1}, {"b": false, "x": 2}, {"b": true, "x": 3}]', name="t.json").columns["b"]
    assert told(by_parquet) == told(by_json)
    assert by_parquet.labels == ("false", "true")


# Without pyarrow

WITHOUT = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pyarrow":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Refuse())
from kldiv_cli.cli import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", [("t.bin", "t.bin"), ("profile", "t.bin"), ("profile", "t.bin", "-o", "b.json")])
def test_without_pyarrow_one_line_says_how_to_install_it(form: str, command: tuple[str, ...], put: Callable) -> None:
    if form not in ("parquet", "stream") and command[0] != "profile":
        pytest.skip("told by the others")
    put("t.bin", FORMS[form](SMALL))
    ended = subprocess.run([sys.executable, "-c", WITHOUT, *command], capture_output=True, check=False, timeout=30)
    err = ended.stderr.decode()
    assert ended.returncode == 2, err
    assert ended.stdout == b""
    assert err == (
        "kldiv: t.bin holds Parquet or Arrow data, which need a package that is not installed\n"
        "  try: pip install 'kldiv[parquet]'\n"
    )
    assert not Path("b.json").exists()


def test_csv_needs_no_pyarrow(put: Callable) -> None:
    put("t.csv", "x,g\n1,a\n2,b\n")
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT, "t.csv", "t.csv"], capture_output=True, check=False, timeout=30
    )
    assert ended.returncode == 0, ended.stderr
