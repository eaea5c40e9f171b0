"""Laws of what chance alone does, where they are known: chi-square, Kolmogorov, Kuiper, two by two.

They are written here because scipy.special takes half a second to import, three times what a whole comparison takes.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from kldiv_cli.core.arrays import Vector

LARGEST_TABLE = 1 << 20
"""Possible tables up to which the law of two by two is summed whole."""
SAME = 1.0 - 1e-9
"""A drawn value this close below the observed one counts as reaching it: both are sums that were rounded."""
_EPSILON = 1e-17


def chi_square_tail(value: float, degrees: int) -> float:
    """Probability that a chi-square variable of so many degrees of freedom reaches ``value``; in [0, 1].

    A finite sum of positive terms for whole degrees, with erfc where they are odd.

    References
    ----------
    Abramowitz & Stegun (1964), 26.4.4 and 26.4.5
    """
    if value <= 0.0 or degrees < 1:
        return 1.0
    if value == math.inf:
        return 0.0
    half = 0.5 * value
    odd = degrees % 2
    first = math.erfc(math.sqrt(half)) if odd else 0.0
    number = degrees // 2
    if number == 0:
        return first
    # log of half^(j + odd/2) / Gamma(j + 1 + odd/2), j = 0 ... number - 1, from the one before
    steps = np.arange(1, number) + 0.5 * odd
    start = 0.5 * odd * math.log(half) - (math.lgamma(1.5) if odd else 0.0)
    logs = start + np.concatenate([[0.0], np.cumsum(math.log(half) - np.log(steps))])
    return min(first + float(np.exp(logs - half).sum()), 1.0)


@lru_cache(maxsize=256)
def chi_square_quantile(tail: float, degrees: int) -> float:
    """Value that a chi-square variable reaches with probability ``tail``, right to 1e-12 of it."""
    low, high = 0.0, degrees + 10.0 * math.sqrt(2.0 * degrees)
    while chi_square_tail(high, degrees) > tail:
        low, high = high, 2.0 * high
    return _root(lambda value: math.log(max(chi_square_tail(value, degrees), 1e-300) / tail), low, high)


def kolmogorov_tail(statistic: float, n: float) -> float:
    """Probability that the two-sample Kolmogorov-Smirnov statistic reaches this, n = n1 n2 / (n1 + n2).

    Right to about 1 % from n = 20 on; on rounded data the true one is smaller.

    References
    ----------
    Smirnov (1948), https://doi.org/10.1214/aoms/1177730256;
    Stephens (1970), https://doi.org/10.1111/j.2517-6161.1970.tb00821.x (the correction for small n)
    """
    scaled = (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n)) * statistic
    if scaled < 0.2:
        return 1.0
    if scaled < 1.0:  # the other form of the theta function: Kolmogorov (1933)
        terms = (math.exp(-((2 * j - 1) ** 2) * math.pi**2 / (8.0 * scaled**2)) for j in range(1, 20))
        return min(max(1.0 - math.sqrt(2.0 * math.pi) / scaled * sum(terms), 0.0), 1.0)
    return min(2.0 * sum((-1.0) ** (j - 1) * math.exp(-2.0 * (j * scaled) ** 2) for j in range(1, 20)), 1.0)


def kuiper_tail(statistic: float, n: float) -> float:
    """Probability that the two-sample Kuiper statistic reaches this, n = n1 n2 / (n1 + n2).

    References
    ----------
    Kuiper (1960), https://doi.org/10.1016/S1385-7258(60)50006-0;
    Stephens (1970), https://doi.org/10.1111/j.2517-6161.1970.tb00821.x (the correction for small n)
    """
    scaled = (math.sqrt(n) + 0.155 + 0.24 / math.sqrt(n)) * statistic
    if scaled < 0.4:
        return 1.0
    squares = [(j * scaled) ** 2 for j in range(1, 40)]
    return min(max(2.0 * sum((4.0 * x - 1.0) * math.exp(-2.0 * x) for x in squares), 0.0), 1.0)


@lru_cache(maxsize=256)
def median_of(tail: Callable[[float, float], float], n: float) -> float:
    """Median of a statistic in [0, 1] whose tail is given."""
    return _root(lambda value: tail(value, n) - 0.5, 0.0, 1.0)


def two_by_two(in_p: tuple[float, float], in_q: tuple[float, float]) -> tuple[float, float]:
    """Median of the difference of two rates if nothing had changed, and the probability to reach the observed one.

    The exact law of Fisher: of all present and missing rows together, each set of n is as likely to be P.

    Parameters
    ----------
    in_p, in_q : pair of float
        Rows of P, and of Q, that are present and missing: whole numbers.

    References
    ----------
    Fisher (1934), Statistical Methods for Research Workers, section 21.02
    """
    n, m = sum(in_p), sum(in_q)
    absent = in_p[1] + in_q[1]
    least, most = max(0.0, absent - m), min(n, absent)
    observed = abs(in_p[1] / n - in_q[1] / m)
    if most - least > LARGEST_TABLE:
        return normal_rates(in_p, in_q, n * m / (n + m))
    missing_p = np.arange(least, most + 1.0)
    ratios = np.log((absent - missing_p[:-1]) * (n - missing_p[:-1]))
    ratios -= np.log((missing_p[:-1] + 1.0) * (m - absent + missing_p[:-1] + 1.0))
    logs = np.concatenate([[0.0], np.cumsum(ratios)])
    shares = np.exp(logs - logs.max())
    shares /= shares.sum()
    values = np.abs(missing_p / n - (absent - missing_p) / m)
    reached = values >= observed * SAME
    p_value = 1.0 if reached.all() else min(float(shares[reached].sum()), 1.0)
    return weighted_median(values, shares), p_value


def normal_rates(in_p: tuple[float, float], in_q: tuple[float, float], n: float) -> tuple[float, float]:
    """What `two_by_two` gives, by the normal law, for rates of n = n1 n2 / (n1 + n2) effective rows."""
    rates = in_p[1] / sum(in_p), in_q[1] / sum(in_q)
    pooled = (in_p[1] + in_q[1]) / (sum(in_p) + sum(in_q))
    deviation = math.sqrt(pooled * (1.0 - pooled) / n)
    if deviation == 0.0:
        return 0.0, 1.0
    return 0.6744897501960817 * deviation, math.erfc(abs(rates[0] - rates[1]) / deviation / math.sqrt(2.0))


def excess(drawn: Vector, value: float, level: float) -> float:
    """By what factor draws of a measure have to shrink to reach ``value`` with probability ``level`` only.

    The tail beyond the draws is taken to fall by as much with every tenth
    of the probability as it does from 0.1 to 0.01: an upper bound for the tails that fall faster, as most do.
    """
    finite = np.sort(drawn[np.isfinite(drawn)])
    if finite.size < 100:
        return math.inf
    tenth, hundredth = (float(finite[int(share * (finite.size - 1))]) for share in (0.9, 0.99))
    step = max(hundredth - tenth, 0.5 * float(finite.std()))
    return (tenth + step * math.log10(0.1 / min(level, 0.1))) / value


def weighted_median(values: Vector, shares: Vector) -> float:
    """The least value whose cumulated share reaches a half."""
    order = np.argsort(values, kind="stable")
    place = int(np.searchsorted(np.cumsum(shares[order]), 0.5 * (1.0 - 1e-12)))
    return float(values[order[min(place, values.size - 1)]])


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses 0 between ``low`` and ``high``, to the last digits: regula falsi (Illinois).

    References
    ----------
    Dowell & Jarratt (1971), https://doi.org/10.1007/BF01934364
    """
    at_low, at_high = function(low), function(high)
    for _ in range(200):
        if at_low <= 0.0 or at_high >= 0.0:
            break
        middle = low + (high - low) * at_low / (at_low - at_high)
        if not low < middle < high:
            break
        value = function(middle)
        if value > 0.0:
            low, at_low, at_high = middle, value, 0.5 * at_high
        elif value < 0.0:
            high, at_high, at_low = middle, value, 0.5 * at_low
        else:
            return middle
        if high - low <= 1e-15 * high + _EPSILON:
            break
    return low if abs(function(low)) < abs(function(high)) else high
