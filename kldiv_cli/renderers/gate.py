"""A gate as grids of text cells: one row a rule, and where there are several candidates one row a candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.headline import UNHELD, value_and_limit
from kldiv_cli.record import NamedTuple
from kldiv_cli.renderers.escape import visible
from kldiv_cli.renderers.grid import Grid, Heading
from kldiv_cli.renderers.numbers import INFINITY, share, significant
from kldiv_cli.renderers.pictures import sparkline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.model import Comparison, Note, Rule
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import CandidateVerdict, Report

CANNOT_TELL = "cannot tell"
"""In place of the verdict of a candidate that could not be held to anything."""
NOT_HELD = "not held"
"""In place of a verdict: what no rule was asked for."""


class Held(NamedTuple):
    """One row: a rule of a comparison, or a comparison that no rule is for."""

    comparison: Comparison
    rule: Rule | None
    first: bool
    """Whether it is the first row of its comparison."""

    @property
    def verdict(self) -> str:
        """What stands in the last column."""
        return self.rule.verdict if self.rule is not None else NOT_HELD


def held_rows(report: Report, *, everything: bool) -> Iterator[Held]:
    """Rows of a report, worst first.

    Without ``everything``, rules pass unseen that found nothing to look at: no row of either side is missing; of
    several candidates all that pass.
    """
    for comparison in report.comparisons:
        yield from rows_held(comparison, report, everything=everything)


def rows_held(comparison: Comparison, report: Report, *, everything: bool) -> Iterator[Held]:
    """Rows of one comparison."""
    rules = [rule for rule in comparison.rules if everything or _is_seen(rule, report)]
    for number, rule in enumerate(rules):
        yield Held(comparison, rule, first=number == 0)
    told = bool(_why_not_held(comparison)) and (everything or report.candidates == 1)
    if told or (everything and not comparison.rules):
        yield Held(comparison, None, first=not rules)


def rules_grid(report: Report, style: Style) -> Grid:
    """One row a rule: what was found, what was allowed, what chance makes of it."""
    headings = (
        Heading(_kind(report)),
        Heading("column"),
        Heading("rule"),
        Heading("P shape", optional=1),
        Heading("Q shape", optional=1),
        Heading("found", is_number=True),
        Heading("limit", is_number=True),
        Heading("floor", is_number=True, optional=2),
        Heading("p", is_number=True),
        Heading("verdict"),
    )
    rows = []
    for row in held_rows(report, everything=style.verbose):
        comparison, rule = row.comparison, row.rule
        label = visible(comparison.called) if report.candidates > 1 else ""
        pictures = _pictures(comparison) if row.first else ("", "")
        if rule is None:
            cells = (_why_not_held(comparison), *pictures, "", "", "", "", NOT_HELD)
        elif rule.kind == "schema":
            cells = (rule.title, *pictures, "", "", "", _chance(rule), rule.verdict)
        else:
            found, limit = _numbers(rule, style)
            floor, chance = _floor(rule, comparison, style), _chance(rule)
            cells = (rule.title + _suffix(rule), *pictures, found, limit, floor, chance, rule.verdict)
        is_column = report.rows is None and (comparison.part is None or bool(comparison.estimates))
        rows.append((label, visible(comparison.column or ("1" if is_column else "")), *cells))
    return Grid(headings, tuple(rows)).without_empty()


def candidates_grid(report: Report) -> Grid:
    """One row a candidate, with how many of its columns came to which verdict."""
    headings = (
        Heading(_kind(report)),
        *(Heading(name, is_number=True) for name in ("drift", "warn", "undecided", "pass")),
        Heading("verdict"),
    )
    rows = []
    for candidate, own in by_candidate(report):
        counts = [sum(one.verdict == name for one in own) for name in ("drift", "warn", "undecided", "pass")]
        rows.append((visible(candidate.label), *(str(count) if count else "" for count in counts), candidate.verdict))
    rows += [(visible(failure.label), "", "", "", "", CANNOT_TELL) for failure in report.failed]
    return Grid(headings, tuple(rows)).without_empty()


def _kind(report: Report) -> str:
    """What tells candidates apart."""
    part = report.comparisons[0].part
    return "NEW" if part is None else part.kind


def by_candidate(report: Report) -> Iterator[tuple[CandidateVerdict, Sequence[Comparison]]]:
    """Every candidate with its own comparisons; two may have the same label."""
    start = 0
    for candidate in report.verdicts:
        yield candidate, report.comparisons[start : start + candidate.comparisons]
        start += candidate.comparisons


def verdict_note(report: Report) -> Note | None:
    """The one line that the run comes to."""
    return next((note for note in report.notes if note.code == "verdict"), None)


def other_notes(report: Report) -> list[Note]:
    """All notes on the run but that line, and what a row of one candidate says already."""
    said = ("verdict", "not-held") if report.candidates == 1 else ("verdict",)
    return [note for note in report.notes if note.code not in said]


def unheld_note(report: Report) -> Note | None:
    """The line on columns that no rule holds."""
    return next((note for note in report.notes if note.code == "not-held"), None)


def tests_in_words(report: Report) -> str:
    """``p: over all 12 tests, rows taken as independent``; empty where nothing was tested."""
    if report.tests == 0:
        return ""
    tests = "of one test" if report.tests == 1 else f"over all {report.tests:,} tests"
    rows = f"{report.settings.n_eff} effective rows" if report.settings.n_eff else "rows taken as independent"
    return f"p: {tests}, {rows}"


def _why_not_held(comparison: Comparison) -> str:
    """What kind of column is never gated, or only by name; empty where simply no rule was asked for."""
    return next((UNHELD[note.code] for note in comparison.notes if note.code in UNHELD), "")


def _is_seen(rule: Rule, report: Report) -> bool:
    if rule.verdict != "pass":
        return True
    return report.candidates == 1 and not (rule.measure == "missing" and rule.value == 0.0)


def _suffix(rule: Rule) -> str:
    """What tells the limits on one measure apart."""
    kind = " (warns)" if rule.kind == "warn-max" else ""
    arrows = {"p:q": " P‖Q", "q:p": " Q‖P"}
    return arrows.get(rule.direction or "", "") + kind


def _numbers(rule: Rule, style: Style) -> tuple[str, str]:
    found, limit = value_and_limit(rule)
    if rule.value is not None and "%" not in found:
        found = significant(rule.value, style.precision)
    return found, limit.removesuffix(" of its maximum")


def _floor(rule: Rule, comparison: Comparison, style: Style) -> str:
    estimate = comparison.estimate(rule.measure, rule.direction)
    null = estimate.null
    if null is None:
        return ""
    if null.floor_infinite or null.floor is None:
        return INFINITY if null.floor_infinite else ""
    if rule.asked.endswith("%") and rule.maximum:
        return share(null.floor / rule.maximum)
    return share(null.floor) if rule.measure == "missing" else significant(null.floor, min(style.precision, 3))


def _chance(rule: Rule) -> str:
    p_value = rule.p_adjusted if rule.p_adjusted is not None else rule.p_value
    if p_value is None:
        return ""
    return "<0.0001" if p_value < 1e-4 else f"{p_value:.2g}"


def _pictures(comparison: Comparison) -> tuple[str, str]:
    if comparison.shapes is None:
        return "", ""
    top = max(*comparison.shapes[0], *comparison.shapes[1])
    return sparkline(comparison.shapes[0], top), sparkline(comparison.shapes[1], top)
