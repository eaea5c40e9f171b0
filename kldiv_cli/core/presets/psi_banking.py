"""The population stability index as credit risk has it, and feature-engine 1.9.4 (``DropHighPSIFeatures``) computes it.

Deciles of the reference by linear interpolation, coinciding ones merged, outer ends open, intervals (lo, hi]; an empty
share is replaced by 0.0001 and nothing is renormalised; 0.1 warns, 0.25 fails.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.arrays import distinct
from kldiv_cli.core.bins import binned
from kldiv_cli.core.presets.row import Figure, Preset
from kldiv_cli.core.summary import NumericSummary
from kldiv_cli.core.support import as_labels, by_label

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.summary import Summary

_BINS = 10
_FILL = 1e-4


def _psi(p: Summary, q: Summary) -> float:
    if isinstance(p, NumericSummary) and isinstance(q, NumericSummary):
        inner = _deciles(p)[1:-1]
        edges = np.concatenate([[-math.inf], inner, [math.inf]])
        a, b = binned(p, edges) / p.mass, binned(q, edges) / q.mass
    else:
        masses = by_label(*as_labels(p, q))
        a, b = masses.p / p.mass, masses.q / q.mass
    seen = (a > 0.0) | (b > 0.0)
    a, b = (np.where(side[seen] == 0.0, _FILL, side[seen]) for side in (a, b))
    return float(((b - a) * np.log(b / a)).sum())


def _deciles(reference: NumericSummary) -> Vector:
    """Quantiles 0, 0.1, ... 1 with linear interpolation between order statistics, coinciding ones merged."""
    cumulated = np.cumsum(reference.counts)
    places = np.arange(_BINS + 1) / _BINS * (float(cumulated[-1]) - 1.0)
    below, above = (
        reference.values[np.minimum(np.searchsorted(cumulated, rank, side="right"), reference.values.size - 1)]
        for rank in (np.floor(places), np.ceil(places))
    )
    part = places - np.floor(places)
    steps = above - below
    return distinct(np.where(part < 0.5, below + steps * part, above - steps * (1.0 - part)))


def _limits(_p: Summary, _q: Summary) -> tuple[tuple[str, str], ...]:
    return ("warn-max", "psi=0.1"), ("max", "psi=0.25")


PSI_BANKING = Preset(
    name="psi-banking",
    figures={"psi": Figure(_psi, unit="nats")},
    limits=_limits,
    convention="deciles of P by linear interpolation, empty shares replaced by 0.0001, not renormalised, natural "
    "logarithm, limits 0.1 and 0.25",
    reference="feature-engine 1.9.4",
)
