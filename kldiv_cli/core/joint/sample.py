"""A joint sample: rows of several numbers each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.errors import InputError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Grid, Vector

_FEWEST = 2


class JointSample(NamedTuple):
    """Rows of numbers, all of them there and finite."""

    label: str
    names: tuple[str, ...]
    """What the columns are called, shape (d,)."""
    rows: Grid
    """Shape (n, d)."""
    left_out: int = 0
    """Rows with a value that is missing or infinite."""

    @property
    def spread(self) -> Vector:
        """Standard deviations of the columns, shape (d,)."""
        found: Vector = self.rows.std(axis=0, ddof=1)
        return found


def joint_sample(label: str, names: tuple[str, ...], rows: Grid) -> JointSample:
    """Leave out rows that are not whole.

    Raises
    ------
    InputError
        If fewer than two are left.
    """
    whole = np.isfinite(rows).all(axis=1)
    kept = int(np.count_nonzero(whole))
    if kept < _FEWEST:
        raise InputError(
            f"{label} has {kept} rows in which all of {len(names)} columns are numbers", remedy="-c names fewer columns"
        )
    return JointSample(label, names, rows if kept == len(rows) else rows[whole], len(rows) - kept)


def standardised(p: JointSample, q: JointSample) -> tuple[JointSample, JointSample]:
    """Both with every column divided by the standard deviation of P.

    Raises
    ------
    InputError
        If a column of P is constant.
    """
    spread = p.spread
    flat = [name for name, value in zip(p.names, spread.tolist(), strict=True) if not value > 0.0]
    if flat:
        raise InputError(f"{p.label}: {flat[0]} is constant, so there is no spread to divide by", remedy="--exclude it")
    return p._replace(rows=p.rows / spread), q._replace(rows=q.rows / spread)
