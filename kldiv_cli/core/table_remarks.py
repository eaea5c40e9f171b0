"""What is said of all columns of a table together."""

from __future__ import annotations

import math
from operator import itemgetter
from typing import TYPE_CHECKING

from kldiv_cli.core.measures import measure_named
from kldiv_cli.core.model import Note
from kldiv_cli.core.phrases import listed, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kldiv_cli.core.model import Comparison, Estimate, Settings, Side

_FEW = 4
_OF_JS = ("js", "js-distance")


def on_table(comparisons: Sequence[Comparison]) -> Note:
    """Which columns of a table differ most and least."""
    drifts = [
        (comparison.column or "", share_of_js(comparison)) for comparison in comparisons if comparison.js is not None
    ]
    empty = [comparison.column or "" for comparison in comparisons if comparison.js is None]
    without = f" Nothing to compare in {listed(empty)}: a side has no values there." if empty else ""
    if all(share == 0.0 for _, share in drifts):
        equal = f"{_columns(len(drifts))} compared: P and Q are equal in all of them."
        alike = f"{len(drifts)} of {len(comparisons)} columns could be compared, and agree."
        return Note("closing", alike + without if empty else equal)
    told = [f"{name} (JS {percent(share)} of its maximum)" for name, share in drifts[:2]]
    text = f"{_columns(len(drifts))} compared, ordered by JS. Furthest apart: {listed(told)}"
    if len(drifts) > 3:
        text += f"; closest: {drifts[-1][0]} ({percent(drifts[-1][1])})"
    return Note("closing", f"{text}.{without}")


def _columns(number: int) -> str:
    return "1 column" if number == 1 else f"{number:,} columns"


def infinite_values(comparisons: Iterable[Comparison]) -> Iterator[Note]:
    """Infinite values of a table's columns: they are left out, and that is said."""
    for comparison in comparisons:
        for name, side in (("P", comparison.p), ("Q", comparison.q)):
            if side.non_finite:
                text = f"{comparison.column}: {side.non_finite:,.10g} infinite in {name}, left out."
                yield Note("non-finite", text)


def kept_in_part(comparisons: Sequence[Comparison], bins: str) -> Iterator[Note]:
    """Columns of which not every value or label was kept, with what that costs; ``bins`` as they were asked for."""
    for name in "PQ":
        sides = [(item.column, item.p if name == "P" else item.q) for item in comparisons]
        for label in dict.fromkeys(side.label for _, side in sides):
            own = [(column, side) for column, side in sides if side.label == label]
            yield from _summarised(name, label, own, on_own_bins=name == "P" and bins == "auto")
            for column, side in own:
                if side.pooled:
                    share = percent(side.pooled / (side.n or 1.0)) if not side.weighted else f"{side.pooled:.4g}"
                    where = f"{column}: " if column is not None else ""
                    lacking = f"; counts of the others may lack up to {side.lacking:,.6g}" if side.lacking else ""
                    text = f"{where}the rarest labels of {label}, {share} of it, are pooled as other labels{lacking}."
                    yield Note("pooled", text)


def _summarised(
    name: str, label: str, sides: Sequence[tuple[str | None, Side]], *, on_own_bins: bool
) -> Iterator[Note]:
    inexact = {column: side.rank_error for column, side in sides if side.rank_error}
    if inexact:
        columns = listed([column for column in inexact if column is not None])
        what = f"of {columns} " if columns else ""
        worst = max(inexact.values())
        touched = "W1, KS and their kin are" if on_own_bins else "W1, KS and KL, JS, PSI are"
        kept = f"{name} {label}: not every value {what}was kept"
        yield Note("summarised", f"{kept}; ranks are within {worst:.1e} of n, so {touched} approximate.")


def first_asked(settings: Settings) -> str | None:
    """The measure that says what is furthest: the first of a few that were asked for; None stands for JS."""
    return settings.measures[0] if 0 < len(settings.measures) <= _FEW else None


def apartness(comparison: Comparison, measure: str | None) -> float:
    """How far apart P and Q are by the measure that was asked for first; by JS where none was.

    Of a likeness it is the lack of it, and minus infinity where there is no value.
    """
    if measure is None or measure in _OF_JS:
        return share_of_js(comparison)
    return max((how_far for how_far, _ in _known(comparison, measure)), default=-math.inf)


def apartness_in_words(comparison: Comparison, measure: str | None) -> str:
    """The same as it is told."""
    if measure is None or measure in _OF_JS:
        return f"JS {percent(share_of_js(comparison))} of its maximum"
    _, worst = max(_known(comparison, measure), key=itemgetter(0), default=(-math.inf, None))
    if worst is None or worst.value is None:
        return "no value"
    return f"{worst.title} infinite" if math.isinf(worst.value) else f"{worst.title} {worst.value:.4g}"


def _known(comparison: Comparison, measure: str) -> Iterator[tuple[float, Estimate]]:
    """Estimates by a measure that have a value, and how far apart each says that P and Q are."""
    sign = -1.0 if measure_named(measure).is_similarity else 1.0
    return ((sign * one.value, one) for one in comparison.estimates if one.measure == measure and one.value is not None)


def share_of_js(comparison: Comparison) -> float:
    """JS divergence as a share of its maximum; 0 where nothing could be compared."""
    return 0.0 if comparison.js is None else comparison.js / math.log(2.0)
