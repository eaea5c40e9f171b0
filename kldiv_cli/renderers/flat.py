"""Reports as flat rows of text, for the formats of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from kldiv_cli.core.phrases import name_of
from kldiv_cli.renderers.numbers import exact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kldiv_cli.core.model import Comparison, Contribution, Estimate, Outcome
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report

    Spelled: TypeAlias = Callable[[str], str]

ESTIMATE_COLUMNS = ("p", "q", "column", "measure", "direction", "value", "unit", "status", "floor", "p_value")
RULE_COLUMNS = (*ESTIMATE_COLUMNS, "kind", "limit", "p_adjusted", "verdict")
"""A gate has one line a rule; what follows the columns of an estimate is that of the rule."""
TERM_COLUMNS = (
    "p",
    "q",
    "column",
    "outcome",
    "mass_p",
    "mass_q",
    "ratio",
    "js",
    "kl",
    "kl_sum",
    "kl_q_p",
    "kl_q_p_sum",
)
NONE = "-"
"""What stands where there is nothing."""
_MEASURE, _P_VALUE = ESTIMATE_COLUMNS.index("measure"), ESTIMATE_COLUMNS.index("p_value")


def rows_of(report: Report, spelled: Spelled) -> tuple[tuple[str, ...], Iterator[list[str]]]:
    """Columns and rows of a report: one an estimate, or of a gate one a rule.

    ``spelled`` makes foreign text harmless in the format: labels, names of columns, outcomes.
    """
    if report.verdict is None:
        return (*ESTIMATE_COLUMNS, *_part_columns(report)), _estimate_rows(report, spelled)
    return (*RULE_COLUMNS, *_part_columns(report)), _rule_rows(report, spelled)


def terms_of(report: Report, style: Style, spelled: Spelled) -> tuple[tuple[str, ...], Iterator[list[str]]]:
    """Columns and rows of the outcomes of a report."""
    return (*TERM_COLUMNS, *_part_columns(report)), _term_rows(report, style, spelled)


def _part_columns(report: Report) -> tuple[str, ...]:
    """A further column where comparisons are of groups, periods or rows."""
    part = report.comparisons[0].part if report.comparisons else None
    return () if part is None else (part.kind,)


def _part(comparison: Comparison, spelled: Spelled) -> list[str]:
    return [] if comparison.part is None else [spelled(str(comparison.part.name))]


def _names(comparison: Comparison, spelled: Spelled) -> list[str]:
    column = comparison.column
    return [spelled(comparison.p.label), spelled(comparison.q.label), NONE if column is None else spelled(column)]


def _estimate_rows(report: Report, spelled: Spelled) -> Iterator[list[str]]:
    """One row an estimate."""
    for comparison in report.comparisons:
        names, part = _names(comparison, spelled), _part(comparison, spelled)
        for estimate in comparison.estimates:
            yield [*names, *_figures(estimate), *part]


def _figures(estimate: Estimate) -> tuple[str, ...]:
    null, unit, direction = estimate.null, estimate.unit, estimate.direction
    return (
        estimate.measure,
        NONE if direction is None else direction,
        exact(estimate.value),
        NONE if unit is None else unit,
        estimate.status,
        NONE if null is None else "inf" if null.floor_infinite else exact(null.floor),
        NONE if null is None else exact(null.p_value),
    )


def _rule_rows(report: Report, spelled: Spelled) -> Iterator[list[str]]:
    """One row a rule, then one an estimate that no rule is on; what is held to none has a row of its own."""
    for comparison in report.comparisons:
        names, part = _names(comparison, spelled), _part(comparison, spelled)
        bare = [*names, *[NONE] * (len(ESTIMATE_COLUMNS) - len(names))]
        rows = {(one.measure, one.direction): [*names, *_figures(one)] for one in comparison.estimates}
        for rule in comparison.rules:
            row = list(rows.get((rule.measure, rule.direction), bare))
            row[_MEASURE] = rule.measure
            if rule.p_value is not None:
                row[_P_VALUE] = exact(rule.p_value)
            yield [*row, rule.kind, exact(rule.limit), exact(rule.p_adjusted), rule.verdict, *part]
        ruled = {(rule.measure, rule.direction) for rule in comparison.rules}
        free = [row for key, row in rows.items() if key not in ruled]
        for row in free or ([] if comparison.rules else [bare]):
            yield [*row, NONE, NONE, NONE, NONE, *part]


def _term_rows(report: Report, style: Style, spelled: Spelled) -> Iterator[list[str]]:
    """One row an outcome: its masses, ratio, signed terms and their running sums."""
    for comparison in report.comparisons:
        names, part = _names(comparison, spelled), _part(comparison, spelled)
        instants = comparison.support is not None and comparison.support.instants
        kl = kl_reversed = 0.0
        for item in shown_contributions(comparison, style):
            kl += item.kl
            kl_reversed += item.kl_reversed
            figures = (item.p, item.q, ratio(item), item.js, item.kl, kl, item.kl_reversed, kl_reversed)
            outcome = _outcome(item.outcome, spelled, instants=instants)
            yield [*names, outcome, *map(exact, figures), *part]


def _outcome(outcome: Outcome, spelled: Spelled, *, instants: bool) -> str:
    """An outcome with every digit; a number needs no guard."""
    if isinstance(outcome, float) and not instants:
        return exact(outcome)
    return spelled(name_of(outcome, instants=instants))


def shown_contributions(comparison: Comparison, style: Style) -> Iterator[Contribution]:
    """All outcomes with ``--terms``, the largest with ``--top``, else none."""
    found = comparison.contributions
    if found is None:
        return
    if style.top is not None:
        yield from found.rows(found.largest(style.top))
    elif style.terms:
        yield from found


def ratio(item: Contribution) -> float | None:
    """P / q of an outcome; infinite where q is 0, None where both are."""
    if item.q == 0.0:
        return float("inf") if item.p > 0.0 else None
    return item.p / item.q
