"""Densities: a family of scipy.stats with its parameters, or a mixture of such."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from kldiv_cli.core.densities.grammar import Named, parsed
from kldiv_cli.errors import UsageError
from kldiv_cli.record import NamedTuple, cached_property

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kldiv_cli.core.arrays import Vector

_ALIASES = {
    "normal": "norm",
    "gaussian": "norm",
    "exponential": "expon",
    "lognormal": "lognorm",
    "student": "t",
    "studentt": "t",
    "chisquare": "chi2",
    "binomial": "binom",
    "negbinom": "nbinom",
    "geometric": "geom",
    "weibull": "weibull_min",
    "gumbel": "gumbel_r",
}
"""What a family may be called elsewhere, for the remedy alone: parameters differ there."""
_TOO_SLOW = ("levy_stable", "studentized_range", "genhyperbolic", "kstwobign")
"""Families of which a value takes seconds, or that are laws of a statistic without parameters."""
LEAST_LOG = math.log(2.0**-1022)
"""Of the smallest float64 with all its digits, 2.2e-308."""
_DEEP = 1e-100
"""Probability from which a quantile has to have it."""
_NEAR = 1e-9
_HALVINGS = 1100
_SETTLED = 1e-15


class Density:
    """A distribution on the line that is given by a formula.

    Parameters
    ----------
    text : str
        As it was written.
    parts : sequence of (float, FamilyPart)
        Weights that sum to 1, with the families.
    """

    def __init__(self, text: str, parts: Sequence[tuple[float, FamilyPart]]) -> None:
        self.text = text
        self.parts = tuple(parts)

    @property
    def is_discrete(self) -> bool:
        """Whether it has masses at whole numbers, not a density."""
        return self.parts[0][1].is_discrete

    @property
    def family(self) -> FamilyPart | None:
        """The one family; None of a mixture."""
        return self.parts[0][1] if len(self.parts) == 1 else None

    @cached_property
    def support(self) -> tuple[float, float]:
        """Least and largest value that can be, infinite where there is none."""
        limits = [part.frozen.support() for _, part in self.parts]
        return float(min(low for low, _ in limits)), float(max(high for _, high in limits))

    @cached_property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """Open intervals within the support where the density is 0: between parts of a mixture."""
        limits = sorted((float(low), float(high)) for low, high in (part.frozen.support() for _, part in self.parts))
        found, reach = [], limits[0][1]
        for low, high in limits[1:]:
            if low > reach:
                found.append((reach, low))
            reach = max(reach, high)
        return tuple(found)

    def moved(self, by: float) -> Density:
        """The same, moved along the line."""
        parts = [(weight, FamilyPart(part.name, part.shapes, part.loc + by, part.scale)) for weight, part in self.parts]
        return Density(self.text, parts)

    def log_density(self, x: Vector) -> Vector:
        """Logarithm of the density, or of the mass at whole numbers, -inf outside of the support, shape (k,)."""
        with np.errstate(all="ignore"):
            logs = np.stack([math.log(weight) + part.log_density(x) for weight, part in self.parts])
            found: Vector = logs[0] if len(logs) == 1 else np.logaddexp.reduce(logs, axis=0)
            return found

    @cached_property
    def least_log(self) -> float:
        """What `log_density` gives below this is noise."""
        return max(part.least_log for _, part in self.parts)

    def cdf(self, x: Vector) -> Vector:
        """Probability of values up to x, shape (k,)."""
        return self._mixed("cdf", x)

    def sf(self, x: Vector) -> Vector:
        """Probability of values above x, shape (k,)."""
        return self._mixed("sf", x)

    def ppf(self, u: Vector) -> Vector:
        """Least value up to which there is the probability u, shape (k,)."""
        return self._quantiles(u, "ppf", lambda x, u: self.cdf(x) >= u)

    def isf(self, u: Vector) -> Vector:
        """Value beyond which there is the probability u, shape (k,): digits are kept where u is small."""
        return self._quantiles(u, "isf", lambda x, u: self.sf(x) <= u)

    @cached_property
    def mean(self) -> float:
        """Expected value; infinite or NaN where there is none."""
        return math.fsum(weight * part.moment(1) for weight, part in self.parts)

    @cached_property
    def standard_deviation(self) -> float:
        """Square root of the variance; infinite or NaN where there is none."""
        if not math.isfinite(self.mean):
            return math.nan
        spread = math.fsum(weight * (part.moment(2) + (part.moment(1) - self.mean) ** 2) for weight, part in self.parts)
        return math.sqrt(spread) if spread >= 0.0 else math.nan

    @cached_property
    def kinks(self) -> tuple[float, ...]:
        """Where the density or its slope may jump: integrals are split there."""
        return tuple(sorted({kink for _, part in self.parts for kink in part.kinks if math.isfinite(kink)}))

    def _mixed(self, name: str, x: Vector) -> Vector:
        with np.errstate(all="ignore"):
            found: Vector = sum(weight * getattr(part.frozen, name)(x) for weight, part in self.parts)
            return found

    def _quantiles(self, u: Vector, name: str, reaches: Callable[[Vector, Vector], Any]) -> Vector:
        u = np.asarray(u, dtype=np.float64)
        with np.errstate(all="ignore"):
            own = np.stack([np.asarray(getattr(part.frozen, name)(u), dtype=np.float64) for _, part in self.parts])
        if len(own) == 1:
            found: Vector = own[0]
            return found if self.is_discrete else self._believed(found, u, name)
        return _between(own.min(axis=0), own.max(axis=0), lambda x: reaches(x, u), whole=self.is_discrete)

    def _believed(self, x: Vector, u: Vector, name: str) -> Vector:
        """Quantiles whose probabilities are what was asked for, roughly; NaN where scipy did not find them."""
        step = _NEAR * np.abs(x) + _DEEP**3  # a quantile is rounded, and may stand beside a jump
        probability, sign = (self.cdf, 1.0) if name == "ppf" else (self.sf, -1.0)
        with np.errstate(all="ignore"):
            least, most = probability(x - sign * step), probability(x + sign * step)
            is_wrong = np.isfinite(x) & (u > _DEEP) & (u < 0.5) & ((least > 10.0 * u) | (most < 0.1 * u))
        found: Vector = np.where(is_wrong, math.nan, x)
        return found


class FamilyPart:
    """A family of scipy.stats with its parameters."""

    def __init__(self, name: str, shapes: tuple[float, ...], loc: float, scale: float) -> None:
        self.name, self.shapes, self.loc, self.scale = name, shapes, loc, scale
        distribution, self.is_discrete = _of_scipy(name)
        scaled = {} if self.is_discrete else {"scale": scale}
        self.frozen: Any = distribution(*shapes, loc=loc, **scaled)
        if name == "vonmises":
            self.frozen = _OnTheCircle(self.frozen, scale)
        self._moments: dict[int, float] = {}

    def log_density(self, x: Vector) -> Vector:
        """Logarithm of the density, or of the mass, shape (k,)."""
        logs = self.frozen.logpmf(x) if self.is_discrete else self.frozen.logpdf(x)
        found: Vector = np.asarray(logs, dtype=np.float64)
        return found

    @property
    def least_log(self) -> float:
        """Logarithm below which those of the density are noise: where scipy takes them of floats below 2e-308."""
        if self.is_discrete or not _takes_logs_of_floats(self.name):
            return -math.inf
        return LEAST_LOG - math.log(self.scale)

    def moment(self, order: int) -> float:
        """Mean (1) or variance (2)."""
        if order not in self._moments:
            with np.errstate(all="ignore"):
                self._moments[order] = float(self.frozen.mean() if order == 1 else self.frozen.var())
        return self._moments[order]

    @property
    def kinks(self) -> tuple[float, ...]:
        """Ends of the support, the location, and what is known of the family."""
        inner = {"triang": self.shapes[:1], "trapezoid": self.shapes[:2]}.get(self.name, ())
        return (*map(float, self.frozen.support()), self.loc, *(self.loc + self.scale * at for at in inner))


def _of_scipy(name: str) -> tuple[Any, bool]:
    """A family of scipy.stats, and whether it has masses at whole numbers."""
    from scipy import stats

    distribution: Any = getattr(stats, name)
    return distribution, isinstance(distribution, stats.rv_discrete)


def _takes_logs_of_floats(name: str) -> bool:
    """Whether scipy has no formula for the logarithm of a density, and takes that of its value."""
    from scipy import stats

    return type(getattr(stats, name))._logpdf is stats.rv_continuous._logpdf


class _OnTheCircle:
    """A density that scipy repeats along the line, on one turn of it: from -pi to pi, times the scale."""

    def __init__(self, frozen: Any, scale: float) -> None:
        self._frozen, self._end = frozen, math.pi * scale
        self._below = float(frozen.cdf(-self._end))

    def support(self) -> tuple[float, float]:
        return -self._end, self._end

    def logpdf(self, x: Vector) -> Vector:
        found: Vector = np.where(np.abs(x) <= self._end, self._frozen.logpdf(x), -math.inf)
        return found

    def cdf(self, x: Vector) -> Vector:
        found: Vector = self._frozen.cdf(np.clip(x, -self._end, self._end)) - self._below
        return found

    def sf(self, x: Vector) -> Vector:
        return 1.0 - self.cdf(x)

    def ppf(self, u: Vector) -> Vector:
        ends = np.full(np.shape(u), self._end)
        return _between(-ends, ends, lambda x: self.cdf(x) >= u, whole=False)

    def isf(self, u: Vector) -> Vector:
        ends = np.full(np.shape(u), self._end)
        return _between(-ends, ends, lambda x: self.sf(x) <= u, whole=False)

    def mean(self) -> float:
        return self._moment(lambda x: x)

    def var(self) -> float:
        mean = self.mean()
        return self._moment(lambda x: (x - mean) ** 2)

    def _moment(self, power: Callable[[Vector], Vector]) -> float:
        tails = 10.0 ** np.arange(-15.0, -1.0)
        levels = np.concatenate([[0.0], tails, np.linspace(0.05, 0.95, 41), 1.0 - tails[::-1], [1.0]])
        edges = np.unique(np.clip(self.ppf(levels), -self._end, self._end))
        nodes, weights = np.polynomial.legendre.leggauss(40)
        half = 0.5 * np.diff(edges)[:, None]
        x = 0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes
        return float((weights * half * power(x) * np.exp(self._frozen.logpdf(x))).sum())


class Known(NamedTuple):
    """Names of the families of scipy.stats."""

    continuous: frozenset[str]
    discrete: frozenset[str]


def known_families() -> Known:
    """Every family that can be asked for."""
    from scipy import stats

    found: dict[type, set[str]] = {stats.rv_continuous: set(), stats.rv_discrete: set()}
    for name in stats.__all__:
        one = getattr(stats, name)
        for kind, names in found.items():
            if isinstance(one, kind) and name not in _TOO_SLOW:
                names.add(name)
    return Known(frozenset(found[stats.rv_continuous]), frozenset(found[stats.rv_discrete]))


def density_from(text: str) -> Density:
    """Read a density.

    Parameters
    ----------
    text : str
        ``norm(0,1)``, with the names and the parameters of scipy.stats, or a mixture of such.

    Returns
    -------
    Density

    Raises
    ------
    UsageError
        If a family or a parameter is unknown or out of its range; it tells the nearest name.

    Examples
    --------
    >>> density_from("gamma(2, scale=3)").mean
    6.0
    """
    parts = [(part.weight, _family(part.family, text)) for part in parsed(text)]
    if len({part.is_discrete for _, part in parts}) > 1:
        raise UsageError(f"{text!r} mixes a density with masses at whole numbers", remedy="parts of one kind")
    return Density(text, parts)


def _family(named: Named, text: str) -> FamilyPart:
    from scipy import stats

    known = known_families()
    if named.name not in known.continuous | known.discrete:
        raise unknown_family(text, named.name)
    distribution: Any = getattr(stats, named.name)
    shapes = [name.strip() for name in (distribution.shapes or "").split(",") if name.strip()]
    wanted = [*shapes, "loc"] + (["scale"] if named.name in known.continuous else [])
    given = _bound(named, wanted, text)
    lacking = [name for name in shapes if name not in given]
    if lacking:
        told = f"{named.name} needs {', '.join(lacking)}"
        raise UsageError(f"{text!r}: {told}", remedy=f"{named.name}({', '.join(wanted)}), as scipy.stats.{named.name}")
    loc, scale = given.get("loc", 0.0), given.get("scale", 1.0)
    if not scale > 0.0:
        raise UsageError(f"{text!r}: the scale {scale:g} is not above 0", remedy=f"{named.name}({', '.join(wanted)})")
    if named.name in known.discrete and loc != math.floor(loc):
        raise UsageError(f"{text!r}: masses at whole numbers cannot be moved by {loc:g}", remedy="a whole loc")
    found = FamilyPart(named.name, tuple(given[name] for name in shapes), loc, scale)
    if not all(map(_is_number, found.frozen.support())):
        values = ", ".join(f"{name} = {given[name]:g}" for name in shapes)
        raise UsageError(f"{text!r}: {named.name} is not defined for {values}", remedy=f"see scipy.stats.{named.name}")
    with np.errstate(all="ignore"):
        middle = found.frozen.cdf(found.frozen.ppf(0.5))
    if not 0.0 < middle <= 1.0:
        raise UsageError(f"{text!r} is beyond what floats hold: it has no median", remedy="parameters nearer to 1")
    return found


def _is_number(value: float) -> bool:
    return not math.isnan(float(value))


def _bound(named: Named, wanted: Sequence[str], text: str) -> dict[str, float]:
    """Parameters by name, in the order of scipy."""
    if len(named.positional) > len(wanted):
        told = f"{named.name} has {len(wanted)} parameters, {', '.join(wanted)}, and {len(named.positional)} are given"
        raise UsageError(f"{text!r}: {told}", remedy=f"{named.name}({', '.join(wanted)})")
    given = dict(zip(wanted, named.positional, strict=False))
    for name, value in named.named:
        if name in given:
            raise UsageError(f"{text!r} gives {name} twice", remedy="each parameter once")
        if name not in wanted:
            import difflib

            nearest = difflib.get_close_matches(name, wanted, n=1)
            remedy = f"{nearest[0]!r}?" if nearest else f"{named.name}({', '.join(wanted)})"
            raise UsageError(f"{text!r}: {named.name} has no parameter {name!r}", remedy=remedy)
        given[name] = value
    return given


def unknown_family(text: str, name: str) -> UsageError:
    """The error of a name that is no family; it tells the nearest."""
    import difflib

    known = sorted(frozenset.union(*known_families()))
    nearest = _ALIASES.get(name.lower()) or next(iter(difflib.get_close_matches(name, known, n=1)), None)
    remedy = f"{nearest!r}? " if nearest else ""
    return UsageError(
        f"{text!r}: there is no family {name!r}",
        remedy=f"{remedy}The names are those of scipy.stats: norm, t, gamma, ...",
    )


def _between(low: Vector, high: Vector, reaches: Callable[[Vector], Any], *, whole: bool) -> Vector:
    """Least x between two bounds that reaches what is asked for, by bisection, to the last digits."""
    low, high = low.copy(), high.copy()
    for _ in range(_HALVINGS):
        middle = 0.5 * low + 0.5 * high
        if whole:
            middle = np.floor(middle)
        with np.errstate(invalid="ignore"):
            is_open = (middle > low) & (middle < high) & (high - low > _SETTLED * np.abs(middle))
        if not is_open.any():
            break
        reached = np.asarray(reaches(middle), dtype=np.bool_)
        high = np.where(is_open & reached, middle, high)
        low = np.where(is_open & ~reached, middle, low)
    if whole:
        return np.where(np.asarray(reaches(low), dtype=np.bool_), low, high)
    return high
