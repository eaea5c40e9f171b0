"""What all matrices share: the measures that pairs have, and the pairs that are named at the end."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.measures import chosen
from kldiv_cli.core.measures.row import EACH
from kldiv_cli.core.model import Note
from kldiv_cli.core.phrases import listed
from kldiv_cli.core.settings import require_unset
from kldiv_cli.core.threads import do_all
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.arrays import Grid
    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Settings
    from kldiv_cli.report import Matrix

DEFAULT = ("js",)
_MOST_NAMED = 4
_BLOCK = 128
"""Rows of a matrix that are looked at together: a copy of all of it would take as much memory again."""


def measures_of_pairs(settings: Settings) -> tuple[Measure, ...]:
    """The measures asked for, of which each is of two distributions; JS if none was.

    Raises
    ------
    UsageError
        If one is of one distribution alone.
    """
    if settings.preset is not None:
        raise UsageError(
            "a preset is a convention for a pair, and a matrix has one support for all", remedy="kldiv P Q"
        )
    require_unset(settings, ("estimators", "interval"), "a matrix")
    rows = tuple(chosen(settings.measures, DEFAULT))
    alone = [row for row in rows if row.directions == EACH]
    if alone and settings.measures != ("all",) and len(rows) == len(alone):
        raise UsageError(f"{alone[0].title} is of one distribution, and a matrix of pairs", remedy="-m js, kl, w1, ...")
    return tuple(row for row in rows if row not in alone)


def left_out_of_pairs(settings: Settings, measures: Sequence[Measure]) -> Iterator[Note]:
    """Measures that were asked for by name, and are none of pairs."""
    alone = [row.key for row in chosen(settings.measures, DEFAULT) if row not in measures]
    if alone and settings.measures != ("all",):
        yield Note("not-of-pairs", f"Left out, for pairs have none: {listed(alone)}.")


def closing(matrices: Sequence[Matrix], pairs: int, jobs: int = 1) -> Iterator[Note]:
    """The nearest and the furthest pair of every column, by the first measure."""
    shown = [one for one in matrices if one.measure == matrices[0].measure]
    for one in shown[:_MOST_NAMED]:
        nearest, furthest = extremes(one, jobs)
        column = f"{one.column}: " if len(shown) > 1 and one.column else ""
        unit = f" {one.unit}" if one.unit else ""
        told = [
            f"{which}: {names} ({one.title} {'infinite' if math.isinf(value) else f'{value:.4g}{unit}'})"
            for which, (names, value) in (("nearest", nearest), ("furthest", furthest))[
                : 1 if nearest == furthest else 2
            ]
        ]
        text = f"{column}{'; '.join(told)}."
        yield Note("closing", text if column else text[0].upper() + text[1:])
    if len(shown) > _MOST_NAMED:
        yield Note("closing", f"{pairs:,} pairs of {len(shown):,} columns in all.")


def extremes(one: Matrix, jobs: int = 1) -> tuple[tuple[str, float], tuple[str, float]]:
    """The nearest and the furthest pair with their values; the first among equals."""
    least: dict[int, float] = {}
    most: dict[int, float] = {}

    def look(start: int) -> None:
        block, _ = _pairs_from(one, start)
        least[start] = float(np.fmin.reduce(block, axis=None))
        most[start] = float(np.fmax.reduce(block, axis=None))

    starts = range(0, len(one.labels), _BLOCK)
    do_all((partial(look, start) for start in starts), jobs)
    defined = [start for start in starts if not math.isnan(least[start])]
    low = _place(one, min(defined, key=least.__getitem__), least) if defined else (0, 1)
    high = _place(one, max(defined, key=most.__getitem__), most) if defined else (0, 1)
    nearest, furthest = (high, low) if one.is_similarity else (low, high)
    joint = "and" if one.is_symmetric else "to"
    names = [f"{one.labels[i]} {joint} {one.labels[j]}" for i, j in (nearest, furthest)]
    return (names[0], float(one.values[nearest])), (names[1], float(one.values[furthest]))


def _pairs_from(one: Matrix, start: int) -> tuple[Grid, int]:
    """Values of some rows, NaN where there is no pair, and the column at which they begin."""
    first = start if one.is_symmetric else 0
    block = one.values[start : start + _BLOCK, first:].copy()
    places = np.arange(len(block))
    block[places, start - first + places] = math.nan
    return block, first


def _place(one: Matrix, start: int, values: dict[int, float]) -> tuple[int, int]:
    """Where the value of a block first stands."""
    block, first = _pairs_from(one, start)
    i, j = divmod(int(np.argmax(block == values[start])), block.shape[1])
    return start + i, first + j
