"""Groups of rows: each against the rest, against a base group, or against the same group of another operand."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from kldiv_cli.core.groups import natural, rests
from kldiv_cli.core.model import Note, Part
from kldiv_cli.core.phrases import listed
from kldiv_cli.core.table_remarks import first_asked
from kldiv_cli.engines import grouped_all
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.pipeline.closing import Closing
from kldiv_cli.pipeline.compare import report_on_pairs, require_one_stdin, require_values
from kldiv_cli.pipeline.pairing import ProfilePair, require_known
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kldiv_cli.core.groups import GroupedProfile
    from kldiv_cli.core.model import Comparison, Settings
    from kldiv_cli.core.summary import Profile
    from kldiv_cli.engines import Running
    from kldiv_cli.report import Report
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec

_NAMED = 12


class LoneGroup(NamedTuple):
    """A group that only one of two operands has."""

    part: Part
    profile: Profile
    is_gone: bool
    """Whether P has it; else it is new."""
    rows: tuple[int, int]
    """Of the operand that has it, and of the one that lacks it."""
    labels: tuple[str, str]
    """Of P and of Q."""


class Pairs(NamedTuple):
    """Parts of operands that meet, with what is said of all of them."""

    pairs: Iterable[ProfilePair]
    """Made when they are asked for, once: the rest of a large table is as large."""
    heads: tuple[str, str]
    notes: list[Note]
    lone: tuple[LoneGroup, ...] = ()
    """Groups of two operands that one of them lacks."""


def compare_groups(
    specs: Sequence[SourceSpec], base: str | None, settings: Settings, running: Running, meter: Meter
) -> Report:
    """Compare the groups of one operand with each other, or those of two.

    Parameters
    ----------
    specs : sequence of one or two SourceSpec
        Their options say what rows are grouped by.
    base : str, optional
        Name of the group that is P for all others of one operand; if None the rest is.
    settings : Settings
    running : Running
    meter : Meter

    Raises
    ------
    KldivError
        If an operand cannot be read or grouped, or there are no two groups to compare.
    """
    found = grouped_pairs(specs, base, running, meter)
    report = report_on_pairs(found.pairs, settings)
    require_values(report.comparisons)
    notes = (
        *summary_of(report.comparisons, first_asked(settings), is_table=report.is_table),
        *found.notes,
        *report.notes,
    )
    return report._replace(notes=tuple(dict.fromkeys(notes)), heads=found.heads)


def grouped_pairs(specs: Sequence[SourceSpec], base: str | None, running: Running, meter: Meter) -> Pairs:
    """The groups that meet, as `compare_groups` pairs them."""
    require_one_stdin(specs)
    if len(specs) > 2:
        raise UsageError("groups are of one operand, or of two", remedy="kldiv P Q --by COLUMN")
    if any(spec.place == "uniform" for spec in specs):
        raise UsageError("uniform has no rows that could be grouped", remedy="a file")
    read = grouped_all(specs, running, meter)
    require_known(specs[0].options.columns_named(), [one for grouped in read for one in grouped.groups.values()])
    if len(read) == 1:
        return _of_one(read[0], base)
    if base is not None:
        raise UsageError("--base-group is for the groups of one operand", remedy="leave it out: group meets group")
    return _of_two(*read)


def summary_of(comparisons: Sequence[Comparison], measure: str | None, *, is_table: bool) -> list[Note]:
    """How many groups were compared, the furthest and the closest of them by a measure."""
    closing = Closing("group", measure)
    for _, own in groupby(comparisons, key=lambda comparison: (comparison.p.label, comparison.q.label)):
        closing.add(list(own), is_table=is_table)
    return list(closing.notes())


def _of_one(grouped: GroupedProfile, base: str | None) -> Pairs:
    groups, by = grouped.groups, ",".join(grouped.by)
    if len(groups) < 2:
        told = f"{grouped.label}: {by} is {next(iter(groups))!r} in all rows: one group is nothing to compare"
        raise InputError(told, remedy="another --by")
    each = f"{grouped.label}, each group of {by}"
    if base is None:
        labels = [f"{grouped.label}[{by}!={name}]" for name in groups]
        others = rests(list(groups.values()), labels)
        made = (ProfilePair(p, q, Part("group", name)) for p, (name, q) in zip(others, groups.items(), strict=True))
        return Pairs(made, (f"{grouped.label}, all rows of other groups", each), list(grouped.notes))
    if base not in groups:
        import difflib

        nearest = difflib.get_close_matches(base, groups, n=1)
        shown = f"{nearest[0]!r}?" if nearest else f"there are {', '.join(list(groups)[:_NAMED])}"
        raise UsageError(f"{grouped.label} has no group {base!r} of {by}", remedy=shown)
    pairs = [ProfilePair(groups[base], q, Part("group", name)) for name, q in groups.items() if name != base]
    return Pairs(pairs, (groups[base].label, each), list(grouped.notes))


def _of_two(here: GroupedProfile, there: GroupedProfile) -> Pairs:
    names = [name for name in sorted(here.groups, key=natural) if name in there.groups]
    by = ",".join(here.by)
    notes = [*here.notes, *there.notes]
    lone: list[LoneGroup] = []
    for one, other, side in ((here, there, "P"), (there, here, "Q")):
        alone = [name for name in one.groups if name not in other.groups]
        labels = (here.label, there.label)
        lone += [
            LoneGroup(Part("group", name), one.groups[name], one is here, (one.rows, other.rows), labels)
            for name in alone
        ]
        if alone:
            more = [f"{len(alone) - _NAMED:,} more"] if len(alone) > _NAMED else []
            notes.append(Note(f"only-in-{side.lower()}", f"Groups only in {side}: {listed(alone[:_NAMED] + more)}."))
    if not names:
        raise InputError(f"{here.label} and {there.label} have no group of {by} in common", remedy="another --by")
    pairs = [ProfilePair(here.groups[name], there.groups[name], Part("group", name)) for name in names]
    return Pairs(pairs, (f"{here.label}, each group of {by}", f"{there.label}, the same group"), notes, tuple(lone))
