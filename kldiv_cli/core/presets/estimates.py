"""The figures of a preset as estimates: the value is the tool's, the p value that of kldiv's own measure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.measures import measure_named
from kldiv_cli.core.model import Estimate, Note, Null

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kldiv_cli.core.distribution import DistributionPair
    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.presets.row import Figure, Preset
    from kldiv_cli.core.significance import Noise
    from kldiv_cli.core.views import Views


def preset_estimate(row: Measure, preset: Preset, views: Views, noise: Noise | None) -> Iterator[Estimate]:
    """The figure of a measure, if the tool has one; p tells whether the columns differ by more than noise."""
    figure = preset.figures.get(row.key)
    if figure is None:
        return
    with np.errstate(all="ignore"):
        value = figure.compute(views.p.summary, views.q.summary)
    if value is None:
        note = Note("preset", f"{preset.reference} has no {row.title} of labels.")
        yield _estimate(row, figure, None, "not_applicable", None, (note,))
    elif not math.isfinite(value):
        note = Note("preset", f"{preset.reference} gives {value!r} here.")
        yield _estimate(row, figure, None, "undefined", None, (note,))
    else:
        yield _estimate(row, figure, value, "ok", _p_value(row, views, noise), ())


def _p_value(row: Measure, views: Views, noise: Noise | None) -> Null | None:
    if row.needs_positions and views.pair(row.view).support.positions is None:
        return None
    own = _own_value(row, views)
    if math.isnan(own) and row.key == "w1-scaled":  # P is constant: the tool divides by something else than its sd
        row = measure_named("w1")
        own = _own_value(row, views)
    null = None if math.isnan(own) or noise is None else noise.null(row, own)
    return None if null is None else Null(None, null.p_value, null.method)


def _own_value(row: Measure, views: Views) -> float:
    compute: Callable[[DistributionPair], float] = row.compute  # type: ignore[assignment]
    return compute(views.pair(row.view))


def _estimate(
    row: Measure, figure: Figure, value: float | None, status: str, null: Null | None, notes: tuple[Note, ...]
) -> Estimate:
    return Estimate(
        measure=row.key,
        title=row.title,
        direction=figure.direction,
        value=value,
        status=status,  # type: ignore[arg-type]
        unit=figure.unit,
        maximum=figure.maximum,
        null=null,
        notes=notes,
    )
