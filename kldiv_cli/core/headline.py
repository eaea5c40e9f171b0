"""The one line that a gate ends with: where, by how much, how sure, and how to accept it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.model import Note
from kldiv_cli.core.remarks import chance, listed, moved, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.model import Comparison, Rule, Verdict
    from kldiv_cli.core.rules import Gate

_NAMED = 3


def headline(
    verdict: Verdict, comparisons: Sequence[Comparison], tests: int, gate: Gate, accept: str, *, several: bool
) -> Note:
    """What the run came to, in one line.

    Parameters
    ----------
    verdict : Verdict
    comparisons : sequence of Comparison
        Judged, the worst first.
    tests : int
        How many the p values are corrected for.
    gate : Gate
    accept : str
        Command that makes the candidate the reference; empty where there is none.
    several : bool
        Whether there are several candidates.
    """
    held = [comparison for comparison in comparisons if comparison.verdict is not None]
    if verdict == "pass":
        level = f"{_counted(tests, 'test')} at {gate.alpha:g}, {gate.correction}"
        return Note("verdict", f"pass: {_counted(len(held), 'column')} held to the rules ({level}).")
    worst = held[0]
    same = [comparison for comparison in held if comparison.verdict == worst.verdict]
    names = list(dict.fromkeys(one.called if several else _name(one) for one in same))
    rule = next(rule for rule in worst.rules if rule.verdict == worst.verdict)
    first = f"{worst.called} " if several else f"{_name(worst)} "
    most = f", {first}most" if len(names) > 1 else ""
    column = f"{_name(worst)}: " if several else ""
    where = where_it_moved(worst, rule)
    passed = sum(comparison.verdict == "pass" for comparison in held)
    sentences = [
        f"{verdict}: {_shortened(names)} {_said(rule, len(names), gate)}{most}: {column}{rule_in_words(rule, tests)}"
        f"{f'; {where}' if where else ''}.",
        f"{passed:,} of {len(held):,} columns pass." if len(held) > 1 else "No other column was held to a rule.",
    ]
    if verdict == "drift" and accept:
        sentences.append(f"To accept the change: {accept}")
    return Note("verdict", " ".join(sentences))


def _said(rule: Rule, number: int, gate: Gate) -> str:
    """What became of so many columns, of which the rule is the worst."""
    codes = {note.code for note in rule.notes}
    if rule.verdict == "drift":
        return "drifted"
    if "tolerated" in codes:
        return f"drifted, as --max-drifted {percent(gate.max_drifted)} allows"
    if "undecided" in codes:
        return "is undecided" if number == 1 else "are undecided"
    return "warns" if number == 1 else "warn"


def rule_in_words(rule: Rule, tests: int) -> str:
    """``JS distance 14.2 % > 10 % of its maximum (p < 0.0001, 8 tests)``."""
    if rule.kind == "schema":
        return rule.notes[0].text.rstrip(".")
    value, limit = value_and_limit(rule)
    if rule.value is None or rule.limit is None:
        return f"{rule.title}: {rule.notes[-1].text.rstrip('.')}"
    over = (rule.value < rule.limit) if rule.kind == "min" else (rule.value > rule.limit)
    sign = {"min": ("<", ">="), "max": (">", "<="), "warn-max": (">", "<=")}[rule.kind][0 if over else 1]
    p_value = rule.p_adjusted if rule.p_adjusted is not None else rule.p_value
    sure = "" if p_value is None else f" ({chance(p_value)}, {_counted(tests, 'test')})"
    needed = f", {rule.n_needed:,.0f} rows a side would decide" if rule.n_needed is not None else ""
    return f"{rule.title} {value} {sign} {limit}{sure}{needed}"


def value_and_limit(rule: Rule) -> tuple[str, str]:
    """Value and limit as people compare them: both as a share of the maximum, or both in the unit."""
    unit = f" {rule.unit}" if rule.unit else ""
    if rule.value is None:
        return "?", rule.asked
    if rule.asked.endswith("%") and rule.maximum:
        return percent(rule.value / rule.maximum, 3), f"{rule.asked.removesuffix('%')} % of its maximum"
    if rule.measure == "missing" and rule.limit is not None:
        return percent(rule.value, 3), percent(rule.limit, 3)
    if rule.limit is None:
        return f"{rule.value:.4g}", rule.asked
    shown = f"{rule.limit:.4g}{unit}"
    told = f"{shown} ({rule.asked})" if rule.asked.endswith("floor") else shown
    return f"{rule.value:.4g}", told


def _counted(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"


def _name(comparison: Comparison) -> str:
    return comparison.column or comparison.called


def _shortened(names: Sequence[str]) -> str:
    if len(names) > _NAMED + 1:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED:,} more"
    return listed(names)


def where_it_moved(comparison: Comparison, rule: Rule) -> str:
    """What moved most, where that is what the rule is about; empty for missing rows and faults of the schema."""
    return "" if rule.kind == "schema" or rule.measure == "missing" else moved(comparison)
