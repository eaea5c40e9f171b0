"""Summarise operands once: a profile that later comparisons read in place of the data."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kldiv_cli.core.bins import anchors_of
from kldiv_cli.core.cut import cut
from kldiv_cli.core.describe import described
from kldiv_cli.core.model import Note
from kldiv_cli.core.pooling import without_rare
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, filled_rows
from kldiv_cli.engines import Running, summarised_all
from kldiv_cli.errors import UsageError
from kldiv_cli.pipeline.compare import profile_of_object, require_one_stdin
from kldiv_cli.pipeline.pairing import notes_of, require_known
from kldiv_cli.report import ProfileReport
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import SourceSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.summary import Profile, Summary
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import ReadOptions

POINTS = 2048
"""Values that a saved profile keeps of a numeric column."""


def profile(specs: Sequence[SourceSpec], running: Running, meter: Meter | None = None) -> Profile:
    """Profile of all operands together.

    Raises
    ------
    KldivError
        If one cannot be read, or they do not belong together.
    """
    require_one_stdin(specs)
    if any(spec.place == "uniform" for spec in specs):
        raise UsageError("uniform has no data to summarise", remedy="kldiv profile FILE...")
    parts = tuple(part for spec in specs for part in (spec.parts or (spec,)))
    whole = specs[0]
    if len(specs) > 1:
        whole = SourceSpec(_named(specs), "set", "", None, None, specs[0].options, parts)
    found = summarised_all([whole], running, meter)[0]
    require_known(whole.options.columns_named(), [found])
    return found


def profile_objects(
    data: object, label: str, options: ReadOptions, points: int, least: float
) -> tuple[Profile, Profile]:
    """Profile of a Python object or of an operand as typed in the shell, and what of it is saved."""
    if not 16 <= points <= 1 << 20 or not least >= 0.0:
        raise UsageError(f"points={points}, min_count={least}", remedy="16 points or more, 0 or more rows")
    text = os.fspath(data) if isinstance(data, os.PathLike) else data
    spec = operand(text, options) if isinstance(text, str) else SourceSpec(label, "inline", "", options=options)
    found = profile_of_object(text, spec)
    require_known(options.columns_named(), [found])
    return found, reduced(found, points, least)


def reduced(found: Profile, points: int = POINTS, least: float = 0.0) -> Profile:
    """The profile as it is saved: fewer values, no labels of identifiers, none that was seen less than ``least`` times.

    Ranks stay exact at the edges of the bins that a comparison takes by itself, so a baseline gives the same masses on
    them as the data.
    """
    notes: list[Note] = []
    columns = {name: _reduced(name, summary, found, points, least, notes) for name, summary in found.columns.items()}
    notes += _notes_on_points(columns, points)
    return found._replace(columns=columns, notes=(*found.notes, *notes))


def report_on_profile(found: Profile) -> ProfileReport:
    """What is in a profile, for people."""
    notes = (*notes_of((found,)), *_notes_on_ranks(found))
    return ProfileReport(found.label, found.kind, found.rows, found.weighted, described(found), notes)


def _named(specs: Sequence[SourceSpec]) -> str:
    return f"{specs[0].label} and {len(specs) - 1} more"


def _reduced(name: str, summary: Summary, found: Profile, points: int, least: float, notes: list[Note]) -> Summary:
    if isinstance(summary, NumericSummary):
        many = summary.values.size > points and found.kind == "samples"
        return cut(summary, points, anchors_of(summary)) if many else summary
    if found.kind == "samples" and name not in found.categorical and summary.is_identifier(filled_rows(found, summary)):
        notes.append(Note("identifier", f"{name} is an identifier: its labels are not kept."))
        return _without_labels(summary)
    kept, number = without_rare(summary, least)
    if number:
        what = "1 label" if number == 1 else f"{number:,} labels"
        notes.append(Note("rare", f"{name}: {what} seen less than {least:g} times are pooled."))
    return kept


def _without_labels(summary: CategoricalSummary) -> CategoricalSummary:
    return summary._replace(
        labels=(),
        counts=summary.counts[:0],
        pooled=summary.mass,
        pooled_labels=summary.distinct,
        lacking=0.0,
        identifier=True,
    )


def _notes_on_points(columns: dict[str, Summary], points: int) -> Iterator[Note]:
    numeric = {name: s for name, s in columns.items() if isinstance(s, NumericSummary) and s.rank_error}
    if numeric:
        worst = max(summary.rank_error for summary in numeric.values())
        kept = f"{', '.join(numeric)}: kept as about {points:,} values"
        yield Note("points", f"{kept}, ranks within {worst:.1e} of n; --points keeps more.")


def _notes_on_ranks(found: Profile) -> Iterator[Note]:
    inexact = [s.rank_error for s in found.columns.values() if isinstance(s, NumericSummary) and s.rank_error]
    if inexact and not any(note.code == "points" for note in found.notes):
        text = f"Of columns of many values not every one is kept: ranks are within {max(inexact):.1e} of n."
        yield Note("summarised", text)
