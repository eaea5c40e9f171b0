"""How many independent observations stand behind a side: as counted, as weighted, or as told with ``--n-eff``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kldiv_cli.core.summary import CategoricalSummary
from kldiv_cli.errors import UsageError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from kldiv_cli.core.views import Column

_REMEDY = "--n-eff 500, --n-eff 10% (of the rows), or --n-eff 500,80 for P and for Q"


class Size(NamedTuple):
    """Observations of one side."""

    n: float | None
    """Independent ones; None for probabilities."""
    is_counted: bool
    """Whether masses are numbers of independent rows, so that rows can be permuted."""


def size_of(column: Column, asked: str | None) -> Size:
    """Independent observations of a column, at most as many as it has."""
    if column.kind == "probabilities":
        return Size(None, is_counted=False)
    summary = column.summary
    mass = None if column.weighted else summary.whole  # the sum of whole counts needs no care
    pooled = summary.pooled if isinstance(summary, CategoricalSummary) else 0.0
    counted = mass is not None and mass + pooled == summary.weight_squares and pooled == math.floor(pooled)
    n = mass + pooled if mass is not None and counted else summary.n
    if asked is None:
        return Size(n, counted)
    told = effective(asked, n)
    return Size(min(told, n), counted and told >= n)


def effective(asked: str, n: float) -> float:
    """``500`` or ``10%`` of n."""
    if asked.endswith("%"):
        return float(asked[:-1]) / 100.0 * n
    return float(asked)


def sizes_asked(text: str | None) -> tuple[str | None, str | None]:
    """What ``--n-eff`` asks for, for P and for Q.

    Raises
    ------
    UsageError
        If it is no number above 0, no share, or more than two.
    """
    if text is None:
        return None, None
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        try:
            value = float(part.removesuffix("%"))
        except ValueError:
            value = math.nan
        if not 0.0 < value < math.inf:
            raise UsageError(f"--n-eff {text!r} is no number of observations", remedy=_REMEDY)
    if len(parts) > 2:
        raise UsageError(f"--n-eff {text!r} names more than two sides", remedy=_REMEDY)
    return parts[0], parts[-1]
