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
    "norm": lambda z: -z * z / 2 - mp.log(2 * _PI) / 2,
    "gamma": lambda z, a: (a - 1) * mp.log(z) - z - mp.loggamma(a),
    "chi2": lambda z, k: (k / 2 - 1) * mp.log(z) - z / 2 - mp.loggamma(k / 2) - k / 2 * mp.log(2),
    "expon": lambda z: -z,
    "beta": lambda z, a, b: (a - 1) * mp.log(z) + (b - 1) * mp.log1p(-z) - mp.log(mp.beta(a, b)),
    "laplace": lambda z: -abs(z) - mp.log(2),
    "cauchy": lambda z: -mp.log(_PI) - mp.log1p(z * z),
    "logistic": lambda z: -z - 2 * mp.log1p(mp.exp(-z)),
    "t": lambda z, k: (
        mp.loggamma((k + 1) / 2) - mp.loggamma(k / 2) - mp.log(k * _PI) / 2 - (k + 1) / 2 * mp.log1p(z * z / k)
    ),
    "weibull_min": lambda z, k: mp.log(k) + (k - 1) * mp.log(z) - z**k,
    "gumbel_r": lambda z: -z - mp.exp(-z),
    "gumbel_l": lambda z: z - mp.exp(z),
    "lognorm": lambda z, s: -mp.log(z) - mp.log(s) - mp.log(2 * _PI) / 2 - (mp.log(z) / s) ** 2 / 2,
    "pareto": lambda z, a: mp.log(a) - (a + 1) * mp.log(z),
    "halfnorm": lambda z: mp.log(2 / _PI) / 2 - z * z / 2,
    "maxwell": lambda z: mp.log(2 / _PI) / 2 + 2 * mp.log(z) - z * z / 2,
    "rayleigh": lambda z: mp.log(z) - z * z / 2,
    "invgamma": lambda z, a: -(a + 1) * mp.log(z) - mp.loggamma(a) - 1 / z,
    "vonmises": lambda z, k: k * mp.cos(z) - mp.log(2 * _PI * mp.besseli(0, k)),
    "uniform": lambda _: mp.mpf(0),
}


class Family(NamedTuple):
    """A family as it is written, with its logarithm."""

    name: str
    shapes: tuple[float, ...]
    loc: float
    scale: float

    @property
    def text(self) -> str:
        return f"{self.name}({','.join(repr(float(one)) for one in (*self.shapes, self.loc, self.scale))})"

    def log(self, x: mp.mpf) -> mp.mpf:
        z = (x - mp.mpf(self.loc)) / mp.mpf(self.scale)
        return _LOGS[self.name](z, *map(mp.mpf, self.shapes)) - mp.log(mp.mpf(self.scale))


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

    def at(x: mp.mpf) -> mp.mpf:
        return integrand(p.log(x), q.log(x)) if low < x < high else mp.mpf(0)

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
