"""Rules judged: a limit that is exceeded is drift only where the change is more than noise, all tests together."""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING

from kldiv_cli.core.compare import compare_columns, noise_of
from kldiv_cli.core.correction import CORRECTIONS
from kldiv_cli.core.measures import measure_named
from kldiv_cli.core.model import Note, Rule
from kldiv_cli.core.rules import closest
from kldiv_cli.core.schema import of_undecided
from kldiv_cli.core.units import unit_of
from kldiv_cli.core.views import has_instants
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Comparison, Estimate, Null, Settings, Verdict
    from kldiv_cli.core.rules import Gate, Limit
    from kldiv_cli.core.significance import Noise
    from kldiv_cli.core.views import Column

VERDICTS: tuple[Verdict, ...] = ("pass", "undecided", "warn", "drift")
"""From best to worst."""


class Judged(NamedTuple):
    """A comparison with the columns that it was made of, and the limits it is held to."""

    comparison: Comparison
    p: Column
    q: Column
    limits: tuple[Limit, ...]
    faults: tuple[Rule, ...] = ()
    """Faults of the schema, judged already."""


class _Test(NamedTuple):
    """One measure of one column, against one limit or more."""

    item: Judged
    row: Measure
    worst: Estimate
    limits: tuple[tuple[Limit, float | None], ...]

    @property
    def null(self) -> Null | None:
        return self.worst.null

    @property
    def tested(self) -> Measure:
        """The measure whose p value it has: what divides W1 may be 0 here, and no number in another tool."""
        settled = self.row.key == "w1-scaled" and self.item.p.side().standard_deviation == 0.0
        return measure_named("w1") if settled else self.row

    @property
    def is_exceeded(self) -> bool:
        return any(_exceeds(self.row, self.worst, limit) for _, limit in self.limits)

    @property
    def is_tested(self) -> bool:
        """Whether there is a p value, and something could have been found: a row of either side is missing."""
        if self.null is None or self.null.p_value is None:
            return False
        return not (self.row.key == "missing" and self.worst.value == 0.0 and self.null.floor == 0.0)


class _Finding(NamedTuple):
    """A test with what chance makes of its value."""

    test: _Test
    null: Null | None
    p_adjusted: float | None = None


class _Court(NamedTuple):
    """What all rules of a run are judged by."""

    gate: Gate
    settings: Settings
    tests: int


def worst_of(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The worst verdict; None of none."""
    return max(verdicts, key=VERDICTS.index, default=None)


def is_held(item: Judged) -> bool:
    """Whether a rule is judged of it: then it will have a verdict."""
    return bool(item.faults or _tests(item))


def judged(items: Sequence[Judged], gate: Gate, settings: Settings) -> list[Comparison]:
    """Comparisons with their rules and verdicts; p values are corrected over all tests of all of them."""
    by_item = [_tests(item) for item in items]
    court = _Court(gate, settings, max(counted_tests(items), 1))
    found = [
        _Finding(test, _refined(test, court) if test.is_exceeded else test.null) for tests in by_item for test in tests
    ]
    rest = iter(_corrected(found, gate.correction))
    comparisons = []
    for item, tests in zip(items, by_item, strict=True):
        rules = list(item.faults)
        for finding in islice(rest, len(tests)):
            rules += [_rule(finding, limit, amount, court) for limit, amount in finding.test.limits]
        verdict = worst_of(rule.verdict for rule in rules)
        comparisons.append(item.comparison._replace(rules=tuple(rules), verdict=verdict))
    return comparisons


def _corrected(found: Sequence[_Finding], correction: str) -> list[_Finding]:
    """The same with p values adjusted for each other, where there are any."""
    p_values = [
        finding.null.p_value
        for finding in found
        if finding.test.is_tested and finding.null is not None and finding.null.p_value is not None
    ]
    adjusted = iter(CORRECTIONS[correction](p_values))
    return [
        finding._replace(p_adjusted=next(adjusted)) if finding.test.is_tested and finding.null is not None else finding
        for finding in found
    ]


def tolerated(comparisons: Sequence[Comparison], gate: Gate) -> list[Comparison]:
    """The comparisons of one candidate; where no more of them drifted than may, drift is a warning."""
    held = [comparison for comparison in comparisons if comparison.verdict is not None]
    drifted = sum(comparison.verdict == "drift" for comparison in held)
    if not 0 < drifted <= gate.max_drifted * len(held) * (1 + 1e-12):
        return list(comparisons)
    note = Note("tolerated", f"Drifted, as {drifted} of {len(held)} columns did: --max-drifted allows it.")
    return [
        comparison._replace(
            verdict="warn" if comparison.verdict == "drift" else comparison.verdict,
            rules=tuple(
                rule._replace(verdict="warn", notes=(*rule.notes, note)) if rule.verdict == "drift" else rule
                for rule in comparison.rules
            ),
        )
        for comparison in comparisons
    ]


def counted_tests(items: Sequence[Judged]) -> int:
    """How many tests there are that could have found anything."""
    return sum(test.is_tested for item in items for test in _tests(item))


def _tests(item: Judged) -> list[_Test]:
    """The measures that a comparison is held to, where they apply."""
    by_measure: dict[str, list[Limit]] = {}
    for limit in closest(item.limits, item.comparison.column):
        by_measure.setdefault(limit.measure, []).append(limit)
    found = []
    for key, limits in by_measure.items():
        row = measure_named(key)
        estimates = [one for one in item.comparison.estimates if one.measure == key and one.status != "not_applicable"]
        if not estimates or (item.comparison.support is None and row.key != "missing"):
            continue
        worst = max(estimates, key=lambda one: _distance(row, one))
        found.append(_Test(item, row, worst, tuple((limit, limit.in_unit(worst)) for limit in limits)))
    return found


def _distance(row: Measure, estimate: Estimate) -> float:
    if estimate.value is None:
        return -math.inf
    return -estimate.value if row.is_similarity else estimate.value


def _exceeds(row: Measure, estimate: Estimate, limit: float | None) -> bool:
    if limit is None or estimate.value is None:
        return True  # it cannot be told, which is no pass
    return estimate.value < limit if row.is_similarity else estimate.value > limit


def _refined(test: _Test, court: _Court) -> Null | None:
    """The null of a value over its limit, drawn as often as the number of tests asks."""
    if test.worst.value is None or test.null is None:
        return test.null
    noise, value = _noise(test, court)
    if noise is None:
        return None
    most = max(math.ceil(court.tests / court.gate.alpha), court.settings.draws)
    found = noise.p_value(test.tested, value, most)
    return None if found is None else found._replace(floor=test.null.floor, floor_infinite=test.null.floor_infinite)


def _rule(finding: _Finding, limit: Limit, amount: float | None, court: _Court) -> Rule:
    test, null, adjusted = finding
    row, worst, item, gate = test.row, test.worst, test.item, court.gate
    notes = list(worst.notes) if worst.value is None else []
    verdict: Verdict = "pass"
    needed = None
    if _exceeds(row, worst, amount):
        failed: Verdict = "warn" if limit.kind == "warn-max" else "drift"
        exact = item.p.kind == item.q.kind == "probabilities"
        certain = exact or (adjusted is not None and adjusted <= gate.alpha)
        if certain and amount is not None and worst.value is not None:
            verdict = failed
        else:
            verdict = of_undecided(gate, failed)
            notes.append(_why_undecided(worst, amount, adjusted))
            if null is not None and worst.value is not None and amount is not None:
                needed = _needed(test, limit, amount, court)
    return Rule(
        measure=row.key,
        title=row.title,
        column=item.comparison.column,
        direction=worst.direction,
        kind=limit.kind,
        limit=amount,
        asked=limit.asked,
        value=worst.value,
        unit=worst.unit,
        maximum=worst.maximum,
        verdict=verdict,
        p_value=None if null is None else null.p_value,
        p_adjusted=adjusted,
        method=None if null is None else null.method,
        n_needed=needed,
        notes=tuple(notes),
    )


def _needed(test: _Test, limit: Limit, amount: float, court: _Court) -> float | None:
    """Rows of each side at which all that is over the limit is significant by itself among all tests.

    So many decide it whatever is behind the value: it stays over the limit and is drift, or falls below it. A limit of
    so many floors, of another tool's figures, or that allows nothing at all has no size of its own: there the value has
    to stay as it is.
    """
    noise, value = _noise(test, court)
    if noise is None or test.worst.value is None:
        return None
    allows_nothing = amount >= 1.0 if test.row.is_similarity else amount <= 0.0
    if limit.form != "floor" and not allows_nothing and court.settings.preset is None:
        value *= amount / test.worst.value
    return noise.rows_needed(test.tested, value, court.gate.alpha / court.tests)


def _noise(test: _Test, court: _Court) -> tuple[Noise | None, float]:
    """The noise of the columns of a test, and its value in the unit of the core."""
    item, settings, worst = test.item, court.settings, test.worst
    if settings.preset is not None:  # the test is that of kldiv's own measure of the name
        settings = settings._replace(preset=None)
        own = compare_columns(item.p, item.q, settings, (test.tested,), item.comparison.column)
        worst = max(own.estimates, key=lambda one: _distance(test.tested, one))
    assert worst.value is not None, "a value is over its limit"
    scale, _ = unit_of(test.tested, settings.base, instants=has_instants(item.p, item.q))
    return noise_of(item.p, item.q, settings, item.comparison.column), worst.value * scale


def _why_undecided(worst: Estimate, amount: float | None, adjusted: float | None) -> Note:
    if worst.value is None:
        return Note("undecided", f"{worst.title} has no value here.")
    if amount is None:
        return Note("undecided", "The floor is infinite or not known, so no multiple of it is a limit.")
    if adjusted is None:
        return Note("undecided", "How large noise is, is not known here.")
    return Note("undecided", "Over its limit, yet not shown to be more than noise.")
