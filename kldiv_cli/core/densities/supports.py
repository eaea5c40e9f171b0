"""Where one density may be and the other may not: what is infinite for that reason, and in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.densities.integrals import INTEGRALS
from kldiv_cli.core.model import Note
from kldiv_cli.core.phrases import percent

if TYPE_CHECKING:
    from kldiv_cli.core.densities.density import Density
    from kldiv_cli.core.measures import Measure


def infinite_outside(row: Measure, p: Density, q: Density, order: float) -> Note | None:
    """Why a measure is infinite, where P can be what Q cannot."""
    kind = INTEGRALS.get(row.key)
    needs = kind is not None and (kind.is_infinite_outside or (row.takes_order and order >= 1.0))
    if not needs:
        return None
    for one, other in ((p, q), (q, p)) if row.key == "jeffreys" else ((p, q),):
        where = _where_outside(one, other)
        if where:
            mass = mass_outside(one, other)
            share = percent(mass) if mass else "less than 1e-300"
            return Note(
                "support", f"{other.text} is never {where}, where {one.text} has {share} of its mass: infinite."
            )
    return None


def _where_outside(p: Density, q: Density) -> str:
    """In words, where P may be and Q may not; empty where Q may be wherever P may."""
    (low, high), (least, most) = p.support, q.support
    parts = []
    if low < least:
        parts.append(f"below {least:g}")
    if high > most:
        parts.append(f"above {most:g}")
    parts += [f"between {start:g} and {end:g}" for start, end in q.gaps if _inside(p, start, end) > 0.0]
    return " or ".join(parts)


def _inside(p: Density, start: float, end: float) -> float:
    """Share of P in an open interval."""
    last = math.ceil(end) - 1.0 if p.is_discrete else end
    low, high = p.cdf(np.array([start, max(last, start)])).tolist()
    return float(high - low)


def mass_outside(p: Density, q: Density) -> float:
    """Share of P where Q is never."""
    least, most = q.support
    below = float(p.cdf(np.array([least - 1.0 if p.is_discrete else least]))[0]) if math.isfinite(least) else 0.0
    above = float(p.sf(np.array([most]))[0]) if math.isfinite(most) else 0.0
    inner = sum(_inside(p, start, end) for start, end in q.gaps)
    return min(below + above + inner, 1.0)
