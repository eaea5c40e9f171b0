"""Hold the rows of a wide table to limits on what they come to: ``kl.p99``, ``js.max``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kldiv_cli.core.headline import value_and_limit
from kldiv_cli.core.model import Comparison, Estimate, Note, Rule, SupportFacts
from kldiv_cli.core.schema import of_undecided
from kldiv_cli.core.verdicts import worst_of
from kldiv_cli.errors import UsageError
from kldiv_cli.pipeline.paired_rows import compare_rows
from kldiv_cli.report import CandidateVerdict

if TYPE_CHECKING:
    from kldiv_cli.core.model import Settings, Verdict
    from kldiv_cli.core.row_statistics import RowStatistics
    from kldiv_cli.core.rules import Gate, Limit
    from kldiv_cli.engines import Running
    from kldiv_cli.report import Report, RowsSummary
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec

_DEFAULT = "mean"


def check_rows(p: SourceSpec, q: SourceSpec, settings: Settings, gate: Gate, running: Running, meter: Meter) -> Report:
    """Hold the rows of Q against those of P to limits; without chance, for rows are no samples.

    Raises
    ------
    KldivError
        If there is no limit, one does not fit rows, or the rows cannot be compared.
    """
    _require_limits(gate)
    measures = tuple(dict.fromkeys((*(limit.measure for limit in gate.limits), *settings.measures)))
    report = compare_rows(p, q, settings._replace(measures=measures), running, meter)
    assert report.rows is not None, "rows were compared"
    held = [_held(limit, report.rows, gate) for limit in gate.limits]
    rules = tuple(rule for rule, _ in held)
    verdict = worst_of(rule.verdict for rule in rules) or "pass"
    first = report.comparisons[0]
    facts = SupportFacts("nominal", report.rows.outcomes, f"{report.rows.outcomes:,} outcomes", None, 0.0, 0.0)
    comparison = Comparison(
        first.p, first.q, None, facts, tuple(one for _, one in held), None, None, (), rules=rules, verdict=verdict
    )
    return report._replace(
        command="check",
        comparisons=(comparison,),
        notes=(_headline(verdict, rules, report.rows), *report.notes),
        candidates=1,
        verdict=verdict,
        verdicts=(CandidateVerdict(q.label, verdict, 1),),
        gate={"limits": [{"kind": limit.kind, "limit": limit.text} for limit in gate.limits]},
    )


def _require_limits(gate: Gate) -> None:
    if not gate.limits:
        raise UsageError("rows are held to limits that are asked for", remedy="--max kl.p99=0.05, or --max kl=0.01")
    for limit in gate.limits:
        if limit.column is not None:
            raise UsageError(f"the limit {limit.text} names a column, and rows have none", remedy="--max kl.p99=0.05")
        if limit.form == "floor":
            raise UsageError(f"the limit {limit.text}: rows of masses have no floor", remedy="--max kl.p99=0.05")


def _held(limit: Limit, summary: RowsSummary, gate: Gate) -> tuple[Rule, Estimate]:
    """One limit judged, on the worse direction; a lower bound within it proves nothing."""
    statistic = limit.statistic or _DEFAULT
    sign = -1.0 if limit.kind == "min" else 1.0
    found = [one for one in summary.statistics if one.measure == limit.measure]
    worst = max(found, key=lambda one: sign * one.values[statistic])
    value = worst.values[statistic]
    estimate = _estimate(worst, statistic, value)
    amount = limit.in_unit(estimate)
    assert amount is not None, "a limit in floors was refused"
    exceeded = math.isnan(value) or sign * value > sign * amount
    failed: Verdict = "warn" if limit.kind == "warn-max" else "drift"
    verdict: Verdict = failed if exceeded else "pass"
    notes: tuple[Note, ...] = ()
    if summary.partial and not exceeded:
        verdict = of_undecided(gate, failed)
        told = f"{summary.partial:,} rows name a part of their outcomes, so the value is a lower bound"
        notes = (Note("undecided", f"Within its limit, yet {told}."),)
    rule = Rule(
        measure=estimate.measure,
        title=estimate.title,
        column=None,
        direction=worst.direction,
        kind=limit.kind,
        limit=amount,
        asked=limit.asked,
        value=estimate.value,
        unit=worst.unit,
        maximum=worst.maximum,
        verdict=verdict,
        notes=notes,
    )
    return rule, estimate


def _estimate(one: RowStatistics, statistic: str, value: float) -> Estimate:
    status = "undefined" if math.isnan(value) else "infinite" if math.isinf(value) else "ok"
    known = None if status == "undefined" else value
    key = f"{one.measure}.{statistic}"
    return Estimate(key, f"{one.title}, {statistic}", one.direction, known, status, one.unit, one.maximum)  # type: ignore[arg-type]


def _headline(verdict: Verdict, rules: tuple[Rule, ...], summary: RowsSummary) -> Note:
    """What the run came to, in one line."""
    rows = f"{summary.rows:,} rows"
    if verdict == "pass":
        return Note("verdict", f"pass: {len(rules)} limit{'s' * (len(rules) != 1)} held over {rows}.")
    told = []
    for rule in rules:
        if rule.verdict == verdict:
            value, limit = value_and_limit(rule)
            if any(note.code == "undecided" for note in rule.notes):
                told.append(f"{rule.title} is {value} or more (limit {limit}), for rows name a part of their outcomes")
            else:
                told.append(f"{rule.title} {value} {'<' if rule.kind == 'min' else '>'} {limit}")
    worst = f"; worst row {summary.worst[0][0]}" if summary.worst else ""
    return Note("verdict", f"{verdict}: {'; '.join(told)} over {rows}{worst}.")
