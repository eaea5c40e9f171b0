"""Plain data that the core takes and gives: settings, notes, estimates, comparisons."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.distribution import Support

Outcome: TypeAlias = "str | float | tuple[float | None, float | None]"
"""A label, a value, or an interval (lo, hi] whose open end is None."""
Direction: TypeAlias = Literal["p:q", "q:p", "p", "q"]
Status: TypeAlias = Literal["ok", "infinite", "undefined", "not_applicable"]
DataKind: TypeAlias = Literal["samples", "counts", "probabilities", "density"]
SupportKind: TypeAlias = Literal["nominal", "values", "bins", "line", "space"]
RuleKind: TypeAlias = Literal["max", "min", "warn-max", "schema"]
Verdict: TypeAlias = Literal["pass", "warn", "drift", "undecided"]


class Note(NamedTuple):
    """What was done to the data, what to distrust, what to try."""

    code: str
    """Stable, for machines."""
    text: str
    """For people."""


class Settings(NamedTuple):
    """Everything that decides a number. Printed with every report."""

    measures: tuple[str, ...] = ()
    """Keys or aliases; empty means the default table of the shape at hand, ``("all",)`` every measure."""
    base: float = math.e
    smoothing: str = "none"
    bins: str = "auto"
    alpha_order: float = 2.0
    """Order of the Renyi and Tsallis divergences."""
    na: Literal["drop", "category"] = "drop"
    """Whether missing values are left out, or are an outcome of their own to the measures that read outcomes."""
    seed: int = 0
    """Of all that is drawn at random: floors and p values, never a value."""
    draws: int = 500
    """Draws that floors and p values are taken from where no law is known."""
    n_eff: str | None = None
    """Independent observations, where rows depend on each other: ``500``, ``10%``, or ``500,80`` for P and Q."""

    preset: str | None = None
    """Another tool whose convention gives the values."""
    floors: bool = True
    """Whether it is computed what the values would be if nothing had changed."""
    estimators: tuple[str, ...] = ()
    """Keys of the estimators from samples that were asked for beside the measures."""
    neighbours: int = 5
    """The k of estimates from the k-th neighbour."""
    jitter: bool = False
    """Whether repeated values are spread within what they were rounded to."""
    interval: float | None = None
    """Level of the intervals that were asked for."""
    joint: bool = False
    """Whether columns are compared all at once: ``estimators`` are what tells joint samples apart."""
    directions: int = 200
    """Directions, and frequencies, that distances in many dimensions are averaged over."""
    standardise: bool = False
    """Whether every column is divided by the standard deviation of P."""

    @property
    def counts_missing(self) -> bool:
        """Whether missing is an outcome."""
        return self.na == "category"


class Null(NamedTuple):
    """What the estimate would be if nothing had changed."""

    floor: float | None
    """Median value under no change; None where ``floor_infinite``, or where it is not known."""
    p_value: float | None
    """Probability to be as far apart as observed, or further, if nothing had changed; rows taken as independent."""
    method: str
    """How the p value was got: ``permutation``, ``dirichlet-multinomial``, ``chi-square``, ..."""
    floor_infinite: bool = False


class Estimate(NamedTuple):
    """One number, or the reason why there is none."""

    measure: str
    title: str
    direction: Direction | None
    value: float | None
    """In ``unit``; ``inf`` where the status is infinite, None where undefined or not applicable."""
    status: Status
    unit: str | None
    maximum: float | None
    """Largest possible value in ``unit``; None where there is none."""
    null: Null | None = None
    interval: tuple[float, float] | None = None
    support: SupportFacts | None = None
    """Where it is another one than the comparison's: the deciles of PSI."""
    notes: tuple[Note, ...] = ()
    method: str | None = None
    """How a value of densities, or an estimate from samples, was got: ``closed form``, ``quadrature``, ..."""
    error: float | None = None
    """How far a value of densities may be off, in ``unit``."""


class SupportFacts(NamedTuple):
    """The support of a pair, as it is reported."""

    kind: SupportKind
    size: int
    rule: str
    """In words: ``16 bins, equal-frequency on P``."""
    edges: tuple[float | None, ...] | None
    """k + 1 limits; an open end is None."""
    only_p: float
    """Share of P on outcomes that Q never has."""
    only_q: float
    instants: bool = False


class Side(NamedTuple):
    """One side of a comparison, as it is reported."""

    label: str
    kind: DataKind
    n: float | None
    """Number of observations; effective number where rows are weighted; None for probabilities."""
    missing: float
    non_finite: float = 0
    rank_error: float = 0
    """Bound on the error of a rank, as a share of n: above 0 where not every value was kept."""
    pooled: float = 0
    """Mass of the rarest labels, where they were pooled."""
    lacking: float = 0
    """What the count of a label may lack at most, for it was pooled before it came back."""
    weighted: bool = False
    rows: float = 0
    """Observations with and without a value, or their weight: what a missing rate is a share of."""
    mean: float | None = None
    standard_deviation: float | None = None
    quantiles: tuple[tuple[float, float], ...] | None = None
    """Pairs (probability, value) for numeric columns."""


class Contribution(NamedTuple):
    """What one outcome adds to the divergences, in the unit of the base."""

    outcome: Outcome
    p: float
    q: float
    js: float
    """Never negative; the sum over all outcomes is the JS divergence."""
    kl: float
    """Signed term p log(p / q); the sum over all outcomes is D(P || Q)."""
    kl_reversed: float
    """Signed term q log(q / p); the sum over all outcomes is D(Q || P)."""


class Contributions:
    """The contributions of every outcome, as arrays of shape (k,), in the order of the support.

    ``scale`` is the nats in the unit of the terms: log(base).
    """

    def __init__(
        self, support: Support, p: Vector, q: Vector, js: Vector, kl: Vector, kl_reversed: Vector, scale: float = 1.0
    ) -> None:
        self.support, self.p, self.q = support, p, q
        self.js, self.kl, self.kl_reversed, self.scale = js, kl, kl_reversed, scale

    def __len__(self) -> int:
        return self.support.size

    def rows(self, indices: Iterable[int]) -> Iterator[Contribution]:
        """Contributions of the outcomes at ``indices``."""
        for i in indices:
            numbers = (float(array[i]) for array in (self.p, self.q, self.js, self.kl, self.kl_reversed))
            yield Contribution(self.support.outcome(i), *numbers)

    def __iter__(self) -> Iterator[Contribution]:
        return self.rows(range(len(self)))

    def largest(self, number: int) -> list[int]:
        """Indices of the outcomes that add most to JS, largest first; earlier outcomes first among equals."""
        order: list[int] = (-self.js).argsort(kind="stable")[:number].tolist()
        return order


class Rule(NamedTuple):
    """One rule after it was judged."""

    measure: str
    """Key of the measure; of a schema rule the name of the fault."""
    title: str
    column: str | None
    direction: Direction | None
    """Of a directed measure the worse one."""
    kind: RuleKind
    limit: float | None
    """In ``unit``; None for the schema, and where a limit of so many floors has no floor."""
    asked: str
    """The limit as it was written: ``0.2``, ``10%``, ``3floor``."""
    value: float | None
    unit: str | None
    maximum: float | None
    verdict: Verdict
    p_value: float | None = None
    p_adjusted: float | None = None
    """Corrected for all tests of the run."""
    method: str | None = None
    """How the p value was got."""
    n_needed: float | None = None
    """Rows of each side at which this value would be significant, where it is not."""
    notes: tuple[Note, ...] = ()


class Part(NamedTuple):
    """Which part of the operands a comparison is of."""

    kind: Literal["group", "period", "row"]
    name: str | int
    """Name of the group or the period; number of the row, from 1."""


class Comparison(NamedTuple):
    """All that is known about one pair of distributions."""

    p: Side
    q: Side
    column: str | None
    support: SupportFacts | None
    """None where nothing could be compared: then ``notes`` say why, and there are no estimates."""
    estimates: tuple[Estimate, ...]
    contributions: Contributions | None
    """None where nothing could be compared."""
    shapes: tuple[tuple[float, ...], tuple[float, ...]] | None
    """Shares of P and Q over at most eight cells, for a small picture."""
    notes: tuple[Note, ...]
    rules: tuple[Rule, ...] = ()
    """What it was held to; empty where nothing was asked."""
    verdict: Verdict | None = None
    """The worst of its rules; None where it was held to none."""
    part: Part | None = None
    """None where whole operands were compared."""
    js: float | None = None
    """JS divergence in nats, by which a table is ordered; None where nothing could be compared."""

    @property
    def called(self) -> str:
        """Name of the group or the period, or the label of Q where it is of neither."""
        return self.q.label if self.part is None else str(self.part.name)

    def estimate(self, measure: str, direction: Direction | None = None) -> Estimate:
        """Estimate of ``measure`` in ``direction``.

        Raises
        ------
        KeyError
            If it was not asked for.
        """
        for estimate in self.estimates:
            if estimate.measure == measure and estimate.direction == direction:
                return estimate
        raise KeyError((measure, direction))
