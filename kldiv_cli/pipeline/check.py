"""Hold candidates to rules: the columns they share, and what became of those they do not."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compare import compare_columns, has_instants
from kldiv_cli.core.headline import headline
from kldiv_cli.core.measures import chosen
from kldiv_cli.core.model import Comparison, Note
from kldiv_cli.core.presets import preset_named
from kldiv_cli.core.rules import UNNAMED, has_maximum, limit_from, measures_of, with_defaults
from kldiv_cli.core.schema import FAULTS, fault_of_values, schema_rule
from kldiv_cli.core.summary import NumericSummary, Profile
from kldiv_cli.core.table_remarks import infinite_values, kept_in_part
from kldiv_cli.core.verdicts import VERDICTS, Judged, counted_tests, judged, tolerated, worst_of
from kldiv_cli.core.views import Column
from kldiv_cli.engines import Running, summarised_all
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.pipeline.compare import drift_of, notes_on_preset, profile_of_object, require_one_stdin
from kldiv_cli.pipeline.groups import grouped_pairs
from kldiv_cli.pipeline.pairing import ProfilePair, met, notes_of, require_known
from kldiv_cli.pipeline.trend import heads, pairs_against, periods_of
from kldiv_cli.report import CandidateVerdict, Report
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import SourceSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.model import Rule, Settings, Verdict
    from kldiv_cli.core.rules import Gate, Limit
    from kldiv_cli.pipeline.pairing import Met
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import ReadOptions

_HERE = Running()


def check(
    reference: SourceSpec,
    candidates: Sequence[SourceSpec],
    settings: Settings,
    gate: Gate,
    running: Running = _HERE,
    meter: Meter | None = None,
) -> Report:
    """Hold every candidate to the rules.

    Raises
    ------
    KldivError
        If an operand cannot be read, a rule fits nothing, or nothing is left that could be held to one.
    """
    require_one_stdin([reference, *candidates])
    if any(spec.place == "uniform" for spec in (reference, *candidates)):
        raise UsageError("uniform is no data that could drift", remedy="kldiv check REF NEW")
    lenient = [spec.may_lack() for spec in candidates]
    p, *found = summarised_all([reference, *lenient], running, meter)
    require_known(reference.options.columns_named(), [p, *found])
    accept = _acceptance(reference, candidates)
    pairs = [ProfilePair(p, q) for q in found]
    return report_on_gate(pairs, settings, gate, accept, reference.options.columns)


def check_groups(
    specs: Sequence[SourceSpec], base: str | None, settings: Settings, gate: Gate, running: Running, meter: Meter
) -> Report:
    """Hold every group of rows to the rules: each is a candidate.

    Raises
    ------
    KldivError
        If an operand cannot be read or grouped, a rule fits nothing, or nothing is left that could be held to one.
    """
    found = grouped_pairs([specs[0], *(spec.may_lack() for spec in specs[1:])], base, running, meter)
    report = report_on_gate(list(found.pairs), settings, gate, "", specs[0].options.columns)
    return _with_heads(report, found.heads, found.notes)


def check_periods(
    specs: Sequence[SourceSpec],
    against: Sequence[str],
    settings: Settings,
    gate: Gate,
    running: Running,
    meter: Meter,
) -> Report:
    """Hold every period to the rules, against each earlier one that is asked for.

    Raises
    ------
    KldivError
        If an operand cannot be read or grouped, a rule fits nothing, or nothing is left that could be held to one.
    """
    periods = periods_of(specs, running, meter)
    pairs = [pair for one in against for pair in pairs_against(periods, one)]
    report = report_on_gate(pairs, settings, gate, "", specs[0].options.columns)
    return _with_heads(report, heads(periods, against), periods.notes)


def _with_heads(report: Report, told: tuple[str, str], more: Sequence[Note]) -> Report:
    said, *notes = report.notes
    return report._replace(heads=told, notes=tuple(dict.fromkeys([said, *more, *notes])))


def check_objects(
    reference: object, candidates: object, settings: Settings, gate: Gate, options: ReadOptions
) -> Report:
    """Hold Python objects, or operands as typed in the shell, to the rules."""
    held = list(candidates) if isinstance(candidates, tuple) else [candidates]
    names = ["Q"] if len(held) == 1 else [f"Q{number}" for number in range(1, len(held) + 1)]
    specs = [_spec(item, name, options) for item, name in zip((reference, *held), ("P", *names), strict=True)]
    require_one_stdin(specs)
    if any(spec.place == "uniform" for spec in specs):
        raise UsageError("uniform is no data that could drift", remedy="check(reference, new)")
    lenient = [specs[0], *(spec.may_lack() for spec in specs[1:])]
    p, *found = (profile_of_object(item, spec) for item, spec in zip((reference, *held), lenient, strict=True))
    require_known(options.columns_named(), [p, *found])
    pairs = [ProfilePair(p, q) for q in found]
    return report_on_gate(pairs, settings, gate, "make the candidate the reference.", options.columns)


def _spec(item: object, name: str, options: ReadOptions) -> SourceSpec:
    text = os.fspath(item) if isinstance(item, os.PathLike) else item
    return operand(text, options) if isinstance(text, str) else SourceSpec(name, "inline", "", options=options)


def report_on_gate(
    pairs: Sequence[ProfilePair], settings: Settings, gate: Gate, accept: str, asked: tuple[str, ...] = ()
) -> Report:
    """Report on profiles that are held to rules; ``asked`` are the columns that were asked for by name."""
    for limit in gate.limits:
        if limit.statistic is not None:
            raise UsageError(f"the limit {limit.text} is on a statistic of rows", remedy="--rows, or leave it out")
    if settings.preset is not None:
        for limit in gate.limits:
            preset_named(settings.preset).require([limit.measure], f"--{limit.kind}")
    notes: list[Note] = list(notes_on_preset(settings))
    items = [list(_items(pair.p, pair.q, settings, gate, asked, notes)) for pair in pairs]
    flat = [item for group in items for item in group]
    _require_every_limit_met(gate.limits, flat)
    comparisons = judged(flat, gate, settings)
    groups: list[list[Comparison]] = []
    for (p, q, part), group in zip(pairs, items, strict=True):
        own, comparisons = comparisons[: len(group)], comparisons[len(group) :]
        _require_held(q, own)
        own = sorted(tolerated(own, gate), key=_worst_first, reverse=True)
        own = [comparison._replace(part=part) for comparison in own]
        groups.append(own)
        notes += [*infinite_values(own), *notes_of((p, q)), *kept_in_part(_compared(own), settings.bins)]
    verdicts = tuple(
        CandidateVerdict(_name_of(pair), worst_of(_verdicts(own)) or "pass", len(own))
        for pair, own in zip(pairs, groups, strict=True)
    )
    verdict = worst_of(one.verdict for one in verdicts)
    assert verdict is not None, "there is a candidate"
    every = [comparison for group in groups for comparison in group]
    tests = counted_tests(flat)
    ranked = sorted(every, key=_worst_first, reverse=True)
    said = headline(verdict, ranked, tests, gate, accept, several=len(pairs) > 1)
    return Report(
        "check",
        settings,
        tuple(every),
        tuple(dict.fromkeys([said, *notes])),
        is_table=True,
        candidates=len(pairs),
        verdict=verdict,
        verdicts=verdicts,
        tests=tests,
        gate=_as_plain_data(gate, flat),
    )


def _name_of(pair: ProfilePair) -> str:
    return pair.q.label if pair.part is None else str(pair.part.name)


def _as_plain_data(gate: Gate, items: Sequence[Judged]) -> dict[str, object]:
    return {
        "limits": [{"kind": kind, "limit": text} for kind, text in dict.fromkeys(_written(items))],
        "alpha": gate.alpha,
        "correction": gate.correction,
        "on_undecided": gate.on_undecided,
        "max_drifted": gate.max_drifted,
        "schema": {fault.key: dict(gate.schema).get(fault.key, fault.verdict) for fault in FAULTS},
    }


def _require_held(q: Profile, comparisons: Sequence[Comparison]) -> None:
    """A candidate of which nothing was held to a rule is none that passed.

    Raises
    ------
    InputError
        If no column has a verdict.
    """
    if _verdicts(comparisons):
        return
    reasons = " ".join(note.text for one in comparisons for note in one.notes if note.code in ("identifier", "instant"))
    raise InputError(
        f"nothing was held to any rule in {q.label}. {reasons}".rstrip(),
        remedy="--max COLUMN:js-distance=10% holds dates, --categorical COLUMN an identifier",
    )


def _verdicts(comparisons: Sequence[Comparison]) -> list[Verdict]:
    return [comparison.verdict for comparison in comparisons if comparison.verdict is not None]


def _written(items: Sequence[Judged]) -> Iterator[tuple[str, str]]:
    return ((limit.kind, limit.text) for item in items for limit in item.limits)


def _items(
    p: Profile, q: Profile, settings: Settings, gate: Gate, asked: tuple[str, ...], notes: list[Note]
) -> Iterator[Judged]:
    """Every column of either side, compared or with what is wrong with it."""
    columns, said = met(p, q)
    lone = len(p.columns) == len(q.columns) == 1
    if lone and _is_another(p, q, asked):
        columns, said = [], []
    notes += [note for note in said if not note.code.startswith("only-in")]
    for column in columns:
        yield _met(column, settings, gate)
    meeting = {column.name for column in columns}
    for name, summary in p.columns.items():
        if name not in meeting and not (columns and lone):
            here = Column(p.label, p.kind, summary, p.weighted)
            yield _without_estimates(name, here, _nothing(q), "missing-column", f"{name} is gone from {q.label}.", gate)
    for name, summary in q.columns.items():
        if name not in meeting and not (columns and lone):
            there = Column(q.label, q.kind, summary, q.weighted)
            yield _without_estimates(name, _nothing(p), there, "new-column", f"{name} is new in {q.label}.", gate)


def _is_another(p: Profile, q: Profile, asked: tuple[str, ...]) -> bool:
    """Whether a lone column was asked for by name, and the other side's lone column has another one."""
    (in_p,), (in_q,) = p.columns, q.columns
    return in_p in asked and in_q not in asked and bool(in_q) and not in_q.isdigit()


def _met(column: Met, settings: Settings, gate: Gate) -> Judged:
    name = column.name or UNNAMED
    reason = column.reason
    fault = fault_of_values(column.p.summary, column.q.summary)
    changed = column.change()
    if changed is not None and (fault != "newly-constant" or not column.is_of_one_kind):
        return _without_estimates(name, column.p, column.q, "changed-type", changed, gate)
    faults: tuple[Rule, ...] = ()
    if fault is not None:
        faults = (schema_rule(fault, name, _told(fault, name, column), gate.schema),)
    if reason is not None:
        note = Note(reason.code, reason.text)
        return Judged(_bare(name, column.p, column.q, note), column.p, column.q, (), faults)
    limits = _limits(column, settings, gate)
    asked = chosen(settings.measures, ()) if settings.measures else ()
    measures = tuple(dict.fromkeys((*measures_of(limits), *asked)))
    comparison = compare_columns(column.p, column.q, settings, measures, column.name)
    held = limits
    if has_instants(column.p, column.q):
        held = tuple(limit for limit in limits if limit.column is not None)
        if not any(limit.names(column.name) for limit in held):
            note = Note("instant", f"{name} holds dates, which move by nature: held to a rule only where one names it.")
            comparison = comparison._replace(notes=(*comparison.notes, note))
    return Judged(comparison, column.p, column.q, held, faults)


def _told(fault: str, name: str, column: Met) -> str:
    """A fault of what is in a column, in words."""
    infinite = getattr(column.q.summary, "non_finite", 0.0)
    return {
        "all-missing": f"{name} has no value left in {column.q.label}.",
        "new-column": f"{name} had no value in {column.p.label}, and has some in {column.q.label}.",
        "newly-constant": f"{name} became constant in {column.q.label}.",
        "infinite-values": f"{name} has {infinite:,.10g} infinite value{'s' * (infinite != 1)} in {column.q.label}, "
        "and had none.",
    }[fault]


def _limits(column: Met, settings: Settings, gate: Gate) -> tuple[Limit, ...]:
    """Limits on every column, those of a preset in place of the default ones."""
    if settings.preset is None or has_maximum(gate.limits):
        return with_defaults(gate.limits)
    own = preset_named(settings.preset).limits(column.p.summary, column.q.summary)
    preset = tuple(limit_from(text, kind) for kind, text in own)  # type: ignore[arg-type]
    return (*preset, limit_from("missing=0.05", "max"), *gate.limits)


def _without_estimates(name: str, p: Column, q: Column, fault: str, text: str, gate: Gate) -> Judged:
    """A column that could not be compared, and why: a fault of the schema."""
    rule = schema_rule(fault, name, text, gate.schema)
    return Judged(_bare(name, p, q, Note(fault, text)), p, q, (), (rule,))


def _bare(name: str, p: Column, q: Column, note: Note) -> Comparison:
    return Comparison(p.side(), q.side(), name, None, (), None, None, (note,))


def _nothing(profile: Profile) -> Column:
    """A column that a table does not have."""
    return Column(profile.label, profile.kind, NumericSummary(np.empty(0), np.empty(0), 0.0))


def _compared(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return [comparison for comparison in comparisons if comparison.estimates]


def _worst_first(comparison: Comparison) -> tuple[int, bool, float]:
    """What is worst comes first; among equals a column that went or changed its kind, then the larger change."""
    rank = -1 if comparison.verdict is None else VERDICTS.index(comparison.verdict)
    is_fault = any(rule.kind == "schema" and rule.verdict == comparison.verdict for rule in comparison.rules)
    return rank, is_fault, drift_of(comparison)


def _require_every_limit_met(limits: Sequence[Limit], items: Sequence[Judged]) -> None:
    """Refuse a limit that holds nothing: a gate that passes because a name was misspelt is none.

    Raises
    ------
    UsageError
        If no column is called that, or the measure applies to none of those that are.
    """
    for limit in limits:
        named = [item for item in items if limit.names(item.comparison.column)]
        if not named:
            import difflib

            known = list(dict.fromkeys(item.comparison.column or UNNAMED for item in items))
            nearest = difflib.get_close_matches(limit.column or "", known, n=1)
            remedy = f"{nearest[0]!r}?" if nearest else f"there are {', '.join(known[:12])}"
            raise UsageError(f"the limit {limit.text} names no column", remedy=remedy)
        if limit.column is not None and all(_names_rows(item) for item in named):
            raise UsageError(
                f"the limit {limit.text} is on an identifier, which names rows", remedy=f"--categorical {limit.column}"
            )
        compared = [item for item in named if item.comparison.support is not None]
        applies = any(
            estimate.measure == limit.measure and estimate.status != "not_applicable"
            for item in compared
            for estimate in item.comparison.estimates
        )
        if compared and not applies:
            reasons = [
                note.text
                for item in compared
                for estimate in item.comparison.estimates
                if estimate.measure == limit.measure
                for note in estimate.notes
            ]
            raise UsageError(
                f"the limit {limit.text} applies to no column: {reasons[0]}",
                remedy="js-distance applies to all",
            )


def _names_rows(item: Judged) -> bool:
    return any(note.code == "identifier" for note in item.comparison.notes)


def _acceptance(reference: SourceSpec, candidates: Sequence[SourceSpec]) -> str:
    """Command that makes the candidate the reference."""
    only = candidates[0]
    new = shlex.quote(only.location) if len(candidates) == 1 and only.place in ("file", "url", "set") else "NEW"
    is_baseline = reference.place == "file" and reference.location.endswith(".json")
    return f"kldiv profile {new} -o {shlex.quote(reference.location) if is_baseline else 'baseline.json'}"
