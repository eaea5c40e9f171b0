"""The small reader (csv module, typing rule) and the large one (pandas) agree to the bit, or the large one passes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, Profile
from kldiv_cli.errors import KldivError
from kldiv_cli.sources import fast_rows
from kldiv_cli.sources.batch import Labels, Numbers
from kldiv_cli.sources.delimited import block_of_rows
from kldiv_cli.sources.fast_rows import BlockParser
from kldiv_cli.sources.layout import Layout
from kldiv_cli.sources.row_blocks import FIRST_BLOCK, decoded
from kldiv_cli.sources.table import Kind, cell_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kldiv_cli.sources.batch import Cells

    Read = Callable[..., Profile]

PLAIN = {
    "whole numbers": "1\n2\n-3\n+4\n",
    "floats": "0.1\n2.5\n-3.25\n1e3\n",
    "floats of 17 digits": "0.30000000000000004\n1.7976931348623157e308\n2.2250738585072014e-308\n",
    "floats half-way between two": "9007199254740993\n9007199254740992.5\n1.00000000000000011102230246251565\n",
    "more digits than a float holds": "0.1000000000000000055511151231257827021181583404541015625\n" + "1" * 400 + "\n",
    "many digits behind the point": "0." + "3" * 400 + "\n123456789." + "9" * 300 + "\n",
    "many zeros behind the point": "0." + "0" * 330 + "1\n0." + "0" * 310 + "123456789\n",
    "the smallest floats": "5e-324\n2e-324\n3e-324\n1e-400\n4.9406564584124654e-324\n-1e-400\n",
    "the largest floats": "1.7976931348623157e308\n1.7976931348623159e308\n1e309\n-1e309\n1e400\n",
    "exponents": "1e5\n1E5\n1e+5\n1e-5\n1.5e300\n",
    "exponents with leading zeros": "1e05\n1e-05\n1E+007\n1e00\n",
    "exponents of a thousand digits": "1e" + "9" * 30 + "\n1e-" + "9" * 30 + "\n0e" + "9" * 30 + "\n",
    "exponents with leading zeros and a point": "1.e05\n.5e-07\n2.5E+00\n",
    "bare points": "5.\n.5\n-.5\n+.5\n0.\n",
    "zeros": "0\n-0\n+0\n0.0\n-0.0\n0e5\n-0e-5\n",
    "zeros with leading zeros": "00\n0\n",
    "leading zeros": "01\n2\n",
    "leading zeros behind a sign": "-01\n2\n",
    "leading zeros before a point": "00.5\n2\n",
    "a leading zero in another column": "1,007\n2,3\n",
    "zeros inside numbers": "100\n1001\n10.01\n1.001\n20e10\n",
    "infinities": "inf\n-inf\n+inf\n1\n",
    "long infinities": "Infinity\n-Infinity\n+infinity\n",
    "loud infinities": "INF\nINFINITY\nInf\n-INF\n",
    "half an infinity": "infi\ninfin\n",
    "nan": "nan\nNaN\n1\n",
    "signed nan": "-nan\n+nan\n1\n",
    "loud nan": "NAN\n1\n",
    "odd nan": "Nan\nnAn\n",
    "a nan with a payload": "nan(1)\n1\n",
    "missing": "NA\nnull\nNone\n\n1\n",
    "other words for missing": "N/A\nn/a\nNULL\n#N/A\n<NA>\n-1.#IND\n1.#QNAN\n",
    "words that only pandas takes for missing": "na\nnone\n#N/A N/A\n#NA\n-NaN\n-nan\n1.#IND\n",
    "missing with blanks": " NA \n\tnull\n 1\n",
    "blanks": " 1\n2 \n 3 \n\t4\n",
    "blanks alone": " \n  \n1\n",
    "odd blanks": "\u00a01\n2\u2003\n\u20093\n",
    "vertical blanks": "1\x0b\n\x0c2\n\x1c3\n\x854\n",
    "empty lines in one column": "1\n\n\n2\n",
    "empty lines in two columns": "1,2\n\n3,4\n\n",
    "blank lines in two columns": "1,2\n  \n3,4\n",
    "empty cells": ",\n1,\n,2\n",
    "CRLF": "1,2\r\n3,4\r\n",
    "CRLF in one column": "1\r\n2\r\n",
    "CRLF and empty lines": "1\r\n\r\n2\r\n",
    "CRLF and LF": "1\r\n2\n3\r\n",
    "a lone CR": "1\r2\r\n3\n",
    "CR at the end": "1\n2\r",
    "CR twice": "1\r\r\n2\n",
    "no last line end": "1,2\n3,4",
    "no last line end after a delimiter": "1,2\n3,",
    "one cell": "1",
    "one empty line": "\n",
    "quotes": '"1"\n2\n',
    "quotes around a delimiter": '"1,2",3\n4,5\n',
    "quotes in quotes": '"a""b"\nc\n',
    "quotes inside a cell": 'a"b\nc\n',
    "quotes around a line end": '"a\nb"\nc\n',
    "a quote that is never closed": '"a\nb\n',
    "single quotes": "'1'\n'2'\n",
    "a backslash": "\\n\n\\\n1\n",
    "a backslash before a delimiter": "a\\,b\nc,d\n",
    "hexadecimal": "0x10\n1\n",
    "hexadecimal floats": "0x1p3\n1\n",
    "binary and octal": "0b1\n0o7\n",
    "underscores": "1_000\n1\n",
    "thousands with blanks": "1 000\n1\n",
    "letters behind": "1f\n1L\n1d5\n1D5\n",
    "letters before": "$1\n€2\n#3\n",
    "percent": "1%\n2%\n",
    "broken exponents": "1e\n1e+\ne5\n",
    "two points": "1.2.3\n1\n",
    "two signs": "--1\n+-1\n",
    "a sign behind": "1-\n1+\n",
    "signs alone": "+\n-\n.\n",
    "brackets": "(1)\n[1]\n",
    "digits of other scripts": "١\n２\n²\n",
    "a minus of typographers": "−1\n1\n",
    "zero bytes": "1\x00\n2\n",
    "a byte order mark": "\ufeff1\n2\n",
    "a zero-width blank": "1\u200b\n2\n",
    "ragged short": "1,2\n3\n",
    "ragged long": "1,2\n3,4,5\n",
    "ragged both ways": "1,2\n3\n4,5,6\n",
    "ragged in one column": "1\n2,3\n",
    "rows that swap their delimiters": "1,2\n3,4,5\n6\n7,8\n",
    "delimiters at the end": "1,2,\n3,4,\n",
    "delimiters at the end of one": "1,\n2,\n",
    "delimiters alone": ",\n,\n",
    "labels": "a\nb\na\n",
    "labels with blanks": " a \na\n a\nb c\n",
    "labels with tabs": "a\tb\n\ta\n",
    "labels of other scripts": "北京\nZürich\nкот\n",
    "labels that differ in their form": "é\ne\u0301\n",
    "labels that differ in case": "a\nA\n",
    "labels with leading zeros": "01234\n1234\n",
    "labels like numbers": "1\n1.0\n1e0\n 1\n",
    "labels with hashes": "#a\na#b\n",
    "booleans": "true\nfalse\nTrue\nTRUE\n",
    "yes and no": "yes\nno\ny\nn\n",
    "dates": "2024-01-31\n1969-12-31\n",
    "dates with times": "2024-01-31T12:30\n2024-01-31 12:30:59.123456\n2024-01-31T12:30:59+02:00\n",
    "dates that cannot be": "2024-02-30\n2024-01-01\n",
    "dates with blanks": " 2024-01-31 \n2024-01-31\n",
    "dates and missing": "2024-01-31\nNA\n\n",
    "far dates": "0001-01-01\n9999-12-31\n",
    "numbers and labels": "1,a\n2,b\n3,a\n",
    "numbers and dates": "1,2024-01-31\n2,2024-02-01\n",
    "numbers and missing labels": "1,\n2,NA\n3,a\n",
    "an identifier beside numbers": "".join(f"{i},u{i}\n" for i in range(50)),
    "U+2028 inside a label": "a\u2028b\nc\n",
    "bytes that are no UTF-8": b"a\n\xff\n",
    "bytes that are no UTF-8 beside numbers": b"1,\xc4\n2,b\n",
    "half a character": b"a\n\xe5\x8c\n",
    "an overlong slash": b"\xc0\xaf\nb\n",
    "a surrogate in bytes": b"\xed\xa0\x80\nb\n",
}
KINDS = {"n": Kind.NUMERIC, "l": Kind.LABEL, "d": Kind.INSTANT}
READ_FAST = (
    "whole numbers",
    "floats",
    "floats of 17 digits",
    "exponents",
    "zeros",
    "CRLF",
    "labels",
    "missing",
)
"""Files that the large reader must take on: else it would agree by never reading."""

quiet = pytest.mark.filterwarnings("ignore:The 'float_precision' argument:DeprecationWarning")


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def layout_of(
    kinds: Sequence[Kind], *, na_values: tuple[str, ...] = (), delimiter: str = ",", gaps: Iterable[str] = ()
) -> Layout:
    names = tuple(f"c{i}" for i in range(len(kinds)))
    rule = cell_rule(na_values, ".")
    of_names = dict(zip(names, kinds, strict=True))
    return Layout("t", "delimited", delimiter, names, of_names, rule, frozenset(), True, frozenset(), set(gaps))


def shown(cells: Cells) -> tuple[object, ...]:
    """What can be told apart: bits of numbers, text of labels."""
    if isinstance(cells, Numbers):
        bits = cells.values.astype(np.float64).view(np.uint64).tolist()
        missing = np.isnan(cells.values).tolist()
        return ("numbers", cells.instants, *(None if gone else bit for gone, bit in zip(missing, bits, strict=True)))
    assert isinstance(cells, Labels)
    return ("labels", *(None if code < 0 else cells.names[code] for code in cells.codes.tolist()))


def by_text(block: bytes, layout: Layout, wanted: Sequence[str]) -> dict[str, object]:
    rows = layout.rows(decoded(block, "t", 0), 0)
    columns = {name: shown(cells) for name, cells in layout.typed_columns(rows, wanted).items()}
    return {**columns, "rows": rows.number}


def assert_agreement(block: bytes, layout: Layout, wanted: Sequence[str], parser: BlockParser | None = None) -> bool:
    """Whether the large reader took the block on; if it did, it read what the small one reads."""
    try:
        expected: dict[str, object] | KldivError = by_text(block, layout, wanted)
    except KldivError as fault:
        expected = fault
    try:
        batch = (parser or BlockParser(layout, wanted)).parsed(block)
    except KldivError as fault:
        assert isinstance(expected, KldivError)
        assert str(fault) == str(expected)
        return True
    if batch is None:
        return False
    assert not isinstance(expected, KldivError), f"the small reader refuses it: {expected}"
    found = {**{name: shown(cells) for name, cells in batch.columns.items()}, "rows": batch.rows}
    assert found == expected
    return True


@quiet
@pytest.mark.parametrize("name", PLAIN)
def test_both_readers_read_the_same_or_the_large_one_passes(name: str) -> None:
    block = as_bytes(PLAIN[name])
    for kinds in ("n", "l", "d", "nn", "nl", "ln", "ll", "nd", "dd", "nln"):
        layout = layout_of([KINDS[kind] for kind in kinds])
        assert_agreement(block, layout._replace(gaps=set(layout.names)), layout.names)
        for wanted in (layout.names, layout.names[:1], layout.names[-1:]):
            took_it = assert_agreement(block, layout, wanted)
            if name in READ_FAST and kinds == ("l" if name == "labels" else "nn" if name == "CRLF" else "n"):
                assert took_it, "the large reader passes on what it was made for"


def quoted(text: str, every: int) -> bytes:
    """The same with quotes around every cell, or every second or third."""
    lines = text.split("\n")
    cells = [
        [f'"{cell}"' if (at + place) % every == 0 else cell for place, cell in enumerate(line.rstrip("\r").split(","))]
        for at, line in enumerate(lines[:-1])
    ]
    return "\n".join([*map(",".join, cells), lines[-1]]).encode()


@quiet
@pytest.mark.parametrize("name", [name for name, text in PLAIN.items() if isinstance(text, str) and '"' not in text])
def test_both_readers_agree_on_quoted_cells(name: str) -> None:
    for every in (1, 2, 3):
        block = quoted(PLAIN[name], every)
        for kinds in ("n", "l", "nl", "ln", "dl"):
            layout = layout_of([KINDS[kind] for kind in kinds])
            for wanted in (layout.names, layout.names[:1]):
                assert_agreement(block, layout, wanted)


@pytest.mark.parametrize(
    ("block", "taken"),
    [
        (b'"a, b",1\n"c",2\n', True),
        (b'1,"a, b"\r\n2,"c, d, e"\r\n', True),
        (b'"","1"\n', True),
        (b'"a""b",1\n', False),
        (b'"a\nb",1\n', False),
        (b'"a" ,1\n', False),
        (b'a"b",1\n', False),
        (b'"007",1\n"008",2\n', True),
        (b'1,"007"\n', False),
    ],
)
def test_the_large_reader_takes_quotes_around_whole_cells(block: bytes, taken: bool) -> None:
    kinds = [Kind.LABEL, Kind.NUMERIC] if not block.startswith(b'1,"a') else [Kind.NUMERIC, Kind.LABEL]
    assert assert_agreement(block, layout_of(kinds), ("c0", "c1")) is taken


@quiet
@pytest.mark.parametrize("name", PLAIN)
def test_both_readers_agree_with_further_words_for_missing(name: str) -> None:
    for words in (("1",), ("a", "?"), ("0", "-0"), ("inf",), ("1.0",), ("2024-01-31",), ("nan(1)", "NAN")):
        for kinds in ("n", "l", "d"):
            layout = layout_of([KINDS[kind] for kind in kinds], na_values=words)
            assert_agreement(as_bytes(PLAIN[name]), layout, layout.names)


@quiet
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", " ", ":", "e", "0", ".", "-", "n", "§", "#", "'"])
@pytest.mark.parametrize("kinds", ["nn", "ll", "nl"])
def test_both_readers_agree_with_any_delimiter(delimiter: str, kinds: str) -> None:
    layout = layout_of([KINDS[kind] for kind in kinds], delimiter=delimiter)
    for text in ("1,2\n3,4\n", "a,1\n b ,2\n", "1, 2\n3 ,4\n", "1,\n,2\n", " ,1\n", "1.5,1e5\n-1,+1\n"):
        assert_agreement(text.replace(",", delimiter).encode(), layout, layout.names)


def test_a_block_is_what_one_of_the_readers_reads() -> None:
    layout = layout_of([Kind.LABEL, Kind.LABEL])
    batch, lines = block_of_rows(b'"a,b",c\nd,e\n', BlockParser(layout, layout.names), layout, layout.names, 0)
    assert lines == 2
    assert {name: shown(cells) for name, cells in batch.columns.items()} == {
        "c0": ("labels", "a,b", "d"),
        "c1": ("labels", "c", "e"),
    }


CELLS = st.one_of(
    st.floats().map(repr),
    st.floats().map("{:.17g}".format),
    st.floats().map("{:e}".format),
    st.integers().map(str),
    st.decimals(allow_nan=False, places=25, min_value=-(10**20), max_value=10**20).map(str),
    st.from_regex(r"[+-]?[0-9]{0,22}\.?[0-9]{0,22}([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["", " ", "NA", "nan", "NaN", "null", "None", "inf", "-inf", "Infinity", "NAN", "a", "b", " a "]),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.text(alphabet="0123456789+-.eEnNaAiIfFxX_ \t'#\\\"", max_size=8),
    st.text(alphabet=st.characters(exclude_characters="\n,", exclude_categories=("Cs",)), max_size=6),
)
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n"])


@st.composite
def blocks(draw: Callable[..., object]) -> tuple[bytes, str]:
    """Rows of cells, sometimes ragged, with any line ends, and the kinds of their columns."""
    kinds = draw(st.text(alphabet="nld", min_size=1, max_size=3))
    rows = draw(st.lists(st.lists(CELLS, min_size=len(kinds), max_size=len(kinds)), min_size=1, max_size=6))
    if draw(st.integers(0, 9)) == 0:
        rows[draw(st.integers(0, len(rows) - 1))] = draw(st.lists(CELLS, max_size=4))
    end = draw(ENDS)
    text = end.join(",".join(row) for row in rows) + draw(st.sampled_from([end, end, ""]))
    return (text or "\n").encode(), kinds


NUMBER_CELLS = st.one_of(
    st.floats(allow_nan=False).map(repr),
    st.floats(allow_nan=False).map("{:.20e}".format),
    st.from_regex(r"[+-]?(0|[1-9][0-9]{0,30})(\.[0-9]{0,40})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"[+-]?\.[0-9]{1,40}([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["", "NA", "nan", "NaN", "inf", "-inf", "INF", "Infinity"]),
)


@quiet
@settings(deadline=None, derandomize=True, max_examples=100, suppress_health_check=list(HealthCheck))
@given(blocks())
def test_both_readers_agree_on_whatever_comes(block: tuple[bytes, str]) -> None:
    content, kinds = block
    layout = layout_of([KINDS[kind] for kind in kinds])
    assert_agreement(content, layout, layout.names)


@quiet
@settings(deadline=None, derandomize=True, max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.lists(NUMBER_CELLS, min_size=1, max_size=30))
def test_both_readers_round_every_number_alike(cells: list[str]) -> None:
    layout = layout_of([Kind.NUMERIC])
    assert_agreement("".join(f"{cell}\n" for cell in cells).encode(), layout, layout.names)


@quiet
@settings(deadline=None, derandomize=True, max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.binary(min_size=1, max_size=40), st.text(alphabet="nld", min_size=1, max_size=3))
def test_both_readers_agree_on_any_bytes(content: bytes, kinds: str) -> None:
    layout = layout_of([KINDS[kind] for kind in kinds])
    assert_agreement(content, layout, layout.names)


@quiet
@settings(deadline=None, derandomize=True, max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.text(alphabet='01e+-.n,\r\n a"', min_size=1, max_size=25), st.text(alphabet="nld", min_size=1, max_size=3))
def test_both_readers_agree_on_tangles_of_what_matters(content: str, kinds: str) -> None:
    layout = layout_of([KINDS[kind] for kind in kinds])
    assert_agreement(content.encode(), layout, layout.names)


@st.composite
def blocks_in_turn(draw: Callable[..., object]) -> tuple[list[bytes], str, list[str]]:
    """Blocks of one table, each of whole rows, the kinds of its columns, and which of them are wanted."""
    kinds = draw(st.text(alphabet="nld", min_size=1, max_size=3))
    plain = {"n": st.integers().map(str), "l": st.sampled_from(["a", "1", "1.0", "true"]), "d": st.dates().map(str)}
    cells = [draw(st.sampled_from([plain[kind], st.one_of(plain[kind], CELLS)])) for kind in kinds]
    row = st.tuples(*cells).map(",".join)
    found = [draw(st.lists(row, min_size=1, max_size=5)) for _ in range(draw(st.integers(2, 6)))]
    content = [("\n".join(rows) + "\n").encode() for rows in found]
    if draw(st.booleans()):
        content[-1] = content[-1].removesuffix(b"\n") or b"\n"
    names = [f"c{i}" for i in range(len(kinds))]
    return content, kinds, draw(st.lists(st.sampled_from(names), min_size=1, unique=True))


@quiet
@settings(deadline=None, derandomize=True, max_examples=100, suppress_health_check=list(HealthCheck))
@given(blocks_in_turn(), st.sets(st.sampled_from(["c0", "c1", "c2"])))
def test_one_parser_reads_block_after_block_as_if_it_were_the_first(
    table: tuple[list[bytes], str, list[str]], gaps: set[str]
) -> None:
    content, kinds, wanted = table
    layout = layout_of([KINDS[kind] for kind in kinds], gaps=gaps & {f"c{i}" for i in range(len(kinds))})
    parser = BlockParser(layout, wanted)
    for block in content:
        assert_agreement(block, layout, wanted, parser)


@quiet
def test_one_parser_goes_on_after_a_block_that_it_refused() -> None:
    layout = layout_of([Kind.NUMERIC, Kind.LABEL])
    parser = BlockParser(layout, layout.names)
    plain = b"1,a\n2,b\n"
    for odd in (
        b"1,a\n2\n",
        b"x,a\n",
        b"NA,a\n",
        b"007,a\n",
        b",\n",
        b'"1","a\nb"\n',
        b"1,\xff\n",
        b"NAN,a\n",
        b"1,true\n",
    ):
        assert assert_agreement(plain, layout, layout.names, parser)
        assert_agreement(odd, layout, layout.names, parser)
    assert assert_agreement(plain, layout, layout.names, parser)


@quiet
@settings(deadline=None, derandomize=True, max_examples=80, suppress_health_check=list(HealthCheck))
@given(
    st.text(alphabet="0017+-.e,\n a", min_size=1, max_size=40), st.integers(1, 9), st.sampled_from(["n", "nn", "nl"])
)
def test_wherever_a_window_ends_the_readers_agree(content: str, window: int, kinds: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_rows, "_WINDOW", window)
        layout = layout_of([KINDS[kind] for kind in kinds])
        assert_agreement(content.encode(), layout, layout.names)


@pytest.mark.parametrize("shift", range(-4, 4))
def test_a_leading_zero_is_seen_across_the_end_of_a_window(shift: int) -> None:
    """Every row is as long as the next: in one of these the zero lies just before the end, in one just behind."""
    window = fast_rows._WINDOW
    start = b"7" * (window + shift - 1) + b"\n"
    assert BlockParser(layout_of([Kind.NUMERIC]), ("c0",)).parsed(start + b"07\n8\n") is None
    assert BlockParser(layout_of([Kind.NUMERIC]), ("c0",)).parsed(start + b"-07\n8\n") is None
    assert BlockParser(layout_of([Kind.NUMERIC]), ("c0",)).parsed(start + b"70\n-8\n") is not None


def test_the_readers_agree_on_a_hundred_thousand_random_floats() -> None:
    generator = np.random.default_rng(7)
    values = generator.integers(0, 2**64, size=100_000, dtype=np.uint64).view(np.float64)
    values = values[np.isfinite(values)]
    block = "".join(f"{value!r}\n" for value in values.tolist()).encode()
    batch = BlockParser(layout_of([Kind.NUMERIC]), ("c0",)).parsed(block)
    assert batch is not None
    assert batch.columns["c0"].values.tobytes() == values.tobytes()


def test_a_long_file_and_its_rows_one_by_one_give_the_same_summary(read: Read) -> None:
    """The same cells below and above the length from which pandas reads."""
    cells = [
        "0.1,a,2024-01-31",
        "1e-5,b,2024-02-01",
        "NA, a ,NA",
        "-0.0,NA,2024-01-31T12:00",
        "inf,c,",
        "5e-324,a,2024-01-31",
    ]
    short = read("x,g,d\n" + "\n".join(cells) + "\n")
    long = read("x,g,d\n" + ("\n".join(cells) + "\n") * 20_000)
    assert long.rows == 20_000 * short.rows
    for name, summary in short.columns.items():
        other = long.columns[name]
        assert other.missing == 20_000 * summary.missing
        assert other.counts.tolist() == (20_000 * summary.counts).tolist()
        if isinstance(summary, NumericSummary):
            assert isinstance(other, NumericSummary)
            assert other.values.tobytes() == summary.values.tobytes()
            assert other.non_finite == 20_000 * summary.non_finite
        else:
            assert isinstance(other, CategoricalSummary)
            assert other.labels == summary.labels


@pytest.mark.parametrize(
    "labels", [("true", "false"), ("1", "1.0", "01"), ("+1", "1e0"), ("inf", "INF"), ("0x1", "1_0")]
)
def test_labels_keep_their_spelling_to_the_end_of_a_long_file(labels: tuple[str, ...], read: Read) -> None:
    profile = read("g,x\n" + "".join(f"{label},1\n" for label in labels) * 60_000, categorical=("g",))
    assert profile.columns["g"].labels == tuple(sorted(labels))
    assert profile.columns["g"].counts.tolist() == [60_000.0] * len(labels)


@pytest.mark.parametrize("word", ["true", "FALSE"])
@pytest.mark.one_in(2)
def test_a_word_for_truth_far_down_is_no_number(word: str, read: Read) -> None:
    first_block = "x\n" + "7\n" * (FIRST_BLOCK // 2 - 1)
    profile = read(first_block + f"{word}\n" * 1_000)
    assert isinstance(profile.columns["x"], CategoricalSummary)
    assert profile.columns["x"].labels == tuple(sorted(("7", word)))


def test_pandas_reads_the_later_rows_of_a_long_file(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the agreement would be idle."""
    taken: list[bool] = []
    original = BlockParser.parsed

    def watched(parser: BlockParser, block: bytes) -> object:
        batch = original(parser, block)
        taken.append(batch is not None)
        return batch

    monkeypatch.setattr(BlockParser, "parsed", watched)
    read("x,g\n" + "1.5,a\n" * 100_000)
    assert taken
    assert all(taken)


def test_a_short_file_needs_no_pandas() -> None:
    import subprocess

    with open("t.csv", "w") as file:
        file.write("x,g\n" + "1.5,a\n2.5,b\n" * 100)
    code = "import sys; from kldiv_cli.cli import run; run(['t.csv', 't.csv']); sys.exit('pandas' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=dict(os.environ))
    assert ended.returncode == 0, ended.stderr.decode()
