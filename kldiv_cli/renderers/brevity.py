"""What is said once where it would be said many times: the reasons of infinities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.model import Note

if TYPE_CHECKING:
    from kldiv_cli.core.model import Comparison
    from kldiv_cli.report import Report

MOST = 6
"""Reasons up to which each is told."""
BRIEF = Note(
    "infinite",
    "One side has outcomes that the other never has, so what divides by their mass is infinite; -f json names them, "
    "-s jeffreys makes it finite. JS is finite.",
)


def briefly(report: Report) -> Report:
    """The same report, with one reason for all infinite values where there are many reasons."""
    told = {note for comparison in report.comparisons for note in _of_infinities(comparison)}
    if len(told) <= MOST:
        return report
    return report._replace(comparisons=tuple(map(_brief, report.comparisons)))


def _of_infinities(comparison: Comparison) -> list[Note]:
    return [note for estimate in comparison.estimates for note in estimate.notes if note.code == BRIEF.code]


def _brief(comparison: Comparison) -> Comparison:
    estimates = tuple(
        estimate._replace(notes=tuple(BRIEF if note.code == BRIEF.code else note for note in estimate.notes))
        for estimate in comparison.estimates
    )
    return comparison._replace(estimates=estimates)
