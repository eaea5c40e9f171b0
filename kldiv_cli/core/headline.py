"""The one line that a gate ends with: where, by how much, how sure, and how to accept it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.model import Note
from kldiv_cli.core.phrases import chance, listed, percent
from kldiv_cli.core.remarks import moved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kldiv_cli.core.model import Comparison, Rule, Verdict
    from kldiv_cli.core.rules import Gate

UNHELD: dict[str, str] = {
    "identifier": "identifier",
    "instant": "dates",
    "no-limit": "no limit applies",
    "unnamed": "no rule names it",
}
"""By the code of a note, why no rule holds the values of a column."""
_NAMED = 3


def headline(
    verdict: Verdict,
    comparisons: Sequence[Comparison],
    tests: int,
    gate: Gate,
    accept: str,
    *,
    several: bool,
    lost: str = "",
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
    lost : str
        A sentence on candidates that could not be held to anything: then the run passes nothing.
    """
    if lost and verdict != "drift":
        others = headline(verdict, comparisons, tests, gate, accept, several=several)
        return Note("verdict", f"undecided: {lost} Of the others, {others.text}")
    held = [comparison for comparison in comparisons if comparison.verdict is not None]
    if verdict == "pass":
        level = f"{_counted(tests, 'test')} at {gate.alpha:g}, {gate.correction}"
        return Note("verdict", f"pass: {_counted(len(held), 'column')} held to the rules ({level}).")
    worst_ones = [comparison for comparison in held if comparison.verdict == held[0].verdict]
    same = [one for one in worst_ones if _tolerated(one)] or worst_ones  # a drift that was let through is told first
    worst = same[0]
    names = list(dict.fromkeys(one.called if several else _name(one) for one in same))
    rule = next(iter([*_tolerated(worst), *(rule for rule in worst.rules if rule.verdict == worst.verdict)]))
    first = f"{worst.called} " if several else f"{_name(worst)} "
    most = f", {first}most" if len(names) > 1 and (several or rule.kind != "schema") else ""
    column = f"{worst.column}: " if several and worst.column else ""
    where = where_it_moved(worst, rule)
    passed = sum(comparison.verdict == "pass" for comparison in held)
    sentences = [
        f"{verdict}: {_shortened(names)} {_said(rule, len(names), gate)}{most}: {column}{rule_in_words(rule, tests)}"
        f"{f'; {where}' if where else ''}.",
        f"{passed:,} of {len(held):,} columns pass." if len(held) > 1 else "No other column was held to a rule.",
    ]
    if len(worst_ones) > len(same):
        warned = len(worst_ones) - len(same)
        sentences.insert(1, f"{_counted(warned, 'other column')} warn{'s' * (warned == 1)}.")
    if lost:
        sentences.append(lost)
    if verdict == "drift" and accept:
        sentences.append(f"To accept the change: {accept}")
    return Note("verdict", " ".join(sentences))


def lost_in_words(names: Sequence[str], reason: str) -> str:
    """A sentence on candidates that could not be held to anything."""
    return f"{_shortened(names)} could not be held to the rules ({reason.rstrip('.')})."


def unheld(comparisons: Iterable[Comparison]) -> Iterator[Note]:
    """One note on all columns whose values no rule holds, and why."""
    reasons: dict[str, str] = {}
    for comparison in comparisons:
        for note in comparison.notes:
            if note.code in UNHELD:
                reasons.setdefault(comparison.column or "1", UNHELD[note.code])
    if reasons:
        told = ", ".join(f"{name} ({reason})" for name, reason in reasons.items())
        yield Note("not-held", f"Not held to a rule: {told}.")


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
        return f"{rule.notes[0].text.rstrip('.')}{_why_unsure(rule)}"
    value, limit = value_and_limit(rule)
    if rule.value is None or rule.limit is None:
        return f"{rule.title}: {rule.notes[-1].text.rstrip('.')}"
    over = (rule.value < rule.limit) if rule.kind == "min" else (rule.value > rule.limit)
    sign = {"min": ("<", ">="), "max": (">", "<="), "warn-max": (">", "<=")}[rule.kind][0 if over else 1]
    p_value = rule.p_adjusted if rule.p_adjusted is not None else rule.p_value
    sure = _why_unsure(rule) if p_value is None else f" ({chance(p_value)}, {_counted(tests, 'test')})"
    needed = f", {rule.n_needed:,.0f} rows a side would decide" if rule.n_needed is not None else ""
    return f"{rule.title} {value} {sign} {limit}{sure}{needed}"


def _why_unsure(rule: Rule) -> str:
    """Why a rule without a p value is undecided; empty where it is not."""
    texts = [note.text.rstrip(".") for note in rule.notes if note.code == "undecided"]
    return f" ({texts[0][0].lower()}{texts[0][1:]})" if texts else ""


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


def _tolerated(comparison: Comparison) -> list[Rule]:
    """Rules that drifted, and were let through."""
    return [rule for rule in comparison.rules if any(note.code == "tolerated" for note in rule.notes)]


def _shortened(names: Sequence[str]) -> str:
    if len(names) > _NAMED + 1:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED:,} more"
    return listed(names)


def where_it_moved(comparison: Comparison, rule: Rule) -> str:
    """What moved most, where that is what the rule is about; empty for missing rows and faults of the schema."""
    return "" if rule.kind == "schema" or rule.measure == "missing" else moved(comparison)
