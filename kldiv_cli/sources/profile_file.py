"""Profiles as files: the summaries of a table as text that can be read, kept under version control, and merged.

One JSON object, ``{"kldiv_profile": {...}}``, with sorted keys and the shortest spelling of every number.
"""

from __future__ import annotations

import json
import math
import re
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from kldiv_cli.core.instants import iso
from kldiv_cli.core.moments import Moments
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, Profile, names_rows
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.sources.interpret import wanted_columns
from kldiv_cli.sources.table import Kind, kind_asked
from kldiv_cli.sources.whole_file import written_whole
from kldiv_cli.version import __version__

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.summary import Summary
    from kldiv_cli.sources.spec import SourceSpec

FORMAT_VERSION = "1.0"
_MARK = "kldiv_profile"
_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"kldiv_profile"\s*:')
_LINE = 100
_AGAIN = "make it again: kldiv profile FILE... -o PROFILE"


class Damage(ValueError):
    """What is wrong with a profile."""


def is_profile(head: bytes) -> bool:
    """Whether a file begins as a profile does."""
    return _START.match(head) is not None


def written(profile: Profile) -> str:
    """A profile as text; `read_profile` gives the same summaries back."""
    columns = {name: _column_object(summary, profile) for name, summary in profile.columns.items()}
    document = {
        "categorical": sorted(profile.categorical & set(profile.columns)),
        "columns": columns,
        "format_version": FORMAT_VERSION,
        "kind": profile.kind,
        "kldiv_version": __version__,
        "names": list(profile.columns),
        "rows": profile.rows,
        "unlabelled": profile.unlabelled,
        "weighted": profile.weighted,
    }
    return _dumped({_MARK: document}, 0) + "\n"


def save(profile: Profile, path: str) -> None:
    """Write a profile to a file, whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    with written_whole(path) as stream:
        stream.write(written(profile))


def read_profile(stream: BinaryIO, spec: SourceSpec) -> Profile:
    """Read a profile, with the columns that are asked for.

    Raises
    ------
    KldivError
        If it is damaged, of a later version, or cannot give what is asked.
    """
    try:
        text = stream.read().decode("utf-8-sig")
        profile = _profile(json.loads(text, parse_constant=_no_number, object_pairs_hook=_unique), spec)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as fault:
        what = f"{fault} is missing" if isinstance(fault, KeyError) else str(fault)
        raise InputError(f"{spec.label} is a damaged profile: {what}", remedy=_AGAIN) from None
    if spec.options.labels or (spec.options.weights and not profile.weighted):
        option = "--labels" if spec.options.labels else "--weights"
        raise UsageError(f"{spec.label} is a profile: its rows are counted already", remedy=f"leave {option} out")
    if spec.options.as_ not in ("auto", profile.kind, {"probabilities": "probs"}.get(profile.kind)):
        raise UsageError(f"{spec.label} is a profile of {profile.kind}", remedy="leave --as out")
    wanted = wanted_columns(profile.names, spec)
    if not wanted:
        raise UsageError(f"{spec.label}: no column is left to compare", remedy="fewer --exclude, another -c")
    columns = {name: _as_asked(profile, name, spec) for name in wanted}
    return profile._replace(columns=columns)


def _column_object(summary: Summary, profile: Profile) -> dict[str, Any]:
    found: dict[str, Any] = {"missing": _short(summary.missing), "n": _short(summary.n)}
    if profile.weighted:
        found["weight_squares"] = _short(min(summary.weight_squares, sys.float_info.max))
    if isinstance(summary, NumericSummary):
        return found | _numbers_object(summary)
    if not summary.labels and summary.pooled and summary.is_identifier(summary.mass):
        return found | {"distinct": _short(summary.distinct), "kind": "identifier", "pooled": _short(summary.pooled)}
    found |= {
        "kind": "labels",
        "labels": dict(zip(summary.labels, map(_short, summary.counts.tolist()), strict=True)),
    }
    if summary.pooled:
        found |= {name: _short(getattr(summary, name)) for name in ("lacking", "pooled", "pooled_labels")}
    if summary.ordered or list(summary.labels) != sorted(summary.labels):
        found |= {"order": list(summary.labels), "ordered": summary.ordered}
    return found


def _numbers_object(summary: NumericSummary) -> dict[str, Any]:
    found: dict[str, Any] = {
        "counts": list(map(_short, summary.counts.tolist())),
        "kind": "dates" if summary.instants else "numbers",
        "non_finite": _short(summary.non_finite),
        "rank_error": _short(summary.rank_error),
        "values": list(map(_short, summary.values.tolist())),
    }
    if summary.values.size:
        mean, deviation = summary.mean_and_deviation()
        ends = [float(summary.values[0]), float(summary.values[-1])]
        found |= dict(
            zip(("minimum", "maximum"), map(iso, ends) if summary.instants else map(_short, ends), strict=True)
        )
        if math.isfinite(mean) and math.isfinite(deviation):
            found |= {"mean": _short(mean), "standard_deviation": _short(deviation)}
    if summary.moments is not None and math.isfinite(summary.moments.mean + summary.moments.squares):
        found["moments"] = list(map(_short, summary.moments))
    if summary.edges is not None:
        found["edges"] = list(map(_short, summary.edges.tolist()))
    return found


def _profile(document: Any, spec: SourceSpec) -> Profile:
    inner = _of_type(document, dict, "the document")[_MARK]
    version = _of_type(inner["format_version"], str, "format_version")
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise InputError(
            f"{spec.label} is a profile of format {version}; this kldiv reads {FORMAT_VERSION}",
            remedy="a later kldiv, or make it again with this one",
        )
    names = tuple(_of_type(name, str, "a name") for name in _of_type(inner["names"], list, "names"))
    objects = _of_type(inner["columns"], dict, "columns")
    _require(sorted(names) == sorted(objects) and bool(names), "names and columns do not agree")
    kind = inner["kind"]
    _require(kind in ("samples", "counts", "probabilities"), f"kind is {kind!r}")
    weighted, unlabelled = (_of_type(inner[key], bool, key) for key in ("weighted", "unlabelled"))
    columns = {name: _checked(name, objects[name], keep_edges=kind != "samples") for name in names}
    asked = [_of_type(name, str, "a name") for name in _of_type(inner.get("categorical", []), list, "categorical")]
    rows = int(_count(inner["rows"], "rows"))
    _require(rows > 0, "it has no rows")
    for name, summary in columns.items() if not weighted else ():
        _require_sum(name, summary, objects[name])
    for name in names if weighted else ():
        _require("weight_squares" in objects[name], f"column {name}: 'weight_squares' is missing")
    if not weighted:
        columns = {name: summary._replace(weight_squares=summary.mass) for name, summary in columns.items()}
    for name, summary in columns.items():
        sound = (summary.n > 0.0) == (summary.mass > 0.0) and summary.n < math.inf
        _require(sound, f"column {name}: 'weight_squares' does not go with its counts")
    return Profile(
        spec.label,
        kind,
        columns,
        rows,
        unlabelled=unlabelled,
        weighted=weighted,
        names=names,
        categorical=frozenset(asked),
    )


def _checked(name: str, found: Any, *, keep_edges: bool) -> Summary:
    try:
        summary = _summary(_of_type(found, dict, "it"))
    except KeyError as fault:
        raise Damage(f"column {name}: {fault} is missing") from None
    except (ValueError, TypeError) as fault:
        raise Damage(f"column {name}: {fault}") from None
    _require(keep_edges or isinstance(summary, CategoricalSummary) or summary.edges is None, f"column {name}: edges")
    return summary


def _summary(found: dict[str, Any]) -> Summary:
    missing = _count(found["missing"], "missing")
    squares = _count(found.get("weight_squares", 0), "weight_squares")
    kind = found["kind"]
    if kind == "identifier":
        pooled, distinct = (_count(found[key], key) for key in ("pooled", "distinct"))
        told = not names_rows(distinct, pooled)  # else the numbers say so themselves
        return CategoricalSummary((), np.empty(0), squares, missing, pooled, distinct, identifier=told)
    if kind == "labels":
        counted = _of_type(found["labels"], dict, "labels")
        order = _of_type(found.get("order", list(counted)), list, "order")
        _require(sorted(order) == sorted(counted), "order and labels do not agree")
        counts = _vector([counted[label] for label in order], "counts")
        _require(bool((counts >= 0.0).all()), "a count is negative")
        pooled, number, lacking = (_count(found.get(key, 0), key) for key in ("pooled", "pooled_labels", "lacking"))
        ordered = _of_type(found.get("ordered", False), bool, "ordered")
        return CategoricalSummary(tuple(order), counts, squares, missing, pooled, number, lacking, ordered)
    _require(kind in ("numbers", "dates"), f"kind is {kind!r}")
    values, counts = _vector(found["values"], "values"), _vector(found["counts"], "counts")
    _require(values.size == counts.size, f"{values.size} values have {counts.size} counts")
    _require(bool((np.diff(values) > 0.0).all()), "the values do not increase")
    _require(bool((counts >= 0.0).all()), "a count is negative")
    _require(not counts.size or bool(counts.any()), "all counts are 0")
    edges = _vector(found["edges"], "edges") if "edges" in found else None
    if edges is not None:
        _require(edges.size == values.size + 1, f"edges: {values.size} bins have {edges.size}")
        _require(bool((np.diff(edges) > 0.0).all()), "edges do not increase")
        _require(bool(((edges[:-1] <= values) & (values <= edges[1:])).all()), "edges: values lie outside their bins")
    return NumericSummary(
        values,
        counts,
        squares,
        missing,
        _count(found["non_finite"], "non_finite"),
        instants=kind == "dates",
        edges=edges,
        rank_error=_count(found["rank_error"], "rank_error"),
        moments=_moments(found["moments"], values, counts) if "moments" in found else None,
    )


def _require_sum(name: str, summary: Summary, found: dict[str, Any]) -> None:
    """Refuse counts that do not add up to n: somebody has changed one or the other."""
    n = _count(found["n"], "n")
    _require(math.isclose(n, summary.mass), f"column {name}: n is {n:.17g}, its counts add up to {summary.mass:.17g}")


def _moments(found: Any, values: Vector, counts: Vector) -> Moments:
    numbers = _vector(found, "moments").tolist()
    _require(len(numbers) == len(Moments._fields), "moments")
    moments = Moments(*numbers)
    _require(values.size > 0 and math.isclose(moments.mass, float(counts.sum()), rel_tol=1e-6), "moments: their mass")
    least, most = float(values[0]), float(values[-1])
    slack = 1e-6 * max(abs(least), abs(most))
    _require(least - slack <= moments.mean <= most + slack, "moments: their mean")
    _require(moments.squares >= 0.0 and abs(moments.rest) <= slack, "moments")
    return moments


def _as_asked(profile: Profile, name: str, spec: SourceSpec) -> Summary:
    """A column as labels, where it was asked for."""
    summary = profile.columns[name]
    asked = kind_asked(name, profile.names.index(name), spec.options)
    numeric = isinstance(summary, NumericSummary)
    if asked is None or (asked is Kind.NUMERIC) == numeric:
        return summary
    option = f"--categorical {name}" if numeric else f"--numeric {name}"
    raise InputError(
        f"{spec.label}: column {name} was kept as {'numbers' if numeric else 'labels'}",
        remedy=f"make the profile with {option}",
    )


def _of_type(value: Any, kind: type, what: str) -> Any:
    titles = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    if not isinstance(value, kind):
        raise Damage(f"{what} is not {titles[kind]}")
    return value


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise Damage(what)


def _count(value: Any, what: str) -> float:
    _require(isinstance(value, (int, float)) and not isinstance(value, bool), f"{what} is no number")
    _require(0 <= value < math.inf, f"{what} is {value}")
    return float(value)


def _vector(values: Any, what: str) -> Vector:
    found = _of_type(values, list, what)
    _require(
        all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in found),
        f"{what} are no numbers",
    )
    vector = np.array(found, dtype=np.float64)
    with np.errstate(over="ignore"):
        _require(bool(np.isfinite(vector).all()), f"{what} are not finite")
        _require(what != "counts" or bool(np.isfinite(vector.sum())), "the sum of counts is not finite")
    return vector


def _no_number(word: str) -> float:
    raise Damage(f"{word} is no number of JSON")


def _short(value: float) -> float | int:
    return int(value) if value == math.floor(value) and abs(value) < 2**53 else value


def _dumped(value: Any, depth: int) -> str:
    """JSON that reads well and changes little: sorted keys, numbers packed into lines."""
    pad, inner = "  " * depth, "  " * (depth + 1)
    if isinstance(value, dict) and value:
        rows = (f"{inner}{_text(key)}: {_dumped(value[key], depth + 1)}" for key in sorted(value))
        return "{\n" + ",\n".join(rows) + f"\n{pad}}}"
    if isinstance(value, list) and value:
        return _packed([_text(item) for item in value], pad, inner)
    return _text(value)


def _packed(items: list[str], pad: str, inner: str) -> str:
    whole = f"[{', '.join(items)}]"
    if len(whole) <= _LINE:
        return whole
    lines, line = [], inner + items[0]
    for item in items[1:]:
        if len(line) + len(item) + 3 > _LINE:
            lines.append(line + ",")
            line = inner + item
        else:
            line += ", " + item
    return "[\n" + "\n".join([*lines, line]) + f"\n{pad}]"


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair in a label
        return json.dumps(value, allow_nan=False)
    return text


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        raise Damage(f"{next(name for name, _ in pairs if name in seen or seen.add(name))!r} stands twice")  # type: ignore[func-returns-value]
    return found
