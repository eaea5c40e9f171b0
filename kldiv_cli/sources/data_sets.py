"""Many files as one data set: a folder, a quoted pattern, the partitions of a table."""

from __future__ import annotations

import os
from glob import glob
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

import numpy as np

from kldiv_cli.errors import InputError
from kldiv_cli.sources.batch import Batch, Labels, Numbers, Table
from kldiv_cli.sources.places import COMPRESSED
from kldiv_cli.sources.spec import is_pattern
from kldiv_cli.sources.table import CellRule, Kind, cell_rule, judged, kind_asked, typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.sources.batch import Cells, Shape
    from kldiv_cli.sources.spec import SourceSpec

SUFFIXES = (
    ".csv",
    ".tsv",
    ".tab",
    ".txt",
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

        paths = matching(spec.location)
        if not paths and not is_pattern(spec.location):
            return spec
        fixed = _fixed_part(spec.location)
        return _set_of(spec, [path for path in paths if _is_data(path[len(fixed) :])], fixed)
    if os.path.isdir(spec.location):
        root = spec.location.rstrip("/") + "/"
        found = sorted(os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names)
        return _set_of(spec, [path for path in found if _is_data(path[len(root) :])], root)
    if not os.path.exists(spec.location) and is_pattern(spec.location):
        found = sorted(path for path in glob(spec.location, recursive=True) if not os.path.isdir(path))
        return _set_of(spec, found, _fixed_part(spec.location))
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
            constant.name: _repeated(constant.value, kinds[constant.name], rule, batch.rows)
            for constant in constants
            if constant.name in wanted
        }
        return Batch({**batch.columns, **added}, batch.rows)

    def rest(wanted: Sequence[str]) -> Iterator[Batch]:
        for batch in table.rest([name for name in wanted if name in table.names]):
            yield widened(batch, wanted)

    shape: Shape = "table" if table.shape == "column" else table.shape
    return table._replace(names=names, head=widened(table.head, names), rest=rest, shape=shape)


def _repeated(value: str, kind: Kind, rule: CellRule, rows: int) -> Cells:
    one = typed([value], kind, rule)
    if isinstance(one, Labels):
        return Labels(np.repeat(one.codes, rows), one.names)
    return Numbers(np.repeat(one.values, rows), one.instants)


def _set_of(spec: SourceSpec, paths: Sequence[str], fixed: str) -> SourceSpec:
    if not paths:
        remedy = "check the path; quote a pattern, so that the shell leaves it alone"
        what = "no file matches" if is_pattern(spec.location) else "there is no data file in"
        raise InputError(f"{what} {spec.label!r}", remedy=remedy)
    given = [_given_by(path[len(fixed) :]) for path in paths]
    common = [name for name in given[0] if all(name in values for values in given)]
    rule = cell_rule((), ".")
    kinds = {name: judged([values[name] for values in given], rule) for name in common}
    parts = tuple(
        spec._replace(
            label=path,
            location=path,
            constants=tuple(Constant(name, values[name], kinds[name]) for name in common),
        )
        for path, values in zip(paths, given, strict=True)
    )
    return spec._replace(place="set", parts=parts)


def _given_by(path: str) -> dict[str, str]:
    """Columns that the folders of a path give: Hive's ``key=value``."""
    pairs = (folder.partition("=") for folder in path.split("/")[:-1])
    return {
        unquote(name): "" if value == _NOTHING else unquote(value) for name, equals, value in pairs if equals and name
    }


def _fixed_part(pattern: str) -> str:
    """The folders before the first wildcard."""
    first = min((pattern.find(char) for char in "*?[" if char in pattern), default=len(pattern))
    return pattern[: pattern.rfind("/", 0, first) + 1]


def _is_data(path: str) -> bool:
    """Whether a file of a folder is to be read: no marker, no hidden one, with the name of a format."""
    if any(part.startswith((".", "_")) for part in path.split("/")):
        return False
    name = path.lower()
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    return name.endswith(SUFFIXES)
