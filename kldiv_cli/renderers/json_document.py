"""The JSON document, version 1.0, and its comparisons one a line. A strict parser accepts it: no NaN, no Infinity."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, TextIO

from kldiv_cli.core.instants import iso
from kldiv_cli.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kldiv_cli.core.model import (
        Comparison,
        Contribution,
        Estimate,
        Note,
        Outcome,
        Rule,
        Settings,
        Side,
        SupportFacts,
    )
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Matrix, Report, RowsSummary, Series

FORMAT_VERSION = "1.0"
_CONTRIBUTIONS = 10
"""How many outcomes are listed when neither ``--terms`` nor ``--top`` is given."""


def render(report: Report, name: str, style: Style, stream: TextIO) -> None:
    """Write the whole document, or for ``jsonl`` one comparison a line."""
    if name == "jsonl":
        for comparison in report.comparisons:
            stream.write(_dumped(comparison_object(comparison, style), None, stream) + "\n")
        for summary in [] if report.rows is None else _summaries(report.rows):
            stream.write(_dumped({"summary": True, **summary}, None, stream) + "\n")
        return
    document: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "kldiv_version": __version__,
        "command": report.command,
        "settings": _settings(report.settings),
        "comparisons": [comparison_object(comparison, style) for comparison in report.comparisons],
        "verdict": report.verdict,
        "notes": _notes(report.notes),
    }
    if report.rows is not None:
        document["summaries"] = _summaries(report.rows)
    if report.matrices:
        document["matrices"] = [_matrix(one) for one in report.matrices]
    if report.series:
        document["trend"] = [_series(one) for one in report.series]
    if report.failed:
        document["failed"] = [
            {"q": one.label or None, "message": one.message, "remedy": one.remedy} for one in report.failed
        ]
    if report.verdict is not None:
        document["gate"] = report.gate
        document["tests"] = report.tests
        document["verdicts"] = [{"q": one.label, "verdict": one.verdict} for one in report.verdicts]
    stream.write(_dumped(document, 2, stream) + "\n")


def comparison_object(comparison: Comparison, style: Style) -> dict[str, Any]:
    """One element of ``comparisons``."""
    support = comparison.support
    instants = support is not None and support.instants
    part: dict[str, Any] = {}
    if comparison.part is not None:
        part[comparison.part.kind] = comparison.part.name
    return {
        **part,
        "p": _side(comparison.p, instants=instants),
        "q": _side(comparison.q, instants=instants),
        "column": comparison.column,
        "support": None if support is None else _support(support),
        "estimates": [_estimate(estimate) for estimate in comparison.estimates],
        "contributions": [_contribution(item, instants=instants) for item in _listed(comparison, style)],
        "rules": [_rule(rule) for rule in comparison.rules],
        "verdict": comparison.verdict,
        "notes": _notes(comparison.notes),
    }


def _dumped(document: dict[str, Any], indent: int | None, stream: TextIO) -> str:
    text = json.dumps(document, indent=indent, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:  # a narrow stream, or half of a surrogate pair in a label: escapes can be written
        return json.dumps(document, indent=indent, allow_nan=False)
    return text


def _settings(settings: Settings) -> dict[str, Any]:
    return {
        "measures": list(settings.measures) or "default",
        "base": "e" if settings.base == math.e else _number(settings.base),
        "smoothing": settings.smoothing if settings.preset is None else f"preset:{settings.preset}",
        "bins": settings.bins if settings.preset is None else f"preset:{settings.preset}",
        "alpha_order": "inf" if math.isinf(settings.alpha_order) else settings.alpha_order,
        "na": settings.na,
        "seed": settings.seed,
        "draws": settings.draws,
        "n_eff": settings.n_eff,
        "preset": settings.preset,
        "floors": settings.floors,
        **_of_samples(settings),
    }


def _of_samples(settings: Settings) -> dict[str, Any]:
    """What decides estimates from samples, where one was asked for."""
    found: dict[str, Any] = {}
    if settings.joint:
        found = {
            "joint": True,
            "estimators": list(settings.estimators) or "default",
            "neighbours": settings.neighbours,
            "jitter": settings.jitter,
            "directions": settings.directions,
            "standardise": settings.standardise,
        }
    elif settings.estimators:
        found = {"estimators": list(settings.estimators), "neighbours": settings.neighbours, "jitter": settings.jitter}
    if settings.interval is not None:
        found["interval"] = settings.interval
    return found


def _side(side: Side, *, instants: bool) -> dict[str, Any]:
    quantiles = side.quantiles
    return {
        "label": side.label,
        "kind": side.kind,
        "n": None if side.n is None else _number(side.n),
        "missing": _number(side.missing),
        "non_finite": _number(side.non_finite),
        "rank_error": _number(side.rank_error),
        "pooled": _number(side.pooled),
        "weighted": side.weighted,
        "mean": None if side.mean is None else _point(side.mean, instants=instants),
        "standard_deviation": side.standard_deviation,
        "quantiles": None
        if quantiles is None
        else {f"{u:g}": _point(value, instants=instants) for u, value in quantiles},
    }


def _support(support: SupportFacts) -> dict[str, Any]:
    edges = support.edges
    return {
        "kind": support.kind,
        "size": support.size,
        "rule": support.rule,
        "edges": None
        if edges is None
        else [None if edge is None else _point(edge, instants=support.instants) for edge in edges],
        "only_p": support.only_p,
        "only_q": support.only_q,
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    null = estimate.null
    found: dict[str, Any] = {
        "measure": estimate.measure,
        "direction": estimate.direction,
        "value": estimate.value if estimate.status == "ok" else None,
        "status": estimate.status,
        "unit": estimate.unit,
        "maximum": estimate.maximum,
        "null": None if null is None else {"floor": null.floor, "p_value": null.p_value, "method": null.method},
        "interval": None if estimate.interval is None else list(estimate.interval),
        "notes": [note.code for note in estimate.notes],
    }
    if null is not None and null.floor_infinite:
        found["null"]["floor_status"] = "infinite"
    if estimate.notes:
        found["explanations"] = [note.text for note in estimate.notes]
    if estimate.method is not None:
        found["method"] = estimate.method
        found["error"] = estimate.error
    if estimate.support is not None:
        found["support"] = _support(estimate.support)
    return found


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "measure": rule.measure,
        "column": rule.column,
        "direction": rule.direction,
        "kind": rule.kind,
        "limit": None if rule.limit is None else _finite(rule.limit),
        "asked": rule.asked or None,
        "value": None if rule.value is None else _finite(rule.value),
        "unit": rule.unit,
        "p_value": rule.p_value,
        "p_adjusted": rule.p_adjusted,
        "method": rule.method,
        "verdict": rule.verdict,
        "n_needed": None if rule.n_needed is None else _number(rule.n_needed),
        "notes": [note.code for note in rule.notes],
        "explanations": [note.text for note in rule.notes],
    }


def _summaries(summary: RowsSummary) -> list[dict[str, Any]]:
    """What the rows come to, one object a measure and direction."""
    return [
        {
            "measure": one.measure,
            "direction": one.direction,
            "unit": one.unit,
            "maximum": one.maximum,
            "rows": summary.rows,
            "outcomes": summary.outcomes,
            **{name: _finite(value) for name, value in one.values.items()},
            "standard_error": one.standard_error,
            "infinite_rows": one.infinite,
            "agreement": summary.agreement,
            "lower_bound": summary.partial > 0,
        }
        for one in summary.statistics
    ]


def _matrix(one: Matrix) -> dict[str, Any]:
    """All pairs at once; null where a value is infinite or undefined, as its pair tells."""
    return {
        "column": one.column,
        "measure": one.measure,
        "unit": one.unit,
        "labels": list(one.labels),
        "values": [[_finite(value) for value in row] for row in one.values.tolist()],
    }


def _series(series: Series) -> dict[str, Any]:
    return {
        "column": series.column,
        "against": series.against,
        "measure": series.measure,
        "direction": series.direction,
        "periods": list(series.periods),
        "values": [None if value is None else _finite(value) for value in series.values],
        "beyond_noise": None if series.beyond is None else list(series.beyond),
    }


def _contribution(item: Contribution, *, instants: bool) -> dict[str, Any]:
    return {
        "outcome": _outcome(item.outcome, instants=instants),
        "p": item.p,
        "q": item.q,
        "js": item.js,
        "kl": _finite(item.kl),
        "kl_q_p": _finite(item.kl_reversed),
    }


def _listed(comparison: Comparison, style: Style) -> Iterable[Contribution]:
    found = comparison.contributions
    if found is None:
        return ()
    if style.terms and style.top is None:
        return found
    return found.rows(found.largest(_CONTRIBUTIONS if style.top is None else style.top))


def _outcome(outcome: Outcome, *, instants: bool) -> Any:
    if isinstance(outcome, tuple):
        return [None if end is None else _point(end, instants=instants) for end in outcome]
    return outcome if isinstance(outcome, str) else _point(outcome, instants=instants)


def _point(value: float, *, instants: bool) -> float | str:
    return iso(value) if instants else value


def _number(value: float) -> float | int:
    return int(value) if value == int(value) and abs(value) < 2**53 else value


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _notes(notes: Iterable[Note]) -> list[dict[str, str]]:
    return [{"code": note.code, "text": note.text} for note in notes]
