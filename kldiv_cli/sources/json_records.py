"""JSON and NDJSON: a list of numbers, an object of masses, records, columns, or edges with counts."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from kldiv_cli.core.model import Note
from kldiv_cli.errors import InputError, TypeBreak
from kldiv_cli.sources.batch import Batch, Cells, Numbers, Table
from kldiv_cli.sources.inline import histogram_table, mass_table
from kldiv_cli.sources.row_blocks import decoded, line_ends, row_blocks
from kldiv_cli.sources.table import (
    HEAD_ROWS,
    CellRule,
    Kind,
    Misfit,
    cell_rule,
    kind_asked,
    labelled,
    typed,
    without_missing,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.sources.spec import SourceSpec

_SHAPES = (
    'a list [0.2, 0.8], an object {"a": 3, "b": 5}, records [{"x": 1}, ...], columns {"x": [1, 2]} '
    'or {"edges": ..., "counts": ...}'
)
_VALUE = "value"


class _RepeatedKey(ValueError):
    pass


def table_from_json(text: str, spec: SourceSpec) -> Table:
    """Open a JSON document; several values one after the other are NDJSON.

    Raises
    ------
    InputError
        If it is no JSON, nested too deep, repeats a key, or has no known shape.
    """
    try:
        document = _parsed(text, spec)
    except json.JSONDecodeError as fault:
        if fault.msg == "Extra data" and "\n" in text.strip():
            return _from_lines(text, spec)
        raise _broken(spec, fault, 0) from None
    return _from_document(document, spec)


def read_json(stream: BinaryIO, spec: SourceSpec) -> Table:
    """Read a JSON stream whole."""
    blocks = b"".join(row_blocks(stream, spec.label, spec.options.encoding))
    text = decoded(blocks, spec.label, 0)
    if not text.strip():
        raise InputError(f"{spec.label} is empty", remedy="check the command or the path that made it")
    return table_from_json(text, spec)


def read_ndjson(stream: BinaryIO, spec: SourceSpec) -> Table:
    """Read one JSON record a line, the first rows at once and the rest in blocks."""
    blocks = row_blocks(stream, spec.label, spec.options.encoding)
    records: list[Any] = []
    lines = 0
    for block in blocks:
        records += records_of(block, spec, lines)
        lines += line_ends(block)
        if len(records) >= HEAD_ROWS:
            break
    if not records:
        raise InputError(f"{spec.label} is empty", remedy="check the command or the path that made it")
    if not isinstance(records[0], dict):
        for block in blocks:
            records += records_of(block, spec, lines)
            lines += line_ends(block)
        return _from_document(records, spec, from_lines=True)
    table = _from_records(records, spec)
    kinds = {name: _kind_of(cells) for name, cells in table.head.columns.items()}
    late: list[Note] = []

    def rest(wanted: Sequence[str]) -> Iterator[Batch]:
        before, at = len(records), lines
        for block in blocks:
            rows = records_of(block, spec, at)
            _note_new_fields(rows, known, late, spec)
            _without_nested(rows, wanted, late, spec, before)
            columns = {name: _column(rows, name, kinds[name], spec, before) for name in wanted}
            yield Batch(columns, len(rows))
            before += len(rows)
            at += line_ends(block)

    known = {name for record in records for name in record}
    return Table(table.names, True, table.head, rest, table.notes, late)


def _note_new_fields(rows: list[Any], known: set[str], late: list[Note], spec: SourceSpec) -> None:
    """Say which fields come up too late to be compared."""
    for name in dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row):
        if name not in known:
            known.add(name)
            late.append(Note("late-field", f"{spec.label}: {name} is first seen far down; it is skipped."))


def _without_nested(rows: list[Any], wanted: Sequence[str], late: list[Note], spec: SourceSpec, before: int) -> None:
    """Count nested values in columns that were flat so far as missing, and say so once a column."""
    for name in wanted:
        nested = [
            at for at, row in enumerate(rows) if isinstance(row, dict) and isinstance(row.get(name), (list, dict))
        ]
        for at in nested:
            rows[at] = {**rows[at], name: None}
        code = f"nested:{name}"
        if nested and not any(note.code == code for note in late):
            text = (
                f"{spec.label}: nested values of {name}, from record {before + nested[0] + 1:,} on, count as missing."
            )
            late.append(Note(code, text))


def _parsed(text: str, spec: SourceSpec, line: int | None = None) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except RecursionError:
        raise InputError(f"{spec.label}: the JSON is nested too deep", remedy=_SHAPES) from None
    except _RepeatedKey as fault:
        place = f", line {line}" if line is not None else ""
        raise InputError(
            f"{spec.label}{place}: the key {fault} stands twice in one object", remedy="add the two up"
        ) from None
    except json.JSONDecodeError:
        raise
    except ValueError as fault:  # an integer of more digits than Python reads
        raise InputError(f"{spec.label}: {fault}", remedy="write very large numbers with an exponent") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RepeatedKey(repr(key))
            seen.add(key)
    return found


def _broken(spec: SourceSpec, fault: json.JSONDecodeError, lines_before: int) -> InputError:
    place = f"line {lines_before + fault.lineno}, column {fault.colno}"
    return InputError(
        f"{spec.label} is not JSON ({place}: {fault.msg})",
        remedy="check it with a JSON tool; -i csv if it is none",
    )


def _from_lines(text: str, spec: SourceSpec) -> Table:
    return _from_document(records_of(text.encode(), spec, 0), spec, from_lines=True)


def document_of(content: bytes, spec: SourceSpec) -> Any:
    """Value of a whole JSON document.

    Raises
    ------
    InputError
        If it is none; it tells the place.
    """
    try:
        return _parsed(decoded(content, spec.label, 0), spec)
    except json.JSONDecodeError as fault:
        raise _broken(spec, fault, 0) from None


def records_of(block: bytes, spec: SourceSpec, lines_before: int) -> list[Any]:
    """Values of a block of NDJSON, one a line.

    Raises
    ------
    InputError
        If a line is no JSON; it tells the line.
    """
    records = []
    for number, line in enumerate(decoded(block, spec.label, lines_before).split("\n"), start=lines_before):
        if line.strip():
            try:
                records.append(_parsed(line, spec, number + 1))
            except json.JSONDecodeError as fault:
                raise _broken(spec, fault, number) from None
    return records


def _from_document(document: Any, spec: SourceSpec, *, from_lines: bool = False) -> Table:
    if isinstance(document, dict) and document:
        if {"edges", "counts"} <= set(document):
            return _histogram(document, spec)
        if all(isinstance(value, list) for value in document.values()):
            return _from_columns(document, spec)
        if all(_is_number(value) for value in document.values()):
            return mass_table(
                np.array([_number(value, spec) for value in document.values()]),
                [str(key) for key in document],
            )
        if from_lines or all(not isinstance(value, (list, dict)) for value in document.values()):
            return _from_records([document], spec)
    if isinstance(document, list) and document:
        if all(isinstance(item, dict) for item in document):
            return _from_records(document, spec)
        if not any(isinstance(item, (list, dict)) for item in document):
            return _from_list(document, spec, ndjson=from_lines)
    empty = document in ([], {})
    what = "is empty" if empty else "has a shape that kldiv does not read"
    raise InputError(f"{spec.label}: the JSON {what}", remedy=_SHAPES)


def _from_list(items: list[Any], spec: SourceSpec, *, ndjson: bool) -> Table:
    cells = _cells(items, _VALUE, 0, None, spec, 0)
    batch = Batch({_VALUE: cells}, len(items))
    return Table((_VALUE,), False, batch, lambda _names: iter(()), shape="column" if ndjson else "numbers")


def _from_columns(document: dict[str, list[Any]], spec: SourceSpec) -> Table:
    sizes = {name: len(cells) for name, cells in document.items()}
    if len(set(sizes.values())) != 1:
        shown = ", ".join(f"{name} {size}" for name, size in list(sizes.items())[:4])
        raise InputError(f"{spec.label}: the JSON columns have different lengths ({shown})", remedy=_SHAPES)
    rows = next(iter(sizes.values()))
    if rows == 0:
        raise InputError(f"{spec.label}: the JSON columns are empty", remedy=_SHAPES)
    columns = {name: _cells(cells, name, place, None, spec, 0) for place, (name, cells) in enumerate(document.items())}
    return Table(tuple(columns), True, Batch(columns, rows), lambda _names: iter(()))


def _from_records(records: list[dict[str, Any]], spec: SourceSpec) -> Table:
    """Columns of records; a key that a record lacks is missing there, nested values are named and skipped."""
    names: dict[str, None] = {}
    for record in records:
        if not isinstance(record, dict):
            raise InputError(f"{spec.label}: some lines are JSON objects, some are not", remedy=_SHAPES)
        names.update(dict.fromkeys(record))
    nested = [name for name in names if any(isinstance(record.get(name), (list, dict)) for record in records)]
    flat = [name for name in names if name not in nested]
    if not flat:
        raise InputError(
            f"{spec.label}: every field of the JSON records is nested", remedy="flatten it: jq -c '{x: .a.b}'"
        )
    columns = {name: _column(records, name, None, spec, 0, place) for place, name in enumerate(flat)}
    notes = (Note("nested", f"{spec.label}: nested fields are skipped: {', '.join(nested)}."),) if nested else ()
    return Table(tuple(columns), True, Batch(columns, len(records)), lambda _names: iter(()), notes)


def _column(records: list[Any], name: str, kind: Kind | None, spec: SourceSpec, before: int, place: int = -1) -> Cells:
    try:
        items = [record.get(name) for record in records]
    except AttributeError:
        raise InputError(f"{spec.label}: some lines are JSON objects, some are not", remedy=_SHAPES) from None
    return _cells(items, name, place, kind, spec, before)


def _cells(items: list[Any], name: str, place: int, kind: Kind | None, spec: SourceSpec, before: int) -> Cells:
    """Typed cells: JSON numbers are numbers, strings are dates or labels, null is missing."""
    rule = cell_rule(spec.options.na_values, ".")
    promised = kind_asked(name, place, spec.options)
    asked = promised or kind
    if asked is not Kind.LABEL and all(item is None or _is_number(item) for item in items):
        values = [math.nan if item is None else _number(item, spec) for item in items]
        return without_missing(Numbers(np.array(values, dtype=np.float64)), rule)
    texts = [_text(item) for item in items]
    if asked is None:
        asked = _judged(items, texts, rule)
    if asked is Kind.LABEL:
        return labelled(texts, rule)
    try:
        return typed(texts, asked, rule)
    except Misfit as fault:
        where = f"{spec.label}: record {before + fault.row + 1}, field {name}: {fault.cell!r}"
        if promised is Kind.NUMERIC:
            remedy = f"--na-values {fault.cell!r} if it means missing"
            raise InputError(f"{where} is no number, as --numeric promised", remedy=remedy) from None
        raise TypeBreak(
            f"{where} is no part of the {asked.value}", remedy=f"--categorical {name}", columns=(name,)
        ) from None


def _judged(items: list[Any], texts: list[str], rule: CellRule) -> Kind:
    if any(_is_number(item) for item in items):
        present = {text for text in texts if text.strip() not in rule.missing}
        return Kind.NUMERIC if all(rule.is_number(text) for text in present) else Kind.LABEL
    try:
        typed(texts, Kind.INSTANT, rule)
    except Misfit:
        return Kind.LABEL
    present = {text for text in texts if text.strip() not in rule.missing}
    return Kind.INSTANT if present else Kind.NUMERIC


def _kind_of(cells: Cells) -> Kind:
    if isinstance(cells, Numbers):
        return Kind.INSTANT if cells.instants else Kind.NUMERIC
    return Kind.LABEL


def _text(item: Any) -> str:
    if item is None:
        return ""
    if isinstance(item, bool):
        return "true" if item else "false"
    return str(item)


def _is_number(item: Any) -> bool:
    return isinstance(item, (int, float)) and not isinstance(item, bool)


def _number(item: Any, spec: SourceSpec) -> float:
    try:
        return float(item)
    except OverflowError:
        raise InputError(f"{spec.label}: an integer is beyond 1.8e308", remedy="scale the numbers") from None


def _histogram(document: dict[str, Any], spec: SourceSpec) -> Table:
    """``{"edges": [k + 1 numbers], "counts": [k]}``: masses on bins."""
    edges, counts = document["edges"], document["counts"]
    fits = isinstance(edges, list) and isinstance(counts, list) and len(edges) == len(counts) + 1 and counts
    if not fits or not all(_is_number(item) for item in (*edges, *counts)):
        raise InputError(f"{spec.label}: a histogram has one edge more than counts, all numbers", remedy=_SHAPES)
    limits = np.array([_number(item, spec) for item in edges])
    return histogram_table(limits, np.array([_number(item, spec) for item in counts]), spec.label)
