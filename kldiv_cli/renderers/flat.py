"""Reports as flat rows of text, for the formats of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.phrases import name_of
from kldiv_cli.renderers.numbers import exact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kldiv_cli.core.model import Comparison, Contribution, Null, Outcome
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report

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
FOREIGN = frozenset({"p", "q", "column", "outcome", "group", "period"})
"""Columns that hold foreign text."""


def estimate_rows(report: Report) -> Iterator[dict[str, str | None]]:
    """One row an estimate; None where there is no value."""
    for comparison in report.comparisons:
        yield from _rows(comparison)


def part_columns(report: Report) -> tuple[str, ...]:
    """A further column where comparisons are of groups, periods or rows."""
    part = report.comparisons[0].part if report.comparisons else None
    return () if part is None else (part.kind,)


def _part(comparison: Comparison) -> dict[str, str | None]:
    return {} if comparison.part is None else {comparison.part.kind: str(comparison.part.name)}


def _rows(comparison: Comparison) -> Iterator[dict[str, str | None]]:
    p, q, column, part = comparison.p.label, comparison.q.label, comparison.column, _part(comparison)
    for estimate in comparison.estimates:
        null = estimate.null
        yield {
            "p": p,
            "q": q,
            "column": column,
            "measure": estimate.measure,
            "direction": estimate.direction,
            "value": None if estimate.value is None else exact(estimate.value),
            "unit": estimate.unit,
            "status": estimate.status,
            "floor": _floor(null),
            "p_value": None if null is None or null.p_value is None else exact(null.p_value),
            **part,
        }


def rows_of(report: Report) -> tuple[tuple[str, ...], Iterator[dict[str, str | None]]]:
    """Columns and rows of a report: one an estimate, or of a gate one a rule."""
    if report.verdict is None:
        return (*ESTIMATE_COLUMNS, *part_columns(report)), estimate_rows(report)
    return (*RULE_COLUMNS, *part_columns(report)), rule_rows(report)


def rule_rows(report: Report) -> Iterator[dict[str, str | None]]:
    """One row a rule, then one an estimate that no rule is on; what is held to none has a row of its own."""
    for comparison in report.comparisons:
        ruled = set()
        bare = {"p": comparison.p.label, "q": comparison.q.label, "column": comparison.column, **_part(comparison)}
        estimates = {(row["measure"], row["direction"]): row for row in _rows(comparison)}
        for rule in comparison.rules:
            ruled.add((rule.measure, rule.direction))
            row = estimates.get((rule.measure, rule.direction), dict.fromkeys(ESTIMATE_COLUMNS) | bare)
            own: dict[str, str | None] = {"measure": rule.measure, "kind": rule.kind, "verdict": rule.verdict}
            own["limit"] = None if rule.limit is None else exact(rule.limit)
            own["p_adjusted"] = None if rule.p_adjusted is None else exact(rule.p_adjusted)
            yield row | own | ({} if rule.p_value is None else {"p_value": exact(rule.p_value)})
        free = [row for key, row in estimates.items() if key not in ruled]
        rest = dict.fromkeys(("kind", "limit", "p_adjusted", "verdict"))
        for row in free or ([] if comparison.rules else [dict.fromkeys(ESTIMATE_COLUMNS) | bare]):
            yield row | rest


def _floor(null: Null | None) -> str | None:
    if null is not None and null.floor_infinite:
        return "inf"
    return None if null is None or null.floor is None else exact(null.floor)


def terms_of(report: Report, style: Style) -> tuple[tuple[str, ...], Iterator[dict[str, str | None]]]:
    """Columns and rows of the outcomes of a report."""
    return (*TERM_COLUMNS, *part_columns(report)), _term_rows(report, style)


def _term_rows(report: Report, style: Style) -> Iterator[dict[str, str | None]]:
    """One row an outcome: its masses, ratio, signed terms and their running sums."""
    for comparison in report.comparisons:
        kl = kl_reversed = 0.0
        for item in shown_contributions(comparison, style):
            kl += item.kl
            kl_reversed += item.kl_reversed
            instants = comparison.support is not None and comparison.support.instants
            yield {
                "p": comparison.p.label,
                "q": comparison.q.label,
                "column": comparison.column,
                "outcome": _outcome(item.outcome, instants=instants),
                "mass_p": exact(item.p),
                "mass_q": exact(item.q),
                "ratio": exact(ratio(item)),
                "js": exact(item.js),
                "kl": exact(item.kl),
                "kl_sum": exact(kl),
                "kl_q_p": exact(item.kl_reversed),
                "kl_q_p_sum": exact(kl_reversed),
                **_part(comparison),
            }


def _outcome(outcome: Outcome, *, instants: bool) -> str:
    """An outcome with every digit."""
    if isinstance(outcome, float) and not instants:
        return Figure(exact(outcome))
    return name_of(outcome, instants=instants)


class Figure(str):
    """A number in a column of foreign text: it needs no guard."""

    __slots__ = ()


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
