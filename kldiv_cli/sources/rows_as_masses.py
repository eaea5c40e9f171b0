"""Rows of a wide table as masses on one support: what numbers mean, and whether they can be masses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.distribution import Support
from kldiv_cli.core.many import Rows
from kldiv_cli.core.model import Note
from kldiv_cli.core.row_pairs import LEAST
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.sources.table import cell_rule
from kldiv_cli.sources.wide_rows import DenseRows, SparseRows, opened_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.arrays import Grid, Mask, Vector
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec
    from kldiv_cli.sources.wide_rows import RowBlock


_ONE = 1e-6
"""How far the masses of a row may be from 1 for the row to be whole."""
_TOGETHER = 128
_SMALL = 1e-15
"""Masses from which no share is 0, for the largest sum is 1.8e308."""
_FAR = 400
"""Powers of two beyond which the product of two masses may overflow, or lose digits."""


def read_rows(spec: SourceSpec, meter: Meter) -> tuple[tuple[str, ...], Rows, int]:
    """Names and masses of all rows of a place, and how many did not sum to 1, as `as_masses` counts them.

    Raises
    ------
    KldivError
        If it cannot be read, or a row is no distribution.
    """
    with opened_rows(spec, meter) as table:
        blocks = list(table.blocks)
    if not blocks:
        raise InputError(f"{spec.label} has no rows", remedy="check the command or the path that made it")
    names = _names(blocks)
    outcomes: tuple[str, ...] | None
    if isinstance(blocks[0], SparseRows):
        outcomes, values = _spread([block for block in blocks if isinstance(block, SparseRows)], spec)
    else:
        dense = [block.values for block in blocks if isinstance(block, DenseRows)]
        if len({block.shape[1] for block in dense}) > 1 or len(dense) < len(blocks):
            raise InputError(f"{spec.label}: rows differ in length", remedy="as many numbers in every row")
        outcomes, values = table.outcomes, dense[0] if len(dense) == 1 else np.concatenate(dense)
    if len(names) < 2:
        raise InputError(f"{spec.label} has one row, which makes no pair", remedy="two rows or more")
    masses, uneven = as_masses(values, spec, 1, names)
    return names, Rows(support_of(outcomes, masses.shape[1]), masses), uneven


def support_of(outcomes: Sequence[str] | None, size: int) -> Support:
    """Outcomes that are numbers, or have no names, have positions; others have no order."""
    if outcomes is None:
        return Support("values", size, positions=np.arange(size, dtype=np.float64))
    rule = cell_rule((), ".")
    if rule.are_numbers(list(outcomes)):
        positions = np.array([rule.number(name) for name in outcomes])
        if np.isfinite(positions).all() and (np.diff(positions) > 0.0).all():
            return Support("values", size, positions=positions)
    return Support("nominal", size, labels=tuple(outcomes))


def as_masses(values: Grid, spec: SourceSpec, first: int, names: Sequence[str] | None) -> tuple[Grid, int]:
    """Numbers of shape (rows, outcomes) as masses: non-negative, some of it in every row.

    Logarithms of probabilities, and logits, are taken from their largest, so nothing overflows.

    Parameters
    ----------
    values : array of shape (rows, outcomes)
    spec : SourceSpec
        Its options say what the numbers are.
    first : int
        Number of the first row, for errors.
    names : sequence of str, optional
        What the rows are called, for errors.

    Returns
    -------
    masses : array of shape (rows, outcomes)
    uneven : int
        How many rows do not sum to 1, and are no counts or logarithms, of which nobody expects it.

    Raises
    ------
    InputError
        If a row cannot be a distribution; it names the row.
    """
    if spec.options.as_ == "samples":
        raise UsageError("the cells of a row are masses, not samples", remedy="leave out --as samples")
    if spec.options.as_ in ("logprobs", "logits"):
        require_logs(values, spec, first, names)
        masses: Grid = np.exp(values - values.max(axis=1, keepdims=True))
        least = LEAST * np.ceil(masses.sum(axis=1, keepdims=True))
        np.copyto(masses, least, where=(masses < least) & (values > -np.inf))  # what is less is not impossible
        return masses, 0
    low = values.min(axis=1)
    _refuse(np.isnan(low), "holds NaN or an empty cell", spec, first, names)
    _refuse(low < 0.0, "holds a negative mass (logarithms? --as logprobs)", spec, first, names)
    with np.errstate(over="ignore"):
        sums = values.sum(axis=1)
    _refuse(np.isinf(sums), "holds an infinite mass", spec, first, names)
    _refuse(sums == 0.0, "holds no mass", spec, first, names)
    if spec.options.as_ == "counts":
        _refuse(_have_fractions(values, sums), "holds a count that is not whole", spec, first, names)
    _refuse(_have_vanishing(values, sums), "holds a mass whose share is below 5e-324", spec, first, names)
    off = np.abs(sums - 1.0) > _ONE
    uneven = int(np.count_nonzero(off & _have_fractions(values, sums))) if off.any() else 0
    return _of_ordinary_size(values, sums), uneven


def told_of_uneven(uneven: int, rows: int) -> Iterator[Note]:
    """That rows were divided by their sums, where some that are no counts did not sum to 1."""
    if uneven:
        yield Note("normalised", f"{uneven:,} of {rows:,} rows do not sum to 1: each was divided by its sum.")


def _have_vanishing(values: Grid, sums: Vector) -> Mask:
    """Which rows hold a mass that divided by the sum is 0, shape (rows,): below 1e-15, in rows of 2 or more."""
    found: Mask = sums >= 2.0
    if found.any():
        found &= ((values > 0.0) & (values < _SMALL)).any(axis=1)
    if found.any():
        part = values[found]
        found[found] = ((part > 0.0) & (part / sums[found, None] == 0.0)).any(axis=1)
    return found


def _have_fractions(values: Grid, sums: Vector) -> Mask:
    """Which rows hold a number that is not whole, shape (rows,); only those of a whole sum are looked at."""
    found: Mask = sums != np.floor(sums)
    whole = np.flatnonzero(~found)
    for start in range(0, whole.size, _TOGETHER):
        rows = whole[start : start + _TOGETHER]
        found[rows] = (values[rows] != np.floor(values[rows])).any(axis=1)
    return found


def _of_ordinary_size(values: Grid, sums: Vector) -> Grid:
    """The same masses; rows whose products would overflow, or vanish, are scaled by a power of two, which is exact."""
    _, exponents = np.frexp(sums)
    far = np.flatnonzero(np.abs(exponents) > _FAR)
    if far.size:
        values = values.copy()
        values[far] = np.ldexp(values[far], -exponents[far, None])
    return values


def require_logs(values: Grid, spec: SourceSpec, first: int, names: Sequence[str] | None) -> None:
    """Refuse rows without any finite logarithm, or with NaN; arguments are those of `as_masses`.

    Raises
    ------
    InputError
        If there is one; it names the row.
    """
    _refuse(~np.isfinite(values.max(axis=1)), "has no finite logarithm, or an infinite one, or NaN", spec, first, names)


def _refuse(bad: Mask, told: str, spec: SourceSpec, first: int, names: Sequence[str] | None) -> None:
    if bad.any():
        place = int(np.argmax(bad))
        name = "" if names is None or names[place] == str(first + place) else f" ({names[place]})"
        raise InputError(f"{spec.label}: row {first + place:,}{name} {told}", remedy="mend or drop that row")


def _names(blocks: Sequence[RowBlock]) -> tuple[str, ...]:
    found: list[str] = []
    for block in blocks:
        size = len(block.values) if isinstance(block, DenseRows) else len(block.rows)
        found += block.names or [str(len(found) + number) for number in range(1, size + 1)]
    return tuple(found)


def _spread(blocks: Sequence[SparseRows], spec: SourceSpec) -> tuple[tuple[str, ...], Grid]:
    """Rows that name their outcomes, on all outcomes that any of them names; a part of a row is no row here."""
    rows = [row for block in blocks for row in block.rows]
    index: dict[str, int] = {}
    for row in rows:
        for outcome in row:
            index.setdefault(outcome, len(index))
    logs = spec.options.as_ in ("logprobs", "logits")
    values = np.full((len(rows), len(index)), -np.inf if logs else 0.0)
    for place, row in enumerate(rows):
        values[place, [index[outcome] for outcome in row]] = list(row.values())
    if spec.options.as_ in ("logprobs", "probs"):
        sums = (np.exp(values) if logs else values).sum(axis=1)
        _refuse(sums < 1.0 - _ONE, "names a part of its outcomes only, and sums to less than 1", spec, 1, None)
    return tuple(index), values
