"""Hold candidates to rules: the columns they share, and what became of those they do not."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from kldiv_cli.core.headline import headline, unheld
from kldiv_cli.core.presets import preset_named
from kldiv_cli.core.schema import FAULTS
from kldiv_cli.core.table_remarks import infinite_values, kept_in_part
from kldiv_cli.core.verdicts import VERDICTS, Judged, counted_tests, judged, tolerated, worst_of
from kldiv_cli.engines import Running, summarised_all
from kldiv_cli.errors import UsageError
from kldiv_cli.pipeline.compare import drift_of, notes_on_preset, profile_of_object, require_one_stdin
from kldiv_cli.pipeline.groups import grouped_pairs
from kldiv_cli.pipeline.held_columns import item_of_group, items_of
from kldiv_cli.pipeline.held_limits import limits_that_cannot_fail, require_every_limit_met, require_held
from kldiv_cli.pipeline.pairing import ProfilePair, notes_of, require_known
from kldiv_cli.pipeline.trend import heads, pairs_against, periods_of
from kldiv_cli.report import CandidateVerdict, Report
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import SourceSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.model import Comparison, Note, Settings, Verdict
    from kldiv_cli.core.rules import Gate
    from kldiv_cli.pipeline.groups import LoneGroup
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
    asked = specs[0].options.columns
    report = report_on_gate(list(found.pairs), settings, gate, "", asked, found.lone)
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
    pairs: Sequence[ProfilePair],
    settings: Settings,
    gate: Gate,
    accept: str,
    asked: tuple[str, ...] = (),
    lone: Sequence[LoneGroup] = (),
) -> Report:
    """Report on profiles that are held to rules.

    Parameters
    ----------
    pairs : sequence of ProfilePair
    settings : Settings
    gate : Gate
    accept : str
        Command that makes the candidate the reference; empty where there is none.
    asked : tuple of str
        Columns that were asked for by name.
    lone : sequence of LoneGroup
        Groups that one side lacks: each is a candidate too.
    """
    for limit in gate.limits:
        if limit.statistic is not None:
            raise UsageError(f"the limit {limit.text} is on a statistic of rows", remedy="--rows, or leave it out")
    if settings.preset is not None:
        for limit in gate.limits:
            preset_named(settings.preset).require([limit.measure], f"--{limit.kind}")
    notes: list[Note] = list(notes_on_preset(settings))
    items = [list(items_of(pair, settings, gate, asked, notes, len(pairs))) for pair in pairs]
    flat = [item for group in items for item in group]
    require_every_limit_met(gate.limits, flat, settings)
    notes += limits_that_cannot_fail(gate.limits, flat)
    comparisons = judged(flat, gate, settings)
    groups: list[list[Comparison]] = []
    for (p, q, part), group in zip(pairs, items, strict=True):
        own, comparisons = comparisons[: len(group)], comparisons[len(group) :]
        require_held(q, own)
        own = sorted(tolerated(own, gate), key=_worst_first, reverse=True)
        own = [comparison._replace(part=part) for comparison in own]
        groups.append(own)
        notes += [*infinite_values(own), *notes_of((p, q)), *kept_in_part(_compared(own), settings.bins)]
    could_go = len(pairs) + sum(one.is_gone for one in lone)
    groups += [judged([item_of_group(one, settings, gate, could_go)], gate, settings) for one in lone]
    names = [*(_name_of(pair) for pair in pairs), *(str(one.part.name) for one in lone)]
    verdicts = tuple(
        CandidateVerdict(name, worst_of(_verdicts(own)) or "pass", len(own))
        for name, own in zip(names, groups, strict=True)
    )
    notes += unheld([comparison for group in groups for comparison in group])
    verdict = worst_of(one.verdict for one in verdicts)
    assert verdict is not None, "there is a candidate"
    every = [comparison for group in groups for comparison in group]
    tests = counted_tests(flat)
    ranked = sorted(every, key=_worst_first, reverse=True)
    said = headline(verdict, ranked, tests, gate, accept, several=len(groups) > 1)
    return Report(
        "check",
        settings,
        tuple(every),
        tuple(dict.fromkeys([said, *notes])),
        is_table=True,
        candidates=len(groups),
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


def _verdicts(comparisons: Sequence[Comparison]) -> list[Verdict]:
    return [comparison.verdict for comparison in comparisons if comparison.verdict is not None]


def _written(items: Sequence[Judged]) -> Iterator[tuple[str, str]]:
    return ((limit.kind, limit.text) for item in items for limit in item.limits)


def _compared(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return [comparison for comparison in comparisons if comparison.support is not None]


def _worst_first(comparison: Comparison) -> tuple[int, bool, float]:
    """What is worst comes first; among equals a column that went or changed its kind, then the larger change."""
    rank = -1 if comparison.verdict is None else VERDICTS.index(comparison.verdict)
    is_fault = any(rule.kind == "schema" and rule.verdict == comparison.verdict for rule in comparison.rules)
    return rank, is_fault, drift_of(comparison)


def _acceptance(reference: SourceSpec, candidates: Sequence[SourceSpec]) -> str:
    """Command that makes the candidate the reference."""
    only = candidates[0]
    new = shlex.quote(only.location) if len(candidates) == 1 and only.place in ("file", "url", "set") else "NEW"
    is_baseline = reference.place == "file" and reference.location.endswith(".json")
    return f"kldiv profile {new} -o {shlex.quote(reference.location) if is_baseline else 'baseline.json'}"
