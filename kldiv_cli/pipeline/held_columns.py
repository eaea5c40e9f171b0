"""What of two profiles is held to which limits: every column of either side, with what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compare import compare_columns, compare_rates
from kldiv_cli.core.measures import chosen
from kldiv_cli.core.model import Comparison, Note
from kldiv_cli.core.phrases import percent
from kldiv_cli.core.presets import preset_named
from kldiv_cli.core.rules import UNNAMED, closest, has_maximum, limit_from, measures_of, with_defaults
from kldiv_cli.core.schema import beyond_chance, fault_of_values, schema_rule
from kldiv_cli.core.significance.laws import two_by_two
from kldiv_cli.core.significance.sizes import effective, sizes_asked
from kldiv_cli.core.summary import NumericSummary
from kldiv_cli.core.verdicts import Judged
from kldiv_cli.core.views import Column, has_instants, infinite_mass
from kldiv_cli.pipeline.pairing import met

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.model import Rule, Settings
    from kldiv_cli.core.rules import Gate, Limit
    from kldiv_cli.core.summary import Profile
    from kldiv_cli.pipeline.groups import LoneGroup
    from kldiv_cli.pipeline.pairing import Met, ProfilePair

_RATES = "missing"
_INFINITE_MOVED = 0.05
"""By how much the share of infinite values may move, as that of missing ones may by default."""


def items_of(
    pair: ProfilePair, settings: Settings, gate: Gate, asked: tuple[str, ...], notes: list[Note], candidates: int = 1
) -> Iterator[Judged]:
    """Every column of either side, compared or with what is wrong with it.

    ``asked`` are the columns that were asked for by name, ``candidates`` the pairs that are held in this run; what is
    to be said of the pair is added to ``notes``.
    """
    p, q = pair.p, pair.q
    columns, said = met(p, q)
    lone = len(p.columns) == len(q.columns) == 1
    if lone and _is_another(p, q, asked):
        columns, said = [], []
    notes += [note for note in said if not note.code.startswith("only-in")]
    with_infinite = sum(bool(infinite_mass(one.p.summary) or infinite_mass(one.q.summary)) for one in columns)
    for column in columns:
        yield _met(column, settings, gate, with_infinite * candidates)
    meeting = {column.name for column in columns}
    for name, summary in p.columns.items():
        if name not in meeting and not (columns and lone):
            here = Column(p.label, p.kind, summary, p.weighted)
            yield _without_estimates(name, here, _nothing(q), "missing-column", f"{name} is gone from {q.label}.", gate)
    for name, summary in q.columns.items():
        if name not in meeting and not (columns and lone):
            there = Column(q.label, q.kind, summary, q.weighted)
            yield _without_estimates(name, _nothing(p), there, "new-column", f"{name} is new in {q.label}.", gate)


def item_of_group(lone: LoneGroup, settings: Settings, gate: Gate, tests: int) -> Judged:
    """A group that went, or came, as a fault of the schema; chance alone leaves out a small one.

    ``tests`` are the groups that could have gone.
    """
    name, rows = lone.part.name, lone.profile.rows
    nothing = _nothing(lone.profile)
    p, q = (nothing._replace(label=label) for label in lone.labels)
    if lone.is_gone:
        text = (
            f"group {name} is gone from {lone.labels[1]}; it has {rows:,} of {lone.rows[0]:,} rows in {lone.labels[0]}."
        )
        rule = schema_rule("missing-group", None, text, gate.schema)
        asked = sizes_asked(settings.n_eff)
        shares = [min(effective(one, n), n) / n if one else 1.0 for one, n in zip(asked, lone.rows, strict=True)]
        inside, outside, other = rows * shares[0], (lone.rows[0] - rows) * shares[0], lone.rows[1] * shares[1]
        _, p_value = two_by_two((round(outside), round(inside)), (max(round(other), 1), 0))
        rule = beyond_chance(rule, p_value, tests, gate)
    else:
        text = f"group {name} is new in {lone.labels[1]}: {rows:,} of {lone.rows[0]:,} rows."
        rule = schema_rule("new-group", None, text, gate.schema)
    comparison = _bare(None, p, q, rule.notes[0])._replace(part=lone.part)
    return Judged(comparison, p, q, (), (rule,))


def _is_another(p: Profile, q: Profile, asked: tuple[str, ...]) -> bool:
    """Whether a lone column was asked for by name, and the other side's lone column has another one."""
    (in_p,), (in_q,) = p.columns, q.columns
    return in_p in asked and in_q not in asked and bool(in_q) and not in_q.isdigit()


def _met(column: Met, settings: Settings, gate: Gate, infinite_tests: int) -> Judged:
    name = column.name or UNNAMED
    reason = column.reason
    fault = fault_of_values(column.p.summary, column.q.summary)
    changed = column.change()
    if changed is not None and (fault != "newly-constant" or not column.is_of_one_kind):
        return _without_estimates(name, column.p, column.q, "changed-type", changed, gate)
    faults = _faults(fault, column, settings, gate, infinite_tests)
    limits = _limits(column, settings, gate)
    rates = tuple(limit for limit in limits if limit.measure == _RATES and (limit.column or _lacks_values(column)))
    if reason is not None:
        note = Note(reason.code, reason.text)
        comparison = _bare(name, column.p, column.q, note)
        if rates:
            comparison = compare_rates(column.p, column.q, settings, name)._replace(notes=(note,))
        return Judged(comparison, column.p, column.q, rates, faults)
    asked = chosen(settings.measures, ()) if settings.measures else ()
    measures = tuple(dict.fromkeys((*measures_of(limits), *asked)))
    comparison = compare_columns(column.p, column.q, settings, measures, column.name)
    notes, held = _of_values(name, column, comparison, limits, rates)
    if not faults:
        comparison = comparison._replace(notes=(*comparison.notes, *notes))
    return Judged(comparison, column.p, column.q, held, faults)


def _faults(fault: str | None, column: Met, settings: Settings, gate: Gate, infinite_tests: int) -> tuple[Rule, ...]:
    """The fault of what is in a column as a rule; that far more of it is infinite comes before any but the gravest."""
    name = column.name or UNNAMED
    rows = [_infinite_and_finite(column.p, settings, 0), _infinite_and_finite(column.q, settings, 1)]
    rates = [infinite / ((infinite + finite) or 1.0) for infinite, finite in rows]
    if fault not in ("all-missing", "new-column") and abs(rates[1] - rates[0]) > _INFINITE_MOVED:
        text = f"{name}: {percent(rates[0])} of the values are infinite in {column.p.label}, {percent(rates[1])} in"
        rule = schema_rule("infinite-values", name, f"{text} {column.q.label}.", gate.schema, "drift")
        return (beyond_chance(rule, two_by_two(*_whole(rows))[1], infinite_tests, gate),)
    return () if fault is None else (schema_rule(fault, name, _told(fault, name, column), gate.schema),)


def _infinite_and_finite(column: Column, settings: Settings, side: int) -> tuple[float, float]:
    """Rows with an infinite and with a finite value, where they are weighted or dependent as many as they are worth."""
    summary, infinite = column.summary, infinite_mass(column.summary)
    asked = sizes_asked(settings.n_eff)[side]
    of_rows = summary.n / summary.mass if column.weighted and summary.mass else 1.0
    n = (summary.mass + infinite) * of_rows
    worth = of_rows * (min(effective(asked, n), n) / n if asked else 1.0)
    return infinite * worth, summary.mass * worth


def _whole(rows: Sequence[tuple[float, float]]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows as whole numbers, at least one a side, those with a finite value first."""
    p, q = ((max(round(finite), int(infinite < 1)), round(infinite)) for infinite, finite in rows)
    return p, q


def _of_values(
    name: str, column: Met, comparison: Comparison, limits: tuple[Limit, ...], rates: tuple[Limit, ...]
) -> tuple[list[Note], tuple[Limit, ...]]:
    """Why no limit holds the values of a compared column, and the limits that hold something of it."""
    if has_instants(column.p, column.q):
        named = tuple(limit for limit in limits if limit.column is not None)
        if any(limit.names(column.name) for limit in named):
            return [], tuple(dict.fromkeys((*rates, *named)))
        text = f"{name} holds dates, which move by nature: held to a rule only where one names it."
        return [Note("instant", text)], tuple(dict.fromkeys((*rates, *named)))
    wanted = [limit for limit in closest(limits, column.name) if limit.measure != _RATES]
    if not closest(limits, column.name):
        return [Note("unnamed", f"{name}: no rule names it.")], limits
    if not wanted or any(_applies(limit, comparison) for limit in wanted):
        return [], limits
    told = ", ".join(limit.text for limit in wanted)
    return [Note("no-limit", f"{name}: {told} cannot be had of it, so no rule holds its values.")], limits


def _applies(limit: Limit, comparison: Comparison) -> bool:
    return comparison.support is not None and any(
        one.measure == limit.measure and one.status != "not_applicable" for one in comparison.estimates
    )


def _lacks_values(column: Met) -> bool:
    """Whether a row of either side has no value."""
    return bool(column.p.summary.missing or column.q.summary.missing)


def _told(fault: str, name: str, column: Met) -> str:
    """A fault of what is in a column, in words."""
    infinite = infinite_mass(column.q.summary)
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


def _bare(name: str | None, p: Column, q: Column, note: Note) -> Comparison:
    return Comparison(p.side(), q.side(), name, None, (), None, None, (note,))


def _nothing(profile: Profile) -> Column:
    """A column that a table does not have."""
    return Column(profile.label, profile.kind, NumericSummary(np.empty(0), np.empty(0), 0.0))
