"""Numbers, outcomes and lists as they stand in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.instants import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.model import Outcome


def chance(p_value: float) -> str:
    """A p value in words: ``p = 0.032``, ``p < 0.0001``."""
    return "p < 0.0001" if p_value < 1e-4 else f"p = {p_value:.2g}"


def percent(share: float, digits: int = 2) -> str:
    """A share as a percentage of so many digits; 0 % and 100 % are said of nothing else."""
    if share in {0.0, 1.0}:
        return f"{100 * share:.0f} %"
    if share < 1e-5:
        return f"{100 * share:.0e} %"
    text = f"{100 * share:.{digits}g}"
    while share < 1.0 and float(text) >= 100.0 and digits < 17:
        digits += 1
        text = f"{100 * share:.{digits}g}"
    return f"{float(text):g} %" if "e" in text else f"{text} %"


def name_of(outcome: Outcome, *, instants: bool = False) -> str:
    """An outcome as text."""
    if isinstance(outcome, str):
        return outcome
    if isinstance(outcome, float):
        return iso(outcome) if instants else f"{outcome:.6g}"
    low, high = (None if end is None else name_of(end, instants=instants) for end in outcome)
    if low is None:
        return f"up to {high}" if high is not None else "any value"
    return f"above {low}" if high is None else f"{low} to {high}"


def spoken(outcome: Outcome, *, instants: bool = False) -> str:
    """An outcome in a sentence: an empty label can be seen."""
    return name_of(outcome, instants=instants) or '""'


def listed(items: Sequence[str], word: str = "and") -> str:
    """``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"
