"""Periods in their order, each against an earlier one: the first, the one before, or a window of several before."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from kldiv_cli.core.groups import merged, natural
from kldiv_cli.core.model import Note, Part
from kldiv_cli.core.phrases import listed
from kldiv_cli.core.remarks import LEVEL
from kldiv_cli.core.table_remarks import apartness, apartness_in_words, first_asked
from kldiv_cli.engines import grouped_all
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.pipeline.closing import told_of_failed
from kldiv_cli.pipeline.compare import report_on_pairs, require_one_stdin, require_values
from kldiv_cli.pipeline.pairing import ProfilePair, require_known
from kldiv_cli.pipeline.readable import readable
from kldiv_cli.record import NamedTuple
from kldiv_cli.report import Failure, Series

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.model import Comparison, Estimate, Settings
    from kldiv_cli.core.summary import Profile
    from kldiv_cli.engines import Running
    from kldiv_cli.report import Report
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec

AGAINST = ("first", "previous")
"""What periods are compared with if nothing was asked for."""
_MEASURE = "js"
_IN_ORDER = re.compile(r"-?[0-9]+(\.[0-9]+)?|[0-9]{4}(-[0-9]{2})*([ T].*)?|[0-9]{4}-?[QqWw][0-9]+")
"""Names of periods that sort in the order of time: numbers, and dates as ISO 8601 writes them."""
_SHOWN = 6


class Periods(NamedTuple):
    """Profiles of periods by their names, in the order of time."""

    profiles: dict[str, Profile]
    label: str
    """What they are periods of."""
    notes: tuple[Note, ...]
    failed: tuple[Failure, ...] = ()
    """Operands that could not be read: no periods."""


def checked_against(names: Sequence[str]) -> tuple[str, ...]:
    """What periods are compared with; a number is a window of so many periods before.

    Raises
    ------
    UsageError
        If it is neither ``first``, ``previous`` nor a number from 1 up.
    """
    for name in names:
        if name not in AGAINST and not (name.isascii() and name.isdigit() and int(name) > 0):
            raise UsageError(
                f"periods cannot be compared with {name!r}", remedy="--against first, previous, or 3: the 3 before"
            )
    numbers = ("previous" if name not in AGAINST and int(name) == 1 else name.lstrip("0") for name in names)
    return tuple(dict.fromkeys(numbers)) or AGAINST


def trend(
    specs: Sequence[SourceSpec], against: Sequence[str], settings: Settings, running: Running, meter: Meter
) -> Report:
    """Compare every period with an earlier one.

    Parameters
    ----------
    specs : sequence of SourceSpec
        One operand whose options say what column makes periods, or an operand a period.
    against : sequence of str
        ``first``, ``previous``, or a number of periods before.
    settings : Settings
    running : Running
    meter : Meter

    Raises
    ------
    KldivError
        If an operand cannot be read or grouped, or there are no two periods.
    """
    if settings.preset is not None:
        raise UsageError("a preset is a convention for a pair, and none for a trend", remedy="kldiv P Q --preset NAME")
    periods = periods_of(specs, running, meter)
    reports = [report_on_pairs(pairs_against(periods, one), settings) for one in against]
    comparisons: list[Comparison] = []
    series: list[Series] = []
    for one, report in zip(against, reports, strict=True):
        require_values(report.comparisons)
        for column in dict.fromkeys(comparison.column for comparison in report.comparisons):
            own = [comparison for comparison in report.comparisons if comparison.column == column]
            comparisons += own
            series += _series(one, own, settings.measures or (_MEASURE,))
    told = [*_summary(periods, against, reports), *told_of_failed(periods.failed)]
    notes = [*told, *periods.notes, *(note for one in reports for note in one.notes)]
    return reports[0]._replace(
        command="trend",
        comparisons=tuple(comparisons),
        notes=tuple(dict.fromkeys(notes)),
        heads=heads(periods, against),
        series=tuple(series),
        failed=periods.failed,
    )


def heads(periods: Periods, against: Sequence[str]) -> tuple[str, str]:
    """What P and Q are, in words."""
    return f"{periods.label}, {' or '.join(map(_in_words, against))}", f"{periods.label}, each later period"


def periods_of(specs: Sequence[SourceSpec], running: Running, meter: Meter) -> Periods:
    """Read the periods: of the groups of one operand, or an operand each, in the order of their names.

    Raises
    ------
    KldivError
        If an operand cannot be read or grouped, or there are no two periods.
    """
    require_one_stdin(specs)
    if any(spec.place == "uniform" for spec in specs):
        raise UsageError("uniform is no period", remedy="files, or --by COLUMN")
    found = _of_groups(specs, running, meter) if specs[0].options.by else _of_operands(specs, running, meter)
    if len(found.profiles) < 2:
        name = next(iter(found.profiles))
        raise InputError(f"{found.label}: there is one period, {name}", remedy="--by COLUMN, --every, or more files")
    return found


def pairs_against(periods: Periods, against: str) -> list[ProfilePair]:
    """Every period but the first with an earlier one, which is P."""
    names, profiles = list(periods.profiles), list(periods.profiles.values())
    return [
        ProfilePair(_earlier(profiles[:place], names[:place], against), profiles[place], Part("period", names[place]))
        for place in range(1, len(names))
    ]


def _of_groups(specs: Sequence[SourceSpec], running: Running, meter: Meter) -> Periods:
    if len(specs) > 1:
        raise UsageError("--by makes periods of one operand", remedy="a folder or a quoted pattern is one")
    (grouped,) = grouped_all(specs, running, meter)
    require_known(specs[0].options.columns_named(), grouped.groups.values())
    by = ",".join(grouped.by)
    notes = list(grouped.notes)
    if specs[0].options.every is None and not all(_IN_ORDER.fullmatch(name) for name in grouped.groups):
        shown = listed([*list(grouped.groups)[:_SHOWN], *(["..."] if len(grouped.groups) > _SHOWN else [])])
        notes.append(Note("label-periods", f"Periods are labels of {by}, in the order of their names: {shown}."))
    return Periods(grouped.groups, f"{grouped.label} by {by}", tuple(notes))


def _of_operands(specs: Sequence[SourceSpec], running: Running, meter: Meter) -> Periods:
    whole = specs[0].parts if len(specs) == 1 and specs[0].parts else specs
    in_order = sorted(whole, key=lambda spec: natural(spec.label))
    profiles, failed = readable(in_order, running, meter, least=2)
    if failed and failed[0].label == in_order[0].label:  # another one would pass for the first
        raise InputError(failed[0].text, remedy=failed[0].remedy)
    require_known(specs[0].options.columns_named(), profiles)
    names = _names([profile.label for profile in profiles])
    label = specs[0].label if len(specs) == 1 else f"{len(names):,} operands"
    return Periods(dict(zip(names, profiles, strict=True)), label, (), failed)


def _names(labels: Sequence[str]) -> list[str]:
    """What the operands are called as periods: files without folder and suffix, where that tells them apart.

    Raises
    ------
    UsageError
        If two have the same label.
    """
    twice = [label for place, label in enumerate(labels) if label in labels[:place]]
    if twice:
        raise UsageError(f"{twice[0]} is there twice", remedy="NAME=FILE gives a period a name")
    stems = [PurePath(label).name.partition(".")[0] for label in labels]
    return stems if len(set(stems)) == len(stems) and all(stems) else list(labels)


def _earlier(before: Sequence[Profile], names: Sequence[str], against: str) -> Profile:
    """The period, or the window of periods, that the next one is compared with."""
    if against == "first":
        return before[0]
    window = before[-1:] if against == "previous" else before[-int(against) :]
    if len(window) == 1:
        return window[0]
    if any(profile.kind != "samples" for profile in window):
        raise InputError("only samples add up to a window of periods", remedy="--against first,previous")
    return merged(window, f"{window[0].label}..{names[-1]}")


def _in_words(against: str) -> str:
    if against in AGAINST:
        return f"the {against} period"
    return f"the {against} periods before"


def _series(against: str, comparisons: Sequence[Comparison], measures: Sequence[str]) -> Iterator[Series]:
    """One measure of one column over time."""
    keys = dict.fromkeys((one.measure, one.direction) for item in comparisons for one in item.estimates)
    for measure, direction in keys:
        found = [comparison.estimate(measure, direction) for comparison in comparisons]
        if measure in measures and any(estimate.value is not None for estimate in found):
            beyond = [item.called for item, one in zip(comparisons, found, strict=True) if _is_beyond(one)]
            yield Series(
                comparisons[0].column,
                against,
                measure,
                direction,
                tuple(item.called for item in comparisons),
                tuple(estimate.value for estimate in found),
                tuple(beyond) if any(one.null is not None and one.null.p_value is not None for one in found) else None,
            )


def _is_beyond(estimate: Estimate) -> bool:
    """Whether a value is more than noise."""
    null = estimate.null
    return null is not None and null.p_value is not None and null.p_value <= LEVEL


def _summary(periods: Periods, against: Sequence[str], reports: Sequence[Report]) -> Iterator[Note]:
    """The furthest period, for each thing that periods are compared with."""
    told = []
    measure = first_asked(reports[0].settings)
    for one, report in zip(against, reports, strict=True):
        worst = max(report.comparisons, key=lambda comparison: apartness(comparison, measure))
        column = f"{worst.column}, " if report.is_table and worst.column else ""
        of = "it" if one == "previous" else _in_words(one)
        verb = "Largest step from one to the next" if one == "previous" else f"Furthest from {of}"
        told.append(f"{verb}: {worst.called} ({column}{apartness_in_words(worst, measure)})")
    yield Note("closing", f"{len(periods.profiles):,} periods. {'. '.join(told)}.")
