"""Long tables: pandas' C parser on a block of rows, where it provably reads what the typing rule reads.

A block is refused (None) wherever the two could differ: quotes within cells, lone carriage returns, zero bytes, rows
of another length, a number with a leading zero, an odd spelling of NaN, a cell that is no number. The caller then reads
the text.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from kldiv_cli.sources.batch import Batch, Cells, Labels, Numbers
from kldiv_cli.sources.table import Kind, Misfit, typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from pandas.io.parsers import TextFileReader

    from kldiv_cli.core.arrays import Indices, Vector
    from kldiv_cli.sources.layout import Layout

    Bytes: TypeAlias = NDArray[np.uint8]

_BOM = b"\xef\xbb\xbf"
_NAN_WORDS = re.compile(rb"(?i)[+-]?nan")
_TRUTH = re.compile(rb"(?i)true|false")
_KNOWN_NAN = {b"nan", b"NaN"}
_WINDOW = 1 << 17
"""Bytes looked at together: they stay in a processor's cache."""


class BlockParser:
    """One parser for the blocks of a table: it keeps its memory from block to block.

    Parameters
    ----------
    layout : Layout
    wanted : sequence of str
        Names of the columns that are asked for.
    """

    def __init__(self, layout: Layout, wanted: Sequence[str]) -> None:
        self._layout = layout
        self._indices = [i for i, name in enumerate(layout.names) if name in wanted]
        self._numeric = [i for i in self._indices if layout.kinds[layout.names[i]] is Kind.NUMERIC]
        self._labels = set(self._indices) - set(self._numeric)
        self._feed = Feed()
        self._reader: TextFileReader | None = None
        self._as_text: set[int] = set()
        """Columns of labels like numbers: pandas would make numbers of the categories, so they are read as objects."""
        self._able = (
            layout.style == "delimited"
            and layout.rule.decimal == "."
            and len(layout.delimiter) == 1
            and layout.delimiter.isascii()
            # a number that means missing: pandas compares its value, the rule its text
            and not any(layout.rule.is_number(word) for word in layout.rule.missing)
        )

    def parsed(self, block: bytes) -> Batch | None:
        """Batch of the wanted columns, or None where only the text can tell."""
        layout, numeric = self._layout, self._numeric
        if not self._able or not _plain(block):
            return None
        content = np.frombuffer(block, dtype=np.uint8)
        quotes = np.flatnonzero(content == ord('"')) if b'"' in block else None
        if quotes is not None and not _regular(quotes, content, layout.delimiter):
            return None
        rows = _count(content, "\n") + (not block.endswith(b"\n"))
        if not self._even(content, rows, quotes) or self._has_leading_zero(content, quotes):
            return None
        frame = self._frame(block, rows)
        if frame is None:
            return None
        if layout.gaps and any(bool(frame[i].isna().any()) for i in numeric) and _odd_nan(block):
            return None
        if any(_only_truth(frame[i]) for i in numeric) and _TRUTH.search(block):
            return None  # to pandas a column of true and false is one of 1 and 0
        try:
            return Batch({layout.names[i]: _cells(frame[i], layout, i) for i in self._indices}, rows)
        except Misfit:
            return None

    def _even(self, content: Bytes, rows: int, quotes: Indices | None) -> bool:
        """Whether every row is as long as the header; else pandas fills the short ones in silence.

        It refuses rows that are too long where it reads all columns: then the number of delimiters tells the rest.
        """
        if quotes is not None or len(self._indices) < len(self._layout.names):
            return _even_rows(content, self._layout, quotes)
        return _count(content, self._layout.delimiter) == rows * (len(self._layout.names) - 1)

    def _has_leading_zero(self, content: Bytes, quotes: Indices | None) -> bool:
        """Whether a number begins as 007 does, which is a label by the rule; in columns of labels it may."""
        if not self._numeric:
            return False
        places = _leading_zeros(content, self._layout.delimiter)
        if not places.size:
            return False
        breaks = np.flatnonzero((content == ord(self._layout.delimiter)) | (content == ord("\n")))
        if quotes is not None:
            breaks = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
        columns = np.searchsorted(breaks, places) % len(self._layout.names)
        return bool(np.isin(columns, self._numeric).any())

    def _frame(self, block: bytes, rows: int) -> pd.DataFrame | None:
        """What pandas makes of the block; to look for missing cells takes time, so first without."""
        layout = self._layout
        numbers = {layout.names[i] for i in self._numeric}
        frame = None if numbers & layout.gaps else self._read(block, rows)
        if frame is None:
            if not numbers & layout.gaps:
                layout.gaps.update(numbers)
            frame = self._read(block, rows)
        altered = set() if frame is None else {i for i in self._labels - self._as_text if not _are_texts(frame[i])}
        if altered:
            self._as_text |= altered
            self._reader = None
            return self._read(block, rows)
        return frame

    def _read(self, block: bytes, rows: int) -> pd.DataFrame | None:
        self._feed.block = block
        try:
            if self._reader is None:
                types: dict[int, Any] = dict.fromkeys(self._labels - self._as_text, "category")
                types |= dict.fromkeys(self._as_text, object) | dict.fromkeys(self._numeric, np.float64)
                self._reader = _text_reader(self._feed, self._layout, types, self._numeric)
            return self._reader.get_chunk(rows)
        except (ValueError, OverflowError, StopIteration):
            self._reader = None  # pandas' ParserError is a ValueError: the text reader says what is wrong, and where
            return None


class Feed(io.RawIOBase):
    """Gives out a block in one piece: to be asked for every 256 KB would wait for the other threads each time."""

    def __init__(self) -> None:
        self.block = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, _size: int = -1) -> bytes:
        """Return all there is."""
        block, self.block = self.block, b""
        return block


def _text_reader(feed: Feed, layout: Layout, types: dict[int, Any], numeric: list[int]) -> TextFileReader:
    import pandas as pd

    missing: dict[Any, list[str]] = {i: sorted(layout.rule.missing) for i in numeric}
    return pd.read_csv(
        feed,
        sep=layout.delimiter,
        header=None,
        usecols=None if len(types) == len(layout.names) else sorted(types),
        dtype=types,
        na_values=missing,
        keep_default_na=False,
        na_filter=any(layout.names[i] in layout.gaps for i in numeric),
        skip_blank_lines=False,
        engine="c",
        encoding="utf-8",
        low_memory=False,
        iterator=True,
        **_exact_floats(pd.__version__),
    )


def _count(content: Bytes, character: str) -> int:
    windows = (content[start : start + _WINDOW] for start in range(0, content.size, _WINDOW))
    return sum(int(np.count_nonzero(window == ord(character))) for window in windows)


def _cells(column: pd.Series, layout: Layout, index: int) -> Cells:
    kind = layout.kinds[layout.names[index]]
    if kind is Kind.NUMERIC:
        return Numbers(column.to_numpy(dtype=np.float64))
    codes: Any
    if column.dtype == object:
        import pandas as pd

        codes, objects = pd.factorize(column.to_numpy())
        spelled = [str(cell) for cell in objects]
    else:
        codes, spelled = column.cat.codes.to_numpy(dtype=np.intp), column.cat.categories.to_numpy(dtype=object).tolist()
    cells = typed(spelled, kind, layout.rule)
    if isinstance(cells, Numbers):
        return Numbers(cells.values[codes], instants=True)
    return Labels(cells.codes[codes], cells.names)


def _exact_floats(version: str) -> dict[str, Any]:
    """Pandas before 3.1 rounds the last digit of many floats unless told not to; later ones warn when told."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return {} if (major, minor) >= (3, 1) else {"float_precision": "round_trip"}


def _are_texts(column: pd.Series) -> bool:
    """Whether the categories are still the texts that stood in the block."""
    categories = column.cat.categories
    if categories.dtype == object:
        return all(isinstance(category, str) for category in categories.tolist())
    return categories.dtype.kind == "O"  # pandas' own type of texts


def _only_truth(column: pd.Series) -> bool:
    values = column.to_numpy(dtype=np.float64)
    return _is_truth(values[:1]) and _is_truth(values)


def _is_truth(values: Vector) -> bool:
    return bool(((values == 0.0) | (values == 1.0) | np.isnan(values)).all())


def _plain(block: bytes) -> bool:
    """Whether nothing in the block is read otherwise by pandas: zero bytes, lone carriage returns, other encodings."""
    if b"\x00" in block or block.startswith(_BOM):
        return False
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
        return False
    return block.isascii() or _is_utf8(block)


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _regular(quotes: Indices, content: Bytes, delimiter: str) -> bool:
    """Whether quotes stand around whole cells alone, no quote and no line end within them."""
    if quotes.size % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    outer = np.frombuffer(f"\n{delimiter}".encode(), dtype=np.uint8)
    before = content[opening[opening > 0] - 1]
    after = content[closing[closing < content.size - 1] + 1]
    ends = np.flatnonzero(content == ord("\n"))
    within = np.searchsorted(quotes, ends) % 2
    return bool(np.isin(before, outer).all() and np.isin(after, (*outer, 13)).all() and not within.any())


def _even_rows(content: Bytes, layout: Layout, quotes: Indices | None) -> bool:
    """Whether every line has as many delimiters as the header: pandas fills and cuts rows in silence."""
    ends = np.flatnonzero(content == ord("\n"))
    if content[-1] != ord("\n"):
        ends = np.append(ends, content.size)
    separators = np.flatnonzero(content == ord(layout.delimiter))
    if quotes is not None:
        separators = separators[np.searchsorted(quotes, separators) % 2 == 0]
    each = len(layout.names) - 1
    if separators.size != ends.size * each:
        return False
    if each == 0:
        return True
    grid = separators.reshape(ends.size, each)
    return bool((grid[:, -1] < ends).all() and (grid[1:, 0] > ends[:-1]).all())


def _leading_zeros(content: Bytes, delimiter: str) -> Indices:
    """Places of the zeros with which a cell begins, after an optional sign, and that a digit follows."""
    begins = np.frombuffer(f' \t\n\r"{delimiter}'.encode(), dtype=np.uint8)
    found = [
        _first_zeros(content[max(start - 2, 0) : start + _WINDOW + 1], begins, start)
        for start in range(0, content.size, _WINDOW)
    ]
    return np.concatenate(found)


def _first_zeros(content: Bytes, begins: Bytes, start: int) -> Indices:
    """The same for a window that a processor's cache holds, with the two bytes before it unless it is the first."""
    if not start:
        content = np.concatenate([np.array([10, 10], dtype=np.uint8), content])
    found = content[2:-1] == ord("0")
    found &= (content[3:] - ord("0")) < 10  # unsigned: all else wraps around
    found &= (content[1:-2] - ord(".")) >= 12  # not after a point or a digit
    places: Indices = np.flatnonzero(found) + 2
    if not places.size:
        return places
    signed = np.isin(content[places - 1], (ord("+"), ord("-")))
    first = np.isin(content[places - 1], begins) | (signed & np.isin(content[places - 2], begins))
    return places[first] - 2 + start


def _odd_nan(block: bytes) -> bool:
    return b"nan" in block.lower() and bool(set(_NAN_WORDS.findall(block)) - _KNOWN_NAN)
