"""Sums and products that keep the digits a plain float64 would drop."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kldiv_cli.core.arrays import Vector

EXACT_INTEGER = 2.0**53
"""Whole numbers up to here are exact in float64."""
_BLOCK = 1 << 17
_LONG = 64
"""Terms from which it is faster to look whether all are whole than to add them one by one."""
_MANY = 384
"""Terms from which it is faster to cut them all at one binary place than to add them one by one."""
_LEAST, _MOST = 1e-250, 1e250
"""Between these the place at which terms are cut, and what is below it, are far from the limits of float64."""
_SPLITTER = 134217729.0  # 2^27 + 1: cuts a float64 into two halves of 26 bits (Dekker 1971)


def total(terms: Vector) -> float:
    """Sum of float64 ``terms``, correctly rounded up to 131,072 terms, pairwise by blocks beyond.

    A correctly rounded sum does not depend on the order of the terms, so neither do the measures.
    """
    if terms.size > _LONG:
        whole = whole_total(terms)
        if whole is not None:
            return whole
    if terms.size <= _BLOCK:
        return _fsum(terms)
    return math.fsum(float(block.sum()) for block in _blocks(terms))


def exact_total(masses: Vector) -> tuple[float, float]:
    """Sum of ``masses`` as a double-double: the rounded sum and what the rounding left."""
    if masses.size <= _BLOCK:
        high = _fsum(masses)
        return high, math.fsum([*masses.tolist(), -high])
    parts: list[float] = []
    for block in _blocks(masses):
        parts.extend(exact_total(block))
    high = math.fsum(parts)
    return high, math.fsum([*parts, -high])


def whole_total(masses: Vector) -> float | None:
    """Sum of ``masses`` if all are whole, none is negative, and it is exact in float64, else None."""
    mass = float(masses.sum())
    if not mass <= EXACT_INTEGER or mass != math.floor(mass):
        return None
    if masses.size <= _BLOCK:
        is_whole = bool((masses == np.floor(masses)).all())
    else:
        is_whole = all(bool((block == np.floor(block)).all()) for block in _blocks(masses))
    return mass if is_whole and float(masses.min(initial=0.0)) == 0.0 else None


def integral(heights: Callable[[Vector], Vector], steps: Vector, positions: Vector) -> float:
    """Sum of ``heights(steps[i]) * (positions[i + 1] - positions[i])``, block by block: no large arrays between.

    Parameters
    ----------
    heights : callable
        Applied to a block of steps.
    steps, positions : array of shape (k,)
    """
    size = positions.size - 1
    areas = (heights(steps[part]) * (positions[1:][part] - positions[:-1][part]) for part in slices(size))
    if size <= _BLOCK:
        return sum(total(area) for area in areas)
    return math.fsum(float(area.sum()) for area in areas)


def running_total(terms: Vector) -> tuple[Vector, Vector]:
    """Cumulative sums as double-doubles: the rounded sums and what the roundings left, both of shape (k,).

    The rounding error of every step of ``np.cumsum`` is known exactly (Knuth's TwoSum); the errors are summed too.
    """
    sums = np.cumsum(terms)
    errors = np.zeros(sums.shape)
    if terms.size > 1:
        before, term, after = sums[:-1], terms[1:], sums[1:]
        taken = after - before
        lost = before - (after - taken)
        lost += term - taken
        np.cumsum(lost, out=errors[1:])
    return sums, errors


def running_balance(terms: Vector) -> Vector:
    """Cumulative sums of terms that balance to 0, summed from the end that is nearer in mass, shape (k,).

    Each term is rounded, so sums from the left end in what all roundings add up to, in place of 0. The part of the
    right end is taken from the right: there a tail of 1e-20 keeps its digits, whatever stands on the left.
    """
    left, left_errors = running_total(terms)
    left += left_errors
    if terms.size < 2:
        return np.zeros(terms.shape)
    right, right_errors = running_total(terms[:0:-1])
    right += right_errors
    balance = np.append(-right[::-1], 0.0)
    weight = np.cumsum(np.abs(terms))
    from_left = weight <= 0.5 * weight[-1]
    balance[from_left] = left[from_left]
    return balance + 0.0


def two_product(factors: Vector, factor: float | Vector) -> tuple[Vector, Vector]:
    """``factors * factor`` as a double-double: the rounded products and their rounding errors (Dekker)."""
    product = factors * factor
    high, low = _halves(factors)
    other_high, other_low = _split(factor) if isinstance(factor, float) else _halves(factor)
    error = ((high * other_high - product) + high * other_low + low * other_high) + low * other_low
    return product, error


def _halves(values: Vector) -> tuple[Vector, Vector]:
    scaled = values * _SPLITTER
    high = scaled - (scaled - values)
    return high, values - high


def _split(value: float) -> tuple[float, float]:
    scaled = value * _SPLITTER
    high = scaled - (scaled - value)
    return high, value - high


def _fsum(terms: Vector) -> float:
    if terms.size >= _MANY:
        found = _total_by_cutting(terms)
        if found is not None:
            return found
    try:
        return math.fsum(terms.tolist())
    except OverflowError:  # the sum itself may still be finite, or is infinite: numpy tells
        return float(terms.sum())


def _total_by_cutting(terms: Vector) -> float | None:
    """The correctly rounded sum of at most 131,072 terms; None where this way cannot tell it.

    Every term is cut in two at one binary place. The upper parts add up without rounding, in any order; the lower ones
    are so small that the bound on their rounding seldom reaches the last digit of the whole: where it does, it is not
    told (Rump, Ogita & Oishi 2008, https://doi.org/10.1137/050645671).
    """
    largest = max(float(terms.max()), -float(terms.min()))
    if not _LEAST < largest < _MOST:
        return None
    place = math.ldexp(1.0, math.frexp(largest)[1] + terms.size.bit_length())
    upper = terms + place
    upper -= place
    high, low = float(upper.sum()), float(np.subtract(terms, upper, out=upper).sum())
    wrong = place * (terms.size * 2.0**-52) ** 2
    found = math.fsum((high, low, -wrong))
    return found if found == math.fsum((high, low, wrong)) else None


def slices(size: int) -> Iterator[slice]:
    """Cut ``range(size)`` into blocks that fit a processor's cache."""
    for start in range(0, size, _BLOCK):
        yield slice(start, min(start + _BLOCK, size))


def _blocks(terms: Vector) -> Iterator[Vector]:
    for part in slices(terms.size):
        yield terms[part]
