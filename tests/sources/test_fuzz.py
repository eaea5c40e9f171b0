"""Whatever is fed to a reader: a Profile or a KldivError, never another exception, and no hang."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kldiv_cli.core.summary import Profile
from kldiv_cli.engines.local import profile_of, summarised
from kldiv_cli.errors import KldivError
from kldiv_cli.sources.interpret import interpreted
from kldiv_cli.sources.memory import table_from_python
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import ReadOptions, SourceSpec, checked_options

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 20
"""Seconds after which a reader is said to hang."""

fuzzed = settings(deadline=None, derandomize=True, max_examples=60, suppress_health_check=list(HealthCheck))


@contextmanager
def no_hang() -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise AssertionError("the reader hangs")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def assert_profile_or_kldiv_error(content: bytes, name: str, **options: object) -> None:
    with open(name, "wb") as file:
        file.write(content)
    assert_typed(f"./{name}", **options)


def assert_typed(text: str, **options: object) -> None:
    with no_hang():
        try:
            profile = summarised(operand(text, checked_options(ReadOptions(**options))))
        except KldivError as fault:
            assert fault.message.strip()
            assert fault.remedy.strip()
            return
    assert_sound(profile)


def assert_sound(profile: Profile) -> None:
    """A profile holds rows, columns, and nothing that is no number."""
    assert isinstance(profile, Profile)
    assert profile.rows > 0
    assert profile.columns
    for summary in profile.columns.values():
        assert np.isfinite(summary.counts).all()
        assert (summary.counts >= 0).all()
        assert summary.missing >= 0
        if hasattr(summary, "values"):
            assert np.isfinite(summary.values).all()
            assert (summary.values[1:] > summary.values[:-1]).all()
            assert summary.values.size == summary.counts.size
        else:
            assert len(set(summary.labels)) == len(summary.labels) == summary.counts.size


FORMATS = st.sampled_from(["auto", "csv", "tsv", "blank", "uniq", "json", "ndjson", "npy"])
NAMES = st.sampled_from(["f", "f.csv", "f.tsv", "f.json", "f.ndjson", "f.npy", "f.csv.gz", "f.bz2", "f.xz"])
AS = st.sampled_from(["auto", "samples", "counts", "probs"])
CSV_TEXT = st.text(alphabet="01289-+.eE,;\t|\n\r\" 'abnNAif:#/[]{}", max_size=80)
ANY_TEXT = st.text(max_size=60)


@fuzzed
@given(st.binary(max_size=200), NAMES, FORMATS, AS)
@example(b"", "f", "csv", "auto")
@example(b"\xef\xbb\xbf", "f", "csv", "auto")
@example(b"\n", "f", "blank", "auto")
@example(b"#", "f", "csv", "auto")
@example(b" ", "f", "uniq", "auto")
@example(b"", "f", "json", "auto")
@example(b"", "f", "npy", "auto")
def test_any_bytes_are_a_profile_or_an_error(content: bytes, name: str, style: str, as_: str) -> None:
    assert_profile_or_kldiv_error(content, name, format=style, as_=as_)


@fuzzed
@given(CSV_TEXT, st.sampled_from(["auto", "csv", "tsv", "blank", "uniq"]), AS)
@example("\n\n,\n1,2\n", "csv", "auto")
@example("x\n\n\n", "csv", "auto")
@example('"\n', "csv", "auto")
@example("a,a,a\n1,2,3\n", "csv", "counts")
@example("\x0c\n1\n", "blank", "auto")
@example("a\n\x1c\n", "blank", "auto")
@example("lo,hi,count\n", "csv", "auto")
@example("lo,hi,count\n0,1,a\n", "csv", "auto")
@example("lo,hi,count\n2024-01-01,2024-01-02,3\n", "csv", "auto")
@example("lo,hi,count\na,b,3\n", "csv", "auto")
@example("lo,hi\n0,1\n", "csv", "auto")
@example("lo,hi,count\n0,inf,1\n", "csv", "auto")
@example("label,count\ninf,1\nnan,2\n", "csv", "auto")
def test_any_table_is_a_profile_or_an_error(text: str, style: str, as_: str) -> None:
    assert_profile_or_kldiv_error(text.encode(), "f.csv", format=style, as_=as_)


@fuzzed
@given(ANY_TEXT, st.booleans(), st.sampled_from([None, ",", "\t", "a", "§", " ", "0"]), st.sampled_from([".", ","]))
def test_any_text_is_a_profile_or_an_error(text: str, header: bool, delimiter: str | None, decimal: str) -> None:
    if delimiter == decimal:
        delimiter = None
    content = text.encode("utf-8", "surrogatepass")
    assert_profile_or_kldiv_error(content, "f.csv", header=header, delimiter=delimiter, decimal=decimal)


@fuzzed
@given(
    st.binary(max_size=60),
    st.sampled_from(["utf-16", "utf-32", "latin-1", "gb18030", "shift_jis", "cp1252", "utf-7", "idna", "undefined"]),
)
@example(b"x\n1\n", "rot13")
@example(b"x\n1\n", "hex")
@example(b"x\n1\n", "unicode_escape")
@example(b"\\ud800\n1\n", "unicode_escape")
@example(b"+2AA-\n1\n", "utf-7")
@example(b"x\n1\n", "punycode")
@example(b"x\n1\n", "mbcs")
@example(b"x\n1\n", "")
@example(b"x\n1\n", "a b")
@example(b"x\n1\n", "é")
@example(b"x\n1\n", "../x")
def test_any_encoding_is_a_profile_or_an_error(content: bytes, encoding: str) -> None:
    assert_profile_or_kldiv_error(content, "f.csv", encoding=encoding)


WIDE = "x,y,g\n" + "".join(f"{i % 7},{i / 3!r},l{i % 3}\n" for i in range(40_000))


@pytest.mark.filterwarnings("ignore:The 'float_precision' argument:DeprecationWarning")  # told by test_delimited
@settings(fuzzed, max_examples=25)
@given(st.integers(0, len(WIDE)), st.binary(min_size=1, max_size=12))
def test_rubbish_anywhere_in_a_long_file_is_a_profile_or_an_error(place: int, rubbish: bytes) -> None:
    content = WIDE.encode()
    assert_profile_or_kldiv_error(content[:place] + rubbish + content[place:], "f.csv")


JSON_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from([10**400, -(10**309), "2024-01-01", "NA", "1", "01", "nan"]),
)
JSON_KEYS = st.one_of(st.text(max_size=4), st.sampled_from(["edges", "counts", "label", "count", "p", "lo", "hi", "1"]))
JSON = st.recursive(
    JSON_LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(JSON_KEYS, inner, max_size=5)),
    max_leaves=20,
)


@fuzzed
@given(JSON, AS)
@example({"edges": [0, 10**400], "counts": [1]}, "auto")
@example({"edges": [0, True], "counts": [1]}, "auto")
@example({"edges": [-1.7e308, 1.7e308], "counts": [1]}, "auto")
@example({"a": True, "b": 1}, "auto")
@example([True, False], "auto")
@example([True, 0.5], "counts")
@example([{"x": 10**400}, {"x": "a"}], "auto")
@example([{"lo": 0, "hi": None, "count": 1}], "auto")
@example({"": 1, " ": 2}, "auto")
@example({"NA": 1, "b": 2}, "auto")
@example({"a": 10**400}, "probs")
@example([], "counts")
@example([None], "counts")
@example(["a", "b"], "probs")
def test_any_json_is_a_profile_or_an_error(document: object, as_: str) -> None:
    assert_profile_or_kldiv_error(json.dumps(document).encode(), "f.json", as_=as_)


@fuzzed
@given(JSON, st.lists(st.sampled_from(["a", "x", "1", "count"]), max_size=2), st.booleans())
def test_any_json_with_columns_asked_for_is_a_profile_or_an_error(
    document: object, names: list[str], numeric: bool
) -> None:
    options = {"numeric": tuple(names)} if numeric else {"categorical": tuple(names)}
    assert_profile_or_kldiv_error(json.dumps([document, document]).encode(), "f.json", **options)


@fuzzed
@given(st.lists(JSON, min_size=1, max_size=5))
@example([{"x": 1}, 3])
@example([3, {"x": 1}])
@example([{"x": 1}, [1]])
@example([{}, {}])
@example([{"x": {}}, {"x": 1}])
def test_any_ndjson_is_a_profile_or_an_error(documents: list[object]) -> None:
    assert_profile_or_kldiv_error("\n".join(map(json.dumps, documents)).encode(), "f.ndjson")


@fuzzed
@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsnINy \n\\u', max_size=60))
@example("[" * 100_000)
@example("[" * 100_000 + "]" * 100_000)
@example('{"a":' * 50_000)
@example("9" * 5_000)
@example("[1e999999999999]")
@example('"\\ud800"')
@example('{"\\ud800": 1, "b": 2}')
def test_text_like_json_is_a_profile_or_an_error(text: str) -> None:
    for name in ("f.json", "f.ndjson", "f"):
        assert_profile_or_kldiv_error(text.encode(), name)


RECORDS = "".join(f'{{"x": {i % 7}, "g": "l{i % 3}"}}\n' for i in range(20_000))


@settings(fuzzed, max_examples=20)
@given(st.integers(0, len(RECORDS)), st.text(alphabet='{}[]",:019.exg \n', min_size=1, max_size=10))
def test_rubbish_anywhere_in_long_ndjson_is_a_profile_or_an_error(place: int, rubbish: str) -> None:
    assert_profile_or_kldiv_error((RECORDS[:place] + rubbish + RECORDS[place:]).encode(), "f.ndjson")


@st.composite
def numpy_arrays(draw: st.DrawFn) -> np.ndarray:
    kind = draw(st.sampled_from(["f8", "f2", ">i4", "u1", "?", "c16", "M8[D]", "M8[ns]", "M8[Y]", "m8[s]", "U3", "S3"]))
    shape = draw(st.sampled_from([(), (0,), (1,), (3,), (2, 2), (0, 2), (2, 0), (1, 1, 1)]))
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    if kind == "U3":
        return np.array(["a", "b", "NA"] * 4)[: int(np.prod(shape))].reshape(shape)
    return np.frombuffer(draw(st.binary(min_size=size, max_size=size)), dtype=kind).reshape(shape)


@fuzzed
@given(numpy_arrays(), AS)
@pytest.mark.filterwarnings("error")
def test_any_npy_is_a_profile_or_an_error(array: np.ndarray, as_: str) -> None:
    stream = io.BytesIO()
    np.save(stream, array)
    assert_profile_or_kldiv_error(stream.getvalue(), "f.npy", as_=as_)


def saved(**arrays: object) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def npy(array: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


GOOD = {
    "f.npy": npy(np.arange(20.0)),
    "f.npz": saved(x=np.arange(5.0), g=np.array(list("abcde"))),
    "f.csv.gz": gzip.compress(b"x,y\n1,2\n3,4\n" * 30, mtime=0),
    "f.csv.bz2": bz2.compress(b"x,y\n1,2\n3,4\n" * 30),
    "f.csv.xz": lzma.compress(b"x,y\n1,2\n3,4\n" * 30),
    "f.json": b'{"edges": [0, 1, 2], "counts": [3, 4]}',
    "f.csv": b'x,"g"\n1,"a"\n2.5,"b,c"\nNA,""\n',
    "f.txt": b"      3 a\n     12 b\n",
}


@settings(fuzzed, max_examples=100)
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_a_damaged_file_is_a_profile_or_an_error(name: str, data: st.DataObject) -> None:
    content = bytearray(GOOD[name])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(content))))
    assert_profile_or_kldiv_error(bytes(content[:cut]), name)


@fuzzed
@given(st.text(alphabet='0123456789abn:,./eE+-=[]{}" \\i', max_size=30), AS)
@example("1e308,1e308", "auto")
@example("1e308:1,-1e308:2", "auto")
@example("5e-324,1", "auto")
@example("1/1e-320,1", "auto")
@example("1e999/1e999,1", "auto")
@example(":,:", "auto")
@example("=,=", "auto")
@example("a=b=1,2", "auto")
@example("[1,2]:x", "auto")
@example("-:", "auto")
@example("{}", "samples")
@example('{"a":1}', "samples")
def test_anything_typed_is_a_profile_or_an_error(text: str, as_: str) -> None:
    if text == "-" or text.startswith("-:") or "=-" in text:
        text = f"1,{text}"  # stdin is not for this test
    assert_typed(text, as_=as_)


@fuzzed
@given(st.text(max_size=12))
def test_anything_at_all_typed_is_a_profile_or_an_error(text: str) -> None:
    if "-" in text:
        text = text.replace("-", "_")
    assert_typed(text)


PYTHON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=3),
        st.binary(max_size=3),
        st.decimals(),
        st.fractions(),
        st.complex_numbers(),
        st.datetimes(),
        st.timedeltas(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.tuples(inner, inner), st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@fuzzed
@given(PYTHON, AS)
@example([10**400, 1], "auto")
@example({"a": 10**400}, "auto")
@example([1, None], "counts")
@example([[1, 2], [3]], "auto")
@example([1, "a"], "auto")
@example([1 + 2j], "auto")
@example([b"a", b"\xff"], "auto")
def test_any_python_object_is_a_profile_or_an_error(data: object, as_: str) -> None:
    if isinstance(data, str):
        data = [data]
    options = ReadOptions(as_=as_)
    with no_hang():
        try:
            spec = SourceSpec("P", "inline", "", options=options)
            profile = profile_of(interpreted(table_from_python(data, "P"), spec), options)
        except KldivError as fault:
            assert fault.remedy.strip()
            return
    assert_sound(profile)
