"""Small pictures of distributions: sparklines, and paired bars of P and Q."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kldiv_cli.core.phrases import spoken
from kldiv_cli.record import NamedTuple
from kldiv_cli.renderers.escape import cells, visible
from kldiv_cli.renderers.numbers import share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kldiv_cli.core.model import Comparison

_LEVELS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉█"
MOST_BARS = 40
_LONGEST_NAME = 24


class BarLine(NamedTuple):
    """One line of a plot."""

    side: Literal["p", "q", "note"]
    text: str


def sparkline(shares: tuple[float, ...], top: float) -> str:
    """Eight levels of height; ``top`` is drawn full."""
    if top <= 0.0:
        return ""
    return "".join(_LEVELS[min(int(value / top * 8), 7)] if value > 0.0 else " " for value in shares)


def bars(comparison: Comparison, width: int) -> Iterator[BarLine]:
    """Two bars an outcome, P above Q; at most 40 outcomes, those with most mass, in the order of the support."""
    found = comparison.contributions
    if found is None:
        return
    indices = range(len(found))
    if len(found) > MOST_BARS:
        heaviest = (-(found.p + found.q)).argsort(kind="stable")[:MOST_BARS]
        indices = sorted(heaviest.tolist())  # type: ignore[assignment]
    instants = comparison.support is not None and comparison.support.instants
    items = list(found.rows(indices))
    names = [_shortened(visible(spoken(item.outcome, instants=instants))) for item in items]
    margin = max(map(cells, names), default=0)
    room = max(width - margin - 13, 8)
    top = max(max(item.p, item.q) for item in items)
    for name, item in zip(names, items, strict=True):
        yield BarLine("p", f"{' ' * (margin - cells(name))}{name} P {_bar(item.p / top, room)} {share(item.p)}")
        yield BarLine("q", f"{'':>{margin}} Q {_bar(item.q / top, room)} {share(item.q)}")
    if len(found) > MOST_BARS:
        left = len(found) - MOST_BARS
        noun = "outcome with less mass is" if left == 1 else "outcomes with less mass are"
        yield BarLine("note", f"{left:,} {noun} not drawn.")


def _bar(part: float, room: int) -> str:
    eighths = round(part * room * 8)
    if part > 0.0 and eighths == 0:
        eighths = 1
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "") or "·"


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
