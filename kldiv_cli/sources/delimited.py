"""Delimited text: CSV, TSV, blanks, ``uniq -c``. The first rows are judged as text; a long rest is parsed in blocks."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from kldiv_cli.core.model import Note
from kldiv_cli.errors import InputError
from kldiv_cli.sources.batch import Batch, Labels, Numbers, Shape, Table
from kldiv_cli.sources.fast_rows import BlockParser
from kldiv_cli.sources.layout import Layout
from kldiv_cli.sources.row_blocks import decoded, line_ends, row_blocks
from kldiv_cli.sources.rows import COUNTED, lines_of, rows_of
from kldiv_cli.sources.table import (
    HEAD_ROWS,
    CellRule,
    Kind,
    cell_rule,
    judged,
    kind_asked,
    labelled,
    numbers_alone,
    numbers_with_gaps,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kldiv_cli.sources.batch import Cells
    from kldiv_cli.sources.rows import Rows
    from kldiv_cli.sources.spec import SourceSpec

DELIMITERS = ",\t;|"
_BOX = ("┌", "╭", "+--", "╔")
_MOST_COLUMNS = 100_000
_LOOKED_AT = 1_000
_BEGINS_NUMBERS = frozenset("0123456789+-.,iI")
_MOSTLY = 0.8


def read_delimited(stream: BinaryIO, head: bytes, spec: SourceSpec, style: str) -> Table:
    """Open a text table: judge delimiter, header and types from its first rows.

    Parameters
    ----------
    stream : binary stream
        The whole text, from its first byte.
    head : bytes
        Its first bytes, to judge by.
    spec : SourceSpec
    style : {"auto", "csv", "tsv", "blank", "uniq"}

    Raises
    ------
    InputError
        If the text is empty, binary, ragged or in another encoding.
    """
    if b"\x00" in head and not (spec.options.encoding or head.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise InputError(
            f"{spec.label} holds binary data",
            remedy="-i FORMAT names its format; kldiv reads text, JSON and .npy",
        )
    blocks = row_blocks(stream, spec.label, spec.options.encoding)
    block = next(blocks, b"")
    first = decoded(block, spec.label, 0)
    text, comments = _without_comments(first)
    if not text.strip():
        raise InputError(f"{spec.label} is empty", remedy="check the command or the path that made it")
    opening = text.lstrip("\r\n").split("\n", 1)[0].rstrip("\r")
    if opening.startswith(_BOX):
        raise InputError(
            f"{spec.label} looks like a table drawn with boxes",
            remedy="let the program write CSV: duckdb -csv, psql --csv",
        )
    if opening.lstrip()[:1] == "<":
        raise InputError(f"{spec.label} looks like HTML or XML", remedy="save the data as CSV or JSON")
    cut_style = _style(style, text)
    delimiter = _delimiter(style, opening, spec)
    rule = cell_rule(spec.options.na_values, spec.options.decimal)
    rows = rows_of(text, cut_style, delimiter, spec.label, comments)
    filled = (place for place in range(rows.number) if any(column[place].strip() for column in rows.columns))
    place = next(filled, 0)
    first_row = [column[place].strip() for column in rows.columns]
    names, has_header, notes = _header(first_row, cut_style, delimiter, rule, spec)
    promised = frozenset(
        name for place, name in enumerate(names) if kind_asked(name, place, spec.options) is Kind.NUMERIC
    )
    asked_labels = frozenset(
        name for place, name in enumerate(names) if kind_asked(name, place, spec.options) is Kind.LABEL
    )
    layout = Layout(spec.label, cut_style, delimiter, names, {}, rule, promised, has_header, asked_labels, set())
    return _opened_table(layout, rows.part(place + 1) if has_header else rows, blocks, line_ends(block), spec, notes)


def _opened_table(
    layout: Layout, rows: Rows, blocks: Iterator[bytes], lines: int, spec: SourceSpec, notes: tuple[Note, ...]
) -> Table:
    """Judge the types from the first rows; what was read beyond them is typed when the columns wanted are known."""
    has_header = layout.has_header
    more: list[Rows] = []
    for block in blocks if rows.number < HEAD_ROWS else ():
        more.append(layout.rows(decoded(block, spec.label, lines), lines))
        lines += line_ends(block)
        if rows.number + sum(part.number for part in more) >= HEAD_ROWS:
            break
    rows = rows.and_then(more)
    if not rows.number:
        remedy = "check what made it; --no-header if line 1 is data"
        raise InputError(f"{spec.label} has a header and no rows", remedy=remedy)
    first, later = rows.part(0, HEAD_ROWS), rows.part(HEAD_ROWS)
    sample = first.columns
    known = _judged_head(layout, sample, spec)
    notes += _suspicions(layout, has_header, sample, known)
    head = Batch(layout.typed_columns(first, layout.names, known), first.number)

    def rest(wanted: Sequence[str]) -> Iterator[Batch]:
        before = lines
        if later.number:
            yield Batch(layout.typed_columns(later, wanted), later.number)
        parser = None
        for block in blocks:
            parser = parser or _parser_after(head, layout, wanted)
            batch, lines_of_block = block_of_rows(block, parser, layout, wanted, before)
            yield batch
            before += lines_of_block

    shape: Shape = "table" if has_header or len(layout.names) > 1 else "column"
    if layout.style == "uniq":
        shape = "counted"
    return Table(layout.names, has_header, head, rest, notes, shape=shape)


def _parser_after(head: Batch, layout: Layout, wanted: Sequence[str]) -> BlockParser:
    """A parser of the blocks behind the first rows, which tell where cells are missing."""
    numbers = ((name, cells.values) for name, cells in head.columns.items() if isinstance(cells, Numbers))
    layout.gaps.update(name for name, values in numbers if np.isnan(values).any())
    return BlockParser(layout, wanted)


def _judged_head(layout: Layout, sample: Sequence[Sequence[str]], spec: SourceSpec) -> dict[str, Cells]:
    """Judge what every column holds; the cells of those that are typed by that already."""
    known: dict[str, Cells] = {}
    for place, (name, cells) in enumerate(zip(layout.names, sample, strict=True)):
        asked = kind_asked(name, place, spec.options)
        plain = None if asked is Kind.LABEL else numbers_alone(cells, layout.rule)
        distinct = {} if plain is not None else dict.fromkeys(cells)
        if plain is None and asked is not Kind.LABEL:
            plain = numbers_with_gaps(cells, distinct, layout.rule)
        if plain is not None:
            layout.kinds[name] = asked or Kind.NUMERIC
            known[name] = plain
            continue
        layout.kinds[name] = asked or judged(distinct, layout.rule)
        if layout.kinds[name] is Kind.LABEL:
            known[name] = labelled(cells, layout.rule, distinct)  # no cell can break it
    return known


def block_of_rows(
    block: bytes, parser: BlockParser, layout: Layout, wanted: Sequence[str], before: int
) -> tuple[Batch, int]:
    """Rows and number of lines of a later block: by pandas where that provably reads the same, else as text."""
    batch = parser.parsed(block)
    if batch is not None:
        return batch, batch.rows
    rows = layout.rows(decoded(block, layout.label, before), before)
    return Batch(layout.typed_columns(rows, wanted), rows.number), line_ends(block)


def delimiter_of(line: str, decimal: str = ".") -> str:
    """The candidate seen most often in the first line; a comma if there is none, so one column stays one."""
    candidates = DELIMITERS.replace(decimal, "")
    return max(candidates, key=re.sub(r'"[^"]*"', "", line).count)  # not csv.Sniffer: it splits "age" at the "g"


def _style(style: str, text: str) -> str:
    if style in ("blank", "uniq"):
        return style
    return "uniq" if style == "auto" and _is_counted(text) else "delimited"


def _delimiter(style: str, opening: str, spec: SourceSpec) -> str:
    if spec.options.delimiter:
        return spec.options.delimiter
    return "\t" if style == "tsv" else delimiter_of(opening, spec.options.decimal)


def _is_counted(text: str) -> bool:
    """Whether every line is a count and the rest, the counts padded on the left: ``uniq -c``."""
    opening = text.lstrip("\r\n").split("\n", 1)[0]
    if not COUNTED.match(opening) or not (text.startswith(" ") or "\n " in text):
        return False
    lines = [line for line in lines_of(text) if line]
    return any(line[0] == " " for line in lines) and all(COUNTED.fullmatch(line) for line in lines)


def _without_comments(text: str) -> tuple[str, int]:
    """Text without the ``#`` lines before the header, and their number."""
    dropped = 0
    while text.startswith("#") or (dropped and text.startswith(("\n", "\r\n"))):
        _, _, text = text.partition("\n")
        dropped += 1
    return text, dropped


def _header(
    cells: Sequence[str], style: str, delimiter: str, rule: CellRule, spec: SourceSpec
) -> tuple[tuple[str, ...], bool, tuple[Note, ...]]:
    """Names of the columns, whether line 1 gave them, and what was odd about them."""
    if style == "uniq":
        return ("label", "count"), False, ()
    if len(cells) > _MOST_COLUMNS:
        raise InputError(f"{spec.label} has {len(cells):,} columns in its first row", remedy="-d names the delimiter")
    numbers = [rule.is_number(cell) for cell in cells]
    only_numbers = any(numbers) and all(n or cell in rule.missing for n, cell in zip(numbers, cells, strict=True))
    if not spec.options.header or only_numbers:
        return tuple(str(i + 1) for i in range(len(cells))), False, ()
    names: dict[str, None] = {}
    notes: list[Note] = [_header_note(spec.label, delimiter.join(cells))] if any(numbers) else []
    for i, cell in enumerate(cells):
        name = cell or str(i + 1)
        if name in names:
            name = f"{name}.{i + 1}"
            notes.append(
                Note(
                    "repeated-name",
                    f"{spec.label}: column {i + 1} repeats the name {cell!r}; it is read as {name!r}.",
                )
            )
        names[name] = None
    return tuple(names), True, tuple(notes)


def _suspicions(
    layout: Layout, has_header: bool, sample: Sequence[Sequence[str]], known: Mapping[str, Cells]
) -> tuple[Note, ...]:
    """A header that looks like data, and columns of numbers that a few cells turn into labels."""
    notes = [
        note
        for name, cells in zip(layout.names, sample, strict=True)
        if _may_hold_numbers(known.get(name))
        for note in _almost_numbers(layout, name, cells)
    ]
    repeated = len(layout.names) == 1 and layout.names[0] in {cell.strip() for cell in sample[0]}
    if has_header and repeated:
        notes.insert(0, _header_note(layout.label, layout.names[0]))
    return tuple(notes)


def _header_note(label: str, line: str) -> Note:
    text = f"{label}: the first row, `{line[:60]}`, was read as the header; if it is data, add --no-header."
    return Note("header", text)


def _may_hold_numbers(cells: Cells | None) -> bool:
    """Whether a label of a column begins as a number does."""
    return isinstance(cells, Labels) and any(name[0] in _BEGINS_NUMBERS for name in cells.names)


def _share_of_numbers(cells: Sequence[str], present: Mapping[str, str], is_number: Mapping[str, bool]) -> float:
    """Of the first cells that have a value."""
    seen = Counter(cells[:_LOOKED_AT])
    numbers = sum(seen[raw] for raw, cell in present.items() if is_number[cell])
    return numbers / sum(seen[raw] for raw in present)


def _almost_numbers(layout: Layout, name: str, cells: Sequence[str]) -> Iterator[Note]:
    """A hint where most of a column of labels are numbers, or would be with a decimal comma."""
    if layout.kinds[name] is not Kind.LABEL or name in layout.categorical:
        return
    present = {raw: raw.strip() for raw in dict.fromkeys(cells[:_LOOKED_AT])}
    present = {raw: cell for raw, cell in present.items() if cell not in layout.rule.missing}
    is_number = {cell: layout.rule.is_number(cell) for cell in present.values()}
    comma = CellRule(layout.rule.missing, ",")
    if any(is_number.values()) and _MOSTLY <= _share_of_numbers(cells, present, is_number) < 1.0:
        odd = next(cell for cell, fits in is_number.items() if not fits)[:40]
        text = (
            f"{layout.label}: {name} holds labels, for {odd!r} is no number; --na-values {odd!r} if it means missing."
        )
        yield Note("almost-numbers", text)
    elif layout.rule.decimal == "." and any("," in cell for cell in is_number) and all(map(comma.is_number, is_number)):
        yield Note(
            "decimal-comma", f"{layout.label}: {name} holds labels; numbers with a decimal comma need --decimal ,."
        )
