"""What many rows come to: mean, quantiles and the largest value of a divergence over rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.arrays import median
from kldiv_cli.errors import UsageError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.model import Direction

_LEVELS = {"p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
STATISTICS = ("mean", "median", *_LEVELS, "max")
"""By the name that a limit takes: ``kl.p99``."""


class RowStatistics(NamedTuple):
    """One measure in one direction over all rows."""

    measure: str
    title: str
    direction: Direction | None
    unit: str | None
    maximum: float | None
    values: dict[str, float]
    """By the names of `STATISTICS`; ``inf`` where infinite, NaN where a row is undefined."""
    standard_error: float | None
    """Of the mean; None where a row is infinite, or there is one row."""
    infinite: int
    """Rows whose value is infinite."""


def require_statistic(name: str) -> None:
    """Refuse what is no statistic of rows.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in STATISTICS:
        raise UsageError(
            f"there is no statistic {name!r} of rows", remedy=f"--max kl.p99=0.05; {', '.join(STATISTICS)}"
        )


def statistics_of(values: Vector) -> tuple[dict[str, float], float | None, int]:
    """Statistics by name, standard error of the mean, and number of infinite values, of shape (rows,).

    A quantile is the smallest value that is not exceeded by its share of the rows (``inverted_cdf``).

    Examples
    --------
    >>> found, error, infinite = statistics_of(np.arange(1.0, 102.0))
    >>> found["mean"], found["p90"], found["max"], infinite
    (51.0, 91.0, 101.0, 0)
    """
    ordered = np.sort(values)
    n = ordered.size
    infinite = int(np.isinf(ordered).sum())
    mean = math.fsum(ordered) / n if not infinite and not math.isnan(ordered[-1]) else float(ordered[-1])
    found = {"mean": mean, "median": median(ordered)}
    for name, level in _LEVELS.items():
        found[name] = float(ordered[max(math.ceil(level * n * (1 - 1e-15)), 1) - 1])
    found["max"] = float(ordered[-1])
    error = None
    if n > 1 and math.isfinite(mean):
        error = math.sqrt(math.fsum((ordered - mean) ** 2) / (n - 1) / n)
    return found, error, infinite
