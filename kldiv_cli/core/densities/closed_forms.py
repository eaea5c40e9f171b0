"""Closed forms by the kinds of the two families, each as addends whose sum is the measure.

A family is told by its kind: gamma, chi2, erlang and expon are one, and so are, after the same map of the line, chi,
halfnorm, maxwell and rayleigh (their square) and invgamma (its inverse), for what is not about distances on the line
does not change.
Sums are written so that near parameters keep their digits; how large the addends are beside their sum tells what is
left of them.

References
----------
Gil, Alajaji & Linder (2013), https://doi.org/10.1016/j.ins.2013.06.018 (Renyi and KL of the univariate families);
Bauckhage (2013), https://arxiv.org/abs/1310.3713 (Weibull); Chyzak & Nielsen (2019),
https://arxiv.org/abs/1905.10965 (Cauchy); Mardia & Jupp (2000), Directional Statistics (the moments of von Mises);
Olkin & Pukelsheim (1982), https://doi.org/10.1016/0024-3795(82)90112-4 (W2 of a location and a scale)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from kldiv_cli.core.densities.density import FamilyPart

Addends: TypeAlias = tuple[float, ...]
"""Their sum is the value; (inf,) where it is infinite."""
_SERIES_BELOW = 0.1
_EULER = 0.57721566490153286061
_INFINITE: Addends = (math.inf,)


class Kind(NamedTuple):
    """A family after what is told apart by it: two of one kind and one frame have a closed form."""

    name: str
    frame: tuple[object, ...]
    """What has to agree: the map of the line, the end of the support."""
    parameters: tuple[float, ...]


def kind_of(part: FamilyPart) -> Kind:
    """The kind of a family with its parameters."""
    found = _KINDS.get(part.name)
    return Kind(part.name, (part.name,), ()) if found is None else found(part)


def lack(a: float, b: float) -> float:
    """With d = (a - b) / b, d - log(1 + d) >= 0: by its series where a is near b."""
    d = (a - b) / b
    if abs(d) >= _SERIES_BELOW:
        return d - _log_ratio(a, b)
    return math.fsum((-1) ** j * d**j / j for j in range(2, 24))


def excess(y: float) -> float:
    """Exp(y) - 1 - y >= 0, by its series near 0."""
    if abs(y) >= _SERIES_BELOW:
        return math.expm1(y) - y if y < 700.0 else math.inf
    return math.fsum(y**j / math.factorial(j) for j in range(2, 14))


def bernoulli(p: float, q: float) -> float:
    """KL between two coins, in Bregman form."""
    if (q == 0.0 < p) or (q == 1.0 > p):
        return math.inf
    return math.fsum(b * _phi((a - b) / b) for a, b in ((p, q), (1.0 - p, 1.0 - q)) if b > 0.0)


def log_gamma_bregman(b: float, a: float) -> float:
    """The Bregman divergence of log Gamma: lnG(b) - lnG(a) - psi(a) (b - a) >= 0, by its series where b is near a."""
    from scipy.special import digamma, gammaln, polygamma

    delta = b - a
    if abs(delta) >= _SERIES_BELOW * a:
        return float(gammaln(b)) - float(gammaln(a)) - float(digamma(a)) * delta
    return math.fsum(float(polygamma(k - 1, a)) * delta**k / math.factorial(k) for k in range(2, 20))


def _phi(d: float) -> float:
    """(1 + d) log(1 + d) - d >= 0, by its series near 0; 1 at -1."""
    if d <= -1.0:
        return 1.0
    if abs(d) >= _SERIES_BELOW:
        return (1.0 + d) * math.log1p(d) - d
    return math.fsum((-1) ** j * d**j / (j * (j - 1)) for j in range(2, 24))


def _ratio_less_one(a: float, b: float) -> float:
    return (a - b) / b


# KL divergences, P first.


def _normal(p: Kind, q: Kind) -> Addends:
    (m, s), (n, t) = p.parameters, q.parameters
    d = _ratio_less_one(s, t)
    z = (m - n) / t
    return 0.5 * z * z, lack(s, t), 0.5 * d * d


def _log_normal(p: Kind, q: Kind) -> Addends:
    (m, s), (n, t) = p.parameters, q.parameters
    d = _ratio_less_one(s, t)
    return 0.5 * (_log_ratio(m, n) / t) ** 2, lack(s, t), 0.5 * d * d


def _gamma(p: Kind, q: Kind) -> Addends:
    (a, s), (b, t) = p.parameters, q.parameters
    d = _ratio_less_one(s, t)
    return b * lack(s, t), (a - b) * d, log_gamma_bregman(b, a)


def _exponential(p: Kind, q: Kind) -> Addends:
    (low, s), (other, t) = p.parameters, q.parameters
    return (lack(s, t), (low - other) / t) if low >= other else _INFINITE


def _beta(p: Kind, q: Kind) -> Addends:
    (a, b), (c, d) = p.parameters, q.parameters
    return log_gamma_bregman(c, a), log_gamma_bregman(d, b), -log_gamma_bregman(c + d, a + b)


def _laplace(p: Kind, q: Kind) -> Addends:
    (m, s), (n, t) = p.parameters, q.parameters
    return lack(s, t), s / t * excess(-abs(m - n) / s)


def _uniform(p: Kind, q: Kind) -> Addends:
    (a, width), (c, other) = p.parameters, q.parameters
    inside = a >= c and a + width <= c + other
    return (_log_ratio(other, width),) if inside else _INFINITE


def _pareto(p: Kind, q: Kind) -> Addends:
    (a, x), (b, y) = p.parameters, q.parameters
    return (b * _log_ratio(x, y), lack(b, a)) if x >= y else _INFINITE


def _cauchy(p: Kind, q: Kind) -> Addends:
    (m, s), (n, t) = p.parameters, q.parameters
    apart = ((s - t) / s * ((s - t) / t) + (m - n) / s * ((m - n) / t)) / 4.0
    if math.isfinite(apart):
        return (math.log1p(apart),)
    furthest = max(abs(s - t), abs(m - n))  # the squares are beyond floats, their logarithms are not
    inner = ((s - t) / furthest) ** 2 + ((m - n) / furthest) ** 2
    return (2.0 * math.log(furthest), math.log(inner), -math.log(4.0), -math.log(s), -math.log(t))


def _weibull(p: Kind, q: Kind) -> Addends:
    (k, s), (h, t) = p.parameters, q.parameters
    r = h / k
    return excess(h * _log_ratio(s, t) + math.lgamma(1.0 + r)), log_gamma_bregman(r, 1.0)


def _gumbel(p: Kind, q: Kind) -> Addends:
    (m, s), (n, t) = p.parameters, q.parameters
    r = s / t
    return excess((n - m) / t + math.lgamma(1.0 + r)), log_gamma_bregman(r, 1.0)


def _von_mises(p: Kind, q: Kind) -> Addends:
    from scipy.special import i0e, i1e

    (k, m), (h, n) = p.parameters, q.parameters
    mean = float(i1e(k) / i0e(k))
    turned = 2.0 * math.sin(0.5 * (m - n)) ** 2
    return (
        math.log(float(i0e(h))) - math.log(float(i0e(k))),
        (h - k) * (1.0 - mean),
        h * mean * turned,
    )


def _poisson(p: Kind, q: Kind) -> Addends:
    (a,), (b,) = p.parameters, q.parameters
    if b == 0.0:
        return (0.0,) if a == 0.0 else _INFINITE
    return (b * _phi(_ratio_less_one(a, b)),)


def _bernoulli(p: Kind, q: Kind) -> Addends:
    return (bernoulli(p.parameters[0], q.parameters[0]),)


def _binomial(p: Kind, q: Kind) -> Addends:
    (n, a), (m, b) = p.parameters, q.parameters
    return (n * bernoulli(a, b),) if n == m else ()


def _geometric(p: Kind, q: Kind) -> Addends:
    (n, a), (m, b) = p.parameters, q.parameters
    return (n / a * bernoulli(a, b),) if n == m else ()


def _normal_to_laplace(p: Kind, q: Kind) -> Addends:
    (m, s), (n, b) = p.parameters, q.parameters
    delta = abs(m - n)
    apart = s * math.sqrt(2.0 / math.pi) * math.exp(-0.5 * (delta / s) ** 2) + delta * math.erf(
        delta / s / math.sqrt(2.0)
    )
    return math.log(2.0 * b / s), -0.5 * math.log(2.0 * math.pi * math.e), apart / b


def _gumbel_to_normal(p: Kind, q: Kind) -> Addends:
    (m, s), (n, t) = p.parameters, q.parameters
    r = s / t
    return (
        -math.log(r),
        0.5 * math.log(2.0 * math.pi),
        -_EULER - 1.0,
        0.5 * ((m + _EULER * s - n) / t) ** 2,
        (math.pi * r) ** 2 / 12.0,
    )


def _uniform_to_normal(p: Kind, q: Kind) -> Addends:
    (a, width), (n, t) = p.parameters, q.parameters
    middle = (a + 0.5 * width - n) / t
    return 0.5 * math.log(2.0 * math.pi), math.log(t / width), 0.5 * middle**2, (width / t) ** 2 / 24.0


# Bhattacharyya distances: -log of the integral of sqrt(p q); Hellinger follows.


def _apart_normal(p: Kind, q: Kind) -> Addends:
    (m, s), (n, t) = p.parameters, q.parameters
    spread = math.hypot(s, t)
    return 0.25 * ((m - n) / spread) ** 2, 0.5 * math.log1p((s - t) / s * ((s - t) / t) / 2.0)


def _apart_log_normal(p: Kind, q: Kind) -> Addends:
    (m, s), (n, t) = p.parameters, q.parameters
    return 0.25 * (_log_ratio(m, n) / math.hypot(s, t)) ** 2, 0.5 * math.log1p((s - t) / s * ((s - t) / t) / 2.0)


def _apart_gamma(p: Kind, q: Kind) -> Addends:
    (a, s), (b, t) = p.parameters, q.parameters
    middle = 0.5 * (a + b)
    scales = 0.5 * math.log1p((s - t) / s * ((s - t) / t) / 4.0)  # log of the arithmetic over the geometric mean
    return (
        0.5 * log_gamma_bregman(a, middle),
        0.5 * log_gamma_bregman(b, middle),
        middle * scales,
        0.25 * (a - b) * _log_ratio(s, t),
    )


def _apart_beta(p: Kind, q: Kind) -> Addends:
    (a, b), (c, d) = p.parameters, q.parameters
    found = []
    for one, other, sign in ((a, c, 0.5), (b, d, 0.5), (a + b, c + d, -0.5)):
        middle = 0.5 * (one + other)
        found += [sign * log_gamma_bregman(one, middle), sign * log_gamma_bregman(other, middle)]
    return tuple(found)


def _apart_poisson(p: Kind, q: Kind) -> Addends:
    (a,), (b,) = p.parameters, q.parameters
    if a == b:
        return (0.0,)
    return (0.5 * ((a - b) / (math.sqrt(a) + math.sqrt(b))) ** 2,)


def _log_ratio(a: float, b: float) -> float:
    """Log(a / b), right also where the two are near."""
    d = (a - b) / b
    return math.log1p(d) if abs(d) < 0.5 else math.log(a) - math.log(b)


KL: dict[tuple[str, str], Callable[[Kind, Kind], Addends]] = {
    ("normal", "normal"): _normal,
    ("log-normal", "log-normal"): _log_normal,
    ("gamma", "gamma"): _gamma,
    ("exponential", "exponential"): _exponential,
    ("beta", "beta"): _beta,
    ("laplace", "laplace"): _laplace,
    ("uniform", "uniform"): _uniform,
    ("pareto", "pareto"): _pareto,
    ("cauchy", "cauchy"): _cauchy,
    ("weibull", "weibull"): _weibull,
    ("gumbel", "gumbel"): _gumbel,
    ("von-mises", "von-mises"): _von_mises,
    ("poisson", "poisson"): _poisson,
    ("bernoulli", "bernoulli"): _bernoulli,
    ("binomial", "binomial"): _binomial,
    ("geometric", "geometric"): _geometric,
    ("normal", "laplace"): _normal_to_laplace,
    ("gumbel", "normal"): _gumbel_to_normal,
    ("uniform", "normal"): _uniform_to_normal,
}
APART: dict[tuple[str, str], Callable[[Kind, Kind], Addends]] = {
    ("normal", "normal"): _apart_normal,
    ("log-normal", "log-normal"): _apart_log_normal,
    ("gamma", "gamma"): _apart_gamma,
    ("beta", "beta"): _apart_beta,
    ("poisson", "poisson"): _apart_poisson,
}
_KINDS: dict[str, Callable[[FamilyPart], Kind]] = {
    "norm": lambda part: Kind("normal", (), (part.loc, part.scale)),
    "lognorm": lambda part: Kind("log-normal", (part.loc,), (part.scale, part.shapes[0])),
    "gamma": lambda part: Kind("gamma", ("x", part.loc), (part.shapes[0], part.scale)),
    "erlang": lambda part: Kind("gamma", ("x", part.loc), (part.shapes[0], part.scale)),
    "chi2": lambda part: Kind("gamma", ("x", part.loc), (0.5 * part.shapes[0], 2.0 * part.scale)),
    "chi": lambda part: Kind("gamma", ("square", part.loc), (0.5 * part.shapes[0], 2.0 * part.scale**2)),
    "halfnorm": lambda part: Kind("gamma", ("square", part.loc), (0.5, 2.0 * part.scale**2)),
    "rayleigh": lambda part: Kind("gamma", ("square", part.loc), (1.0, 2.0 * part.scale**2)),
    "maxwell": lambda part: Kind("gamma", ("square", part.loc), (1.5, 2.0 * part.scale**2)),
    "invgamma": lambda part: Kind("gamma", ("inverse", part.loc), (part.shapes[0], 1.0 / part.scale)),
    "expon": lambda part: Kind("exponential", (), (part.loc, part.scale)),
    "beta": lambda part: Kind("beta", (part.loc, part.scale), part.shapes),
    "arcsine": lambda part: Kind("beta", (part.loc, part.scale), (0.5, 0.5)),
    "powerlaw": lambda part: Kind("beta", (part.loc, part.scale), (part.shapes[0], 1.0)),
    "laplace": lambda part: Kind("laplace", (), (part.loc, part.scale)),
    "uniform": lambda part: Kind("uniform", (), (part.loc, part.scale)),
    "pareto": lambda part: Kind("pareto", (part.loc,), (part.shapes[0], part.scale)),
    "cauchy": lambda part: Kind("cauchy", (), (part.loc, part.scale)),
    "weibull_min": lambda part: Kind("weibull", ("x", part.loc), (part.shapes[0], part.scale)),
    "weibull_max": lambda part: Kind("weibull", ("-x", part.loc), (part.shapes[0], part.scale)),
    "gumbel_r": lambda part: Kind("gumbel", (), (part.loc, part.scale)),
    "gumbel_l": lambda part: Kind("gumbel", ("-x",), (-part.loc, part.scale)),
    "vonmises": lambda part: Kind("von-mises", (part.scale,), (part.shapes[0], part.loc / part.scale)),
    "poisson": lambda part: Kind("poisson", (part.loc,), part.shapes),
    "bernoulli": lambda part: Kind("bernoulli", (part.loc,), part.shapes),
    "binom": lambda part: Kind("binomial", (part.loc,), part.shapes),
    "geom": lambda part: Kind("geometric", (part.loc, "geom"), (1.0, part.shapes[0])),
    "nbinom": lambda part: Kind("geometric", (part.loc, "nbinom"), part.shapes),
}
_ALSO: dict[tuple[str, str], Callable[[Kind], Kind]] = {
    ("exponential", "gamma"): lambda kind: Kind("gamma", ("x", kind.parameters[0]), (1.0, kind.parameters[1])),
    ("uniform", "beta"): lambda kind: Kind("beta", kind.parameters, (1.0, 1.0)),
}
"""What a kind is besides, beside one of another kind."""


def _met(p: Kind, q: Kind) -> tuple[Kind, Kind] | None:
    """Both as kinds of one frame; None where they have none in common."""
    one = _ALSO[p.name, q.name](p) if (p.name, q.name) in _ALSO else p
    other = _ALSO[q.name, p.name](q) if (q.name, p.name) in _ALSO else q
    return (one, other) if one.frame == other.frame else None


def kl(p: FamilyPart, q: FamilyPart) -> Addends | None:
    """D(P || Q) as addends; None where there is no closed form."""
    met = _met(kind_of(p), kind_of(q))
    form = None if met is None else KL.get((met[0].name, met[1].name))
    return (form(*met) or None) if form is not None and met is not None else None


def apart(p: FamilyPart, q: FamilyPart) -> Addends | None:
    """Bhattacharyya distance as addends; None where there is no closed form."""
    one, other = kind_of(p), kind_of(q)
    if one.name == other.name == "exponential":
        one, other = (_ALSO["exponential", "gamma"](kind) for kind in (one, other))
    if one.name == other.name == "weibull" and one.parameters[0] == other.parameters[0]:
        one, other = (
            Kind("gamma", ("power", *kind.frame), (1.0, kind.parameters[1] ** kind.parameters[0]))
            for kind in (one, other)
        )
    met = _met(one, other)
    form = None if met is None else APART.get((met[0].name, met[1].name))
    return form(*met) if form is not None and met is not None else None


def renyi(p: FamilyPart, q: FamilyPart, order: float) -> Addends | None:
    """Renyi divergence of two normals; None of others."""
    one, other = kind_of(p), kind_of(q)
    if not one.name == other.name == "normal" or order in (0.0, 1.0) or math.isinf(order):
        return None
    (m, s), (n, t) = one.parameters, other.parameters
    relative = (1.0 - order) * ((s - t) / t) * (s / t + 1.0)  # (mixed variance - t^2) / t^2
    if relative <= -1.0:
        return _INFINITE
    spread = math.log1p(relative) / (2.0 * (1.0 - order))
    return -_log_ratio(s, t), spread, 0.5 * order * ((m - n) / t) ** 2 / (1.0 + relative)


def wasserstein_2(p: FamilyPart, q: FamilyPart) -> float | None:
    """W2 of one family with other location and scale; None of others, or where there is no variance."""
    if p.name != q.name or p.shapes != q.shapes or p.is_discrete or p.name == "vonmises":
        return None  # of the last of which the location turns the circle
    if not (math.isfinite(p.moment(2)) and p.moment(2) > 0.0 and math.isfinite(p.moment(1))):
        return None
    mean, deviation = (p.moment(1) - p.loc) / p.scale, math.sqrt(p.moment(2)) / p.scale
    return math.hypot((p.loc - q.loc) + (p.scale - q.scale) * mean, (p.scale - q.scale) * deviation)


def wasserstein_1(p: FamilyPart, q: FamilyPart) -> float | None:
    """W1 of one family that was moved, and of no other."""
    if p.name != q.name or p.shapes != q.shapes or p.scale != q.scale or p.name == "vonmises":
        return None
    return abs(p.loc - q.loc)
