"""Delimited text: CSV, TSV, blanks, ``uniq -c``. The first rows are judged as text; a long rest is parsed in blocks."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeAlias

from kldiv_cli.core.model import Note
from kldiv_cli.errors import InputError, TypeBreak
from kldiv_cli.sources import fast_rows
from kldiv_cli.sources.batch import Batch, Cells, Shape, Table
from kldiv_cli.sources.row_blocks import decoded, row_blocks
from kldiv_cli.sources.table import HEAD_ROWS, CellRule, Kind, Misfit, cell_rule, judged, kind_asked, typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.sources.spec import SourceSpec

DELIMITERS = ",\t;|"
_COUNTED = re.compile(r"\s*([0-9]+)[ \t](.*)")
_BOX = ("┌", "╭", "+--", "╔")
_MOST_COLUMNS = 100_000
_LARGEST_CELL = 1 << 24
_LOOKED_AT = 1_000
_MOSTLY = 0.8


Rows: TypeAlias = "list[tuple[list[str], int]]"
"""Cells of each row, with the line it ends on; the first line of a file is 1."""


class Layout(NamedTuple):
    """How the rows of a text are cut and typed."""

    label: str
    style: str
    """``delimited``, ``blank`` or ``uniq``."""
    delimiter: str
    names: tuple[str, ...]
    kinds: dict[str, Kind]
    rule: CellRule
    promised: frozenset[str]
    """Columns that ``--numeric`` promises to be numbers."""
    has_header: bool
    categorical: frozenset[str]
    """Columns that were asked to be labels."""

    def rows(self, text: str, before: int) -> Rows:
        """Rows of a block of text, each of as many cells as there are columns."""
        width = len(self.names)
        found = _cut(text, self.style, self.delimiter, self.label, before)
        if width == 1:
            kept = [(row or [""], line) for row, line in found]  # an empty line is an empty cell
        else:
            kept = [(row, line) for row, line in found if row and (len(row) > 1 or row[0].strip())]
        for row, line in kept:
            if len(row) != width:
                raise _ragged(self.label, line, len(row), width)
        return kept

    def typed_columns(self, rows: Rows, wanted: Sequence[str]) -> dict[str, Cells]:
        """Cells of the wanted columns; a cell that breaks its column's type is an error that names it."""
        cells = list(zip(*(row for row, _ in rows), strict=True)) if rows else [()] * len(self.names)
        columns: dict[str, Cells] = {}
        chosen = frozenset(wanted)
        faults: list[InputError] = []
        for name, column in zip(self.names, cells, strict=True):
            if name in chosen:
                try:
                    columns[name] = typed(column, self.kinds[name], self.rule)
                except Misfit as fault:
                    faults.append(self._broken(name, rows[fault.row][1], fault.cell))
        if faults:
            raise _worst(faults)
        return columns

    def _broken(self, name: str, row: int, cell: str) -> InputError:
        kind = self.kinds[name].value
        shown = cell if len(cell) <= 40 else cell[:37] + "..."
        message = f"{self.label}: row {row}, column {name}: {shown!r} is not among the {kind} that came before"
        if name in self.promised:
            return InputError(
                f"{self.label}: row {row}, column {name}: {shown!r} is no number, as --numeric promised",
                remedy=f"--na-values {shown!r} if it means missing",
            )
        remedy = f"--categorical {name}, or --na-values {shown!r} if it means missing"
        return TypeBreak(message, remedy=remedy, columns=(name,))


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
    first = decoded(next(blocks, b""), spec.label, 0)
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
    rows = [row for row, _ in _cut(text, cut_style, delimiter, spec.label, comments)]
    names, has_header, notes = _header(rows, cut_style, delimiter, rule, spec)
    promised = frozenset(
        name for place, name in enumerate(names) if kind_asked(name, place, spec.options) is Kind.NUMERIC
    )
    asked_labels = frozenset(
        name for place, name in enumerate(names) if kind_asked(name, place, spec.options) is Kind.LABEL
    )
    layout = Layout(spec.label, cut_style, delimiter, names, {}, rule, promised, has_header, asked_labels)
    return _opened_table(layout, layout.rows(text, comments)[int(has_header) :], blocks, first.count("\n"), spec, notes)


def _opened_table(
    layout: Layout, rows: Rows, blocks: Iterator[bytes], lines: int, spec: SourceSpec, notes: tuple[Note, ...]
) -> Table:
    """Judge the types from the first rows; what was read beyond them is typed when the columns wanted are known."""
    has_header = layout.has_header
    for block in blocks if len(rows) < HEAD_ROWS else ():
        rows += layout.rows(decoded(block, spec.label, lines), lines)
        lines += block.count(b"\n")
        if len(rows) >= HEAD_ROWS:
            break
    if not rows:
        remedy = "check what made it; --no-header if line 1 is data"
        raise InputError(f"{spec.label} has a header and no rows", remedy=remedy)
    sample = list(zip(*(row for row, _ in rows[:HEAD_ROWS]), strict=True))
    for place, (name, cells) in enumerate(zip(layout.names, sample, strict=True)):
        layout.kinds[name] = kind_asked(name, place, spec.options) or judged(cells, layout.rule)
    notes += _suspicions(layout, has_header, sample)
    head = Batch(layout.typed_columns(rows[:HEAD_ROWS], layout.names), len(rows[:HEAD_ROWS]))

    def rest(wanted: Sequence[str]) -> Iterator[Batch]:
        before = lines
        if len(rows) > HEAD_ROWS:
            yield Batch(layout.typed_columns(rows[HEAD_ROWS:], wanted), len(rows) - HEAD_ROWS)
        for block in blocks:
            yield block_of_rows(block, layout, wanted, before)
            before += block.count(b"\n")

    shape: Shape = "table" if has_header or len(layout.names) > 1 else "column"
    if layout.style == "uniq":
        shape = "counted"
    return Table(layout.names, has_header, head, rest, notes, shape=shape)


def block_of_rows(block: bytes, layout: Layout, wanted: Sequence[str], before: int) -> Batch:
    """Parse a block of later rows: by pandas where that provably reads the same, else as the first rows were read."""
    batch = fast_rows.parsed(block, layout, wanted)
    if batch is None:
        rows = layout.rows(decoded(block, layout.label, before), before)
        batch = Batch(layout.typed_columns(rows, wanted), len(rows))
    return batch


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
    lines = [line for line in _lines(text) if line]
    return any(line[0] == " " for line in lines) and all(_COUNTED.fullmatch(line) for line in lines)


def _cut(text: str, style: str, delimiter: str, label: str, before: int) -> Rows:
    if style != "delimited":
        lines = [(line, before + number) for number, line in enumerate(_lines(text), start=1) if line.strip()]
        return [(_counted_row(line, label, at) if style == "uniq" else line.split(), at) for line, at in lines]
    rows: Rows = []
    usual = csv.field_size_limit(_LARGEST_CELL)  # a limit of the whole process: put back below
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            rows.append((row, before + reader.line_num))
    except csv.Error as fault:
        at = rows[-1][1] + 1 if rows else before + 1
        raise InputError(
            f"{label}: row {at}: {fault}", remedy='check the quotes; a quote in a cell is written ""'
        ) from None
    finally:
        csv.field_size_limit(usual)
    return rows


def _lines(text: str) -> list[str]:
    """Lines of a text; ``str.splitlines`` would cut labels at form feeds and other separators too."""
    return text.replace("\r\n", "\n").split("\n")


def _counted_row(line: str, label: str, at: int) -> list[str]:
    found = _COUNTED.fullmatch(line)
    if not found:
        raise InputError(f"{label}: row {at} is no count with a label, as uniq -c writes them", remedy="-i csv")
    return [found[2], found[1]]


def _worst(faults: list[InputError]) -> InputError:
    """The fault to raise: a broken promise, or the first break with all columns that break in these rows."""
    breaks = [fault for fault in faults if isinstance(fault, TypeBreak)]
    if len(breaks) < len(faults):
        return next(fault for fault in faults if not isinstance(fault, TypeBreak))
    breaks[0].columns = tuple(column for fault in breaks for column in fault.columns)
    return breaks[0]


def _without_comments(text: str) -> tuple[str, int]:
    """Text without the ``#`` lines before the header, and their number."""
    dropped = 0
    while text.startswith("#") or (dropped and text.startswith(("\n", "\r\n"))):
        _, _, text = text.partition("\n")
        dropped += 1
    return text, dropped


def _header(
    rows: list[list[str]], style: str, delimiter: str, rule: CellRule, spec: SourceSpec
) -> tuple[tuple[str, ...], bool, tuple[Note, ...]]:
    """Names of the columns, whether line 1 gave them, and what was odd about them."""
    if style == "uniq":
        return ("label", "count"), False, ()
    opening = next((row for row in rows if any(cell.strip() for cell in row)), rows[0])
    if len(opening) > _MOST_COLUMNS:
        raise InputError(f"{spec.label} has {len(opening):,} columns in line 1", remedy="-d names the delimiter")
    cells = [cell.strip() for cell in opening]
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


def _suspicions(layout: Layout, has_header: bool, sample: list[tuple[str, ...]]) -> tuple[Note, ...]:
    """A header that looks like data, and columns of numbers that a few cells turn into labels."""
    notes = [
        note for name, cells in zip(layout.names, sample, strict=True) for note in _almost_numbers(layout, name, cells)
    ]
    repeated = len(layout.names) == 1 and layout.names[0] in {cell.strip() for cell in sample[0]}
    if has_header and repeated:
        notes.insert(0, _header_note(layout.label, layout.names[0]))
    return tuple(notes)


def _header_note(label: str, line: str) -> Note:
    return Note("header", f"{label}: line 1, `{line[:60]}`, was read as the header; if it is data, add --no-header.")


def _almost_numbers(layout: Layout, name: str, cells: tuple[str, ...]) -> Iterator[Note]:
    """A hint where most of a column of labels are numbers, or would be with a decimal comma."""
    if layout.kinds[name] is not Kind.LABEL or name in layout.categorical:
        return
    present = [cell.strip() for cell in cells[:_LOOKED_AT] if cell.strip() not in layout.rule.missing]
    numbers = sum(map(layout.rule.is_number, present))
    comma = CellRule(layout.rule.missing, ",")
    if _MOSTLY * len(present) <= numbers < len(present):
        odd = next(cell for cell in present if not layout.rule.is_number(cell))[:40]
        text = (
            f"{layout.label}: {name} holds labels, for {odd!r} is no number; --na-values {odd!r} if it means missing."
        )
        yield Note("almost-numbers", text)
    elif layout.rule.decimal == "." and any("," in cell for cell in present) and all(map(comma.is_number, present)):
        yield Note(
            "decimal-comma", f"{layout.label}: {name} holds labels; numbers with a decimal comma need --decimal ,."
        )


def _ragged(label: str, row: int, found: int, wanted: int) -> InputError:
    cells = "1 cell" if found == 1 else f"{found:,} cells"
    return InputError(
        f"{label}: row {row} has {cells}, the first has {wanted:,}",
        remedy="-d names the delimiter; a cell that holds it must be quoted",
    )
