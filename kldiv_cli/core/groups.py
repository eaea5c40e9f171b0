"""The rows of one table by group: a profile each, and what is left when one of them is taken away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, Profile
from kldiv_cli.core.tally import LabelTally, NumericTally
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kldiv_cli.core.model import Note
    from kldiv_cli.core.summary import Summary
    from kldiv_cli.core.tally import Tally

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


class GroupedProfile(NamedTuple):
    """A table summarised group by group.

    Parameters
    ----------
    label : str
        Of the whole table.
    by : tuple of str
        Columns whose values name the groups.
    groups : dict
        Profiles by the name of the group, in natural order.
    rows : int
        Rows of all groups, and those of none.
    names : tuple of str
        All columns of the place.
    notes : tuple of Note
    """

    label: str
    by: tuple[str, ...]
    groups: dict[str, Profile]
    rows: int
    names: tuple[str, ...]
    notes: tuple[Note, ...] = ()


def natural(name: str) -> tuple[tuple[bool, float, str], ...]:
    """Key that sorts ``2`` before ``10``, and ``week 9`` before ``week 10``.

    Examples
    --------
    >>> sorted(["10", "9", "week 10", "week 9", "-1"], key=natural)
    ['-1', '9', '10', 'week 9', 'week 10']
    """
    parts: list[tuple[bool, float, str]] = []
    end = 0
    for found in _NUMBER.finditer(name):
        start = found.start()
        start += found[0][0] == "-" and start > 0 and name[start - 1].isalnum()  # a hyphen, not a sign
        parts += [(True, 0.0, name[end:start])] if start > end else []
        parts.append((False, float(name[start : found.end()]), name[start : found.end()]))
        end = found.end()
    return (*parts, (True, 0.0, name[end:]))


def merged(profiles: Sequence[Profile], label: str) -> Profile:
    """Rows of several profiles of samples as those of one.

    Columns that one of them lacks are missing in its rows.
    """
    names = dict.fromkeys(name for profile in profiles for name in profile.columns)
    columns = {name: _merged([(one, one.columns.get(name)) for one in profiles]) for name in names}
    first = profiles[0]
    return first._replace(
        label=label,
        columns=columns,
        rows=sum(profile.rows for profile in profiles),
        weighted=any(profile.weighted for profile in profiles),
        names=tuple(dict.fromkeys(name for profile in profiles for name in profile.names)),
        notes=tuple(dict.fromkeys(note for profile in profiles for note in profile.notes)),
    )


def rests(profiles: Sequence[Profile], labels: Sequence[str]) -> Iterator[Profile]:
    """For each of two profiles or more, all others as one, under a label of its own; made when it is asked for.

    Whole counts are taken away from those of all together. Others, whose differences would be rounded, are merged from
    the left and from the right, which takes as much memory as all of the rests.
    """
    whole = merged(profiles, "")
    if all(_can_be_taken_away(summary) for profile in (whole, *profiles) for summary in profile.columns.values()):
        for profile, label in zip(profiles, labels, strict=True):
            columns = {name: _without(summary, profile.columns.get(name)) for name, summary in whole.columns.items()}
            yield whole._replace(label=label, columns=columns, rows=whole.rows - profile.rows)
        return
    left: list[Profile] = [profiles[0]]
    for profile in profiles[1:-1]:
        left.append(merged([left[-1], profile], ""))
    right: list[Profile] = [profiles[-1]]
    for profile in profiles[-2:0:-1]:
        right.append(merged([profile, right[-1]], ""))
    right.reverse()
    found = [right[0], *(merged([left[i - 1], right[i]], "") for i in range(1, len(profiles) - 1)), left[-1]]
    yield from (one._replace(label=label) for one, label in zip(found, labels, strict=True))


def _can_be_taken_away(summary: Summary) -> bool:
    """Whether every value is kept, with a whole count: then differences of counts are exact."""
    if summary.weight_squares != summary.mass or summary.whole is None:
        return False
    if isinstance(summary, NumericSummary):
        return not summary.rank_error and summary.moments is None
    return not summary.pooled and not summary.identifier


def _without(whole: Summary, part: Summary | None) -> Summary:
    """Observations of the whole that are not in a part of it; a column that the part lacks is missing in its rows."""
    if part is None:
        return whole
    counts = whole.counts.copy()
    if isinstance(whole, NumericSummary):
        if isinstance(part, NumericSummary):
            counts[np.searchsorted(whole.values, part.values)] -= part.counts
        kept = counts > 0.0
        return whole._replace(
            values=whole.values[kept],
            counts=counts[kept],
            weight_squares=whole.weight_squares - (part.mass if isinstance(part, NumericSummary) else 0.0),
            missing=whole.missing - part.missing,
            non_finite=whole.non_finite - (part.non_finite if isinstance(part, NumericSummary) else 0.0),
        )
    mass = 0.0
    if isinstance(part, CategoricalSummary):
        places = {label: place for place, label in enumerate(whole.labels)}
        counts[[places[label] for label in part.labels]] -= part.counts
        mass = part.mass
    kept = (counts > 0.0) | whole.ordered
    return whole._replace(
        labels=tuple(label for label, keep in zip(whole.labels, kept.tolist(), strict=True) if keep),
        counts=counts[kept],
        weight_squares=whole.weight_squares - mass,
        missing=whole.missing - part.missing,
    )


def _merged(parts: Iterable[tuple[Profile, Summary | None]]) -> Summary:
    found = list(parts)
    absent = sum(profile.rows for profile, summary in found if summary is None)
    return together([summary for _, summary in found if summary is not None], absent)


def together(summaries: Sequence[Summary], absent: float = 0.0) -> Summary:
    """Summary of the observations of several, and of ``absent`` ones without a value."""
    tallies = [_tally_of(summary) for summary in summaries]
    filled = [tally for tally in tallies if not tally.is_empty] or tallies[:1]
    whole = filled[0]
    for tally in tallies:
        if tally is whole:
            continue
        if type(tally) is type(whole):
            whole.absorb(tally)  # type: ignore[arg-type]  # both are of one type
        else:
            whole.add_missing(tally.missing)
    whole.add_missing(absent)
    return whole.summary()


def _tally_of(summary: Summary) -> Tally:
    if isinstance(summary, NumericSummary):
        numbers = NumericTally(instants=summary.instants)
        numbers.add_summary(summary)
        return numbers
    assert isinstance(summary, CategoricalSummary), "a summary is of numbers or of labels"
    labels = LabelTally(keep_order=summary.ordered)
    labels.add_summary(summary)
    return labels
