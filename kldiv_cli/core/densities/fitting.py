"""Which family is nearest to a sample: the parameters of each by maximum likelihood, which minimises KL(data || model).

The KL divergence is that of the data's law to the model: minus its entropy, which is estimated from distances between
neighbours, less the mean log-likelihood. The entropy is the same for every family: they rank as their likelihoods do.

References
----------
Kozachenko & Leonenko (1987), Problems of Information Transmission 23, 95-101 (the entropy);
Perez-Cruz (2008), https://doi.org/10.1109/ISIT.2008.4595271; Akaike (1974), https://doi.org/10.1109/TAC.1974.1100705
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from kldiv_cli.core.densities.density import density_from, known_families, unknown_family
from kldiv_cli.core.estimators.neighbours import distances_within
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.densities.density import Density
    from kldiv_cli.core.summary import NumericSummary

NEIGHBOURS = 5
_EVERYWHERE = ("norm", "t", "laplace", "logistic", "gumbel_r")
_POSITIVE = ("expon", "gamma", "lognorm", "weibull_min", "invgauss")
_FEWEST = 5


class Fitted(NamedTuple):
    """A family with the parameters that make a sample most probable."""

    density: Density
    parameters: int
    """How many were free."""
    log_likelihood: float
    """Of all rows; -inf where the model excludes one."""
    held: str | None
    """The parameter that was not free."""


def default_families(sample: NumericSummary) -> tuple[str, ...]:
    """What is tried if no family was asked for: of numbers above 0 the families of such too."""
    is_positive = float(sample.values[0]) > 0.0
    is_whole = bool((sample.values == np.floor(sample.values)).all()) and float(sample.values[0]) >= 0.0
    whole = ("poisson", "geom") if is_whole and is_positive else ("poisson",) if is_whole else ()
    return (*_EVERYWHERE, *(_POSITIVE if is_positive else ()), *whole)


def fitted(name: str, sample: NumericSummary) -> Fitted:
    """Fit a family.

    Raises
    ------
    KldivError
        If there is no such family, it has no fit, or the sample is too small or constant.
    """
    known = known_families()
    if name not in known.continuous | known.discrete:
        raise unknown_family(name, name)
    if sample.n < _FEWEST or sample.values.size < 2:
        raise InputError("a family is fitted to five rows or more, of two values or more", remedy="more rows")
    if name in known.discrete:
        text, free, held = *_of_whole_numbers(name, sample), None
    else:
        text, free, held = _by_likelihood(name, sample)
    density = density_from(text)
    logs = density.log_density(sample.values)
    likelihood = float((sample.counts * logs).sum()) if np.isfinite(logs).all() else -math.inf
    return Fitted(density, free, likelihood, held)


def differential_entropy(sample: NumericSummary) -> float | None:
    """Entropy of the law of a sample, from the distance to the fifth neighbour; None where values repeat too often.

    psi(n) - psi(k) + log 2 + mean log rho, with rho the distance to the k-th neighbour.
    """
    from scipy.special import digamma

    if sample.weight_squares != sample.mass or sample.n <= NEIGHBOURS:
        return None
    x = np.repeat(sample.values, sample.counts.astype(np.intp))
    distances = distances_within(x, NEIGHBOURS)
    if not distances.all():
        return None
    mean = math.fsum(np.log(distances)) / x.size
    return float(digamma(x.size)) - float(digamma(NEIGHBOURS)) + math.log(2.0) + mean


def _by_likelihood(name: str, sample: NumericSummary) -> tuple[str, int, str | None]:
    from scipy import stats

    if sample.weight_squares != sample.mass:
        raise UsageError("a family is fitted to rows without weights", remedy="leave out --weights")
    distribution: Any = getattr(stats, name)
    x = np.repeat(sample.values, sample.counts.astype(np.intp))
    shapes = len((distribution.shapes or "").split(",")) if distribution.shapes else 0
    low = float(distribution(*([1.0] * shapes)).support()[0])
    is_held = (
        low == 0.0 and float(x[0]) > 0.0 and not math.isfinite(float(distribution(*([1.0] * shapes)).support()[1]))
    )
    try:
        with np.errstate(all="ignore"):
            found = distribution.fit(x, floc=0.0) if is_held else distribution.fit(x)
    except (ValueError, RuntimeError, ArithmeticError, stats.FitError) as fault:
        raise InputError(f"{name} cannot be fitted: {fault}", remedy="another family") from None
    if not all(math.isfinite(float(value)) for value in found):
        raise InputError(f"{name} cannot be fitted: it has no finite parameters here", remedy="another family")
    text = f"{name}({','.join(repr(float(value)) for value in found)})"
    return text, len(found) - is_held, "loc" if is_held else None


def _of_whole_numbers(name: str, sample: NumericSummary) -> tuple[str, int]:
    if bool((sample.values != np.floor(sample.values)).any()) or float(sample.values[0]) < 0.0:
        raise InputError(f"{name} is of whole numbers from 0, and the sample is not", remedy="another family")
    mean = sample.mean_and_deviation()[0]
    if name == "poisson":
        return f"poisson({mean!r})", 1
    if name == "geom" and float(sample.values[0]) >= 1.0:
        return f"geom({1.0 / mean!r})", 1
    raise InputError(f"{name} has no fit here", remedy="poisson, geom (numbers from 1), or a family of densities")


def names_from(asked: Sequence[str], sample: NumericSummary) -> tuple[str, ...]:
    """Families to fit, each once."""
    return tuple(dict.fromkeys(asked)) or default_families(sample)
