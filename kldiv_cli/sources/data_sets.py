"""Many files as one data set: a folder, a quoted pattern, the partitions of a table."""

from __future__ import annotations

import os
from collections import ChainMap
from glob import glob
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np

from kldiv_cli.errors import InputError
from kldiv_cli.record import NamedTuple
from kldiv_cli.sources.batch import Batch, Labels, Numbers, Table
from kldiv_cli.sources.operands import shown
from kldiv_cli.sources.places import COMPRESSED
from kldiv_cli.sources.spec import fixed_part, is_pattern
from kldiv_cli.sources.table import CellRule, Kind, Misfit, cell_rule, judged, kind_asked, typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.sources.batch import Cells, Shape
    from kldiv_cli.sources.spec import SourceSpec

SUFFIXES = (
    ".csv",
    ".tsv",
    ".tab",
    ".json",
    ".ndjson",
    ".jsonl",
    ".parquet",
    ".pq",
    ".arrow",
    ".feather",
    ".ipc",
)
"""Of a folder, files with these names are read, compressed or not."""
_NOTHING = "__HIVE_DEFAULT_PARTITION__"


class Constant(NamedTuple):
    """A column that the path of a file gives, as ``day=2024-01-01`` does."""

    name: str
    value: str
    """Empty where missing."""
    kind: Kind


def expanded(spec: SourceSpec) -> SourceSpec:
    """A folder or a pattern as a set of files in the order of their names; any other operand as it is.

    Raises
    ------
    KldivError
        If there is no file in it.
    """
    if spec.place == "url":
        from kldiv_cli.sources.urls import matching

        found = matching(spec.location)
        if found is None:
            return spec
        chosen = _is_wanted if is_pattern(spec.location) else _is_data
        return _set_of(spec, [(url, path) for url, path in found if chosen(path)])
    if os.path.isdir(spec.location):
        root = spec.location.rstrip("/") + "/"
        files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names)
        below = [(path, path[len(root) :]) for path in files]
        return _set_of(spec, [(path, short) for path, short in below if _is_data(short)])
    if not os.path.exists(spec.location) and is_pattern(spec.location):
        fixed = fixed_part(spec.location)
        files = sorted(path for path in glob(spec.location, recursive=True) if not os.path.isdir(path))
        return _set_of(spec, [(path, path[len(fixed) :]) for path in files if _is_wanted(path[len(fixed) :])])
    return spec


def with_constants(table: Table, spec: SourceSpec) -> Table:
    """The table with the columns that its path gives; one that the file has itself is left alone."""
    constants = [constant for constant in spec.constants if constant.name not in table.names]
    if not constants:
        return table
    names = (*table.names, *(constant.name for constant in constants))
    rule = cell_rule(spec.options.na_values, ".")
    kinds = {
        constant.name: kind_asked(constant.name, len(table.names) + place, spec.options) or constant.kind
        for place, constant in enumerate(constants)
    }

    def widened(batch: Batch, wanted: Sequence[str]) -> Batch:
        added = {
            constant.name: _repeated(constant, kinds[constant.name], rule, batch.rows, spec)
            for constant in constants
            if constant.name in wanted
        }
        return Batch(ChainMap(added, batch.columns), batch.rows)  # type: ignore[arg-type]  # nothing is written to it

    def rest(wanted: Sequence[str]) -> Iterator[Batch]:
        for batch in table.rest([name for name in wanted if name in table.names]):
            yield widened(batch, wanted)

    shape: Shape = "table" if table.shape == "column" else table.shape
    return table._replace(names=names, head=widened(table.head, names), rest=rest, shape=shape)


def _repeated(constant: Constant, kind: Kind, rule: CellRule, rows: int, spec: SourceSpec) -> Cells:
    try:
        one = typed([constant.value], kind, rule)
    except Misfit:
        raise InputError(
            f"{spec.label}: column {constant.name}: {constant.value!r} is no number, as --numeric promised",
            remedy=f"leave {constant.name} out of --numeric",
        ) from None
    if isinstance(one, Labels):
        return Labels(np.repeat(one.codes, rows), one.names)
    return Numbers(np.repeat(one.values, rows), one.instants)


def _set_of(spec: SourceSpec, files: Sequence[tuple[str, str]]) -> SourceSpec:
    """The files as parts: the place of each, and the path that may give columns."""
    if not files:
        remedy = "check the path; quote a pattern, so that the shell leaves it alone"
        what = "no file matches" if is_pattern(spec.location) else "there is no data file in"
        raise InputError(f"{what} {spec.label!r}", remedy=remedy)
    given = [_given_by(short) for _, short in files]
    common = list(dict.fromkeys(name for values in given for name in values))  # missing where a path has none
    rule = cell_rule((), ".")
    kinds = {name: judged([values.get(name, "") for values in given], rule) for name in common}
    parts = tuple(
        spec._replace(
            label=shown(path),
            location=path,
            constants=tuple(Constant(name, values.get(name, ""), kinds[name]) for name in common),
        )
        for (path, _), values in zip(files, given, strict=True)
    )
    return spec._replace(place="set", parts=parts)


def _given_by(path: str) -> dict[str, str]:
    """Columns that the folders of a path give: Hive's ``key=value``."""
    pairs = (folder.partition("=") for folder in path.split("/")[:-1])
    return {
        unquote(name): "" if value == _NOTHING else unquote(value) for name, equals, value in pairs if equals and name
    }


def _is_wanted(path: str) -> bool:
    """Whether a file that a pattern matches is no marker of its writer, as _SUCCESS is."""
    return not any(part.startswith(("_", ".")) for part in path.split("/"))


def _is_data(path: str) -> bool:
    """Whether a file of a folder is to be read: no marker, no hidden one, with the name of a format."""
    name = path.lower()
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    return _is_wanted(path) and name.endswith(SUFFIXES)
