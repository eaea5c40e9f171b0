"""Every measure of two densities: its closed form, or an integral with the error that it has, or why there is none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.densities import closed_forms, line
from kldiv_cli.core.densities.integrals import INTEGRALS, Integral, driving, log_of_powers, swapped
from kldiv_cli.core.densities.masses import on_edges
from kldiv_cli.core.densities.quadrature import Quadrature, halved, integrals, quadrature
from kldiv_cli.core.densities.supports import infinite_outside
from kldiv_cli.core.densities.whole_numbers import at_whole_numbers, pmf_of
from kldiv_cli.core.distribution import DistributionPair, Support
from kldiv_cli.core.measures import measure_named
from kldiv_cli.core.model import Note
from kldiv_cli.core.phrases import percent
from kldiv_cli.record import NamedTuple, cached_property

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Grid
    from kldiv_cli.core.densities.closed_forms import Addends
    from kldiv_cli.core.densities.density import Density, FamilyPart
    from kldiv_cli.core.densities.quadrature import Nodes
    from kldiv_cli.core.measures import Measure

_ACCEPTED = 1e-9
"""Error, as a share of the value, up to which an integral is told."""
_EPSILON = 2.0**-52
_GROWS = 200.0 / 70.0 * (1.0 - 1e-4)
"""How many times as much an integral grows from tails of 1e-100 to 1e-300 as from 1e-30 to 1e-100, where it is called
infinite: one that grows as the logarithm of the tail, the slowest that diverges among powers, does it 200 / 70 times.
"""
_BEYOND = 1e-12
"""Mass at nodes where a density is beyond floats, up to which they are left out."""
_FAR_APART = 0.9
"""Squared Hellinger distance from which what is left of 1 is taken by logarithms."""


class Found(NamedTuple):
    """A value, how it was got and how far it may be off; or why there is none."""

    value: float | None
    method: str
    error: float | None = None
    notes: tuple[Note, ...] = ()


_OVERFLOWN = Found(None, "", notes=(Note("overflow", "Beyond the largest float64, 1.8e308."),))
_GROWS_OF_MASSES = 3.0 / 5.0 * (1.0 - 1e-4)
"""The same of masses at whole numbers, whose tails are cut at 1e-10, 1e-15 and 1e-18."""


def _within_floats(terms: Grid, nodes: Nodes) -> tuple[Grid, float]:
    """Terms without those of nodes where a density is below all floats, and the mass that is there."""
    lost = np.isinf(terms) & (np.isneginf(nodes.log_p) | np.isneginf(nodes.log_q))
    if not lost.any():
        return terms, 0.0
    p, q, _ = nodes.masses()
    return np.where(lost, 0.0, terms), float(np.nansum(np.where(lost, np.maximum(p, q), 0.0)))


def _is_of_small_powers(key: str, order: float, whole: float) -> bool:
    if key == "bhattacharyya":
        return whole > _FAR_APART
    return key == "renyi" and order < 1.0 and whole < -_FAR_APART


class DensityPair:
    """Two densities with the integrals over both, made when they are first asked for."""

    def __init__(self, p: Density, q: Density, order: float) -> None:
        self.p, self.q, self.order = p, q, order
        self.is_mixed = p.is_discrete != q.is_discrete

    def found(self, row: Measure, *, turned: bool) -> Found:
        """The value of a measure, of Q and P where it is turned."""
        p, q = (self.q, self.p) if turned else (self.p, self.q)
        if row.sample_only:
            return Found(None, "", notes=(Note("masses", "A density has no rows that could be missing."),))
        if row.key in INTEGRALS and self.is_mixed:
            text = "One side has masses at whole numbers, the other a density: neither has a share of the other's mass."
            return Found(None, "", notes=(Note("mutually-singular", text),))
        infinite = infinite_outside(row, p, q, self.order)
        if infinite is not None:
            return Found(math.inf, "support", 0.0, (infinite,))
        try:
            closed = _closed(row.key, p.family, q.family, self.order)
        except OverflowError:
            closed = _OVERFLOWN
        of_lines = row.key in ("kl", "jeffreys", "bhattacharyya") and not self.p.is_discrete
        if closed is not None and closed.value == math.inf and of_lines:
            closed = _OVERFLOWN  # what is infinite for want of support was told before
        if closed is _OVERFLOWN:
            return closed
        if closed is not None and not math.isnan(closed.value or 0.0):
            if closed.value == math.inf or (closed.error or 0.0) <= 1e-13 * abs(closed.value or 0.0):
                return closed
            other = self._integrated(row, turned=turned)
            better = other.value is not None and (other.error or 0.0) < (closed.error or 0.0)
            return other if better else closed
        return self._integrated(row, turned=turned)

    def _integrated(self, row: Measure, *, turned: bool) -> Found:
        if row.key in INTEGRALS:
            return self._integral(row, turned=turned)
        if row.key == "psi":
            return self._of_deciles(row)
        return self._on_the_line(row)

    @cached_property
    def _panels(self) -> tuple[Quadrature, Quadrature]:
        """Panels, and the same in halves; masses at whole numbers have one kind."""
        if self.p.is_discrete:
            whole = at_whole_numbers(self.p, self.q)
            return whole, whole
        coarse = quadrature(self.p, self.q, driving)
        return coarse, halved(coarse, self.p, self.q)

    def _integral(self, row: Measure, *, turned: bool) -> Found:
        kind = INTEGRALS[row.key]
        if row.takes_order and self.order == 1.0:
            kind = INTEGRALS["kl"]
        if row.takes_order and (self.order == 0.0 or math.isinf(self.order)):
            return Found(None, "", notes=(Note("order", "Orders 0 and infinity are not computed of densities."),))
        coarse, fine = (_turned(one) if turned else one for one in self._panels)
        if not self._defect <= _ACCEPTED:
            return self._not_found()
        terms = kind.terms(fine.nodes, self.order)
        terms, beyond = _within_floats(terms, fine.nodes)
        if np.isnan(terms).any() or beyond > _BEYOND:
            return Found(None, "", notes=(Note("not-integrated", "A density is beyond what floats hold."),))
        if row.key in ("tv", "overlap") and not self.p.is_discrete:
            return self._variation(row)
        return self._summed_up(row, kind, (coarse, fine), (terms, beyond))

    def _summed_up(
        self, row: Measure, kind: Integral, panels: tuple[Quadrature, Quadrature], found: tuple[Grid, float]
    ) -> Found:
        """A measure from the terms of its integral, if they have settled, and the mass that is beyond floats."""
        (coarse, fine), (terms, beyond), defect = panels, found, self._defect
        whole, cut, shorter = integrals(terms, fine.nodes, fine.cuts)
        if math.isinf(whole) and row.key in ("renyi", "tsallis", "chi2"):
            return self._of_large_powers(row, fine)
        if math.isinf(whole) or abs(whole - cut) > _ACCEPTED * abs(whole):
            return _not_settled(whole, cut, shorter, _GROWS_OF_MASSES if self.p.is_discrete else _GROWS)
        if _is_of_small_powers(row.key, self.order, whole):
            return self._of_small_powers(row, coarse, fine)
        rough, _ = _within_floats(kind.terms(coarse.nodes, self.order), coarse.nodes)
        error = abs(whole - math.fsum(rough.sum(axis=1))) + 750.0 * beyond
        error += 4.0 * _EPSILON * abs(whole) + (40.0 * defect if defect > 8.0 * _EPSILON else 0.0)
        if error > _ACCEPTED * abs(whole):
            return Found(None, "", notes=(_unsure(whole, error),))
        value = kind.finish(whole, self.order)
        apart = abs(kind.finish(whole + error, self.order) - value)
        if not apart <= max(_ACCEPTED * abs(value), 4.0 * _EPSILON):
            return Found(None, "", notes=(_unsure(value, apart),))
        return Found(value, "sum" if self.p.is_discrete else "quadrature", apart)

    def _variation(self, row: Measure) -> Found:
        """Total variation between the points where one density overtakes the other, so that no term has a kink."""
        rough, value = (line.total_variation(panels, self.p, self.q) for panels in self._panels)
        error = abs(value - rough) + 4.0 * _EPSILON + 40.0 * self._defect
        if error > _ACCEPTED:
            return Found(None, "", notes=(_unsure(value, error),))
        return Found(value if row.key == "tv" else 1.0 - value, "quadrature", error)

    def _of_small_powers(self, row: Measure, coarse: Quadrature, fine: Quadrature) -> Found:
        """Bhattacharyya's and Renyi's by logarithms, where next to nothing of p^a q^(1-a) is left."""
        order = 0.5 if row.key == "bhattacharyya" else self.order
        whole, cut = (log_of_powers(fine.nodes, order, one) for one in (None, fine.cuts[0]))
        error = abs(whole - log_of_powers(coarse.nodes, order, None)) + abs(whole - cut) + 4.0 * _EPSILON * abs(whole)
        if not error <= _ACCEPTED * abs(whole):
            return Found(None, "", notes=(_unsure(whole, error),))
        by = -1.0 if row.key == "bhattacharyya" else order - 1.0
        return Found(whole / by, "sum" if self.p.is_discrete else "quadrature", error / abs(by))

    def _of_large_powers(self, row: Measure, panels: Quadrature) -> Found:
        """Renyi's divergence by logarithms, where the sum of p^a q^(1-a) is beyond floats, which is not infinite."""
        order = 2.0 if row.key == "chi2" else self.order
        logs = [log_of_powers(panels.nodes, order, cut) for cut in (None, *panels.cuts)]
        if abs(logs[0] - logs[1]) > _ACCEPTED * abs(logs[0]):
            return _not_settled(*logs)
        if row.key == "renyi":
            value = logs[0] / (order - 1.0)
            return Found(value, "sum" if self.p.is_discrete else "quadrature", abs(logs[0] - logs[1]) + self._defect)
        return Found(None, "", notes=(Note("overflow", f"{row.title} is beyond the largest float64, 1.8e308."),))

    def _of_deciles(self, row: Measure) -> Found:
        edges = np.unique(self.p.ppf(np.arange(1, 10) / 10.0))
        pair = on_edges(self.p, self.q, np.concatenate([[-math.inf], edges, [math.inf]]))
        value = row.compute(pair)  # type: ignore[call-arg]
        return Found(value, "deciles of P", 8.0 * _EPSILON * value)

    def _on_the_line(self, row: Measure) -> Found:
        p, q = self.p, self.q
        if row.key in ("w1", "w1-scaled", "w2"):
            found = self._wasserstein(2 if row.key == "w2" else 1)
            return self._scaled(found) if row.key == "w1-scaled" else found
        if p.is_discrete and q.is_discrete:
            return self._summed(row)
        if self.is_mixed:
            return self._of_mixed_kinds(row)
        if not self._defect <= _ACCEPTED:
            return self._not_found()
        if row.key in ("ks", "kuiper"):
            values = []
            for panels in self._panels:
                up, down = line.extremes(panels, p, q)
                values.append(max(up, down) if row.key == "ks" else up + down)
            return Found(values[1], "quadrature", abs(values[1] - values[0]) + 4.0 * _EPSILON * values[1])
        settled, cvm = line.squared_gaps(self._panels[1], p, q)
        if row.key == "cvm":
            other = line.squared_gaps(self._panels[0], p, q)[1]
            return Found(cvm, "quadrature", abs(cvm - other) + 4.0 * _EPSILON * cvm)
        if settled.whole - settled.cut > _ACCEPTED * settled.whole:
            return _not_settled(*settled[:3])
        return _rooted(2.0 * settled.whole, 2.0 * settled.error, "quadrature")

    def _not_found(self) -> Found:
        """Nothing, where integration misses some of a density."""
        share = percent(1.0 - self._defect) if math.isfinite(self._defect) else "no share"
        text = f"Integration finds {share} of a density: nothing that rests on it is told."
        return Found(None, "", notes=(Note("not-integrated", text),))

    def _scaled(self, found: Found) -> Found:
        """A distance as a share of the standard deviation of P."""
        deviation = self.p.standard_deviation
        if not 0.0 < deviation < math.inf:
            return Found(None, "", notes=(Note("no-deviation", "P has no finite standard deviation."),))
        if found.value is None:
            return found
        return found._replace(value=found.value / deviation, error=(found.error or 0.0) / deviation)

    def _summed(self, row: Measure) -> Found:
        """A measure on the line of masses at whole numbers; how far they are from 1 in all tells how right they are."""
        if not self._defect <= _ACCEPTED:
            return self._not_found()
        value = row.compute(self._masses)  # type: ignore[call-arg]
        return Found(value, "sum", (8.0 * _EPSILON + self._defect) * value)

    @cached_property
    def _defect(self) -> float:
        """By how much what was found of a side is not 1 in all."""
        return max(abs(float(np.nansum(masses)) - 1.0) for masses in self._panels[1].nodes.masses()[:2])

    @cached_property
    def _masses(self) -> DistributionPair:
        """Masses at the whole numbers that have any."""
        nodes = self._panels[1].nodes
        keep = nodes.weights.ravel() > 0.0
        x = nodes.x.ravel()[keep]
        p, q, difference = (masses.ravel()[keep] for masses in nodes.masses())
        return DistributionPair(Support("values", x.size, positions=x), p, q, difference)

    def _wasserstein(self, power: int) -> Found:
        if self.p.is_discrete and self.q.is_discrete:
            row = measure_named("w1" if power == 1 else "w2")
            return self._summed(row)
        found = line.wasserstein_power(self.p, self.q, power)
        if not found.whole - found.cut <= _ACCEPTED * found.whole:
            moments = [side.mean if power == 1 else side.standard_deviation for side in (self.p, self.q)]
            if sum(map(math.isfinite, moments)) == 1:
                heavy = self.p if math.isfinite(moments[1]) else self.q
                text = f"{heavy.text} has no {'mean' if power == 1 else 'variance'}, and the other side has one."
                return Found(math.inf, "moments", 0.0, (Note("diverges", text),))
            if all(map(math.isfinite, moments)):
                text = "The tails are as far as floats reach, or a quantile could not be found: no value."
                return Found(None, "", notes=(Note("not-settled", text),))
            return _not_settled(*found[:3])
        if power == 1:
            return Found(found.whole, "quantiles", found.error)
        return _rooted(found.whole, found.error, "quantiles")

    def _of_mixed_kinds(self, row: Measure) -> Found:
        if row.key not in ("ks", "kuiper"):
            return Found(None, "", notes=(Note("mutually-singular", "Not computed of masses against a density."),))
        discrete, other = (self.p, self.q) if self.p.is_discrete else (self.q, self.p)
        at, _ = pmf_of(discrete, np.empty(0))
        steps, before = discrete.cdf(at), discrete.cdf(at - 1.0)
        gaps = np.concatenate([steps - other.cdf(at), before - other.cdf(at)])
        up, down = max(float(gaps.max()), 0.0), max(float(-gaps.min()), 0.0)
        if discrete is self.q:
            up, down = down, up
        return Found(max(up, down) if row.key == "ks" else up + down, "cdfs", 4.0 * _EPSILON)


def _closed(key: str, p: FamilyPart | None, q: FamilyPart | None, order: float) -> Found | None:
    """The closed form of a measure of two families; None where there is none."""
    if p is None or q is None:
        return None
    if key in ("w1", "w2"):
        distance = closed_forms.wasserstein_1(p, q) if key == "w1" else closed_forms.wasserstein_2(p, q)
        return None if distance is None else Found(distance, "closed form", 4.0 * _EPSILON * distance)
    if key == "kl" or (key == "renyi" and order == 1.0):
        return _summed(closed_forms.kl(p, q))
    if key == "renyi":
        return _summed(closed_forms.renyi(p, q, order))
    if key == "jeffreys":
        there, back = closed_forms.kl(p, q), closed_forms.kl(q, p)
        return None if there is None or back is None else _summed((*there, *back))
    if key in ("bhattacharyya", "hellinger"):
        found = _summed(closed_forms.apart(p, q))
        if found is None or key == "bhattacharyya" or found.value is None:
            return found
        value = math.sqrt(-math.expm1(-found.value))
        return found._replace(value=value, error=0.5 * (found.error or 0.0) / value if value else 0.0)
    return None


def _summed(addends: Addends | None) -> Found | None:
    if addends is None:
        return None
    if math.inf in addends:
        return Found(math.inf, "closed form", 0.0)
    return Found(math.fsum(addends) + 0.0, "closed form", 2.0 * _EPSILON * math.fsum(map(abs, addends)))


def _not_settled(whole: float, cut: float, shorter: float, grows: float = _GROWS) -> Found:
    """Infinite where it grows at least as the logarithm of the tail does, which no convergent power of it does."""
    if whole - cut >= grows * (cut - shorter) > 0.0:
        text = "The integral grows without end the further the tails are followed."
        return Found(math.inf, "quadrature", 0.0, (Note("diverges", text),))
    text = "The integral has not settled where the tails are as far as floats reach: it may be infinite."
    return Found(None, "", notes=(Note("not-settled", text),))


def _rooted(square: float, error: float, method: str) -> Found:
    value = math.sqrt(square)
    return Found(value, method, 0.5 * error / value if value else error)


def _unsure(whole: float, error: float) -> Note:
    return Note("not-integrated", f"The integral is {whole:.6g}, give or take {error:.1g}: too far for a value.")


def _turned(panels: Quadrature) -> Quadrature:
    return panels._replace(nodes=swapped(panels.nodes))
