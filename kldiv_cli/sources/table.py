"""The typing rule: one documented rule decides from text what a column holds.

A number is an optional sign, ASCII digits with an optional point and exponent and no leading zero before a digit
(so ``01234`` stays a label), or ``inf``. Missing is an empty cell, ``NA``, ``NaN``, ``nan``, ``null``, ``None``, or
what ``--na-values`` adds. ISO 8601 dates and times are instants. All else is labels. Blanks around a cell do not count.
"""

from __future__ import annotations

import math
import re
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.instants import iso, seconds
from kldiv_cli.record import NamedTuple
from kldiv_cli.sources.batch import Labels, Numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.sources.batch import Cells
    from kldiv_cli.sources.spec import ReadOptions

_PLAIN_FORMS = {10: "dddd-dd-dd", 19: "dddd-dd-ddTdd:dd:dd"}
_ALLOWED = {"d": list(range(48, 58)), "-": [45], "T": [84, 32], ":": [58]}
HEAD_ROWS = 10_000
"""Types are judged from this many rows."""
MISSING = frozenset({"", "NA", "NaN", "nan", "null", "None"})
_NUMBER = (
    r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?"
)
_INSTANT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


class Kind(Enum):
    """What a column holds."""

    NUMERIC = "numbers"
    INSTANT = "dates"
    LABEL = "labels"


_NUMBERS = rf"(?>{_NUMBER})(?:\n(?>{_NUMBER}))*+"
"""Many numbers, one a line: matched at once, for a call a cell would cost more than all the rest."""


_LETTERS = dict(zip(b"0123456789+-.eE\n", b"0999999999\n\n.ee\n", strict=True))
_FOREIGN = b"x"
_SIMPLIFIED = bytes(_LETTERS.get(code, ord(_FOREIGN)) for code in range(256))
"""Every character of numbers as one of a few, every other as one letter."""
_ZERO = b"\n0"
_ZERO_FIRST = (b"\n00", b"\n09")
"""A zero before a digit, at the start or behind a sign: also in an exponent, where it does not matter."""
_FIRST_CHARACTERS = frozenset("0123456789+-.")
"""What the first cell begins with tells of most columns of labels that they are none of numbers."""


class CellRule(NamedTuple):
    """How the text of a cell is taken."""

    missing: frozenset[str] = MISSING
    decimal: str = "."

    @property
    def numbers_may_be_missing(self) -> bool:
        """Whether a number can mean missing."""
        return self.missing is not MISSING and any(self.is_number(word) for word in self.missing - MISSING)

    def is_number(self, cell: str) -> bool:
        """Whether a cell, without the blanks around it, is a number."""
        return _pattern(_NUMBER).fullmatch(self._pointed(cell)) is not None

    def are_numbers(self, cells: Collection[str]) -> bool:
        """Whether all cells, without the blanks around them, are numbers."""
        lines = "\n".join(cells)
        if self.decimal != "." or lines.count("\n") != len(cells) - 1:
            return all(self.is_number(cell) for cell in cells)
        return _pattern(_NUMBERS).fullmatch(lines) is not None

    def number(self, cell: str) -> float:
        """Value of a cell that is a number."""
        return float(self._pointed(cell))

    def _pointed(self, cell: str) -> str:
        if self.decimal == ".":
            return cell
        return "" if "." in cell else cell.replace(self.decimal, ".")


class Misfit(ValueError):
    """A cell does not fit the type of its column."""

    def __init__(self, row: int, cell: str) -> None:
        super().__init__(cell)
        self.row = row
        self.cell = cell


def cell_rule(na_values: Iterable[str], decimal: str) -> CellRule:
    """Rule with the words that ``--na-values`` adds."""
    words = {value.strip() for value in na_values} - MISSING
    return CellRule(MISSING | words if words else MISSING, decimal)


def judged(cells: Iterable[str], rule: CellRule) -> Kind:
    """Kind that all cells fit; a column without any value counts as numeric."""
    present = {cell.strip() for cell in set(cells)} - rule.missing
    if rule.are_numbers(present):
        return Kind.NUMERIC
    if all(is_instant(cell) for cell in present):
        return Kind.INSTANT
    return Kind.LABEL


def numbers_alone(cells: Sequence[str], rule: CellRule) -> Numbers | None:
    """Cells, one or more, as numbers where each is one as it stands; None where that is not seen at once."""
    if rule.decimal != "." or rule.numbers_may_be_missing:
        return None
    if cells[0][:1] not in _FIRST_CHARACTERS or not _look_like_numbers(cells):
        return None
    values = _floats(cells)
    return None if values is None else Numbers(values)


def numbers_with_gaps(cells: Sequence[str], distinct: Collection[str], rule: CellRule) -> Numbers | None:
    """Cells as numbers where every distinct one is a number or missing as it stands; else None."""
    if rule.decimal != ".":
        return None
    gaps = rule.missing.intersection(distinct)
    if rule.numbers_may_be_missing:  # one with a line end beside it is a number to `float`
        gaps |= {cell for cell in distinct if cell.strip() in rule.missing}
    present = [cell for cell in distinct if cell not in gaps]
    if not present or not (_look_like_numbers(present) or rule.are_numbers(present)):
        return None
    values = _floats(present)
    if values is None:
        return None
    by_text = dict(zip(present, values.tolist(), strict=True)) | dict.fromkeys(gaps, math.nan)
    return Numbers(np.fromiter(map(by_text.__getitem__, cells), dtype=np.float64, count=len(cells)))


def _floats(cells: Sequence[str]) -> Vector | None:
    """Values of cells; None where one that looks like a number is none, as 1-2, or is empty."""
    try:
        return np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        return None


def _look_like_numbers(cells: Sequence[str]) -> bool:
    """Whether cells are of the characters of numbers alone, with no zero before a digit: then `float` decides alone.

    It tells in a tenth of the time what the pattern does. Line ends around a cell are blanks to `float` too.
    """
    lines = "\n".join(cells)
    if not lines.isascii():
        return False
    simple = b"\n" + lines.encode("ascii").translate(_SIMPLIFIED)
    return _FOREIGN not in simple and not (_ZERO in simple and any(opening in simple for opening in _ZERO_FIRST))


def typed(cells: Sequence[str], kind: Kind, rule: CellRule) -> Cells:
    """Cells as numbers or labels.

    Raises
    ------
    Misfit
        At the first cell that is no number (no instant) in a column of them.
    """
    if kind is Kind.LABEL:
        return labelled(cells, rule)
    if kind is Kind.INSTANT:
        instants = _plain_instants(cells, rule)
        if instants is not None:
            return Numbers(instants, instants=True)
    values: dict[str, float] = {}
    distinct = {raw: raw.strip() for raw in set(cells)}
    all_fit = kind is Kind.NUMERIC and rule.are_numbers(
        [cell for cell in distinct.values() if cell not in rule.missing]
    )
    for raw, cell in distinct.items():
        if cell in rule.missing:
            values[raw] = math.nan
        elif all_fit or (kind is Kind.NUMERIC and rule.is_number(cell)):
            values[raw] = rule.number(cell)
        elif kind is Kind.INSTANT and is_instant(cell):
            values[raw] = seconds(cell)
    try:
        numbers = np.array([values[cell] for cell in cells], dtype=np.float64)
    except KeyError as fault:
        bad = fault.args[0]
        raise Misfit(cells.index(bad), bad.strip()) from None
    return Numbers(numbers, instants=kind is Kind.INSTANT)


def _plain_instants(cells: Sequence[str], rule: CellRule) -> Vector | None:
    """Instants of many cells at once where all are plain dates, or plain times to the second; else None."""
    present = np.array([cell not in rule.missing for cell in cells], dtype=np.bool_)
    known = [cell for cell in cells if cell not in rule.missing]
    size = len(known[0]) if known else 0
    form = _PLAIN_FORMS.get(size)
    if form is None or any(len(cell) != size for cell in known):
        return None
    texts = np.array(known, dtype=f"<U{size}")
    codes = texts.view(np.uint32).reshape(len(known), size)
    if not all(np.isin(codes[:, place], _ALLOWED[letter]).all() for place, letter in enumerate(form)):
        return None
    if (codes[:, :4] == ord("0")).all(axis=1).any():
        return None  # the year 0 is none to Python
    try:
        moments = texts.astype("datetime64[s]").astype(np.int64)
    except ValueError:  # a 31st of February: the cell is told of below
        return None
    instants = np.full(len(cells), math.nan)
    instants[present] = moments
    return instants


def labelled(cells: Sequence[str], rule: CellRule, distinct: Iterable[str] | None = None) -> Labels:
    """Cells as labels, in the order they first occur, which is that of ``distinct`` where they are known."""
    codes: dict[str, int] = {}
    names: dict[str, int] = {}
    for raw in distinct or dict.fromkeys(cells):
        cell = raw.strip()
        codes[raw] = -1 if cell in rule.missing else names.setdefault(cell, len(names))
    return Labels(np.fromiter(map(codes.__getitem__, cells), dtype=np.intp, count=len(cells)), tuple(names))


def kind_asked(name: str, place: int, options: ReadOptions) -> Kind | None:
    """Kind that ``--numeric`` or ``--categorical`` promise for a column, by its name or its number (1 is the first).

    A place of -1 stands for none.
    """
    if not (options.categorical or options.numeric):
        return None
    called = {name, str(place + 1)}
    if called & set(options.categorical):
        return Kind.LABEL
    return Kind.NUMERIC if called & set(options.numeric) else None


def as_asked(cells: Cells, asked: Kind | None, rule: CellRule) -> Cells:
    """Cells that came typed, as the kind that was asked for.

    Raises
    ------
    Misfit
        If a label is no number.
    """
    if asked is Kind.LABEL and isinstance(cells, Numbers):
        from kldiv_cli.core.support import shortest

        spell = iso if cells.instants else shortest
        return labelled(["" if math.isnan(value) else spell(value) for value in cells.values.tolist()], rule)
    if asked is Kind.NUMERIC and isinstance(cells, Labels):
        numbers = typed(cells.names, Kind.NUMERIC, rule)
        assert isinstance(numbers, Numbers), "asked for numbers"
        return Numbers(np.append(numbers.values, np.nan)[cells.codes])
    if isinstance(cells, Numbers) and not cells.instants:
        return without_missing(cells, rule)
    if isinstance(cells, Labels) and rule.missing & set(cells.names) - MISSING:
        gone = rule.missing - MISSING
        renamed = labelled([name if name not in gone else "" for name in cells.names], CellRule(frozenset({""})))
        return Labels(np.append(renamed.codes, -1)[cells.codes], renamed.names)
    return cells


def without_missing(numbers: Numbers, rule: CellRule) -> Numbers:
    """Numbers that came typed, without those that mean missing."""
    words = [rule.number(word) for word in rule.missing if rule.is_number(word)]
    return Numbers(np.where(np.isin(numbers.values, words), np.nan, numbers.values)) if words else numbers


def is_instant(cell: str) -> bool:
    """Whether a cell, without the blanks around it, is an ISO 8601 date or time."""
    if not _pattern(_INSTANT).fullmatch(cell):
        return False
    try:
        seconds(cell)
    except ValueError:
        return False
    return True


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Compiled when first needed: inline masses seldom are."""
    return re.compile(text)
