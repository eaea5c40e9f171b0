"""What is said on stderr beside formats that hold no notes: each thing once, however many comparisons it is true of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.renderers.brevity import BRIEF, MOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kldiv_cli.core.model import Comparison, Note
    from kldiv_cli.report import Report

_NAMED = 3


class Said:
    """Notes of one report or of many, in the order in which they first came.

    Parameters
    ----------
    of_comparisons : bool
        Whether the format lacks the notes on single comparisons too.
    """

    def __init__(self, *, of_comparisons: bool) -> None:
        self._of_comparisons = of_comparisons
        self._where: dict[tuple[str | None, str], dict[str, None]] = {}
        self._infinite: set[str] = set()
        self._whole: dict[str, None] = {}
        self._labels: dict[str, None] = {}

    def add(self, report: Report) -> None:
        """Take the notes of a report."""
        alone = len(report.comparisons) == 1 and report.candidates == 1
        silent = not self._of_comparisons or report.matrices or report.rows is not None
        for comparison in () if silent else report.comparisons:
            column = comparison.column if report.is_table else None
            told = comparison.notes if alone else _of_the_method(comparison)
            label = comparison.called
            self._labels[label] = None
            for note in (*told, *(note for estimate in comparison.estimates for note in estimate.notes)):
                self._where.setdefault((None if alone else column, note.text), {})[label] = None
                if note.code == BRIEF.code:
                    self._infinite.add(note.text)
        self._whole.update((note.text, None) for note in report.notes)

    def lines(self) -> Iterator[str]:
        """The notes, and where what is not true of all of it is."""
        for (column, text), labels in self._briefly().items():
            where = f"{column}: " if column else ""
            if len(labels) < len(self._labels):
                where = f"{_some(list(labels))}: {where}"
            yield f"{where}{text}"
        yield from self._whole

    def _briefly(self) -> dict[tuple[str | None, str], dict[str, None]]:
        """Notes by column and text, with one reason a column for all infinite values where there are many reasons."""
        if len(self._infinite) <= MOST:
            return self._where
        found: dict[tuple[str | None, str], dict[str, None]] = {}
        for (column, text), labels in self._where.items():
            found.setdefault((column, BRIEF.text if text in self._infinite else text), {}).update(labels)
        return found


def _some(labels: list[str]) -> str:
    if len(labels) <= _NAMED + 1:
        return ", ".join(labels)
    return f"{', '.join(labels[:_NAMED])} and {len(labels) - _NAMED:,} more"


def _of_the_method(comparison: Comparison) -> list[Note]:
    """Notes that say what was done to the data, not what came of it."""
    return [note for note in comparison.notes if note.code in ("smoothed", "midpoints", "outside", "no-values")]
