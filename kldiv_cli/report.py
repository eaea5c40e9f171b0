"""What a run found: the one thing a renderer sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.arrays import Grid
    from kldiv_cli.core.describe import ColumnFacts
    from kldiv_cli.core.model import Comparison, DataKind, Direction, Note, Settings, Verdict
    from kldiv_cli.core.row_statistics import RowStatistics


class CandidateVerdict(NamedTuple):
    """What a gate says of one candidate."""

    label: str
    verdict: Verdict
    comparisons: int
    """How many of the report's comparisons are its own; they stand together, in the order of the candidates."""


class Failure(NamedTuple):
    """An operand that could not be read or compared."""

    label: str
    """Empty where it is not one operand that is to blame."""
    message: str
    remedy: str

    @property
    def text(self) -> str:
        """What is wrong, and with which operand."""
        return self.message if self.label in self.message else f"{self.label}: {self.message}"


class Series(NamedTuple):
    """One measure of one column over the periods."""

    column: str | None
    against: str
    """What the periods are compared with: ``first``, ``previous``, or a number of periods before."""
    measure: str
    direction: Direction | None
    periods: tuple[str, ...]
    values: tuple[float | None, ...]
    """``inf`` where infinite, None where there is none."""
    beyond: tuple[str, ...] | None
    """Periods whose value is more than noise; None where noise is not known."""


class Matrix(NamedTuple):
    """One measure of one column, of all pairs."""

    column: str | None
    measure: str
    title: str
    unit: str | None
    maximum: float | None
    labels: tuple[str, ...]
    values: Grid
    """Value of P = row and Q = column, shape (n, n); ``inf`` where infinite, NaN where undefined."""
    is_symmetric: bool
    """Whether it does not matter which side is P: of the measure."""
    is_similarity: bool = False


class RowsSummary(NamedTuple):
    """What the rows of two tables come to, row against row."""

    statistics: tuple[RowStatistics, ...]
    rows: int
    outcomes: int
    agreement: float
    """Share of the rows whose most probable outcome is the same on both sides."""
    worst: tuple[tuple[str, float], ...]
    """Names and values of the rows that are furthest apart, by the first measure."""
    partial: int
    """Rows of which a side names a part of its outcomes only: their values are lower bounds."""
    apart: int = 0
    """Of these, rows that name no outcome in common."""


class Report(NamedTuple):
    """All comparisons of one run, with the settings that decided their numbers."""

    command: str
    settings: Settings
    comparisons: Sequence[Comparison]
    notes: tuple[Note, ...] = ()
    """What concerns no single comparison: columns on one side only, how input was read."""
    is_table: bool = False
    """Whether whole tables were compared: then a comparison is a row, most drifted first."""
    candidates: int = 1
    """How many Q were compared with P."""
    verdict: Verdict | None = None
    """The one verdict of the run; None where nothing was asked."""
    verdicts: tuple[CandidateVerdict, ...] = ()
    """One for every candidate."""
    tests: int = 0
    """How many tests the p values are corrected for."""
    gate: dict[str, object] | None = None
    """What it was held to, as plain data."""
    heads: tuple[str, str] | None = None
    """What P and what Q are, in words, where they are others in every comparison."""
    series: tuple[Series, ...] = ()
    """Of a trend, the values over time."""
    matrices: tuple[Matrix, ...] = ()
    """Of a matrix, all pairs of one column and one measure each."""
    rows: RowsSummary | None = None
    """Of rows against rows, what they come to."""
    failed: tuple[Failure, ...] = ()
    """Candidates that could not be compared; the others were. Of a gate without any verdict, what was in its way."""


class ProfileReport(NamedTuple):
    """What is in a profile."""

    label: str
    kind: DataKind
    rows: float
    weighted: bool
    columns: tuple[ColumnFacts, ...]
    notes: tuple[Note, ...] = ()
