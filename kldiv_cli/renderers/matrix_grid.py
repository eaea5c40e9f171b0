"""A matrix of pairs as people look at it: numbers where there is room, else shades of grey."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kldiv_cli.record import NamedTuple
from kldiv_cli.renderers.escape import cells, visible
from kldiv_cli.renderers.numbers import INFINITY, significant, unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.report import Matrix

SHADES = " ░▒▓█"
_LONGEST = 24
_GAP = 2


class Cell(NamedTuple):
    """One cell: its text, and how dark it is."""

    text: str
    shade: float | None
    """Share of the largest value, from 0 to 1; None on the diagonal and where there is no value."""


class Picture(NamedTuple):
    """A matrix drawn to a width."""

    title: str
    head: tuple[str, ...]
    """Headings of the columns; empty where there is no room for any."""
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    gap: int
    legend: tuple[str, ...]
    """What stands for which label, where headings are numbers."""


def picture(one: Matrix, width: int, precision: int) -> Picture | None:
    """The matrix as numbers, as blocks, or as characters, whichever fits; None where nothing does."""
    if len(one.labels) + _GAP >= width:
        return None
    names = shortened(one.labels)
    numbers = [str(place) for place in range(1, len(names) + 1)]
    for head, digits in ((names, precision), (numbers, precision), (numbers, 2)):
        drawn = _of_numbers(one, names, head, min(precision, digits))
        if _width(drawn) <= width:
            return drawn
    for size in (2, 1):
        drawn = _of_shades(one, names, size)
        if _width(drawn) <= width:
            return drawn
    return None


def shortened(labels: Sequence[str]) -> list[str]:
    """Labels without the folders that all of them begin with and the suffix that all of them end with."""
    begin = _common(labels, "/[=")
    end = _common([label[::-1] for label in labels], ".]")
    if any(len(label) <= begin + end for label in labels):
        begin = end = 0
    found = [visible(label[begin : len(label) - end]) for label in labels]
    return [name if cells(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in found]


def _common(labels: Sequence[str], separators: str) -> int:
    """Characters that all begin with, up to the last one that parts words."""
    first, last = min(labels), max(labels)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    while same and first[same - 1] not in separators:
        same -= 1
    return same


def title_of(one: Matrix) -> str:
    """``dep_delay: Jensen-Shannon (nats), P the row, Q the column``."""
    column = f"{visible(one.column)}: " if one.column else ""
    told = f" ({unit(one.unit)})" if one.unit else ""
    sides = "" if one.is_symmetric else ", P the row, Q the column"
    return f"{column}{one.title}{told}{sides}"


def text_of(value: float, precision: int) -> str:
    """A value; ``?`` where it is undefined."""
    if math.isnan(value):
        return "?"
    return INFINITY if math.isinf(value) else significant(value, precision)


def _shades(one: Matrix) -> list[list[float | None]]:
    """How dark every cell is: its share of the largest finite value."""
    finite = _finite(one)
    top = max(finite, default=0.0) or 1.0
    low = min(finite, default=top) if one.is_similarity else 0.0
    span = (top - low) or 1.0
    return [
        [
            None if i == j or math.isnan(value) else 1.0 if math.isinf(value) else (value - low) / span
            for j, value in enumerate(row)
        ]
        for i, row in enumerate(one.values.tolist())
    ]


def _finite(one: Matrix) -> list[float]:
    return [value for row in one.values.tolist() for value in row if math.isfinite(value)]


def _of_numbers(one: Matrix, names: Sequence[str], head: Sequence[str], precision: int) -> Picture:
    shades = _shades(one)
    rows = tuple(
        (
            name if head is names or name == str(number) else f"{number} {name}",
            tuple(
                Cell("·" if i == j and value == 0.0 else text_of(value, precision), shades[i][j])
                for j, value in enumerate(row)
            ),
        )
        for i, (number, name, row) in enumerate(zip(range(1, len(names) + 1), names, one.values.tolist(), strict=True))
    )
    return Picture(title_of(one), tuple(head), rows, _GAP, ())


def _of_shades(one: Matrix, names: Sequence[str], size: int) -> Picture:
    shades = _shades(one)
    top = significant(max(_finite(one), default=0.0), 3)
    rows = tuple(
        (name, tuple(Cell(("·" if shade is None else _block(shade)) * size, shade) for shade in row))
        for name, row in zip(names, shades, strict=True)
    )
    return Picture(title_of(one), (), rows, 0, (f"darkest: {top}; -f csv, json or -o FILE.npy have the numbers",))


def _block(shade: float) -> str:
    return SHADES[min(int(shade * 4 + 0.999), 4)] if shade > 0.0 else SHADES[0]


def _width(drawn: Picture) -> int:
    label = max(cells(name) for name, _ in drawn.rows)
    return label + sum(_GAP * (drawn.gap > 0) + size for size in column_widths(drawn)) + (0 if drawn.gap else _GAP)


def column_widths(drawn: Picture) -> list[int]:
    """Widths of the columns of cells."""
    found = []
    for place in range(len(drawn.rows)):
        texts = [row[place].text for _, row in drawn.rows] + ([drawn.head[place]] if drawn.head else [])
        found.append(max(map(cells, texts)))
    return found
