"""Several columns at once: every candidate's rows as points, against those of the reference."""

from __future__ import annotations

import os
from contextlib import nullcontext
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.joint.compare import compare_joint
from kldiv_cli.core.joint.sample import joint_sample
from kldiv_cli.core.model import Note
from kldiv_cli.core.phrases import listed
from kldiv_cli.engines import Running
from kldiv_cli.errors import InputError, KldivError, UsageError
from kldiv_cli.pipeline.compare import require_one_stdin
from kldiv_cli.report import Failure, Report
from kldiv_cli.sources.meter import Meter
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import SourceSpec
from kldiv_cli.sources.wide_rows import DenseRows, opened_rows, points_of_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kldiv_cli.core.arrays import Grid
    from kldiv_cli.core.joint.sample import JointSample
    from kldiv_cli.core.model import Settings
    from kldiv_cli.sources.spec import ReadOptions

_NOT_OF_POINTS = {
    "weights": "--weights",
    "labels": "--labels",
    "order": "--order",
    "categorical": "--categorical",
    "by": "--by",
    "rows": "--rows",
}
_REMEDY = "-c x1,x2,x3 names columns that both have"


def compare_jointly(
    reference: SourceSpec,
    candidates: Sequence[SourceSpec | Failure],
    settings: Settings,
    running: Running,
    meter: Meter,
    *,
    fail_fast: bool = False,
    objects: Mapping[str, object] = MappingProxyType({}),
) -> Iterator[Report]:
    """Compare the rows of each candidate with those of the reference: one report each, in their order.

    ``objects`` are Python objects by label, which stand for operands that are not read.

    Raises
    ------
    KldivError
        If the reference cannot be read, or an option has no effect; with ``fail_fast`` at the first bad candidate.
    """
    specs = [one for one in candidates if isinstance(one, SourceSpec)]
    require_one_stdin([reference, *specs])
    _require_points([reference, *specs], running)
    p, notes = joint_sample_of(reference, meter, objects)
    for candidate in candidates:
        try:
            if isinstance(candidate, Failure):
                raise InputError(candidate.message, remedy=candidate.remedy)
            q, more = joint_sample_of(candidate, meter, objects)
            meter.is_reading = len(candidates) > 1  # what takes time from here on is not reading
            ours, theirs, said = paired_columns(p, q)
            exact = reference.options.exact
            comparison = compare_joint(ours, theirs, settings, exact=exact)
            notes_here = tuple(dict.fromkeys([*notes, *more, *said]))
            yield Report("compare", settings, (comparison,), notes_here, candidates=len(candidates))
        except KldivError as fault:
            if fail_fast or len(candidates) == 1:
                raise
            failure = Failure(candidate.label, fault.message, fault.remedy)
            yield Report("compare", settings, (), failed=(failure,), candidates=len(candidates))


def joint_sample_of(
    spec: SourceSpec, meter: Meter | None = None, objects: Mapping[str, object] = MappingProxyType({})
) -> tuple[JointSample, list[Note]]:
    """Read the rows of all columns of numbers, and what is to be said of the others.

    Raises
    ------
    KldivError
        If the place cannot be read, or has no rows of numbers.
    """
    blocks: list[Grid] = []
    names: tuple[str, ...] | None = None
    notes: list[Note] = []
    for part in spec.parts or (spec,):
        with (
            nullcontext(points_of_object(objects[spec.label], spec))
            if spec.label in objects
            else opened_rows(part, meter, joint=True)
        ) as table:
            read = [_dense(block, part) for block in table.blocks]
            if not read:
                raise InputError(f"{part.label} has no rows", remedy="check the command that made it")
            found = table.outcomes or _numbered(read[0].shape[1], part)
            names = names or found
            if found != names:
                raise InputError(f"{part.label} has other columns than the files before it", remedy=_REMEDY)
            blocks += read
            if table.left_out:
                notes.append(Note("left-out", f"Left out, for they hold no numbers: {listed(list(table.left_out))}."))
    assert names is not None, "there is a part"
    rows = np.concatenate(blocks)
    sample = joint_sample(spec.label, names, rows)
    if sample.left_out:
        told = f"{spec.label}: {sample.left_out:,} of {len(rows):,} rows left out: a value is missing or infinite."
        notes.append(Note("rows-left-out", told))
    return sample, list(dict.fromkeys(notes))


def compare_objects_jointly(
    objects: tuple[object, object], labels: tuple[str, str] | None, settings: Settings, options: ReadOptions
) -> Report:
    """Compare the rows of two Python objects, or of operands as typed in the shell."""
    names = labels or tuple(item if isinstance(item, str) else name for item, name in zip(objects, "PQ", strict=True))
    specs, given = specs_of_objects(objects, names, options)
    return next(compare_jointly(specs[0], specs[1:], settings, Running(), Meter(), objects=given))


def specs_of_objects(
    objects: Sequence[object], names: Sequence[str], options: ReadOptions
) -> tuple[list[SourceSpec], dict[str, object]]:
    """Operands for Python objects or for what would be typed, and the objects by label."""
    specs, given = [], {}
    for item, name in zip(objects, names, strict=True):
        text = os.fspath(item) if isinstance(item, os.PathLike) else item
        if isinstance(text, str):
            specs.append(operand(text, options)._replace(label=name))
        else:
            specs.append(SourceSpec(name, "inline", "", options=options))
            given[name] = item
    return specs, given


def paired_columns(p: JointSample, q: JointSample) -> tuple[JointSample, JointSample, list[Note]]:
    """Both with the columns that both have, in the order of P.

    Raises
    ------
    InputError
        If they have none in common.
    """
    if p.names == q.names:
        return p, q, []
    common = [name for name in p.names if name in q.names]
    if not common:
        shown = ", ".join(p.names[:6]), ", ".join(q.names[:6])
        raise InputError(f"{p.label} ({shown[0]}) and {q.label} ({shown[1]}) have no column in common", remedy=_REMEDY)
    notes = []
    for one, other, side in ((p, q, "p"), (q, p, "q")):
        alone = [name for name in one.names if name not in other.names]
        if alone:
            notes.append(Note(f"only-in-{side}", f"Only in {side.upper()}, left out: {listed(alone)}."))
    found = []
    for one in (p, q):
        places = [one.names.index(name) for name in common]
        found.append(one._replace(names=tuple(common), rows=np.ascontiguousarray(one.rows[:, places])))
    return found[0], found[1], notes


def _numbered(width: int, spec: SourceSpec) -> tuple[str, ...]:
    """Names of columns that have none: the numbers that were asked for, or 1, 2, ..."""
    asked = spec.options.columns
    return asked if len(asked) == width > 1 else tuple(str(place + 1) for place in range(width))


def _dense(block: object, spec: SourceSpec) -> Grid:
    if not isinstance(block, DenseRows):
        raise InputError(f"{spec.label} holds objects of outcomes, not rows of numbers", remedy="a table, or .npy")
    return block.values


def _require_points(specs: Sequence[SourceSpec], running: Running) -> None:
    """Refuse what would have no effect on rows of numbers.

    Raises
    ------
    UsageError
        If it was asked for, or an operand is no table.
    """
    if running.engine != "local":
        raise UsageError("--joint reads on this machine", remedy="leave out --engine")
    for spec in specs:
        for field, option in _NOT_OF_POINTS.items():
            if getattr(spec.options, field):
                raise UsageError(f"{option} does not go with --joint: rows are points", remedy=f"leave out {option}")
        if spec.n is not None:
            raise UsageError("--n-p and --n-q are for bare probabilities", remedy="leave them out")
