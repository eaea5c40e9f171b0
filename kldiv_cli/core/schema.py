"""What can be wrong with a table before any number is compared: columns that went, came, or changed their kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.model import Note, Rule
from kldiv_cli.core.summary import NumericSummary
from kldiv_cli.errors import UsageError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from kldiv_cli.core.model import Verdict
    from kldiv_cli.core.rules import Gate
    from kldiv_cli.core.summary import Summary


class Fault(NamedTuple):
    """One row of the table of faults."""

    key: str
    title: str
    verdict: Verdict
    """What it means unless the configuration says otherwise."""
    by_size: bool = False
    """Whether it is graver where more than a few rows have it; ``auto`` in the configuration, which is the default."""

    @property
    def default(self) -> str:
        """As a configuration says what holds without it."""
        return "auto" if self.by_size else self.verdict

    @property
    def verdicts(self) -> tuple[str, ...]:
        """What a configuration may say."""
        return ("auto", "pass", "warn", "drift") if self.by_size else ("pass", "warn", "drift")


FAULTS: tuple[Fault, ...] = (
    Fault("missing-column", "column is gone", "drift"),
    Fault("changed-type", "changed its type", "drift"),
    Fault("all-missing", "has no value left", "drift"),
    Fault("new-column", "new column", "warn"),
    Fault("newly-constant", "became constant", "warn"),
    Fault("infinite-values", "infinite values", "warn", by_size=True),
    Fault("missing-group", "group is gone", "drift"),
    Fault("new-group", "new group", "warn"),
)
_BY_KEY = {fault.key: fault for fault in FAULTS}


def policy_from(asked: dict[str, str]) -> tuple[tuple[str, Verdict], ...]:
    """Verdicts by fault.

    Raises
    ------
    UsageError
        If a fault or a verdict is unknown.
    """
    found = []
    for key, verdict in asked.items():
        if key not in _BY_KEY:
            raise UsageError(f"the schema knows no fault {key!r}", remedy=", ".join(_BY_KEY))
        if verdict not in _BY_KEY[key].verdicts:
            raise UsageError(f"{key} cannot be {verdict!r}", remedy=f"{key} = pass, warn or drift")
        if verdict != "auto":
            found.append((key, verdict))
    return tuple(found)  # type: ignore[arg-type]


def schema_rule(
    key: str,
    column: str | None,
    text: str,
    policy: tuple[tuple[str, Verdict], ...],
    default: Verdict | None = None,
) -> Rule:
    """A fault as a rule that was judged; ``default`` is its verdict where it is graver than others of its kind."""
    fault = _BY_KEY[key]
    verdict = dict(policy).get(key, default or fault.verdict)
    note = Note(key, text)
    return Rule(key, fault.title, column, None, "schema", None, "", None, None, None, verdict, notes=(note,))


def beyond_chance(rule: Rule, p_value: float, tests: int, gate: Gate) -> Rule:
    """The rule of a fault that counts rows, undecided where chance may have brought so few of them.

    ``p_value`` is that of Fisher's exact law, ``tests`` the groups or columns that could have had the fault
    (Bonferroni).
    """
    adjusted = min(p_value * tests, 1.0)
    found = rule._replace(p_value=p_value, p_adjusted=adjusted, method="exact")
    if adjusted <= gate.alpha or rule.verdict == "pass":
        return found
    note = Note("undecided", "Chance may do that with so few rows.")
    return found._replace(verdict=of_undecided(gate, rule.verdict), notes=(*rule.notes, note))


def of_undecided(gate: Gate, failed: Verdict) -> Verdict:
    """What becomes of a rule that would have failed, had its change been shown to be more than noise."""
    return {"pass": "undecided", "warn": "warn", "fail": failed}[gate.on_undecided]  # type: ignore[return-value]


def fault_of_values(p: Summary, q: Summary) -> str | None:
    """Fault of a column that both sides have, by what is in it; None where there is none.

    A column that held nothing in the reference is new.
    """
    if p.mass > 0 and q.mass == 0:
        return "all-missing"
    if p.mass == 0 and q.mass > 0:
        return "new-column"
    if isinstance(p, NumericSummary) and isinstance(q, NumericSummary) and q.non_finite > p.non_finite == 0:
        return "infinite-values"
    if distinct_values(q) == 1 < distinct_values(p) and q.mass > 1:
        return "newly-constant"
    return None


def distinct_values(summary: Summary) -> float:
    """How many different values or labels occur."""
    if isinstance(summary, NumericSummary):
        return float((summary.counts > 0).sum())
    return float((summary.counts > 0).sum()) + summary.pooled_labels
