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

    from kldiv_cli.sources.delimited import Layout

_NAN_WORDS = re.compile(rb"(?i)[+-]?nan")
_KNOWN_NAN = {b"nan", b"NaN"}


def parsed(block: bytes, layout: Layout, wanted: Sequence[str]) -> Batch | None:
    """Batch of the wanted columns, or None where only the text can tell."""
    if layout.style != "delimited" or layout.rule.decimal != "." or not _plain(block, layout):
        return None
    import pandas as pd

    indices = [i for i, name in enumerate(layout.names) if name in wanted]
    numeric = [i for i in indices if layout.kinds[layout.names[i]] is Kind.NUMERIC]
    types: dict[int, Any] = {i: np.float64 if i in numeric else "category" for i in indices}
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
            float_precision="round_trip",
            encoding="utf-8",
            low_memory=False,
        )
    except (
        ValueError,
        OverflowError,
    ):  # pandas' ParserError is a ValueError: the text reader says what is wrong, and where
        return None
    if any(bool(frame[i].isna().any()) for i in numeric) and _odd_nan(block):
        return None
    try:
        return Batch({layout.names[i]: _cells(frame[i], layout, i) for i in indices}, len(frame))
    except Misfit:
        return None


def _cells(column: pd.Series, layout: Layout, index: int) -> Cells:
    kind = layout.kinds[layout.names[index]]
    if kind is Kind.NUMERIC:
        return Numbers(column.to_numpy(dtype=np.float64))
    codes = column.cat.codes.to_numpy().astype(np.intp)
    spelled = [str(category) for category in column.cat.categories]
    if kind is Kind.INSTANT:
        moments = typed(spelled, kind, layout.rule)
        assert isinstance(moments, Numbers), "instants are numbers"
        return Numbers(np.append(moments.values, np.nan)[codes], instants=True)
    renamed = typed(spelled, Kind.LABEL, layout.rule)
    assert isinstance(renamed, Labels), "labels stay labels"
    return Labels(np.append(renamed.codes, -1)[codes], renamed.names)


def _plain(block: bytes, layout: Layout) -> bool:
    if b'"' in block or b"\x00" in block or block.count(b"\r") != block.count(b"\r\n"):
        return False
    content = np.frombuffer(block, dtype=np.uint8)
    return _even_rows(content, layout) and not _leading_zero(content)


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


def _leading_zero(content: np.typing.NDArray[np.uint8]) -> bool:
    """Whether a zero starts a run of digits, as in 007: a label by the rule, a number to pandas."""
    padded = np.concatenate([np.array([10, 10], dtype=np.uint8), content])
    digits = (padded - ord("0")) < 10  # unsigned: all else wraps around
    starts = (padded[2:-1] == ord("0")) & digits[3:] & ~digits[1:-2] & (padded[1:-2] != ord("."))
    places = np.flatnonzero(starts) + 2
    before, further = padded[places - 1], padded[places - 2]
    exponent = np.isin(before, (ord("e"), ord("E"))) & (digits[places - 2] | (further == ord(".")))
    signed = np.isin(before, (ord("+"), ord("-"))) & np.isin(further, (ord("e"), ord("E")))
    return not bool((exponent | signed).all())


def _odd_nan(block: bytes) -> bool:
    return bool(set(_NAN_WORDS.findall(block)) - _KNOWN_NAN)
