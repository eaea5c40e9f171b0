"""What a run found: the one thing a renderer sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kldiv_cli.core.describe import ColumnFacts
    from kldiv_cli.core.model import Comparison, DataKind, Note, Settings


class Report(NamedTuple):
    """All comparisons of one run, with the settings that decided their numbers."""

    command: str
    settings: Settings
    comparisons: tuple[Comparison, ...]
    notes: tuple[Note, ...] = ()
    """What concerns no single comparison: columns on one side only, how input was read."""
    is_table: bool = False
    """Whether whole tables were compared: then a comparison is a row, most drifted first."""
    candidates: int = 1
    """How many Q were compared with P."""


class ProfileReport(NamedTuple):
    """What is in a profile."""

    label: str
    kind: DataKind
    rows: float
    weighted: bool
    columns: tuple[ColumnFacts, ...]
    notes: tuple[Note, ...] = ()
