"""Long tables: pandas' C parser on a block of rows, where it provably reads what the typing rule reads.

A block is refused (None) wherever the two could differ: quotes, lone carriage returns, zero bytes, rows of another
length, a number with a leading zero, an odd spelling of NaN, a cell that is no number. The caller then reads the text.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from kldiv_cli.sources.batch import Batch, Cells, Labels, Numbers
from kldiv_cli.sources.table import Kind, Misfit, typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from kldiv_cli.sources.layout import Layout

_BOM = b"\xef\xbb\xbf"
_NAN_WORDS = re.compile(rb"(?i)[+-]?nan")
_TRUTH = re.compile(rb"(?i)true|false")
_KNOWN_NAN = {b"nan", b"NaN"}


def parsed(block: bytes, layout: Layout, wanted: Sequence[str]) -> Batch | None:
    """Batch of the wanted columns, or None where only the text can tell."""
    if layout.style != "delimited" or layout.rule.decimal != "." or not _plain(block, layout):
        return None
    if any(layout.rule.is_number(word) for word in layout.rule.missing):
        return None  # a number that means missing: pandas compares its value, the rule its text
    import pandas as pd

    indices = [i for i, name in enumerate(layout.names) if name in wanted]
    numeric = [i for i in indices if layout.kinds[layout.names[i]] is Kind.NUMERIC]
    types: dict[int, Any] = {i: np.float64 if i in numeric else str for i in indices}
    missing: dict[Any, list[str]] = {i: sorted(layout.rule.missing) for i in numeric}
    try:
        frame = pd.read_csv(
            io.BytesIO(block),
            sep=layout.delimiter,
            header=None,
            usecols=indices,
            dtype=types,
            na_values=missing,
            keep_default_na=False,
            skip_blank_lines=False,
            engine="c",
            encoding="utf-8",
            low_memory=False,
            **_exact_floats(pd.__version__),
        )
    except (
        ValueError,
        OverflowError,
    ):  # pandas' ParserError is a ValueError: the text reader says what is wrong, and where
        return None
    if any(bool(frame[i].isna().any()) for i in numeric) and _odd_nan(block):
        return None
    if any(_only_truth(frame[i]) for i in numeric) and _TRUTH.search(block):
        return None  # to pandas a column of true and false is one of 1 and 0
    try:
        return Batch({layout.names[i]: _cells(frame[i], layout, i) for i in indices}, len(frame))
    except Misfit:
        return None


def _cells(column: pd.Series, layout: Layout, index: int) -> Cells:
    kind = layout.kinds[layout.names[index]]
    if kind is Kind.NUMERIC:
        return Numbers(column.to_numpy(dtype=np.float64))
    import pandas as pd

    codes, spelled = pd.factorize(column.to_numpy(dtype=object))
    cells = typed([str(cell) for cell in spelled], kind, layout.rule)
    if isinstance(cells, Numbers):
        return Numbers(cells.values[codes], instants=True)
    return Labels(cells.codes[codes], cells.names)


def _exact_floats(version: str) -> dict[str, Any]:
    """Pandas before 3.1 rounds the last digit of many floats unless told not to; later ones warn when told."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return {} if (major, minor) >= (3, 1) else {"float_precision": "round_trip"}


def _only_truth(column: pd.Series) -> bool:
    return bool(((column == 0.0) | (column == 1.0) | column.isna()).all())


def _plain(block: bytes, layout: Layout) -> bool:
    if b'"' in block or b"\x00" in block or block.count(b"\r") != block.count(b"\r\n") or block.startswith(_BOM):
        return False
    if not block.isascii() and not _is_utf8(block):
        return False
    content = np.frombuffer(block, dtype=np.uint8)
    return _even_rows(content, layout) and not _leading_zero(content, layout.delimiter)


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _even_rows(content: np.typing.NDArray[np.uint8], layout: Layout) -> bool:
    """Whether every line has as many delimiters as the header: pandas fills and cuts rows in silence."""
    if len(layout.delimiter) != 1 or ord(layout.delimiter) > 127:
        return False
    ends = np.flatnonzero(content == ord("\n"))
    if content[-1] != ord("\n"):
        ends = np.append(ends, content.size)
    separators = np.flatnonzero(content == ord(layout.delimiter))
    each = len(layout.names) - 1
    if separators.size != ends.size * each:
        return False
    if each == 0:
        return True
    grid = separators.reshape(ends.size, each)
    return bool((grid[:, -1] < ends).all() and (grid[1:, 0] > ends[:-1]).all())


def _leading_zero(content: np.typing.NDArray[np.uint8], delimiter: str) -> bool:
    """Whether a cell begins, after an optional sign, with a zero and a digit, as in 007: a label by the rule."""
    padded = np.concatenate([np.array([10, 10], dtype=np.uint8), content])
    digits = (padded - ord("0")) < 10  # unsigned: all else wraps around
    places = np.flatnonzero((padded[2:-1] == ord("0")) & digits[3:] & ~digits[1:-2]) + 2
    begins = np.isin(padded, np.frombuffer(f" \t\n\r{delimiter}".encode(), dtype=np.uint8))
    signed = np.isin(padded[places - 1], (ord("+"), ord("-")))
    return bool((begins[places - 1] | (signed & begins[places - 2])).any())


def _odd_nan(block: bytes) -> bool:
    return bool(set(_NAN_WORDS.findall(block)) - _KNOWN_NAN)
