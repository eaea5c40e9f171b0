"""Every pair of operands, or of the groups of one: all pairs of a column share one support."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compare import compare_all
from kldiv_cli.core.groups import together
from kldiv_cli.core.model import Note
from kldiv_cli.core.summary import NumericSummary
from kldiv_cli.core.views import infinite_mass
from kldiv_cli.engines import grouped_all, processors, summarised_all
from kldiv_cli.engines.in_order import in_order
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.pipeline.closing import told_of_failed
from kldiv_cli.pipeline.compare import notes_on_preset, require_one_stdin, require_values
from kldiv_cli.pipeline.pairing import notes_of, paired, require_known
from kldiv_cli.pipeline.pairs import closing, left_out_of_pairs, measures_of_pairs
from kldiv_cli.pipeline.readable import readable
from kldiv_cli.record import NamedTuple
from kldiv_cli.report import Failure, Matrix, Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Comparison, Settings
    from kldiv_cli.core.summary import Profile, Summary
    from kldiv_cli.engines import Running
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec

_WORTH_PROCESSES = 400
"""Comparisons from which further processes save more than they cost."""


class Plan(NamedTuple):
    """What every pair is compared with."""

    profiles: tuple[Profile, ...]
    shared: dict[str | None, Summary]
    settings: Settings
    measures: tuple[Measure, ...]


def matrix(
    specs: Sequence[SourceSpec], reference: SourceSpec | None, settings: Settings, running: Running, meter: Meter
) -> Report:
    """Compare every pair.

    Parameters
    ----------
    specs : sequence of SourceSpec
        Two operands or more, or one whose options say what its rows are grouped by.
    reference : SourceSpec, optional
        What decides bins in place of all operands together.
    settings : Settings
    running : Running
    meter : Meter

    Raises
    ------
    KldivError
        If an operand cannot be read, or two of them cannot be compared.
    """
    measures = measures_of_pairs(settings)
    others = [] if reference is None else [reference]
    require_one_stdin([*specs, *others])
    profiles, named, notes, failed = _read(specs, running, meter)
    binned_by = summarised_all(others, running, meter) or profiles
    lacking = _lacking(profiles, binned_by)
    plan = Plan(tuple(profiles), _shared(profiles, binned_by), settings, measures)
    pairs = list(combinations(range(len(profiles)), 2))
    jobs = min(running.jobs or processors(), len(pairs))
    if len(pairs) * len(profiles[0].columns) < _WORTH_PROCESSES:
        jobs = 1
    found = list(in_order(compared, plan, pairs, jobs, range(len(pairs)), _killed))
    comparisons = [comparison for one in found for comparison in (*one.comparisons, *one.turned)]
    require_values(comparisons)
    matrices = tuple(_matrices(found, pairs, named, measures))
    said = [
        *notes_on_preset(settings),
        *told_of_failed(failed),
        *notes,
        *(Note("reference", f"{binned_by[0].label} has no {name}: bins of all together.") for name in lacking),
        *notes_of(plan.profiles),
        *(note for one in found for note in one.notes),
        *left_out_of_pairs(settings, measures),
        *_infinite(profiles, named),
    ]
    return Report(
        "matrix",
        settings,
        tuple(comparisons),
        tuple(dict.fromkeys([*closing(matrices, len(pairs)), *said])),
        is_table=any(len(one.comparisons) > 1 for one in found),
        candidates=len(pairs),
        matrices=matrices,
        failed=failed,
    )


def _infinite(profiles: Sequence[Profile], names: Sequence[str]) -> Iterator[Note]:
    """Infinite values are left out of every comparison, and that is said once an operand and column."""
    for profile, name in zip(profiles, names, strict=True):
        for column, summary in profile.columns.items():
            infinite = infinite_mass(summary)
            if infinite:
                where = f"{name}, {column}" if column else name
                yield Note("non-finite", f"{where}: {infinite:,.10g} infinite, left out.")


class Compared(NamedTuple):
    """The columns of one pair, with what is said of them."""

    comparisons: tuple[Comparison, ...]
    notes: tuple[Note, ...]
    turned: tuple[Comparison, ...] = ()
    """Of Q and P, by measures that are told one way only, and are not the same both ways."""


def compared(plan: Plan, pair: tuple[int, int]) -> Compared:
    """Compare one pair."""
    p, q = (plan.profiles[place] for place in pair)
    columns, left_out = paired(p, q)
    found = compare_all(columns, plan.settings, plan.measures, plan.shared, brief=True)
    one_way = tuple(row for row in plan.measures if row.is_one_way)
    turned = compare_all(paired(q, p)[0], plan.settings, one_way, plan.shared, brief=True) if one_way else ()
    return Compared(tuple(found), tuple(left_out), tuple(turned))


def _killed(_pair: tuple[int, int], fault: Exception) -> Compared:
    raise fault


def _read(
    specs: Sequence[SourceSpec], running: Running, meter: Meter
) -> tuple[list[Profile], tuple[str, ...], list[Note], tuple[Failure, ...]]:
    """Profiles with their names, what is said of them, and which operands could not be read."""
    failed: tuple[Failure, ...] = ()
    if any(spec.place == "uniform" for spec in specs):
        raise UsageError("uniform has no outcomes of its own", remedy="write it out: 1,1,1")
    if specs[0].options.by:
        if len(specs) > 1:
            raise UsageError("a matrix of groups is of one operand", remedy="kldiv matrix FILE --by COLUMN")
        (grouped,) = grouped_all(specs, running, meter)
        require_known(specs[0].options.columns_named(), grouped.groups.values())
        found, names, notes = list(grouped.groups.values()), tuple(grouped.groups), list(grouped.notes)
    else:
        whole = specs[0].parts if len(specs) == 1 and specs[0].parts else specs  # of a folder every file
        (found, failed), notes = readable(whole, running, meter, least=2), []
        require_known(specs[0].options.columns_named(), found)
        names = tuple(profile.label for profile in found)
    if len(found) < 2:
        raise InputError(f"{found[0].label} alone makes no pair", remedy="kldiv matrix FILE FILE..., or --by COLUMN")
    return found, names, notes, failed


def _lacking(profiles: Sequence[Profile], binned_by: Sequence[Profile]) -> list[str]:
    """Columns of all operands that the reference lacks.

    Raises
    ------
    InputError
        If it lacks them all: it decides nothing then.
    """
    if all(len(profile.columns) == 1 for profile in (*profiles, *binned_by)):
        return []
    common = [name for name in profiles[0].columns if all(name in other.columns for other in profiles)]
    found = [name for name in common if not any(name in other.columns for other in binned_by)]
    if found and found == common:
        told = f"{binned_by[0].label} has no column in common with the operands, whose bins it should decide"
        raise InputError(told, remedy=f"--ref a table with {', '.join(common[:4])}")
    return found


def _parts(name: str, profiles: Sequence[Profile], *, lone: bool) -> list[Summary]:
    """Summaries of a column that have a value."""
    held = [next(iter(one.columns.values())) if lone else one.columns.get(name) for one in profiles]
    return [part for part in held if part is not None and part.mass]


def _shared(profiles: Sequence[Profile], binned_by: Sequence[Profile]) -> dict[str | None, Summary]:
    """What decides the support of every column; where operands came on bins of their own, those do."""
    lone = all(len(profile.columns) == 1 for profile in (*profiles, *binned_by))
    found: dict[str | None, Summary] = {}
    for name in dict.fromkeys(name for profile in profiles for name in profile.columns):
        parts = _parts(name, binned_by, lone=lone) or _parts(name, profiles, lone=lone)
        kinds = {type(part) for part in parts}
        given = any(isinstance(part, NumericSummary) and part.edges is not None for part in parts)
        if len(kinds) == 1 and not given:
            found[name] = together(parts)
            if lone:
                found[None] = found[name]
    return found


def _matrices(
    found: Sequence[Compared], pairs: Sequence[tuple[int, int]], names: tuple[str, ...], measures: Sequence[Measure]
) -> Iterator[Matrix]:
    columns = dict.fromkeys(comparison.column for one in found for comparison in one.comparisons)
    for column in columns:
        for row in measures:
            values = np.full((len(names),) * 2, math.nan)
            if row.least_is_zero or row.is_similarity:
                np.fill_diagonal(values, row.maximum if row.is_similarity else 0.0)
            estimates = [
                (place, estimate)
                for (i, j), one in zip(pairs, found, strict=True)
                for place, comparisons in (((i, j), one.comparisons), ((j, i), one.turned))
                for comparison in comparisons
                if comparison.column == column
                for estimate in comparison.estimates
                if estimate.measure == row.key
            ]
            for (i, j), estimate in estimates:
                value = math.nan if estimate.value is None else estimate.value
                if estimate.direction != "q:p":
                    values[i, j] = value
                if estimate.direction == "q:p" or row.symmetric:
                    values[j, i] = value
            if any(estimate.value is not None for _, estimate in estimates):
                first = estimates[0][1]
                yield Matrix(
                    column=column,
                    measure=row.key,
                    title=first.title,
                    unit=first.unit,
                    maximum=first.maximum,
                    labels=names,
                    values=values,
                    is_symmetric=row.symmetric,
                    is_similarity=row.is_similarity,
                )
