"""Compare two joint samples: every measure asked for, what chance alone would make of it, and which column moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.arrays import median
from kldiv_cli.core.estimators.in_space import bias_reduced_in_space, kl_in_space
from kldiv_cli.core.estimators.neighbours import moved_at_random
from kldiv_cli.core.joint import pairs, projections
from kldiv_cli.core.joint.moments import frechet_of_samples
from kldiv_cli.core.joint.permutation import Deals, chance_of
from kldiv_cli.core.joint.sample import standardised
from kldiv_cli.core.joint.table import DEFAULT_FOR_JOINT, joint_named
from kldiv_cli.core.model import Comparison, Estimate, Note, Null, Side, SupportFacts
from kldiv_cli.core.phrases import chance, listed
from kldiv_cli.core.remarks import LEVEL
from kldiv_cli.core.significance.randomness import Randomness
from kldiv_cli.core.units import unit_of
from kldiv_cli.errors import InputError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kldiv_cli.core.arrays import Grid, Vector
    from kldiv_cli.core.estimators import Estimator
    from kldiv_cli.core.joint.sample import JointSample
    from kldiv_cli.core.model import Direction, Settings

MOST_PAIRED = 20_000
"""Rows of both sides up to which all pairs are looked at, unless all are asked for."""
_UNEVEN = 10.0
"""How much more than another a column may spread before it is said that it decides."""
_NAMED = 8
_SLICED = ("sliced-w1", "sliced-w2")
JOINT = "joint"
"""What the columns together are called, where a column is named."""


class Value(NamedTuple):
    """A value in the unit of the core; NaN where there is none."""

    value: float
    method: str
    error: float | None = None


def compare_joint(p: JointSample, q: JointSample, settings: Settings, *, exact: bool = False) -> Comparison:
    """Compare two samples of the same columns.

    Parameters
    ----------
    p, q : JointSample
    settings : Settings
        Of them the estimators, the base, the seed, the draws, the neighbours, the directions.
    exact : bool
        Whether all pairs of rows are looked at, however many.

    Raises
    ------
    InputError
        If they have not the same columns, or there is no spread to divide by.
    """
    if len(p.names) != len(q.names):
        raise InputError(f"{p.label} has {len(p.names)} columns, {q.label} {len(q.names)}", remedy="-c names them")
    sides = [Side(one.label, "samples", float(len(one.rows)), float(one.left_out), rows=_all(one)) for one in (p, q)]
    notes = [] if settings.standardise else list(_on_scales(p))
    if settings.standardise:
        p, q = standardised(p, q)
    if settings.jitter:
        p, q = (one._replace(rows=_spread(one, settings)) for one in (p, q))
    run = _Run(p, q, settings, exact=exact)
    estimates = tuple(
        estimate for key in settings.estimators or DEFAULT_FOR_JOINT for estimate in run.estimates(joint_named(key))
    )
    closing = _closing(p, q, estimates)
    return Comparison(sides[0], sides[1], JOINT, run.facts, estimates, None, None, (closing, *notes))


class _Run:
    """One pair of samples; what several measures need is computed once."""

    def __init__(self, p: JointSample, q: JointSample, settings: Settings, *, exact: bool) -> None:
        self._x, self._y, self._settings = p.rows, q.rows, settings
        self._all_pairs = exact or len(p.rows) + len(q.rows) <= MOST_PAIRED
        self._randomness = Randomness(settings.seed, JOINT)
        self.facts = SupportFacts("space", len(p.names), _named(p.names), None, 0.0, 0.0)
        wanted = set(settings.estimators or DEFAULT_FOR_JOINT)
        d = len(p.names)
        along = projections.directions(d, settings.directions, self._randomness.generator("directions"))
        on_lines = wanted & {*_SLICED} or ("energy" in wanted and not self._all_pairs)
        self._lines = projections.distances_on_lines(self._x, self._y, along) if on_lines else None
        self._at = self._randomness.generator("frequencies").standard_normal((d, settings.directions))
        self._deals = Deals(self._x, self._y, settings.draws, settings.neighbours, along, self._at, self._randomness)
        self._pairs: pairs.OfPairs | None = None
        if self._all_pairs and wanted & {"energy", "mmd"}:
            sigma = self._deals.sigma if "mmd" in wanted else 1.0  # nobody looks at the kernel then
            self._pairs = pairs.from_all_pairs(self._x, self._y, sigma)

    def estimates(self, row: Estimator) -> Iterator[Estimate]:
        """What was asked for, in every direction."""
        settings = self._settings
        scale, unit = unit_of(row, settings.base, instants=False)
        maximum = row.maximum / scale if math.isfinite(row.maximum) else None
        for direction in row.directions:
            found = self._value(row.key, direction)
            if math.isnan(found.value):
                note = Note("ties", "Rows repeat, so neighbours are at distance 0: --jitter spreads them.")
                yield Estimate(row.key, row.title, direction, None, "undefined", unit, maximum, notes=(note,))
                continue
            null = self._null(row.key, direction, scale) if settings.floors else None
            error = None if found.error is None else found.error / scale
            yield Estimate(
                row.key,
                row.title,
                direction,
                found.value / scale,
                "ok",
                unit,
                maximum,
                null=null,
                method=found.method,
                error=error,
            )

    def _value(self, key: str, direction: Direction | None) -> Value:
        if key in _SLICED:
            assert self._lines is not None, "made for them"
            one = self._lines.w1 if key == "sliced-w1" else self._lines.w2_squared
            return _mean(one, is_root=key == "sliced-w2")
        if key == "energy":
            return self._energy()
        if key == "mmd":
            return self._mmd()
        if key == "frechet":
            return Value(frechet_of_samples(self._x, self._y), "moments")
        return self._of_neighbours(key, direction)

    def _energy(self) -> Value:
        if self._pairs is not None:
            return Value(math.sqrt(self._pairs.energy_squared), "all pairs")
        assert self._lines is not None, "made where there are too many pairs"
        return _mean(projections.energy_factor(self._x.shape[1]) * self._lines.energy_squared, is_root=True)

    def _mmd(self) -> Value:
        sigma = self._deals.sigma
        if self._pairs is not None:
            return Value(self._pairs.mmd, f"all pairs, σ {sigma:.4g}")
        value, error = pairs.mmd_by_frequencies(self._x, self._y, self._at / sigma)
        return Value(value, f"{self._settings.directions} frequencies, σ {sigma:.4g}", error)

    def _of_neighbours(self, key: str, direction: Direction | None) -> Value:
        x, y = (self._y, self._x) if direction == "q:p" else (self._x, self._y)
        k = self._settings.neighbours
        if min(len(x) - 1, len(y)) < k:
            return Value(math.nan, f"k {k}")
        if key == "kl-knn":
            return Value(kl_in_space(x, y, k), f"k {k}")
        return Value(bias_reduced_in_space(x, y), "neighbours within a distance")

    def _null(self, key: str, direction: Direction | None, scale: float) -> Null | None:
        tested = self._deals.tested(key, direction)
        if tested is None:
            return None
        return Null(median(tested.drawn) / scale, chance_of(tested), "permutation")


def _mean(values: Vector, *, is_root: bool) -> Value:
    """Mean over directions, or its root, with its standard error."""
    number = values.size
    mean = float(values.mean())
    error = float(values.std(ddof=1)) / math.sqrt(number) if number > 1 else 0.0
    value = math.sqrt(mean) if is_root else mean
    if is_root and mean > 0.0:
        error /= 2.0 * value
    return Value(value, f"{number} direction{'s' * (number != 1)}", error if number > 1 else None)


def _spread(one: JointSample, settings: Settings) -> Grid:
    """Rows with repeated values moved by up to half of what they were rounded to."""
    rng = Randomness(settings.seed, f"{JOINT} {one.label}").generator("jitter")
    return np.stack([moved_at_random(values, rng) for values in one.rows.T], axis=1)


def _all(one: JointSample) -> float:
    return float(len(one.rows) + one.left_out)


def _named(names: tuple[str, ...]) -> str:
    """``3 columns at once: x1, x2, x3``."""
    shown = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    return f"{len(names):,} column{'s' * (len(names) != 1)} at once: {shown}"


def _on_scales(p: JointSample) -> Iterator[Note]:
    """Where one column spreads far more than another, it alone decides the distances."""
    spread = p.spread
    spread = np.where(spread > 0.0, spread, np.nan)
    if np.isnan(spread).all():
        return
    widest, narrowest = int(np.nanargmax(spread)), int(np.nanargmin(spread))
    ratio = float(spread[widest] / spread[narrowest])
    if ratio > _UNEVEN:
        text = (
            f"{p.names[widest]} spreads {ratio:,.3g} times as far as {p.names[narrowest]}, and decides most distances: "
            "--standardize divides every column by the standard deviation of P."
        )
        yield Note("scales", text)


def _closing(p: JointSample, q: JointSample, estimates: tuple[Estimate, ...]) -> Note:
    """Whether they are apart, and which columns moved most by themselves."""
    tested = [(one, one.null.p_value) for one in estimates if one.null is not None and one.null.p_value is not None]
    if not tested:
        first = f"Rows of {len(p.names):,} columns are compared as points."
    else:  # one test that is named before the values are looked at, not the least p of several
        one, p_value = next((pair for pair in tested if pair[0].measure == "energy"), tested[0])
        told = f"{one.title}: {chance(p_value)}, rows taken as independent"
        first = f"P and Q differ by {'more than noise' if p_value <= LEVEL else 'no more than noise'} ({told})."
    spread = p.spread
    shift = (q.rows.mean(axis=0) - p.rows.mean(axis=0)) / np.where(spread > 0.0, spread, math.inf)
    order = np.argsort(-np.abs(shift), kind="stable")[:3].tolist()
    moved = [f"{p.names[place]} by {shift[place]:+.2g}" for place in order if abs(shift[place]) >= 0.05]
    if moved:
        first += f" Means moved, in standard deviations of P: {listed(moved)}."
    return Note("closing", first)
