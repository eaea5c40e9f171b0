"""p values corrected for how many tests there were.

References
----------
Benjamini & Hochberg (1995), https://doi.org/10.1111/j.2517-6161.1995.tb02031.x (bh: the share of false alarms among
all alarms); Holm (1979), https://www.jstor.org/stable/4615733 (holm: the probability of any false alarm)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values, in the order given: reject those up to alpha for a false discovery rate of alpha."""
    number = len(p_values)
    adjusted = [0.0] * number
    least = 1.0
    descending = sorted(range(number), key=lambda place: -p_values[place])
    for rank, place in zip(range(number, 0, -1), descending, strict=True):
        least = min(least, p_values[place] * number / rank)
        adjusted[place] = least
    return adjusted


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values, in the order given: reject those up to alpha for one false alarm in 1 / alpha runs."""
    number = len(p_values)
    adjusted = [0.0] * number
    most = 0.0
    for rank, place in enumerate(sorted(range(number), key=lambda place: p_values[place])):
        most = max(most, min(p_values[place] * (number - rank), 1.0))
        adjusted[place] = most
    return adjusted


def none(p_values: Sequence[float]) -> list[float]:
    """The p values as they are: every test by itself."""
    return list(p_values)


CORRECTIONS: dict[str, Callable[[Sequence[float]], list[float]]] = {
    "bh": benjamini_hochberg,
    "holm": holm,
    "none": none,
}


def require_correction(name: str) -> str:
    """Return the name, if there is such a correction.

    Raises
    ------
    UsageError
        If there is none.
    """
    if name not in CORRECTIONS:
        raise UsageError(f"there is no correction {name!r}", remedy=f"--correction {' | '.join(CORRECTIONS)}")
    return name
