"""Which column of P meets which of Q, and whether the two can be compared at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.model import Note
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, Profile, filled_rows
from kldiv_cli.core.views import Column, ColumnPair
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.record import NamedTuple
from kldiv_cli.sources.interpret import is_column_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kldiv_cli.core.model import Part
    from kldiv_cli.core.summary import Summary


_REPEATING = 0.5
"""Share of distinct labels below which they clearly repeat."""


class ProfilePair(NamedTuple):
    """Two operands that meet, or two parts of operands."""

    p: Profile
    q: Profile
    part: Part | None = None


class Met(NamedTuple):
    """Columns that meet, or the reason why they cannot be compared."""

    name: str | None
    p: Column
    q: Column
    reason: Note | None
    as_labels: bool
    """Whether it was asked for as labels."""

    @property
    def is_of_one_kind(self) -> bool:
        """Whether both sides hold numbers, both dates, or both labels."""
        return _kind(self.p.summary) == _kind(self.q.summary)

    def change(self) -> str | None:
        """How the kind of the column changed, in words; None where it did not.

        That comes before anything else: an identifier that turned into numbers is no identifier any more. A column of
        labels that repeat and one whose labels name rows are as different; chance does not make one of the other.
        """
        one, other = self.p.summary, self.q.summary
        kinds = _kind(one), _kind(other)
        if self.as_labels or None in kinds or not self.p.kind == self.q.kind == "samples":
            return None
        name = self.name or "1"
        if kinds[0] != kinds[1]:
            return f"{name} holds {kinds[0]} in {self.p.label} and {kinds[1]} in {self.q.label}."
        if self.reason is None or not isinstance(one, CategoricalSummary) or not isinstance(other, CategoricalSummary):
            return None
        shares = [summary.distinct / summary.mass for summary in (one, other)]
        if min(shares) >= _REPEATING:
            return None
        repeats, names = (self.p, self.q) if shares[0] < shares[1] else (self.q, self.p)
        return f"{name} holds labels that repeat in {repeats.label} and names rows in {names.label}."


def paired(p: Profile, q: Profile) -> tuple[list[ColumnPair], list[Note]]:
    """Columns in common, in P's order, and notes on those that are left out.

    Raises
    ------
    InputError
        If nothing can be compared.
    """
    found, notes = met(p, q)
    pairs = [ColumnPair(column.name, column.p, column.q) for column in found if column.reason is None]
    reasons = [column.reason for column in found if column.reason is not None]
    if len(found) == 1 and reasons:
        name = found[0].name or "1"
        raise InputError(reasons[0].text, remedy=f"--categorical {name} compares the column as labels all the same")
    notes += reasons
    if not pairs:
        raise InputError(
            f"no column of {p.label} and {q.label} can be compared: " + " ".join(note.text for note in notes),
            remedy="--categorical NAME compares a column as labels",
        )
    if p.unlabelled and q.unlabelled:
        notes.append(Note("positions", "The masses have no labels: 0, 1, 2, ... stand for the outcomes."))
    return pairs, notes


def met(p: Profile, q: Profile) -> tuple[list[Met], list[Note]]:
    """Columns in common, in P's order, comparable or not, and notes on those that only one side has.

    Raises
    ------
    InputError
        If there is none.
    """
    _require_labels_alike(p, q)
    notes: list[Note] = []
    names = _common(p, q, notes)
    lone = len(p.columns) == len(q.columns) == 1
    found = [
        Met(
            _common_name(in_p, in_q, lone=lone),
            _column(p, in_p),
            _column(q, in_q),
            _why_not(p, q, in_p, in_q),
            in_p in p.categorical or in_q in q.categorical,
        )
        for in_p, in_q in names
    ]
    return found, notes


def uniform_like(other: Profile, label: str, n: float | None) -> Profile:
    """Equal masses on the outcomes of masses.

    Raises
    ------
    InputError
        If the other side is no masses.
    """
    if other.kind == "samples":
        raise InputError(
            f"{other.label} holds samples: uniform stands against masses only",
            remedy="kldiv 1/3,1/3,1/3 uniform, or counts",
        )
    (name, summary), *_ = other.columns.items()
    size = summary.counts.size
    equal = summary._replace(counts=np.full(size, (n or 1.0) / size), missing=0, weight_squares=n or 1.0)
    return Profile(label, "counts" if n else "probabilities", {name: equal}, size, unlabelled=other.unlabelled)


def _common_name(in_p: str, in_q: str, *, lone: bool) -> str | None:
    """A name that says something: a column without a header is called by its number."""
    if in_p == in_q and not lone:
        return in_p or None
    return next((name for name in (in_p, in_q) if name and not name.isdigit()), None)


def _column(profile: Profile, name: str) -> Column:
    return Column(profile.label, profile.kind, profile.columns[name], profile.weighted, profile.unlabelled)


def _common(p: Profile, q: Profile, notes: list[Note]) -> list[tuple[str, str]]:
    if len(p.columns) == 1 and len(q.columns) == 1:
        (in_p,), (in_q,) = p.columns, q.columns
        if in_p and in_q and in_p != in_q:
            notes.append(Note("other-name", f"Column {in_p} of {p.label} is compared with column {in_q} of {q.label}."))
        return [(in_p, in_q)]
    common = [(name, name) for name in p.columns if name in q.columns]
    if not common and 1 in (len(p.columns), len(q.columns)):
        many = p if len(p.columns) > 1 else q
        shown = _some(many)
        raise UsageError(
            f"which column of {many.label} is meant?", remedy=f"-c NAME or {many.label}:NAME; it has {shown}"
        )
    if not common:
        in_p, in_q = _some(p), _some(q)
        raise InputError(
            f"{p.label} ({in_p}) and {q.label} ({in_q}) have no column in common",
            remedy="FILE:COLUMN names one on each side",
        )
    for here, there, side in ((p, q, "P"), (q, p, "Q")):
        alone = [name for name in here.columns if name not in there.columns]
        if alone and min(len(p.columns), len(q.columns)) > 1:
            notes.append(Note(f"only-in-{side.lower()}", f"Only in {side}: {', '.join(alone)}."))
    return common


def _some(profile: Profile) -> str:
    """The first names of its columns."""
    names = list(profile.columns)
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")


def require_known(names: Iterable[str], profiles: Iterable[Profile]) -> None:
    """Refuse names of columns that no operand has: a misspelt ``--exclude`` must not be passed over.

    Raises
    ------
    UsageError
        If a name is in none; it tells the nearest one.
    """
    known = dict.fromkeys(name for profile in profiles for name in profile.names)
    for name in names:
        if name not in known and not is_column_number(name, len(known)):
            import difflib

            nearest = difflib.get_close_matches(name, known, n=1)
            shown = f"{nearest[0]!r}?" if nearest else f"there are {', '.join(list(known)[:12])}"
            raise UsageError(f"no operand has a column {name!r}", remedy=shown)


def _why_not(p: Profile, q: Profile, in_p: str, in_q: str) -> Note | None:
    one, other = p.columns[in_p], q.columns[in_q]
    kinds = _kind(one), _kind(other)
    if kinds[0] == kinds[1] != "labels":
        return None
    if in_p not in p.categorical and p.kind == q.kind == "samples":
        sizes = [(filled_rows(profile, summary), summary) for profile, summary in ((p, one), (q, other))]
        largest = max(sizes, key=lambda side: side[0])
        for rows, summary in (largest, *(side for side in sizes if _has_no_labels(side[1]))):
            if isinstance(summary, CategoricalSummary) and summary.is_identifier(rows):
                most = "at most " if summary.pooled and summary.labels else ""
                count = f"{most}{summary.distinct:,.10g} labels in {rows:,.10g} rows"
                return Note("identifier", f"{in_p} is an identifier ({count}): counted, not compared.")
    if in_p in p.categorical or in_q in q.categorical:
        return None  # it was asked for as labels, when a profile was made or now
    if kinds[0] == kinds[1] or None in kinds:
        return None
    if p.kind != "samples" and q.kind != "samples" and "labels" in kinds:
        return None
    if "labels" in kinds and "samples" not in (p.kind if kinds[0] != "labels" else q.kind,):
        return None  # masses at numbers against labels: the numbers are labels too
    return Note("types-differ", f"{in_p} holds {kinds[0]} in {p.label} and {kinds[1]} in {q.label}.")


def _has_no_labels(summary: Summary) -> bool:
    """Whether a profile kept none of the labels, for they were an identifier's."""
    return isinstance(summary, CategoricalSummary) and summary.pooled > 0 and not summary.labels


def _kind(summary: Summary) -> str | None:
    """What a column holds; None where it holds nothing."""
    if summary.mass == 0:
        return None
    if isinstance(summary, NumericSummary):
        return "dates" if summary.instants else "numbers"
    return "labels"


def _require_labels_alike(p: Profile, q: Profile) -> None:
    """Unlabelled masses meet only unlabelled masses, of the same length."""
    if not (p.unlabelled or q.unlabelled):
        return
    if "samples" in (p.kind, q.kind):
        bare = p if p.unlabelled else q
        raise InputError(
            f"{bare.label} holds masses without labels, the other side samples",
            remedy="label the masses (a:3,b:5), or --as samples for both",
        )
    sizes = [profile.rows for profile in (p, q)]
    if p.unlabelled != q.unlabelled:
        bare = p if p.unlabelled else q
        raise InputError(
            f"{bare.label} holds masses without labels, the other side has labels",
            remedy="label both: a:0.2,b:0.8",
        )
    if sizes[0] != sizes[1]:
        raise InputError(
            f"{p.label} has {sizes[0]} masses, {q.label} has {sizes[1]}, and neither has labels to align them by",
            remedy="label them: a:0.2,b:0.8 against b:0.5,c:0.5",
        )


def notes_of(profiles: tuple[Profile, ...]) -> Iterator[Note]:
    """Notes on how the operands were read."""
    for profile in profiles:
        yield from profile.notes
        if profile.weighted:
            yield Note("weighted", f"{profile.label}: rows are weighted; n is the effective number, (Σw)² / Σw².")
