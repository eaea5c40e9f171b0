"""A density against a density: closed forms, else integrals with the error that they have."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compare import contributions_of
from kldiv_cli.core.densities.masses import cells_of
from kldiv_cli.core.densities.pair import DensityPair
from kldiv_cli.core.densities.supports import mass_outside
from kldiv_cli.core.distribution import DistributionPair
from kldiv_cli.core.measures import measure_named
from kldiv_cli.core.model import Comparison, Estimate, Note, Side, SupportFacts
from kldiv_cli.core.phrases import percent
from kldiv_cli.core.units import unit_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kldiv_cli.core.densities.density import Density
    from kldiv_cli.core.densities.pair import Found
    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Direction, Settings, Status

_CELLS, _SHAPE = 16, 8
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
_TURNED: dict[str, str] = {"q:p": "p:q", "q": "p"}


def compare_densities(p: Density, q: Density, settings: Settings, measures: Iterable[Measure]) -> Comparison:
    """Compare two densities by every measure asked for.

    Parameters
    ----------
    p, q : Density
        Reference and candidate.
    settings : Settings
        Of them the base and the order of Renyi and Tsallis.
    measures : iterable of Measure

    Returns
    -------
    Comparison
        Its support is the line; contributions are over bins that are for looking at.
    """
    pair = DensityPair(*_moved(p, q), settings.alpha_order)
    estimates = tuple(
        _estimate(row, direction, pair.found(row, turned=direction in _TURNED), settings)
        for row in measures
        for direction in row.directions
    )
    shown = cells_of(pair.p, pair.q, _CELLS)
    shapes = cells_of(p, q, _SHAPE)
    facts = SupportFacts(
        "line", 0, "closed forms, else quadrature", None, mass_outside(pair.p, pair.q), mass_outside(pair.q, pair.p)
    )
    js = pair.found(measure_named("js"), turned=False).value
    overlap = pair.found(measure_named("overlap"), turned=False).value
    closing = () if overlap is None else (Note("closing", f"{percent(overlap)} of the two overlap."),)
    moved = p.parts[0][1].loc - pair.p.parts[0][1].loc
    edges = shown.support.edges
    positions = shown.support.positions
    seen = shown.support._replace(
        edges=None if edges is None else edges + moved, positions=None if positions is None else positions + moved
    )
    return Comparison(
        side_of(p),
        side_of(q),
        None,
        facts,
        estimates,
        contributions_of(DistributionPair(seen, shown.p, shown.q, shown.difference), math.log(settings.base)),
        (tuple(shapes.p.tolist()), tuple(shapes.q.tolist())),
        closing,
        js=js,
    )


def side_of(density: Density) -> Side:
    """What the report says of a density."""
    quantiles = density.ppf(np.array(_QUANTILES)).tolist()
    mean, deviation = density.mean, density.standard_deviation
    return Side(
        density.text,
        "density",
        None,
        0.0,
        mean=mean if math.isfinite(mean) else None,
        standard_deviation=deviation if math.isfinite(deviation) else None,
        quantiles=tuple(zip(_QUANTILES, quantiles, strict=True)),
    )


def _estimate(row: Measure, direction: Direction | None, found: Found, settings: Settings) -> Estimate:
    scale, unit = unit_of(row, settings.base, instants=False)
    value = None if found.value is None else found.value / scale + 0.0
    applies = found.value is not None or not any(note.code in ("masses", "mutually-singular") for note in found.notes)
    status: Status = "infinite" if value == math.inf else "ok" if value is not None else "undefined"
    return Estimate(
        measure=row.key,
        title=row.title,
        direction=direction,
        value=value,
        status=status if applies else "not_applicable",
        unit=unit,
        maximum=row.maximum / scale if math.isfinite(row.maximum) and row.key != "entropy" else None,
        notes=found.notes,
        method=found.method or None,
        error=None if found.error is None or value is None or math.isinf(value) else found.error / scale,
    )


def _moved(p: Density, q: Density) -> tuple[Density, Density]:
    """Both moved so that P stands near 0, where floats are dense: nothing that is told changes by that.

    Not where an end of a support is nearer to 0 than to where it would be moved: it would lose its own digits.
    """
    if any(part.name == "vonmises" for side in (p, q) for _, part in side.parts):
        return p, q  # of which the location turns the circle
    locations = [part.loc for side in (p, q) for _, part in side.parts]
    to = max(locations, key=abs)
    ends = [end for side in (p, q) for _, part in side.parts for end in part.frozen.support() if math.isfinite(end)]
    if to == 0.0 or p.is_discrete or q.is_discrete or any(abs(end) < 0.5 * abs(to) for end in ends):
        return p, q
    return p.moved(-to), q.moved(-to)
