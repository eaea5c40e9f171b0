"""KL and Bhattacharyya distances of two densities by mpmath, to forty digits, from densities written here anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import mpmath as mp
import numpy as np

from kldiv_cli.core.densities.density import density_from

if TYPE_CHECKING:
    from collections.abc import Callable

_LEVELS = np.array([1e-30, 1e-20, 1e-12, 1e-8, 1e-4, 0.01, 0.1, 0.3, 0.5])
_PI = mp.pi
_LOGS: dict[str, Callable] = {
    "norm": lambda: _of(-mp.log(2 * _PI) / 2, lambda z: -z * z / 2),
    "gamma": lambda a: _of(-mp.loggamma(a), lambda z: (a - 1) * mp.log(z) - z),
    "chi2": lambda k: _of(-mp.loggamma(k / 2) - k / 2 * mp.log(2), lambda z: (k / 2 - 1) * mp.log(z) - z / 2),
    "expon": lambda: _of(mp.mpf(0), lambda z: -z),
    "beta": lambda a, b: _of(-mp.log(mp.beta(a, b)), lambda z: (a - 1) * mp.log(z) + (b - 1) * mp.log1p(-z)),
    "laplace": lambda: _of(-mp.log(2), lambda z: -abs(z)),
    "cauchy": lambda: _of(-mp.log(_PI), lambda z: -mp.log1p(z * z)),
    "logistic": lambda: _of(mp.mpf(0), lambda z: -z - 2 * mp.log1p(mp.exp(-z))),
    "t": lambda k: _of(
        mp.loggamma((k + 1) / 2) - mp.loggamma(k / 2) - mp.log(k * _PI) / 2,
        lambda z: -(k + 1) / 2 * mp.log1p(z * z / k),
    ),
    "weibull_min": lambda k: _of(mp.log(k), lambda z: (k - 1) * mp.log(z) - z**k),
    "gumbel_r": lambda: _of(mp.mpf(0), lambda z: -z - mp.exp(-z)),
    "gumbel_l": lambda: _of(mp.mpf(0), lambda z: z - mp.exp(z)),
    "lognorm": lambda s: _of(-mp.log(s) - mp.log(2 * _PI) / 2, lambda z: _lognormal(mp.log(z), s)),
    "pareto": lambda a: _of(mp.log(a), lambda z: -(a + 1) * mp.log(z)),
    "halfnorm": lambda: _of(mp.log(2 / _PI) / 2, lambda z: -z * z / 2),
    "maxwell": lambda: _of(mp.log(2 / _PI) / 2, lambda z: 2 * mp.log(z) - z * z / 2),
    "rayleigh": lambda: _of(mp.mpf(0), lambda z: mp.log(z) - z * z / 2),
    "invgamma": lambda a: _of(-mp.loggamma(a), lambda z: -(a + 1) * mp.log(z) - 1 / z),
    "vonmises": lambda k: _of(-mp.log(2 * _PI * mp.besseli(0, k)), lambda z: k * mp.cos(z)),
    "uniform": lambda: _of(mp.mpf(0), lambda _: mp.mpf(0)),
}
"""Of the shapes: the logarithm of the density at a standardised value."""


def _of(constant: mp.mpf, rest: Callable) -> Callable:
    """The sum of what no value changes, computed once, and of what depends on it."""
    return lambda z: constant + rest(z)


def _lognormal(log: mp.mpf, s: mp.mpf) -> mp.mpf:
    return -log - (log / s) ** 2 / 2


class Family(NamedTuple):
    """A family as it is written, with its logarithm."""

    name: str
    shapes: tuple[float, ...]
    loc: float
    scale: float

    @property
    def text(self) -> str:
        return f"{self.name}({','.join(repr(float(one)) for one in (*self.shapes, self.loc, self.scale))})"

    def log(self) -> Callable[[mp.mpf], mp.mpf]:
        """Logarithm of the density, in the precision that holds now."""
        loc, scale = mp.mpf(self.loc), mp.mpf(self.scale)
        standard, width = _LOGS[self.name](*map(mp.mpf, self.shapes)), mp.log(scale)
        return lambda x: standard((x - loc) / scale) - width


def kl(p: Family, q: Family) -> mp.mpf:
    """D(P || Q)."""
    with mp.workdps(40):
        return _integral(p, q, lambda a, b: mp.exp(a) * (a - b))


def apart(p: Family, q: Family) -> mp.mpf:
    """Bhattacharyya distance."""
    with mp.workdps(40):
        return -mp.log(_integral(p, q, lambda a, b: mp.exp((a + b) / 2)))


def _integral(p: Family, q: Family, integrand: Callable) -> mp.mpf:
    low, high = density_from(p.text).support
    of_p, of_q = p.log(), q.log()

    def at(x: mp.mpf) -> mp.mpf:
        return integrand(of_p(x), of_q(x)) if low < x < high else mp.mpf(0)

    return mp.quad(at, _points(p, q, low, high), maxdegree=8)


def _points(p: Family, q: Family, low: float, high: float) -> list[mp.mpf]:
    points = []
    for side in (p, q):
        density = density_from(side.text)
        points += [*density.ppf(_LEVELS), *density.isf(_LEVELS), side.loc]
    found = sorted({mp.mpf(float(x)) for x in points if np.isfinite(x) and low < x < high})
    far = 100 * mp.mpf(p.scale)
    is_heavy = p.name in ("cauchy", "t", "pareto")
    start = mp.mpf(low) if np.isfinite(low) else -mp.inf if is_heavy else found[0] - far
    end = mp.mpf(high) if np.isfinite(high) else mp.inf if is_heavy else found[-1] + far
    return [start, *found, end]
