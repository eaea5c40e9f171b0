"""Rules as they are asked for: limits on measures, what the schema may do, and how sure a failure has to be."""

from __future__ import annotations

import math
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, TypeAlias

from kldiv_cli.core.correction import require_correction
from kldiv_cli.core.measures import Unit, measure_named
from kldiv_cli.core.remarks import LEVEL
from kldiv_cli.core.row_statistics import require_statistic
from kldiv_cli.errors import UsageError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Estimate, Verdict

LimitKind: TypeAlias = Literal["max", "warn-max", "min"]
Undecided: TypeAlias = Literal["pass", "warn", "fail"]
UNNAMED = "1"
"""What a column without a name is called."""
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_EXAMPLE = "js-distance=10% (of its maximum), dep_delay:w1-scaled=0.2, or psi=3floor"


class Limit(NamedTuple):
    """A limit on one measure."""

    kind: LimitKind
    measure: str
    column: str | None
    """Name or pattern of the columns it is for; None is every column."""
    amount: float
    form: Literal["number", "share", "floor"]
    """Whether the amount is in the unit printed, a share of the maximum, or a multiple of the floor."""
    asked: str
    """The amount as it was written."""
    statistic: str | None = None
    """Of rows against rows, what of all of them is held: ``p99``, ``max``."""

    def names(self, column: str | None) -> bool:
        """Whether it is for a column of that name."""
        if self.column is None:
            return True
        shown = column or UNNAMED
        return shown == self.column or fnmatchcase(shown, self.column)

    def rank(self, column: str | None) -> int:
        """How closely it names a column: a name before a pattern before all."""
        return 0 if self.column is None else 2 if self.column == (column or UNNAMED) else 1

    def in_unit(self, estimate: Estimate) -> float | None:
        """The limit in the unit of an estimate; None where it is so many floors, and there is no finite one."""
        if self.form == "number":
            return self.amount
        if self.form == "share":
            assert estimate.maximum is not None, "checked when the limit was read"
            return self.amount * estimate.maximum
        null = estimate.null
        return None if null is None or null.floor is None else self.amount * null.floor

    @property
    def text(self) -> str:
        """As it is written."""
        measure = self.measure if self.statistic is None else f"{self.measure}.{self.statistic}"
        return f"{'' if self.column is None else self.column + ':'}{measure}={self.asked}"


class Gate(NamedTuple):
    """All that a candidate is held to."""

    limits: tuple[Limit, ...] = ()
    alpha: float = LEVEL
    """Level of a failure: false alarms among all alarms, with the default correction."""
    correction: str = "bh"
    on_undecided: Undecided = "pass"
    max_drifted: float = 0.0
    """Share of the columns that may drift before the run does."""
    schema: tuple[tuple[str, Verdict], ...] = ()
    """Verdict by fault of the schema, where it is not the default one."""


def limit_from(text: str, kind: LimitKind, *, joint: bool = False) -> Limit:
    """Read ``[COLUMN:]MEASURE=X``; with ``joint`` the measure is one of joint samples.

    Raises
    ------
    UsageError
        If it is none, the measure is unknown, or the limit does not fit it.
    """
    name, equals, amount = text.rpartition("=")
    if not (equals and name and amount):
        raise UsageError(f"the limit {text!r} is not MEASURE=X", remedy=f"--{kind} {_EXAMPLE}")
    column, colon, measure = name.rpartition(":")
    if colon and not column:
        raise UsageError(f"the limit {text!r} names no column before the colon", remedy=f"--{kind} {_EXAMPLE}")
    key, dot, statistic = measure.strip().partition(".")
    if dot:
        require_statistic(statistic)
    if joint:
        return _joint_limit(Limit(kind, key, column or None, *_amount(amount.strip(), text, kind)))
    found = Limit(kind, measure_named(key).key, column or None, *_amount(amount.strip(), text, kind))
    return _checked(found._replace(statistic=statistic or None))


def _joint_limit(limit: Limit) -> Limit:
    """The same limit on a measure of joint samples: each is the larger, the further apart."""
    from kldiv_cli.core.joint.table import joint_named

    row = joint_named(limit.measure)
    if limit.kind == "min":
        raise UsageError(f"--min on {row.key}: the larger, the further apart", remedy=f"--max {limit.text}")
    if limit.form == "floor" and row.key in ("mmd", "kl-knn", "kl-knn-br"):
        raise UsageError(
            f"{row.title} is without bias, so its floor is about 0 and no measure of noise",
            remedy=f"--max {row.key}=0.01, or energy={limit.asked}",
        )
    if limit.form == "share" and math.isinf(row.maximum):
        raise UsageError(
            f"{row.title} has no maximum that {limit.asked} could be a share of", remedy=f"--max {row.key}=3floor"
        )
    return limit._replace(measure=row.key)


def default_limits() -> tuple[Limit, ...]:
    """What every column is held to when nothing else is asked.

    A JS distance of 10 % of its maximum is a JS divergence of 1 % of its maximum, about a shift by a quarter of a
    standard deviation; it is bounded, needs no smoothing, and applies to numbers and labels alike.
    """
    return limit_from("js-distance=10%", "max"), limit_from("missing=0.05", "max")


def with_defaults(limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """The limits asked for; the default ones unless one of them is a maximum."""
    asked = tuple(limits)
    return asked if has_maximum(asked) else (*default_limits(), *asked)


def has_maximum(limits: Iterable[Limit]) -> bool:
    """Whether one of them is a maximum: then no default limit holds."""
    return any(limit.kind in ("max", "warn-max") for limit in limits)


def checked_gate(gate: Gate) -> Gate:
    """Return the gate, if it can be held to.

    Raises
    ------
    UsageError
        If the level, the correction, the share or the answer to what is undecided is not to be had, or two limits
        contradict each other.
    """
    seen: dict[tuple[str, ...], Limit] = {}
    for limit in gate.limits:
        same = seen.setdefault((limit.kind, limit.measure, limit.column or "", limit.statistic or ""), limit)
        if same.asked != limit.asked:
            told = f"--{limit.kind} says both {same.text} and {limit.text}"
            raise UsageError(told, remedy="leave one of them out")
    if not 0.0 < gate.alpha < 1.0:
        raise UsageError(f"the level {gate.alpha!r} is not between 0 and 1", remedy="--alpha 0.01")
    require_correction(gate.correction)
    if gate.on_undecided not in ("pass", "warn", "fail"):
        raise UsageError(f"what is undecided cannot {gate.on_undecided!r}", remedy="--on-undecided pass, warn or fail")
    if not 0.0 <= gate.max_drifted <= 1.0:
        raise UsageError(f"the share {gate.max_drifted!r} is not between 0 and 1", remedy="--max-drifted 20%")
    return gate


def share_from(text: str | float, option: str) -> float:
    """Read ``20%`` or ``0.2``.

    Raises
    ------
    UsageError
        If it is neither.
    """
    try:
        if isinstance(text, str) and text.endswith("%"):
            return float(text[:-1]) / 100.0
        return float(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is no share", remedy=f"{option} 20%") from None


def closest(limits: Iterable[Limit], column: str | None) -> tuple[Limit, ...]:
    """The limits that a column is held to: of those of one kind on one measure the one that names it most closely."""
    found: dict[tuple[str, str], Limit] = {}
    for limit in limits:
        key = (limit.kind, limit.measure)
        if limit.names(column) and (key not in found or limit.rank(column) >= found[key].rank(column)):
            found[key] = limit
    return tuple(found.values())


def _amount(amount: str, text: str, kind: LimitKind) -> tuple[float, Literal["number", "share", "floor"], str]:
    form: Literal["number", "share", "floor"] = "number"
    digits = amount
    if amount.endswith("%"):
        digits, form = amount[:-1], "share"
    elif amount.endswith("floor"):
        digits, form = amount[: -len("floor")].removesuffix("x").removesuffix("*"), "floor"
    value = float(digits) if _NUMBER.fullmatch(digits) else math.nan
    if not 0.0 <= value < math.inf:
        raise UsageError(f"the limit {text!r}: {amount!r} is no limit", remedy=f"--{kind} {_EXAMPLE}")
    if form == "share" and value > 100.0:
        raise UsageError(f"the limit {text!r}: nothing is above 100 % of its maximum", remedy=f"--{kind} {_EXAMPLE}")
    return (value / 100.0 if form == "share" else value), form, amount


def _checked(limit: Limit) -> Limit:
    row = measure_named(limit.measure)
    if not row.is_similarity and not row.least_is_zero:
        raise UsageError(
            f"{row.title} does not tell P from Q, so no limit can be set on it", remedy="a limit on kl or js"
        )
    if row.is_similarity != (limit.kind == "min"):
        instead = "--min overlap=0.8" if row.is_similarity else f"--max {limit.text}"
        what = "the larger, the nearer" if row.is_similarity else "the larger, the further apart"
        raise UsageError(f"--{limit.kind} on {row.key}: {what}", remedy=instead)
    if limit.form == "share" and math.isinf(row.maximum):
        other = "js-distance=10%" if row.unit in (Unit.INFORMATION, Unit.ROOT_INFORMATION) else "ks=10%"
        raise UsageError(f"{row.title} has no maximum that {limit.asked} could be a share of", remedy=f"--max {other}")
    return limit


def measures_of(limits: Iterable[Limit]) -> tuple[Measure, ...]:
    """Measures that the limits are on, each once."""
    return tuple(dict.fromkeys(measure_named(limit.measure) for limit in limits))
