"""Hold several columns at once to limits on joint measures: ``energy=3floor``, ``sliced-w1=0.1``."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from kldiv_cli.core.correction import CORRECTIONS
from kldiv_cli.core.headline import rule_in_words
from kldiv_cli.core.model import Note, Rule
from kldiv_cli.core.schema import of_undecided
from kldiv_cli.core.verdicts import worst_of
from kldiv_cli.engines import Running
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.pipeline.joint import compare_jointly, specs_of_objects
from kldiv_cli.report import CandidateVerdict, Failure, Report
from kldiv_cli.sources.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kldiv_cli.core.model import Comparison, Estimate, Settings, Verdict
    from kldiv_cli.core.rules import Gate, Limit
    from kldiv_cli.sources.spec import ReadOptions, SourceSpec

_MOST_DRAWS = 5_000
_REMEDY = "--max energy=3floor, or --max sliced-w1=0.1"


def check_jointly(
    reference: SourceSpec,
    candidates: Sequence[SourceSpec | Failure],
    settings: Settings,
    gate: Gate,
    running: Running,
    meter: Meter,
    objects: Mapping[str, object] = MappingProxyType({}),
) -> Report:
    """Hold the rows of every candidate, as points, to limits; one of several that cannot be read stops no other.

    Raises
    ------
    KldivError
        If there is no limit, one names a column, or nothing can be compared.
    """
    _require_limits(gate)
    keys = tuple(dict.fromkeys((*(limit.measure for limit in gate.limits), *settings.estimators)))
    settings = settings._replace(
        estimators=keys, draws=_draws(len(gate.limits) * len(candidates), settings, gate), floors=True
    )
    pieces = list(compare_jointly(reference, candidates, settings, running, meter, objects=objects))
    failed = [failure for piece in pieces for failure in piece.failed]
    return judged_report([piece for piece in pieces if piece.comparisons], failed, settings, gate)


def judged_report(compared: Sequence[Report], failed: Sequence[Failure], settings: Settings, gate: Gate) -> Report:
    """Report on candidates that were compared, one comparison each, held to limits; and on those that could not be.

    Raises
    ------
    InputError
        If none could be compared.
    """
    if not compared:
        raise InputError(failed[0].text, remedy=failed[0].remedy)
    comparisons = judged([piece.comparisons[0] for piece in compared], gate)
    verdicts = tuple(CandidateVerdict(one.q.label, one.verdict or "pass", 1) for one in comparisons)
    verdict = worst_of(one.verdict for one in verdicts)
    assert verdict is not None, "there is a candidate"
    tests = sum(rule.p_value is not None for one in comparisons for rule in one.rules)
    said = _headline(verdict, comparisons, tests, tuple(failed))
    notes = [note for piece in compared for note in piece.notes]
    return Report(
        "check",
        settings,
        comparisons,
        tuple(dict.fromkeys([said, *notes])),
        is_table=True,
        candidates=len(compared) + len(failed),
        verdict="undecided" if failed and verdict != "drift" else verdict,
        verdicts=verdicts,
        tests=tests,
        gate={
            "limits": [{"kind": limit.kind, "limit": limit.text} for limit in gate.limits],
            "alpha": gate.alpha,
            "correction": gate.correction,
            "on_undecided": gate.on_undecided,
        },
        failed=tuple(failed),
    )


def _draws(tests: int, settings: Settings, gate: Gate) -> int:
    """As many draws as one p value among so many tests needs to be small enough; not without bound."""
    return max(settings.draws, min(math.ceil(2.0 * tests / gate.alpha), _MOST_DRAWS))


def check_objects_jointly(
    reference: object, candidates: object, settings: Settings, gate: Gate, options: ReadOptions
) -> Report:
    """Hold the rows of Python objects, or of operands as typed in the shell, to limits."""
    held = list(candidates) if isinstance(candidates, tuple) else [candidates]
    names = ["Q"] if len(held) == 1 else [f"Q{number}" for number in range(1, len(held) + 1)]
    specs, given = specs_of_objects([reference, *held], ["P", *names], options)
    return check_jointly(specs[0], specs[1:], settings, gate, Running(), Meter(), given)


def judged(comparisons: Sequence[Comparison], gate: Gate) -> tuple[Comparison, ...]:
    """Comparisons with their rules and verdicts; p values are corrected over all limits of all of them."""
    worst = [[_worst(comparison, limit) for limit in gate.limits] for comparison in comparisons]
    p_values = [one.null.p_value for row in worst for one in row if one.null and one.null.p_value is not None]
    adjusted = iter(CORRECTIONS[gate.correction](p_values))
    found = []
    for comparison, row in zip(comparisons, worst, strict=True):
        rules = []
        for limit, estimate in zip(gate.limits, row, strict=True):
            tested = estimate.null is not None and estimate.null.p_value is not None
            rules.append(_rule(comparison, limit, estimate, next(adjusted) if tested else None, gate))
        verdict = worst_of(rule.verdict for rule in rules)
        found.append(comparison._replace(rules=tuple(rules), verdict=verdict))
    return tuple(found)


def _require_limits(gate: Gate) -> None:
    if not gate.limits:
        raise UsageError("joint samples are held to limits that are asked for, for units differ", remedy=_REMEDY)
    for limit in gate.limits:
        if limit.column is not None:
            raise UsageError(f"the limit {limit.text} names a column, and --joint holds all at once", remedy=_REMEDY)
        if limit.statistic is not None:
            raise UsageError(f"the limit {limit.text} is on a statistic of rows", remedy=_REMEDY)


def _worst(comparison: Comparison, limit: Limit) -> Estimate:
    """The estimate of the worse direction."""
    found = [one for one in comparison.estimates if one.measure == limit.measure]
    sign = -1.0 if limit.kind == "min" else 1.0
    return max(found, key=lambda one: math.inf if one.value is None else sign * one.value)


def _rule(comparison: Comparison, limit: Limit, estimate: Estimate, adjusted: float | None, gate: Gate) -> Rule:
    amount, null = limit.in_unit(estimate), estimate.null
    failed: Verdict = "warn" if limit.kind == "warn-max" else "drift"
    verdict: Verdict = "pass"
    notes = list(estimate.notes) if estimate.value is None else []
    sign = -1.0 if limit.kind == "min" else 1.0
    if estimate.value is None or amount is None or sign * estimate.value > sign * amount:
        certain = estimate.value is not None and amount is not None and adjusted is not None
        if certain and adjusted is not None and adjusted <= gate.alpha:
            verdict = failed
        else:
            verdict = of_undecided(gate, failed)
            why = "not shown to be more than noise" if adjusted is not None else "how large noise is, is not known here"
            notes.append(Note("undecided", f"Over its limit, yet {why}."))
    return Rule(
        measure=estimate.measure,
        title=estimate.title,
        column=comparison.column,
        direction=estimate.direction,
        kind=limit.kind,
        limit=amount,
        asked=limit.asked,
        value=estimate.value,
        unit=estimate.unit,
        maximum=estimate.maximum,
        verdict=verdict,
        p_value=None if null is None else null.p_value,
        p_adjusted=adjusted,
        method=None if null is None else null.method,
        notes=tuple(notes),
    )


def _headline(verdict: Verdict, comparisons: Sequence[Comparison], tests: int, failed: tuple[Failure, ...]) -> Note:
    """What the run came to, in one line."""
    first = comparisons[0].support
    over = "" if first is None or first.kind != "space" else f" over {first.rule}"
    told = [
        f"{f'{comparison.called}: ' if len(comparisons) > 1 else ''}{rule_in_words(rule, tests)}"
        for comparison in comparisons
        for rule in comparison.rules
        if rule.verdict == verdict
    ]
    number = len(comparisons[0].rules)
    said = f"{number} limit{'s' * (number != 1)} held" if verdict == "pass" else "; ".join(told)
    text = f"{verdict}: {said}{over}."
    if failed:
        lost = f"{', '.join(one.label for one in failed)} could not be held ({failed[0].text.rstrip('.')})."
        text = f"{text} {lost}" if verdict == "drift" else f"undecided: {lost} Of the others, {text}"
    return Note("verdict", text)
