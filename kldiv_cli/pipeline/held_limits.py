"""What is asked of a gate has to hold something: a limit that can never fail is a mistake, not a pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.model import Note
from kldiv_cli.core.rules import UNNAMED
from kldiv_cli.core.verdicts import Judged, is_held
from kldiv_cli.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.model import Estimate, Settings
    from kldiv_cli.core.rules import Limit
    from kldiv_cli.core.summary import Profile


def require_held(q: Profile, items: Sequence[Judged]) -> None:
    """A candidate of which nothing is held to a rule is none that passes.

    Raises
    ------
    InputError
        If no column is to have a verdict.
    """
    if any(is_held(item) for item in items):
        return
    codes = ("identifier", "instant", "no-limit", "no-values")
    reasons = " ".join(note.text for item in items for note in item.comparison.notes if note.code in codes)
    raise InputError(
        f"nothing was held to any rule in {q.label}. {reasons}".rstrip(),
        remedy="--max COLUMN:js-distance=10% holds dates, --categorical COLUMN an identifier",
    )


def require_every_limit_met(limits: Sequence[Limit], items: Sequence[Judged], settings: Settings) -> None:
    """Refuse a limit that holds nothing: a gate that passes because a name was misspelt is none.

    Raises
    ------
    KldivError
        If no column is called that, the measure applies to none of those that are, or no floor is to be had.
    """
    for limit in limits:
        named = [item for item in items if limit.names(item.comparison.column)]
        if not named:
            raise _names_none(limit, items)
        held = _estimates(limit, named)
        if not held:
            _require_excuse(limit, named)
        elif limit.form == "floor" and not any(_has_floor(one) for one in held):
            raise UsageError(f"the limit {limit.text}: {_why_no_floor(named, settings)}", remedy="a number, or 10%")


def limits_that_cannot_fail(limits: Sequence[Limit], items: Sequence[Judged]) -> Iterator[Note]:
    """What is said of a limit above all that its measure can be: a percent sign may be missing."""
    for limit in limits:
        named = [item for item in items if limit.names(item.comparison.column)]
        for one in _estimates(limit, named)[:1]:
            amount = limit.in_unit(one)
            if limit.form == "number" and amount is not None and one.maximum is not None and amount > one.maximum:
                unit = f" {one.unit}" if one.unit else ""
                told = f"The limit {limit.text} can never fail: {one.title} is at most {one.maximum:.4g}{unit}"
                hint = f" ({limit.measure}={limit.asked}% is a share of it)" if amount <= 100.0 else ""
                yield Note("never-fails", f"{told}{hint}.")


def _estimates(limit: Limit, named: Sequence[Judged]) -> list[Estimate]:
    """The estimates that a limit holds."""
    return [
        one
        for item in named
        for one in item.comparison.estimates
        if one.measure == limit.measure
        and one.status != "not_applicable"
        and (item.comparison.support is not None or limit.measure == "missing")
    ]


def _names_none(limit: Limit, items: Sequence[Judged]) -> UsageError:
    import difflib

    known = list(dict.fromkeys(item.comparison.column or UNNAMED for item in items))
    nearest = difflib.get_close_matches(limit.column or "", known, n=1)
    remedy = f"{nearest[0]!r}?" if nearest else f"there are {', '.join(known[:12])}"
    return UsageError(f"the limit {limit.text} names no column", remedy=remedy)


def _require_excuse(limit: Limit, named: Sequence[Judged]) -> None:
    """Refuse a limit that holds nothing, unless what it is for has gone, which is told as a fault."""
    if limit.column is not None and all(_names_rows(item) for item in named):
        raise UsageError(
            f"the limit {limit.text} is on an identifier, which names rows", remedy=f"--categorical {limit.column}"
        )
    compared = [item for item in named if item.comparison.support is not None]
    reasons = [
        note.text
        for item in compared
        for estimate in item.comparison.estimates
        if estimate.measure == limit.measure
        for note in estimate.notes
    ]
    if reasons:
        raise UsageError(
            f"the limit {limit.text} applies to no column: {reasons[0]}", remedy="js-distance applies to all"
        )
    if limit.column is not None and not any(item.faults for item in named):
        raise InputError(f"the limit {limit.text} holds nothing: {limit.column} has no value", remedy="leave it out")


def _names_rows(item: Judged) -> bool:
    return any(note.code == "identifier" for note in item.comparison.notes)


def _has_floor(estimate: Estimate) -> bool:
    null = estimate.null
    return null is not None and (null.floor is not None or null.floor_infinite)


def _why_no_floor(named: Sequence[Judged], settings: Settings) -> str:
    if settings.preset is not None:
        return f"the figures of the preset {settings.preset} have no floor"
    if all(item.p.kind == item.q.kind == "probabilities" for item in named):
        return "probabilities have no floor, for nobody counted them"
    return "no floor is known here"
