"""Hold candidates to rules: the columns they share, and what became of those they do not."""

from __future__ import annotations

import os
import shlex
from functools import partial
from typing import TYPE_CHECKING

from kldiv_cli.core.headline import headline, lost_in_words, unheld
from kldiv_cli.core.presets import preset_named
from kldiv_cli.core.schema import FAULTS
from kldiv_cli.core.table_remarks import infinite_values, kept_in_part
from kldiv_cli.core.verdicts import VERDICTS, Judged, counted_tests, judged, tolerated, worst_of
from kldiv_cli.engines import Running, summarised_each
from kldiv_cli.errors import InputError, KldivError, UsageError
from kldiv_cli.pipeline.compare import drift_of, notes_on_preset, profile_of_object, require_one_stdin
from kldiv_cli.pipeline.groups import grouped_pairs
from kldiv_cli.pipeline.held_columns import item_of_group, items_of
from kldiv_cli.pipeline.held_limits import limits_that_cannot_fail, require_every_limit_met, require_held
from kldiv_cli.pipeline.pairing import ProfilePair, notes_of, require_known
from kldiv_cli.pipeline.readable import sorted_out
from kldiv_cli.pipeline.trend import heads, pairs_against, periods_of
from kldiv_cli.record import NamedTuple
from kldiv_cli.report import CandidateVerdict, Failure, Report
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import SourceSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kldiv_cli.core.model import Comparison, Note, Settings, Verdict
    from kldiv_cli.core.rules import Gate
    from kldiv_cli.pipeline.groups import LoneGroup
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import ReadOptions

_HERE = Running()


def check(
    reference: SourceSpec,
    candidates: Sequence[SourceSpec | Failure],
    settings: Settings,
    gate: Gate,
    running: Running = _HERE,
    meter: Meter | None = None,
) -> Report:
    """Hold every candidate to the rules; one of several that cannot be read stops no other.

    Raises
    ------
    KldivError
        If the reference or the only candidate cannot be read, a rule fits nothing, or nothing is left that could be
        held to one.
    """
    specs = [one for one in candidates if isinstance(one, SourceSpec)]
    failed = [one for one in candidates if isinstance(one, Failure)]
    require_one_stdin([reference, *specs])
    if any(spec.place == "uniform" for spec in (reference, *specs)):
        raise UsageError("uniform is no data that could drift", remedy="kldiv check REF NEW")
    lenient = [spec.may_lack() for spec in specs]
    p, *found = summarised_each([reference, *lenient], running, meter)
    if isinstance(p, KldivError):
        raise p  # it was read, but what was asked of it does not fit
    read, unread = sorted_out(specs, found)
    failed += unread
    if not read:
        raise InputError(failed[0].text, remedy=failed[0].remedy)
    require_known(reference.options.columns_named(), [p, *read])
    accept = _acceptance(reference, specs) if len(candidates) == 1 else _acceptance(reference, ())
    pairs = [ProfilePair(p, q) for q in read]
    return report_on_gate(pairs, settings, gate, accept, reference.options.columns, failed=failed)


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
    found = [pair for one in against for pair in pairs_against(periods, one)]
    pairs = list({(pair.p.label, pair.q.label): pair for pair in found}.values())  # the second period meets the first
    report = report_on_gate(pairs, settings, gate, "", specs[0].options.columns, failed=periods.failed)
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
    failed: Sequence[Failure] = (),
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
    failed : sequence of Failure
        Candidates that could not be read. With them, and with those of several that turn out to hold nothing, there
        is no verdict better than ``undecided``.
    """
    _require_of_columns(gate, settings)
    notes: list[Note] = list(notes_on_preset(settings))
    alone = len(pairs) + len(lone) + len(failed) == 1
    lost = list(failed)
    meet = partial(_met, settings, gate, notes, len(pairs))
    trials = _each([_Trial(pair, asked) for pair in pairs], meet, lost, alone=alone)
    require_every_limit_met(gate.limits, [item for trial in trials for item in trial.items], settings)
    trials = _each(trials, _held, lost, alone=alone)
    flat = [item for trial in trials for item in trial.items]
    notes += limits_that_cannot_fail(gate.limits, flat)
    comparisons = judged(flat, gate, settings)
    groups: list[tuple[str, list[Comparison]]] = []
    for trial in trials:
        own, comparisons = comparisons[: len(trial.items)], comparisons[len(trial.items) :]
        own = sorted(tolerated(own, gate), key=_worst_first, reverse=True)
        groups.append((trial.name, [comparison._replace(part=trial.pair.part) for comparison in own]))
        kept = kept_in_part(_compared(own), settings.bins)
        notes += [*infinite_values(own), *notes_of((trial.pair.p, trial.pair.q)), *kept]
    could_go = len(pairs) + sum(one.is_gone for one in lone)
    groups += [
        (str(one.part.name), judged([item_of_group(one, settings, gate, could_go)], gate, settings)) for one in lone
    ]
    verdicts = tuple(CandidateVerdict(name, worst_of(_verdicts(own)) or "pass", len(own)) for name, own in groups)
    every = [comparison for _, own in groups for comparison in own]
    notes += unheld(every)
    verdict = worst_of(one.verdict for one in verdicts)
    assert verdict is not None, "there is a candidate"
    tests = counted_tests(flat)
    ranked = sorted(every, key=_worst_first, reverse=True)
    told = lost_in_words([one.label for one in lost], lost[0].text) if lost else ""
    said = headline(verdict, ranked, tests, gate, accept, several=not alone, lost=told)
    return Report(
        "check",
        settings,
        tuple(every),
        tuple(dict.fromkeys([said, *notes])),
        is_table=True,
        candidates=len(groups) + len(lost),
        verdict="undecided" if lost and verdict != "drift" else verdict,
        verdicts=verdicts,
        tests=tests,
        gate=_as_plain_data(gate, flat),
        failed=tuple(lost),
    )


class _Trial(NamedTuple):
    """A pair with everything of it that is held to rules."""

    pair: ProfilePair
    asked: tuple[str, ...]
    items: tuple[Judged, ...] = ()

    @property
    def name(self) -> str:
        return self.pair.q.label if self.pair.part is None else str(self.pair.part.name)


def _each(
    trials: Sequence[_Trial], step: Callable[[_Trial], _Trial], lost: list[Failure], *, alone: bool
) -> list[_Trial]:
    """Take a step with every pair; one of several that cannot is lost, and stops no other.

    Raises
    ------
    KldivError
        If none can.
    """
    found: list[_Trial] = []
    for trial in trials:
        try:
            found.append(step(trial))
        except KldivError as fault:
            if alone or (trial is trials[-1] and not found):
                raise
            lost.append(Failure(trial.name, fault.message, fault.remedy))
    return found


def _met(settings: Settings, gate: Gate, notes: list[Note], pairs: int, trial: _Trial) -> _Trial:
    """Every column of either side, with the limits on it."""
    said: list[Note] = []
    items = tuple(items_of(trial.pair, settings, gate, trial.asked, said, pairs))
    notes += said
    return trial._replace(items=items)


def _held(trial: _Trial) -> _Trial:
    """The same, if anything of it is held."""
    require_held(trial.pair.q, trial.items)
    return trial


def _require_of_columns(gate: Gate, settings: Settings) -> None:
    """Refuse limits that are for rows, and those that a preset does not have.

    Raises
    ------
    UsageError
        If there is one.
    """
    for limit in gate.limits:
        if limit.statistic is not None:
            raise UsageError(f"the limit {limit.text} is on a statistic of rows", remedy="--rows, or leave it out")
    if settings.preset is not None:
        for limit in gate.limits:
            preset_named(settings.preset).require([limit.measure], f"--{limit.kind}")


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
    only = candidates[0] if len(candidates) == 1 else None
    new = shlex.quote(only.location) if only is not None and only.place in ("file", "url", "set") else "NEW"
    is_baseline = reference.place == "file" and reference.location.endswith(".json")
    return f"kldiv profile {new} -o {shlex.quote(reference.location) if is_baseline else 'baseline.json'}"
