"""What a row of the measure table holds."""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from kldiv_cli.core.arrays import Grid, Vector
    from kldiv_cli.core.distribution import DistributionPair
    from kldiv_cli.core.model import Direction
    from kldiv_cli.core.summary import NumericSummary

    Compute: TypeAlias = Callable[[DistributionPair], float] | Callable[[DistributionPair, float], float]
    Terms: TypeAlias = Callable[[Vector, Vector, Vector], Vector]
    OfMany: TypeAlias = Callable[[Grid, Grid, Grid], Vector] | Callable[[Grid, Grid, Grid, float], Vector]
    OfGaps: TypeAlias = "Callable[[Gaps], Vector]"
    OfSamples: TypeAlias = Callable[[NumericSummary, NumericSummary], float]


class View(Enum):
    """Which pair a measure reads."""

    __hash__ = object.__hash__  # each is one of a kind; that of Enum goes through the name

    SMOOTHED = "the binned and smoothed pair"
    DECILES = "the pair on deciles of P, smoothed"
    EMPIRICAL = "the exact pair: no bins, no smoothing"
    MISSING = "the pair over {present, missing}"


class Unit(Enum):
    """What a value is measured in."""

    __hash__ = object.__hash__

    INFORMATION = "information"
    ROOT_INFORMATION = "root of information"
    POSITION = "position"
    ROOT_POSITION = "root of position"
    SQUARED_POSITION = "square of position"
    NONE = "none"


class Gaps(NamedTuple):
    """Many pairs of cdfs at the same levels, one pair a row: what measures on the line read of draws."""

    gap: Grid
    """F - G at every level, shape (draws, levels)."""
    widths: Vector
    """What the gap at a level is multiplied by in an integral over the positions, shape (levels,)."""
    shares: Grid | Vector
    """Mass of (F + G) / 2 at every level, shape (draws, levels) or (levels,)."""


DIRECTED: tuple[Direction | None, ...] = ("p:q", "q:p")
EACH: tuple[Direction | None, ...] = ("p", "q")
SINGLE: tuple[Direction | None, ...] = (None,)


class Measure(NamedTuple):
    """One way to tell two distributions apart. Everything about it is derived from its row."""

    key: str
    title: str
    compute: Compute
    view: View
    unit: Unit
    formula: str
    range: str
    zeros: str
    """What happens where one side has no mass."""
    use: str
    """When to use it."""
    reading: str
    """How to read 0.1, or a value of the measure's kind."""
    elsewhere: str
    """The same number in scipy, torch and others, with the order of arguments."""
    reference: str
    directions: tuple[Direction | None, ...] = SINGLE
    symmetric: bool = True
    maximum: float = math.inf
    """Largest value, in nats where the unit is information."""
    least_is_zero: bool = True
    """Whether it is 0 if and only if P = Q, and never below."""
    needs_positions: bool = False
    is_metric: bool = False
    takes_order: bool = False
    """Whether compute takes the order alpha as well."""
    aliases: tuple[str, ...] = ()
    sample_only: bool = False
    """Whether it needs rows that can be missing."""
    terms: Terms | None = None
    """Where it is a sum over the outcomes of the smoothed view: its terms from p, q and p - q, each of shape (k,)."""
    of_many: OfMany | None = None
    """The same for many pairs of distributions at once: p, q and p - q of shape (draws, k) -> (draws,)."""
    of_gaps: OfGaps | None = None
    """The same for many pairs of cdfs at once."""
    of_samples: OfSamples | None = None
    """The same of samples whose counts are whole, without a support that both are put on: the same to the bit where
    they differ in size; where they do not it may differ in the last digit."""
    chi_square: float = 0.0
    """If nothing has changed, this times n m / (n + m) times the value (its square, where ``is_root``) is about
    chi-square of k - 1 degrees; 0 where no such law holds. Where ``takes_order`` it is divided by the order."""
    is_root: bool = False
    is_quadratic: bool = False
    """Whether it is of second order in the differences, so that noise shrinks with the size and not with its root."""
    is_similarity: bool = False
    """Whether a larger value means that the two are nearer."""

    @property
    def is_one_way(self) -> bool:
        """Whether it is told from P to Q only, and is not the same from Q to P."""
        return self.directions == SINGLE and not self.symmetric
