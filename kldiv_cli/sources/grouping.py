"""Names of the groups of rows: the cells of one column or several, or the period that a date or a number falls into."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.instants import iso
from kldiv_cli.core.support import shortest
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.sources.batch import Labels, Numbers
from kldiv_cli.sources.names import joined_names
from kldiv_cli.sources.table import is_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.sources.batch import Cells

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PERIODS: dict[str, Callable[[datetime], str]] = {
    "hour": lambda moment: f"{moment:%Y-%m-%d}T{moment:%H}",
    "day": lambda moment: f"{moment:%Y-%m-%d}",
    "week": lambda moment: "{}-W{:02}".format(*moment.isocalendar()[:2]),
    "month": lambda moment: f"{moment:%Y-%m}",
    "quarter": lambda moment: f"{moment:%Y}-Q{(moment.month + 2) // 3}",
    "year": lambda moment: f"{moment:%Y}",
}
"""Periods of ``--every`` and what a moment's is called; the names sort in the order of time."""


def width_of(every: str) -> float | None:
    """Width of numeric periods; None for those of dates.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if every in PERIODS:
        return None
    try:
        width = float(every)
    except ValueError:
        width = math.nan
    if not 0.0 < width < math.inf:
        raise UsageError(f"there is no period {every!r}", remedy=f"--every {', '.join(PERIODS)}, or a width such as 10")
    return width


def group_cells(columns: Sequence[tuple[str, Cells]], every: str | None, label: str) -> Labels:
    """Group of every row, -1 where a cell that decides it is missing.

    Parameters
    ----------
    columns : sequence of (str, Cells)
        Names and cells of the columns that were asked for.
    every : str, optional
        Period that the cells of the one column are put into.
    label : str
        Of the operand, for errors.
    """
    if every is not None:
        ((name, cells),) = columns
        return _periods(name, cells, every, label)
    named = [_named(cells) for _, cells in columns]
    if len(named) == 1:
        return named[0]
    codes = np.stack([part.codes for part in named])
    complete = (codes >= 0).all(axis=0)
    found, inverse = np.unique(codes[:, complete], axis=1, return_inverse=True)
    names = tuple(
        joined_names(part.names[code] for part, code in zip(named, combination, strict=True))
        for combination in found.T.tolist()
    )
    rows = np.full(codes.shape[1], -1, dtype=np.intp)
    rows[complete] = inverse.reshape(-1)
    return Labels(rows, names)


def _named(cells: Cells) -> Labels:
    if isinstance(cells, Labels):
        return cells
    spell = iso if cells.instants else shortest
    return _distinct(cells, spell)


def _periods(name: str, cells: Cells, every: str, label: str) -> Labels:
    width = width_of(every)
    if isinstance(cells, Labels):
        odd = [text for text in cells.names if not is_instant(text)]
        such = f" such as {odd[0]!r}" if odd else ""
        raise InputError(
            f"{label}: column {name} holds labels{such}, which have no periods",
            remedy="--by without --every, or --na-values if it means missing",
        )
    if cells.instants != (width is None):
        remedy = f"--every {' or '.join(PERIODS)}" if cells.instants else "--every 10, or --by without --every"
        held = "dates" if cells.instants else "numbers"
        raise InputError(f"{label}: column {name} holds {held}, and --every {every} is none of theirs", remedy=remedy)
    if width is None:
        try:
            return _distinct(cells, lambda instant: PERIODS[every](_EPOCH + timedelta(seconds=instant)))
        except OverflowError:
            told = f"{label}: column {name} holds a date before the year 1 or after 9999, which has no {every}"
            raise InputError(told, remedy="filter those rows out first") from None
    numbers = _numbers_of_periods(cells.values, width)
    return _distinct(numbers, lambda n: f"[{shortest(_start(n, width))},{shortest(_start(n + 1.0, width))})")


def _numbers_of_periods(values: Vector, width: float) -> Numbers:
    """Numbers of the periods of values: the quotient, but for a value on a limit as it is spelled.

    0.3 / 0.1 is below 3, yet 0.3 begins the period [0.3, 0.4).
    """
    with np.errstate(over="ignore"):
        numbers = np.floor(values / width)
    found = numbers.copy()
    for number in np.unique(numbers[np.isfinite(numbers)]).tolist():
        at = numbers == number
        found[at & (values >= _start(number + 1.0, width))] += 1.0
        found[at & (values < _start(number, width))] -= 1.0
    return Numbers(found)


def _start(number: float, width: float) -> float:
    """Where a period begins: so many widths, as they are spelled in decimals."""
    return float(int(number) * Decimal(repr(width)))


def _distinct(cells: Numbers, spell: Callable[[float], str]) -> Labels:
    """Names of finite numbers; others are in no group."""
    finite = np.isfinite(cells.values)
    values, inverse = np.unique(cells.values[finite], return_inverse=True)
    names: dict[str, int] = {}
    renumbered = np.array([names.setdefault(spell(value), len(names)) for value in values.tolist()], dtype=np.intp)
    codes = np.full(cells.values.size, -1, dtype=np.intp)
    codes[finite] = renumbered[inverse]
    return Labels(codes, tuple(names))
